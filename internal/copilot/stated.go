package copilot

import (
	"math/bits"
	"slices"
	"strings"

	"codegauge/internal/cube"
	"codegauge/internal/metric"
	"codegauge/internal/report"
)

// stating collects the numbers of an object with counters of its own.
type stating map[metric.Counter]int64

// set sets a counter if the value is a number; counts in what one of them is.
func (s stating) set(c metric.Counter, value []byte) {
	read := report.Count
	if metric.Counters[c].Scale == metric.Millionths {
		read = report.AsMillionths
	}
	if n, ok := read(value); ok {
		s[c] = n
	}
}

// read sets the counters of the members that names has.
func (s stating) read(object []byte, names map[string]metric.Counter) {
	report.EachMember(object, func(name, value []byte) {
		if c, ok := names[string(name)]; ok {
			s.set(c, value)
		}
	})
}

// weigh multiplies counters, of which some are averages, by a weight: sums of days and
// repositories are then divided by the sum of the weights. What has no weight is unknown, and
// so is what is too large for a sum.
func (s stating) weigh(weight metric.Counter, averages ...metric.Counter) {
	w, ok := s[weight]
	for _, c := range averages {
		n, has := s[c]
		delete(s, c)
		if high, low := bits.Mul64(uint64(n), uint64(w)); has && ok && high == 0 && low < 1<<60 {
			s[c] = int64(low)
		}
	}
}

// add adds the object as a row of a breakdown.
func (e *Encoder) addStating(s stating, b metric.Breakdown, names ...string) {
	var row cube.Row
	for i, c := range metric.Breakdowns[b].Counters {
		if n, ok := s[c]; ok {
			row.Set(metric.Counter(i), n)
		}
	}
	e.addOwn(b, &row, names...)
}

// signalOfUsers are the values of metric.KeySignal by what aggregates' numbers of active users
// call the surface.
var signalOfUsers = map[string]string{
	"active_chat_users": "used_chat", "active_agent_users": "used_agent", "active_cli_users": "used_cli", "active_copilot_app_users": "used_copilot_app",
	"active_copilot_cloud_agent_users": "used_copilot_cloud_agent", "active_copilot_code_review_users": "used_copilot_code_review_active",
	"passive_copilot_code_review_users": "used_copilot_code_review_passive", "active_vscode_agent_users": "used_vscode_agent",
}

// periodsOfUsers are their counters by how the names begin.
var periodsOfUsers = map[string]metric.Counter{"daily": metric.SurfaceDailyUsers, "weekly": metric.SurfaceWeeklyUsers, "monthly": metric.SurfaceMonthlyUsers}

var distinctUses = map[string]metric.Counter{
	"distinct_skill_use_count": metric.DistinctSkills, "distinct_custom_agent_use_count": metric.DistinctCustomAgents, "distinct_mcp_use_count": metric.DistinctMCPServers,
	"distinct_slash_cmd_use_count": metric.DistinctSlashCommands, "distinct_plugin_use_count": metric.DistinctPlugins,
}

// addStated adds what an aggregate states beside the records of people.
func (e *Encoder) addStated(r *report.Record) {
	users, distinct := map[string]stating{}, stating{}
	report.EachMember(r.Extra, func(member, value []byte) {
		name := string(member)
		period, of, _ := strings.Cut(name, "_")
		signal, isUsers := signalOfUsers[of]
		counter, isPeriod := periodsOfUsers[period]
		switch {
		case isUsers && isPeriod:
			if users[signal] == nil {
				users[signal] = stating{}
			}
			users[signal].set(counter, value)
		case name == "pull_requests":
			e.addPullRequests(value, [3]metric.Breakdown{metric.PullRequests, metric.CopilotPullRequests, metric.CopilotMergeTimes})
			report.EachMember(value, func(name, list []byte) {
				if string(name) == "copilot_suggestions_by_comment_type" {
					report.EachElement(list, e.addCommentType)
				}
			})
		case name == "totals_by_ai_adoption_phase":
			report.EachElement(value, e.addPhase)
		default:
			if c, ok := distinctUses[name]; ok {
				distinct.set(c, value)
			}
		}
	})
	for signal, s := range users {
		e.addStating(s, metric.BySurfaceUsers, signal)
	}
	e.addStating(distinct, metric.DistinctUses)
	if r.Day == r.ReportEnd {
		report.EachMember(r.Wrapper, func(name, value []byte) {
			if string(name) == "copilot_feature_engagement" {
				e.addEngagement(value)
			}
		})
	}
}

