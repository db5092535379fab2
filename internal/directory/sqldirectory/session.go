package sqldirectory

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
)

const selectSession = `SELECT id, person, how, created, seen, stale FROM session`

func scanSession(rows *sql.Rows) (s directory.Session, err error) {
	var created, seen int64
	err = rows.Scan(&s.ID, &s.Person, &s.How, &created, &seen, &s.Stale)
	s.Created, s.Seen = time.UnixMicro(created).UTC(), time.UnixMicro(seen).UTC()
	return s, err
}

// CreateSession stores a session under its cookie's hash.
func (d *Directory) CreateSession(ctx context.Context, s directory.Session, hash string) (directory.Session, error) {
	err := d.note(ctx, "write a session", func(tx *database.Tx) (err error) {
		if s.ID, err = number(ctx, tx, "session"); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO session (id, hash, stale, person, how, created, seen) VALUES (?, ?, FALSE, ?, ?, ?, ?)`,
			s.ID, hash, s.Person, s.How, s.Created.UnixMicro(), s.Seen.UnixMicro())
		if err != nil {
			return err
		}
		return recordSession(ctx, tx, "signin.done", s.Person, s.How)
	})
	return s, err
}

func recordSession(ctx context.Context, tx *database.Tx, action string, person int64, detail string) error {
	return record(ctx, tx, directory.Event{Action: action, Target: fmt.Sprintf("person %d", person), Subject: person, Detail: detail})
}

// Session returns the session of a cookie.
func (d *Directory) Session(ctx context.Context, hash string, grace time.Duration) (directory.Session, error) {
	var list []directory.Session
	err := d.db.Promptly(ctx, func(ctx context.Context) (err error) {
		list, err = database.Collect(ctx, d.db, scanSession, selectSession+` WHERE hash = ? OR (previous = ? AND rotated > ?)`,
			hash, hash, time.Now().Add(-grace).UnixMicro())
		return err
	})
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "this session does not exist")
	}
	if err != nil {
		return directory.Session{}, d.explain("read a session", err)
	}
	return list[0], nil
}

// CountSessions counts sessions by person.
func (d *Directory) CountSessions(ctx context.Context) (map[int64]int, error) {
	type count struct {
		person int64
		n      int
	}
	list, err := database.Collect(ctx, d.db, func(rows *sql.Rows) (c count, err error) { return c, rows.Scan(&c.person, &c.n) },
		`SELECT person, count(*) FROM session GROUP BY person`)
	if err != nil {
		return nil, d.explain("count sessions", err)
	}
	out := make(map[int64]int, len(list))
	for _, c := range list {
		out[c.person] = c.n
	}
	return out, nil
}

// TouchSession notes when a session was last seen.
func (d *Directory) TouchSession(ctx context.Context, id int64, seen time.Time) error {
	return d.update(ctx, "touch a session", func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE session SET seen = ? WHERE id = ?`, seen.UnixMicro(), id)
		return err
	})
}

// RotateSession gives a session a new cookie, unless another request did.
func (d *Directory) RotateSession(ctx context.Context, old, hash string) (rotated bool, err error) {
	err = d.update(ctx, "rotate a session", func(tx *database.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE session SET previous = hash, hash = ?, rotated = ?, stale = FALSE WHERE hash = ? AND stale`,
			hash, time.Now().UnixMicro(), old)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		rotated = n > 0
		return err
	})
	return rotated, err
}

// EndSession ends one session.
func (d *Directory) EndSession(ctx context.Context, id int64) error {
	return d.change(ctx, "end a session", func(tx *database.Tx) error {
		var person int64
		if err := tx.QueryRowContext(ctx, `SELECT person FROM session WHERE id = ?`, id).Scan(&person); err != nil {
			return missing(err, "session %d does not exist", id)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE id = ?`, id); err != nil {
			return err
		}
		return recordSession(ctx, tx, "signin.ended", person, "1 session")
	})
}

// EndSessions ends all of a person's sessions.
func (d *Directory) EndSessions(ctx context.Context, person int64) (n int64, err error) {
	err = d.change(ctx, "end sessions", func(tx *database.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM session WHERE person = ?`, person)
		if err != nil {
			return err
		}
		if n, err = done.RowsAffected(); err != nil {
			return err
		}
		return recordSession(ctx, tx, "signin.ended", person, english.Count(n, "session", "sessions"))
	})
	return n, err
}

// ExpireSessions forgets those that are too old.
func (d *Directory) ExpireSessions(ctx context.Context, created, seen time.Time) error {
	return d.note(ctx, "expire sessions", func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM session WHERE created < ? OR seen < ?`, created.UnixMicro(), seen.UnixMicro())
		return err
	})
}
