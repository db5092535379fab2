package oracle

import (
	"cmp"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// unit is a (day, tool) for which a scope has data: user records, perhaps none,
// or an aggregate.
type unit struct {
	day       day.Day
	tool      string
	people    []*claim // the effective user records, in the order of their people
	aggregate *claim   // set instead of people
	// statements, set instead of either, are an aggregate and repositories' rows.
	statements []*claim
}

// dayTool is what a unit is about.
type dayTool struct {
	day  day.Day
	tool string
}

// units returns the scope's units in r, by day and tool.
func (s *state) units(sc query.Scope, src query.Source, r day.Range) []unit {
	seen := map[dayTool]bool{}
	var out []unit
	for _, k := range s.find(func(k reportKey) bool { return k.enterprise == sc.Enterprise && r.Contains(k.day) }) {
		at := dayTool{k.day, k.tool}
		if k.kind != report.UserDay && k.kind != report.AggregateDay || seen[at] {
			continue
		}
		seen[at] = true
		if u, ok := s.dataSource(sc, src, at); ok {
			out = append(out, u)
		}
	}
	slices.SortFunc(out, func(a, b unit) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.tool, b.tool))
	})
	return out
}

// dataSource returns what speaks for the scope on a day and tool; false if nothing.
func (s *state) dataSource(sc query.Scope, src query.Source, at dayTool) (unit, bool) {
	own, union := s.userReports(sc, at)
	aggregate := s.aggregate(sc, at)
	u := unit{day: at.day, tool: at.tool}
	users, stated := s.userRank(sc, at), len(metric.DataKinds)
	if aggregate != nil {
		stated = aggregate.key.data.Rank()
	}
	switch src {
	case query.FromAggregate:
		own, union = false, false
	case query.FromUsers:
		aggregate = nil
	}
	switch {
	case (own || union) && (aggregate == nil || users < stated || users == stated && own):
		u.people = s.records(sc, at)
	case aggregate != nil:
		u.aggregate = aggregate
	default:
		return unit{}, false
	}
	return u, true
}

// userReports says whether user reports cover the scope's day: own, before any
// aggregate; or only as the union of its organizations' reports, after it.
func (s *state) userReports(sc query.Scope, at dayTool) (own, union bool) {
	enterprise := s.covers(sc.Enterprise, sc.Enterprise, at)
	any := enterprise || s.anyCovers(sc.Enterprise, at)
	switch {
	case sc.Team != 0:
		return any && s.hasMembership(sc, at.day), false
	case sc.Organization != 0:
		return s.covers(sc.Enterprise, sc.Organization, at) || enterprise && s.hasMembership(sc, at.day), false
	}
	return enterprise, any
}

// userRank returns the rank of the first kind of data of which user reports cover the scope's
// day: an enterprise's own, or, without one, its organizations'; an organization's and its
// enterprise's; a team's are everybody's.
func (s *state) userRank(sc query.Scope, at dayTool) int {
	own := s.covers(sc.Enterprise, sc.Enterprise, at)
	rank := len(metric.DataKinds)
	for _, k := range s.userReportsOn(sc.Enterprise, at) {
		of := true
		switch {
		case sc.Team != 0:
		case sc.Organization != 0:
			of = k.source == sc.Organization || k.source == sc.Enterprise
		case own:
			of = k.source == sc.Enterprise
		}
		if of {
			rank = min(rank, k.data.Rank())
		}
	}
	return rank
}

// userReportsOn returns the user reports of a day and tool, of every source and kind of data.
func (s *state) userReportsOn(enterprise int64, at dayTool) []reportKey {
	return s.find(func(k reportKey) bool {
		return k.enterprise == enterprise && k.kind == report.UserDay && k.day == at.day && k.tool == at.tool
	})
}

func (s *state) covers(enterprise, source int64, at dayTool) bool {
	return slices.ContainsFunc(s.userReportsOn(enterprise, at), func(k reportKey) bool { return k.source == source })
}

func (s *state) anyCovers(enterprise int64, at dayTool) bool {
	return len(s.userReportsOn(enterprise, at)) > 0
}

// aggregate returns the scope's own aggregate record, of the first kind of data that has
// one; nil if there is none. Teams have none.
func (s *state) aggregate(sc query.Scope, at dayTool) *claim {
	if sc.Team != 0 {
		return nil
	}
	for _, d := range metric.DataKinds {
		if r := s.reports[reportKey{sc.Enterprise, sc.Entity(), report.AggregateDay, at.day, at.tool, d.Kind}]; r != nil {
			return r.claims[claimKey{}]
		}
	}
	return nil
}

