package parquet

import (
	"bufio"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"codegauge/internal/fault"

	"github.com/duckdb/duckdb-go/v2"
)

// ToNDJSON reads a Parquet file, which errors call name, and returns its rows,
// one JSON object a line. Close removes what it keeps on disk.
func (c *Converter) ToNDJSON(name string, r io.Reader) (io.ReadCloser, error) {
	j, err := c.start()
	if err != nil {
		return nil, fmt.Errorf("read parquet %q: %w", name, err)
	}
	defer j.end()
	in, err := j.spool("in.parquet", r)
	if err != nil {
		return nil, fmt.Errorf("read parquet %q: %w", name, err)
	}
	out := j.path("out.ndjson")
	if err := j.toNDJSON(in, out); err != nil {
		return nil, unreadable(name, in, err)
	}
	f, err := os.Open(out)
	if err != nil {
		return nil, fmt.Errorf("read parquet %q: %w", name, err)
	}
	return &rows{file: f, lines: lineReader{in: bufio.NewReaderSize(f, 1<<18)}, dir: j.dir}, nil
}

// unreadable blames the file, by the user's name for it, for what is its fault.
func unreadable(name, path string, err error) error {
	var e *duckdb.Error
	if errors.As(err, &e) && blamed(e, path) {
		msg, _, _ := strings.Cut(e.Msg, "\n") // the statement follows
		return fault.New(fault.Invalid, "%s: not a Parquet file that can be read (%s)", name, strings.ReplaceAll(msg, path, name))
	}
	if fault.KindOf(err) == fault.Invalid {
		return fault.New(fault.Invalid, "%s: %v", name, err)
	}
	return fmt.Errorf("read parquet %q: %w", name, err)
}

// blamed reports whether an error is about what is in the file at path.
func blamed(e *duckdb.Error, path string) bool {
	switch e.Type {
	case duckdb.ErrorTypeOutOfMemory, duckdb.ErrorTypeInterrupt, duckdb.ErrorTypePermission:
		return false
	case duckdb.ErrorTypeIO:
		return strings.Contains(e.Msg, path)
	}
	return true
}

// toNDJSON converts the file on disk: the driver holds results in memory.
func (j *job) toNDJSON(in, out string) error {
	from := `read_parquet(` + literal(in) + `, binary_as_string = true, hive_partitioning = false)`
	columns, err := j.columns(`SELECT * FROM ` + from)
	if err != nil {
		return err
	}
	return j.bounded(in, out, fmt.Sprintf(`COPY (SELECT %s FROM %s) TO %s (FORMAT json)`, strings.Join(columns, ", "), from, literal(out)))
}

// columns returns an expression for each column of a query.
func (j *job) columns(query string) (list []string, err error) {
	conn, err := j.db.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		prepared, err := c.(driver.ConnPrepareContext).PrepareContext(context.Background(), query)
		if err != nil {
			return err
		}
		defer prepared.Close()
		list, err = expressions(prepared.(*duckdb.Stmt))
		return err
	})
	return list, err
}

func expressions(s *duckdb.Stmt) ([]string, error) {
	n, err := s.ColumnCount()
	if err != nil {
		return nil, err
	}
	list := make([]string, n)
	for i := range list {
		name, err := s.ColumnName(i)
		if err != nil {
			return nil, err
		}
		t, err := s.ColumnTypeInfo(i)
		if err != nil {
			return nil, err
		}
		e, _ := timely(identifier(name), name, t, 0)
		list[i] = e + " AS " + identifier(name)
	}
	return list, nil
}

// timely returns the expression e, a member of that name, with its times as
// reports write them, and whether it differs from e.
func timely(e, name string, t duckdb.TypeInfo, depth int) (string, bool) {
	switch t.InternalType() {
	case duckdb.TYPE_TIMESTAMP, duckdb.TYPE_TIMESTAMP_S, duckdb.TYPE_TIMESTAMP_MS, duckdb.TYPE_TIMESTAMP_NS, duckdb.TYPE_TIMESTAMP_TZ:
		return timeText(e, name), true
	case duckdb.TYPE_LIST:
		return timelyList(e, name, t.Details().(*duckdb.ListDetails), depth)
	case duckdb.TYPE_STRUCT:
		return timelyStruct(e, t.Details().(*duckdb.StructDetails), depth)
	}
	return e, false
}

// timeText writes a time in RFC 3339, and a day, which some tools make a time
// of, as one.
func timeText(e, name string) string {
	form := "%Y-%m-%dT%H:%M:%S.%fZ"
	switch name {
	case "day", "report_start_day", "report_end_day":
		form = "%Y-%m-%d"
	}
	return "strftime(CAST(" + e + " AS TIMESTAMP), " + literal(form) + ")"
}

func timelyList(e, name string, t *duckdb.ListDetails, depth int) (string, bool) {
	x := fmt.Sprintf("x%d", depth)
	element, differs := timely(x, name, t.Child, depth+1)
	if !differs {
		return e, false
	}
	return fmt.Sprintf("list_transform(%s, lambda %s: %s)", e, x, element), true
}

func timelyStruct(e string, t *duckdb.StructDetails, depth int) (string, bool) {
	var any bool
	list := make([]string, len(t.Entries))
	for i, f := range t.Entries {
		field, differs := timely("struct_extract("+e+", "+literal(f.Name())+")", f.Name(), f.Info(), depth)
		any = any || differs
		list[i] = identifier(f.Name()) + " := " + field
	}
	if !any {
		return e, false
	}
	return fmt.Sprintf("CASE WHEN %s IS NOT NULL THEN struct_pack(%s) END", e, strings.Join(list, ", ")), true
}

// rows reads converted lines and tidies them.
type rows struct {
	file  *os.File
	lines lineReader
	dir   string // to remove
	out   []byte // tidied
	rest  []byte // of out, not read yet
}

func (r *rows) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if !r.lines.next() {
			return 0, r.lines.err
		}
		if len(r.lines.line) > 0 {
			r.out = append(tidy(r.out[:0], r.lines.line), '\n')
			r.rest = r.out
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// Close ends reading and removes the temporary files.
func (r *rows) Close() error {
	r.rest, r.lines.err = nil, os.ErrClosed
	return errors.Join(r.file.Close(), os.RemoveAll(r.dir))
}
