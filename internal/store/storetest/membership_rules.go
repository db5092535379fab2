package storetest

import "codegauge/internal/store"

var membershipRules = []rule{
	{"an organization's own report says who was its member that day", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), user(1, "2026-05-02", 7))
		s.load("north", user(1, "2026-05-01", 10))
		s.want(added3+" in north", "2026-05-01 10 1")
	}},
	{"user-teams rows say who was a member, where the enterprise reports users", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), user(1, "2026-05-02", 7))
		s.want(added3 + " in north")
		s.load("acme", member(1, "2026-05-01", North, Core))
		s.want(added3+" in north", "2026-05-01 10 1")
		s.want(added3 + " in south")
	}},
	{"both ways of being a member count together", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), user(3, "2026-05-01", 1))
		s.load("north", user(1, "2026-05-01", 10))
		s.load("acme", member(2, "2026-05-01", North, Core))
		s.want(added3+" in north", "2026-05-01 15 2")
	}},
	{"membership is of a person, not of a tool", func(s harness) {
		s.link([]store.PersonOf{{Tool: "copilot", UserID: "1", Person: 7}, {Tool: "codex", UserID: "1", Person: 7}})
		s.load("acme", user(1, "2026-05-01", 10), with(user(1, "2026-05-01", 3), `"tool":"codex"`))
		s.load("acme", member(1, "2026-05-01", North, Core))
		s.want("loc_added by tool 2026-05-01 in north", "codex 3", "copilot 10")
		s.want("loc_added by tool 2026-05-01 in core", "codex 3", "copilot 10")
	}},
	{"a team is its members of that day", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), user(1, "2026-05-02", 7), user(2, "2026-05-02", 3))
		s.load("acme", member(1, "2026-05-01", North, Core), member(2, "2026-05-02", North, Core))
		s.want(added3+" in core", "2026-05-01 10 1", "2026-05-02 3 1")
	}},
	{"a day without membership is no day of a team", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), user(1, "2026-05-02", 7))
		s.load("acme", member(1, "2026-05-01", North, Core))
		s.want(added3+" in core", "2026-05-01 10 1")
	}},
	{"membership without users' reports is no data", func(s harness) {
		s.load("acme", member(1, "2026-05-01", North, Core), aggregate("2026-05-01", 10, 1))
		s.want(added3 + " in core")
		s.want(added3 + " in north")
	}},
	{"any source's user report covers a team's day", func(s harness) {
		s.load("north", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5))
		s.load("north", member(1, "2026-05-01", North, Core))
		s.want(added3+" in core", "2026-05-01 10 1")
	}},
	{"a team whose members did nothing has zeros", func(s harness) {
		s.load("acme", user(2, "2026-05-01", 5), member(1, "2026-05-01", North, Core))
		s.want(added3+" in core", "2026-05-01 0 0")
		s.want(added3+" in north", "2026-05-01 0 0")
	}},
	{"a user of two teams counts in both", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5))
		s.load("acme", member(1, "2026-05-01", North, Core), member(1, "2026-05-01", South, Edge), member(2, "2026-05-01", South, Edge))
		s.want("loc_added,active_users by team 2026-05-01", "core 10 1", "edge 15 2", "null -10 null")
		s.want("loc_added,active_users by organization 2026-05-01", "north 10 1", "south 15 2", "null -10 null")
		s.want("loc_added by team 2026-05-01 in north", "core 10")
	}},
	{"a team of the enterprise belongs to no organization", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), `{"user_id":1,"day":"2026-05-01","enterprise_id":"1","team_id":"103","slug":"staff"}`)
		s.want(added3+" in staff", "2026-05-01 10 1")
		s.want("loc_added by organization 2026-05-01", "null 10")
	}},
	{"user-teams rows replace the day's membership", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), user(1, "2026-05-02", 1))
		s.load("acme version 2026-06-01", member(1, "2026-05-01", North, Core), member(1, "2026-05-02", North, Core))
		s.load("acme version 2026-06-02", member(2, "2026-05-01", North, Core))
		s.want(added3+" in core", "2026-05-01 5 1", "2026-05-02 1 1")
	}},
	{"an older user-teams report is skipped", func(s harness) {
		s.load("acme version 2026-06-02", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), member(1, "2026-05-01", North, Core))
		out := s.load("acme version 2026-06-01", member(2, "2026-05-01", North, Core))
		s.warned(out, true)
		s.want(added3+" in core", "2026-05-01 10 1")
	}},
}
