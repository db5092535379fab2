package admin

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// Policy is an enterprise's policy for usage metrics and its organizations' choices.
type Policy struct {
	Enterprise string `json:"enterprise"`
	Policy     string `json:"policy"`
	SetBy
	// Organizations lists all; their choice counts where they decide.
	Organizations []OrganizationPolicy `json:"organizations"`
}

// OrganizationPolicy is an organization's choice.
type OrganizationPolicy struct {
	Organization string `json:"organization"`
	Name         string `json:"name,omitempty"`
	Policy       string `json:"policy"`
	SetBy
}

// SetBy is who set something last, and when; the zero time if nobody did.
type SetBy struct {
	By      string    `json:"by,omitempty"`
	Changed time.Time `json:"changed,omitzero"`
}

// PolicyRequest sets an enterprise's policy, or an organization's choice.
type PolicyRequest struct {
	access.ScopeNames
	// Policy is enabled, disabled, unconfigured or, for an enterprise, organizations.
	Policy string `json:"policy"`
}

// Policy shows the policy to those who manage the enterprise or, their own
// choice alone, an organization.
func (a *Admin) Policy(ctx context.Context, r access.ScopeNames) (Policy, error) {
	at, err := a.at(ctx, access.ViewSettings, access.ScopeNames{Enterprise: r.Enterprise, Org: r.Org})
	if err != nil {
		return Policy{}, err
	}
	return a.policy(ctx, at)
}

func (a *Admin) policy(ctx context.Context, at access.Place) (Policy, error) {
	all, err := a.dir.Entities(ctx)
	if err != nil {
		return Policy{}, err
	}
	setters, err := a.policySetters(ctx, at.Enterprise.ID)
	if err != nil {
		return Policy{}, err
	}
	out := Policy{Organizations: []OrganizationPolicy{}}
	for _, e := range all {
		by := setters[fmt.Sprintf("%s %d", e.Kind, e.ID)]
		switch {
		case e.ID == at.Enterprise.ID:
			out.Enterprise, out.Policy, out.SetBy = e.Key(), e.Policy.Word(), by
		case e.Kind == directory.Organization && e.Enterprise == at.Enterprise.ID && (at.Organization == nil || e.ID == at.Organization.ID):
			out.Organizations = append(out.Organizations, OrganizationPolicy{e.Key(), e.Name, e.Policy.Word(), by})
		}
	}
	return out, nil
}

// policySetters reads from the audit log who set each policy last, by the entity
// as the log names it: "organization 2". One that was never set was made with
// the enterprise.
func (a *Admin) policySetters(ctx context.Context, enterprise int64) (map[string]SetBy, error) {
	out := map[string]SetBy{}
	people, err := a.peopleNames(ctx)
	if err != nil {
		return nil, err
	}
	for _, action := range []string{"policy.set", "enterprise.created"} {
		list, err := a.dir.AuditLog(ctx, directory.AuditFilter{Enterprise: enterprise, Action: action, Limit: maxEntries})
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			name, _, _ := strings.Cut(e.Target, " (")
			if _, later := out[name]; !later {
				out[name] = SetBy{cmp.Or(people[e.Person], e.Actor.Name), e.At}
			}
		}
	}
	return out, nil
}

// SetPolicy sets it.
func (a *Admin) SetPolicy(ctx context.Context, r PolicyRequest) (Policy, error) {
	at, err := a.at(ctx, access.Manage, access.ScopeNames{Enterprise: r.Enterprise, Org: r.Org})
	if err != nil {
		return Policy{}, err
	}
	e := at.Entity()
	p, err := directory.ParsePolicy(e.Kind, r.Policy)
	if err != nil {
		return Policy{}, err
	}
	if err := a.dir.SetPolicy(ctx, e.ID, p); err != nil {
		return Policy{}, err
	}
	return a.policy(ctx, at)
}

