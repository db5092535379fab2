package cli

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"

	gh "github.com/google/go-github/v93/github"
)

// clients is a server whose enterprise acme has everything that clients of GitHub ask for:
// of 30 people of the days 2026-04-13 to 2026-05-10, whom the enterprise's report knows.
type clients struct {
	*matrix
	// full may read everything of acme, narrow no people.
	full, narrow string
	last         day.Day
}

const clientPeople = 30

func newClients(t *testing.T) *clients { return newClientsWith(t, nil) }

// newClientsWith is newClients of a server with options.
func newClientsWith(t *testing.T, options map[string]string) *clients {
	c := &clients{matrix: newMatrixWith(t, options), last: day.Date(2026, time.May, 10)}
	c.privacy(false, true)
	c.full = c.token("acme", false, 1, "metrics:read", "users:read")
	c.narrow = c.token("acme", false, 1, "metrics:read")
	var lines strings.Builder
	for d := c.last - 27; d <= c.last; d++ {
		for i := 1; i <= clientPeople; i++ {
			language := "go"
			if i < 4 {
				language = "cobol" // of so few that they can be told apart
			}
			fmt.Fprintf(&lines, `{"day":"%s","user_id":%d,"user_login":"u%[2]d","enterprise_id":"77","user_initiated_interaction_count":2,"code_generation_activity_count":3,"code_acceptance_activity_count":1,`+
				`"loc_suggested_to_add_sum":20,"loc_suggested_to_delete_sum":0,"loc_added_sum":10,"loc_deleted_sum":1,"used_cli":true,"used_chat":true,"a_new_member":{"kept":[1,2]},`+
				`"totals_by_ide":[{"ide":"vscode","loc_added_sum":10,"loc_deleted_sum":1}],"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":10,"loc_deleted_sum":1}],`+
				`"totals_by_language_feature":[{"language":%q,"feature":"agent_edit","loc_added_sum":10,"loc_deleted_sum":1}],"totals_by_language_model":[{"language":%[3]q,"model":"m","loc_added_sum":10,"loc_deleted_sum":1}],`+
				`"totals_by_model_feature":[{"model":"m","feature":"agent_edit","loc_added_sum":10,"loc_deleted_sum":1}]}`+"\n", d, i, language)
		}
		fmt.Fprintf(&lines, `{"day":"%s","user_id":1,"user_login":"u1","enterprise_id":"77","team_id":5,"slug":"all"}`+"\n", d)
	}
	lines.WriteString(`{"day":"2026-05-03","user_id":2,"user_login":"u2","organization_id":"id-payments","enterprise_id":"77","team_id":6,"slug":"tills"}` + "\n")
	c.importLines("acme", "", lines.String())
	c.importLines("acme", "", `{"day":"2026-05-10","enterprise_id":"77","repo_id":9,"repo_owner_name":"pay","repo_name":"till","repo_visibility":"PRIVATE","pull_requests":{"total_created":3}}`+"\n"+
		`{"day":"2026-05-10","tool":"cursor","user_id":"ann@acme.example","user_login":"ann","enterprise_id":"77","loc_added_sum":1,"loc_deleted_sum":0}`)
	c.importLines("acme", "payments", `{"day":"2026-05-02","organization_id":"id-payments","enterprise_id":"77","daily_active_users":12,"loc_added_sum":500,"loc_deleted_sum":4,"a_new_member":"kept"}`+"\n"+
		`{"day":"2026-05-02","organization_id":"id-payments","repo_id":9,"repo_owner_name":"pay","repo_name":"till","repo_visibility":"PRIVATE"}`)
	c.seats()
	return c
}

// seats gives 120 people of payments seats, of whom 3 have another of search, and makes them
// members of payments and its team.
func (c *clients) seats() {
	ctx, d := c.t.Context(), c.stores.directory
	acme, payments, search := c.entities["acme"].ID, c.entities["payments"].ID, c.entities["search"].ID
	var seats []directory.Seat
	var members []directory.Member
	for i := 1; i <= 120; i++ {
		login := fmt.Sprintf("u%03d", i)
		seats = append(seats, directory.Seat{Organization: payments, UserID: strconv.Itoa(i), Login: login, Plan: "business", Created: c.now(),
			Body: fmt.Appendf(nil, `{"assignee":{"id":%d,"login":%q},"plan_type":"business","created_at":"2026-01-01T00:00:00Z","last_authenticated_at":"2026-05-01T00:00:00Z"}`, i, login)})
		if i <= 3 {
			seats = append(seats, directory.Seat{Organization: search, UserID: strconv.Itoa(i), Login: login, Plan: "business"})
		}
		members = append(members, directory.Member{UserID: strconv.Itoa(i), Login: login})
	}
	c.fatal(d.PutSeats(ctx, acme, 0, c.now(), seats))
	c.fatal(d.PutRoster(ctx, payments, c.now(), members))
	first, err := d.Reserve(ctx, 2)
	c.fatal(err)
	own := directory.Entity{ID: first, Kind: directory.Team, Enterprise: acme, Organization: payments, Slug: "core", Name: "Core", Aliases: []string{"41"}}
	all := directory.Entity{ID: first + 1, Kind: directory.Team, Enterprise: acme, Slug: "everybody", Name: "Everybody", Aliases: []string{"42"}}
	c.fatal(d.Put(ctx, []directory.Entity{own, all}))
	c.fatal(d.PutRoster(ctx, own.ID, c.now(), members[:2]))
	c.fatal(d.PutRoster(ctx, all.ID, c.now(), members[:3]))
}

