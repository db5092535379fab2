package admin

import (
	"context"
	"slices"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

func TestErase(t *testing.T) {
	w := newTown(t)
	acme := access.ScopeNames{Enterprise: "acme"}
	if done, err := w.Erase(w.operator(), EraseRequest{ScopeNames: acme, Users: []string{"ann"}}); err != nil || done.Pseudonym != "p of ann" {
		t.Errorf("%+v, %v", done, err)
	}
	for name, c := range map[string]struct {
		email string
		r     EraseRequest
		want  fault.Kind
	}{
		"another enterprise's owner":   {"owner@globex.example", EraseRequest{ScopeNames: acme, Users: []string{"ann"}}, fault.NotFound},
		"an owner of one organization": {"web@acme.example", EraseRequest{ScopeNames: acme, Users: []string{"ann"}}, fault.NotFound},
		"nobody":                       {"owner@acme.example", EraseRequest{ScopeNames: acme}, fault.Invalid},
		"an empty name":                {"owner@acme.example", EraseRequest{ScopeNames: acme, Users: []string{""}}, fault.Invalid},
	} {
		if _, err := w.Erase(w.as(c.email), c.r); fault.KindOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReplayErasures(t *testing.T) {
	w := newTown(t)
	list, err := w.Erasures(w.operator(), access.ScopeNames{})
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	if done, err := w.ReplayErasures(w.operator(), ReplayRequest{Erasures: list}); err != nil || done.People != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	for _, email := range []string{"owner@acme.example", "web@acme.example"} {
		if _, err := w.Erasures(w.as(email), access.ScopeNames{}); err == nil {
			t.Errorf("%s reads who was erased", email)
		}
		if _, err := w.ReplayErasures(w.as(email), ReplayRequest{Erasures: list}); err == nil {
			t.Errorf("%s erases", email)
		}
	}
}

// TestAuditKeepsPseudonyms looks at a person and reads in the log who it was.
func TestAuditKeepsPseudonyms(t *testing.T) {
	w := newTown(t)
	acme := access.ScopeNames{Enterprise: "acme"}
	lead, err := w.dir.PersonByEmail(t.Context(), "lead@acme.example")
	if err == nil {
		err = w.dir.Link(t.Context(), []directory.Identity{{Enterprise: lead.Enterprise, Tool: "copilot", UserID: "7", Login: "octo", Person: lead.ID, How: directory.LinkedByHand}})
	}
	if err == nil {
		err = w.Viewed(w.operator(), directory.Entity{Enterprise: lead.Enterprise}, "a page", "octo")
	}
	if err != nil {
		t.Fatal(err)
	}
	views := func(ctx context.Context, user string) []string {
		t.Helper()
		list, err := w.Audit(ctx, AuditRequest{ScopeNames: acme, Action: "people.viewed", User: user})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, e := range list {
			out = append(out, e.Subject)
		}
		return out
	}
	owner := w.as("owner@acme.example")
	for _, c := range []struct {
		name string
		ctx  context.Context
		user string
		want []string
	}{
		{"the operator", w.operator(), "", []string{"lead@acme.example"}},
		{"the operator, of the person", w.operator(), "lead@acme.example", []string{"lead@acme.example"}},
		{"an owner", owner, "", []string{""}},
		{"an owner, of the person", owner, "lead@acme.example", nil},
	} {
		if got := views(c.ctx, c.user); !slices.Equal(got, c.want) {
			t.Errorf("%s reads %q, want %q", c.name, got, c.want)
		}
	}
	no := false
	if _, err := w.SetPrivacy(w.operator(), PrivacyRequest{ScopeNames: acme, Pseudonyms: &no, Reason: "a test"}); err != nil {
		t.Fatal(err)
	}
	if got := views(owner, "lead@acme.example"); !slices.Equal(got, []string{"lead@acme.example"}) {
		t.Errorf("without pseudonyms an owner reads %q", got)
	}
}
