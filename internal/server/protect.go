package server

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// policy is the Content-Security-Policy of every answer.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'"

// secure sets the headers that hold for every answer.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// ourHost refuses requests for other hosts. A page elsewhere can point a name
// of its own at our address (DNS rebinding) and would then read our answers as
// its own origin's; but its requests carry that name. Probes of a public
// server may use any name.
func ourHost(e *edge, hosts []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ours := slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, r.Host) })
		if !ours && !LoopbackHost(r.Host) && !(len(hosts) > 0 && probe(r.URL.Path)) {
			message := "this server only accepts requests for loopback names, such as localhost"
			if len(hosts) > 0 {
				message = "this server only accepts requests for its public URL"
			}
			e.refuse(w, http.StatusMisdirectedRequest, "misdirected", message)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ourPeer refuses whoever connects past the proxies that we trust, where there
// are any: what they send is not encrypted.
func ourPeer(e *edge, proxies []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case len(proxies) == 0:
		case !trusted(proxies, r.RemoteAddr):
			e.refuse(w, http.StatusForbidden, "forbidden", "connect through the proxy: only trusted proxies may use this address")
			return
		case strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "http"):
			e.refuse(w, http.StatusForbidden, "forbidden", "this server requires https")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// trusted reports whether an address, with or without a port, is a proxy's or
// this machine's.
func trusted(proxies []netip.Prefix, address string) bool {
	ip, ok := parseIP(address)
	return ok && (ip.IsLoopback() || inAny(proxies, ip))
}

func inAny(networks []netip.Prefix, ip netip.Addr) bool {
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(ip) })
}

func parseIP(address string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	ip, err := netip.ParseAddr(strings.TrimSpace(address))
	return ip.Unmap(), err == nil
}

// ClientAddress returns a function that says where a request comes from: its
// peer, or what the trusted proxies say of theirs.
func ClientAddress(proxies []netip.Prefix) func(*http.Request) string {
	return func(r *http.Request) string {
		ip, _ := parseIP(r.RemoteAddr)
		if len(proxies) == 0 || !trusted(proxies, r.RemoteAddr) {
			return ip.String()
		}
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for _, hop := range slices.Backward(hops) {
			next, ok := parseIP(hop)
			if !ok {
				break
			}
			ip = next
			if !trusted(proxies, hop) {
				break
			}
		}
		return ip.String()
	}
}

// LoopbackHost reports whether host, with or without a port, can only mean
// this machine: localhost or a loopback address.
func LoopbackHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.Unmap().IsLoopback()
}

// crossOrigin refuses state-changing requests that another site's page made.
func crossOrigin(e *edge, next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.refuse(w, http.StatusForbidden, "cross_origin", "requests from other origins may not change data")
	}))
	return protection.Handler(next)
}

// maxBody bounds the body of every request; imports, whose bodies are read as
// they are used, have none.
const maxBody = 1 << 20

func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		}
		next.ServeHTTP(w, r)
	})
}

// recover answers a panic with an internal error, and logs it with its request.
func (e *edge) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(http.ErrAbortHandler)
			}
			e.log.ErrorContext(r.Context(), "panic", logged(r), "panic", p, "stack", stack())
			if rec, ok := w.(*recorder); ok && rec.status != 0 {
				panic(http.ErrAbortHandler) // a part of the answer is out: break it off
			}
			e.refuse(w, http.StatusInternalServerError, "internal", "internal error")
		}()
		next.ServeHTTP(w, r)
	})
}
