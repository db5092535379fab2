package directory

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Event is something worth remembering. Changes of the directory record theirs
// in the same transaction; Record is for what changes nothing here: sign-ins,
// exports, views of a person's data.
type Event struct {
	// Enterprise is whose log it is in, 0 for the installation's.
	Enterprise int64
	// Action is a word such as "policy.set".
	Action string
	// Target says on what, in words without people's names.
	Target string
	// Subject is the person whom it is about, 0 for none: they see it.
	Subject int64
	// Detail says what it was and became.
	Detail string
}

// The actions of looking at people's data: at that of the entry's subject, and at that of
// everybody at the place that is its target.
const (
	PeopleViewed = "people.viewed"
	PeopleListed = "people.listed"
)

// Entry is one line of the audit log.
type Entry struct {
	Seq int64
	At  time.Time
	Actor
	Event
	// Hash covers the entry and the entry before.
	Hash string
}

// Seal returns the hash of the entry after one with the hash previous.
func (e Entry) Seal(previous string) string {
	b, _ := json.Marshal([]any{previous, e.Seq, e.At.UnixMicro(), e.Name, e.Person, e.Address,
		e.Enterprise, e.Action, e.Target, e.Subject, e.Detail}) // strings and numbers always marshal
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// AuditFilter selects entries; what is zero selects all.
type AuditFilter struct {
	// Enterprise is whose log; All reads every log instead.
	Enterprise int64
	All        bool
	// Subject and Person are whom it is about and who did it.
	Subject, Person int64
	// About is somebody who did it, or whom it is about.
	About int64
	// Action is an action, or the beginning of several up to a dot: "token.".
	Action   string
	From, To time.Time // From included, To not
	// Before continues a list: only entries with a lower Seq.
	Before int64
	// Limit is 100 unless set.
	Limit int
}

// AuditCheck is what became of the log. Broken is the first entry that is not
// as it was written, or that is missing; 0 if there is none.
type AuditCheck struct {
	Entries int64 `json:"entries"`
	Broken  int64 `json:"broken,omitempty"`
	// Head is the last entry's hash: who notes it down elsewhere can tell later
	// that nothing before was rewritten.
	Head string `json:"head"`
}

// Audit is the log of what people did.
type Audit interface {
	// Record appends events, all or none.
	Record(ctx context.Context, events ...Event) error
	// AuditLog lists entries, newest first.
	AuditLog(ctx context.Context, f AuditFilter) ([]Entry, error)
	// VerifyAudit recomputes the chain.
	VerifyAudit(ctx context.Context) (AuditCheck, error)
}
