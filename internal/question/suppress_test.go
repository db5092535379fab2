package question_test

import (
	"fmt"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

// TestTeamsAreCoarse asks for what is too fine to be shown of teams to those who
// may not view people.
func TestTeamsAreCoarse(t *testing.T) {
	w := newWorld(t)
	var lines []string
	for p := 1; p <= 20; p++ {
		for _, d := range []string{"2026-11-02", "2026-11-09", "2026-11-18"} {
			lines = append(lines, reporttest.User(p, d, p, 0, `"enterprise_id":"9"`), fmt.Sprintf(`{"user_id":%d,"day":%q,"enterprise_id":"9","team_id":"7","slug":"core"}`, p, d))
		}
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	ctx := access.With(t.Context(), &access.Principal{Kind: access.Program})
	for _, c := range []struct {
		words   string
		w       question.Parameters
		refused bool
	}{
		{"four weeks", question.Parameters{Team: "core", From: "2026-10-12", To: "2026-11-08"}, false},
		{"13 weeks", question.Parameters{Team: "core", From: "2026-08-17", To: "2026-11-15", By: []string{"week"}}, false},
		{"the last 28 days", question.Parameters{Team: "core"}, false},
		{"the last 90 days", question.Parameters{Team: "core", Days: 90}, false},
		{"the last 29 days, as whole weeks", question.Parameters{Team: "core", Days: 29}, false},
		{"a whole week", question.Parameters{Team: "core", From: "2026-11-02", To: "2026-11-08"}, true},
		{"two weeks", question.Parameters{Team: "core", From: "2026-11-02", To: "2026-11-15"}, true},
		{"weeks that are not complete", question.Parameters{Team: "core", From: "2026-10-26", To: "2026-11-22"}, true},
		{"a day", question.Parameters{Team: "core", From: "2026-11-02", To: "2026-11-02"}, true},
		{"28 days that end on a Tuesday", question.Parameters{Team: "core", From: "2026-10-21", To: "2026-11-17"}, true},
		{"days", question.Parameters{Team: "core", By: []string{"day"}}, true},
		{"months", question.Parameters{By: []string{"team", "month"}}, true},
		{"one breakdown with its facets", question.Parameters{Team: "core", By: []string{"tool", "initiator", "feature"}}, false},
		{"languages and models", question.Parameters{By: []string{"language", "model"}}, true},
		{"languages of a model", question.Parameters{By: []string{"language"}, Where: []string{"model=gpt"}}, true},
		{"teams by days", question.Parameters{By: []string{"team", "day"}}, true},
		{"teams", question.Parameters{By: []string{"team"}}, false},
		{"a day of the enterprise", question.Parameters{From: "2026-11-02", To: "2026-11-02", By: []string{"day"}}, false},
	} {
		c.w.Enterprise, c.w.Measures = "acme", []string{"loc_added"}
		_, err := w.Query(ctx, c.w)
		if (err != nil) != c.refused || err != nil && fault.KindOf(err) != fault.Unsupported {
			t.Errorf("%s: %v, want it refused: %t", c.words, err, c.refused)
		}
		if _, err := w.Query(t.Context(), c.w); err != nil {
			t.Errorf("%s: whoever sees all gets %v", c.words, err)
		}
	}
	for days, refused := range map[string]bool{"2026-11-02 2026-11-02": true, "2026-10-12 2026-11-08": false} {
		from, to, _ := strings.Cut(days, " ")
		words := question.Parameters{Enterprise: "acme", Team: "core", From: from, To: to}
		if _, err := w.Coverage(ctx, words); (fault.KindOf(err) == fault.Unsupported) != refused || err != nil && !refused {
			t.Errorf("coverage of %s: %v, want it refused: %t", days, err, refused)
		}
		if _, err := w.Reconcile(ctx, words); (fault.KindOf(err) == fault.Unsupported) != refused || err != nil && !refused {
			t.Errorf("reconciliation of %s: %v, want it refused: %t", days, err, refused)
		}
	}
	c, err := w.Coverage(ctx, question.Parameters{Enterprise: "acme", Team: "core"})
	if err != nil || c.Status.Range.From.String() != "2026-10-19" || c.Status.Range.To.String() != "2026-11-15" {
		t.Errorf("coverage of the last days is of %s to %s, %v; want whole weeks", c.Status.Range.From, c.Status.Range.To, err)
	}
}

// TestAdoptionOfOnePlace asks what is counted of people's days of an organization and its team
// as readers who may not view people: it is of the largest place alone that they may see.
func TestAdoptionOfOnePlace(t *testing.T) {
	w := newWorld(t)
	var lines []string
	for p := 1; p <= 20; p++ {
		for _, d := range []string{"2026-11-02", "2026-11-09"} {
			lines = append(lines, reporttest.User(p, d, p, 0, `"enterprise_id":"9"`), fmt.Sprintf(`{"user_id":%d,"day":%q,"enterprise_id":"9","organization_id":"%d","team_id":"7","slug":"core"}`, p, d, 100+p/11))
		}
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	ids := map[string]int64{}
	for _, e := range producttest.Must(w.Dir.Entities(t.Context())) {
		ids[e.Key()] = e.ID
	}
	places := []question.Parameters{{Org: "100"}, {Org: "101"}, {Org: "100", Team: "core"}, {}} // the guard lets only some ask about the last
	for _, c := range []struct {
		who     string
		asker   *access.Principal
		allowed []bool
	}{
		{"a reader of the enterprise", access.NewProgram(ids["acme"], access.ViewEnterprise), []bool{false, false, false, true}},
		{"a reader of one organization and its teams", access.NewProgram(ids["100"], access.ViewOrganization, access.ViewTeam), []bool{true, false, false}},
		{"a reader who may view people", access.NewProgram(ids["acme"], access.ViewEnterprise, access.ViewPeople), []bool{true, true, true, true}},
	} {
		for i, words := range places[:len(c.allowed)] {
			words.Enterprise, words.From, words.To = "acme", "2026-10-19", "2026-11-15"
			_, err := w.Adoption(access.With(t.Context(), c.asker), words, question.PeopleAny)
			if (err == nil) != c.allowed[i] || err != nil && fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s asks about %q %q: %v; want it allowed: %t", c.who, words.Org, words.Team, err, c.allowed[i])
			}
		}
	}
}

// TestValuesAreOfSeveral lists the languages that filters offer: one that few people use in a
// week is for those who may view people.
func TestValuesAreOfSeveral(t *testing.T) {
	w := newWorld(t)
	var lines []string
	for p := 1; p <= 20; p++ {
		for _, d := range []string{"2026-10-20", "2026-10-28", "2026-11-03", "2026-11-11"} {
			language := "go"
			if p <= 6 { // together they are enough not to be told from what go leaves
				language = []string{"haskell", "lisp", "ocaml"}[p%3]
			}
			lines = append(lines, reporttest.User(p, d, p, 0, `"enterprise_id":"9"`, reporttest.Rows("totals_by_language_feature", reporttest.Row(`"language":"`+language+`","feature":"code_completion"`, p, 0))))
		}
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	words := question.Parameters{Enterprise: "acme", From: "2026-10-19", To: "2026-11-15"}
	for who, want := range map[*access.Principal]string{access.NewOperator(): "go haskell lisp ocaml", {Kind: access.Program}: "go"} {
		got, err := w.Values(access.With(t.Context(), who), words, "language")
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s is offered %q, %v; want %q", who.Kind, got, err, want)
		}
	}
}
