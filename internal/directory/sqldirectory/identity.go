package sqldirectory

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

const selectIdentity = `SELECT enterprise, tool, user_id, login, person, how, linked, linked_by, confirmed, confirmed_by FROM identity`

func scanIdentity(rows *sql.Rows) (i directory.Identity, err error) {
	var linked int64
	var confirmed sql.NullInt64
	err = rows.Scan(&i.Enterprise, (*text)(&i.Tool), (*text)(&i.UserID), (*text)(&i.Login), &i.Person, &i.How, &linked, &i.Linker, &confirmed, &i.Confirmer)
	i.Linked, i.Confirmed = time.UnixMicro(linked).UTC(), timeOf(confirmed)
	return i, err
}

// Identities lists an enterprise's linked identities.
func (d *Directory) Identities(ctx context.Context, enterprise int64) ([]directory.Identity, error) {
	list, err := identitiesWhere(ctx, d.db, `enterprise = ?`, enterprise)
	return list, d.explain("read identities", err)
}

// IdentitiesOf lists a person's identities.
func (d *Directory) IdentitiesOf(ctx context.Context, person int64) ([]directory.Identity, error) {
	list, err := identitiesWhere(ctx, d.db, `person = ?`, person)
	return list, d.explain("read a person's identities", err)
}

func identitiesWhere(ctx context.Context, q database.Querier, where string, value int64) ([]directory.Identity, error) {
	list, err := database.Collect(ctx, q, scanIdentity, selectIdentity+` WHERE `+where, value)
	slices.SortFunc(list, func(a, b directory.Identity) int { // databases order texts in their own ways
		return cmp.Or(cmp.Compare(a.Enterprise, b.Enterprise), cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.UserID, b.UserID))
	})
	return list, err
}

// Link gives identities to the people they name.
func (d *Directory) Link(ctx context.Context, identities []directory.Identity) error {
	return d.change(ctx, "link identities", func(tx *database.Tx) error { return link(ctx, tx, identities) })
}

// link links identities, which nobody has confirmed. One that the person has already keeps
// who linked and who confirmed it.
func link(ctx context.Context, tx *database.Tx, identities []directory.Identity) error {
	linked, taken := named{}, named{}
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
		holder, err := holderOf(ctx, tx, i)
		if err != nil {
			return err
		}
		i.Linker, i.Confirmed, i.Confirmer = directory.ActorOf(ctx).Name, time.Time{}, ""
		if holder.Person == i.Person {
			i.Linker, i.Confirmed, i.Confirmer = holder.Linker, holder.Confirmed, holder.Confirmer
		} else if holder.Person != 0 {
			taken.add(holder)
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO identity (enterprise, tool, user_id, login, person, how, linked, linked_by, confirmed, confirmed_by)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (enterprise, tool, user_id) DO UPDATE
			SET login = excluded.login, person = excluded.person, how = excluded.how, linked = excluded.linked,
			    linked_by = excluded.linked_by, confirmed = excluded.confirmed, confirmed_by = excluded.confirmed_by`,
			i.Enterprise, text(i.Tool), text(i.UserID), text(i.Login), i.Person, i.How, time.Now().UnixMicro(),
			i.Linker, nullTime(i.Confirmed), i.Confirmer)
		if err != nil {
			return err
		}
		linked.add(i)
	}
	if err := noteLinks(ctx, tx, enterprisesOf(linked)); err != nil {
		return err
	}
	if err := recordNamed(ctx, tx, "identity.unlinked", taken); err != nil {
		return err
	}
	return recordNamed(ctx, tx, "identity.linked", linked)
}

// holderOf returns an identity as it is linked; the zero Identity if it is not.
func holderOf(ctx context.Context, q database.Querier, i directory.Identity) (directory.Identity, error) {
	list, err := database.Collect(ctx, q, scanIdentity, selectIdentity+` WHERE enterprise = ? AND tool = ? AND user_id = ?`,
		i.Enterprise, text(i.Tool), text(i.UserID))
	if err != nil || len(list) == 0 {
		return directory.Identity{}, err
	}
	return list[0], nil
}

// Confirm notes that identities are those of the people they name.
func (d *Directory) Confirm(ctx context.Context, identities []directory.Identity) error {
	return d.change(ctx, "confirm identities", func(tx *database.Tx) error {
		confirmed := named{}
		for _, i := range identities {
			err := one(tx.ExecContext(ctx, `
				UPDATE identity SET confirmed = ?, confirmed_by = ?
				WHERE  enterprise = ? AND tool = ? AND user_id = ? AND person = ?`,
				time.Now().UnixMicro(), directory.ActorOf(ctx).Name, i.Enterprise, text(i.Tool), text(i.UserID), i.Person))
			if errors.Is(err, errNone) {
				return fault.New(fault.Conflict, "identity %.60q of %s has since been unlinked, or linked to somebody else", i.UserID, i.Tool)
			}
			if err != nil {
				return err
			}
			confirmed.add(i)
		}
		return recordNamed(ctx, tx, "identity.confirmed", confirmed)
	})
}

// lapse takes back what was confirmed of a person's identities when somebody else changes
// how the person signs in: whoever does that could use the account.
func lapse(ctx context.Context, tx *database.Tx, person int64) error {
	if directory.ActorOf(ctx).Person == person {
		return nil
	}
	list, err := identitiesWhere(ctx, tx, `confirmed IS NOT NULL AND person = ?`, person)
	if err != nil || len(list) == 0 {
		return err
	}
	lapsed := named{}
	for _, i := range list {
		lapsed.add(i)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE identity SET confirmed = NULL, confirmed_by = '' WHERE person = ?`, person); err != nil {
		return err
	}
	return recordNamed(ctx, tx, "identity.unconfirmed", lapsed)
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

// named are identities, by whose they are.
type named map[personIn][]directory.Identity

func (n named) add(i directory.Identity) {
	k := personIn{i.Enterprise, i.Person}
	n[k] = append(n[k], i)
}

// recordNamed writes an entry for each person, in the order of their numbers, with what
// the audit log calls their identities.
func recordNamed(ctx context.Context, tx *database.Tx, action string, list named) error {
	for _, k := range sortedPeople(list) {
		s, err := secret(ctx, tx, k.enterprise)
		if err != nil {
			return err
		}
		var names []string
		for _, i := range list[k] {
			names = append(names, i.Tool+" "+s.AuditName(i.Tool, i.UserID))
		}
		err = record(ctx, tx, directory.Event{Enterprise: k.enterprise, Action: action, Target: fmt.Sprintf("person %d", k.person),
			Subject: k.person, Detail: strings.Join(names, ", ")})
		if err != nil {
			return err
		}
	}
	return nil
}

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
	taken := named{}
	for _, i := range identities {
		holder, err := holderOf(ctx, tx, i)
		if err == nil && holder.Person == 0 {
			err = fault.New(fault.NotFound, "identity %.60q of %s is not linked", i.UserID, i.Tool)
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM identity WHERE enterprise = ? AND tool = ? AND user_id = ?`, i.Enterprise, text(i.Tool), text(i.UserID))
		if err != nil {
			return err
		}
		taken.add(holder)
	}
	if err := noteLinks(ctx, tx, enterprisesOf(taken)); err != nil {
		return err
	}
	return recordNamed(ctx, tx, "identity.unlinked", taken)
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
