package server

import (
	"net/http"
	"runtime"
	"time"

	"codegauge/internal/fault"
)

// Turns bounds the work that is done at the same time, so that a crowd finds a
// server that answers some of them soon and tells the others to come again,
// instead of one that runs out of memory for all.
type Turns struct {
	// AtOnce is how many requests are worked on at once; 0 is 32 a processor.
	AtOnce int
	// Wait is how long a request waits for its turn; 0 is 5 seconds.
	Wait time.Duration
}

var errBusy = fault.New(fault.Unavailable, "the server is busy with other requests: try again in a few seconds")

// takeTurns lets a request wait for its turn. Probes have theirs at once: a busy
// server is well.
func takeTurns(e *edge, t Turns, next http.Handler) http.Handler {
	if t.AtOnce == 0 {
		t.AtOnce = 32 * runtime.GOMAXPROCS(0)
	}
	if t.Wait == 0 {
		t.Wait = 5 * time.Second
	}
	turns := make(chan struct{}, t.AtOnce)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if probe(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		select {
		case turns <- struct{}{}:
		default:
			late := time.NewTimer(t.Wait)
			defer late.Stop()
			select {
			case turns <- struct{}{}:
			case <-r.Context().Done():
				return
			case <-late.C:
				e.fail(w, r, errBusy)
				return
			}
		}
		defer func() { <-turns }()
		next.ServeHTTP(w, r)
	})
}
