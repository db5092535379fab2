package query

import (
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

// people are numbers from one to another.
func people(from, to uint64) *roaring.Bitmap {
	b := roaring.New()
	b.AddRange(from, to+1)
	return b
}

// Of people 1 to 40 the parts are 1–20, 11–30 and 16–34: 11–15 and 21–30 without 16–20 are in two,
// 16–20 in all three, 35–40 in none.
func TestOverlap(t *testing.T) {
	got, alone := overlap(people(1, 40), []*roaring.Bitmap{people(1, 20), people(11, 30), people(16, 34)})
	if want := (Overlap{People: 40, Several: 20, Again: 25, None: 6}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if 20+20+19-got.Again+got.None != got.People {
		t.Error("it does not add up")
	}
	if want := []int64{10, 0, 4}; len(alone) != 3 || alone[0] != want[0] || alone[1] != want[1] || alone[2] != want[2] {
		t.Errorf("alone in a part: %v, want %v", alone, want)
	}
}

func TestOverlapTold(t *testing.T) {
	m := &Mask{Minimum: 5}
	for _, c := range []struct {
		name  string
		o     Overlap
		alone []int64
		want  bool
	}{
		{"enough of each", Overlap{People: 50, Several: 10, Again: 10, None: 6}, []int64{12, 22}, true},
		{"nobody in several or in none", Overlap{People: 50}, []int64{25, 25}, true},
		{"few in several", Overlap{People: 50, Several: 4, Again: 4, None: 6}, []int64{20, 20}, false},
		{"few in none", Overlap{People: 50, Several: 10, Again: 10, None: 3}, []int64{20, 17}, false},
		{"few in one part alone", Overlap{People: 50, Several: 10, Again: 10, None: 6}, []int64{2, 32}, false},
		{"all but few in several", Overlap{People: 50, Several: 47, Again: 47}, []int64{0, 0}, false},
		{"one in three parts", Overlap{People: 50, Several: 10, Again: 11, None: 6}, []int64{17, 17}, false},
		{"all but few in several or none", Overlap{People: 50, Several: 20, Again: 20, None: 28}, []int64{0, 0}, false},
	} {
		if got := m.tellsOverlap(c.o, c.alone); got != c.want {
			t.Errorf("%s: told %t", c.name, got)
		}
	}
}
