package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// PrivacyAnswer is the settings in force after a change, or before one that waits.
type PrivacyAnswer struct {
	directory.Privacy
	// Request is the number of the request if the change waits for a guardian, else 0.
	Request int64 `json:"request,omitempty"`
}

// Request is a change that weakens privacy and waits for a guardian, or was decided.
type Request struct {
	ID   int64  `json:"id"`
	What string `json:"what"`
	// Reason is why privacy settings are to change.
	Reason string `json:"reason,omitempty"`
	// By asks for it: a person's name, else as the audit log names actors.
	By       string             `json:"by"`
	At       time.Time          `json:"at"`
	Decision directory.Decision `json:"decision,omitempty"`
	Decider  string             `json:"decider,omitempty"`
	Decided  time.Time          `json:"decided,omitzero"`
	// Approves and Withdraws say what whoever asks may do: approve and decline, withdraw.
	Approves  bool `json:"-"`
	Withdraws bool `json:"-"`
}

// DecideRequest decides a request: approved, declined or withdrawn.
type DecideRequest struct {
	access.ScopeNames
	ID       int64              `json:"id"`
	Decision directory.Decision `json:"decision"`
}

// Requests lists the requests of an enterprise: those that wait, then those decided.
func (a *Admin) Requests(ctx context.Context, r access.ScopeNames) ([]Request, error) {
	e, err := a.enterprise(ctx, access.ViewSettings, r)
	if err != nil {
		return nil, err
	}
	list, err := a.dir.Weakenings(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	names, err := a.actorNames(ctx)
	if err != nil {
		return nil, err
	}
	entities, err := a.dir.Entities(ctx)
	if err != nil {
		return nil, err
	}
	out := []Request{}
	for _, w := range list {
		what, reason := w.Summary, ""
		switch {
		case w.Privacy != nil:
			reason = w.Privacy.Reason
			what = strings.TrimSuffix(what, "; "+reason)
		case w.Give != nil && w.Give.Role == directory.Guardian:
			what = "name " + names.of(directory.PersonActor(w.Give.Person, "").Name) + " as another guardian"
		case w.Give != nil:
			what = fmt.Sprintf("give %s the role %s in %s, with which they view people", names.of(directory.PersonActor(w.Give.Person, "").Name), strings.ReplaceAll(w.Give.Role, "-", " "), placeLabel(byID(entities, w.Give.Entity)))
		case w.Dismiss != nil:
			what = "take the role of guardian back from " + names.of(directory.PersonActor(w.Dismiss.Person, "").Name)
		}
		waits := w.Decision == ""
		out = append(out, Request{ID: w.ID, What: what, Reason: reason, By: names.of(w.Requester), At: w.At, Decision: w.Decision, Decider: names.of(w.Decider), Decided: w.Decided,
			Approves: waits && approves(ctx, e, w) == nil, Withdraws: waits && withdraws(ctx, e, w) == nil})
	}
	return out, nil
}

// Decide decides a request. An approved one takes effect at once.
func (a *Admin) Decide(ctx context.Context, r DecideRequest) ([]Request, error) {
	e, err := a.enterprise(ctx, access.ViewSettings, r.ScopeNames)
	if err != nil {
		return nil, err
	}
	list, err := a.dir.Weakenings(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(list, func(w directory.Weakening) bool { return w.ID == r.ID })
	if at < 0 {
		return nil, fault.New(fault.NotFound, "request %d does not exist", r.ID)
	}
	switch r.Decision {
	case directory.Approved, directory.Declined:
		err = approves(ctx, e, list[at])
	case directory.Withdrawn:
		err = withdraws(ctx, e, list[at])
	default:
		err = fault.New(fault.Invalid, "unknown decision %.20q: choose from approved, declined, withdrawn", r.Decision)
	}
	if err != nil {
		return nil, err
	}
	if err := a.dir.DecideWeakening(ctx, r.ID, r.Decision); err != nil {
		return nil, err
	}
	return a.Requests(ctx, r.ScopeNames)
}

// approves refuses whoever is no guardian who signed in, and did not ask for it themself.
func approves(ctx context.Context, e directory.Entity, w directory.Weakening) error {
	who := access.Of(ctx)
	switch {
	case who.Person.ID == 0 || !who.Can(access.ApprovePrivacy, e):
		return fault.New(fault.Forbidden, "only a guardian of %s who has signed in can approve or decline this", e.Label())
	case who.Person.ID == w.Person:
		return fault.New(fault.Forbidden, "you asked for this yourself: another guardian has to approve it")
	}
	return nil
}

// withdraws refuses whoever neither asked for it nor owns the enterprise.
func withdraws(ctx context.Context, e directory.Entity, w directory.Weakening) error {
	if directory.ActorOf(ctx).Name == w.Requester {
		return nil
	}
	return isOwner(ctx, e)
}

// guarded reports whether somebody guards an enterprise's privacy.
func (a *Admin) guarded(ctx context.Context, enterprise int64) (bool, error) {
	list, err := a.dir.Grants(ctx, enterprise)
	return slices.ContainsFunc(list, func(g directory.Grant) bool { return g.Role == directory.Guardian }), err
}

// nameGuardian gives the guardian's role: the first time at once, besides other guardians
// once one of them approves.
func (a *Admin) nameGuardian(ctx context.Context, e directory.Entity, p directory.Person) (Grant, error) {
	if err := isOwner(ctx, e); err != nil {
		return Grant{}, err
	}
	g := directory.Grant{Person: p.ID, Role: directory.Guardian, Entity: e.ID}
	have, err := a.dir.GrantsOf(ctx, p.ID)
	if err != nil {
		return Grant{}, err
	}
	for _, o := range have {
		switch {
		case o.Role == directory.Guardian && o.Entity == e.ID:
			return grantOf(o, &e), nil
		case o.Role != access.Member && o.Role != directory.Guardian:
			return Grant{}, fault.New(fault.Conflict, "%s has the role %s: a guardian sees no figures of use, so take it back first", p.Label(), o.Role)
		}
	}
	guarded, err := a.guarded(ctx, e.ID)
	if err != nil {
		return Grant{}, err
	}
	if guarded {
		return a.ask(ctx, directory.Weakening{Enterprise: e.ID, Give: &g, Summary: fmt.Sprintf("name person %d as another guardian", p.ID)}, grantOf(g, &e))
	}
	g, err = a.dir.Grant(ctx, g)
	return grantOf(g, &e), err
}

// dismissGuardian takes the guardian's role back once a guardian approves.
func (a *Admin) dismissGuardian(ctx context.Context, e directory.Entity, g directory.Grant) (Grant, error) {
	if err := isOwner(ctx, e); err != nil {
		return Grant{}, err
	}
	return a.ask(ctx, directory.Weakening{Enterprise: e.ID, Dismiss: &g, Summary: fmt.Sprintf("take the role of guardian back from person %d", g.Person)}, grantOf(g, &e))
}

// placeName says where a role is given, nil being the installation.
func placeName(e *directory.Entity) string {
	if e == nil {
		return "the whole installation"
	}
	return fmt.Sprintf("%s %s", e.Kind, e.Key())
}

// placeLabel is placeName with what the place is called.
func placeLabel(e *directory.Entity) string {
	if e == nil {
		return placeName(nil)
	}
	return fmt.Sprintf("%s %s", e.Kind, e.Label())
}

// ask makes a request of what is to become of a grant.
func (a *Admin) ask(ctx context.Context, w directory.Weakening, g Grant) (Grant, error) {
	w, err := a.dir.RequestWeakening(ctx, w)
	g.Request = w.ID
	return g, err
}

// isNoGuardian refuses to give a guardian a role that sees more.
func (a *Admin) isNoGuardian(ctx context.Context, p directory.Person, role string) error {
	if role == access.Member {
		return nil
	}
	have, err := a.dir.GrantsOf(ctx, p.ID)
	if err == nil && slices.ContainsFunc(have, func(g directory.Grant) bool { return g.Role == directory.Guardian }) {
		err = fault.New(fault.Conflict, "%s is a guardian, who sees no figures of use: no role but member can be granted besides", p.Label())
	}
	return err
}