// records returns the effective user records of the scope's people.
func (s *state) records(sc query.Scope, at dayTool) []*claim {
	var out []*claim
	members, links := s.members(sc, at.day), s.links[sc.Enterprise]
	for _, c := range s.effective(sc.Enterprise, at) {
		if members == nil || members[links.whose(c.person())] {
			out = append(out, c)
		}
	}
	return out
}

// effective returns the claims on a day and tool that give the values: of each person those
// of the first kind of data, by user id.
func (s *state) effective(enterprise int64, at dayTool) []*claim {
	all := s.newestOn(enterprise, at)
	var out []*claim
	for _, c := range all {
		whose := s.links[enterprise].whose(c.person())
		if !slices.ContainsFunc(all, func(o *claim) bool {
			return s.links[enterprise].whose(o.person()) == whose && o.key.data.Rank() < c.key.data.Rank()
		}) {
			out = append(out, c)
		}
	}
	return out
}

// newestOn returns, of each user's claims of one kind of data on a day and tool, the one that
// beats the others, by user id.
func (s *state) newestOn(enterprise int64, at dayTool) []*claim {
	type of struct {
		user string
		data metric.DataKind
	}
	best := map[of]*claim{}
	for _, k := range s.userReportsOn(enterprise, at) {
		for _, c := range s.reports[k].claims {
			as := of{c.record.UserID, k.data}
			if b := best[as]; b == nil || c.beats(b) {
				best[as] = c
			}
		}
	}
	var out []*claim
	for _, c := range best {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *claim) int {
		return cmp.Or(cmp.Compare(a.record.UserID, b.record.UserID), cmp.Compare(a.key.data.Rank(), b.key.data.Rank()))
	})
	return out
}

// comparisons compares the kinds of data of the scope's people.
func (s *state) comparisons(sc query.Scope, r day.Range) []store.Comparison {
	type pair struct {
		at            dayTool
		counts, other metric.DataKind
	}
	type said struct{ added, deleted store.Lines }
	found := map[pair]*store.Comparison{}
	seen := map[dayTool]bool{}
	for _, k := range s.find(func(k reportKey) bool {
		return k.enterprise == sc.Enterprise && k.kind == report.UserDay && r.Contains(k.day)
	}) {
		at := dayTool{k.day, k.tool}
		if seen[at] {
			continue
		}
		seen[at] = true
		if own, union := s.userReports(sc, at); !own && !union {
			continue
		}
		members, people := s.members(sc, k.day), map[person]map[metric.DataKind]said{}
		for _, c := range s.newestOn(sc.Enterprise, at) {
			whose := s.links[sc.Enterprise].whose(c.person())
			if members != nil && !members[whose] {
				continue
			}
			if people[whose] == nil {
				people[whose] = map[metric.DataKind]said{}
			}
			sum, totals := people[whose][c.key.data], read(c.record).totals
			if n, known := totals.Get(5); known {
				sum.added = store.Lines{N: sum.added.N + n, Known: true}
			}
			if n, known := totals.Get(6); known {
				sum.deleted = store.Lines{N: sum.deleted.N + n, Known: true}
			}
			people[whose][c.key.data] = sum
		}
		for _, has := range people {
			counts := metric.DataKinds[slices.IndexFunc(metric.DataKinds[:], func(d metric.DataKindInfo) bool { _, ok := has[d.Kind]; return ok })].Kind
			for other, those := range has {
				if other == counts {
					continue
				}
				k := pair{at, counts, other}
				if found[k] == nil {
					found[k] = &store.Comparison{Day: at.day, Tool: at.tool, Counts: counts, Other: other}
				}
				c, differ := found[k], false
				c.People++
				for _, l := range []struct {
					sum  *[2]store.Lines
					a, b store.Lines
				}{{&c.Added, has[counts].added, those.added}, {&c.Deleted, has[counts].deleted, those.deleted}} {
					if l.a.Known && l.b.Known {
						*l.sum = [2]store.Lines{{N: l.sum[0].N + l.a.N, Known: true}, {N: l.sum[1].N + l.b.N, Known: true}}
						differ = differ || l.a.N != l.b.N
					}
				}
				if differ {
					c.Differ++
				}
			}
		}
	}
	var out []store.Comparison
	for _, c := range found {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b store.Comparison) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.Counts.Rank(), b.Counts.Rank()), cmp.Compare(a.Other.Rank(), b.Other.Rank()))
	})
	return out
}

