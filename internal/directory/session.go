package directory

import (
	"context"
	"time"
)

// Session is a browser that somebody signed in with. Secrets are given and
// kept as hashes only.
type Session struct {
	ID, Person int64
	// How is "password", "oidc" or "invitation".
	How           string
	Created, Seen time.Time
	// Stale asks for a new cookie: a role has changed.
	Stale bool
}

// Sessions are who is signed in.
type Sessions interface {
	CreateSession(ctx context.Context, s Session, hash string) (Session, error)
	// Session returns the session of a cookie, also of the one before a rotation
	// less than grace ago; a fault.NotFound if there is none.
	Session(ctx context.Context, hash string, grace time.Duration) (Session, error)
	// CountSessions counts everybody's, by person; who has none is not in it.
	CountSessions(ctx context.Context) (map[int64]int, error)
	TouchSession(ctx context.Context, id int64, seen time.Time) error
	// RotateSession gives a session a new cookie, if its cookie is still old.
	RotateSession(ctx context.Context, old, hash string) (bool, error)
	EndSession(ctx context.Context, id int64) error
	// EndSessions ends all of a person's and returns how many.
	EndSessions(ctx context.Context, person int64) (int64, error)
	// ExpireSessions forgets sessions that were made or last seen before a time.
	ExpireSessions(ctx context.Context, created, seen time.Time) error
}

// SignIns are the ways in which people prove who they are.
type SignIns interface {
	// PersonByLogin returns whom an identity provider's subject is; a
	// fault.NotFound if nobody.
	PersonByLogin(ctx context.Context, issuer, subject string) (Person, error)
	// BindLogin makes a subject a person's. One that another person has is a fault.Conflict.
	BindLogin(ctx context.Context, person int64, issuer, subject string) error
	// Logins counts the person's subjects at an issuer.
	Logins(ctx context.Context, person int64, issuer string) (int64, error)
	// Password returns a person's password hash, "" for none.
	Password(ctx context.Context, person int64) (string, error)
	// SetPassword ends the person's sessions and invitations; "" takes the password away.
	SetPassword(ctx context.Context, person int64, hash string) error
	// Invite lets whoever has the secret set the person's password once.
	Invite(ctx context.Context, person int64, hash string, expires time.Time) error
	// Invited returns whom an invitation is for; a fault.NotFound if there is none or it has expired.
	Invited(ctx context.Context, hash string, now time.Time) (Person, error)
}
