package cli

import (
	"io"
	"time"

	"codegauge/internal/admin"
	"codegauge/internal/fault"
)

type auditCmd struct {
	inEnterprise
	Installation bool   `help:"Only what belongs to no enterprise: sign-ins, setup, installation roles."`
	User         string `placeholder:"USER" help:"Only entries about this person (e-mail address or id)."`
	Action       string `placeholder:"NAME" help:"Only this action; a name that ends in a dot, such as token., stands for all actions that start with it."`
	From         string `placeholder:"DAY" help:"First day (UTC)."`
	To           string `placeholder:"DAY" help:"Last day (UTC)."`
	Limit        int    `default:"100" placeholder:"N" help:"Print at most this many entries, the newest."`
	JSON         bool   `name:"json" help:"Print JSON."`
}

// Run lists the audit log.
func (c *auditCmd) Run(a *app) error {
	list, err := administer(a, admin.ListAudit, admin.AuditRequest{ScopeNames: c.words(), Installation: c.Installation, User: c.User,
		Action: c.Action, From: c.From, To: c.To, Limit: c.Limit})
	if err != nil {
		return err
	}
	return a.show(c.JSON, list, "no\tat\twho\taction\ton\tdetail\tfrom", func(w io.Writer) {
		for _, e := range list {
			who := e.Actor
			if e.Name != "" {
				who += " (" + e.Name + ")"
			}
			row(w, e.Seq, e.At.Format(time.RFC3339), who, e.Action, e.Target, e.Detail, e.Address)
		}
	})
}

// needsYes says what a command would do.
func needsYes(what string) error {
	return fault.New(fault.Invalid, "this would %s: add --yes to confirm", what)
}
