package query

import (
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"

	"github.com/RoaringBitmap/roaring/v2"
)

// setsOf returns the sets that the rows of a count of people are made of.
func (t *tally) setsOf(units []*Unit) []int32 {
	if t.sel.Breakdown == metric.Totals {
		if t.sel.Reporting {
			return []int32{Reporting}
		}
		return []int32{Everyone}
	}
	seen := roaring.New()
	for _, u := range units {
		for i := range u.Cells {
			if role := t.role(u, u.Cells[i].Cell); role.pass && role.reported && !u.Origin.nameless() {
				seen.Add(uint32(u.Cells[i].Cell))
			}
		}
	}
	out := make([]int32, 0, seen.GetCardinality())
	for it := seen.Iterator(); it.HasNext(); {
		out = append(out, int32(it.Next()))
	}
	return out
}

// eachCell yields the cells of a unit whose people are counted, with the group of their row.
func (t *tally) eachCell(u *Unit, yield func(group int, cell int32)) {
	if t.sel.Breakdown == metric.Totals {
		yield(0, t.setsOf(nil)[0])
		if t.sel.Reporting && t.views != nil && !u.Origin.nameless() && !t.see(u).showsCount(u, Reporting) {
			t.masked = true
			t.lack(t.base(u, u.Day, 0), 0, u.Day)
		}
		return
	}
	for i := range u.Cells {
		if role := t.role(u, u.Cells[i].Cell); role.pass && role.reported {
			yield(role.group, u.Cells[i].Cell)
			if role.others {
				t.lack(t.base(u, u.Day, 0), role.group, u.Day)
			}
		}
	}
}

// span makes sure of the rows of units and returns which sets they are made of. Of whom an
// aggregate speaks nobody knows: its row stays without.
func (t *tally) span(units []*Unit) span[*part] {
	out := span[*part]{}
	for _, u := range units {
		t.eachCell(u, func(group int, cell int32) {
			t.at(u.Day, func(d day.Day) {
				if p := t.part(t.base(u, d, 0), group); !u.Origin.nameless() {
					out.add(p, u.Day, u.Tool, cell)
				}
			})
		})
	}
	return out
}

// addMembers adds to each row the people of the enterprise's sets who are members of its units.
func (t *tally) addMembers(units []*Unit, sets Sets) {
	for _, u := range units {
		t.eachCell(u, func(group int, cell int32) {
			var set *roaring.Bitmap
			if all := sets[SetKey{u.Day, u.Tool, cell}]; all != nil && u.Members != nil && !u.Origin.nameless() {
				set = roaring.And(all, u.Members)
			}
			t.at(u.Day, func(d day.Day) {
				p := t.part(t.base(u, d, 0), group)
				if set == nil {
					return
				}
				if p.people == nil {
					p.people = roaring.New()
				}
				p.people.Or(set)
			})
		})
	}
}

// count returns how many distinct people a row has.
func (p *part) count() int64 {
	if p.people != nil {
		return int64(p.people.GetCardinality())
	}
	if len(p.sets) == 0 {
		return 0
	}
	return int64(union(p.sets).GetCardinality())
}

// expect notes the days for which records of single users count. Without a row
// for each user, the days themselves are known before any record.
func (t *tally) expect(units []*Unit) {
	if t.units == nil {
		t.units = map[unitKey][]*Unit{}
	}
	for _, u := range units {
		k := unitKey{u.Day, u.Tool}
		t.units[k] = append(t.units[k], u)
		if t.sel.Kind == KeySelect && !slices.Contains(t.sel.By, "user") {
			t.addDays(u, 0, 0)
		}
	}
}

// addRecord adds a record of a single user, if its day counts, to the entities
// that the user belonged to.
func (t *tally) addRecord(r *UserRecord) error {
	user := int32(0)
	if slices.Contains(t.sel.By, "user") {
		user = r.Identity
	}
	for _, u := range t.units[unitKey{r.Day, r.Tool}] {
		if u.Members != nil && !u.Members.Contains(r.Person) {
			continue
		}
		switch t.sel.Kind {
		case SumSelect:
			if err := t.addCells(u, user, &r.Totals, r.Cells); err != nil {
				return err
			}
		case KeySelect:
			t.addDays(u, user, 1)
		default:
			t.addPerson(u, user, r)
		}
	}
	return nil
}

// addPerson adds a person to the rows in which the record shows activity.
func (t *tally) addPerson(u *Unit, user int32, r *UserRecord) {
	if t.sel.Breakdown == metric.Totals {
		t.addTo(u, user, 0, r.Person, !(t.sel.Reporting && r.LinesUnknown))
		return
	}
	for i := range r.Cells {
		c := &r.Cells[i]
		if role := t.roles.of(c.Cell, foldNothing); role.pass && role.reported {
			t.addTo(u, user, role.group, r.Person, t.roles.dictionary.Cells[c.Cell].Active(&c.Row))
		}
	}
}

// addTo makes sure of the row and, if the person was active in it, counts them.
func (t *tally) addTo(u *Unit, user int32, group int, person uint32, active bool) {
	t.at(u.Day, func(d day.Day) {
		p := t.part(t.base(u, d, user), group)
		if p.people == nil {
			p.people = roaring.New()
		}
		if active {
			p.people.Add(person)
		}
	})
}
