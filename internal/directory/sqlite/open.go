// Package sqlite is the directory on one machine: one SQLite file. Statements
// other than its settings are plain SQL, so that PostgreSQL can take them over;
// migration/0001_directory.sql describes every table.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"codegauge/internal/directory"
	"codegauge/internal/fault"

	"golang.org/x/sys/unix"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// FileName is the directory's file within the data directory.
const FileName = "directory.db"

// Directory implements directory.Directory. Writes go one at a time; reads run
// beside them and see the state before.
type Directory struct {
	path  string
	db    *sql.DB
	write sync.Mutex
	// entities are what Entities read last: every request asks for them.
	entities atomic.Pointer[readEntities]
	revision atomic.Int64
}

// readEntities are the entities as of a revision.
type readEntities struct {
	revision int64
	list     []directory.Entity
}

var _ directory.Directory = (*Directory)(nil)

// Open opens the directory in the file, making or migrating it. A file that is
// damaged, something else or from a newer version is a fault.Conflict that
// names it.
func Open(ctx context.Context, path string) (*Directory, error) {
	if err := makePrivate(path); err != nil {
		return nil, fmt.Errorf("open directory %q: %w", path, err)
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("open directory %q: %w", path, err)
	}
	d := &Directory{path: path, db: db}
	if err := d.prepare(ctx); err != nil {
		db.Close()
		return nil, d.fail("open", err)
	}
	return d, nil
}

// makePrivate makes sure that the file is there and its owner's alone, before
// SQLite makes its companions with the same mode.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Chmod(path, 0o600)
}

// dsn returns the driver's name for the file and the settings of every connection.
func dsn(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	set := url.Values{
		"_pragma": {
			"busy_timeout(10000)",
			"foreign_keys(1)",
			"journal_mode(WAL)",
			"synchronous(FULL)",
			"trusted_schema(0)",
		},
		"_txlock": {"immediate"},
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), OmitHost: true, RawQuery: set.Encode()}
	return u.String()
}

func (d *Directory) prepare(ctx context.Context) error {
	if err := d.check(ctx); err != nil {
		return err
	}
	if err := migrate(ctx, d.db, d.path); err != nil {
		return err
	}
	return d.rewrite(ctx)
}

// check reads the whole file, which is small, for damage.
func (d *Directory) check(ctx context.Context) error {
	var found string
	if err := d.db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return d.damaged(found)
	}
	return nil
}

// Ping reports whether the directory answers.
func (d *Directory) Ping(ctx context.Context) error {
	var next int64
	err := d.db.QueryRowContext(ctx, `SELECT next FROM sequence WHERE name = 'entity'`).Scan(&next)
	return d.fail("ping", err)
}

// Close waits for a write and closes the file.
func (d *Directory) Close() error {
	d.write.Lock()
	defer d.write.Unlock()
	return d.db.Close()
}

// Revision counts this process's changes: no other has the file.
func (d *Directory) Revision(context.Context) (int64, error) { return d.revision.Load(), nil }

// change runs f in a write transaction, one at a time, and begins a new revision.
func (d *Directory) change(ctx context.Context, what string, f func(*sql.Tx) error) error {
	defer d.revision.Add(1)
	return d.note(ctx, what, f)
}

// note is change for what makes no new revision.
func (d *Directory) note(ctx context.Context, what string, f func(*sql.Tx) error) error {
	d.write.Lock()
	defer d.write.Unlock()
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return d.fail(what, err)
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return d.fail(what, err)
	}
	return d.fail(what, tx.Commit())
}

// fail says what was being done and where, and gives the engine's errors that
// the user can do something about their words.
func (d *Directory) fail(what string, err error) error {
	if err == nil || fault.KindOf(err) != fault.Internal {
		return err
	}
	if errors.Is(err, sql.ErrNoRows) {
		return d.damaged("a row that is always there is missing")
	}
	var e *driver.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return d.damaged(err.Error())
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return fault.New(fault.Unavailable, "the directory %s is in use by another process", d.path)
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
			if diskFull(d.path) {
				err = fmt.Errorf("%w: no space left on device", err)
			}
		}
	}
	return fmt.Errorf("%s directory %q: %w", what, d.path, err)
}

// diskFull reports whether the disk that holds path has next to no room:
// SQLite says only that it could not write.
func diskFull(path string) bool {
	var st unix.Statfs_t
	const least = 1 << 20
	return unix.Statfs(filepath.Dir(path), &st) == nil && int64(st.Bavail)*int64(st.Bsize) < least
}

func (d *Directory) damaged(how string) error {
	return fault.New(fault.Conflict, "the directory %s is damaged or not a directory (%s); restore it from a backup, or move it away to start anew", d.path, how)
}
