package rollup

import (
	"cmp"
	"maps"
	"slices"

	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// origin is an entity, a tool, and the kind of record that the entity's figures about the
// tool come from. There is a unit for each.
type origin struct {
	entity, organization int64
	level                query.Level
	tool                 int32
	origin               query.Origin
}

// key returns the key of the origin's unit.
func (o origin) key() unitKey { return unitKey{o.entity, o.tool, o.origin} }

// origins returns the origins of every entity's figures, which may be: the user records of
// its own report or, for organizations and teams, those of its members; its aggregate; and
// for an enterprise without a user report of its own, the union of its organizations' user
// records.
func (d *Day) origins() []origin {
	found := map[origin]bool{}
	add := func(o origin) { found[o] = true }
	unions := map[int32]bool{}
	places := d.distinctPlaces()
	for _, r := range d.Reports {
		switch {
		case r.Aggregate:
			o := origin{entity: r.Source, tool: r.Tool, origin: query.AggregateRecord}
			if r.Source != d.Enterprise {
				o.level, o.organization = query.LevelOrganization, r.Source
			}
			add(o)
			continue
		case r.Source == d.Enterprise:
			add(origin{entity: d.Enterprise, tool: r.Tool, origin: query.UserRecords})
		default:
			unions[r.Tool] = true
			add(origin{entity: r.Source, organization: r.Source, level: query.LevelOrganization, tool: r.Tool, origin: query.UserRecords})
		}
		addMemberOrigins(r, d.Enterprise, places, add)
	}
	for tool := range unions {
		if !found[origin{entity: d.Enterprise, tool: tool, origin: query.UserRecords}] {
			add(origin{entity: d.Enterprise, tool: tool, origin: query.UnionRecords})
		}
	}
	return slices.Collect(maps.Keys(found))
}

// distinctPlaces returns the organizations and teams that had members, as Members without
// a Person.
func (d *Day) distinctPlaces() []Member {
	seen := map[Member]bool{}
	var out []Member
	for _, m := range d.Members {
		m.Person = 0
		if !seen[m] {
			seen[m] = true
			out = append(out, m)
		}
	}
	return out
}

// addMemberOrigins adds the organizations and teams whose figures come from the records of
// their members in a user report: teams from any, organizations from the enterprise's.
func addMemberOrigins(r Report, enterprise int64, places []Member, add func(origin)) {
	for _, m := range places {
		if m.Organization != 0 && r.Source == enterprise {
			add(origin{entity: m.Organization, organization: m.Organization, level: query.LevelOrganization, tool: r.Tool, origin: query.UserRecords})
		}
		if m.Team != 0 {
			add(origin{entity: m.Team, organization: m.Organization, level: query.LevelTeam, tool: r.Tool, origin: query.UserRecords})
		}
	}
}

// sortUnits sorts units and marks one of each entity's units for a tool as preferred: of the
// first kind of data by rank; of one kind the first in the order of query.Auto: user records,
// aggregate, union.
func (d *Day) sortUnits(units []Unit) {
	slices.SortFunc(units, compareUnits)
	first, rank := 0, 0
	for i := range units {
		u := &units[i]
		u.Preferred = false
		if u.Origin == query.Stated {
			continue
		}
		r := d.rank(u)
		switch {
		case i == 0 || u.Entity != units[first].Entity || u.Tool != units[first].Tool || !units[first].Preferred:
		case r < rank:
			units[first].Preferred = false
		default:
			continue
		}
		u.Preferred, first, rank = true, i, r
	}
}

// rank returns the rank of the first kind of data that a unit comes from: of its entity's own
// report or aggregate, for organizations and teams also of the enterprise's user report.
func (d *Day) rank(u *Unit) int {
	rank := len(metric.DataKinds)
	for _, r := range d.Reports {
		of := r.Source == u.Entity
		switch {
		case r.Tool != u.Tool || r.Aggregate != (u.Origin == query.AggregateRecord):
			continue
		case r.Aggregate:
		case u.Origin == query.UnionRecords || u.Level == query.LevelTeam:
			of = true
		case u.Level == query.LevelOrganization:
			of = of || r.Source == d.Enterprise
		}
		if of {
			rank = min(rank, r.Data.Rank())
		}
	}
	return rank
}

func compareUnits(a, b Unit) int {
	return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.Origin, b.Origin))
}

func (k SetKey) compare(o SetKey) int {
	return cmp.Or(cmp.Compare(k.Tool, o.Tool), cmp.Compare(k.Client, o.Client), cmp.Compare(k.Cell, o.Cell))
}

func compareSets(a, b Set) int { return a.compare(b.SetKey) }
