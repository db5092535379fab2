package sqldirectory

import (
	"fmt"
	"strings"
	"testing"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/directory"
)

// TestTampering changes the audit log behind the directory's back, in every
// column and at both ends: each change shows, and where.
func TestTampering(t *testing.T) {
	cases := []struct {
		name, statement string
		broken          int64
	}{
		{"nothing", `SELECT 1`, 0},
		{"an entry is deleted", `DELETE FROM audit WHERE seq = 5`, 5},
		{"the first is deleted", `DELETE FROM audit WHERE seq = 1`, 1},
		{"the last is deleted", `DELETE FROM audit WHERE seq = 10`, 10},
		{"the last three are deleted", `DELETE FROM audit WHERE seq > 7`, 8},
		{"all are deleted", `DELETE FROM audit`, 1},
		{"the last is deleted, and from the head's number", `DELETE FROM audit WHERE seq = 10; UPDATE audit_head SET seq = 9`, 10},
		{"two change places", `UPDATE audit SET seq = 99 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 99`, 3},
		{"one is copied to the end", `INSERT INTO audit SELECT 11, at, actor, person, address, enterprise, action, target, subject, detail, hash FROM audit WHERE seq = 10`, 11},
		{"one is copied to the end, and to the head", `INSERT INTO audit SELECT 11, at, actor, person, address, enterprise, action, target, subject, detail, hash FROM audit WHERE seq = 10; UPDATE audit_head SET seq = 11`, 11},
		{"a hash", `UPDATE audit SET hash = 'x' || hash WHERE seq = 6`, 6},
		{"the head", `UPDATE audit_head SET hash = 'x'`, 11},
	}
	for _, column := range []string{"at", "person", "enterprise", "subject"} {
		cases = append(cases, struct {
			name, statement string
			broken          int64
		}{column, fmt.Sprintf(`UPDATE audit SET %s = %s + 1 WHERE seq = 6`, column, column), 6})
	}
	for _, column := range []string{"actor", "address", "action", "target", "detail"} {
		cases = append(cases, struct {
			name, statement string
			broken          int64
		}{column, fmt.Sprintf(`UPDATE audit SET %s = %s || 'x' WHERE seq = 6`, column, column), 6})
	}
	for _, engine := range databasetest.Engines {
		t.Run(engine, func(t *testing.T) {
			db := databasetest.Open(t, engine)
			d := New(db)
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) {
					execute(t, db, `DELETE FROM audit`, `UPDATE audit_head SET seq = 0, hash = ''`)
					for i := range 10 {
						if err := d.Record(t.Context(), directory.Event{Action: "x", Target: fmt.Sprint(i)}); err != nil {
							t.Fatal(err)
						}
					}
					execute(t, db, strings.Split(c.statement, "; ")...)
					got, err := d.VerifyAudit(t.Context())
					if err != nil || got.Broken != c.broken {
						t.Errorf("broken at %d, %v; want %d", got.Broken, err, c.broken)
					}
				})
			}
		})
	}
}

func execute(t *testing.T, db *database.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
