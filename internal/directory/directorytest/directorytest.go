// Package directorytest says what a directory.Directory must do, whatever
// engine is under it.
package directorytest

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/query"

	gocmp "github.com/google/go-cmp/cmp"
)

// Open opens a directory, which close closes.
type Open func() (d directory.Directory, close func() error)

// Run checks an engine. Each check calls start once for a place without data;
// what start returns opens that place, at first and again after a close.
func Run(t *testing.T, start func(t *testing.T) Open) {
	checks := []struct {
		name  string
		check func(t *testing.T, p *place)
	}{
		{"Reserve", reserve},
		{"ReserveTogether", reserveTogether},
		{"ReserveIsNotUndone", reserveIsNotUndone},
		{"Put", put},
		{"PutParentsInAnyOrder", putParentsInAnyOrder},
		{"PutUpdates", putUpdates},
		{"PutSwapsSlugs", putSwapsSlugs},
		{"PutNothing", putNothing},
		{"WithoutPeople", withoutPeople},
		{"PutAllOrNone", putAllOrNone},
		{"PutTogether", putTogether},
		{"Slugs", slugs},
		{"Refused", refused},
		{"Conflicts", conflicts},
		{"NoConflicts", noConflicts},
		{"OddTexts", oddTexts},
		{"LongTexts", longTexts},
		{"Remove", remove},
		{"RemoveOrganization", removeOrganization},
		{"RemoveUnknown", removeUnknown},
		{"Seats", seats},
		{"SeatsReplaced", seatsReplaced},
		{"SeatsOlder", seatsOlder},
		{"SeatsDistinct", seatsDistinct},
		{"SeatsOfOrganization", seatsOfOrganization},
		{"SeatsOfNobody", seatsOfNobody},
		{"SeatsRefused", seatsRefused},
		{"SeatsOfUserRemoved", seatsOfUserRemoved},
		{"SeatsRemoved", seatsRemoved},
		{"People", people},
		{"Identities", identities},
		{"Confirmations", confirmations},
		{"Memberships", memberships},
		{"Batches", batches},
		{"Roles", roles},
		{"Grants", grants},
		{"Policies", policies},
		{"Privacy", privacy},
		{"Weakenings", weakenings},
		{"Guardians", guardians},
		{"Logins", logins},
		{"Passwords", passwordsOf},
		{"Sessions", sessions},
		{"Tokens", tokens},
		{"Audit", audit},
		{"Secrets", secrets},
		{"Erasure", erasure},
		{"ErasureElsewhere", erasureElsewhere},
		{"SeatsRecorded", seatsRecorded},
		{"SeatPages", seatPages},
		{"SeatPagesForgotten", seatPagesForgotten},
		{"Revision", revision},
		{"Expiring", expiring},
		{"TakeTogether", takeTogether},
		{"Trim", trim},
		{"Tries", tries},
		{"TriesTogether", triesTogether},
		{"Sealed", sealed},
		{"Uploads", uploads},
		{"Exports", exports},
		{"SavedViews", savedViews},
		{"OwnPlaces", ownPlaces},
		{"Sources", sources},
		{"SourceFetches", sourceFetches},
		{"Rosters", rosters},
		{"Reopen", reopen},
		{"Ping", ping},
	}
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			p := &place{t: t, open: start(t)}
			p.start()
			defer p.stop()
			c.check(t, p)
		})
	}
}

// place is an open directory under test.
type place struct {
	directory.Directory
	t     *testing.T
	open  Open
	close func() error
}

func (p *place) start() { p.Directory, p.close = p.open() }

func (p *place) stop() {
	p.t.Helper()
	if err := p.close(); err != nil {
		p.t.Errorf("close: %v", err)
	}
}

func (p *place) reserve() int64 {
	p.t.Helper()
	id, err := p.Reserve(p.t.Context(), 1)
	if err != nil {
		p.t.Fatalf("Reserve: %v", err)
	}
	return id
}

func (p *place) put(entities ...directory.Entity) {
	p.t.Helper()
	if err := p.Put(p.t.Context(), entities); err != nil {
		p.t.Fatalf("Put(%v): %v", entities, err)
	}
}

// refuse puts entities that must be refused with the kind of fault.
func (p *place) refuse(want fault.Kind, entities ...directory.Entity) error {
	p.t.Helper()
	before := p.entities()
	err := p.Put(p.t.Context(), entities)
	if got := fault.KindOf(err); err == nil || got != want {
		p.t.Errorf("Put(%v) = %v (kind %d), want kind %d", entities, err, got, want)
	}
	if diff := gocmp.Diff(before, p.entities()); diff != "" {
		p.t.Errorf("a refused Put changed entities (-before +after):\n%s", diff)
	}
	return err
}