// addEngagement adds the feature engagement of the 28 days that end on the record's day.
func (e *Encoder) addEngagement(object []byte) {
	all := stating{}
	report.EachMember(object, func(name, value []byte) {
		switch string(name) {
		case "active_user_count":
			all.set(metric.FeatureUsers, value)
		case "totals_by_feature":
			report.EachElement(value, func(row []byte) {
				s, feature := stating{}, ""
				report.EachMember(row, func(name, value []byte) {
					switch string(name) {
					case "feature":
						feature, _ = report.AsText(value)
					case "engaged_user_count":
						s.set(metric.FeatureEngagedUsers, value)
					}
				})
				e.addStating(s, metric.ByEngagement, feature)
			})
		}
	})
	e.addStating(all, metric.Engagement)
}

var pullRequestFields = map[string]metric.Counter{
	"total_created": metric.PullRequestsCreated, "total_reviewed": metric.PullRequestsReviewed, "total_merged": metric.PullRequestsMerged,
	"total_suggestions": metric.Suggestions, "total_applied_suggestions": metric.SuggestionsApplied,
	"total_created_by_copilot": metric.PullRequestsCreatedByCopilot, "total_reviewed_by_copilot": metric.PullRequestsReviewedByCopilot,
	"total_merged_created_by_copilot": metric.MergedCreatedByCopilot, "total_merged_reviewed_by_copilot": metric.MergedReviewedByCopilot,
	"total_copilot_suggestions": metric.CopilotSuggestions, "total_copilot_applied_suggestions": metric.CopilotSuggestionsApplied,
	"median_minutes_to_merge": metric.MergeMinutes, "median_minutes_to_merge_copilot_authored": metric.AuthoredMergeMinutes,
	"median_minutes_to_merge_copilot_reviewed": metric.ReviewedMergeMinutes,
}

// addPullRequests adds an object pull_requests to three breakdowns: of all, of Copilot's,
// and of how long Copilot's took.
func (e *Encoder) addPullRequests(object []byte, into [3]metric.Breakdown, names ...string) {
	s := stating{}
	s.read(object, pullRequestFields)
	for _, m := range [][3]metric.Counter{
		{metric.MergeMinutes, metric.MergeWeight, metric.PullRequestsMerged}, {metric.AuthoredMergeMinutes, metric.AuthoredMergeWeight, metric.MergedCreatedByCopilot},
		{metric.ReviewedMergeMinutes, metric.ReviewedMergeWeight, metric.MergedReviewedByCopilot},
	} {
		if n, ok := s[m[2]]; ok {
			s[m[1]] = n
		}
		s.weigh(m[1], m[0])
	}
	for _, b := range into {
		e.addStating(s, b, names...)
	}
}

func (e *Encoder) addCommentType(row []byte) {
	s, kind := stating{}, ""
	s.read(row, pullRequestFields)
	report.EachMember(row, func(name, value []byte) {
		if string(name) == "comment_type" {
			kind, _ = report.AsText(value)
		}
	})
	e.addStating(s, metric.ByCommentType, kind)
}

var phaseFields = map[string]metric.Counter{
	"total_engaged_users": metric.EngagedUsers, "users_in_phase_28d": metric.UsersInPhase, "total_pull_requests_merged": metric.PullRequestsMerged,
	"avg_user_initiated_interactions": metric.PhaseInteractions, "avg_code_generation_activities": metric.PhaseGenerations,
	"avg_code_acceptance_activities": metric.PhaseAcceptances, "avg_loc_added": metric.PhaseLocAdded, "avg_loc_deleted": metric.PhaseLocDeleted,
	"avg_pull_requests_created": metric.PhasePullRequestsCreated, "avg_pull_requests_reviewed": metric.PhasePullRequestsReviewed,
	"avg_pull_requests_median_minutes_to_merge": metric.MergeMinutes, "avg_pull_requests_minutes_to_review": metric.ReviewMinutes,
	"avg_pull_requests_review_cycles": metric.ReviewCycles,
}

