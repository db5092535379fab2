package web

import (
	"cmp"
	"slices"
	"strings"

	"codegauge/internal/metric"
)

// Pair is a dimension's two sides, user-initiated and agent-initiated, or one
// unsplit chart where no report carries the split under the filters.
type Pair struct {
	ID, Title string
	Cards     []ChartCard
	// Neither says what is in neither side.
	Neither string
	Scale   *Choice
}

// mark is one value of a pair's dimension.
type mark struct {
	value    string
	residual bool // a row with null: what the breakdown lacks
	reported bool // the report says "unknown"
	cells    [3]*float64
	// byTool holds the changed lines by tool, to say why something is unknown.
	byTool map[string]float64
}

// unknownValue is how reports write what they do not know.
const unknownValue = "unknown"

// topMarks is how many values a chart shows by name.
const topMarks = 8

func (m *mark) changed() float64 { return orZero(plus(m.cells[1], m.cells[2])) }

func (m *mark) neutral() bool { return m.residual || m.reported }

// pairSpec is a pair as data.
type pairSpec struct{ id, dimension, other, ask string }

var pairSpecs = []pairSpec{
	{"mode", "feature", "", askMode},
	{"model", "model", "language", askModel},
	{"language", "language", "model", askLanguage},
}

func (b *builder) pairs() []Pair {
	var out []Pair
	for _, spec := range pairSpecs {
		out = append(out, b.pair(spec))
	}
	return out
}

func (b *builder) pair(spec pairSpec) Pair {
	p := Pair{ID: "by-" + spec.id, Title: b.t("pair." + spec.id)}
	if spec.other != "" && b.unsplit(spec.dimension, spec.other) {
		p.Cards = []ChartCard{b.side(spec, "")}
		return p
	}
	p.Cards = []ChartCard{b.side(spec, metric.User), b.side(spec, metric.ByAgent)}
	if p.Cards[0].Blocked == nil {
		p.Neither = b.neither(spec)
		b.scale(&p)
	}
	return p
}

// scale puts both sides on one scale, unless each is to have its own.
func (b *builder) scale(p *Pair) {
	other := b.state.With(func(s *State) { s.OwnScale = !s.OwnScale }).URL()
	p.Scale = &Choice{Label: b.t("pair.own"), Title: b.t("pair.own.title"), URL: other, On: b.state.OwnScale}
	if b.state.OwnScale {
		return
	}
	high := 0.0
	for _, c := range p.Cards {
		high = max(high, c.highest())
	}
	for i := range p.Cards {
		p.Cards[i].Max = plain(high)
	}
}

// highest returns the largest plotted figure.
func (c *ChartCard) highest() float64 {
	high := 0.0
	for _, t := range c.Tables {
		for _, r := range t.Rows {
			for _, cell := range r.Cells {
				if r.Plot {
					high = max(high, parsed(cell.Value))
				}
			}
		}
	}
	return high
}

// side is one card of a pair; side "" is both together.
func (b *builder) side(spec pairSpec, side string) ChartCard {
	id := spec.id
	by := []string{spec.dimension}
	var conditions []Condition
	if side != "" {
		id = side + "-" + spec.id
		conditions = []Condition{{"initiator", side}}
	}
	text := "side." + cmp.Or(side, "both")
	measures := measuresOf(side)
	c := ChartCard{ID: id, Title: b.t(text+".title", b.t("pair."+spec.id+".by")), Definition: b.t(text + ".definition"), Side: side,
		Kind: "bars", PNG: true, Menu: b.menu(id, measures, by, conditions...)}
	c.Menu.Formula, c.Menu.Reading = b.t(text+".formula", lower(b.dimension(spec.dimension))), b.t("pair."+spec.id+".reading")
	need := by
	if side != "" {
		need = append([]string{"initiator"}, by...)
	}
	if c.Blocked = b.block(measures, need...); c.Blocked != nil {
		return c
	}
	b.fillSide(&c, spec, side)
	return c
}

