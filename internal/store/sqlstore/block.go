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
//	length of the packed figures, figures of all rows packed,
//	rest and envelope of all rows packed
//	CRC-32C of all that, four bytes
//
// The head is not packed: whether somebody is in a block, and where, is found
// without unpacking anything, and questions unpack the figures alone.
const blockForm = 1

// bucketAccounts is how many accounts share a bucket. docs/design.md has the
// measurement: larger ones pack hardly better, and make one person's year slower.
const bucketAccounts = 256

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

// encodeBlock writes rows, which are in the order of their keys.
func encodeBlock(kind report.Kind, rows []merge.Row) []byte {
	head := make([]byte, 0, 16+8*len(rows))
	head = append(head, blockForm)
	head = binary.AppendUvarint(head, uint64(len(rows)))
	var figures, rest []byte
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
		head = binary.AppendUvarint(head, uint64(len(r.Rest)))
		head = binary.AppendUvarint(head, uint64(len(r.Envelope)))
		figures, rest = append(figures, r.Figures...), append(append(rest, r.Rest...), r.Envelope...)
	}
	packed := packer.EncodeAll(figures, nil)
	head = binary.AppendUvarint(head, uint64(len(packed)))
	head = append(head, packed...)
	head = packer.EncodeAll(rest, head)
	return binary.LittleEndian.AppendUint32(head, crc32.Checksum(head, castagnoli))
}

// block is a block whose head was read.
type block struct {
	rows    []merge.Row // without their bytes
	figures []byte      // packed, as is
	rest    []byte
	// where in the unpacked bytes each row's end
	figureEnds, restEnds, envelopeEnds []int
}

// decodeHead reads a block's head.
func decodeHead(kind report.Kind, b []byte) (*block, error) {
	if len(b) < 5 || crc32.Checksum(b[:len(b)-4], castagnoli) != binary.LittleEndian.Uint32(b[len(b)-4:]) {
		return nil, errDamaged
	}
	in := cube.NewReader(b[:len(b)-4])
	if in.Byte() != blockForm {
		return nil, errDamaged
	}
	n := in.Uvarint()
	if n > uint64(len(b)) {
		return nil, errDamaged
	}
	out := &block{rows: make([]merge.Row, n), figureEnds: make([]int, n), restEnds: make([]int, n), envelopeEnds: make([]int, n)}
	account, figures, rest := int32(0), 0, 0
	for i := range out.rows {
		r := &out.rows[i]
		account += int32(in.Uvarint())
		r.Account = account
		switch kind {
		case report.UserTeam:
			r.Organization, r.Team = in.Varint(), in.Varint()
		case report.RepoDay:
			r.Repo = string(in.Text())
		}
		r.Layer = int(in.Uvarint())
		figures += int(in.Uvarint())
		out.restEnds[i] = rest + int(in.Uvarint())
		rest = out.restEnds[i] + int(in.Uvarint())
		out.figureEnds[i], out.envelopeEnds[i] = figures, rest
	}
	out.figures = in.Bytes(in.Uvarint())
	out.rest = in.Rest()
	if in.Bad {
		return nil, errDamaged
	}
	return out, nil
}

// unpackFigures gives the rows their figures.
func (b *block) unpackFigures() error {
	all, err := unpacker.DecodeAll(b.figures, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	start := 0
	for i, end := range b.figureEnds {
		if end < start || end > len(all) {
			return errDamaged
		}
		b.rows[i].Figures = all[start:end:end]
		start = end
	}
	return nil
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
		b.rows[i].Rest, b.rows[i].Envelope = all[start:rest:rest], all[rest:end:end]
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

// encodeBlocks divides a report day's rows into blocks, by bucket. The repositories
// of a day share one.
func encodeBlocks(kind report.Kind, rows []merge.Row) map[int32][]byte {
	out := map[int32][]byte{}
	for start := 0; start < len(rows); {
		bucket := bucketOf(rows[start].Account)
		end := start
		for end < len(rows) && bucketOf(rows[end].Account) == bucket {
			end++
		}
		out[bucket] = encodeBlock(kind, rows[start:end])
		start = end
	}
	return out
}

// encodeLayers writes a report day's layers.
func encodeLayers(layers []merge.Layer) []byte {
	b := binary.AppendUvarint(nil, uint64(len(layers)))
	for _, l := range layers {
		refused := byte(0)
		if l.Refused {
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
		l.Refused = in.Byte() != 0
		l.Import, l.Version = in.Varint(), in.Varint()
		l.Span = merge.Span{Start: day.Day(in.Varint()), End: day.Day(in.Varint()), Created: in.Varint()}
	}
	return out, in.End()
}
