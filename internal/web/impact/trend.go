package impact

import (
	"context"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/english"
	stats "codegauge/internal/impact"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// trendMonths is of how many months engagement trends are.
const trendMonths = 6

// askMerged are the pull requests merged on each day of the trend.
const askMerged = "merged"

// trendMonth is a month of the engagement trends: its phases as of a day, and how many pull
// requests were merged on how many of its days.
type trendMonth struct {
	first, on day.Day
	phases    distribution
	merged    *float64
	days      int
}

// ask is the name of the question about the month's phases.
func (m *trendMonth) ask() string { return "phases of " + m.first.String() }

// days to on, of which pull requests are asked.
func (m *trendMonth) length() int { return int(m.on-m.first) + 1 }

// monthsTo lists the months to a day, the last one up to it. Of whole weeks, each is as of
// its last Sunday.
func monthsTo(last day.Day, weeks bool) (out []trendMonth) {
	on := last
	for range trendMonths {
		m := trendMonth{first: on.Month(), on: on}
		if weeks {
			m.on = (on + 1).Week() - 1
		}
		out = append(out, m)
		on = m.first - 1
	}
	slices.Reverse(out)
	return out
}

// trendQuestions ask for the phases at the end of each month, and for merged pull requests.
func (d *dashboard) trendQuestions() (out []cards.Question) {
	for i := range d.trend {
		m := &d.trend[i]
		r := day.Range{From: m.on, To: m.on}
		if d.Weeks {
			r.From = m.on - question.PhaseDays + 1
		}
		out = append(out, d.Question(m.ask(), d.Effective, r, phaseFigures[:1], "phase"))
	}
	if !d.Weeks {
		out = append(out, d.Question(askMerged, d.Effective, d.trendDays(), []string{"pull_requests_merged"}, "day"))
	}
	return out
}

func (d *dashboard) trendDays() day.Range {
	return day.Range{From: d.trend[0].first, To: d.trend[len(d.trend)-1].on}
}

// loadTrend fills the months in; those that no aggregate states are counted from records.
func (d *dashboard) loadTrend(ctx context.Context) error {
	var missing []*trendMonth
	var days []day.Day
	for i := range d.trend {
		m := &d.trend[i]
		if m.phases = d.stated(m.ask()); m.phases.active == nil {
			missing, days = append(missing, m), append(days, m.on)
		}
		m.phases.on = m.on
	}
	counted, err := d.Data.PhasePeople(ctx, d.Effective.Words(d.Window), days...)
	if err != nil {
		return err
	}
	for i, m := range missing {
		m.phases = d.counted(counted[i])
	}
	t := d.Answers.Of(askMerged)
	for _, row := range t.Rows() {
		name, _ := t.Name(row, "day")
		on, err := day.Parse(name)
		n := t.Value(row, "pull_requests_merged")
		if err != nil || n == nil {
			continue
		}
		for i := range d.trend {
			if m := &d.trend[i]; m.first == on.Month() {
				m.merged, m.days = cards.Plus(m.merged, n), m.days+1
			}
		}
	}
	return nil
}

// trends is "Engagement trends": the phases at the end of each month, and its pull requests.
func (d *dashboard) trends() *cards.TableCard {
	c := d.table("trends", "trends", phaseFigures[:1], "phase")
	c.Menu.CSV = shell.APIURL(d.Question("", d.Effective, d.trendDays(), phaseFigures[:1], "month", "phase").Words, "csv")
	if c.Blocked != nil {
		return c
	}
	table := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("impact.month")}, {Label: d.T("impact.trends.bar"), Graphic: true}, {Label: d.T("impact.trends.agents"), Numeric: true}, {Label: d.T("impact.trends.active"), Numeric: true}, {Label: d.T("impact.trends.merged"), Numeric: true}}}
	names := d.trendPhases()
	data := cards.Table{Caption: c.Title, RowHead: d.T("impact.month")}
	for i := range names {
		data.Columns = append(data.Columns, cards.Column{Label: names[i].short(), Series: names[i].name})
		c.Legend = append(c.Legend, cards.LegendItem{Label: names[i].short(), Swatch: string(names[i].step)})
	}
	var known []*trendMonth
	for i := range d.trend {
		m := &d.trend[i]
		row := cards.DrawnRow{Key: m.first.String(), Label: m.first.Time().Format("Jan 2006")}
		if m.on+1 != (m.on + 1).Month() {
			row.Note = d.T("impact.trends.to", text.ShortDay(m.on))
		}
		bar := cards.DrawnCell{}
		if m.phases.active != nil {
			known = append(known, m)
			var parts []cards.Part
			for _, p := range m.phases.phases {
				parts = append(parts, cards.Part{Step: p.step, Value: *p.people})
			}
			bar.Bar = cards.NewRowBar(*m.phases.active, parts...)
		}
		merged := cards.DrawnCell{Figure: cards.Whole(m.merged)}
		if m.merged != nil && m.days < m.length() {
			merged.Note = d.T("impact.trends.days", text.Grouped(int64(m.days)), d.DaysWord(m.length()))
		}
		active := cards.DrawnCell{Figure: cards.Whole(m.phases.active)}
		if m.phases.records && m.phases.active != nil {
			active.Note = d.T("impact.trends.records")
		}
		row.Cells = []cards.DrawnCell{bar, {Figure: cards.Write(cards.Share(m.phases.agents(), m.phases.active), text.WholePercent, text.Percent)}, active, merged}
		table.Rows = append(table.Rows, row)
		data.Rows = append(data.Rows, d.trendRow(m, row.Label, names))
	}
	if len(known) == 0 {
		c.Menu.CSV, c.Empty, c.Legend = "", d.trend[len(d.trend)-1].phases.why, nil
		return c
	}
	c.Table, c.Data = table, []cards.Table{data}
	d.leadTrend(c, known)
	c.Notes = append(c.Notes, d.T("impact.trends.everybody"))
	for i := range known {
		if known[i].phases.records {
			c.Notes = append(c.Notes, d.T("impact.trends.records.note"))
			break
		}
	}
	for _, b := range stats.Breaks(day.Range{From: known[0].on - question.PhaseDays + 1, To: d.Window.To}) {
		c.Notes = append(c.Notes, d.T("impact.break", text.LongDay(b.Day), b.Label))
	}
	return c
}

