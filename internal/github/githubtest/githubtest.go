// Package githubtest is a fake of GitHub's API for tests: it serves reports, files, seats,
// people and teams, and misbehaves if a test wants it to. It records every request, so that
// a test can check which hosts have received a credential.
package githubtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/github"
)

// Kinds of fake: DotCom and Tenant serve api.github.com and a tenant at ghe.com over TLS,
// for clients with the Options of the fake; Plain serves loopback addresses over HTTP.
const (
	DotCom = "https://api.github.com"
	Tenant = "https://api.acme.ghe.com"
	Plain  = "http"
)

// Stranger is a host of the fake to which download links must not lead.
const Stranger = "stranger.example"

// Token is a token that may read everything.
const Token = "ghp_0123456789abcdefghij0123456789abcdef"

// GitHub is the fake. Its exported fields are set before it is called.
type GitHub struct {
	t    testing.TB
	kind string
	// Enterprise is the slug of the only enterprise.
	Enterprise string
	// Today is the day on which it is called; the newest report is of three days before.
	Today day.Day
	// Tokens are the accepted credentials, each with whether it may read an endpoint.
	Tokens map[string]func(endpoint string) bool
	// API and Files, if set, may serve a request instead of the fake, and then return true.
	API, Files func(w http.ResponseWriter, r *http.Request) bool
	// Link, if set, changes a download link.
	Link func(link string) string
	// Apps are the organizations, and the enterprise, in which an App is installed.
	Apps []string

	mu       sync.Mutex
	reports  map[reportKey][][]byte
	seats    map[string][]string // by scope
	members  map[string][]github.User
	teams    map[string][]github.Team
	inTeam   map[int64][]github.User
	orgs     []github.Organization
	requests []Request
	valid    map[string]bool // installation tokens
	server   *httptest.Server
	files    *httptest.Server
	stranger *httptest.Server
	base     string
}

type reportKey struct {
	scope  string // slug, with "org " before an organization's
	report string
	day    day.Day
}

// Request is a request that the fake has received.
type Request struct {
	Host, Method, Path, Query string
	// Authorization is the header's value, "" without one.
	Authorization string
	Status        int
}

// New returns a fake, which is closed at the end of the test.
func New(t testing.TB, kind string) *GitHub {
	g := &GitHub{t: t, kind: kind, Enterprise: "acme", Today: day.Date(2026, 11, 24), Tokens: map[string]func(string) bool{Token: func(string) bool { return true }},
		reports: map[reportKey][][]byte{}, seats: map[string][]string{}, members: map[string][]github.User{}, teams: map[string][]github.Team{},
		inTeam: map[int64][]github.User{}, valid: map[string]bool{}}
	if kind == Plain {
		g.server = httptest.NewServer(http.HandlerFunc(g.serve))
		g.files = httptest.NewServer(http.HandlerFunc(g.serve))
		g.stranger = httptest.NewServer(http.HandlerFunc(g.serve))
		t.Cleanup(g.files.Close)
		t.Cleanup(g.stranger.Close)
		g.base = g.server.URL
	} else {
		g.server = httptest.NewUnstartedServer(http.HandlerFunc(g.serve))
		g.server.TLS = tlsConfig(t)
		g.server.StartTLS()
		g.base = kind
	}
	t.Cleanup(g.server.Close)
	return g
}

// BaseURL returns the base URL for a source of the fake.
func (g *GitHub) BaseURL() string { return g.base }

// FilesHost returns the host of download links if it has to be allowed, else "".
func (g *GitHub) FilesHost() string {
	if g.kind != Plain {
		return ""
	}
	return strings.TrimPrefix(g.files.URL, "http://")
}

// Options returns the options for a client of the fake.
func (g *GitHub) Options() github.Options {
	base, err := github.ParseBase(g.base)
	if err != nil {
		g.t.Fatal(err)
	}
	c, err := github.TokenCredential(Token)
	if err != nil {
		g.t.Fatal(err)
	}
	opt := github.Options{Base: base, Credential: c, UserAgent: "codegauge-test", RootCAs: pool(g.t), Stall: 2 * time.Second}
	if host := g.FilesHost(); host != "" {
		opt.AllowHosts = []string{host}
	} else {
		opt.Dial = g.dial
	}
	return opt
}

