package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/metric"
)

// assemble puts the rows of a plan's selections together: quotients, the rows
// that hold what a breakdown lacks, and what of aggregates' people is known.
// tables has the rows of each Select, in the plan's order.
func (p *Plan) assemble(tables []table) *Result {
	a := &assembly{plan: p, tables: tables, rows: map[string][]any{}, real: map[string]bool{}}
	a.indexTables()
	q := &p.Query
	a.keys()
	values := make([]map[string]any, len(p.measures))
	for _, counts := range []bool{false, true} { // people are counted once all rows are known
		for i, m := range p.measures {
			if counts == (m.Users != nil) {
				values[i] = a.measure(m, p.serving[i])
			}
		}
	}
	return &Result{Columns: p.columns(), Rows: a.sorted(values, len(q.By))}
}

// table is the rows of a Select; a cell is nil, a string, an int64 or a float64.
type table struct {
	rows [][]any
	// faint holds the keys of rows that no report has, but what is left of totals:
	// they stand only where a measure has something for them.
	faint map[string]bool
}

type assembly struct {
	plan   *Plan
	tables []table
	index  []map[string][]any // of each table: its rows by key
	rows   map[string][]any   // the answer's keys
	real   map[string]bool    // those that reports have
}

func (a *assembly) indexTables() {
	for i, t := range a.tables {
		n := len(a.plan.Selects[i].By)
		m := make(map[string][]any, len(t.rows))
		for _, r := range t.rows {
			m[keyOf(r[:n])] = r
		}
		a.index = append(a.index, m)
	}
}

// find returns the rows of the selection that is the same as s.
func (a *assembly) find(s Select) (map[string][]any, *Select) {
	for i := range a.plan.Selects {
		if a.plan.Selects[i].same(&s) {
			return a.index[i], &a.plan.Selects[i]
		}
	}
	panic("query: selection was not planned: " + s.String())
}

// keys adds the rows that exist because the scope has data: all, where no
// breakdown divides them.
func (a *assembly) keys() {
	if !a.undivided() {
		return
	}
	by := a.plan.Query.By
	basis, _ := a.find(Select{Kind: KeySelect, By: by})
	for k, r := range basis {
		a.addKey(k, r[:len(by)], true)
	}
}

// undivided reports whether the rows are days and entities, not parts of records.
func (a *assembly) undivided() bool {
	return len(a.plan.plain(a.plan.Query.By)) == len(a.plan.Query.By)
}

// days is what a KeySelect's row says of the days and tools behind it.
type days struct {
	records    int64 // of people, or aggregates
	aggregates int64 // days of a tool that an aggregate speaks for
	days       int64
	tools      int64
	reported   [3]any // daily, weekly, monthly active users that an aggregate states of the last day
}

func daysOf(row []any, n int) *days {
	if row == nil {
		return nil
	}
	return &days{row[n].(int64), row[n+1].(int64), row[n+2].(int64), row[n+3].(int64), [3]any(row[n+4 : n+7])}
}

func (a *assembly) measure(m *metric.Measure, b metric.Breakdown) map[string]any {
	switch {
	case m.Sum != nil:
		return a.additive(m)
	case m.Users != nil:
		return a.people(Select{Kind: UserSelect, Breakdown: b, By: a.plan.Query.By, Trailing: m.Users.Trailing, Reporting: m.Users.Reporting})
	}
	return a.ratio(m, b)
}

// additive returns an additive measure's rows.
func (a *assembly) additive(m *metric.Measure) map[string]any {
	by := a.plan.Query.By
	faint := a.faint(Select{Kind: SumSelect, Breakdown: a.plan.servingAt(m, by), By: by})
	out := map[string]any{}
	for k, r := range a.full(m, level{by: by}) {
		if !a.undivided() || a.lacking(r.key) {
			a.addKey(k, r.key, !faint[k])
		}
		out[k] = total(r.cells)
	}
	return out
}

// faint returns the faint keys of the selection that is the same as s.
func (a *assembly) faint(s Select) map[string]bool {
	for i := range a.plan.Selects {
		if a.plan.Selects[i].same(&s) {
			return a.tables[i].faint
		}
	}
	return nil
}

