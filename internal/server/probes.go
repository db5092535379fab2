package server

import (
	"context"
	"io"
	"net/http"
	"time"

	"codegauge/internal/api"
	"codegauge/internal/fault"
)

// healthy says that the process serves.
func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, "ok\n")
}

// ready says whether the stores answer and the demo, if any, is loaded.
func ready(check func(context.Context) error) api.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		if err := check(ctx); err != nil {
			return fault.New(fault.Unavailable, "not ready: %v", err)
		}
		healthy(w, r)
		return nil
	}
}
