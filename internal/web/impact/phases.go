package impact

import (
	"cmp"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/english"
	stats "codegauge/internal/impact"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/text"
)

// phaseFigures are what is shown of each phase.
var phaseFigures = []string{"users_in_phase", "pull_requests_per_user", "median_minutes_to_merge", "phase_lines_added_per_day", "phase_lines_deleted_per_day"}

// phase is an adoption phase with its figures; Step is its colour.
type phase struct {
	name, label string
	step        cards.Step
	// others says that phases are together, because some are of too few people.
	others bool
	people *float64
	// computed is how many of the people no report says the phase of.
	computed int64
	// before is how many people it had at the end of the period before.
	before *float64
	figures
}

// figures are those of phaseFigures after the first, which only aggregates state.
type figures struct{ merged, minutes, added, deleted *float64 }

// distribution is the people of each phase as of a day.
type distribution struct {
	phases []phase
	// on is the day that the phases are as of.
	on day.Day
	// active is everybody of the phases, nil if their number is not known.
	active *float64
	// records says that the people are counted from their records, because no aggregate
	// states the phases; why says why there are none at all.
	records bool
	why     string
}

// computed is of how many people the phase is computed.
func (p distribution) computed() (n int64) {
	for i := range p.phases {
		n += p.phases[i].computed
	}
	return n
}

// engaged is how many people are in any phase but No Cohort, nil if that is not known.
func (p *distribution) engaged() *float64 {
	return p.sum(func(name string) bool { return name != metric.NoCohort })
}

// agents is how many are in phase 2 or higher.
func (p *distribution) agents() *float64 {
	return p.sum(func(name string) bool { return name != metric.NoCohort && name != codeFirstPhase })
}

// agentUsers is how many people of all are in phase 2 or higher; all is 0 if it is not known.
func (p distribution) agentUsers() (agents, all int) {
	if p.active == nil {
		return 0, 0
	}
	return int(*p.agents()), int(*p.active)
}

// sum adds up the people of some phases, nil if phases are together that differ in it.
func (p *distribution) sum(of func(name string) bool) *float64 {
	if p.active == nil {
		return nil
	}
	out := new(float64)
	for i := range p.phases {
		if p.phases[i].others {
			return nil
		}
		if of(p.phases[i].name) {
			out = cards.Plus(out, p.phases[i].people)
		}
	}
	return out
}

// phaseSteps are the colours of the phases in their order; more have the last.
var phaseSteps = []cards.Step{cards.StepGrey, cards.StepPale, cards.StepMid, cards.StepStrong, cards.StepDeep}

// documented are the phases that GitHub describes.
var documented = []string{metric.PhaseName(0), metric.PhaseName(1), metric.PhaseName(2), metric.PhaseName(3)}

// newPhase names a phase.
func (d *dashboard) newPhase(name string) phase {
	p := phase{name: name, label: name, step: cards.StepDeep}
	switch i := slices.Index(documented, name); {
	case query.IsOthers(name):
		p.others, p.step = true, cards.StepNone
	case i >= 0:
		p.label, p.step = d.T("impact.phase."+documentedKey(name)), phaseSteps[i]
	}
	return p
}

// documentedKey is how texts call a documented phase, "other" any other.
func documentedKey(name string) string {
	if slices.Contains(documented, name) {
		return strings.ReplaceAll(strings.ToLower(name), " ", "")
	}
	return "other"
}

// short is the phase in a legend or head: its name without what it is.
func (p *phase) short() string {
	name, _, _ := strings.Cut(p.label, ":")
	return name
}

// stated reads the phases of an answer by phase; it has none if nothing states them.
func (d *dashboard) stated(ask string) (out distribution) {
	t := d.Answers.Of(ask)
	for _, row := range t.Rows() {
		name, named := t.Name(row, "phase")
		people := t.Value(row, "users_in_phase")
		if !named || people == nil {
			continue
		}
		p := d.newPhase(name)
		p.people = people
		p.figures = figures{t.Value(row, "pull_requests_per_user"), t.Value(row, "median_minutes_to_merge"), t.Value(row, "phase_lines_added_per_day"), t.Value(row, "phase_lines_deleted_per_day")}
		out.phases, out.active = append(out.phases, p), cards.Plus(out.active, people)
	}
	out.sort()
	return out
}

