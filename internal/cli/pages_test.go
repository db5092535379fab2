package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/directory"
)

// TestAGuardianLandsInTheirWork: whoever is only a guardian lands on a page that they may see,
// with what waits for them; whoever also sees figures elsewhere chooses.
func TestAGuardianLandsInTheirWork(t *testing.T) {
	m := newMatrix(t)
	guardian := asker{cookie: true, header: m.session(false, directory.Guardian, "acme")}
	grants, err := m.stores.directory.Grants(t.Context(), m.entities["acme"].ID)
	m.fatal(err)
	i := slices.IndexFunc(grants, func(g directory.Grant) bool { return g.Role == directory.Guardian })
	owner := asker{cookie: true, header: m.session(false, access.EnterpriseOwner, "acme")}
	form := url.Values{"do": {"set"}, "minimum": {"5"}, "person-views": {"1"}, "months": {"13"}, "reason": {"to help"}}
	if status, answer := m.post(owner, "/enterprises/acme/settings/privacy", form); status != http.StatusSeeOther {
		t.Fatalf("the owner asks for per-person views: %d %s", status, answer)
	}
	status, answer := m.ask(guardian, http.MethodGet, "/")
	const work = "/enterprises/acme/settings/privacy"
	if status != http.StatusSeeOther || !strings.Contains(answer, "Location:["+work+"]") {
		t.Errorf("the guardian lands at %d %.300s", status, answer)
	}
	if status, page := m.ask(guardian, http.MethodGet, work); status != http.StatusOK || !strings.Contains(page, `value="approved"`) {
		t.Errorf("the guardian's page, %d, does not offer to approve", status)
	}
	_, err = m.stores.directory.Grant(t.Context(), directory.Grant{Person: grants[i].Person, Role: access.TeamLead, Entity: m.entities["reactor"].ID})
	m.fatal(err)
	if status, page := m.ask(guardian, http.MethodGet, "/"); status != http.StatusOK || !strings.Contains(page, work) || !strings.Contains(page, "/orgs/plant/teams/reactor/insights/code-generation") {
		t.Errorf("who guards one enterprise and leads a team of another finds %d %s", status, page)
	}
}

// TestDataQualityShowsFetching: whoever manages an enterprise sees how fetching goes, and
// nobody else does.
func TestDataQualityShowsFetching(t *testing.T) {
	m := newMatrix(t)
	owner := asker{cookie: true, header: m.session(false, access.EnterpriseOwner, "acme")}
	biller := asker{cookie: true, header: m.session(false, access.BillingManager, "acme")}
	form := url.Values{"do": {"add"}, "name": {"nightly"}, "base": {"https://api.github.com"}, "token": {"ghp_0123456789abcdefghijABCDEFGHIJ012345"}}
	if status, answer := m.post(owner, "/enterprises/acme/settings/sources", form); status != http.StatusSeeOther {
		t.Fatalf("connecting: %d %s", status, answer)
	}
	const page = "/enterprises/acme/insights/data-quality?from=2026-05-01&to=2026-05-02"
	if status, answer := m.ask(owner, http.MethodGet, page); status != http.StatusOK || !strings.Contains(answer, `data-source="nightly"`) || !strings.Contains(answer, "Not fetched yet") || !strings.Contains(answer, "No successful round for 26 hours</th>") || !strings.Contains(answer, "Nobody is told: ") {
		t.Errorf("the owner does not see the source and its alerts: %d", status)
	}
	if status, answer := m.ask(biller, http.MethodGet, page); status != http.StatusOK || strings.Contains(answer, "nightly") || !strings.Contains(answer, "shown to those who manage the sources") {
		t.Errorf("who does not manage the enterprise sees the source or its alerts: %d", status)
	}
}

