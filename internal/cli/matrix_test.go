package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/intake"
	"codegauge/internal/report"
)

// The places of the matrix: acme with two organizations and a team in each, and
// globex, of which acme's people must learn nothing.
var matrixPlaces = map[string]struct{ enterprise, org, team string }{
	"acme":     {"acme", "", ""},
	"payments": {"acme", "payments", ""},
	"checkout": {"acme", "payments", "checkout"},
	"search":   {"acme", "search", ""},
	"ranking":  {"acme", "search", "ranking"},
	"globex":   {"globex", "", ""},
	"plant":    {"globex", "plant", ""},
	"reactor":  {"globex", "plant", "reactor"},
}

// within lists what hangs from a place, itself included.
var within = map[string][]string{
	"acme": {"acme", "payments", "checkout", "search", "ranking"}, "payments": {"payments", "checkout"}, "search": {"search", "ranking"},
	"globex": {"globex", "plant", "reactor"}, "plant": {"plant", "reactor"},
}

// canaries are planted in each place's data and names. Whoever may not see the
// place must find none of them anywhere.
func canaries(place string) []string {
	var out []string
	for _, kind := range []string{"model", "login", "name"} {
		out = append(out, "canary-"+place+"-"+kind)
	}
	return out
}

// matrix is the running server and who asks it.
type matrix struct {
	t      *testing.T
	stores *stores
	server *httptest.Server
	log    *locked
	// credential is the operator's.
	credential string
	// entities by the name of their place.
	entities map[string]directory.Entity
	now      func() time.Time // of the product
	// http is the server of the product, which server stands in for.
	http *http.Server
}

// asker is a kind of principal: what it sends, and what it is expected to see,
// written down here by hand.
type asker struct {
	name   string
	header http.Header
	// sees lists the places whose metrics it sees; knows those whose names it may
	// learn besides.
	sees, knows []string
	// exports, imports and people are where it may do so.
	exports, imports, manages, people []string
	// reads is where it may read the settings, as those who manage may.
	reads []string
	// anonymous askers are asked to sign in; all others are told 404.
	anonymous bool
	operator  bool
	// everywhere says that it owns the installation.
	everywhere bool
	// monitors says that it may monitor an enterprise.
	monitors bool
	cookie   bool
}

func TestMatrix(t *testing.T) {
	m := newMatrix(t)
	m.privacy(false, true)
	askers := m.askers()
	cells, found := 0, 0
	for _, a := range askers {
		for _, rule := range access.Table {
			if rule.Pattern == "POST /sign-out" {
				continue // below: it ends the session that the others need
			}
			for _, target := range m.targets(rule) {
				cells++
				found += m.check(a, rule, target)
			}
		}
	}
	for _, a := range askers {
		rule, _ := access.RuleFor("POST /sign-out")
		cells++
		found += m.check(a, rule, target{path: "/sign-out"})
	}
	for place := range matrixPlaces {
		for _, c := range canaries(place) {
			if strings.Contains(m.log.String(), c) {
				t.Errorf("the log holds %s", c)
			}
		}
	}
	if found == 0 {
		t.Error("no answer held a canary, so that none was missing says nothing")
	}
	t.Logf("%d cells: %d kinds of principal, %d routes; %d canaries were seen by those who may", cells, len(askers), len(access.Table), found)
}

// target is one request of a route: at a place, by its path or its parameters.
type target struct {
	path, place string
	// people says that the answer would be about single people.
	people, export bool
	// beyond says that the question breaks the place down by what reaches beyond it.
	beyond bool
}

