package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/metric"
	"codegauge/internal/store"
)

// Retention runs the rules of store.Retainer, for stores that are one.
func Retention(t *testing.T, open func(t *testing.T) store.Store) {
	for _, r := range retentionRules {
		t.Run(r.name, func(t *testing.T) {
			s := harness{t, open(t)}
			s.two()
			s.load("acme", member(1, "2026-05-01", North, Core), member(2, "2026-04-30", North, Core), user(2, "2026-04-30", 32), aggregate("2026-05-01", 7, 3))
			r.check(s)
		})
	}
}

// questions are those that totals answer without anybody's records.
var questions = []string{
	"loc_added,active_users by day,tool 2026-04-29..2026-05-03",
	"loc_added,active_users by feature 2026-04-29..2026-05-03",
	"loc_added,active_users 2026-04-29..2026-05-03",
	"loc_added,active_users by day 2026-04-29..2026-05-03 from aggregate",
	"loc_added,active_users by day 2026-04-29..2026-05-03 in north",
	"loc_added,active_users by day,team 2026-04-29..2026-05-03",
}

// answers answers the questions.
func (s harness) answers() string {
	s.Helper()
	var all []string
	for _, q := range questions {
		all = append(all, q, Table(s.ask(q)))
	}
	return strings.Join(all, "\n")
}

// retain removes the records of people before 2 May.
func (s harness) retain() store.Removed {
	s.Helper()
	var steps store.Removed
	refusal := errors.New("not now")
	r := store.Retention{Enterprise: Acme, Before: rangeOf("2026-05-02..2026-05-02").From, BeforeCommit: func(_ context.Context, step store.Removed) error {
		steps.Add(step)
		return refusal
	}}
	if _, err := s.Store.(store.Retainer).Retain(s.Context(), r); steps.Count > 0 && !errors.Is(err, refusal) {
		s.Errorf("a step that is refused: %v", err)
	}
	steps, refusal = store.Removed{}, nil
	done, err := s.Store.(store.Retainer).Retain(s.Context(), r)
	if err != nil {
		s.Fatal(err)
	}
	if steps != done {
		s.Errorf("removed %+v, in steps %+v", done, steps)
	}
	return done
}

// totals lists the days kept as totals only.
func (s harness) totals() string {
	s.Helper()
	days, err := s.Store.(store.Retainer).TotalsOnly(s.Context(), Acme, rangeOf("2026-01-01..2026-12-31"))
	if err != nil {
		s.Fatal(err)
	}
	var out []string
	for _, d := range days {
		out = append(out, d.String())
	}
	return strings.Join(out, " ")
}

// unchanged checks that totals are what they were and the store is sound.
func (s harness) unchanged(before string) {
	s.Helper()
	if got := s.answers(); got != before {
		s.Errorf("got\n%s\nwant\n%s", got, before)
	}
	found, err := s.Verify(s.Context())
	if err != nil || len(found) > 0 {
		s.Errorf("verify: %v %v", found, err)
	}
}

// notTaken checks that an outcome says what was left as it was.
func (s harness) notTaken(out *store.Outcome) {
	s.Helper()
	for _, w := range out.Warnings {
		if strings.Contains(w.Reason, "kept as totals only") {
			return
		}
	}
	s.Errorf("no warning says that days are kept as totals only: %v", out.Warnings)
}

