package admin

import (
	"bytes"
	"context"
	"encoding/json"

	"codegauge/internal/access"
	"codegauge/internal/fault"
)

// Operation is a method of Admin that the command line calls through the API, by this
// name and with its request and answer as JSON.
type Operation[Request, Answer any] string

// The operations, each with the method that carries it out.
var (
	ListEntities   = operation("ListEntities", (*Admin).Entities, access.Groups)
	PutEntity      = operation("PutEntity", (*Admin).PutEntity, access.Groups)
	ShowPolicy     = operation("ShowPolicy", (*Admin).Policy, access.Groups)
	SetPolicy      = operation("SetPolicy", (*Admin).SetPolicy, access.Groups)
	ShowPrivacy    = operation("ShowPrivacy", (*Admin).Privacy, access.Groups)
	SetPrivacy     = operation("SetPrivacy", (*Admin).SetPrivacy, access.Groups)
	ShowStatement  = operation("ShowStatement", (*Admin).Statement, access.Groups)
	ListRequests   = operation("ListRequests", (*Admin).Requests, access.Groups)
	Decide         = operation("Decide", (*Admin).Decide, access.Groups)
	Retain         = operation("Retain", (*Admin).Retain, access.Groups)
	Erase          = operation("Erase", (*Admin).Erase, access.People)
	ListErasures   = operation("ListErasures", (*Admin).Erasures, access.Groups)
	ReplayErasures = operation("ReplayErasures", (*Admin).ReplayErasures, access.Groups)
	ListUsers      = operation("ListUsers", (*Admin).Users, access.Groups)
	AddUser        = operation("AddUser", (*Admin).AddUser, access.Groups)
	Invite         = operation("Invite", (*Admin).Invite, access.Groups)
	ChangeUser     = operation("ChangeUser", (*Admin).ChangeUser, access.Groups)
	RemoveUser     = operation("RemoveUser", (*Admin).RemoveUser, access.Groups)
	BindUser       = operation("BindUser", (*Admin).BindUser, access.Groups)
	SignOutUser    = operation("SignOutUser", (*Admin).SignOutUser, access.Groups)
	ListRoles      = operation("ListRoles", (*Admin).Roles, access.Groups)
	PutRole        = operation("PutRole", (*Admin).PutRole, access.Groups)
	RemoveRole     = operation("RemoveRole", (*Admin).RemoveRole, access.Groups)
	GrantRole      = operation("GrantRole", (*Admin).Grant, access.Groups)
	RevokeRole     = operation("RevokeRole", (*Admin).Revoke, access.Groups)
	CreateToken    = operation("CreateToken", (*Admin).CreateToken, access.Groups)
	ListTokens     = operation("ListTokens", (*Admin).Tokens, access.Groups)
	RevokeToken    = operation("RevokeToken", (*Admin).RevokeToken, access.Groups)
	ListIdentities = operation("ListIdentities", (*Admin).Identities, access.People)
	Link           = operation("Link", (*Admin).Link, access.Groups)
	Unlink         = operation("Unlink", (*Admin).Unlink, access.Groups)
	Confirm        = operation("Confirm", (*Admin).Confirm, access.Groups)
	Match          = operation("Match", (*Admin).Match, access.People)
	CountMatches   = operation("CountMatches", (*Admin).CountMatches, access.Groups)
	ImportPeople   = operation("ImportPeople", (*Admin).ImportPeople, access.People)
	UndoImport     = operation("UndoImport", (*Admin).UndoImport, access.Groups)
	ListImports    = operation("ListImports", (*Admin).Imports, access.Groups)
	ListHistory    = operation("ListHistory", (*Admin).DataHistory, access.Groups)
	UndoDataImport = operation("UndoDataImport", (*Admin).UndoDataImport, access.Groups)
	AddSource      = operation("AddSource", (*Admin).AddSource, access.Groups)
	ListSources    = operation("ListSources", (*Admin).Sources, access.Groups)
	CheckSource    = operation("CheckSource", (*Admin).CheckSource, access.Groups)
	SyncSource     = operation("SyncSource", (*Admin).SyncSource, access.Groups)
	PlanSource     = operation("PlanSource", (*Admin).PlanSource, access.Groups)
	PauseSource    = operation("PauseSource", (*Admin).PauseSource, access.Groups)
	ResumeSource   = operation("ResumeSource", (*Admin).ResumeSource, access.Groups)
	RemoveSource   = operation("RemoveSource", (*Admin).RemoveSource, access.Groups)
	DropCredential = operation("DropCredential", (*Admin).RemoveSourceCredential, access.Groups)
	TestAlerts     = operation("TestAlerts", (*Admin).TestAlerts, access.Groups)
	PreviewDigest  = operation("PreviewDigest", (*Admin).PreviewDigest, access.Groups)
	SendDigest     = operation("SendDigest", (*Admin).SendDigest, access.Groups)
	ListAudit      = operation("ListAudit", (*Admin).Audit, access.Groups)
	VerifyAudit    = operation("VerifyAudit", (*Admin).VerifyAudit, access.Groups)
)

// operations is the table of them: how to call each by its name.
var operations = map[string]func(a *Admin, ctx context.Context, request []byte) (any, error){}

// shows has whose data is in the answer of each: of those that say People, each answer
// that has some is written into the audit log. Link, Unlink and Confirm tell no more than
// their own entries do.
var shows = map[string]access.Shows{}

func operation[Request, Answer any](name string, method func(*Admin, context.Context, Request) (Answer, error), whose access.Shows) Operation[Request, Answer] {
	shows[name] = whose
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
