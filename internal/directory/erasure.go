package directory

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"codegauge/internal/metric"
)

// Secret is an enterprise's key: what is made with it cannot be found out by
// trying names.
type Secret []byte

// sum returns the keyed hash of a text.
func (s Secret) sum(kind, text string) []byte {
	mac := hmac.New(sha256.New, s)
	fmt.Fprintf(mac, "%s %s", kind, text)
	return mac.Sum(nil)
}

// Pseudonym returns what stands for a login, or a user id: a login is the same
// in any case.
func (s Secret) Pseudonym(user string) string {
	code := strings.ToLower(base32.StdEncoding.EncodeToString(s.sum("name", strings.ToLower(user))))
	return "person-" + code[:4] + "-" + code[4:8] + "-" + code[8:12]
}

// Number returns eight bytes that stand for a user id that is a number.
func (s Secret) Number(user string) [8]byte { return [8]byte(s.sum("id", user)) }

// AuditName returns what the audit log calls an identity. It is not the pseudonym: who
// reads that somebody was linked must not learn from it whose figures are whose.
func (s Secret) AuditName(tool, user string) string {
	return "identity " + hex.EncodeToString(s.sum("audit", metric.IdentityTool(user, tool)+"\x00"+user))[:12]
}

// LinkKey returns the key that download links are signed with, and its id.
func (s Secret) LinkKey() (key []byte, id string) {
	return s.sum("download links", ""), hex.EncodeToString(s.sum("id of the key of download links", ""))[:8]
}

// Mark returns by what an erased user id of a tool is known again.
func (s Secret) Mark(tool, user string) string {
	return hex.EncodeToString(s.sum("erased", metric.IdentityTool(user, tool)+"\x00"+user))
}

// Erasure is who is to be forgotten in an enterprise.
type Erasure struct {
	Enterprise int64
	// Identities are the user ids and logins under which data speaks of them.
	Identities []Identity
	// Person is whose identities they are, 0 for nobody's: the person goes too,
	// unless the operator or another enterprise manages them, or knows them too.
	Person int64
	// Pseudonym names them in the audit log.
	Pseudonym string
}

// Marks returns by what the user ids are known again, their logins at GitHub where a list
// of seats says no id, and the person, if none is left, by their e-mail address, else "".
func (e Erasure) Marks(s Secret, email string) []string {
	var out []string
	for _, i := range e.Identities {
		if i.UserID != "" {
			out = append(out, s.Mark(i.Tool, i.UserID))
		}
		if i.Login != "" && (i.Tool == "" || i.Tool == metric.Copilot) {
			out = append(out, s.LoginMark(i.Login))
		}
	}
	if email != "" {
		out = append(out, s.EmailMark(email))
	}
	slices.Sort(out) // as the database lists those of one erasure
	return out
}

// LoginMark returns by what an erased person's login at GitHub is known again.
func (s Secret) LoginMark(login string) string {
	return hex.EncodeToString(s.sum("erased login", strings.ToLower(login)))
}

// EmailMark returns by what an erased person's e-mail address is known again.
func (s Secret) EmailMark(email string) string {
	return hex.EncodeToString(s.sum("erased e-mail", strings.ToLower(email)))
}

// ErasedMark is a mark and when it was made.
type ErasedMark struct {
	Mark string
	At   time.Time
}

// Erasures forgets people.
type Erasures interface {
	// Secret returns the enterprise's, which it has from its beginning to its end.
	Secret(ctx context.Context, enterprise int64) (Secret, error)
	// Erase removes what the directory has of somebody, in one transaction, also
	// from the database's file: identities, seats, tokens that name them, memberships, the
	// person with roles and sessions, and what undoing imports of people would
	// bring back. What is left are marks (Erasure.Marks), and an entry in the audit log.
	Erase(ctx context.Context, e Erasure) error
	// Erased lists the marks of an enterprise.
	Erased(ctx context.Context, enterprise int64) (map[string]bool, error)
	// ErasedMarks is Erased with the times, oldest first.
	ErasedMarks(ctx context.Context, enterprise int64) ([]ErasedMark, error)
	// PutErasedMarks adds marks that were made elsewhere: before a backup was restored.
	PutErasedMarks(ctx context.Context, enterprise int64, marks []ErasedMark) error
}
