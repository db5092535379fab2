package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/merge"
	"codegauge/internal/metric"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// lastDay stands for the end of what has none.
var lastDay = day.Date(9999, 12, 31)

// belonging is where a person, by the number that sets of people have, belongs.
type belonging struct {
	person             uint32
	organization, team int64
	days               day.Range
}

// Link implements store.Store.
func (s *Store) Link(ctx context.Context, l store.Links) (*store.Outcome, error) {
	out := &store.Outcome{Records: map[string]int64{}}
	err := s.change(ctx, false, []int64{l.Enterprise}, func(c *change) error {
		e := c.enterprises[l.Enterprise]
		err := e.link(ctx, l)
		out.Days, out.Warnings = c.sortedDays(), c.warnings
		return err
	})
	if err != nil && !errors.Is(err, errNothing) {
		return nil, s.explain("link people", err)
	}
	return out, nil
}

func (e *enterpriseChange) link(ctx context.Context, l store.Links) error {
	had, err := e.storedBelonging(ctx, e.store.db)
	if err != nil {
		return err
	}
	before, former := e.resolve(had), slices.Clone(e.accounts.list)
	moved, relinked := e.accounts.link(l)
	has := belongingsOf(l)
	rejoined := !maps.Equal(had, has)
	if len(moved) == 0 && !relinked && !rejoined {
		return errNothing // as it is already
	}
	after := e.resolve(has)
	e.belongingOnce.Do(func() {})
	e.belonging = after
	kept, err := e.aggregateOnlyDays(ctx)
	if err != nil {
		return err
	}
	rejoinedDays, whose := differing(before, after)
	touched, err := e.linkedDays(ctx, moved, relinked, rejoinedDays)
	if err != nil {
		return err
	}
	touched = slices.DeleteFunc(touched, func(d day.Day) bool { return kept[d] })
	only := e.peopleOf(append(whose, moved...), former, before)
	if err := e.rebuildDays(ctx, touched, only); err != nil {
		return err
	}
	also := func(ctx context.Context, tx *database.Tx) error {
		if !rejoined {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM belonging WHERE enterprise = ?`, e.enterprise); err != nil {
			return err
		}
		var rows [][]any
		for m := range has {
			rows = append(rows, []any{e.enterprise, m.Person, m.Organization, m.Team, int(m.Days.From), int(m.Days.To)})
		}
		return tx.Insert(ctx, "belonging", []string{"enterprise", "person", "organization", "team", "first_day", "last_day"}, rows)
	}
	// Links that touch no day with data are no revision of the history.
	return e.commit(ctx, commitment{action: "link", origin: "people and where they belong", at: l.At, also: also, unrecorded: len(e.days) == 0})
}

// rebuildDays rolls days up anew, where some people's records show, and notes the user
// reports on them, whose totals do not move.
func (e *enterpriseChange) rebuildDays(ctx context.Context, days []day.Day, only *somePeople) error {
	return e.updateDays(ctx, days, only, func(from *storedDay) (*dayUpdate, error) {
		u := &dayUpdate{from: from, rollup: true, to: map[reportKey]*merge.ReportDay{}}
		for _, k := range slices.SortedFunc(maps.Keys(from.reports), compareReportKeys) {
			if k.kind == report.UserDay {
				u.rebuilt = append(u.rebuilt, k)
			}
		}
		return u, nil
	})
}

// storedBelonging returns the memberships as they are stored.
func (e *enterpriseChange) storedBelonging(ctx context.Context, q database.Querier) (map[store.MemberOf]bool, error) {
	out := map[store.MemberOf]bool{}
	err := database.Each(ctx, q, func(rows *sql.Rows) error {
		var m store.MemberOf
		err := rows.Scan(&m.Person, &m.Organization, &m.Team, &m.Days.From, &m.Days.To)
		out[m] = true
		return err
	}, `SELECT person, organization, team, first_day, last_day FROM belonging WHERE enterprise = ?`, e.enterprise)
	return out, err
}

func belongingsOf(l store.Links) map[store.MemberOf]bool {
	out := map[store.MemberOf]bool{}
	for _, m := range l.Members {
		m.Days.To = min(m.Days.To, lastDay)
		out[m] = true
	}
	return out
}

// resolve returns where persons belong who have an account.
func (e *enterpriseChange) resolve(members map[store.MemberOf]bool) []belonging {
	persons := map[int64]uint32{}
	for _, a := range e.accounts.all() {
		if a.linked != 0 {
			persons[a.linked] = uint32(a.person)
		}
	}
	var out []belonging
	for m := range members {
		if who, ok := persons[m.Person]; ok {
			out = append(out, belonging{who, m.Organization, m.Team, m.Days})
		}
	}
	return out
}

// belongings returns where persons belong, whatever reports say.
func (e *enterpriseChange) belongings(ctx context.Context) ([]belonging, error) {
	e.belongingOnce.Do(func() { e.belonging, e.belongingErr = e.belongingsIn(ctx, e.store.db) })
	return e.belonging, e.belongingErr
}

func (e *enterpriseChange) belongingsIn(ctx context.Context, q database.Querier) ([]belonging, error) {
	had, err := e.storedBelonging(ctx, q)
	return e.resolve(had), err
}

// differing returns the days of what only one of the lists has, and the first accounts of
// whom it is about.
func differing(a, b []belonging) (days []day.Range, whose []int32) {
	count := map[belonging]int{}
	for _, x := range a {
		count[x]++
	}
	for _, x := range b {
		count[x]--
	}
	for x, n := range count {
		if n == 0 {
			continue
		}
		whose = append(whose, int32(x.person))
		if !slices.Contains(days, x.days) {
			days = append(days, x.days)
		}
	}
	return days, whose
}

// linkedDays returns the days of user reports on which moved accounts or memberships
// may show. Where links alone change, which only Unlinked tells, the last day stands
// for all.
func (e *enterpriseChange) linkedDays(ctx context.Context, moved []int32, relinked bool, spans []day.Range) ([]day.Day, error) {
	with := map[day.Day]bool{}
	if len(moved) > 0 {
		var err error
		if with, err = e.daysOf(ctx, moved); err != nil {
			return nil, err
		}
	}
	list, err := database.Collect(ctx, e.store.db, func(rows *sql.Rows) (d day.Day, err error) {
		_, _, d, _, err = scanReport(rows)
		return d, err
	}, currentReports+` AND r.kind = ? ORDER BY r.day`, e.enterprise, e.current, int(report.UserDay))
	if err != nil {
		return nil, err
	}
	var found []day.Day
	for _, d := range list {
		if with[d] || slices.ContainsFunc(spans, func(r day.Range) bool { return r.Contains(d) }) || relinked && d == list[len(list)-1] {
			found = append(found, d)
		}
	}
	return slices.Compact(found), nil
}

// daysOf returns the days with rows of accounts.
func (e *enterpriseChange) daysOf(ctx context.Context, accounts []int32) (map[day.Day]bool, error) {
	accounts = slices.Sorted(slices.Values(accounts))
	out := map[day.Day]bool{}
	err := database.Each(ctx, e.store.db, func(rows *sql.Rows) error {
		var d day.Day
		var kind report.Kind
		var b block
		if err := rows.Scan(&d, &kind, &b.totals); err != nil || out[d] {
			return err
		}
		found, err := b.appendRows(nil, kind, accounts, totalsAlone)
		if len(found) > 0 {
			out[d] = true
		}
		return err
	}, `SELECT b.day, b.kind, b.totals FROM block b`+whereCurrentBlock+` AND b.kind IN (?, ?) AND b.bucket IN (`+numbersIn(bucketsOf(accounts))+`)`, e.enterprise, e.current, int(report.UserDay), int(report.UserTeam))
	return out, err
}

// link gives accounts to the persons of l. It returns those whose number in sets of
// people changes, and whether any link does.
func (a *numberAccounts) link(l store.Links) (moved []int32, relinked bool) {
	want := map[int32]int64{}
	for _, p := range l.People {
		want[a.add(accountKey{metric.IdentityTool(p.UserID, p.Tool), p.UserID})] = p.Person
	}
	first := map[int64]int32{}
	for id, person := range want {
		if have, ok := first[person]; !ok || id < have {
			first[person] = id
		}
	}
	for id := range a.all() {
		n, stands := &a.list[id], id
		if person, ok := want[id]; ok {
			stands = first[person]
		}
		if n.person != stands {
			moved = append(moved, id)
		}
		if n.linked != want[id] {
			relinked = true
		}
		if n.person != stands || n.linked != want[id] {
			a.change(id)
		}
		n.linked, n.person = want[id], stands
	}
	return moved, relinked
}
