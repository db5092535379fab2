package cli

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"codegauge/internal/access"
)

// TestBasePath crawls a server below a path: it asks every route in every way, as
// somebody who may do everything and as nobody, and follows every link of every page.
// No address in pages, scripts, headers and cookies may lead out of the path.
func TestBasePath(t *testing.T) {
	provider := discovery(t)
	m := newMatrixWith(t, map[string]string{"public_url": "http://localhost/tools/codegauge", "oidc_issuer": provider, "oidc_client_id": "codegauge"})
	m.privacy(false, true)
	c := &crawler{t: t, server: m.server.URL, base: "/tools/codegauge", provider: provider, seen: map[string]bool{}}
	for _, header := range []http.Header{nil, m.session(false, access.EnterpriseOwner, "")} {
		c.header, c.links = header, nil
		for _, rule := range access.Table {
			method, _, ok := strings.Cut(rule.Pattern, " ")
			if !ok {
				method = http.MethodGet
			}
			if rule.Pattern == "POST /sign-out" {
				continue // it would end the session
			}
			for _, at := range m.targets(rule) {
				c.ask(method, c.base+at.path)
			}
		}
		for len(c.links) > 0 {
			next := c.links[0]
			c.links = c.links[1:]
			if status := c.ask(http.MethodGet, next); status == http.StatusNotFound || status >= 500 {
				t.Errorf("a link leads to %s, which is %d", next, status)
			}
		}
	}
	c.ask(http.MethodPost, c.base+"/sign-out")
	t.Logf("%d answers, %d addresses in them, of which %d were links that were followed", c.answers, c.addresses, len(c.seen))
	if c.answers < 200 || c.addresses < 2000 || len(c.seen) < 50 {
		t.Error("that is too little to say anything")
	}

	c.header = nil
	res, _ := c.send(http.MethodGet, c.base+"/sign-in/oidc")
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil || to.Query().Get("redirect_uri") != "http://localhost/tools/codegauge/sign-in/oidc/callback" {
		t.Errorf("the identity provider sends people back to %s, %v", to, err)
	}
}

// discovery is an identity provider that only says where its pages would be.
func discovery(t *testing.T) string {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": s.URL, "authorization_endpoint": s.URL + "/a", "token_endpoint": s.URL + "/t", "jwks_uri": s.URL + "/k",
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"}})
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// crawler asks a server below a path, and checks and gathers the addresses in answers.
type crawler struct {
	t                      *testing.T
	server, base, provider string
	header                 http.Header
	// seen holds the paths of links that were found, links those to follow.
	seen               map[string]bool
	links              []string
	answers, addresses int
}

// ask sends a request, checks the answer and returns its status.
func (c *crawler) ask(method, target string) int {
	c.t.Helper()
	res, body := c.send(method, target)
	where := method + " " + target
	c.answers++
	for _, to := range res.Header.Values("Location") {
		c.found(where+" redirects", to)
	}
	for _, set := range res.Cookies() {
		c.within(where+" sets "+set.Name+" for", set.Path+"/")
	}
	if res.Header.Get("Link") != "" || res.Header.Get("Refresh") != "" || res.Header.Get("Content-Location") != "" {
		c.t.Errorf("%s: headers %v: have this test check them", where, res.Header)
	}
	switch kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";"); kind {
	case "text/html":
		body = documentation.ReplaceAllString(body, "")
		for _, match := range attributes.FindAllStringSubmatch(body, -1) {
			c.found(where+": "+match[1], html.UnescapeString(match[2]))
		}
		for _, word := range absolute.FindAllString(between.ReplaceAllString(body, " "), -1) {
			c.within(where+" says", strings.TrimSpace(word))
		}
	case "text/javascript":
		if path := literals.FindString(body); path != "" && !strings.Contains(target, "/chart-") {
			c.t.Errorf("%s: the script has the path %s", where, path)
		}
	case "text/css":
		if strings.Contains(body, "url(") || strings.Contains(body, "@import") {
			c.t.Errorf("%s: the stylesheet loads something: have this test check it", where)
		}
	}
	return res.StatusCode
}

var (
	attributes = regexp.MustCompile(`\s(href|src|action|formaction|srcset|poster|data-[a-z-]*url)="([^"]*)"`)
	// documentation is a link to GitHub's, which is not told from where somebody comes.
	documentation = regexp.MustCompile(` href="https://docs\.github\.com/[^"]*" rel="noreferrer"`)
	// between is markup, and absolute a path in the text that is left.
	between  = regexp.MustCompile(`<[^>]*>`)
	absolute = regexp.MustCompile(`(?:^|\s)/(?:enterprises|orgs|me|api|import|sign-in|settings)\b\S*`)
	literals = regexp.MustCompile("[\"'`]/[A-Za-z]+[^\"'`]*[\"'`]")
)

// found checks an address, and keeps it to be followed if its path is new.
func (c *crawler) found(what, address string) {
	c.t.Helper()
	if strings.HasPrefix(address, "#") || strings.HasPrefix(address, c.provider+"/a?") {
		return
	}
	c.within(what, address)
	path, _, _ := strings.Cut(address, "?")
	if strings.HasSuffix(what, "href") || strings.HasSuffix(what, "src") || strings.HasSuffix(what, "redirects") {
		if key := fmt.Sprint(c.header, path); !c.seen[key] {
			c.seen[key] = true
			c.links = append(c.links, address)
		}
	}
}

func (c *crawler) within(what, address string) {
	c.t.Helper()
	c.addresses++
	if !strings.HasPrefix(address, c.base+"/") || strings.HasPrefix(address, c.base+c.base) {
		c.t.Errorf("%s %q, which is not within %s", what, address, c.base)
	}
}

// send sends a request and returns the answer with its body.
func (c *crawler) send(method, target string) (*http.Response, string) {
	c.t.Helper()
	req, err := http.NewRequest(method, c.server+target, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	maps.Copy(req.Header, c.header)
	res, err := http.DefaultTransport.RoundTrip(req) // which follows no redirect
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res, string(b)
}
