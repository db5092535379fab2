package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// signInView is the page on which people say who they are.
type signInView struct {
	Page
	Message, Email, Next string
	// Provider is the identity provider's name, "" for none; ProviderURL leads to it.
	Provider, ProviderURL string
	// Help says what to do if one cannot sign in.
	Help string
}

// signInPath returns the page of signing in, which leads back to where one was.
func signInPath(from *url.URL) string {
	next := from.RequestURI()
	if next == "/" {
		return "/sign-in"
	}
	return "/sign-in?" + url.Values{"next": {next}}.Encode()
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

func (web *Web) signInView(r *http.Request, next string) (*signInView, error) {
	v := &signInView{Page: web.shell(r, access.Place{}, web.text.Get("signin.title"), ""), Next: nextPath(next)}
	v.Nav = nil
	needs, err := web.opt.Entrance.NeedsSetup(r.Context())
	if err != nil {
		return nil, err
	}
	v.Help = web.text.Get("signin.help")
	if needs {
		v.Help = web.text.Get("signin.setup")
	}
	if name, ok := web.opt.Entrance.HasOIDC(); ok {
		v.Provider, v.ProviderURL = name, "/sign-in/oidc?"+url.Values{"next": {v.Next}}.Encode()
	}
	return v, nil
}

// signInForm serves the form; who is signed in goes on.
func (web *Web) signInForm(w http.ResponseWriter, r *http.Request) error {
	v, err := web.signInView(r, r.URL.Query().Get("next"))
	if err != nil {
		return err
	}
	if access.Of(r.Context()).SignedIn() {
		http.Redirect(w, r, v.Next, http.StatusSeeOther)
		return nil
	}
	return web.show(w, "signin", v)
}

// signIn takes the form.
func (web *Web) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "the form is not well-formed: %v", err)
	}
	v, err := web.signInView(r, r.PostForm.Get("next"))
	if err != nil {
		return err
	}
	v.Email = r.PostForm.Get("email")
	err = web.opt.Entrance.SignIn(w, r, v.Email, r.PostForm.Get("password"))
	if err == nil {
		http.Redirect(w, r, v.Next, http.StatusSeeOther)
		return nil
	}
	kind := fault.KindOf(err)
	if kind != fault.Invalid && kind != fault.Unavailable {
		return err
	}
	v.Message = web.message(kind, err)
	web.showStatus(w, "signin", formStatus(kind), v)
	return nil
}

// formStatus is the status of a form that is shown again.
func formStatus(kind fault.Kind) int {
	if kind == fault.Unavailable {
		return http.StatusTooManyRequests
	}
	return http.StatusUnprocessableEntity
}

// signOut ends the session.
func (web *Web) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := web.opt.Entrance.End(w, r); err != nil {
		return err
	}
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
	return nil
}

// nextCookie keeps where to go while the browser is at the identity provider.
// It is no secret, and nextPath checks it when it comes back.
const nextCookie = "codegauge_next"

// startOIDC sends the browser to the identity provider.
func (web *Web) startOIDC(w http.ResponseWriter, r *http.Request) error {
	to, err := web.opt.Entrance.StartOIDC(w, r)
	if err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: nextCookie, Value: url.QueryEscape(nextPath(r.URL.Query().Get("next"))),
		Path: web.opt.Base.Of("/sign-in"), MaxAge: 600, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// finishOIDC takes what the identity provider sent back.
func (web *Web) finishOIDC(w http.ResponseWriter, r *http.Request) error {
	if err := web.opt.Entrance.FinishOIDC(w, r); err != nil {
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
func (web *Web) demoRole(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "the form is not well-formed: %v", err)
	}
	if err := web.opt.Entrance.SetDemoRole(w, r.PostForm.Get("role")); err != nil {
		return err
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// policyView says that the usage metrics are off.
type policyView struct {
	Page
	Message, Who string
	// SettingsURL is where the policy is, for those who may change it.
	SettingsURL string
}

func (web *Web) showPolicyOff(w http.ResponseWriter, r *http.Request, off *access.PolicyOff) {
	e, t := off.Enterprise, web.text.Get
	at := access.Place{Enterprise: &e, Organization: off.Organization}
	v := &policyView{Page: web.shell(r, at, t("policy.title"), ""), Message: t("policy."+e.Policy.Word(), e.Label()), Who: t("policy.who.enterprise", e.Label())}
	if e.Policy == directory.PolicyOrganizations && off.Organization != nil {
		v.Message, v.Who = t("policy.organization", off.Organization.Label(), e.Label()), t("policy.who.organization", off.Organization.Label())
	}
	const settings = "GET /enterprises/{enterprise}/settings/policy"
	if access.Of(r.Context()).Allows(settings, access.Place{Enterprise: &e}) {
		v.SettingsURL = pathOf(settings, at)
	}
	web.showStatus(w, "policy", http.StatusForbidden, v)
}
