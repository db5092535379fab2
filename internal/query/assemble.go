package query

import (
	"maps"
	"slices"

	"codegauge/internal/metric"
)

// assemble puts the rows of a plan's selections together: quotients, the rows
// that hold what a breakdown lacks, and what of aggregates' people is known.
// tables has the rows of each Select, in the plan's order.
func (p *Plan) assemble(tables []map[rowKey]*row, n *names) *Result {
	most := 0
	for _, rows := range tables {
		most = max(most, len(rows))
	}
	a := &assembly{plan: p, by: p.Query.By, undivided: len(p.plain(p.Query.By)) == len(p.Query.By), tables: tables, names: n, real: make(map[rowKey]bool, most), hiddenWeeks: map[rowKey]int{}, unclassified: map[rowKey]bool{}}
	a.addUndivided()
	a.findHiddenWeeks()
	figures := make([]map[rowKey]figure, len(p.measures))
	for _, counts := range []bool{false, true} { // people are counted once all rows are known
		for i, m := range p.measures {
			if counts == (m.Users != nil) {
				figures[i] = a.measure(m, p.serving[i])
			}
		}
	}
	res := &Result{Columns: p.columns(), Rows: a.sorted(figures), Unclassified: len(a.unclassified)}
	if len(a.hiddenWeeks) > 0 {
		res.Columns = append(res.Columns, Column{Name: HiddenWeeks, Type: "integer", Unit: "weeks"})
	}
	return res
}

// HiddenWeeks is the column, of answers with a mask that hides some of a row, that says in
// how many ISO weeks: the row's figures are without them.
const HiddenWeeks = "hidden_weeks"

// findHiddenWeeks notes of which rows something is hidden. What is hidden of a part of the
// split is unclassified, and nothing less.
func (a *assembly) findHiddenWeeks() {
	for i, s := range a.plan.Selects {
		if s.Kind != SumSelect || !slices.Equal(s.By, a.by) || slices.ContainsFunc(a.by, readOffFeature) {
			continue
		}
		for k, r := range a.tables[i] {
			if r.hiddenWeeks > 0 && !k.lacking(len(a.by)) {
				a.hiddenWeeks[k] = max(a.hiddenWeeks[k], r.hiddenWeeks)
			}
		}
	}
}

func readOffFeature(dim string) bool { return dim == "surface" || dim == "initiator" }

type assembly struct {
	plan *Plan
	by   []string
	// undivided says that the rows are days and entities, not parts of records.
	undivided bool
	tables    []map[rowKey]*row
	names     *names
	// real has the answer's keys: true for those that reports have, whatever they say.
	real map[rowKey]bool
	// hiddenWeeks says of which rows something is hidden in how many weeks.
	hiddenWeeks map[rowKey]int
	// unclassified has the rows of Result.Unclassified.
	unclassified map[rowKey]bool
}

// find returns the rows of the selection that is the same as s.
func (a *assembly) find(s Select) (map[rowKey]*row, *Select) {
	for i := range a.plan.Selects {
		if a.plan.Selects[i].same(&s) {
			return a.tables[i], &a.plan.Selects[i]
		}
	}
	panic("query: selection was not planned: " + s.String())
}

// addUndivided adds the rows that exist because the scope has data: all, where no
// breakdown divides them.
func (a *assembly) addUndivided() {
	if !a.undivided {
		return
	}
	days, _ := a.find(Select{Kind: KeySelect, By: a.by})
	for k := range days {
		a.addKey(k, true)
	}
}

func (a *assembly) measure(m *metric.Measure, b metric.Breakdown) map[rowKey]figure {
	switch {
	case m.Sum != nil:
		return a.additive(m)
	case m.Users != nil:
		out := map[rowKey]figure{}
		for k, n := range a.people(Select{Kind: UserSelect, Breakdown: b, By: a.by, Trailing: m.Users.Trailing, Reporting: m.Users.Reporting}) {
			out[k] = integerFigure(n)
		}
		return out
	}
	return a.ratio(m, b)
}