var retentionRules = []rule{
	{"totals stay, people go", func(s harness) {
		before := s.answers()
		if done := s.retain(); done.Count != 2 || done.Records != 6 || done.Members != 2 {
			s.Errorf("removed %+v", done)
		}
		s.unchanged(before)
		s.want("loc_added by day,user 2026-04-29..2026-05-03", "2026-04-30 null 32", "2026-05-01 null 27", "2026-05-02 u1 4")
		s.want("loc_added,active_users 2026-05-01 where user=u1")
		s.want("loc_added by day 2026-04-29..2026-05-03 where user=u1", "2026-05-02 4")
		if got := s.totals(); got != "2026-04-30 2026-05-01" {
			s.Errorf("totals only of %q", got)
		}
		if done := s.retain(); done.Count != 0 {
			s.Errorf("again: removed %+v", done)
		}
	}},
	{"the history says what there was, also of the newest import", func(s harness) {
		s.retain()
		var got []string
		for _, r := range s.history() {
			for _, d := range r.Days {
				if r.Action == "retain" && d.Kind == "users" {
					got = append(got, fmt.Sprintf("%d %s %s %v %v", d.Source, d.Tool, d.Day, d.Before, d.After))
				}
			}
		}
		slices.Sort(got)
		s.same("the days", got, []string{"1 codex 2026-05-01 {1 8 –} {0 8 –}", "1 copilot 2026-04-30 {1 32 –} {0 32 –}", "1 copilot 2026-05-01 {2 3 –} {0 3 –}", "11 copilot 2026-05-01 {2 17 –} {0 17 –}"})
	}},
	{"an import leaves them, and imports the rest", func(s harness) {
		before := s.answers()
		s.retain()
		s.notTaken(s.load("acme", user(1, "2026-05-01", 100), user(9, "2026-04-30", 100), member(9, "2026-05-01", North, Core), aggregate("2026-05-01", 100, 3)))
		s.notTaken(s.load("north", user(1, "2026-05-01", 100)))
		s.unchanged(before)
		s.load("acme", user(1, "2026-05-02", 5), user(5, "2026-04-20", 1))
		s.want("loc_added by day,user 2026-04-19..2026-05-03", "2026-04-20 u5 1", "2026-04-30 null 32", "2026-05-01 null 27", "2026-05-02 u1 5")
	}},
	{"what counted of several kinds of data stays, and a kind of it cannot be deleted", func(s harness) {
		s.load("acme data telemetry", user(1, "2026-05-01", 1000), user(4, "2026-05-01", 64), user(4, "2026-05-02", 128))
		before := s.answers()
		if done := s.retain(); done.Records != 8 {
			s.Errorf("removed %+v", done)
		}
		s.unchanged(before)
		s.notTaken(s.erase(store.Deletion{Enterprise: Acme, Data: ofKind(metric.Telemetry)}))
		s.want("loc_added by day 2026-05-01..2026-05-02", "2026-05-01 91", "2026-05-02 4")
	}},
	{"a part of them cannot be deleted", func(s harness) {
		before := s.answers()
		s.retain()
		s.notTaken(s.erase(store.Deletion{Enterprise: Acme, Source: North}))
		s.notTaken(s.erase(store.Deletion{Enterprise: Acme, User: "u2"}))
		s.notTaken(s.erase(store.Deletion{Enterprise: Acme, Tool: "codex"}))
		s.unchanged(before)
	}},
	{"whole days can", func(s harness) {
		s.retain()
		s.erase(store.Deletion{Enterprise: Acme, Range: rangeOf("2026-04-30..2026-05-01")})
		s.want("loc_added by day 2026-04-29..2026-05-03", "2026-05-02 4")
		if got := s.totals(); got != "" {
			s.Errorf("totals only of %q", got)
		}
		s.load("acme", user(1, "2026-05-01", 3))
		s.want("loc_added by day,user 2026-04-29..2026-05-03", "2026-05-01 u1 3", "2026-05-02 u1 4")
	}},
	{"an import of them cannot be undone", func(s harness) {
		later := s.load("acme version 2026-09-02", user(1, "2026-05-01", 100), user(1, "2026-05-02", 200))
		before := s.answers()
		s.retain()
		s.unchanged(before)
		s.notTaken(s.undo(later))
		s.want("loc_added by day 2026-04-29..2026-05-03", "2026-04-30 32", "2026-05-01 124", "2026-05-02 4")
		s.clean()
	}},
	{"what was replaced before a time no longer comes back", func(s harness) {
		s.load("acme version 2026-09-02", user(1, "2026-05-02", 100))
		for _, c := range []struct {
			before string
			back   []string
		}{{"2026-08-01", []string{"u1 100"}}, {"2100-01-01", nil}} {
			later := s.load("acme version 2026-09-03", user(2, "2026-05-02", 200))
			all := s.answers()
			if err := s.Store.(store.Retainer).PruneReplaced(s.Context(), Acme, midnight(c.before)); err != nil {
				s.Fatal(err)
			}
			s.unchanged(all)
			s.undo(later)
			s.want("loc_added by user 2026-05-02", c.back...)
			s.clean()
		}
	}},
	{"what an undoing left is where a later one goes back to", func(s harness) {
		s.load("acme version 2026-09-02", user(1, "2026-05-02", 100))
		undone := s.load("acme version 2026-09-03", user(1, "2026-05-02", 200))
		s.undo(undone)
		if err := s.Store.(store.Retainer).PruneReplaced(s.Context(), Acme, midnight("2100-01-01")); err != nil {
			s.Fatal(err)
		}
		later := s.load("acme version 2026-09-04", user(1, "2026-05-02", 300))
		s.undo(later)
		s.want("loc_added by user 2026-05-02", "u1 100")
		s.clean()
	}},
	{"links leave them", func(s harness) {
		before := s.answers()
		s.retain()
		s.link([]store.PersonOf{{UserID: "1", Person: 7}}, store.MemberOf{Person: 7, Organization: South, Days: rangeOf("2026-04-01..2026-05-01")})
		s.unchanged(before)
	}},
}
