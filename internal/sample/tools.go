package sample

import (
	"io"

	"codegauge/internal/day"
)

// otherTool is a source besides Copilot. Its rows name the tool and stand in
// files of their own.
type otherTool struct {
	name, file string
	// first and last are the ages between which its files exist.
	first, last int
	models      []uint8
	salt        uint64
	uses        func(*Generator, *person, *calendar) bool
	// identity returns user_id, as JSON, and user_login.
	identity func(*person) (id, login string)
}

// otherTools are Claude Code, whose users are known by their GitHub ids, and
// Gemini CLI, which speaks of some people by ids that nobody has linked and
// whose source stopped.
var otherTools = []otherTool{
	{"claude_code", "claude-code", 204, 0, claudeModels, saltClaude, (*Generator).claudeVisible, githubIdentity},
	{"gemini_cli", "gemini-cli", 150, geminiStopped, geminiModels, saltGemini, (*Generator).geminiVisible, vendorIdentity},
}

func (t *otherTool) runs(age int) bool { return t.last <= age && age <= t.first }

// claudeVisible reports whether the reports that came in show the person's use
// of Claude Code on the day.
func (g *Generator) claudeVisible(p *person, c *calendar) bool {
	if p.claude < c.age {
		return false
	}
	r := newRNG(g.cfg.Seed, p.index, int(c.d), saltClaude)
	return r.chance(max(300, p.rate)*c.working/1000) && g.arrived(p, c)
}

// geminiVisible is the same for Gemini CLI. On its last day some are there
// whatever the weekday: the source must be seen to stop.
func (g *Generator) geminiVisible(p *person, c *calendar) bool {
	if p.gemini == none || p.adopted < c.age {
		return false
	}
	r := newRNG(g.cfg.Seed, p.index, int(c.d), saltGemini)
	return r.chance(700*c.working/1000) || c.age == geminiStopped && r.chance(400)
}

func githubIdentity(p *person) (string, string) { return p.id, p.login }

// vendorIdentity gives a third of people their GitHub id, a third their e-mail,
// a third an account number that only the vendor knows.
func vendorIdentity(p *person) (string, string) {
	switch p.gemini {
	case 1:
		mail := p.login + "@acme.example"
		return `"` + mail + `"`, mail
	case 2:
		return `"gca-` + itoa(48_000+p.index*13) + `"`, p.login
	}
	return githubIdentity(p)
}

// writer returns the function that writes the tool's report of a day.
func (t otherTool) writer(g *Generator) func(io.Writer, day.Day) error {
	return func(w io.Writer, d day.Day) error {
		c := g.calendar(d)
		out := newWriter(w)
		var rec record
		for i := range g.people {
			p := &g.people[i]
			if !t.uses(g, p, &c) {
				continue
			}
			rec.fillTerminal(g, &t, p, &c)
			out.buf = rec.appendTerminal(out.buf, &t, &c)
			out.spill()
		}
		return failed(t.name, d, out.flush())
	}
}

// fillTerminal makes a day with a terminal agent. It does not know languages.
func (rec *record) fillTerminal(g *Generator, t *otherTool, p *person, c *calendar) {
	r := newRNG(g.cfg.Seed, p.index, int(c.d), t.salt+100)
	rec.begin(p, c, &r)
	h := hand{p: p, c: c, r: &r}
	model := c.oneOf(t.models, &r)
	ft := &features[cliAgent]
	outputs := 1 + r.around(ft.outputs*(250+h.effort(cliAgent)*3/4)/1000)
	rec.addCell(&cell{feature: cliAgent, language: unknownLanguage, model: model, n: h.count(cliAgent, 1+r.around(ft.prompts), outputs)})
}

// oneOf returns one of the models by its weight on the day.
func (c *calendar) oneOf(from []uint8, r *rng) uint8 {
	sum := 0
	for _, m := range from {
		sum += models[m].weightAt(c.age)
	}
	x := r.n(max(1, sum))
	for _, m := range from {
		if x -= models[m].weightAt(c.age); x < 0 {
			return m
		}
	}
	return from[0]
}

func (rec *record) appendTerminal(b []byte, t *otherTool, c *calendar) []byte {
	id, login := t.identity(rec.p)
	b = c.appendHead(b, id, login)
	b = append(b, `,"tool":"`...)
	b = append(b, t.name...)
	b = append(b, '"')
	b = appendCounters(b, &rec.total, 0)
	b = append(b, `,"totals_by_ide":[]`...)
	b = rec.appendBreakdowns(b)
	return append(b, `,"used_agent":true,"used_cli":true}`+"\n"...)
}
