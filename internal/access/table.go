package access

import (
	"net/http"
	"slices"
)

// Route is a handler and the pattern that leads to it.
type Route struct {
	Pattern string
	Handler http.Handler
}

// At says in which entity a route's permission is needed.
type At int

const (
	// Public routes are everybody's, and nobody is asked who they are: assets, probes.
	Public At = iota
	// Open routes are everybody's too, but differ for those whom we know: sign-in.
	Open
	// SignedIn routes are for everybody whom we know; they show what is one's own.
	SignedIn
	// Local routes are the operator's.
	Local
	// Everywhere routes need the permission in the whole installation.
	Everywhere
	// EachEnterprise routes need it in every enterprise that there is.
	EachEnterprise
	// InPath and InQuery routes need it in the entity that the path's {enterprise},
	// {org} and {team}, or the parameters, name.
	InPath
	InQuery
	// DemoOnly routes are there only in the demo.
	DemoOnly
)

// Metrics, as a rule's need, is whatever lets see the metrics of the entity.
const Metrics Permission = "metrics"

// Rule is a route's row: what it needs and where. Policy rules also need the
// usage metrics policy to be on.
type Rule struct {
	Pattern string
	At      At
	Need    Permission
	Policy  bool
}

// Table has a row for every route. A route without one does not start.
var Table = []Rule{
	// Probes and assets.
	{"GET /healthz", Public, "", false},
	{"GET /readyz", Public, "", false},
	{"GET /metrics", EachEnterprise, Metrics, false},
	{"GET /static/{name}", Public, "", false},
	{"/", Open, "", false},
	{"/api/", Public, "", false},

	// Signing in and out.
	{"GET /sign-in", Open, "", false},
	{"POST /sign-in", Open, "", false},
	{"POST /sign-out", Open, "", false},
	{"GET /sign-in/oidc", Open, "", false},
	{"GET /sign-in/oidc/callback", Open, "", false},
	{"GET /setup", Open, "", false},
	{"POST /setup", Open, "", false},
	{"GET /invitation", Open, "", false},
	{"POST /invitation", Open, "", false},
	{"POST /demo/role", DemoOnly, "", false},

	// The API.
	{"GET /api/v1/query", InQuery, Metrics, true},
	{"GET /api/v1/reconcile", InQuery, Metrics, true},
	{"GET /api/v1/export", InQuery, Export, true},
	{"GET /api/v1/enterprises/{enterprise}/imports", InPath, Import, false},
	{"POST /api/v1/enterprises/{enterprise}/imports/{id}/undo", InPath, Import, false},
	{"GET /api/v1/metrics", SignedIn, "", false},
	{"GET /api/v1/openapi.json", SignedIn, "", false},
	{"GET /api/v1/local/hello", Public, "", false},
	{"POST /api/v1/local/import", Local, "", false},
	{"POST /api/v1/local/delete", Local, "", false},
	{"POST /api/v1/local/verify", Local, "", false},
	{"POST /api/v1/local/backup", Local, "", false},
	{"POST /api/v1/local/admin", Local, "", false},

	// The pages.
	{"GET /{$}", SignedIn, "", false},
	{"GET /enterprises/{enterprise}", InPath, Metrics, false},
	{"GET /enterprises/{enterprise}/insights/{$}", InPath, Metrics, false},
	{"GET /enterprises/{enterprise}/insights/code-generation", InPath, Metrics, true},
	{"GET /enterprises/{enterprise}/insights/data-quality", InPath, Metrics, true},
	{"GET /enterprises/{enterprise}/insights/definitions", InPath, Metrics, false},
	{"GET /help", SignedIn, "", false},
	{"GET /me", SignedIn, "", false},
	{"GET /me/{enterprise}", SignedIn, "", false},
	{"POST /me/{enterprise}", SignedIn, "", false},
	{"GET /me/{enterprise}/export", SignedIn, "", false},
	{"GET /enterprises/{enterprise}/insights/teams", InPath, Metrics, true},
	{"GET /enterprises/{enterprise}/insights/seats", InPath, Metrics, true},
	{"GET /enterprises/{enterprise}/insights/seats/export", InPath, ViewPeople, true},
	{"GET /orgs/{org}/insights/teams", InPath, Metrics, true},
	{"GET /orgs/{org}/insights/seats", InPath, Metrics, true},
	{"GET /orgs/{org}/insights/seats/export", InPath, ViewPeople, true},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/seats", InPath, Metrics, true},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/seats/export", InPath, ViewPeople, true},
	{"GET /orgs/{org}/teams/{team}/insights/seats", InPath, Metrics, true},
	{"GET /orgs/{org}/teams/{team}/insights/seats/export", InPath, ViewPeople, true},
	{"GET /enterprises/{enterprise}/insights/users", InPath, ViewPeople, true},
	{"GET /enterprises/{enterprise}/insights/users/{user}", InPath, ViewPeople, true},
	{"GET /orgs/{org}/insights/users", InPath, ViewPeople, true},
	{"GET /orgs/{org}/insights/users/{user}", InPath, ViewPeople, true},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/users", InPath, ViewPeople, true},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/users/{user}", InPath, ViewPeople, true},
	{"GET /orgs/{org}/teams/{team}/insights/users", InPath, ViewPeople, true},
	{"GET /orgs/{org}/teams/{team}/insights/users/{user}", InPath, ViewPeople, true},
	{"GET /orgs/{org}", InPath, Metrics, false},
	{"GET /orgs/{org}/insights/code-generation", InPath, Metrics, true},
	{"GET /orgs/{org}/insights/data-quality", InPath, Metrics, true},
	{"GET /orgs/{org}/insights/definitions", InPath, Metrics, false},
	{"GET /enterprises/{enterprise}/teams/{team}", InPath, Metrics, false},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/code-generation", InPath, Metrics, true},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/data-quality", InPath, Metrics, true},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/definitions", InPath, Metrics, false},
	{"GET /orgs/{org}/teams/{team}", InPath, Metrics, false},
	{"GET /orgs/{org}/teams/{team}/insights/code-generation", InPath, Metrics, true},
	{"GET /orgs/{org}/teams/{team}/insights/data-quality", InPath, Metrics, true},
	{"GET /orgs/{org}/teams/{team}/insights/definitions", InPath, Metrics, false},
	{"GET /import", Everywhere, Import, false},
	{"POST /import", Everywhere, Import, false},
	{"POST /import/{token}", Everywhere, Import, false},
	{"POST /import/{token}/discard", Everywhere, Import, false},
	{"GET /enterprises/{enterprise}/import", InPath, Import, false},
	{"POST /enterprises/{enterprise}/import", InPath, Import, false},
	{"POST /enterprises/{enterprise}/import/{token}", InPath, Import, false},
	{"POST /enterprises/{enterprise}/import/{token}/discard", InPath, Import, false},

	// The settings.
	{"GET /enterprises/{enterprise}/settings/policy", InPath, Manage, false},
	{"POST /enterprises/{enterprise}/settings/policy", InPath, Manage, false},
	{"GET /enterprises/{enterprise}/settings/roles", InPath, Manage, false},
	{"POST /enterprises/{enterprise}/settings/roles", InPath, Manage, false},
	{"GET /enterprises/{enterprise}/settings/people", InPath, Manage, false},
	{"POST /enterprises/{enterprise}/settings/people", InPath, Manage, false},
	{"GET /enterprises/{enterprise}/settings/tokens", InPath, Manage, false},
	{"POST /enterprises/{enterprise}/settings/tokens", InPath, Manage, false},
	{"GET /enterprises/{enterprise}/settings/privacy", InPath, Manage, false},
	{"POST /enterprises/{enterprise}/settings/privacy", InPath, Manage, false},
	{"GET /enterprises/{enterprise}/settings/imports", InPath, Import, false},
	{"POST /enterprises/{enterprise}/settings/imports", InPath, Import, false},
	{"GET /enterprises/{enterprise}/settings/audit", InPath, Manage, false},
	{"GET /enterprises/{enterprise}/settings/audit/export", InPath, Manage, false},
	{"GET /orgs/{org}/settings/policy", InPath, Manage, false},
	{"POST /orgs/{org}/settings/policy", InPath, Manage, false},
	{"GET /orgs/{org}/settings/roles", InPath, Manage, false},
	{"POST /orgs/{org}/settings/roles", InPath, Manage, false},
	{"GET /orgs/{org}/settings/tokens", InPath, Manage, false},
	{"POST /orgs/{org}/settings/tokens", InPath, Manage, false},
}

// RuleFor returns the row of a pattern, and whether there is one.
func RuleFor(pattern string) (Rule, bool) {
	i := slices.IndexFunc(Table, func(r Rule) bool { return r.Pattern == pattern })
	if i < 0 {
		return Rule{}, false
	}
	return Table[i], true
}

// Allows reports whether the principal may follow a link to a route at a place,
// whatever the policy says: the page behind it tells.
func (p *Principal) Allows(pattern string, at Place) bool {
	rule, ok := RuleFor(pattern)
	switch {
	case !ok:
		return false
	case rule.At == Public, rule.At == Open:
		return true
	case rule.At == SignedIn:
		return p.SignedIn()
	case rule.At == Everywhere:
		return p.CanEverywhere(rule.Need)
	case rule.At == InPath && at.Entity() != nil:
		rule.Policy = false
		return permit(p, rule, at) == nil
	}
	return false
}
