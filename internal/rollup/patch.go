package rollup

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/metric"
	"codegauge/internal/query"

	"github.com/RoaringBitmap/roaring/v2"
)

// Patch updates the rollup of a day after some people's records or memberships have
// changed: it subtracts their former contribution and adds the new one. The result is the
// same, byte for byte, as Day.Build of the whole day.
type Patch struct {
	before, after *state
	// people are those whose records changed, identities their identities.
	people, identities *roaring.Bitmap
	ownReports         map[int64]bool // organizations with a user report of their own
}

// state is the contribution of these people before or after the change. Units in possible
// exist only if the enterprise's report also has other members of their organization.
type state struct {
	*builder
	possible map[unitKey]bool
}

// ErrRebuild is the error of a change that only Day.Build can make.
var ErrRebuild = errors.New("the day must be rolled up anew")

// NewPatch returns the patch between two states of a day. Both must have the day's reports,
// and all records and memberships of the given people, but of nobody else.
func NewPatch(before, after *Day, cells []cube.Cell, people, identities *roaring.Bitmap) (*Patch, error) {
	p := &Patch{people: people, identities: identities, ownReports: map[int64]bool{}}
	for _, r := range after.Reports {
		if !r.Aggregate && r.Source != after.Enterprise {
			p.ownReports[r.Source] = true
		}
	}
	// If these people leave an organization with a report of its own, it is not known
	// whether the enterprise's report has other members of it.
	left := after.distinctPlaces()
	for _, m := range before.distinctPlaces() {
		if p.ownReports[m.Organization] && !slices.ContainsFunc(left, func(o Member) bool { return o.Organization == m.Organization }) {
			return nil, ErrRebuild
		}
	}
	var err error
	if p.before, err = p.state(before, cells); err == nil {
		p.after, err = p.state(after, cells)
	}
	return p, err
}

// state sums one of the days. Its possible units are of organizations with a report of
// their own, from the enterprise's report.
func (p *Patch) state(d *Day, cells []cube.Cell) (*state, error) {
	out, possible := d.origins(), map[unitKey]bool{}
	for _, r := range d.Reports {
		if r.Aggregate || r.Source != d.Enterprise {
			continue
		}
		for organization := range p.ownReports {
			o := origin{entity: organization, organization: organization, level: query.LevelOrganization, tool: r.Tool, origin: query.UserRecords}
			if !slices.ContainsFunc(out, func(have origin) bool { return have.key() == o.key() }) {
				possible[o.key()] = true
				out = append(out, o)
			}
		}
	}
	b, err := d.sumUp(cells, out)
	return &state{b, possible}, err
}