// targets lists the requests of a route: at every place that it can be about.
func (m *matrix) targets(rule access.Rule) []target {
	method, pattern, _ := strings.Cut(rule.Pattern, " ")
	if pattern == "" {
		pattern = method
	}
	pattern = strings.NewReplacer("{$}", "", "{token}", "nosuchtoken", "{name}", "style.css", "{id}", "999999", "{user}", "nobody", "{file}", "nosuchfile").Replace(pattern)
	if strings.HasSuffix(rule.Pattern, "/") && !strings.Contains(rule.Pattern, " ") {
		pattern += "nowhere" // the routes of all other addresses
	}
	var out []target
	switch {
	case rule.At == access.InQuery:
		for name, p := range matrixPlaces {
			query := fmt.Sprintf("%s?enterprise=%s&org=%s&team=%s", pattern, p.enterprise, p.org, p.team)
			if strings.HasSuffix(pattern, "/export") || rule.Pattern == "POST /api/v1/exports" {
				out = append(out, target{path: query + "&report=organization-1-day&day=2026-05-01", place: name, export: true},
					target{path: query + "&report=users-1-day&day=2026-05-01", place: name, export: true, people: true})
				continue
			}
			if strings.HasPrefix(pattern, "/api/v1/exports") {
				out = append(out, target{path: query, place: name, export: true})
				continue
			}
			query += "&from=2026-04-27&to=2026-05-03"
			if strings.HasSuffix(pattern, "/query") {
				out = append(out, target{path: query + "&measures=loc_added&by=model", place: name},
					target{path: query + "&measures=loc_added&by=user", place: name, people: true},
					target{path: query + "&measures=loc_added&by=organization", place: name, beyond: true},
					target{path: strings.Replace(query, "&org="+p.org, "", 1) + "&measures=loc_added&where=organization%3D" + p.org, place: name})
				if p.org == "" {
					out = out[:len(out)-1]
				}
				continue
			}
			out = append(out, target{path: query, place: name})
		}
	case strings.Contains(pattern, "{"):
		for name, p := range matrixPlaces {
			if path, ok := fill(pattern, p.enterprise, p.org, p.team); ok {
				out = append(out, target{path: path, place: name})
			}
		}
	default:
		out = append(out, target{path: pattern})
	}
	slices.SortFunc(out, func(a, b target) int { return strings.Compare(a.path, b.path) })
	return out
}

// fill puts a place into a pattern, if the pattern is about such a place.
func fill(pattern, enterprise, org, team string) (string, bool) {
	wantsOrg, wantsTeam := strings.Contains(pattern, "{org}"), strings.Contains(pattern, "{team}")
	fits := wantsTeam == (team != "") && (wantsOrg == (org != "") || wantsTeam)
	if wantsOrg && org == "" {
		fits = false
	}
	return strings.NewReplacer("{enterprise}", enterprise, "{org}", org, "{team}", team).Replace(pattern), fits
}

// check asks and compares; it returns how many canaries were rightly seen.
func (m *matrix) check(a asker, rule access.Rule, at target) int {
	m.t.Helper()
	method, _, ok := strings.Cut(rule.Pattern, " ")
	if !ok {
		method = http.MethodGet
	}
	status, answer := m.ask(a, method, at.path)
	if why := m.wrong(a, rule, at, status); why != "" {
		m.t.Errorf("%s: %s %s: got %d, %s\n%.300s", a.name, method, at.path, status, why, answer)
	}
	found := 0
	for place := range matrixPlaces {
		for _, c := range canaries(place) {
			held := strings.Contains(answer, c)
			may := a.operator || slices.Contains(a.sees, place) || strings.HasSuffix(c, "-name") && slices.Contains(a.knows, place)
			if held && !may {
				m.t.Errorf("%s: %s %s: the answer (%d) holds %s", a.name, method, at.path, status, c)
			}
			if held && may {
				found++
			}
		}
	}
	return found
}

// wrong says what is wrong with a status, "" if nothing.
func (m *matrix) wrong(a asker, rule access.Rule, at target, status int) string {
	refused := func(want ...int) string {
		if slices.Contains(want, status) {
			return ""
		}
		return fmt.Sprintf("want %v", want)
	}
	allowed := func() string {
		if status == http.StatusUnauthorized || status == http.StatusForbidden || status >= 500 {
			return "want to be let through"
		}
		return ""
	}
	switch {
	case rule.At == access.Public, rule.At == access.Open:
		return allowed()
	case rule.At == access.Linked: // nobody's link is signed
		return refused(http.StatusNotFound)
	case rule.At == access.DemoOnly:
		return refused(http.StatusNotFound, http.StatusForbidden, http.StatusUnauthorized)
	case rule.At == access.Local && a.operator:
		return allowed()
	case rule.At == access.Local:
		return refused(http.StatusUnauthorized)
	case a.anonymous:
		return refused(http.StatusUnauthorized, http.StatusSeeOther, http.StatusForbidden)
	case a.operator:
		return allowed()
	case rule.At == access.SignedIn:
		return allowed()
	case rule.At == access.Everywhere && a.everywhere:
		return allowed()
	case rule.At == access.EachEnterprise && slices.Contains(a.sees, "acme") && slices.Contains(a.sees, "globex"):
		return allowed()
	case rule.At == access.SomeEnterprise && a.monitors:
		return allowed()
	case rule.At == access.Everywhere, rule.At == access.EachEnterprise, rule.At == access.SomeEnterprise:
		return refused(http.StatusNotFound)
	case rule.At == access.InQuery:
		return m.wrongQuery(a, at, refused, allowed)
	}
	return m.wrongPath(a, rule, at, refused, allowed)
}

