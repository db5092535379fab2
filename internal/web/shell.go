package web

import (
	"net/http"
	"net/url"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/directory"
)

// Page is what every page needs around its own view.
type Page struct {
	Title string
	// Enterprise is what the enterprise is called, "" on pages of none; Within is
	// the organization or team that the page is about, "" for all of it.
	Enterprise, EnterpriseURL string
	Within                    string
	// Switch leads to the organizations of the enterprise that the viewer may see.
	Switch []Choice
	Nav    []NavGroup
	Demo   *DemoBanner
	// SignedIn offers to sign out.
	SignedIn bool
	// Charts asks for the chart library.
	Charts bool
}

// NavGroup is a part of the sidebar; Label is "" for the first.
type NavGroup struct {
	Label string
	Items []NavItem
}

// NavItem is a link of the sidebar.
type NavItem struct {
	Label, URL, Icon string
	Current          bool
}

// DemoBanner says that the data is a sample, and as whom one looks at it.
type DemoBanner struct {
	Roles []DemoRole
}

// DemoRole is a role of the switch.
type DemoRole struct {
	Name, Label string
	On          bool
}

// link is an entry of the sidebar: it is shown to those whom its route lets in.
type link struct{ label, pattern, icon string }

// The sidebar's entries, by what a page is about. {enterprise}, {org} and {team}
// are filled in from the place.
var (
	enterpriseLinks = []link{
		{"nav.codegen", "GET /enterprises/{enterprise}/insights/code-generation", "code"},
		{"nav.teams", "GET /enterprises/{enterprise}/insights/teams", "team"},
		{"nav.seats", "GET /enterprises/{enterprise}/insights/seats", "seat"},
		{"nav.users", "GET /enterprises/{enterprise}/insights/users", "person"},
		{"nav.coverage", "GET /enterprises/{enterprise}/insights/data-quality", "coverage"},
		{"nav.definitions", "GET /enterprises/{enterprise}/insights/definitions", "book"},
		{"nav.import", "GET /enterprises/{enterprise}/import", "import"},
	}
	organizationLinks = []link{
		{"nav.codegen", "GET /orgs/{org}/insights/code-generation", "code"},
		{"nav.teams", "GET /orgs/{org}/insights/teams", "team"},
		{"nav.seats", "GET /orgs/{org}/insights/seats", "seat"},
		{"nav.users", "GET /orgs/{org}/insights/users", "person"},
		{"nav.coverage", "GET /orgs/{org}/insights/data-quality", "coverage"},
		{"nav.definitions", "GET /orgs/{org}/insights/definitions", "book"},
	}
	organizationTeamLinks = []link{
		{"nav.codegen", "GET /orgs/{org}/teams/{team}/insights/code-generation", "code"},
		{"nav.users", "GET /orgs/{org}/teams/{team}/insights/users", "person"},
		{"nav.coverage", "GET /orgs/{org}/teams/{team}/insights/data-quality", "coverage"},
		{"nav.definitions", "GET /orgs/{org}/teams/{team}/insights/definitions", "book"},
	}
	teamLinks = []link{
		{"nav.codegen", "GET /enterprises/{enterprise}/teams/{team}/insights/code-generation", "code"},
		{"nav.users", "GET /enterprises/{enterprise}/teams/{team}/insights/users", "person"},
		{"nav.coverage", "GET /enterprises/{enterprise}/teams/{team}/insights/data-quality", "coverage"},
		{"nav.definitions", "GET /enterprises/{enterprise}/teams/{team}/insights/definitions", "book"},
	}
	commonLinks = []link{
		{"nav.enterprises", "GET /{$}", "home"},
		{"nav.import", "GET /import", "import"},
	}
)

// settingsLinks returns the entries of the settings that a place has.
func settingsLinks(at access.Place, who *access.Principal) []link {
	base := "GET /enterprises/{enterprise}/settings/"
	switch {
	case at.Team != nil || at.Enterprise == nil:
		return nil
	case at.Organization != nil:
		base = "GET /orgs/{org}/settings/"
	}
	var out []link
	for _, p := range settingsPages() {
		if p.people && !who.ViewsPeople(*at.Entity()) {
			continue
		}
		out = append(out, link{"settings." + p.name, base + p.name, p.icon})
	}
	return out
}

