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
	"codegauge/internal/privacy"
	"codegauge/internal/store"
)

// API is what there is to administer. *Admin does it; a Client asks a running server.
type API interface {
	// Entities lists an enterprise's entities, or every enterprise where the
	// request names none.
	Entities(ctx context.Context, r access.ScopeNames) ([]Entity, error)
	// PutEntity makes or renames an enterprise, organization or team.
	PutEntity(ctx context.Context, r EntityRequest) (Entity, error)

	Policy(ctx context.Context, r access.ScopeNames) (Policy, error)
	SetPolicy(ctx context.Context, r PolicyRequest) (Policy, error)
	Privacy(ctx context.Context, r access.ScopeNames) (directory.Privacy, error)
	SetPrivacy(ctx context.Context, r PrivacyRequest) (directory.Privacy, error)
	// Retain removes what is older than the retention, and says what.
	Retain(ctx context.Context, r RetainRequest) ([]Retained, error)
	// Erase forgets one person, and says what that removed.
	Erase(ctx context.Context, r EraseRequest) (privacy.Erased, error)
	// Erasures lists what is kept of every erasure; ReplayErasures erases those again
	// whom a list names and a restored backup has brought back.
	Erasures(ctx context.Context, r access.ScopeNames) ([]privacy.Erasure, error)
	ReplayErasures(ctx context.Context, r ReplayRequest) (privacy.Replayed, error)

	// Users lists people with what they may do.
	Users(ctx context.Context, r access.ScopeNames) ([]User, error)
	// AddUser makes a person and an invitation; Invite makes another invitation.
	AddUser(ctx context.Context, r AddUserRequest) (Invited, error)
	Invite(ctx context.Context, r UserRequest) (Invited, error)
	ChangeUser(ctx context.Context, r ChangeUserRequest) (User, error)
	RemoveUser(ctx context.Context, r UserRequest) (User, error)
	// BindUser says as which subject of an identity provider a user signs in.
	BindUser(ctx context.Context, r BindUserRequest) (User, error)
	// SignOutUser ends a user's sessions and returns how many.
	SignOutUser(ctx context.Context, r UserRequest) (int64, error)

	// Roles lists the built-in and custom roles.
	Roles(ctx context.Context, r access.ScopeNames) ([]Role, error)
	PutRole(ctx context.Context, r RoleRequest) (Role, error)
	RemoveRole(ctx context.Context, r RoleRequest) (Role, error)
	Grant(ctx context.Context, r GrantRequest) (Grant, error)
	// Revoke takes back a grant: by its ID, or by user, role and place.
	Revoke(ctx context.Context, r GrantRequest) (Grant, error)

	// CreateToken returns the token itself; it cannot be shown again.
	CreateToken(ctx context.Context, r TokenRequest) (NewToken, error)
	Tokens(ctx context.Context, r access.ScopeNames) ([]Token, error)
	RevokeToken(ctx context.Context, r TokenRequest) (Token, error)

	// Identities lists whom data and seats speak of, linked and not.
	Identities(ctx context.Context, r access.ScopeNames) ([]Identity, error)
	Link(ctx context.Context, r LinkRequest) ([]Identity, error)
	Unlink(ctx context.Context, r LinkRequest) ([]Identity, error)
	// Match links identities to people of the same e-mail address or login.
	Match(ctx context.Context, r MatchRequest) ([]Identity, error)
	ImportPeople(ctx context.Context, r ImportRequest) (ImportResult, error)
	UndoImport(ctx context.Context, r UndoRequest) ([]directory.Batch, error)
	Imports(ctx context.Context, r access.ScopeNames) ([]directory.Batch, error)

	Audit(ctx context.Context, r AuditRequest) ([]Entry, error)
	// VerifyAudit recomputes the audit log's chain.
	VerifyAudit(ctx context.Context, r access.ScopeNames) (directory.AuditCheck, error)
}

// Data knows whom records speak of, and counts people as the directory says.
type Data interface {
	// Observed lists the identities of an enterprise's data; Person is 0.
	Observed(ctx context.Context, enterprise int64) ([]directory.Identity, error)
	// ReconcileIdentities brings figures up to date with who is who in an enterprise, or in
	// every one if it is 0.
	ReconcileIdentities(ctx context.Context, enterprise int64) error
	// Retain removes what is known of single people and older than the
	// enterprise's retention in months; a dry run only counts.
	Retain(ctx context.Context, enterprise int64, dryRun bool) (months int, done store.Removed, err error)
	// Erase forgets the person of an enterprise whom words name; a dry run only says what would go.
	Erase(ctx context.Context, enterprise int64, words []string, dryRun bool) (privacy.Erased, error)
	// Erasures lists every erasure, and ReplayErasures makes those of a list again.
	Erasures(ctx context.Context) ([]privacy.Erasure, error)
	ReplayErasures(ctx context.Context, list []privacy.Erasure) (privacy.Replayed, error)
}

// Admin does it.
type Admin struct {
	dir  directory.Directory
	data Data
	now  func() time.Time
}

var _ API = (*Admin)(nil)

// New returns the administration of a directory. now is time.Now if nil.
func New(d directory.Directory, data Data, now func() time.Time) *Admin {
	if now == nil {
		now = time.Now
	}
	return &Admin{d, data, now}
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
