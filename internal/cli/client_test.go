package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
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
	exported   atomic.Bool // Export has returned
}

func (f *fake) Status(context.Context, question.Parameters) (*question.Status, error) {
	return &question.Status{}, nil
}

func (f *fake) Disagreement(context.Context, question.Parameters) (string, error) { return "", nil }
func (f *fake) SeatCount(context.Context, question.Parameters) (*int64, error)    { return nil, nil }

func (f *fake) Today() day.Day                                     { return 1 }
func (f *fake) DataVersion(context.Context, string) (int64, error) { return 1, nil }
func (f *fake) DirectoryVersion(context.Context) (int64, error)    { return 1, nil }
func (f *fake) ResolvePseudonyms(_ context.Context, _ string, names []string) ([]string, error) {
	return names, nil
}
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
	return f.answer, f.err
}
func (f *fake) Reconcile(_ context.Context, w question.Parameters) (*question.Reconciliation, error) {
	f.words = w
	return &question.Reconciliation{Definition: metric.Wide, From: 20000}, f.err
}

// Export takes its time to notice that nobody reads on.
func (f *fake) Export(_ context.Context, req question.ExportRequest, w io.Writer) error {
	f.export = req
	_, err := io.WriteString(w, f.exportText)
	time.Sleep(10 * time.Millisecond)
	f.exported.Store(true)
	if f.err != nil {
		return f.err
	}
	return err
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

// bothWays runs a test with a client of a server of f, and with one of f in this process.
func bothWays(t *testing.T, f *fake, test func(t *testing.T, c *client)) {
	t.Helper()
	t.Run("server", func(t *testing.T) { test(t, serveFake(t, f)) })
	t.Run("in process", func(t *testing.T) { test(t, inProcessFake(t, f)) })
}

// fakeAPI returns the API of f, the way in and the credential.
func fakeAPI(t *testing.T, f *fake) (*api.API, *access.Authenticator, string) {
	t.Helper()
	credential := newCredential()
	d := sqldirectory.New(databasetest.Open(t, databasetest.SQLite))
	return api.New(f, api.Options{Version: "1", Credential: credential, Admin: admin.New(d, nil, nil)}),
		access.NewAuthenticator(d, access.Options{Credential: credential}), credential
}

func inProcessFake(t *testing.T, f *fake) *client {
	t.Helper()
	a, who, credential := fakeAPI(t, f)
	p, err := newInProcess(a, who)
	if err != nil {
		t.Fatal(err)
	}
	return p.client(credential)
}

func serveFake(t *testing.T, f *fake) *client {
	t.Helper()
	a, who, credential := fakeAPI(t, f)
	h, err := server.New(server.Options{
		API:      a,
		Guard:    access.NewGuard(who),
		Ready:    func(context.Context) error { return nil },
		Log:      slog.New(slog.DiscardHandler),
		Registry: server.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c := newClient(running{Address: strings.TrimPrefix(s.URL, "http://"), Credential: credential})
	if !c.proves(t.Context()) {
		t.Fatal("the server does not prove itself")
	}
	return c
}

func TestServerProves(t *testing.T) {
	c := serveFake(t, &fake{})
	c.credential = newCredential()
	if c.proves(t.Context()) {
		t.Error("a stranger proved itself")
	}
}

// TestOperatorOnly sends another credential than the operator's.
func TestOperatorOnly(t *testing.T) {
	bothWays(t, &fake{}, func(t *testing.T, c *client) {
		c.credential = newCredential()
		if _, err := c.verify(t.Context()); err == nil {
			t.Error("a stranger is let in")
		}
	})
}

func TestClientQueries(t *testing.T) {
	f := &fake{answer: &query.Answer{
		Definition: metric.Strict, From: 20000, To: 20001, Warnings: []string{"w"}, HeldBack: []day.Day{19996},
		Columns: []query.Column{{Name: "day", Type: "date"}, {Name: "loc_added", Type: "integer", Unit: "lines"}, {Name: "ai_credits", Type: "number"}},
		Rows:    [][]any{{"2024-10-04", int64(1) << 60, 0.1}, {"2024-10-05", nil, 3.0}, {nil, int64(-1), nil}},
	}}
	w := question.Parameters{Enterprise: "acme", Org: "o", Team: "t", Measures: []string{"loc_added", "ai_credits"}, By: []string{"day"},
		From: "2024-10-04", To: "2024-10-05", Days: 2, Where: []string{"model=a,b", "model=c"}, Surface: "ide",
		Definition: "v1-strict", Source: "auto", Compare: true}
	bothWays(t, f, func(t *testing.T, c *client) {
		got, err := c.table(t.Context(), "/api/v1/query?"+api.Values(w).Encode())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f.answer, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(w, f.words); diff != "" {
			t.Error(diff)
		}
	})
}

// TestClientErrors: the errors of a handler keep their kind, and those of this process
// are the very errors.
func TestClientErrors(t *testing.T) {
	f := &fake{}
	bothWays(t, f, func(t *testing.T, c *client) {
		_, own := c.http.Transport.(inProcess)
		for kind, want := range map[fault.Kind]int{
			fault.Invalid: exitUsage, fault.NotFound: exitUsage, fault.Unsupported: exitUsage,
			fault.Conflict: exitFailed, fault.TooLarge: exitFailed, fault.Unavailable: exitFailed,
		} {
			f.err = fmt.Errorf("somewhere: %w", fault.New(kind, "because"))
			_, err := c.table(t.Context(), "/api/v1/query")
			if fault.KindOf(err) != kind || exitCode(err) != want || own != (err == f.err) || !own && err.Error() != "because" {
				t.Errorf("%d: got %v, exit %d", kind, err, exitCode(err))
			}
		}
		f.err = errors.New("internal detail")
		if _, err := c.verify(t.Context()); err == nil || own != strings.Contains(err.Error(), "detail") || exitCode(err) != exitFailed {
			t.Errorf("got %v", err)
		}
	})
}

func TestClientRest(t *testing.T) {
	f := &fake{exportText: "line\n"}
	bothWays(t, f, func(t *testing.T, c *client) {
		deletion := intake.DeleteRequest{Enterprise: "a", Org: "b", User: "c", Tool: "d", Data: "vendor", From: "e", To: "f", Import: 7}
		l, err := c.delete(t.Context(), deletion)
		if err != nil || l.Records["users"] != 3 || f.deletion != deletion {
			t.Errorf("got %+v, %v; asked %+v", l, err, f.deletion)
		}
		export := question.ExportRequest{Enterprise: "a", Org: "b", Report: "c", Day: "d", From: "e", To: "f", Format: "csv", Tool: "g", Data: "telemetry"}
		var out bytes.Buffer
		if err := c.export(t.Context(), export, &out); err != nil || out.String() != "line\n" || f.export != export {
			t.Errorf("got %q, %v; asked %+v", &out, err, f.export)
		}
		if v, err := c.verify(t.Context()); err != nil || !v.Clean {
			t.Errorf("got %+v, %v", v, err)
		}
		e, err := operate(t.Context(), c, admin.PutEntity, admin.EntityRequest{ScopeNames: access.ScopeNames{Enterprise: "acme"}, New: true})
		if err != nil || e.Key != "acme" {
			t.Errorf("got %+v, %v", e, err)
		}
		if _, err := operate(t.Context(), c, admin.ShowPolicy, access.ScopeNames{Enterprise: "other"}); fault.KindOf(err) != fault.NotFound {
			t.Errorf("got %v", err)
		}
	})
}

func TestExportBreaksOff(t *testing.T) {
	f := &fake{exportText: strings.Repeat("x", 1<<20), err: errors.New("disk")}
	bothWays(t, f, func(t *testing.T, c *client) {
		if err := c.export(t.Context(), question.ExportRequest{}, io.Discard); err == nil {
			t.Error("half an export looks whole")
		}
	})
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// TestExportIsAbandoned has a reader that gives up: the handler has returned when the
// export has.
func TestExportIsAbandoned(t *testing.T) {
	f := &fake{exportText: strings.Repeat("x", 1<<20)}
	c := inProcessFake(t, f)
	if err := c.export(t.Context(), question.ExportRequest{}, full{}); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("got %v", err)
	}
	if !f.exported.Load() {
		t.Error("the handler is left behind")
	}
}

// TestImportIsInterrupted cancels an import in this process that works.
func TestImportIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := &fake{importing: func(ctx context.Context, _ intake.Request) (*intake.Report, error) {
		cancel()
		<-ctx.Done()
		return nil, fmt.Errorf("import: %w", ctx.Err())
	}}
	if _, err := inProcessFake(t, f).load(ctx, intake.Request{Inputs: []report.Input{input("f", strings.NewReader(""))}}); !errors.Is(err, context.Canceled) || err.Error() != "import: context canceled" {
		t.Errorf("got %v", err)
	}
}

// TestImportOpensFiles: in this process the product opens the file itself, so that it
// need not copy what lies on this machine.
func TestImportOpensFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	inputs, err := report.Files([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{importing: func(_ context.Context, req intake.Request) (*intake.Report, error) {
		r, err := req.Inputs[0].Open()
		if err != nil {
			return nil, err
		}
		defer r.Close()
		if _, ok := r.(*os.File); !ok {
			t.Errorf("got a %T", r)
		}
		req.Progress(5)
		return &intake.Report{}, nil
	}}
	var told int64
	if _, err := inProcessFake(t, f).load(t.Context(), intake.Request{Inputs: inputs, Progress: func(n int64) { told = n }}); err != nil || told != 5 {
		t.Errorf("got %v, told %d", err, told)
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

// TestImportStreams has an input that goes on only once the product has
// read its beginning.
func TestImportStreams(t *testing.T) {
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
	l, err := serveFake(t, f).load(t.Context(), intake.Request{
		Inputs: []report.Input{input("-", r)}, Progress: func(n int64) { told = n },
	})
	if err != nil || l.Users != 1<<20+7 || told != 2<<20+7 {
		t.Errorf("got %+v, %v, %d", l, err, told)
	}
}

func TestImport(t *testing.T) {
	var asked intake.Request
	f := &fake{importing: func(ctx context.Context, req intake.Request) (*intake.Report, error) {
		asked = req
		return readAll(ctx, req)
	}}
	req := intake.Request{
		Enterprise: "acme", Org: "o", Scope: "organization", Tool: "codex", Data: "vendor", Alias: true, Preview: true,
	}
	bothWays(t, f, func(t *testing.T, c *client) {
		req := req
		req.Inputs = []report.Input{input("a \"quoted\"\r\nname", strings.NewReader("12345")), input("b", strings.NewReader(""))}
		l, err := c.load(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]int64{"a \"quoted\"\r\nname": 5, "b": 0}, l.Records); diff != "" {
			t.Error(diff)
		}
		if asked.Enterprise != "acme" || asked.Org != "o" || asked.Scope != "organization" || asked.Tool != "codex" || asked.Data != "vendor" || !asked.Alias || !asked.Preview {
			t.Errorf("asked %+v", asked)
		}
	})
}

func TestImportFails(t *testing.T) {
	var seen chan error
	f := &fake{}
	bothWays(t, f, func(t *testing.T, c *client) {
		seen = make(chan error, 1)
		f.importing = func(ctx context.Context, req intake.Request) (*intake.Report, error) {
			l, err := readAll(ctx, req)
			seen <- err
			return l, err
		}
		broken := io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)), &failing{})
		_, err := c.load(t.Context(), intake.Request{Inputs: []report.Input{input("f", broken)}})
		if err == nil || !strings.Contains(err.Error(), "bad sector") {
			t.Errorf("got %v", err)
		}
		if err := <-seen; err == nil {
			t.Error("half a file is taken for a whole one")
		}

		f.importing = func(context.Context, intake.Request) (*intake.Report, error) {
			return nil, fault.New(fault.Conflict, "another enterprise")
		}
		_, err = c.load(t.Context(), intake.Request{Inputs: []report.Input{input("f", &endless{})}})
		if fault.KindOf(err) != fault.Conflict {
			t.Errorf("got %v", err)
		}
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("bad sector") }

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }
