package duckdb

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// finish brings what is derived from the touched report days up to date and
// notes how they moved.
func (c *change) finish() error {
	if err := c.exec(`CREATE TEMP TABLE changed AS SELECT DISTINCT s.enterprise, t.day FROM touched t JOIN stream s ON s.id = t.stream`); err != nil {
		return err
	}
	if err := c.elect(); err != nil {
		return err
	}
	giveBack()
	if err := c.rollup(); err != nil {
		return err
	}
	totals, err := c.totals(`true`)
	if err != nil {
		return err
	}
	for i, k := range c.keys {
		c.days[i].After = totals[k]
	}
	err = c.exec(`DELETE FROM touched x USING stream s WHERE s.id = x.stream AND ` + inTotals)
	if err != nil {
		return err
	}
	return c.countReportDays()
}

// elect marks, where several sources claim one key, the claim that counts.
func (c *change) elect() error {
	contested := false
	seen := map[streamKey]bool{}
	c.dict.mu.RLock()
	for k := range c.dict.streams {
		k.source = 0
		contested = contested || seen[k]
		seen[k] = true
	}
	c.dict.mu.RUnlock()
	if !contested {
		return nil
	}
	err := c.exec(`CREATE TEMP TABLE claim (stream INTEGER, day DATE, "user" INTEGER, effective BOOLEAN, enterprise BIGINT, tool VARCHAR, wins BOOLEAN, claims BIGINT, figures UBIGINT)`)
	if err != nil {
		return err
	}
	for _, r := range c.slices {
		if err := c.electSlice(r); err != nil {
			return err
		}
	}
	return c.exec(`DROP TABLE claim`)
}

func (c *change) electSlice(r day.Range) error {
	err := c.exec(`DELETE FROM claim`)
	if err == nil {
		err = c.exec(`INSERT INTO claim
		SELECT u.stream, u.day, u."user", u.effective, s.enterprise, s.tool,
			row_number() OVER (key ORDER BY u.version DESC, u.import DESC, u.seq DESC) = 1 AS wins,
			count(*) OVER key AS claims,
			hash(u.interactions, u.generations, u.acceptances, u.loc_suggested_add, u.loc_suggested_delete, u.loc_added, u.loc_deleted) AS figures
		FROM user_day u JOIN stream s ON s.id = u.stream JOIN changed d ON d.enterprise = s.enterprise AND d.day = u.day
		WHERE u."user" <> 0 AND u.day BETWEEN ? AND ?
		WINDOW key AS (PARTITION BY s.enterprise, s.tool, u.day, u."user")`, r.From.Time(), r.To.Time())
	}
	if err == nil {
		err = c.exec(`UPDATE user_day SET effective = c.wins FROM claim c
			WHERE user_day.stream = c.stream AND user_day.day = c.day AND user_day."user" = c."user" AND c.effective <> c.wins`)
	}
	if err != nil {
		return err
	}
	return c.warnDisagreement()
}

func (c *change) warnDisagreement() error {
	return each(c.ctx, c.tx, `SELECT day, count(*) FROM (
			SELECT day, enterprise, tool, "user" FROM claim WHERE claims > 1 GROUP BY ALL HAVING count(DISTINCT figures) > 1
		) GROUP BY day ORDER BY day`, func(rows *sql.Rows) error {
		var d time.Time
		var n int64
		if err := rows.Scan(&d, &n); err != nil {
			return err
		}
		c.warn("%s: %d user-days are reported with different figures by two sources; the newest version counts", day.Of(d), n)
		return nil
	})
}

// countReportDays notes with each touched report day what of it is stored.
func (c *change) countReportDays() error {
	err := c.exec(`UPDATE report_day SET records = 0, reduced = 0 FROM touched t
		WHERE report_day.stream = t.stream AND report_day.kind = t.kind AND report_day.day = t.day`)
	for _, table := range tables {
		reduced := `0`
		if table == "user_day" {
			reduced = `count(*) FILTER (x.reduced)`
		}
		if err == nil {
			err = c.exec(`UPDATE report_day SET records = n.records, reduced = n.reduced
				FROM (` + c.perReportDay(table, reduced, `true`) + `) n(stream, kind, day, records, reduced)
				WHERE report_day.stream = n.stream AND report_day.kind = n.kind AND report_day.day = n.day`)
		}
	}
	return err
}

