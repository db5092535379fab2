package github_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"codegauge/internal/github"
	"codegauge/internal/github/githubtest"
)

// misbehaviour is a way in which GitHub, or what stands between, does not do as it should.
type misbehaviour struct {
	name string
	set  func(g *githubtest.GitHub)
	// want is the kind of the error, "" for none, and says a part of its message.
	want github.Kind
	says string
	// none says that there is then no report of the day.
	none bool
}

// once answers the first n requests to a path that ends so with f, the rest as usual.
func once(n int32, suffix string, f http.HandlerFunc) func(http.ResponseWriter, *http.Request) bool {
	var seen atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, suffix) || seen.Add(1) > n {
			return false
		}
		f(w, r)
		return true
	}
}

const always = 1 << 30

// status answers as GitHub does, with headers before.
func status(code int, message string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		githubtest.Fail(w, code, message)
	}
}

// body answers 200 with a text of a media type.
func body(kind, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = io.WriteString(w, text)
	}
}

func api(n int32, f http.HandlerFunc) func(*githubtest.GitHub) {
	return func(g *githubtest.GitHub) { g.API = once(n, "users-1-day", f) }
}

func files(n int32, f http.HandlerFunc) func(*githubtest.GitHub) {
	return func(g *githubtest.GitHub) { g.Files = once(n, "", f) }
}

func link(f func(g *githubtest.GitHub, link string) string) func(*githubtest.GitHub) {
	return func(g *githubtest.GitHub) { g.Link = func(l string) string { return f(g, l) } }
}

func future(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }

