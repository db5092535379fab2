package hostile

import (
	"archive/zip"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
	_ "modernc.org/sqlite"
)

var update = flag.Bool("update", false, "keep a data directory in the present form, for the tests of later ones")

// The files of a data directory, and the drivers that read them.
const (
	analytics = "analytics.duckdb"
	entities  = "directory.db"
)

var drivers = map[string]string{analytics: "duckdb", entities: "sqlite"}

// formOf returns the newest migration that each file of a data directory has.
func formOf(t *testing.T, data string) string {
	t.Helper()
	form := func(file, column string) (n int) {
		db := opened(t, data, file)
		defer db.Close()
		if err := db.QueryRow("SELECT max(" + column + ") FROM migration").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	return fmt.Sprintf("%d-%d", form(analytics, "number"), form(entities, "version_id"))
}

func opened(t *testing.T, data, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open(drivers[file], filepath.Join(data, file))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// TestOldForms opens data directories that earlier versions wrote: what they
// hold is all there, the store is sound, and it takes another import. The
// present form is among them, so that the next migration meets it:
//
//	go test ./internal/hostile -run TestOldForms -update
func TestOldForms(t *testing.T) {
	dir := t.TempDir()
	v := &victim{data: filepath.Join(dir, "data"), files: [2]string{generated(t, dir, 30, 1), generated(t, dir, 30, 2)}}
	v.importing(t, v.data, 0)
	now := filepath.Join("testdata", "form-"+formOf(t, v.data)+".zip")
	if *update {
		pack(t, v.data, now)
	}
	if _, err := os.Stat(now); err != nil {
		t.Errorf("no data directory is kept of the present form: run this test with -update, and commit %s", now)
	}
	forms, err := filepath.Glob(filepath.Join("testdata", "form-*.zip"))
	if err != nil || len(forms) == 0 {
		t.Fatalf("no forms: %v", err)
	}
	want := stateOf(t, v.data)
	v.importing(t, v.data, 1)
	next := stateOf(t, v.data)
	for _, form := range forms {
		t.Run(filepath.Base(form), func(t *testing.T) {
			old := &victim{data: filepath.Join(t.TempDir(), "data"), files: v.files}
			unpack(t, form, old.data)
			if !old.became(t, old.data, "", want) {
				t.Error("what the old form held is not all there")
			}
			old.importing(t, old.data, 1)
			if !old.became(t, old.data, want, next) {
				t.Error("an import into the old form is not there")
			}
		})
	}
	t.Logf("counted: %d forms", len(forms))
}

// pack keeps a data directory's files as an archive.
func pack(t *testing.T, data, archive string) {
	t.Helper()
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(f)
	for _, name := range []string{analytics, entities} {
		b, err := os.ReadFile(filepath.Join(data, name))
		if err != nil {
			t.Fatal(err)
		}
		out, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func unpack(t *testing.T, archive, data string) {
	t.Helper()
	z, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		write(t, data, f.Name, b)
	}
}

// TestNewerForm opens a data directory that a newer version wrote: refused, by
// file and in words, and left as it is.
func TestNewerForm(t *testing.T) {
	in := write(t, t.TempDir(), "good", []byte(good(1)+"\n"))
	for file, statement := range map[string]string{
		analytics: `INSERT INTO migration VALUES (9999, '2030-01-01')`,
		entities:  `INSERT INTO migration (version_id, is_applied) VALUES (9999, true)`,
	} {
		t.Run(file, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			codegauge(t, "import", "--data", data, "--enterprise", "acme", in).want(t, 0)
			db := opened(t, data, file)
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			before := contents(t, filepath.Join(data, file))
			for _, args := range [][]string{
				{"query", "--data", data, "--enterprise", "acme", "--measures", "loc_added"},
				{"import", "--data", data, "--enterprise", "acme", in},
				{"serve", "--data", data, "--listen", "127.0.0.1:0"},
			} {
				codegauge(t, args...).want(t, 1, filepath.Join(data, file), "newer version", "9999")
			}
			if contents(t, filepath.Join(data, file)) != before {
				t.Error("the file was changed")
			}
		})
	}
	t.Log("counted: 2 files, 3 commands each")
}

func contents(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
