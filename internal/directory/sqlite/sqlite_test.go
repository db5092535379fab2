package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codegauge/internal/directory"
	"codegauge/internal/directory/directorytest"
	"codegauge/internal/fault"
	"codegauge/internal/mark"
)

func TestDirectory(t *testing.T) {
	directorytest.Run(t, func(t *testing.T) func() directory.Directory {
		path := filepath.Join(t.TempDir(), FileName)
		return func() directory.Directory { return open(t, path) }
	})
}

func open(t *testing.T, path string) *Directory {
	t.Helper()
	d, err := Open(t.Context(), path)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return d
}

// refused opens a file that must be refused as a conflict that names it.
func refused(t *testing.T, path string) string {
	t.Helper()
	d, err := Open(t.Context(), path)
	if err == nil {
		d.Close()
		t.Fatalf("Open(%s) = nil, want a conflict", path)
	}
	if got := fault.KindOf(err); got != fault.Conflict {
		t.Errorf("Open = %v (kind %d), want a conflict", err, got)
	}
	if !strings.Contains(err.Error(), path) {
		t.Errorf("%v does not name %s", err, path)
	}
	return err.Error()
}

// fill makes a directory with some entities.
func fill(t *testing.T, path string) {
	t.Helper()
	d := open(t, path)
	defer d.Close()
	root, err := d.Reserve(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	put := []directory.Entity{{ID: root, Kind: directory.Enterprise, Enterprise: root, Slug: "acme"}}
	for i := range 500 {
		id, err := d.Reserve(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		put = append(put, directory.Entity{ID: id, Kind: directory.Organization, Enterprise: root, Slug: fmt.Sprint("org", i)})
	}
	if err := d.Put(t.Context(), put); err != nil {
		t.Fatal(err)
	}
}

func TestSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	d := open(t, path)
	defer d.Close()
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000",
	} {
		var got string
		if err := d.db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q, %v; want %q", pragma, got, err, want)
		}
	}
}

func TestFileMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	d := open(t, path)
	defer d.Close()
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("files %v, %v; want the file and its log", files, err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("%s has mode %o, want 600", f, got)
		}
	}
}

func TestPathWithSigns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c#d%20e")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, FileName)
	fill(t, path)
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Errorf("%s: %v, %v; want the data there", path, info, err)
	}
}

func TestNoFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none", FileName)
	if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("Open = %v, want an error that names %s", err, path)
	}
}

func TestNotADirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(path, bytes.Repeat([]byte("not a database\n"), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, path)
}

func TestDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	fill(t, path)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"head":  func(b []byte) []byte { copy(b, make([]byte, 100)); return b },
		"page":  func(b []byte) []byte { copy(b[len(b)/2:], bytes.Repeat([]byte{0xa5}, 8192)); return b },
		"short": func(b []byte) []byte { return b[:len(b)/2] },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), FileName)
			if err := os.WriteFile(path, damage(bytes.Clone(whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Log(refused(t, path))
		})
	}
}

func exec(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func TestNewerVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	fill(t, path)
	exec(t, path, `INSERT INTO migration (version_id, is_applied) VALUES (9999, true)`)
	if msg := refused(t, path); !strings.Contains(msg, "newer version") {
		t.Errorf("%s: does not say that the file is newer", msg)
	}
}

func TestOtherProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	exec(t, path, `CREATE TABLE song (title TEXT)`)
	refused(t, path)
}

func TestCanceled(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), FileName))
	defer d.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Reserve(ctx, 1); err == nil {
		t.Error("Reserve with a canceled context = nil")
	}
	if _, err := d.Reserve(t.Context(), 1); err != nil {
		t.Errorf("Reserve afterwards: %v", err)
	}
}

// TestRewriteIsMadeUpFor opens a directory whose rewriting was cut off: the mark
// goes, and with it the bytes of what was deleted.
func TestRewriteIsMadeUpFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	const name = "somebody-to-be-forgotten"
	d, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.PutPerson(t.Context(), directory.Person{Name: name})
	if err == nil {
		err = d.RemovePerson(t.Context(), p.ID)
	}
	if err = errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	has := func() bool {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(b, []byte(name))
	}
	if !has() {
		t.Fatal("a deleted name is not in the file: this looks for nothing")
	}
	if err := mark.Set(path); err != nil {
		t.Fatal(err)
	}
	if d, err = Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if has() || mark.IsSet(path) {
		t.Errorf("the name is still in the file (%t), or the mark still set (%t)", has(), mark.IsSet(path))
	}
}
