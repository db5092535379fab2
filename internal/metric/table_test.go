package metric

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/day"
)

// TestNames: the tables are found by name, each name once.
func TestNames(t *testing.T) {
	for _, name := range MeasureNames() {
		if m := MeasureByName(name); m == nil || m.Name != name {
			t.Errorf("measure %s: got %+v", name, m)
		}
	}
	for _, name := range DimensionNames() {
		if d := DimensionByName(name); d == nil || d.Name != name || d.Label == "" || d.Definition == "" {
			t.Errorf("dimension %s: got %+v", name, d)
		}
	}
	if MeasureByName("lines") != nil || DimensionByName("repo") != nil || len(MeasureNames()) != len(Measures) || len(DimensionNames()) != len(Dimensions) {
		t.Error("names that no table has")
	}
	for _, list := range [][]string{MeasureNames(), DimensionNames()} {
		slices.Sort(list)
		if len(slices.Compact(slices.Clone(list))) != len(list) {
			t.Errorf("a name stands twice: %v", list)
		}
	}
}

func TestCounters(t *testing.T) {
	for _, c := range []struct {
		counter      Counter
		column       string
		lines, ofRow bool
	}{
		{Interactions, "interactions", false, true}, {LocSuggestedAdd, "loc_suggested_add", true, true}, {LocDeleted, "loc_deleted", true, true},
		{AICredits, "ai_credits", false, false}, {StatedDailyUsers, "stated_daily_users", false, false},
	} {
		if c.counter.Column() != c.column || c.counter.Lines() != c.lines || c.counter.InRows() != c.ofRow {
			t.Errorf("%s: lines %t, of rows %t", c.counter.Column(), c.counter.Lines(), c.counter.InRows())
		}
	}
	for name, want := range map[string]string{"loc_added": "[loc_added_sum]", "ai_credits": "[ai_credits_used]", "loc_changed": "[loc_added_sum loc_deleted_sum]", "daily_active_users": "[]",
		"acceptance_rate": "[code_acceptance_activity_count code_generation_activity_count]", "chat_requests_per_active_user": "[user_initiated_interaction_count]"} {
		if got := fmt.Sprint(MeasureByName(name).FieldsIn(Totals)); got != want {
			t.Errorf("fields of %s: got %s, want %s", name, got, want)
		}
	}
	for _, c := range []struct {
		measure string
		in      Breakdown
		want    string
	}{{"pull_requests_merged", StatedPhases, "[total_pull_requests_merged]"}, {"pull_requests_merged", PullRequests, "[total_merged]"}, {"pull_requests_merged", RepositoryPullRequests, "[total_merged]"},
		{"median_minutes_to_merge", StatedPhases, "[avg_pull_requests_median_minutes_to_merge users_in_phase_28d]"}, {"median_minutes_to_merge", PullRequests, "[median_minutes_to_merge total_merged]"},
		{"minutes_ready_to_first_review", RepositoryReviewTimes, "[median_minutes_ready_to_first_review total_merged]"}} {
		if got := fmt.Sprint(MeasureByName(c.measure).FieldsIn(c.in)); got != c.want {
			t.Errorf("fields of %s in %s: got %s, want %s", c.measure, Breakdowns[c.in].Field, got, c.want)
		}
	}
	if s := MeasureByName("ai_credits").Sum.Scale(); s != 1_000_000 {
		t.Errorf("a credit is %d", s)
	}
}

// TestCarries: totals carry every counter, rows those of rows that they do not lack,
// and what only names people none.
func TestCarries(t *testing.T) {
	for _, c := range []struct {
		breakdown Breakdown
		counter   Counter
		want      bool
	}{
		{Totals, AICredits, true}, {ByFeature, AICredits, false}, {ByFeature, Interactions, true},
		{ByLanguageFeature, Interactions, false}, {ByLanguageFeature, LocAdded, true}, {BySignal, LocAdded, false},
	} {
		if got := Breakdowns[c.breakdown].Carries(c.counter); got != c.want {
			t.Errorf("breakdown %d, %s: got %t", c.breakdown, c.counter.Column(), got)
		}
	}
}

// TestKinds: the kind of a measure follows from what it has, and so does whether it
// selects features itself.
func TestKinds(t *testing.T) {
	for _, c := range []struct {
		measure, kind string
		fixes         bool
	}{
		{"loc_changed", "additive", false}, {"active_users", "distinct", false}, {"agent_contribution", "quotient", true},
		{"lines_changed_per_active_user", "quotient", false}, {"chat_requests_per_active_user", "quotient", true}, {"discrepancy", "additive", true},
	} {
		if m := MeasureByName(c.measure); m.Kind() != c.kind || m.FixesFeatures() != c.fixes {
			t.Errorf("%s: %s, %t", c.measure, m.Kind(), m.FixesFeatures())
		}
	}
}

