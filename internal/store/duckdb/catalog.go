package duckdb

import (
	"context"
	"fmt"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// SourceDays implements store.Store.
func (s *Store) SourceDays(ctx context.Context, enterprise int64, r day.Range) ([]store.SourceDay, error) {
	rows, err := s.db.QueryContext(ctx, `
		WITH n AS (
			SELECT stream, CASE WHEN "user" = 0 THEN 2 ELSE 1 END AS kind, day, count(*) AS records, count(*) FILTER (reduced) AS reduced
			FROM user_day WHERE day BETWEEN $2 AND $3 GROUP BY ALL
			UNION ALL SELECT stream, 3, day, count(*), 0 FROM member WHERE day BETWEEN $2 AND $3 GROUP BY ALL
			UNION ALL SELECT stream, kind, day, count(*), 0 FROM document WHERE day BETWEEN $2 AND $3 GROUP BY ALL
		)
		SELECT s.source, d.kind, s.tool, d.day, d.version, d.import, coalesce(n.records, 0), coalesce(n.reduced, 0), d.refused
		FROM report_day d JOIN stream s ON s.id = d.stream
			LEFT JOIN n ON n.stream = d.stream AND n.kind = d.kind AND n.day = d.day
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

// Clients implements store.Store.
func (s *Store) Clients(ctx context.Context, sc query.Scope, r day.Range) ([]store.Client, error) {
	member := ""
	if sc.Entity() != sc.Enterprise {
		member = `JOIN membership m ON m.entity = $5 AND m.day = f.day AND m."user" = f."user"`
	} else {
		member = `JOIN (SELECT $5::BIGINT AS entity) m ON true`
	}
	rows, err := s.db.QueryContext(ctx, `
		SELECT i.user_id, i.login, c.ide,
			arg_max(k.ide_version, (f.day, f.client)) AS v, arg_max(k.plugin, (f.day, f.client)), arg_max(k.plugin_version, (f.day, f.client)),
			max(f.day), bool_or(NOT u.reduced)
		FROM fact f JOIN stream s ON s.id = f.stream AND s.enterprise = $1
			JOIN cell c ON c.id = f.cell AND c.kind = $2
			JOIN client k ON k.id = f.client
			JOIN identity i ON i.id = f."user"
			JOIN user_day u ON u.stream = f.stream AND u.day = f.day AND u."user" = f."user"
			`+member+`
		WHERE f.day BETWEEN $3 AND $4 AND f.effective AND f."user" <> 0 AND f.client <> 0
		GROUP BY i.id, i.user_id, i.login, c.ide
		ORDER BY i.login, i.user_id, c.ide`, sc.Enterprise, int(metric.ByIDE), r.From.Time(), r.To.Time(), sc.Entity())
	if err != nil {
		return nil, fmt.Errorf("clients: %w", err)
	}
	defer rows.Close()
	var out []store.Client
	for rows.Next() {
		var c store.Client
		var last time.Time
		if err := rows.Scan(&c.UserID, &c.Login, &c.IDE, &c.IDEVersion, &c.Plugin, &c.PluginVersion, &last, &c.ReportsLines); err != nil {
			return nil, err
		}
		c.Last = day.Of(last)
		out = append(out, c)
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
