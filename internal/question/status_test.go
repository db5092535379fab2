package question_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

func (w *world) status(words question.Parameters) *question.Status {
	w.T.Helper()
	st, err := w.Status(w.T.Context(), words)
	if err != nil {
		w.T.Fatalf("status %+v: %v", words, err)
	}
	return st
}

func TestCompleteTo(t *testing.T) {
	w := newWorld(t)
	w.LoadDays(intake.Request{Enterprise: "acme"}, 1, reporttest.Days("2026-11-01", 24))
	st := w.status(question.Parameters{})
	if st.CompleteTo.String() != "2026-11-21" || st.Data.To.String() != "2026-11-24" {
		t.Errorf("got complete to %s of data to %s", st.CompleteTo, st.Data.To)
	}
	if got := english.DayRanges(st.Provisional); got != "2026-11-22 to 2026-11-24" {
		t.Errorf("provisional: got %s", got)
	}
	w.Today = "2026-12-24"
	if st := w.status(question.Parameters{}); st.CompleteTo.String() != "2026-11-24" || len(st.Provisional) != 0 {
		t.Errorf("a month later: complete to %s, provisional %v", st.CompleteTo, st.Provisional)
	}
}

func TestLateSource(t *testing.T) {
	w := newWorld(t)
	w.LoadDays(intake.Request{Enterprise: "acme"}, 1, reporttest.Days("2026-11-01", 20))
	w.LoadDays(intake.Request{Enterprise: "acme", Tool: "cursor"}, 1, reporttest.Days("2026-11-01", 10))
	st := w.status(question.Parameters{})
	if st.CompleteTo.String() != "2026-11-20" || len(st.Sources) != 2 {
		t.Fatalf("got complete to %s, %d sources", st.CompleteTo, len(st.Sources))
	}
	for _, src := range st.Sources {
		if src.Late != (src.Tool == "cursor") {
			t.Errorf("%s: late %t", src.Tool, src.Late)
		}
	}
	warns(t, w.Ask(question.Parameters{Measures: question.LineMeasures}).Warnings, "source acme (cursor, users) is late: its data ends on 2026-11-10")
	a := w.Ask(question.Parameters{Measures: question.LineMeasures, To: "2026-11-10"})
	if slices.ContainsFunc(a.Warnings, func(s string) bool { return strings.Contains(s, "late") }) {
		t.Errorf("a range that the late source has all of: %q", a.Warnings)
	}
	if st := w.status(question.Parameters{Where: []string{"tool=cursor"}}); st.CompleteTo.String() != "2026-11-10" || !st.Sources[0].Late { // two weeks ago
		t.Errorf("the tool alone: complete to %s, %+v", st.CompleteTo, st.Sources)
	}
	w.Today = "2026-12-20" // nothing came since: what is dead is not on time
	for _, src := range w.status(question.Parameters{}).Sources {
		if !src.Late {
			t.Errorf("%s ends on %s, and is on time on %s", src.Tool, src.Days.To, w.Today)
		}
	}
}

// TestSourcesThatDoNotCount has an aggregate and an organization's report
// that end before the enterprise's user report.
func TestSourcesThatDoNotCount(t *testing.T) {
	w := newWorld(t)
	w.LoadDays(intake.Request{Enterprise: "acme"}, 1, reporttest.Days("2026-11-01", 20))
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.Aggregate("2026-11-02", 1, 1, `"enterprise_id":"83"`))
	w.LoadDays(intake.Request{Enterprise: "acme", Org: "north"}, 1, reporttest.Days("2026-11-01", 3))
	st := w.status(question.Parameters{})
	if len(st.Sources) != 1 || st.Sources[0].Late || len(st.Aggregate) != 0 || len(st.Union) != 0 {
		t.Errorf("got %+v", st)
	}
	if st := w.status(question.Parameters{Source: "aggregate"}); st.CompleteTo.String() != "2026-11-02" || len(st.Sources) != 1 {
		t.Errorf("by aggregate: %+v", st)
	}
	if st := w.status(question.Parameters{Org: "north"}); st.CompleteTo.String() != "2026-11-03" || len(st.Missing) != 25 {
		t.Errorf("organization: %+v", st)
	}
}

