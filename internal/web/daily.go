package web

import (
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/metric"
)

// bar is one bar of the chart over time.
type bar struct {
	key string
	// days are the days it stands for, within what is drawn.
	days day.Range
	// after says that it lies after the window, outside the cards.
	after bool
	state string
}

// bars lists the bars of the daily chart, those without data too.
func (b *builder) bars() []bar {
	out := b.barsOf(b.grain, b.window)
	after := b.settlingAfter()
	for d := after.From; d <= after.To && after.To != 0; d++ {
		out = append(out, bar{d.String(), day.Range{From: d, To: d}, true, "settling"})
	}
	return out
}

// barsOf divides a range into days, weeks or months.
func (b *builder) barsOf(grain string, r day.Range) []bar {
	var out []bar
	for d := r.From; d <= r.To; {
		first, next := d, d+1
		switch grain {
		case "week":
			first, next = d.Week(), d.Week()+7
		case "month":
			first = d.Month()
			next = (first + 31).Month()
		}
		end := min(next-1, r.To)
		out = append(out, bar{key: first.String(), days: day.Range{From: d, To: end}, state: b.stateOf(grain, first, d, end, next)})
		d = next
	}
	return out
}

// stateOf says what is special about the bar of [d, end], whose whole period
// would be [first, next).
func (b *builder) stateOf(grain string, first, d, end, next day.Day) string {
	missing := 0
	for _, m := range b.status.Missing {
		if m >= d && m <= end {
			missing++
		}
	}
	switch {
	case missing == int(end-d)+1:
		return "missing"
	case end > b.status.CompleteTo:
		return "settling"
	case grain != "day" && (d > first || end < next-1 || missing > 0):
		return "partial"
	}
	return ""
}

// daily is the chart "Daily total of lines added and deleted".
func (b *builder) daily() *ChartCard {
	by := []string{"day"}
	if b.state.Split {
		by = append(by, "initiator")
	}
	c := &ChartCard{ID: "daily", Title: b.t("daily.title"), Definition: b.t("daily.definition." + b.grain), Kind: "days", PNG: true,
		Menu: b.menu("daily", lineMeasures, by), Switches: b.splitSwitch()}
	c.Menu.CSV = b.dailyCSV()
	c.Menu.Formula, c.Menu.Reading = b.t("daily.formula."+b.grain), b.t("daily.reading")
	if c.Blocked = b.block(lineMeasures, by...); c.Blocked != nil {
		return c
	}
	c.Tables = b.dailyTables()
	c.Size = len(c.Tables[0].Rows)
	c.Legend = b.legendOf(c.Tables[0].Columns)
	c.Notes = b.dailyNotes(c.Tables[0])
	added, deleted := b.headline("loc_added"), b.headline("loc_deleted")
	if added != nil || deleted != nil {
		c.Total = b.t("daily.total", grown(added, wholeFull), shrunk(deleted, wholeFull))
	}
	c.Label = b.t("daily.label", b.t("grain."+b.grain), span(b.window), b.linesOr(added), figureText(deleted))
	c.Sentence = b.say(b.t("sentence.daily", b.windowSentence(), b.linesOr(added), figureText(deleted), b.scope()))
	return c
}

func figureText(f *float64) string { return cell(f).Text }

func (b *builder) splitSwitch() []Choice {
	to := func(on bool) string { return b.state.With(func(s *State) { s.Split = on }).URL() }
	return []Choice{
		{Label: b.t("daily.all"), URL: to(false), On: !b.state.Split},
		{Label: b.t("daily.split"), URL: to(true), On: b.state.Split},
	}
}

// dailyCSV asks for the bars that are drawn.
func (b *builder) dailyCSV() string {
	name := askDaily
	by := []string{b.grain}
	if b.state.Split {
		name, by = askSplit, append(by, "initiator")
	}
	return apiURL(b.ask(name, b.effective, b.drawn(), lineMeasures, by...).words, "csv")
}

// cellsByKey holds the figures of each bar, by column.
type cellsByKey map[string][]*float64

func (b *builder) dailyTables() []Table {
	columns, values := b.dailyColumns()
	bars := b.bars()
	main := b.dailyTable(b.grain, bars, columns, values)
	if b.grain != "day" || b.window.Len() <= 31 {
		return []Table{main}
	}
	main.Wide = true
	weekly := b.dailyTable("week", b.barsOf("week", b.window), columns, sumByWeek(bars, values, len(columns)))
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
			out[week][i] = plus(out[week][i], v)
		}
	}
	return out
}

