package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/server"
)

// TestBasePath asks for routes below a base path, and beside it.
func TestBasePath(t *testing.T) {
	leads := access.Route{Pattern: "GET /leads", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/form?x=1", http.StatusSeeOther)
	})}
	s, _, log := startBelow(t, "/codegauge", &fake{}, server.ConcurrencyLimit{}, []access.Route{leads})
	for target, want := range map[string]struct {
		status   int
		location string
		says     string
	}{
		"/codegauge/":                     {http.StatusOK, "", "<p>page</p>"},
		"/codegauge/healthz":              {http.StatusOK, "", "ok"},
		"/codegauge":                      {http.StatusTemporaryRedirect, "/codegauge/", ""},
		"/codegauge/leads":                {http.StatusSeeOther, "/codegauge/form?x=1", ""},
		"/codegauge//evil.example/":       {http.StatusTemporaryRedirect, "/codegauge/evil.example/", ""},
		"/codegauge/api/v2":               {http.StatusNotFound, "", "GET /codegauge/api/v2: /codegauge/api/v1/openapi.json lists all routes"},
		"/":                               {http.StatusNotFound, "", "begins with /codegauge/"},
		"/healthz":                        {http.StatusNotFound, "", "begins with /codegauge/"},
		"/codegaugeX/healthz":             {http.StatusNotFound, "", "begins with /codegauge/"},
		"/codegauge@evil.example/healthz": {http.StatusNotFound, "", "begins with /codegauge/"},
		"/other/../codegauge/healthz":     {http.StatusNotFound, "", "begins with /codegauge/"},
		"/codegauge/%2e%2e/healthz":       {http.StatusNotFound, "", ""},
	} {
		req, err := http.NewRequest(http.MethodGet, s.URL+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+credential)
		res, err := http.DefaultTransport.RoundTrip(req) // which follows no redirect
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		body := string(b)
		if res.StatusCode != want.status || res.Header.Get("Location") != want.location || !strings.Contains(body, want.says) {
			t.Errorf("%s: %d to %q: %.200s; want %+v", target, res.StatusCode, res.Header.Get("Location"), body, want)
		}
		if strings.Contains(body, `href="/form`) {
			t.Errorf("%s: the body leads outside: %s", target, body)
		}
		if res.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: no security headers", target)
		}
	}
	_, body := get(t, s.URL+"/codegauge/api/v1/openapi.json")
	var described struct{ Servers []struct{ URL string } }
	if err := json.Unmarshal([]byte(body), &described); err != nil || len(described.Servers) != 1 || described.Servers[0].URL != "/codegauge" {
		t.Errorf("the description's servers are %+v, %v", described.Servers, err)
	}
	if strings.Contains(log.String(), "evil") {
		t.Errorf("the log holds paths:\n%s", log)
	}
}
