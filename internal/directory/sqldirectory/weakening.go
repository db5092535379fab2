package sqldirectory

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/sorting"
)

const selectWeakening = `SELECT id, enterprise, body, summary, requester, person, at, decision, decider, decided FROM weakening`

func scanWeakening(rows *sql.Rows) (w directory.Weakening, err error) {
	var body string
	var decided sql.NullInt64
	var at int64
	var id, enterprise, person int64
	var summary, requester, decision, decider string
	if err := rows.Scan(&id, &enterprise, &body, (*text)(&summary), &requester, &person, &at, &decision, &decider, &decided); err != nil {
		return w, err
	}
	if err := json.Unmarshal([]byte(body), &w); err != nil {
		return w, err
	}
	w.ID, w.Enterprise, w.Summary, w.Requester, w.Person, w.At = id, enterprise, summary, requester, person, time.UnixMicro(at).UTC()
	w.Decision, w.Decider, w.Decided = directory.Decision(decision), decider, timeOf(decided)
	return w, nil
}

// RequestWeakening adds a change that waits for a guardian.
func (d *Directory) RequestWeakening(ctx context.Context, w directory.Weakening) (directory.Weakening, error) {
	err := d.change(ctx, "request a change of privacy", func(tx *database.Tx) (err error) {
		if _, err := entityOf(ctx, tx, w.Enterprise); err != nil {
			return err
		}
		if w.Privacy != nil {
			before, err := privacy(ctx, tx, w.Enterprise)
			if err != nil {
				return err
			}
			if err := checkPrivacy(w.Privacy.Of(before)); err != nil {
				return err
			}
		}
		body, err := json.Marshal(directory.Weakening{Privacy: w.Privacy, Give: w.Give, Dismiss: w.Dismiss, Role: w.Role, Token: w.Token})
		if err != nil {
			return err
		}
		if w.ID, err = number(ctx, tx, "weakening"); err != nil {
			return err
		}
		actor := directory.ActorOf(ctx)
		w.Requester, w.Person, w.At = actor.Name, actor.Person, time.Now().UTC().Truncate(time.Microsecond)
		_, err = tx.ExecContext(ctx, `
			INSERT INTO weakening (id, enterprise, body, summary, requester, person, at, decision, decider) VALUES (?, ?, ?, ?, ?, ?, ?, '', '')`,
			w.ID, w.Enterprise, string(body), text(w.Summary), w.Requester, w.Person, w.At.UnixMicro())
		if err != nil {
			return err
		}
		return recordWeakening(ctx, tx, "requested", w)
	})
	return w, err
}

// recordWeakening writes an entry: whoever acts is its actor, who asked is in its detail.
func recordWeakening(ctx context.Context, tx *database.Tx, what string, w directory.Weakening) error {
	return record(ctx, tx, directory.Event{Enterprise: w.Enterprise, Action: "weakening." + what, Target: fmt.Sprintf("request %d", w.ID),
		Subject: w.Person, Detail: w.Summary + "; requested by " + w.Requester})
}

// maxWeakenings bounds a list of those that were decided.
const maxWeakenings = 200

// Weakenings lists an enterprise's.
func (d *Directory) Weakenings(ctx context.Context, enterprise int64) ([]directory.Weakening, error) {
	list, err := database.Collect(ctx, d.db, scanWeakening, selectWeakening+` WHERE enterprise = ? ORDER BY id DESC LIMIT ?`, enterprise, maxWeakenings)
	sorting.Stable(list, func(a, b directory.Weakening) int {
		return cmp.Compare(min(len(a.Decision), 1), min(len(b.Decision), 1))
	})
	return list, d.explain("read requests to change privacy", err)
}

// DecideWeakening decides a change that waits.
func (d *Directory) DecideWeakening(ctx context.Context, id int64, decision directory.Decision) error {
	return d.change(ctx, "decide a change of privacy", func(tx *database.Tx) error {
		list, err := database.Collect(ctx, tx, scanWeakening, selectWeakening+` WHERE id = ?`, id)
		if err != nil {
			return err
		}
		switch {
		case len(list) == 0:
			return fault.New(fault.NotFound, "request %d does not exist", id)
		case list[0].Decision != "":
			return fault.New(fault.Conflict, "request %d was %s already", id, list[0].Decision)
		}
		w := list[0]
		_, err = tx.ExecContext(ctx, `UPDATE weakening SET decision = ?, decider = ?, decided = ? WHERE id = ?`,
			string(decision), directory.ActorOf(ctx).Name, time.Now().UnixMicro(), id)
		if err != nil {
			return err
		}
		if err := recordWeakening(ctx, tx, string(decision), w); err != nil || decision != directory.Approved {
			return err
		}
		return weaken(ctx, tx, w)
	})
}

// weaken carries a change out. What has become of the settings meanwhile stays where the
// change does not speak of it.
func weaken(ctx context.Context, tx *database.Tx, w directory.Weakening) error {
	switch {
	case w.Privacy != nil:
		now, err := privacy(ctx, tx, w.Enterprise)
		if err != nil {
			return err
		}
		return setPrivacy(ctx, tx, w.Enterprise, w.Privacy.Of(now))
	case w.Give != nil:
		if err := mayGuard(ctx, tx, *w.Give); err != nil {
			return err
		}
		_, err := putGrant(ctx, tx, *w.Give)
		return err
	case w.Role != nil:
		return putRole(ctx, tx, *w.Role)
	case w.Token != nil:
		return addScope(ctx, tx, *w.Token)
	}
	return revoke(ctx, tx, w.Dismiss.ID)
}

// mayGuard refuses to make somebody a guardian who sees figures, and to let a guardian see
// some: what they hold may have changed since somebody asked for it.
func mayGuard(ctx context.Context, q database.Querier, g directory.Grant) error {
	have, err := database.Collect(ctx, q, scanGrant, selectGrant+` WHERE person = ?`, g.Person)
	if err != nil {
		return err
	}
	for _, o := range have {
		if o.Role != directory.MemberRole && g.Role != directory.MemberRole && (o.Role == directory.Guardian) != (g.Role == directory.Guardian) {
			return fault.New(fault.Conflict, "the person has the role %s meanwhile: a guardian sees no figures of use, so take it back first", o.Role)
		}
	}
	return nil
}

// isNoGuardian refuses to remove or lock whoever guards the privacy of an enterprise: the
// role is to be taken back first.
func isNoGuardian(ctx context.Context, q database.Querier, person int64) error {
	var n int64
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM granted WHERE person = ? AND role = ?`, person, directory.Guardian).Scan(&n)
	if err == nil && n > 0 {
		err = fault.New(fault.Conflict, "this person is a guardian of privacy: take the role back first, which a guardian has to approve")
	}
	return err
}