// additive returns an additive measure's rows.
func (a *assembly) additive(m *metric.Measure) map[rowKey]figure {
	reported, _ := a.find(Select{Kind: SumSelect, Breakdown: a.plan.servingAt(m, a.by), By: a.by})
	rows := a.full(m, level{by: a.by})
	out := make(map[rowKey]figure, len(rows))
	ofOneDay := metric.Counters[m.Sum.Counters[0]].Adding == metric.OfOneDay
	stated := metric.Breakdowns[a.plan.servingAt(m, a.by)].Stated // also of days without records of people
	for k, n := range rows {
		if !a.undivided || k.lacking(len(a.by)) || stated && total(n).known {
			r := reported[k]
			a.addKey(k, r == nil || !r.synthetic)
		}
		if ofOneDay && a.plan.period(k).Len() > 1 {
			n = nil
		}
		out[k] = scaled(total(n), m.Sum.Scale())
	}
	return out
}

// total adds up the counters that are known; unknown if none is.
func total(n []number) (sum number) {
	for _, c := range n {
		sum = plus(sum, c)
	}
	return sum
}

// full returns an additive measure's rows at a level, with the rows that hold
// what a breakdown lacks, what lies outside every entity and what no user has.
func (a *assembly) full(m *metric.Measure, l level) sums {
	rows := a.sums(m, l)
	if base := a.plan.coarser(l.by); base != nil {
		a.addResidual(rows, m, a.sums(m, level{base, l.nameless}), l, base)
	}
	base := a.plan.entityless(l.by)
	switch {
	case base == nil:
	case slices.Contains(l.by, "user"):
		for k, n := range a.full(m, level{base, true}) {
			rows.add(k.expand(base, l.by), n)
		}
	default:
		a.addResidual(rows, m, a.full(m, level{by: base}), l, base)
	}
	return rows
}

// sums returns an additive measure's rows at a level. Where a total is known, so
// is what is under no feature: if nothing is, zero.
func (a *assembly) sums(m *metric.Measure, l level) sums {
	out := a.selected(m, l)
	plain := a.plan.plain(l.by)
	switch {
	case len(plain) == len(l.by):
		a.addCovered(out, m, l)
	case slices.ContainsFunc(l.by, onFeature):
		for k, n := range a.whole(m, l) {
			out.add(k.expand(plain, l.by), each(n, nil, func(n, _ number) number { return number{known: n.known} }))
		}
	}
	return out
}

// whole returns a measure without any breakdown at a level.
func (a *assembly) whole(m *metric.Measure, l level) sums {
	return a.sums(m, level{a.plan.plain(l.by), l.nameless})
}

// addCovered gives covered days on which nobody has a record zeros: the report says
// that there was nothing of what its rows carry.
func (a *assembly) addCovered(rows sums, m *metric.Measure, l level) {
	if l.nameless {
		return
	}
	zeros := make([]number, len(m.Sum.Counters))
	for i, c := range m.Sum.Counters {
		zeros[i].known = c.InRows()
	}
	days, _ := a.find(Select{Kind: KeySelect, By: l.by})
	for k, r := range days {
		if r.days.records == 0 {
			rows.add(k, zeros)
		}
	}
}

// selected returns the rows of a measure's selection at a level.
func (a *assembly) selected(m *metric.Measure, l level) sums {
	rows, sel := a.find(Select{Kind: SumSelect, Breakdown: a.plan.servingAt(m, l.by), By: l.by, Nameless: l.nameless})
	out, at := make(sums, len(rows)), placesOf(*m.Sum, sel.Sums)
	all := make([]number, 0, len(rows)*len(at))
	for k, r := range rows {
		all = at.appendTo(all, r.sums)
		out[k] = all[len(all)-len(at) : len(all) : len(all)]
	}
	return out
}

// addResidual adds to the rows of a level, for each row of base, the difference
// between it and the rows that share its key, with none for the dimensions that
// base lacks. Rows that base lacks are a difference too, where the whole that
// they are part of is known: then base has none of them.
func (a *assembly) addResidual(rows sums, m *metric.Measure, base sums, l level, baseBy []string) {
	plain := a.plan.plain(baseBy)
	whole := a.whole(m, level{baseBy, l.nameless})
	added, onto := make(sums, len(base)), places(l.by, baseBy)
	for k, n := range rows {
		added.add(k.at(onto), n)
	}
	for k, n := range base {
		rows.add(k.expand(baseBy, l.by), each(n, added[k], minus))
	}
	for k, n := range added {
		missing := each(n, base[k], func(n, base number) number { return knownIf(n, !base.known) })
		missing = each(missing, whole[k.project(baseBy, plain)], func(n, whole number) number { return knownIf(n, whole.known) })
		rows.add(k.expand(baseBy, l.by), each(missing, nil, func(n, _ number) number { return number{-n.n, n.known} }))
	}
}

