package directorytest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// refused checks that an error is of a kind.
func (p *place) refused(what string, err error, want fault.Kind) {
	p.t.Helper()
	if got := fault.KindOf(err); err == nil || got != want {
		p.t.Errorf("%s = %v (kind %d), want kind %d", what, err, got, want)
	}
}

// ok stops the test on an error.
func (p *place) ok(what string, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

func (p *place) person(of directory.Entity, email string) directory.Person {
	p.t.Helper()
	who, err := p.PutPerson(p.t.Context(), directory.Person{Enterprise: of.ID, Name: "Name of " + email, Email: email})
	p.ok("PutPerson", err)
	return who
}

// same compares what was read with what was wanted, but for times.
func (p *place) same(what string, got, want any) {
	p.t.Helper()
	ignoreTimes := gocmp.FilterValues(func(a, b time.Time) bool { return !a.IsZero() && !b.IsZero() }, gocmp.Ignore())
	if diff := gocmp.Diff(want, got, ignoreTimes, cmpopts.EquateEmpty()); diff != "" {
		p.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func people(t *testing.T, p *place) {
	ctx := t.Context()
	acme, other := p.enterprise("acme"), p.enterprise("other")
	ann, bo := p.person(acme, "Ann@acme.example"), p.person(other, "bo@other.example")
	if ann.ID == bo.ID || ann.Created.IsZero() {
		t.Errorf("people %+v and %+v", ann, bo)
	}
	got, err := p.PersonByEmail(ctx, " ann@ACME.example ")
	p.ok("PersonByEmail", err)
	p.same("Ann", got, ann)
	_, err = p.PersonByEmail(ctx, "cy@acme.example")
	p.refused("PersonByEmail of nobody", err, fault.NotFound)
	_, err = p.Person(ctx, 999)
	p.refused("Person of nobody", err, fault.NotFound)

	_, err = p.PutPerson(ctx, directory.Person{Email: "ANN@acme.example"})
	p.refused("a second person of one e-mail", err, fault.Conflict)
	for _, bad := range []directory.Person{{}, {Email: "ann"}, {Email: "a@b, c@d"}, {Name: "a\nb"}, {Name: "a", Email: "x@y\u2028z"}} {
		_, err = p.PutPerson(ctx, bad)
		p.refused("PutPerson", err, fault.Invalid)
	}

	ann.Name, ann.Email = "Ann B.", "ann.b@acme.example"
	_, err = p.PutPerson(ctx, ann)
	p.ok("PutPerson", err)
	got, err = p.Person(ctx, ann.ID)
	p.ok("Person", err)
	p.same("changed", got, ann)

	list, err := p.People(ctx, acme.ID)
	p.ok("People", err)
	p.same("people of acme", list, []directory.Person{ann})
	// A role, or an identity, makes somebody one of the enterprise's people.
	_, err = p.Grant(ctx, directory.Grant{Person: bo.ID, Role: "member", Entity: acme.ID})
	p.ok("Grant", err)
	list, err = p.People(ctx, acme.ID)
	p.ok("People", err)
	p.same("people of acme", list, []directory.Person{ann, bo})

	p.ok("RemovePerson", p.RemovePerson(ctx, bo.ID))
	p.refused("RemovePerson again", p.RemovePerson(ctx, bo.ID), fault.NotFound)
	list, err = p.People(ctx, 0)
	p.ok("People", err)
	p.same("all people", list, []directory.Person{ann})
	grants, err := p.Grants(ctx, 0)
	p.ok("Grants", err)
	p.same("grants of somebody removed", grants, []directory.Grant{})
}

func identities(t *testing.T, p *place) {
	ctx := t.Context()
	acme, other := p.enterprise("acme"), p.enterprise("other")
	ann, bo := p.person(acme, "ann@acme.example"), p.person(acme, "bo@acme.example")
	of := func(e directory.Entity, tool, id string, who directory.Person) directory.Identity {
		return directory.Identity{Enterprise: e.ID, Tool: tool, UserID: id, Login: "l" + id, Person: who.ID, How: directory.LinkedByHand, Linked: at(0), Linker: "system"}
	}
	p.ok("Link", p.Link(ctx, []directory.Identity{of(acme, "copilot", "1", ann), of(acme, "claude_code", "1", ann), of(other, "copilot", "1", bo)}))
	got, err := p.Identities(ctx, acme.ID)
	p.ok("Identities", err)
	p.same("linked", got, []directory.Identity{of(acme, "claude_code", "1", ann), of(acme, "copilot", "1", ann)})

	// Linking again moves.
	p.ok("Link", p.Link(ctx, []directory.Identity{of(acme, "copilot", "1", bo)}))
	got, err = p.Identities(ctx, acme.ID)
	p.ok("Identities", err)
	p.same("moved", got, []directory.Identity{of(acme, "claude_code", "1", ann), of(acme, "copilot", "1", bo)})

	p.ok("Unlink", p.Unlink(ctx, []directory.Identity{of(acme, "copilot", "1", bo)}))
	p.refused("Unlink again", p.Unlink(ctx, []directory.Identity{of(acme, "copilot", "1", bo)}), fault.NotFound)
	p.refused("Link to nobody", p.Link(ctx, []directory.Identity{of(acme, "copilot", "2", ann), of(acme, "copilot", "3", directory.Person{ID: 99})}), fault.NotFound)
	got, err = p.Identities(ctx, acme.ID)
	p.ok("Identities", err)
	p.same("all or none", got, []directory.Identity{of(acme, "claude_code", "1", ann)})
}

// confirmations checks what confirms a link, and what takes that back.
func confirmations(t *testing.T, p *place) {
	ctx := t.Context()
	acme := p.enterprise("acme")
	ann, bo := p.person(acme, "ann@acme.example"), p.person(acme, "bo@acme.example")
	boss, self := directory.WithActor(ctx, directory.PersonActor(99, "")), directory.WithActor(ctx, directory.PersonActor(ann.ID, ""))
	link := directory.Identity{Enterprise: acme.ID, Tool: "copilot", UserID: "1", Login: "octo", Person: ann.ID, How: directory.LinkedByHand}
	is := func(what string, person int64, linker, confirmer string) {
		t.Helper()
		list, err := p.IdentitiesOf(ctx, person)
		p.ok("IdentitiesOf", err)
		if len(list) != 1 || list[0].Linker != linker || list[0].Confirmer != confirmer || list[0].Confirmed.IsZero() != (confirmer == "") {
			t.Errorf("%s: %+v, want linked by %q, confirmed by %q", what, list, linker, confirmer)
		}
	}
	claimed := link
	claimed.Linker, claimed.Confirmed, claimed.Confirmer = "person 1", at(1), "person 2"
	p.ok("Link", p.Link(boss, []directory.Identity{claimed}))
	is("a new link", ann.ID, "person 99", "")
	other := link
	other.Person = bo.ID
	p.refused("Confirm for somebody else", p.Confirm(self, []directory.Identity{other}), fault.Conflict)
	p.ok("Confirm", p.Confirm(self, []directory.Identity{link}))
	me := directory.PersonActor(ann.ID, "").Name
	is("confirmed", ann.ID, "person 99", me)
	p.ok("Link", p.Link(ctx, []directory.Identity{link}))
	is("linked again to the same person", ann.ID, "person 99", me)

	// Whoever changes how somebody signs in could sign in as them.
	for what, change := range map[string]func(ctx context.Context) error{
		"invited": func(ctx context.Context) error { return p.Invite(ctx, ann.ID, "hash", at(1)) },
		"bound": func(ctx context.Context) error {
			return p.BindLogin(ctx, ann.ID, "https://id.example", fmt.Sprint(directory.ActorOf(ctx).Name))
		},
		"e-mail": func(ctx context.Context) error {
			_, err := p.PutPerson(ctx, directory.Person{ID: ann.ID, Enterprise: acme.ID, Name: ann.Name, Email: "x" + fmt.Sprint(directory.ActorOf(ctx).Person) + "@acme.example"})
			return err
		},
	} {
		p.ok("Confirm", p.Confirm(self, []directory.Identity{link}))
		p.ok(what, change(self))
		is(what+" by themself", ann.ID, "person 99", me)
		p.ok(what, change(boss))
		is(what+" by another", ann.ID, "person 99", "")
	}
	p.ok("Confirm", p.Confirm(self, []directory.Identity{link}))
	_, err := p.PutPerson(boss, directory.Person{ID: ann.ID, Enterprise: acme.ID, Name: "Annie", Email: "X99@acme.example"})
	p.ok("PutPerson", err)
	is("renamed", ann.ID, "person 99", me)
	p.ok("Link", p.Link(boss, []directory.Identity{other}))
	is("moved", bo.ID, "person 99", "")

	log, err := p.AuditLog(ctx, directory.AuditFilter{Enterprise: acme.ID, Action: "identity.", Subject: ann.ID, Limit: 3})
	p.ok("AuditLog", err)
	secret, err := p.Secret(ctx, acme.ID)
	p.ok("Secret", err)
	want := []directory.Event{}
	for _, action := range []string{"identity.unlinked", "identity.confirmed", "identity.unconfirmed"} {
		want = append(want, directory.Event{Enterprise: acme.ID, Action: action, Target: me, Subject: ann.ID, Detail: "copilot " + secret.AuditName("copilot", "1")})
	}
	var got []directory.Event
	for _, e := range log {
		got = append(got, e.Event)
	}
	p.same("the log", got, want)
}

func memberships(t *testing.T, p *place) {
	ctx := t.Context()
	acme, other := p.enterprise("acme"), p.enterprise("other")
	org, theirs := p.organization(acme, "web"), p.organization(other, "web")
	ann := p.person(acme, "ann@acme.example")
	m := directory.Membership{Enterprise: acme.ID, Person: ann.ID, Entity: org.ID, From: day.Date(2026, 1, 1)}
	p.ok("PutMemberships", p.PutMemberships(ctx, []directory.Membership{m}))
	m.To = day.Date(2026, 6, 30)
	p.ok("PutMemberships", p.PutMemberships(ctx, []directory.Membership{m}))
	got, err := p.Memberships(ctx, acme.ID)
	p.ok("Memberships", err)
	p.same("ended", got, []directory.Membership{m})

	for _, bad := range []directory.Membership{
		{Enterprise: acme.ID, Person: ann.ID, Entity: org.ID, From: 10, To: 9},
		{Enterprise: acme.ID, Person: ann.ID, Entity: theirs.ID},
		{Enterprise: acme.ID, Person: ann.ID, Entity: acme.ID},
	} {
		p.refused("PutMemberships", p.PutMemberships(ctx, []directory.Membership{bad}), fault.Invalid)
	}
	p.ok("RemoveMemberships", p.RemoveMemberships(ctx, []directory.Membership{m}))
	p.refused("RemoveMemberships again", p.RemoveMemberships(ctx, []directory.Membership{m}), fault.NotFound)
}

func batches(t *testing.T, p *place) {
	ctx := t.Context()
	acme := p.enterprise("acme")
	org := p.organization(acme, "web")
	ann := p.person(acme, "ann@acme.example")
	held := directory.Identity{Enterprise: acme.ID, Tool: "copilot", UserID: "1", Person: ann.ID, How: directory.LinkedByHand, Linked: at(0), Linker: "system"}
	p.ok("Link", p.Link(ctx, []directory.Identity{held}))
	open := directory.Membership{Enterprise: acme.ID, Person: ann.ID, Entity: org.ID}
	p.ok("PutMemberships", p.PutMemberships(ctx, []directory.Membership{open}))

	// A new person takes Ann's identity and gets one of their own; Ann's time ends.
	moved, fresh, ended := held, held, open
	moved.Person, moved.How = -1, directory.LinkedByBatch
	fresh.UserID, fresh.Person, fresh.How = "2", -1, directory.LinkedByBatch
	ended.To = day.Date(2026, 3, 1)
	joins := directory.Membership{Enterprise: acme.ID, Person: -1, Entity: org.ID, From: day.Date(2026, 1, 1)}
	b, err := p.ApplyBatch(ctx, acme.ID, directory.BatchChange{Summary: "one",
		People: []directory.Person{{Email: "bo@acme.example"}}, Identities: []directory.Identity{moved, fresh}, Memberships: []directory.Membership{ended, joins}})
	p.ok("ApplyBatch", err)
	bo, err := p.PersonByEmail(ctx, "bo@acme.example")
	p.ok("PersonByEmail", err)
	moved.Person, fresh.Person, joins.Person = bo.ID, bo.ID, bo.ID
	got, err := p.Identities(ctx, acme.ID)
	p.ok("Identities", err)
	p.same("applied", got, []directory.Identity{moved, fresh})

	// What somebody changed since is not undone, nor is anything else.
	byHand := fresh
	byHand.Person, byHand.How = ann.ID, directory.LinkedByHand
	p.ok("Link", p.Link(ctx, []directory.Identity{byHand}))
	p.refused("UndoBatch after a change", p.UndoBatch(ctx, b.ID), fault.Conflict)
	p.ok("Link", p.Link(ctx, []directory.Identity{fresh}))

	p.ok("UndoBatch", p.UndoBatch(ctx, b.ID))
	got, err = p.Identities(ctx, acme.ID)
	p.ok("Identities", err)
	p.same("undone", got, []directory.Identity{held})
	times, err := p.Memberships(ctx, acme.ID)
	p.ok("Memberships", err)
	p.same("memberships undone", times, []directory.Membership{open})
	_, err = p.PersonByEmail(ctx, "bo@acme.example")
	p.refused("a person that was made", err, fault.NotFound)
	p.refused("UndoBatch again", p.UndoBatch(ctx, b.ID), fault.Conflict)
	p.refused("UndoBatch of nothing", p.UndoBatch(ctx, 99), fault.NotFound)
	list, err := p.Batches(ctx, acme.ID)
	p.ok("Batches", err)
	if len(list) != 1 || list[0].Undone.IsZero() || list[0].Summary != "one" {
		t.Errorf("batches %+v", list)
	}
}
