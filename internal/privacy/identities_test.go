package privacy_test

import (
	"context"
	"testing"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/intake"
	"codegauge/internal/metric"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/store"
	"codegauge/internal/store/oracle"
)

// TestFollowLast links twice at once: the directory's last state stays.
func TestFollowLast(t *testing.T) {
	linked := &slowLinks{Store: oracle.New()}
	w := producttest.NewWorldOver(t, linked)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 1, 0), reporttest.User(2, "2026-11-01", 1, 0))
	dir := w.Dir
	linked.during = func(l store.Links) {
		if len(l.People) == 0 { // the first: it has read a directory without people
			dir.Linked = []directory.Identity{{Enterprise: 1, Tool: "copilot", UserID: "1", Person: 9}, {Enterprise: 1, Tool: "copilot", UserID: "2", Person: 9}}
			dir.Version++
			if err := w.ReconcileIdentities(t.Context(), 1); err != nil {
				t.Error(err)
			}
		}
	}
	if err := w.ReconcileIdentities(t.Context(), 1); err != nil {
		t.Error(err)
	}
	if got := producttest.Show(w.Ask(question.Parameters{Measures: []string{"active_users"}, From: "2026-11-01", To: "2026-11-01"})); got != "1\n" {
		t.Errorf("%s people, want one with two ids", got)
	}
}

// slowLinks is a store in whose Link something else happens.
type slowLinks struct {
	store.Store
	during func(store.Links)
}

func (s *slowLinks) Link(ctx context.Context, l store.Links) (*store.Outcome, error) {
	s.during(l)
	return s.Store.Link(ctx, l)
}

// TestFollow makes the store count people as the directory says, and places
// those whom GitHub does not know.
func TestFollow(t *testing.T) {
	w := newWorld(t)
	people := w.Dir
	w.Load(intake.Request{Enterprise: "acme", Org: "north"}, reporttest.User(3, "2026-11-17", 1, 0))
	w.Load(intake.Request{Enterprise: "acme"},
		reporttest.User(1, "2026-11-18", 10, 1),
		`{"user_id":"dev@x","tool":"cursor","day":"2026-11-18","loc_added_sum":3,"loc_deleted_sum":0}`)
	active := question.Parameters{Enterprise: "acme", Measures: []string{"active_users"}, From: "2026-11-18", To: "2026-11-18"}
	check := func(users, north string, unlinked int64) {
		t.Helper()
		if got := producttest.Show(w.Ask(active)); got != users {
			t.Errorf("active users are %q, want %q", got, users)
		}
		in := active
		in.Org = "north"
		if got := producttest.Show(w.Ask(in)); got != north {
			t.Errorf("active users of north are %q, want %q", got, north)
		}
		c, err := w.Coverage(t.Context(), question.Parameters{Enterprise: "acme", From: "2026-11-18", To: "2026-11-18"})
		if err != nil || *c.Unlinked != unlinked {
			t.Errorf("%+v, %v: want %d not linked", c, err, unlinked)
		}
	}
	check("2\n", "null\n", 2)
	entities := producttest.Must(w.Dir.Entities(t.Context()))
	var acme, north directory.Entity
	for _, e := range entities {
		switch e.Slug {
		case "acme":
			acme = e
		case "north":
			north = e
		}
	}
	people.Linked = []directory.Identity{
		{Enterprise: acme.ID, Tool: metric.Copilot, UserID: "1", Person: 7}, {Enterprise: acme.ID, Tool: "cursor", UserID: "dev@x", Person: 7}}
	people.Members = []directory.Membership{{Enterprise: acme.ID, Person: 7, Entity: north.ID, From: producttest.Must(day.Parse("2026-11-01"))}}
	if err := w.ReconcileIdentities(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	check("1\n", "1\n", 0)
	people.Linked, people.Members = people.Linked[:1], nil
	if err := w.ReconcileIdentities(t.Context(), acme.ID); err != nil {
		t.Fatal(err)
	}
	check("2\n", "null\n", 1)
	seen := producttest.Must(w.Observed(t.Context(), acme.ID))
	if len(seen) != 2 || seen[0].UserID != "3" || seen[1].UserID != "dev@x" || seen[1].Tool != "cursor" {
		t.Errorf("observed %+v", seen)
	}
}
