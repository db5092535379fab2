// Package metric is the one table of what Codegauge measures: measures,
// dimensions, features, tools, definitions and the dates on which GitHub
// changed what it counts. Pages, API, exports, command line and
// docs/metrics.md derive from it, so that a number cannot be computed two ways.
//
// A measure is one of three kinds, and its kind decides the arithmetic:
//
//	additive  a Sum: counters added up over some parts of the split
//	distinct  a Users: distinct people, never summed, averaged or scaled
//	quotient  a Ratio of the two
package metric

import "slices"

// Counter is an integer that records state and that sums add up.
type Counter int

// The counters of records, in the order in which they are stored. Those up to LocDeleted
// are carried by the rows of breakdowns too ("C7").
const (
	Interactions Counter = iota
	Generations
	Acceptances
	LocSuggestedAdd
	LocSuggestedDelete
	LocAdded
	LocDeleted
	AICredits
	StatedDailyUsers
	StatedWeeklyUsers
	StatedMonthlyUsers
	NumRecordCounters = iota
	NumRowCounters    = int(LocDeleted) + 1
)

// The counters of single breakdowns, which no record carries as a whole: see
// BreakdownInfo.Counters.
const (
	Sessions Counter = NumRecordCounters + iota
	ModelRequests
	Prompts
	PromptTokens
	OutputTokens
	AgentAppJobs
	AgentAppSessions
	SkillUses
	CustomAgentUses
	MCPConnections
	SlashCommandUses
	PluginUses

	// Of people without names, from aggregates.
	SurfaceDailyUsers
	SurfaceWeeklyUsers
	SurfaceMonthlyUsers
	FeatureUsers
	FeatureEngagedUsers
	DistinctSkills
	DistinctCustomAgents
	DistinctMCPServers
	DistinctSlashCommands
	DistinctPlugins
	EngagedUsers
	UsersInPhase
	PhaseUserDays
	EngagedUserDays
	PhaseInteractions
	PhaseGenerations
	PhaseAcceptances
	PhaseLocAdded
	PhaseLocDeleted
	PhasePullRequestsCreated
	PhasePullRequestsReviewed

	// Of pull requests. Those in minutes and cycles are medians times their weights.
	PullRequestsCreated
	PullRequestsReviewed
	PullRequestsMerged
	Suggestions
	SuggestionsApplied
	MergeMinutes
	MergeWeight
	PullRequestsCreatedByCopilot
	PullRequestsReviewedByCopilot
	MergedCreatedByCopilot
	MergedReviewedByCopilot
	CopilotSuggestions
	CopilotSuggestionsApplied
	AuthoredMergeMinutes
	AuthoredMergeWeight
	ReviewedMergeMinutes
	ReviewedMergeWeight
	ReviewMinutes
	ReviewCycles
	HumanReviewedMerges
	FirstReviewMinutes
	FinalReviewMinutes
	ReviewToMergeMinutes
	FirstReviewMinutesP90
	FinalReviewMinutesP90
	ReviewToMergeMinutesP90
	NumCounters = NumRecordCounters + iota
)

// Adding is how two values of a counter are combined.
type Adding int

const (
	// Adds is for amounts: two days' lines are lines.
	Adds Adding = iota
	// AddsMax is for numbers of distinct people that a source states. As two of them may
	// share people, the larger is the lower bound of both together.
	AddsMax
	// OfLastDay is for numbers of people as of a day: of several days the last one with any
	// counts.
	OfLastDay
	// OfOneDay is for numbers of the people of a day, which of several days is unknown.
	OfOneDay
)

// CounterInfo describes a counter.
type CounterInfo struct {
	// Column is its name in answers, Field in GitHub's reports.
	Column, Field string
	Unit          string
	// Scale is how many of the integers make one unit: 1, or 1,000,000 where sources
	// state fractions. Money is kept in millionths of its currency.
	Scale  int64
	Adding Adding
}

// Millionths is the scale of what sources state with fractions.
const Millionths = 1_000_000

// CreditPrice is GitHub's list price of an AI credit, in US dollars. What was billed for it
// may be less: plans include credits.
const CreditPrice = 0.01

