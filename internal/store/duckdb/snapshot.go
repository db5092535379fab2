package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"codegauge/internal/day"
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
	v := &snapshot{store: s, generation: generation}
	defer v.close()
	if generation == paused {
		if _, err := v.db(ctx); err != nil {
			return err
		}
	}
	v.cells = s.dict.Load().allCells() // all that the state has, and maybe more
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
	return s.try(ctx, paused, func(v *snapshot) error { return f(v.conn) })
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

// months returns the blocks of the range's months; read reads those that the cache
// lacks, as whole months. Questions come several at a time and need the same: one reads.
func (v *snapshot) months(k blockKey, r day.Range, read func(day.Range) (map[blockKey]*block, error)) ([]*block, error) {
	if blocks, missing := v.kept(k, r); missing.Len() == 0 {
		return blocks, nil
	}
	if v.generation != paused {
		lock := &v.store.cache.reading
		if k.users != "" {
			lock = &v.store.cache.readingPeople
		}
		lock.Lock()
		defer lock.Unlock()
	}
	blocks, missing := v.kept(k, r)
	if missing.Len() == 0 {
		return blocks, nil
	}
	found, err := read(missing)
	if err != nil {
		return nil, err
	}
	for at, b := range found {
		v.store.cache.put(at, b, v.generation)
	}
	i := 0
	for k.month = r.From.Month(); k.month <= r.To; k.month = (k.month + 31).Month() {
		if b := found[k]; b != nil {
			blocks[i] = b
		}
		i++
	}
	return blocks, nil
}

// kept returns the blocks that the cache has, nil for others, and the days from
// the first to the last month that it lacks.
func (v *snapshot) kept(k blockKey, r day.Range) ([]*block, day.Range) {
	var blocks []*block
	missing := day.Range{From: 1}
	for k.month = r.From.Month(); k.month <= r.To; k.month = (k.month + 31).Month() {
		b := v.store.cache.get(k, v.generation)
		blocks = append(blocks, b)
		if b == nil {
			missing = missing.Join(day.Range{From: k.month, To: (k.month + 31).Month() - 1})
		}
	}
	return blocks, missing
}
