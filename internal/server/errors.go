package server

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"codegauge/internal/access"
	"codegauge/internal/api"
	"codegauge/internal/basepath"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/githubapi"
)

// kinds names the kinds of errors in answers.
var kinds = []struct {
	kind fault.Kind
	name string
}{
	{fault.Internal, "internal"},
	{fault.Invalid, "invalid"},
	{fault.NotFound, "not_found"},
	{fault.Unsupported, "unsupported"},
	{fault.Conflict, "conflict"},
	{fault.TooLarge, "too_large"},
	{fault.Unavailable, "unavailable"},
	{fault.Forbidden, "forbidden"},
	{fault.TooMany, "too_many_requests"},
}

// Problem is the body of every error: {"error":{"kind":"invalid","message":"…"}}.
// Where the usage metrics policy is off it also has what GitHub's API answers.
type Problem struct {
	Message          string `json:"message,omitempty"`
	DocumentationURL string `json:"documentation_url,omitempty"`
	Status           string `json:"status,omitempty"`
	Error            struct {
		Kind    string `json:"kind"`
		Message string `json:"message"`
	} `json:"error"`
}

// Fault returns the error that the problem was made of, for a caller that is
// Codegauge too.
func (p Problem) Fault() error {
	for _, k := range kinds {
		if k.name == p.Error.Kind {
			return fault.New(k.kind, "%s", p.Error.Message)
		}
	}
	return fault.New(fault.Internal, "%s", p.Error.Message)
}

// edge is where errors become responses and are logged, once.
type edge struct {
	log *slog.Logger
	// github says that they are in the words and form of GitHub's API.
	github bool
}

// handle makes an http.Handler of a handler that returns its error.
func (e *edge) handle(h api.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			e.fail(w, r, err)
		}
	})
}

func (e *edge) fail(w http.ResponseWriter, r *http.Request, err error) {
	if e.github {
		err = githubapi.Explain(r, err)
	}
	var broken *api.BrokenOff
	switch {
	case errors.As(err, &broken):
		e.log.ErrorContext(r.Context(), "answer broken off", logged(r), "error", err)
		panic(http.ErrAbortHandler)
	case errors.Is(err, access.ErrSignIn), errors.Is(err, access.ErrLocal):
		w.Header().Set("WWW-Authenticate", `Bearer realm="codegauge"`)
		e.refuse(w, http.StatusUnauthorized, "unauthorized", err.Error())
	case r.Context().Err() != nil && errors.Is(err, context.Canceled):
		e.log.DebugContext(r.Context(), "caller went away", logged(r))
	default:
		e.answer(w, r, err)
	}
}

func (e *edge) answer(w http.ResponseWriter, r *http.Request, err error) {
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		err = fault.New(fault.TooLarge, "the request body is larger than %s bytes", english.Number(tooLong.Limit))
	}
	k := kinds[0]
	for _, row := range kinds {
		if row.kind == fault.KindOf(err) {
			k = row
		}
	}
	message := "internal error"
	if k.kind == fault.Internal {
		e.log.ErrorContext(r.Context(), "internal error", logged(r), "error", err)
	} else {
		message = faultMessage(err)
	}
	var p Problem
	var off *access.PolicyOff
	if errors.As(err, &off) {
		p.Message, p.DocumentationURL, p.Status = message, policyDocumentation, "403"
	}
	p.Error.Kind, p.Error.Message = k.name, message
	e.write(w, k.kind.Status(), p)
}

// policyDocumentation is where the policy is described.
const policyDocumentation = "https://docs.github.com/rest/copilot/copilot-usage-metrics"

// faultMessage returns what the user may see of err: the fault, not the chain around it.
func faultMessage(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Message
	}
	return err.Error()
}

func (e *edge) refuse(w http.ResponseWriter, status int, kind, message string) {
	var p Problem
	p.Error.Kind, p.Error.Message = kind, message
	e.write(w, status, p)
}

func (e *edge) write(w http.ResponseWriter, status int, p Problem) {
	h := w.Header()
	h.Del("ETag")
	h.Del("Content-Disposition")
	h.Del("Link")
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	var body any = p
	if e.github {
		body = githubapi.ErrorOf(status, p.Error.Message)
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // nobody is left to tell
}

// noSuchRoute answers for addresses of the API that no route has.
func noSuchRoute(base basepath.Base) api.Handler {
	return func(_ http.ResponseWriter, r *http.Request) error {
		return fault.New(fault.NotFound, "unknown route %s %.200s: %s lists all routes", r.Method, base.Of(r.URL.Path), base.Of("/api/v1/openapi.json"))
	}
}

// outside answers for addresses that are not below the base path: most of them come
// through a proxy that takes it away.
func outsideBasePath(base basepath.Base) api.Handler {
	return func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.NotFound, "every address of this server begins with %s, as public_url says; a proxy in front of it has to leave that in requests", base.Of("/"))
	}
}
