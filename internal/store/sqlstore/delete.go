package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/merge"
	"codegauge/internal/metric"
	"codegauge/internal/report"
	"codegauge/internal/rollup"
	"codegauge/internal/store"
)

// errNothing ends a change that changes nothing: no revision is recorded.
var errNothing = errors.New("nothing changes")

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, d store.Deletion) (*store.Outcome, error) {
	if d.Import != 0 && d.User != "" {
		return nil, fault.New(fault.Invalid, "undoing an import cannot be limited to one user: either delete the user's records or undo the import")
	}
	out := &store.Outcome{Records: map[string]int64{}}
	err := s.change(ctx, d.Preview, []int64{d.Enterprise}, func(c *change) error {
		e := c.enterprises[d.Enterprise]
		err := e.delete(ctx, d)
		out.Days, out.Warnings = c.sortedDays(), c.warnings
		for _, moved := range out.Days {
			if n := moved.Before.Records - moved.After.Records; n > 0 {
				out.Records[moved.Kind] += n
			}
		}
		return err
	})
	if err != nil && !errors.Is(err, errNothing) && !errors.Is(err, errDry) {
		return nil, s.explain("delete records", err)
	}
	return out, nil
}

func (e *enterpriseChange) delete(ctx context.Context, d store.Deletion) error {
	kept, err := e.aggregateOnlyDays(ctx)
	if err != nil {
		return err
	}
	whole := d.Source == 0 && d.Tool == "" && d.Data == nil && d.User == "" && d.Import == 0
	inRange := func(at day.Day) bool { return d.Range.To == 0 || d.Range.Contains(at) }
	var spared int
	for at := range kept {
		if inRange(at) && !whole {
			spared++
		}
	}
	if spared > 0 {
		e.warn("%s older than the retention and kept as totals only: nothing was deleted there, because only whole days can be", english.Count(spared, "day is", "days are"))
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
	var only *somePeople
	if d.User != "" {
		only = e.peopleOf(e.purgeAccounts, nil, nil)
	}
	err = e.updateDays(ctx, days, only, func(from *storedDay) (*dayUpdate, error) {
		u := &dayUpdate{from: from, to: map[reportKey]*merge.ReportDay{}, rollup: whole && kept[from.day]}
		return u, remove(ctx, u)
	})
	if err != nil {
		return err
	}
	if len(e.days) == 0 && !e.concerned {
		return errNothing
	}
	if e.dry {
		return errDry
	}
	return e.commit(ctx, commitment{action: "delete", origin: describe(d), at: d.At, unrecorded: len(e.days) == 0, also: func(ctx context.Context, tx *database.Tx) error {
		if d.BeforeCommit != nil {
			if err := d.BeforeCommit(ctx); err != nil {
				return err
			}
		}
		if d.Import != 0 {
			days := day.Range{To: lastDay}
			if d.Range.To != 0 {
				days = d.Range
			}
			err := tx.Insert(ctx, "undone", []string{"enterprise", "revision", "imported", "first_day", "last_day", "source", "tool", "data_kind"},
				[][]any{{e.enterprise, e.id, d.Import, int(days.From), int(days.To), d.Source, []byte(d.Tool), storedKind(d.Data)}})
			if err != nil {
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
		return (d.Source == 0 || s.source == d.Source) && (d.Tool == "" || words.Name(s.tool) == d.Tool) && (d.Data == nil || s.data == *d.Data)
	}
	if d.Import != 0 {
		past, err := e.past(ctx)
		return func(ctx context.Context, u *dayUpdate) error { return e.undo(ctx, u, selected, d.Import, past) }, err
	}
	if d.User != "" {
		accounts, err := e.accountsNamed(ctx, d.User)
		if err != nil {
			return nil, err
		}
		e.purge, e.purgeAccounts = purgeAccounts, accounts
		for id := 1; id < len(words.streams); id++ {
			if selected(reportKey{stream: int32(id)}) {
				e.purgeStreams = append(e.purgeStreams, int32(id))
			}
		}
		e.concerned, err = e.replacedOf(ctx, accounts)
		return func(_ context.Context, u *dayUpdate) error { return u.withoutAccounts(accounts, selected) }, err
	}
	e.purge = purgeReplaced
	return func(ctx context.Context, u *dayUpdate) error {
		// What was undone too, of which rows are kept that nothing shows.
		kept, err := e.revisionsOf(ctx, u.from.day)
		for k := range kept {
			if selected(k) {
				u.to[k] = nil
				e.concern()
			}
		}
		return err
	}, nil
}

// accountsNamed returns the accounts that a word names; an error if it is
// ambiguous among those of which anything is kept.
func (e *enterpriseChange) accountsNamed(ctx context.Context, word string) ([]int32, error) {
	accounts := e.accounts.named(word)
	var kept []store.Identity
	for _, id := range accounts {
		found, err := e.replacedOf(ctx, []int32{id})
		if err != nil {
			return nil, err
		}
		if found {
			kept = append(kept, e.accounts.of(id).identity())
		}
	}
	return accounts, store.Ambiguous(word, kept)
}

// withoutAccounts takes the rows of accounts out of a day's report days.
func (u *dayUpdate) withoutAccounts(accounts []int32, selected func(reportKey) bool) error {
	buckets := bucketsOf(accounts)
	for k, r := range u.from.reports {
		if k.kind != report.UserDay && k.kind != report.UserTeam || !selected(k) {
			continue
		}
		touched := false
		for bucket, b := range r.blocks {
			if !slices.Contains(buckets, bucket) {
				continue
			}
			found, err := b.appendRows(nil, k.kind, accounts, totalsAlone)
			if err != nil {
				return err
			}
			touched = touched || len(found) > 0
		}
		if !touched {
			continue
		}
		d, err := u.from.reportDay(k)
		if err != nil {
			return err
		}
		drop := func(r *merge.Row) bool { return slices.Contains(accounts, r.Account) }
		if !u.from.part {
			u.to[k] = d.Without(drop)
			continue
		}
		left, ok := d.WithoutInPart(drop)
		if !ok {
			return rollup.ErrRebuild
		}
		u.to[k] = left
	}
	return nil
}

// replacedOf reports whether anything is kept of accounts, also of what was replaced.
func (e *enterpriseChange) replacedOf(ctx context.Context, accounts []int32) (bool, error) {
	if len(accounts) == 0 {
		return false, nil
	}
	found := false
	err := database.Each(ctx, e.store.db, func(rows *sql.Rows) error {
		var kind report.Kind
		var b block
		if err := rows.Scan(&kind, &b.totals); err != nil || found {
			return err
		}
		list, err := b.appendRows(nil, kind, accounts, totalsAlone)
		found = len(list) > 0
		return err
	}, `SELECT kind, totals FROM block WHERE enterprise = ? AND bucket IN (`+numbersIn(bucketsOf(accounts))+`) AND kind IN (?, ?) AND totals IS NOT NULL`,
		e.enterprise, int(report.UserDay), int(report.UserTeam))
	return found, err
}

// past is what is known of an enterprise's revisions.
type past struct {
	imports map[int64]bool
	undone  []undoing // in order
}

// undoing is the undoing of an import: of some days, and of one source, tool and kind of data
// unless they are 0, "" and everyKind.
type undoing struct {
	merge.State
	days   day.Range
	source int64
	tool   string
	data   int
}

// everyKind stands for every kind of data.
const everyKind = -1

func storedKind(k *metric.DataKind) int {
	if k == nil {
		return everyKind
	}
	return int(*k)
}

// of returns the states that a report day has because imports were undone.
func (p past) of(d day.Day, source int64, tool string, data metric.DataKind) []merge.State {
	var out []merge.State
	for _, u := range p.undone {
		if u.days.Contains(d) && (u.source == 0 || u.source == source) && (u.tool == "" || u.tool == tool) && (u.data == everyKind || u.data == int(data)) {
			out = append(out, u.State)
		}
	}
	return out
}

func (e *enterpriseChange) past(ctx context.Context) (past, error) {
	p := past{imports: map[int64]bool{}}
	err := database.Each(ctx, e.store.db, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		p.imports[id] = true
		return err
	}, `SELECT id FROM revision WHERE enterprise = ? AND action = 'import'`, e.enterprise)
	if err == nil {
		p.undone, err = database.Collect(ctx, e.store.db, func(rows *sql.Rows) (u undoing, err error) {
			var tool []byte
			err = rows.Scan(&u.Revision, &u.Undone, &u.days.From, &u.days.To, &u.source, &tool, &u.data)
			u.tool = string(tool)
			return u, err
		}, `SELECT revision, imported, first_day, last_day, source, tool, data_kind FROM undone WHERE enterprise = ? ORDER BY revision`, e.enterprise)
	}
	return p, err
}

// undo puts into an update what a day's report days would be without an import.
func (e *enterpriseChange) undo(ctx context.Context, u *dayUpdate, selected func(reportKey) bool, id int64, past past) error {
	revisions, err := e.revisionsOf(ctx, u.from.day)
	if err != nil {
		return err
	}
	words := e.words.dictionary()
	days := map[int64]*storedDay{} // by revision: its report days often have the same
	for k, list := range revisions {
		if !selected(k) {
			continue
		}
		s := words.streams[k.stream]
		// Of what comes before the oldest state that is kept nothing can be put together
		// anew: if an undoing left that state, it stands for what the undoing made.
		states := slices.DeleteFunc(past.of(u.from.day, s.source, words.Name(s.tool), s.data), func(s merge.State) bool { return s.Revision <= list[0] })
		for _, revision := range list {
			if slices.ContainsFunc(states, func(s merge.State) bool { return s.Undone != 0 && s.Revision == revision }) {
				continue
			}
			if days[revision] == nil {
				if days[revision], err = readDay(ctx, e.store.db, e.enterprise, revision, u.from.day, nil); err != nil {
					return err
				}
			}
			d, err := days[revision].reportDay(k)
			if err != nil {
				return err
			}
			states = append(states, merge.State{Revision: revision, Import: past.imports[revision], Day: d})
		}
		slices.SortFunc(states, func(a, b merge.State) int { return cmp.Compare(a.Revision, b.Revision) })
		to, found := merge.Undo(states, k.kind == report.UserDay || k.kind == report.UserTeam, id)
		if !found {
			continue
		}
		e.concern()
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

// concern notes that there is something to undo, even if nothing shows it.
func (e *enterpriseChange) concern() {
	e.concernedMu.Lock()
	defer e.concernedMu.Unlock()
	e.concerned = true
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

// updateDay works out what becomes of a day.
func (e *enterpriseChange) updateDay(ctx context.Context, d day.Day, only *somePeople, update func(*storedDay) (*dayUpdate, error)) (*dayUpdate, error) {
	from, err := readDay(ctx, e.store.db, e.enterprise, e.current, d, only)
	if err != nil {
		return nil, err
	}
	u, err := update(from)
	if err != nil || len(u.to) == 0 && !u.rollup {
		return u, err
	}
	u.only = only
	return u, e.prepare(ctx, u)
}

// updateDays changes days, some at a time; only says whose records and memberships the
// update is about, nil that of anybody. Report days that end as they were are left out.
func (e *enterpriseChange) updateDays(ctx context.Context, days []day.Day, only *somePeople, update func(*storedDay) (*dayUpdate, error)) error {
	if len(days) == 0 {
		return nil
	}
	if err := e.begin(ctx, day.Range{From: days[0], To: days[len(days)-1]}); err != nil {
		return err
	}
	return inOrder(ctx, feedList(days), func(ctx context.Context, d day.Day) (*dayUpdate, error) {
		u, err := e.updateDay(ctx, d, only, update)
		if only != nil && errors.Is(err, rollup.ErrRebuild) {
			u, err = e.updateDay(ctx, d, nil, update)
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", d, err)
		}
		return u, err
	}, func(ctx context.Context, u *dayUpdate) error {
		for _, k := range slices.SortedFunc(maps.Keys(u.to), compareReportKeys) {
			if err := e.moved(u, k, false); err != nil {
				return err
			}
		}
		for _, k := range u.rebuilt {
			if err := e.moved(u, k, false); err != nil {
				return err
			}
		}
		return e.apply(ctx, u)
	})
}

// daysWithReports returns the days for which a condition holds and of which a report
// day is kept, be it one that is gone or was replaced.
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
	if d.Data != nil {
		add("kind of data", *d.Data, true)
	}
	add("days", d.Range.From.String()+" to "+d.Range.To.String(), d.Range.To != 0)
	add("import", d.Import, d.Import != 0)
	if parts == nil {
		return "everything"
	}
	return strings.TrimSpace(strings.Join(parts, ", "))
}
