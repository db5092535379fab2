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
func allowProgress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w) // httptest's recorder has no deadlines: errors are ignored
		if r.Method == http.MethodPost {
			_ = c.SetWriteDeadline(time.Time{})
		}
		r.Body = &progressBody{r.Body, c}
		next.ServeHTTP(&progressWriter{w, c}, r)
	})
}

type progressBody struct {
	io.ReadCloser
	c *http.ResponseController
}

func (b *progressBody) Read(p []byte) (int, error) {
	_ = b.c.SetReadDeadline(time.Now().Add(progressWithin))
	return b.ReadCloser.Read(p)
}

type progressWriter struct {
	http.ResponseWriter
	c *http.ResponseController
}

func (w *progressWriter) Write(p []byte) (int, error) {
	_ = w.c.SetWriteDeadline(time.Now().Add(progressWithin))
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *progressWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
