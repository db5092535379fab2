package report

import "testing"

// TestKeptInOrder adds blocks in the order in which they happened to be decoded: the
// first of the input are kept.
func TestKeptInOrder(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		var all cappedList[int]
		for _, n := range order {
			var block cappedList[int]
			for i := range maxListed/2 + 1 {
				seq := n*maxListed + i
				block.add(int64(seq), seq)
			}
			all.addAll(&block)
		}
		got := all.sorted()
		if all.total != 3*(maxListed/2+1) || len(got) != maxListed || got[0] != 0 || got[maxListed/2] != maxListed/2 || got[maxListed-1] != maxListed+maxListed/2-2 {
			t.Errorf("blocks %v: %d of %d kept, %d to %d", order, len(got), all.total, got[0], got[len(got)-1])
		}
	}
}
