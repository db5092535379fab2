package duckdb

import (
	"fmt"
	"strings"
	"time"

	"codegauge/internal/day"

	"codegauge/internal/metric"
)

// rollupRecords is how many records are rolled up at once, so that memory does
// not grow with the import. A day is never divided.
const rollupRecords = 8_000

// rollupDays bounds them too: small days have many groups for few records.
const rollupDays = 28

// rollup rebuilds day_total, day_cell and cell_users for the enterprises and
// days in changed, some days at a time.
func (c *change) rollup() error {
	batches, err := c.rollupBatches()
	if err != nil {
		return err
	}
	statements := rollupStatements(c.dict.people())
	for _, days := range batches {
		err := c.exec(`CREATE OR REPLACE TEMP TABLE dirty AS SELECT * FROM changed WHERE day BETWEEN ? AND ?`, days.From.Time(), days.To.Time())
		if err != nil {
			return err
		}
		for _, stmt := range statements {
			if err := c.exec(stmt); err != nil {
				return err
			}
		}
	}
	return nil
}

// rollupBatches divides the changed days into runs.
func (c *change) rollupBatches() ([]day.Range, error) {
	rows, err := c.tx.QueryContext(c.ctx, `SELECT c.day, count(u.day) FROM (SELECT DISTINCT day FROM changed) c
		LEFT JOIN user_day u ON u.day = c.day GROUP BY c.day ORDER BY c.day`)
	if err != nil {
		return nil, fmt.Errorf("count records: %w", err)
	}
	defer rows.Close()
	var out []day.Range
	records := int64(rollupRecords + 1) // the first day begins a run
	for rows.Next() {
		var t time.Time
		var n int64
		if err := rows.Scan(&t, &n); err != nil {
			return nil, err
		}
		if records += n; records > rollupRecords || day.Of(t)-out[len(out)-1].From >= rollupDays {
			out, records = append(out, day.Range{From: day.Of(t)}), n
		}
		out[len(out)-1].To = day.Of(t)
	}
	return out, rows.Err()
}

// rollupStatements fill the rollups from the tables of records. Bitmaps are
// collected over the given number of people.
func rollupStatements(people int) []string {
	var stmts []string
	for _, table := range []string{"day_total", "day_cell", "cell_users"} {
		stmts = append(stmts, `DELETE FROM `+table+` x USING dirty d WHERE x.enterprise = d.enterprise AND x.day = d.day`)
	}
	stmts = append(stmts, basisStatement, belongsStatement)
	for _, level := range []string{"level = 0", "level > 0"} {
		stmts = append(stmts, totalStatement(level, people), cellStatement(level))
	}
	return append(stmts, aggregateTotalStatement(), aggregateCellStatement(), everyoneStatement(people), cellUsersStatement(people))
}

// basis says which origin of figures each entity has for each day and tool, and
// which one is preferred. METRICS, "The record everything passes through": user
// records of the scope's own report (for an organization also the enterprise's,
// with that day's membership), else its aggregate, else for an enterprise the
// union of its organizations' user records.
const basisStatement = `CREATE OR REPLACE TEMP TABLE basis AS
	WITH reported AS (
		SELECT DISTINCT s.enterprise, s.source, s.tool, r.day, r.kind
		FROM report_day r JOIN stream s ON s.id = r.stream JOIN dirty d ON d.enterprise = s.enterprise AND d.day = r.day
		WHERE r.kind IN (1, 2)
	), users AS (
		SELECT * FROM reported WHERE kind = 1
	), belonging AS (
		SELECT DISTINCT s.enterprise, m.organization, m.team, m.day
		FROM member m JOIN stream s ON s.id = m.stream JOIN dirty d ON d.enterprise = s.enterprise AND d.day = m.day
	), origins AS (
		SELECT enterprise, enterprise AS entity, 0 AS level, 0::BIGINT AS organization, tool, day,
			CASE WHEN bool_or(source = enterprise) THEN 1 ELSE 3 END AS origin
		FROM users GROUP BY enterprise, tool, day
		UNION
		SELECT enterprise, source, 1, source, tool, day, 1 FROM users WHERE source <> enterprise
		UNION
		SELECT u.enterprise, b.organization, 1, b.organization, u.tool, u.day, 1
		FROM users u JOIN belonging b ON b.enterprise = u.enterprise AND b.day = u.day
		WHERE u.source = u.enterprise AND b.organization <> 0
		UNION
		SELECT u.enterprise, b.team, 2, b.organization, u.tool, u.day, 1
		FROM users u JOIN belonging b ON b.enterprise = u.enterprise AND b.day = u.day
		WHERE b.team <> 0
		UNION
		SELECT enterprise, source, CASE WHEN source = enterprise THEN 0 ELSE 1 END,
			CASE WHEN source = enterprise THEN 0 ELSE source END, tool, day, 2
		FROM reported WHERE kind = 2
	)
	SELECT *, row_number() OVER (PARTITION BY entity, tool, day ORDER BY CASE origin WHEN 1 THEN 1 WHEN 2 THEN 2 ELSE 3 END) = 1 AS preferred
	FROM origins`

// belongs is the membership of the dirty days.
const belongsStatement = `CREATE OR REPLACE TEMP TABLE belongs AS
	SELECT DISTINCT m.entity, m.day, m."user", i.person
	FROM membership m JOIN identity i ON i.id = m."user" JOIN dirty d ON d.enterprise = i.enterprise AND d.day = m.day`

