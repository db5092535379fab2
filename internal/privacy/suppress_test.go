package privacy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

func TestHiddenRow(t *testing.T) {
	w := newWorld(t)
	var lines []string
	for p := 1; p <= 20; p++ {
		lines = append(lines, reporttest.User(p, "2026-11-09", p, 0, `"enterprise_id":"9"`))
		team := map[bool]string{true: "small", false: "large"}[p <= 2]
		lines = append(lines, fmt.Sprintf(`{"user_id":%d,"day":"2026-11-09","enterprise_id":"9","team_id":"7%s","slug":%q}`, p, team, team))
	}
	lines = slices.DeleteFunc(lines, func(s string) bool { return strings.Contains(s, "slug") && strings.Contains(s, `"user_id":20,`) })
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	ask := question.Parameters{Enterprise: "acme", Measures: []string{"loc_added", "active_users"}, By: []string{"team"}, From: "2026-10-19", To: "2026-11-15"}
	if got, want := producttest.Show(w.Ask(ask)), "large 187 17\nsmall 3 2\nnull 20 null\n"; got != want {
		t.Errorf("whoever sees all gets\n%swant\n%s", got, want)
	}
	ctx := access.With(t.Context(), &access.Principal{Kind: access.Program})
	a, err := w.Query(ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := producttest.Show(a), "Other (hidden, or in none) 210 null\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if !slices.ContainsFunc(a.Warnings, func(s string) bool { return strings.Contains(s, "fewer than 5 people") }) {
		t.Errorf("warnings %q do not say what is hidden", a.Warnings)
	}
	for name, words := range map[string]question.Parameters{
		"a small team":            {Enterprise: "acme", Team: "small", Measures: ask.Measures, From: ask.From, To: ask.To},
		"by user":                 {Enterprise: "acme", Measures: ask.Measures, By: []string{"user"}},
		"one user":                {Enterprise: "acme", Measures: ask.Measures, Where: []string{"user=u1"}},
		"reconciliation of small": {Enterprise: "acme", Team: "small", From: ask.From, To: ask.To},
	} {
		_, err := w.Query(ctx, words)
		if words.Measures == nil {
			_, err = w.Reconcile(ctx, words)
		}
		if fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s: got %v, want it forbidden", name, err)
		}
	}
	if err := w.Export(ctx, question.ExportRequest{Enterprise: "acme", Report: "users-1-day"}, &strings.Builder{}); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("export of people: got %v, want it forbidden", err)
	}
	if _, err := w.Query(access.With(t.Context(), access.NewOperator()), question.Parameters{Enterprise: "acme", Team: "small", Measures: ask.Measures}); err != nil {
		t.Errorf("the operator sees all: %v", err)
	}
}

// TestHiddenTeamStaysHidden has a team whose sub-teams lack its two leads, so that one of the
// two must be hidden: the same one in every week, though the other is smaller in one of
// them, so that longer windows show one.
func TestHiddenTeamStaysHidden(t *testing.T) {
	w := newWorld(t)
	var lines []string
	for _, d := range []string{"2026-11-02", "2026-11-09"} {
		absent := map[string]int{"2026-11-02": 14, "2026-11-09": 1}[d]
		for p := 1; p <= 24; p++ {
			if p == absent {
				continue
			}
			lines = append(lines, reporttest.User(p, d, 10, 0, `"enterprise_id":"9"`))
			in := func(id int, slug string) {
				lines = append(lines, fmt.Sprintf(`{"user_id":%d,"day":%q,"enterprise_id":"9","team_id":"%d","slug":%q}`, p, d, id, slug))
			}
			switch {
			case p <= 7:
				in(71, "blue")
			case p <= 14:
				in(72, "red")
			}
			if p <= 16 {
				in(70, "all")
			}
		}
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	a, err := w.Query(access.With(t.Context(), &access.Principal{Kind: access.Program}),
		question.Parameters{Enterprise: "acme", Measures: []string{"loc_added"}, By: []string{"team"}, From: "2026-10-19", To: "2026-11-15"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := producttest.Show(a), "Other (hidden, or in none) 30\nall 300\nblue 130\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
