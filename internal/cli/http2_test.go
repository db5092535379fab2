package cli

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The types and flags of HTTP/2 frames.
const (
	frameHeaders, frameReset, frameSettings, framePing, frameContinuation = 1, 3, 4, 6, 9
	endStream, endHeaders                                                 = 1, 4
)

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// frame returns a frame of HTTP/2.
func frame(kind, flags byte, stream uint32, body []byte) []byte {
	head := []byte{byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body)), kind, flags}
	return append(binary.BigEndian.AppendUint32(head, stream), body...)
}

// asking is GET of a path, as its headers are packed.
func asking(host, path string) []byte {
	b := append([]byte{0x82, 0x87, 0x04, byte(len(path))}, path...) // GET, https, the path
	return append(append(b, 0x41, byte(len(host))), host...)
}

// TestHTTP2Floods sends what wears servers of HTTP/2 out, each on a connection of its own:
// no more requests of one are worked on than streams are allowed, and others are answered.
func TestHTTP2Floods(t *testing.T) {
	m := newMatrix(t)
	var now, most atomic.Int64
	handler := m.http.Handler
	m.http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		if r.URL.Path == "/static/style.css" {
			time.Sleep(50 * time.Millisecond)
		}
		handler.ServeHTTP(w, r)
	})
	s := httptest.NewUnstartedServer(nil)
	s.Config, s.EnableHTTP2 = m.http, true
	s.StartTLS()
	defer s.Close()
	host := s.Listener.Addr().String()

	dial := func() net.Conn {
		t.Helper()
		conn, err := tls.Dial("tcp", host, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}) //nolint:gosec // it is this test's own
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(append([]byte(preface), frame(frameSettings, 0, 0, nil)...)); err != nil || conn.ConnectionState().NegotiatedProtocol != "h2" {
			t.Fatalf("%q, %v", conn.ConnectionState().NegotiatedProtocol, err)
		}
		return conn
	}
	request := func(n int, flags byte) []byte {
		return frame(frameHeaders, flags, uint32(2*n+1), asking(host, "/static/style.css"))
	}
	const many = 20_000
	floods := map[string]func(c net.Conn) error{
		"streams that are reset at once": func(c net.Conn) error {
			go io.Copy(io.Discard, c)
			for n := range many {
				if _, err := c.Write(append(request(n, endStream|endHeaders), frame(frameReset, 0, uint32(2*n+1), make([]byte, 4))...)); err != nil {
					return err
				}
			}
			return nil
		},
		"streams beyond those allowed": func(c net.Conn) error {
			go io.Copy(io.Discard, c)
			for n := range many {
				if _, err := c.Write(request(n, endStream|endHeaders)); err != nil {
					return err
				}
			}
			return nil
		},
		"headers that go on": func(c net.Conn) error {
			go io.Copy(io.Discard, c)
			more := frame(frameContinuation, 0, 1, bytes.Repeat([]byte{0x00, 0x01, 'a', 0x01, 'b'}, 3000))
			if _, err := c.Write(request(0, endStream)); err != nil {
				return err
			}
			for range 10_000 { // 150 MB
				if _, err := c.Write(more); err != nil {
					return err
				}
			}
			t.Error("headers without an end are read")
			return nil
		},
		"pings whose answers nobody reads": func(c net.Conn) error {
			many := bytes.Repeat(frame(framePing, 0, 0, make([]byte, 8)), 1000)
			for range 1000 {
				if _, err := c.Write(many); err != nil {
					return err
				}
			}
			return nil
		},
		"settings whose answers nobody reads": func(c net.Conn) error {
			many := bytes.Repeat(frame(frameSettings, 0, 0, nil), 1000)
			for range 1000 {
				if _, err := c.Write(many); err != nil {
					return err
				}
			}
			return nil
		},
	}
	for name, flood := range floods {
		conn, ended := dial(), make(chan error, 1)
		go func() { ended <- flood(conn) }()
		for range 20 {
			res, err := s.Client().Get(s.URL + "/healthz")
			if err != nil {
				t.Fatalf("%s: another is answered with %v", name, err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Errorf("%s: another is answered with %d", name, res.StatusCode)
			}
		}
		select {
		case err := <-ended:
			t.Logf("%s: %v", name, err)
		case <-time.After(time.Minute):
			t.Errorf("%s: it goes on", name)
		}
		conn.Close()
		for deadline := time.Now().Add(time.Minute); now.Load() > 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: %d requests do not end", name, now.Load())
			}
		}
		if n := most.Swap(0); n > 300 { // 250 streams, and those who ask beside them
			t.Errorf("%s: %d requests were worked on at once", name, n)
		} else {
			t.Logf("%s: %d requests at once", name, n)
		}
	}

	big := make(http.Header)
	big.Set("X-Big", strings.Repeat("a", 1<<20))
	req, err := http.NewRequest(http.MethodGet, s.URL+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = big
	if res, err := s.Client().Do(req); err == nil {
		res.Body.Close()
		if res.StatusCode < 400 {
			t.Errorf("a header of 1 MiB is answered with %d", res.StatusCode)
		}
	}
}

// TestHTTP2Plain speaks HTTP/2 where nothing is encrypted: nobody answers it, however it is
// asked for.
func TestHTTP2Plain(t *testing.T) {
	m := newMatrix(t)
	for name, text := range map[string]string{
		"known before": preface + string(frame(frameSettings, 0, 0, nil)),
		"upgraded":     "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", m.server.Listener.Addr().String())
		m.fatal(err)
		m.fatal(conn.SetDeadline(time.Now().Add(10 * time.Second)))
		_, err = io.WriteString(conn, text)
		m.fatal(err)
		answer := make([]byte, 32)
		n, _ := io.ReadFull(conn, answer)
		conn.Close()
		if got := string(answer[:n]); !strings.HasPrefix(got, "HTTP/1.1 ") || strings.HasPrefix(got, "HTTP/1.1 101") {
			t.Errorf("%s: answered with %q", name, got)
		}
	}
}
