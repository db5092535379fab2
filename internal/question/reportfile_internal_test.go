package question

import (
	"fmt"
	"testing"

	"codegauge/internal/day"
	"codegauge/internal/report"
)

// TestParts divides reports into files of at most 100,000 records, each in one of them.
func TestParts(t *testing.T) {
	for name, c := range map[string]struct {
		records []int64 // by day
		want    string
	}{
		"few":           {[]int64{3, 4, 5}, "[{2026-05-01 to 2026-05-03 0 0}]"},
		"exactly full":  {[]int64{60_000, 40_000, 1}, "[{2026-05-01 to 2026-05-02 0 0} {2026-05-03 0 0}]"},
		"a large day":   {[]int64{10, 250_000, 10}, "[{2026-05-01 0 0} {2026-05-02 0 3} {2026-05-02 1 3} {2026-05-02 2 3} {2026-05-03 0 0}]"},
		"a gap":         {[]int64{10, 0, 10}, "[{2026-05-01 to 2026-05-03 0 0}]"},
		"nothing":       {[]int64{0, 0}, "[]"},
		"just too many": {[]int64{100_001}, "[{2026-05-01 0 2} {2026-05-01 1 2}]"},
	} {
		plan := &reportPlan{}
		plan.kind = report.UserDay
		first := day.Date(2026, 5, 1)
		for i, n := range c.records {
			if n > 0 {
				plan.days = append(plan.days, plannedDay{day: first + day.Day(i), records: n})
			}
		}
		parts := plan.parts()
		if got := fmt.Sprint(parts); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
		for i, n := range c.records {
			lines := map[int]int{}
			for user := range n {
				in := 0
				for at, p := range parts {
					if p.Days.Contains(first+day.Day(i)) && p.has(fmt.Sprint(1_000_000+user)) {
						in++
						lines[at]++
					}
				}
				if in != 1 {
					t.Fatalf("%s: a user is in %d files", name, in)
				}
			}
			for at, n := range lines {
				if n > maxLines {
					t.Errorf("%s: file %d has %d lines of a day", name, at, n)
				}
			}
		}
	}
}
