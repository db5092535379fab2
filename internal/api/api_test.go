package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"

	"github.com/google/go-cmp/cmp"
)

// fake is a product that keeps what it was asked, and answers the same or an error.
type fake struct {
	err               error
	version, revision int64
	today             day.Day
	words             question.Parameters
	exported          question.ExportRequest
	removed           intake.DeleteRequest
	// sent is written by an export before its error.
	sent string
	// read is what an import found in its files.
	read []string
	// files says in which order an import opens them.
	files []int
}

func (f *fake) Status(context.Context, question.Parameters) (*question.Status, error) {
	return &question.Status{}, nil
}

func (f *fake) SeatCount(context.Context, question.Parameters) (*int64, error) { return nil, nil }

func (f *fake) Today() day.Day                                     { return f.today }
func (f *fake) DataVersion(context.Context, string) (int64, error) { return f.version, nil }
func (f *fake) DirectoryVersion(context.Context) (int64, error)    { return f.revision, nil }
func (f *fake) ResolvePseudonyms(_ context.Context, _ string, names []string) ([]string, error) {
	return append(slices.Clone(names), "unveiled"), nil
}

func (f *fake) ImpactTable(_ context.Context, w question.Parameters, figures string) (*query.Answer, error) {
	f.words = w
	return &query.Answer{Definition: metric.Strict, From: day.Date(2026, 5, 1), To: day.Date(2026, 5, 2), Columns: []query.Column{{Name: "question", Type: "string"}, {Name: "ratio", Type: "number"}},
		Rows: [][]any{{figures, nil}}}, f.err
}

func (f *fake) AdoptionTable(_ context.Context, w question.Parameters, population, figures string) (*query.Answer, error) {
	f.words = w
	return &query.Answer{Definition: metric.Strict, From: day.Date(2026, 5, 1), To: day.Date(2026, 5, 2), Columns: []query.Column{{Name: "step", Type: "string"}, {Name: "people", Type: "integer"}},
		Rows: [][]any{{population, int64(7)}, {figures, nil}}}, f.err
}

func (f *fake) Query(_ context.Context, w question.Parameters) (*query.Answer, error) {
	f.words = w
	if slices.Contains(w.By, "user") {
		return &query.Answer{Columns: []query.Column{{Name: "user"}, {Name: "loc_added"}}, Rows: [][]any{{"bob", int64(1)}, {"ann", int64(2)}, {"bob", int64(3)}, {nil, int64(4)}}}, f.err
	}
	return &query.Answer{Definition: metric.Strict, From: day.Date(2026, 5, 1), To: day.Date(2026, 5, 2), CompleteTo: day.Date(2026, 5, 1),
		Columns: []query.Column{{Name: "loc_added", Type: "integer"}}, Rows: [][]any{{int64(7)}}, Warnings: []string{"one", "two"}}, f.err
}

func (f *fake) Disagreement(context.Context, question.Parameters) (string, error) { return "", nil }

func (f *fake) Reconcile(_ context.Context, w question.Parameters) (*question.Reconciliation, error) {
	f.words = w
	return &question.Reconciliation{Definition: metric.Wide}, f.err
}

func (f *fake) Export(_ context.Context, req question.ExportRequest, w io.Writer) error {
	f.exported = req
	if f.sent != "" {
		if _, err := io.WriteString(w, f.sent); err != nil {
			return err
		}
	}
	return f.err
}

func (f *fake) Import(_ context.Context, req intake.Request) (*intake.Report, error) {
	for _, i := range f.files {
		in, err := req.Inputs[i].Open()
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(in)
		if err != nil {
			return nil, err
		}
		f.read = append(f.read, fmt.Sprintf("%s %d %s", req.Inputs[i].Name, req.Inputs[i].Size, b))
	}
	return &intake.Report{Enterprise: req.Enterprise}, f.err
}