// github returns go-github against the server, with a token.
func (c *clients) github(token string) *gh.Client {
	c.t.Helper()
	client, err := gh.NewClient(gh.WithAuthToken(token), gh.WithEnterpriseURLs(c.server.URL, c.server.URL))
	c.fatal(err)
	return client
}

// TestGoGitHubReports asks for every report with go-github, and downloads every file.
func TestGoGitHubReports(t *testing.T) {
	c := newClients(t)
	ctx, api := t.Context(), c.github(c.full).Copilot
	daily := func(get func(context.Context, string, *gh.CopilotMetricsReportOptions) (*gh.CopilotDailyMetricsReport, *gh.Response, error), of, d string) []string {
		t.Helper()
		r, res, err := get(ctx, of, &gh.CopilotMetricsReportOptions{Day: d})
		c.fatal(err)
		if r == nil || r.ReportDay != d || len(r.DownloadLinks) != 1 {
			t.Fatalf("%s: %d %+v", d, res.StatusCode, r)
		}
		return r.DownloadLinks
	}
	latest := func(get func(context.Context, string) (*gh.CopilotMetricsReport, *gh.Response, error), of, from, to string) string {
		t.Helper()
		r, _, err := get(ctx, of)
		c.fatal(err)
		if r.ReportStartDay != from || r.ReportEndDay != to || len(r.DownloadLinks) != 1 {
			t.Fatalf("%+v", r)
		}
		return r.DownloadLinks[0]
	}

	// The enterprise: its aggregate never came and is computed.
	total, _, err := api.DownloadDailyMetrics(ctx, daily(api.GetEnterpriseDailyMetricsReport, "acme", "2026-05-10")[0])
	c.fatal(err)
	if total.Day != "2026-05-10" || *total.LOCAddedSum != 10*clientPeople || *total.DailyActiveUsers != clientPeople || *total.MonthlyActiveUsers != clientPeople ||
		len(total.TotalsByLanguageFeature) != 2 || *total.EnterpriseID != "77" || *total.DailyActiveCLIUsers != clientPeople {
		t.Errorf("computed: %+v", total)
	}
	period, _, err := api.DownloadPeriodicMetrics(ctx, latest(api.GetEnterpriseMetricsReport, "acme", "2026-04-13", "2026-05-10"))
	c.fatal(err)
	if len(period.DayTotals) != 28 || period.ReportStartDay != "2026-04-13" || *period.DayTotals[0].LOCAddedSum != 10*clientPeople || period.DayTotals[0].MonthlyActiveUsers != nil {
		t.Errorf("28 days: %d days, %+v", len(period.DayTotals), period.DayTotals[0])
	}
	users, _, err := api.DownloadUserDailyMetrics(ctx, daily(api.GetEnterpriseUsersDailyMetricsReport, "acme", "2026-05-10")[0])
	c.fatal(err)
	if len(users) != clientPeople || *users[0].LOCAddedSum != 10 {
		t.Errorf("%d users", len(users))
	}
	spans, _, err := api.DownloadUserPeriodicMetrics(ctx, latest(api.GetEnterpriseUsersMetricsReport, "acme", "2026-04-13", "2026-05-10"))
	c.fatal(err)
	if len(spans) != 28*clientPeople || spans[0].ReportEndDay != "2026-05-10" {
		t.Errorf("%d rows of users of 28 days, %+v", len(spans), spans[0])
	}
	teams, _, err := api.DownloadUserTeamsDailyMetrics(ctx, daily(api.GetEnterpriseUserTeamsDailyMetricsReport, "acme", "2026-05-10")[0])
	c.fatal(err)
	if len(teams) != 1 || teams[0].TeamID != 5 || teams[0].Slug != "all" {
		t.Errorf("teams: %+v", teams)
	}
	repos, _, err := api.DownloadRepositoryDailyMetrics(ctx, daily(api.GetEnterpriseRepositoriesDailyMetricsReport, "acme", "2026-05-10")[0])
	c.fatal(err)
	if len(repos) != 1 || repos[0].RepoID != 9 || repos[0].RepoName != "till" {
		t.Errorf("repos: %+v", repos)
	}

	// The organization: its aggregate goes out as it came, its name in any case.
	total, _, err = api.DownloadDailyMetrics(ctx, daily(api.GetOrganizationDailyMetricsReport, "PAYMENTS", "2026-05-02")[0])
	c.fatal(err)
	if *total.LOCAddedSum != 500 || *total.OrganizationID != "id-payments" {
		t.Errorf("stored: %+v", total)
	}
	period, _, err = api.DownloadPeriodicMetrics(ctx, latest(api.GetOrganizationMetricsReport, "payments", "2026-04-06", "2026-05-03"))
	c.fatal(err)
	if len(period.DayTotals) != 3 || *period.DayTotals[0].LOCAddedSum != 120 || *period.DayTotals[1].LOCAddedSum != 500 || *period.DayTotals[2].LOCAddedSum != 10 {
		t.Errorf("28 days of payments: %+v", period.DayTotals)
	}
	users, _, err = api.DownloadUserDailyMetrics(ctx, daily(api.GetOrganizationUsersDailyMetricsReport, "payments", "2026-05-02")[0])
	c.fatal(err)
	if len(users) != 12 {
		t.Errorf("%d users of payments", len(users))
	}
	spans, _, err = api.DownloadUserPeriodicMetrics(ctx, latest(api.GetOrganizationUsersMetricsReport, "payments", "2026-04-06", "2026-05-03"))
	c.fatal(err)
	if len(spans) != 25 {
		t.Errorf("%d rows of users of payments", len(spans))
	}
	// Teams whose ids are no numbers have no place in GitHub's form.
	if r, res, err := api.GetOrganizationUserTeamsDailyMetricsReport(ctx, "payments", &gh.CopilotMetricsReportOptions{Day: "2026-05-02"}); err != nil || r != nil || res.Header.Get("Codegauge-Records-Left-Out") != "6" {
		t.Errorf("teams of payments: %+v, %v, %v", r, err, res.Header)
	}
	teams, _, err = api.DownloadUserTeamsDailyMetrics(ctx, daily(api.GetOrganizationUserTeamsDailyMetricsReport, "payments", "2026-05-03")[0])
	c.fatal(err)
	if len(teams) != 1 || teams[0].TeamID != 6 {
		t.Errorf("teams of payments in the enterprise's report: %+v", teams)
	}
	// An organization without a report of its own has what the enterprise's says of its
	// members; an enterprise without one has what its organizations' say.
	users, _, err = api.DownloadUserDailyMetrics(ctx, daily(api.GetOrganizationUsersDailyMetricsReport, "payments", "2026-05-03")[0])
	c.fatal(err)
	if len(users) != 1 || users[0].UserLogin != "u2" || *users[0].EnterpriseID != "77" {
		t.Errorf("users of payments in the enterprise's report: %+v", users)
	}
	if r, _, err := api.GetOrganizationUsersDailyMetricsReport(ctx, "payments", &gh.CopilotMetricsReportOptions{Day: "2026-05-05"}); err != nil || r != nil {
		t.Errorf("a day of which nobody knows who was in payments: %+v, %v", r, err)
	}
	globex := c.github(c.token("globex", false, 1, "metrics:read", "users:read")).Copilot
	users, _, err = globex.DownloadUserDailyMetrics(ctx, daily(globex.GetEnterpriseUsersDailyMetricsReport, "globex", "2026-05-02")[0])
	c.fatal(err)
	if len(users) != 12 || *users[0].OrganizationID != "id-plant" {
		t.Errorf("%d users of globex", len(users))
	}
	repos, _, err = api.DownloadRepositoryDailyMetrics(ctx, daily(api.GetOrganizationRepositoriesDailyMetricsReport, "payments", "2026-05-02")[0])
	c.fatal(err)
	if len(repos) != 1 {
		t.Errorf("repos of payments: %+v", repos)
	}

	// No data: an organization's is 204, which go-github takes for nil.
	if r, res, err := api.GetOrganizationDailyMetricsReport(ctx, "payments", &gh.CopilotMetricsReportOptions{Day: "2025-01-01"}); err != nil || r != nil || res.StatusCode != http.StatusNoContent {
		t.Errorf("no day of payments: %+v, %v", r, err)
	}
	if r, _, err := api.GetEnterpriseUsersDailyMetricsReport(ctx, "acme", &gh.CopilotMetricsReportOptions{Day: "2025-01-01"}); err != nil || r == nil || len(r.DownloadLinks) != 0 {
		t.Errorf("no day of acme: %+v, %v", r, err)
	}
	// What is refused never looks like a used-up limit, which would lock the client.
	for d, status := range map[string]int{"2026-13-01": http.StatusUnprocessableEntity, "": http.StatusUnprocessableEntity} {
		_, res, err := api.GetEnterpriseUsersDailyMetricsReport(ctx, "acme", &gh.CopilotMetricsReportOptions{Day: d})
		refusedAs(t, res, err, status)
	}
	_, res, err := c.github(c.narrow).Copilot.GetEnterpriseUsersDailyMetricsReport(ctx, "acme", &gh.CopilotMetricsReportOptions{Day: "2026-05-10"})
	refusedAs(t, res, err, http.StatusForbidden)
	_, res, err = api.GetEnterpriseMetricsReport(ctx, "globex")
	refusedAs(t, res, err, http.StatusNotFound)
	_, res, err = c.github("cg_wrong").Copilot.GetEnterpriseMetricsReport(ctx, "acme")
	refusedAs(t, res, err, http.StatusUnauthorized)
	_, res, err = api.GetEnterpriseMetrics(ctx, "acme", nil) //nolint:staticcheck // that it is retired is what is tested
	refusedAs(t, res, err, http.StatusNotFound)
	if !strings.Contains(err.Error(), "copilot/metrics/reports/enterprise-1-day") {
		t.Errorf("the retired API: %v", err)
	}
}

