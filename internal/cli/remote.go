package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"sync/atomic"

	"codegauge/internal/api"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/report"
	"codegauge/internal/server"
)

// remote is the product of a running server.
type remote struct {
	base       string
	public     string // where people reach it
	credential string
	client     *http.Client
}

var _ api.Commands = (*remote)(nil)

func newRemote(r running) *remote {
	base := "http://" + r.Address + string(r.Base)
	return &remote{
		base:       base,
		public:     cmp.Or(r.PublicURL, base),
		credential: r.Credential,
		client: &http.Client{
			// The server is on this machine: no proxy, nothing to save by compression.
			Transport: &http.Transport{DisableCompression: true},
			// It redirects nowhere; whoever does is not it.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// do sends a request and returns a good answer's body; an error that the
// server answers is the error that it returned.
func (s *remote) do(ctx context.Context, method, path, contentType string, body io.Reader) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.credential)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the running server: %w", err)
	}
	if res.StatusCode == http.StatusOK {
		return res.Body, nil
	}
	defer res.Body.Close()
	var p server.Problem
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&p); err != nil || p.Error.Message == "" {
		return nil, fmt.Errorf("ask the running server: it answered %s", res.Status)
	}
	return nil, p.Fault()
}

// ask sends a request and reads its answer, JSON, into answer.
func (s *remote) ask(ctx context.Context, method, path, contentType string, body io.Reader, answer any) error {
	b, err := s.do(ctx, method, path, contentType, body)
	if err != nil {
		return err
	}
	defer b.Close()
	d := json.NewDecoder(b)
	d.UseNumber() // in cells; typed fields convert by themselves
	if err := d.Decode(answer); err != nil {
		return fmt.Errorf("read the running server's answer: %w", err)
	}
	return nil
}

func (s *remote) Query(ctx context.Context, w question.Parameters) (*query.Answer, error) {
	a := &query.Answer{}
	if err := s.ask(ctx, http.MethodGet, "/api/v1/query?"+api.Values(w).Encode(), "", nil, a); err != nil {
		return nil, err
	}
	for _, row := range a.Rows {
		for i := range row {
			if err := restore(&row[i], a.Columns[i].Type); err != nil {
				return nil, err
			}
		}
	}
	return a, nil
}

// restore makes a cell of a JSON number what it was.
func restore(cell *any, kind string) error {
	n, ok := (*cell).(json.Number)
	if !ok {
		return nil
	}
	var err error
	if kind == "integer" {
		*cell, err = n.Int64()
	} else {
		*cell, err = n.Float64()
	}
	return err
}

func (s *remote) Reconcile(ctx context.Context, w question.Parameters) (*question.Reconciliation, error) {
	r := &question.Reconciliation{}
	return r, s.ask(ctx, http.MethodGet, "/api/v1/reconcile?"+api.Values(w).Encode(), "", nil, r)
}

func (s *remote) Export(ctx context.Context, req question.ExportRequest, w io.Writer) error {
	body, err := s.do(ctx, http.MethodGet, "/api/v1/export?"+api.ExportValues(req).Encode(), "", nil)
	if err != nil {
		return err
	}
	defer body.Close()
	if _, err := io.Copy(w, body); err != nil {
		return fmt.Errorf("export through the running server: %w", err)
	}
	return nil
}

func (s *remote) Delete(ctx context.Context, req intake.DeleteRequest) (*intake.Report, error) {
	b, err := json.Marshal(req)
	if err != nil {
		return nil, err
	}
	l := &intake.Report{}
	return l, s.ask(ctx, http.MethodPost, "/api/v1/local/delete", "application/json", bytes.NewReader(b), l)
}

func (s *remote) Verify(ctx context.Context) (*question.Verification, error) {
	v := &question.Verification{}
	return v, s.ask(ctx, http.MethodPost, "/api/v1/local/verify", "application/json", http.NoBody, v)
}

// administer calls a method of admin.API.
func (s *remote) administer(ctx context.Context, method string, request, answer any) error {
	r, err := json.Marshal(request)
	if err != nil {
		return err
	}
	b, err := json.Marshal(api.AdminCall{Method: method, Request: r})
	if err != nil {
		return err
	}
	return s.ask(ctx, http.MethodPost, "/api/v1/local/admin", "application/json", bytes.NewReader(b), answer)
}

// Import streams the inputs to the server, one after the other, as they are read.
func (s *remote) Import(ctx context.Context, req intake.Request) (*intake.Report, error) {
	r, w := io.Pipe()
	u := &upload{request: req, parts: multipart.NewWriter(w)}
	done := make(chan error, 1)
	go func() {
		err := u.send()
		w.CloseWithError(err) // nil is the end of the body
		done <- err
	}()
	l := &intake.Report{}
	err := s.ask(ctx, http.MethodPost, "/api/v1/local/import", "multipart/mixed; boundary="+u.parts.Boundary(), r, l)
	r.CloseWithError(errAnswered) // the server may have answered before it read all
	sent := <-done
	if err == nil {
		return l, nil
	}
	if sent != nil && u.unreadable {
		return nil, sent
	}
	return nil, err
}

var errAnswered = fault.New(fault.Unavailable, "the server already sent an answer")

// upload writes an import as the server reads it.
type upload struct {
	request intake.Request
	parts   *multipart.Writer
	sent    atomic.Int64
	// unreadable says that an input, not the connection, was at fault.
	unreadable bool
}

func (u *upload) send() error {
	if err := u.head(); err != nil {
		return err
	}
	for _, in := range u.request.Inputs {
		if err := u.file(in); err != nil {
			return err
		}
	}
	return u.parts.Close()
}

func (u *upload) head() error {
	req := u.request
	h := api.ImportHead{
		Enterprise: req.Enterprise, Org: req.Org, Scope: req.Scope, Tool: req.Tool,
		Alias: req.Alias, Preview: req.Preview, Files: []api.ImportFile{},
	}
	for _, in := range req.Inputs {
		h.Files = append(h.Files, api.ImportFile{Name: in.Name, Size: in.Size})
	}
	part, err := u.parts.CreatePart(textproto.MIMEHeader{"Content-Type": {"application/json"}})
	if err != nil {
		return err
	}
	return json.NewEncoder(part).Encode(h)
}

func (u *upload) file(in report.Input) error {
	part, err := u.parts.CreatePart(textproto.MIMEHeader{"Content-Type": {"application/octet-stream"}})
	if err != nil {
		return err
	}
	r, err := in.Open()
	if err != nil {
		u.unreadable = true
		return err
	}
	defer r.Close()
	buf := make([]byte, 256<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if _, err := part.Write(buf[:n]); err != nil {
				return err
			}
			u.progress(int64(n))
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			u.unreadable = true
			return fmt.Errorf("read %s: %w", in.Name, err)
		}
	}
}

func (u *upload) progress(n int64) {
	total := u.sent.Add(n)
	if u.request.Progress != nil {
		u.request.Progress(total)
	}
}
