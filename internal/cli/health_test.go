package cli_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"codegauge/internal/cli"
)

// healthOf runs codegauge health for a server that listens on an address.
func healthOf(listen string, env []string, args ...string) (code int, out, errs string) {
	var stdout, stderr bytes.Buffer
	env = append(env, "CODEGAUGE_LISTEN="+listen)
	code = cli.Main(append([]string{"health"}, args...), strings.NewReader(""), &stdout, &stderr, env)
	return code, stdout.String(), stderr.String()
}

// ill is a server whose process serves and whose database does not answer.
func ill(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/healthz" {
		_, _ = w.Write([]byte("ok\n"))
		return
	}
	http.Error(w, "not ready: the database does not answer", http.StatusServiceUnavailable)
}

func TestHealth(t *testing.T) {
	well := func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("ok\n")) }
	plain := httptest.NewServer(http.HandlerFunc(well))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(well))
	defer secure.Close()
	sick := httptest.NewServer(http.HandlerFunc(ill))
	defer sick.Close()
	gone := httptest.NewServer(http.HandlerFunc(well))
	gone.Close()
	tls := []string{"CODEGAUGE_TLS_CERT=cert.pem", "CODEGAUGE_TLS_KEY=key.pem"} // not read here
	everywhere := func(s *httptest.Server) string {
		_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
		return ":" + port
	}
	for _, c := range []struct {
		name   string
		listen string
		env    []string
		args   []string
		code   int
		says   string
	}{
		{"ready", plain.Listener.Addr().String(), nil, nil, 0, "ok"},
		{"listening everywhere", everywhere(plain), nil, nil, 0, "ok"},
		{"TLS", everywhere(secure), tls, nil, 0, "ok"},
		{"not ready", sick.Listener.Addr().String(), nil, nil, 1, "the database does not answer"},
		{"alive", sick.Listener.Addr().String(), nil, []string{"--live"}, 0, "ok"},
		{"nobody there", gone.Listener.Addr().String(), nil, nil, 1, "ask the server"},
		{"no port", "127.0.0.1:0", nil, nil, 2, "a port is needed"},
	} {
		code, out, errs := healthOf(c.listen, c.env, c.args...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("%s: got exit code %d, %q, %q; want %d and %q", c.name, code, out, errs, c.code, c.says)
		}
	}
}
