package service

import (
	"strings"
	"testing"

	"codegauge/internal/fault"
	"codegauge/internal/query"
)

// refuses checks that err is of a kind and says something.
func refuses(t *testing.T, what string, err error, kind fault.Kind, says string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want %q", what, says)
		return
	}
	if fault.KindOf(err) != kind || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: got %d %q, want %d %q", what, fault.KindOf(err), err, kind, says)
	}
}

// twoOrganizations is an enterprise with two organizations, a team each, and
// data of 2026-11-01 to 2026-11-20.
func twoOrganizations(t *testing.T) *world {
	w := newWorld(t)
	var lines []string
	for _, d := range daysOf("2026-11-01", 20) {
		lines = append(lines,
			user(1, d, 10, 1, `"enterprise_id":"83"`, rowsOf("totals_by_feature", row(`"feature":"agent_edit"`, 10, 1))),
			user(2, d, 20, 2, `"enterprise_id":"83"`, rowsOf("totals_by_feature", row(`"feature":"code_completion"`, 20, 2))),
			`{"user_id":1,"day":"`+d+`","enterprise_id":"83","organization_id":"11","team_id":101,"slug":"core"}`,
			`{"user_id":2,"day":"`+d+`","enterprise_id":"83","organization_id":"12","team_id":102,"slug":"core"}`,
			`{"user_id":2,"day":"`+d+`","enterprise_id":"83","organization_id":"12","team_id":103,"slug":"edge"}`,
		)
	}
	w.load(ImportRequest{Enterprise: "acme"}, lines...)
	return w
}

func daysOf(from string, n int) []string {
	first := must(query.ParseDay("", from))
	var out []string
	for i := range n {
		out = append(out, (first + dayNumber(i)).String())
	}
	return out
}

func TestBadWords(t *testing.T) {
	w := twoOrganizations(t)
	m := []string{"loc_added"}
	for name, c := range map[string]struct {
		words QueryParameters
		kind  fault.Kind
		says  string
	}{
		"enterprise":       {QueryParameters{Enterprise: "acmee"}, fault.NotFound, `enterprise "acmee" does not exist; existing ones: acme`},
		"organization":     {QueryParameters{Org: "13"}, fault.NotFound, `existing ones: 11, 12`},
		"team":             {QueryParameters{Team: "cor"}, fault.NotFound, `team "cor" does not exist; existing ones: 11/core, 12/core, edge`},
		"several teams":    {QueryParameters{Team: "core"}, fault.Invalid, "11/core, 12/core"},
		"team elsewhere":   {QueryParameters{Org: "11", Team: "edge"}, fault.NotFound, "existing ones"},
		"organizations":    {QueryParameters{Where: []string{"organization=11", "organization=12"}}, fault.Unsupported, "ask for one organization, or group by organization"},
		"org and where":    {QueryParameters{Org: "11", Where: []string{"organization=12"}}, fault.Unsupported, "ask for one"},
		"where":            {QueryParameters{Where: []string{"feature"}}, fault.Invalid, `cannot read the filter "feature"`},
		"where value":      {QueryParameters{Where: []string{"tool="}}, fault.Invalid, `"tool="`},
		"where name":       {QueryParameters{Where: []string{"=x"}}, fault.Invalid, `"=x"`},
		"where dimension":  {QueryParameters{Where: []string{"colour=red"}}, fault.Invalid, `unknown dimension "colour"`},
		"where grain":      {QueryParameters{Where: []string{"day=2026-11-01"}}, fault.Invalid, "day"},
		"surface":          {QueryParameters{Surface: "web"}, fault.Invalid, "ide, cli, app, unknown"},
		"definition":       {QueryParameters{Definition: "v2"}, fault.Invalid, "v1-wide"},
		"source":           {QueryParameters{Source: "both"}, fault.Invalid, "auto, users, aggregate"},
		"from":             {QueryParameters{From: "2026-11-1"}, fault.Invalid, "YYYY-MM-DD"},
		"no such day":      {QueryParameters{To: "2026-02-30"}, fault.Invalid, "to: day"},
		"backwards":        {QueryParameters{From: "2026-11-02", To: "2026-11-01"}, fault.Invalid, "ends before it begins"},
		"days":             {QueryParameters{Days: 4001}, fault.Invalid, "4,000"},
		"days negative":    {QueryParameters{Days: -1}, fault.Invalid, "4,000"},
		"too long":         {QueryParameters{From: "2010-01-01", To: "2026-11-01"}, fault.Invalid, "at most 4,000"},
		"contradicting":    {QueryParameters{From: "2026-11-01", To: "2026-11-03", Days: 4}, fault.Invalid, "is 3 days, not 4"},
		"after the end":    {QueryParameters{From: "2026-11-22"}, fault.Invalid, "give the last day with to"},
		"by month compare": {QueryParameters{By: []string{"month"}, Compare: true}, fault.Unsupported, "cannot compare by month"},
		"combination":      {QueryParameters{By: []string{"ide", "model"}}, fault.Unsupported, "no report breaks"},
		"by scope":         {QueryParameters{Org: "11", By: []string{"organization"}}, fault.Unsupported, ""},
	} {
		c.words.Measures = m
		_, err := w.Query(t.Context(), c.words)
		refuses(t, name, err, c.kind, c.says)
	}
	_, err := w.Query(t.Context(), QueryParameters{})
	refuses(t, "no measure", err, fault.Invalid, "no measure")
}

