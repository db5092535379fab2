package admin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// Token is a token, as lists show it.
type Token struct {
	ID           int64  `json:"id"`
	Name         string `json:"name,omitempty"`
	Enterprise   string `json:"enterprise"`
	Organization string `json:"organization,omitempty"`
	Team         string `json:"team,omitempty"`
	// Place is what the narrowest of them is called.
	Place   string    `json:"place,omitempty"`
	User    string    `json:"user,omitempty"`
	Scopes  []string  `json:"scopes"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Used    time.Time `json:"used,omitzero"`
	Revoked time.Time `json:"revoked,omitzero"`
}

// Live reports whether the token lets in at a time.
func (t Token) Live(now time.Time) bool { return t.Revoked.IsZero() && now.Before(t.Expires) }

// NewToken is a token that was just made, and its secret.
type NewToken struct {
	Token  Token  `json:"token"`
	Secret string `json:"secret"`
	// Request is the number of the request if a guardian has to approve that the token views
	// people, which it does not until then; else 0.
	Request int64 `json:"request,omitempty"`
}

// TokenRequest makes a token, or names one by ID to revoke it.
type TokenRequest struct {
	access.ScopeNames
	Name   string   `json:"name,omitempty"`
	Scopes []string `json:"scopes,omitempty"`
	// User is whom an ingest token's events are about: a user id of its tool.
	User string `json:"user,omitempty"`
	// Days is how long it lives; 0 is the default.
	Days int   `json:"days,omitempty"`
	ID   int64 `json:"id,omitempty"`
}

// CreateToken makes a token. Nobody makes one that may do more than they may
// themselves, and no token one that outlives it. Where there is a guardian, it views people
// once they approve.
func (a *Admin) CreateToken(ctx context.Context, r TokenRequest) (NewToken, error) {
	at, err := a.at(ctx, access.Manage, r.ScopeNames)
	if err != nil {
		return NewToken{}, err
	}
	e := at.Entity()
	if r.User != "" && at.Enterprise.WithoutPeople() {
		return NewToken{}, access.NoPeople(*at.Enterprise)
	}
	guard, views := int64(0), ""
	for _, s := range access.Scopes {
		if !slices.Contains(r.Scopes, s.Name) {
			continue
		}
		if err := covers(ctx, within(s.Permissions, e.Kind), e); err != nil {
			return NewToken{}, err
		}
		by, err := access.GuardedBy(ctx, a.dir, s.Permissions, e)
		if err != nil {
			return NewToken{}, err
		}
		if by != 0 {
			guard, views = by, s.Name
		}
	}
	t := directory.Token{Enterprise: at.Enterprise.ID, UserID: r.User, Name: r.Name, Scopes: r.Scopes}
	if at.Organization != nil {
		t.Organization = at.Organization.ID
	}
	if at.Team != nil {
		t.Team = at.Team.ID
	}
	if who := access.Of(ctx); who.Kind == access.Program {
		t.Expires = who.Token.Expires
	}
	var out NewToken
	err = a.dir.Together(ctx, func(ctx context.Context) error {
		var err error
		if out.Secret, t, err = access.IssueToken(ctx, a.dir, t, views, r.Days, a.now()); err != nil || guard == 0 {
			return err
		}
		w, err := a.dir.RequestWeakening(ctx, directory.Weakening{Enterprise: guard, Token: &directory.TokenScope{Token: t.ID, Scope: views},
			Summary: fmt.Sprintf("let token %d view people in %s (%s)", t.ID, placeName(e), views)})
		out.Request = w.ID
		return err
	})
	if err != nil {
		return NewToken{}, err
	}
	all, err := a.dir.Entities(ctx)
	out.Token = tokenOf(t, all)
	return out, err
}

// within leaves out the permissions that mean nothing in an entity of a kind:
// an organization's token that reads metrics does not read the enterprise's.
func within(permissions []access.Permission, kind directory.Kind) []access.Permission {
	return slices.DeleteFunc(slices.Clone(permissions), func(p access.Permission) bool {
		return kind != directory.Enterprise && p == access.ViewEnterprise || kind == directory.Team && p == access.ViewOrganization
	})
}

func tokenOf(t directory.Token, all []directory.Entity) Token {
	key := func(id int64) string {
		if e := byID(all, id); e != nil {
			return e.Key()
		}
		return ""
	}
	place := ""
	if e := byID(all, cmp.Or(t.Team, t.Organization, t.Enterprise)); e != nil {
		place = e.Label()
	}
	return Token{ID: t.ID, Name: t.Name, Place: place, Enterprise: key(t.Enterprise), Organization: key(t.Organization), Team: key(t.Team),
		User: t.UserID, Scopes: t.Scopes, Created: t.Created, Expires: t.Expires, Used: t.Used, Revoked: t.Revoked}
}

// Tokens lists the tokens of a place and of what hangs from it.
func (a *Admin) Tokens(ctx context.Context, r access.ScopeNames) ([]Token, error) {
	at, err := a.at(ctx, access.ViewSettings, r)
	if err != nil {
		return nil, err
	}
	list, all, err := a.tokens(ctx, at)
	if err != nil {
		return nil, err
	}
	out := []Token{}
	for _, t := range list {
		out = append(out, tokenOf(t, all))
	}
	return out, nil
}

// tokens returns the tokens that whoever asks manages at a place.
func (a *Admin) tokens(ctx context.Context, at access.Place) ([]directory.Token, []directory.Entity, error) {
	list, err := a.dir.Tokens(ctx, at.Enterprise.ID)
	if err != nil {
		return nil, nil, err
	}
	all, err := a.dir.Entities(ctx)
	if err != nil {
		return nil, nil, err
	}
	e := at.Entity()
	return slices.DeleteFunc(list, func(t directory.Token) bool {
		return !(e.ID == t.Enterprise || e.ID == t.Organization || e.ID == t.Team)
	}), all, nil
}

// RevokeToken ends a token.
func (a *Admin) RevokeToken(ctx context.Context, r TokenRequest) (Token, error) {
	at, err := a.at(ctx, access.Manage, r.ScopeNames)
	if err != nil {
		return Token{}, err
	}
	list, all, err := a.tokens(ctx, at)
	if err != nil {
		return Token{}, err
	}
	i := slices.IndexFunc(list, func(t directory.Token) bool { return t.ID == r.ID })
	if i < 0 {
		return Token{}, fault.New(fault.NotFound, "token %d does not exist", r.ID)
	}
	return tokenOf(list[i], all), a.dir.RevokeToken(ctx, r.ID)
}
