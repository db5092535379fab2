package question_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"

	"github.com/google/go-cmp/cmp"
)

// personDay is what a test's record says of a person's day.
type personDay struct {
	prompts, ide, cli, app, chat, agent bool
	passive, active, window, jobs       bool
	phase                               int // -1 is not stated
}

// line is the record.
func (p personDay) line(id int, d day.Day) string {
	yes := func(b bool) string { return fmt.Sprint(b) }
	members := []string{`"used_cli":` + yes(p.cli), `"used_copilot_app":` + yes(p.app), `"used_chat":` + yes(p.chat), `"used_agent":` + yes(p.agent),
		`"used_copilot_code_review_active":` + yes(p.active), `"used_copilot_code_review_passive":` + yes(p.passive)}
	switch {
	case p.prompts:
		members = append(members, `"totals_by_ide":[{"ide":"vscode","user_initiated_interaction_count":2,"code_generation_activity_count":1}]`)
	case p.ide:
		members = append(members, `"totals_by_ide":[{"ide":"vscode","user_initiated_interaction_count":0,"code_generation_activity_count":1}]`)
	}
	if p.window {
		members = append(members, `"totals_by_vscode_agent":{"session_count":1,"total_user_messages":3}`)
	}
	if p.jobs {
		members = append(members, `"totals_by_3rd_party_agent":[{"agent_id":1,"agent_name":"Ada","user_initiated_interaction_count":1}]`)
	}
	if p.phase >= 0 {
		members = append(members, fmt.Sprintf(`"ai_adoption_phase":{"phase_number":%d,"phase":%q,"version":"v1"}`, p.phase, fmt.Sprintf("Phase %d", p.phase)))
	}
	return reporttest.User(id, d.String(), 1, 0, members...)
}

// company is random people over weeks, some of them with seats.
type company struct {
	first, last day.Day
	people      map[int]map[day.Day]personDay
	seats       map[int]day.Day // since when
}

func newCompany(r *rand.Rand, people int) *company {
	c := &company{first: producttest.Must(day.Parse("2026-08-24")), last: producttest.Must(day.Parse("2026-11-21")), people: map[int]map[day.Day]personDay{}, seats: map[int]day.Day{}}
	for id := 1; id <= people; id++ {
		c.people[id] = map[day.Day]personDay{}
		begins, ends, often := c.first+day.Day(r.IntN(80)), c.last-day.Day(r.IntN(40)), r.Float64()
		flip := func(p float64) bool { return r.Float64() < p }
		for d := begins; d <= ends; d++ {
			if d == c.first+60 || !flip(often) {
				continue // a day without data, and days without activity
			}
			p := personDay{ide: flip(0.7), cli: flip(0.1), app: flip(0.05), chat: flip(0.5), agent: flip(0.2), active: flip(0.05), passive: flip(0.1), window: flip(0.1), jobs: flip(0.1), phase: r.IntN(5) - 1}
			p.prompts = p.ide && flip(0.6)
			c.people[id][d] = p
		}
		if flip(0.8) {
			c.seats[id] = begins - day.Day(r.IntN(40)) + 5
		}
	}
	c.people[1][c.first] = personDay{ide: true, phase: -1}
	for id := 1001; id <= 1020; id++ { // seats of people in no record
		c.seats[id] = c.first - 20 + day.Day(r.IntN(60))
	}
	return c
}

func (c *company) load(t *testing.T) (*world, directory.Entity) {
	t.Helper()
	w := newWorld(t)
	var lines []string
	for id, days := range c.people {
		for d, p := range days {
			lines = append(lines, p.line(id, d))
		}
	}
	slices.Sort(lines)
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	e, err := w.Entity(t.Context(), question.Parameters{})
	if err != nil {
		t.Fatal(err)
	}
	var seats []directory.Seat
	for id, since := range c.seats {
		seats = append(seats, directory.Seat{UserID: fmt.Sprint(id), Created: since.Time()})
	}
	if err := w.Dir.PutSeats(t.Context(), e.ID, 0, c.last.Time(), seats); err != nil {
		t.Fatal(err)
	}
	return w, e
}

