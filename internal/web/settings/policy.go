package settings

import (
	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

func policyPage() page {
	return page{name: "policy", icon: "shield", organizations: true, view: policySettings,
		forms: map[string]func(*request) (shell.Notice, error){"set": setPolicy}}
}

// policySettingsView is an enterprise's policy and its organizations' choices;
// on an organization's page its own choice alone.
type policySettingsView struct {
	Settings
	// Options are the enterprise's, nil on an organization's page.
	Options []Option
	Since   string
	// Decides says that organizations' choices count.
	Decides bool
	Note    string
	Rows    []PolicyRow
}

// Option is a choice of a form.
type Option struct {
	Value, Label, Text string
	On                 bool
}

// PolicyRow is an organization's choice.
type PolicyRow struct {
	Label, Key, Since string
	Options           []Option
}

func policySettings(r *request) (any, error) {
	p, err := r.admin.Policy(r.Context(), r.words)
	if err != nil {
		return nil, err
	}
	v := &policySettingsView{Settings: r.frame(), Decides: p.Policy == directory.PolicyOrganizations.Word()}
	v.Note = r.t("policy.note.fixed")
	if v.Decides {
		v.Note = r.t("policy.note.decides")
	}
	if r.words.Org == "" {
		v.Options = r.policyOptions(p.Policy, directory.PolicyEnabled, directory.PolicyDisabled, directory.PolicyOrganizations, directory.PolicyUnset)
		v.Since = r.since(p.By, p.Changed)
	}
	for _, o := range p.Organizations {
		row := PolicyRow{Label: o.Name, Key: o.Organization, Since: r.since(o.By, o.Changed),
			Options: r.policyOptions(o.Policy, directory.PolicyEnabled, directory.PolicyDisabled, directory.PolicyUnset)}
		if row.Label == "" {
			row.Label = row.Key
		}
		v.Rows = append(v.Rows, row)
	}
	return v, nil
}

func (r *request) policyOptions(now string, all ...directory.Policy) []Option {
	var out []Option
	for _, p := range all {
		out = append(out, Option{p.Word(), r.t("policy.choice." + p.Word()), r.t("policy.choice." + p.Word() + ".text"), p.Word() == now})
	}
	return out
}

func setPolicy(r *request) (shell.Notice, error) {
	words := access.ScopeNames{Enterprise: r.words.Enterprise, Org: r.words.Org}
	if words.Org == "" {
		words.Org = r.form.Get("org")
	}
	word := r.form.Get("policy")
	if _, err := r.admin.SetPolicy(r.Context(), admin.PolicyRequest{ScopeNames: words, Policy: word}); err != nil {
		return shell.Notice{}, err
	}
	whose := r.at.Enterprise.Label()
	if words.Org != "" {
		whose = words.Org
	}
	return shell.Notice{Text: r.t("policy.done", whose, text.Lower(r.t("policy.choice."+word)))}, nil
}
