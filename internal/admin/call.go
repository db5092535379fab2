package admin

import (
	"bytes"
	"context"
	"encoding/json"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/privacy"
)

// Call is a method of API with its request and answer as JSON.
type Call func(ctx context.Context, request []byte) (any, error)

// Calls lists the methods by name: how a command reaches a running server.
func Calls(api API) map[string]Call {
	return map[string]Call{
		"Entities": call(api.Entities), "PutEntity": call(api.PutEntity),
		"Policy": call(api.Policy), "SetPolicy": call(api.SetPolicy),
		"Privacy": call(api.Privacy), "SetPrivacy": call(api.SetPrivacy), "Retain": call(api.Retain), "Erase": call(api.Erase),
		"Erasures": call(api.Erasures), "ReplayErasures": call(api.ReplayErasures),
		"Users": call(api.Users), "AddUser": call(api.AddUser), "Invite": call(api.Invite),
		"ChangeUser": call(api.ChangeUser), "RemoveUser": call(api.RemoveUser), "SignOutUser": call(api.SignOutUser), "BindUser": call(api.BindUser),
		"Roles": call(api.Roles), "PutRole": call(api.PutRole), "RemoveRole": call(api.RemoveRole),
		"Grant": call(api.Grant), "Revoke": call(api.Revoke),
		"CreateToken": call(api.CreateToken), "Tokens": call(api.Tokens), "RevokeToken": call(api.RevokeToken),
		"Identities": call(api.Identities), "Link": call(api.Link), "Unlink": call(api.Unlink), "Match": call(api.Match),
		"ImportPeople": call(api.ImportPeople), "UndoImport": call(api.UndoImport), "Imports": call(api.Imports),
		"Audit": call(api.Audit), "VerifyAudit": call(api.VerifyAudit),
	}
}

func call[Request, Answer any](method func(context.Context, Request) (Answer, error)) Call {
	return func(ctx context.Context, body []byte) (any, error) {
		var r Request
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			return nil, fault.New(fault.Invalid, "cannot read the request: %v", err)
		}
		return method(ctx, r)
	}
}

// Client asks a running server: Ask sends a method's name and request and reads
// the answer.
type Client struct {
	Ask func(ctx context.Context, method string, request, answer any) error
}

var _ API = Client{}

func ask[Answer any](ctx context.Context, c Client, method string, request any) (a Answer, err error) {
	err = c.Ask(ctx, method, request, &a)
	return a, err
}

