// Package github is a client of GitHub's REST API for usage metrics: it requests the links
// of reports, downloads the files, and lists seats, members, teams and organizations. It
// sends the credential only to the API's own origin; files are requested without it.
package github

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"time"
)

// APIVersion is the version of the REST API that calls request.
const APIVersion = "2026-03-10"

// Options configures a Client.
type Options struct {
	Base       *Base
	Credential Credential
	// AllowHosts are allowed hosts of download links in addition to Base.LinkHosts: HOST
	// or HOST:PORT, where "*" stands for any characters except a dot.
	AllowHosts []string
	// PrivateHosts are hosts that may have addresses that are not public.
	PrivateHosts []string
	// Proxy is the HTTP proxy for every call, nil for none. It resolves host names, so it
	// has to check addresses too.
	Proxy *url.URL
	// RootCAs are the trusted certificate authorities, nil for the system's.
	RootCAs *x509.CertPool
	// UserAgent identifies the client; GitHub requires one.
	UserAgent string
	// CallsAnHour is the most calls per hour; 0 means half of GitHub's limit.
	CallsAnHour int
	// NoWait makes calls fail with an Error of kind Limited instead of waiting for a rate
	// limit.
	NoWait bool
	// Waiting, if not nil, is called when a call waits for a rate limit.
	Waiting func(until time.Time, why string)

	// Dial replaces connecting, for tests; addresses are then not checked.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Now and Sleep replace those of package time, for tests.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
	// Stall is how long a response may make no progress; 0 means a minute.
	Stall time.Duration
	// MaxFile is the most bytes of a report file, decompressed; 0 means 8 GiB.
	MaxFile int64
}

// Client calls GitHub with one credential. It is safe for concurrent use.
type Client struct {
	opt  Options
	http *http.Client
	gate gate
	app  *app // nil unless the credential is an App
}

// New returns a client.
func New(opt Options) (*Client, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Sleep == nil {
		opt.Sleep = sleep
	}
	if opt.Stall == 0 {
		opt.Stall = time.Minute
	}
	if opt.MaxFile == 0 {
		opt.MaxFile = 8 << 30
	}
	if err := opt.Credential.Check(); err != nil {
		return nil, err
	}
	c := &Client{opt: opt}
	c.gate.opt = &c.opt
	c.http = &http.Client{Transport: newTransport(&c.opt), CheckRedirect: sameOrigin}
	var err error
	if opt.Credential.Kind == App {
		c.app, err = newApp(c)
	}
	return c, err
}

// Calls returns how many calls the client has made.
func (c *Client) Calls() int { return c.gate.callCount() }

// Remaining returns how many calls GitHub's last answer said to be left of how many an hour;
// 0 of 0 if none said so.
func (c *Client) Remaining() (remaining, limit int) { return c.gate.rateLimit() }

// Expires returns when the token expires according to GitHub, zero if unknown.
func (c *Client) Expires() time.Time { return c.gate.tokenExpires() }

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
