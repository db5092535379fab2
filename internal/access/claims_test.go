package access

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/directory"
)

// in signs somebody in whose ID token has these claims besides, and returns whom.
func (p *idp) in(w *world, claims map[string]any) (directory.Person, error) {
	p.t.Helper()
	p.claims = func(c map[string]any) {
		for k, v := range claims {
			c[k] = v
		}
	}
	w.now = w.now.Add(5 * 60e9) // tries are limited
	b := w.browser()
	w.ok(p.start(b))
	err := p.finish(b)
	return b.who().Person, err
}

// with returns an installation that trusts the provider as options say.
func (p *idp) with(change func(*ProviderOptions)) *world {
	opt := p.options()
	change(&opt.OIDC.opt)
	return newWorld(p.t, opt)
}

// held lists a person's grants, those that claims stand for with a star.
func (w *world) held(who directory.Person) (out []string) {
	w.t.Helper()
	list, err := w.dir.GrantsOf(w.t.Context(), who.ID)
	w.ok(err)
	for _, g := range list {
		out = append(out, fmt.Sprintf("%s@%d%s", g.Role, g.Entity, strings.Repeat("*", map[bool]int{true: 1}[g.Claimed])))
	}
	slices.Sort(out)
	return out
}

// TestIdentityClaims knows people by tenant and object id, whatever the subject is.
func TestIdentityClaims(t *testing.T) {
	p := newIDP(t)
	w := p.with(func(o *ProviderOptions) { o.IdentityClaims = []string{"tid", "oid"} })
	ann := w.person("ann@acme.example", "")
	first, err := p.in(w, map[string]any{"tid": "T", "oid": "O"})
	if err != nil || first.ID != ann.ID {
		t.Fatalf("%+v, %v", first, err)
	}
	unverified := map[string]any{"sub": "another", "tid": "T", "oid": "O", "email_verified": false}
	if who, err := p.in(w, unverified); err != nil || who.ID != ann.ID {
		t.Errorf("another subject of the same object: %+v, %v", who, err)
	}
	for name, claims := range map[string]map[string]any{
		"another tenant": {"tid": "T2", "oid": "O"}, "another object": {"tid": "T", "oid": "O2"}, "no object": {"tid": "T"}, "an empty object": {"tid": "T", "oid": ""},
		"an object that is no text": {"tid": "T", "oid": []string{"O"}}, "a slash": {"tid": "T/O", "oid": ""}, "slashes": {"tid": "", "oid": "T/O"},
		"an endless object": {"tid": "T", "oid": strings.Repeat("o", 300)},
	} {
		if who, err := p.in(w, claims); err == nil {
			t.Errorf("%s: signed in as %+v", name, who)
		}
	}
	if a, _ := w.authenticator.opt.OIDC.subject("", claimsOf("a/b", "c")); a != "a%2Fb/c" {
		t.Errorf("subject %q", a)
	}
}

func claimsOf(tid, oid string) claims { return claims{all: map[string]any{"tid": tid, "oid": oid}} }

