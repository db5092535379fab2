package github

import (
	"context"
	"strings"

	"codegauge/internal/fault"
)

// CredentialKind is the kind of a credential. GitHub offers different endpoints to each.
type CredentialKind string

// The kinds of credential.
const (
	Classic     CredentialKind = "classic token"
	FineGrained CredentialKind = "fine-grained token"
	App         CredentialKind = "GitHub App"
	// Codegauge is a token of another Codegauge.
	Codegauge CredentialKind = "Codegauge token"
	// Other is a token of unknown form, such as another server's.
	Other CredentialKind = "token"
)

// Credential authenticates a client.
type Credential struct {
	Kind CredentialKind `json:"kind"`
	// Token is the secret of every kind except App.
	Token string `json:"token,omitempty"`
	// AppID and Key are an App's id and its private key in PEM. Installation is the id of
	// the only installation to use, 0 for that of each scope.
	AppID        int64  `json:"app_id,omitempty"`
	Key          string `json:"key,omitempty"`
	Installation int64  `json:"installation,omitempty"`
}

// TokenCredential returns the credential for a token. The token's prefix tells its kind.
func TokenCredential(token string) (Credential, error) {
	token = strings.TrimSpace(token)
	c := Credential{Kind: Other, Token: token}
	switch {
	case strings.HasPrefix(token, "github_pat_"):
		c.Kind = FineGrained
	case strings.HasPrefix(token, "ghp_"), strings.HasPrefix(token, "gho_"):
		c.Kind = Classic
	case strings.HasPrefix(token, "cg_"):
		c.Kind = Codegauge
	}
	return c, c.Check()
}

// Check returns what is wrong with the form of a credential, nil if nothing is.
func (c Credential) Check() error {
	switch {
	case c.Kind == App && (c.AppID <= 0 || c.Key == ""):
		return fault.New(fault.Invalid, "a GitHub App needs its app id and its private key")
	case c.Kind == App:
		_, err := parseKey(c.Key)
		return err
	case c.Token == "":
		return fault.New(fault.Invalid, "the token is empty")
	case strings.ContainsFunc(c.Token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fault.New(fault.Invalid, "the token file must contain only the token: it has several lines, spaces or other characters")
	case strings.HasPrefix(c.Token, "-----BEGIN"):
		return fault.New(fault.Invalid, "this is a private key, not a token: give it as the key of a GitHub App")
	}
	return nil
}

// token returns the token for calls about a scope.
func (c *Client) token(ctx context.Context, s Scope) (string, error) {
	if c.app == nil {
		return c.opt.Credential.Token, nil
	}
	return c.app.token(ctx, s)
}
