package cli

import (
	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
)

type orgCmd struct {
	Add    addOrg    `cmd:"" help:"Create an organization."`
	Rename renameOrg `cmd:"" help:"Change the display name."`
	List   listOrgs  `cmd:"" help:"List an enterprise's organizations."`
}

type addOrg struct {
	inEnterprise
	Slug string `arg:"" help:"Short name for URLs."`
	Name string `placeholder:"TEXT" help:"Display name."`
}

// Run makes an organization.
func (c *addOrg) Run(a *app) error {
	return a.putEntity(admin.EntityRequest{ScopeNames: access.ScopeNames{Enterprise: c.Enterprise, Org: c.Slug}, Name: c.Name, New: true})
}

type renameOrg struct {
	inEnterprise
	Slug string `arg:"" help:"Which one."`
	Name string `arg:"" help:"Display name."`
}

// Run names an organization.
func (c *renameOrg) Run(a *app) error {
	return a.putEntity(admin.EntityRequest{ScopeNames: access.ScopeNames{Enterprise: c.Enterprise, Org: c.Slug}, Name: c.Name})
}

type listOrgs struct {
	Enterprise string `required:"" placeholder:"SLUG" help:"The enterprise."`
	JSON       bool   `name:"json" help:"Print JSON."`
}

// Run lists organizations.
func (c *listOrgs) Run(a *app) error {
	return a.listEntities(access.ScopeNames{Enterprise: c.Enterprise}, directory.Organization, c.JSON)
}