// linksOf returns the entries of a place.
func linksOf(at access.Place) []link {
	switch {
	case at.Team != nil && at.Organization != nil:
		return organizationTeamLinks
	case at.Team != nil:
		return teamLinks
	case at.Organization != nil:
		return organizationLinks
	case at.Enterprise != nil:
		return enterpriseLinks
	}
	return commonLinks
}

// shell returns the page around a view about a place; current is the path of the
// page itself.
func (web *Web) shell(r *http.Request, at access.Place, title, current string) Page {
	who := access.Of(r.Context())
	p := Page{Title: title, SignedIn: who.Kind == access.Signed}
	if web.opt.Demo {
		p.Demo = web.demoBanner(who)
	}
	web.addNav(&p, "", linksOf(at), at, who, current)
	web.addNav(&p, web.text.Get("nav.settings"), settingsLinks(at, who), at, who, current)
	if who.Person.ID != 0 {
		web.addNav(&p, web.text.Get("nav.you"), []link{{"nav.me", "GET /me", "person"}}, at, who, current)
	}
	if at.Enterprise == nil {
		return p
	}
	p.Enterprise, p.EnterpriseURL = at.Enterprise.Label(), "/"
	if who.CanView(*at.Enterprise) {
		p.EnterpriseURL = codeGenerationPath(at.Enterprise.Key())
	}
	if e := at.Entity(); e.Kind != directory.Enterprise {
		p.Within = e.Label()
	}
	p.Switch = web.switchPlaces(r, at, who)
	return p
}

// maxPlaces is how many organizations the top bar offers; the front page and
// the filter have all.
const maxPlaces = 50

// switchPlaces offers the enterprise and its organizations, where the viewer may
// see more than one of them. A directory that does not answer leaves them out:
// what the page is about says why.
func (web *Web) switchPlaces(r *http.Request, at access.Place, who *access.Principal) []Choice {
	orgs, err := web.data.Entities(r.Context(), at.Enterprise.Key(), directory.Organization)
	if err != nil {
		return nil
	}
	var out []Choice
	if who.CanView(*at.Enterprise) {
		out = append(out, Choice{Label: web.text.Get("nav.whole", at.Enterprise.Label()), URL: codeGenerationPath(at.Enterprise.Key()), On: at.Organization == nil && at.Team == nil})
	}
	for _, o := range orgs {
		if who.CanView(o) && len(out) < maxPlaces {
			out = append(out, Choice{Label: o.Label(), URL: insightsPath(access.Place{Enterprise: at.Enterprise, Organization: &o}, "code-generation"), On: at.Organization != nil && at.Organization.ID == o.ID})
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// addNav adds those of the links whose routes let the viewer in.
func (web *Web) addNav(p *Page, label string, links []link, at access.Place, who *access.Principal, current string) {
	g := NavGroup{Label: label}
	for _, l := range links {
		if who.Allows(l.pattern, at) {
			path := pathOf(l.pattern, at)
			g.Items = append(g.Items, NavItem{web.text.Get(l.label), path, l.icon, path == current})
		}
	}
	if len(g.Items) > 0 {
		p.Nav = append(p.Nav, g)
	}
}

// pathOf fills a pattern in.
func pathOf(pattern string, at access.Place) string {
	_, path, _ := strings.Cut(pattern, " ")
	key := func(e *directory.Entity) string {
		if e == nil {
			return ""
		}
		return url.PathEscape(e.Key())
	}
	return strings.NewReplacer("{enterprise}", key(at.Enterprise), "{org}", key(at.Organization), "{team}", key(at.Team), "{$}", "").Replace(path)
}

func (web *Web) demoBanner(who *access.Principal) *DemoBanner {
	b := &DemoBanner{}
	for _, role := range access.DemoRoles {
		b.Roles = append(b.Roles, DemoRole{role, web.text.Get("role." + role), role == who.Role})
	}
	return b
}