func (p *distribution) sort() {
	slices.SortStableFunc(p.phases, func(x, y phase) int {
		switch {
		case x.others:
			return 1
		case y.others:
			return -1
		}
		return metric.ComparePhases(x.name, y.name)
	})
}

// counted makes a distribution of the people's records.
func (d *dashboard) counted(people *question.PhasePeople) (out distribution) {
	out.records, out.on = true, people.Day
	if people.Why != "" {
		out.why = d.T("impact.phases.none." + string(people.Why))
		return out
	}
	for _, c := range people.Phases {
		p, n := d.newPhase(c.Phase), float64(c.People)
		p.people, p.computed = &n, c.Computed
		out.phases, out.active = append(out.phases, p), cards.Plus(out.active, p.people)
	}
	return out
}

// distribute finds the people of each phase: as aggregates state them, else as records do.
func (d *dashboard) distribute() {
	d.phases = d.stated(askNow)
	before := d.stated(askBefore)
	if d.phases.on = d.statedOn(); d.phases.active == nil {
		d.phases, before = d.counted(d.counts[0]), d.counted(d.counts[1])
	}
	for i := range d.phases.phases {
		p := &d.phases.phases[i]
		for j := range before.phases {
			if before.phases[j].name == p.name {
				p.before = before.phases[j].people
			}
		}
	}
}

// statedOn is the last day of the window of which aggregates state phases.
func (d *dashboard) statedOn() day.Day {
	t := d.Answers.Of(askPhaseDays)
	last := d.Window.To
	found := day.Day(0)
	for _, row := range t.Rows() {
		for _, grain := range []string{"day", "week"} {
			name, _ := t.Name(row, grain)
			if at, err := day.Parse(name); err == nil && t.Value(row, "users_in_phase") != nil {
				if grain == "week" {
					at += 6
				}
				found = max(found, min(at, last))
			}
		}
	}
	return found
}

// PhaseTile is the card of a phase.
type PhaseTile struct {
	ID, Title, Tag, Rule string
	Step                 cards.Step
	Share, People        cards.Figure
	Of, Change           string
	Facts                []PhaseFact
	Menu                 cards.Menu
	Sentence             cards.Sentence
}

// PhaseFact is a line of a phase's card.
type PhaseFact struct {
	Label, Title string
	Figures      []cards.Figure
}

// tiles are the phase cards.
func (d *dashboard) tiles() (out []PhaseTile) {
	for i := range d.phases.phases {
		out = append(out, d.tile(&d.phases.phases[i]))
	}
	return out
}

func (d *dashboard) tile(p *phase) PhaseTile {
	key := documentedKey(p.name)
	c := PhaseTile{ID: "phase-" + key, Title: p.label, Step: p.step, Rule: d.T("impact.rule." + key), People: cards.Whole(p.people)}
	if p.others {
		c.ID, c.Rule = "phase-few", d.T("impact.rule.few")
	} else if key == "other" {
		c.ID = "phase-" + strings.ToLower(strings.ReplaceAll(p.name, " ", "-"))
	}
	c.Share = cards.Write(cards.Share(p.people, d.phases.active), text.WholePercent, text.Percent)
	c.Of = d.T("impact.phase.of", text.FigureOr(d.phases.active, text.Whole))
	c.Change = d.moved(p.people, p.before)
	if p.computed > 0 {
		c.Tag = d.T("impact.computed")
	}
	minutes := cards.Write(p.minutes, hours, hours)
	added, deleted := cards.Write(p.added, text.Whole, text.Decimal), cards.Write(p.deleted, text.Whole, text.Decimal)
	added.Text, deleted.Text = text.Grown(p.added, text.Whole), text.Shrunk(p.deleted, text.Whole)
	lines := []cards.Figure{added, deleted}
	if p.added == nil && p.deleted == nil {
		lines = lines[:1]
	}
	c.Facts = []PhaseFact{{d.T("impact.phase.merged"), "", []cards.Figure{cards.Write(p.merged, text.Decimal, text.Decimal)}},
		{d.T("impact.phase.minutes"), d.T("impact.phase.minutes.title"), []cards.Figure{minutes}}, {d.T("impact.phase.lines"), d.T("impact.phase.lines.title"), lines}}
	c.Menu = d.menu(c.ID, "phase", phaseFigures, "phase")
	c.Sentence = d.Say(d.T("impact.phase.sentence", text.LongDay(d.phases.on), c.People.Text, text.FigureOr(d.phases.active, text.Whole), d.Scope(), p.label, c.Share.Text))
	return c
}

