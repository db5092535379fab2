package privacy

import (
	"cmp"
	"context"
	"encoding/binary"
	"hash/fnv"
	"maps"
	"math/bits"
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/disclosure"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// week is who contributed what to the figures of an enterprise's ISO week, as it is and in
// the states in which figures of it were shown before.
type week struct {
	monday  day.Day
	minimum int
	cells   []cube.Cell
	// states is how many there are; the last is the current one.
	states int
	// places are the enterprise, first, and the organizations and teams that have figures
	// of people.
	places []place
	known  map[int64]int32 // places, by entity
	// ofPeople says that the enterprise has.
	ofPeople bool
	// sets are lists of places that a record counts in, by their numbers.
	sets   [][]int32
	follow map[setStep]int32 // the set that a set with a place more is
	// traces are lists of the sets that something counts in in each state.
	traces   [][]int32
	tracing  map[string]int32
	constant map[int32]int32 // traces of one set
	tools    map[int32]bool
	// atoms are what people contributed, and whose it is.
	atoms map[atom]*contribution
	// counts are what counts of people are of, with numbers here, and countedIn, by person, in
	// which of them the person is.
	counts    numbering[countOf]
	countedIn [][]presence
	// figures are those that atoms are in.
	figures numbering[figureKey]
}

// nowhere is the set of what is not there in a state.
const nowhere int32 = -1

// place is an entity with figures.
type place struct {
	entity int64
	level  query.Level
}

type setStep struct{ set, place int32 }

type dayTool struct {
	day  day.Day
	tool int32
}

// atom is what people contributed alike: in each state in the same places, on a day, with
// a tool, in a cell. Figures add up whole atoms.
type atom struct {
	trace int32
	day   int8 // from Monday
	tool  int32
	cell  int32
	// feature is the cell of the feature that a cell of a language or model is of.
	feature int32
}

// The two kinds of people of an atom: figures of lines are of those alone who have lines.
const (
	ofAll = iota
	ofLines
)

// contribution is an atom, and whose it is. There are millions of parts in the week of a large
// enterprise, so they are packed until it is decided about them.
type contribution struct {
	atom
	packed []byte // see addPart
	last   uint32 // the person of the last part
	*unpacked
}

// unpacked is whose a contribution is, and in which figures it is, once it has been asked for.
type unpacked struct {
	people [2][]uint32
	in     []presence
}

// The bits of a part of a contribution: which kinds of people it counts for, and that an amount
// follows.
const (
	partOfAll   = 1 << ofAll
	partOfLines = 1 << ofLines
	hasAmount   = 1 << 2
)

// addPart packs somebody's part:
//
//	the person less the one before in zigzag × 8 + bits, amounts
//
// as varints.
func (c *contribution) addPart(person uint32, bits uint64, a amount) {
	if a != (amount{}) && (c.cell >= 0 || c.cell == wholeRecord) { // of the rest it is never asked
		bits |= hasAmount
	}
	apart := int64(person) - int64(c.last)
	c.packed = binary.AppendUvarint(c.packed, uint64(apart<<1^apart>>63)<<3|bits)
	c.last = person
	if bits&hasAmount != 0 {
		for _, n := range a {
			c.packed = binary.AppendVarint(c.packed, n)
		}
	}
}

// unpack unpacks the contribution.
func (c *contribution) unpack() {
	var n [2]int
	c.eachPart(func(_ uint32, bits uint64, _ amount) {
		for kind := range n {
			n[kind] += int(bits >> kind & 1)
		}
	})
	c.unpacked = &unpacked{people: [2][]uint32{make([]uint32, 0, n[ofAll]), make([]uint32, 0, n[ofLines])}}
	c.eachPart(func(person uint32, bits uint64, _ amount) {
		for kind := range n {
			if bits>>kind&1 != 0 {
				c.people[kind] = append(c.people[kind], person)
			}
		}
	})
}

// eachPart yields what was added: of somebody there may be several, and an amount is what they
// have now.
func (c *contribution) eachPart(yield func(person uint32, bits uint64, a amount)) {
	in, person := cube.NewReader(c.packed), int64(0)
	for in.More() {
		v := in.Uvarint()
		person += int64(v>>4) ^ -int64(v>>3&1)
		var a amount
		if v&hasAmount != 0 {
			a = amount{in.Varint(), in.Varint(), in.Varint()}
		}
		yield(uint32(person), v, a)
	}
}

// The numbers that stand for no cell in an atom: a record as such, and what of one, or of
// a feature of it, is in no cell of a breakdown.
const wholeRecord int32 = -1

func restOf(b metric.Breakdown) int32 { return wholeRecord - int32(b) }

// The numbers that stand for no cell in what people are counted by: that they have a record,
// and one of which lines are known.
const (
	everybody int32 = wholeRecord - int32(metric.NumBreakdowns) - 1 - iota
	reporting
)

// countOf is what people are counted by in a set of places.
type countOf struct{ set, tool, cell int32 }

// numbering gives numbers to things, from 0 on.
type numbering[K comparable] struct {
	of   map[K]int32
	list []K
}

func numberingOf[K comparable]() numbering[K] { return numbering[K]{of: map[K]int32{}} }

func (n *numbering[K]) number(k K) int32 {
	i, ok := n.of[k]
	if !ok {
		i = int32(len(n.list))
		n.of[k], n.list = i, append(n.list, k)
	}
	return i
}

// judgedBreakdowns are those whose cells are shown to those who may not view people, in
// an order in which features come before what is divided by feature. Those that have
// counters of their own add up to no total: their cells are judged beside each other.
var judgedBreakdowns = []metric.Breakdown{metric.ByFeature, metric.ByIDE, metric.ByLanguageFeature, metric.ByModelFeature,
	metric.BySession, metric.ByAgentApp, metric.BySkill, metric.ByCustomAgent, metric.ByMCP, metric.BySlashCommand, metric.ByPlugin}

// amount is lines added and deleted, and credits.
type amount [3]int64

func amountOf(r *cube.Row) amount { return amount{r.N[metric.LocAdded], r.N[metric.LocDeleted]} }

func (a *amount) add(b amount) {
	for i := range a {
		a[i] += b[i]
	}
}

// dominance is a sum and the most that one person has of it.
type dominance struct{ sum, most amount }

// dominated reports whether one person makes more than 85 % of lines or credits.
func (d *dominance) dominated() bool {
	for i, sum := range d.sum {
		if sum > 0 && d.most[i]*100 > sum*85 {
			return true
		}
	}
	return false
}

func newWeek(monday day.Day, minimum, states int, cells []cube.Cell, enterprise int64) *week {
	return &week{monday: monday, minimum: minimum, cells: cells, states: states,
		places: []place{{entity: enterprise}}, known: map[int64]int32{enterprise: 0},
		sets: [][]int32{nil}, follow: map[setStep]int32{}, tracing: map[string]int32{}, constant: map[int32]int32{}, tools: map[int32]bool{},
		atoms: map[atom]*contribution{}, counts: numberingOf[countOf](), figures: numberingOf[figureKey]()}
}

// state is the week as of a revision.
type state struct {
	*week
	rollups query.Rollups
	// located are the sets of places that persons are in, by their numbers, everywhere those of
	// whoever is in no other.
	located    map[dayTool][]int32
	everywhere map[dayTool]int32
	// totalsOnly says that records of people are gone.
	totalsOnly bool
	// prints says that deeds are compared with those of other states.
	prints bool
}

// read reads where people are.
func (w *week) read(ctx context.Context, r query.Rollups) (*state, error) {
	s := &state{week: w, rollups: r, located: map[dayTool][]int32{}, everywhere: map[dayTool]int32{}}
	enterprise := w.places[0].entity
	for _, of := range []query.Entities{
		{Entity: enterprise, Of: query.LevelEnterprise, Enterprise: enterprise},
		{Entity: enterprise, Level: query.LevelOrganization, Enterprise: enterprise},
		{Entity: enterprise, Level: query.LevelTeam, Enterprise: enterprise},
	} {
		units, err := r.Units(ctx, of, w.days(), metric.Totals)
		if err != nil {
			return nil, err
		}
		s.locate(units, of.Level)
	}
	return s, nil
}

func (w *week) days() day.Range { return day.Range{From: w.monday, To: w.monday + 6} }

// locate notes where people are on which days.
func (s *state) locate(units []*query.Unit, level query.Level) {
	units = slices.Clone(units)
	slices.SortStableFunc(units, func(a, b *query.Unit) int { return cmp.Compare(a.Entity, b.Entity) })
	type unitOf struct {
		entity int64
		dayTool
	}
	seen := map[unitOf]bool{}
	for _, u := range units {
		k := dayTool{u.Day, u.Tool}
		s.totalsOnly = s.totalsOnly || u.TotalsOnly
		if u.Origin == query.AggregateRecord || u.Origin == query.Stated || seen[unitOf{u.Entity, k}] {
			continue
		}
		seen[unitOf{u.Entity, k}] = true
		at := s.place(u.Entity, level)
		s.tools[u.Tool] = true
		if at == 0 {
			s.everywhere[k], s.ofPeople = s.next(0, 0), true
		}
		if u.Members == nil {
			continue
		}
		in := s.located[k]
		if n := int(u.Members.Maximum()) + 1; n > len(in) {
			in = append(in, slices.Repeat([]int32{s.everywhere[k]}, n-len(in))...)
		}
		for it := u.Members.Iterator(); it.HasNext(); {
			p := it.Next()
			in[p] = s.next(in[p], at)
		}
		s.located[k] = in
	}
}

// place returns the number of an entity.
func (w *week) place(entity int64, level query.Level) int32 {
	at, ok := w.known[entity]
	if !ok {
		at = int32(len(w.places))
		w.known[entity] = at
		w.places = append(w.places, place{entity, level})
	}
	return at
}

// next returns the set that a set is with a place more.
func (w *week) next(set, at int32) int32 {
	k := setStep{set, at}
	n, ok := w.follow[k]
	if !ok {
		n = int32(len(w.sets))
		w.sets = append(w.sets, append(slices.Clone(w.sets[set]), at))
		w.follow[k] = n
	}
	return n
}

// deed is what a record has in a cell, as what figures see of it.
type deed struct {
	Day                 int8
	Tool, Cell, Feature int32
	// All is a fingerprint of everything that it says, Lines of its lines, 0 if it has none.
	All, Lines uint64

	set    int32
	amount amount
}

// deeds yields those of a record of somebody who has a number in the state's sets of people:
// it as such, then what it has of each breakdown, and what of it each lacks: of a feature,
// where it divides features, else of the record.
func (s *state) deeds(rec *query.UserRecord, person uint32, yield func(deed)) {
	k := dayTool{rec.Day, rec.Tool}
	d := deed{Day: int8(rec.Day - s.monday), Tool: rec.Tool, Cell: wholeRecord, set: s.everywhere[k]}
	if in := s.located[k]; int(person) < len(in) {
		d.set = in[person]
	}
	if !rec.Totals.Zero() { // who did nothing contributes nothing
		d.amount = amountOf(&rec.Totals.Row)
		d.amount[2], _ = rec.Totals.Get(metric.AICredits)
		s.see(&d, &rec.Totals.Row, rec.Totals.More[:]...)
		yield(d)
	}
	counts := deed{Tool: rec.Tool, set: d.set, All: 1}
	count := func(cell int32) {
		counts.Cell = cell
		yield(counts)
	}
	if count(everybody); !rec.LinesUnknown {
		count(reporting)
	}
	for i := range rec.Cells {
		if cell := rec.Cells[i].Cell; s.countsPeople(cell) {
			count(cell)
		}
	}
	// The record, and what it has of each feature, with the sum over the cells that divide it.
	type whole struct {
		feature, value int32
		row            *cube.Row
		sum            cube.Row
	}
	wholes := append(make([]whole, 0, 16), whole{value: -1, row: &rec.Totals.Row})
	for i := range rec.Cells {
		c := &rec.Cells[i]
		if cell := &s.cells[c.Cell]; cell.Breakdown == metric.ByFeature {
			w := whole{feature: c.Cell, value: -1, row: &c.Row}
			if cell.Part < cube.Unattributed {
				w.value = cell.Values[0]
			}
			wholes = append(wholes, w)
		}
	}
	for _, b := range judgedBreakdowns {
		info := &metric.Breakdowns[b]
		divides := len(info.Keys) > 1 && info.Keys[1] == metric.KeyFeature
		for i := range wholes {
			wholes[i].sum = cube.Row{}
		}
		for i := range rec.Cells {
			c := &rec.Cells[i]
			cell := &s.cells[c.Cell]
			if cell.Breakdown != b {
				continue
			}
			of := 0
			if divides {
				of = max(0, slices.IndexFunc(wholes, func(w whole) bool { return w.value == cell.Values[1] }))
			}
			wholes[of].sum.Add(&c.Row)
			if cell.Active(&c.Row) {
				d.Cell, d.Feature = c.Cell, wholes[of].feature
				d.amount = amount{}
				if info.Counters == nil {
					d.amount = amountOf(&c.Row)
				}
				s.see(&d, &c.Row)
				yield(d)
			}
		}
		if info.Counters != nil {
			continue
		}
		for i := range wholes {
			w := &wholes[i]
			if (w.feature != 0) == divides && b != metric.ByFeature && differs(info, w.row, &w.sum) {
				rest := w.row.Less(&w.sum)
				d.Cell, d.Feature = restOf(b), w.feature
				d.amount = amountOf(&rest)
				s.see(&d, &rest)
				yield(d)
			}
		}
	}
}

// countsPeople reports whether a deed's cell is one that people are counted by: a figure is
// how many there are in the week, on however many days.
func (w *week) countsPeople(cell int32) bool {
	return cell <= everybody || cell >= 0 && metric.Breakdowns[w.cells[cell].Breakdown].PeopleOnly
}

// see notes the fingerprints of what a row says; all are the same where nothing is compared.
func (s *state) see(d *deed, r *cube.Row, more ...int64) {
	d.All, d.Lines = 1, 0
	if s.prints {
		d.All = fingerprint(append(slices.Clone(r.N[:]), more...))
	}
	switch {
	case d.amount[0] == 0 && d.amount[1] == 0:
	case !s.prints:
		d.Lines = 1
	default:
		var lines []int64
		for c, n := range r.N {
			if metric.Counter(c).Lines() {
				lines = append(lines, n)
			}
		}
		d.Lines = fingerprint(lines)
	}
}

// fingerprint returns a number, never 0, that other numbers hardly have.
func fingerprint(list []int64) uint64 {
	h := fnv.New64a()
	var b [8]byte
	for _, n := range list {
		binary.LittleEndian.PutUint64(b[:], uint64(n))
		h.Write(b[:])
	}
	return max(h.Sum64(), 1)
}

// differs reports whether a whole says more, or less, than its rows of a breakdown.
func differs(b *metric.BreakdownInfo, whole, rows *cube.Row) bool {
	for c := range metric.Counter(metric.NumRowCounters) {
		if b.Carries(c) && whole.N[c] != rows.N[c] {
			return true
		}
	}
	return false
}

// trace returns the number of a trace.
func (w *week) trace(sets []int32) int32 {
	var key []byte
	for _, set := range sets {
		key = binary.AppendVarint(key, int64(set))
	}
	n, ok := w.tracing[string(key)]
	if !ok {
		n = int32(len(w.traces))
		w.traces = append(w.traces, sets)
		w.tracing[string(key)] = n
	}
	return n
}

// note adds what somebody did and is the same in all states.
func (w *week) note(d *deed, person uint32) {
	if w.countsPeople(d.Cell) {
		w.countPerson(d, person, 1<<w.states-1)
		return
	}
	trace, ok := w.constant[d.set]
	if !ok {
		trace = w.trace(slices.Repeat([]int32{d.set}, w.states))
		w.constant[d.set] = trace
	}
	kinds := uint64(partOfAll)
	if d.Lines != 0 {
		kinds |= partOfLines
	}
	w.of(atom{trace, d.Day, d.Tool, d.Cell, d.Feature}).addPart(person, kinds, d.amount)
}

// countPerson notes that a person is counted by a deed in some states.
func (w *week) countPerson(d *deed, person uint32, states uint64) {
	for int(person) >= len(w.countedIn) {
		w.countedIn = append(w.countedIn, make([][]presence, len(w.countedIn)+1024)...)
	}
	n := w.counts.number(countOf{d.set, d.Tool, d.Cell})
	for i := range w.countedIn[person] {
		if p := &w.countedIn[person][i]; p.figure == n {
			p.states |= states
			return
		}
	}
	w.countedIn[person] = append(w.countedIn[person], presence{n, states})
}

// peopleOfCounts returns who is in which counts of people: those who are in the same ones are together.
func (w *week) peopleOfCounts() []*contribution {
	figures := make([][]int32, len(w.counts.list))
	for i, c := range w.counts.list {
		for _, at := range w.sets[c.set] {
			k, ofTool := figureKey{place: at, day: wholeWeek}, figureKey{place: at, day: wholeWeek, kind: ofTool, tool: c.tool}
			if c.cell != everybody {
				k.kind, k.value = ofPeople, c.cell
				if c.cell >= 0 {
					k.of = w.cells[c.cell].Breakdown
				}
				ofTool = k
				ofTool.tool = c.tool
			}
			figures[i] = append(figures[i], w.figures.number(k))
			if len(w.tools) > 1 {
				figures[i] = append(figures[i], w.figures.number(ofTool))
			}
		}
	}
	byKey := map[string]*contribution{}
	var out []*contribution
	for person, in := range w.countedIn {
		if len(in) == 0 {
			continue
		}
		slices.SortFunc(in, func(x, y presence) int { return cmp.Compare(x.figure, y.figure) })
		var key []byte
		for _, p := range in {
			key = binary.AppendUvarint(binary.AppendUvarint(key, uint64(p.figure)), p.states)
		}
		c := byKey[string(key)]
		if c == nil {
			c = &contribution{unpacked: &unpacked{}}
			byKey[string(key)], out = c, append(out, c)
			at := map[int32]int{}
			for _, p := range in {
				for _, figure := range figures[p.figure] {
					i, ok := at[figure]
					if !ok {
						i = len(c.in)
						at[figure], c.in = i, append(c.in, presence{figure: figure})
					}
					c.in[i].states |= p.states
				}
			}
		}
		c.people[ofAll] = append(c.people[ofAll], uint32(person))
	}
	return out
}

// of returns whose an atom is.
func (w *week) of(at atom) *contribution {
	c := w.atoms[at]
	if c == nil {
		c = &contribution{atom: at}
		w.atoms[at] = c
	}
	return c
}

// noteMoved adds what somebody did that is not the same in all states: what says the same in
// several is the same there.
func (w *week) noteMoved(states [][]deed, person uint32) {
	type place struct {
		atom  // without a trace
		kind  int
		print uint64
	}
	traces := map[place][]int32{}
	var order []place // alike every time
	amounts := map[place]amount{}
	for s, list := range states {
		for i := range list {
			d := &list[i]
			w.tools[d.Tool] = true
			if w.countsPeople(d.Cell) {
				w.countPerson(d, person, 1<<s)
				continue
			}
			at := atom{0, d.Day, d.Tool, d.Cell, d.Feature}
			for kind, print := range []uint64{d.All, d.Lines} {
				if print == 0 {
					continue
				}
				k := place{at, kind, print}
				if traces[k] == nil {
					traces[k] = slices.Repeat([]int32{nowhere}, w.states)
					order = append(order, k)
				}
				traces[k][s] = d.set
				if s == w.states-1 && kind == ofAll {
					sum := amounts[k]
					sum.add(d.amount)
					amounts[k] = sum
				}
			}
		}
	}
	for _, k := range order {
		at := k.atom
		at.trace = w.trace(traces[k])
		w.of(at).addPart(person, 1<<k.kind, amounts[k])
	}
}

// figureKind says what a figure is of.
type figureKind uint8

const (
	totals figureKind = iota
	ofTool
	ofCell
	ofFirst
	ofPeople // a count of people: of a cell that has people alone, or of query.Reporting
)

// wholeWeek is the day of figures that are of all of them.
const wholeWeek int8 = -1

// figureKey names a figure of the week.
type figureKey struct {
	place int32
	day   int8
	kind  figureKind
	tool  int32
	value int32 // a cell, or a value of a dimension of a breakdown
	of    metric.Breakdown
}

// rank says which figures are hidden first: cells before tools before totals, and of each
// those of teams first; of a cell's figures the cell itself, of the enterprise's totals those
// of days.
func (w *week) rank(k figureKey) int {
	coarseness := map[query.Level]int{query.LevelTeam: 0, query.LevelOrganization: 1, query.LevelEnterprise: 2}[w.places[k.place].level]
	switch k.kind {
	case totals:
		if k.place == 0 && k.day == wholeWeek {
			coarseness++
		}
		return 20 + coarseness
	case ofTool:
		return 10 + coarseness
	case ofPeople:
		return coarseness
	}
	return 2*coarseness + int(k.kind-ofCell)
}

// each yields the figures that what counts in a set of places is in: totals, and those of a
// tool or cell. By day there are the enterprise's totals alone; a team has no cells of two dimensions, of which hardly any would be of enough people.
func (w *week) each(set int32, a atom, yield func(figureKey)) {
	for _, at := range w.sets[set] {
		if at == 0 {
			yield(figureKey{day: a.day})
		}
		yield(figureKey{place: at, day: wholeWeek})
		if len(w.tools) > 1 {
			yield(figureKey{place: at, day: wholeWeek, kind: ofTool, tool: a.tool})
		}
		if a.feature != 0 {
			yield(figureKey{at, wholeWeek, ofCell, a.tool, a.feature, metric.ByFeature})
		}
		if a.cell < 0 {
			continue
		}
		for _, k := range w.cellFigures(at, a.tool, a.cell) {
			if k.kind == ofFirst || w.places[at].level != query.LevelTeam || len(metric.Breakdowns[k.of].Keys) == 1 {
				yield(k)
			}
		}
	}
}

// presence is the states, as bits, in which an atom is in a figure, by its number.
type presence struct {
	figure int32
	states uint64
}

// presences returns the figures that an atom is in.
func (w *week) presences(c *contribution) []presence {
	if c.in != nil {
		return c.in
	}
	sets := w.traces[c.trace]
	if !slices.ContainsFunc(sets, func(set int32) bool { return set != sets[0] }) {
		var in [64]presence // most are in few
		list := in[:0]
		w.each(sets[0], c.atom, func(k figureKey) { list = append(list, presence{w.figures.number(k), 1<<w.states - 1}) })
		c.in = slices.Clone(list)
		return c.in
	}
	for s, set := range sets {
		if set == nowhere {
			continue
		}
		w.each(set, c.atom, func(k figureKey) {
			n := w.figures.number(k)
			i := slices.IndexFunc(c.in, func(p presence) bool { return p.figure == n })
			if i < 0 {
				i, c.in = len(c.in), append(c.in, presence{figure: n})
			}
			c.in[i].states |= 1 << s
		})
	}
	return c.in
}

// cellFigures lists the figures of a place that a cell is in, as query.Shown orders them.
func (w *week) cellFigures(at, tool, number int32) []figureKey {
	cell := &w.cells[number]
	out := []figureKey{{at, wholeWeek, ofCell, tool, number, cell.Breakdown}}
	if len(metric.Breakdowns[cell.Breakdown].Keys) > 1 {
		out = append(out, figureKey{at, wholeWeek, ofFirst, tool, cell.Values[0], cell.Breakdown})
	}
	return out
}

// judged is a week's figures once it is decided which are shown.
type judged struct {
	*week
	// before has the states in which figures were shown before, as bits. nil says that the
	// week is judged for the first time.
	before map[figureKey]uint64
	// hidden says how often a figure was hidden where it is rather to be hidden again.
	hidden func(figureKey) int
	// current says of each figure whether it is shown as it is now.
	current map[figureKey]bool
	// fresh are the figures that are not what they were whenever they were shown.
	fresh map[figureKey]bool
	// held are figures that are shown as they were: to show what they are now would say too
	// much.
	held map[figureKey]bool
	// advanced says that some figure is shown that was not shown before.
	advanced bool

	// sorted are the week's atoms, inCounts those of its counts of people.
	sorted, inCounts []*contribution
	// counted has, by person, the number of the list in which they were last counted.
	counted  []int32
	counting int32
}

// judge decides which figures of the week are shown: the totals first, then those of tools,
// then the cells of each breakdown beside them. What was shown before includes cells: so what
// is decided first is decided again beside those, and may be taken back.
func (w *week) judge(before map[figureKey]uint64, hidden func(figureKey) int) *judged {
	j := &judged{week: w, before: before, hidden: hidden, current: map[figureKey]bool{}, fresh: map[figureKey]bool{}, held: map[figureKey]bool{}}
	j.sorted = slices.SortedFunc(maps.Values(w.atoms), func(x, y *contribution) int {
		return cmp.Or(cmp.Compare(x.trace, y.trace), cmp.Compare(x.day, y.day), cmp.Compare(x.tool, y.tool), cmp.Compare(x.cell, y.cell), cmp.Compare(x.feature, y.feature))
	})
	j.inCounts = j.peopleOfCounts()
	j.decide(metric.Totals, func(k figureKey) bool { return k.kind == totals })
	if len(w.tools) > 1 {
		j.decide(metric.Totals, func(k figureKey) bool { return k.kind == totals || k.kind == ofTool })
	}
	for _, b := range judgedBreakdowns {
		own := metric.Breakdowns[b].Counters != nil
		j.decide(b, func(k figureKey) bool { return !own || (k.kind == ofCell || k.kind == ofFirst) && k.of == b })
	}
	j.decidePeople()
	for k := range j.fresh {
		switch {
		case j.current[k]:
			j.advanced = true
		case j.before[k] != 0:
			j.held[k] = true
		}
	}
	return j
}

// last is the bit of the current state.
func (w *week) last() uint64 { return 1 << (w.states - 1) }

// shown returns the states in which a figure is shown or was.
func (j *judged) shown(k figureKey) uint64 {
	out := j.before[k]
	if j.current[k] {
		out |= j.last()
	}
	return out
}

// fixed reports whether a figure is shown whatever comes of it.
func (j *judged) fixed(k figureKey) bool { return j.before == nil && j.isTotal(k) }

// decide decides about the figures that are of some kinds, over the atoms of a breakdown.
func (j *judged) decide(b metric.Breakdown, kinds func(figureKey) bool) {
	var atoms []*contribution
	for _, a := range j.sorted {
		if a.cell == wholeRecord && b == metric.Totals || a.cell >= 0 && j.cells[a.cell].Breakdown == b || b != metric.Totals && a.cell == restOf(b) {
			atoms = append(atoms, a)
		}
	}
	for _, a := range atoms {
		a.unpack()
	}
	defer func() {
		for _, a := range atoms {
			a.unpacked = nil
		}
	}()
	dominated, features := j.dominated(atoms), j.features(atoms)
	fresh := map[figureKey]bool{}
	j.decideAbout(ofAll, atoms, kinds, fresh, func(k figureKey, people int) bool {
		current, decided := j.current[k]
		switch {
		case decided:
			return current
		case j.states > maxStates:
			return false
		case j.isTotal(k) || people == 0:
			return true
		}
		return people >= j.minimum && !dominated[k] && j.wholeShown(k, features)
	})
	j.decideAbout(ofLines, atoms, kinds, fresh, func(k figureKey, people int) bool {
		return fresh[k] && j.current[k] && (people >= j.minimum || people == 0 || j.isTotal(k))
	})
	if b == metric.Totals { // how many people are active in a place is shown with its totals
		j.decideAbout(ofAll, j.inCounts, kinds, fresh, func(k figureKey, people int) bool {
			return fresh[k] && j.current[k] && (people >= j.minimum || people == 0 || j.isTotal(k))
		})
	}
	maps.Copy(j.fresh, fresh)
}

// decidePeople decides about counts of people by what each cell says of them, beside how many
// there are in all: those of a part of the people of a place less those of another place may
// be of few where all of the two are not. Adoption phases divide people, so they are decided
// about together.
func (j *judged) decidePeople() {
	type group struct {
		of    metric.Breakdown
		value int32
	}
	groupOf := func(k figureKey) group {
		if k.of == metric.ByPhase {
			return group{of: k.of}
		}
		return group{k.of, k.value}
	}
	groups := map[group][]figureKey{}
	for _, k := range j.figures.list {
		if k.kind == ofPeople {
			groups[groupOf(k)] = append(groups[groupOf(k)], k)
		}
	}
	people := map[figureKey]int64{} // of the enterprise
	for _, a := range j.inCounts {
		for _, p := range a.in {
			if k := j.figures.list[p.figure]; k.place == 0 && p.states&j.last() != 0 {
				people[k] += int64(len(a.people[ofAll]))
			}
		}
	}
	for _, g := range slices.SortedFunc(maps.Keys(groups), func(x, y group) int { return cmp.Or(cmp.Compare(x.of, y.of), cmp.Compare(x.value, y.value)) }) {
		printable := j.printable(groups[g], people)
		fresh := map[figureKey]bool{}
		j.decideAbout(ofAll, j.inCounts, func(k figureKey) bool {
			return k.kind == totals || k.kind == ofTool || k.kind == ofPeople && groupOf(k) == g
		}, fresh, func(k figureKey, people int) bool {
			current, decided := j.current[k]
			switch {
			case decided:
				return current
			case j.states > maxStates:
				return false
			case k.place == 0 && k.kind == ofPeople:
				return printable[k]
			}
			return people == 0 || people >= j.minimum && j.shown(figureKey{place: k.place, day: wholeWeek}) != 0
		})
		maps.Copy(j.fresh, fresh)
	}
}

// printable returns which counts of the enterprise may be printed, as answers do: of adoption
// phases so many that the others are of enough people together.
func (j *judged) printable(group []figureKey, people map[figureKey]int64) map[figureKey]bool {
	mask := &query.Mask{Minimum: j.minimum}
	byTool := map[int32][]figureKey{}
	for _, k := range group {
		if k.place == 0 {
			byTool[k.tool] = append(byTool[k.tool], k)
		}
	}
	out := map[figureKey]bool{}
	for tool, list := range byTool {
		whole := figureKey{day: wholeWeek}
		if tool != 0 {
			whole.kind, whole.tool = ofTool, tool
		}
		value := func(k figureKey) int32 {
			if k.value < 0 {
				return k.value
			}
			return j.cells[k.value].Values[0]
		}
		slices.SortFunc(list, func(x, y figureKey) int { return cmp.Compare(value(x), value(y)) }) // as answers have them
		var parts []int64
		for _, k := range list {
			parts = append(parts, people[k])
		}
		for i, printable := range mask.PrintableParts(people[whole], parts) {
			out[list[i]] = printable
		}
	}
	return out
}

// maxStates is how many states are told apart: what changes after so many corrections stays
// as it is.
const maxStates = 60

// decideAbout decides about the figures of some kinds by the people of one kind of atoms. Of
// those that it may decide about, the figures that may not be shown for reasons of their
// own are none of the system; nor are those that nobody contributed to. What was shown in
// other states is in the system too. It adds those that it decided about to fresh: figures
// that are now what they were when they were shown need no decision.
func (j *judged) decideAbout(kind int, atoms []*contribution, kinds func(figureKey) bool, fresh map[figureKey]bool, may func(k figureKey, people int) bool) {
	known := make([]*candidate, len(j.figures.list))
	var order []*candidate
	for i, a := range atoms {
		if len(a.people[kind]) == 0 {
			continue
		}
		for _, p := range j.presences(a) {
			for int(p.figure) >= len(known) {
				known = append(known, nil)
			}
			c := known[p.figure]
			if c == nil {
				if !kinds(j.figures.list[p.figure]) {
					continue
				}
				c = &candidate{figureKey: j.figures.list[p.figure]}
				known[p.figure], order = c, append(order, c)
			}
			c.moves |= (p.states ^ p.states>>1) & (j.last() - 1)
			if p.states&j.last() != 0 {
				c.atoms = append(c.atoms, int32(i))
			}
		}
	}
	s := disclosure.NewSystem(j.minimum)
	var undecided []*candidate
	for _, c := range order {
		k := c.figureKey
		shown := j.before[k]
		if j.before == nil && j.current[k] && !fresh[k] {
			shown = j.last()
		}
		_, decided := j.current[k]
		for from, to := 0, 0; from < j.states; from = to {
			for to = from + 1; to < j.states && c.moves>>(to-1)&1 == 0; to++ {
			}
			f := disclosure.Figure{Rank: j.rank(k), Hidden: j.hidden(k), Fixed: true, People: j.minimum}
			switch now := to == j.states; {
			case shown>>from&(1<<(to-from)-1) != 0: // it is, or was, shown like that
				if now && !decided {
					j.current[k] = true
				}
			case !now:
				continue
			case j.fixed(k):
				j.current[k], fresh[k] = true, true
			default:
				n := j.count(kind, atoms, c.atoms)
				if !may(k, n) {
					fresh[k] = fresh[k] || !decided
					j.current[k] = false
					continue
				}
				// The enterprise may be of few; what nobody has now says what there was.
				if f.Fixed = false; n > 0 && !j.isTotal(k) {
					f.People = n
				}
				fresh[k] = true
				undecided = append(undecided, c)
			}
			c.rows = append(c.rows, row{from, s.Figure(f)})
		}
	}
	var figures []int
	for _, a := range atoms {
		people := a.people[kind]
		if len(people) == 0 {
			continue
		}
		figures = figures[:0]
		for _, p := range j.presences(a) {
			if c := known[p.figure]; c != nil {
				for _, r := range c.rows {
					if p.states>>r.state&1 != 0 {
						figures = append(figures, r.number)
					}
				}
			}
		}
		s.Class(figures...).Add(people...)
	}
	s.Suppress()
	for _, c := range undecided {
		j.current[c.figureKey] = s.Shown(c.rows[len(c.rows)-1].number)
	}
}

// candidate is a figure about which it may have to be decided.
type candidate struct {
	figureKey
	moves uint64  // after which states it is another function
	atoms []int32 // those of now, by their places in a list
	rows  []row   // in the system
}

// count returns how many people of a kind there are in some atoms of a list.
func (j *judged) count(kind int, list []*contribution, atoms []int32) (n int) {
	j.counting++
	for _, i := range atoms {
		for _, p := range list[i].people[kind] {
			for int(p) >= len(j.counted) {
				j.counted = append(j.counted, make([]int32, len(j.counted)+1024)...)
			}
			if j.counted[p] != j.counting {
				j.counted[p] = j.counting
				n++
			}
		}
	}
	return n
}

// row is a figure of a system: a figure of the week as it is from a state on.
type row struct{ state, number int }

// isTotal reports whether a figure is the enterprise's total of the week or of a day.
func (j *judged) isTotal(k figureKey) bool { return k.place == 0 && k.kind == totals }

// features returns the cells of the features that cells are divided of.
func (j *judged) features(atoms []*contribution) map[int32][]int32 {
	out := map[int32][]int32{}
	for _, a := range atoms {
		if a.cell >= 0 && a.feature != 0 && !slices.Contains(out[a.cell], a.feature) {
			out[a.cell] = append(out[a.cell], a.feature)
		}
	}
	return out
}

// wholeShown reports whether what a figure is a part of is shown, so that rows leave a rest
// that is known to be of enough people: its place's tool, and its feature.
func (j *judged) wholeShown(k figureKey, features map[int32][]int32) bool {
	if k.kind < ofCell {
		return true
	}
	tool := figureKey{place: k.place, day: wholeWeek, kind: ofTool, tool: k.tool}
	if len(j.tools) > 1 && j.shown(tool) == 0 {
		return false
	}
	return k.kind != ofCell || !slices.ContainsFunc(features[k.value], func(feature int32) bool {
		return j.shown(figureKey{k.place, wholeWeek, ofCell, k.tool, feature, metric.ByFeature}) == 0
	})
}

// dominated returns the figures over some atoms of which one person makes nearly all now.
func (j *judged) dominated(atoms []*contribution) map[figureKey]bool {
	of := map[int32][]int32{} // atoms by figure
	for i, a := range atoms {
		if a.cell < 0 && a.cell != wholeRecord {
			continue
		}
		for _, p := range j.presences(a) {
			k := j.figures.list[p.figure]
			if p.states&j.last() == 0 || j.isTotal(k) || k.kind == ofCell && k.of == metric.ByFeature && a.feature != 0 {
				continue
			}
			of[p.figure] = append(of[p.figure], int32(i))
		}
	}
	out := map[figureKey]bool{}
	var sums []amount // by person
	for figure, list := range of {
		var d dominance
		for _, i := range list {
			atoms[i].eachPart(func(person uint32, _ uint64, a amount) {
				for int(person) >= len(sums) {
					sums = append(sums, make([]amount, len(sums)+1024)...)
				}
				sums[person].add(a)
				d.sum.add(a)
			})
		}
		for _, i := range list {
			atoms[i].eachPart(func(person uint32, _ uint64, _ amount) {
				for i, n := range sums[person] {
					d.most[i] = max(d.most[i], n)
				}
				sums[person] = amount{}
			})
		}
		if d.dominated() {
			out[j.figures.list[figure]] = true
		}
	}
	return out
}

// mask returns what is shown of the week; revisions are those of the states before.
func (j *judged) mask(revisions []int64) query.MaskedWeek {
	out := query.MaskedWeek{}
	for i, p := range j.places {
		e := &query.MaskedEntity{Days: map[int8]*query.ShownFigures{}}
		switch {
		case i > 0:
		case !j.ofPeople:
			continue
		default:
			e.Week = &query.ShownFigures{}
		}
		out[p.entity] = e
	}
	of := func(k figureKey) int64 {
		if !j.held[k] {
			return 0
		}
		return revisions[bits.Len64(j.before[k])-1]
	}
	for k := range j.current {
		if k.kind == totals && j.shown(k) != 0 {
			j.put(out, k, &query.ShownFigures{Revision: of(k)})
		}
	}
	if e := out[j.places[0].entity]; e != nil {
		e.Whole = j.wholeApart()
	}
	for k := range j.current {
		f := j.of(out, k)
		if f == nil || k.kind != ofTool {
			continue
		}
		if f.Tools == nil {
			f.Tools, f.FormerTools = map[int32]bool{}, map[int32]int64{}
		}
		if f.Tools[k.tool] = j.shown(k) != 0; f.Tools[k.tool] {
			f.FormerTools[k.tool] = of(k)
		}
	}
	seen := map[query.ToolCell]bool{}
	for a := range j.atoms {
		if c := (query.ToolCell{Tool: a.tool, Cell: a.cell}); a.cell >= 0 && !seen[c] {
			seen[c] = true
			j.showCell(out, c, of)
		}
	}
	for _, k := range j.figures.list {
		if f := j.of(out, k); f != nil && k.kind == ofPeople && k.tool == 0 {
			j.showCount(f, k, of)
		}
	}
	return out
}

// showCount notes whether a count of people is shown, of each tool.
func (j *judged) showCount(f *query.ShownFigures, k figureKey, of func(figureKey) int64) {
	for tool := range j.tools {
		ofTool := k
		if len(j.tools) > 1 {
			ofTool.tool = tool
		}
		c := query.ToolCell{Tool: tool, Cell: k.value}
		if k.value == reporting {
			c.Cell = query.Reporting
		}
		switch {
		case j.shown(k) != 0 && j.shown(ofTool) != 0:
			noteShown(f, c, query.ShownCell, [2]int64{of(ofTool)})
		case k.place == 0:
			noteShown(f, c, 0, [2]int64{}) // which is not that there is nobody: see query.Cohort
		}
	}
}

// wholeApart reports whether the enterprise's total of the week has something that those of
// its days lack: it is shown as it was when one of them was not.
func (j *judged) wholeApart() bool {
	state := bits.Len64(j.shown(figureKey{day: wholeWeek})) - 1
	for k := range j.current {
		if state >= 0 && j.isTotal(k) && j.shown(k)>>state&1 == 0 {
			return true
		}
	}
	return false
}

// showCell notes what is shown of a cell in each place.
func (j *judged) showCell(out query.MaskedWeek, c query.ToolCell, of func(figureKey) int64) {
	for at := range int32(len(j.places)) {
		var shown query.Shown
		var former [2]int64
		for i, k := range j.cellFigures(at, c.Tool, c.Cell) {
			if j.shown(k) != 0 {
				shown |= query.ShownCell << i
				former[i] = of(k)
			}
		}
		f := j.of(out, figureKey{place: at, day: wholeWeek})
		if shown != 0 && f != nil {
			noteShown(f, c, shown, former)
		}
	}
}

// noteShown notes what is shown of a cell, and of which revisions.
func noteShown(f *query.ShownFigures, c query.ToolCell, shown query.Shown, former [2]int64) {
	if f.Cells == nil {
		f.Cells, f.FormerCells = map[query.ToolCell]query.Shown{}, map[query.ToolCell][2]int64{}
	}
	f.Cells[c] = shown
	if former != [2]int64{} {
		f.FormerCells[c] = former
	}
}

// of returns what is shown of a figure's place and day, nil if nothing is.
func (j *judged) of(out query.MaskedWeek, k figureKey) *query.ShownFigures {
	switch e := out[j.places[k.place].entity]; {
	case e == nil:
		return nil
	case k.day == wholeWeek:
		return e.Week
	default:
		return e.Days[k.day]
	}
}

func (j *judged) put(out query.MaskedWeek, k figureKey, f *query.ShownFigures) {
	if e := out[j.places[k.place].entity]; k.day == wholeWeek {
		e.Week = f
	} else {
		e.Days[k.day] = f
	}
}
