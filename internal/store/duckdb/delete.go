package duckdb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"codegauge/internal/store"
)

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, d store.Deletion) (*store.Outcome, error) {
	out := &store.Outcome{Records: map[string]int64{}}
	err := s.change(ctx, func(c *change) error {
		if err := c.deleteTotals(d); err != nil {
			return err
		}
		if err := c.touchStored(d); err != nil {
			return err
		}
		if len(c.days) == 0 {
			out.Warnings = c.warnings
			return errNothing
		}
		if err := c.deleteClaims(d); err != nil {
			return err
		}
		if err := c.finish(); err != nil {
			return err
		}
		out.Days, out.Warnings = c.days, c.warnings
		return c.revision("delete", describe(d), d.At, 0)
	})
	if err != nil && !errors.Is(err, errNothing) {
		return nil, err
	}
	return out, nil
}

// errNothing ends a deletion that matches nothing: no revision is recorded.
var errNothing = errors.New("nothing matches")

// touchRows fills touched with the report days (stream, kind, day) that a query
// selects, to change what is stored of them, and notes their totals.
func (c *change) touchRows(rows string, args ...any) error {
	err := c.exec(`CREATE TEMP TABLE touched AS SELECT DISTINCT stream, kind::UTINYINT AS kind, day, 0::UTINYINT AS action, 0::BIGINT AS version, false AS refused, true AS known
		FROM (`+rows+`)`, args...)
	if err == nil {
		err = c.slice()
	}
	if err != nil {
		return err
	}
	return c.before()
}

// touchStored touches the report days that hold what d selects.
func (c *change) touchStored(d store.Deletion) error {
	where, args := selection(d)
	parts := []string{
		`SELECT DISTINCT x.stream, ` + kindOf["user_day"] + ` AS kind, x.day FROM user_day x JOIN stream s ON s.id = x.stream WHERE ` + where,
		`SELECT DISTINCT x.stream, 3, x.day FROM member x JOIN stream s ON s.id = x.stream WHERE ` + where,
	}
	if d.User == "" {
		parts = append(parts, `SELECT DISTINCT x.stream, x.kind, x.day FROM document x JOIN stream s ON s.id = x.stream WHERE `+where,
			`SELECT DISTINCT x.stream, x.kind, x.day FROM report_day x JOIN stream s ON s.id = x.stream WHERE `+where)
	}
	return c.touchRows(strings.Join(parts, " UNION "), args...)
}

// selection is d's condition on the rows x of stream s.
func selection(d store.Deletion) (string, []any) {
	where := []string{"s.enterprise = $1", "NOT " + inTotals}
	args := []any{d.Enterprise}
	add := func(cond string, v ...any) {
		for _, a := range v {
			args = append(args, a)
			cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, cond)
	}
	if d.Source != 0 {
		add("s.source = ?", d.Source)
	}
	if d.Tool != "" {
		add("s.tool = ?", d.Tool)
	}
	if d.Range.To != 0 {
		add("x.day BETWEEN ? AND ?", d.Range.From.Time(), d.Range.To.Time())
	}
	if d.Import != 0 {
		add("x.import = ?", d.Import)
	}
	if d.User != "" {
		add(`x."user" IN (SELECT id FROM identity WHERE enterprise = $1 AND (login = ? OR user_id = ?))`, d.User, d.User)
	}
	return strings.Join(where, " AND "), args
}

// deleteClaims removes what d selects; a report day goes with its last record,
// or with the import that brought it.
func (c *change) deleteClaims(d store.Deletion) error {
	where, args := selection(d)
	for _, table := range tables {
		if table == "document" && d.User != "" {
			continue
		}
		if err := c.exec(`DELETE FROM `+table+` x USING stream s WHERE s.id = x.stream AND `+where, args...); err != nil {
			return err
		}
	}
	if d.User != "" {
		return nil // the reports still cover their days
	}
	return c.deleteReportDays(where, args)
}

// deleteReportDays removes the report days that are selected and of which no
// record is left. Where an earlier import's are, the report day is that import's
// again, and as old as it was.
func (c *change) deleteReportDays(where string, args []any) error {
	err := c.exec(`CREATE TEMP TABLE remaining AS
		SELECT t.stream, t.kind, t.day, max({version: n.version, import: n.import}) AS last FROM touched t JOIN (
			` + reportRows(`, x.version, x.import`) + `
		) n ON n.stream = t.stream AND n.kind = t.kind AND n.day = t.day GROUP BY ALL`)
	if err == nil {
		err = c.exec(`DELETE FROM report_day x USING stream s WHERE s.id = x.stream AND `+where+`
			AND NOT EXISTS (SELECT 1 FROM remaining n WHERE n.stream = x.stream AND n.kind = x.kind AND n.day = x.day)`, args...)
	}
	if err == nil {
		err = c.exec(`UPDATE report_day AS x SET version = n.last.version, import = n.last.import FROM stream s, remaining n
			WHERE s.id = x.stream AND n.stream = x.stream AND n.kind = x.kind AND n.day = x.day AND `+where, args...)
	}
	return err
}

func describe(d store.Deletion) string {
	var parts []string
	add := func(name string, v any, set bool) {
		if set {
			parts = append(parts, fmt.Sprintf("%s %v", name, v))
		}
	}
	add("source", d.Source, d.Source != 0)
	add("one user", "", d.User != "")
	add("tool", d.Tool, d.Tool != "")
	add("days", d.Range.From.String()+" to "+d.Range.To.String(), d.Range.To != 0)
	add("import", d.Import, d.Import != 0)
	if parts == nil {
		return "everything"
	}
	return strings.TrimSpace(strings.Join(parts, ", "))
}
