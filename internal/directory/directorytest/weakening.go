package directorytest

import (
	"slices"
	"testing"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// weakenings checks what waits for a guardian, and what becomes of it.
func weakenings(t *testing.T, p *place) {
	ctx := t.Context()
	acme, other := p.enterprise("acme"), p.enterprise("other")
	ann, gina := p.person(acme, "ann@acme.example"), p.person(acme, "gina@acme.example")
	owner, guardian := directory.WithActor(ctx, directory.PersonActor(ann.ID, "")), directory.WithActor(ctx, directory.PersonActor(gina.ID, ""))
	views, group, years := true, 7, 24
	change := directory.PrivacyChange{PersonViews: &views, MinimumGroup: &group, Reason: "because"}
	w, err := p.RequestWeakening(owner, directory.Weakening{Enterprise: acme.ID, Privacy: &change, Summary: "less"})
	p.ok("RequestWeakening", err)
	_, err = p.RequestWeakening(owner, directory.Weakening{Enterprise: acme.ID, Privacy: &directory.PrivacyChange{RetentionMonths: &years}, Summary: "no reason"})
	p.refused("RequestWeakening without a reason", err, fault.Invalid)
	_, err = p.RequestWeakening(owner, directory.Weakening{Enterprise: 999, Privacy: &change})
	p.refused("RequestWeakening nowhere", err, fault.NotFound)

	before, err := p.Privacy(ctx, acme.ID)
	p.ok("Privacy", err)
	p.same("nothing has changed", before, directory.DefaultPrivacy())
	list, err := p.Weakenings(ctx, acme.ID)
	p.ok("Weakenings", err)
	want := w
	want.Requester, want.Person = directory.PersonActor(ann.ID, "").Name, ann.ID
	p.same("what waits", list, []directory.Weakening{want})
	list, err = p.Weakenings(ctx, other.ID)
	p.ok("Weakenings", err)
	p.same("another enterprise's", list, []directory.Weakening{})

	// What somebody strengthens meanwhile stays, where the change does not speak of it.
	stronger := directory.DefaultPrivacy()
	stronger.RetentionMonths, stronger.Reason = 6, "shorter"
	p.ok("SetPrivacy", p.SetPrivacy(owner, acme.ID, stronger))
	p.ok("DecideWeakening", p.DecideWeakening(guardian, w.ID, directory.Approved))
	after, err := p.Privacy(ctx, acme.ID)
	p.ok("Privacy", err)
	p.same("approved", after, directory.Privacy{MinimumGroup: 7, Pseudonyms: true, PersonViews: true, RetentionMonths: 6, Reason: "because", Changed: at(0)})
	for _, d := range []directory.Decision{directory.Approved, directory.Declined, directory.Withdrawn} {
		p.refused("decided again", p.DecideWeakening(guardian, w.ID, d), fault.Conflict)
	}
	p.refused("one that is not there", p.DecideWeakening(guardian, 999, directory.Approved), fault.NotFound)

	// Declined and withdrawn ones change nothing.
	change.MinimumGroup, change.RetentionMonths = nil, &years
	for _, d := range []directory.Decision{directory.Declined, directory.Withdrawn} {
		w, err = p.RequestWeakening(owner, directory.Weakening{Enterprise: acme.ID, Privacy: &change, Summary: "longer"})
		p.ok("RequestWeakening", err)
		p.ok("DecideWeakening", p.DecideWeakening(guardian, w.ID, d))
	}
	same, err := p.Privacy(ctx, acme.ID)
	p.ok("Privacy", err)
	p.same("not approved", same, after)

	log, err := p.AuditLog(ctx, directory.AuditFilter{Enterprise: acme.ID, Action: "weakening.approved"})
	p.ok("AuditLog", err)
	if len(log) != 1 || log[0].Person != gina.ID || log[0].Subject != ann.ID || log[0].Detail != "less; requested by "+want.Requester {
		t.Errorf("the log says %+v", log)
	}
}

// guardians checks that nobody loses a guardian by the way.
func guardians(t *testing.T, p *place) {
	ctx := t.Context()
	acme := p.enterprise("acme")
	gina, bo := p.person(acme, "gina@acme.example"), p.person(acme, "bo@acme.example")
	g, err := p.Grant(ctx, directory.Grant{Person: gina.ID, Role: directory.Guardian, Entity: acme.ID})
	p.ok("Grant", err)
	p.refused("RemovePerson", p.RemovePerson(ctx, gina.ID), fault.Conflict)
	disabled := gina
	disabled.Disabled = true
	_, err = p.PutPerson(ctx, disabled)
	p.refused("disabling", err, fault.Conflict)
	p.refused("Erase", p.Erase(ctx, directory.Erasure{Enterprise: acme.ID, Person: gina.ID, Pseudonym: "p"}), fault.Conflict)

	// Another is named, and the first dismissed, by approval.
	second := directory.Grant{Person: bo.ID, Role: directory.Guardian, Entity: acme.ID}
	for _, w := range []directory.Weakening{{Enterprise: acme.ID, Give: &second}, {Enterprise: acme.ID, Dismiss: &g}} {
		w, err = p.RequestWeakening(ctx, w)
		p.ok("RequestWeakening", err)
		p.ok("DecideWeakening", p.DecideWeakening(ctx, w.ID, directory.Approved))
	}
	list, err := p.Grants(ctx, acme.ID)
	p.ok("Grants", err)
	if len(list) != 1 || list[0].Person != bo.ID || list[0].Role != directory.Guardian {
		t.Errorf("grants %+v", list)
	}
	// A change that cannot be carried out is not decided.
	w, err := p.RequestWeakening(ctx, directory.Weakening{Enterprise: acme.ID, Dismiss: &g})
	p.ok("RequestWeakening", err)
	p.refused("DecideWeakening", p.DecideWeakening(ctx, w.ID, directory.Approved), fault.NotFound)
	waiting, err := p.Weakenings(ctx, acme.ID)
	p.ok("Weakenings", err)
	if i := slices.IndexFunc(waiting, func(o directory.Weakening) bool { return o.ID == w.ID }); i != 0 || waiting[0].Decision != "" {
		t.Errorf("requests %+v", waiting)
	}
	p.ok("RemovePerson", p.RemovePerson(ctx, gina.ID))
}
