package duckdb

import (
	"context"
	"database/sql"
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
	write := s.exportRecords
	switch r.Kind {
	case report.UserDay, report.AggregateDay:
	case report.UserTeam:
		write = exportMembers
	case report.RepoDay:
		write = exportRepos
	default:
		return fault.New(fault.Invalid, "records of kind %s are not stored", r.Kind)
	}
	err := s.still(ctx, func(db *sql.Conn) error { return write(ctx, db, r, yield) })
	if err != nil {
		return fmt.Errorf("export %s: %w", r.Kind, err)
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

// exportRecords exports day by day: DuckDB holds in memory what it sorts.
func (s *Store) exportRecords(ctx context.Context, db *sql.Conn, r store.Report, yield func(*report.Record) error) error {
	dict := s.dict.Load() // has all numbers of the state that db sees
	var days []day.Day
	err := each(ctx, db, `SELECT DISTINCT x.day FROM user_day x JOIN stream s ON s.id = x.stream
		WHERE `+ofReport+` AND x.day BETWEEN $4 AND $5 AND `+whose(r.Kind)+` ORDER BY x.day`, func(rows *sql.Rows) error {
		var d time.Time
		err := rows.Scan(&d)
		days = append(days, day.Of(d))
		return err
	}, r.Enterprise, r.Source, r.Tool, r.Range.From.Time(), r.Range.To.Time())
	if err != nil {
		return err
	}
	for _, d := range days {
		err := each(ctx, db, `SELECT coalesce(i.user_id, ''), `+columnNames("x", metric.Columns[:])+`, x.credits, x.flags_known, x.flags, x.phase,
				x.daily, x.weekly, x.monthly, x.facts, x.rest
			FROM user_day x JOIN stream s ON s.id = x.stream LEFT JOIN identity i ON i.id = x."user"
			WHERE `+ofReport+` AND x.day = $4 AND `+whose(r.Kind)+`
			ORDER BY i.user_id, s.tool`, func(rows *sql.Rows) error {
			rec := &stored{Record: report.Record{Kind: r.Kind, Day: d}}
			if err := rec.read(rows, dict); err != nil {
				return err
			}
			return yield(&rec.Record)
		}, r.Enterprise, r.Source, r.Tool, d.Time())
		if err != nil {
			return fmt.Errorf("%s: %w", d, err)
		}
	}
	return nil
}

// stored is a record on its way out.
type stored struct{ report.Record }

func (rec *stored) read(rows *sql.Rows, dict *dictionary) error {
	var counters [report.NumCounters]sql.NullInt64
	var facts, rest []byte
	into := []any{&rec.UserID}
	for i := range counters {
		into = append(into, &counters[i])
	}
	into = append(into, &rec.Credits, &rec.Flags.Known, &rec.Flags.Value, &rec.Phase,
		&rec.Reported.Daily, &rec.Reported.Weekly, &rec.Reported.Monthly, &facts, &rest)
	if err := rows.Scan(into...); err != nil {
		return err
	}
	if err := rec.addFacts(facts, dict); err != nil {
		return err
	}
	if err := readRest(rest, &rec.Record); err != nil {
		return err
	}
	for i := range counters {
		// A counter that the record had but whose total is unknown was zero in a
		// reduced record; one that it had not was summed from a breakdown.
		if rec.Totals.Present&(1<<i) != 0 {
			rec.Totals.N[i] = counters[i].Int64
		}
	}
	return nil
}

// addFacts gives a record the rows of its breakdowns.
func (rec *stored) addFacts(b []byte, dict *dictionary) error {
	cells := dict.allCells()
	facts, err := rollup.ReadFacts(b, len(cells), nil)
	for i := range facts {
		rec.addRow(&cells[facts[i].Cell], dict.clientKey(facts[i].Client), &facts[i])
	}
	return err
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

func exportMembers(ctx context.Context, db *sql.Conn, r store.Report, yield func(*report.Record) error) error {
	return each(ctx, db, `SELECT x.day, i.user_id, x.body FROM member x JOIN stream s ON s.id = x.stream JOIN identity i ON i.id = x."user"
		WHERE `+ofReport+` AND x.day BETWEEN $4 AND $5 ORDER BY x.day, i.user_id, s.tool, x.team`, func(rows *sql.Rows) error {
		rec := report.Record{Kind: report.UserTeam}
		var d time.Time
		var body []byte
		if err := rows.Scan(&d, &rec.UserID, &body); err != nil {
			return err
		}
		rec.Day = day.Of(d)
		if err := readMember(body, &rec); err != nil {
			return err
		}
		return yield(&rec)
	}, r.Enterprise, r.Source, r.Tool, r.Range.From.Time(), r.Range.To.Time())
}

func exportRepos(ctx context.Context, db *sql.Conn, r store.Report, yield func(*report.Record) error) error {
	var bodies strings.Builder
	err := each(ctx, db, `SELECT x.body FROM document x JOIN stream s ON s.id = x.stream
		WHERE `+ofReport+` AND x.day BETWEEN $4 AND $5 ORDER BY x.day, x.key`, func(rows *sql.Rows) error {
		var body string
		err := rows.Scan(&body)
		bodies.WriteString(body)
		bodies.WriteByte('\n')
		return err
	}, r.Enterprise, r.Source, r.Tool, r.Range.From.Time(), r.Range.To.Time())
	if err != nil {
		return err
	}
	return decodeBodies(ctx, bodies.String(), yield)
}
