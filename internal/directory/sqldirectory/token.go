package sqldirectory

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

const selectToken = `
	SELECT id, enterprise, coalesce(organization, 0), coalesce(team, 0), user_id, name, scopes, created, expires, used, revoked
	FROM   token`

func scanToken(rows *sql.Rows) (t directory.Token, err error) {
	var scopes string
	var created, expires int64
	var used, revoked sql.NullInt64
	err = rows.Scan(&t.ID, &t.Enterprise, &t.Organization, &t.Team, (*text)(&t.UserID), (*text)(&t.Name), &scopes, &created, &expires, &used, &revoked)
	t.Scopes = strings.Fields(scopes)
	t.Created, t.Expires = time.UnixMicro(created).UTC(), time.UnixMicro(expires).UTC()
	t.Used, t.Revoked = timeOf(used), timeOf(revoked)
	return t, err
}

// CreateToken stores a token under its hash.
func (d *Directory) CreateToken(ctx context.Context, t directory.Token, hash string) (directory.Token, error) {
	err := d.change(ctx, "write a token", func(tx *database.Tx) (err error) {
		for _, id := range []int64{t.Organization, t.Team} {
			if err := within(ctx, tx, t.Enterprise, id); err != nil {
				return err
			}
		}
		if t.ID, err = number(ctx, tx, "token"); err != nil {
			return err
		}
		scopes := strings.Join(t.Scopes, " ")
		_, err = tx.ExecContext(ctx, `
			INSERT INTO token (id, hash, enterprise, organization, team, user_id, name, scopes, created, expires)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, t.ID, hash, t.Enterprise, nullID(t.Organization), nullID(t.Team),
			text(t.UserID), text(t.Name), scopes, t.Created.UnixMicro(), t.Expires.UnixMicro())
		if err != nil {
			return err
		}
		return recordToken(ctx, tx, "token.created", t, scopes+", until "+t.Expires.Format(time.DateOnly))
	})
	return t, err
}

// within makes sure that an entity, unless 0, is of the enterprise.
func within(ctx context.Context, tx *database.Tx, enterprise, id int64) error {
	if id == 0 {
		return nil
	}
	e, err := entityOf(ctx, tx, id)
	if err == nil && e.Enterprise != enterprise {
		err = fault.New(fault.NotFound, "the directory has no entity %d in enterprise %d", id, enterprise)
	}
	return err
}

func recordToken(ctx context.Context, tx *database.Tx, action string, t directory.Token, detail string) error {
	return record(ctx, tx, directory.Event{Enterprise: t.Enterprise, Action: action, Target: fmt.Sprintf("token %d", t.ID), Detail: detail})
}

// Token returns the token with a hash.
func (d *Directory) Token(ctx context.Context, hash string) (directory.Token, error) {
	var list []directory.Token
	err := d.db.Promptly(ctx, func(ctx context.Context) (err error) {
		list, err = database.Collect(ctx, d.db, scanToken, selectToken+` WHERE hash = ?`, hash)
		return err
	})
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "this token does not exist")
	}
	if err != nil {
		return directory.Token{}, d.explain("read a token", err)
	}
	return list[0], nil
}

// Tokens lists an enterprise's, newest first.
func (d *Directory) Tokens(ctx context.Context, enterprise int64) ([]directory.Token, error) {
	list, err := database.Collect(ctx, d.db, scanToken, selectToken+` WHERE enterprise = ? ORDER BY id DESC`, enterprise)
	return list, d.explain("read tokens", err)
}

// UseToken notes when a token was last used.
func (d *Directory) UseToken(ctx context.Context, id int64, at time.Time) error {
	return d.update(ctx, "note a token's use", func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE token SET used = ? WHERE id = ?`, at.UnixMicro(), id)
		return err
	})
}

// addScope gives a token one more scope.
func addScope(ctx context.Context, tx *database.Tx, more directory.TokenScope) error {
	list, err := database.Collect(ctx, tx, scanToken, selectToken+` WHERE id = ?`, more.Token)
	switch {
	case err != nil:
		return err
	case len(list) == 0 || !list[0].Revoked.IsZero():
		return fault.New(fault.Conflict, "token %d was revoked meanwhile", more.Token)
	case slices.Contains(list[0].Scopes, more.Scope):
		return nil
	}
	scopes := strings.Join(append(list[0].Scopes, more.Scope), " ")
	if _, err := tx.ExecContext(ctx, `UPDATE token SET scopes = ? WHERE id = ?`, scopes, more.Token); err != nil {
		return err
	}
	return recordToken(ctx, tx, "token.changed", list[0], scopes)
}

// RevokeToken ends a token; the first time counts.
func (d *Directory) RevokeToken(ctx context.Context, id int64) error {
	return d.change(ctx, "revoke a token", func(tx *database.Tx) error {
		list, err := database.Collect(ctx, tx, scanToken, selectToken+` WHERE id = ?`, id)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fault.New(fault.NotFound, "token %d does not exist", id)
		}
		if !list[0].Revoked.IsZero() {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE token SET revoked = ? WHERE id = ?`, time.Now().UnixMicro(), id); err != nil {
			return err
		}
		return recordToken(ctx, tx, "token.revoked", list[0], "")
	})
}
