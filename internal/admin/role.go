package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// Role is a built-in or custom role.
type Role struct {
	Name        string   `json:"name"`
	Permissions []string `json:"permissions"`
	BuiltIn     bool     `json:"built_in,omitempty"`
	// In lists the kinds of entity that a built-in role is given in; custom ones
	// are given in any. "" is the installation.
	In []directory.Kind `json:"in,omitempty"`
	// Request is the number of the request if the change waits for a guardian, else 0.
	Request int64 `json:"request,omitempty"`
}

// RoleRequest makes, changes or removes a custom role.
type RoleRequest struct {
	access.ScopeNames
	Name        string   `json:"name"`
	Permissions []string `json:"permissions,omitempty"`
}

// Grant is a role that somebody holds.
type Grant struct {
	ID   int64  `json:"id"`
	User int64  `json:"user"`
	Role string `json:"role"`
	// Kind and Key say where, Place what it is called; Kind "" is the installation.
	Kind  directory.Kind `json:"kind,omitempty"`
	Key   string         `json:"key,omitempty"`
	Place string         `json:"place,omitempty"`
	// Claimed says that the identity provider's claims stand for the role.
	Claimed bool `json:"claimed,omitempty"`
	// Request is the number of the request if what is to become of the role waits for a
	// guardian, else 0.
	Request int64 `json:"request,omitempty"`
}

// GrantRequest gives or takes back a role, in the narrowest entity that it names.
type GrantRequest struct {
	access.ScopeNames
	User string `json:"user,omitempty"`
	Role string `json:"role,omitempty"`
	// Everywhere is the whole installation instead of a place.
	Everywhere bool `json:"everywhere,omitempty"`
	// ID names a grant to take back by itself.
	ID int64 `json:"id,omitempty"`
}

// Roles lists the roles that can be given in an enterprise.
func (a *Admin) Roles(ctx context.Context, r access.ScopeNames) ([]Role, error) {
	at, err := a.at(ctx, access.ViewSettings, r)
	if err != nil {
		return nil, err
	}
	var out []Role
	for _, b := range access.BuiltInRoles {
		out = append(out, Role{Name: b.Name, Permissions: permissionNames(b.Permissions), BuiltIn: true, In: b.In})
	}
	custom, err := a.dir.Roles(ctx, at.Enterprise.ID)
	if err != nil {
		return nil, err
	}
	for _, c := range custom {
		out = append(out, Role{Name: c.Name, Permissions: c.Permissions})
	}
	return out, nil
}

func permissionNames(list []access.Permission) []string {
	out := []string{}
	for _, p := range list {
		out = append(out, string(p))
	}
	return out
}

// PutRole makes or changes a custom role. Nobody makes one that may do more than they
// may themselves, nor changes one that does. Where there is a guardian, a role that somebody
// holds views people once they approve.
func (a *Admin) PutRole(ctx context.Context, r RoleRequest) (Role, error) {
	e, err := a.enterprise(ctx, access.Manage, r.ScopeNames)
	if err != nil {
		return Role{}, err
	}
	if slices.ContainsFunc(access.BuiltInRoles, func(b access.BuiltIn) bool { return b.Name == r.Name }) {
		return Role{}, fault.New(fault.Conflict, "the role %s is built in and cannot be changed or removed", r.Name)
	}
	permissions, err := access.ParsePermissions(r.Permissions)
	if err != nil {
		return Role{}, err
	}
	if err := covers(ctx, permissions, &e); err != nil {
		return Role{}, err
	}
	had, err := access.RolePermissions(ctx, a.dir, r.Name, &e)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return Role{}, err
	}
	if p, lacks := lacking(ctx, had, &e); lacks {
		return Role{}, fault.New(fault.Forbidden, "the role %s has the permission %q, which you lack: only somebody who has it can change the role", r.Name, p)
	}
	role := directory.Role{Enterprise: e.ID, Name: r.Name, Permissions: permissionNames(permissions)}
	out := Role{Name: role.Name, Permissions: role.Permissions}
	waits, err := a.widens(ctx, e, r.Name, had, permissions)
	if err != nil {
		return Role{}, err
	}
	if !waits {
		return out, a.dir.PutRole(ctx, role)
	}
	w, err := a.dir.RequestWeakening(ctx, directory.Weakening{Enterprise: e.ID, Role: &role, Summary: fmt.Sprintf("let those who hold the role %s view people (%s)", r.Name, strings.Join(role.Permissions, " "))})
	out.Permissions, out.Request = permissionNames(had), w.ID
	return out, err
}