// who lists those of whom something is true on some day of a range.
func (c *company) who(r day.Range, is func(personDay) bool) map[int]bool {
	out := map[int]bool{}
	for id, days := range c.people {
		for d, p := range days {
			if r.Contains(d) && is(p) {
				out[id] = true
			}
		}
	}
	return out
}

func anything(personDay) bool   { return true }
func prompted(p personDay) bool { return p.prompts }

// expected works the answer out from the records.
func (c *company) expected(r day.Range, population string) *question.Adoption {
	counts := anything
	if population == question.PeoplePrompts {
		counts = prompted
	}
	number := func(n int) *int64 { f := int64(n); return &f }
	out := &question.Adoption{From: r.From, To: r.To}
	with := map[day.Day]bool{}
	for _, days := range c.people {
		for d := range days {
			with[d] = true
			if r.Contains(d) {
				with[d] = true
			}
		}
	}
	for d := range with {
		if r.Contains(d) {
			out.Days++
		}
	}
	windows := [5]day.Range{{From: r.To, To: r.To}, {From: r.To - 6, To: r.To}, {From: r.To - 27, To: r.To}, {From: r.To.Month(), To: r.To}, r}
	for monday := max(min(r.From.Week(), (r.To+1).Week()-84), c.first.Week()); monday+6 <= r.To; monday += 7 {
		out.Weeks = append(out.Weeks, monday)
	}
	add := func(name string, in func(day.Range) map[int]bool) {
		p := question.Population{Name: name, Day: number(len(in(windows[0]))), Week: number(len(in(windows[1]))),
			Days28: number(len(in(windows[2]))), Month: number(len(in(windows[3]))), Window: number(len(in(windows[4])))}
		if name == question.PeopleAgentsWindow { // the calendar's week, which begins on Sunday
			sunday := r.To
			for sunday.Time().Weekday() != time.Sunday {
				sunday--
			}
			p.Week = number(len(in(day.Range{From: sunday, To: r.To})))
		}
		for _, monday := range out.Weeks {
			p.ByWeek = append(p.ByWeek, number(len(in(day.Range{From: monday, To: monday + 6}))))
		}
		out.Populations = append(out.Populations, p)
	}
	of := func(is func(personDay) bool) func(day.Range) map[int]bool {
		return func(r day.Range) map[int]bool { return c.who(r, is) }
	}
	add("any", of(anything))
	add("prompts", of(prompted))
	add("prompts_agent", func(r day.Range) map[int]bool { // on different days, too
		agents, prompts := c.who(r, func(p personDay) bool { return p.agent }), c.who(r, prompted)
		maps.DeleteFunc(agents, func(id int, _ bool) bool { return !prompts[id] })
		return agents
	})
	add("used_cli", of(func(p personDay) bool { return p.cli }))
	add("used_copilot_app", of(func(p personDay) bool { return p.app }))
	add("used_copilot_cloud_agent", of(func(personDay) bool { return false }))
	add("used_copilot_code_review_active", of(func(p personDay) bool { return p.active }))
	add("used_copilot_code_review_passive", func(r day.Range) map[int]bool {
		passive, active := c.who(r, func(p personDay) bool { return p.passive }), c.who(r, func(p personDay) bool { return p.active })
		maps.DeleteFunc(passive, func(id int, _ bool) bool { return active[id] })
		return passive
	})
	add("used_chat", of(func(p personDay) bool { return p.chat }))
	add("used_agent", of(func(p personDay) bool { return p.agent }))
	add("vscode_agent", of(func(p personDay) bool { return p.window }))
	add("agent_app", of(func(p personDay) bool { return p.jobs }))

	for i := range 7 {
		on := question.Weekday{Weekday: time.Weekday((i + 1) % 7)}
		sum := 0.0
		for d := range with {
			if r.Contains(d) && d.Time().Weekday() == on.Weekday {
				sum += float64(len(c.who(day.Range{From: d, To: d}, counts)))
				on.Days++
			}
		}
		if sum /= float64(on.Days); on.Days > 0 {
			on.People = &sum
		}
		out.Weekdays = append(out.Weekdays, on)
	}
	all, active := c.who(r, anything), c.who(r, counts)
	sent, ide, cli := c.who(r, prompted), c.who(r, func(p personDay) bool { return p.ide }), c.who(r, func(p personDay) bool { return p.cli || p.app })
	parts, seated := [4]int{}, 0
	for id := range all {
		switch {
		case sent[id]:
			parts[0]++
		case ide[id]:
			parts[1]++
		case cli[id]:
			parts[2]++
		default:
			parts[3]++
		}
		if _, ok := c.seats[id]; ok {
			seated++
		}
	}
	for i, name := range question.PartNames {
		out.Active = append(out.Active, question.PeoplePart{Names: []string{name}, People: number(parts[i])})
	}
	out.Seats, out.Idle, out.Unseated = number(len(c.seats)), number(len(c.seats)-seated), number(len(all)-seated)

	agents, chats := c.who(r, func(p personDay) bool { return p.agent }), c.who(r, func(p personDay) bool { return p.chat || p.agent })
	steps := map[string]int{}
	byDays := map[int]int{}
	var numbers []int
	for id := range active {
		_, seated := c.seats[id]
		if seated {
			steps["active"]++
		}
		if seated && chats[id] {
			steps["chat"]++
		}
		if seated && agents[id] {
			steps["agent"]++
			last, phase := day.Day(0), -1
			for d, p := range c.people[id] {
				if r.Contains(d) && p.phase >= 0 && d > last {
					last, phase = d, p.phase
				}
			}
			if phase >= 2 {
				steps["first"]++
			}
		}
		n := 0
		for d, p := range c.people[id] {
			if r.Contains(d) && counts(p) {
				n++
			}
		}
		byDays[n]++
		numbers = append(numbers, n)
	}
	out.Funnel = []question.PeoplePart{{Names: []string{"seats"}, People: number(len(c.seats))}}
	for _, name := range []string{"active", "chat", "agent", "first"} {
		out.Funnel = append(out.Funnel, question.PeoplePart{Names: []string{name}, People: number(steps[name])})
	}
	sort.Ints(numbers)
	if n := len(numbers); n > 0 {
		median := (float64(numbers[(n-1)/2]) + float64(numbers[n/2])) / 2
		out.Median = &median
		for k := 1; k <= numbers[n-1]; k++ {
			out.DaysActive = append(out.DaysActive, question.DaysBin{From: k, To: k, People: int64(byDays[k])})
		}
	}
	for monday := max((r.To+1).Week()-56, c.first.Week()+7); monday+6 <= r.To; monday += 7 {
		f := question.Flow{Week: monday}
		fresh, returning, gone := 0, 0, 0
		now, last := c.who(day.Range{From: monday, To: monday + 6}, counts), c.who(day.Range{From: monday - 7, To: monday - 1}, counts)
		ever := c.who(day.Range{From: c.first, To: monday - 1}, counts)
		for id := range now {
			switch {
			case !ever[id]:
				fresh++
			case !last[id]:
				returning++
			}
		}
		for id := range last {
			if !now[id] {
				gone++
			}
		}
		for d := monday - 7; d < monday+7; d++ {
			if !with[d] {
				f.Missing++
			}
		}
		f.Active, f.New, f.Returning, f.Gone = number(len(now)), number(fresh), number(returning), number(gone)
		out.Flows = append(out.Flows, f)
	}
	c.expectFirstUse(r, out)
	return out
}

