// Package sqlstore is the analytics store over the one database, embedded or a
// server (package database).
//
// Records are kept as blocks: the rows of one report day of some hundred accounts,
// compressed (block.go). Whatever changes data (change.go) locks the enterprise,
// reads the blocks of the days that it touches, lets package merge decide what
// becomes of their rows, rolls the days up anew (package rollup), writes the rows
// that are different under a revision that nobody sees, and makes it current in one
// small transaction. Questions are answered by package query from units and sets of
// people, which are kept in memory until a revision changes their month.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"codegauge/internal/database"
	"codegauge/internal/fault"
	"codegauge/internal/store"
)

// Options bounds the store.
type Options struct {
	// MemoryMB is how much of the data that was read is kept in memory, and about
	// how much an import collects before it goes to disk; 0 is 160.
	MemoryMB int
	// Threads is how many goroutines an import uses; 0 is one a processor.
	Threads int
	// SpoolDir is where an import's records wait in a file if they are many; "" is
	// the system's temporary directory.
	SpoolDir string
}

// Store implements store.Store.
type Store struct {
	db    *database.DB
	opt   Options
	cache cache

	mu          sync.Mutex
	enterprises map[int64]*enterpriseState
}

// enterpriseState is what is kept in memory of an enterprise beside its figures.
type enterpriseState struct {
	// words grow only. They are read from the database without the mutex: who waits
	// for a connection must not keep others, who have theirs, from going on.
	wordsMu sync.Mutex
	words   *dictionary
	// writer has the accounts for whoever changes data; only the holder of the
	// enterprise's lock uses it.
	writer *accounts
}

var (
	_ store.Store    = (*Store)(nil)
	_ store.Retainer = (*Store)(nil)
	_ store.Eraser   = (*Store)(nil)
)

// New returns the store in a database that has the newest form.
func New(db *database.DB, opt Options) *Store {
	if opt.MemoryMB == 0 {
		opt.MemoryMB = 160
	}
	return &Store{db: db, opt: opt, cache: cache{limit: opt.MemoryMB << 20}, enterprises: map[int64]*enterpriseState{}}
}

// Ping reports whether the store answers.
func (s *Store) Ping(ctx context.Context) error { return s.db.Ping(ctx) }

// Close does nothing: the database is closed by who opened it.
func (s *Store) Close() error { return nil }

// explain says what was being done, and what a person can do where stored rows are damaged.
func (s *Store) explain(what string, err error) error {
	if errors.Is(err, errDamaged) {
		return fault.New(fault.Conflict, "the database %s is damaged (%v): codegauge verify lists the days; restore it from a backup, or delete those days and import them again", s.db.Name(), err)
	}
	return s.db.Explain(what, err)
}

func (s *Store) of(enterprise int64) *enterpriseState {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.enterprises[enterprise]
	if e == nil {
		e = &enterpriseState{words: newDictionary(enterprise)}
		s.enterprises[enterprise] = e
	}
	return e
}

// words returns the enterprise's dictionary with everything that the state which q
// sees speaks of, and maybe more.
func (s *Store) words(ctx context.Context, q database.Querier, enterprise, revision int64) (*dictionary, error) {
	e := s.of(enterprise)
	e.wordsMu.Lock()
	known := e.words
	e.wordsMu.Unlock()
	if known.revision >= revision && revision != latest {
		return known, nil
	}
	fresh, err := known.refreshed(ctx, q, revision)
	if err != nil {
		return nil, fmt.Errorf("read the words of enterprise %d: %w", enterprise, err)
	}
	e.wordsMu.Lock()
	defer e.wordsMu.Unlock()
	if fresh.revision >= e.words.revision {
		e.words = fresh
	}
	return fresh, nil
}

// revisionOf returns the current revision of an enterprise's data, 0 if it has none.
func revisionOf(ctx context.Context, q database.Querier, enterprise int64) (int64, error) {
	list, err := database.Collect(ctx, q, func(rows *sql.Rows) (n int64, err error) { return n, rows.Scan(&n) },
		`SELECT revision FROM version WHERE scope = ?`, enterprise)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return list[0], nil
}
