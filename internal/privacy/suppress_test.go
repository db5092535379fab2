package privacy_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/metric"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

// secretive is an enterprise in which each person has a digit of their own, once
// a week, in one of seven counters: the figures of a week tell whose they are, and
// how often they are in it.
type secretive struct {
	*world
	places []question.Parameters // the enterprise, its organizations and teams
	weeks  []day.Day
}

// A counter holds the digits of six people, of 6 bits each: a person is in at
// most 16 of the rows that are added up.
const (
	crowdSize  = 42
	perCounter = 6
	digit      = 6
)

var counters = []string{"interactions", "generations", "acceptances", "loc_suggested_add", "loc_suggested_delete", "loc_added", "loc_deleted"}

// secret is the record of person p.
func secret(p int, d day.Day) string {
	var n [7]int64
	n[p/perCounter] = 1 << (digit * (p % perCounter))
	out := fmt.Sprintf(`{"user_id":%d,"day":%q,"enterprise_id":"9"`, p+1, d)
	for i, info := range metric.Counters[:metric.NumRowCounters] {
		field := info.Field
		out += fmt.Sprintf(`,%q:%d`, field, n[i])
	}
	return out + "}"
}

// whose returns how often each person is in a row's figures, or how often more
// than in another's.
func whose(row, less []any) (out [crowdSize]int64) {
	for i := range counters {
		n := figure(row, i) - figure(less, i)
		for p := range perCounter {
			d := n << (64 - digit) >> (64 - digit) // with its sign
			out[i*perCounter+p] = d
			n = (n - d) >> digit
		}
	}
	return out
}

func figure(row []any, i int) int64 {
	if row == nil {
		return 0
	}
	n, _ := row[i].(int64)
	return n
}

// group returns how many people a difference is of, if it is of some people's
// figures and nobody's less.
func group(of [crowdSize]int64) (people int, is bool) {
	more, less := 0, 0
	for _, n := range of {
		switch {
		case n > 0:
			more++
		case n < 0:
			less++
		}
	}
	return more + less, (more == 0) != (less == 0)
}

// newSecretive puts people into organizations and teams of all sizes, of which
// some contain others and some differ by one.
func newSecretive(t *testing.T, r *rand.Rand) *secretive {
	s := &secretive{world: newWorld(t), places: []question.Parameters{{Enterprise: "acme"}}, weeks: []day.Day{producttest.Must(day.Parse("2026-10-26")), producttest.Must(day.Parse("2026-11-02"))}}
	var lines []string
	for _, week := range s.weeks {
		for p := range crowdSize {
			lines = append(lines, secret(p, week+day.Day(p%7)))
		}
	}
	s.Load(intake.Request{Enterprise: "acme"}, lines...)
	lines = nil
	for org := range 4 {
		from, n := r.IntN(crowdSize-12), 3+r.IntN(20)
		for team := range 4 {
			first, size := from+r.IntN(n), 1+r.IntN(14)
			if team == 3 && r.IntN(2) == 0 {
				first, size = from, n-1-r.IntN(3)
			}
			for p := first; p < min(first+size, crowdSize); p++ {
				for _, week := range s.weeks {
					lines = append(lines, fmt.Sprintf(`{"user_id":%d,"day":%q,"enterprise_id":"9","organization_id":"%d","team_id":"%d","slug":"t%d"}`, p+1, week+day.Day(p%7), 100+org, 1000+10*org+team, 10*org+team))
				}
			}
		}
	}
	s.Load(intake.Request{Enterprise: "acme"}, lines...)
	for _, e := range producttest.Must(s.Dir.Entities(t.Context())) {
		switch e.Kind {
		case directory.Organization:
			s.places = append(s.places, question.Parameters{Enterprise: "acme", Org: e.Key()})
		case directory.Team:
			s.places = append(s.places, question.Parameters{Enterprise: "acme", Team: e.Key()})
		}
	}
	return s
}

