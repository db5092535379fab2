package admin

import (
	"context"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/alert"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/source"
	"codegauge/internal/store"
)

// sourced is a town whose sources are called by nobody.
func sourced(t *testing.T, alerts ...alert.Channel) *town {
	w := newTown(t)
	w.WithSources(source.New(source.Options{Directory: w.dir, Alerts: alerts,
		Stored: func(context.Context, int64, day.Range) ([]store.SourceDay, error) { return nil, nil },
		Secret: func() ([]byte, error) { return []byte("a secret of these tests"), nil }}))
	return w
}

const someToken = "ghp_0123456789abcdefghij0123456789abcdef"

// TestSources has everybody connect and see what is theirs, and nothing else.
func TestSources(t *testing.T) {
	w := sourced(t)
	op, owner, web := w.operator(), w.as("owner@acme.example"), w.as("web@acme.example")
	acme, webOrg := access.ScopeNames{Enterprise: "acme"}, access.ScopeNames{Enterprise: "acme", Org: "web"}
	for _, c := range []struct {
		what string
		who  context.Context
		r    NewSourceRequest
		want fault.Kind // Internal is no error
		says string
	}{
		{"an owner", owner, NewSourceRequest{ScopeNames: acme, Name: "github", Token: someToken}, fault.Internal, ""},
		{"an owner of an organization, the enterprise", web, NewSourceRequest{ScopeNames: acme, Name: "mine", Token: someToken}, fault.NotFound, ""},
		{"an owner of an organization, theirs", web, NewSourceRequest{ScopeNames: webOrg, Name: "web", Orgs: []string{"core"}, Token: someToken}, fault.Internal, ""},
		{"an owner of an organization, another", web, NewSourceRequest{ScopeNames: access.ScopeNames{Enterprise: "acme", Org: "core"}, Name: "core", Token: someToken}, fault.NotFound, ""},
		{"an owner of an organization, a name of the enterprise", web, NewSourceRequest{ScopeNames: webOrg, Name: "github", Token: someToken}, fault.Conflict, "already a source"},
		{"an owner, another enterprise", owner, NewSourceRequest{ScopeNames: access.ScopeNames{Enterprise: "globex"}, Name: "x", Token: someToken}, fault.NotFound, ""},
		{"an owner, the server's own network", owner, NewSourceRequest{ScopeNames: acme, Name: "x", BaseURL: "http://127.0.0.1:80", Token: someToken}, fault.Invalid, "only the command line"},
		{"the operator, this machine", op, NewSourceRequest{ScopeNames: acme, Name: "here", BaseURL: "http://127.0.0.1:80", Token: someToken}, fault.Internal, ""},
		{"the operator, a new enterprise", op, NewSourceRequest{ScopeNames: access.ScopeNames{Enterprise: "initech"}, Name: "github", Token: someToken}, fault.Internal, ""},
		{"no credential", owner, NewSourceRequest{ScopeNames: acme, Name: "x"}, fault.Invalid, "needs a credential"},
		{"a token and an App", owner, NewSourceRequest{ScopeNames: acme, Name: "x", Token: someToken, AppID: 1, Key: "k"}, fault.Invalid, "not both"},
		{"an App without a key", owner, NewSourceRequest{ScopeNames: acme, Name: "x", AppID: 1}, fault.Invalid, "private key"},
		{"a key that is none", owner, NewSourceRequest{ScopeNames: acme, Name: "x", AppID: 1, Key: "k"}, fault.Invalid, "not a PEM file"},
		{"a token of two lines", owner, NewSourceRequest{ScopeNames: acme, Name: "x", Token: "a\nb"}, fault.Invalid, "must contain only the token"},
		{"a name with a slash", owner, NewSourceRequest{ScopeNames: acme, Name: "a/b", Token: someToken}, fault.Invalid, "name of a source"},
		{"a host that is too wide", owner, NewSourceRequest{ScopeNames: acme, Name: "x", AllowHosts: []string{"*"}, Token: someToken}, fault.Invalid, "too many hosts"},
		{"an organization that is none", owner, NewSourceRequest{ScopeNames: acme, Name: "x", Orgs: []string{"../x"}, Token: someToken}, fault.Invalid, "short name"},
	} {
		_, err := w.AddSource(c.who, c.r)
		if (err == nil) != (c.want == fault.Internal) || err != nil && (fault.KindOf(err) != c.want || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v (kind %d), want kind %d with %q", c.what, err, fault.KindOf(err), c.want, c.says)
		}
		if err != nil && strings.Contains(err.Error(), someToken) {
			t.Errorf("%s: the error shows the token", c.what)
		}
	}
	names := func(who context.Context, at access.ScopeNames) string {
		list, err := w.Sources(who, at)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, s := range list {
			out = append(out, s.Enterprise+"/"+s.Name+"("+strings.Join(s.Orgs, " ")+")")
		}
		return strings.Join(out, " ")
	}
	if got, want := names(web, webOrg), "acme/web(web)"; got != want {
		t.Errorf("the organization's = %s, want %s", got, want)
	}
	if got, want := names(owner, acme), "acme/github() acme/here() acme/web(web)"; got != want {
		t.Errorf("the enterprise's = %s, want %s", got, want)
	}
	if got, want := names(op, access.ScopeNames{}), "acme/github() initech/github() acme/here() acme/web(web)"; got != want {
		t.Errorf("all = %s, want %s", got, want)
	}
	if _, err := w.RemoveSource(web, SourceRequest{ScopeNames: webOrg, Name: "github"}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("remove the enterprise's as an organization's owner: %v", err)
	}
	if _, err := w.PauseSource(op, SourceRequest{Name: "github"}); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "--enterprise") {
		t.Errorf("a name of two: %v", err)
	}
}

