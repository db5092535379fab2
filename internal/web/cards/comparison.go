package cards

import (
	"cmp"
	"slices"
	"strings"

	"codegauge/internal/metric"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// Comparison is a dimension's two sides, user-initiated and agent-initiated, or one
// unsplit chart where no report carries the split under the filters.
type Comparison struct {
	ID, Title string
	Cards     []ChartCard
	// Neither says what is in neither side.
	Neither string
	Scale   *shell.Choice
}

// Dimension is what a comparison is by. ID names it in texts and addresses, Other is the
// dimension that no report carries together with it and with who initiated, and Question
// answers it: SuggestMeasures by tool, initiator and dimension.
type Dimension struct{ ID, Dimension, Other, Question string }

// mark is one value of a comparison's dimension.
type mark struct {
	value    string
	residual bool // a row with null: what the breakdown lacks
	reported bool // the report says "unknown"
	cells    [3]*float64
	// byTool holds the changed lines by tool, to say why something is unknown.
	byTool map[string]float64
}

// topMarks is how many values a chart shows by name.
const topMarks = 8

func (m *mark) changed() float64 { return OrZero(Plus(m.cells[1], m.cells[2])) }

func (m *mark) neutral() bool { return m.residual || m.reported }

// UnsplitBy returns how the comparison by a dimension is asked: by initiator, or
// unsplit where the other dimension is filtered, because no report carries
// model and language together with who initiated.
func (b *Builder) UnsplitBy(dim, other string) []string {
	if b.unsplit(dim, other) {
		return []string{"tool", dim}
	}
	return []string{"tool", "initiator", dim}
}

func (b *Builder) unsplit(dim, other string) bool {
	return b.Effective.Has(other) && !b.Effective.Has(dim)
}

// Comparison makes the cards of a dimension.
func (b *Builder) Comparison(by Dimension) Comparison {
	p := Comparison{ID: "by-" + by.ID, Title: b.T("pair." + by.ID)}
	if by.Other != "" && b.unsplit(by.Dimension, by.Other) {
		p.Cards = []ChartCard{b.side(by, "")}
		return p
	}
	p.Cards = []ChartCard{b.side(by, metric.User), b.side(by, metric.ByAgent)}
	if p.Cards[0].Blocked == nil {
		p.Neither = b.neither(by)
		b.scale(&p)
	}
	return p
}

// scale puts both sides on one scale, unless each is to have its own.
func (b *Builder) scale(p *Comparison) {
	other := b.State.With(func(s *shell.State) { s.OwnScale = !s.OwnScale }).URL()
	p.Scale = &shell.Choice{Label: b.T("pair.own"), Title: b.T("pair.own.title"), URL: other, On: b.State.OwnScale}
	if b.State.OwnScale {
		return
	}
	high := 0.0
	for _, c := range p.Cards {
		high = max(high, c.highest())
	}
	for i := range p.Cards {
		p.Cards[i].Max = text.Plain(high)
	}
}

// side is one card of a comparison; side "" is both together.
func (b *Builder) side(by Dimension, side string) ChartCard {
	id := by.ID
	keys := []string{by.Dimension}
	var conditions []shell.Condition
	if side != "" {
		id = side + "-" + by.ID
		conditions = []shell.Condition{{Dimension: "initiator", Value: side}}
	}
	words := "side." + cmp.Or(side, "both")
	measures := measuresOf(side)
	c := ChartCard{ID: id, Title: b.T(words+".title", b.T("pair."+by.ID+".by")), Definition: b.T(words + ".definition"), Side: side,
		Kind: "bars", PNG: true, Menu: b.menu(id, measures, keys, conditions...)}
	c.Menu.Formula, c.Menu.Reading = b.T(words+".formula", text.Lower(b.Dimension(by.Dimension))), b.T("pair."+by.ID+".reading")
	need := keys
	if side != "" {
		need = append([]string{"initiator"}, keys...)
	}
	if c.Blocked = b.block(measures, need...); c.Blocked != nil {
		return c
	}
	b.fillSide(&c, by, side)
	return c
}

// measuresOf lists a side's measures. Deleted lines of people are drawn where
// they are not zero.
func measuresOf(side string) []string {
	if side == metric.ByAgent {
		return LineMeasures
	}
	return SuggestMeasures
}

func (b *Builder) fillSide(c *ChartCard, by Dimension, side string) {
	marks := b.marks(by, side)
	if len(marks) == 0 {
		c.Empty = b.T("side.empty", c.Title)
		return
	}
	if b.State.Parity {
		marks, c.Notes = b.leaveOut(marks, by)
	}
	rank(marks)
	columns := b.sideColumns(side, marks)
	table := Table{Caption: c.Title, RowHead: b.Dimension(by.Dimension), KeyLabel: b.T("head.key"), Columns: columns}
	table.Rows = b.markRows(by, marks, columns)
	table.Raw = slices.ContainsFunc(table.Rows, func(r Row) bool { return r.Key != "" && r.Key != r.Label && !r.Neutral })
	foot := markRow(b.T("total"), total(marks), columns)
	table.Foot = &foot
	c.Tables = []Table{table}
	c.Legend = b.legendOf(columns)
	for _, r := range table.Rows {
		if r.Plot {
			c.Size++
		}
		if r.Plot && r.Neutral && r.Note != "" {
			c.Notes = append(c.Notes, r.Note)
		}
	}
	sum := total(marks)
	c.Total = b.sideTotal(sum, side)
	c.Label = b.T("side.label", c.Title, c.Total)
	c.Sentence = b.Say(b.T("sentence.side", b.WindowSentence(), c.Title, b.Scope(), b.topWords(by, marks)))
}

func (b *Builder) sideTotal(sum *mark, side string) string {
	switch {
	case side == metric.User && Nothing(sum.cells[2]):
		return b.T("side.total.taken", text.Grown(sum.cells[1], text.Whole), figureText(sum.cells[0]))
	case side == metric.ByAgent || sum.cells[0] == nil:
		return b.T("side.total", text.Grown(sum.cells[1], text.Whole), text.Shrunk(sum.cells[2], text.Whole))
	}
	return b.T("side.total.suggested", text.Grown(sum.cells[1], text.Whole), text.Shrunk(sum.cells[2], text.Whole), figureText(sum.cells[0]))
}

// topWords names the three largest values with their lines.
func (b *Builder) topWords(by Dimension, marks []*mark) string {
	var out []string
	for _, m := range marks[:min(3, len(marks))] {
		out = append(out, b.markLabel(by, m)+" "+text.Whole(m.changed()))
	}
	return strings.Join(out, "; ")
}

// marks adds up the answer's rows of a side over the tools.
func (b *Builder) marks(by Dimension, side string) []*mark {
	t := b.Answers.Of(by.Question)
	byValue := map[string]*mark{}
	var out []*mark
	for _, row := range t.Rows() {
		if who, _ := t.Name(row, "initiator"); side != "" && who != side {
			continue
		}
		value, known := t.Name(row, by.Dimension)
		key := value
		if !known {
			key = "\x00"
		}
		m := byValue[key]
		if m == nil {
			m = &mark{value: value, residual: !known, reported: value == shell.UnknownValue, byTool: map[string]float64{}}
			byValue[key] = m
			out = append(out, m)
		}
		m.add(t, row)
	}
	return slices.DeleteFunc(out, func(m *mark) bool { return m.cells == [3]*float64{} })
}

func (m *mark) add(t *Answer, row []any) {
	for i, name := range SuggestMeasures {
		m.cells[i] = Plus(m.cells[i], t.Value(row, name))
	}
	if tool, ok := t.Name(row, "tool"); ok {
		m.byTool[tool] += OrZero(Plus(t.Value(row, "loc_added"), t.Value(row, "loc_deleted")))
	}
}

// rank sorts by changed lines, then suggested; what the breakdown lacks stands
// after all values, and what the report itself calls unknown last.
func rank(marks []*mark) {
	slices.SortStableFunc(marks, func(x, y *mark) int {
		return cmp.Or(
			compareBool(x.reported, y.reported), compareBool(x.residual, y.residual),
			cmp.Compare(y.changed(), x.changed()), cmp.Compare(OrZero(y.cells[0]), OrZero(x.cells[0])), cmp.Compare(x.value, y.value))
	})
}

func compareBool(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return 1
	}
	return -1
}

