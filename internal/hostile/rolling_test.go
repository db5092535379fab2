package hostile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
)

// The migrations of the versions after this one. Those of the next add what this one knows
// nothing of, to tables that every request reads and every import writes; the one after
// it can do without this one.
var (
	added   = "ALTER TABLE entity ADD COLUMN note TEXT;\nALTER TABLE session ADD COLUMN note TEXT NOT NULL DEFAULT '';\nALTER TABLE report_day ADD COLUMN note TEXT;\nCREATE TABLE note (id BIGINT PRIMARY KEY);"
	without = "UPDATE form SET oldest = %d;"
)

// versions are the program as it is, as it will be, and as it will be after that; known is the
// form of the first.
type versions struct {
	known             int
	old, next, second string
}

// laterVersions builds the program with the migrations of later versions compiled in.
func laterVersions(t *testing.T) versions {
	t.Helper()
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(strings.TrimSpace(string(root)), "internal/database/migration")
	have, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	if err != nil || len(have) == 0 {
		t.Fatalf("no migrations in %s: %v", folder, err)
	}
	newest, _, _ := strings.Cut(filepath.Base(have[len(have)-1]), "_")
	known, err := strconv.Atoi(newest)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	v := versions{known: known, old: program, next: filepath.Join(dir, "next"), second: filepath.Join(dir, "second")}
	migrations := []string{added, fmt.Sprintf(without, known+1)}
	var builds sync.WaitGroup
	for i, out := range []string{v.next, v.second} {
		overlay := map[string]string{}
		for n, text := range migrations[:i+1] {
			name := fmt.Sprintf("%04d_later.sql", known+1+n)
			overlay[filepath.Join(folder, name)] = write(t, dir, fmt.Sprint(i, name), []byte("-- +goose Up\n"+text+"\n"))
		}
		text, err := json.Marshal(map[string]any{"Replace": overlay})
		if err != nil {
			t.Fatal(err)
		}
		file := write(t, dir, fmt.Sprint("overlay", i), text)
		builds.Go(func() {
			if said, err := exec.Command("go", "build", "-overlay", file, "-o", out, "codegauge/cmd/codegauge").CombinedOutput(); err != nil {
				t.Errorf("build a later version: %v\n%s", err, said)
			}
		})
	}
	if builds.Wait(); t.Failed() {
		t.FailNow()
	}
	return v
}

// as runs a command by one of the versions.
func as(t *testing.T, version string, args ...string) result {
	t.Helper()
	return call{args: args, version: version}.run(t)
}

// balancer is a proxy that sends each request to one of several servers at random.
type balancer struct {
	*httptest.Server
	servers atomic.Pointer[[]*replica]
}

func newBalancer(t *testing.T, servers ...*replica) *balancer {
	b := &balancer{}
	b.use(servers...)
	b.Server = httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		list := *b.servers.Load()
		r.SetURL(list[rand.IntN(len(list))].URL)
		r.Out.Host = r.In.Host
	}})
	t.Cleanup(b.Close)
	return b
}

func (b *balancer) use(servers ...*replica) { b.servers.Store(&servers) }

// visitor is a browser of one person.
type visitor struct {
	base   string
	client *http.Client
}

// newVisitor makes an account that owns the enterprise, with a password.
func newVisitor(t *testing.T, s *shared, base string) *visitor {
	t.Helper()
	v, err := signedOut(base)
	if err != nil {
		t.Fatal(err)
	}
	link := s.run(t, "user", "add", "ann@acme.example", "--enterprise", "acme").want(t, 0).out
	s.run(t, "role", "grant", "ann@acme.example", "enterprise-owner", "--enterprise", "acme").want(t, 0)
	_, key, _ := strings.Cut(strings.TrimSpace(link), "key=")
	if _, err := v.post("/invitation", url.Values{"key": {key}, "password": {password}}); err != nil {
		t.Fatal(err)
	}
	return v
}

// signedOut is a browser without cookies.
func signedOut(base string) (*visitor, error) {
	jar, err := cookiejar.New(nil)
	return &visitor{base, &http.Client{Jar: jar}}, err
}

const password = "correct horse battery"

// signIn signs the same person in by another browser.
func signIn(base string) error {
	v, err := signedOut(base)
	if err != nil {
		return err
	}
	page, err := v.post("/sign-in", url.Values{"email": {"ann@acme.example"}, "password": {password}})
	if err == nil && !strings.Contains(page, "acme") {
		err = fmt.Errorf("the page after signing in:\n%s", page)
	}
	return err
}

