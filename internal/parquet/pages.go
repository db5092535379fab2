package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// pages reads the pages of a column chunk, each with its header, as they would
// be in a file without compression. It is the ReaderAt that parquet-go wants,
// but reads on from where it was only, and not over the end of a page.
type pages struct {
	*source
	column  *parquet.Column
	codec   format.CompressionCodec
	at, end int64     // of what is left of the chunk
	out     int64     // where what is read next would be in the file without compression
	page    io.Reader // the rest of the page that is read
	last    int64     // the memory that it takes
	most    int64     // values, without nulls, that it can have
}

// pages returns the pages of a column's chunk.
func (s *source) pages(column *parquet.Column, chunk *format.ColumnMetaData) *pages {
	start := max(0, chunk.DataPageOffset)
	if d := chunk.DictionaryPageOffset; 0 < d && d < start {
		start = d
	}
	end := min(s.size, start+chunk.TotalCompressedSize)
	return &pages{source: s, column: column, codec: chunk.Codec, at: start, end: end, out: chunkOffset, page: bytes.NewReader(nil)}
}

// decoder returns parquet-go's reader of these pages.
func (p *pages) decoder() *parquet.FilePages {
	return p.chunks[p.column.Index()].(*parquet.FileColumnChunk).PagesFrom(p)
}

func (p *pages) ReadAt(b []byte, off int64) (int, error) {
	if off != p.out {
		return 0, errors.New("the column's dictionary is missing")
	}
	n, err := p.page.Read(b)
	if err == io.EOF {
		if err = p.next(); err == nil {
			n, err = p.page.Read(b)
		}
	}
	p.out += int64(n)
	return n, err
}

// next reads the next page.
func (p *pages) next() error {
	var h format.PageHeader
	if err := p.header(&h); err != nil {
		return err
	}
	if h.CompressedPageSize < 0 || h.UncompressedPageSize < 0 || int64(h.CompressedPageSize) > p.end-p.at {
		return errPage
	}
	if err := p.reserve(&h); err != nil {
		return err
	}
	body := make([]byte, h.CompressedPageSize)
	if _, err := p.in.ReadAt(body, p.at); err != nil {
		return err
	}
	p.at += int64(len(body))
	if h.CRC != 0 && uint32(h.CRC) != crc32.ChecksumIEEE(body) {
		return errors.New("a page with a wrong checksum")
	}
	body, err := p.unpack(&h, body)
	if err != nil {
		return err
	}
	if p.most, err = p.check(&h, body); err != nil {
		return err
	}
	h.CompressedPageSize, h.UncompressedPageSize, h.CRC = int32(len(body)), int32(len(body)), 0
	head, err := thrift.Marshal(new(thrift.CompactProtocol), &h)
	p.page = io.MultiReader(bytes.NewReader(head), bytes.NewReader(body))
	return err
}

// header reads the header of the next page.
func (p *pages) header(h *format.PageHeader) error {
	for size := int64(1 << 10); ; size <<= 4 {
		left := p.end - p.at
		if left <= 0 {
			return io.EOF
		}
		b := make([]byte, min(size, left))
		if _, err := p.in.ReadAt(b, p.at); err != nil {
			return err
		}
		n, err := decodeStruct(b, h)
		if err == nil {
			p.at += int64(n)
			return nil
		}
		if !errors.Is(err, errMetadata) || size >= min(left, maxHeader) {
			return err
		}
	}
}

// numValues returns how many values a page says it has, nulls among them.
func numValues(h *format.PageHeader) int32 {
	switch h.Type {
	case format.DataPage:
		return h.DataPageHeader.V.NumValues
	case format.DataPageV2:
		return h.DataPageHeaderV2.V.NumValues
	case format.DictionaryPage:
		return h.DictionaryPageHeader.V.NumValues
	}
	return 0
}

// reserve takes the memory that a page needs, in place of that of the page
// before it; a dictionary stays.
func (p *pages) reserve(h *format.PageHeader) error {
	n := int64(numValues(h))
	if n < 0 {
		return errPage
	}
	if p.unpacked += n + int64(h.UncompressedPageSize); p.unpacked > p.limit {
		return errTooLarge
	}
	size := int64(valueSize)
	if t := p.column.Type(); t.Kind() == parquet.FixedLenByteArray {
		size += int64(t.Length())
	}
	need := int64(h.CompressedPageSize) + int64(h.UncompressedPageSize) + size*n
	if p.memory += need - p.last; p.memory > maxMemory {
		return errMemory
	}
	if p.last = need; h.Type == format.DictionaryPage {
		p.last = 0
	}
	return nil
}

// unpack returns the body of a page without compression.
func (p *pages) unpack(h *format.PageHeader, body []byte) ([]byte, error) {
	levels := 0
	if h.Type == format.DataPageV2 {
		v2 := &h.DataPageHeaderV2.V
		levels = int(v2.RepetitionLevelsByteLength) + int(v2.DefinitionLevelsByteLength)
		if v2.RepetitionLevelsByteLength < 0 || v2.DefinitionLevelsByteLength < 0 || levels > min(len(body), int(h.UncompressedPageSize)) {
			return nil, errPage
		}
		if v2.IsCompressed.Valid && !v2.IsCompressed.V {
			return body, nil
		}
		v2.IsCompressed = thrift.New(false)
	}
	if p.codec == format.Uncompressed || len(body) == levels {
		return body, nil
	}
	data, err := decompress(p.codec, body[levels:], int(h.UncompressedPageSize)-levels)
	if levels > 0 {
		data = append(body[:levels:levels], data...)
	}
	return data, err
}

var unzstd, _ = zstd.NewReader(nil, zstd.WithDecodeAllCapLimit(true)) // to the capacity of what it appends to

// decompress returns what is in src, not more than size bytes.
func decompress(codec format.CompressionCodec, src []byte, size int) ([]byte, error) {
	var r io.Reader
	switch codec {
	case format.Snappy:
		if n, err := snappy.DecodedLen(src); err != nil || n > size {
			return nil, errPage
		}
		return snappy.Decode(nil, src)
	case format.Zstd:
		return unzstd.DecodeAll(src, make([]byte, 0, size))
	case format.Lz4Raw:
		dst := make([]byte, size)
		n, err := lz4.UncompressBlock(src, dst)
		return dst[:max(0, n)], err
	case format.Gzip:
		z, err := gzip.NewReader(bytes.NewReader(src))
		if err != nil {
			return nil, err
		}
		r = z
	case format.Brotli:
		r = brotli.NewReader(bytes.NewReader(src))
	default:
		return nil, fmt.Errorf("compression %v is not supported", codec)
	}
	dst, err := io.ReadAll(io.LimitReader(r, int64(size)+1))
	if len(dst) > size {
		return nil, errPage
	}
	return dst, err
}