func refusedAs(t *testing.T, res *gh.Response, err error, status int) {
	t.Helper()
	var refused *gh.ErrorResponse
	if !errors.As(err, &refused) || res.StatusCode != status || refused.Message == "" || refused.DocumentationURL == "" || res.Rate.Remaining < 1 {
		t.Errorf("want %d, got %v (%+v)", status, err, res)
	}
}

// TestGoGitHubLists asks for seats, members and teams with go-github, page by page.
func TestGoGitHubLists(t *testing.T) {
	c := newClients(t)
	ctx, client := t.Context(), c.github(c.full)
	page := func(n, size int) gh.ListOptions { return gh.ListOptions{Page: n, PerPage: size} }

	first := page(1, 100)
	seats, res, err := client.Copilot.ListCopilotEnterpriseSeats(ctx, "acme", &first)
	c.fatal(err)
	if seats.TotalSeats != 120 || len(seats.Seats) != 100 || res.NextPage != 2 || res.LastPage != 2 || res.FirstPage != 0 {
		t.Errorf("seats: %d of %d, next %d, last %d", len(seats.Seats), seats.TotalSeats, res.NextPage, res.LastPage)
	}
	if u, ok := seats.Seats[0].GetUser(); !ok || u.GetLogin() != "u001" || u.GetID() != 1 {
		t.Errorf("the first seat is %+v", seats.Seats[0].Assignee)
	}
	second := page(2, 100)
	seats, res, err = client.Copilot.ListCopilotEnterpriseSeats(ctx, "acme", &second)
	c.fatal(err)
	if len(seats.Seats) != 23 || res.NextPage != 0 || res.PrevPage != 1 || res.FirstPage != 1 {
		t.Errorf("the second page: %d seats, %+v", len(seats.Seats), res)
	}
	seats, _, err = client.Copilot.ListCopilotSeats(ctx, "search", nil)
	c.fatal(err)
	if seats.TotalSeats != 3 || len(seats.Seats) != 3 {
		t.Errorf("seats of search: %+v", seats)
	}
	one, _, err := client.Copilot.GetSeatDetails(ctx, "payments", "U007")
	c.fatal(err)
	if u, ok := one.GetUser(); !ok || u.GetID() != 7 || one.GetPlanType() != "business" {
		t.Errorf("one seat: %+v", one)
	}
	_, res, err = client.Copilot.GetSeatDetails(ctx, "payments", "nobody")
	refusedAs(t, res, err, http.StatusNotFound)
	billing, _, err := client.Copilot.GetCopilotBilling(ctx, "payments")
	c.fatal(err)
	if billing.SeatBreakdown.Total != 120 {
		t.Errorf("billing: %+v", billing)
	}
	members, res, err := client.Organizations.ListMembers(ctx, "payments", nil)
	c.fatal(err)
	if len(members) != 30 || res.NextPage != 2 || res.LastPage != 4 || members[0].GetLogin() != "u001" {
		t.Errorf("%d members, next %d, last %d", len(members), res.NextPage, res.LastPage)
	}
	teams, _, err := client.Teams.ListTeams(ctx, "payments", nil)
	c.fatal(err)
	if len(teams) != 3 || teams[0].GetSlug() != "core" || teams[0].GetID() != 41 || teams[0].GetName() != "Core" {
		t.Errorf("teams: %+v", teams)
	}
	members, _, err = client.Teams.ListTeamMembersBySlug(ctx, "payments", "core", nil)
	c.fatal(err)
	if len(members) != 2 {
		t.Errorf("%d members of core", len(members))
	}
	// No list of checkout's members was fetched: records say who they are.
	members, _, err = client.Teams.ListTeamMembersBySlug(ctx, "payments", "checkout", nil)
	c.fatal(err)
	if len(members) != 6 {
		t.Errorf("%d members of checkout: %+v", len(members), members)
	}
	own, _, err := client.Enterprise.ListTeams(ctx, "acme", nil)
	c.fatal(err)
	if len(own) != 2 || own[0].Slug != "everybody" || own[0].ID != 42 {
		t.Errorf("the enterprise's teams: %+v", own)
	}
	for _, word := range []string{"everybody", "ent:everybody", "42"} {
		members, _, err = client.Enterprise.ListTeamMembers(ctx, "acme", word, nil)
		c.fatal(err)
		if len(members) != 3 {
			t.Errorf("%d members of %s", len(members), word)
		}
	}
	_, res, err = client.Enterprise.ListAssignments(ctx, "acme", "everybody", nil)
	refusedAs(t, res, err, http.StatusNotFound)
	_, res, err = client.Organizations.ListMembers(ctx, "payments", &gh.ListMembersOptions{Role: "admin"})
	refusedAs(t, res, err, http.StatusUnprocessableEntity)

	// The same again is no answer of its own.
	_, answer := c.ask(asker{header: bearer(c.full)}, http.MethodGet, "/api/v3/orgs/payments/members")
	tag := answer[strings.Index(answer, `Etag:[`)+6:]
	header := bearer(c.full)
	header.Set("If-None-Match", tag[:strings.Index(tag, "]")])
	if status, _ := c.ask(asker{header: header}, http.MethodGet, "/api/v3/orgs/payments/members"); status != http.StatusNotModified {
		t.Errorf("the same again: %d", status)
	}
}

