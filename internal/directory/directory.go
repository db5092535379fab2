// Package directory knows who belongs where: enterprises, their organizations
// and teams, and the ids under which reports speak of them. Which user belonged
// to which organization or team on which day is a fact of that day's reports
// and lives with them in the analytics store, so that it changes in the same
// transaction; the directory gives the entities their numbers and names.
package directory

import (
	"context"
	"strings"
	"time"

	"codegauge/internal/query"
)

// Kind is what an Entity is.
type Kind string

// The kinds of entity.
const (
	Enterprise   Kind = "enterprise"
	Organization Kind = "organization"
	Team         Kind = "team"
)

// Entity is an enterprise, an organization or a team.
type Entity struct {
	// ID is the entity's number, never used again.
	ID   int64
	Kind Kind
	// Enterprise is the entity's enterprise, its own ID for an enterprise.
	Enterprise int64
	// Organization is a team's organization, 0 for a team of the enterprise.
	Organization int64
	// Slug is the name in URLs and words, "" where only an id is known.
	Slug string
	// Name is for people, "" where none is known.
	Name string
	// Aliases are the ids under which reports speak of the entity, oldest first.
	Aliases []string
	// Policy is an enterprise's or organization's policy for usage metrics. Put
	// sets it for a new entity only; SetPolicy changes it.
	Policy  Policy
	Created time.Time
	// PeopleKey is the fingerprint of the key that an enterprise's people become
	// pseudonyms by before anything of them is stored, "" where they are stored as they
	// come. Put sets it for a new enterprise only; it never changes.
	PeopleKey string
}

// WithoutPeople reports whether an enterprise is kept without people.
func (e Entity) WithoutPeople() bool { return e.PeopleKey != "" }

// Key returns the slug, else the first id: how answers name the entity and
// how requests may.
func (e Entity) Key() string {
	if e.Slug != "" {
		return e.Slug
	}
	if len(e.Aliases) > 0 {
		return e.Aliases[0]
	}
	return ""
}

// Label returns what pages call the entity.
func (e Entity) Label() string {
	if e.Name != "" {
		return e.Name
	}
	return e.Key()
}

// Named reports whether s is the entity's slug or one of its ids.
func (e Entity) Named(s string) bool {
	if s == "" {
		return false
	}
	if e.Slug == s {
		return true
	}
	for _, a := range e.Aliases {
		if a == s {
			return true
		}
	}
	return false
}

// Seat is one licence, as the last imported billing answer had it.
type Seat struct {
	Organization  int64 // 0 for a seat of the enterprise
	UserID, Login string
	Team          string // slug of the assigning team
	Plan          string
	Created       time.Time
	LastActivity  time.Time
	LastEditor    string
	Body          []byte // the seat as it came, JSON
}

// Holder returns what a seat's holder is told from others by: the user id or, where the
// list says none, the login, in any case; "" for nobody, as of a pending invitation.
func (s Seat) Holder() string {
	switch {
	case s.UserID != "":
		return "id " + s.UserID
	case s.Login != "":
		return "login " + strings.ToLower(s.Login)
	}
	return ""
}

// SeatAnswer is an answer about seats, as it was when it was imported.
type SeatAnswer struct {
	// Owner is the enterprise or organization whose seats it lists.
	Owner          int64
	AsOf, Imported time.Time
	// People counts those who had a seat, each once.
	People int64
}

// SeatPages are the pages that have come of a billing answer, of which some are
// still missing.
type SeatPages struct {
	// AsOf is the answer's time, as far as it is known.
	AsOf time.Time
	// Total is how many people the answer says to have seats, Nameless how many of the
	// seats that have come are nobody's.
	Total, Nameless int64
	Seats           []Seat
	// Shown says that these seats are those of the owner too, as there were none.
	Shown bool
}

// Directory is everything above. Every method is safe for concurrent use. A
// change writes itself, and who made it (ActorOf), into the audit log in the
// same transaction.
type Directory interface {
	Entities
	Seats
	People
	Roles
	Policies
	Privacies
	Weakenings
	Erasures
	SignIns
	Sessions
	Tokens
	Audit
	Expiring
	Uploads
	Exports
	SavedViews
	OwnPlaces
	// Together runs f in one transaction: what f changes with its context is changed whole
	// or not at all. f reads nothing that is kept as of a revision.
	Together(ctx context.Context, f func(context.Context) error) error
	Sources
	Rosters
	// Revision rises with every change but those of the audit log, of what expires
	// and of when a session or token was last used: what was read at a revision holds until then.
	Revision(ctx context.Context) (int64, error)
	Ping(ctx context.Context) error
}

// Entities are the enterprises, organizations and teams.
type Entities interface {
	// Entities lists every entity, by ID.
	Entities(ctx context.Context) ([]Entity, error)
	// Reserve takes n numbers for new entities, one after the other, and returns
	// the first. A number that is never put is lost, nothing more.
	Reserve(ctx context.Context, n int) (int64, error)
	// Put inserts or updates the entities in one transaction: slug and name are
	// replaced, aliases added. Two entities of one enterprise (and, for teams,
	// organization) with the same kind and slug or alias are a fault.Conflict.
	Put(ctx context.Context, entities []Entity) error
	// Remove deletes an entity and what belongs to it.
	Remove(ctx context.Context, id int64) error
}

// Seats are the licences.
type Seats interface {
	// PutSeats replaces the seats of an enterprise (organization 0) or of one
	// of its organizations, as of a time; an older answer does not replace a newer one.
	PutSeats(ctx context.Context, enterprise, organization int64, asOf time.Time, seats []Seat) error
	// SeatAnswer returns the answer of an enterprise (organization 0) or of one of its
	// organizations as PutSeats has put it, and of which time it is: the zero time if
	// there is none.
	SeatAnswer(ctx context.Context, enterprise, organization int64) (asOf time.Time, seats []Seat, err error)
	// SeatAnswers lists the answers that PutSeats has put for an enterprise and its
	// organizations, or for one organization if it is not 0, newest first.
	SeatAnswers(ctx context.Context, enterprise, organization int64) ([]SeatAnswer, error)
	// SeatPages returns what PutSeatPages has put; the zero SeatPages if there are none.
	SeatPages(ctx context.Context, enterprise, organization int64) (SeatPages, error)
	// PutSeatPages keeps the pages of an answer that is not whole yet, in the place of
	// those that are there; the zero SeatPages removes them. They are no seats yet:
	// but for RemoveSeats, Erase and Remove nothing else knows of them.
	PutSeatPages(ctx context.Context, enterprise, organization int64, pages SeatPages) error
	// Seats lists the seats of an enterprise, each user once (the latest
	// activity wins), or of one organization if it is not 0.
	Seats(ctx context.Context, enterprise, organization int64) ([]Seat, error)
	// SeatsOf lists the seats of one user of an enterprise, of each organization that assigned
	// one, with the latest activity first; by the login only those that name no user id.
	SeatsOf(ctx context.Context, enterprise int64, user query.Name) ([]Seat, error)
	// CountSeats counts what Seats lists.
	CountSeats(ctx context.Context, enterprise, organization int64) (int64, error)
	// RemoveSeats deletes the seats of whom a name names, in every answer of the
	// enterprise, or in one organization if it is not 0, and returns how many there
	// were.
	RemoveSeats(ctx context.Context, enterprise, organization int64, name query.Name) (int64, error)
}
