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
}

// Column returns the counter's name in answers.
func (c Counter) Column() string { return Counters[c].Column }

// Lines reports whether the counter counts lines of code. The line counters of
// a user record without breakdowns are unknown, whatever its totals say.
func (c Counter) Lines() bool { return Counters[c].Unit == "lines" }

// InRows reports whether rows of breakdowns carry the counter, not records alone.
func (c Counter) InRows() bool { return int(c) < NumRowCounters }

// OfRecords reports whether records carry the counter as a whole.
func (c Counter) OfRecords() bool { return int(c) < NumRecordCounters }

// FieldOf returns GitHub's name of the counter that answers call column, "" if there
// is none.
func FieldOf(column string) string {
	for _, c := range Counters {
		if c.Column == column {
			return c.Field
		}
	}
	return ""
}

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
)

// Sum is an additive expression: counters of one unit, added up over the rows of one
// part.
type Sum struct {
	Counters []Counter
	Part     Part
}

// WithPart returns the same counters of another part.
func (s Sum) WithPart(p Part) Sum { return Sum{Counters: s.Counters, Part: p} }

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

// Measure is one row of the table. Exactly one of Sum, Users and Ratio is set.
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

	Sum   *Sum
	Users *Users
	Ratio *Ratio
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

// sums returns the additive expressions that m is made of.
func (m *Measure) sums() []Sum {
	switch {
	case m.Sum != nil:
		return []Sum{*m.Sum}
	case m.Ratio != nil:
		return m.Ratio.Sums()
	}
	return nil
}

var changed = []Counter{LocAdded, LocDeleted}

const (
	fromTotals    = "each record's top-level counters"
	fromFeatures  = "each record's totals_by_feature"
	fromRecords   = "the people who have a record"
	fromSessions  = "the totals of Copilot CLI, the Copilot app and the VS Code Agents window"
	fromAgentApps = "the rows by agent app"
	fromTopFive   = "the five rows that a record has at most of each kind"
	topFive       = "A record names the five most used at most, so the sum is the least that it can have been, and what is missing is not zero."
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
	{Name: "discrepancy", Label: "Discrepancy", Unit: "lines",
		Definition: "Changed lines by which reports' own breakdowns by feature exceed their totals: zero or negative.",
		Formula:    "Σ min(0, total − Σ features) of loc_added and loc_deleted, per record", Source: fromFeatures,
		Reading: "Anything but zero means that a report contradicts itself. The import's warnings name the days.",
		Sum:     &Sum{Counters: changed, Part: Discrepancy}},
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
