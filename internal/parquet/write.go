package parquet

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"

	"codegauge/internal/fault"
)

// ndjson is a file of NDJSON and the length of its longest line.
type ndjson struct {
	path    string
	longest int
}

// source returns what reads the file in SQL, with a function of DuckDB. Its
// buffers have twice the size of the longest object.
func (f ndjson) source(function, options string) string {
	const least = 1 << 20
	return fmt.Sprintf(`%s(%s, format = 'newline_delimited', hive_partitioning = false, maximum_object_size = %d%s)`,
		function, literal(f.path), max(least, f.longest+1), options)
}

// bigLine is a line of which one at a time fits into memory.
const bigLine = 4 << 20

// spoolLines is spool for NDJSON.
func (j *job) spoolLines(name string, r io.Reader) (ndjson, error) {
	var m measure
	path, err := j.spool(name, io.TeeReader(r, &m))
	if err != nil || m.longest < bigLine {
		return ndjson{path, m.longest}, err
	}
	return ndjson{path, m.longest}, j.exec("SET threads = 1")
}

// measure finds the longest line of what is written to it.
type measure struct{ longest, line int }

func (m *measure) Write(p []byte) (int, error) {
	n := len(p)
	for {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			break
		}
		m.longest, m.line = max(m.longest, m.line+end), 0
		p = p[end+1:]
	}
	m.line += len(p)
	m.longest = max(m.longest, m.line)
	return n, nil
}

// FromNDJSON reads records, one JSON object a line, and writes a Parquet file.
// No record gives a file without rows.
func (c *Converter) FromNDJSON(r io.Reader, w io.Writer) error {
	j, err := c.start()
	if err != nil {
		return fmt.Errorf("write parquet: %w", err)
	}
	defer j.end()
	if err := j.fromNDJSON(r, w); err != nil {
		return fmt.Errorf("write parquet: %w", err)
	}
	return nil
}

func (j *job) fromNDJSON(r io.Reader, w io.Writer) error {
	in, err := j.spoolLines("in.ndjson", r)
	if err != nil {
		return err
	}
	out := j.path("out.parquet")
	if err := j.toParquet(in, out); err != nil {
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

// toParquet converts the file. A number too large for a column of integers
// makes all integers JSON text, rather than lose it.
func (j *job) toParquet(in ndjson, out string) error {
	s, err := j.structure(in)
	if err != nil {
		return err
	}
	if s == nil {
		return j.copyTo(out, `SELECT '' AS "day" WHERE false`)
	}
	for _, integer := range []string{"BIGINT", "JSON"} {
		columns, e := s.columns(integer)
		if e != nil {
			return e
		}
		err = j.copyTo(out, `SELECT * FROM `+in.source("read_json", ", columns = "+columns))
		if err == nil {
			return nil
		}
	}
	return err
}

// copyTo writes a Parquet file. Its row groups are small: records are wide.
func (j *job) copyTo(out, query string) error {
	return j.exec(`COPY (%s) TO %s (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)`, query, literal(out))
}

// structure returns the members and types of the file's objects together, nil
// if there are none.
func (j *job) structure(in ndjson) (*shape, error) {
	var text sql.NullString
	query := `SELECT CAST(json_group_structure(json) AS VARCHAR) FROM ` + in.source("read_json_objects", "")
	if err := j.db.QueryRowContext(context.Background(), query).Scan(&text); err != nil {
		return nil, err
	}
	if !text.Valid {
		return nil, nil
	}
	s, err := parseShape(text.String)
	if err == nil && s.members == nil {
		err = fault.New(fault.Invalid, "a line is not a JSON object")
	}
	return s, err
}
