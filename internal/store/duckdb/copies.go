package duckdb

import (
	"fmt"

	"codegauge/internal/report"
)

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
