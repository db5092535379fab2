package hostile

import (
	"os"
	"path/filepath"
	"testing"

	"codegauge/internal/database"
)

// TestFormerDirectory opens a data directory as versions before the one database
// made it: refused in words that say what to do, and left as it is.
func TestFormerDirectory(t *testing.T) {
	in := write(t, t.TempDir(), "good", []byte(good(1)+"\n"))
	for _, file := range []string{"analytics.duckdb", "directory.db"} {
		t.Run(file, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			write(t, data, file, []byte("anything"))
			for _, args := range [][]string{
				{"query", "--data", data, "--enterprise", "acme", "--measures", "loc_added"},
				{"import", "--data", data, "--enterprise", "acme", in},
				{"serve", "--data", data, "--listen", "127.0.0.1:0"},
				{"backup", "--data", data, "--out", filepath.Join(t.TempDir(), "backup.tar")},
				{"migrate", "--data", data},
			} {
				codegauge(t, args...).want(t, 1, data, "earlier version", "codegauge export", "--data")
			}
			if _, err := os.Stat(filepath.Join(data, database.FileName)); err == nil {
				t.Error("a database was made beside it")
			}
			if contents(t, filepath.Join(data, file)) != "anything" {
				t.Error("the file was changed")
			}
		})
	}
	t.Log("counted: 2 files, 5 commands each")
}

// TestNewerForm opens a database that a newer version wrote: refused, by file and in
// words, and left as it is.
func TestNewerForm(t *testing.T) {
	in := write(t, t.TempDir(), "good", []byte(good(1)+"\n"))
	data := filepath.Join(t.TempDir(), "data")
	codegauge(t, "import", "--data", data, "--enterprise", "acme", in).want(t, 0)
	path := filepath.Join(data, database.FileName)
	execute(t, path, `INSERT INTO migration (version_id, is_applied) VALUES (9999, true)`)
	execute(t, path, `UPDATE form SET oldest = 9999`)
	before := contents(t, path)
	for _, args := range [][]string{
		{"query", "--data", data, "--enterprise", "acme", "--measures", "loc_added"},
		{"import", "--data", data, "--enterprise", "acme", in},
		{"serve", "--data", data, "--listen", "127.0.0.1:0"},
		{"migrate", "--data", data},
	} {
		codegauge(t, args...).want(t, 1, path, "newer version", "9999")
	}
	if contents(t, path) != before {
		t.Error("the file was changed")
	}
	t.Log("counted: 4 commands")
}

// execute runs a statement on a database that nobody else has open.
func execute(t *testing.T, path, statement string) {
	t.Helper()
	db, err := database.OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func contents(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