// valued is a row of one measure: a cell for each of its counters. What a
// breakdown lacks is worked out for each by itself, as one may be known and the
// other not.
type valued struct {
	key   []any
	cells []any
}

// total adds up the counters that are known; nil if none is.
func total(cells []any) any {
	var sum any
	for _, c := range cells {
		sum = plus(sum, c)
	}
	return sum
}

// full returns an additive measure's rows at a level, with the rows that hold
// what a breakdown lacks, what lies outside every entity and what no user has.
func (a *assembly) full(m *metric.Measure, l level) map[string]valued {
	rows := a.sums(m, l)
	if base := a.plan.coarser(l.by); base != nil {
		a.addRest(rows, m, a.sums(m, level{base, l.nobodys}), l, base)
	}
	base := a.plan.entityless(l.by)
	switch {
	case base == nil:
	case slices.Contains(l.by, "user"):
		for _, r := range a.full(m, level{base, true}) {
			addTo(rows, expand(r.key, base, l.by), r.cells, plus)
		}
	default:
		a.addRest(rows, m, a.full(m, level{by: base}), l, base)
	}
	return rows
}

// sums returns an additive measure's rows at a level. Where a total is known, so
// is what is under no feature: if nothing is, zero.
func (a *assembly) sums(m *metric.Measure, l level) map[string]valued {
	out := a.selected(m, l)
	plain := a.plan.plain(l.by)
	switch {
	case len(plain) == len(l.by):
		a.addIdle(out, m, l)
	case slices.ContainsFunc(l.by, onFeature):
		for _, w := range a.whole(m, l) {
			addTo(out, expand(w.key, plain, l.by), each(w.cells, nil, func(v, _ any) any { return zeroOf(v) }), plus)
		}
	}
	return out
}

// whole returns a measure without any breakdown at a level.
func (a *assembly) whole(m *metric.Measure, l level) map[string]valued {
	return a.sums(m, level{a.plan.plain(l.by), l.nobodys})
}

// addIdle gives covered days on which nobody has a record zeros: the report says
// that there was nothing. It says nothing of credits.
func (a *assembly) addIdle(rows map[string]valued, m *metric.Measure, l level) {
	if m.Sum.Credits || l.nobodys {
		return
	}
	basis, _ := a.find(Select{Kind: KeySelect, By: l.by})
	for _, r := range basis {
		if daysOf(r, len(l.by)).records == 0 {
			zeros := make([]any, len(m.Sum.Counters))
			for i := range zeros {
				zeros[i] = int64(0)
			}
			addTo(rows, r[:len(l.by)], zeros, plus)
		}
	}
}

// zeroOf returns zero of a value's kind, nil of nil.
func zeroOf(v any) any {
	if v == nil {
		return nil
	}
	return minus(v, v)
}

// selected returns the rows of a measure's selection at a level.
func (a *assembly) selected(m *metric.Measure, l level) map[string]valued {
	table, sel := a.find(Select{Kind: SumSelect, Breakdown: a.plan.servingAt(m, l.by), By: l.by, Nobodys: l.nobodys})
	out := make(map[string]valued, len(table))
	for k, r := range table {
		out[k] = valued{r[:len(l.by)], cellsOf(*m.Sum, sel.Sums, r[len(l.by):])}
	}
	return out
}

// addRest adds to the rows of a level, for each row of base, the difference
// between it and the rows that share its key, with null for the dimensions that
// base lacks. Rows that base lacks are a difference too, where the whole that
// they are part of is known: then base has none of them.
func (a *assembly) addRest(rows map[string]valued, m *metric.Measure, base map[string]valued, l level, baseBy []string) {
	plain := a.plan.plain(baseBy)
	whole := a.whole(m, level{baseBy, l.nobodys})
	sums := map[string]valued{}
	for _, r := range rows {
		addTo(sums, project(r.key, l.by, baseBy), r.cells, plus)
	}
	for k, b := range base {
		addTo(rows, expand(b.key, baseBy, l.by), each(b.cells, sums[k].cells, func(b, r any) any {
			if b == nil {
				return nil
			}
			return minus(b, r)
		}), plus)
	}
	for k, s := range sums {
		known := whole[keyOf(project(s.key, baseBy, plain))]
		missing := each(each(s.cells, base[k].cells, unlessKnown), known.cells, ifKnown)
		addTo(rows, expand(s.key, baseBy, l.by), each(missing, nil, func(r, _ any) any { return negative(r) }), plus)
	}
}

