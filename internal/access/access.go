// Package access knows who is asking and what they may do.
//
// A request's Principal is who asks: nobody, the operator (the command line of
// the user who runs the server), a role of the demo, a person who signed in, or
// a program with a token. A principal holds Permissions in entities; what it
// may do in an entity it may do in all that hangs from it. Table has a row for
// every route: which permission it needs, and in which entity, which the
// request's path or parameters name. A Guard stands before each route:
//
//	h, err := guard.Protect("GET /enterprises/{enterprise}/settings/policy", handler, fail)
//
// Behind it a handler finds who asks (Of) and what the request is about
// (PlaceOf) in the request's context. What a principal may not know of does not
// exist (404); what it may know of but not do is forbidden (403).
package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"codegauge/internal/directory"
)

// Kind is how a principal came in.
type Kind string

// The kinds of principal.
const (
	Anonymous Kind = "anonymous"
	// Operator is the command line of the user who runs the server.
	Operator Kind = "operator"
	// Demo is a role of the demo, which signs in by itself.
	Demo Kind = "demo"
	// Signed is a person with a session.
	Signed Kind = "person"
	// Program is a token.
	Program Kind = "token"
)

// Principal is who asks. It does not change.
type Principal struct {
	Kind Kind
	// Person is who signed in, and whose role the demo plays; zero for others.
	Person directory.Person
	// Role is the demo's role.
	Role string
	// Session and Token are what they came in with; zero for others.
	Session directory.Session
	Token   directory.Token
	// Address is where the request came from.
	Address string
	held    []roleBinding
}

// roleBinding is permissions in an entity; 0 is the whole installation.
type roleBinding struct {
	entity      int64
	permissions []Permission
}

// covers reports whether the binding covers an entity.
func (h roleBinding) covers(e directory.Entity) bool {
	return h.entity == 0 || h.entity == e.ID || h.entity == e.Enterprise || e.Organization != 0 && h.entity == e.Organization
}

// allows reports whether the binding has a permission.
func (h roleBinding) allows(need Permission) bool {
	return slices.Contains(h.permissions, need) || need == ViewSettings && slices.Contains(h.permissions, Manage)
}

// Can reports whether the principal has a permission in an entity.
func (p *Principal) Can(need Permission, in directory.Entity) bool {
	return slices.ContainsFunc(p.held, func(h roleBinding) bool {
		return h.covers(in) && h.allows(need)
	})
}

// CanEverywhere reports whether the principal has a permission in the whole
// installation.
func (p *Principal) CanEverywhere(need Permission) bool {
	return slices.ContainsFunc(p.held, func(h roleBinding) bool {
		return h.entity == 0 && h.allows(need)
	})
}

// CanView reports whether the principal may see an entity's metrics.
func (p *Principal) CanView(e directory.Entity) bool {
	for _, need := range viewing[e.Kind] {
		if p.Can(need, e) {
			return true
		}
	}
	return false
}

// ViewsPeople reports whether groups under the minimum size, and data about
// people, may be shown to the principal.
func (p *Principal) ViewsPeople(e directory.Entity) bool { return p.Can(ViewPeople, e) }

// SignedIn reports whether it is known who asks.
func (p *Principal) SignedIn() bool { return p.Kind != Anonymous }

// AskerKey names who asks, from wherever they do: as the audit log names them, or by
// their address if they are not signed in.
func (p *Principal) AskerKey() string {
	if p.Kind == Anonymous {
		return "address " + p.Address
	}
	return p.Actor().Name
}

// CacheKey names everything about the principal that an answer may depend on:
// principals of one class get the same answers.
func (p *Principal) CacheKey() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %v", p.Kind, p.Role, p.held))
	return hex.EncodeToString(sum[:8])
}

// Actor returns the principal as the audit log names it.
func (p *Principal) Actor() directory.Actor {
	switch p.Kind {
	case Signed:
		return directory.PersonActor(p.Person.ID, p.Address)
	case Program:
		return directory.Actor{Name: fmt.Sprintf("token %d", p.Token.ID), Address: p.Address}
	case Demo:
		return directory.Actor{Name: "demo " + p.Role, Person: p.Person.ID, Address: p.Address}
	}
	return directory.Actor{Name: string(p.Kind), Address: p.Address}
}

// NewOperator returns the principal that may do everything: the user who runs
// the program.
func NewOperator() *Principal {
	return &Principal{Kind: Operator, held: []roleBinding{{0, append(slices.Clone(All), ApprovePrivacy)}}}
}

// NewProgram returns a principal without a token that has permissions in an entity; 0 is
// the whole installation. Tests ask as one.
func NewProgram(entity int64, permissions ...Permission) *Principal {
	return &Principal{Kind: Program, held: []roleBinding{{entity, permissions}}}
}

type principalKey struct{}

// With returns a context in which p asks; what is changed in it is p's doing.
func With(ctx context.Context, p *Principal) context.Context {
	return directory.WithActor(context.WithValue(ctx, principalKey{}, p), p.Actor())
}

// Asker returns who asks, if With said so: otherwise nobody does, and it is the
// program itself.
func Asker(ctx context.Context) (*Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(*Principal)
	return p, ok
}

// Of returns who asks; nobody unless With said so.
func Of(ctx context.Context) *Principal {
	if p, ok := ctx.Value(principalKey{}).(*Principal); ok {
		return p
	}
	return &Principal{Kind: Anonymous}
}
