package storetest

import (
	"context"
	"fmt"

	"github.com/google/go-cmp/cmp"

	"codegauge/internal/report"
	"codegauge/internal/store"
)

const added3 = "loc_added,active_users by day 2026-05-01..2026-05-03"

var replacementRules = []rule{
	{"a report of a higher version replaces the day", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), user(1, "2026-05-02", 7))
		s.warned(s.load("acme version 2026-06-02", user(1, "2026-05-01", 12)), false)
		s.want(added3, "2026-05-01 12 1", "2026-05-02 7 1")
	}},
	{"importing again changes nothing", func(s harness) {
		lines := []string{user(1, "2026-05-01", 10), user(2, "2026-05-01", 5), member(1, "2026-05-01", North, Core)}
		for i := range 3 {
			out := s.load("acme", lines...)
			s.warned(out, false)
			s.want(added3, "2026-05-01 15 2")
			s.want("loc_added 2026-05-01 in core", "10")
			if i > 0 {
				s.wantDays(out, "user-teams copilot 2026-05-01 {1 – –} {1 – –}", "users copilot 2026-05-01 {2 15 –} {2 15 –}")
				s.wantSkipped(out, "2026-05-01 false", "2026-05-01 false")
			}
		}
	}},
	{"a report of a lower version is skipped whole", func(s harness) {
		s.load("acme version 2026-06-02", user(1, "2026-05-01", 10))
		out := s.load("acme version 2026-06-01", user(1, "2026-05-01", 99), user(2, "2026-05-01", 1), user(2, "2026-05-02", 3))
		s.warned(out, true)
		s.wantSkipped(out, "2026-05-01 true", "2026-05-02 false")
		s.wantDays(out, "users copilot 2026-05-01 {1 10 –} {1 10 –}", "users copilot 2026-05-02 {0 – –} {1 3 –}")
		s.want(added3, "2026-05-01 10 1", "2026-05-02 3 1")
	}},
	{"versions in any order end the same", func(s harness) {
		s.load("acme version 2026-06-03", user(1, "2026-05-01", 3))
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1))
		s.load("acme version 2026-06-02", user(1, "2026-05-01", 2))
		s.want(added3, "2026-05-01 3 1")
		s.load("acme version 2026-06-04", user(1, "2026-05-01", 4))
		s.want(added3, "2026-05-01 4 1")
	}},
	{"versions in one import are taken in their order", func(s harness) {
		out := s.load("acme",
			"file b version 2026-06-02", user(1, "2026-05-01", 2),
			"file a version 2026-06-01", user(1, "2026-05-01", 1), user(2, "2026-05-01", 9), user(2, "2026-05-02", 4))
		s.warned(out, false)
		s.wantDays(out, "users copilot 2026-05-01 {0 – –} {1 2 –}", "users copilot 2026-05-02 {0 – –} {1 4 –}")
		s.want(added3, "2026-05-01 2 1", "2026-05-02 4 1")
		s.wantVersion("acme", "2026-05-01", "2026-06-02")
		s.wantVersion("acme", "2026-05-02", "2026-06-01")
	}},
	{"of the versions in one import only those change a day that are not lower", func(s harness) {
		s.load("acme version 2026-06-02", user(1, "2026-05-01", 2), user(1, "2026-05-02", 2))
		out := s.load("acme",
			"file a version 2026-06-01", user(1, "2026-05-01", 1), user(3, "2026-05-01", 1), user(1, "2026-05-02", 1),
			"file b version 2026-06-02", user(2, "2026-05-01", 8),
			"file c version 2026-05-30", user(1, "2026-05-02", 5))
		s.warned(out, true)
		s.wantSkipped(out, "2026-05-01 false", "2026-05-02 true")
		s.wantDays(out, "users copilot 2026-05-01 {1 2 –} {2 10 –}", "users copilot 2026-05-02 {1 2 –} {1 2 –}")
		s.want(added3, "2026-05-01 10 2", "2026-05-02 2 1")
	}},
	{"sources in one import do not replace one another", func(s harness) {
		s.load("acme", "file a of north version 2026-06-02", user(1, "2026-05-01", 1), "file b of south version 2026-06-01", user(2, "2026-05-01", 2))
		s.want(added3, "2026-05-01 3 2")
	}},
	{"of two rows of one user-day the later wins", func(s harness) {
		out := s.load("acme", user(1, "2026-05-01", 10), user(2, "2026-05-01", 1), user(3, "2026-05-01", 1), user(1, "2026-05-01", 12))
		s.warned(out, true)
		s.want(added3, "2026-05-01 14 3")
	}},
	{"of two rows of one user-day in two files of a version the later wins", func(s harness) {
		out := s.load("acme", "file a", user(1, "2026-05-01", 10), user(2, "2026-05-01", 1), "file b", user(1, "2026-05-01", 12))
		s.warned(out, true)
		s.want(added3, "2026-05-01 13 2")
	}},
	{"aggregates and repositories are replaced by version too", func(s harness) {
		const five, six = `{"day":"2026-05-01","repo_id":5}`, `{"day":"2026-05-01","repo_id":6}`
		s.load("acme version 2026-06-01", aggregate("2026-05-01", 10, 1), five, six)
		out := s.load("acme version 2026-06-02", aggregate("2026-05-01", 11, 1), six)
		s.wantDays(out, "aggregate copilot 2026-05-01 {1 10 –} {1 11 –}", "repos copilot 2026-05-01 {2 – –} {1 – –}")
		out = s.load("acme version 2026-06-01", aggregate("2026-05-01", 12, 1), five)
		s.wantSkipped(out, "2026-05-01 true", "2026-05-01 true")
		s.want("loc_added by day 2026-05-01", "2026-05-01 11")
	}},
	{"kinds do not replace one another", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10))
		s.load("acme", member(1, "2026-05-01", North, Core))
		s.load("acme", aggregate("2026-05-01", 10, 1))
		s.load("acme", `{"day":"2026-05-01","repo_id":5,"repo_name":"site"}`)
		s.want(added3, "2026-05-01 10 1")
		s.want("loc_added by day 2026-05-01 in core", "2026-05-01 10")
		s.want("loc_added by day 2026-05-01 from aggregate", "2026-05-01 10")
	}},
	{"enterprises do not replace one another", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10))
		s.load("other", user(1, "2026-05-01", 20))
		s.want("loc_added,active_users by user 2026-05-01", "u1 10 1")
		s.want("loc_added,active_users by user 2026-05-01 in other", "u1 20 1")
	}},
	{"seats and repositories enter no figure", func(s harness) {
		s.load("acme", `{"day":"2026-05-01","repo_id":5,"repo_name":"site"}`)
		s.want(added3)
	}},
	{"the outcome says what came and how days moved", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 10), user(2, "2026-05-01", 5))
		out := s.load("acme version 2026-06-02", user(1, "2026-05-01", 4), user(1, "2026-05-02", 3), member(1, "2026-05-01", North, Core))
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
			"user-teams copilot 2026-05-01 {0 – –} {1 – –}",
			"users copilot 2026-05-01 {2 15 –} {1 4 –}",
			"users copilot 2026-05-02 {0 – –} {1 3 –}")
	}},
	{"a preview says the same and changes nothing", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 10))
		version, history := s.version(), s.history()
		out := s.preview("acme version 2026-06-02", user(1, "2026-05-01", 4), user(2, "2026-05-02", 3))
		if out.ID != 0 {
			s.Errorf("the preview has number %d", out.ID)
		}
		s.wantDays(out, "users copilot 2026-05-01 {1 10 –} {1 4 –}", "users copilot 2026-05-02 {0 – –} {1 3 –}")
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
func (s harness) wantSkipped(out *store.Outcome, want ...string) {
	s.Helper()
	var got []string
	for _, d := range out.Days {
		got = append(got, fmt.Sprint(d.Day, " ", d.Skipped))
	}
	s.same("skipped days", sorted(got), want)
}

