package cli

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/directory"
)

// TestSavedViews saves views, opens them before and after the data changes, and looks for
// them as others: nobody finds one, and a view leads nowhere where its owner may not go.
func TestSavedViews(t *testing.T) {
	s := &stage{matrix: newMatrix(t)}
	s.privacy(false, true)
	person := func(role, place string) (directory.Person, asker) {
		who, err := s.stores.directory.PutPerson(t.Context(), directory.Person{Enterprise: s.entities["acme"].ID, Name: s.next("Ann")})
		s.fatal(err)
		_, err = s.stores.directory.Grant(t.Context(), directory.Grant{Person: who.ID, Role: role, Entity: s.entities[place].ID})
		s.fatal(err)
		return who, asker{name: who.Name, cookie: true, header: s.sessionOf(who.ID)}
	}
	annID, ann := person(access.EnterpriseOwner, "acme")
	_, bo := person(access.EnterpriseOwner, "acme")
	page := func(a asker, path string) string {
		t.Helper()
		status, body := s.ask(a, http.MethodGet, path)
		if status != http.StatusOK {
			t.Fatalf("%s is %d: %.3000s", path, status, onlyText(body))
		}
		return body
	}
	has := func(what, body, words string, want bool) {
		t.Helper()
		if strings.Contains(onlyText(body), words) != want {
			t.Errorf("%s: %q is there: %t, want %t: %.2000s", what, words, !want, want, onlyText(body))
		}
	}
	save := func(place, name, pageName, query string) {
		t.Helper()
		if status, body := s.post(ann, place+"/insights/views", url.Values{"name": {name}, "page": {pageName}, "query": {query}}); status != http.StatusSeeOther {
			t.Fatalf("save %s: %d: %.3000s", name, status, onlyText(body))
		}
	}
	linkTo := func(body, name string) string {
		t.Helper()
		found := regexp.MustCompile(`href="([^"]*)"[^>]*>` + regexp.QuoteMeta(name) + `<`).FindStringSubmatch(body)
		if found == nil {
			t.Fatalf("no link to %s: %.3000s", name, body)
		}
		return strings.ReplaceAll(found[1], "&amp;", "&")
	}
	const codegen = "/enterprises/acme/insights/code-generation"
	page(ann, codegen) // and is kept
	save("/enterprises/acme", "Fixed", "code-generation", "from=2026-04-01&to=2026-04-28&where=tool%3Dcopilot&nonsense=1")
	save("/enterprises/acme", "Moving", "code-generation", "days=90")
	save("/orgs/payments", "Payments", "data-quality", "days=7")
	body := page(ann, codegen)
	fixed, moving, payments := linkTo(body, "Fixed"), linkTo(body, "Moving"), linkTo(body, "Payments")
	if !regexp.MustCompile(`^`+codegen+`\?data=\d+&defined=v1-strict\.[0-9a-f]{8}&from=2026-04-01&to=2026-04-28&where=tool%3Dcopilot$`).MatchString(fixed) ||
		!strings.HasPrefix(payments, "/orgs/payments/insights/data-quality?") || !strings.Contains(moving, "days=90") {
		t.Errorf("links %q, %q, %q", fixed, moving, payments)
	}
	has("bo's page", page(bo, codegen), "Moving", false)
	has("bo's own page", page(bo, "/me/acme"), "Moving", false)
	for _, view := range []string{fixed, moving} {
		has("opened", page(ann, view), "has not changed since", true)
	}
	has("a page of days", page(ann, fixed), "The timeframe moves", false)
	has("a page of the last days", page(ann, moving), "The timeframe moves", true)
	has("bo's page at that link", page(bo, fixed), "This link was made at data version", true)
	has("bo's page at that link", page(bo, fixed), "“Fixed”", false)

	s.imported() // a day in May
	has("what May does not concern", page(ann, fixed), "has not changed since", true)
	has("what ends in May", page(ann, moving), "has changed since", true)
	changed := page(ann, strings.Replace(fixed, "defined=v1-strict.", "defined=v1-strict.0", 1))
	has("another definition", changed, "How the figures are defined has changed since", true)
	has("this definition", page(ann, fixed), "How the figures are defined", false)

	mine := page(ann, "/me/acme")
	for _, words := range []string{"Fixed", "1 – 28 Apr 2026", "Tool: GitHub Copilot", "Last 90 complete days", "canary-payments-name"} {
		has("ann's own page", mine, words, true)
	}
	for name, form := range map[string]url.Values{
		"a person's page":   {"name": {"x"}, "page": {"code-generation"}, "query": {"where=user%3Dann"}},
		"a page of people":  {"name": {"x"}, "page": {"users"}, "query": {""}},
		"no window":         {"name": {"x"}, "page": {"impact"}, "query": {"days=x"}},
		"no name":           {"name": {" "}, "page": {"impact"}},
		"a name a 2nd time": {"name": {"Fixed"}, "page": {"impact"}},
	} {
		if status, _ := s.post(ann, "/enterprises/acme/insights/views", form); status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
			t.Errorf("%s is saved: %d", name, status)
		}
	}
	id := regexp.MustCompile(`name="view" value="(\d+)"><input type="text" name="name" value="Moving"`).FindStringSubmatch(mine)
	for _, c := range []struct {
		who  asker
		do   string
		want int
	}{{bo, "rename-view", 404}, {bo, "remove-view", 404}, {ann, "rename-view", 303}} {
		if status, _ := s.post(c.who, "/me/acme", url.Values{"do": {c.do}, "view": {id[1]}, "name": {"Quarter"}}); status != c.want {
			t.Errorf("%s %s: %d, want %d", c.who.name, c.do, status, c.want)
		}
	}
	has("renamed", page(ann, codegen), "Quarter", true)
	if status, _ := s.post(ann, "/me/acme", url.Values{"do": {"remove-view"}, "view": {id[1]}}); status != 303 {
		t.Errorf("removing: %d", status)
	}
	has("removed", page(ann, codegen), "Quarter", false)
	has("bo's page of payments", page(bo, "/orgs/payments/insights/impact"), "You have not saved a view", true)

	// Who may not see a page any more keeps the name of the view, and gets no further.
	held, err := s.stores.directory.GrantsOf(t.Context(), annID.ID)
	s.fatal(err)
	s.fatal(s.stores.directory.Revoke(t.Context(), held[0].ID))
	_, err = s.stores.directory.Grant(t.Context(), directory.Grant{Person: annID.ID, Role: access.TeamLead, Entity: s.entities["ranking"].ID})
	s.fatal(err)
	mine = page(ann, "/me/acme")
	has("ann without the role", mine, "You may not see this page any more", true)
	has("ann without the role", mine, "canary-payments-name", false)
	for _, view := range []string{fixed, payments} {
		if status, _ := s.ask(ann, http.MethodGet, view); status != http.StatusNotFound && status != http.StatusForbidden {
			t.Errorf("ann opens %s: %d", view, status)
		}
	}
}
