package access

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"codegauge/internal/basepath"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

const good = "correct horse battery"

func TestSignIn(t *testing.T) {
	w := newWorld(t, Options{})
	ann := w.person("ann@acme.example", good)
	b := w.browser()
	if err := b.signIn(" ANN@acme.example", good); err != nil {
		t.Fatal(err)
	}
	if p := b.who(); p.Kind != Signed || p.Person.ID != ann.ID || p.Session.How != "password" {
		t.Errorf("got %+v", p)
	}
	b.visit("/sign-out", func(rw http.ResponseWriter, r *http.Request) { w.ok(w.authenticator.End(rw, r)) })
	if p := b.who(); p.Kind != Anonymous || b.cookies[sessionCookie] != "" {
		t.Errorf("signed out, got %s with %v", p.Kind, b.cookies)
	}
}

// TestRefusalsAreAlike compares what unknown, disabled and password-less people
// get with what a wrong password gets: the same words and the same work.
func TestRefusalsAreAlike(t *testing.T) {
	w := newWorld(t, Options{})
	w.person("ann@acme.example", good)
	w.person("nopassword@acme.example", "")
	off := w.person("off@acme.example", good)
	off.Disabled = true
	_, err := w.dir.PutPerson(t.Context(), off)
	w.ok(err)
	for _, c := range []struct{ email, password string }{
		{"ann@acme.example", "wrong password"}, {"nobody@acme.example", good}, {"nopassword@acme.example", good}, {"nopassword@acme.example", ""},
		{"off@acme.example", good}, {"", ""}, {"ann@acme.example", strings.Repeat("x", 1<<20)}, {"ann@acme.example", good + "\x00"},
	} {
		w.now = w.now.Add(2 * time.Minute)
		before := w.authenticator.work.computed.Load()
		b := w.browser()
		err := b.signIn(c.email, c.password)
		if err != errCredentials || b.who().Kind != Anonymous {
			t.Errorf("%s: got %v", c.email, err)
		}
		if n := w.authenticator.work.computed.Load() - before; n != 1 {
			t.Errorf("%s: %d hashes were computed, want 1", c.email, n)
		}
	}
	log, err := w.dir.AuditLog(t.Context(), directory.AuditFilter{All: true, Action: "signin.refused"})
	if err != nil || len(log) != 8 {
		t.Errorf("%d refusals in the log, %v", len(log), err)
	}
	for _, e := range log {
		if text := fmt.Sprint(e); strings.Contains(text, "@") || e.Address != "192.0.2.1" {
			t.Errorf("the log says %s", text)
		}
	}
}

