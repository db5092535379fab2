package duckdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/rollup"
	"codegauge/internal/store"
)

// Export implements store.Store.
func (s *Store) Export(ctx context.Context, r store.Report, yield func(*report.Record) error) error {
	if r.Kind == report.UserTeam || r.Kind == report.RepoDay {
		return s.exportBodies(ctx, r, yield)
	}
	if r.Kind != report.UserDay && r.Kind != report.AggregateDay {
		return fault.New(fault.Invalid, "records of kind %s are not stored", r.Kind)
	}
	days, err := s.exportDays(ctx, r)
	if err != nil {
		return err
	}
	for _, d := range days {
		if err := s.exportDay(ctx, r, d, yield); err != nil {
			return err
		}
	}
	return nil
}

// ofReport is the condition of a report's rows x of stream s: enterprise $1,
// source $2, tool $3.
const ofReport = `s.enterprise = $1 AND s.source = $2 AND ($3 = '' OR s.tool = $3)`

func whose(k report.Kind) string {
	if k == report.AggregateDay {
		return `x."user" = 0`
	}
	return `x."user" <> 0`
}

func (s *Store) exportDays(ctx context.Context, r store.Report) ([]day.Day, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT DISTINCT x.day FROM user_day x JOIN stream s ON s.id = x.stream
		WHERE `+ofReport+` AND x.day BETWEEN $4 AND $5 AND `+whose(r.Kind)+` ORDER BY x.day`,
		r.Enterprise, r.Source, r.Tool, r.Range.From.Time(), r.Range.To.Time())
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	defer rows.Close()
	var out []day.Day
	for rows.Next() {
		var d time.Time
		if err := rows.Scan(&d); err != nil {
			return nil, err
		}
		out = append(out, day.Of(d))
	}
	return out, rows.Err()
}

func (s *Store) exportDay(ctx context.Context, r store.Report, d day.Day, yield func(*report.Record) error) error {
	dict := s.dict.Load()
	err := each(ctx, s.db, `SELECT coalesce(i.user_id, ''), coalesce(x.login, ''), coalesce(x.tool, ''),
			`+columnNames("x", metric.Columns[:])+`, x.credits, x.present, x.arrays, x.flags_known, x.flags, x.phase, x.daily, x.weekly, x.monthly,
			coalesce(x.enterprise_id, ''), coalesce(x.organization_id, ''), x.report_start, x.report_end, x.created_at,
			coalesce(x.extra, ''), coalesce(x.rows_extra, ''), coalesce(x.wrapper, ''), x.facts
		FROM user_day x JOIN stream s ON s.id = x.stream LEFT JOIN identity i ON i.id = x."user"
		WHERE `+ofReport+` AND x.day = $4 AND `+whose(r.Kind)+`
		ORDER BY i.user_id, s.tool`, func(rows *sql.Rows) error {
		rec := &stored{}
		rec.Kind, rec.Day = r.Kind, d
		if err := rec.scan(rows); err != nil {
			return err
		}
		if err := rec.restore(dict); err != nil {
			return err
		}
		return yield(&rec.Record)
	}, r.Enterprise, r.Source, r.Tool, d.Time())
	if err != nil {
		return fmt.Errorf("export %s of %s: %w", r.Kind, d, err)
	}
	return nil
}

// stored is a record on its way out.
type stored struct {
	report.Record
	arrays    uint8
	rowsExtra string
	facts     []byte
}

func (rec *stored) scan(rows *sql.Rows) error {
	var counters [report.NumCounters]sql.NullInt64
	var present uint8
	var start, end sql.NullTime
	var created sql.NullInt64
	var extra, wrapper string
	into := []any{&rec.UserID, &rec.Login, &rec.Tool}
	for i := range counters {
		into = append(into, &counters[i])
	}
	into = append(into, &rec.Credits, &present, &rec.arrays, &rec.Flags.Known, &rec.Flags.Value, &rec.Phase,
		&rec.Reported.Daily, &rec.Reported.Weekly, &rec.Reported.Monthly, &rec.EnterpriseID, &rec.OrganizationID,
		&start, &end, &created, &extra, &rec.rowsExtra, &wrapper, &rec.facts)
	if err := rows.Scan(into...); err != nil {
		return err
	}
	for i := range counters {
		// A counter that the record had but whose total is unknown was zero in a reduced record.
		if present&(1<<i) != 0 {
			rec.Totals.Set(i, counters[i].Int64)
		}
	}
	rec.UserIDString = rec.arrays&userIDWasString != 0
	if start.Valid {
		rec.ReportStart = day.Of(start.Time)
	}
	if end.Valid {
		rec.ReportEnd = day.Of(end.Time)
	}
	if created.Valid {
		rec.CreatedAt = micros(created.Int64)
	}
	rec.Extra, rec.Wrapper = members(extra), members(wrapper)
	return nil
}

func members(s string) []byte {
	if s == "" {
		return nil
	}
	return []byte(s)
}

// restore gives a record its breakdowns and the unknown members of their rows.
func (r *stored) restore(dict *dictionary) error {
	for _, b := range breakdownsOf(&r.Record) {
		if r.arrays&b.bit != 0 {
			*b.rows = []report.Row{}
		}
	}
	cells := dict.allCells()
	facts, err := rollup.ReadFacts(r.facts, len(cells), nil)
	if err != nil {
		return err
	}
	for i := range facts {
		r.addRow(&cells[facts[i].Cell], dict.clientKey(facts[i].Client), &facts[i])
	}
	if r.rowsExtra == "" {
		return nil
	}
	var extras []rowExtra
	if err := json.NewDecoder(strings.NewReader(r.rowsExtra)).Decode(&extras); err != nil {
		return fmt.Errorf("stored members of %s rows: %w", r.Day, err)
	}
	for _, e := range extras {
		r.restoreRow(e)
	}
	return nil
}

// addRow adds a fact to its breakdown, if it is a row as reported.
func (r *stored) addRow(c *query.Cell, client clientKey, f *rollup.Fact) {
	if c.Part != query.Reported {
		return
	}
	for _, b := range breakdownsOf(&r.Record) {
		if b.kind == c.Breakdown {
			*b.rows = append(*b.rows, report.Row{IDE: c.IDE, Feature: c.Feature, Language: c.Language, Model: c.Model, Counters: f.Counters,
				IDEVersion: client.ideVersion, Plugin: client.plugin, PluginVersion: client.pluginVersion})
		}
	}
}

func (r *stored) restoreRow(e rowExtra) {
	for _, b := range breakdownsOf(&r.Record) {
		if b.kind != e.Kind {
			continue
		}
		nth := e.Nth
		for i := range *b.rows {
			row := &(*b.rows)[i]
			if [4]string{row.IDE, row.Feature, row.Language, row.Model} != e.Keys {
				continue
			}
			if nth == 0 {
				row.Extra = e.Members[1 : len(e.Members)-1]
				return
			}
			nth--
		}
	}
}

func (s *Store) exportBodies(ctx context.Context, r store.Report, yield func(*report.Record) error) error {
	text := `SELECT x.body FROM member x JOIN stream s ON s.id = x.stream JOIN identity i ON i.id = x."user"
		WHERE ` + ofReport + ` AND x.day BETWEEN $4 AND $5 ORDER BY x.day, i.user_id, s.tool, x.team`
	if r.Kind == report.RepoDay {
		text = `SELECT x.body FROM document x JOIN stream s ON s.id = x.stream WHERE ` + ofReport + ` AND x.day BETWEEN $4 AND $5 ORDER BY x.day, x.key`
	}
	rows, err := s.db.QueryContext(ctx, text, r.Enterprise, r.Source, r.Tool, r.Range.From.Time(), r.Range.To.Time())
	if err != nil {
		return fmt.Errorf("export %s: %w", r.Kind, err)
	}
	defer rows.Close()
	var bodies strings.Builder
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return err
		}
		bodies.WriteString(body)
		bodies.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return decodeBodies(ctx, bodies.String(), yield)
}
