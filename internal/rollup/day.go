// Package rollup aggregates the records of an enterprise's day for queries: into a Unit for
// every enterprise, organization and team, with the sums of each breakdown, and the sets
// of people behind every cell. Results are encoded as bytes, which a store only has to
// keep.
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

// Report is a user report or aggregate of one source about one tool, of a kind of data.
type Report struct {
	Source    int64
	Tool      int32 // its value's number
	Data      metric.DataKind
	Aggregate bool
}

// Member is a person's membership in an organization and a team; 0 stands for none.
type Member struct {
	Organization, Team int64
	Person             uint32
}

// Record is a user record, an aggregate or a repository's row.
type Record struct {
	Source int64
	Tool   int32 // its value's number
	// Aggregate is set for an aggregate, Repository for a repository's row: both have no
	// Identity and Person.
	Aggregate, Repository bool
	Identity              int32
	Person                uint32
	// Effective is set if the record counts. Of the records of several sources and kinds of
	// data about the same person and day, one does.
	Effective                 bool
	Totals                    cube.Vector
	LinesUnknown, Substituted bool
	// Facts are the breakdowns' rows, encoded by cube.AppendFacts.
	Facts []byte
}

// Built is the rollup of a day.
type Built struct {
	Units []Unit
	Sets  []Set
	// Members are those of the organizations and teams that have units from user records,
	// in the order of their ids.
	Members []Members
}

// Members are the people who belonged to an organization or team on the day. An entity
// with units from user records but without Members had none.
type Members struct {
	Entity, Organization int64
	Level                query.Level
	People               *roaring.Bitmap
}

// Unit is a query.Unit with the level of its entity and its cells as bytes.
type Unit struct {
	query.Unit
	Level query.Level
	// Cells are the sums of each breakdown, encoded by cube.AppendSums, at index
	// metric.Breakdown - 1; nil if there are none.
	Cells [metric.NumBreakdowns - 1][]byte
	// Counts are the numbers of records and facts behind each sum, which a Patch needs to
	// subtract: see count.go.
	Counts []byte
}

// SetKey identifies a Set within its day. Cell may also be query.Everyone or
// query.Reporting.
type SetKey struct{ Tool, Cell, Client int32 }

// Set is the set of people who were active in a cell or, if Client is not 0, of identities
// whose row in the cell names that client.
type Set struct {
	SetKey
	People *roaring.Bitmap
}

// Build rolls the day up. A sum that overflows 64 bits is a fault of kind Unsupported.
func (d *Day) Build(cells []cube.Cell) (*Built, error) {
	b, err := d.sumUp(cells, d.origins())
	if err != nil {
		return nil, err
	}
	return b.result(), nil
}

// sumUp sums the day's records into units of the given origins.
func (d *Day) sumUp(cells []cube.Cell, origins []origin) (*builder, error) {
	b := &builder{day: d, cells: cells, tools: map[int32]*toolDay{}}
	b.collectMembers()
	for _, o := range origins {
		b.openUnit(o)
	}
	for i := range d.Records {
		if err := b.addRecord(&d.Records[i]); err != nil {
			return nil, fmt.Errorf("roll up %s: %w", d.Day, err)
		}
	}
	return b, nil
}

type builder struct {
	day   *Day
	cells []cube.Cell
	tools map[int32]*toolDay
	last  *toolDay // of the record before: consecutive records are mostly of one tool
	// members are the people of each organization and team, entitiesOf the reverse;
	// unitMembers are the members of entities with units from user records.
	members     map[int64]*roaring.Bitmap
	unitMembers map[int64]Members
	entitiesOf  map[uint32][]int64
	facts       []cube.Fact
}

// toolDay collects the day's records about one tool.
type toolDay struct {
	tool int32
	// people are the units from user records by entity, aggregates those from aggregates,
	// stated those of what aggregates and repositories state besides.
	people, aggregates, stated map[int64]*unit
	// sets are the sets of people by cell + 1, clients the sets of identities by cell and
	// client.
	sets    []*roaring.Bitmap
	clients map[clientKey]*roaring.Bitmap
}

type clientKey struct{ cell, client int32 }

