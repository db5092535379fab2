package alert_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"codegauge/internal/alert"
)

var late = alert.Message{Event: "source.late", Subject: "Codegauge: source github of acme is late", Text: "No successful round since yesterday.",
	Enterprise: "acme", Source: "github", URL: "https://codegauge.example/sources"}

// TestWebhook posts a message, and names neither the path nor the query of an address that
// fails.
func TestWebhook(t *testing.T) {
	status, got := 200, map[string]string{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: %v", r.Method, r.Header, err)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	t.Cleanup(srv.Close)
	hook := alert.Webhook(func() (string, error) { return srv.URL + "/services/SECRET?key=SECRET", nil })
	if err := hook.Send(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if want := late.Subject + "\n" + late.Text + "\n" + late.URL; got["text"] != want || got["event"] != late.Event || got["enterprise"] != "acme" || got["source"] != "github" {
		t.Errorf("posted %v", got)
	}
	for _, status = range []int{302, 404, 500} {
		if err := hook.Send(t.Context(), late); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("answer %d: %v", status, err)
		}
	}
	srv.Close()
	if err := hook.Send(t.Context(), late); err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("nobody listens: %v", err)
	}
	for _, address := range []string{"", "ftp://host/SECRET", "https:///SECRET", "https://%zz/SECRET"} {
		bad := alert.Webhook(func() (string, error) { return address, nil })
		if err := bad.Send(t.Context(), late); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("address %q: %v", address, err)
		}
	}
}

// mailServer accepts one mail after the other and returns what clients wrote.
func mailServer(t *testing.T, recipients string) (address string, wrote <-chan string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	out := make(chan string, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			out <- converse(c, recipients)
		}
	}()
	return l.Addr().String(), out
}

// converse speaks SMTP as a server without extensions, and answers RCPT with recipients.
func converse(c net.Conn, recipients string) string {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second)) // a client that gives up may leave the connection open
	var wrote strings.Builder
	in := bufio.NewScanner(c)
	io.WriteString(c, "220 test\r\n")
	body := false
	for in.Scan() {
		line := in.Text()
		wrote.WriteString(line + "\n")
		answer := "250 ok"
		switch verb, _, _ := strings.Cut(line, " "); {
		case body && line != ".":
			continue
		case body:
			body = false
		case verb == "RCPT":
			answer = recipients
		case verb == "DATA":
			answer, body = "354 go on", true
		case verb == "QUIT":
			io.WriteString(c, "221 bye\r\n")
			return wrote.String()
		}
		io.WriteString(c, answer+"\r\n")
	}
	return wrote.String()
}

// TestMail sends a mail, and one that the server refuses; where TLS is required, nothing is
// sent to a server that has none.
func TestMail(t *testing.T) {
	send := func(recipients string, security alert.Security) (string, error) {
		server, wrote := mailServer(t, recipients)
		m, err := alert.Mail(alert.MailOptions{Server: server, Security: security, From: "codegauge@example.com", To: []string{"a@example.com", "b@example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		err = m.Send(t.Context(), late)
		return <-wrote, err
	}
	wrote, err := send("250 ok", alert.Plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"MAIL FROM:<codegauge@example.com>", "RCPT TO:<a@example.com>", "RCPT TO:<b@example.com>", "Subject: " + late.Subject, late.Text, late.URL} {
		if !strings.Contains(wrote, want) {
			t.Errorf("the mail lacks %q:\n%s", want, wrote)
		}
	}
	if _, err := send("550 no such user", alert.Plain); err == nil || !strings.Contains(err.Error(), "550") {
		t.Errorf("recipients are refused: %v", err)
	}
	if wrote, err := send("250 ok", alert.StartTLS); err == nil || strings.Contains(wrote, "MAIL FROM") {
		t.Errorf("no TLS: %v\n%s", err, wrote)
	}
	for _, server := range []string{"", "host", "host:", "host:0", "host:x"} {
		if _, err := alert.Mail(alert.MailOptions{Server: server}); err == nil {
			t.Errorf("server %q is taken", server)
		}
	}
}
