package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/store"
)

var errVerified = errors.New("verified")

// Verify implements store.Store: it looks for what an import must never leave
// behind, and builds every rollup again from the records and compares, a month
// at a time so that memory does not grow with the data. It changes nothing, but
// keeps imports waiting for a month's turn.
func (s *Store) Verify(ctx context.Context) ([]store.Finding, error) {
	var months []staleMonth
	out, err := s.undone(ctx, func(c *change) ([]store.Finding, error) {
		var err error
		if months, err = c.months(); err != nil {
			return nil, err
		}
		return c.verifyClaims()
	})
	for i := 0; i < len(months) && err == nil; i++ {
		var found []store.Finding
		found, err = s.undone(ctx, func(c *change) ([]store.Finding, error) { return c.verifyRollups(months[i]) })
		out = append(out, found...)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// undone runs a check in a change that is rolled back.
func (s *Store) undone(ctx context.Context, check func(*change) ([]store.Finding, error)) ([]store.Finding, error) {
	var out []store.Finding
	err := s.change(ctx, func(c *change) (err error) {
		if out, err = check(c); err != nil {
			return err
		}
		return errVerified
	})
	if !errors.Is(err, errVerified) {
		return nil, err
	}
	return out, nil
}

// months lists every month for which there are reports or rollups.
func (c *change) months() ([]staleMonth, error) {
	var out []staleMonth
	err := each(c.ctx, c.tx, `SELECT DISTINCT enterprise, date_trunc('month', day)::DATE AS month FROM (`+daysToVerify+`) ORDER BY ALL`, func(rows *sql.Rows) error {
		var m staleMonth
		var d time.Time
		if err := rows.Scan(&m.enterprise, &d); err != nil {
			return err
		}
		m.month = day.Of(d)
		out = append(out, m)
		return nil
	})
	return out, err
}

// daysToVerify selects (enterprise, day) of all reports and rollups.
const daysToVerify = `
	SELECT s.enterprise, r.day FROM report_day r JOIN stream s ON s.id = r.stream
	UNION SELECT enterprise, day FROM unit UNION SELECT enterprise, day FROM team_unit
	UNION SELECT enterprise, day FROM people UNION SELECT enterprise, day FROM cell_people`

// claimChecks select (day, detail) for every record that must not be.
var claimChecks = []struct{ name, query string }{
	{"one effective record per enterprise, day, user and tool", `
		SELECT u.day, format('{} user-days have {} effective claims', count(*), n) FROM (
			SELECT s.enterprise, s.tool, u.day, u."user", count(*) FILTER (u.effective) AS n
			FROM user_day u JOIN stream s ON s.id = u.stream WHERE u."user" <> 0 GROUP BY ALL HAVING n <> 1
		) u GROUP BY u.day, n`},
	{"one claim per source", `
		SELECT day, format('{} claims stand more than once', count(*)) FROM (
			SELECT stream, day, "user" FROM user_day GROUP BY ALL HAVING count(*) > 1) GROUP BY day`},
	{"every record has its report day", `
		SELECT u.day, format('{} records without one', count(*)) FROM user_day u
		ANTI JOIN report_day r ON r.stream = u.stream AND r.day = u.day AND r.kind = CASE WHEN u."user" = 0 THEN 2 ELSE 1 END
		GROUP BY u.day`},
	{"every report day counts its records", `
		SELECT r.day, format('{} count wrongly', count(*)) FROM report_day r LEFT JOIN (
			SELECT x.stream, ` + kindOf["user_day"] + ` AS kind, x.day, count(*) AS records, count(*) FILTER (x.reduced) AS reduced FROM user_day x GROUP BY ALL
			UNION ALL SELECT stream, 3, day, count(*), 0 FROM member GROUP BY ALL
			UNION ALL SELECT stream, kind, day, count(*), 0 FROM document GROUP BY ALL
		) n ON n.stream = r.stream AND n.kind = r.kind AND n.day = r.day
		WHERE (r.records <> coalesce(n.records, 0) OR r.reduced <> coalesce(n.reduced, 0)) AND NOT (r.kind IN (1, 3) AND EXISTS (
			SELECT 1 FROM totals_day k JOIN stream s ON s.enterprise = k.enterprise WHERE s.id = r.stream AND k.day = r.day)) GROUP BY r.day`},
	{"days kept as totals only have no records of people", `
		SELECT x.day, format('{} have', count(*)) FROM (
			SELECT stream, day FROM user_day WHERE "user" <> 0 UNION ALL SELECT stream, day FROM member
		) x JOIN stream s ON s.id = x.stream WHERE ` + inTotals + ` GROUP BY x.day`},
	{"identities of one person stand for the first of them", `
		SELECT DATE '1970-01-01', format('{} do not', count(*)) FROM (
			SELECT i.person, min(i.id) OVER (PARTITION BY i.enterprise, coalesce(l.person, -i.id)) AS first
			FROM identity i LEFT JOIN link l ON l.identity = i.id) WHERE person <> first HAVING count(*) > 0`},
	{"one report day per source, kind, day and tool", `
		SELECT day, format('{} stand more than once', count(*)) FROM (
			SELECT stream, kind, day FROM report_day GROUP BY ALL HAVING count(*) > 1) GROUP BY day`},
}

func (c *change) verifyClaims() ([]store.Finding, error) {
	var out []store.Finding
	for _, check := range claimChecks {
		found, err := c.findings(check.name, check.query)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func (c *change) findings(name, query string) ([]store.Finding, error) {
	var out []store.Finding
	err := each(c.ctx, c.tx, query, func(rows *sql.Rows) error {
		f := store.Finding{Check: name}
		var d time.Time
		err := rows.Scan(&d, &f.Detail)
		f.Day = day.Of(d)
		out = append(out, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("check %q: %w", name, err)
	}
	return out, nil
}

// verifyRollups rebuilds a month's rollups and compares them with what was there;
// bytes by their digests, which take little room.
func (c *change) verifyRollups(m staleMonth) ([]store.Finding, error) {
	unitColumns := "level, entity, organization, day, tool, origin, preferred, " + columnNames("", metric.Columns[:]) + ", round(credits, 6), records, reduced, substituted, daily, weekly, monthly, md5(members), " +
		"md5(by_feature), md5(by_ide), md5(by_language_feature), md5(by_language_model), md5(by_model_feature)"
	tables := map[string]string{}
	for _, t := range unitTables {
		tables[t] = unitColumns
	}
	for _, t := range peopleTables {
		tables[t] = "day, tool, cell, client, md5(people)"
	}
	of := fmt.Sprintf(` WHERE enterprise = %d AND day BETWEEN DATE '%s' AND last_day(DATE '%s')`, m.enterprise, m.month, m.month)
	for table := range tables {
		if err := c.exec(`CREATE OR REPLACE TEMP TABLE kept_` + table + ` AS SELECT * FROM ` + table + of); err != nil {
			return nil, err
		}
	}
	if err := c.exec(`CREATE TEMP TABLE changed AS SELECT * FROM (` + daysToVerify + `)` + of); err != nil {
		return nil, err
	}
	if err := c.rollup(); err != nil {
		return nil, err
	}
	var out []store.Finding
	for table, columns := range tables {
		found, err := c.findings("rollup "+table+" equals its records", `
			SELECT day, format('{} rows differ', count(*)) FROM (
				(SELECT `+columns+` FROM kept_`+table+` EXCEPT ALL SELECT `+columns+` FROM `+table+of+`)
				UNION ALL (SELECT `+columns+` FROM `+table+of+` EXCEPT ALL SELECT `+columns+` FROM kept_`+table+`)
			) GROUP BY day ORDER BY day`)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}
