package sqldirectory

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/sorting"
)

// Roles lists the custom roles of an enterprise, or all.
func (d *Directory) Roles(ctx context.Context, enterprise int64) ([]directory.Role, error) {
	list, err := database.Collect(ctx, d.db, func(rows *sql.Rows) (r directory.Role, err error) {
		var permissions string
		err = rows.Scan(&r.Enterprise, &r.Name, &permissions)
		r.Permissions = strings.Fields(permissions)
		return r, err
	}, `SELECT enterprise, name, permissions FROM role WHERE CAST(? AS BIGINT) = 0 OR enterprise = ?`, enterprise, enterprise)
	sorting.Stable(list, func(a, b directory.Role) int {
		return cmp.Or(cmp.Compare(a.Enterprise, b.Enterprise), cmp.Compare(a.Name, b.Name))
	})
	return list, d.explain("read roles", err)
}

// PutRole makes or replaces a custom role.
func (d *Directory) PutRole(ctx context.Context, r directory.Role) error {
	if !slugForm.MatchString(r.Name) || len(r.Permissions) == 0 {
		return fault.New(fault.Invalid, "role %.60q needs a name made of letters, digits, '-', '_' and '.', and at least one permission", r.Name)
	}
	return d.change(ctx, "write a role", func(tx *database.Tx) error { return putRole(ctx, tx, r) })
}

func putRole(ctx context.Context, tx *database.Tx, r directory.Role) error {
	permissions := strings.Join(r.Permissions, " ")
	_, err := tx.ExecContext(ctx, `
		INSERT INTO role (enterprise, name, permissions) VALUES (?, ?, ?)
		ON CONFLICT (enterprise, name) DO UPDATE SET permissions = excluded.permissions`, r.Enterprise, r.Name, permissions)
	if err != nil {
		return err
	}
	if err := staleHolders(ctx, tx, r.Enterprise, r.Name); err != nil {
		return err
	}
	return record(ctx, tx, directory.Event{Enterprise: r.Enterprise, Action: "role.set", Target: "role " + r.Name, Detail: permissions})
}

// inEnterprise selects grants in an enterprise and in what hangs from it.
const inEnterprise = `entity IN (SELECT id FROM entity WHERE enterprise = ?)`

