package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"codegauge/internal/basepath"
)

// exposureOptions lists the options that let the server be reached from elsewhere.
func exposureOptions() []Option {
	return []Option{
		{Name: "public_url", Placeholder: "URL", DefaultText: "none", Serve: true,
			Help: "URL at which people reach the server, such as https://codegauge.example.com or, below a path, https://intranet.example.com/codegauge. Required unless the server is used on loopback only.",
			set:  setPublicURL},
		{Name: "link_ttl", Placeholder: "DURATION", Default: "15m", Serve: true,
			Help: "How long the download links of /api/v3 open their files, from 1m to 24h.",
			set:  setLinkTTL},
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
		{Name: "oidc_identity_claims", Placeholder: "CLAIMS", DefaultText: "the subject, sub", Serve: true,
			Help: "Comma-separated claims of the ID token that identify a person within the issuer, such as tid,oid with Microsoft Entra ID. They must never be given to somebody else later.",
			set:  setIdentityClaims},
		{Name: "oidc_role_claims", Placeholder: "CLAIMS", Default: "groups,roles", Serve: true,
			Help: "Comma-separated claims of the ID token whose values oidc_roles lists.",
			set:  func(c *Config, s string) error { c.OIDCRoleClaims = splitList(s, ","); return nil }},
		{Name: "oidc_roles", Placeholder: "VALUE=ROLE@PLACE;…", DefaultText: "none", Serve: true,
			Help: "Roles that groups or application roles stand for, such as admins=enterprise-owner@acme;7c1f=team-lead@acme/payments/checkout. The place is ENTERPRISE, ENTERPRISE/ORG or ENTERPRISE/ORG/TEAM; without @PLACE it is the whole installation. They are granted at sign-in, and taken back at the next sign-in without the value.",
			set:  setRoles},
		{Name: "oidc_new_accounts", Placeholder: "ENTERPRISE", DefaultText: "none", Serve: true,
			Help: "Enterprise in which everybody whom the identity provider lets sign in gets an account, without a role: they see their own data. Otherwise only people who were added can sign in.",
			set:  func(c *Config, s string) error { c.OIDCNewAccounts = s; return nil }},
		{Name: "first_owner", Placeholder: "WHO", DefaultText: "none", Serve: true,
			Help: "Who becomes the owner by signing in with the identity provider while there is none: an e-mail address that it has verified, or the value of what identifies people. No setup link is printed then.",
			set:  func(c *Config, s string) error { c.FirstOwner = s; return nil }},
	}
}

func setLinkTTL(c *Config, s string) (err error) {
	if c.LinkTTL, err = time.ParseDuration(s); err != nil || c.LinkTTL < time.Minute || c.LinkTTL > 24*time.Hour {
		return fmt.Errorf("%q is not a duration from 1m to 24h, such as 15m", s)
	}
	return nil
}

// reassignableClaims are claims whose value may later be given to another person.
var reassignableClaims = []string{"email", "name", "nickname", "phone_number", "preferred_username", "unique_name", "upn", "winaccountname"}

func setIdentityClaims(c *Config, s string) error {
	c.OIDCIdentityClaims = splitList(s, ",")
	for _, claim := range c.OIDCIdentityClaims {
		if slices.Contains(reassignableClaims, claim) {
			return fmt.Errorf("the claim %q can be given to somebody else later, who would then have the account: use one that never is, such as sub or oid", claim)
		}
	}
	return nil
}

// splitList splits a list and omits empty entries.
func splitList(s, separator string) (out []string) {
	for word := range strings.SplitSeq(s, separator) {
		if word = strings.TrimSpace(word); word != "" {
			out = append(out, word)
		}
	}
	return out
}

// setRoles reads VALUE=ROLE@PLACE;…: a value may contain = and commas, as names of groups
// do.
func setRoles(c *Config, s string) error {
	for _, part := range splitList(s, ";") {
		at := strings.LastIndex(part, "=")
		if at < 1 {
			return fmt.Errorf("%q is not of the form VALUE=ROLE@PLACE, such as admins=enterprise-owner@acme", part)
		}
		role, place, placed := strings.Cut(part[at+1:], "@")
		names := splitList(place, "/")
		r := OIDCRole{Value: strings.TrimSpace(part[:at]), Role: strings.TrimSpace(role)}
		if r.Value == "" || r.Role == "" || placed != (len(names) > 0) || len(names) > 3 {
			return fmt.Errorf("%q is not of the form VALUE=ROLE@PLACE, where the place is ENTERPRISE, ENTERPRISE/ORG or ENTERPRISE/ORG/TEAM", part)
		}
		for i, name := range names {
			*[]*string{&r.Enterprise, &r.Org, &r.Team}[i] = name
		}
		c.OIDCRoles = append(c.OIDCRoles, r)
	}
	return nil
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

// CheckExposure returns an error for options that are valid by themselves but unsafe or
// useless in combination. It reports every problem at once.
func (c *Config) CheckExposure() error {
	host, _, _ := net.SplitHostPort(c.Listen)
	local, tls := loopback(host), c.TLSCert != ""
	var errs []error
	failIf := func(when bool, why string) {
		if when {
			errs = append(errs, errors.New(why))
		}
	}
	failIf((c.TLSCert == "") != (c.TLSKey == ""), "tls_cert and tls_key must be set together")
	failIf(!local && !tls && len(c.TrustedProxies) == 0,
		"refusing to listen on "+c.Listen+" without encryption, because passwords and personal data could be read in transit: set tls_cert and tls_key, or trusted_proxy if a proxy adds TLS, or listen on loopback (127.0.0.1:8080)")
	failIf((!local || len(c.TrustedProxies) > 0) && !strings.HasPrefix(c.PublicURL, "https://"),
		"public_url must be the https URL at which people reach the server: requests for any other host are refused, and cookies are bound to it")
	failIf(tls && strings.HasPrefix(c.PublicURL, "http://"), "public_url is http, but tls_cert is set: use https")
	failIf(!tls && len(c.TrustedProxies) == 0 && strings.HasPrefix(c.PublicURL, "https://"),
		"public_url is https, but nothing provides TLS: set tls_cert and tls_key, or trusted_proxy")
	failIf((c.OIDCIssuer == "") != (c.OIDCClientID == ""), "oidc_issuer and oidc_client_id must be set together")
	failIf(c.OIDCIssuer == "" && c.OIDCSecretFile != "", "oidc_client_secret_file has no effect without oidc_issuer")
	for option, set := range map[string]bool{"oidc_identity_claims": len(c.OIDCIdentityClaims) > 0, "oidc_roles": len(c.OIDCRoles) > 0, "oidc_new_accounts": c.OIDCNewAccounts != "", "first_owner": c.FirstOwner != ""} {
		failIf(c.OIDCIssuer == "" && set, option+" has no effect without oidc_issuer")
	}
	failIf(c.OIDCIssuer != "" && c.PublicURL == "", "oidc_issuer needs public_url: the identity provider sends people back to it")
	return errors.Join(errs...)
}

// Secure reports whether browsers reach the server by https only.
func (c *Config) Secure() bool { return c.TLSCert != "" || strings.HasPrefix(c.PublicURL, "https://") }
