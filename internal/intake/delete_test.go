package intake_test

import (
	"testing"

	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

func TestDelete(t *testing.T) {
	w := newWorld(t)
	w.LoadDays(intake.Request{Enterprise: "acme"}, 1, reporttest.Days("2026-11-01", 4))
	w.LoadDays(intake.Request{Org: "north"}, 2, reporttest.Days("2026-11-01", 4))
	w.LoadDays(intake.Request{Tool: "cursor"}, 1, reporttest.Days("2026-11-01", 4))
	for name, c := range map[string]struct {
		req  intake.DeleteRequest
		kind fault.Kind
		says string
	}{
		"no enterprise": {intake.DeleteRequest{User: "u1"}, fault.Invalid, "--enterprise"},
		"enterprise":    {intake.DeleteRequest{Enterprise: "x"}, fault.NotFound, "existing ones: acme"},
		"organization":  {intake.DeleteRequest{Enterprise: "acme", Org: "south"}, fault.NotFound, "existing ones: north"},
		"user":          {intake.DeleteRequest{Enterprise: "acme", User: "nobody"}, fault.NotFound, `of user "nobody"`},
		"import":        {intake.DeleteRequest{Enterprise: "acme", Import: 99}, fault.NotFound, "import 99"},
		"negative":      {intake.DeleteRequest{Enterprise: "acme", Import: -1}, fault.Invalid, "import"},
		"day":           {intake.DeleteRequest{Enterprise: "acme", From: "x"}, fault.Invalid, "from"},
		"backwards":     {intake.DeleteRequest{Enterprise: "acme", From: "2026-11-02", To: "2026-11-01"}, fault.Invalid, "before it begins"},
	} {
		_, err := w.Delete(t.Context(), c.req)
		producttest.Refuses(t, name, err, c.kind, c.says)
	}
	lines := func() string {
		return producttest.Show(w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{"tool"}}))
	}
	if got, want := lines(), "copilot 80\ncursor 40\n"; got != want {
		t.Fatalf("before: got %q, want %q", got, want)
	}
	remove := func(req intake.DeleteRequest, want string) *intake.Report {
		t.Helper()
		req.Enterprise = "acme"
		l, err := w.Delete(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if got := lines(); got != want {
			t.Errorf("after %+v: got %q, want %q", req, got, want)
		}
		return l
	}
	l := remove(intake.DeleteRequest{Tool: "cursor", From: "2026-11-03"}, "copilot 80\ncursor 20\n")
	if len(l.Days) != 2 || l.Days[0].SourceName != "acme" || l.Days[0].Before.LocAdded.N != 10 || l.Days[0].After.LocAdded.N != 0 {
		t.Errorf("got %+v", l)
	}
	remove(intake.DeleteRequest{Org: "north", To: "2026-11-01"}, "copilot 70\ncursor 20\n")
	remove(intake.DeleteRequest{Import: 3}, "copilot 70\n")
	remove(intake.DeleteRequest{User: "u2"}, "copilot 40\n")
	if _, err := w.Delete(t.Context(), intake.DeleteRequest{Enterprise: "acme"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Status(t.Context(), question.Parameters{}); fault.KindOf(err) != fault.NotFound || w.entities() != "" {
		t.Errorf("the enterprise is still there: %v, %s", err, w.entities())
	}
}

// TestDeleteUserAndSeat sees that a person's seat goes with their records, and
// stays where only some of those are deleted.
func TestDeleteUserAndSeat(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 10, 1, `"enterprise_id":"83"`), reporttest.User(2, "2026-11-01", 10, 1),
		`{"total_seats":3,"seats":[`+seat(1, "north", 5)+`,`+seat(2, "north", 5)+`,`+seat(3, "south", 6)+`]}`)
	for _, c := range []struct {
		req   intake.DeleteRequest
		gone  int64
		seats int64
	}{
		{intake.DeleteRequest{User: "1", Tool: "copilot"}, 0, 3},
		{intake.DeleteRequest{User: "2"}, 1, 2},
		{intake.DeleteRequest{User: "3", Org: "south"}, 1, 1}, // has no record
	} {
		c.req.Enterprise = "acme"
		l, err := w.Delete(t.Context(), c.req)
		if err != nil {
			t.Fatalf("%+v: %v", c.req, err)
		}
		if n := producttest.Must(w.SeatCount(t.Context(), question.Parameters{})); l.Records["seats"] != c.gone || *n != c.seats {
			t.Errorf("%+v: %v deleted, %d seats left, want %d and %d", c.req, l.Records, *n, c.gone, c.seats)
		}
	}
	_, err := w.Delete(t.Context(), intake.DeleteRequest{Enterprise: "acme", User: "3", Org: "south"})
	producttest.Refuses(t, "again", err, fault.NotFound, `of user "3"`)
}