// post sends a form and returns the page that it leads to.
func (v *visitor) post(path string, form url.Values) (string, error) {
	return v.send(path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (v *visitor) send(path, kind string, body io.Reader) (string, error) {
	req, err := http.NewRequest(http.MethodPost, v.base+path, body)
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Origin", v.base)
	res, err := v.client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s\n%.1000s", path, res.Status, page)
	}
	return string(page), err
}

var confirm = regexp.MustCompile(`action="(/enterprises/acme/import/[^"/]+)"`)

// importFile uploads a report, looks at the preview and confirms it, each by whichever server it
// comes to.
func (v *visitor) importFile(report string) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("files", "users.ndjson")
	if err != nil {
		return err
	}
	_, err = io.WriteString(file, report)
	if err := errors.Join(err, form.Close()); err != nil {
		return err
	}
	page, err := v.send("/enterprises/acme/import", form.FormDataContentType(), &body)
	if err != nil {
		return err
	}
	found := confirm.FindStringSubmatch(page)
	if found == nil {
		return fmt.Errorf("no form to confirm the import:\n%s", page)
	}
	_, err = v.post(found[1], nil)
	return err
}

// lines is a report of one person and day; a later one of more lines replaces it.
func lines(n int) string {
	return fmt.Sprintf(`{"user_id":1,"user_login":"a","day":"2026-05-07","loc_added_sum":%d,"created_at":"2026-06-01T%02d:%02d:%02dZ","totals_by_feature":[{"feature":"agent_edit","loc_added_sum":%d}]}`+"\n",
		n, n/3600, n/60%60, n%60, n)
}

// addedLines asks a server for the lines of that day.
func addedLines(base, token, enterprise string) (int, error) {
	status, body := get(base+"/api/v1/query?measures=loc_added&from=2026-05-07&to=2026-05-07&enterprise="+enterprise, token)
	var answer struct{ Rows [][]int }
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusOK || len(answer.Rows) != 1 {
		return 0, fmt.Errorf("status %d: %s", status, body)
	}
	return answer.Rows[0][0], nil
}

// traffic is people who look at pages and import, until it is stopped: no request of theirs
// may fail, and no figure may fall.
type traffic struct {
	stop           chan struct{}
	all            sync.WaitGroup
	pages, imports atomic.Int64
	acknowledged   atomic.Int64
	base, token    string
	visitor        *visitor
	failing        func(format string, args ...any)
}

func (f *traffic) begin() {
	f.stop = make(chan struct{})
	repeat := func(step func(n int) error) {
		f.all.Go(func() {
			for n := 1; ; n++ {
				select {
				case <-f.stop:
					return
				default:
				}
				if err := step(n); err != nil {
					f.failing("%v", err)
					return
				}
			}
		})
	}
	repeat(func(n int) error {
		f.pages.Add(1)
		path := fmt.Sprintf("/enterprises/acme/insights/code-generation?days=%d", 7+n%80)
		if n%5 == 0 {
			path = "/readyz"
		}
		if status, body := get(f.base+path, f.token); status != http.StatusOK {
			return fmt.Errorf("%s: status %d: %.1000s", path, status, body)
		}
		return nil
	})
	repeat(func(int) error {
		before := f.acknowledged.Load()
		got, err := addedLines(f.base, f.token, "acme")
		if err == nil && int64(got) < before {
			err = fmt.Errorf("the answer is %d after %d was imported", got, before)
		}
		return err
	})
	repeat(func(n int) error {
		if err := f.visitor.importFile(lines(n + 1)); err != nil {
			return err
		}
		f.imports.Add(1)
		f.acknowledged.Store(int64(n + 1))
		return nil
	})
}

// goOn waits until there were some more pages and imports.
func (f *traffic) goOn(t *testing.T) {
	t.Helper()
	pages, imports := f.pages.Load()+40, f.imports.Load()+5
	for deadline := time.Now().Add(taken); f.pages.Load() < pages || f.imports.Load() < imports; time.Sleep(10 * time.Millisecond) {
		if t.Failed() {
			t.FailNow()
		}
		if time.Now().After(deadline) {
			t.Fatal("the traffic stands still")
		}
	}
}

