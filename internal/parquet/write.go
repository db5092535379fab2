package parquet

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"unicode/utf8"

	"codegauge/internal/fault"

	"github.com/parquet-go/parquet-go"
)

// How much a row group has at most, beside its last record: it is in memory
// until it is written.
const (
	groupBytes  = 64 << 20 // of NDJSON
	groupValues = 8 << 20  // rows times columns
)

// FromNDJSON reads records, one JSON object a line, and writes a Parquet file.
// No record gives a file without rows.
func (c *Converter) FromNDJSON(ndjson io.Reader, w io.Writer) error {
	if err := c.fromNDJSON(ndjson, w); err != nil {
		return fmt.Errorf("write parquet: %w", err)
	}
	return nil
}

func (c *Converter) fromNDJSON(ndjson io.Reader, w io.Writer) error {
	f, err := c.tempFile()
	if err != nil {
		return err
	}
	defer f.Close()
	var s shape
	if err := s.spool(f, ndjson); err != nil {
		return err
	}
	if len(s.members) == 0 {
		s.place([]byte("day"), 0) // a file must have a column
	}
	schema, err := s.schema()
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	out := parquet.NewWriter(w, schema, parquet.Compression(&parquet.Zstd), parquet.DataPageVersion(1), parquet.DataPageStatistics(false))
	return s.write(out, f)
}

// spool copies the lines that are not blank to f and adds them to the shape.
func (s *shape) spool(f *os.File, ndjson io.Reader) error {
	in, out := newLineReader(ndjson), bufio.NewWriterSize(f, 1<<18)
	for n := 1; in.next(); n++ {
		if len(in.line) == 0 {
			continue
		}
		if in.line[0] != '{' || !json.Valid(in.line) || !utf8.Valid(in.line) {
			return fault.New(fault.Invalid, "line %d is not a JSON object", n)
		}
		s.add(&scanner{in: in.line})
		out.Write(in.line)
		if err := out.WriteByte('\n'); err != nil {
			return err
		}
	}
	if in.err != io.EOF {
		return in.err
	}
	return out.Flush()
}

// write writes the records of f, all of this shape, and ends the file.
func (s *shape) write(out *parquet.Writer, f *os.File) error {
	w := writer{columns: make([][]parquet.Value, s.last)}
	in, columns := newLineReader(f), out.ColumnWriters()
	rows, size := 0, 0
	for in.next() {
		w.in = scanner{in: in.line}
		w.object(s, 0, 0, 0)
		for i, values := range w.columns {
			if _, err := columns[i].WriteRowValues(values); err != nil {
				return err
			}
			w.columns[i] = values[:0]
		}
		rows, size = rows+1, size+len(in.line)
		if size >= groupBytes || rows*len(columns) >= groupValues {
			if err := out.Flush(); err != nil {
				return err
			}
			rows, size = 0, 0
		}
	}
	if in.err != io.EOF {
		return in.err
	}
	return out.Close()
}

// writer takes a record apart into the values of columns.
//
// Its methods' levels are those of the Parquet format: repetition says which of
// the lists around a value it goes on with, 0 for a new record; depth is how
// many there are; definition is how many optional and repeated nodes around it
// are there.
type writer struct {
	in      scanner
	columns [][]parquet.Value // of one record; their bytes are those of in
	objects int               // so far
}

// value writes the value that comes next.
func (w *writer) value(s *shape, repetition, depth, definition int) {
	c := w.in.next()
	if c == 'n' {
		w.in.word()
		w.null(s, repetition, definition)
		return
	}
	var v parquet.Value
	switch s.form {
	case object:
		w.object(s, repetition, depth, definition+1)
		return
	case list:
		w.list(s, repetition, depth, definition+1)
		return
	case text:
		v = parquet.ByteArrayValue(unquoted(w.in.text()))
	case boolean:
		w.in.word()
		v = parquet.BooleanValue(c == 't')
	case integer:
		n, _ := strconv.ParseInt(string(w.in.word()), 10, 64) // kindOf has seen that they are
		v = parquet.Int64Value(n)
	case decimal:
		n, _ := strconv.ParseFloat(string(w.in.word()), 64)
		v = parquet.DoubleValue(n)
	default:
		v = parquet.ByteArrayValue(w.in.value())
	}
	w.columns[s.first] = append(w.columns[s.first], v.Level(repetition, definition+1, s.first))
}

func (w *writer) list(s *shape, repetition, depth, definition int) {
	w.in.at++
	if w.in.next() == ']' {
		w.null(s, repetition, definition)
	}
	for ; w.in.next() != ']'; repetition = depth + 1 {
		w.value(s.element, repetition, depth+1, definition+1)
	}
	w.in.at++
}

// object writes an object. Of members with one name the first counts.
func (w *writer) object(s *shape, repetition, depth, definition int) {
	w.objects++
	this := w.objects
	i := -1
	for w.in.at++; w.in.next() != '}'; {
		i = s.place(unquoted(w.in.text()), i+1)
		m := s.members[i].shape
		if m.lastObject == this {
			w.in.next()
			w.in.value()
			continue
		}
		m.lastObject = this
		w.value(m, repetition, depth, definition)
	}
	w.in.at++
	for _, m := range s.members {
		if m.lastObject != this {
			w.null(m.shape, repetition, definition)
		}
	}
}

// null writes that there is nothing below the definition level.
func (w *writer) null(s *shape, repetition, definition int) {
	for i := s.first; i < s.last; i++ {
		w.columns[i] = append(w.columns[i], parquet.NullValue().Level(repetition, definition, i))
	}
}
