package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"codegauge/internal/cube"
	"codegauge/internal/database"
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
	err = s.view(ctx, q.Scope.Enterprise, func(v *snapshot) (err error) {
		out, err = plan.Evaluate(ctx, v)
		return err
	})
	return out, err
}

// snapshot is an enterprise's data as of one revision; it implements query.Rollups.
// What the cache does not have is read by single statements, or in a transaction that begins
// with the first read that needs one.
type snapshot struct {
	store      *Store
	enterprise int64
	revision   int64
	part       *cachePart
	// fixed says that the revision is the transaction's own.
	fixed bool
	// reading says that others wait until it has read.
	reading bool
	words   *dictionary
	end     func()
	tx      *database.Tx
	// now is the snapshot of the current revision, if this one is of an earlier one.
	now *snapshot
}

// errMoved says that the data is of another revision than the snapshot.
var errMoved = errors.New("the data has changed")

// view runs f over one state of an enterprise's data. If another revision becomes
// current between what f found in the cache and what it reads, f runs again, on
// the transaction's state.
func (s *Store) view(ctx context.Context, enterprise int64, f func(*snapshot) error) error {
	revision, err := s.db.Version(ctx, enterprise)
	if err == nil {
		err = s.try(ctx, enterprise, revision, false, f)
	}
	if errors.Is(err, errMoved) {
		err = s.try(ctx, enterprise, 0, true, f)
	}
	return s.explain("read data", err)
}

// still runs f over one committed state that is read from the database.
func (s *Store) still(ctx context.Context, enterprise int64, f func(*snapshot) error) error {
	return s.explain("read data", s.try(ctx, enterprise, 0, true, f))
}

func (s *Store) try(ctx context.Context, enterprise, revision int64, fixed bool, f func(*snapshot) error) error {
	v := &snapshot{store: s, enterprise: enterprise, revision: revision, fixed: fixed, part: s.cache.part(enterprise)}
	defer v.close()
	if fixed {
		if _, err := v.db(ctx); err != nil {
			return err
		}
	}
	if err := v.advance(ctx); err != nil {
		return err
	}
	var q database.Querier = s.db
	if v.tx != nil {
		q = v.tx
	}
	var err error
	if v.words, err = s.words(ctx, q, enterprise, v.revision); err != nil {
		return err
	}
	return f(v)
}

func (v *snapshot) close() {
	if v.end != nil {
		v.end()
	}
	v.tx, v.end = nil, nil
}

// db returns the snapshot's transaction.
func (v *snapshot) db(ctx context.Context) (*database.Tx, error) {
	if v.now != nil {
		return v.now.db(ctx)
	}
	if v.tx != nil {
		return v.tx, nil
	}
	tx, end, err := v.store.db.BeginView(ctx)
	if err != nil {
		return nil, err
	}
	v.tx, v.end = tx, end
	current, err := revisionOf(ctx, tx, v.enterprise)
	if err != nil {
		return nil, err
	}
	if v.fixed {
		v.revision = current
	} else if current != v.revision {
		return nil, errMoved
	}
	return tx, nil
}

// eachRow calls scan for every row of one statement, which asks for rows by their revision: in
// the snapshot's transaction if it has begun, else without one. What is of a revision stays
// until another is current, so that it is whole if none is afterwards.
func (v *snapshot) eachRow(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	now := v.newest()
	if now.tx != nil {
		return database.Each(ctx, now.tx, scan, query, args...)
	}
	if err := database.Each(ctx, v.store.db, scan, query, args...); err != nil {
		return err
	}
	current, err := revisionOf(ctx, v.store.db, v.enterprise)
	if err == nil && current != now.revision {
		err = errMoved
	}
	return err
}

// advance brings the enterprise's part of the cache to the snapshot's revision, if it
// is of an earlier one.
func (v *snapshot) advance(ctx context.Context) error {
	c := &v.store.cache
	have := c.revisionOf(v.part)
	if have >= v.revision {
		return nil
	}
	var q database.Querier = v.store.db
	if v.tx != nil {
		q = v.tx
	}
	months := map[day.Day]bool{}
	err := database.Each(ctx, q, func(rows *sql.Rows) error {
		var m day.Day
		err := rows.Scan(&m)
		months[m] = true
		return err
	}, `SELECT DISTINCT month FROM changed_month WHERE enterprise = ? AND revision > ?`, v.enterprise, have)
	if err != nil {
		return fmt.Errorf("read which months have changed: %w", err)
	}
	c.advance(v.part, have, v.revision, months)
	return nil
}