// knownIf returns n, unknown unless the condition holds.
func knownIf(n number, condition bool) number {
	if !condition {
		return number{}
	}
	return n
}

// counterPlaces are where a selection's rows have the counters of a Sum: of its part, and of
// the whole split.
type counterPlaces []struct{ part, whole int }

func placesOf(s metric.Sum, columns []SumColumn) counterPlaces {
	out := make(counterPlaces, len(s.Counters))
	for i, c := range s.Counters {
		out[i].part = slices.Index(columns, columnOf(s, c))
		out[i].whole = slices.Index(columns, columnOf(s.WithPart(metric.Whole), c))
		if s.Part == metric.Whole {
			out[i].whole = out[i].part
		}
	}
	return out
}

// appendTo appends a row's counters. A part without rows is zero where the whole split is
// known.
func (s counterPlaces) appendTo(out, have []number) []number {
	for _, at := range s {
		n := have[at.part]
		n.known = n.known || have[at.whole].known
		out = append(out, n)
	}
	return out
}

func (a *assembly) ratio(m *metric.Measure, b metric.Breakdown) map[rowKey]figure {
	rows, sel := a.find(Select{Kind: SumSelect, Breakdown: b, By: a.by})
	var people map[rowKey]number
	if m.Ratio != nil && m.Ratio.PerUser {
		people = a.people(Select{Kind: UserSelect, Breakdown: a.plan.peopleServing(), By: a.by})
	}
	out := map[rowKey]figure{}
	for k, r := range rows {
		if !a.undivided && !r.synthetic { // what is left of totals is no row of a quotient
			a.addKey(k, true)
		}
		if k.lacking(len(a.by)) {
			continue
		}
		sum := func(s metric.Sum) number { return total(placesOf(s, sel.Sums).appendTo(nil, r.sums)) }
		if m.Multiple != nil {
			out[k] = multiple(m.Multiple, sum)
			continue
		}
		if m.Ratio.ByInitiator && sum(m.Ratio.Num.WithPart(metric.Classified)).n == 0 && sum(m.Ratio.Num.WithPart(metric.Split)).n > 0 {
			a.unclassified[k] = true
			continue
		}
		if m.Ratio.PerUser && r.hiddenWeeks > 0 {
			continue // people are of all weeks
		}
		den, denScale := people[k], int64(1)
		if !m.Ratio.PerUser {
			den, denScale = sum(m.Ratio.Den), m.Ratio.Den.Scale()
		}
		out[k] = quotient(sum(m.Ratio.Num), m.Ratio.Num.Scale(), den, denScale)
		out[k] = out[k].times(max(1, m.Ratio.Times))
	}
	return out
}

// multiple returns a quotient of quotients.
func multiple(m *metric.Multiple, sum func(metric.Sum) number) figure {
	for _, group := range m.Groups {
		if n := sum(group); !n.known || n.n < m.Least {
			return figure{}
		}
	}
	q := func(r metric.Ratio) figure {
		return quotient(sum(r.Num), r.Num.Scale(), sum(r.Den), r.Den.Scale())
	}
	num, den := q(m.Num), q(m.Den)
	if num.kind == unknown || den.kind == unknown || den.real == 0 {
		return figure{}
	}
	return figure{kind: real, real: num.real / den.real}
}

