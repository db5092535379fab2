package access

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// land is a directory of two enterprises: acme, whose organizations core and labs
// decide on the policy themselves (core has it on) and whose team red is of core; and
// bolt, whose policy is off, with an organization core too.
type land struct {
	*world
	acme, core, labs, red, bolt, boltCore directory.Entity
}

func newLand(t testing.TB, opt Options) *land {
	t.Helper()
	l := &land{world: newWorld(t, opt)}
	first, err := l.dir.Reserve(t.Context(), 6)
	l.ok(err)
	l.acme = directory.Entity{ID: first, Kind: directory.Enterprise, Enterprise: first, Slug: "acme", Policy: directory.PolicyOrganizations}
	l.core = directory.Entity{ID: first + 1, Kind: directory.Organization, Enterprise: first, Slug: "core", Policy: directory.PolicyEnabled}
	l.labs = directory.Entity{ID: first + 2, Kind: directory.Organization, Enterprise: first, Slug: "labs"}
	l.red = directory.Entity{ID: first + 3, Kind: directory.Team, Enterprise: first, Organization: first + 1, Slug: "red"}
	l.bolt = directory.Entity{ID: first + 4, Kind: directory.Enterprise, Enterprise: first + 4, Slug: "bolt"}
	l.boltCore = directory.Entity{ID: first + 5, Kind: directory.Organization, Enterprise: first + 4, Slug: "core"}
	l.ok(l.dir.Put(t.Context(), []directory.Entity{l.acme, l.core, l.labs, l.red, l.bolt, l.boltCore}))
	return l
}

// holder is a person who has permissions in an entity; 0 is the installation.
func holder(entity int64, permissions ...Permission) *Principal {
	return &Principal{Kind: Signed, held: []roleBinding{{entity, permissions}}}
}

func permissionsOf(role string) []Permission {
	r, _ := builtIn(role)
	return r.Permissions
}

// authorize asks the guard about a request to the route of a pattern.
func (l *land) authorize(pattern, target string, p *Principal) (at Place, err error) {
	l.t.Helper()
	rule, ok := RuleFor(pattern)
	if !ok {
		l.t.Fatalf("no route %s", pattern)
	}
	method, _, _ := strings.Cut(pattern, " ")
	mux := http.NewServeMux()
	mux.HandleFunc(pattern, func(_ http.ResponseWriter, r *http.Request) {
		at, err = NewGuard(l.authenticator).authorize(r, rule, p)
	})
	err = errors.New("the pattern does not lead there")
	mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, target, nil))
	return at, err
}

