package sqldirectory

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/directory"
)

// OwnPlace reports whether a person wants to see their place.
func (d *Directory) OwnPlace(ctx context.Context, person, enterprise int64) (on bool, err error) {
	err = d.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM own_place WHERE person = ? AND enterprise = ?)`, person, enterprise).Scan(&on)
	return on, d.explain("read who wants to see their place", err)
}

// SetOwnPlace sets it.
func (d *Directory) SetOwnPlace(ctx context.Context, who, enterprise int64, on bool) error {
	return d.change(ctx, "write who wants to see their place", func(tx *database.Tx) error {
		if _, err := person(ctx, tx, who); err != nil {
			return err
		}
		stmt, action := `DELETE FROM own_place WHERE person = ? AND enterprise = ?`, "place.hidden"
		if on {
			stmt, action = `INSERT INTO own_place (person, enterprise) VALUES (?, ?) ON CONFLICT DO NOTHING`, "place.shown"
		}
		if _, err := tx.ExecContext(ctx, stmt, who, enterprise); err != nil {
			return err
		}
		return record(ctx, tx, directory.Event{Enterprise: enterprise, Action: action, Target: fmt.Sprintf("person %d", who), Subject: who})
	})
}

// Quarters returns what divides an enterprise's people.
func (d *Directory) Quarters(ctx context.Context, enterprise int64, from day.Day) (directory.QuarterBounds, error) {
	b, err := quarters(ctx, d.db, enterprise, from)
	return b, d.explain("read quarters", err)
}

func quarters(ctx context.Context, q database.Querier, enterprise int64, from day.Day) (b directory.QuarterBounds, err error) {
	var body string
	err = q.QueryRowContext(ctx, `SELECT bounds FROM quarters WHERE enterprise = ? AND first_day = ?`, enterprise, int(from)).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return b, json.Unmarshal([]byte(body), &b)
}

// KeepQuarters keeps it, unless something is kept.
func (d *Directory) KeepQuarters(ctx context.Context, enterprise int64, from day.Day, bounds directory.QuarterBounds) (kept directory.QuarterBounds, err error) {
	body, err := json.Marshal(bounds)
	if err != nil {
		return nil, err
	}
	err = d.note(ctx, "keep quarters", func(tx *database.Tx) error {
		if kept, err = quarters(ctx, tx, enterprise, from); err != nil || kept != nil {
			return err
		}
		kept = bounds
		if _, err := tx.ExecContext(ctx, `DELETE FROM quarters WHERE enterprise = ? AND first_day < ?`, enterprise, int(from)); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO quarters (enterprise, first_day, bounds) VALUES (?, ?, ?)`, enterprise, int(from), string(body))
		return err
	})
	return kept, err
}
