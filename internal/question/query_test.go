package question_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report"
	"codegauge/internal/report/reporttest"
)

func TestEntitiesByKey(t *testing.T) {
	w := twoOrganizations(t)
	a := w.Ask(question.Parameters{Measures: question.LineMeasures, By: []string{"organization"}})
	if got, want := producttest.Show(a), "11 200 20\n12 400 40\n"; got != want {
		t.Errorf("by organization: got %q, want %q", got, want)
	}
	a = w.Ask(question.Parameters{Measures: question.LineMeasures, By: []string{"team"}})
	if got, want := producttest.Show(a), "11/core 200 20\n12/core 400 40\nedge 400 40\nnull -400 -40\n"; got != want {
		t.Errorf("by team: got %q, want %q", got, want)
	}
	warns(t, a.Warnings, "null in team means in no reported team, less what several teams share: −400 lines added, −40 lines deleted")
	got, err := w.Values(t.Context(), question.Parameters{Org: "12"}, "team")
	if want := []string{"12/core", "edge"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("values: got %q, %v; want %q", got, err, want)
	}
}

// TestUserFilter asks for people by login in any case, and for one whom nobody knows.
func TestUserFilter(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 7, 0, `"user_login":"Dev-1"`), reporttest.User(2, "2026-11-01", 5, 0, `"user_login":"1"`))
	for word, want := range map[string]string{"dev-1": "7 1\n", "DEV-1": "7 1\n", "id:1": "7 1\n", "login:1": "5 1\n", "1": "12 2\n", "nobody-here": "null null\n"} {
		a := w.Ask(question.Parameters{Measures: []string{"loc_added", "active_users"}, Where: []string{"user=" + word}})
		if got := producttest.Show(a); got != want {
			t.Errorf("user %s: got %q, want %q", word, got, want)
		}
		if warned := strings.Contains(strings.Join(a.Warnings, "\n"), strconv.Quote(word)); warned != (word == "nobody-here" || word == "1") {
			t.Errorf("user %s: warnings %q", word, a.Warnings)
		}
	}
}

// TestFormerLogin asks for users by logins that they no longer have.
func TestFormerLogin(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 7, 0, `"user_login":"old"`), reporttest.User(2, "2026-11-01", 5, 0, `"user_login":"given"`))
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-02", 3, 0, `"user_login":"new"`), reporttest.User(2, "2026-11-02", 2, 0, `"user_login":"other"`), reporttest.User(3, "2026-11-02", 1, 0, `"user_login":"given"`))
	for word, want := range map[string]struct{ figures, warning string }{
		"old":       {"10 1\n", "\"old\" is a former login of new: "},
		"login:OLD": {"10 1\n", "\"login:OLD\" is a former login of new: "},
		"new":       {"10 1\n", ""},
		"id:old":    {"null null\n", `unknown user "id:old"`},
		"given":     {"1 1\n", ""}, // it is somebody else's now
	} {
		a := w.Ask(question.Parameters{Measures: []string{"loc_added", "active_users"}, Where: []string{"user=" + word}})
		if got := producttest.Show(a); got != want.figures {
			t.Errorf("user %s: got %q, want %q", word, got, want.figures)
		}
		if got := strings.Join(a.Warnings, "\n"); !strings.Contains(got, want.warning) || want.warning == "" && strings.Contains(got, word) {
			t.Errorf("user %s: warnings %q", word, got)
		}
	}
	_, err := w.Delete(t.Context(), intake.DeleteRequest{Enterprise: "acme", User: "old"})
	if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), `"old" is a former login of new`) {
		t.Errorf("delete by a former login: %v", err)
	}
}