func TestEnterpriseWord(t *testing.T) {
	w := newWorld(t)
	_, err := w.Status(t.Context(), QueryParameters{})
	refuses(t, "none", err, fault.NotFound, "import a report first")
	w.load(ImportRequest{Enterprise: "acme"}, user(1, "2026-11-01", 1, 0, `"enterprise_id":"83"`))
	for _, word := range []string{"", "acme", "83", "Acme"} {
		if e, err := w.Entity(t.Context(), QueryParameters{Enterprise: word}); err != nil || e.Slug != "acme" {
			t.Errorf("enterprise %q: got %+v, %v", word, e, err)
		}
	}
	w.load(ImportRequest{Enterprise: "beta"}, user(1, "2026-11-01", 1, 0))
	_, err = w.Status(t.Context(), QueryParameters{})
	refuses(t, "two", err, fault.Invalid, "name one of acme, beta")
}

func TestScopeWords(t *testing.T) {
	w := twoOrganizations(t)
	for name, c := range map[string]struct {
		words QueryParameters
		want  string
	}{
		"enterprise":          {QueryParameters{}, "600 60\n"},
		"organization by id":  {QueryParameters{Org: "11"}, "200 20\n"},
		"where organization":  {QueryParameters{Where: []string{"organization=12"}}, "400 40\n"},
		"twice the same":      {QueryParameters{Org: "12", Where: []string{"organization=12"}}, "400 40\n"},
		"team":                {QueryParameters{Team: "edge"}, "400 40\n"},
		"team in its org":     {QueryParameters{Org: "11", Team: "core"}, "200 20\n"},
		"team as answers say": {QueryParameters{Where: []string{"team=11/core"}}, "200 20\n"},
		"team by id":          {QueryParameters{Team: "102"}, "400 40\n"},
		"surface":             {QueryParameters{Surface: "ide"}, "600 60\n"},
		"filter":              {QueryParameters{Where: []string{"feature=agent_edit"}}, "200 20\n"},
		"alternatives":        {QueryParameters{Where: []string{"feature=agent_edit", "feature=code_completion"}}, "600 60\n"},
		"both words":          {QueryParameters{Surface: "cli", Where: []string{"surface=ide"}}, "600 60\n"},
		"value with a sign":   {QueryParameters{Where: []string{"feature=a=b"}}, "null null\n"},
		"user":                {QueryParameters{Where: []string{"user=u1"}}, "200 20\n"},
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
		words QueryParameters
		want  string
	}{
		"default":       {QueryParameters{}, "2026-10-24 2026-11-20"},
		"days":          {QueryParameters{Days: 7}, "2026-11-14 2026-11-20"},
		"both":          {QueryParameters{From: "2026-11-02", To: "2026-11-23"}, "2026-11-02 2026-11-23"},
		"from":          {QueryParameters{From: "2026-11-02"}, "2026-11-02 2026-11-20"},
		"to":            {QueryParameters{To: "2026-11-02"}, "2026-10-06 2026-11-02"},
		"from and days": {QueryParameters{From: "2026-11-02", Days: 3}, "2026-11-02 2026-11-04"},
		"to and days":   {QueryParameters{To: "2026-11-02", Days: 3}, "2026-10-31 2026-11-02"},
		"all three":     {QueryParameters{From: "2026-11-02", To: "2026-11-04", Days: 3}, "2026-11-02 2026-11-04"},
	} {
		c.words.Measures = []string{"loc_added"}
		a := w.query(c.words)
		if got := a.From.String() + " " + a.To.String(); got != c.want || a.CompleteTo.String() != "2026-11-20" {
			t.Errorf("%s: got %s complete to %s, want %s", name, got, a.CompleteTo, c.want)
		}
	}
}