func (c *company) expectFirstUse(r day.Range, out *question.Adoption) {
	f := &question.FirstUse{Since: max(c.first, r.To-180)}
	bins, took, old, within := [5]int64{}, []int{}, int64(0), int64(0)
	for id, since := range c.seats {
		if since < f.Since || since > r.To {
			continue
		}
		first := day.Day(0)
		for d := range c.people[id] {
			if d <= r.To && (first == 0 || d < first) {
				first = d
			}
		}
		if first != 0 && first < since {
			continue
		}
		f.People++
		days := int(first - since)
		switch {
		case first == 0:
			bins[4]++
		case days == 0:
			bins[0]++
		case days <= 7:
			bins[1]++
		case days <= 28:
			bins[2]++
		default:
			bins[3]++
		}
		if first != 0 {
			took = append(took, days)
		}
		if r.To-since >= 28 {
			old++
			if first != 0 && days <= 28 {
				within++
			}
		}
	}
	for i, name := range question.FirstUseNames {
		f.Bins = append(f.Bins, question.PeoplePart{Names: []string{name}, People: &bins[i]})
	}
	sort.Ints(took)
	if half := int(f.People-1) / 2; half < len(took) {
		f.Median = &took[half]
	}
	f.Month, f.Within = &old, &within
	out.FirstUse = f
}

