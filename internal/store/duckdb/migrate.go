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
// above the file's, in one transaction with the record that they ran, so that a
// file has either form whole. (goose, which the directory uses, knows no DuckDB.)
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
	if have == len(names) {
		return nil
	}
	if _, err := db.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	err = advance(ctx, db, names, have)
	if err == nil {
		_, err = db.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		_, undo := db.ExecContext(ctx, "ROLLBACK")
		return errors.Join(err, undo)
	}
	return nil
}

// advance applies the migrations above number have. Those that change what
// days are rolled up from leave it to the end to do so, in the newest form.
func advance(ctx context.Context, db *sql.Conn, names []string, have int) error {
	for i, name := range names[have:] {
		number := have + i + 1
		if err := apply(ctx, db, name, number); err != nil {
			return fmt.Errorf("migration %d: %w", number, err)
		}
	}
	if have > 0 && have < gathered {
		return rollupAll(ctx, db)
	}
	return nil
}

func apply(ctx context.Context, db *sql.Conn, name string, number int) error {
	if n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(name, "migration/"), ".sql")); err != nil || n != number {
		return fmt.Errorf("%s is not number %d", name, number)
	}
	text, err := migrations.ReadFile(name)
	if err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, string(text)); err != nil {
		return err
	}
	if step := steps[number]; step != nil {
		if err := step(ctx, db); err != nil {
			return err
		}
	}
	_, err = db.ExecContext(ctx, `INSERT INTO migration VALUES (?, ?)`, number, time.Now().UTC())
	return err
}

// rollupAll rolls every day up anew.
func rollupAll(ctx context.Context, db *sql.Conn) error {
	dict, err := loadLinked(ctx, db)
	if err != nil {
		return err
	}
	c := &change{ctx: ctx, tx: db, dict: dict}
	if err := c.exec(`CREATE TEMP TABLE changed AS SELECT DISTINCT s.enterprise, r.day FROM report_day r JOIN stream s ON s.id = r.stream`); err != nil {
		return err
	}
	if err := c.rollup(); err != nil {
		return err
	}
	return c.exec(`DROP TABLE changed`)
}

// steps are what migrations do besides their SQL, in the same transaction.
var steps = map[int]func(context.Context, *sql.Conn) error{gathered: gatherRecords}

// gathered is the number of the migration that gathers records.
const gathered = 2
