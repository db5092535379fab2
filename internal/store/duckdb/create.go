package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"codegauge/internal/fault"
)

// create makes the store's file if there is none. DuckDB writes a new file's
// head some time after it made the file: it is made under another name, so that
// a kill leaves no file that is half a database.
func create(ctx context.Context, dir string, opt Options) error {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := os.Stat(path + ".wal"); err == nil {
		return fault.New(fault.Conflict, "the store %s is damaged: it is missing, though its log %[1]s.wal is there; restore it from a backup, or move the log away to start anew", path)
	}
	fresh, err := unused(path + ".new")
	if err != nil {
		return err
	}
	if err := createFile(ctx, fresh, opt); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}

// unused returns the path of a file to be made, without what a kill left there.
func unused(path string) (string, error) {
	for _, left := range []string{path, path + ".wal"} {
		if err := os.Remove(left); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return path, nil
}

func createFile(ctx context.Context, path string, opt Options) error {
	db, err := openFile(ctx, path, opt)
	if err != nil {
		return err
	}
	return errors.Join(migrateAt(ctx, db), db.Close())
}

func migrateAt(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return migrate(ctx, conn)
}
