package query

import (
	"slices"
	"strconv"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/report"

	"github.com/RoaringBitmap/roaring/v2"
)

// tally is one selection in the making: groups by day, entity, tool and user,
// each divided by what the cells say.
type tally struct {
	plan    *Plan
	sel     Select
	perUser bool
	grid    []day.Day // of a trailing selection
	roles   *roles
	bases   map[baseKey]*base
	// units are, of a selection about single users, the days that count: one for
	// each entity.
	units map[unitKey][]*Unit
}

// baseKey is what is grouped by besides cells; what the selection does not
// group by is zero.
type baseKey struct {
	day, week, month day.Day
	entity           int64
	tool             string
	user             string
}

// base is a group of units: its parts are by the number of a group of cells.
type base struct{ parts []*part }

// part is a row in the making.
type part struct {
	sums     []int64
	has      []bool
	credits  *float64
	reported bool // some cell is a row of a report
	sets     []*roaring.Bitmap
	people   *roaring.Bitmap
	days     dayTally
}

// dayTally is what a KeySelect's row has.
type dayTally struct {
	records, aggregates int64
	days                map[day.Day]bool
	tools               map[string]bool
	reported            report.Reported
}

type unitKey struct {
	day  day.Day
	tool string
}

func newTally(p *Plan, s Select, cells []Cell) *tally {
	t := &tally{plan: p, sel: s, perUser: p.perUser(s), roles: newRoles(p, s, cells), bases: map[baseKey]*base{}}
	if s.Trailing > 0 {
		t.grid = p.Grid()
	}
	return t
}

// window returns the days whose units the selection needs.
func (t *tally) window() day.Range {
	if t.grid == nil {
		return t.plan.Query.Range
	}
	return day.Range{From: t.grid[0] - day.Day(t.sel.Trailing) + 1, To: t.grid[len(t.grid)-1]}
}

// passing returns the units of the origin that is asked for, and of the
// filters' tools.
func (t *tally) passing(units []*Unit) []*Unit {
	var out []*Unit
	for _, u := range units {
		if t.takes(u) {
			out = append(out, u)
		}
	}
	return out
}

func (t *tally) takes(u *Unit) bool {
	if t.sel.Nobodys && u.Origin != AggregateRecord {
		return false
	}
	switch t.plan.Query.Source {
	case FromUsers:
		if u.Origin == AggregateRecord {
			return false
		}
	case FromAggregate:
		if u.Origin != AggregateRecord {
			return false
		}
	default:
		if !u.Preferred {
			return false
		}
	}
	if u.Origin == AggregateRecord && t.perUser {
		return false // an aggregate knows nobody
	}
	for _, f := range t.plan.Query.Filters {
		if f.Dimension == "tool" && !slices.Contains(f.Values, u.Tool) {
			return false
		}
	}
	return true
}

// at returns the days that a unit's day counts for: itself, or the ends of the
// windows that it lies in.
func (t *tally) at(d day.Day, yield func(day.Day)) {
	if t.grid == nil {
		yield(d)
		return
	}
	for _, g := range t.grid {
		if g-day.Day(t.sel.Trailing) < d && d <= g {
			yield(g)
		}
	}
}

// base returns the group of a unit on a day, and of a user if there is one.
func (t *tally) base(u *Unit, d day.Day, user string) *base {
	k := baseKey{}
	for _, dim := range t.sel.By {
		switch dim {
		case "day":
			k.day = d
		case "week":
			k.week = d.Week()
		case "month":
			k.month = d.Month()
		case "organization", "team":
			k.entity = u.Entity
		case "tool":
			k.tool = u.Tool
		case "user":
			k.user = user
		}
	}
	b := t.bases[k]
	if b == nil {
		b = &base{}
		t.bases[k] = b
	}
	return b
}

// part returns the row of a group of cells.
func (t *tally) part(b *base, group int) *part {
	for len(b.parts) <= group {
		b.parts = append(b.parts, nil)
	}
	if b.parts[group] == nil {
		b.parts[group] = &part{sums: make([]int64, len(t.sel.Sums)), has: make([]bool, len(t.sel.Sums))}
	}
	return b.parts[group]
}

// addSums adds units up.
func (t *tally) addSums(units []*Unit) error {
	for _, u := range units {
		if err := t.addCells(u, "", &u.Totals, u.Credits, u.Cells); err != nil {
			return err
		}
	}
	return nil
}

