package directory

import (
	"context"
	"time"

	"codegauge/internal/day"
)

// Person signs in, holds roles and owns identities in tools.
type Person struct {
	ID int64
	// Enterprise manages the person: its owners may change and invite them. 0 for
	// those whom only the operator and owners of the whole installation manage.
	Enterprise int64
	Name       string
	// Email is how people name the person; unique in any case, "" if unknown.
	Email string
	// Disabled people cannot sign in; their sessions have ended.
	Disabled bool
	Created  time.Time
}

// Label returns what pages call the person.
func (p Person) Label() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Email
}

// The ways in which an identity came to a person.
const (
	LinkedByHand  = "hand"
	LinkedByEmail = "email"
	LinkedByLogin = "login"
	LinkedByBatch = "import"
)

// EmailChanged is in the detail of a person.changed entry if the e-mail address changed.
const EmailChanged = "e-mail"

// Identity is who a tool says somebody is: user_id within a tool and an enterprise.
type Identity struct {
	Enterprise          int64
	Tool, UserID, Login string
	Person              int64
	// How is one of the LinkedBy words.
	How    string
	Linked time.Time
	// Linker is the actor who linked it, "" where nobody knows any more.
	Linker string
	// Confirmed is when it was confirmed that the identity is the person's, the zero time
	// for not yet, and Confirmer by which actor. Only then does it open their own page.
	Confirmed time.Time
	Confirmer string
}

// Membership is a person's time in an organization or team, for tools whose
// reports know neither.
type Membership struct {
	Enterprise, Person int64
	// Entity is the organization or team.
	Entity int64
	// From and To are the first and last day; To 0 has not come yet.
	From, To day.Day
}

// Batch is people who were imported together.
type Batch struct {
	ID, Enterprise int64
	At             time.Time
	// Summary says what it did, in words; Undone when it was taken back.
	Summary string
	Undone  time.Time
}

// BatchChange is what a batch puts in place: people (with ID 0 for new ones,
// which Identities and Memberships then refer to by −1 − their place in People),
// identities and memberships.
type BatchChange struct {
	Summary     string
	People      []Person
	Identities  []Identity
	Memberships []Membership
}

// People are persons, their identities and where they belong.
type People interface {
	// People lists the people of an enterprise: whom it manages, who have a role
	// in it or an identity. 0 lists all.
	People(ctx context.Context, enterprise int64) ([]Person, error)
	// Person and PersonByEmail are a fault.NotFound if there is none.
	Person(ctx context.Context, id int64) (Person, error)
	PersonByEmail(ctx context.Context, email string) (Person, error)
	// PutPerson makes (ID 0) or changes a person and returns them. An e-mail
	// that another person has is a fault.Conflict.
	PutPerson(ctx context.Context, p Person) (Person, error)
	// RemovePerson deletes a person, and their identities, roles and sessions.
	RemovePerson(ctx context.Context, id int64) error
	// Identities lists the linked identities of an enterprise.
	Identities(ctx context.Context, enterprise int64) ([]Identity, error)
	// IdentitiesOf lists a person's, in every enterprise.
	IdentitiesOf(ctx context.Context, person int64) ([]Identity, error)
	// Link gives identities to the people they name, also those that another
	// person has; Unlink takes them away. A new link is not confirmed.
	Link(ctx context.Context, identities []Identity) error
	// Confirm notes that identities are those of the people they name. One that is not
	// linked to that person any more is a fault.Conflict. Confirmations of a person's
	// identities lapse when somebody else changes how the person signs in: by inviting
	// them, binding a login, or changing their e-mail address.
	Confirm(ctx context.Context, identities []Identity) error
	Unlink(ctx context.Context, identities []Identity) error
	// ChangedLinks lists the enterprises whose identities or memberships have changed
	// without LinksApplied, with the revision of the last change.
	ChangedLinks(ctx context.Context) (map[int64]int64, error)
	// LinksApplied notes that an enterprise's figures follow its identities and
	// memberships as of a revision.
	LinksApplied(ctx context.Context, enterprise, revision int64) error
	// Memberships lists those of an enterprise.
	Memberships(ctx context.Context, enterprise int64) ([]Membership, error)
	// PutMemberships adds; one of the same person, entity and first day is replaced.
	PutMemberships(ctx context.Context, m []Membership) error
	RemoveMemberships(ctx context.Context, m []Membership) error
	// ApplyBatch puts all of a change in place, or nothing; UndoBatch restores
	// what was there before, if nothing that it touched was changed since.
	ApplyBatch(ctx context.Context, enterprise int64, c BatchChange) (Batch, error)
	UndoBatch(ctx context.Context, id int64) error
	Batches(ctx context.Context, enterprise int64) ([]Batch, error)
}