// before notes the totals of the report days as they were.
func (c *change) before() error {
	totals, err := c.totals(`x.import <> ` + fmt.Sprint(c.id))
	if err != nil {
		return err
	}
	return each(c.ctx, c.tx, `SELECT stream, kind, day, action FROM touched ORDER BY day, stream, kind`, func(rows *sql.Rows) error {
		var k trackKey
		var kind, action uint8
		var d time.Time
		if err := rows.Scan(&k.stream, &kind, &d, &action); err != nil {
			return err
		}
		k.kind, k.day = report.Kind(kind), day.Of(d)
		st := c.dict.streamKey(k.stream)
		c.stale = append(c.stale, staleMonth{st.enterprise, k.day.Month()})
		c.keys = append(c.keys, k)
		c.days = append(c.days, store.DayChange{
			Enterprise: st.enterprise, Source: st.source, Kind: k.kind.String(), Tool: st.tool, Day: k.day,
			Skipped: action == actSkip, Before: totals[k],
		})
		return nil
	})
}

// totals sums the rows of the touched report days that a condition selects.
func (c *change) totals(where string) (map[trackKey]store.DayTotals, error) {
	out := map[trackKey]store.DayTotals{}
	for _, table := range tables {
		lines := `0, 0`
		if table == "user_day" {
			lines = `coalesce(sum(x.loc_added), 0)::BIGINT, coalesce(sum(x.loc_deleted), 0)::BIGINT`
		}
		if err := c.addTotals(out, c.perReportDay(table, lines, where)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *change) addTotals(out map[trackKey]store.DayTotals, query string) error {
	err := each(c.ctx, c.tx, query, func(rows *sql.Rows) error {
		var k trackKey
		var kind uint8
		var d time.Time
		var t store.DayTotals
		err := rows.Scan(&k.stream, &kind, &d, &t.Records, &t.LocAdded, &t.LocDeleted)
		k.kind, k.day = report.Kind(kind), day.Of(d)
		out[k] = t
		return err
	})
	if err != nil {
		return fmt.Errorf("totals: %w", err)
	}
	return nil
}

// tables are those whose rows belong to report days.
var tables = []string{"user_day", "member", "document"}

// kindOf is the kind of report that a row x of a table came in.
var kindOf = map[string]string{"user_day": `CASE WHEN x."user" = 0 THEN 2 ELSE 1 END`, "member": `3`, "document": `x.kind`}

// reportRows selects, of the rows x of every table, their report day and what else
// is asked for.
func reportRows(columns string) string {
	var parts []string
	for _, table := range tables {
		parts = append(parts, `SELECT x.stream, (`+kindOf[table]+`)::UTINYINT AS kind, x.day`+columns+` FROM `+table+` x`)
	}
	return strings.Join(parts, ` UNION ALL `)
}

// perReportDay selects, of each touched report day with rows in a table, its
// stream, kind and day, the number of rows, and what else is asked for. Rows are
// added up before they are joined: DuckDB does not know how many a transaction has
// added, and would hold them all in memory.
func (c *change) perReportDay(table, columns, where string) string {
	return `SELECT n.* FROM (
			SELECT x.stream, (` + kindOf[table] + `)::UTINYINT AS kind, x.day, count(*), ` + columns + ` FROM ` + table + ` x
			WHERE x.day BETWEEN (SELECT min(day) FROM touched) AND (SELECT max(day) FROM touched) AND ` + where + ` GROUP BY ALL
		) n SEMI JOIN touched t ON t.stream = n.stream AND t.kind = n.kind AND t.day = n.day`
}

// claims says which rows of a table belong to a report day of touched (t).
var claims = map[string]string{
	"user_day": `x.stream = t.stream AND x.day = t.day AND ((x."user" = 0) = (t.kind = 2)) AND t.kind IN (1, 2)`,
	"member":   `x.stream = t.stream AND x.day = t.day AND t.kind = 3`,
	"document": `x.stream = t.stream AND x.day = t.day AND t.kind = x.kind`,
}
