package impact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/store/sqlstore"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/webtest"
)

func newWorld(t *testing.T) *producttest.World {
	return producttest.NewWorldOver(t, sqlstore.New(databasetest.Open(t, databasetest.SQLite), sqlstore.Options{SpoolDir: t.TempDir()}))
}

// data is a product as pages see it.
type data struct {
	*question.Answerer
	*intake.Intake
}

// viewOf builds the page of an enterprise's 28 days to one, as somebody sees it.
func viewOf(t *testing.T, w *producttest.World, who *access.Principal, last day.Day, more ...string) *view {
	t.Helper()
	names, err := w.Enterprises(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	words := map[string][]string{"from": {(last - 27).String()}, "to": {last.String()}}
	for _, m := range more {
		k, v, _ := strings.Cut(m, "=")
		words[k] = append(words[k], v)
	}
	s, err := shell.ParseState("/enterprises/acme/insights/impact", "acme", words)
	if err != nil {
		t.Fatal(err)
	}
	sh := webtest.Shell(t, data{w.Answerer, w.Intake}, shell.Options{}, shell.Pages{Dashboards: []shell.Dashboard{Dashboard}})
	ctx := access.With(t.Context(), who)
	r := sh.RequestAt(httptest.NewRequest("GET", "/enterprises/acme/insights/impact", nil).WithContext(ctx), access.Place{Enterprise: &names[0].Entity}, s)
	v, err := compose(ctx, &cards.Builder{Request: r})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// phaseRow is a row of an aggregate's adoption phases; minutes of 0 are not reported.
type phaseRow struct {
	number, engaged, users, merged, minutes int
	added, deleted                          float64
}

func (p phaseRow) json() string {
	minutes := "null"
	if p.minutes > 0 {
		minutes = strconv.Itoa(p.minutes)
	}
	name := "No Cohort"
	if p.number > 0 {
		name = fmt.Sprint("Phase ", p.number)
	}
	return fmt.Sprintf(`{"phase":%q,"phase_number":%d,"total_engaged_users":%d,"users_in_phase_28d":%d,"total_pull_requests_merged":%d,"avg_loc_added":%g,"avg_loc_deleted":%g,"avg_pull_requests_median_minutes_to_merge":%s}`,
		name, p.number, p.engaged, p.users, p.merged, p.added, p.deleted, minutes)
}

func aggregate(d day.Day, rows []phaseRow, more ...string) string {
	var list []string
	for _, p := range rows {
		list = append(list, p.json())
	}
	return reporttest.Aggregate(d.String(), 100, 10, append(more, `"enterprise_id":"1"`, `"totals_by_ai_adoption_phase":[`+strings.Join(list, ",")+`]`)...)
}

// wrapped is a report of the 28 days to one, with feature engagement.
func wrapped(last day.Day, active int, engaged map[string]int, days ...string) string {
	var list []string
	for feature, people := range engaged {
		list = append(list, fmt.Sprintf(`{"feature":%q,"engaged_user_count":%d}`, feature, people))
	}
	return fmt.Sprintf(`{"report_start_day":%q,"report_end_day":%q,"enterprise_id":"1","day_totals":[%s],"copilot_feature_engagement":{"active_user_count":%d,"totals_by_feature":[%s]}}`,
		last-27, last, strings.Join(days, ","), active, strings.Join(list, ","))
}

// value reads a figure's number, -1 if there is none.
func value(f cards.Figure) float64 {
	n, err := strconv.ParseFloat(f.Value, 64)
	if err != nil {
		return -1
	}
	return n
}

// TestPhaseCards compares the cards of phases, and their distribution, with plain loops over
// random aggregates.
func TestPhaseCards(t *testing.T) {
	w := newWorld(t)
	r := rand.New(rand.NewPCG(17, 4))
	last := day.Date(2026, 6, 14)
	days := map[day.Day][]phaseRow{}
	var lines []string
	for d := last - 55; d <= last; d++ {
		if r.IntN(12) == 0 && d != last && d != last-28 {
			continue
		}
		for number := range 5 {
			p := phaseRow{number, 1 + r.IntN(20), 20 + r.IntN(60), r.IntN(9), 0, float64(r.IntN(4000)) / 16, float64(r.IntN(800)) / 16}
			if p.merged > 0 {
				p.minutes = 30 + r.IntN(900)
			}
			days[d] = append(days[d], p)
		}
		lines = append(lines, aggregate(d, days[d]))
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	v := viewOf(t, w, access.NewOperator(), last)
	if len(v.Phases) != 5 {
		t.Fatalf("%d cards", len(v.Phases))
	}
	all := 0
	for _, p := range days[last] {
		all += p.users
	}
	for number, c := range v.Phases {
		var merged, users, minutes, weight, added, deleted, engaged float64
		for d := last - 27; d <= last; d++ {
			for _, p := range days[d] {
				if p.number != number {
					continue
				}
				merged, users = merged+float64(p.merged), users+float64(p.users)
				if p.minutes > 0 {
					minutes, weight = minutes+float64(p.minutes*p.users), weight+float64(p.users)
				}
				added, deleted, engaged = added+p.added*float64(p.engaged), deleted+p.deleted*float64(p.engaged), engaged+float64(p.engaged)
			}
		}
		now, before := days[last][number].users, days[last-28][number].users
		if value(c.People) != float64(now) || !near(value(c.Share), float64(now)/float64(all)) || !strings.Contains(c.Of, strconv.Itoa(all)) {
			t.Errorf("%s: %v people, %v %s; want %d of %d", c.Title, c.People, c.Share, c.Of, now, all)
		}
		if change := strings.ReplaceAll(c.Change, "−", "-"); !strings.HasPrefix(strings.TrimPrefix(change, "+"), strconv.Itoa(now-before)+" vs 17 May") {
			t.Errorf("%s: %q, want %d", c.Title, c.Change, now-before)
		}
		got := [4]float64{value(c.Facts[0].Figures[0]), value(c.Facts[1].Figures[0]), value(c.Facts[2].Figures[0]), value(c.Facts[2].Figures[1])}
		for i, want := range [4]float64{28 * merged / users, minutes / weight, added / engaged, deleted / engaged} {
			if d := got[i] - want; d > 1e-4 || d < -1e-4 { // averages are kept in millionths
				t.Errorf("%s, %s: %v, want %v", c.Title, c.Facts[min(i, 2)].Label, got[i], want)
			}
		}
		row := v.Cohorts.Data[0].Rows[number]
		if part := v.Cohorts.Parts.Parts[number]; row.Cells[0].Value != strconv.Itoa(now) || part.Figure.Value != row.Cells[0].Value {
			t.Errorf("%s: the table says %v and the bar %v, want %d", c.Title, row.Cells, part.Figure, now)
		}
	}
	if want := float64(all - days[last][0].users); value(v.Cohorts.Lead.Figure) != want {
		t.Errorf("%v are engaged, want %v", v.Cohorts.Lead.Figure, want)
	}
}

// TestPhaseCardByHand: 40 and 50 passive people merge 4 and 6 pull requests on two days: 28 ×
// 10 ÷ 90 a person. Their mean minutes are 600 and 500: 49,000 ÷ 90. Of 8 and 12 who were
// active, those of the first day added 25 lines each and those of the second 50: 800 ÷ 20.
func TestPhaseCardByHand(t *testing.T) {
	w := newWorld(t)
	last := day.Date(2026, 6, 14)
	w.Load(intake.Request{Enterprise: "acme"},
		wrapped(last, 62, map[string]int{"code_completion": 31, "telepathy": 0},
			aggregate(last-1, []phaseRow{{0, 8, 40, 4, 600, 25, 5}, {7, 1, 10, 0, 0, 0, 0}}), aggregate(last, []phaseRow{{0, 12, 50, 6, 500, 50, 0}, {7, 1, 10, 0, 0, 0, 0}})))
	v := viewOf(t, w, access.NewOperator(), last)
	passive := v.Phases[0]
	if got := passive.Facts; passive.Title != "Passive users" || passive.Share.Text != "83%" || got[0].Figures[0].Text != "3.1" || got[1].Figures[0].Text != "9.1 h" || got[2].Figures[0].Text != "+40" || got[2].Figures[1].Text != "−2" {
		t.Errorf("passive: %+v", passive)
	}
	if unknown := v.Phases[1]; unknown.Title != "Phase 7" || unknown.Share.Text != "17%" || !strings.Contains(unknown.Rule, "not documented") {
		t.Errorf("a phase that nobody knows: %+v", unknown)
	}
	if v.Features.Table == nil {
		t.Fatalf("no features: %q, %+v", v.Features.Empty, v.Features.Blocked)
	}
	var rows []string
	for _, r := range v.Features.Table.Rows {
		rows = append(rows, r.Label+" "+r.Cells[1].Text+" "+r.Cells[2].Text)
	}
	if got := strings.Join(rows, ", "); got != "Completions 31 50%, Telepathy 0 0%" {
		t.Errorf("features: %s", got)
	}
	if rows := v.Ledger.Rows; len(rows) != 1 || rows[0].Sum != "50 + 10" || rows[0].Total.Text != "62" || rows[0].Rest.Text != "2" {
		t.Errorf("ledger: %+v", rows)
	}
	if notes := strings.Join(v.Features.Notes, " "); !strings.Contains(notes, "62 active users") || !strings.Contains(notes, "60 in the phases") {
		t.Errorf("notes: %s", notes)
	}
}

// TestPhasesFromRecords: without aggregates the records of people say who is in which phase,
// to those who may view people.
func TestPhasesFromRecords(t *testing.T) {
	w := newWorld(t)
	last := day.Date(2026, 6, 14)
	var lines []string
	for id := 1; id <= 30; id++ {
		for back := range day.Day(2) {
			line := reporttest.User(id, (last - back).String(), 1, 0, `"enterprise_id":"1"`, reporttest.Rows("totals_by_feature", reporttest.Row(`"feature":"code_completion"`, 1, 0)))
			if id <= 10 {
				line = strings.TrimSuffix(line, "}") + `,"ai_adoption_phase":{"phase_number":2}}`
			}
			lines = append(lines, line)
		}
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	v := viewOf(t, w, access.NewOperator(), last)
	if len(v.Phases) != 2 || v.Phases[0].People.Text != "20" || v.Phases[0].Tag == "" || v.Phases[1].People.Text != "10" || v.Phases[1].Tag != "" {
		t.Errorf("phases: %+v", v.Phases)
	}
	if got := v.Phases[0].Facts[0].Figures[0]; got.Text != "–" || !strings.Contains(v.Cohorts.Menu.CSV, "/api/v1/impact?enterprise=acme&figures=phases&") {
		t.Errorf("pull requests by phase: %v, CSV %q", got, v.Cohorts.Menu.CSV)
	}
	if row := v.Features.Table.Rows[0]; row.Label != "Completions" || row.Cells[1].Text != "30" || row.Cells[2].Text != "100%" {
		t.Errorf("features: %+v", row)
	}

	v = viewOf(t, w, &access.Principal{Kind: access.Program}, last)
	if len(v.Phases) > 0 || !strings.Contains(v.Cohorts.Empty, "permission to view people") || !strings.Contains(v.Features.Empty, "permission to view people") {
		t.Errorf("who may not view people: %+v, %q, %q", v.Phases, v.Cohorts.Empty, v.Features.Empty)
	}
}

// TestHiddenPhases: who may not view people is not told of few.
func TestHiddenPhases(t *testing.T) {
	w := newWorld(t)
	last := day.Date(2026, 6, 14)
	w.Load(intake.Request{Enterprise: "acme"}, wrapped(last, 73, map[string]int{"code_completion": 31, "cloud_agent": 3},
		aggregate(last, []phaseRow{{0, 8, 40, 4, 600, 25, 5}, {1, 9, 30, 4, 300, 25, 5}, {2, 1, 3, 9, 100, 5, 1}})))
	v := viewOf(t, w, &access.Principal{Kind: access.Program}, last)
	var out []string
	for _, c := range v.Phases {
		out = append(out, c.Title+" "+c.People.Text)
	}
	if got := strings.Join(out, ", "); got != "Passive users 40, Other (fewer than 5 people each, or hidden with them) 33" {
		t.Errorf("phases: %s", got)
	}
	if v.Cohorts.Lead != nil {
		t.Errorf("%v engaged people are the difference to those of the phases", v.Cohorts.Lead.Figure)
	}
	if rows := v.Features.Table.Rows; len(rows) != 1 || rows[0].Key != "code_completion" || rows[0].Cells[1].Text != "31" {
		t.Errorf("features: %+v", rows)
	}
}

// TestMoreAgentsByRecords: without aggregates records say whether more people use agents.
func TestMoreAgentsByRecords(t *testing.T) {
	w := newWorld(t)
	last := day.Date(2026, 6, 10)
	var lines []string
	for id := 1; id <= 200; id++ {
		for i, on := range []day.Day{last - 57, last - 30, last} {
			phase := 1
			if id <= []int{20, 20, 120}[i] {
				phase = 2
			}
			lines = append(lines, reporttest.User(id, on.String(), 1, 0, `"enterprise_id":"1"`, fmt.Sprintf(`"ai_adoption_phase":{"phase_number":%d}`, phase)))
		}
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	v := viewOf(t, w, access.NewOperator(), last)
	if more := v.Says.Rows[0]; more.Answer != "yes" || !strings.Contains(more.Why, "10% of active people were in phase 2 or higher on 11 May 2026, and 60% on 10 Jun 2026") {
		t.Errorf("got %+v", more)
	}
	if more := viewOf(t, w, &access.Principal{Kind: access.Program}, last).Says.Rows[0]; more.Answer != "unknown" {
		t.Errorf("who may not view people: %+v", more)
	}
}