// leadTrend says how many use agents, and how many more than a month before.
func (d *dashboard) leadTrend(c *cards.TableCard, known []*trendMonth) {
	last := known[len(known)-1]
	now := cards.Share(last.phases.agents(), last.phases.active)
	if now == nil {
		return
	}
	c.Lead = &cards.Lead{Figure: cards.Write(now, text.WholePercent, text.Percent), Unit: d.T("impact.trends.unit", text.Whole(*last.phases.active), text.LongDay(last.on))}
	if len(known) > 1 {
		before := known[len(known)-2]
		if then := cards.Share(before.phases.agents(), before.phases.active); then != nil {
			c.Lead.Unit += "; " + d.T("impact.trends.change", english.Plus(english.Decimal(100*(*now-*then), 0)), text.LongDay(before.on))
		}
	}
	c.Sentence = d.Say(d.T("impact.trends.sentence", text.LongDay(last.on), text.WholePercent(*now), text.Whole(*last.phases.active), d.Scope()))
}

// trendPhases are the phases of any month, in their order.
func (d *dashboard) trendPhases() []phase {
	var all distribution
	for i := range d.trend {
		for _, p := range d.trend[i].phases.phases {
			if !slices.ContainsFunc(all.phases, func(have phase) bool { return have.name == p.name }) {
				all.phases = append(all.phases, p)
			}
		}
	}
	all.sort()
	return all.phases
}

// trendRow is how many people a month has in each phase.
func (d *dashboard) trendRow(m *trendMonth, label string, phases []phase) cards.Row {
	row := cards.Row{Key: m.first.String(), Label: label}
	for i := range phases {
		cell := cards.NewCell(nil)
		for _, p := range m.phases.phases {
			if p.name == phases[i].name {
				cell = cards.NewCell(p.people)
			}
		}
		if cell.Value == "" && m.phases.records && m.phases.active != nil {
			zero := 0.0
			cell = cards.NewCell(&zero)
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}
