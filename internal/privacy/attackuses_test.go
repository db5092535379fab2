package privacy_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/disclosure/disclosuretest"
	"codegauge/internal/fault"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

// used are the breakdowns whose counters are their own: what they are asked for and by, the
// member of a record that states them, and a row of it for values and a number.
var used = []struct {
	measure string
	dims    []string
	member  string
	row     func(values []string, n int) string
}{
	{"skill_uses", []string{"skill"}, "totals_by_skill", func(v []string, n int) string {
		return fmt.Sprintf(`{"skill_name":%q,"interaction_count":%d}`, v[0], n)
	}},
	{"custom_agent_uses", []string{"custom_agent"}, "totals_by_custom_agent", func(v []string, n int) string {
		return fmt.Sprintf(`{"custom_agent_name":%q,"interaction_count":%d}`, v[0], n)
	}},
	{"agent_app_jobs", []string{"agent_app", "agent_app_name"}, "totals_by_3rd_party_agent", func(v []string, n int) string {
		return fmt.Sprintf(`{"agent_id":%s,"agent_name":%q,"user_initiated_interaction_count":%d}`, v[0], v[1], n)
	}},
}

// newUsing makes a company of which uses are known, of up to four things by name, and of two
// dimensions of apps that share names.
func newUsing(t testing.TB, r *rand.Rand, kind, people, teams int) *attacked {
	a := emptyAttacked(t, people)
	of := used[kind]
	a.measures, a.whole = []string{of.measure, "active_users"}, true
	a.write = func(r *rand.Rand, p int, d day.Day) string {
		var rows []string
		seen := map[string]bool{}
		for range 1 + r.IntN(3) {
			i := min(r.IntN(4), r.IntN(4))
			values := []string{strconv.Itoa(70 + i), fmt.Sprintf("app %d", i/2)}[:len(of.dims)]
			if seen[values[0]] {
				continue
			}
			seen[values[0]] = true
			x := deed{person: p, day: d, to: always, of: map[string]string{}, n: 1 + r.IntN(1000)}
			for j, dim := range of.dims {
				x.of[dim] = values[j]
			}
			a.deeds, rows = append(a.deeds, x), append(rows, of.row(values, x.n))
		}
		return reporttest.User(p+1, d.String(), 1, 0, `"enterprise_id":"9"`, reporttest.Rows(of.member, rows...))
	}
	a.fill(r, teams)
	return a
}

// takeWhole keeps what all rows of an answer say. A row for the rest is of what its named
// values, if it has some, leave of those that are named in full.
func (a *attacked) takeWhole(t *testing.T, w question.Parameters, answer *query.Answer, into *loot) {
	t.Helper()
	unnamed := func(row []any) (n int) {
		for _, v := range row[:len(w.By)] {
			if text, ok := v.(string); !ok || strings.HasPrefix(text, "Other (") {
				n++
			}
		}
		return n
	}
	rows := slices.Clone(answer.Rows)
	slices.SortStableFunc(rows, func(x, y []any) int { return cmp.Compare(unnamed(x), unnamed(y)) })
	taken := make([]int, len(a.deeds))
	place := slices.IndexFunc(w.By, func(dim string) bool { return dim == "team" || dim == "organization" })
	for _, row := range rows {
		if place >= 0 && row[place] == "Other (hidden, or in none)" {
			continue // what places that are shown leave of the enterprise's, which is asked for too
		}
		if n, ok := row[len(w.By)+1].(int64); ok && n > 0 && n < 5 {
			t.Errorf("%+v: %v counts %d people", w, row, n)
		}
		count, ok := row[len(w.By)].(int64)
		if hidden := answer.Column(query.HiddenWeeks); !ok || hidden >= 0 && row[hidden] != int64(0) {
			into.nulls++
			if hidden >= 0 && !slices.Contains(w.By, "week") {
				return // of several weeks: what is left of them is unknown
			}
			continue
		}
		factors, named := a.factors(w, row[:len(w.By)], 0)
		sum := 0
		for i := range factors {
			if !named {
				factors[i] *= 1 - taken[i]
			}
			sum += factors[i] * a.deeds[i].n
		}
		if int64(sum) != count {
			t.Errorf("%+v: %v is %d, want %d", w, row, count, sum)
			continue
		}
		if sum == 0 {
			continue
		}
		for i, n := range factors {
			taken[i] = max(taken[i], n)
		}
		into.add(factors, w.Org+w.Team == "" && len(w.Where) == 0 && !slices.ContainsFunc(w.By, func(dim string) bool { return dim != "day" && dim != "week" }))
	}
}

