package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"codegauge/internal/api"
	"codegauge/internal/fault"
)

// healthy says that the process serves.
func healthy(w http.ResponseWriter, _ *http.Request) {
	plain(w, "ok\n")
}

func plain(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, text)
}

// ready says whether the stores answer and the demo, if any, is loaded; and, where they
// answer but nothing can be written, why: the server goes on answering then.
func ready(check, degraded func(context.Context) error) api.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		if err := check(ctx); err != nil {
			return fault.New(fault.Unavailable, "not ready: %v", err)
		}
		if degraded != nil {
			if err := degraded(ctx); err != nil {
				plain(w, fmt.Sprintf("degraded: %v\n", err))
				return nil
			}
		}
		healthy(w, r)
		return nil
	}
}
