package question_test

import (
	"slices"
	"strings"
	"testing"

	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

// TestPartialWeeks: a week or month that lies partly in the range says how many of its
// days do, so that it does not read as a drop.
func TestPartialWeeks(t *testing.T) {
	w := newWorld(t)
	var lines []string
	for _, d := range reporttest.Days("2026-10-01", 50) {
		lines = append(lines, reporttest.User(1, d, 10, 1))
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	a := w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{"week"}, From: "2026-10-29", To: "2026-11-10"})
	if got, want := producttest.Show(a), "2026-10-26 40 4\n2026-11-02 70 7\n2026-11-09 20 2\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if c := a.Columns[2]; c.Name != "days_in_range" || c.Unit != "days" {
		t.Errorf("column %+v", c)
	}
	for _, want := range []string{"week 2026-10-26: only 4 of its 7 days are in the range", "week 2026-11-09: only 2 of its 7 days are in the range"} {
		if !slices.Contains(a.Warnings, want) {
			t.Errorf("warnings %q lack %q", a.Warnings, want)
		}
	}
	a = w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{"month", "tool"}, From: "2026-10-01", To: "2026-11-10"})
	if got, want := producttest.Show(a), "2026-10-01 copilot 310 31\n2026-11-01 copilot 100 10\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	a = w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{"week"}, From: "2026-11-02", To: "2026-11-08"})
	if strings.Contains(strings.Join(a.Warnings, ""), "in the range") {
		t.Errorf("a whole week warns: %q", a.Warnings)
	}
}
