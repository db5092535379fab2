package privacy

import (
	"cmp"
	"context"
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/disclosure"
	"codegauge/internal/metric"
	"codegauge/internal/query"

	"github.com/RoaringBitmap/roaring/v2"
)

// week is who contributed what to the figures of an enterprise's ISO week.
type week struct {
	monday  day.Day
	minimum int
	cells   []cube.Cell
	// places are the enterprise, first, and the organizations and teams that have figures
	// of people.
	places []place
	// sets are lists of places that somebody was in at a time, by their numbers.
	sets    [][]int32
	follow  map[setStep]int32 // the set that a set with a place more is
	located map[dayTool][]int32
	tools   map[int32]bool
	atoms   map[atom]*contributors
	amounts map[share]*amount
}

// place is an entity with figures.
type place struct {
	entity int64
	level  query.Level
	on     map[dayTool]bool // where it has figures of people
}

type setStep struct{ set, place int32 }

type dayTool struct {
	day  day.Day
	tool int32
}

// atom is what people contributed alike: in the same places, on a day, with a tool, in a
// cell. Figures add up whole atoms.
type atom struct {
	set  int32
	day  int8 // from Monday
	tool int32
	cell int32
	// feature is the cell of the feature that a cell of a language or model is of.
	feature int32
}

// contributors are whose records an atom is of, and who of them has lines in it: figures
// of lines are of those alone.
type contributors struct{ all, withLines roaring.Bitmap }

// The numbers that stand for no cell in an atom: a record as such, and what of one, or of
// a feature of it, is in no cell of a breakdown.
const wholeRecord int32 = -1

func restOf(b metric.Breakdown) int32 { return wholeRecord - int32(b) }

// judgedBreakdowns are those whose cells are shown to those who may not view people, in
// an order in which features come before what is divided by feature.
var judgedBreakdowns = []metric.Breakdown{metric.ByFeature, metric.ByIDE, metric.ByLanguageFeature, metric.ByModelFeature}

// amount is lines added and deleted, and credits.
type amount [3]int64

func amountOf(r *cube.Row) amount { return amount{r.N[metric.LocAdded], r.N[metric.LocDeleted]} }

func (a *amount) add(b amount) {
	for i := range a {
		a[i] += b[i]
	}
}

// less returns what a row leaves of an amount; nil leaves all.
func (a amount) less(row *cube.Row) amount {
	if row != nil {
		for i, n := range amountOf(row) {
			a[i] -= n
		}
	}
	return a
}

// share is what a person has of the atoms of all days.
type share struct {
	person uint32
	set    int32
	tool   int32
	cell   int32
	day    int8 // of whole records, else 0
}

// dominance is a sum and the most that one person has of it.
type dominance struct{ sum, most amount }

func (d *dominance) add(a amount) {
	d.sum.add(a)
	for i := range a {
		d.most[i] = max(d.most[i], a[i])
	}
}

// dominated reports whether one person makes more than 85 % of lines or credits.
func (d *dominance) dominated() bool {
	for i, sum := range d.sum {
		if sum > 0 && d.most[i]*100 > sum*85 {
			return true
		}
	}
	return false
}

// readWeek reads a week.
func readWeek(ctx context.Context, r query.Rollups, enterprise int64, monday day.Day, minimum int) (*week, error) {
	w := &week{monday: monday, minimum: minimum, cells: r.Dictionary().Cells, sets: [][]int32{nil}, follow: map[setStep]int32{},
		located: map[dayTool][]int32{}, tools: map[int32]bool{}, atoms: map[atom]*contributors{}, amounts: map[share]*amount{}}
	w.places = []place{{entity: enterprise, on: map[dayTool]bool{}}}
	days := day.Range{From: monday, To: monday + 6}
	for _, of := range []query.Entities{
		{Entity: enterprise, Of: query.LevelEnterprise, Enterprise: enterprise},
		{Entity: enterprise, Level: query.LevelOrganization, Enterprise: enterprise},
		{Entity: enterprise, Level: query.LevelTeam, Enterprise: enterprise},
	} {
		units, err := r.Units(ctx, of, days, metric.Totals)
		if err != nil {
			return nil, err
		}
		w.locate(units, of.Level)
	}
	return w, r.Records(ctx, enterprise, days, nil, func(rec *query.UserRecord) error {
		w.add(rec)
		return nil
	})
}

