package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/mark"
)

// putSecrets gives new enterprises their secrets.
func putSecrets(ctx context.Context, tx *sql.Tx, changes []change) error {
	for _, c := range changes {
		if c.known || c.Kind != directory.Enterprise {
			continue
		}
		secret := make([]byte, 32)
		_, _ = rand.Read(secret) // never fails
		if _, err := tx.ExecContext(ctx, `INSERT INTO pseudonym (enterprise, secret) VALUES (?, ?)`, c.ID, secret); err != nil {
			return err
		}
	}
	return nil
}

// Secret returns an enterprise's.
func (d *Directory) Secret(ctx context.Context, enterprise int64) (directory.Secret, error) {
	s, err := secret(ctx, d.db, enterprise)
	return s, d.fail("read the secret of", err)
}

func secret(ctx context.Context, q rowQuerier, enterprise int64) (directory.Secret, error) {
	var s []byte
	err := q.QueryRowContext(ctx, `SELECT secret FROM pseudonym WHERE enterprise = ?`, enterprise).Scan(&s)
	if errors.Is(err, sql.ErrNoRows) {
		err = fault.New(fault.NotFound, "the directory has no enterprise %d", enterprise)
	}
	return s, err
}

// Erased lists the marks of who was erased from an enterprise.
func (d *Directory) Erased(ctx context.Context, enterprise int64) (map[string]bool, error) {
	marks, err := all(ctx, d.db, func(rows *sql.Rows) (mark string, err error) { return mark, rows.Scan(&mark) },
		`SELECT hash FROM erased WHERE enterprise = ?`, enterprise)
	if err != nil {
		return nil, d.fail("read who was erased from", err)
	}
	out := make(map[string]bool, len(marks))
	for _, m := range marks {
		out[m] = true
	}
	return out, nil
}

// Erase forgets somebody.
func (d *Directory) Erase(ctx context.Context, e directory.Erasure) error {
	if err := mark.Set(d.path); err != nil {
		return d.fail("mark", err)
	}
	err := d.change(ctx, "erase somebody from", func(tx *sql.Tx) error {
		if err := markErased(ctx, tx, e); err != nil {
			return err
		}
		for _, i := range e.Identities {
			if err := eraseIdentity(ctx, tx, e.Enterprise, i); err != nil {
				return err
			}
		}
		if err := eraseBatches(ctx, tx, e); err != nil {
			return err
		}
		if err := erasePerson(ctx, tx, e); err != nil {
			return err
		}
		return record(ctx, tx, directory.Event{Enterprise: e.Enterprise, Action: "person.erased", Target: e.Pseudonym,
			Detail: fmt.Sprintf("%d user ids", len(e.Identities))})
	})
	if err != nil {
		return err
	}
	return d.rewrite(context.WithoutCancel(ctx))
}

