package report

import (
	"strings"
	"testing"
)

// TestAnonymize reads records that say in every way who they are of, and writes them again.
func TestAnonymize(t *testing.T) {
	for in, want := range map[string]string{
		`{"day":"2026-05-01","user_id":7,"user_login":"ann","loc_added_sum":1,"name":"Ann","owner":{"login":"ann"},"seven":7,"ai_credits_used":1.12345678,"used_chat":"ann","used_cli":null,` +
			`"ai_adoption_phase":{"phase_number":2,"who":"ann"},"totals_by_ide":[{"ide":"vim","loc_added_sum":1,"by":"ann","last_known_ide_version":{"ide_version":"1","who":"ann"}}]}`: `{"day":"2026-05-01","user_id":"id of 7","user_login":"login of ann","loc_added_sum":1,` +
			`"totals_by_ide":[{"ide":"vim","loc_added_sum":1,"last_known_ide_version":{"ide_version":"1"}}],"ai_credits_used":1.12345678,"used_cli":null,"ai_adoption_phase":{"phase_number":2}}`,
		`{"day":"2026-05-01","user_id":"ann@x.example","team_id":5,"slug":"core","enterprise_id":"1","user":{"id":7}}`:        `{"day":"2026-05-01","enterprise_id":"1","user_id":"id of ann@x.example","team_id":5,"slug":"core"}`,
		`{"day":"2026-05-01","repo_id":5,"enterprise_id":"1","repo_name":"ann/app","user_id":7,"user_login":"ann","stars":7}`: `{"day":"2026-05-01","enterprise_id":"1","repo_id":5}`,
		`{"created_at":"2026-05-01T00:00:00Z","assignee":{"login":"ann","id":7,"html_url":"x/ann"},"organization":{"login":"web","id":70,"url":"x/ann"},"assigning_team":{"id":1,"name":"Ann","slug":"core"},` +
			`"plan_type":"business","last_activity_at":null,"updated_at":"ann","pending_cancellation_date":"2026-06-01","note":"ann"}`: `{"assignee":{"login":"login of ann","id":"id of 7"},"created_at":"2026-05-01T00:00:00Z",` +
			`"organization":{"id":70,"login":"web"},"assigning_team":{"id":1,"slug":"core"},"plan_type":"business","last_activity_at":null,"pending_cancellation_date":"2026-06-01"}`,
		`{"day":"2026-05-01","enterprise_id":"1","loc_added_sum":3,"pull_requests":{"total_merged":4,"ann":5,"by":"ann","copilot_suggestions_by_comment_type":[{"comment_type":"style","total_copilot_suggestions":1,"who":["ann"]},"ann"]},` +
			`"totals_by_ai_adoption_phase":[{"phase":"Phase 1","users_in_phase_28d":7,"top":{"phase":"ann"}}],"phase":"ann","totals_by_cli":{"session_count":2,"token_usage":{"output_tokens_sum":3,"who":"ann"},"last_known_cli_version":{"cli_version":"ann"}}}`: `{"day":"2026-05-01","enterprise_id":"1","loc_added_sum":3,` +
			`"pull_requests":{"total_merged":4,"copilot_suggestions_by_comment_type":[{"comment_type":"style","total_copilot_suggestions":1}]},` +
			`"totals_by_ai_adoption_phase":[{"phase":"Phase 1","users_in_phase_28d":7}],"totals_by_cli":{"session_count":2,"token_usage":{"output_tokens_sum":3}}}`,
		`{"day":"2026-05-01","enterprise_id":"1","loc_added_sum":3,"top_user":"ann","daily_active_users":4}`: `{"day":"2026-05-01","enterprise_id":"1","loc_added_sum":3,"daily_active_users":4}`,
	} {
		rd := NewReader([]Input{textInput("x", in)}, Options{})
		var b Batch
		if err := rd.Next(t.Context(), &b); err != nil || len(b.Records) != 1 {
			t.Errorf("%s: %d records, %v, rejected %+v", in, len(b.Records), err, rd.Rejections())
			continue
		}
		b.Records[0].Anonymize(func(s string) string { return "id of " + s }, func(s string) string { return "login of " + s })
		got := string(b.Records[0].AppendJSON(nil))
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", in, got, want)
		}
		if strings.Contains(strings.ReplaceAll(strings.ReplaceAll(got, "login of ann", ""), "id of ann@x.example", ""), "nn") {
			t.Errorf("%s: a name is left: %s", in, got)
		}
		rd.Close()
	}
}
