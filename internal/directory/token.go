package directory

import (
	"context"
	"time"
)

// Token lets a program in. What it may do are its scopes, within one
// enterprise, or one organization of it.
type Token struct {
	ID int64
	// Organization and Team are 0 unless the token is for one alone; UserID is
	// whom an ingest token's events are about, "" if they say so themselves.
	Enterprise, Organization, Team int64
	UserID                         string
	Name                           string
	Scopes                         []string
	Created, Expires               time.Time
	// Used and Revoked are zero if that never happened. Used is exact to a minute.
	Used, Revoked time.Time
}

// Tokens are what programs call with. The token itself is nowhere, only its hash.
type Tokens interface {
	CreateToken(ctx context.Context, t Token, hash string) (Token, error)
	// Token returns the token with a hash, expired and revoked ones too; a
	// fault.NotFound if there is none.
	Token(ctx context.Context, hash string) (Token, error)
	// Tokens lists an enterprise's.
	Tokens(ctx context.Context, enterprise int64) ([]Token, error)
	UseToken(ctx context.Context, id int64, at time.Time) error
	RevokeToken(ctx context.Context, id int64) error
}
