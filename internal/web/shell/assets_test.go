package shell

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"codegauge/internal/access"
)

// served serves what the shell itself has.
func served(t *testing.T) http.Handler {
	t.Helper()
	sh, err := New(nil, Options{}, Pages{Shared: ownTemplates, Settings: func(access.Place, *access.Principal) []Entry { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, route := range sh.Routes() {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			route.Handler.ServeHTTP(w, r.WithContext(access.With(r.Context(), access.NewOperator())))
		})
	}
	return mux
}

func TestAssetsAreHashedAndCompressed(t *testing.T) {
	a, err := loadAssets()
	if err != nil {
		t.Fatal(err)
	}
	h := served(t)
	for file, url := range a.urls {
		for accept, want := range map[string]string{"gzip, deflate, br": "br", "gzip;q=1.0, br;q=0": "gzip", "": ""} {
			r := httptest.NewRequest("GET", url, nil)
			r.Header.Set("Accept-Encoding", accept)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := w.Header().Get("Content-Encoding"); w.Code != http.StatusOK || got != want {
				t.Errorf("%s, accept %q: status %d, encoding %q, want %q", file, accept, w.Code, got, want)
			}
			if !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
				t.Errorf("%s: not immutable", file)
			}
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/static/page.js", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("without its hash: status %d, want 404", w.Code)
	}
}

// The budget of a page: stylesheet 15 KB, scripts 100 KB, at most 8 requests.
func TestWeight(t *testing.T) {
	a, err := loadAssets()
	if err != nil {
		t.Fatal(err)
	}
	script, style := 0, 0
	for name, asset := range a.byName {
		if strings.HasSuffix(name, ".js") {
			script += len(asset.gzip())
		}
		if strings.HasSuffix(name, ".css") {
			style += len(asset.gzip())
		}
	}
	t.Logf("gzip: scripts %d, style %d bytes", script, style)
	if script > 100_000 || style > 15_000 || 1+len(a.byName) > 8 {
		t.Errorf("scripts %d, style %d bytes, %d requests: over the budget", script, style, 1+len(a.byName))
	}
}