func (f *fake) Delete(_ context.Context, req intake.DeleteRequest) (*intake.Report, error) {
	f.removed = req
	return &intake.Report{Enterprise: req.Enterprise}, f.err
}

func (f *fake) Verify(context.Context) (*question.Verification, error) {
	return &question.Verification{Clean: true}, f.err
}

// audit keeps what would be written into the audit log.
type audit struct {
	entries []string
	err     error
}

func (a *audit) Viewed(_ context.Context, _ directory.Entity, what string, users ...string) error {
	a.entries = append(a.entries, fmt.Sprint("viewed ", what, " ", users))
	return a.err
}

func (a *audit) Exported(_ context.Context, _ directory.Entity, what string) error {
	a.entries = append(a.entries, "exported "+what)
	return a.err
}

const credential = "the operator's credential"

// ask has the route that the target names answer, without the guard before it.
func ask(t *testing.T, a *API, method, target string, body io.Reader, headers ...string) (*httptest.ResponseRecorder, error) {
	t.Helper()
	return askAs(t, access.NewOperator(), a, method, target, body, headers...)
}

func askAs(t *testing.T, p *access.Principal, a *API, method, target string, body io.Reader, headers ...string) (*httptest.ResponseRecorder, error) {
	t.Helper()
	r := httptest.NewRequest(method, target, body)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	acme := directory.Entity{ID: 1, Kind: directory.Enterprise, Enterprise: 1, Slug: "acme"}
	r = r.WithContext(access.WithPlace(access.With(r.Context(), p), access.Place{Enterprise: &acme}))
	for _, route := range a.Routes() {
		if route.Method == method && route.Path == r.URL.Path {
			w := httptest.NewRecorder()
			return w, route.Handle(w, r)
		}
	}
	t.Fatalf("no route %s %s", method, target)
	return nil, nil
}

