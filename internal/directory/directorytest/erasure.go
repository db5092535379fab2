package directorytest

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

func secrets(t *testing.T, p *place) {
	ctx := t.Context()
	acme, other := p.enterprise("acme"), p.enterprise("other")
	first, err := p.Secret(ctx, acme.ID)
	p.ok("Secret", err)
	again, err := p.Secret(ctx, acme.ID)
	p.ok("Secret", err)
	theirs, err := p.Secret(ctx, other.ID)
	p.ok("Secret", err)
	if len(first) < 32 || !bytes.Equal(first, again) || bytes.Equal(first, theirs) {
		t.Errorf("secrets of %d bytes: the same again %t, another's %t", len(first), bytes.Equal(first, again), bytes.Equal(first, theirs))
	}
	if _, err := p.Secret(ctx, 99); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the secret of nothing: %v", err)
	}
}

func erasure(t *testing.T, p *place) {
	ctx := t.Context()
	acme, other := p.enterprise("acme"), p.enterprise("other")
	ann, ben := p.person(acme, "ann@acme.example"), p.person(acme, "ben@acme.example")
	identity := func(e directory.Entity, tool, id, login string, person int64) directory.Identity {
		return directory.Identity{Enterprise: e.ID, Tool: tool, UserID: id, Login: login, Person: person, How: directory.LinkedByHand}
	}
	linked := []directory.Identity{identity(acme, "copilot", "1", "ann", ann.ID), identity(acme, "codex", "ann@vendor", "", ann.ID)}
	kept := []directory.Identity{identity(acme, "copilot", "2", "ben", ben.ID)}
	_, err := p.ApplyBatch(ctx, acme.ID, directory.BatchChange{Summary: "both", Identities: slices.Concat(linked, kept)})
	p.ok("ApplyBatch", err)
	later, err := p.ApplyBatch(ctx, acme.ID, directory.BatchChange{Summary: "ben", Memberships: []directory.Membership{{Enterprise: acme.ID, Person: ben.ID, Entity: p.organization(acme, "pay").ID, From: day.Day(20000)}}})
	p.ok("ApplyBatch", err)
	p.putSeats(acme.ID, 0, at(0), seat("1", "ann", 1), seat("", "Ann", 1), seat("2", "ben", 1))
	p.putSeats(other.ID, 0, at(0), seat("1", "ann", 1))

	e := directory.Erasure{Enterprise: acme.ID, Person: ann.ID, Pseudonym: "person-of-old",
		Identities: []directory.Identity{{UserID: "1", Login: "ann"}, {Tool: "codex", UserID: "ann@vendor"}}}
	for range 2 { // what is erased can be erased again, after a crash
		p.ok("Erase", p.Erase(ctx, e))
	}
	got, err := p.Identities(ctx, acme.ID)
	p.ok("Identities", err)
	if len(got) != 1 || got[0].UserID != "2" {
		t.Errorf("identities %+v", got)
	}
	p.wantSeats(acme.ID, 0, seat("2", "ben", 1))
	p.wantSeats(other.ID, 0, seat("1", "ann", 1))
	_, err = p.Person(ctx, ann.ID)
	p.refused("Person of an erased person", err, fault.NotFound)
	_, err = p.Person(ctx, ben.ID)
	p.ok("Person", err)

	secret, err := p.Secret(ctx, acme.ID)
	p.ok("Secret", err)
	marks, err := p.Erased(ctx, acme.ID)
	p.ok("Erased", err)
	if len(marks) != 4 || !marks[secret.Mark("", "1")] || !marks[secret.LoginMark("Ann")] || !marks[secret.Mark("codex", "ann@vendor")] || marks[secret.Mark("", "ann@vendor")] || !marks[secret.EmailMark("Ann@acme.example")] {
		t.Errorf("marks %v", marks)
	}
	list, err := p.ErasedMarks(ctx, acme.ID)
	p.ok("ErasedMarks", err)
	if len(list) != 4 || list[0].At != list[3].At || time.Since(list[0].At).Abs() > time.Minute || !marks[list[1].Mark] {
		t.Errorf("marks with times %v", list)
	}
	made := at(2)
	p.ok("PutErasedMarks", p.PutErasedMarks(ctx, acme.ID, []directory.ErasedMark{{Mark: secret.Mark("", "3"), At: made}, list[0]}))
	if list, err = p.ErasedMarks(ctx, acme.ID); err != nil || len(list) != 5 || !slices.Contains(list, directory.ErasedMark{Mark: secret.Mark("", "3"), At: made}) {
		t.Errorf("with marks made elsewhere %v, %v", list, err)
	}
	p.refused("linking whom a mark names", p.Link(ctx, []directory.Identity{identity(acme, "copilot", "3", "", ben.ID)}), fault.Conflict)
	p.refused("PutErasedMarks of nothing", p.PutErasedMarks(ctx, 99, list), fault.NotFound)
	for _, i := range []directory.Identity{identity(acme, "copilot", "1", "ann", ben.ID), identity(acme, "codex", "ann@vendor", "", ben.ID)} {
		p.refused("linking an erased user id", p.Link(ctx, []directory.Identity{i}), fault.Conflict)
	}
	p.ok("Link of the same number in another tool", p.Link(ctx, []directory.Identity{identity(acme, "cursor", "1", "ann", ben.ID)}))
	p.ok("Link of the same text in another tool", p.Link(ctx, []directory.Identity{identity(acme, "cursor", "ann@vendor", "", ben.ID)}))
	batches, err := p.Batches(ctx, acme.ID)
	p.ok("Batches", err)
	p.refused("undoing what somebody erased is in", p.UndoBatch(ctx, batches[1].ID), fault.Conflict)
	p.ok("UndoBatch", p.UndoBatch(ctx, later.ID))
	log, err := p.AuditLog(ctx, directory.AuditFilter{Enterprise: acme.ID, Action: "person.erased"})
	p.ok("AuditLog", err)
	if len(log) != 2 || log[0].Target != "person-of-old" || log[0].Subject != 0 {
		t.Errorf("the log has %+v", log)
	}
	if c, err := p.VerifyAudit(ctx); err != nil || c.Broken != 0 {
		t.Errorf("the log is %+v, %v", c, err)
	}
}