func TestTries(t *testing.T) {
	w := newWorld(t, Options{})
	w.person("ann@acme.example", good)
	at := func(address string) *browser {
		b := w.browser()
		b.address = address + ":1"
		return b
	}
	known := at("192.0.2.50")
	w.ok(known.signIn("ann@acme.example", good))
	// One account, from one address; the person's own browser is in there too.
	for i := range triesPerMinute {
		if err := at("192.0.2.50").signIn("ann@acme.example", "wrong password"); i < triesPerMinute-1 && err != errCredentials {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	if err := at("192.0.2.50").signIn("Ann@acme.example ", good); err != errTries {
		t.Errorf("the sixth try of an account from an address: %v", err)
	}
	w.ok(known.signIn("ann@acme.example", good))
	w.ok(at("192.0.2.51").signIn("ann@acme.example", good))
	// The cookie is of one account, and has tries of its own.
	if err := known.signIn("bob@acme.example", "wrong password"); err != errCredentials {
		t.Errorf("another account with the browser: %v", err)
	}
	for range triesPerMinute {
		known.signIn("ann@acme.example", "wrong password")
	}
	if err := known.signIn("ann@acme.example", good); err != errTries {
		t.Errorf("the sixth try with the browser: %v", err)
	}
	// One address, many accounts; IPv6 customers have a network.
	for i := range triesOfAddress {
		at(fmt.Sprintf("[2001:db8::%d]", i)).signIn(fmt.Sprint(i), "wrong password")
	}
	if err := at("[2001:db8::ffff]").signIn("other", good); err != errTries {
		t.Errorf("one try too many of a network: %v", err)
	}
	if err := at("[2001:db8:0:1::1]").signIn("other", good); err != errCredentials {
		t.Errorf("the first try of another network: %v", err)
	}
	w.now = w.now.Add(time.Minute)
	w.ok(known.signIn("ann@acme.example", good))
}

// TestClockJumps sets the clock forward and back: sessions and tokens end when they are to, and
// nobody is locked out by tries that now lie in the future.
func TestClockJumps(t *testing.T) {
	w := newWorld(t, Options{})
	w.person("ann@acme.example", good)
	began := w.now
	b := w.browser()
	w.ok(b.signIn("ann@acme.example", good))
	for _, c := range []struct {
		jump time.Duration
		in   bool
	}{{-3 * time.Hour, true}, {0, true}, {30 * time.Minute, true}, {-24 * time.Hour, true}, {sessionAbsolute + time.Hour, false}} {
		w.now = began.Add(c.jump)
		if got := b.who().SignedIn(); got != c.in {
			t.Errorf("at %s: signed in %t, want %t", c.jump, got, c.in)
		}
	}
	stranger := w.browser()
	w.now = began.Add(10 * time.Hour) // the clock is wrong, and is set right then
	for range triesPerMinute {
		stranger.signIn("ann@acme.example", "wrong password")
	}
	if err := stranger.signIn("ann@acme.example", good); err != errTries {
		t.Errorf("one try too many: %v", err)
	}
	w.now = began
	if err := stranger.signIn("ann@acme.example", good); err != nil {
		t.Errorf("after the clock was set back: %v", err)
	}
}

// TestClockJumpsOfLinks sets the clock forward and back while tokens, links and sign-ins at
// the provider wait: none is good for longer than it is to be, and what was made while the
// clock was wrong by years does not last for years.
func TestClockJumpsOfLinks(t *testing.T) {
	p := newIDP(t)
	w := p.world()
	began := w.now
	acme, ann := w.enterprise("acme"), w.person("ann@acme.example", "")
	token := func() string {
		t.Helper()
		secret, _, err := IssueToken(t.Context(), w.dir, directory.Token{Enterprise: acme.ID, Scopes: []string{"metrics:read"}}, "", 0, w.now)
		w.ok(err)
		return secret
	}
	lets := func(secret string) bool {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "Bearer "+secret)
		who, err := w.authenticator.Identify(httptest.NewRecorder(), r)
		return err == nil && who.Kind == Program
	}
	const day = 24 * time.Hour
	made := token()
	for _, c := range []struct {
		jump time.Duration
		in   bool
	}{{0, true}, {89 * day, true}, {91 * day, false}, {day, true}, {-12 * time.Hour, true}, {-366 * day, false}, {0, true}} {
		if w.now = began.Add(c.jump); lets(made) != c.in {
			t.Errorf("a token at %s: let in %t", c.jump, !c.in)
		}
	}
	w.now = began.AddDate(10, 0, 0)
	ahead := token()
	w.ok(w.dir.SetPassword(t.Context(), ann.ID, w.authenticator.hashed(good)))
	b := w.browser()
	w.ok(b.signIn("ann@acme.example", good))
	if !lets(ahead) || !b.who().SignedIn() {
		t.Error("in ten years nobody is let in")
	}
	if w.now = began; lets(ahead) || b.who().SignedIn() {
		t.Error("what was made while the clock was ahead by ten years is good now")
	}

	secret, err := Invite(t.Context(), w.dir, ann.ID, w.now)
	w.ok(err)
	for _, c := range []struct {
		jump time.Duration
		good bool
	}{{8 * day, false}, {-day, true}, {6 * day, true}} {
		w.now = began.Add(c.jump)
		if _, err := w.authenticator.Invited(httptest.NewRequest(http.MethodGet, "/", nil), secret); (err == nil) != c.good {
			t.Errorf("an invitation at %s: %v", c.jump, err)
		}
	}
	// A sign-in that waits at the provider, over a jump forward and one back.
	for _, c := range []struct {
		jump time.Duration
		good bool
	}{{time.Hour, false}, {-time.Hour, true}, {9 * time.Minute, true}} {
		w.now = began
		b := w.browser()
		w.ok(p.start(b))
		w.now = began.Add(c.jump)
		if err := p.finish(b); (err == nil) != c.good {
			t.Errorf("a sign-in at %s: %v", c.jump, err)
		}
	}
}

// TestStrangersTries reaches what all strangers together may try at an account: a browser in
// which its person has signed in before still can.
func TestStrangersTries(t *testing.T) {
	w := newWorld(t, Options{})
	w.person("ann@acme.example", good)
	w.authenticator.limit.strangers.Most = 3
	known := w.browser()
	w.ok(known.signIn("ann@acme.example", good))
	for i := range 5 {
		b := w.browser()
		b.address = fmt.Sprintf("192.0.2.%d:1", 100+i)
		want := errCredentials
		if i >= 2 {
			want = errTries
		}
		if err := b.signIn("ann@acme.example", "wrong password"); err != want {
			t.Errorf("stranger %d: got %v, want %v", i, err, want)
		}
	}
	w.ok(known.signIn("ann@acme.example", good))
}

// TestSignInFlood has 200 addresses try wrong passwords at one account as fast as they can. A
// right password, from an address that nobody has seen, is right all the same, and does not
// wait for theirs.
func TestSignInFlood(t *testing.T) {
	w := newWorld(t, Options{})
	w.person("ann@acme.example", good)
	done := make(chan struct{})
	var all sync.WaitGroup
	var wrong, refused atomic.Int64
	for i := range 200 {
		all.Go(func() {
			b := w.browser()
			b.address = fmt.Sprintf("198.51.100.%d:1", i)
			for {
				select {
				case <-done:
					return
				default:
				}
				switch err := b.signIn("ann@acme.example", "wrong password"); err {
				case errCredentials:
					wrong.Add(1)
				case errTries, errBusy:
					refused.Add(1)
					time.Sleep(20 * time.Millisecond)
				default:
					t.Error(err)
					return
				}
			}
		})
	}
	var slowest time.Duration
	for i := range 5 {
		time.Sleep(200 * time.Millisecond)
		b := w.browser()
		b.address = fmt.Sprintf("203.0.113.%d:1", i)
		began := time.Now()
		if err := b.signIn("ann@acme.example", good); err != nil {
			t.Errorf("the right password: %v", err)
		}
		slowest = max(slowest, time.Since(began))
	}
	close(done)
	all.Wait()
	t.Logf("counted: %d wrong passwords, %d refused; the slowest of 5 right ones took %.2f s", wrong.Load(), refused.Load(), slowest.Seconds())
	if wrong.Load() == 0 || refused.Load() == 0 {
		t.Error("there was no flood")
	}
}

func TestLimiterIsBounded(t *testing.T) {
	w := newWorld(t, Options{})
	l := newLimiter(w.dir)
	l.Tracked = 50
	for i := range 3 * l.Tracked {
		w.ok(l.allow(t.Context(), w.now, fmt.Sprint(i)))
	}
	remembered := 0
	for i := range 3 * l.Tracked {
		if _, err := w.dir.Unexpired(t.Context(), l.Kind, hashOf(fmt.Sprint(i)), w.now); err == nil {
			remembered++
		}
	}
	if remembered == 0 || remembered > l.Tracked {
		t.Errorf("%d keys are remembered", remembered)
	}
}

// TestSessionFixation signs in with a cookie that an attacker planted.
func TestSessionFixation(t *testing.T) {
	w := newWorld(t, Options{})
	w.person("ann@acme.example", good)
	w.person("eve@acme.example", good)
	eve := w.browser()
	w.ok(eve.signIn("eve@acme.example", good))
	planted := eve.cookies[w.authenticator.secured(sessionCookie)]
	for _, cookie := range []string{planted, "planted", ""} {
		ann := w.browser()
		ann.cookies[w.authenticator.secured(sessionCookie)] = cookie
		w.ok(ann.signIn("ann@acme.example", good))
		if got := ann.cookies[w.authenticator.secured(sessionCookie)]; got == cookie || len(got) != 43 {
			t.Errorf("the cookie is %q after %q", got, cookie)
		}
		if p := ann.who(); p.Person.Email != "ann@acme.example" {
			t.Errorf("the browser is %s", p.Person.Email)
		}
		w.now = w.now.Add(time.Minute)
	}
	if p := eve.who(); p.Kind != Anonymous {
		t.Errorf("the planted cookie is %s", p.Person.Email)
	}
}

func TestSessionEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		then func(w *world, who directory.Person)
		kind Kind
	}{
		{"nothing", func(*world, directory.Person) {}, Signed},
		{"59 minutes idle", func(w *world, _ directory.Person) { w.now = w.now.Add(59 * time.Minute) }, Signed},
		{"61 minutes idle", func(w *world, _ directory.Person) { w.now = w.now.Add(61 * time.Minute) }, Anonymous},
		{"disabled", func(w *world, p directory.Person) {
			p.Disabled = true
			_, err := w.dir.PutPerson(w.t.Context(), p)
			w.ok(err)
		}, Anonymous},
		{"removed", func(w *world, p directory.Person) { w.ok(w.dir.RemovePerson(w.t.Context(), p.ID)) }, Anonymous},
		{"password changed", func(w *world, p directory.Person) { w.ok(w.dir.SetPassword(w.t.Context(), p.ID, "x")) }, Anonymous},
		{"all revoked", func(w *world, p directory.Person) {
			_, err := w.dir.EndSessions(w.t.Context(), p.ID)
			w.ok(err)
		}, Anonymous},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, Options{})
			ann := w.person("ann@acme.example", good)
			b := w.browser()
			w.ok(b.signIn("ann@acme.example", good))
			c.then(w, ann)
			if p := b.who(); p.Kind != c.kind {
				t.Errorf("got %s, want %s", p.Kind, c.kind)
			}
		})
	}
}

