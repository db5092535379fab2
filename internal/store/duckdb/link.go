package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/rollup"
	"codegauge/internal/store"
)

// lastDay stands for the end of what has none.
var lastDay = day.Date(9999, 12, 31)

// belonging is where a person, by the number that sets of people have, belongs.
type belonging struct {
	person             uint32
	organization, team int64
	days               day.Range
}

// Link implements store.Store.
func (s *Store) Link(ctx context.Context, l store.Links) (*store.Outcome, error) {
	out := &store.Outcome{Records: map[string]int64{}}
	err := s.change(ctx, func(c *change) error {
		before, err := c.belongings(l.Enterprise)
		if err != nil {
			return err
		}
		moved, relinked := c.dict.link(l)
		replaced, err := c.saveBelonging(l)
		if err != nil || len(moved) == 0 && !relinked && !replaced {
			return err // as it is already
		}
		if err := c.saveLinks(l, moved, relinked); err != nil {
			return err
		}
		after, err := c.belongings(l.Enterprise)
		if err != nil {
			return err
		}
		if err := c.touchLinked(l.Enterprise, len(moved) > 0, relinked, differing(before, after)); err != nil {
			return err
		}
		if len(c.days) == 0 {
			return nil
		}
		if err := c.finish(); err != nil {
			return err
		}
		out.Days, out.Warnings = c.days, c.warnings
		return c.revision("link", "people and where they belong", l.At, 0)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// saveLinks writes what link changed in the dictionary.
func (c *change) saveLinks(l store.Links, moved []int32, relinked bool) error {
	if err := c.dict.save(c); err != nil {
		return err
	}
	c.dict.mark()
	if relinked {
		if err := c.exec(`DELETE FROM link WHERE identity IN (SELECT id FROM identity WHERE enterprise = ?)`, l.Enterprise); err != nil {
			return err
		}
		if err := c.append("link", c.dict.links(l.Enterprise)); err != nil {
			return err
		}
	}
	if err := c.exec(`CREATE TEMP TABLE moved (id INTEGER, person INTEGER)`); err != nil {
		return err
	}
	persons := c.dict.persons()
	var rows [][]any
	for _, id := range moved {
		rows = append(rows, []any{id, int32(persons[id-1])})
	}
	if err := c.append("moved", rows); err != nil {
		return err
	}
	return c.exec(`UPDATE identity SET person = m.person FROM moved m WHERE identity.id = m.id`)
}

// saveBelonging writes the memberships, and reports whether they were others.
func (c *change) saveBelonging(l store.Links) (bool, error) {
	had := map[store.MemberOf]bool{}
	err := scan(c.ctx, c.tx, selectBelonging, func(v []driver.Value) error {
		had[memberOf(v)] = true
		return nil
	}, l.Enterprise)
	if err != nil {
		return false, err
	}
	has := map[store.MemberOf]bool{}
	var rows [][]any
	for _, m := range l.Members {
		m.Days.To = min(m.Days.To, lastDay)
		if has[m] {
			continue
		}
		has[m] = true
		rows = append(rows, []any{l.Enterprise, m.Person, m.Organization, m.Team, m.Days.From.Time(), m.Days.To.Time()})
	}
	if maps.Equal(had, has) {
		return false, nil
	}
	if err := c.exec(`DELETE FROM belonging WHERE enterprise = ?`, l.Enterprise); err != nil {
		return false, err
	}
	return true, c.append("belonging", rows)
}

const selectBelonging = `SELECT person, organization, team, first - DATE '1970-01-01', last - DATE '1970-01-01'
	FROM belonging WHERE enterprise = ? ORDER BY ALL`

func memberOf(v []driver.Value) store.MemberOf {
	return store.MemberOf{Person: v[0].(int64), Organization: v[1].(int64), Team: v[2].(int64), Days: day.Range{From: day.Day(v[3].(int64)), To: day.Day(v[4].(int64))}}
}

// belongings returns where persons belong who have an identity, in a fixed order.
func (c *change) belongings(enterprise int64) ([]belonging, error) {
	var out []belonging
	persons := c.dict.linkedPersons(enterprise)
	if len(persons) == 0 {
		return nil, nil // also while the second form is made, which has no such table
	}
	err := scan(c.ctx, c.tx, selectBelonging, func(v []driver.Value) error {
		m := memberOf(v)
		if who, ok := persons[m.Person]; ok {
			out = append(out, belonging{who, m.Organization, m.Team, m.Days})
		}
		return nil
	}, enterprise)
	return out, err
}

// differing returns the days of what only one of the lists has.
func differing(a, b []belonging) []day.Range {
	count := map[belonging]int{}
	for _, x := range a {
		count[x]++
	}
	for _, x := range b {
		count[x]--
	}
	var out []day.Range
	for x, n := range count {
		if n != 0 && !slices.Contains(out, x.days) {
			out = append(out, x.days)
		}
	}
	return out
}

// touchLinked touches the user reports of the days on which moved
// identities or memberships may show. Where links alone change, which only
// Unlinked tells, the last day stands for all.
func (c *change) touchLinked(enterprise int64, moved, relinked bool, spans []day.Range) error {
	where := []string{"false"}
	if moved {
		where = append(where, `x.day IN (SELECT day FROM user_day WHERE "user" IN (SELECT id FROM moved)
			UNION SELECT day FROM member WHERE "user" IN (SELECT id FROM moved))`)
	}
	if relinked {
		where = append(where, `x.day = (SELECT max(l.day) FROM report_day l JOIN stream t ON t.id = l.stream WHERE t.enterprise = s.enterprise AND l.kind = 1)`)
	}
	for _, r := range spans {
		where = append(where, fmt.Sprintf(`x.day BETWEEN DATE '%s' AND DATE '%s'`, r.From, r.To))
	}
	return c.touchRows(`SELECT x.stream, x.kind, x.day FROM report_day x JOIN stream s ON s.id = x.stream WHERE s.enterprise = ? AND x.kind = 1 AND (`+strings.Join(where, " OR ")+`)`, enterprise)
}

// addBelonging adds to days the members whom the directory names.
func (c *change) addBelonging(enterprise int64, days []*rollup.Day) error {
	list, err := c.belongings(enterprise)
	for _, b := range list {
		for _, d := range days {
			if b.days.Contains(d.Day) {
				d.Members = append(d.Members, rollup.Member{Organization: b.organization, Team: b.team, Person: b.person})
			}
		}
	}
	return err
}

// loadLinked loads the dictionary with its links, which the first forms of the
// file have not.
func loadLinked(ctx context.Context, db *sql.Conn) (*dictionary, error) {
	d, err := loadDictionary(ctx, db)
	if err != nil {
		return nil, err
	}
	if err := d.loadLinks(ctx, db); err != nil {
		return nil, fmt.Errorf("load links: %w", err)
	}
	return d, nil
}

// loadLinks reads whose identities are.
func (d *dictionary) loadLinks(ctx context.Context, db execer) error {
	return each(ctx, db, `SELECT identity, person FROM link`, func(r *sql.Rows) error {
		var id int32
		var person int64
		if err := r.Scan(&id, &person); err != nil {
			return err
		}
		d.labels[id-1].linked = person
		return nil
	})
}

// link gives an enterprise's identities to the persons of l. It returns those
// whose number in sets of people changes, and whether any link does.
func (d *dictionary) link(l store.Links) (moved []int32, relinked bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	want := map[int32]int64{}
	for _, p := range l.People {
		want[d.identityLocked(identityKey{l.Enterprise, store.IdentityTool(p.UserID, p.Tool), p.UserID})] = p.Person
	}
	first := map[int64]int32{}
	for id, person := range want {
		if have, ok := first[person]; !ok || id < have {
			first[person] = id
		}
	}
	for k, id := range d.identities {
		if k.enterprise != l.Enterprise {
			continue
		}
		label, stands := &d.labels[id-1], id
		if person, ok := want[id]; ok {
			stands = first[person]
		}
		if label.person != stands {
			moved = append(moved, id)
		}
		relinked = relinked || label.linked != want[id]
		label.linked, label.person = want[id], stands
	}
	slices.Sort(moved)
	return moved, relinked
}

// links returns the rows of the table link for an enterprise.
func (d *dictionary) links(enterprise int64) [][]any {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out [][]any
	for k, id := range d.identities {
		if person := d.labels[id-1].linked; person != 0 && k.enterprise == enterprise {
			out = append(out, []any{id, person})
		}
	}
	return out
}

// linkedPersons returns the numbers that sets have for the directory's persons.
func (d *dictionary) linkedPersons(enterprise int64) map[int64]uint32 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	out := map[int64]uint32{}
	for k, id := range d.identities {
		if l := &d.labels[id-1]; l.linked != 0 && k.enterprise == enterprise {
			out[l.linked] = uint32(l.person)
		}
	}
	return out
}
