package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"codegauge/internal/database"
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
	err := s.view(ctx, enterprise, func(v *snapshot) (err error) {
		out, err = v.sourceDays(ctx, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("source days: %w", err)
	}
	return out, nil
}

func (v *snapshot) sourceDays(ctx context.Context, r day.Range) ([]store.SourceDay, error) {
	type reportDay struct {
		reportKey
		day day.Day
	}
	newest := map[reportDay]*storedReport{} // few have several revisions: finding the newest takes a database longer than reading all
	err := v.eachRow(ctx, func(rows *sql.Rows) error {
		k, rep, d, _, err := scanReport(rows)
		newest[reportDay{k, d}] = rep
		return err
	}, selectReports+` WHERE r.enterprise = ? AND r.revision <= ? AND r.day BETWEEN ? AND ? ORDER BY r.revision`, v.enterprise, v.revision, int(r.From), int(r.To))
	if err != nil {
		return nil, err
	}
	var out []store.SourceDay
	for k, rep := range newest {
		if rep.layers == nil {
			continue
		}
		s, err := v.words.stream(k.stream)
		if err != nil {
			return nil, err
		}
		last, refused := rep.layers[len(rep.layers)-1], false
		for _, l := range rep.layers { // parts of one report
			refused = refused || l.Rejected && l.Version == last.Version
		}
		out = append(out, store.SourceDay{Source: s.source, Kind: k.kind, Data: s.data, Tool: v.words.Name(s.tool), Day: k.day, Version: micros(last.Version), Import: last.Import,
			Records: rep.totals.records, LinesUnknown: rep.totals.linesUnknown, Rejected: refused})
	}
	slices.SortFunc(out, func(a, b store.SourceDay) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Tool, b.Tool), cmp.Compare(a.Data, b.Data), cmp.Compare(a.Day, b.Day))
	})
	return out, nil
}

// Revisions implements store.Store.
func (s *Store) Revisions(ctx context.Context, enterprise int64, limit int, days bool) ([]store.Revision, error) {
	var out []store.Revision
	err := s.still(ctx, enterprise, func(v *snapshot) (err error) {
		out, err = database.Collect(ctx, v.tx, func(rows *sql.Rows) (r store.Revision, err error) {
			var at int64
			err = rows.Scan(&r.ID, &at, &r.Action, &r.Origin, &r.Warnings, &r.Rejected, &r.UndoneBy)
			r.At = micros(at)
			return r, err
		}, `
			SELECT   id, at, action, origin, warnings, refused,
			         (SELECT coalesce(max(u.revision), 0) FROM undone u WHERE u.enterprise = r.enterprise AND u.imported = r.id
			          AND u.source = 0 AND u.tool = ? AND u.data_kind = ? AND u.first_day = 0 AND u.last_day = ?)
			FROM     revision r
			WHERE    enterprise = ?
			ORDER BY id DESC LIMIT ?`, []byte{}, everyKind, lastDay, enterprise, limit)
		for i := 0; i < len(out) && days && err == nil; i++ {
			out[i].Days, err = revisionDays(ctx, v.tx, enterprise, out[i].ID)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("revisions: %w", err)
	}
	return out, nil
}

func revisionDays(ctx context.Context, q database.Querier, enterprise, id int64) ([]store.DayChange, error) {
	return database.Collect(ctx, q, func(rows *sql.Rows) (c store.DayChange, err error) {
		c.Enterprise = enterprise
		var kind report.Kind
		var tool []byte
		var n [4]*int64
		err = rows.Scan(&c.Source, &kind, &c.Data, &tool, &c.Day, &c.Skipped, &c.Before.Records, &n[0], &n[1], &c.After.Records, &n[2], &n[3])
		for i, to := range []*store.Lines{&c.Before.LocAdded, &c.Before.LocDeleted, &c.After.LocAdded, &c.After.LocDeleted} {
			if n[i] != nil {
				*to = store.KnownLines(*n[i])
			}
		}
		c.Kind, c.Tool = kind.String(), string(tool)
		return c, err
	}, `SELECT source, kind, data_kind, tool, day, skipped, before_records, before_added, before_deleted, after_records, after_added, after_deleted
		FROM revision_day WHERE enterprise = ? AND revision = ? ORDER BY day, source, kind, tool, data_kind`, enterprise, id)
}

// everChanged lists the enterprises whose data was ever changed, also those that have none left.
func (s *Store) everChanged(ctx context.Context) ([]int64, error) {
	return database.Collect(ctx, s.db, func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) },
		`SELECT scope FROM version WHERE scope <> ? ORDER BY scope`, database.Directory)
}

