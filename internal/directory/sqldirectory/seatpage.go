package sqldirectory

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/directory"
)

// seatTables are the tables of seats, and those of the answers that they stand in.
var seatTables = []struct{ seats, answers string }{{"seat", "billing"}, {"seat_page", "billing_pages"}}

// SeatsAsOf returns of which time an owner's answer is, and how many users it has.
func (d *Directory) SeatsAsOf(ctx context.Context, enterprise, organization int64) (time.Time, int64, error) {
	var asOf sql.NullInt64
	var n int64
	err := d.db.QueryRowContext(ctx, `
		SELECT max(b.as_of), count(DISTINCT s.user_id)
		FROM      billing b
		LEFT JOIN seat s ON s.owner = b.owner
		WHERE     b.owner = ?`, cmp.Or(organization, enterprise)).Scan(&asOf, &n)
	return timeOf(asOf), n, d.explain("read the time of seats", err)
}

// SeatPages reads the pages of an answer that is not whole yet.
func (d *Directory) SeatPages(ctx context.Context, enterprise, organization int64) (p directory.SeatPages, err error) {
	owner := cmp.Or(organization, enterprise)
	err = d.db.View(ctx, func(ctx context.Context, tx *database.Tx) error {
		var asOf sql.NullInt64
		err := tx.QueryRowContext(ctx, `SELECT as_of, total, nameless, shown FROM billing_pages WHERE owner = ?`, owner).Scan(&asOf, &p.Total, &p.Nameless, &p.Shown)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		p.AsOf = timeOf(asOf)
		p.Seats, err = database.Collect(ctx, tx, scanSeat, `
			SELECT   coalesce(organization, 0), user_id, login, team, plan, created, last_activity, last_editor, coalesce(body, '')
			FROM     seat_page
			WHERE    owner = ?
			ORDER BY position`, owner)
		return err
	})
	return p, d.explain("read pages of seats", err)
}

// PutSeatPages replaces the pages of an answer that is not whole yet.
func (d *Directory) PutSeatPages(ctx context.Context, enterprise, organization int64, p directory.SeatPages) error {
	owner := cmp.Or(organization, enterprise)
	return d.change(ctx, "write pages of seats", func(tx *database.Tx) error {
		if err := checkSeated(ctx, tx, enterprise, organization); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM billing_pages WHERE owner = ?`, owner); err != nil {
			return err
		}
		if p.Total == 0 {
			return nil
		}
		seats := assign(p.Seats, organization)
		if err := checkOrganizations(ctx, tx, enterprise, seats); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO billing_pages (owner, enterprise, as_of, total, nameless, shown) VALUES (?, ?, ?, ?, ?, ?)`,
			owner, enterprise, p.AsOf.UnixMicro(), p.Total, p.Nameless, p.Shown)
		if err != nil {
			return err
		}
		return insertSeats(ctx, tx, "seat_page", owner, seats)
	})
}