// TestGitHubAPIHidesOthers compares what is told of another enterprise and its organizations
// with what is told of those that do not exist.
func TestGitHubAPIHidesOthers(t *testing.T) {
	c := newClients(t)
	payments := c.token("payments", false, 1, "metrics:read", "users:read")
	compared := 0
	for _, rule := range access.Table {
		if !strings.HasPrefix(rule.Pattern, "GET /api/v3/") || rule.At != access.InPath {
			continue
		}
		path := strings.TrimPrefix(rule.Pattern, "GET ") + "?day=2026-05-02"
		for token, others := range map[string][]string{c.full: {"globex", "plant"}, payments: {"acme", "search"}} {
			fill := func(enterprise, org, team string) string {
				return strings.NewReplacer("{enterprise}", enterprise, "{org}", org, "{team}", team, "{user}", "u001").Replace(path)
			}
			there, answer := c.ask(asker{header: bearer(token)}, http.MethodGet, fill(others[0], others[1], "reactor"))
			not, other := c.ask(asker{header: bearer(token)}, http.MethodGet, fill("nowhere", "nowhere", "nothing"))
			if there != http.StatusNotFound || not != http.StatusNotFound || bodyOf(answer) != bodyOf(other) || !strings.Contains(answer, `"message":"Not Found"`) {
				t.Errorf("%s: %d %s, of one that does not exist %d %s", path, there, bodyOf(answer), not, bodyOf(other))
			}
			compared++
		}
	}
	if compared < 40 {
		t.Errorf("only %d answers were compared", compared)
	}
	c.fatal(c.stores.directory.SetPolicy(t.Context(), c.entities["acme"].ID, directory.PolicyDisabled))
	status, answer := c.ask(asker{header: bearer(c.full)}, http.MethodGet, "/api/v3/enterprises/acme/copilot/metrics/reports/users-1-day?day=2026-05-10")
	if status != http.StatusForbidden || !strings.Contains(answer, `"message":"The 'Copilot usage metrics' policy must be enabled to use this API"`) {
		t.Errorf("with the policy off: %d %s", status, answer)
	}
}

