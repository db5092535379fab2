package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/api"
	"codegauge/internal/basepath"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/directory/sqldirectory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/server"

	"github.com/andybalholm/brotli"
)

// fake is a product with one answer, or one error.
type fake struct {
	err      error
	version  int64
	revision int64
	words    question.Parameters
	// importer stands for Import.
	importer func(context.Context, intake.Request) (*intake.Report, error)
}

func (f *fake) Status(context.Context, question.Parameters) (*question.Status, error) {
	return &question.Status{}, nil
}

func (f *fake) Disagreement(context.Context, question.Parameters) (string, error) { return "", nil }
func (f *fake) SeatCount(context.Context, question.Parameters) (*int64, error)    { return nil, nil }

func (f *fake) Today() day.Day { return day.Date(2026, 5, 9) }
func (f *fake) DataVersion(context.Context, string) (int64, error) {
	return f.version, nil
}
func (f *fake) ResolvePseudonyms(_ context.Context, _ string, names []string) ([]string, error) {
	return names, nil
}
func (f *fake) DirectoryVersion(context.Context) (int64, error) { return f.revision, nil }
func (f *fake) ImpactTable(_ context.Context, w question.Parameters, figures string) (*query.Answer, error) {
	return &query.Answer{Definition: metric.Strict, From: day.Date(2026, 5, 1), To: day.Date(2026, 5, 2), Columns: []query.Column{{Name: "question", Type: "string"}, {Name: "ratio", Type: "number"}},
		Rows: [][]any{{figures, nil}}}, nil
}

func (f *fake) AdoptionTable(_ context.Context, w question.Parameters, population, figures string) (*query.Answer, error) {
	return &query.Answer{Definition: metric.Strict, From: day.Date(2026, 5, 1), To: day.Date(2026, 5, 2), Columns: []query.Column{{Name: "step", Type: "string"}, {Name: "people", Type: "integer"}},
		Rows: [][]any{{population, int64(7)}, {figures, nil}}}, nil
}

func (f *fake) Query(_ context.Context, w question.Parameters) (*query.Answer, error) {
	f.words = w
	if f.err != nil {
		return nil, f.err
	}
	a := &query.Answer{Definition: metric.Strict, From: day.Date(2026, 5, 1), To: day.Date(2026, 5, 2),
		Columns: []query.Column{{Name: "user", Type: "string"}, {Name: "loc_added", Type: "integer", Unit: "lines"}}}
	for i := range 200 {
		a.Rows = append(a.Rows, []any{"=user", int64(i)})
	}
	return a, nil
}
func (f *fake) Reconcile(context.Context, question.Parameters) (*question.Reconciliation, error) {
	return &question.Reconciliation{Definition: metric.Strict}, f.err
}
func (f *fake) Export(_ context.Context, req question.ExportRequest, w io.Writer) error {
	if req.Day == "2026-05-02" {
		fmt.Fprintln(w, strings.Repeat("x", 1<<16))
	}
	if f.err != nil {
		return f.err
	}
	_, err := fmt.Fprintln(w, `{"user_id":1}`)
	return err
}
func (f *fake) Import(ctx context.Context, req intake.Request) (*intake.Report, error) {
	return f.importer(ctx, req)
}
func (f *fake) Delete(_ context.Context, req intake.DeleteRequest) (*intake.Report, error) {
	return &intake.Report{Enterprise: req.Enterprise}, f.err
}
func (f *fake) Verify(context.Context) (*question.Verification, error) {
	return &question.Verification{Clean: true}, f.err
}

const credential = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// logBuffer is a log that handlers may still write while a test reads it.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// start serves f; the log goes to the buffer.
func start(t *testing.T, f *fake) (*httptest.Server, *api.API, *logBuffer) {
	t.Helper()
	return startWith(t, f, server.ConcurrencyLimit{}, nil)
}

// startWith serves f and some pages more.
func startWith(t *testing.T, f *fake, turns server.ConcurrencyLimit, more []access.Route) (*httptest.Server, *api.API, *logBuffer) {
	t.Helper()
	return startBelow(t, "", f, turns, more)
}