// dailyColumns returns the chart's columns and their figures.
func (b *builder) dailyColumns() ([]Column, cellsByKey) {
	columns := []Column{{b.t("added"), "loc_added", "added", "up"}, {b.t("deleted"), "loc_deleted", "deleted", "down"}}
	values := cellsByKey{}
	if b.state.Split {
		columns = nil
		for _, who := range metric.Initiators {
			columns = append(columns,
				Column{b.t("daily.added", b.t("initiator."+who)), who + ".loc_added", who, "up"},
				Column{b.t("daily.deleted", b.t("initiator."+who)), who + ".loc_deleted", who, "down"})
		}
		b.fillSplit(values)
		columns = dropEmpty(columns, values)
	} else {
		b.fillDays(values, askDaily, b.grain, 0, 0, 2)
	}
	return b.overlay(columns, values)
}

// fillDays puts an answer's added and deleted lines into the columns from at
// on; shift moves earlier days under the bars they are compared with.
func (b *builder) fillDays(values cellsByKey, name, grain string, shift day.Day, at, width int) {
	t := b.answers.of(name)
	for _, row := range t.rows() {
		text, _ := t.name(row, grain)
		d, err := day.Parse(text)
		if err != nil {
			continue
		}
		key := (d + shift).String()
		cells := values[key]
		for len(cells) < width {
			cells = append(cells, nil)
		}
		cells[at], cells[at+1] = t.value(row, "loc_added"), t.value(row, "loc_deleted")
		values[key] = cells
	}
}

func (b *builder) fillSplit(values cellsByKey) {
	t := b.answers.of(askSplit)
	for _, row := range t.rows() {
		key, _ := t.name(row, b.grain)
		who, ok := t.name(row, "initiator")
		if !ok {
			continue // the discrepancy stands in the ledger, never in a chart
		}
		if values[key] == nil {
			values[key] = make([]*float64, 2*len(metric.Initiators))
		}
		for i, name := range metric.Initiators {
			if name == who {
				values[key][2*i], values[key][2*i+1] = t.value(row, "loc_added"), t.value(row, "loc_deleted")
			}
		}
	}
}

// dropEmpty removes the pair of columns of unclassified lines where there are none.
func dropEmpty(columns []Column, values cellsByKey) []Column {
	last := len(columns) - 2
	for _, cells := range values {
		if len(cells) > last && (!nothing(cells[last]) || !nothing(cells[last+1])) {
			return columns
		}
	}
	for key, cells := range values {
		values[key] = cells[:last]
	}
	return columns[:last]
}

// overlay adds the previous period's figures as marks.
func (b *builder) overlay(columns []Column, values cellsByKey) ([]Column, cellsByKey) {
	if b.answers.of(askOverlay) == nil {
		return columns, values
	}
	at := len(columns)
	columns = append(columns,
		Column{b.t("daily.previous.added"), "previous.loc_added", "added", "mark"},
		Column{b.t("daily.previous.deleted"), "previous.loc_deleted", "deleted", "mark-down"})
	b.fillDays(values, askOverlay, b.grain, b.window.Shift(), at, at+2)
	return columns, values
}

func (b *builder) dailyTable(grain string, bars []bar, columns []Column, values cellsByKey) Table {
	t := Table{Caption: b.t("daily.caption", b.t("grain."+grain)), Grain: grain, RowHead: b.t("head." + grain), Columns: columns}
	for _, bar := range bars {
		t.Rows = append(t.Rows, b.dailyRow(grain, bar, values[bar.key], len(columns)))
	}
	return t
}

func (b *builder) dailyRow(grain string, bar bar, values []*float64, columns int) Row {
	r := Row{Key: bar.key, Label: longDay(bar.days.From), Short: shortDay(bar.days.From), State: bar.state, Plot: true,
		URL: b.state.Between(bar.days).URL()}
	if grain != "day" && !bar.after {
		r.Label = span(bar.days)
	}
	if grain == "month" {
		r.Short = bar.days.From.Time().Format("Jan 2006")
	}
	if bar.state != "" {
		r.Note = b.t("state." + bar.state)
	}
	var breaks []string
	for _, br := range metric.BreaksIn(bar.days) {
		breaks = append(breaks, shortDay(br.Day)+": "+br.Label)
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
func (b *builder) dailyNotes(t Table) []string {
	var out []string
	seen := map[string]bool{}
	for _, r := range t.Rows {
		seen[r.State] = true
	}
	for _, state := range []string{"settling", "partial", "missing"} {
		if seen[state] {
			out = append(out, b.t("daily.note."+state))
		}
	}
	for _, br := range metric.BreaksIn(b.window) {
		out = append(out, b.t("daily.note.break", longDay(br.Day), br.Label))
	}
	return out
}
