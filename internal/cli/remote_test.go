package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/api"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/directory/sqldirectory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/report"
	"codegauge/internal/server"

	"github.com/google/go-cmp/cmp"
)

// fake is the product behind the server.
type fake struct {
	words      question.Parameters
	answer     *query.Answer
	err        error
	importing  func(context.Context, intake.Request) (*intake.Report, error)
	deletion   intake.DeleteRequest
	export     question.ExportRequest
	exportText string
}

func (f *fake) Today() day.Day                                     { return 1 }
func (f *fake) DataVersion(context.Context, string) (int64, error) { return 1, nil }
func (f *fake) DirectoryVersion(context.Context) (int64, error)    { return 1, nil }
func (f *fake) ResolvePseudonyms(_ context.Context, _ string, names []string) ([]string, error) {
	return names, nil
}
func (f *fake) Query(_ context.Context, w question.Parameters) (*query.Answer, error) {
	f.words = w
	return f.answer, f.err
}
func (f *fake) Reconcile(_ context.Context, w question.Parameters) (*question.Reconciliation, error) {
	f.words = w
	return &question.Reconciliation{Definition: metric.Wide, From: 20000}, f.err
}
func (f *fake) Export(_ context.Context, req question.ExportRequest, w io.Writer) error {
	f.export = req
	io.WriteString(w, f.exportText)
	return f.err
}
func (f *fake) Import(ctx context.Context, req intake.Request) (*intake.Report, error) {
	return f.importing(ctx, req)
}
func (f *fake) Delete(_ context.Context, req intake.DeleteRequest) (*intake.Report, error) {
	f.deletion = req
	return &intake.Report{Enterprise: "acme", Records: map[string]int64{"users": 3}}, f.err
}
func (f *fake) Verify(context.Context) (*question.Verification, error) {
	return &question.Verification{Clean: true}, f.err
}

