package duckdb

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/report"
)

// dropCopies keeps the last of several rows for one key.
func (c *change) dropCopies(fd *feed) error {
	type of struct {
		kind report.Kind
		tool string
	}
	type copies struct {
		rows int64
		days day.Range
	}
	found := map[of]copies{}
	for k, t := range fd.tracks {
		if t.copies > 0 {
			o := of{k.kind, c.dict.streamKey(k.stream).tool}
			had := found[o]
			if had.rows == 0 {
				had.days = day.Range{From: k.day, To: k.day}
			}
			found[o] = copies{had.rows + t.copies, had.days.Join(day.Range{From: k.day, To: k.day})}
		}
	}
	inOrder := slices.SortedFunc(maps.Keys(found), func(a, b of) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.tool, b.tool))
	})
	for _, o := range inOrder {
		n := found[o]
		c.warn("%d rows (%s of %s) of %s stand once more under their key; the last ones are used", n.rows, o.kind, o.tool, n.days)
	}
	if len(found) > 0 {
		if err := c.dropRecordCopies(); err != nil {
			return fmt.Errorf("drop copies of records: %w", err)
		}
	}
	return c.dropRowCopies(fd)
}

// dropRecordCopies keeps the last record of each key of which there are several.
func (c *change) dropRecordCopies() error {
	_, err := c.keepLast("user_day", `stream, day, "user"`,
		` AND (stream, day, "user") IN (SELECT (stream, day, "user") FROM user_day WHERE import = $1 AND day BETWEEN $2 AND $3 AND copy > 0)`)
	if err == nil {
		err = c.eachSlice(`UPDATE user_day SET copy = 0 WHERE import = $1 AND copy <> 0 AND day BETWEEN $2 AND $3`, c.id)
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
		dropped, err := c.keepLast(r.table, r.key, "")
		if err != nil {
			return fmt.Errorf("drop copies in %s: %w", r.table, err)
		}
		if dropped > 0 {
			c.warn("%d rows of %s stand more than once; the last ones are used", dropped, r.kind)
		}
	}
	return nil
}

// keepLast removes, of the rows that the import brought to a table, all but the last
// of each key, looking among those that a condition selects; it returns how many.
func (c *change) keepLast(table, key, among string) (int64, error) {
	brought := ` FROM ` + table + ` WHERE import = $1 AND day BETWEEN $2 AND $3`
	return c.countSlices(`DELETE`+brought+` AND seq IN (
		SELECT seq`+brought+among+` QUALIFY row_number() OVER (PARTITION BY `+key+` ORDER BY seq DESC) > 1)`, c.id)
}
