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

// SeatAnswer reads an owner's answer.
func (d *Directory) SeatAnswer(ctx context.Context, enterprise, organization int64) (asOf time.Time, seats []directory.Seat, err error) {
	owner := cmp.Or(organization, enterprise)
	err = d.db.View(ctx, func(ctx context.Context, tx *database.Tx) error {
		var at sql.NullInt64
		err := tx.QueryRowContext(ctx, `SELECT as_of FROM billing WHERE owner = ?`, owner).Scan(&at)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		asOf = timeOf(at)
		seats, err = seatsIn(ctx, tx, "seat", owner)
		return err
	})
	return asOf, seats, d.explain("read an answer with seats", err)
}

// seatsIn reads an owner's seats in one of the tables of seats.
func seatsIn(ctx context.Context, tx *database.Tx, table string, owner int64) ([]directory.Seat, error) {
	return database.Collect(ctx, tx, scanSeat, `
		SELECT   coalesce(organization, 0), user_id, login, team, plan, created, last_activity, last_editor, coalesce(body, '')
		FROM     `+table+`
		WHERE    owner = ?
		ORDER BY position`, owner)
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
		p.Seats, err = seatsIn(ctx, tx, "seat_page", owner)
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
