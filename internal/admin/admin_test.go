package admin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/directory"
	"codegauge/internal/directory/sqldirectory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/privacy"
	"codegauge/internal/question"
	"codegauge/internal/store"
)

// nobodySeen is data that speaks of a few identities.
type nobodySeen []directory.Identity

func (nobodySeen) ReconcileIdentities(context.Context, int64) error { return nil }

// Erase finds the person of any words.
func (nobodySeen) Erase(_ context.Context, _ int64, words []string, _ bool) (privacy.Erased, error) {
	return privacy.Erased{Pseudonym: "p of " + words[0]}, nil
}

// Erasures knows one; ReplayErasures finds somebody in each of a list.
func (nobodySeen) Erasures(context.Context) ([]privacy.Erasure, error) {
	return []privacy.Erasure{{Enterprise: 1, Marks: []string{"m"}}}, nil
}
func (nobodySeen) ReplayErasures(_ context.Context, list []privacy.Erasure) (privacy.Replayed, error) {
	return privacy.Replayed{Erasures: len(list), People: len(list)}, nil
}

// Retain finds one day too old, in the enterprise of the number 1.
func (nobodySeen) Retain(ctx context.Context, enterprise int64, dryRun bool, note func(context.Context, int, store.Removed) error) (int, store.Removed, error) {
	done := store.Removed{Count: 1, Records: 2}
	switch {
	case enterprise != 1:
		return 13, store.Removed{}, nil
	case dryRun:
		return 13, done, nil
	}
	return 13, done, note(ctx, 13, done)
}

// History and Delete know one import, of the number 7.
func (nobodySeen) History(context.Context, int64, int) ([]question.DataChange, error) {
	return []question.DataChange{{Revision: store.Revision{ID: 7, At: time.Now(), Action: "import", Origin: "a.ndjson"}, Undoable: true}}, nil
}
func (nobodySeen) Delete(_ context.Context, r intake.DeleteRequest) (*intake.Report, error) {
	return &intake.Report{Enterprise: r.Enterprise, ImportID: r.Import, Preview: r.Preview}, nil
}

func (n nobodySeen) FormerLogins(context.Context, int64) (func(tool, userID string) []string, error) {
	return func(string, string) []string { return nil }, nil
}

func (n nobodySeen) Observed(context.Context, int64) ([]directory.Identity, error) { return n, nil }

// town is an installation of two enterprises, administered by several people.
type town struct {
	*Admin
	t   *testing.T
	dir directory.Directory
	in  *access.Authenticator
}

