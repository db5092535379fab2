// Package disclosure decides which of many figures about people may be published, so that
// nobody can be told apart by computing with those that are: what statistical offices call
// the suppression of cells.
//
// A figure is a sum of what people did. Whoever has several can add and subtract them, so
// that a parent team less its sub-teams is its lead. Which figures exactly a person's
// record is in decides what combinations say of them: all whose records are in the same
// figures are a Class. A combination gives each class one factor, so it is about a class's
// people whenever that factor is not zero. It discloses if the classes that it is about
// have fewer people than the minimum together.
//
//	s := disclosure.NewSystem(5)
//	parent := s.Figure(disclosure.Figure{Rank: 1})
//	sub := s.Figure(disclosure.Figure{})
//	s.Class(parent).Add(7)       // the lead
//	s.Class(parent, sub).Add(8)  // and so on
//	s.Suppress()
//	s.Shown(sub)                 // false: parent - sub is the lead
//
// Values are never looked at: a difference of zero says something of people too.
package disclosure

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Figure is a sum that may be published.
type Figure struct {
	// Rank says what is suppressed first: what has the lowest; of those of one rank what
	// was Hidden most often, and of those what is of the fewest people.
	Rank, Hidden int
	// Fixed figures are published whatever comes of it.
	Fixed bool
	// People is how many have a record in the figure; it is counted if it is 0.
	People int

	suppressed bool
}

// System is the figures that one reader can obtain, and whose records they are made of.
type System struct {
	minimum int
	figures []Figure
	classes map[string]*Class
	order   []*Class
	// basis says which combinations are about no class that is large enough to be seen.
	basis basis
	// tries counts the sets of people that were looked at.
	tries int

	// normals are the factors of classes, each once, by their keys.
	normals map[string]*vector

	// sorted, terms and key are space to look classes and factors up with.
	sorted []int
	terms  vector
	key    []byte
}

// A search that looks at more sets of people than maxTries has not decided. Once all of a
// system have looked at maxAllTries together, each has fewTries left. A system of 200
// people in 30 teams takes some thousands.
const (
	maxTries    = 400
	maxAllTries = 2_000
	fewTries    = 50
)

// Class is the records that are in the same figures, by whose they are.
type Class struct {
	figures []int
	people  []uint32 // sorted, each once, when it is decided

	// factor is that of the class, normal, as of a version of the basis.
	factor  *vector
	version int
}

// Add notes that people have such records.
func (c *Class) Add(people ...uint32) { c.people = append(c.people, people...) }

// NewSystem returns a system without figures. Combinations have to be about at least
// minimum people, or nobody.
func NewSystem(minimum int) *System {
	return &System{minimum: minimum, classes: map[string]*Class{}, normals: map[string]*vector{}}
}

// Figure adds a figure and returns its number, from 0 on.
func (s *System) Figure(f Figure) int {
	s.figures = append(s.figures, f)
	return len(s.figures) - 1
}

// Class returns the class of records that are in exactly these figures.
func (s *System) Class(figures ...int) *Class {
	s.sorted = append(s.sorted[:0], figures...)
	slices.Sort(s.sorted)
	s.sorted = slices.Compact(s.sorted)
	key := s.key[:0]
	for _, f := range s.sorted {
		key = binary.AppendUvarint(key, uint64(f))
	}
	s.key = key
	c := s.classes[string(key)]
	if c == nil {
		c = &Class{figures: slices.Clone(s.sorted)}
		s.classes[string(key)] = c
		s.order = append(s.order, c)
	}
	return c
}

// Shown reports whether a figure may be published, once Suppress has decided.
func (s *System) Shown(f int) bool { return !s.figures[f].suppressed }

// Suppress decides: first it suppresses every figure of fewer people than the minimum,
// then as many others as it takes until no combination of what is left discloses more than
// those of fixed figures do. Where that would take too long to find out it suppresses more.
func (s *System) Suppress() {
	s.count()
	s.basis = newBasis(len(s.figures))
	for i := range s.figures {
		if f := &s.figures[i]; !f.Fixed && f.People < s.minimum {
			s.suppress(i)
		}
	}
	var small []*Class
	for _, c := range s.order {
		if len(c.people) >= s.minimum {
			s.basis.require(s.factor(c))
		} else {
			small = append(small, c)
		}
	}
	for work := [][]*Class{small}; len(work) > 0; {
		classes := work[len(work)-1]
		work = work[:len(work)-1]
		work = append(work, s.step(classes)...)
	}
}

// suppress takes a figure out of the combinations that can be made.
func (s *System) suppress(f int) {
	s.figures[f].suppressed = true
	s.basis.require(s.basis.factor(f))
}

// count sorts the people of each class, and counts those of figures.
func (s *System) count() {
	people := make([][]uint32, len(s.figures))
	for _, c := range s.order {
		slices.Sort(c.people)
		c.people = slices.Compact(c.people)
		for _, f := range c.figures {
			if s.figures[f].People == 0 {
				people[f] = append(people[f], c.people...)
			}
		}
	}
	for i, list := range people {
		if len(list) > 0 {
			slices.Sort(list)
			s.figures[i].People = len(slices.Compact(list))
		}
	}
}

// factor returns with what factor a combination has the class's records. It is valid until
// the next call.
func (s *System) factor(c *Class) vector {
	s.terms = s.terms[:0]
	for _, f := range c.figures {
		s.terms = append(s.terms, s.basis.factor(f)...)
	}
	s.terms = s.terms.collected()
	return s.terms
}

