// Package basepath is the path below which browsers reach the server, where it has not
// a host of its own: /codegauge of https://intranet.example.com/codegauge.
//
// Within the program every path begins at the server's own root. Handler takes the base
// path from requests before anything else sees them, and puts it before the addresses
// of redirects; pages put it before each of their links with Of.
package basepath

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Base is a base path. It begins with a slash and does not end with one; "" is a
// host's root.
type Base string

// segment is what may stand between two slashes: what no URL, cookie or configuration
// of a proxy has to escape.
var segment = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)

// Parse returns the base path of a URL's escaped path. Slashes at its end do not count.
func Parse(path string) (Base, error) {
	path = strings.TrimRight(path, "/")
	if path == "" {
		return "", nil
	}
	for _, s := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		if !segment.MatchString(s) || s == "." || s == ".." {
			return "", fmt.Errorf("the path %q is not one of letters, digits, '-', '_', '.' and '~' between single slashes, without '.' and '..' alone", path)
		}
	}
	return Base(path), nil
}

// Of returns the path by which browsers know a path of the program. What does not begin
// with a slash, such as a fragment or an address elsewhere, stays as it is.
func (b Base) Of(path string) string {
	if !strings.HasPrefix(path, "/") {
		return path
	}
	return string(b) + path
}

// Root returns the base path as a path: what cookies and the API's description are for.
func (b Base) Root() string { return cmp.Or(string(b), "/") }

// Handler gives next the requests below the base path, without it, and sends those for
// the base path itself to the root below it. All others are outside's.
func (b Base) Handler(next, outside http.Handler) http.Handler {
	if b == "" {
		return next
	}
	next = http.StripPrefix(string(b), next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.EscapedPath(); { // as sent: a base path that came escaped is none
		case path == string(b):
			root := url.URL{Path: b.Of("/"), RawQuery: r.URL.RawQuery}
			http.Redirect(w, r, root.String(), http.StatusTemporaryRedirect)
		case strings.HasPrefix(path, b.Of("/")):
			next.ServeHTTP(&writer{ResponseWriter: w, base: b}, r)
		default:
			outside.ServeHTTP(w, r)
		}
	})
}

// writer puts the base path before the address of a redirect within the server. It
// leaves the redirect's body out, which would name the address without it.
type writer struct {
	http.ResponseWriter
	base  Base
	moved bool
}

func (w *writer) WriteHeader(status int) {
	h := w.Header()
	if to := h.Get("Location"); strings.HasPrefix(to, "/") && !w.moved {
		w.moved = true
		h.Set("Location", w.base.Of(to))
		h.Del("Content-Type")
		h.Del("Content-Encoding")
		h.Del("Content-Length")
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(p []byte) (int, error) {
	if w.moved {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
