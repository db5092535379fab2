package question_test

import (
	"testing"

	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

// twoOrganizations is an enterprise with two organizations, a team each, and
// data of 2026-11-01 to 2026-11-20.
func twoOrganizations(t testing.TB) *world {
	w := newWorld(t)
	var lines []string
	for _, d := range reporttest.Days("2026-11-01", 20) {
		lines = append(lines,
			reporttest.User(1, d, 10, 1, `"enterprise_id":"83"`, reporttest.Rows("totals_by_feature", reporttest.Row(`"feature":"agent_edit"`, 10, 1))),
			reporttest.User(2, d, 20, 2, `"enterprise_id":"83"`, reporttest.Rows("totals_by_feature", reporttest.Row(`"feature":"code_completion"`, 20, 2))),
			`{"user_id":1,"day":"`+d+`","enterprise_id":"83","organization_id":"11","team_id":101,"slug":"core"}`,
			`{"user_id":2,"day":"`+d+`","enterprise_id":"83","organization_id":"12","team_id":102,"slug":"core"}`,
			`{"user_id":2,"day":"`+d+`","enterprise_id":"83","organization_id":"12","team_id":103,"slug":"edge"}`,
		)
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	return w
}

func TestBadWords(t *testing.T) {
	w := twoOrganizations(t)
	m := []string{"loc_added"}
	for name, c := range map[string]struct {
		words question.Parameters
		kind  fault.Kind
		says  string
	}{
		"enterprise":       {question.Parameters{Enterprise: "acmee"}, fault.NotFound, `enterprise "acmee" does not exist; existing ones: acme`},
		"organization":     {question.Parameters{Org: "13"}, fault.NotFound, `existing ones: 11, 12`},
		"team":             {question.Parameters{Team: "cor"}, fault.NotFound, `team "cor" does not exist; existing ones: 11/core, 12/core, edge`},
		"several teams":    {question.Parameters{Team: "core"}, fault.Invalid, "11/core, 12/core"},
		"team elsewhere":   {question.Parameters{Org: "11", Team: "edge"}, fault.NotFound, "existing ones"},
		"organizations":    {question.Parameters{Where: []string{"organization=11", "organization=12"}}, fault.Unsupported, "ask for one organization, or group by organization"},
		"org and where":    {question.Parameters{Org: "11", Where: []string{"organization=12"}}, fault.Unsupported, "ask for one"},
		"where":            {question.Parameters{Where: []string{"feature"}}, fault.Invalid, `cannot read the filter "feature"`},
		"where value":      {question.Parameters{Where: []string{"tool="}}, fault.Invalid, `"tool="`},
		"where name":       {question.Parameters{Where: []string{"=x"}}, fault.Invalid, `"=x"`},
		"where dimension":  {question.Parameters{Where: []string{"colour=red"}}, fault.Invalid, `unknown dimension "colour"`},
		"where grain":      {question.Parameters{Where: []string{"day=2026-11-01"}}, fault.Invalid, "day"},
		"surface":          {question.Parameters{Surface: "web"}, fault.Invalid, "ide, cli, app, unknown"},
		"definition":       {question.Parameters{Definition: "v2"}, fault.Invalid, "v1-wide"},
		"source":           {question.Parameters{Source: "both"}, fault.Invalid, "auto, users, aggregate"},
		"from":             {question.Parameters{From: "2026-11-1"}, fault.Invalid, "YYYY-MM-DD"},
		"no such day":      {question.Parameters{To: "2026-02-30"}, fault.Invalid, "to: day"},
		"backwards":        {question.Parameters{From: "2026-11-02", To: "2026-11-01"}, fault.Invalid, "ends before it begins"},
		"days":             {question.Parameters{Days: 4001}, fault.Invalid, "4,000"},
		"days negative":    {question.Parameters{Days: -1}, fault.Invalid, "4,000"},
		"too long":         {question.Parameters{From: "2010-01-01", To: "2026-11-01"}, fault.Invalid, "at most 4,000"},
		"contradicting":    {question.Parameters{From: "2026-11-01", To: "2026-11-03", Days: 4}, fault.Invalid, "is 3 days, not 4"},
		"after the end":    {question.Parameters{From: "2026-11-22"}, fault.Invalid, "give the last day with to"},
		"by month compare": {question.Parameters{By: []string{"month"}, Compare: true}, fault.Unsupported, "cannot compare by month"},
		"combination":      {question.Parameters{By: []string{"ide", "model"}}, fault.Unsupported, "no report breaks"},
		"by scope":         {question.Parameters{Org: "11", By: []string{"organization"}}, fault.Unsupported, ""},
	} {
		c.words.Measures = m
		_, err := w.Query(t.Context(), c.words)
		producttest.Refuses(t, name, err, c.kind, c.says)
	}
	_, err := w.Query(t.Context(), question.Parameters{})
	producttest.Refuses(t, "no measure", err, fault.Invalid, "no measure")
}

func TestEnterpriseWord(t *testing.T) {
	w := newWorld(t)
	_, err := w.Status(t.Context(), question.Parameters{})
	producttest.Refuses(t, "none", err, fault.NotFound, "import a report first")
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 1, 0, `"enterprise_id":"83"`))
	for _, word := range []string{"", "acme", "83", "Acme"} {
		if e, err := w.Entity(t.Context(), question.Parameters{Enterprise: word}); err != nil || e.Slug != "acme" {
			t.Errorf("enterprise %q: got %+v, %v", word, e, err)
		}
	}
	w.Load(intake.Request{Enterprise: "beta"}, reporttest.User(1, "2026-11-01", 1, 0))
	_, err = w.Status(t.Context(), question.Parameters{})
	producttest.Refuses(t, "two", err, fault.Invalid, "name one of acme, beta")
}

