package access

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// ClaimedRole is a role that people have in a place while a claim of their ID token has a
// value: the name or id of a group, or an application role.
type ClaimedRole struct {
	Value, Role string
	// Enterprise, Org and Team are the place; none of them is the whole installation.
	Enterprise, Org, Team string
}

// claims are what we read of an ID token.
type claims struct {
	Email    string `json:"email"`
	Verified bool   `json:"email_verified"`
	// all are the token's, as they came.
	all map[string]any
}

// text returns a claim that is a text, "" otherwise.
func (c claims) text(name string) string {
	s, _ := c.all[name].(string)
	return s
}

// values returns the texts of a claim: of one, or of a list of them.
func (c claims) values(name string) (out []string) {
	switch v := c.all[name].(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			if s, ok := one.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// elsewhere reports whether the provider has left a claim out because it is too long, and
// says where it could be asked for instead: Entra does so from 200 groups on.
func (c claims) elsewhere(name string) bool {
	if has, ok := c.all["has"+name].(bool); ok && has {
		return true
	}
	names, _ := c.all["_claim_names"].(map[string]any)
	_, ok := names[name]
	return ok
}

// subject returns by what the provider knows the person: the sub of the token, or the
// claims that the options name, each escaped and separated by slashes.
func (p *Provider) subject(sub string, c claims) (string, error) {
	if len(p.opt.IdentityClaims) == 0 {
		return sub, nil
	}
	var parts []string
	for _, name := range p.opt.IdentityClaims {
		v := c.text(name)
		if v == "" {
			return "", fmt.Errorf("the ID token has no claim %q, by which oidc_identity_claims identifies people", name)
		}
		parts = append(parts, url.PathEscape(v))
	}
	if s := strings.Join(parts, "/"); len(s) <= maxSubject {
		return s, nil
	}
	return "", fmt.Errorf("the claims that identify the person are longer than %d characters", maxSubject)
}

// isFirstOwner reports whether the options name the person as the first owner, by verified
// e-mail address or by what identifies them.
func (p *Provider) isFirstOwner(subject string, c claims) bool {
	first := p.opt.FirstOwner
	return first != "" && (first == subject || c.Verified && c.Email != "" && strings.EqualFold(first, c.Email))
}

// newAccount makes an account for somebody whom the provider knows and nobody has added:
// for the first owner, and for everybody where the options say so. It has no role. An
// address that the provider has not verified is not the account's.
func (e *Authenticator) newAccount(r *http.Request, subject string, c claims) (directory.Person, error) {
	p, none := e.opt.OIDC, directory.Person{}
	first := p.isFirstOwner(subject, c)
	if first {
		have, err := administered(r.Context(), e.dir)
		if err != nil {
			return none, err
		}
		first = !have
	}
	if !first && p.opt.NewAccounts == "" {
		return none, fault.New(fault.NotFound, "no account here has the subject %q", subject)
	}
	ctx := directory.WithActor(r.Context(), directory.Actor{Name: "identity provider", Address: e.opt.Address(r)})
	who := directory.Person{Name: c.text("name")}
	if name := c.text("preferred_username"); who.Name == "" {
		who.Name = name
	} else if name != "" {
		who.Name += " (" + name + ")"
	}
	if c.Verified && c.Email != "" {
		who.Email = c.Email
		switch _, err := e.dir.PersonByEmail(ctx, c.Email); {
		case err == nil:
			return none, fault.New(fault.NotFound, "the account with this e-mail address is bound to a different subject")
		case fault.KindOf(err) != fault.NotFound:
			return none, err
		}
	}
	if who.Name == "" && who.Email == "" {
		who.Name = clip(subject)
	}
	if p.opt.NewAccounts != "" {
		enterprise, err := e.enterpriseNamed(ctx, p.opt.NewAccounts)
		if err != nil {
			return none, err
		}
		if enterprise.WithoutPeople() && !first {
			return none, fault.New(fault.NotFound, "the enterprise %s is kept without people: oidc_new_accounts makes no accounts there; add people who are to sign in", enterprise.Key())
		}
		who.Enterprise = enterprise.ID
	}
	who, err := e.dir.PutPerson(ctx, who)
	if err != nil {
		return none, err
	}
	return who, e.bind(r, who, subject)
}

// bind makes a subject of the provider the person's, by their own doing.
func (e *Authenticator) bind(r *http.Request, who directory.Person, subject string) error {
	ctx := directory.WithActor(r.Context(), directory.PersonActor(who.ID, e.opt.Address(r)))
	return e.dir.BindLogin(ctx, who.ID, e.opt.OIDC.opt.Issuer, subject)
}

func (e *Authenticator) enterpriseNamed(ctx context.Context, word string) (directory.Entity, error) {
	at, err := Resolve(ctx, e.dir, NewOperator(), ScopeNames{Enterprise: word})
	if err != nil {
		return directory.Entity{}, fault.New(fault.Conflict, "the option oidc_new_accounts names the enterprise %q, which does not exist: tell the administrator of this server", word)
	}
	return *at.Enterprise, nil
}

// grantClaimed gives a person the roles that their claims stand for, and takes back those
// that earlier claims stood for. Roles that somebody gave by hand stay. What cannot be
// done is in the audit log: of a claim that the provider left out nothing is known, so
// no role is taken back.
func (e *Authenticator) grantClaimed(r *http.Request, who directory.Person, subject string, c claims) error {
	ctx := directory.WithActor(r.Context(), directory.Actor{Name: "identity provider", Address: e.opt.Address(r)})
	claimed, known, problems, err := e.claimedGrants(ctx, who, c)
	if err != nil {
		return err
	}
	if first, err := e.firstOwner(ctx, subject, c); err != nil {
		return err
	} else if first {
		if _, err := e.dir.Grant(ctx, directory.Grant{Person: who.ID, Role: EnterpriseOwner}); err != nil {
			return err
		}
	}
	have, err := e.dir.GrantsOf(ctx, who.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(have, func(g directory.Grant) bool { return g.Role == directory.Guardian }) && len(claimed) > 0 {
		claimed, problems = nil, append(problems, "a guardian of privacy gets no other role")
	}
	for _, g := range have {
		stays := slices.ContainsFunc(claimed, func(o directory.Grant) bool { return o.Role == g.Role && o.Entity == g.Entity })
		if g.Claimed && known && !stays {
			if err := e.dir.Revoke(ctx, g.ID); err != nil {
				return err
			}
		}
	}
	for _, g := range claimed {
		if slices.ContainsFunc(have, func(o directory.Grant) bool { return o.Role == g.Role && o.Entity == g.Entity }) {
			continue
		}
		waits, err := e.asksGuardian(ctx, g)
		if fault.KindOf(err) == fault.Conflict {
			problems = append(problems, fmt.Sprintf("%q was not granted: %v", g.Role, err))
			continue
		}
		if err != nil {
			return err
		}
		if waits {
			continue
		}
		if _, err := e.dir.Grant(ctx, g); err != nil {
			return err
		}
	}
	for _, why := range problems {
		if err := e.dir.Record(ctx, directory.Event{Action: "signin.roles", Target: fmt.Sprintf("person %d", who.ID), Subject: who.ID, Detail: clip(why)}); err != nil {
			return err
		}
	}
	return nil
}

// asksGuardian reports whether a claimed role waits for a guardian of privacy, because people
// are viewed with it. It is asked for once; what was declined is not asked for again.
func (e *Authenticator) asksGuardian(ctx context.Context, g directory.Grant) (bool, error) {
	in, where := (*directory.Entity)(nil), "the whole installation"
	if g.Entity != 0 {
		list, err := e.dir.Entities(ctx)
		if err != nil {
			return false, err
		}
		i := slices.IndexFunc(list, func(o directory.Entity) bool { return o.ID == g.Entity })
		if i < 0 {
			return false, fault.New(fault.Conflict, "its place is gone")
		}
		in, where = &list[i], fmt.Sprintf("%s %s", list[i].Kind, list[i].Key())
	}
	permissions, err := RolePermissions(ctx, e.dir, g.Role, in)
	if err != nil {
		return false, err
	}
	guard, err := GuardedBy(ctx, e.dir, permissions, in)
	if err != nil || guard == 0 {
		return false, err
	}
	asked, err := e.dir.Weakenings(ctx, guard)
	if err != nil {
		return false, err
	}
	for _, w := range asked {
		if o := w.Give; o != nil && o.Person == g.Person && o.Role == g.Role && o.Entity == g.Entity && (w.Decision == "" || w.Decision == directory.Declined) {
			return true, nil
		}
	}
	_, err = e.dir.RequestWeakening(ctx, directory.Weakening{Enterprise: guard, Give: &g,
		Summary: fmt.Sprintf("give person %d the role %s in %s, with which they view people, as the identity provider says", g.Person, g.Role, where)})
	return true, err
}

// firstOwner reports whether the person becomes the first owner now.
func (e *Authenticator) firstOwner(ctx context.Context, subject string, c claims) (bool, error) {
	if !e.opt.OIDC.isFirstOwner(subject, c) {
		return false, nil
	}
	have, err := administered(ctx, e.dir)
	return !have, err
}

// claimedGrants returns the grants that a person's claims stand for, whether the provider
// has told all of them, and what could not be granted.
func (e *Authenticator) claimedGrants(ctx context.Context, who directory.Person, c claims) (out []directory.Grant, known bool, problems []string, err error) {
	p := e.opt.OIDC
	known = true
	var values []string
	if len(p.opt.Roles) > 0 {
		for _, name := range p.opt.RoleClaims {
			values = append(values, c.values(name)...)
			if c.elsewhere(name) {
				known = false
				problems = append(problems, fmt.Sprintf("the identity provider left out the claim %q because the person has too many: roles that it stood for stay as they were. Have it send application roles, or only the groups assigned to this application", name))
			}
		}
	}
	for _, role := range p.opt.Roles {
		if !slices.Contains(values, role.Value) {
			continue
		}
		g := directory.Grant{Person: who.ID, Role: role.Role, Claimed: true}
		var in *directory.Entity
		if role.Enterprise != "" {
			at, err := Resolve(ctx, e.dir, NewOperator(), ScopeNames{Enterprise: role.Enterprise, Org: role.Org, Team: role.Team})
			if fault.KindOf(err) == fault.NotFound {
				problems = append(problems, fmt.Sprintf("%q was not granted: there is no %s", role.Role, strings.Trim(role.Enterprise+"/"+role.Org+"/"+role.Team, "/")))
				continue
			}
			if err != nil {
				return nil, false, nil, err
			}
			in = at.Entity()
			g.Entity = in.ID
		}
		if role.Role == directory.Guardian {
			problems = append(problems, "a guardian is named by hand: no claim stands for the role")
			continue
		}
		if _, err := RolePermissions(ctx, e.dir, role.Role, in); err != nil {
			problems = append(problems, fmt.Sprintf("%q was not granted: %v", role.Role, err))
			continue
		}
		out = append(out, g)
	}
	return out, known, problems, nil
}
