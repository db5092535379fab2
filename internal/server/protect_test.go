package server

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

var testProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}

func TestClientAddress(t *testing.T) {
	for _, c := range []struct {
		peer      string
		forwarded []string
		proxies   []netip.Prefix
		want      string
	}{
		{"192.0.2.1:5", nil, nil, "192.0.2.1"},
		{"192.0.2.1:5", []string{"198.51.100.7"}, nil, "192.0.2.1"},
		{"10.0.0.1:5", []string{"198.51.100.7"}, testProxies, "198.51.100.7"},
		{"[2001:db8::1]:5", []string{"2001:db9::7"}, testProxies, "2001:db9::7"},
		// What a client says before the proxy's own word does not count.
		{"10.0.0.1:5", []string{"127.0.0.1, 198.51.100.7"}, testProxies, "198.51.100.7"},
		{"10.0.0.1:5", []string{"127.0.0.1", "198.51.100.7"}, testProxies, "198.51.100.7"},
		{"10.0.0.1:5", []string{"198.51.100.7, 10.0.0.2"}, testProxies, "198.51.100.7"},
		{"10.0.0.1:5", []string{"198.51.100.7, nonsense"}, testProxies, "10.0.0.1"},
		{"10.0.0.1:5", []string{"198.51.100.7:443"}, testProxies, "198.51.100.7"},
		{"192.0.2.1:5", []string{"198.51.100.7"}, testProxies, "192.0.2.1"},
		{"10.0.0.1:5", nil, testProxies, "10.0.0.1"},
		{"[::ffff:10.0.0.1]:5", []string{"198.51.100.7"}, testProxies, "198.51.100.7"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		r.Header["X-Forwarded-For"] = c.forwarded
		if got := ClientAddress(c.proxies)(r); got != c.want {
			t.Errorf("%s for %q: got %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
}

func TestOurPeer(t *testing.T) {
	h := ourPeer(&edge{log: slog.New(slog.DiscardHandler)}, testProxies, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, c := range []struct {
		peer, proto string
		want        int
	}{
		{"10.1.2.3:5", "https", 200}, {"10.1.2.3:5", "", 200}, {"10.1.2.3:5", "http", 403}, {"127.0.0.1:5", "", 200},
		{"192.0.2.1:5", "https", 403}, {"11.0.0.1:5", "https", 403}, {"[::1]:5", "", 200}, {"[2001:db8::5]:5", "https", 200},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		r.Header.Set("X-Forwarded-Proto", c.proto)
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != c.want {
			t.Errorf("%s by %s: got %d, want %d", c.peer, c.proto, w.Code, c.want)
		}
	}
}
