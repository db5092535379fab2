package admin

import (
	"bytes"
	"context"
	"encoding/json"

	"codegauge/internal/fault"
)

// Operation is a method of Admin that the command line calls through the API, by this
// name and with its request and answer as JSON.
type Operation[Request, Answer any] string

// The operations, each with the method that carries it out.
var (
	ListEntities   = operation("ListEntities", (*Admin).Entities)
	PutEntity      = operation("PutEntity", (*Admin).PutEntity)
	ShowPolicy     = operation("ShowPolicy", (*Admin).Policy)
	SetPolicy      = operation("SetPolicy", (*Admin).SetPolicy)
	ShowPrivacy    = operation("ShowPrivacy", (*Admin).Privacy)
	SetPrivacy     = operation("SetPrivacy", (*Admin).SetPrivacy)
	Retain         = operation("Retain", (*Admin).Retain)
	Erase          = operation("Erase", (*Admin).Erase)
	ListErasures   = operation("ListErasures", (*Admin).Erasures)
	ReplayErasures = operation("ReplayErasures", (*Admin).ReplayErasures)
	ListUsers      = operation("ListUsers", (*Admin).Users)
	AddUser        = operation("AddUser", (*Admin).AddUser)
	Invite         = operation("Invite", (*Admin).Invite)
	ChangeUser     = operation("ChangeUser", (*Admin).ChangeUser)
	RemoveUser     = operation("RemoveUser", (*Admin).RemoveUser)
	BindUser       = operation("BindUser", (*Admin).BindUser)
	SignOutUser    = operation("SignOutUser", (*Admin).SignOutUser)
	ListRoles      = operation("ListRoles", (*Admin).Roles)
	PutRole        = operation("PutRole", (*Admin).PutRole)
	RemoveRole     = operation("RemoveRole", (*Admin).RemoveRole)
	GrantRole      = operation("GrantRole", (*Admin).Grant)
	RevokeRole     = operation("RevokeRole", (*Admin).Revoke)
	CreateToken    = operation("CreateToken", (*Admin).CreateToken)
	ListTokens     = operation("ListTokens", (*Admin).Tokens)
	RevokeToken    = operation("RevokeToken", (*Admin).RevokeToken)
	ListIdentities = operation("ListIdentities", (*Admin).Identities)
	Link           = operation("Link", (*Admin).Link)
	Unlink         = operation("Unlink", (*Admin).Unlink)
	Confirm        = operation("Confirm", (*Admin).Confirm)
	Match          = operation("Match", (*Admin).Match)
	ImportPeople   = operation("ImportPeople", (*Admin).ImportPeople)
	UndoImport     = operation("UndoImport", (*Admin).UndoImport)
	ListImports    = operation("ListImports", (*Admin).Imports)
	ListHistory    = operation("ListHistory", (*Admin).DataHistory)
	UndoDataImport = operation("UndoDataImport", (*Admin).UndoDataImport)
	ListAudit      = operation("ListAudit", (*Admin).Audit)
	VerifyAudit    = operation("VerifyAudit", (*Admin).VerifyAudit)
)

// operations is the table of them: how to call each by its name.
var operations = map[string]func(a *Admin, ctx context.Context, request []byte) (any, error){}

func operation[Request, Answer any](name string, method func(*Admin, context.Context, Request) (Answer, error)) Operation[Request, Answer] {
	operations[name] = func(a *Admin, ctx context.Context, body []byte) (any, error) {
		var r Request
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			return nil, fault.New(fault.Invalid, "cannot read the request: %v", err)
		}
		return method(a, ctx, r)
	}
	return Operation[Request, Answer](name)
}

// Call carries out an operation whose request is JSON. A name that no operation has is a
// fault.NotFound.
func (a *Admin) Call(ctx context.Context, name string, request []byte) (any, error) {
	do, ok := operations[name]
	if !ok {
		return nil, fault.New(fault.NotFound, "unknown operation %.60q", name)
	}
	return do(a, ctx, request)
}
