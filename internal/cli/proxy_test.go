package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
)

// TestProxy reaches the server through a proxy that adds TLS, as somebody who says that they
// come from elsewhere, by other names: links and cookies are the public address's, and tries
// and log are of where they really come from.
func TestProxy(t *testing.T) {
	m := newMatrixWith(t, map[string]string{"public_url": "https://" + publicHost, "trusted_proxy": "127.0.0.1"})
	target, err := url.Parse(m.server.URL)
	m.fatal(err)
	const really = "198.51.100.7"
	from := really
	proxy := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		for name, values := range r.In.Header { // but for what it adds, it hands on whatever it gets
			if strings.HasPrefix(name, "X-Forwarded") || name == "Forwarded" {
				r.Out.Header[name] = values
			}
		}
		r.Out.Header.Set("X-Forwarded-For", strings.Join(append(r.In.Header["X-Forwarded-For"], from), ", "))
		r.Out.Header.Set("X-Forwarded-Proto", "https")
	}})
	defer proxy.Close()
	lies := http.Header{"X-Forwarded-For": {"203.0.113.9, 127.0.0.1"}, "X-Forwarded-Host": {"evil.example"}, "X-Forwarded-Port": {"81"}, "X-Forwarded-Prefix": {"/evil"},
		"Forwarded": {"for=203.0.113.9;host=evil.example;proto=http"}, "X-Real-Ip": {"203.0.113.9"}, "True-Client-Ip": {"203.0.113.9"}, "X-Original-Url": {"/evil"}, "X-Rewrite-Url": {"/evil"}}
	send := func(base, method, path, host string, form url.Values, cookies ...*http.Cookie) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequest(method, base+path, strings.NewReader(form.Encode()))
		m.fatal(err)
		req.Host = host
		for name, values := range lies {
			req.Header[name] = values
		}
		if method == http.MethodPost {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Origin", "https://"+publicHost)
		}
		for _, c := range cookies {
			req.AddCookie(c)
		}
		res, err := proxy.Client().Transport.RoundTrip(req)
		m.fatal(err)
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		m.fatal(err)
		for name, values := range res.Header {
			if text := strings.Join(values, " "); strings.Contains(text, "evil") || strings.Contains(text, "203.0.113.9") || strings.Contains(text, "http://") {
				t.Errorf("%s %s: the header %s is %q", method, path, name, text)
			}
		}
		if text := string(b); strings.Contains(text, "evil.example") || strings.Contains(text, target.Host) {
			t.Errorf("%s %s: the page has the address of another", method, path)
		}
		return res, string(b)
	}

	who, err := m.stores.directory.PutPerson(t.Context(), directory.Person{Email: "ann@acme.example", Enterprise: m.entities["acme"].ID})
	m.fatal(err)
	_, err = m.stores.directory.Grant(t.Context(), directory.Grant{Person: who.ID, Role: access.EnterpriseOwner, Entity: m.entities["acme"].ID})
	m.fatal(err)
	secret, err := access.Invite(t.Context(), m.stores.directory, who.ID, time.Now())
	m.fatal(err)
	const password = "correct horse battery"
	res, _ := send(proxy.URL, "POST", "/invitation", publicHost, url.Values{"key": {secret}, "password": {password}})
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/") {
		t.Fatalf("the invitation: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	in := res.Cookies()
	session := false
	for _, c := range in {
		session = session || c.Name == "__Host-codegauge_session"
		if !c.Secure || !c.HttpOnly || c.Domain != "" || c.Path != "/" || !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("a cookie %+v", c)
		}
	}
	if !session {
		t.Errorf("cookies %+v", in)
	}
	for _, path := range []string{"/", "/enterprises/acme", "/enterprises/acme/insights/code-generation", "/enterprises/acme/settings/roles", "/me"} {
		if res, _ := send(proxy.URL, "GET", path, publicHost, nil, in...); res.StatusCode >= 400 {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	// A link that is given out is the public address's.
	res, _ = send(proxy.URL, "POST", "/enterprises/acme/settings/roles", publicHost, url.Values{"do": {"add"}, "email": {"bo@acme.example"}}, in...)
	if _, page := send(proxy.URL, "GET", res.Header.Get("Location"), publicHost, nil, in...); !strings.Contains(page, "https://"+publicHost+"/invitation?key=") {
		t.Errorf("the invitation's link: %d", res.StatusCode)
	}
	log, err := m.stores.directory.AuditLog(t.Context(), directory.AuditFilter{All: true})
	m.fatal(err)
	said := 0
	for _, e := range log {
		if e.Address == really {
			said++
		} else if e.Address != "" {
			t.Errorf("the log says %s of %s", e.Address, e.Action)
		}
	}
	if said == 0 {
		t.Error("no entry says from where")
	}

	// Whoever lies anew with each try is limited all the same.
	limited := false
	for i := range 30 {
		lies.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))
		res, _ = send(proxy.URL, "POST", "/sign-in", publicHost, url.Values{"email": {fmt.Sprintf("u%d@acme.example", i)}, "password": {"wrong password"}})
		limited = limited || res.StatusCode == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("tries with another address each are not limited")
	}
	from = "198.51.100.8"
	if res, _ = send(proxy.URL, "POST", "/sign-in", publicHost, url.Values{"email": {"ann@acme.example"}, "password": {password}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("somebody else signs in: %d", res.StatusCode)
	}

	for name, c := range map[string]struct {
		host string
		want int
	}{"another host": {"evil.example", http.StatusMisdirectedRequest}, "the host with a port": {publicHost + ":81", http.StatusMisdirectedRequest},
		"a longer host": {publicHost + ".evil.example", http.StatusMisdirectedRequest}, "the host in capitals": {strings.ToUpper(publicHost), http.StatusOK}} {
		if res, _ = send(proxy.URL, "GET", "/sign-in", c.host, nil); res.StatusCode != c.want {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	// Past the proxy, on this machine, and where the proxy says that nothing is encrypted.
	lies.Set("X-Forwarded-Proto", "http")
	if res, _ = send(m.server.URL, "GET", "/sign-in", publicHost, nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("without encryption: %d", res.StatusCode)
	}
}
