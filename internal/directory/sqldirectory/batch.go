package sqldirectory

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// undo is what takes a batch back: the people it made go, identities and
// memberships become what they were.
type undo struct {
	Made, Changed     []directory.Person
	Linked, Before    []directory.Identity
	Joined, JoinedWas []directory.Membership
}

// ApplyBatch puts a change in place as one.
func (d *Directory) ApplyBatch(ctx context.Context, enterprise int64, c directory.BatchChange) (b directory.Batch, err error) {
	err = d.change(ctx, "import people", func(tx *database.Tx) error {
		u, err := before(ctx, tx, enterprise, c)
		if err != nil {
			return err
		}
		if err := applyPeople(ctx, tx, enterprise, &c, &u); err != nil {
			return err
		}
		if err := link(ctx, tx, c.Identities); err != nil {
			return err
		}
		if err := putMemberships(ctx, tx, c.Memberships); err != nil {
			return err
		}
		u.Linked, u.Joined = c.Identities, c.Memberships
		b, err = writeBatch(ctx, tx, enterprise, c.Summary, u)
		return err
	})
	return b, err
}

// before notes what a change replaces.
func before(ctx context.Context, tx *database.Tx, enterprise int64, c directory.BatchChange) (u undo, err error) {
	identities, err := database.Collect(ctx, tx, scanIdentity, selectIdentity+` WHERE enterprise = ?`, enterprise)
	if err != nil {
		return u, err
	}
	for _, i := range c.Identities {
		if at := slices.IndexFunc(identities, func(o directory.Identity) bool { return sameIdentity(i, o) }); at >= 0 {
			u.Before = append(u.Before, identities[at])
		}
	}
	memberships, err := database.Collect(ctx, tx, scanMembership, selectMembership+` WHERE enterprise = ?`, enterprise)
	if err != nil {
		return u, err
	}
	for _, m := range c.Memberships {
		if at := slices.IndexFunc(memberships, func(o directory.Membership) bool { return sameMembership(m, o) }); at >= 0 {
			u.JoinedWas = append(u.JoinedWas, memberships[at])
		}
	}
	return u, nil
}

func sameIdentity(a, b directory.Identity) bool {
	return a.Enterprise == b.Enterprise && a.Tool == b.Tool && a.UserID == b.UserID
}

func sameMembership(a, b directory.Membership) bool {
	return a.Person == b.Person && a.Entity == b.Entity && a.From == b.From
}

// applyPeople makes and changes the batch's people, and gives those who are new
// their numbers wherever the batch speaks of them.
func applyPeople(ctx context.Context, tx *database.Tx, enterprise int64, c *directory.BatchChange, u *undo) error {
	numbers := map[int64]int64{}
	for n, p := range c.People {
		if p.ID != 0 {
			was, err := person(ctx, tx, p.ID)
			if err != nil {
				return err
			}
			u.Changed = append(u.Changed, was)
		}
		p.Enterprise = cmp.Or(p.Enterprise, enterprise)
		put, err := putPerson(ctx, tx, p)
		if err != nil {
			return err
		}
		if p.ID == 0 {
			numbers[int64(-1-n)] = put.ID
			u.Made = append(u.Made, put)
		}
	}
	c.Identities, c.Memberships = slices.Clone(c.Identities), slices.Clone(c.Memberships)
	for i := range c.Identities {
		c.Identities[i].Person = cmp.Or(numbers[c.Identities[i].Person], c.Identities[i].Person)
	}
	for i := range c.Memberships {
		c.Memberships[i].Person = cmp.Or(numbers[c.Memberships[i].Person], c.Memberships[i].Person)
	}
	return nil
}

