package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/webtest"
)

// policy is what internal/server sends with every answer.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

func newWeb(t *testing.T, data shell.Data) http.Handler {
	t.Helper()
	return newWebOf(t, data, "1.0")
}

// newWebOf is newWeb of a version of the program.
func newWebOf(t *testing.T, data shell.Data, version string) http.Handler {
	t.Helper()
	return newWebWith(t, data, Options{Version: version})
}

// newWebWith is newWeb with options.
func newWebWith(t *testing.T, data shell.Data, opt Options) http.Handler {
	t.Helper()
	opt.StageDir, opt.Demo, opt.Privacy = t.TempDir(), true, &webtest.Privacy{Settings: directory.DefaultPrivacy()}
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

func serveAll(web *Web) *http.ServeMux { return webtest.Serve(web.Shell, web.Routes()) }

// TestServe shows the pages over the fake, for whoever works on them:
// CODEGAUGE_WEB_SERVE=127.0.0.1:8099 go test -run TestServe -timeout 0.
func TestServe(t *testing.T) {
	addr := os.Getenv("CODEGAUGE_WEB_SERVE")
	if addr == "" {
		t.Skip("CODEGAUGE_WEB_SERVE is not set")
	}
	s := &http.Server{Addr: addr, Handler: newWeb(t, webtest.New()), ReadHeaderTimeout: time.Second}
	t.Error(s.ListenAndServe())
}

var badMarkup = regexp.MustCompile(`(?i)<style|\sstyle=|<script(?:\s[^>]*)?>[^<\s]|\son[a-z]+=|javascript:|⟦|ZgotmplZ|%!|NaN|<no value>`)

func TestPagesRender(t *testing.T) {
	h := newWeb(t, webtest.New())
	for _, url := range []string{"/?all=1", "/help", "/import", "/enterprises/acme/import", webtest.Base, webtest.Base + "?days=7", webtest.Base + "?days=90", webtest.Base + "?days=365",
		webtest.Base + "?days=800", webtest.Base + "?compare=1&split=initiator&scale=own", webtest.Base + "?parity=1", webtest.Base + "?where=model%3Dgpt-5", webtest.Base + "?where=language%3Dgo",
		webtest.Base + "?where=ide%3Dvscode", webtest.Base + "?where=ide%3Dvscode&where=model%3Dgpt-5", webtest.Base + "?where=model%3Dgpt-5&where=language%3Dgo", webtest.Base + "?definition=v1-wide",
		webtest.Base + "?where=organization%3Dweb&where=tool%3Dclaude_code", webtest.Base + "?card=daily", webtest.Base + "?card=agent-mode", webtest.Base + "?card=nonsense",
		"/enterprises/acme/insights/data-quality", "/enterprises/acme/insights/data-quality?days=90", "/enterprises/acme/insights/definitions",
		"/enterprises/acme/insights/seats", "/enterprises/acme/insights/seats?state=idle30", "/enterprises/acme/insights/teams", "/enterprises/acme/insights/copilot-usage", "/enterprises/acme/insights/copilot-usage?days=90&people=prompts&languages=chat&compare=1", "/enterprises/acme/insights/copilot-usage?parity=1", "/enterprises/acme/insights/organizations", "/enterprises/acme/insights/organizations?sort=name&days=90", "/enterprises/acme/insights/users", "/enterprises/acme/insights/impact", "/enterprises/acme/insights/impact?days=90"} {
		t.Run(url, func(t *testing.T) {
			w := webtest.Get(t, h, url)
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

// TestWeight holds the budget of a page: 60 KB as it is sent.
func TestWeight(t *testing.T) {
	for _, url := range []string{webtest.Base, webtest.Base + "?days=92&compare=1&split=initiator", webtest.Base + "?days=365", "/enterprises/acme/insights/definitions"} {
		page := gzipped(webtest.Get(t, newWeb(t, webtest.New()), url).Body.Bytes())
		t.Logf("gzip: %s %d bytes", url, len(page))
		if len(page) > 60_000 {
			t.Errorf("%s: %d bytes, over the budget", url, len(page))
		}
	}
}

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body) // to memory, which does not fail
	_ = w.Close()
	return b.Bytes()
}
