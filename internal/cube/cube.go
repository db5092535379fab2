// Package cube is the data model to which every source of data is converted and on which
// queries are evaluated. Package metric declares its contents: counters (integers, and how
// they are aggregated), dimensions, and breakdowns (combinations of dimensions).
//
//	a source's record ─► facts (a cell and a row each) ─► sums and sets of people by cell
//
// An enterprise's Dictionary numbers the values of dimensions as they occur, and cells: a
// Cell is a breakdown with a value for each of its dimensions. Rows therefore consist of
// numbers only; names are looked up for the answer.
package cube

import (
	"errors"

	"codegauge/internal/metric"
)

// Row holds the counters of a row of a breakdown, by their place (BreakdownInfo.Place, for
// most the metric.Counter) and in units of 1/CounterInfo.Scale. An unknown counter is zero
// in N.
type Row struct {
	N     [metric.NumRowCounters]int64
	Known Counters
}

// Vector holds the counters of a record: those of rows, and in More, in their order,
// those that only records have.
type Vector struct {
	Row
	More [metric.NumRecordCounters - metric.NumRowCounters]int64
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

// Set sets a counter and makes it known.
func (r *Row) Set(c metric.Counter, n int64) { r.N[c] = n; r.Known |= 1 << c }

// Zero reports whether every counter is zero or unknown.
func (r *Row) Zero() bool { return r.N == [metric.NumRowCounters]int64{} }

// Add adds another row. It returns false if a sum overflows 64 bits.
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

// Less returns what another row leaves of this one.
func (r Row) Less(o *Row) Row {
	for i, n := range o.N {
		r.N[i] -= n
	}
	r.Known |= o.Known
	return r
}

// counter returns a pointer to a counter's value.
func (v *Vector) counter(c metric.Counter) *int64 {
	if c.InRows() {
		return &v.N[c]
	}
	return &v.More[int(c)-metric.NumRowCounters]
}

// Get returns a counter's value, and whether it is known.
func (v *Vector) Get(c metric.Counter) (int64, bool) { return *v.counter(c), v.Known.Has(c) }

// Set sets a counter and makes it known.
func (v *Vector) Set(c metric.Counter, n int64) { *v.counter(c) = n; v.Known |= 1 << c }

// Less returns what another vector leaves of this one, of counters that add up.
func (v Vector) Less(o *Vector) Vector {
	v.Row = v.Row.Less(&o.Row)
	for i, n := range o.More {
		if metric.Counters[metric.NumRowCounters+i].Adding != metric.AddsMax {
			v.More[i] -= n
		}
	}
	return v
}

// Zero reports whether every counter is zero or unknown.
func (v *Vector) Zero() bool { return v.Row.Zero() && v.More == [len(v.More)]int64{} }

// Add adds another vector, each counter according to its metric.Adding. It returns false
// if a sum overflows 64 bits.
func (v *Vector) Add(o *Vector) bool {
	ok := v.Row.Add(&o.Row)
	for i, n := range o.More {
		if metric.Counters[metric.NumRowCounters+i].Adding == metric.AddsMax {
			v.More[i] = max(v.More[i], n)
			continue
		}
		sum := v.More[i] + n
		ok = ok && (n >= 0) == (sum >= v.More[i])
		v.More[i] = sum
	}
	return ok
}

// ErrTooLarge is the error of a sum that overflows 64 bits.
var ErrTooLarge = errors.New("a sum is larger than a 64-bit integer")

// Part tells where the rows of a cell come from.
type Part uint8

const (
	// Reported rows are as reported.
	Reported Part = iota
	// Derived rows are features, summed from the rows of language × feature.
	Derived
	// Unattributed rows are what features lack of their total.
	Unattributed
	// Discrepancy rows are total minus features where those exceed it: never positive.
	Discrepancy
)

// MaxDimensions is the most dimensions that a breakdown can have.
const MaxDimensions = 4

// Cell is a breakdown and the numbers of its values, in the order of the breakdown's
// dimensions and padded with 0. Unattributed and Discrepancy cells have no values.
type Cell struct {
	Breakdown metric.Breakdown
	Part      Part
	Values    [MaxDimensions]int32
}

// Value returns the number of the cell's value of a dimension; false if its breakdown
// does not have the dimension, or the cell has no values.
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

// Value is a value of a dimension. The empty name is a value too.
type Value struct {
	Key  metric.Key
	Name string
}

// Dictionary has the values and cells of an enterprise by number. Numbers begin at 1; 0
// stands for none.
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

// Sum is a cell's number and the sum of its rows.
type Sum struct {
	Cell int32
	Row
}

// Fact is one row of a record.
type Fact struct {
	Sum
	// Client is the number of the editor and extension that the row names, 0 for none.
	Client int32
}

// Active reports whether a row of the cell shows activity.
func (c *Cell) Active(r *Row) bool { return metric.Breakdowns[c.Breakdown].PeopleOnly || !r.Zero() }

// lineCounters are the counters that count lines of code.
var lineCounters = func() (set Counters) {
	for c := range metric.Counter(metric.NumRecordCounters) {
		if c.Lines() {
			set |= 1 << c
		}
	}
	return set
}()

// DropLines makes the line counters of a row of the cell unknown.
func (c *Cell) DropLines(r *Row) {
	if metric.Breakdowns[c.Breakdown].Counters != nil {
		return
	}
	for i := range r.N {
		if lineCounters.Has(metric.Counter(i)) {
			r.N[i] = 0
		}
	}
	r.Known &^= lineCounters
}
