//go:build linux

package database_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/fault"

	"golang.org/x/sys/unix"
)

// readOnlyFolder makes a folder read-only, for root too, and returns what ends that.
func readOnlyFolder(t *testing.T, dir string) (writable func()) {
	t.Helper()
	err := unix.Mount(dir, dir, "", unix.MS_BIND, "")
	if err != nil {
		if os.Getuid() == 0 && os.Getenv("CI") != "" && !errors.Is(err, unix.EPERM) {
			t.Fatalf("mount a folder: %v", err)
		}
		t.Skipf("a folder cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	again := func(flags uintptr) {
		if err := unix.Mount("", dir, "", unix.MS_BIND|unix.MS_REMOUNT|flags, ""); err != nil {
			t.Fatalf("mount again: %v", err)
		}
	}
	again(unix.MS_RDONLY)
	return func() { again(0) }
}

// left makes a database with n rows as a process leaves it that ended in order, or that was
// killed, with a log.
func left(t *testing.T, n int, how string) (path string) {
	t.Helper()
	dir := t.TempDir()
	path = filepath.Join(dir, database.FileName)
	db, err := database.OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if how == "in order" {
		addRows(t, db, n)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if _, err := db.Scrub(t.Context()); err != nil { // the rows are to be in the log alone
		t.Fatal(err)
	}
	addRows(t, db, n)
	killed := t.TempDir()
	for _, name := range strings.Fields("codegauge.db codegauge.db-wal codegauge.db-shm") {
		if strings.HasSuffix(name, "-shm") && how == "killed, copied" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(killed, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(killed, database.FileName)
}

func addRows(t *testing.T, db *database.DB, n int) {
	t.Helper()
	for i := range n {
		if _, err := db.ExecContext(t.Context(), `INSERT INTO version (scope, revision) VALUES (?, 1)`, 1000+i); err != nil {
			t.Fatal(err)
		}
	}
}

func countRows(ctx context.Context, db *database.DB) (n int, err error) {
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM version WHERE scope >= 1000`).Scan(&n)
	return n, err
}

// TestReadOnlyFile opens a database on a disk that is read-only: it is read whole, nothing
// is written, and once the disk can be written to, so can it.
func TestReadOnlyFile(t *testing.T) {
	for _, how := range []string{"in order", "killed", "killed, copied"} {
		t.Run(how, func(t *testing.T) {
			path := left(t, 7, how)
			writable := readOnlyFolder(t, filepath.Dir(path))
			db, err := database.OpenFile(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			var all sync.WaitGroup
			reading := make(chan struct{})
			for range 4 { // over connections of their own, also while it becomes writable
				all.Go(func() {
					for {
						if n, err := countRows(t.Context(), db); err != nil || n < 7 {
							t.Errorf("got %d rows, %v, want 7 or more", n, err)
							return
						}
						select {
						case <-reading:
							return
						default:
						}
					}
				})
			}
			_, err = db.ExecContext(t.Context(), `DELETE FROM version`)
			if fault.KindOf(db.Explain("delete", err)) != fault.Unavailable || !strings.Contains(fmt.Sprint(err), "read-only") {
				t.Errorf("a write: got %v", err)
			}
			if err := db.Writable(t.Context()); err == nil || !strings.Contains(err.Error(), "read-only") {
				t.Errorf("Writable: got %v", err)
			}
			writable()
			if err := db.Writable(t.Context()); err != nil {
				t.Errorf("Writable afterwards: got %v", err)
			}
			if _, err := db.ExecContext(t.Context(), `INSERT INTO version (scope, revision) VALUES (5000, 1)`); err != nil {
				t.Errorf("a write afterwards: %v", err)
			}
			close(reading)
			all.Wait()
			if n, err := countRows(t.Context(), db); err != nil || n != 8 {
				t.Errorf("afterwards: got %d rows, %v, want 8", n, err)
			}
			if found, err := db.Check(t.Context()); err != nil || len(found) > 0 {
				t.Errorf("afterwards it is damaged: %v, %v", found, err)
			}
		})
	}
}

// TestFailedWrites lets writes and syncs fail, as a disk does that is full or breaks: the
// database can be read, and says that it cannot be written to until that has succeeded again.
func TestFailedWrites(t *testing.T) {
	faults := databasetest.NewFaults(t)
	d := databasetest.New(t, databasetest.SQLite)
	if err := d.OpenEmpty(t).Close(); err != nil {
		t.Fatal(err)
	}
	db, err := database.OpenFileWith(t.Context(), d.Path, database.FileOptions{VFS: databasetest.FaultVFS})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	addRows(t, db, 3)
	for n := range 3 { // a write to the log, another, its sync
		faults.Fail(n, true)
		_, err := db.ExecContext(t.Context(), `INSERT INTO version (scope, revision) VALUES (5000, 1)`)
		if err := db.Explain("insert", err); fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "cannot write to the database") {
			t.Errorf("operation %d: got %v", n, err)
		}
		if err := db.Writable(t.Context()); err == nil {
			t.Errorf("operation %d: it says that it can be written to", n)
		}
		db.AgeFailure()
		if err := db.Writable(t.Context()); err == nil {
			t.Errorf("operation %d: it has tried, and says that it can be written to", n)
		}
		if got, err := countRows(t.Context(), db); err != nil || got != 3 {
			t.Errorf("operation %d: %d rows, %v, want 3", n, got, err)
		}
		if _, reached := faults.Mend(); !reached {
			t.Fatalf("operation %d: nothing failed", n)
		}
		db.AgeFailure()
		if err := db.Writable(t.Context()); err != nil {
			t.Errorf("operation %d: afterwards: %v", n, err)
		}
	}
	if found, err := db.Check(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("it is damaged: %v, %v", found, err)
	}
}
