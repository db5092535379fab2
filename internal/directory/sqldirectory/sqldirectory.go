// Package sqldirectory is the directory in a database: an SQLite file, or a
// PostgreSQL schema that several processes share.
// internal/database/migration/0001_directory.sql describes every table.
package sqldirectory

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"

	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/versioned"
)

// Directory implements directory.Directory. Changes go one at a time, whatever
// process makes them; reads run beside them and see the state before.
type Directory struct {
	db *database.DB
	// entities are what Entities read last: every request asks for them.
	entities atomic.Pointer[readEntities]
	// privacies and secrets are those of enterprises, as of a revision.
	privacies *versioned.Cache[struct{}, int64, directory.Privacy]
	secrets   *versioned.Cache[struct{}, int64, directory.Secret]
	// noteErased is told of new marks of an enterprise before they are committed.
	noteErased func(enterprise int64, marks []directory.ErasedMark) error
}

// NoteErased has note called with the marks of everyone who is erased, before that is
// committed: if it fails, nobody is. It is set before the directory is used.
func (d *Directory) NoteErased(note func(enterprise int64, marks []directory.ErasedMark) error) {
	d.noteErased = note
}

// readEntities are the entities as of a revision.
type readEntities struct {
	revision int64
	list     []directory.Entity
}

var _ directory.Directory = (*Directory)(nil)

// New returns the directory in a database, which was migrated.
func New(db *database.DB) *Directory {
	return &Directory{db: db,
		privacies: versioned.New[struct{}, int64, directory.Privacy](maxRemembered, nil),
		secrets:   versioned.New[struct{}, int64, directory.Secret](maxRemembered, nil)}
}

// maxRemembered is of how many enterprises small values are remembered.
const maxRemembered = 1024

// remembered returns what was read of an enterprise as of the current revision, or reads it.
func remembered[V any](ctx context.Context, d *Directory, c *versioned.Cache[struct{}, int64, V], enterprise int64, read func(context.Context, database.Querier, int64) (V, error)) (V, error) {
	if d.db.InTransaction(ctx) { // which may have changed it, and may fail
		return read(ctx, d.db, enterprise)
	}
	now, err := d.Revision(ctx)
	if err != nil {
		var none V
		return none, err
	}
	return c.Get(struct{}{}, now, enterprise, func() (V, error) { return read(ctx, d.db, enterprise) })
}

// Ping reports whether the directory answers.
func (d *Directory) Ping(ctx context.Context) error { return d.db.Ping(ctx) }

// Revision returns the number of the last change.
func (d *Directory) Revision(ctx context.Context) (int64, error) {
	return d.db.Version(ctx, database.Directory)
}

func revision(ctx context.Context, q database.Querier) (n int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT revision FROM version WHERE scope = 0`).Scan(&n)
	return n, err
}

// change runs f in a transaction that begins a new revision.
func (d *Directory) change(ctx context.Context, what string, f func(*database.Tx) error) error {
	return d.inTurn(ctx, what, 1, f)
}

// note is change for what makes no new revision.
func (d *Directory) note(ctx context.Context, what string, f func(*database.Tx) error) error {
	return d.inTurn(ctx, what, 0, f)
}

// inTurn runs f in a transaction that raises the revision. The revision's row is
// what they all wait for: the database gives it to one transaction at a time.
func (d *Directory) inTurn(ctx context.Context, what string, by int64, f func(*database.Tx) error) error {
	return d.update(ctx, what, func(tx *database.Tx) error {
		if err := one(tx.ExecContext(ctx, `UPDATE version SET revision = revision + ? WHERE scope = 0`, by)); err != nil {
			return err
		}
		return f(tx)
	})
}

// update runs f in a transaction that waits for others only where it writes the
// same rows: it must write no more than one.
func (d *Directory) update(ctx context.Context, what string, f func(*database.Tx) error) error {
	return d.explain(what, d.db.Update(ctx, func(_ context.Context, tx *database.Tx) error { return f(tx) }))
}

// Together runs f in one transaction.
func (d *Directory) Together(ctx context.Context, f func(context.Context) error) error {
	return d.explain("change", d.db.Update(ctx, func(ctx context.Context, _ *database.Tx) error { return f(ctx) }))
}

// explain says what was being done and where. Rows that were asked for and are not
// there have their own words: of others there is always one.
func (d *Directory) explain(what string, err error) error {
	if errors.Is(err, sql.ErrNoRows) || errors.Is(err, errNone) {
		return fault.New(fault.Conflict, "the database %s is damaged (a required row is missing): restore it from a backup", d.db.Name())
	}
	return d.db.Explain(what, err)
}
