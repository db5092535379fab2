package storetest

var dataSourceRules = []rule{
	{"what repositories state is there without any record of people", func(s harness) {
		s.load("acme", `{"repo_id":"6","day":"2026-05-01","pull_request_review_times":[{"total_merged":1,"median_minutes_ready_to_first_review":2}],"repo_name":"app","repo_owner_name":"acme"}`)
		s.want("human_reviewed_merges 2026-05-01..2026-05-02", "1")
		s.load("acme", user(1, "2026-05-02", 10))
		s.want("human_reviewed_merges by day 2026-05-01..2026-05-02", "2026-05-01 1", "2026-05-02 null")
	}},
	{"user records speak before an aggregate", func(s harness) {
		s.load("acme", aggregate("2026-05-01", 99, 9), aggregate("2026-05-02", 98, 8))
		s.load("acme", user(1, "2026-05-01", 10))
		s.want(added3, "2026-05-01 10 1", "2026-05-02 98 8")
		s.want(added3+" from users", "2026-05-01 10 1")
		s.want(added3+" from aggregate", "2026-05-01 99 9", "2026-05-02 98 8")
	}},
	{"an aggregate speaks before the union of organizations", func(s harness) {
		s.load("north", user(1, "2026-05-01", 10), user(1, "2026-05-02", 4))
		s.load("acme", aggregate("2026-05-01", 99, 9))
		s.want(added3, "2026-05-01 99 9", "2026-05-02 4 1")
		s.want(added3+" from users", "2026-05-01 10 1", "2026-05-02 4 1")
	}},
	{"the union of organizations counts each person once", func(s harness) {
		s.load("north", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5))
		s.load("south", user(2, "2026-05-01", 5), user(3, "2026-05-01", 1))
		s.want(added3, "2026-05-01 16 3")
	}},
	{"the enterprise's own report takes in what organizations claim", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10))
		s.load("north", user(2, "2026-05-01", 5))
		s.want(added3, "2026-05-01 15 2")
	}},
	{"an organization's aggregate speaks where no user report does", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10))
		s.load("north", aggregate("2026-05-01", 7, 3))
		s.want(added3+" in north", "2026-05-01 7 3")
		s.load("acme", member(1, "2026-05-01", North, Core))
		s.want(added3+" in north", "2026-05-01 10 1")
	}},
	{"an aggregate of an organization is not the enterprise's", func(s harness) {
		s.load("north", aggregate("2026-05-01", 7, 3))
		s.want(added3)
	}},
	{"each tool has a data source of its own", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), with(aggregate("2026-05-01", 7, 3), `"tool":"codex"`))
		s.want("loc_added,active_users by tool 2026-05-01", "codex 7 3", "copilot 10 1")
		s.want("loc_added,active_users 2026-05-01", "17 null")
	}},
	{"an aggregate has no distinct people across days", func(s harness) {
		s.load("acme", aggregate("2026-05-01", 7, 3), user(1, "2026-05-02", 10))
		s.want("loc_added,active_users,users_reporting_lines 2026-05-01..2026-05-02", "17 null null")
		s.want("loc_added,active_users,users_reporting_lines 2026-05-02", "10 1 1")
	}},
	{"an aggregate's own counts are as reported", func(s harness) {
		s.load("acme",
			with(aggregate("2026-05-01", 7, 3), `"weekly_active_users":5,"monthly_active_users":8`),
			with(aggregate("2026-05-02", 7, 4), `"weekly_active_users":6,"monthly_active_users":9`))
		const q = "active_users,daily_active_users,weekly_active_users,monthly_active_users"
		s.want(q+" by day 2026-05-01..2026-05-02", "2026-05-01 3 3 5 8", "2026-05-02 4 4 6 9")
		s.want(q+" 2026-05-01..2026-05-02", "null 4 6 9")
		s.want(q+" by week 2026-05-01..2026-05-03", "2026-04-27 null null null null")
		s.want(q+" 2026-05-02 where feature=code_completion", "null null null null")
	}},
	{"a trailing window that an aggregate lies in is unknown", func(s harness) {
		s.load("acme", with(aggregate("2026-05-01", 7, 3), `"weekly_active_users":5`), user(1, "2026-05-02", 10))
		s.want("daily_active_users,weekly_active_users 2026-05-02", "1 null")
	}},
	{"an aggregate's lines are nobody's", func(s harness) {
		s.load("acme", aggregate("2026-05-01", 7, 3), user(1, "2026-05-02", 10))
		s.want("loc_added,active_users by user 2026-05-01..2026-05-02", "u1 10 1", "null 7 null")
		s.want("loc_added by day 2026-05-01..2026-05-02 where user=u1", "2026-05-02 10")
	}},
}