func TestQuery(t *testing.T) {
	f := &fake{}
	a := New(f, Options{Version: "1"})
	w, err := ask(t, a, "GET", "/api/v1/query?enterprise=acme&measures=loc_added,loc_deleted&measures=active_users&by=day&days=7&where=model=x,y&where=tool=codex&compare", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := question.Parameters{Enterprise: "acme", Measures: []string{"loc_added", "loc_deleted", "active_users"}, By: []string{"day"}, Days: 7,
		Where: []string{"model=x,y", "tool=codex"}, Compare: true}
	if diff := cmp.Diff(want, f.words); diff != "" {
		t.Errorf("words: -want +got\n%s", diff)
	}
	for name, want := range map[string]string{"Content-Type": "application/json", "Codegauge-Definition": "v1-strict", "Codegauge-Range": "2026-05-01/2026-05-02",
		"Codegauge-Complete-To": "2026-05-01", "Codegauge-Warnings": "2", "Cache-Control": "private, no-cache"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	for format, want := range map[string]string{"csv": "loc_added\n7\n", "ndjson": `{"loc_added":7}` + "\n"} {
		w, err := ask(t, a, "GET", "/api/v1/query?measures=loc_added&format="+format, nil)
		if err != nil || w.Body.String() != want || !strings.HasPrefix(w.Header().Get("Content-Type"), map[string]string{"csv": "text/csv", "ndjson": "application/x-ndjson"}[format]) {
			t.Errorf("%s: got %q as %s, %v", format, w.Body, w.Header().Get("Content-Type"), err)
		}
	}
}

func TestAdoption(t *testing.T) {
	f := &fake{}
	a := New(f, Options{Version: "1"})
	w, err := ask(t, a, "GET", "/api/v1/adoption?enterprise=acme&org=web&days=7&where=tool=codex&figures=funnel&people=prompts&format=csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(question.Parameters{Enterprise: "acme", Org: "web", Days: 7, Where: []string{"tool=codex"}}, f.words); diff != "" {
		t.Errorf("words: -want +got\n%s", diff)
	}
	if got, want := w.Body.String(), "step,people\nprompts,7\nfunnel,\n"; got != want || w.Header().Get("Codegauge-Range") != "2026-05-01/2026-05-02" {
		t.Errorf("got %q of %s, want %q", got, w.Header().Get("Codegauge-Range"), want)
	}
	if got := w.Header().Get("Content-Disposition"); !strings.Contains(got, "adoption-acme-web-funnel-2026-05-01-2026-05-02.csv") {
		t.Errorf("the file is %s", got)
	}
	if w, err = ask(t, a, "GET", "/api/v1/adoption", nil); err != nil || !strings.Contains(w.Body.String(), `[["any",7],["summary",null]]`) {
		t.Errorf("by default: %s, %v", w.Body, err)
	}
	if w, err = ask(t, a, "GET", "/api/v1/adoption", nil, "If-None-Match", w.Header().Get("ETag")); err != nil || w.Code != 304 {
		t.Errorf("asked again: %d, %v", w.Code, err)
	}
}

func TestImpact(t *testing.T) {
	f := &fake{}
	a := New(f, Options{Version: "1"})
	w, err := ask(t, a, "GET", "/api/v1/impact?enterprise=acme&org=web&days=90&where=tool=copilot&figures=phases&format=csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(question.Parameters{Enterprise: "acme", Org: "web", Days: 90, Where: []string{"tool=copilot"}}, f.words); diff != "" {
		t.Errorf("words: -want +got\n%s", diff)
	}
	if got := w.Header().Get("Content-Disposition"); w.Body.String() != "question,ratio\nphases,\n" || !strings.Contains(got, "impact-acme-web-phases-2026-05-01-2026-05-02.csv") {
		t.Errorf("got %q as %s", w.Body, got)
	}
	if w, err = ask(t, a, "GET", "/api/v1/impact?enterprise=acme&days=90&where=model=gpt-5&parity=true&source=users", nil); err != nil || !strings.Contains(w.Body.String(), `[["findings",null]]`) {
		t.Errorf("by default: %s, %v", w.Body, err)
	}
	if diff := cmp.Diff(question.Parameters{Enterprise: "acme", Days: 28, Where: []string{"tool=copilot"}, Source: "users"}, f.words); diff != "" {
		t.Errorf("as GitHub's page: -want +got\n%s", diff)
	}
	if w, err = ask(t, a, "GET", "/api/v1/impact?enterprise=acme&days=90&where=model=gpt-5&parity=true&source=users", nil, "If-None-Match", w.Header().Get("ETag")); err != nil || w.Code != 304 {
		t.Errorf("asked again: %d, %v", w.Code, err)
	}
	f.version++
	if w, err = ask(t, a, "GET", "/api/v1/impact", nil, "If-None-Match", w.Header().Get("ETag")); err != nil || w.Code != 200 {
		t.Errorf("after a change: %d, %v", w.Code, err)
	}
}

// TestRefused: what is not understood is refused before the product is asked.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		target string
		kind   fault.Kind
		says   string
	}{
		{"/api/v1/query?mesures=loc_added", fault.Unsupported, `unknown parameter "mesures"; the parameters are enterprise, org`},
		{"/api/v1/query?days=7&days=8", fault.Invalid, "parameter days is given 2 times"},
		{"/api/v1/query?days=0", fault.Invalid, `days "0" is not a positive whole number`},
		{"/api/v1/query?days=week", fault.Invalid, "positive whole number"},
		{"/api/v1/query?compare=maybe", fault.Invalid, `compare "maybe" is not true or false`},
		{"/api/v1/query?format=xml", fault.Invalid, `format "xml" is not one of`},
		{"/api/v1/query?a=%zz", fault.Invalid, "cannot read the query string"},
		{"/api/v1/adoption?surface=ide", fault.Unsupported, `unknown parameter "surface"`},
		{"/api/v1/adoption?format=xml", fault.Invalid, "format"},
		{"/api/v1/impact?people=any", fault.Unsupported, `unknown parameter "people"`},
		{"/api/v1/impact?parity=perhaps", fault.Invalid, "not true or false"},
		{"/api/v1/reconcile?by=day", fault.Unsupported, `unknown parameter "by"`},
		{"/api/v1/reconcile?days=-1", fault.Invalid, "positive whole number"},
		{"/api/v1/export?format=xml", fault.Invalid, "not one of ndjson, csv, parquet"},
		{"/api/v1/export?by=day", fault.Unsupported, `unknown parameter "by"`},
		{"/api/v1/metrics?x", fault.Unsupported, `unknown parameter "x"`},
		{"/api/v1/openapi.json?x", fault.Unsupported, `unknown parameter "x"`},
		{"/api/v1/local/hello?challenge=short", fault.Invalid, "32 to 128 characters"},
		{"/api/v1/local/hello?challenge=" + strings.Repeat("x", 129), fault.Invalid, "32 to 128 characters"},
		{"/api/v1/local/hello?challenge=" + strings.Repeat("x", 32), fault.NotFound, "no local credential"},
	} {
		f := &fake{err: errors.New("the product was asked")}
		if _, err := ask(t, New(f, Options{}), "GET", c.target, nil); fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want one that says %q", c.target, err, c.says)
		}
	}
}