// Entities and the other methods ask the server for what *Admin does.
func (c Client) Entities(ctx context.Context, r access.ScopeNames) ([]Entity, error) {
	return ask[[]Entity](ctx, c, "Entities", r)
}
func (c Client) PutEntity(ctx context.Context, r EntityRequest) (Entity, error) {
	return ask[Entity](ctx, c, "PutEntity", r)
}
func (c Client) Policy(ctx context.Context, r access.ScopeNames) (Policy, error) {
	return ask[Policy](ctx, c, "Policy", r)
}
func (c Client) SetPolicy(ctx context.Context, r PolicyRequest) (Policy, error) {
	return ask[Policy](ctx, c, "SetPolicy", r)
}
func (c Client) Privacy(ctx context.Context, r access.ScopeNames) (directory.Privacy, error) {
	return ask[directory.Privacy](ctx, c, "Privacy", r)
}
func (c Client) SetPrivacy(ctx context.Context, r PrivacyRequest) (directory.Privacy, error) {
	return ask[directory.Privacy](ctx, c, "SetPrivacy", r)
}
func (c Client) Retain(ctx context.Context, r RetainRequest) ([]Retained, error) {
	return ask[[]Retained](ctx, c, "Retain", r)
}
func (c Client) Erase(ctx context.Context, r EraseRequest) (privacy.Erased, error) {
	return ask[privacy.Erased](ctx, c, "Erase", r)
}
func (c Client) Erasures(ctx context.Context, r access.ScopeNames) ([]privacy.Erasure, error) {
	return ask[[]privacy.Erasure](ctx, c, "Erasures", r)
}
func (c Client) ReplayErasures(ctx context.Context, r ReplayRequest) (privacy.Replayed, error) {
	return ask[privacy.Replayed](ctx, c, "ReplayErasures", r)
}
func (c Client) Users(ctx context.Context, r access.ScopeNames) ([]User, error) {
	return ask[[]User](ctx, c, "Users", r)
}
func (c Client) AddUser(ctx context.Context, r AddUserRequest) (Invited, error) {
	return ask[Invited](ctx, c, "AddUser", r)
}
func (c Client) Invite(ctx context.Context, r UserRequest) (Invited, error) {
	return ask[Invited](ctx, c, "Invite", r)
}
func (c Client) ChangeUser(ctx context.Context, r ChangeUserRequest) (User, error) {
	return ask[User](ctx, c, "ChangeUser", r)
}
func (c Client) RemoveUser(ctx context.Context, r UserRequest) (User, error) {
	return ask[User](ctx, c, "RemoveUser", r)
}
func (c Client) BindUser(ctx context.Context, r BindUserRequest) (User, error) {
	return ask[User](ctx, c, "BindUser", r)
}
func (c Client) SignOutUser(ctx context.Context, r UserRequest) (int64, error) {
	return ask[int64](ctx, c, "SignOutUser", r)
}
func (c Client) Roles(ctx context.Context, r access.ScopeNames) ([]Role, error) {
	return ask[[]Role](ctx, c, "Roles", r)
}
func (c Client) PutRole(ctx context.Context, r RoleRequest) (Role, error) {
	return ask[Role](ctx, c, "PutRole", r)
}
func (c Client) RemoveRole(ctx context.Context, r RoleRequest) (Role, error) {
	return ask[Role](ctx, c, "RemoveRole", r)
}
func (c Client) Grant(ctx context.Context, r GrantRequest) (Grant, error) {
	return ask[Grant](ctx, c, "Grant", r)
}
func (c Client) Revoke(ctx context.Context, r GrantRequest) (Grant, error) {
	return ask[Grant](ctx, c, "Revoke", r)
}
func (c Client) CreateToken(ctx context.Context, r TokenRequest) (NewToken, error) {
	return ask[NewToken](ctx, c, "CreateToken", r)
}
func (c Client) Tokens(ctx context.Context, r access.ScopeNames) ([]Token, error) {
	return ask[[]Token](ctx, c, "Tokens", r)
}
func (c Client) RevokeToken(ctx context.Context, r TokenRequest) (Token, error) {
	return ask[Token](ctx, c, "RevokeToken", r)
}
func (c Client) Identities(ctx context.Context, r access.ScopeNames) ([]Identity, error) {
	return ask[[]Identity](ctx, c, "Identities", r)
}
func (c Client) Link(ctx context.Context, r LinkRequest) ([]Identity, error) {
	return ask[[]Identity](ctx, c, "Link", r)
}
func (c Client) Unlink(ctx context.Context, r LinkRequest) ([]Identity, error) {
	return ask[[]Identity](ctx, c, "Unlink", r)
}
func (c Client) Match(ctx context.Context, r MatchRequest) ([]Identity, error) {
	return ask[[]Identity](ctx, c, "Match", r)
}
func (c Client) ImportPeople(ctx context.Context, r ImportRequest) (ImportResult, error) {
	return ask[ImportResult](ctx, c, "ImportPeople", r)
}
func (c Client) UndoImport(ctx context.Context, r UndoRequest) ([]directory.Batch, error) {
	return ask[[]directory.Batch](ctx, c, "UndoImport", r)
}
func (c Client) Imports(ctx context.Context, r access.ScopeNames) ([]directory.Batch, error) {
	return ask[[]directory.Batch](ctx, c, "Imports", r)
}
func (c Client) Audit(ctx context.Context, r AuditRequest) ([]Entry, error) {
	return ask[[]Entry](ctx, c, "Audit", r)
}
func (c Client) VerifyAudit(ctx context.Context, r access.ScopeNames) (directory.AuditCheck, error) {
	return ask[directory.AuditCheck](ctx, c, "VerifyAudit", r)
}