// mailbox is a channel of alerts.
type mailbox struct{}

func (mailbox) Name() string                              { return "mail" }
func (mailbox) To() string                                { return "ops@operator.example" }
func (mailbox) Send(context.Context, alert.Message) error { return nil }

// TestAlertRecipients: who gets alerts, and what their mail server says of them, is told to
// whoever manages the enterprise, not to the owner of an organization.
func TestAlertRecipients(t *testing.T) {
	w := sourced(t, mailbox{})
	web, org := w.as("web@acme.example"), access.ScopeNames{Enterprise: "acme", Org: "web"}
	if _, err := w.AddSource(web, NewSourceRequest{ScopeNames: org, Name: "web", Token: someToken}); err != nil {
		t.Fatal(err)
	}
	list, err := w.dir.Sources(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.dir.PutSourceAlert(t.Context(), directory.SourceAlert{Source: list[0].ID, Channel: "mail", Error: "no such user: ops@operator.example"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		who  context.Context
		at   access.ScopeNames
		told bool
	}{
		{"the operator", w.operator(), access.ScopeNames{}, true},
		{"an owner", w.as("owner@acme.example"), access.ScopeNames{Enterprise: "acme"}, true},
		{"an owner of an organization", web, org, false},
	} {
		sources, err := w.Sources(c.who, c.at)
		if err != nil || len(sources) != 1 || len(sources[0].Alerts) != 1 {
			t.Fatalf("%s: %+v, %v", c.what, sources, err)
		}
		a := sources[0].Alerts[0]
		if got := strings.Contains(a.To, "ops@") && strings.Contains(a.Error, "ops@"); got != c.told || !c.told && strings.Contains(a.To+a.Error, "@") || a.Error == "" {
			t.Errorf("%s is told %+v", c.what, a)
		}
	}
}

// TestSourceLife pauses, resumes and removes, and replaces a credential.
func TestSourceLife(t *testing.T) {
	w := sourced(t)
	owner := w.as("owner@acme.example")
	at := SourceRequest{ScopeNames: access.ScopeNames{Enterprise: "acme"}}
	do := func(s Source, err error) Source {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	add := NewSourceRequest{ScopeNames: at.ScopeNames, Name: "github", Token: someToken}
	do(w.AddSource(owner, add))
	add.Credential, add.AllowHosts = "second", []string{"mirror.example"}
	s := do(w.AddSource(owner, add))
	if len(s.Credentials) != 2 || len(s.AllowHosts) != 1 || s.State.Next.IsZero() {
		t.Errorf("source = %+v", s)
	}
	if s = do(w.PauseSource(owner, at)); !s.Paused {
		t.Error("it is not paused")
	}
	if _, err := w.PlanSource(owner, at); fault.KindOf(err) != fault.Conflict {
		t.Errorf("sync a paused source: %v", err)
	}
	if s = do(w.ResumeSource(owner, at)); s.Paused {
		t.Error("it is paused")
	}
	at.Credential = "second"
	if s = do(w.RemoveSourceCredential(owner, at)); len(s.Credentials) != 1 || s.Credentials[0].Name != "classic token" {
		t.Errorf("credentials = %+v", s.Credentials)
	}
	do(w.RemoveSource(owner, at))
	if _, err := w.CheckSource(owner, at); fault.KindOf(err) != fault.NotFound {
		t.Errorf("check a removed source: %v", err)
	}
}
