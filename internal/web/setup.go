package web

import (
	"net/http"

	"codegauge/internal/access"
	"codegauge/internal/fault"
)

// setupView is the page of a one-time link: the first administrator's, or an
// invitation.
type setupView struct {
	Page
	Lead, Message, Action, Key string
	// Invited is who is invited, "" for the first administrator, who says it.
	Invited string
	// NeedsEnterprise asks for the name of the first enterprise.
	NeedsEnterprise         bool
	Name, Email, Enterprise string
}

func (web *Web) setupView(r *http.Request, key string) (*setupView, error) {
	needs, err := web.opt.Entrance.CheckSetup(r.Context(), key)
	if err != nil {
		return nil, err
	}
	v := &setupView{Page: web.shell(r, access.Place{}, web.text.Get("setup.title"), ""), Lead: web.text.Get("setup.lead"),
		Action: "/setup", Key: key, NeedsEnterprise: needs}
	v.Nav = nil
	return v, nil
}

// setupForm serves the first administrator's form.
func (web *Web) setupForm(w http.ResponseWriter, r *http.Request) error {
	v, err := web.setupView(r, r.URL.Query().Get("key"))
	if err != nil {
		return err
	}
	return web.show(w, "setup", v)
}

// setup makes the first administrator.
func (web *Web) setup(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "the form is not well-formed: %v", err)
	}
	f := r.PostForm
	v, err := web.setupView(r, f.Get("key"))
	if err != nil {
		return err
	}
	v.Name, v.Email, v.Enterprise = f.Get("name"), f.Get("email"), f.Get("enterprise")
	err = web.opt.Entrance.Setup(w, r, v.Key, access.FirstAdministrator{Name: v.Name, Email: v.Email, Password: f.Get("password"), Enterprise: v.Enterprise})
	return web.afterSetup(w, r, v, err)
}

// afterSetup goes on, or shows the form again with what was wrong.
func (web *Web) afterSetup(w http.ResponseWriter, r *http.Request, v *setupView, err error) error {
	switch kind := fault.KindOf(err); {
	case err == nil:
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	case kind == fault.Invalid || kind == fault.Conflict || kind == fault.Unavailable:
		v.Message = web.message(kind, err)
		web.showStatus(w, "setup", formStatus(kind), v)
		return nil
	}
	return err
}

func (web *Web) invitationView(r *http.Request, key string) (*setupView, error) {
	who, err := web.opt.Entrance.Invited(r, key)
	if err != nil {
		return nil, err
	}
	v := &setupView{Page: web.shell(r, access.Place{}, web.text.Get("invitation.title"), ""), Lead: web.text.Get("invitation.lead", who.Label()),
		Action: "/invitation", Key: key, Invited: who.Email}
	v.Nav = nil
	return v, nil
}

// invitationForm serves the form of somebody who is invited.
func (web *Web) invitationForm(w http.ResponseWriter, r *http.Request) error {
	v, err := web.invitationView(r, r.URL.Query().Get("key"))
	if err != nil {
		return err
	}
	return web.show(w, "setup", v)
}

// acceptInvitation sets their password.
func (web *Web) acceptInvitation(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "the form is not well-formed: %v", err)
	}
	v, err := web.invitationView(r, r.PostForm.Get("key"))
	if err != nil {
		return err
	}
	return web.afterSetup(w, r, v, web.opt.Entrance.Accept(w, r, v.Key, r.PostForm.Get("password")))
}
