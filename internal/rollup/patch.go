package rollup

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/metric"
	"codegauge/internal/query"

	"github.com/RoaringBitmap/roaring/v2"
)

// Patch changes a rolled-up day where some people's records, or where they belonged, are
// different: what they contributed is taken away, and what they contribute is added. The
// result is what Day.Build makes of the whole day, byte for byte.
type Patch struct {
	before, after *state
	// people are those whose records changed, identities theirs.
	people, identities *roaring.Bitmap
	own                map[int64]bool // organizations with a user report of their own
}

// state is one state of the day. Its possible units are there only if somebody else is
// in their entity.
type state struct {
	*builder
	possible map[unitKey]bool
}

// ErrRebuild says that a patch cannot tell what is left, and Day.Build can.
var ErrRebuild = errors.New("the day must be rolled up anew")

// NewPatch returns the patch that leads from one state of a day to another. Both have the
// same reports, and of records and members all of the people's, and nobody else's.
func NewPatch(before, after *Day, cells []cube.Cell, people, identities *roaring.Bitmap) (*Patch, error) {
	p := &Patch{people: people, identities: identities, own: map[int64]bool{}}
	for _, r := range after.Reports {
		if !r.Aggregate && r.Source != after.Enterprise {
			p.own[r.Source] = true
		}
	}
	// Whether others are left in an organization's place, its own report does not tell.
	left := after.places()
	for _, m := range before.places() {
		if p.own[m.Organization] && !slices.ContainsFunc(left, func(o Member) bool { return o.Organization == m.Organization }) {
			return nil, ErrRebuild
		}
	}
	var err error
	if p.before, err = p.state(before, cells); err == nil {
		p.after, err = p.state(after, cells)
	}
	return p, err
}

// state adds up one of the days. Its possible units are those that it has if the
// enterprise's report says of anybody that they are in an organization with a report of
// its own.
func (p *Patch) state(d *Day, cells []cube.Cell) (*state, error) {
	out, possible := d.origins(), map[unitKey]bool{}
	for _, r := range d.Reports {
		if r.Aggregate || r.Source != d.Enterprise {
			continue
		}
		for organization := range p.own {
			o := origin{entity: organization, organization: organization, level: query.LevelOrganization, tool: r.Tool, origin: query.UserRecords}
			if !slices.ContainsFunc(out, func(have origin) bool { return have.key() == o.key() }) {
				possible[o.key()] = true
				out = append(out, o)
			}
		}
	}
	b, err := d.add(cells, out)
	return &state{b, possible}, err
}

// Entities returns those whose units the patch may change.
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

// sets returns the builder's sets of people, by what they are of.
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

// unitKey names a unit within its day.
type unitKey struct {
	entity int64
	tool   int32
	origin query.Origin
}

// Apply returns the units of Entities, the Sets and all Members of the patched day, from
// those that are stored, which it may change.
func (p *Patch) Apply(stored *Built) (*Built, error) {
	units, err := p.units(stored.Units)
	if err != nil {
		return nil, err
	}
	out := &Built{Members: p.members(stored.Members)}
	empty := map[int64]bool{}
	for _, b := range []*state{p.before, p.after} {
		for entity := range b.members {
			empty[entity] = !p.own[entity]
		}
	}
	for _, m := range out.Members {
		delete(empty, m.Entity)
	}
	for k, u := range units {
		if k.origin.HasMembers(u.Level) && empty[k.entity] {
			continue // nobody is there any more
		}
		out.Units = append(out.Units, u.finish(p.after.cells))
	}
	sortUnits(out.Units)
	out.Sets = p.patchSets(stored.Sets)
	return out, nil
}

// units returns the stored units less what was contributed, with what is.
func (p *Patch) units(stored []Unit) (map[unitKey]*unit, error) {
	units := map[unitKey]*unit{}
	for i := range stored {
		s := &stored[i]
		u, err := s.decode(len(p.after.cells))
		if err != nil {
			return nil, err
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
			case !p.own[entity]:
				units[k] = o
				continue
			case p.after.possible[k]:
				continue
			default: // others are in the organization by its own report
				return nil, ErrRebuild
			}
			if err := units[k].add(o, len(p.after.cells)); err != nil {
				return nil, err
			}
		}
	}
	return units, nil
}

// subtract takes away what another unit has. It reports false where what is left is not known.
func (u *unit) subtract(o *unit) bool {
	u.Records, u.Reduced, u.Substituted = u.Records-o.Records, u.Reduced-o.Reduced, u.Substituted-o.Substituted
	for c := range metric.Counter(metric.NumCounters) {
		if !o.Totals.Known.Has(c) {
			continue
		}
		if metric.Counters[c].Adding == metric.AddsNot {
			return false
		}
		have, _ := u.Totals.Get(c)
		less, _ := o.Totals.Get(c)
		u.Totals.Set(c, have-less)
		if u.knowing[c] -= o.knowing[c]; u.knowing[c] == 0 {
			u.Totals.Known &^= 1 << c
		}
		if u.knowing[c] < 0 {
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
			if s.knowing[c] -= less.knowing[c]; s.knowing[c] == 0 {
				s.Known &^= 1 << c
			}
		}
	}
	return u.Records >= 0
}

// add adds what another unit has.
func (u *unit) add(o *unit, cells int) error {
	u.Records, u.Reduced, u.Substituted = u.Records+o.Records, u.Reduced+o.Reduced, u.Substituted+o.Substituted
	if !u.Totals.Add(&o.Totals) {
		return errLarge
	}
	for c := range u.knowing {
		u.knowing[c] += o.knowing[c]
	}
	for i := range o.sums {
		more := &o.sums[i]
		s := u.sumOf(more.Cell, cells)
		if !s.Add(&more.Row) {
			return errLarge
		}
		s.facts += more.facts
		for c := range s.knowing {
			s.knowing[c] += more.knowing[c]
		}
	}
	return nil
}

// members returns all members of the patched day.
func (p *Patch) members(stored []Members) []Members {
	all := map[int64]Members{}
	for _, m := range stored {
		if p.before.members[m.Entity] != nil || p.after.members[m.Entity] != nil {
			m.People = patched(m.People, p.people, p.after.members[m.Entity])
		}
		if !m.People.IsEmpty() {
			all[m.Entity] = m
		}
	}
	for entity, m := range p.after.counted {
		if _, ok := all[entity]; !ok {
			all[entity] = m
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b Members) int { return cmp.Compare(a.Entity, b.Entity) })
}

// patchSets returns the sets of the patched day.
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
		if old == nil {
			old = roaring.New()
		}
		if people := patched(old, without, after[k]); !people.IsEmpty() {
			out = append(out, Set{k, people})
		}
	}
	return out
}

// patched returns the set without some, and with others; nil are none. Its containers
// are those that a set has which was filled one by one.
func patched(set, without, with *roaring.Bitmap) *roaring.Bitmap {
	left := roaring.AndNot(set, without)
	if with != nil {
		left.Or(with)
	}
	out := roaring.BitmapOf(left.ToArray()...)
	out.RunOptimize()
	return out
}
