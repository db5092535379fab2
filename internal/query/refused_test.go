package query_test

import (
	"slices"
	"strings"
	"testing"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/query"

	"github.com/google/go-cmp/cmp"
)

// TestRefused: words that do not exist are invalid, what no report carries is
// unsupported, and the message says which word and what there is instead.
func TestRefused(t *testing.T) {
	const days = "05-04 05-05"
	for _, c := range []struct {
		question
		kind fault.Kind
		says string
	}{
		{question{measures: "loc_added", days: "05-05 05-04"}, fault.Invalid, "swap from and to"},
		{question{days: days}, fault.Invalid, "no measure given"},
		{question{measures: "loc", days: days}, fault.Invalid, `unknown measure "loc": choose from loc_changed`},
		{question{measures: "loc_added", by: "repo", days: days}, fault.Invalid, `unknown dimension "repo": choose from day`},
		{question{measures: "loc_added", by: "day,model,day", days: days}, fault.Invalid, `"day" is given twice`},
		{question{measures: "loc_added", days: days, as: "v2"}, fault.Invalid, "v1-strict, v1-wide"},
		{question{measures: "loc_added", days: days, source: "guess"}, fault.Invalid, "not one of auto, users, aggregate"},
		{question{measures: "loc_added", days: days, filters: "repo=x"}, fault.Invalid, `cannot filter by "repo"`},
		{question{measures: "loc_added", days: days, filters: "day=2026-05-04"}, fault.Invalid, `cannot filter by "day"`},
		{question{measures: "loc_added", days: days, filters: "team=red"}, fault.Invalid, `cannot filter by "team": choose from user, tool, surface, ide, feature, initiator, language, model, signal, phase`},
		{question{measures: "loc_added", days: days, filters: "model="}, fault.Invalid, "the filter on model has no value"},
		{question{measures: "loc_added", days: days, filters: "surface=web"}, fault.Invalid, `unknown surface "web": choose from ide, cli, app, unknown`},
		{question{measures: "loc_added", days: days, filters: "initiator=bot"}, fault.Invalid, `unknown initiator "bot"`},
		{question{measures: "loc_added", by: "organization,team", days: days}, fault.Unsupported, "cannot be combined"},
		{question{measures: "loc_added", by: "user,team", days: days}, fault.Unsupported, "cannot be combined"},
		{question{measures: "loc_added", by: "organization", days: days, scope: inCore}, fault.Unsupported, "already one organization or team"},
		{question{measures: "loc_added", by: "team", days: days, scope: inRed}, fault.Unsupported, "already one team"},
		{question{measures: "agent_contribution", by: "feature", days: days}, fault.Unsupported, "it already selects features itself"},
		{question{measures: "acceptance_rate", by: "initiator", days: days}, fault.Unsupported, "it already selects features itself"},
		{question{measures: "discrepancy", by: "ide", days: days}, fault.Unsupported, "whole records only"},
		{question{measures: "discrepancy", days: days, filters: "model=m1"}, fault.Unsupported, "whole records only"},
		{question{measures: "users_reporting_lines", by: "language", days: days}, fault.Unsupported, "language"},
		{question{measures: "ai_credits", by: "model", days: days}, fault.Unsupported, "none (it is of whole records)"},
		{question{measures: "loc_added", by: "ide,model", days: days}, fault.Unsupported, "no report breaks loc_added down by ide × model"},
		{question{measures: "loc_added", by: "ide", days: days, filters: "language=go"}, fault.Unsupported, "ide × language"},
		{question{measures: "interactions", by: "language", days: days}, fault.Unsupported, "the breakdowns that exist: feature, ide, model × feature"},
		{question{measures: "loc_added", by: "signal", days: days}, fault.Unsupported, "signal"},
	} {
		_, err := newWorld(t).answer(t, &c.question)
		if fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s by %s, %s: got %v, want one that says %q", c.measures, c.by, c.filters, err, c.says)
		}
	}
}

// TestColumns: dimensions come first, and fractions are numbers.
func TestColumns(t *testing.T) {
	a, err := newWorld(t).answer(t, &question{measures: "loc_added,ai_credits,agent_contribution,active_users", by: "week,team", days: "05-04 05-05"})
	if err != nil {
		t.Fatal(err)
	}
	want := []query.Column{{Name: "week", Type: "date"}, {Name: "team", Type: "string"}, {Name: "loc_added", Type: "integer", Unit: "lines"},
		{Name: "ai_credits", Type: "number", Unit: "credits"}, {Name: "agent_contribution", Type: "number", Unit: "ratio"}, {Name: "active_users", Type: "integer", Unit: "people"}}
	if diff := cmp.Diff(want, a.Columns); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	answer := query.Answer{Columns: a.Columns}
	for name, at := range map[string]int{"week": 0, "active_users": 5, "loc_deleted": -1} {
		if got := answer.Column(name); got != at {
			t.Errorf("column %s: got %d, want %d", name, got, at)
		}
	}
}

// TestOneLogin: two people of one login are two rows, by id; one without a login is
// named by the id.
func TestOneLogin(t *testing.T) {
	w := newWorld(t)
	w.user("2026-05-04", "dan", lines(1, 0))
	w.user("2026-05-04", "eve", lines(2, 0))
	w.user("2026-05-04", "none", lines(4, 0))
	w.logins[1], w.logins[2], w.logins[3] = "dan", "dan", ""
	w.check(t, []question{{name: "by user", measures: "loc_added", by: "user", days: "05-04 05-04", want: []string{"103 4", "dan 1", "dan 2"}}})
}

func TestScope(t *testing.T) {
	for _, c := range []struct {
		scope  query.Scope
		entity int64
		level  query.Level
	}{
		{query.Scope{Enterprise: acme}, acme, query.LevelEnterprise},
		{query.Scope{Enterprise: acme, Organization: core}, core, query.LevelOrganization},
		{query.Scope{Enterprise: acme, Organization: core, Team: red}, red, query.LevelTeam},
		{query.Scope{Enterprise: acme, Team: red}, red, query.LevelTeam},
	} {
		want := query.Entities{Entity: c.entity, Of: c.level, Enterprise: acme}
		if got := c.scope.Itself(); got != want || c.scope.Entity() != c.entity || c.scope.Level() != c.level {
			t.Errorf("%+v: got %+v, want %+v", c.scope, got, want)
		}
	}
}

// TestGrid lists the days on which trailing windows end. 4 May 2026 is a Monday.
func TestGrid(t *testing.T) {
	for _, c := range []struct {
		by, days string
		want     []string
	}{
		{"", "05-04 05-12", []string{"05-12"}},
		{"day", "05-30 06-01", []string{"05-30", "05-31", "06-01"}},
		{"week", "05-04 05-20", []string{"05-10", "05-17", "05-20"}},
		{"week", "05-09 05-10", []string{"05-10"}},
		{"month", "04-29 06-02", []string{"04-30", "05-31", "06-02"}},
		{"month,week", "05-25 06-03", []string{"05-31", "06-03"}},
		{"model", "05-04 05-05", []string{"05-05"}},
	} {
		q := question{measures: "weekly_active_users", by: c.by, days: c.days}
		p, err := query.Compile(q.query(t))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range p.Grid() {
			got = append(got, d.String()[len("2026-"):])
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("by %q, %s: got %v, want %v", c.by, c.days, got, c.want)
		}
	}
	if d := day.Date(2026, 5, 7); query.Bucket("week", d) != day.Date(2026, 5, 4) || query.Bucket("month", d) != day.Date(2026, 5, 1) || query.Bucket("day", d) != d {
		t.Error("a bucket does not begin with its first day")
	}
}
