package question_test

import (
	"strings"
	"testing"

	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

// TestFeaturesOfNothing has totals of 0 above features that have lines.
func TestFeaturesOfNothing(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 0, 0, reporttest.Rows("totals_by_feature", reporttest.Row(`"feature":"agent_edit"`, 300, 0))))
	a := w.Ask(question.Parameters{Measures: []string{"loc_changed", "agent_contribution"}})
	warns(t, a.Warnings, "reports contradict themselves: features add up to 300 lines added, but the total is 0")
}

// TestUsersAgainstAggregate imports two reports of one day that disagree.
func TestUsersAgainstAggregate(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 600, 0), reporttest.User(1, "2026-11-02", 5, 0),
		reporttest.User(1, "2026-11-02", 90, 0, `"tool":"claude_code"`)) // of which no aggregate speaks
	l := w.Load(intake.Request{Enterprise: "acme"}, reporttest.Aggregate("2026-11-01", 400, 0), reporttest.Aggregate("2026-11-02", 5, 0))
	const want = "on 1 of 2 days (2026-11-01) user records and aggregates disagree: user records, from which figures are computed, have 600 lines added and 0 deleted, aggregates 400 and 0"
	if !strings.Contains(producttest.Reasons(l.Warnings), want) {
		t.Errorf("warnings %v, want %q", l.Warnings, want)
	}
	// The ledger, Data quality and plain answers say so too, of the days that they are about.
	for from, said := range map[string]bool{"2026-11-01": true, "2026-11-02": false} {
		ask := question.Parameters{Enterprise: "acme", From: from, To: "2026-11-02"}
		c, err := w.Coverage(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		plain := ask
		plain.Measures = []string{"loc_added"}
		text, err := w.Disagreement(t.Context(), plain)
		if err != nil {
			t.Fatal(err)
		}
		sums, err := w.Reconcile(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		if (c.Disagreement != nil) != said || (sums.Disagreement != "") != said || strings.Contains(text, want) != said {
			t.Errorf("from %s: Data quality says %v, the ledger %q, plain answers %q", from, c.Disagreement, sums.Disagreement, text)
		}
		if said && (c.Disagreement.String() != text || sums.Disagreement != text) {
			t.Errorf("Data quality says %q, the ledger %q, plain answers %q", c.Disagreement, sums.Disagreement, text)
		}
	}
}

// TestTeamUnknown has memberships of one day of three.
func TestTeamUnknown(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 1, 0), reporttest.User(1, "2026-11-02", 2, 0), reporttest.User(1, "2026-11-03", 4, 0),
		`{"user_id":1,"user_login":"u1","day":"2026-11-03","team_id":5,"slug":"core"}`)
	const want = "team unknown: no memberships were reported for 2 of 3 days: 2026-11-01 to 2026-11-02"
	warns(t, w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{"team"}}).Warnings, want)
	for _, text := range w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{"team"}, From: "2026-11-03", To: "2026-11-03"}).Warnings {
		if strings.HasPrefix(text, "team unknown") {
			t.Errorf("a day with memberships warns: %s", text)
		}
	}
}

// TestOrganizationsApart has aggregates of an organization alone.
func TestOrganizationsApart(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme", Org: "north"}, reporttest.Aggregate("2026-11-01", 400, 0))
	st, err := w.Status(t.Context(), question.Parameters{})
	if err != nil || len(st.Apart) != 1 || st.Apart[0].Key() != "north" {
		t.Errorf("apart are %v, %v; want north", st.Apart, err)
	}
}
