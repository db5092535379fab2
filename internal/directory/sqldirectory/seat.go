package sqldirectory

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/query"
)

// PutSeats replaces the seats of an enterprise or organization, unless those
// that are there are newer.
func (d *Directory) PutSeats(ctx context.Context, enterprise, organization int64, asOf time.Time, seats []directory.Seat) error {
	return d.change(ctx, "write seats", func(tx *database.Tx) error {
		if err := checkSeated(ctx, tx, enterprise, organization); err != nil {
			return err
		}
		seats := assign(seats, organization)
		if err := checkOrganizations(ctx, tx, enterprise, seats); err != nil {
			return err
		}
		owner := cmp.Or(organization, enterprise)
		newer, err := newerBilling(ctx, tx, owner, asOf)
		if newer || err != nil {
			return err
		}
		if err := replaceSeats(ctx, tx, enterprise, owner, asOf, seats); err != nil {
			return err
		}
		e, err := entityOf(ctx, tx, owner)
		if err != nil {
			return err
		}
		return record(ctx, tx, directory.Event{Enterprise: enterprise, Action: "seats.imported", Target: describe(e), Detail: english.Count(len(seats), "seat", "seats")})
	})
}

// checkSeated makes sure that there is such an enterprise, and organization in it.
func checkSeated(ctx context.Context, tx *database.Tx, enterprise, organization int64) error {
	want, id := directory.Enterprise, enterprise
	if organization != 0 {
		want, id = directory.Organization, organization
	}
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM entity WHERE id = ? AND kind = ? AND enterprise = ?`,
		id, string(want), enterprise).Scan(&n)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "the directory has no %s %d in enterprise %d", want, id, enterprise)
	}
	return err
}

// checkOrganizations makes sure that the seats' organizations are the enterprise's.
func checkOrganizations(ctx context.Context, tx *database.Tx, enterprise int64, seats []directory.Seat) error {
	known := map[int64]bool{0: true}
	for _, s := range seats {
		if known[s.Organization] {
			continue
		}
		if err := checkSeated(ctx, tx, enterprise, s.Organization); err != nil {
			return err
		}
		known[s.Organization] = true
	}
	return nil
}

// newerBilling reports whether the owner's seats are as of a later time.
func newerBilling(ctx context.Context, tx *database.Tx, owner int64, asOf time.Time) (bool, error) {
	var have int64
	err := tx.QueryRowContext(ctx, `SELECT as_of FROM billing WHERE owner = ?`, owner).Scan(&have)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return have > asOf.UnixMicro(), err
}

// assign gives the seats of an organization's answer to it.
func assign(seats []directory.Seat, organization int64) []directory.Seat {
	if organization == 0 {
		return seats
	}
	seats = slices.Clone(seats)
	for i := range seats {
		seats[i].Organization = organization
	}
	return seats
}

func replaceSeats(ctx context.Context, tx *database.Tx, enterprise, owner int64, asOf time.Time, seats []directory.Seat) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM billing WHERE owner = ?`, owner); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO billing (owner, enterprise, as_of) VALUES (?, ?, ?)`, owner, enterprise, asOf.UnixMicro())
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO billing_history (owner, enterprise, as_of, imported, people) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (owner, as_of) DO UPDATE SET imported = excluded.imported, people = excluded.people`,
		owner, enterprise, asOf.UnixMicro(), time.Now().UnixMicro(), len(distinct(seats)))
	if err != nil {
		return err
	}
	return insertSeats(ctx, tx, "seat", owner, seats)
}

// SeatAnswers lists the answers that PutSeats has put, newest first.
func (d *Directory) SeatAnswers(ctx context.Context, enterprise, organization int64) ([]directory.SeatAnswer, error) {
	list, err := database.Collect(ctx, d.db, func(rows *sql.Rows) (a directory.SeatAnswer, err error) {
		var asOf, imported int64
		err = rows.Scan(&a.Owner, &asOf, &imported, &a.People)
		a.AsOf, a.Imported = time.UnixMicro(asOf).UTC(), time.UnixMicro(imported).UTC()
		return a, err
	}, `
		SELECT   owner, as_of, imported, people
		FROM     billing_history
		WHERE    enterprise = ? AND (CAST(? AS BIGINT) = 0 OR owner = ?)
		ORDER BY as_of DESC, owner`, enterprise, organization, organization)
	return list, d.explain("read the history of seats", err)
}

// insertSeats writes the seats of an owner into one of the tables of seats.
func insertSeats(ctx context.Context, tx *database.Tx, table string, owner int64, seats []directory.Seat) error {
	rows := make([][]any, len(seats))
	for i, s := range seats {
		rows[i] = []any{owner, i, nullID(s.Organization), text(s.UserID), text(s.Login), text(loginKey(s.Login)), text(s.Team), text(s.Plan),
			nullTime(s.Created), nullTime(s.LastActivity), text(s.LastEditor), nullText(string(s.Body))}
	}
	return tx.Insert(ctx, table, []string{"owner", "position", "organization", "user_id", "login", "login_key", "team", "plan",
		"created", "last_activity", "last_editor", "body"}, rows)
}

// loginKey returns the form in which logins are the same or not.
func loginKey(login string) string { return strings.ToLower(login) }