// PutReport stores a day's report as the given files.
func (g *GitHub) PutReport(s github.Scope, r github.Report, d day.Day, files ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := [][]byte{}
	for _, f := range files {
		list = append(list, []byte(f))
	}
	g.reports[reportKey{scopeKey(s), r.Path(s), d}] = list
}

// PutSeats stores the seats of a scope, each a JSON object.
func (g *GitHub) PutSeats(s github.Scope, seats ...string) { g.seats[scopeKey(s)] = seats }

// PutOrganization stores an organization with its members and teams.
func (g *GitHub) PutOrganization(o github.Organization, members []github.User, teams ...github.Team) {
	g.orgs = append(g.orgs, o)
	g.members[o.Login] = members
	g.teams["org "+o.Login] = teams
}

// PutEnterpriseTeam stores a team of the enterprise.
func (g *GitHub) PutEnterpriseTeam(t github.Team, members ...github.User) {
	g.teams[g.Enterprise] = append(g.teams[g.Enterprise], t)
	g.PutTeamMembers(t, members...)
}

// PutTeamMembers stores the members of a team.
func (g *GitHub) PutTeamMembers(t github.Team, members ...github.User) { g.inTeam[t.ID] = members }

// Requests returns the requests so far.
func (g *GitHub) Requests() []Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.requests)
}

// Forget forgets the requests so far.
func (g *GitHub) Forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests = nil
}

// Leaks returns the requests that sent a credential to a host other than the API's.
func (g *GitHub) Leaks() (out []Request) {
	api := strings.TrimPrefix(strings.TrimPrefix(g.base, "https://"), "http://")
	for _, r := range g.Requests() {
		if r.Host != api && r.Authorization != "" {
			out = append(out, r)
		}
	}
	return out
}

func scopeKey(s github.Scope) string {
	if s.Org != "" {
		return "org " + strings.ToLower(s.Org)
	}
	return s.Enterprise
}

// statusRecorder keeps an answer's status.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (n *statusRecorder) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

// Unwrap lets a handler reach the connection.
func (n *statusRecorder) Unwrap() http.ResponseWriter { return n.ResponseWriter }

func (g *GitHub) serve(w http.ResponseWriter, r *http.Request) {
	n := &statusRecorder{w, http.StatusOK}
	defer func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.requests = append(g.requests, Request{r.Host, r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Authorization"), n.status})
	}()
	api := r.Host == strings.TrimPrefix(strings.TrimPrefix(g.base, "https://"), "http://")
	if strings.HasPrefix(r.URL.Path, "/files/") || !api {
		if g.Files == nil || !g.Files(n, r) {
			g.file(n, r)
		}
		return
	}
	if g.API == nil || !g.API(n, r) {
		g.api(n, r)
	}
}

// Fail answers as GitHub answers errors.
func Fail(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)})
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}

func (g *GitHub) api(w http.ResponseWriter, r *http.Request) {
	path := strings.Trim(r.URL.Path, "/")
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if strings.HasPrefix(path, "app/") {
		g.app(w, r, path, token)
		return
	}
	g.mu.Lock()
	may, known := g.Tokens[token]
	if g.valid[token] {
		may, known = func(string) bool { return true }, true
	}
	g.mu.Unlock()
	if !known {
		Fail(w, http.StatusUnauthorized, "Bad credentials")
		return
	}
	w.Header().Set("X-RateLimit-Limit", "5000")
	w.Header().Set("X-RateLimit-Remaining", "4990")
	w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10))
	parts := strings.Split(path, "/")
	scope := ""
	switch {
	case path == "graphql":
		g.organizations(w, may)
		return
	case len(parts) > 2 && parts[0] == "enterprises":
		scope = parts[1]
	case len(parts) > 2 && parts[0] == "orgs":
		scope = "org " + strings.ToLower(parts[1])
	default:
		Fail(w, http.StatusNotFound, "Not Found")
		return
	}
	if scope != g.Enterprise && !g.hasOrg(scope) {
		Fail(w, http.StatusNotFound, "Not Found")
		return
	}
	rest := strings.Join(parts[2:], "/")
	if name, ok := strings.CutPrefix(rest, "copilot/metrics/reports/"); ok {
		g.report(w, r, scope, name, may)
		return
	}
	g.list(w, r, scope, rest, may)
}

