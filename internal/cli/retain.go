package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
)

type retainCmd struct {
	Enterprise string `placeholder:"SLUG" help:"Of this enterprise. Default: of every one."`
	DryRun     bool   `name:"dry-run" help:"Only show what would be removed."`
	JSON       bool   `name:"json" help:"Print JSON."`
}

// Help is shown below the flags.
func (retainCmd) Help() string {
	return `Removes what is known of single people and older than the retention (codegauge privacy show). Totals, charts and counts of people of those days stay as they are. A server does the same when it starts and every day.`
}

// Run removes.
func (c *retainCmd) Run(a *app) error {
	return a.administer("retain", func(ctx context.Context, api admin.API) error {
		done, err := api.Retain(ctx, admin.RetainRequest{Words: access.Words{Enterprise: c.Enterprise}, DryRun: c.DryRun})
		if err != nil {
			return err
		}
		return a.show(c.JSON, done, "enterprise\tretention\tdays\tuser-days\tmemberships\tfrom\tto", func(w io.Writer) {
			for _, d := range done {
				row(w, d.Enterprise, retention(d.Months), d.Count, d.Records, d.Members, orDash(d.Days.From), orDash(d.Days.To))
			}
		})
	})
}

func retention(months int) string {
	if months == 0 {
		return "none"
	}
	return plural(int64(months), "month", "months")
}

func orDash(d fmt.Stringer) string {
	if text := d.String(); text != "1970-01-01" {
		return text
	}
	return "–"
}

// retainEvery is how often a server removes what became too old.
const retainEvery = 24 * time.Hour

// retain removes what is older than the retention, now and every day, until the
// context ends.
func (i *instance) retain(ctx context.Context, api admin.API) {
	ctx = directory.WithActor(asOperator(ctx), directory.Actor{Name: "system"})
	tick := time.NewTicker(retainEvery)
	defer tick.Stop()
	for {
		done, err := api.Retain(ctx, admin.RetainRequest{})
		for _, d := range done {
			if d.Count > 0 {
				i.app.log.Info("retention removed records of people; totals stay", "enterprise", d.Enterprise, "months", d.Months,
					"days", d.Count, "from", d.Days.From, "to", d.Days.To, "user_days", d.Records, "memberships", d.Members)
			}
		}
		if err != nil && ctx.Err() == nil {
			i.app.log.Error("retention", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
