package query

import (
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"

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
	// places are where rows of the breakdown have the counters of the sums.
	places []metric.Counter
	where  []metric.Counter // of SumColumn.Where
	bases  map[baseKey]*base
	// units are, of a selection about single users, the days that count: one for
	// each entity.
	units      map[unitKey][]*Unit
	membership membership
	// views are what the question's mask shows of units, nil without a mask; seen is that of
	// the last one. hides remembers which entities are hidden on which days.
	views map[*Unit]*unitView
	last  *Unit
	seen  *unitView
	hides map[entityDays]bool
	// needs says what of the mask the selection depends on; masked that something was
	// hidden, hidden that this was an entity, refused that a filter is to what was.
	needs                   needs
	masked, hidden, refused bool
	// lacking are the rows of which something is hidden, with the weeks in which it is.
	lacking map[partKey]map[day.Day]bool
	// parts is how many rows there are.
	parts int
}

// baseKey is what is grouped by besides cells; what the selection does not
// group by is zero.
type baseKey struct {
	day, week, month day.Day
	entity           int64
	tool             int32
	user             int32
}

// base is a group of units: its parts are by the number of a group of cells.
type base struct {
	parts []*part
	// last has, by sum, the last day so far of a counter that is metric.OfLastDay.
	last map[int]day.Day
}

// isLast reports whether a day is the last so far that sum i is of: of a later one than those
// before, what was added up of them is taken back.
func (b *base) isLast(i int, d day.Day) bool {
	last, ok := b.last[i]
	if ok && d < last {
		return false
	}
	if b.last == nil {
		b.last = map[int]day.Day{}
	}
	if ok && d > last {
		for _, p := range b.parts {
			if p != nil {
				p.sums[i] = number{}
			}
		}
	}
	b.last[i] = d
	return true
}

// part is a row in the making.
type part struct {
	sums        []number
	reported    bool // some cell is a row of a report
	sets        []*roaring.Bitmap
	people      *roaring.Bitmap
	countHidden bool // how many they are may not be told
	days        dayTally
}

// partKey is a row of a tally.
type partKey struct {
	base  *base
	group int
}

// dayTally is what there is to know of the days and tools behind a row.
type dayTally struct {
	records    int64 // of people, or aggregates
	aggregates int64 // days of a tool that an aggregate speaks for
	tools      map[int32]bool
	// stated is what aggregates state of the row's last day.
	stated cube.Vector
}

type unitKey struct {
	day  day.Day
	tool int32
}

