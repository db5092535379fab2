package sqlstore

import (
	"context"
	"database/sql"
	"runtime"
	"strings"
	"testing"
	"time"

	"codegauge/internal/cube"
	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/rollup"
	"codegauge/internal/store"
)

// manyUnits returns a store with the units of an enterprise on 800 days, and of 100 teams on
// 56 of them, each with eight cells by feature and 1 KB that no question reads.
func manyUnits(t *testing.T) (s *Store, enterprise, teams day.Range) {
	t.Helper()
	s = New(databasetest.Open(t, databasetest.SQLite), Options{SpoolDir: t.TempDir()})
	first := &once{items: []store.Item{{Enterprise: 1, Source: 1, Tool: "copilot", Version: time.Unix(1, 0),
		Record: &report.Record{Kind: report.UserDay, Day: 20_000, UserID: "1"}}}}
	if _, err := s.Import(t.Context(), store.Import{At: time.Now()}, first); err != nil {
		t.Fatal(err)
	}
	cells := make([]cube.Sum, 8)
	for i := range cells {
		cells[i] = cube.Sum{Row: cube.Row{Known: 1<<metric.NumRowCounters - 1}}
	}
	unit := &rollup.Unit{Counts: make([]byte, 1<<10)}
	unit.Cells[metric.ByFeature-1] = cube.AppendSums(nil, cells)
	body := encodeUnit(unit)
	enterprise, teams = day.Range{From: 19_000, To: 19_799}, day.Range{From: 19_000, To: 19_055}
	err := s.db.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		return insertUnits(ctx, tx, body, enterprise, teams)
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, enterprise, teams
}

// insertUnits writes units as if the only import had left them.
func insertUnits(ctx context.Context, tx *database.Tx, body []byte, enterprise, teams day.Range) error {
	insert := func(level query.Level, entity int, d day.Day) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO unit (enterprise, level, entity, day, tool, origin, revision, organization, preferred, body)
			SELECT enterprise, ?, ?, ?, tool, origin, revision, 0, preferred, ? FROM unit WHERE enterprise = 1 AND level = 0 AND entity = 1 AND day = 20000`, int(level), entity, int(d), body)
		return err
	}
	for d := enterprise.From; d <= enterprise.To; d++ {
		if err := insert(query.LevelEnterprise, 1, d); err != nil {
			return err
		}
	}
	for d := teams.From; d <= teams.To; d++ {
		for team := range 100 {
			if err := insert(query.LevelTeam, 10+team, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// heapInUse is how many bytes the program uses.
func heapInUse() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestKeptIsCounted compares what the cache says that it keeps with what it takes.
func TestKeptIsCounted(t *testing.T) {
	s, enterprise, teams := manyUnits(t)
	for _, c := range []struct {
		name string
		of   query.Entities
		days day.Range
		by   metric.Breakdown
	}{
		{"an enterprise", query.Scope{Enterprise: 1}.Itself(), enterprise, metric.ByFeature},
		{"teams", query.Entities{Enterprise: 1, Level: query.LevelTeam}, teams, metric.Totals},
		{"teams by feature", query.Entities{Enterprise: 1, Level: query.LevelTeam}, teams, metric.ByFeature},
	} {
		before, counted := heapInUse(), s.cache.bytes
		err := s.view(t.Context(), 1, func(v *snapshot) error {
			units, err := v.Units(t.Context(), c.of, c.days, c.by)
			if err == nil && len(units) < c.days.Len() {
				t.Errorf("%s: %d units", c.name, len(units))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		taken, counted := heapInUse()-before, s.cache.bytes-counted
		t.Logf("%s: %d bytes counted, %d taken", c.name, counted, taken)
		if counted < taken*4/5 || counted > taken*5/4 {
			t.Errorf("%s: %d bytes counted, %d taken", c.name, counted, taken)
		}
	}
}

// TestUnitsAreNotSorted: SQLite has the order of days from an index. Otherwise it would hold
// all units, outside of what the collector knows, before it returns the first.
func TestUnitsAreNotSorted(t *testing.T) {
	s := New(databasetest.Open(t, databasetest.SQLite), Options{})
	for _, where := range []string{unitsOfEntity, unitsOfLevel} {
		statement := `EXPLAIN QUERY PLAN ` + selectUnits(where)
		err := database.Each(t.Context(), s.db, func(rows *sql.Rows) error {
			var id, parent, unused int
			var step string
			err := rows.Scan(&id, &parent, &unused, &step)
			if !strings.Contains(step, "USING INDEX") {
				t.Errorf("%s: %s", where, step)
			}
			return err
		}, statement, make([]any, strings.Count(statement, "?"))...)
		if err != nil {
			t.Fatal(err)
		}
	}
}
