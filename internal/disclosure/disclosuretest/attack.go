// Package disclosuretest attacks figures that were decided to be published: it tries every
// set of few people. It shares nothing with package disclosure but what is to be proved.
package disclosuretest

import (
	"fmt"
	"slices"
)

// Figures are published sums: of every figure, what it has of each atom.
type Figures struct {
	// People is whose each atom is.
	People []uint32
	// Rows are the figures, each with a factor for every atom.
	Rows [][]int
	// Fixed figures are published in any case, whatever they say.
	Fixed []bool
}

// column is how often an atom, or several that are in the same figures, is in each figure.
type column struct {
	factors []int64
	people  []uint32
}

// Attack returns 1 to minimum-1 people whom a combination of the figures is about and
// nobody else, beyond what those of the fixed figures alone are, nil if there are none; and
// how many sets of people it has tried. There is one exactly if the figures say less, as
// linear functions, once what these people did is taken out.
func Attack(f Figures, minimum int) (found []uint32, tried int) {
	columns := f.columns()
	var candidates []uint32 // others are never alone
	for _, c := range columns {
		if len(c.people) < minimum {
			candidates = append(candidates, c.people...)
		}
	}
	slices.Sort(candidates)
	candidates = slices.Compact(candidates)
	all, fixed := newSpace(columns, candidates, nil), newSpace(columns, candidates, f.Fixed)
	apart := func(people []uint32) bool {
		lost := all.lost(people)
		return lost > 0 && lost > fixed.lost(people)
	}
	var try func(people []uint32, next int) []uint32
	try = func(people []uint32, next int) []uint32 {
		if len(people) > 0 {
			tried++
			if apart(people) {
				return withoutNeedless(people, apart)
			}
		}
		for i := next; i < len(candidates) && len(people) < minimum-1; i++ {
			if found := try(append(people, candidates[i]), i+1); found != nil {
				return found
			}
		}
		return nil
	}
	return try(nil, 0), tried
}

// withoutNeedless returns people who are told apart without those who need not be among them.
func withoutNeedless(people []uint32, apart func([]uint32) bool) []uint32 {
	people = slices.Clone(people)
	for i := len(people) - 1; i >= 0; i-- {
		if fewer := slices.Delete(slices.Clone(people), i, i+1); len(fewer) > 0 && apart(fewer) {
			people = fewer
		}
	}
	return people
}

// columns returns the atoms' columns, each once.
func (f *Figures) columns() []*column {
	known := map[string]*column{}
	var out []*column
	for atom, person := range f.People {
		c := &column{}
		for _, row := range f.Rows {
			c.factors = append(c.factors, int64(row[atom]))
		}
		k := fmt.Sprint(c.factors)
		if known[k] == nil {
			known[k] = c
			out = append(out, c)
		}
		if c = known[k]; !slices.Contains(c.people, person) {
			c.people = append(c.people, person)
		}
	}
	return out
}

// space is what columns span, beyond those that cannot be taken out because others than
// candidates have them.
type space struct {
	columns []*column
	rank    int
}

// newSpace takes the figures that are chosen, or all.
func newSpace(columns []*column, candidates []uint32, chosen []bool) *space {
	var kept echelon
	var rest []*column
	for _, c := range columns {
		v := c.factors
		if chosen != nil {
			v = nil
			for i, x := range c.factors {
				if chosen[i] {
					v = append(v, x)
				}
			}
		}
		if slices.ContainsFunc(c.people, func(p uint32) bool { return !slices.Contains(candidates, p) }) {
			kept.add(v)
		} else {
			rest = append(rest, &column{v, c.people})
		}
	}
	s := &space{}
	var every echelon
	for _, c := range rest {
		if v := kept.reduce(c.factors); slices.ContainsFunc(v, nonzero) {
			s.columns = append(s.columns, &column{v, c.people})
			every.add(v)
		}
	}
	s.rank = len(every)
	return s
}

// lost returns how much smaller the space is without the columns that are some people's
// alone.
func (s *space) lost(people []uint32) int {
	var left echelon
	for _, c := range s.columns {
		if len(left) == s.rank {
			return 0
		}
		if slices.ContainsFunc(c.people, func(p uint32) bool { return !slices.Contains(people, p) }) {
			left.add(c.factors)
		}
	}
	return s.rank - len(left)
}

// modulus is a prime, modulo which ranks are counted.
const modulus = 1_000_000_007

// echelon is independent vectors, each with a leading 1 that those after it lack.
type echelon [][]int64

func nonzero(x int64) bool { return x != 0 }

func (e echelon) reduce(v []int64) []int64 {
	v = slices.Clone(v)
	for i := range v {
		v[i] = (v[i]%modulus + modulus) % modulus
	}
	for _, b := range e {
		lead := slices.IndexFunc(b, nonzero)
		if by := v[lead]; by != 0 {
			for i := lead; i < len(v); i++ {
				v[i] = (v[i] + (modulus-by)*b[i]) % modulus
			}
		}
	}
	return v
}

func (e *echelon) add(v []int64) {
	v = e.reduce(v)
	lead := slices.IndexFunc(v, nonzero)
	if lead < 0 {
		return
	}
	inverse := int64(1)
	for n, square := modulus-2, v[lead]; n > 0; n >>= 1 {
		if n&1 == 1 {
			inverse = inverse * square % modulus
		}
		square = square * square % modulus
	}
	for i := range v {
		v[i] = v[i] * inverse % modulus
	}
	*e = append(*e, v)
}