// moved writes by how much a number changed since the end of the period before, "" where
// that is not known.
func (d *dashboard) moved(now, before *float64) string {
	if now == nil || before == nil {
		return ""
	}
	return d.T("impact.change", english.Plus(text.Whole(*now-*before)), text.ShortDay(d.Window.Previous().To))
}

// menu is what a card of measures by dimensions offers. Of what records of people were
// counted for, the API has no figures.
func (d *dashboard) menu(id, key string, measures []string, by ...string) cards.Menu {
	m := d.MenuOf(id, measures, by)
	m.Formula, m.Reading = d.T("impact."+key+".formula"), d.T("impact."+key+".reading")
	if d.phases.records && slices.Contains(by, "phase") {
		m.CSV, m.Fields = "", d.T("impact.records.fields")
	}
	return m
}

// table is a card of measures by dimensions.
func (d *dashboard) table(id, key string, measures []string, by ...string) *cards.TableCard {
	return &cards.TableCard{ID: id, Title: d.T("impact." + key), Definition: d.T("impact." + key + ".definition"), Menu: d.menu(id, key, measures, by...), Blocked: d.Block(measures, by...)}
}

// cohorts is "Adoption cohort distribution".
func (d *dashboard) cohorts() *cards.TableCard {
	c := d.table("distribution", "distribution", phaseFigures[:1], "phase")
	all := &d.phases
	if c.Blocked != nil {
		return c
	}
	if all.active == nil {
		c.Menu.CSV, c.Empty = "", all.why
		return c
	}
	var parts []cards.Part
	columns := []cards.Column{{Label: d.T("impact.people"), Series: "people"}, {Label: d.T("impact.share"), Series: "share"}}
	data := cards.Table{Caption: c.Title, RowHead: d.T("impact.phase"), Columns: columns}
	for i := range all.phases {
		p := &all.phases[i]
		of := cards.Write(cards.Share(p.people, all.active), text.WholePercent, text.Percent)
		parts = append(parts, cards.Part{Step: p.step, Value: *p.people, Label: of.Text + " " + p.label, Note: d.moved(p.people, p.before)})
		data.Rows = append(data.Rows, cards.Row{Key: p.name, Label: p.label, Cells: []cards.Cell{cards.NewCell(p.people), {Text: of.Full, Value: of.Value}}})
	}
	c.Parts = cards.NewPartsBar(parts, func(sum float64) string { return d.T("impact.active", text.Whole(sum)) })
	c.Data = []cards.Table{data}
	engaged := all.engaged()
	if engaged != nil {
		c.Lead = &cards.Lead{Figure: cards.Whole(engaged), Unit: d.T("impact.distribution.unit", text.Whole(*all.active), text.LongDay(all.on))}
		c.Sentence = d.Say(d.T("impact.distribution.sentence", text.LongDay(all.on), text.Whole(*engaged), text.Whole(*all.active), d.Scope()))
	}
	c.Notes = append(d.ofSeats(engaged), d.phaseNotes()...)
	return c
}

