package cli

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/question"
)

// impactLast is the last day of what is loaded: a Sunday, to which 4 whole weeks lead.
var impactLast = day.Date(2026, 6, 14)

// loadImpact imports 56 days of two organizations' people, of aggregates and of repositories, and
// seats of which some people have none.
func loadImpact(m *matrix) {
	m.t.Helper()
	r := rand.New(rand.NewPCG(5, 17))
	var seats []directory.Seat
	people := map[string][2]int{"payments": {1001, 1060}, "search": {1101, 1130}}
	for _, org := range []string{"payments", "search"} {
		span := people[org]
		var lines strings.Builder
		for id := span[0]; id <= span[1]; id++ {
			phase := (id % 4) * min(1, id%3) // No Cohort has half of them
			for d := impactLast - 55; d <= impactLast; d++ {
				if r.IntN(3) == 0 {
					continue
				}
				n := 5 + r.IntN(90)
				fmt.Fprintf(&lines, `{"day":%q,"user_id":%d,"user_login":"p%d","organization_id":"id-%s","user_initiated_interaction_count":%d,"ai_credits_used":%d,"used_chat":true,"loc_added_sum":%d,"loc_deleted_sum":0,`+
					`"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":%[7]d,"loc_deleted_sum":0}],"ai_adoption_phase":{"phase_number":%d}}`+"\n", d, id, id, org, r.IntN(9), 1+r.IntN(30), n, phase)
			}
			if id%10 < 8 {
				seats = append(seats, directory.Seat{Organization: m.entities[org].ID, UserID: fmt.Sprint(id), Login: fmt.Sprint("p", id), Plan: "business", Created: (impactLast - 200).Time()})
			}
		}
		m.importLines("acme", "", strings.ReplaceAll(lines.String(), `"organization_id":"id-`+org+`"`, `"enterprise_id":"id-acme"`)) // the enterprise's own report
		for d := impactLast - 55; d <= impactLast; d++ {
			fmt.Fprintf(&lines, `{"day":%q,"organization_id":"id-%s",%s}`+"\n", d, org, randomPullRequests(r))
		}
		m.importLines("acme", org, lines.String())
	}
	for _, org := range []string{"payments", "search"} {
		for n := range 8 { // who has a seat and does nothing
			seats = append(seats, directory.Seat{Organization: m.entities[org].ID, UserID: fmt.Sprint(m.entities[org].ID, 900+n), Plan: "business"})
		}
		m.fatal(m.stores.directory.PutSeats(m.t.Context(), m.entities["acme"].ID, m.entities[org].ID, impactLast.Time(), slices.DeleteFunc(slices.Clone(seats), func(s directory.Seat) bool { return s.Organization != m.entities[org].ID })))
	}
	var lines strings.Builder
	for d := impactLast - 55; d <= impactLast; d++ {
		var phases []string
		for number, name := range []string{"No Cohort", "Phase 1", "Phase 2", "Phase 3"} {
			phases = append(phases, fmt.Sprintf(`{"phase":%q,"phase_number":%d,"total_engaged_users":20,"users_in_phase_28d":%d,"total_pull_requests_merged":%d,"avg_loc_added":%d,"avg_loc_deleted":7.25,"avg_pull_requests_median_minutes_to_merge":%d}`,
				name, number, 20+r.IntN(9), 3+r.IntN(20), r.IntN(400), 60+r.IntN(600)))
		}
		fmt.Fprintf(&lines, `{"day":%q,"enterprise_id":"id-acme","daily_active_users":60,"totals_by_ai_adoption_phase":[%s],%s}`+"\n", d, strings.Join(phases, ","), randomPullRequests(r))
		for repo := 1; repo <= 3; repo++ {
			fmt.Fprintf(&lines, `{"day":%q,"enterprise_id":"id-acme","organization_id":"id-payments","repo_id":%d,"repo_owner_name":"acme","repo_name":"r%d",%s,`+
				`"pull_request_review_times":[{"authored_by":"human","reviewed_by":"human","total_merged":%d,"median_minutes_ready_to_first_review":%d,"p90_minutes_ready_to_first_review":900,"median_minutes_first_to_final_review":30,"p90_minutes_first_to_final_review":400,"median_minutes_final_review_to_merge":12,"p90_minutes_final_review_to_merge":88}]}`+"\n",
				d, repo, repo, randomPullRequests(r), 1+r.IntN(9), r.IntN(300))
		}
	}
	m.importLines("acme", "", lines.String())
}

