package directorytest

import (
	"slices"
	"testing"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

func roles(t *testing.T, p *place) {
	ctx := t.Context()
	acme, other := p.enterprise("acme"), p.enterprise("other")
	ann := p.person(acme, "ann@acme.example")
	analyst := directory.Role{Enterprise: acme.ID, Name: "analyst", Permissions: []string{"export", "view-people"}}
	p.ok("PutRole", p.PutRole(ctx, analyst))
	p.ok("PutRole", p.PutRole(ctx, directory.Role{Enterprise: other.ID, Name: "analyst", Permissions: []string{"manage"}}))
	analyst.Permissions = []string{"export"}
	p.ok("PutRole", p.PutRole(ctx, analyst))
	got, err := p.Roles(ctx, acme.ID)
	p.ok("Roles", err)
	p.same("roles", got, []directory.Role{analyst})
	p.refused("a role without permissions", p.PutRole(ctx, directory.Role{Enterprise: acme.ID, Name: "x"}), fault.Invalid)
	p.refused("a role with a bad name", p.PutRole(ctx, directory.Role{Enterprise: acme.ID, Name: "a b", Permissions: []string{"export"}}), fault.Invalid)

	g, err := p.Grant(ctx, directory.Grant{Person: ann.ID, Role: "analyst", Entity: acme.ID})
	p.ok("Grant", err)
	p.refused("RemoveRole that is held", p.RemoveRole(ctx, acme.ID, "analyst"), fault.Conflict)
	p.ok("Revoke", p.Revoke(ctx, g.ID))
	p.ok("RemoveRole", p.RemoveRole(ctx, acme.ID, "analyst"))
	p.refused("RemoveRole again", p.RemoveRole(ctx, acme.ID, "analyst"), fault.NotFound)
}

func grants(t *testing.T, p *place) {
	ctx := t.Context()
	acme, other := p.enterprise("acme"), p.enterprise("other")
	org := p.organization(acme, "web")
	team := p.team(org, "ui")
	ann := p.person(acme, "ann@acme.example")
	give := func(in int64) directory.Grant {
		g, err := p.Grant(ctx, directory.Grant{Person: ann.ID, Role: "r", Entity: in})
		p.ok("Grant", err)
		return g
	}
	everywhere, inAcme, inTeam, inOther := give(0), give(acme.ID), give(team.ID), give(other.ID)
	if again := give(acme.ID); again.ID != inAcme.ID {
		t.Errorf("granted twice: %+v and %+v", inAcme, again)
	}
	for enterprise, want := range map[int64][]directory.Grant{
		acme.ID: {inAcme, inTeam}, other.ID: {inOther}, 0: {everywhere, inAcme, inTeam, inOther},
	} {
		got, err := p.Grants(ctx, enterprise)
		p.ok("Grants", err)
		p.same("grants", got, want)
	}
	// A role in what is removed goes with it.
	p.ok("Remove", p.Remove(ctx, org.ID))
	got, err := p.GrantsOf(ctx, ann.ID)
	p.ok("GrantsOf", err)
	p.same("grants of Ann", got, []directory.Grant{everywhere, inAcme, inOther})
	p.refused("Revoke of nothing", p.Revoke(ctx, inTeam.ID), fault.NotFound)

	// What a claim stands for stays that until somebody gives it by hand, and then for good.
	is := func(what string, claimed bool) {
		t.Helper()
		list, err := p.GrantsOf(ctx, ann.ID)
		p.ok("GrantsOf", err)
		i := slices.IndexFunc(list, func(g directory.Grant) bool { return g.Role == "from claims" })
		if i < 0 || list[i].Claimed != claimed {
			t.Errorf("%s: %+v, want claimed %t", what, list, claimed)
		}
	}
	byHand := directory.Grant{Person: ann.ID, Role: "from claims", Entity: acme.ID}
	claimed := byHand
	claimed.Claimed = true
	for _, step := range []struct {
		what    string
		grant   directory.Grant
		claimed bool
	}{{"claimed", claimed, true}, {"claimed again", claimed, true}, {"by hand", byHand, false}, {"claimed after", claimed, false}} {
		_, err = p.Grant(ctx, step.grant)
		p.ok("Grant", err)
		is(step.what, step.claimed)
	}
	_, err = p.Grant(ctx, directory.Grant{Person: 99, Role: "r"})
	p.refused("Grant to nobody", err, fault.NotFound)
	_, err = p.Grant(ctx, directory.Grant{Person: ann.ID, Role: "r", Entity: team.ID})
	p.refused("Grant nowhere", err, fault.NotFound)
}

func policies(t *testing.T, p *place) {
	ctx := t.Context()
	acme := p.enterprise("acme")
	org := p.organization(acme, "web")
	team := p.team(org, "ui")
	started := directory.Entity{ID: p.reserve(), Kind: directory.Enterprise, Slug: "new", Policy: directory.PolicyEnabled, Created: at(0)}
	started.Enterprise = started.ID
	p.put(started)
	p.want(acme, org, team, started)

	p.ok("SetPolicy", p.SetPolicy(ctx, acme.ID, directory.PolicyOrganizations))
	p.ok("SetPolicy", p.SetPolicy(ctx, org.ID, directory.PolicyEnabled))
	p.ok("SetPolicy", p.SetPolicy(ctx, started.ID, directory.PolicyUnset))
	acme.Policy, org.Policy, started.Policy = directory.PolicyOrganizations, directory.PolicyEnabled, directory.PolicyUnset
	p.want(acme, org, team, started)

	// Putting again changes no policy.
	again := acme
	again.Policy = directory.PolicyDisabled
	p.put(again)
	p.want(acme, org, team, started)

	p.refused("a team's policy", p.SetPolicy(ctx, team.ID, directory.PolicyEnabled), fault.Invalid)
	p.refused("an organization that lets organizations decide", p.SetPolicy(ctx, org.ID, directory.PolicyOrganizations), fault.Invalid)
	p.refused("an unknown policy", p.SetPolicy(ctx, acme.ID, "perhaps"), fault.Invalid)
	p.refused("a policy of nothing", p.SetPolicy(ctx, 99, directory.PolicyEnabled), fault.NotFound)
}

func privacy(t *testing.T, p *place) {
	ctx := t.Context()
	acme := p.enterprise("acme")
	got, err := p.Privacy(ctx, acme.ID)
	p.ok("Privacy", err)
	p.same("the defaults", got, directory.Privacy{MinimumGroup: 5, Pseudonyms: true, RetentionMonths: 13})
	set := directory.Privacy{MinimumGroup: 10, PersonViews: true, RetentionMonths: 0, Reason: "because", Changed: at(0)}
	for range 2 {
		p.ok("SetPrivacy", p.SetPrivacy(ctx, acme.ID, set))
	}
	got, err = p.Privacy(ctx, acme.ID)
	p.ok("Privacy", err)
	p.same("what was set", got, set)
	for _, change := range []func(*directory.Privacy){
		func(p *directory.Privacy) { p.Reason = " \t" }, func(p *directory.Privacy) { p.MinimumGroup = 0 },
		func(p *directory.Privacy) { p.RetentionMonths = -1 }, func(p *directory.Privacy) { p.RetentionMonths = 5000 },
	} {
		bad := set
		change(&bad)
		p.refused("SetPrivacy", p.SetPrivacy(ctx, acme.ID, bad), fault.Invalid)
	}
}
