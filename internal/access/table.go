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
	// SomeEnterprise routes need it in one enterprise at least, and show of those alone.
	SomeEnterprise
	// InPath and InQuery routes need it in the entity that the path's {enterprise},
	// {org} and {team}, or the parameters, name.
	InPath
	InQuery
	// Linked routes are for whom a signed link names, whatever else a request brings. They
	// need what the route that made the link needs.
	Linked
	// DemoOnly routes are there only in the demo.
	DemoOnly
)

// Metrics, as a rule's need, is whatever lets see the metrics of the entity.
const Metrics Permission = "metrics"

// Shows says whose data can be in a route's answers, and with that who is told.
type Shows int

const (
	// Groups routes tell no single person's data: figures of groups, settings, accounts,
	// files of the program. A route must say so.
	Groups Shows = iota + 1
	// Own routes tell whoever asks their own.
	Own
	// People routes can tell single people's data: who they are to tools, and what is
	// known of them. An answer that does so writes a directory.PeopleViewed or PeopleListed
	// entry into the audit log first, and each person finds it at /me.
	People
)

// Rule is a route's row: what it needs and where. Policy rules also need the
// usage metrics policy to be on.
type Rule struct {
	Pattern string
	At      At
	Need    Permission
	Policy  bool
	Shows   Shows
}

// individuals reports whether the route is about single people and nothing else: it is not
// there in an enterprise that is kept without people.
func (r Rule) individuals() bool {
	return r.Shows == People && (r.Need == ViewPeople || r.Need == Manage)
}

