package report

import (
	"bytes"
	"encoding/csv"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestCSV(t *testing.T) {
	r := Record{Kind: UserDay, Day: day1, UserID: "7", Login: "=cmd()", OrganizationID: "2", Totals: counters(0, 3, 5, 0),
		Flags: Flags{Known: UsedAgent | UsedChat, Value: UsedAgent}, Credits: ptr(int64(1_500_000)), Phase: ptr(int64(2))}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(CSVHeader(UserDay))
	w.Write(r.AppendCSV(nil))
	w.Flush()
	want := "day,tool,user_id,user_login,enterprise_id,organization_id,user_initiated_interaction_count,code_generation_activity_count," +
		"code_acceptance_activity_count,loc_suggested_to_add_sum,loc_suggested_to_delete_sum,loc_added_sum,loc_deleted_sum,ai_credits_used," +
		"used_agent,used_chat,used_cli,used_copilot_app,used_copilot_coding_agent,used_copilot_cloud_agent,used_copilot_code_review_active," +
		"used_copilot_code_review_passive,ai_adoption_phase\n" +
		"2026-05-01,,7,'=cmd(),,2,3,,,,,0,,1.5,true,false,,,,,,,2\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

// TestCSVOfAllKinds checks that cells stand under names and compute nothing.
func TestCSVOfAllKinds(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(5, 5))}
	for range 1000 {
		r := m.record()
		if m.maybe() {
			r.Kind = Seat
		}
		r.Login, r.TeamSlug, r.SeatPlan, r.Tool = "@"+r.Login, "+"+r.TeamSlug, "\t", "-"
		cells := r.AppendCSV(nil)
		if len(cells) != len(CSVHeader(r.Kind)) {
			t.Fatalf("%d cells under %d names", len(cells), len(CSVHeader(r.Kind)))
		}
		for _, c := range cells {
			if c != "" && strings.IndexByte("=+-@\t\r", c[0]) >= 0 {
				t.Fatalf("cell %q", c)
			}
		}
	}
}