// measuresOf lists a side's measures. Deleted lines of people are drawn where
// they are not zero.
func measuresOf(side string) []string {
	if side == metric.ByAgent {
		return lineMeasures
	}
	return suggestMeasures
}

func (b *builder) fillSide(c *ChartCard, spec pairSpec, side string) {
	marks := b.marks(spec, side)
	if len(marks) == 0 {
		c.Empty = b.t("side.empty", c.Title)
		return
	}
	if b.state.Parity {
		marks, c.Notes = b.leaveOut(marks, spec)
	}
	rank(marks)
	columns := b.sideColumns(side, marks)
	table := Table{Caption: c.Title, RowHead: b.dimension(spec.dimension), KeyLabel: b.t("head.key"), Columns: columns}
	table.Rows = b.markRows(spec, marks, columns)
	table.Raw = slices.ContainsFunc(table.Rows, func(r Row) bool { return r.Key != "" && r.Key != r.Label && !r.Neutral })
	foot := markRow(b.t("total"), total(marks), columns)
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
	c.Label = b.t("side.label", c.Title, c.Total)
	c.Sentence = b.say(b.t("sentence.side", b.windowSentence(), c.Title, b.scope(), b.topWords(spec, marks)))
}

func (b *builder) sideTotal(sum *mark, side string) string {
	switch {
	case side == metric.User && nothing(sum.cells[2]):
		return b.t("side.total.taken", grown(sum.cells[1], wholeFull), figureText(sum.cells[0]))
	case side == metric.ByAgent || sum.cells[0] == nil:
		return b.t("side.total", grown(sum.cells[1], wholeFull), shrunk(sum.cells[2], wholeFull))
	}
	return b.t("side.total.suggested", grown(sum.cells[1], wholeFull), shrunk(sum.cells[2], wholeFull), figureText(sum.cells[0]))
}

// topWords names the three largest values with their lines.
func (b *builder) topWords(spec pairSpec, marks []*mark) string {
	var out []string
	for _, m := range marks[:min(3, len(marks))] {
		out = append(out, b.markLabel(spec, m)+" "+wholeFull(m.changed()))
	}
	return strings.Join(out, "; ")
}

// marks adds up the answer's rows of a side over the tools.
func (b *builder) marks(spec pairSpec, side string) []*mark {
	t := b.answers.of(spec.ask)
	byValue := map[string]*mark{}
	var out []*mark
	for _, row := range t.rows() {
		if who, _ := t.name(row, "initiator"); side != "" && who != side {
			continue
		}
		value, known := t.name(row, spec.dimension)
		key := value
		if !known {
			key = "\x00"
		}
		m := byValue[key]
		if m == nil {
			m = &mark{value: value, residual: !known, reported: value == unknownValue, byTool: map[string]float64{}}
			byValue[key] = m
			out = append(out, m)
		}
		m.add(t, row)
	}
	return slices.DeleteFunc(out, func(m *mark) bool { return m.cells == [3]*float64{} })
}

func (m *mark) add(t *table, row []any) {
	for i, name := range suggestMeasures {
		m.cells[i] = plus(m.cells[i], t.value(row, name))
	}
	if tool, ok := t.name(row, "tool"); ok {
		m.byTool[tool] += orZero(plus(t.value(row, "loc_added"), t.value(row, "loc_deleted")))
	}
}

