package access

import (
	"cmp"
	"context"
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"codegauge/internal/basepath"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// Options configures an Authenticator.
type Options struct {
	// Credential is the operator's, "" for none.
	Credential string
	// Secure says that browsers reach us by https only.
	Secure bool
	// Base is the path below which they do.
	Base basepath.Base
	// Demo signs in by itself.
	Demo bool
	// OIDC is the identity provider, nil for none.
	OIDC *Provider
	// LinkTTL is how long signed links open their files; DefaultLinkTTL unless set.
	LinkTTL time.Duration
	// PeopleKey makes the key of an enterprise that is to be kept without people, and returns
	// its fingerprint; nil makes no such enterprise.
	PeopleKey func(slug string) (fingerprint string, err error)
	// Now is time.Now unless a test sets it.
	Now func() time.Time
	// Address returns where a request came from; its peer unless set.
	Address func(*http.Request) string
}

// Authenticator knows people and programs by what they bring, and lets people sign in.
type Authenticator struct {
	dir        directory.Directory
	principals *principalCache
	opt        Options
	limit      *limiter
	work       *passwords
	unsaved    *unsaved
}

// NewAuthenticator returns the authenticator to a directory.
func NewAuthenticator(d directory.Directory, opt Options) *Authenticator {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Address == nil {
		opt.Address = peer
	}
	opt.LinkTTL = cmp.Or(opt.LinkTTL, DefaultLinkTTL)
	return &Authenticator{dir: d, principals: &principalCache{dir: d}, opt: opt, limit: newLimiter(d), work: newPasswords(), unsaved: newUnsaved()}
}

// Identify returns who asks. An Authorization header alone counts where there is
// one; one that we do not know is ErrSignIn. A session's cookie may be replaced.
func (e *Authenticator) Identify(w http.ResponseWriter, r *http.Request) (*Principal, error) {
	p, err := e.identify(w, r)
	if err != nil {
		return nil, err
	}
	p.Address = e.opt.Address(r)
	return p, nil
}

func (e *Authenticator) identify(w http.ResponseWriter, r *http.Request) (*Principal, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		return e.bearer(r, header)
	}
	p, err := e.bySession(w, r)
	switch {
	case err != nil && !gone(err):
		return nil, err
	case err == nil:
		return p, nil
	case e.opt.Demo:
		return e.asDemo(r)
	}
	return &Principal{Kind: Anonymous}, nil
}

// bearer knows the operator, who is on this machine, and programs.
func (e *Authenticator) bearer(r *http.Request, header string) (*Principal, error) {
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "token") {
		return nil, ErrSignIn
	}
	if c := e.opt.Credential; c != "" && subtle.ConstantTimeCompare([]byte(secret), []byte(c)) == 1 && onThisMachine(r) {
		return NewOperator(), nil
	}
	return e.byToken(r.Context(), secret)
}

// onThisMachine reports whether nobody stands between us and a caller here.
func onThisMachine(r *http.Request) bool {
	ip, err := netip.ParseAddr(peer(r))
	return err == nil && ip.Unmap().IsLoopback() && r.Header.Get("X-Forwarded-For") == ""
}

// DemoRoles lists the roles that the demo can be looked at as, by the names of
// their people's e-mail addresses.
var DemoRoles = []string{EnterpriseOwner, BillingManager, OrganizationOwner, TeamLead, Member}

// DemoEmail returns the address of the demo's person of a role.
func DemoEmail(role string) string { return role + "@demo.invalid" }

// DemoCookie holds the role that the demo is looked at as. It is no secret.
const DemoCookie = "codegauge_demo_role"

func (e *Authenticator) asDemo(r *http.Request) (*Principal, error) {
	role := EnterpriseOwner
	if c, err := r.Cookie(DemoCookie); err == nil && known(c.Value) {
		role = c.Value
	}
	return e.demoAs(r.Context(), role)
}

// demoAs returns a role of the demo.
func (e *Authenticator) demoAs(ctx context.Context, role string) (*Principal, error) {
	who, err := e.principals.byEmail(ctx, DemoEmail(role))
	if gone(err) {
		// It is being loaded.
		return &Principal{Kind: Demo, Role: EnterpriseOwner, held: []roleBinding{{0, All}}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sign in to the demo: %w", err)
	}
	return &Principal{Kind: Demo, Role: role, Person: who.person, held: who.held}, nil
}

func known(role string) bool {
	for _, r := range DemoRoles {
		if r == role {
			return true
		}
	}
	return false
}

// SetDemoRole makes the browser look at the demo as a role.
func (e *Authenticator) SetDemoRole(w http.ResponseWriter, role string) error {
	if !known(role) {
		return fault.New(fault.Invalid, "the demo has no role %.40q", role)
	}
	http.SetCookie(w, &http.Cookie{Name: DemoCookie, Value: role, Path: e.opt.Base.Root(), HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return nil
}
