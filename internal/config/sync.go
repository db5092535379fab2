package config

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// syncOptions lists the options of fetching from GitHub.
func syncOptions() []Option {
	return []Option{
		{Name: "secret_key_file", Placeholder: "FILE", DefaultText: "secret.key in the data directory, created when it is first needed; none with --database",
			Help: "File with the secret that the credentials of sources are encrypted with, at least 16 characters; only its owner should be able to read it. The variable CODEGAUGE_SECRET_KEY may hold the secret itself instead.",
			set:  func(c *Config, s string) error { c.SecretKeyFile = s; return nil }},
		{Name: "sync_time", Placeholder: "HH:MM", Default: "04:00",
			Help: "Time of day (UTC) around which sources are fetched every night; each begins up to 20 minutes earlier or later.",
			set:  setSyncTime},
		{Name: "sync_calls", Placeholder: "N", Default: "0",
			Help: "Most calls an hour with each credential of a source; 0 means half of what GitHub allows it, which leaves the other half to others who use it.",
			set:  setSyncCalls},
		{Name: "sync_proxy", Placeholder: "URL", DefaultText: "none",
			Help: "HTTP proxy for every call to a source, such as http://proxy.example.com:3128. The proxy then resolves names and has to refuse private addresses itself.",
			set:  setSyncProxy},
		{Name: "sync_ca_file", Placeholder: "FILE", DefaultText: "the system's certificates",
			Help: "Certificates (PEM) of additional certificate authorities that sources, or a proxy in front of them, may have.",
			set:  func(c *Config, s string) error { c.SyncCAFile = s; return nil }},
		{Name: "sync_private_hosts", Placeholder: "HOST,…", DefaultText: "none",
			Help: "Hosts that may have private addresses. Other hosts of sources and of their download links are connected to at public addresses only.",
			set:  setSyncPrivateHosts},
	}
}

func setSyncTime(c *Config, s string) error {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return fmt.Errorf("%q is not a time such as 04:00", s)
	}
	c.SyncTime = time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	return nil
}

func setSyncCalls(c *Config, s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1_000_000 {
		return fmt.Errorf("%q is not a number of calls", s)
	}
	c.SyncCalls = n
	return nil
}

func setSyncProxy(c *Config, s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("it is not of the form http://HOST:PORT") // not repeated: it may hold a password
	}
	c.SyncProxy = u
	return nil
}

func setSyncPrivateHosts(c *Config, s string) error {
	for host := range strings.SplitSeq(s, ",") {
		if host = strings.TrimSpace(host); host == "" {
			continue
		}
		if strings.ContainsAny(host, "/@ ") {
			return fmt.Errorf("%q is not a host", host)
		}
		c.SyncPrivateHosts = append(c.SyncPrivateHosts, host)
	}
	return nil
}