// TestMyDataSaysWithWhat: one's own page divides one's lines by mode, model and language, and
// says on which days of the week one was active, of any range.
func TestMyDataSaysWithWhat(t *testing.T) {
	m := newMatrix(t)
	w := m.watch()
	status, page := m.ask(w.me, http.MethodGet, "/me/acme?from=2026-05-01&to=2026-05-07")
	if status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	// The record of the first, a Friday, has 10 lines added and 1 deleted in one mode.
	for id, want := range map[string][]string{
		"feature": {"Agent edits in files", `data-value="11"`, "100.0%"}, "model": {"No model reported", `data-value="11"`}, "language": {"No language reported", `data-value="11"`},
		"rhythm": {`data-key="5"`, "1 of 1", "0 of 1", `data-value="11"`}} {
		_, card, _ := strings.Cut(page, `id="by-`+id+`"`)
		card, _, _ = strings.Cut(card, "</section>")
		for _, text := range want {
			if !strings.Contains(card, text) {
				t.Errorf("the card by %s lacks %q: %s", id, text, card)
			}
		}
	}
}

// TestMyDataIsWhole: what one's own page says of one's own records, seats and clients is in the
// file of all of it, with the same numbers, and neither has anything of anybody else.
func TestMyDataIsWhole(t *testing.T) {
	m := newMatrix(t)
	w := m.watch()
	day := func(user int, login, on string, credits float64, prompts int) string {
		return fmt.Sprintf(`{"day":%q,"user_id":%d,"user_login":%q,"organization_id":"id-payments","loc_added_sum":3,"loc_deleted_sum":0,"user_initiated_interaction_count":%[5]d,"ai_credits_used":%[4]g,`+
			`"used_cli":true,"used_copilot_code_review_passive":true,"ai_adoption_phase":{"phase_number":2},`+
			`"totals_by_feature":[{"feature":"chat_panel_ask_mode","user_initiated_interaction_count":%[5]d},{"feature":"copilot_cli","loc_added_sum":3,"loc_deleted_sum":0,"user_initiated_interaction_count":0}],`+
			`"totals_by_cli":{"session_count":2,"request_count":9,"prompt_count":4,"last_known_cli_version":{"cli_version":"1.0.%[2]d","sampled_at":"x"}},`+
			`"totals_by_3rd_party_agent":[{"agent_id":%[2]d,"agent_name":"App of %[3]s","user_initiated_interaction_count":6}],"totals_by_skill":[{"skill":"skill of %[3]s","interaction_count":5}]}`, on, user, login, credits, prompts)
	}
	m.importLines("acme", "", `{"day":"2026-05-04","tool":"claude_code","user_id":777,"user_login":"canary-stranger","loc_added_sum":1000,"totals_by_ide":[{"ide":"zed","last_known_ide_version":{"ide_version":"9.9.9"}}]}`) // an id of another tool's
	m.importLines("acme", "payments", day(777, w.login, "2026-05-04", 1.5, 7)+"\n"+day(778, "canary-other", "2026-05-04", 40, 90)+"\n"+day(777, w.login, "2026-05-05", 2.25, 11))
	const window = "?from=2026-05-01&to=2026-05-07"
	_, page := m.ask(w.me, http.MethodGet, "/me/acme"+window)
	for id, want := range map[string][]string{
		"requests": {`value="18"`, "requests on 2 days, on average 9.0 on each", "Ask chat", "4 May 2026", "11"}, "credits": {`value="3.75"`, "list value 0.04 USD", "1,900", "5 May 2026"},
		"used": {"Used the CLI", "Had code reviewed, passive", "4 sessions · 8 prompts · 18 requests to models", "jobs started: 12"}, "added": {"App of " + w.login, `data-value="12"`, "skill of " + w.login, "≥ 10"},
		"clients": {"Copilot CLI", "1.0.777", "No minimum version is published.", "VS Code", "1.80.0", "May have a known fault (SDK fault). Fixed version: 1.139.0."},
		"seat":    {"Business", "through the team checkout"}, "known": {"Usage records of GitHub Copilot", "1 May 2026", "5 May 2026", "2 seats", "Kinds of data in the enterprise: ", "Nobody has looked", "What you typed"}} {
		_, card, _ := strings.Cut(page, `id="`+id+`"`)
		card, _, _ = strings.Cut(card, "</section>")
		for _, text := range want {
			if !strings.Contains(card, text) {
				t.Errorf("%s lacks %q: %s", id, text, card)
			}
		}
	}
	if !strings.Contains(page, "Phase 2: Agent first (reported)") {
		t.Error("the page lacks the phase")
	}
	body := m.bodyAt(w.me, "/me/acme/export"+window+"&format=json")
	var file struct {
		Totals  map[string]float64
		Figures map[string]struct {
			Columns []string
			Rows    [][]any
		}
		Phase   struct{ Phase string } `json:"adoption_phase"`
		Clients []struct{ Client, Version string }
		Seats   []struct{ Plan string }
		Records []struct{ Days int }
		Fields  map[string]any
	}
	if err := json.Unmarshal([]byte(body), &file); err != nil {
		t.Fatalf("%v: %.300s", err, body)
	}
	for _, by := range []string{"organization", "team"} { // by day, there would be a row for every team and day
		if columns := file.Figures[by].Columns; !slices.Equal(columns, []string{by, "active_users"}) {
			t.Errorf("the file's %s is asked by %v", by, columns)
		}
	}
	sum := func(section, measure string) (n float64) {
		s := file.Figures[section]
		for _, row := range s.Rows {
			if v, ok := row[slices.Index(s.Columns, measure)].(float64); ok {
				n += v
			}
		}
		return n
	}
	for _, c := range []struct {
		section, measure string
		want             float64
	}{{"day", "ai_credits", 3.75}, {"day", "loc_added", 16}, {"day", "interactions", 18}, {"feature", "interactions", 18}, {"sessions", "model_requests", 18}, {"agent_app", "agent_app_jobs", 12},
		{"skill", "skill_uses", 10}, {"day", "daily_active_users", 3}, {"phase", "daily_active_users", 2}, {"organization", "active_users", 1}, {"team", "active_users", 1}} {
		if got := sum(c.section, c.measure); got != c.want {
			t.Errorf("the file's %s by %s add up to %g, want %g", c.measure, c.section, got, c.want)
		}
		if file.Fields[c.measure] == nil {
			t.Errorf("the file does not say what %s is", c.measure)
		}
	}
	if file.Totals["loc_changed"] != 17 || file.Totals["active_days"] != 3 || file.Phase.Phase != "Phase 2" || len(file.Clients) != 2 || len(file.Seats) != 2 || len(file.Records) != 1 || file.Records[0].Days != 3 {
		t.Errorf("the file: %s", body)
	}
	for what, text := range map[string]string{"page": page, "file": body} {
		for _, others := range []string{"canary-other", "payments-login", "checkout-login", "payments-model", "checkout-model", "canary-search", "canary-ranking", "1.0.778", "canary-stranger", "9.9.9", "1,016"} {
			if strings.Contains(text, others) {
				t.Errorf("the %s has %s, which is of somebody else", what, others)
			}
		}
	}
	// Days without data leave out their own figures alone.
	const before = "?from=2020-01-01&to=2020-01-02"
	if _, page := m.ask(w.me, http.MethodGet, "/me/acme"+before); !strings.Contains(page, "Usage records of GitHub Copilot") || !strings.Contains(page, "through the team checkout") || !strings.Contains(page, "format=json") || !strings.Contains(page, "What each field means") {
		t.Errorf("without data in the window, the page lacks what is known: %s", page)
	}
	if body := m.bodyAt(w.me, "/me/acme/export"+before+"&format=json"); !strings.Contains(body, `"days": 3`) || !strings.Contains(body, `"through_team": "checkout"`) || !strings.Contains(body, `"figures": {}`) || !strings.Contains(body, `"kinds_of_data_in_enterprise": [`) {
		t.Errorf("without data in the window, the file lacks what is known: %s", body)
	}
}