// TestGitHubAPIMasks asks as somebody who may not view people.
func TestGitHubAPIMasks(t *testing.T) {
	c := newClients(t)
	ctx, full, narrow := t.Context(), c.github(c.full).Copilot, c.github(c.narrow).Copilot
	file := func(api *gh.CopilotService, d string) *gh.CopilotDailyMetrics {
		t.Helper()
		r, _, err := api.GetEnterpriseDailyMetricsReport(ctx, "acme", &gh.CopilotMetricsReportOptions{Day: d})
		c.fatal(err)
		m, _, err := api.DownloadDailyMetrics(ctx, r.DownloadLinks[0])
		c.fatal(err)
		return m
	}
	whole, masked := file(full, "2026-05-05"), file(narrow, "2026-05-05")
	if *whole.LOCAddedSum != *masked.LOCAddedSum || *whole.DailyActiveUsers != *masked.DailyActiveUsers {
		t.Errorf("the totals differ: %+v, %+v", whole, masked)
	}
	lines := func(m *gh.CopilotDailyMetrics) map[string]int {
		out := map[string]int{}
		for _, row := range m.TotalsByLanguageFeature {
			out[row.Language] += *row.LOCAddedSum
		}
		return out
	}
	if got := fmt.Sprint(lines(whole)); got != "map[cobol:30 go:270]" {
		t.Errorf("by language: %s", got)
	}
	got := lines(masked)
	if got["cobol"] != 0 || got["others"] == 0 || got["others"]+got["go"] != 300 {
		t.Errorf("masked by language: %v", got)
	}
	r, _, err := narrow.GetEnterpriseMetricsReport(ctx, "acme")
	c.fatal(err)
	period, _, err := narrow.DownloadPeriodicMetrics(ctx, r.DownloadLinks[0])
	c.fatal(err)
	for _, d := range period.DayTotals {
		if n := lines(d)["cobol"]; n != 0 || *d.LOCAddedSum != 300 {
			t.Errorf("masked on %s: cobol %d, of all %d", d.Day, n, *d.LOCAddedSum)
		}
	}
	if len(period.DayTotals) != 28 {
		t.Errorf("masked: %d days", len(period.DayTotals))
	}
	for _, row := range masked.TotalsByFeature {
		if row.Feature != "agent_edit" && row.Feature != "others" {
			t.Errorf("masked by feature: %+v", row)
		}
	}
	// What a report says is what a question says.
	_, answer := c.ask(asker{header: bearer(c.narrow)}, http.MethodGet, "/api/v1/query?enterprise=acme&measures=loc_added&by=language&from=2026-05-05&to=2026-05-05&where=tool%3Dcopilot")
	if strings.Contains(answer, "cobol") || strings.Contains(answer, `["go",`) != (got["go"] != 0) {
		t.Errorf("the report says %v, the query %s", got, bodyOf(answer))
	}
	for _, path := range []string{"/enterprises/acme/copilot/metrics/reports/users-1-day?day=2026-05-05", "/enterprises/acme/copilot/metrics/reports/repos-1-day?day=2026-05-10",
		"/orgs/payments/copilot/metrics/reports/organization-1-day?day=2026-05-02",
		"/enterprises/acme/copilot/billing/seats", "/orgs/payments/members", "/orgs/payments/teams/core/members", "/orgs/search/copilot/billing"} {
		if status, answer := c.ask(asker{header: bearer(c.narrow)}, http.MethodGet, "/api/v3"+path); status != http.StatusForbidden || !strings.Contains(answer, "people") {
			t.Errorf("%s: %d %s", path, status, bodyOf(answer))
		}
	}
	// An aggregate of which nobody knows whose it is goes out as it came if it is of enough people.
	c.importLines("acme", "", `{"day":"2026-03-01","enterprise_id":"77","daily_active_users":25,"loc_added_sum":50,"loc_deleted_sum":0,"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":50,"loc_deleted_sum":0}],"kept":1}`+"\n"+
		`{"day":"2026-03-02","enterprise_id":"77","daily_active_users":7,"loc_added_sum":50,"loc_deleted_sum":0,"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":50,"loc_deleted_sum":0}],"kept":1}`)
	if m := file(narrow, "2026-03-01"); len(m.TotalsByFeature) != 1 || m.TotalsByFeature[0].Feature != "agent_edit" {
		t.Errorf("an aggregate of many: %+v", m)
	}
	if status, answer := c.ask(asker{header: bearer(c.narrow)}, http.MethodGet, "/api/v3/enterprises/acme/copilot/metrics/reports/enterprise-1-day?day=2026-03-02&tools=all"); status != http.StatusForbidden {
		t.Errorf("an aggregate of few as it came: %d %s", status, bodyOf(answer))
	}
	if m := file(narrow, "2026-03-02"); *m.LOCAddedSum != 50 || len(m.TotalsByFeature) != 1 || m.TotalsByFeature[0].Feature != "others" {
		t.Errorf("an aggregate of few: %+v", m)
	}
}

