package sqldirectory

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

const selectPerson = `SELECT p.id, coalesce(p.enterprise, 0), p.name, p.email, p.disabled, p.created FROM person p`

func scanPerson(rows *sql.Rows) (p directory.Person, err error) {
	var created int64
	err = rows.Scan(&p.ID, &p.Enterprise, &p.Name, &p.Email, &p.Disabled, &created)
	p.Created = time.UnixMicro(created).UTC()
	return p, err
}

// People lists the people of an enterprise, or all, by ID.
func (d *Directory) People(ctx context.Context, enterprise int64) ([]directory.Person, error) {
	list, err := database.Collect(ctx, d.db, scanPerson, selectPerson+`
		WHERE CAST(? AS BIGINT) = 0 OR p.enterprise = ?
		   OR p.id IN (SELECT person FROM identity WHERE enterprise = ?)
		   OR p.id IN (SELECT person FROM granted WHERE `+inEnterprise+`)
		ORDER BY p.id`, enterprise, enterprise, enterprise, enterprise)
	return list, d.explain("read people", err)
}

// Person returns a person.
func (d *Directory) Person(ctx context.Context, id int64) (directory.Person, error) {
	p, err := person(ctx, d.db, id)
	return p, d.explain("read a person", err)
}

func person(ctx context.Context, q database.Querier, id int64) (directory.Person, error) {
	return onePerson(ctx, q, fmt.Sprintf("person %d does not exist", id), ` WHERE p.id = ?`, id)
}

func onePerson(ctx context.Context, q database.Querier, none, where string, args ...any) (directory.Person, error) {
	list, err := database.Collect(ctx, q, scanPerson, selectPerson+where, args...)
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "%s", none)
	}
	if err != nil {
		return directory.Person{}, err
	}
	return list[0], nil
}

// PersonByEmail returns the person with an e-mail address.
func (d *Directory) PersonByEmail(ctx context.Context, email string) (directory.Person, error) {
	p, err := onePerson(ctx, d.db, "no account has this e-mail address", ` WHERE p.email_key = ?`, text(emailKey(email)))
	return p, d.explain("read a person", err)
}

// emailKey returns the form in which addresses are the same or not.
func emailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// PutPerson makes or changes a person.
func (d *Directory) PutPerson(ctx context.Context, p directory.Person) (directory.Person, error) {
	err := d.change(ctx, "write a person", func(tx *database.Tx) (err error) {
		p, err = putPerson(ctx, tx, p)
		return err
	})
	return p, err
}

func putPerson(ctx context.Context, tx *database.Tx, p directory.Person) (directory.Person, error) {
	p.Name, p.Email = strings.TrimSpace(p.Name), strings.TrimSpace(p.Email)
	if err := checkPerson(ctx, tx, p); err != nil {
		return p, err
	}
	if p.ID != 0 {
		return p, changePerson(ctx, tx, p)
	}
	var err error
	if p.ID, err = number(ctx, tx, "person"); err != nil {
		return p, err
	}
	p.Created = time.Now().UTC().Truncate(time.Microsecond)
	_, err = tx.ExecContext(ctx, `
		INSERT INTO person (id, enterprise, name, email, email_key, disabled, created) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		p.ID, nullID(p.Enterprise), p.Name, p.Email, nullString(emailKey(p.Email)), p.Disabled, p.Created.UnixMicro())
	if err != nil {
		return p, err
	}
	return p, recordPerson(ctx, tx, "person.created", p, "")
}

// maxName bounds names and addresses.
const maxName = 254

func checkPerson(ctx context.Context, tx *database.Tx, p directory.Person) error {
	if p.Name == "" && p.Email == "" {
		return fault.New(fault.Invalid, "a person needs a name or an e-mail address")
	}
	if len(p.Name) > maxName || len(p.Email) > maxName || strings.ContainsFunc(p.Name+p.Email, control) || !utf8.ValidString(p.Name) || !utf8.ValidString(p.Email) {
		return fault.New(fault.Invalid, "the name or e-mail address has control characters, is not valid UTF-8 or is longer than %d bytes", maxName)
	}
	if at := strings.Index(p.Email, "@"); p.Email != "" && (at < 1 || at == len(p.Email)-1 || strings.ContainsAny(p.Email, " <>,;")) {
		return fault.New(fault.Invalid, "%.60q is not an e-mail address", p.Email)
	}
	var other int64
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM person WHERE email_key = ? AND id <> ?`, emailKey(p.Email), p.ID).Scan(&other)
	if err == nil && other > 0 && p.Email != "" {
		err = fault.New(fault.Conflict, "another person already has this e-mail address")
	}
	return err
}

func control(r rune) bool {
	return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029
}

func changePerson(ctx context.Context, tx *database.Tx, p directory.Person) error {
	before, err := person(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE person SET enterprise = ?, name = ?, email = ?, email_key = ?, disabled = ? WHERE id = ?`,
		nullID(p.Enterprise), p.Name, p.Email, nullString(emailKey(p.Email)), p.Disabled, p.ID)
	if err != nil {
		return err
	}
	if p.Disabled {
		if err := isNoGuardian(ctx, tx, p.ID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE person = ?`, p.ID); err != nil {
			return err
		}
	}
	if emailKey(before.Email) != emailKey(p.Email) {
		if err := lapse(ctx, tx, p.ID); err != nil {
			return err
		}
	}
	return recordPerson(ctx, tx, "person.changed", p, personChange(before, p))
}

// personChange says what changed, not into what: the log outlives the person.
func personChange(a, b directory.Person) string {
	var what []string
	if a.Name != b.Name {
		what = append(what, "name")
	}
	if a.Email != b.Email {
		what = append(what, directory.EmailChanged)
	}
	switch {
	case b.Disabled && !a.Disabled:
		what = append(what, "disabled")
	case a.Disabled && !b.Disabled:
		what = append(what, "enabled")
	}
	return strings.Join(what, ", ")
}

func recordPerson(ctx context.Context, tx *database.Tx, action string, p directory.Person, detail string) error {
	return record(ctx, tx, directory.Event{Enterprise: p.Enterprise, Action: action, Target: fmt.Sprintf("person %d", p.ID), Subject: p.ID, Detail: detail})
}

// RemovePerson deletes a person and what is theirs.
func (d *Directory) RemovePerson(ctx context.Context, id int64) error {
	return d.change(ctx, "remove a person", func(tx *database.Tx) error { return removePerson(ctx, tx, id) })
}

func removePerson(ctx context.Context, tx *database.Tx, id int64) error {
	p, err := person(ctx, tx, id)
	if err != nil {
		return err
	}
	enterprises, err := enterprisesOfPerson(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := isNoGuardian(ctx, tx, id); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM person WHERE id = ?`, id); err != nil {
		return err
	}
	if err := noteLinks(ctx, tx, enterprises); err != nil {
		return err
	}
	return recordPerson(ctx, tx, "person.removed", p, "")
}
