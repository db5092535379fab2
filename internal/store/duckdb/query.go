package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// Query implements store.Store.
func (s *Store) Query(ctx context.Context, q query.Query) (*query.Result, error) {
	plan, err := query.Compile(q)
	if err != nil {
		return nil, err
	}
	var out *query.Result
	err = s.view(ctx, func(v *snapshot) (err error) {
		out, err = plan.Evaluate(ctx, v)
		return err
	})
	return out, err
}

// view runs f on one state of the data. If a change commits between what f
// found in the cache and what it reads, f runs again without the cache.
func (s *Store) view(ctx context.Context, f func(*snapshot) error) error {
	generation := s.cache.now()
	err := s.try(ctx, generation, f)
	if errors.Is(err, errMoved) {
		err = s.try(ctx, paused, f)
	}
	return err
}

func (s *Store) try(ctx context.Context, generation int, f func(*snapshot) error) error {
	v := &snapshot{store: s, generation: generation, cells: s.dict.Load().allCells()}
	defer v.close()
	return f(v)
}

// errMoved says that a change was committed since the snapshot began.
var errMoved = errors.New("the data has changed")

// snapshot is one state of the data; it implements query.Rollups. What the
// cache does not have is read in a transaction that begins with the first such read.
type snapshot struct {
	store      *Store
	generation int
	cells      []query.Cell
	conn       *sql.Conn
}

func (v *snapshot) close() {
	if v.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, _ = v.conn.ExecContext(ctx, "ROLLBACK") // it has only read
	v.conn.Close()
}

// db returns the snapshot's transaction.
func (v *snapshot) db(ctx context.Context) (*sql.Conn, error) {
	if v.conn != nil {
		return v.conn, nil
	}
	conn, err := v.store.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	v.conn = conn
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return nil, err
	}
	// The first statement fixes the state that the transaction sees.
	if _, err := conn.ExecContext(ctx, "SELECT 1 FROM migration"); err != nil {
		return nil, err
	}
	if v.generation != paused && v.store.cache.now() != v.generation {
		return nil, errMoved
	}
	return conn, nil
}

// still runs f over one committed state of the data.
func (s *Store) still(ctx context.Context, f func(db *sql.Conn) error) error {
	v := &snapshot{store: s, generation: paused}
	defer v.close()
	db, err := v.db(ctx)
	if err != nil {
		return err
	}
	return f(db)
}

// Cells implements query.Rollups.
func (v *snapshot) Cells() []query.Cell { return v.cells }

// memo returns an answer that is kept until anything changes.
func memo[T any](ctx context.Context, s *Store, k memoKey, read func(ctx context.Context, db *sql.Conn) (T, error)) (T, error) {
	var out T
	err := s.view(ctx, func(v *snapshot) error { return recall(ctx, v, k, &out, read) })
	return out, err
}

func recall[T any](ctx context.Context, v *snapshot, k memoKey, out *T, read func(ctx context.Context, db *sql.Conn) (T, error)) error {
	if kept, ok := v.store.cache.recall(k, v.generation); ok {
		*out = kept.(T)
		return nil
	}
	db, err := v.db(ctx)
	if err != nil {
		return err
	}
	if *out, err = read(ctx, db); err == nil {
		v.store.cache.remember(k, *out, v.generation)
	}
	return err
}

// Span implements store.Store.
func (s *Store) Span(ctx context.Context, sc query.Scope) (day.Range, error) {
	return memo(ctx, s, memoKey{"span", sc.Entity()}, func(ctx context.Context, db *sql.Conn) (day.Range, error) {
		var from, to sql.NullTime
		err := db.QueryRowContext(ctx, `SELECT min(day), max(day) FROM `+unitTable(sc.Level())+` WHERE entity = ?`, sc.Entity()).Scan(&from, &to)
		if err != nil {
			return day.Range{}, fmt.Errorf("span: %w", err)
		}
		if !from.Valid {
			return day.Range{From: 1, To: 0}, nil
		}
		return day.Range{From: day.Of(from.Time), To: day.Of(to.Time)}, nil
	})
}

// DataVersion implements store.Store.
func (s *Store) DataVersion(ctx context.Context, enterprise int64) (int64, error) {
	return memo(ctx, s, memoKey{"version", enterprise}, func(ctx context.Context, db *sql.Conn) (int64, error) {
		var v int64
		err := db.QueryRowContext(ctx, `SELECT coalesce(max(revision), 0) FROM revision_day WHERE enterprise = ?`, enterprise).Scan(&v)
		return v, err
	})
}

// Values implements store.Store.
func (s *Store) Values(ctx context.Context, sc query.Scope, r day.Range, dimension string) ([]string, error) {
	d := metric.DimensionByName(dimension)
	if d == nil || dimension != "tool" && dimension != string(d.Key) {
		return nil, fault.New(fault.Invalid, "dimension %.60q has no list of values", dimension)
	}
	found := map[string]bool{}
	err := s.view(ctx, func(v *snapshot) error { return v.values(ctx, sc, r, d, found) })
	out := make([]string, 0, len(found))
	for name := range found {
		out = append(out, name)
	}
	slices.Sort(out)
	return out, err
}

// values adds what the units have of a dimension, in any breakdown that carries it.
func (v *snapshot) values(ctx context.Context, sc query.Scope, r day.Range, d *metric.Dimension, found map[string]bool) error {
	seen := make([]bool, len(v.cells))
	for _, b := range metric.Breakdowns {
		if (d.Key == metric.NoKey) != (b.Breakdown == metric.Totals) || d.Key != metric.NoKey && !slices.Contains(b.Keys, d.Key) {
			continue
		}
		units, err := v.Units(ctx, sc.Itself(), r, b.Breakdown)
		if err != nil {
			return err
		}
		for _, u := range units {
			if d.Key == metric.NoKey {
				found[u.Tool] = true
			}
			for i := range u.Cells {
				if cell := u.Cells[i].Cell; !seen[cell] {
					seen[cell] = true
					if name, ok := v.cells[cell].Key(d.Key); ok {
						found[name] = true
					}
				}
			}
		}
	}
	return nil
}

func micros(us int64) time.Time { return time.UnixMicro(us).UTC() }
