package admin

import (
	"context"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// TestALinkTakesTwo has managers open other people's data by linking identities.
func TestALinkTakesTwo(t *testing.T) {
	w := newTown(t, directory.Identity{Tool: "copilot", UserID: "7", Login: "octo"})
	acme := access.ScopeNames{Enterprise: "acme"}
	op := w.operator()
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.AddUser(op, AddUserRequest{ScopeNames: acme, Email: "second@acme.example"}))
	must(w.Grant(op, GrantRequest{ScopeNames: acme, User: "second@acme.example", Role: access.EnterpriseOwner}))
	owner, second := w.as("owner@acme.example"), w.as("second@acme.example")
	octo := func(user string) LinkRequest {
		return LinkRequest{UserRequest: UserRequest{ScopeNames: acme, User: user}, Tool: "copilot", UserID: "7"}
	}
	confirm := func(ctx context.Context) error {
		_, err := w.Confirm(ctx, ConfirmRequest{LinkRequest: octo("")})
		return err
	}
	own := func(ctx context.Context) error {
		return w.ConfirmOwn(ctx, w.id("acme"), "copilot", "7")
	}
	opens := func(ctx context.Context) bool {
		t.Helper()
		self, err := w.Self(ctx)
		must(self, err)
		return len(self.Enterprises[0].Identities) > 0
	}
	refused := func(what string, err error, want fault.Kind) {
		t.Helper()
		if got := fault.KindOf(err); err == nil || got != want {
			t.Errorf("%s: %v (kind %d), want kind %d", what, err, got, want)
		}
	}

	// To themself: only a second manager opens it.
	must(w.Link(owner, octo("owner@acme.example")))
	refused("the owner confirms their own link to themself", confirm(owner), fault.Forbidden)
	refused("… on their own page", own(owner), fault.Forbidden)
	if list, err := w.Confirm(owner, ConfirmRequest{LinkRequest: LinkRequest{UserRequest: UserRequest{ScopeNames: acme}}, All: true}); err != nil || len(list) > 0 {
		t.Errorf("the owner confirms all: %v, %v", list, err)
	}
	if opens(owner) {
		t.Error("an unconfirmed link opens the page")
	}
	refused("a token confirms", confirm(w.program(access.All...)), fault.Forbidden)
	_, err := w.Link(w.program(access.All...), octo("owner@acme.example"))
	refused("a token links", err, fault.Forbidden)
	refused("a team lead confirms", confirm(w.as("lead@acme.example")), fault.NotFound)
	must(nil, confirm(second))
	if !opens(owner) {
		t.Error("a link that a second manager confirmed does not open the page")
	}
	refused("it is confirmed again", confirm(second), fault.Conflict)

	// To an account that the owner made for it.
	must(w.AddUser(owner, AddUserRequest{ScopeNames: acme, Email: "puppet@acme.example"}))
	must(w.Link(owner, octo("puppet@acme.example")))
	if opens(owner) {
		t.Error("a link that was moved opens the page of who had it")
	}
	puppet := w.as("puppet@acme.example")
	refused("an account confirms that its maker invited", own(puppet), fault.Forbidden)
	must(nil, confirm(second))
	if !opens(puppet) {
		t.Error("the link does not open the page")
	}
	// Who takes over an account does not take over what was confirmed of it.
	must(w.Invite(owner, UserRequest{ScopeNames: acme, User: "puppet@acme.example"}))
	if opens(puppet) {
		t.Error("the page is open to whoever was invited anew")
	}
	must(w.Invite(second, UserRequest{ScopeNames: acme, User: "puppet@acme.example"}))
	refused("who invited the person confirms", confirm(second), fault.Forbidden)

	// Somebody whom the operator let in may say themself that it is them, or not.
	web := w.as("web@acme.example")
	must(w.Link(owner, octo("web@acme.example")))
	must(nil, own(web))
	if !opens(web) {
		t.Error("a link that the person confirmed does not open the page")
	}
	refused("it is confirmed already", own(web), fault.NotFound)
	refused("somebody declines what is confirmed", w.DeclineOwn(web, w.id("acme"), "copilot", "7"), fault.NotFound)
	must(w.Link(owner, octo("lead@acme.example")))
	lead := w.as("lead@acme.example")
	refused("somebody declines what is another's", w.DeclineOwn(web, w.id("acme"), "copilot", "7"), fault.NotFound)
	must(nil, w.DeclineOwn(lead, w.id("acme"), "copilot", "7"))
	refused("a declined link is confirmed", confirm(second), fault.Conflict)
}

func (w *town) id(enterprise string) int64 {
	w.t.Helper()
	at, err := w.resolve(w.operator(), access.ScopeNames{Enterprise: enterprise})
	if err != nil {
		w.t.Fatal(err)
	}
	return at.Enterprise.ID
}

// program returns a context in which a token asks.
func (w *town) program(permissions ...access.Permission) context.Context {
	return access.With(w.t.Context(), access.NewProgram(0, permissions...))
}
