package storetest

// before is what the stores of these rules hold: two users on each of two days.
func (s harness) before() {
	s.Helper()
	s.load("acme version 2026-06-01",
		user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), user(1, "2026-05-02", 1), user(2, "2026-05-02", 4))
}

// rejectionRules are about users who may be missing because a line was refused.
var rejectionRules = []rule{
	{"a rejection of a day keeps who is missing on that day", func(s harness) {
		s.before()
		out := s.load("acme version 2026-06-02 refused 2026-05-01", user(1, "2026-05-01", 11), user(1, "2026-05-02", 2))
		s.warned(out, true)
		s.wantDays(out, "users copilot 2026-05-01 {2 15 –} {2 16 –}", "users copilot 2026-05-02 {2 5 –} {1 2 –}")
		s.want(added3, "2026-05-01 16 2", "2026-05-02 2 1")
	}},
	{"a rejection of a day counts whatever its file", func(s harness) {
		s.before()
		s.load("acme version 2026-06-02 refused 2026-05-01 in other", user(1, "2026-05-01", 11), user(1, "2026-05-02", 2))
		s.want(added3, "2026-05-01 16 2", "2026-05-02 2 1")
	}},
	{"a rejection of no known day counts for every day of its file", func(s harness) {
		s.before()
		s.load("acme version 2026-06-02 refused -", user(1, "2026-05-01", 11), user(1, "2026-05-02", 2))
		s.want(added3, "2026-05-01 16 2", "2026-05-02 6 2")
	}},
	{"a rejection of no known day does not count for the days of other files", func(s harness) {
		s.before()
		s.load("acme version 2026-06-02 refused - in a", "file a", user(1, "2026-05-01", 11), "file b", user(1, "2026-05-02", 2))
		s.want(added3, "2026-05-01 16 2", "2026-05-02 2 1")
	}},
	{"a rejection of no known day counts for days that its file states to cover", func(s harness) {
		s.before()
		s.load("acme version 2026-06-02 refused - in a",
			"file a", userOver(1, "2026-05-01", "2026-05-01", "2026-05-02", 11), "file b", user(1, "2026-05-02", 2))
		s.want(added3, "2026-05-01 16 2", "2026-05-02 6 2")
	}},
	{"a rejection of no known day in a file that has nothing else counts for every day of the import", func(s harness) {
		s.before()
		s.load("acme version 2026-06-02 refused - in c", "file a", user(1, "2026-05-01", 11), "file b", user(1, "2026-05-02", 2))
		s.want(added3, "2026-05-01 16 2", "2026-05-02 6 2")
	}},
	{"what is kept keeps its version", func(s harness) {
		s.before()
		s.load("acme version 2026-06-03 refused 2026-05-01", user(1, "2026-05-01", 11))
		s.wantVersion("acme", "2026-05-01", "2026-06-03")
		s.load("north version 2026-06-02", user(1, "2026-05-01", 99), user(2, "2026-05-01", 98))
		s.want("loc_added by user 2026-05-01", "u1 11", "u2 98")
	}},
	{"what is kept goes with the next whole report of a higher version", func(s harness) {
		s.before()
		s.load("acme version 2026-06-02 refused -", user(1, "2026-05-01", 11))
		s.load("acme version 2026-06-03", user(1, "2026-05-01", 11))
		s.want(added3, "2026-05-01 11 1", "2026-05-02 5 2")
	}},
	{"what is kept stays with the same report again", func(s harness) {
		s.before()
		s.load("acme version 2026-06-02 refused -", user(1, "2026-05-01", 11))
		s.load("acme version 2026-06-02", user(1, "2026-05-01", 11))
		s.want(added3, "2026-05-01 16 2", "2026-05-02 5 2")
	}},
	{"a later copy with refused lines keeps who is missing", func(s harness) {
		s.before()
		s.warned(s.load("acme version 2026-06-01 refused 2026-05-01", user(1, "2026-05-01", 11), user(1, "2026-05-02", 2)), true)
		s.want(added3, "2026-05-01 16 2", "2026-05-02 2 1")
	}},
	{"a complete report with refused lines of a day does not clear it", func(s harness) {
		s.before()
		s.warned(s.load("acme version 2026-06-02 complete refused 2026-05-02", userOver(1, "2026-05-01", "2026-05-01", "2026-05-02", 11)), true)
		s.want(added3, "2026-05-01 11 1", "2026-05-02 5 2")
		s.wantVersion("acme", "2026-05-02", "2026-06-02")
	}},
	{"memberships that are missing are kept", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), member(1, "2026-05-01", North, Core))
		s.load("acme version 2026-06-02 refused 2026-05-01", member(2, "2026-05-01", North, Core))
		s.want(added3+" in core", "2026-05-01 15 2")
	}},
	{"repositories that are missing are not", func(s harness) {
		s.load("acme version 2026-06-01", `{"day":"2026-05-01","repo_id":5}`)
		s.wantDays(s.load("acme version 2026-06-02 refused 2026-05-01", `{"day":"2026-05-01","repo_id":6}`), "repos copilot 2026-05-01 {1 – –} {1 – –}")
	}},
	{"of several versions in one import each keeps who is missing", func(s harness) {
		s.before()
		s.load("acme refused 2026-05-01", "file a version 2026-06-02", user(3, "2026-05-01", 100), "file b version 2026-06-03", user(1, "2026-05-01", 11))
		s.want("loc_added by user 2026-05-01", "u1 11", "u2 5", "u3 100")
	}},
}
