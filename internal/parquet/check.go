package parquet

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// check checks that what a page is made of unpacks to no more values than it
// says, for runs of a few bytes can stand for 2^31, and returns how many values
// there are at most, without nulls: parquet-go reads on behind the last one.
func (p *pages) check(h *format.PageHeader, body []byte) (int64, error) {
	n := int64(numValues(h))
	repetition, definition := bits.Len(uint(p.column.MaxRepetitionLevel())), bits.Len(uint(p.column.MaxDefinitionLevel()))
	switch h.Type {
	case format.DictionaryPage:
		e := h.DictionaryPageHeader.V.Encoding
		if e != format.Plain && e != format.PlainDictionary {
			return 0, fmt.Errorf("a dictionary with encoding %v is not supported", e)
		}
		if p.plainValues(body, n) < n {
			return 0, errPage
		}
	case format.DataPage:
		for _, width := range []int{repetition, definition} {
			if width == 0 {
				continue
			}
			if len(body) < 4 || int(binary.LittleEndian.Uint32(body)) > len(body)-4 {
				return 0, errPage
			}
			end := 4 + int(binary.LittleEndian.Uint32(body))
			if _, err := checkRuns(body[4:end], width, n); err != nil {
				return 0, err
			}
			body = body[end:]
		}
		return p.checkValues(h.DataPageHeader.V.Encoding, body, n)
	case format.DataPageV2:
		v2 := &h.DataPageHeaderV2.V
		r, d := v2.RepetitionLevelsByteLength, v2.RepetitionLevelsByteLength+v2.DefinitionLevelsByteLength
		if _, err := checkRuns(body[:r], repetition, n); err != nil {
			return 0, err
		}
		if _, err := checkRuns(body[r:d], definition, n); err != nil {
			return 0, err
		}
		return p.checkValues(v2.Encoding, body[d:], n)
	}
	return n, nil
}

// checkValues does it for the values of a page of n, behind their levels.
func (p *pages) checkValues(e format.Encoding, body []byte, n int64) (int64, error) {
	if len(body) == 0 {
		return p.plainValues(nil, n), nil
	}
	switch e {
	case format.PlainDictionary, format.RLEDictionary:
		_, err := checkRuns(body[1:], int(body[0]), n)
		return n, err
	case format.RLE:
		if p.column.Type().Kind() != parquet.Boolean || len(body) < 4 {
			return 0, errPage
		}
		return checkRuns(body[4:], 1, n)
	case format.DeltaBinaryPacked, format.DeltaLengthByteArray:
		count, _, err := cutDeltas(body, n)
		return count, err
	case format.DeltaByteArray:
		return p.checkPrefixes(body, n)
	}
	return p.plainValues(body, n), nil
}

// plainValues returns how many of n values of the column body can hold in
// encodings in which each takes the same place; parquet-go counts byte arrays.
func (p *pages) plainValues(body []byte, n int64) int64 {
	width := 0
	switch t := p.column.Type(); t.Kind() {
	case parquet.Boolean:
		width = 1
	case parquet.Int32, parquet.Float:
		width = 32
	case parquet.Int64, parquet.Double:
		width = 64
	case parquet.Int96:
		width = 96
	case parquet.FixedLenByteArray:
		width = 8 * t.Length()
	}
	if width <= 0 {
		return n
	}
	return int64(len(body)) * 8 / int64(width)
}

// checkPrefixes checks values that are stored as the lengths of the prefixes
// that they share with the value before them, the lengths of what follows, and
// that: each may be as long as all before it.
func (p *pages) checkPrefixes(body []byte, n int64) (int64, error) {
	count, suffixes, err := cutDeltas(body, n)
	if err != nil {
		return 0, err
	}
	if _, _, err := cutDeltas(suffixes, n); err != nil {
		return 0, err
	}
	for _, part := range [][]byte{body, suffixes} {
		lengths, err := parquet.DeltaBinaryPacked.DecodeInt32(nil, part)
		if err != nil {
			return 0, err
		}
		for _, l := range lengths {
			if l < 0 {
				return 0, errPage
			}
			p.memory += int64(l)
			p.last += int64(l)
		}
	}
	if p.memory > maxMemory {
		return 0, errMemory
	}
	return count, nil
}

// checkRuns checks that runs of values of so many bits, each repeated or packed,
// are not more than n, but for the filling of the last one, and returns how many.
func checkRuns(in []byte, width int, n int64) (total int64, err error) {
	const filling = 512
	for len(in) > 0 {
		head, k := binary.Uvarint(in)
		if k <= 0 || head>>1 > uint64(n+filling) {
			return 0, errPage
		}
		count, size := int64(head>>1), int64(width+7)/8
		if head&1 == 1 { // groups of 8
			count, size = 8*count, count*int64(width)
		}
		if total += count; total > n+filling {
			return 0, errPage
		}
		in = in[k:]
		in = in[min(size, int64(len(in))):]
	}
	return total, nil
}

// cutDeltas checks that in begins with not more than n integers in the encoding
// DELTA_BINARY_PACKED, and returns how many, and what follows them.
func cutDeltas(in []byte, n int64) (count int64, rest []byte, err error) {
	var head [4]uint64 // size of blocks, parts of each, values, the first one
	for i := range head {
		var k int
		if head[i], k = binary.Uvarint(in); k <= 0 {
			return 0, nil, errPage
		}
		in = in[k:]
	}
	if head[0] > 1<<16 || head[1] == 0 || head[1] > head[0] || head[2] > uint64(n) {
		return 0, nil, errPage
	}
	parts, size, count := int(head[1]), int(head[0]/head[1]), int64(head[2])
	for left := count - 1; left > 0; {
		_, k := binary.Uvarint(in) // the least delta
		if k <= 0 || len(in)-k < parts {
			return 0, nil, errPage
		}
		widths := in[k : k+parts]
		in = in[k+parts:]
		for _, width := range widths {
			if left > 0 {
				in = in[min(size*int(width)/8, len(in)):]
				left -= int64(size)
			}
		}
	}
	return count, in, nil
}
