package storetest

import (
	"context"
	"fmt"

	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/store"
)

// annAndDev are two identities of one person; bob is another's.
var annAndDev = []store.PersonOf{{Tool: "copilot", UserID: "1", Person: 7}, {Tool: "cursor", UserID: "dev@x", Person: 7}}

// dev is the record of one whom only cursor knows.
func dev(day string, added int) string {
	return fmt.Sprintf(`{"user_id":"dev@x","user_login":"dev","tool":"cursor","day":%q,"loc_added_sum":%d,"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":%d}]}`, day, added, added)
}

const active = "loc_added,active_users 2026-05-01..2026-05-02"

var linkRules = []rule{
	{"identities of one person count once", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), dev("2026-05-02", 3))
		s.want(active, "18 3")
		before := s.version()
		s.link(annAndDev)
		s.want(active, "18 2")
		if after := s.version(); after <= before {
			s.Errorf("the data version stayed at %d", after)
		}
		s.want("active_users by tool 2026-05-01..2026-05-02", "copilot 2", "cursor 1")
		s.want("loc_added by user 2026-05-01..2026-05-02", "dev 3", "u1 10", "u2 5")
		s.link(nil)
		s.want(active, "18 3")
	}},
	{"an organization's repositories are no members: the last one leaves it", func(s harness) {
		first := day.Date(2026, 5, 1)
		member := []store.PersonOf{{Tool: "copilot", UserID: "2", Person: 1}}
		s.link(member, store.MemberOf{Person: 1, Organization: South, Days: day.Range{From: first, To: first + 3}})
		s.load("acme", user(1, "2026-05-01", 10))
		s.load("south", `{"repo_id":"5","day":"2026-05-01","pull_requests":{"total_merged":1},"repo_name":"app","repo_owner_name":"acme"}`)
		s.link(member)
		if span, err := s.Span(s.Context(), query.Scope{Enterprise: Acme, Organization: South}); err != nil || span.Len() > 0 {
			s.Errorf("the organization still has figures of %s, %v", span, err)
		}
		s.clean()
	}},
	{"links hold for data that comes later", func(s harness) {
		s.link(annAndDev)
		s.load("acme", dev("2026-05-01", 3))
		s.load("acme", user(1, "2026-05-02", 10))
		s.want(active, "13 1")
	}},
	{"the same links again change nothing", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), dev("2026-05-01", 3))
		s.link(annAndDev)
		before := s.version()
		if out := s.link(annAndDev); len(out.Days) > 0 || s.version() != before {
			s.Errorf("days %v, data version %d after %d", out.Days, s.version(), before)
		}
	}},
	{"a new link is a new version of the data, whomever it concerns", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10))
		before := s.version()
		s.link(annAndDev)
		if s.version() <= before {
			s.Errorf("the data version stayed at %d", before)
		}
	}},
	{"where one identity belonged, all of the person do", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), dev("2026-05-01", 3), dev("2026-05-02", 4))
		s.load("acme", member(1, "2026-05-01", North, Core))
		s.link(annAndDev)
		s.want("loc_added,active_users by day 2026-05-01..2026-05-02 in core", "2026-05-01 13 1")
	}},
	{"a person belongs where the links say, on those days", func(s harness) {
		s.load("acme", user(2, "2026-05-01", 5), dev("2026-05-01", 3), dev("2026-05-02", 4), dev("2026-05-03", 5))
		s.link(annAndDev, store.MemberOf{Person: 7, Organization: North, Team: Core, Days: rangeOf("2026-05-02..2026-05-03")})
		const days = "loc_added,active_users by day 2026-05-01..2026-05-09"
		s.want(days+" in core", "2026-05-02 4 1", "2026-05-03 5 1")
		s.want(days+" in north", "2026-05-02 4 1", "2026-05-03 5 1")
		s.load("acme", dev("2026-05-03", 6))
		s.want(days+" in core", "2026-05-02 4 1", "2026-05-03 6 1")
		s.link(annAndDev)
		s.want(days + " in core")
	}},
	{"a membership of nobody's identity says nothing", func(s harness) {
		s.load("acme", user(2, "2026-05-01", 5))
		s.link(annAndDev, store.MemberOf{Person: 8, Organization: North, Days: rangeOf("2026-05-01..2026-05-03")})
		s.want(active + " in north")
	}},
	{"who is linked to nobody", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), dev("2026-05-02", 3))
		s.link(annAndDev[1:])
		for r, want := range map[string]string{"2026-05-01..2026-05-09": "[{ 1 u1 []} { 2 u2 []}]", "2026-05-02..2026-05-02": "[]"} {
			got, err := s.Unlinked(context.Background(), query.Scope{Enterprise: Acme}, rangeOf(r))
			if err != nil || fmt.Sprint(got) != want {
				s.Errorf("unlinked in %s are %v, %v, want %s", r, got, err, want)
			}
		}
	}},
	{"links of one enterprise leave another's alone", func(s harness) {
		s.load("other", user(1, "2026-05-01", 10), dev("2026-05-01", 3))
		s.link(annAndDev)
		s.want("active_users 2026-05-01 in other", "2")
	}},
}