// TestGuard asks for routes as those who may and those who may not.
func TestGuard(t *testing.T) {
	l := newLand(t, Options{})
	var (
		nobody   = &Principal{Kind: Anonymous}
		operator = NewOperator()
		owner    = holder(l.acme.ID, All...)
		billing  = holder(l.acme.ID, permissionsOf(BillingManager)...)
		coreBoss = holder(l.core.ID, permissionsOf(OrganizationOwner)...)
		lead     = holder(l.red.ID, permissionsOf(TeamLead)...)
		coach    = holder(l.red.ID, ViewTeam, ViewPeople)
		onlyHR   = holder(l.red.ID, ViewPeople)
		member   = holder(l.acme.ID)
		stranger = holder(l.bolt.ID, All...)
		everyone = holder(0, All...)
	)
	const (
		fine   = ""
		hidden = "does not exist, or you do not have access"
		off    = "policy must be enabled"
		signIn = "sign in"
	)
	const team, people, page = "GET /orgs/{org}/teams/{team}/insights/code-generation", "GET /orgs/{org}/teams/{team}/insights/users", "GET /orgs/{org}"
	const ask, export, settings = "GET /api/v1/query", "GET /api/v1/export", "GET /orgs/{org}/settings/policy"
	for _, c := range []struct {
		name, pattern, target string
		who                   *Principal
		says                  string
		at                    *directory.Entity
	}{
		{"sign-in page", "GET /sign-in", "/sign-in", nobody, fine, nil},
		{"home", "GET /{$}", "/", nobody, signIn, nil},
		{"home", "GET /{$}", "/", member, fine, nil},
		{"local", "POST /api/v1/local/verify", "/api/v1/local/verify", everyone, "local credential", nil},
		{"local", "POST /api/v1/local/verify", "/api/v1/local/verify", operator, fine, nil},
		{"demo", "POST /demo/role", "/demo/role", owner, hidden, nil},
		{"installation", "GET /import", "/import", owner, hidden, nil},
		{"installation", "GET /import", "/import", everyone, fine, nil},
		{"each enterprise", "GET /metrics", "/metrics", owner, hidden, nil},
		{"each enterprise", "GET /metrics", "/metrics", everyone, fine, nil},

		{"team", team, "/orgs/core/teams/red/insights/code-generation", lead, fine, &l.red},
		{"team from above", team, "/orgs/core/teams/red/insights/code-generation", coreBoss, fine, &l.red},
		{"team from the top", team, "/orgs/core/teams/red/insights/code-generation", billing, fine, &l.red},
		{"team of another", team, "/orgs/core/teams/red/insights/code-generation", stranger, hidden, nil},
		{"team that is not there", team, "/orgs/core/teams/blue/insights/code-generation", owner, hidden, nil},
		{"team of another organization", team, "/orgs/labs/teams/red/insights/code-generation", owner, hidden, nil},
		{"member", team, "/orgs/core/teams/red/insights/code-generation", member, hidden, nil},
		{"of two organizations the one that is seen", page, "/orgs/core", stranger, fine, &l.boltCore},
		{"of two organizations the one that is seen", page, "/orgs/core", coreBoss, fine, &l.core},
		{"organization from below", page, "/orgs/core", lead, hidden, nil},
		{"organization without the policy", "GET /orgs/{org}/insights/code-generation", "/orgs/labs/insights/code-generation", owner, off, nil},
		{"enterprise without the policy", "GET /enterprises/{enterprise}/insights/code-generation", "/enterprises/bolt/insights/code-generation", stranger, off, nil},
		{"the operator needs no policy", "GET /enterprises/{enterprise}/insights/code-generation", "/enterprises/bolt/insights/code-generation", operator, fine, &l.bolt},
		{"team of the enterprise", "GET /enterprises/{enterprise}/teams/{team}", "/enterprises/acme/teams/red", lead, fine, &l.red},

		{"people", people, "/orgs/core/teams/red/insights/users", coach, fine, &l.red},
		{"people without that permission", people, "/orgs/core/teams/red/insights/users", lead, `"view-people" in red`, nil},
		{"people without the metrics", people, "/orgs/core/teams/red/insights/users", onlyHR, hidden, nil},
		{"settings", settings, "/orgs/core/settings/policy", coreBoss, fine, &l.core},
		{"settings of what is only seen", settings, "/orgs/core/settings/policy", billing, `"view-settings" in core`, nil},

		{"question", ask, "/api/v1/query?enterprise=acme&org=core&measures=x", coreBoss, fine, &l.core},
		{"question without an enterprise", ask, "/api/v1/query?org=core&team=red", lead, fine, &l.red},
		{"question of where", ask, "/api/v1/query?where=organization=core&where=team=red", lead, fine, &l.red},
		{"two organizations", ask, "/api/v1/query?org=core&where=organization=labs", owner, hidden, nil},
		{"wider than seen", ask, "/api/v1/query?org=core", lead, hidden, nil},
		{"by organization from below", ask, "/api/v1/query?org=core&by=organization", coreBoss, `"view-enterprise-metrics" in acme`, nil},
		{"by team below", ask, "/api/v1/query?org=core&by=day,team", coreBoss, fine, &l.core},
		{"by team of a team", ask, "/api/v1/query?org=core&team=red&by=team", lead, `"view-enterprise-metrics" in acme`, nil},
		{"by user", ask, "/api/v1/query?org=core&team=red&by=day&by=user", lead, `"view-people"`, nil},
		{"of a user", ask, "/api/v1/query?org=core&team=red&where=user=ann", lead, `"view-people"`, nil},
		{"by user", ask, "/api/v1/query?org=core&team=red&by=user", coach, fine, &l.red},
		{"of another enterprise", ask, "/api/v1/query?enterprise=bolt", owner, hidden, nil},
		{"which enterprise", ask, "/api/v1/query", everyone, "several enterprises exist: name one of acme, bolt", nil},
		{"nothing is known", ask, "/api/v1/query", holder(0x7fffffff, All...), hidden, nil},
		{"not a query", ask, "/api/v1/query?a=%zz", owner, "cannot read the query string", nil},
		{"the operator's words", ask, "/api/v1/query?enterprise=nowhere", operator, fine, nil},
		{"the operator's words, of which some are known", ask, "/api/v1/query?enterprise=acme&org=nowhere", operator, fine, nil},
		{"export", export, "/api/v1/export?org=core&report=users-1-day", owner, fine, &l.core},
		{"export of people", export, "/api/v1/export?org=core&report=users-1-day", coreBoss, `"view-people"`, nil},
		{"export of an aggregate", export, "/api/v1/export?org=core&report=organization-1-day", coreBoss, fine, &l.core},
		{"export without that permission", export, "/api/v1/export?org=core&team=red", coach, `"export" in red`, nil},
	} {
		at, err := l.authorize(c.pattern, c.target, c.who)
		switch {
		case c.says == fine && err != nil, c.says != fine && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s, %s: got %v, want %q", c.name, c.target, err, c.says)
		case err == nil && (at.Entity() == nil) != (c.at == nil), err == nil && c.at != nil && at.Entity().ID != c.at.ID:
			t.Errorf("%s, %s: about %+v, want %+v", c.name, c.target, at.Entity(), c.at)
		}
	}
}