// TestETags: an answer is known again as long as nothing has changed that it depends
// on, and comparing is weak.
func TestETags(t *testing.T) {
	f := &fake{today: 20_000}
	a := New(f, Options{Version: "1"})
	const target = "/api/v1/query?measures=loc_added"
	w, err := ask(t, a, "GET", target, nil)
	if err != nil {
		t.Fatal(err)
	}
	tag := w.Header().Get("ETag")
	if !strings.HasPrefix(tag, `W/"`) {
		t.Fatalf("got the tag %q", tag)
	}
	status := func(a *API, target, header string) int {
		w, err := ask(t, a, "GET", target, nil, "If-None-Match", header)
		if err != nil {
			t.Fatal(err)
		}
		return w.Code
	}
	for header, want := range map[string]int{tag: 304, strings.TrimPrefix(tag, "W/"): 304, `"other", ` + tag: 304, "*": 304, `"other"`: 200, "": 200} {
		if got := status(a, target, header); got != want {
			t.Errorf("%s: got %d, want %d", header, got, want)
		}
	}
	for name, change := range map[string]func(){
		"data": func() { f.version++ }, "settings": func() { f.revision++ }, "the day": func() { f.today++ }, "the program": func() { a = New(f, Options{Version: "2"}) },
	} {
		w, _ := ask(t, a, "GET", target, nil)
		change()
		if got := status(a, target, w.Header().Get("ETag")); got != 200 {
			t.Errorf("%s changed: got %d", name, got)
		}
	}
	w, _ = ask(t, a, "GET", "/api/v1/reconcile?days=7", nil)
	if got := status(a, "/api/v1/reconcile?days=7", w.Header().Get("ETag")); got != 304 {
		t.Errorf("reconcile: got %d", got)
	}
	if got := status(a, "/api/v1/reconcile?days=8", w.Header().Get("ETag")); got != 200 {
		t.Errorf("reconcile with other words: got %d", got)
	}
}

