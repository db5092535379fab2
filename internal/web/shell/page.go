package shell

import (
	"cmp"
	"net/http"

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
	// SignedIn offers to sign out; Who is the name of who is signed in, "" in the demo.
	SignedIn bool
	Who      string
	// Views are the viewer's saved views, nil on pages that are not saved.
	Views *Views
	// Version is the program's.
	Version string
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

// Entry is a link of the sidebar: it is shown to those whom the route of its pattern lets
// in. {enterprise}, {org} and {team} are filled in from the place.
type Entry struct{ Label, Pattern, Icon string }

// entriesOf returns the sidebar's first entries, by what a page is about.
func (sh *Shell) entriesOf(at access.Place) []Entry {
	if at.Enterprise == nil {
		return []Entry{{"nav.enterprises", "GET /{$}", "home"}, {"nav.import", "GET /import", "import"}}
	}
	var out []Entry
	for _, d := range sh.dashboards {
		if d.Teams || at.Team == nil {
			out = append(out, Entry{d.Label, "GET " + patternOf(at) + "/insights/" + d.Name, d.Icon})
		}
	}
	if at.Organization == nil && at.Team == nil {
		out = append(out, Entry{"nav.import", "GET /enterprises/{enterprise}/import", "import"})
	}
	return out
}

// patternOf returns the beginning of the routes of pages about such a place.
func patternOf(at access.Place) string {
	base := "/enterprises/{enterprise}"
	if at.Organization != nil {
		base = "/orgs/{org}"
	}
	if at.Team != nil {
		base += "/teams/{team}"
	}
	return base
}

// Frame returns the page around a view about a place; current is the path of the
// page itself.
func (sh *Shell) Frame(r *http.Request, at access.Place, title, current string) Page {
	who := access.Of(r.Context())
	p := Page{Title: title, SignedIn: who.Kind == access.Signed, Version: cmp.Or(sh.Options.Release, sh.Options.Version)}
	if p.SignedIn {
		p.Who = who.Person.Label()
	}
	if sh.Options.Demo {
		p.Demo = sh.demoBanner(who)
	}
	sh.addNav(&p, "", sh.entriesOf(at), at, who, current)
	sh.addNav(&p, sh.Text.Get("nav.settings"), sh.settings(at, who), at, who, current)
	if who.Person.ID != 0 {
		sh.addNav(&p, sh.Text.Get("nav.you"), []Entry{{"nav.me", "GET /me", "person"}}, at, who, current)
	}
	if at.Enterprise == nil {
		return p
	}
	p.Enterprise, p.EnterpriseURL = at.Enterprise.Label(), "/"
	if who.CanView(*at.Enterprise) {
		p.EnterpriseURL = CodeGenerationPath(at.Enterprise.Key())
	}
	if e := at.Entity(); e.Kind != directory.Enterprise {
		p.Within = e.Label()
	}
	p.Switch = sh.switchPlaces(r, at, who)
	return p
}

// maxPlaces is how many organizations the top bar offers; the front page and
// the filter have all.
const maxPlaces = 50

// switchPlaces offers the enterprise and its organizations, where the viewer may
// see more than one of them. A directory that does not answer leaves them out:
// what the page is about says why.
func (sh *Shell) switchPlaces(r *http.Request, at access.Place, who *access.Principal) []Choice {
	orgs, err := sh.Data.Entities(r.Context(), at.Enterprise.Key(), directory.Organization)
	if err != nil {
		return nil
	}
	var out []Choice
	if who.CanView(*at.Enterprise) {
		out = append(out, Choice{Label: sh.Text.Get("nav.whole", at.Enterprise.Label()), URL: CodeGenerationPath(at.Enterprise.Key()), On: at.Organization == nil && at.Team == nil})
	}
	for _, o := range orgs {
		if who.CanView(o) && len(out) < maxPlaces {
			out = append(out, Choice{Label: o.Label(), URL: InsightsPath(access.Place{Enterprise: at.Enterprise, Organization: &o}, "code-generation"), On: at.Organization != nil && at.Organization.ID == o.ID})
		}
	}
	if who.CanEverywhere(access.Import) {
		out = append(out, Choice{Label: sh.Text.Get("nav.enterprises"), URL: "/?all=1"})
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// addNav adds those of the entries whose routes let the viewer in.
func (sh *Shell) addNav(p *Page, label string, entries []Entry, at access.Place, who *access.Principal, current string) {
	g := NavGroup{Label: label}
	for _, l := range entries {
		if who.Allows(l.Pattern, at) {
			path := PathOf(l.Pattern, at)
			g.Items = append(g.Items, NavItem{sh.Text.Get(l.Label), path, l.Icon, path == current})
		}
	}
	if len(g.Items) > 0 {
		p.Nav = append(p.Nav, g)
	}
}

func (sh *Shell) demoBanner(who *access.Principal) *DemoBanner {
	b := &DemoBanner{}
	for _, role := range access.DemoRoles {
		b.Roles = append(b.Roles, DemoRole{role, sh.Text.Get("role." + role), role == who.Role})
	}
	return b
}
