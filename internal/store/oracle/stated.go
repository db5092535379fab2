package oracle

import (
	"encoding/json"
	"math"
	"strings"

	"codegauge/internal/metric"
	"codegauge/internal/report"
)

// amount returns a member that is a number, not negative, in millionths.
func (o object) amount(name string) (int64, bool) {
	var f *float64
	if json.Unmarshal(o[name], &f) != nil || f == nil || *f < 0 {
		return 0, false
	}
	return int64(math.Round(*f * 1e6)), true
}

// weighted puts an average, times a count, among counters.
func (o object) weighted(name string, c, weight metric.Counter, n own) {
	w, known := n[weight]
	if a, ok := o.amount(name); ok && known {
		n[c] = a * w
	}
}

// statedRows returns the rows that an aggregate, or a repository's row, has in a breakdown
// that is stated beside the records of people.
func statedRows(r *report.Record, b metric.Breakdown) (out []ownRow) {
	all := objectOf(append(append([]byte("{"), r.Extra...), '}'))
	add := func(n own, at map[metric.Key]string) {
		for c := range n {
			if metric.Breakdowns[b].Carries(c) {
				out = append(out, ownRow{at, n})
				return
			}
		}
	}
	if r.Kind == report.RepoDay {
		name := all.text("repo_owner_name") + "/" + all.text("repo_name")
		if all.text("repo_owner_name") == "" || all.text("repo_name") == "" || r.OrganizationID == "" {
			name = r.Repo
		}
		at := map[metric.Key]string{metric.KeyRepository: name}
		switch b {
		case metric.RepositoryPullRequests, metric.RepositoryCopilotPullRequests, metric.RepositoryMergeTimes:
			add(pulls(objectOf(all["pull_requests"])), at)
		case metric.RepositoryReviewTimes:
			for _, o := range listOf(all["pull_request_review_times"]) {
				n := own{}
				o.count("total_merged", metric.HumanReviewedMerges, n)
				for c, name := range map[metric.Counter]string{metric.FirstReviewMinutes: "median_minutes_ready_to_first_review", metric.FinalReviewMinutes: "median_minutes_first_to_final_review",
					metric.ReviewToMergeMinutes: "median_minutes_final_review_to_merge", metric.FirstReviewMinutesP90: "p90_minutes_ready_to_first_review",
					metric.FinalReviewMinutesP90: "p90_minutes_first_to_final_review", metric.ReviewToMergeMinutesP90: "p90_minutes_final_review_to_merge"} {
					o.weighted(name, c, metric.HumanReviewedMerges, n)
				}
				add(n, at)
			}
		}
		return out
	}
	wrapper := objectOf(append(append([]byte("{"), r.Wrapper...), '}'))
	engagement := objectOf(wrapper["copilot_feature_engagement"])
	if r.Day != r.ReportEnd {
		engagement = nil
	}
	switch b {
	case metric.PullRequests, metric.CopilotPullRequests, metric.CopilotMergeTimes:
		add(pulls(objectOf(all["pull_requests"])), nil)
	case metric.ByCommentType:
		for _, o := range listOf(objectOf(all["pull_requests"])["copilot_suggestions_by_comment_type"]) {
			n := own{}
			o.count("total_copilot_suggestions", metric.CopilotSuggestions, n)
			o.count("total_copilot_applied_suggestions", metric.CopilotSuggestionsApplied, n)
			add(n, map[metric.Key]string{metric.KeyCommentType: o.text("comment_type")})
		}
	case metric.StatedPhases, metric.PhaseActivity, metric.PhaseReviews:
		for _, o := range listOf(all["totals_by_ai_adoption_phase"]) {
			add(phaseRow(o), map[metric.Key]string{metric.KeyPhase: phaseOf(o)})
		}
	case metric.BySurfaceUsers:
		for signal, name := range map[string]string{"used_chat": "active_chat", "used_agent": "active_agent", "used_cli": "active_cli", "used_copilot_app": "active_copilot_app",
			"used_copilot_cloud_agent": "active_copilot_cloud_agent", "used_copilot_code_review_active": "active_copilot_code_review",
			"used_copilot_code_review_passive": "passive_copilot_code_review", "used_vscode_agent": "active_vscode_agent"} {
			n := own{}
			all.count("daily_"+name+"_users", metric.SurfaceDailyUsers, n)
			all.count("weekly_"+name+"_users", metric.SurfaceWeeklyUsers, n)
			all.count("monthly_"+name+"_users", metric.SurfaceMonthlyUsers, n)
			add(n, map[metric.Key]string{metric.KeySignal: signal})
		}
	case metric.DistinctUses:
		n := own{}
		for c, name := range map[metric.Counter]string{metric.DistinctSkills: "skill", metric.DistinctCustomAgents: "custom_agent", metric.DistinctMCPServers: "mcp",
			metric.DistinctSlashCommands: "slash_cmd", metric.DistinctPlugins: "plugin"} {
			all.count("distinct_"+name+"_use_count", c, n)
		}
		add(n, nil)
	case metric.Engagement:
		n := own{}
		engagement.count("active_user_count", metric.FeatureUsers, n)
		add(n, nil)
	case metric.ByEngagement:
		for _, o := range listOf(engagement["totals_by_feature"]) {
			n := own{}
			o.count("engaged_user_count", metric.FeatureEngagedUsers, n)
			add(n, map[metric.Key]string{metric.KeyFeature: o.text("feature")})
		}
	}
	return out
}