// startBelow is startWith below a base path.
func startBelow(t *testing.T, base basepath.Base, f *fake, turns server.ConcurrencyLimit, more []access.Route) (*httptest.Server, *api.API, *logBuffer) {
	t.Helper()
	log := &logBuffer{}
	a := api.New(f, api.Options{Version: "1", Base: base, Credential: credential})
	h, err := server.New(server.Options{
		API:         a,
		Base:        base,
		Concurrency: turns,
		Pages: append(more, []access.Route{
			{Pattern: "GET /{$}", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				io.WriteString(w, strings.Repeat("<p>page</p>", 500))
			})},
			{Pattern: "POST /form", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "changed") })},
			{Pattern: "GET /panic", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oh") })},
			{Pattern: "GET /late-panic", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, strings.Repeat("half", 10_000))
				http.NewResponseController(w).Flush()
				panic("oh")
			})},
		}...),
		PageFail: func(w http.ResponseWriter, _ *http.Request, err error) { w.WriteHeader(fault.KindOf(err).Status()) },
		Guard:    newGuard(t),
		Ready:    func(context.Context) error { return f.err },
		Log:      slog.New(slog.NewTextHandler(log, nil)),
		Registry: server.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s, a, log
}

// guard is the real one, but lets the test's own routes be.
type guard struct{ *access.Guard }

func newGuard(t *testing.T) guard {
	t.Helper()
	d := sqldirectory.New(databasetest.Open(t, databasetest.SQLite))
	return guard{access.NewGuard(access.NewAuthenticator(d, access.Options{Credential: credential}))}
}

func (g guard) Protect(pattern string, next http.Handler, fail access.Fail) (http.Handler, error) {
	if h, err := g.Guard.Protect(pattern, next, fail); err == nil {
		return h, nil
	}
	return next, nil
}

// get answers with the body as it was sent.
func get(t *testing.T, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, req, headers...)
}

func do(t *testing.T, req *http.Request, headers ...string) (*http.Response, string) {
	t.Helper()
	req.Header.Set("Authorization", "Bearer "+credential)
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	c := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func TestHeaders(t *testing.T) {
	s, _, _ := start(t, &fake{})
	for _, path := range []string{"/", "/api/v1/query", "/api/nowhere", "/healthz", "/metrics", "/panic"} {
		res, _ := get(t, s.URL+path)
		for name, want := range map[string]string{
			"Content-Security-Policy":      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "same-origin",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s: got %q, want %q", path, name, got, want)
			}
		}
		if !strings.HasPrefix(res.Header.Get("Server-Timing"), "app;dur=") || res.Header.Get("X-Request-Id") == "" || res.Header.Get("Permissions-Policy") == "" {
			t.Errorf("%s: got %v", path, res.Header)
		}
	}
}

func TestHostCheck(t *testing.T) {
	s, _, _ := start(t, &fake{})
	for host, want := range map[string]int{
		"localhost": 200, "LOCALHOST:8080": 200, "127.0.0.1:1": 200, "127.3.2.1": 200, "[::1]:80": 200,
		"evil.example": 421, "localhost.evil.example": 421, "127.0.0.1.nip.io": 421, "10.0.0.1": 421, "0.0.0.0": 421, "[::]": 421,
	} {
		for _, path := range []string{"/", "/api/v1/query", "/healthz"} {
			if res, body := get(t, s.URL+path, "Host", host); res.StatusCode != want {
				t.Errorf("%s %s: got %d %s, want %d", host, path, res.StatusCode, body, want)
			}
		}
	}
}

