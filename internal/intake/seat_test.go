package intake_test

import (
	"fmt"
	"strings"
	"testing"

	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/report"
	"codegauge/internal/report/reporttest"
)

// pageOf returns a page of an answer of total seats with those of some people, who
// were last active on a day of November, at different hours.
func pageOf(total, day int, people ...int) string {
	var list []string
	for _, n := range people {
		list = append(list, fmt.Sprintf(`{"assignee":{"id":%d,"login":"u%[1]d"},"created_at":"2026-12-24T00:00:00Z","last_activity_at":"2026-11-%02dT%02d:00:00Z"}`, n, day, n))
	}
	return fmt.Sprintf(`{"total_seats":%d,"seats":[%s]}`, total, strings.Join(list, ","))
}

// seated returns how many seats there are and of when, as "3 of 2026-11-01 03:00:00Z".
func (w *world) seated(t *testing.T) string {
	t.Helper()
	of, seats, err := w.Dir.SeatAnswer(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if of.IsZero() {
		return "none"
	}
	return fmt.Sprint(intake.CountPeople(seats), " of ", intake.Stamp(of))
}

// TestSeatPages imports answers page by page, each step on top of the one before.
func TestSeatPages(t *testing.T) {
	w := newWorld(t) // it is 2026-11-24 12:00
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 1, 0))
	for i, step := range []struct {
		page, want, warns string
		moves             bool
	}{
		{pageOf(3, 1, 1, 2), "2 of 2026-11-01 02:00:00Z", "total_seats says 3, but only 2 came so far; import the remaining pages", true},
		{pageOf(3, 1, 1, 2), "2 of 2026-11-01 02:00:00Z", "only 2 came so far", true}, // once more
		{pageOf(3, 1, 3), "3 of 2026-11-01 03:00:00Z", "", true},
		{pageOf(3, 1, 1, 2), "3 of 2026-11-01 03:00:00Z", "", false},                                           // a page of what is there
		{pageOf(5, 1, 1, 2), "3 of 2026-11-01 03:00:00Z", "total_seats says 5, but only 2 came so far", false}, // of another answer that says the same of them
		{pageOf(4, 2, 1, 2), "3 of 2026-11-01 03:00:00Z", "total_seats says 4, but only 2 came so far; import the remaining pages; until then the stored list of 3 people, as of 2026-11-01 03:00:00Z, stays", false},
		{pageOf(4, 3, 1, 2), "3 of 2026-11-01 03:00:00Z", "only 2 came so far", false}, // the next night's first page
		{pageOf(4, 2, 3), "3 of 2026-11-01 03:00:00Z", "only 3 came so far", false},
		{pageOf(4, 2, 4), "4 of 2026-11-03 02:00:00Z", "", true},
		{pageOf(2, 2, 1, 2), "4 of 2026-11-03 02:00:00Z", "the list of 2026-11-02 02:00:00Z is older than the stored one (2026-11-03 02:00:00Z): left out", false},
		{pageOf(2, 2, 1) + pageOf(2, 2, 2), "4 of 2026-11-03 02:00:00Z", "the list of 2026-11-02 02:00:00Z is older than the stored one (2026-11-03 02:00:00Z): left out", false},
		{pageOf(2, 4, 1, 2), "2 of 2026-11-04 02:00:00Z", "seats of acme: fewer than before: 4 → 2", true},
		{pageOf(2, 5, 1) + pageOf(2, 5, 2), "2 of 2026-11-05 02:00:00Z", "", true},
		{`{"total_seats":3,"seats":[{"assignee":null},{"assignee":{"id":1},"updated_at":"2026-11-06T00:00:00Z"}]}`, "2 of 2026-11-05 02:00:00Z", "only 2 came so far", false},
		{pageOf(3, 6, 2), "2 of 2026-11-06 02:00:00Z", "", true}, // one of the three is nobody's
		{pageOf(0, 7), "0 of 2026-11-24 12:00:00Z", "seats of acme: fewer than before: 2 → 0", true},
		{pageOf(1, 30, 1), "1 of 2026-11-24 12:00:00Z", "", true}, // no answer is of a time to come
	} {
		preview := w.Load(intake.Request{Preview: true}, step.page)
		l := w.Load(intake.Request{}, step.page)
		if got := w.seated(t); got != step.want {
			t.Errorf("step %d: %s, want %s; %+v", i, got, step.want, l.Warnings)
		}
		if fmt.Sprint(preview.Warnings, preview.Seats) != fmt.Sprint(l.Warnings, l.Seats) {
			t.Errorf("step %d: a preview says %v %v, the import %v %v", i, preview.Warnings, preview.Seats, l.Warnings, l.Seats)
		}
		if step.warns != "" && !producttest.Mentions(l.Warnings, step.warns) || step.warns == "" && producttest.Mentions(l.Warnings, "seats of") {
			t.Errorf("step %d: warned %v, want %q", i, l.Warnings, step.warns)
		}
		if (len(l.Seats) > 0) != step.moves {
			t.Errorf("step %d: moved %+v", i, l.Seats)
		}
	}
}