// staleHolders makes the sessions of those who hold a role change their cookies.
func staleHolders(ctx context.Context, tx *database.Tx, enterprise int64, role string) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE session SET stale = TRUE
		WHERE  person IN (SELECT person FROM granted WHERE role = ? AND `+inEnterprise+`)`, role, enterprise)
	return err
}

// RemoveRole deletes a custom role that nobody holds.
func (d *Directory) RemoveRole(ctx context.Context, enterprise int64, name string) error {
	return d.change(ctx, "remove a role", func(tx *database.Tx) error {
		var holders int64
		err := tx.QueryRowContext(ctx, `SELECT count(*) FROM granted WHERE role = ? AND `+inEnterprise, text(name), enterprise).Scan(&holders)
		if err != nil {
			return err
		}
		if holders > 0 {
			return fault.New(fault.Conflict, "the role %s is still held by %s: revoke it first", name, english.Count(holders, "person", "people"))
		}
		if err := one(tx.ExecContext(ctx, `DELETE FROM role WHERE enterprise = ? AND name = ?`, enterprise, text(name))); err != nil {
			return missing(err, "custom role %.60q does not exist", name)
		}
		return record(ctx, tx, directory.Event{Enterprise: enterprise, Action: "role.removed", Target: "role " + name})
	})
}

// errNone says that a statement touched no row.
var errNone = errors.New("no row")

// one makes sure that a statement touched a row.
func one(done sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := done.RowsAffected()
	if err == nil && n == 0 {
		err = errNone
	}
	return err
}

// missing puts words to a row that was not there.
func missing(err error, format string, args ...any) error {
	if errors.Is(err, errNone) || errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.NotFound, format, args...)
	}
	return err
}

const selectGrant = `SELECT id, person, role, coalesce(entity, 0), created, claimed FROM granted`

func scanGrant(rows *sql.Rows) (g directory.Grant, err error) {
	var created int64
	err = rows.Scan(&g.ID, &g.Person, (*text)(&g.Role), &g.Entity, &created, &g.Claimed)
	g.Created = time.UnixMicro(created).UTC()
	return g, err
}

// Grants lists the grants in an enterprise, or all.
func (d *Directory) Grants(ctx context.Context, enterprise int64) ([]directory.Grant, error) {
	list, err := database.Collect(ctx, d.db, scanGrant, selectGrant+` WHERE CAST(? AS BIGINT) = 0 OR `+inEnterprise+` ORDER BY id`, enterprise, enterprise)
	return list, d.explain("read grants", err)
}

// GrantsOf lists a person's grants.
func (d *Directory) GrantsOf(ctx context.Context, person int64) ([]directory.Grant, error) {
	list, err := database.Collect(ctx, d.db, scanGrant, selectGrant+` WHERE person = ? ORDER BY id`, person)
	return list, d.explain("read grants", err)
}

// Grant gives a person a role.
func (d *Directory) Grant(ctx context.Context, g directory.Grant) (directory.Grant, error) {
	err := d.change(ctx, "write a grant", func(tx *database.Tx) (err error) {
		g, err = putGrant(ctx, tx, g)
		return err
	})
	return g, err
}

func putGrant(ctx context.Context, tx *database.Tx, g directory.Grant) (directory.Grant, error) {
	enterprise, where, err := grantPlace(ctx, tx, g)
	if err != nil {
		return g, err
	}
	have, err := database.Collect(ctx, tx, scanGrant, selectGrant+` WHERE person = ? AND role = ? AND coalesce(entity, 0) = ?`, g.Person, text(g.Role), g.Entity)
	if err != nil {
		return g, err
	}
	if len(have) > 0 {
		byHand := have[0].Claimed && !g.Claimed
		if g = have[0]; !byHand {
			return g, nil
		}
		g.Claimed = false
		if _, err := tx.ExecContext(ctx, `UPDATE granted SET claimed = FALSE WHERE id = ?`, g.ID); err != nil {
			return g, err
		}
		return g, recordGrant(ctx, tx, "role.granted", enterprise, where, g)
	}
	if g.ID, err = number(ctx, tx, "granted"); err != nil {
		return g, err
	}
	g.Created = time.Now().UTC().Truncate(time.Microsecond)
	_, err = tx.ExecContext(ctx, `INSERT INTO granted (id, person, role, entity, created, claimed) VALUES (?, ?, ?, ?, ?, ?)`,
		g.ID, g.Person, text(g.Role), nullID(g.Entity), g.Created.UnixMicro(), g.Claimed)
	if err != nil {
		return g, err
	}
	return g, recordGrant(ctx, tx, "role.granted", enterprise, where, g)
}

// grantPlace returns in whose log a grant belongs, and what it is in.
func grantPlace(ctx context.Context, tx *database.Tx, g directory.Grant) (enterprise int64, where string, err error) {
	if _, err := person(ctx, tx, g.Person); err != nil {
		return 0, "", err
	}
	if g.Entity == 0 {
		return 0, "the installation", nil
	}
	e, err := entityOf(ctx, tx, g.Entity)
	return e.Enterprise, describe(e), err
}

func recordGrant(ctx context.Context, tx *database.Tx, action string, enterprise int64, where string, g directory.Grant) error {
	if _, err := tx.ExecContext(ctx, `UPDATE session SET stale = TRUE WHERE person = ?`, g.Person); err != nil {
		return err
	}
	return record(ctx, tx, directory.Event{Enterprise: enterprise, Action: action, Target: fmt.Sprintf("person %d", g.Person),
		Subject: g.Person, Detail: g.Role + " in " + where})
}

// Revoke takes a grant back.
func (d *Directory) Revoke(ctx context.Context, id int64) error {
	return d.change(ctx, "revoke a grant", func(tx *database.Tx) error { return revoke(ctx, tx, id) })
}

func revoke(ctx context.Context, tx *database.Tx, id int64) error {
	have, err := database.Collect(ctx, tx, scanGrant, selectGrant+` WHERE id = ?`, id)
	if err != nil {
		return err
	}
	if len(have) == 0 {
		return fault.New(fault.NotFound, "grant %d does not exist", id)
	}
	enterprise, where, err := grantPlace(ctx, tx, have[0])
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM granted WHERE id = ?`, id); err != nil {
		return err
	}
	return recordGrant(ctx, tx, "role.revoked", enterprise, where, have[0])
}