func randomPullRequests(r *rand.Rand) string {
	merged := 20 + r.IntN(30)
	return fmt.Sprintf(`"pull_requests":{"total_created":%d,"total_merged":%d,"total_created_by_copilot":%d,"total_merged_created_by_copilot":%d,"median_minutes_to_merge":%d,"median_minutes_to_merge_copilot_authored":%d,`+
		`"total_copilot_suggestions":30,"total_copilot_applied_suggestions":12,"copilot_suggestions_by_comment_type":[{"comment_type":"security","total_copilot_suggestions":%d,"total_copilot_applied_suggestions":4},{"comment_type":"style","total_copilot_suggestions":9,"total_copilot_applied_suggestions":3}]}`,
		merged+r.IntN(9), merged, 3+r.IntN(9), r.IntN(4), 60+r.IntN(900), 60+r.IntN(900), 5+r.IntN(9))
}

// impactCards says which columns of a table a card shows, row by row; data is its table behind
// the table button.
var impactCards = []struct {
	figures, card string
	data          bool
	columns       []string
}{
	{"multiplier", "multiplier", false, []string{"ratio"}},
	{"phases", "distribution", true, []string{"people", "share"}},
	{"moves", "phase-moves", false, []string{"people"}},
	{"trends", "trends", false, []string{"share_with_agents", "people", "pull_requests_merged"}},
	{"trend-phases", "trends", true, []string{"people"}},
	{"features", "features", false, []string{"people", "share"}},
	{"return", "return", false, []string{"phases_0_1", "phases_2_up"}},
	{"outcome", "outcome", false, []string{"created", "merged", "merged_of_created", "of_all_merged", "minutes_to_merge"}},
	{"suggestions", "suggestions", false, []string{"suggested", "applied", "share"}},
	{"review-times", "review-times", false, []string{"median_minutes", "p90_minutes"}},
	{"repositories", "repositories", false, []string{"created", "merged", "merged_created_by_copilot", "minutes_to_merge", "minutes_to_first_review"}},
	{"organizations", "organizations", false, []string{"created", "merged", "merged_created_by_copilot", "minutes_to_merge"}},
	{"recommendations", "recommendations", false, []string{"people", "share"}},
}

var (
	shownValue  = regexp.MustCompile(`data-value="([^"]*)"`)
	shownAnswer = regexp.MustCompile(`data-answer="([^"]*)"`)
)

