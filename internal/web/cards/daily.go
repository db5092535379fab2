package cards

import (
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// endsNow reports whether the window ends with the complete days, so that the
// days still provisional follow it.
func (b *Builder) endsNow() bool { return b.Window.To == b.Status.CompleteTo }

// provisionalAfter returns the days after the window that are still provisional and
// are drawn. Above day grain none is: a day beside weeks would look like a fall.
func (b *Builder) provisionalAfter() day.Range {
	if b.Weeks || b.Grain != "day" || !b.endsNow() || len(b.Status.Provisional) == 0 {
		return day.Range{From: 1}
	}
	return day.Range{From: b.Window.To + 1, To: slices.Max(b.Status.Provisional)}
}

// Drawn returns the days of the daily chart: the window, and by day also what
// is provisional after it.
func (b *Builder) Drawn() day.Range {
	if after := b.provisionalAfter(); after.Len() > 0 {
		return day.Range{From: b.Window.From, To: after.To}
	}
	return b.Window
}

// bar is one bar of the chart over time.
type bar struct {
	key string
	// days are the days it stands for, within what is drawn.
	days day.Range
	// of is how many days its whole week or month has, with how many of them lie in the
	// window and have data.
	of, with int
	// after says that it lies after the window, outside the cards.
	after bool
	state string
}

// bars lists the bars of the daily chart, those without data too.
func (b *Builder) bars() []bar {
	out := b.barsOf(b.Grain, b.Window)
	after := b.provisionalAfter()
	for d := after.From; d <= after.To && after.To != 0; d++ {
		out = append(out, bar{key: d.String(), days: day.Range{From: d, To: d}, after: true, state: "provisional"})
	}
	return out
}

// barsOf divides a range into days, weeks or months.
func (b *Builder) barsOf(grain string, r day.Range) []bar {
	var out []bar
	for d := r.From; d <= r.To; {
		first, next := d, d+1
		switch grain {
		case "week":
			first, next = d.Week(), d.Week()+7
		case "month":
			first = d.Month()
			next = first.NextMonth()
		}
		end := min(next-1, r.To)
		missing := b.missingIn(day.Range{From: d, To: end})
		out = append(out, bar{key: first.String(), days: day.Range{From: d, To: end}, of: int(next - first), with: int(end-d) + 1 - missing,
			state: b.stateOf(grain, d, end, int(next-first), missing)})
		d = next
	}
	return out
}

func (b *Builder) missingIn(r day.Range) (n int) {
	for _, m := range b.Status.Missing {
		if r.Contains(m) {
			n++
		}
	}
	return n
}

// stateOf says what is special about the bar of [d, end], whose whole week or month has
// so many days.
func (b *Builder) stateOf(grain string, d, end day.Day, of, missing int) string {
	switch have := int(end-d) + 1; {
	case missing == have:
		return "missing"
	case end > b.Status.CompleteTo:
		return "provisional"
	case grain != "day" && have-missing < of:
		return "partial"
	}
	return ""
}

// Daily is the chart "Daily total of lines added and deleted".
func (b *Builder) Daily() *ChartCard {
	by := []string{"day"}
	if b.State.Split {
		by = append(by, "initiator")
	}
	c := &ChartCard{ID: "daily", Title: b.T("daily.title"), Definition: b.T("daily.definition." + b.Grain), Kind: "days",
		Menu: b.MenuOf("daily", LineMeasures, by), Switches: b.splitSwitch()}
	c.Menu.CSV = b.dailyCSV()
	c.Menu.Formula, c.Menu.Reading = b.T("daily.formula."+b.Grain), b.T("daily.reading")
	if c.Blocked = b.Block(LineMeasures, by...); c.Blocked != nil {
		return c
	}
	c.Tables = b.dailyTables()
	c.Size = len(c.Tables[0].Rows)
	c.Legend = b.legendOf(c.Tables[0].Columns)
	c.Notes = b.dailyNotes(c.Tables[0])
	added, deleted := b.Headline("loc_added"), b.Headline("loc_deleted")
	if added != nil || deleted != nil {
		c.Total = b.T("daily.total", text.Grown(added, text.Whole), text.Shrunk(deleted, text.Whole))
	}
	c.Label = b.T("daily.label", b.T("grain."+b.Grain), text.Span(b.Window), b.LinesOr(added), figureText(deleted))
	c.Sentence = b.Say(b.T("sentence.daily", b.WindowSentence(), b.LinesOr(added), figureText(deleted), b.Scope()))
	return c
}

func (b *Builder) splitSwitch() []shell.Choice {
	to := func(on bool) string { return b.State.With(func(s *shell.State) { s.Split = on }).URL() }
	return []shell.Choice{
		{Label: b.T("daily.all"), URL: to(false), On: !b.State.Split},
		{Label: b.T("daily.split"), URL: to(true), On: b.State.Split},
	}
}

// dailyCSV asks for the bars that are drawn.
func (b *Builder) dailyCSV() string {
	name := AskDaily
	by := []string{b.Grain}
	if b.State.Split {
		name, by = AskSplit, append(by, "initiator")
	}
	return shell.APIURL(b.Question(name, b.Effective, b.Drawn(), LineMeasures, by...).Words, "csv")
}

// cellsByKey holds the figures of each bar, by column.
type cellsByKey map[string][]*float64

func (b *Builder) dailyTables() []Table {
	columns, values := b.dailyColumns()
	bars := b.bars()
	main := b.dailyTable(b.Grain, bars, columns, values)
	if b.Grain != "day" || b.Window.Len() <= 31 {
		return []Table{main}
	}
	main.Wide = true
	weekly := b.dailyTable("week", b.barsOf("week", b.Window), columns, sumByWeek(bars, values, len(columns)))
	weekly.Phone = true
	return []Table{main, weekly}
}

// sumByWeek adds up the window's days, for narrow screens.
func sumByWeek(bars []bar, values cellsByKey, columns int) cellsByKey {
	out := cellsByKey{}
	for _, bar := range bars {
		if bar.after {
			continue
		}
		week := bar.days.From.Week().String()
		if out[week] == nil {
			out[week] = make([]*float64, columns)
		}
		for i, v := range values[bar.key] {
			out[week][i] = query.Plus(out[week][i], v)
		}
	}
	return out
}

// dailyColumns returns the chart's columns and their figures.
func (b *Builder) dailyColumns() ([]Column, cellsByKey) {
	columns := []Column{{b.T("added"), "loc_added", "added", "up"}, {b.T("deleted"), "loc_deleted", "deleted", "down"}}
	values := cellsByKey{}
	if b.State.Split {
		columns = nil
		for _, who := range metric.Initiators {
			columns = append(columns,
				Column{b.T("daily.added", b.T("initiator."+who)), who + ".loc_added", who, "up"},
				Column{b.T("daily.deleted", b.T("initiator."+who)), who + ".loc_deleted", who, "down"})
		}
		b.fillSplit(values)
		columns = dropEmpty(columns, values)
	} else {
		b.fillDays(values, AskDaily, b.Grain, 0, 0, 2)
	}
	return b.overlay(columns, values)
}

// fillDays puts an answer's added and deleted lines into the columns from at
// on; shift moves earlier days under the bars they are compared with.
func (b *Builder) fillDays(values cellsByKey, name, grain string, shift day.Day, at, width int) {
	t := b.Answers.Of(name)
	for _, row := range t.Rows() {
		text, _ := t.Name(row, grain)
		d, err := day.Parse(text)
		if err != nil {
			continue
		}
		key := (d + shift).String()
		cells := values[key]
		for len(cells) < width {
			cells = append(cells, nil)
		}
		cells[at], cells[at+1] = t.Value(row, "loc_added"), t.Value(row, "loc_deleted")
		values[key] = cells
	}
}

func (b *Builder) fillSplit(values cellsByKey) {
	t := b.Answers.Of(AskSplit)
	for _, row := range t.Rows() {
		key, _ := t.Name(row, b.Grain)
		who, ok := t.Name(row, "initiator")
		if !ok {
			continue // the discrepancy stands in the reconciliation, never in a chart
		}
		if values[key] == nil {
			values[key] = make([]*float64, 2*len(metric.Initiators))
		}
		for i, name := range metric.Initiators {
			if name == who {
				values[key][2*i], values[key][2*i+1] = t.Value(row, "loc_added"), t.Value(row, "loc_deleted")
			}
		}
	}
}

// dropEmpty removes the pair of columns of unclassified lines where there are none.
func dropEmpty(columns []Column, values cellsByKey) []Column {
	last := len(columns) - 2
	for _, cells := range values {
		if len(cells) > last && (!Nothing(cells[last]) || !Nothing(cells[last+1])) {
			return columns
		}
	}
	for key, cells := range values {
		values[key] = cells[:last]
	}
	return columns[:last]
}

// overlay adds the previous period's figures as marks.
func (b *Builder) overlay(columns []Column, values cellsByKey) ([]Column, cellsByKey) {
	if b.Answers.Of(AskOverlay) == nil {
		return columns, values
	}
	at := len(columns)
	columns = append(columns,
		Column{b.T("daily.previous.added"), "previous.loc_added", "added", "mark"},
		Column{b.T("daily.previous.deleted"), "previous.loc_deleted", "deleted", "mark-down"})
	b.fillDays(values, AskOverlay, b.Grain, b.Window.Shift(), at, at+2)
	return columns, values
}

func (b *Builder) dailyTable(grain string, bars []bar, columns []Column, values cellsByKey) Table {
	t := Table{Caption: b.T("daily.caption", b.T("grain."+grain)), Grain: grain, RowHead: b.T("head." + grain), Columns: columns}
	for _, bar := range bars {
		t.Rows = append(t.Rows, b.dailyRow(grain, bar, values[bar.key], len(columns)))
	}
	return t
}

func (b *Builder) dailyRow(grain string, bar bar, values []*float64, columns int) Row {
	r := Row{Key: bar.key, Label: text.LongDay(bar.days.From), Short: text.ShortDay(bar.days.From), State: bar.state, Plot: true,
		URL: b.State.Between(bar.days).URL()}
	if grain != "day" && !bar.after {
		r.Label = text.Span(bar.days)
	}
	if grain == "month" {
		r.Short = bar.days.From.Time().Format("Jan 2006")
	}
	if bar.state != "" && bar.state != "partial" {
		r.Note = b.T("state." + bar.state)
	}
	if bar.state == "partial" {
		r.Note, r.Part = b.Plural("state.partial", bar.of, text.Grouped(int64(bar.with))), fmt.Sprintf("%d/%d", bar.with, bar.of)
	}
	var breaks []string
	for _, br := range metric.BreaksIn(bar.days) {
		breaks = append(breaks, text.ShortDay(br.Day)+": "+br.Label)
	}
	r.Break = strings.Join(breaks, "; ")
	for i := range columns {
		var v *float64
		if i < len(values) && bar.state != "missing" {
			v = values[i]
		}
		r.Cells = append(r.Cells, cell(v))
	}
	return r
}

// dailyNotes says in words what the chart's hatching and marks mean.
func (b *Builder) dailyNotes(t Table) []string {
	var out []string
	seen := map[string]bool{}
	for _, r := range t.Rows {
		seen[r.State] = true
	}
	for _, state := range []string{"provisional", "partial", "missing"} {
		if seen[state] {
			out = append(out, b.T("daily.note."+state))
		}
	}
	for _, br := range metric.BreaksIn(b.Window) {
		out = append(out, b.T("daily.note.break", text.LongDay(br.Day), br.Label))
	}
	return out
}