// pulls reads an object pull_requests.
func pulls(o object) own {
	n := own{}
	for c, name := range map[metric.Counter]string{
		metric.PullRequestsCreated: "created", metric.PullRequestsReviewed: "reviewed", metric.PullRequestsMerged: "merged", metric.MergeWeight: "merged",
		metric.Suggestions: "suggestions", metric.SuggestionsApplied: "applied_suggestions",
		metric.PullRequestsCreatedByCopilot: "created_by_copilot", metric.PullRequestsReviewedByCopilot: "reviewed_by_copilot",
		metric.MergedCreatedByCopilot: "merged_created_by_copilot", metric.AuthoredMergeWeight: "merged_created_by_copilot",
		metric.MergedReviewedByCopilot: "merged_reviewed_by_copilot", metric.ReviewedMergeWeight: "merged_reviewed_by_copilot",
		metric.CopilotSuggestions: "copilot_suggestions", metric.CopilotSuggestionsApplied: "copilot_applied_suggestions",
	} {
		o.count("total_"+name, c, n)
	}
	o.weighted("median_minutes_to_merge", metric.MergeMinutes, metric.MergeWeight, n)
	o.weighted("median_minutes_to_merge_copilot_authored", metric.AuthoredMergeMinutes, metric.AuthoredMergeWeight, n)
	o.weighted("median_minutes_to_merge_copilot_reviewed", metric.ReviewedMergeMinutes, metric.ReviewedMergeWeight, n)
	return n
}

func phaseOf(o object) string {
	var n *int64
	if json.Unmarshal(o["phase_number"], &n) == nil && n != nil && *n >= 0 {
		return phaseName(*n)
	}
	return strings.TrimSpace(o.text("phase"))
}

// phaseRow reads a row of totals_by_ai_adoption_phase.
func phaseRow(o object) own {
	n := own{}
	for _, c := range []metric.Counter{metric.EngagedUsers, metric.EngagedUserDays} {
		o.count("total_engaged_users", c, n)
	}
	for _, c := range []metric.Counter{metric.UsersInPhase, metric.PhaseUserDays, metric.MergeWeight} {
		o.count("users_in_phase_28d", c, n)
	}
	o.count("total_pull_requests_merged", metric.PullRequestsMerged, n)
	o.weighted("avg_pull_requests_median_minutes_to_merge", metric.MergeMinutes, metric.MergeWeight, n)
	o.weighted("avg_pull_requests_minutes_to_review", metric.ReviewMinutes, metric.PullRequestsMerged, n)
	o.weighted("avg_pull_requests_review_cycles", metric.ReviewCycles, metric.PullRequestsMerged, n)
	for c, name := range map[metric.Counter]string{
		metric.PhaseInteractions: "user_initiated_interactions", metric.PhaseGenerations: "code_generation_activities", metric.PhaseAcceptances: "code_acceptance_activities",
		metric.PhaseLocAdded: "loc_added", metric.PhaseLocDeleted: "loc_deleted",
		metric.PhasePullRequestsCreated: "pull_requests_created", metric.PhasePullRequestsReviewed: "pull_requests_reviewed",
	} {
		o.weighted("avg_"+name, c, metric.EngagedUserDays, n)
	}
	return n
}
