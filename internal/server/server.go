// Package server assembles the pages, the API and the probes into one
// http.Handler, and wraps it in what holds for every route: who may ask for
// which host, security headers, compression, time-outs, logs and metrics.
package server

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"codegauge/internal/api"

	"github.com/prometheus/client_golang/prometheus"
)

// Options configures a server.
type Options struct {
	API *api.API
	// Pages registers the pages' routes; nil leaves them out.
	Pages func(*http.ServeMux)
	// Ready returns why the server is not ready, nil if it is.
	Ready func(context.Context) error
	Log   *slog.Logger
	// Registry holds what /metrics shows.
	Registry *prometheus.Registry
}

// New returns the handler of every route.
//
// Order matters: what is outermost sees everything. A request is counted,
// recovered and given its headers even where it is refused; it is refused
// before any handler runs; and only what a handler answers is compressed.
func New(opt Options) http.Handler {
	mux := http.NewServeMux()
	e := &edge{log: opt.Log}
	for _, r := range opt.API.Routes() {
		mux.Handle(r.Pattern(), limitBody(e.handle(r.Handle)))
	}
	mux.Handle("/api/", e.handle(noSuchRoute))
	mux.Handle("GET /healthz", http.HandlerFunc(healthy))
	mux.Handle("GET /readyz", e.handle(ready(opt.Ready)))
	mux.Handle("GET /metrics", metricsHandler(opt.Registry))
	if opt.Pages != nil {
		opt.Pages(mux)
	}
	var h http.Handler = newInstruments(opt.Registry).measure(mux)
	h = compress(h)
	h = patient(h)
	h = crossOrigin(e, h)
	h = onlyLoopback(e, h)
	h = secure(h)
	h = e.recover(h)
	return e.observe(h)
}

// patient lifts the time-outs from what takes as long as its data is large: the
// upload of files, and what a POST does with them.
func patient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			c := http.NewResponseController(w)
			_ = c.SetWriteDeadline(time.Time{}) // httptest's recorder has no deadlines
			if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
				_ = c.SetReadDeadline(time.Time{})
			}
		}
		next.ServeHTTP(w, r)
	})
}

// HTTP returns an http.Server with time-outs that hold for every route; a
// handler that has to take longer lifts them for its own request.
func HTTP(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       2 * time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
