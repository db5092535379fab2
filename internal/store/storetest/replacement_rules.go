package storetest

import (
	"context"
	"fmt"

	"github.com/google/go-cmp/cmp"

	"codegauge/internal/store"
)

const added3 = "loc_added,active_users by day 2026-05-01..2026-05-03"

var replacementRules = []rule{
	{"a report replaces the stored one of its day", func(s shelf) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), user(1, "2026-05-02", 7))
		s.load("acme", user(1, "2026-05-01", 12))
		s.want(added3, "2026-05-01 12 1", "2026-05-02 7 1")
	}},
	{"importing again changes nothing", func(s shelf) {
		lines := []string{user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), member(1, "2026-05-01", North, Core)}
		for range 3 {
			s.warned(s.load("acme", lines...), false)
			s.want(added3, "2026-05-01 15 2")
			s.want("loc_added 2026-05-01 in core", "10")
		}
	}},
	{"a report of a lower version is skipped whole", func(s shelf) {
		s.load("acme version 2026-06-02", user(1, "2026-05-01", 10))
		out := s.load("acme version 2026-06-01", user(1, "2026-05-01", 99), user(2, "2026-05-01", 1), user(2, "2026-05-02", 3))
		s.warned(out, true)
		s.wantSkipped(out, "2026-05-01 true", "2026-05-02 false")
		s.want(added3, "2026-05-01 10 1", "2026-05-02 3 1")
	}},
	{"of equal versions the later import stays", func(s shelf) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 10))
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 11))
		s.want(added3, "2026-05-01 11 1")
	}},
	{"versions in any order end the same", func(s shelf) {
		s.load("acme version 2026-06-03", user(1, "2026-05-01", 3))
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1))
		s.load("acme version 2026-06-02", user(1, "2026-05-01", 2))
		s.want(added3, "2026-05-01 3 1")
		s.load("acme version 2026-06-04", user(1, "2026-05-01", 4))
		s.want(added3, "2026-05-01 4 1")
	}},
	{"a stated range covers days without rows", func(s shelf) {
		s.load("acme", user(2, "2026-05-02", 9), user(2, "2026-05-04", 9))
		s.load("acme", userOver(1, "2026-05-01", "2026-05-01", "2026-05-03", 10))
		s.want("loc_added,active_users by day 2026-05-01..2026-05-05",
			"2026-05-01 10 1", "2026-05-02 0 0", "2026-05-03 0 0", "2026-05-04 9 1")
	}},
	{"a stated range covers its tool only", func(s shelf) {
		s.load("acme", with(user(1, "2026-05-02", 9), `"tool":"codex"`))
		s.load("acme", userOver(1, "2026-05-01", "2026-05-01", "2026-05-02", 10))
		s.want("loc_added,active_users by day,tool 2026-05-01..2026-05-03",
			"2026-05-01 copilot 10 1", "2026-05-02 codex 9 1", "2026-05-02 copilot 0 0")
	}},
	{"an older stated range does not empty a newer day", func(s shelf) {
		s.load("acme version 2026-06-02", user(2, "2026-05-02", 9))
		s.load("acme version 2026-06-01", userOver(1, "2026-05-01", "2026-05-01", "2026-05-03", 10))
		s.want(added3, "2026-05-01 10 1", "2026-05-02 9 1", "2026-05-03 0 0")
	}},
	{"an aggregate's stated range covers only the days that it has", func(s shelf) {
		s.load("acme", aggregate("2026-05-02", 5, 1))
		s.load("acme", with(aggregate("2026-05-01", 7, 2), `"report_start_day":"2026-05-01","report_end_day":"2026-05-03"`))
		s.want("loc_added by day 2026-05-01..2026-05-03", "2026-05-01 7", "2026-05-02 5")
	}},
	{"a part adds and removes nothing", func(s shelf) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5))
		s.load("acme version 2026-06-02 part", user(2, "2026-05-01", 6), user(3, "2026-05-01", 1))
		s.want(added3, "2026-05-01 17 3")
	}},
	{"a part older than the stored report is skipped", func(s shelf) {
		s.load("acme version 2026-06-02", user(1, "2026-05-01", 10))
		out := s.load("acme version 2026-06-01 part", user(2, "2026-05-01", 5))
		s.warned(out, true)
		s.want(added3, "2026-05-01 10 1")
	}},
	{"a part raises the stored report's version", func(s shelf) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 10))
		s.load("acme version 2026-06-03 part", user(2, "2026-05-01", 5))
		out := s.load("acme version 2026-06-02", user(1, "2026-05-01", 99))
		s.warned(out, true)
		s.want(added3, "2026-05-01 15 2")
	}},
	{"a refusal of a day keeps who is missing on that day", func(s shelf) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), user(2, "2026-05-02", 4))
		out := s.load("acme refused 2026-05-01", user(1, "2026-05-01", 11), user(1, "2026-05-02", 1))
		s.warned(out, true)
		s.want(added3, "2026-05-01 16 2", "2026-05-02 1 1")
	}},
	{"a refusal of no known day keeps who is missing on every day", func(s shelf) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), user(2, "2026-05-02", 4))
		s.load("acme refused -", user(1, "2026-05-01", 11), user(1, "2026-05-02", 1))
		s.want(added3, "2026-05-01 16 2", "2026-05-02 5 2")
	}},
	{"what a refusal kept goes with the next whole report", func(s shelf) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5))
		s.load("acme refused -", user(1, "2026-05-01", 11))
		s.load("acme", user(1, "2026-05-01", 11))
		s.want(added3, "2026-05-01 11 1")
	}},
	{"of two rows of one user-day the later wins", func(s shelf) {
		out := s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 1), user(3, "2026-05-01", 1), user(1, "2026-05-01", 12))
		s.warned(out, true)
		s.want(added3, "2026-05-01 14 3")
	}},
	{"kinds do not replace one another", func(s shelf) {
		s.load("acme", user(1, "2026-05-01", 10))
		s.load("acme", member(1, "2026-05-01", North, Core))
		s.load("acme", aggregate("2026-05-01", 10, 1))
		s.load("acme", `{"day":"2026-05-01","repo_id":5,"repo_name":"site"}`)
		s.want(added3, "2026-05-01 10 1")
		s.want("loc_added by day 2026-05-01 in core", "2026-05-01 10")
		s.want("loc_added by day 2026-05-01 from aggregate", "2026-05-01 10")
	}},
	{"enterprises do not replace one another", func(s shelf) {
		s.load("acme", user(1, "2026-05-01", 10))
		s.load("other", user(1, "2026-05-01", 20))
		s.want("loc_added,active_users by user 2026-05-01", "u1 10 1")
		s.want("loc_added,active_users by user 2026-05-01 in other", "u1 20 1")
	}},
	{"seats and repositories enter no figure", func(s shelf) {
		s.load("acme", `{"day":"2026-05-01","repo_id":5,"repo_name":"site"}`)
		s.want(added3)
	}},
	{"the outcome says what came and how days moved", func(s shelf) {
		s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5))
		out := s.load("acme", user(1, "2026-05-01", 4), user(1, "2026-05-02", 3), member(1, "2026-05-01", North, Core))
		if out.ID == 0 {
			s.Error("the import has no number")
		}
		if diff := cmp.Diff(map[string]int64{"users": 2, "user-teams": 1}, out.Records); diff != "" {
			s.Errorf("records (-want +got):\n%s", diff)
		}
		if out.Users != 1 {
			s.Errorf("users: got %d, want 1", out.Users)
		}
		s.wantDays(out,
			"user-teams copilot 2026-05-01 {0 0 0} {1 0 0}",
			"users copilot 2026-05-01 {2 15 0} {1 4 0}",
			"users copilot 2026-05-02 {0 0 0} {1 3 0}")
	}},
	{"a preview says the same and changes nothing", func(s shelf) {
		s.load("acme", user(1, "2026-05-01", 10))
		version, history := s.version(), s.history()
		out := s.preview("acme", user(1, "2026-05-01", 4), user(2, "2026-05-02", 3))
		if out.ID != 0 {
			s.Errorf("the preview has number %d", out.ID)
		}
		s.wantDays(out, "users copilot 2026-05-01 {1 10 0} {1 4 0}", "users copilot 2026-05-02 {0 0 0} {1 3 0}")
		s.want(added3, "2026-05-01 10 1")
		if got := s.version(); got != version {
			s.Errorf("data version: got %d, want %d", got, version)
		}
		if diff := cmp.Diff(history, s.history()); diff != "" {
			s.Errorf("revisions (-want +got):\n%s", diff)
		}
	}},
}

// wantSkipped checks which days an import skipped.
func (s shelf) wantSkipped(out *store.Outcome, want ...string) {
	s.Helper()
	var got []string
	for _, d := range out.Days {
		got = append(got, fmt.Sprint(d.Day, " ", d.Skipped))
	}
	s.same("skipped days", sorted(got), want)
}

// wantDays checks how days moved: "kind tool day before after".
func (s shelf) wantDays(out *store.Outcome, want ...string) {
	s.Helper()
	var got []string
	for _, d := range out.Days {
		got = append(got, fmt.Sprint(d.Kind, " ", d.Tool, " ", d.Day, " ", d.Before, " ", d.After))
	}
	s.same("days", sorted(got), want)
}

func (s shelf) same(what string, got, want any) {
	s.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// history returns Acme's revisions.
func (s shelf) history() []store.Revision {
	s.Helper()
	out, err := s.Revisions(context.Background(), Acme, 100, true)
	if err != nil {
		s.Fatal(err)
	}
	return out
}
