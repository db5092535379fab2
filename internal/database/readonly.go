package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// A disk that is full or read-only must not keep anybody from reading. An embedded
// database that cannot be written to when it is opened is opened for reading only, and
// the first write that finds its disk writable again opens it as usual.

// openPool returns connections to a file, which are made when they are needed.
func openPool(path, vfs string, reads bool) (*sql.DB, error) {
	name := dsn(path, vfs)
	if reads {
		name = readingDSN(path, vfs)
	}
	pool, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("open database %q: %w", path, err)
	}
	pool.SetMaxIdleConns(idleConnections())
	return pool, nil
}

// connect opens the pool: for reading only where the file or its folder cannot be written
// to, or where opening it as usual fails on a disk that is full.
func (d *DB) connect(ctx context.Context, vfs string) (err error) {
	d.dialect = sqlite{vfs: vfs}
	for _, reads := range []bool{fileReadOnly(d.name), true} {
		if d.pool, err = openPool(d.name, vfs, reads); err != nil {
			return err
		}
		d.reads.Store(reads)
		if err = touch(ctx, d.pool); err == nil || reads || !diskFull(d.name) {
			break
		}
		d.pool.Close()
	}
	if err != nil {
		d.pool.Close()
	}
	return d.Explain("open", err)
}

// touch reads the file: a connection that did not need it yet would not know that it cannot.
func touch(ctx context.Context, pool *sql.DB) error {
	var version int64
	return pool.QueryRowContext(ctx, `PRAGMA schema_version`).Scan(&version)
}

// logLeft reports whether a database's log holds anything: the process that wrote it was
// killed.
func logLeft(path string) bool {
	info, err := os.Stat(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	return err != nil || info.Size() > 0
}

// drainWithin is how long the first write waits for those who read meanwhile.
const drainWithin = 30 * time.Second

// reopen makes a database that was opened for reading writable; the caller holds the lock
// of the writer. Connections for reading must have ended before anything is written:
// they take no locks, and would not see the change.
func (d *DB) reopen(ctx context.Context) error {
	if d.reads.Load() {
		if err := d.dialect.writable(ctx, d); err != nil {
			return err
		}
		pool, err := openPool(d.name, d.dialect.(sqlite).vfs, false)
		if err == nil {
			err = touch(ctx, pool)
		}
		if err != nil {
			return err
		}
		d.poolMu.Lock()
		d.former, d.pool = d.pool, pool
		d.poolMu.Unlock()
		d.reads.Store(false)
		if err := d.former.Close(); err != nil {
			return err
		}
	}
	if d.former == nil {
		return nil
	}
	for late := time.Now().Add(drainWithin); d.former.Stats().OpenConnections > 0; {
		if time.Now().After(late) {
			return d.readOnly()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	d.former = nil
	return nil
}

// probeEvery bounds how often Writable tries to write once a write has failed.
const probeEvery = 5 * time.Second

// failure is a write that failed for a reason that may go away.
type failure struct {
	why error
	at  time.Time
}

// note remembers whether the last write failed because of the disk or the server.
func (d *DB) note(err error) {
	switch {
	case err == nil:
		d.failed.Store(nil)
	case d.dialect.unwritable(err):
		d.failed.Store(&failure{d.Explain("write", err), time.Now()})
	}
}

// Writable returns why nothing can be written to the database now: a full disk, one that
// is read-only, a standby. It is nil if it can, as far as that is known. It writes only
// after a write has failed, to find out whether the reason is gone.
func (d *DB) Writable(ctx context.Context) error {
	if err := d.dialect.writable(ctx, d); err != nil {
		return err
	}
	f := d.failed.Load()
	switch {
	case f == nil:
		return nil
	case time.Since(f.at) < probeEvery || d.joined(ctx) != nil || !d.failed.CompareAndSwap(f, &failure{f.why, time.Now()}):
		return f.why
	}
	return d.Explain("write", d.Update(ctx, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO scrub (at) VALUES (-1)`); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM scrub WHERE at = -1`)
		return err
	}))
}
