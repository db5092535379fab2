package question

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/report"
)

// GitHub's value for what is not told by itself.
const others = "others"

// aggregateBreakdowns are the breakdowns of an aggregate, with the fields of a row that their
// dimensions are, and where a record has them.
var aggregateBreakdowns = []struct {
	by   []string
	into func(*report.Record) *[]report.Row
}{
	{[]string{"ide"}, func(r *report.Record) *[]report.Row { return &r.ByIDE }},
	{[]string{"feature"}, func(r *report.Record) *[]report.Row { return &r.ByFeature }},
	{[]string{"language", "feature"}, func(r *report.Record) *[]report.Row { return &r.ByLanguageFeature }},
	{[]string{"language", "model"}, func(r *report.Record) *[]report.Row { return &r.ByLanguageModel }},
	{[]string{"model", "feature"}, func(r *report.Record) *[]report.Row { return &r.ByModelFeature }},
}

// signalFields are the counts of people that an aggregate has of a signal, over a day, 7 and
// 28 days; "" where it has none.
var signalFields = []struct{ signal, daily, weekly, monthly string }{
	{"used_agent", "", "", "monthly_active_agent_users"},
	{"used_chat", "", "", "monthly_active_chat_users"},
	{"used_cli", "daily_active_cli_users", "", ""},
	{"used_copilot_app", "daily_active_copilot_app_users", "", ""},
	{"used_copilot_cloud_agent", "daily_active_copilot_cloud_agent_users", "weekly_active_copilot_cloud_agent_users", "monthly_active_copilot_cloud_agent_users"},
	{"used_copilot_code_review_active", "daily_active_copilot_code_review_users", "weekly_active_copilot_code_review_users", "monthly_active_copilot_code_review_users"},
}

// Over how many days counts of people reach back.
const (
	trailingWeek  = 7
	trailingMonth = 28
)

// aggregator makes aggregates of the figures that whoever asks may see: what is hidden from
// them by /api/v1/query is hidden here as well.
type aggregator struct {
	*Answerer
	view *view
	days map[day.Day]*report.Record
}

// computeAggregates returns the aggregates of the report's days for which there are figures.
func (a *Answerer) computeAggregates(ctx context.Context, plan *reportPlan) (map[day.Day]*report.Record, error) {
	r := plan.store.Range
	w := Parameters{Enterprise: plan.view.enterprise.Key(), From: r.From.String(), To: r.To.String(), Where: []string{"tool=" + metric.Copilot},
		Measures: []string{"monthly_active_users"}} // the measure that reaches back furthest
	if plan.source.Kind == directory.Organization {
		w.Org = plan.view.names.Key(plan.source.ID)
	}
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	m := &aggregator{a, v, map[day.Day]*report.Record{}}
	if err := m.totals(ctx, plan.source); err != nil {
		return nil, err
	}
	for _, b := range aggregateBreakdowns {
		if err := m.breakdown(ctx, b.by, b.into); err != nil {
			return nil, err
		}
	}
	return m.days, m.signals(ctx)
}

// counterMeasures returns the measures of the counters that rows with some keys have.
func counterMeasures(keys ...string) []string {
	var out []string
	for c := range metric.Counter(metric.NumRowCounters) {
		i := slices.IndexFunc(metric.Breakdowns[:], func(b metric.BreakdownInfo) bool {
			return slices.EqualFunc(b.Keys, keys, func(k metric.Key, s string) bool { return string(k) == s })
		})
		if i >= 0 && metric.Breakdowns[i].Carries(c) {
			out = append(out, c.Column())
		}
	}
	return out
}

// set sets the counters that measures, of which some may be unknown, state.
func set(c *report.Counters, measures []string, cells []any) {
	for i, name := range measures {
		n := integer(cells[i])
		for at := range metric.Counter(metric.NumRowCounters) {
			if n != nil && at.Column() == name {
				c.Set(int(at), *n)
			}
		}
	}
}

