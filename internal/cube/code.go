package cube

import (
	"encoding/binary"
	"errors"
	"math/bits"

	"codegauge/internal/metric"
)

// ErrDamaged is the error of decoding bytes that this package has not encoded.
var ErrDamaged = errors.New("stored rows are damaged")

// AppendFacts appends the facts of one record, about ten bytes each.
//
//	count, then for each: cell × 2 + (1 if a client follows), client, row
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
		b = appendRow(b, &f.Row)
	}
	return b
}

// ReadFacts appends the facts that AppendFacts has encoded to into. A cell number of
// cells or more is ErrDamaged.
func ReadFacts(b []byte, cells int, into []Fact) ([]Fact, error) {
	r := NewReader(b)
	for n := r.count(); n > 0 && !r.Bad; n-- {
		var f Fact
		v := r.Uvarint()
		f.Cell = r.checkBelow(v>>1, cells)
		if v&1 != 0 {
			f.Client = r.checkBelow(r.Uvarint(), 1<<31)
		}
		r.row(&f.Row)
		into = append(into, f)
	}
	return into, r.End()
}

// AppendSums appends the sums of cells, in ascending order of cell numbers.
//
//	count, then for each: the difference from the cell number before, row
func AppendSums(b []byte, sums []Sum) []byte {
	b = binary.AppendUvarint(b, uint64(len(sums)))
	last := int32(0)
	for i := range sums {
		b = binary.AppendUvarint(b, uint64(sums[i].Cell-last))
		b = appendRow(b, &sums[i].Row)
		last = sums[i].Cell
	}
	return b
}

// ReadSums returns the sums that AppendSums has encoded. A cell number of cells or more
// is ErrDamaged.
func ReadSums(b []byte, cells int) ([]Sum, error) {
	if len(b) == 0 {
		return nil, nil
	}
	r := NewReader(b)
	out := make([]Sum, r.count())
	last := int32(0)
	for i := range out {
		out[i].Cell = r.checkBelow(uint64(last)+r.Uvarint(), cells)
		r.row(&out[i].Row)
		last = out[i].Cell
		if r.Bad {
			return nil, ErrDamaged
		}
	}
	return out, r.End()
}

// MarkCells marks, in a list by number, the cells of which AppendSums has encoded sums. A cell
// that the list lacks is ErrDamaged.
func MarkCells(b []byte, cells []bool) error {
	if len(b) == 0 {
		return nil
	}
	r := NewReader(b)
	last := int32(0)
	for n := r.count(); n > 0; n-- {
		last = r.checkBelow(uint64(last)+r.Uvarint(), len(cells))
		_, nonzero := r.knownCounters(metric.NumRowCounters)
		r.skip(bits.OnesCount64(nonzero))
		if r.Bad {
			return ErrDamaged
		}
		cells[last] = true
	}
	return r.End()
}

// appendRow appends the set of known counters, the set of those that are not zero, and
// their values.
func appendRow(b []byte, r *Row) []byte {
	return appendCounters(b, r.Known, func(i int) int64 { return r.N[i] })
}

// AppendVector appends a vector as appendRow does a row.
func AppendVector(b []byte, v *Vector) []byte {
	return appendCounters(b, v.Known, func(i int) int64 { return *v.counter(metric.Counter(i)) })
}

func appendCounters(b []byte, known Counters, n func(int) int64) []byte {
	var nonzero uint32
	for rest := uint32(known); rest != 0; rest &= rest - 1 {
		if i := bits.TrailingZeros32(rest); n(i) != 0 {
			nonzero |= 1 << i
		}
	}
	b = binary.AppendUvarint(b, uint64(known))
	b = binary.AppendUvarint(b, uint64(nonzero))
	for ; nonzero != 0; nonzero &= nonzero - 1 {
		b = binary.AppendVarint(b, n(bits.TrailingZeros32(nonzero)))
	}
	return b
}

// Reader decodes numbers and texts. At the end of the bytes it returns zero values and
// sets Bad, which End reports.
type Reader struct {
	b   []byte
	at  int // the offset of the next byte
	Bad bool
}

