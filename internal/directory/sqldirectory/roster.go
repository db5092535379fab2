package sqldirectory

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
)

// PutRoster replaces the list of an organization's or team's members.
func (d *Directory) PutRoster(ctx context.Context, entity int64, asOf time.Time, members []directory.Member) error {
	return d.change(ctx, "write a list of members", func(tx *database.Tx) error {
		e, err := entityOf(ctx, tx, entity)
		if err != nil {
			return err
		}
		s, err := secret(ctx, tx, e.Enterprise)
		if err != nil {
			return err
		}
		marks, err := erased(ctx, tx, e.Enterprise)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM roster WHERE owner = ?`, entity); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO roster (owner, enterprise, as_of) VALUES (?, ?, ?)`, entity, e.Enterprise, asOf.UnixMicro()); err != nil {
			return err
		}
		var rows [][]any
		there := map[string]bool{}
		for _, m := range members {
			if there[m.UserID] || marks[s.Mark(metric.Copilot, m.UserID)] {
				continue
			}
			there[m.UserID] = true
			rows = append(rows, []any{entity, text(m.UserID), text(m.Login)})
		}
		return tx.Insert(ctx, "roster_member", []string{"owner", "user_id", "login"}, rows)
	})
}

// Roster reads the list of an organization's or team's members.
func (d *Directory) Roster(ctx context.Context, entity int64) (asOf time.Time, members []directory.Member, err error) {
	err = d.db.View(ctx, func(ctx context.Context, tx *database.Tx) error {
		var at sql.NullInt64
		err := tx.QueryRowContext(ctx, `SELECT as_of FROM roster WHERE owner = ?`, entity).Scan(&at)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		asOf = timeOf(at)
		members, err = database.Collect(ctx, tx, func(rows *sql.Rows) (m directory.Member, err error) {
			return m, rows.Scan((*text)(&m.UserID), (*text)(&m.Login))
		}, `SELECT user_id, login FROM roster_member WHERE owner = ? ORDER BY user_id`, entity)
		return err
	})
	return asOf, members, d.explain("read a list of members", err)
}

// eraseRosters takes each user id off the lists of members.
func eraseRosters(ctx context.Context, tx *database.Tx, e directory.Erasure) error {
	for _, i := range e.Identities {
		_, err := tx.ExecContext(ctx, `
			DELETE FROM roster_member
			WHERE       user_id = ? AND user_id <> '' AND owner IN (SELECT owner FROM roster WHERE enterprise = ?)`, text(seatID(i)), e.Enterprise)
		if err != nil {
			return err
		}
	}
	return nil
}