// wantDays checks how days moved: "kind tool day before after".
func (s harness) wantDays(out *store.Outcome, want ...string) {
	s.Helper()
	var got []string
	for _, d := range out.Days {
		got = append(got, fmt.Sprint(d.Kind, " ", d.Tool, " ", d.Day, " ", d.Before, " ", d.After))
	}
	s.same("days", sorted(got), want)
}

// wantVersion checks the version of a day's user report, "" if there is none.
func (s harness) wantVersion(source, on, want string) {
	s.Helper()
	e, err := entityOf(source)
	if err != nil {
		s.Fatal(err)
	}
	days, err := s.SourceDays(context.Background(), e.enterprise, rangeOf(on+".."+on))
	if err != nil {
		s.Fatal(err)
	}
	got := ""
	for _, d := range days {
		if d.Source == e.number() && d.Kind == report.UserDay {
			got = versionText(d.Version)
		}
	}
	if got != want {
		s.Errorf("%s, %s: the user report has version %q, want %q", source, on, got, want)
	}
}

func (s harness) same(what string, got, want any) {
	s.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// history returns Acme's revisions.
func (s harness) history() []store.Revision {
	s.Helper()
	out, err := s.Revisions(context.Background(), Acme, 100, true)
	if err != nil {
		s.Fatal(err)
	}
	return out
}
