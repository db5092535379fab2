package directorytest

import (
	"testing"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"

	gocmp "github.com/google/go-cmp/cmp"
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

func seatsAsOf(t *testing.T, p *place) {
	acme := p.enterprise("acme")
	a, b := p.organization(acme, "a"), p.organization(acme, "b")
	p.putSeats(acme.ID, 0, at(1), in(a, seat("1", "ada", 1)), in(b, seat("1", "ada", 1)), seat("2", "bob", 1), directory.Seat{Login: "cy"}, directory.Seat{Login: "CY"}, directory.Seat{Plan: "business"})
	p.putSeats(acme.ID, a.ID, at(2), seat("4", "di", 1))
	for _, c := range []struct {
		organization int64
		want         time.Time
		people       int64
	}{{0, at(1), 3}, {a.ID, at(2), 1}, {b.ID, time.Time{}, 0}} {
		got, people, err := p.SeatsAsOf(t.Context(), acme.ID, c.organization)
		if err != nil || !got.Equal(c.want) || people != c.people {
			t.Errorf("SeatsAsOf(%d) = %s, %d, %v; want %s, %d", c.organization, got, people, err, c.want, c.people)
		}
	}
}

func seatPages(t *testing.T, p *place) {
	ctx := t.Context()
	acme, other := p.enterprise("acme"), p.enterprise("other")
	a := p.organization(acme, "a")
	wantPages := func(organization int64, want directory.SeatPages) {
		t.Helper()
		got, err := p.SeatPages(ctx, acme.ID, organization)
		p.ok("SeatPages", err)
		if diff := gocmp.Diff(want, got, emptyIsNil); diff != "" {
			t.Errorf("SeatPages(%d) (-want +got):\n%s", organization, diff)
		}
	}
	wantPages(0, directory.SeatPages{})
	first := directory.SeatPages{AsOf: at(1), Total: 5, Nameless: 1, Shown: true, Seats: []directory.Seat{in(a, seat("1", "ada", 1)), seat("2", "bob", 1)}}
	undated := directory.SeatPages{Total: 9, Seats: []directory.Seat{in(a, seat("3", "cy", 1)), in(a, seat("4", "di", 1))}}
	p.ok("PutSeatPages", p.PutSeatPages(ctx, acme.ID, 0, undated))
	p.ok("PutSeatPages", p.PutSeatPages(ctx, acme.ID, 0, first))
	p.ok("PutSeatPages", p.PutSeatPages(ctx, acme.ID, a.ID, undated))
	p.ok("PutSeatPages", p.PutSeatPages(ctx, other.ID, 0, directory.SeatPages{Total: 2, Seats: []directory.Seat{seat("1", "ada", 1)}}))
	wantPages(0, first)
	wantPages(a.ID, undated)
	p.wantSeats(acme.ID, 0) // they are no seats yet
	for _, of := range [][2]int64{{p.reserve(), 0}, {acme.ID, other.ID}, {a.ID, 0}} {
		p.refused("PutSeatPages", p.PutSeatPages(ctx, of[0], of[1], undated), fault.NotFound)
	}
	p.stop()
	p.start()

	// People can be taken out of them.
	p.putSeats(acme.ID, 0, at(1), seat("2", "bob", 1))
	for user, want := range map[string]int64{"ADA": 1, "2": 1, "nobody": 0} {
		if n, err := p.RemoveSeats(ctx, acme.ID, 0, user); err != nil || n != want {
			t.Errorf("RemoveSeats(%s) = %d, %v; want %d", user, n, err, want)
		}
	}
	first.Seats = nil
	wantPages(0, first)
	p.ok("Erase", p.Erase(ctx, directory.Erasure{Enterprise: acme.ID, Pseudonym: "p", Identities: []directory.Identity{{UserID: "3", Login: "cy"}}}))
	undated.Seats = undated.Seats[1:]
	wantPages(a.ID, undated)
	if got, err := p.SeatPages(ctx, other.ID, 0); err != nil || len(got.Seats) != 1 {
		t.Errorf("another enterprise's pages %+v, %v", got, err)
	}
	p.ok("PutSeatPages", p.PutSeatPages(ctx, acme.ID, 0, directory.SeatPages{}))
	wantPages(0, directory.SeatPages{})
	p.ok("Remove", p.Remove(ctx, a.ID))
	wantPages(a.ID, directory.SeatPages{})
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