// widens reports whether people who hold a role would view people by a change of it, and a
// guardian has to approve that.
func (a *Admin) widens(ctx context.Context, e directory.Entity, role string, before, after []access.Permission) (bool, error) {
	if slices.Contains(before, access.ViewPeople) {
		return false, nil
	}
	guard, err := access.GuardedBy(ctx, a.dir, after, &e)
	if err != nil || guard == 0 {
		return false, err
	}
	list, err := a.dir.Grants(ctx, e.ID)
	return slices.ContainsFunc(list, func(g directory.Grant) bool { return g.Role == role }), err
}

// covers refuses to give away what one does not have.
func covers(ctx context.Context, permissions []access.Permission, e *directory.Entity) error {
	if p, ok := lacking(ctx, permissions, e); ok {
		return fault.New(fault.Forbidden, "you cannot grant the permission %q because you do not have it there", p)
	}
	return nil
}

// lacking returns the first of the permissions that whoever asks does not have in an
// entity, or, with nil, everywhere.
func lacking(ctx context.Context, permissions []access.Permission, e *directory.Entity) (access.Permission, bool) {
	who := access.Of(ctx)
	for _, p := range permissions {
		if e == nil && !who.CanEverywhere(p) || e != nil && !who.Can(p, *e) {
			return p, true
		}
	}
	return "", false
}

// RemoveRole deletes a custom role that nobody holds.
func (a *Admin) RemoveRole(ctx context.Context, r RoleRequest) (Role, error) {
	e, err := a.enterprise(ctx, access.Manage, r.ScopeNames)
	if err != nil {
		return Role{}, err
	}
	return Role{Name: r.Name}, a.dir.RemoveRole(ctx, e.ID, r.Name)
}

// grants lists the grants at a place of which whoever asks may know.
func (a *Admin) grants(ctx context.Context, at access.Place) ([]Grant, error) {
	list, err := a.dir.Grants(ctx, at.Enterprise.ID)
	if err != nil {
		return nil, err
	}
	if access.Of(ctx).CanEverywhere(access.ViewSettings) {
		all, err := a.dir.Grants(ctx, 0)
		if err != nil {
			return nil, err
		}
		list = append(list, slices.DeleteFunc(all, func(g directory.Grant) bool { return g.Entity != 0 })...)
	}
	entities, err := a.dir.Entities(ctx)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]*directory.Entity, len(entities))
	for i := range entities {
		byID[entities[i].ID] = &entities[i]
	}
	var out []Grant
	for _, g := range list {
		e := byID[g.Entity]
		if e == nil || access.Of(ctx).Can(access.ViewSettings, *e) {
			out = append(out, grantOf(g, e))
		}
	}
	return out, nil
}

func grantOf(g directory.Grant, e *directory.Entity) Grant {
	out := Grant{ID: g.ID, User: g.Person, Role: g.Role, Claimed: g.Claimed}
	if e != nil {
		out.Kind, out.Key, out.Place = e.Kind, e.Key(), e.Label()
	}
	return out
}

// place returns where a role is given, nil for the installation.
func (a *Admin) place(ctx context.Context, r GrantRequest) (*directory.Entity, error) {
	if r.Everywhere {
		return nil, access.MayEverywhere(access.Of(ctx), access.Manage)
	}
	at, err := a.at(ctx, access.Manage, r.ScopeNames)
	if err != nil {
		return nil, err
	}
	return at.Entity(), nil
}

// Grant gives a role. Where there is a guardian, a role with which somebody views people is
// given once they approve.
func (a *Admin) Grant(ctx context.Context, r GrantRequest) (Grant, error) {
	if err := isNoToken(ctx); err != nil {
		return Grant{}, err
	}
	e, err := a.place(ctx, r)
	if err != nil {
		return Grant{}, err
	}
	permissions, err := access.RolePermissions(ctx, a.dir, r.Role, e)
	if err != nil {
		return Grant{}, err
	}
	p, err := a.grantee(ctx, r)
	if err != nil {
		return Grant{}, err
	}
	if r.Role == directory.Guardian {
		return a.nameGuardian(ctx, *e, p)
	}
	if err := covers(ctx, permissions, e); err != nil {
		return Grant{}, err
	}
	if err := a.isNoGuardian(ctx, p, r.Role); err != nil {
		return Grant{}, err
	}
	g := directory.Grant{Person: p.ID, Role: r.Role}
	if e != nil {
		g.Entity = e.ID
	}
	guard, err := access.GuardedBy(ctx, a.dir, permissions, e)
	if err != nil {
		return Grant{}, err
	}
	if guard != 0 && !a.holds(ctx, g) {
		return a.ask(ctx, directory.Weakening{Enterprise: guard, Give: &g, Summary: fmt.Sprintf("give person %d the role %s in %s, with which they view people", p.ID, r.Role, placeName(e))}, grantOf(g, e))
	}
	g, err = a.dir.Grant(ctx, g)
	return grantOf(g, e), err
}

