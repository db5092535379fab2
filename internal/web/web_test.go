package web

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/service"
)

// policy is what internal/server sends with every answer.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

func newWeb(t *testing.T, data Data) http.Handler {
	t.Helper()
	return newWebOf(t, data, "1.0")
}

// newWebOf is newWeb of a version of the program.
func newWebOf(t *testing.T, data Data, version string) http.Handler {
	t.Helper()
	return newWebWith(t, data, Options{Version: version})
}

// newWebWith is newWeb with options.
func newWebWith(t *testing.T, data Data, opt Options) http.Handler {
	t.Helper()
	opt.StageDir, opt.Demo, opt.Admin = t.TempDir(), true, &fakeAdmin{privacy: directory.DefaultPrivacy()}
	web, err := New(data, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { web.Close() })
	mux := serveAll(web)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		mux.ServeHTTP(w, r)
	})
}

// serveAll serves every page to the operator, who may see all.
func serveAll(web *Web) *http.ServeMux {
	mux := http.NewServeMux()
	for _, route := range web.Routes() {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			ctx := access.With(r.Context(), access.NewOperator())
			if word := r.PathValue("enterprise"); word != "" {
				e, err := web.data.Entity(ctx, service.Words{Enterprise: word})
				if err != nil {
					web.Fail(w, r, err)
					return
				}
				ctx = access.WithPlace(ctx, access.Place{Enterprise: &e})
			}
			route.Handler.ServeHTTP(w, r.WithContext(ctx))
		})
	}
	return mux
}

// TestServe shows the pages over the fake, for whoever works on them:
// CODEGAUGE_WEB_SERVE=127.0.0.1:8099 go test -run TestServe -timeout 0.
func TestServe(t *testing.T) {
	addr := os.Getenv("CODEGAUGE_WEB_SERVE")
	if addr == "" {
		t.Skip("CODEGAUGE_WEB_SERVE is not set")
	}
	s := &http.Server{Addr: addr, Handler: newWeb(t, newFake()), ReadHeaderTimeout: time.Second}
	t.Error(s.ListenAndServe())
}

func get(t *testing.T, h http.Handler, url string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", url, nil))
	return w
}

var badMarkup = regexp.MustCompile(`(?i)<style|\sstyle=|<script(?:\s[^>]*)?>[^<\s]|\son[a-z]+=|javascript:|⟦|ZgotmplZ|%!|NaN|<no value>`)

func TestPagesRender(t *testing.T) {
	h := newWeb(t, newFake())
	for _, url := range []string{"/", "/import", "/enterprises/acme/import", base, base + "?days=7", base + "?days=90", base + "?days=365",
		base + "?days=800", base + "?compare=1&split=initiator&scale=own", base + "?parity=1", base + "?where=model%3Dgpt-5", base + "?where=language%3Dgo",
		base + "?where=ide%3Dvscode", base + "?where=ide%3Dvscode&where=model%3Dgpt-5", base + "?where=model%3Dgpt-5&where=language%3Dgo", base + "?definition=v1-wide",
		base + "?where=organization%3Dweb&where=tool%3Dclaude_code", base + "?card=daily", base + "?card=agent-mode", base + "?card=nonsense",
		"/enterprises/acme/insights/data-quality", "/enterprises/acme/insights/data-quality?days=90", "/enterprises/acme/insights/definitions",
		"/enterprises/acme/insights/seats", "/enterprises/acme/insights/seats?state=idle30", "/enterprises/acme/insights/teams", "/enterprises/acme/insights/users"} {
		t.Run(url, func(t *testing.T) {
			w := get(t, h, url)
			if w.Code != http.StatusOK {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			if bad := badMarkup.FindString(w.Body.String()); bad != "" {
				i := badMarkup.FindStringIndex(w.Body.String())[0]
				t.Errorf("page has %q: …%s…", bad, w.Body.String()[max(0, i-80):min(i+80, w.Body.Len())])
			}
			if got := strings.Count(w.Body.String(), "<h1"); got != 1 {
				t.Errorf("page has %d h1, want 1", got)
			}
		})
	}
}

const base = "/enterprises/acme/insights/code-generation"