func newTown(t *testing.T, seen ...directory.Identity) *town {
	t.Helper()
	d := sqldirectory.New(databasetest.Open(t, databasetest.SQLite))
	w := &town{Admin: New(d, nobodySeen(seen), nil), t: t, dir: d, in: access.NewAuthenticator(d, access.Options{})}
	op := w.operator()
	for _, r := range []access.ScopeNames{{Enterprise: "acme"}, {Enterprise: "globex"}, {Enterprise: "acme", Org: "web"}, {Enterprise: "acme", Org: "core"},
		{Enterprise: "acme", Org: "web", Team: "ui"}, {Enterprise: "globex", Org: "plant"}} {
		if _, err := w.PutEntity(op, EntityRequest{ScopeNames: r, New: true}); err != nil {
			t.Fatal(err)
		}
	}
	for _, u := range []struct {
		email string
		grant GrantRequest
	}{
		{"root@x.example", GrantRequest{ScopeNames: access.ScopeNames{Enterprise: "acme"}, Role: access.EnterpriseOwner, Everywhere: true}},
		{"owner@acme.example", GrantRequest{ScopeNames: access.ScopeNames{Enterprise: "acme"}, Role: access.EnterpriseOwner}},
		{"web@acme.example", GrantRequest{ScopeNames: access.ScopeNames{Enterprise: "acme", Org: "web"}, Role: access.OrganizationOwner}},
		{"lead@acme.example", GrantRequest{ScopeNames: access.ScopeNames{Enterprise: "acme", Org: "web", Team: "ui"}, Role: access.TeamLead}},
		{"core@acme.example", GrantRequest{ScopeNames: access.ScopeNames{Enterprise: "acme", Org: "core"}, Role: access.OrganizationOwner}},
		{"owner@globex.example", GrantRequest{ScopeNames: access.ScopeNames{Enterprise: "globex"}, Role: access.EnterpriseOwner}},
	} {
		if _, err := w.AddUser(op, AddUserRequest{ScopeNames: access.ScopeNames{Enterprise: u.grant.Enterprise}, Email: u.email}); err != nil {
			t.Fatal(err)
		}
		u.grant.User = u.email
		if _, err := w.Grant(op, u.grant); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *town) operator() context.Context {
	return access.With(w.t.Context(), access.NewOperator())
}

// as returns a context in which a person asks, who came in by an invitation.
func (w *town) as(email string) context.Context {
	w.t.Helper()
	who, err := w.dir.PersonByEmail(w.t.Context(), email)
	if err != nil {
		w.t.Fatal(err)
	}
	secret, err := access.Invite(w.t.Context(), w.dir, who.ID, time.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	rec, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil)
	r.RemoteAddr = strings.ReplaceAll(email, "@", "-") + ":1" // an address of their own: tries are limited
	if err := w.in.Accept(rec, r, secret, "correct horse battery"); err != nil {
		w.t.Fatal(err)
	}
	again := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, c := range rec.Result().Cookies() {
		again.AddCookie(c)
	}
	p, err := w.in.Identify(httptest.NewRecorder(), again)
	if err != nil {
		w.t.Fatal(err)
	}
	return access.With(w.t.Context(), p)
}

// TestNobodyGivesMoreThanTheyHave has people reach beyond what they manage.
func TestNobodyGivesMoreThanTheyHave(t *testing.T) {
	w := newTown(t)
	root, owner, web, lead := w.as("root@x.example"), w.as("owner@acme.example"), w.as("web@acme.example"), w.as("lead@acme.example")
	acme, atWeb, atCore, globex := access.ScopeNames{Enterprise: "acme"}, access.ScopeNames{Enterprise: "acme", Org: "web"}, access.ScopeNames{Enterprise: "acme", Org: "core"}, access.ScopeNames{Enterprise: "globex"}
	ui := access.ScopeNames{Enterprise: "acme", Org: "web", Team: "ui"}
	if _, err := w.PutRole(owner, RoleRequest{ScopeNames: acme, Name: "spy", Permissions: []string{"view-people"}}); err != nil {
		t.Fatal(err)
	}
	name, no := "Eve", false
	grant := func(ctx context.Context, in access.ScopeNames, user, role string, everywhere bool) func() error {
		return func() error {
			_, err := w.Grant(ctx, GrantRequest{ScopeNames: in, User: user, Role: role, Everywhere: everywhere})
			return err
		}
	}
	grants, err := w.dir.Grants(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	revoke := func(ctx context.Context, n int) func() error {
		return func() error { _, err := w.Revoke(ctx, GrantRequest{ID: grants[n].ID}); return err }
	}
	for _, c := range []struct {
		name string
		do   func() error
		want fault.Kind
	}{
		{"an organization owner makes an enterprise owner", grant(web, acme, "web@acme.example", access.EnterpriseOwner, false), fault.NotFound},
		{"… an owner of everything", grant(web, acme, "web@acme.example", access.EnterpriseOwner, true), fault.NotFound},
		{"… an owner of another organization", grant(web, atCore, "web@acme.example", access.OrganizationOwner, false), fault.NotFound},
		{"… themself see people", grant(web, atWeb, "web@acme.example", "spy", false), fault.Forbidden},
		{"… an enterprise owner of the organization", grant(web, atWeb, "web@acme.example", access.EnterpriseOwner, false), fault.Invalid},
		{"… a stranger an owner", grant(web, atWeb, "owner@globex.example", access.OrganizationOwner, false), fault.NotFound},
		{"an enterprise owner makes an owner of everything", grant(owner, acme, "owner@acme.example", access.EnterpriseOwner, true), fault.NotFound},
		{"… an owner of the other enterprise", grant(owner, globex, "owner@acme.example", access.EnterpriseOwner, false), fault.NotFound},
		{"… gives a role that is not there", grant(owner, acme, "web@acme.example", "king", false), fault.NotFound},
		{"a team lead makes a lead", grant(lead, ui, "web@acme.example", access.TeamLead, false), fault.Forbidden},
		{"an organization owner revokes the enterprise owner", revoke(web, 1), fault.NotFound},
		{"an enterprise owner revokes the owner of everything", revoke(owner, 0), fault.NotFound},
		{"… the other enterprise's owner", revoke(owner, 5), fault.NotFound},
		{"the last owner of everything revokes themself", revoke(root, 0), fault.Conflict},
		{"an organization owner makes a custom role", func() error {
			_, err := w.PutRole(web, RoleRequest{ScopeNames: acme, Name: "mine", Permissions: []string{"export"}})
			return err
		}, fault.NotFound},
		{"… a token that sees people", func() error {
			_, err := w.CreateToken(web, TokenRequest{ScopeNames: atWeb, Scopes: []string{"users:read"}})
			return err
		}, fault.Forbidden},
		{"… a token that administers", func() error {
			_, err := w.CreateToken(web, TokenRequest{ScopeNames: atWeb, Scopes: []string{"admin"}})
			return err
		}, fault.Forbidden},
		{"… a token of the enterprise", func() error {
			_, err := w.CreateToken(web, TokenRequest{ScopeNames: acme, Scopes: []string{"export"}})
			return err
		}, fault.NotFound},
		{"… invites the enterprise owner, to take the link", func() error {
			_, err := w.Invite(web, UserRequest{ScopeNames: atWeb, User: "owner@acme.example"})
			return err
		}, fault.Forbidden},
		{"an enterprise owner invites the owner of everything", func() error {
			_, err := w.Invite(owner, UserRequest{ScopeNames: acme, User: "root@x.example"})
			return err
		}, fault.Forbidden},
		{"… renames the other enterprise's owner", func() error {
			_, err := w.ChangeUser(owner, ChangeUserRequest{UserRequest: UserRequest{ScopeNames: acme, User: "owner@globex.example"}, Name: &name})
			return err
		}, fault.NotFound},
		{"… by number", func() error {
			_, err := w.ChangeUser(owner, ChangeUserRequest{UserRequest: UserRequest{ScopeNames: acme, User: "6"}, Disabled: &no})
			return err
		}, fault.NotFound},
		{"… removes the owner of everything", func() error {
			_, err := w.RemoveUser(owner, UserRequest{ScopeNames: acme, User: "root@x.example"})
			return err
		}, fault.Forbidden},
		{"… binds the owner of everything to their own subject", func() error {
			_, err := w.BindUser(owner, BindUserRequest{UserRequest{ScopeNames: acme, User: "root@x.example"}, "https://id", "eve"})
			return err
		}, fault.Forbidden},
		{"… removes themself", func() error {
			_, err := w.RemoveUser(owner, UserRequest{ScopeNames: acme, User: "owner@acme.example"})
			return err
		}, fault.Conflict},
		{"… makes an enterprise", func() error {
			_, err := w.PutEntity(owner, EntityRequest{ScopeNames: access.ScopeNames{Enterprise: "new"}, New: true})
			return err
		}, fault.NotFound},
		{"… an organization of the other enterprise", func() error {
			_, err := w.PutEntity(owner, EntityRequest{ScopeNames: access.ScopeNames{Enterprise: "globex", Org: "x"}, New: true})
			return err
		}, fault.NotFound},
		{"an organization owner sets the enterprise's policy", func() error {
			_, err := w.SetPolicy(web, PolicyRequest{ScopeNames: acme, Policy: "disabled"})
			return err
		}, fault.NotFound},
		{"… a sibling's choice", func() error {
			_, err := w.SetPolicy(web, PolicyRequest{ScopeNames: atCore, Policy: "disabled"})
			return err
		}, fault.NotFound},
		{"… privacy", func() error {
			_, err := w.SetPrivacy(web, PrivacyRequest{ScopeNames: acme, Pseudonyms: &no, Reason: "because"})
			return err
		}, fault.NotFound},
		{"… reads the enterprise's log", func() error { _, err := w.Audit(web, AuditRequest{ScopeNames: acme}); return err }, fault.NotFound},
		{"an enterprise owner reads the installation's log", func() error {
			_, err := w.Audit(owner, AuditRequest{Installation: true})
			return err
		}, fault.NotFound},
		{"… the other enterprise's users", func() error { _, err := w.Users(owner, globex); return err }, fault.NotFound},
		{"nobody reads users", func() error { _, err := w.Users(t.Context(), acme); return err }, fault.NotFound},
		{"an organization owner reads identities", func() error { _, err := w.Identities(web, acme); return err }, fault.NotFound},
	} {
		if err := c.do(); err == nil || fault.KindOf(err) != c.want {
			t.Errorf("%s: %v, want kind %d", c.name, err, c.want)
		}
	}
	// And what they may do, they can.
	for name, do := range map[string]func() error{
		"a lead for the team": grant(web, ui, "core@acme.example", access.TeamLead, false),
		"a second owner":      grant(owner, acme, "web@acme.example", access.EnterpriseOwner, false),
		"a token of an organization": func() error {
			_, err := w.CreateToken(web, TokenRequest{ScopeNames: atWeb, Scopes: []string{"metrics:read", "export"}})
			return err
		},
		"a choice": func() error {
			_, err := w.SetPolicy(web, PolicyRequest{ScopeNames: atWeb, Policy: "enabled"})
			return err
		},
		"a user's new link": func() error {
			_, err := w.Invite(owner, UserRequest{ScopeNames: acme, User: "lead@acme.example"})
			return err
		},
	} {
		if err := do(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAccountsTakeTheirPermissions has somebody who may only administer, and a token that
// may, act on the account of the enterprise's owner and weaken privacy.
func TestAccountsTakeTheirPermissions(t *testing.T) {
	w := newTown(t)
	op := w.operator()
	acme := access.ScopeNames{Enterprise: "acme"}
	if _, err := w.PutRole(op, RoleRequest{ScopeNames: acme, Name: "clerk", Permissions: []string{"manage"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.PutRole(op, RoleRequest{ScopeNames: acme, Name: "auditor", Permissions: []string{"manage", "view-people"}}); err != nil {
		t.Fatal(err)
	}
	for _, email := range []string{"clerk@acme.example", "peer@acme.example"} {
		if _, err := w.AddUser(op, AddUserRequest{ScopeNames: acme, Email: email}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Grant(op, GrantRequest{ScopeNames: acme, User: email, Role: "clerk"}); err != nil {
			t.Fatal(err)
		}
	}
	made, err := w.CreateToken(op, TokenRequest{ScopeNames: acme, Scopes: []string{"admin"}, Days: 7})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+made.Secret)
	program, err := w.in.Identify(httptest.NewRecorder(), r)
	if err != nil {
		t.Fatal(err)
	}
	yes, no, address, longer, forGood := true, false, "eve@x.example", 24, 0
	for who, ctx := range map[string]context.Context{"a clerk": w.as("clerk@acme.example"), "a token": access.With(t.Context(), program)} {
		act := func(user string) map[string]error {
			u := UserRequest{ScopeNames: acme, User: user}
			errs := map[string]error{}
			_, errs["invite"] = w.Invite(ctx, u)
			_, errs["e-mail address"] = w.ChangeUser(ctx, ChangeUserRequest{UserRequest: u, Email: &user})
			_, errs["disable"] = w.ChangeUser(ctx, ChangeUserRequest{UserRequest: u, Disabled: &yes})
			_, errs["bind"] = w.BindUser(ctx, BindUserRequest{u, "https://id.example", "eve"})
			_, errs["sign out"] = w.SignOutUser(ctx, u)
			_, errs["remove"] = w.RemoveUser(ctx, u)
			return errs
		}
		errs := act("owner@acme.example")
		_, errs["revoke"] = w.Revoke(ctx, GrantRequest{ScopeNames: acme, User: "owner@acme.example", Role: access.EnterpriseOwner})
		_, errs["change the role"] = w.PutRole(ctx, RoleRequest{ScopeNames: acme, Name: "auditor", Permissions: []string{"manage"}})
		for what, err := range errs {
			if fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s, %s of an owner: %v", who, what, err)
			}
		}
		for what, r := range map[string]PrivacyRequest{"pseudonyms": {Pseudonyms: &no}, "views of people": {PersonViews: &yes}, "retention": {RetentionMonths: &longer}, "keeping for good": {RetentionMonths: &forGood}} {
			r.ScopeNames, r.Reason = acme, "because"
			if _, err := w.SetPrivacy(ctx, r); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s, %s: %v", who, what, err)
			}
		}
		larger := 9
		if _, err := w.SetPrivacy(ctx, PrivacyRequest{ScopeNames: acme, MinimumGroup: &larger, Reason: "fewer small groups"}); err != nil {
			t.Errorf("%s raises the minimum: %v", who, err)
		}
		if who == "a clerk" {
			for what, err := range act("peer@acme.example") {
				if err != nil {
					t.Errorf("%s, %s of another clerk: %v", who, what, err)
				}
			}
			continue
		}
		_, errAdd := w.AddUser(ctx, AddUserRequest{ScopeNames: acme, Email: address})
		_, errGrant := w.Grant(ctx, GrantRequest{ScopeNames: acme, User: "clerk@acme.example", Role: access.Member})
		if fault.KindOf(errAdd) != fault.Forbidden || fault.KindOf(errGrant) != fault.Forbidden {
			t.Errorf("a token adds somebody: %v, grants a role: %v", errAdd, errGrant)
		}
		child, err := w.CreateToken(ctx, TokenRequest{ScopeNames: acme, Scopes: []string{"admin"}, Days: 300})
		if err != nil || !child.Token.Expires.Equal(made.Token.Expires) {
			t.Errorf("a token until %s makes one until %s: %v", made.Token.Expires, child.Token.Expires, err)
		}
	}
}

// TestOrganizationOwnersSeeTheirs lists users and tokens as an organization owner.
func TestOrganizationOwnersSeeTheirs(t *testing.T) {
	w := newTown(t)
	web, op := w.as("web@acme.example"), w.operator()
	for _, in := range []access.ScopeNames{{Enterprise: "acme"}, {Enterprise: "acme", Org: "core"}, {Enterprise: "acme", Org: "web"}} {
		if _, err := w.CreateToken(op, TokenRequest{ScopeNames: in, Scopes: []string{"export"}, Name: in.Org}); err != nil {
			t.Fatal(err)
		}
	}
	users, err := w.Users(web, access.ScopeNames{Enterprise: "acme", Org: "web"})
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, u := range users {
		seen = append(seen, u.Email)
		if u.Managed {
			t.Errorf("%s may be changed by an organization owner", u.Email)
		}
	}
	if got := strings.Join(seen, " "); got != "web@acme.example lead@acme.example" {
		t.Errorf("an organization owner sees %s", got)
	}
	tokens, err := w.Tokens(web, access.ScopeNames{Enterprise: "acme", Org: "web"})
	if err != nil || len(tokens) != 1 || tokens[0].Name != "web" {
		t.Errorf("tokens %+v, %v", tokens, err)
	}
	if _, err := w.RevokeToken(web, TokenRequest{ScopeNames: access.ScopeNames{Enterprise: "acme", Org: "web"}, ID: 1}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("revoking the enterprise's token: %v", err)
	}
}

// TestMatch links by e-mail address and login, and by neither where two people
// could be meant.
func TestMatch(t *testing.T) {
	id := func(tool, user, login string) directory.Identity {
		return directory.Identity{Tool: tool, UserID: user, Login: login}
	}
	w := newTown(t, id("claude_code", "WEB@acme.example", ""), id("copilot", "1", "webby"), id("copilot", "2", "shared"), id("gemini", "g1", "webby"),
		id("gemini", "g2", "lead@acme.example"), id("gemini", "g3", "shared"), id("gemini", "g4", "stranger"))
	op, acme := w.operator(), access.ScopeNames{Enterprise: "acme"}
	link := func(user, id string) {
		t.Helper()
		if _, err := w.Link(op, LinkRequest{UserRequest: UserRequest{ScopeNames: acme, User: user}, UserID: id}); err != nil {
			t.Fatal(err)
		}
	}
	link("web@acme.example", "1")
	link("lead@acme.example", "2")
	if _, err := w.Link(op, LinkRequest{UserRequest: UserRequest{ScopeNames: acme, User: "core@acme.example"}, Tool: "other", UserID: "9", Login: "shared"}); err != nil {
		t.Fatal(err)
	}
	preview, err := w.Match(op, MatchRequest{ScopeNames: acme})
	if err != nil {
		t.Fatal(err)
	}
	before, err := w.dir.Identities(t.Context(), 1)
	if err != nil || len(before) != 3 {
		t.Errorf("a preview linked: %+v, %v", before, err)
	}
	done, err := w.Match(op, MatchRequest{ScopeNames: acme, Apply: true})
	if err != nil || len(done) != len(preview) {
		t.Errorf("%+v, %v", done, err)
	}
	got := map[string]string{}
	for _, i := range done {
		got[i.UserID] = i.Name + " by " + i.How
	}
	want := map[string]string{"WEB@acme.example": "web@acme.example by email", "g1": "web@acme.example by login", "g2": "lead@acme.example by email"}
	if len(got) != len(want) {
		t.Errorf("matched %v, want %v", got, want)
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s: %s, want %s", k, got[k], v)
		}
	}
}

// TestRoster reads people as CSV: odd lines are refused with their number, the
// others count.
func TestRoster(t *testing.T) {
	w := newTown(t, directory.Identity{Tool: "copilot", UserID: "1", Login: "octo"})
	op, acme := w.operator(), access.ScopeNames{Enterprise: "acme"}
	text := "\ufeffEMAIL, github_login,github_user_id,organization,team,from,to\r\n" +
		"new@acme.example,octo,,web,ui,2026-01-01,\r\n" + // 2: the login is known
		"new@acme.example,,77,core,,,2026-06-30\n" + // 3: the same person again
		"web@acme.example,,78.0,,,,\n" + // 4: somebody who is there, from a spreadsheet
		",octo,,core,,2026-07-01,\n" + // 5: nobody has octo yet, and no address says who
		"=cmd()|x,,79,,,,\n" + // 6: no address
		"a@b.example,,80,nowhere,,,\n" + // 7
		"a@b.example,,80,web,,2026-02-30,\n" + // 8
		"a@b.example,,80,web,,2026-03-01,2026-02-01\n" + // 9
		"a@b.example,nologin,,,,,\n" + // 10: no data has it
		"a@b.example,,81,web,ui,,,,extra\n" + // 11
		"a@b.example,,1.4E+07,,,,\n" + // 12: a number that lost its digits
		"a@b.example,,.0,,,,\n" + // 13
		"\"open,,,\n" // 14: never closed
	res, err := w.ImportPeople(op, ImportRequest{ScopeNames: acme, CSV: text})
	if err != nil {
		t.Fatal(err)
	}
	var refused []int
	for _, l := range res.Rejected {
		refused = append(refused, l.Line)
	}
	if len(res.New) != 1 || len(res.Linked) != 3 || len(res.Members) != 2 || res.ID != 0 {
		t.Errorf("%+v", res)
	}
	if want := []int{5, 6, 7, 8, 9, 10, 11, 12, 13, 14}; !slices.Equal(refused, want) {
		t.Errorf("refused lines %d, want %d: %+v", refused, want, res.Rejected)
	}
	if !slices.ContainsFunc(res.Linked, func(i Identity) bool { return i.UserID == "78" }) {
		t.Errorf("78.0 is not the id 78: %+v", res.Linked)
	}
	for _, bad := range []string{"", "email,phone\n", "\"email\n"} {
		if _, err := w.ImportPeople(op, ImportRequest{ScopeNames: acme, CSV: bad}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("head %q: %v", bad, err)
		}
	}
	if _, err := w.ImportPeople(op, ImportRequest{ScopeNames: acme, CSV: "email\n", Apply: true}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("nothing to import: %v", err)
	}
}

// TestCall makes sure that every method that takes a request is an operation, each of
// its own name, and that a request that cannot be read is refused.
func TestCall(t *testing.T) {
	w := newTown(t)
	methods := 0
	for m := range reflect.TypeFor[*Admin]().Methods() {
		if m.Type.NumIn() == 3 && m.Type.NumOut() == 2 && m.Type.In(2).Kind() == reflect.Struct {
			methods++
		}
	}
	if methods != len(operations) {
		t.Errorf("%d methods, %d operations", methods, len(operations))
	}
	for name := range operations {
		for _, body := range []string{"", "[]", `{"enterprise":1}`, `{"unknown":1}`, `{`} {
			if _, err := w.Call(w.operator(), name, []byte(body)); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%s: request %q: %v", name, body, err)
			}
		}
	}
	if _, err := w.Call(w.operator(), "NoSuch", []byte("{}")); fault.KindOf(err) != fault.NotFound {
		t.Error(err)
	}
	got, err := w.Call(w.operator(), string(ListEntities), []byte(`{"enterprise":"acme"}`))
	if list, ok := got.([]Entity); err != nil || !ok || len(list) == 0 || list[0].Key != "acme" {
		t.Errorf("%+v, %v", got, err)
	}
}
