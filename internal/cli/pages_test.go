package cli

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/directory"
)

// TestAGuardianLandsInTheirWork: whoever is only a guardian lands on a page that they may see,
// with what waits for them; whoever also sees figures elsewhere chooses.
func TestAGuardianLandsInTheirWork(t *testing.T) {
	m := newMatrix(t)
	guardian := asker{cookie: true, header: m.session(false, directory.Guardian, "acme")}
	grants, err := m.stores.directory.Grants(t.Context(), m.entities["acme"].ID)
	m.fatal(err)
	i := slices.IndexFunc(grants, func(g directory.Grant) bool { return g.Role == directory.Guardian })
	owner := asker{cookie: true, header: m.session(false, access.EnterpriseOwner, "acme")}
	form := url.Values{"do": {"set"}, "minimum": {"5"}, "person-views": {"1"}, "months": {"13"}, "reason": {"to help"}}
	if status, answer := m.post(owner, "/enterprises/acme/settings/privacy", form); status != http.StatusSeeOther {
		t.Fatalf("the owner asks for per-person views: %d %s", status, answer)
	}
	status, answer := m.ask(guardian, http.MethodGet, "/")
	const work = "/enterprises/acme/settings/privacy"
	if status != http.StatusSeeOther || !strings.Contains(answer, "Location:["+work+"]") {
		t.Errorf("the guardian lands at %d %.300s", status, answer)
	}
	if status, page := m.ask(guardian, http.MethodGet, work); status != http.StatusOK || !strings.Contains(page, `value="approved"`) {
		t.Errorf("the guardian's page, %d, does not offer to approve", status)
	}
	_, err = m.stores.directory.Grant(t.Context(), directory.Grant{Person: grants[i].Person, Role: access.TeamLead, Entity: m.entities["reactor"].ID})
	m.fatal(err)
	if status, page := m.ask(guardian, http.MethodGet, "/"); status != http.StatusOK || !strings.Contains(page, work) || !strings.Contains(page, "/orgs/plant/teams/reactor/insights/code-generation") {
		t.Errorf("who guards one enterprise and leads a team of another finds %d %s", status, page)
	}
}

// TestDataQualityShowsFetching: whoever manages an enterprise sees how fetching goes, and
// nobody else does.
func TestDataQualityShowsFetching(t *testing.T) {
	m := newMatrix(t)
	owner := asker{cookie: true, header: m.session(false, access.EnterpriseOwner, "acme")}
	biller := asker{cookie: true, header: m.session(false, access.BillingManager, "acme")}
	form := url.Values{"do": {"add"}, "name": {"nightly"}, "base": {"https://api.github.com"}, "token": {"ghp_0123456789abcdefghijABCDEFGHIJ012345"}}
	if status, answer := m.post(owner, "/enterprises/acme/settings/sources", form); status != http.StatusSeeOther {
		t.Fatalf("connecting: %d %s", status, answer)
	}
	const page = "/enterprises/acme/insights/data-quality?from=2026-05-01&to=2026-05-02"
	if status, answer := m.ask(owner, http.MethodGet, page); status != http.StatusOK || !strings.Contains(answer, `data-source="nightly"`) || !strings.Contains(answer, "Not fetched yet") {
		t.Errorf("the owner does not see the source: %d", status)
	}
	if status, answer := m.ask(biller, http.MethodGet, page); status != http.StatusOK || strings.Contains(answer, "nightly") {
		t.Errorf("who does not manage the enterprise sees the source: %d", status)
	}
}

// TestMyDataSaysWithWhat: one's own page divides one's lines by mode, model and language, and
// says on which days of the week one was active, of any range.
func TestMyDataSaysWithWhat(t *testing.T) {
	m := newMatrix(t)
	w := m.watch()
	status, page := m.ask(w.me, http.MethodGet, "/me/acme?from=2026-05-01&to=2026-05-07")
	if status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	// The record of the first, a Friday, has 10 lines added and 1 deleted in one mode.
	for id, want := range map[string][]string{
		"feature": {"Agent edits in files", `data-value="11"`, "100.0%"}, "model": {"No model reported", `data-value="11"`}, "language": {"No language reported", `data-value="11"`},
		"rhythm": {`data-key="5"`, "1 of 1", "0 of 1", `data-value="11"`}} {
		_, card, _ := strings.Cut(page, `id="by-`+id+`"`)
		card, _, _ = strings.Cut(card, "</section>")
		for _, text := range want {
			if !strings.Contains(card, text) {
				t.Errorf("the card by %s lacks %q: %s", id, text, card)
			}
		}
	}
}
