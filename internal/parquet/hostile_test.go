package parquet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"codegauge/internal/fault"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// handmade is a file of one optional column "a" with one row group.
type handmade struct {
	kind  format.Type
	codec format.CompressionCodec
	rows  int64
	pages []format.PageHeader
	body  [][]byte // of each page; its size is put into the header if that has none
	edit  func(*format.FileMetaData)
}

func (m handmade) file(t *testing.T) []byte {
	t.Helper()
	marshal := func(v any) []byte {
		b, err := thrift.Marshal(new(thrift.CompactProtocol), v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	file := []byte("PAR1")
	for i, h := range m.pages {
		if h.CompressedPageSize == 0 {
			h.CompressedPageSize = int32(len(m.body[i]))
		}
		if h.UncompressedPageSize == 0 {
			h.UncompressedPageSize = h.CompressedPageSize
		}
		file = append(append(file, marshal(&h)...), m.body[i]...)
	}
	meta := format.FileMetaData{
		Schema: []format.SchemaElement{
			{Name: "root", NumChildren: thrift.New[int32](1)},
			{Name: "a", Type: thrift.New(m.kind), RepetitionType: thrift.New(format.Optional)},
		},
		RowGroups: []format.RowGroup{{NumRows: m.rows, Columns: []format.ColumnChunk{{MetaData: format.ColumnMetaData{
			Type: m.kind, Codec: m.codec, DataPageOffset: 4, TotalCompressedSize: int64(len(file) - 4),
		}}}}},
	}
	if m.edit != nil {
		m.edit(&meta)
	}
	return withFooter(file, marshal(&meta))
}

func withFooter(file, footer []byte) []byte {
	file = binary.LittleEndian.AppendUint32(append(file, footer...), uint32(len(footer)))
	return append(file, "PAR1"...)
}

// dataPage is the header of a page of n values.
func dataPage(n int32, e format.Encoding) format.PageHeader {
	return format.PageHeader{DataPageHeader: thrift.New(format.DataPageHeader{
		NumValues: n, Encoding: e, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
	})}
}

func sized(h format.PageHeader, unpacked int32) format.PageHeader {
	h.UncompressedPageSize = unpacked
	return h
}

// levels are n definition levels of 1 in one run, behind their length.
func levels(n uint64) []byte {
	run := append(binary.AppendUvarint(nil, n<<1), 1)
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(run))), run...)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// TestHandmade checks that the files of TestHostile are good but for what is
// wrong with them.
func TestHandmade(t *testing.T) {
	for name, m := range map[string]handmade{
		"plain":      {kind: format.Int64, rows: 2, pages: []format.PageHeader{dataPage(2, format.Plain)}, body: [][]byte{join(levels(2), words(7, 8))}},
		"deltas":     {kind: format.ByteArray, rows: 2, pages: []format.PageHeader{dataPage(2, format.DeltaByteArray)}, body: [][]byte{join(levels(2), deltas(2, 0), deltas(2, 1), []byte("78"))}},
		"dictionary": {kind: format.Int64, rows: 2, pages: []format.PageHeader{dictionary(2), dataPage(2, format.RLEDictionary)}, body: [][]byte{words(7, 8), join(levels(2), []byte{1, 3, 2})}},
	} {
		got := strings.ReplaceAll(toNDJSON(t, m.file(t)), `"`, "")
		if diff := cmp.Diff("{a:7}\n{a:8}\n", got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func words(n ...uint64) (b []byte) {
	for _, n := range n {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return b
}

// deltas are n equal numbers in DELTA_BINARY_PACKED, without a mini block.
func deltas(n uint64, number int64) []byte {
	b := []byte{0x80, 1, 4} // blocks of 128 values in 4 parts
	b = binary.AppendVarint(binary.AppendUvarint(b, n), number)
	for ; n > 1; n -= min(n-1, 128) {
		b = append(b, 0, 0, 0, 0, 0)
	}
	return b
}

func dictionary(n int32) format.PageHeader {
	return format.PageHeader{Type: format.DictionaryPage, DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: n})}
}

// TestHostile reads files made to end the process or to fill its memory.
func TestHostile(t *testing.T) {
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	large := encoder.EncodeAll(make([]byte, 256<<20), nil)
	const huge = 1<<31 - 1
	page := func(kind format.Type, codec format.CompressionCodec, h format.PageHeader, body []byte) handmade {
		return handmade{kind: kind, codec: codec, rows: 1, pages: []format.PageHeader{h}, body: [][]byte{body}}
	}
	edited := func(edit func(*format.FileMetaData)) handmade {
		m := page(format.Int64, format.Uncompressed, dataPage(1, format.Plain), join(levels(1), words(7)))
		m.edit = edit
		return m
	}
	files := map[string][]byte{
		"a list without elements": withFooter([]byte("PAR1"), []byte{0x15, 2, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 7}),
		"a list of empty structs": withFooter([]byte("PAR1"), append([]byte{0x15, 2, 0x19, 0xfc, 0x80, 0x80, 0x80, 8}, make([]byte, 16<<20)...)),
		"structs inside structs":  withFooter([]byte("PAR1"), bytes.Repeat([]byte{0x1c}, 8<<20)),
	}
	few := page(format.Int64, format.Uncompressed, dataPage(5, format.Plain), join(levels(5), words(7)))
	few.rows = 5
	for name, m := range map[string]handmade{
		"fewer values than the page has": few,
		"a page of 2 GiB":                page(format.Int64, format.Zstd, sized(dataPage(1, format.Plain), huge), large[:100]),
		"a page larger than it says":     page(format.Int64, format.Zstd, sized(dataPage(1, format.Plain), 100), large),
		"2 GiB of snappy":                page(format.ByteArray, format.Snappy, sized(dataPage(1, format.Plain), 100), []byte{0xff, 0xff, 0xff, 0xff, 7, 0}),
		"nonsense of LZ4":                page(format.ByteArray, format.Lz4Raw, sized(dataPage(1, format.Plain), 100), bytes.Repeat([]byte{0xff}, 50)),
		"no LZ4":                         page(format.ByteArray, format.Lz4Raw, sized(dataPage(1, format.Plain), 100), nil),
		"2^31 values":                    page(format.Int64, format.Uncompressed, dataPage(huge, format.Plain), join(levels(huge), words(7))),
		"levels of more values":          page(format.Int64, format.Uncompressed, dataPage(1, format.Plain), join(levels(huge), words(7))),
		"a dictionary's missing":         page(format.Int64, format.Uncompressed, dataPage(1, format.RLEDictionary), join(levels(1), []byte{1, 2, 0})),
		"runs of integers":               page(format.Int64, format.Uncompressed, dataPage(1, format.RLE), join(levels(1), binary.AppendUvarint(nil, huge<<1))),
		"runs of true":                   page(format.Boolean, format.Uncompressed, dataPage(1, format.RLE), join(levels(1), []byte{6, 0, 0, 0}, binary.AppendUvarint(nil, huge<<1), []byte{1})),
		"deltas of more values":          page(format.Int64, format.Uncompressed, dataPage(1, format.DeltaBinaryPacked), join(levels(1), deltas(1000, 0))),
		"long lengths":                   page(format.ByteArray, format.Uncompressed, dataPage(1, format.DeltaLengthByteArray), join(levels(1), deltas(1, huge), []byte("x"))),
		"long prefixes":                  page(format.ByteArray, format.Uncompressed, dataPage(1000, format.DeltaByteArray), join(levels(1000), deltas(1000, 1<<20), deltas(1000, 1), []byte("x"))),
		"many suffixes":                  page(format.ByteArray, format.Uncompressed, dataPage(1, format.DeltaByteArray), join(levels(1), deltas(1, 0), deltas(1<<20, 0), []byte("x"))),
		"more rows than values":          edited(func(m *format.FileMetaData) { m.RowGroups[0].NumRows = 1 << 62 }),
		"less than no rows":              edited(func(m *format.FileMetaData) { m.RowGroups[0].NumRows = -1 }),
		"a chunk in front of the file":   edited(func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].MetaData.DataPageOffset = -1 << 63 }),
		"a chunk behind the file":        edited(func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].MetaData.DataPageOffset = 1 << 62 }),
		"a chunk of less than nothing":   edited(func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].MetaData.TotalCompressedSize = -5 }),
		"no columns in a row group":      edited(func(m *format.FileMetaData) { m.RowGroups[0].Columns = nil }),
		"no columns":                     edited(func(m *format.FileMetaData) { m.Schema = m.Schema[:1] }),
		"no schema":                      edited(func(m *format.FileMetaData) { m.Schema = nil }),
		"children that are not there":    edited(func(m *format.FileMetaData) { m.Schema[0].NumChildren.V = huge }),
		"a decimal of many digits": edited(func(m *format.FileMetaData) {
			m.Schema[1].LogicalType.Value = &format.DecimalType{Scale: huge, Precision: huge}
		}),
		"a deep schema": edited(func(m *format.FileMetaData) {
			for i := range 4 * maxColumns {
				m.Schema[i].NumChildren = thrift.New[int32](1)
				m.Schema = append(m.Schema[:i+1], format.SchemaElement{Name: fmt.Sprint(i)}, m.Schema[1])
			}
		}),
	} {
		files[name] = m.file(t)
	}
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			tmp := t.TempDir()
			r, err := New(tmp).ToNDJSON("x", bytes.NewReader(file))
			if err == nil {
				r.Close()
			}
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("%v, want invalid", err)
			}
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 100<<20 {
				t.Errorf("%d MiB of memory", n>>20)
			}
			empty(t, tmp)
		})
	}
}