func (m *matrix) wrongQuery(a asker, at target, refused func(...int) string, allowed func() string) string {
	enterprise := matrixPlaces[at.place].enterprise
	switch {
	case !slices.Contains(a.sees, at.place) && a.settings(at.place):
		return refused(http.StatusForbidden)
	case !slices.Contains(a.sees, at.place):
		return refused(http.StatusNotFound)
	case at.export && !slices.Contains(a.exports, at.place),
		at.people && !slices.Contains(a.people, at.place),
		at.beyond && !slices.Contains(a.sees, enterprise):
		return refused(http.StatusForbidden)
	}
	return allowed()
}

func (m *matrix) wrongPath(a asker, rule access.Rule, at target, refused func(...int) string, allowed func() string) string {
	may := map[access.Permission][]string{access.ViewSettings: append(slices.Clone(a.manages), a.reads...), access.Metrics: a.sees, access.Import: a.imports, access.Manage: a.manages, access.Export: a.exports, access.ViewPeople: a.people}[rule.Need]
	switch {
	case rule.Need == access.ViewPeople && !slices.Contains(a.sees, at.place) && !a.settings(at.place):
		return refused(http.StatusNotFound)
	case strings.HasPrefix(rule.Pattern, "GET ") && strings.HasSuffix(rule.Pattern, "/settings/people") && slices.Contains(a.manages, at.place) && !slices.Contains(a.people, at.place),
		rule.Need == access.ViewPeople && !slices.Contains(a.sees, at.place):
		return refused(http.StatusForbidden)
	case slices.Contains(may, at.place):
		return allowed()
	case slices.Contains(a.sees, at.place), a.settings(at.place):
		return refused(http.StatusForbidden)
	}
	return refused(http.StatusNotFound)
}

// settings reports whether the asker may read a place's settings.
func (a asker) settings(place string) bool {
	return slices.Contains(a.manages, place) || slices.Contains(a.reads, place)
}