func TestCrossOrigin(t *testing.T) {
	s, _, _ := start(t, &fake{})
	for _, c := range []struct {
		name    string
		headers []string
		want    int
	}{
		{"no browser", nil, 200},
		{"same origin", []string{"Sec-Fetch-Site", "same-origin", "Origin", s.URL}, 200},
		{"cross site", []string{"Sec-Fetch-Site", "cross-site", "Origin", "http://evil.example"}, 403},
		{"same site", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"old browser", []string{"Origin", "http://evil.example"}, 403},
		{"null origin", []string{"Origin", "null"}, 403},
		{"other port", []string{"Origin", "http://127.0.0.1:1"}, 403},
	} {
		req, _ := http.NewRequest(http.MethodPost, s.URL+"/form", strings.NewReader("x"))
		if res, body := do(t, req, c.headers...); res.StatusCode != c.want {
			t.Errorf("%s: got %d %s, want %d", c.name, res.StatusCode, body, c.want)
		}
	}
}

func TestCompression(t *testing.T) {
	s, _, _ := start(t, &fake{})
	_, plain := get(t, s.URL+"/")
	for accept, want := range map[string]string{
		"": "", "identity": "", "gzip": "gzip", "gzip, deflate, br": "br", "br;q=0.1, gzip": "gzip", "br;q=0, gzip;q=0": "", "deflate": "",
	} {
		res, body := get(t, s.URL+"/", "Accept-Encoding", accept)
		if got := res.Header.Get("Content-Encoding"); got != want || res.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: got %q, Vary %q", accept, got, res.Header.Get("Vary"))
		}
		if got := expand(t, want, body); got != plain {
			t.Errorf("%q: got %d bytes, want %d", accept, len(got), len(plain))
		}
		if want != "" && len(body) > len(plain)/5 {
			t.Errorf("%q: %d bytes of %d", accept, len(body), len(plain))
		}
	}
}

