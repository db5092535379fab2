package oracle

import (
	"cmp"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/report"
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
	switch src {
	case query.FromAggregate:
		own, union = false, false
	case query.FromUsers:
		aggregate = nil
	}
	switch {
	case own || union && aggregate == nil:
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

func (s *state) covers(enterprise, source int64, at dayTool) bool {
	return s.reports[reportKey{enterprise, source, report.UserDay, at.day, at.tool}] != nil
}

func (s *state) anyCovers(enterprise int64, at dayTool) bool {
	for k := range s.reports {
		if k.enterprise == enterprise && k.kind == report.UserDay && k.day == at.day && k.tool == at.tool {
			return true
		}
	}
	return false
}

// aggregate returns the scope's own aggregate record, nil if there is none.
// Teams have none.
func (s *state) aggregate(sc query.Scope, at dayTool) *claim {
	if sc.Team != 0 {
		return nil
	}
	r := s.reports[reportKey{sc.Enterprise, sc.Entity(), report.AggregateDay, at.day, at.tool}]
	if r == nil {
		return nil
	}
	return r.claims[claimKey{}]
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

// effective returns, of each user's claims on a day and tool, the one that
// gives the values, by user id.
func (s *state) effective(enterprise int64, at dayTool) []*claim {
	best := map[string]*claim{}
	for k, r := range s.reports {
		if k.enterprise != enterprise || k.kind != report.UserDay || k.day != at.day || k.tool != at.tool {
			continue
		}
		for _, c := range r.claims {
			if b := best[c.record.UserID]; b == nil || c.beats(b) {
				best[c.record.UserID] = c
			}
		}
	}
	var out []*claim
	for _, c := range best {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *claim) int { return cmp.Compare(a.record.UserID, b.record.UserID) })
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
	for _, k := range s.find(func(k reportKey) bool {
		return k.enterprise == sc.Enterprise && k.source == sc.Entity() && r.Contains(k.day)
	}) {
		if k.kind == report.AggregateDay || k.kind == report.RepoDay {
			at[dayTool{k.day, k.tool}] = append(at[dayTool{k.day, k.tool}], s.reports[k].sorted()...)
		}
	}
	var out []unit
	for k, claims := range at {
		out = append(out, unit{day: k.day, tool: k.tool, statements: claims})
	}
	return out
}
