package settings

import (
	"cmp"
	"strconv"

	"codegauge/internal/admin"
	"codegauge/internal/fault"
	"codegauge/internal/web/shell"
)

func privacyPage() page {
	return page{name: "privacy", icon: "person", view: privacySettings,
		forms: map[string]func(*request) (shell.Notice, error){"set": setPrivacy}}
}

// privacySettingsView is how an enterprise treats people's data.
type privacySettingsView struct {
	Settings
	Minimum, Months         string
	Pseudonyms, PersonViews bool
	Reason                  string
	// Since says who changed the settings when, and Why for which reason.
	Since, Why string
}

func privacySettings(r *request) (any, error) {
	p, err := r.admin.Privacy(r.Context(), r.words)
	if err != nil {
		return nil, err
	}
	v := &privacySettingsView{Settings: r.frame(), Minimum: strconv.Itoa(p.MinimumGroup), Months: strconv.Itoa(p.RetentionMonths),
		Pseudonyms: p.Pseudonyms, PersonViews: p.PersonViews, Since: r.t("privacy.never"), Why: p.Reason}
	if !p.Changed.IsZero() {
		last, err := r.admin.Audit(r.Context(), admin.AuditRequest{ScopeNames: r.words, Action: "privacy.set", Limit: 1})
		if err != nil {
			return nil, err
		}
		by := ""
		if len(last) > 0 {
			by = cmp.Or(last[0].Name, last[0].Actor)
		}
		v.Since = r.since(by, p.Changed)
	}
	if len(r.form) > 0 {
		v.Minimum, v.Months, v.Reason = r.form.Get("minimum"), r.form.Get("months"), r.form.Get("reason")
		v.Pseudonyms, v.PersonViews = r.form.Has("pseudonyms"), r.form.Has("person-views")
	}
	return v, nil
}

func setPrivacy(r *request) (shell.Notice, error) {
	minimum, err := r.number("minimum")
	if err != nil {
		return shell.Notice{}, err
	}
	months, err := r.number("months")
	if err != nil {
		return shell.Notice{}, err
	}
	pseudonyms, views := r.form.Has("pseudonyms"), r.form.Has("person-views")
	_, err = r.admin.SetPrivacy(r.Context(), admin.PrivacyRequest{ScopeNames: r.words, MinimumGroup: &minimum, RetentionMonths: &months,
		Pseudonyms: &pseudonyms, PersonViews: &views, Reason: r.form.Get("reason")})
	return shell.Notice{Text: r.t("privacy.done")}, err
}

// number reads a whole number of the form.
func (r *request) number(name string) (int, error) {
	n, err := strconv.Atoi(r.form.Get(name))
	if err != nil {
		return 0, fault.New(fault.Invalid, "%s: %.20q is not a whole number", r.t("privacy."+name), r.form.Get(name))
	}
	return n, nil
}