// TestSessionAbsolute keeps a session busy until its end.
func TestSessionAbsolute(t *testing.T) {
	w := newWorld(t, Options{})
	w.person("ann@acme.example", good)
	b := w.browser()
	w.ok(b.signIn("ann@acme.example", good))
	for passed := time.Duration(0); passed < 12*time.Hour; passed += 30 * time.Minute {
		if p := b.who(); p.Kind != Signed {
			t.Fatalf("after %s: %s", passed, p.Kind)
		}
		w.now = w.now.Add(30 * time.Minute)
	}
	w.now = w.now.Add(time.Second)
	if p := b.who(); p.Kind != Anonymous {
		t.Errorf("after 12 hours: %s", p.Kind)
	}
}

// TestCookieRotates changes roles: the cookie changes with the next request, and
// what it was no longer lets in.
func TestCookieRotates(t *testing.T) {
	w := newWorld(t, Options{})
	acme, ann := w.enterprise("acme"), w.person("ann@acme.example", good)
	b := w.browser()
	w.ok(b.signIn("ann@acme.example", good))
	name := w.authenticator.secured(sessionCookie)
	old := b.cookies[name]
	if p := b.who(); p.CanView(acme) || b.cookies[name] != old {
		t.Error("without a change the cookie stays")
	}
	g, err := w.dir.Grant(t.Context(), directory.Grant{Person: ann.ID, Role: BillingManager, Entity: acme.ID})
	w.ok(err)
	if p := b.who(); !p.CanView(acme) || b.cookies[name] == old {
		t.Error("a new role left the cookie as it was")
	}
	if _, err := w.dir.Session(t.Context(), hashOf(old), 0); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the old cookie: %v", err)
	}
	old = b.cookies[name]
	w.ok(w.dir.Revoke(t.Context(), g.ID))
	if p := b.who(); p.CanView(acme) || b.cookies[name] == old {
		t.Error("a revoked role left the cookie, or the right, as it was")
	}
}

