package sqldirectory

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

const selectIdentity = `SELECT enterprise, tool, user_id, login, person, how, linked FROM identity`

func scanIdentity(rows *sql.Rows) (i directory.Identity, err error) {
	var linked int64
	err = rows.Scan(&i.Enterprise, (*text)(&i.Tool), (*text)(&i.UserID), (*text)(&i.Login), &i.Person, &i.How, &linked)
	i.Linked = time.UnixMicro(linked).UTC()
	return i, err
}

// Identities lists an enterprise's linked identities.
func (d *Directory) Identities(ctx context.Context, enterprise int64) ([]directory.Identity, error) {
	list, err := database.Collect(ctx, d.db, scanIdentity, selectIdentity+` WHERE enterprise = ?`, enterprise)
	slices.SortFunc(list, func(a, b directory.Identity) int { // databases order texts in their own ways
		return cmp.Or(cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.UserID, b.UserID))
	})
	return list, d.explain("read identities", err)
}

// Link gives identities to the people they name.
func (d *Directory) Link(ctx context.Context, identities []directory.Identity) error {
	return d.change(ctx, "link identities", func(tx *database.Tx) error { return link(ctx, tx, identities) })
}

func link(ctx context.Context, tx *database.Tx, identities []directory.Identity) error {
	counts := map[personIn]int{}
	known := knownPeople{}
	gone := erasedIn{}
	for _, i := range identities {
		if err := checkIdentity(i); err != nil {
			return err
		}
		if err := known.check(ctx, tx, i.Person); err != nil {
			return err
		}
		if err := gone.check(ctx, tx, i); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO identity (enterprise, tool, user_id, login, person, how, linked) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (enterprise, tool, user_id) DO UPDATE
			SET login = excluded.login, person = excluded.person, how = excluded.how, linked = excluded.linked`,
			i.Enterprise, text(i.Tool), text(i.UserID), text(i.Login), i.Person, i.How, time.Now().UnixMicro())
		if err != nil {
			return err
		}
		counts[personIn{i.Enterprise, i.Person}]++
	}
	if err := noteLinks(ctx, tx, enterprisesOf(counts)); err != nil {
		return err
	}
	return recordCounts(ctx, tx, "identity.linked", "identities", counts)
}

func checkIdentity(i directory.Identity) error {
	if i.Tool == "" || i.UserID == "" || i.How == "" {
		return fault.New(fault.Invalid, "an identity needs a tool, a user id and a way in which it was linked")
	}
	if len(i.Tool) > maxID || len(i.UserID) > maxID {
		return fault.New(fault.Invalid, "an identity's tool or user id is longer than %d bytes", maxID)
	}
	return nil
}

// knownPeople are the people who are known to be there, by number.
type knownPeople map[int64]bool

func (k knownPeople) check(ctx context.Context, q database.Querier, id int64) error {
	if k[id] {
		return nil
	}
	_, err := person(ctx, q, id)
	k[id] = err == nil
	return err
}

// personIn is a person in an enterprise's log.
type personIn struct{ enterprise, person int64 }

// recordCounts writes an entry for each person, in the order of their numbers.
func recordCounts(ctx context.Context, tx *database.Tx, action, noun string, counts map[personIn]int) error {
	for _, k := range sortedPeople(counts) {
		err := record(ctx, tx, directory.Event{Enterprise: k.enterprise, Action: action, Target: fmt.Sprintf("person %d", k.person),
			Subject: k.person, Detail: fmt.Sprintf("%d %s", counts[k], noun)})
		if err != nil {
			return err
		}
	}
	return nil
}

// Unlink takes identities from whoever has them.
func (d *Directory) Unlink(ctx context.Context, identities []directory.Identity) error {
	return d.change(ctx, "unlink identities", func(tx *database.Tx) error { return unlink(ctx, tx, identities) })
}

func unlink(ctx context.Context, tx *database.Tx, identities []directory.Identity) error {
	counts := map[personIn]int{}
	for _, i := range identities {
		var holder int64
		err := tx.QueryRowContext(ctx, `SELECT person FROM identity WHERE enterprise = ? AND tool = ? AND user_id = ?`,
			i.Enterprise, text(i.Tool), text(i.UserID)).Scan(&holder)
		if err != nil {
			return missing(err, "identity %.60q of %s is not linked", i.UserID, i.Tool)
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM identity WHERE enterprise = ? AND tool = ? AND user_id = ?`, i.Enterprise, text(i.Tool), text(i.UserID))
		if err != nil {
			return err
		}
		counts[personIn{i.Enterprise, holder}]++
	}
	if err := noteLinks(ctx, tx, enterprisesOf(counts)); err != nil {
		return err
	}
	return recordCounts(ctx, tx, "identity.unlinked", "identities", counts)
}

