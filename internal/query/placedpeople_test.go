package query

import (
	"math/rand/v2"
	"testing"

	"codegauge/internal/disclosure/disclosuretest"

	"github.com/RoaringBitmap/roaring/v2"
)

// TestMayTell divides random people by random places: what may be told beside the counts of the
// places and of everybody tells nobody apart, and the attack finds somebody in much of what
// may not.
func TestMayTell(t *testing.T) {
	const people, minimum = 18, 5
	told, apart := 0, 0
	const cases = 200
	for seed := range uint64(cases) {
		random := rand.New(rand.NewPCG(seed, 1))
		chosen := func(of int) []int {
			out := make([]int, people)
			for i := range out {
				if random.IntN(of) == 0 {
					out[i] = 1
				}
			}
			return out
		}
		figures := disclosuretest.Figures{}
		everybody := make([]int, people)
		for i := range everybody {
			everybody[i] = 1
			figures.People = append(figures.People, uint32(i))
		}
		add := func(row []int, fixed bool) {
			figures.Rows, figures.Fixed = append(figures.Rows, row), append(figures.Fixed, fixed)
		}
		add(everybody, true)
		placed := &placedPeople{}
		in := make([]uint64, people)
		for place := range 1 + random.IntN(3) {
			row := chosen(2)
			add(row, true)
			for i, n := range row {
				in[i] += uint64(n) << place
			}
		}
		placed.groupByPlaces(in, roaring.BitmapOf(figures.People...))
		parts := []*roaring.Bitmap{roaring.New(), roaring.New()}
		rows := [][]int{chosen(3), make([]int, people)}
		for i := range people {
			if rows[0][i] == 0 && random.IntN(2) == 0 {
				rows[1][i] = 1
			}
			for n, row := range rows {
				if row[i] == 1 {
					parts[n].Add(uint32(i))
				}
			}
		}
		add(rows[0], false)
		add(rows[1], false)
		found, _ := disclosuretest.Attack(figures, minimum)
		if placed.mayTell(minimum, parts...) {
			if told++; found != nil {
				t.Errorf("seed %d: %v are told apart", seed, found)
			}
		} else if found != nil {
			apart++
		}
	}
	t.Logf("%d told, %d of the %d others tell people apart", told, apart, cases-told)
	if told < 20 || apart < 20 {
		t.Errorf("%d told, %d rightly not: this proves nothing", told, apart)
	}
}