// Enterprises implements store.Store.
func (s *Store) Enterprises(ctx context.Context) ([]int64, error) {
	all, err := s.everChanged(ctx)
	var out []int64
	for _, id := range all {
		var there bool
		if err == nil {
			err = s.db.QueryRowContext(ctx, `SELECT EXISTS (`+currentReports+`)`, id, int64(latest)).Scan(&there)
		}
		if there {
			out = append(out, id)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("enterprises: %w", s.explain("list", err))
	}
	return out, nil
}

// Span implements store.Store.
func (s *Store) Span(ctx context.Context, sc query.Scope) (out day.Range, err error) {
	err = s.view(ctx, sc.Enterprise, func(v *snapshot) (err error) {
		out, err = recall(ctx, v, memoKey{"span", sc.Entity()}, func(ctx context.Context, tx *database.Tx) (day.Range, error) {
			// Superseded rows of the same day have the same bounds, but for days that are gone.
			const current = `SELECT %s(u.day) FROM unit u WHERE u.enterprise = ? AND u.level = ? AND u.entity = ? AND u.origin <> ? AND u.revision <= ? AND u.body IS NOT NULL AND NOT EXISTS (
				SELECT 1 FROM unit n WHERE n.enterprise = u.enterprise AND n.level = u.level AND n.entity = u.entity AND n.day = u.day AND n.tool = u.tool AND n.origin = u.origin
				AND n.revision > u.revision AND n.revision <= ?)`
			var from, to sql.NullInt64
			args := []any{v.enterprise, int(sc.Level()), sc.Entity(), int(query.Stated), v.revision, v.revision}
			err := tx.QueryRowContext(ctx, fmt.Sprintf(current, "min"), args...).Scan(&from)
			if err == nil {
				err = tx.QueryRowContext(ctx, fmt.Sprintf(current, "max"), args...).Scan(&to)
			}
			if err != nil || !from.Valid {
				return day.Range{From: 1, To: 0}, err
			}
			return day.Range{From: day.Day(from.Int64), To: day.Day(to.Int64)}, nil
		})
		return err
	})
	if err != nil {
		return out, fmt.Errorf("span: %w", err)
	}
	return out, nil
}

// DataVersion implements store.Store.
func (s *Store) DataVersion(ctx context.Context, enterprise int64) (int64, error) {
	return s.db.Version(ctx, enterprise)
}

// Values implements store.Store.
func (s *Store) Values(ctx context.Context, sc query.Scope, r day.Range, dimension string) ([]string, error) {
	d := metric.DimensionByName(dimension)
	if d == nil || dimension != "tool" && dimension != string(d.Key) {
		return nil, fault.New(fault.Invalid, "the values of dimension %.60q cannot be listed", dimension)
	}
	found := map[string]bool{}
	err := s.view(ctx, sc.Enterprise, func(v *snapshot) error {
		clear(found) // it may be the second time
		return v.values(ctx, sc, r, d, found)
	})
	return slices.AppendSeq(make([]string, 0, len(found)), sortedKeys(found)), err
}

func sortedKeys(m map[string]bool) func(yield func(string) bool) {
	return slices.Values(slices.Sorted(maps.Keys(m)))
}

// Origins implements store.Store.
func (s *Store) Origins(ctx context.Context, sc query.Scope, src query.Source, r day.Range) ([]store.Origin, error) {
	var out []store.Origin
	err := s.view(ctx, sc.Enterprise, func(v *snapshot) error {
		out = nil // it may be the second time
		units, err := v.Units(ctx, sc.Itself(), r, metric.Totals)
		for _, u := range units {
			if u.Origin != query.Stated && src.Selects(u) {
				out = append(out, store.Origin{Day: u.Day, Tool: v.words.Name(u.Tool), Origin: u.Origin, LinesUnknown: u.LinesUnknown})
			}
		}
		return err
	})
	slices.SortFunc(out, func(a, b store.Origin) int { return cmp.Or(cmp.Compare(a.Day, b.Day), strings.Compare(a.Tool, b.Tool)) })
	return out, err
}

// values adds what the units have of a dimension, in any breakdown that carries it.
func (v *snapshot) values(ctx context.Context, sc query.Scope, r day.Range, d *metric.Dimension, found map[string]bool) error {
	if d.Key == metric.NoKey {
		units, err := v.Units(ctx, sc.Itself(), r, metric.Totals)
		for _, u := range units {
			found[v.words.Name(u.Tool)] = true
		}
		return err
	}
	cells, err := v.cellsIn(ctx, sc.Itself(), r)
	for number, occurs := range cells {
		cell := &v.words.Cells[number]
		// Of these dimensions, the values of people's records.
		ofRecords := metric.Breakdowns[cell.Breakdown].Counters == nil || d.Key != metric.KeyFeature && d.Key != metric.KeySignal && d.Key != metric.KeyPhase
		if name, ok := v.words.NameOf(cell, d.Key); occurs && ofRecords && ok && (d.Key != metric.KeyIDE || metric.IsIDE(name)) {
			found[name] = true
		}
	}
	return err
}

// lines are what a column has of them: NULL where they are unknown.
func lines(l store.Lines) any {
	if !l.Known {
		return nil
	}
	return l.N
}
