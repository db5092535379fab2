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

// routes lists a dashboard's routes.
func (d Dashboard) routes(sh *Shell) (out []access.Route) {
	for _, at := range []string{"/enterprises/{enterprise}", "/orgs/{org}", "/enterprises/{enterprise}/teams/{team}", "/orgs/{org}/teams/{team}"} {
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
