package sqlstore

import (
	"slices"
	"testing"

	"codegauge/internal/rollup"

	"github.com/RoaringBitmap/roaring/v2"
)

// TestSetsReadAsWritten writes sets of which some are plain bits, and reads each by itself and
// all as their union.
func TestSetsReadAsWritten(t *testing.T) {
	dense := func(first, last, step uint32) *roaring.Bitmap {
		b := roaring.New()
		for n := first; n <= last; n += step {
			b.Add(n)
		}
		return b
	}
	everybody := dense(1, 10_000, 1)
	everybody.RunOptimize()
	sets := []rollup.Set{
		{SetKey: rollup.SetKey{Tool: 4, Cell: 7}, People: dense(10_001, 40_000, 3)},
		{SetKey: rollup.SetKey{Tool: 4, Cell: -1}, People: everybody},
		{SetKey: rollup.SetKey{Tool: 4, Cell: 3}, People: roaring.BitmapOf(5, 9000, 70_000, 1<<31)},
		{SetKey: rollup.SetKey{Tool: 4, Cell: 3, Client: 2}, People: dense(10_002, 36_000, 2)},
		{SetKey: rollup.SetKey{Tool: 4, Cell: 1, Client: 2}, People: dense(60_000, 140_000, 2)},
		{SetKey: rollup.SetKey{Tool: 4, Cell: 300, Client: 9}, People: roaring.BitmapOf(63)},
	}
	body, err := encodeSets(slices.Clone(sets))
	if err != nil {
		t.Fatal(err)
	}
	read, plain := 0, 0
	var all setUnion
	want := roaring.New()
	err = decodeSets(4, body, func(k rollup.SetKey, b []byte) error {
		i := slices.IndexFunc(sets, func(s rollup.Set) bool { return s.SetKey == k })
		if i < 0 {
			t.Fatalf("a set of %+v was not written", k)
		}
		got, err := bitmapOf(b)
		if err != nil {
			return err
		}
		if !got.Equals(sets[i].People) {
			t.Errorf("%+v: got %v, want %v", k, got, sets[i].People)
		}
		again, err := encodeSet(got)
		if err != nil || !slices.Equal(again, b) {
			t.Errorf("%+v: written again it is %d bytes, not %d, %v", k, len(again), len(b), err)
		}
		if b[0] == plainBits {
			plain++
		}
		if uint64(len(b)) > sets[i].People.GetSerializedSizeInBytes() {
			t.Errorf("%+v takes %d bytes", k, len(b))
		}
		read++
		want.Or(sets[i].People)
		return all.addSet(b)
	})
	if err != nil || read != len(sets) || plain != 4 {
		t.Errorf("%d sets, %d of plain bits, %v", read, plain, err)
	}
	if got := all.people(); !got.Equals(want) {
		t.Errorf("together %v, want %v", got, want)
	}
	for _, cut := range []int{1, 2, len(body) - 1} {
		if err := decodeSets(4, body[:cut], func(rollup.SetKey, []byte) error { return nil }); err == nil {
			t.Errorf("%d of %d bytes were read as sets", cut, len(body))
		}
	}
	for _, b := range [][]byte{nil, {plainBits, 1, 2, 3}, {0x3b}} {
		if got, err := bitmapOf(b); err == nil {
			t.Errorf("%v was read as %v", b, got)
		}
	}
}

// TestSetsKeepNoRow reads one set of a row: what is kept of it needs no other byte of the row,
// whose sets may be a hundred times as many.
func TestSetsKeepNoRow(t *testing.T) {
	for _, people := range []*roaring.Bitmap{roaring.BitmapOf(5, 9000, 70_000), roaring.BitmapOf(1, 2, 3, 4, 5, 6, 7, 8, 9)} {
		row, err := encodeSet(people)
		if err != nil {
			t.Fatal(err)
		}
		got, err := bitmapOf(row)
		if err != nil {
			t.Fatal(err)
		}
		clear(row)
		if !got.Equals(people) {
			t.Errorf("without the row %v is %v", people, got)
		}
	}
}