// TestClaimedRoles grants what claims stand for, and takes it back.
func TestClaimedRoles(t *testing.T) {
	p := newIDP(t)
	w := p.with(func(o *ProviderOptions) {
		o.RoleClaims = []string{"groups", "roles"}
		o.Roles = []ClaimedRole{{Value: "cn=a,ou=b", Role: EnterpriseOwner, Enterprise: "acme"}, {Value: "lead", Role: BillingManager, Enterprise: "acme"},
			{Value: "root", Role: EnterpriseOwner}, {Value: "lost", Role: Member, Enterprise: "nowhere"}, {Value: "king", Role: "king", Enterprise: "acme"}}
	})
	acme, ann := w.enterprise("acme"), w.person("ann@acme.example", "")
	_, err := w.dir.Grant(t.Context(), directory.Grant{Person: ann.ID, Role: Member, Entity: acme.ID})
	w.ok(err)
	at := func(role, star string) string { return fmt.Sprintf("%s@%d%s", role, acme.ID, star) }
	overage := map[string]any{"_claim_names": map[string]any{"groups": "src1"}, "_claim_sources": map[string]any{"src1": map[string]any{"endpoint": "https://evil.example/groups"}}}
	for _, c := range []struct {
		name   string
		claims map[string]any
		want   []string
		said   string
	}{
		{"no claims", nil, nil, ""},
		{"a group", map[string]any{"groups": []string{"other", "cn=a,ou=b"}}, []string{at(EnterpriseOwner, "*")}, ""},
		{"another group", map[string]any{"groups": []string{"lead"}}, []string{at(BillingManager, "*")}, ""},
		{"too many groups", overage, []string{at(BillingManager, "*")}, "has too many"},
		{"too many, in the other form", map[string]any{"hasgroups": true, "roles": []string{"cn=a,ou=b"}}, []string{at(BillingManager, "*"), at(EnterpriseOwner, "*")}, "has too many"},
		{"application role as text", map[string]any{"roles": "root"}, []string{EnterpriseOwner + "@0*"}, ""},
		{"the same letters in capitals", map[string]any{"groups": []string{"LEAD", "lead "}}, nil, ""},
		{"a place and a role that are not there", map[string]any{"groups": []string{"lost", "king"}}, nil, "not granted"},
		{"claims of other kinds", map[string]any{"groups": map[string]any{"lead": true}, "roles": 7}, nil, ""},
		{"a list of other kinds", map[string]any{"groups": []any{7, nil, []string{"lead"}, "lead"}}, []string{at(BillingManager, "*")}, ""},
		{"a claim that stands for nothing", map[string]any{"wids": []string{"lead"}}, nil, ""},
	} {
		before, err := w.dir.AuditLog(t.Context(), directory.AuditFilter{All: true, Action: "signin.roles"})
		w.ok(err)
		if _, err := p.in(w, c.claims); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		want := append(slices.Clone(c.want), at(Member, ""))
		slices.Sort(want)
		if got := w.held(ann); !slices.Equal(got, want) {
			t.Errorf("%s: holds %v, want %v", c.name, got, want)
		}
		log, err := w.dir.AuditLog(t.Context(), directory.AuditFilter{All: true, Action: "signin.roles"})
		w.ok(err)
		if said := len(log) > len(before); said != (c.said != "") || said && !strings.Contains(log[0].Detail, c.said) {
			t.Errorf("%s: the log says %+v", c.name, log)
		}
	}
	// A role that somebody gave by hand besides stays.
	_, err = p.in(w, map[string]any{"groups": []string{"lead"}})
	w.ok(err)
	_, err = w.dir.Grant(t.Context(), directory.Grant{Person: ann.ID, Role: BillingManager, Entity: acme.ID})
	w.ok(err)
	_, err = p.in(w, nil)
	w.ok(err)
	if got := w.held(ann); !slices.Contains(got, at(BillingManager, "")) {
		t.Errorf("holds %v", got)
	}
}

// TestNewAccounts lets anybody of the provider in, without a role, and nobody else's account.
func TestNewAccounts(t *testing.T) {
	p := newIDP(t)
	w := p.with(func(o *ProviderOptions) { o.NewAccounts = "acme" })
	acme, ann := w.enterprise("acme"), w.person("ann@acme.example", "")
	_, err := p.in(w, nil) // binds Ann
	w.ok(err)
	cy, err := p.in(w, map[string]any{"sub": "cy", "email": "cy@acme.example", "name": "Cy"})
	if err != nil || cy.ID == ann.ID || cy.Email != "cy@acme.example" || cy.Enterprise != acme.ID || len(w.held(cy)) > 0 {
		t.Errorf("%+v, %v", cy, err)
	}
	if again, err := p.in(w, map[string]any{"sub": "cy", "email": "other@acme.example"}); err != nil || again.ID != cy.ID {
		t.Errorf("signs in again: %+v, %v", again, err)
	}
	for name, claims := range map[string]map[string]any{"another's verified address": {"sub": "eve"}, "another's verified address in capitals": {"sub": "eve", "email": "CY@acme.example"}} {
		if who, err := p.in(w, claims); err == nil {
			t.Errorf("%s: %+v", name, who)
		}
	}
	eve, err := p.in(w, map[string]any{"sub": "eve", "email_verified": false, "name": "Eve", "preferred_username": "eve@acme.example"})
	if err != nil || eve.Email != "" || eve.ID == ann.ID || eve.Name != "Eve (eve@acme.example)" {
		t.Errorf("an address that is not verified: %+v, %v", eve, err)
	}
	nobody, err := p.in(w, map[string]any{"sub": "nobody", "email": ""})
	if err != nil || nobody.Name != "nobody" {
		t.Errorf("no name: %+v, %v", nobody, err)
	}
	cy.Disabled = true
	_, err = w.dir.PutPerson(t.Context(), cy)
	w.ok(err)
	if who, err := p.in(w, map[string]any{"sub": "cy"}); err == nil {
		t.Errorf("somebody disabled signs in: %+v", who)
	}
	lost := p.with(func(o *ProviderOptions) { o.NewAccounts = "nowhere" })
	if _, err := p.in(lost, nil); err == nil || !strings.Contains(err.Error(), "oidc_new_accounts") {
		t.Errorf("an enterprise that is not there: %v", err)
	}
}

