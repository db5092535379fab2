package github

import (
	"net"
	"net/netip"
	"net/url"
	"strings"

	"codegauge/internal/fault"
)

// DefaultBase is the API of github.com.
const DefaultBase = "https://api.github.com"

// Base is the address of an API.
type Base struct {
	// API is the address of the API, ending in a slash.
	API *url.URL
	// tenant is the subdomain of a data-resident tenant at ghe.com, "" elsewhere.
	tenant string
}

// ParseBase reads a base URL: that of the API, or the address at which people open
// github.com or SUBDOMAIN.ghe.com. Plain HTTP is taken for loopback addresses alone.
func ParseBase(s string) (*Base, error) {
	if s == "" {
		s = DefaultBase
	}
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" || u.Opaque != "" {
		return nil, fault.New(fault.Invalid, "base URL %.200q is not of the form https://HOST", s)
	}
	switch {
	case u.User != nil:
		return nil, fault.New(fault.Invalid, "the base URL must not contain a user name or password: a credential is given as a file")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fault.New(fault.Invalid, "the base URL must have neither a query nor a fragment: %.200s", u.Redacted())
	case u.Scheme == "http" && !loopbackHost(u.Hostname()):
		return nil, fault.New(fault.Invalid, "base URL %.200s: a credential is sent over HTTPS only; plain HTTP is for loopback addresses", s)
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fault.New(fault.Invalid, "base URL %.200s: the scheme must be https", s)
	}
	u.Host = strings.ToLower(u.Host)
	b := &Base{API: u}
	if host := u.Hostname(); host == "github.com" || host == "www.github.com" {
		u.Host = "api.github.com"
	} else if tenant, ok := strings.CutSuffix(host, ".ghe.com"); ok {
		b.tenant = strings.TrimPrefix(tenant, "api.")
		u.Host = "api." + b.tenant + ".ghe.com"
	}
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
	}
	return b, nil
}

func (b *Base) String() string { return strings.TrimSuffix(b.API.String(), "/") }

// GitHub reports whether the API is GitHub's own; another Codegauge answers like it.
func (b *Base) GitHub() bool { return b.tenant != "" || b.API.Hostname() == "api.github.com" }

// Web returns the address of the web site to which the API belongs, without a path.
func (b *Base) Web() string {
	switch {
	case b.tenant != "":
		return "https://" + b.tenant + ".ghe.com"
	case b.API.Hostname() == "api.github.com":
		return "https://github.com"
	}
	return b.API.Scheme + "://" + b.API.Host
}

// Loopback reports whether the API is on this machine.
func (b *Base) Loopback() bool { return loopbackHost(b.API.Hostname()) }

// LinkHosts returns the hosts, or patterns of hosts, from which GitHub serves report
// files: the usual one first, then its fallbacks.
func (b *Base) LinkHosts() []string {
	reports := "copilot-reports.github.com"
	switch {
	case b.tenant != "":
		reports = "copilot-reports." + b.tenant + ".ghe.com"
	case b.API.Hostname() != "api.github.com":
		return nil
	}
	return []string{reports, "copilot-reports-*.b01.azurefd.net", "usagereports*.blob.core.windows.net"}
}

// Hosts returns the hosts that a firewall must allow: the API's, which is the only one to
// receive the credential, and those of download links, including the allowed ones.
func (b *Base) Hosts(allowed []string) []string {
	return append(append([]string{b.API.Host}, b.LinkHosts()...), allowed...)
}

// CheckAllowed returns why a host cannot be allowed for download links, nil if it can.
func (b *Base) CheckAllowed(host string) error {
	name, _ := splitHost(host)
	switch {
	case name == "" || strings.ContainsAny(host, "/@?# ") || strings.Contains(name, ":") && net.ParseIP(name) == nil:
		return fault.New(fault.Invalid, "allowed host %.100q is not of the form HOST or HOST:PORT", host)
	case strings.Trim(name, "*.") == "" || strings.Contains(name, "*") && strings.Count(name, ".") < 2:
		return fault.New(fault.Invalid, "allowed host %.100q would allow too many hosts: only the first part of a name may be *", host)
	case loopbackHost(name) && !b.Loopback():
		return fault.New(fault.Invalid, "allowed host %.100q is on this machine: that is possible only where the base URL is as well", host)
	}
	if _, rest, _ := strings.Cut(name, "."); strings.Contains(rest, "*") {
		return fault.New(fault.Invalid, "allowed host %.100q: only the first part of a name may have a *", host)
	}
	return nil
}

// checkLink returns why a download link must not be followed, nil if it may.
func (b *Base) checkLink(u *url.URL, allowed []string) error {
	switch {
	case u.Scheme != "https" && !(u.Scheme == "http" && b.Loopback() && loopbackHost(u.Hostname())):
		return blocked("GitHub sent a download link that does not use HTTPS (%s://%s)", u.Scheme, u.Host)
	case u.User != nil:
		return blocked("GitHub sent a download link with a user name in it, to %s", u.Host)
	case origin(u) == origin(b.API):
		return nil
	}
	for _, pattern := range append(b.LinkHosts(), allowed...) {
		if matchesHost(pattern, u) {
			return nil
		}
	}
	return blocked("GitHub sent a download link to %s, which is not an allowed host: if it is GitHub's, or your own mirror's, add it with --allow-host %s", u.Host, u.Host)
}

// origin returns scheme, host and port of a URL.
func origin(u *url.URL) string {
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), portOf(u))
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}

// matchesHost reports whether a URL's host matches a pattern: HOST, which implies the
// scheme's default port, or HOST:PORT.
func matchesHost(pattern string, u *url.URL) bool {
	name, port := splitHost(strings.ToLower(pattern))
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return port == portOf(u) && matchesName(name, strings.ToLower(u.Hostname()))
}

// matchesName reports whether a name matches a pattern, where "*" stands for any
// characters except a dot.
func matchesName(pattern, name string) bool {
	before, after, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == name
	}
	middle, ok := strings.CutPrefix(name, before)
	if !ok {
		return false
	}
	middle, ok = strings.CutSuffix(middle, after)
	return ok && !strings.Contains(middle, ".")
}

// splitHost splits HOST or HOST:PORT.
func splitHost(s string) (host, port string) {
	if h, p, err := net.SplitHostPort(s); err == nil {
		return h, p
	}
	return strings.Trim(s, "[]"), ""
}

// loopbackHost reports whether host is localhost or a loopback address.
func loopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
