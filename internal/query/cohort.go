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
// decide. Sets are read when they are asked for, as long as its Rollups may be; they are
// shared: read-only.
type Cohort struct {
	ctx     context.Context
	rollups Rollups
	of      Entities
	mask    *Mask
	days    []day.Day
	// units are those that count, by the revision that they are of.
	units map[int64][]*Unit
	cells map[CohortKey][]int32
	// Nameless are the days of which nobody's records are known, but what an aggregate
	// states or retention left.
	Nameless []day.Day
	sets     map[inRange]*roaring.Bitmap
	daily    map[CohortKey]map[day.Day]*roaring.Bitmap
	err      error
}

// CohortKey names some of a cohort: everybody, if it is zero, or those with a value of a
// dimension of a breakdown; a Value of "" is those with any.
type CohortKey struct {
	Breakdown metric.Breakdown
	Value     string
}

type inRange struct {
	CohortKey
	days day.Range
}

// Days lists the days with records of people, in order.
func (c *Cohort) Days() []day.Day { return c.days }

// Values lists the values of a breakdown, in order.
func (c *Cohort) Values(b metric.Breakdown) (out []string) {
	for k := range c.cells {
		if k.Breakdown == b && k.Value != "" {
			out = append(out, k.Value)
		}
	}
	slices.Sort(out)
	return out
}

// Err returns the error that reading ended with: then sets are not whole.
func (c *Cohort) Err() error { return c.err }

// On returns who did something on a day. Whoever asks for one day asks for others: all are read
// at once.
func (c *Cohort) On(d day.Day, k CohortKey) *roaring.Bitmap {
	if c.daily[k] == nil {
		sets := map[day.Day][]*roaring.Bitmap{}
		for revision, units := range c.units {
			wanted := span[day.Day]{}
			for _, u := range units {
				for _, cell := range c.cells[k] {
					wanted.add(u.Day, u.Day, u.Tool, cell)
				}
			}
			c.read(wanted.each(c.ctx, c.asOf(revision), c.of, day.Range{}, func(d day.Day, set *roaring.Bitmap) { sets[d] = append(sets[d], set) }))
		}
		c.daily[k] = map[day.Day]*roaring.Bitmap{}
		for d, list := range sets {
			c.daily[k][d] = union(list)
		}
	}
	if set := c.daily[k][d]; set != nil {
		return set
	}
	return roaring.New()
}

// asOf returns the rollups of a revision, 0 for the current one.
func (c *Cohort) asOf(revision int64) Rollups {
	if revision == 0 {
		return c.rollups
	}
	return c.rollups.AsOf(revision)
}

// read notes the first error that reading ended with.
func (c *Cohort) read(err error) {
	if c.err == nil {
		c.err = err
	}
}

// In returns who did something in a range.
func (c *Cohort) In(r day.Range, k CohortKey) *roaring.Bitmap {
	at := inRange{k, r}
	if c.sets[at] != nil {
		return c.sets[at]
	}
	var sets []*roaring.Bitmap
	for revision, units := range c.units {
		wanted, weeks := span[struct{}]{}, r
		if revision != 0 {
			weeks = day.Range{}
		}
		for _, u := range units {
			if r.Contains(u.Day) {
				for _, cell := range c.cells[k] {
					wanted.add(struct{}{}, u.Day, u.Tool, cell)
				}
			}
		}
		c.read(wanted.each(c.ctx, c.asOf(revision), c.of, weeks, func(_ struct{}, set *roaring.Bitmap) { sets = append(sets, set) }))
	}
	c.sets[at] = union(sets)
	return c.sets[at]
}