// enterprise, organization and team put a new entity and return it.
func (p *place) enterprise(slug string, aliases ...string) directory.Entity {
	p.t.Helper()
	id := p.reserve()
	e := directory.Entity{ID: id, Kind: directory.Enterprise, Enterprise: id, Slug: slug, Aliases: aliases, Created: at(0)}
	p.put(e)
	return e
}

func (p *place) organization(of directory.Entity, slug string, aliases ...string) directory.Entity {
	p.t.Helper()
	e := p.newOrganization(of, slug, aliases...)
	p.put(e)
	return e
}

func (p *place) newOrganization(of directory.Entity, slug string, aliases ...string) directory.Entity {
	p.t.Helper()
	return directory.Entity{ID: p.reserve(), Kind: directory.Organization, Enterprise: of.ID, Slug: slug, Aliases: aliases, Created: at(0)}
}

func (p *place) team(of directory.Entity, slug string, aliases ...string) directory.Entity {
	p.t.Helper()
	e := p.newTeam(of, slug, aliases...)
	p.put(e)
	return e
}

func (p *place) newTeam(of directory.Entity, slug string, aliases ...string) directory.Entity {
	p.t.Helper()
	e := directory.Entity{ID: p.reserve(), Kind: directory.Team, Enterprise: of.Enterprise, Slug: slug, Aliases: aliases, Created: at(0)}
	if of.Kind == directory.Organization {
		e.Organization = of.ID
	}
	return e
}

func (p *place) entities() []directory.Entity {
	p.t.Helper()
	got, err := p.Entities(p.t.Context())
	if err != nil {
		p.t.Fatalf("Entities: %v", err)
	}
	return got
}

// want checks that the directory holds exactly the entities.
func (p *place) want(want ...directory.Entity) {
	p.t.Helper()
	slices.SortFunc(want, func(a, b directory.Entity) int { return cmp.Compare(a.ID, b.ID) })
	if diff := gocmp.Diff(want, p.entities(), emptyIsNil); diff != "" {
		p.t.Errorf("Entities (-want +got):\n%s", diff)
	}
}

func (p *place) putSeats(enterprise, organization int64, asOf time.Time, seats ...directory.Seat) {
	p.t.Helper()
	if err := p.PutSeats(p.t.Context(), enterprise, organization, asOf, seats); err != nil {
		p.t.Fatalf("PutSeats(%d, %d, %s): %v", enterprise, organization, asOf, err)
	}
}

// wantSeats checks that exactly the seats are listed, in whatever order.
func (p *place) wantSeats(enterprise, organization int64, want ...directory.Seat) {
	p.t.Helper()
	got, err := p.Seats(p.t.Context(), enterprise, organization)
	if err != nil {
		p.t.Fatalf("Seats(%d, %d): %v", enterprise, organization, err)
	}
	order := func(a, b directory.Seat) int {
		return cmp.Or(cmp.Compare(a.UserID, b.UserID), cmp.Compare(a.Login, b.Login), cmp.Compare(a.Plan, b.Plan))
	}
	slices.SortFunc(got, order)
	slices.SortFunc(want, order)
	if diff := gocmp.Diff(want, got, emptyIsNil); diff != "" {
		p.t.Errorf("Seats(%d, %d) (-want +got):\n%s", enterprise, organization, diff)
	}
	if n, err := p.CountSeats(p.t.Context(), enterprise, organization); err != nil || n != int64(len(want)) {
		p.t.Errorf("CountSeats(%d, %d) = %d, %v, want %d", enterprise, organization, n, err, len(want))
	}
}

// wantSeatsOf checks that these are the seats of a user, in this order.
func (p *place) wantSeatsOf(enterprise int64, user query.Name, want ...directory.Seat) {
	p.t.Helper()
	got, err := p.SeatsOf(p.t.Context(), enterprise, user)
	if err != nil {
		p.t.Fatalf("SeatsOf(%d, %v): %v", enterprise, user, err)
	}
	if diff := gocmp.Diff(want, got, emptyIsNil); diff != "" {
		p.t.Errorf("SeatsOf(%d, %v) (-want +got):\n%s", enterprise, user, diff)
	}
}

// emptyIsNil lets lists of nothing be nil or not.
var emptyIsNil = gocmp.FilterValues(func(a, b any) bool { return length(a) == 0 && length(b) == 0 }, gocmp.Ignore())

func length(list any) int {
	switch l := list.(type) {
	case []string:
		return len(l)
	case []directory.Entity:
		return len(l)
	case []directory.Seat:
		return len(l)
	case []byte:
		return len(l)
	}
	return -1
}

// at returns a time, n hours after another.
func at(n int) time.Time {
	return time.Date(2026, 5, 7, 8, 9, 10, 123_456_000, time.UTC).Add(time.Duration(n) * time.Hour)
}