func (g *GitHub) hasOrg(scope string) bool {
	return slices.ContainsFunc(g.orgs, func(o github.Organization) bool { return scope == "org "+strings.ToLower(o.Login) })
}

func (g *GitHub) organizations(w http.ResponseWriter, may func(string) bool) {
	if !may("organizations") {
		answer(w, map[string]any{"data": map[string]any{"enterprise": nil}, "errors": []any{map[string]string{"type": "INSUFFICIENT_SCOPES", "message": "Your token has not been granted the required scopes"}}})
		return
	}
	nodes := []any{}
	for _, o := range g.orgs {
		nodes = append(nodes, map[string]any{"databaseId": o.ID, "login": o.Login, "name": o.Name})
	}
	answer(w, map[string]any{"data": map[string]any{"enterprise": map[string]any{"organizations": map[string]any{"nodes": nodes, "pageInfo": map[string]any{"hasNextPage": false}}}}})
}

func (g *GitHub) report(w http.ResponseWriter, r *http.Request, scope, name string, may func(string) bool) {
	if !may(name) {
		Fail(w, http.StatusForbidden, "Resource not accessible by personal access token")
		return
	}
	if latest, ok := strings.CutSuffix(name, "-28-day/latest"); ok {
		if !may(latest + "-1-day") {
			Fail(w, http.StatusForbidden, "Resource not accessible by personal access token")
			return
		}
		answer(w, map[string]any{"download_links": []string{}, "report_start_day": g.Today - 30, "report_end_day": g.Today - 3})
		return
	}
	d, err := day.Parse(r.URL.Query().Get("day"))
	if err != nil {
		Fail(w, http.StatusUnprocessableEntity, "day is not a date")
		return
	}
	g.mu.Lock()
	files, ok := g.reports[reportKey{scope, name, d}]
	g.mu.Unlock()
	switch {
	case !ok && strings.HasPrefix(scope, "org "):
		w.WriteHeader(http.StatusNoContent)
		return
	case !ok:
		Fail(w, http.StatusNotFound, "Not Found")
		return
	}
	links := []string{}
	for i := range files {
		links = append(links, g.link(scope, name, d, i))
	}
	answer(w, map[string]any{"download_links": links, "report_day": d})
}

func (g *GitHub) link(scope, name string, d day.Day, file int) string {
	host := "https://copilot-reports.github.com"
	switch g.kind {
	case Plain:
		host = g.files.URL
	case Tenant:
		host = "https://copilot-reports.acme.ghe.com"
	}
	q := url.Values{"scope": {scope}, "report": {name}, "day": {d.String()}, "file": {strconv.Itoa(file)}, "sig": {"0123"}}
	link := fmt.Sprintf("%s/files/part-%05d.json?%s", host, file, q.Encode())
	if g.Link != nil {
		link = g.Link(link)
	}
	return link
}

// StrangerURL is the address of a host that is not GitHub's.
func (g *GitHub) StrangerURL() string {
	if g.kind == Plain {
		return g.stranger.URL
	}
	return "https://" + Stranger
}

// File returns the bytes that a request for a file asks for.
func (g *GitHub) File(r *http.Request) ([]byte, bool) {
	q := r.URL.Query()
	d, err := day.Parse(q.Get("day"))
	n, _ := strconv.Atoi(q.Get("file"))
	g.mu.Lock()
	defer g.mu.Unlock()
	files := g.reports[reportKey{q.Get("scope"), q.Get("report"), d}]
	if err != nil || n >= len(files) {
		return nil, false
	}
	return files[n], true
}

