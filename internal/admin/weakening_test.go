package admin

import (
	"context"
	"slices"
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

// TestAGuardianApprovesWhoViews lets people and programs view people where somebody guards
// privacy: by a role, by a role that they hold and that becomes more, everywhere, by a token.
func TestAGuardianApprovesWhoViews(t *testing.T) {
	w := newTown(t)
	acme, globex, op := access.ScopeNames{Enterprise: "acme"}, access.ScopeNames{Enterprise: "globex"}, w.operator()
	atWeb := access.ScopeNames{Enterprise: "acme", Org: "web"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, email := range []string{"gina@acme.example", "ann@acme.example", "hal@acme.example"} {
		must(onlyErr(w.AddUser(op, AddUserRequest{ScopeNames: acme, Email: email})))
	}
	owner, root := w.as("owner@acme.example"), w.as("root@x.example")
	analyst := RoleRequest{ScopeNames: acme, Name: "analyst", Permissions: []string{"view-organization-metrics"}}
	must(onlyErr(w.PutRole(owner, analyst)))
	give := func(ctx context.Context, user, role string, in access.ScopeNames) Grant {
		t.Helper()
		g, err := w.Grant(ctx, GrantRequest{ScopeNames: in, User: user, Role: role})
		must(err)
		return g
	}
	give(owner, "gina@acme.example", directory.Guardian, acme)
	gina := w.as("gina@acme.example")
	entities, err := w.dir.Entities(op)
	must(err)
	views := func(email string) bool {
		t.Helper()
		who, err := w.dir.PersonByEmail(op, email)
		must(err)
		held, err := w.dir.GrantsOf(op, who.ID)
		must(err)
		return slices.ContainsFunc(held, func(g directory.Grant) bool {
			may, err := access.RolePermissions(op, w.dir, g.Role, byID(entities, g.Entity))
			must(err)
			return slices.Contains(may, access.ViewPeople)
		})
	}
	decide := func(id int64, d directory.Decision) error {
		return onlyErr(w.Decide(gina, DecideRequest{ScopeNames: acme, ID: id, Decision: d}))
	}

	// What views nobody is given at once, also by a role of one's own.
	if g := give(owner, "ann@acme.example", access.BillingManager, acme); g.Request != 0 {
		t.Errorf("a billing manager waits: %+v", g)
	}
	if g := give(owner, "ann@acme.example", "analyst", atWeb); g.Request != 0 {
		t.Errorf("an analyst waits: %+v", g)
	}
	// A role that somebody holds becomes more by approval, one that nobody holds at once.
	analyst.Permissions = append(analyst.Permissions, "view-people")
	role, err := w.PutRole(owner, analyst)
	must(err)
	if role.Request == 0 || len(role.Permissions) != 1 || views("ann@acme.example") {
		t.Errorf("the analysts see people at once: %+v", role)
	}
	must(decide(role.Request, directory.Approved))
	if !views("ann@acme.example") {
		t.Error("an approved role does not view people")
	}
	if role, err = w.PutRole(owner, RoleRequest{ScopeNames: acme, Name: "viewer", Permissions: []string{"view-people"}}); err != nil || role.Request != 0 {
		t.Errorf("a role that nobody holds waits: %+v, %v", role, err)
	}
	if role, err = w.PutRole(owner, analyst); err != nil || role.Request != 0 {
		t.Errorf("a role that views people already waits: %+v, %v", role, err)
	}

	// A role with which people are viewed.
	for _, c := range []struct {
		name string
		ctx  context.Context
		r    GrantRequest
	}{
		{"an owner", owner, GrantRequest{ScopeNames: acme, Role: access.EnterpriseOwner}},
		{"an analyst of an organization", owner, GrantRequest{ScopeNames: atWeb, Role: "viewer"}},
		{"an owner, by the operator", op, GrantRequest{ScopeNames: acme, Role: access.EnterpriseOwner}},
		{"an owner of everything", root, GrantRequest{ScopeNames: acme, Role: access.EnterpriseOwner, Everywhere: true}},
	} {
		c.r.User = "hal@acme.example"
		g, err := w.Grant(c.ctx, c.r)
		must(err)
		if g.Request == 0 || g.ID != 0 || views("hal@acme.example") {
			t.Errorf("%s: %+v at once", c.name, g)
		}
		must(decide(g.Request, directory.Declined))
		if views("hal@acme.example") {
			t.Errorf("%s: declined, and sees people", c.name)
		}
		g, err = w.Grant(c.ctx, c.r)
		must(err)
		must(decide(g.Request, directory.Approved))
		if !views("hal@acme.example") {
			t.Errorf("%s: approved, and sees nobody", c.name)
		}
		if again, err := w.Grant(c.ctx, c.r); err != nil || again.Request != 0 {
			t.Errorf("%s: what they have waits: %+v, %v", c.name, again, err)
		}
		c.r.ID = 0
		must(onlyErr(w.Revoke(root, c.r)))
	}
	// Nobody becomes both while a request waits.
	g := give(owner, "hal@acme.example", "viewer", atWeb)
	second := give(owner, "hal@acme.example", directory.Guardian, acme)
	must(decide(second.Request, directory.Approved))
	if err := decide(g.Request, directory.Approved); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a guardian is let view people: %v", err)
	}
	must(decide(g.Request, directory.Declined))

	// A token has its other scopes at once.
	made, err := w.CreateToken(owner, TokenRequest{ScopeNames: acme, Scopes: []string{"metrics:read", "users:read"}})
	must(err)
	token := func() []string {
		t.Helper()
		list, err := w.Tokens(owner, acme)
		must(err)
		for _, o := range list {
			if o.ID == made.Token.ID {
				return o.Scopes
			}
		}
		return nil
	}
	if made.Request == 0 || made.Secret == "" || len(token()) != 1 || token()[0] != "metrics:read" {
		t.Errorf("a token: %+v with %v", made, token())
	}
	must(decide(made.Request, directory.Approved))
	if got := token(); len(got) != 2 || got[1] != "users:read" {
		t.Errorf("approved, the token has %v", got)
	}
	alone, err := w.CreateToken(owner, TokenRequest{ScopeNames: atWeb, Scopes: []string{"users:read"}})
	must(err)
	if alone.Request == 0 || len(alone.Token.Scopes) != 0 {
		t.Errorf("a token that only views people: %+v", alone)
	}
	must(onlyErr(w.RevokeToken(owner, TokenRequest{ScopeNames: atWeb, ID: alone.Token.ID})))
	if err := decide(alone.Request, directory.Approved); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a revoked token is let view people: %v", err)
	}
	must(onlyErr(w.CreateToken(owner, TokenRequest{ScopeNames: acme, Scopes: []string{"admin", "export", "metrics:read"}})))

	// Elsewhere nobody guards it; with two guardians nobody is asked for both.
	if g := give(root, "owner@globex.example", access.EnterpriseOwner, globex); g.Request != 0 {
		t.Errorf("without a guardian: %+v", g)
	}
	must(onlyErr(w.AddUser(op, AddUserRequest{ScopeNames: globex, Email: "greg@globex.example"})))
	give(op, "greg@globex.example", directory.Guardian, globex)
	if _, err := w.Grant(op, GrantRequest{Everywhere: true, User: "ann@acme.example", Role: access.EnterpriseOwner}); fault.KindOf(err) != fault.Conflict {
		t.Errorf("an owner of everything under two guardians: %v", err)
	}
	list, err := w.Requests(gina, acme)
	must(err)
	for _, r := range list {
		if r.What == "" {
			t.Errorf("a request without words: %+v", r)
		}
	}
	if check, err := w.dir.VerifyAudit(t.Context()); err != nil || check.Broken != 0 {
		t.Errorf("%+v, %v", check, err)
	}
}
