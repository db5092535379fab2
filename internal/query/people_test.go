package query

import (
	"testing"

	"codegauge/internal/cube"
	"codegauge/internal/metric"

	"github.com/RoaringBitmap/roaring/v2"
)

// TestCutSets cuts an enterprise's set to who belonged to a unit: of a unit that does
// not say who did, nobody is known.
func TestCutSets(t *testing.T) {
	for _, c := range []struct {
		members *roaring.Bitmap
		want    int64
	}{{roaring.BitmapOf(2, 3, 4), 2}, {nil, 0}} {
		tl := newTally(&Plan{}, Select{Kind: UserSelect, Breakdown: metric.Totals}, &cube.Dictionary{})
		tl.addMembers([]*Unit{{Origin: UserRecords, Members: c.members}}, Sets{{Cell: Everyone}: roaring.BitmapOf(1, 2, 3)})
		got := tl.rows()
		if r := got[rowKey{}]; len(got) != 1 || r == nil || r.people != c.want {
			t.Errorf("members %v: got %+v, want %d", c.members, r, c.want)
		}
	}
}
