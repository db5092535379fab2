package query

import (
	"context"
	"fmt"
	"math/bits"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"

	"github.com/RoaringBitmap/roaring/v2"
)

// What a mask shows is decided by the week. Counts of people over other periods are of sets
// that no week has: that of those who used something in four weeks, less that of a team's
// active people in the same weeks, may be of fewer people than the minimum, though it is of
// more in each of the weeks. So before such a count is told, people are divided into groups
// of those who were active in the same organizations and teams. Whatever combination of the
// counts of places and of everybody is taken from the count, it is the same number for all
// of a group, and is left of those of the group who are counted or of those who are not: of
// the fewer of them in each group at the least.

// placedPeople are the people of a period, in groups of those who were active in the same
// organizations and teams that the mask shows.
type placedPeople struct {
	group []int32 // by person, -1 for who was not active
	sizes []int64
}

// mostPeriods is of how many periods people are divided into groups for one selection, and
// how many are kept.
const mostPeriods = 14

// placed returns the people of a period.
func (m *Mask) placed(ctx context.Context, r Rollups, enterprise int64, period day.Range) (*placedPeople, error) {
	period = day.Range{From: period.From.Week(), To: period.To.Week() + 6}
	m.mu.Lock()
	defer m.mu.Unlock()
	if p := m.periods[period]; p != nil {
		return p, nil
	}
	p, err := readPlaced(ctx, r, enterprise, m, period)
	if err != nil {
		return nil, fmt.Errorf("people by their places: %w", err)
	}
	if m.periods == nil || len(m.periods) == mostPeriods {
		m.periods = map[day.Range]*placedPeople{}
	}
	m.periods[period] = p
	return p, nil
}

// hideRevealingCounts hides the counts of a selection that tell people apart beside those of places.
func (e *evaluation) hideRevealingCounts(ctx context.Context, t *tally) error {
	if t.views == nil || t.sel.Kind != UserSelect || t.perUser || t.sel.Breakdown == metric.Totals && !t.sel.Reporting {
		return nil
	}
	periods := map[day.Range][]*base{}
	for k, b := range t.bases {
		if period := t.periodOfRow(&k); period.Len() > 1 && !IsISOWeek(period) {
			periods[period] = append(periods[period], b)
		}
	}
	for period, bases := range periods {
		if len(periods) > mostPeriods {
			for _, b := range bases {
				t.hideCounts(b.parts...)
			}
			continue
		}
		placed, err := e.plan.Query.Mask.placed(ctx, e.rollups, e.plan.Query.Scope.Enterprise, period)
		if err != nil {
			return err
		}
		for _, b := range bases {
			var together []*part
			for group, p := range b.parts {
				if p == nil || len(t.lacking[partKey{b, group}]) > 0 {
					continue
				}
				if p.people == nil {
					p.people = union(p.sets)
				}
				if together = append(together, p); t.sel.Breakdown != metric.ByPhase {
					t.hideRevealing(placed, together)
					together = nil
				}
			}
			t.hideRevealing(placed, together)
		}
	}
	return nil
}

// IsISOWeek reports whether a range is one ISO week, of which a mask decides about each count.
func IsISOWeek(r day.Range) bool { return r.Len() == 7 && r.From == r.From.Week() }

// hideRevealing hides the counts of parts that may not be told together.
func (t *tally) hideRevealing(placed *placedPeople, parts []*part) {
	var people []*roaring.Bitmap
	for _, p := range parts {
		people = append(people, p.people)
	}
	if !placed.mayTell(t.plan.Query.Mask.Minimum, people...) {
		t.hideCounts(parts...)
	}
}

// hideCounts hides how many people parts have.
func (t *tally) hideCounts(parts ...*part) {
	t.masked = true
	for _, p := range parts {
		if p != nil {
			p.countHidden = true
		}
	}
}

// periodOfRow returns the days that a row is of.
func (t *tally) periodOfRow(k *baseKey) day.Range {
	r := t.plan.Query.Range
	for _, bucket := range []struct {
		grain string
		first day.Day
	}{{"day", k.day}, {"week", k.week}, {"month", k.month}} {
		if bucket.first != 0 {
			r = r.Intersect(BucketDays(bucket.grain, bucket.first))
		}
	}
	r.From -= day.Day(max(0, t.sel.Trailing-1))
	return r
}

