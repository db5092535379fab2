package shell

import (
	"io/fs"
	"net/http"
	"strings"

	"codegauge/internal/access"
)

// Dashboard is a family of pages about a place, at …/insights/Name. Package web registers
// each in one line; access.Table has a row for each of its routes.
type Dashboard struct {
	Name string
	// Label, the key of a text, and Icon are its entry in the sidebar.
	Label, Icon string
	// Teams says that teams have it, too.
	Teams bool
	// Saved says that people may save views of it.
	Saved bool
	// Pages answer for its addresses, by what follows the name: "" is the dashboard itself.
	Pages map[string]Handler
	// Forms take what is sent to them.
	Forms map[string]Handler
	// Templates has a file for each of its views.
	Templates fs.FS
}

// Handler answers a request to a page of the named dashboard; what it returns becomes an
// error page.
type Handler func(sh *Shell, dashboard string, w http.ResponseWriter, r *http.Request) error

// places are the beginnings of the routes of pages about a place.
var places = []string{"/enterprises/{enterprise}", "/orgs/{org}", "/enterprises/{enterprise}/teams/{team}", "/orgs/{org}/teams/{team}"}

// routes lists a dashboard's routes.
func (d Dashboard) routes(sh *Shell) (out []access.Route) {
	for _, at := range places {
		if !d.Teams && strings.HasSuffix(at, "/{team}") {
			continue
		}
		for method, handlers := range map[string]map[string]Handler{"GET ": d.Pages, "POST ": d.Forms} {
			for rest, serve := range handlers {
				out = append(out, sh.Route(method+at+"/insights/"+d.Name+rest, func(w http.ResponseWriter, r *http.Request) error { return serve(sh, d.Name, w, r) }))
			}
		}
	}
	return out
}

// DashboardLabel is what the sidebar calls a dashboard, its name if there is none.
func (sh *Shell) DashboardLabel(name string) string {
	for _, d := range sh.dashboards {
		if d.Name == name {
			return sh.Text.Get(d.Label)
		}
	}
	return name
}
