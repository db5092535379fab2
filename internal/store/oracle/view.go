package oracle

import (
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// view is one scope's side of a plan.
type view struct {
	*plan
	// units are those of the range and of the trailing windows before it,
	// narrowed to the filters on tool and user.
	units []unit
	// stated are those of what is stated beside the records of people.
	stated []unit
	links  links
}

// view returns the plan seen from a scope.
func (p *plan) view(s *state, sc query.Scope) *view {
	r := day.Range{From: p.Range.From - longest, To: p.Range.To}
	v := &view{plan: p, links: s.links[sc.Enterprise]}
	named := p.people(s)
	for _, u := range s.units(sc, p.Source, r) {
		if u, ok := p.narrow(u, named); ok {
			v.units = append(v.units, u)
		}
	}
	for _, u := range s.statedUnits(sc, p.Source, r) {
		if u, ok := p.narrow(u, named); ok {
			v.stated = append(v.stated, u)
		}
	}
	return v
}

// people returns whom each filter names; nil for a filter on something else.
func (p *plan) people(s *state) []map[person]bool {
	out := make([]map[person]bool, len(p.Filters))
	for i, f := range p.Filters {
		if f.Dimension == "user" {
			out[i] = s.named(p.Scope.Enterprise, f.Values)
		}
	}
	return out
}

// narrow applies the filters on tool and user to a unit; false if nothing
// remains that could speak of them. Nobody left is a day on which none of the
// people was active; an aggregate says nothing of people.
func (p *plan) narrow(u unit, named []map[person]bool) (unit, bool) {
	for i, f := range p.Filters {
		switch f.Dimension {
		case "tool":
			if !slices.Contains(f.Values, u.tool) {
				return unit{}, false
			}
		case "user":
			if u.aggregate != nil || u.statements != nil {
				return unit{}, false
			}
			u.people = slices.DeleteFunc(slices.Clone(u.people), func(c *claim) bool { return !named[i][c.person()] })
		}
	}
	return u, true
}

// within returns the units of the days in r, of the place's tool if it has one.
func (v *view) within(r day.Range, at place) []unit { return among(v.units, r, at) }

// unitsOf returns the units of the range that a breakdown's rows are in.
func (v *view) unitsOf(b metric.Breakdown) []unit {
	if metric.Breakdowns[b].Stated {
		return among(v.stated, v.Range, place{})
	}
	return v.within(v.Range, place{})
}

func among(units []unit, r day.Range, at place) []unit {
	var out []unit
	tool := at.get("tool")
	for _, u := range units {
		if r.Contains(u.day) && (!tool.ok || tool.s == u.tool) {
			out = append(out, u)
		}
	}
	return out
}

// broad returns the dimensions that every record carries.
func (v *view) broad() []*metric.Dimension {
	return only(v.dims, func(d *metric.Dimension) bool { return d.Key == metric.NoKey })
}

// byFeature returns the dimensions without language, model and ide.
func (v *view) byFeature() []*metric.Dimension {
	return only(v.dims, func(d *metric.Dimension) bool { return d.Key == metric.NoKey || d.Key == metric.KeyFeature })
}

// table returns the scope's rows, residuals of zero included.
func (v *view) table() table {
	out := table{}
	v.addPlaces(out)
	for i, m := range v.measures {
		if m.Sum != nil {
			for at, sum := range v.additive(m) {
				if metric.Counters[m.Sum.Counters[0]].Adding == metric.OfOneDay && v.period(at).Len() > 1 {
					sum = tally{}
				}
				out.row(at, len(v.measures)).sums[i] = sum
			}
		}
	}
	for i, m := range v.measures {
		for at, row := range out {
			switch {
			case v.residual(at):
			case m.Users != nil:
				row.cells[i] = v.distinct(m, at)
			case m.Ratio != nil:
				row.cells[i] = v.quotient(m, m.Ratio, at)
			case m.Multiple != nil:
				row.cells[i] = v.multiple(m, at)
			}
		}
	}
	return out
}

// residual reports whether a place is the null row of a dimension.
func (v *view) residual(at place) bool {
	return slices.ContainsFunc(v.dims, func(d *metric.Dimension) bool { return !at.get(d.Name).ok })
}

// addPlaces adds the rows that the data has whatever the measures say: with a
// breakdown's dimension, one for each key that is reported; else one for each
// group of days (people) for which there is data.
func (v *view) addPlaces(out table) {
	units := v.within(v.Range, place{})
	keyed := len(keysOf(v.dims)) > 0
	for _, m := range v.measures {
		b := metric.Totals
		if keyed {
			b = serving(m, append(v.filterKeys(), keysOf(v.dims)...))
		}
		lines := v.lines(b, v.unitsOf(b))
		if !keyed {
			lines = v.allLines(units)
		}
		for _, l := range lines {
			at := l.at.on(v.dims)
			if l.kind == reported && !v.residual(at) || l.kind == nobody && l.standsIn(v.dims) {
				out.row(at, len(v.measures)).real = true
			}
		}
	}
}

// allLines returns the units' totals, whatever the filters.
func (v *view) allLines(units []unit) []line {
	all := *v.plan
	all.Filters = nil
	return all.lines(metric.Totals, units)
}

// sums adds up one expression of a measure by the dimensions, over the
// breakdown that carries it with them and the filters.
func (v *view) sums(m *metric.Measure, sum metric.Sum, dims []*metric.Dimension) groups {
	b := serving(m, append(v.filterKeys(), keysOf(dims)...))
	units := v.unitsOf(b)
	lines := v.withoutIdleZeros(v.lines(b, units), units, dims)
	for _, c := range sum.With {
		lines = slices.DeleteFunc(lines, func(l line) bool { _, ok := l.own[c]; return !ok })
	}
	if c := sum.Counters[0]; metric.Counters[c].Adding == metric.OfLastDay {
		lines = lastDays(lines, c, only(dims, func(d *metric.Dimension) bool { return d.Key == metric.NoKey }))
	}
	return v.group(lines, dims, sum.Part)
}

// lastDays returns the lines that know a counter, of the last day of each group.
func lastDays(lines []line, c metric.Counter, dims []*metric.Dimension) []line {
	last := map[place]int64{}
	var out []line
	for _, l := range lines {
		if _, ok := l.own[c]; ok {
			out = append(out, l)
			last[l.at.on(dims)] = max(last[l.at.on(dims)], l.at.get("day").n)
		}
	}
	return slices.DeleteFunc(out, func(l line) bool { return l.at.get("day").n < last[l.at.on(dims)] })
}

// withoutIdleZeros removes the zeros of covered days without records from
// groups that do have records: those decide what is known of the group.
func (v *view) withoutIdleZeros(lines []line, units []unit, dims []*metric.Dimension) []line {
	busy := map[place]bool{}
	for _, l := range v.allLines(units) {
		if l.kind == reported {
			busy[l.at.on(dims)] = true
		}
	}
	return slices.DeleteFunc(lines, func(l line) bool { return l.kind == nobody && busy[l.at.on(dims)] })
}

// whole is the measure without any breakdown's dimension.
func (v *view) whole(m *metric.Measure) groups { return v.sums(m, *m.Sum, v.broad()) }

// additive returns the sums of a measure with all residual rows.
func (v *view) additive(m *metric.Measure) groups {
	whole := v.whole(m)
	if len(keysOf(v.dims)) == 0 {
		return whole
	}
	fine := v.sums(m, *m.Sum, v.dims)
	out := groups{}
	for at, t := range fine {
		out[at] = t
	}
	features := v.byFeature()
	if len(features) > len(v.broad()) && len(features) < len(v.dims) {
		byFeature := v.sums(m, *m.Sum, features)
		v.addResiduals(out, byFeature, fine.on(features), whole)
		fine = byFeature
	}
	v.addResiduals(out, whole, fine.on(v.broad()), whole)
	return out
}

// addResiduals adds to out, for each place of base or rows, what base has
// beyond the rows.
func (v *view) addResiduals(out, base, rows, whole groups) {
	places := groups{}
	for at := range base {
		places[at] = tally{}
	}
	for at := range rows {
		places[at] = tally{}
	}
	for at := range places {
		out[at] = minus(base[at], rows[at], whole[at.on(v.broad())])
	}
}

// quotient divides the row's own sums.
func (v *view) quotient(m *metric.Measure, r *metric.Ratio, at place) any {
	if r.ByInitiator {
		classified := v.sums(m, r.Num.WithPart(metric.Classified), v.dims)[at].value(r.Num)
		split := v.sums(m, r.Num.WithPart(metric.Split), v.dims)[at].value(r.Num)
		if n, ok := split.(int64); ok && n > 0 && classified == int64(0) {
			return nil
		}
	}
	num := v.sums(m, r.Num, v.dims)[at].value(r.Num)
	var den any
	if r.PerUser {
		den = v.distinct(metric.MeasureByName("active_users"), at)
	} else {
		den = v.sums(m, r.Den, v.dims)[at].value(r.Den)
	}
	if num == nil || den == nil || den.(int64) == 0 {
		return nil
	}
	times := float64(max(1, r.Times))
	if f, ok := num.(float64); ok {
		return f / float64(den.(int64)) * times
	}
	return float64(num.(int64)) / float64(den.(int64)) * times
}

// multiple divides quotients, unless one of the groups is too small.
func (v *view) multiple(m *metric.Measure, at place) any {
	for _, g := range m.Multiple.Groups {
		if n, ok := v.sums(m, g, v.dims)[at].value(g).(int64); !ok || n < 20 {
			return nil
		}
	}
	num, ok := v.quotient(m, &m.Multiple.Num, at).(float64)
	den, ok2 := v.quotient(m, &m.Multiple.Den, at).(float64)
	if !ok || !ok2 || den == 0 {
		return nil
	}
	return num / den
}
