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

// app gives out tokens of a GitHub App's installations, which last an hour.
type app struct {
	client *Client
	key    *rsa.PrivateKey

	mu     sync.Mutex
	tokens map[int64]installationToken
	// installed are the installations, nil until they were asked for.
	installed []installation
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

// token returns the token of the installation that a scope is in.
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
		a.installed = nil
		return "", &Error{Kind: Forbidden, Status: StatusOf(err), Message: fmt.Sprintf("the App's installation in %s was removed or suspended", s)}
	}
	if err != nil {
		return "", err
	}
	var t installationToken
	if err := json.Unmarshal(res.body, &t); err != nil || t.Token == "" {
		return "", malformed(res.status, "GitHub's answer holds no installation token")
	}
	a.tokens[id] = t
	return t.Token, nil
}

// forget drops a scope's token, which GitHub no longer takes.
func (a *app) forget(s Scope) {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.tokens)
	a.installed = nil
}

// installation finds the installation that a scope is in.
func (a *app) installation(ctx context.Context, s Scope) (int64, error) {
	if id := a.client.opt.Credential.Installation; id != 0 {
		return id, nil
	}
	if a.installed == nil {
		if err := a.list(ctx); err != nil {
			return 0, err
		}
	}
	for _, i := range a.installed {
		named := strings.EqualFold(i.Account.Login, s.name()) || strings.EqualFold(i.Account.Slug, s.name())
		if named && (i.Target == "Enterprise") == (s.Org == "") && i.Suspended == "" {
			return i.ID, nil
		}
	}
	return 0, &Error{Kind: Forbidden, Status: http.StatusForbidden, Message: fmt.Sprintf("the App is not installed in %s, or suspended there", s)}
}

func (a *app) list(ctx context.Context) error {
	jwt, err := a.jwt()
	if err != nil {
		return err
	}
	a.installed = []installation{}
	for page := 1; page != 0; {
		res, err := a.client.call(ctx, request{method: http.MethodGet, path: "app/installations", query: pageQuery(page), token: jwt})
		if err != nil {
			a.installed = nil
			return err
		}
		var more []installation
		if err := json.Unmarshal(res.body, &more); err != nil {
			a.installed = nil
			return malformed(res.status, "GitHub's list of the App's installations cannot be read: %v", err)
		}
		a.installed = append(a.installed, more...)
		page = nextPage(page, res.next)
	}
	return nil
}

// jwt returns what the App says that it is itself with, for some minutes. It begins a
// minute ago, for clocks that differ.
func (a *app) jwt() (string, error) {
	now := a.client.opt.Now()
	claims, err := json.Marshal(map[string]any{
		"iat": now.Add(-time.Minute).Unix(), "exp": now.Add(8 * time.Minute).Unix(), "iss": strconv.FormatInt(a.client.opt.Credential.AppID, 10),
	})
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, a.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign as the App: %w", err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

// pageQuery asks for a page of the most that GitHub gives.
func pageQuery(page int) url.Values {
	return url.Values{"per_page": {"100"}, "page": {strconv.Itoa(page)}}
}

// maxPages bounds a list that never ends.
const maxPages = 20_000

// nextPage returns the page after one, 0 if there is none.
func nextPage(page, next int) int {
	if next != page+1 || page >= maxPages {
		return 0
	}
	return next
}
