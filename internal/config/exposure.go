package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"codegauge/internal/basepath"
)

// exposureOptions lists the options that let the server be reached from elsewhere.
func exposureOptions() []Option {
	return []Option{
		{Name: "public_url", Placeholder: "URL", DefaultText: "none", Serve: true,
			Help: "URL at which people reach the server, such as https://codegauge.example.com or, below a path, https://intranet.example.com/codegauge. Required unless the server is used on loopback only.",
			set:  setPublicURL},
		{Name: "tls_cert", Placeholder: "FILE", DefaultText: "none", Serve: true,
			Help: "Certificate chain (PEM). It is reloaded when the file changes.",
			set:  func(c *Config, s string) error { c.TLSCert = s; return nil }},
		{Name: "tls_key", Placeholder: "FILE", DefaultText: "none", Serve: true,
			Help: "Private key of the certificate (PEM).",
			set:  func(c *Config, s string) error { c.TLSKey = s; return nil }},
		{Name: "trusted_proxy", Placeholder: "NETWORKS", DefaultText: "none", Serve: true,
			Help: "Comma-separated addresses or networks of the proxies that may connect; they must add TLS and X-Forwarded-For.",
			set:  setTrustedProxy},
		{Name: "oidc_issuer", Placeholder: "URL", DefaultText: "none", Serve: true,
			Help: "Issuer URL of the identity provider (OpenID Connect) for signing in, exactly as the provider states it.",
			set:  setIssuer},
		{Name: "oidc_client_id", Placeholder: "ID", DefaultText: "none", Serve: true,
			Help: "This server's client id at the identity provider.",
			set:  func(c *Config, s string) error { c.OIDCClientID = s; return nil }},
		{Name: "oidc_client_secret_file", Placeholder: "FILE", DefaultText: "none", Serve: true,
			Help: "File that contains the client secret.",
			set:  func(c *Config, s string) error { c.OIDCSecretFile = s; return nil }},
	}
}

func setPublicURL(c *Config, s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	switch {
	case strings.Contains(s, "@") && (err != nil || u.User != nil): // not repeated: it may hold a password
		return errors.New("the address has a user name or a password in it: leave them out")
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("%q is not of the form https://host or https://host/path", s)
	case u.RawQuery != "" || u.ForceQuery:
		return fmt.Errorf("%q has a query: leave out what follows the '?'", s)
	case strings.Contains(s, "#"):
		return fmt.Errorf("%q has a fragment: leave out what follows the '#'", s)
	}
	if c.BasePath, err = basepath.Parse(u.EscapedPath()); err != nil {
		return err
	}
	c.PublicURL = u.Scheme + "://" + u.Host + string(c.BasePath)
	return nil
}

func setTrustedProxy(c *Config, s string) error {
	var errs []error
	for word := range strings.SplitSeq(s, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		network, err := netip.ParsePrefix(word)
		if ip, e := netip.ParseAddr(word); e == nil {
			network, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", word))
			continue
		}
		c.TrustedProxies = append(c.TrustedProxies, network.Masked())
	}
	return errors.Join(errs...)
}

func setIssuer(c *Config, s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Host)) {
		return fmt.Errorf("%q is not an https address", s)
	}
	c.OIDCIssuer = s
	return nil
}

// loopback reports whether host, with or without a port, is this machine.
func loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// CheckExposure says why options that are fine by themselves are unsafe or
// useless together; all that is wrong at once.
func (c *Config) CheckExposure() error {
	host, _, _ := net.SplitHostPort(c.Listen)
	local, tls := loopback(host), c.TLSCert != ""
	var errs []error
	refuse := func(when bool, why string) {
		if when {
			errs = append(errs, errors.New(why))
		}
	}
	refuse((c.TLSCert == "") != (c.TLSKey == ""), "tls_cert and tls_key must be set together")
	refuse(!local && !tls && len(c.TrustedProxies) == 0,
		"refusing to listen on "+c.Listen+" without encryption, because passwords and personal data could be read in transit: set tls_cert and tls_key, or trusted_proxy if a proxy adds TLS, or listen on loopback (127.0.0.1:8080)")
	refuse((!local || len(c.TrustedProxies) > 0) && !strings.HasPrefix(c.PublicURL, "https://"),
		"public_url must be the https URL at which people reach the server: requests for any other host are refused, and cookies are bound to it")
	refuse(tls && strings.HasPrefix(c.PublicURL, "http://"), "public_url is http, but tls_cert is set: use https")
	refuse(!tls && len(c.TrustedProxies) == 0 && strings.HasPrefix(c.PublicURL, "https://"),
		"public_url is https, but nothing provides TLS: set tls_cert and tls_key, or trusted_proxy")
	refuse((c.OIDCIssuer == "") != (c.OIDCClientID == ""), "oidc_issuer and oidc_client_id must be set together")
	refuse(c.OIDCIssuer == "" && c.OIDCSecretFile != "", "oidc_client_secret_file has no effect without oidc_issuer")
	refuse(c.OIDCIssuer != "" && c.PublicURL == "", "oidc_issuer needs public_url: the identity provider sends people back to it")
	return errors.Join(errs...)
}

// Secure reports whether browsers reach the server by https only.
func (c *Config) Secure() bool { return c.TLSCert != "" || strings.HasPrefix(c.PublicURL, "https://") }
