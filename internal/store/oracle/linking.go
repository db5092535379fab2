package oracle

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strconv"

	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// links is what Link last said of an enterprise.
type links struct {
	people      map[person]int64
	memberships []store.MemberOf
}

// linked is the "tool" of people whom the directory numbers.
const linked = "\x00linked"

// whose returns the person that an identity counts as.
func (l links) whose(p person) person {
	if n, ok := l.people[p]; ok {
		return person{linked, strconv.FormatInt(n, 10)}
	}
	return p
}

// members returns who belongs to the scope's team, or to its organization, on a day.
func (l links) members(sc query.Scope, d day.Day) map[person]bool {
	out := map[person]bool{}
	for _, m := range l.memberships {
		there := sc.Team != 0 && m.Team == sc.Team || sc.Team == 0 && sc.Organization != 0 && m.Organization == sc.Organization
		if there && m.Days.Contains(d) {
			out[person{linked, strconv.FormatInt(m.Person, 10)}] = true
		}
	}
	return out
}

// Link implements store.Store.
func (o *Oracle) Link(_ context.Context, l store.Links) (*store.Outcome, error) {
	o.write.Lock()
	defer o.write.Unlock()
	s := o.now().clone()
	out := s.link(l)
	o.swap(s)
	return out, nil
}

// link changes s by one Link. Every day with user reports may have changed.
func (s *state) link(l store.Links) *store.Outcome {
	out := &store.Outcome{Records: map[string]int64{}}
	now := links{people: map[person]int64{}}
	has := map[int64]bool{}
	for _, p := range l.People {
		now.people[personOf(p.Tool, p.UserID)] = p.Person
	}
	for _, n := range now.people {
		has[n] = true
	}
	for _, m := range l.Members {
		if has[m.Person] {
			now.memberships = append(now.memberships, m)
		}
	}
	if was := s.links[l.Enterprise]; reflect.DeepEqual(was, now) || len(was.people)+len(now.people) == 0 {
		return out
	}
	s.links[l.Enterprise] = now
	for _, k := range s.find(func(k reportKey) bool { return k.enterprise == l.Enterprise && k.kind == report.UserDay }) {
		change := changeOf(k)
		change.Before = dayTotals(s.reports[k])
		change.After = change.Before
		out.Days = append(out.Days, change)
	}
	s.record(store.Revision{At: l.At, Action: "link"}, out)
	return out
}

// Unlinked implements store.Store.
func (o *Oracle) Unlinked(_ context.Context, sc query.Scope, r day.Range) ([]store.Identity, error) {
	s := o.now()
	seen := map[person]bool{}
	var out []store.Identity
	for _, u := range s.units(sc, query.Auto, r) {
		for _, c := range u.people {
			p := c.person()
			if _, ok := s.links[sc.Enterprise].people[p]; ok || seen[p] {
				continue
			}
			seen[p] = true
			out = append(out, store.Identity{Tool: p.tool, UserID: p.id, Login: s.login(sc.Enterprise, p)})
		}
	}
	slices.SortFunc(out, func(a, b store.Identity) int {
		return cmp.Or(cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.UserID, b.UserID))
	})
	return out, nil
}

// Identities implements store.Store.
func (o *Oracle) Identities(_ context.Context, enterprise int64) ([]store.Identity, error) {
	s := o.now()
	seen := map[person]bool{}
	for p := range s.links[enterprise].people {
		seen[p] = true
	}
	for k, r := range s.reports {
		for _, c := range r.all() {
			if k.enterprise == enterprise && personal(k.kind) {
				seen[c.person()] = true
			}
		}
	}
	var out []store.Identity
	for p := range seen {
		out = append(out, store.Identity{Tool: p.tool, UserID: p.id, Login: s.login(enterprise, p), Former: s.met[metKey{enterprise, p}].former()})
	}
	slices.SortFunc(out, func(a, b store.Identity) int {
		return cmp.Or(cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.UserID, b.UserID))
	})
	return out, nil
}
