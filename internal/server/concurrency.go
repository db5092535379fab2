package server

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/fault"
)

// ConcurrencyLimit bounds the questions that are worked on at the same time, of all and of
// each who asks, so that a crowd finds a server that answers some of them soon and tells
// the others to come again, and one program that asks a lot slows down nobody else.
type ConcurrencyLimit struct {
	// Max is how many are worked on at once; 0 is 8 a processor.
	Max int
	// Each is how many of one principal are; 0 is one for every two processors, so that
	// nobody has all of them.
	Each int
	// Waiting is how many of one principal wait besides; 0 is 64.
	Waiting int
	// Wait is how long one waits for its turn; 0 is 5 seconds.
	Wait time.Duration
}

var (
	errBusy    = fault.New(fault.Unavailable, "the server is busy: try again in a few seconds")
	errTooMany = fault.New(fault.TooMany, "too many of your requests are in progress: send fewer at once, and try again in a few seconds")
)

// queue is where requests wait for their turn. Of those who have requests waiting and may
// have another worked on, each gets a turn after the other.
type queue struct {
	limit ConcurrencyLimit

	mu      sync.Mutex
	working int
	askers  map[string]*asker // those with requests
	// order are the keys of those with requests waiting, the next first.
	order []string
}

// asker is a principal's requests.
type asker struct {
	working int
	waiting []chan struct{} // closed when it is the request's turn
}

func newQueue(l ConcurrencyLimit) *queue {
	processors := runtime.GOMAXPROCS(0)
	l.Max, l.Each = cmp.Or(l.Max, 8*processors), cmp.Or(l.Each, max(1, processors/2))
	l.Waiting, l.Wait = cmp.Or(l.Waiting, 64), cmp.Or(l.Wait, 5*time.Second)
	return &queue{limit: l, askers: map[string]*asker{}}
}

// enter waits for a principal's turn; leave ends it.
func (q *queue) enter(ctx context.Context, key string) error {
	turn, err := q.join(key)
	if err != nil {
		return err
	}
	late := time.NewTimer(q.limit.Wait)
	defer late.Stop()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-late.C:
		err = errBusy
	}
	return q.giveUp(key, turn, err)
}

// join adds a request of a principal to those that wait, if only for a moment.
func (q *queue) join(key string) (turn chan struct{}, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	a := q.askers[key]
	if a == nil {
		a = &asker{}
		q.askers[key] = a
	}
	if len(a.waiting) >= q.limit.Waiting {
		return nil, errTooMany
	}
	turn = make(chan struct{})
	a.waiting = append(a.waiting, turn)
	if len(a.waiting) == 1 {
		q.order = append(q.order, key)
	}
	q.next()
	return turn, nil
}

// giveUp takes a request out of those that wait and returns why, or nil if it was its
// turn meanwhile. Whose own requests held it up is told so.
func (q *queue) giveUp(key string, turn chan struct{}, why error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	a := q.askers[key]
	i := slices.Index(a.waiting, turn)
	if i < 0 {
		return nil
	}
	if a.waiting = slices.Delete(a.waiting, i, i+1); len(a.waiting) == 0 {
		q.order = slices.DeleteFunc(q.order, func(k string) bool { return k == key })
	}
	if errors.Is(why, errBusy) && a.working >= q.limit.Each {
		why = errTooMany
	}
	q.forget(key)
	return why
}

// leave ends the turn of a principal's request.
func (q *queue) leave(key string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.working--
	q.askers[key].working--
	q.next()
	q.forget(key)
}

// next gives turns to those who wait, as long as there are any.
func (q *queue) next() {
	for i := 0; i < len(q.order) && q.working < q.limit.Max; {
		key := q.order[i]
		a := q.askers[key]
		if a.working >= q.limit.Each {
			i++
			continue
		}
		close(a.waiting[0])
		a.waiting = a.waiting[1:]
		a.working++
		q.working++
		q.order = slices.Delete(q.order, i, i+1)
		if len(a.waiting) > 0 {
			q.order = append(q.order, key) // the others come first
		}
	}
}

// forget drops a principal without requests.
func (q *queue) forget(key string) {
	if a := q.askers[key]; a.working == 0 && len(a.waiting) == 0 {
		delete(q.askers, key)
	}
}

// exports are taken away as quickly as whoever asks reads them: they have turns of their own,
// so that slow readers keep no questions waiting.
const (
	exportsAtOnce = 32
	exportsWait   = 4
)

// takesAway reports whether a route is an export.
func takesAway(pattern string) bool {
	return strings.HasPrefix(pattern, "GET ") && (strings.HasSuffix(pattern, "/export") || strings.HasSuffix(pattern, "/file"))
}

// Clients fetch the files of a report several at a time, and do not ask again for one that
// is refused: these wait longer.
const (
	linkedEach = 4
	linkedWait = 30 * time.Second
)

// opensFile reports whether a route is that of signed links.
func opensFile(pattern string) bool {
	rule, ok := access.RuleFor(pattern)
	return ok && rule.At == access.Linked
}

// asks reports whether a route only answers, to somebody who may ask, from what is
// stored. Others take as long as whoever sends or reads them: turns for those would
// let a few hold all.
func asks(pattern string) bool {
	if rule, ok := access.RuleFor(pattern); ok && slices.Contains([]access.At{access.Public, access.Open, access.Local, access.Linked}, rule.At) {
		return false
	}
	return strings.HasPrefix(pattern, "GET ") && !takesAway(pattern) && !probe(strings.TrimPrefix(pattern, "GET "))
}

// before lets a request wait for its turn; next has been found to be allowed.
func (q *queue) before(next http.Handler, fail access.Fail) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := access.Of(r.Context()).AskerKey()
		switch err := q.enter(r.Context(), key); {
		case r.Context().Err() != nil && err != nil:
			return // nobody is there to be told
		case err != nil:
			fail(w, r, err)
			return
		}
		defer q.leave(key)
		next.ServeHTTP(w, r)
	})
}