// TestUnclassifiedSaysWhy asks for the share of agents where no line says who made it.
func TestUnclassifiedSaysWhy(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"},
		reporttest.User(1, "2026-11-01", 7, 0, `"totals_by_feature":[{"feature":"others","loc_added_sum":7}]`),
		reporttest.User(1, "2026-11-02", 5, 0, `"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":5}]`))
	for by, want := range map[string]struct{ from, figures, warning string }{
		"":    {"2026-11-01", "null\n", "what agents made is unknown: none of the lines says who made it"},
		"day": {"2026-11-02", "2026-11-01 null\n2026-11-02 1\n", "what agents made is unknown in 1 row, of which none of the lines says who made it"},
	} {
		ask := question.Parameters{Measures: []string{"agent_contribution"}, From: "2026-11-01", To: want.from}
		if by != "" {
			ask.By = []string{by}
		}
		a := w.Ask(ask)
		if got := producttest.Show(a); got != want.figures || !slices.Contains(a.Warnings, want.warning) {
			t.Errorf("by %q: got %q, warnings %q", by, got, a.Warnings)
		}
	}
}

// TestBlankValue has a model and a language that a report leaves empty.
func TestBlankValue(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 100, 0,
		`"totals_by_language_feature":[{"language":"go","feature":"agent_edit","loc_added_sum":80},{"language":"","feature":"agent_edit","loc_added_sum":20}]`,
		`"totals_by_model_feature":[{"model":"gpt-x","feature":"agent_edit","loc_added_sum":80},{"model":"","feature":"agent_edit","loc_added_sum":20}]`))
	for dim, named := range map[string]string{"model": "gpt-x", "language": "go"} {
		if got, want := producttest.Show(w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{dim}})), "(blank) 20\n"+named+" 80\n"; got != want {
			t.Errorf("by %s: got %q, want %q", dim, got, want)
		}
		for _, value := range []string{"", "(blank)"} {
			if got := producttest.Show(w.Ask(question.Parameters{Measures: []string{"loc_added"}, Where: []string{dim + "=" + value}})); got != "20\n" {
				t.Errorf("where %s=%s: got %q, want 20", dim, value, got)
			}
		}
	}
}

// TestSortedByKey names organizations so that their keys and numbers differ in order.
func TestSortedByKey(t *testing.T) {
	w := newWorld(t)
	for i, org := range []string{"zeta", "alpha", "mid"} {
		w.LoadDays(intake.Request{Enterprise: "acme", Org: org}, i+1, reporttest.Days("2026-11-01", 2))
	}
	a := w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{"day", "organization"}})
	if got, want := producttest.Show(a), "2026-11-01 alpha 10\n2026-11-01 mid 10\n2026-11-01 zeta 10\n2026-11-02 alpha 10\n2026-11-02 mid 10\n2026-11-02 zeta 10\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCompare(t *testing.T) {
	w := newWorld(t)
	var lines []string
	for i, d := range reporttest.Days("2026-11-01", 14) {
		feature := `"feature":"agent_edit"`
		if i < 7 {
			feature = `"feature":"code_completion"`
		}
		if i != 2 && i != 10 {
			lines = append(lines, reporttest.User(1, d, i, 1, reporttest.Rows("totals_by_feature", reporttest.Row(feature, i, 1))))
		}
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	a := w.Ask(question.Parameters{Measures: []string{"loc_added", "agent_contribution", "active_users"}, Days: 7, Compare: true})
	var names []string
	for _, c := range a.Columns {
		names = append(names, c.Name)
	}
	if got := strings.Join(names, " "); got != "loc_added loc_added_previous loc_added_change agent_contribution agent_contribution_previous agent_contribution_change active_users active_users_previous active_users_change" {
		t.Errorf("columns: %s", got)
	}
	if got, want := producttest.Show(a), "60 19 41 1 0 1 1 1 0\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	warns(t, a.Warnings, "1 of 7 days of the previous period without data: 2026-11-03")
	a = w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{"day"}, From: "2026-11-10", To: "2026-11-12", Compare: true})
	if got, want := producttest.Show(a), "2026-11-10 9 null null\n2026-11-11 null 3 null\n2026-11-12 11 4 7\n"; got != want {
		t.Errorf("by day: got %q, want %q", got, want)
	}
	a = w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{"feature"}, Days: 7, Compare: true})
	if got, want := producttest.Show(a), "agent_edit 60 null null\ncode_completion null 19 null\n"; got != want {
		t.Errorf("by feature: got %q, want %q", got, want)
	}
	a = w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{"week"}, Days: 7, Compare: true})
	if got := producttest.Show(a); strings.Contains(got, "null null") {
		t.Errorf("weeks do not meet weeks: %q", got)
	}
}

