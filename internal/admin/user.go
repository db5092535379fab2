package admin

import (
	"context"
	"slices"
	"strconv"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// User is a person and what they may do.
type User struct {
	ID       int64  `json:"id"`
	Name     string `json:"name,omitempty"`
	Email    string `json:"email,omitempty"`
	Disabled bool   `json:"disabled,omitempty"`
	// Managed says that whoever asks may change the person.
	Managed bool      `json:"managed"`
	Created time.Time `json:"created"`
	Roles   []Grant   `json:"roles"`
	// Sessions counts the browsers that the person is signed in with.
	Sessions int `json:"sessions"`
}

// UserRequest names a user by number or e-mail address.
type UserRequest struct {
	access.ScopeNames
	User string `json:"user"`
}

// AddUserRequest makes a user.
type AddUserRequest struct {
	access.ScopeNames
	Name  string `json:"name,omitempty"`
	Email string `json:"email"`
}

// ChangeUserRequest changes a user; what is nil stays.
type ChangeUserRequest struct {
	UserRequest
	Name     *string `json:"name,omitempty"`
	Email    *string `json:"email,omitempty"`
	Disabled *bool   `json:"disabled,omitempty"`
}

// BindUserRequest names a user and who they are to an identity provider.
type BindUserRequest struct {
	UserRequest
	Issuer  string `json:"issuer"`
	Subject string `json:"subject"`
}

// Invited is a user and the path of the page where they set their password.
type Invited struct {
	User User   `json:"user"`
	Path string `json:"path"`
}

// Users lists the people of an enterprise with their roles in it.
func (a *Admin) Users(ctx context.Context, r access.ScopeNames) ([]User, error) {
	at, err := a.at(ctx, access.ViewSettings, r)
	if err != nil {
		return nil, err
	}
	people, err := a.dir.People(ctx, at.Enterprise.ID)
	if err != nil {
		return nil, err
	}
	grants, err := a.grants(ctx, at)
	if err != nil {
		return nil, err
	}
	sessions, err := a.dir.CountSessions(ctx)
	if err != nil {
		return nil, err
	}
	roles := map[int64][]Grant{}
	for _, g := range grants {
		roles[g.User] = append(roles[g.User], g)
	}
	out := []User{}
	for _, p := range people {
		u := a.user(ctx, p)
		u.Roles = append(u.Roles, roles[p.ID]...)
		// An organization's owner sees those with a role there.
		if access.Of(ctx).Can(access.ViewSettings, *at.Enterprise) || len(u.Roles) > 0 {
			u.Sessions = sessions[p.ID]
			out = append(out, u)
		}
	}
	return out, nil
}

func (a *Admin) user(ctx context.Context, p directory.Person) User {
	return User{ID: p.ID, Name: p.Name, Email: p.Email, Disabled: p.Disabled, Created: p.Created, Managed: manages(ctx, p), Roles: []Grant{}}
}

// manages reports whether whoever asks may change a person.
func manages(ctx context.Context, p directory.Person) bool {
	who := access.Of(ctx)
	if p.Enterprise == 0 {
		return who.CanEverywhere(access.Manage)
	}
	return who.Can(access.Manage, directory.Entity{ID: p.Enterprise, Kind: directory.Enterprise, Enterprise: p.Enterprise})
}

// errNobody is the answer for people who are not there or not to be known of.
func errNobody(word string) error {
	return fault.New(fault.NotFound, "there is no account for %.60q", word)
}

// find returns the person that a request names, if they are one of the place's.
func (a *Admin) find(ctx context.Context, r UserRequest) (directory.Person, access.Place, error) {
	at, err := a.at(ctx, access.Manage, r.ScopeNames)
	if err != nil {
		return directory.Person{}, at, err
	}
	p, err := a.named(ctx, r.User)
	if err != nil || access.Of(ctx).CanEverywhere(access.Manage) {
		return p, at, err
	}
	people, err := a.dir.People(ctx, at.Enterprise.ID)
	if err != nil {
		return p, at, err
	}
	for _, o := range people {
		if o.ID == p.ID {
			return p, at, nil
		}
	}
	return directory.Person{}, at, errNobody(r.User)
}

func (a *Admin) named(ctx context.Context, word string) (directory.Person, error) {
	p, err := a.dir.PersonByEmail(ctx, word)
	if id, notNumber := strconv.ParseInt(word, 10, 64); notNumber == nil {
		p, err = a.dir.Person(ctx, id)
	}
	if fault.KindOf(err) == fault.NotFound {
		return p, errNobody(word)
	}
	return p, err
}

// change is find for those who may change the person.
func (a *Admin) change(ctx context.Context, r UserRequest) (directory.Person, error) {
	p, _, err := a.find(ctx, r)
	if err != nil {
		return p, err
	}
	if !manages(ctx, p) {
		return p, fault.New(fault.Forbidden, "you cannot change %s: only the enterprise that added them, or the operator, can", p.Label())
	}
	return p, nil
}

// AddUser makes a person whom the enterprise manages, and invites them.
func (a *Admin) AddUser(ctx context.Context, r AddUserRequest) (Invited, error) {
	e, err := a.enterprise(ctx, access.Manage, r.ScopeNames)
	if err != nil {
		return Invited{}, err
	}
	if err := isNoToken(ctx); err != nil {
		return Invited{}, err
	}
	if r.Email == "" {
		return Invited{}, fault.New(fault.Invalid, "enter the e-mail address that the person will sign in with")
	}
	var p directory.Person
	var secret string
	err = a.dir.Together(ctx, func(ctx context.Context) (err error) {
		p, err = a.dir.PutPerson(ctx, directory.Person{Enterprise: e.ID, Name: r.Name, Email: r.Email})
		if err == nil {
			secret, err = access.Invite(ctx, a.dir, p.ID, a.now())
		}
		return err
	})
	if err != nil {
		return Invited{}, err
	}
	return Invited{a.user(ctx, p), access.InvitationPath(secret)}, nil
}

// Invite makes a link with which a person sets a new password.
func (a *Admin) Invite(ctx context.Context, r UserRequest) (Invited, error) {
	p, err := a.change(ctx, r)
	if err != nil {
		return Invited{}, err
	}
	if err := a.mayActOn(ctx, p); err != nil {
		return Invited{}, err
	}
	return a.invite(ctx, p)
}

func (a *Admin) invite(ctx context.Context, p directory.Person) (Invited, error) {
	secret, err := access.Invite(ctx, a.dir, p.ID, a.now())
	return Invited{a.user(ctx, p), access.InvitationPath(secret)}, err
}

// mayActOn refuses what would let somebody use or lock another person's account without
// holding every permission that it holds. A token acts on no account.
func (a *Admin) mayActOn(ctx context.Context, p directory.Person) error {
	if err := isNoToken(ctx); err != nil {
		return err
	}
	grants, err := a.dir.GrantsOf(ctx, p.ID)
	if err != nil {
		return err
	}
	all, err := a.dir.Entities(ctx)
	if err != nil {
		return err
	}
	for _, g := range grants {
		e := byID(all, g.Entity)
		if g.Entity != 0 && e == nil {
			continue
		}
		permissions, err := access.RolePermissions(ctx, a.dir, g.Role, e)
		if err != nil {
			return err
		}
		permissions = append(slices.Clone(permissions), access.Manage) // also where the role allows nothing
		if lacks, ok := lacking(ctx, permissions, e); ok {
			where := "the whole installation"
			if e != nil {
				where = string(e.Kind) + " " + e.Key()
			}
			return fault.New(fault.Forbidden, "%s has the role %s in %s, where you lack the permission %q: only somebody who has it can do this", p.Label(), g.Role, where, lacks)
		}
	}
	return nil
}

// isNoToken refuses to let a program act on accounts: what it made would outlive it.
func isNoToken(ctx context.Context) error {
	if access.Of(ctx).Kind == access.Program {
		return fault.New(fault.Forbidden, "a token cannot add, change or invite people or grant roles: sign in, or use the command line where the server runs")
	}
	return nil
}

func byID(all []directory.Entity, id int64) *directory.Entity {
	for i := range all {
		if all[i].ID == id {
			return &all[i]
		}
	}
	return nil
}

// ChangeUser changes a person.
func (a *Admin) ChangeUser(ctx context.Context, r ChangeUserRequest) (User, error) {
	p, err := a.change(ctx, r.UserRequest)
	if err != nil {
		return User{}, err
	}
	if err := a.mayActOn(ctx, p); err != nil {
		return User{}, err
	}
	if r.Disabled != nil && *r.Disabled && access.Of(ctx).Person.ID == p.ID {
		return User{}, fault.New(fault.Conflict, "this would lock you out: ask another owner to do it")
	}
	replace(&p.Name, r.Name)
	replace(&p.Email, r.Email)
	replace(&p.Disabled, r.Disabled)
	p, err = a.dir.PutPerson(ctx, p)
	return a.user(ctx, p), err
}

// RemoveUser deletes a person's account, roles and links; their data stays.
func (a *Admin) RemoveUser(ctx context.Context, r UserRequest) (User, error) {
	p, err := a.change(ctx, r)
	if err != nil {
		return User{}, err
	}
	if err := a.mayActOn(ctx, p); err != nil {
		return User{}, err
	}
	if access.Of(ctx).Person.ID == p.ID {
		return User{}, fault.New(fault.Conflict, "this would lock you out: ask another owner to do it")
	}
	return a.user(ctx, p), a.reconcileAfter(ctx, 0, a.dir.RemovePerson(ctx, p.ID))
}

// BindUser makes a subject of an identity provider the user's.
func (a *Admin) BindUser(ctx context.Context, r BindUserRequest) (User, error) {
	p, err := a.change(ctx, r.UserRequest)
	if err != nil {
		return User{}, err
	}
	if err := a.mayActOn(ctx, p); err != nil {
		return User{}, err
	}
	return a.user(ctx, p), a.dir.BindLogin(ctx, p.ID, r.Issuer, r.Subject)
}

// SignOutUser ends a person's sessions.
func (a *Admin) SignOutUser(ctx context.Context, r UserRequest) (int64, error) {
	p, err := a.change(ctx, r)
	if err != nil {
		return 0, err
	}
	if err := a.mayActOn(ctx, p); err != nil {
		return 0, err
	}
	return a.dir.EndSessions(ctx, p.ID)
}