const selectMembership = `SELECT enterprise, person, entity, first_day, last_day FROM membership`

func scanMembership(rows *sql.Rows) (m directory.Membership, err error) {
	var from, to int64
	err = rows.Scan(&m.Enterprise, &m.Person, &m.Entity, &from, &to)
	m.From, m.To = day.Day(from), day.Day(to)
	return m, err
}

// Memberships lists an enterprise's.
func (d *Directory) Memberships(ctx context.Context, enterprise int64) ([]directory.Membership, error) {
	list, err := database.Collect(ctx, d.db, scanMembership, selectMembership+` WHERE enterprise = ? ORDER BY person, entity, first_day`, enterprise)
	return list, d.explain("read memberships", err)
}

// PutMemberships adds memberships or changes when they end.
func (d *Directory) PutMemberships(ctx context.Context, list []directory.Membership) error {
	return d.change(ctx, "write memberships", func(tx *database.Tx) error { return putMemberships(ctx, tx, list) })
}

func putMemberships(ctx context.Context, tx *database.Tx, list []directory.Membership) error {
	counts := map[personIn]int{}
	known := map[int64]directory.Entity{}
	for _, m := range list {
		if m.To != 0 && m.To < m.From {
			return fault.New(fault.Invalid, "a membership ends (%s) before it begins (%s)", m.To, m.From)
		}
		e, ok := known[m.Entity]
		if !ok {
			var err error
			if e, err = entityOf(ctx, tx, m.Entity); err != nil {
				return err
			}
			known[m.Entity] = e
		}
		if e.Enterprise != m.Enterprise || e.Kind == directory.Enterprise {
			return fault.New(fault.Invalid, "%s is not an organization or team of enterprise %d", describe(e), m.Enterprise)
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO membership (enterprise, person, entity, first_day, last_day) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (person, entity, first_day) DO UPDATE SET last_day = excluded.last_day`,
			m.Enterprise, m.Person, m.Entity, int64(m.From), int64(m.To))
		if err != nil {
			return err
		}
		counts[personIn{m.Enterprise, m.Person}]++
	}
	if err := noteLinks(ctx, tx, enterprisesOf(counts)); err != nil {
		return err
	}
	return recordCounts(ctx, tx, "membership.set", "memberships", counts)
}

// RemoveMemberships deletes memberships, by person, entity and first day.
func (d *Directory) RemoveMemberships(ctx context.Context, list []directory.Membership) error {
	return d.change(ctx, "remove memberships", func(tx *database.Tx) error { return removeMemberships(ctx, tx, list) })
}

func removeMemberships(ctx context.Context, tx *database.Tx, list []directory.Membership) error {
	counts := map[personIn]int{}
	for _, m := range list {
		err := one(tx.ExecContext(ctx, `DELETE FROM membership WHERE person = ? AND entity = ? AND first_day = ?`, m.Person, m.Entity, int64(m.From)))
		if err != nil {
			return missing(err, "person %d does not have this membership", m.Person)
		}
		counts[personIn{m.Enterprise, m.Person}]++
	}
	if err := noteLinks(ctx, tx, enterprisesOf(counts)); err != nil {
		return err
	}
	return recordCounts(ctx, tx, "membership.removed", "memberships", counts)
}
