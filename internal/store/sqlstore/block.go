package sqlstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/merge"
	"codegauge/internal/report"

	"github.com/klauspost/compress/zstd"
)

// A block is the rows of a report day of one bucket, as its row in the database has it: in
// three parts, so that questions read no more than they need. Each ends in a CRC-32C of what
// comes before, four bytes; all but the form is packed.
//
//	totals  form; the number of rows; of each row, its account (less the one before); the
//	        length of all rows' totals, and these; of each row in turn: organization and
//	        team, or repository, where the kind has them; layer; length of totals; of facts;
//	        of each frame, the length of its packed facts; of each row in turn: length of
//	        rest; of envelope
//	facts   frames: the facts of 64 rows, packed together
//	rest    the rest and envelope of all rows
//
// Lengths and accounts are in columns, one after the other, because they pack better so.
type block struct{ totals, facts, rest []byte }

const blockForm = 2

// bucketAccounts is how many accounts share a bucket. docs/design.md has the
// measurement: larger ones pack hardly better, and make one person's year slower.
const bucketAccounts = 256

// frameRows is how many rows have their facts packed together: somebody's question unpacks
// those of 64 rows.
const frameRows = 64

// bucketOf returns the bucket of an account: its number decides, so that a person
// is found on every day in blocks of one name.
func bucketOf(account int32) int32 { return account / bucketAccounts }

// bucketsOf returns the buckets of accounts, in order.
func bucketsOf(accounts []int32) []int32 {
	out := make([]int32, len(accounts))
	for i, a := range accounts {
		out[i] = bucketOf(a)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var (
	packer, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<19), zstd.WithEncoderCRC(false))
	// totalsPacker does without entropy coding: what it packs takes a third of the time to unpack,
	// and a tenth more space.
	totalsPacker, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithWindowSize(1<<19), zstd.WithEncoderCRC(false), zstd.WithNoEntropyCompression(true))

	unpacker, _ = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(1<<28), zstd.WithDecoderConcurrency(0))
	castagnoli  = crc32.MakeTable(crc32.Castagnoli)
)

// encodeBlock writes rows, which are in the order of their keys.
func encodeBlock(kind report.Kind, rows []merge.Row) block {
	var s encodeSpace
	return s.encode(kind, rows)
}

// encodeSpace is what encoding blocks needs, which one after the other may use.
type encodeSpace struct {
	head, values, frame, facts, rest []byte
	totals                           []int // how long each row's are
}

func (s *encodeSpace) encode(kind report.Kind, rows []merge.Row) block {
	s.head, s.values, s.frame, s.facts, s.rest, s.totals = binary.AppendUvarint(s.head[:0], uint64(len(rows))), s.values[:0], s.frame[:0], s.facts[:0], s.rest[:0], s.totals[:0]
	column := func(of func(i int, r *merge.Row) int) {
		for i := range rows {
			s.head = binary.AppendUvarint(s.head, uint64(of(i, &rows[i])))
		}
	}
	last := int32(0)
	column(func(_ int, r *merge.Row) int {
		less := r.Account - last
		last = r.Account
		return int(less)
	})
	for i := range rows {
		n := lenTotals(rows[i].Figures)
		s.totals, s.values = append(s.totals, n), append(s.values, rows[i].Figures[:n]...)
	}
	s.head = cube.AppendText(s.head, s.values)
	for i := range rows {
		switch r := &rows[i]; kind {
		case report.UserTeam:
			s.head = binary.AppendVarint(s.head, r.Organization)
			s.head = binary.AppendVarint(s.head, r.Team)
		case report.RepoDay:
			s.head = cube.AppendText(s.head, r.Repo)
		}
	}
	column(func(_ int, r *merge.Row) int { return r.Layer })
	column(func(i int, _ *merge.Row) int { return s.totals[i] })
	column(func(i int, r *merge.Row) int { return len(r.Figures) - s.totals[i] })
	for i := range rows {
		r := &rows[i]
		s.frame, s.rest = append(s.frame, r.Figures[s.totals[i]:]...), append(append(s.rest, r.Passthrough...), r.Envelope...)
		if i%frameRows == frameRows-1 || i == len(rows)-1 {
			before := len(s.facts)
			s.facts = packer.EncodeAll(s.frame, s.facts)
			s.head, s.frame = binary.AppendUvarint(s.head, uint64(len(s.facts)-before)), s.frame[:0]
		}
	}
	column(func(_ int, r *merge.Row) int { return len(r.Passthrough) })
	column(func(_ int, r *merge.Row) int { return len(r.Envelope) })
	out := block{facts: bytes.Clone(appendChecksum(s.facts))}
	s.frame = appendChecksum(totalsPacker.EncodeAll(s.head, append(s.frame[:0], blockForm)))
	out.totals = bytes.Clone(s.frame)
	s.frame = appendChecksum(packer.EncodeAll(s.rest, s.frame[:0]))
	out.rest = bytes.Clone(s.frame)
	return out
}

