package server

import (
	"net/http"
	"runtime"
	"slices"
	"strings"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/fault"
)

// ConcurrencyLimit bounds the questions that are worked on at the same time, so that a crowd
// finds a server that answers some of them soon and tells the others to come again,
// instead of one that runs out of memory for all.
type ConcurrencyLimit struct {
	// AtOnce is how many are worked on at once; 0 is 32 a processor.
	Max int
	// Wait is how long one waits for its turn; 0 is 5 seconds.
	Wait time.Duration
}

var errBusy = fault.New(fault.Unavailable, "the server is busy: try again in a few seconds")

// queue is where requests wait for their turn.
type queue struct {
	turns chan struct{}
	wait  time.Duration
}

func newQueue(t ConcurrencyLimit) *queue {
	if t.Max == 0 {
		t.Max = 32 * runtime.GOMAXPROCS(0)
	}
	if t.Wait == 0 {
		t.Wait = 5 * time.Second
	}
	return &queue{make(chan struct{}, t.Max), t.Wait}
}

// asks reports whether a route only answers, to somebody who may ask, from what is
// stored. Others take as long as whoever sends or reads them: turns for those would
// let a few hold all.
func asks(pattern string) bool {
	if rule, ok := access.RuleFor(pattern); ok && slices.Contains([]access.At{access.Public, access.Open, access.Local}, rule.At) {
		return false
	}
	return strings.HasPrefix(pattern, "GET ") && !strings.HasSuffix(pattern, "/export") && !probe(strings.TrimPrefix(pattern, "GET "))
}

// before lets a request wait for its turn; next has been found to be allowed.
func (q *queue) before(next http.Handler, fail access.Fail) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case q.turns <- struct{}{}:
		default:
			late := time.NewTimer(q.wait)
			defer late.Stop()
			select {
			case q.turns <- struct{}{}:
			case <-r.Context().Done():
				return
			case <-late.C:
				fail(w, r, errBusy)
				return
			}
		}
		defer func() { <-q.turns }()
		next.ServeHTTP(w, r)
	})
}
