package impact

import (
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/english"
	stats "codegauge/internal/impact"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/sorting"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/text"
)

// trends is "Engagement trends": the phases at the end of each month, and its pull requests.
func (d *dashboard) trends() *cards.TableCard {
	c := d.table("trends", "trends", "trends")
	trend := d.impact.Trends
	if c.Blocked != nil {
		return c
	}
	table := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("impact.month")}, {Label: d.T("impact.trends.bar"), Graphic: true}, {Label: d.T("impact.trends.agents"), Numeric: true}, {Label: d.T("impact.trends.active"), Numeric: true}}}
	unmerged := func(m question.TrendMonth) bool { return m.Merged == nil }
	nothingMerged := !slices.ContainsFunc(trend, func(m question.TrendMonth) bool { return !unmerged(m) })
	if !nothingMerged {
		table.Heads = append(table.Heads, cards.DrawnHead{Label: d.T("impact.trends.merged"), Numeric: true})
	}
	names := d.trendPhases()
	data := cards.Table{Caption: c.Title, RowHead: d.T("impact.month")}
	for i := range names {
		data.Columns = append(data.Columns, cards.Column{Label: names[i].short(), Series: names[i].Name})
		c.Legend = append(c.Legend, cards.LegendItem{Label: names[i].short(), Swatch: string(names[i].step)})
	}
	var known []*question.TrendMonth
	for i := range trend {
		m := &trend[i]
		row := cards.DrawnRow{Key: m.First.String(), Label: m.First.Time().Format("Jan 2006")}
		if m.On+1 != (m.On + 1).Month() {
			row.Note = d.T("impact.trends.to", text.ShortDay(m.On))
		}
		bar := cards.DrawnCell{}
		if m.Phases.Active != nil {
			known = append(known, m)
			var parts []cards.Part
			for i := range m.Phases.Phases {
				p := d.phaseOf(&m.Phases.Phases[i])
				parts = append(parts, cards.Part{Step: p.step, Value: p.People})
			}
			bar.Bar = cards.NewRowBar(*m.Phases.Active, parts...)
		}
		merged := cards.DrawnCell{Figure: cards.Whole(m.Merged)}
		if m.Merged != nil && m.Days < m.Len() {
			merged.Note = d.T("impact.trends.days", text.Grouped(int64(m.Days)), d.DaysWord(m.Len()))
		}
		active := cards.DrawnCell{Figure: cards.Whole(m.Phases.Active)}
		if m.Phases.FromRecords && m.Phases.Active != nil {
			active.Note = d.T("impact.trends.records")
		}
		row.Cells = []cards.DrawnCell{bar, {Figure: cards.Write(query.Share(m.Phases.Agents(), m.Phases.Active), text.WholePercent, text.Percent)}, active}
		if !nothingMerged {
			row.Cells = append(row.Cells, merged)
		}
		table.Rows = append(table.Rows, row)
		data.Rows = append(data.Rows, d.trendRow(m, row.Label, names))
	}
	if len(known) == 0 {
		c.Menu.CSV, c.Legend = "", nil
		if len(trend) > 0 {
			c.Empty = d.noPhases(trend[len(trend)-1].Phases.Why)
		}
		return c
	}
	c.Table, c.Data = table, []cards.Table{data}
	d.leadTrend(c, known)
	switch {
	case nothingMerged && d.Weeks:
		c.Notes = append(c.Notes, d.T("impact.trends.weeks"))
	case nothingMerged:
		c.Notes = append(c.Notes, d.textOfNone("impact.pulls.none"))
	case slices.ContainsFunc(trend, unmerged):
		c.Notes = append(c.Notes, d.T("impact.trends.everybody"), d.textOfNone("impact.trends.nomerged"))
	default:
		c.Notes = append(c.Notes, d.T("impact.trends.everybody"))
	}
	if i := slices.IndexFunc(trend, func(m question.TrendMonth) bool { return m.Phases.Active == nil }); i >= 0 {
		c.Notes = append(c.Notes, d.T("impact.trends.unknown", d.noPhases(trend[i].Phases.Why)))
	}
	for i := range known {
		if known[i].Phases.FromRecords {
			c.Notes = append(c.Notes, d.T("impact.trends.records.note"))
			break
		}
	}
	for _, b := range stats.Breaks(day.Range{From: known[0].On - question.PhaseDays + 1, To: d.Window.To}) {
		c.Notes = append(c.Notes, d.T("impact.break", text.LongDay(b.Day), b.Label))
	}
	return c
}

// leadTrend says how many use agents, and how many more than a month before.
func (d *dashboard) leadTrend(c *cards.TableCard, known []*question.TrendMonth) {
	last := known[len(known)-1]
	now := query.Share(last.Phases.Agents(), last.Phases.Active)
	if now == nil {
		return
	}
	c.Lead = &cards.Lead{Figure: cards.Write(now, text.WholePercent, text.Percent), Unit: d.T("impact.trends.unit", text.Whole(*last.Phases.Active), text.LongDay(last.On))}
	if len(known) > 1 {
		before := known[len(known)-2]
		if then := query.Share(before.Phases.Agents(), before.Phases.Active); then != nil {
			c.Lead.Unit += "; " + d.T("impact.trends.change", english.Plus(english.Decimal(100*(*now-*then), 0)), text.LongDay(before.On))
		}
	}
	c.Sentence = d.Say(d.T("impact.trends.sentence", text.LongDay(last.On), text.WholePercent(*now), text.Whole(*last.Phases.Active), d.Scope()))
}

// trendPhases are the phases of any month, in their order.
func (d *dashboard) trendPhases() (out []phase) {
	for i := range d.impact.Trends {
		for j := range d.impact.Trends[i].Phases.Phases {
			if p := d.phaseOf(&d.impact.Trends[i].Phases.Phases[j]); !slices.ContainsFunc(out, func(have phase) bool { return have.Name == p.Name }) {
				out = append(out, p)
			}
		}
	}
	sorting.Stable(out, func(x, y phase) int { return x.Compare(y.Phase) })
	return out
}

// trendRow is how many people a month has in each phase.
func (d *dashboard) trendRow(m *question.TrendMonth, label string, phases []phase) cards.Row {
	row := cards.Row{Key: m.First.String(), Label: label}
	for i := range phases {
		cell := cards.NewCell(nil)
		for _, p := range m.Phases.Phases {
			if p.Name == phases[i].Name {
				cell = cards.NewCell(&p.People)
			}
		}
		if cell.Value == "" && m.Phases.FromRecords && m.Phases.Active != nil {
			zero := 0.0
			cell = cards.NewCell(&zero)
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}
