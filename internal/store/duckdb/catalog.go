package duckdb

import (
	"context"
	"fmt"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// SourceDays implements store.Store.
func (s *Store) SourceDays(ctx context.Context, enterprise int64, r day.Range) ([]store.SourceDay, error) {
	rows, err := s.db.QueryContext(ctx, `
		SELECT s.source, d.kind, s.tool, d.day, d.version, d.import, d.records, d.reduced, d.refused
		FROM report_day d JOIN stream s ON s.id = d.stream
		WHERE s.enterprise = $1 AND d.day BETWEEN $2 AND $3
		ORDER BY s.source, d.kind, s.tool, d.day`, enterprise, r.From.Time(), r.To.Time())
	if err != nil {
		return nil, fmt.Errorf("source days: %w", err)
	}
	defer rows.Close()
	var out []store.SourceDay
	for rows.Next() {
		var sd store.SourceDay
		var kind uint8
		var d time.Time
		var version int64
		if err := rows.Scan(&sd.Source, &kind, &sd.Tool, &d, &version, &sd.Import, &sd.Records, &sd.Reduced, &sd.Refused); err != nil {
			return nil, err
		}
		sd.Kind, sd.Day, sd.Version = report.Kind(kind), day.Of(d), micros(version)
		out = append(out, sd)
	}
	return out, rows.Err()
}

// Revisions implements store.Store.
func (s *Store) Revisions(ctx context.Context, enterprise int64, limit int, days bool) ([]store.Revision, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, moment, action, origin, warnings, refused FROM revision
		WHERE id IN (SELECT revision FROM revision_day WHERE enterprise = ?) ORDER BY id DESC LIMIT ?`, enterprise, limit)
	if err != nil {
		return nil, fmt.Errorf("revisions: %w", err)
	}
	defer rows.Close()
	var out []store.Revision
	for rows.Next() {
		var r store.Revision
		var at int64
		if err := rows.Scan(&r.ID, &at, &r.Action, &r.Origin, &r.Warnings, &r.Refused); err != nil {
			return nil, err
		}
		r.At = micros(at)
		out = append(out, r)
	}
	if err := rows.Err(); err != nil || !days {
		return out, err
	}
	for i := range out {
		if out[i].Days, err = s.revisionDays(ctx, enterprise, out[i].ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Store) revisionDays(ctx context.Context, enterprise, id int64) ([]store.DayChange, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT source, kind, tool, day, skipped, before_records, before_added, before_deleted, after_records, after_added, after_deleted
		FROM revision_day WHERE revision = ? AND enterprise = ? ORDER BY day, source, kind, tool`, id, enterprise)
	if err != nil {
		return nil, fmt.Errorf("revision %d: %w", id, err)
	}
	defer rows.Close()
	var out []store.DayChange
	for rows.Next() {
		c := store.DayChange{Enterprise: enterprise}
		var kind uint8
		var d time.Time
		if err := rows.Scan(&c.Source, &kind, &c.Tool, &d, &c.Skipped, &c.Before.Records, &c.Before.LocAdded, &c.Before.LocDeleted,
			&c.After.Records, &c.After.LocAdded, &c.After.LocDeleted); err != nil {
			return nil, err
		}
		c.Kind, c.Day = report.Kind(kind).String(), day.Of(d)
		out = append(out, c)
	}
	return out, rows.Err()
}

// Enterprises implements store.Store.
func (s *Store) Enterprises(ctx context.Context) ([]int64, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT DISTINCT s.enterprise FROM report_day r JOIN stream s ON s.id = r.stream ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("enterprises: %w", err)
	}
	defer rows.Close()
	var out []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}
