package access

import (
	"net/http"
	"strings"
	"testing"

	"codegauge/internal/database/databasetest"
	"codegauge/internal/fault"
)

// replicas returns two processes of one installation.
func replicas(t *testing.T, opt func() Options) (a, b *world) {
	t.Helper()
	target := databasetest.New(t, databasetest.Postgres)
	return newWorldOver(t, target.Open(t), opt()), newWorldOver(t, target.Open(t), opt())
}

func noOptions() Options { return Options{} }

// at returns the browser as it comes to another replica.
func (b *browser) at(w *world) *browser {
	return &browser{w: w, cookies: b.cookies, address: b.address}
}

func TestTriesOfTwoReplicas(t *testing.T) {
	one, two := replicas(t, noOptions)
	one.person("ann@acme.example", good)
	browser := one.browser()
	for i := range triesPerMinute {
		if err := browser.at([]*world{one, two}[i%2]).signIn("ann@acme.example", "wrong password"); err != errCredentials {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	for _, w := range []*world{one, two} {
		if err := browser.at(w).signIn("ann@acme.example", good); err != errTries {
			t.Errorf("the sixth try: %v", err)
		}
	}
}

func TestSetupLinkOfAnotherReplica(t *testing.T) {
	one, two := replicas(t, noOptions)
	var keys []string
	for _, w := range []*world{one, two} { // each prints one at its start
		path, err := w.authenticator.OpenSetup(t.Context())
		w.ok(err)
		keys = append(keys, strings.TrimPrefix(path, "/setup?key="))
	}
	browser := two.browser()
	setUp := func(w *world, key, password string) (err error) {
		who := FirstAdministrator{Name: "Ann", Email: "ann@acme.example", Password: password, Enterprise: "acme"}
		browser.at(w).visit("/setup", func(rw http.ResponseWriter, r *http.Request) { err = w.authenticator.Setup(rw, r, key, who) })
		return err
	}
	if err := setUp(two, keys[0], "short"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("with a bad password: %v", err)
	}
	one.ok(setUp(two, keys[0], good))
	if p := browser.at(one).who(); !p.CanEverywhere(Manage) {
		t.Errorf("the first administrator is %+v at the other replica", p)
	}
	for _, key := range keys {
		for _, w := range []*world{one, two} {
			if err := setUp(w, key, good); fault.KindOf(err) != fault.NotFound {
				t.Errorf("a link is good after one was used: %v", err)
			}
		}
	}
}

func TestSignInFinishedByAnotherReplica(t *testing.T) {
	p := newIDP(t)
	one, two := replicas(t, p.options)
	ann := one.person("ann@acme.example", "")
	browser := one.browser()
	one.ok(p.start(browser))
	cookie := browser.cookies[one.authenticator.secured(oidcCookie)]
	one.ok(p.finish(browser.at(two)))
	if who := browser.who(); who.Person.ID != ann.ID {
		t.Errorf("signed in as %+v", who)
	}
	browser.cookies[one.authenticator.secured(oidcCookie)] = cookie
	if err := p.finish(browser); err != errProvider {
		t.Errorf("the sign-in is finished twice: %v", err)
	}
}
