package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/report"
	"codegauge/internal/store"

	"github.com/RoaringBitmap/roaring/v2"
)

// errPreview ends the transaction of an import that is only looked at.
var errPreview = errors.New("preview")

// Import implements store.Store.
func (s *Store) Import(ctx context.Context, imp store.Import, items store.Items) (*store.Outcome, error) {
	out := &store.Outcome{Records: map[string]int64{}}
	err := s.change(ctx, func(c *change) error {
		fd := &feed{
			ctx: ctx, items: items, dict: c.dict, importID: c.id, counts: out.Records,
			tracks: map[trackKey]*track{}, spans: map[spanKey]bool{}, users: roaring.New(),
		}
		if err := c.read(fd, &s.feeds); err != nil {
			return err
		}
		out.Users = int64(fd.users.GetCardinality())
		refusals := items.Refusals()
		if err := c.settle(fd, imp, refusals); err != nil {
			return err
		}
		out.ID, out.Days, out.Warnings = int64(c.id), c.days, c.warnings
		if err := c.revision("import", imp.Origin, imp.At, len(refusals)); err != nil {
			return err
		}
		if imp.Preview {
			return errPreview
		}
		return items.Settle(ctx)
	})
	if errors.Is(err, errPreview) {
		out.ID, err = 0, nil
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// read brings all items into user_day and member, as claims of this import
// beside what is stored.
func (c *change) read(fd *feed, feeds *feeds) error {
	handle, remove := feeds.add(fd)
	defer remove()
	if err := c.exec(anyOrder); err != nil {
		return err
	}
	for !fd.ended.Load() {
		fd.taken.Store(0)
		if err := c.readChunk(fd, handle); err != nil {
			if fd.failed != nil {
				return fd.failed
			}
			return fmt.Errorf("read records: %w", err)
		}
		fd.members, fd.documents = fd.members[:0], nil
	}
	return c.exec(keepOrder)
}

// Rows in any order are inserted by several threads at once; but what is appended
// goes to the file before the transaction's end only where order is kept.
const (
	anyOrder  = `SET preserve_insertion_order = false`
	keepOrder = `SET preserve_insertion_order = true`
)

func (c *change) readChunk(fd *feed, handle int64) error {
	counters := columnNames("", metric.Columns[:])
	err := c.exec(`INSERT INTO user_day
		SELECT stream, DATE '1970-01-01' + day, "user", ?, copy, true, version, seq, `+counters+`, credits, reduced, substituted,
			flags_known, flags, phase, daily, weekly, monthly, facts, rest
		FROM import_records(?)`, c.id, handle)
	if err == nil && len(fd.members) > 0 {
		err = c.exec(`INSERT INTO member
			SELECT stream, DATE '1970-01-01' + day, "user", organization, team, ?, seq, body, version
			FROM import_members(?)`, c.id, handle)
	}
	if err == nil {
		err = c.append("document", fd.documents)
	}
	return err
}

// settle decides for each report day what becomes of old and new claims.
func (c *change) settle(fd *feed, imp store.Import, refusals []report.Refusal) error {
	fd.cover()
	if err := c.dict.save(c); err != nil {
		return err
	}
	c.dict.mark()
	if err := c.touch(fd, imp, refusals); err != nil {
		return err
	}
	if err := c.dropCopies(fd); err != nil {
		return err
	}
	if err := c.before(); err != nil {
		return err
	}
	if err := c.replace(); err != nil {
		return err
	}
	return c.finish()
}

// cover adds the days without rows that reports state to cover.
func (fd *feed) cover() {
	for sp := range fd.spans {
		for d := sp.from; d <= sp.to; d++ {
			fd.track(trackKey{sp.stream, sp.kind, d}, sp.version)
		}
	}
}

// The actions on a report day: what the import brought replaces what is stored,
// is added to it, or is dropped because what is stored is newer.
const (
	actReplace = iota
	actMerge
	actSkip
)

// touch fills the table touched: every report day of the import and what to do.
func (c *change) touch(fd *feed, imp store.Import, refusals []report.Refusal) error {
	stored, err := c.storedVersions(fd)
	if err != nil {
		return err
	}
	err = c.exec(`CREATE TEMP TABLE touched (stream INTEGER, kind UTINYINT, day DATE, action UTINYINT, version BIGINT, refused BOOLEAN, known BOOLEAN)`)
	if err != nil {
		return err
	}
	totals, err := c.skipTotals(fd)
	if err != nil {
		return err
	}
	var rows [][]any
	skipped := 0
	for k, t := range fd.tracks {
		old, known := stored[k]
		refused := mayBeMissing(refusals, k.day)
		action, version := actReplace, t.version
		switch {
		case totals[k]:
			action, version = actSkip, old
		case known && old > t.version:
			action, version = actSkip, old
			skipped++
		case imp.Part, refused && k.kind != report.AggregateDay:
			action = actMerge
		}
		c.acts[action] = c.acts[action] || known || action == actSkip
		rows = append(rows, []any{k.stream, uint8(k.kind), k.day.Time(), uint8(action), version, refused, known})
	}
	if skipped > 0 {
		c.warn("%d report days are older than what is stored and were skipped", skipped)
	}
	if err := c.append("touched", rows); err != nil {
		return err
	}
	return c.slice()
}

func mayBeMissing(refusals []report.Refusal, d day.Day) bool {
	for _, r := range refusals {
		if r.Day == 0 || r.Day == d {
			return true
		}
	}
	return false
}

// storedVersions returns the versions of the report days that are stored and touched.
func (c *change) storedVersions(fd *feed) (map[trackKey]int64, error) {
	out := map[trackKey]int64{}
	err := each(c.ctx, c.tx, `SELECT stream, kind, day, version FROM report_day`, func(rows *sql.Rows) error {
		var k trackKey
		var kind uint8
		var d time.Time
		var version int64
		if err := rows.Scan(&k.stream, &kind, &d, &version); err != nil {
			return err
		}
		k.kind, k.day = report.Kind(kind), day.Of(d)
		if _, ok := fd.tracks[k]; ok {
			out[k] = version
		}
		return nil
	})
	return out, err
}

// replace removes the claims that lose: of the import where it is older, else
// of what was stored.
func (c *change) replace() error {
	// again selects, for a stored row x, the new row that takes its place.
	for _, r := range []struct{ table, again string }{
		{"user_day", `SELECT 1 FROM user_day n WHERE n.import = $1 AND n.stream = x.stream AND n.day = x.day AND n."user" = x."user" AND n.day BETWEEN $2 AND $3`},
		{"member", `SELECT 1 FROM member n WHERE n.import = $1 AND n.stream = x.stream AND n.day = x.day AND n."user" = x."user" AND n.team = x.team AND n.organization = x.organization AND n.day BETWEEN $2 AND $3`},
		{"document", `SELECT 1 FROM document n WHERE n.import = $1 AND n.stream = x.stream AND n.day = x.day AND n.kind = x.kind AND n.key = x.key AND n.day BETWEEN $2 AND $3`},
	} {
		loses := `DELETE FROM ` + r.table + ` x USING touched t WHERE ` + claims[r.table] + ` AND x.day BETWEEN $2 AND $3`
		for action, which := range []string{
			actReplace: `t.known AND x.import <> $1`,
			actMerge:   `t.known AND x.import <> $1 AND EXISTS (` + r.again + `)`,
			actSkip:    `x.import = $1`,
		} {
			if !c.acts[action] {
				continue
			}
			if err := c.eachSlice(fmt.Sprintf(`%s AND t.action = %d AND %s`, loses, action, which), c.id); err != nil {
				return err
			}
		}
	}
	if err := c.warnKept(); err != nil {
		return err
	}
	return c.replaceReportDays()
}

// warnKept says how many rows stayed because a refused line may have been theirs.
func (c *change) warnKept() error {
	if !c.acts[actMerge] {
		return nil
	}
	for _, table := range []string{"user_day", "member"} {
		var days, rows int64
		for _, r := range c.slices {
			var d, n int64
			err := c.tx.QueryRowContext(c.ctx, fmt.Sprintf(`SELECT count(DISTINCT x.day), count(*) FROM %s x JOIN touched t ON %s
				WHERE t.action = %d AND t.refused AND x.import <> $1 AND x.day BETWEEN $2 AND $3`, table, claims[table], actMerge), c.id, r.From.Time(), r.To.Time()).Scan(&d, &n)
			if err != nil {
				return err
			}
			days, rows = days+d, rows+n
		}
		if rows > 0 {
			c.warn("%d report days had refused lines: %d records missing from them stay as they were", days, rows)
		}
	}
	return nil
}

func (c *change) replaceReportDays() error {
	err := c.exec(`DELETE FROM report_day r USING touched t WHERE r.stream = t.stream AND r.kind = t.kind AND r.day = t.day AND t.action <> ?`, actSkip)
	if err == nil {
		err = c.exec(`INSERT INTO report_day SELECT stream, kind, day, version, ?, refused, 0, 0 FROM touched WHERE action <> ?`, c.id, actSkip)
	}
	return err
}
