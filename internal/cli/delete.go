package cli

import (
	"fmt"
	"strings"

	"codegauge/internal/intake"
)

type deleteCmd struct {
	Enterprise string `placeholder:"SLUG" help:"Enterprise to delete from; always needed."`
	Org        string `placeholder:"SLUG" help:"Only records from this organization's own reports."`
	User       string `placeholder:"LOGIN" help:"Only this person's records, by login or id (login:NAME, id:N or 'id:N in TOOL' if ambiguous); aggregates stay."`
	Tool       string `placeholder:"TOOL" help:"Only records of this tool."`
	DataKind   string `placeholder:"KIND" enum:",report,telemetry,vendor" default:"" help:"Only records of this kind of data: report, telemetry or vendor."`
	From       string `placeholder:"DAY" help:"First day (UTC), included."`
	To         string `placeholder:"DAY" help:"Last day (UTC), included."`
	Import     int64  `placeholder:"ID" help:"Undo this import: delete what it brought and restore what it replaced."`
	Yes        bool   `help:"Confirm. Deleted records come back only by importing them again."`
	JSON       bool   `name:"json" help:"Print the whole report as JSON."`
}

// Help is shown below the flags.
func (deleteCmd) Help() string {
	return `Deletes the records that match all flags given. With --enterprise alone, deletes everything that is known of the enterprise, its name too.

Examples:

  codegauge delete --enterprise acme --import 7 --yes
  codegauge delete --enterprise acme --user octocat --yes
  codegauge delete --enterprise acme --from 2026-05-01 --to 2026-05-07 --yes`
}

// Run deletes.
func (c *deleteCmd) Run(a *app) error {
	if !c.Yes {
		return needsYes("delete " + c.describe())
	}
	if err := a.needData(); err != nil {
		return err
	}
	return a.connect(func(cl *client) error {
		result, err := cl.delete(a.ctx, intake.DeleteRequest{
			Enterprise: c.Enterprise, Org: c.Org, User: c.User, Tool: c.Tool, Data: c.DataKind,
			From: c.From, To: c.To, Import: c.Import,
		})
		if err != nil {
			return err
		}
		return a.printReport(result, c.JSON, "deleted")
	})
}

// describe says in words what would go.
func (c *deleteCmd) describe() string {
	var of []string
	for _, p := range []struct{ value, text string }{
		{c.Org, "reported by organization " + c.Org},
		{c.User, "about user " + c.User},
		{c.Tool, "of tool " + c.Tool},
		{c.DataKind, "of the kind of data " + c.DataKind},
		{c.From + c.To, fmt.Sprintf("from %s to %s", orNothing(c.From), orNothing(c.To))},
	} {
		if p.value != "" {
			of = append(of, p.text)
		}
	}
	if c.Import != 0 {
		of = append(of, fmt.Sprintf("brought by import %d", c.Import))
	}
	what := "everything"
	if len(of) > 0 {
		what = "every record " + strings.Join(of, " and ")
	}
	if c.Enterprise != "" {
		return what + " of enterprise " + c.Enterprise
	}
	return what
}

func orNothing(s string) string {
	if s == "" {
		return "(not given)"
	}
	return s
}
