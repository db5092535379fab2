package report

import (
	"encoding/json"
	"strings"
)

// Anonymize puts other names in the place of the record's user id and login, and leaves of
// the members that no field holds those that cannot say who it is: numbers, true, false and
// null of the fields that are known, and what aggregates and sessions consist of.
func (r *Record) Anonymize(id, login func(string) string) {
	if r.UserID != "" {
		r.UserID, r.UserIDString = id(r.UserID), true
	}
	if r.Login != "" {
		r.Login = login(r.Login)
	}
	r.Wrapper = plainMembers(r.Wrapper)
	if r.Kind == Seat {
		r.Extra = r.plainSeat()
		return
	}
	r.Extra = plainMembers(r.Extra)
	for f := fByIDE; f <= fByModelFeature; f++ {
		rows := *r.breakdown(f)
		for i := range rows {
			rows[i].Extra = plainMembers(rows[i].Extra)
		}
	}
}

// stated are members, at any depth, of which aggregates and sessions consist, and that name
// nobody. statedWords are those among them that are texts.
var (
	stated = names(
		// sessions
		"totals_by_cli", "totals_by_copilot_app", "totals_by_vscode_agent", "session_count", "request_count", "prompt_count", "total_user_messages",
		"token_usage", "prompt_tokens_sum", "output_tokens_sum", "avg_tokens_per_request",
		// people of surfaces
		"daily_active_cli_users", "daily_active_copilot_app_users", "monthly_active_chat_users", "monthly_active_agent_users",
		"daily_active_copilot_cloud_agent_users", "weekly_active_copilot_cloud_agent_users", "monthly_active_copilot_cloud_agent_users",
		"daily_active_copilot_code_review_users", "weekly_active_copilot_code_review_users", "monthly_active_copilot_code_review_users",
		"daily_passive_copilot_code_review_users", "weekly_passive_copilot_code_review_users", "monthly_passive_copilot_code_review_users",
		"daily_active_vscode_agent_users", "weekly_active_vscode_agent_users", "monthly_active_vscode_agent_users",
		"distinct_skill_use_count", "distinct_custom_agent_use_count", "distinct_mcp_use_count", "distinct_slash_cmd_use_count", "distinct_plugin_use_count",
		// adoption phases
		"totals_by_ai_adoption_phase", "phase", "phase_number", "total_engaged_users", "users_in_phase_28d", "total_pull_requests_merged",
		"avg_user_initiated_interactions", "avg_code_generation_activities", "avg_code_acceptance_activities", "avg_loc_added", "avg_loc_deleted",
		"avg_pull_requests_created", "avg_pull_requests_reviewed", "avg_pull_requests_merged", "avg_pull_requests_median_minutes_to_merge",
		"avg_pull_requests_minutes_to_review", "avg_pull_requests_review_cycles",
		// feature engagement
		"copilot_feature_engagement", "active_user_count", "totals_by_feature", "feature", "engaged_user_count",
		// pull requests
		"pull_requests", "total_created", "total_reviewed", "total_merged", "median_minutes_to_merge", "total_suggestions", "total_applied_suggestions",
		"total_created_by_copilot", "total_reviewed_by_copilot", "total_merged_created_by_copilot", "total_merged_reviewed_by_copilot",
		"median_minutes_to_merge_copilot_authored", "median_minutes_to_merge_copilot_reviewed", "total_copilot_suggestions", "total_copilot_applied_suggestions",
		"copilot_suggestions_by_comment_type", "comment_type", "pull_request_review_times",
		"median_minutes_ready_to_first_review", "median_minutes_first_to_final_review", "median_minutes_final_review_to_merge",
		"p90_minutes_ready_to_first_review", "p90_minutes_first_to_final_review", "p90_minutes_final_review_to_merge")
	statedWords = names("phase", "feature", "comment_type")
)

// plainStated returns a value without members that are not stated and texts that could name
// somebody.
func plainStated(value []byte) []byte {
	var out []byte
	switch value[0] {
	case '{':
		EachMember(value, func(name, v []byte) {
			if stated[string(name)] && (v[0] != '"' || statedWords[string(name)]) {
				out = appendMember(out, append(append(append([]byte{'"'}, name...), `":`...), plainStated(v)...))
			}
		})
		return append(append([]byte{'{'}, out...), '}')
	case '[':
		EachElement(value, func(v []byte) {
			if v[0] == '{' {
				if out != nil {
					out = append(out, ',')
				}
				out = append(out, plainStated(v)...)
			}
		})
		return append(append([]byte{'['}, out...), ']')
	}
	return value
}

// namingFields hold people.
var namingFields = fieldSet(fUserID, fLogin, fAssignee, fUnknown)

// plainMembers returns the members of an Extra that are known and plain.
func plainMembers(extra []byte) (out []byte) {
	if len(extra) == 0 {
		return nil
	}
	eachMember(extra, func(e extraMember) {
		if stated[string(e.name)] && e.value[0] != '"' {
			out = appendMember(out, append(append(append([]byte{'"'}, e.name...), `":`...), plainStated(e.value)...))
		} else if !namingFields.has(fieldNamed(e.name)) && e.value[0] != '"' && e.value[0] != '{' && e.value[0] != '[' {
			out = appendMember(out, e.text)
		}
	})
	return out
}

// seatTimes are the members of a seat that are times or days; seatWords say what it is and
// what was used.
var (
	seatTimes = names("created_at", "updated_at", "last_activity_at", "last_authenticated_at", "reported_at", "pending_cancellation_date")
	seatWords = names("plan_type", "last_activity_editor")
)

func names(list ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range list {
		m[n] = true
	}
	return m
}

// plainSeat returns a seat's members with the holder as the record has them, without what
// is not known of seats.
func (r *Record) plainSeat() []byte {
	out := append(appendQuoted([]byte(`"assignee":{"login":`), r.Login), '}')
	if r.UserID != "" {
		out = append(appendQuoted(append(out[:len(out)-1], `,"id":`...), r.UserID), '}')
	}
	eachMember(r.Extra, func(e extraMember) {
		name := string(e.name)
		isText := e.value[0] == '"'
		switch {
		case string(e.value) == "null" && (seatTimes[name] || seatWords[name] || name == "organization" || name == "assigning_team"):
			out = appendMember(out, e.text)
		case isText && (seatWords[name] || seatTimes[name] && e.value[1]-'0' <= 9):
			out = appendMember(out, e.text)
		case name == "organization" || name == "assigning_team":
			out = appendMember(out, append([]byte(`"`+name+`":`), plainEntity(e.value)...))
		}
	})
	return out
}

// plainEntity returns the names and the id of a seat's organization or team.
func plainEntity(value []byte) []byte {
	var in map[string]json.RawMessage
	if json.Unmarshal(value, &in) != nil {
		return []byte("null")
	}
	var out []byte
	for _, name := range [...]string{"id", "login", "slug"} {
		if v := strings.TrimSpace(string(in[name])); v != "" && v[0] != '{' && v[0] != '[' {
			out = appendMember(out, []byte(`"`+name+`":`+v))
		}
	}
	return append(append([]byte{'{'}, out...), '}')
}