// addCells adds totals, or the cells that pass, to their rows.
func (t *tally) addCells(u *Unit, user string, totals *report.Counters, credits *float64, cells []CellSum) error {
	if t.sel.Breakdown == metric.Totals {
		p := t.part(t.base(u, u.Day, user), 0)
		if credits != nil {
			p.credits = addCredits(p.credits, *credits)
		}
		return t.add(p, totals, wholeParts)
	}
	var b *base
	for i := range cells {
		role := t.roles.of(cells[i].Cell)
		if !role.pass {
			continue
		}
		if b == nil {
			b = t.base(u, u.Day, user)
		}
		p := t.part(b, role.group)
		p.reported = p.reported || role.reported
		if err := t.add(p, &cells[i].Counters, role.parts); err != nil {
			return err
		}
	}
	return nil
}

func addCredits(sum *float64, n float64) *float64 {
	if sum != nil {
		n += *sum
	}
	return &n
}

// add adds counters to the sums of the parts that they belong to.
func (t *tally) add(p *part, c *report.Counters, parts partSet) error {
	for i, column := range t.sel.Sums {
		n, ok := c.Get(int(column.Counter))
		if column.Credits || !ok || !parts.has(column.Part) {
			continue
		}
		sum := p.sums[i] + n
		if n > 0 && sum < p.sums[i] || n < 0 && sum > p.sums[i] {
			return fault.New(fault.Unsupported, "a sum is larger than a 64-bit integer")
		}
		p.sums[i], p.has[i] = sum, true
	}
	return nil
}

// addDays notes a unit's day in the rows of what there is to know of days.
func (t *tally) addDays(u *Unit, user string, records int64) {
	t.at(u.Day, func(d day.Day) {
		n := &t.part(t.base(u, d, user), 0).days
		n.records += records
		if n.days == nil {
			n.days, n.tools = map[day.Day]bool{}, map[string]bool{}
		}
		n.days[u.Day], n.tools[u.Tool] = true, true
		if u.Origin == AggregateRecord {
			n.aggregates++
		}
		if t.grid == nil || u.Day == d {
			n.reported.Daily = larger(n.reported.Daily, u.Reported.Daily)
			n.reported.Weekly = larger(n.reported.Weekly, u.Reported.Weekly)
			n.reported.Monthly = larger(n.reported.Monthly, u.Reported.Monthly)
		}
	})
}

func larger(a, b *int64) *int64 {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}

// table returns the rows as Select describes them.
func (t *tally) table() table {
	out := table{faint: map[string]bool{}}
	byInitiator := slices.Contains(t.sel.By, "initiator")
	for k, b := range t.bases {
		for group, p := range b.parts {
			if p == nil {
				continue
			}
			key := t.key(k, group)
			if t.sel.Kind == SumSelect && byInitiator && !p.reported {
				out.faint[keyOf(key)] = true
			}
			out.rows = append(out.rows, append(key, t.values(p)...))
		}
	}
	return out
}

func (t *tally) key(k baseKey, group int) []any {
	out := make([]any, 0, len(t.sel.By)+len(t.sel.Sums)+7)
	for _, dim := range t.sel.By {
		switch dim {
		case "day":
			out = append(out, k.day.String())
		case "week":
			out = append(out, k.week.String())
		case "month":
			out = append(out, k.month.String())
		case "organization", "team":
			out = append(out, k.entity)
		case "tool":
			out = append(out, k.tool)
		case "user":
			out = append(out, k.user)
		default:
			out = append(out, t.roles.value(group, dim))
		}
	}
	return out
}

func (t *tally) values(p *part) []any {
	switch t.sel.Kind {
	case KeySelect:
		n := &p.days
		return []any{n.records, n.aggregates, int64(len(n.days)), int64(len(n.tools)),
			orNil(n.reported.Daily), orNil(n.reported.Weekly), orNil(n.reported.Monthly)}
	case UserSelect:
		return []any{p.count()}
	}
	var out []any
	for i, c := range t.sel.Sums {
		switch {
		case c.Credits:
			out = append(out, orNil(p.credits))
		case p.has[i]:
			out = append(out, p.sums[i])
		default:
			out = append(out, nil)
		}
	}
	return out
}

func orNil[T any](v *T) any {
	if v == nil {
		return nil
	}
	return *v
}

// userKey is how rows name a user; the id keeps people with one login apart,
// and sorted takes it off.
func userKey(r *UserRecord) string {
	name := r.Login
	if name == "" {
		name = r.UserID
	}
	return name + userSeparator + r.UserID + userSeparator + strconv.Itoa(int(r.Identity))
}

const userSeparator = "\x1f"
