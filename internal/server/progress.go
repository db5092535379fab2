package server

import (
	"io"
	"net/http"
	"time"
)

// progressWithin is how long a request's body, or who reads its answer, may stand still.
const progressWithin = 2 * time.Minute

// allowProgress lets a request that was let in take as long as it gets on: every part of
// its body that arrives, and every part of the answer that is taken, gives it more time.
// What a POST does before it answers has no limit.
func allowProgress(next http.Handler, within time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w) // httptest's recorder has no deadlines: errors are ignored
		if r.Method == http.MethodPost {
			_ = c.SetWriteDeadline(time.Time{})
		}
		if r.Body != http.NoBody {
			r.Body = &progressBody{ReadCloser: r.Body, c: c, within: within}
		}
		next.ServeHTTP(&progressWriter{w, c, within}, r)
		_ = c.SetWriteDeadline(time.Now().Add(within)) // what is buffered is still to be written
	})
}

type progressBody struct {
	io.ReadCloser
	c      *http.ResponseController
	within time.Duration
	ended  bool
}

// Read gives the rest of the body more time. At the end of the body net/http waits for
// the client to go, which has no limit and must be given none: its end cancels the request.
func (b *progressBody) Read(p []byte) (int, error) {
	if !b.ended {
		_ = b.c.SetReadDeadline(time.Now().Add(b.within))
	}
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || err != nil
	return n, err
}

type progressWriter struct {
	http.ResponseWriter
	c      *http.ResponseController
	within time.Duration
}

func (w *progressWriter) Write(p []byte) (int, error) {
	_ = w.c.SetWriteDeadline(time.Now().Add(w.within))
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *progressWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
