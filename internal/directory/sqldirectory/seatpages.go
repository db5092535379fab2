package sqldirectory

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/directory"
)

// SeatsAsOf returns the time of a billing answer and how many people have seats in it.
func (d *Directory) SeatsAsOf(ctx context.Context, enterprise, organization int64) (asOf time.Time, people int64, err error) {
	owner := cmp.Or(organization, enterprise)
	var at int64
	err = d.db.QueryRowContext(ctx, `SELECT as_of FROM billing WHERE owner = ?`, owner).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, 0, nil
	}
	if err == nil {
		err = d.db.QueryRowContext(ctx, `
			SELECT count(DISTINCT CASE WHEN user_id <> '' THEN 'id ' || user_id ELSE 'login ' || login_key END)
			FROM   seat
			WHERE  owner = ? AND (user_id <> '' OR login_key <> '')`, owner).Scan(&people)
	}
	if err != nil {
		return time.Time{}, 0, d.explain("read seats", err)
	}
	return time.UnixMicro(at).UTC(), people, nil
}

// SeatPages returns what has come of a billing answer.
func (d *Directory) SeatPages(ctx context.Context, enterprise, organization int64) (p directory.SeatPages, err error) {
	var at sql.NullInt64
	var seats []byte
	err = d.db.QueryRowContext(ctx, `SELECT as_of, total, nameless, shown, seats FROM seat_pages WHERE owner = ?`, cmp.Or(organization, enterprise)).
		Scan(&at, &p.Total, &p.Nameless, &p.Shown, &seats)
	if errors.Is(err, sql.ErrNoRows) {
		return directory.SeatPages{}, nil
	}
	if err == nil {
		p.AsOf = timeOf(at)
		err = json.Unmarshal(seats, &p.Seats)
	}
	return p, d.explain("read pages of seats", err)
}

// PutSeatPages keeps the pages of a billing answer.
func (d *Directory) PutSeatPages(ctx context.Context, enterprise, organization int64, p directory.SeatPages) error {
	owner := cmp.Or(organization, enterprise)
	return d.note(ctx, "write pages of seats", func(tx *database.Tx) error {
		if err := checkSeated(ctx, tx, enterprise, organization); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM seat_pages WHERE owner = ?`, owner); err != nil {
			return err
		}
		if p.AsOf.IsZero() && p.Total == 0 && p.Nameless == 0 && len(p.Seats) == 0 {
			return nil
		}
		seats, err := json.Marshal(p.Seats)
		if err != nil {
			return fmt.Errorf("write seats: %w", err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO seat_pages (owner, enterprise, as_of, total, nameless, shown, seats) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			owner, enterprise, nullTime(p.AsOf), p.Total, p.Nameless, p.Shown, seats)
		return err
	})
}

// dropFromPages takes seats out of pages that wait for others of their answer, of an
// enterprise, or of one organization if it is not 0.
func dropFromPages(ctx context.Context, tx *database.Tx, enterprise, organization int64, drop func(directory.Seat) bool) error {
	type pages struct {
		owner int64
		seats []byte
	}
	list, err := database.Collect(ctx, tx, func(rows *sql.Rows) (p pages, err error) { return p, rows.Scan(&p.owner, &p.seats) },
		`SELECT owner, seats FROM seat_pages WHERE enterprise = ?`, enterprise)
	if err != nil {
		return err
	}
	for _, p := range list {
		var seats []directory.Seat
		if err := json.Unmarshal(p.seats, &seats); err != nil {
			return fmt.Errorf("read pages of seats: %w", err)
		}
		left := slices.DeleteFunc(slices.Clone(seats), func(s directory.Seat) bool {
			return (organization == 0 || cmp.Or(s.Organization, p.owner) == organization) && drop(s)
		})
		if len(left) == len(seats) {
			continue
		}
		body, err := json.Marshal(left)
		if err == nil {
			_, err = tx.ExecContext(ctx, `UPDATE seat_pages SET seats = ? WHERE owner = ?`, body, p.owner)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
