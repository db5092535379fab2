// Package cube is the model that every source of data is turned into, and that
// questions are answered from. What it can hold is declared in package metric: counters
// (integers, and how they add), dimensions, and breakdowns (which dimensions rows carry
// together).
//
//	a source's record ─► facts (a cell and a row each) ─► sums and sets of people by cell
//
// Dimensions have values, which an enterprise's Dictionary numbers as they occur. A
// Cell is a breakdown with a value for each of its dimensions, and is numbered too. So
// rows are numbers throughout; names are looked up once, for the answer.
package cube

import (
	"errors"

	"codegauge/internal/metric"
)

// Row holds what a row of a breakdown says: integers by metric.Counter, in the
// counter's unit. A counter that is unknown is zero in N.
type Row struct {
	N     [metric.NumRowCounters]int64
	Known Counters
}

// Vector holds what a record says: beside what rows do, the counters that only records
// have, in their order.
type Vector struct {
	Row
	More [metric.NumCounters - metric.NumRowCounters]int64
}

// Counters is a set of counters: bit i is metric.Counter(i).
type Counters uint32

// Has reports whether the set has the counter.
func (s Counters) Has(c metric.Counter) bool { return s&(1<<c) != 0 }

// Get returns a counter's value, and whether it is known.
func (r *Row) Get(c metric.Counter) (int64, bool) {
	if !r.Known.Has(c) {
		return 0, false
	}
	return r.N[c], true
}

// Set makes a counter known.
func (r *Row) Set(c metric.Counter, n int64) { r.N[c] = n; r.Known |= 1 << c }

// Zero reports whether no counter is above or below zero.
func (r *Row) Zero() bool { return r.N == [metric.NumRowCounters]int64{} }

// Add adds another row. It reports false if a sum does not fit into 64 bits.
func (r *Row) Add(o *Row) bool {
	ok := true
	for i, n := range o.N {
		sum := r.N[i] + n
		ok = ok && (n >= 0) == (sum >= r.N[i])
		r.N[i] = sum
	}
	r.Known |= o.Known
	return ok
}

// at returns where the vector has a counter.
func (v *Vector) at(c metric.Counter) *int64 {
	if c.OfRows() {
		return &v.N[c]
	}
	return &v.More[int(c)-metric.NumRowCounters]
}

// Get returns a counter's value, and whether it is known.
func (v *Vector) Get(c metric.Counter) (int64, bool) { return *v.at(c), v.Known.Has(c) }

// Set makes a counter known.
func (v *Vector) Set(c metric.Counter, n int64) { *v.at(c) = n; v.Known |= 1 << c }

// Zero reports whether no counter is above or below zero.
func (v *Vector) Zero() bool { return v.Row.Zero() && v.More == [len(v.More)]int64{} }

// Add adds another vector, each counter as its kind adds: see metric.Adding. It
// reports false if a sum does not fit into 64 bits.
func (v *Vector) Add(o *Vector) bool {
	ok := v.Row.Add(&o.Row)
	for i, n := range o.More {
		if metric.Counters[metric.NumRowCounters+i].Adding == metric.AddsNot {
			v.More[i] = max(v.More[i], n)
			continue
		}
		sum := v.More[i] + n
		ok = ok && (n >= 0) == (sum >= v.More[i])
		v.More[i] = sum
	}
	return ok
}

// ErrTooLarge says that a sum does not fit into 64 bits.
var ErrTooLarge = errors.New("a sum is larger than a 64-bit integer")

// Part says what a cell holds of its breakdown.
type Part uint8

const (
	// Reported is a row as reported.
	Reported Part = iota
	// Derived is a feature's row that was added up from language × feature.
	Derived
	// Unattributed is what a total has above its features.
	Unattributed
	// Discrepancy is by how much features exceed their total, negative.
	Discrepancy
)

// MaxDimensions is how many dimensions a breakdown can carry.
const MaxDimensions = 4

// Cell is a breakdown and the numbers of its values, in the order of the breakdown's
// dimensions; what follows them is 0. A cell that is no row of a report (Unattributed,
// Discrepancy) has no values.
type Cell struct {
	Breakdown metric.Breakdown
	Part      Part
	Values    [MaxDimensions]int32
}

// Value returns the number of the cell's value of a dimension; false where its
// breakdown does not carry the dimension or the cell is no row of a report.
func (c *Cell) Value(k metric.Key) (int32, bool) {
	if c.Part >= Unattributed {
		return 0, false
	}
	for i, have := range metric.Breakdowns[c.Breakdown].Keys {
		if have == k {
			return c.Values[i], true
		}
	}
	return 0, false
}

// Value is a value of a dimension. An empty name in a report is a value too.
type Value struct {
	Key  metric.Key
	Name string
}

// Dictionary has the values and cells of an enterprise by number, from 1 on: number 0
// is none.
type Dictionary struct {
	Values []Value
	Cells  []Cell
}

// Name returns the name of a value.
func (d *Dictionary) Name(value int32) string { return d.Values[value].Name }

// NameOf returns the name of a cell's value of a dimension: see Cell.Value.
func (d *Dictionary) NameOf(c *Cell, k metric.Key) (string, bool) {
	v, ok := c.Value(k)
	if !ok {
		return "", false
	}
	return d.Name(v), true
}

// Sum is a cell's number and what its rows add up to.
type Sum struct {
	Cell int32
	Row
}

// Fact is one row of a record.
type Fact struct {
	Sum
	// Client numbers the editor and extension that the row names; 0 is none.
	Client int32
}

// Active reports whether a row of the cell shows activity.
func (c *Cell) Active(r *Row) bool { return metric.Breakdowns[c.Breakdown].PeopleOnly || !r.Zero() }

// ofLines are the counters that count lines of code.
var ofLines = func() (set Counters) {
	for c := range metric.Counter(metric.NumCounters) {
		if c.Lines() {
			set |= 1 << c
		}
	}
	return set
}()

// DropLines makes the counters of lines unknown.
func (r *Row) DropLines() {
	for c := range r.N {
		if ofLines.Has(metric.Counter(c)) {
			r.N[c] = 0
		}
	}
	r.Known &^= ofLines
}
