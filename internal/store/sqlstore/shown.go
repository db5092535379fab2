package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"codegauge/internal/database"
	"codegauge/internal/day"
)

// Changed implements query.Rollups.
func (v *snapshot) Changed(ctx context.Context, r day.Range) (last int64, err error) {
	months, err := recall(ctx, v, memoKey{"changed months", v.enterprise}, func(ctx context.Context, tx *database.Tx) (map[day.Day]int64, error) {
		out := map[day.Day]int64{}
		return out, database.Each(ctx, tx, func(rows *sql.Rows) error {
			var month day.Day
			var revision int64
			err := rows.Scan(&month, &revision)
			out[month] = revision
			return err
		}, `SELECT month, max(revision) FROM changed_month WHERE enterprise = ? AND revision <= ? GROUP BY month`, v.enterprise, v.revision)
	})
	if err != nil {
		return 0, fmt.Errorf("read when months changed: %w", err)
	}
	for month := range r.Months() {
		last = max(last, months[month])
	}
	return last, nil
}

// ShownWeek implements store.Store.
func (s *Store) ShownWeek(ctx context.Context, enterprise int64, week day.Day, minimum int, changed int64) ([]byte, error) {
	var packed []byte
	err := s.db.QueryRowContext(ctx, `SELECT body FROM shown_week WHERE enterprise = ? AND week = ? AND minimum = ? AND changed = ?`, enterprise, int(week), minimum, changed).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, s.explain("read what is shown of a week", err)
	}
	body, err := unpacker.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("what is shown of the week of %s: %w: %w", week, errDamaged, err)
	}
	return body, nil
}

// KeepShownWeek implements store.Store.
func (s *Store) KeepShownWeek(ctx context.Context, enterprise int64, week day.Day, minimum int, changed int64, body []byte) error {
	return s.explain("keep what is shown of a week", s.db.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM shown_week WHERE enterprise = ? AND week = ? AND minimum = ?`, enterprise, int(week), minimum); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO shown_week (enterprise, week, minimum, changed, body) VALUES (?, ?, ?, ?, ?)`, enterprise, int(week), minimum, changed, packer.EncodeAll(body, nil))
		return err
	}))
}
