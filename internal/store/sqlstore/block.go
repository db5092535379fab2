package sqlstore

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/merge"
	"codegauge/internal/report"

	"github.com/klauspost/compress/zstd"
)

// A block is the rows of a report day of one bucket:
//
//	form, number of rows
//	for each row: account (less the one before), organization, team and repository
//	  where the kind has them, layer, lengths of figures, rest and envelope
//	for every 64 rows, the length of their packed figures
//	figures, 64 rows packed together
//	CRC-32C of all that, four bytes
//	rest and envelope of all rows packed
//	CRC-32C of all that, four bytes
//
// The head is not packed: whether somebody is in a block, and where, is found
// without unpacking anything. Questions read a block up to its first checksum, and
// those about one person unpack the figures of 64 rows.
const blockForm = 1

// bucketAccounts is how many accounts share a bucket. docs/design.md has the
// measurement: larger ones pack hardly better, and make one person's year slower.
const bucketAccounts = 256

// frameRows is how many rows have their figures packed together.
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
	packer, _   = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<19), zstd.WithEncoderCRC(false))
	unpacker, _ = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(1<<28), zstd.WithDecoderConcurrency(0))
	castagnoli  = crc32.MakeTable(crc32.Castagnoli)
)

// encodeBlock writes rows, which are in the order of their keys. The block up to its
// first checksum is figures bytes long.
func encodeBlock(kind report.Kind, rows []merge.Row) (b []byte, figures int) {
	head := make([]byte, 0, 16+8*len(rows))
	head = append(head, blockForm)
	head = binary.AppendUvarint(head, uint64(len(rows)))
	var packed, raw, rest []byte
	var lengths []int
	last := int32(0)
	for i := range rows {
		r := &rows[i]
		head = binary.AppendUvarint(head, uint64(r.Account-last))
		last = r.Account
		switch kind {
		case report.UserTeam:
			head = binary.AppendVarint(head, r.Organization)
			head = binary.AppendVarint(head, r.Team)
		case report.RepoDay:
			head = cube.AppendText(head, r.Repo)
		}
		head = binary.AppendUvarint(head, uint64(r.Layer))
		head = binary.AppendUvarint(head, uint64(len(r.Figures)))
		head = binary.AppendUvarint(head, uint64(len(r.Passthrough)))
		head = binary.AppendUvarint(head, uint64(len(r.Envelope)))
		raw, rest = append(raw, r.Figures...), append(append(rest, r.Passthrough...), r.Envelope...)
		if i%frameRows == frameRows-1 || i == len(rows)-1 {
			before := len(packed)
			packed = packer.EncodeAll(raw, packed)
			lengths, raw = append(lengths, len(packed)-before), raw[:0]
		}
	}
	for _, n := range lengths {
		head = binary.AppendUvarint(head, uint64(n))
	}
	b = appendChecksum(append(head, packed...))
	figures = len(b)
	return appendChecksum(packer.EncodeAll(rest, b)), figures
}

