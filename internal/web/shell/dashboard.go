package shell

import (
	"io/fs"
	"net/http"
	"strings"
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
	// Templates has a file for each of its views.
	Templates fs.FS
}

// Handler answers a request; what it returns becomes an error page.
type Handler func(*Shell, http.ResponseWriter, *http.Request) error

// routes lists a dashboard's routes.
func (d Dashboard) routes(add func(pattern string, serve Handler)) {
	for _, at := range []string{"/enterprises/{enterprise}", "/orgs/{org}", "/enterprises/{enterprise}/teams/{team}", "/orgs/{org}/teams/{team}"} {
		if !d.Teams && strings.HasSuffix(at, "/{team}") {
			continue
		}
		for rest, serve := range d.Pages {
			add("GET "+at+"/insights/"+d.Name+rest, serve)
		}
	}
}
