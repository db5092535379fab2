package question_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

// TestOwn: one's own phase, clients, seats and days are one's own records', and of nobody else.
func TestOwn(t *testing.T) {
	w := newWorld(t)
	client := func(ide, version, plugin string) string {
		return fmt.Sprintf(`"totals_by_ide":[{"ide":%q,"loc_added_sum":0,"last_known_ide_version":{"ide_version":%q},"last_known_plugin_version":{"plugin":"copilot-chat","plugin_version":%q}}]`, ide, version, plugin)
	}
	const cli = `"totals_by_cli":{"session_count":1,"last_known_cli_version":{"cli_version":"1.0.7","sampled_at":"x"}},"ai_adoption_phase":{"phase_number":2}`
	w.Load(intake.Request{Enterprise: "acme"},
		reporttest.User(1, "2026-09-01", 0, 0), reporttest.User(1, "2026-11-18", 0, 0, client("vscode", "1.95.0", "0.22.0")), reporttest.User(1, "2026-11-19", 5, 0, cli),
		reporttest.User(1, "2026-11-17", 9, 0, client("zed", "1", "1"), `"tool":"claude_code"`), // another's
		reporttest.User(2, "2026-11-19", 9, 0, client("xcode", "16", "0.99.0"), `"ai_adoption_phase":{"phase_number":3}`), reporttest.User(3, "2026-11-19", 9, 0))
	w.Load(intake.Request{Enterprise: "acme", Org: "north"}, reporttest.User(2, "2026-11-18", 1, 0))
	north := producttest.Must(w.Entity(access.With(t.Context(), access.NewOperator()), question.Parameters{Enterprise: "acme", Org: "north"}))
	acme := producttest.Must(w.Entity(access.With(t.Context(), access.NewOperator()), question.Parameters{Enterprise: "acme"}))
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := w.Dir.PutSeats(t.Context(), acme.ID, north.ID, since, []directory.Seat{{Organization: north.ID, UserID: "1", Plan: "business", Team: "core", Created: since, Body: []byte(`{"pending_cancellation_date":"2026-12-01"}`)}, {Organization: north.ID, UserID: "2", Plan: "enterprise"}}); err != nil {
		t.Fatal(err)
	}
	ask := question.Parameters{Enterprise: "acme", From: "2026-11-01", To: "2026-11-20"}
	me := []directory.Identity{{Tool: "copilot", UserID: "1", Login: "u1"}}
	got, err := w.Own(t.Context(), ask, me)
	if err != nil {
		t.Fatal(err)
	}
	if p := got.Phase; p == nil || p.Phase != "Phase 2" || p.Computed || p.On != day.Date(2026, 11, 20) {
		t.Errorf("phase %+v", p)
	}
	if len(got.Clients) != 2 || got.Clients[0].Client != "copilot_cli" || got.Clients[0].Version != "1.0.7" || got.Clients[0].Judged || got.Clients[0].Fault != "" ||
		got.Clients[1].Label != "VS Code" || !got.Clients[1].NotCounted || got.Clients[1].Upgrade != "1.107.1" || got.Clients[1].Fault == "" || len(got.Clients[1].NoLinesOf) == 0 {
		t.Errorf("clients %+v", got.Clients)
	}
	if len(got.Seats) != 1 || got.Seats[0].Plan != "business" || got.Seats[0].Assigner != "north" || got.Seats[0].Team != "core" || !got.Seats[0].Since.Equal(since) || got.Seats[0].Ends != day.Date(2026, 12, 1) || got.Seats[0].LastActivity != nil {
		t.Errorf("seats %+v", got.Seats)
	}
	if r := got.Records; len(r) != 1 || r[0].Days != 3 || r[0].First != day.Date(2026, 9, 1) || r[0].Last != day.Date(2026, 11, 19) || strings.Join(r[0].Kinds, " ") != "report" {
		t.Errorf("records %+v", r)
	}
	got, err = w.Own(t.Context(), ask, []directory.Identity{{Tool: "copilot", UserID: "3"}})
	if err != nil || got.Phase == nil || !got.Phase.Computed || len(got.Clients)+len(got.Seats) > 0 {
		t.Errorf("of somebody else: %+v, %v", got, err)
	}
	if _, err := w.Own(access.With(t.Context(), access.NewProgram(acme.ID, access.Metrics)), ask, me); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("who may not view people: %v", err)
	}
}
