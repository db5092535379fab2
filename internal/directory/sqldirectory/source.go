package sqldirectory

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
)

const selectSource = `
	SELECT id, enterprise, coalesce(organization, 0), name, kind, base_url, slug, orgs, hosts, paused, created
	FROM   source`

func scanSource(rows *sql.Rows) (s directory.Source, err error) {
	var orgs, hosts string
	var created int64
	err = rows.Scan(&s.ID, &s.Enterprise, &s.Organization, (*text)(&s.Name), &s.Kind, &s.BaseURL, (*text)(&s.Slug), (*text)(&orgs), (*text)(&hosts), &s.Paused, &created)
	s.Orgs, s.AllowHosts, s.Created = strings.Fields(orgs), strings.Fields(hosts), time.UnixMicro(created).UTC()
	return s, err
}

// Sources lists an enterprise's sources, or all.
func (d *Directory) Sources(ctx context.Context, enterprise int64) ([]directory.Source, error) {
	list, err := database.Collect(ctx, d.db, scanSource, selectSource+` WHERE enterprise = ? OR ? = 0 ORDER BY name, id`, enterprise, enterprise)
	return list, d.explain("read sources", err)
}

func sourceOf(ctx context.Context, tx *database.Tx, id int64) (directory.Source, error) {
	list, err := database.Collect(ctx, tx, scanSource, selectSource+` WHERE id = ?`, id)
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "source %d does not exist", id)
	}
	if err != nil {
		return directory.Source{}, err
	}
	return list[0], nil
}

// PutSource makes or changes a source.
func (d *Directory) PutSource(ctx context.Context, s directory.Source) (directory.Source, error) {
	err := d.change(ctx, "write a source", func(tx *database.Tx) (err error) {
		if err := within(ctx, tx, s.Enterprise, s.Organization); err != nil {
			return err
		}
		var others int64
		err = tx.QueryRowContext(ctx, `SELECT count(*) FROM source WHERE enterprise = ? AND name = ? AND id <> ?`, s.Enterprise, text(s.Name), s.ID).Scan(&others)
		if err != nil {
			return err
		}
		if others > 0 {
			return fault.New(fault.Conflict, "there is already a source %q", s.Name)
		}
		if s.ID != 0 {
			return changeSource(ctx, tx, s)
		}
		if s.ID, err = number(ctx, tx, "source"); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO source (id, enterprise, organization, name, kind, base_url, slug, orgs, hosts, paused, created)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, s.ID, s.Enterprise, nullID(s.Organization), text(s.Name), s.Kind, s.BaseURL, text(s.Slug),
			text(strings.Join(s.Orgs, " ")), text(strings.Join(s.AllowHosts, " ")), s.Paused, s.Created.UnixMicro())
		if err != nil {
			return err
		}
		return recordSource(ctx, tx, "source.added", s, "from "+s.BaseURL)
	})
	return s, err
}

// changeSource writes a source that is there, and what is different.
func changeSource(ctx context.Context, tx *database.Tx, s directory.Source) error {
	old, err := sourceOf(ctx, tx, s.ID)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE source SET name = ?, base_url = ?, slug = ?, orgs = ?, hosts = ?, paused = ?
		WHERE  id = ?`, text(s.Name), s.BaseURL, text(s.Slug), text(strings.Join(s.Orgs, " ")), text(strings.Join(s.AllowHosts, " ")), s.Paused, s.ID)
	if err != nil {
		return err
	}
	action, detail := "source.changed", "organizations "+english.ListAtMost(s.Orgs, 5)+", hosts "+english.ListAtMost(s.AllowHosts, 5)
	switch {
	case s.Paused && !old.Paused:
		action, detail = "source.paused", ""
	case old.Paused && !s.Paused:
		action, detail = "source.resumed", ""
	}
	return recordSource(ctx, tx, action, s, detail)
}

func recordSource(ctx context.Context, tx *database.Tx, action string, s directory.Source, detail string) error {
	return record(ctx, tx, directory.Event{Enterprise: s.Enterprise, Action: action, Target: fmt.Sprintf("source %q", printable(s.Name)), Detail: detail})
}

// RemoveSource removes a source.
func (d *Directory) RemoveSource(ctx context.Context, id int64) error {
	return d.change(ctx, "remove a source", func(tx *database.Tx) error {
		s, err := sourceOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM source WHERE id = ?`, id); err != nil {
			return err
		}
		if err := recordSource(ctx, tx, "source.removed", s, "its data stays"); err != nil {
			return err
		}
		return tx.Scrub(ctx) // of its credentials
	})
}

// SourceState reads a source's state.
func (d *Directory) SourceState(ctx context.Context, id int64) (s directory.SourceState, err error) {
	var next sql.NullInt64
	var body sql.NullString
	err = d.db.QueryRowContext(ctx, `SELECT next_run, state FROM source WHERE id = ?`, id).Scan(&next, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return s, fault.New(fault.NotFound, "source %d does not exist", id)
	}
	s.Next = timeOf(next)
	if body.Valid {
		s.Body = []byte(body.String)
	}
	return s, d.explain("read a source's state", err)
}

