package cli

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"codegauge/internal/fault"
	"codegauge/internal/service"
)

// recordColumn holds each record as it is in NDJSON, beside the columns that
// are made of it: Parquet's types know neither a number that is sometimes a
// string nor the difference between absent and null.
const recordColumn = "codegauge_record"

// parquet converts by DuckDB, each time in a database of its own in memory.
type parquet struct {
	memoryMB, threads int
}

var _ service.Parquet = parquet{}

// FromNDJSON writes a Parquet file with a column for each top-level member that
// any record has, nested as it is, and recordColumn.
func (p parquet) FromNDJSON(ndjson io.Reader, w io.Writer) error {
	return p.within(func(ctx context.Context, dir string, db *sql.DB) error {
		from, to := filepath.Join(dir, "in.ndjson"), filepath.Join(dir, "out.parquet")
		longest, err := saveTwice(from, ndjson)
		if err != nil {
			return err
		}
		rows := `SELECT NULL::VARCHAR AS ` + recordColumn + ` WHERE false`
		if longest > 0 {
			// The types are those of all records, not of the first ones; objects
			// are never taken for maps. DuckDB takes several times the size of the
			// largest object for each of its buffers.
			rows = fmt.Sprintf(`SELECT * EXCLUDE `+recordColumn+`, `+recordColumn+` FROM read_json(%s, format='newline_delimited', sample_size=-1,
				map_inference_threshold=-1, field_appearance_threshold=0, maximum_object_size=%d)`, literal(from), max(longest, 1<<16))
		}
		// Nested rows are long: a group of the usual 122,880 would not fit into memory.
		copying := fmt.Sprintf(`COPY (%s) TO %s (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 4096)`, rows, literal(to))
		if _, err := db.ExecContext(ctx, copying); err != nil {
			return fmt.Errorf("write Parquet: %w", err)
		}
		return load(to, w)
	})
}

// saveTwice saves records to a file, each with its own text as one more member,
// and returns the length of the longest.
func saveTwice(path string, ndjson io.Reader) (int, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	longest, err := writeTwice(bufio.NewWriterSize(f, 64<<10), bufio.NewReaderSize(ndjson, 64<<10))
	return longest, errors.Join(err, f.Close())
}

func writeTwice(w *bufio.Writer, r *bufio.Reader) (int, error) {
	longest := 0
	for {
		line, err := r.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return 0, err
		}
		if record := bytes.TrimSpace(line); len(record) > 0 {
			text, err := json.Marshal(string(record))
			if err != nil {
				return 0, err
			}
			n, err := fmt.Fprintf(w, "{%q:%s,%s\n", recordColumn, text, record[1:])
			if err != nil {
				return 0, err
			}
			longest = max(longest, n)
		}
		if err == io.EOF {
			return longest, w.Flush()
		}
	}
}

// ToNDJSON returns the rows of a Parquet file as NDJSON: the records that
// FromNDJSON put there, else an object of each row's columns.
func (p parquet) ToNDJSON(name string, r io.Reader) (io.ReadCloser, error) {
	out, w := io.Pipe()
	go func() {
		err := p.within(func(ctx context.Context, dir string, db *sql.DB) error {
			path := filepath.Join(dir, "in.parquet")
			if err := save(path, r); err != nil {
				return err
			}
			return writeRows(ctx, db, path, w)
		})
		w.CloseWithError(err)
	}()
	return out, nil
}

func writeRows(ctx context.Context, db *sql.DB, path string, out io.Writer) error {
	var own bool
	err := db.QueryRowContext(ctx, `SELECT count(*) > 0 FROM parquet_schema(`+literal(path)+`) WHERE name = '`+recordColumn+`'`).Scan(&own)
	if err != nil {
		return unreadable(err)
	}
	row := `to_json(t)::VARCHAR`
	if own {
		row = recordColumn
	}
	rows, err := db.QueryContext(ctx, `SELECT `+row+` FROM read_parquet(`+literal(path)+`) t`)
	if err != nil {
		return unreadable(err)
	}
	defer rows.Close()
	w := bufio.NewWriterSize(out, 64<<10)
	for rows.Next() {
		var line sql.RawBytes
		if err := rows.Scan(&line); err != nil {
			return unreadable(err)
		}
		w.Write(line)
		if err := w.WriteByte('\n'); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return unreadable(err)
	}
	return w.Flush()
}

func unreadable(err error) error {
	return fault.New(fault.Invalid, "not a readable Parquet file: %v", err)
}

// within runs do with a database in memory and a directory for files, both gone
// afterwards.
func (p parquet) within(do func(ctx context.Context, dir string, db *sql.DB) error) error {
	dir, err := os.MkdirTemp("", "codegauge-parquet-*")
	if err != nil {
		return fmt.Errorf("convert Parquet: %w", err)
	}
	db, err := sql.Open("duckdb", "?"+strings.Join([]string{
		fmt.Sprintf("memory_limit=%dMB", p.memoryMB),
		fmt.Sprintf("threads=%d", max(p.threads, 1)),
		"temp_directory=" + filepath.Join(dir, "tmp"),
		"autoinstall_known_extensions=false",
		"autoload_known_extensions=false",
	}, "&"))
	if err != nil {
		return errors.Join(fmt.Errorf("convert Parquet: %w", err), os.RemoveAll(dir))
	}
	err = do(context.Background(), dir, db)
	return errors.Join(err, db.Close(), os.RemoveAll(dir))
}

func save(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}

func load(path string, w io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// literal quotes a text for SQL; COPY takes no parameters.
func literal(s string) string { return `'` + strings.ReplaceAll(s, `'`, `''`) + `'` }