// unlessKnown returns r where base has nothing, ifKnown where the whole is known.
func unlessKnown(r, base any) any {
	if base != nil {
		return nil
	}
	return r
}

func ifKnown(r, whole any) any {
	if whole == nil {
		return nil
	}
	return r
}

// addTo adds cells to the row of a key.
func addTo(rows map[string]valued, key, cells []any, sum func(a, b any) any) {
	k := keyOf(key)
	rows[k] = valued{key, each(cells, rows[k].cells, sum)}
}

// each applies f to the cells of x and y, one by one; y may be shorter.
func each(x, y []any, f func(a, b any) any) []any {
	out := make([]any, len(x))
	for i := range x {
		var b any
		if i < len(y) {
			b = y[i]
		}
		out[i] = f(x[i], b)
	}
	return out
}

func project(key []any, by, onto []string) []any {
	out := make([]any, len(onto))
	for i, dim := range onto {
		out[i] = key[slices.Index(by, dim)]
	}
	return out
}

func expand(key []any, from, by []string) []any {
	out := make([]any, len(by))
	for i, dim := range by {
		if j := slices.Index(from, dim); j >= 0 {
			out[i] = key[j]
		}
	}
	return out
}

// cellsOf returns a Sum's counters, nil where unknown. A part without rows is
// zero where the whole split is known.
func cellsOf(s metric.Sum, columns []SumColumn, cells []any) []any {
	if s.Credits {
		return []any{cells[slices.Index(columns, SumColumn{Credits: true})]}
	}
	var out []any
	for _, c := range s.Counters {
		v := cells[slices.Index(columns, SumColumn{Part: s.Part, Counter: c})]
		if v == nil && s.Part != metric.Whole && cells[slices.Index(columns, SumColumn{Part: metric.Whole, Counter: c})] != nil {
			v = int64(0)
		}
		out = append(out, v)
	}
	return out
}

func (a *assembly) ratio(m *metric.Measure, b metric.Breakdown) map[string]any {
	by := a.plan.Query.By
	table, sel := a.find(Select{Kind: SumSelect, Breakdown: b, By: by})
	var people map[string]any
	if m.Ratio.PerUser {
		people = a.people(Select{Kind: UserSelect, Breakdown: a.plan.peopleServing(), By: by})
	}
	faint := a.faint(*sel)
	out := map[string]any{}
	for k, r := range table {
		if !a.undivided() && !faint[k] { // what is left of totals is no row of a quotient
			a.addKey(k, r[:len(by)], true)
		}
		if a.lacking(r[:len(by)]) {
			continue
		}
		cells := r[len(by):]
		den := people[k]
		if !m.Ratio.PerUser {
			den = total(cellsOf(m.Ratio.Den, sel.Sums, cells))
		}
		out[k] = divide(total(cellsOf(m.Ratio.Num, sel.Sums, cells)), den)
	}
	return out
}

// lacking reports whether a key has a null: the row of what a breakdown lacks.
func (a *assembly) lacking(key []any) bool { return slices.Contains(key, nil) }

// people returns the distinct people of each row. Where a day behind the row
// comes from an aggregate nobody can be counted; what the aggregate itself
// reports is used where it speaks of exactly the row.
func (a *assembly) people(s Select) map[string]any {
	p := a.plan
	table, _ := a.find(s)
	plain := p.plain(s.By)
	basis, _ := a.find(Select{Kind: KeySelect, By: plain, Trailing: s.Trailing})
	userless := without(plain, "user")
	anyone, _ := a.find(Select{Kind: KeySelect, By: userless, Trailing: s.Trailing})
	out := map[string]any{}
	inRange, _ := a.find(Select{Kind: UserSelect, Breakdown: s.Breakdown, By: s.By, Reporting: s.Reporting})
	for k, r := range inRange {
		a.addDivided(k, r[:len(s.By)])
	}
	for k, r := range table {
		if !a.lacking(r[:len(s.By)]) {
			out[k] = r[len(s.By)]
		}
	}
	for k, key := range a.rows {
		if a.lacking(key) {
			delete(out, k)
			continue
		}
		d := daysOf(basis[keyOf(project(key, s.By, plain))], len(plain))
		if d == nil && anyone[keyOf(project(key, s.By, userless))] != nil {
			out[k] = int64(0) // there is data, but none of this user
			continue
		}
		out[k] = known(out[k], d, s, p.period(key).Len())
	}
	return out
}