// TestImpactAgrees compares the tables of impact over the API with the page's file and with what
// its cards show, as everybody who may see the page; with the policy off nobody sees any of them.
func TestImpactAgrees(t *testing.T) {
	m := newMatrix(t)
	m.now = func() time.Time { return (impactLast + 5).Time() }
	m.privacy(false, true)
	loadImpact(m)
	readers := []struct {
		asker
		page, scope string
		people      bool // may be told what records of people say
	}{
		{asker{name: "owner", cookie: true, header: m.session(false, access.EnterpriseOwner, "acme")}, "/enterprises/acme", "enterprise=acme", true},
		{asker{name: "billing manager", cookie: true, header: m.session(false, access.BillingManager, "acme")}, "/enterprises/acme", "enterprise=acme", false},
		{asker{name: "owner of payments", cookie: true, header: m.session(false, access.OrganizationOwner, "payments")}, "/orgs/payments", "enterprise=acme&org=payments", false},
		{asker{name: "owner, of payments", cookie: true, header: m.session(false, access.EnterpriseOwner, "acme")}, "/orgs/payments", "enterprise=acme&org=payments", true},
	}
	days := "from=" + (impactLast - 27).String() + "&to=" + impactLast.String()
	shown := map[string]int{}
	for _, r := range readers {
		page := m.bodyAt(r.asker, r.page+"/insights/impact?"+days)
		files := m.unzipped(r.asker, r.page+"/insights/impact/export?"+days)
		tables := map[string][]map[string]string{}
		for _, figures := range question.ImpactFigures {
			status, answer := m.ask(r.asker, http.MethodGet, "/api/v1/impact?"+r.scope+"&figures="+figures+"&format=csv&"+days)
			file, ok := files[figures+".csv"]
			if status != http.StatusOK {
				if status != http.StatusUnprocessableEntity || ok {
					t.Errorf("%s, %s: got %d, and a file: %t", r.name, figures, status, ok)
				}
				continue
			}
			if bodyOf(answer) != file {
				t.Errorf("%s, %s: the API answers\n%s\nthe page's file has\n%s", r.name, figures, bodyOf(answer), file)
			}
			tables[figures] = records(t, bodyOf(answer))
			shown[r.name] += len(tables[figures])
			if hidden := slices.Contains([]string{"moves", "return"}, figures); hidden && (len(tables[figures]) > 0) != r.people {
				t.Errorf("%s is told %d rows of %s", r.name, len(tables[figures]), figures)
			}
		}
		if got, want := numbersMatching(shownAnswer, page), columnOf(tables["findings"], "answer"); !slices.Equal(got, want) || len(want) != 4 {
			t.Errorf("%s: the page answers %v, the API %v", r.name, got, want)
		}
		for _, c := range impactCards {
			got, want := cardValues(page, c.card, c.data), []string{}
			for _, row := range tables[c.figures] {
				if row["figure"] == "people_with_credits" || row["pull_requests"] == "all" { // a note, and the sum
					continue
				}
				for _, column := range c.columns {
					if row[column] != "" {
						want = append(want, row[column])
					}
				}
			}
			if c.figures == "moves" { // a cell for each pair of phases, also where nobody moved
				got = slices.DeleteFunc(got, func(n string) bool { return n == "0" })
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s: the card %s shows %v, the table %s has %v", r.name, c.card, got, c.figures, want)
			}
		}
	}
	if shown["owner"] <= shown["billing manager"] || shown["billing manager"] <= shown["owner of payments"] {
		t.Errorf("rows: %v", shown)
	}
	m.fatal(m.stores.directory.SetPolicy(t.Context(), m.entities["acme"].ID, directory.PolicyDisabled))
	for _, r := range readers {
		for _, path := range []string{r.page + "/insights/impact", r.page + "/insights/impact/export", "/api/v1/impact?" + r.scope} {
			if status, answer := m.ask(r.asker, http.MethodGet, path); status != http.StatusForbidden || strings.Contains(bodyOf(answer), "data-value") {
				t.Errorf("%s, with the policy off: %s is %d", r.name, path, status)
			}
		}
	}
}

// bodyAt returns the page at an address.
func (m *matrix) bodyAt(a asker, path string) string {
	m.t.Helper()
	status, answer := m.ask(a, http.MethodGet, path)
	if status != http.StatusOK {
		m.t.Fatalf("%s: %s is %d: %.2000s", a.name, path, status, onlyText(answer))
	}
	return bodyOf(answer)
}

// unzipped returns the files of an archive by name.
func (m *matrix) unzipped(a asker, path string) map[string]string {
	m.t.Helper()
	body := m.bodyAt(a, path)
	z, err := zip.NewReader(bytes.NewReader([]byte(body)), int64(len(body)))
	m.fatal(err)
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		m.fatal(err)
		b, err := io.ReadAll(r)
		m.fatal(err)
		out[f.Name] = string(b)
	}
	return out
}

// records reads a CSV by the names of its columns, numbers as page and table write them alike.
func records(t *testing.T, text string) (out []map[string]string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%v in\n%s", err, text)
	}
	for _, r := range rows[1:] {
		row := map[string]string{}
		for i, cell := range r {
			row[rows[0][i]] = sameNumber(cell)
		}
		out = append(out, row)
	}
	return out
}

// sameNumber writes a number in one way, whoever wrote it.
func sameNumber(s string) string {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	return strconv.FormatFloat(f, 'g', 12, 64)
}

func columnOf(rows []map[string]string, name string) (out []string) {
	for _, r := range rows {
		out = append(out, r[name])
	}
	return out
}

func numbersMatching(pattern *regexp.Regexp, text string) (out []string) {
	for _, found := range pattern.FindAllStringSubmatch(text, -1) {
		out = append(out, sameNumber(html.UnescapeString(found[1])))
	}
	return out
}

// cardValues returns the numbers of a card's table, without its sums, or of the table of its data.
func cardValues(page, id string, data bool) []string {
	_, card, _ := strings.Cut(page, `id="`+id+`" aria-labelledby`)
	card, _, _ = strings.Cut(card, "</section>")
	card, behind, _ := strings.Cut(card, `id="`+id+`-data"`)
	if data {
		card = behind
	}
	return numbersMatching(shownValue, regexp.MustCompile(`(?s)<tfoot>.*?</tfoot>`).ReplaceAllString(card, ""))
}