// TestSeatPagesTogether imports pages in one go, in files of their own, and an
// answer of an organization beside the enterprise's.
func TestSeatPagesTogether(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 1, 0))
	l := w.Load(intake.Request{Inputs: []report.Input{reporttest.Input("2", pageOf(5, 1, 3, 4)), reporttest.Input("1", pageOf(5, 1, 1, 2))}}, pageOf(5, 2, 5))
	if got := w.seated(t); got != "5 of 2026-11-02 05:00:00Z" || l.Records["seats"] != 5 || fmt.Sprint(l.Seats) != "[{acme 0 5}]" {
		t.Errorf("got %s, %+v", got, l)
	}
	l = w.Load(intake.Request{Org: "north"}, pageOf(1, 1, 9))
	if got := w.seated(t); got != "5 of 2026-11-02 05:00:00Z" || len(l.Seats) != 1 || l.Seats[0].Source != "north" {
		t.Errorf("got %s, %+v", got, l.Seats)
	}
	// Seats that stand alone are one answer, whose total nobody says.
	l = w.Load(intake.Request{}, `{"assignee":{"id":1},"last_activity_at":"2026-11-03T00:00:00Z"}`, `{"assignee":{"id":2}}`)
	if got := w.seated(t); got != "2 of 2026-11-03 00:00:00Z" || !producttest.Mentions(l.Warnings, "5 → 2") {
		t.Errorf("got %s, %+v", got, l)
	}
}

func TestEmptySeatsNeedAnEnterprise(t *testing.T) {
	w := newWorld(t)
	_, err := w.TryLoad(intake.Request{}, pageOf(0, 1))
	producttest.Refuses(t, "no enterprise", err, fault.Invalid, "name it with --enterprise SLUG")
	if l := w.Load(intake.Request{Enterprise: "acme"}, pageOf(0, 1)); len(l.Seats) != 1 || l.Records["seats"] != 0 || w.entities() != `enterprise "acme" []` {
		t.Errorf("got %+v, %s", l, w.entities())
	}
}

// TestSeatCSV imports GitHub's CSV list: each file is an answer, newer or older like any,
// and whoever was erased stays out.
func TestSeatCSV(t *testing.T) {
	list := func(day string, logins ...string) string {
		text := "Report Time,Login,Last Authenticated At,Last Activity At,Last Surface Used\n"
		for _, login := range logins {
			text += day + "T10:00:00Z," + login + ",,2026-11-01T00:00:00Z,vscode/1.110.0\n"
		}
		return text
	}
	w := newWorld(t)
	l := w.Load(intake.Request{Enterprise: "acme"}, list("2026-11-10", "ann", "ben", "Ann"))
	if got := w.seated(t); got != "2 of 2026-11-10 10:00:00Z" || !producttest.Mentions(l.Warnings, "2 seats by login only") {
		t.Errorf("got %s, %v", got, l.Warnings)
	}
	l = w.Load(intake.Request{Inputs: []report.Input{reporttest.Input("new", list("2026-11-12", "cy")), reporttest.Input("old", list("2026-11-11", "ann", "ben", "di"))}})
	if got := w.seated(t); got != "1 of 2026-11-12 10:00:00Z" || !producttest.Mentions(l.Warnings, "2 → 1") {
		t.Errorf("two lists: %s, %v", got, l.Warnings)
	}
	l = w.Load(intake.Request{}, pageOf(1, 13, 1))
	if got := w.seated(t); got != "1 of 2026-11-13 01:00:00Z" || producttest.Mentions(l.Warnings, "by login only") {
		t.Errorf("an answer of the API: %s, %v", got, l.Warnings)
	}
}
