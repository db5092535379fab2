// Package alert sends messages to those who run Codegauge, by mail and to webhooks.
package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// timeout bounds one delivery.
const timeout = 20 * time.Second

// Message is what is sent. Its JSON is the body of a webhook's request: "text" is the
// whole message, which chat tools such as Slack show.
type Message struct {
	// Event names what happened, such as "source.late".
	Event   string `json:"event"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	// Enterprise and Source say what it is about; "" for a test.
	Enterprise string `json:"enterprise,omitempty"`
	Source     string `json:"source,omitempty"`
	// URL is the page that shows more, "" if the server's address is not known.
	URL string `json:"url,omitempty"`
}

// Channel is a way in which messages are delivered.
type Channel interface {
	// Name is "mail" or "webhook".
	Name() string
	// To says who gets the messages, "" where that is a secret.
	To() string
	// Send delivers a message. Its errors hold no secret.
	Send(ctx context.Context, m Message) error
}

// Security is how a connection to a mail server is protected.
type Security string

// The ways to protect a connection to a mail server.
const (
	StartTLS Security = "starttls"
	TLS      Security = "tls"
	Plain    Security = "none"
)

// MailOptions is a mail server and who gets mail. Server is host:port. Password returns
// the password of User, "" for none; it is asked for each message.
type MailOptions struct {
	Server   string
	Security Security
	From     string
	To       []string
	User     string
	Password func() (string, error)
}

type mailChannel struct {
	opt  MailOptions
	host string
	port int
}

// Mail returns a channel that sends mail.
func Mail(opt MailOptions) (Channel, error) {
	host, port, err := net.SplitHostPort(opt.Server)
	if err != nil {
		return nil, fmt.Errorf("mail server %q: %w", opt.Server, err)
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 1 || n > 65535 {
		return nil, fmt.Errorf("mail server %q: %q is not the number of a port", opt.Server, port)
	}
	return &mailChannel{opt, host, n}, nil
}

func (c *mailChannel) Name() string { return "mail" }

func (c *mailChannel) To() string { return strings.Join(c.opt.To, ", ") }

func (c *mailChannel) Send(ctx context.Context, m Message) error {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.From(c.opt.From); err != nil {
		return fmt.Errorf("sender %q: %w", c.opt.From, err)
	}
	if err := msg.To(c.opt.To...); err != nil {
		return fmt.Errorf("recipients: %w", err)
	}
	text := m.Text
	if m.URL != "" {
		text += "\n\n" + m.URL
	}
	msg.Subject(m.Subject)
	msg.SetBodyString(mail.TypeTextPlain, text+"\n")
	msg.SetDate()
	msg.SetMessageID()
	client, err := c.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("mail server %s: %w", c.opt.Server, err)
	}
	return nil
}

func (c *mailChannel) client() (*mail.Client, error) {
	options := []mail.Option{mail.WithPort(c.port), mail.WithTimeout(timeout)}
	switch c.opt.Security {
	case TLS:
		options = append(options, mail.WithSSL())
	case Plain:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if c.opt.User != "" {
		password, err := c.opt.Password()
		if err != nil {
			return nil, fmt.Errorf("password of the mail server: %w", err)
		}
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(c.opt.User), mail.WithPassword(password))
	}
	client, err := mail.NewClient(c.host, options...)
	if err != nil {
		return nil, fmt.Errorf("mail server %s: %w", c.opt.Server, err)
	}
	return client, nil
}

type webhook struct {
	address func() (string, error)
	client  *http.Client
}

// Webhook returns a channel that posts messages as JSON. The address is asked for each
// message, and kept out of errors: it is often itself the secret.
func Webhook(address func() (string, error)) Channel {
	return &webhook{address, &http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (w *webhook) Name() string { return "webhook" }

func (w *webhook) To() string { return "" }

func (w *webhook) Send(ctx context.Context, m Message) error {
	address, err := w.address()
	if err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("the webhook's address is not of the form https://HOST/PATH")
	}
	body := m
	body.Text = m.Subject + "\n" + m.Text
	if m.URL != "" {
		body.Text += "\n" + m.URL
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write the webhook's message: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(encoded))
	if err != nil {
		return errors.New("the webhook's address is not of the form https://HOST/PATH")
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := w.client.Do(r)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // without the address
		}
		return fmt.Errorf("webhook at %s: %w", u.Host, err)
	}
	res.Body.Close()
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("webhook at %s answered %s", u.Host, res.Status)
	}
	return nil
}
