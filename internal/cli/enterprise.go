package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
)

// inEnterprise is the flag of commands that are about one enterprise.
type inEnterprise struct {
	Enterprise string `placeholder:"SLUG" help:"The enterprise. Default: the only one there is."`
}

// inPlace is for those that may be about a part of it.
type inPlace struct {
	inEnterprise
	Org  string `placeholder:"SLUG" help:"Only in this organization."`
	Team string `placeholder:"SLUG" help:"Only in this team."`
}

func (f inEnterprise) words() access.ScopeNames { return access.ScopeNames{Enterprise: f.Enterprise} }
func (f inPlace) words() access.ScopeNames {
	return access.ScopeNames{Enterprise: f.Enterprise, Org: f.Org, Team: f.Team}
}

type enterpriseCmd struct {
	Add    addEnterprise    `cmd:"" help:"Create an enterprise; its usage metrics policy starts enabled."`
	Rename renameEnterprise `cmd:"" help:"Change the display name."`
	List   listEnterprises  `cmd:"" help:"List the enterprises."`
}

type addEnterprise struct {
	Slug string `arg:"" help:"Short name for URLs, such as acme."`
	Name string `placeholder:"TEXT" help:"Display name."`

	WithoutPeople bool `help:"Keep it without people: logins, ids, names and e-mail addresses become pseudonyms before anything is stored. Cannot be changed later; see --people-keys."`
}

// Run makes an enterprise.
func (c *addEnterprise) Run(a *app) error {
	return a.putEntity(admin.EntityRequest{ScopeNames: access.ScopeNames{Enterprise: c.Slug}, Name: c.Name, New: true, WithoutPeople: c.WithoutPeople})
}

type renameEnterprise struct {
	Slug string `arg:"" help:"Which one."`
	Name string `arg:"" help:"Display name."`
}

// Run names an enterprise.
func (c *renameEnterprise) Run(a *app) error {
	return a.putEntity(admin.EntityRequest{ScopeNames: access.ScopeNames{Enterprise: c.Slug}, Name: c.Name})
}

type listEnterprises struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists the enterprises.
func (c *listEnterprises) Run(a *app) error {
	return a.listEntities(access.ScopeNames{}, directory.Enterprise, c.JSON)
}

// putEntity makes or names an entity, and says which.
func (a *app) putEntity(r admin.EntityRequest) error {
	e, err := administer(a, admin.PutEntity, r)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s %s (%d)\n", e.Kind, clean(e.Key), e.ID)
	return nil
}

func (a *app) listEntities(w access.ScopeNames, kind directory.Kind, asJSON bool) error {
	all, err := administer(a, admin.ListEntities, w)
	if err != nil {
		return err
	}
	var list []admin.Entity
	for _, e := range all {
		if e.Kind == kind && (w.Org == "" || e.Organization == w.Org) {
			list = append(list, e)
		}
	}
	return a.show(asJSON, list, "slug\tname\torganization\tpolicy\tids", func(w io.Writer) {
		for _, e := range list {
			row(w, e.Key, e.Name, e.Organization, e.Policy, strings.Join(e.IDs, " "))
		}
	})
}

// printJSON prints what commands print with --json.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// show prints a list, as JSON or as a table under its head.
func (a *app) show(asJSON bool, list any, head string, rows func(io.Writer)) error {
	if asJSON {
		return printJSON(a.stdout, list)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, head)
	rows(w)
	return w.Flush()
}

// row prints cells; what people wrote in them cannot forge others, or lines.
func row(w io.Writer, cells ...any) {
	for i, c := range cells {
		text := clean(fmt.Sprint(c))
		if text == "" {
			text = "–"
		}
		if i > 0 {
			fmt.Fprint(w, "\t")
		}
		fmt.Fprint(w, text)
	}
	fmt.Fprintln(w)
}
