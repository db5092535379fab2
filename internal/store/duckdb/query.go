package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/query"
)

// dialect is DuckDB's SQL.
type dialect struct{}

func (dialect) CountPeople(set, members string) string {
	return "count_people(list(" + set + "), list(" + members + "))"
}

func (dialect) Integer(expr string) string { return "(" + expr + ")::BIGINT" }

func (dialect) Bucket(grain, column string) string {
	if grain == "day" {
		return column + "::VARCHAR"
	}
	return "date_trunc('" + grain + "', " + column + ")::DATE::VARCHAR"
}

func (dialect) Dates(dates []string) string {
	return "(SELECT unnest(['" + strings.Join(dates, "','") + "']::DATE[]) AS day) g"
}

func (dialect) DaysBefore(column string, n int) string {
	return fmt.Sprintf("%s - %d", column, n)
}

// Query implements store.Store.
func (s *Store) Query(ctx context.Context, q query.Query) (*query.Result, error) {
	plan, err := query.Compile(q)
	if err != nil {
		return nil, err
	}
	generation := s.answers.now()     // before the transaction: an answer kept is never older than it says
	tx, err := s.db.BeginTx(ctx, nil) // one state for every selection
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	tables := make([][][]any, len(plan.Selects))
	for i, sel := range plan.Selects {
		text, args := plan.SQL(sel, dialect{})
		key := answerKey(text, args)
		if rows, ok := s.answers.get(key, generation); ok {
			tables[i] = rows
			continue
		}
		tables[i], err = selectAll(ctx, tx, text, args)
		if err != nil {
			return nil, fmt.Errorf("query %s: %w", sel, err)
		}
		s.answers.put(key, tables[i], generation)
	}
	return plan.Assemble(tables), nil
}

func selectAll(ctx context.Context, tx execer, text string, args []any) ([][]any, error) {
	rows, err := tx.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, overflow(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out [][]any
	for rows.Next() {
		row := make([]any, len(names))
		into := make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, overflow(rows.Err())
}

// overflow explains sums that pass 64 bits.
func overflow(err error) error {
	if err != nil && strings.Contains(err.Error(), "out of range") {
		return fault.New(fault.Unsupported, "a sum is larger than a 64-bit integer")
	}
	return err
}

// Span implements store.Store.
func (s *Store) Span(ctx context.Context, sc query.Scope) (day.Range, error) {
	var from, to sql.NullTime
	err := s.db.QueryRowContext(ctx, `SELECT min(day), max(day) FROM day_total WHERE entity = ?`, sc.Entity()).Scan(&from, &to)
	if err != nil {
		return day.Range{}, fmt.Errorf("span: %w", err)
	}
	if !from.Valid {
		return day.Range{From: 1, To: 0}, nil
	}
	return day.Range{From: day.Of(from.Time), To: day.Of(to.Time)}, nil
}

// Values implements store.Store.
func (s *Store) Values(ctx context.Context, sc query.Scope, r day.Range, dimension string) ([]string, error) {
	text := `SELECT DISTINCT c.` + dimension + ` AS v FROM day_cell t JOIN cell c ON c.id = t.cell
		WHERE t.entity = ? AND t.day BETWEEN ? AND ? AND v IS NOT NULL ORDER BY v`
	switch dimension {
	case "tool":
		text = `SELECT DISTINCT tool FROM day_total WHERE entity = ? AND day BETWEEN ? AND ? ORDER BY tool`
	case "ide", "feature", "language", "model":
	default:
		return nil, fault.New(fault.Invalid, "dimension %.60q has no list of values", dimension)
	}
	rows, err := s.db.QueryContext(ctx, text, sc.Entity(), r.From.Time(), r.To.Time())
	if err != nil {
		return nil, fmt.Errorf("values of %s: %w", dimension, err)
	}
	defer rows.Close()
	out := []string{}
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// DataVersion implements store.Store.
func (s *Store) DataVersion(ctx context.Context, enterprise int64) (int64, error) {
	var v int64
	err := s.db.QueryRowContext(ctx, `SELECT coalesce(max(revision), 0) FROM revision_day WHERE enterprise = ?`, enterprise).Scan(&v)
	return v, err
}

func micros(us int64) time.Time { return time.UnixMicro(us).UTC() }