// Counters is the table, by Counter.
var Counters = [NumCounters]CounterInfo{
	Interactions:       {Column: "interactions", Field: "user_initiated_interaction_count", Unit: "count", Scale: 1},
	Generations:        {Column: "generations", Field: "code_generation_activity_count", Unit: "count", Scale: 1},
	Acceptances:        {Column: "acceptances", Field: "code_acceptance_activity_count", Unit: "count", Scale: 1},
	LocSuggestedAdd:    {Column: "loc_suggested_add", Field: "loc_suggested_to_add_sum", Unit: "lines", Scale: 1},
	LocSuggestedDelete: {Column: "loc_suggested_delete", Field: "loc_suggested_to_delete_sum", Unit: "lines", Scale: 1},
	LocAdded:           {Column: "loc_added", Field: "loc_added_sum", Unit: "lines", Scale: 1},
	LocDeleted:         {Column: "loc_deleted", Field: "loc_deleted_sum", Unit: "lines", Scale: 1},
	AICredits:          {Column: "ai_credits", Field: "ai_credits_used", Unit: "credits", Scale: Millionths},
	StatedDailyUsers:   {Column: "stated_daily_users", Field: "daily_active_users", Unit: "people", Scale: 1, Adding: AddsMax},
	StatedWeeklyUsers:  {Column: "stated_weekly_users", Field: "weekly_active_users", Unit: "people", Scale: 1, Adding: AddsMax},
	StatedMonthlyUsers: {Column: "stated_monthly_users", Field: "monthly_active_users", Unit: "people", Scale: 1, Adding: AddsMax},

	Sessions:         {Column: "sessions", Field: "session_count", Unit: "count", Scale: 1},
	ModelRequests:    {Column: "model_requests", Field: "request_count", Unit: "count", Scale: 1},
	Prompts:          {Column: "prompts", Field: "prompt_count", Unit: "count", Scale: 1},
	PromptTokens:     {Column: "prompt_tokens", Field: "token_usage.prompt_tokens_sum", Unit: "tokens", Scale: 1},
	OutputTokens:     {Column: "output_tokens", Field: "token_usage.output_tokens_sum", Unit: "tokens", Scale: 1},
	AgentAppJobs:     {Column: "agent_app_jobs", Field: "totals_by_3rd_party_agent.user_initiated_interaction_count", Unit: "count", Scale: 1},
	AgentAppSessions: {Column: "agent_app_sessions", Field: "totals_by_3rd_party_agent.session_count", Unit: "count", Scale: 1},
	SkillUses:        {Column: "skill_uses", Field: "totals_by_skill.interaction_count", Unit: "count", Scale: 1},
	CustomAgentUses:  {Column: "custom_agent_uses", Field: "totals_by_custom_agent.interaction_count", Unit: "count", Scale: 1},
	MCPConnections:   {Column: "mcp_connections", Field: "totals_by_mcp.interaction_count", Unit: "count", Scale: 1},
	SlashCommandUses: {Column: "slash_command_uses", Field: "totals_by_slash_cmd.interaction_count", Unit: "count", Scale: 1},
	PluginUses:       {Column: "plugin_uses", Field: "totals_by_plugin.interaction_count", Unit: "count", Scale: 1},

	SurfaceDailyUsers:             {Column: "surface_daily_users", Field: "daily_active_*_users", Unit: "people", Scale: 1, Adding: OfOneDay},
	SurfaceWeeklyUsers:            {Column: "surface_weekly_users", Field: "weekly_active_*_users", Unit: "people", Scale: 1, Adding: OfLastDay},
	SurfaceMonthlyUsers:           {Column: "surface_monthly_users", Field: "monthly_active_*_users", Unit: "people", Scale: 1, Adding: OfLastDay},
	FeatureUsers:                  {Column: "feature_users", Field: "copilot_feature_engagement.active_user_count", Unit: "people", Scale: 1, Adding: OfLastDay},
	FeatureEngagedUsers:           {Column: "feature_engaged_users", Field: "copilot_feature_engagement.totals_by_feature.engaged_user_count", Unit: "people", Scale: 1, Adding: OfLastDay},
	DistinctSkills:                {Column: "distinct_skills", Field: "distinct_skill_use_count", Unit: "count", Scale: 1, Adding: OfOneDay},
	DistinctCustomAgents:          {Column: "distinct_custom_agents", Field: "distinct_custom_agent_use_count", Unit: "count", Scale: 1, Adding: OfOneDay},
	DistinctMCPServers:            {Column: "distinct_mcp_servers", Field: "distinct_mcp_use_count", Unit: "count", Scale: 1, Adding: OfOneDay},
	DistinctSlashCommands:         {Column: "distinct_slash_commands", Field: "distinct_slash_cmd_use_count", Unit: "count", Scale: 1, Adding: OfOneDay},
	DistinctPlugins:               {Column: "distinct_plugins", Field: "distinct_plugin_use_count", Unit: "count", Scale: 1, Adding: OfOneDay},
	EngagedUsers:                  {Column: "engaged_users", Field: "totals_by_ai_adoption_phase.total_engaged_users", Unit: "people", Scale: 1, Adding: OfOneDay},
	UsersInPhase:                  {Column: "users_in_phase", Field: "totals_by_ai_adoption_phase.users_in_phase_28d", Unit: "people", Scale: 1, Adding: OfLastDay},
	PhaseUserDays:                 {Column: "phase_user_days", Field: "totals_by_ai_adoption_phase.users_in_phase_28d", Unit: "user days", Scale: 1},
	EngagedUserDays:               {Column: "engaged_user_days", Field: "totals_by_ai_adoption_phase.total_engaged_users", Unit: "user days", Scale: 1},
	PhaseInteractions:             {Column: "phase_interactions", Field: "totals_by_ai_adoption_phase.avg_user_initiated_interactions", Unit: "count", Scale: Millionths},
	PhaseGenerations:              {Column: "phase_generations", Field: "totals_by_ai_adoption_phase.avg_code_generation_activities", Unit: "count", Scale: Millionths},
	PhaseAcceptances:              {Column: "phase_acceptances", Field: "totals_by_ai_adoption_phase.avg_code_acceptance_activities", Unit: "count", Scale: Millionths},
	PhaseLocAdded:                 {Column: "phase_loc_added", Field: "totals_by_ai_adoption_phase.avg_loc_added", Unit: "lines", Scale: Millionths},
	PhaseLocDeleted:               {Column: "phase_loc_deleted", Field: "totals_by_ai_adoption_phase.avg_loc_deleted", Unit: "lines", Scale: Millionths},
	PhasePullRequestsCreated:      {Column: "phase_pull_requests_created", Field: "totals_by_ai_adoption_phase.avg_pull_requests_created", Unit: "count", Scale: Millionths},
	PhasePullRequestsReviewed:     {Column: "phase_pull_requests_reviewed", Field: "totals_by_ai_adoption_phase.avg_pull_requests_reviewed", Unit: "count", Scale: Millionths},
	PullRequestsCreated:           {Column: "pull_requests_created", Field: "pull_requests.total_created", Unit: "count", Scale: 1},
	PullRequestsReviewed:          {Column: "pull_requests_reviewed", Field: "pull_requests.total_reviewed", Unit: "count", Scale: 1},
	PullRequestsMerged:            {Column: "pull_requests_merged", Field: "pull_requests.total_merged", Unit: "count", Scale: 1},
	Suggestions:                   {Column: "suggestions", Field: "pull_requests.total_suggestions", Unit: "count", Scale: 1},
	SuggestionsApplied:            {Column: "suggestions_applied", Field: "pull_requests.total_applied_suggestions", Unit: "count", Scale: 1},
	MergeMinutes:                  {Column: "merge_minutes", Field: "pull_requests.median_minutes_to_merge", Unit: "minutes", Scale: Millionths},
	MergeWeight:                   {Column: "merge_weight", Field: "pull_requests.total_merged", Unit: "count", Scale: 1},
	PullRequestsCreatedByCopilot:  {Column: "pull_requests_created_by_copilot", Field: "pull_requests.total_created_by_copilot", Unit: "count", Scale: 1},
	PullRequestsReviewedByCopilot: {Column: "pull_requests_reviewed_by_copilot", Field: "pull_requests.total_reviewed_by_copilot", Unit: "count", Scale: 1},
	MergedCreatedByCopilot:        {Column: "merged_created_by_copilot", Field: "pull_requests.total_merged_created_by_copilot", Unit: "count", Scale: 1},
	MergedReviewedByCopilot:       {Column: "merged_reviewed_by_copilot", Field: "pull_requests.total_merged_reviewed_by_copilot", Unit: "count", Scale: 1},
	CopilotSuggestions:            {Column: "copilot_suggestions", Field: "pull_requests.total_copilot_suggestions", Unit: "count", Scale: 1},
	CopilotSuggestionsApplied:     {Column: "copilot_suggestions_applied", Field: "pull_requests.total_copilot_applied_suggestions", Unit: "count", Scale: 1},
	AuthoredMergeMinutes:          {Column: "authored_merge_minutes", Field: "pull_requests.median_minutes_to_merge_copilot_authored", Unit: "minutes", Scale: Millionths},
	AuthoredMergeWeight:           {Column: "authored_merge_weight", Field: "pull_requests.total_merged_created_by_copilot", Unit: "count", Scale: 1},
	ReviewedMergeMinutes:          {Column: "reviewed_merge_minutes", Field: "pull_requests.median_minutes_to_merge_copilot_reviewed", Unit: "minutes", Scale: Millionths},
	ReviewedMergeWeight:           {Column: "reviewed_merge_weight", Field: "pull_requests.total_merged_reviewed_by_copilot", Unit: "count", Scale: 1},
	ReviewMinutes:                 {Column: "review_minutes", Field: "totals_by_ai_adoption_phase.avg_pull_requests_minutes_to_review", Unit: "minutes", Scale: Millionths},
	ReviewCycles:                  {Column: "review_cycles", Field: "totals_by_ai_adoption_phase.avg_pull_requests_review_cycles", Unit: "count", Scale: Millionths},
	HumanReviewedMerges:           {Column: "human_reviewed_merges", Field: "pull_request_review_times.total_merged", Unit: "count", Scale: 1},
	FirstReviewMinutes:            {Column: "first_review_minutes", Field: "pull_request_review_times.median_minutes_ready_to_first_review", Unit: "minutes", Scale: Millionths},
	FinalReviewMinutes:            {Column: "final_review_minutes", Field: "pull_request_review_times.median_minutes_first_to_final_review", Unit: "minutes", Scale: Millionths},
	ReviewToMergeMinutes:          {Column: "review_to_merge_minutes", Field: "pull_request_review_times.median_minutes_final_review_to_merge", Unit: "minutes", Scale: Millionths},
	FirstReviewMinutesP90:         {Column: "first_review_minutes_p90", Field: "pull_request_review_times.p90_minutes_ready_to_first_review", Unit: "minutes", Scale: Millionths},
	FinalReviewMinutesP90:         {Column: "final_review_minutes_p90", Field: "pull_request_review_times.p90_minutes_first_to_final_review", Unit: "minutes", Scale: Millionths},
	ReviewToMergeMinutesP90:       {Column: "review_to_merge_minutes_p90", Field: "pull_request_review_times.p90_minutes_final_review_to_merge", Unit: "minutes", Scale: Millionths},
}

