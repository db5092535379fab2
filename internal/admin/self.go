package admin

import (
	"cmp"
	"context"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/sorting"
)

// Self is what a person may know of their own data.
type Self struct {
	// Person has ID 0 if whoever asks is no person.
	Person directory.Person
	// Enterprises lists where they have data or a role, or are managed.
	Enterprises []Own
}

// Own is a person's part of an enterprise.
type Own struct {
	Enterprise directory.Entity
	// Identities are those that are confirmed: they alone open the person's figures.
	Identities []directory.Identity
	// Pending are those that are not.
	Pending []PendingLink
	// Privacy is in force.
	Privacy directory.Privacy
	// Views lists who looked at the person's data, or at that of everybody at a place of
	// the enterprise, newest first.
	Views []Entry
}

// PendingLink is an identity that somebody says is a person's.
type PendingLink struct {
	directory.Identity
	// By is the name of who said so, "" where nobody knows.
	By string
	// Refusal is why the person cannot confirm it themself, "" if they can.
	Refusal string
}

// maxViews bounds the views that a person is shown.
const maxViews = 200

// Self returns what concerns whoever asks.
func (a *Admin) Self(ctx context.Context) (Self, error) {
	out := Self{Person: access.Of(ctx).Person}
	if out.Person.ID == 0 {
		return out, nil
	}
	all, err := a.dir.Entities(ctx)
	if err != nil {
		return out, err
	}
	for _, e := range all {
		if e.Kind != directory.Enterprise {
			continue
		}
		own, theirs, err := a.own(ctx, e, out.Person)
		if err != nil {
			return out, err
		}
		if theirs {
			out.Enterprises = append(out.Enterprises, own)
		}
	}
	return out, nil
}

// own returns a person's part of an enterprise, and whether they have one.
func (a *Admin) own(ctx context.Context, e directory.Entity, who directory.Person) (own Own, theirs bool, err error) {
	own.Enterprise = e
	people, err := a.dir.People(ctx, e.ID)
	if err != nil {
		return own, false, err
	}
	// Who owns the installation knows every enterprise.
	theirs = access.Of(ctx).CanView(e)
	for _, p := range people {
		theirs = theirs || p.ID == who.ID
	}
	if !theirs {
		return own, false, nil
	}
	if err := a.ownIdentities(ctx, &own, who); err != nil {
		return own, false, err
	}
	if own.Privacy, err = a.dir.Privacy(ctx, e.ID); err != nil {
		return own, false, err
	}
	own.Views, err = a.viewsOf(ctx, e, who, len(own.Identities)+len(own.Pending) > 0)
	return own, true, err
}

// ownIdentities fills who a person is in an enterprise, and who somebody says they are.
func (a *Admin) ownIdentities(ctx context.Context, own *Own, who directory.Person) error {
	linked, err := a.dir.IdentitiesOf(ctx, who.ID)
	if err != nil {
		return err
	}
	names, err := a.actorNames(ctx)
	if err != nil {
		return err
	}
	judge := &confirming{Admin: a, who: access.Of(ctx)}
	for _, i := range linked {
		switch {
		case i.Enterprise != own.Enterprise.ID:
		case !i.Confirmed.IsZero():
			own.Identities = append(own.Identities, i)
		default:
			why, err := judge.refusal(ctx, i)
			if err != nil {
				return err
			}
			own.Pending = append(own.Pending, PendingLink{i, names.of(i.Linker), why})
		}
	}
	return nil
}

// viewsOf lists who looked at a person's data. Who is somebody to a tool is one of
// everybody.
func (a *Admin) viewsOf(ctx context.Context, e directory.Entity, who directory.Person, everybody bool) ([]Entry, error) {
	list, err := a.dir.AuditLog(ctx, directory.AuditFilter{Enterprise: e.ID, Subject: who.ID, Action: directory.PeopleViewed, Limit: maxViews})
	if err != nil {
		return nil, err
	}
	if everybody {
		lists, err := a.dir.AuditLog(ctx, directory.AuditFilter{Enterprise: e.ID, Action: directory.PeopleListed, Limit: maxViews})
		if err != nil {
			return nil, err
		}
		list = append(list, lists...)
		sorting.Stable(list, func(x, y directory.Entry) int { return cmp.Compare(y.Seq, x.Seq) })
		list = list[:min(len(list), maxViews)]
	}
	return a.entries(ctx, list)
}

// InForce returns an enterprise's privacy settings, which are no secret.
func (a *Admin) InForce(ctx context.Context, enterprise int64) (directory.Privacy, error) {
	return a.dir.Privacy(ctx, enterprise)
}
