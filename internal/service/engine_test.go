package service

import (
	"os"
	"testing"

	"codegauge/internal/directory"
	"codegauge/internal/directory/sqlite"
	"codegauge/internal/store"
	"codegauge/internal/store/duckdb"
	"path/filepath"
)

func init() {
	if os.Getenv("REAL") == "" {
		return
	}
	engines = func(t *testing.T) (directory.Directory, store.Store) {
		dir := t.TempDir()
		lastDir = dir
		d, err := sqlite.Open(t.Context(), filepath.Join(dir, "d.sqlite"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := duckdb.Open(t.Context(), dir, duckdb.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close(); d.Close() })
		return d, s
	}
}

var lastDir string
