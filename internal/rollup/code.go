package rollup

import (
	"encoding/binary"
	"errors"
	"math/bits"

	"codegauge/internal/query"
	"codegauge/internal/report"
)

// Fact is one row of a record's breakdowns.
type Fact struct {
	query.CellSum
	// Client numbers the editor and extension that the row names; 0 is none.
	Client int32
}

// ErrDamaged is what reading bytes ends with that no writer here has written.
var ErrDamaged = errors.New("stored rows are damaged")

// AppendFacts appends the facts of one record, in their order: about ten bytes each.
//
//	count, then for each: cell × 2 + (1 if a client follows), client, counters
func AppendFacts(b []byte, facts []Fact) []byte {
	b = binary.AppendUvarint(b, uint64(len(facts)))
	for i := range facts {
		f := &facts[i]
		if f.Client == 0 {
			b = binary.AppendUvarint(b, uint64(f.Cell)<<1)
		} else {
			b = binary.AppendUvarint(b, uint64(f.Cell)<<1|1)
			b = binary.AppendUvarint(b, uint64(f.Client))
		}
		b = AppendCounters(b, &f.Counters)
	}
	return b
}

// ReadFacts appends to into the facts that AppendFacts wrote. Cells are below
// the given number.
func ReadFacts(b []byte, cells int, into []Fact) ([]Fact, error) {
	r := reader{b: b}
	for n := r.count(); n > 0 && !r.bad; n-- {
		var f Fact
		v := r.uvarint()
		f.Cell = r.number(v>>1, cells)
		if v&1 != 0 {
			f.Client = r.number(r.uvarint(), 1<<31)
		}
		r.counters(&f.Counters)
		into = append(into, f)
	}
	return into, r.end()
}

// appendCells appends sums of cells, which ascend.
//
//	count, then for each: the number less the one before, counters
func appendCells(b []byte, sums []query.CellSum) []byte {
	b = binary.AppendUvarint(b, uint64(len(sums)))
	last := int32(0)
	for i := range sums {
		b = binary.AppendUvarint(b, uint64(sums[i].Cell-last))
		b = AppendCounters(b, &sums[i].Counters)
		last = sums[i].Cell
	}
	return b
}

// ReadCells returns the sums that a Unit's breakdown was written as. Cells are
// below the given number.
func ReadCells(b []byte, cells int) ([]query.CellSum, error) {
	if len(b) == 0 {
		return nil, nil
	}
	r := reader{b: b}
	n := r.count()
	out := make([]query.CellSum, 0, n)
	last := int32(0)
	for ; n > 0 && !r.bad; n-- {
		c := query.CellSum{Cell: r.number(uint64(last)+r.uvarint(), cells)}
		r.counters(&c.Counters)
		out, last = append(out, c), c.Cell
	}
	return out, r.end()
}

// AppendCounters appends which counters there are, which of them are not zero,
// and those.
func AppendCounters(b []byte, c *report.Counters) []byte {
	var set uint8
	for i, n := range c.N {
		if n != 0 {
			set |= 1 << i
		}
	}
	b = append(b, c.Present, set)
	for ; set != 0; set &= set - 1 {
		b = binary.AppendVarint(b, c.N[bits.TrailingZeros8(set)])
	}
	return b
}

// ReadCounters reads what AppendCounters wrote and returns what follows; false if
// that is not what b begins with.
func ReadCounters(b []byte, c *report.Counters) ([]byte, bool) {
	r := reader{b: b}
	r.counters(c)
	return r.b, !r.bad
}

// reader reads numbers until one is bad.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads how many entries follow: each has at least three bytes.
func (r *reader) count() int {
	v := r.uvarint()
	if v > uint64(len(r.b))/3 {
		r.bad = true
		return 0
	}
	return int(v)
}

// number checks that v is below limit.
func (r *reader) number(v uint64, limit int) int32 {
	if v >= uint64(limit) {
		r.bad = true
		return 0
	}
	return int32(v)
}

func (r *reader) counters(c *report.Counters) {
	if len(r.b) < 2 {
		r.bad = true
		return
	}
	present, set := r.b[0], r.b[1]
	r.b = r.b[2:]
	c.Present = present
	if (present|set)&(1<<report.NumCounters) != 0 {
		r.bad = true
		return
	}
	for ; set != 0; set &= set - 1 {
		v, n := binary.Varint(r.b)
		if n <= 0 {
			r.bad = true
			return
		}
		c.N[bits.TrailingZeros8(set)] = v
		r.b = r.b[n:]
	}
}

func (r *reader) end() error {
	if r.bad || len(r.b) > 0 {
		return ErrDamaged
	}
	return nil
}