// locate notes where people are on which days.
func (w *week) locate(units []*query.Unit, level query.Level) {
	known := map[int64]int32{}
	for i, p := range w.places {
		known[p.entity] = int32(i)
	}
	slices.SortStableFunc(units, func(a, b *query.Unit) int { return cmp.Compare(a.Entity, b.Entity) })
	for _, u := range units {
		if u.Origin == query.AggregateRecord {
			continue
		}
		at, ok := known[u.Entity]
		if !ok {
			at = int32(len(w.places))
			known[u.Entity] = at
			w.places = append(w.places, place{entity: u.Entity, level: level, on: map[dayTool]bool{}})
		}
		k := dayTool{u.Day, u.Tool}
		if w.places[at].on[k] {
			continue
		}
		w.places[at].on[k] = true
		w.tools[u.Tool] = true
		if u.Members == nil {
			continue
		}
		in := w.located[k]
		if n := int(u.Members.Maximum()) + 1; n > len(in) {
			in = append(in, make([]int32, n-len(in))...)
		}
		for it := u.Members.Iterator(); it.HasNext(); {
			p := it.Next()
			in[p] = w.next(in[p], at)
		}
		w.located[k] = in
	}
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

// add adds a record.
func (w *week) add(rec *query.UserRecord) {
	set := int32(0)
	if in := w.located[dayTool{rec.Day, rec.Tool}]; int(rec.Person) < len(in) {
		set = in[rec.Person]
	}
	at := atom{set: set, day: int8(rec.Day - w.monday), tool: rec.Tool, cell: wholeRecord}
	whole := amountOf(&rec.Totals.Row)
	whole[2], _ = rec.Totals.Get(metric.AICredits)
	if !rec.Totals.Zero() { // who did nothing contributes nothing
		w.note(at, rec.Person, whole)
	}
	w.addCells(at, rec)
}

// addCells adds what a record has of each breakdown, and what of it each lacks: of a
// feature, where it divides features, else of the record.
func (w *week) addCells(at atom, rec *query.UserRecord) {
	byFeature := map[int32]int32{} // cells of features, by the feature
	whole := map[int32]*cube.Row{0: &rec.Totals.Row}
	for i := range rec.Cells {
		c := &rec.Cells[i]
		if cell := &w.cells[c.Cell]; cell.Breakdown == metric.ByFeature {
			whole[c.Cell] = &c.Row
			if cell.Part < cube.Unattributed {
				byFeature[cell.Values[0]] = c.Cell
			}
		}
	}
	for _, b := range judgedBreakdowns {
		info := &metric.Breakdowns[b]
		divides := len(info.Keys) > 1
		sums := map[int32]*cube.Row{}
		for i := range rec.Cells {
			c := &rec.Cells[i]
			cell := &w.cells[c.Cell]
			if cell.Breakdown != b {
				continue
			}
			at.cell, at.feature = c.Cell, 0
			if divides {
				at.feature = byFeature[cell.Values[1]]
			}
			if sums[at.feature] == nil {
				sums[at.feature] = &cube.Row{}
			}
			sums[at.feature].Add(&c.Row)
			if cell.Active(&c.Row) {
				w.note(at, rec.Person, amountOf(&c.Row))
			}
		}
		for feature, row := range whole {
			if (feature != 0) == divides && b != metric.ByFeature && differs(info, row, sums[feature]) {
				at.cell, at.feature = restOf(b), feature
				w.note(at, rec.Person, amountOf(row).less(sums[feature]))
			}
		}
	}
}

// differs reports whether a whole says more, or less, than its rows of a breakdown.
func differs(b *metric.BreakdownInfo, whole, rows *cube.Row) bool {
	if rows == nil {
		rows = &cube.Row{}
	}
	for c := range metric.Counter(metric.NumRowCounters) {
		if b.Carries(c) && whole.N[c] != rows.N[c] {
			return true
		}
	}
	return false
}

func (w *week) note(at atom, person uint32, n amount) {
	people := w.atoms[at]
	if people == nil {
		people = &contributors{}
		w.atoms[at] = people
	}
	people.all.Add(person)
	if n[0] != 0 || n[1] != 0 {
		people.withLines.Add(person)
	}
	k := share{person: person, set: at.set, tool: at.tool, cell: at.cell}
	if at.cell == wholeRecord {
		k.day = at.day
	}
	if w.amounts[k] == nil {
		w.amounts[k] = &amount{}
	}
	w.amounts[k].add(n)
}

// figureKind says what a figure is of.
type figureKind uint8

const (
	totals figureKind = iota
	ofTool
	ofCell
	ofFirst
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
// those of teams first; of a cell's figures the cell itself.
func (w *week) rank(k figureKey) int {
	coarseness := map[query.Level]int{query.LevelTeam: 0, query.LevelOrganization: 1, query.LevelEnterprise: 2}[w.places[k.place].level]
	switch k.kind {
	case totals:
		return 20 + coarseness
	case ofTool:
		return 10 + coarseness
	}
	return 2*coarseness + int(k.kind-ofCell)
}

// each yields the figures that an atom is in: totals, and those of a tool or cell. By day
// there are the enterprise's totals alone; a team has no cells of two dimensions, of which
// hardly any would be of enough people.
func (w *week) each(a atom, yield func(figureKey)) {
	for _, at := range w.in(a) {
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

// cellFigures lists the figures of a place that a cell is in, as query.Shown orders them.
func (w *week) cellFigures(at, tool, number int32) []figureKey {
	cell := &w.cells[number]
	out := []figureKey{{at, wholeWeek, ofCell, tool, number, cell.Breakdown}}
	if len(metric.Breakdowns[cell.Breakdown].Keys) > 1 {
		out = append(out, figureKey{at, wholeWeek, ofFirst, tool, cell.Values[0], cell.Breakdown})
	}
	return out
}

// in lists the places that have figures of an atom.
func (w *week) in(a atom) []int32 {
	k := dayTool{w.monday + day.Day(a.day), a.tool}
	out := make([]int32, 0, 4)
	if w.places[0].on[k] {
		out = append(out, 0)
	}
	for _, at := range w.sets[a.set] {
		if w.places[at].on[k] {
			out = append(out, at)
		}
	}
	return out
}

// judged is a week's figures once it is decided which are shown.
type judged struct {
	*week
	// shown says of each figure whether it is; fixed are those of former decisions.
	shown, fixed map[figureKey]bool
}

// judge decides which figures of the week are shown: the totals first, then those of tools,
// then the cells of each breakdown beside them.
func (w *week) judge() *judged {
	j := &judged{w, map[figureKey]bool{}, map[figureKey]bool{}}
	j.decide(metric.Totals, func(k figureKey) bool { return k.kind == totals })
	if len(w.tools) > 1 {
		j.decide(metric.Totals, func(k figureKey) bool { return k.kind == totals || k.kind == ofTool })
	}
	for _, b := range judgedBreakdowns {
		j.decide(b, func(figureKey) bool { return true })
	}
	return j
}

// decide decides about the figures that are of some kinds, over the atoms of a breakdown.
func (j *judged) decide(b metric.Breakdown, kinds func(figureKey) bool) {
	var atoms []atom
	for a := range j.atoms {
		if a.cell == wholeRecord && b == metric.Totals || a.cell >= 0 && j.cells[a.cell].Breakdown == b || b != metric.Totals && a.cell == restOf(b) {
			atoms = append(atoms, a)
		}
	}
	slices.SortFunc(atoms, func(x, y atom) int {
		return cmp.Or(cmp.Compare(x.set, y.set), cmp.Compare(x.day, y.day), cmp.Compare(x.tool, y.tool), cmp.Compare(x.cell, y.cell), cmp.Compare(x.feature, y.feature))
	})
	dominated, features := j.dominated(b), j.features(atoms)
	j.decideAbout(atoms, func(c *contributors) *roaring.Bitmap { return &c.all }, kinds, func(k figureKey, people int) bool {
		_, decided := j.shown[k]
		return !decided && people >= j.minimum && !dominated[k] && j.wholeShown(k, features)
	})
	j.decideAbout(atoms, func(c *contributors) *roaring.Bitmap { return &c.withLines }, kinds, func(k figureKey, people int) bool {
		return j.shown[k] && people >= j.minimum
	})
	for k, shown := range j.shown {
		j.fixed[k] = shown
	}
}

// decideAbout decides about the figures of some kinds by the people that contributed. Of
// those that it may decide about, the figures that may not be shown for reasons of their
// own are none of the system; nor are those that nobody contributed to.
func (j *judged) decideAbout(atoms []atom, of func(*contributors) *roaring.Bitmap, kinds func(figureKey) bool, may func(k figureKey, people int) bool) {
	people := map[figureKey][]*roaring.Bitmap{}
	var order []figureKey
	for _, a := range atoms {
		if of(j.atoms[a]).IsEmpty() {
			continue
		}
		j.each(a, func(k figureKey) {
			if kinds(k) {
				if people[k] == nil {
					order = append(order, k)
				}
				people[k] = append(people[k], of(j.atoms[a]))
			}
		})
	}
	s := disclosure.NewSystem(j.minimum)
	number := map[figureKey]int{}
	for _, k := range order {
		fixed := j.fixed[k] || k.kind == totals && k.place == 0
		n := int(roaring.FastOr(people[k]...).GetCardinality())
		if !fixed && !may(k, n) {
			j.shown[k] = false
			continue
		}
		number[k] = s.Figure(disclosure.Figure{Rank: j.rank(k), Fixed: fixed, People: n})
	}
	for _, a := range atoms {
		var figures []int
		j.each(a, func(k figureKey) {
			if n, ok := number[k]; ok {
				figures = append(figures, n)
			}
		})
		if who := of(j.atoms[a]); !who.IsEmpty() {
			s.Class(figures...).AddAll(who)
		}
	}
	s.Suppress()
	for k, n := range number {
		j.shown[k] = s.Shown(n)
	}
}

// features returns the cells of the features that cells are divided of.
func (j *judged) features(atoms []atom) map[int32][]int32 {
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
	if len(j.tools) > 1 && !j.shown[tool] {
		return false
	}
	return k.kind != ofCell || !slices.ContainsFunc(features[k.value], func(feature int32) bool {
		return !j.shown[figureKey{k.place, wholeWeek, ofCell, k.tool, feature, metric.ByFeature}]
	})
}

// dominated returns the figures over the atoms of a breakdown of which one person makes
// nearly all.
func (j *judged) dominated(b metric.Breakdown) map[figureKey]bool {
	var shares []share
	for k := range j.amounts {
		if b == metric.Totals && k.cell == wholeRecord || k.cell >= 0 && j.cells[k.cell].Breakdown == b {
			shares = append(shares, k)
		}
	}
	slices.SortFunc(shares, func(x, y share) int { return cmp.Compare(x.person, y.person) })
	found := map[figureKey]*dominance{}
	for len(shares) > 0 {
		one := map[figureKey]*amount{}
		n := 0
		for n < len(shares) && shares[n].person == shares[0].person {
			j.sharesOf(shares[n], func(k figureKey) {
				if one[k] == nil {
					one[k] = &amount{}
				}
				one[k].add(*j.amounts[shares[n]])
			})
			n++
		}
		for k, a := range one {
			if found[k] == nil {
				found[k] = &dominance{}
			}
			found[k].add(*a)
		}
		shares = shares[n:]
	}
	out := map[figureKey]bool{}
	for k, d := range found {
		if k.place != 0 || k.kind != totals {
			out[k] = d.dominated()
		}
	}
	return out
}

// sharesOf yields the figures that a share is of. Those of the week's cells are over all
// days; a place that has figures of a part of them counts all.
func (j *judged) sharesOf(s share, yield func(figureKey)) {
	a := atom{set: s.set, day: s.day, tool: s.tool, cell: s.cell}
	if s.cell == wholeRecord {
		j.each(a, yield)
		return
	}
	for d := range int8(7) {
		if a.day = d; j.places[0].on[dayTool{j.monday + day.Day(d), a.tool}] || len(j.in(a)) > 0 {
			j.each(a, func(k figureKey) {
				if k.day == wholeWeek {
					yield(k)
				}
			})
			return
		}
	}
}

// mask returns what is shown of the week.
func (j *judged) mask() query.MaskedWeek {
	out := query.MaskedWeek{}
	for _, p := range j.places {
		if len(p.on) > 0 {
			out[p.entity] = &query.MaskedEntity{Days: map[int8]*query.ShownFigures{}}
		}
	}
	for k, shown := range j.shown {
		if shown && k.kind == totals {
			j.put(out, k, &query.ShownFigures{})
		}
	}
	for k, shown := range j.shown {
		f := j.of(out, k)
		if f == nil || k.kind != ofTool {
			continue
		}
		if f.Tools == nil {
			f.Tools = map[int32]bool{}
		}
		f.Tools[k.tool] = shown
	}
	seen := map[query.ToolCell]bool{}
	for a := range j.atoms {
		if c := (query.ToolCell{Tool: a.tool, Cell: a.cell}); a.cell >= 0 && !seen[c] {
			seen[c] = true
			j.showCell(out, c)
		}
	}
	return out
}

// showCell notes what is shown of a cell in each place.
func (j *judged) showCell(out query.MaskedWeek, c query.ToolCell) {
	for at := range int32(len(j.places)) {
		var shown query.Shown
		for i, k := range j.cellFigures(at, c.Tool, c.Cell) {
			if j.shown[k] {
				shown |= query.ShownCell << i
			}
		}
		f := j.of(out, figureKey{place: at, day: wholeWeek})
		if shown == 0 || f == nil {
			continue
		}
		if f.Cells == nil {
			f.Cells = map[query.ToolCell]query.Shown{}
		}
		f.Cells[c] = shown
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