// readPlaced returns the people of the whole weeks that a period touches.
func readPlaced(ctx context.Context, r Rollups, enterprise int64, mask *Mask, period day.Range) (*placedPeople, error) {
	weeks := day.Range{From: period.From.Week(), To: period.To.Week() + 6}
	places := map[int64]*part{}
	everybody, members := &part{}, membership{}
	for _, level := range []Level{LevelEnterprise, LevelOrganization, LevelTeam} {
		of := Scope{Enterprise: enterprise}.Itself()
		of.Level = level
		for _, days := range inParts(of, weeks) {
			units, err := unitsOf(ctx, r, of, days, metric.Totals, true)
			if err != nil {
				return nil, err
			}
			wanted := span[memberPart]{}
			for _, u := range units {
				switch {
				case u.nameless():
				case level == LevelEnterprise:
					wanted.add(memberPart{part: everybody}, u.Day, u.Tool, Everyone)
				case !mask.Hides(u.Entity, weeks):
					if places[u.Entity] == nil {
						places[u.Entity] = &part{}
					}
					addMembers(wanted, places[u.Entity], u, Everyone)
				}
			}
			if err := wanted.each(ctx, r, of, days, members.addPeople); err != nil {
				return nil, err
			}
		}
	}
	members.cutToMembers()
	// The places of a person, as the sum of numbers that are hardly the sum of others.
	all := union(everybody.sets)
	var in []uint64
	if !all.IsEmpty() {
		in = make([]uint64, all.Maximum()+1)
	}
	for entity, place := range places {
		if place.people == nil {
			continue
		}
		number := scattered(uint64(entity))
		for it := roaring.And(place.people, all).Iterator(); it.HasNext(); {
			in[it.Next()] += number
		}
	}
	out := &placedPeople{}
	out.groupByPlaces(in, all)
	return out, nil
}

// groupByPlaces puts people who are in the same places, by person, into one group.
func (p *placedPeople) groupByPlaces(places []uint64, people *roaring.Bitmap) {
	p.group = slices.Repeat([]int32{-1}, len(places))
	numbers := map[uint64]int32{}
	for it := people.Iterator(); it.HasNext(); {
		person := it.Next()
		group, ok := numbers[places[person]]
		if !ok {
			group = int32(len(p.sizes))
			numbers[places[person]], p.sizes = group, append(p.sizes, 0)
		}
		p.group[person] = group
		p.sizes[group]++
	}
}

// scattered returns a number whose bits all depend on n (the finalizer of SplitMix64).
func scattered(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// mostParts is how many parts that people are divided into are looked at in all combinations.
const mostParts = 10

// mayTell reports whether counts of people may be told, of parts that have nobody in common.
// Whatever is added up of counts of the parts, those of some parts count otherwise than those
// of the rest, so it is enough to look at every choice of some. Of a choice that has all or
// none of each group nothing is left, and nothing is said that the places do not say.
func (p *placedPeople) mayTell(minimum int, parts ...*roaring.Bitmap) bool {
	if len(parts) > mostParts {
		return false
	}
	in := make([][]int64, len(parts)) // by group
	for i, people := range parts {
		in[i] = make([]int64, len(p.sizes))
		for it := people.Iterator(); it.HasNext(); {
			if person := it.Next(); int(person) < len(p.group) && p.group[person] >= 0 {
				in[i][p.group[person]]++
			}
		}
	}
	for chosen := uint(1); chosen < 1<<len(parts); chosen++ {
		left, some, others := int64(0), false, false
		for group, size := range p.sizes {
			n := int64(0)
			for rest := chosen; rest != 0; rest &= rest - 1 {
				n += in[bits.TrailingZeros(rest)][group]
			}
			left += min(n, size-n)
			some, others = some || n > 0, others || n < size
		}
		if some && others && left < int64(minimum) {
			return false
		}
	}
	return true
}
