package sqldirectory

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
)

// Entities lists every entity, by ID. The list is the caller's, its aliases are not.
func (d *Directory) Entities(ctx context.Context) ([]directory.Entity, error) {
	if d.db.InTransaction(ctx) { // which may have changed them, and may fail
		list, err := entities(ctx, d.db)
		return list, d.explain("read entities", err)
	}
	now, err := d.Revision(ctx)
	if err != nil {
		return nil, err
	}
	have := d.entities.Load()
	if have == nil || have.revision != now {
		if have, err = d.readEntities(ctx); err != nil {
			return nil, d.explain("read entities", err)
		}
		d.entities.Store(have)
	}
	return slices.Clone(have.list), nil
}

func (d *Directory) readEntities(ctx context.Context) (*readEntities, error) {
	var out readEntities
	err := d.db.View(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		if out.revision, err = revision(ctx, tx); err == nil {
			out.list, err = entities(ctx, tx)
		}
		return err
	})
	return &out, err
}

// entities reads entities and aliases in one statement, so that they fit.
func entities(ctx context.Context, q database.Querier) ([]directory.Entity, error) {
	var all []directory.Entity
	err := database.Each(ctx, q, func(rows *sql.Rows) error {
		var (
			e       directory.Entity
			created int64
			alias   string
		)
		err := rows.Scan(&e.ID, &e.Kind, &e.Enterprise, &e.Organization, &e.Slug, (*text)(&e.Name), &created, &e.PeopleKey, &e.Policy, (*text)(&alias))
		if len(all) == 0 || all[len(all)-1].ID != e.ID {
			e.Created = time.UnixMicro(created).UTC()
			all = append(all, e)
		}
		if alias != "" {
			last := &all[len(all)-1]
			last.Aliases = append(last.Aliases, alias)
		}
		return err
	}, `
		SELECT    e.id, e.kind, e.enterprise, coalesce(e.organization, 0), coalesce(e.slug, ''), e.name, e.created, e.people_key,
		          coalesce(p.value, ''), coalesce(a.alias, '')
		FROM      entity e
		LEFT JOIN policy p ON p.entity = e.id
		LEFT JOIN alias a ON a.entity = e.id
		ORDER BY  e.id, a.position`)
	return all, err
}

// Reserve takes n numbers that no entity has or had.
func (d *Directory) Reserve(ctx context.Context, n int) (first int64, err error) {
	if n < 1 {
		return 0, fmt.Errorf("reserve %d numbers: at least one", n)
	}
	err = d.change(ctx, "reserve numbers", func(tx *database.Tx) (err error) {
		first, err = numbers(ctx, tx, "entity", int64(n))
		return err
	})
	return first, err
}

// number takes a sequence's next number.
func number(ctx context.Context, tx *database.Tx, name string) (int64, error) {
	return numbers(ctx, tx, name, 1)
}

// numbers takes a sequence's next n numbers and returns the first.
func numbers(ctx context.Context, tx *database.Tx, name string, n int64) (first int64, err error) {
	if _, err := tx.ExecContext(ctx, `UPDATE sequence SET next = next + ? WHERE name = ?`, n, name); err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, `SELECT next FROM sequence WHERE name = ?`, name).Scan(&first)
	return first - n, err
}