func writeBatch(ctx context.Context, tx *database.Tx, enterprise int64, summary string, u undo) (b directory.Batch, err error) {
	body, err := json.Marshal(u)
	if err != nil {
		return b, err
	}
	b = directory.Batch{Enterprise: enterprise, At: time.Now().UTC().Truncate(time.Microsecond), Summary: summary}
	if b.ID, err = number(ctx, tx, "batch"); err != nil {
		return b, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO batch (id, enterprise, at, summary, undo) VALUES (?, ?, ?, ?, ?)`,
		b.ID, enterprise, b.At.UnixMicro(), text(summary), string(body))
	if err != nil {
		return b, err
	}
	return b, record(ctx, tx, directory.Event{Enterprise: enterprise, Action: "people.imported", Target: fmt.Sprintf("batch %d", b.ID), Detail: summary})
}

// UndoBatch restores what was there before a batch.
func (d *Directory) UndoBatch(ctx context.Context, id int64) error {
	return d.change(ctx, "undo an import of people", func(tx *database.Tx) error {
		enterprise, u, err := readUndo(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := untouched(ctx, tx, enterprise, id, u); err != nil {
			return err
		}
		if err := takeBack(ctx, tx, u); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE batch SET undone = ?, undo = '' WHERE id = ?`, time.Now().UnixMicro(), id); err != nil {
			return err
		}
		return record(ctx, tx, directory.Event{Enterprise: enterprise, Action: "people.undone", Target: fmt.Sprintf("batch %d", id)})
	})
}

func readUndo(ctx context.Context, tx *database.Tx, id int64) (enterprise int64, u undo, err error) {
	var body string
	var undone sql.NullInt64
	err = tx.QueryRowContext(ctx, `SELECT enterprise, undo, undone FROM batch WHERE id = ?`, id).Scan(&enterprise, &body, &undone)
	if err != nil {
		return 0, u, missing(err, "import of people %d does not exist", id)
	}
	if undone.Valid {
		return 0, u, fault.New(fault.Conflict, "import of people %d has already been undone", id)
	}
	if body == "" {
		return 0, u, fault.New(fault.Conflict, "import of people %d cannot be undone: somebody in it has been erased", id)
	}
	return enterprise, u, json.Unmarshal([]byte(body), &u)
}

// untouched refuses to undo what somebody changed since.
func untouched(ctx context.Context, tx *database.Tx, enterprise, id int64, u undo) error {
	identities, err := database.Collect(ctx, tx, scanIdentity, selectIdentity+` WHERE enterprise = ?`, enterprise)
	if err != nil {
		return err
	}
	for _, i := range u.Linked {
		at := slices.IndexFunc(identities, func(o directory.Identity) bool { return sameIdentity(i, o) })
		if at < 0 || identities[at].Person != i.Person {
			return fault.New(fault.Conflict, "import of people %d cannot be undone: identity %.60q of %s has since been linked to somebody else", id, i.UserID, i.Tool)
		}
	}
	return nil
}

func takeBack(ctx context.Context, tx *database.Tx, u undo) error {
	if err := removeMemberships(ctx, tx, u.Joined); err != nil {
		return err
	}
	if err := unlink(ctx, tx, u.Linked); err != nil {
		return err
	}
	for _, p := range u.Made {
		if err := removePerson(ctx, tx, p.ID); err != nil {
			return err
		}
	}
	for _, p := range u.Changed {
		if _, err := putPerson(ctx, tx, p); err != nil {
			return err
		}
	}
	if err := link(ctx, tx, u.Before); err != nil {
		return err
	}
	return putMemberships(ctx, tx, u.JoinedWas)
}

// Batches lists an enterprise's imports of people, newest first.
func (d *Directory) Batches(ctx context.Context, enterprise int64) ([]directory.Batch, error) {
	list, err := database.Collect(ctx, d.db, func(rows *sql.Rows) (b directory.Batch, err error) {
		var at int64
		var undone sql.NullInt64
		err = rows.Scan(&b.ID, &b.Enterprise, &at, (*text)(&b.Summary), &undone)
		b.At, b.Undone = time.UnixMicro(at).UTC(), timeOf(undone)
		return b, err
	}, `SELECT id, enterprise, at, summary, undone FROM batch WHERE enterprise = ? ORDER BY id DESC`, enterprise)
	return list, d.explain("read imports of people", err)
}

func sortedPeople[V any](by map[personIn]V) []personIn {
	return slices.SortedFunc(maps.Keys(by), func(a, b personIn) int {
		return cmp.Or(cmp.Compare(a.enterprise, b.enterprise), cmp.Compare(a.person, b.person))
	})
}
