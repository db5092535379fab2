package settings

import (
	"cmp"
	"slices"
	"strconv"

	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

func privacyPage() page {
	return page{name: "privacy", icon: "person", view: privacySettings,
		forms: map[string]func(*request) (shell.Notice, error){
			"set": setPrivacy, "approved": decideRequest, "declined": decideRequest, "withdrawn": decideRequest}}
}

// privacySettingsView is how an enterprise treats people's data.
type privacySettingsView struct {
	Settings
	Minimum, Months         string
	Pseudonyms, PersonViews bool
	// WithoutPeople says that the enterprise is kept without people: there are no views of
	// them to turn on.
	WithoutPeople bool
	Reason        string
	// Waiting are the requests that a guardian has to decide, Decided the others. Guarded
	// says who guards the settings, "" if nobody does.
	Waiting, Decided []RequestRow
	Guarded          string
	// Facts are the settings, for those who only read them.
	Facts []shell.Fact
	// Statement is what is kept and shown of people, in sentences.
	Statement []string
	// Since says who changed the settings when, and Why for which reason.
	Since, Why string
}

// RequestRow is a change that weakens privacy, who asked for it, and what became of it.
type RequestRow struct {
	ID                  int64
	What, Reason        string
	By, Decision        string
	Approves, Withdraws bool
}

func privacySettings(r *request) (any, error) {
	p, err := r.admin.Privacy(r.Context(), r.words)
	if err != nil {
		return nil, err
	}
	v := &privacySettingsView{Settings: r.frame(), Minimum: strconv.Itoa(p.MinimumGroup), Months: strconv.Itoa(p.RetentionMonths),
		Pseudonyms: p.Pseudonyms, PersonViews: p.PersonViews, WithoutPeople: r.at.Enterprise.WithoutPeople(), Since: r.t("privacy.never"), Why: p.Reason}
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
	if err := r.requests(v); err != nil {
		return nil, err
	}
	v.Facts = r.privacyFacts(p)
	statement, err := r.admin.Statement(r.Context(), r.words)
	if err != nil {
		return nil, err
	}
	v.Statement = statement.Sentences
	if r.form.Get("do") == "set" {
		v.Minimum, v.Months, v.Reason = r.form.Get("minimum"), r.form.Get("months"), r.form.Get("reason")
		v.Pseudonyms, v.PersonViews = r.form.Has("pseudonyms"), r.form.Has("person-views")
	}
	return v, nil
}

func (r *request) privacyFacts(p directory.Privacy) []shell.Fact {
	word := func(on bool) string {
		if on {
			return r.t("on")
		}
		return r.t("off")
	}
	months := r.t("privacy.forever")
	if p.RetentionMonths > 0 {
		months = r.shell.Text.Count("n.months", p.RetentionMonths)
	}
	facts := []shell.Fact{{Label: r.t("privacy.minimum"), Value: strconv.Itoa(p.MinimumGroup)}, {Label: r.t("privacy.pseudonyms"), Value: word(p.Pseudonyms)},
		{Label: r.t("privacy.views"), Value: word(p.PersonViews)}, {Label: r.t("privacy.kept"), Value: months}}
	if r.at.Enterprise.WithoutPeople() {
		facts[1], facts[2].Value = shell.Fact{Label: r.t("privacy.people"), Value: r.t("privacy.people.none")}, word(false)
	}
	return facts
}

// requests fills who guards the settings, and what waits for them.
func (r *request) requests(v *privacySettingsView) error {
	list, err := r.admin.Requests(r.Context(), r.words)
	if err != nil {
		return err
	}
	for _, q := range list {
		row := RequestRow{ID: q.ID, What: text.Upper(q.What), Reason: q.Reason, By: r.t("settings.by", q.By, text.Moment(q.At)), Approves: q.Approves, Withdraws: q.Withdraws}
		if q.Decision == "" {
			v.Waiting = append(v.Waiting, row)
			continue
		}
		row.Decision = r.t("privacy.request."+string(q.Decision), q.Decider, text.Moment(q.Decided))
		v.Decided = append(v.Decided, row)
	}
	users, err := r.admin.Users(r.Context(), r.words)
	if err != nil {
		return err
	}
	var guardians []string
	for _, u := range users {
		if slices.ContainsFunc(u.Roles, func(g admin.Grant) bool { return g.Role == directory.Guardian }) {
			guardians = append(guardians, cmp.Or(u.Name, u.Email))
		}
	}
	if len(guardians) > 0 {
		v.Guarded = r.t("privacy.guarded", english.List(guardians))
	}
	return nil
}

func decideRequest(r *request) (shell.Notice, error) {
	id, err := r.id("request")
	if err != nil {
		return shell.Notice{}, err
	}
	decision := directory.Decision(r.form.Get("do"))
	_, err = r.admin.Decide(r.Context(), admin.DecideRequest{ScopeNames: r.words, ID: id, Decision: decision})
	return shell.Notice{Text: r.t("privacy.request." + string(decision) + ".done")}, err
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
	done, err := r.admin.SetPrivacy(r.Context(), admin.PrivacyRequest{ScopeNames: r.words, MinimumGroup: &minimum, RetentionMonths: &months,
		Pseudonyms: &pseudonyms, PersonViews: &views, Reason: r.form.Get("reason")})
	if done.Request != 0 {
		return shell.Notice{Text: r.t("privacy.request.made")}, err
	}
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
