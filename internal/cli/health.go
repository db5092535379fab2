package cli

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"codegauge/internal/fault"
)

type healthCmd struct {
	Live    bool          `help:"Ask only whether the process serves, not whether its database answers."`
	Timeout time.Duration `default:"8s" help:"How long the answer may take."`
}

// Help is shown below the flags.
func (healthCmd) Help() string {
	return `Asks the server on this machine, at the address that the listen option says, whether it is ready (/readyz), and exits with 1 if it is not. It is meant for the health checks of containers, which hold no other program: give listen in the environment or in the configuration file, so that serve and health both see it.`
}

// Run asks.
func (c *healthCmd) Run(a *app) error {
	base, err := ownAddress(a.cfg.Listen, a.cfg.TLSCert != "")
	if err != nil {
		return err
	}
	path := "/readyz"
	if c.Live {
		path = "/healthz"
	}
	ctx, cancel := context.WithTimeout(a.ctx, c.Timeout)
	defer cancel()
	body, err := askHealth(ctx, base+path)
	if err != nil {
		return err
	}
	_, err = io.WriteString(a.stdout, body)
	return err
}

// ownAddress returns how this machine reaches a server of its own that listens on
// an address.
func ownAddress(listen string, secure bool) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil || port == "0" {
		return "", fault.New(fault.Invalid, "listen is %s: a port is needed", listen)
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "" || err == nil && ip.Is4() && ip.IsUnspecified():
		host = "127.0.0.1"
	case err == nil && ip.IsUnspecified():
		host = "::1"
	}
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, port), nil
}

// askHealth returns what a good answer says. The certificate is for the public
// name, and nothing secret is sent: it is not checked.
func askHealth(ctx context.Context, url string) (string, error) {
	client := &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	res, err := client.Do(req)
	if err != nil {
		return "", fmt.Errorf("ask the server: %w", err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 4096))
	if err != nil {
		return "", fmt.Errorf("ask the server: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered %s: %s", url, res.Status, strings.TrimSpace(string(b)))
	}
	return string(b), nil
}