// TestAudit: questions about people and exports are in the log before they are
// answered, and are not answered if that fails.
func TestAudit(t *testing.T) {
	log := &audit{}
	f := &fake{sent: "{}\n"}
	a := New(f, Options{Recorder: log})
	for _, target := range []string{
		"/api/v1/query?measures=loc_added&by=day", "/api/v1/query?measures=loc_added,active_users&by=user",
		"/api/v1/query?measures=loc_added&where=user=ann&where=user=bob", "/api/v1/reconcile?where=user=ann", "/api/v1/export?report=users-1-day&day=2026-05-01",
	} {
		if _, err := askAs(t, access.NewProgram(0, access.All...), a, "GET", target, nil); err != nil {
			t.Errorf("%s: %v", target, err)
		}
	}
	want := []string{"viewed API: loc_added, active_users [ann bob unveiled]", "viewed API: loc_added [ann bob unveiled]", "viewed API:  [ann unveiled]",
		"viewed API: users-1-day, 2026-05-01, ndjson []", "exported users-1-day, 2026-05-01, ndjson"}
	if !slices.Equal(log.entries, want) {
		t.Fatalf("got %q", log.entries)
	}
	if _, err := ask(t, a, "GET", "/api/v1/query?measures=loc_added&by=user", nil); err != nil || log.entries[5] != "viewed command line: loc_added [ann bob unveiled]" {
		t.Errorf("got %q, %v", log.entries, err)
	}
	log.err = errors.New("the log is full")
	for _, target := range []string{"/api/v1/query?measures=loc_added&by=user", "/api/v1/reconcile?where=user=ann", "/api/v1/export?report=users-1-day"} {
		if w, err := ask(t, a, "GET", target, nil); !errors.Is(err, log.err) || w.Body.Len() > 0 {
			t.Errorf("%s: answered %q, %v", target, w.Body, err)
		}
	}
}

// TestExport: errors before the first byte are answers, those after it break it off.
func TestExport(t *testing.T) {
	refused := errors.New("refused")
	for _, c := range []struct {
		name, sent string
		err        error
		broken     bool
	}{{"whole", "{}\n", nil, false}, {"nothing", "", nil, false}, {"refused", "", refused, false}, {"broken off", "{}\n", refused, true}} {
		f := &fake{sent: c.sent, err: c.err}
		w, err := ask(t, New(f, Options{}), "GET", "/api/v1/export?enterprise=acme&org=core&report=users-1-day&day=2026-05-01&from=a&to=b&format=csv&tool=codex", nil)
		var broken *BrokenOff
		if !errors.Is(err, c.err) || errors.As(err, &broken) != c.broken || w.Body.String() != c.sent {
			t.Errorf("%s: got %q, %v", c.name, w.Body, err)
		}
		if c.broken && !strings.Contains(err.Error(), "break off answer: refused") {
			t.Errorf("%s: got %v", c.name, err)
		}
		if begun := c.err == nil || c.broken; begun != (w.Header().Get("Content-Disposition") == `attachment; filename="codegauge-users-1-day-codex-2026-05-01-a-b-v0.csv"`) {
			t.Errorf("%s: got %v", c.name, w.Header())
		}
		want := question.ExportRequest{Enterprise: "acme", Org: "core", Report: "users-1-day", Day: "2026-05-01", From: "a", To: "b", Format: "csv", Tool: "codex"}
		if f.exported != want || exportRequest(ExportValues(want)) != want {
			t.Errorf("%s: got %+v", c.name, f.exported)
		}
	}
	if name := fileName(question.ExportRequest{Report: `../x"` + "\n", Day: "Ä1"}, 7); name != "codegauge-x-1-v7.ndjson" {
		t.Errorf("got the file name %q", name)
	}
}

// body writes a multipart body: a head and files.
func body(t *testing.T, head string, files ...string) (*bytes.Buffer, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, text := range append([]string{head}, files...) {
		part, err := w.CreatePart(textproto.MIMEHeader{})
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(part, text)
	}
	w.Close()
	return &b, "multipart/mixed; boundary=" + w.Boundary()
}