func TestScopeWords(t *testing.T) {
	w := twoOrganizations(t)
	for name, c := range map[string]struct {
		words question.Parameters
		want  string
	}{
		"enterprise":          {question.Parameters{}, "600 60\n"},
		"organization by id":  {question.Parameters{Org: "11"}, "200 20\n"},
		"where organization":  {question.Parameters{Where: []string{"organization=12"}}, "400 40\n"},
		"twice the same":      {question.Parameters{Org: "12", Where: []string{"organization=12"}}, "400 40\n"},
		"team":                {question.Parameters{Team: "edge"}, "400 40\n"},
		"team in its org":     {question.Parameters{Org: "11", Team: "core"}, "200 20\n"},
		"team as answers say": {question.Parameters{Where: []string{"team=11/core"}}, "200 20\n"},
		"team by id":          {question.Parameters{Team: "102"}, "400 40\n"},
		"surface":             {question.Parameters{Surface: "ide"}, "600 60\n"},
		"filter":              {question.Parameters{Where: []string{"feature=agent_edit"}}, "200 20\n"},
		"alternatives":        {question.Parameters{Where: []string{"feature=agent_edit", "feature=code_completion"}}, "600 60\n"},
		"both words":          {question.Parameters{Surface: "cli", Where: []string{"surface=ide"}}, "600 60\n"},
		"value with a sign":   {question.Parameters{Where: []string{"feature=a=b"}}, "null null\n"},
		"user":                {question.Parameters{Where: []string{"user=u1"}}, "200 20\n"},
	} {
		c.words.Measures = question.LineMeasures
		if got := producttest.Show(w.Ask(c.words)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestWindows(t *testing.T) {
	w := twoOrganizations(t) // complete to 2026-11-20
	for name, c := range map[string]struct {
		words question.Parameters
		want  string
	}{
		"default":       {question.Parameters{}, "2026-10-24 2026-11-20"},
		"days":          {question.Parameters{Days: 7}, "2026-11-14 2026-11-20"},
		"both":          {question.Parameters{From: "2026-11-02", To: "2026-11-23"}, "2026-11-02 2026-11-23"},
		"from":          {question.Parameters{From: "2026-11-02"}, "2026-11-02 2026-11-20"},
		"to":            {question.Parameters{To: "2026-11-02"}, "2026-10-06 2026-11-02"},
		"from and days": {question.Parameters{From: "2026-11-02", Days: 3}, "2026-11-02 2026-11-04"},
		"to and days":   {question.Parameters{To: "2026-11-02", Days: 3}, "2026-10-31 2026-11-02"},
		"all three":     {question.Parameters{From: "2026-11-02", To: "2026-11-04", Days: 3}, "2026-11-02 2026-11-04"},
	} {
		c.words.Measures = []string{"loc_added"}
		a := w.Ask(c.words)
		if got := a.From.String() + " " + a.To.String(); got != c.want || a.CompleteTo.String() != "2026-11-20" {
			t.Errorf("%s: got %s complete to %s, want %s", name, got, a.CompleteTo, c.want)
		}
	}
}