// sequence returns the number that the next entity gets.
func sequence(ctx context.Context, tx *database.Tx) (next int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT next FROM sequence WHERE name = 'entity'`).Scan(&next)
	return next, err
}

// Put inserts or updates the entities, all or none.
func (d *Directory) Put(ctx context.Context, put []directory.Entity) error {
	if len(put) == 0 {
		return nil
	}
	return d.change(ctx, "write entities", func(tx *database.Tx) error {
		have, err := entities(ctx, tx)
		if err != nil {
			return err
		}
		next, err := sequence(ctx, tx)
		if err != nil {
			return err
		}
		changes, err := merge(have, put, next, time.Now().UTC())
		if err != nil {
			return err
		}
		if err := write(ctx, tx, changes); err != nil {
			return err
		}
		if err := putSecrets(ctx, tx, changes); err != nil {
			return err
		}
		return recordPut(ctx, tx, changes)
	})
}

// recordPut writes what an import or a command added: each enterprise by
// itself, of the rest how many.
func recordPut(ctx context.Context, tx *database.Tx, changes []change) error {
	added, changed := map[int64]int{}, map[int64]int{}
	for _, c := range changes {
		switch {
		case c.known:
			changed[c.Enterprise]++
		case c.Kind == directory.Enterprise:
			e := directory.Event{Enterprise: c.ID, Action: "enterprise.created", Target: describe(c.Entity), Detail: "policy " + c.Policy.Word()}
			if c.WithoutPeople() {
				e.Detail += ", without people"
			}
			if err := record(ctx, tx, e); err != nil {
				return err
			}
		default:
			added[c.Enterprise]++
		}
	}
	for _, enterprise := range slices.Sorted(maps.Keys(unionOf(added, changed))) {
		e := directory.Event{Enterprise: enterprise, Action: "directory.changed", Target: fmt.Sprintf("enterprise %d", enterprise),
			Detail: fmt.Sprintf("%s added, %s changed", english.Count(added[enterprise], "organization or team", "organizations and teams"), english.Number(changed[enterprise]))}
		if err := record(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

func unionOf(a, b map[int64]int) map[int64]int {
	u := maps.Clone(a)
	maps.Copy(u, b)
	return u
}

// write stores changes. Slugs that change are given up first: two entities may
// have swapped theirs.
func write(ctx context.Context, tx *database.Tx, changes []change) error {
	for _, c := range changes {
		if c.known && c.slug {
			if _, err := tx.ExecContext(ctx, `UPDATE entity SET slug = NULL, slug_key = NULL WHERE id = ?`, c.ID); err != nil {
				return err
			}
		}
	}
	for _, c := range changes {
		if err := writeEntity(ctx, tx, c); err != nil {
			return err
		}
		if err := writeAliases(ctx, tx, c); err != nil {
			return err
		}
	}
	return nil
}

func writeEntity(ctx context.Context, tx *database.Tx, c change) error {
	slug, key := nullString(c.Slug), nullString(slugKey(c.Slug))
	if c.known {
		_, err := tx.ExecContext(ctx, `UPDATE entity SET slug = ?, slug_key = ?, name = ? WHERE id = ?`, slug, key, text(c.Name), c.ID)
		return err
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO entity (id, kind, enterprise, organization, owner, slug, slug_key, name, created, people_key)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, string(c.Kind), c.Enterprise, nullID(c.Organization), owner(c.Entity), slug, key, text(c.Name), c.Created.UnixMicro(), c.PeopleKey)
	if err != nil || c.Policy == directory.PolicyUnset {
		return err
	}
	return writePolicy(ctx, tx, c.ID, c.Policy)
}

// writeAliases stores the aliases that were added.
func writeAliases(ctx context.Context, tx *database.Tx, c change) error {
	for i := c.aliases; i < len(c.Aliases); i++ {
		_, err := tx.ExecContext(ctx, `INSERT INTO alias (entity, position, alias, kind, owner) VALUES (?, ?, ?, ?, ?)`,
			c.ID, i, text(c.Aliases[i]), string(c.Kind), aliasOwner(c.Entity))
		if err != nil {
			return err
		}
	}
	return nil
}

// Remove deletes an entity, what hangs from it, and their seats.
func (d *Directory) Remove(ctx context.Context, id int64) error {
	return d.change(ctx, "remove an entity", func(tx *database.Tx) error {
		e, err := entityOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM entity WHERE id = ?`, id); err != nil {
			return err
		}
		return record(ctx, tx, directory.Event{Enterprise: e.Enterprise, Action: string(e.Kind) + ".removed", Target: describe(e)})
	})
}

// entityOf returns an entity, without its aliases.
func entityOf(ctx context.Context, tx *database.Tx, id int64) (e directory.Entity, err error) {
	err = tx.QueryRowContext(ctx, `
		SELECT    e.id, e.kind, e.enterprise, coalesce(e.organization, 0), coalesce(e.slug, ''), e.name, coalesce(p.value, '')
		FROM      entity e
		LEFT JOIN policy p ON p.entity = e.id
		WHERE     e.id = ?`, id).Scan(&e.ID, &e.Kind, &e.Enterprise, &e.Organization, &e.Slug, (*text)(&e.Name), &e.Policy)
	if errors.Is(err, sql.ErrNoRows) {
		err = fault.New(fault.NotFound, "the directory has no entity %d", id)
	}
	return e, err
}

func nullString(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

func nullID(id int64) sql.NullInt64 { return sql.NullInt64{Int64: id, Valid: id != 0} }
