// Package parquet converts records between NDJSON and Parquet, with DuckDB.
//
// A Parquet file has a type for each column where NDJSON has one for each
// value. What goes out gets the narrowest type that holds every value: text
// stays text, also where it looks like a number or a date; values of several
// types become JSON text. What comes in loses its nulls, which mean the same as
// absent members, and its times are written as reports write them.
package parquet

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"
)

// Converter converts files by way of a folder for temporary ones. It is safe
// for concurrent use.
type Converter struct{ tmpDir string }

// New returns a Converter with a folder for its temporary files, which is made
// when needed; "" is the system's.
func New(tmpDir string) *Converter { return &Converter{tmpDir: tmpDir} }

// job is one conversion: a folder of its own and an engine.
type job struct {
	dir string
	db  *sql.DB
}

func (c *Converter) start() (*job, error) {
	if c.tmpDir != "" {
		if err := os.MkdirAll(c.tmpDir, 0o700); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp(c.tmpDir, "parquet-*")
	if err != nil {
		return nil, err
	}
	j := &job{dir: dir}
	if j.db, err = openEngine(dir); err != nil {
		j.end()
		return nil, err
	}
	return j, nil
}

// openEngine returns an engine without data that spills to dir.
func openEngine(dir string) (*sql.DB, error) {
	connector, err := driver.NewConnector("?memory_limit=1GB&autoinstall_known_extensions=false&autoload_known_extensions=false&allow_community_extensions=false", nil)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	for _, set := range []string{"SET temp_directory = " + literal(filepath.Join(dir, "spill")), "SET TimeZone = 'UTC'"} {
		if _, err := db.Exec(set); err != nil {
			db.Close()
			return nil, err
		}
	}
	return db, nil
}

// end stops the engine and removes the folder. A file that is still open stays
// readable where the system allows it; elsewhere its reader removes the folder.
func (j *job) end() {
	if j.db != nil {
		j.db.Close()
	}
	os.RemoveAll(j.dir)
}

func (j *job) path(name string) string { return filepath.Join(j.dir, name) }

// spool writes what r holds to a file of the folder.
func (j *job) spool(name string, r io.Reader) (path string, err error) {
	path = j.path(name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(f, r); err != nil {
		f.Close()
		return "", err
	}
	return path, f.Close()
}

func (j *job) exec(format string, args ...any) error {
	_, err := j.db.ExecContext(context.Background(), fmt.Sprintf(format, args...))
	return err
}

// literal and identifier quote for SQL.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func identifier(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
