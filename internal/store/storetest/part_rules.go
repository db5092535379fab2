package storetest

import (
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// partRules are about imports of the version that a report day has.
var partRules = []rule{
	{"parts of a report in several imports add up", func(s harness) {
		for id := 1; id <= 3; id++ {
			s.warned(s.load("acme version 2026-06-01", user(id, "2026-05-01", id), member(id, "2026-05-01", North, Core)), false)
		}
		s.want(added3, "2026-05-01 6 3")
		s.want(added3+" in core", "2026-05-01 6 3")
	}},
	{"parts of a report in several files of one import add up", func(s harness) {
		s.warned(s.load("acme", "file a version 2026-06-01", user(1, "2026-05-01", 1), "file b version 2026-06-01", user(2, "2026-05-01", 2)), false)
		s.want(added3, "2026-05-01 3 2")
	}},
	{"the outcome of a part says how the day moved", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), `{"day":"2026-05-01","repo_id":5}`)
		s.wantDays(s.load("acme", user(2, "2026-05-01", 5), `{"day":"2026-05-01","repo_id":6}`),
			"repos copilot 2026-05-01 {1 – –} {2 – –}", "users copilot 2026-05-01 {1 10 –} {2 15 –}")
	}},
	{"rows that are there already, the same, stay those of the import that brought them", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 1), user(2, "2026-05-01", 2))
		again := s.load("acme", user(2, "2026-05-01", 2), user(3, "2026-05-01", 4))
		s.warned(again, false)
		s.want(added3, "2026-05-01 7 3")
		s.erase(store.Deletion{Enterprise: Acme, Import: again.ID})
		s.want(added3, "2026-05-01 3 2")
	}},
	{"they go with that import", func(s harness) {
		first := s.load("acme", user(1, "2026-05-01", 1), user(2, "2026-05-01", 2))
		s.load("acme", user(2, "2026-05-01", 2), user(3, "2026-05-01", 4))
		s.erase(store.Deletion{Enterprise: Acme, Import: first.ID})
		s.want("loc_added by user 2026-05-01", "u3 4")
	}},
	{"a part that changes a row is a later copy, which replaces the day whole", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), user(2, "2026-05-02", 4))
		out := s.load("acme version 2026-06-01", user(1, "2026-05-01", 11), user(3, "2026-05-01", 1))
		s.warned(out, true)
		s.wantDays(out, "users copilot 2026-05-01 {2 15 –} {2 12 –}")
		s.want(added3, "2026-05-01 12 2", "2026-05-02 4 1")
	}},
	{"a later copy takes also the rows that it does not change", func(s harness) {
		first := s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5))
		s.load("acme", user(1, "2026-05-01", 11), user(2, "2026-05-01", 5))
		s.erase(store.Deletion{Enterprise: Acme, Import: first.ID})
		s.want(added3, "2026-05-01 16 2")
	}},
	{"a later copy of an aggregate", func(s harness) {
		s.load("acme", aggregate("2026-05-01", 10, 1))
		s.warned(s.load("acme", aggregate("2026-05-01", 10, 1)), false)
		s.warned(s.load("acme", aggregate("2026-05-01", 11, 1)), true)
		s.want("loc_added by day 2026-05-01", "2026-05-01 11")
	}},
	{"a later copy of memberships", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), member(1, "2026-05-01", North, Core), member(2, "2026-05-01", North, Core))
		s.warned(s.load("acme", with(member(2, "2026-05-01", North, Core), `"name":"core team"`)), true)
		s.want(added3+" in core", "2026-05-01 5 1")
	}},
	{"what a field says counts, whether a figure or not", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5))
		s.warned(s.load("acme", with(user(1, "2026-05-01", 10), `"new_field":1`)), true)
		s.want(added3, "2026-05-01 10 1")
	}},
	{"a row is the same in a report about other days", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5))
		s.warned(s.load("acme", userOver(1, "2026-05-01", "2026-04-28", "2026-05-01", 10), userOver(3, "2026-05-01", "2026-04-28", "2026-05-01", 1)), false)
		s.want(added3, "2026-05-01 16 3")
	}},
	{"a row is the same with the rows of a breakdown in another order", func(s harness) {
		const a, b = `{"ide":"vscode","loc_added_sum":1}`, `{"ide":"xcode","loc_added_sum":2}`
		of := func(rows string) string {
			return `{"user_id":1,"day":"2026-05-01","loc_added_sum":3,"totals_by_ide":[` + rows + `]}`
		}
		s.load("acme", of(a+","+b), user(2, "2026-05-01", 5))
		s.warned(s.load("acme", of(b+","+a)), false)
		s.want(added3, "2026-05-01 8 2")
	}},
	{"a row is the same whether it names the tool or not", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5))
		s.warned(s.load("acme", with(user(1, "2026-05-01", 10), `"tool":"copilot"`)), false)
		s.want(added3, "2026-05-01 15 2")
	}},
	{"a breakdown that is absent is not one that is empty", func(s harness) {
		s.load("acme", `{"user_id":1,"day":"2026-05-01","loc_added_sum":3}`)
		s.warned(s.load("acme", `{"user_id":1,"day":"2026-05-01","loc_added_sum":3,"totals_by_ide":[]}`), true)
		s.wantExport(store.Report{Enterprise: Acme, Source: Acme, Kind: report.UserDay, Range: rangeOf("2026-05-01..2026-05-01")},
			`{"user_id":1,"day":"2026-05-01","loc_added_sum":3,"totals_by_ide":[]}`)
	}},
	{"a higher version takes also the rows that are the same", func(s harness) {
		first := s.load("acme version 2026-06-01", user(1, "2026-05-01", 10))
		s.load("acme version 2026-06-02", user(1, "2026-05-01", 10))
		s.wantVersion("acme", "2026-05-01", "2026-06-02")
		s.erase(store.Deletion{Enterprise: Acme, Import: first.ID})
		s.want(added3, "2026-05-01 10 1")
		s.wantVersion("acme", "2026-05-01", "2026-06-02")
	}},
	{"a part takes what a rejection kept of an older report", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1), user(2, "2026-05-01", 2), user(3, "2026-05-01", 4))
		s.load("acme version 2026-06-02 refused -", user(1, "2026-05-01", 10))
		s.warned(s.load("acme version 2026-06-02", user(2, "2026-05-01", 20)), false)
		s.want("loc_added by user 2026-05-01", "u1 10", "u2 20", "u3 4")
	}},
	{"such a row has the part's version, also if it is the same", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1), user(2, "2026-05-01", 2))
		s.load("acme version 2026-06-03 refused -", user(1, "2026-05-01", 10))
		s.load("acme version 2026-06-03", user(2, "2026-05-01", 2))
		s.load("north version 2026-06-02", user(2, "2026-05-01", 99))
		s.want("loc_added by user 2026-05-01", "u1 10", "u2 2")
	}},
}
