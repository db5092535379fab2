package github

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"codegauge/internal/fault"
)

// app provides tokens for the installations of a GitHub App. They are valid for an hour.
type app struct {
	client *Client
	key    *rsa.PrivateKey

	mu     sync.Mutex
	tokens map[int64]installationToken
	// installations is nil until it has been listed.
	installations []installation
}

type installationToken struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires_at"`
}

type installation struct {
	ID        int64  `json:"id"`
	Target    string `json:"target_type"`
	Suspended string `json:"suspended_at"`
	Account   struct {
		Login string `json:"login"`
		Slug  string `json:"slug"`
	} `json:"account"`
}

func newApp(c *Client) (*app, error) {
	key, err := parseKey(c.opt.Credential.Key)
	return &app{client: c, key: key, tokens: map[int64]installationToken{}}, err
}

func parseKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fault.New(fault.Invalid, "the App's private key is not a PEM file")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, fault.New(fault.Invalid, "the App's private key is not an RSA key")
	}
	return key, nil
}

// token returns a token of the installation for a scope.
func (a *app) token(ctx context.Context, s Scope) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id, err := a.installation(ctx, s)
	if err != nil {
		return "", err
	}
	if t := a.tokens[id]; t.Token != "" && a.client.opt.Now().Add(5*time.Minute).Before(t.Expires) {
		return t.Token, nil
	}
	jwt, err := a.jwt()
	if err != nil {
		return "", err
	}
	res, err := a.client.call(ctx, request{method: http.MethodPost, path: "app/installations/" + strconv.FormatInt(id, 10) + "/access_tokens", token: jwt})
	if kind := KindOf(err); kind == NotFound || kind == Forbidden {
		a.installations = nil
		return "", &Error{Kind: Forbidden, Status: StatusOf(err), Message: fmt.Sprintf("the App's installation in %s was removed or suspended", s)}
	}
	if err != nil {
		return "", err
	}
	var t installationToken
	if err := json.Unmarshal(res.body, &t); err != nil || t.Token == "" {
		return "", malformed(res.status, "GitHub's response has no installation token")
	}
	a.tokens[id] = t
	return t.Token, nil
}

// forgetTokens discards all tokens and installations, after GitHub has rejected a token.
func (a *app) forgetTokens() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.tokens)
	a.installations = nil
}

// installation returns the id of the installation for a scope.
func (a *app) installation(ctx context.Context, s Scope) (int64, error) {
	if id := a.client.opt.Credential.Installation; id != 0 {
		return id, nil
	}
	if a.installations == nil {
		if err := a.listInstallations(ctx); err != nil {
			return 0, err
		}
	}
	for _, i := range a.installations {
		named := strings.EqualFold(i.Account.Login, s.Name()) || strings.EqualFold(i.Account.Slug, s.Name())
		if named && (i.Target == "Enterprise") == (s.Org == "") && i.Suspended == "" {
			return i.ID, nil
		}
	}
	return 0, &Error{Kind: Forbidden, Status: http.StatusForbidden, Message: fmt.Sprintf("the App is not installed in %s, or suspended there", s)}
}

func (a *app) listInstallations(ctx context.Context) error {
	jwt, err := a.jwt()
	if err != nil {
		return err
	}
	a.installations = []installation{}
	for page := 1; page != 0; {
		res, err := a.client.call(ctx, request{method: http.MethodGet, path: "app/installations", query: pageQuery(page), token: jwt})
		if err != nil {
			a.installations = nil
			return err
		}
		var more []installation
		if err := json.Unmarshal(res.body, &more); err != nil {
			a.installations = nil
			return malformed(res.status, "GitHub's list of the App's installations cannot be read: %v", err)
		}
		a.installations = append(a.installations, more...)
		page = nextPage(page, res.next)
	}
	return nil
}

// jwt returns a token that authenticates the App itself, valid from a minute ago, to
// tolerate clock differences, for 8 minutes from now.
func (a *app) jwt() (string, error) {
	now := a.client.opt.Now()
	claims, err := json.Marshal(map[string]any{
		"iat": now.Add(-time.Minute).Unix(), "exp": now.Add(8 * time.Minute).Unix(), "iss": strconv.FormatInt(a.client.opt.Credential.AppID, 10),
	})
	if err != nil {
		return "", fmt.Errorf("write the App's claims: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, a.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign as the App: %w", err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

// pageQuery returns the query for a page of 100 entries, the most that GitHub allows.
func pageQuery(page int) url.Values {
	return url.Values{"per_page": {"100"}, "page": {strconv.Itoa(page)}}
}

// maxPages is the most pages of a list that are read, in case it never ends.
const maxPages = 20_000

// nextPage returns next if it follows page, else 0, which ends the list.
func nextPage(page, next int) int {
	if next != page+1 || page >= maxPages {
		return 0
	}
	return next
}
