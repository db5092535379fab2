package sqlstore

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/merge"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/rollup"
	"codegauge/internal/store"

	"github.com/RoaringBitmap/roaring/v2"
)

// Erase implements store.Eraser.
func (s *Store) Erase(ctx context.Context, r store.Erasure) (store.Removed, error) {
	var done store.Removed
	err := s.change(ctx, false, []int64{r.Enterprise}, func(c *change) (err error) {
		e := c.enterprises[r.Enterprise]
		accounts := e.accountsOf(r.Identities)
		if done, err = e.recordsOf(ctx, accounts); err != nil {
			return err
		}
		if r.Preview || len(accounts) == 0 {
			return errNothing
		}
		return e.erase(ctx, accounts, r)
	})
	if err != nil && !errors.Is(err, errNothing) {
		return store.Removed{}, s.explain("erase somebody", err)
	}
	s.cache.forget(r.Enterprise)
	return done, nil
}

// accountsOf returns the accounts that identities have, in the order of their numbers.
func (e *enterpriseChange) accountsOf(list []store.Identity) []int32 {
	var out []int32
	for _, i := range list {
		if id, ok := e.accounts.ids[accountKey{i.Tool, i.UserID}]; ok {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// recordsOf counts the records of accounts, and the days on which they are.
func (e *enterpriseChange) recordsOf(ctx context.Context, accounts []int32) (done store.Removed, err error) {
	if len(accounts) == 0 {
		return done, nil
	}
	days, err := e.daysOf(ctx, accounts)
	if err != nil {
		return done, err
	}
	only := e.peopleOf(accounts, nil, nil)
	for _, d := range slices.Sorted(maps.Keys(days)) {
		stored, err := readDay(ctx, e.store.db, e.enterprise, e.current, d, only)
		if err != nil {
			return done, err
		}
		n := store.Removed{Count: 1, Days: day.Range{From: d, To: d}}
		for k, r := range stored.reports {
			for _, b := range r.blocks {
				found, err := b.appendRows(nil, k.kind, accounts, totalsAlone)
				if err != nil {
					return done, err
				}
				switch k.kind {
				case report.UserDay:
					n.Records += int64(len(found))
				case report.UserTeam:
					n.Members += int64(len(found))
				}
			}
		}
		done.Add(n)
	}
	return done, nil
}

// erase removes the records of accounts and their names.
func (e *enterpriseChange) erase(ctx context.Context, accounts []int32, r store.Erasure) error {
	e.purge, e.purgeAccounts = purgeAccounts, accounts
	for id := 1; id < len(e.words.dictionary().streams); id++ {
		e.purgeStreams = append(e.purgeStreams, int32(id))
	}
	kept, err := e.aggregateOnlyDays(ctx)
	if err != nil {
		return err
	}
	// Every day: what was replaced may be of days on which nothing is left of them.
	days, err := e.daysWithReports(ctx, func(d day.Day) bool { return !kept[d] })
	if err != nil {
		return err
	}
	repos := e.namedInRepos(accounts)
	had, err := e.storedBelonging(ctx, e.store.db)
	if err != nil {
		return err
	}
	before, former := e.resolve(had), slices.Clone(e.accounts.list)
	for _, id := range accounts {
		delete(e.accounts.ids, e.accounts.list[id].accountKey)
		e.accounts.list[id] = account{person: id}
		e.accounts.change(id)
	}
	// Who stood for a person may be gone: the next in line does. Nobody belongs anywhere
	// any more who has no account.
	moved := e.restand()
	e.belongingOnce.Do(func() {})
	e.belonging = e.resolve(had)
	spans, whose := differing(before, e.belonging)
	with := map[day.Day]bool{}
	if len(moved) > 0 {
		if with, err = e.daysOf(ctx, moved); err != nil {
			return err
		}
	}
	only := e.peopleOf(slices.Concat(accounts, moved, whose), former, before)
	err = e.updateDays(ctx, days, only, func(from *storedDay) (*dayUpdate, error) {
		u := &dayUpdate{from: from, to: map[reportKey]*merge.ReportDay{}}
		u.rollup = with[from.day] || slices.ContainsFunc(spans, func(r day.Range) bool { return r.Contains(from.day) })
		if err := u.withoutAccounts(accounts, func(reportKey) bool { return true }); err != nil {
			return nil, err
		}
		return u, u.withoutNamed(repos)
	})
	if err != nil {
		return err
	}
	small, err := e.removeSmall(ctx, accounts, former, kept, r.Minimum)
	if err != nil {
		return err
	}
	changed := slices.Clone(e.days)
	for i := range e.days {
		e.days[i].Before = e.days[i].After
	}
	e.days = append(e.days, small...)
	return e.commit(ctx, commitment{action: "erase", origin: "one person", at: r.At, unrecorded: len(e.days) == 0, also: func(ctx context.Context, tx *database.Tx) error {
		if err := tx.Scrub(ctx); err != nil { // of the names, even where no day changes
			return err
		}
		if err := e.removeNamed(ctx, tx, repos); err != nil {
			return err
		}
		// What remains of a day less what it once had would be what they did.
		for _, d := range changed {
			if _, err := tx.ExecContext(ctx, `DELETE FROM revision_day WHERE enterprise = ? AND day = ? AND source = ? AND tool = ? AND kind = ? AND data_kind = ? AND revision <> ?`,
				e.enterprise, int(d.Day), d.Source, []byte(d.Tool), int(kindOf(d.Kind)), int(d.Data), e.id); err != nil {
				return err
			}
		}
		for _, d := range small {
			if _, err := tx.ExecContext(ctx, `DELETE FROM revision_day WHERE enterprise = ? AND day = ? AND source <> ? AND revision <> ?`,
				e.enterprise, int(d.Day), e.enterprise, e.id); err != nil {
				return err
			}
		}
		return nil
	}})
}

// restand gives accounts whose person was stood for by one that was erased the first
// of those that are left. It returns those whose number in sets of people changes.
func (e *enterpriseChange) restand() (moved []int32) {
	first := map[int64]int32{}
	for id, a := range e.accounts.all() {
		if a.linked == 0 {
			continue
		}
		if have, ok := first[a.linked]; !ok || id < have {
			first[a.linked] = id
		}
	}
	for id, a := range e.accounts.all() {
		if a.linked != 0 && a.person != first[a.linked] {
			a.person = first[a.linked]
			e.accounts.change(id)
			moved = append(moved, id)
		}
	}
	return moved
}

// group is an organization or team in a week of which totals are left.
type group struct {
	level  query.Level
	entity int64
	week   day.Day
}

// removeSmall removes what totals alone are left of groups under the minimum that one of
// the accounts, as they were, belonged to. It returns the days, as the enterprise's:
// which groups they were would say where somebody was.
func (e *enterpriseChange) removeSmall(ctx context.Context, accounts []int32, former []account, kept map[day.Day]bool, minimum int) ([]store.DayChange, error) {
	if len(kept) == 0 {
		return nil, nil
	}
	// Sets of people have the number that somebody had when the day was rolled up.
	erased := roaring.New()
	for _, id := range accounts {
		erased.Add(uint32(id))
		erased.Add(uint32(former[id].person))
	}
	type unit struct {
		unitKey
		day          day.Day
		organization int64
	}
	people, units, belonged := map[group]*roaring.Bitmap{}, map[group][]unit{}, map[day.Day]*dayMembers{}
	known := map[string]*roaring.Bitmap{}
	for d := range kept {
		stored, err := readRollups(ctx, e.store.db, e.enterprise, e.current, d, "", "")
		if err != nil {
			return nil, err
		}
		if b := stored.people[membersRow]; b != nil {
			if belonged[d], err = decodeMembers(b, known); err != nil {
				return nil, fmt.Errorf("%s: %w", d, err)
			}
		}
		for k, u := range stored.units {
			if !k.origin.HasMembers(k.level) {
				continue
			}
			g := group{k.level, k.entity, d.Week()}
			if people[g] == nil {
				people[g] = roaring.New()
			}
			people[g].Or(belonged[d].of(k.entity))
			units[g] = append(units[g], unit{k, d, u.organization})
		}
	}
	words := e.words.dictionary()
	days := map[store.DayChange]bool{}
	rows := map[string][][]any{}
	removed := map[day.Day][]int64{}
	span := day.Range{From: 1}
	for g, members := range people {
		if members.GetCardinality() >= uint64(minimum) || !members.Intersects(erased) {
			continue
		}
		for _, u := range units[g] {
			days[store.DayChange{Enterprise: e.enterprise, Source: e.enterprise, Kind: report.UserDay.String(), Tool: words.Name(u.tool), Day: u.day}] = true
			span = span.Join(day.Range{From: u.day, To: u.day})
			e.months[u.day.Month()] = true
			rows["unit"] = append(rows["unit"], []any{e.enterprise, int(u.level), u.entity, int(u.day), u.tool, int(u.origin), 0, u.organization, false, nil})
			removed[u.day] = append(removed[u.day], u.entity)
		}
	}
	if len(rows) == 0 {
		return nil, nil
	}
	if e.began { // for other days: these are added to what is tidied up
		err := e.lock.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE writing SET first_day = CASE WHEN first_day < ? THEN first_day ELSE ? END, last_day = CASE WHEN last_day > ? THEN last_day ELSE ? END WHERE enterprise = ? AND revision = ?`,
				int(span.From), int(span.From), int(span.To), int(span.To), e.enterprise, e.id)
			return err
		})
		if err != nil {
			return nil, err
		}
	} else if err := e.begin(ctx, span); err != nil {
		return nil, err
	}
	for _, row := range rows["unit"] {
		row[6] = e.id
	}
	for d, entities := range removed {
		if belonged[d] == nil {
			continue
		}
		var body any
		if left := slices.DeleteFunc(belonged[d].list, func(m rollup.Members) bool { return slices.Contains(entities, m.Entity) }); len(left) > 0 {
			var err error
			if body, err = encodeMembers(left); err != nil {
				return nil, err
			}
		}
		rows["people_sets"] = append(rows["people_sets"], []any{e.enterprise, int64(membersRow.group), int(d), membersRow.tool, e.id, body})
	}
	if err := e.write(ctx, rows); err != nil {
		return nil, fmt.Errorf("remove the totals of a small group: %w", err)
	}
	return slices.SortedFunc(maps.Keys(days), func(a, b store.DayChange) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Tool, b.Tool))
	}), nil
}

// namedInRepos returns the words by which reports of repositories name people: logins
// and ids, as JSON has them.
func (e *enterpriseChange) namedInRepos(accounts []int32) [][]byte {
	var out [][]byte
	for _, id := range accounts {
		a := &e.accounts.list[id]
		for _, word := range append(slices.Clone(a.former), a.login, a.userID) {
			if word != "" {
				out = append(out, []byte(word))
			}
		}
	}
	return out
}

// withoutNamed takes rows of repositories that name somebody out of a day.
func (u *dayUpdate) withoutNamed(words [][]byte) error {
	for k := range u.from.reports {
		if k.kind != report.RepoDay {
			continue
		}
		d, err := u.from.reportDay(k)
		if err != nil {
			return err
		}
		if left := d.Without(func(r *merge.Row) bool { return names(r.Passthrough, words) }); left != d {
			u.to[k] = left
		}
	}
	return nil
}

// removeNamed takes rows of repositories that name somebody out of what was replaced
// and is kept. What tidies up later does not know the words.
func (e *enterpriseChange) removeNamed(ctx context.Context, tx *database.Tx, words [][]byte) error {
	return e.removeFromBlocks(ctx, tx, func(r *merge.Row) bool { return names(r.Passthrough, words) }, `kind = ? AND revision <> ?`, int(report.RepoDay), e.id)
}

// names reports whether JSON has one of the words as a value of its own: a string, in
// any case, or a number.
func names(body []byte, words [][]byte) bool {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		var value []byte
		switch v := token.(type) {
		case string:
			value = []byte(v)
		case json.Number:
			value = []byte(v)
		default:
			continue
		}
		for _, w := range words {
			if bytes.EqualFold(value, w) {
				return true
			}
		}
	}
}
