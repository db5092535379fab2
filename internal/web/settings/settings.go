// Package settings is the pages on which an enterprise is administered.
package settings

import (
	"embed"
	"errors"
	"net/http"
	"net/url"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/fault"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

//go:embed template
var Templates embed.FS

// page is a page of the settings: how it is filled, and what its forms
// do, by the value of the button that sent them. Whatever a form does, a command
// does by the same operation of package admin.
type page struct {
	// name is the page's in addresses, templates and texts.
	name, icon string
	// organizations also have the page.
	organizations bool
	// people says that the page also takes "View people".
	people bool
	view   func(*request) (any, error)
	forms  map[string]func(*request) (shell.Notice, error)
}

// pages lists them, in the order of the sidebar.
func pages() []page {
	return []page{policyPage(), rolesPage(), peoplePage(), tokensPage(), sourcesPage(), privacyPage(), importsPage(), auditPage()}
}

// Entries returns the sidebar's entries of the settings that a place has.
func Entries(at access.Place, who *access.Principal) []shell.Entry {
	base := "GET /enterprises/{enterprise}/settings/"
	switch {
	case at.Team != nil || at.Enterprise == nil:
		return nil
	case at.Organization != nil:
		base = "GET /orgs/{org}/settings/"
	}
	var out []shell.Entry
	for _, p := range pages() {
		if p.people && !who.ViewsPeople(*at.Entity()) {
			continue
		}
		out = append(out, shell.Entry{Label: "settings." + p.name, Pattern: base + p.name, Icon: p.icon})
	}
	return out
}

// request is a request of a settings page.
type request struct {
	*http.Request
	shell *shell.Shell
	page  page
	at    access.Place
	words access.ScopeNames
	admin *admin.Admin
	// form is what was sent, empty for a page that is opened; a form that was
	// refused is shown again with it.
	form   url.Values
	notice *shell.Notice
}

// Settings is what every settings page shows.
type Settings struct {
	shell.Page
	Action string
	Notice *shell.Notice
	// Changes says that whoever asks may change the settings, and not only read them.
	Changes bool
}

func (r *request) t(key string, args ...any) string { return r.shell.Text.Get(key, args...) }

// frame returns the page around a settings page's own view.
func (r *request) frame() Settings {
	path := r.path()
	return Settings{r.shell.Frame(r.Request, r.at, r.t("settings."+r.page.name), path), path, r.notice, access.Of(r.Context()).Can(access.Manage, *r.at.Entity())}
}

func (r *request) path() string { return shell.PlacePath(r.at) + "/settings/" + r.page.name }

// Routes lists the routes of the settings pages.
func Routes(sh *shell.Shell) []access.Route {
	var out []access.Route
	for _, p := range pages() {
		for _, at := range []string{"/enterprises/{enterprise}", "/orgs/{org}"} {
			if at == "/orgs/{org}" && !p.organizations {
				continue
			}
			out = append(out, sh.Route("GET "+at+"/settings/"+p.name, show(sh, p)))
			if p.forms != nil {
				out = append(out, sh.Route("POST "+at+"/settings/"+p.name, change(sh, p)))
			}
		}
	}
	return append(out, sh.Route("GET /enterprises/{enterprise}/settings/audit/export",
		func(w http.ResponseWriter, r *http.Request) error { return exportAudit(sh, w, r) }))
}

func newRequest(sh *shell.Shell, r *http.Request, p page) *request {
	at := access.PlaceOf(r.Context())
	out := &request{Request: r, shell: sh, page: p, at: at, words: access.ScopeNames{Enterprise: at.Enterprise.Key()}, admin: sh.Options.Admin, form: url.Values{}}
	if at.Organization != nil {
		out.words.Org = at.Organization.Key()
	}
	return out
}

func show(sh *shell.Shell, p page) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		req := newRequest(sh, r, p)
		var err error
		if req.notice, err = sh.Notices.Take(r.Context(), r.URL.Query().Get("notice"), access.Of(r.Context())); err != nil {
			return err
		}
		view, err := p.view(req)
		if err != nil {
			return err
		}
		return sh.Show(w, "settings-"+p.name, view)
	}
}

// change does what a form asks for, and leads back to the page, which
// says what was done. A form that is refused is shown again with the reason.
func change(sh *shell.Shell, p page) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := parseForm(r); err != nil {
			return err
		}
		req := newRequest(sh, r, p)
		req.form = r.PostForm
		do, ok := p.forms[req.form.Get("do")]
		if !ok {
			return fault.New(fault.Invalid, "the form does not say what to do")
		}
		notice, err := do(req)
		if err != nil {
			return refuseForm(w, req, err)
		}
		if notice.View != nil {
			return sh.Show(w, "settings-"+p.name, notice.View)
		}
		id, err := sh.Notices.Put(r.Context(), notice, access.Of(r.Context()))
		if err != nil {
			return err
		}
		http.Redirect(w, r, req.path()+"?notice="+id, http.StatusSeeOther)
		return nil
	}
}

// maxForm bounds a form with a file, in bytes.
const maxForm = 16 << 20

// parseForm reads a form, also one with a small file.
func parseForm(r *http.Request) error {
	r.Body = http.MaxBytesReader(nil, r.Body, maxForm)
	err := r.ParseMultipartForm(maxForm)
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, http.ErrNotMultipart):
		return nil // ParseMultipartForm has read it as a plain form
	case errors.As(err, &large):
		return fault.New(fault.TooLarge, "the form is larger than %d MiB", maxForm>>20)
	case err != nil:
		return fault.New(fault.Invalid, "the form is not well-formed: %v", err)
	}
	return nil
}

// refuseForm shows the page again with the reason; what is not the reader's to
// mend is an error page.
func refuseForm(w http.ResponseWriter, r *request, err error) error {
	kind := fault.KindOf(err)
	switch kind {
	case fault.Invalid, fault.Conflict, fault.NotFound, fault.Forbidden, fault.TooLarge:
	default:
		return err
	}
	r.notice = &shell.Notice{Text: r.shell.Message(kind, err), Wrong: true}
	view, viewErr := r.page.view(r)
	if viewErr != nil {
		return err
	}
	r.shell.ShowStatus(w, "settings-"+r.page.name, http.StatusUnprocessableEntity, view)
	return nil
}

// since says who set something when; nothing if nobody did.
func (r *request) since(by string, at time.Time) string {
	switch {
	case at.IsZero():
		return ""
	case by == "":
		return r.t("settings.since", text.Moment(at))
	}
	return r.t("settings.by", by, text.Moment(at))
}

// base returns the address at which browsers reach us.
func (r *request) base() string {
	switch {
	case r.shell.Options.PublicURL != "":
		return r.shell.Options.PublicURL
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
