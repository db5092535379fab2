package duckdb

import (
	"fmt"

	"codegauge/internal/report"
)

// dropCopies keeps the last of several rows for one key.
func (c *change) dropCopies(fd *feed) error {
	for k, t := range fd.tracks {
		for user, extra := range t.copies {
			c.warn("%s: %d rows for one key (%s); the last one is used", k.day, extra+1, k.kind)
			if err := c.dropCopy(k, int32(user)); err != nil {
				return err
			}
		}
	}
	return c.dropRowCopies(fd)
}

func (c *change) dropCopy(k trackKey, user int32) error {
	var keep int32
	err := c.tx.QueryRowContext(c.ctx, `SELECT arg_max(copy, seq) FROM user_day WHERE import = ? AND stream = ? AND day = ? AND "user" = ?`,
		c.id, k.stream, k.day.Time(), user).Scan(&keep)
	const where = ` WHERE import = ? AND stream = ? AND day = ? AND "user" = ?`
	if err == nil {
		err = c.exec(`DELETE FROM user_day`+where+` AND copy <> ?`, c.id, k.stream, k.day.Time(), user, keep)
	}
	if err == nil {
		err = c.exec(`UPDATE user_day SET copy = 0`+where+` AND copy <> 0`, c.id, k.stream, k.day.Time(), user)
	}
	return err
}

// dropRowCopies keeps the last of several equal rows of user-teams reports, and
// of records that are kept without being measured.
func (c *change) dropRowCopies(fd *feed) error {
	for _, r := range []struct {
		kind       report.Kind
		table, key string
	}{
		{report.UserTeam, "member", `stream, day, "user", organization, team`},
		{report.RepoDay, "document", `stream, kind, day, key`},
	} {
		if fd.counts[r.kind.String()] == 0 {
			continue
		}
		dropped, err := c.countSlices(fmt.Sprintf(`DELETE FROM %[1]s WHERE import = $1 AND day BETWEEN $2 AND $3 AND seq IN (
			SELECT seq FROM %[1]s WHERE import = $1 AND day BETWEEN $2 AND $3 QUALIFY row_number() OVER (PARTITION BY %[2]s ORDER BY seq DESC) > 1)`, r.table, r.key), c.id)
		if err != nil {
			return fmt.Errorf("drop copies in %s: %w", r.table, err)
		}
		if dropped > 0 {
			c.warn("%d rows of %s stand more than once; the last ones are used", dropped, r.kind)
		}
	}
	return nil
}
