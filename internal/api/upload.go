package api

import (
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"sync"

	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/report"
)

// Upload is the body of an import: multipart, made as it is read. Its inputs are opened
// one after the other.
type Upload struct {
	request intake.Request
	parts   *multipart.Writer
	read    *io.PipeReader
	write   *io.PipeWriter
	begin   sync.Once
	ended   chan struct{}
	sent    int64
	// broken is the error of an input, nil if the connection alone was at fault.
	broken error
}

// NewUpload returns the body of an import. Its Progress is told the bytes sent.
func NewUpload(req intake.Request) *Upload {
	u := &Upload{request: req, ended: make(chan struct{})}
	u.read, u.write = io.Pipe()
	u.parts = multipart.NewWriter(u.write)
	return u
}

// ContentType is the body's media type.
func (u *Upload) ContentType() string { return "multipart/mixed; boundary=" + u.parts.Boundary() }

// Read implements io.Reader.
func (u *Upload) Read(b []byte) (int, error) {
	u.begin.Do(func() {
		go func() {
			defer close(u.ended)
			u.write.CloseWithError(u.send()) // nil is the end of the body
		}()
	})
	return u.read.Read(b)
}

// errAnswered ends an upload whose reader has seen enough.
var errAnswered = fault.New(fault.Unavailable, "the server already sent an answer")

// Close ends the upload. An input that is being read is not waited for.
func (u *Upload) Close() error { return u.read.CloseWithError(errAnswered) }

// Broken closes the upload and returns the error of the input that could not be read,
// nil if there is none.
func (u *Upload) Broken() error {
	_ = u.Close() // never fails
	u.begin.Do(func() { close(u.ended) })
	<-u.ended
	return u.broken
}

func (u *Upload) send() error {
	h := ImportHead{
		Enterprise: u.request.Enterprise, Org: u.request.Org, Scope: u.request.Scope, Tool: u.request.Tool, Data: u.request.Data,
		Alias: u.request.Alias, Preview: u.request.Preview, Files: []ImportFile{},
	}
	for _, in := range u.request.Inputs {
		h.Files = append(h.Files, ImportFile{Name: in.Name, Size: in.Size})
	}
	part, err := u.parts.CreatePart(textproto.MIMEHeader{"Content-Type": {typeJSON}})
	if err != nil {
		return err
	}
	if err := json.NewEncoder(part).Encode(h); err != nil {
		return err
	}
	for _, in := range u.request.Inputs {
		if err := u.file(in); err != nil {
			return err
		}
	}
	return u.parts.Close()
}

func (u *Upload) file(in report.Input) error {
	part, err := u.parts.CreatePart(textproto.MIMEHeader{"Content-Type": {"application/octet-stream"}})
	if err != nil {
		return err
	}
	r, err := in.Open()
	if err != nil {
		u.broken = err
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
			u.broken = fmt.Errorf("read %s: %w", in.Name, err)
			return u.broken
		}
	}
}

func (u *Upload) progress(n int64) {
	u.sent += n
	if u.request.Progress != nil {
		u.request.Progress(u.sent)
	}
}
