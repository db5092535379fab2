// Package signin is where people sign in and out, are invited, and choose a role of the demo.
package signin

import (
	"embed"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/fault"
	"codegauge/internal/web/shell"
)

//go:embed template
var Templates embed.FS

// pages are where people come in and go out.
type pages struct{ *shell.Shell }

// Routes lists the routes of the pages.
func Routes(sh *shell.Shell) []access.Route {
	p := &pages{sh}
	return []access.Route{
		sh.Route("GET /sign-in", p.signInForm), sh.Route("POST /sign-in", p.signIn), sh.Route("POST /sign-out", p.signOut),
		sh.Route("GET /sign-in/oidc", p.startOIDC), sh.Route("GET /sign-in/oidc/callback", p.finishOIDC),
		sh.Route("GET /setup", p.setupForm), sh.Route("POST /setup", p.setup),
		sh.Route("GET /invitation", p.invitationForm), sh.Route("POST /invitation", p.acceptInvitation),
		sh.Route("POST /demo/role", p.demoRole),
	}
}

// signInView is the page on which people say who they are.
type signInView struct {
	shell.Page
	Message, Email, Next string
	// Provider is the identity provider's name, "" for none; ProviderURL leads to it.
	Provider, ProviderURL string
	// Help says what to do if one cannot sign in.
	Help string
}

// nextPath returns where to go after signing in: a path of this server, nothing else.
// Browsers resolve dots, escaped ones too, which would lead out of the base path.
func nextPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsAny(next, "\\\r\n\t") || strings.HasPrefix(u.Path, "/sign-in") || slices.ContainsFunc(strings.Split(u.Path, "/"), dots) {
		return "/"
	}
	return next
}

// dots reports whether a segment of a path means another directory.
func dots(segment string) bool { return segment == "." || segment == ".." }

func (p *pages) signInView(r *http.Request, next string) (*signInView, error) {
	v := &signInView{Page: p.Frame(r, access.Place{}, p.Text.Get("signin.title"), ""), Next: nextPath(next)}
	v.Nav = nil
	needs, err := p.Options.Authenticator.NeedsSetup(r.Context())
	if err != nil {
		return nil, err
	}
	v.Help = p.Text.Get("signin.help")
	if needs {
		v.Help = p.Text.Get("signin.setup")
	}
	if name, ok := p.Options.Authenticator.HasOIDC(); ok {
		v.Provider, v.ProviderURL = name, "/sign-in/oidc?"+url.Values{"next": {v.Next}}.Encode()
	}
	return v, nil
}

// signInForm serves the form; who is signed in goes on.
func (p *pages) signInForm(w http.ResponseWriter, r *http.Request) error {
	v, err := p.signInView(r, r.URL.Query().Get("next"))
	if err != nil {
		return err
	}
	if access.Of(r.Context()).SignedIn() {
		http.Redirect(w, r, v.Next, http.StatusSeeOther)
		return nil
	}
	return p.Show(w, "signin", v)
}

// signIn takes the form.
func (p *pages) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "the form is not well-formed: %v", err)
	}
	v, err := p.signInView(r, r.PostForm.Get("next"))
	if err != nil {
		return err
	}
	v.Email = r.PostForm.Get("email")
	err = p.Options.Authenticator.SignIn(w, r, v.Email, r.PostForm.Get("password"))
	if err == nil {
		http.Redirect(w, r, v.Next, http.StatusSeeOther)
		return nil
	}
	kind := fault.KindOf(err)
	if !again(kind) {
		return err
	}
	if kind == fault.TooMany {
		w.Header().Set("Retry-After", "60")
	}
	v.Message = p.Message(kind, err)
	p.ShowStatus(w, "signin", formStatus(kind), v)
	return nil
}

// again reports whether a form is shown again with what was wrong.
func again(kind fault.Kind) bool {
	return slices.Contains([]fault.Kind{fault.Invalid, fault.Conflict, fault.Unavailable, fault.TooMany}, kind)
}

// formStatus is the status of a form that is shown again.
func formStatus(kind fault.Kind) int {
	if kind == fault.Invalid || kind == fault.Conflict {
		return http.StatusUnprocessableEntity
	}
	return kind.Status()
}

// signOut ends the session.
func (p *pages) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := p.Options.Authenticator.End(w, r); err != nil {
		return err
	}
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
	return nil
}

// nextCookie keeps where to go while the browser is at the identity provider.
// It is no secret, and nextPath checks it when it comes back.
const nextCookie = "codegauge_next"

// startOIDC sends the browser to the identity provider.
func (p *pages) startOIDC(w http.ResponseWriter, r *http.Request) error {
	to, err := p.Options.Authenticator.StartOIDC(w, r)
	if err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: nextCookie, Value: url.QueryEscape(nextPath(r.URL.Query().Get("next"))),
		Path: p.Options.Base.Of("/sign-in"), MaxAge: 600, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// finishOIDC takes what the identity provider sent back.
func (p *pages) finishOIDC(w http.ResponseWriter, r *http.Request) error {
	if err := p.Options.Authenticator.FinishOIDC(w, r); err != nil {
		return err
	}
	next := "/"
	if c, err := r.Cookie(nextCookie); err == nil {
		if s, err := url.QueryUnescape(c.Value); err == nil {
			next = nextPath(s)
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// demoRole looks at the demo as another role.
func (p *pages) demoRole(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "the form is not well-formed: %v", err)
	}
	if err := p.Options.Authenticator.SetDemoRole(w, r.PostForm.Get("role")); err != nil {
		return err
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}