// Seats lists the seats of an enterprise and its organizations, or of one
// organization, each user once, by login.
func (d *Directory) Seats(ctx context.Context, enterprise, organization int64) ([]directory.Seat, error) {
	seats, err := d.seats(ctx, enterprise, organization)
	if err != nil {
		return nil, d.explain("read seats", err)
	}
	return distinct(seats), nil
}

// SeatsOf lists the seats of one user.
func (d *Directory) SeatsOf(ctx context.Context, enterprise int64, user query.Name) ([]directory.Seat, error) {
	seats, err := database.Collect(ctx, d.db, scanSeat, selectSeats+`
		WHERE    b.enterprise = ? AND (s.user_id = ? AND s.user_id <> '' OR s.user_id = '' AND s.login_key = ? AND s.login_key <> '')
		ORDER BY coalesce(s.last_activity, 0) DESC, s.owner, s.position`, enterprise, text(user.ID), text(loginKey(user.Login)))
	if err != nil {
		return nil, d.explain("read a user's seats", err)
	}
	return seats, nil
}

// CountSeats counts the seats of an enterprise and its organizations, or of one
// organization, each user once: users are told apart as by directory.Seat.Holder.
func (d *Directory) CountSeats(ctx context.Context, enterprise, organization int64) (n int64, err error) {
	err = d.db.QueryRowContext(ctx, `
		SELECT count(*) FROM (
			SELECT DISTINCT s.user_id,
			                CASE WHEN s.user_id = '' THEN s.login_key END,
			                CASE WHEN s.user_id = '' AND s.login = '' THEN s.owner END,
			                CASE WHEN s.user_id = '' AND s.login = '' THEN s.position END
			FROM            seat s
			JOIN            billing b ON b.owner = s.owner
			WHERE           b.enterprise = ? AND (CAST(? AS BIGINT) = 0 OR s.organization = ?)) AS users`,
		enterprise, organization, organization).Scan(&n)
	return n, d.explain("count seats", err)
}

// selectSeats begins a statement whose rows scanSeat reads.
const selectSeats = `
		SELECT   coalesce(s.organization, 0), s.user_id, s.login, s.team, s.plan, s.created, s.last_activity,
		         s.last_editor, coalesce(s.body, '')
		FROM     seat s
		JOIN     billing b ON b.owner = s.owner`

// seats lists the seats of every answer, the newest answer first.
func (d *Directory) seats(ctx context.Context, enterprise, organization int64) ([]directory.Seat, error) {
	return database.Collect(ctx, d.db, scanSeat, selectSeats+`
		WHERE    b.enterprise = ? AND (CAST(? AS BIGINT) = 0 OR s.organization = ?)
		ORDER BY b.as_of DESC, s.owner, s.position DESC`, enterprise, organization, organization)
}

// RemoveSeats deletes the seats of whom a name names.
func (d *Directory) RemoveSeats(ctx context.Context, enterprise, organization int64, name query.Name) (n int64, err error) {
	err = d.change(ctx, "remove seats", func(tx *database.Tx) error {
		for _, from := range seatTables {
			done, err := tx.ExecContext(ctx, `
				DELETE FROM `+from.seats+`
				WHERE       (user_id = ? AND user_id <> '' OR login_key = ? AND login_key <> '') AND (CAST(? AS BIGINT) = 0 OR organization = ?)
				AND         owner IN (SELECT owner FROM `+from.answers+` WHERE enterprise = ?)`,
				text(name.ID), text(loginKey(name.Login)), organization, organization, enterprise)
			if err != nil {
				return err
			}
			removed, err := done.RowsAffected()
			if err != nil {
				return err
			}
			n += removed
		}
		if n == 0 {
			return nil
		}
		return record(ctx, tx, directory.Event{Enterprise: enterprise, Action: "seats.removed", Target: "one person", Detail: english.Count(n, "seat", "seats")})
	})
	return n, err
}

func scanSeat(rows *sql.Rows) (s directory.Seat, err error) {
	var created, activity sql.NullInt64
	var body text
	err = rows.Scan(&s.Organization, (*text)(&s.UserID), (*text)(&s.Login), (*text)(&s.Team), (*text)(&s.Plan), &created, &activity, (*text)(&s.LastEditor), &body)
	s.Created, s.LastActivity = timeOf(created), timeOf(activity)
	if body != "" {
		s.Body = []byte(body)
	}
	return s, err
}

// distinct leaves each user's seat with the latest activity; of several, the
// first. Seats of nobody, such as pending invitations, all stay.
func distinct(seats []directory.Seat) []directory.Seat {
	at := make(map[string]int, len(seats))
	var out []directory.Seat
	for _, s := range seats {
		user := s.Holder()
		i, seen := at[user]
		switch {
		case !seen || user == "":
			at[user] = len(out)
			out = append(out, s)
		case s.LastActivity.After(out[i].LastActivity):
			out[i] = s
		}
	}
	slices.SortStableFunc(out, func(a, b directory.Seat) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Login), strings.ToLower(b.Login)), cmp.Compare(a.UserID, b.UserID))
	})
	return out
}

func nullTime(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}

func timeOf(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).UTC()
}
