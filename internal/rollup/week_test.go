package rollup

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// TestSumWeek adds up a week of a team with records of people, of which one day is not preferred,
// of an organization's aggregates, and of a team whose sum is too large: those stay days.
func TestSumWeek(t *testing.T) {
	monday := day.Date(2026, 5, 4)
	unit := func(entity int64, level query.Level, origin query.Origin, d day.Day, lines int64) Unit {
		u := Unit{Level: level}
		u.Entity, u.Origin, u.Day, u.Preferred, u.Records = entity, origin, d, d != monday+2, 1
		u.Totals.Set(metric.LocAdded, lines)
		cells := []cube.Sum{{Cell: 1}, {Cell: int32(2 + (d - monday))}}
		for i := range cells {
			cells[i].Set(metric.LocAdded, lines)
		}
		u.Cells[0] = cube.AppendSums(nil, cells)
		return u
	}
	var units []Unit
	for d := monday; d < monday+3; d++ {
		units = append(units, unit(7, query.LevelTeam, query.UserRecords, d, 10), unit(5, query.LevelOrganization, query.AggregateRecord, d, 20),
			unit(9, query.LevelTeam, query.UserRecords, d, math.MaxInt64/2))
	}
	units[len(units)-1].Preferred = true // so that three are too much
	sums, err := SumWeek(units, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range sums {
		lines, _ := w.Totals.Get(metric.LocAdded)
		cells, err := cube.ReadSums(w.Cells[0], 10)
		if err != nil {
			t.Fatal(err)
		}
		first, _ := cells[0].Get(metric.LocAdded)
		got = append(got, fmt.Sprintf("%d: day %d, days %b, preferred %t, %d records, %d lines, %d cells, %d", w.Entity, w.Day-monday, w.Days, w.Preferred, w.Records, lines, len(cells), first))
	}
	const half = int64(math.MaxInt64 / 2)
	want := []string{
		"5: day 0, days 0, preferred true, 1 records, 20 lines, 2 cells, 20",
		"5: day 1, days 0, preferred true, 1 records, 20 lines, 2 cells, 20",
		"5: day 2, days 0, preferred false, 1 records, 20 lines, 2 cells, 20",
		"7: day 0, days 11, preferred true, 2 records, 20 lines, 3 cells, 20",
		"7: day 0, days 100, preferred false, 1 records, 10 lines, 2 cells, 10",
	}
	for d := range 3 {
		want = append(want, fmt.Sprintf("9: day %d, days 0, preferred true, 1 records, %d lines, 2 cells, %d", d, half, half))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}
