package question_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/intake"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

// TestQuarters divides people by their lines and days, once there are enough for nobody to be
// told apart.
func TestQuarters(t *testing.T) {
	for _, c := range []struct {
		name            string
		people, minimum int
		want            directory.QuarterBounds
		why             question.NoQuarters
	}{
		// Person p has p records of p lines: 1, 4, 9, … lines.
		{"24 people", 24, 5, directory.QuarterBounds{question.QuarterLines: {36, 144, 324}, question.QuarterActiveDays: {6, 12, 18}}, ""},
		{"21 people", 21, 5, directory.QuarterBounds{question.QuarterLines: {25, 100, 225}, question.QuarterActiveDays: {5, 10, 15}}, ""},
		{"20 people", 20, 5, directory.QuarterBounds{}, question.QuartersPeople},
		{"24 people, quarters of 6", 24, 6, directory.QuarterBounds{}, question.QuartersPeople},
	} {
		w := newWorld(t)
		settings := directory.DefaultPrivacy()
		settings.MinimumGroup = c.minimum
		w.Dir.Settings = &settings
		days := reporttest.Days("2026-10-26", 24)
		var lines []string
		for p := 1; p <= c.people; p++ {
			for _, d := range days[:p] {
				lines = append(lines, reporttest.User(p, d, p, 0))
			}
		}
		// What is before and after the four weeks does not count, and neither do other tools.
		lines = append(lines, reporttest.User(1, "2026-09-01", 9999, 0), reporttest.User(1, "2026-10-25", 9999, 0), reporttest.User(1, "2026-11-23", 9999, 0))
		w.Load(intake.Request{Enterprise: "acme"}, lines...)
		w.Today = "2026-11-26"
		got, err := w.Quarters(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		if got.Why != c.why || !cmp.Equal(got.Bounds, c.want) || got.Days.From.String() != "2026-10-26" || got.Days.To.String() != "2026-11-22" {
			t.Errorf("%s: %+v, want %v %q", c.name, got, c.want, c.why)
		}
	}
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-20", 1, 0))
	if got, err := w.Quarters(t.Context(), "acme"); err != nil || got.Why != question.QuartersData {
		t.Errorf("data of three weeks: %+v, %v", got, err)
	}
}

// TestFourWeeks has windows that follow each other and never overlap.
func TestFourWeeks(t *testing.T) {
	before := question.FourWeeks(20000)
	for last := day.Day(20000); last < 20400; last++ {
		r := question.FourWeeks(last)
		if r.Len() != 28 || r.From.Week() != r.From || r.To > last || last-r.To >= 28 || r != before && r.From != before.To+1 {
			t.Fatalf("by %s: %s after %s", last, r, before)
		}
		before = r
	}
}

// TestQuarterOf has as many people in each quarter as in any other, within one.
func TestQuarterOf(t *testing.T) {
	bounds := [3]int64{5, 5, 9}
	for figure, want := range map[int64]int{0: 0, 5: 0, 6: 2, 9: 2, 10: 3} {
		if got := question.QuarterOf(bounds, figure); got != want {
			t.Errorf("%d is in quarter %d, want %d", figure, got, want)
		}
	}
}
