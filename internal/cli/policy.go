package cli

import (
	"io"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/english"
)

type policyCmd struct {
	Show showPolicy `cmd:"" help:"Show the policy and each organization's choice."`
	Set  setPolicy  `cmd:"" help:"Set the policy, or an organization's choice."`
}

type showPolicy struct {
	inEnterprise
	JSON bool `name:"json" help:"Print JSON."`
}

// Run shows the policy.
func (c *showPolicy) Run(a *app) error {
	p, err := administer(a, admin.ShowPolicy, c.words())
	return a.printPolicy(p, c.JSON, err)
}

func (a *app) printPolicy(p admin.Policy, asJSON bool, err error) error {
	if err != nil {
		return err
	}
	return a.show(asJSON, p, "usage metrics\tpolicy", func(w io.Writer) {
		row(w, p.Enterprise, p.Policy)
		for _, o := range p.Organizations {
			row(w, "  "+o.Organization, o.Policy)
		}
	})
}

type setPolicy struct {
	inEnterprise
	Org    string `placeholder:"SLUG" help:"Set this organization's choice, which applies where organizations decide."`
	Policy string `arg:"" help:"enabled, disabled, organizations (let each decide) or unconfigured (the same as disabled)."`
}

// Run sets the policy.
func (c *setPolicy) Run(a *app) error {
	p, err := administer(a, admin.SetPolicy, admin.PolicyRequest{ScopeNames: access.ScopeNames{Enterprise: c.Enterprise, Org: c.Org}, Policy: c.Policy})
	return a.printPolicy(p, false, err)
}

type privacyCmd struct {
	Show showPrivacy `cmd:"" help:"Show the settings."`
	Set  setPrivacy  `cmd:"" help:"Change settings; everybody sees the reason."`
}

type showPrivacy struct {
	inEnterprise
	JSON bool `name:"json" help:"Print JSON."`
}

// Run shows the settings.
func (c *showPrivacy) Run(a *app) error {
	p, err := administer(a, admin.ShowPrivacy, c.words())
	return a.printPrivacy(p, c.JSON, err)
}

func (a *app) printPrivacy(p directory.Privacy, asJSON bool, err error) error {
	if err != nil {
		return err
	}
	return a.show(asJSON, p, "setting\tvalue", func(w io.Writer) {
		row(w, "minimum group", p.MinimumGroup)
		row(w, "pseudonyms", p.Pseudonyms)
		row(w, "per-person views", p.PersonViews)
		row(w, "retention", english.Count(p.RetentionMonths, "month", "months"))
		row(w, "last reason", p.Reason)
	})
}

type setPrivacy struct {
	inEnterprise
	MinimumGroup    *int   `placeholder:"N" help:"Smallest group whose figures are shown without the permission to view people."`
	Pseudonyms      *bool  `negatable:"" help:"Show pseudonyms instead of names."`
	PersonViews     *bool  `negatable:"" help:"Allow pages, queries and exports about individuals."`
	RetentionMonths *int   `placeholder:"N" help:"Months to keep data about individuals; 0 keeps it for good."`
	Reason          string `required:"" placeholder:"TEXT" help:"The reason, which everybody sees."`
}

// Run changes the settings.
func (c *setPrivacy) Run(a *app) error {
	p, err := administer(a, admin.SetPrivacy, admin.PrivacyRequest{ScopeNames: c.words(), MinimumGroup: c.MinimumGroup, Pseudonyms: c.Pseudonyms,
		PersonViews: c.PersonViews, RetentionMonths: c.RetentionMonths, Reason: c.Reason})
	return a.printPrivacy(p, false, err)
}
