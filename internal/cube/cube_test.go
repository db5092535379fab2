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
		if info.Column == "" || info.Scale == 0 || metric.Counter(c).InRows() && info.Adding != metric.Adds {
			t.Errorf("counter %d: %+v", c, info)
		}
	}
	for b, info := range metric.Breakdowns {
		if int(info.Breakdown) != b || len(info.Keys) > MaxDimensions {
			t.Errorf("breakdown %d: %+v", b, info)
		}
	}
}

func TestVector(t *testing.T) {
	var v Vector
	if _, known := v.Get(metric.LocAdded); known || !v.Zero() || v.Known.Has(metric.LocAdded) {
		t.Error("what was not set is known")
	}
	v.Set(metric.LocAdded, 0)
	if n, known := v.Get(metric.LocAdded); n != 0 || !known || !v.Zero() || v.Known.Has(metric.LocDeleted) {
		t.Error("a known zero is not one")
	}
	v.Set(metric.LocAdded, -3)
	if n, _ := v.Get(metric.LocAdded); n != -3 || v.Zero() {
		t.Errorf("got %d", n)
	}
}

// TestCellValues: a cell has values of its breakdown's dimensions, in their order, and
// none if it is what a report's rows lack.
func TestCellValues(t *testing.T) {
	d := &Dictionary{Values: []Value{{}, {metric.KeyLanguage, "go"}, {metric.KeyFeature, "agent_edit"}, {metric.KeySignal, ""}}}
	row := Cell{Breakdown: metric.ByLanguageFeature, Values: [4]int32{1, 2}}
	rest := Cell{Breakdown: metric.ByFeature, Part: Unattributed, Values: [4]int32{2}}
	for _, c := range []struct {
		cell Cell
		key  metric.Key
		name string
		ok   bool
	}{
		{row, metric.KeyLanguage, "go", true}, {row, metric.KeyFeature, "agent_edit", true}, {row, metric.KeyModel, "", false},
		{Cell{Breakdown: metric.ByFeature, Part: Derived, Values: [4]int32{2}}, metric.KeyFeature, "agent_edit", true},
		{rest, metric.KeyFeature, "", false},
		{Cell{Breakdown: metric.ByFeature, Part: Discrepancy}, metric.KeyFeature, "", false},
		{Cell{Breakdown: metric.BySignal, Values: [4]int32{3}}, metric.KeySignal, "", true}, // an empty name is a value
	} {
		if name, ok := d.NameOf(&c.cell, c.key); name != c.name || ok != c.ok {
			t.Errorf("%+v by %s: got %q, %t", c.cell, c.key, name, ok)
		}
	}
}

// TestActive: a row shows activity if it counts something, or if that somebody has it
// is all that it says.
func TestActive(t *testing.T) {
	var zero, some Row
	zero.Set(metric.Interactions, 0)
	some.Set(metric.Interactions, 1)
	for _, c := range []struct {
		breakdown metric.Breakdown
		row       Row
		want      bool
	}{{metric.ByFeature, zero, false}, {metric.ByFeature, some, true}, {metric.BySignal, zero, true}, {metric.ByPhase, Row{}, true}} {
		cell := Cell{Breakdown: c.breakdown}
		if got := cell.Active(&c.row); got != c.want {
			t.Errorf("breakdown %d, %v: got %t", c.breakdown, c.row.N, got)
		}
	}
}
