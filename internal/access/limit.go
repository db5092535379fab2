package access

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"codegauge/internal/directory"
)

// How often one may try to sign in. Tries elsewhere must not lock anybody out, so most limits
// are about an account and where the try comes from. All that strangers may try at one
// account has a limit too, so high that it takes hundreds of addresses to reach it; then
// whoever has signed in with their browser before still can.
const (
	triesPerMinute   = 5     // at an account from one address, or from one known device
	triesOfAddress   = 20    // a minute, at any accounts
	strangersPerHour = 3_000 // at an account, from devices that are not known
)

// maxTracked bounds how many of each kind are remembered.
const maxTracked = 20_000

// limiter counts tries, of all processes together.
type limiter struct {
	dir directory.Expiring
	directory.TryLimit
	address, strangers directory.TryLimit

	// arrived are the requests of this process in the minute before, also those that came to
	// no try: they are refused without a look at the database, so that a flood costs next
	// to nothing and keeps nobody waiting.
	mu      sync.Mutex
	arrived map[string]arrivals
}

// arrivals are how many requests came since a time.
type arrivals struct {
	since time.Time
	n     int
}

func newLimiter(dir directory.Expiring) *limiter {
	return &limiter{dir: dir, arrived: map[string]arrivals{},
		TryLimit:  directory.TryLimit{Kind: "try", Most: triesPerMinute, Within: time.Minute, Tracked: maxTracked},
		address:   directory.TryLimit{Kind: "try-address", Most: triesOfAddress, Within: time.Minute, Tracked: maxTracked},
		strangers: directory.TryLimit{Kind: "try-account", Most: strangersPerHour, Within: time.Hour, Tracked: maxTracked},
	}
}

// arrive counts a request and returns how often its device or, of a stranger, its address came
// in the minute before, and whether it may try; arguments are as signIn's.
func (l *limiter) arrive(now time.Time, account, address, device string) (n int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if device != "" {
		n = l.counts(now, "device "+device)
		return n, n <= triesPerMinute
	}
	n = l.counts(now, address)
	return n, l.counts(now, account+" from "+address) <= triesPerMinute && n <= triesOfAddress
}

// counts counts a request in the minute of its key's first.
func (l *limiter) counts(now time.Time, key string) int {
	a := l.arrived[key]
	if since := now.Sub(a.since); since >= time.Minute || since < 0 {
		if len(l.arrived) >= maxTracked {
			clear(l.arrived)
		}
		a = arrivals{since: now}
	}
	a.n++
	l.arrived[key] = a
	return a.n
}

// signIn counts a try at an account; device is what is kept of a device of the account, ""
// for a stranger.
func (l *limiter) signIn(ctx context.Context, now time.Time, account, address, device string) error {
	if device != "" {
		return l.allow(ctx, now, "device "+device)
	}
	if err := l.allow(ctx, now, account+" from "+address); err != nil {
		return err
	}
	if err := l.count(ctx, l.address, now, address); err != nil {
		return err
	}
	return l.count(ctx, l.strangers, now, account)
}

// allow counts a try of every key, of which only hashes are kept, and returns
// errTries if one of them is beyond its limit.
func (l *limiter) allow(ctx context.Context, now time.Time, keys ...string) error {
	return l.count(ctx, l.TryLimit, now, keys...)
}

func (l *limiter) count(ctx context.Context, limit directory.TryLimit, now time.Time, keys ...string) error {
	hashes := make([]string, len(keys))
	for i, k := range keys {
		hashes[i] = hashOf(k)
	}
	ok, err := l.dir.Try(ctx, limit, now, hashes...)
	if err != nil {
		return fmt.Errorf("count tries: %w", err)
	}
	if !ok {
		return errTries
	}
	return nil
}

// addressKey is what counts as one address: for IPv6 the network of one customer.
func addressKey(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "address " + address
	}
	if ip = ip.Unmap(); ip.Is6() {
		if network, err := ip.WithZone("").Prefix(64); err == nil {
			return "address " + network.String()
		}
	}
	return "address " + ip.String()
}
