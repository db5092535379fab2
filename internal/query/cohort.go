package query

import (
	"context"
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/metric"

	"github.com/RoaringBitmap/roaring/v2"
)

// Cohort is who did what on each day of a range: sets of people, to be combined and counted.
// Nothing of it may be told of single people, and what is told of few is for a Mask to
// decide.
type Cohort struct {
	days []day.Day
	sets map[CohortKey]map[day.Day][]*roaring.Bitmap
	// Nameless are the days of which nobody's records are known, but what an aggregate
	// states or retention left.
	Nameless []day.Day
}

// CohortKey names some of a cohort: everybody, if it is zero, or those with a value of a
// dimension of a breakdown; a Value of "" is those with any.
type CohortKey struct {
	Breakdown metric.Breakdown
	Value     string
}

// Days lists the days with records of people, in order.
func (c *Cohort) Days() []day.Day { return c.days }

// Values lists the values of a breakdown that somebody has, in order.
func (c *Cohort) Values(b metric.Breakdown) (out []string) {
	for k := range c.sets {
		if k.Breakdown == b && k.Value != "" {
			out = append(out, k.Value)
		}
	}
	slices.Sort(out)
	return out
}

// On returns who did something on a day.
func (c *Cohort) On(d day.Day, k CohortKey) *roaring.Bitmap {
	sets := c.sets[k][d]
	if len(sets) == 1 {
		return sets[0]
	}
	return roaring.FastOr(sets...)
}

// In returns who did something in a range.
func (c *Cohort) In(r day.Range, k CohortKey) *roaring.Bitmap {
	var all []*roaring.Bitmap
	for _, d := range c.days {
		if r.Contains(d) {
			all = append(all, c.sets[k][d]...)
		}
	}
	return roaring.FastOr(all...)
}

// ReadCohort reads the sets of the scope's people that a query's range, source and tools
// select, by the values of some breakdowns, as its mask lets them be seen.
func ReadCohort(ctx context.Context, r Rollups, q Query, breakdowns ...metric.Breakdown) (*Cohort, error) {
	of, dictionary := q.Scope.Itself(), r.Dictionary()
	units, err := r.Units(ctx, of, q.Range, metric.Totals)
	if err != nil {
		return nil, err
	}
	cells, keys := []int32{Everyone}, map[int32][]CohortKey{Everyone: {{}}}
	for i := range dictionary.Cells {
		cell := &dictionary.Cells[i]
		if cell.Part == cube.Reported && slices.Contains(breakdowns, cell.Breakdown) {
			cells = append(cells, int32(i))
			keys[int32(i)] = []CohortKey{{cell.Breakdown, dictionary.Name(cell.Values[0])}, {Breakdown: cell.Breakdown}}
		}
	}
	out := &Cohort{sets: map[CohortKey]map[day.Day][]*roaring.Bitmap{}}
	byRevision := map[int64][]*Unit{}
	for _, u := range units {
		if !q.Source.Selects(u) || !selectsTool(q, dictionary.Name(u.Tool)) {
			continue
		}
		if u.nameless() {
			out.Nameless = append(out.Nameless, u.Day)
			continue
		}
		revision := q.Mask.revisionOf(u)
		byRevision[revision] = append(byRevision[revision], u)
		out.days = append(out.days, u.Day)
	}
	for revision, units := range byRevision {
		from := r
		if revision != 0 {
			from = r.AsOf(revision)
		}
		sets, err := from.Sets(ctx, of, q.Range, cells)
		if err != nil {
			return nil, err
		}
		for _, u := range units {
			for _, cell := range cells {
				if set := sets[SetKey{u.Day, u.Tool, cell}]; set != nil {
					for _, k := range keys[cell] {
						out.add(k, u.Day, set)
					}
				}
			}
		}
	}
	slices.Sort(out.days)
	out.days = slices.Compact(out.days)
	slices.Sort(out.Nameless)
	out.Nameless = slices.Compact(out.Nameless)
	return out, nil
}

func (c *Cohort) add(k CohortKey, d day.Day, set *roaring.Bitmap) {
	if c.sets[k] == nil {
		c.sets[k] = map[day.Day][]*roaring.Bitmap{}
	}
	c.sets[k][d] = append(c.sets[k][d], set)
}

func selectsTool(q Query, tool string) bool {
	for _, f := range q.Filters {
		if f.Dimension == "tool" && !slices.Contains(f.Values, tool) {
			return false
		}
	}
	return true
}

// revisionOf returns the earlier revision of which a unit's people are shown, because a
// correction is held back; 0 is the current one.
func (m *Mask) revisionOf(u *Unit) int64 {
	if m == nil {
		return 0
	}
	e := m.Weeks[u.Day.Week()][u.Entity]
	if e == nil || e.Week == nil {
		return 0
	}
	return e.Week.Revision
}

// Printable reports whether a number of people may be told: it is nobody, or enough. Without
// a mask every number may.
func (m *Mask) Printable(n int64) bool {
	return m == nil || n == 0 || n >= int64(m.Minimum)
}

// CountDays returns, of a cohort, how many people did something on exactly 1, 2, … days of a
// range: the first number is of those of one day.
func (c *Cohort) CountDays(r day.Range, k CohortKey) []int64 {
	// The sets count in binary: a person's number of days has bit i set if they are in
	// planes[i].
	var planes []*roaring.Bitmap
	for _, d := range c.days {
		if !r.Contains(d) {
			continue
		}
		carry := c.On(d, k).Clone()
		for i := 0; !carry.IsEmpty(); i++ {
			if i == len(planes) {
				planes = append(planes, carry)
				break
			}
			next := roaring.And(planes[i], carry)
			planes[i].Xor(carry)
			carry = next
		}
	}
	out := make([]int64, 1<<len(planes))
	var split func(people *roaring.Bitmap, plane, days int)
	split = func(people *roaring.Bitmap, plane, days int) {
		switch {
		case people.IsEmpty():
		case plane < 0:
			out[days] = int64(people.GetCardinality())
		default:
			split(roaring.And(people, planes[plane]), plane-1, days|1<<plane)
			split(roaring.AndNot(people, planes[plane]), plane-1, days)
		}
	}
	split(roaring.FastOr(planes...), len(planes)-1, 0)
	for len(out) > 0 && out[len(out)-1] == 0 {
		out = out[:len(out)-1]
	}
	return out[min(1, len(out)):]
}
