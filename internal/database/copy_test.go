package database_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/fault"

	"github.com/google/go-cmp/cmp"
)

// column is one of a table of an SQLite database.
type column struct {
	name, kind string
	null       bool
	key        int    // its place in the primary key, from 1
	refers     string // the table that it refers to
}

func tablesOf(t *testing.T, d *database.DB) []string {
	t.Helper()
	list, err := database.Collect(t.Context(), d, func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) },
		`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func columnsOf(t *testing.T, d *database.DB, table string) []column {
	t.Helper()
	list, err := database.Collect(t.Context(), d, func(rows *sql.Rows) (c column, err error) {
		var notNull bool
		err = rows.Scan(&c.name, &c.kind, &notNull, &c.key, &c.refers)
		c.null = !notNull && c.key == 0
		return c, err
	}, `SELECT i.name, i.type, i."notnull", i.pk, coalesce((SELECT f."table" FROM pragma_foreign_key_list(?) f WHERE f."from" = i.name), '') FROM pragma_table_info(?) i ORDER BY i.cid`, table, table)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestCopyKnowsEveryTable(t *testing.T) {
	d := databasetest.Open(t, databasetest.SQLite)
	keys, local := database.CopiedTables()
	tables := tablesOf(t, d)
	if diff := cmp.Diff(tables, slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(keys)), local...)))); diff != "" {
		t.Fatalf("tables of the schema and of Copy (-schema +copy):\n%s", diff)
	}
	for table, key := range keys {
		columns := columnsOf(t, d, table)
		slices.SortStableFunc(columns, func(a, b column) int { return a.key - b.key })
		var want []string
		for _, c := range columns {
			if c.key > 0 {
				want = append(want, c.name)
			}
		}
		if key != strings.Join(want, ", ") {
			t.Errorf("the key of %s is %q, in Copy %q", table, strings.Join(want, ", "), key)
		}
	}
}

// fillTables puts rows into every table: odd values, the least and the greatest,
// and nothing where that is allowed. Parents have higher numbers than children.
func fillTables(t *testing.T, d *database.DB, rows int) {
	t.Helper()
	entities := []any{int64(9), int64(5)} // an enterprise and its organization
	done := map[string]bool{"entity": true}
	err := d.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		err := tx.Insert(ctx, "entity", []string{"id", "kind", "enterprise", "organization", "owner", "slug", "slug_key", "name", "created"}, [][]any{
			{9, "enterprise", 9, nil, 0, "acme", "acme", "Acme ö", -1}, {5, "organization", 9, nil, 9, nil, nil, "", 0}, {1, "team", 9, 5, 5, "Ui", "ui", "", 1 << 60}})
		if err != nil {
			return err
		}
		for len(done) < len(tablesOf(t, d)) {
			for _, table := range tablesOf(t, d) {
				columns := columnsOf(t, d, table)
				ready := !done[table] && !slices.ContainsFunc(columns, func(c column) bool { return c.refers != "" && !done[c.refers] })
				if !ready {
					continue
				}
				done[table] = true
				if slices.Contains([]string{"form", "migration", "scrub", "sequence", "audit_head"}, table) {
					continue
				}
				if err := fillTable(ctx, tx, table, columns, rows, entities); err != nil {
					return err
				}
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE sequence SET next = 4711`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func fillTable(ctx context.Context, tx *database.Tx, table string, columns []column, rows int, entities []any) error {
	if slices.ContainsFunc(columns, func(c column) bool { return c.key == 1 && c.refers != "" }) {
		rows = len(entities) // a row for each of what it refers to
	}
	var names []string
	list := make([][]any, rows)
	for _, c := range columns {
		names = append(names, c.name)
		for n := range rows {
			var v any
			switch {
			case slices.Contains([]string{"entity", "billing", "billing_pages", "roster"}, c.refers):
				v = entities[n%len(entities)]
			case c.refers == "person":
				v = int64(n%2 + 1)
			case c.refers == "upload":
				v = fmt.Sprint("ö'\x01", n)
			case c.null && n%2 == 1:
			case c.kind == "BIGINT" && c.key > 0:
				v = int64(n + 1)
			case c.kind == "BIGINT":
				v = []int64{-1 << 63, 1<<63 - 1, 0, 42}[n%4]
			case c.kind == "INTEGER":
				v = int64(n)
			case c.kind == "BOOLEAN":
				v = n%2 == 0
			case c.kind == "TEXT" && n%3 == 2 && c.key == 0 && !strings.Contains(c.name, "hash") && c.name != "email_key":
				v = ""
			case c.kind == "TEXT":
				v = fmt.Sprint("ö'\x01", n)
			case c.kind == "BYTEA":
				v = []byte(strings.Repeat("\x00\xff", n%5))
			default:
				return fmt.Errorf("column %s.%s is %s", table, c.name, c.kind)
			}
			list[n] = append(list[n], v)
		}
	}
	return tx.Insert(ctx, table, names, list)
}