// Revision implements query.Rollups.
func (v *snapshot) Revision() int64 { return v.revision }

// AsOf implements query.Rollups.
func (v *snapshot) AsOf(revision int64) query.Rollups {
	return &snapshot{store: v.store, enterprise: v.enterprise, revision: revision, part: v.part, words: v.words, now: v.newest()}
}

// newest returns the snapshot of the current revision.
func (v *snapshot) newest() *snapshot {
	if v.now != nil {
		return v.now
	}
	return v
}

// Differs implements query.Rollups. What is gone has a row that says so as long as an
// earlier revision is kept.
func (v *snapshot) Differs(ctx context.Context, r day.Range, revision int64, records bool) (some bool, err error) {
	tx, err := v.db(ctx)
	tables := []string{"unit", "people_sets"}
	if records {
		tables = append(tables, "report_day")
	}
	for _, table := range tables {
		if err == nil && !some {
			err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+table+` WHERE enterprise = ? AND day BETWEEN ? AND ? AND revision > ? AND revision <= ?)`,
				v.enterprise, int(r.From), int(r.To), revision, v.revision).Scan(&some)
		}
	}
	return some, err
}

// Dictionary implements query.Rollups.
func (v *snapshot) Dictionary() *cube.Dictionary { return &v.words.Dictionary }

// recall returns an answer that is kept as long as the revision is current.
func recall[T any](ctx context.Context, v *snapshot, k memoKey, read func(ctx context.Context, tx *database.Tx) (T, error)) (T, error) {
	v = v.newest()
	if kept, ok := v.store.cache.recall(v.part, v.revision, k); ok {
		return kept.(T), nil
	}
	tx, err := v.db(ctx)
	if err != nil {
		var none T
		return none, err
	}
	out, err := read(ctx, tx)
	if err == nil {
		v.store.cache.remember(v.part, v.revision, k, out)
	}
	return out, err
}

// months returns what is kept of the range's months; read reads those that the cache
// lacks, as whole months. Questions come several at a time and need the same: one reads.
func (v *snapshot) months(k cacheKey, r day.Range, read func(day.Range) (map[cacheKey]*cached, error)) ([]*cached, error) {
	k = v.at(k)
	blocks, missing := v.kept(k, r)
	if missing.Len() == 0 {
		return blocks, nil
	}
	lock := &v.part.reading
	if k.users != "" {
		lock = &v.part.readingPeople
	}
	defer v.waitToRead(lock)()
	if blocks, missing = v.kept(k, r); missing.Len() == 0 {
		return blocks, nil
	}
	found, err := read(missing)
	if err != nil {
		return nil, err
	}
	for key, b := range found {
		v.put(key, b)
	}
	i := 0
	for k.month = range r.Months() {
		if b := found[k]; b != nil {
			blocks[i] = b
		}
		i++
	}
	return blocks, nil
}

// at returns the key under which the cache has something as of the snapshot's revision.
func (v *snapshot) at(k cacheKey) cacheKey {
	if v.now != nil {
		k.asOf = v.revision
	}
	return k
}

func (v *snapshot) put(k cacheKey, b *cached) {
	v.store.cache.put(v.part, v.newest().revision, k, b)
}

// waitToRead waits until nobody else reads what the lock is about, and returns what lets
// the next one read. Before and after, the snapshot holds no connection: whoever reads may
// need it, and a session that has read this before reads more quickly than a new one. A
// snapshot that must keep its transaction waits for nobody.
func (v *snapshot) waitToRead(lock *sync.Mutex) (done func()) {
	v = v.newest()
	if v.fixed || v.reading {
		return func() {}
	}
	v.close()
	lock.Lock()
	v.reading = true
	return func() {
		v.reading = false
		v.close()
		lock.Unlock()
	}
}

// kept returns what the cache has, nil for others, and the days from the first to the
// last month that it lacks.
func (v *snapshot) kept(k cacheKey, r day.Range) ([]*cached, day.Range) {
	var blocks []*cached
	missing := day.Range{From: 1}
	for k.month = range r.Months() {
		b := v.store.cache.get(v.part, v.newest().revision, k)
		blocks = append(blocks, b)
		if b == nil {
			missing = missing.Join(day.Range{From: k.month, To: k.month.NextMonth() - 1})
		}
	}
	return blocks, missing
}
