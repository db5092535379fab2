package admin

import (
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// TestStatement reads the statement before and after its settings change.
func TestStatement(t *testing.T) {
	w := newTown(t)
	owner, acme := w.as("owner@acme.example"), access.ScopeNames{Enterprise: "acme"}
	says := func(want ...string) {
		t.Helper()
		s, err := w.Statement(owner, acme)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(s.Sentences, "\n")
		for _, part := range want {
			if !strings.Contains(text, part) {
				t.Errorf("got\n%s\nwant %q", text, part)
			}
		}
	}
	says("fewer than 5 people", "about 1 to 4 people", "held back until the records of 5 people or more", "are off for everybody", "see pseudonyms", "removed after 13 months", "2 people may view people", "No guardian is named")
	eight, views := 8, true
	if _, err := w.SetPrivacy(owner, PrivacyRequest{ScopeNames: acme, MinimumGroup: &eight, PersonViews: &views, Reason: "agreed"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddUser(owner, AddUserRequest{ScopeNames: acme, Email: "gina@acme.example"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Grant(owner, GrantRequest{ScopeNames: acme, User: "gina@acme.example", Role: directory.Guardian}); err != nil {
		t.Fatal(err)
	}
	says("fewer than 8 people", "about 1 to 7 people", "are on for those who may view people", "last change of these settings: agreed", "1 guardian is named")
	if s, err := w.Statement(w.as("gina@acme.example"), acme); err != nil || !slices.ContainsFunc(s.Sentences, func(x string) bool { return strings.Contains(x, "8 people") }) {
		t.Errorf("the guardian reads %v, %v", s.Sentences, err)
	}
	seven := 7
	if _, err := w.SetPrivacy(owner, PrivacyRequest{ScopeNames: acme, MinimumGroup: &seven, Reason: "less"}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("lowering the minimum: %v", err)
	}
	if _, err := w.Statement(w.as("owner@globex.example"), acme); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another enterprise's owner reads %v", err)
	}
}
