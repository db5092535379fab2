package cli

import (
	"codegauge/internal/api"
	"codegauge/internal/question"
)

type impactCmd struct {
	Enterprise string   `placeholder:"SLUG" help:"Enterprise to ask about. Default: the only one there is."`
	Org        string   `placeholder:"SLUG" help:"Only this organization."`
	Team       string   `placeholder:"SLUG" help:"Only this team."`
	Figures    string   `arg:"" optional:"" default:"findings" enum:"findings,multiplier,phases,seats,moves,trends,trend-phases,features,return,outcome,suggestions,review-times,repositories,organizations,recommendations" help:"findings (the default), multiplier, phases, seats, moves, trends, trend-phases, features, return, outcome, suggestions, review-times, repositories, organizations or recommendations."`
	From       string   `placeholder:"DAY" help:"First day (UTC), included."`
	To         string   `placeholder:"DAY" help:"Last day (UTC), included."`
	Days       int      `placeholder:"N" help:"Number of days, ending with the last complete day. Default: 28."`
	Where      []string `sep:"none" placeholder:"DIM=VALUE" help:"Only what has this value of a dimension; repeatable."`
	Source     string   `placeholder:"SOURCE" help:"Kind of records to compute from: auto (default), users, aggregate."`
	Parity     bool     `help:"Match GitHub's page: Copilot and the last 28 days."`
	Format     string   `enum:"table,json,csv,ndjson" default:"table" help:"table, json, csv or ndjson."`
}

// Help is shown below the flags.
func (impactCmd) Help() string {
	return `The figures are those of the page of impact: its four questions with their answers and 95% intervals, the adoption multiplier, people by adoption phase, engagement with features, what a developer's credits are worth at list price, and pull requests. What cannot be told is null, and why says why: docs/impact.md has the methods and what must not be concluded. GET /api/v1/impact takes the same parameters.

Examples:

  codegauge impact --enterprise acme
  codegauge impact multiplier --enterprise acme --days 90
  codegauge impact phases --org platform --format csv`
}

// Run answers.
func (c *impactCmd) Run(a *app) error {
	if err := a.needData(); err != nil {
		return err
	}
	return a.connect(func(cl *client) error {
		values := api.Values(question.Parameters{Enterprise: c.Enterprise, Org: c.Org, Team: c.Team, From: c.From, To: c.To, Days: c.Days, Where: c.Where, Source: c.Source})
		values.Set("figures", c.Figures)
		if c.Parity {
			values.Set("parity", "true")
		}
		return a.answer(cl, "/api/v1/impact", values, c.Format)
	})
}