// effective is the user records, or their facts, that count, with their enterprise and tool.
func effective(table string) string {
	return `(SELECT s.enterprise, s.tool, u.* EXCLUDE (` + map[string]string{"user_day": "stream, tool", "fact": "stream"}[table] + `)
		FROM ` + table + ` u JOIN stream s ON s.id = u.stream JOIN dirty d ON d.enterprise = s.enterprise AND d.day = u.day
		WHERE u.effective AND u."user" <> 0)`
}

// ofEntity is effective, once for each entity above or below enterprise level
// that the user belonged to that day.
func ofEntity(level, table string) string {
	if level == "level = 0" {
		return `(SELECT x.enterprise AS entity, x.* FROM ` + effective(table) + ` x)`
	}
	return `(SELECT g.entity, x.* FROM ` + effective(table) + ` x JOIN belongs g ON g.day = x.day AND g."user" = x."user")`
}

func totalStatement(level string, people int) string {
	members := "NULL"
	join := ""
	if level != "level = 0" {
		members = "coalesce(any_value(g.members), people(NULL::BLOB))" // nobody, not everyone
		join = fmt.Sprintf(` LEFT JOIN (SELECT entity, day, people(bitstring_agg(person, 0, %d)::BLOB) AS members FROM belongs GROUP BY entity, day) g
			ON g.entity = b.entity AND g.day = b.day`, people-1)
	}
	return `INSERT INTO day_total
		SELECT b.enterprise, b.entity, b.level, b.organization, b.day, b.tool, b.origin, b.preferred, ` + sumColumns("x") + `,
			sum(x.credits), count(x."user"), count(*) FILTER (x.reduced), count(*) FILTER (x.substituted), NULL, NULL, NULL, ` + members + `
		FROM basis b LEFT JOIN ` + ofEntity(level, "user_day") + ` x ON x.entity = b.entity AND x.tool = b.tool AND x.day = b.day` + join + `
		WHERE b.origin <> 2 AND b.` + level + `
		GROUP BY b.enterprise, b.entity, b.level, b.organization, b.day, b.tool, b.origin, b.preferred`
}

func cellStatement(level string) string {
	return `INSERT INTO day_cell
		SELECT b.enterprise, b.entity, b.level, b.organization, b.day, b.tool, b.origin, b.preferred, x.* EXCLUDE (entity, tool, day)
		FROM (SELECT entity, tool, day, cell, ` + sumColumns("f") + ` FROM ` + ofEntity(level, "fact") + ` f GROUP BY entity, tool, day, cell) x
		JOIN basis b ON b.entity = x.entity AND b.tool = x.tool AND b.day = x.day
		WHERE b.origin <> 2 AND b.` + level
}

const aggregateFrom = `
		FROM basis b JOIN stream s ON s.source = b.entity AND s.enterprise = b.enterprise AND s.tool = b.tool
		JOIN %s x ON x.stream = s.id AND x.day = b.day AND x."user" = 0
		WHERE b.origin = 2`

func aggregateTotalStatement() string {
	return `INSERT INTO day_total
		SELECT b.enterprise, b.entity, b.level, b.organization, b.day, b.tool, b.origin, b.preferred, ` + columnNames("x", metric.Columns[:]) + `,
			NULL, 1, 0, x.substituted::BIGINT, x.daily, x.weekly, x.monthly, NULL` + fmt.Sprintf(aggregateFrom, "user_day")
}

func aggregateCellStatement() string {
	return `INSERT INTO day_cell
		SELECT b.enterprise, b.entity, b.level, b.organization, b.day, b.tool, b.origin, b.preferred, x.cell, ` + sumColumns("x") + fmt.Sprintf(aggregateFrom, "fact") + `
		GROUP BY b.enterprise, b.entity, b.level, b.organization, b.day, b.tool, b.origin, b.preferred, x.cell`
}

func everyoneStatement(people int) string {
	bits := func(where string) string {
		return fmt.Sprintf(`people((bitstring_agg(i.person, 0, %d) FILTER (WHERE %s))::BLOB)`, people-1, where)
	}
	return `INSERT INTO cell_users
		SELECT x.enterprise, x.day, x.tool, c.cell, CASE c.cell WHEN 0 THEN ` + bits("true") + ` ELSE ` + bits("NOT x.reduced") + ` END
		FROM ` + effective("user_day") + ` x JOIN identity i ON i.id = x."user", (VALUES (0), (-1)) c(cell)
		GROUP BY x.enterprise, x.day, x.tool, c.cell`
}

func cellUsersStatement(people int) string {
	var any []string
	for _, col := range metric.Columns {
		any = append(any, "coalesce(x."+col+", 0) <> 0")
	}
	return fmt.Sprintf(`INSERT INTO cell_users
		SELECT x.enterprise, x.day, x.tool, x.cell, people((bitstring_agg(i.person, 0, %d) FILTER (WHERE %s))::BLOB)
		FROM `+effective("fact")+` x JOIN identity i ON i.id = x."user" JOIN cell c ON c.id = x.cell AND c.part < %d
		GROUP BY x.enterprise, x.day, x.tool, x.cell`, people-1, strings.Join(any, " OR "), partUnsplit)
}

func columnNames(alias string, names []string) string {
	if alias != "" {
		alias += "."
	}
	return alias + strings.Join(names, ", "+alias)
}

func sumColumns(alias string) string {
	var sums []string
	for _, col := range metric.Columns {
		sums = append(sums, "sum("+alias+"."+col+")::BIGINT")
	}
	return strings.Join(sums, ", ")
}
