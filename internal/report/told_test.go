package report

import "testing"

// TestKeptInOrder adds blocks in the order in which they happened to be decoded: the
// first of the input are kept.
func TestKeptInOrder(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		var all kept[int]
		for _, n := range order {
			var block kept[int]
			for i := range maxKept/2 + 1 {
				seq := n*maxKept + i
				block.add(int64(seq), seq)
			}
			all.addAll(&block)
		}
		got := all.sorted()
		if all.total != 3*(maxKept/2+1) || len(got) != maxKept || got[0] != 0 || got[maxKept/2] != maxKept/2 || got[maxKept-1] != maxKept+maxKept/2-2 {
			t.Errorf("blocks %v: %d of %d kept, %d to %d", order, len(got), all.total, got[0], got[len(got)-1])
		}
	}
}
