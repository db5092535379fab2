package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// SourceDays implements store.Store.
func (s *Store) SourceDays(ctx context.Context, enterprise int64, r day.Range) ([]store.SourceDay, error) {
	var out []store.SourceDay
	err := each(ctx, s.db, `
		SELECT s.source, d.kind, s.tool, d.day, d.version, d.import, d.records, d.reduced, d.refused
		FROM report_day d JOIN stream s ON s.id = d.stream
		WHERE s.enterprise = $1 AND d.day BETWEEN $2 AND $3
		ORDER BY s.source, d.kind, s.tool, d.day`, func(rows *sql.Rows) error {
		var sd store.SourceDay
		var kind uint8
		var d time.Time
		var version int64
		err := rows.Scan(&sd.Source, &kind, &sd.Tool, &d, &version, &sd.Import, &sd.Records, &sd.Reduced, &sd.Refused)
		sd.Kind, sd.Day, sd.Version = report.Kind(kind), day.Of(d), micros(version)
		out = append(out, sd)
		return err
	}, enterprise, r.From.Time(), r.To.Time())
	if err != nil {
		return nil, fmt.Errorf("source days: %w", err)
	}
	return out, nil
}

// Revisions implements store.Store.
func (s *Store) Revisions(ctx context.Context, enterprise int64, limit int, days bool) ([]store.Revision, error) {
	var out []store.Revision
	err := s.still(ctx, func(db *sql.Conn) error {
		err := each(ctx, db, `SELECT id, moment, action, origin, warnings, refused FROM revision
			WHERE id IN (SELECT revision FROM revision_day WHERE enterprise = ?) ORDER BY id DESC LIMIT ?`, func(rows *sql.Rows) error {
			var r store.Revision
			var at int64
			err := rows.Scan(&r.ID, &at, &r.Action, &r.Origin, &r.Warnings, &r.Refused)
			r.At = micros(at)
			out = append(out, r)
			return err
		}, enterprise, limit)
		for i := 0; i < len(out) && days && err == nil; i++ {
			out[i].Days, err = revisionDays(ctx, db, enterprise, out[i].ID)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("revisions: %w", err)
	}
	return out, nil
}

func revisionDays(ctx context.Context, db *sql.Conn, enterprise, id int64) ([]store.DayChange, error) {
	var out []store.DayChange
	err := each(ctx, db, `SELECT source, kind, tool, day, skipped, before_records, before_added, before_deleted, after_records, after_added, after_deleted
		FROM revision_day WHERE revision = ? AND enterprise = ? ORDER BY day, source, kind, tool`, func(rows *sql.Rows) error {
		c := store.DayChange{Enterprise: enterprise}
		var kind uint8
		var d time.Time
		err := rows.Scan(&c.Source, &kind, &c.Tool, &d, &c.Skipped, &c.Before.Records, &c.Before.LocAdded, &c.Before.LocDeleted,
			&c.After.Records, &c.After.LocAdded, &c.After.LocDeleted)
		c.Kind, c.Day = report.Kind(kind).String(), day.Of(d)
		out = append(out, c)
		return err
	}, id, enterprise)
	return out, err
}

// Enterprises implements store.Store.
func (s *Store) Enterprises(ctx context.Context) ([]int64, error) {
	var out []int64
	err := each(ctx, s.db, `SELECT DISTINCT s.enterprise FROM report_day r JOIN stream s ON s.id = r.stream ORDER BY 1`, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		out = append(out, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("enterprises: %w", err)
	}
	return out, nil
}

// Span implements store.Store.
func (s *Store) Span(ctx context.Context, sc query.Scope) (day.Range, error) {
	return memo(ctx, s, memoKey{"span", sc.Entity()}, func(ctx context.Context, db *sql.Conn) (day.Range, error) {
		var from, to sql.NullTime
		err := db.QueryRowContext(ctx, `SELECT min(day), max(day) FROM `+unitTable(sc.Level())+` WHERE entity = ?`, sc.Entity()).Scan(&from, &to)
		if err != nil {
			return day.Range{}, fmt.Errorf("span: %w", err)
		}
		if !from.Valid {
			return day.Range{From: 1, To: 0}, nil
		}
		return day.Range{From: day.Of(from.Time), To: day.Of(to.Time)}, nil
	})
}

// DataVersion implements store.Store.
func (s *Store) DataVersion(ctx context.Context, enterprise int64) (int64, error) {
	return memo(ctx, s, memoKey{"version", enterprise}, func(ctx context.Context, db *sql.Conn) (int64, error) {
		var v int64
		err := db.QueryRowContext(ctx, `SELECT coalesce(max(revision), 0) FROM revision_day WHERE enterprise = ?`, enterprise).Scan(&v)
		return v, err
	})
}

// Values implements store.Store.
func (s *Store) Values(ctx context.Context, sc query.Scope, r day.Range, dimension string) ([]string, error) {
	d := metric.DimensionByName(dimension)
	if d == nil || dimension != "tool" && dimension != string(d.Key) {
		return nil, fault.New(fault.Invalid, "dimension %.60q has no list of values", dimension)
	}
	found := map[string]bool{}
	err := s.view(ctx, func(v *snapshot) error {
		clear(found) // it may be the second time
		return v.values(ctx, sc, r, d, found)
	})
	out := make([]string, 0, len(found))
	for name := range found {
		out = append(out, name)
	}
	slices.Sort(out)
	return out, err
}

// values adds what the units have of a dimension, in any breakdown that carries it.
func (v *snapshot) values(ctx context.Context, sc query.Scope, r day.Range, d *metric.Dimension, found map[string]bool) error {
	seen := make([]bool, len(v.cells))
	for _, b := range metric.Breakdowns {
		if (d.Key == metric.NoKey) != (b.Breakdown == metric.Totals) || d.Key != metric.NoKey && !slices.Contains(b.Keys, d.Key) {
			continue
		}
		units, err := v.Units(ctx, sc.Itself(), r, b.Breakdown)
		if err != nil {
			return err
		}
		for _, u := range units {
			if d.Key == metric.NoKey {
				found[u.Tool] = true
			}
			for i := range u.Cells {
				if cell := u.Cells[i].Cell; !seen[cell] {
					seen[cell] = true
					if name, ok := v.cells[cell].Key(d.Key); ok {
						found[name] = true
					}
				}
			}
		}
	}
	return nil
}
