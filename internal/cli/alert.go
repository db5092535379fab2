package cli

import (
	"fmt"
	"net/url"
	"os"
	"strings"

	"codegauge/internal/admin"
	"codegauge/internal/alert"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// alertChannels returns where alerts go by the configuration.
func (a *app) alertChannels() (out []alert.Channel, err error) {
	if len(a.cfg.AlertMail) > 0 {
		mail, err := alert.Mail(alert.MailOptions{Server: a.cfg.SMTPServer, Security: alert.Security(a.cfg.SMTPSecurity), From: a.cfg.SMTPFrom, To: a.cfg.AlertMail,
			User: a.cfg.SMTPUser, Password: func() (string, error) { return readOptionFile("smtp_password_file", a.cfg.SMTPPasswordFile) }})
		if err != nil {
			return nil, fault.New(fault.Invalid, "smtp_server: %v", err)
		}
		out = append(out, mail)
	}
	if path := a.cfg.AlertWebhookFile; path != "" {
		out = append(out, alert.Webhook(func() (string, error) { return readOptionFile("alert_webhook_file", path) }))
	}
	return out, nil
}

type testAlert struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Help is shown below the flags.
func (testAlert) Help() string {
	return `Set alert_mail and alert_webhook_file in the configuration of the server to say where alerts go. An alert is sent when a source has had no successful round for 26 hours, on every day on which such a source is about to lose a day of data, and when it is on time again.`
}

// Run sends a test message over every channel.
func (c *testAlert) Run(a *app) error {
	results, err := administer(a, admin.TestAlerts, struct{}{})
	if err != nil {
		return err
	}
	if c.JSON {
		if err := printJSON(a.stdout, results); err != nil {
			return err
		}
	}
	if len(results) == 0 {
		return fault.New(fault.Conflict, "no alerts are configured: set alert_mail or alert_webhook_file")
	}
	var failed []string
	for _, r := range results {
		if r.Error != "" {
			failed = append(failed, r.Channel+": "+clean(r.Error))
		} else if !c.JSON {
			fmt.Fprintf(a.stdout, "%s: delivered\n", r.Channel)
		}
	}
	if len(failed) > 0 {
		return fault.New(fault.Unavailable, "not delivered: %s", strings.Join(failed, "; "))
	}
	return nil
}

// readOptionFile reads the file that holds an option's secret.
func readOptionFile(option, path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fault.New(fault.Unavailable, "%s: %v", option, err)
	}
	return strings.TrimSpace(string(b)), nil
}

// sourcesPage returns the address of the page of an enterprise's sources, "" if the
// configuration does not say how people reach the server.
func (a *app) sourcesPage(e directory.Entity) string {
	if a.cfg.PublicURL == "" {
		return ""
	}
	return a.cfg.PublicURL + "/enterprises/" + url.PathEscape(e.Key()) + "/settings/sources"
}
