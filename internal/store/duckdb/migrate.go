package duckdb

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"
	"time"

	"codegauge/internal/fault"
)

//go:embed migration/*.sql
var migrations embed.FS

// migrate brings the file to the newest form: every migration with a number
// above the file's, each in a transaction with the record that it ran. (goose,
// which the directory uses, knows no DuckDB.)
func migrate(ctx context.Context, db *sql.Conn) error {
	if _, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, applied TIMESTAMP NOT NULL)`); err != nil {
		return err
	}
	var have int
	if err := db.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) FROM migration`).Scan(&have); err != nil {
		return err
	}
	names, err := fs.Glob(migrations, "migration/*.sql")
	if err != nil {
		return err
	}
	sort.Strings(names)
	if have > len(names) {
		return fault.New(fault.Conflict, "the data was written by a newer version (form %d; this version knows %d): use that version", have, len(names))
	}
	for _, name := range names {
		if err := apply(ctx, db, name, have); err != nil {
			return err
		}
	}
	return nil
}

func apply(ctx context.Context, db *sql.Conn, name string, have int) error {
	number, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(name, "migration/"), ".sql"))
	if err != nil || number <= have {
		return err
	}
	text, err := migrations.ReadFile(name)
	if err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, string(text))
	if err == nil && steps[number] != nil {
		err = steps[number](ctx, db)
	}
	if err == nil {
		_, err = db.ExecContext(ctx, `INSERT INTO migration VALUES (?, ?)`, number, time.Now().UTC())
	}
	if err == nil {
		_, err = db.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		_, undo := db.ExecContext(ctx, "ROLLBACK")
		return errors.Join(fmt.Errorf("migration %d: %w", number, err), undo)
	}
	return nil
}

// steps are what migrations do besides their SQL, in the same transaction.
var steps = map[int]func(context.Context, *sql.Conn) error{2: gatherRecords}