func (g *GitHub) file(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "" {
		http.Error(w, "a signed link takes no Authorization", http.StatusBadRequest)
		return
	}
	body, ok := g.File(r)
	if !ok {
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

func (g *GitHub) list(w http.ResponseWriter, r *http.Request, scope, rest string, may func(string) bool) {
	name := map[string]string{"copilot/billing/seats": "seats", "members": "members", "teams": "teams"}[rest]
	if rest == "teams" && !strings.HasPrefix(scope, "org ") {
		name = "enterprise-teams"
	}
	if name == "" && strings.HasPrefix(rest, "teams/") {
		name = "teams"
	}
	switch {
	case name == "":
		Fail(w, http.StatusNotFound, "Not Found")
	case !may(name):
		Fail(w, http.StatusForbidden, "Must have admin rights")
	case name == "seats":
		seats := g.seats[scope]
		page, more := paged(r, seats)
		g.next(w, r, more)
		people := map[string]bool{}
		for _, s := range seats {
			people[assignee(s)] = true
		}
		answer(w, map[string]any{"total_seats": len(people), "seats": raw(page)})
	case name == "members":
		page, more := paged(r, g.members[strings.TrimPrefix(scope, "org ")])
		g.next(w, r, more)
		answer(w, page)
	case rest == "teams":
		page, more := paged(r, g.teams[scope])
		g.next(w, r, more)
		answer(w, page)
	default:
		g.teamMembers(w, r, scope, strings.Split(rest, "/")[1])
	}
}

func (g *GitHub) teamMembers(w http.ResponseWriter, r *http.Request, scope, key string) {
	for _, t := range g.teams[scope] {
		if t.Slug == key || strconv.FormatInt(t.ID, 10) == key {
			page, more := paged(r, g.inTeam[t.ID])
			g.next(w, r, more)
			answer(w, page)
			return
		}
	}
	Fail(w, http.StatusNotFound, "Not Found")
}

func assignee(seat string) string {
	var s struct {
		Assignee struct {
			ID int64 `json:"id"`
		} `json:"assignee"`
	}
	_ = json.Unmarshal([]byte(seat), &s)
	return strconv.FormatInt(s.Assignee.ID, 10)
}

func raw(list []string) []json.RawMessage {
	out := []json.RawMessage{}
	for _, s := range list {
		out = append(out, json.RawMessage(s))
	}
	return out
}

// paged returns the page that a request asks for, and whether there are more.
func paged[T any](r *http.Request, all []T) ([]T, bool) {
	per, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	per, page = min(max(per, 1), 100), max(page, 1)
	from := min((page-1)*per, len(all))
	to := min(from+per, len(all))
	return append([]T{}, all[from:to]...), to < len(all)
}

func (g *GitHub) next(w http.ResponseWriter, r *http.Request, more bool) {
	if !more {
		return
	}
	q := maps.Clone(r.URL.Query())
	page, _ := strconv.Atoi(q.Get("page"))
	q.Set("page", strconv.Itoa(max(page, 1)+1))
	w.Header().Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, g.base, r.URL.Path, q.Encode()))
}

// app answers what an App asks as itself.
func (g *GitHub) app(w http.ResponseWriter, r *http.Request, path, token string) {
	if strings.Count(token, ".") != 2 {
		Fail(w, http.StatusUnauthorized, "A JSON web token could not be decoded")
		return
	}
	if path == "app/installations" {
		list := []any{}
		for i, name := range g.Apps {
			kind := "Organization"
			if name == g.Enterprise {
				kind = "Enterprise"
			}
			list = append(list, map[string]any{"id": i + 1, "target_type": kind, "account": map[string]string{"login": name, "slug": name}})
		}
		answer(w, list)
		return
	}
	number, _ := strconv.Atoi(strings.Split(path, "/")[2])
	if number < 1 || number > len(g.Apps) {
		Fail(w, http.StatusNotFound, "Not Found")
		return
	}
	g.mu.Lock()
	made := fmt.Sprintf("ghs_%d_%d", number, len(g.valid))
	g.valid[made] = true
	g.mu.Unlock()
	w.WriteHeader(http.StatusCreated)
	answer(w, map[string]any{"token": made, "expires_at": time.Now().Add(time.Hour).UTC()})
}

// Revoke makes every installation token invalid.
func (g *GitHub) Revoke() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.valid)
}

// Hang closes the connection of a request without an answer.
func Hang(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
}
