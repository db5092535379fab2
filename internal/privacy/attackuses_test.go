package privacy_test

import (
	"cmp"
	"fmt"
	"maps"
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
	"codegauge/internal/metric"
	"codegauge/internal/producttest"
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
	a.measures, a.whole = []string{of.measure, "active_users"}, of.dims[0]
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
			x := deed{person: p, day: d, to: always, of: map[string]string{}, n: 1 + r.IntN(amounts)}
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

// takeWhole keeps what all rows of an answer say. A row for the rest is of some values of a
// dimension, without what is in rows that are named in full.
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
	taken := map[any][]int{} // by place: people are in several
	place := slices.IndexFunc(w.By, func(dim string) bool { return dim == "team" || dim == "organization" })
	for _, row := range rows {
		if n, ok := row[len(w.By)+1].(int64); ok && n > 0 && n < 5 {
			t.Errorf("%+v: %v counts %d people", w, row, n)
		}
		if place >= 0 && (row[place] == nil || row[place] == "Other (hidden, or in none)") {
			continue // what places that are shown leave of the enterprise's, which is asked for too
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
		var at any
		if place >= 0 {
			at = row[place]
		}
		if taken[at] == nil {
			taken[at] = make([]int, len(a.deeds))
		}
		if !named {
			for i := range factors {
				factors[i] *= 1 - taken[at][i]
			}
			factors = a.deedsOfValues(factors, a.whole, count)
		}
		if factors == nil || a.amountOf(factors) != count {
			t.Errorf("%+v: %v is no sum of what it may be of", w, row)
			continue
		}
		if count == 0 {
			continue
		}
		for i, n := range factors {
			taken[at][i] = max(taken[at][i], n)
		}
		into.add(factors, w.Org+w.Team == "" && len(w.Where) == 0 && !slices.ContainsFunc(w.By, func(dim string) bool { return dim != "day" && dim != "week" }))
	}
}

// deedsOfValues returns the deeds of those values of a dimension that make a sum; nil if there are
// none: values that are hidden are in no row.
func (a *attacked) deedsOfValues(deeds []int, dim string, sum int64) []int {
	known := map[string]bool{}
	for i, n := range deeds {
		if n > 0 {
			known[a.deeds[i].of[dim]] = true
		}
	}
	values := slices.Sorted(maps.Keys(known))
	for chosen := range 1 << len(values) {
		part := slices.Clone(deeds)
		for i := range part {
			if at := slices.Index(values, a.deeds[i].of[dim]); at >= 0 && chosen>>at&1 == 0 {
				part[i] = 0
			}
		}
		if a.amountOf(part) == sum {
			return part
		}
	}
	return nil
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

// countsAttacked is a company in which everybody is in a phase of their own for all days, and
// some use an agent or the CLI on some, or report lines; and the counts of people that were
// shown, by what they are of.
type countsAttacked struct {
	*attacked
	// did has what people did on days, "" among it: that they were active.
	did map[personDay]map[string]bool
	// shown are sums of (person, span) pairs: each week is a span, and all four are one.
	shown map[string]*disclosuretest.Figures
}

const spans = 5

var (
	countedSignals = []string{"used_agent", "used_cli"}
	countedPhases  = []string{metric.NoCohort, "Phase 1", "Phase 2", "Phase 3"}
	// countFamilies are what counts can be combined of, beside those of everybody.
	countFamilies = map[string][]string{"all": nil, "phase": countedPhases, "used_agent": {"used_agent"}, "used_cli": {"used_cli"}, "reporting": {"reporting"}}
)

func newCountsAttacked(t testing.TB, r *rand.Rand) *countsAttacked {
	a := &countsAttacked{attacked: emptyAttacked(t, 8+r.IntN(24)), did: map[personDay]map[string]bool{}, shown: map[string]*disclosuretest.Figures{}}
	phaseOf, often := make([]int, a.people), make([]int, a.people)
	for p := range phaseOf {
		phaseOf[p], often[p] = min(r.IntN(4), r.IntN(5)), r.IntN(4)
	}
	a.write = func(r *rand.Rand, p int, d day.Day) string {
		did := map[string]bool{"": true, countedPhases[phaseOf[p]]: true}
		a.did[personDay{p, d}] = did
		more := []string{`"enterprise_id":"9"`, fmt.Sprintf(`"ai_adoption_phase":{"phase_number":%d,"phase":"Phase %d"}`, phaseOf[p], phaseOf[p])}
		for i, signal := range countedSignals {
			did[signal] = often[p]>>i&1 == 1 && r.IntN(3) > 0
			more = append(more, fmt.Sprintf(`%q:%v`, signal, did[signal]))
		}
		if r.IntN(6) > 0 {
			did["reporting"] = true
			return reporttest.User(p+1, d.String(), 1, 0, more...)
		}
		return fmt.Sprintf(`{"user_id":%d,"day":%q,"user_initiated_interaction_count":1,%s}`, p+1, d, strings.Join(more, ","))
	}
	a.fill(r, 1+r.IntN(4))
	for family := range countFamilies {
		a.shown[family] = a.figures()
	}
	return a
}

// figures returns none, of all pairs.
func (a *countsAttacked) figures() *disclosuretest.Figures {
	out := &disclosuretest.Figures{}
	for p := range a.people {
		out.People = append(out.People, slices.Repeat([]uint32{uint32(p)}, spans)...)
	}
	return out
}

// counted returns which pairs the people of a place are who did something in a span.
func (a *countsAttacked) counted(place string, span int, what string) (factors []int, people int64) {
	from, to := a.from, a.from+27
	if span < spans-1 {
		from, to = a.from+day.Day(7*span), a.from+day.Day(7*span+6)
	}
	factors = make([]int, spans*a.people)
	for p := range a.people {
		for d := from; d <= to; d++ {
			if in := a.member[place]; a.did[personDay{p, d}][what] && (in == nil || in(p, d, 0)) {
				factors[spans*p+span] = 1
				people++
				break
			}
		}
	}
	return factors, people
}

// take asks for counts of people and keeps those that are shown.
func (a *countsAttacked) take(t *testing.T, w question.Parameters) (shown, hidden int) {
	t.Helper()
	w.From, w.To = a.from.String(), (a.from + 27).String()
	answer, err := a.Query(access.With(t.Context(), &access.Principal{Kind: access.Program}), w)
	if fault.KindOf(err) == fault.Forbidden || fault.KindOf(err) == fault.Unsupported {
		return 0, 1
	}
	if err != nil {
		t.Fatalf("%+v: %v", w, err)
	}
	for _, row := range answer.Rows {
		n, ok := row[len(w.By)].(int64)
		if hiding := answer.Column(query.HiddenWeeks); !ok || hiding >= 0 && row[hiding] != int64(0) {
			hidden++
			continue
		}
		place, span, what, named := w.Org+w.Team, spans-1, "", true
		if w.Measures[0] != "active_users" {
			what = "reporting"
		}
		for _, f := range w.Where {
			_, what, _ = strings.Cut(f, "=")
		}
		for i, dim := range w.By {
			switch text, isText := row[i].(string); {
			case !isText || strings.HasPrefix(text, "Other ("):
				named = false
			case dim == "week":
				span = int(producttest.Must(day.Parse(text))-a.from) / 7
			case dim == "organization" || dim == "team":
				place = text
			default:
				what = text
			}
		}
		if n > 0 && n < 5 {
			t.Errorf("%+v: %v counts %d people", w, row, n)
		}
		if !named {
			continue
		}
		factors, want := a.counted(place, span, what)
		if n != want {
			t.Errorf("%+v: %v counts %d people, want %d", w, row, n, want)
		}
		shown++
		for family, of := range countFamilies {
			if what == "" || slices.Contains(of, what) {
				f := a.shown[family]
				f.Rows, f.Fixed = append(f.Rows, factors), append(f.Fixed, place == "" && what == "")
			}
		}
	}
	return shown, hidden
}

// takeAdoption takes the counts of the enterprise's weeks, and of all four, from its adoption.
func (a *countsAttacked) takeAdoption(t *testing.T) (shown int) {
	t.Helper()
	for span := range spans - 1 {
		w := question.Parameters{Enterprise: "acme", From: a.from.String(), To: (a.from + day.Day(7*span+6)).String()}
		adoption, err := a.Adoption(access.With(t.Context(), &access.Principal{Kind: access.Program}), w, question.PeopleAny)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range adoption.Populations {
			if !slices.Contains(countedSignals, p.Name) {
				continue
			}
			told := map[int]*int64{span: p.Week}
			if span == spans-2 {
				told[spans-1] = p.Days28
			}
			for span, n := range told {
				if n == nil {
					continue
				}
				factors, want := a.counted("", span, p.Name)
				if *n != want || want > 0 && want < 5 {
					t.Errorf("adoption to %s counts %d people with %s, want %d", w.To, *n, p.Name, want)
				}
				shown++
				f := a.shown[p.Name]
				f.Rows, f.Fixed = append(f.Rows, factors), append(f.Fixed, false)
			}
		}
	}
	return shown
}

// overlap returns which pairs are the people of a span in two organizations or more, which
// those of none, and how often each is in an organization after the first.
func (a *countsAttacked) overlap(span int) (several, none, again []int) {
	everybody, _ := a.counted("", span, "")
	in := make([]int, len(everybody))
	for _, place := range a.places {
		if place.Org != "" && place.Team == "" {
			members, _ := a.counted(place.Org, span, "")
			for i, n := range members {
				in[i] += n
			}
		}
	}
	several, none, again = make([]int, len(in)), make([]int, len(in)), make([]int, len(in))
	for i := range in {
		if everybody[i] > 0 && in[i] == 0 {
			none[i] = 1
		}
		if in[i] > 1 {
			several[i], again[i] = 1, in[i]-1
		}
	}
	return several, none, again
}

// takeOverlap takes why the organizations' people do not add up to the enterprise's.
func (a *countsAttacked) takeOverlap(t *testing.T) (shown, hidden int) {
	for span := range spans {
		w := question.Parameters{Enterprise: "acme", From: a.from.String(), To: (a.from + 27).String()}
		if span < spans-1 {
			w.From, w.To = (a.from + day.Day(7*span)).String(), (a.from + day.Day(7*span+6)).String()
		}
		o, err := a.Overlap(access.With(t.Context(), &access.Principal{Kind: access.Program}), w)
		if fault.KindOf(err) == fault.Unsupported || err == nil && o == nil {
			hidden++
			continue
		}
		if err != nil {
			t.Fatalf("%+v: %v", w, err)
		}
		several, none, again := a.overlap(span)
		for i, row := range [][]int{several, none, again} {
			want := int64(0)
			for _, n := range row {
				want += int64(n)
			}
			if got := []int64{o.Several, o.None, o.Again}[i]; got != want {
				t.Errorf("%s to %s: overlap %+v, want %d at %d", w.From, w.To, *o, want, i)
			}
			for _, f := range a.shown {
				f.Rows, f.Fixed = append(f.Rows, row), append(f.Fixed, false)
			}
		}
		shown++
	}
	return shown, hidden
}

// withOverlaps returns what would be shown if every overlap were, beside counts of everybody.
func (a *countsAttacked) withOverlaps() disclosuretest.Figures {
	f := *a.shown["all"]
	f.Rows, f.Fixed = slices.Clone(f.Rows), slices.Clone(f.Fixed)
	for span := range spans {
		several, none, again := a.overlap(span)
		f.Rows, f.Fixed = append(f.Rows, several, none, again), append(f.Fixed, false, false, false)
	}
	return f
}

// unmasked returns what would be shown if only counts of few were hidden.
func (a *countsAttacked) unmasked(family string) disclosuretest.Figures {
	f := a.figures()
	for _, place := range a.places {
		for span := range spans {
			for _, what := range append([]string{""}, countFamilies[family]...) {
				if factors, people := a.counted(place.Org+place.Team, span, what); people >= 5 {
					f.Rows, f.Fixed = append(f.Rows, factors), append(f.Fixed, place.Org+place.Team == "" && what == "")
				}
			}
		}
	}
	return *f
}

// TestCountsTellNobodyApart is TestNobodyCanBeToldApart for counts of people: by adoption
// phase, by what they used and of those who report lines; of organizations and teams, by week
// and of all weeks; and of those in several organizations or in none.
func TestCountsTellNobodyApart(t *testing.T) {
	companies := 6
	if n, err := strconv.Atoi(os.Getenv("CODEGAUGE_COMPANIES")); err == nil {
		companies = n
	}
	r := rand.New(rand.NewPCG(2, 9))
	broken, hidden, tried := 0, 0, 0
	shown, control := map[string]int{}, map[string]int{}
	for i := range companies {
		a := newCountsAttacked(t, r)
		for _, place := range a.places {
			grains := [][]string{nil, {"week"}}
			if place.Team == "" {
				grains = append(grains, []string{"week", "team"})
			}
			if place.Org == "" && place.Team == "" {
				grains = append(grains, []string{"week", "organization"})
			}
			for _, by := range grains {
				ask := func(of, measure string, dims []string, where ...string) {
					w := place
					w.Measures, w.By, w.Where = []string{measure}, append(slices.Clone(by), dims...), where
					n, nulls := a.take(t, w)
					shown[of], hidden = shown[of]+n, hidden+nulls
				}
				ask("all", "active_users", nil)
				ask("phase", "active_users", []string{"phase"})
				ask("phase", "active_users", nil, "phase=Phase 1")
				ask("signal", "active_users", []string{"signal"})
				ask("signal", "active_users", nil, "signal=used_cli")
				ask("reporting", "users_reporting_lines", nil)
			}
		}
		shown["adoption"] += a.takeAdoption(t)
		n, nils := a.takeOverlap(t)
		shown["overlap"], hidden = shown["overlap"]+n, hidden+nils
		for family, f := range a.shown {
			found, n := disclosuretest.Attack(*f, 5)
			tried += n
			if found != nil {
				broken++
				t.Errorf("company %d, by %s: people %v are told apart", i, family, found)
			}
			if found, _ := disclosuretest.Attack(a.unmasked(family), 5); found != nil {
				control[family]++
			}
		}
		if found, _ := disclosuretest.Attack(a.withOverlaps(), 5); found != nil {
			control["overlap"]++
		}
	}
	t.Logf("counted: %d companies, %d counts of people told apart, without hiding in %v companies; counts shown %v, %d hidden; %d sets of people tried", companies, broken, control, shown, hidden, tried)
	for _, family := range slices.Concat(slices.Collect(maps.Keys(countFamilies)), []string{"overlap"}) {
		if control[family] < companies/2 {
			t.Errorf("the attack by %s succeeds in %d of %d companies that hide nothing of it", family, control[family], companies)
		}
	}
	for _, of := range []string{"phase", "signal", "reporting", "adoption", "overlap"} {
		if shown[of] == 0 {
			t.Errorf("no count by %s is shown: this proves nothing", of)
		}
	}
}