// TestRollingUpdate replaces a server by one of the next version, with a migration before,
// behind a proxy that takes either at random: no request fails. The version after that
// does not suit the first any more, which refuses, and says what to do.
func TestRollingUpdate(t *testing.T) {
	s := shareEmpty(t, databasetest.ClusterOptions{})
	v := laterVersions(t)
	owner := s.database
	migrate := func(version string) result {
		return as(t, version, append([]string{"migrate", "--runtime-role", "servers"}, owner...)...).want(t, 0)
	}
	if _, err := s.db.ExecContext(t.Context(), `CREATE ROLE servers LOGIN PASSWORD 'theirs'`); err != nil {
		t.Fatal(err)
	}
	migrate(v.old)
	runtime, err := url.Parse(s.cluster.URL)
	if err != nil {
		t.Fatal(err)
	}
	runtime.User = url.UserPassword("servers", "theirs")
	s.database = []string{"--database", runtime.String()}

	s.run(t, "import", "--enterprise", "acme", write(t, s.dir, "first.ndjson", []byte(lines(1)))).want(t, 0)
	token := s.token(t, "acme")
	old := s.server(t, v.old)
	proxy := newBalancer(t, old)
	ann := newVisitor(t, s, proxy.URL)
	signsIn := func() {
		t.Helper()
		if err := signIn(proxy.URL); err != nil {
			t.Fatal(err)
		}
	}
	signsIn()
	f := &traffic{base: proxy.URL, token: token, visitor: ann, failing: t.Errorf}
	f.acknowledged.Store(1)
	f.begin()
	f.goOn(t)
	migrate(v.next).want(t, 0, fmt.Sprintf("from schema version %d to %d", v.known, v.known+1))
	f.goOn(t)
	signsIn()
	next := s.server(t, v.next)
	proxy.use(old, next)
	f.goOn(t)
	signsIn()
	proxy.use(next)
	f.goOn(t)
	if _, err := addedLines(old.String(), token, "acme"); err != nil {
		t.Errorf("the old version beside the new: %v", err)
	}

	// The version that the old one does not suit any more comes while the old one runs.
	migrate(v.second)
	f.goOn(t)
	signsIn()
	close(f.stop)
	f.all.Wait()
	t.Logf("counted: %d pages and %d imports during two updates, none failed", f.pages.Load(), f.imports.Load())
	words := []string{"newer version", fmt.Sprintf("schema version %d or later", v.known+1), "replace it"}
	refused := func(what string, status int, body string) {
		t.Helper()
		if status != http.StatusServiceUnavailable {
			t.Errorf("%s of a version that is too old: status %d, want 503", what, status)
		}
		for _, w := range words {
			if !strings.Contains(body, w) {
				t.Errorf("%s of a version that is too old lacks %q:\n%s", what, w, body)
			}
		}
	}
	for _, path := range []string{"/readyz", "/enterprises/acme/insights/code-generation", "/api/v1/query?enterprise=acme&measures=loc_added&days=28"} {
		status, body := get(old.String()+path, token)
		refused(path, status, body)
	}
	report := write(t, s.dir, "late.ndjson", []byte(lines(3000)))
	for _, args := range [][]string{{"import", "--enterprise", "acme", report}, {"serve", "--listen", "127.0.0.1:0"}, {"migrate"}} {
		as(t, v.old, s.args(t, args...)...).want(t, 1, words...)
	}
	if got, err := addedLines(next.String(), token, "acme"); err != nil || int64(got) != f.acknowledged.Load() {
		t.Errorf("in the end the answer is %d, %v; want %d", got, err, f.acknowledged.Load())
	}
	as(t, v.next, s.args(t, "verify")...).want(t, 0, "clean")
}

// TestOlderProgramOpensNewerFile is what of TestRollingUpdate applies to the embedded database.
func TestOlderProgramOpensNewerFile(t *testing.T) {
	v := laterVersions(t)
	data := filepath.Join(t.TempDir(), "data")
	at := func(args ...string) []string { return append(args, "--data", data) }
	report := write(t, t.TempDir(), "report.ndjson", []byte(good(1)+"\n"))
	as(t, v.old, at("import", "--enterprise", "acme", report)...).want(t, 0)
	query := at("query", "--enterprise", "acme", "--measures", "loc_added", "--from", "2026-05-01", "--to", "2026-05-01", "--format", "csv")
	want := as(t, v.old, query...).want(t, 0).out
	same := func(version string) {
		t.Helper()
		if got := as(t, version, query...).want(t, 0).out; got != want {
			t.Errorf("answers\n%s\nwant\n%s", got, want)
		}
		as(t, version, at("verify")...).want(t, 0, "clean")
	}
	same(v.next) // which migrates it
	contents(t, filepath.Join(data, fmt.Sprintf("%s.form-%d", database.FileName, v.known)))
	same(v.old)
	as(t, v.old, at("import", "--enterprise", "acme", report)...).want(t, 0)
	same(v.second)
	before := contents(t, filepath.Join(data, database.FileName))
	for _, args := range [][]string{query, at("import", "--enterprise", "acme", report), at("serve", "--listen", "127.0.0.1:0"), at("migrate"), at("verify")} {
		as(t, v.old, args...).want(t, 1, "newer version", fmt.Sprintf("schema version %d or later", v.known+1), data)
	}
	if contents(t, filepath.Join(data, database.FileName)) != before {
		t.Error("a version that is too old has changed the file")
	}
	same(v.next)
}