func appendChecksum(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// withoutChecksum returns what comes before the checksum in the last four bytes.
func withoutChecksum(b []byte) ([]byte, error) {
	if len(b) < 4 || crc32.Checksum(b[:len(b)-4], castagnoli) != binary.LittleEndian.Uint32(b[len(b)-4:]) {
		return nil, errDamaged
	}
	return b[:len(b)-4], nil
}

// unpack appends what was packed to b.
func unpack(b, packed []byte) ([]byte, error) {
	all, err := unpacker.DecodeAll(packed, b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return all, nil
}

// head is what the totals of a block say, unpacked. It may be read into again.
type head struct {
	unpacked []byte
	accounts []int32
	// values are the totals of all rows.
	values []byte
	places cube.Reader
}

// places are where rows have what.
type places struct {
	// keys are the rows' where their kind has more of them than accounts.
	keys   []merge.Key
	layers []int32
	// These are lengths.
	totals, facts, frames, rest, envelopes []int32
}

// appendColumn reads n numbers.
func appendColumn(column []int32, in *cube.Reader, n int) []int32 {
	column = slices.Grow(column, n)
	for range n {
		v := in.Uvarint()
		in.Bad = in.Bad || v > math.MaxInt32
		column = append(column, int32(v))
	}
	return column
}

// read reads the totals of a block, but for where rows have what.
func (h *head) read(packed []byte) error {
	packed, err := withoutChecksum(packed)
	if err != nil {
		return err
	}
	if len(packed) == 0 || packed[0] != blockForm {
		return errDamaged
	}
	if h.unpacked, err = unpack(h.unpacked[:0], packed[1:]); err != nil {
		return err
	}
	in := cube.NewReader(h.unpacked)
	n := in.Uvarint()
	if n > uint64(len(h.unpacked)) {
		return errDamaged
	}
	h.accounts = appendColumn(h.accounts[:0], &in, int(n))
	for i := 1; i < len(h.accounts); i++ {
		h.accounts[i] += h.accounts[i-1]
	}
	h.values, h.places = in.Text(), in
	if in.Bad {
		return errDamaged
	}
	return nil
}

// read reads where rows have what is in some parts.
func (p *places) read(h *head, kind report.Kind, upTo parts) error {
	in, n := h.places, len(h.accounts)
	p.keys = p.keys[:0]
	for i := 0; i < n && (kind == report.UserTeam || kind == report.RepoDay); i++ {
		k := merge.Key{Account: h.accounts[i]}
		if kind == report.UserTeam {
			k.Organization, k.Team = in.Varint(), in.Varint()
		} else {
			k.Repo = string(in.Text())
		}
		p.keys = append(p.keys, k)
	}
	p.layers, p.totals = appendColumn(p.layers[:0], &in, n), appendColumn(p.totals[:0], &in, n)
	if upTo >= withFacts {
		p.facts, p.frames = appendColumn(p.facts[:0], &in, n), appendColumn(p.frames[:0], &in, (n+frameRows-1)/frameRows)
	}
	if upTo == whole {
		p.rest, p.envelopes = appendColumn(p.rest[:0], &in, n), appendColumn(p.envelopes[:0], &in, n)
	}
	if in.Bad {
		return errDamaged
	}
	return nil
}

// parts is how much of a block is read.
type parts int

const (
	totalsAlone parts = iota // all that figures have
	withFacts
	whole
)

// appendRows appends the rows of accounts, which ascend, or all if accounts is nil, with what is
// in the parts that are asked for.
func (b *block) appendRows(rows []merge.Row, kind report.Kind, accounts []int32, upTo parts) ([]merge.Row, error) {
	var s decodeSpace
	return s.appendRows(rows, b, kind, accounts, upTo)
}

// decodeSpace is what decoding blocks needs. Those with facts may use it one after the other,
// since their rows have nothing of it.
type decodeSpace struct {
	head   head
	places places
	frame  []byte
}

func (s *decodeSpace) appendRows(rows []merge.Row, b *block, kind report.Kind, accounts []int32, upTo parts) ([]merge.Row, error) {
	h, p := &s.head, &s.places
	err := h.read(b.totals)
	if err == nil {
		err = p.read(h, kind, upTo)
	}
	if err != nil {
		return nil, err
	}
	var facts, rest []byte
	if upTo >= withFacts {
		facts, err = withoutChecksum(b.facts)
	}
	if upTo == whole && err == nil {
		if rest, err = withoutChecksum(b.rest); err == nil {
			rest, err = unpack(nil, rest)
		}
	}
	if err != nil {
		return nil, err
	}
	bad := false
	next := func(from *[]byte, n int32) []byte {
		if int(n) > len(*from) {
			bad = true
			return nil
		}
		b := (*from)[:n:n]
		*from = (*from)[n:]
		return b
	}
	if accounts == nil {
		rows = slices.Grow(rows, len(h.accounts))
	}
	values := h.values
	var figures []byte        // which those of the rows are parts of
	var packed []byte         // of the row's frame, which is unpacked once a row of it is asked for
	unpacked, before := -1, 0 // which frame is; the facts of its rows before this one
	for i, account := range h.accounts {
		r := merge.Row{Key: merge.Key{Account: account}, Layer: int(p.layers[i]), Figures: next(&values, p.totals[i])}
		if len(p.keys) > 0 {
			r.Key = p.keys[i]
		}
		if upTo == whole {
			r.Passthrough, r.Envelope = next(&rest, p.rest[i]), next(&rest, p.envelopes[i])
		}
		_, asked := slices.BinarySearch(accounts, account)
		asked = asked || accounts == nil
		if upTo >= withFacts && i%frameRows == 0 {
			packed, before = next(&facts, p.frames[i/frameRows]), 0
		}
		if upTo >= withFacts && asked {
			if unpacked != i/frameRows {
				if s.frame, err = unpack(s.frame[:0], packed); err != nil {
					return nil, err
				}
				unpacked = i / frameRows
				if accounts == nil {
					size := 0
					for _, n := range p.totals[i:min(i+frameRows, len(p.totals))] {
						size += int(n)
					}
					figures = make([]byte, 0, len(s.frame)+min(size, len(h.values)))
				}
			}
			left := s.frame[min(before, len(s.frame)):]
			from := len(figures)
			figures = append(append(figures, r.Figures...), next(&left, p.facts[i])...)
			r.Figures = figures[from:len(figures):len(figures)]
		}
		if upTo >= withFacts {
			before += int(p.facts[i])
		}
		if bad {
			return nil, errDamaged
		}
		if asked {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// encodeBlocks divides a report day's rows into blocks, by bucket. The repositories
// of a day share one.
func encodeBlocks(kind report.Kind, rows []merge.Row) map[int32]block {
	out := map[int32]block{}
	var space encodeSpace
	for start := 0; start < len(rows); {
		bucket := bucketOf(rows[start].Account)
		end := start
		for end < len(rows) && bucketOf(rows[end].Account) == bucket {
			end++
		}
		out[bucket] = space.encode(kind, rows[start:end])
		start = end
	}
	return out
}

// columns are what the block is in the database; all NULL for one that is gone.
func (b block) columns() []any {
	if b.totals == nil {
		return []any{nil, nil, nil}
	}
	return []any{b.totals, b.facts, b.rest}
}

// equal reports whether both are the same bytes.
func (b block) equal(o block) bool {
	return bytes.Equal(b.totals, o.totals) && bytes.Equal(b.facts, o.facts) && bytes.Equal(b.rest, o.rest)
}

// encodeLayers writes a report day's layers.
func encodeLayers(layers []merge.Layer) []byte {
	b := binary.AppendUvarint(nil, uint64(len(layers)))
	for _, l := range layers {
		refused := byte(0)
		if l.Rejected {
			refused = 1
		}
		b = append(b, refused)
		for _, n := range []int64{l.Import, l.Version, int64(l.Span.Start), int64(l.Span.End), l.Span.Created} {
			b = binary.AppendVarint(b, n)
		}
	}
	return b
}

func decodeLayers(b []byte) ([]merge.Layer, error) {
	in := cube.NewReader(b)
	n := in.Uvarint()
	if n == 0 || n > uint64(len(b)) {
		return nil, errDamaged
	}
	out := make([]merge.Layer, n)
	for i := range out {
		l := &out[i]
		l.Rejected = in.Byte() != 0
		l.Import, l.Version = in.Varint(), in.Varint()
		l.Span = merge.Span{Start: day.Day(in.Varint()), End: day.Day(in.Varint()), Created: in.Varint()}
	}
	return out, in.End()
}
