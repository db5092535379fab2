package cli

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/config"
)

const publicHost = "codegauge.example.com"

// selfSigned writes a certificate for publicHost and returns the files and a
// pool that trusts it.
func selfSigned(t *testing.T, dir string) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: publicHost}, DNSNames: []string{publicHost},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key, pool = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), x509.NewCertPool()
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pool.AppendCertsFromPEM(certPEM)
	if err := errors.Join(os.WriteFile(cert, certPEM, 0o600), os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600)); err != nil {
		t.Fatal(err)
	}
	return cert, key, pool
}

// TestTLS runs the server as it is run on a company's network: with a
// certificate and a public address, which may have a path.
func TestTLS(t *testing.T) {
	t.Run("a host of its own", func(t *testing.T) { testTLS(t, "", "__Host-codegauge_session") })
	t.Run("below a path", func(t *testing.T) { testTLS(t, "/codegauge", "__Secure-codegauge_session") })
}

func testTLS(t *testing.T, base, cookie string) {
	a := newTestApp(t)
	cert, key, pool := selfSigned(t, t.TempDir())
	public := "https://" + publicHost + base
	flags := map[string]string{"data": a.cfg.Data, "listen": "127.0.0.1:0", "public_url": public, "tls_cert": cert, "tls_key": key}
	cfg, err := config.Resolve(config.Sources{Flags: flags, Env: a.env})
	if err == nil {
		err = cfg.CheckExposure()
	}
	if err != nil {
		t.Fatal(err)
	}
	a.cfg = cfg
	out := &locked{}
	a.stdout = out
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	a.ctx = ctx
	l, err := listen(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.openStores(ctx, storeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	i, err := (&serveCmd{}).newInstance(a, s, l)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- i.run() }()
	through := findSoon(t, a)

	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: publicHost}, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, l.Addr().String())
		}}
	defer transport.CloseIdleConnections()
	request := func(method, target, host string, form url.Values) *http.Response {
		t.Helper()
		req, err := http.NewRequest(method, public+target, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		if method == http.MethodPost {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Origin", "https://"+publicHost)
		}
		res, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	if res := request("GET", "/", publicHost, nil); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != base+"/sign-in" || res.ProtoMajor != 2 {
		t.Errorf("the front page: %d to %s over %s", res.StatusCode, res.Header.Get("Location"), res.Proto)
	}
	if res := request("GET", "/sign-in", "evil.example", nil); res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another host: %d", res.StatusCode)
	}
	if res := request("GET", "/healthz", "10.0.0.1", nil); res.StatusCode != http.StatusOK {
		t.Errorf("a probe by address: %d", res.StatusCode)
	}
	link := regexp.MustCompile(regexp.QuoteMeta(public) + `/setup\?key=(\S+)\n`)
	for deadline := time.Now().Add(10 * time.Second); !link.MatchString(out.String()) && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	secret := link.FindStringSubmatch(out.String())
	if secret == nil {
		t.Fatalf("no link in %s", out)
	}
	res := request("POST", "/setup", publicHost, url.Values{"key": {secret[1]}, "name": {"Ann"}, "email": {"ann@acme.example"}, "password": {"correct horse battery"}, "enterprise": {"acme"}})
	c := res.Cookies()
	if res.StatusCode != http.StatusSeeOther || len(c) != 1 || c[0].Name != cookie || !c[0].Secure {
		t.Errorf("set up: %d, %+v", res.StatusCode, c)
	}

	// Old protocols are refused.
	if conn, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{RootCAs: pool, ServerName: publicHost, MaxVersion: tls.VersionTLS11}); err == nil {
		conn.Close()
		t.Error("TLS 1.1 is spoken")
	}
	// The command line goes through an address of its own, with the credential only.
	users, err := operate(ctx, through, admin.ListUsers, access.ScopeNames{})
	if err != nil || len(users) != 0 { // the first administrator belongs to the installation
		t.Errorf("users %+v, %v", users, err)
	}
	if through.public != public {
		t.Errorf("links that commands give out begin with %s", through.public)
	}
	plain, err := http.Get(through.base + "/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	plain.Body.Close()
	if plain.StatusCode != http.StatusUnauthorized {
		t.Errorf("the command line's address answers anybody: %d", plain.StatusCode)
	}

	stop()
	select {
	case err := <-ended:
		if err != nil && !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("run: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the server does not stop")
	}
	if _, err := os.Stat(filepath.Join(a.cfg.Data, serverFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the server's file: %v", err)
	}
}

// findSoon finds the server through the data directory.
func findSoon(t *testing.T, a *app) *client {
	t.Helper()
	for range 200 {
		if r := findServer(t.Context(), a.cfg.Data); r != nil {
			return r
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("no server is found")
	return nil
}

// TestCertificateRenews replaces the files under a running certificate.
func TestCertificateRenews(t *testing.T) {
	dir := t.TempDir()
	cert, key, _ := selfSigned(t, dir)
	c, err := newCertificate(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := c.get(nil)
	selfSigned(t, dir)
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	if same, _ := c.get(nil); same != first {
		t.Error("the files were looked at again at once")
	}
	c.checked = time.Time{}
	if second, _ := c.get(nil); second == first {
		t.Error("the renewed certificate is not served")
	}
	// A half-written pair leaves the old one in place.
	second, _ := c.get(nil)
	if err := os.WriteFile(cert, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.checked = time.Time{}
	if third, err := c.get(nil); third != second || err != nil {
		t.Errorf("a half-written pair: %v", err)
	}
	if _, err := newCertificate(cert, key); err == nil || !strings.Contains(err.Error(), "tls_cert") {
		t.Errorf("a bad pair at the start: %v", err)
	}
}