// movesCard is how many people went from which phase to which, since the end of the period before.
func (d *dashboard) movesCard() *cards.TableCard {
	c := d.table("phase-moves", "moves", phaseFigures[:1], "phase")
	c.Tag, c.Definition = d.T("impact.ours"), d.T("impact.moves.definition", text.LongDay(d.moves.From), text.LongDay(d.moves.To))
	c.Menu.CSV, c.Menu.Fields = "", d.T("impact.records.fields")
	if c.Blocked != nil {
		return c
	}
	if d.moves.Why != "" {
		c.Empty = d.T("impact.moves.none." + string(d.moves.Why))
		return c
	}
	var from, to []string
	people := map[[2]string]float64{}
	up, down := 0.0, 0.0
	for _, m := range d.moves.Moves {
		people[[2]string{m.From, m.To}] = float64(m.People)
		from, to = append(from, m.From), append(to, m.To)
		if m.From != "" && m.To != "" {
			switch order := metric.ComparePhases(m.To, m.From); {
			case order > 0:
				up += float64(m.People)
			case order < 0:
				down += float64(m.People)
			}
		}
	}
	order := func(list []string) []string {
		slices.SortFunc(list, question.ComparePhases)
		return slices.Compact(list)
	}
	from, to = order(from), order(to)
	name := func(phase string) string {
		if phase == "" {
			return d.T("impact.moves.inactive")
		}
		p := d.newPhase(phase)
		return p.short()
	}
	c.Table = &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.T("impact.moves.from")}}}
	for _, phase := range to {
		c.Table.Heads = append(c.Table.Heads, cards.DrawnHead{Label: name(phase), Numeric: true})
	}
	for _, before := range from {
		row := cards.DrawnRow{Key: cmp.Or(before, "inactive"), Label: name(before), Neutral: before == ""}
		for _, now := range to {
			n := people[[2]string{before, now}]
			cell := cards.DrawnCell{Figure: cards.Whole(&n)}
			if before == now {
				cell.Note = d.T("impact.moves.stayed")
			}
			if before == "" && now == "" {
				cell = cards.DrawnCell{} // nobody is counted who was active on neither
			}
			row.Cells = append(row.Cells, cell)
		}
		c.Table.Rows = append(c.Table.Rows, row)
	}
	c.Lead = &cards.Lead{Figure: cards.Whole(&up), Unit: d.T("impact.moves.unit", text.Whole(down), text.ShortDay(d.moves.From))}
	c.Sentence = d.Say(d.T("impact.moves.sentence", text.LongDay(d.moves.From), text.LongDay(d.moves.To), d.Plural("n.people", int(up)), text.Whole(down), d.Scope()))
	return c
}

// ofSeats says which shares of the seats are engaged, passive and not active; nothing where
// that is not known, or where more people are active than have a seat.
func (d *dashboard) ofSeats(engaged *float64) []string {
	if d.seats == nil || engaged == nil || *d.phases.active > float64(*d.seats) {
		return nil
	}
	seats := float64(*d.seats)
	passive := *d.phases.active - *engaged
	return []string{d.T("impact.distribution.seats", d.Plural("n.seats", int(*d.seats)), text.WholePercent(*engaged/seats), text.WholePercent(passive/seats), text.WholePercent((seats-*d.phases.active)/seats))}
}

// phaseNotes say where the phases come from, and what changed how they are decided.
func (d *dashboard) phaseNotes() (out []string) {
	if d.phases.records {
		out = append(out, d.T("impact.records"))
	}
	if n := d.phases.computed(); n > 0 {
		out = append(out, d.Plural("impact.computed.people", int(n)))
	}
	for _, b := range stats.Breaks(day.Range{From: d.Window.Previous().To - question.PhaseDays + 1, To: d.phases.on}) {
		out = append(out, d.T("impact.break", text.LongDay(b.Day), b.Label))
	}
	return out
}

// knownFeatures are those that GitHub reports engagement with; texts call them so.
var knownFeatures = []string{"code_completion", "agent_edit", "code_review_passive", "code_review_active", "cloud_agent", "copilot_cli", "github_app"}

func (d *dashboard) featureName(feature string) string {
	if slices.Contains(knownFeatures, feature) {
		return d.T("impact.feature." + feature)
	}
	return feature
}

