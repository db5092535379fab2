// Package github is a client of GitHub's REST API for usage metrics: it asks for report
// links, downloads the files behind them, and lists seats, members, teams and
// organizations. A credential goes to the API's own origin and nowhere else; files are
// downloaded by a client that has none.
package github

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"time"

	"codegauge/internal/fault"

	gh "github.com/google/go-github/v93/github"
)

// APIVersion is the version of the REST API that is asked for.
const APIVersion = "2026-03-10"

// Options configures a Client.
type Options struct {
	Base       *Base
	Credential Credential
	// AllowHosts are hosts of download links besides those that the base has: HOST or
	// HOST:PORT, where "*" stands for any characters but a dot.
	AllowHosts []string
	// PrivateHosts are hosts that may have addresses which are not public.
	PrivateHosts []string
	// Proxy is the HTTP proxy of every call, nil for none. Behind it addresses are the
	// proxy's to check, since it resolves the names.
	Proxy *url.URL
	// RootCAs are trusted; nil trusts those of the system.
	RootCAs *x509.CertPool
	// UserAgent is what the client calls itself; GitHub demands one.
	UserAgent string
	// CallsAnHour bounds the calls of one hour; 0 is half of what GitHub allows.
	CallsAnHour int
	// NoWait ends calls that would have to wait for a limit with a LimitError.
	NoWait bool
	// Waiting, if set, is told until when a call waits and why.
	Waiting func(until time.Time, why string)

	// Dial replaces connecting, for tests; addresses are then not checked.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Now and Sleep are those of package time unless a test sets them.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
	// Stall is how long an answer may make no progress; 0 is a minute.
	Stall time.Duration
	// MaxFile is how many bytes a report file may have, unpacked; 0 is 8 GiB.
	MaxFile int64
}

// Client calls GitHub with one credential. It is safe for concurrent use.
type Client struct {
	opt   Options
	api   *gh.Client
	links *http.Client
	gate  gate
	app   *app // nil unless the credential is an App
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
	transport := newTransport(&c.opt)
	c.links = &http.Client{Transport: transport, CheckRedirect: sameOrigin}
	base := opt.Base.API.String()
	var err error
	// Limits are this package's (gate): go-github refuses calls where we wait. The token
	// is set by request, since an App has one for each installation.
	c.api, err = gh.NewClient(
		gh.WithHTTPClient(&http.Client{Transport: transport, CheckRedirect: sameOrigin}),
		gh.WithURLs(&base, &base),
		gh.WithUserAgent(opt.UserAgent),
		gh.WithDisableRateLimitCheck(),
	)
	if err != nil {
		return nil, fault.New(fault.Invalid, "base URL %s: %v", base, err)
	}
	if opt.Credential.Kind == App {
		c.app, err = newApp(c)
	}
	return c, err
}

// Calls returns how many calls the client has made.
func (c *Client) Calls() int { return c.gate.total() }

// Left returns how many calls GitHub's last answer said to be left of how many an hour;
// 0 of 0 if none said so.
func (c *Client) Left() (left, limit int) { return c.gate.left() }

// Expires returns when GitHub says that the token expires, the zero time if it does not.
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