func TestImport(t *testing.T) {
	const head = `{"enterprise":"acme","files":[{"name":"a","size":3},{"name":"b","size":-1},{"name":"c","size":2}]}`
	for _, c := range []struct {
		name, head string
		files      []int
		cut        int // bytes that the body lacks
		kind       string
		want       []string
		says       string
	}{
		{name: "in order", head: head, files: []int{0, 1, 2}, want: []string{"a 3 one", "b -1 two", "c 2 three"}},
		{name: "some", head: head, files: []int{1}, want: []string{"b -1 two"}},
		{name: "backwards", head: head, files: []int{1, 0}, says: "file 1 of the stream has gone by"},
		{name: "cut off in a file", head: head, files: []int{0, 1, 2}, cut: 70, says: "cut off in or before file 3"},
		{name: "cut off before one", head: head, files: []int{0, 1, 2}, cut: 200, says: "cut off in or before file"},
		{name: "more files than parts", head: strings.Replace(head, "]}", `,{"name":"d"}]}`, 1), files: []int{3}, says: "cut off in or before file 4"},
		{name: "no JSON", head: "x", says: "must begin with its request"},
		{name: "no multipart", head: head, kind: "application/json", says: "must be multipart/mixed"},
		{name: "no boundary", head: head, kind: "multipart/mixed", says: "must be multipart/mixed"},
		{name: "another boundary", head: head, kind: "multipart/mixed; boundary=x", says: "must begin with its request"},
	} {
		f := &fake{files: c.files}
		b, kind := body(t, c.head, "one", "two", "three")
		b.Truncate(b.Len() - c.cut)
		if c.kind != "" {
			kind = c.kind
		}
		w, err := ask(t, New(f, Options{}), "POST", "/api/v1/local/import", b, "Content-Type", kind)
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: got %v, want one that says %q", c.name, err, c.says)
			}
			continue
		}
		if err != nil || !slices.Equal(f.read, c.want) || !strings.Contains(w.Body.String(), `"acme"`) || w.Header().Get("Connection") != "close" {
			t.Errorf("%s: got %q, %s, %v", c.name, f.read, w.Body, err)
		}
	}
}

