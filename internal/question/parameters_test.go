package question

import (
	"testing"

	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/report/reporttest"
)

// twoOrganizations is an enterprise with two organizations, a team each, and
// data of 2026-11-01 to 2026-11-20.
func twoOrganizations(t *testing.T) *world {
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
	w.load(intake.Request{Enterprise: "acme"}, lines...)
	return w
}

func TestBadWords(t *testing.T) {
	w := twoOrganizations(t)
	m := []string{"loc_added"}
	for name, c := range map[string]struct {
		words Parameters
		kind  fault.Kind
		says  string
	}{
		"enterprise":       {Parameters{Enterprise: "acmee"}, fault.NotFound, `enterprise "acmee" does not exist; existing ones: acme`},
		"organization":     {Parameters{Org: "13"}, fault.NotFound, `existing ones: 11, 12`},
		"team":             {Parameters{Team: "cor"}, fault.NotFound, `team "cor" does not exist; existing ones: 11/core, 12/core, edge`},
		"several teams":    {Parameters{Team: "core"}, fault.Invalid, "11/core, 12/core"},
		"team elsewhere":   {Parameters{Org: "11", Team: "edge"}, fault.NotFound, "existing ones"},
		"organizations":    {Parameters{Where: []string{"organization=11", "organization=12"}}, fault.Unsupported, "ask for one organization, or group by organization"},
		"org and where":    {Parameters{Org: "11", Where: []string{"organization=12"}}, fault.Unsupported, "ask for one"},
		"where":            {Parameters{Where: []string{"feature"}}, fault.Invalid, `cannot read the filter "feature"`},
		"where value":      {Parameters{Where: []string{"tool="}}, fault.Invalid, `"tool="`},
		"where name":       {Parameters{Where: []string{"=x"}}, fault.Invalid, `"=x"`},
		"where dimension":  {Parameters{Where: []string{"colour=red"}}, fault.Invalid, `unknown dimension "colour"`},
		"where grain":      {Parameters{Where: []string{"day=2026-11-01"}}, fault.Invalid, "day"},
		"surface":          {Parameters{Surface: "web"}, fault.Invalid, "ide, cli, app, unknown"},
		"definition":       {Parameters{Definition: "v2"}, fault.Invalid, "v1-wide"},
		"source":           {Parameters{Source: "both"}, fault.Invalid, "auto, users, aggregate"},
		"from":             {Parameters{From: "2026-11-1"}, fault.Invalid, "YYYY-MM-DD"},
		"no such day":      {Parameters{To: "2026-02-30"}, fault.Invalid, "to: day"},
		"backwards":        {Parameters{From: "2026-11-02", To: "2026-11-01"}, fault.Invalid, "ends before it begins"},
		"days":             {Parameters{Days: 4001}, fault.Invalid, "4,000"},
		"days negative":    {Parameters{Days: -1}, fault.Invalid, "4,000"},
		"too long":         {Parameters{From: "2010-01-01", To: "2026-11-01"}, fault.Invalid, "at most 4,000"},
		"contradicting":    {Parameters{From: "2026-11-01", To: "2026-11-03", Days: 4}, fault.Invalid, "is 3 days, not 4"},
		"after the end":    {Parameters{From: "2026-11-22"}, fault.Invalid, "give the last day with to"},
		"by month compare": {Parameters{By: []string{"month"}, Compare: true}, fault.Unsupported, "cannot compare by month"},
		"combination":      {Parameters{By: []string{"ide", "model"}}, fault.Unsupported, "no report breaks"},
		"by scope":         {Parameters{Org: "11", By: []string{"organization"}}, fault.Unsupported, ""},
	} {
		c.words.Measures = m
		_, err := w.Query(t.Context(), c.words)
		refuses(t, name, err, c.kind, c.says)
	}
	_, err := w.Query(t.Context(), Parameters{})
	refuses(t, "no measure", err, fault.Invalid, "no measure")
}

func TestEnterpriseWord(t *testing.T) {
	w := newWorld(t)
	_, err := w.Status(t.Context(), Parameters{})
	refuses(t, "none", err, fault.NotFound, "import a report first")
	w.load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 1, 0, `"enterprise_id":"83"`))
	for _, word := range []string{"", "acme", "83", "Acme"} {
		if e, err := w.Entity(t.Context(), Parameters{Enterprise: word}); err != nil || e.Slug != "acme" {
			t.Errorf("enterprise %q: got %+v, %v", word, e, err)
		}
	}
	w.load(intake.Request{Enterprise: "beta"}, reporttest.User(1, "2026-11-01", 1, 0))
	_, err = w.Status(t.Context(), Parameters{})
	refuses(t, "two", err, fault.Invalid, "name one of acme, beta")
}

func TestScopeWords(t *testing.T) {
	w := twoOrganizations(t)
	for name, c := range map[string]struct {
		words Parameters
		want  string
	}{
		"enterprise":          {Parameters{}, "600 60\n"},
		"organization by id":  {Parameters{Org: "11"}, "200 20\n"},
		"where organization":  {Parameters{Where: []string{"organization=12"}}, "400 40\n"},
		"twice the same":      {Parameters{Org: "12", Where: []string{"organization=12"}}, "400 40\n"},
		"team":                {Parameters{Team: "edge"}, "400 40\n"},
		"team in its org":     {Parameters{Org: "11", Team: "core"}, "200 20\n"},
		"team as answers say": {Parameters{Where: []string{"team=11/core"}}, "200 20\n"},
		"team by id":          {Parameters{Team: "102"}, "400 40\n"},
		"surface":             {Parameters{Surface: "ide"}, "600 60\n"},
		"filter":              {Parameters{Where: []string{"feature=agent_edit"}}, "200 20\n"},
		"alternatives":        {Parameters{Where: []string{"feature=agent_edit", "feature=code_completion"}}, "600 60\n"},
		"both words":          {Parameters{Surface: "cli", Where: []string{"surface=ide"}}, "600 60\n"},
		"value with a sign":   {Parameters{Where: []string{"feature=a=b"}}, "null null\n"},
		"user":                {Parameters{Where: []string{"user=u1"}}, "200 20\n"},
	} {
		c.words.Measures = lineMeasures
		if got := show(w.query(c.words)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestWindows(t *testing.T) {
	w := twoOrganizations(t) // complete to 2026-11-20
	for name, c := range map[string]struct {
		words Parameters
		want  string
	}{
		"default":       {Parameters{}, "2026-10-24 2026-11-20"},
		"days":          {Parameters{Days: 7}, "2026-11-14 2026-11-20"},
		"both":          {Parameters{From: "2026-11-02", To: "2026-11-23"}, "2026-11-02 2026-11-23"},
		"from":          {Parameters{From: "2026-11-02"}, "2026-11-02 2026-11-20"},
		"to":            {Parameters{To: "2026-11-02"}, "2026-10-06 2026-11-02"},
		"from and days": {Parameters{From: "2026-11-02", Days: 3}, "2026-11-02 2026-11-04"},
		"to and days":   {Parameters{To: "2026-11-02", Days: 3}, "2026-10-31 2026-11-02"},
		"all three":     {Parameters{From: "2026-11-02", To: "2026-11-04", Days: 3}, "2026-11-02 2026-11-04"},
	} {
		c.words.Measures = []string{"loc_added"}
		a := w.query(c.words)
		if got := a.From.String() + " " + a.To.String(); got != c.want || a.CompleteTo.String() != "2026-11-20" {
			t.Errorf("%s: got %s complete to %s, want %s", name, got, a.CompleteTo, c.want)
		}
	}
}