// leaveOut drops what is unknown, as GitHub's page does, and says how much.
func (b *Builder) leaveOut(marks []*mark, by Dimension) (kept []*mark, notes []string) {
	for _, m := range marks {
		if !m.neutral() {
			kept = append(kept, m)
			continue
		}
		notes = append(notes, b.T("pair.leftout", b.markLabel(by, m), b.Lines(m.changed())))
	}
	return kept, notes
}

// sideColumns returns a side's columns; suggested lines are an outline beside
// the bar, because they are no changes.
func (b *Builder) sideColumns(side string, marks []*mark) []Column {
	suggested := Column{b.T("suggested"), "loc_suggested_add", "suggested", "outline"}
	added := Column{b.T("added"), "loc_added", "added", "bar"}
	deleted := Column{b.T("deleted"), "loc_deleted", "deleted", "bar"}
	if side == metric.ByAgent {
		return []Column{added, deleted}
	}
	if side == metric.User && Nothing(total(marks).cells[2]) {
		return []Column{suggested, added}
	}
	return []Column{suggested, added, deleted}
}

func total(marks []*mark) *mark {
	sum := &mark{}
	for _, m := range marks {
		for i := range sum.cells {
			sum.cells[i] = Plus(sum.cells[i], m.cells[i])
		}
	}
	return sum
}

