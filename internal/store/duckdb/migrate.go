package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/rollup"
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
var steps = map[int]func(context.Context, *sql.Conn) error{2: gatherFacts}

// gatherFacts brings the rows of the table fact to the records that they belong
// to, drops it and rolls every day up anew.
func gatherFacts(ctx context.Context, db *sql.Conn) error {
	dict, err := loadDictionary(ctx, db)
	if err != nil {
		return err
	}
	c := &change{ctx: ctx, tx: db, dict: dict}
	if err := c.exec(`CREATE TEMP TABLE gathered (stream INTEGER, day DATE, "user" INTEGER, import INTEGER, facts BLOB)`); err != nil {
		return err
	}
	g := &gatherer{change: c}
	err = scan(ctx, db, `SELECT stream, day, "user", import, cell, client, `+columnNames("", metric.Columns[:])+`
		FROM fact ORDER BY stream, day, "user", import, cell`, g.add)
	if err != nil {
		return err
	}
	g.flush()
	if err := c.append("gathered", g.rows); err != nil {
		return err
	}
	for _, stmt := range []string{
		`UPDATE user_day SET facts = g.facts FROM gathered g
			WHERE g.stream = user_day.stream AND g.day = user_day.day AND g."user" = user_day."user" AND g.import = user_day.import`,
		`UPDATE user_day SET facts = '\x00'::BLOB WHERE facts IS NULL`,
		`UPDATE report_day SET records = n.records, reduced = n.reduced FROM (
			SELECT stream, CASE WHEN "user" = 0 THEN 2 ELSE 1 END AS kind, day, count(*) AS records, count(*) FILTER (reduced) AS reduced FROM user_day GROUP BY ALL
			UNION ALL SELECT stream, 3, day, count(*), 0 FROM member GROUP BY ALL
			UNION ALL SELECT stream, kind, day, count(*), 0 FROM document GROUP BY ALL
		) n WHERE report_day.stream = n.stream AND report_day.kind = n.kind AND report_day.day = n.day`,
		`DROP TABLE fact`,
		`DROP TABLE gathered`,
		`CREATE TEMP TABLE changed AS SELECT DISTINCT s.enterprise, r.day FROM report_day r JOIN stream s ON s.id = r.stream`,
	} {
		if err := c.exec(stmt); err != nil {
			return err
		}
	}
	if err := c.rollup(); err != nil {
		return err
	}
	return c.exec(`DROP TABLE changed`)
}

// gatherer collects the facts of one record after the other.
type gatherer struct {
	*change
	key   []driver.Value
	facts []rollup.Fact
	rows  [][]any
}

func (g *gatherer) add(v []driver.Value) error {
	key := v[:4]
	if g.key != nil && !slices.Equal(g.key, key) {
		g.flush()
	}
	if g.key == nil {
		g.key = slices.Clone(key)
	}
	f := rollup.Fact{CellSum: query.CellSum{Cell: v[4].(int32)}, Client: v[5].(int32)}
	setCounters(&f.Counters, v[6:])
	g.facts = append(g.facts, f)
	return nil
}

func (g *gatherer) flush() {
	if g.key != nil {
		g.rows = append(g.rows, []any{g.key[0], g.key[1], g.key[2], g.key[3], rollup.AppendFacts(nil, g.facts)})
	}
	g.key, g.facts = nil, g.facts[:0]
}
