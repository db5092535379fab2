package impact

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/intake"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/text"
	"codegauge/internal/web/webtest"
)

// pullDay is an aggregate's or repository's pull requests of a day.
type pullDay struct{ created, merged, byCopilot, mergedByCopilot, median, medianCopilot int }

func (p pullDay) json(more ...string) string {
	return fmt.Sprintf(`"pull_requests":{"total_created":%d,"total_merged":%d,"total_created_by_copilot":%d,"total_merged_created_by_copilot":%d,"median_minutes_to_merge":%d,"median_minutes_to_merge_copilot_authored":%d%s}`,
		p.created, p.merged, p.byCopilot, p.mergedByCopilot, p.median, p.medianCopilot, strings.Join(more, ""))
}

func randomPulls(r *rand.Rand) pullDay {
	p := pullDay{created: 40 + r.IntN(40), merged: 30 + r.IntN(30), byCopilot: 5 + r.IntN(9), mergedByCopilot: 1 + r.IntN(4)}
	p.median, p.medianCopilot = 60+r.IntN(900), 60+r.IntN(900)
	return p
}

func repository(id int, d day.Day, members ...string) string {
	return fmt.Sprintf(`{"day":%q,"enterprise_id":"1","organization_id":"11","repo_id":%d,"repo_owner_name":"acme","repo_name":"r%d",%s}`, d, id, id, strings.Join(members, ","))
}

// row finds a row of a table by its key.
func row(t *testing.T, c *cards.TableCard, key string) cards.DrawnRow {
	t.Helper()
	if c.Table == nil {
		t.Fatalf("%s has no table: %q %+v", c.ID, c.Empty, c.Blocked)
	}
	for _, r := range c.Table.Rows {
		if r.Key == key {
			return r
		}
	}
	t.Fatalf("%s has no row %q", c.ID, key)
	return cards.DrawnRow{}
}