// markRows lists every value; the chart plots the first eight, then the sum of
// the others, then what is unknown.
func (b *Builder) markRows(by Dimension, marks []*mark, columns []Column) []Row {
	named := slices.DeleteFunc(slices.Clone(marks), (*mark).neutral)
	tools := naming(marks)
	var rows []Row
	for i, m := range named {
		if i == topMarks && len(named) > topMarks+1 {
			rest := named[topMarks:]
			other := markRow(b.T("pair.other", text.Grouped(int64(len(rest)))), total(rest), columns)
			other.Plot, other.Neutral = true, true
			rows = append(rows, other)
		}
		r := b.namedRow(by, m, columns)
		r.Plot = i < topMarks || len(named) == topMarks+1
		r.Member = !r.Plot
		rows = append(rows, r)
	}
	for _, m := range marks {
		if m.neutral() {
			r := b.namedRow(by, m, columns)
			r.Plot, r.Neutral, r.Note = true, true, b.reason(by, m, tools)
			rows = append(rows, r)
		}
	}
	return rows
}

func (b *Builder) namedRow(by Dimension, m *mark, columns []Column) Row {
	r := markRow(b.markLabel(by, m), m, columns)
	r.Key = m.value
	if !m.residual {
		r.URL = b.State.Add(by.Dimension, m.value).URL()
	}
	return r
}

// markRow writes a value's figures in the order of the columns.
func markRow(label string, m *mark, columns []Column) Row {
	r := Row{Label: label, Short: label}
	for _, c := range columns {
		r.Cells = append(r.Cells, cell(m.cells[slices.Index(SuggestMeasures, c.Series)]))
	}
	return r
}

func (b *Builder) markLabel(by Dimension, m *mark) string {
	switch {
	case m.residual:
		return b.T("none." + by.ID)
	case m.reported:
		return b.T("unknown")
	}
	return b.ValueLabel(by.Dimension, m.value)
}

// reason says why lines stand under no value, tool by tool. Named holds the
// tools that name a value elsewhere: of them it is the report that withholds it.
func (b *Builder) reason(by Dimension, m *mark, named map[string]bool) string {
	var parts []string
	for _, tool := range sortedByLines(m.byTool) {
		key := "reason." + by.ID
		switch {
		case !named[tool]:
			key = "reason.tool"
		case m.reported:
			key = "reason.reported"
		}
		parts = append(parts, b.T(key, metric.ToolByName(tool).Label, b.Lines(m.byTool[tool]), text.Lower(b.Dimension(by.Dimension))))
	}
	if len(parts) == 0 {
		return ""
	}
	return b.T("reason", b.markLabel(by, m), strings.Join(parts, "; "))
}

// naming returns the tools that name some value.
func naming(marks []*mark) map[string]bool {
	out := map[string]bool{}
	for _, m := range marks {
		for tool := range m.byTool {
			out[tool] = out[tool] || !m.neutral()
		}
	}
	return out
}

func sortedByLines(byTool map[string]float64) []string {
	var out []string
	for tool, lines := range byTool {
		if lines != 0 {
			out = append(out, tool)
		}
	}
	slices.SortFunc(out, func(x, y string) int {
		return cmp.Or(cmp.Compare(byTool[y], byTool[x]), cmp.Compare(x, y))
	})
	return out
}

// neither says how many lines are in neither side, so that the sides and this
// add up to the headline.
func (b *Builder) neither(by Dimension) string {
	var parts []string
	sum := 0.0
	marks := b.marks(by, metric.Unclassified)
	rank(marks)
	for _, m := range marks {
		if lines := m.changed(); lines != 0 {
			sum += lines
			parts = append(parts, b.markLabel(by, m)+" "+text.Whole(lines))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return b.T("pair.neither", b.Lines(sum), strings.Join(parts[:min(5, len(parts))], ", "))
}