// people returns the distinct people of each row. Where a day behind the row
// comes from an aggregate nobody can be counted; what the aggregate itself
// reports is used where it speaks of exactly the row.
func (a *assembly) people(s Select) map[rowKey]number {
	p := a.plan
	rows, _ := a.find(s)
	plain := p.plain(s.By)
	days, _ := a.find(Select{Kind: KeySelect, By: plain, Trailing: s.Trailing})
	userless := without(plain, "user")
	anyone, _ := a.find(Select{Kind: KeySelect, By: userless, Trailing: s.Trailing})
	inRange, _ := a.find(Select{Kind: UserSelect, Breakdown: s.Breakdown, By: s.By, Reporting: s.Reporting})
	for k := range inRange {
		if !a.undivided || k.lacking(len(s.By)) {
			a.addKey(k, true) // rows of days and entities are there already
		}
	}
	out := map[rowKey]number{}
	for k, r := range rows {
		if !k.lacking(len(s.By)) {
			out[k] = number{r.people, true}
		}
	}
	for k := range a.real {
		if k.lacking(len(s.By)) {
			delete(out, k)
			continue
		}
		d := days[k.project(s.By, plain)]
		if d == nil && anyone[k.project(s.By, userless)] != nil {
			out[k] = number{known: true} // there is data, but none of this user
			continue
		}
		out[k] = counted(out[k], d, s, p.period(k).Len())
	}
	if p.Query.Mask != nil {
		a.maskPeople(out, rows, s)
	}
	return out
}

// addKey adds a row; a real one is kept whatever it holds.
func (a *assembly) addKey(k rowKey, real bool) {
	real = real && !k.lacking(len(a.by))
	if had, ok := a.real[k]; !ok || real && !had {
		a.real[k] = real
	}
}

// counted returns how many people a row has: those that were counted, 0 if there are
// days but nobody, unknown if there are no days or only an aggregate knows. An
// aggregate's own count is of one day, so the row must be one.
func counted(people number, r *row, s Select, length int) number {
	switch {
	case r == nil:
		return number{}
	case r.days.aggregates == 0:
		return number{people.n, true}
	case s.Breakdown != metric.Totals || s.Reporting || len(r.days.tools) != 1 || s.Trailing == 0 && length != 1:
		return number{}
	}
	stated := metric.StatedDailyUsers
	switch s.Trailing {
	case 7:
		stated = metric.StatedWeeklyUsers
	case 28:
		stated = metric.StatedMonthlyUsers
	}
	n, ok := r.days.stated.Get(stated)
	return number{n, ok}
}

// sorted returns the rows: keys ascending, null last.
func (a *assembly) sorted(figures []map[rowKey]figure) [][]any {
	type keyed struct {
		rowKey
		rank rowKey
	}
	var keys []keyed
	for k, real := range a.real {
		empty := true
		for i := 0; i < len(figures) && !real && empty; i++ {
			f := figures[i][k]
			empty = f.zero()
		}
		if real || !empty {
			keys = append(keys, keyed{rowKey: k})
		}
	}
	// Each coordinate is looked up and named once: rows share them.
	coordinates := make([]map[int64]any, len(a.by))
	for i, dim := range a.by {
		coordinates[i] = map[int64]any{}
		for _, k := range keys {
			coordinates[i][k.rowKey[i]] = nil
		}
		rank := map[int64]int64{}
		for n, at := range slices.SortedFunc(maps.Keys(coordinates[i]), func(x, y int64) int { return a.names.compare(dim, x, y) }) {
			rank[at], coordinates[i][at] = int64(n), a.names.cell(dim, at)
		}
		for n := range keys {
			keys[n].rank[i] = rank[keys[n].rowKey[i]]
		}
	}
	slices.SortFunc(keys, func(x, y keyed) int { return slices.Compare(x.rank[:len(a.by)], y.rank[:len(a.by)]) })
	out := make([][]any, 0, len(keys))
	for _, k := range keys {
		cells := make([]any, 0, len(a.by)+len(figures)+1)
		for i := range a.by {
			cells = append(cells, coordinates[i][k.rowKey[i]])
		}
		for i := range figures {
			f := figures[i][k.rowKey]
			cells = append(cells, f.cell())
		}
		if len(a.hiddenWeeks) > 0 {
			cells = append(cells, int64(a.hiddenWeeks[k.rowKey]))
		}
		out = append(out, cells)
	}
	return out
}

func (p *Plan) columns() []Column {
	var out []Column
	for _, dim := range p.Query.By {
		t := "string"
		if metric.DimensionByName(dim).Grain {
			t = "date"
		}
		out = append(out, Column{Name: dim, Type: t})
	}
	for _, m := range p.measures {
		t := "integer"
		if m.Kind() == "quotient" || m.Sum != nil && m.Sum.Scale() != 1 {
			t = "number"
		}
		out = append(out, Column{Name: m.Name, Type: t, Unit: m.Unit})
	}
	return out
}
