package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// What a file may need, against files made to fill the memory.
const (
	maxColumns = 5000
	maxMemory  = 512 << 20 // of the pages that are read at one time, one of each column
	maxHeader  = 16 << 20  // of a page; the least and the greatest value are in it
)

// valueSize is about how many bytes of memory a value takes in a page, beside
// itself: its levels, and where it is.
const valueSize = 12

var (
	errMemory = fmt.Errorf("needs more than %d MiB of memory", maxMemory>>20)
	errPage   = errors.New("a malformed page")
)

// source is a Parquet file. parquet-go trusts what a file says of itself: a few
// bytes that promise 2 GiB make it take 2 GiB, and a process without memory
// ends. So it only decodes pages; source reads the metadata, unpacks the pages
// and checks both first.
type source struct {
	in     io.ReaderAt
	size   int64
	meta   format.FileMetaData
	root   *parquet.Column
	chunks []parquet.ColumnChunk // of a file with the columns of this one, but without data
	memory int64                 // that the pages being read take

	unpacked, limit int64 // bytes and values of all pages so far, and how many there may be
}

// openSource reads the metadata of a file of size bytes.
func openSource(in io.ReaderAt, size, limit int64) (*source, error) {
	var tail [8]byte
	if _, err := in.ReadAt(tail[:], max(0, size-8)); err != nil || string(tail[4:]) != "PAR1" {
		return nil, errors.New("it does not end as one")
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n > min(maxMemory, size-8) {
		return nil, fmt.Errorf("metadata of %d bytes", n)
	}
	footer := make([]byte, n)
	if _, err := in.ReadAt(footer, size-8-n); err != nil {
		return nil, err
	}
	s := &source{in: in, size: size, limit: limit}
	if _, err := decodeStruct(footer, &s.meta); err != nil {
		return nil, err
	}
	if s.meta.EncryptionAlgorithm.Value != nil {
		return nil, errors.New("it is encrypted")
	}
	return s, s.openColumns()
}

// decodeStruct decodes the struct that in begins with and returns its size.
func decodeStruct(in []byte, v any) (int, error) {
	n, err := structSize(in)
	if err != nil {
		return 0, err
	}
	return n, thrift.NewDecoder(new(thrift.CompactProtocol).NewReaderFromBytes(in[:n])).Decode(v)
}

// chunkOffset is where the column chunks of the file without data begin, each
// one: behind the magic number.
const chunkOffset = 4

// openColumns has parquet-go open a file of the same columns, but without data:
// of one row group with chunks that do not end.
func (s *source) openColumns() error {
	if len(s.meta.Schema) > 4*maxColumns || depth(s.meta.Schema) > parquet.MaxColumnDepth {
		return fmt.Errorf("more than %d columns, or too deep ones", maxColumns)
	}
	bare := format.FileMetaData{Version: s.meta.Version, Schema: s.meta.Schema, RowGroups: make([]format.RowGroup, 1)}
	for _, e := range s.meta.Schema {
		if e.Type.Valid {
			chunk := format.ColumnMetaData{Type: e.Type.V, DataPageOffset: chunkOffset, TotalCompressedSize: 1 << 62}
			bare.RowGroups[0].Columns = append(bare.RowGroups[0].Columns, format.ColumnChunk{MetaData: chunk})
		}
	}
	file := bytes.NewBufferString("PAR1")
	if err := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(file)).Encode(&bare); err != nil {
		return err
	}
	footer := file.Len() - 4
	_ = binary.Write(file, binary.LittleEndian, uint32(footer))
	file.WriteString("PAR1")
	f, err := parquet.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return err
	}
	s.root, s.chunks = f.Root(), f.RowGroups()[0].ColumnChunks()
	return nil
}

// depth returns how many groups of a schema, a tree that is listed depth first,
// are inside each other.
func depth(schema []format.SchemaElement) (most int) {
	var open []int32 // how many children of each group around an element are to come
	for _, e := range schema {
		for len(open) > 0 && open[len(open)-1] <= 0 {
			open = open[:len(open)-1]
		}
		if len(open) > 0 {
			open[len(open)-1]--
		}
		if e.NumChildren.V > 0 {
			open = append(open, e.NumChildren.V)
		}
		most = max(most, len(open))
	}
	return most
}