// TestRefusals name what there is instead.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		measure string
		keys    []Key
		says    string
	}{
		{"loc_added", []Key{KeyIDE, KeyModel}, "no report breaks loc_added down by ide × model; the breakdowns that exist: feature, ide, language × feature, model × feature, language × model"},
		{"interactions", []Key{KeyLanguage}, "the breakdowns that exist: feature, ide, model × feature"},
		{"agent_contribution", []Key{KeyIDE}, "by ide × feature; the breakdowns that exist: feature, language × feature, model × feature"},
		{"ai_credits", []Key{KeyModel}, "the breakdowns that exist: none (it is of whole records)"},
		{"active_users", []Key{KeySignal, KeySignal, KeyPhase}, "by signal × phase; "},
	} {
		if _, err := Serving(MeasureByName(c.measure), c.keys); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want one that says %q", c.measure, err, c.says)
		}
	}
}

func TestReportedDimensions(t *testing.T) {
	for name, want := range map[string]bool{"model": true, "feature": true, "signal": true, "surface": false, "initiator": false, "user": false, "day": false} {
		if got := DimensionByName(name).Reported(); got != want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

func TestDefinitions(t *testing.T) {
	for s, want := range map[string]Definition{"": Strict, "v1-strict": Strict, "v1-wide": Wide} {
		if got, err := ParseDefinition(s); got != want || err != nil {
			t.Errorf("%q: got %s, %v", s, got, err)
		}
	}
	if got, err := ParseDefinition("v2"); err == nil {
		t.Errorf("v2 is %s", got)
	}
	agents := []string{"agent_edit", "copilot_cli", "cli_agent", "copilot_app", "vscode_agent"}
	if got := Strict.FeaturesOf(ByAgent); !slices.Equal(got, agents) {
		t.Errorf("v1-strict, agents: %v", got)
	}
	if got := Wide.FeaturesOf(ByAgent); len(got) != len(agents)+3 || !slices.Contains(got, "chat_panel_edit_mode") {
		t.Errorf("v1-wide, agents: %v", got)
	}
	for _, name := range ChatFeatures() {
		if f, ok := FeatureByName(name); !ok || !f.Chat || !strings.HasPrefix(name, "chat_") {
			t.Errorf("%s is no chat", name)
		}
	}
	for _, d := range Definitions { // every feature has one initiator
		n := 0
		for _, i := range Initiators {
			n += len(d.Name.FeaturesOf(i))
		}
		if n != len(Features) {
			t.Errorf("%s: %d features have an initiator, of %d", d.Name, n, len(Features))
		}
	}
}

func TestTools(t *testing.T) {
	if got := GitHubTools(); !slices.Equal(got, []string{Copilot}) {
		t.Errorf("got %v", got)
	}
	if got := ToolByName("new"); got.Label != "new" || got.Grade != "unknown: new" || got.LineMeaning == "" {
		t.Errorf("got %+v", got)
	}
	for _, c := range []struct {
		tools []string
		want  []string
	}{
		{nil, nil}, {[]string{"copilot", "cursor"}, []string{"editor lines"}},
		{[]string{"copilot", "codex", "claude_code"}, []string{"agent lines", "editor lines"}}, {[]string{"b", "a"}, []string{"unknown: a", "unknown: b"}},
	} {
		if got := Grades(c.tools); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v", c.tools, got)
		}
	}
}

func TestBreaks(t *testing.T) {
	if !slices.IsSortedFunc(Breaks, func(a, b Break) int { return int(a.Day - b.Day) }) {
		t.Error("the breaks are not in order")
	}
	june := day.Date(2026, 6, 15)
	for _, c := range []struct {
		r    day.Range
		want int
	}{
		{day.Range{From: june, To: june}, 1}, {day.Range{From: june + 1, To: june + 2}, 0}, {day.Range{From: june - 1, To: june - 1}, 0},
		{day.Range{From: day.Date(2026, 4, 10), To: june}, 2}, {day.Range{From: june, To: june - 1}, 0},
	} {
		if got := BreaksIn(c.r); len(got) != c.want {
			t.Errorf("%s: got %v", c.r, got)
		}
	}
}
