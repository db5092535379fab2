package privacy_test

import (
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
	"codegauge/internal/directory"
	"codegauge/internal/disclosure/disclosuretest"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

// deed is lines that a person added, or uses of something: the smallest thing that figures
// are sums of. It is there in some of the states of the data, from one on and up to another.
type deed struct {
	person   int
	day      day.Day
	of       map[string]string // values by dimension, without those that the report lacks
	n        int
	from, to int
}

// attacked is a company whose every deed is known, and all that a reader who may not view
// people can get of it.
type attacked struct {
	*world
	deeds  []deed
	places []question.Parameters
	member map[string]func(p int, d day.Day, state int) bool // by organization and team
	from   day.Day                                           // of four weeks
	people int
	// measures are what is asked for, the sum of deeds first; write makes the record of a
	// person's day, and its deeds.
	measures []string
	write    func(r *rand.Rand, p int, d day.Day) string
	// whole is the dimension of which some values make what the named rows of an answer leave:
	// a figure of its own, since no total is asked for beside them.
	whole string
	// state counts the corrections. records are those of each day, by person; joined says
	// since which state somebody is in a team on a day without having been before.
	state   int
	records map[day.Day]map[int]string
	joined  map[string]map[personDay]int
}

type personDay struct {
	person int
	day    day.Day
}

// always is the state in which what is there has no end.
const always = 1 << 30

// amounts bounds the amount of a deed; it is so large that a sum identifies its deeds.
const amounts = 1_000_000_000

var (
	features  = []string{"code_completion", "chat_inline", "agent_edit", "copilot_cli"}
	languages = []string{"go", "python", "rust"}
)

// newAttacked makes a company of nested and overlapping teams, some joined or left on a day,
// of which lines are known.
func newAttacked(t testing.TB, r *rand.Rand, people, teams int) *attacked {
	a := emptyAttacked(t, people)
	a.measures, a.write = []string{"loc_added", "active_users"}, a.record
	a.fill(r, teams)
	return a
}

func emptyAttacked(t testing.TB, people int) *attacked {
	return &attacked{world: newWorld(t), from: producttest.Must(day.Parse("2026-10-19")), member: map[string]func(int, day.Day, int) bool{}, people: people,
		records: map[day.Day]map[int]string{}, joined: map[string]map[personDay]int{}}
}

// fill makes the company's teams and records.
func (a *attacked) fill(r *rand.Rand, teams int) {
	people := a.people
	a.places = []question.Parameters{{Enterprise: "acme"}}
	groups := []func(int, day.Day) bool{func(int, day.Day) bool { return true }}
	var rows []string
	for i := range teams {
		from, size := r.IntN(people), 3+r.IntN(people)
		parent := groups[r.IntN(len(groups))]
		leads, mover, moves := r.IntN(4), from+r.IntN(size), a.from+day.Day(7+r.IntN(7))
		kind := r.IntN(3)
		member := func(p int, d day.Day) bool {
			switch inside := p >= from && p < from+size; kind {
			case 0:
				return parent(p, d) && p >= leads
			case 1:
				return inside && (p != mover || d >= moves)
			default:
				return inside
			}
		}
		groups = append(groups, member)
		name := teamName(i)
		a.joined[name] = map[personDay]int{}
		a.member[name] = func(p int, d day.Day, state int) bool {
			since, late := a.joined[name][personDay{p, d}]
			return member(p, d) || late && state >= since
		}
		for p := range people {
			for d := a.from + 7; d < a.from+21; d++ {
				if member(p, d) {
					rows = append(rows, membership(p, d, i))
				}
			}
		}
	}
	var records []string
	for p := range people {
		for d := a.from + 7; d < a.from+21; d++ {
			if r.IntN(3) > 0 || (d-a.from)%7 > 4 && r.IntN(4) > 0 {
				continue
			}
			records = append(records, a.write(r, p, d))
		}
	}
	a.Load(intake.Request{Enterprise: "acme"}, records...)
	a.Load(intake.Request{Enterprise: "acme"}, rows...)
	for _, e := range producttest.Must(a.Dir.Entities(a.T.Context())) {
		key := e.Key()
		switch e.Kind {
		case directory.Organization:
			number := producttest.Must(strconv.Atoi(key)) - 100
			a.member[key] = func(p int, d day.Day, state int) bool {
				for i := number; i < teams; i += 2 {
					if a.member[teamName(i)](p, d, state) {
						return true
					}
				}
				return false
			}
			a.places = append(a.places, question.Parameters{Enterprise: "acme", Org: key})
		case directory.Team:
			a.places = append(a.places, question.Parameters{Enterprise: "acme", Team: key})
		}
	}
}

func teamName(i int) string { return fmt.Sprintf("t%d", i) }

func membership(p int, d day.Day, team int) string {
	return fmt.Sprintf(`{"user_id":%d,"day":%q,"enterprise_id":"9","organization_id":"%d","team_id":"%d","slug":%q}`, p+1, d, 100+team%2, 1000+team, teamName(team))
}

// correct changes, on a day, the records of some people, or who is in a team: a report that
// comes late. Who has no record then may get one, and who has one may lose it.
func (a *attacked) correct(r *rand.Rand, d day.Day, people int) {
	a.state++
	if team := r.IntN(4); a.state > 1 && team < len(a.joined) && r.IntN(4) == 0 {
		for range people {
			if p := r.IntN(a.people); !a.member[teamName(team)](p, d, a.state) {
				a.joined[teamName(team)][personDay{p, d}] = a.state
				a.Load(intake.Request{Enterprise: "acme"}, membership(p, d, team))
			}
		}
		return
	}
	whose := r.Perm(a.people)[:people]
	_, replaces := a.records[d][whose[0]] // a report with a changed row replaces the day
	for i, p := range whose {
		for j := range a.deeds {
			if x := &a.deeds[j]; x.person == p && x.day == d && x.to == always {
				x.to = a.state
			}
		}
		delete(a.records[d], p)
		if i == 0 || !replaces || r.IntN(5) > 0 {
			a.write(r, p, d)
		}
	}
	a.Load(intake.Request{Enterprise: "acme"}, slices.Sorted(maps.Values(a.records[d]))...)
}

// record writes what a person did on a day, in random modes and languages, of which some
// the report does not break down.
func (a *attacked) record(r *rand.Rand, p int, d day.Day) string {
	byFeature, byLanguage, byIDE := map[string]int{}, map[[2]string]int{}, map[string]int{}
	total := 0
	for range 1 + r.IntN(3) {
		x := deed{person: p, day: d, from: a.state, to: always, of: map[string]string{"feature": features[r.IntN(len(features))]}, n: 1 + r.IntN(amounts)}
		if r.IntN(5) > 0 {
			x.of["language"] = languages[min(r.IntN(4), r.IntN(3))]
		}
		if x.of["feature"] != "copilot_cli" {
			x.of["ide"] = []string{"vscode", "intellij"}[p%2]
			byIDE[x.of["ide"]] += x.n
		}
		if r.IntN(12) == 0 {
			delete(x.of, "feature")
			delete(x.of, "language")
		} else {
			byFeature[x.of["feature"]] += x.n
		}
		if x.of["language"] != "" {
			byLanguage[[2]string{x.of["language"], x.of["feature"]}] += x.n
		}
		total += x.n
		a.deeds = append(a.deeds, x)
	}
	var f, l, i []string
	for _, k := range slices.Sorted(maps.Keys(byFeature)) {
		f = append(f, reporttest.Row(fmt.Sprintf(`"feature":%q`, k), byFeature[k], 0))
	}
	for _, k := range slices.SortedFunc(maps.Keys(byLanguage), func(x, y [2]string) int { return slices.Compare(x[:], y[:]) }) {
		l = append(l, reporttest.Row(fmt.Sprintf(`"language":%q,"feature":%q`, k[0], k[1]), byLanguage[k], 0))
	}
	for _, k := range slices.Sorted(maps.Keys(byIDE)) {
		i = append(i, reporttest.Row(fmt.Sprintf(`"ide":%q`, k), byIDE[k], 0))
	}
	text := reporttest.User(p+1, d.String(), total, 0, `"enterprise_id":"9"`, reporttest.Rows("totals_by_feature", f...),
		reporttest.Rows("totals_by_language_feature", l...), reporttest.Rows("totals_by_ide", i...))
	if a.records[d] == nil {
		a.records[d] = map[int]string{}
	}
	a.records[d][p] = text
	return text
}

// loot is the figures that a reader got, as sums of deeds.
type loot struct {
	rows  [][]int
	fixed []bool
	known map[string]bool
	held  bool // of the last answer
	asked int
	shown int
	nulls int
}

// take asks a question and keeps what the rows say. Rows for the rest are what the others
// leave of a total that is asked for too; that they add up to it is checked.
func (a *attacked) take(t *testing.T, w question.Parameters, into *loot) {
	t.Helper()
	into.asked++
	w.Measures = a.measures
	ctx := access.With(t.Context(), &access.Principal{Kind: access.Program})
	answer, err := a.Query(ctx, w)
	if fault.KindOf(err) == fault.Forbidden {
		into.nulls++
		return
	}
	if err != nil {
		t.Fatalf("%+v: %v", w, err)
	}
	into.held = len(answer.HeldBack) > 0
	if a.whole != "" {
		a.takeWhole(t, w, answer, into)
		return
	}
	for _, row := range answer.Rows {
		if n, ok := row[len(w.By)+1].(int64); ok && n > 0 && n < 5 {
			t.Errorf("%+v: %v counts %d people", w, row, n)
		}
		lines, ok := row[len(w.By)].(int64)
		if hidden := answer.Column(query.HiddenWeeks); !ok || hidden >= 0 && row[hidden] != int64(0) {
			into.nulls++ // of several weeks, of which some are asked for alone
			continue
		}
		if a.state > 0 && !slices.Contains(w.By, "day") && !slices.Contains(w.By, "week") {
			continue // sums of rows that are asked for too, each of a state of its own
		}
		factors, named := a.published(w, row[:len(w.By)], lines)
		if !named {
			continue
		}
		if factors == nil && w.Org == "" && w.Team == "" && len(w.Where) == 0 && len(w.By) == 1 && w.By[0] == "week" {
			continue // the sum of its days, each of a state of its own
		}
		if factors == nil {
			t.Errorf("%+v: after %d corrections %v is not what it was at any time", w, a.state, row)
			continue
		}
		into.add(factors, a.state == 0 && w.Org == "" && w.Team == "" && len(w.Where) == 0 && !slices.ContainsFunc(w.By, func(dim string) bool { return dim != "day" && dim != "week" }))
	}
}

// add adds a figure, once.
func (l *loot) add(factors []int, fixed bool) {
	if l.known == nil {
		l.known = map[string]bool{}
	}
	var key strings.Builder
	for i, n := range factors {
		if n > 0 {
			fmt.Fprint(&key, i, " ")
		}
	}
	l.shown++
	if k := key.String(); !l.known[k] {
		l.known[k] = true
		l.rows, l.fixed = append(l.rows, factors), append(l.fixed, fixed)
	}
}

// published returns which deeds a row is the sum of: those of the last state in which they
// make as many lines. A week of the enterprise is of days that each are of a state.
func (a *attacked) published(w question.Parameters, key []any, lines int64) (factors []int, named bool) {
	for state := a.state; state >= 0; state-- {
		if factors, named = a.factors(w, key, state); !named {
			return nil, false
		}
		if a.amountOf(factors) == lines {
			return factors, true
		}
	}
	return nil, true
}

func (a *attacked) amountOf(factors []int) int64 {
	sum := 0
	for i, n := range factors {
		sum += n * a.deeds[i].n
	}
	return int64(sum)
}

// factors returns which deeds a row is the sum of in a state; false for rows for the rest,
// which are of some of these.
func (a *attacked) factors(w question.Parameters, key []any, state int) ([]int, bool) {
	named := true
	out := make([]int, len(a.deeds))
	from, to := a.from, a.from+27
	if w.From != "" {
		from, to = producttest.Must(day.Parse(w.From)), producttest.Must(day.Parse(w.To))
	}
	want := map[string]string{}
	for _, c := range w.Where {
		name, value, _ := strings.Cut(c, "=")
		want[name] = value
	}
	in := a.member[w.Org+w.Team]
	for i, dim := range w.By {
		text, ok := key[i].(string)
		if !ok || strings.HasPrefix(text, "Other (") {
			named = false
			continue
		}
		switch dim {
		case "day", "week":
			d := producttest.Must(day.Parse(text))
			if from, to = max(from, d), min(to, d); dim == "week" {
				from, to = max(a.from, d), d+6
			}
		case "team", "organization":
			in = a.member[text]
		default:
			want[dim] = text
		}
	}
	for i, x := range a.deeds {
		ok := x.day >= from && x.day <= to && x.from <= state && state < x.to && (in == nil || in(x.person, x.day, state))
		for name, value := range want {
			ok = ok && x.of[name] == value
		}
		if ok {
			out[i] = 1
		}
	}
	return out, named
}

// family is questions whose rows can be combined: totals, and a breakdown with what it
// divides.
func (a *attacked) family(r *rand.Rand, dims [][]string) []question.Parameters {
	var out []question.Parameters
	for _, place := range a.places {
		ask := func(by []string, where ...string) {
			w := place
			w.From, w.To = a.from.String(), (a.from + 27).String()
			w.By, w.Where = by, where
			out = append(out, w)
		}
		grains := []string{"week"}
		if place.Team == "" && place.Org == "" {
			grains = append(grains, "day")
		}
		for _, grain := range grains {
			for _, by := range append([][]string{nil}, dims...) {
				ask(append([]string{grain}, by...))
			}
		}
		if place.Team != "" {
			continue
		}
		for _, by := range append([][]string{nil}, dims...) {
			ask(append([]string{"week", "team"}, by...))
			ask(by)
		}
		for _, by := range dims {
			if len(by) == 1 && by[0] == "language" {
				ask([]string{"week", "feature"}, "language=go")
				ask([]string{"week", "language"}, "feature=agent_edit")
			}
		}
		if place.Org != "" {
			continue
		}
		ask([]string{"week", "organization"})
		for range 5 { // windows of the enterprise that are no weeks
			from := a.from + day.Day(r.IntN(27))
			w := place
			w.From, w.To = from.String(), min(from+day.Day(r.IntN(14)), a.from+27).String()
			w.By = slices.Concat([][]string{nil}, dims)[r.IntN(len(dims)+1)]
			out = append(out, w)
		}
	}
	return out
}

// TestNobodyCanBeToldApart asks everything that a reader who may not view people can ask
// of random companies, checks every figure against the deeds that it should be of, and
// looks for combinations that are about one to four people. CODEGAUGE_COMPANIES says of how
// many.
func TestNobodyCanBeToldApart(t *testing.T) {
	companies := 6
	if n, err := strconv.Atoi(os.Getenv("CODEGAUGE_COMPANIES")); err == nil {
		companies = n
	}
	r := rand.New(rand.NewPCG(11, 4))
	var got loot
	broken, control, tried := 0, 0, 0
	for i := range companies {
		a := newAttacked(t, r, 8+r.IntN(12), 1+r.IntN(4))
		for _, dims := range [][][]string{{{"feature"}, {"language"}, {"feature", "language"}}, {{"ide"}}} {
			one := loot{}
			for _, w := range a.family(r, dims) {
				a.take(t, w, &one)
			}
			people := make([]uint32, len(a.deeds))
			for j, x := range a.deeds {
				people[j] = uint32(x.person)
			}
			found, n := disclosuretest.Attack(disclosuretest.Figures{People: people, Rows: one.rows, Fixed: one.fixed}, 5)
			tried += n
			if found != nil {
				broken++
				t.Errorf("company %d, by %v: people %v are told apart", i, dims, found)
			}
			got.asked, got.shown, got.nulls = got.asked+one.asked, got.shown+one.shown, got.nulls+one.nulls
		}
		if a.toldApartUnmasked(r) {
			control++
		}
	}
	t.Logf("counted: %d companies, %d told apart, %d without hiding; %d questions, %d figures shown, %d hidden; %d sets of people tried", companies, broken, control, got.asked, got.shown, got.nulls, tried)
	if control < companies/2 {
		t.Errorf("the attack succeeds in %d of %d companies that hide nothing", control, companies)
	}
}

// toldApartUnmasked attacks what would be shown if only small groups were hidden.
func (a *attacked) toldApartUnmasked(r *rand.Rand) bool {
	var f disclosuretest.Figures
	for _, x := range a.deeds {
		f.People = append(f.People, uint32(x.person))
	}
	for _, place := range a.places {
		for week := a.from; week < a.from+28; week += 7 {
			row, _ := a.factors(question.Parameters{Org: place.Org, Team: place.Team, By: []string{"week"}}, []any{week.String()}, a.state)
			people := map[int]bool{}
			for i, n := range row {
				if n > 0 {
					people[a.deeds[i].person] = true
				}
			}
			if len(people) >= 5 {
				f.Rows, f.Fixed = append(f.Rows, row), append(f.Fixed, place.Org+place.Team == "")
			}
		}
	}
	found, _ := disclosuretest.Attack(f, 5)
	return found != nil
}

// TestLateRecords asks everything again after every correction of some people's records, and
// looks for combinations of all that was shown at any time that are about one to four
// people. CODEGAUGE_COMPANIES says of how many companies.
func TestLateRecords(t *testing.T) {
	companies := 3
	if n, err := strconv.Atoi(os.Getenv("CODEGAUGE_COMPANIES")); err == nil {
		companies = n
	}
	r := rand.New(rand.NewPCG(5, 8))
	broken, control, corrections, held, asked, shown, tried := 0, 0, 0, 0, 0, 0, 0
	for i := range companies {
		a := newAttacked(t, r, 8+r.IntN(12), 1+r.IntN(4))
		families := [][][]string{{{"feature"}, {"language"}, {"feature", "language"}}, {{"ide"}}}
		loots := make([]loot, len(families))
		ask := func() {
			for f, dims := range families {
				for _, w := range a.family(r, dims) {
					a.take(t, w, &loots[f])
				}
			}
		}
		ask()
		var newest loot // without holding anything back
		days := func() {
			for d := a.from; d < a.from+28; d++ {
				row, _ := a.factors(question.Parameters{By: []string{"day"}}, []any{d.String()}, a.state)
				newest.add(row, a.state == 0)
			}
		}
		days()
		for range 1 + r.IntN(12) {
			people := 1 + r.IntN(3)
			if a.state > 0 && r.IntN(4) == 0 {
				people = 5 + r.IntN(3)
			}
			d := a.from + 7 + day.Day(r.IntN(14))
			if r.IntN(3) == 0 { // on days of their own
				for range 3 + r.IntN(5) {
					a.correct(r, d.Week()+day.Day(r.IntN(7)), 1)
				}
			} else {
				a.correct(r, d, people)
			}
			corrections++
			ask()
			days()
			if loots[0].held {
				held++
			}
		}
		for f, dims := range families {
			found, n := a.attack(&loots[f])
			if found != nil {
				broken++
				t.Errorf("company %d, by %v, after %d corrections: people %v are told apart", i, dims, a.state, found)
			}
			asked, shown, tried = asked+loots[f].asked, shown+loots[f].shown, tried+n
		}
		if found, _ := a.attack(&newest); found != nil {
			control++
		}
	}
	t.Logf("counted: %d companies with %d corrections, something held back after %d; %d told apart, %d without holding back; %d questions, %d figures shown; %d sets of people tried", companies, corrections, held, broken, control, asked, shown, tried)
	if control < companies {
		t.Errorf("the attack succeeds in %d of %d companies that hold nothing back", control, companies)
	}
}

// attack looks for people who are told apart by figures of all times.
func (a *attacked) attack(l *loot) ([]uint32, int) {
	f := disclosuretest.Figures{Fixed: l.fixed}
	for _, x := range a.deeds {
		f.People = append(f.People, uint32(x.person))
	}
	for _, row := range l.rows {
		f.Rows = append(f.Rows, append(slices.Clone(row), make([]int, len(a.deeds)-len(row))...))
	}
	return disclosuretest.Attack(f, 5)
}
