package question

import (
	"math"
	"testing"

	"codegauge/internal/day"
	"codegauge/internal/impact"
	"codegauge/internal/query"
)

// phaseAnswer has what phases did on the days, or in the weeks, to the last one: of No
// Cohort 40 people who merge 4 pull requests a day in 600 minutes, of Phase 1 100 who merge
// 20 in 300, of Phase 2 50 who merge 20 in 300.
func phaseAnswer(grain string, last day.Day, n int) *figureTable {
	a := &query.Answer{Columns: []query.Column{{Name: grain}, {Name: "phase"}, {Name: "users_in_phase"}, {Name: "pull_requests_merged"}, {Name: "median_minutes_to_merge"}}}
	step, times := day.Day(1), int64(1)
	if grain == "week" {
		step, times = 7, 7
	}
	for i := range n {
		at := (last - day.Day(i)*step).String()
		a.Rows = append(a.Rows, []any{at, "No Cohort", int64(40), 4 * times, 600.0}, []any{at, "Phase 1", int64(100), 20 * times, 300.0},
			[]any{at, "Phase 2", int64(50), 20 * times, 300.0}, []any{at, nil, nil, 3 * times, nil})
	}
	return &figureTable{a}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestComparePulls(t *testing.T) {
	sunday := day.Date(2026, 11, 22)
	for name, p := range map[string]comparedPulls{
		"days":                    comparePulls(phaseAnswer("day", sunday, 28), "day", day.Range{From: sunday - 27, To: sunday}),
		"weeks":                   comparePulls(phaseAnswer("week", sunday-6, 4), "week", day.Range{From: sunday - 27, To: sunday}),
		"more than whole weeks":   comparePulls(phaseAnswer("day", sunday, 31), "day", day.Range{From: sunday - 30, To: sunday}),
		"a day without any phase": comparePulls(phaseAnswer("day", sunday, 27), "day", day.Range{From: sunday - 27, To: sunday}),
	} {
		if !near(p.merged.Ratio, (40.0/150)/(4.0/40)) || !near(p.merged.Engaged.Mean, 40.0/150) || p.merged.Engaged.People != 150 || p.merged.Passive.People != 40 {
			t.Errorf("%s: merged %+v", name, p.merged)
		}
		if !near(p.codeFirst.Ratio, 2) || p.codeFirst.Engaged.People != 100 {
			t.Errorf("%s: phase 1 alone %+v", name, p.codeFirst)
		}
		if !near(p.faster.Ratio, 2) || !near(p.faster.Engaged.Mean, 300) {
			t.Errorf("%s: faster %+v", name, p.faster)
		}
	}
	if p := comparePulls(phaseAnswer("day", sunday, 27), "day", day.Range{From: sunday - 26, To: sunday}); p.merged.Why != impact.TooFewWeeks {
		t.Errorf("27 days: %+v", p.merged)
	}
	if p := comparePulls(phaseAnswer("day", sunday, 0), "day", day.Range{From: sunday - 27, To: sunday}); p.known {
		t.Error("phases are known of no row")
	}
	folded := phaseAnswer("day", sunday, 28)
	folded.Answer.Rows = append(folded.Answer.Rows, []any{sunday.String(), (&query.Mask{Minimum: 5}).Others(), int64(900), int64(900), 1.0})
	if p := comparePulls(folded, "day", day.Range{From: sunday - 27, To: sunday}); !near(p.merged.Ratio, (40.0/150)/(4.0/40)) {
		t.Errorf("with phases that are not told apart: %+v", p.merged)
	}
	together, apart := folded.stated(), phaseAnswer("day", sunday, 1).stated()
	if _, all := together.agentUsers(); all != 0 {
		t.Error("shares are known of phases that are not told apart")
	}
	if agents, all := apart.agentUsers(); agents != 50 || all != 190 {
		t.Errorf("%d of %d in phase 2 or higher, want 50 of 190", agents, all)
	}
}

func TestEarlierDay(t *testing.T) {
	for _, tc := range []struct {
		last, first string
		want        string // "" if there is none yet
		broken      bool
	}{
		{"2026-03-31", "2025-01-01", "2025-09-30", false}, // half a year
		{"2026-03-31", "2026-01-01", "2026-01-28", false}, // as early as 28 days are known
		{"2026-03-31", "2026-02-20", "", false},
		{"2026-11-20", "2025-01-01", "", true},           // six weeks after 6 October
		{"2026-12-01", "2025-01-01", "2026-11-02", true}, // its 28 days begin on 6 October
	} {
		last, _ := day.Parse(tc.last)
		first, _ := day.Parse(tc.first)
		got, broken, ok := earlierDay(last, first)
		if want, _ := day.Parse(tc.want); ok != (tc.want != "") || ok && got != want || (broken != nil) != tc.broken {
			t.Errorf("%s: %s, %v, %t; want %q", tc.last, got, broken, ok, tc.want)
		}
	}
}

// TestUnstated: the reason that nothing states pull requests by phase is a filter, or that the
// scope is a team, before it is that reports lack them.
func TestUnstated(t *testing.T) {
	for _, c := range []struct {
		scope   query.Scope
		filters []query.Filter
		want    NoImpact
	}{{query.Scope{Enterprise: 1}, nil, ImpactNoPhases}, {query.Scope{Enterprise: 1, Team: 3}, nil, ImpactOfTeam},
		{query.Scope{Enterprise: 1}, []query.Filter{{Dimension: "model", Values: []string{"m"}}}, ImpactFilters}} {
		i := &impactReader{v: &view{question: &question{scope: c.scope, filters: c.filters}}}
		if got := i.ofPulls(impact.Estimate{}).Why; got != c.want {
			t.Errorf("%+v, %+v: got %q, want %q", c.scope, c.filters, got, c.want)
		}
	}
}
