package shell

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// errorView is the page of a request that failed.
type errorView struct {
	Page
	Status        int
	Head, Message string
	Back          string
}

// Fail answers a request that went wrong, or that access refused, with a page.
func (sh *Shell) Fail(w http.ResponseWriter, r *http.Request, err error) {
	var off *access.PolicyOff
	switch {
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		return // nobody is left to read an answer
	case errors.Is(err, access.ErrSignIn) && r.Method == http.MethodGet && r.Header.Get("Authorization") == "":
		http.Redirect(w, r, signInPath(r.URL), http.StatusSeeOther)
		return
	case errors.Is(err, access.ErrSignIn):
		err = fault.New(fault.Forbidden, "%s", sh.Text.Get("error.signin"))
	case errors.As(err, &off):
		sh.showPolicyOff(w, r, off)
		return
	}
	kind := fault.KindOf(err)
	view := &errorView{Status: kind.Status(), Head: sh.Text.Get(headOf(kind)), Message: sh.Message(kind, err), Back: "/"}
	if kind == fault.Internal {
		sh.Options.Log.Error("page", "route", r.Pattern, "error", err)
	}
	view.Page = sh.Frame(r, access.Place{}, view.Head, "")
	// What is not there may be a filter's value: without it the page is there.
	if e := r.PathValue("enterprise"); e != "" && kind != fault.Forbidden && (kind != fault.NotFound || r.URL.RawQuery != "") {
		view.Back = CodeGenerationPath(e)
	}
	sh.ShowStatus(w, "error", view.Status, view)
}

// ShowStatus renders a view in the place of the page that was asked for.
func (sh *Shell) ShowStatus(w http.ResponseWriter, name string, status int, view any) {
	var page bytes.Buffer
	if err := sh.pages.render(&page, name, view); err != nil {
		sh.Options.Log.Error("error page", "error", err)
		http.Error(w, http.StatusText(status), status)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeHTML(w, status, page.Bytes())
}

// Message returns what the user sees: the whole message of an error that is
// theirs to mend, nothing of one that is not.
func (sh *Shell) Message(kind fault.Kind, err error) string {
	if kind == fault.Internal {
		return sh.Text.Get("error.internal.message")
	}
	var f *fault.Error
	errors.As(err, &f)
	return asSentence(f.Message)
}

// asSentence writes an error's message, which is made to stand within another,
// as a sentence of its own.
func asSentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:] + "."
}

func headOf(kind fault.Kind) string {
	switch kind {
	case fault.Invalid:
		return "error.invalid"
	case fault.NotFound:
		return "error.notfound"
	case fault.Unsupported:
		return "error.unsupported"
	case fault.Conflict:
		return "error.conflict"
	case fault.TooLarge:
		return "error.toolarge"
	case fault.Unavailable:
		return "error.unavailable"
	case fault.Forbidden:
		return "error.forbidden"
	case fault.TooMany:
		return "error.toomany"
	}
	return "error.internal"
}

// policyView says that the usage metrics are off.
type policyView struct {
	Page
	Message, Remedy string
	// SettingsURL is where the policy is, for those who may change it.
	SettingsURL string
}

func (sh *Shell) showPolicyOff(w http.ResponseWriter, r *http.Request, off *access.PolicyOff) {
	e, t := off.Enterprise, sh.Text.Get
	at := access.Place{Enterprise: &e, Organization: off.Organization}
	v := &policyView{Page: sh.Frame(r, at, t("policy.title"), ""), Message: t("policy."+e.Policy.Word(), e.Label()), Remedy: t("policy.who.enterprise", e.Label())}
	if e.Policy == directory.PolicyOrganizations && off.Organization != nil {
		v.Message, v.Remedy = t("policy.organization", off.Organization.Label(), e.Label()), t("policy.who.organization", off.Organization.Label())
	}
	const settings = "GET /enterprises/{enterprise}/settings/policy"
	if access.Of(r.Context()).Allows(settings, access.Place{Enterprise: &e}) {
		v.SettingsURL = PathOf(settings, at)
	}
	sh.ShowStatus(w, "policy", http.StatusForbidden, v)
}