func expand(t *testing.T, encoding, body string) string {
	t.Helper()
	var r io.Reader = strings.NewReader(body)
	switch encoding {
	case "gzip":
		g, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = g
	case "br":
		r = brotli.NewReader(r)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestETag(t *testing.T) {
	f := &fake{version: 1}
	s, _, _ := start(t, f)
	const path = "/api/v1/query?measures=loc_added&by=user"
	res, _ := get(t, s.URL+path)
	tag := res.Header.Get("ETag")
	if tag == "" || res.Header.Get("Cache-Control") != "private, no-cache" {
		t.Fatalf("got %v", res.Header)
	}
	for _, header := range []string{tag, `"x", ` + tag, "*", strings.TrimPrefix(tag, "W/")} {
		res, body := get(t, s.URL+path, "If-None-Match", header, "Accept-Encoding", "br")
		if res.StatusCode != http.StatusNotModified || body != "" || res.Header.Get("ETag") != tag {
			t.Errorf("%s: got %d %q %v", header, res.StatusCode, body, res.Header)
		}
	}
	if res, _ := get(t, s.URL+path+"&days=7", "If-None-Match", tag); res.StatusCode != http.StatusOK {
		t.Errorf("other words: got %d", res.StatusCode)
	}
	f.version = 2
	if res, _ := get(t, s.URL+path, "If-None-Match", tag); res.StatusCode != http.StatusOK {
		t.Errorf("new data: got %d", res.StatusCode)
	}
	res, _ = get(t, s.URL+path)
	f.revision++
	if res, _ := get(t, s.URL+path, "If-None-Match", res.Header.Get("ETag")); res.StatusCode != http.StatusOK {
		t.Errorf("new settings: got %d", res.StatusCode)
	}
}

func TestErrors(t *testing.T) {
	f := &fake{}
	s, _, log := start(t, f)
	for _, c := range []struct {
		err     error
		status  int
		problem string
	}{
		{fault.New(fault.Invalid, "bad day"), 400, "invalid: bad day"},
		{fmt.Errorf("query: %w", fault.New(fault.NotFound, "no enterprise")), 404, "not_found: no enterprise"},
		{fault.New(fault.Conflict, "x"), 409, "conflict: x"},
		{fault.New(fault.TooLarge, "x"), 413, "too_large: x"},
		{fault.New(fault.Unsupported, "no ide × model"), 422, "unsupported: no ide × model"},
		{fault.New(fault.Unavailable, "x"), 503, "unavailable: x"},
		{errors.New("secret path"), 500, "internal: internal error"},
	} {
		f.err = c.err
		res, body := get(t, s.URL+"/api/v1/query")
		var p server.Problem
		if err := json.Unmarshal([]byte(body), &p); err != nil {
			t.Fatal(err)
		}
		if got := p.Error.Kind + ": " + p.Error.Message; res.StatusCode != c.status || got != c.problem {
			t.Errorf("%v: got %d %s", c.err, res.StatusCode, got)
		}
		if res.Header.Get("ETag") != "" {
			t.Errorf("%v: an error has an ETag", c.err)
		}
	}
	if n := strings.Count(log.String(), "secret path"); n != 1 {
		t.Errorf("the internal error was logged %d times:\n%s", n, log)
	}
}

func TestParameters(t *testing.T) {
	f := &fake{}
	s, _, _ := start(t, f)
	for query, want := range map[string]string{
		"mesures=a":           `422 unknown parameter \"mesures\"`,
		"from=a&from=b":       "400 parameter from is given 2 times",
		"days=x":              `400 days \"x\" is not a positive whole number`,
		"days=-1":             `400 days \"-1\" is not`,
		"compare=maybe":       `400 compare \"maybe\" is not true or false`,
		"format=xml":          `400 format \"xml\" is not one of table, json, csv, ndjson`,
		"a=%zz":               "400 cannot read the query string",
		"measures=a;b=c":      "400 the query string",
		"format=csv&format=x": "400 parameter format is given 2 times",
	} {
		res, body := get(t, s.URL+"/api/v1/query?"+query)
		status, message, _ := strings.Cut(want, " ")
		if fmt.Sprint(res.StatusCode) != status || !strings.Contains(body, message) {
			t.Errorf("%s: got %d %s", query, res.StatusCode, body)
		}
	}
	get(t, s.URL+"/api/v1/query?measures=a,b&measures=c&by=day&where=x=1,2&where=y=3&days=7&compare&team=t&org=o&enterprise=e&source=users&definition=v1-wide&surface=ide")
	got, _ := json.Marshal(f.words)
	want := `{"Enterprise":"e","Org":"o","Team":"t","Measures":["a","b","c"],"By":["day"],"From":"","To":"","Days":7,"Where":["x=1,2","y=3"],"Surface":"ide","Definition":"v1-wide","Source":"users","Compare":true}`
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFormats(t *testing.T) {
	s, _, _ := start(t, &fake{})
	for format, want := range map[string]string{
		"json":   "application/json",
		"csv":    "text/csv; charset=utf-8",
		"ndjson": "application/x-ndjson",
		"table":  "text/plain; charset=utf-8",
	} {
		res, body := get(t, s.URL+"/api/v1/query?format="+format)
		if res.Header.Get("Content-Type") != want || !strings.Contains(body, "199") || res.Header.Get("Codegauge-Definition") != "v1-strict" {
			t.Errorf("%s: got %v", format, res.Header)
		}
		if format == "csv" && !strings.Contains(body, "'=user,7\n") {
			t.Errorf("csv: got %.100s", body)
		}
	}
}

func TestOpenAPIHasEveryRoute(t *testing.T) {
	s, a, _ := start(t, &fake{})
	_, body := get(t, s.URL+"/api/v1/openapi.json")
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Parameters  []struct{ Name string }
		}
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, r := range a.Routes() {
		op, ok := doc.Paths[r.Path][strings.ToLower(r.Method)]
		if !ok || op.OperationID == "" || ids[op.OperationID] || len(op.Parameters) != len(r.Parameters) {
			t.Errorf("%s is not described, or not alone: %+v", r.Pattern(), op)
		}
		ids[op.OperationID] = true
		if res, body := get(t, s.URL+r.Path); strings.Contains(body, "no such route") && r.Method == "GET" {
			t.Errorf("%s: got %d %s", r.Pattern(), res.StatusCode, body)
		}
	}
}

func TestMetricTable(t *testing.T) {
	s, _, _ := start(t, &fake{})
	_, body := get(t, s.URL+"/api/v1/metrics")
	var table struct {
		Measures []struct {
			Name       string
			Breakdowns [][]string
		}
		Dimensions, Definitions, Features, Tools, Breakdowns, Breaks []any
	}
	if err := json.Unmarshal([]byte(body), &table); err != nil {
		t.Fatal(err)
	}
	if len(table.Measures) != len(metric.Measures) || len(table.Dimensions) != len(metric.Dimensions) ||
		len(table.Features) != len(metric.Features) || len(table.Breaks) != len(metric.Breaks) || len(table.Breakdowns) != len(metric.Breakdowns) {
		t.Errorf("got %s", body)
	}
	for _, m := range table.Measures {
		switch {
		case m.Name == "ai_credits" && len(m.Breakdowns) != 0, m.Name == "loc_added" && len(m.Breakdowns) != 5, m.Name == "interactions" && len(m.Breakdowns) != 3:
			t.Errorf("%s: got %v", m.Name, m.Breakdowns)
		}
	}
}

func TestExport(t *testing.T) {
	f := &fake{}
	s, _, _ := start(t, f)
	res, body := get(t, s.URL+"/api/v1/export?report=users-1-day&day=2026-05-01%22%0d%0ax")
	if body != `{"user_id":1}`+"\n" || res.Header.Get("Content-Disposition") != `attachment; filename="codegauge-users-1-day-2026-05-01x-v0.ndjson"` {
		t.Errorf("got %q %v", body, res.Header)
	}
	f.err = fault.New(fault.Unsupported, "no such report")
	if res, body := get(t, s.URL+"/api/v1/export?report=x"); res.StatusCode != 422 || res.Header.Get("Content-Disposition") != "" {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
	req, _ := http.NewRequest(http.MethodGet, s.URL+"/api/v1/export?report=x&day=2026-05-02", nil)
	req.Header.Set("Authorization", "Bearer "+credential)
	res, err := http.DefaultClient.Do(req)
	if err == nil {
		defer res.Body.Close()
		_, err = io.Copy(io.Discard, res.Body)
	}
	if err == nil {
		t.Error("an export that failed in the middle looks whole")
	}
}

func TestPanics(t *testing.T) {
	s, _, log := start(t, &fake{})
	if res, body := get(t, s.URL+"/panic"); res.StatusCode != 500 || strings.Contains(body, "oh") {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
	res, err := http.Get(s.URL + "/late-panic")
	if err == nil {
		defer res.Body.Close()
		_, err = io.Copy(io.Discard, res.Body)
	}
	if err == nil {
		t.Error("an answer that a panic cut off looks whole")
	}
	if strings.Count(log.String(), "msg=panic") != 2 {
		t.Errorf("log: %s", log)
	}
	if _, body := get(t, s.URL+"/metrics"); !strings.Contains(body, `codegauge_http_requests_total{code="500",route="GET /panic"} 1`) ||
		!strings.Contains(body, `codegauge_http_requests_total{code="200",route="GET /late-panic"} 1`) {
		t.Errorf("panics are not counted as they were answered:\n%s", body)
	}
}

// TestConcurrency fills a server's two places: who comes then is told to come again,
// probes are answered, and once a place is free so is everybody else.
func TestConcurrency(t *testing.T) {
	inside, leave := make(chan bool, 3), make(chan bool)
	s, _, _ := startWith(t, &fake{}, server.ConcurrencyLimit{Max: 2, Each: 3, Wait: 50 * time.Millisecond}, []access.Route{
		{Pattern: "GET /slow", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside <- true; <-leave })},
		{Pattern: "GET /sign-in", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}})
	ended := make(chan int, 2)
	for range 2 {
		go func() {
			res, err := http.Get(s.URL + "/slow")
			if err != nil {
				ended <- 0
				return
			}
			res.Body.Close()
			ended <- res.StatusCode
		}()
		<-inside
	}
	res, body := get(t, s.URL+"/api/v1/query?enterprise=acme&measures=loc_added")
	if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || !strings.Contains(body, "busy") {
		t.Errorf("a third request: %d %q", res.StatusCode, body)
	}
	for _, path := range []string{"/healthz", "/sign-in", "/api/v1/local/hello", "/api/v1/export?enterprise=acme&day=2026-05-01&kind=users"} {
		if res, _ := get(t, s.URL+path); res.StatusCode == 503 {
			t.Errorf("%s waits for a turn", path)
		}
	}
	close(leave)
	if a, b := <-ended, <-ended; a != 200 || b != 200 {
		t.Errorf("the first two: %d, %d", a, b)
	}
	if res, _ := get(t, s.URL+"/"); res.StatusCode != 200 {
		t.Errorf("afterwards: %d", res.StatusCode)
	}
}

// TestTurnsOfExports lets somebody take away as much as they may at once: more of that is
// refused, questions are not.
func TestTurnsOfExports(t *testing.T) {
	inside, leave := make(chan bool, 8), make(chan bool)
	s, _, _ := startWith(t, &fake{}, server.ConcurrencyLimit{Wait: 50 * time.Millisecond}, []access.Route{
		{Pattern: "GET /people/export", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside <- true; <-leave })}})
	var all sync.WaitGroup
	for range max(1, runtime.GOMAXPROCS(0)/2) {
		all.Go(func() {
			if res, err := http.Get(s.URL + "/people/export"); err != nil || res.StatusCode != 200 {
				t.Errorf("%v, %v", res, err)
			}
		})
		<-inside
	}
	if res, _ := get(t, s.URL+"/people/export"); res.StatusCode != 429 || res.Header.Get("Retry-After") == "" {
		t.Errorf("one export too many: %d", res.StatusCode)
	}
	if res, _ := get(t, s.URL+"/api/v1/query?enterprise=acme&measures=loc_added"); res.StatusCode != 200 {
		t.Errorf("a question meanwhile: %d", res.StatusCode)
	}
	close(leave)
	all.Wait()
}