// erasureElsewhere erases somebody whom another enterprise knows.
func erasureElsewhere(t *testing.T, p *place) {
	ctx := t.Context()
	acme, other := p.enterprise("acme"), p.enterprise("other")
	ann := p.person(acme, "ann@acme.example")
	for _, e := range []directory.Entity{acme, other} {
		p.ok("Link", p.Link(ctx, []directory.Identity{{Enterprise: e.ID, Tool: "copilot", UserID: "1", Login: "ann", Person: ann.ID, How: directory.LinkedByHand}}))
	}
	p.ok("Erase", p.Erase(ctx, directory.Erasure{Enterprise: acme.ID, Person: ann.ID, Pseudonym: "p", Identities: []directory.Identity{{UserID: "1", Login: "ann"}}}))
	_, err := p.Person(ctx, ann.ID)
	p.ok("Person", err)
	for e, want := range map[int64]int{acme.ID: 0, other.ID: 1} {
		if got, err := p.Identities(ctx, e); err != nil || len(got) != want {
			t.Errorf("enterprise %d has %d identities, %v", e, len(got), err)
		}
	}
}

// seatsRecorded looks for an import of seats in the log.
func seatsRecorded(t *testing.T, p *place) {
	acme := p.enterprise("acme")
	p.putSeats(acme.ID, p.organization(acme, "pay").ID, at(1), seat("1", "ann", 1), seat("2", "ben", 1))
	p.putSeats(acme.ID, 0, at(1), seat("1", "ann", 1))
	p.putSeats(acme.ID, 0, at(0), seat("2", "ben", 1)) // older: nothing happens
	log, err := p.AuditLog(t.Context(), directory.AuditFilter{Enterprise: acme.ID, Action: "seats."})
	p.ok("AuditLog", err)
	var got []string
	for _, e := range log {
		got = append(got, e.Action+" "+e.Target+" "+e.Detail)
	}
	if want := []string{"seats.imported enterprise 1 (acme) 1 seat", "seats.imported organization 2 (pay) 2 seats"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
