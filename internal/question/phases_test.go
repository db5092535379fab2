package question_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/intake"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"

	"github.com/google/go-cmp/cmp"
)

// usedDay is what somebody used on a day; phase -1 is not reported.
type usedDay struct {
	features               []string
	cloud, active, passive bool
	phase                  int
}

func (u usedDay) line(id int, d day.Day) string {
	var rows []string
	for _, f := range u.features {
		rows = append(rows, reporttest.Row(fmt.Sprintf(`"feature":%q`, f), 1, 0))
	}
	members := []string{reporttest.Rows("totals_by_feature", rows...),
		fmt.Sprintf(`"used_copilot_cloud_agent":%t,"used_copilot_code_review_active":%t,"used_copilot_code_review_passive":%t`, u.cloud, u.active, u.passive)}
	if u.phase >= 0 {
		members = append(members, fmt.Sprintf(`"ai_adoption_phase":{"phase_number":%d}`, u.phase))
	}
	return reporttest.User(id, d.String(), len(u.features), 0, members...)
}

// written writes counts, one a line.
func written(p *question.PhasePeople) string {
	var b strings.Builder
	for _, x := range p.Phases {
		fmt.Fprintln(&b, x.Phase, x.People, x.Computed)
	}
	for _, x := range p.Features {
		fmt.Fprintln(&b, x.Feature, x.People)
	}
	return b.String()
}

// TestPhasePeople compares with plain loops over random records, as of two days.
func TestPhasePeople(t *testing.T) {
	w := newWorld(t)
	r := rand.New(rand.NewPCG(3, 9))
	first, last := day.Date(2026, 5, 1), day.Date(2026, 7, 20)
	people := map[int]map[day.Day]usedDay{}
	var lines []string
	for id := 1; id <= 120; id++ {
		people[id] = map[day.Day]usedDay{}
		often, reports := r.Float64()/3, r.IntN(3) == 0
		for d := first; d <= last; d++ {
			if r.Float64() > often {
				continue
			}
			u := usedDay{cloud: r.IntN(9) == 0, active: r.IntN(9) == 0, passive: r.IntN(9) == 0, phase: -1}
			for _, f := range []string{"code_completion", "agent_edit", "copilot_cli", "copilot_app", "chat_panel_ask_mode"} {
				if r.IntN(5) == 0 {
					u.features = append(u.features, f)
				}
			}
			if reports && r.IntN(2) == 0 {
				u.phase = r.IntN(5)
			}
			people[id][d] = u
			lines = append(lines, u.line(id, d))
		}
	}
	slices.Sort(lines)
	w.Load(intake.Request{Enterprise: "acme"}, lines...)

	expected := func(on day.Day) string {
		var count, computed [5]int
		var features [7]int
		names := []string{"code_completion", "agent_edit", "code_review_passive", "code_review_active", "cloud_agent", "copilot_cli", "github_app"}
		for _, days := range people {
			phase, seen, review := -1, false, 0
			var used [7]int
			for d := on - 27; d <= on; d++ {
				u, ok := days[d]
				if !ok {
					continue
				}
				seen = true
				if u.phase >= 0 {
					phase = u.phase
				}
				for i, was := range []bool{slices.Contains(u.features, "code_completion"), slices.Contains(u.features, "agent_edit"), u.passive, u.active, u.cloud,
					slices.Contains(u.features, "copilot_cli"), slices.Contains(u.features, "copilot_app")} {
					if was {
						used[i]++
					}
				}
				if u.passive || u.active {
					review++
				}
			}
			if !seen {
				continue
			}
			for i, n := range used {
				if n >= 2 {
					features[i]++
				}
			}
			if phase < 0 {
				surfaces := 0
				for _, n := range []int{used[4], used[5], review} {
					if n >= 2 {
						surfaces++
					}
				}
				switch {
				case used[6] >= 2 || surfaces >= 2:
					phase = 3
				case surfaces == 1:
					phase = 2
				case used[0] >= 2 || used[1] >= 2:
					phase = 1
				default:
					phase = 0
				}
				computed[phase]++
			}
			count[phase]++
		}
		var b strings.Builder
		for i, name := range []string{"No Cohort", "Phase 1", "Phase 2", "Phase 3", "Phase 4"} {
			if count[i] > 0 {
				fmt.Fprintln(&b, name, count[i], computed[i])
			}
		}
		for i, name := range names {
			fmt.Fprintln(&b, name, features[i])
		}
		return b.String()
	}
	got, err := w.PhasePeople(t.Context(), question.Parameters{}, last, last-31)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range got {
		want := expected(p.Day)
		if diff := cmp.Diff(want, written(p)); diff != "" || p.Why != "" || len(p.Phases) != 5 {
			t.Errorf("%s: %q (-want +got)\n%s", p.Day, p.Why, diff)
		}
	}

	moves, err := w.PhaseMoves(t.Context(), question.Parameters{}, last-31, last)
	if err != nil || moves.Why != "" {
		t.Fatalf("%+v, %v", moves, err)
	}
	for i, p := range []*question.PhasePeople{got[1], got[0]} { // moves add up to the phases of both days
		sums := map[string]int64{}
		for _, m := range moves.Moves {
			sums[[]string{m.From, m.To}[i]] += m.People
		}
		delete(sums, "")
		for _, x := range p.Phases {
			if sums[x.Phase] != x.People {
				t.Errorf("moves of %d people have %s on %s, want %d", sums[x.Phase], x.Phase, p.Day, x.People)
			}
			delete(sums, x.Phase)
		}
		if len(sums) > 0 {
			t.Errorf("moves have phases that nobody is in on %s: %v", p.Day, sums)
		}
	}

	ctx := access.With(t.Context(), &access.Principal{Kind: access.Program})
	for name, tc := range map[string]struct {
		got func() ([]*question.PhasePeople, error)
		why question.NoImpact
	}{
		"who may not view people": {func() ([]*question.PhasePeople, error) { return w.PhasePeople(ctx, question.Parameters{}, last) }, question.ImpactPeople},
		"a filter that whole records have not": {func() ([]*question.PhasePeople, error) {
			return w.PhasePeople(t.Context(), question.Parameters{Where: []string{"model=gpt-5"}}, last)
		}, question.ImpactFilters},
		"no records": {func() ([]*question.PhasePeople, error) {
			return w.PhasePeople(t.Context(), question.Parameters{}, first-1)
		}, question.ImpactRecords},
	} {
		if got, err := tc.got(); err != nil || got[0].Why != tc.why || len(got[0].Phases)+len(got[0].Features) > 0 {
			t.Errorf("%s: %+v, %v; want %q", name, got, err, tc.why)
		}
	}
}

