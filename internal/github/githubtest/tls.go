package githubtest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"
)

// certificate is that of every name that a fake has, made once.
var certificate = sync.OnceValues(func() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a GitHub for tests"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-100 * 365 * 24 * time.Hour), NotAfter: time.Now().Add(100 * 365 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"api.github.com", "copilot-reports.github.com", "api.acme.ghe.com", "copilot-reports.acme.ghe.com",
			"usagereports7.blob.core.windows.net", "mirror.example", Stranger},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
})

func tlsConfig(t testing.TB) *tls.Config {
	c, err := certificate()
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{c}}
}

// pool trusts the fakes alone.
func pool(t testing.TB) *x509.CertPool {
	c, err := certificate()
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	p := x509.NewCertPool()
	p.AddCert(leaf)
	return p
}

// dial connects to the fake, whatever name is asked for.
func (g *GitHub) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if _, port, err := net.SplitHostPort(address); err != nil || port != "443" {
		return nil, fmt.Errorf("the fake has no %s", address)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, g.server.Listener.Addr().String())
}

// appKey is an App's private key, made once.
var appKey = sync.OnceValues(func() (string, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})), nil
})

// AppKey returns the private key of an App, as PEM.
func AppKey(t testing.TB) string {
	key, err := appKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}