// TestProtect: what is behind the guard knows who asks and what about; what is refused
// never comes there.
func TestProtect(t *testing.T) {
	l := newLand(t, Options{Demo: true})
	who := l.person(DemoEmail(TeamLead), "")
	_, err := l.dir.Grant(t.Context(), directory.Grant{Person: who.ID, Role: TeamLead, Entity: l.red.ID})
	l.ok(err)
	g := NewGuard(l.authenticator)
	if _, err := g.Protect("GET /no/such/route", nil, nil); err == nil {
		t.Error("a route without a row was let through")
	}
	var reached *Principal
	var about *directory.Entity
	var refused error
	serve := func(pattern, method, target string, headers ...string) {
		t.Helper()
		reached, about, refused = nil, nil, nil
		h, err := g.Protect(pattern, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			reached, about = Of(r.Context()), PlaceOf(r.Context()).Entity()
		}), func(_ http.ResponseWriter, _ *http.Request, err error) { refused = err })
		l.ok(err)
		mux := http.NewServeMux()
		mux.Handle(pattern, h)
		r := httptest.NewRequest(method, target, nil)
		r.AddCookie(&http.Cookie{Name: DemoCookie, Value: TeamLead})
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		mux.ServeHTTP(httptest.NewRecorder(), r)
	}
	serve("GET /orgs/{org}/teams/{team}", "GET", "/orgs/core/teams/red")
	if refused != nil || reached == nil || reached.Role != TeamLead || reached.Person.ID != who.ID || about == nil || about.ID != l.red.ID {
		t.Errorf("got %+v about %+v, %v", reached, about, refused)
	}
	serve("GET /orgs/{org}", "GET", "/orgs/core")
	if reached != nil || fault.KindOf(refused) != fault.NotFound {
		t.Errorf("an organization: got %+v, %v", reached, refused)
	}
	serve("POST /demo/role", "POST", "/demo/role")
	if reached != nil || fault.KindOf(refused) != fault.Forbidden {
		t.Errorf("a change from nowhere: got %+v, %v", reached, refused)
	}
	for _, header := range []string{"Origin", "Sec-Fetch-Site"} {
		serve("POST /demo/role", "POST", "/demo/role", header, "x")
		if reached == nil {
			t.Errorf("a change with %s: got %v", header, refused)
		}
	}
	serve("GET /healthz", "GET", "/healthz")
	if reached == nil || reached.Kind != Anonymous {
		t.Errorf("a public route: got %+v, %v", reached, refused)
	}

	rec := httptest.NewRecorder()
	l.ok(l.authenticator.SetDemoRole(rec, Member))
	if c := rec.Result().Cookies(); len(c) != 1 || c[0].Name != DemoCookie || c[0].Value != Member || !c[0].HttpOnly {
		t.Errorf("got the cookies %v", c)
	}
	if err := l.authenticator.SetDemoRole(rec, "king"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v", err)
	}
}

func TestPolicy(t *testing.T) {
	on, off := directory.Entity{Policy: directory.PolicyEnabled}, directory.Entity{}
	each := directory.Entity{Policy: directory.PolicyOrganizations}
	for _, c := range []struct {
		at Place
		ok bool
	}{
		{Place{Enterprise: &on}, true}, {Place{Enterprise: &on, Organization: &off}, true}, {Place{Enterprise: &off, Organization: &on}, false},
		{Place{Enterprise: &each}, false}, {Place{Enterprise: &each, Organization: &on}, true}, {Place{Enterprise: &each, Organization: &off}, false},
	} {
		err := CheckPolicy(c.at)
		if (err == nil) != c.ok || err != nil && fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%+v: got %v", c.at, err)
		}
	}
}

// TestLinks: a link is shown to whom its route lets in.
func TestLinks(t *testing.T) {
	l := newLand(t, Options{})
	lead := holder(l.red.ID, ViewTeam)
	for _, c := range []struct {
		pattern string
		who     *Principal
		at      Place
		want    bool
	}{
		{"GET /no/such/route", NewOperator(), Place{}, false},
		{"GET /healthz", &Principal{}, Place{}, true},
		{"GET /me", &Principal{Kind: Anonymous}, Place{}, false},
		{"GET /me", lead, Place{}, true},
		{"GET /import", lead, Place{}, false},
		{"GET /import", NewOperator(), Place{}, true},
		{"GET /orgs/{org}/teams/{team}", lead, Place{Enterprise: &l.acme, Organization: &l.core, Team: &l.red}, true},
		{"GET /orgs/{org}", lead, Place{Enterprise: &l.acme, Organization: &l.core}, false},
		{"GET /orgs/{org}", lead, Place{}, false},
		// Whatever the policy says: the page tells.
		{"GET /enterprises/{enterprise}/insights/code-generation", holder(l.bolt.ID, All...), Place{Enterprise: &l.bolt}, true},
	} {
		if got := c.who.Allows(c.pattern, c.at); got != c.want {
			t.Errorf("%s: got %t", c.pattern, got)
		}
	}
}

