package rollup

import (
	"cmp"
	"maps"
	"slices"

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

// sortUnits sorts units and marks each entity's first unit for a tool as preferred, in the
// order of query.Auto: user records, aggregate, union.
func sortUnits(units []Unit) {
	slices.SortFunc(units, compareUnits)
	for i := range units {
		units[i].Preferred = units[i].Origin != query.Stated && (i == 0 || units[i].Entity != units[i-1].Entity || units[i].Tool != units[i-1].Tool)
	}
}

func compareUnits(a, b Unit) int {
	return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.Origin, b.Origin))
}

func (k SetKey) compare(o SetKey) int {
	return cmp.Or(cmp.Compare(k.Tool, o.Tool), cmp.Compare(k.Client, o.Client), cmp.Compare(k.Cell, o.Cell))
}

func compareSets(a, b Set) int { return a.compare(b.SetKey) }
