package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"sync"

	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/report"
)

// ImportHead is the first part of an import's body, as JSON. The files follow,
// one part each, in the order of Files.
type ImportHead struct {
	Enterprise string       `json:"enterprise,omitempty"`
	Org        string       `json:"org,omitempty"`
	Scope      string       `json:"scope,omitempty"`
	Tool       string       `json:"tool,omitempty"`
	Data       string       `json:"data_kind,omitempty"`
	Alias      bool         `json:"alias,omitempty"`
	Preview    bool         `json:"preview,omitempty"`
	Files      []ImportFile `json:"files"`
}

// ImportFile names a file; Size is -1 where it is not known.
type ImportFile struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// importStream answers POST /api/v1/local/import. The body is read as the import
// asks for it, which puts it on disk before it works on it.
func (a *API) importStream(w http.ResponseWriter, r *http.Request) error {
	// An error must reach a caller who is still sending; what they send then is
	// nobody's, so the connection is not used again.
	_ = http.NewResponseController(w).EnableFullDuplex()
	w.Header().Set("Connection", "close")
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	req, err := importRequest(r, cancel)
	if err != nil {
		return err
	}
	result, err := a.product.Import(ctx, req)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
			return cause
		}
		return err
	}
	return writeJSON(w, result)
}

// importRequest returns the import that a request asks for; broken is told if its body
// breaks off. An Upload of this process is taken as it is, not read: its files are on
// this machine, and need no copy.
func importRequest(r *http.Request, broken context.CancelCauseFunc) (intake.Request, error) {
	if u, ok := r.Body.(*Upload); ok {
		return u.request, nil
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" || params["boundary"] == "" {
		return intake.Request{}, fault.New(fault.Invalid, "the body of an import must be multipart/mixed")
	}
	parts := multipart.NewReader(r.Body, params["boundary"])
	head, err := readHead(parts)
	if err != nil {
		return intake.Request{}, err
	}
	return head.request(&stream{parts: parts, broken: broken}), nil
}

func readHead(parts *multipart.Reader) (*ImportHead, error) {
	part, err := parts.NextRawPart()
	if err != nil {
		return nil, fault.New(fault.Invalid, "the body of an import must begin with its request: %v", err)
	}
	head := &ImportHead{}
	// Each file takes a name: room for a million of them.
	if err := json.NewDecoder(io.LimitReader(part, 1<<28)).Decode(head); err != nil {
		return nil, fault.New(fault.Invalid, "the body of an import must begin with its request: %v", err)
	}
	return head, nil
}

func (h *ImportHead) request(s *stream) intake.Request {
	req := intake.Request{
		Enterprise: h.Enterprise, Org: h.Org, Scope: h.Scope, Tool: h.Tool, Data: h.Data, Alias: h.Alias, Preview: h.Preview,
	}
	for i, f := range h.Files {
		req.Inputs = append(req.Inputs, report.Input{
			Name: f.Name, Size: f.Size,
			Open: func() (io.ReadCloser, error) { return s.open(i) },
		})
	}
	return req
}

// stream hands out the parts of a body as files. They can be opened in order
// only, each once; opening one leaves the rest of those before it unread.
type stream struct {
	mu    sync.Mutex
	parts *multipart.Reader
	next  int // the file that the next part holds
	// broken is told of an error of the connection: a body that was cut off must
	// end the import, not look like a file whose last line is bad.
	broken context.CancelCauseFunc
}

func (s *stream) open(i int) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i < s.next {
		return nil, fmt.Errorf("file %d of the stream has gone by", i+1)
	}
	for {
		part, err := s.parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, s.cut(i, err)
		}
		s.next++
		if s.next > i {
			return &streamed{part, s, i}, nil
		}
	}
}

func (s *stream) cut(i int, err error) error {
	err = fault.New(fault.Invalid, "the body of the import was cut off in or before file %d: %v", i+1, err)
	s.broken(err)
	return err
}

// streamed is one file of a stream.
type streamed struct {
	*multipart.Part
	stream *stream
	number int
}

func (f *streamed) Read(b []byte) (int, error) {
	n, err := f.Part.Read(b)
	if err != nil && err != io.EOF {
		err = f.stream.cut(f.number, err)
	}
	return n, err
}
