package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/merge"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// errNothing ends a change that changes nothing: no revision is recorded.
var errNothing = errors.New("nothing changes")

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, d store.Deletion) (*store.Outcome, error) {
	if d.Import != 0 && d.User != "" {
		return nil, fault.New(fault.Invalid, "undoing an import cannot be combined with a user: delete the user, or undo the import")
	}
	out := &store.Outcome{Records: map[string]int64{}}
	err := s.change(ctx, false, []int64{d.Enterprise}, func(c *change) error {
		e := c.enterprises[d.Enterprise]
		err := e.delete(ctx, d)
		out.Days, out.Warnings = c.sortedDays(), c.warnings
		return err
	})
	if err != nil && !errors.Is(err, errNothing) {
		return nil, s.db.Explain("delete from", err)
	}
	return out, nil
}

func (e *enterpriseChange) delete(ctx context.Context, d store.Deletion) error {
	kept, err := e.aggregateOnlyDays(ctx)
	if err != nil {
		return err
	}
	whole := d.Source == 0 && d.Tool == "" && d.User == "" && d.Import == 0
	inRange := func(at day.Day) bool { return d.Range.To == 0 || d.Range.Contains(at) }
	var spared int
	for at := range kept {
		if inRange(at) && !whole {
			spared++
		}
	}
	if spared > 0 {
		e.warn("%s older than the retention and kept as totals only: nothing of them was deleted; only whole days can be", counted(spared, "day is", "days are"))
	}
	days, err := e.daysWithReports(ctx, inRange)
	if err != nil {
		return err
	}
	if !whole {
		days = slices.DeleteFunc(days, func(at day.Day) bool { return kept[at] })
	}
	remove, err := e.remover(ctx, d)
	if err != nil {
		return err
	}
	err = e.updateDays(ctx, days, func(from *storedDay) (*dayUpdate, error) {
		u := &dayUpdate{from: from, to: map[reportKey]*merge.ReportDay{}, rollup: whole && kept[from.day]}
		return u, remove(ctx, u)
	})
	if err != nil {
		return err
	}
	if len(e.days) == 0 {
		return errNothing
	}
	return e.commit(ctx, commitment{action: "delete", origin: describe(d), at: d.At, also: func(ctx context.Context, tx *database.Tx) error {
		if d.Import != 0 {
			if _, err := tx.ExecContext(ctx, `UPDATE revision SET undone = ? WHERE enterprise = ? AND id = ?`, true, e.enterprise, d.Import); err != nil {
				return err
			}
		}
		if !whole {
			return nil
		}
		for at := range kept {
			if inRange(at) {
				if _, err := tx.ExecContext(ctx, `DELETE FROM aggregate_only WHERE enterprise = ? AND day = ?`, e.enterprise, int(at)); err != nil {
					return err
				}
			}
		}
		return nil
	}})
}

// remover returns what puts into an update what a deletion leaves of a day.
func (e *enterpriseChange) remover(ctx context.Context, d store.Deletion) (func(context.Context, *dayUpdate) error, error) {
	words := e.words.dictionary()
	selected := func(k reportKey) bool {
		s := words.streams[k.stream]
		return (d.Source == 0 || s.source == d.Source) && (d.Tool == "" || words.tools[s.tool] == d.Tool)
	}
	if d.Import != 0 {
		undone, imports, err := e.undoneImports(ctx)
		undone[d.Import] = true
		return func(ctx context.Context, u *dayUpdate) error {
			return e.undo(ctx, u, selected, d.Import, undone, imports)
		}, err
	}
	if d.User != "" {
		accounts := e.accountsNamed(d.User)
		e.purge, e.purgeAccounts = purgeAccounts, accounts
		return func(_ context.Context, u *dayUpdate) error { return u.withoutAccounts(accounts, selected) }, nil
	}
	e.purge = purgeReplaced
	return func(_ context.Context, u *dayUpdate) error {
		for k := range u.from.reports {
			if selected(k) {
				u.to[k] = nil
			}
		}
		return nil
	}, nil
}

// accountsNamed returns the accounts of which a word is the login or the id.
func (e *enterpriseChange) accountsNamed(name string) []int32 {
	var out []int32
	for id, a := range e.accounts.all() {
		if a.login == name || a.userID == name {
			out = append(out, id)
		}
	}
	return out
}

// withoutAccounts takes the rows of accounts out of a day's report days.
func (u *dayUpdate) withoutAccounts(accounts []int32, selected func(reportKey) bool) error {
	buckets := map[int32]bool{}
	for _, a := range accounts {
		buckets[bucketOf(a)] = true
	}
	for k, r := range u.from.reports {
		if k.kind != report.UserDay && k.kind != report.UserTeam || !selected(k) {
			continue
		}
		touched := false
		for bucket, body := range r.bodies {
			if !buckets[bucket] {
				continue
			}
			head, err := decodeHead(k.kind, body)
			if err != nil {
				return err
			}
			touched = touched || len(head.find(accounts)) > 0
		}
		if !touched {
			continue
		}
		d, err := u.from.reportDay(k)
		if err != nil {
			return err
		}
		u.to[k] = d.Without(func(r *merge.Row) bool { return slices.Contains(accounts, r.Account) })
	}
	return nil
}

// undoneImports returns the imports that were undone, and all imports.
func (e *enterpriseChange) undoneImports(ctx context.Context) (undone, imports map[int64]bool, err error) {
	undone, imports = map[int64]bool{}, map[int64]bool{}
	err = database.Each(ctx, e.store.db, func(rows *sql.Rows) error {
		var id int64
		var action string
		var was bool
		err := rows.Scan(&id, &action, &was)
		imports[id], undone[id] = action == "import", was
		return err
	}, `SELECT id, action, undone FROM revision WHERE enterprise = ?`, e.enterprise)
	return undone, imports, err
}

