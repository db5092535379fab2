package question_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

// memberships are people and the organizations in which they are, at random, over four weeks.
type memberships struct {
	from, to day.Day
	in       map[int][]int
}

// newMemberships has 150 people of organizations 11 to 13, of whom some are in several and some
// in none; few of them are in none.
func newMemberships(seed uint64, few bool) memberships {
	r := rand.New(rand.NewPCG(seed, 7))
	m := memberships{from: producttest.Must(day.Parse("2026-10-19")), in: map[int][]int{}}
	m.to = m.from + 27
	for id := 1; id <= 150; id++ {
		m.in[id] = []int{11 + r.IntN(3)}
		switch x := r.IntN(10); {
		case x < 3:
			m.in[id] = append(m.in[id], 11+(m.in[id][0]-10)%3)
		case x < 6 && !few || id <= 3:
			m.in[id] = nil
		}
	}
	return m
}

func (m memberships) load(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	var lines []string
	for d := m.from; d <= m.to; d++ {
		lines = append(lines, fmt.Sprintf(`{"user_id":1000,"user_login":"u1000","day":"%s","organization_id":"11","enterprise_id":"83","team_id":5,"slug":"x"}`, d))
		for _, id := range slices.Sorted(maps.Keys(m.in)) {
			lines = append(lines, reporttest.User(id, d.String(), 10, 0, `"enterprise_id":"83"`))
			for _, org := range m.in[id] {
				lines = append(lines, fmt.Sprintf(`{"user_id":%d,"user_login":"u%d","day":"%s","organization_id":"%d","enterprise_id":"83","team_id":%d,"slug":"t%d"}`, id, id, d, org, org, org))
			}
		}
	}
	// Aggregates beside the records name nobody, and say nothing of who is where.
	lines = append(lines, fmt.Sprintf(`{"day":"%s","enterprise_id":"83","daily_active_users":9,"pull_requests":{"total_merged":3}}`, m.to), fmt.Sprintf(`{"day":"%s","organization_id":"11","daily_active_users":9,"pull_requests":{"total_merged":2}}`, m.to))
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	return w
}

// count is the overlap, by looking at each person.
func (m memberships) count() query.Overlap {
	out := query.Overlap{People: int64(len(m.in))}
	for _, orgs := range m.in {
		switch n := int64(len(orgs)); {
		case n == 0:
			out.None++
		case n > 1:
			out.Several++
			out.Again += n - 1
		}
	}
	return out
}

// Who is in several organizations or in none is counted as a look at each person counts it, the
// rows add up with it, and the answer by organization says so.
func TestOverlap(t *testing.T) {
	m := newMemberships(1, false)
	w, want := m.load(t), m.count()
	ask := question.Parameters{Enterprise: "acme", From: m.from.String(), To: m.to.String()}
	got, err := w.Overlap(t.Context(), ask)
	if err != nil || got == nil || *got != want || want.Several == 0 || want.None == 0 {
		t.Fatalf("got %+v, %v, want %+v", got, err, want)
	}
	ask.Measures, ask.By = []string{"active_users"}, []string{"organization"}
	a, err := w.Query(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	sum := int64(0)
	for _, row := range a.Rows {
		if n, ok := row[1].(int64); ok && row[0] != nil {
			sum += n
		}
	}
	if sum-want.Again+want.None != want.People {
		t.Errorf("rows have %d, which does not add up with %+v", sum, want)
	}
	said := fmt.Sprintf("active users of organizations do not add up to the %d of acme: %d are in two or more, which adds %d to their sum, and %d are in none", want.People, want.Several, want.Again, want.None)
	if !slices.Contains(a.Warnings, said) {
		t.Errorf("warnings %q, want %q", a.Warnings, said)
	}
	ask.Where = []string{"feature=agent_edit"}
	if o, err := w.Overlap(t.Context(), ask); o != nil || err != nil {
		t.Errorf("of a mode: %+v, %v", o, err)
	}
}

// Whoever may not view people is told what is of enough of them alone.
func TestOverlapOfFew(t *testing.T) {
	for _, few := range []bool{false, true} {
		m := newMemberships(1, few)
		w := m.load(t)
		e, err := w.Entity(t.Context(), question.Parameters{Enterprise: "acme"})
		if err != nil {
			t.Fatal(err)
		}
		ctx := access.With(t.Context(), access.NewProgram(e.ID, access.ViewEnterprise))
		ask := question.Parameters{Enterprise: "acme", From: m.from.String(), To: m.to.String()}
		got, err := w.Overlap(ctx, ask)
		if err != nil || (got != nil) == few || got != nil && *got != m.count() {
			t.Errorf("few %t (%+v): told %+v, %v", few, m.count(), got, err)
		}
		ask.Measures, ask.By = []string{"active_users"}, []string{"organization"}
		a, err := w.Query(ctx, ask)
		if err != nil || strings.Contains(strings.Join(a.Warnings, "\n"), "do not add up") == few {
			t.Errorf("few %t: %v, %v", few, a.Warnings, err)
		}
	}
}