// rank sorts by changed lines, then suggested; what the breakdown lacks stands
// after all values, and what the report itself calls unknown last.
func rank(marks []*mark) {
	slices.SortStableFunc(marks, func(x, y *mark) int {
		return cmp.Or(
			compareBool(x.reported, y.reported), compareBool(x.residual, y.residual),
			cmp.Compare(y.changed(), x.changed()), cmp.Compare(orZero(y.cells[0]), orZero(x.cells[0])), cmp.Compare(x.value, y.value))
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
func (b *builder) leaveOut(marks []*mark, spec pairSpec) (kept []*mark, notes []string) {
	for _, m := range marks {
		if !m.neutral() {
			kept = append(kept, m)
			continue
		}
		notes = append(notes, b.t("pair.leftout", b.markLabel(spec, m), b.lines(m.changed())))
	}
	return kept, notes
}

// sideColumns returns a side's columns; suggested lines are an outline beside
// the bar, because they are no changes.
func (b *builder) sideColumns(side string, marks []*mark) []Column {
	suggested := Column{b.t("suggested"), "loc_suggested_add", "suggested", "outline"}
	added := Column{b.t("added"), "loc_added", "added", "bar"}
	deleted := Column{b.t("deleted"), "loc_deleted", "deleted", "bar"}
	if side == metric.ByAgent {
		return []Column{added, deleted}
	}
	if side == metric.User && nothing(total(marks).cells[2]) {
		return []Column{suggested, added}
	}
	return []Column{suggested, added, deleted}
}

func total(marks []*mark) *mark {
	sum := &mark{}
	for _, m := range marks {
		for i := range sum.cells {
			sum.cells[i] = plus(sum.cells[i], m.cells[i])
		}
	}
	return sum
}

// markRows lists every value; the chart plots the first eight, then the sum of
// the others, then what is unknown.
func (b *builder) markRows(spec pairSpec, marks []*mark, columns []Column) []Row {
	named := slices.DeleteFunc(slices.Clone(marks), (*mark).neutral)
	tools := naming(marks)
	var rows []Row
	for i, m := range named {
		if i == topMarks && len(named) > topMarks+1 {
			rest := named[topMarks:]
			other := markRow(b.t("pair.other", grouped(int64(len(rest)))), total(rest), columns)
			other.Plot, other.Neutral = true, true
			rows = append(rows, other)
		}
		r := b.namedRow(spec, m, columns)
		r.Plot = i < topMarks || len(named) == topMarks+1
		r.Member = !r.Plot
		rows = append(rows, r)
	}
	for _, m := range marks {
		if m.neutral() {
			r := b.namedRow(spec, m, columns)
			r.Plot, r.Neutral, r.Note = true, true, b.reason(spec, m, tools)
			rows = append(rows, r)
		}
	}
	return rows
}

func (b *builder) namedRow(spec pairSpec, m *mark, columns []Column) Row {
	r := markRow(b.markLabel(spec, m), m, columns)
	r.Key = m.value
	if !m.residual {
		r.URL = b.state.Add(spec.dimension, m.value).URL()
	}
	return r
}

// markRow writes a value's figures in the order of the columns.
func markRow(label string, m *mark, columns []Column) Row {
	r := Row{Label: label, Short: label}
	for _, c := range columns {
		r.Cells = append(r.Cells, cell(m.cells[slices.Index(suggestMeasures, c.Series)]))
	}
	return r
}

func (b *builder) markLabel(spec pairSpec, m *mark) string {
	switch {
	case m.residual:
		return b.t("none." + spec.id)
	case m.reported:
		return b.t("unknown")
	}
	return b.valueLabel(spec.dimension, m.value)
}

// reason says why lines stand under no value, tool by tool. Named holds the
// tools that name a value elsewhere: of them it is the report that withholds it.
func (b *builder) reason(spec pairSpec, m *mark, named map[string]bool) string {
	var parts []string
	for _, tool := range sortedByLines(m.byTool) {
		key := "reason." + spec.id
		switch {
		case !named[tool]:
			key = "reason.tool"
		case m.reported:
			key = "reason.reported"
		}
		parts = append(parts, b.t(key, metric.ToolByName(tool).Label, b.lines(m.byTool[tool]), lower(b.dimension(spec.dimension))))
	}
	if len(parts) == 0 {
		return ""
	}
	return b.t("reason", b.markLabel(spec, m), strings.Join(parts, "; "))
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
func (b *builder) neither(spec pairSpec) string {
	var parts []string
	sum := 0.0
	marks := b.marks(spec, metric.Unclassified)
	rank(marks)
	for _, m := range marks {
		if lines := m.changed(); lines != 0 {
			sum += lines
			parts = append(parts, b.markLabel(spec, m)+" "+wholeFull(lines))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return b.t("pair.neither", b.lines(sum), strings.Join(parts[:min(5, len(parts))], ", "))
}
