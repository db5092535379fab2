package sqldirectory

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
)

// putSecrets gives new enterprises their secrets.
func putSecrets(ctx context.Context, tx *database.Tx, changes []change) error {
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
	s, err := remembered(ctx, d, d.secrets, enterprise, secret)
	return s, d.explain("read the secret", err)
}

func secret(ctx context.Context, q database.Querier, enterprise int64) (directory.Secret, error) {
	var s []byte
	err := q.QueryRowContext(ctx, `SELECT secret FROM pseudonym WHERE enterprise = ?`, enterprise).Scan(&s)
	if errors.Is(err, sql.ErrNoRows) {
		err = fault.New(fault.NotFound, "the directory has no enterprise %d", enterprise)
	}
	return s, err
}

// Erased lists the marks of who was erased from an enterprise.
func (d *Directory) Erased(ctx context.Context, enterprise int64) (map[string]bool, error) {
	marks, err := erased(ctx, d.db, enterprise)
	return marks, d.explain("read who was erased", err)
}

func erased(ctx context.Context, q database.Querier, enterprise int64) (map[string]bool, error) {
	marks := map[string]bool{}
	err := database.Each(ctx, q, func(rows *sql.Rows) error {
		var mark string
		err := rows.Scan(&mark)
		marks[mark] = true
		return err
	}, `SELECT hash FROM erased WHERE enterprise = ?`, enterprise)
	return marks, err
}

// Erase forgets somebody.
func (d *Directory) Erase(ctx context.Context, e directory.Erasure) error {
	return d.change(ctx, "erase somebody", func(tx *database.Tx) error {
		for _, step := range []func(context.Context, *database.Tx, directory.Erasure) error{
			d.markErased, eraseIdentities, eraseSeats, eraseRosters, eraseTokens, eraseBatches, eraseExports, erasePerson,
		} {
			if err := step(ctx, tx, e); err != nil {
				return err
			}
		}
		if err := noteLinks(ctx, tx, []int64{e.Enterprise}); err != nil {
			return err
		}
		err := record(ctx, tx, directory.Event{Enterprise: e.Enterprise, Action: "person.erased", Target: e.Pseudonym,
			Detail: english.Count(len(e.Identities), "user id", "user ids")})
		if err != nil {
			return err
		}
		return tx.Scrub(ctx)
	})
}

// markErased notes who was erased.
func (d *Directory) markErased(ctx context.Context, tx *database.Tx, e directory.Erasure) error {
	s, err := secret(ctx, tx, e.Enterprise)
	if err != nil {
		return err
	}
	var email string
	stays, err := elsewhere(ctx, tx, e)
	if err == nil && !stays {
		err = tx.QueryRowContext(ctx, `SELECT coalesce(max(email), '') FROM person WHERE id = ?`, e.Person).Scan(&email)
	}
	if err != nil {
		return err
	}
	var marks []directory.ErasedMark
	at := time.Now().UTC().Truncate(time.Microsecond)
	for _, mark := range e.Marks(s, email) {
		marks = append(marks, directory.ErasedMark{Mark: mark, At: at})
	}
	return d.putMarks(ctx, tx, e.Enterprise, marks)
}

// putMarks adds marks.
func (d *Directory) putMarks(ctx context.Context, tx *database.Tx, enterprise int64, marks []directory.ErasedMark) error {
	for _, m := range marks {
		_, err := tx.ExecContext(ctx, `INSERT INTO erased (enterprise, hash, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
			enterprise, m.Mark, m.At.UnixMicro())
		if err != nil {
			return err
		}
	}
	if d.noteErased == nil || len(marks) == 0 {
		return nil
	}
	return d.noteErased(enterprise, marks)
}

// ErasedMarks lists the marks with their times.
func (d *Directory) ErasedMarks(ctx context.Context, enterprise int64) ([]directory.ErasedMark, error) {
	marks, err := database.Collect(ctx, d.db, func(rows *sql.Rows) (m directory.ErasedMark, err error) {
		var at int64
		err = rows.Scan(&m.Mark, &at)
		m.At = time.UnixMicro(at).UTC()
		return m, err
	}, `SELECT hash, at FROM erased WHERE enterprise = ? ORDER BY at, hash`, enterprise)
	return marks, d.explain("read who was erased", err)
}

// PutErasedMarks adds marks that were made elsewhere.
func (d *Directory) PutErasedMarks(ctx context.Context, enterprise int64, marks []directory.ErasedMark) error {
	return d.change(ctx, "note who was erased", func(tx *database.Tx) error {
		if _, err := secret(ctx, tx, enterprise); err != nil {
			return err // the enterprise is not there
		}
		return d.putMarks(ctx, tx, enterprise, marks)
	})
}

// eraseIdentities unlinks each user id, in its tool or, of one of GitHub's, in every
// tool that has those.
func eraseIdentities(ctx context.Context, tx *database.Tx, e directory.Erasure) error {
	for _, i := range e.Identities {
		tools := []string{i.Tool}
		if i.Tool == "" {
			tools = metric.GitHubTools()
		}
		for _, tool := range tools {
			if _, err := tx.ExecContext(ctx, `DELETE FROM identity WHERE enterprise = ? AND user_id = ? AND tool = ?`, e.Enterprise, text(i.UserID), text(tool)); err != nil {
				return err
			}
		}
	}
	return nil
}

// eraseSeats removes the seats of each user id, and those without one of its login.
func eraseSeats(ctx context.Context, tx *database.Tx, e directory.Erasure) error {
	for _, i := range e.Identities {
		for _, from := range seatTables {
			_, err := tx.ExecContext(ctx, `
				DELETE FROM `+from.seats+`
				WHERE       owner IN (SELECT owner FROM `+from.answers+` WHERE enterprise = ?)
				AND         (user_id = ? AND user_id <> '' OR user_id = '' AND login <> '' AND login_key = ?)`, e.Enterprise, text(seatID(i)), text(loginKey(i.Login)))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// seatID returns the user id that a seat of somebody has: seats are Copilot's.
func seatID(i directory.Identity) string {
	if i.Tool == "" || i.Tool == metric.Copilot {
		return i.UserID
	}
	return ""
}

// eraseTokens removes the tokens whose events are somebody's.
func eraseTokens(ctx context.Context, tx *database.Tx, e directory.Erasure) error {
	list, err := database.Collect(ctx, tx, scanToken, selectToken+` WHERE enterprise = ? AND user_id <> ''`, e.Enterprise)
	if err != nil {
		return err
	}
	for _, t := range list {
		if !slices.ContainsFunc(e.Identities, func(i directory.Identity) bool {
			return t.UserID == i.UserID || strings.EqualFold(t.UserID, i.Login)
		}) {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM token WHERE id = ?`, t.ID); err != nil {
			return err
		}
	}
	return nil
}