// engagement is "Feature engagement": as reported, else as records say.
func (d *dashboard) engagement() *cards.TableCard {
	c := d.table("features", "features", []string{"feature_engaged_users"}, "feature")
	if c.Blocked != nil {
		return c
	}
	type row struct {
		name   string
		people *float64
	}
	var rows []row
	t := d.Answers.Of(askFeatures)
	for _, r := range t.Rows() {
		if name, named := t.Name(r, "feature"); named {
			rows = append(rows, row{name, t.Value(r, "feature_engaged_users")})
		}
	}
	active, on := d.featureUsers()
	if len(rows) == 0 {
		counted := d.counts[0]
		if counted.Why != "" {
			c.Menu.CSV, c.Empty = "", d.T("impact.features.none."+string(counted.Why))
			return c
		}
		for _, f := range counted.Features {
			n := float64(f.People)
			rows = append(rows, row{f.Feature, &n})
		}
		all := 0.0
		for _, p := range counted.Phases {
			all += float64(p.People)
		}
		active, on = &all, counted.Day
		c.Menu.CSV, c.Menu.Fields = "", d.T("impact.records.fields")
		c.Notes = append(c.Notes, d.T("impact.features.records"))
	} else {
		c.Notes = append(c.Notes, d.againstPhases(active, on)...)
	}
	slices.SortStableFunc(rows, func(x, y row) int {
		return int(cards.OrZero(y.people) - cards.OrZero(x.people))
	})
	table := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.T("impact.feature")}, {Graphic: true}, {Label: d.T("impact.people"), Numeric: true}, {Label: d.T("impact.ofactive"), Numeric: true}}}
	for _, r := range rows {
		cell := cards.DrawnCell{Figure: cards.Whole(r.people)}
		bar := cards.DrawnCell{}
		if active != nil {
			bar.Bar = cards.NewRowBar(*active, cards.Part{Step: cards.StepMid, Value: cards.OrZero(r.people)}, cards.Part{Step: cards.StepNone, Value: *active - cards.OrZero(r.people)})
		}
		table.Rows = append(table.Rows, cards.DrawnRow{Key: r.name, Label: text.Upper(d.featureName(r.name)), Cells: []cards.DrawnCell{bar, cell, {Figure: cards.Write(cards.Share(r.people, active), text.WholePercent, text.Percent)}}})
	}
	c.Table = table
	if most := rows[0]; most.people != nil {
		c.Lead = &cards.Lead{Figure: cards.Whole(most.people), Unit: d.T("impact.features.unit", text.FigureOr(active, text.Whole), d.featureName(most.name), text.LongDay(on))}
		c.Sentence = d.Say(d.T("impact.features.sentence", text.LongDay(on), text.Whole(*most.people), text.FigureOr(active, text.Whole), d.Scope(), d.featureName(most.name)))
	}
	return c
}

// featureUsers is of how many active people feature engagement is, and as of which day.
func (d *dashboard) featureUsers() (n *float64, on day.Day) {
	t := d.Answers.Of(askFeatureUsers)
	for _, grain := range []string{"day", "week"} {
		for _, row := range t.Rows() {
			name, _ := t.Name(row, grain)
			if at, err := day.Parse(name); err == nil && t.Value(row, "feature_users") != nil && at > on {
				n, on = t.Value(row, "feature_users"), at
			}
		}
	}
	if d.Weeks && on != 0 {
		on += 6
	}
	return n, on
}

// againstPhases checks that the people of all phases are the active people of feature
// engagement, of the same day.
func (d *dashboard) againstPhases(active *float64, on day.Day) []string {
	t, sum := d.Answers.Of(askPhaseDays), (*float64)(nil)
	for _, row := range t.Rows() {
		if name, _ := t.Name(row, "day"); name == on.String() {
			sum = cards.Plus(sum, t.Value(row, "users_in_phase"))
		}
	}
	switch {
	case active == nil || sum == nil:
		return nil
	case *sum == *active:
		return []string{d.T("impact.features.same", text.Whole(*sum))}
	}
	return []string{d.T("impact.features.differ", text.Whole(*active), text.Whole(*sum))}
}
