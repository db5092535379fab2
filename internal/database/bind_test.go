package database

import (
	"strings"
	"testing"

	"codegauge/internal/fault"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestBindNumbersValues(t *testing.T) {
	d := &DB{dialect: postgres{}}
	for query, want := range map[string]string{
		`SELECT 1`:                        `SELECT 1`,
		`a = ? AND b IN (?, ?)`:           `a = $1 AND b IN ($2, $3)`,
		`a = '?' AND b = ?`:               `a = '?' AND b = $1`,
		`a = 'it''s ?' AND b = 'ö?' || ?`: `a = 'it''s ?' AND b = 'ö?' || $1`,
	} {
		if got := d.bind(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if got := (&DB{dialect: sqlite{}}).bind(`a = ?`); got != `a = ?` {
		t.Errorf("SQLite: %s", got)
	}
}

func TestUnusableServers(t *testing.T) {
	d := &DB{dialect: postgres{}, name: "postgres://u@h:5432/d"}
	for what, c := range map[string]struct {
		err  error
		want string
	}{
		"old":     {d.refuse(14, idleTimeout), "PostgreSQL 14, but version 15 or later"},
		"pooler":  {d.refuse(15, "0"), "connection pooler"},
		"startup": {d.Explain("open", &pgconn.PgError{Code: "08P01", Message: "unsupported startup parameter: statement_timeout"}), "connection pooler"},
	} {
		if fault.KindOf(c.err) != fault.Unsupported || !strings.Contains(c.err.Error(), c.want) || !strings.Contains(c.err.Error(), d.name) {
			t.Errorf("%s: %v", what, c.err)
		}
	}
	if err := d.refuse(18, idleTimeout); err != nil {
		t.Errorf("a good server: %v", err)
	}
}