// TestDataBeginsWithAggregates has aggregates from before the first user report.
func TestDataBeginsWithAggregates(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.Aggregate("2026-10-28", 7, 0, `"enterprise_id":"83"`), reporttest.Aggregate("2026-11-02", 1, 1, `"enterprise_id":"83"`))
	w.LoadDays(intake.Request{Enterprise: "acme"}, 1, reporttest.Days("2026-11-01", 20))
	st := w.status(question.Parameters{})
	if got := english.DayRanges([]day.Day{st.Data.From, st.Data.To}); got != "2026-10-28, 2026-11-20" || st.CompleteTo != st.Data.To || len(st.Sources) != 1 {
		t.Errorf("data %s, complete to %s, sources %+v", got, st.CompleteTo, st.Sources)
	}
	if english.DayRanges(st.Aggregate) != "2026-10-28" {
		t.Errorf("from aggregates: %v", st.Aggregate)
	}
}

func TestMissingAndLinesUnknown(t *testing.T) {
	w := newWorld(t)
	days := slices.Delete(reporttest.Days("2026-10-24", 28), 3, 5)
	w.LoadDays(intake.Request{Enterprise: "acme"}, 1, days)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(2, "2026-11-01", 0, 0))
	st := w.status(question.Parameters{})
	if english.DayRanges(st.Missing) != "2026-10-27 to 2026-10-28" {
		t.Errorf("missing: %v", st.Missing)
	}
	a := w.Ask(question.Parameters{Measures: question.LineMeasures})
	warns(t, a.Warnings, "2 of 28 days without data: 2026-10-27 to 2026-10-28")
	// The records of user 1 have lines but no breakdowns: their lines are known.
	warns(t, a.Warnings, "1 record has unknown lines: only the server saw the activity, the client is too old to report lines, or the report states none")
	if got := w.Ask(question.Parameters{Measures: []string{"active_users"}}).Warnings; len(got) != 1 {
		t.Errorf("people need no warning of lines: %q", got)
	}
}

// TestLinesUnknownOfPart has an enterprise's report whose people are in an
// organization and a team by their membership.
func TestLinesUnknownOfPart(t *testing.T) {
	w := newWorld(t)
	in := func(user int, d string) string {
		return fmt.Sprintf(`{"user_id":%d,"day":%q,"enterprise_id":"83","organization_id":"5","team_id":7,"slug":"core"}`, user, d)
	}
	w.Load(intake.Request{Enterprise: "acme"},
		reporttest.User(1, "2026-11-01", 10, 1, `"enterprise_id":"83"`), reporttest.User(2, "2026-11-01", 0, 0), reporttest.User(3, "2026-11-01", 0, 0), reporttest.User(4, "2026-11-01", 0, 0),
		reporttest.User(2, "2026-11-02", 0, 0), reporttest.User(4, "2026-11-02", 0, 0),
		in(1, "2026-11-01"), in(2, "2026-11-01"), in(3, "2026-11-01"), in(1, "2026-11-02"), in(2, "2026-11-02"))
	for _, c := range []struct {
		words question.Parameters
		want  int64
	}{{question.Parameters{}, 5}, {question.Parameters{Org: "5"}, 3}, {question.Parameters{Org: "5", Team: "core"}, 3}, {question.Parameters{Team: "core", From: "2026-11-02", To: "2026-11-02"}, 1}} {
		if got := w.status(c.words).LinesUnknown; got != c.want {
			t.Errorf("%+v: %d reduced records, want %d", c.words, got, c.want)
		}
	}
}

