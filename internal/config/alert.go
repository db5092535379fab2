package config

import (
	"fmt"
	"net"
	"net/mail"
	"strings"
)

// alertOptions lists the options of alerts about late sources.
func alertOptions() []Option {
	return []Option{
		{Name: "alert_mail", Serve: true, Placeholder: "ADDRESS,…", DefaultText: "none",
			Help: "Who gets mail when a source is late, that is, when there was no successful round for 26 hours, and when it is on time again. Needs smtp_server and smtp_from.",
			set:  setAlertMail},
		{Name: "alert_webhook_file", Serve: true, Placeholder: "FILE", DefaultText: "none",
			Help: "File with the address that such alerts are posted to as JSON, with a field text as chat tools expect it. A file, because the address is often itself a secret; it is read again for each alert.",
			set:  func(c *Config, s string) error { c.AlertWebhookFile = s; return nil }},
		{Name: "smtp_server", Serve: true, Placeholder: "HOST:PORT", DefaultText: "none",
			Help: "Mail server, such as smtp.example.com:587.",
			set:  setSMTPServer},
		{Name: "smtp_security", Serve: true, Placeholder: "HOW", Default: "starttls",
			Help: "How the connection to the mail server is protected: starttls (required, as on port 587), tls (from the start, as on port 465) or none.",
			set:  setSMTPSecurity},
		{Name: "smtp_from", Serve: true, Placeholder: "ADDRESS", DefaultText: "none",
			Help: "Sender of mail.",
			set:  setSMTPFrom},
		{Name: "smtp_user", Serve: true, Placeholder: "NAME", DefaultText: "none",
			Help: "Name to sign in to the mail server with.",
			set:  func(c *Config, s string) error { c.SMTPUser = s; return nil }},
		{Name: "smtp_password_file", Serve: true, Placeholder: "FILE", DefaultText: "none",
			Help: "File with the password for smtp_user; it is read again for each mail.",
			set:  func(c *Config, s string) error { c.SMTPPasswordFile = s; return nil }},
		{Name: "digest", Serve: true, Placeholder: "SLUG,…", DefaultText: "none",
			Help: "Enterprises of which it is sent, to where alerts go, what changed since last month, on the first working day of a month: with figures that a reader who may not view people sees, and a link to the page. Nothing is sent before somebody looked at codegauge digest preview.",
			set:  setDigest},
	}
}

func setAlertMail(c *Config, s string) error {
	for address := range strings.SplitSeq(s, ",") {
		if address = strings.TrimSpace(address); address == "" {
			continue
		}
		if err := checkAddress(address); err != nil {
			return err
		}
		c.AlertMail = append(c.AlertMail, address)
	}
	return nil
}

func setDigest(c *Config, s string) error {
	for slug := range strings.SplitSeq(s, ",") {
		if slug = strings.TrimSpace(slug); slug != "" {
			c.Digest = append(c.Digest, slug)
		}
	}
	return nil
}

func setSMTPServer(c *Config, s string) error {
	if host, _, err := net.SplitHostPort(s); s != "" && (err != nil || host == "") {
		return fmt.Errorf("%q is not of the form HOST:PORT", s)
	}
	c.SMTPServer = s
	return nil
}

func setSMTPSecurity(c *Config, s string) error {
	switch s {
	case "starttls", "tls", "none":
		c.SMTPSecurity = s
		return nil
	}
	return fmt.Errorf("%q is not one of starttls, tls, none", s)
}

func setSMTPFrom(c *Config, s string) error {
	c.SMTPFrom = s
	if s == "" {
		return nil
	}
	return checkAddress(s)
}

func checkAddress(s string) error {
	if _, err := mail.ParseAddress(s); err != nil {
		return fmt.Errorf("%q is not a mail address", s)
	}
	return nil
}

// checkAlerts says which options alerts lack.
func (c *Config) checkAlerts() error {
	switch {
	case len(c.Digest) > 0 && len(c.AlertMail) == 0 && c.AlertWebhookFile == "":
		return fmt.Errorf("digest needs alert_mail or alert_webhook_file")
	case len(c.AlertMail) > 0 && c.SMTPServer == "":
		return fmt.Errorf("alert_mail needs smtp_server")
	case len(c.AlertMail) > 0 && c.SMTPFrom == "":
		return fmt.Errorf("alert_mail needs smtp_from")
	case c.SMTPUser != "" && c.SMTPPasswordFile == "":
		return fmt.Errorf("smtp_user needs smtp_password_file")
	}
	return nil
}