// totals makes a record of each day with its totals and its active users. Counts over more
// days are told where there is data of all of them.
func (m *aggregator) totals(ctx context.Context, of directory.Entity) error {
	counters := counterMeasures()
	measures := append(slices.Clone(counters), "daily_active_users", "weekly_active_users", "monthly_active_users")
	rows, err := m.ask(ctx, measures, "day")
	if err != nil {
		return err
	}
	for d, list := range rows {
		r := &report.Record{Kind: report.AggregateDay, Day: d}
		if e := m.view.names.ByID[of.Enterprise]; e != nil && len(e.Aliases) > 0 {
			r.EnterpriseID = e.Aliases[0]
		}
		if of.Kind == directory.Organization && len(of.Aliases) > 0 {
			r.OrganizationID = of.Aliases[0]
		}
		cells := list[0]
		set(&r.Totals, counters, cells)
		users := cells[len(counters):]
		r.Reported.Daily = integer(users[0])
		if m.reaches(d, trailingWeek) {
			r.Reported.Weekly = integer(users[1])
		}
		if m.reaches(d, trailingMonth) {
			r.Reported.Monthly = integer(users[2])
		}
		for _, b := range aggregateBreakdowns {
			*b.into(r) = []report.Row{}
		}
		m.days[d] = r
	}
	return nil
}

// reaches reports whether there is data of so many days up to one.
func (m *aggregator) reaches(d day.Day, days int) bool { return m.view.data.From <= d-day.Day(days)+1 }

// ask returns the rows of each day without the day.
func (m *aggregator) ask(ctx context.Context, measures []string, by ...string) (map[day.Day][][]any, error) {
	ask := m.view.query(m.view.r, measures, by...)
	res, err := m.run(ctx, ask)
	if err != nil {
		return nil, err
	}
	out := map[day.Day][][]any{}
	for _, row := range res.Rows {
		d, err := day.Parse(fmt.Sprint(row[0]))
		if err != nil {
			return nil, fmt.Errorf("a row by day: %w", err)
		}
		out[d] = append(out[d], row[1:])
	}
	return out, nil
}

// breakdown adds the rows of a breakdown. What is hidden from whoever asks is in a row
// "others"; languages with models are not told to them.
func (m *aggregator) breakdown(ctx context.Context, by []string, into func(*report.Record) *[]report.Row) error {
	measures := counterMeasures(by...)
	days, err := m.ask(ctx, measures, append([]string{"day"}, by...)...)
	if m.view.mask != nil && (fault.KindOf(err) == fault.Forbidden || fault.KindOf(err) == fault.Unsupported) {
		return nil
	}
	if err != nil {
		return err
	}
	for d, rows := range days {
		record := m.days[d]
		if record == nil {
			continue
		}
		list := into(record)
		for _, cells := range rows {
			row, ok := m.row(by, cells)
			if !ok {
				continue // of the total, but of no value
			}
			set(&row.Counters, measures, cells[len(by):])
			i := slices.IndexFunc(*list, func(o report.Row) bool {
				return o.IDE == row.IDE && o.Feature == row.Feature && o.Language == row.Language && o.Model == row.Model
			})
			if i < 0 {
				*list = append(*list, row)
				continue
			}
			for c := range report.NumCounters { // others of the report, and others that are hidden
				if n, ok := row.Get(c); ok {
					before, _ := (*list)[i].Get(c)
					(*list)[i].Set(c, before+n)
				}
			}
		}
	}
	return nil
}

// row returns a row with its keys, and false for what has none.
func (m *aggregator) row(by []string, cells []any) (row report.Row, ok bool) {
	for i, dim := range by {
		value, ok := cells[i].(string)
		switch {
		case m.view.mask != nil && (!ok || value == m.view.mask.Others()):
			value = others
		case !ok:
			return row, false
		}
		switch dim {
		case "ide":
			row.IDE = value
		case "feature":
			row.Feature = value
		case "language":
			row.Language = value
		case "model":
			row.Model = value
		}
	}
	return row, true
}

// signals adds how many people used what.
func (m *aggregator) signals(ctx context.Context) error {
	days, err := m.ask(ctx, []string{"daily_active_users", "weekly_active_users", "monthly_active_users"}, "day", "signal")
	if err != nil {
		return err
	}
	for d, rows := range days {
		record := m.days[d]
		if record == nil {
			continue
		}
		for _, f := range signalFields {
			for _, cells := range rows {
				if cells[0] != f.signal {
					continue
				}
				addCount(record, f.daily, integer(cells[1]))
				if m.reaches(d, trailingWeek) {
					addCount(record, f.weekly, integer(cells[2]))
				}
				if m.reaches(d, trailingMonth) {
					addCount(record, f.monthly, integer(cells[3]))
				}
			}
		}
	}
	return nil
}

// addCount adds a member that no field of a record holds.
func addCount(r *report.Record, name string, n *int64) {
	if name == "" || n == nil {
		return
	}
	if len(r.Extra) > 0 {
		r.Extra = append(r.Extra, ',')
	}
	r.Extra = strconv.AppendInt(append(strconv.AppendQuote(r.Extra, name), ':'), *n, 10)
}
