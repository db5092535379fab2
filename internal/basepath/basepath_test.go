package basepath

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for path, want := range map[string]Base{"": "", "/": "", "//": "", "/codegauge": "/codegauge", "/codegauge/": "/codegauge", "/a/b-2.x_y~": "/a/b-2.x_y~"} {
		if got, err := Parse(path); err != nil || got != want {
			t.Errorf("Parse(%q) = %q, %v; want %q", path, got, err, want)
		}
	}
	for _, path := range []string{"//evil.example", "/a//b", "/a/../b", "/a/.", "/..", "/a b", "/a%2fb", "/%2e%2e", "/a;b", "/a@b", "/a:b", "/ü", `/a\b`, "/a\"b", "a\nb"} {
		if got, err := Parse(path); err == nil {
			t.Errorf("Parse(%q) = %q, want an error", path, got)
		}
	}
}

func TestOf(t *testing.T) {
	for path, want := range map[string]string{"/": "/codegauge/", "/me?x=/y": "/codegauge/me?x=/y", "//evil.example": "/codegauge//evil.example", "#main": "#main", "": "", "https://example.com/": "https://example.com/"} {
		if got := Base("/codegauge").Of(path); got != want {
			t.Errorf("Of(%q) = %q, want %q", path, got, want)
		}
		if got := Base("").Of(path); got != path {
			t.Errorf("without a base path: Of(%q) = %q", path, got)
		}
	}
}

// TestHandler asks a ServeMux, which redirects by itself to clean paths.
func TestHandler(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/page/{name}", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.URL.RequestURI()+" "+r.PathValue("name"))
	})
	mux.HandleFunc("/to/{where...}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusSeeOther)
	})
	outside := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	s := httptest.NewServer(Base("/codegauge").Handler(mux, outside))
	defer s.Close()
	for target, want := range map[string]string{
		"/codegauge/page/x?y=1":             "200 /page/x?y=1 x",
		"/codegauge/page/a%2Fb":             "200 /page/a%2Fb a/b",
		"/codegauge":                        "307 /codegauge/",
		"/codegauge?x=//evil.example":       "307 /codegauge/?x=//evil.example",
		"/codegauge//evil.example":          "307 /codegauge/evil.example",
		"/codegauge/../page/x":              "307 /codegauge/page/x",
		"/codegauge/%2e%2e/page/x":          "404",
		"/codegauge/to/x?to=/page/x":        "303 /codegauge/page/x",
		"/codegauge/to/x?to=https://a.test": "303 https://a.test",
		"/codegauge/nowhere":                "404",
		"/codegauge/codegauge/page/x":       "404",
		"/":                                 "418",
		"/page/x":                           "418",
		"/codegaugeX/page/x":                "418",
		"/codegauge@evil.example":           "418",
		"/codegauge%2Fpage/x":               "418",
		"/%63odegauge/page/x":               "418",
		"//codegauge/page/x":                "418",
		"/x/../codegauge/page/x":            "418",
		"/Codegauge/page/x":                 "418",
	} {
		if got := answer(t, s.URL, target); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

// answer returns the status and what follows it: an address, or the body of a page. A
// redirect within the server has no body that names another address.
func answer(t *testing.T, server, target string) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, server+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	status := strings.Fields(res.Status)[0]
	switch to := res.Header.Get("Location"); {
	case to != "":
		if strings.Contains(string(body), `href="/`) && !strings.Contains(string(body), `href="/codegauge/`) {
			t.Errorf("%s: the body leads outside: %s", target, body)
		}
		return status + " " + to
	case res.StatusCode == http.StatusOK:
		return status + " " + string(body)
	}
	return status
}

func TestNoBase(t *testing.T) {
	h := Base("").Handler(http.NotFoundHandler(), nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/codegauge", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("status %d", w.Code)
	}
}
