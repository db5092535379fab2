package github

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	// defaultCalls is the budget of an hour while GitHub has not said what it allows: half
	// of what it allows a person.
	defaultCalls = 2500
	// longestWait bounds what a header can make a call wait.
	longestWait = 65 * time.Minute
	// atOnce is how many calls are under way together.
	atOnce = 4
)

// gate lets calls through: few at a time, no more in an hour than the budget, and none
// while GitHub asks for a pause.
type gate struct {
	opt *Options

	mu sync.Mutex
	// hour is when the hour of used began; all counts every call.
	hour      time.Time
	used, all int
	// until is when the pause ends that GitHub asked for.
	until time.Time
	why   string
	// limit and remaining are GitHub's, of the hour that ends at reset.
	limit, remaining int
	reset            time.Time
	expires          time.Time
	running          int
}

func (g *gate) total() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.all
}

func (g *gate) left() (left, limit int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.remaining, g.limit
}

func (g *gate) tokenExpires() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.expires
}

// enter waits until a call may go out, and counts it; leave ends it.
func (g *gate) enter(ctx context.Context) error {
	for {
		wait, why, until := g.try()
		if wait <= 0 {
			return nil
		}
		if !until.IsZero() {
			if g.opt.NoWait {
				return &Error{Kind: Limited, Message: why, Until: until}
			}
			if g.opt.Waiting != nil {
				g.opt.Waiting(until, why)
			}
		}
		if err := g.opt.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// try counts a call, or says how long to wait, why, and until when; without a time it is
// only the turn of others.
func (g *gate) try() (wait time.Duration, why string, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.opt.Now()
	if now.Sub(g.hour) >= time.Hour {
		g.hour, g.used = now, 0
	}
	switch {
	case now.Before(g.until):
		why, until = g.why, g.until
	case g.used >= g.budget():
		until = g.hour.Add(time.Hour)
		why = fmt.Sprintf("the budget of %d calls an hour is used up", g.budget())
	case g.limit > 0 && g.remaining <= g.reserve() && now.Before(g.reset):
		until = g.reset
		why = fmt.Sprintf("only %d of %d calls of this hour are left, which stay for others who use the credential", g.remaining, g.limit)
	case g.running >= atOnce:
		return 5 * time.Millisecond, "", time.Time{}
	default:
		g.used, g.all, g.running = g.used+1, g.all+1, g.running+1
		g.remaining--
		return 0, "", time.Time{}
	}
	// Several that wait do not come back at once.
	return until.Sub(now) + time.Duration(rand.Int64N(int64(time.Second))), why, until
}

func (g *gate) budget() int {
	switch {
	case g.opt.CallsAnHour > 0:
		return g.opt.CallsAnHour
	case g.limit > 0:
		return max(1, g.limit/2)
	}
	return defaultCalls
}

// reserve is how many of the hour's calls are left alone.
func (g *gate) reserve() int {
	if g.limit < 200 {
		return 0
	}
	return g.limit / 10
}

// leave notes the end of a call and what its answer says of limits.
func (g *gate) leave(h http.Header) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running--
	if h == nil {
		return
	}
	if t, ok := tokenExpiry(h.Get("GitHub-Authentication-Token-Expiration")); ok {
		g.expires = t
	}
	if r := h.Get("X-RateLimit-Resource"); r != "" && r != "core" {
		return
	}
	limit, err := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	if err != nil || limit <= 0 {
		return
	}
	remaining, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	if err != nil {
		return
	}
	g.limit, g.remaining = limit, remaining
	g.reset = resetOf(h, g.opt.Now())
}

// pause stops every call for as long as GitHub asks.
func (g *gate) pause(until time.Time, why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.until) {
		g.until, g.why = until, why
	}
}

// resetOf returns when an hour of GitHub's ends, by our clock: what its header says,
// less GitHub's own time, which the answer states too.
func resetOf(h http.Header, now time.Time) time.Time {
	seconds, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil {
		return time.Time{}
	}
	theirs := now
	if d, err := http.ParseTime(h.Get("Date")); err == nil {
		theirs = d
	}
	return now.Add(min(max(0, time.Unix(seconds, 0).Sub(theirs)), longestWait))
}

// retryAfter returns how long an answer asks to wait, and whether it does.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	v := h.Get("Retry-After")
	if v == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseInt(v, 10, 32); err == nil {
		return min(max(0, time.Duration(seconds)*time.Second), longestWait), true
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}
	if d, err := http.ParseTime(h.Get("Date")); err == nil {
		now = d
	}
	return min(max(0, at.Sub(now)), longestWait), true
}

func tokenExpiry(v string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02 15:04:05 MST", "2006-01-02 15:04:05 -0700"} {
		if t, err := time.Parse(layout, v); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
