// Package server assembles the pages, the API and the probes into one
// http.Handler, and wraps it in what holds for every route: who may ask for
// which host, security headers, compression, time-outs, logs and metrics.
package server

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/api"
	"codegauge/internal/basepath"
	"codegauge/internal/githubapi"

	"github.com/prometheus/client_golang/prometheus"
)

// Options configures a server.
type Options struct {
	API *api.API
	// GitHub is the API that answers as GitHub's does.
	GitHub *githubapi.API
	// Pages are the pages' routes, and PageFail what answers in their place.
	Pages    []access.Route
	PageFail access.Fail
	// Guard says who may use which route.
	Guard Guard
	// Begin, if set, returns the context in which a request is answered.
	Begin func(context.Context) context.Context
	// Base is the path below which all routes are. No route knows of it.
	Base basepath.Base
	// Hosts are the names, beside loopback's, under which requests may come.
	Hosts []string
	// Proxies are who may stand between us and browsers; if there are any, only
	// they and this machine may connect.
	Proxies []netip.Prefix
	// Concurrency bounds what is worked on at once.
	Concurrency ConcurrencyLimit
	// Ready returns why the server is not ready, nil if it is.
	Ready func(context.Context) error
	// Degraded, if set, returns why a server that is ready can only be read.
	Degraded func(context.Context) error
	Log      *slog.Logger
	// Registry holds what /metrics shows.
	Registry *prometheus.Registry
}

// Guard protects routes; *access.Guard is one.
type Guard interface {
	// Protect is an error if there is no rule for the pattern.
	Protect(pattern string, next http.Handler, fail access.Fail) (http.Handler, error)
}

// New returns the handler of every route. A route for which there is no rule
// is an error.
//
// Order matters: what is outermost sees everything. A request is given its headers,
// loses the base path, is logged and recovered even where it is refused; it is refused
// before any handler runs; and only what a route answers is counted and compressed.
func New(opt Options) (http.Handler, error) {
	e := &edge{log: opt.Log}
	mux, q := http.NewServeMux(), newQueue(opt.Concurrency)
	exports := newQueue(ConcurrencyLimit{Max: exportsAtOnce, Waiting: exportsWait, Wait: opt.Concurrency.Wait})
	linked := newQueue(ConcurrencyLimit{Max: exportsAtOnce, Each: linkedEach, Wait: cmp.Or(opt.Concurrency.Wait, linkedWait)})
	for _, r := range routes(e, opt) {
		switch {
		case asks(r.Pattern):
			r.Handler = q.before(r.Handler, r.fail)
		case takesAway(r.Pattern):
			r.Handler = exports.before(r.Handler, r.fail)
		case opensFile(r.Pattern):
			r.Handler = linked.before(r.Handler, r.fail)
		}
		h, err := opt.Guard.Protect(r.Pattern, allowProgress(r.Handler, progressWithin), r.fail)
		if err != nil {
			return nil, err
		}
		if r.github {
			h = githubapi.WithHeaders(h)
		}
		mux.Handle(r.Pattern, h)
	}
	var h http.Handler = newInstruments(opt.Registry).measure(mux)
	h = compress(h)
	h = crossOrigin(e, h)
	h = ourHost(e, opt.Hosts, h)
	h = ourPeer(e, opt.Proxies, h)
	h = e.recover(h)
	if opt.Begin != nil {
		inner := h
		h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			inner.ServeHTTP(w, r.WithContext(opt.Begin(r.Context())))
		})
	}
	return secure(opt.Base.Handler(e.observe(h), e.observe(e.handle(outsideBasePath(opt.Base))))), nil
}

// Patterns lists the patterns of every route that New would have.
func Patterns(opt Options) []string {
	var out []string
	for _, r := range routes(&edge{log: opt.Log}, opt) {
		out = append(out, r.Pattern)
	}
	return out
}

// route is a route and what answers where it is refused.
type route struct {
	access.Route
	fail access.Fail
	// github says that it answers as GitHub's API does.
	github bool
}

// routes lists every route.
func routes(e *edge, opt Options) []route {
	var list []route
	add := func(pattern string, h http.Handler, fail access.Fail) {
		list = append(list, route{Route: access.Route{Pattern: pattern, Handler: limitBody(h)}, fail: fail})
	}
	for _, r := range opt.API.Routes() {
		if r.Local { // the operator's requests have limits of their own
			list = append(list, route{Route: access.Route{Pattern: r.Pattern(), Handler: e.handle(r.Handle)}, fail: e.fail})
			continue
		}
		add(r.Pattern(), e.handle(r.Handle), e.fail)
	}
	if opt.GitHub != nil {
		g := &edge{log: e.log, github: true}
		for _, r := range opt.GitHub.Routes() {
			list = append(list, route{access.Route{Pattern: r.Pattern, Handler: limitBody(g.handle(r.Handle))}, g.fail, true})
		}
	}
	add("/api/", e.handle(noSuchRoute(opt.Base)), e.fail)
	add("GET /healthz", http.HandlerFunc(healthy), e.fail)
	add("GET /readyz", e.handle(ready(opt.Ready, opt.Degraded)), e.fail)
	add("GET /metrics", metricsHandler(opt.Registry), e.fail)
	add("GET /metrics/insights", e.handle(opt.API.Insights), e.fail)
	for _, r := range opt.Pages {
		add(r.Pattern, r.Handler, opt.PageFail)
	}
	return list
}

// HTTP returns an http.Server with time-outs that hold for every route, until a request is
// let in and gets on: see allowProgress.
func HTTP(h http.Handler, limit ConnectionLimit, log *slog.Logger) *http.Server {
	return &http.Server{
		ConnState:         newConnections(limit).changed,
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       2 * time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
