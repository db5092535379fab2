package access

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

// ProviderOptions configures an identity provider.
type ProviderOptions struct {
	// Issuer is the provider's, exactly as it says itself.
	Issuer                 string
	ClientID, ClientSecret string
	// RedirectURL is CallbackPath at this server's public address.
	RedirectURL string
	// IdentityClaims are the claims that identify a person; none is the subject.
	IdentityClaims []string
	// Roles are those that the values of RoleClaims stand for.
	RoleClaims []string
	Roles      []ClaimedRole
	// NewAccounts is the enterprise in which everybody whom the provider knows gets an
	// account without a role; "" lets only those in whom somebody has added.
	NewAccounts string
	// FirstOwner becomes the owner of an installation that has none, by verified e-mail
	// address or by what identifies them; "" for nobody.
	FirstOwner string
	// Client asks the provider; one with time-outs unless set.
	Client *http.Client
}

// CallbackPath is where the provider sends people back to.
const CallbackPath = "/sign-in/oidc/callback"

// Provider signs people in by OpenID Connect: code flow with PKCE, state and nonce.
type Provider struct {
	opt ProviderOptions

	// found is the provider's description, read when it is first needed: a
	// provider that is down must not keep the server from starting. asking lets one
	// request read it for all that wait.
	found  atomic.Pointer[oidc.Provider]
	asking singleflight.Group
}

// pending is a sign-in under way, known to the browser by a cookie. Any process
// may be asked to finish it.
type pending struct {
	State, Nonce, Verifier string
}

// pendingKind is where they are kept.
const pendingKind = "sign-in"

// How long a sign-in may take, how many may be under way, and how long the
// provider may take to answer.
const (
	pendingFor     = 10 * time.Minute
	maxPending     = 10_000
	providerAnswer = 10 * time.Second
)

// NewProvider returns a provider; it is asked nothing yet.
func NewProvider(opt ProviderOptions) *Provider {
	client := http.Client{Timeout: providerAnswer}
	if opt.Client != nil {
		client = *opt.Client
	}
	client.Transport = &limited{cmp.Or[http.RoundTripper](client.Transport, http.DefaultTransport)}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	opt.Client = &client
	return &Provider{opt: opt}
}

// maxAnswer bounds what a provider may make us read.
const maxAnswer = 1 << 20

// limited bounds answers.
type limited struct{ next http.RoundTripper }

func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := l.next.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxAnswer), res.Body}
	}
	return res, err
}

// Name returns the provider's host.
func (p *Provider) Name() string {
	if u, err := url.Parse(p.opt.Issuer); err == nil && u.Host != "" {
		return u.Host
	}
	return p.opt.Issuer
}

func (p *Provider) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.opt.Client)
}

// discover reads the provider's description once; it must name the exact issuer.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	if found := p.found.Load(); found != nil {
		return found, nil
	}
	_, err, _ := p.asking.Do("", func() (any, error) {
		// Keys are fetched later with this context: it must outlive the request.
		found, err := oidc.NewProvider(p.context(context.WithoutCancel(ctx)), p.opt.Issuer)
		if err == nil {
			err = p.encrypted(found)
		}
		if err == nil {
			p.found.Store(found)
		}
		return nil, err
	})
	return p.found.Load(), err
}

// encrypted refuses a provider that sends us, or people, elsewhere than it is
// reached itself: without encryption.
func (p *Provider) encrypted(found *oidc.Provider) error {
	if !strings.HasPrefix(p.opt.Issuer, "https://") {
		return nil // a provider on this machine
	}
	var keys struct {
		URL string `json:"jwks_uri"`
	}
	if err := found.Claims(&keys); err != nil {
		return err
	}
	for _, u := range []string{found.Endpoint().AuthURL, found.Endpoint().TokenURL, keys.URL} {
		if !strings.HasPrefix(u, "https://") {
			return fmt.Errorf("the provider's endpoint %q does not use https", clip(u))
		}
	}
	return nil
}

func (p *Provider) config(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: p.opt.ClientID, ClientSecret: p.opt.ClientSecret, Endpoint: found.Endpoint(),
		RedirectURL: p.opt.RedirectURL, Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}
}

// oidcCookie names the sign-in under way.
const oidcCookie = "codegauge_oidc"

