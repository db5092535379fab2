package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

type requestKey struct{}

// request is what the log knows of a request. Paths may name people, and what is in
// one may be a secret: the log has routes instead.
type request struct {
	id    string
	route string // set once the mux has found it
}

// logged returns how the log names a request.
func logged(r *http.Request) slog.Attr {
	known, _ := r.Context().Value(requestKey{}).(*request)
	if known == nil {
		known = &request{}
	}
	return slog.Group("", "request", known.id, "method", r.Method, "route", cmp.Or(r.Pattern, known.route, "none"))
}

// routed notes the route of a request that the mux has answered.
func routed(r *http.Request) {
	if known, _ := r.Context().Value(requestKey{}).(*request); known != nil {
		known.route = r.Pattern
	}
}

func stack() string { return string(debug.Stack()) }

// observe gives each request an id, logs it once it is answered, and times it:
// the Server-Timing header holds how long the answer took up to its first byte.
func (e *edge) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()[:16]
		rec := &recorder{ResponseWriter: w, began: time.Now()}
		w.Header().Set("X-Request-Id", id)
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, &request{id: id}))
		defer func() { e.logRequest(r, rec) }()
		next.ServeHTTP(rec, r)
	})
}

func (e *edge) logRequest(r *http.Request, rec *recorder) {
	level := slog.LevelDebug
	if rec.status >= 400 && !probe(r.URL.Path) {
		level = slog.LevelInfo
	}
	e.log.Log(r.Context(), level, "request", logged(r), "status", rec.status, "bytes", rec.bytes, "seconds", time.Since(rec.began).Seconds())
}

// probe reports whether a path is asked again and again, by machines.
func probe(path string) bool { return path == "/healthz" || path == "/readyz" || path == "/metrics" }

// retryAfter is when to ask again, in seconds, where an answer says no more exactly.
const retryAfter = "5"

// recorder notes what was answered, and adds Server-Timing and Retry-After.
type recorder struct {
	http.ResponseWriter
	began  time.Time
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
		if (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) && r.Header().Get("Retry-After") == "" {
			r.Header().Set("Retry-After", retryAfter)
		}
		r.Header().Set("Server-Timing", fmt.Sprintf("app;dur=%.1f", float64(time.Since(r.began).Microseconds())/1000))
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
