package cli

import (
	"fmt"
	"io"
	"strings"

	"codegauge/internal/admin"
)

type roleCmd struct {
	List   listRoles  `cmd:"" help:"List the roles and what they allow."`
	Grant  grantRole  `cmd:"" help:"Grant a role to a person."`
	Revoke revokeRole `cmd:"" help:"Revoke a role."`
	Set    setRole    `cmd:"" help:"Create or change a custom role."`
	Remove removeRole `cmd:"" help:"Delete a custom role that nobody holds."`
}

type listRoles struct {
	inEnterprise
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists roles.
func (c *listRoles) Run(a *app) error {
	list, err := administer(a, admin.ListRoles, c.words())
	if err != nil {
		return err
	}
	return a.show(c.JSON, list, "role\tkind\tpermissions", func(w io.Writer) {
		for _, r := range list {
			row(w, r.Name, map[bool]string{true: "built in", false: "custom"}[r.BuiltIn], strings.Join(r.Permissions, " "))
		}
	})
}

type grantArgs struct {
	inPlace
	User       string `arg:"" help:"E-mail address or id."`
	Role       string `arg:"" help:"Role, such as organization-owner."`
	Everywhere bool   `help:"In the whole installation."`
}

func (c *grantArgs) request() admin.GrantRequest {
	return admin.GrantRequest{ScopeNames: c.words(), User: c.User, Role: c.Role, Everywhere: c.Everywhere}
}

type grantRole struct{ grantArgs }

// Help is shown below the flags.
func (grantRole) Help() string {
	return `Examples:

  codegauge role grant ann@acme.example enterprise-owner --enterprise acme
  codegauge role grant bo@acme.example organization-owner --org payments
  codegauge role grant cy@acme.example team-lead --org payments --team checkout`
}

// Run gives a role.
func (c *grantRole) Run(a *app) error {
	g, err := administer(a, admin.GrantRole, c.request())
	return a.printGrant(g, "has", err)
}

func (a *app) printGrant(g admin.Grant, verb string, err error) error {
	switch {
	case err != nil:
	case g.Request != 0:
		fmt.Fprintf(a.stdout, "request %d waits for a guardian of privacy: codegauge privacy requests\n", g.Request)
	default:
		fmt.Fprintf(a.stdout, "user %d %s the role %s in %s\n", g.User, verb, clean(g.Role), clean(whereOf(g)))
	}
	return err
}

type revokeRole struct{ grantArgs }

// Run takes a role back.
func (c *revokeRole) Run(a *app) error {
	g, err := administer(a, admin.RevokeRole, c.request())
	return a.printGrant(g, "no longer has", err)
}

type setRole struct {
	inEnterprise
	Name        string   `arg:"" help:"The role's name."`
	Permissions []string `required:"" placeholder:"NAME" help:"What it allows: view-enterprise-metrics, view-organization-metrics, view-team-metrics, view-people, export, import, ingest, manage."`
}

// Run makes a role.
func (c *setRole) Run(a *app) error {
	r, err := administer(a, admin.PutRole, admin.RoleRequest{ScopeNames: c.words(), Name: c.Name, Permissions: c.Permissions})
	switch {
	case err != nil:
	case r.Request != 0:
		fmt.Fprintf(a.stdout, "request %d waits for a guardian of privacy: codegauge privacy requests\n", r.Request)
	default:
		fmt.Fprintf(a.stdout, "role %s: %s\n", clean(r.Name), strings.Join(r.Permissions, " "))
	}
	return err
}

type removeRole struct {
	inEnterprise
	Name string `arg:"" help:"The role's name."`
}

// Run deletes a role.
func (c *removeRole) Run(a *app) error {
	r, err := administer(a, admin.RemoveRole, admin.RoleRequest{ScopeNames: c.words(), Name: c.Name})
	if err == nil {
		fmt.Fprintf(a.stdout, "removed role %s\n", clean(r.Name))
	}
	return err
}