func TestComparePeopleOfOneLogin(t *testing.T) {
	line := func(id, d, n string) string {
		return `{"user_id":` + id + `,"user_login":"same","day":"` + d + `","loc_added_sum":` + n + `,"loc_deleted_sum":0}`
	}
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, line("1", "2026-11-01", "1"), line("2", "2026-11-01", "2"), line("1", "2026-11-08", "10"))
	a := w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{"user"}, From: "2026-11-08", To: "2026-11-08", Compare: true})
	if got, want := producttest.Show(a), "same (id:1) 10 1 9\nsame (id:2) null 2 null\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestQueryWarnings(t *testing.T) {
	w := newWorld(t)
	w.Today = "2026-08-03"
	w.LoadDays(intake.Request{Enterprise: "acme"}, 1, reporttest.Days("2026-07-07", 28), reporttest.Rows("totals_by_ide", reporttest.Row(`"ide":"vscode"`, 4, 1)))
	w.LoadDays(intake.Request{Enterprise: "acme", Tool: "claude_code"}, 1, reporttest.Days("2026-07-07", 28))
	a := w.Ask(question.Parameters{Measures: question.LineMeasures, By: []string{"ide"}, From: "2026-07-07", To: "2026-08-05"})
	want := []string{
		"3 days are provisional: 2026-08-01 to 2026-08-03; 2 days have no data yet: 2026-08-04 to 2026-08-05",
		"sum of 2 tools that count lines differently: Claude Code (lines written to files by the agent); GitHub Copilot (lines that reached or left a file in the editor, CLI or app)",
		"on 2026-07-28, within the range: app activity joins the top-level totals",
		"null in ide means no IDE (CLI and app): 448 lines added, 28 lines deleted",
	}
	// The second tool's records have neither IDE nor anything else by IDE.
	if !slices.Equal(a.Warnings, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(a.Warnings, "\n"), strings.Join(want, "\n"))
	}
	a = w.Ask(question.Parameters{Measures: question.LineMeasures, By: []string{"tool"}, From: "2026-07-28", To: "2026-07-30", Compare: true})
	warns(t, a.Warnings, "on 2026-07-28, within the compared periods: app activity joins the top-level totals")
	for _, text := range a.Warnings {
		if strings.Contains(text, "count differently") {
			t.Errorf("rows by tool add up nothing: %q", text)
		}
	}
}

func TestValues(t *testing.T) {
	w := twoOrganizations(t)
	for dimension, want := range map[string]string{
		"feature": "agent_edit code_completion", "tool": "copilot", "organization": "11 12", "surface": "ide cli app unknown",
	} {
		got, err := w.Values(t.Context(), question.Parameters{}, dimension)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, %v; want %q", dimension, got, err, want)
		}
	}
}