// Table has a row for every route. A route without one does not start.
var Table = []Rule{
	// Probes and assets.
	{"GET /healthz", Public, "", false, Groups},
	{"GET /readyz", Public, "", false, Groups},
	{"GET /metrics", EachEnterprise, Metrics, false, Groups},
	{"GET /metrics/insights", SomeEnterprise, Monitor, false, Groups},
	{"GET /static/{name}", Public, "", false, Groups},
	{"/", Open, "", false, Groups},
	{"/api/", Public, "", false, Groups},

	// Signing in and out.
	{"GET /sign-in", Open, "", false, Groups},
	{"POST /sign-in", Open, "", false, Groups},
	{"POST /sign-out", Open, "", false, Groups},
	{"GET /sign-in/oidc", Open, "", false, Groups},
	{"GET /sign-in/oidc/callback", Open, "", false, Groups},
	{"GET /setup", Open, "", false, Groups},
	{"POST /setup", Open, "", false, Groups},
	{"GET /invitation", Open, "", false, Groups},
	{"POST /invitation", Open, "", false, Groups},
	{"POST /demo/role", DemoOnly, "", false, Groups},

	// The API.
	{"GET /api/v1/query", InQuery, Metrics, true, People},
	{"GET /api/v1/adoption", InQuery, Metrics, true, Groups},
	{"GET /api/v1/impact", InQuery, Metrics, true, Groups},
	{"GET /api/v1/reconcile", InQuery, Metrics, true, People},
	{"GET /api/v1/export", InQuery, Export, true, People},
	{"POST /api/v1/exports", InQuery, Export, true, Groups},
	{"GET /api/v1/exports", InQuery, Export, true, Groups},
	{"GET /api/v1/exports/{id}", InQuery, Export, true, Groups},
	{"GET /api/v1/exports/{id}/file", InQuery, Export, true, People},
	{"DELETE /api/v1/exports/{id}", InQuery, Export, true, Groups},
	{"GET /api/v1/enterprises/{enterprise}/imports", InPath, Import, false, Groups},
	{"POST /api/v1/enterprises/{enterprise}/imports/{id}/undo", InPath, Import, false, Groups},
	{"GET /api/v1/metrics", SignedIn, "", false, Groups},
	{"GET /api/v1/openapi.json", SignedIn, "", false, Groups},
	{"GET /api/v1/local/hello", Public, "", false, Groups},
	{"POST /api/v1/local/import", Local, "", false, Groups},
	{"POST /api/v1/local/delete", Local, "", false, Groups},
	{"POST /api/v1/local/verify", Local, "", false, Groups},
	{"POST /api/v1/local/backup", Local, "", false, Groups},
	{"POST /api/v1/local/admin", Local, "", false, People},

	// The API that answers as GitHub's does.
	{"/api/v3/", Public, "", false, Groups},
	{"GET /api/v3/downloads/{file}", Linked, "", false, People},
	{"GET /api/v3/enterprises/{enterprise}/copilot/metrics/reports/enterprise-1-day", InPath, Metrics, true, Groups},
	{"GET /api/v3/enterprises/{enterprise}/copilot/metrics/reports/enterprise-28-day/latest", InPath, Metrics, true, Groups},
	{"GET /api/v3/enterprises/{enterprise}/copilot/metrics/reports/users-1-day", InPath, ViewPeople, true, Groups},
	{"GET /api/v3/enterprises/{enterprise}/copilot/metrics/reports/users-28-day/latest", InPath, ViewPeople, true, Groups},
	{"GET /api/v3/enterprises/{enterprise}/copilot/metrics/reports/user-teams-1-day", InPath, ViewPeople, true, Groups},
	{"GET /api/v3/enterprises/{enterprise}/copilot/metrics/reports/repos-1-day", InPath, ViewPeople, true, Groups},
	{"GET /api/v3/orgs/{org}/copilot/metrics/reports/organization-1-day", InPath, ViewPeople, true, Groups},
	{"GET /api/v3/orgs/{org}/copilot/metrics/reports/organization-28-day/latest", InPath, ViewPeople, true, Groups},
	{"GET /api/v3/orgs/{org}/copilot/metrics/reports/users-1-day", InPath, ViewPeople, true, Groups},
	{"GET /api/v3/orgs/{org}/copilot/metrics/reports/users-28-day/latest", InPath, ViewPeople, true, Groups},
	{"GET /api/v3/orgs/{org}/copilot/metrics/reports/user-teams-1-day", InPath, ViewPeople, true, Groups},
	{"GET /api/v3/orgs/{org}/copilot/metrics/reports/repos-1-day", InPath, ViewPeople, true, Groups},
	{"GET /api/v3/enterprises/{enterprise}/copilot/billing/seats", InPath, ViewPeople, true, People},
	{"GET /api/v3/enterprises/{enterprise}/members/{user}/copilot", InPath, ViewPeople, true, People},
	{"GET /api/v3/enterprises/{enterprise}/teams", InPath, Metrics, false, Groups},
	{"GET /api/v3/enterprises/{enterprise}/teams/{team}/memberships", InPath, ViewPeople, false, People},
	{"GET /api/v3/enterprises/{enterprise}/teams/{team}/organizations", InPath, Metrics, false, Groups},
	{"GET /api/v3/enterprises/{enterprise}/apps/installable_organizations", InPath, Metrics, false, Groups},
	{"GET /api/v3/orgs/{org}/copilot/billing", InPath, Metrics, true, Groups},
	{"GET /api/v3/orgs/{org}/copilot/billing/seats", InPath, ViewPeople, true, People},
	{"GET /api/v3/orgs/{org}/members/{user}/copilot", InPath, ViewPeople, true, People},
	{"GET /api/v3/orgs/{org}/members", InPath, ViewPeople, false, People},
	{"GET /api/v3/orgs/{org}/teams", InPath, Metrics, false, Groups},
	{"GET /api/v3/orgs/{org}/teams/{team}/members", InPath, ViewPeople, false, People},

	// The pages.
	{"GET /{$}", SignedIn, "", false, Groups},
	{"GET /enterprises/{enterprise}", InPath, Metrics, false, Groups},
	{"GET /enterprises/{enterprise}/insights/{$}", InPath, Metrics, false, Groups},
	{"GET /enterprises/{enterprise}/insights/code-generation", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/insights/copilot-usage", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/insights/impact", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/insights/data-quality", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/insights/definitions", InPath, Metrics, false, Groups},
	{"GET /enterprises/{enterprise}/insights/values", InPath, Metrics, true, Groups},
	{"GET /orgs/{org}/insights/values", InPath, Metrics, true, Groups},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/values", InPath, Metrics, true, Groups},
	{"GET /orgs/{org}/teams/{team}/insights/values", InPath, Metrics, true, Groups},
	{"POST /enterprises/{enterprise}/insights/views", InPath, Metrics, true, Own},
	{"POST /orgs/{org}/insights/views", InPath, Metrics, true, Own},
	{"POST /enterprises/{enterprise}/teams/{team}/insights/views", InPath, Metrics, true, Own},
	{"POST /orgs/{org}/teams/{team}/insights/views", InPath, Metrics, true, Own},
	{"GET /enterprises/{enterprise}/insights/exports", InPath, Export, true, Groups},
	{"GET /orgs/{org}/insights/exports", InPath, Export, true, Groups},
	{"POST /enterprises/{enterprise}/insights/exports", InPath, Export, true, Groups},
	{"POST /orgs/{org}/insights/exports", InPath, Export, true, Groups},
	{"GET /enterprises/{enterprise}/insights/code-generation/export", InPath, Metrics, true, People},
	{"GET /orgs/{org}/insights/code-generation/export", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/code-generation/export", InPath, Metrics, true, People},
	{"GET /orgs/{org}/teams/{team}/insights/code-generation/export", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/insights/copilot-usage/export", InPath, Metrics, true, People},
	{"GET /orgs/{org}/insights/copilot-usage/export", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/copilot-usage/export", InPath, Metrics, true, People},
	{"GET /orgs/{org}/teams/{team}/insights/copilot-usage/export", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/insights/impact/export", InPath, Metrics, true, People},
	{"GET /orgs/{org}/insights/impact/export", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/insights/data-quality/export", InPath, Metrics, true, People},
	{"GET /orgs/{org}/insights/data-quality/export", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/data-quality/export", InPath, Metrics, true, People},
	{"GET /orgs/{org}/teams/{team}/insights/data-quality/export", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/impact/export", InPath, Metrics, true, People},
	{"GET /orgs/{org}/teams/{team}/insights/impact/export", InPath, Metrics, true, People},
	{"GET /help", SignedIn, "", false, Groups},
	{"GET /me", SignedIn, "", false, Own},
	{"GET /me/{enterprise}", SignedIn, "", false, Own},
	{"POST /me/{enterprise}", SignedIn, "", false, Own},
	{"GET /me/{enterprise}/export", SignedIn, "", false, Own},
	{"GET /enterprises/{enterprise}/insights/organizations", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/insights/organizations/export", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/insights/teams", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/insights/teams/export", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/insights/seats", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/insights/seats/export", InPath, ViewPeople, true, People},
	{"GET /orgs/{org}/insights/organizations", InPath, Metrics, true, People},
	{"GET /orgs/{org}/insights/organizations/export", InPath, Metrics, true, People},
	{"GET /orgs/{org}/insights/teams", InPath, Metrics, true, People},
	{"GET /orgs/{org}/insights/teams/export", InPath, Metrics, true, People},
	{"GET /orgs/{org}/insights/seats", InPath, Metrics, true, People},
	{"GET /orgs/{org}/insights/seats/export", InPath, ViewPeople, true, People},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/seats", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/seats/export", InPath, ViewPeople, true, People},
	{"GET /orgs/{org}/teams/{team}/insights/seats", InPath, Metrics, true, People},
	{"GET /orgs/{org}/teams/{team}/insights/seats/export", InPath, ViewPeople, true, People},
	{"GET /enterprises/{enterprise}/insights/users", InPath, ViewPeople, true, People},
	{"GET /enterprises/{enterprise}/insights/users/{user}", InPath, ViewPeople, true, People},
	{"GET /orgs/{org}/insights/users", InPath, ViewPeople, true, People},
	{"GET /orgs/{org}/insights/users/{user}", InPath, ViewPeople, true, People},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/users", InPath, ViewPeople, true, People},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/users/{user}", InPath, ViewPeople, true, People},
	{"GET /orgs/{org}/teams/{team}/insights/users", InPath, ViewPeople, true, People},
	{"GET /orgs/{org}/teams/{team}/insights/users/{user}", InPath, ViewPeople, true, People},
	{"GET /orgs/{org}", InPath, Metrics, false, Groups},
	{"GET /orgs/{org}/insights/code-generation", InPath, Metrics, true, People},
	{"GET /orgs/{org}/insights/copilot-usage", InPath, Metrics, true, People},
	{"GET /orgs/{org}/insights/impact", InPath, Metrics, true, People},
	{"GET /orgs/{org}/insights/data-quality", InPath, Metrics, true, People},
	{"GET /orgs/{org}/insights/definitions", InPath, Metrics, false, Groups},
	{"GET /enterprises/{enterprise}/teams/{team}", InPath, Metrics, false, Groups},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/code-generation", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/copilot-usage", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/impact", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/data-quality", InPath, Metrics, true, People},
	{"GET /enterprises/{enterprise}/teams/{team}/insights/definitions", InPath, Metrics, false, Groups},
	{"GET /orgs/{org}/teams/{team}", InPath, Metrics, false, Groups},
	{"GET /orgs/{org}/teams/{team}/insights/code-generation", InPath, Metrics, true, People},
	{"GET /orgs/{org}/teams/{team}/insights/copilot-usage", InPath, Metrics, true, People},
	{"GET /orgs/{org}/teams/{team}/insights/impact", InPath, Metrics, true, People},
	{"GET /orgs/{org}/teams/{team}/insights/data-quality", InPath, Metrics, true, People},
	{"GET /orgs/{org}/teams/{team}/insights/definitions", InPath, Metrics, false, Groups},
	{"GET /import", Everywhere, Import, false, Groups},
	{"POST /import", Everywhere, Import, false, Groups},
	{"POST /import/{token}", Everywhere, Import, false, Groups},
	{"POST /import/{token}/discard", Everywhere, Import, false, Groups},
	{"GET /enterprises/{enterprise}/import", InPath, Import, false, Groups},
	{"POST /enterprises/{enterprise}/import", InPath, Import, false, Groups},
	{"POST /enterprises/{enterprise}/import/{token}", InPath, Import, false, Groups},
	{"POST /enterprises/{enterprise}/import/{token}/discard", InPath, Import, false, Groups},

	// The settings.
	{"GET /enterprises/{enterprise}/settings/policy", InPath, ViewSettings, false, Groups},
	{"POST /enterprises/{enterprise}/settings/policy", InPath, Manage, false, Groups},
	{"GET /enterprises/{enterprise}/settings/roles", InPath, ViewSettings, false, Groups},
	{"POST /enterprises/{enterprise}/settings/roles", InPath, Manage, false, Groups},
	{"GET /enterprises/{enterprise}/settings/people", InPath, Manage, false, People},
	{"POST /enterprises/{enterprise}/settings/people", InPath, Manage, false, People},
	{"GET /enterprises/{enterprise}/settings/tokens", InPath, ViewSettings, false, Groups},
	{"POST /enterprises/{enterprise}/settings/tokens", InPath, Manage, false, Groups},
	{"GET /enterprises/{enterprise}/settings/privacy", InPath, ViewSettings, false, Groups},
	{"POST /enterprises/{enterprise}/settings/privacy", InPath, ViewSettings, false, Groups},
	{"GET /enterprises/{enterprise}/settings/imports", InPath, Import, false, Groups},
	{"POST /enterprises/{enterprise}/settings/imports", InPath, Import, false, Groups},
	{"GET /enterprises/{enterprise}/settings/audit", InPath, ViewSettings, false, Groups},
	{"GET /enterprises/{enterprise}/settings/audit/export", InPath, ViewSettings, false, Groups},
	{"GET /orgs/{org}/settings/policy", InPath, ViewSettings, false, Groups},
	{"POST /orgs/{org}/settings/policy", InPath, Manage, false, Groups},
	{"GET /orgs/{org}/settings/roles", InPath, ViewSettings, false, Groups},
	{"POST /orgs/{org}/settings/roles", InPath, Manage, false, Groups},
	{"GET /orgs/{org}/settings/tokens", InPath, ViewSettings, false, Groups},
	{"POST /orgs/{org}/settings/tokens", InPath, Manage, false, Groups},
	{"GET /enterprises/{enterprise}/settings/sources", InPath, Manage, false, Groups},
	{"POST /enterprises/{enterprise}/settings/sources", InPath, Manage, false, Groups},
	{"GET /orgs/{org}/settings/sources", InPath, Manage, false, Groups},
	{"POST /orgs/{org}/settings/sources", InPath, Manage, false, Groups},
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
