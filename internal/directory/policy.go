package directory

import (
	"context"
	"strings"
	"time"

	"codegauge/internal/fault"
)

// Policy is whether usage metrics may be seen: the "Copilot usage metrics" policy.
type Policy string

// The policies of an enterprise. An organization has PolicyEnabled,
// PolicyDisabled or PolicyUnset, which counts where its enterprise lets
// organizations decide.
const (
	PolicyEnabled       Policy = "enabled"
	PolicyDisabled      Policy = "disabled"
	PolicyOrganizations Policy = "organizations"
	// PolicyUnset acts as disabled; its word is unconfigured.
	PolicyUnset Policy = ""
)

// Word returns what people call the policy.
func (p Policy) Word() string {
	if p == PolicyUnset {
		return "unconfigured"
	}
	return string(p)
}

// ParsePolicy reads a policy that an entity of the kind can have.
func ParsePolicy(kind Kind, word string) (Policy, error) {
	words := map[Kind][]Policy{
		Enterprise:   {PolicyEnabled, PolicyDisabled, PolicyOrganizations, PolicyUnset},
		Organization: {PolicyEnabled, PolicyDisabled, PolicyUnset},
	}[kind]
	var known []string
	for _, p := range words {
		if p.Word() == word {
			return p, nil
		}
		known = append(known, p.Word())
	}
	if known == nil {
		return "", fault.New(fault.Invalid, "a %s cannot have its own policy: set it for the enterprise or an organization", kind)
	}
	return "", fault.New(fault.Invalid, "unknown policy %.40q: choose from %s", word, strings.Join(known, ", "))
}

// Policies sets policies; Entity.Policy has them.
type Policies interface {
	// SetPolicy sets an enterprise's or organization's policy.
	SetPolicy(ctx context.Context, entity int64, p Policy) error
}

// Privacy is how an enterprise treats people's data.
type Privacy struct {
	// MinimumGroup is the smallest group whose figures are shown to those who
	// may not view people.
	MinimumGroup int
	// Pseudonyms replaces names; PersonViews allows pages about one person.
	Pseudonyms, PersonViews bool
	// RetentionMonths is how long user-days are kept; 0 keeps them.
	RetentionMonths int
	// Reason is why it was last changed, and Changed when; the zero time if never.
	Reason  string
	Changed time.Time
}

// DefaultPrivacy holds at first start.
func DefaultPrivacy() Privacy {
	return Privacy{MinimumGroup: 5, Pseudonyms: true, RetentionMonths: 13}
}

// Privacies holds privacy settings.
type Privacies interface {
	Privacy(ctx context.Context, enterprise int64) (Privacy, error)
	// SetPrivacy needs a reason.
	SetPrivacy(ctx context.Context, enterprise int64, p Privacy) error
}
