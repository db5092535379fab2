package cli

import (
	"cmp"
	"fmt"
	"io"
	"time"

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
	Show      showPrivacy   `cmd:"" help:"Show the settings."`
	Statement showStatement `cmd:"" help:"Print what is kept and shown of people, as it is configured now."`
	Set       setPrivacy    `cmd:"" help:"Change settings; everybody sees the reason. Where there is a guardian, what lets more be seen of people waits for them."`

	Requests listRequests    `cmd:"" help:"List the changes that wait for a guardian, and those that were decided."`
	Withdraw withdrawRequest `cmd:"" help:"Withdraw a change that waits for a guardian."`
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

type showStatement struct {
	inEnterprise
	JSON bool `name:"json" help:"Print JSON."`
}

// Run prints the statement.
func (c *showStatement) Run(a *app) error {
	s, err := administer(a, admin.ShowStatement, c.words())
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.stdout, s)
	}
	fmt.Fprintf(a.stdout, "Privacy in the enterprise %s, as configured on %s\n\n", clean(s.Enterprise), s.At.Format(time.DateTime+" MST"))
	for _, sentence := range s.Sentences {
		fmt.Fprintf(a.stdout, "- %s\n", clean(sentence))
	}
	return nil
}

type setPrivacy struct {
	inEnterprise
	MinimumGroup    *int   `placeholder:"N" help:"Smallest group whose figures are shown without the permission to view people; it can be raised, never lowered."`
	Pseudonyms      *bool  `negatable:"" help:"Show pseudonyms instead of names."`
	PersonViews     *bool  `negatable:"" help:"Allow pages, queries and exports about individuals."`
	RetentionMonths *int   `placeholder:"N" help:"Months to keep data about individuals; 0 keeps it for good."`
	Reason          string `required:"" placeholder:"TEXT" help:"The reason, which everybody sees."`
}

// Run changes the settings.
func (c *setPrivacy) Run(a *app) error {
	p, err := administer(a, admin.SetPrivacy, admin.PrivacyRequest{ScopeNames: c.words(), MinimumGroup: c.MinimumGroup, Pseudonyms: c.Pseudonyms,
		PersonViews: c.PersonViews, RetentionMonths: c.RetentionMonths, Reason: c.Reason})
	if err == nil && p.Request != 0 {
		fmt.Fprintf(a.stdout, "request %d waits for a guardian of privacy; in force until then:\n", p.Request)
	}
	return a.printPrivacy(p.Privacy, false, err)
}

type listRequests struct {
	inEnterprise
	JSON bool `name:"json" help:"Print JSON."`
}

// Help is shown below the flags.
func (listRequests) Help() string {
	return `A guardian approves and declines in the browser, under Settings, Privacy, by their own sign-in: the command line is the operator's and cannot.`
}

// Run lists requests.
func (c *listRequests) Run(a *app) error {
	list, err := administer(a, admin.ListRequests, c.words())
	return a.printRequests(list, c.JSON, err)
}

func (a *app) printRequests(list []admin.Request, asJSON bool, err error) error {
	if err != nil {
		return err
	}
	return a.show(asJSON, list, "id\twhat\treason\trequested by\tat\tdecision\tby", func(w io.Writer) {
		for _, r := range list {
			row(w, r.ID, r.What, r.Reason, r.By, r.At.Format(time.RFC3339), cmp.Or(string(r.Decision), "waits"), r.Decider)
		}
	})
}

type withdrawRequest struct {
	inEnterprise
	ID int64 `arg:"" help:"The request's id."`
}

// Run withdraws a request.
func (c *withdrawRequest) Run(a *app) error {
	list, err := administer(a, admin.Decide, admin.DecideRequest{ScopeNames: c.words(), ID: c.ID, Decision: directory.Withdrawn})
	return a.printRequests(list, false, err)
}
