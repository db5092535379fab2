package sqldirectory

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// PersonByLogin returns whom an identity provider's subject is.
func (d *Directory) PersonByLogin(ctx context.Context, issuer, subject string) (directory.Person, error) {
	p, err := onePerson(ctx, d.db, "nobody here has that identity", `
		JOIN login l ON l.person = p.id WHERE l.issuer = ? AND l.subject = ?`, text(issuer), text(subject))
	return p, d.explain("read a login", err)
}

// BindLogin makes a subject a person's.
func (d *Directory) BindLogin(ctx context.Context, id int64, issuer, subject string) error {
	return d.change(ctx, "bind a login", func(tx *database.Tx) error {
		if issuer == "" || subject == "" {
			return fault.New(fault.Invalid, "a login needs an issuer and a subject")
		}
		if len(issuer) > maxID || len(subject) > maxID {
			return fault.New(fault.Invalid, "a login's issuer or subject is longer than %d bytes", maxID)
		}
		if _, err := person(ctx, tx, id); err != nil {
			return err
		}
		var holder int64
		err := tx.QueryRowContext(ctx, `SELECT person FROM login WHERE issuer = ? AND subject = ?`, text(issuer), text(subject)).Scan(&holder)
		if err == nil && holder != id {
			return fault.New(fault.Conflict, "this identity is already bound to another person")
		}
		if err == nil || !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO login (issuer, subject, person) VALUES (?, ?, ?)`, text(issuer), text(subject), id); err != nil {
			return err
		}
		if err := lapse(ctx, tx, id); err != nil {
			return err
		}
		return recordSession(ctx, tx, "signin.bound", id, issuer)
	})
}

// Logins counts a person's subjects at an issuer.
func (d *Directory) Logins(ctx context.Context, person int64, issuer string) (n int64, err error) {
	err = d.db.QueryRowContext(ctx, `SELECT count(*) FROM login WHERE person = ? AND issuer = ?`, person, text(issuer)).Scan(&n)
	return n, d.explain("read logins", err)
}

// Password returns a person's password hash.
func (d *Directory) Password(ctx context.Context, person int64) (hash string, err error) {
	err = d.db.QueryRowContext(ctx, `SELECT hash FROM password WHERE person = ?`, person).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return hash, d.explain("read a password", err)
}

// SetPassword replaces a person's password hash and ends what the old one began.
func (d *Directory) SetPassword(ctx context.Context, id int64, hash string) error {
	return d.change(ctx, "set a password", func(tx *database.Tx) error {
		if _, err := person(ctx, tx, id); err != nil {
			return err
		}
		for _, statement := range []string{`DELETE FROM password WHERE person = ?`, `DELETE FROM invitation WHERE person = ?`, `DELETE FROM session WHERE person = ?`} {
			if _, err := tx.ExecContext(ctx, statement, id); err != nil {
				return err
			}
		}
		detail := "taken away"
		if hash != "" {
			detail = "set"
			if _, err := tx.ExecContext(ctx, `INSERT INTO password (person, hash) VALUES (?, ?)`, id, hash); err != nil {
				return err
			}
		}
		return recordSession(ctx, tx, "password.set", id, detail)
	})
}

// Invite stores an invitation's hash.
func (d *Directory) Invite(ctx context.Context, id int64, hash string, expires time.Time) error {
	return d.change(ctx, "invite a person", func(tx *database.Tx) error {
		p, err := person(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM invitation WHERE person = ?`, id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO invitation (hash, person, expires) VALUES (?, ?, ?)`, hash, id, expires.UnixMicro())
		if err != nil {
			return err
		}
		if err := lapse(ctx, tx, id); err != nil {
			return err
		}
		return recordPerson(ctx, tx, "person.invited", p, "")
	})
}

// Invited returns whom an invitation is for.
func (d *Directory) Invited(ctx context.Context, hash string, now time.Time) (directory.Person, error) {
	p, err := onePerson(ctx, d.db, "the link has been used or has expired: ask for a new one", `
		JOIN invitation i ON i.person = p.id WHERE i.hash = ? AND i.expires > ?`, hash, now.UnixMicro())
	return p, d.explain("read an invitation", err)
}
