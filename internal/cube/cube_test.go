package cube

import (
	"math"
	"testing"

	"codegauge/internal/metric"
)

// TestAdd adds as each counter's kind does: amounts, and of stated numbers of people
// the larger; what is unknown stays so, and a sum that 64 bits cannot hold is refused.
func TestAdd(t *testing.T) {
	var v, o Vector
	v.Set(metric.LocAdded, 3)
	v.Set(metric.AICredits, 1_500_000)
	v.Set(metric.StatedDailyUsers, 4)
	o.Set(metric.LocAdded, 4)
	o.Set(metric.LocDeleted, 0)
	o.Set(metric.AICredits, 250_000)
	o.Set(metric.StatedDailyUsers, 2)
	if !v.Add(&o) {
		t.Fatal("a small sum was refused")
	}
	var want Vector
	want.Set(metric.LocAdded, 7)
	want.Set(metric.LocDeleted, 0)
	want.Set(metric.AICredits, 1_750_000)
	want.Set(metric.StatedDailyUsers, 4)
	if v != want {
		t.Errorf("got %+v, want %+v", v, want)
	}
	for _, c := range []metric.Counter{metric.LocDeleted, metric.AICredits} {
		for _, n := range []int64{math.MaxInt64, math.MinInt64} {
			var a, b Vector
			a.Set(c, n)
			b.Set(c, n/2)
			if a.Add(&b) {
				t.Errorf("%s: %d + %d was not refused", c.Column(), n, n/2)
			}
		}
	}
}

// TestTables checks that the tables of package metric are in the order of their numbers,
// and fit into what is stored.
func TestTables(t *testing.T) {
	for c, info := range metric.Counters {
		if info.Column == "" || info.Scale == 0 || metric.Counter(c).OfRows() && info.Adding != metric.Adds {
			t.Errorf("counter %d: %+v", c, info)
		}
	}
	for b, info := range metric.Breakdowns {
		if int(info.Breakdown) != b || len(info.Keys) > MaxDimensions {
			t.Errorf("breakdown %d: %+v", b, info)
		}
	}
}