// markErased notes who was erased.
func markErased(ctx context.Context, tx *sql.Tx, e directory.Erasure) error {
	s, err := secret(ctx, tx, e.Enterprise)
	if err != nil {
		return err
	}
	for _, i := range e.Identities {
		_, err := tx.ExecContext(ctx, `INSERT INTO erased (enterprise, hash, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
			e.Enterprise, s.Mark(i.Tool, i.UserID), time.Now().UnixMicro())
		if err != nil {
			return err
		}
	}
	return nil
}

// eraseIdentity removes what speaks of a user id, in the tool or, of a number,
// in every one; and the seats of its login.
func eraseIdentity(ctx context.Context, tx *sql.Tx, enterprise int64, i directory.Identity) error {
	for _, stmt := range []struct {
		query string
		args  []any
	}{
		{`DELETE FROM identity WHERE enterprise = ? AND user_id = ? AND (tool = ? OR ? = '')`, []any{enterprise, i.UserID, i.Tool, i.Tool}},
		{`DELETE FROM seat WHERE owner IN (SELECT owner FROM billing WHERE enterprise = ?)
			AND (user_id = ? OR user_id = '' AND login <> '' AND lower(login) = lower(?))`, []any{enterprise, i.UserID, i.Login}},
		{`DELETE FROM token WHERE enterprise = ? AND user_id <> '' AND (user_id = ? OR lower(user_id) = lower(?))`, []any{enterprise, i.UserID, i.Login}},
	} {
		if _, err := tx.ExecContext(ctx, stmt.query, stmt.args...); err != nil {
			return err
		}
	}
	return nil
}

// eraseBatches makes imports of people that speak of somebody final: what would
// undo them holds names.
func eraseBatches(ctx context.Context, tx *sql.Tx, e directory.Erasure) error {
	type batch struct {
		id   int64
		undo string
	}
	list, err := all(ctx, tx, func(rows *sql.Rows) (b batch, err error) { return b, rows.Scan(&b.id, &b.undo) },
		`SELECT id, undo FROM batch WHERE enterprise = ? AND undo <> ''`, e.Enterprise)
	if err != nil {
		return err
	}
	for _, b := range list {
		var u undo
		if err := json.Unmarshal([]byte(b.undo), &u); err != nil {
			return err
		}
		if !u.names(e) {
			continue
		}
		if _, err := tx.ExecContext(ctx, `UPDATE batch SET undo = '' WHERE id = ?`, b.id); err != nil {
			return err
		}
	}
	return nil
}

// names reports whether what undoes a batch speaks of somebody.
func (u undo) names(e directory.Erasure) bool {
	return slices.ContainsFunc(slices.Concat(u.Made, u.Changed), func(p directory.Person) bool { return p.ID == e.Person }) ||
		slices.ContainsFunc(slices.Concat(u.Linked, u.Before), func(i directory.Identity) bool {
			return i.Person == e.Person || slices.ContainsFunc(e.Identities, func(o directory.Identity) bool {
				return i.UserID == o.UserID || i.Login != "" && strings.EqualFold(i.Login, o.Login)
			})
		})
}

// erasePerson removes the person; of one whom another enterprise or the operator
// manages, or another enterprise knows, what they have in this one.
func erasePerson(ctx context.Context, tx *sql.Tx, e directory.Erasure) error {
	if e.Person == 0 {
		return nil
	}
	var elsewhere int64
	err := tx.QueryRowContext(ctx, `
		SELECT (SELECT count(*) FROM person WHERE id = ? AND coalesce(enterprise, 0) <> ?) +
		       (SELECT count(*) FROM identity WHERE person = ? AND enterprise <> ?)`, e.Person, e.Enterprise, e.Person, e.Enterprise).Scan(&elsewhere)
	if err != nil {
		return err
	}
	stmts := []string{`DELETE FROM person WHERE id = ?`}
	if elsewhere > 0 {
		here := fmt.Sprint(e.Enterprise)
		stmts = []string{`DELETE FROM identity WHERE person = ? AND enterprise = ` + here, `DELETE FROM membership WHERE person = ? AND enterprise = ` + here,
			`DELETE FROM granted WHERE person = ? AND entity IN (SELECT id FROM entity WHERE enterprise = ` + here + `)`}
	}
	for _, stmt := range stmts {
		if _, err := tx.ExecContext(ctx, stmt, e.Person); err != nil {
			return err
		}
	}
	return nil
}

// rewrite makes the file anew if it is marked: what was deleted is in it no
// longer, and not in its log either. The mark goes last; while readers hold the
// log it stays, and the next start does it.
func (d *Directory) rewrite(ctx context.Context) error {
	if !mark.IsSet(d.path) {
		return nil
	}
	d.write.Lock()
	defer d.write.Unlock()
	if _, err := d.db.ExecContext(ctx, `VACUUM`); err != nil {
		return d.fail("rewrite", err)
	}
	var busy, pages, moved int64
	if err := d.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved); err != nil {
		return d.fail("rewrite", err)
	}
	if busy != 0 {
		return nil
	}
	return d.fail("rewrite", mark.Clear(d.path))
}

// notErased refuses an identity that was erased.
func notErased(ctx context.Context, tx *sql.Tx, i directory.Identity) error {
	s, err := secret(ctx, tx, i.Enterprise)
	if err != nil {
		return err
	}
	var n int
	err = tx.QueryRowContext(ctx, `SELECT count(*) FROM erased WHERE enterprise = ? AND hash = ?`, i.Enterprise, s.Mark(i.Tool, i.UserID)).Scan(&n)
	if err == nil && n > 0 {
		err = fault.New(fault.Conflict, "the user id %.60q of %s was erased: it is linked to nobody any more", i.UserID, i.Tool)
	}
	return err
}