// holds reports whether somebody has a grant already.
func (a *Admin) holds(ctx context.Context, g directory.Grant) bool {
	have, err := a.dir.GrantsOf(ctx, g.Person)
	return err == nil && slices.ContainsFunc(have, func(o directory.Grant) bool { return o.Role == g.Role && o.Entity == g.Entity })
}

// grantee returns the person a request is about: anybody for a grant
// everywhere, else one of the enterprise's.
func (a *Admin) grantee(ctx context.Context, r GrantRequest) (directory.Person, error) {
	if r.Everywhere {
		return a.named(ctx, r.User)
	}
	p, _, err := a.find(ctx, UserRequest{r.ScopeNames, r.User})
	return p, err
}

// Revoke takes a role back. It takes every permission of the role: who loses it could be
// acted on by whoever may not act on them now.
func (a *Admin) Revoke(ctx context.Context, r GrantRequest) (Grant, error) {
	g, e, err := a.granted(ctx, r)
	if err != nil {
		return Grant{}, err
	}
	if g.Role == directory.Guardian && e != nil {
		return a.dismissGuardian(ctx, *e, g)
	}
	if err := a.keepsOwner(ctx, g); err != nil {
		return Grant{}, err
	}
	if e != nil || g.Entity == 0 {
		permissions, err := access.RolePermissions(ctx, a.dir, g.Role, e)
		if err != nil {
			return Grant{}, err
		}
		if p, lacks := lacking(ctx, permissions, e); lacks {
			return Grant{}, fault.New(fault.Forbidden, "the role %s has the permission %q, which you lack there: only somebody who has it can take the role back", g.Role, p)
		}
	}
	return grantOf(g, e), a.dir.Revoke(ctx, g.ID)
}

// granted finds a grant among those that whoever asks manages.
func (a *Admin) granted(ctx context.Context, r GrantRequest) (directory.Grant, *directory.Entity, error) {
	var in *directory.Entity
	if r.ID == 0 {
		var err error
		if in, err = a.place(ctx, r); err != nil {
			return directory.Grant{}, nil, err
		}
	}
	list, err := a.dir.Grants(ctx, 0)
	if err != nil {
		return directory.Grant{}, nil, err
	}
	entities, err := a.dir.Entities(ctx)
	if err != nil {
		return directory.Grant{}, nil, err
	}
	who := access.Of(ctx)
	for _, g := range list {
		e := byID(entities, g.Entity)
		if e == nil && !who.CanEverywhere(access.Manage) || e != nil && !who.Can(access.Manage, *e) {
			continue
		}
		if r.ID == g.ID {
			return g, e, nil
		}
		if r.ID != 0 || g.Role != r.Role || in == nil && g.Entity != 0 || in != nil && g.Entity != in.ID {
			continue
		}
		if p, err := a.named(ctx, r.User); err == nil && p.ID == g.Person {
			return g, e, nil
		}
	}
	return directory.Grant{}, nil, fault.New(fault.NotFound, "the person does not hold this role there")
}

// keepsOwner refuses to leave the installation without an owner; the operator may.
func (a *Admin) keepsOwner(ctx context.Context, g directory.Grant) error {
	if g.Entity != 0 || g.Role != access.EnterpriseOwner || access.Of(ctx).Kind == access.Operator {
		return nil
	}
	list, err := a.dir.Grants(ctx, 0)
	if err != nil {
		return err
	}
	for _, o := range list {
		if o.ID != g.ID && o.Entity == 0 && o.Role == access.EnterpriseOwner {
			return nil
		}
	}
	return fault.New(fault.Conflict, "this would leave the installation without an owner: grant the role to somebody else first")
}
