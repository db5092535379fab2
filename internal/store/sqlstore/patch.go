package sqlstore

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"codegauge/internal/merge"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/rollup"

	"github.com/RoaringBitmap/roaring/v2"
)

// somePeople are whom a change of days is about, with all of their accounts: then it
// reads their blocks alone, and patches what is rolled up.
type somePeople struct {
	accounts []int32
	// former are the accounts, and where people belonged, before the change; nil if as now.
	former  []account
	members []belonging
	// people have all numbers that their accounts stand or stood for in sets.
	people, identities *roaring.Bitmap
}

// maxPatched is for how many accounts it pays to patch a day instead of building it.
const maxPatched = 1000

// accountsByPerson finds the accounts of persons.
type accountsByPerson struct {
	list []account
	// others are a person's accounts besides the first, whose number the person has.
	others map[int32][]int32
}

func byPerson(list []account) accountsByPerson {
	out := accountsByPerson{list, map[int32][]int32{}}
	for id := range list {
		if person := list[id].person; person != int32(id) {
			out.others[person] = append(out.others[person], int32(id))
		}
	}
	return out
}

// peopleOf returns the people whom accounts belong to, now or before; nil if they are
// too many.
func (e *enterpriseChange) peopleOf(accounts []int32, former []account, members []belonging) *somePeople {
	states := []accountsByPerson{byPerson(e.accounts.list)}
	if former != nil {
		states = append(states, byPerson(former))
	}
	s := peopleIn(states, accounts)
	if s != nil {
		s.former, s.members = former, members
	}
	return s
}

// peopleIn returns the people whom accounts belong to in any of the states, with whom they
// share an account in another; nil if they are too many.
func peopleIn(states []accountsByPerson, accounts []int32) *somePeople {
	s := &somePeople{people: roaring.New(), identities: roaring.New()}
	for next := slices.Clone(accounts); len(next) > 0; {
		id := next[len(next)-1]
		next = next[:len(next)-1]
		if !s.identities.CheckedAdd(uint32(id)) {
			continue
		}
		if s.accounts = append(s.accounts, id); len(s.accounts) > maxPatched {
			return nil
		}
		for _, state := range states {
			if int(id) >= len(state.list) {
				continue
			}
			person := state.list[id].person
			if !s.people.CheckedAdd(uint32(person)) {
				continue
			}
			next = append(next, person)
			for _, has := range states {
				next = append(next, has.others[person]...)
			}
		}
	}
	return s
}

// has reports whether an account is theirs. Without people every one is.
func (s *somePeople) has(account int32) bool {
	return s == nil || s.identities.Contains(uint32(account))
}

// hasPerson reports whether a number in sets of people is theirs.
func (s *somePeople) hasPerson(person uint32) bool { return s == nil || s.people.Contains(person) }

// changedAccounts returns the accounts whose records or memberships the update changes,
// if that is all that it changes of what is rolled up, and of no day that two sources
// tell of the same tool in one kind of data: there a report's version decides too.
func (e *enterpriseChange) changedAccounts(u *dayUpdate) ([]int32, bool) {
	words := e.words.dictionary()
	type of struct {
		tool int32
		data metric.DataKind
	}
	sources := map[of]int64{}
	for _, reports := range []iter.Seq[reportKey]{maps.Keys(u.from.reports), maps.Keys(u.to)} {
		for k := range reports {
			if k.kind != report.UserDay {
				continue
			}
			s := words.streams[k.stream]
			k := of{s.tool, s.data}
			if have, ok := sources[k]; ok && have != s.source {
				return nil, false
			}
			sources[k] = s.source
		}
	}
	changed := map[int32]bool{}
	for k, to := range u.to {
		from, err := u.from.reportDay(k)
		if err != nil || from == nil || to == nil || k.kind == report.AggregateDay || k.kind == report.RepoDay {
			return nil, false
		}
		for a, b := range merge.PairByKey(from.Rows, to.Rows) {
			switch {
			case a == nil:
				changed[b.Account] = true
			case b == nil || !bytes.Equal(a.Figures, b.Figures):
				changed[a.Account] = true
			}
		}
		if len(changed) > maxPatched {
			return nil, false
		}
	}
	return slices.Collect(maps.Keys(changed)), true
}

