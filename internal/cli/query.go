package cli

import (
	"codegauge/internal/api"
	"codegauge/internal/question"
)

type queryCmd struct {
	Enterprise string   `placeholder:"SLUG" help:"Enterprise to ask about. Default: the only one there is."`
	Org        string   `placeholder:"SLUG" help:"Only this organization."`
	Team       string   `placeholder:"SLUG" help:"Only this team."`
	Measures   []string `required:"" placeholder:"NAME" help:"Measures, such as loc_added,active_users."`
	By         []string `placeholder:"NAME" help:"Dimensions to group by, such as day,model."`
	From       string   `placeholder:"DAY" help:"First day (UTC), included."`
	To         string   `placeholder:"DAY" help:"Last day (UTC), included."`
	Days       int      `placeholder:"N" help:"Number of days, ending with the last complete day. Default: 28."`
	Where      []string `sep:"none" placeholder:"NAME=VALUE" help:"Only this value of a dimension; repeatable. Values of one dimension are alternatives."`
	Surface    string   `placeholder:"NAME" help:"Only this surface: ide, cli, app or unknown."`
	Definition string   `placeholder:"NAME" help:"Definition of who initiated a change: v1-strict (GitHub's, the default) or v1-wide."`
	Compare    bool     `help:"Add the previous period and the change for each measure."`
	Source     string   `placeholder:"NAME" help:"Kind of records to compute from: auto (the default), users or aggregate."`
	Format     string   `enum:"table,json,csv,ndjson" default:"table" help:"table, json, csv or ndjson."`
}

// Help is shown below the flags.
func (queryCmd) Help() string {
	return `Days are UTC calendar days. A row whose dimension is null (– in a table) has what that breakdown lacks, so that rows add up to the total. GET /api/v1/query takes the same parameters; /api/v1/metrics lists every measure and dimension.

Examples:

  codegauge query --enterprise acme --measures loc_added,loc_deleted --by day --days 28
  codegauge query --enterprise acme --measures loc_changed,agent_contribution --by model --compare
  codegauge query --enterprise acme --org platform --measures active_users --where tool=copilot --where language=go --format csv`
}

// Run answers.
func (c *queryCmd) Run(a *app) error {
	if err := a.needData(); err != nil {
		return err
	}
	return a.connect(func(cl *client) error {
		return a.answer(cl, "/api/v1/query", api.Values(c.words()), c.Format)
	})
}

func (c *queryCmd) words() question.Parameters {
	return question.Parameters{
		Enterprise: c.Enterprise, Org: c.Org, Team: c.Team,
		Measures: c.Measures, By: c.By, From: c.From, To: c.To, Days: c.Days,
		Where: c.Where, Surface: c.Surface, Definition: c.Definition, Source: c.Source, Compare: c.Compare,
	}
}
