package storetest

import (
	"context"
	"testing"

	"codegauge/internal/fault"
	"codegauge/internal/report"
	"codegauge/internal/store"

	"github.com/google/go-cmp/cmp"
)

// undo undoes an import.
func (s harness) undo(imp *store.Outcome) *store.Outcome {
	s.Helper()
	return s.erase(store.Deletion{Enterprise: Acme, Import: imp.ID})
}

var undoRules = []rule{
	{"what was new goes, with its day", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 1))
		s.undo(s.load("acme", user(2, "2026-05-02", 9), user(2, "2026-05-03", 9)))
		s.want(added, "2026-05-01 copilot 1 1")
		s.wantVersion("acme", "2026-05-02", "")
	}},
	{"what was replaced comes back, as old as it was", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1), user(2, "2026-05-01", 2))
		s.undo(s.load("acme version 2026-06-03", user(1, "2026-05-01", 10), user(3, "2026-05-01", 30)))
		s.want("loc_added by user 2026-05-01", "u1 1", "u2 2")
		s.wantVersion("acme", "2026-05-01", "2026-06-01")
		s.warned(s.load("acme version 2026-06-02", user(1, "2026-05-01", 3)), false)
		s.want(added, "2026-05-01 copilot 3 1")
	}},
	{"memberships, aggregates and records come back as they came in", func(s harness) {
		s.load("acme version 2026-06-01", full, aggregate("2026-05-01", 7, 3), user(1, "2026-05-02", 1), member(1, "2026-05-02", North, Core))
		s.undo(s.load("acme version 2026-06-02", user(2, "2026-05-01", 4), aggregate("2026-05-01", 8, 4), member(2, "2026-05-02", North, Core)))
		s.want("loc_added by day 2026-05-01..2026-05-02 in core", "2026-05-02 1")
		s.want("loc_added 2026-05-01 from aggregate", "7")
		s.wantExport(store.Report{Enterprise: Acme, Source: Acme, Kind: report.UserDay, Range: rangeOf("2026-05-01..2026-05-01")}, full)
	}},
	{"a preview changes nothing, and says what would be", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1))
		second := s.load("acme version 2026-06-03", user(1, "2026-05-01", 10), user(2, "2026-05-01", 30))
		version := s.version()
		would := s.erase(store.Deletion{Enterprise: Acme, Import: second.ID, Preview: true, BeforeCommit: func(context.Context) error {
			s.Error("a preview came to its commit")
			return nil
		}})
		s.want("loc_added by user 2026-05-01", "u1 10", "u2 30")
		if s.version() != version || s.history()[0].UndoneBy != 0 {
			s.Error("a preview is a change")
		}
		if done := s.undo(second); !cmp.Equal(would, done) {
			s.Errorf("the preview said %+v, but was %+v", would, done)
		}
	}},
	{"the history says which import was undone by which change", func(s harness) {
		first := s.load("acme", user(1, "2026-05-01", 1))
		second := s.load("acme", user(2, "2026-05-02", 2), user(3, "2026-05-03", 2))
		s.erase(store.Deletion{Enterprise: Acme, Import: second.ID, Range: rangeOf("2026-05-02..2026-05-02")})
		if got := s.history(); got[1].ID != second.ID || got[1].UndoneBy != 0 {
			s.Errorf("an import of which a day is left counts as undone: %+v", got[1])
		}
		s.undo(first)
		if got := s.history(); got[0].Action != "delete" || got[3].ID != first.ID || got[3].UndoneBy != got[0].ID {
			s.Errorf("history: got %+v", got)
		}
	}},
	{"a deletion whose commit is refused changes nothing", func(s harness) {
		first := s.load("acme", user(1, "2026-05-01", 1))
		version := s.version()
		_, err := s.Delete(context.Background(), store.Deletion{Enterprise: Acme, Import: first.ID, BeforeCommit: func(context.Context) error { return fault.New(fault.Conflict, "no") }})
		if fault.KindOf(err) != fault.Conflict || s.version() != version {
			s.Errorf("got %v, version %d after %d", err, s.version(), version)
		}
		s.want(added, "2026-05-01 copilot 1 1")
	}},
	{"a later copy goes, what it replaced comes back", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 1), user(2, "2026-05-01", 2))
		s.undo(s.load("acme", user(1, "2026-05-01", 10)))
		s.want("loc_added by user 2026-05-01", "u1 1", "u2 2")
	}},
	{"a part goes, the others stay", func(s harness) {
		first := s.load("acme", user(1, "2026-05-01", 1))
		second := s.load("acme", user(2, "2026-05-01", 2))
		s.load("acme", user(3, "2026-05-01", 4))
		s.undo(second)
		s.want("loc_added by user 2026-05-01", "u1 1", "u3 4")
		s.undo(first)
		s.want("loc_added by user 2026-05-01", "u3 4")
	}},
	{"an import before a higher version goes without a trace", func(s harness) {
		first := s.load("acme version 2026-06-01", user(1, "2026-05-01", 1), user(2, "2026-05-01", 2))
		second := s.load("acme version 2026-06-02", user(1, "2026-05-01", 10))
		if out := s.undo(first); len(out.Warnings) > 0 {
			s.Errorf("warnings: %v", out.Warnings)
		}
		s.want("loc_added by user 2026-05-01", "u1 10")
		s.undo(second)
		s.want(added)
		s.wantVersion("acme", "2026-05-01", "")
	}},
	{"what came later is decided anew: a rejection keeps what was there before", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1), user(2, "2026-05-01", 2))
		middle := s.load("acme version 2026-06-02", user(1, "2026-05-01", 10))
		s.load("acme version 2026-06-03 refused 2026-05-01", user(3, "2026-05-01", 30))
		s.want("loc_added by user 2026-05-01", "u1 10", "u3 30")
		s.undo(middle)
		s.want("loc_added by user 2026-05-01", "u1 1", "u2 2", "u3 30")
		s.wantVersion("acme", "2026-05-01", "2026-06-03")
	}},
	{"what came later is decided anew: a later copy of what is gone is a part", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 1))
		middle := s.load("acme", user(2, "2026-05-01", 2))
		s.load("acme", user(2, "2026-05-01", 20))
		s.want("loc_added by user 2026-05-01", "u2 20")
		s.undo(middle)
		s.want("loc_added by user 2026-05-01", "u1 1", "u2 20")
	}},
	{"what came later is decided anew: a row that is there again stays the earlier import's", func(s harness) {
		first := s.load("acme", user(1, "2026-05-01", 1))
		middle := s.load("acme", user(1, "2026-05-01", 10))
		s.load("acme", user(1, "2026-05-01", 1))
		s.undo(middle)
		s.want("loc_added by user 2026-05-01", "u1 1")
		s.undo(first)
		s.want(added)
	}},
	{"all versions of an import go", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1))
		both := s.load("acme", "file a version 2026-06-02", user(1, "2026-05-01", 2), user(2, "2026-05-01", 2), "file b version 2026-06-03", user(1, "2026-05-01", 3))
		s.undo(both)
		s.want("loc_added by user 2026-05-01", "u1 1")
		s.wantVersion("acme", "2026-05-01", "2026-06-01")
	}},
	{"of an import of several versions the rows that it left come back", func(s harness) {
		s.load("acme version 2026-06-01", user(4, "2026-05-01", 4))
		s.load("acme refused 2026-05-01", "file a version 2026-06-02", user(1, "2026-05-01", 2), user(2, "2026-05-01", 2), "file b version 2026-06-04", user(1, "2026-05-01", 3))
		s.undo(s.load("acme version 2026-06-05", user(9, "2026-05-01", 9)))
		s.want("loc_added by user 2026-05-01", "u1 3", "u2 2", "u4 4")
		s.wantVersion("acme", "2026-05-01", "2026-06-04")
		s.load("north version 2026-06-03", user(1, "2026-05-01", 98), user(2, "2026-05-01", 99))
		s.want("loc_added by user 2026-05-01", "u1 3", "u2 99", "u4 4")
	}},
	{"a day that was only covered is that again, and then unknown", func(s harness) {
		covering := s.load("acme", userOver(1, "2026-05-01", "2026-05-01", "2026-05-02", 1))
		rows := s.load("acme", user(1, "2026-05-02", 7))
		s.undo(rows)
		s.want(added, "2026-05-01 copilot 1 1", "2026-05-02 copilot 0 0")
		s.wantVersion("acme", "2026-05-02", "zero")
		s.undo(covering)
		s.want(added)
	}},
	{"rows stay where the import that covered the day goes", func(s harness) {
		covering := s.load("acme", userOver(1, "2026-05-01", "2026-05-01", "2026-05-02", 1))
		s.load("acme", user(1, "2026-05-02", 7))
		s.undo(covering)
		s.want(added, "2026-05-02 copilot 7 1")
	}},
	{"a day that was cleared comes back", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-02", 2))
		clearing := s.load("acme version 2026-06-03 complete", userOver(1, "2026-05-01", "2026-05-01", "2026-05-03", 1))
		s.undo(clearing)
		s.want(added, "2026-05-02 copilot 2 1")
		s.wantVersion("acme", "2026-05-02", "2026-06-01")
		s.wantVersion("acme", "2026-05-03", "")
	}},
	{"a day stays cleared where what it held goes", func(s harness) {
		first := s.load("acme version 2026-06-01", user(1, "2026-05-02", 2))
		s.load("acme version 2026-06-03 complete", userOver(1, "2026-05-01", "2026-05-01", "2026-05-02", 1))
		s.undo(first)
		s.want(added, "2026-05-01 copilot 1 1", "2026-05-02 copilot 0 0")
		s.warned(s.load("acme version 2026-06-02", user(1, "2026-05-02", 2)), true)
		s.want(added, "2026-05-01 copilot 1 1", "2026-05-02 copilot 0 0")
	}},
	{"twice is once", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1))
		more := s.load("acme version 2026-06-02", user(1, "2026-05-01", 10))
		s.undo(more)
		s.wantDays(s.undo(more))
		s.want(added, "2026-05-01 copilot 1 1")
	}},
	{"of what changed nothing changes nothing", func(s harness) {
		s.load("acme version 2026-06-02", user(1, "2026-05-01", 1))
		skipped := s.load("acme version 2026-06-01", user(1, "2026-05-01", 10))
		same := s.load("acme version 2026-06-02", user(1, "2026-05-01", 1))
		s.undo(skipped)
		s.undo(same)
		s.want(added, "2026-05-01 copilot 1 1")
	}},
	{"what was undone can be imported again", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1))
		for range 2 {
			s.undo(s.load("acme version 2026-06-02", user(1, "2026-05-01", 10), user(2, "2026-05-01", 20)))
			s.want(added, "2026-05-01 copilot 1 1")
		}
		s.load("acme version 2026-06-02", user(1, "2026-05-01", 10), user(2, "2026-05-01", 20))
		s.want(added, "2026-05-01 copilot 30 2")
	}},
	{"one after another, the newest first", func(s harness) {
		first := s.load("acme version 2026-06-02", user(1, "2026-05-01", 1), member(1, "2026-05-01", North, Core))
		more := s.load("acme version 2026-06-03", user(2, "2026-05-01", 9), member(2, "2026-05-01", North, Core))
		s.undo(more)
		s.want("loc_added 2026-05-01 in core", "1")
		s.undo(first)
		s.want(added)
		s.warned(s.load("acme version 2026-06-01", user(3, "2026-05-01", 5), member(3, "2026-05-01", North, Core)), false)
		s.want(added, "2026-05-01 copilot 5 1")
		s.want("loc_added 2026-05-01 in core", "5")
	}},
	{"of some days leaves the others as they are", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1), user(1, "2026-05-02", 2))
		both := s.load("acme version 2026-06-03", user(1, "2026-05-01", 10), user(1, "2026-05-02", 20))
		s.erase(store.Deletion{Enterprise: Acme, Import: both.ID, Range: rangeOf("2026-05-01..2026-05-01")})
		s.want(added, "2026-05-01 copilot 1 1", "2026-05-02 copilot 20 1")
		s.warned(s.load("acme version 2026-06-02", user(1, "2026-05-02", 7)), true)
		s.undo(both)
		s.want(added, "2026-05-01 copilot 1 1", "2026-05-02 copilot 2 1")
	}},
	{"of a source or a tool leaves the others as they are", func(s harness) {
		all := s.load("acme", user(1, "2026-05-01", 1), with(user(1, "2026-05-01", 8), `"tool":"codex"`), "file b of north", user(3, "2026-05-01", 16))
		s.erase(store.Deletion{Enterprise: Acme, Import: all.ID, Source: North})
		s.want(added, "2026-05-01 codex 8 1", "2026-05-01 copilot 1 1")
		s.erase(store.Deletion{Enterprise: Acme, Import: all.ID, Tool: "codex"})
		s.want(added, "2026-05-01 copilot 1 1")
	}},
	{"of one source leaves the other's claims", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1))
		s.undo(s.load("north version 2026-06-02", user(1, "2026-05-01", 10)))
		s.want(added, "2026-05-01 copilot 1 1")
		s.want(added + " in north")
	}},
	{"another enterprise's import is not there to be undone", func(s harness) {
		s.undo(s.load("other", user(1, "2026-05-01", 5)))
		s.want(added+" in other", "2026-05-01 copilot 5 1")
	}},
	{"for one user alone is refused", func(s harness) {
		imp := s.load("acme", user(1, "2026-05-01", 1))
		_, err := s.Delete(context.Background(), store.Deletion{Enterprise: Acme, Import: imp.ID, User: "u1"})
		if fault.KindOf(err) != fault.Invalid || err == nil {
			s.Errorf("error %v, want an invalid request", err)
		}
		s.want(added, "2026-05-01 copilot 1 1")
	}},
	{"a deleted day does not come back", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1), user(1, "2026-05-02", 2))
		second := s.load("acme version 2026-06-02", user(1, "2026-05-01", 10), user(1, "2026-05-02", 20))
		s.erase(store.Deletion{Enterprise: Acme, Range: rangeOf("2026-05-01..2026-05-01")})
		s.undo(second)
		s.want(added, "2026-05-02 copilot 2 1")
	}},
	{"a deleted user does not come back, the days stay covered", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1), user(2, "2026-05-01", 2), user(1, "2026-05-02", 4), member(1, "2026-05-01", North, Core), member(2, "2026-05-01", North, Core))
		second := s.load("acme version 2026-06-02", user(1, "2026-05-01", 10), user(2, "2026-05-01", 20), user(1, "2026-05-02", 40), member(2, "2026-05-01", North, Core))
		s.erase(store.Deletion{Enterprise: Acme, User: "u1"})
		s.undo(second)
		s.want(added, "2026-05-01 copilot 2 1", "2026-05-02 copilot 0 0")
		s.want(added3+" in core", "2026-05-01 2 1")
		s.wantVersion("acme", "2026-05-02", "2026-06-01")
	}},
	{"a user is deleted also where everything of them was replaced", func(s harness) {
		for _, name := range []string{"u1", "1"} {
			s.Run(name, func(t *testing.T) {
				s := harness{t, s.Store}
				s.erase(store.Deletion{Enterprise: Acme})
				s.load("acme version 2026-06-01", user(1, "2026-05-01", 1), user(3, "2026-05-01", 4))
				second := s.load("acme version 2026-06-02", user(2, "2026-05-01", 20))
				s.erase(store.Deletion{Enterprise: Acme, User: name})
				s.want(added, "2026-05-01 copilot 20 1")
				s.undo(second)
				s.want("loc_added by user 2026-05-01", "u3 4")
			})
		}
	}},
	{"what a deleted user's report replaced stays replaced", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 1), user(2, "2026-05-01", 2))
		s.load("acme", user(1, "2026-05-01", 10)) // a later copy
		last := s.load("acme version 2026-09-01", user(3, "2026-05-01", 4))
		s.erase(store.Deletion{Enterprise: Acme, User: "u1"})
		s.undo(last)
		s.want(added, "2026-05-01 copilot 0 0")
	}},
	{"what was replaced enters no figure", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1), with(user(2, "2026-05-01", 2), `"totals_by_ide":[{"ide":"zed"}]`), member(2, "2026-05-01", South, Edge))
		s.load("acme version 2026-06-02", user(1, "2026-05-01", 10), member(1, "2026-05-01", North, Core))
		s.want("loc_added,active_users by user 2026-05-01", "u1 10 1")
		s.want("loc_added by team 2026-05-01", "core 10")
		s.want("loc_added by organization 2026-05-01", "north 10")
		s.want("loc_added 2026-05-01 where user=u2", "0")
		s.wantExport(store.Report{Enterprise: Acme, Source: Acme, Kind: report.UserDay, Range: rangeOf("2026-05-01..2026-05-01")}, user(1, "2026-05-01", 10))
		if got := sourceDays(s.Store); len(got) != 2 {
			s.Errorf("source days are %q, want one of users and one of user-teams", got)
		}
	}},
	{"the outcome and the history say how days moved", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1), user(2, "2026-05-01", 2))
		more := s.load("acme version 2026-06-02", user(1, "2026-05-01", 10), user(1, "2026-05-02", 4))
		before := s.version()
		out := s.undo(more)
		if out.ID != 0 {
			s.Errorf("the undoing has number %d", out.ID)
		}
		s.wantDays(out, "users copilot 2026-05-01 {1 10 –} {2 3 –}", "users copilot 2026-05-02 {1 4 –} {0 – –}")
		if h := s.history(); len(h) != 3 || h[0].Action != "delete" || len(h[0].Days) != 2 {
			s.Errorf("history is %+v, want a delete of two days, then two imports", h)
		}
		if s.version() <= before {
			s.Error("the data version did not rise")
		}
	}},
}