// TestAdoption compares with loops over the records that share nothing with sets of people.
func TestAdoption(t *testing.T) {
	for seed := range uint64(4) {
		c := newCompany(rand.New(rand.NewPCG(seed, 1)), 120)
		w, _ := c.load(t)
		for _, r := range []day.Range{{From: c.last - 27, To: c.last}, {From: c.last - 30, To: c.last - 3}, {From: c.last - 6, To: c.last}} {
			for _, population := range []string{question.PeopleAny, question.PeoplePrompts} {
				got, err := w.Adoption(t.Context(), question.Parameters{From: r.From.String(), To: r.To.String()}, population)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.expected(r, population), got); diff != "" {
					t.Fatalf("seed %d, %s by %s (-want +got):\n%s", seed, r, population, diff)
				}
			}
		}
	}
}

// TestAdoptionAddsUp: parts are exclusive, and those of days add up to everybody.
func TestAdoptionAddsUp(t *testing.T) {
	c := newCompany(rand.New(rand.NewPCG(9, 9)), 200)
	w, _ := c.load(t)
	got, err := w.Adoption(t.Context(), question.Parameters{From: "2026-08-24", To: "2026-11-21"}, question.PeopleAny)
	if err != nil {
		t.Fatal(err)
	}
	sum, days := int64(0), int64(0)
	for _, p := range got.Active {
		sum += *p.People
	}
	for _, b := range got.DaysActive {
		days += b.People
	}
	all := *got.Populations[0].Window
	if sum != all || days != all || sum+*got.Idle != *got.Seats+*got.Unseated {
		t.Errorf("parts %d, days %d of %d people; %d idle, %d seats, %d without", sum, days, all, *got.Idle, *got.Seats, *got.Unseated)
	}
}

// TestAdoptionOfFew: whoever may not view people is told of no fewer than five, nor can
// tell them from what adds up.
func TestAdoptionOfFew(t *testing.T) {
	for seed := range uint64(6) {
		c := newCompany(rand.New(rand.NewPCG(seed, 7)), 30)
		w, e := c.load(t)
		ctx := access.With(t.Context(), access.NewProgram(e.ID, access.Metrics))
		got, err := w.Adoption(ctx, question.Parameters{From: "2026-10-26", To: "2026-11-15"}, question.PeopleAny)
		if err != nil {
			t.Fatal(err)
		}
		few := func(what string, n *int64) {
			if n != nil && *n > 0 && *n < 5 {
				t.Errorf("seed %d: %s is %d", seed, what, *n)
			}
		}
		few("idle", got.Idle)
		few("unseated", got.Unseated)
		for _, list := range [][]question.PeoplePart{got.Active, got.Funnel[1:]} {
			for _, p := range list {
				few(strings.Join(p.Names, "+"), p.People)
			}
		}
		for i, p := range got.Funnel[2:] {
			if before := got.Funnel[i+1].People; p.People != nil && before != nil {
				gap := *before - *p.People
				few("gap before "+p.Names[0], &gap)
			}
		}
		for _, p := range got.Populations {
			few(p.Name, p.Window)
			rest := int64(0)
			if p.Window != nil {
				rest = *got.Populations[0].Window - *p.Window
			}
			few("all but "+p.Name, &rest)
		}
		for _, on := range got.Weekdays { // of days of enough people
			sum, days := 0.0, 0
			for d := got.From; d <= got.To; d++ {
				if n := len(c.who(day.Range{From: d, To: d}, anything)); d.Time().Weekday() == on.Weekday && n >= 5 {
					sum, days = sum+float64(n), days+1
				}
			}
			if days != on.Days || days > 0 && *on.People != sum/float64(days) {
				t.Errorf("seed %d: %s has %v people on %d days, want %v on %d", seed, on, on.People, on.Days, sum, days)
			}
		}
		for _, b := range got.DaysActive {
			few(fmt.Sprint("days ", b.From), &b.People)
		}
		for _, f := range got.Flows {
			for _, n := range []*int64{f.Active, f.New, f.Returning, f.Gone} {
				few(f.Week.String(), n)
			}
			if f.New != nil {
				stayed := *f.Active - *f.New - *f.Returning
				few("stayed in "+f.Week.String(), &stayed)
			}
		}
		if got.FirstUse != nil {
			for _, b := range got.FirstUse.Bins {
				few(strings.Join(b.Names, "+"), b.People)
			}
		}
	}
}

