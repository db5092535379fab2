package oracle

import (
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"
)

// distinct counts the distinct people of a row; nil where the records do not say.
func (v *view) distinct(m *metric.Measure, at place) any {
	r := v.period(at)
	if n := m.Users.Trailing; n > 0 {
		r.From = r.To - day.Day(n) + 1
	}
	units := v.within(r, at)
	if len(units) == 0 {
		return nil // a row's last day may be one without data
	}
	aggregated := slices.ContainsFunc(units, func(u unit) bool { return u.aggregate != nil })
	if aggregated && !has(v.dims, "user") {
		return v.reportedPeople(m, at, units)
	}
	b := serving(m, append(v.filterKeys(), keysOf(v.dims)...))
	grouped := only(v.dims, func(d *metric.Dimension) bool { return !d.Grain })
	seen := map[person]bool{}
	for _, l := range v.lines(b, units) {
		if l.active(b) && l.at.on(grouped) == at.on(grouped) && !(m.Users.Reporting && l.linesUnknown) {
			seen[v.links.whose(l.who)] = true
		}
	}
	return int64(len(seen))
}

// reportedPeople returns the count that an aggregate states about itself, where
// that is the count asked for: of everyone, of one tool, for the row's last day.
// A count over a row's days is the daily one if the row is a single day.
func (v *view) reportedPeople(m *metric.Measure, at place, units []unit) any {
	r := v.period(at)
	last := units[len(units)-1]
	switch {
	case m.Users.Reporting, len(keysOf(v.dims)) > 0, len(v.filterKeys()) > 0,
		m.Users.Trailing == 0 && r.Len() > 1,
		last.day != r.To, last.aggregate == nil, !oneTool(units):
		return nil
	}
	said := last.aggregate.record.Reported
	n := map[int]*int64{0: said.Daily, 1: said.Daily, 7: said.Weekly, 28: said.Monthly}[m.Users.Trailing]
	if n == nil {
		return nil
	}
	return *n
}

func oneTool(units []unit) bool {
	return !slices.ContainsFunc(units, func(u unit) bool { return u.tool != units[0].tool })
}
