package query

import (
	"math/rand/v2"
	"testing"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/metric"

	"github.com/RoaringBitmap/roaring/v2"
)

// TestCutSets cuts an enterprise's sets to who belonged to each unit on its day, also where
// that changes within a week: of a unit that does not say who did, nobody is known.
func TestCutSets(t *testing.T) {
	of := day.Range{From: day.Date(2026, 9, 3), To: day.Date(2026, 10, 25)}
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 0))
		few := func() *roaring.Bitmap {
			return roaring.BitmapOf(uint32(random.IntN(30)), uint32(random.IntN(30)), uint32(random.IntN(30)))
		}
		engine := &setsInMemory{sets: Sets{}}
		for d := of.From; d <= of.To; d++ {
			if random.IntN(8) > 0 {
				engine.sets[SetKey{d, 0, Everyone}] = few()
			}
		}
		var units []*Unit
		const nobodyKnown = 3
		want := map[int64]*roaring.Bitmap{1: roaring.New(), 2: roaring.New(), nobodyKnown: roaring.New()}
		for entity, people := range want {
			members := few()
			for d := of.From; d <= of.To; d++ {
				switch change := random.IntN(12); {
				case change == 0 || entity == nobodyKnown:
					members = nil
				case change == 1:
					members = few()
				}
				units = append(units, &Unit{Day: d, Entity: entity, Origin: UserRecords, Members: members})
				set := engine.sets[SetKey{d, 0, Everyone}]
				for person := range uint32(30) {
					if members != nil && members.Contains(person) && set != nil && set.Contains(person) {
						people.Add(person)
					}
				}
			}
		}
		tl := newTally(&Plan{}, Select{Kind: UserSelect, Breakdown: metric.Totals, By: []string{"team"}}, &cube.Dictionary{})
		if err := tl.span(units, true).each(t.Context(), engine, Entities{}, of, tl.membership.addPeople); err != nil {
			t.Fatal(err)
		}
		tl.membership.cutToMembers()
		got := tl.rows()
		for entity, people := range want {
			if r := got[rowKey{entity}]; r == nil || r.people != int64(people.GetCardinality()) {
				t.Fatalf("seed %d: entity %d: got %+v, want %v", seed, entity, r, people)
			}
		}
	}
}
