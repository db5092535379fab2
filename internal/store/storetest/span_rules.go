package storetest

// spanRules are about the days in a report's range of which it has no row.
var spanRules = []rule{
	{"a day of which nothing was known is covered", func(s harness) {
		out := s.load("acme", userOver(1, "2026-05-01", "2026-05-01", "2026-05-03", 10))
		s.warned(out, false)
		s.wantDays(out, "users copilot 2026-05-01 {0 – –} {1 10 –}", "users copilot 2026-05-02 {0 – –} {0 – –}", "users copilot 2026-05-03 {0 – –} {0 – –}")
		s.want(added3, "2026-05-01 10 1", "2026-05-02 0 0", "2026-05-03 0 0")
		s.wantVersion("acme", "2026-05-02", "zero")
	}},
	{"a day is covered although the file's first record of another day states no report", func(s harness) {
		out := s.load("acme", user(2, "2026-05-01", 5), userOver(1, "2026-05-01", "2026-05-01", "2026-05-02", 10))
		s.wantDays(out, "users copilot 2026-05-01 {0 – –} {2 15 –}", "users copilot 2026-05-02 {0 – –} {0 – –}")
		s.want(added3, "2026-05-01 15 2", "2026-05-02 0 0")
	}},
	{"any report replaces a day that is only covered", func(s harness) {
		s.load("acme version 2026-06-02", userOver(1, "2026-05-01", "2026-05-01", "2026-05-03", 10))
		out := s.load("acme version 2026-05-02", user(1, "2026-05-02", 7))
		s.warned(out, false)
		s.wantSkipped(out, "2026-05-02 false")
		s.want(added3, "2026-05-01 10 1", "2026-05-02 7 1", "2026-05-03 0 0")
		s.wantVersion("acme", "2026-05-02", "2026-05-02")
	}},
	{"a day with rows of a lower version stays, with a warning", func(s harness) {
		s.load("acme version 2026-06-01", user(2, "2026-05-02", 9), user(2, "2026-05-04", 9))
		out := s.load("acme version 2026-06-02", userOver(1, "2026-05-01", "2026-05-01", "2026-05-03", 10))
		s.warned(out, true)
		s.wantDays(out, "users copilot 2026-05-01 {0 – –} {1 10 –}", "users copilot 2026-05-03 {0 – –} {0 – –}")
		s.want("loc_added,active_users by day 2026-05-01..2026-05-05",
			"2026-05-01 10 1", "2026-05-02 9 1", "2026-05-03 0 0", "2026-05-04 9 1")
		s.wantVersion("acme", "2026-05-02", "2026-06-01")
	}},
	{"a day with rows of the same version or a higher one stays, and nobody need be told", func(s harness) {
		s.load("acme version 2026-06-01", user(2, "2026-05-01", 9))
		s.load("acme version 2026-06-02", user(2, "2026-05-02", 8))
		out := s.load("acme version 2026-06-01", userOver(1, "2026-05-03", "2026-05-01", "2026-05-03", 10))
		s.warned(out, false)
		s.wantDays(out, "users copilot 2026-05-03 {0 – –} {1 10 –}")
		s.want(added3, "2026-05-01 9 1", "2026-05-02 8 1", "2026-05-03 10 1")
	}},
	{"a day that is covered already is not touched again", func(s harness) {
		s.load("acme version 2026-06-01", userOver(1, "2026-05-01", "2026-05-01", "2026-05-02", 10))
		out := s.load("acme version 2026-06-02", userOver(1, "2026-05-01", "2026-05-01", "2026-05-02", 11))
		s.warned(out, false)
		s.wantDays(out, "users copilot 2026-05-01 {1 10 –} {1 11 –}")
		s.wantVersion("acme", "2026-05-02", "zero")
	}},
	{"a range is of its tool only", func(s harness) {
		s.load("acme", with(user(1, "2026-05-02", 9), `"tool":"codex"`))
		s.load("acme", userOver(1, "2026-05-01", "2026-05-01", "2026-05-02", 10))
		s.want("loc_added,active_users by day,tool 2026-05-01..2026-05-03",
			"2026-05-01 copilot 10 1", "2026-05-02 codex 9 1", "2026-05-02 copilot 0 0")
	}},
	{"an aggregate's range covers only the days that it has", func(s harness) {
		s.load("acme", aggregate("2026-05-02", 5, 1))
		s.load("acme complete version 2026-09-01", with(aggregate("2026-05-01", 7, 2), `"report_start_day":"2026-05-01","report_end_day":"2026-05-03"`))
		s.want("loc_added by day 2026-05-01..2026-05-03", "2026-05-01 7", "2026-05-02 5")
	}},
	{"memberships stay on a day in the range without a row", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 10), user(1, "2026-05-02", 3), member(1, "2026-05-02", North, Core))
		s.warned(s.load("acme version 2026-06-02", over(member(1, "2026-05-01", North, Core), "2026-05-01", "2026-05-02")), true)
		s.want(added3+" in core", "2026-05-01 10 1", "2026-05-02 3 1")
	}},
	{"of several versions in one import a range of the higher leaves the rows of the lower", func(s harness) {
		out := s.load("acme",
			"file b version 2026-06-02", userOver(1, "2026-05-01", "2026-05-01", "2026-05-02", 10),
			"file a version 2026-06-01", user(1, "2026-05-02", 7))
		s.warned(out, true)
		s.wantDays(out, "users copilot 2026-05-01 {0 – –} {1 10 –}", "users copilot 2026-05-02 {0 – –} {1 7 –}")
		s.want(added3, "2026-05-01 10 1", "2026-05-02 7 1")
		s.wantVersion("acme", "2026-05-02", "2026-06-01")
	}},
	{"a complete report clears the days of its range that it lacks", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1), user(1, "2026-05-02", 2), with(user(1, "2026-05-02", 8), `"tool":"codex"`))
		out := s.load("acme version 2026-06-02 complete", userOver(1, "2026-05-01", "2026-05-01", "2026-05-03", 10))
		s.wantDays(out, "users copilot 2026-05-01 {1 1 –} {1 10 –}", "users copilot 2026-05-02 {1 2 –} {0 – –}", "users copilot 2026-05-03 {0 – –} {0 – –}")
		s.want("loc_added,active_users by day,tool 2026-05-01..2026-05-04",
			"2026-05-01 copilot 10 1", "2026-05-02 codex 8 1", "2026-05-02 copilot 0 0", "2026-05-03 copilot 0 0")
		s.wantVersion("acme", "2026-05-02", "2026-06-02")
		s.wantVersion("acme", "2026-05-03", "2026-06-02")
	}},
	{"an older file cannot bring back a day that was cleared, a newer one can", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-02", 2))
		s.load("acme version 2026-06-03 complete", userOver(1, "2026-05-01", "2026-05-01", "2026-05-03", 10))
		for _, on := range []string{"2026-05-02", "2026-05-03"} {
			out := s.load("acme version 2026-06-02", user(1, on, 2))
			s.warned(out, true)
			s.wantSkipped(out, on+" true")
		}
		s.want(added3, "2026-05-01 10 1", "2026-05-02 0 0", "2026-05-03 0 0")
		s.warned(s.load("acme version 2026-06-04", user(1, "2026-05-02", 4)), false)
		s.want(added3, "2026-05-01 10 1", "2026-05-02 4 1", "2026-05-03 0 0")
	}},
	{"a complete report clears nothing of its own version or a higher one", func(s harness) {
		s.load("acme version 2026-06-02", user(2, "2026-05-02", 2))
		s.load("acme version 2026-06-03", user(2, "2026-05-03", 3))
		out := s.load("acme version 2026-06-02 complete", userOver(1, "2026-05-01", "2026-05-01", "2026-05-03", 10))
		s.wantDays(out, "users copilot 2026-05-01 {0 – –} {1 10 –}")
		s.want(added3, "2026-05-01 10 1", "2026-05-02 2 1", "2026-05-03 3 1")
	}},
	{"a part can add to a day that was cleared", func(s harness) {
		s.load("acme version 2026-06-02 complete", userOver(1, "2026-05-01", "2026-05-01", "2026-05-02", 10))
		s.warned(s.load("acme version 2026-06-02", user(2, "2026-05-02", 2)), false)
		s.want(added3, "2026-05-01 10 1", "2026-05-02 2 1")
	}},
	{"a complete report clears memberships", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 10), user(1, "2026-05-02", 3), member(1, "2026-05-02", North, Core))
		s.load("acme version 2026-06-02 complete", over(member(1, "2026-05-01", North, Core), "2026-05-01", "2026-05-02"))
		s.want(added3+" in core", "2026-05-01 10 1")
	}},
	{"a complete import without a range clears nothing", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1), user(1, "2026-05-02", 2))
		s.load("acme version 2026-06-02 complete", user(1, "2026-05-01", 10))
		s.want(added3, "2026-05-01 10 1", "2026-05-02 2 1")
	}},
	{"of several versions in a complete import the higher clears what the lower brought", func(s harness) {
		out := s.load("acme complete",
			"file b version 2026-06-02", userOver(1, "2026-05-01", "2026-05-01", "2026-05-02", 10),
			"file a version 2026-06-01", user(1, "2026-05-02", 7))
		s.wantDays(out, "users copilot 2026-05-01 {0 – –} {1 10 –}", "users copilot 2026-05-02 {0 – –} {0 – –}")
		s.want(added3, "2026-05-01 10 1", "2026-05-02 0 0")
		s.wantVersion("acme", "2026-05-02", "2026-06-02")
	}},
}
