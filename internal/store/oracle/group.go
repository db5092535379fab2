package oracle

import (
	"context"

	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/store"

	"github.com/RoaringBitmap/roaring/v2"
)

// Groups implements store.Store.
func (o *Oracle) Groups(_ context.Context, enterprise int64, r day.Range) ([]store.Group, error) {
	s := o.now()
	g := grouping{state: s, enterprise: enterprise, number: o.number}
	for d := r.From.Week(); d <= r.To; d += 7 {
		week := day.Range{From: max(d, r.From), To: min(d+6, r.To)}
		g.add(store.Group{Entity: enterprise, Week: d}, week, query.Scope{Enterprise: enterprise})
		for _, org := range s.organizations(enterprise) {
			g.add(store.Group{Entity: org, Organization: org, Level: query.LevelOrganization, Week: d}, week, query.Scope{Enterprise: enterprise, Organization: org})
		}
		for _, team := range s.teams(query.Scope{Enterprise: enterprise}) {
			g.add(store.Group{Entity: team, Organization: s.organizationOf(enterprise, team), Level: query.LevelTeam, Week: d}, week, query.Scope{Enterprise: enterprise, Team: team})
		}
	}
	return g.out, nil
}

type grouping struct {
	*state
	enterprise int64
	number     func(person) uint32
	out        []store.Group
}

// add adds the group with whoever belonged to the scope on a day for which it
// has data by people.
func (g *grouping) add(group store.Group, r day.Range, sc query.Scope) {
	group.People = roaring.New()
	some := false
	for _, u := range g.units(sc, query.FromUsers, r) {
		some = true
		for p := range g.belonging(sc, u) {
			group.People.Add(g.number(p))
		}
	}
	if some {
		g.out = append(g.out, group)
	}
}

// belonging returns the members of a scope on a unit's day; of an enterprise who
// was active, and the members of all that hangs from it and has data by people.
func (g *grouping) belonging(sc query.Scope, u unit) map[person]bool {
	if members := g.members(sc, u.day); members != nil {
		return members
	}
	out := map[person]bool{}
	for _, c := range u.people {
		out[g.links[g.enterprise].whose(c.person())] = true
	}
	var below []query.Scope
	for _, org := range g.organizations(g.enterprise) {
		below = append(below, query.Scope{Enterprise: g.enterprise, Organization: org})
	}
	for _, team := range g.teams(query.Scope{Enterprise: g.enterprise}) {
		below = append(below, query.Scope{Enterprise: g.enterprise, Team: team})
	}
	for _, sc := range below {
		if len(g.units(sc, query.FromUsers, day.Range{From: u.day, To: u.day})) == 0 {
			continue
		}
		for p := range g.members(sc, u.day) {
			out[p] = true
		}
	}
	return out
}

// organizationOf returns the organization of a team, as reports or links have it.
func (s *state) organizationOf(enterprise, team int64) int64 {
	for k, r := range s.reports {
		for _, c := range r.claims {
			if k.enterprise == enterprise && c.team == team && c.org != 0 {
				return c.org
			}
		}
	}
	for _, m := range s.links[enterprise].memberships {
		if m.Team == team && m.Organization != 0 {
			return m.Organization
		}
	}
	return 0
}
