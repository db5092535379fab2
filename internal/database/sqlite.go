package database

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"codegauge/internal/fault"

	"github.com/pressly/goose/v3"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// FileName is the embedded database's file within the data directory.
const FileName = "codegauge.db"

// pageSize is the file's. Blocks of user-days take several pages each, and most
// other rows are small: twice SQLite's own size reads blocks with half the steps.
const pageSize = 8192

// sqlite is the embedded engine: one file of one process.
type sqlite struct {
	// vfs is by what SQLite reads and writes the file: checksumVFS, or "" for its own.
	vfs string
}

// OpenFile opens the database in a file, making it if there is none. A file that
// is damaged or something else is a fault.Conflict that names it.
func OpenFile(ctx context.Context, path string) (*DB, error) {
	return OpenFileWith(ctx, path, FileOptions{})
}

// FileOptions configures how a file is opened.
type FileOptions struct {
	// VFS is the name of the layer by which SQLite reads and writes files, which has to
	// go through VFS, the usual one: tests have some that fail.
	VFS string
}

// OpenFileWith is OpenFile with options.
func OpenFileWith(ctx context.Context, path string, opt FileOptions) (*DB, error) {
	d := &DB{dialect: sqlite{}, name: path}
	vfs, err := d.prepareFile(path)
	if err != nil {
		return nil, d.Explain("open", err)
	}
	if vfs != "" {
		vfs = cmp.Or(opt.VFS, vfs)
	}
	if err := d.connect(ctx, vfs); err != nil {
		return nil, err
	}
	return d, nil
}

// idleConnections is how many connections are kept open.
func idleConnections() int { return max(4, 2*runtime.GOMAXPROCS(0)) }

// prepareFile makes the file if there is none, looks it over and returns the VFS for it.
func (d *DB) prepareFile(path string) (vfs string, err error) {
	if err := registerLayer(); err != nil {
		return "", err
	}
	if err := makeFile(path); err != nil {
		return "", err
	}
	if err := makePrivate(path); err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	page := make([]byte, pageSize)
	n, err := io.ReadFull(f, page)
	if err := unlessShort(err); err != nil {
		return "", err
	}
	checked, how := headOf(page[:n])
	if checked && how == "" {
		vfs = checksumVFS
		if how, err = checkLog(path); err != nil {
			return "", err
		}
	}
	if how != "" {
		return "", d.damaged(how)
	}
	return vfs, nil // "" is for another program's, which is refused later
}

// makeFile makes a database without tables if there is none: whole, or not at all.
func makeFile(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(emptyFile()); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// makePrivate makes sure that the file is there and its owner's alone, before
// SQLite makes its companions with the same mode. One that cannot be written to stays
// as it is.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil && fileReadOnly(path) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Chmod(path, 0o600)
}

// dsn returns the driver's name for the file and the settings of every connection.
func dsn(path, vfs string) string {
	set := url.Values{
		"_journal_mode": {"WAL"}, // after the page's size, which it makes final
		"_pragma": {
			fmt.Sprintf("page_size(%d)", pageSize),
			"busy_timeout(10000)",
			"foreign_keys(1)",
			"synchronous(FULL)",
			"secure_delete(1)",
			"trusted_schema(0)",
			"cache_size(-4000)",
			"temp_store(2)",
			"journal_size_limit(67108864)",
		},
	}
	if vfs != "" {
		set.Set("vfs", vfs)
	}
	return fileURI(path, set)
}

// readingDSN is dsn for connections that only read, of a file that nobody writes to: one
// with a log needs it read, any other is all that there is.
func readingDSN(path, vfs string) string {
	set := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)", "trusted_schema(0)", "cache_size(-4000)", "temp_store(2)"}}
	if !logLeft(path) {
		set.Set("immutable", "1")
	}
	if vfs != "" {
		set.Set("vfs", vfs)
	}
	return fileURI(path, set)
}

// fileURI names a file to SQLite.
func fileURI(path string, set url.Values) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), OmitHost: true, RawQuery: set.Encode()}
	return u.String()
}

func (sqlite) embedded() bool { return true }
func (sqlite) numbered() bool { return false }

