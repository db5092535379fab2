package question_test

import (
	"fmt"
	"math"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/impact"
	"codegauge/internal/intake"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

// phased is a record of somebody in a phase.
func phased(id int, d day.Day, lines, phase int, members ...string) string {
	return reporttest.User(id, d.String(), lines, 0, append(members, reporttest.Rows("totals_by_feature", reporttest.Row(`"feature":"agent_edit"`, lines, 0)), fmt.Sprintf(`"ai_adoption_phase":{"phase_number":%d,"phase":"x","version":"v1"}`, phase))...)
}

// TestPeopleImpact has people 1 to 60 in 56 days: of the later 28, 1 to 30 are engaged, and
// 31 to 60 passive; 1 to 25 were passive in the earlier ones. Engaged people do twice as
// much, and did so before.
func TestPeopleImpact(t *testing.T) {
	w := newWorld(t)
	last := day.Date(2026, 6, 14)
	var lines []string
	for back := range day.Day(56) {
		d := last - back
		for id := 1; id <= 60; id++ {
			n, phase := 10+id%3, 0
			if id <= 30 {
				n *= 2
				if back < 28 || id > 25 {
					phase = 1 + id%3
				}
			}
			if back == 27 && id == 1 {
				phase = 0 // the last phase of the window counts
			}
			lines = append(lines, phased(id, d, n, phase, `"ai_credits_used":0.5`))
		}
		// Nobody knows the phase of 61, nor whether 62 did anything in the later days.
		lines = append(lines, reporttest.User(61, d.String(), 1000, 0))
		if back >= 28 {
			lines = append(lines, phased(62, d, 1000, 0))
		}
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	words := question.Parameters{From: "2026-05-18", To: "2026-06-14"}
	got, err := w.PeopleImpact(t.Context(), words)
	if err != nil {
		t.Fatal(err)
	}
	if got.Why != "" || got.People != 61 || got.Engaged != 30 || got.Passive != 30 || got.Earlier != "" || !got.NoTeams {
		t.Fatalf("got %+v", got)
	}
	if want := (day.Range{From: last - 55, To: last - 28}); got.Before != want {
		t.Errorf("before: %s, want %s", got.Before, want)
	}
	for i, want := range []struct {
		measure string
		mean    float64 // of the engaged
		ratio   float64
	}{{"loc_changed", 28 * 22, 2}, {"interactions", 28, 1}, {"ai_credits", 14, 1}} {
		m := got.Measures[i]
		if m.Measure != want.measure || m.All.Engaged.Mean != want.mean || math.Abs(m.All.Ratio-want.ratio) > 1e-9 {
			t.Errorf("%s: %+v, want %+v", m.Measure, m.All, want)
		}
		if m.All.Engaged.People != 30 || m.Lighter.Engaged.People != 25 || m.Placebo.Engaged.People != 25 || m.Placebo.Passive.People != 30 || m.Matched.Why != impact.TooFewPairs {
			t.Errorf("%s: groups %d, %d, %d, %d, %q", m.Measure, m.All.Engaged.People, m.Lighter.Engaged.People, m.Placebo.Engaged.People, m.Placebo.Passive.People, m.Matched.Why)
		}
	}
	if m := got.Measures[0]; math.Abs(m.Placebo.Ratio-2) > 0.05 || m.Placebo.Answer() != impact.Yes {
		t.Errorf("placebo %+v: they did as much more before", m.Placebo)
	}

	ctx := access.With(t.Context(), &access.Principal{Kind: access.Program})
	if got, err := w.PeopleImpact(ctx, question.Parameters{From: "2026-05-18", To: "2026-06-14"}); err != nil || got.Why != question.ImpactPeople || len(got.Measures) > 0 {
		t.Errorf("who may not view people: %+v, %v", got, err)
	}
	for name, tc := range map[string]struct {
		words question.Parameters
		why   question.NoImpact
	}{
		"a filter that whole records have not": {question.Parameters{From: words.From, To: words.To, Where: []string{"model=gpt-5"}}, question.ImpactFilters},
		"aggregates":                           {question.Parameters{From: words.From, To: words.To, Source: "aggregate"}, question.ImpactFilters},
		"across a break":                       {question.Parameters{From: "2026-07-20", To: "2026-08-16"}, question.ImpactBreak},
		"no records":                           {question.Parameters{From: "2026-01-01", To: "2026-01-28"}, question.ImpactRecords},
	} {
		if got, err := w.PeopleImpact(t.Context(), tc.words); err != nil || got.Why != tc.why {
			t.Errorf("%s: %+v, %v; want %q", name, got, err, tc.why)
		}
	}
}
