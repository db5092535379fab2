package cli

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/intake"
	"codegauge/internal/report"
)

// TestPeopleOfTwoOrganizations asks as the owner of one of them: what is broken
// down by team, or filtered to one, tells nothing of the other.
func TestPeopleOfTwoOrganizations(t *testing.T) {
	m := newMatrix(t)
	var lines strings.Builder
	for user := 1; user <= 6; user++ { // a team of payments, large enough to be shown
		fmt.Fprintf(&lines, `{"day":"2026-05-01","user_id":%d,"user_login":"both","organization_id":"id-search","loc_added_sum":10,"loc_deleted_sum":1}`+"\n", user)
		fmt.Fprintf(&lines, `{"day":"2026-05-01","user_id":%d,"user_login":"both","organization_id":"id-search","team_id":"id-ranking","slug":"ranking"}`+"\n", user)
	}
	text := lines.String()
	_, err := m.stores.Import(t.Context(), intake.Request{Enterprise: "acme", Org: "search", Inputs: []report.Input{{Name: "both", Size: -1,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}})
	m.fatal(err)
	owner := asker{cookie: true, header: m.session(false, access.OrganizationOwner, "payments")}
	for _, path := range []string{
		"/api/v1/query?enterprise=acme&org=payments&measures=loc_added&by=team&from=2026-04-06&to=2026-05-03",
		"/api/v1/query?enterprise=acme&org=payments&measures=active_users&by=team,week&from=2026-04-06&to=2026-05-03&compare=1",
		"/orgs/payments/insights/code-generation?from=2026-04-06&to=2026-05-03", "/orgs/payments/insights/data-quality?from=2026-04-27&to=2026-05-03",
	} {
		status, answer := m.ask(owner, http.MethodGet, path)
		if status != http.StatusOK || strings.Contains(answer, "ranking") || strings.Contains(answer, "search") {
			t.Errorf("%s: got %d\n%.2000s", path, status, bodyOf(answer))
		}
	}
}
