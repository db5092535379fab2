package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/api"
	"codegauge/internal/intake"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/server"
)

// client is how commands use the product: by the HTTP API, of the running server or of
// this process (inProcess).
type client struct {
	base string
	// public is where people reach the server, "" in this process.
	public     string
	credential string
	http       *http.Client
}

// newClient returns a client of a running server.
func newClient(r running) *client {
	base := "http://" + r.Address + string(r.Base)
	return &client{
		base:       base,
		public:     cmp.Or(r.PublicURL, base),
		credential: r.Credential,
		http: &http.Client{
			// The server is on this machine: no proxy, nothing to save by compression.
			Transport: &http.Transport{DisableCompression: true},
			// It redirects nowhere; whoever does is not it.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// connect calls do with a client: of the server that holds the data directory if there
// is one, and else of this process, which opens the data for as long. If another command
// holds the directory, connect waits for it.
//
// serve, restore, migrate and copy open the database themselves: they make or move a
// whole one, which may be empty, foreign or of an older form, and no route does that.
// generate, config and version need no data, and health asks the public listener.
func (a *app) connect(do func(*client) error) error {
	if a.cfg.Database == "" {
		var server *client
		l, err := a.waitForLock(func() bool {
			server = findServer(a.ctx, a.cfg.Data)
			return server != nil
		})
		if err != nil {
			return err
		}
		if server != nil {
			return do(server)
		}
		defer l.release()
	}
	s, err := a.openStores(a.ctx, storeOptions{Log: a.quiet()})
	if err != nil {
		return err
	}
	credential := newCredential()
	p, err := newInProcess(s.api(s.product, api.Options{Credential: credential}), access.NewAuthenticator(s.directory, access.Options{
		Credential: credential,
		Address:    func(*http.Request) string { return "" }, // no network is between
	}))
	if err != nil {
		return errors.Join(err, s.Close())
	}
	return errors.Join(do(p.client(credential)), s.Close())
}

// do sends a request and returns a good answer's body. An error that the server answers
// is the error that it returned, as far as it told it; one of this process is it itself.
func (c *client) do(ctx context.Context, method, path, contentType string, body io.Reader) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.credential)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, told("ask the running server", err)
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

// download copies a good answer's body to w.
func (c *client) download(ctx context.Context, doing, method, path string, w io.Writer) error {
	body, err := c.do(ctx, method, path, "", http.NoBody)
	if err != nil {
		return err
	}
	defer body.Close()
	if _, err := io.Copy(w, body); err != nil {
		return told(doing+" through the running server", err)
	}
	return nil
}

// ask sends a request and reads its answer, JSON, into answer.
func (c *client) ask(ctx context.Context, method, path, contentType string, body io.Reader, answer any) error {
	b, err := c.do(ctx, method, path, contentType, body)
	if err != nil {
		return err
	}
	defer b.Close()
	d := json.NewDecoder(b)
	d.UseNumber() // in cells; typed fields convert by themselves
	if err := d.Decode(answer); err != nil {
		return told("read the running server's answer", err)
	}
	return nil
}

// post sends a request as JSON and reads its answer.
func (c *client) post(ctx context.Context, path string, request, answer any) error {
	b, err := json.Marshal(request)
	if err != nil {
		return err
	}
	return c.ask(ctx, http.MethodPost, path, "application/json", bytes.NewReader(b), answer)
}

// table asks for a table of figures.
func (c *client) table(ctx context.Context, path string) (*query.Answer, error) {
	a := &query.Answer{}
	if err := c.ask(ctx, http.MethodGet, path, "", nil, a); err != nil {
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

func (c *client) export(ctx context.Context, req question.ExportRequest, w io.Writer) error {
	return c.download(ctx, "export", http.MethodGet, "/api/v1/export?"+api.ExportValues(req).Encode(), w)
}

func (c *client) backup(ctx context.Context, w io.Writer) error {
	return c.download(ctx, "back up", http.MethodPost, "/api/v1/local/backup", w)
}

func (c *client) delete(ctx context.Context, req intake.DeleteRequest) (*intake.Report, error) {
	l := &intake.Report{}
	return l, c.post(ctx, "/api/v1/local/delete", req, l)
}

func (c *client) verify(ctx context.Context) (*question.Verification, error) {
	v := &question.Verification{}
	return v, c.ask(ctx, http.MethodPost, "/api/v1/local/verify", "", http.NoBody, v)
}

// load imports the inputs, one after the other: a server is sent them as they are read.
func (c *client) load(ctx context.Context, req intake.Request) (*intake.Report, error) {
	u := api.NewUpload(req)
	l := &intake.Report{}
	err := c.ask(ctx, http.MethodPost, "/api/v1/local/import", u.ContentType(), u, l)
	broken := u.Broken() // the server may have answered before it read all
	if err != nil && broken != nil {
		return nil, broken
	}
	return l, err
}

// operate carries out an operation of package admin.
func operate[Request, Answer any](ctx context.Context, c *client, op admin.Operation[Request, Answer], r Request) (answer Answer, err error) {
	request, err := json.Marshal(r)
	if err != nil {
		return answer, err
	}
	return answer, c.post(ctx, "/api/v1/local/admin", api.AdminCall{Operation: string(op), Request: request}, &answer)
}

// administer is operate in a connection of its own.
func administer[Request, Answer any](a *app, op admin.Operation[Request, Answer], r Request) (answer Answer, err error) {
	if err := a.makeData(); err != nil {
		return answer, err
	}
	err = a.connect(func(c *client) error {
		a.through = c.public
		answer, err = operate(a.ctx, c, op, r)
		return err
	})
	return answer, err
}