func (sqlite) begin(ctx context.Context, t *Tx) error {
	how := "BEGIN IMMEDIATE"
	if t.reads {
		how = "BEGIN"
	}
	_, err := t.conn.ExecContext(ctx, how)
	return err
}

// writer is the key of the process's one writer.
var writer = lockKey{}

func (sqlite) beginWrite(ctx context.Context, d *DB) (func(), error) {
	unlock, err := d.locks.take(ctx, writer)
	if err != nil {
		return nil, err
	}
	if err := d.reopen(ctx); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

func (sqlite) insert(ctx context.Context, t *Tx, table string, columns []string, rows [][]any) error {
	s, err := t.prepare(ctx, `INSERT INTO `+table+` (`+strings.Join(columns, ", ")+`) VALUES (`+strings.Repeat("?, ", len(columns)-1)+`?)`) //nolint:sqlclosecheck // the transaction keeps its statements, and closes them
	if err != nil {
		return err
	}
	for _, row := range rows {
		if _, err := s.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return nil
}

func (sqlite) lock(ctx context.Context, d *DB, kind int32, keys []int64) (*Lock, error) {
	return d.lockHere(ctx, kind, keys)
}

func (sqlite) extend(context.Context, *Lock, int32, int64) error { return nil }

func (sqlite) tryLock(_ context.Context, d *DB, kind int32, key int64) (*Lock, error) {
	return d.tryLockHere(kind, key), nil
}

func (sqlite) fault(d *DB, err error) error {
	var e *driver.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return d.damaged(err.Error())
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fault.New(fault.Unavailable, "the database %s is in use by another process", d.name)
	case sqlite3.SQLITE_READONLY:
		return d.readOnly()
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		if e.Code() == sqlite3.SQLITE_IOERR_DATA {
			return d.damaged("the checksum of a page does not match")
		}
		if e.Code()&0xff == sqlite3.SQLITE_FULL || diskFull(d.name) {
			return d.noRoom()
		}
		if slices.Contains(writeErrors, e.Code()) {
			return fault.New(fault.Unavailable, "cannot write to the database %s: %v", d.name, err)
		}
	}
	return nil
}

// writeErrors are SQLite's codes for writes that the system refused.
var writeErrors = []int{sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC, sqlite3.SQLITE_IOERR_TRUNCATE,
	sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMOPEN}

func (sqlite) unwritable(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && (slices.Contains([]int{sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY}, e.Code()&0xff) || slices.Contains(writeErrors, e.Code()))
}

func (d *DB) noRoom() error {
	return fault.New(fault.Unavailable, "cannot write to the database %s: no space left on device", d.name)
}

func (d *DB) readOnly() error {
	return fault.New(fault.Unavailable, "cannot write to the database %s: its disk or file is read-only", d.name)
}

// writable looks at the file's disk: to write something would be a write to the disk for
// each time it is asked.
func (sqlite) writable(_ context.Context, d *DB) error {
	switch {
	case diskFull(d.name):
		return d.noRoom()
	case fileReadOnly(d.name):
		return d.readOnly()
	}
	return nil
}

// leastRoom is when a disk counts as full: SQLite says only that it could not write.
const leastRoom = 1 << 20

func (d *DB) damaged(how string) error {
	return fault.New(fault.Conflict, "the database %s is damaged or not a database (%s): restore it from a backup, or move it away to start afresh", d.name, how)
}

func (sqlite) ours(ctx context.Context, d *DB) error {
	var tables, migrated int
	err := d.QueryRowContext(ctx, `
		SELECT count(*), coalesce(sum(CASE WHEN name = ? THEN 1 ELSE 0 END), 0)
		FROM   sqlite_master
		WHERE  type = 'table'`, migrationTable).Scan(&tables, &migrated)
	if err != nil {
		return err
	}
	if tables > 0 && migrated == 0 {
		return fault.New(fault.Conflict, "%s is a database of another program: move it away to start afresh", d.name)
	}
	return nil
}

func (sqlite) hasTable(ctx context.Context, d *DB, name string) (there bool, err error) {
	err = d.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?)`, name).Scan(&there)
	return there, err
}

func (sqlite) goose() goose.Dialect { return goose.DialectSQLite3 }

func (sqlite) upgrade(ctx context.Context, d *DB) error {
	unlock, err := d.dialect.beginWrite(ctx, d)
	if err != nil {
		return err
	}
	unlock()
	return d.runMigrations(ctx)
}

// check runs SQLite's own check of every page and index.
func (sqlite) check(ctx context.Context, d *DB) ([]string, error) {
	list, err := Collect(ctx, d, func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) }, `PRAGMA integrity_check(20)`)
	if len(list) == 1 && list[0] == "ok" {
		list = nil
	}
	return list, err
}

func (sqlite) close(d *DB) error {
	unlock, err := d.locks.take(context.Background(), writer)
	if err != nil {
		return err
	}
	defer unlock()
	return d.pool.Close()
}

// Backup writes a copy of the embedded database, as of one moment, to a new file.
func (d *DB) Backup(ctx context.Context, path string) error {
	if !d.Embedded() {
		return fault.New(fault.Unsupported, "the database %s cannot be backed up by Codegauge: use PostgreSQL's own tools, such as pg_dump", d.name)
	}
	if err := makePrivate(path); err != nil {
		return fmt.Errorf("back up to %q: %w", path, err)
	}
	err := d.View(ctx, func(ctx context.Context, tx *Tx) error {
		// The transaction begins with its first read. While it lasts the copy is
		// not begun again when something is written meanwhile.
		var one int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master`).Scan(&one); err != nil {
			return err
		}
		set := url.Values{}
		if s, ok := d.dialect.(sqlite); ok && s.vfs != "" {
			set.Set("vfs", s.vfs)
		}
		return tx.conn.Raw(func(c any) error { return copyPages(ctx, c, fileURI(path, set)) })
	})
	return d.Explain("back up", err)
}