// TestPullRequests compares the cards of pull requests with plain loops over random reports.
func TestPullRequests(t *testing.T) {
	w := newWorld(t)
	r := rand.New(rand.NewPCG(8, 1))
	last := day.Date(2026, 11, 15)
	var lines []string
	var all pullDay
	minutes, byCopilotMinutes := 0, 0
	suggested, applied := map[string]int{}, map[string]int{}
	stages := []string{"ready_to_first_review", "first_to_final_review", "final_review_to_merge"}
	var reviews [6]float64
	reviewed, covered := 0, 0
	repositories := map[int]pullDay{}
	for d := last - 27; d <= last; d++ {
		p := randomPulls(r)
		all.created, all.merged, all.byCopilot, all.mergedByCopilot = all.created+p.created, all.merged+p.merged, all.byCopilot+p.byCopilot, all.mergedByCopilot+p.mergedByCopilot
		minutes, byCopilotMinutes = minutes+p.median*p.merged, byCopilotMinutes+p.medianCopilot*p.mergedByCopilot
		total, used := 0, 0
		var kinds []string
		for _, kind := range []string{"bug_risk", "style", "security"} {
			s, a := r.IntN(20), r.IntN(9)
			suggested[kind], applied[kind] = suggested[kind]+s, applied[kind]+a
			total, used = total+s, used+a
			kinds = append(kinds, fmt.Sprintf(`{"comment_type":%q,"total_copilot_suggestions":%d,"total_copilot_applied_suggestions":%d}`, kind, s, a))
		}
		more := fmt.Sprintf(`,"total_copilot_suggestions":%d,"total_copilot_applied_suggestions":%d,"copilot_suggestions_by_comment_type":[%s]`, total+2, used+1, strings.Join(kinds, ","))
		suggested[""], applied[""] = suggested[""]+2, applied[""]+1
		lines = append(lines, reporttest.Aggregate(d.String(), 1, 1, `"enterprise_id":"1"`, p.json(more)))
		for id := 1; id <= 3; id++ {
			p := randomPulls(r)
			have := repositories[id]
			have.created, have.merged, have.mergedByCopilot, have.median = have.created+p.created, have.merged+p.merged, have.mergedByCopilot+p.mergedByCopilot, have.median+p.median*p.merged
			repositories[id] = have
			n := 1 + r.IntN(10)
			times := fmt.Sprintf(`"total_merged":%d`, n)
			for i, stage := range stages {
				median, p90 := r.IntN(400), 400+r.IntN(2000)
				reviews[2*i], reviews[2*i+1] = reviews[2*i]+float64(n*median), reviews[2*i+1]+float64(n*p90)
				times += fmt.Sprintf(`,"median_minutes_%s":%d,"p90_minutes_%s":%d`, stage, median, stage, p90)
			}
			reviewed, covered = reviewed+n, covered+p.merged
			lines = append(lines, repository(id, d, p.json(), `"pull_request_review_times":[{"authored_by":"human","reviewed_by":"human",`+times+`}]`))
		}
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	v := viewOf(t, w, access.NewOperator(), last)

	check := func(what string, got cards.DrawnCell, want float64) {
		t.Helper()
		if d := value(got.Figure) - want; d > 1e-3 || d < -1e-3 {
			t.Errorf("%s: %v, want %v", what, got.Figure, want)
		}
	}
	copilot, others := row(t, v.Outcome, "copilot"), row(t, v.Outcome, "others")
	check("created by Copilot", copilot.Cells[0], float64(all.byCopilot))
	check("merged of Copilot's", copilot.Cells[1], float64(all.mergedByCopilot))
	check("merged of created", copilot.Cells[3], float64(all.mergedByCopilot)/float64(all.byCopilot))
	check("of all merged", copilot.Cells[4], float64(all.mergedByCopilot)/float64(all.merged))
	check("minutes of Copilot's", copilot.Cells[5], float64(byCopilotMinutes)/float64(all.mergedByCopilot))
	check("created by others", others.Cells[0], float64(all.created-all.byCopilot))
	check("merged of others", others.Cells[1], float64(all.merged-all.mergedByCopilot))
	if others.Cells[5].Text != "–" {
		t.Errorf("the time of others alone is not known: %v", others.Cells[5])
	}
	check("all merged", v.Outcome.Table.Foot.Cells[1], float64(all.merged))
	check("all minutes", v.Outcome.Table.Foot.Cells[5], float64(minutes)/float64(all.merged))

	sum := [2]int{}
	for kind := range suggested {
		r := row(t, v.Suggestions, kind)
		check(kind+" suggested", r.Cells[1], float64(suggested[kind]))
		check(kind+" applied", r.Cells[2], float64(applied[kind]))
		sum[0], sum[1] = sum[0]+suggested[kind], sum[1]+applied[kind]
		if r.Neutral != (kind == "") {
			t.Errorf("%q is neutral: %t", kind, r.Neutral)
		}
	}
	check("all suggested", v.Suggestions.Table.Foot.Cells[1], float64(sum[0]))
	check("all applied", v.Suggestions.Table.Foot.Cells[2], float64(sum[1]))

	for i, stage := range []string{"minutes_ready_to_first_review", "minutes_first_to_final_review", "minutes_final_review_to_merge"} {
		r := row(t, v.ReviewTimes, stage)
		check(stage+" median", r.Cells[0], reviews[2*i]/float64(reviewed))
		check(stage+" 90th percentile", r.Cells[1], reviews[2*i+1]/float64(reviewed))
	}
	if note := v.ReviewTimes.Notes[0]; !strings.Contains(note, strconv.Itoa(reviewed)) || !strings.Contains(strings.ReplaceAll(note, ",", ""), strconv.Itoa(covered)) {
		t.Errorf("coverage: %s; want %d of %d", note, reviewed, covered)
	}
	rest := all.merged
	for id, p := range repositories {
		r := row(t, v.Repositories, fmt.Sprint("acme/r", id))
		check("created", r.Cells[0], float64(p.created))
		check("merged", r.Cells[1], float64(p.merged))
		check("merged by Copilot", r.Cells[3], float64(p.mergedByCopilot))
		check("minutes", r.Cells[4], float64(p.median)/float64(p.merged))
		rest -= p.merged
	}
	if lead := v.Repositories.Lead; lead.Figure.Text != v.Repositories.Table.Rows[0].Cells[1].Text || !strings.Contains(lead.Unit, text.Grouped(int64(covered))) {
		t.Errorf("lead: %+v, want of %d", lead, covered)
	}
	check("beside repositories", row(t, v.Repositories, "").Cells[1], float64(rest))
	if v.Organizations.Empty == "" {
		t.Error("no organization has an aggregate of its own")
	}
}

// TestNoPullRequests: cards without figures say why.
func TestNoPullRequests(t *testing.T) {
	w := newWorld(t)
	last := day.Date(2026, 6, 14)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, last.String(), 1, 0, `"enterprise_id":"1"`))
	v := viewOf(t, w, access.NewOperator(), last)
	for _, c := range []*cards.TableCard{v.Outcome, v.Suggestions, v.ReviewTimes, v.Repositories, v.Organizations} {
		if c.Table != nil || c.Empty == "" || c.Menu.CSV != "" {
			t.Errorf("%s: %q, %q, %+v", c.ID, c.Empty, c.Menu.CSV, c.Table)
		}
	}
	v = viewOf(t, w, access.NewOperator(), last, "where=model=gpt-5")
	for _, c := range []*cards.TableCard{v.Cohorts, v.Features, v.Outcome, v.Repositories} {
		if c.Blocked == nil {
			t.Errorf("%s is not blocked by a filter to a model", c.ID)
		}
	}
}

