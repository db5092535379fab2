package disclosure

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"codegauge/internal/disclosure/disclosuretest"
)

// company is people in groups that overlap, contain one another, and are joined and left
// within the week, with figures of some kinds: the atoms are what each person did on a day
// in a cell.
type company struct {
	figures []Figure
	atoms   []atom
}

type atom struct {
	person  uint32
	figures []int
}

// newCompany makes one of so many people, with the enterprise's figures by day, groups by
// week, and cells of both.
func newCompany(r *rand.Rand, people, groups, cells int) *company {
	c := &company{}
	figure := func(rank int, fixed bool) int {
		c.figures = append(c.figures, Figure{Rank: rank, Fixed: fixed})
		return len(c.figures) - 1
	}
	var days [3]int
	for d := range days {
		days[d] = figure(9, true)
	}
	type group struct {
		total  int
		cells  []int
		member func(p, d int) bool
	}
	var all []group
	all = append(all, group{total: days[0], member: func(int, int) bool { return true }})
	for range groups {
		g := group{total: figure(5, false)}
		from, size := r.IntN(people), 1+r.IntN(people/2)
		switch parent := all[r.IntN(len(all))]; r.IntN(4) {
		case 0: // people of a parent
			leads := r.IntN(4)
			g.member = func(p, d int) bool { return parent.member(p, d) && p >= leads }
		case 1: // a group that somebody joins or leaves
			mover, day := from+r.IntN(size), r.IntN(3)
			joins := r.IntN(2) == 0
			g.member = func(p, d int) bool {
				return p >= from && p < from+size && (p != mover || (d >= day) == joins)
			}
		default:
			g.member = func(p, d int) bool { return p >= from && p < from+size }
		}
		all = append(all, g)
	}
	for i := range all {
		for range cells {
			all[i].cells = append(all[i].cells, figure(min(i, 1), false))
		}
	}
	for p := range people {
		for d := range days {
			if r.IntN(3) == 0 {
				continue // was not there
			}
			for cell := range max(1, cells+1) { // the last is in no figure of a cell
				if cells > 0 && r.IntN(2) == 0 {
					continue
				}
				in := []int{days[d]}
				for i, g := range all {
					if !g.member(p, d) {
						continue
					}
					if i > 0 {
						in = append(in, g.total)
					}
					if cell < cells {
						in = append(in, g.cells[cell])
					}
				}
				c.atoms = append(c.atoms, atom{uint32(p), in})
			}
		}
	}
	return c
}

// shown decides with the package, and returns the figures that are shown.
func (c *company) shown(minimum int) []bool {
	s := NewSystem(minimum)
	for _, f := range c.figures {
		s.Figure(f)
	}
	for _, a := range c.atoms {
		s.Class(a.figures...).Add(a.person)
	}
	s.Suppress()
	out := make([]bool, len(c.figures))
	for f := range out {
		out[f] = s.Shown(f)
	}
	return out
}

// published returns the figures that are shown, to be attacked.
func (c *company) published(shown []bool) disclosuretest.Figures {
	out := disclosuretest.Figures{}
	for _, a := range c.atoms {
		out.People = append(out.People, a.person)
	}
	for f := range c.figures {
		if !shown[f] {
			continue
		}
		row := make([]int, len(c.atoms))
		for i, a := range c.atoms {
			if slices.Contains(a.figures, f) {
				row[i] = 1
			}
		}
		out.Rows, out.Fixed = append(out.Rows, row), append(out.Fixed, c.figures[f].Fixed)
	}
	return out
}

// TestNothingIsDisclosed attacks random companies, and, as a control, the same companies
// with all figures of enough people shown. CODEGAUGE_COMPANIES says how many, and makes them
// larger.
func TestNothingIsDisclosed(t *testing.T) {
	companies, people := 150, 16
	if n, err := strconv.Atoi(os.Getenv("CODEGAUGE_COMPANIES")); err == nil {
		companies, people = n, 28
	}
	r := rand.New(rand.NewPCG(3, 7))
	broken, control, shown, of, sets := 0, 0, 0, 0, 0
	var took time.Duration
	for i := range companies {
		c := newCompany(r, 6+r.IntN(people), 1+r.IntN(8), r.IntN(3))
		start := time.Now()
		decided := c.shown(5)
		took += time.Since(start)
		found, tried := disclosuretest.Attack(c.published(decided), 5)
		sets += tried
		if found != nil {
			broken++
			t.Errorf("company %d: the figures shown tell the people %v apart", i, found)
		}
		every := make([]bool, len(c.figures))
		for f := range every {
			people := map[uint32]bool{}
			for _, a := range c.atoms {
				if slices.Contains(a.figures, f) {
					people[a.person] = true
				}
			}
			if every[f] = len(people) >= 5 || c.figures[f].Fixed; every[f] {
				of++
			}
			if decided[f] {
				shown++
			}
		}
		if found, _ := disclosuretest.Attack(c.published(every), 5); found != nil {
			control++
		}
	}
	t.Logf("counted: %d companies, %d told apart, %d without hiding; %d of %d figures shown; %d sets of people tried; %s to decide", companies, broken, control, shown, of, sets, took)
	if control < companies/2 {
		t.Errorf("the attack tells people apart in %d of %d companies that hide nothing but small figures", control, companies)
	}
	if shown < of/3 {
		t.Errorf("%d of %d figures are shown", shown, of)
	}
}
