package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// How long a session lasts: idle after its last request, absolute after it began.
// touchEvery is how exact the last request is known; rotationGrace is how long a
// replaced cookie stays good for requests that were on their way.
const (
	sessionIdle     = 60 * time.Minute
	sessionAbsolute = 12 * time.Hour
	touchEvery      = time.Minute
	rotationGrace   = 30 * time.Second
)

// tooFarAhead reports whether something was made so far in the future that the clock must
// have been wrong: it would last until then, and as long as it may besides.
func tooFarAhead(made, now time.Time) bool { return made.Sub(now) > 24*time.Hour }

// newSecret returns 256 random bits, for a cookie or a link, and their hash.
func newSecret() (secret, hash string) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	secret = base64.RawURLEncoding.EncodeToString(b)
	return secret, hashOf(secret)
}

// hashOf returns what is stored of a secret. Secrets are random: one round is enough.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// sessionCookie is the name of the session's cookie, before what secured adds.
const sessionCookie = "codegauge_session"

// secured returns a cookie's name with the prefix that has browsers check what they can:
// __Secure- asks for https, __Host- besides for the path / and no other host's cookie.
// Plain loopback has neither.
func (e *Authenticator) secured(name string) string {
	switch {
	case !e.opt.Secure:
		return name
	case e.opt.Base != "":
		return "__Secure-" + name
	}
	return "__Host-" + name
}

// cookie returns the value of a cookie that setCookie has set.
func (e *Authenticator) cookie(r *http.Request, name string) (string, error) {
	c, err := r.Cookie(e.secured(name))
	if err != nil {
		return "", err
	}
	return c.Value, nil
}

func (e *Authenticator) setCookie(w http.ResponseWriter, name, value string, age time.Duration) {
	c := &http.Cookie{Name: e.secured(name), Value: value, Path: e.opt.Base.Root(), HttpOnly: true, Secure: e.opt.Secure,
		SameSite: http.SameSiteLaxMode, MaxAge: int(age.Seconds())}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// bySession knows who has the cookie; a fault.NotFound if nobody.
func (e *Authenticator) bySession(w http.ResponseWriter, r *http.Request) (*Principal, error) {
	secret, err := e.cookie(r, sessionCookie)
	if err != nil {
		return nil, fault.New(fault.NotFound, "you are not signed in")
	}
	ctx, hash, now := r.Context(), hashOf(secret), e.opt.Now()
	s, err := e.dir.Session(ctx, hash, rotationGrace)
	if err != nil {
		return nil, err
	}
	s.Seen = e.unsaved.later(sessionUse(s.ID), s.Seen)
	if now.Sub(s.Seen) > sessionIdle || now.Sub(s.Created) > sessionAbsolute || tooFarAhead(s.Created, now) {
		return nil, fault.New(fault.NotFound, "your session has expired")
	}
	who, err := e.principals.cached(ctx, s.Person)
	if err != nil {
		return nil, err
	}
	if who.person.Disabled {
		return nil, fault.New(fault.NotFound, "your account is disabled")
	}
	if err := e.keepAlive(w, ctx, s, hash, now); err != nil {
		return nil, err
	}
	return &Principal{Kind: Signed, Person: who.person, Session: s, held: who.held}, nil
}

// keepAlive notes that a session was seen, and replaces its cookie after a
// change of roles. A session that is good stays so where nothing can be written.
func (e *Authenticator) keepAlive(w http.ResponseWriter, ctx context.Context, s directory.Session, hash string, now time.Time) error {
	if now.Sub(s.Seen) >= touchEvery {
		if err := e.unsaved.note(sessionUse(s.ID), now, e.dir.TouchSession(ctx, s.ID, now)); err != nil {
			return fmt.Errorf("touch session: %w", err)
		}
	}
	if !s.Stale {
		return nil
	}
	secret, fresh := newSecret()
	rotated, err := e.dir.RotateSession(ctx, hash, fresh)
	if fault.KindOf(err) == fault.Unavailable {
		return nil // it is replaced once that can be written
	}
	if err != nil {
		return fmt.Errorf("rotate session: %w", err)
	}
	if rotated {
		e.setCookie(w, sessionCookie, secret, sessionAbsolute)
	}
	return nil
}

// begin signs a person in with a new session; one that the browser had ends.
func (e *Authenticator) begin(w http.ResponseWriter, r *http.Request, who directory.Person, how string) error {
	if err := e.End(w, r); err != nil {
		return err
	}
	now := e.opt.Now().UTC()
	if err := e.dir.ExpireSessions(r.Context(), now.Add(-sessionAbsolute), now.Add(-sessionIdle)); err != nil {
		return fmt.Errorf("expire sessions: %w", err)
	}
	if err := e.dir.Sweep(r.Context(), now); err != nil {
		return fmt.Errorf("sweep what has expired: %w", err)
	}
	secret, hash := newSecret()
	ctx := directory.WithActor(r.Context(), directory.PersonActor(who.ID, e.opt.Address(r)))
	_, err := e.dir.CreateSession(ctx, directory.Session{Person: who.ID, How: how, Created: now, Seen: now}, hash)
	if err != nil {
		return fmt.Errorf("begin session: %w", err)
	}
	e.setCookie(w, sessionCookie, secret, sessionAbsolute)
	return nil
}

// End signs the browser out.
func (e *Authenticator) End(w http.ResponseWriter, r *http.Request) error {
	secret, err := e.cookie(r, sessionCookie)
	if err != nil {
		return nil //nolint:nilerr // without a cookie nobody is signed in
	}
	e.setCookie(w, sessionCookie, "", 0)
	s, err := e.dir.Session(r.Context(), hashOf(secret), rotationGrace)
	if err == nil {
		err = e.dir.EndSession(r.Context(), s.ID)
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// peer returns the address of who is at the other end of the connection.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
