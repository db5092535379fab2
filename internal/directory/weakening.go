package directory

import (
	"context"
	"fmt"
	"strings"
	"time"

	"codegauge/internal/english"
)

// Guardian is the role of whoever watches over an enterprise's privacy: a works council, a
// data protection officer. Where somebody holds it, nobody weakens privacy without them.
const Guardian = "guardian"

// MemberRole is the role of whoever sees their own data alone, the only one that a guardian can
// hold besides.
const MemberRole = "member"

// Weakening is a change that lets more be seen of people, or for longer. It takes effect
// when a guardian approves it.
type Weakening struct {
	ID, Enterprise int64
	// One of these is the change: privacy settings; a role to give, of a guardian besides those
	// that there are or of somebody who views people with it; a guardian's grant to take back;
	// a role that somebody holds and that is to view people; a token's number and a scope with
	// which it views people.
	Privacy *PrivacyChange `json:",omitempty"`
	Give    *Grant         `json:",omitempty"`
	Dismiss *Grant         `json:",omitempty"`
	Role    *Role          `json:",omitempty"`
	Token   *TokenScope    `json:",omitempty"`
	// Summary says what it is, without people's names.
	Summary string
	// Requester is the actor who asks for it, and Person their number, 0 for nobody.
	Requester string
	Person    int64
	At        time.Time
	// Decision is "" while it waits, Decider the actor who decided.
	Decision Decision
	Decider  string
	Decided  time.Time
}

// TokenScope is a scope that a token is to have besides its others.
type TokenScope struct {
	Token int64
	Scope string
}

// Decision is what became of a Weakening.
type Decision string

// The decisions. An approved change has taken effect.
const (
	Approved  Decision = "approved"
	Declined  Decision = "declined"
	Withdrawn Decision = "withdrawn"
)

// PrivacyChange is what is to become of privacy settings; what is nil stays.
type PrivacyChange struct {
	MinimumGroup            *int
	Pseudonyms, PersonViews *bool
	RetentionMonths         *int
	Reason                  string
}

// Of returns settings after the change.
func (c PrivacyChange) Of(p Privacy) Privacy {
	set(&p.MinimumGroup, c.MinimumGroup)
	set(&p.Pseudonyms, c.Pseudonyms)
	set(&p.PersonViews, c.PersonViews)
	set(&p.RetentionMonths, c.RetentionMonths)
	p.Reason = c.Reason
	return p
}

// Narrow returns the change without what settings have already: what somebody else makes
// of that meanwhile stays.
func (c PrivacyChange) Narrow(before Privacy) *PrivacyChange {
	c.MinimumGroup, c.Pseudonyms = differing(c.MinimumGroup, before.MinimumGroup), differing(c.Pseudonyms, before.Pseudonyms)
	c.PersonViews, c.RetentionMonths = differing(c.PersonViews, before.PersonViews), differing(c.RetentionMonths, before.RetentionMonths)
	return &c
}

func differing[T comparable](value *T, before T) *T {
	if value == nil || *value == before {
		return nil
	}
	return value
}

func set[T any](to *T, value *T) {
	if value != nil {
		*to = *value
	}
}

// Between returns what the change would make different of settings.
func (c PrivacyChange) Between(before Privacy) string {
	after := c.Of(before)
	var out []string
	add := func(differs bool, format string, args ...any) {
		if differs {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(before.MinimumGroup != after.MinimumGroup, "minimum group %d → %d", before.MinimumGroup, after.MinimumGroup)
	add(before.Pseudonyms != after.Pseudonyms, "pseudonyms %s → %s", onOff(before.Pseudonyms), onOff(after.Pseudonyms))
	add(before.PersonViews != after.PersonViews, "per-person views %s → %s", onOff(before.PersonViews), onOff(after.PersonViews))
	add(before.RetentionMonths != after.RetentionMonths, "retention %s → %s", months(before.RetentionMonths), months(after.RetentionMonths))
	return strings.Join(out, ", ")
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

func months(n int) string {
	if n == 0 {
		return "for good"
	}
	return english.Count(n, "month", "months")
}

// Weakenings are changes that wait for a guardian, and those that were decided.
type Weakenings interface {
	// RequestWeakening adds a change, which has no effect yet, and returns it with its number.
	RequestWeakening(ctx context.Context, w Weakening) (Weakening, error)
	// Weakenings lists an enterprise's: those that wait, then those that were decided, the
	// newest first.
	Weakenings(ctx context.Context, enterprise int64) ([]Weakening, error)
	// DecideWeakening decides one that waits, else it is a fault.Conflict, and carries an
	// approved one out in the same transaction.
	DecideWeakening(ctx context.Context, id int64, d Decision) error
}