// dump returns every row of every table that is copied, as text.
func dump(t *testing.T, d *database.DB) map[string][]string {
	t.Helper()
	keys, _ := database.CopiedTables()
	out := map[string][]string{}
	for table := range keys {
		columns := 0
		list, err := database.Collect(t.Context(), d, func(rows *sql.Rows) (string, error) {
			names, err := rows.Columns()
			if err != nil {
				return "", err
			}
			columns = len(names)
			row, into := make([]any, columns), make([]any, columns)
			for i := range row {
				into[i] = &row[i]
			}
			err = rows.Scan(into...)
			return fmt.Sprintf("%#v", row), err
		}, `SELECT * FROM `+table)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			t.Errorf("table %s is empty: nothing is checked", table)
		}
		slices.Sort(list)
		out[table] = list
	}
	return out
}

func TestCopyThereAndBack(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector, and one goroutine at a time")
	}
	first := databasetest.Open(t, databasetest.SQLite)
	fillTables(t, first, 1100) // more than are read at once
	server := databasetest.Open(t, databasetest.Postgres)
	back := databasetest.Open(t, databasetest.SQLite)
	for _, c := range []struct{ from, to *database.DB }{{first, server}, {server, back}} {
		if err := database.Copy(t.Context(), c.from, c.to); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(dump(t, first), dump(t, back)); diff != "" {
		t.Errorf("there and back (-first +back):\n%.3000s", diff)
	}
	for _, d := range []*database.DB{first, server, back} {
		if err := database.Copy(t.Context(), first, d); fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "not empty") {
			t.Errorf("a copy to a full database: %v", err)
		}
	}
}

func execute(t *testing.T, d *database.DB, statement string) {
	t.Helper()
	if _, err := d.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestCopyIsCompared(t *testing.T) {
	from := databasetest.Open(t, databasetest.SQLite)
	fillTables(t, from, 3)
	for _, change := range []string{
		`UPDATE audit SET detail = detail || 'x' WHERE seq = new.seq`,
		`DELETE FROM audit WHERE seq = new.seq`,
		`UPDATE audit SET at = at + 1 WHERE seq = new.seq`,
	} {
		to := databasetest.Open(t, databasetest.SQLite)
		execute(t, to, `CREATE TRIGGER spoil AFTER INSERT ON audit WHEN new.seq = 2 BEGIN `+change+`; END`)
		if err := database.Copy(t.Context(), from, to); err == nil || !strings.Contains(err.Error(), "the copy of table audit differs") {
			t.Errorf("%s: %v", change, err)
		}
	}
}

func TestCopyIsBegunAgain(t *testing.T) {
	from, to := databasetest.Open(t, databasetest.SQLite), databasetest.Open(t, databasetest.SQLite)
	fillTables(t, from, 3)
	execute(t, to, `CREATE TRIGGER stop BEFORE INSERT ON token BEGIN SELECT RAISE(ABORT, 'cut off'); END`)
	if err := database.Copy(t.Context(), from, to); err == nil || !strings.Contains(err.Error(), "cut off") || !strings.Contains(err.Error(), "token") {
		t.Fatalf("a copy that is cut off: %v", err)
	}
	execute(t, to, `DROP TRIGGER stop`)
	if err := database.Copy(t.Context(), from, to); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(dump(t, from), dump(t, to)); diff != "" {
		t.Errorf("after a second go:\n%.3000s", diff)
	}
}
