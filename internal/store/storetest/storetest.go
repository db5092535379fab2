// Package storetest holds what every analytics store must do, for any engine:
//
//   - Run checks the rules that package store states, one subtest each, and the
//     query scripts in testdata, whose answers were worked out by hand.
//   - Orders checks that the order of imports makes no difference.
//   - Replay imports random files again and again, and undoes imports.
//   - Compare checks random data and random queries, cell by cell, against
//     package oracle.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"codegauge/internal/query"
	"codegauge/internal/store"
)

// Run runs the conformance suite; open returns a new, empty store and sees to
// its closing.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, group := range []struct {
		name  string
		rules []rule
	}{
		{"replacement", replacementRules},
		{"parts", partRules},
		{"spans", spanRules},
		{"rejections", rejectionRules},
		{"undo", undoRules},
		{"claims", claimRules},
		{"kinds of data", dataKindRules},
		{"membership", membershipRules},
		{"links", linkRules},
		{"data source", dataSourceRules},
		{"delete", deletionRules},
		{"reads", readRules},
		{"transactions", transactionRules},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, r := range group.rules {
				t.Run(r.name, func(t *testing.T) { r.check(harness{t, open(t)}) })
			}
		})
	}
	t.Run("any order", func(t *testing.T) { Orders(t, 1, 3, open) })
	t.Run("scripts", func(t *testing.T) {
		for _, name := range scriptNames(t) {
			t.Run(strings.TrimSuffix(name, ".txt"), func(t *testing.T) { runScript(t, open(t), name) })
		}
	})
}

// rule is one rule of package store and how it is checked.
type rule struct {
	name  string
	check func(s harness)
}

// harness is a store under test.
type harness struct {
	*testing.T
	store.Store
}

// load imports records into the source that spec names, as a script's load does.
func (s harness) load(spec string, lines ...string) *store.Outcome {
	s.Helper()
	imp, items := s.prepare(spec, lines...)
	out, err := s.Import(context.Background(), imp, items)
	if err != nil {
		s.Fatalf("load %s: %v", spec, err)
	}
	return out
}

func (s harness) prepare(spec string, lines ...string) (store.Import, *list) {
	s.Helper()
	imp, items, err := loadOf(s.T, section{words: strings.Fields("load " + spec), body: lines})
	if err != nil {
		s.Fatal(err)
	}
	return imp, items
}

// preview is load without the commit.
func (s harness) preview(spec string, lines ...string) *store.Outcome {
	s.Helper()
	imp, items := s.prepare(spec, lines...)
	imp.Preview = true
	out, err := s.Import(context.Background(), imp, items)
	if err != nil {
		s.Fatalf("preview %s: %v", spec, err)
	}
	return out
}

// ask returns the answer to a query in words.
func (s harness) ask(words string) *query.Result {
	s.Helper()
	q, err := ParseQuery(words)
	if err != nil {
		s.Fatal(err)
	}
	res, err := s.Query(context.Background(), q)
	if err != nil {
		s.Fatalf("query %s: %v", words, err)
	}
	if err := checkShape(q, res); err != nil {
		s.Errorf("query %s: %v", words, err)
	}
	if err := s.SumWeeks(context.Background(), q.Scope.Enterprise); err != nil {
		s.Fatal(err)
	}
	if again, err := s.Query(context.Background(), q); err != nil || Table(again) != Table(res) {
		s.Errorf("query %s: with weeks added up: %v\n%s\nbefore:\n%s", words, err, Table(again), Table(res))
	}
	return res
}

// want asks and compares the rows, without the line of column names.
func (s harness) want(words string, rows ...string) {
	s.Helper()
	got := Table(s.ask(words))
	_, body, _ := strings.Cut(got, "\n")
	if err := sameTable(body, strings.Join(rows, "\n")); err != nil {
		s.Errorf("query %s: %v\ngot:\n%s", words, err, got)
	}
}

// erase deletes.
func (s harness) erase(d store.Deletion) *store.Outcome {
	s.Helper()
	out, err := s.Delete(context.Background(), d)
	if err != nil {
		s.Fatalf("delete %+v: %v", d, err)
	}
	return out
}

// link sets who is who.
func (s harness) link(people []store.PersonOf, members ...store.MemberOf) *store.Outcome {
	s.Helper()
	out, err := s.Link(context.Background(), store.Links{Enterprise: Acme, People: people, Members: members})
	if err != nil {
		s.Fatalf("link: %v", err)
	}
	return out
}

// version returns Acme's data version.
func (s harness) version() int64 {
	s.Helper()
	v, err := s.DataVersion(context.Background(), Acme)
	if err != nil {
		s.Fatal(err)
	}
	return v
}

// warned checks that an import had warnings, or none.
func (s harness) warned(out *store.Outcome, want bool) {
	s.Helper()
	if got := len(out.Warnings) > 0; got != want {
		s.Errorf("warnings are %v, want some: %v", out.Warnings, want)
	}
}

var errBroken = errors.New("the input broke")

// user is a user record: the only lines are completions that were added.
func user(id int, day string, added int) string {
	return fmt.Sprintf(`{"user_id":%d,"user_login":"u%d","day":%q,"loc_added_sum":%d,"totals_by_feature":[{"feature":"code_completion","loc_added_sum":%d}]}`,
		id, id, day, added, added)
}

// over is a record in a report that states the days that it covers.
func over(record, from, to string) string {
	return with(record, fmt.Sprintf(`"report_start_day":%q,"report_end_day":%q`, from, to))
}

func userOver(id int, day, from, to string, added int) string {
	return over(user(id, day, added), from, to)
}

// with adds members to an object.
func with(object, members string) string {
	return strings.TrimSuffix(object, "}") + "," + members + "}"
}

// aggregate is an aggregate record; daily is its daily_active_users.
func aggregate(day string, added, daily int) string {
	return fmt.Sprintf(`{"day":%q,"loc_added_sum":%d,"daily_active_users":%d,"totals_by_feature":[{"feature":"code_completion","loc_added_sum":%d}]}`,
		day, added, daily, added)
}

// member is a user-teams row.
func member(id int, day string, organization, team int64) string {
	return fmt.Sprintf(`{"user_id":%d,"user_login":"u%d","day":%q,"organization_id":"%d","team_id":"%d","slug":"t%d"}`,
		id, id, day, organization, team, team)
}
