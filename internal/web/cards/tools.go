package cards

import (
	"cmp"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/sorting"
	"codegauge/internal/web/text"
)

// ToolsCard is "By tool".
type ToolsCard struct {
	ID, Title, Definition string
	Rows                  []ToolRow
	Foot                  *ToolRow
	Mixed                 string
	Blocked               *Blocked
	Menu                  Menu
	Sentence              Sentence
}

// ToolRow is one tool; the bar's widths are of 100.
type ToolRow struct {
	Label, Key, URL, Meaning string
	Lines, People            Figure
	User, Agent, Neither     Figure
	Share                    string
	UserWidth, AgentWidth    string
	NeitherWidth, AgentAt    string
	NeitherAt                string
	Bar                      bool
	CompleteTo               string
	Late                     bool
	lines                    float64
}

// Tools is the card "By tool".
func (b *Builder) Tools() *ToolsCard {
	c := &ToolsCard{ID: "tools", Title: b.T("tools.title"), Definition: b.T("tools.definition"), Menu: b.MenuOf("tools", ToolMeasures, []string{"tool"})}
	c.Menu.Formula, c.Menu.Reading = b.T("tools.formula"), b.T("tools.reading")
	if c.Blocked = b.Block(ToolMeasures, "tool"); c.Blocked != nil {
		return c
	}
	t, split, known := b.Answers.Of(AskTool), b.toolSplit(), b.knownPeople()
	for _, row := range t.Rows() {
		name, _ := t.Name(row, "tool")
		r := b.toolRow(name, t.Value(row, "loc_changed"), t.Value(row, "active_users"), split[name])
		if n := known[name]; n != nil && t.Value(row, "active_users") == nil {
			r.People.Text = "≥ " + text.Whole(*n)
		}
		c.Rows = append(c.Rows, r)
	}
	others := func(r ToolRow) int { // last
		if query.IsOthers(r.Key) {
			return 1
		}
		return 0
	}
	sorting.Stable(c.Rows, func(x, y ToolRow) int {
		return cmp.Or(cmp.Compare(others(x), others(y)), cmp.Compare(y.lines, x.lines))
	})
	if tools := b.ToolNames(); len(metric.Grades(tools)) > 1 {
		c.Mixed = b.T("tools.mixed", b.Plural("n.tools", len(tools)))
	}
	c.Sentence = b.Say(b.toolSentence(c.Rows))
	return c
}

// knownPeople returns the people of each tool on the days that have records of people,
// where others are aggregates.
func (b *Builder) knownPeople() map[string]*float64 {
	out := map[string]*float64{}
	t := b.Answers.Of(askKnownTool)
	for _, row := range t.Rows() {
		if name, ok := t.Name(row, "tool"); ok {
			out[name] = t.Value(row, "active_users")
		}
	}
	return out
}

// ToolNames lists the tools that changed lines, sorted.
func (b *Builder) ToolNames() []string {
	t := b.Answers.Of(AskTool)
	var out []string
	for _, row := range t.Rows() {
		if name, ok := t.Name(row, "tool"); ok && !Nothing(t.Value(row, "loc_changed")) {
			out = append(out, name)
		}
	}
	return out
}

// toolSplit returns each tool's changed lines by initiator.
func (b *Builder) toolSplit() map[string]map[string]float64 {
	t := b.Answers.Of(AskMode)
	out := map[string]map[string]float64{}
	for _, row := range t.Rows() {
		tool, _ := t.Name(row, "tool")
		who, _ := t.Name(row, "initiator")
		if out[tool] == nil {
			out[tool] = map[string]float64{}
		}
		out[tool][who] += OrZero(query.Plus(t.Value(row, "loc_added"), t.Value(row, "loc_deleted")))
	}
	return out
}

func (b *Builder) toolRow(name string, lines, people *float64, split map[string]float64) ToolRow {
	tool := metric.ToolByName(name)
	if query.IsOthers(name) {
		tool.LineMeaning = b.T("tools.others")
	}
	r := ToolRow{Label: tool.Label, Key: name, URL: b.State.Add("tool", name).URL(), Meaning: tool.LineMeaning, lines: OrZero(lines),
		Lines: Write(lines, text.Compact, text.Whole), People: Whole(people), Share: text.None}
	if query.IsOthers(name) {
		r.URL = ""
	}
	to, late := b.toolComplete(name)
	r.Late = late
	if to != 0 {
		r.CompleteTo = text.ShortDay(to)
	}
	r.split(split)
	return r
}

// split fills in who initiated the tool's lines.
func (r *ToolRow) split(by map[string]float64) {
	user, agent, neither := by[metric.User], by[metric.ByAgent], by[metric.Unclassified]
	sum := user + agent + neither
	if sum <= 0 {
		return
	}
	r.Bar = true
	if low, high := agent/sum, (agent+neither)/sum; user+agent > 0 {
		r.Share = ShareFigure(&low, &high, text.WholePercent).Text
	}
	r.User, r.Agent, r.Neither = Write(&user, text.Compact, text.Whole), Write(&agent, text.Compact, text.Whole), Write(&neither, text.Compact, text.Whole)
	r.UserWidth, r.AgentAt, r.AgentWidth = coordinate(100*user/sum), coordinate(100*user/sum), coordinate(100*agent/sum)
	r.NeitherAt, r.NeitherWidth = coordinate(100*(user+agent)/sum), coordinate(100*neither/sum)
}

// toolComplete returns the day to which a tool's sources are complete.
func (b *Builder) toolComplete(tool string) (last day.Day, late bool) {
	for _, s := range b.Status.Sources {
		if s.Tool == tool && s.Days.To > last {
			last, late = s.Days.To, s.Late
		}
	}
	return min(last, b.Status.CompleteTo), late
}

func (b *Builder) toolSentence(rows []ToolRow) string {
	var names []string
	for _, r := range rows {
		names = append(names, r.Label+" "+r.Lines.Full)
	}
	return b.T("sentence.tools", b.WindowSentence(), b.Scope(), b.List(names))
}