// TestGitHubAPIPseudonyms asks for people where they have pseudonyms: the same in reports,
// seats and lists, with numbers for ids.
func TestGitHubAPIPseudonyms(t *testing.T) {
	c := newClients(t)
	c.privacy(true, true)
	ctx, client := t.Context(), c.github(c.full)
	r, _, err := client.Copilot.GetEnterpriseUsersDailyMetricsReport(ctx, "acme", &gh.CopilotMetricsReportOptions{Day: "2026-05-10"})
	c.fatal(err)
	users, _, err := client.Copilot.DownloadUserDailyMetrics(ctx, r.DownloadLinks[0])
	c.fatal(err)
	if len(users) != clientPeople || !strings.HasPrefix(users[0].UserLogin, "person-") {
		t.Fatalf("users: %+v", users[0])
	}
	seats, _, err := client.Copilot.ListCopilotEnterpriseSeats(ctx, "acme", nil)
	c.fatal(err)
	u, _ := seats.Seats[0].GetUser()
	one, _, err := client.Copilot.GetSeatDetails(ctx, "payments", u.GetLogin())
	c.fatal(err)
	if again, _ := one.GetUser(); again.GetID() != u.GetID() || !strings.HasPrefix(u.GetLogin(), "person-") {
		t.Errorf("a seat: %+v, again %+v", u, again)
	}
	members, _, err := client.Organizations.ListMembers(ctx, "payments", nil)
	c.fatal(err)
	if !strings.HasPrefix(members[0].GetLogin(), "person-") {
		t.Errorf("a member: %+v", members[0])
	}
}

