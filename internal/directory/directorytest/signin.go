package directorytest

import (
	"testing"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

func logins(t *testing.T, p *place) {
	ctx := t.Context()
	acme := p.enterprise("acme")
	ann, bo := p.person(acme, "ann@acme.example"), p.person(acme, "bo@acme.example")
	for range 2 {
		p.ok("BindLogin", p.BindLogin(ctx, ann.ID, "https://id", "sub"))
	}
	p.refused("a subject that another has", p.BindLogin(ctx, bo.ID, "https://id", "sub"), fault.Conflict)
	p.ok("BindLogin", p.BindLogin(ctx, bo.ID, "https://id", "SUB"))
	p.ok("BindLogin", p.BindLogin(ctx, bo.ID, "https://other", "sub"))
	for _, c := range []struct {
		issuer, subject string
		want            directory.Person
	}{{"https://id", "sub", ann}, {"https://id", "SUB", bo}, {"https://other", "sub", bo}} {
		got, err := p.PersonByLogin(ctx, c.issuer, c.subject)
		p.ok("PersonByLogin", err)
		p.same(c.issuer+" "+c.subject, got, c.want)
	}
	_, err := p.PersonByLogin(ctx, "https://id/", "sub")
	p.refused("another issuer", err, fault.NotFound)
	n, err := p.Logins(ctx, bo.ID, "https://id")
	if p.ok("Logins", err); n != 1 {
		t.Errorf("Logins = %d, want 1", n)
	}
	p.refused("an empty subject", p.BindLogin(ctx, ann.ID, "https://id", ""), fault.Invalid)
}

func passwordsOf(t *testing.T, p *place) {
	ctx := t.Context()
	ann := p.person(p.enterprise("acme"), "ann@acme.example")
	if hash, err := p.Password(ctx, ann.ID); hash != "" || err != nil {
		t.Errorf("no password is %q, %v", hash, err)
	}
	p.session(ann, "cookie")
	p.ok("Invite", p.Invite(ctx, ann.ID, "secret", at(2)))
	who, err := p.Invited(ctx, "secret", at(1))
	p.ok("Invited", err)
	p.same("who is invited", who, ann)
	_, err = p.Invited(ctx, "secret", at(2))
	p.refused("an expired invitation", err, fault.NotFound)

	// A password ends invitations and sessions.
	p.ok("SetPassword", p.SetPassword(ctx, ann.ID, "hash"))
	if hash, err := p.Password(ctx, ann.ID); hash != "hash" || err != nil {
		t.Errorf("password is %q, %v", hash, err)
	}
	_, err = p.Invited(ctx, "secret", at(1))
	p.refused("a used invitation", err, fault.NotFound)
	_, err = p.Session(ctx, "cookie", time.Hour)
	p.refused("a session from before", err, fault.NotFound)

	// A second invitation replaces the first.
	p.ok("Invite", p.Invite(ctx, ann.ID, "one", at(2)))
	p.ok("Invite", p.Invite(ctx, ann.ID, "two", at(2)))
	_, err = p.Invited(ctx, "one", at(1))
	p.refused("a replaced invitation", err, fault.NotFound)
}

func (p *place) session(who directory.Person, hash string) directory.Session {
	p.t.Helper()
	s, err := p.CreateSession(p.t.Context(), directory.Session{Person: who.ID, How: "password", Created: at(0), Seen: at(0)}, hash)
	p.ok("CreateSession", err)
	return s
}

func sessions(t *testing.T, p *place) {
	ctx := t.Context()
	acme := p.enterprise("acme")
	ann := p.person(acme, "ann@acme.example")
	one, two := p.session(ann, "one"), p.session(ann, "two")
	got, err := p.Session(ctx, "one", 0)
	p.ok("Session", err)
	p.same("a session", got, one)
	p.ok("TouchSession", p.TouchSession(ctx, one.ID, at(1)))
	if got, _ = p.Session(ctx, "one", 0); !got.Seen.Equal(at(1)) {
		t.Errorf("seen %s, want %s", got.Seen, at(1))
	}

	// A role makes the cookie stale; one request replaces it, once.
	if rotated, err := p.RotateSession(ctx, "one", "new"); rotated || err != nil {
		t.Errorf("a fresh cookie was rotated: %t, %v", rotated, err)
	}
	g, err := p.Grant(ctx, directory.Grant{Person: ann.ID, Role: "member", Entity: acme.ID})
	p.ok("Grant", err)
	if got, _ = p.Session(ctx, "one", 0); !got.Stale {
		t.Error("a new role left the session as it was")
	}
	rotated, err := p.RotateSession(ctx, "one", "new")
	again, err2 := p.RotateSession(ctx, "one", "newer")
	if !rotated || again || err != nil || err2 != nil {
		t.Errorf("rotated %t, %t; %v, %v", rotated, again, err, err2)
	}
	if got, err = p.Session(ctx, "new", 0); err != nil || got.ID != one.ID || got.Stale {
		t.Errorf("the new cookie: %+v, %v", got, err)
	}
	if _, err = p.Session(ctx, "one", time.Hour); err != nil {
		t.Errorf("the old cookie within the grace: %v", err)
	}
	_, err = p.Session(ctx, "one", 0)
	p.refused("the old cookie later", err, fault.NotFound)
	p.ok("Revoke", p.Revoke(ctx, g.ID))
	if got, _ = p.Session(ctx, "new", 0); !got.Stale {
		t.Error("a revoked role left the session as it was")
	}

	p.ok("EndSession", p.EndSession(ctx, two.ID))
	p.refused("EndSession again", p.EndSession(ctx, two.ID), fault.NotFound)
	p.session(ann, "three")
	counts, err := p.CountSessions(ctx)
	if p.ok("CountSessions", err); len(counts) != 1 || counts[ann.ID] != 2 {
		t.Errorf("sessions %v, want 2 of one person", counts)
	}
	p.ok("ExpireSessions", p.ExpireSessions(ctx, at(-1), at(1))) // one was seen at 1, three at 0
	if n, err := p.EndSessions(ctx, ann.ID); n != 1 || err != nil {
		t.Errorf("EndSessions = %d, %v; want 1", n, err)
	}
	p.session(ann, "four")
	ann.Disabled = true
	_, err = p.PutPerson(ctx, ann)
	p.ok("PutPerson", err)
	_, err = p.Session(ctx, "four", 0)
	p.refused("a disabled person's session", err, fault.NotFound)
}

func tokens(t *testing.T, p *place) {
	ctx := t.Context()
	acme, other := p.enterprise("acme"), p.enterprise("other")
	org, theirs := p.organization(acme, "web"), p.organization(other, "web")
	team := p.team(org, "ui")
	in := directory.Token{Enterprise: acme.ID, Organization: org.ID, Team: team.ID, UserID: "u", Name: "n", Scopes: []string{"ingest", "export"}, Created: at(0), Expires: at(24)}
	made, err := p.CreateToken(ctx, in, "hash")
	p.ok("CreateToken", err)
	in.ID = made.ID
	got, err := p.Token(ctx, "hash")
	p.ok("Token", err)
	p.same("a token", got, in)
	_, err = p.Token(ctx, "other")
	p.refused("no token", err, fault.NotFound)
	in.Organization = theirs.ID
	_, err = p.CreateToken(ctx, in, "x")
	p.refused("a token for another enterprise's organization", err, fault.NotFound)

	p.ok("UseToken", p.UseToken(ctx, made.ID, at(1)))
	for range 2 {
		p.ok("RevokeToken", p.RevokeToken(ctx, made.ID))
	}
	list, err := p.Tokens(ctx, acme.ID)
	p.ok("Tokens", err)
	if len(list) != 1 || !list[0].Used.Equal(at(1)) || list[0].Revoked.IsZero() {
		t.Errorf("tokens %+v", list)
	}
	if list, err = p.Tokens(ctx, other.ID); len(list) != 0 || err != nil {
		t.Errorf("tokens of another enterprise: %+v, %v", list, err)
	}
	p.refused("RevokeToken of nothing", p.RevokeToken(ctx, 99), fault.NotFound)
}
