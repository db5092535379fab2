package directory

import (
	"context"
	"time"
)

// Role is a custom role of an enterprise: a name for permissions. What the
// permissions are, and which roles are built in, package access knows.
type Role struct {
	Enterprise  int64
	Name        string
	Permissions []string
}

// Grant is a role that a person has in an entity and in what hangs from it.
type Grant struct {
	ID, Person int64
	Role       string
	// Entity is 0 for the whole installation.
	Entity  int64
	Created time.Time
	// Claimed says that a claim of the identity provider stands for the role, and nobody
	// gave it by hand.
	Claimed bool
}

// Roles are custom roles and who holds which role where.
type Roles interface {
	// Roles lists the custom roles of an enterprise; 0 lists all.
	Roles(ctx context.Context, enterprise int64) ([]Role, error)
	PutRole(ctx context.Context, r Role) error
	// RemoveRole deletes a role; one that somebody holds is a fault.Conflict.
	RemoveRole(ctx context.Context, enterprise int64, name string) error
	// Grants lists those in an enterprise and in what hangs from it; 0 lists all.
	Grants(ctx context.Context, enterprise int64) ([]Grant, error)
	GrantsOf(ctx context.Context, person int64) ([]Grant, error)
	// Grant adds a grant and returns it; one that is there already is returned as
	// it is. Grant and Revoke make the person's sessions change their cookie.
	Grant(ctx context.Context, g Grant) (Grant, error)
	Revoke(ctx context.Context, id int64) error
}
