package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// settingsPage is a page of the settings: how it is filled, and what its forms
// do, by the value of the button that sent them. Whatever a form does, a command
// does by the same operation of package admin.
type settingsPage struct {
	// name is the page's in addresses, templates and texts.
	name, icon string
	// organizations also have the page.
	organizations bool
	// people says that the page also takes "View people".
	people bool
	view   func(*settingsRequest) (any, error)
	forms  map[string]func(*settingsRequest) (Notice, error)
}

// settingsPages lists them, in the order of the sidebar.
func settingsPages() []settingsPage {
	return []settingsPage{policyPage(), rolesPage(), peoplePage(), tokensPage(), privacyPage(), auditPage()}
}

// settingsRequest is a request of a settings page.
type settingsRequest struct {
	*http.Request
	web   *Web
	page  settingsPage
	at    access.Place
	words access.Words
	admin Administration
	// form is what was sent, empty for a page that is opened; a form that was
	// refused is shown again with it.
	form   url.Values
	notice *Notice
}

// Settings is what every settings page shows.
type Settings struct {
	Page
	Action string
	Notice *Notice
}

func (r *settingsRequest) t(key string, args ...any) string { return r.web.text.Get(key, args...) }

// settings returns the page around a settings page's own view.
func (r *settingsRequest) settings() Settings {
	path := r.path()
	return Settings{r.web.shell(r.Request, r.at, r.t("settings."+r.page.name), path), path, r.notice}
}

func (r *settingsRequest) path() string { return placePath(r.at) + "/settings/" + r.page.name }

// settingsRoutes lists the routes of the settings pages.
func (web *Web) settingsRoutes(add func(string, func(http.ResponseWriter, *http.Request) error)) {
	for _, p := range settingsPages() {
		for _, at := range []string{"/enterprises/{enterprise}", "/orgs/{org}"} {
			if at == "/orgs/{org}" && !p.organizations {
				continue
			}
			add("GET "+at+"/settings/"+p.name, web.showSettings(p))
			if p.forms != nil {
				add("POST "+at+"/settings/"+p.name, web.changeSettings(p))
			}
		}
	}
}

func (web *Web) settingsRequest(r *http.Request, p settingsPage) *settingsRequest {
	at := access.PlaceOf(r.Context())
	out := &settingsRequest{Request: r, web: web, page: p, at: at, words: access.Words{Enterprise: at.Enterprise.Key()}, admin: web.opt.Admin, form: url.Values{}}
	if at.Organization != nil {
		out.words.Org = at.Organization.Key()
	}
	return out
}

func (web *Web) showSettings(p settingsPage) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		req := web.settingsRequest(r, p)
		var err error
		if req.notice, err = web.notices.take(r.Context(), r.URL.Query().Get("notice"), access.Of(r.Context())); err != nil {
			return err
		}
		view, err := p.view(req)
		if err != nil {
			return err
		}
		return web.show(w, "settings-"+p.name, view)
	}
}

// changeSettings does what a form asks for, and leads back to the page, which
// says what was done. A form that is refused is shown again with the reason.
func (web *Web) changeSettings(p settingsPage) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := parseForm(r); err != nil {
			return err
		}
		req := web.settingsRequest(r, p)
		req.form = r.PostForm
		do, ok := p.forms[req.form.Get("do")]
		if !ok {
			return fault.New(fault.Invalid, "the form does not say what to do")
		}
		notice, err := do(req)
		if err != nil {
			return web.refuseForm(w, req, err)
		}
		if notice.view != nil {
			return web.show(w, "settings-"+p.name, notice.view)
		}
		id, err := web.notices.put(r.Context(), notice, access.Of(r.Context()))
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
func (web *Web) refuseForm(w http.ResponseWriter, r *settingsRequest, err error) error {
	kind := fault.KindOf(err)
	switch kind {
	case fault.Invalid, fault.Conflict, fault.NotFound, fault.Forbidden, fault.TooLarge:
	default:
		return err
	}
	r.notice = &Notice{Text: web.message(kind, err), Wrong: true}
	view, viewErr := r.page.view(r)
	if viewErr != nil {
		return err
	}
	web.showStatus(w, "settings-"+r.page.name, http.StatusUnprocessableEntity, view)
	return nil
}

// since says who set something when; nothing if nobody did.
func (r *settingsRequest) since(by string, at time.Time) string {
	switch {
	case at.IsZero():
		return ""
	case by == "":
		return r.t("settings.since", moment(at))
	}
	return r.t("settings.by", by, moment(at))
}

// base returns the address at which browsers reach us.
func (web *Web) base(r *http.Request) string {
	switch {
	case web.opt.PublicURL != "":
		return web.opt.PublicURL
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// Administration is what the pages administer and record; *admin.Admin has it.
type Administration interface {
	admin.API
	// Viewed and Exported write into the audit log that whoever asks looks at
	// people's data, or takes data away.
	Viewed(ctx context.Context, place directory.Entity, what string, users ...string) error
	Exported(ctx context.Context, place directory.Entity, what string) error
	// Self is what concerns whoever asks; InForce an enterprise's privacy settings.
	Self(ctx context.Context) (admin.Self, error)
	InForce(ctx context.Context, enterprise int64) (directory.Privacy, error)
}

// moment writes a time to the minute, in UTC.
func moment(t time.Time) string {
	if t.IsZero() {
		return none
	}
	return t.UTC().Format("2 Jan 2006 15:04")
}

// dayOf writes a time's UTC day.
func dayOf(t time.Time) string {
	if t.IsZero() {
		return none
	}
	return t.UTC().Format("2 Jan 2006")
}