// unit is a Unit under construction. index is the position of each cell's sum in sums,
// plus 1; knownCounts is the number of records that know each counter of the totals.
type unit struct {
	Unit
	knownCounts [metric.NumRecordCounters]int32
	sums        []sum
	index       []int32
}

// sum is the sum of a cell, with the number of its facts and of those that know each
// counter.
type sum struct {
	cube.Sum
	facts       int32
	knownCounts [metric.NumRowCounters]int32
}

func (b *builder) toolDay(tool int32) *toolDay {
	if b.last != nil && b.last.tool == tool {
		return b.last
	}
	t := b.tools[tool]
	if t == nil {
		t = &toolDay{tool: tool, people: map[int64]*unit{}, aggregates: map[int64]*unit{}, stated: map[int64]*unit{},
			sets: make([]*roaring.Bitmap, len(b.cells)+1), clients: map[clientKey]*roaring.Bitmap{}}
		b.tools[tool] = t
	}
	b.last = t
	return t
}

// collectMembers collects the members of organizations and teams: from user-teams reports,
// and from the user records of organizations' own reports.
func (b *builder) collectMembers() {
	b.members, b.entitiesOf, b.unitMembers = map[int64]*roaring.Bitmap{}, map[uint32][]int64{}, map[int64]Members{}
	for _, m := range b.day.Members {
		b.addMember(m.Organization, m.Person)
		b.addMember(m.Team, m.Person)
	}
	for i := range b.day.Records {
		r := &b.day.Records[i]
		if !r.Aggregate && !r.Repository && r.Source != b.day.Enterprise {
			b.addMember(r.Source, r.Person)
		}
	}
}

func (b *builder) addMember(entity int64, person uint32) {
	if entity == 0 {
		return
	}
	m := b.members[entity]
	if m == nil {
		m = roaring.New()
		b.members[entity] = m
	}
	if m.CheckedAdd(person) {
		b.entitiesOf[person] = append(b.entitiesOf[person], entity)
	}
}

func (b *builder) openUnit(o origin) {
	u := &unit{Unit: Unit{Level: o.level}}
	u.Entity, u.Organization, u.Day, u.Tool = o.entity, o.organization, b.day.Day, o.tool
	u.Origin = o.origin
	if people := b.members[o.entity]; people != nil && o.origin.HasMembers(o.level) {
		people.RunOptimize()
		b.unitMembers[o.entity] = Members{o.entity, o.organization, o.level, people}
	}
	if o.origin == query.AggregateRecord {
		b.toolDay(o.tool).aggregates[o.entity] = u
	} else {
		b.toolDay(o.tool).people[o.entity] = u
	}
}

func (b *builder) addRecord(r *Record) error {
	if !r.Effective {
		return nil
	}
	var err error
	if b.facts, err = cube.ReadFacts(r.Facts, len(b.cells), b.facts[:0]); err != nil {
		return err
	}
	if r.LinesUnknown {
		for i := range b.facts {
			b.cells[b.facts[i].Cell].DropLines(&b.facts[i].Row)
		}
	}
	t := b.toolDay(r.Tool)
	if r.Aggregate || r.Repository {
		return b.addStated(t, r)
	}
	b.addPerson(t, r)
	if err := b.addTo(t.people[b.day.Enterprise], r); err != nil {
		return err
	}
	for _, entity := range b.entitiesOf[r.Person] {
		if err := b.addTo(t.people[entity], r); err != nil {
			return err
		}
	}
	return nil
}

// addStated adds an aggregate or a repository's row, whose facts are in b.facts: what is
// stated beside the records of people to a unit of its own.
func (b *builder) addStated(t *toolDay, r *Record) error {
	var stated, others []cube.Fact
	for _, f := range b.facts {
		if metric.Breakdowns[b.cells[f.Cell].Breakdown].Stated {
			stated = append(stated, f)
		} else {
			others = append(others, f)
		}
	}
	if len(stated) > 0 {
		u := t.stated[r.Source]
		if u == nil {
			u = &unit{Unit: Unit{Level: query.LevelEnterprise}}
			u.Entity, u.Day, u.Tool, u.Origin = r.Source, b.day.Day, r.Tool, query.Stated
			if r.Source != b.day.Enterprise {
				u.Level, u.Organization = query.LevelOrganization, r.Source
			}
			t.stated[r.Source] = u
		}
		u.Records++
		if err := u.addFacts(stated, len(b.cells)); err != nil {
			return err
		}
		if r.Aggregate && !u.Totals.Add(&r.Totals) {
			return errTooLarge
		}
	}
	if r.Repository {
		return nil
	}
	b.facts = append(b.facts[:0], others...)
	return b.addTo(t.aggregates[r.Source], r)
}