// TestCountsLeaveNoFew: a count of people that a filter selects is not told where all but a few
// are among them, since the count of everybody is told as well.
func TestCountsLeaveNoFew(t *testing.T) {
	told, hidden := 0, 0
	for seed := range uint64(6) {
		c := newCompany(rand.New(rand.NewPCG(seed, 7)), 30)
		w, e := c.load(t)
		ctx := access.With(t.Context(), access.NewProgram(e.ID, access.Metrics))
		count := func(measure string, where ...string) *int64 {
			a, err := w.Query(ctx, question.Parameters{From: "2026-10-26", To: "2026-11-15", Measures: []string{measure}, Where: where})
			if fault.KindOf(err) == fault.Forbidden {
				return nil
			}
			if err != nil {
				t.Fatal(err)
			}
			if n, ok := a.Rows[0][0].(int64); ok {
				return &n
			}
			return nil
		}
		for _, measure := range []string{"active_users", "weekly_active_users", "monthly_active_users"} {
			all := count(measure)
			if all == nil {
				t.Fatalf("seed %d: %s of everybody is not told", seed, measure)
			}
			for _, where := range []string{"signal=used_agent", "signal=used_chat", "signal=used_cli", "signal=prompts_in_ide", "feature=code_completion", "ide=vscode", "tool=copilot"} {
				n := count(measure, where)
				if n == nil {
					hidden++
					continue
				}
				told++
				if rest := *all - *n; rest > 0 && rest < 5 || *n > 0 && *n < 5 {
					t.Errorf("seed %d: %s where %s is %d of %d", seed, measure, where, *n, *all)
				}
			}
		}
	}
	if told == 0 || hidden == 0 {
		t.Errorf("%d counts are told and %d are not: this shows nothing", told, hidden)
	}
}

func TestAdoptionRefuses(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-20", 1, 0))
	for where, want := range map[string]string{"model=gpt-5": "by model", "user=u1": "by user"} {
		if _, err := w.Adoption(t.Context(), question.Parameters{Where: []string{where}}, question.PeopleAny); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", where, err)
		}
	}
	if _, err := w.Adoption(t.Context(), question.Parameters{}, "all"); err == nil {
		t.Error("an unknown population is answered")
	}
	got, err := w.Adoption(t.Context(), question.Parameters{Where: []string{"tool=copilot"}}, question.PeopleAny)
	if err != nil || *got.Populations[0].Window != 1 {
		t.Errorf("of a tool: %+v, %v", got, err)
	}
}

// TestAdoptionOfAggregates: of whom an aggregate speaks nobody knows.
func TestAdoptionOfAggregates(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.Aggregate("2026-11-20", 1, 0))
	got, err := w.Adoption(t.Context(), question.Parameters{}, question.PeopleAny)
	if err != nil || got.Days != 0 || got.Nameless != 1 || got.Populations != nil || got.Active != nil {
		t.Errorf("%+v, %v", got, err)
	}
}
