package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"

	"codegauge/internal/access"
	"codegauge/internal/api"
)

// inProcess is an http.RoundTripper to the API of this process: it calls the handlers
// that a server has, behind the same guard, without a network. A handler's error comes
// back as it is (told), not as a response.
type inProcess struct{ handler http.Handler }

func newInProcess(a *api.API, who *access.Authenticator) (inProcess, error) {
	mux, guard := http.NewServeMux(), access.NewGuard(who)
	fail := func(w http.ResponseWriter, _ *http.Request, err error) { w.(*exchange).err = err }
	for _, r := range a.Routes() {
		h, err := guard.Protect(r.Pattern(), http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if err := r.Handle(w, req); err != nil {
				fail(w, req, err)
			}
		}), fail)
		if err != nil {
			return inProcess{}, err
		}
		mux.Handle(r.Pattern(), h)
	}
	return inProcess{mux}, nil
}

func (p inProcess) client(credential string) *client {
	return &client{base: "http://127.0.0.1", credential: credential, http: &http.Client{Transport: p}}
}

// RoundTrip implements http.RoundTripper. It returns with the first bytes of the answer,
// or once the handler has returned, which is also what closing the answer's body waits
// for: nothing of a request is left behind.
func (p inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	r := req.Clone(req.Context())
	r.RemoteAddr = "127.0.0.1:0" // whence the operator may ask
	if r.Body == nil {
		r.Body = http.NoBody
	}
	body, pipe := io.Pipe()
	x := &exchange{header: http.Header{}, status: http.StatusOK, pipe: pipe, begun: make(chan struct{}), ended: make(chan struct{})}
	x.buffer = bufio.NewWriterSize((*answer)(x), 64<<10)
	go func() {
		defer close(x.ended)
		defer r.Body.Close()
		p.handler.ServeHTTP(x, r)
		if x.err == nil {
			x.err = x.buffer.Flush()
		}
		pipe.CloseWithError(x.failure()) // nil is the end of the answer
	}()
	select {
	case <-x.begun:
	case <-x.ended:
		if err := x.failure(); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		Status: http.StatusText(x.status), StatusCode: x.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: x.header, Body: answerBody{body, x.ended}, ContentLength: -1, Request: req,
	}, nil
}

// exchange is a request's http.ResponseWriter. What is written is buffered: an error
// before the buffer is full is the error of the request.
type exchange struct {
	header http.Header
	status int
	buffer *bufio.Writer
	pipe   *io.PipeWriter
	begun  chan struct{}
	first  bool // a part of the answer is out
	ended  chan struct{}
	err    error
}

// Header implements http.ResponseWriter.
func (x *exchange) Header() http.Header { return x.header }

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) { x.status = status }

// Write implements http.ResponseWriter.
func (x *exchange) Write(b []byte) (int, error) { return x.buffer.Write(b) }

// failure returns the handler's error, as the client takes it.
func (x *exchange) failure() error {
	if x.err == nil {
		return nil
	}
	var off *api.BrokenOff
	if errors.As(x.err, &off) {
		return handlerError{off.Err}
	}
	return handlerError{x.err}
}

// answer is what the buffer of an exchange writes to.
type answer exchange

// Write implements io.Writer.
func (a *answer) Write(b []byte) (int, error) {
	if !a.first {
		a.first = true
		close(a.begun)
	}
	return a.pipe.Write(b)
}

// answerBody is an answer as it is written.
type answerBody struct {
	*io.PipeReader
	ended chan struct{}
}

// Close ends the answer, and waits until the handler has noticed.
func (b answerBody) Close() error {
	_ = b.PipeReader.Close() // never fails
	<-b.ended
	return nil
}

// handlerError is the error of a handler of this process.
type handlerError struct{ error }

// told returns a handler's error as it is, and says of any other what was being done.
func told(doing string, err error) error {
	var own handlerError
	if errors.As(err, &own) {
		return own.error
	}
	return fmt.Errorf("%s: %w", doing, err)
}