// connect serves f and returns the way to it.
func connect(t *testing.T, f *fake) *remote {
	t.Helper()
	credential := newCredential()
	d := sqldirectory.New(databasetest.Open(t, databasetest.SQLite))
	h, err := server.New(server.Options{
		API:      api.New(f, api.Options{Version: "1", Credential: credential}),
		Guard:    access.NewGuard(access.NewAuthenticator(d, access.Options{Credential: credential})),
		Ready:    func(context.Context) error { return nil },
		Log:      slog.New(slog.DiscardHandler),
		Registry: server.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	r := newRemote(running{Address: strings.TrimPrefix(s.URL, "http://"), Credential: credential})
	if !r.proves(t.Context()) {
		t.Fatal("the server does not prove itself")
	}
	return r
}

func TestRemoteProves(t *testing.T) {
	r := connect(t, &fake{})
	r.credential = newCredential()
	if r.proves(t.Context()) {
		t.Error("a stranger proved itself")
	}
}

func TestRemoteQuery(t *testing.T) {
	f := &fake{answer: &query.Answer{
		Definition: metric.Strict, From: 20000, To: 20001, Warnings: []string{"w"},
		Columns: []query.Column{{Name: "day", Type: "date"}, {Name: "loc_added", Type: "integer", Unit: "lines"}, {Name: "ai_credits", Type: "number"}},
		Rows:    [][]any{{"2024-10-04", int64(1) << 60, 0.1}, {"2024-10-05", nil, 3.0}, {nil, int64(-1), nil}},
	}}
	w := question.Parameters{Enterprise: "acme", Org: "o", Team: "t", Measures: []string{"loc_added", "ai_credits"}, By: []string{"day"},
		From: "2024-10-04", To: "2024-10-05", Days: 2, Where: []string{"model=a,b", "model=c"}, Surface: "ide",
		Definition: "v1-strict", Source: "auto", Compare: true}
	got, err := connect(t, f).Query(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f.answer, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(w, f.words); diff != "" {
		t.Error(diff)
	}
}

func TestRemoteErrorsKeepTheirKind(t *testing.T) {
	f := &fake{}
	r := connect(t, f)
	for kind, want := range map[fault.Kind]int{
		fault.Invalid: exitUsage, fault.NotFound: exitUsage, fault.Unsupported: exitUsage,
		fault.Conflict: exitFailed, fault.TooLarge: exitFailed, fault.Unavailable: exitFailed,
	} {
		f.err = fmt.Errorf("somewhere: %w", fault.New(kind, "because"))
		_, err := r.Query(t.Context(), question.Parameters{})
		if fault.KindOf(err) != kind || err.Error() != "because" || exitCode(err) != want {
			t.Errorf("%d: got %v, exit %d", kind, err, exitCode(err))
		}
	}
	f.err = errors.New("internal detail")
	if _, err := r.Verify(t.Context()); err == nil || strings.Contains(err.Error(), "detail") || exitCode(err) != exitFailed {
		t.Errorf("got %v", err)
	}
}

func TestRemoteRest(t *testing.T) {
	f := &fake{exportText: "line\n"}
	r := connect(t, f)
	deletion := intake.DeleteRequest{Enterprise: "a", Org: "b", User: "c", Tool: "d", From: "e", To: "f", Import: 7}
	l, err := r.Delete(t.Context(), deletion)
	if err != nil || l.Records["users"] != 3 || f.deletion != deletion {
		t.Errorf("got %+v, %v; asked %+v", l, err, f.deletion)
	}
	export := question.ExportRequest{Enterprise: "a", Org: "b", Report: "c", Day: "d", From: "e", To: "f", Format: "csv", Tool: "g"}
	var out bytes.Buffer
	if err := r.Export(t.Context(), export, &out); err != nil || out.String() != "line\n" || f.export != export {
		t.Errorf("got %q, %v; asked %+v", &out, err, f.export)
	}
	if v, err := r.Verify(t.Context()); err != nil || !v.Clean {
		t.Errorf("got %+v, %v", v, err)
	}
	if rec, err := r.Reconcile(t.Context(), question.Parameters{Days: 3}); err != nil || rec.From != 20000 || f.words.Days != 3 {
		t.Errorf("got %+v, %v", rec, err)
	}
}

func TestRemoteExportBreaksOff(t *testing.T) {
	f := &fake{exportText: strings.Repeat("x", 1<<16), err: errors.New("disk")}
	if err := connect(t, f).Export(t.Context(), question.ExportRequest{}, io.Discard); err == nil {
		t.Error("half an export looks whole")
	}
}

// readAll imports by reading everything.
func readAll(ctx context.Context, req intake.Request) (*intake.Report, error) {
	l := &intake.Report{Enterprise: req.Enterprise, Records: map[string]int64{}}
	for _, in := range req.Inputs {
		r, err := in.Open()
		if err != nil {
			return nil, err
		}
		n, err := io.Copy(io.Discard, r)
		if err != nil {
			return nil, err
		}
		l.Records[in.Name] = n
	}
	return l, ctx.Err()
}

func input(name string, r io.Reader) report.Input {
	return report.Input{Name: name, Size: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }}
}

// TestRemoteImportStreams has an input that goes on only once the product has
// read its beginning.
func TestRemoteImportStreams(t *testing.T) {
	begun := make(chan struct{})
	f := &fake{importing: func(ctx context.Context, req intake.Request) (*intake.Report, error) {
		r, err := req.Inputs[0].Open()
		if err != nil {
			return nil, err
		}
		if _, err := io.ReadFull(r, make([]byte, 1<<20)); err != nil {
			return nil, err
		}
		close(begun)
		n, err := io.Copy(io.Discard, r)
		if err != nil {
			return nil, err
		}
		return &intake.Report{Users: n}, nil
	}}
	r, w := io.Pipe()
	go func() {
		for range 32 {
			w.Write(make([]byte, 64<<10))
		}
		select {
		case <-begun:
			w.Write([]byte("the end"))
			w.Close()
		case <-time.After(10 * time.Second):
			w.CloseWithError(errors.New("nobody read"))
		}
	}()
	var told int64
	l, err := connect(t, f).Import(t.Context(), intake.Request{
		Inputs: []report.Input{input("-", r)}, Progress: func(n int64) { told = n },
	})
	if err != nil || l.Users != 1<<20+7 || told != 2<<20+7 {
		t.Errorf("got %+v, %v, %d", l, err, told)
	}
}

func TestRemoteImport(t *testing.T) {
	var asked intake.Request
	f := &fake{importing: func(ctx context.Context, req intake.Request) (*intake.Report, error) {
		asked = req
		return readAll(ctx, req)
	}}
	req := intake.Request{
		Enterprise: "acme", Org: "o", Scope: "organization", Tool: "codex", Alias: true, Preview: true,
		Inputs: []report.Input{input("a \"quoted\"\r\nname", strings.NewReader("12345")), input("b", strings.NewReader(""))},
	}
	l, err := connect(t, f).Import(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int64{"a \"quoted\"\r\nname": 5, "b": 0}, l.Records); diff != "" {
		t.Error(diff)
	}
	if asked.Enterprise != "acme" || asked.Org != "o" || asked.Scope != "organization" || asked.Tool != "codex" || !asked.Alias || !asked.Preview {
		t.Errorf("asked %+v", asked)
	}
}

func TestRemoteImportFails(t *testing.T) {
	seen := make(chan error, 1)
	f := &fake{importing: func(ctx context.Context, req intake.Request) (*intake.Report, error) {
		l, err := readAll(ctx, req)
		seen <- err
		return l, err
	}}
	r := connect(t, f)
	broken := io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)), &failing{})
	_, err := r.Import(t.Context(), intake.Request{Inputs: []report.Input{input("f", broken)}})
	if err == nil || !strings.Contains(err.Error(), "bad sector") {
		t.Errorf("got %v", err)
	}
	if err := <-seen; err == nil {
		t.Error("the server took half a file for a whole one")
	}

	f.importing = func(context.Context, intake.Request) (*intake.Report, error) {
		return nil, fault.New(fault.Conflict, "another enterprise")
	}
	_, err = r.Import(t.Context(), intake.Request{Inputs: []report.Input{input("f", &endless{})}})
	if fault.KindOf(err) != fault.Conflict {
		t.Errorf("got %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("bad sector") }

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }
