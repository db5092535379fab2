// Package duckdb is the embedded analytics store: one DuckDB file.
//
// user_day holds what was imported, each claim of each source; unit and people
// are rollups of the effective claims, rebuilt by package rollup for the days
// that an import touches, in its transaction. The files in migration describe
// every table. Queries are evaluated by package query over rows of unit and
// people, which are kept in memory as they were read; for questions about
// single users over rows of user_day.
package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"codegauge/internal/fault"
	"codegauge/internal/store"

	duck "github.com/duckdb/duckdb-go/v2"
)

// FileName is the store's file within the data directory.
const FileName = "analytics.duckdb"

// Options bounds the engine.
type Options struct {
	// MemoryMB is what DuckDB may use before it spills to disk; the process
	// uses a few hundred more. 0 is 160.
	MemoryMB int
	// Threads is how many threads a query may use; 0 is all cores.
	Threads int
}

// Store implements store.Store. One import runs at a time; reads run beside it
// and see the state before it.
type Store struct {
	path  string
	db    *sql.DB
	write sync.Mutex // held by an import or deletion
	feeds feeds
	cache cache
	dict  atomic.Pointer[dictionary]
}

var (
	_ store.Store    = (*Store)(nil)
	_ store.Retainer = (*Store)(nil)
	_ store.Eraser   = (*Store)(nil)
)

// Open opens the store in a directory, making or migrating its file. A file
// that is no database, or damaged, is an error that names it.
func Open(ctx context.Context, dir string, opt Options) (*Store, error) {
	path := filepath.Join(dir, FileName)
	if strings.Contains(path, "?") { // for DuckDB what follows is no part of the name
		return nil, fault.New(fault.Invalid, "the store cannot be in %s: its name has a question mark", dir)
	}
	if err := create(ctx, dir, opt); err != nil {
		return nil, openError(path, err)
	}
	if err := rewrite(ctx, dir, opt); err != nil {
		return nil, openError(path, err)
	}
	db, err := openFile(ctx, path, opt)
	if err != nil {
		return nil, openError(path, err)
	}
	db.SetMaxIdleConns(4)
	s := &Store{path: path, db: db}
	if err := s.prepare(ctx); err != nil {
		s.db.Close()
		return nil, openError(path, err)
	}
	return s, os.Chmod(path, 0o600)
}

func (s *Store) prepare(ctx context.Context) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := migrate(ctx, conn); err != nil {
		return err
	}
	if err := s.feeds.register(conn); err != nil {
		return err
	}
	dict, err := loadLinked(ctx, conn)
	s.dict.Store(dict)
	return err
}

// rowGroup is how many rows DuckDB keeps together. A transaction writes them to the
// file once they are so many, and holds them in memory until then: its own 122,880
// are hundreds of megabytes of units and sets of people.
const rowGroup = 20_480

// format is the oldest release of DuckDB that must be able to read the file. Before
// it, every column's estimate of distinct values took 3 KB of 6-bit counters, of
// which a damage could make values that DuckDB counts outside of an array.
const format = "v1.1.0"

// attached names a file as ATTACH takes it, with what every file of the store has.
func attached(path, name string) string {
	return fmt.Sprintf("%s AS %s (ROW_GROUP_SIZE %d, STORAGE_VERSION %s)", quoted(path), name, rowGroup, quoted(format))
}

// openFile opens a file of DuckDB's, making it if it is not there. Only a database
// that is attached can have row groups of a size, so it is, by every connection.
func openFile(ctx context.Context, path string, opt Options) (*sql.DB, error) {
	ctx = context.WithoutCancel(ctx) // connections are made as long as the store is open
	connector, err := duck.NewConnector(":memory:?"+settings(path, opt), func(conn driver.ExecerContext) error {
		_, err := conn.ExecContext(ctx, "ATTACH IF NOT EXISTS "+attached(path, "store")+"; USE store", nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func settings(path string, opt Options) string {
	if opt.MemoryMB == 0 {
		opt.MemoryMB = 160
	}
	set := url.Values{
		"memory_limit":                 {fmt.Sprintf("%dMB", opt.MemoryMB)},
		"temp_directory":               {filepath.Join(filepath.Dir(path), "tmp")},
		"write_buffer_row_group_count": {"1"},
		"autoinstall_known_extensions": {"false"},
		"autoload_known_extensions":    {"false"},
		"allow_community_extensions":   {"false"},
	}
	if opt.Threads > 0 {
		set.Set("threads", strconv.Itoa(opt.Threads))
	}
	return set.Encode()
}

// Ping reports whether the store answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.db.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// Close writes everything to the file and closes it.
func (s *Store) Close() error {
	s.write.Lock()
	defer s.write.Unlock()
	return s.db.Close()
}
