package cli

import (
	"io"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/day"
	"codegauge/internal/english"
)

type retainCmd struct {
	Enterprise string `placeholder:"SLUG" help:"Only this enterprise. Default: all."`
	DryRun     bool   `name:"dry-run" help:"Only show what would be removed."`
	JSON       bool   `name:"json" help:"Print JSON."`
}

// Help is shown below the flags.
func (retainCmd) Help() string {
	return `Removes records of individuals that are older than the retention (codegauge privacy show). Totals, charts and counts of people for those days stay as they are. A server does the same when it starts and every day.`
}

// Run removes.
func (c *retainCmd) Run(a *app) error {
	done, err := administer(a, admin.Retain, admin.RetainRequest{ScopeNames: access.ScopeNames{Enterprise: c.Enterprise}, DryRun: c.DryRun})
	if err != nil {
		return err
	}
	return a.show(c.JSON, done, "enterprise\tretention\tdays\tuser-days\tmemberships\tfrom\tto", func(w io.Writer) {
		for _, d := range done {
			row(w, d.Enterprise, retention(d.Months), d.Count, d.Records, d.Members, orDash(d.Days.From), orDash(d.Days.To))
		}
	})
}

func retention(months int) string {
	if months == 0 {
		return "none"
	}
	return english.Count(months, "month", "months")
}

func orDash(d day.Day) string {
	if d == 0 {
		return english.Unknown
	}
	return d.String()
}
