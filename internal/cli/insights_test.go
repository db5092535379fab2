package cli

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"codegauge/internal/directory"
)

// TestInsights scrapes totals with a token that may do nothing else.
func TestInsights(t *testing.T) {
	c := newClients(t)
	acme := c.entities["acme"].ID
	_, err := c.stores.directory.PutSource(t.Context(), directory.Source{Enterprise: acme, Name: "github", Kind: "github", BaseURL: "https://api.github.com", Slug: "acme", Created: c.now()})
	c.fatal(err)
	monitor := asker{header: bearer(c.token("acme", false, 1, "monitor"))}
	status, answer := c.ask(monitor, http.MethodGet, "/metrics/insights")
	body := bodyOf(answer)
	for _, want := range []string{
		`codegauge_insights_day_timestamp_seconds{enterprise="acme"} ` + fmt.Sprintf("%.7e", float64(c.last.Time().Unix()))[:4],
		fmt.Sprintf(`codegauge_insights_daily_active_users{enterprise="acme"} %d`, clientPeople+1), // of cursor, one more
		fmt.Sprintf(`codegauge_insights_loc_added{enterprise="acme"} %d`, 10*clientPeople+1),
		`codegauge_insights_seats{enterprise="acme"} 120`,
		`codegauge_source_failing{enterprise="acme",source="github"} 0`,
		`codegauge_source_days{enterprise="acme",source="github",state="missing"}`,
	} {
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%d: %s is not in\n%s", status, want, body)
		}
	}
	if strings.Contains(body, "globex") || strings.Contains(body, "last_success") {
		t.Errorf("too much is told:\n%s", body)
	}
	// What each initiator did adds up to the day.
	sum := 0
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "codegauge_insights_loc_changed{") {
			n := 0
			_, err := fmt.Sscan(line[strings.LastIndex(line, " "):], &n)
			c.fatal(err)
			sum += n
		}
	}
	if sum != 11*clientPeople+1 {
		t.Errorf("lines by initiator add up to %d", sum)
	}
	// An owner is shown no more than that, and the token nothing else.
	if _, other := c.ask(asker{header: bearer(c.credential)}, http.MethodGet, "/metrics/insights"); !strings.Contains(other, body[:strings.Index(body, "\n")]) || !strings.Contains(other, `enterprise="globex"`) {
		t.Errorf("the operator sees\n%s", other)
	}
	for _, path := range []string{"/api/v1/query?enterprise=acme&measures=loc_added", "/api/v3/enterprises/acme/copilot/metrics/reports/enterprise-1-day?day=2026-05-10", "/enterprises/acme", "/metrics"} {
		if status, _ := c.ask(monitor, http.MethodGet, path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, _ := c.ask(asker{header: bearer(c.full)}, http.MethodGet, "/metrics/insights"); status != http.StatusNotFound {
		t.Errorf("a token without the scope: %d", status)
	}
	// With the policy off there are sources, and no figures.
	c.fatal(c.stores.directory.SetPolicy(t.Context(), acme, directory.PolicyDisabled))
	if _, answer := c.ask(monitor, http.MethodGet, "/metrics/insights"); strings.Contains(answer, "codegauge_insights") || !strings.Contains(answer, "codegauge_source_failing") {
		t.Errorf("with the policy off:\n%s", answer)
	}
}