// NewReader returns a Reader of b. The texts that it returns share b's memory.
func NewReader(b []byte) Reader { return Reader{b: b} }

// More reports whether there is more to read.
func (r *Reader) More() bool { return r.at < len(r.b) }

// Rest returns the bytes that were not read.
func (r *Reader) Rest() []byte { return r.b[r.at:] }

// fail sets Bad and moves to the end.
func (r *Reader) fail() { r.Bad, r.at = true, len(r.b) }

// Uvarint reads an unsigned number.
func (r *Reader) Uvarint() uint64 {
	if r.at < len(r.b) && r.b[r.at] < 0x80 { // most are small
		r.at++
		return uint64(r.b[r.at-1])
	}
	return r.longUvarint()
}

func (r *Reader) longUvarint() uint64 {
	b := r.b[r.at:]
	if len(b) > 1 && b[1] < 0x80 { // of two bytes
		r.at += 2
		return uint64(b[0]&0x7f) | uint64(b[1])<<7
	}
	v, n := binary.Uvarint(b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.at += n
	return v
}

// Varint reads a signed number.
func (r *Reader) Varint() int64 {
	v := r.Uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// skip passes over n numbers.
func (r *Reader) skip(n int) {
	for ; n > 0; r.at++ {
		if r.at >= len(r.b) {
			r.fail()
			return
		}
		if r.b[r.at] < 0x80 {
			n--
		}
	}
}

// Byte reads a byte.
func (r *Reader) Byte() byte {
	if v := r.Bytes(1); v != nil {
		return v[0]
	}
	return 0
}

// Bytes reads n bytes.
func (r *Reader) Bytes(n uint64) []byte {
	if r.Bad || n > uint64(len(r.b)-r.at) {
		r.fail()
		return nil
	}
	end := r.at + int(n)
	v := r.b[r.at:end:end]
	r.at = end
	return v
}

// Text reads bytes preceded by their length, nil if the length is 0.
func (r *Reader) Text() []byte {
	if v := r.Bytes(r.Uvarint()); len(v) > 0 {
		return v
	}
	return nil
}

// AppendText appends bytes preceded by their length.
func AppendText[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// count reads the number of entries that follow, each of at least three bytes.
func (r *Reader) count() int {
	v := r.Uvarint()
	if v > uint64(len(r.b)-r.at)/3 {
		r.Bad = true
		return 0
	}
	return int(v)
}

// checkBelow returns v, or 0 and sets Bad if it is not below limit.
func (r *Reader) checkBelow(v uint64, limit int) int32 {
	if v >= uint64(limit) {
		r.Bad = true
		return 0
	}
	return int32(v)
}

// row reads a row that appendRow has encoded.
func (r *Reader) row(into *Row) {
	known, nonzero := r.knownCounters(metric.NumRowCounters)
	into.Known = known
	for ; nonzero != 0; nonzero &= nonzero - 1 {
		into.N[bits.TrailingZeros64(nonzero)] = r.Varint()
	}
}

// Vector reads a vector that AppendVector has encoded.
func (r *Reader) Vector(into *Vector) {
	known, nonzero := r.knownCounters(metric.NumRecordCounters)
	into.Known = known
	for ; nonzero != 0; nonzero &= nonzero - 1 {
		*into.counter(metric.Counter(bits.TrailingZeros64(nonzero))) = r.Varint()
	}
}

// knownCounters reads the sets of counters, all below limit, that are known and that are
// not zero.
func (r *Reader) knownCounters(limit int) (known Counters, nonzero uint64) {
	all, nonzero := r.Uvarint(), r.Uvarint()
	if (all|nonzero)>>limit != 0 {
		r.Bad = true
		return 0, 0
	}
	return Counters(all), nonzero
}

// End returns ErrDamaged unless everything was read and nothing was bad.
func (r *Reader) End() error {
	if r.Bad || r.More() {
		return ErrDamaged
	}
	return nil
}
