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
	// defaultCalls is the hourly budget until GitHub states its limit: half of its limit
	// for a user.
	defaultCalls = 2500
	// maxWait is the longest that a response header can make calls wait.
	maxWait = 65 * time.Minute
	// maxConcurrent is the most calls at a time.
	maxConcurrent = 4
)

// gate limits calls: a few at a time, no more per hour than the budget, and none during a
// pause that GitHub has asked for.
type gate struct {
	opt *Options

	mu sync.Mutex
	// used counts the calls in the hour that began at hour, calls all.
	hour        time.Time
	used, calls int
	// until is when the pause that GitHub asked for ends, reason why it asked.
	until  time.Time
	reason string
	// limit and remaining are GitHub's for the hour that ends at reset.
	limit, remaining int
	reset            time.Time
	expires          time.Time // when the token expires
	running          int
}

func (g *gate) callCount() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.calls
}

func (g *gate) rateLimit() (remaining, limit int) {
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
		wait, reason, until := g.tryEnter()
		if wait <= 0 {
			return nil
		}
		if !until.IsZero() {
			if g.opt.NoWait {
				return &Error{Kind: Limited, Message: reason, Until: until}
			}
			if g.opt.Waiting != nil {
				g.opt.Waiting(until, reason)
			}
		}
		if err := g.opt.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// tryEnter counts a call and returns 0, or returns how long to wait, why, and until when.
// until is zero if only maxConcurrent calls are running.
func (g *gate) tryEnter() (wait time.Duration, reason string, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.opt.Now()
	if now.Sub(g.hour) >= time.Hour {
		g.hour, g.used = now, 0
	}
	switch {
	case now.Before(g.until):
		reason, until = g.reason, g.until
	case g.used >= g.budget():
		until = g.hour.Add(time.Hour)
		reason = fmt.Sprintf("the budget of %d calls an hour is used up", g.budget())
	case g.limit > 0 && g.remaining <= g.reserve() && now.Before(g.reset):
		until = g.reset
		reason = fmt.Sprintf("the remaining %d of %d calls in this hour are reserved for other users of the credential", g.remaining, g.limit)
	case g.running >= maxConcurrent:
		return 5 * time.Millisecond, "", time.Time{}
	default:
		g.used, g.calls, g.running = g.used+1, g.calls+1, g.running+1
		g.remaining--
		return 0, "", time.Time{}
	}
	// Jitter keeps waiting calls from resuming together.
	return until.Sub(now) + time.Duration(rand.Int64N(int64(time.Second))), reason, until
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

// reserve returns how many of the hour's calls are left for other users of the credential.
func (g *gate) reserve() int {
	if g.limit < 200 {
		return 0
	}
	return g.limit / 10
}

// leave ends a call and reads the rate limit from its response header, nil if there was no
// response.
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
	g.reset = rateLimitReset(h, g.opt.Now())
}

// pause makes all calls wait until a time, unless a longer pause is in force.
func (g *gate) pause(until time.Time, reason string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.until) {
		g.until, g.reason = until, reason
	}
}

// rateLimitReset returns when the rate limit resets by the local clock: the response also
// states GitHub's time, which may differ.
func rateLimitReset(h http.Header, now time.Time) time.Time {
	seconds, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil {
		return time.Time{}
	}
	theirs := now
	if d, err := http.ParseTime(h.Get("Date")); err == nil {
		theirs = d
	}
	return now.Add(min(max(0, time.Unix(seconds, 0).Sub(theirs)), maxWait))
}

// retryAfter returns how long a response asks to wait, and whether it does.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	v := h.Get("Retry-After")
	if v == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseInt(v, 10, 32); err == nil {
		return min(max(0, time.Duration(seconds)*time.Second), maxWait), true
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}
	if d, err := http.ParseTime(h.Get("Date")); err == nil {
		now = d
	}
	return min(max(0, at.Sub(now)), maxWait), true
}

func tokenExpiry(v string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02 15:04:05 MST", "2006-01-02 15:04:05 -0700"} {
		if t, err := time.Parse(layout, v); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
