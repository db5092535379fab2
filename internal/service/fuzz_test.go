package service

import (
	"strings"
	"sync"
	"testing"

	"codegauge/internal/fault"
)

// FuzzQuestion asks in any words: an answer whose columns are those asked for,
// or a fault of the caller's, never the program's.
func FuzzQuestion(f *testing.F) {
	f.Add("acme", "", "", "loc_added,active_users", "day,feature", "2026-11-01", "2026-11-20", 0, "model=gpt&tool=copilot", "", "", "")
	f.Add("", "11", "core", "agent_contribution", "user", "", "", 7, "user=u1", "ide", "v1-wide", "users")
	f.Add("83", "", "", "monthly_active_users", "month,organization", "", "", 28, "", "", "", "aggregate")
	f.Add("acme", "", "11/core", "discrepancy", "", "2999-12-31", "", 4000, "feature=%00&feature==&=x", "cli", "v9", "auto")
	var once sync.Once
	var w *world
	f.Fuzz(func(t *testing.T, enterprise, org, team, measures, by, from, to string, days int, where, surface, definition, source string) {
		once.Do(func() { w = twoOrganizations(t) })
		words := QueryParameters{
			Enterprise: enterprise, Org: org, Team: team, Measures: list(measures, ","), By: list(by, ","), From: from, To: to, Days: days,
			Where: list(where, "&"), Surface: surface, Definition: definition, Source: source, Compare: days%2 == 1,
		}
		a, err := w.Query(t.Context(), words)
		if err != nil {
			if k := fault.KindOf(err); k == fault.Internal || k == fault.Unavailable || len(err.Error()) > 5000 {
				t.Errorf("%+v: kind %d: %v", words, k, err)
			}
			return
		}
		for _, row := range a.Rows {
			if len(row) != len(a.Columns) {
				t.Fatalf("%+v: a row of %d cells under %d columns", words, len(row), len(a.Columns))
			}
		}
		for i, name := range columns(words) {
			if a.Columns[i].Name != name {
				t.Errorf("%+v: column %d is %s, want %s", words, i, a.Columns[i].Name, name)
			}
		}
	})
}

// columns are the names of an answer's columns: each measure is followed by that
// of the time before and the change where the two are compared.
func columns(w QueryParameters) []string {
	names := append([]string{}, w.By...)
	for _, m := range w.Measures {
		names = append(names, m)
		if w.Compare {
			names = append(names, m+"_previous", m+"_change")
		}
	}
	return names
}

func list(s, separator string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, separator)
}

// FuzzImport imports any lines, seats and user-teams rows among them, beside a
// good one: what is refused is told, what is taken can be asked for and adds up.
func FuzzImport(f *testing.F) {
	for _, s := range []string{
		user(1, "2026-11-01", 5, 1), aggregateDay("2026-11-01", 9, 9), `{"user_id":1,"day":"2026-11-01","enterprise_id":"83","organization_id":"11","team_id":101,"slug":"core"}`,
		`{"assignee":{"login":"ada","id":7},"organization":{"login":"north","id":11}}`, `{"day":"2026-11-01","repo_id":7,"organization_id":"12"}`,
		`{"report_start_day":"2026-11-01","report_end_day":"2026-11-03","day_totals":[{"day":"2026-11-02","loc_added_sum":4}],"organization_id":"11"}`,
		`{"day":"2026-11-01","user_id":"x","tool":"Ä","team_id":"../..","slug":"a/b"}`, `{"assignee":{"id":1},"organization":{"id":"x"}}`, "[", "garbage",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w := newWorld(t)
		l, err := w.tryLoad(ImportRequest{Enterprise: "acme"}, user(900, "2026-11-05", 3, 0), text)
		if err != nil {
			if k := fault.KindOf(err); k == fault.Internal || k == fault.Unavailable {
				t.Errorf("%q: kind %d: %v", text, k, err)
			}
			return
		}
		if int64(len(l.Refused)) != l.RefusedTotal {
			t.Errorf("%q: %d refusals, %d in all", text, len(l.Refused), l.RefusedTotal)
		}
		a, err := w.Query(t.Context(), QueryParameters{Enterprise: "acme", Measures: []string{"loc_added"}, By: []string{"user"}, From: "2026-11-05", To: "2026-11-05"})
		if err != nil || !strings.Contains(show(a), "u900 3") && !strings.Contains(text, "900") {
			t.Errorf("%q: the good line is not there: %v\n%s", text, err, show(a))
		}
		v, err := w.Verify(t.Context())
		if err != nil || !v.Clean {
			t.Errorf("%q: %v, %+v", text, err, v)
		}
	})
}