// PrivacyRequest changes privacy settings; what is nil stays.
type PrivacyRequest struct {
	access.ScopeNames
	MinimumGroup    *int  `json:"minimum_group,omitempty"`
	Pseudonyms      *bool `json:"pseudonyms,omitempty"`
	PersonViews     *bool `json:"person_views,omitempty"`
	RetentionMonths *int  `json:"retention_months,omitempty"`
	// Reason is shown to everybody.
	Reason string `json:"reason"`
}

// Privacy shows the settings to those who manage the enterprise.
func (a *Admin) Privacy(ctx context.Context, r access.ScopeNames) (directory.Privacy, error) {
	e, err := a.enterprise(ctx, access.ViewSettings, r)
	if err != nil {
		return directory.Privacy{}, err
	}
	return a.dir.Privacy(ctx, e.ID)
}

// SetPrivacy changes them. What lets more be seen of people takes an owner, and where
// there is a guardian it waits for their approval.
func (a *Admin) SetPrivacy(ctx context.Context, r PrivacyRequest) (PrivacyAnswer, error) {
	e, err := a.enterprise(ctx, access.Manage, r.ScopeNames)
	if err != nil {
		return PrivacyAnswer{}, err
	}
	before, err := a.dir.Privacy(ctx, e.ID)
	if err != nil {
		return PrivacyAnswer{}, err
	}
	if r.MinimumGroup != nil && *r.MinimumGroup < before.MinimumGroup {
		return PrivacyAnswer{}, fault.New(fault.Invalid, "the minimum group size is %d and cannot be lowered to %d: figures that are hidden now would be told apart from those shown then", before.MinimumGroup, *r.MinimumGroup)
	}
	if on := r.PersonViews != nil && *r.PersonViews || r.Pseudonyms != nil && !*r.Pseudonyms; on && e.WithoutPeople() {
		return PrivacyAnswer{}, fault.New(fault.Conflict, "the enterprise %s is kept without people, for good: nobody's name is stored, and there are no views of single people to turn on", e.Key())
	}
	change := directory.PrivacyChange{MinimumGroup: r.MinimumGroup, Pseudonyms: r.Pseudonyms, PersonViews: r.PersonViews, RetentionMonths: r.RetentionMonths, Reason: r.Reason}
	if weakens(before, change.Of(before)) {
		if err := isOwner(ctx, e); err != nil {
			return PrivacyAnswer{}, err
		}
		guarded, err := a.guarded(ctx, e.ID)
		if err != nil {
			return PrivacyAnswer{}, err
		}
		if guarded {
			w, err := a.dir.RequestWeakening(ctx, directory.Weakening{Enterprise: e.ID, Privacy: change.Narrow(before), Summary: change.Between(before) + "; " + r.Reason})
			return PrivacyAnswer{before, w.ID}, err
		}
	}
	if err := a.dir.SetPrivacy(ctx, e.ID, change.Of(before)); err != nil {
		return PrivacyAnswer{}, err
	}
	after, err := a.dir.Privacy(ctx, e.ID)
	return PrivacyAnswer{Privacy: after}, err
}

// weakens reports whether settings let more be seen of people, or for longer: a retention
// of 0 months is for good.
func weakens(from, to directory.Privacy) bool {
	longer := from.RetentionMonths != 0 && (to.RetentionMonths == 0 || to.RetentionMonths > from.RetentionMonths)
	return from.Pseudonyms && !to.Pseudonyms || !from.PersonViews && to.PersonViews || longer
}

// isOwner refuses whoever does not sign in with every permission in the enterprise.
func isOwner(ctx context.Context, e directory.Entity) error {
	if _, lacks := lacking(ctx, access.All, &e); lacks || access.Of(ctx).Kind == access.Program {
		return fault.New(fault.Forbidden, "this lets more be seen of people, or is about who guards their privacy: only an owner of the enterprise %s can do it", e.Key())
	}
	return nil
}

func replace[T any](old *T, value *T) {
	if value != nil {
		*old = *value
	}
}
