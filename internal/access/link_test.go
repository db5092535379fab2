package access

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

const usersReport = "GET /api/v3/enterprises/{enterprise}/copilot/metrics/reports/users-1-day"

// linkLand is a land with a person who may view acme's people.
type linkLand struct {
	*land
	person directory.Person
}

func newLinkLand(t testing.TB) *linkLand {
	l := &linkLand{land: newLand(t, Options{})}
	l.acme.Policy = directory.PolicyEnabled
	l.ok(l.dir.SetPolicy(t.Context(), l.acme.ID, l.acme.Policy))
	var err error
	l.person, err = l.dir.PutPerson(t.Context(), directory.Person{Name: "Ann"})
	l.ok(err)
	_, err = l.dir.Grant(t.Context(), directory.Grant{Person: l.person.ID, Role: EnterpriseOwner, Entity: l.acme.ID})
	l.ok(err)
	return l
}

// sign returns a link that a principal got about acme.
func (l *linkLand) sign(p *Principal) string {
	l.t.Helper()
	ctx := WithPlace(With(l.t.Context(), p), Place{Enterprise: &l.acme})
	link, err := l.authenticator.SignLink(ctx, usersReport, "/api/v3/downloads/users.json", url.Values{"report": {"users-1-day"}, "days": {"2026-05-07_2026-05-07"}})
	l.ok(err)
	return link
}

// open asks for a link by an authenticator.
func (l *linkLand) open(e *Authenticator, link string, header http.Header) (*Principal, Place, error) {
	r := httptest.NewRequest(http.MethodGet, link, nil)
	r.Header = header
	return e.byLink(r)
}

// TestLink opens a link as whoever asked for it, with or without credentials of others, at
// another server, and after a restart.
func TestLink(t *testing.T) {
	l := newLinkLand(t)
	ann := &Principal{Kind: Signed, Person: l.person}
	link := l.sign(ann)
	restarted := NewAuthenticator(l.dir, Options{Now: func() time.Time { return l.now }})
	for _, e := range []*Authenticator{l.authenticator, restarted} {
		for _, header := range []http.Header{{}, {"Authorization": {"Bearer cg_0123"}}, {"Authorization": {"Basic x"}, "Cookie": {"codegauge_session=x"}}} {
			p, at, err := l.open(e, link, header)
			if err != nil || p.Person.ID != l.person.ID || at.Enterprise.ID != l.acme.ID || !p.Can(ViewPeople, l.acme) {
				t.Errorf("with %v: %+v at %+v, %v", header, p, at, err)
			}
		}
	}
	l.now = l.now.Add(DefaultLinkTTL - time.Second)
	if _, _, err := l.open(restarted, link, nil); err != nil {
		t.Errorf("just before it expires: %v", err)
	}
	l.now = l.now.Add(time.Second)
	if _, _, err := l.open(restarted, link, nil); fault.KindOf(err) != fault.NotFound || !strings.Contains(err.Error(), "expired") {
		t.Errorf("expired: %v", err)
	}
}

