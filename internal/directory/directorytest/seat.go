package directorytest

import (
	"testing"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// seat returns a seat last active n hours after at(0).
func seat(id, login string, n int) directory.Seat {
	return directory.Seat{
		UserID: id, Login: login, Team: "infra", Plan: "business", LastEditor: "vscode/1.104.0",
		Created: at(-1000), LastActivity: at(n), Body: []byte(`{"assignee":{"login":"` + login + `"},"new":[1,null]}`),
	}
}

func in(organization directory.Entity, s directory.Seat) directory.Seat {
	s.Organization = organization.ID
	return s
}

func seats(t *testing.T, p *place) {
	acme, other := p.enterprise("acme"), p.enterprise("other")
	p.wantSeats(acme.ID, 0)
	never := directory.Seat{UserID: "3", Login: "cy"}
	p.putSeats(acme.ID, 0, at(0), seat("2", "bob", 2), seat("1", "ada", 1), never)
	p.wantSeats(acme.ID, 0, seat("1", "ada", 1), seat("2", "bob", 2), never)
	p.wantSeats(other.ID, 0)
}

func seatsReplaced(t *testing.T, p *place) {
	acme := p.enterprise("acme")
	a, b := p.organization(acme, "a"), p.organization(acme, "b")
	p.putSeats(acme.ID, a.ID, at(0), seat("1", "ada", 1), seat("2", "bob", 1))
	p.putSeats(acme.ID, b.ID, at(0), seat("3", "cy", 1))
	p.putSeats(acme.ID, a.ID, at(1), seat("2", "bob", 5))
	p.wantSeats(acme.ID, a.ID, in(a, seat("2", "bob", 5)))
	p.wantSeats(acme.ID, 0, in(a, seat("2", "bob", 5)), in(b, seat("3", "cy", 1)))
	p.putSeats(acme.ID, a.ID, at(1)) // as of the same time: the later import
	p.wantSeats(acme.ID, a.ID)
}

func seatsOlder(t *testing.T, p *place) {
	acme := p.enterprise("acme")
	org := p.organization(acme, "a")
	p.putSeats(acme.ID, 0, at(5), seat("1", "ada", 1))
	p.putSeats(acme.ID, 0, at(5).Add(-time.Microsecond), seat("2", "bob", 1))
	p.wantSeats(acme.ID, 0, seat("1", "ada", 1))
	p.putSeats(acme.ID, org.ID, at(0), seat("3", "cy", 1)) // its own answer, its own time
	p.wantSeats(acme.ID, 0, seat("1", "ada", 1), in(org, seat("3", "cy", 1)))
}

func seatsDistinct(t *testing.T, p *place) {
	acme := p.enterprise("acme")
	a, b := p.organization(acme, "a"), p.organization(acme, "b")
	never := seat("1", "ada", 0)
	never.LastActivity = time.Time{}
	p.putSeats(acme.ID, a.ID, at(0), seat("1", "ada", 3), seat("2", "bob", 1), seat("2", "bob", 0))
	p.putSeats(acme.ID, b.ID, at(1), never, seat("2", "bobby", 2))
	p.wantSeats(acme.ID, 0, in(a, seat("1", "ada", 3)), in(b, seat("2", "bobby", 2)))
	p.wantSeats(acme.ID, a.ID, in(a, seat("1", "ada", 3)), in(a, seat("2", "bob", 1)))
	p.wantSeats(acme.ID, b.ID, in(b, never), in(b, seat("2", "bobby", 2)))
}

// seatsOfOrganization has an enterprise's answer that names organizations.
func seatsOfOrganization(t *testing.T, p *place) {
	acme := p.enterprise("acme")
	a, b := p.organization(acme, "a"), p.organization(acme, "b")
	p.putSeats(acme.ID, 0, at(0), in(a, seat("1", "ada", 1)), in(b, seat("2", "bob", 1)), seat("3", "cy", 1))
	p.wantSeats(acme.ID, a.ID, in(a, seat("1", "ada", 1)))
	p.wantSeats(acme.ID, 0, in(a, seat("1", "ada", 1)), in(b, seat("2", "bob", 1)), seat("3", "cy", 1))
}

func seatsOfNobody(t *testing.T, p *place) {
	acme := p.enterprise("acme")
	pending, other := directory.Seat{Plan: "business"}, directory.Seat{Plan: "enterprise"}
	byLogin := directory.Seat{Login: "Ada", LastActivity: at(1)}
	p.putSeats(acme.ID, 0, at(0), pending, other, directory.Seat{Login: "ada"}, byLogin)
	p.wantSeats(acme.ID, 0, pending, other, byLogin)
}

func seatsRefused(t *testing.T, p *place) {
	acme, other := p.enterprise("acme"), p.enterprise("other")
	org, theirs := p.organization(acme, "a"), p.organization(other, "a")
	for _, of := range [][2]int64{{p.reserve(), 0}, {org.ID, 0}, {acme.ID, theirs.ID}, {acme.ID, acme.ID}, {acme.ID, p.reserve()}} {
		err := p.PutSeats(t.Context(), of[0], of[1], at(0), []directory.Seat{seat("1", "ada", 1)})
		if got := fault.KindOf(err); err == nil || got != fault.NotFound {
			t.Errorf("PutSeats(%d, %d) = %v (kind %d), want not found", of[0], of[1], err, got)
		}
	}
	err := p.PutSeats(t.Context(), acme.ID, 0, at(0), []directory.Seat{in(theirs, seat("1", "ada", 1))})
	if got := fault.KindOf(err); err == nil || got != fault.NotFound {
		t.Errorf("PutSeats of another's organization = %v (kind %d), want not found", err, got)
	}
	p.wantSeats(acme.ID, 0)
}

func seatsOfUserRemoved(t *testing.T, p *place) {
	acme, other := p.enterprise("acme"), p.enterprise("other")
	a, b := p.organization(acme, "a"), p.organization(acme, "b")
	p.putSeats(acme.ID, 0, at(0), in(a, seat("1", "ada", 1)), in(b, seat("1", "ada", 1)), seat("2", "bob", 1), directory.Seat{Plan: "business"})
	p.putSeats(acme.ID, b.ID, at(0), seat("1", "ada", 2), seat("4", "di", 1))
	p.putSeats(other.ID, 0, at(0), seat("1", "ada", 1))
	remove := func(organization int64, user string, want int64) {
		t.Helper()
		if got, err := p.RemoveSeats(t.Context(), acme.ID, organization, user); err != nil || got != want {
			t.Errorf("RemoveSeats(%d, %q) = %d, %v, want %d", organization, user, got, err, want)
		}
	}
	remove(0, "nobody", 0)
	remove(0, "", 0)
	remove(b.ID, "1", 2)
	p.wantSeats(acme.ID, a.ID, in(a, seat("1", "ada", 1)))
	remove(0, "ADA", 1)
	p.wantSeats(acme.ID, 0, directory.Seat{Plan: "business"}, seat("2", "bob", 1), in(b, seat("4", "di", 1)))
	p.wantSeats(other.ID, 0, seat("1", "ada", 1))
}

func seatsRemoved(t *testing.T, p *place) {
	acme, other := p.enterprise("acme"), p.enterprise("other")
	a, b := p.organization(acme, "a"), p.organization(acme, "b")
	p.putSeats(acme.ID, 0, at(0), in(a, seat("1", "ada", 1)), seat("2", "bob", 1))
	p.putSeats(acme.ID, a.ID, at(0), seat("3", "cy", 1))
	p.putSeats(acme.ID, b.ID, at(0), seat("4", "di", 1))
	p.putSeats(other.ID, 0, at(0), seat("5", "ed", 1))
	if err := p.Remove(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	p.wantSeats(acme.ID, 0, seat("2", "bob", 1), in(b, seat("4", "di", 1)))
	if err := p.Remove(t.Context(), acme.ID); err != nil {
		t.Fatal(err)
	}
	p.wantSeats(acme.ID, 0)
	p.wantSeats(other.ID, 0, seat("5", "ed", 1))
}