func TestUnionAndAggregate(t *testing.T) {
	w := newWorld(t)
	w.LoadDays(intake.Request{Enterprise: "acme", Org: "north"}, 1, reporttest.Days("2026-11-01", 3))
	w.LoadDays(intake.Request{Enterprise: "acme", Org: "south"}, 2, reporttest.Days("2026-11-01", 3))
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.Aggregate("2026-11-03", 100, 0, `"enterprise_id":"83"`))
	st := w.status(question.Parameters{})
	if strings.Join(st.Union, " ") != "north south" || english.DayRanges(st.Aggregate) != "2026-11-03" {
		t.Errorf("got union %v, aggregate %v", st.Union, st.Aggregate)
	}
	a := w.Ask(question.Parameters{Measures: question.LineMeasures, From: "2026-11-01", By: []string{"day"}})
	if got, want := producttest.Show(a), "2026-11-01 20 2\n2026-11-02 20 2\n2026-11-03 100 0\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	warns(t, a.Warnings, "1 day comes from aggregates, which have no distinct people across days and no teams: 2026-11-03")
	warns(t, a.Warnings, "the enterprise has no report of its own for some days: figures are those of the people in its organizations (north, south)")
	if r := w.reconcile(question.Parameters{}); r.Rows != 5 {
		t.Errorf("got %d rows, want 4 people's and an aggregate", r.Rows)
	}
}

// TestNullRows asks by what reports do not say, and where they contradict themselves.
func TestNullRows(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, `{"day":"2026-11-01","enterprise_id":"1","loc_added_sum":5}`)
	day := question.Parameters{Measures: []string{"loc_added"}, By: []string{"team"}, From: "2026-11-01", To: "2026-11-01"}
	warns(t, w.Ask(day).Warnings, "null in team means not known by team (aggregates): 5 lines added")
	w.Load(intake.Request{Enterprise: "acme"}, `{"user_id":1,"day":"2026-11-02","loc_added_sum":5,"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":8}]}`)
	day.By, day.From, day.To = []string{"feature"}, "2026-11-02", "2026-11-02"
	warns(t, w.Ask(day).Warnings, "null in feature means discrepancy (the report's features exceed its total): −3 lines added")
}

func TestNoData(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, `{"user_id":1,"day":"2026-11-01","team_id":1,"slug":"core"}`)
	st := w.status(question.Parameters{})
	if st.CompleteTo != 0 || st.Data.Len() != 0 || st.Range.To.String() != "2026-11-21" {
		t.Errorf("got %+v", st)
	}
	a := w.Ask(question.Parameters{Measures: []string{"loc_changed", "active_users"}})
	if got := producttest.Show(a); got != "null null\n" {
		t.Errorf("got %q", got)
	}
	warns(t, a.Warnings, "acme has no data")
	w.LoadDays(intake.Request{Enterprise: "acme"}, 1, reporttest.Days("2026-11-01", 3))
	warns(t, w.Ask(question.Parameters{Measures: question.LineMeasures, Where: []string{"tool=cursor"}}).Warnings, "acme has no data of cursor")
	warns(t, w.Ask(question.Parameters{Measures: question.LineMeasures, Source: "aggregate"}).Warnings, "acme has no aggregates")
	a = w.Ask(question.Parameters{Measures: question.LineMeasures, From: "2026-01-01", To: "2026-01-31"})
	warns(t, a.Warnings, "no data from 2026-01-01 to 2026-01-31; data exists from 2026-11-01 to 2026-11-03")
	if r := w.reconcile(question.Parameters{From: "2026-01-01", To: "2026-01-31"}); r.Total.Changed != nil || r.Rows != 0 {
		t.Errorf("reconcile of nothing: %+v", r)
	}
}

// TestRepositoriesAlone has reports of repositories, of the enterprise, and asks for what only
// reports of people say.
func TestRepositoriesAlone(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, `{"day":"2026-11-01","repo_id":5,"repo_name":"acme/shop"}`)
	warns(t, w.Ask(question.Parameters{Measures: question.LineMeasures}).Warnings, "acme has reports of repositories only: what people did is unknown")
}
