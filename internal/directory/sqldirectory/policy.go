package sqldirectory

import (
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
)

// SetPolicy sets an enterprise's or organization's policy.
func (d *Directory) SetPolicy(ctx context.Context, entity int64, p directory.Policy) error {
	return d.change(ctx, "set the policy", func(tx *database.Tx) error {
		e, err := entityOf(ctx, tx, entity)
		if err != nil {
			return err
		}
		if _, err := directory.ParsePolicy(e.Kind, p.Word()); err != nil {
			return err
		}
		if err := writePolicy(ctx, tx, entity, p); err != nil {
			return err
		}
		return record(ctx, tx, directory.Event{Enterprise: e.Enterprise, Action: "policy.set", Target: describe(e),
			Detail: e.Policy.Word() + " → " + p.Word()})
	})
}

func writePolicy(ctx context.Context, tx *database.Tx, entity int64, p directory.Policy) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM policy WHERE entity = ?`, entity); err != nil || p == directory.PolicyUnset {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO policy (entity, value) VALUES (?, ?)`, entity, string(p))
	return err
}

// Privacy returns an enterprise's settings, the defaults if none were set.
func (d *Directory) Privacy(ctx context.Context, enterprise int64) (directory.Privacy, error) {
	p, err := remembered(ctx, d, d.privacies, enterprise, privacy)
	return p, d.explain("read privacy settings", err)
}

func privacy(ctx context.Context, q database.Querier, enterprise int64) (p directory.Privacy, err error) {
	var changed int64
	err = q.QueryRowContext(ctx, `
		SELECT minimum_group, pseudonyms, person_views, retention, reason, changed
		FROM   privacy
		WHERE  enterprise = ?`, enterprise).
		Scan(&p.MinimumGroup, &p.Pseudonyms, &p.PersonViews, &p.RetentionMonths, (*text)(&p.Reason), &changed)
	if errors.Is(err, sql.ErrNoRows) {
		return directory.DefaultPrivacy(), nil
	}
	p.Changed = time.UnixMicro(changed).UTC()
	return p, err
}

// SetPrivacy changes an enterprise's settings, for a reason.
func (d *Directory) SetPrivacy(ctx context.Context, enterprise int64, p directory.Privacy) error {
	if err := checkPrivacy(p); err != nil {
		return err
	}
	return d.change(ctx, "set privacy", func(tx *database.Tx) error { return setPrivacy(ctx, tx, enterprise, p) })
}

func setPrivacy(ctx context.Context, tx *database.Tx, enterprise int64, p directory.Privacy) error {
	e, err := entityOf(ctx, tx, enterprise)
	if err != nil {
		return err
	}
	before, err := privacy(ctx, tx, enterprise)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO privacy (enterprise, minimum_group, pseudonyms, person_views, retention, reason, changed)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (enterprise) DO UPDATE SET minimum_group = excluded.minimum_group, pseudonyms = excluded.pseudonyms,
		       person_views = excluded.person_views, retention = excluded.retention, reason = excluded.reason, changed = excluded.changed`,
		enterprise, p.MinimumGroup, p.Pseudonyms, p.PersonViews, p.RetentionMonths, text(p.Reason), time.Now().UnixMicro())
	if err != nil {
		return err
	}
	return record(ctx, tx, directory.Event{Enterprise: enterprise, Action: "privacy.set", Target: describe(e),
		Detail: describePrivacy(before) + " → " + describePrivacy(p) + "; " + p.Reason})
}

// maxRetention is a hundred years; minGroup and maxGroup bound what can be a group.
const (
	maxRetention       = 1200
	minGroup, maxGroup = 5, 1000
)

func checkPrivacy(p directory.Privacy) error {
	switch {
	case strings.TrimSpace(p.Reason) == "":
		return fault.New(fault.Invalid, "give a reason for changing the privacy settings; everybody sees it")
	case len(p.Reason) > 500:
		return fault.New(fault.Invalid, "the reason is longer than 500 characters")
	case p.MinimumGroup < minGroup || p.MinimumGroup > maxGroup:
		return fault.New(fault.Invalid, "the minimum group size %d is out of range: use %d to %d", p.MinimumGroup, minGroup, maxGroup)
	case p.RetentionMonths < 0 || p.RetentionMonths > maxRetention:
		return fault.New(fault.Invalid, "a retention of %s is out of range: use 0 (keep) to %s months", english.Count(p.RetentionMonths, "month", "months"), english.Number(maxRetention))
	}
	return nil
}

func describePrivacy(p directory.Privacy) string {
	return fmt.Sprintf("minimum group %d, pseudonyms %t, per-person views %t, retention %s",
		p.MinimumGroup, p.Pseudonyms, p.PersonViews, english.Count(p.RetentionMonths, "month", "months"))
}