// TestNoNewAccountsWithoutPeople makes nobody an account of an enterprise without people, but
// lets those in whom somebody has added.
func TestNoNewAccountsWithoutPeople(t *testing.T) {
	p := newIDP(t)
	w := p.with(func(o *ProviderOptions) { o.NewAccounts = "acme" })
	id, err := w.dir.Reserve(t.Context(), 1)
	w.ok(err)
	w.ok(w.dir.Put(t.Context(), []directory.Entity{{ID: id, Enterprise: id, Kind: directory.Enterprise, Slug: "acme", PeopleKey: "a fingerprint"}}))
	ann := w.person("ann@acme.example", "")
	if who, err := p.in(w, nil); err != nil || who.ID != ann.ID {
		t.Errorf("%+v, %v", who, err)
	}
	if who, err := p.in(w, map[string]any{"sub": "cy", "email": "cy@acme.example", "name": "Cy"}); err == nil {
		t.Errorf("%+v has an account", who)
	}
	if list, err := w.dir.People(t.Context(), 0); err != nil || len(list) > 1 {
		t.Errorf("people %+v, %v", list, err)
	}
}

// TestFirstOwner makes whom the options name the owner, while there is none.
func TestFirstOwner(t *testing.T) {
	for _, c := range []struct {
		name, first string
		claims      map[string]any
		becomes     bool
	}{
		{"by address", "Ann@acme.example", nil, true},
		{"by subject", "subject", map[string]any{"email_verified": false}, true},
		{"an address that is not verified", "ann@acme.example", map[string]any{"email_verified": false}, false},
		{"somebody else", "bo@acme.example", nil, false},
		{"nobody", "", nil, false},
		{"no address", "", map[string]any{"email": "", "sub": "x"}, false},
	} {
		p := newIDP(t)
		w := p.with(func(o *ProviderOptions) { o.FirstOwner = c.first })
		who, err := p.in(w, c.claims)
		if became := err == nil && slices.Equal(w.held(who), []string{EnterpriseOwner + "@0"}); became != c.becomes {
			t.Errorf("%s: %+v, %v", c.name, who, err)
		}
		if needs, err := w.authenticator.NeedsSetup(t.Context()); err != nil || needs != (c.first == "") {
			t.Errorf("%s: needs the setup link: %t, %v", c.name, needs, err)
		}
		if !c.becomes {
			continue
		}
		// Not a second one, and not again while there is one.
		w.authenticator.opt.OIDC.opt.FirstOwner = "bo@acme.example"
		if other, err := p.in(w, map[string]any{"sub": "bo", "email": "bo@acme.example"}); err == nil {
			t.Errorf("%s: a second owner: %+v", c.name, other)
		}
	}
}

// TestClaimedViewerWaits signs somebody in whose group stands for a role that views people,
// where a guardian guards privacy.
func TestClaimedViewerWaits(t *testing.T) {
	p := newIDP(t)
	w := p.with(func(o *ProviderOptions) {
		o.RoleClaims = []string{"groups"}
		o.Roles = []ClaimedRole{{Value: "owners", Role: EnterpriseOwner, Enterprise: "acme"}, {Value: "bills", Role: BillingManager, Enterprise: "acme"}}
	})
	acme, ann, gina := w.enterprise("acme"), w.person("ann@acme.example", ""), w.person("gina@acme.example", "")
	_, err := w.dir.Grant(t.Context(), directory.Grant{Person: gina.ID, Role: directory.Guardian, Entity: acme.ID})
	w.ok(err)
	groups := map[string]any{"groups": []string{"owners", "bills"}}
	asked := func() []directory.Weakening {
		t.Helper()
		list, err := w.dir.Weakenings(t.Context(), acme.ID)
		w.ok(err)
		return list
	}
	enter := func(claims map[string]any, want ...string) {
		t.Helper()
		_, err := p.in(w, claims)
		w.ok(err)
		if got := w.held(ann); !slices.Equal(got, want) {
			t.Errorf("holds %v, want %v", got, want)
		}
	}
	bills, owner := fmt.Sprintf("%s@%d*", BillingManager, acme.ID), fmt.Sprintf("%s@%d*", EnterpriseOwner, acme.ID)
	enter(groups, bills)
	enter(groups, bills)
	list := asked()
	if len(list) != 1 || list[0].Give == nil || !list[0].Give.Claimed {
		t.Fatalf("requests %+v", list)
	}
	w.ok(w.dir.DecideWeakening(t.Context(), list[0].ID, directory.Approved))
	enter(groups, bills, owner)
	enter(map[string]any{"groups": []string{"bills"}}, bills)
	enter(groups, bills) // it is asked for again
	if list = asked(); len(list) != 2 {
		t.Fatalf("requests %+v", list)
	}
	w.ok(w.dir.DecideWeakening(t.Context(), list[0].ID, directory.Declined))
	enter(groups, bills)
	if list = asked(); len(list) != 2 {
		t.Errorf("it is asked for again after it was declined: %+v", list)
	}
}
