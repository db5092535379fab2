package github

import (
	"context"
	"strings"

	"codegauge/internal/fault"
)

// CredentialKind is what a credential is; GitHub offers each other endpoints.
type CredentialKind string

// The kinds of credential.
const (
	Classic     CredentialKind = "classic token"
	FineGrained CredentialKind = "fine-grained token"
	App         CredentialKind = "GitHub App"
	// Other is a token whose form says nothing, such as another server's.
	Other CredentialKind = "token"
)

// Credential is what a client calls with.
type Credential struct {
	Kind CredentialKind `json:"kind"`
	// Token is the secret of every kind but an App.
	Token string `json:"token,omitempty"`
	// AppID and Key are an App's number, and its private key as PEM. Installation is the
	// only installation that it uses, 0 for that of whatever is asked for.
	AppID        int64  `json:"app_id,omitempty"`
	Key          string `json:"key,omitempty"`
	Installation int64  `json:"installation,omitempty"`
}

// TokenCredential returns the credential of a token, whose kind its prefix tells.
func TokenCredential(token string) (Credential, error) {
	token = strings.TrimSpace(token)
	c := Credential{Kind: Other, Token: token}
	switch {
	case strings.HasPrefix(token, "github_pat_"):
		c.Kind = FineGrained
	case strings.HasPrefix(token, "ghp_"), strings.HasPrefix(token, "gho_"):
		c.Kind = Classic
	}
	return c, c.Check()
}

// Check says what makes a credential useless.
func (c Credential) Check() error {
	switch {
	case c.Kind == App && (c.AppID <= 0 || c.Key == ""):
		return fault.New(fault.Invalid, "a GitHub App needs its number and its private key")
	case c.Kind == App:
		_, err := parseKey(c.Key)
		return err
	case c.Token == "":
		return fault.New(fault.Invalid, "the token is empty")
	case strings.ContainsFunc(c.Token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fault.New(fault.Invalid, "the file of the token must hold the token alone: it has more than one line, spaces or other characters in it")
	case strings.HasPrefix(c.Token, "-----BEGIN"):
		return fault.New(fault.Invalid, "this is a private key, not a token: give it as the key of a GitHub App")
	}
	return nil
}

// token returns what a call about a scope is made with.
func (c *Client) token(ctx context.Context, s Scope) (string, error) {
	if c.app == nil {
		return c.opt.Credential.Token, nil
	}
	return c.app.token(ctx, s)
}