// TestPhaseRules works phases out by hand. Each surface needs two days of its own, review is
// one surface whether passive or active, and what is reported last counts before any rule.
func TestPhaseRules(t *testing.T) {
	w := newWorld(t)
	on := day.Date(2026, 6, 28)
	none := func(features ...string) usedDay { return usedDay{features: features, phase: -1} }
	people := [][]usedDay{
		{none("code_completion"), none("agent_edit")},                                                                              // No Cohort: one day of each
		{none("code_completion"), none("code_completion")},                                                                         // Phase 1
		{none("copilot_cli"), {cloud: true, phase: -1}},                                                                            // No Cohort
		{{passive: true, phase: -1}, {active: true, phase: -1}},                                                                    // Phase 2
		{{features: []string{"copilot_cli"}, cloud: true, phase: -1}, {features: []string{"copilot_cli"}, cloud: true, phase: -1}}, // Phase 3
		{none("copilot_app"), none("copilot_app")},                                                                                 // Phase 3
		{{phase: 4}, {features: []string{"copilot_app"}, phase: -1}},                                                               // Phase 4, as reported
		{none("chat_panel_agent_mode"), none("chat_panel_agent_mode")},                                                             // No Cohort
	}
	var lines []string
	for i, days := range people {
		for back, u := range days {
			lines = append(lines, u.line(i+1, on-day.Day(27*back))) // the first and the last of the 28 days
		}
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	got, err := w.PhasePeople(t.Context(), question.Parameters{}, on, on+1)
	if err != nil {
		t.Fatal(err)
	}
	want := "No Cohort 3 3\nPhase 1 1 1\nPhase 2 1 1\nPhase 3 2 2\nPhase 4 1 0\n"
	if got := written(got[0]); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if want := "No Cohort 7 7\nPhase 4 1 0\n"; !strings.HasPrefix(written(got[1]), want) {
		t.Errorf("a day later\n%s\nwant\n%s", written(got[1]), want)
	}
}

// TestPhaseMoves works moves out by hand: up, down, none, new, no longer active, and of somebody
// who was active on neither of the 28 days.
func TestPhaseMoves(t *testing.T) {
	w := newWorld(t)
	from, to := day.Date(2026, 6, 1), day.Date(2026, 7, 15)
	var lines []string
	for i, phases := range [][2]int{{0, 2}, {1, 3}, {1, 3}, {3, 1}, {2, 2}, {-1, 1}, {2, -1}} {
		for j, on := range []day.Day{from, to} {
			if phases[j] >= 0 {
				lines = append(lines, usedDay{phase: phases[j]}.line(i+1, on))
			}
		}
	}
	lines = append(lines, usedDay{phase: 1}.line(50, from+10))
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	got, err := w.PhaseMoves(t.Context(), question.Parameters{}, from, to)
	if err != nil {
		t.Fatal(err)
	}
	want := []question.PhaseMove{{From: "No Cohort", To: "Phase 2", People: 1}, {From: "Phase 1", To: "Phase 3", People: 2}, {From: "Phase 2", To: "Phase 2", People: 1},
		{From: "Phase 2", To: "", People: 1}, {From: "Phase 3", To: "Phase 1", People: 1}, {From: "", To: "Phase 1", People: 1}}
	if diff := cmp.Diff(want, got.Moves); diff != "" || got.Why != "" {
		t.Errorf("%q (-want +got)\n%s", got.Why, diff)
	}
	ctx := access.With(t.Context(), &access.Principal{Kind: access.Program})
	if got, err := w.PhaseMoves(ctx, question.Parameters{}, from, to); err != nil || got.Why != question.ImpactPeople || got.Moves != nil {
		t.Errorf("who may not view people gets %+v, %v", got, err)
	}
}
