package web

import (
	"cmp"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"
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

// tools is the card "By tool".
func (b *builder) tools() *ToolsCard {
	c := &ToolsCard{ID: "tools", Title: b.t("tools.title"), Definition: b.t("tools.definition"), Menu: b.menu("tools", toolMeasures, []string{"tool"})}
	c.Menu.Formula, c.Menu.Reading = b.t("tools.formula"), b.t("tools.reading")
	if c.Blocked = b.block(toolMeasures, "tool"); c.Blocked != nil {
		return c
	}
	t, split := b.answers.of(askTool), b.toolSplit()
	for _, row := range t.rows() {
		name, _ := t.name(row, "tool")
		c.Rows = append(c.Rows, b.toolRow(name, t.value(row, "loc_changed"), t.value(row, "active_users"), split[name]))
	}
	slices.SortStableFunc(c.Rows, func(x, y ToolRow) int { return cmp.Compare(y.lines, x.lines) })
	if tools := b.toolNames(); len(metric.Grades(tools)) > 1 {
		c.Mixed = b.t("tools.mixed", b.plural("n.tools", len(tools)))
	}
	c.Sentence = b.say(b.toolSentence(c.Rows))
	return c
}

// toolSplit returns each tool's changed lines by initiator.
func (b *builder) toolSplit() map[string]map[string]float64 {
	t := b.answers.of(askMode)
	out := map[string]map[string]float64{}
	for _, row := range t.rows() {
		tool, _ := t.name(row, "tool")
		who, _ := t.name(row, "initiator")
		if out[tool] == nil {
			out[tool] = map[string]float64{}
		}
		out[tool][who] += orZero(plus(t.value(row, "loc_added"), t.value(row, "loc_deleted")))
	}
	return out
}

func (b *builder) toolRow(name string, lines, people *float64, split map[string]float64) ToolRow {
	tool := metric.ToolByName(name)
	r := ToolRow{Label: tool.Label, Key: name, URL: b.state.Add("tool", name).URL(), Meaning: tool.LineMeaning, lines: orZero(lines),
		Lines: compactFigure(lines), People: wholeFigure(people), Share: none}
	to, late := b.toolComplete(name)
	r.Late = late
	if to != 0 {
		r.CompleteTo = shortDay(to)
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
	r.Bar, r.Share = true, wholePercent(agent/sum)
	r.User, r.Agent, r.Neither = compactFigure(&user), compactFigure(&agent), compactFigure(&neither)
	r.UserWidth, r.AgentAt, r.AgentWidth = coordinate(100*user/sum), coordinate(100*user/sum), coordinate(100*agent/sum)
	r.NeitherAt, r.NeitherWidth = coordinate(100*(user+agent)/sum), coordinate(100*neither/sum)
}

// toolComplete returns the day to which a tool's sources are complete.
func (b *builder) toolComplete(tool string) (last day.Day, late bool) {
	for _, s := range b.status.Sources {
		if s.Tool == tool && s.Days.To > last {
			last, late = s.Days.To, s.Late
		}
	}
	return min(last, b.status.CompleteTo), late
}

func (b *builder) toolSentence(rows []ToolRow) string {
	var names []string
	for _, r := range rows {
		names = append(names, r.Label+" "+r.Lines.Full)
	}
	return b.t("sentence.tools", b.windowSentence(), b.scope(), b.list(names))
}

func compactFigure(f *float64) Figure {
	if f == nil {
		return Figure{Text: none, Full: none}
	}
	return Figure{compact(*f), wholeFull(*f), plain(*f)}
}

func wholeFigure(f *float64) Figure {
	if f == nil {
		return Figure{Text: none, Full: none}
	}
	return Figure{wholeFull(*f), wholeFull(*f), plain(*f)}
}