// TestDownloadLinks fetches files in the ways that clients do, at another server over the
// same database, and below a path.
func TestDownloadLinks(t *testing.T) {
	c := newClients(t)
	status, answer := c.ask(asker{header: http.Header{"Authorization": {"token " + c.full}}}, http.MethodGet, "/api/v3/enterprises/acme/copilot/metrics/reports/users-1-day?day=2026-05-10")
	if status != http.StatusOK || !strings.Contains(answer, "Codegauge-Records-Left-Out:[1]") {
		t.Fatalf("%d %s", status, answer)
	}
	link := linksOf(t, bodyOf(answer))[0]
	fetch := func(link string, header http.Header) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequest(http.MethodGet, link, nil)
		c.fatal(err)
		if header != nil {
			req.Header = header
		}
		res, err := (&http.Transport{DisableCompression: true}).RoundTrip(req)
		c.fatal(err)
		defer res.Body.Close()
		body := io.Reader(res.Body)
		if res.Header.Get("Content-Encoding") == "gzip" {
			body, err = gzip.NewReader(body)
			c.fatal(err)
		}
		b, err := io.ReadAll(body)
		c.fatal(err)
		return res, string(b)
	}
	_, plain := fetch(link, nil)
	if strings.Count(plain, "\n") != clientPeople || !strings.Contains(plain, `"a_new_member":{"kept":[1,2]}`) || strings.Contains(plain, "ann") {
		t.Errorf("%d lines: %.400s", strings.Count(plain, "\n"), plain)
	}
	for name, header := range map[string]http.Header{"a token": bearer(c.full), "a stranger's token": bearer("cg_0123"), "gzip": {"Accept-Encoding": {"gzip"}}} {
		res, body := fetch(link, header)
		if res.StatusCode != http.StatusOK || body != plain || name == "gzip" != (res.Header.Get("Content-Encoding") == "gzip") {
			t.Errorf("with %s: %d, %d bytes", name, res.StatusCode, len(body))
		}
	}
	if res, body := fetch(link+"0", nil); res.StatusCode != http.StatusNotFound || !strings.Contains(body, `"message":"this download link does not exist`) {
		t.Errorf("a changed link: %d %s", res.StatusCode, body)
	}
	// Every tool, for another Codegauge.
	_, answer = c.ask(asker{header: bearer(c.full)}, http.MethodGet, "/api/v3/enterprises/acme/copilot/metrics/reports/users-1-day?day=2026-05-10&tools=all")
	if _, body := fetch(linksOf(t, bodyOf(answer))[0], nil); strings.Count(body, "\n") != clientPeople+1 || !strings.Contains(body, `"tool":"cursor","enterprise_id":"77","user_id":"ann@acme.example"`) {
		t.Errorf("every tool: %.300s", body)
	}
	// Another server over the same data, below a path.
	a := newTestAppWith(t, map[string]string{"public_url": "https://codegauge.example.com/below"})
	i, err := (&serveCmd{}).newInstance(a, c.stores, nil)
	c.fatal(err)
	defer i.pages.Close()
	second := httptest.NewServer(i.http.Handler)
	defer second.Close()
	_, path, _ := strings.Cut(link, "/api/v3/")
	if res, body := fetch(second.URL+"/below/api/v3/"+path, nil); res.StatusCode != http.StatusOK || body != plain {
		t.Errorf("at another server: %d", res.StatusCode)
	}
	for host, origin := range map[string]string{"codegauge.example.com": "https://codegauge.example.com/below", second.Listener.Addr().String(): second.URL + "/below"} {
		req, err := http.NewRequest(http.MethodGet, second.URL+"/below/api/v3/orgs/payments/members", nil)
		c.fatal(err)
		req.Host, req.Header = host, bearer(c.full)
		res, err := http.DefaultTransport.RoundTrip(req)
		c.fatal(err)
		res.Body.Close()
		if got := res.Header.Get("Link"); !strings.HasPrefix(got, "<"+origin+`/api/v3/orgs/payments/members?page=2>; rel="next"`) {
			t.Errorf("asked as %s: %d %s", host, res.StatusCode, got)
		}
	}
}

func linksOf(t *testing.T, body string) []string {
	t.Helper()
	var r struct {
		Links []string `json:"download_links"`
	}
	if err := json.Unmarshal([]byte(body), &r); err != nil || len(r.Links) == 0 {
		t.Fatalf("no links in %s", body)
	}
	return r.Links
}

// TestGhCLI asks with GitHub's command line.
func TestGhCLI(t *testing.T) {
	program, err := exec.LookPath("gh")
	if err != nil {
		t.Skip("gh is not installed (Debian: apt-get install gh)")
	}
	c := newClients(t)
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, append([]string{"api"}, args...)...)
		cmd.Env = append(os.Environ(), "GH_ENTERPRISE_TOKEN="+c.full, "GH_CONFIG_DIR="+t.TempDir(), "GH_PROMPT_DISABLED=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("gh %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	if out := run(c.server.URL+"/api/v3/enterprises/acme/copilot/metrics/reports/users-1-day?day=2026-05-10", "--jq", ".download_links[]"); !strings.HasPrefix(out, c.server.URL+"/api/v3/downloads/") {
		t.Errorf("links: %s", out)
	}
	if out := run("--paginate", c.server.URL+"/api/v3/orgs/payments/members?per_page=50", "--jq", ".[].login"); strings.Count(out, "\n") != 120 {
		t.Errorf("%d members: %.300s", strings.Count(out, "\n"), out)
	}
	if out := run("--paginate", c.server.URL+"/api/v3/enterprises/acme/copilot/billing/seats?per_page=100", "--jq", ".seats[].assignee.login"); strings.Count(out, "\n") != 123 {
		t.Errorf("%d seats: %.300s", strings.Count(out, "\n"), out)
	}
}