// TestLinkTampered changes links at random, and with knowledge of what they say.
func TestLinkTampered(t *testing.T) {
	l := newLinkLand(t)
	link := l.sign(&Principal{Kind: Signed, Person: l.person})
	if _, _, err := l.open(l.authenticator, link, nil); err != nil {
		t.Fatal(err)
	}
	bolt := fmt.Sprint("of=", l.bolt.ID)
	of := fmt.Sprint("of=", l.acme.ID)
	changed := []string{
		strings.Replace(link, of, bolt, 1), strings.Replace(link, of, "of="+fmt.Sprint(l.core.ID), 1), strings.Replace(link, of, "of=0", 1),
		strings.Replace(link, of, of+"&"+bolt, 1), strings.Replace(link, "by=person", "by=operator", 1), strings.Replace(link, "users-1-day", "repos-1-day", 1),
		strings.Replace(link, "2026-05-07", "2026-05-08", 1), strings.Replace(link, "users.json", "other.json", 1), strings.Replace(link, "se=", "se=9", 1),
		link + "&days=2026-05-08_2026-05-08", link + "&sig=", link[:strings.Index(link, "&sig=")], strings.Replace(link, "&sig=", "&by=operator&sig=", 1),
		"/api/v3/downloads/users.json", "/api/v3/downloads/users.json?sig=", "/api/v3/downloads/users.json?" + strings.Repeat("a", 9000) + "&sig=00",
	}
	r := rand.New(rand.NewPCG(1, 2))
	start := strings.Index(link, "?") + 1
	for range 1000 {
		b := []byte(link)
		at := start + r.IntN(len(b)-start)
		switch r.IntN(3) {
		case 0:
			b[at] = "0123456789abcdefABC-_%&=+."[r.IntN(26)]
		case 1:
			b = append(b[:at], b[at+1:]...)
		default:
			b[at] ^= 1
		}
		changed = append(changed, string(b))
	}
	refused := 0
	for _, c := range changed {
		u, err := url.ParseRequestURI(c)
		if err != nil || c == link {
			continue
		}
		req := &http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}, RemoteAddr: "127.0.0.1:1"}
		if _, _, err := l.authenticator.byLink(req.WithContext(t.Context())); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", c, err)
			continue
		}
		refused++
	}
	if refused < 500 {
		t.Errorf("only %d changed links were refused", refused)
	}
	t.Logf("%d changed links were refused", refused)
}

// TestLinkAfterChanges takes permissions away from whoever has a link.
func TestLinkAfterChanges(t *testing.T) {
	for name, change := range map[string]func(l *linkLand, token directory.Token){
		"the policy is off": func(l *linkLand, _ directory.Token) {
			l.ok(l.dir.SetPolicy(t.Context(), l.acme.ID, directory.PolicyDisabled))
		},
		"the account is disabled": func(l *linkLand, token directory.Token) {
			l.person.Disabled = true
			_, err := l.dir.PutPerson(t.Context(), l.person)
			l.ok(err)
			l.ok(l.dir.RevokeToken(t.Context(), token.ID))
		},
		"the role and the token are gone": func(l *linkLand, token directory.Token) {
			grants, err := l.dir.GrantsOf(t.Context(), l.person.ID)
			l.ok(err)
			l.ok(l.dir.Revoke(t.Context(), grants[0].ID))
			l.ok(l.dir.RevokeToken(t.Context(), token.ID))
		},
	} {
		l := newLinkLand(t)
		_, token, err := IssueToken(t.Context(), l.dir, directory.Token{Enterprise: l.acme.ID, Scopes: []string{"metrics:read", "users:read"}}, "", 1, l.now)
		l.ok(err)
		links := []string{l.sign(&Principal{Kind: Signed, Person: l.person}), l.sign(&Principal{Kind: Program, Token: token})}
		for _, link := range links {
			if _, _, err := l.open(l.authenticator, link, nil); err != nil {
				t.Errorf("before %s: %v", name, err)
			}
		}
		change(l, token)
		for _, link := range links {
			if _, _, err := l.open(l.authenticator, link, nil); fault.KindOf(err) != fault.Forbidden && fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	// The operator's opens on this machine alone.
	l := newLinkLand(t)
	link := l.sign(NewOperator())
	far := httptest.NewRequest(http.MethodGet, link, nil)
	far.RemoteAddr = "192.0.2.1:1"
	near := httptest.NewRequest(http.MethodGet, link, nil)
	near.RemoteAddr = "127.0.0.1:1"
	if _, _, err := l.authenticator.byLink(far); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("the operator's from elsewhere: %v", err)
	}
	if _, _, err := l.authenticator.byLink(near); err != nil {
		t.Errorf("the operator's: %v", err)
	}
}

// FuzzLink asks with any parameters: none is let in, and nothing panics.
func FuzzLink(f *testing.F) {
	f.Add("of=1&by=operator&se=9999999999&key=00000000&for=x", "00")
	f.Add("of=1&of=2", "")
	l := newLinkLand(f)
	f.Fuzz(func(t *testing.T, query, sum string) {
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/api/v3/downloads/x", RawQuery: query + "&sig=" + sum}, RemoteAddr: "127.0.0.1:1"}
		if _, _, err := l.authenticator.byLink(r.WithContext(t.Context())); err == nil {
			t.Errorf("let in by %q", r.URL.RawQuery)
		}
	})
}
