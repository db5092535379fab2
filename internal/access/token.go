package access

import (
	"context"
	"crypto/rand"
	"fmt"
	"hash/crc32"
	"math/big"
	"slices"
	"strings"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// A token is cg_, 30 characters of base62, which are 178 random bits, and 6 of
// checksum: a mistyped or cut-off token is told from a wrong one without asking
// the directory, and scanners for leaked secrets can know it.
const (
	tokenPrefix   = "cg_"
	tokenRandom   = 30
	tokenChecksum = 6
	base62        = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// How long tokens live.
const (
	DefaultTokenDays = 90
	MaxTokenDays     = 366
)

// Scopes lists what tokens may do, each with its permissions.
var Scopes = []struct {
	Name        string
	Permissions []Permission
}{
	{"ingest", []Permission{Ingest}},
	{"metrics:read", []Permission{ViewEnterprise, ViewOrganization, ViewTeam}},
	{"users:read", []Permission{ViewPeople}},
	{"export", []Permission{Export}},
	{"monitor", []Permission{Monitor}},
	{"admin", []Permission{Manage, Import}},
}

// newToken returns a token.
func newToken() string {
	b := make([]byte, tokenRandom)
	for i := range b {
		n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(base62)))) // never fails
		b[i] = base62[n.Int64()]
	}
	return tokenPrefix + string(b) + checksum(string(b))
}

// checksum returns the CRC-32 of a token's random part in base62.
func checksum(random string) string {
	n := uint64(crc32.ChecksumIEEE([]byte(random)))
	out := make([]byte, tokenChecksum)
	for i := range out {
		out[tokenChecksum-1-i] = base62[n%62]
		n /= 62
	}
	return string(out)
}

// wellFormed reports whether s looks like a token.
func wellFormed(s string) bool {
	body, ok := strings.CutPrefix(s, tokenPrefix)
	if !ok || len(body) != tokenRandom+tokenChecksum {
		return false
	}
	return checksum(body[:tokenRandom]) == body[tokenRandom:]
}

// IssueToken makes a token and returns it, once: only its hash is stored. days
// is 0 for the default. If t has an expiry, the token's is no later. A scope that waits for
// somebody's approval is not the token's yet; "" is none.
func IssueToken(ctx context.Context, d directory.Directory, t directory.Token, waits string, days int, now time.Time) (string, directory.Token, error) {
	if len(t.Scopes) == 0 {
		return "", t, fault.New(fault.Invalid, "a token needs at least one scope: %s", strings.Join(scopeNames(), ", "))
	}
	for _, s := range t.Scopes {
		if !slices.Contains(scopeNames(), s) {
			return "", t, fault.New(fault.Invalid, "unknown scope %.40q: choose from %s", s, strings.Join(scopeNames(), ", "))
		}
	}
	if days == 0 {
		days = DefaultTokenDays
	}
	if days < 1 || days > MaxTokenDays {
		return "", t, fault.New(fault.Invalid, "a token can be valid for 1 to %d days, not %d", MaxTokenDays, days)
	}
	if len(t.Name) > 100 {
		return "", t, fault.New(fault.Invalid, "the token's name is longer than 100 characters")
	}
	t.Scopes = slices.DeleteFunc(slices.Clone(t.Scopes), func(s string) bool { return s == waits })
	secret := newToken()
	t.Created = now.UTC().Truncate(time.Microsecond)
	if expires := t.Created.AddDate(0, 0, days); t.Expires.IsZero() || expires.Before(t.Expires) {
		t.Expires = expires
	}
	t, err := d.CreateToken(ctx, t, hashOf(secret))
	return secret, t, err
}

func scopeNames() []string {
	var out []string
	for _, s := range Scopes {
		out = append(out, s.Name)
	}
	return out
}

// byToken knows the program that has a token.
func (e *Authenticator) byToken(ctx context.Context, secret string) (*Principal, error) {
	if !wellFormed(secret) {
		return nil, ErrSignIn
	}
	t, err := e.dir.Token(ctx, hashOf(secret))
	if fault.KindOf(err) == fault.NotFound {
		return nil, ErrSignIn
	}
	if err != nil {
		return nil, fmt.Errorf("read token: %w", err)
	}
	now := e.opt.Now()
	if !live(t, now) {
		return nil, ErrSignIn
	}
	if now.Sub(e.unsaved.later(tokenUse(t.ID), t.Used)) >= touchEvery {
		if err := e.unsaved.note(tokenUse(t.ID), now, e.dir.UseToken(ctx, t.ID, now)); err != nil {
			return nil, fmt.Errorf("note token's use: %w", err)
		}
	}
	return &Principal{Kind: Program, Token: t, held: tokenBindings(t)}, nil
}

// live reports whether a token lets in at a time.
func live(t directory.Token, now time.Time) bool {
	return t.Revoked.IsZero() && now.Before(t.Expires) && !tooFarAhead(t.Created, now)
}

// tokenBindings returns what a token's scopes allow, in the entity that it is for.
func tokenBindings(t directory.Token) []roleBinding {
	h := roleBinding{entity: t.Enterprise}
	for _, id := range []int64{t.Organization, t.Team} {
		if id != 0 {
			h.entity = id
		}
	}
	for _, s := range Scopes {
		if slices.Contains(t.Scopes, s.Name) {
			h.permissions = append(h.permissions, s.Permissions...)
		}
	}
	return []roleBinding{h}
}
