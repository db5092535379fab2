package parquet

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"

	"codegauge/internal/fault"
)

// maxObject is how long a record may be, in bytes, as for report.Reader.
const maxObject = 64 << 20

// source reads a file of NDJSON with a function of DuckDB.
const source = `%s(%s, format = 'newline_delimited', maximum_object_size = %d, hive_partitioning = false%s)`

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
	in, err := j.spool("in.ndjson", ndjson)
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
func (j *job) toParquet(in, out string) error {
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
		err = j.copyTo(out, `SELECT * FROM `+fmt.Sprintf(source, "read_json", literal(in), maxObject, ", columns = "+columns))
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
func (j *job) structure(in string) (*shape, error) {
	var text sql.NullString
	query := `SELECT CAST(json_group_structure(json) AS VARCHAR) FROM ` + fmt.Sprintf(source, "read_json_objects", literal(in), maxObject, "")
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