// TestUsesTellNobodyApart is TestNobodyCanBeToldApart for what is counted by name alone: uses
// of customizations and jobs of agent apps.
func TestUsesTellNobodyApart(t *testing.T) {
	companies := 6
	if n, err := strconv.Atoi(os.Getenv("CODEGAUGE_COMPANIES")); err == nil {
		companies = n
	}
	r := rand.New(rand.NewPCG(17, 3))
	broken, control, asked, shown, tried := 0, 0, 0, 0, 0
	for i := range companies {
		kind := i % len(used)
		a := newUsing(t, r, kind, 8+r.IntN(12), 1+r.IntN(4))
		dims := [][]string{}
		for _, dim := range used[kind].dims {
			dims = append(dims, []string{dim})
		}
		if len(dims) > 1 {
			dims = append(dims, used[kind].dims)
		}
		one := loot{}
		for _, w := range a.family(r, dims) {
			a.take(t, w, &one)
			if len(w.By) == 1 && w.By[0] == "week" {
				w.Where = []string{used[kind].dims[0] + "=70"}
				a.take(t, w, &one)
			}
		}
		found, n := a.attack(&one)
		if found != nil {
			broken++
			t.Errorf("company %d, %s: people %v are told apart", i, used[kind].measure, found)
		}
		asked, shown, tried = asked+one.asked, shown+one.shown, tried+n
		if a.usesUnmasked(used[kind].dims) {
			control++
		}
	}
	t.Logf("counted: %d companies, %d told apart, %d without hiding; %d questions, %d figures shown; %d sets of people tried", companies, broken, control, asked, shown, tried)
	if control < companies/2 {
		t.Errorf("the attack succeeds in %d of %d companies that hide nothing", control, companies)
	}
}

// usesUnmasked attacks what would be shown if only small cells were hidden.
func (a *attacked) usesUnmasked(dims []string) bool {
	var f disclosuretest.Figures
	values := map[string]bool{}
	for _, x := range a.deeds {
		f.People = append(f.People, uint32(x.person))
		values[x.of[dims[0]]] = true
	}
	for _, place := range a.places {
		for week := a.from; week < a.from+28; week += 7 {
			for value := range values {
				row, _ := a.factors(question.Parameters{Org: place.Org, Team: place.Team, By: []string{"week", dims[0]}}, []any{week.String(), value}, 0)
				people := map[int]bool{}
				for i, n := range row {
					if n > 0 {
						people[a.deeds[i].person] = true
					}
				}
				if len(people) >= 5 {
					f.Rows, f.Fixed = append(f.Rows, row), append(f.Fixed, false)
				}
			}
		}
	}
	found, _ := disclosuretest.Attack(f, 5)
	return found != nil
}

// TestPhasesTellNobodyApart counts people by adoption phase: no count, and nothing that it
// leaves of all active people, is of one to four.
func TestPhasesTellNobodyApart(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 9))
	counts, hidden, control := 0, 0, 0
	for range 6 {
		a := emptyAttacked(t, 8+r.IntN(30))
		phaseOf := make([]int, a.people)
		for p := range phaseOf {
			phaseOf[p] = min(r.IntN(4), r.IntN(5))
		}
		a.write = func(_ *rand.Rand, p int, d day.Day) string {
			return reporttest.User(p+1, d.String(), 1, 0, `"enterprise_id":"9"`, fmt.Sprintf(`"ai_adoption_phase":{"phase_number":%d,"phase":"Phase %d"}`, phaseOf[p], phaseOf[p]))
		}
		a.fill(r, 1+r.IntN(4))
		for phase := range 4 {
			if n := len(slices.DeleteFunc(slices.Clone(phaseOf), func(is int) bool { return is != phase })); n > 0 && n < 5 {
				control++
			}
		}
		for _, place := range a.places {
			ask := func(by ...string) [][]any {
				w := place
				w.From, w.To, w.Measures, w.By = a.from.String(), (a.from + 27).String(), []string{"active_users"}, by
				answer, err := a.Query(access.With(t.Context(), &access.Principal{Kind: access.Program}), w)
				if fault.KindOf(err) == fault.Forbidden || fault.KindOf(err) == fault.Unsupported {
					return nil
				}
				if err != nil {
					t.Fatal(err)
				}
				return answer.Rows
			}
			all, known := int64(0), false
			for _, row := range ask() {
				all, known = row[0].(int64)
			}
			for _, row := range ask("phase") {
				n, ok := row[1].(int64)
				if !ok {
					hidden++
					continue
				}
				counts++
				if rest := all - n; n > 0 && n < 5 || known && rest > 0 && rest < 5 {
					t.Errorf("%+v: %v counts %d of %d people", place, row, n, all)
				}
			}
		}
	}
	t.Logf("counted: %d counts of phases shown, %d hidden; %d phases have one to four people", counts, hidden, control)
	if control == 0 {
		t.Error("no phase has few people: this proves nothing")
	}
}
