package sample

import (
	"slices"

	"codegauge/internal/metric"
)

// record is a user-day before it becomes bytes. It is reused from person to
// person, so that writing allocates nothing.
type record struct {
	sums
	beside
	p *person
	// reduced records say only that the person was active.
	reduced             bool
	agent, chat         bool
	reviewed, delegated bool
	credits             int // hundredths; none before credits were reported
	phase               int
	cli, app            usage
	// clock is the minute at which clients were last heard of.
	clock int
}

// usage is totals_by_cli or totals_by_copilot_app.
type usage struct{ sessions, requests, prompts, output, input int }

func (u *usage) add(o usage) {
	u.sessions += o.sessions
	u.requests += o.requests
	u.prompts += o.prompts
	u.output += o.output
	u.input += o.input
}

// fill makes the record of a person's day with Copilot.
func (rec *record) fill(g *Generator, p *person, c *calendar) {
	r := newRNG(g.cfg.Seed, p.index, int(c.d), saltRecord)
	rec.begin(p, c, &r)
	if rec.reduced {
		if c.plain || c.d >= editorsOfServer {
			rec.ides = append(rec.ides, row{a: p.ide}) // nothing was counted in it
		}
		rec.charge(c, &r)
		return
	}
	week := newRNG(g.cfg.Seed, p.index, int(c.d.Week()), saltWeek)
	h := hand{p: p, c: c, r: &r, model: c.model(week.n(1 << 30)), ide: p.ide}
	rec.work(&h)
	rec.sign(c, &r)
	rec.useBeside(g, c)
	rec.charge(c, &r)
	rec.contradict(c, &r)
}

func (rec *record) begin(p *person, c *calendar, r *rng) {
	rec.sums.reset()
	rec.p, rec.reduced = p, p.reduced
	rec.phase = phaseOf(p, c)
	rec.cli, rec.app, rec.beside = usage{}, usage{}, beside{}
	rec.agent, rec.chat = false, false
	rec.reviewed = p.review && r.chance(300)
	rec.delegated = p.cloud && r.chance(240)
	rec.clock = r.between(8*60, 18*60+59)
}

// hand is a person at work on one day: what they reach for.
type hand struct {
	p     *person
	c     *calendar
	r     *rng
	model uint8
	ide   uint8
}

// work goes through the features. Who works with an agent in the chat has it
// edit files too: both hang on one throw of the dice.
func (rec *record) work(h *hand) {
	if h.r.chance(150) {
		h.ide = h.p.secondIDE
	}
	throw := h.r.n(1000)
	for f := range cliAgent {
		x := throw
		if f != agentChat && f != agentEdit {
			x = h.r.n(1000)
		}
		if x < h.inclination(f) {
			rec.use(h, f)
		}
	}
	if len(rec.features) == 0 {
		rec.use(h, completion)
	}
}

// inclination is how likely the person uses the feature today, in permille.
func (h *hand) inclination(f int) int {
	use := archetypes[h.p.archetype].use[f]
	switch {
	case f == cli && !h.p.cli, f == app && !h.p.app:
		return 0
	case f == cli:
		use = max(use, 240)
	case f == app:
		use = max(use, 300)
	}
	return use * h.c.use[f] / 1000
}

// use makes the cells of one feature: its outputs, spread over languages.
func (rec *record) use(h *hand, f int) {
	ft := &features[f]
	outputs := h.r.around(ft.outputs * h.effort(f) / 1000)
	prompts := ft.prompts
	if prompts > 0 {
		prompts = 1 + h.r.around(prompts*(400+h.effort(f)/2)/1000)
	}
	if outputs == 0 {
		rec.put(h, f, noLanguage, prompts, 0)
		return
	}
	parts := 1 + h.r.n(100)/h.c.focus()
	first := [16]uint8{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3}[h.r.n(16)]
	for i := range parts {
		o, q := outputs*58/100, prompts*58/100
		if i == parts-1 {
			o, q = outputs, prompts
		}
		outputs, prompts = outputs-o, prompts-q
		if o+q > 0 {
			rec.put(h, f, h.p.languages[(int(first)+i)%4], q, o)
		}
	}
}

// focus is how many in a hundred uses stay in one language. The demo's people
// are more focused, which keeps its year of records small.
func (c *calendar) focus() int {
	if c.plain {
		return 41
	}
	return 95
}

// effort is how much the person does with a feature today, in permille.
func (h *hand) effort(f int) int {
	e := h.p.volume
	if !agentic[f] {
		return 450 + e*55/100
	}
	if h.c.plain {
		return e
	}
	e = e * (550 + at(agents, h.c.age)*45/100) / 1000
	if h.c.burst.theme == h.p.theme {
		e *= h.c.burst.times
	}
	if h.stepped(f) {
		e *= step.times
	}
	return e
}

// stepped reports whether the person's organization uses the feature more by now.
func (h *hand) stepped(f int) bool {
	return h.c.stepped && h.p.theme == step.theme && h.p.team != none && f == agentEdit
}

