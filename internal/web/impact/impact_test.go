package impact

import (
	"fmt"
	"math"
	"net/http/httptest"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/day"
	stats "codegauge/internal/impact"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/webtest"
)

// phaseAnswer has what phases did on the days, or in the weeks, to the last one: of No
// Cohort 40 people who merge 4 pull requests a day in 600 minutes, of Phase 1 100 who merge
// 20 in 300, of Phase 2 50 who merge 20 in 300.
func phaseAnswer(grain string, last day.Day, n int) *cards.Answer {
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
	return &cards.Answer{Answer: a}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestComparePulls(t *testing.T) {
	sunday := day.Date(2026, 11, 22)
	for name, p := range map[string]pulls{
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
	if p := comparePulls(phaseAnswer("day", sunday, 27), "day", day.Range{From: sunday - 26, To: sunday}); p.merged.Why != stats.TooFewWeeks {
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
	if _, all := agentUsers(folded); all != 0 {
		t.Error("shares are known of phases that are not told apart")
	}
	if agents, all := agentUsers(phaseAnswer("day", sunday, 1)); agents != 50 || all != 190 {
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

// show builds the page's view over people who were compared.
func show(t *testing.T, people *question.PeopleImpact) *view {
	t.Helper()
	data := webtest.New()
	data.Impact = people
	s, err := shell.ParseState("/enterprises/acme/insights/impact", "acme", nil)
	if err != nil {
		t.Fatal(err)
	}
	sh := webtest.Shell(t, data, shell.Options{}, shell.Pages{Dashboards: []shell.Dashboard{Dashboard}})
	asked := httptest.NewRequest("GET", "/enterprises/acme/insights/impact", nil)
	r := sh.RequestAt(asked.WithContext(access.With(t.Context(), access.NewOperator())), access.Place{Enterprise: &data.Acme}, s)
	v, err := compose(t.Context(), &cards.Builder{Request: r})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// rows writes a set's rows: label, ratio and interval or why there is none.
func rows(g MultiplierGroup) string {
	var out []string
	for _, r := range g.Rows {
		out = append(out, strings.TrimSpace(fmt.Sprint(r.Label, ": ", r.Ratio, " ", r.Interval, r.Why)))
	}
	return strings.Join(out, "\n")
}

func TestMultiplier(t *testing.T) {
	e := stats.Estimate{Ratio: 1.5, Low: 1.2, High: 1.9, Engaged: stats.Group{People: 90}, Passive: stats.Group{People: 40}}
	inside := stats.Estimate{Ratio: 1.06, Low: 0.88, High: 1.27, Engaged: stats.Group{People: 58}, Passive: stats.Group{People: 58}}
	few := stats.Estimate{Why: stats.TooFewPassive, Engaged: stats.Group{People: 90}, Passive: stats.Group{People: 7}}
	v := show(t, &question.PeopleImpact{Measures: []question.MeasureImpact{{Measure: "loc_changed", All: e, Lighter: few, Placebo: e, Matched: inside}}})
	groups := v.Multiplier.Groups
	if len(groups) != 3 {
		t.Fatalf("%d sets", len(groups))
	}
	want := `As GitHub computes it: – 28 Jul 2026: app activity joins the top-level totals
Without the heaviest 5%: – Not known by person
Placebo: 28 days before, of those engaged since: – Not known by person
Matched: same team, same earlier activity: – Not known by person
Without cloud agent and code review (phase 1 alone): – 28 Jul 2026: app activity joins the top-level totals`
	if got := rows(groups[0]); got != want {
		t.Errorf("pull requests:\n%s\nwant\n%s", got, want)
	}
	want = `All people: 1.50× 1.20 – 1.90
Without the heaviest 5%: – Too few passive people; 20 are needed
Placebo: 28 days before, of those engaged since: 1.50× 1.20 – 1.90
Matched: same team, same earlier activity: 1.06× 0.88 – 1.27`
	if got := rows(groups[2]); got != want {
		t.Errorf("lines:\n%s\nwant\n%s", got, want)
	}
	plots := groups[2].Rows
	if !plots[0].Plot.Told || plots[3].Plot.Told || plots[1].Plot != nil || strings.Contains(fmt.Sprint(plots[1]), "90") {
		t.Errorf("plots: %+v, %+v, %+v", plots[0].Plot, plots[3].Plot, plots[1])
	}
	for i, r := range v.Says.Rows { // there are no phases in the sample, and a break in its window
		if r.Answer != string(stats.CannotTell) || r.Why == "" {
			t.Errorf("question %d: %+v", i, r)
		}
		if !strings.Contains(v.Says.Sentence.Text, r.Question) || !strings.Contains(v.Says.Sentence.Text, r.Why) {
			t.Errorf("the sentence lacks %q", r.Question)
		}
	}
	if why := v.Says.Rows[2].Why; !strings.Contains(why, "1.50×") || !strings.Contains(why, "58 matched pairs") {
		t.Errorf("cause: %s", why)
	}
}

// TestHiddenPeople: who may not view people sees that nothing is told of them, and why.
func TestHiddenPeople(t *testing.T) {
	v := show(t, &question.PeopleImpact{Why: question.ImpactPeople})
	for _, g := range v.Multiplier.Groups[2:] {
		for _, r := range g.Rows {
			if r.Plot != nil || !strings.Contains(r.Why, "permission to view people") {
				t.Errorf("%s, %s: %+v", g.Label, r.Label, r)
			}
		}
	}
}
