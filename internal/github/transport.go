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

// newTransport returns a transport that connects only to public addresses, except for
// hosts that may have others.
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
		// The body is decompressed by this package, which limits its size.
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

// dialer connects and checks the address to which the host name resolved for this very
// connection, as an earlier answer of the DNS may differ.
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

// mayBePrivate reports whether a host may have an address that is not public: the proxy,
// the hosts that the operator named, and this machine if the API is on it.
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

// reservedNetworks are networks that are not public, in addition to those for which
// netip.Addr has methods.
var reservedNetworks = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("fec0::/10"),
}

// embeddedIPv4 maps networks whose addresses contain an IPv4 address to its offset.
var embeddedIPv4 = map[netip.Prefix]int{netip.MustParsePrefix("64:ff9b::/96"): 12, netip.MustParsePrefix("2002::/16"): 2}

// isPublic reports whether an address is a public one.
func isPublic(ip netip.Addr) bool {
	ip = ip.Unmap()
	for p, at := range embeddedIPv4 {
		if p.Contains(ip) {
			b := ip.As16()
			return isPublic(netip.AddrFrom4([4]byte(b[at : at+4])))
		}
	}
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() &&
		!slices.ContainsFunc(reservedNetworks, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// checkAddress returns why a host must not be connected to at an address, nil if it may.
func checkAddress(host, resolved string) error {
	at, err := netip.ParseAddrPort(resolved)
	if err != nil {
		return fmt.Errorf("address %s of %s: %w", resolved, host, err)
	}
	if !isPublic(at.Addr()) {
		return blocked("%s has the address %s, which is not public: if the host is the right one, add it to the option sync_private_hosts", host, at.Addr())
	}
	return nil
}

// maxRedirects is the most redirects that are followed.
const maxRedirects = 5

// sameOrigin allows redirects only within the origin of the first request.
func sameOrigin(req *http.Request, via []*http.Request) error {
	if from := via[0].URL; origin(from) != origin(req.URL) {
		return blocked("%s redirects to another host (%s), which is not followed", from.Host, req.URL.Host)
	}
	if len(via) > maxRedirects {
		return blocked("%s redirects more than %d times", via[0].URL.Host, maxRedirects)
	}
	return nil
}

// transportError returns the Error for a failed connection. It does not contain the URL,
// which may be signed.
func transportError(host string, err error) error {
	var own *Error
	var certificate *tls.CertificateVerificationError
	var dns *net.DNSError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &certificate):
		return &Error{Kind: Blocked, Message: fmt.Sprintf("the certificate of %s is not trusted (%v): if it was issued by a proxy or your own CA, name that CA in the option sync_ca_file", host, certificate.Err)}
	case errors.As(err, &dns):
		return &Error{Kind: Unavailable, Message: fmt.Sprintf("cannot resolve the name %s: %v", host, dns.Err)}
	case errors.Is(err, context.Canceled):
		return context.Canceled
	}
	return &Error{Kind: Unavailable, Message: fmt.Sprintf("no response from %s: %v", host, innermost(err))}
}

// innermost returns the innermost wrapped error.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
