package cli

import (
	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
)

type teamCmd struct {
	Add    addTeam    `cmd:"" help:"Create a team in an organization or in the enterprise."`
	Rename renameTeam `cmd:"" help:"Change the display name."`
	List   listTeams  `cmd:"" help:"List an enterprise's teams."`
}

type inOrg struct {
	inEnterprise
	Org string `placeholder:"SLUG" help:"The team's organization."`
}

type addTeam struct {
	inOrg
	Slug string `arg:"" help:"Short name for URLs."`
	Name string `placeholder:"TEXT" help:"Display name."`
}

// Run makes a team.
func (c *addTeam) Run(a *app) error {
	return a.putEntity(admin.EntityRequest{ScopeNames: access.ScopeNames{Enterprise: c.Enterprise, Org: c.Org, Team: c.Slug}, Name: c.Name, New: true})
}

type renameTeam struct {
	inOrg
	Slug string `arg:"" help:"Which one."`
	Name string `arg:"" help:"Display name."`
}

// Run names a team.
func (c *renameTeam) Run(a *app) error {
	return a.putEntity(admin.EntityRequest{ScopeNames: access.ScopeNames{Enterprise: c.Enterprise, Org: c.Org, Team: c.Slug}, Name: c.Name})
}

type listTeams struct {
	Enterprise string `required:"" placeholder:"SLUG" help:"The enterprise."`
	Org        string `placeholder:"SLUG" help:"Only this organization's teams."`
	JSON       bool   `name:"json" help:"Print JSON."`
}

// Run lists teams.
func (c *listTeams) Run(a *app) error {
	return a.listEntities(access.ScopeNames{Enterprise: c.Enterprise, Org: c.Org}, directory.Team, c.JSON)
}
