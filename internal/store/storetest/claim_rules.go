package storetest

import (
	"fmt"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"codegauge/internal/store"
)

var claimRules = []rule{
	{"the same activity in several reports counts once", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10))
		s.load("north", user(1, "2026-05-01", 10))
		s.load("south", user(1, "2026-05-01", 10))
		s.want(added3, "2026-05-01 10 1")
		s.want("loc_added by organization 2026-05-01", "north 10", "south 10", "null -10")
	}},
	{"the claim with the highest version gives the values", func(s harness) {
		s.load("north version 2026-06-02", user(1, "2026-05-01", 12))
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 10))
		s.want(added3, "2026-05-01 12 1")
		s.load("acme version 2026-06-03", user(1, "2026-05-01", 13))
		s.want(added3, "2026-05-01 13 1")
		s.want(added3+" in north", "2026-05-01 13 1")
	}},
	{"of equal versions the enterprise's claim gives the values, then the lowest source's", func(s harness) {
		s.load("south", user(1, "2026-05-01", 12))
		s.want(added3, "2026-05-01 12 1")
		s.load("north", user(1, "2026-05-01", 11))
		s.want(added3, "2026-05-01 11 1")
		s.load("acme", user(1, "2026-05-01", 10))
		s.want(added3, "2026-05-01 10 1")
		s.want(added3+" in south", "2026-05-01 10 1")
	}},
	{"of equal versions the same claim gives the values whichever came last", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10))
		s.load("north", user(1, "2026-05-01", 11))
		s.load("south", user(1, "2026-05-01", 12))
		s.want(added3, "2026-05-01 10 1")
		s.erase(store.Deletion{Enterprise: Acme, Source: Acme})
		s.want(added3, "2026-05-01 11 1")
	}},
	{"of equal versions the enterprise's own claim gives the values whatever its number", func(s harness) {
		s.load("other", user(1, "2026-05-01", 10))
		s.load("branch", user(1, "2026-05-01", 11))
		s.want(added3+" in other", "2026-05-01 10 1")
	}},
	{"a record goes with its last claim", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5))
		s.load("north version 2026-06-01", user(2, "2026-05-01", 5))
		s.load("acme version 2026-06-02", user(1, "2026-05-01", 10))
		s.want(added3, "2026-05-01 15 2")
		s.load("north version 2026-06-02", user(3, "2026-05-01", 1))
		s.want(added3, "2026-05-01 11 2")
	}},
	{"a kept claim keeps its version", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 10), user(2, "2026-05-01", 1))
		s.load("north version 2026-06-02", user(1, "2026-05-01", 12))
		s.load("acme version 2026-06-03 refused -", user(2, "2026-05-01", 1))
		s.want("loc_added by user 2026-05-01", "u1 12", "u2 1")
	}},
	{"claims that disagree are a warning", func(s harness) {
		s.warned(s.load("acme", user(1, "2026-05-01", 10)), false)
		s.warned(s.load("north", user(1, "2026-05-01", 10)), false)
		s.warned(s.load("south", user(1, "2026-05-01", 11)), true)
	}},
	{"a number is one person in the tools that have GitHub's ids alone", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), with(user(1, "2026-05-01", 5), `"tool":"codex"`))
		s.want("loc_added,active_users 2026-05-01", "15 2")
		s.want("loc_added,active_users by tool 2026-05-01", "codex 5 1", "copilot 10 1")
	}},
	{"any other id belongs to its tool", func(s harness) {
		s.load("acme",
			`{"user_id":"ann@x","day":"2026-05-01","tool":"codex","loc_added_sum":1}`,
			`{"user_id":"ann@x","day":"2026-05-01","tool":"cursor","loc_added_sum":2}`,
			`{"user_id":"7","day":"2026-05-01","tool":"cursor","loc_added_sum":4}`,
			`{"user_id":7,"day":"2026-05-01","tool":"codex","loc_added_sum":8}`)
		s.want("loc_added,active_users 2026-05-01", "15 4")
		s.want("active_users by user 2026-05-01", "7 1", "7 1", "ann@x 1", "ann@x 1")
	}},
	{"people are labelled by their latest login", func(s harness) {
		s.load("acme version 2026-06-02", `{"user_id":1,"user_login":"new","day":"2026-05-01","loc_added_sum":1}`)
		s.load("acme version 2026-06-01", `{"user_id":1,"user_login":"old","day":"2026-05-02","loc_added_sum":2}`)
		s.want("loc_added by user 2026-05-01..2026-05-02", "new 3")
		s.want("loc_added 2026-05-01..2026-05-02 where user=new", "3")
		s.want("loc_added 2026-05-01..2026-05-02 where user=1", "3")
	}},
	{"former logins are known, whatever the order of imports", func(s harness) {
		called := func(login, on string) string { return with(user(1, on, 1), fmt.Sprintf(`"user_login":%q`, login)) }
		s.load("acme version 2026-06-02", called("ann", "2026-05-02"), called("zoe", "2026-05-01"))
		s.load("acme version 2026-06-01", called("old", "2026-05-03"), called("ANN", "2026-05-04"))
		s.load("acme version 2026-06-03", called("new", "2026-05-04"))
		s.load("acme version 2026-06-03", called("New", "2026-05-05"), user(2, "2026-05-05", 1))
		list, err := s.Identities(s.Context(), Acme)
		if err != nil {
			s.Fatal(err)
		}
		want := []store.Identity{{UserID: "1", Login: "New", Former: []string{"ann", "old", "zoe"}}, {UserID: "2", Login: "u2"}}
		if diff := cmp.Diff(want, list, cmpopts.EquateEmpty()); diff != "" {
			s.Errorf("identities (-want +got):\n%s", diff)
		}
		s.erase(store.Deletion{Enterprise: Acme, User: "1"})
		s.want("loc_added by user 2026-05-01..2026-05-05", "u2 1")
	}},
	{"the fate of a claim does not touch other days", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), user(1, "2026-05-02", 20))
		s.erase(store.Deletion{Enterprise: Acme, Range: rangeOf("2026-05-02..2026-05-02")})
		s.want(added3, "2026-05-01 10 1")
	}},
}
