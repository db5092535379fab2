package apptest

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// The budget of a page, in compressed bytes.
const (
	maxHTML     = 60_000
	maxCSS      = 15_000
	maxJS       = 100_000
	maxRequests = 8
)

// TestWeight loads each page with an empty cache and weighs what comes.
func TestWeight(t *testing.T) {
	for _, at := range append([]string{insights + "code-generation?days=90&compare=1&split=initiator", insights + "code-generation?days=365"}, pages...) {
		p := newTab(t, demo.url)
		call(p, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
		p.look(1440, 900, "light")
		p.reset()
		p.open(at)
		seen := p.requested()
		if len(seen) > maxRequests {
			t.Errorf("%s: %d requests: %v", at, len(seen), seen)
		}
		for _, encoding := range []string{"br, gzip", "gzip"} {
			weigh(t, at, encoding, seen)
		}
	}
}

func weigh(t *testing.T, at, encoding string, addresses []string) {
	t.Helper()
	sum := map[string]int{}
	for _, address := range addresses {
		if strings.HasPrefix(address, "data:") {
			continue
		}
		u, err := url.Parse(address)
		if err != nil || !strings.HasPrefix(address, demo.url+"/") {
			t.Errorf("%s asks another host for %s (%v)", at, address, err)
			continue
		}
		n, h := size(t, address, encoding)
		kind := path.Ext(u.Path)
		if kind == "" {
			kind = ".html"
		}
		sum[kind] += n
		if c := h.Get("Content-Encoding"); n > 1500 && c != "br" && c != "gzip" {
			t.Errorf("%s: %s is sent uncompressed", at, u.Path)
		}
		if strings.HasPrefix(u.Path, basePath+"/static/") && h.Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control of %s is %q", at, u.Path, h.Get("Cache-Control"))
		}
	}
	t.Logf("%-50s %-8s html %6d  css %6d  js %6d  requests %d", at, encoding, sum[".html"], sum[".css"], sum[".js"], len(addresses))
	for kind, limit := range map[string]int{".html": maxHTML, ".css": maxCSS, ".js": maxJS} {
		if sum[kind] == 0 || sum[kind] > limit {
			t.Errorf("%s (%s): %d bytes of %s, at most %d", at, encoding, sum[kind], kind, limit)
		}
	}
}

// size returns the bytes of an answer as they are sent, and its header.
func size(t *testing.T, address, encoding string) (int, http.Header) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", encoding)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s %v", address, res.Status, err)
	}
	return int(n), res.Header
}

func TestHeaders(t *testing.T) {
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
	}
	for _, at := range append([]string{"/no/such/page", "/api/v1/metrics", "/healthz"}, pages...) {
		res, err := http.Get(demo.url + at)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		for header, value := range want {
			if got := res.Header.Get(header); got != value {
				t.Errorf("%s: %s is %q, want %q", at, header, got, value)
			}
		}
	}
	// A name that is pointed at this machine from outside is not answered.
	req, err := http.NewRequest(http.MethodGet, demo.url+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "codegauge.example"
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another host's name is answered with %s", res.Status)
	}
}

// TestServerTime prints how long the server took; benchmarks hold it, not a
// test on a machine that others share.
func TestServerTime(t *testing.T) {
	for i, at := range []string{"days=28", "days=90", "days=365", "days=90&compare=1&split=initiator", "parity=1", "where=model%3Dgpt-5"} {
		// A word that no page reads makes no other answer, but another address.
		address := fmt.Sprintf("%s%scode-generation?%s", demo.url, insights, at)
		for _, state := range []string{"first", "again"} {
			res, err := http.Get(address)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			timing := res.Header.Get("Server-Timing")
			if timing == "" {
				t.Errorf("%s: no Server-Timing", at)
			}
			t.Logf("%d %-36s %s %s", i, at, state, timing)
		}
	}
}