// totalsInPart returns a report day's totals from those of the rows that are here.
func (u *dayUpdate) totalsInPart(k reportKey, totals reportTotals) (reportTotals, error) {
	was := u.from.reports[k]
	if was == nil || was.day == nil || u.to[k] == nil {
		return totals, rollup.ErrRebuild
	}
	part, err := totalsOf(k.kind, was.day)
	return was.totals.replace(part, totals), err
}

// patch brings what is rolled up of the day to what the update makes of its people.
func (e *enterpriseChange) patch(ctx context.Context, u *dayUpdate) error {
	members, err := e.belongings(ctx)
	if err != nil {
		return err
	}
	words := e.words.dictionary()
	now := &dayBuilder{words: words, accounts: e.accounts.list, enterprise: e.enterprise}
	was, had := *now, members
	if u.only.former != nil {
		was.accounts, had = u.only.former, u.only.members
	}
	before, err := was.day(&dayUpdate{from: u.from, only: u.only}, had)
	if err != nil {
		return err
	}
	after, err := now.day(u, members)
	if err != nil {
		return err
	}
	p, err := rollup.NewPatch(before, after, words.Cells, u.only.people, u.only.identities)
	if err != nil {
		return fmt.Errorf("patch %s: %w", u.from.day, err)
	}
	if len(p.Entities()) == 0 {
		return nil // no user report covers the day: where people belong shows nowhere
	}
	stored, err := e.readForPatch(ctx, u, p)
	if err != nil {
		return err
	}
	from, err := stored.decode(u, len(words.Cells))
	if err != nil {
		return fmt.Errorf("patch %s: %w", u.from.day, err)
	}
	to, err := p.Apply(from)
	if err != nil {
		return fmt.Errorf("patch %s: %w", u.from.day, err)
	}
	patched, err := words.encodeRollups(to)
	if err != nil || e.dry {
		return err
	}
	e.compare(u, stored, patched)
	return nil
}

// readForPatch reads the units that a patch may change, and the rows with sets that it may.
func (e *enterpriseChange) readForPatch(ctx context.Context, u *dayUpdate, p *rollup.Patch) (*rollups, error) {
	groups, words := []setGroup{memberSets}, e.words.dictionary()
	for _, k := range p.Sets() {
		groups = append(groups, words.groupOf(k))
	}
	slices.Sort(groups)
	return readRollups(ctx, e.store.db, e.enterprise, e.current, u.from.day,
		fmt.Sprintf(` AND level IN (%d, %d, %d) AND entity IN (%s)`, query.LevelEnterprise, query.LevelOrganization, query.LevelTeam, numbersIn(p.Entities())),
		` AND set_group IN (`+numbersIn(slices.Compact(groups))+`)`)
}

// decode returns what was rolled up and is stored.
func (r *rollups) decode(u *dayUpdate, cells int) (*rollup.Built, error) {
	out := &rollup.Built{}
	for k, row := range r.units {
		unit := rollup.Unit{Level: k.level}
		unit.Entity, unit.Organization, unit.Day, unit.Tool, unit.Origin, unit.Preferred = k.entity, row.organization, u.from.day, k.tool, k.origin, row.preferred
		if err := decodeUnit(row.body, &unit); err != nil {
			return nil, err
		}
		out.Units = append(out.Units, unit)
	}
	for k, body := range r.people {
		if k == membersRow {
			members, err := decodeMembers(body, map[string]*roaring.Bitmap{})
			if err != nil {
				return nil, err
			}
			out.Members = members.list
			continue
		}
		err := decodeSets(k.tool, body, func(k rollup.SetKey, b []byte) error {
			people, err := bitmapOf(b)
			out.Sets = append(out.Sets, rollup.Set{SetKey: k, People: people})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