// addDivided adds a row of a breakdown, or one that holds what lies outside
// every entity. The rows of days and entities exist already.
func (a *assembly) addDivided(k string, key []any) {
	if !a.undivided() || a.lacking(key) {
		a.addKey(k, key, true)
	}
}

// addKey adds a row; a real one is kept whatever it holds.
func (a *assembly) addKey(k string, key []any, real bool) {
	a.rows[k] = key
	a.real[k] = a.real[k] || real && !a.lacking(key)
}

// known returns how many people a row has: counted, 0 if there are days but
// nobody, nil if there are no days or only an aggregate knows. An aggregate's own
// count is of one day, so the row must be one.
func known(counted any, d *days, s Select, length int) any {
	if d == nil {
		return nil
	}
	if d.aggregates == 0 {
		if counted == nil {
			return int64(0)
		}
		return counted
	}
	if s.Breakdown != metric.Totals || s.Reporting || d.tools != 1 || s.Trailing == 0 && length != 1 {
		return nil
	}
	switch s.Trailing {
	case 7:
		return d.reported[1]
	case 28:
		return d.reported[2]
	}
	return d.reported[0]
}

// sorted returns the rows: keys ascending, null last.
func (a *assembly) sorted(values []map[string]any, n int) [][]any {
	var out [][]any
	for k, key := range a.rows {
		row := slices.Clone(key)
		empty := true
		for i := range values {
			v := values[i][k]
			empty = empty && (v == nil || v == int64(0) || v == float64(0))
			row = append(row, v)
		}
		if empty && !a.real[k] {
			continue
		}
		out = append(out, row)
	}
	slices.SortFunc(out, func(x, y []any) int { return compareKeys(x[:n], y[:n]) })
	for _, row := range out {
		for i, dim := range a.plan.Query.By {
			if s, ok := row[i].(string); ok && dim == "user" {
				row[i], _, _ = strings.Cut(s, userSeparator)
			}
		}
	}
	return out
}

func compareKeys(x, y []any) int {
	for i := range x {
		if c := compare(x[i], y[i]); c != 0 {
			return c
		}
	}
	return 0
}

func compare(x, y any) int {
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil:
		return 1
	case y == nil:
		return -1
	}
	if a, ok := x.(int64); ok {
		return int(min(max(a-y.(int64), -1), 1))
	}
	return strings.Compare(x.(string), y.(string))
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
		if m.Ratio != nil || m.Sum != nil && m.Sum.Credits {
			t = "number"
		}
		out = append(out, Column{Name: m.Name, Type: t, Unit: m.Unit})
	}
	return out
}

// keyOf makes a map key of cells (nil, a string, or an entity's number); no two
// different keys have the same.
func keyOf(key []any) string {
	b := make([]byte, 0, 64)
	for _, v := range key {
		switch v := v.(type) {
		case nil:
			b = append(b, 0)
		case string:
			b = append(strconv.AppendInt(append(b, 1), int64(len(v)), 10), ':')
			b = append(b, v...)
		case int64:
			b = append(strconv.AppendInt(append(b, 2), v, 10), ';')
		default:
			panic(fmt.Sprintf("query: a key holds a %T", v))
		}
	}
	return string(b)
}

func plus(a, b any) any {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	if x, ok := a.(int64); ok {
		return x + b.(int64)
	}
	return a.(float64) + b.(float64)
}

func minus(a, b any) any {
	if b == nil {
		return a
	}
	if x, ok := a.(int64); ok {
		return x - b.(int64)
	}
	return a.(float64) - b.(float64)
}

func negative(a any) any {
	if a == nil {
		return nil
	}
	if x, ok := a.(int64); ok {
		return -x
	}
	return -a.(float64)
}

func divide(num, den any) any {
	if num == nil || den == nil || den == int64(0) {
		return nil
	}
	return float64(num.(int64)) / float64(den.(int64))
}
