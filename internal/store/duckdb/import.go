package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/fault"
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
		return nil
	})
	if errors.Is(err, errPreview) {
		out.ID, err = 0, nil
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// change is a transaction that changes records.
type change struct {
	ctx      context.Context
	tx       *sql.Conn
	dict     *dictionary
	id       int32
	days     []store.DayChange
	keys     []trackKey // of days, one for one
	warnings []report.Warning
	stale    []staleMonth // what rollups of the change replace
	slices   []day.Range  // the days of touched
	waiting  waiting
	acts     [3]bool // the actions on something that is stored, or comes
}

// change runs f in a transaction of its own. If f fails nothing has changed,
// also not in the dictionary.
func (s *Store) change(ctx context.Context, f func(*change) error) error {
	s.write.Lock()
	defer s.write.Unlock()
	// A day of many people is much that lives long and much that does not.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := begin(ctx, conn); err != nil {
		return err
	}
	dict := s.dict.Load()
	c := &change{ctx: ctx, tx: conn, dict: dict}
	err = conn.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) + 1 FROM revision`).Scan(&c.id)
	if err == nil {
		err = f(c)
	}
	if err == nil {
		err = dict.save(c)
	}
	giveBack()
	defer giveBack()
	s.cache.pause()
	defer func() { s.cache.resume(c.stale) }()
	if err == nil {
		_, err = conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		return s.rollback(conn, err)
	}
	dict.mark()
	return nil
}

// scratch are the temporary tables of a change; they belong to the connection.
var scratch = []string{"touched", "changed", "claim", "moved", "remaining", "gone"}

func begin(ctx context.Context, conn *sql.Conn) error {
	for _, t := range scratch {
		if _, err := conn.ExecContext(ctx, "DROP TABLE IF EXISTS temp."+t); err != nil {
			return err
		}
	}
	_, err := conn.ExecContext(ctx, "BEGIN")
	return err
}

// rollback undoes the transaction and forgets the numbers that it gave out. It
// runs also when the caller's context has ended.
func (s *Store) rollback(conn *sql.Conn, cause error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := conn.ExecContext(ctx, "ROLLBACK"); err != nil {
		cause = errors.Join(cause, fmt.Errorf("roll back: %w", err))
	}
	dict, err := loadLinked(ctx, conn)
	if err != nil {
		return errors.Join(cause, err)
	}
	s.dict.Store(dict)
	return cause
}

// read brings all items into user_day and member, as claims of this import
// beside what is stored.
func (c *change) read(fd *feed, feeds *feeds) error {
	handle, remove := feeds.add(fd)
	defer remove()
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
	return nil
}

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

func (c *change) exec(query string, args ...any) error {
	if _, err := c.tx.ExecContext(c.ctx, query, args...); err != nil {
		return fmt.Errorf("%w (in %.60q)", err, query)
	}
	return nil
}

func (c *change) warn(format string, args ...any) {
	c.warnings = append(c.warnings, report.Warning{Reason: fmt.Sprintf(format, args...)})
}

// The actions on a report day: what the import brought replaces what is stored,
// is added to it, or is dropped because what is stored is newer.
const (
	actReplace = iota
	actMerge
	actSkip
)

// settle decides for each report day what becomes of old and new claims.
func (c *change) settle(fd *feed, imp store.Import, refusals []report.Refusal) error {
	if err := c.cover(fd); err != nil {
		return err
	}
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

// maxSpan bounds the days that a report may state to cover.
const maxSpan = 400

// cover adds the days without rows that reports state to cover.
func (c *change) cover(fd *feed) error {
	for sp := range fd.spans {
		r := day.Range{From: sp.from, To: sp.to}
		if r.Len() > maxSpan {
			return fault.New(fault.Invalid, "a report states that it covers %s to %s: more than %d days", r.From, r.To, maxSpan)
		}
		for d := r.From; d <= r.To; d++ {
			fd.track(trackKey{sp.stream, sp.kind, d}, sp.version)
		}
	}
	return nil
}

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

func (c *change) storedVersions(fd *feed) (map[trackKey]int64, error) {
	rows, err := c.tx.QueryContext(c.ctx, `SELECT stream, kind, day, version FROM report_day`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[trackKey]int64{}
	for rows.Next() {
		var k trackKey
		var kind uint8
		var d time.Time
		var version int64
		if err := rows.Scan(&k.stream, &kind, &d, &version); err != nil {
			return nil, err
		}
		k.kind, k.day = report.Kind(kind), day.Of(d)
		if _, ok := fd.tracks[k]; ok {
			out[k] = version
		}
	}
	return out, rows.Err()
}

// claims says which rows of a table belong to a report day of touched (t).
var claims = map[string]string{
	"user_day": `x.stream = t.stream AND x.day = t.day AND ((x."user" = 0) = (t.kind = 2)) AND t.kind IN (1, 2)`,
	"member":   `x.stream = t.stream AND x.day = t.day AND t.kind = 3`,
	"document": `x.stream = t.stream AND x.day = t.day AND t.kind = x.kind`,
}

// before notes the totals of the report days as they were.
func (c *change) before() error {
	totals, err := c.totals(`x.import <> ` + fmt.Sprint(c.id))
	if err != nil {
		return err
	}
	rows, err := c.tx.QueryContext(c.ctx, `SELECT stream, kind, day, action FROM touched ORDER BY day, stream, kind`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k trackKey
		var kind, action uint8
		var d time.Time
		if err := rows.Scan(&k.stream, &kind, &d, &action); err != nil {
			return err
		}
		k.kind, k.day = report.Kind(kind), day.Of(d)
		st := c.dict.streamKey(k.stream)
		c.keys = append(c.keys, k)
		c.days = append(c.days, store.DayChange{
			Enterprise: st.enterprise, Source: st.source, Kind: k.kind.String(), Tool: st.tool, Day: k.day,
			Skipped: action == actSkip, Before: totals[k],
		})
	}
	return rows.Err()
}

// totals sums the rows of the touched report days that a condition selects.
func (c *change) totals(where string) (map[trackKey]store.DayTotals, error) {
	out := map[trackKey]store.DayTotals{}
	for _, table := range tables {
		lines := `0, 0`
		if table == "user_day" {
			lines = `coalesce(sum(x.loc_added), 0)::BIGINT, coalesce(sum(x.loc_deleted), 0)::BIGINT`
		}
		if err := c.addTotals(out, c.perReportDay(table, lines, where)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tables are those whose rows belong to report days.
var tables = []string{"user_day", "member", "document"}

// kindOf is the kind of report that a row of a table came in.
var kindOf = map[string]string{"user_day": `CASE WHEN x."user" = 0 THEN 2 ELSE 1 END`, "member": `3`, "document": `x.kind`}

// perReportDay selects, of each touched report day with rows in a table, its
// stream, kind and day, the number of rows, and what else is asked for. Rows are
// added up before they are joined: DuckDB does not know how many a transaction has
// added, and would hold them all in memory.
func (c *change) perReportDay(table, columns, where string) string {
	return `SELECT n.* FROM (
			SELECT x.stream, (` + kindOf[table] + `)::UTINYINT AS kind, x.day, count(*), ` + columns + ` FROM ` + table + ` x
			WHERE x.day BETWEEN (SELECT min(day) FROM touched) AND (SELECT max(day) FROM touched) AND ` + where + ` GROUP BY ALL
		) n SEMI JOIN touched t ON t.stream = n.stream AND t.kind = n.kind AND t.day = n.day`
}

func (c *change) addTotals(out map[trackKey]store.DayTotals, query string) error {
	rows, err := c.tx.QueryContext(c.ctx, query)
	if err != nil {
		return fmt.Errorf("totals: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var k trackKey
		var kind uint8
		var d time.Time
		var t store.DayTotals
		if err := rows.Scan(&k.stream, &kind, &d, &t.Records, &t.LocAdded, &t.LocDeleted); err != nil {
			return err
		}
		k.kind, k.day = report.Kind(kind), day.Of(d)
		out[k] = t
	}
	return rows.Err()
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
		err := c.tx.QueryRowContext(c.ctx, fmt.Sprintf(`SELECT count(DISTINCT x.day), count(*) FROM %s x JOIN touched t ON %s
			WHERE t.action = %d AND t.refused AND x.import <> $1`, table, claims[table], actMerge), c.id).Scan(&days, &rows)
		if err != nil {
			return err
		}
		if rows > 0 {
			c.warn("%d report days had refused lines: %d records missing from them stay as they were", days, rows)
		}
	}
	return nil
}

func (c *change) replaceReportDays() error {
	err := c.exec(`DELETE FROM report_day r USING touched t WHERE r.stream = t.stream AND r.kind = t.kind AND r.day = t.day AND t.action <> 2`)
	if err == nil {
		err = c.exec(`INSERT INTO report_day SELECT stream, kind, day, version, ?, refused, 0, 0 FROM touched WHERE action <> 2`, c.id)
	}
	return err
}

// finish brings what is derived from the touched report days up to date and
// notes how they moved.
func (c *change) finish() error {
	if err := c.exec(`CREATE TEMP TABLE changed AS SELECT DISTINCT s.enterprise, t.day FROM touched t JOIN stream s ON s.id = t.stream`); err != nil {
		return err
	}
	if err := c.elect(); err != nil {
		return err
	}
	giveBack()
	if err := c.rollup(); err != nil {
		return err
	}
	totals, err := c.totals(`true`)
	if err != nil {
		return err
	}
	for i, k := range c.keys {
		c.days[i].After = totals[k]
	}
	err = c.exec(`DELETE FROM touched x USING stream s WHERE s.id = x.stream AND ` + inTotals)
	if err != nil {
		return err
	}
	return c.countReportDays()
}

// countReportDays notes with each touched report day what of it is stored.
func (c *change) countReportDays() error {
	err := c.exec(`UPDATE report_day SET records = 0, reduced = 0 FROM touched t
		WHERE report_day.stream = t.stream AND report_day.kind = t.kind AND report_day.day = t.day`)
	for _, table := range tables {
		reduced := `0`
		if table == "user_day" {
			reduced = `count(*) FILTER (x.reduced)`
		}
		if err == nil {
			err = c.exec(`UPDATE report_day SET records = n.records, reduced = n.reduced
				FROM (` + c.perReportDay(table, reduced, `true`) + `) n(stream, kind, day, records, reduced)
				WHERE report_day.stream = n.stream AND report_day.kind = n.kind AND report_day.day = n.day`)
		}
	}
	return err
}

// elect marks, where several sources claim one key, the claim that counts.
func (c *change) elect() error {
	contested := false
	seen := map[streamKey]bool{}
	c.dict.mu.RLock()
	for k := range c.dict.streams {
		k.source = 0
		contested = contested || seen[k]
		seen[k] = true
	}
	c.dict.mu.RUnlock()
	if !contested {
		return nil
	}
	err := c.exec(`CREATE TEMP TABLE claim (stream INTEGER, day DATE, "user" INTEGER, effective BOOLEAN, enterprise BIGINT, tool VARCHAR, wins BOOLEAN, claims BIGINT, figures UBIGINT)`)
	if err != nil {
		return err
	}
	for _, r := range c.slices {
		if err := c.electSlice(r); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) electSlice(r day.Range) error {
	err := c.exec(`DELETE FROM claim`)
	if err == nil {
		err = c.exec(`INSERT INTO claim
		SELECT u.stream, u.day, u."user", u.effective, s.enterprise, s.tool,
			row_number() OVER (key ORDER BY u.version DESC, u.import DESC, u.seq DESC) = 1 AS wins,
			count(*) OVER key AS claims,
			hash(u.interactions, u.generations, u.acceptances, u.loc_suggested_add, u.loc_suggested_delete, u.loc_added, u.loc_deleted) AS figures
		FROM user_day u JOIN stream s ON s.id = u.stream JOIN changed d ON d.enterprise = s.enterprise AND d.day = u.day
		WHERE u."user" <> 0 AND u.day BETWEEN ? AND ?
		WINDOW key AS (PARTITION BY s.enterprise, s.tool, u.day, u."user")`, r.From.Time(), r.To.Time())
	}
	if err == nil {
		err = c.exec(`UPDATE user_day SET effective = c.wins FROM claim c
			WHERE user_day.stream = c.stream AND user_day.day = c.day AND user_day."user" = c."user" AND c.effective <> c.wins`)
	}
	if err != nil {
		return err
	}
	return c.warnDisagreement()
}

func (c *change) warnDisagreement() error {
	rows, err := c.tx.QueryContext(c.ctx, `SELECT day, count(*) FROM (
			SELECT day, enterprise, tool, "user" FROM claim WHERE claims > 1 GROUP BY ALL HAVING count(DISTINCT figures) > 1
		) GROUP BY day ORDER BY day`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var d time.Time
		var n int64
		if err := rows.Scan(&d, &n); err != nil {
			return err
		}
		c.warn("%s: %d user-days are reported with different figures by two sources; the newest version counts", day.Of(d), n)
	}
	return rows.Err()
}

// revision records the change in every touched enterprise's history.
func (c *change) revision(action, origin string, at time.Time, refused int) error {
	err := c.exec(`INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?)`, c.id, at.UnixMicro(), action, origin, len(c.warnings), refused)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, d := range c.days {
		rows = append(rows, []any{c.id, d.Enterprise, d.Source, kindNumber(d.Kind), d.Tool, d.Day.Time(), d.Skipped,
			d.Before.Records, d.Before.LocAdded, d.Before.LocDeleted, d.After.Records, d.After.LocAdded, d.After.LocDeleted})
	}
	return c.append("revision_day", rows)
}

func kindNumber(name string) uint8 {
	for k := report.UnknownKind; k <= report.Seat; k++ {
		if k.String() == name {
			return uint8(k)
		}
	}
	return 0
}
