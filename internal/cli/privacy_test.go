package cli

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/query"
)

// privacy sets how both enterprises treat people's data.
func (m *matrix) privacy(pseudonyms, views bool) {
	m.t.Helper()
	for _, e := range []string{"acme", "globex"} {
		p := directory.DefaultPrivacy()
		p.Pseudonyms, p.PersonViews, p.Reason = pseudonyms, views, "a test"
		if err := m.stores.directory.SetPrivacy(m.t.Context(), m.entities[e].ID, p); err != nil {
			m.t.Fatal(err)
		}
	}
}

// TestPrivacySettingsHoldEverywhere asks every route at every place as everybody:
// while per-person views are off, none but the operator is told anything about
// single people; while there are pseudonyms, none is told a login.
func TestPrivacySettingsHoldEverywhere(t *testing.T) {
	m := newMatrix(t)
	askers := m.askers()
	for _, c := range []struct{ pseudonyms, views bool }{{true, false}, {true, true}, {false, false}, {false, true}} {
		m.privacy(c.pseudonyms, c.views)
		logins, people := 0, 0
		for _, a := range askers {
			for _, rule := range access.Table {
				if !strings.HasPrefix(rule.Pattern, "GET ") || strings.HasSuffix(rule.Pattern, "/settings/people") {
					continue // those who manage people link their logins
				}
				for _, at := range m.targets(rule) {
					status, answer := m.ask(a, http.MethodGet, at.path)
					told := strings.Contains(answer, "-login")
					if told && c.pseudonyms && !a.operator {
						t.Errorf("%+v: %s: %s tells a login: %.200s", c, a.name, at.path, answer)
					}
					if at.people && !c.views && !a.operator && status == http.StatusOK {
						t.Errorf("%+v: %s: %s is answered: %.200s", c, a.name, at.path, answer)
					}
					if at.people && status == http.StatusOK && !a.operator {
						people++
					}
					if told && !a.operator {
						logins++
					}
				}
			}
		}
		if (people > 0) != c.views || (logins > 0) != (c.views && !c.pseudonyms) {
			t.Errorf("%+v: %d answers about people, %d with logins", c, people, logins)
		}
	}
}

// TestPseudonyms follows one from an answer back to the person: it is the same
// everywhere and after a restart, says nothing of a name, and the audit log knows
// whose data was looked at.
func TestPseudonyms(t *testing.T) {
	m := newMatrix(t)
	m.privacy(true, true)
	a := asker{header: bearer(m.token("acme", false, 1, "metrics:read", "users:read", "export"))}
	const words = "?enterprise=acme&from=2026-05-01&to=2026-05-02"
	rows := func(path string) []string {
		t.Helper()
		status, answer := m.ask(a, http.MethodGet, path)
		if status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, status, answer)
		}
		_, body, _ := strings.Cut(answer, "\n")
		return strings.Split(strings.TrimSpace(body), "\n")
	}
	list := rows("/api/v1/query" + words + "&measures=loc_added&by=user&format=csv")
	secret, err := m.stores.directory.Secret(t.Context(), m.entities["acme"].ID)
	if err != nil {
		t.Fatal(err)
	}
	name := secret.Pseudonym(query.UserName("1", "canary-checkout-login", true)) // others have the login too
	if !strings.HasPrefix(list[1], "person-") || !slices.Contains(list, name+",20") {
		t.Fatalf("want %s among %q", name, list)
	}
	if got := rows("/api/v1/query" + words + "&measures=loc_added&where=user%3D" + name + "&format=csv"); got[1] != "20" {
		t.Errorf("by pseudonym: got %q", got)
	}
	for _, word := range []string{"canary-checkout-login", "1", "nobody", "person-aaaa-aaaa-aaaa"} {
		if got := rows("/api/v1/query" + words + "&measures=loc_added&where=user%3D" + word + "&format=csv"); got[1] == "120" || got[1] == "20" {
			t.Errorf("%s finds somebody: %q", word, got)
		}
	}
	exported := strings.Join(rows("/api/v1/export?enterprise=acme&org=payments&report=users-1-day&day=2026-05-01"), "\n")
	if !strings.Contains(exported, name) || strings.Contains(exported, `"user_id":1,`) || strings.Contains(exported, "-login") {
		t.Errorf("exported %.300s", exported)
	}
	m.viewedByName(t, a, "/api/v1/query"+words+"&measures=loc_added&where=user%3D"+name)
	other, err := m.stores.directory.Secret(t.Context(), m.entities["globex"].ID)
	if err != nil || other.Pseudonym("canary-checkout-login (id:1)") == name || secret.Pseudonym("CANARY-checkout-LOGIN (id:1)") != name {
		t.Errorf("pseudonyms are the same in two enterprises, or others in other letters (%v)", err)
	}
}

// viewedByName asks for somebody by pseudonym, after which the log must say that
// the person was looked at.
func (m *matrix) viewedByName(t *testing.T, a asker, path string) {
	t.Helper()
	ctx, d, acme := t.Context(), m.stores.directory, m.entities["acme"].ID
	ann, err := d.PutPerson(ctx, directory.Person{Enterprise: acme, Name: "Ann"})
	if err == nil {
		err = d.Link(ctx, []directory.Identity{{Enterprise: acme, Tool: "copilot", UserID: "1", Login: "canary-checkout-login", Person: ann.ID, How: directory.LinkedByHand}})
	}
	if err != nil {
		t.Fatal(err)
	}
	m.ask(a, http.MethodGet, path)
	log, err := d.AuditLog(ctx, directory.AuditFilter{All: true, Subject: ann.ID, Action: "people.viewed"})
	if err != nil || len(log) != 1 {
		t.Errorf("the log has %d views of the person, want 1 (%v)", len(log), err)
	}
}