func TestCookies(t *testing.T) {
	for _, c := range []struct {
		secure     bool
		base       basepath.Base
		name, path string
	}{
		{true, "", "__Host-codegauge_session", "/"},
		{true, "/codegauge", "__Secure-codegauge_session", "/codegauge"},
		{false, "", "codegauge_session", "/"},
		{false, "/codegauge", "codegauge_session", "/codegauge"},
	} {
		w := newWorld(t, Options{Secure: c.secure, Base: c.base})
		w.person("ann@acme.example", good)
		b := w.browser()
		set := b.visit("/sign-in", func(rw http.ResponseWriter, r *http.Request) {
			w.ok(w.authenticator.SignIn(rw, r, "ann@acme.example", good))
		}).Cookies()
		if len(set) != 2 || set[1].Name != c.name || set[0].Name != strings.Replace(c.name, sessionCookie, deviceCookie, 1) {
			t.Fatalf("%+v: cookies %+v", c, set)
		}
		for _, s := range set {
			if s.Secure != c.secure || !s.HttpOnly || s.SameSite != http.SameSiteLaxMode || s.Path != c.path || s.Domain != "" {
				t.Errorf("%+v: cookie %+v", c, s)
			}
		}
		if !b.who().SignedIn() {
			t.Errorf("%+v: the cookie does not sign in", c)
		}
		ended := b.visit("/sign-out", func(rw http.ResponseWriter, r *http.Request) { w.ok(w.authenticator.End(rw, r)) }).Cookies()
		if len(ended) != 1 || ended[0].Name != c.name || ended[0].Path != c.path || ended[0].MaxAge >= 0 {
			t.Errorf("%+v: signing out sets %+v", c, ended)
		}
	}
}