// TestNoSmallGroups asks random pairs of permitted questions and looks for a
// difference, or a cell, that is the lines of one to four people.
func TestNoSmallGroups(t *testing.T) {
	pairs := 1000
	if more, err := strconv.Atoi(os.Getenv("CODEGAUGE_PAIRS")); err == nil {
		pairs = max(pairs, more)
	}
	r := rand.New(rand.NewPCG(5, 1))
	ctx := access.With(t.Context(), &access.Principal{Kind: access.Program})
	asked, refused, compared := 0, 0, 0
	for asked < pairs {
		s := newSecretive(t, r)
		for range 100 {
			var rows [][]any
			var of []string
			for range 2 {
				w := s.places[r.IntN(len(s.places))]
				from, to := s.weeks[r.IntN(len(s.weeks))], s.weeks[r.IntN(len(s.weeks))]
				w.Measures, w.From, w.To = counters, min(from, to).String(), (max(from, to) + 6).String()
				if by := r.IntN(3); by > 0 && w.Team == "" {
					w.By = [][]string{{"organization"}, {"team"}}[by-1]
				}
				if r.IntN(5) == 0 && (w.Team != "" || slices.Contains(w.By, "team")) { // which is refused
					w.From = (min(from, to) + day.Day(1+r.IntN(6))).String()
				}
				a, err := s.Query(ctx, w)
				if err != nil {
					if k := fault.KindOf(err); k != fault.Forbidden && k != fault.Unsupported {
						t.Fatalf("query %+v: %v", w, err)
					}
					refused++
					continue
				}
				for _, row := range a.Rows {
					rows, of = append(rows, row[len(w.By):]), append(of, fmt.Sprint(w.Org, w.Team, w.By, row[:len(w.By)]))
				}
			}
			asked++
			rows, of = append(rows, nil), append(of, "nothing")
			for i, x := range rows {
				for j, y := range rows[:i] {
					compared++
					if n, is := group(whose(x, y)); is && n < 5 {
						t.Fatalf("%s and %s, %v and %v, differ by the lines of %d people", of[i], of[j], x, y, n)
					}
				}
			}
		}
	}
	t.Logf("counted: %d pairs of questions, %d questions refused, %d differences solved", asked, refused, compared)
}

func TestHiddenRow(t *testing.T) {
	w := newWorld(t)
	var lines []string
	for p := 1; p <= 20; p++ {
		lines = append(lines, reporttest.User(p, "2026-11-16", p, 0, `"enterprise_id":"9"`))
		team := map[bool]string{true: "small", false: "large"}[p <= 2]
		lines = append(lines, fmt.Sprintf(`{"user_id":%d,"day":"2026-11-16","enterprise_id":"9","team_id":"7%s","slug":%q}`, p, team, team))
	}
	lines = slices.DeleteFunc(lines, func(s string) bool { return strings.Contains(s, "slug") && strings.Contains(s, `"user_id":20,`) })
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	ask := question.Parameters{Enterprise: "acme", Measures: []string{"loc_added", "active_users"}, By: []string{"team"}, From: "2026-11-16", To: "2026-11-22"}
	if got, want := producttest.Show(w.Ask(ask)), "large 187 17\nsmall 3 2\nnull 20 null\n"; got != want {
		t.Errorf("whoever sees all gets\n%swant\n%s", got, want)
	}
	ctx := access.With(t.Context(), &access.Principal{Kind: access.Program})
	a, err := w.Query(ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := producttest.Show(a), "Hidden (fewer than 5 people) 210 null\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if !slices.ContainsFunc(a.Warnings, func(s string) bool { return strings.Contains(s, "fewer than 5 people") }) {
		t.Errorf("warnings %q do not say what is hidden", a.Warnings)
	}
	for name, words := range map[string]question.Parameters{
		"a small team":    {Enterprise: "acme", Team: "small", Measures: ask.Measures, From: ask.From, To: ask.To},
		"by user":         {Enterprise: "acme", Measures: ask.Measures, By: []string{"user"}},
		"one user":        {Enterprise: "acme", Measures: ask.Measures, Where: []string{"user=u1"}},
		"ledger of small": {Enterprise: "acme", Team: "small", From: ask.From, To: ask.To},
	} {
		_, err := w.Query(ctx, words)
		if words.Measures == nil {
			_, err = w.Reconcile(ctx, words)
		}
		if fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s: got %v, want it forbidden", name, err)
		}
	}
	if err := w.Export(ctx, question.ExportRequest{Enterprise: "acme", Report: "users-1-day"}, &strings.Builder{}); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("export of people: got %v, want it forbidden", err)
	}
	if _, err := w.Query(access.With(t.Context(), access.NewOperator()), question.Parameters{Enterprise: "acme", Team: "small", Measures: ask.Measures}); err != nil {
		t.Errorf("the operator sees all: %v", err)
	}
}
