package parquet

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"codegauge/internal/fault"
)

// FromNDJSON reads records, one JSON object a line, and writes a Parquet file.
// No record gives a file without rows.
func (c *Converter) FromNDJSON(ndjson io.Reader, w io.Writer) error {
	j, err := c.start()
	if err != nil {
		return fmt.Errorf("write parquet: %w", err)
	}
	defer j.end()
	if err := j.fromNDJSON(ndjson, w); err != nil {
		return fmt.Errorf("write parquet: %w", err)
	}
	return nil
}

func (j *job) fromNDJSON(ndjson io.Reader, w io.Writer) error {
	in, err := j.spoolLines("in.ndjson", ndjson)
	if err != nil {
		return err
	}
	query, err := in.query()
	if err != nil {
		return err
	}
	out := j.path("out.parquet")
	if err := j.copyTo(out, query); err != nil {
		return err
	}
	f, err := os.Open(out)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// copyTo writes a Parquet file. Its row groups are small: records are wide.
func (j *job) copyTo(out, query string) error {
	return j.exec(`COPY (%s) TO %s (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 8192)`, query, literal(out))
}

// source is a file of NDJSON.
type source struct {
	path    string
	shape   shape // of its objects
	lines   int
	longest int // line, in bytes
}

// query returns what reads the file in SQL. DuckDB's buffers have twice the
// size of the longest object.
func (s *source) query() (string, error) {
	if s.shape.members == nil {
		return `SELECT '' AS "day" WHERE false`, nil
	}
	const least = 1 << 20
	columns, err := s.shape.columns()
	return fmt.Sprintf(`SELECT * FROM read_json(%s, format = 'newline_delimited', hive_partitioning = false, maximum_object_size = %d, columns = %s)`,
		literal(s.path), max(least, s.longest+1), columns), err
}

// bigLine is a line of which one at a time fits into memory.
const bigLine = 4 << 20

// spoolLines is spool for NDJSON: what the columns must hold is found on the way.
func (j *job) spoolLines(name string, r io.Reader) (*source, error) {
	s := &source{}
	pipe, w := io.Pipe()
	go func() { w.CloseWithError(s.copy(w, r)) }()
	path, err := j.spool(name, pipe)
	pipe.CloseWithError(err)
	if err != nil {
		return nil, err
	}
	s.path = path
	if s.longest >= bigLine {
		return s, j.exec("SET threads = 1")
	}
	return s, nil
}

// copy copies lines that are not blank and adds them to the shape.
func (s *source) copy(w io.Writer, r io.Reader) error {
	in, out := lineReader{in: bufio.NewReaderSize(r, 1<<18)}, bufio.NewWriterSize(w, 1<<18)
	for in.next() {
		s.lines++
		if len(in.line) == 0 {
			continue
		}
		if !s.shape.infer(in.line) {
			return fault.New(fault.Invalid, "line %d is not a JSON object", s.lines)
		}
		s.longest = max(s.longest, len(in.line))
		if _, err := out.Write(append(in.line, '\n')); err != nil {
			return err
		}
	}
	if in.err != io.EOF {
		return in.err
	}
	return out.Flush()
}
