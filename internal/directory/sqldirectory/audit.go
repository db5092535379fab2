package sqldirectory

import (
	"cmp"
	"context"
	"database/sql"
	"strings"
	"time"
	"unicode/utf8"

	"codegauge/internal/database"
	"codegauge/internal/directory"
)

// Record appends events to the audit log.
func (d *Directory) Record(ctx context.Context, events ...directory.Event) error {
	return d.note(ctx, "write the audit log", func(tx *database.Tx) error {
		for _, e := range events {
			if err := record(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// record appends an event within the transaction of the change that it is about.
func record(ctx context.Context, tx *database.Tx, e directory.Event) error {
	e.Action, e.Target, e.Detail = printable(e.Action), printable(e.Target), printable(e.Detail)
	entry := directory.Entry{At: time.Now().UTC().Truncate(time.Microsecond), Actor: directory.ActorOf(ctx), Event: e}
	entry.Name, entry.Address = printable(entry.Name), printable(entry.Address)
	var previous string
	err := tx.QueryRowContext(ctx, `SELECT seq + 1, hash FROM audit_head WHERE name = 'head'`).Scan(&entry.Seq, &previous)
	if err != nil {
		return err
	}
	entry.Hash = entry.Seal(previous)
	_, err = tx.ExecContext(ctx, `
		INSERT INTO audit (seq, at, actor, person, address, enterprise, action, target, subject, detail, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		entry.Seq, entry.At.UnixMicro(), entry.Name, entry.Person, entry.Address,
		e.Enterprise, e.Action, e.Target, e.Subject, e.Detail, entry.Hash)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE audit_head SET seq = ?, hash = ? WHERE name = 'head'`, entry.Seq, entry.Hash)
	return err
}

const selectAudit = `SELECT seq, at, actor, person, address, enterprise, action, target, subject, detail, hash FROM audit`

// AuditLog lists entries, newest first.
func (d *Directory) AuditLog(ctx context.Context, f directory.AuditFilter) ([]directory.Entry, error) {
	where, args := auditWhere(f)
	args = append(args, cmp.Or(f.Limit, 100))
	list, err := database.Collect(ctx, d.db, scanEntry, selectAudit+where+` ORDER BY seq DESC LIMIT ?`, args...)
	return list, d.explain("read the audit log", err)
}

// auditWhere returns the filter as a clause and what is bound in it.
func auditWhere(f directory.AuditFilter) (string, []any) {
	var clauses []string
	var args []any
	add := func(use bool, clause string, values ...any) {
		if use {
			clauses, args = append(clauses, clause), append(args, values...)
		}
	}
	add(!f.All, "enterprise = ?", f.Enterprise)
	add(f.Subject != 0, "subject = ?", f.Subject)
	add(f.Person != 0, "person = ?", f.Person)
	add(f.About != 0, "(person = ? OR subject = ?)", f.About, f.About)
	if strings.HasSuffix(f.Action, ".") {
		add(true, "substr(action, 1, ?) = ?", utf8.RuneCountInString(f.Action), printable(f.Action))
	} else {
		add(f.Action != "", "action = ?", printable(f.Action))
	}
	add(!f.From.IsZero(), "at >= ?", f.From.UnixMicro())
	add(!f.To.IsZero(), "at < ?", f.To.UnixMicro())
	add(f.Before != 0, "seq < ?", f.Before)
	if len(clauses) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(clauses, " AND "), args
}

func scanEntry(rows *sql.Rows) (e directory.Entry, err error) {
	var at int64
	err = rows.Scan(&e.Seq, &at, &e.Name, &e.Person, &e.Address, &e.Enterprise, &e.Action, &e.Target, &e.Subject, &e.Detail, &e.Hash)
	e.At = time.UnixMicro(at).UTC()
	return e, err
}

// VerifyAudit recomputes the chain from the first entry to the head.
func (d *Directory) VerifyAudit(ctx context.Context) (c directory.AuditCheck, err error) {
	// One transaction: an entry may be added meanwhile.
	err = d.db.View(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		c, err = verifyAudit(ctx, tx)
		return err
	})
	return c, d.explain("verify the audit log", err)
}

func verifyAudit(ctx context.Context, tx *database.Tx) (c directory.AuditCheck, err error) {
	var last int64
	var hash string
	if err := tx.QueryRowContext(ctx, `SELECT seq, hash FROM audit_head WHERE name = 'head'`).Scan(&last, &hash); err != nil {
		return c, err
	}
	err = database.Each(ctx, tx, func(rows *sql.Rows) error {
		e, err := scanEntry(rows)
		c.Entries++
		if c.Broken == 0 && (e.Seq != c.Entries || e.Hash != e.Seal(c.Head)) {
			c.Broken = c.Entries
		}
		c.Head = e.Hash
		return err
	}, selectAudit+` ORDER BY seq`)
	if c.Broken == 0 && (c.Entries != last || c.Head != hash) {
		c.Broken = min(c.Entries, last) + 1
	}
	return c, err
}
