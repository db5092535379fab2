package query

import (
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/metric"
)

// Assemble puts the rows of a plan's selections together: quotients, the rows
// that hold what a breakdown lacks, and what of aggregates' people is known.
// tables has the rows of each Select, in the plan's order; a cell is nil, a
// string, an int64 or a float64.
func (p *Plan) Assemble(tables [][][]any) *Result {
	a := &assembly{plan: p, tables: tables, rows: map[string][]any{}}
	a.indexTables()
	q := &p.Query
	a.keys()
	values := make([]map[string]any, len(p.measures))
	for i, m := range p.measures {
		values[i] = a.measure(m, p.serving[i])
	}
	return &Result{Columns: p.columns(), Rows: a.sorted(values, len(q.By))}
}

type assembly struct {
	plan   *Plan
	tables [][][]any
	index  []map[string][]any // of each table: its rows by key
	rows   map[string][]any   // the answer's keys
}

func (a *assembly) indexTables() {
	for i, t := range a.tables {
		n := len(a.plan.Selects[i].By)
		m := make(map[string][]any, len(t))
		for _, r := range t {
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
		a.rows[k] = r[:len(by)]
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

// additive returns an additive measure's rows. Covered days on which nobody has
// a record have zeros: the report says that there was nothing.
func (a *assembly) additive(m *metric.Measure) map[string]any {
	out := map[string]any{}
	for k, r := range a.full(m, a.plan.Query.By) {
		a.addKey(k, r.key)
		out[k] = r.value
	}
	if !a.undivided() || m.Sum.Credits {
		return out
	}
	by := a.plan.Query.By
	basis, _ := a.find(Select{Kind: KeySelect, By: by})
	for k := range a.rows {
		if d := daysOf(basis[k], len(by)); d != nil && d.records == 0 && out[k] == nil {
			out[k] = int64(0)
		}
	}
	return out
}

// valued is a row of one measure.
type valued struct {
	key   []any
	value any
}

// full returns an additive measure's rows at by, with the rows that hold what a
// breakdown lacks and what lies outside every entity.
func (a *assembly) full(m *metric.Measure, by []string) map[string]valued {
	rows := a.sums(m, by)
	if base := a.plan.coarser(by); base != nil {
		a.addRest(rows, a.sums(m, base), by, base)
	}
	if base := a.plan.entityless(by); base != nil {
		a.addRest(rows, a.full(m, base), by, base)
	}
	return rows
}

// sums returns an additive measure's rows at by.
func (a *assembly) sums(m *metric.Measure, by []string) map[string]valued {
	table, sel := a.find(Select{Kind: SumSelect, Breakdown: a.plan.servingAt(m, by), By: by})
	out := make(map[string]valued, len(table))
	for k, r := range table {
		out[k] = valued{r[:len(by)], sumOf(*m.Sum, sel.Sums, r[len(by):])}
	}
	return out
}

// addRest adds to rows, for each row of base, the difference between it and the
// rows that share its key, with null for the dimensions that base lacks. Rows
// that base lacks are a difference too, where base knows the whole they are
// part of: then base has none of them.
func (a *assembly) addRest(rows, base map[string]valued, by, baseBy []string) {
	sums := map[string]valued{}
	for _, r := range rows {
		key := project(r.key, by, baseBy)
		k := keyOf(key)
		sums[k] = valued{key, plus(sums[k].value, r.value)}
	}
	plain := a.plan.plain(baseBy)
	whole := map[string]bool{}
	for _, b := range base {
		if b.value != nil {
			whole[keyOf(project(b.key, baseBy, plain))] = true
		}
	}
	for k, b := range base {
		if b.value != nil {
			a.addTo(rows, expand(b.key, baseBy, by), minus(b.value, sums[k].value))
		}
	}
	for k, s := range sums {
		if base[k].value == nil && s.value != nil && whole[keyOf(project(s.key, baseBy, plain))] {
			a.addTo(rows, expand(s.key, baseBy, by), negative(s.value))
		}
	}
}

func (a *assembly) addTo(rows map[string]valued, key []any, v any) {
	k := keyOf(key)
	rows[k] = valued{key, plus(rows[k].value, v)}
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

// sumOf adds up a Sum's counters; nil if none is known. A part without rows is
// zero where the whole split is known.
func sumOf(s metric.Sum, columns []SumColumn, cells []any) any {
	if s.Credits {
		return cells[slices.Index(columns, SumColumn{Credits: true})]
	}
	var total any
	for _, c := range s.Counters {
		v := cells[slices.Index(columns, SumColumn{Part: s.Part, Counter: c})]
		if v == nil && s.Part != metric.Whole && cells[slices.Index(columns, SumColumn{Part: metric.Whole, Counter: c})] != nil {
			v = int64(0)
		}
		total = plus(total, v)
	}
	return total
}

func (a *assembly) ratio(m *metric.Measure, b metric.Breakdown) map[string]any {
	by := a.plan.Query.By
	table, sel := a.find(Select{Kind: SumSelect, Breakdown: b, By: by})
	var people map[string]any
	if m.Ratio.PerUser {
		people = a.people(Select{Kind: UserSelect, Breakdown: a.plan.peopleServing(), By: by})
	}
	out := map[string]any{}
	for k, r := range table {
		a.addKey(k, r[:len(by)])
		if a.lacking(r[:len(by)]) {
			continue
		}
		cells := r[len(by):]
		den := people[k]
		if !m.Ratio.PerUser {
			den = sumOf(m.Ratio.Den, sel.Sums, cells)
		}
		out[k] = divide(sumOf(m.Ratio.Num, sel.Sums, cells), den)
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
	out := map[string]any{}
	inRange, _ := a.find(Select{Kind: UserSelect, Breakdown: s.Breakdown, By: s.By, Reporting: s.Reporting})
	for k, r := range inRange {
		a.addKey(k, r[:len(s.By)])
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
		out[k] = known(out[k], d, s)
	}
	return out
}

// addKey adds a row of a breakdown, or one that holds what lies outside every
// entity. The rows of days and entities exist already.
func (a *assembly) addKey(k string, key []any) {
	if !a.undivided() || a.lacking(key) {
		a.rows[k] = key
	}
}

// known returns how many people a row has: counted, 0 if there are days but
// nobody, nil if there are no days or only an aggregate knows.
func known(counted any, d *days, s Select) any {
	if d == nil {
		return nil
	}
	if d.aggregates == 0 {
		if counted == nil {
			return int64(0)
		}
		return counted
	}
	if s.Breakdown != metric.Totals || s.Reporting || d.tools != 1 || s.Trailing == 0 && d.days != 1 {
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
		if empty && a.lacking(key) {
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

// keyOf makes a map key of cells; no two different keys have the same.
func keyOf(key []any) string {
	var b strings.Builder
	for _, v := range key {
		if v == nil {
			b.WriteString("\x00n")
			continue
		}
		s := fmt.Sprint(v)
		fmt.Fprintf(&b, "\x00%d:%s", len(s), s)
	}
	return b.String()
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
