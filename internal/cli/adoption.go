package cli

import (
	"fmt"
	"net/url"

	"codegauge/internal/api"
	"codegauge/internal/question"
)

type adoptionCmd struct {
	Enterprise string   `placeholder:"SLUG" help:"Enterprise to ask about. Default: the only one there is."`
	Org        string   `placeholder:"SLUG" help:"Only this organization."`
	Team       string   `placeholder:"SLUG" help:"Only this team."`
	Figures    string   `arg:"" optional:"" default:"summary" enum:"summary,surfaces,who-counts,funnel,days-active,flows,weekdays,first-use,seats" help:"summary (the default), surfaces, who-counts, funnel, days-active, flows, weekdays, first-use or seats."`
	From       string   `placeholder:"DAY" help:"First day (UTC), included."`
	To         string   `placeholder:"DAY" help:"Last day (UTC), included."`
	Days       int      `placeholder:"N" help:"Number of days, ending with the last complete day. Default: 28."`
	Where      []string `sep:"none" placeholder:"tool=VALUE" help:"Only this tool; repeatable. There are no other filters."`
	People     string   `enum:"any,prompts" default:"any" help:"Who counts as active: any activity (the default), or prompts in an IDE, as on GitHub's page."`
	Format     string   `enum:"table,json,csv,ndjson" default:"table" help:"table, json, csv or ndjson."`
}

// Help is shown below the flags.
func (adoptionCmd) Help() string {
	return `The figures are those of the page of usage and adoption: who counts as active, by surface, from seats to people whose work is agent first, days active, new, returning and no longer active people by week, time from seat to first use, and seats in use, also by organization. Nobody is named. GET /api/v1/adoption takes the same parameters.

Examples:

  codegauge adoption --enterprise acme
  codegauge adoption funnel --enterprise acme --org platform --people prompts
  codegauge adoption flows --days 90 --format csv`
}

// Run answers.
func (c *adoptionCmd) Run(a *app) error {
	if err := a.needData(); err != nil {
		return err
	}
	return a.connect(func(cl *client) error {
		values := api.Values(question.Parameters{Enterprise: c.Enterprise, Org: c.Org, Team: c.Team, From: c.From, To: c.To, Days: c.Days, Where: c.Where})
		values.Set("figures", c.Figures)
		values.Set("people", c.People)
		return a.answer(cl, "/api/v1/adoption", values, c.Format)
	})
}

// answer prints a table of figures that a route answers with.
func (a *app) answer(cl *client, path string, values url.Values, format string) error {
	answer, err := cl.table(a.ctx, path+"?"+values.Encode())
	if err != nil {
		return err
	}
	if err := answer.Write(a.stdout, format); err != nil {
		return err
	}
	if format == "csv" || format == "ndjson" {
		for _, note := range answer.Notes() {
			fmt.Fprintln(a.stderr, note)
		}
	}
	return nil
}
