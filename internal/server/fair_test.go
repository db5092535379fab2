package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// TestTurnsAreFair has one asker fill all it may: another is let in at once, the first
// waits, and beyond what may wait it is told that it is too much.
func TestTurnsAreFair(t *testing.T) {
	q := newQueue(ConcurrencyLimit{Max: 3, Each: 2, Waiting: 2, Wait: time.Minute})
	ctx := t.Context()
	for range 2 {
		if err := q.enter(ctx, "greedy"); err != nil {
			t.Fatal(err)
		}
	}
	waiting := make(chan error, 2)
	for range 2 {
		go func() { waiting <- q.enter(ctx, "greedy") }()
	}
	for q.waits("greedy") < 2 {
		time.Sleep(time.Millisecond)
	}
	if err := q.enter(ctx, "greedy"); err != errTooMany {
		t.Errorf("a fifth at once: %v", err)
	}
	if err := q.enter(ctx, "other"); err != nil { // though two of the first wait
		t.Errorf("another: %v", err)
	}
	third := make(chan error, 1)
	go func() { third <- q.enter(ctx, "third") }()
	for q.waits("third") < 1 {
		time.Sleep(time.Millisecond)
	}
	q.leave("other")
	if err := <-third; err != nil {
		t.Errorf("a third: %v", err)
	}
	q.leave("third")
	for range 2 {
		q.leave("greedy")
		if err := <-waiting; err != nil {
			t.Errorf("the greedy one's turn: %v", err)
		}
	}
	q.leave("greedy")
	q.leave("greedy")
	if len(q.askers) != 0 || len(q.order) != 0 || q.working != 0 {
		t.Errorf("left over: %+v", q)
	}
}

// waits returns how many requests of an asker wait.
func (q *queue) waits(key string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if a := q.askers[key]; a != nil {
		return len(a.waiting)
	}
	return 0
}

// TestTurnsAlternate has two askers with requests waiting: each gets a turn after the other.
func TestTurnsAlternate(t *testing.T) {
	q := newQueue(ConcurrencyLimit{Max: 1, Wait: time.Minute})
	if err := q.enter(t.Context(), "first"); err != nil {
		t.Fatal(err)
	}
	turns := make(chan string)
	for _, key := range []string{"a", "a", "a", "b", "b", "b"} {
		before := q.waits(key)
		go func() {
			if err := q.enter(t.Context(), key); err != nil {
				t.Error(err)
			}
			turns <- key
		}()
		for q.waits(key) == before {
			time.Sleep(time.Millisecond)
		}
	}
	q.leave("first")
	got := ""
	for range 6 {
		key := <-turns
		got += key
		q.leave(key)
	}
	if got != "ababab" {
		t.Errorf("turns went to %s", got)
	}
}

// TestTurnsEnd gives up waiting: after the time for it, and when the request ends.
func TestTurnsEnd(t *testing.T) {
	q := newQueue(ConcurrencyLimit{Max: 1, Each: 1, Wait: time.Millisecond})
	if err := q.enter(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if err := q.enter(t.Context(), "a"); err != errTooMany {
		t.Errorf("its own request is in the way: %v", err)
	}
	if err := q.enter(t.Context(), "b"); err != errBusy {
		t.Errorf("others are in the way: %v", err)
	}
	q.limit.Wait = time.Minute
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.enter(ctx, "b"); !errors.Is(err, context.Canceled) {
		t.Errorf("the request has ended: %v", err)
	}
	q.leave("a")
	if len(q.askers) != 0 || len(q.order) != 0 {
		t.Errorf("left over: %+v", q)
	}
}

// TestTurnsUnderLoad has many askers come and go, and some give up: never are more
// worked on than may be, and nothing is left.
func TestTurnsUnderLoad(t *testing.T) {
	q := newQueue(ConcurrencyLimit{Max: 3, Each: 2, Waiting: 1000, Wait: time.Minute})
	var group sync.WaitGroup
	for i := range 400 {
		group.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%5)*time.Millisecond+time.Microsecond)
			defer cancel()
			key := fmt.Sprint(i % 7)
			if q.enter(ctx, key) != nil {
				return
			}
			q.mu.Lock()
			if q.working > 3 || q.askers[key].working > 2 {
				t.Errorf("%d at once, %d of one", q.working, q.askers[key].working)
			}
			q.mu.Unlock()
			q.leave(key)
		})
	}
	group.Wait()
	if len(q.askers) != 0 || len(q.order) != 0 || q.working != 0 {
		t.Errorf("left over: %+v", q)
	}
}

// TestSilentConnections opens many connections and says nothing: requests are answered,
// and the first of the silent ones are closed.
func TestSilentConnections(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(healthy))
	s.Config = HTTP(http.HandlerFunc(healthy), ConnectionLimit{Each: 20}, slog.New(slog.DiscardHandler))
	s.Start()
	defer s.Close()
	var silent []net.Conn
	for range 80 {
		c, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		silent = append(silent, c)
		// One after the other, so that it is known which are the first.
		res, err := http.Get(s.URL)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("after %d silent connections: %v", len(silent), err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
	closed := 0
	for _, c := range silent[:30] {
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := c.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
			closed++
		}
	}
	if closed != 30 {
		t.Errorf("%d of the first 30 silent connections were closed", closed)
	}
}
