package access

import (
	"net/netip"
	"sync"
	"time"
)

// triesPerMinute is how often one account, and one address, may try to sign in.
const triesPerMinute = 5

// maxTracked bounds how many accounts and addresses are remembered.
const maxTracked = 20_000

// limiter counts tries in the minute before.
type limiter struct {
	mu    sync.Mutex
	tries map[string][]time.Time
}

func newLimiter() *limiter { return &limiter{tries: map[string][]time.Time{}} }

// allow counts a try of every key and reports whether each is within its limit.
// A try that is refused counts for none: waiting a minute always helps.
func (l *limiter) allow(now time.Time, keys ...string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget(now)
	for _, k := range keys {
		if len(recent(l.tries[k], now)) >= triesPerMinute {
			return false
		}
	}
	for _, k := range keys {
		l.tries[k] = append(recent(l.tries[k], now), now)
	}
	return true
}

// forget makes room. Where all are recent, all are forgotten: an attacker with
// that many addresses is beyond this limit anyway.
func (l *limiter) forget(now time.Time) {
	if len(l.tries) < maxTracked {
		return
	}
	for k, at := range l.tries {
		if len(recent(at, now)) == 0 {
			delete(l.tries, k)
		}
	}
	if len(l.tries) >= maxTracked {
		clear(l.tries)
	}
}

// recent drops the tries that are a minute old.
func recent(at []time.Time, now time.Time) []time.Time {
	for len(at) > 0 && now.Sub(at[0]) >= time.Minute {
		at = at[1:]
	}
	return at
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
