package storetest

import (
	"fmt"
	"slices"
	"testing"

	"codegauge/internal/store"
)

// Erasure runs the rules of store.Eraser, for stores that are one.
func Erasure(t *testing.T, open func(t *testing.T) store.Store) {
	for _, r := range erasureRules {
		t.Run(r.name, func(t *testing.T) {
			s := harness{t, open(t)}
			s.link([]store.PersonOf{{Tool: "copilot", UserID: "1", Person: 9}, {Tool: "codex", UserID: "1", Person: 9}})
			s.two()
			s.load("acme", member(1, "2026-05-01", North, Core), aggregate("2026-05-01", 7, 3))
			r.check(s)
		})
	}
}

// forget erases whoever has an id at GitHub, and in codex.
func (s harness) forget(id string, preview bool) store.Removed {
	s.Helper()
	done, err := s.Store.(store.Eraser).Erase(s.Context(), store.Erasure{Enterprise: Acme, Identities: []store.Identity{{UserID: id}, {Tool: "codex", UserID: id}}, Minimum: 2, Preview: preview})
	if err != nil {
		s.Fatal(err)
	}
	return done
}

// known lists the ids of whom the data speaks.
func (s harness) known() string {
	s.Helper()
	list, err := s.Identities(s.Context(), Acme)
	if err != nil {
		s.Fatal(err)
	}
	var out []string
	for _, i := range list {
		out = append(out, i.UserID)
	}
	slices.Sort(out)
	return fmt.Sprint(slices.Compact(out))
}

func (s harness) wantRemoved(got store.Removed, days, records, members int64) {
	s.Helper()
	if got.Count != days || got.Records != records || got.Members != members {
		s.Errorf("removed %+v, want %d records and %d memberships of %d days", got, records, members, days)
	}
}