// IncludedCredits is how many AI credits a seat includes a month, by its plan. They are one
// pool of whoever is billed.
var IncludedCredits = map[string]int64{"business": 1900, "enterprise": 3900}

// Column returns the counter's name in answers.
func (c Counter) Column() string { return Counters[c].Column }

// Lines reports whether the counter counts lines of code. The line counters of
// a user record without breakdowns are unknown, whatever its totals say.
func (c Counter) Lines() bool { return Counters[c].Unit == "lines" }

// InRows reports whether rows of breakdowns carry the counter, not records alone.
func (c Counter) InRows() bool { return int(c) < NumRowCounters }

// OfRecords reports whether records carry the counter as a whole.
func (c Counter) OfRecords() bool { return int(c) < NumRecordCounters }

// Part says which rows of the split by initiator a Sum adds up.
type Part int

const (
	// Whole is everything: user + agent + unclassified + discrepancy.
	Whole Part = iota
	// Split is user + agent + unclassified: what agent contribution divides by.
	Split
	// Agent is what agents initiated.
	Agent
	// Completion is the feature code_completion alone.
	Completion
	// Chat is every chat feature.
	Chat
	// Discrepancy is the signed amount by which a breakdown exceeds its total.
	Discrepancy
	// Classified is user + agent: what states who made it.
	Classified
	// NotUser is agent + unclassified: the most that agents can have made.
	NotUser
	// InPhase is the people of every adoption phase but No Cohort, by phase those of each.
	InPhase
	// Passive is the people of No Cohort.
	Passive
)

// Sum is an additive expression: counters of one unit, added up over the rows of one
// part.
type Sum struct {
	Counters []Counter
	Part     Part
	// With, of one counter at most, leaves out rows that do not know it: of what is divided,
	// a day that lacks the one is left out of the other too.
	With []Counter
}

// WithPart returns the same counters of another part.
func (s Sum) WithPart(p Part) Sum { return Sum{Counters: s.Counters, Part: p, With: s.With} }

// Scale returns how many of the sum's integers make one unit.
func (s *Sum) Scale() int64 { return Counters[s.Counters[0]].Scale }

// Users is a count of distinct people over the whole range (Trailing 0) or over
// the trailing days that end on each day shown.
type Users struct {
	Trailing int
	// Reporting counts only people whose lines are known.
	Reporting bool
}

// Ratio is a numerator over a denominator; the denominator is a Sum or, where
// PerUser is set, the distinct active users of the same range and filters.
type Ratio struct {
	Num     Sum
	Den     Sum
	PerUser bool
	// ByInitiator says that the quotient is unknown where there is something of the
	// numerator's counters but nothing of it states who made it.
	ByInitiator bool
	// Times multiplies the quotient; 0 is 1.
	Times int64
}

// Multiple is one quotient over another, of groups of people: unknown unless each has at
// least Least, as of the last day.
type Multiple struct {
	Num, Den Ratio
	Groups   [2]Sum
	Least    int64
}

// Sums returns the additive expressions that the quotient is made of.
func (r *Ratio) Sums() []Sum {
	out := []Sum{r.Num}
	if !r.PerUser {
		out = append(out, r.Den)
	}
	if r.ByInitiator {
		out = append(out, r.Num.WithPart(Split), r.Num.WithPart(Classified))
	}
	return out
}

// Measure is one row of the table. Exactly one of Sum, Users, Ratio and Multiple is set.
type Measure struct {
	Name  string
	Label string
	// Unit is "lines", "people", "count", "credits" or "ratio".
	Unit string
	// Definition is one sentence for the page.
	Definition string
	// Formula and Source are what "How computed" shows.
	Formula string
	Source  string
	// Reading is what a rise may mean and what to check next, never a cause.
	Reading string

	Sum      *Sum
	Users    *Users
	Ratio    *Ratio
	Multiple *Multiple
	// By, if set, is what the measure has to be shown by or filtered to: its values overlap.
	By Key
}

// Kind returns "additive", "distinct" or "quotient".
func (m *Measure) Kind() string {
	switch {
	case m.Sum != nil:
		return "additive"
	case m.Users != nil:
		return "distinct"
	default:
		return "quotient"
	}
}

// Sums returns the additive expressions that m is made of.
func (m *Measure) Sums() []Sum {
	switch {
	case m.Sum != nil:
		return []Sum{*m.Sum}
	case m.Ratio != nil:
		return m.Ratio.Sums()
	case m.Multiple != nil:
		return append(append(m.Multiple.Groups[:], m.Multiple.Num.Sums()...), m.Multiple.Den.Sums()...)
	}
	return nil
}

// FieldsIn lists GitHub's names of the counters that the measure adds up, as they are in a
// breakdown.
func (m *Measure) FieldsIn(b Breakdown) (out []string) {
	for _, s := range m.Sums() {
		for _, c := range s.Counters {
			if field := Breakdowns[b].FieldOf(c); !slices.Contains(out, field) {
				out = append(out, field)
			}
		}
	}
	return out
}

var changed = []Counter{LocAdded, LocDeleted}

const (
	fromTotals      = "each record's top-level counters"
	fromFeatures    = "each record's totals_by_feature"
	fromRecords     = "the people who have a record"
	fromSessions    = "the totals of Copilot CLI, the Copilot app and the VS Code Agents window"
	fromAgentApps   = "the rows by agent app"
	fromAggregates  = "aggregates, which count people without names"
	fromEngagement  = "the feature engagement of 28-day reports"
	fromPhases      = "aggregates' rows by adoption phase"
	fromPulls       = "aggregates' and repositories' pull requests"
	fromReviewTimes = "repositories' review times"
	fromTopFive     = "the five rows that a record has at most of each kind"
	topFive         = "A record names the five most used at most, so the sum is the least that it can have been, and what is missing is not zero."
)

