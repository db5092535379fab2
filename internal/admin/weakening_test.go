package admin

import (
	"context"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// TestAGuardianApproves has owners weaken privacy where somebody guards it.
func TestAGuardianApproves(t *testing.T) {
	w := newTown(t, directory.Identity{Tool: "copilot", UserID: "7", Login: "octo"})
	acme := access.ScopeNames{Enterprise: "acme"}
	op := w.operator()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	refused := func(what string, err error, want fault.Kind) {
		t.Helper()
		if got := fault.KindOf(err); err == nil || got != want {
			t.Errorf("%s: %v (kind %d), want kind %d", what, err, got, want)
		}
	}
	for _, email := range []string{"gina@acme.example", "hal@acme.example"} {
		_, err := w.AddUser(op, AddUserRequest{ScopeNames: acme, Email: email})
		must(err)
	}
	owner, web := w.as("owner@acme.example"), w.as("web@acme.example")
	guardian := func(user string) GrantRequest {
		return GrantRequest{ScopeNames: acme, User: user, Role: directory.Guardian}
	}
	_, err := w.Grant(owner, guardian("web@acme.example"))
	refused("an organization owner becomes the guardian", err, fault.Conflict)
	_, err = w.Grant(web, guardian("gina@acme.example"))
	refused("an organization owner names the guardian", err, fault.NotFound)

	views, group, six := true, 20, 6
	weaker := PrivacyRequest{ScopeNames: acme, PersonViews: &views, Reason: "because"}
	if done, err := w.SetPrivacy(owner, PrivacyRequest{ScopeNames: acme, PersonViews: &views, Reason: "nobody guards it"}); err != nil || !done.PersonViews || done.Request != 0 {
		t.Errorf("without a guardian: %+v, %v", done, err)
	}
	views = false
	_, err = w.SetPrivacy(owner, weaker)
	must(err)
	views = true

	first, err := w.Grant(owner, guardian("gina@acme.example"))
	must(err)
	if first.Request != 0 {
		t.Errorf("the first guardian waits: %+v", first)
	}
	gina := w.as("gina@acme.example")
	for what, ctx := range map[string]context.Context{"the owner": owner, "the operator": op} {
		done, err := w.SetPrivacy(ctx, weaker)
		must(err)
		if done.Request == 0 || done.PersonViews {
			t.Errorf("%s weakens privacy: %+v", what, done)
		}
	}
	if done, err := w.SetPrivacy(owner, PrivacyRequest{ScopeNames: acme, MinimumGroup: &group, RetentionMonths: &six, Reason: "more"}); err != nil || done.Request != 0 || done.MinimumGroup != 20 {
		t.Errorf("what protects more waits: %+v, %v", done, err)
	}

	// The guardian sees settings and no figures, and changes neither.
	must(onlyErr(w.Privacy(gina, acme)))
	must(onlyErr(w.Policy(gina, acme)))
	must(onlyErr(w.Users(gina, acme)))
	must(onlyErr(w.Tokens(gina, acme)))
	must(onlyErr(w.Audit(gina, AuditRequest{ScopeNames: acme})))
	for what, err := range map[string]error{
		"identities": onlyErr(w.Identities(gina, acme)), "privacy": onlyErr(w.SetPrivacy(gina, weaker)),
		"a role":  onlyErr(w.Grant(gina, GrantRequest{ScopeNames: acme, User: "gina@acme.example", Role: access.EnterpriseOwner})),
		"a token": onlyErr(w.CreateToken(gina, TokenRequest{ScopeNames: acme, Scopes: []string{"metrics:read"}})),
	} {
		refused("a guardian changes or sees "+what, err, fault.Forbidden)
	}
	if p := access.Of(gina); p.CanView(directory.Entity{ID: w.id("acme"), Enterprise: w.id("acme"), Kind: directory.Enterprise}) {
		t.Error("a guardian sees figures")
	}

	list, err := w.Requests(gina, acme)
	must(err)
	if len(list) != 2 || !list[0].Approves || list[0].Withdraws {
		t.Fatalf("the guardian finds %+v", list)
	}
	ofOwner, ofOperator := list[1], list[0]
	if ofOperator.By != "operator" {
		ofOwner, ofOperator = ofOperator, ofOwner
	}
	decide := func(ctx context.Context, id int64, d directory.Decision) error {
		return onlyErr(w.Decide(ctx, DecideRequest{ScopeNames: acme, ID: id, Decision: d}))
	}
	refused("the owner approves", decide(owner, ofOwner.ID, directory.Approved), fault.Forbidden)
	refused("the operator approves", decide(op, ofOwner.ID, directory.Approved), fault.Forbidden)
	refused("a token approves", decide(w.program(access.ViewSettings, access.ApprovePrivacy), ofOwner.ID, directory.Approved), fault.Forbidden)
	refused("the other enterprise's owner approves", decide(w.as("owner@globex.example"), ofOwner.ID, directory.Approved), fault.NotFound)
	refused("the guardian withdraws", decide(gina, ofOwner.ID, directory.Withdrawn), fault.Forbidden)
	refused("something else", decide(gina, ofOwner.ID, "perhaps"), fault.Invalid)
	refused("a request that is not there", decide(gina, 999, directory.Approved), fault.NotFound)
	must(decide(op, ofOperator.ID, directory.Withdrawn))
	must(decide(gina, ofOwner.ID, directory.Approved))
	if p, err := w.Privacy(owner, acme); err != nil || !p.PersonViews || p.MinimumGroup != 20 || p.RetentionMonths != 6 {
		t.Errorf("approved: %+v, %v", p, err)
	}
	refused("it is approved again", decide(gina, ofOwner.ID, directory.Approved), fault.Conflict)

	// Whoever guards it is not got rid of, outnumbered, or impersonated.
	yes, mail := true, "x@acme.example"
	user := UserRequest{ScopeNames: acme, User: "gina@acme.example"}
	for what, err := range map[string]error{
		"invites": onlyErr(w.Invite(owner, user)), "removes": onlyErr(w.RemoveUser(owner, user)), "disables": onlyErr(w.ChangeUser(owner, ChangeUserRequest{UserRequest: user, Disabled: &yes})),
		"renames": onlyErr(w.ChangeUser(owner, ChangeUserRequest{UserRequest: user, Email: &mail})), "binds": onlyErr(w.BindUser(owner, BindUserRequest{UserRequest: user, Issuer: "https://x", Subject: "s"})),
		"signs out": onlyErr(w.SignOutUser(owner, user)),
	} {
		refused("the owner "+what+" the guardian", err, fault.Forbidden)
	}
	refused("the operator removes the guardian", onlyErr(w.RemoveUser(op, user)), fault.Conflict)
	_, err = w.PutRole(owner, RoleRequest{ScopeNames: acme, Name: "like", Permissions: []string{"approve-privacy"}})
	refused("a custom role approves", err, fault.Invalid)
	_, err = w.Grant(owner, GrantRequest{ScopeNames: acme, User: "gina@acme.example", Role: access.BillingManager})
	refused("the guardian sees figures", err, fault.Conflict)
	second, err := w.Grant(owner, guardian("hal@acme.example"))
	must(err)
	gone, err := w.Revoke(owner, guardian("gina@acme.example"))
	must(err)
	if second.Request == 0 || gone.Request == 0 {
		t.Errorf("a guardian is named %+v, or dismissed %+v, at once", second, gone)
	}
	refused("somebody who is not a guardian yet approves", decide(w.as("hal@acme.example"), gone.Request, directory.Approved), fault.NotFound)
	must(decide(gina, second.Request, directory.Approved))
	must(decide(w.as("hal@acme.example"), gone.Request, directory.Approved))
	refused("who was dismissed approves", decide(w.as("gina@acme.example"), gone.Request, directory.Approved), fault.NotFound)
	if check, err := w.dir.VerifyAudit(t.Context()); err != nil || check.Broken != 0 {
		t.Errorf("%+v, %v", check, err)
	}
}

func onlyErr[T any](_ T, err error) error { return err }