// TestTrends has aggregates of some months' ends and records of others.
func TestTrends(t *testing.T) {
	w := newWorld(t)
	last := day.Date(2026, 6, 14)
	lines := []string{
		aggregate(day.Date(2026, 4, 30), []phaseRow{{0, 1, 30, 2, 9, 0, 0}, {1, 1, 40, 3, 9, 0, 0}, {2, 1, 20, 3, 9, 0, 0}, {3, 1, 10, 3, 9, 0, 0}}, `"pull_requests":{"total_merged":12}`),
		aggregate(last-1, nil, `"pull_requests":{"total_merged":5}`),
		aggregate(last, []phaseRow{{0, 1, 30, 2, 9, 0, 0}, {2, 1, 70, 3, 9, 0, 0}}, `"pull_requests":{"total_merged":7}`),
	}
	for id := range 20 {
		lines = append(lines, reporttest.User(id+1, "2026-05-20", 1, 0, `"enterprise_id":"1"`, fmt.Sprintf(`"ai_adoption_phase":{"phase_number":%d}`, id%4)))
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	v := viewOf(t, w, access.NewOperator(), last)
	var out []string
	for _, r := range v.Trends.Table.Rows {
		s := r.Label
		if r.Note != "" {
			s += " " + r.Note
		}
		for _, c := range r.Cells[1:] {
			s += " | " + strings.TrimSpace(c.Text+" "+c.Note+c.Badge)
		}
		out = append(out, s)
	}
	want := `Jan 2026 | – | – | –
Feb 2026 | – | – | –
Mar 2026 | – | – | –
Apr 2026 | 30% | 100 | 12 on 1 of 30 days
May 2026 | 50% | 20 records | –
Jun 2026 to 14 Jun | 70% | 100 | 12 on 2 of 14 days`
	if got := strings.Join(out, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var data []string
	for _, r := range v.Trends.Data[0].Rows[3:] {
		var cells []string
		for _, c := range r.Cells {
			cells = append(cells, c.Text)
		}
		data = append(data, strings.Join(cells, " "))
	}
	if got := strings.Join(data, ", "); got != "30 40 20 10, 5 5 5 5, 30 – 70 –" {
		t.Errorf("the table behind the bars: %s", got)
	}
	if got := v.Trends.Lead; got.Figure.Text != "70%" || !strings.Contains(got.Unit, "+20 pp vs 31 May 2026") {
		t.Errorf("lead: %+v", got)
	}
	var steps []string
	for _, r := range v.Recommendations.Rows {
		steps = append(steps, fmt.Sprint(r.Key, " ", r.People.Text, " ", r.Share.Text, " ", r.First))
	}
	if got := strings.Join(steps, ", "); got != "several 70 70% true, onboard 30 30% false, agents 0 0% false" {
		t.Errorf("recommendations: %s", got)
	}

	if only := viewOf(t, w, access.NewOperator(), last, "card=trends"); !only.Only || only.Trends == nil || only.Says != nil || only.Cohorts != nil || len(only.Phases) > 0 {
		t.Errorf("the card alone: %+v", only)
	}
	v = viewOf(t, w, &access.Principal{Kind: access.Program}, last)
	if got := v.Trends.Table.Rows[4].Cells[2].Text; got != "–" {
		t.Errorf("who may not view people is told of %s people in May, who are counted from records", got)
	}
}

// TestReturns works the return out by hand: 25 people of phase 1 use 10 credits each and 25
// of phase 2 40, which is 0.10 and 0.40 USD, 1.0871 times as much a month.
func TestReturns(t *testing.T) {
	w := newWorld(t)
	last := day.Date(2026, 6, 14)
	var lines []string
	for id := range 50 {
		phase, credits := 1, 10
		if id >= 25 {
			phase, credits = 2, 40
		}
		lines = append(lines, reporttest.User(id+1, last.String(), 1, 0, `"enterprise_id":"1"`, fmt.Sprintf(`"ai_credits_used":%d,"ai_adoption_phase":{"phase_number":%d}`, credits, phase)))
	}
	lines = append(lines, aggregate(last-1, []phaseRow{{0, 1, 10, 4, 9, 0, 0}, {1, 1, 30, 6, 9, 0, 0}, {2, 1, 25, 9, 9, 0, 0}, {4, 1, 25, 11, 9, 0, 0}}),
		aggregate(last, []phaseRow{{0, 1, 10, 0, 9, 0, 0}, {1, 1, 30, 0, 9, 0, 0}, {2, 1, 25, 0, 9, 0, 0}, {4, 1, 25, 0, 9, 0, 0}}))
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	v := viewOf(t, w, access.NewOperator(), last)
	var out []string
	for _, r := range v.Returns.Rows {
		out = append(out, fmt.Sprintf("%s %s %s", r.Key, r.Figures[0].Text, r.Figures[1].Text))
	}
	// 28 × 10 ÷ 80 and 28 × 20 ÷ 100
	if got, want := strings.Join(out, ", "), "people 25 25, credits 0.11 USD 0.43 USD, share 0.11 USD 0.43 USD, licence – –, merged 3.5 5.6"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if r := v.Returns.Rows[1]; r.Ratio != "4.00×" || r.Why != "" {
		t.Errorf("credits: %+v", r)
	}
	if v = viewOf(t, w, &access.Principal{Kind: access.Program}, last); len(v.Returns.Rows) > 0 || !strings.Contains(v.Returns.Empty, "permission to view people") {
		t.Errorf("who may not view people: %+v", v.Returns)
	}
}

// TestReturnsUnknown: what people use whose records state no credits is not known, alone and
// together.
func TestReturnsUnknown(t *testing.T) {
	w := newWorld(t)
	last := day.Date(2026, 6, 14)
	var lines []string
	for id := range 50 {
		lines = append(lines, reporttest.User(id+1, last.String(), 1, 0, `"enterprise_id":"1"`, fmt.Sprintf(`"ai_adoption_phase":{"phase_number":%d}`, 1+id/25)))
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	said, err := w.Impact(t.Context(), question.Parameters{To: last.String(), Days: 28})
	if err != nil {
		t.Fatal(err)
	}
	if r := said.Return; r.Used != nil || r.Groups[0].Credits != nil || r.Groups[0].People != 25 {
		t.Errorf("credits that no record states: %+v", r)
	}
	data, pool := webtest.New(), int64(5000)
	said.Return.Pool = &pool
	data.Compared = said
	if notes := strings.Join(viewOver(t, data).Returns.Notes, " "); strings.Contains(notes, "use 0") || !strings.Contains(notes, "it is not known how much these people use (–)") {
		t.Errorf("notes: %s", notes)
	}
	used := 300.0
	said.Return.Used = &used
	if notes := strings.Join(viewOver(t, data).Returns.Notes, " "); !strings.Contains(notes, "of which these people use 300 (3 USD).") {
		t.Errorf("notes: %s", notes)
	}
}

// TestSources: a card names the reports that its figures are from, and their fields.
func TestSources(t *testing.T) {
	w := newWorld(t)
	last := day.Date(2026, 6, 14)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, last.String(), 1, 0, `"enterprise_id":"1"`),
		aggregate(last, []phaseRow{{0, 1, 10, 4, 9, 0, 0}, {1, 1, 30, 6, 9, 0, 0}}, `"pull_requests":{"total_created":9,"total_merged":8,"total_created_by_copilot":4,"total_merged_created_by_copilot":3}`))
	v := viewOf(t, w, access.NewOperator(), last, "parity=1")
	for _, c := range []struct {
		menu cards.Menu
		want string
	}{{v.Outcome.Menu, "Aggregates of acme, as they state it."}, {v.Phases[0].Menu, "Aggregates of acme, as they state it."}, {v.Features.Menu, "User records from 1 source; each person's day is counted once."},
		{v.Repositories.Menu, "Reports of repositories (repos-1-day)."}, {v.Organizations.Menu, "Organizations' own aggregates, as they state it."}, {v.Moves.Menu, "User records from 1 source; each person's day is counted once."}} {
		if c.menu.Source != c.want {
			t.Errorf("got %q, want %q", c.menu.Source, c.want)
		}
	}
	if got := v.Phases[0].Menu.Fields; !strings.Contains(got, "total_pull_requests_merged") || !strings.Contains(got, "avg_pull_requests_median_minutes_to_merge") || strings.Contains(got, "pull_requests.") {
		t.Errorf("fields of a phase: %s", got)
	}
	if got := v.Outcome.Sentence.Text; !strings.Contains(got, "merged 8 pull requests, 3 of them created by Copilot, which created 4 in the same days (merged ÷ created: 75%).") ||
		!strings.Contains(got, "the last 28 days, shares of active users") || strings.Contains(got, "IDE only") {
		t.Errorf("the sentence: %s", got)
	}
	if len(v.Jumps) < 6 || v.Jumps[0].ID != v.Says.ID || v.Jumps[5].ID != v.Recommendations.ID {
		t.Errorf("jump links: %+v", v.Jumps)
	}
	if v = viewOf(t, w, access.NewOperator(), last, "card=says"); !v.Only || v.Says == nil || v.Multiplier != nil || v.Says.Only == "" {
		t.Errorf("what the figures say, alone: %+v", v)
	}
}

// TestOfTeam: where the scope is a team, the reason is that GitHub makes no aggregates of it.
func TestOfTeam(t *testing.T) {
	data := webtest.New()
	said, err := data.Impact(t.Context(), question.Parameters{Days: 28})
	if err != nil {
		t.Fatal(err)
	}
	without := question.Comparison{Why: question.ImpactOfTeam}
	said.OfTeam = true
	said.Findings[1].Ratio = without
	said.Multiplier[0].Rows[0].Comparison = without
	data.Compared = said
	v := viewOver(t, data)
	if got := v.Says.Rows[1].Why; got != "GitHub makes no aggregates of teams, and nothing else states pull requests by phase." {
		t.Errorf("the finding: %s", got)
	}
	if got := v.Multiplier.Groups[0].Rows[0].Why; !strings.HasPrefix(got, "GitHub makes no aggregates of teams") {
		t.Errorf("the multiplier: %s", got)
	}
	if got := v.Outcome.Empty; got != "GitHub reports pull requests of enterprises, organizations and repositories, not of teams." {
		t.Errorf("the outcome: %s", got)
	}
}
