package rollup

import (
	"encoding/binary"
	"math/bits"

	"codegauge/internal/cube"
	"codegauge/internal/metric"
)

// A unit's counts are
//
//	of the totals: which records know them (appendKnowing),
//	for each cell of each breakdown, in their order: facts, which of those know its sums
//
// Numbers are varints. Mostly every fact of a cell knows the same counters, and that
// takes two bytes.

// appendKnowing appends which known counters are known to fewer than all, and to how
// many each of those.
func appendKnowing(b []byte, all int32, known cube.Counters, knowing []int32) []byte {
	var fewer uint32
	for rest := uint32(known); rest != 0; rest &= rest - 1 {
		if i := bits.TrailingZeros32(rest); knowing[i] < all {
			fewer |= 1 << i
		}
	}
	b = binary.AppendUvarint(b, uint64(fewer))
	for ; fewer != 0; fewer &= fewer - 1 {
		b = binary.AppendUvarint(b, uint64(knowing[bits.TrailingZeros32(fewer)]))
	}
	return b
}

// readKnowing reads what appendKnowing wrote.
func readKnowing(r *cube.Reader, all int32, known cube.Counters, knowing []int32) {
	fewer := r.Uvarint()
	if fewer&^uint64(known) != 0 {
		r.Bad = true
		return
	}
	for rest := uint32(known); rest != 0; rest &= rest - 1 {
		i := bits.TrailingZeros32(rest)
		if knowing[i] = all; fewer&(1<<i) != 0 {
			knowing[i] = int32(r.Uvarint())
		}
	}
}

// decode reads a finished Unit's sums and counts, so that others can be added and taken
// away: the reverse of finish.
func (u Unit) decode(cells int) (*unit, error) {
	out := &unit{Unit: u}
	r := cube.NewReader(u.Counts)
	readKnowing(&r, int32(u.Records), u.Totals.Known, out.knowing[:])
	for i := range metric.NumBreakdowns - 1 {
		sums, err := cube.ReadSums(u.Cells[i], cells)
		if err != nil {
			return nil, err
		}
		for _, have := range sums {
			s := out.sumOf(have.Cell, cells)
			s.Sum, s.facts = have, int32(r.Uvarint())
			readKnowing(&r, s.facts, s.Known, s.knowing[:])
		}
	}
	return out, r.End()
}