// put makes one cell and adds it up.
func (rec *record) put(h *hand, f int, language uint8, prompts, outputs int) {
	c := cell{feature: uint8(f), language: language, model: h.modelFor(f), ide: h.ide}
	if f == otherFeature {
		c.language, c.model = othersLanguage, othersModel
	}
	c.n = h.count(f, prompts, outputs)
	if h.p.old != none && slices.Contains(oldClients[h.p.old].blind, f) {
		clear(c.n[metric.LocSuggestedAdd:])
	}
	rec.addCell(&c)
}

// modelFor returns the model of a cell. Completions name none, or hide it.
func (h *hand) modelFor(f int) uint8 {
	x := h.r.n(100)
	switch {
	case f == completion && x < 84:
		return noModel
	case f == completion && x < 94:
		return autoModel
	case f == completion:
		return othersModel
	case h.stepped(f):
		return step.model
	case x < 76:
		return h.model
	}
	return h.c.model(h.r.n(1 << 30))
}

// count turns outputs into the seven counters.
func (h *hand) count(f, prompts, outputs int) counters {
	n := counters{metric.Interactions: int32(prompts), metric.Generations: int32(outputs)}
	n[metric.Acceptances] = int32(scale(outputs, features[f].accept, h.r))
	if agentic[f] {
		h.write(&n, f, outputs)
	} else {
		h.take(&n, f, outputs)
	}
	return n
}

// write counts the lines of an agent: it writes what it generates.
func (h *hand) write(n *counters, f, outputs int) {
	ft := &features[f]
	added := h.r.around(outputs * ft.added / 10)
	deleted := h.r.around(scale(added, ft.deleted, h.r))
	if h.c.burst.theme == h.p.theme {
		deleted = deleted*2 + added/4
	}
	n[metric.LocAdded], n[metric.LocDeleted] = int32(added), int32(deleted)
	n[metric.LocSuggestedAdd] = int32(outputs * ft.suggest / 10)
	if f == cli && (h.c.plain || h.c.d >= creditsBegin) {
		n[metric.LocSuggestedAdd] = int32(added)
	}
}

// take counts the lines of which a person takes a part.
func (h *hand) take(n *counters, f, outputs int) {
	ft := &features[f]
	suggested := h.r.around(outputs * ft.suggest / 10)
	n[metric.LocSuggestedAdd] = int32(suggested)
	if n[metric.Acceptances] == 0 {
		return
	}
	added := scale(suggested, ft.accept*h.r.between(72, 128)/100, h.r)
	deleted := scale(added, ft.deleted*h.r.between(0, 200)/100, h.r)
	n[metric.LocAdded], n[metric.LocDeleted] = int32(added), int32(deleted)
	n[metric.LocSuggestedDelete] = int32(scale(deleted, 1400, h.r))
}

// sign sets the flags and the totals of CLI and app.
func (rec *record) sign(c *calendar, r *rng) {
	for i := range rec.features {
		ft := &features[rec.features[i].a]
		rec.chat = rec.chat || ft.chat
		rec.agent = rec.agent || ft.agent
	}
	if w := rec.row(cli); w != nil {
		rec.cli = newUsage(int(w.n[metric.Interactions]), int(w.n[metric.Generations]), r)
	} else if rec.p.cli && !c.plain && c.d < cliJoins && r.chance(350) {
		// Before CLI activity joined the totals, reports had it only here.
		rec.cli = newUsage(1+r.n(9), 2+r.n(20), r)
	}
	if w := rec.row(app); w != nil {
		rec.app = newUsage(int(w.n[metric.Interactions]), int(w.n[metric.Generations]), r)
	}
}

func newUsage(prompts, outputs int, r *rng) usage {
	requests := prompts + outputs + r.n(4)
	return usage{sessions: 1 + prompts/4, requests: requests, prompts: prompts,
		output: requests * r.between(280, 1_900), input: requests * r.between(9_000, 64_000)}
}

// passive reports whether a review was requested of Copilot for the person.
func (rec *record) passive() bool { return rec.p.review && !rec.reviewed && rec.clock%4 == 0 }

// charge sets the AI credits used.
func (rec *record) charge(c *calendar, r *rng) {
	rec.credits = none
	switch {
	case !c.plain && c.d < creditsBegin:
	case rec.reduced:
		rec.credits = r.between(40, 900)
	default:
		rec.credits = int(rec.total[metric.Interactions])*r.between(45, 160) + rec.cli.requests*12
	}
}

// contradict lets a few records of some days disagree with themselves, as
// GitHub's do: their features exceed their total, or fall short of it.
func (rec *record) contradict(c *calendar, r *rng) {
	if !c.over && !c.under || (rec.p.index*7+c.age)%23 != 0 {
		return
	}
	lines := int32(r.between(7, 48))
	if c.over {
		lines = -min(lines, rec.total[metric.LocAdded])
	}
	rec.total[metric.LocAdded] += lines
}

// phaseOf returns the adoption phase that GitHub would report, near enough.
func phaseOf(p *person, c *calendar) int {
	signs := b2i(p.cloud) + b2i(p.review) + b2i(p.cli && c.use[cli] > 0)
	hasApp := p.app && c.use[app] > 0
	switch {
	case p.archetype == len(archetypes)-1 || p.reduced:
		return 0
	case hasApp && signs >= 2:
		return 4
	case hasApp || signs >= 2:
		return 3
	case signs == 1:
		return 2
	}
	return 1
}
