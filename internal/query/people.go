package query

import (
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"

	"github.com/RoaringBitmap/roaring/v2"
)

// eachCell yields the cells of a unit whose people are counted, with the group of their row.
func (t *tally) eachCell(u *Unit, yield func(group int, cell int32)) {
	if t.sel.Breakdown == metric.Totals {
		cell := Everyone
		if t.sel.Reporting {
			cell = Reporting
		}
		yield(0, cell)
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

// memberPart is the part of a row that is of those who are among members; of everybody in the
// sets where members is nil.
type memberPart struct {
	*part
	members *roaring.Bitmap
}

// membership collects the sets that parts of rows are made of, and cuts them to the members.
// Most organizations and teams have data on the same days, so their members are looked for in
// the same sets: these are united once for all of them.
type membership struct {
	of    map[memberPart]*setList
	lists map[setList]*setList
}

// setList is a set after those of another list. There is one of each.
type setList struct {
	before *setList
	set    *roaring.Bitmap
}

// addPeople adds a set to a part.
func (m *membership) addPeople(p memberPart, set *roaring.Bitmap) {
	if p.members == nil {
		p.sets = append(p.sets, set)
		return
	}
	if m.of == nil {
		m.of, m.lists = map[memberPart]*setList{}, map[setList]*setList{}
	}
	k := setList{m.of[p], set}
	list := m.lists[k]
	if list == nil {
		list = &setList{k.before, k.set}
		m.lists[k] = list
	}
	m.of[p] = list
}

// cutToMembers gives parts the people that are in one of their sets and among their members.
func (m *membership) cutToMembers() {
	unions := map[*setList]*roaring.Bitmap{}
	for p, list := range m.of {
		if unions[list] == nil {
			var sets []*roaring.Bitmap
			for l := list; l != nil; l = l.before {
				sets = append(sets, l.set)
			}
			unions[list] = union(sets)
		}
		if p.people == nil {
			p.people = roaring.New()
		}
		p.people.Or(roaring.And(unions[list], p.members))
	}
}

// span makes sure of the rows of units and returns which sets they are made of: the scope's
// own or, where units of several entities are added up, the part of the enterprise's that are
// each entity's members. Of whom an aggregate speaks nobody knows: its row stays without.
func (t *tally) span(units []*Unit, ofMembers bool) span[memberPart] {
	out := span[memberPart]{}
	for _, u := range units {
		t.eachCell(u, func(group int, cell int32) {
			t.at(u.Day, func(d day.Day) {
				p := t.part(t.base(u, d, 0), group)
				switch {
				case u.Origin.nameless():
				case ofMembers:
					addMembers(out, p, u, cell)
				default:
					out.add(memberPart{part: p}, u.Day, u.Tool, cell)
				}
			})
		})
	}
	return out
}

// addMembers adds to a row those members of a unit who are in the sets of a cell.
func addMembers(s span[memberPart], p *part, u *Unit, cell int32) {
	for _, w := range u.Week {
		s.addDays(memberPart{p, w.Members}, u.Day, w.Days, u.Tool, cell)
	}
	if u.Members != nil {
		s.add(memberPart{p, u.Members}, u.Day, u.Tool, cell)
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
