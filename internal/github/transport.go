package github

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// newTransport returns what connects: only to addresses that are public, unless the host
// may have others.
func newTransport(opt *Options) *http.Transport {
	t := &http.Transport{
		DialContext:           opt.Dial,
		TLSClientConfig:       &tls.Config{RootCAs: opt.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   20 * time.Second,
		ResponseHeaderTimeout: opt.Stall,
		IdleConnTimeout:       time.Minute,
		MaxIdleConnsPerHost:   8,
		MaxConnsPerHost:       8,
		ForceAttemptHTTP2:     true,
		// What is packed is unpacked here, where it can be bounded.
		DisableCompression:     true,
		MaxResponseHeaderBytes: 256 << 10,
	}
	if t.DialContext == nil {
		t.DialContext = (&dialer{opt: opt}).dial
	}
	if opt.Proxy != nil {
		t.Proxy = http.ProxyURL(opt.Proxy)
	}
	return t
}

// dialer connects, and checks the address that a name has when it does: what the name
// had before says nothing.
type dialer struct{ opt *Options }

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", address, err)
	}
	nd := net.Dialer{Timeout: 20 * time.Second, KeepAlive: 30 * time.Second}
	if !d.mayBePrivate(host, address) {
		nd.Control = func(_, resolved string, _ syscall.RawConn) error { return checkAddress(host, resolved) }
	}
	return nd.DialContext(ctx, network, address)
}

// mayBePrivate reports whether a host may have any address: the proxy, which the operator
// chose, a host that the operator named, and this machine if the API is on it.
func (d *dialer) mayBePrivate(host, address string) bool {
	host = strings.ToLower(host)
	if p := d.opt.Proxy; p != nil && strings.EqualFold(p.Hostname(), host) {
		return true
	}
	if d.opt.Base.Loopback() && loopbackHost(host) {
		return true
	}
	return slices.ContainsFunc(d.opt.PrivateHosts, func(p string) bool {
		name, port := splitHost(strings.ToLower(p))
		return matchesName(name, host) && (port == "" || strings.HasSuffix(address, ":"+port))
	})
}

// notPublic are networks that no host on the internet has, besides those that
// netip.Addr knows.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("fec0::/10"),
}

// embedding are networks whose addresses hold an IPv4 address, from the byte on.
var embedding = map[netip.Prefix]int{netip.MustParsePrefix("64:ff9b::/96"): 12, netip.MustParsePrefix("2002::/16"): 2}

// public reports whether an address is one on the internet.
func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	for p, at := range embedding {
		if p.Contains(ip) {
			b := ip.As16()
			return public(netip.AddrFrom4([4]byte(b[at : at+4])))
		}
	}
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() &&
		!slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// checkAddress says why a host is not connected to at an address, nil if it is.
func checkAddress(host, resolved string) error {
	at, err := netip.ParseAddrPort(resolved)
	if err != nil {
		return fmt.Errorf("address %s of %s: %w", resolved, host, err)
	}
	if !public(at.Addr()) {
		return blocked("%s has the address %s, which is not on the internet: if this host is meant, name it in the option sync_private_hosts", host, at.Addr())
	}
	return nil
}

// maxRedirects is how many redirects are followed.
const maxRedirects = 5

// sameOrigin follows redirects within the origin of the first request alone.
func sameOrigin(req *http.Request, via []*http.Request) error {
	if from := via[0].URL; origin(from) != origin(req.URL) {
		return blocked("%s redirects to another host (%s), which is not followed", from.Host, req.URL.Host)
	}
	if len(via) > maxRedirects {
		return blocked("%s redirects more than %d times", via[0].URL.Host, maxRedirects)
	}
	return nil
}

// transportError says why no answer came, without the address, whose query may be signed.
func transportError(host string, err error) error {
	var own *Error
	var certificate *tls.CertificateVerificationError
	var dns *net.DNSError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &certificate):
		return &Error{Kind: Blocked, Message: fmt.Sprintf("the certificate of %s is not trusted (%v): if a proxy or your own CA has made it, name the CA in the option sync_ca_file", host, certificate.Err)}
	case errors.As(err, &dns):
		return &Error{Kind: Unavailable, Message: fmt.Sprintf("the name %s cannot be resolved: %v", host, dns.Err)}
	case errors.Is(err, context.Canceled):
		return err
	}
	return &Error{Kind: Unavailable, Message: fmt.Sprintf("no answer from %s: %v", host, reason(err))}
}

// reason returns the innermost text of a network's error.
func reason(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