func TestLastChange(t *testing.T) {
	w := newWorld(t)
	version := func() int64 {
		t.Helper()
		n, err := w.DataVersion(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	w.LoadDays(intake.Request{Enterprise: "acme"}, 1, []string{"2026-10-05", "2026-11-05"})
	both := version()
	w.LoadDays(intake.Request{Enterprise: "acme"}, 2, []string{"2026-11-06"})
	november := version()
	for _, c := range []struct {
		from, to string
		want     int64
	}{{"2026-10-01", "2026-10-09", both}, {"2026-10-20", "2026-11-02", november}, {"2026-08-01", "2026-08-31", 0}} {
		if got, err := w.LastChange(t.Context(), question.Parameters{From: c.from, To: c.to}); err != nil || got != c.want || both == november {
			t.Errorf("%s to %s: last changed at %d, %v; want %d", c.from, c.to, got, err, c.want)
		}
	}
}

func TestEnterprises(t *testing.T) {
	w := newWorld(t)
	if list, err := w.Enterprises(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("got %v, %v; want none", list, err)
	}
	w.LoadDays(intake.Request{Enterprise: "beta"}, 1, reporttest.Days("2026-11-01", 24))
	w.Load(intake.Request{Enterprise: "acme"}, `{"user_id":1,"day":"2026-11-01","team_id":1,"slug":"core"}`)
	list, err := w.Enterprises(t.Context())
	if err != nil || len(list) != 2 || list[0].Entity.Slug != "acme" {
		t.Fatalf("got %+v, %v", list, err)
	}
	if list[0].Lines != nil || list[0].CompleteTo != 0 || list[0].Sources != 0 {
		t.Errorf("no data: %+v", list[0])
	}
	if b := list[1]; *b.Lines != 21*11 || *b.ActiveUsers != 1 || b.Sources != 1 || b.Late != 0 {
		t.Errorf("got %+v", b)
	}
}

func TestReconcileParts(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"},
		reporttest.User(1, "2026-11-01", 100, 10, reporttest.Rows("totals_by_feature", reporttest.Row(`"feature":"agent_edit"`, 50, 5), reporttest.Row(`"feature":"code_completion"`, 20, 0), reporttest.Row(`"feature":"copilot_cli"`, 10, 0), reporttest.Row(`"feature":"others"`, 5, 0)),
			reporttest.Rows("totals_by_ide", reporttest.Row(`"ide":"vscode"`, 80, 10)),
			reporttest.Rows("totals_by_model_feature", reporttest.Row(`"model":"m","feature":"agent_edit"`, 50, 5), reporttest.Row(`"model":"m","feature":"copilot_cli"`, 12, 0))),
		reporttest.User(2, "2026-11-01", 10, 1, reporttest.Rows("totals_by_feature", reporttest.Row(`"feature":"agent_edit"`, 13, 1))))
	r := w.reconcile(question.Parameters{})
	equalLines(t, "total", r.Total, 110, 11)
	for i, want := range []question.Part{{Name: "user"}, {Name: "agent"}, {Name: "unclassified"}, {Name: "discrepancy"}} {
		if r.Parts[i].Name != want.Name {
			t.Errorf("part %d: got %s, want %s", i, r.Parts[i].Name, want.Name)
		}
	}
	equalLines(t, "user", r.Parts[0].Lines, 20, 0)
	equalLines(t, "agent", r.Parts[1].Lines, 73, 6)
	equalLines(t, "unclassified", r.Parts[2].Lines, 20, 5)
	equalLines(t, "discrepancy", r.Parts[3].Lines, -3, 0)
	for breakdown, want := range map[string]string{
		"feature": "the total exceeds the sum of features +15 -5, the sum of features exceeds the total +−3 -0",
		"ide":     "CLI and app activity has no IDE +10 -0, the report's IDE rows do not add up to its total +20 -1",
		"model":   "Completions: no model in the report +20 -0, Agent edits in files: no model in the report +13 -1, Others: no model in the report +5 -0, Copilot CLI: rows by model exceed it +−2 -0, lines without a feature +12 -5",
	} {
		if got := causes(checkOf(t, r, breakdown)); got != want {
			t.Errorf("%s: got %q, want %q", breakdown, got, want)
		}
	}
	if len(r.Days) != 1 || r.Rows != 2 {
		t.Errorf("got %d days, %d rows", len(r.Days), r.Rows)
	}
	// A condition on the surface is carried by all breakdowns but the IDEs.
	r = w.reconcile(question.Parameters{Surface: "ide"})
	equalLines(t, "on the IDE", r.Total, 83, 6)
	for _, c := range r.Checks {
		if c.Breakdown == "ide" {
			t.Errorf("IDEs by surface: %+v", c)
		}
	}
}

func causes(c question.Check) string {
	var out []string
	for _, r := range c.Residuals {
		out = append(out, r.Cause+" "+linesText(r.Lines))
	}
	return strings.Join(out, ", ")
}

func TestHistory(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme", Org: "north"}, reporttest.User(1, "2026-11-01", 1, 0), reporttest.User(1, "2026-11-02", 1, 0))
	w.Load(intake.Request{Enterprise: "acme", Org: "north", Inputs: []report.Input{reporttest.Input("dir/first.ndjson", reporttest.User(9, "2026-11-02", 1, 1))}}, reporttest.User(1, "2026-11-01", 1, 0))
	list, err := w.History(t.Context(), 1, 10)
	if err != nil || len(list) != 2 {
		t.Fatalf("got %v, %v", list, err)
	}
	if e := w.Dir.Events; len(e) != 2 || e[1].Action != intake.DataImported || e[1].Target != intake.ImportTarget(list[0].ID) || e[1].Detail != "2 records from 2 files, first first.ndjson" {
		t.Errorf("audit log: %+v", e)
	}
	if list[0].Origin != "2 files, first first.ndjson" || list[1].Origin != "in.ndjson" || list[1].Reports[0].Sources[0] != "north" {
		t.Errorf("got %+v", list)
	}
}

func TestContradictions(t *testing.T) {
	w := newWorld(t)
	features := func(n int) string {
		return reporttest.Rows("totals_by_feature", reporttest.Row(`"feature":"agent_edit"`, n, 1))
	}
	l := w.Load(intake.Request{Enterprise: "acme"},
		reporttest.User(1, "2026-11-01", 10, 1, features(10)), reporttest.User(1, "2026-11-02", 10, 1, features(12)), reporttest.User(1, "2026-11-03", 10, 1, features(8)), reporttest.User(1, "2026-11-04", 0, 0),
		reporttest.Aggregate("2026-11-01", 10, 1, features(9)), reporttest.Aggregate("2026-11-02", 10, 1))
	for _, want := range []string{
		"acme: on 2 of 4 days the user records contradict themselves: the differences of single days cancel out",
		"acme: on 1 of 2 days the aggregates contradict themselves: features add up to 9 lines added, but the total is 10",
		"acme: on 1 of 2 days the aggregates put no lines under a feature, so all are unclassified",
	} {
		if !producttest.Mentions(l.Warnings, want) {
			t.Errorf("got %v, want %q", l.Warnings, want)
		}
	}
	// The reconciliation has them, whether it reads units or, of a filter, rows.
	for source, want := range map[string][]string{
		"": {"2026-11-02 of +10 -1: +12 -1", "2026-11-03 of +10 -1: +8 -1"}, "aggregate": {"2026-11-01 of +10 -1: +9 -1", "2026-11-02 of +10 -1: +0 -0"},
	} {
		for _, where := range [][]string{nil, {"tool=copilot"}} {
			var got []string
			for _, d := range w.reconcile(question.Parameters{From: "2026-11-01", To: "2026-11-04", Source: source, Where: where}).Days {
				got = append(got, fmt.Sprintf("%s of %s: %s", d.Day, linesText(d.Total), linesText(d.Features)))
			}
			if !slices.Equal(got, want) {
				t.Errorf("source %q where %v: got %q, want %q", source, where, got, want)
			}
		}
	}
	// An import speaks of the days that it touched, not of those before.
	if l := w.Load(intake.Request{}, reporttest.User(1, "2026-11-01", 10, 1, features(10))); len(l.Warnings) != 0 {
		t.Errorf("got %v", l.Warnings)
	}
}