var erasureRules = []rule{
	{"every record and the name go, of every source and tool; days stay covered", func(s harness) {
		before := s.version()
		s.wantRemoved(s.forget("1", false), 2, 4, 1)
		s.want(added, "2026-05-01 codex 0 0", "2026-05-01 copilot 18 2", "2026-05-02 copilot 0 0")
		s.want(added+" from aggregate", "2026-05-01 copilot 7 3")
		if got := s.known(); got != "[2 3]" {
			s.Errorf("the data speaks of %s", got)
		}
		if s.version() <= before {
			s.Error("the data version did not rise")
		}
		s.clean()
	}},
	{"records of every kind of data go", func(s harness) {
		s.load("acme data telemetry", user(1, "2026-05-01", 700), user(2, "2026-05-01", 800), user(1, "2026-05-03", 1))
		s.load("acme data vendor", user(1, "2026-05-01", 7000))
		s.wantRemoved(s.forget("1", false), 3, 7, 1)
		s.want(added, "2026-05-01 codex 0 0", "2026-05-01 copilot 18 2", "2026-05-02 copilot 0 0", "2026-05-03 copilot 0 0")
		s.clean()
	}},
	{"the history does not say what they did", func(s harness) {
		s.forget("1", false)
		for _, r := range s.history() {
			for _, d := range r.Days {
				if d.Kind == "users" && d.Before != d.After {
					s.Errorf("%s moved %s from %+v to %+v", r.Action, d.Day, d.Before, d.After)
				}
			}
		}
		if h := s.history(); h[0].Action != "erase" {
			s.Errorf("the last change is %s", h[0].Action)
		}
	}},
	{"looking removes nothing", func(s harness) {
		before := s.version()
		s.wantRemoved(s.forget("1", true), 2, 4, 1)
		s.want(added, "2026-05-01 codex 8 1", "2026-05-01 copilot 19 3", "2026-05-02 copilot 4 1")
		if s.known() != "[1 2 3]" || s.version() != before {
			s.Error("something changed")
		}
	}},
	{"nobody leaves nothing behind", func(s harness) {
		s.wantRemoved(s.forget("99", false), 0, 0, 0)
		s.want(added, "2026-05-01 codex 8 1", "2026-05-01 copilot 19 3", "2026-05-02 copilot 4 1")
	}},
	{"others keep their numbers, who comes gets a new one", func(s harness) {
		s.forget("2", false)
		s.load("acme", user(4, "2026-05-03", 5), user(1, "2026-05-03", 1))
		s.want("active_users 2026-05-01..2026-05-03", "3")
		s.want("loc_added by user 2026-05-01..2026-05-03", "u1 6", "u1 8", "u3 16", "u4 5")
		s.clean()
	}},
	{"what was replaced goes too: undoing an import does not bring it back", func(s harness) {
		later := s.load("acme version 2026-09-02", user(2, "2026-05-01", 64), member(2, "2026-05-01", North, Core))
		s.forget("1", false)
		s.undo(later)
		s.want("loc_added by user 2026-05-01", "u2 2", "u3 16")
		s.want("loc_added 2026-05-01 in core") // of which nobody is left
		if got := s.known(); got != "[2 3]" {
			s.Errorf("the data speaks of %s", got)
		}
		s.clean()
	}},
	{"who is known from what was replaced alone is erased", func(s harness) {
		s.load("acme", user(4, "2026-05-03", 64))
		later := s.load("acme version 2026-09-02", user(2, "2026-05-03", 1))
		s.forget("4", false)
		if got := s.known(); got != "[1 2 3]" {
			s.Errorf("the data speaks of %s", got)
		}
		s.undo(later)
		s.want("loc_added by day,user 2026-05-03")
		s.clean()
	}},
	{"of days that are totals only the totals stay", func(s harness) {
		s.retain()
		before := s.answers()
		s.forget("1", false)
		s.want("loc_added 2026-05-01", "27")
		if got := s.known(); got != "[2 3]" {
			s.Errorf("the data speaks of %s", got)
		}
		s.want("active_users 2026-05-01", "3")
		if before == s.answers() {
			s.Error("the day that is not totals only did not change")
		}
		s.clean()
	}},
	{"of days that are totals only small groups go, and parts still equal the whole", func(s harness) {
		s.load("acme", member(1, "2026-05-01", North, Core), member(3, "2026-05-01", South, Edge), member(1, "2026-04-28", South, Edge), user(1, "2026-04-28", 64))
		s.retain()
		before := s.version()
		s.want("loc_added by team 2026-05-01", "core 9", "edge 16", "null 2")
		s.forget("1", false)
		s.want("loc_added by team 2026-05-01", "edge 16", "null 11")
		s.want("loc_added by team 2026-04-28", "edge 64")
		if s.version() <= before {
			s.Error("the data version did not rise")
		}
		s.clean()
	}},
	{"the history names no small group and not what it did, nor does a link made since hide it", func(s harness) {
		s.load("north", user(4, "2026-05-01", 64))
		s.load("south", user(4, "2026-04-28", 32))
		s.retain()
		s.link([]store.PersonOf{{UserID: "1", Person: 7}, {UserID: "4", Person: 7}})
		s.forget("4", false)
		for _, r := range s.history() {
			for _, d := range r.Days {
				if d.Source == South && d.Day == rangeOf("2026-04-28..2026-04-28").From {
					s.Errorf("%s tells of south: %+v", r.Action, d)
				}
			}
		}
		s.want("loc_added 2026-04-28 in south")
		s.clean()
	}},
	{"after that the totals of larger groups stay", func(s harness) {
		s.load("acme", member(2, "2026-04-28", North, Core), user(2, "2026-04-28", 64))
		s.retain()
		s.forget("1", false)
		s.want("loc_added by team 2026-05-01", "core 9", "null 18")
		s.clean()
	}},
}

// clean checks that what is derived fits what is stored.
func (s harness) clean() {
	s.Helper()
	if found, err := s.Verify(s.Context()); err != nil || len(found) > 0 {
		s.Errorf("verify finds %+v, %v", found, err)
	}
}