// PutSourceState replaces a source's state; of one that was removed it is dropped.
func (d *Directory) PutSourceState(ctx context.Context, id int64, s directory.SourceState) error {
	return d.update(ctx, "write a source's state", func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE source SET next_run = ?, state = ? WHERE id = ?`, nullTime(s.Next), string(s.Body), id)
		return err
	})
}

// SourceAlerts lists what channels were told of a source.
func (d *Directory) SourceAlerts(ctx context.Context, id int64) ([]directory.SourceAlert, error) {
	list, err := database.Collect(ctx, d.db, func(rows *sql.Rows) (a directory.SourceAlert, err error) {
		var sent, next sql.NullInt64
		err = rows.Scan(&a.Source, &a.Channel, (*text)(&a.Status), &sent, (*text)(&a.Error), &a.Failures, &next)
		a.Sent, a.Next = timeOf(sent), timeOf(next)
		return a, err
	}, `SELECT source, channel, status, sent, error, failures, next_try FROM source_alert WHERE source = ? ORDER BY channel`, id)
	return list, d.explain("read alerts about a source", err)
}

// PutSourceAlert writes what a channel was told of a source; of one that was removed it is
// dropped.
func (d *Directory) PutSourceAlert(ctx context.Context, a directory.SourceAlert) error {
	return d.update(ctx, "write an alert about a source", func(tx *database.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM source_alert WHERE source = ? AND channel = ?`, a.Source, a.Channel); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO source_alert (source, channel, status, sent, error, failures, next_try) SELECT id, ?, ?, ?, ?, ?, ? FROM source WHERE id = ?`,
			a.Channel, a.Status, nullTime(a.Sent), a.Error, a.Failures, nullTime(a.Next), a.Source)
		return err
	})
}

// PlanSource sets when a source's next round is due.
func (d *Directory) PlanSource(ctx context.Context, id int64, next time.Time) error {
	return d.update(ctx, "plan a source's next round", func(tx *database.Tx) error {
		return one(tx.ExecContext(ctx, `UPDATE source SET next_run = ? WHERE id = ?`, nullTime(next), id))
	})
}

// SourcesDue lists the sources whose next round is due.
func (d *Directory) SourcesDue(ctx context.Context, now time.Time) ([]int64, error) {
	list, err := database.Collect(ctx, d.db, func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) },
		`SELECT id FROM source WHERE next_run <= ? AND NOT paused ORDER BY next_run, id`, now.UnixMicro())
	return list, d.explain("read which sources are due", err)
}

// SourceCredentials lists a source's credentials.
func (d *Directory) SourceCredentials(ctx context.Context, source int64) ([]directory.SourceCredential, error) {
	list, err := database.Collect(ctx, d.db, func(rows *sql.Rows) (c directory.SourceCredential, err error) {
		var created int64
		err = rows.Scan(&c.Source, (*text)(&c.Name), &c.Kind, &c.Sealed, &created)
		c.Created = time.UnixMicro(created).UTC()
		return c, err
	}, `SELECT source, name, kind, sealed, created FROM source_credential WHERE source = ? ORDER BY name`, source)
	return list, d.explain("read credentials of a source", err)
}

// PutSourceCredential adds or replaces a credential.
func (d *Directory) PutSourceCredential(ctx context.Context, c directory.SourceCredential) error {
	return d.change(ctx, "write a credential", func(tx *database.Tx) error {
		s, err := sourceOf(ctx, tx, c.Source)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO source_credential (source, name, kind, sealed, created) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (source, name) DO UPDATE SET kind = excluded.kind, sealed = excluded.sealed, created = excluded.created`,
			c.Source, text(c.Name), c.Kind, c.Sealed, c.Created.UnixMicro())
		if err != nil {
			return err
		}
		return recordSource(ctx, tx, "source.credential.added", s, fmt.Sprintf("%s %q", c.Kind, printable(c.Name)))
	})
}

// RemoveSourceCredential removes a credential.
func (d *Directory) RemoveSourceCredential(ctx context.Context, source int64, name string) error {
	return d.change(ctx, "remove a credential", func(tx *database.Tx) error {
		s, err := sourceOf(ctx, tx, source)
		if err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `DELETE FROM source_credential WHERE source = ? AND name = ?`, source, text(name))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.NotFound, "source %q has no credential %.60q", s.Name, name))
		}
		if err := recordSource(ctx, tx, "source.credential.removed", s, fmt.Sprintf("%q", printable(name))); err != nil {
			return err
		}
		return tx.Scrub(ctx)
	})
}

// SourceFetches lists what was fetched of a source.
func (d *Directory) SourceFetches(ctx context.Context, source int64) ([]directory.SourceFetch, error) {
	list, err := database.Collect(ctx, d.db, func(rows *sql.Rows) (f directory.SourceFetch, err error) {
		var first, last int64
		var on int32
		err = rows.Scan((*text)(&f.Org), &f.Report, &on, &f.Hash, &first, &last, &f.Same, &f.Asked)
		f.Day, f.First, f.Last = day.Day(on), time.UnixMicro(first).UTC(), time.UnixMicro(last).UTC()
		return f, err
	}, `SELECT org, report, day, hash, first, last, same, asked FROM source_fetch WHERE source = ? ORDER BY day, org, report`, source)
	return list, d.explain("read what was fetched", err)
}

// PutSourceFetches adds or replaces what was fetched of a source.
func (d *Directory) PutSourceFetches(ctx context.Context, source int64, list []directory.SourceFetch) error {
	return d.explain("write what was fetched", d.db.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
		if _, err := sourceOf(ctx, tx, source); err != nil {
			return err // it was removed meanwhile
		}
		for _, f := range list {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO source_fetch (source, org, report, day, hash, first, last, same, asked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (source, org, report, day) DO UPDATE SET hash = excluded.hash, first = excluded.first, last = excluded.last,
				            same = excluded.same, asked = excluded.asked`,
				source, text(f.Org), f.Report, int32(f.Day), f.Hash, f.First.UnixMicro(), f.Last.UnixMicro(), f.Same, f.Asked)
			if err != nil {
				return err
			}
		}
		return nil
	}))
}