func appendChecksum(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// withoutChecksum returns what comes before the checksum in the last four bytes.
func withoutChecksum(b []byte) ([]byte, error) {
	if len(b) < 5 || crc32.Checksum(b[:len(b)-4], castagnoli) != binary.LittleEndian.Uint32(b[len(b)-4:]) {
		return nil, errDamaged
	}
	return b[:len(b)-4], nil
}

// block is a block whose head was read.
type block struct {
	rows   []merge.Row // without their bytes
	frames [][]byte    // of figures, packed
	rest   []byte      // packed; nil if it was not read
	// where in the unpacked bytes each row's end, figures in those of its frame
	figureEnds, restEnds, envelopeEnds []int
}

// decodeHead reads a block's head. The block may end with its figures.
func decodeHead(kind report.Kind, b []byte) (*block, error) {
	out := &block{}
	rows := func(n int) {
		out.rows, out.figureEnds, out.restEnds, out.envelopeEnds = make([]merge.Row, n), make([]int, n), make([]int, n), make([]int, n)
	}
	rest := 0
	err := out.read(kind, b, rows, func(i int, r *merge.Row, figures, length, envelope int) {
		out.rows[i], out.figureEnds[i] = *r, figures
		out.restEnds[i] = rest + length
		rest = out.restEnds[i] + envelope
		out.envelopeEnds[i] = rest
	})
	return out, err
}

// read reads the frames and rest of a block, after calling count with the number of rows and
// row for each: figures is where its figures end in the unpacked bytes of its frame.
func (b *block) read(kind report.Kind, body []byte, count func(n int), row func(i int, r *merge.Row, figures, rest, envelope int)) error {
	body, err := withoutChecksum(body)
	if err != nil {
		return err
	}
	in := cube.NewReader(body)
	form, n := in.Byte(), in.Uvarint()
	if form != blockForm || n > uint64(len(body)) {
		return errDamaged
	}
	count(int(n))
	var r merge.Row
	figures := 0
	for i := range int(n) {
		r = merge.Row{Key: merge.Key{Account: r.Account + int32(in.Uvarint())}}
		switch kind {
		case report.UserTeam:
			r.Organization, r.Team = in.Varint(), in.Varint()
		case report.RepoDay:
			r.Repo = string(in.Text())
		}
		r.Layer = int(in.Uvarint())
		if i%frameRows == 0 {
			figures = 0
		}
		figures += int(in.Uvarint())
		row(i, &r, figures, int(in.Uvarint()), int(in.Uvarint()))
	}
	lengths := make([]uint64, (n+frameRows-1)/frameRows)
	for i := range lengths {
		lengths[i] = in.Uvarint()
	}
	b.frames = make([][]byte, len(lengths))
	for i, n := range lengths {
		b.frames[i] = in.Bytes(n)
	}
	if in.More() {
		in.Bytes(4)
		b.rest = in.Rest()
	}
	if in.Bad {
		return errDamaged
	}
	return nil
}

// unpack unpacks a frame of figures.
func (b *block) unpack(frame int) ([]byte, error) {
	all, err := unpacker.DecodeAll(b.frames[frame], nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return all, nil
}

// unpackFigures gives the rows their figures.
func (b *block) unpackFigures() error {
	var all []byte
	start := 0
	for i, end := range b.figureEnds {
		if i%frameRows == 0 {
			var err error
			if all, err = b.unpack(i / frameRows); err != nil {
				return err
			}
			start = 0
		}
		if end < start || end > len(all) {
			return errDamaged
		}
		b.rows[i].Figures = all[start:end:end]
		start = end
	}
	return nil
}

// figuresOf returns the rows of accounts, which ascend, with their figures. The block may
// end with its figures.
func figuresOf(kind report.Kind, body []byte, accounts []int32) ([]merge.Row, error) {
	var b block
	var out []merge.Row
	var frame, starts, ends []int // of each row found
	last := 0
	err := b.read(kind, body, func(int) {}, func(i int, r *merge.Row, figures, _, _ int) {
		if i%frameRows == 0 {
			last = 0
		}
		if _, ok := slices.BinarySearch(accounts, r.Account); ok {
			out, frame, starts, ends = append(out, *r), append(frame, i/frameRows), append(starts, last), append(ends, figures)
		}
		last = figures
	})
	if err != nil {
		return nil, err
	}
	var all []byte
	for i := range out {
		if i == 0 || frame[i] != frame[i-1] {
			if all, err = b.unpack(frame[i]); err != nil {
				return nil, err
			}
		}
		if starts[i] < 0 || starts[i] > ends[i] || ends[i] > len(all) {
			return nil, errDamaged
		}
		out[i].Figures = all[starts[i]:ends[i]:ends[i]]
	}
	return out, nil
}

// unpackRest gives the rows their rest and their envelope.
func (b *block) unpackRest() error {
	all, err := unpacker.DecodeAll(b.rest, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	start := 0
	for i := range b.rows {
		rest, end := b.restEnds[i], b.envelopeEnds[i]
		if rest < start || end < rest || end > len(all) {
			return errDamaged
		}
		b.rows[i].Passthrough, b.rows[i].Envelope = all[start:rest:rest], all[rest:end:end]
		start = end
	}
	return nil
}

// decodeBlock reads a whole block.
func decodeBlock(kind report.Kind, body []byte) ([]merge.Row, error) {
	b, err := decodeHead(kind, body)
	if err == nil {
		err = b.unpackFigures()
	}
	if err == nil {
		err = b.unpackRest()
	}
	if err != nil {
		return nil, err
	}
	return b.rows, nil
}

// find returns the places in the block of accounts that ascend.
func (b *block) find(accounts []int32) []int {
	var out []int
	for i := range b.rows {
		if _, ok := slices.BinarySearch(accounts, b.rows[i].Account); ok {
			out = append(out, i)
		}
	}
	return out
}

// encodedBlock is a block, and how long it is up to the end of its figures.
type encodedBlock struct {
	body    []byte
	figures int
}

// encodeBlocks divides a report day's rows into blocks, by bucket. The repositories
// of a day share one.
func encodeBlocks(kind report.Kind, rows []merge.Row) map[int32]encodedBlock {
	out := map[int32]encodedBlock{}
	for start := 0; start < len(rows); {
		bucket := bucketOf(rows[start].Account)
		end := start
		for end < len(rows) && bucketOf(rows[end].Account) == bucket {
			end++
		}
		body, figures := encodeBlock(kind, rows[start:end])
		out[bucket] = encodedBlock{body, figures}
		start = end
	}
	return out
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
