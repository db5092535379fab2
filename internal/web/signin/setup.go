package signin

import (
	"net/http"

	"codegauge/internal/access"
	"codegauge/internal/fault"
	"codegauge/internal/web/shell"
)

// setupView is the page of a one-time link: the first administrator's, or an
// invitation.
type setupView struct {
	shell.Page
	Lead, Message, Action, Key string
	// Invited is who is invited, "" for the first administrator, who says it.
	Invited string
	// NeedsEnterprise asks for the name of the first enterprise.
	NeedsEnterprise      bool
	Name, Email, NewSlug string
	WithoutPeople        bool
}

func (p *pages) setupView(r *http.Request, key string) (*setupView, error) {
	needs, err := p.Options.Authenticator.CheckSetup(r.Context(), key)
	if err != nil {
		return nil, err
	}
	v := &setupView{Page: p.Frame(r, access.Place{}, p.Text.Get("setup.title"), ""), Lead: p.Text.Get("setup.lead"),
		Action: "/setup", Key: key, NeedsEnterprise: needs}
	v.Nav = nil
	return v, nil
}

// setupForm serves the first administrator's form.
func (p *pages) setupForm(w http.ResponseWriter, r *http.Request) error {
	v, err := p.setupView(r, r.URL.Query().Get("key"))
	if err != nil {
		return err
	}
	return p.Show(w, "setup", v)
}

// setup makes the first administrator.
func (p *pages) setup(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "the form is not well-formed: %v", err)
	}
	f := r.PostForm
	v, err := p.setupView(r, f.Get("key"))
	if err != nil {
		return err
	}
	v.Name, v.Email, v.NewSlug = f.Get("name"), f.Get("email"), f.Get("enterprise")
	v.WithoutPeople = f.Has("without-people")
	err = p.Options.Authenticator.Setup(w, r, v.Key, access.FirstAdministrator{Name: v.Name, Email: v.Email, Password: f.Get("password"), Enterprise: v.NewSlug, WithoutPeople: v.WithoutPeople})
	return p.afterSetup(w, r, v, err)
}

// afterSetup goes on, or shows the form again with what was wrong.
func (p *pages) afterSetup(w http.ResponseWriter, r *http.Request, v *setupView, err error) error {
	switch kind := fault.KindOf(err); {
	case err == nil:
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	case again(kind):
		v.Message = p.Message(kind, err)
		p.ShowStatus(w, "setup", formStatus(kind), v)
		return nil
	}
	return err
}

func (p *pages) invitationView(r *http.Request, key string) (*setupView, error) {
	who, err := p.Options.Authenticator.Invited(r, key)
	if err != nil {
		return nil, err
	}
	v := &setupView{Page: p.Frame(r, access.Place{}, p.Text.Get("invitation.title"), ""), Lead: p.Text.Get("invitation.lead", who.Label()),
		Action: "/invitation", Key: key, Invited: who.Email}
	v.Nav = nil
	return v, nil
}

// invitationForm serves the form of somebody who is invited.
func (p *pages) invitationForm(w http.ResponseWriter, r *http.Request) error {
	v, err := p.invitationView(r, r.URL.Query().Get("key"))
	if err != nil {
		return err
	}
	return p.Show(w, "setup", v)
}

// acceptInvitation sets their password.
func (p *pages) acceptInvitation(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "the form is not well-formed: %v", err)
	}
	v, err := p.invitationView(r, r.PostForm.Get("key"))
	if err != nil {
		return err
	}
	return p.afterSetup(w, r, v, p.Options.Authenticator.Accept(w, r, v.Key, r.PostForm.Get("password")))
}