// ask returns the status, and the headers and body as text.
func (m *matrix) ask(a asker, method, path string) (int, string) {
	m.t.Helper()
	req, err := http.NewRequest(method, m.server.URL+path, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	for name, values := range a.header {
		req.Header[name] = values
	}
	if a.cookie && method != http.MethodGet {
		req.Header.Set("Origin", m.server.URL)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		m.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return res.StatusCode, fmt.Sprint(res.Header) + "\n" + string(b)
}

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	return newMatrixWith(t, nil)
}

// newMatrixWith is newMatrix of a server with options.
func newMatrixWith(t *testing.T, options map[string]string) *matrix {
	t.Helper()
	return makeMatrix(t, options, func(*matrix) {})
}

// makeMatrix makes a matrix; first is called before any data comes.
func makeMatrix(t *testing.T, options map[string]string, first func(*matrix)) *matrix {
	t.Helper()
	m := &matrix{t: t, log: &locked{}, entities: map[string]directory.Entity{}, now: time.Now}
	a := newTestAppWith(t, options)
	a.log = slog.New(slog.NewTextHandler(m.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	m.stores, err = a.openStores(t.Context(), storeOptions{Log: a.log, Now: func() time.Time { return m.now() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.stores.Close() })
	first(m)
	m.plant()
	i, err := (&serveCmd{}).newInstance(a, m.stores, nil)
	if err != nil {
		t.Fatal(err)
	}
	m.server = httptest.NewServer(i.http.Handler)
	t.Cleanup(func() { m.server.Close(); i.exports.Close(); i.pages.Close() })
	m.credential, m.http = i.credential, i.http
	return m
}

// plant imports each organization's people, with canaries, and names places.
func (m *matrix) plant() {
	m.t.Helper()
	user := 0
	for _, o := range []struct{ enterprise, org, team string }{{"acme", "payments", "checkout"}, {"acme", "search", "ranking"}, {"globex", "plant", "reactor"}} {
		var lines strings.Builder
		for n := range 12 {
			user++
			place := o.org
			if n < 6 {
				place = o.team
			}
			for _, d := range []string{"2026-05-01", "2026-05-02"} {
				fmt.Fprintf(&lines, `{"day":%q,"user_id":%d,"user_login":"canary-%s-login","organization_id":"id-%s","loc_added_sum":10,"loc_deleted_sum":1,`+
					`"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":10,"loc_deleted_sum":1}],`+
					`"totals_by_language_model":[{"language":"go","model":"canary-%s-model","loc_added_sum":10,"loc_deleted_sum":1}],`+
					`"totals_by_model_feature":[{"model":"canary-%s-model","feature":"agent_edit","loc_added_sum":10,"loc_deleted_sum":1}]}`+"\n",
					d, user, place, o.org, place, place)
				if n < 6 {
					fmt.Fprintf(&lines, `{"day":%q,"user_id":%d,"user_login":"canary-%s-login","organization_id":"id-%s","team_id":"id-%s","slug":%q}`+"\n", d, user, place, o.org, o.team, o.team)
				}
			}
		}
		m.importLines(o.enterprise, o.org, lines.String())
	}
	m.name()
}

func (m *matrix) importLines(enterprise, org, text string) (id int64) {
	m.t.Helper()
	result, err := m.stores.Import(m.t.Context(), intake.Request{Enterprise: enterprise, Org: org, Inputs: []report.Input{{Name: org, Size: -1,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}})
	if err != nil || result.RejectedTotal > 0 {
		m.t.Fatalf("import %s: %+v, %v", org, result, err)
	}
	return result.ImportID
}

// name gives every entity a name with a canary.
func (m *matrix) name() {
	m.t.Helper()
	ctx := m.t.Context()
	list, err := m.stores.directory.Entities(ctx)
	if err != nil {
		m.t.Fatal(err)
	}
	for i := range list {
		list[i].Name = "canary-" + list[i].Slug + "-name"
		m.entities[list[i].Slug] = list[i]
	}
	if len(list) != len(matrixPlaces) {
		m.t.Fatalf("%d entities, want %d: %+v", len(list), len(matrixPlaces), list)
	}
	if err := m.stores.directory.Put(ctx, list); err != nil {
		m.t.Fatal(err)
	}
}

// askers makes every kind of principal.
func (m *matrix) askers() []asker {
	all := append(slices.Clone(within["acme"]), within["globex"]...)
	list := []asker{
		{name: "nobody", anonymous: true},
		{name: "a wrong token", anonymous: true, header: bearer("cg_000000000000000000000000000000000000")},
		{name: "a wrong cookie", anonymous: true, cookie: true, header: cookie("wrong")},
		{name: "a revoked token", anonymous: true, header: bearer(m.token("acme", true, 0, "metrics:read"))},
		{name: "an expired token", anonymous: true, header: bearer(m.token("acme", false, -1, "metrics:read"))},
		{name: "a disabled person", anonymous: true, cookie: true, header: m.session(true, access.EnterpriseOwner, "acme")},
		{name: "the operator", operator: true, header: bearer(m.credential)},
		{name: "the owner of the installation", cookie: true, header: m.session(false, access.EnterpriseOwner, ""),
			sees: all, exports: all, imports: all, manages: all, people: all, everywhere: true, monitors: true},
		{name: "an enterprise owner", cookie: true, header: m.session(false, access.EnterpriseOwner, "acme"),
			sees: within["acme"], exports: within["acme"], imports: within["acme"], manages: within["acme"], people: within["acme"], monitors: true},
		{name: "the other enterprise's owner", cookie: true, header: m.session(false, access.EnterpriseOwner, "globex"),
			sees: within["globex"], exports: within["globex"], imports: within["globex"], manages: within["globex"], people: within["globex"], monitors: true},
		{name: "a billing manager", cookie: true, header: m.session(false, access.BillingManager, "acme"), sees: within["acme"], exports: within["acme"]},
		{name: "a guardian of privacy", cookie: true, header: m.session(false, directory.Guardian, "acme"), reads: within["acme"], knows: within["acme"]},
		{name: "an organization owner", cookie: true, header: m.session(false, access.OrganizationOwner, "payments"),
			sees: within["payments"], knows: []string{"acme"}, exports: within["payments"], manages: within["payments"]},
		{name: "a team lead", cookie: true, header: m.session(false, access.TeamLead, "checkout"), sees: []string{"checkout"}, knows: []string{"acme", "payments"}},
		{name: "a member", cookie: true, header: m.session(false, access.Member, "acme"), knows: []string{"acme"}},
		{name: "a person without a role", cookie: true, header: m.session(false, "", "")},
		{name: "an analyst of people", cookie: true, header: m.session(false, "analyst", "payments"),
			sees: within["payments"], knows: []string{"acme"}, people: within["payments"]},
		{name: "an analyst of all organizations", cookie: true, header: m.session(false, "analyst", "acme"),
			sees: []string{"payments", "checkout", "search", "ranking"}, knows: []string{"acme"}, people: within["acme"]},
		{name: "a token that reads metrics", header: bearer(m.token("acme", false, 1, "metrics:read")), sees: within["acme"]},
		{name: "an organization's token that reads metrics", header: bearer(m.token("payments", false, 1, "metrics:read")), sees: within["payments"], knows: []string{"acme"}},
		{name: "a token that exports people", header: bearer(m.token("acme", false, 1, "metrics:read", "users:read", "export")),
			sees: within["acme"], exports: within["acme"], people: within["acme"]},
		{name: "a token that monitors", header: bearer(m.token("acme", false, 1, "monitor")), monitors: true},
		{name: "a token that ingests", header: bearer(m.token("acme", false, 1, "ingest"))},
		{name: "a token that administers", header: bearer(m.token("acme", false, 1, "admin")), manages: within["acme"], imports: within["acme"], knows: within["acme"]},
	}
	return list
}

func bearer(secret string) http.Header { return http.Header{"Authorization": {"Bearer " + secret}} }
func cookie(secret string) http.Header { return http.Header{"Cookie": {"codegauge_session=" + secret}} }

// token makes a token of an entity; it has expired if days is negative.
func (m *matrix) token(place string, revoked bool, days int, scopes ...string) string {
	m.t.Helper()
	ctx, d := m.t.Context(), m.stores.directory
	e := m.entities[place]
	t := directory.Token{Enterprise: e.Enterprise, Scopes: scopes}
	if e.Kind == directory.Organization {
		t.Organization = e.ID
	}
	now := time.Now()
	if days < 0 {
		now, days = now.AddDate(0, 0, -2), 1
	}
	secret, t, err := access.IssueToken(ctx, d, t, "", days, now)
	if err == nil && revoked {
		err = d.RevokeToken(ctx, t.ID)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return secret
}

// session signs a person with one role in.
func (m *matrix) session(disabled bool, role, place string) http.Header {
	m.t.Helper()
	ctx, d := m.t.Context(), m.stores.directory
	p, err := d.PutPerson(ctx, directory.Person{Name: role + " of " + place, Disabled: disabled})
	m.fatal(err)
	if role == "analyst" {
		err = d.PutRole(ctx, directory.Role{Enterprise: m.entities["acme"].ID, Name: role,
			Permissions: []string{string(access.ViewOrganization), string(access.ViewPeople)}})
		m.fatal(err)
	}
	if role != "" {
		_, err = d.Grant(ctx, directory.Grant{Person: p.ID, Role: role, Entity: m.entities[place].ID})
		m.fatal(err)
	}
	return m.sessionOf(p.ID)
}

// sessionOf signs a person in.
func (m *matrix) sessionOf(person int64) http.Header {
	m.t.Helper()
	secret := newCredential()
	sum := sha256.Sum256([]byte(secret))
	_, err := m.stores.directory.CreateSession(m.t.Context(), directory.Session{Person: person, How: "password", Created: time.Now(), Seen: time.Now()}, hex.EncodeToString(sum[:]))
	m.fatal(err)
	return cookie(secret)
}

func (m *matrix) fatal(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// TestForcedBrowsing asks for entities by the numbers and ids that reports have,
// in other letters, and by words that a name could be confused with.
func TestForcedBrowsing(t *testing.T) {
	m := newMatrix(t)
	owner := asker{name: "an organization owner", cookie: true, header: m.session(false, access.OrganizationOwner, "payments")}
	search := m.entities["search"]
	for _, path := range []string{
		"/orgs/id-search/insights/code-generation", "/orgs/SEARCH/insights/data-quality", fmt.Sprintf("/orgs/%d/insights/definitions", search.ID),
		"/orgs/search%2Franking", "/orgs/payments%2F..%2Fsearch/insights/definitions", "/orgs/payments/teams/ranking", "/orgs/payments/teams/search%2Franking",
		"/enterprises/ACME", "/enterprises/1", "/enterprises/acme/teams/ranking/insights/code-generation",
		"/api/v1/query?enterprise=acme&org=payments&org=search&measures=loc_added", "/api/v1/query?enterprise=globex&org=payments&measures=loc_added",
		"/api/v1/query?enterprise=acme&org=payments&where=organization%3Dsearch&measures=loc_added", "/api/v1/query?enterprise=acme&measures=loc_added&where=team%3Dranking",
		"/api/v1/query?enterprise=acme&org=payments&team=ranking&measures=loc_added", "/api/v1/export?enterprise=acme&org=search&report=organization-1-day&day=2026-05-01",
		"/orgs/payments/insights/code-generation?where=team%3Dranking&from=2026-05-01&to=2026-05-02",
	} {
		status, answer := m.ask(owner, http.MethodGet, path)
		if status < 400 {
			t.Errorf("%s: got %d", path, status)
		}
		for _, place := range []string{"search", "ranking", "globex", "plant", "reactor"} {
			if strings.Contains(answer, "canary-"+place) || strings.Contains(answer, place+",") {
				t.Errorf("%s: the answer tells of %s:\n%s", path, place, answer)
			}
		}
	}
	// What is there and what is not look the same.
	_, there := m.ask(owner, http.MethodGet, "/orgs/search/insights/code-generation")
	_, not := m.ask(owner, http.MethodGet, "/orgs/nowhere/insights/code-generation")
	if bodyOf(there) != bodyOf(not) {
		t.Errorf("an organization that is there:\n%s\none that is not:\n%s", bodyOf(there), bodyOf(not))
	}
}

func bodyOf(answer string) string {
	_, body, _ := strings.Cut(answer, "\n")
	return body
}

// TestPolicyOff asks as people who may see, with each policy.
func TestPolicyOff(t *testing.T) {
	m := newMatrix(t)
	owner := asker{name: "an enterprise owner", cookie: true, header: m.session(false, access.EnterpriseOwner, "acme")}
	token := asker{name: "a token", header: bearer(m.token("acme", false, 1, "metrics:read"))}
	acme, payments := m.entities["acme"].ID, m.entities["payments"].ID
	set := func(entity int64, p directory.Policy) {
		t.Helper()
		m.fatal(m.stores.directory.SetPolicy(context.WithoutCancel(t.Context()), entity, p))
	}
	want := func(on map[string]bool) {
		t.Helper()
		for place, on := range on {
			p := matrixPlaces[place]
			status := http.StatusForbidden
			if on {
				status = http.StatusOK
			}
			page := "/enterprises/" + p.enterprise
			if p.org != "" {
				page = "/orgs/" + p.org
			}
			if got, answer := m.ask(owner, http.MethodGet, page+"/insights/code-generation"); got != status || !on && !strings.Contains(answer, `data-empty="policy"`) {
				t.Errorf("%s: the page is %d, want %d", place, got, status)
			}
			got, answer := m.ask(token, http.MethodGet, fmt.Sprintf("/api/v1/query?enterprise=%s&org=%s&measures=loc_added", p.enterprise, p.org))
			if got != status || !on && !strings.Contains(answer, `"message":"The 'Copilot usage metrics' policy must be enabled to use this API","documentation_url":"https://`) {
				t.Errorf("%s: the API is %d, want %d: %s", place, got, status, answer)
			}
		}
	}
	want(map[string]bool{"acme": true, "payments": true, "search": true})
	set(acme, directory.PolicyDisabled)
	set(payments, directory.PolicyEnabled)
	want(map[string]bool{"acme": false, "payments": false, "search": false})
	set(acme, directory.PolicyUnset)
	want(map[string]bool{"acme": false, "payments": false, "search": false})
	set(acme, directory.PolicyOrganizations)
	want(map[string]bool{"acme": false, "payments": true, "search": false})
	// The operator's commands go on, and so does importing.
	if got, _ := m.ask(asker{operator: true, header: bearer(m.credential)}, http.MethodGet, "/api/v1/query?enterprise=acme&measures=loc_added"); got != http.StatusOK {
		t.Errorf("the operator got %d", got)
	}
	if got, _ := m.ask(owner, http.MethodGet, "/enterprises/acme/import"); got != http.StatusOK {
		t.Errorf("importing is %d", got)
	}
}

// TestCrossSiteWrites sends what pages of other sites can make a browser send.
func TestCrossSiteWrites(t *testing.T) {
	m := newMatrix(t)
	owner := m.session(false, access.EnterpriseOwner, "")
	for _, c := range []struct {
		name    string
		headers map[string]string
		refused bool
	}{
		{"same origin", map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": m.server.URL}, false},
		{"same origin, old browser", map[string]string{"Origin": m.server.URL}, false},
		{"typed by the user", map[string]string{"Sec-Fetch-Site": "none"}, false},
		{"neither header", nil, true},
		{"cross-site", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, true},
		{"same site, other port", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"}, true},
		{"cross-site, old browser", map[string]string{"Origin": "https://evil.example"}, true},
		{"opaque origin", map[string]string{"Origin": "null"}, true},
	} {
		for _, rule := range access.Table {
			method, path, _ := strings.Cut(rule.Pattern, " ")
			if method != http.MethodPost || rule.At == access.Local || path == "/sign-out" {
				continue
			}
			path, _ = fill(strings.NewReplacer("{token}", "x", "{id}", "9").Replace(path), "acme", "payments", "checkout")
			req, err := http.NewRequest(method, m.server.URL+path, nil)
			m.fatal(err)
			for k, v := range owner {
				req.Header[k] = v
			}
			for k, v := range c.headers {
				req.Header.Set(k, v)
			}
			res, err := http.DefaultTransport.RoundTrip(req)
			m.fatal(err)
			res.Body.Close()
			if got := res.StatusCode == http.StatusForbidden; got != c.refused {
				t.Errorf("%s: POST %s: got %d", c.name, path, res.StatusCode)
			}
		}
	}
}

// TestLogLines sends what could forge lines of the log and cells of its fields,
// wherever a stranger can put text into it.
func TestLogLines(t *testing.T) {
	m := newMatrix(t)
	const forged = "\ntime=2026-01-01T00:00:00Z level=ERROR msg=forged"
	escaped := url.PathEscape(forged)
	for _, path := range []string{"/" + escaped, "/orgs/" + escaped + "/insights/code-generation", "/api/v1/query?enterprise=" + url.QueryEscape(forged) + "&measures=loc_added",
		"/api/" + escaped, "/sign-in?next=" + url.QueryEscape(forged), "/setup?key=" + url.QueryEscape(forged), "/static/" + escaped} {
		for _, a := range []asker{{}, {header: http.Header{"Authorization": {"Bearer x\" msg=forged"}, "Cookie": {"codegauge_session=\tmsg=forged"}, "X-Forwarded-For": {"1.2.3.4 msg=forged"}}}} {
			m.ask(a, http.MethodGet, path)
		}
	}
	form := url.Values{"email": {"eve@evil.example" + forged}, "password": {"secret" + forged}}
	req, err := http.NewRequest(http.MethodPost, m.server.URL+"/sign-in", strings.NewReader(form.Encode()))
	m.fatal(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", m.server.URL)
	res, err := http.DefaultTransport.RoundTrip(req)
	m.fatal(err)
	res.Body.Close()
	log := strings.TrimSpace(m.log.String())
	for _, line := range strings.Split(log, "\n") {
		if !strings.HasPrefix(line, "time=") || strings.HasPrefix(line, "time=2026-01-01") {
			t.Errorf("a line was forged: %s", line)
		}
	}
	for _, secret := range []string{"eve@evil.example", "secret", "Bearer"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if n := strings.Count(log, "level="); n < 10 {
		t.Errorf("only %d lines were logged", n)
	}
}

// locked is a log that several goroutines write.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
