package query

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"codegauge/internal/day"

	"github.com/RoaringBitmap/roaring/v2"
)

// setsInMemory is an engine that has sets, and notes of which days it was asked for them.
type setsInMemory struct {
	Rollups
	sets  Sets
	asked []day.Day
}

func (s *setsInMemory) in(r day.Range, cells []int32) Sets {
	out := Sets{}
	for k, set := range s.sets {
		if r.Contains(k.Day) && slices.Contains(cells, k.Cell) {
			out[k] = set
		}
	}
	return out
}

func (s *setsInMemory) Sets(_ context.Context, _ Entities, r day.Range, cells []int32) (Sets, error) {
	for d := r.From; d <= r.To; d++ {
		s.asked = append(s.asked, d)
	}
	return s.in(r, cells), nil
}

func (s *setsInMemory) Weeks(_ context.Context, _ Entities, r day.Range, cells []int32) (Weeks, error) {
	return UnionWeeks(s.in(r, cells)), nil
}

// TestSpan asks for the people of random days, among which are whole weeks, weeks with days
// that are not asked for, and days without a set.
func TestSpan(t *testing.T) {
	of := day.Range{From: day.Date(2026, 9, 3), To: day.Date(2026, 11, 25)}
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 0))
		engine := &setsInMemory{sets: Sets{}}
		wanted := span[string]{}
		want := map[string]*roaring.Bitmap{"a": roaring.New(), "b": roaring.New()}
		for d := of.From; d <= of.To; d++ {
			for tool := range int32(2) {
				k := SetKey{d, tool, Everyone}
				there := random.IntN(8) > 0
				if there {
					engine.sets[k] = roaring.BitmapOf(uint32(random.IntN(1000)), uint32(random.IntN(1000)))
				}
				for part, people := range want {
					switch {
					case d.Week()%2 == 0 && random.IntN(4) == 0:
						continue
					case there:
						people.Or(engine.sets[k])
					}
					wanted.add(part, d, tool, Everyone)
				}
			}
		}
		got := map[string]*roaring.Bitmap{"a": roaring.New(), "b": roaring.New()}
		if err := wanted.each(t.Context(), engine, Entities{}, of, func(part string, set *roaring.Bitmap) { got[part].Or(set) }); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("seed %d: got %v, want %v", seed, got, want)
		}
	}
}

// TestWholeWeeks: of whole weeks no days are read.
func TestWholeWeeks(t *testing.T) {
	of := day.Range{From: day.Date(2026, 9, 3), To: day.Date(2026, 11, 25)} // Thursday to Wednesday
	engine := &setsInMemory{sets: Sets{}}
	wanted := span[int]{}
	for d := of.From; d <= of.To; d++ {
		engine.sets[SetKey{d, 1, Everyone}] = roaring.BitmapOf(uint32(d))
		wanted.add(0, d, 1, Everyone)
	}
	sets := 0
	if err := wanted.each(t.Context(), engine, Entities{}, of, func(int, *roaring.Bitmap) { sets++ }); err != nil {
		t.Fatal(err)
	}
	slices.Sort(engine.asked)
	if want := []day.Day{of.From, of.From + 1, of.From + 2, of.From + 3, of.To - 2, of.To - 1, of.To}; !slices.Equal(engine.asked, want) || sets != 11+len(want) {
		t.Errorf("read %v and %d sets, want %v and %d", engine.asked, sets, want, 11+len(want))
	}
}
