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

// TestUnknownMembership: what was done on days for which nobody reported members is of no
// known team or organization, and not in none. The rows add up, whatever they are by.
func TestUnknownMembership(t *testing.T) {
	w := newWorld(t)
	feature := func(n string) string {
		return `"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":` + n + `}]`
	}
	w.Load(intake.Request{Enterprise: "acme"},
		reporttest.User(1, "2026-11-02", 10, 0), reporttest.User(2, "2026-11-02", 3, 0),
		`{"day":"2026-11-02","user_id":1,"enterprise_id":"77","organization_id":"9","team_id":"5","slug":"core"}`,
		reporttest.User(1, "2026-11-03", 20, 0), reporttest.User(2, "2026-11-05", 40, 0, `"ai_credits_used":0.1`, feature("40")))
	ask := func(words question.Parameters) string {
		words.From, words.To = "2026-11-02", "2026-11-08"
		return producttest.Show(w.Ask(words))
	}
	for _, c := range []struct {
		words question.Parameters
		want  string
	}{
		{question.Parameters{Measures: []string{"loc_added", "active_users"}, By: []string{"team"}}, "(unknown) 60 null\ncore 10 1\nnull 3 null\n"},
		{question.Parameters{Measures: []string{"loc_added", "ai_credits"}, By: []string{"organization"}}, "(unknown) 60 0.1\n9 10 null\nnull 3 null\n"},
		{question.Parameters{Measures: []string{"loc_added"}, By: []string{"day", "team"}}, "2026-11-02 core 10\n2026-11-02 null 3\n2026-11-03 (unknown) 20\n2026-11-05 (unknown) 40\n"},
		{question.Parameters{Measures: []string{"loc_added"}, By: []string{"team"}, Where: []string{"feature=agent_edit"}}, "(unknown) 40\ncore null\n"},
		{question.Parameters{Measures: []string{"active_users"}, By: []string{"team"}}, "core 1\n"},
	} {
		if got := ask(c.words); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.words, got, c.want)
		}
	}
	compared := producttest.Show(w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{"team"}, From: "2026-11-09", To: "2026-11-15", Compare: true}))
	if want := "(unknown) null 60 null\ncore null 10 null\nnull null 3 null\n"; compared != want {
		t.Errorf("compared: got %q, want %q", compared, want)
	}
}

// TestUnknownValue: of a value that no data has there are no figures, not even 0; of one
// that other days have, or that is GitHub's own, there are.
func TestUnknownValue(t *testing.T) {
	w := newWorld(t)
	rows := `"totals_by_language_feature":[{"language":"go","feature":"agent_edit","loc_added_sum":5}],"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":5}]`
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-02", 5, 0, rows), reporttest.User(1, "2026-11-03", 5, 0, strings.ReplaceAll(rows, `"go"`, `"sql"`)))
	for _, c := range []struct{ where, want, warns string }{
		{"language=go", "0\n", ""},
		{"language=cobol", "null\n", `unknown language "cobol": no data has it`},
		{"feature=code_completion", "0\n", ""},
		{"feature=newest", "null\n", `unknown feature "newest": no data has it`},
		{"ide=vscode", "null\n", `unknown ide "vscode": no data has it`},
		{"phase=9", "null\n", `unknown phase "9": no data has it`},
	} {
		a := w.Ask(question.Parameters{Measures: []string{"active_users"}, Where: []string{c.where}, From: "2026-11-03", To: "2026-11-03"})
		if got := producttest.Show(a); got != c.want {
			t.Errorf("%s: got %q, want %q", c.where, got, c.want)
		}
		if warned := slices.ContainsFunc(a.Warnings, func(s string) bool { return strings.HasPrefix(s, "unknown ") }); warned != (c.warns != "") {
			t.Errorf("%s: warned %q", c.where, a.Warnings)
		}
		if c.warns != "" && !slices.Contains(a.Warnings, c.warns) {
			t.Errorf("%s: warned %q, want %q", c.where, a.Warnings, c.warns)
		}
	}
	a := w.Ask(question.Parameters{Measures: []string{"active_users"}, Where: []string{"language=sql", "language=cobol"}, From: "2026-11-03", To: "2026-11-03"})
	if got := producttest.Show(a); got != "1\n" || !slices.Contains(a.Warnings, `unknown language "cobol": no data has it`) {
		t.Errorf("one of two: %q, %q", got, a.Warnings)
	}
}
