// Package rollup turns the records of one enterprise's day into what questions
// are answered from: a Unit for every enterprise, organization and team, with
// the sums of each breakdown, and the sets of people behind every cell, as bytes, so
// that an engine has only to keep rows.
//
//	record ─► facts (cube.Fact) ─► Day.Build ─► units, sets ─► query.Plan.Evaluate
package rollup

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"

	"github.com/RoaringBitmap/roaring/v2"
)

// Day is everything that is stored of one enterprise's day.
type Day struct {
	Enterprise int64
	Day        day.Day
	// Reports are the user reports and aggregates that cover the day.
	Reports []Report
	// Members are the day's membership by user-teams reports.
	Members []Member
	// Records are its user records and aggregates, of every source.
	Records []Record
}

// Report is a user report or aggregate of one source about one tool.
type Report struct {
	Source    int64
	Tool      int32 // its value's number
	Aggregate bool
}

// Member says where a person belonged; 0 is none.
type Member struct {
	Organization, Team int64
	Person             uint32
}

// Record is a user record or aggregate.
type Record struct {
	Source int64
	Tool   int32 // its value's number
	// Aggregate says that it is nobody's; Identity and Person are 0 then.
	Aggregate bool
	Identity  int32
	Person    uint32
	// Effective marks the claim that gives the values.
	Effective            bool
	Totals               cube.Vector
	Reduced, Substituted bool
	// Facts are the breakdowns' rows, as cube.AppendFacts writes them.
	Facts []byte
}

// Built is a day rolled up.
type Built struct {
	Units []Unit
	Sets  []Set
	// Members are by entity, of those that have units from user records.
	Members []Members
}

// Members are the persons who belonged to an organization or team on the day. An
// entity that has units from user records and no Members had nobody.
type Members struct {
	Entity, Organization int64
	Level                query.Level
	People               *roaring.Bitmap
}

// Unit is a query.Unit with the level of its entity and its cells as bytes.
type Unit struct {
	query.Unit
	Level query.Level
	// Cells is each breakdown as cube.ReadSums reads it, by metric.Breakdown - 1;
	// nil where there are none.
	Cells [metric.NumBreakdowns - 1][]byte
	// Counts say how many records and facts are behind each sum, which a Patch needs
	// to take some away: see count.go.
	Counts []byte
}

// SetKey names a Set within its day.
type SetKey struct{ Tool, Cell, Client int32 }

// Set is the persons that were active in a cell or, where Client is not 0, the
// identities whose row in the cell names that client.
type Set struct {
	SetKey
	People *roaring.Bitmap
}

// Build rolls the day up. A sum that passes 64 bits is a fault.
func (d *Day) Build(cells []cube.Cell) (*Built, error) {
	b, err := d.add(cells, d.origins())
	if err != nil {
		return nil, err
	}
	return b.built(), nil
}

// add adds the day's records up to units of the given origins.
func (d *Day) add(cells []cube.Cell, origins []origin) (*builder, error) {
	b := &builder{day: d, cells: cells, tools: map[int32]*toolDay{}}
	b.belong()
	for _, o := range origins {
		b.open(o)
	}
	for i := range d.Records {
		if err := b.add(&d.Records[i]); err != nil {
			return nil, fmt.Errorf("roll up %s: %w", d.Day, err)
		}
	}
	return b, nil
}

type builder struct {
	day   *Day
	cells []cube.Cell
	tools map[int32]*toolDay
	last  *toolDay // of the record before: records of one tool mostly follow one another
	// members are the persons of each organization and team, places the reverse.
	members map[int64]*roaring.Bitmap
	counted map[int64]Members // of which there are units
	places  map[uint32][]int64
	facts   []cube.Fact
}

// toolDay is what the day's records about one tool are added to.
type toolDay struct {
	tool int32
	// people are the units from user records, by entity; aggregates the others.
	people, aggregates map[int64]*unit
	// sets are the persons by cell + 1, clients the identities.
	sets    []*roaring.Bitmap
	clients map[clientKey]*roaring.Bitmap
}

type clientKey struct{ cell, client int32 }

// unit is a Unit in the making; index finds a cell's sum, knowing counts the records
// that know each counter of the totals.
type unit struct {
	Unit
	knowing [metric.NumCounters]int32
	sums    []sum
	index   []int32
}

// sum is a cell's, with how many facts are behind it and know each counter.
type sum struct {
	cube.Sum
	facts   int32
	knowing [metric.NumRowCounters]int32
}

func (b *builder) of(tool int32) *toolDay {
	if b.last != nil && b.last.tool == tool {
		return b.last
	}
	t := b.tools[tool]
	if t == nil {
		t = &toolDay{tool: tool, people: map[int64]*unit{}, aggregates: map[int64]*unit{},
			sets: make([]*roaring.Bitmap, len(b.cells)+1), clients: map[clientKey]*roaring.Bitmap{}}
		b.tools[tool] = t
	}
	b.last = t
	return t
}

// belong collects who belonged where: by user-teams reports, and by who has a
// record in an organization's own report.
func (b *builder) belong() {
	b.members, b.places, b.counted = map[int64]*roaring.Bitmap{}, map[uint32][]int64{}, map[int64]Members{}
	for _, m := range b.day.Members {
		b.place(m.Organization, m.Person)
		b.place(m.Team, m.Person)
	}
	for i := range b.day.Records {
		r := &b.day.Records[i]
		if !r.Aggregate && r.Source != b.day.Enterprise {
			b.place(r.Source, r.Person)
		}
	}
}

func (b *builder) place(entity int64, person uint32) {
	if entity == 0 {
		return
	}
	m := b.members[entity]
	if m == nil {
		m = roaring.New()
		b.members[entity] = m
	}
	if m.CheckedAdd(person) {
		b.places[person] = append(b.places[person], entity)
	}
}

