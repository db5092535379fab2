package duckdb

import (
	"context"
	"database/sql"
	"sync"

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

// memberSource hands out user-teams rows that lie in memory.
type memberSource struct {
	mu   sync.Mutex
	rows []memberRow
}

func (s *memberSource) ColumnInfos() []duck.ColumnInfo { return memberColumns }
func (s *memberSource) Cardinality() *duck.CardinalityInfo {
	return &duck.CardinalityInfo{Cardinality: uint(len(s.rows)), Exact: true}
}
func (s *memberSource) Init() duck.ParallelTableSourceInfo { return duck.ParallelTableSourceInfo{} }
func (s *memberSource) NewLocalState() any                 { return s }
func (s *memberSource) FillChunk(_ any, chunk duck.DataChunk) error {
	s.mu.Lock()
	n := min(len(s.rows), duck.GetDataChunkCapacity())
	rows := s.rows[:n]
	s.rows = s.rows[n:]
	s.mu.Unlock()
	for i := range rows {
		c := cells{chunk: &chunk, row: i}
		setMember(&c, &rows[i])
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

func (c *cells) counters(k *report.Counters) {
	for i := range report.NumCounters {
		if n, ok := k.Get(i); ok {
			put(c, n)
		} else {
			c.null()
		}
	}
}

var recordColumns = columns(duck.TYPE_INTEGER, "stream", "day", "user", "copy").
	and(duck.TYPE_BIGINT, "version", "seq").
	and(duck.TYPE_BIGINT, metric.Columns[:]...).
	and(duck.TYPE_DOUBLE, "credits").
	and(duck.TYPE_BOOLEAN, "reduced", "substituted").
	and(duck.TYPE_USMALLINT, "flags_known", "flags").
	and(duck.TYPE_BIGINT, "phase", "daily", "weekly", "monthly").
	and(duck.TYPE_BLOB, "facts", "rest")

func setRecord(c *cells, row *recordRow) {
	r := row.record
	put(c, row.stream)
	put(c, int32(r.Day))
	put(c, row.user)
	put(c, row.copy)
	put(c, row.version)
	put(c, r.Seq)
	c.counters(&row.split.Total)
	putOptional(c, r.Credits)
	put(c, row.split.Reduced)
	put(c, row.split.Substituted != 0)
	put(c, r.Flags.Known)
	put(c, r.Flags.Value)
	putOptional(c, r.Phase)
	putOptional(c, r.Reported.Daily)
	putOptional(c, r.Reported.Weekly)
	putOptional(c, r.Reported.Monthly)
	put(c, row.facts)
	put(c, row.rest)
}

var memberColumns = columns(duck.TYPE_INTEGER, "stream", "day", "user").
	and(duck.TYPE_BIGINT, "organization", "team", "version", "seq").
	and(duck.TYPE_BLOB, "body")

func setMember(c *cells, r *memberRow) {
	put(c, r.stream)
	put(c, int32(r.day))
	put(c, r.user)
	put(c, r.organization)
	put(c, r.team)
	put(c, r.version)
	put(c, r.seq)
	put(c, r.body)
}

// execer is a connection or transaction.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func typeInfo(t duck.Type) duck.TypeInfo {
	info, err := duck.NewTypeInfo(t)
	if err != nil {
		panic(err) // a plain type: cannot fail
	}
	return info
}
