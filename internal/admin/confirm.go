package admin

import (
	"context"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// A link opens a person's own page, so it takes two: whoever linked the identity, and the
// person themself or a second manager who confirms it. Nobody counts twice: not who linked
// it, and not who handed out the account's way of signing in and so could use the account.
// The operator may confirm any: nothing is hidden from the command line of the machine.

// ConfirmRequest names a linked identity, or all that whoever asks may confirm.
type ConfirmRequest struct {
	LinkRequest
	All bool `json:"all,omitempty"`
}

// Confirm confirms that identities are those of the people they are linked to. It takes
// "View people" besides managing the enterprise, as linking does.
func (a *Admin) Confirm(ctx context.Context, r ConfirmRequest) ([]Identity, error) {
	c, err := a.viewIdentities(ctx, r.ScopeNames)
	if err != nil {
		return nil, err
	}
	if err := isNoToken(ctx); err != nil {
		return nil, err
	}
	chosen, err := a.toConfirm(ctx, c, r)
	if err != nil {
		return nil, err
	}
	if err := a.dir.Confirm(ctx, chosen); err != nil {
		return nil, err
	}
	out := []Identity{}
	for _, i := range chosen {
		i.Confirmed, i.Confirmer = a.now(), directory.ActorOf(ctx).Name
		out = append(out, c.show(i))
	}
	return out, nil
}

// toConfirm returns the links that a request is to confirm.
func (a *Admin) toConfirm(ctx context.Context, c *identityList, r ConfirmRequest) ([]directory.Identity, error) {
	secure := &confirming{Admin: a, who: access.Of(ctx)}
	if r.All {
		var out []directory.Identity
		for _, i := range c.linked {
			if !i.Confirmed.IsZero() {
				continue
			}
			why, err := secure.refusal(ctx, i)
			if err != nil {
				return nil, err
			}
			if why == "" {
				out = append(out, i)
			}
		}
		return out, nil
	}
	i, err := c.named(r.LinkRequest)
	if err != nil {
		return nil, err
	}
	switch {
	case i.Person == 0:
		return nil, fault.New(fault.Conflict, "this identity is linked to nobody: link it first")
	case !i.Confirmed.IsZero():
		return nil, fault.New(fault.Conflict, "this link is confirmed already")
	}
	why, err := secure.refusal(ctx, i)
	if err == nil && why != "" {
		err = fault.New(fault.Forbidden, "%s", why)
	}
	return []directory.Identity{i}, err
}

// ConfirmOwn confirms that an identity is that of whoever asks; DeclineOwn unlinks one that
// is not theirs. Both are about links that are not confirmed.
func (a *Admin) ConfirmOwn(ctx context.Context, enterprise int64, tool, userID string) error {
	i, err := a.pending(ctx, enterprise, tool, userID)
	if err != nil {
		return err
	}
	why, err := (&confirming{Admin: a, who: access.Of(ctx)}).refusal(ctx, i)
	if err != nil {
		return err
	}
	if why != "" {
		return fault.New(fault.Forbidden, "%s", why)
	}
	return a.dir.Confirm(ctx, []directory.Identity{i})
}

// DeclineOwn unlinks an identity that is not whoever asks.
func (a *Admin) DeclineOwn(ctx context.Context, enterprise int64, tool, userID string) error {
	i, err := a.pending(ctx, enterprise, tool, userID)
	if err != nil {
		return err
	}
	return a.reconcileAfter(ctx, enterprise, a.dir.Unlink(ctx, []directory.Identity{i}))
}

// pending returns a link to whoever asks that waits for its confirmation.
func (a *Admin) pending(ctx context.Context, enterprise int64, tool, userID string) (directory.Identity, error) {
	list, err := a.dir.IdentitiesOf(ctx, access.Of(ctx).Person.ID)
	if err != nil {
		return directory.Identity{}, err
	}
	for _, i := range list {
		if i.Enterprise == enterprise && i.Tool == tool && i.UserID == userID && i.Confirmed.IsZero() {
			return i, nil
		}
	}
	return directory.Identity{}, fault.New(fault.NotFound, "no identity of yours with this user id waits for its confirmation")
}

// confirming judges who may confirm links.
type confirming struct {
	*Admin
	who *access.Principal
	// accounts are the actors who could use each account, by person.
	accounts map[int64]map[string]bool
}

// refusal says why whoever asks may not confirm a link; "" if they may.
func (c *confirming) refusal(ctx context.Context, i directory.Identity) (string, error) {
	me := directory.ActorOf(ctx).Name
	if c.who.Kind == access.Operator {
		return "", nil
	}
	openers, err := c.openers(ctx, i.Person)
	if err != nil {
		return "", err
	}
	switch own := i.Person == c.who.Person.ID; {
	case i.Linker == "":
		return "nobody knows who linked this identity: link it again, or confirm it on the command line", nil
	case i.Linker == me && own:
		return "you linked this identity to yourself: somebody else who manages the enterprise has to confirm it", nil
	case i.Linker == me:
		return "you linked this identity: the person, or somebody else who manages the enterprise, has to confirm it", nil
	case own && len(openers) > 0:
		return "somebody else gave you your way of signing in, so it does not prove who you are: somebody who manages the enterprise has to confirm this identity", nil
	case openers[me]:
		return "you invited this person or changed how they sign in: the person, or somebody else who manages the enterprise, has to confirm the link", nil
	}
	return "", nil
}

// openers returns the actors who could use a person's account, because they invited the
// person, bound a login to the account, or changed its e-mail address. Of the
// person's own session through the identity provider, invitations say nothing.
func (c *confirming) openers(ctx context.Context, person int64) (map[string]bool, error) {
	if found, ok := c.accounts[person]; ok {
		return found, nil
	}
	own := person == c.who.Person.ID
	actions := []string{"signin.bound", "person.changed"}
	if !own || c.who.Session.How != "oidc" {
		actions = append(actions, "person.invited")
	}
	found := map[string]bool{}
	for _, action := range actions {
		list, err := c.dir.AuditLog(ctx, directory.AuditFilter{All: true, Subject: person, Action: action, Limit: maxEntries})
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			if e.Person == person || e.Person == 0 { // themself, the operator, or the program
				continue
			}
			if action != "person.changed" || strings.Contains(e.Detail, directory.EmailChanged) {
				found[e.Actor.Name] = true
			}
		}
	}
	if c.accounts == nil {
		c.accounts = map[int64]map[string]bool{}
	}
	c.accounts[person] = found
	return found, nil
}