// Entities returns the entities whose units the patch may change.
func (p *Patch) Entities() []int64 {
	found := map[int64]bool{}
	for _, b := range []*state{p.before, p.after} {
		for _, t := range b.tools {
			for entity := range t.people {
				found[entity] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Sets returns the keys of the sets that the patch may change.
func (p *Patch) Sets() []SetKey {
	found := map[SetKey]bool{}
	for _, b := range []*state{p.before, p.after} {
		for k := range b.sets() {
			found[k] = true
		}
	}
	return slices.SortedFunc(maps.Keys(found), SetKey.compare)
}

// sets returns the builder's sets.
func (b *builder) sets() map[SetKey]*roaring.Bitmap {
	out := map[SetKey]*roaring.Bitmap{}
	for _, t := range b.tools {
		for i, people := range t.sets {
			if people != nil {
				out[SetKey{t.tool, int32(i) - 1, 0}] = people
			}
		}
		for k, people := range t.clients {
			out[SetKey{t.tool, k.cell, k.client}] = people
		}
	}
	return out
}

// unitKey identifies a unit within its day.
type unitKey struct {
	entity int64
	tool   int32
	origin query.Origin
}

// Apply returns the patched units of Entities, the patched Sets beside the others that are
// given, and all Members of the day, given those that are stored. It may change stored.
func (p *Patch) Apply(stored *Built) (*Built, error) {
	units, err := p.patchUnits(stored.Units)
	if err != nil {
		return nil, err
	}
	out := &Built{Members: p.patchMembers(stored.Members)}
	empty := map[int64]bool{}
	for _, b := range []*state{p.before, p.after} {
		for entity := range b.members {
			empty[entity] = !p.ownReports[entity]
		}
	}
	for _, m := range out.Members {
		delete(empty, m.Entity)
	}
	for k, u := range units {
		if k.origin.HasMembers(u.Level) && empty[k.entity] {
			continue // the last member has left
		}
		out.Units = append(out.Units, u.encode(p.after.cells))
	}
	p.after.day.sortUnits(out.Units)
	out.Sets = p.patchSets(stored.Sets)
	return out, nil
}

// patchUnits subtracts the contribution before the change from the stored units, and adds
// the one after.
func (p *Patch) patchUnits(stored []Unit) (map[unitKey]*unit, error) {
	units := map[unitKey]*unit{}
	for i := range stored {
		s := &stored[i]
		u, err := s.decode(len(p.after.cells))
		if err != nil {
			return nil, fmt.Errorf("stored unit of entity %d: %w", s.Entity, err)
		}
		units[unitKey{s.Entity, s.Tool, s.Origin}] = u
	}
	for _, t := range p.before.tools {
		for entity, o := range t.people {
			k := unitKey{entity, t.tool, o.Origin}
			u := units[k]
			if u == nil && p.before.possible[k] {
				continue
			}
			if u == nil || !u.subtract(o) {
				return nil, ErrRebuild
			}
		}
	}
	for _, t := range p.after.tools {
		for entity, o := range t.people {
			k := unitKey{entity, t.tool, o.Origin}
			switch {
			case units[k] != nil:
			case !p.ownReports[entity]:
				units[k] = o
				continue
			case p.after.possible[k]:
				continue
			default: // the unit may exist in the store: the organization's own report has others
				return nil, ErrRebuild
			}
			if err := units[k].add(o, len(p.after.cells)); err != nil {
				return nil, fmt.Errorf("patch unit of entity %d: %w", entity, err)
			}
		}
	}
	return units, nil
}

// subtract subtracts another unit. It returns false if the result is not known.
func (u *unit) subtract(o *unit) bool {
	u.Records, u.LinesUnknown, u.Substituted = u.Records-o.Records, u.LinesUnknown-o.LinesUnknown, u.Substituted-o.Substituted
	for c := range metric.Counter(metric.NumRecordCounters) {
		if !o.Totals.Known.Has(c) {
			continue
		}
		if metric.Counters[c].Adding == metric.AddsMax {
			return false
		}
		have, _ := u.Totals.Get(c)
		less, _ := o.Totals.Get(c)
		u.Totals.Set(c, have-less)
		if u.knownCounts[c] -= o.knownCounts[c]; u.knownCounts[c] == 0 {
			u.Totals.Known &^= 1 << c
		}
		if u.knownCounts[c] < 0 {
			return false
		}
	}
	for i := range o.sums {
		less := &o.sums[i]
		if u.index == nil || u.index[less.Cell] == 0 {
			return false
		}
		s := &u.sums[u.index[less.Cell]-1]
		if s.facts -= less.facts; s.facts < 0 {
			return false
		}
		for c := range s.N {
			s.N[c] -= less.N[c]
			if s.knownCounts[c] -= less.knownCounts[c]; s.knownCounts[c] == 0 {
				s.Known &^= 1 << c
			}
		}
	}
	return u.Records >= 0
}

// add adds another unit.
func (u *unit) add(o *unit, cells int) error {
	u.Records, u.LinesUnknown, u.Substituted = u.Records+o.Records, u.LinesUnknown+o.LinesUnknown, u.Substituted+o.Substituted
	if !u.Totals.Add(&o.Totals) {
		return errTooLarge
	}
	for c := range u.knownCounts {
		u.knownCounts[c] += o.knownCounts[c]
	}
	for i := range o.sums {
		more := &o.sums[i]
		s := u.sumOf(more.Cell, cells)
		if !s.Add(&more.Row) {
			return errTooLarge
		}
		s.facts += more.facts
		for c := range s.knownCounts {
			s.knownCounts[c] += more.knownCounts[c]
		}
	}
	return nil
}

// patchMembers returns the members of all entities of the patched day.
func (p *Patch) patchMembers(stored []Members) []Members {
	all := map[int64]Members{}
	for _, m := range stored {
		if p.before.members[m.Entity] != nil || p.after.members[m.Entity] != nil {
			m.People = patchedSet(m.People, p.people, p.after.members[m.Entity])
		}
		if !m.People.IsEmpty() {
			all[m.Entity] = m
		}
	}
	for entity, m := range p.after.unitMembers {
		if _, ok := all[entity]; !ok {
			all[entity] = m
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b Members) int { return cmp.Compare(a.Entity, b.Entity) })
}

// patchSets returns the patched sets, without those that are empty, and the others as they are.
func (p *Patch) patchSets(stored []Set) []Set {
	have := map[SetKey]*roaring.Bitmap{}
	for _, s := range stored {
		have[s.SetKey] = s.People
	}
	after := p.after.sets()
	var out []Set
	for _, k := range p.Sets() {
		without := p.people
		if k.Client != 0 {
			without = p.identities
		}
		old := have[k]
		delete(have, k)
		if old == nil {
			old = roaring.New()
		}
		if people := patchedSet(old, without, after[k]); !people.IsEmpty() {
			out = append(out, Set{k, people})
		}
	}
	for k, people := range have {
		out = append(out, Set{k, people})
	}
	return out
}

// patchedSet returns set minus without plus with, which may be nil. The result is encoded
// as if it had been filled one by one, as Day.Build does.
func patchedSet(set, without, with *roaring.Bitmap) *roaring.Bitmap {
	left := roaring.AndNot(set, without)
	if with != nil {
		left.Or(with)
	}
	out := roaring.BitmapOf(left.ToArray()...)
	out.RunOptimize()
	return out
}
