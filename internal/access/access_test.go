package access

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/directory"
	"codegauge/internal/directory/sqldirectory"
)

// world is a directory with an authenticator, and a clock that stands still.
type world struct {
	t             testing.TB
	dir           directory.Directory
	authenticator *Authenticator
	now           time.Time
}

func newWorld(t testing.TB, opt Options) *world {
	t.Helper()
	return newWorldOver(t, databasetest.Open(t, databasetest.SQLite), opt)
}

func newWorldOver(t testing.TB, db *database.DB, opt Options) *world {
	d := sqldirectory.New(db)
	w := &world{t: t, dir: d, now: time.Now()}
	opt.Now = func() time.Time { return w.now }
	w.authenticator = NewAuthenticator(d, opt)
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// enterprise makes an enterprise, with the policy on.
func (w *world) enterprise(slug string) directory.Entity {
	w.t.Helper()
	id, err := w.dir.Reserve(w.t.Context(), 1)
	w.ok(err)
	e := directory.Entity{ID: id, Kind: directory.Enterprise, Enterprise: id, Slug: slug, Policy: directory.PolicyEnabled}
	w.ok(w.dir.Put(w.t.Context(), []directory.Entity{e}))
	return e
}

// person makes a person with a password, "" for none.
func (w *world) person(email, password string) directory.Person {
	w.t.Helper()
	p, err := w.dir.PutPerson(w.t.Context(), directory.Person{Email: email})
	w.ok(err)
	if password != "" {
		w.ok(w.dir.SetPassword(w.t.Context(), p.ID, w.authenticator.hashed(password)))
	}
	return p
}

// browser keeps cookies between requests.
type browser struct {
	w       *world
	cookies map[string]string
	address string
}

func (w *world) browser() *browser {
	return &browser{w: w, cookies: map[string]string{}, address: "192.0.2.1:1000"}
}

// visit has handle serve a request of the browser.
func (b *browser) visit(target string, handle func(http.ResponseWriter, *http.Request)) *http.Response {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.RemoteAddr = b.address
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	rec := httptest.NewRecorder()
	handle(rec, r)
	res := rec.Result()
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
	}
	return res
}

func (b *browser) signIn(email, password string) (err error) {
	b.visit("/sign-in", func(rw http.ResponseWriter, r *http.Request) { err = b.w.authenticator.SignIn(rw, r, email, password) })
	return err
}

// who returns as whom the browser is known.
func (b *browser) who() (p *Principal) {
	b.w.t.Helper()
	b.visit("/", func(rw http.ResponseWriter, r *http.Request) {
		var err error
		p, err = b.w.authenticator.Identify(rw, r)
		b.w.ok(err)
	})
	return p
}

// hashed returns a password's hash.
func (e *Authenticator) hashed(password string) string {
	hash, err := e.work.hash(context.Background(), password)
	if err != nil {
		panic(err)
	}
	return hash
}
