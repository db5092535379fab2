package rollup

import (
	"encoding/binary"
	"math/bits"

	"codegauge/internal/cube"
	"codegauge/internal/metric"
)

// A unit's counts are, as varints:
//
//	for the totals: how many records know each counter (appendKnownCounts),
//	for each cell of each breakdown, in their order: the number of facts, and how many of
//	those know each counter
//
// If all facts of a cell know the same counters, as is usual, that takes two bytes.

// appendKnownCounts appends the set of known counters that fewer than all records or facts
// know, and how many know each of those.
func appendKnownCounts(b []byte, all int32, known cube.Counters, counts []int32) []byte {
	var fewer uint32
	for rest := uint32(known); rest != 0; rest &= rest - 1 {
		if i := bits.TrailingZeros32(rest); counts[i] < all {
			fewer |= 1 << i
		}
	}
	b = binary.AppendUvarint(b, uint64(fewer))
	for ; fewer != 0; fewer &= fewer - 1 {
		b = binary.AppendUvarint(b, uint64(counts[bits.TrailingZeros32(fewer)]))
	}
	return b
}

// readKnownCounts reads what appendKnownCounts has encoded.
func readKnownCounts(r *cube.Reader, all int32, known cube.Counters, counts []int32) {
	fewer := r.Uvarint()
	if fewer&^uint64(known) != 0 {
		r.Bad = true
		return
	}
	for rest := uint32(known); rest != 0; rest &= rest - 1 {
		i := bits.TrailingZeros32(rest)
		if counts[i] = all; fewer&(1<<i) != 0 {
			counts[i] = int32(r.Uvarint())
		}
	}
}

// decode is the reverse of unit.encode: it reads the unit's sums and counts, to which
// others can then be added and from which they can be subtracted.
func (u Unit) decode(cells int) (*unit, error) {
	out := &unit{Unit: u}
	r := cube.NewReader(u.Counts)
	readKnownCounts(&r, int32(u.Records), u.Totals.Known, out.knownCounts[:])
	for i := range metric.NumBreakdowns - 1 {
		sums, err := cube.ReadSums(u.Cells[i], cells)
		if err != nil {
			return nil, err
		}
		for _, have := range sums {
			s := out.sumOf(have.Cell, cells)
			s.Sum, s.facts = have, int32(r.Uvarint())
			readKnownCounts(&r, s.facts, s.Known, s.knownCounts[:])
		}
	}
	return out, r.End()
}