func (b *builder) open(o origin) {
	u := &unit{Unit: Unit{Level: o.level}}
	u.Entity, u.Organization, u.Day, u.Tool = o.entity, o.organization, b.day.Day, o.tool
	u.Origin = o.origin
	if people := b.members[o.entity]; people != nil && o.origin.HasMembers(o.level) {
		people.RunOptimize()
		b.counted[o.entity] = Members{o.entity, o.organization, o.level, people}
	}
	if o.origin == query.AggregateRecord {
		b.of(o.tool).aggregates[o.entity] = u
	} else {
		b.of(o.tool).people[o.entity] = u
	}
}

func (b *builder) add(r *Record) error {
	if !r.Effective {
		return nil
	}
	var err error
	if b.facts, err = cube.ReadFacts(r.Facts, len(b.cells), b.facts[:0]); err != nil {
		return err
	}
	if r.Reduced {
		for i := range b.facts {
			b.facts[i].DropLines()
		}
	}
	t := b.of(r.Tool)
	if r.Aggregate {
		return b.addTo(t.aggregates[r.Source], r)
	}
	b.addPerson(t, r)
	if err := b.addTo(t.people[b.day.Enterprise], r); err != nil {
		return err
	}
	for _, entity := range b.places[r.Person] {
		if err := b.addTo(t.people[entity], r); err != nil {
			return err
		}
	}
	return nil
}

// addTo adds a record to a unit, if there is one: an organization of which the
// enterprise's report says nothing has none.
func (b *builder) addTo(u *unit, r *Record) error {
	if u == nil {
		return nil
	}
	u.Records++
	if r.Substituted {
		u.Substituted++
	}
	if r.Reduced && !r.Aggregate {
		u.Reduced++
	}
	if !u.Totals.Add(&r.Totals) {
		return errLarge
	}
	count(u.knowing[:], r.Totals.Known)
	return u.addFacts(b.facts, len(b.cells))
}

var errLarge = fault.New(fault.Unsupported, "%s", cube.ErrTooLarge)

func (u *unit) addFacts(facts []cube.Fact, cells int) error {
	for i := range facts {
		s := u.sumOf(facts[i].Cell, cells)
		if !s.Add(&facts[i].Row) {
			return errLarge
		}
		s.facts++
		count(s.knowing[:], facts[i].Known)
	}
	return nil
}

// sumOf returns the sum of a cell, of so many that there are.
func (u *unit) sumOf(cell int32, cells int) *sum {
	if u.index == nil {
		u.index = make([]int32, cells)
	}
	if u.index[cell] == 0 {
		u.sums = append(u.sums, sum{Sum: cube.Sum{Cell: cell}})
		u.index[cell] = int32(len(u.sums))
	}
	return &u.sums[u.index[cell]-1]
}

// count counts one more that knows some counters.
func count(knowing []int32, known cube.Counters) {
	for ; known != 0; known &= known - 1 {
		knowing[bits.TrailingZeros32(uint32(known))]++
	}
}

// addPerson notes where a person was active.
func (b *builder) addPerson(t *toolDay, r *Record) {
	t.set(query.Everyone).Add(r.Person)
	if !r.Reduced {
		t.set(query.Reporting).Add(r.Person)
	}
	for i := range b.facts {
		f := &b.facts[i]
		if f.Client != 0 {
			t.clientSet(clientKey{f.Cell, f.Client}).Add(uint32(r.Identity))
		}
		if c := &b.cells[f.Cell]; c.Part < cube.Unattributed && c.Active(&f.Row) {
			t.set(f.Cell).Add(r.Person)
		}
	}
}

func (t *toolDay) set(cell int32) *roaring.Bitmap {
	s := t.sets[cell+1]
	if s == nil {
		s = roaring.New()
		t.sets[cell+1] = s
	}
	return s
}

func (t *toolDay) clientSet(k clientKey) *roaring.Bitmap {
	s := t.clients[k]
	if s == nil {
		s = roaring.New()
		t.clients[k] = s
	}
	return s
}

// built returns units and sets in an order that depends on nothing but the day.
func (b *builder) built() *Built {
	out := &Built{}
	for _, t := range b.tools {
		for _, units := range []map[int64]*unit{t.people, t.aggregates} {
			for _, u := range units {
				out.Units = append(out.Units, u.finish(b.cells))
			}
		}
	}
	for k, people := range b.sets() {
		people.RunOptimize()
		out.Sets = append(out.Sets, Set{k, people})
	}
	out.Members = slices.SortedFunc(maps.Values(b.counted), func(a, b Members) int { return cmp.Compare(a.Entity, b.Entity) })
	sortUnits(out.Units)
	slices.SortFunc(out.Sets, compareSets)
	return out
}

// finish writes the unit's cells, each breakdown for itself, and their counts.
func (u *unit) finish(cells []cube.Cell) Unit {
	slices.SortFunc(u.sums, func(x, y sum) int { return int(x.Cell - y.Cell) })
	u.Counts = appendKnowing(nil, int32(u.Records), u.Totals.Known, u.knowing[:])
	var sums []cube.Sum
	for i := range u.Cells {
		sums = sums[:0]
		for j := range u.sums {
			s := &u.sums[j]
			if s.facts == 0 || int(cells[s.Cell].Breakdown-metric.ByFeature) != i {
				continue
			}
			sums = append(sums, s.Sum)
			u.Counts = appendKnowing(binary.AppendUvarint(u.Counts, uint64(s.facts)), s.facts, s.Known, s.knowing[:])
		}
		u.Cells[i] = nil
		if len(sums) > 0 {
			u.Cells[i] = cube.AppendSums(nil, sums)
		}
	}
	return u.Unit
}