func TestInvitation(t *testing.T) {
	w := newWorld(t, Options{})
	ann := w.person("ann@acme.example", "")
	secret, err := Invite(t.Context(), w.dir, ann.ID, w.now)
	w.ok(err)
	accept := func(b *browser, secret, password string) (err error) {
		b.visit("/invitation", func(rw http.ResponseWriter, r *http.Request) { err = w.authenticator.Accept(rw, r, secret, password) })
		return err
	}
	for _, bad := range []string{"", "short", "aaaaaaaaaaaaaaaa", "ann@acme.example", "not \xff text at all", strings.Repeat("é", 200)} {
		w.now = w.now.Add(time.Minute)
		if err := accept(w.browser(), secret, bad); fault.KindOf(err) != fault.Invalid {
			t.Errorf("password %.20q: %v", bad, err)
		}
	}
	w.now = w.now.Add(time.Minute)
	if err := accept(w.browser(), secret+"x", good); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another secret: %v", err)
	}
	b := w.browser()
	w.ok(accept(b, secret, good))
	if b.who().Person.ID != ann.ID {
		t.Error("an invitation signs in")
	}
	if err := accept(w.browser(), secret, good); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an invitation was good twice: %v", err)
	}
	secret, err = Invite(t.Context(), w.dir, ann.ID, w.now)
	w.ok(err)
	w.now = w.now.AddDate(0, 0, invitationDays)
	if err := accept(w.browser(), secret, good); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an expired invitation: %v", err)
	}
}

func TestSetup(t *testing.T) {
	w := newWorld(t, Options{})
	path, err := w.authenticator.OpenSetup(t.Context())
	w.ok(err)
	key := strings.TrimPrefix(path, "/setup?key=")
	setUp := func(b *browser, key string, a FirstAdministrator) (err error) {
		b.visit("/setup", func(rw http.ResponseWriter, r *http.Request) { err = w.authenticator.Setup(rw, r, key, a) })
		return err
	}
	ann := FirstAdministrator{Name: "Ann", Email: "ann@acme.example", Password: good, Enterprise: "acme"}
	for _, bad := range []string{"", "x", key + "x", key[1:]} {
		if err := setUp(w.browser(), bad, ann); fault.KindOf(err) != fault.NotFound {
			t.Errorf("key %q: %v", bad, err)
		}
	}
	without := ann
	without.Enterprise = ""
	if err := setUp(w.browser(), key, without); fault.KindOf(err) != fault.Invalid {
		t.Errorf("without an enterprise: %v", err)
	}
	b := w.browser()
	w.ok(setUp(b, key, ann))
	if p := b.who(); !p.CanEverywhere(Manage) {
		t.Errorf("the first administrator may not manage: %+v", p)
	}
	list, err := w.dir.Entities(t.Context())
	if err != nil || len(list) != 1 || list[0].Policy != directory.PolicyEnabled {
		t.Errorf("entities %+v, %v", list, err)
	}
	if err := setUp(w.browser(), key, ann); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the link was good twice: %v", err)
	}
	if path, err := w.authenticator.OpenSetup(t.Context()); path != "" || err != nil {
		t.Errorf("there is another link: %q, %v", path, err)
	}
}