// TestLogNamesNobody asks for what does not exist and for what panics: the log has
// routes, not paths, in which people's names and tokens are.
func TestLogNamesNobody(t *testing.T) {
	const name = "jane.doe-or-a-token"
	s, _, log := startWith(t, &fake{}, server.ConcurrencyLimit{}, []access.Route{
		{Pattern: "GET /people/{user}", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oh") })}})
	get(t, s.URL+"/people/"+name)
	get(t, s.URL+"/import/"+name+"?token="+name)
	get(t, s.URL+"/api/v1/"+name)
	if got := log.String(); strings.Contains(got, name) || strings.Count(got, `route="GET /people/{user}"`) != 2 || !strings.Contains(got, "route=/api/ ") {
		t.Errorf("log:\n%s", got)
	}
}

func TestProbes(t *testing.T) {
	f := &fake{}
	s, _, _ := start(t, f)
	if res, body := get(t, s.URL+"/readyz"); res.StatusCode != 200 || body != "ok\n" {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
	f.err = errors.New("the demo is still loading")
	if res, body := get(t, s.URL+"/readyz"); res.StatusCode != 503 || !strings.Contains(body, "the demo is still loading") || res.Header.Get("Retry-After") == "" {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
	if res, _ := get(t, s.URL+"/healthz"); res.StatusCode != 200 {
		t.Errorf("got %d", res.StatusCode)
	}
	_, body := get(t, s.URL+"/metrics")
	for _, want := range []string{`codegauge_http_requests_total{code="503",route="GET /readyz"} 1`, "codegauge_http_request_seconds_bucket", "go_goroutines"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
}

func TestLocalRoutesNeedTheCredential(t *testing.T) {
	f := &fake{}
	s, a, _ := start(t, f)
	for _, r := range a.Routes() {
		if !r.Local {
			continue
		}
		for _, authorization := range []string{"", "Bearer ", "Bearer " + credential[1:], "Basic " + credential, credential} {
			req, _ := http.NewRequest(r.Method, s.URL+r.Path, strings.NewReader("{}"))
			if res, body := do(t, req, "Authorization", authorization); res.StatusCode != 401 || !strings.Contains(body, "unauthorized") {
				t.Errorf("%s with %q: got %d %s", r.Path, authorization, res.StatusCode, body)
			}
		}
	}
	req, _ := http.NewRequest("POST", s.URL+"/api/v1/local/delete", strings.NewReader(`{"Enterprise":"acme"}`))
	if res, body := do(t, req, "Authorization", "Bearer "+credential); res.StatusCode != 200 || !strings.Contains(body, `"enterprise":"acme"`) {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
	req, _ = http.NewRequest("POST", s.URL+"/api/v1/local/delete", strings.NewReader(`{"Enterprise":"`+strings.Repeat("a", 2<<20)+`"}`))
	if res, body := do(t, req, "Authorization", "Bearer "+credential); res.StatusCode != 413 && res.StatusCode != 400 {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
}

func TestHello(t *testing.T) {
	s, _, _ := start(t, &fake{})
	challenge := strings.Repeat("c", 32)
	_, body := get(t, s.URL+"/api/v1/local/hello?challenge="+challenge)
	var h api.Hello
	if err := json.Unmarshal([]byte(body), &h); err != nil || h.Proof != api.Proof(credential, challenge) || strings.Contains(body, credential) {
		t.Errorf("got %s, %v", body, err)
	}
	if res, _ := get(t, s.URL+"/api/v1/local/hello?challenge=short"); res.StatusCode != 400 {
		t.Errorf("got %d", res.StatusCode)
	}
}

// importBody writes an import's body with the files; cut leaves its end away.
func importBody(t *testing.T, files []string, cut bool) (io.Reader, string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	head, _ := m.CreatePart(textproto.MIMEHeader{})
	h := api.ImportHead{Enterprise: "acme"}
	for range files {
		h.Files = append(h.Files, api.ImportFile{Name: "f", Size: -1})
	}
	json.NewEncoder(head).Encode(h)
	for _, f := range files {
		p, _ := m.CreatePart(textproto.MIMEHeader{})
		io.WriteString(p, f)
	}
	if !cut {
		m.Close()
	}
	return &b, "multipart/mixed; boundary=" + m.Boundary()
}

func TestImportStreams(t *testing.T) {
	f := &fake{importer: func(ctx context.Context, req intake.Request) (*intake.Report, error) {
		l := &intake.Report{Enterprise: req.Enterprise}
		for i, in := range req.Inputs {
			if i == 1 {
				continue // left unread: the next one skips it
			}
			r, err := in.Open()
			if err != nil {
				return nil, err
			}
			b, err := io.ReadAll(r)
			if err != nil {
				return nil, err
			}
			l.Users += int64(len(b))
		}
		return l, ctx.Err()
	}}
	s, _, _ := start(t, f)
	send := func(body io.Reader, contentType string) (*http.Response, string) {
		req, _ := http.NewRequest("POST", s.URL+"/api/v1/local/import", body)
		return do(t, req, "Authorization", "Bearer "+credential, "Content-Type", contentType)
	}
	if res, body := send(importBody(t, []string{"12345", "skipped", "678"}, false)); res.StatusCode != 200 || !strings.Contains(body, `"users":8`) {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
	if res, body := send(importBody(t, []string{"12345", "skipped", "678"}, true)); res.StatusCode != 400 || !strings.Contains(body, "cut off") {
		t.Errorf("cut off: got %d %s", res.StatusCode, body)
	}
	if res, body := send(strings.NewReader("{}"), "application/json"); res.StatusCode != 400 {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
}

// TestImportEndsEarly has an error answered to a caller who never stops
// sending.
func TestImportEndsEarly(t *testing.T) {
	f := &fake{importer: func(context.Context, intake.Request) (*intake.Report, error) {
		return nil, fault.New(fault.Conflict, "another enterprise")
	}}
	s, _, _ := start(t, f)
	r, w := io.Pipe()
	head, contentType := importBody(t, []string{""}, true)
	go func() {
		io.Copy(w, head)
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	}()
	defer r.Close()
	req, _ := http.NewRequest("POST", s.URL+"/api/v1/local/import", r)
	if res, body := do(t, req, "Authorization", "Bearer "+credential, "Content-Type", contentType); res.StatusCode != 409 || !strings.Contains(body, "another enterprise") {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
}
