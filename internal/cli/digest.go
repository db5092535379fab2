package cli

import (
	"fmt"
	"net/url"
	"strings"

	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/web/digest"
)

type digestCmd struct {
	Preview previewDigest `cmd:"" help:"Print what would be sent now."`
	Send    sendDigest    `cmd:"" help:"Send it now, over every channel of alerts."`
}

type previewDigest struct {
	inEnterprise
	JSON bool `name:"json" help:"Print JSON."`
}

// Help is shown below the flags.
func (previewDigest) Help() string {
	return `The digest says what changed since last month, with figures that a reader who may not view people sees. It is sent on the first working day of a month for the enterprises in the option digest, to where alerts go, once somebody has looked at this preview.`
}

// Run prints the digest.
func (c *previewDigest) Run(a *app) error {
	d, err := administer(a, admin.PreviewDigest, c.words())
	return a.printDigest(d, c.JSON, err)
}

func (a *app) printDigest(d admin.Digest, asJSON bool, err error) error {
	switch {
	case err != nil:
		return err
	case asJSON:
		return printJSON(a.stdout, d)
	}
	fmt.Fprintf(a.stdout, "%s\n\n", clean(d.Subject))
	for line := range strings.SplitSeq(strings.TrimSpace(d.Text), "\n") {
		fmt.Fprintln(a.stdout, clean(line))
	}
	if d.URL != "" {
		fmt.Fprintln(a.stdout, "\n"+d.URL)
	}
	return nil
}

type sendDigest struct {
	inEnterprise
	JSON bool `name:"json" help:"Print JSON."`
}

// Run sends the digest.
func (c *sendDigest) Run(a *app) error {
	d, err := administer(a, admin.SendDigest, c.words())
	if err != nil {
		return err
	}
	if c.JSON {
		if err := printJSON(a.stdout, d); err != nil {
			return err
		}
	}
	var failed []string
	for _, r := range d.Sent {
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

// newDigests returns the digests of the stores.
func (a *app) newDigests(s *stores) (*digest.Digests, error) {
	channels, err := a.alertChannels()
	if err != nil {
		return nil, err
	}
	return digest.New(s.directory, s.product, digest.Options{Enterprises: a.cfg.Digest, Channels: channels, Page: a.organizationsPage}), nil
}

// organizationsPage returns the address of an enterprise's page of organizations, "" if the
// configuration does not say how people reach the server.
func (a *app) organizationsPage(e directory.Entity) string {
	if a.cfg.PublicURL == "" {
		return ""
	}
	return a.cfg.PublicURL + "/enterprises/" + url.PathEscape(e.Key()) + "/insights/organizations"
}