// TestSetupWithoutPeople makes the first enterprise without people, whose key is made then.
func TestSetupWithoutPeople(t *testing.T) {
	made := ""
	w := newWorld(t, Options{PeopleKey: func(slug string) (string, error) {
		if made = slug; slug == "bad" {
			return "", fault.New(fault.Unavailable, "no room")
		}
		return "a fingerprint", nil
	}})
	path, err := w.authenticator.OpenSetup(t.Context())
	w.ok(err)
	setUp := func(enterprise string) (err error) {
		w.browser().visit("/setup", func(rw http.ResponseWriter, r *http.Request) {
			err = w.authenticator.Setup(rw, r, strings.TrimPrefix(path, "/setup?key="), FirstAdministrator{Name: "Ann", Email: "ann@acme.example", Password: good, Enterprise: enterprise, WithoutPeople: true})
		})
		return err
	}
	if err := setUp("bad"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("without a key: %v", err)
	}
	if list, err := w.dir.Entities(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("without a key there is %+v, %v", list, err)
	}
	w.ok(setUp("acme")) // the link is as good as it was
	list, err := w.dir.Entities(t.Context())
	if err != nil || len(list) != 1 || list[0].PeopleKey != "a fingerprint" || made != "acme" {
		t.Errorf("entities %+v, %v", list, err)
	}
}

// TestTokens tampers with a token in every place.
func TestTokens(t *testing.T) {
	w := newWorld(t, Options{})
	acme := w.enterprise("acme")
	secret, made, err := IssueToken(t.Context(), w.dir, directory.Token{Enterprise: acme.ID, Scopes: []string{"metrics:read"}}, "", 0, w.now)
	w.ok(err)
	if len(secret) != 39 || !strings.HasPrefix(secret, "cg_") || made.Expires.Sub(made.Created) != 90*24*time.Hour {
		t.Errorf("token %q until %s", secret, made.Expires)
	}
	who := func(header string) (*Principal, error) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", header)
		return w.authenticator.Identify(httptest.NewRecorder(), r)
	}
	for _, scheme := range []string{"Bearer ", "bearer ", "token "} {
		if p, err := who(scheme + secret); err != nil || p.Kind != Program || !p.CanView(acme) || p.Can(Export, acme) || p.Can(ViewPeople, acme) {
			t.Errorf("%s: %+v, %v", scheme, p, err)
		}
	}
	bad := []string{"", " ", secret[:len(secret)-1], secret + "0", secret[3:], strings.ToLower(secret), "Basic " + secret, hashOf(secret), "cg_" + strings.Repeat("0", 36)}
	for i := range secret {
		for _, c := range "0Az_" {
			if changed := secret[:i] + string(c) + secret[i+1:]; changed != secret {
				bad = append(bad, changed)
			}
		}
	}
	for _, s := range bad {
		if p, err := who("Bearer " + s); err != ErrSignIn {
			t.Errorf("%q: %+v, %v", s, p, err)
		}
	}
	t.Logf("%d tamperings", len(bad))
	// A token does not fall back on a cookie, and the clock ends it.
	w.now = made.Expires
	if _, err := who("Bearer " + secret); err != ErrSignIn {
		t.Errorf("expired: %v", err)
	}
	w.now = made.Created
	w.ok(w.dir.RevokeToken(t.Context(), made.ID))
	if _, err := who("Bearer " + secret); err != ErrSignIn {
		t.Errorf("revoked: %v", err)
	}
	for _, days := range []int{-1, 367} {
		if _, _, err := IssueToken(t.Context(), w.dir, directory.Token{Enterprise: acme.ID, Scopes: []string{"export"}}, "", days, w.now); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%d days: %v", days, err)
		}
	}
}

// TestOperator lets the credential in from this machine only.
func TestOperator(t *testing.T) {
	w := newWorld(t, Options{Credential: "credential"})
	for _, c := range []struct {
		remote, forwarded, secret string
		want                      bool
	}{
		{"127.0.0.1:1", "", "credential", true}, {"[::1]:1", "", "credential", true}, {"127.0.0.1:1", "", "Credential", false},
		{"192.0.2.1:1", "", "credential", false}, {"127.0.0.1:1", "192.0.2.1", "credential", false}, {"127.0.0.1:1", "", "", false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		r.Header.Set("Authorization", "Bearer "+c.secret)
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		p, err := w.authenticator.Identify(httptest.NewRecorder(), r)
		if got := err == nil && p.Kind == Operator; got != c.want {
			t.Errorf("%+v: %+v, %v", c, p, err)
		}
	}
}