// addTo adds a record, whose facts are in b.facts, to a unit. u is nil for an entity
// without figures from this tool's user reports.
func (b *builder) addTo(u *unit, r *Record) error {
	if u == nil {
		return nil
	}
	u.Records++
	if r.Substituted {
		u.Substituted++
	}
	if r.LinesUnknown && !r.Aggregate {
		u.LinesUnknown++
	}
	if !u.Totals.Add(&r.Totals) {
		return errTooLarge
	}
	countKnown(u.knownCounts[:], r.Totals.Known)
	return u.addFacts(b.facts, len(b.cells))
}

var errTooLarge = fault.New(fault.Unsupported, "%s", cube.ErrTooLarge)

func (u *unit) addFacts(facts []cube.Fact, cells int) error {
	for i := range facts {
		s := u.sumOf(facts[i].Cell, cells)
		if !s.Add(&facts[i].Row) {
			return errTooLarge
		}
		s.facts++
		countKnown(s.knownCounts[:], facts[i].Known)
	}
	return nil
}

// sumOf returns the sum of a cell, which it adds if needed. cells is the number of all
// cells.
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

// countKnown adds 1 to the counts of the known counters.
func countKnown(counts []int32, known cube.Counters) {
	for ; known != 0; known &= known - 1 {
		counts[bits.TrailingZeros32(uint32(known))]++
	}
}

// addPerson adds the person of a record, whose facts are in b.facts, to the sets of the
// cells in which the person was active.
func (b *builder) addPerson(t *toolDay, r *Record) {
	t.set(query.Everyone).Add(r.Person)
	if !r.LinesUnknown {
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

// result returns the units, sets and members in a deterministic order.
func (b *builder) result() *Built {
	out := &Built{}
	for _, t := range b.tools {
		for _, units := range []map[int64]*unit{t.people, t.aggregates, t.stated} {
			for _, u := range units {
				out.Units = append(out.Units, u.encode(b.cells))
			}
		}
	}
	for k, people := range b.sets() {
		people.RunOptimize()
		out.Sets = append(out.Sets, Set{k, people})
	}
	out.Members = slices.SortedFunc(maps.Values(b.unitMembers), func(a, b Members) int { return cmp.Compare(a.Entity, b.Entity) })
	b.day.sortUnits(out.Units)
	slices.SortFunc(out.Sets, compareSets)
	return out
}

// encode sets the unit's Cells and Counts.
func (u *unit) encode(cells []cube.Cell) Unit {
	slices.SortFunc(u.sums, func(x, y sum) int {
		return cmp.Or(cmp.Compare(cells[x.Cell].Breakdown, cells[y.Cell].Breakdown), cmp.Compare(x.Cell, y.Cell))
	})
	u.Counts = appendKnownCounts(nil, int32(u.Records), u.Totals.Known, u.knownCounts[:])
	u.Cells = [len(u.Cells)][]byte{}
	var sums []cube.Sum
	for i := 0; i < len(u.sums); {
		b := cells[u.sums[i].Cell].Breakdown
		sums = sums[:0]
		for ; i < len(u.sums) && cells[u.sums[i].Cell].Breakdown == b; i++ {
			s := &u.sums[i]
			if s.facts == 0 {
				continue
			}
			sums = append(sums, s.Sum)
			u.Counts = appendKnownCounts(binary.AppendUvarint(u.Counts, uint64(s.facts)), s.facts, s.Known, s.knownCounts[:])
		}
		if len(sums) > 0 {
			u.Cells[b-metric.ByFeature] = cube.AppendSums(nil, sums)
		}
	}
	return u.Unit
}
