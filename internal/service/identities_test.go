package service

import (
	"testing"

	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// TestFollow makes the store count people as the directory says, and places
// those whom GitHub does not know.
func TestFollow(t *testing.T) {
	w := newWorld(t)
	people := w.dir.(*memoryDirectory)
	w.load(ImportRequest{Enterprise: "acme", Org: "north"}, user(3, "2026-11-17", 1, 0))
	w.load(ImportRequest{Enterprise: "acme"},
		user(1, "2026-11-18", 10, 1),
		`{"user_id":"dev@x","tool":"cursor","day":"2026-11-18","loc_added_sum":3,"loc_deleted_sum":0}`)
	active := QueryParameters{Enterprise: "acme", Measures: []string{"active_users"}, From: "2026-11-18", To: "2026-11-18"}
	check := func(users, north string, unlinked int64) {
		t.Helper()
		if got := show(w.query(active)); got != users {
			t.Errorf("active users are %q, want %q", got, users)
		}
		in := active
		in.Org = "north"
		if got := show(w.query(in)); got != north {
			t.Errorf("active users of north are %q, want %q", got, north)
		}
		c, err := w.Coverage(t.Context(), QueryParameters{Enterprise: "acme", From: "2026-11-18", To: "2026-11-18"})
		if err != nil || *c.Unlinked != unlinked {
			t.Errorf("%+v, %v: want %d not linked", c, err, unlinked)
		}
	}
	check("2\n", "null\n", 2)
	entities := must(w.dir.Entities(t.Context()))
	var acme, north directory.Entity
	for _, e := range entities {
		switch e.Slug {
		case "acme":
			acme = e
		case "north":
			north = e
		}
	}
	people.people = []directory.Identity{
		{Enterprise: acme.ID, Tool: metric.Copilot, UserID: "1", Person: 7}, {Enterprise: acme.ID, Tool: "cursor", UserID: "dev@x", Person: 7}}
	people.members = []directory.Membership{{Enterprise: acme.ID, Person: 7, Entity: north.ID, From: must(query.ParseDay("from", "2026-11-01"))}}
	if err := w.ReconcileIdentities(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	check("1\n", "1\n", 0)
	people.people, people.members = people.people[:1], nil
	if err := w.ReconcileIdentities(t.Context(), acme.ID); err != nil {
		t.Fatal(err)
	}
	check("2\n", "null\n", 1)
	seen := must(w.Observed(t.Context(), acme.ID))
	if len(seen) != 2 || seen[0].UserID != "3" || seen[1].UserID != "dev@x" || seen[1].Tool != "cursor" {
		t.Errorf("observed %+v", seen)
	}
}
