// Package admin is what settings pages and commands do: policy, privacy, users,
// roles, tokens, people and the audit log. A request names things as people do;
// who asks is in the context (access.Of), and every call checks what they may
// do, whatever route they came by. The directory writes every change into the
// audit log.
package admin

import (
	"context"
	"fmt"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/privacy"
	"codegauge/internal/question"
	"codegauge/internal/source"
	"codegauge/internal/store"
)

// Data knows whom records speak of, and counts people as the directory says.
type Data interface {
	// Observed lists the identities of an enterprise's data; Person is 0.
	Observed(ctx context.Context, enterprise int64) ([]directory.Identity, error)
	// FormerLogins returns the logins that identities had before their present ones.
	FormerLogins(ctx context.Context, enterprise int64) (func(tool, userID string) []string, error)
	// ReconcileIdentities brings figures up to date with who is who in an enterprise, or in
	// every one if it is 0.
	ReconcileIdentities(ctx context.Context, enterprise int64) error
	// Retain removes what is known of single people and older than the
	// enterprise's retention in months; a dry run only counts.
	Retain(ctx context.Context, enterprise int64, dryRun bool, note func(ctx context.Context, months int, done store.Removed) error) (months int, done store.Removed, err error)
	// Erase forgets the person of an enterprise whom words name; a dry run only says what would go.
	Erase(ctx context.Context, enterprise int64, words []string, dryRun bool) (privacy.Erased, error)
	// Erasures lists every erasure, and ReplayErasures makes those of a list again.
	Erasures(ctx context.Context) ([]privacy.Erasure, error)
	ReplayErasures(ctx context.Context, list []privacy.Erasure) (privacy.Replayed, error)
	// History lists the changes of an enterprise's data, newest first, at most limit.
	History(ctx context.Context, enterprise int64, limit int) ([]question.DataChange, error)
	// Delete deletes records, or undoes an import.
	Delete(ctx context.Context, r intake.DeleteRequest) (*intake.Report, error)
}

// Admin administers a directory and the data that it is about.
type Admin struct {
	dir  directory.Directory
	data Data
	now  func() time.Time
	// sources are nil where nothing is fetched.
	sources *source.Sources
	// digests are nil where none are sent.
	digests Digests
	// keys are those of enterprises that are kept without people.
	keys *privacy.Keys
}

// New returns the administration of a directory. now is time.Now if nil.
func New(d directory.Directory, data Data, now func() time.Time) *Admin {
	if now == nil {
		now = time.Now
	}
	return &Admin{dir: d, data: data, now: now}
}

// WithKeys gives a the keys of the enterprises that are kept without people, and returns a.
func (a *Admin) WithKeys(keys *privacy.Keys) *Admin {
	a.keys = keys
	return a
}

// follow makes figures follow a change of who is who, once it is made. If that
// fails the change stays: the next start makes up for it.
func (a *Admin) reconcileAfter(ctx context.Context, enterprise int64, err error) error {
	if err != nil {
		return err
	}
	if err := a.data.ReconcileIdentities(context.WithoutCancel(ctx), enterprise); err != nil {
		return fmt.Errorf("the change is made, but figures follow it only after a restart: %w", err)
	}
	return nil
}

// at returns the place that words name, if whoever asks has the permission there.
func (a *Admin) at(ctx context.Context, need access.Permission, w access.ScopeNames) (access.Place, error) {
	at, err := a.resolve(ctx, w)
	if err != nil {
		return at, err
	}
	return at, access.May(access.Of(ctx), need, at)
}

// resolve returns the place that words name.
func (a *Admin) resolve(ctx context.Context, w access.ScopeNames) (access.Place, error) {
	who := access.Of(ctx)
	at, err := access.Resolve(ctx, a.dir, who, w)
	if err != nil && who.Kind == access.Operator && fault.KindOf(err) == fault.NotFound {
		return at, missing(w)
	}
	return at, err
}

// missing tells the operator, who may know everything, what is not there.
func missing(w access.ScopeNames) error {
	switch {
	case w.Team != "":
		return fault.New(fault.NotFound, "team %.60q does not exist, or its name is ambiguous: name its organization as well", w.Team)
	case w.Org != "":
		return fault.New(fault.NotFound, "organization %.60q does not exist", w.Org)
	case w.Enterprise != "":
		return fault.New(fault.NotFound, "enterprise %.60q does not exist", w.Enterprise)
	}
	return fault.New(fault.NotFound, "there is no enterprise yet: import a report, or create one with codegauge enterprise add")
}

// enterprise is at for what belongs to a whole enterprise.
func (a *Admin) enterprise(ctx context.Context, need access.Permission, w access.ScopeNames) (directory.Entity, error) {
	at, err := a.at(ctx, need, access.ScopeNames{Enterprise: w.Enterprise})
	if err != nil {
		return directory.Entity{}, err
	}
	return *at.Enterprise, nil
}
