package access

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"codegauge/internal/database/databasetest"
	"codegauge/internal/directory"
	"codegauge/internal/directory/sqldirectory"
)

// BenchmarkGuard measures what access adds to a request, for each way in.
func BenchmarkGuard(b *testing.B) {
	d := sqldirectory.New(databasetest.Open(b, databasetest.SQLite))
	id, _ := d.Reserve(b.Context(), 1)
	acme := directory.Entity{ID: id, Kind: directory.Enterprise, Enterprise: id, Slug: "acme", Policy: directory.PolicyEnabled}
	list := []directory.Entity{acme}
	for i := range 300 {
		n, _ := d.Reserve(b.Context(), 1)
		list = append(list, directory.Entity{ID: n, Kind: directory.Organization, Enterprise: id, Slug: "org" + string(rune('a'+i%26)) + string(rune('a'+i/26))})
	}
	if err := d.Put(b.Context(), list); err != nil {
		b.Fatal(err)
	}
	e := NewAuthenticator(d, Options{Credential: "operator"})
	who, _ := d.PutPerson(b.Context(), directory.Person{Email: "ann@acme.example"})
	d.Grant(b.Context(), directory.Grant{Person: who.ID, Role: EnterpriseOwner, Entity: id})
	d.SetPassword(b.Context(), who.ID, e.hashed(good))
	rec := httptest.NewRecorder()
	if err := e.SignIn(rec, httptest.NewRequest("POST", "/sign-in", nil), "ann@acme.example", good); err != nil {
		b.Fatal(err)
	}
	token, _, err := IssueToken(b.Context(), d, directory.Token{Enterprise: id, Scopes: []string{"metrics:read"}}, "", 0, e.opt.Now())
	if err != nil {
		b.Fatal(err)
	}
	h, err := NewGuard(e).Protect("GET /api/v1/query", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), func(_ http.ResponseWriter, _ *http.Request, err error) { b.Fatal(err) })
	if err != nil {
		b.Fatal(err)
	}
	for name, header := range map[string][2]string{"operator": {"Authorization", "Bearer operator"}, "token": {"Authorization", "Bearer " + token}, "session": {"Cookie", rec.Result().Header.Get("Set-Cookie")}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequest("GET", "/api/v1/query?measures=loc_added", nil)
				r.RemoteAddr = "127.0.0.1:1"
				r.Header.Set(header[0], header[1])
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