// eraseExports removes the enterprise's exports, which may hold somebody.
func eraseExports(ctx context.Context, tx *database.Tx, e directory.Erasure) error {
	return removeExports(ctx, tx, e.Enterprise)
}

// eraseBatches makes imports of people that speak of somebody final: what would
// undo them holds names.
func eraseBatches(ctx context.Context, tx *database.Tx, e directory.Erasure) error {
	type batch struct {
		id   int64
		undo string
	}
	list, err := database.Collect(ctx, tx, func(rows *sql.Rows) (b batch, err error) { return b, rows.Scan(&b.id, &b.undo) },
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
func erasePerson(ctx context.Context, tx *database.Tx, e directory.Erasure) error {
	stays, err := elsewhere(ctx, tx, e)
	if err != nil || e.Person == 0 {
		return err
	}
	if err := isNoGuardian(ctx, tx, e.Person); err != nil {
		return err
	}
	if stays {
		return eraseHere(ctx, tx, e)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM person WHERE id = ?`, e.Person)
	return err
}

// elsewhere reports whether another enterprise or the operator manages the person, or
// another enterprise knows them.
func elsewhere(ctx context.Context, tx *database.Tx, e directory.Erasure) (bool, error) {
	var n int64
	err := tx.QueryRowContext(ctx, `
		SELECT (SELECT count(*) FROM person WHERE id = ? AND coalesce(enterprise, 0) <> ?) +
		       (SELECT count(*) FROM identity WHERE person = ? AND enterprise <> ?)`, e.Person, e.Enterprise, e.Person, e.Enterprise).Scan(&n)
	return n > 0, err
}

// eraseHere removes what a person has in one enterprise.
func eraseHere(ctx context.Context, tx *database.Tx, e directory.Erasure) error {
	for _, stmt := range []string{
		`DELETE FROM identity WHERE person = ? AND enterprise = ?`,
		`DELETE FROM membership WHERE person = ? AND enterprise = ?`,
		`DELETE FROM saved_view WHERE person = ? AND enterprise = ?`,
		`DELETE FROM own_place WHERE person = ? AND enterprise = ?`,
		`DELETE FROM granted WHERE person = ? AND ` + inEnterprise,
	} {
		if _, err := tx.ExecContext(ctx, stmt, e.Person, e.Enterprise); err != nil {
			return err
		}
	}
	return nil
}

// erasedIn has what is needed to know who was erased, by enterprise.
type erasedIn map[int64]erasedUsers

type erasedUsers struct {
	secret directory.Secret
	marks  map[string]bool
}

// check refuses an identity that was erased.
func (e erasedIn) check(ctx context.Context, q database.Querier, i directory.Identity) error {
	users, ok := e[i.Enterprise]
	if !ok {
		var err error
		if users.secret, err = secret(ctx, q, i.Enterprise); err != nil {
			return err
		}
		if users.marks, err = erased(ctx, q, i.Enterprise); err != nil {
			return err
		}
		e[i.Enterprise] = users
	}
	if users.marks[users.secret.Mark(i.Tool, i.UserID)] {
		return fault.New(fault.Conflict, "the user id %.60q of %s was erased and cannot be linked", i.UserID, i.Tool)
	}
	return nil
}
