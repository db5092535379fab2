package server

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestWorkOutlastsTimeouts has requests worked on for longer than a body or a reader may
// stand still, also after the end of the body was read twice: nobody is waited for
// meanwhile, so they are not cancelled, and what they answer last arrives.
func TestWorkOutlastsTimeouts(t *testing.T) {
	const within = 200 * time.Millisecond
	for _, c := range []struct {
		method, body string
		status       int
	}{{"GET", "", 200}, {"GET", "", 303}, {"POST", "", 200}, {"POST", "some text", 303}, {"POST", strings.Repeat("x", 100_000), 200}} {
		s := httptest.NewUnstartedServer(nil)
		s.Config = HTTP(allowProgress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for range 2 {
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					t.Errorf("read the body: %v", err)
				}
			}
			select {
			case <-r.Context().Done():
				t.Errorf("%s of %d bytes: cancelled while it was worked on", c.method, len(c.body))
			case <-time.After(2 * within):
			}
			w.WriteHeader(c.status)
		}), within), ConnectionLimit{}, slog.New(slog.DiscardHandler))
		s.Config.ReadTimeout, s.Config.WriteTimeout = within, within
		s.Start()
		r, err := http.NewRequestWithContext(t.Context(), c.method, s.URL, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.Client().Transport.RoundTrip(r)
		if err != nil {
			t.Fatalf("%s of %d bytes: %v", c.method, len(c.body), err)
		}
		res.Body.Close()
		if res.StatusCode != c.status {
			t.Errorf("%s of %d bytes: got the status %d", c.method, len(c.body), res.StatusCode)
		}
		s.Close()
	}
}