// octokitVersion is the client that TestOctokit asks with.
const octokitVersion = "@octokit/core@7.0.8"

const octokitScript = `
import { Octokit } from "@octokit/core";
const octokit = new Octokit({ auth: process.env.TOKEN, baseUrl: process.env.BASE });
const report = await octokit.request("GET /enterprises/{enterprise}/copilot/metrics/reports/users-1-day", { enterprise: "acme", day: "2026-05-10" });
const file = await (await fetch(report.data.download_links[0])).text();
const none = await octokit.request("GET /orgs/{org}/copilot/metrics/reports/organization-1-day", { org: "payments", day: "2025-01-01" });
const seats = await octokit.request("GET /orgs/{org}/copilot/billing/seats", { org: "payments", per_page: 100 });
let failed;
try { await octokit.request("GET /enterprises/{enterprise}/copilot/metrics/reports/users-28-day/latest", { enterprise: "globex" }); } catch (e) { failed = e; }
console.log(JSON.stringify({ day: report.data.report_day, lines: file.trim().split("\n").length, none: none.status, seats: seats.data.seats.length, link: seats.headers.link, failed: failed.status, message: failed.message }));
`

// TestOctokit asks with GitHub's client for JavaScript.
func TestOctokit(t *testing.T) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("npm is not installed: octokit is not tried")
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, npm, "install", "--no-save", "--no-audit", "--no-fund", octokitVersion)
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("%s cannot be installed: %v\n%.300s", octokitVersion, err, out)
	}
	c := newClients(t)
	c.fatal(os.WriteFile(filepath.Join(dir, "try.mjs"), []byte(octokitScript), 0o600))
	cmd := exec.CommandContext(ctx, "node", "try.mjs")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TOKEN="+c.full, "BASE="+c.server.URL+"/api/v3")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := fmt.Sprintf(`{"day":"2026-05-10","lines":%d,"none":204,"seats":100,"link":"<%s/api/v3/orgs/payments/copilot/billing/seats?page=2&per_page=100>; rel=\"next\", <%[2]s/api/v3/orgs/payments/copilot/billing/seats?page=2&per_page=100>; rel=\"last\"","failed":404,"message":"Not Found - https://docs.github.com/rest/copilot/copilot-usage-metrics"}`, clientPeople, c.server.URL)
	if strings.TrimSpace(string(out)) != want {
		t.Errorf("octokit says\n%swant\n%s", out, want)
	}
}

// TestGhHostname asks with gh as people do who name a host: it then insists on TLS at port 443
// of that name, which a proxy of the test leads to the server.
func TestGhHostname(t *testing.T) {
	program, err := exec.LookPath("gh")
	if err != nil {
		t.Skip("gh is not installed (Debian: apt-get install gh)")
	}
	cert, key, _ := selfSigned(t, t.TempDir())
	c := newClientsWith(t, map[string]string{"public_url": "https://" + publicHost, "tls_cert": cert, "tls_key": key})
	certificate, err := newCertificate(cert, key)
	c.fatal(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	c.fatal(err)
	go func() { _ = c.http.Serve(tls.NewListener(l, certificate.config())) }()
	t.Cleanup(func() { c.http.Close() })
	var asked atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != publicHost+":443" {
			t.Errorf("gh asks for %s %s", r.Method, r.Host)
			return
		}
		asked.Add(1)
		to, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return
		}
		defer to.Close()
		w.WriteHeader(http.StatusOK)
		from, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer from.Close()
		go func() { _, _ = io.Copy(to, buffered) }()
		_, _ = io.Copy(from, to)
	}))
	t.Cleanup(proxy.Close)
	for path, want := range map[string]string{
		"/enterprises/acme/copilot/metrics/reports/users-1-day?day=2026-05-10": "https://" + publicHost + "/api/v3/downloads/",
		"enterprises/acme/copilot/billing/seats?per_page=1":                    `"total_seats":120`,
	} {
		cmd := exec.CommandContext(t.Context(), program, "api", "--hostname", publicHost, path)
		cmd.Env = append(os.Environ(), "GH_ENTERPRISE_TOKEN="+c.full, "GH_CONFIG_DIR="+t.TempDir(), "GH_PROMPT_DISABLED=1", "HTTPS_PROXY="+proxy.URL, "SSL_CERT_FILE="+cert)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("gh api --hostname %s %s: %v\n%.400s", publicHost, path, err, out)
		}
	}
	if asked.Load() == 0 {
		t.Error("gh did not come through the proxy")
	}
}