// addPhase adds a row of totals_by_ai_adoption_phase.
func (e *Encoder) addPhase(row []byte) {
	s, phase := stating{}, ""
	s.read(row, phaseFields)
	report.EachMember(row, func(name, value []byte) {
		switch string(name) {
		case "phase":
			if text, ok := report.AsText(value); ok && phase == "" {
				phase = text
			}
		case "phase_number":
			if n, ok := report.Count(value); ok {
				phase = metric.PhaseName(n)
			}
		}
	})
	for to, from := range map[metric.Counter]metric.Counter{
		metric.EngagedUserDays: metric.EngagedUsers, metric.PhaseUserDays: metric.UsersInPhase, metric.MergeWeight: metric.UsersInPhase,
	} {
		if n, ok := s[from]; ok {
			s[to] = n
		}
	}
	s.weigh(metric.MergeWeight, metric.MergeMinutes)
	s.weigh(metric.PullRequestsMerged, metric.ReviewMinutes, metric.ReviewCycles)
	s.weigh(metric.EngagedUserDays, metric.PhaseInteractions, metric.PhaseGenerations, metric.PhaseAcceptances, metric.PhaseLocAdded, metric.PhaseLocDeleted,
		metric.PhasePullRequestsCreated, metric.PhasePullRequestsReviewed)
	for _, b := range []metric.Breakdown{metric.StatedPhases, metric.PhaseActivity, metric.PhaseReviews} {
		e.addStating(s, b, phase)
	}
}

var reviewFields = map[string]metric.Counter{
	"total_merged": metric.HumanReviewedMerges, "median_minutes_ready_to_first_review": metric.FirstReviewMinutes,
	"median_minutes_first_to_final_review": metric.FinalReviewMinutes, "median_minutes_final_review_to_merge": metric.ReviewToMergeMinutes,
	"p90_minutes_ready_to_first_review": metric.FirstReviewMinutesP90, "p90_minutes_first_to_final_review": metric.FinalReviewMinutesP90,
	"p90_minutes_final_review_to_merge": metric.ReviewToMergeMinutesP90,
}

// EncodeRepository converts a repository's row to Facts.
func (e *Encoder) EncodeRepository(r *report.Record) {
	e.Totals, e.Facts, e.LinesUnknown, e.Substituted = cube.Vector{}, e.Facts[:0], false, false
	owner, name := "", ""
	report.EachMember(r.Extra, func(member, value []byte) {
		switch string(member) {
		case "repo_owner_name":
			owner, _ = report.AsText(value)
		case "repo_name":
			name, _ = report.AsText(value)
		}
	})
	repository := owner + "/" + name
	// What no organization owns belongs to a person, whose login would outlive an erasure
	// among the values of the dimension: it goes by its id.
	if owner == "" || name == "" || r.OrganizationID == "" {
		repository = r.Repo
	}
	report.EachMember(r.Extra, func(member, value []byte) {
		switch string(member) {
		case "pull_requests":
			e.addPullRequests(value, [3]metric.Breakdown{metric.RepositoryPullRequests, metric.RepositoryCopilotPullRequests, metric.RepositoryMergeTimes}, repository)
		case "pull_request_review_times":
			report.EachElement(value, func(row []byte) {
				s := stating{}
				s.read(row, reviewFields)
				s.weigh(metric.HumanReviewedMerges, metric.FirstReviewMinutes, metric.FinalReviewMinutes, metric.ReviewToMergeMinutes,
					metric.FirstReviewMinutesP90, metric.FinalReviewMinutesP90, metric.ReviewToMergeMinutesP90)
				e.addStating(s, metric.RepositoryReviewTimes, repository)
			})
		}
	})
	slices.SortFunc(e.Facts, compareFacts)
}