var misbehaviours = []misbehaviour{
	// What is no fault.
	{name: "204 without a body", set: api(always, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), none: true},
	{name: "200 without links", set: api(always, body("application/json", `{"download_links":[],"report_day":"2026-11-20"}`)), none: true},
	{name: "200 without a body", set: api(always, body("application/json", "")), none: true},
	{name: "404 for a day", set: api(always, status(404, "Not Found")), none: true},
	{name: "202 for a day that is being made", set: api(always, status(202, "")), none: true},
	// Who may.
	{name: "401", set: api(always, status(401, "Bad credentials")), want: github.Unauthorized, says: "does not accept the credential"},
	{name: "403 missing permission", set: api(always, status(403, "Resource not accessible by integration")), want: github.Forbidden, says: "Resource not accessible by integration"},
	{name: "403 not an owner", set: api(always, status(403, "requires admin, or relevant organization role access")), want: github.Forbidden, says: "organization role"},
	{name: "403 single sign-on", set: api(always, status(403, "Resource protected by organization SAML enforcement", "X-GitHub-SSO", "required; url=https://github.com/sso")), want: github.Forbidden, says: "authorize it for single sign-on"},
	{name: "403 policy off", set: api(always, status(403, "The 'Copilot usage metrics' policy must be enabled to use this API")), want: github.PolicyOff, says: "policy must be enabled"},
	{name: "403 policy off in other quotation marks", set: api(always, status(403, "The “Copilot usage metrics” policy must be enabled to use this API")), want: github.PolicyOff},
	{name: "403 policy off that says it has no calls left", set: api(always, status(403, "The 'Copilot usage metrics' policy must be enabled to use this API", "X-RateLimit-Remaining", "0", "X-RateLimit-Limit", "5000")), want: github.PolicyOff},
	{name: "a message of many lines", set: api(always, status(403, "no\nlevel=error msg=forged\x1b[31m")), want: github.Forbidden, says: "no level=error"},
	{name: "a message of a megabyte", set: api(always, status(403, strings.Repeat("x", 1<<20))), want: github.Forbidden, says: "GitHub denies access"},
	// Limits.
	{name: "403 no calls left this hour", set: api(1, status(403, "API rate limit exceeded", "X-RateLimit-Remaining", "0", "X-RateLimit-Limit", "5000", "X-RateLimit-Reset", future(30*time.Minute)))},
	{name: "429 with Retry-After", set: api(1, status(429, "slow down", "Retry-After", "7"))},
	{name: "429 with a date to retry after", set: api(1, status(429, "slow down", "Retry-After", time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)))},
	{name: "429 without Retry-After", set: api(1, status(429, "slow down"))},
	{name: "429 with a Retry-After of ten years", set: api(1, status(429, "slow down", "Retry-After", "315360000"))},
	{name: "429 with a Retry-After that is no number", set: api(1, status(429, "slow down", "Retry-After", "soon"))},
	{name: "403 secondary limit", set: api(2, status(403, "You have exceeded a secondary rate limit"))},
	{name: "403 secondary limit with Retry-After", set: api(1, status(403, "You have exceeded a secondary rate limit", "Retry-After", "60"))},
	{name: "403 secondary limit that only its documentation tells", set: api(1, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"message":"slow down","documentation_url":"https://docs.github.com/rest#about-secondary-rate-limits"}`)
	})},
	{name: "a limit without end", set: api(always, status(429, "slow down", "Retry-After", "60")), want: github.Limited, says: "GitHub asked for a pause of 1m0s"},
	{name: "a reset long ago, by a clock that is wrong", set: api(1, status(403, "API rate limit exceeded", "X-RateLimit-Remaining", "0", "X-RateLimit-Limit", "5000", "X-RateLimit-Reset", "1"))},
	{name: "a clock a day ahead", set: api(1, status(403, "API rate limit exceeded", "X-RateLimit-Remaining", "0", "X-RateLimit-Limit", "5000", "X-RateLimit-Reset", future(24*time.Hour), "Date", time.Now().Add(24*time.Hour-time.Minute).UTC().Format(http.TimeFormat)))},
	// Faults that pass, and those that do not.
	{name: "500 once", set: api(1, status(500, "oops"))},
	{name: "502 with a web page, three times", set: api(3, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502); _, _ = io.WriteString(w, "<html>") })},
	{name: "503 without end", set: api(always, status(503, "unavailable")), want: github.Unavailable, says: "returned 503 unavailable"},
	{name: "the connection is cut", set: api(1, func(w http.ResponseWriter, _ *http.Request) { githubtest.Hang(w) })},
	{name: "the connection is cut without end", set: api(always, func(w http.ResponseWriter, _ *http.Request) { githubtest.Hang(w) }), want: github.Unavailable, says: "no response from"},
	{name: "410 a retired version", set: api(always, status(410, "API version retired")), want: github.Malformed, says: "a newer version of Codegauge is needed"},
	{name: "422", set: api(always, status(422, "day is not a date")), want: github.Malformed, says: "422 day is not a date"},
	{name: "an answer that is no JSON", set: api(1, body("application/json", `{"download_links":[`))},
	{name: "an answer that is a list", set: api(always, body("application/json", `["x"]`)), want: github.Malformed, says: "cannot read GitHub's response"},
	{name: "an answer that is a web page", set: api(always, body("text/html", "<html>sign in</html>")), want: github.Malformed, says: "a web page instead of JSON"},
	{name: "an answer of another day", set: api(always, body("application/json", `{"download_links":["https://copilot-reports.github.com/x"],"report_day":"2026-11-19"}`)), want: github.Malformed, says: "report of 2026-11-19"},
	{name: "an answer packed without being asked", set: api(always, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		_, _ = io.WriteString(w, "xx")
	}), want: github.Unavailable, says: "unexpected Content-Encoding"},
	{name: "an answer that unpacks without end", set: api(always, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb())
	}), want: github.Malformed, says: "larger than 64 MiB"},
	{name: "an answer of one byte a second", set: api(always, drip("{")), want: github.Unavailable, says: "stalled"},
	// Redirects and hosts.
	{name: "a redirect to another host", set: api(always, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+githubtest.Stranger+"/x", http.StatusFound)
	}), want: github.Blocked, says: "redirects to another host"},
	{name: "a redirect to another port", set: api(always, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://api.github.com:8443/x", http.StatusTemporaryRedirect)
	}), want: github.Blocked, says: "redirects to another host"},
	{name: "a redirect without encryption", set: api(always, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://api.github.com/x", http.StatusMovedPermanently)
	}), want: github.Blocked, says: "redirects to another host"},
	{name: "a redirect in circles", set: api(always, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) }), want: github.Blocked, says: "redirects more than"},
	{name: "a redirect within the host", set: api(1, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.String()+"&moved", http.StatusMovedPermanently)
	})},
	{name: "a link to a stranger", set: link(func(g *githubtest.GitHub, l string) string { return g.StrangerURL() + "/files/x" }), want: github.Blocked, says: "--allow-host"},
	{name: "a link to a name that ends like GitHub's", set: link(func(*githubtest.GitHub, string) string {
		return "https://copilot-reports.github.com.stranger.example/x"
	}), want: github.Blocked, says: "not an allowed host"},
	{name: "a link with GitHub's name as user", set: link(func(*githubtest.GitHub, string) string {
		return "https://copilot-reports.github.com@stranger.example/x"
	}), want: github.Blocked, says: "user name"},
	{name: "a link with a dot where a star is", set: link(func(*githubtest.GitHub, string) string { return "https://usagereports.evil.blob.core.windows.net/x" }), want: github.Blocked, says: "not an allowed host"},
	{name: "a link without encryption", set: link(func(_ *githubtest.GitHub, l string) string { return strings.Replace(l, "https", "http", 1) }), want: github.Blocked, says: "does not use HTTPS"},
	{name: "a link to a file", set: link(func(*githubtest.GitHub, string) string { return "file:///etc/passwd" }), want: github.Malformed, says: "not a URL"},
	{name: "a link to the metadata service", set: link(func(*githubtest.GitHub, string) string { return "http://169.254.169.254/latest" }), want: github.Blocked},
	{name: "a link to another port", set: link(func(_ *githubtest.GitHub, l string) string {
		return strings.Replace(l, "github.com/", "github.com:8443/", 1)
	}), want: github.Blocked, says: "not an allowed host"},
	{name: "a link to GitHub's store of old", set: link(func(_ *githubtest.GitHub, l string) string {
		return strings.Replace(l, "copilot-reports.github.com", "usagereports7.blob.core.windows.net", 1)
	})},
	{name: "a link on the API's own host", set: link(func(_ *githubtest.GitHub, l string) string {
		return strings.Replace(l, "copilot-reports.github.com", "api.github.com", 1)
	})},
	{name: "a file that redirects to a stranger", set: files(always, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+githubtest.Stranger+"/files/x", http.StatusFound)
	}), want: github.Blocked, says: "redirects to another host"},
	// Files.
	{name: "an expired link", set: files(1, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<Error>expired</Error>", http.StatusForbidden)
	})},
	{name: "an expired link of a second file", set: func(g *githubtest.GitHub) {
		var seen atomic.Int32
		g.Files = func(w http.ResponseWriter, _ *http.Request) bool {
			if seen.Add(1) != 2 {
				return false
			}
			http.Error(w, "gone", http.StatusGone)
			return true
		}
	}},
	{name: "links that are always expired", set: files(always, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) }), want: "expired", says: "although it is new"},
	{name: "500 of a file", set: files(2, status(500, "oops"))},
	{name: "429 of a file", set: files(1, status(429, "slow"))},
	{name: "half a file by its length", set: files(1, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		_, _ = io.WriteString(w, githubtest.Users(0, 1, 1))
	})},
	{name: "half a file in pieces", set: files(1, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, githubtest.Users(0, 1, 1))
		_ = http.NewResponseController(w).Flush()
		githubtest.Hang(w)
	})},
	{name: "half a line at the end", set: files(1, body("application/json", `{"user_id":1}`+"\n"+`{"user_id":2,"totals":{"a":1}`))},
	{name: "half a file without end", set: files(always, body("application/json", `{"user_id":1}`+"\n"+`{"user_id":2`)), want: github.Unavailable, says: "broke off"},
	{name: "half a packed file", set: files(1, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		b := packed([]byte(githubtest.Users(0, 1, 1, 2, 3, 4, 5)))
		_, _ = w.Write(b[:len(b)-9])
	})},
	{name: "a packed file", set: func(g *githubtest.GitHub) {
		g.Files = func(w http.ResponseWriter, r *http.Request) bool {
			b, _ := g.File(r)
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed(b))
			return true
		}
	}},
	{name: "a file that unpacks without end", set: files(always, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb())
	}), want: github.Malformed, says: "decompresses to more than"},
	{name: "a file that is larger than files may be", set: files(always, body("application/json", strings.Repeat(`{"user_id":1}`+"\n", 200_000))), want: github.Malformed, says: "larger than 1 MiB"},
	{name: "a file that is a web page", set: files(always, body("text/html; charset=utf-8", "<html>sign in</html>")), want: github.Malformed, says: "a web page for a download link"},
	{name: "a file that is a web page and says otherwise", set: files(always, body("application/json", "<html>sign in</html>")), want: github.Malformed, says: "not a report"},
	{name: "a file that is plain text", set: files(always, body("text/plain", "no report today")), want: github.Malformed, says: "not a report"},
	{name: "a file of one byte a second", set: files(always, drip(`{"user_id":1`)), want: github.Unavailable, says: "stalled"},
	{name: "a file that stops half-way", set: files(always, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"user_id":1}`+"\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}), want: github.Unavailable, says: "stalled"},
	{name: "objects without lines between them", set: files(1, body("application/json", `{"user_id":1}{"user_id":2}`))},
	{name: "an empty file", set: files(1, body("application/json", ""))},
	{name: "more files when the links are renewed", set: func(g *githubtest.GitHub) {
		g.Files = func(w http.ResponseWriter, _ *http.Request) bool {
			g.PutReport(githubtest.Acme, github.Users, g.Today-4, "{}", "{}", "{}")
			http.Error(w, "gone", http.StatusGone)
			return true
		}
	}, want: github.Unavailable, says: "from 2 to 3 files"},
}

func packed(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

// bomb is 200 MiB of spaces, packed.
var bomb = sync.OnceValue(func() []byte { return packed(bytes.Repeat([]byte(" "), 200<<20)) })

// drip sends a text, and then a byte now and then.
func drip(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, text)
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}

// hurried makes pauses pass at once: time goes on by them.
func hurried(opt github.Options) (github.Options, *atomic.Int64) {
	start := time.Now()
	var slept atomic.Int64
	opt.Now = func() time.Time { return start.Add(time.Duration(slept.Load())) }
	opt.Sleep = func(ctx context.Context, d time.Duration) error { slept.Add(int64(d)); return ctx.Err() }
	return opt, &slept
}

// TestMisbehaviour has each end in the right state with a clear message, and no credential
// shown to anybody but the API.
func TestMisbehaviour(t *testing.T) {
	if len(misbehaviours) < 60 {
		t.Errorf("%d ways", len(misbehaviours))
	}
	bomb()
	for _, m := range misbehaviours {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			g := githubtest.New(t, githubtest.DotCom)
			g.Fill(5)
			m.set(g)
			opt, slept := hurried(g.Options())
			opt.MaxFile, opt.Stall = 1<<20, 150*time.Millisecond
			if strings.Contains(m.name, "unpacks") {
				opt.MaxFile, opt.Stall = 1<<30, time.Minute // unpacking takes its time
			}
			c, err := github.New(opt)
			if err != nil {
				t.Fatal(err)
			}
			links, got, err := fetch(t, g, c)
			if kind := github.KindOf(err); kind != m.want || m.want == "" && err != nil {
				t.Fatalf("error = %q (kind %q), want kind %q", err, kind, m.want)
			}
			if err != nil && (!strings.Contains(err.Error(), m.says) || len(err.Error()) > 800 || strings.ContainsAny(err.Error(), "\n\x1b")) {
				t.Errorf("error = %q, want one line with %q", err, m.says)
			}
			if err != nil && strings.Contains(err.Error(), "sig=") {
				t.Errorf("error = %q shows a signed link", err)
			}
			if err == nil && m.none != (len(links.URLs) == 0) {
				t.Errorf("links = %+v, want none: %t", links, m.none)
			}
			if err == nil && !m.none && len(got) != 2 {
				t.Errorf("%d files, want 2", len(got))
			}
			if waited := time.Duration(slept.Load()); waited > 8*time.Hour {
				t.Errorf("waited for %s", waited)
			}
			for _, leak := range g.Leaks() {
				t.Errorf("the credential was shown to %s", leak.Host)
			}
		})
	}
}

// fetch gets the newest user report.
func fetch(t *testing.T, g *githubtest.GitHub, c *github.Client) (github.Links, map[int]string, error) {
	t.Helper()
	got := map[int]string{}
	links, err := c.Fetch(t.Context(), func(ctx context.Context) (github.Links, error) {
		return c.Links(ctx, githubtest.Acme, github.Users, g.Today-4)
	}, func(i int, r io.Reader) error {
		b, err := io.ReadAll(r)
		got[i] = string(b)
		return err
	})
	return links, got, err
}

// TestApp has an App use a token of each installation, renew it, and say where it is not.
func TestApp(t *testing.T) {
	g := githubtest.New(t, githubtest.Tenant)
	g.Fill(5)
	g.Apps = []string{"acme", "pay"}
	opt, _ := hurried(g.Options())
	opt.Credential = github.Credential{Kind: github.App, AppID: 7, Key: githubtest.AppKey(t)}
	c, err := github.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, got, err := fetch(t, g, c); err != nil || len(got) != 2 {
			t.Fatalf("%d files, %v", len(got), err)
		}
		if _, err := c.Members(t.Context(), githubtest.Pay); err != nil {
			t.Fatal(err)
		}
		g.Revoke() // a token that no longer works is renewed, once
	}
	g.Apps = []string{"acme"}
	g.Revoke()
	_, err = c.Members(t.Context(), githubtest.Pay)
	if github.KindOf(err) != github.Forbidden || !strings.Contains(err.Error(), "the organization pay") {
		t.Errorf("error = %v, want one that names the organization", err)
	}
	made := 0
	for _, r := range g.Requests() {
		if strings.HasSuffix(r.Path, "/access_tokens") {
			made++
		}
	}
	if made != 4 {
		t.Errorf("%d tokens were made, want 4: two, and two renewed", made)
	}
}

// TestLists reads lists of several pages, however GitHub describes the next one.
func TestLists(t *testing.T) {
	g := githubtest.New(t, githubtest.DotCom)
	g.Fill(1)
	opt, _ := hurried(g.Options())
	c, err := github.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	seats := 0
	count := func(page []byte) error {
		var p struct {
			Seats []json.RawMessage `json:"seats"`
		}
		err := json.Unmarshal(page, &p)
		seats += len(p.Seats)
		return err
	}
	if err := c.Pages(t.Context(), githubtest.Acme, github.Seats, count); err != nil || seats != 250 {
		t.Errorf("%d seats, %v", seats, err)
	}
	// A next page that is elsewhere, or the same again, is not followed there.
	for _, next := range []string{"https://" + githubtest.Stranger + "/enterprises/acme/copilot/billing/seats?page=2", "https://api.github.com/enterprises/acme/copilot/billing/seats?page=1"} {
		g.Forget()
		g.API = func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next"`, next))
			return false
		}
		if err := c.Pages(t.Context(), githubtest.Acme, github.Seats, count); err != nil {
			t.Errorf("next page %s: %v", next, err)
		}
		for _, r := range g.Requests() {
			if r.Host != "api.github.com" {
				t.Errorf("asked %s", r.Host)
			}
		}
	}
	orgs, err := c.Organizations(t.Context(), githubtest.Acme)
	if err != nil || len(orgs) != 1 || orgs[0].Login != "pay" {
		t.Errorf("organizations = %v, %v", orgs, err)
	}
	teams, err := c.Teams(t.Context(), githubtest.Acme)
	if err != nil || len(teams) != 1 {
		t.Fatalf("teams = %v, %v", teams, err)
	}
	if users, err := c.TeamMembers(t.Context(), githubtest.Acme, teams[0]); err != nil || len(users) != 1 {
		t.Errorf("members of %v = %v, %v", teams[0], users, err)
	}
	g.Forget()
	if _, err := c.TeamMembers(t.Context(), githubtest.Pay, github.Team{Slug: ".."}); err == nil || len(g.Requests()) != 0 {
		t.Errorf("members of a team whose name leads elsewhere: %v, %d requests", err, len(g.Requests()))
	}
}

// TestBudget spreads calls over hours, and leaves others theirs.
func TestBudget(t *testing.T) {
	g := githubtest.New(t, githubtest.DotCom)
	g.Fill(1)
	opt, slept := hurried(g.Options())
	opt.CallsAnHour = 10
	var waited []string
	opt.Waiting = func(_ time.Time, why string) { waited = append(waited, why) }
	c, err := github.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	for range 25 {
		if _, err := c.Links(t.Context(), githubtest.Acme, github.Users, g.Today-4); err != nil {
			t.Fatal(err)
		}
	}
	if hours := time.Duration(slept.Load()).Hours(); hours < 1.9 || hours > 2.1 || len(waited) != 2 || !strings.Contains(waited[0], "budget of 10 calls") {
		t.Errorf("waited %.1f hours: %v", hours, waited)
	}
	opt.NoWait, opt.CallsAnHour = true, 0
	g.API = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("X-RateLimit-Limit", "5000")
		w.Header().Set("X-RateLimit-Remaining", "400")
		w.Header().Set("X-RateLimit-Reset", future(10*time.Minute))
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	if c, err = github.New(opt); err != nil {
		t.Fatal(err)
	}
	_, first := c.Links(t.Context(), githubtest.Acme, github.Users, g.Today-4)
	_, second := c.Links(t.Context(), githubtest.Acme, github.Users, g.Today-4)
	if first != nil || github.KindOf(second) != github.Limited || !strings.Contains(second.Error(), "of 5000 calls") {
		t.Errorf("the first call %v, the second %v, want it limited", first, second)
	}
}