func TestResolve(t *testing.T) {
	l := newLand(t, Options{})
	owner := holder(l.acme.ID, All...)
	at, err := Resolve(t.Context(), l.dir, owner, ScopeNames{Org: "core", Team: "red"})
	if err != nil || at.Enterprise.ID != l.acme.ID || at.Organization.ID != l.core.ID || at.Team.ID != l.red.ID {
		t.Errorf("got %+v, %v", at, err)
	}
	if err := May(owner, Manage, at); err != nil {
		t.Errorf("the owner: %v", err)
	}
	if err := May(holder(l.bolt.ID, All...), Manage, at); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a stranger: %v", err)
	}
	if MayEverywhere(owner, Import) == nil || MayEverywhere(NewOperator(), Import) != nil {
		t.Error("an enterprise's owner may do what the operator may")
	}
	if _, err := Resolve(t.Context(), l.dir, owner, ScopeNames{Enterprise: "nowhere"}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestRoles(t *testing.T) {
	l := newLand(t, Options{})
	l.ok(l.dir.PutRole(t.Context(), directory.Role{Enterprise: l.acme.ID, Name: "coach", Permissions: []string{"view-team-metrics", "of-a-later-version"}}))
	for _, c := range []struct {
		role string
		in   *directory.Entity
		n    int // how many permissions
		kind fault.Kind
		says string
	}{
		{EnterpriseOwner, nil, len(All), 0, ""},
		{EnterpriseOwner, &l.acme, len(All), 0, ""},
		{EnterpriseOwner, &l.red, 0, fault.Invalid, "applies to the installation or an enterprise"},
		{TeamLead, &l.core, 0, fault.Invalid, "applies to a team"},
		{OrganizationOwner, &l.core, 4, 0, ""},
		{"coach", &l.red, 1, 0, ""},
		{"coach", &l.bolt, 0, fault.NotFound, "does not exist"},
		{"king", nil, 0, fault.NotFound, `"king" does not exist`},
	} {
		got, err := RolePermissions(t.Context(), l.dir, c.role, c.in)
		if len(got) != c.n || (err == nil) != (c.says == "") || err != nil && (fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: got %v, %v", c.role, got, err)
		}
	}
	if got, err := ParsePermissions([]string{" export", "import", "export"}); err != nil || len(got) != 2 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := ParsePermissions([]string{"fly"}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v", err)
	}
}

// TestPrincipals: answers are shared within a class, and the audit log names who did it.
func TestPrincipals(t *testing.T) {
	a, b := holder(7, ViewTeam), holder(7, ViewTeam)
	b.Person.ID, b.Address = 9, "192.0.2.1"
	for name, other := range map[string]*Principal{"another place": holder(8, ViewTeam), "more": holder(7, ViewTeam, ViewPeople), "a token": {Kind: Program, held: a.held}, "nobody": {Kind: Anonymous}} {
		if a.CacheKey() == other.CacheKey() {
			t.Errorf("%s is of one class", name)
		}
	}
	if a.CacheKey() != b.CacheKey() {
		t.Error("people who may do the same are of two classes")
	}
	for want, p := range map[string]*Principal{"token 4": {Kind: Program, Token: directory.Token{ID: 4}}, "demo member": {Kind: Demo, Role: Member}, "operator": NewOperator(), "anonymous": {Kind: Anonymous}} {
		if got := p.Actor(); got.Name != want {
			t.Errorf("got %+v, want %s", got, want)
		}
	}
	ctx := context.Background()
	if p, asked := Asker(ctx); asked || p != nil || Of(ctx).Kind != Anonymous {
		t.Error("somebody asks where nobody was said to")
	}
	ctx = With(ctx, b)
	if p, asked := Asker(ctx); !asked || p != b || Of(ctx) != b {
		t.Error("it is not known who asks")
	}
	red := directory.Entity{ID: 7, Kind: directory.Team, Enterprise: 1, Organization: 2}
	if !a.CanView(red) || a.ViewsPeople(red) || !holder(2, ViewPeople).ViewsPeople(red) || !holder(1, ViewEnterprise).CanView(red) || holder(3, All...).CanView(red) {
		t.Error("what may be done in an entity is not what may be done in those that hang from it")
	}
}
