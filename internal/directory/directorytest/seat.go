package directorytest

import (
	"testing"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/query"

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
	p.putSeats(acme.ID, 0, at(3), seat("4", "di", 1), seat("4", "di", 2))
	p.wantAnswers(acme.ID, 0, directory.SeatAnswer{Owner: acme.ID, AsOf: at(3), People: 1}, directory.SeatAnswer{Owner: a.ID, AsOf: at(1)},
		directory.SeatAnswer{Owner: a.ID, AsOf: at(0), People: 2}, directory.SeatAnswer{Owner: b.ID, AsOf: at(0), People: 1})
	p.wantAnswers(acme.ID, b.ID, directory.SeatAnswer{Owner: b.ID, AsOf: at(0), People: 1})
	p.wantAnswers(p.enterprise("other").ID, 0)
}

// wantAnswers checks the history of seats; when the answers came is not asked.
func (p *place) wantAnswers(enterprise, organization int64, want ...directory.SeatAnswer) {
	p.t.Helper()
	got, err := p.SeatAnswers(p.t.Context(), enterprise, organization)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := range got {
		if got[i].Imported.IsZero() {
			p.t.Errorf("answer %d came at no time", i)
		}
		got[i].Imported = time.Time{}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		p.t.Errorf("answers (-want +got):\n%s", diff)
	}
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
	p.wantSeatsOf(acme.ID, query.Name{ID: "1", Login: "bob"}, in(a, seat("1", "ada", 3)), in(b, never))
	p.wantSeatsOf(acme.ID, query.Name{Login: "ada"})
	p.putSeats(acme.ID, 0, at(2), directory.Seat{Login: "Ada", LastActivity: at(1)}, directory.Seat{})
	p.wantSeatsOf(acme.ID, query.Name{ID: "7", Login: "ADA"}, directory.Seat{Login: "Ada", LastActivity: at(1)})
	p.wantSeatsOf(acme.ID, query.Name{})
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
		if got, err := p.RemoveSeats(t.Context(), acme.ID, organization, query.ParseName(user)); err != nil || got != want {
			t.Errorf("RemoveSeats(%d, %q) = %d, %v, want %d", organization, user, got, err, want)
		}
	}
	remove(0, "nobody", 0)
	remove(0, "", 0)
	remove(0, "login:1", 0)
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

func (p *place) wantPages(enterprise, organization int64, want directory.SeatPages) {
	p.t.Helper()
	got, err := p.SeatPages(p.t.Context(), enterprise, organization)
	if err != nil {
		p.t.Fatalf("SeatPages(%d, %d): %v", enterprise, organization, err)
	}
	if diff := gocmp.Diff(want, got, emptyIsNil); diff != "" {
		p.t.Errorf("SeatPages(%d, %d) (-want +got):\n%s", enterprise, organization, diff)
	}
}

func (p *place) putPages(enterprise, organization int64, pages directory.SeatPages) {
	p.t.Helper()
	if err := p.PutSeatPages(p.t.Context(), enterprise, organization, pages); err != nil {
		p.t.Fatalf("PutSeatPages(%d, %d): %v", enterprise, organization, err)
	}
}

func (p *place) wantAnswer(enterprise, organization int64, asOf time.Time, want ...directory.Seat) {
	p.t.Helper()
	at, got, err := p.SeatAnswer(p.t.Context(), enterprise, organization)
	if diff := gocmp.Diff(want, got, emptyIsNil); err != nil || !at.Equal(asOf) || diff != "" {
		p.t.Errorf("SeatAnswer(%d, %d) is of %v, %v; want %v; (-want +got):\n%s", enterprise, organization, at, err, asOf, diff)
	}
}

// seatPages keeps pages beside the seats, of which they are none.
func seatPages(t *testing.T, p *place) {
	acme, other := p.enterprise("acme"), p.enterprise("other")
	a := p.organization(acme, "a")
	p.wantPages(acme.ID, 0, directory.SeatPages{})
	p.wantAnswer(acme.ID, 0, time.Time{})
	p.wantAnswer(999, 0, time.Time{})
	p.wantPages(999, 0, directory.SeatPages{})
	p.putSeats(acme.ID, 0, at(5), seat("1", "ada", 1), in(a, seat("1", "ada", 1)), seat("2", "bob", 1))
	p.wantAnswer(acme.ID, 0, at(5), seat("1", "ada", 1), in(a, seat("1", "ada", 1)), seat("2", "bob", 1))
	p.putSeats(acme.ID, a.ID, at(6)) // that nobody has a seat is an answer
	p.wantAnswer(acme.ID, a.ID, at(6))

	pages := directory.SeatPages{AsOf: at(9), Total: 3, Nameless: 1, Shown: true, Seats: []directory.Seat{seat("3", "cy", 2), in(a, seat("1", "ada", 1))}}
	p.putPages(acme.ID, 0, pages)
	p.putPages(acme.ID, a.ID, directory.SeatPages{AsOf: at(8), Total: 7, Seats: []directory.Seat{seat("4", "dee", 2)}})
	p.wantPages(acme.ID, 0, pages)
	p.wantPages(acme.ID, a.ID, directory.SeatPages{AsOf: at(8), Total: 7, Seats: []directory.Seat{in(a, seat("4", "dee", 2))}})
	p.wantPages(other.ID, 0, directory.SeatPages{})
	p.wantSeats(acme.ID, 0, in(a, seat("1", "ada", 1)), seat("2", "bob", 1))
	pages = directory.SeatPages{AsOf: at(10), Total: 4}
	p.putPages(acme.ID, 0, pages)
	p.wantPages(acme.ID, 0, pages)
	p.putPages(acme.ID, 0, directory.SeatPages{})
	p.wantPages(acme.ID, 0, directory.SeatPages{})
	for _, of := range [][2]int64{{999, 0}, {acme.ID, other.ID}, {other.ID, a.ID}} {
		if err := p.PutSeatPages(t.Context(), of[0], of[1], pages); fault.KindOf(err) != fault.NotFound {
			t.Errorf("PutSeatPages(%d, %d) = %v, want not found", of[0], of[1], err)
		}
	}
}

// seatPagesForgotten removes people, and an organization, from pages too.
func seatPagesForgotten(t *testing.T, p *place) {
	acme := p.enterprise("acme")
	a := p.organization(acme, "a")
	pages := directory.SeatPages{AsOf: at(9), Total: 9, Seats: []directory.Seat{seat("1", "ada", 1), seat("2", "bob", 1), seat("3", "cy", 1), in(a, seat("4", "dee", 1))}}
	p.putPages(acme.ID, 0, pages)
	if n, err := p.RemoveSeats(t.Context(), acme.ID, 0, query.ParseName("ADA")); n != 1 || err != nil {
		t.Errorf("RemoveSeats = %d, %v", n, err)
	}
	if err := p.Erase(t.Context(), directory.Erasure{Enterprise: acme.ID, Pseudonym: "x", Identities: []directory.Identity{{Enterprise: acme.ID, Tool: "copilot", UserID: "2", Login: "bob"}}}); err != nil {
		t.Fatal(err)
	}
	if err := p.Remove(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	pages.Seats = pages.Seats[2:3]
	p.wantPages(acme.ID, 0, pages)
	if err := p.Remove(t.Context(), acme.ID); err != nil {
		t.Fatal(err)
	}
	p.wantPages(acme.ID, 0, directory.SeatPages{})
}
