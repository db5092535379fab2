package access

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"codegauge/internal/directory"
)

// triesPerMinute is how often one account, and one address, may try to sign in.
const triesPerMinute = 5

// maxTracked bounds how many accounts and addresses are remembered.
const maxTracked = 20_000

// limiter counts tries in the minute before, of all processes together.
type limiter struct {
	dir directory.Expiring
	directory.TryLimit
}

func newLimiter(dir directory.Expiring) *limiter {
	return &limiter{dir, directory.TryLimit{Kind: "try", Most: triesPerMinute, Within: time.Minute, Tracked: maxTracked}}
}

// allow counts a try of every key, of which only hashes are kept, and returns
// errTries if one of them is beyond its limit.
func (l *limiter) allow(ctx context.Context, now time.Time, keys ...string) error {
	hashes := make([]string, len(keys))
	for i, k := range keys {
		hashes[i] = hashOf(k)
	}
	ok, err := l.dir.Try(ctx, l.TryLimit, now, hashes...)
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
