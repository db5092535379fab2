package people

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/text"
)

// ownTable is what one's own lines are of.
type ownTable struct {
	ID, Title string
	Table     *cards.DrawnTable
}

// ownDimensions are what one's own lines are divided by.
var ownDimensions = []string{"feature", "model", "language"}

// ownRows is how many values a table shows by themselves.
const ownRows = 10

// ownTables says with what one works, and when. The figures are those that figures asked for.
func (d *dashboard) ownTables(ctx context.Context) ([]ownTable, error) {
	lines := []string{"loc_changed"}
	questions := []cards.Question{d.Question("day", d.Effective, d.Window, lines, "day")}
	for _, dim := range ownDimensions {
		questions = append(questions, d.Question(dim, d.Effective, d.Window, lines, dim))
	}
	answers, err := cards.AskAll(ctx, d.Data, questions)
	if err != nil {
		return nil, err
	}
	var out []ownTable
	for _, dim := range ownDimensions {
		out = append(out, ownTable{dim, d.T("me.by." + dim), d.ownValues(answers.Of(dim), dim)})
	}
	return append(out, ownTable{"rhythm", d.T("me.rhythm"), d.rhythm(answers.Of("day"))}), nil
}

// ownValues divides lines by the values of a dimension, the largest first; nil if there are
// none.
func (d *dashboard) ownValues(t *cards.Answer, dim string) *cards.DrawnTable {
	type value struct {
		label   string
		lines   float64
		neutral bool
	}
	var list []value
	sum := 0.0
	for _, row := range t.Rows() {
		n := cards.OrZero(t.Value(row, "loc_changed"))
		if n == 0 {
			continue // what others use says nothing of the person
		}
		v := value{d.T("me.none." + dim), n, true}
		if name, named := t.Name(row, dim); named {
			v = value{d.ValueLabel(dim, name), n, false}
		}
		list, sum = append(list, v), sum+n
	}
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b value) int { return cmp.Compare(b.lines, a.lines) })
	if len(list) > ownRows+1 {
		other := value{label: d.T("me.other", text.Grouped(int64(len(list)-ownRows))), neutral: true}
		for _, v := range list[ownRows:] {
			other.lines += v.lines
		}
		list = append(list[:ownRows], other)
	}
	most := slices.MaxFunc(list, func(a, b value) int { return cmp.Compare(a.lines, b.lines) }).lines
	out := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.T("me.head." + dim)}, {Graphic: true}, {Label: d.T("teams.head.loc_changed"), Numeric: true}, {Label: d.T("me.share"), Numeric: true}}}
	for _, v := range list {
		step, share := cards.StepMid, v.lines/sum
		if v.neutral {
			step = cards.StepGrey
		}
		out.Rows = append(out.Rows, cards.DrawnRow{Label: v.label, Neutral: v.neutral, Cells: []cards.DrawnCell{
			{Bar: cards.NewRowBar(most, cards.Part{Step: step, Value: v.lines})}, {Figure: cards.Whole(&v.lines)}, {Figure: cards.Write(&share, text.Percent, text.Percent)}}})
	}
	return out
}

// rhythm says on which days of the week one was active, and with how many lines.
func (d *dashboard) rhythm(t *cards.Answer) *cards.DrawnTable {
	type weekday struct{ active, days, lines float64 }
	var list [7]weekday
	on := func(d day.Day) *weekday { return &list[(int(d.Time().Weekday())+6)%7] }
	for at := d.Window.From; at <= d.Window.To; at++ {
		on(at).days++
	}
	each := func(t *cards.Answer, measure string, add func(*weekday, float64)) {
		for _, row := range t.Rows() {
			name, _ := t.Name(row, "day")
			if at, err := day.Parse(name); err == nil {
				add(on(at), cards.OrZero(t.Value(row, measure)))
			}
		}
	}
	each(d.Answers.Of(askUserDays), "daily_active_users", func(w *weekday, n float64) { w.active += min(n, 1) })
	each(t, "loc_changed", func(w *weekday, n float64) { w.lines += n })
	most := 0.0
	for _, w := range list {
		most = max(most, w.active)
	}
	if most == 0 {
		return nil
	}
	out := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.T("usage.weekday")}, {Graphic: true}, {Label: d.T("person.days"), Numeric: true}, {Label: d.T("teams.head.loc_changed"), Numeric: true}}}
	for i, w := range list {
		days := cards.Figure{Text: d.T("person.ofdays", text.Whole(w.active), text.Whole(w.days)), Value: text.Plain(w.active)}
		out.Rows = append(out.Rows, cards.DrawnRow{Key: strconv.Itoa(i + 1), Label: time.Weekday((i + 1) % 7).String(), Cells: []cards.DrawnCell{
			{Bar: cards.NewRowBar(most, cards.Part{Step: cards.StepMid, Value: w.active})}, {Figure: days}, {Figure: cards.Whole(&w.lines)}}})
	}
	return out
}
