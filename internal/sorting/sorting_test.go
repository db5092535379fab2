package sorting_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"codegauge/internal/sorting"
)

// TestStable: equal elements keep their order.
func TestStable(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 100 {
		list := make([][2]int, n)
		for i := range list {
			list[i] = [2]int{random.IntN(10), i}
		}
		want := slices.Clone(list)
		slices.SortStableFunc(want, func(a, b [2]int) int { return cmp.Compare(a[0], b[0]) })
		sorting.Stable(list, func(a, b [2]int) int { return cmp.Compare(a[0], b[0]) })
		if !slices.Equal(list, want) {
			t.Fatalf("%v, want %v", list, want)
		}
	}
}