// HidesCount reports whether how many people of the enterprise have a key is not shown of some
// whole week of a range.
func (c *Cohort) HidesCount(r day.Range, k CohortKey) bool {
	if c.mask == nil || c.of.Of != LevelEnterprise {
		return false
	}
	for monday := (r.From + 6).Week(); monday+6 <= r.To; monday += 7 {
		if e := c.mask.Weeks[monday][c.of.Entity]; e != nil && e.Week != nil {
			for at, shown := range e.Week.Cells {
				if shown&ShownCell == 0 && slices.Contains(c.cells[k], at.Cell) {
					return true
				}
			}
		}
	}
	return false
}

// MayTell reports whether the mask lets counts of some people of a period be told, of parts that
// have nobody in common.
func (c *Cohort) MayTell(r day.Range, parts ...*roaring.Bitmap) bool {
	if c.mask == nil {
		return true
	}
	placed, err := c.mask.placed(c.ctx, c.rollups, c.of.Enterprise, r)
	if err != nil {
		c.read(err)
		return false
	}
	return placed.mayTell(c.mask.Minimum, parts...)
}

// ReadCohort returns the sets of the scope's people that a query's range, source and tools
// select, by the values of some breakdowns, as its mask lets them be seen.
func ReadCohort(ctx context.Context, r Rollups, q Query, breakdowns ...metric.Breakdown) (*Cohort, error) {
	out := &Cohort{ctx: ctx, rollups: r, of: q.Scope.Itself(), mask: q.Mask, units: map[int64][]*Unit{}, cells: map[CohortKey][]int32{{}: {Everyone}},
		sets: map[inRange]*roaring.Bitmap{}, daily: map[CohortKey]map[day.Day]*roaring.Bitmap{}}
	dictionary := r.Dictionary()
	for i := range dictionary.Cells {
		cell := &dictionary.Cells[i]
		if cell.Part == cube.Reported && slices.Contains(breakdowns, cell.Breakdown) {
			for _, k := range []CohortKey{{cell.Breakdown, dictionary.Name(cell.Values[0])}, {Breakdown: cell.Breakdown}} {
				out.cells[k] = append(out.cells[k], int32(i))
			}
		}
	}
	units, err := r.Units(ctx, out.of, q.Range, metric.Totals)
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		switch revision := q.Mask.revisionOf(u); {
		case !q.Source.Selects(u) || !selectsTool(q, dictionary.Name(u.Tool)):
		case u.nameless():
			out.Nameless = append(out.Nameless, u.Day)
		default:
			out.units[revision] = append(out.units[revision], u)
			out.days = append(out.days, u.Day)
		}
	}
	slices.Sort(out.days)
	out.days = slices.Compact(out.days)
	slices.Sort(out.Nameless)
	out.Nameless = slices.Compact(out.Nameless)
	return out, nil
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
	// Days are counted in binary, of 64 people at a time: bit i of a person's number of
	// days is theirs in planes[i].
	var planes [][]uint64
	var people []uint64
	for _, d := range c.days {
		if !r.Contains(d) {
			continue
		}
		set := c.On(d, k)
		people = slices.Grow(people[:0], int(set.DenseSize()))[:set.DenseSize()]
		clear(people)
		set.WriteDenseTo(people)
		for at, carry := range people {
			for i := 0; carry != 0; i++ {
				if i == len(planes) {
					planes = append(planes, nil)
				}
				if more := at + 1 - len(planes[i]); more > 0 {
					planes[i] = append(planes[i], make([]uint64, more)...)
				}
				planes[i][at], carry = planes[i][at]^carry, planes[i][at]&carry
			}
		}
	}
	out := make([]int64, 1<<len(planes))
	most := 0
	for _, p := range planes {
		most = max(most, len(p))
	}
	for at := range most {
		for bit := range 64 {
			days := 0
			for i, p := range planes {
				if at < len(p) {
					days |= int(p[at]>>bit&1) << i
				}
			}
			out[days]++
		}
	}
	out[0] = 0
	for len(out) > 0 && out[len(out)-1] == 0 {
		out = out[:len(out)-1]
	}
	return out[min(1, len(out)):]
}