// undo puts into an update what a day's report days would be without an import.
func (e *enterpriseChange) undo(ctx context.Context, u *dayUpdate, selected func(reportKey) bool, id int64, undone, imports map[int64]bool) error {
	revisions, err := e.revisionsOf(ctx, u.from.day)
	if err != nil {
		return err
	}
	for k, list := range revisions {
		if !selected(k) {
			continue
		}
		var history []merge.State
		concerned := false
		if now := u.from.reports[k]; now != nil {
			concerned = slices.ContainsFunc(now.layers, func(l merge.Layer) bool { return l.Import == id })
		}
		for _, revision := range list {
			concerned = concerned || revision == id
		}
		if !concerned {
			continue
		}
		for _, revision := range list {
			was, err := readDay(ctx, e.store.db, e.enterprise, revision, u.from.day)
			if err != nil {
				return err
			}
			d, err := was.reportDay(k)
			if err != nil {
				return err
			}
			history = append(history, merge.State{Revision: revision, Import: imports[revision], Day: d})
		}
		to := merge.Undo(history, k.kind == report.UserDay || k.kind == report.UserTeam, func(id int64) bool { return undone[id] })
		now, err := u.from.reportDay(k)
		if err != nil {
			return err
		}
		if !to.Equal(now) {
			u.to[k] = to
		}
	}
	return nil
}

// revisionsOf returns the revisions of a day's report days that are kept, oldest first.
func (e *enterpriseChange) revisionsOf(ctx context.Context, d day.Day) (map[reportKey][]int64, error) {
	out := map[reportKey][]int64{}
	err := database.Each(ctx, e.store.db, func(rows *sql.Rows) error {
		var k reportKey
		var revision int64
		err := rows.Scan(&k.kind, &k.stream, &revision)
		out[k] = append(out[k], revision)
		return err
	}, `SELECT kind, stream, revision FROM report_day WHERE enterprise = ? AND day = ? AND revision <= ? ORDER BY revision`, e.enterprise, int(d), e.current)
	return out, err
}

// updateDays changes days, some at a time. Report days that end as they were are
// left out.
func (e *enterpriseChange) updateDays(ctx context.Context, days []day.Day, update func(*storedDay) (*dayUpdate, error)) error {
	if len(days) == 0 {
		return nil
	}
	if err := e.begin(ctx, day.Range{From: days[0], To: days[len(days)-1]}); err != nil {
		return err
	}
	return inOrder(ctx, len(days), func(ctx context.Context, i int) (*dayUpdate, error) {
		from, err := readDay(ctx, e.store.db, e.enterprise, e.current, days[i])
		if err != nil {
			return nil, err
		}
		u, err := update(from)
		if err == nil && (len(u.to) > 0 || u.rollup) {
			err = e.prepare(ctx, u)
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", days[i], err)
		}
		return u, err
	}, func(ctx context.Context, u *dayUpdate) error {
		for _, k := range slices.SortedFunc(maps.Keys(u.to), compareReportKeys) {
			if err := e.moved(u, k, false); err != nil {
				return err
			}
		}
		return e.apply(ctx, u)
	})
}

// daysWithReports returns the days for which a condition holds and of which there are
// report days or, where those are gone, units.
func (e *enterpriseChange) daysWithReports(ctx context.Context, keep func(day.Day) bool) ([]day.Day, error) {
	list, err := database.Collect(ctx, e.store.db, func(rows *sql.Rows) (d day.Day, err error) { return d, rows.Scan(&d) },
		`SELECT DISTINCT day FROM report_day WHERE enterprise = ? AND revision <= ? ORDER BY day`, e.enterprise, e.current)
	return slices.DeleteFunc(list, func(d day.Day) bool { return !keep(d) }), err
}

// aggregateOnlyDays returns the days that are kept as totals only.
func (e *enterpriseChange) aggregateOnlyDays(ctx context.Context) (map[day.Day]bool, error) {
	e.aggregateOnlyOnce.Do(func() {
		e.aggregateDays = map[day.Day]bool{}
		e.aggregateOnlyErr = database.Each(ctx, e.store.db, func(rows *sql.Rows) error {
			var d day.Day
			err := rows.Scan(&d)
			e.aggregateDays[d] = true
			return err
		}, `SELECT day FROM aggregate_only WHERE enterprise = ?`, e.enterprise)
	})
	return e.aggregateDays, e.aggregateOnlyErr
}

// aggregateOnly reports whether a day is kept as totals only.
func (e *enterpriseChange) aggregateOnly(ctx context.Context, d day.Day) (bool, error) {
	days, err := e.aggregateOnlyDays(ctx)
	return days[d], err
}

func describe(d store.Deletion) string {
	var parts []string
	add := func(name string, v any, set bool) {
		if set {
			parts = append(parts, fmt.Sprintf("%s %v", name, v))
		}
	}
	add("source", d.Source, d.Source != 0)
	add("one user", "", d.User != "")
	add("tool", d.Tool, d.Tool != "")
	add("days", d.Range.From.String()+" to "+d.Range.To.String(), d.Range.To != 0)
	add("import", d.Import, d.Import != 0)
	if parts == nil {
		return "everything"
	}
	return strings.TrimSpace(strings.Join(parts, ", "))
}