// StartOIDC returns where the browser has to go to sign in.
func (e *Authenticator) StartOIDC(w http.ResponseWriter, r *http.Request) (string, error) {
	p := e.opt.OIDC
	if p == nil {
		return "", ErrNowhere
	}
	if err := e.limit.allow(r.Context(), e.opt.Now(), "oidc "+addressKey(e.opt.Address(r))); err != nil {
		return "", err
	}
	found, err := p.discover(r.Context())
	if err != nil {
		return "", fault.New(fault.Unavailable, "the identity provider %s is not responding correctly: tell the administrator of this server, whose log has the details", p.Name())
	}
	id, _ := newSecret()
	attempt := pending{Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier()}
	attempt.State, _ = newSecret()
	if err := e.remember(r.Context(), id, attempt); err != nil {
		return "", fmt.Errorf("keep the sign-in: %w", err)
	}
	e.setCookie(w, oidcCookie, id, pendingFor)
	return p.config(found).AuthCodeURL(attempt.State, oidc.Nonce(attempt.Nonce), oauth2.S256ChallengeOption(attempt.Verifier)), nil
}

// remember keeps a sign-in under its cookie.
func (e *Authenticator) remember(ctx context.Context, id string, a pending) error {
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if err := directory.KeepSealed(ctx, e.dir, pendingKind, id, body, e.opt.Now().Add(pendingFor)); err != nil {
		return err
	}
	return e.dir.TrimExpiring(ctx, pendingKind, maxPending)
}

// pending returns the sign-in of a cookie, once.
func (e *Authenticator) pending(ctx context.Context, id string) (a pending, err error) {
	body, err := directory.TakeSealed(ctx, e.dir, pendingKind, id, e.opt.Now())
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(body, &a)
}

// errProvider is the one answer to a callback that does not hold; the audit log
// has the reason.
var errProvider = fault.New(fault.Invalid, "signing in with the identity provider failed: start again")

// FinishOIDC signs in whom the provider sent back.
func (e *Authenticator) FinishOIDC(w http.ResponseWriter, r *http.Request) error {
	if e.opt.OIDC == nil {
		return ErrNowhere
	}
	token, c, err := e.verified(w, r)
	if err != nil {
		return e.refuseOIDC(r, err.Error())
	}
	subject, err := e.opt.OIDC.subject(token.Subject, c)
	if err != nil {
		return e.refuseOIDC(r, err.Error())
	}
	who, err := e.whose(r, subject, c)
	if fault.KindOf(err) == fault.NotFound {
		who, err = e.newAccount(r, subject, c)
	}
	if fault.KindOf(err) == fault.NotFound {
		// The subject helps whoever binds it by hand.
		if err := e.refuseOIDC(r, fmt.Sprintf("no account here has the subject %q", subject)); !errors.Is(err, errProvider) {
			return err
		}
		return fault.New(fault.Forbidden, "you have no account here: ask an owner to add one with your e-mail address, then sign in again")
	}
	if err != nil {
		return err
	}
	if who.Disabled {
		return e.refuse(r.Context(), e.opt.Address(r), who, "oidc: disabled")
	}
	if err := e.grantClaimed(r, who, subject, c); err != nil {
		return err
	}
	if err := e.confirmByEmail(r, who, c); err != nil {
		return err
	}
	return e.begin(w, r, who, "oidc")
}

// confirmByEmail confirms the identities of a person whose user id or login is the e-mail
// address that the provider has verified: nobody else's word is needed.
func (e *Authenticator) confirmByEmail(r *http.Request, who directory.Person, c claims) error {
	if !c.Verified || c.Email == "" {
		return nil
	}
	list, err := e.dir.IdentitiesOf(r.Context(), who.ID)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(i directory.Identity) bool {
		return !i.Confirmed.IsZero() || !strings.EqualFold(i.UserID, c.Email) && !strings.EqualFold(i.Login, c.Email)
	})
	if len(list) == 0 {
		return nil
	}
	return e.dir.Confirm(directory.WithActor(r.Context(), directory.PersonActor(who.ID, e.opt.Address(r))), list)
}

func (e *Authenticator) refuseOIDC(r *http.Request, why string) error {
	if err := e.refuse(r.Context(), e.opt.Address(r), directory.Person{}, "oidc: "+clip(why)); !errors.Is(err, errCredentials) {
		return err
	}
	return errProvider
}

// clip bounds what a provider can put into our log.
func clip(s string) string {
	if len(s) > 400 {
		return s[:400]
	}
	return s
}

