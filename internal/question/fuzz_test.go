package question_test

import (
	"strings"
	"testing"

	"codegauge/internal/fault"
	"codegauge/internal/question"
)

// FuzzQuestion asks in any words: an answer whose columns are those asked for,
// or a fault of the caller's, never the program's.
func FuzzQuestion(f *testing.F) {
	f.Add("acme", "", "", "loc_added,active_users", "day,feature", "2026-11-01", "2026-11-20", 0, "model=gpt&tool=copilot", "", "", "")
	f.Add("", "11", "core", "agent_contribution", "user", "", "", 7, "user=u1", "ide", "v1-wide", "users")
	f.Add("83", "", "", "monthly_active_users", "month,organization", "", "", 28, "", "", "", "aggregate")
	f.Add("acme", "", "11/core", "discrepancy", "", "2999-12-31", "", 4000, "feature=%00&feature==&=x", "cli", "v9", "auto")
	w := twoOrganizations(f)
	f.Fuzz(func(t *testing.T, enterprise, org, team, measures, by, from, to string, days int, where, surface, definition, source string) {
		words := question.Parameters{
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
func columns(w question.Parameters) []string {
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