func TestLocal(t *testing.T) {
	f := &fake{}
	a := New(f, Options{Version: "1.2", Credential: credential, Admin: admin.New(nil, nil, nil), Backup: func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "a tar")
		return err
	}})
	challenge := strings.Repeat("c", 32)
	w, err := ask(t, a, "GET", "/api/v1/local/hello?challenge="+challenge, nil)
	var hello Hello
	if err != nil || json.Unmarshal(w.Body.Bytes(), &hello) != nil || hello != (Hello{"1.2", Proof(credential, challenge)}) || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("hello: got %s, %v", w.Body, err)
	}
	if Proof(credential, challenge) == Proof(credential, challenge+"c") || Proof(credential, challenge) == Proof(credential+"x", challenge) || strings.Contains(w.Body.String(), credential) {
		t.Error("a proof proves nothing, or too much")
	}
	if w, err := ask(t, a, "POST", "/api/v1/local/verify", nil); err != nil || !strings.Contains(w.Body.String(), `true`) || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("verify: got %s, %v", w.Body, err)
	}
	if w, err := ask(t, a, "POST", "/api/v1/local/backup", nil); err != nil || w.Body.String() != "a tar" || w.Header().Get("Content-Type") != "application/x-tar" {
		t.Errorf("backup: got %s, %v", w.Body, err)
	}
	sent, err := json.Marshal(intake.DeleteRequest{Enterprise: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	if w, err := ask(t, a, "POST", "/api/v1/local/delete", bytes.NewReader(sent)); err != nil || f.removed.Enterprise != "acme" || !strings.Contains(w.Body.String(), "acme") {
		t.Errorf("delete: got %s, %v", w.Body, err)
	}
	for _, c := range []struct {
		path, body string
		kind       fault.Kind
	}{
		{"delete", `{"no_such_field":1}`, fault.Invalid}, {"delete", `{`, fault.Invalid}, {"delete", strings.Repeat(" ", maxRequest+1), fault.Invalid},
		{"admin", `{"operation":"NoSuch"}`, fault.NotFound}, {"admin", `[]`, fault.Invalid}, {"admin", `{"operation":"ShowPolicy","request":{"slug":1}}`, fault.Invalid}, {"admin", `{"operations":1}`, fault.Invalid}, {"verify?x=1", ``, fault.Unsupported},
	} {
		if _, err := ask(t, a, "POST", "/api/v1/local/"+c.path, strings.NewReader(c.body)); fault.KindOf(err) != c.kind {
			t.Errorf("%s %.20q: got %v", c.path, c.body, err)
		}
	}
	f.err = errors.New("refused")
	for _, path := range []string{"delete", "verify"} {
		if _, err := ask(t, a, "POST", "/api/v1/local/"+path, bytes.NewReader(sent)); !errors.Is(err, f.err) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

// TestDescriptions: what describes the API and the metrics has all that there is.
func TestDescriptions(t *testing.T) {
	a := New(&fake{}, Options{Version: "1.2", Base: "/codegauge"})
	w, err := ask(t, a, "GET", "/api/v1/openapi.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	var described struct {
		Info    struct{ Version string }
		Servers []struct{ URL string }
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Parameters  []struct {
				Name   string
				Schema struct {
					Type  string
					Items struct{ Enum []string }
				}
			}
			Security  []map[string][]string
			Responses map[string]any
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &described); err != nil || described.Info.Version != "1.2" || len(described.Servers) != 1 || !strings.HasPrefix(described.Servers[0].URL, "/codegauge") {
		t.Fatalf("got %+v, %v", described.Info, err)
	}
	ids := map[string]bool{}
	for _, r := range a.Routes() {
		op, ok := described.Paths[r.Path][strings.ToLower(r.Method)]
		if !ok || op.OperationID == "" || ids[op.OperationID] || len(op.Parameters) != len(r.Parameters) || op.Responses[strconv.Itoa(max(r.Status, 200))] == nil {
			t.Errorf("%s: got %+v", r.Pattern(), op)
		}
		ids[op.OperationID] = true
		if r.Local && (len(op.Security) != 1 || op.Security[0]["local"] == nil) {
			t.Errorf("%s: got the security %v", r.Pattern(), op.Security)
		}
	}
	for _, p := range described.Paths["/api/v1/query"]["get"].Parameters {
		if p.Name == "by" && (p.Schema.Type != "array" || !slices.Equal(p.Schema.Items.Enum, metric.DimensionNames())) {
			t.Errorf("by: got %+v", p.Schema)
		}
	}

	w, err = ask(t, a, "GET", "/api/v1/metrics", nil)
	var table metricsAnswer
	if err != nil || json.Unmarshal(w.Body.Bytes(), &table) != nil {
		t.Fatalf("got %s, %v", w.Body, err)
	}
	if len(table.Measures) != len(metric.Measures) || len(table.Dimensions) != len(metric.Dimensions) || len(table.Breakdowns) != metric.NumBreakdowns ||
		len(table.Features) != len(metric.Features) || len(table.Tools) != len(metric.Tools) || len(table.Breaks) != len(metric.Breaks) {
		t.Error("the table lacks rows")
	}
	for _, m := range table.Measures {
		if want := map[string]int{"loc_added": 5, "interactions": 3, "ai_credits": 0, "active_users": 13}[m.Name]; want > 0 && len(m.Breakdowns) != want || m.Name == "ai_credits" && len(m.Breakdowns) != 0 {
			t.Errorf("%s: got the breakdowns %v", m.Name, m.Breakdowns)
		}
	}
	for _, f := range table.Features {
		if f.Name == "chat_panel_agent_mode" && (f.Initiators["v1-strict"] != "user" || f.Initiators["v1-wide"] != "agent") {
			t.Errorf("got %+v", f)
		}
	}
}

// TestErrorsPass: what the product refuses is what the caller gets.
func TestErrorsPass(t *testing.T) {
	f := &fake{err: fault.New(fault.Forbidden, "no")}
	for _, target := range []string{"/api/v1/query?measures=x", "/api/v1/reconcile"} {
		if w, err := ask(t, New(f, Options{}), http.MethodGet, target, nil); !errors.Is(err, f.err) || w.Body.Len() > 0 {
			t.Errorf("%s: got %q, %v", target, w.Body, err)
		}
	}
}