func newTally(p *Plan, s Select, d *cube.Dictionary) *tally {
	t := &tally{plan: p, sel: s, perUser: p.perUser(s), roles: newRoles(p, s, d), bases: map[baseKey]*base{}}
	for _, column := range s.Sums {
		t.places = append(t.places, metric.Breakdowns[s.Breakdown].Place(column.Counter))
		t.where = append(t.where, metric.Breakdowns[s.Breakdown].Place(column.Where))
	}
	if s.Trailing > 0 {
		t.grid = p.Grid()
	}
	if p.Query.Mask != nil {
		t.views, t.needs, t.lacking = map[*Unit]*unitView{}, p.needsOf(s), map[partKey]map[day.Day]bool{}
		t.hides = map[entityDays]bool{}
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

// inWeeks reports whether the selection can be made of sums of the week of some days: it tells
// neither days nor months apart, adds up everything that is known, and the week has no
// correction that is held back.
func (t *tally) inWeeks(days day.Range) bool {
	if t.grid != nil || t.perUser || slices.Contains(t.sel.By, "day") || slices.Contains(t.sel.By, "month") {
		return false
	}
	if m := t.plan.Query.Mask; m != nil && len(m.Held[days.From.Week()]) > 0 {
		return false
	}
	return !slices.ContainsFunc(t.sel.Sums, func(c SumColumn) bool { return c.With || metric.Counters[c.Counter].Adding != metric.Adds })
}

// passing returns the units of the origin that is asked for, and of the
// filters' tools.
func (t *tally) passing(units []*Unit) []*Unit {
	var out []*Unit
	for _, u := range units {
		if t.includes(u) {
			out = append(out, u)
		}
	}
	return out
}

func (t *tally) includes(u *Unit) bool {
	stated := metric.Breakdowns[t.sel.Breakdown].Stated && t.sel.Kind == SumSelect
	if stated != (u.Origin == Stated) || !t.plan.Query.Source.Selects(u) {
		return false
	}
	if t.sel.Nameless && !u.nameless() || t.perUser && u.nameless() {
		return false
	}
	for _, f := range t.plan.Query.Filters {
		if f.Dimension == "tool" && !t.sel.Unfiltered && !slices.Contains(f.Values, t.roles.dictionary.Name(u.Tool)) {
			return false
		}
	}
	if t.views != nil {
		if t.see(u) == nil {
			t.masked, t.hidden = true, true
			return false
		}
		t.refused = t.refused || t.plan.filter("tool") != nil && !t.sel.Unfiltered && !t.see(u).showsTool(u)
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
func (t *tally) base(u *Unit, d day.Day, user int32) *base {
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
			k.tool = t.toolOf(u)
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

// lack notes that something of a row is hidden on a day.
func (t *tally) lack(b *base, group int, d day.Day) {
	k := partKey{b, group}
	if t.lacking[k] == nil {
		t.lacking[k] = map[day.Day]bool{}
	}
	t.lacking[k][d.Week()] = true
}

// hiddenTool stands for the tools that are not told.
const hiddenTool int32 = -1

// toolOf returns the unit's tool, as far as it may be told.
func (t *tally) toolOf(u *Unit) int32 {
	if t.views != nil && !t.see(u).showsTool(u) {
		t.masked = true
		return hiddenTool
	}
	return u.Tool
}

// role returns what a unit's cell is to the selection, as far as its values may be told.
func (t *tally) role(u *Unit, cell int32) *role {
	if t.views == nil {
		return t.roles.of(cell, foldNothing)
	}
	open := t.roles.of(cell, foldNothing)
	if !open.pass {
		return open
	}
	fold := t.see(u).fold(u, cell, &t.needs)
	if fold == foldNothing {
		return open
	}
	r := &role{}
	if fold != foldAway {
		r = t.roles.of(cell, fold)
	}
	if !t.see(u).correction {
		t.masked = true
		t.lack(t.base(u, u.Day, 0), open.group, u.Day)
		if t.needs.people && t.grid == nil {
			t.part(t.base(u, u.Day, 0), open.group) // hidden, which is not nobody
		}
		t.refused = t.refused || !r.pass && t.needs.filtersFirst
	}
	return r
}

// part returns the row of a group of cells.
func (t *tally) part(b *base, group int) *part {
	for len(b.parts) <= group {
		b.parts = append(b.parts, nil)
	}
	if b.parts[group] == nil {
		b.parts[group] = &part{sums: make([]number, len(t.sel.Sums))}
		t.parts++
	}
	return b.parts[group]
}

// bounded refuses a selection with more rows than the answer may have.
func (t *tally) bounded() error {
	if most := t.plan.Query.MostRows; most > 0 && t.parts > most {
		return fault.New(fault.TooLarge, "the answer would have more than %d rows: ask for fewer days, for larger periods or for fewer dimensions at once", most)
	}
	return nil
}

// addSums adds units up.
func (t *tally) addSums(units []*Unit) error {
	for _, u := range units {
		if err := t.addCells(u, 0, &u.Totals, u.Cells); err != nil {
			return err
		}
		if err := t.bounded(); err != nil {
			return err
		}
	}
	return nil
}

// addCells adds totals, or the cells that pass, to their rows.
func (t *tally) addCells(u *Unit, user int32, totals *cube.Vector, cells []cube.Sum) error {
	if t.sel.Breakdown == metric.Totals {
		p := t.part(t.base(u, u.Day, user), 0)
		for i, column := range t.sel.Sums {
			if n, ok := totals.Get(column.Counter); ok && column.Part == metric.Whole {
				if err := p.add(i, n); err != nil {
					return err
				}
			}
		}
		return nil
	}
	var b *base
	for i := range cells {
		role := t.role(u, cells[i].Cell)
		if !role.pass {
			continue
		}
		if b == nil {
			b = t.base(u, u.Day, user)
		}
		p := t.part(b, role.group)
		p.reported = p.reported || role.reported
		for j, column := range t.sel.Sums {
			if column.With && !cells[i].Known.Has(t.where[j]) {
				continue
			}
			n, ok := cells[i].Get(t.places[j])
			if ok && metric.Counters[column.Counter].Adding == metric.OfLastDay {
				ok = b.isLast(j, u.Day)
			}
			if ok && role.parts.has(column.Part) {
				if err := p.add(j, n); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// add adds a number to one of the row's sums.
func (p *part) add(i int, n int64) error {
	sum := p.sums[i].n + n
	if n > 0 && sum < p.sums[i].n || n < 0 && sum > p.sums[i].n {
		return fault.New(fault.Unsupported, "%s", cube.ErrTooLarge)
	}
	p.sums[i] = number{sum, true}
	return nil
}

// addDays notes a unit's day in the rows of what there is to know of days.
func (t *tally) addDays(u *Unit, user int32, records int64) {
	t.at(u.Day, func(d day.Day) {
		n := &t.part(t.base(u, d, user), 0).days
		n.records += records
		if n.tools == nil {
			n.tools = map[int32]bool{}
		}
		n.tools[u.Tool] = true
		if u.Origin == AggregateRecord {
			n.aggregates++
		}
		if t.grid == nil || u.Day == d {
			for _, c := range []metric.Counter{metric.StatedDailyUsers, metric.StatedWeeklyUsers, metric.StatedMonthlyUsers} {
				if v, ok := u.Totals.Get(c); ok {
					had, _ := n.stated.Get(c)
					n.stated.Set(c, max(v, had))
				}
			}
		}
	})
}

// row is a row of a selection.
type row struct {
	sums   []number
	people int64
	// hiddenWeeks is in how many weeks something of the row is hidden, uncounted that it
	// may have more people.
	hiddenWeeks int
	uncounted   bool
	days        *dayTally
	// synthetic rows are in no report, but what is left of totals: they stand only
	// where a measure has something for them.
	synthetic bool
}

// rows returns the selection's rows.
func (t *tally) rows() map[rowKey]*row {
	n := 0
	for _, b := range t.bases {
		n += len(b.parts)
	}
	out, all := make(map[rowKey]*row, n), make([]row, 0, n)
	byInitiator := slices.Contains(t.sel.By, "initiator")
	for k, b := range t.bases {
		for group, p := range b.parts {
			if p == nil {
				continue
			}
			all = append(all, row{sums: p.sums, days: &p.days, synthetic: t.sel.Kind == SumSelect && byInitiator && !p.reported})
			r := &all[len(all)-1]
			r.hiddenWeeks = len(t.lacking[partKey{b, group}])
			if t.sel.Kind == UserSelect {
				r.people = p.count()
				r.uncounted = p.countHidden || r.hiddenWeeks > 0 || t.hidden && t.sel.Trailing > 1
			}
			out[t.key(&k, group)] = r
		}
	}
	return out
}

func (t *tally) key(k *baseKey, group int) (out rowKey) {
	for i, dim := range t.sel.By {
		switch dim {
		case "day":
			out[i] = int64(k.day)
		case "week":
			out[i] = int64(k.week)
		case "month":
			out[i] = int64(k.month)
		case "organization", "team":
			out[i] = k.entity
		case "tool":
			if out[i] = int64(k.tool); k.tool == hiddenTool {
				out[i] = others
			}
		case "user":
			out[i] = int64(k.user)
		default:
			out[i] = t.roles.coordinate(group, dim)
		}
	}
	return out
}
