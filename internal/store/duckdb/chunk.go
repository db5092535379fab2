package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/report"

	duck "github.com/duckdb/duckdb-go/v2"
)

// columnList describes the columns of a table function.
type columnList []duck.ColumnInfo

func columns(t duck.Type, names ...string) columnList { return columnList(nil).and(t, names...) }

func (c columnList) and(t duck.Type, names ...string) columnList {
	for _, n := range names {
		c = append(c, duck.ColumnInfo{Name: n, T: typeInfo(t)})
	}
	return c
}

// rowSource hands out rows that lie in memory.
type rowSource[T any] struct {
	columns columnList
	set     func(cells *cells, r *T)
	mu      sync.Mutex
	rows    []T
}

func (s *rowSource[T]) ColumnInfos() []duck.ColumnInfo { return s.columns }
func (s *rowSource[T]) Cardinality() *duck.CardinalityInfo {
	return &duck.CardinalityInfo{Cardinality: uint(len(s.rows)), Exact: true}
}
func (s *rowSource[T]) Init() duck.ParallelTableSourceInfo { return duck.ParallelTableSourceInfo{} }
func (s *rowSource[T]) NewLocalState() any                 { return s }
func (s *rowSource[T]) FillChunk(_ any, chunk duck.DataChunk) error {
	s.mu.Lock()
	n := min(len(s.rows), duck.GetDataChunkCapacity())
	rows := s.rows[:n]
	s.rows = s.rows[n:]
	s.mu.Unlock()
	for i := range rows {
		c := cells{chunk: &chunk, row: i}
		s.set(&c, &rows[i])
		if c.err != nil {
			return c.err
		}
	}
	return chunk.SetSize(n)
}

// cells writes one row of a chunk, column by column; the first error stays.
type cells struct {
	chunk    *duck.DataChunk
	row, col int
	err      error
}

func put[T any](c *cells, v T) {
	if err := duck.SetChunkValue(*c.chunk, c.col, c.row, v); err != nil && c.err == nil {
		c.err = err
	}
	c.col++
}

func (c *cells) null() { put[any](c, nil) }

func putOptional[T any](c *cells, v *T) {
	if v == nil {
		c.null()
		return
	}
	put(c, *v)
}

func (c *cells) text(s string) {
	if s == "" {
		c.null()
		return
	}
	put(c, s)
}

func (c *cells) day(d day.Day) {
	if d == 0 {
		c.null()
		return
	}
	put(c, int32(d))
}

func (c *cells) counters(k *report.Counters) {
	for i := range report.NumCounters {
		if n, ok := k.Get(i); ok {
			put(c, n)
		} else {
			c.null()
		}
	}
}

func setFact(chunk *duck.DataChunk, row int, f *factRow) {
	c := cells{chunk: chunk, row: row}
	put(&c, f.stream)
	put(&c, int32(f.day))
	put(&c, f.user)
	put(&c, f.copy)
	put(&c, f.cell)
	put(&c, f.client)
	c.counters(&f.counters)
}

var recordColumns = columns(duck.TYPE_INTEGER, "stream", "day", "user", "copy").
	and(duck.TYPE_BIGINT, "version", "seq").
	and(duck.TYPE_BIGINT, metric.Columns[:]...).
	and(duck.TYPE_DOUBLE, "credits").
	and(duck.TYPE_BOOLEAN, "reduced", "substituted").
	and(duck.TYPE_UTINYINT, "present", "arrays").
	and(duck.TYPE_USMALLINT, "flags_known", "flags").
	and(duck.TYPE_BIGINT, "phase", "daily", "weekly", "monthly").
	and(duck.TYPE_VARCHAR, "login", "tool", "enterprise_id", "organization_id").
	and(duck.TYPE_INTEGER, "report_start", "report_end").
	and(duck.TYPE_BIGINT, "created_at").
	and(duck.TYPE_VARCHAR, "extra", "rows_extra", "wrapper")

func setRecord(c *cells, r *recordRow) {
	put(c, r.stream)
	put(c, int32(r.day))
	put(c, r.user)
	put(c, r.copy)
	put(c, r.version)
	put(c, r.seq)
	c.counters(&r.total)
	putOptional(c, r.credits)
	put(c, r.reduced)
	put(c, r.substituted)
	put(c, r.present)
	put(c, r.arrays)
	put(c, r.flags.Known)
	put(c, r.flags.Value)
	putOptional(c, r.phase)
	putOptional(c, r.reported.Daily)
	putOptional(c, r.reported.Weekly)
	putOptional(c, r.reported.Monthly)
	c.text(r.login)
	c.text(r.tool)
	c.text(r.enterprise)
	c.text(r.org)
	c.day(r.start)
	c.day(r.end)
	if r.created == 0 {
		c.null()
	} else {
		put(c, r.created)
	}
	c.text(r.extra)
	c.text(r.rowsExtra)
	c.text(r.wrapper)
}

var memberColumns = columns(duck.TYPE_INTEGER, "stream", "day", "user").
	and(duck.TYPE_BIGINT, "organization", "team", "seq").
	and(duck.TYPE_VARCHAR, "body")

func setMember(c *cells, r *memberRow) {
	put(c, r.stream)
	put(c, int32(r.day))
	put(c, r.user)
	put(c, r.organization)
	put(c, r.team)
	put(c, r.seq)
	put(c, r.body)
}

// execer is a connection or transaction.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// insertRows inserts rows of one width, some hundred to a statement.
func insertRows(ctx context.Context, tx execer, table string, rows [][]any) error {
	const batch = 200
	for len(rows) > 0 {
		n := min(batch, len(rows))
		one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(rows[0])), ", ") + ")"
		var args []any
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		stmt := "INSERT INTO " + table + " VALUES " + strings.TrimSuffix(strings.Repeat(one+", ", n), ", ")
		if _, err := tx.ExecContext(ctx, stmt, args...); err != nil {
			return fmt.Errorf("insert into %s: %w", table, err)
		}
		rows = rows[n:]
	}
	return nil
}
