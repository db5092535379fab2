package cards

import (
	"cmp"
	"slices"
	"strings"

	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// Comparison is a dimension's two sides, user-initiated and agent-initiated, or one
// noInitiator chart where no report carries the split under the filters.
type Comparison struct {
	ID, Title string
	Cards     []ChartCard
	// Neither says what is in neither side.
	Neither string
	Scale   *shell.Choice
}

// Dimension is what a comparison is by. ID names it in texts and addresses, and its
// question; Other is the dimension that no report carries together with it and with who
// initiated.
//
// NoInitiator says that no report carries the dimension with who initiated at all.
type Dimension struct {
	ID, Dimension, Other string
	NoInitiator          bool
}

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

func (m *mark) changed() float64 { return OrZero(query.Plus(m.cells[1], m.cells[2])) }

func (m *mark) neutral() bool { return m.residual || m.reported }

// comparer makes the cards of one dimension.
type comparer struct {
	*Builder
	by Dimension
}

// ComparisonQuestion returns the question about a dimension: by initiator, or noInitiator
// where the other dimension is filtered, because no report carries both together with who
// initiated.
func (b *Builder) ComparisonQuestion(by Dimension) Question {
	keys := []string{"tool", "initiator", by.Dimension}
	if b.noInitiator(by) {
		keys = []string{"tool", by.Dimension}
	}
	return b.Question(by.ID, b.Effective, b.Window, SuggestMeasures, keys...)
}

func (b *Builder) noInitiator(by Dimension) bool {
	return by.NoInitiator || by.Other != "" && b.Effective.Has(by.Other) && !b.Effective.Has(by.Dimension)
}

// Comparison makes the cards of a dimension.
func (b *Builder) Comparison(by Dimension) Comparison {
	c := comparer{b, by}
	p := Comparison{ID: "by-" + by.ID, Title: b.T("comparison." + by.ID)}
	if b.noInitiator(by) {
		p.Cards = []ChartCard{c.side("")}
		return p
	}
	p.Cards = []ChartCard{c.side(metric.User), c.side(metric.ByAgent)}
	if p.Cards[0].Blocked == nil {
		p.Neither = c.neither()
		c.scale(&p)
	}
	return p
}

// scale puts both sides on one scale, unless each is to have its own.
func (c comparer) scale(p *Comparison) {
	other := c.State.With(func(s *shell.State) { s.OwnScale = !s.OwnScale }).URL()
	p.Scale = &shell.Choice{Label: c.T("comparison.own"), Title: c.T("comparison.own.title"), URL: other, On: c.State.OwnScale}
	if c.State.OwnScale {
		return
	}
	right, left := 0.0, 0.0
	for _, card := range p.Cards {
		r, l := card.highest()
		right, left = max(right, r), max(left, l)
	}
	for i := range p.Cards {
		p.Cards[i].Max, p.Cards[i].Min = text.Plain(right), text.Plain(-left)
	}
}

// side is one card of a comparison; side "" is both together.
func (c comparer) side(side string) ChartCard {
	id := c.by.ID
	keys := []string{c.by.Dimension}
	var conditions []shell.Condition
	if side != "" {
		id = side + "-" + c.by.ID
		conditions = []shell.Condition{{Dimension: "initiator", Value: side}}
	}
	words := "side." + cmp.Or(side, "both")
	if c.by.NoInitiator {
		words = "side." + c.by.ID
	}
	measures := measuresOf(side)
	card := ChartCard{ID: id, Title: c.T(words+".title", c.T("comparison."+c.by.ID+".by")), Definition: c.T(words + ".definition"), Side: side,
		Kind: "bars", Menu: c.MenuOf(id, measures, keys, conditions...)}
	card.Menu.Formula, card.Menu.Reading = c.T(words+".formula", text.Lower(c.Dimension(c.by.Dimension))), c.T("comparison."+c.by.ID+".reading")
	need := keys
	if side != "" {
		need = append([]string{"initiator"}, keys...)
	}
	if card.Blocked = c.Block(measures, need...); card.Blocked != nil {
		return card
	}
	c.fillSide(&card, side)
	return card
}

// measuresOf lists a side's measures. Deleted lines of people are drawn where
// they are not zero.
func measuresOf(side string) []string {
	if side == metric.ByAgent {
		return LineMeasures
	}
	return SuggestMeasures
}

func (c comparer) fillSide(card *ChartCard, side string) {
	marks := c.marks(side)
	if len(marks) == 0 {
		card.Empty = c.T("side.empty", card.Title)
		return
	}
	if c.State.Parity {
		marks, card.Notes = c.leaveOut(marks)
	}
	rank(marks)
	columns := c.sideColumns(side, marks)
	table := Table{Caption: card.Title, RowHead: c.Dimension(c.by.Dimension), KeyLabel: c.T("head.key"), Columns: columns}
	table.Rows = c.markRows(marks, columns)
	table.Raw = slices.ContainsFunc(table.Rows, func(r Row) bool { return r.Key != "" && r.Key != r.Label && !r.Neutral })
	foot := markRow(c.T("total"), total(marks), columns)
	table.Foot = &foot
	card.Tables = []Table{table}
	card.Legend = c.legendOf(columns)
	for _, r := range table.Rows {
		if r.Plot {
			card.Size++
		}
		if r.Plot && r.Neutral && r.Note != "" {
			card.Notes = append(card.Notes, r.Note)
		}
	}
	if side == metric.ByAgent && c.by.ID == AskMode {
		card.Notes = append(card.Notes, c.faultNotes()...)
	}
	sum := total(marks)
	card.Total = c.sideTotal(sum, side)
	card.Label = c.T("side.label", card.Title, card.Total)
	card.Sentence = c.Say(c.sideSentence(marks, card.Title, side))
}

func (c comparer) sideTotal(sum *mark, side string) string {
	switch {
	case side == metric.User && Nothing(sum.cells[2]):
		return c.T("side.total.taken", text.Grown(sum.cells[1], text.Whole), figureText(sum.cells[0]))
	case side == metric.ByAgent || sum.cells[0] == nil:
		return c.T("side.total", text.Grown(sum.cells[1], text.Whole), text.Shrunk(sum.cells[2], text.Whole))
	}
	return c.T("side.total.suggested", text.Grown(sum.cells[1], text.Whole), text.Shrunk(sum.cells[2], text.Whole), figureText(sum.cells[0]))
}

// sideSentence names the three largest values with their lines, what is left of the sum,
// and what is on neither side.
func (c comparer) sideSentence(marks []*mark, title, side string) string {
	var out []string
	top, sum := marks[:min(3, len(marks))], total(marks).changed()
	for _, m := range top {
		out = append(out, c.markLabel(m)+" "+text.Whole(m.changed()))
	}
	if rest := sum - total(top).changed(); rest > 0 {
		out = append(out, c.T("sentence.rest", text.Whole(rest)))
	}
	words := c.T("sentence.side", c.WindowSentence(), c.Lines(sum), title, c.Scope(), strings.Join(out, "; "))
	if neither := c.neither(); side != "" && neither != "" {
		words += " " + neither
	}
	return words
}

// marks adds up the answer's rows of a side over the tools.
func (c comparer) marks(side string) []*mark {
	t := c.Answers.Of(c.by.ID)
	byValue := map[string]*mark{}
	var out []*mark
	for _, row := range t.Rows() {
		if who, _ := t.Name(row, "initiator"); side != "" && who != side {
			continue
		}
		value, known := t.Name(row, c.by.Dimension)
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
		m.cells[i] = query.Plus(m.cells[i], t.Value(row, name))
	}
	if tool, ok := t.Name(row, "tool"); ok {
		m.byTool[tool] += OrZero(query.Plus(t.Value(row, "loc_added"), t.Value(row, "loc_deleted")))
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
func (c comparer) leaveOut(marks []*mark) (kept []*mark, notes []string) {
	for _, m := range marks {
		if !m.neutral() {
			kept = append(kept, m)
			continue
		}
		notes = append(notes, c.T("comparison.leftout", c.markLabel(m), c.Lines(m.changed())))
	}
	return kept, notes
}

// sideColumns returns a side's columns; suggested lines are a tick on the row of the
// bars, because they are no changes.
func (c comparer) sideColumns(side string, marks []*mark) []Column {
	columns := []Column{{c.T("added"), "loc_added", "added", "bar"}}
	if side != metric.User || !Nothing(total(marks).cells[2]) {
		columns = append(columns, Column{c.T("deleted"), "loc_deleted", "deleted", "bar-down"})
	}
	if side != metric.ByAgent {
		columns = append(columns, Column{c.T("suggested"), "loc_suggested_add", "suggested", "tick"})
	}
	return columns
}

func total(marks []*mark) *mark {
	sum := &mark{}
	for _, m := range marks {
		for i := range sum.cells {
			sum.cells[i] = query.Plus(sum.cells[i], m.cells[i])
		}
	}
	return sum
}

// markRows lists every value; the chart plots the first eight, then the sum of
// the others, then what is unknown.
func (c comparer) markRows(marks []*mark, columns []Column) []Row {
	named := slices.DeleteFunc(slices.Clone(marks), (*mark).neutral)
	tools := naming(marks)
	var rows []Row
	for i, m := range named {
		if i == topMarks && len(named) > topMarks+1 {
			rest := named[topMarks:]
			other := markRow(c.T("comparison.other", text.Grouped(int64(len(rest)))), total(rest), columns)
			other.Plot, other.Neutral = true, true
			rows = append(rows, other)
		}
		r := c.namedRow(m, columns)
		r.Plot = i < topMarks || len(named) == topMarks+1
		r.Member = !r.Plot
		rows = append(rows, r)
	}
	for _, m := range marks {
		if m.neutral() {
			r := c.namedRow(m, columns)
			r.Plot, r.Neutral, r.Note = true, true, c.reason(m, tools)
			rows = append(rows, r)
		}
	}
	return rows
}

func (c comparer) namedRow(m *mark, columns []Column) Row {
	r := markRow(c.markLabel(m), m, columns)
	r.Key = m.value
	if !m.residual {
		r.URL = c.State.Add(c.by.Dimension, m.value).URL()
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

func (c comparer) markLabel(m *mark) string {
	switch {
	case m.residual && c.Answers.Of(c.by.ID).Hides():
		return c.T("none.hidden", text.Lower(c.Dimension(c.by.Dimension)))
	case m.residual:
		return c.T("none." + c.by.ID)
	case m.reported:
		return c.T("unknown")
	}
	return c.ValueLabel(c.by.Dimension, m.value)
}

// reason says why lines stand under no value, tool by tool. Named holds the
// tools that name a value elsewhere: of them it is the report that withholds it.
func (c comparer) reason(m *mark, named map[string]bool) string {
	var parts []string
	hidden := m.residual && c.Answers.Of(c.by.ID).Hides()
	for _, tool := range sortedByLines(m.byTool) {
		key := "reason." + c.by.ID
		switch {
		case hidden:
			key = "reason.amount"
		case !named[tool]:
			key = "reason.tool"
		case m.reported:
			key = "reason.reported"
		}
		parts = append(parts, c.T(key, metric.ToolByName(tool).Label, c.Lines(m.byTool[tool]), text.Lower(c.Dimension(c.by.Dimension))))
	}
	if len(parts) == 0 {
		return ""
	}
	if hidden {
		return c.T("reason.hidden", c.markLabel(m), text.Lower(c.Dimension(c.by.Dimension)), strings.Join(parts, "; "))
	}
	return c.T("reason", c.markLabel(m), strings.Join(parts, "; "))
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
func (c comparer) neither() string {
	var parts []string
	sum := 0.0
	marks := c.marks(metric.Unclassified)
	rank(marks)
	for _, m := range marks {
		if lines := m.changed(); lines != 0 {
			sum += lines
			parts = append(parts, c.markLabel(m)+" "+text.Whole(lines))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return c.T("comparison.neither", c.Lines(sum), strings.Join(parts[:min(5, len(parts))], ", "))
}