// members returns who belonged to the scope on a day; nil for an enterprise,
// to which everyone belongs.
func (s *state) members(sc query.Scope, d day.Day) map[person]bool {
	if sc.Team == 0 && sc.Organization == 0 {
		return nil
	}
	links := s.links[sc.Enterprise]
	out := links.members(sc, d)
	for _, c := range s.memberships(sc, d) {
		out[links.whose(c.person())] = true
	}
	if sc.Team != 0 {
		return out
	}
	for k, r := range s.reports {
		if k.enterprise == sc.Enterprise && k.source == sc.Organization && k.kind == report.UserDay && k.day == d {
			for _, c := range r.claims {
				out[links.whose(c.person())] = true
			}
		}
	}
	return out
}

func (s *state) hasMembership(sc query.Scope, d day.Day) bool {
	return len(s.memberships(sc, d))+len(s.links[sc.Enterprise].members(sc, d)) > 0
}

// memberships returns the user-teams rows of a day that name the scope's team
// or organization, whoever reported them.
func (s *state) memberships(sc query.Scope, d day.Day) []*claim {
	var out []*claim
	for k, r := range s.reports {
		if k.enterprise != sc.Enterprise || k.kind != report.UserTeam || k.day != d {
			continue
		}
		for _, c := range r.claims {
			if sc.Team != 0 && c.team == sc.Team || sc.Team == 0 && c.org == sc.Organization {
				out = append(out, c)
			}
		}
	}
	return out
}

// organizations returns the enterprise's organizations that any report names.
func (s *state) organizations(enterprise int64) []int64 {
	out := s.entities(enterprise, func(k reportKey, c *claim) int64 {
		if c != nil {
			return c.org
		}
		if k.source != enterprise {
			return k.source
		}
		return 0
	})
	for _, m := range s.links[enterprise].memberships {
		out = append(out, m.Organization)
	}
	return numbers(out)
}

// teams returns the teams that user-teams rows and links name: of an organization if the
// scope is one, else of the enterprise and all its organizations.
func (s *state) teams(sc query.Scope) []int64 {
	out := s.entities(sc.Enterprise, func(_ reportKey, c *claim) int64 {
		if c == nil || sc.Organization != 0 && c.org != sc.Organization {
			return 0
		}
		return c.team
	})
	for _, m := range s.links[sc.Enterprise].memberships {
		if sc.Organization == 0 || m.Organization == sc.Organization {
			out = append(out, m.Team)
		}
	}
	return numbers(out)
}

// entities returns what of yields for the enterprise's reports and their
// user-teams rows.
func (s *state) entities(enterprise int64, of func(reportKey, *claim) int64) []int64 {
	var out []int64
	for k, r := range s.reports {
		if k.enterprise != enterprise {
			continue
		}
		out = append(out, of(k, nil))
		for _, c := range r.claims {
			if k.kind == report.UserTeam {
				out = append(out, of(k, c))
			}
		}
	}
	return out
}

// numbers sorts numbers of entities, each once, without zeros.
func numbers(list []int64) []int64 {
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(n int64) bool { return n == 0 })
}

// statedUnits returns the scope's units of what is stated beside the records of people.
func (s *state) statedUnits(sc query.Scope, src query.Source, r day.Range) []unit {
	if sc.Team != 0 || src == query.FromUsers {
		return nil
	}
	at := map[dayTool][]*claim{}
	type stated struct {
		dayTool
		kind report.Kind
	}
	first := map[stated]int{} // kind of data, by rank
	for k, r := range s.reports {
		of := stated{dayTool{k.day, k.tool}, k.kind}
		if rank, ok := first[of]; k.enterprise == sc.Enterprise && k.source == sc.Entity() && len(r.claims) > 0 && (!ok || k.data.Rank() < rank) {
			first[of] = k.data.Rank()
		}
	}
	for _, k := range s.find(func(k reportKey) bool {
		return k.enterprise == sc.Enterprise && k.source == sc.Entity() && r.Contains(k.day)
	}) {
		if (k.kind == report.AggregateDay || k.kind == report.RepoDay) && k.data.Rank() == first[stated{dayTool{k.day, k.tool}, k.kind}] {
			at[dayTool{k.day, k.tool}] = append(at[dayTool{k.day, k.tool}], s.reports[k].sorted()...)
		}
	}
	var out []unit
	for k, claims := range at {
		out = append(out, unit{day: k.day, tool: k.tool, statements: claims})
	}
	return out
}