// Measures is the table, in the order in which it is documented.
var Measures = []Measure{
	{Name: "loc_changed", Label: "Lines of code changed with AI", Unit: "lines",
		Definition: "Lines that AI tools added to files plus lines they deleted.",
		Formula:    "Σ (loc_added + loc_deleted)", Source: fromTotals,
		Reading: "A rise may mean more people, more work per person, one large generated change, or a source that began to report. Check active users, the split by mode and the days it comes from.",
		Sum:     &Sum{Counters: changed}},
	{Name: "loc_added", Label: "Lines added", Unit: "lines",
		Definition: "Lines that reached a file.",
		Formula:    "Σ loc_added", Source: fromTotals,
		Reading: "Added lines are not all kept: a later edit may remove them again. Look at lines deleted as well.",
		Sum:     &Sum{Counters: []Counter{LocAdded}}},
	{Name: "loc_deleted", Label: "Lines deleted", Unit: "lines",
		Definition: "Lines that left a file.",
		Formula:    "Σ loc_deleted", Source: fromTotals,
		Reading: "An agent that rewrites a block deletes its lines and adds new ones. A rise may be refactoring or rewriting.",
		Sum:     &Sum{Counters: []Counter{LocDeleted}}},
	{Name: "loc_suggested_add", Label: "Lines suggested to add", Unit: "lines",
		Definition: "Lines shown to a person as a suggestion to add. Agent edits are never suggested.",
		Formula:    "Σ loc_suggested_add", Source: fromTotals,
		Reading: "Suggested lines are not changes: no total of changed lines includes them.",
		Sum:     &Sum{Counters: []Counter{LocSuggestedAdd}}},
	{Name: "loc_suggested_delete", Label: "Lines suggested to delete", Unit: "lines",
		Definition: "Lines shown to a person as a suggestion to delete.",
		Formula:    "Σ loc_suggested_delete", Source: fromTotals,
		Reading: "Suggested lines are not changes: no total of changed lines includes them.",
		Sum:     &Sum{Counters: []Counter{LocSuggestedDelete}}},
	{Name: "interactions", Label: "Interactions", Unit: "count",
		Definition: "Prompts that a person sent.",
		Formula:    "Σ interactions", Source: fromTotals,
		Reading: "Completions need no prompt. More prompts may mean more use, or more tries for the same result.",
		Sum:     &Sum{Counters: []Counter{Interactions}}},
	{Name: "generations", Label: "Generations", Unit: "count",
		Definition: "Distinct outputs generated: completions shown and code blocks.",
		Formula:    "Σ generations", Source: fromTotals,
		Reading: "A client that shows more completions raises this without more work being done.",
		Sum:     &Sum{Counters: []Counter{Generations}}},
	{Name: "acceptances", Label: "Acceptances", Unit: "count",
		Definition: "Accept, insert, apply and copy actions.",
		Formula:    "Σ acceptances", Source: fromTotals,
		Reading: "An acceptance means that a person took an output, not that it was kept.",
		Sum:     &Sum{Counters: []Counter{Acceptances}}},
	{Name: "agent_contribution", Label: "Agent contribution", Unit: "ratio",
		Definition: "Share of AI-changed lines that agents changed on their own. Of AI-changed lines, not of all code.",
		Formula:    "Σ agent (loc_added + loc_deleted) ÷ Σ (user + agent + unclassified) (loc_added + loc_deleted)", Source: fromFeatures,
		Reading: "A rise means that agents' lines grew relative to the lines that people accepted. A few people with agents can move it. Check active users and lines by mode.",
		Ratio:   &Ratio{Num: Sum{Counters: changed, Part: Agent}, Den: Sum{Counters: changed, Part: Split}, ByInitiator: true}},
	{Name: "agent_contribution_max", Label: "Agent contribution, at most", Unit: "ratio",
		Definition: "What agent contribution would be if agents had made all lines that do not state who made them.",
		Formula:    "Σ (agent + unclassified) (loc_added + loc_deleted) ÷ Σ (user + agent + unclassified) (loc_added + loc_deleted)", Source: fromFeatures,
		Reading: "The true share is between agent contribution and this. Pages show both where they are more than 5 percentage points apart. Unknown, like agent contribution, where no line states who made it.",
		Ratio:   &Ratio{Num: Sum{Counters: changed, Part: NotUser}, Den: Sum{Counters: changed, Part: Split}, ByInitiator: true}},
	{Name: "average_lines_deleted_by_agent", Label: "Average lines deleted by agent", Unit: "lines",
		Definition: "Lines that agents deleted, per active user.",
		Formula:    "Σ agent loc_deleted ÷ distinct active users", Source: fromFeatures + " and " + fromRecords,
		Reading: "One large rewrite moves this average. Find the day it came from in the daily chart. Unknown where no deleted line states who made it.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{LocDeleted}, Part: Agent}, PerUser: true, ByInitiator: true}},
	{Name: "lines_changed_per_active_user", Label: "Lines changed per active user", Unit: "lines",
		Definition: "Lines that AI tools added or deleted, per active user.",
		Formula:    "Σ (loc_added + loc_deleted) ÷ distinct active users", Source: fromTotals + " and " + fromRecords,
		Reading: "An average: one large generated change moves it, and people who report no lines lower it. It says nothing about what the lines are worth.",
		Ratio:   &Ratio{Num: Sum{Counters: changed}, PerUser: true}},
	{Name: "active_users", Label: "Active users", Unit: "people",
		Definition: "Distinct people with activity in the window.",
		Formula:    "distinct people with any record; with a filter, people with activity in what it selects", Source: fromRecords,
		Reading: "A person with one completion counts as much as one who works with agents all day. Look at lines and interactions per active user as well.",
		Users:   &Users{}},
	{Name: "daily_active_users", Label: "Daily active users", Unit: "people",
		Definition: "Distinct people active on the day.",
		Formula:    "distinct people over 1 day", Source: fromRecords,
		Reading: "Weekends and holidays lower it. Compare the same weekday.",
		Users:   &Users{Trailing: 1}},
	{Name: "weekly_active_users", Label: "Weekly active users", Unit: "people",
		Definition: "Distinct people active in the 7 days that end on the day.",
		Formula:    "distinct people over 7 trailing days", Source: fromRecords,
		Reading: "Counted from the records, never from daily figures.",
		Users:   &Users{Trailing: 7}},
	{Name: "monthly_active_users", Label: "Monthly active users", Unit: "people",
		Definition: "Distinct people active in the 28 days that end on the day.",
		Formula:    "distinct people over 28 trailing days", Source: fromRecords,
		Reading: "Moves slowly: a person who stops still counts for 28 days.",
		Users:   &Users{Trailing: 28}},
	{Name: "users_reporting_lines", Label: "People who report lines", Unit: "people",
		Definition: "Distinct people with at least one record whose lines are known.",
		Formula:    "distinct people with a record that has a line in its totals or in any breakdown, or a row of a breakdown with a known 0 lines", Source: fromRecords,
		Reading: "Lower than active users when clients are too old to report lines, when only the server saw the activity, or when reports state no lines. A 0 is known if an editor that the record names is new enough to report lines of the row's mode, if the mode belongs to the CLI or the app, or if the record names no editor; a record in which nothing is counted but an editor is named is of somebody whom only the server saw. See Data quality.",
		Users:   &Users{Reporting: true}},
	{Name: "acceptance_rate", Label: "Acceptance rate (completions)", Unit: "ratio",
		Definition: "Completions accepted, of completions shown.",
		Formula:    "code_completion acceptances ÷ code_completion generations", Source: fromFeatures,
		Reading: "Depends on how eagerly a client shows completions. It does not measure quality.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{Acceptances}, Part: Completion}, Den: Sum{Counters: []Counter{Generations}, Part: Completion}}},
	{Name: "acceptance_rate_by_lines", Label: "Acceptance rate by lines (completions)", Unit: "ratio",
		Definition: "Completed lines that reached the file, of lines suggested by completions.",
		Formula:    "code_completion loc_added ÷ code_completion loc_suggested_add", Source: fromFeatures,
		Reading: "Over completions only: agent edits are never suggested, so over all features the ratio would pass 100%.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{LocAdded}, Part: Completion}, Den: Sum{Counters: []Counter{LocSuggestedAdd}, Part: Completion}}},
	{Name: "chat_requests_per_active_user", Label: "Chat requests per active user", Unit: "count",
		Definition: "Prompts sent in chats, per active user.",
		Formula:    "Σ interactions of the chat features ÷ distinct active users", Source: fromFeatures + " and " + fromRecords,
		Reading: "Counts prompts, not results: more may mean more use, or more tries. The denominator has all active users, including those who never open a chat. Check requests by mode.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{Interactions}, Part: Chat}, PerUser: true}},
	{Name: "ai_credits", Label: "AI credits", Unit: "credits",
		Definition: "AI credits used, as reported per user and day.",
		Formula:    "Σ ai_credits_used", Source: fromTotals,
		Reading: "Credits are fractional and appear in user records only. GitHub's list price is 0.01 USD a credit.",
		Sum:     &Sum{Counters: []Counter{AICredits}}},
	{Name: "sessions", Label: "Sessions", Unit: "count",
		Definition: "Sessions of Copilot CLI, the Copilot app and the VS Code Agents window.",
		Formula:    "Σ session_count", Source: fromSessions,
		Reading: "A session may be one question or a day's work. The Agents window is in no other total; show sessions by mode.",
		Sum:     &Sum{Counters: []Counter{Sessions}}},
	{Name: "model_requests", Label: "Requests to models", Unit: "count",
		Definition: "Requests of Copilot CLI and the Copilot app to models, including those that follow automatically.",
		Formula:    "Σ request_count", Source: fromSessions,
		Reading: "Mostly automatic: an agent asks again until it is done. Prompts are what people sent.",
		Sum:     &Sum{Counters: []Counter{ModelRequests}}},
	{Name: "prompts", Label: "Prompts", Unit: "count",
		Definition: "Prompts that people sent in Copilot CLI, the Copilot app and the VS Code Agents window.",
		Formula:    "Σ prompt_count, in the Agents window Σ total_user_messages", Source: fromSessions,
		Reading: "Beside interactions, not part of them: these are the surfaces' own counts.",
		Sum:     &Sum{Counters: []Counter{Prompts}}},
	{Name: "prompt_tokens", Label: "Prompt tokens", Unit: "tokens",
		Definition: "Tokens that Copilot CLI and the Copilot app sent to models.",
		Formula:    "Σ prompt_tokens_sum", Source: fromSessions,
		Reading: "Each request sends its whole context again, so long sessions weigh more than many short ones. What tokens cost depends on the model.",
		Sum:     &Sum{Counters: []Counter{PromptTokens}}},
	{Name: "output_tokens", Label: "Output tokens", Unit: "tokens",
		Definition: "Tokens that models answered to Copilot CLI and the Copilot app.",
		Formula:    "Σ output_tokens_sum", Source: fromSessions,
		Reading: "Includes what was thrown away. What tokens cost depends on the model.",
		Sum:     &Sum{Counters: []Counter{OutputTokens}}},
	{Name: "agent_app_jobs", Label: "Jobs of agent apps", Unit: "count",
		Definition: "Jobs that people started with agent apps, agents of others than GitHub.",
		Formula:    "Σ totals_by_3rd_party_agent.user_initiated_interaction_count", Source: fromAgentApps,
		Reading: "Starts, not prompts, and no part of interactions.",
		Sum:     &Sum{Counters: []Counter{AgentAppJobs}}},
	{Name: "agent_app_sessions", Label: "Sessions of agent apps", Unit: "count",
		Definition: "Sessions of agent apps.",
		Formula:    "Σ totals_by_3rd_party_agent.session_count", Source: fromAgentApps,
		Reading: "In aggregates only: unknown where figures come from the records of people.",
		Sum:     &Sum{Counters: []Counter{AgentAppSessions}}},
	{Name: "skill_uses", Label: "Uses of skills", Unit: "count",
		Definition: "Uses of Copilot CLI's skills, at least.",
		Formula:    "Σ totals_by_skill.interaction_count", Source: fromTopFive,
		Reading: topFive,
		Sum:     &Sum{Counters: []Counter{SkillUses}}},
	{Name: "custom_agent_uses", Label: "Uses of custom agents", Unit: "count",
		Definition: "Uses of Copilot CLI's custom agents, at least.",
		Formula:    "Σ totals_by_custom_agent.interaction_count", Source: fromTopFive,
		Reading: topFive,
		Sum:     &Sum{Counters: []Counter{CustomAgentUses}}},
	{Name: "mcp_connections", Label: "Connections to MCP servers", Unit: "count",
		Definition: "Attempts of Copilot CLI to connect to MCP servers, at least.",
		Formula:    "Σ totals_by_mcp.interaction_count", Source: fromTopFive,
		Reading: "Attempts to connect, not calls of tools. " + topFive,
		Sum:     &Sum{Counters: []Counter{MCPConnections}}},
	{Name: "slash_command_uses", Label: "Uses of slash commands", Unit: "count",
		Definition: "Uses of Copilot CLI's slash commands, at least.",
		Formula:    "Σ totals_by_slash_cmd.interaction_count", Source: fromTopFive,
		Reading: topFive,
		Sum:     &Sum{Counters: []Counter{SlashCommandUses}}},
	{Name: "plugin_uses", Label: "Uses of plugins", Unit: "count",
		Definition: "Uses of Copilot CLI's plugins, at least.",
		Formula:    "Σ totals_by_plugin.interaction_count", Source: fromTopFive,
		Reading: "A plugin's skills count as skills too: never add the two. " + topFive,
		Sum:     &Sum{Counters: []Counter{PluginUses}}},
	{Name: "surface_daily_users", Label: "Daily active users of a surface, as reported", Unit: "people", By: KeySignal,
		Definition: "Distinct people who used a surface on the day, as GitHub counts them.",
		Formula:    "daily_active_*_users", Source: fromAggregates,
		Reading: "Overlapping: one person may use several surfaces. Of several days together it is unknown.",
		Sum:     &Sum{Counters: []Counter{SurfaceDailyUsers}}},
	{Name: "surface_weekly_users", Label: "Weekly active users of a surface, as reported", Unit: "people", By: KeySignal,
		Definition: "Distinct people who used a surface in the 7 days to the last day; in the Agents window since Sunday.",
		Formula:    "weekly_active_*_users, as of the last day", Source: fromAggregates,
		Reading: "Overlapping: one person may use several surfaces.",
		Sum:     &Sum{Counters: []Counter{SurfaceWeeklyUsers}}},
	{Name: "surface_monthly_users", Label: "Monthly active users of a surface, as reported", Unit: "people", By: KeySignal,
		Definition: "Distinct people who used a surface in the 28 days to the last day; in the Agents window since the 1st of the month.",
		Formula:    "monthly_active_*_users, as of the last day", Source: fromAggregates,
		Reading: "Overlapping: one person may use several surfaces.",
		Sum:     &Sum{Counters: []Counter{SurfaceMonthlyUsers}}},
	{Name: "feature_engaged_users", Label: "People engaged with a feature", Unit: "people", By: KeyFeature,
		Definition: "Active users with at least two days of a feature in the 28 days to the last day.",
		Formula:    "engaged_user_count, as of the last report", Source: fromEngagement,
		Reading: "Overlapping: never add features up. Divide by the active users of the same 28 days.",
		Sum:     &Sum{Counters: []Counter{FeatureEngagedUsers}}},
	{Name: "feature_users", Label: "Active users of feature engagement", Unit: "people",
		Definition: "Active users in the 28 days of the report of feature engagement.",
		Formula:    "active_user_count, as of the last report", Source: fromEngagement,
		Reading: "What bars of feature engagement are divided by.",
		Sum:     &Sum{Counters: []Counter{FeatureUsers}}},
	{Name: "distinct_skills", Label: "Distinct skills", Unit: "count",
		Definition: "Different skills that were used on the day in the whole scope.",
		Formula:    "distinct_skill_use_count", Source: fromAggregates,
		Reading: "Includes those whose names the report withholds. Days and organizations share them: never add them up.",
		Sum:     &Sum{Counters: []Counter{DistinctSkills}}},
	{Name: "distinct_custom_agents", Label: "Distinct custom agents", Unit: "count",
		Definition: "Different custom agents that were used on the day in the whole scope.",
		Formula:    "distinct_custom_agent_use_count", Source: fromAggregates,
		Reading: "Includes those whose names the report withholds. Days and organizations share them: never add them up.",
		Sum:     &Sum{Counters: []Counter{DistinctCustomAgents}}},
	{Name: "distinct_mcp_servers", Label: "Distinct MCP servers", Unit: "count",
		Definition: "Different MCP servers that were used on the day in the whole scope.",
		Formula:    "distinct_mcp_use_count", Source: fromAggregates,
		Reading: "Includes those whose names the report withholds. Days and organizations share them: never add them up.",
		Sum:     &Sum{Counters: []Counter{DistinctMCPServers}}},
	{Name: "distinct_slash_commands", Label: "Distinct slash commands", Unit: "count",
		Definition: "Different slash commands that were used on the day in the whole scope.",
		Formula:    "distinct_slash_cmd_use_count", Source: fromAggregates,
		Reading: "Includes those whose names the report withholds. Days and organizations share them: never add them up.",
		Sum:     &Sum{Counters: []Counter{DistinctSlashCommands}}},
	{Name: "distinct_plugins", Label: "Distinct plugins", Unit: "count",
		Definition: "Different plugins that were used on the day in the whole scope.",
		Formula:    "distinct_plugin_use_count", Source: fromAggregates,
		Reading: "Includes those whose names the report withholds. Days and organizations share them: never add them up.",
		Sum:     &Sum{Counters: []Counter{DistinctPlugins}}},
	{Name: "engaged_users", Label: "Engaged users, as reported", Unit: "people",
		Definition: "People of the adoption phases who were active on the day; without a phase shown, of all but No Cohort.",
		Formula:    "Σ total_engaged_users", Source: fromPhases,
		Reading: "Of one day: never a denominator over several, and unknown for them.",
		Sum:     &Sum{Counters: []Counter{EngagedUsers}, Part: InPhase}},
	{Name: "users_in_phase", Label: "Users in phase", Unit: "people",
		Definition: "Everybody who is in the phase as of the last day, by the 28 days to it.",
		Formula:    "Σ users_in_phase_28d of the last day", Source: fromPhases,
		Reading: "People move between phases as old days leave the window.",
		Sum:     &Sum{Counters: []Counter{UsersInPhase}}},
	{Name: "pull_requests_created", Label: "Pull requests created", Unit: "count",
		Definition: "Pull requests opened.",
		Formula:    "Σ total_created", Source: fromPulls,
		Reading: "From repositories, also of people without Copilot.",
		Sum:     &Sum{Counters: []Counter{PullRequestsCreated}}},
	{Name: "pull_requests_reviewed", Label: "Pull requests reviewed", Unit: "count",
		Definition: "Pull requests reviewed, each once a day.",
		Formula:    "Σ total_reviewed", Source: fromPulls,
		Reading: "One that is reviewed on three days counts three times.",
		Sum:     &Sum{Counters: []Counter{PullRequestsReviewed}}},
	{Name: "pull_requests_merged", Label: "Pull requests merged", Unit: "count",
		Definition: "Pull requests merged: by phase those of its people, else of everybody.",
		Formula:    "Σ total_merged, by phase Σ total_pull_requests_merged", Source: fromPulls + " and " + fromPhases,
		Reading: "From repositories, also of people without Copilot. The row without a phase or repository is the signed difference to the total.",
		Sum:     &Sum{Counters: []Counter{PullRequestsMerged}}},
	{Name: "suggestions", Label: "Review suggestions", Unit: "count",
		Definition: "Suggestions made in reviews of pull requests.",
		Formula:    "Σ total_suggestions", Source: fromPulls,
		Reading: "By people and by Copilot.",
		Sum:     &Sum{Counters: []Counter{Suggestions}}},
	{Name: "suggestions_applied", Label: "Review suggestions applied", Unit: "count",
		Definition: "Suggestions of reviews that were applied.",
		Formula:    "Σ total_applied_suggestions", Source: fromPulls,
		Reading: "May exceed those suggested on a day: they were suggested before.",
		Sum:     &Sum{Counters: []Counter{SuggestionsApplied}}},
	{Name: "pull_requests_created_by_copilot", Label: "Pull requests created by Copilot", Unit: "count",
		Definition: "Pull requests that the cloud agent opened.",
		Formula:    "Σ total_created_by_copilot", Source: fromPulls,
		Reading: "Opened, not merged.",
		Sum:     &Sum{Counters: []Counter{PullRequestsCreatedByCopilot}}},
	{Name: "pull_requests_reviewed_by_copilot", Label: "Pull requests reviewed by Copilot", Unit: "count",
		Definition: "Pull requests that Copilot reviewed, each once a day.",
		Formula:    "Σ total_reviewed_by_copilot", Source: fromPulls,
		Reading: "Reviews that a policy asks for count too.",
		Sum:     &Sum{Counters: []Counter{PullRequestsReviewedByCopilot}}},
	{Name: "merged_created_by_copilot", Label: "Merged pull requests created by Copilot", Unit: "count",
		Definition: "Merged pull requests that the cloud agent had opened.",
		Formula:    "Σ total_merged_created_by_copilot", Source: fromPulls,
		Reading: "Merged after people had reviewed and changed them, or not: it does not say.",
		Sum:     &Sum{Counters: []Counter{MergedCreatedByCopilot}}},
	{Name: "merged_reviewed_by_copilot", Label: "Merged pull requests reviewed by Copilot", Unit: "count",
		Definition: "Merged pull requests that Copilot had reviewed.",
		Formula:    "Σ total_merged_reviewed_by_copilot", Source: fromPulls,
		Reading: "Beside reviews by people, not instead of them.",
		Sum:     &Sum{Counters: []Counter{MergedReviewedByCopilot}}},
	{Name: "copilot_suggestions", Label: "Review suggestions by Copilot", Unit: "count",
		Definition: "Suggestions that Copilot made in reviews.",
		Formula:    "Σ total_copilot_suggestions", Source: fromPulls,
		Reading: "More suggestions are not better reviews. Look at the share that was applied, by comment type.",
		Sum:     &Sum{Counters: []Counter{CopilotSuggestions}}},
	{Name: "copilot_suggestions_applied", Label: "Review suggestions by Copilot applied", Unit: "count",
		Definition: "Suggestions of Copilot that were applied.",
		Formula:    "Σ total_copilot_applied_suggestions", Source: fromPulls,
		Reading: "May exceed those suggested on a day: they were suggested before.",
		Sum:     &Sum{Counters: []Counter{CopilotSuggestionsApplied}}},
	{Name: "human_reviewed_merges", Label: "Merged pull requests with review times", Unit: "count",
		Definition: "Merged pull requests that people opened and other people reviewed, whose review times are known.",
		Formula:    "Σ pull_request_review_times.total_merged", Source: fromReviewTimes,
		Reading: "Divide by all merged pull requests to see how many the times are of.",
		Sum:     &Sum{Counters: []Counter{HumanReviewedMerges}}},
	{Name: "pull_requests_per_user", Label: "Pull requests per user in 28 days", Unit: "count",
		Definition: "Merged pull requests per person of the phases, in 28 days.",
		Formula:    "28 × Σ total_pull_requests_merged ÷ Σ users_in_phase_28d", Source: fromPhases,
		Reading: "GitHub's recipe. A day without users_in_phase_28d is in neither sum.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{PullRequestsMerged}, With: []Counter{PhaseUserDays}}, Den: Sum{Counters: []Counter{PhaseUserDays}, With: []Counter{PullRequestsMerged}}, Times: 28}},
	{Name: "median_minutes_to_merge", Label: "Median minutes to merge", Unit: "minutes",
		Definition: "Minutes from opening to merging: the mean of daily medians, by phase of the daily means of its users' medians.",
		Formula:    "Σ (median × merged) ÷ Σ merged, by phase Σ (mean × users in phase) ÷ Σ users in phase", Source: fromPulls + " and " + fromPhases,
		Reading: "The mean of daily medians, which is not the median of all: one bad day moves it less than one slow pull request moves a mean.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{MergeMinutes}, With: []Counter{MergeWeight}}, Den: Sum{Counters: []Counter{MergeWeight}, With: []Counter{MergeMinutes}}}},
	{Name: "median_minutes_to_merge_copilot_authored", Label: "Median minutes to merge, created by Copilot", Unit: "minutes",
		Definition: "Minutes from opening to merging of those that the cloud agent opened: the mean of daily medians.",
		Formula:    "Σ (median × merged) ÷ Σ merged", Source: fromPulls,
		Reading: "The mean of daily medians, which is not the median of all: one bad day moves it less than one slow pull request moves a mean.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{AuthoredMergeMinutes}, With: []Counter{AuthoredMergeWeight}}, Den: Sum{Counters: []Counter{AuthoredMergeWeight}, With: []Counter{AuthoredMergeMinutes}}}},
	{Name: "median_minutes_to_merge_copilot_reviewed", Label: "Median minutes to merge, reviewed by Copilot", Unit: "minutes",
		Definition: "Minutes from opening to merging of those that Copilot reviewed: the mean of daily medians.",
		Formula:    "Σ (median × merged) ÷ Σ merged", Source: fromPulls,
		Reading: "The mean of daily medians, which is not the median of all: one bad day moves it less than one slow pull request moves a mean.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{ReviewedMergeMinutes}, With: []Counter{ReviewedMergeWeight}}, Den: Sum{Counters: []Counter{ReviewedMergeWeight}, With: []Counter{ReviewedMergeMinutes}}}},
	{Name: "phase_lines_added_per_day", Label: "Lines added per user and day", Unit: "lines",
		Definition: "Lines that AI tools added, per person of the phase and day of activity.",
		Formula:    "Σ (avg_loc_added × engaged users) ÷ Σ engaged users", Source: fromPhases,
		Reading: "Days without activity are not in it.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{PhaseLocAdded}, With: []Counter{EngagedUserDays}}, Den: Sum{Counters: []Counter{EngagedUserDays}, With: []Counter{PhaseLocAdded}}}},
	{Name: "phase_lines_deleted_per_day", Label: "Lines deleted per user and day", Unit: "lines",
		Definition: "Lines that AI tools deleted, per person of the phase and day of activity.",
		Formula:    "Σ (avg_loc_deleted × engaged users) ÷ Σ engaged users", Source: fromPhases,
		Reading: "Days without activity are not in it.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{PhaseLocDeleted}, With: []Counter{EngagedUserDays}}, Den: Sum{Counters: []Counter{EngagedUserDays}, With: []Counter{PhaseLocDeleted}}}},
	{Name: "phase_interactions_per_day", Label: "Interactions per user and day", Unit: "count",
		Definition: "Prompts per person of the phase and day of activity.",
		Formula:    "Σ (avg_user_initiated_interactions × engaged users) ÷ Σ engaged users", Source: fromPhases,
		Reading: "Days without activity are not in it.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{PhaseInteractions}, With: []Counter{EngagedUserDays}}, Den: Sum{Counters: []Counter{EngagedUserDays}, With: []Counter{PhaseInteractions}}}},
	{Name: "phase_generations_per_day", Label: "Generations per user and day", Unit: "count",
		Definition: "Outputs generated per person of the phase and day of activity.",
		Formula:    "Σ (avg_code_generation_activities × engaged users) ÷ Σ engaged users", Source: fromPhases,
		Reading: "Days without activity are not in it.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{PhaseGenerations}, With: []Counter{EngagedUserDays}}, Den: Sum{Counters: []Counter{EngagedUserDays}, With: []Counter{PhaseGenerations}}}},
	{Name: "phase_acceptances_per_day", Label: "Acceptances per user and day", Unit: "count",
		Definition: "Acceptances per person of the phase and day of activity.",
		Formula:    "Σ (avg_code_acceptance_activities × engaged users) ÷ Σ engaged users", Source: fromPhases,
		Reading: "Days without activity are not in it.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{PhaseAcceptances}, With: []Counter{EngagedUserDays}}, Den: Sum{Counters: []Counter{EngagedUserDays}, With: []Counter{PhaseAcceptances}}}},
	{Name: "phase_pull_requests_created_per_day", Label: "Pull requests created per user and day", Unit: "count",
		Definition: "Pull requests opened per person of the phase and day of activity.",
		Formula:    "Σ (avg_pull_requests_created × engaged users) ÷ Σ engaged users", Source: fromPhases,
		Reading: "Days without activity are not in it.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{PhasePullRequestsCreated}, With: []Counter{EngagedUserDays}}, Den: Sum{Counters: []Counter{EngagedUserDays}, With: []Counter{PhasePullRequestsCreated}}}},
	{Name: "phase_pull_requests_reviewed_per_day", Label: "Pull requests reviewed per user and day", Unit: "count",
		Definition: "Pull requests reviewed per person of the phase and day of activity.",
		Formula:    "Σ (avg_pull_requests_reviewed × engaged users) ÷ Σ engaged users", Source: fromPhases,
		Reading: "Days without activity are not in it.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{PhasePullRequestsReviewed}, With: []Counter{EngagedUserDays}}, Den: Sum{Counters: []Counter{EngagedUserDays}, With: []Counter{PhasePullRequestsReviewed}}}},
	{Name: "phase_minutes_to_review", Label: "Minutes to first review", Unit: "minutes",
		Definition: "Minutes from opening to the first review, of merged pull requests of the phase.",
		Formula:    "Σ (avg_pull_requests_minutes_to_review × merged) ÷ Σ merged", Source: fromPhases,
		Reading: "GitHub's median despite the field's name; over days the mean of daily medians weighted by merged pull requests.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{ReviewMinutes}, With: []Counter{PullRequestsMerged}}, Den: Sum{Counters: []Counter{PullRequestsMerged}, With: []Counter{ReviewMinutes}}}},
	{Name: "phase_review_cycles", Label: "Reviews per pull request", Unit: "count",
		Definition: "Submitted reviews of a merged pull request of the phase.",
		Formula:    "Σ (avg_pull_requests_review_cycles × merged) ÷ Σ merged", Source: fromPhases,
		Reading: "GitHub's median despite the field's name; over days the mean of daily medians weighted by merged pull requests.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{ReviewCycles}, With: []Counter{PullRequestsMerged}}, Den: Sum{Counters: []Counter{PullRequestsMerged}, With: []Counter{ReviewCycles}}}},
	{Name: "minutes_ready_to_first_review", Label: "Minutes from ready to first review, median", Unit: "minutes",
		Definition: "Median minutes from being ready to the first review by somebody else, of merged pull requests that people opened.",
		Formula:    "Σ (median_minutes_ready_to_first_review × merged) ÷ Σ merged", Source: fromReviewTimes,
		Reading: "The mean of daily medians, which is not the median of all: one bad day moves it less than one slow pull request moves a mean.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{FirstReviewMinutes}, With: []Counter{HumanReviewedMerges}}, Den: Sum{Counters: []Counter{HumanReviewedMerges}, With: []Counter{FirstReviewMinutes}}}},
	{Name: "minutes_ready_to_first_review_p90", Label: "Minutes from ready to first review, 90th percentile", Unit: "minutes",
		Definition: "Minutes from being ready to the first review by somebody else that one in ten takes longer than.",
		Formula:    "Σ (p90_minutes_ready_to_first_review × merged) ÷ Σ merged", Source: fromReviewTimes,
		Reading: "The mean of daily 90th percentiles, weighted by merged pull requests.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{FirstReviewMinutesP90}, With: []Counter{HumanReviewedMerges}}, Den: Sum{Counters: []Counter{HumanReviewedMerges}, With: []Counter{FirstReviewMinutesP90}}}},
	{Name: "minutes_first_to_final_review", Label: "Minutes from first to final review, median", Unit: "minutes",
		Definition: "Median minutes from the first to the final review, 0 where there is one, of merged pull requests that people opened.",
		Formula:    "Σ (median_minutes_first_to_final_review × merged) ÷ Σ merged", Source: fromReviewTimes,
		Reading: "The mean of daily medians, which is not the median of all: one bad day moves it less than one slow pull request moves a mean.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{FinalReviewMinutes}, With: []Counter{HumanReviewedMerges}}, Den: Sum{Counters: []Counter{HumanReviewedMerges}, With: []Counter{FinalReviewMinutes}}}},
	{Name: "minutes_first_to_final_review_p90", Label: "Minutes from first to final review, 90th percentile", Unit: "minutes",
		Definition: "Minutes from the first to the final review, 0 where there is one that one in ten takes longer than.",
		Formula:    "Σ (p90_minutes_first_to_final_review × merged) ÷ Σ merged", Source: fromReviewTimes,
		Reading: "The mean of daily 90th percentiles, weighted by merged pull requests.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{FinalReviewMinutesP90}, With: []Counter{HumanReviewedMerges}}, Den: Sum{Counters: []Counter{HumanReviewedMerges}, With: []Counter{FinalReviewMinutesP90}}}},
	{Name: "minutes_final_review_to_merge", Label: "Minutes from final review to merge, median", Unit: "minutes",
		Definition: "Median minutes from the final review to the merge, of merged pull requests that people opened.",
		Formula:    "Σ (median_minutes_final_review_to_merge × merged) ÷ Σ merged", Source: fromReviewTimes,
		Reading: "The mean of daily medians, which is not the median of all: one bad day moves it less than one slow pull request moves a mean.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{ReviewToMergeMinutes}, With: []Counter{HumanReviewedMerges}}, Den: Sum{Counters: []Counter{HumanReviewedMerges}, With: []Counter{ReviewToMergeMinutes}}}},
	{Name: "minutes_final_review_to_merge_p90", Label: "Minutes from final review to merge, 90th percentile", Unit: "minutes",
		Definition: "Minutes from the final review to the merge that one in ten takes longer than.",
		Formula:    "Σ (p90_minutes_final_review_to_merge × merged) ÷ Σ merged", Source: fromReviewTimes,
		Reading: "The mean of daily 90th percentiles, weighted by merged pull requests.",
		Ratio:   &Ratio{Num: Sum{Counters: []Counter{ReviewToMergeMinutesP90}, With: []Counter{HumanReviewedMerges}}, Den: Sum{Counters: []Counter{HumanReviewedMerges}, With: []Counter{ReviewToMergeMinutesP90}}}},
	{Name: "adoption_multiplier", Label: "Adoption multiplier", Unit: "ratio",
		Definition: "Merged pull requests per person of every phase but No Cohort, over those of No Cohort.",
		Formula:    "(Σ merged ÷ Σ users_in_phase_28d) of the phases together ÷ the same of No Cohort", Source: fromPhases,
		Reading:  "Compares different people, who may have merged more before, too: no effect of Copilot. Phases include code review and the cloud agent, so that more pull requests are partly so by definition. Unknown below 20 people in either group.",
		Multiple: &Multiple{Num: perUser(InPhase), Den: perUser(Passive), Groups: phaseGroups, Least: 20}},
	{Name: "adoption_multiplier_time", Label: "Adoption multiplier, time to merge", Unit: "ratio",
		Definition: "Minutes to merge of No Cohort over those of every other phase: above 1 the phases merge faster.",
		Formula:    "mean of daily medians of No Cohort ÷ that of the phases together, weighted by users", Source: fromPhases,
		Reading:  "Compares different people with different pull requests. Unknown below 20 people in either group.",
		Multiple: &Multiple{Num: toMerge(Passive), Den: toMerge(InPhase), Groups: phaseGroups, Least: 20}},
	{Name: "discrepancy", Label: "Discrepancy", Unit: "lines",
		Definition: "Changed lines by which reports' own breakdowns by feature exceed their totals: zero or negative.",
		Formula:    "Σ min(0, total − Σ features) of loc_added and loc_deleted, per record", Source: fromFeatures,
		Reading: "Anything but zero means that a report contradicts itself. The import's warnings name the days.",
		Sum:     &Sum{Counters: changed, Part: Discrepancy}},
}

// phaseGroups are the people whom a multiplier compares.
var phaseGroups = [2]Sum{{Counters: []Counter{UsersInPhase}, Part: InPhase}, {Counters: []Counter{UsersInPhase}, Part: Passive}}

// perUser is merged pull requests per user of a part of the phases.
func perUser(p Part) Ratio {
	return Ratio{Num: Sum{Counters: []Counter{PullRequestsMerged}, Part: p, With: []Counter{PhaseUserDays}},
		Den: Sum{Counters: []Counter{PhaseUserDays}, Part: p, With: []Counter{PullRequestsMerged}}}
}

// toMerge is minutes to merge of a part of the phases.
func toMerge(p Part) Ratio {
	return Ratio{Num: Sum{Counters: []Counter{MergeMinutes}, Part: p}, Den: Sum{Counters: []Counter{MergeWeight}, Part: p, With: []Counter{MergeMinutes}}}
}

// MeasureByName returns the measure, nil if there is none of that name.
func MeasureByName(name string) *Measure {
	for i := range Measures {
		if Measures[i].Name == name {
			return &Measures[i]
		}
	}
	return nil
}

// MeasureNames returns the names of all measures, in their order.
func MeasureNames() []string {
	var out []string
	for i := range Measures {
		out = append(out, Measures[i].Name)
	}
	return out
}

// DimensionNames returns the names of all dimensions, in their order.
func DimensionNames() []string {
	var out []string
	for i := range Dimensions {
		out = append(out, Dimensions[i].Name)
	}
	return out
}