// renew finds the factor of a class unless none of its figures has changed.
func (s *System) renew(c *Class) {
	if c.factor != nil && !slices.ContainsFunc(c.figures, func(f int) bool { return s.basis.changed[f] > c.version }) {
		return
	}
	c.version = s.basis.version
	normal := s.factor(c).normal()
	s.key = normal.appendKey(s.key[:0])
	if c.factor = s.normals[string(s.key)]; c.factor == nil {
		own := slices.Clone(normal)
		c.factor = &own
		s.normals[string(s.key)] = c.factor
	}
}

// step looks at some small classes together: it returns what is left to look at, after
// it has divided them, or has suppressed a figure because of them.
func (s *System) step(classes []*Class) [][]*Class {
	columns := s.columns(classes)
	parts := connected(columns)
	if len(parts) != 1 {
		out := make([][]*Class, 0, len(parts))
		for _, part := range parts {
			out = append(out, classesOf(part))
		}
		return out
	}
	m := newMatrix(parts[0], s)
	var found []vector
	decided := false
	if m.reduceAll() {
		found, decided = m.search(s.minimum, min(maxTries, max(fewTries, maxAllTries-s.tries)))
	}
	s.tries += m.tries
	var chosen []int
	switch {
	case !decided:
		chosen = s.half(m)
	case len(found) > 0:
		chosen = s.choose(m, found)
	}
	if len(chosen) == 0 { // nothing discloses but what is published in any case
		return nil
	}
	for _, f := range chosen {
		s.suppress(f)
	}
	return [][]*Class{classesOf(parts[0])}
}

// column is classes that a combination has with one factor, but for a constant: it is
// about all of them or none.
type column struct {
	classes []*Class
	factor  vector
	people  []uint32 // sorted; fewer than the minimum
}

// columns returns the classes that combinations can still be about. Those of the same
// factor are one; if they have enough people together, no combination may be about them
// without being about enough, and what is left is looked at again.
func (s *System) columns(classes []*Class) []*column {
	for {
		byFactor := map[*vector]*column{}
		var out []*column
		enough := false
		left := classes[:0:0]
		for _, c := range classes {
			s.renew(c)
			if len(*c.factor) == 0 { // and so it stays
				continue
			}
			left = append(left, c)
			col := byFactor[c.factor]
			if col == nil {
				col = &column{factor: *c.factor}
				byFactor[c.factor] = col
				out = append(out, col)
			}
			col.classes = append(col.classes, c)
			if len(col.people) < s.minimum {
				col.people = union(col.people, c.people)
			}
		}
		for _, col := range out {
			if len(col.people) >= s.minimum {
				s.basis.require(col.factor.now(&s.basis))
				enough = true
			}
		}
		if !enough {
			return out
		}
		classes = left
	}
}

// connected divides columns into those that share variables.
func connected(columns []*column) [][]*column {
	group := map[int32]int32{} // of variables, as a forest
	root := func(v int32) int32 {
		for group[v] != v {
			group[v] = group[group[v]]
			v = group[v]
		}
		return v
	}
	for _, col := range columns {
		for _, t := range col.factor {
			if _, ok := group[t.variable]; !ok {
				group[t.variable] = t.variable
			}
			group[root(t.variable)] = root(col.factor[0].variable)
		}
	}
	at := map[int32]int{}
	var out [][]*column
	for _, col := range columns {
		r := root(col.factor[0].variable)
		i, ok := at[r]
		if !ok {
			i = len(out)
			at[r], out = i, append(out, nil)
		}
		out[i] = append(out[i], col)
	}
	return out
}

func classesOf(columns []*column) (out []*Class) {
	for _, col := range columns {
		out = append(out, col.classes...)
	}
	return out
}

// choose returns what to suppress of the figures that combinations use: of each the one that
// is the least loss, unless one of its figures is chosen already.
func (s *System) choose(m *matrix, combinations []vector) (chosen []int) {
	for _, c := range combinations {
		best := -1
		for _, i := range m.figures {
			if m.factors[i].dot(c) == 0 {
				continue
			}
			if slices.Contains(chosen, i) {
				best = -1
				break
			}
			if best < 0 || s.compare(i, best) < 0 {
				best = i
			}
		}
		if best >= 0 {
			chosen = append(chosen, best)
		}
	}
	return chosen
}

// half returns the smaller half of the figures of the lowest rank that a matrix is of.
func (s *System) half(m *matrix) []int {
	var lowest []int
	for _, i := range m.figures {
		switch {
		case len(lowest) > 0 && s.figures[i].Rank > s.figures[lowest[0]].Rank:
		case len(lowest) == 0 || s.figures[i].Rank == s.figures[lowest[0]].Rank:
			lowest = append(lowest, i)
		default:
			lowest = []int{i}
		}
	}
	slices.SortFunc(lowest, func(i, j int) int { return cmp.Or(s.compare(i, j), cmp.Compare(i, j)) })
	return lowest[:(len(lowest)+1)/2]
}

// compare returns less than 0 if figure i is suppressed rather than j.
func (s *System) compare(i, j int) int {
	a, b := &s.figures[i], &s.figures[j]
	return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(b.Hidden, a.Hidden), cmp.Compare(a.People, b.People))
}

// union returns what is in either of two sorted sets.
func union(a, b []uint32) []uint32 {
	if len(a) == 0 {
		return b
	}
	out := make([]uint32, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			out, a = append(out, a[0]), a[1:]
		case a[0] > b[0]:
			out, b = append(out, b[0]), b[1:]
		default:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// within reports whether all of one sorted set is in another.
func within(a, b []uint32) bool {
	for len(a) > 0 {
		for len(b) > 0 && b[0] < a[0] {
			b = b[1:]
		}
		if len(b) == 0 || b[0] != a[0] {
			return false
		}
		a = a[1:]
	}
	return true
}
