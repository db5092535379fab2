package cli

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/basepath"
	"codegauge/internal/config"
	"codegauge/internal/fault"
	"codegauge/internal/server"
)

// publicHosts returns the name in the public URL, if there is one.
func publicHosts(cfg *config.Config) []string {
	u, err := url.Parse(cfg.PublicURL)
	if err != nil || u.Host == "" {
		return nil
	}
	return []string{u.Host}
}

// newAuthenticator returns the way in that the configuration describes.
func newAuthenticator(cfg *config.Config, s *stores, credential string, demo bool) (*access.Authenticator, error) {
	opt := access.Options{Credential: credential, Secure: cfg.Secure(), Base: cfg.BasePath, Demo: demo, Address: server.ClientAddress(cfg.TrustedProxies), LinkTTL: cfg.LinkTTL, PeopleKey: s.peopleKeys.Make}
	if cfg.OIDCIssuer != "" {
		secret, err := readSecret(cfg.OIDCSecretFile)
		if err != nil {
			return nil, err
		}
		var roles []access.ClaimedRole
		for _, r := range cfg.OIDCRoles {
			roles = append(roles, access.ClaimedRole(r))
		}
		opt.OIDC = access.NewProvider(access.ProviderOptions{Issuer: cfg.OIDCIssuer, ClientID: cfg.OIDCClientID,
			ClientSecret: secret, RedirectURL: cfg.PublicURL + access.CallbackPath, IdentityClaims: cfg.OIDCIdentityClaims,
			RoleClaims: cfg.OIDCRoleClaims, Roles: roles, NewAccounts: cfg.OIDCNewAccounts, FirstOwner: cfg.FirstOwner})
	}
	return access.NewAuthenticator(s.directory, opt), nil
}

// readSecret reads a secret that others may not read; "" for no file.
func readSecret(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", fault.New(fault.Invalid, "oidc_client_secret_file: %v", err)
	}
	if secretExposed(info) {
		return "", fault.New(fault.Invalid, "oidc_client_secret_file %s is readable by other users: run chmod 600 %s", path, path)
	}
	b, err := os.ReadFile(path)
	return strings.TrimSpace(string(b)), err
}

// certificate is a pair of files that may be renewed while the server runs.
type certificate struct {
	cert, key string

	mu      sync.Mutex
	checked time.Time
	changed time.Time
	loaded  *tls.Certificate
}

// newCertificate loads the files once, so that what is wrong shows at the start.
func newCertificate(cert, key string) (*certificate, error) {
	c := &certificate{cert: cert, key: key}
	if err := c.load(); err != nil {
		return nil, fault.New(fault.Invalid, "tls_cert and tls_key: %v", err)
	}
	return c, nil
}

func (c *certificate) load() error {
	info, err := os.Stat(c.cert)
	if err != nil {
		return err
	}
	if c.loaded != nil && info.ModTime().Equal(c.changed) {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return err
	}
	c.loaded, c.changed = &pair, info.ModTime()
	return nil
}

// recheck is how often the files are looked at.
const recheck = time.Minute

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) > recheck {
		c.checked = time.Now()
		_ = c.load() // a half-renewed pair: the old one serves until the next look
	}
	return c.loaded, nil
}

func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"}}
}

// localServer serves the command line on this machine beside a server that
// browsers reach by https: it takes requests with the operator's credential only.
type localServer struct {
	listener net.Listener
	http     *http.Server
}

func newLocalServer(ctx context.Context, h http.Handler, base basepath.Base, log *slog.Logger) (*localServer, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the command line: %w", err)
	}
	hello := base.Of("/api/v1/local/hello")
	only := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" && r.URL.Path != hello {
			http.Error(w, access.ErrLocal.Error(), http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
	return &localServer{l, server.HTTP(only, server.ConnectionLimit{}, log)}, nil
}

// start serves; on nil it does nothing, as the other methods.
func (s *localServer) start(ctx context.Context, broken chan<- error) {
	if s == nil {
		return
	}
	s.http.BaseContext = func(net.Listener) context.Context { return ctx }
	go func() { broken <- s.http.Serve(s.listener) }()
}

// address returns where the command line connects to: other, without a local server.
func (s *localServer) address(other string) string {
	if s == nil {
		return other
	}
	return s.listener.Addr().String()
}

func (s *localServer) shutdown(ctx context.Context) error {
	if s == nil {
		return nil
	}
	return s.http.Shutdown(ctx)
}

func (s *localServer) close() error {
	if s == nil {
		return nil
	}
	return s.http.Close()
}