// verified returns the ID token that the callback's code stands for, if all of
// it holds: our state in our browser, the code with our verifier, and a token
// signed by the issuer, for us, with our nonce.
func (e *Authenticator) verified(w http.ResponseWriter, r *http.Request) (*oidc.IDToken, claims, error) {
	p, q := e.opt.OIDC, r.URL.Query()
	id, err := e.cookie(r, oidcCookie)
	if err != nil {
		return nil, claims{}, fmt.Errorf("no sign-in is under way in this browser")
	}
	e.setCookie(w, oidcCookie, "", 0)
	attempt, err := e.pending(r.Context(), id)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return nil, claims{}, fmt.Errorf("the sign-in is unknown or has expired")
	case err != nil:
		return nil, claims{}, err
	case subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(attempt.State)) != 1:
		return nil, claims{}, fmt.Errorf("the state does not match the one this server sent")
	case q.Get("error") != "":
		return nil, claims{}, fmt.Errorf("the provider returned the error %q", clip(q.Get("error")))
	case q.Has("iss") && q.Get("iss") != p.opt.Issuer:
		return nil, claims{}, fmt.Errorf("the response comes from a different issuer")
	}
	return p.exchange(r.Context(), q.Get("code"), attempt)
}

func (p *Provider) exchange(ctx context.Context, code string, attempt pending) (*oidc.IDToken, claims, error) {
	var c claims
	found, err := p.discover(ctx)
	if err != nil {
		return nil, c, err
	}
	ctx, cancel := context.WithTimeout(p.context(ctx), providerAnswer)
	defer cancel()
	answer, err := p.config(found).Exchange(ctx, code, oauth2.VerifierOption(attempt.Verifier))
	if err != nil {
		return nil, c, fmt.Errorf("exchange code: %w", err)
	}
	raw, ok := answer.Extra("id_token").(string)
	if !ok {
		return nil, c, fmt.Errorf("the provider sent no ID token")
	}
	token, err := found.VerifierContext(ctx, &oidc.Config{ClientID: p.opt.ClientID}).Verify(ctx, raw)
	if err != nil {
		return nil, c, fmt.Errorf("verify ID token: %w", err)
	}
	return token, c, checkToken(token, p.opt, attempt, &c)
}

// maxSubject bounds a subject; OpenID Connect allows 255 characters.
const maxSubject = 255

func checkToken(t *oidc.IDToken, opt ProviderOptions, attempt pending, c *claims) error {
	var extra struct {
		AuthorizedParty string `json:"azp"`
	}
	if err := t.Claims(&extra); err != nil {
		return fmt.Errorf("read ID token: %w", err)
	}
	switch {
	case t.Issuer != opt.Issuer:
		return fmt.Errorf("the ID token comes from a different issuer")
	case len(t.Audience) != 1 || t.Audience[0] != opt.ClientID:
		return fmt.Errorf("the ID token is not meant for this server alone")
	case extra.AuthorizedParty != "" && extra.AuthorizedParty != opt.ClientID:
		return fmt.Errorf("the ID token was issued to a different client")
	case t.Nonce == "" || subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(attempt.Nonce)) != 1:
		return fmt.Errorf("the nonce does not match the one this server sent")
	case t.Subject == "" || len(t.Subject) > maxSubject:
		return fmt.Errorf("the ID token has no usable subject")
	}
	// email_verified that is no boolean is not verified.
	if err := t.Claims(c); err != nil {
		*c = claims{}
	}
	return t.Claims(&c.all)
}

// whose returns the person of a subject of the provider. A person whom
// somebody added by e-mail is bound to the subject that first shows that e-mail
// as verified, if they have none of this issuer yet.
func (e *Authenticator) whose(r *http.Request, subject string, c claims) (directory.Person, error) {
	issuer := e.opt.OIDC.opt.Issuer
	who, err := e.dir.PersonByLogin(r.Context(), issuer, subject)
	if fault.KindOf(err) != fault.NotFound || !c.Verified || c.Email == "" {
		return who, err
	}
	if who, err = e.dir.PersonByEmail(r.Context(), c.Email); err != nil {
		return who, err
	}
	bound, err := e.dir.Logins(r.Context(), who.ID, issuer)
	if err != nil {
		return who, err
	}
	if bound > 0 || who.Disabled {
		return directory.Person{}, fault.New(fault.NotFound, "the account with this e-mail address is bound to a different subject")
	}
	return who, e.bind(r, who, subject)
}