// backupStep is how many pages are copied before a look at the context.
const backupStep = 256

// copyPages copies a connection's database to a file.
func copyPages(ctx context.Context, c any, uri string) error {
	b, err := c.(interface {
		NewBackup(string) (*driver.Backup, error)
	}).NewBackup(uri)
	if err != nil {
		return err
	}
	for more := true; more && err == nil; {
		if err = ctx.Err(); err == nil {
			more, err = b.Step(backupStep)
		}
	}
	return errors.Join(err, b.Finish())
}

// Scrub notes that the transaction deletes what must not be found any more, and has
// DB.Scrub run after its commit.
func (t *Tx) Scrub(ctx context.Context) error {
	if !t.db.Embedded() {
		return nil
	}
	t.scrub = true
	_, err := t.ExecContext(ctx, `INSERT INTO scrub (at) VALUES (?)`, time.Now().UnixMicro())
	return err
}

// Scrub takes what was deleted out of the embedded database's log too: in the file
// itself it is overwritten when it is deleted. It reports false while a reader
// holds the log: ScrubPending is to be called then, later.
func (d *DB) Scrub(ctx context.Context) (bool, error) {
	if !d.Embedded() {
		return true, nil
	}
	if d.InTransaction(ctx) {
		return false, nil // which has the log
	}
	unlock, err := d.dialect.beginWrite(ctx, d)
	if err != nil {
		return false, err
	}
	defer unlock()
	conn, err := d.conn(ctx)
	if err != nil {
		return false, d.Explain("empty the log", err)
	}
	defer conn.Close()
	defer discard(conn) // for its busy_timeout
	if _, err := conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA busy_timeout(%d)`, scrubWait.Milliseconds())); err != nil {
		return false, d.Explain("empty the log", err)
	}
	var busy, pages, moved int64
	err = conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
	if err == nil && busy == 0 {
		_, err = conn.ExecContext(ctx, `DELETE FROM scrub`)
	}
	return busy == 0, d.Explain("empty the log", err)
}

// scrubWait is how long writers wait for readers that hold the log.
const scrubWait = 500 * time.Millisecond

// ScrubPending is Scrub if one is still due, also from before the program's start.
func (d *DB) ScrubPending(ctx context.Context) error {
	var due bool
	err := d.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM scrub)`).Scan(&due)
	if err == nil && due {
		_, err = d.Scrub(ctx)
	}
	return d.Explain("empty the log", err)
}
