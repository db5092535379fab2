package metric

import (
	"fmt"
	"slices"
	"strings"
)

// Dimension is something a measure can be shown by or filtered to.
type Dimension struct {
	Name  string
	Label string
	// Key is the column of a breakdown that carries the dimension, "" where
	// every record carries it. Surface and initiator are read off the feature.
	Key Key
	// Grain marks day, week and month: shown by, never filtered to.
	Grain bool
	// Residual names the row with a null value: what the breakdown lacks.
	Residual   string
	Definition string
}

// Key is a column of a breakdown.
type Key string

// The columns that breakdowns have.
const (
	NoKey       Key = ""
	KeyIDE      Key = "ide"
	KeyFeature  Key = "feature"
	KeyLanguage Key = "language"
	KeyModel    Key = "model"
	KeySignal   Key = "signal"
	KeyPhase    Key = "phase"

	KeyAgentApp     Key = "agent_app"
	KeyAgentAppName Key = "agent_app_name"
	KeySkill        Key = "skill"
	KeyCustomAgent  Key = "custom_agent"
	KeyMCP          Key = "mcp_server"
	KeySlashCommand Key = "slash_command"
	KeyPlugin       Key = "plugin"
	KeyRepository   Key = "repository"
	KeyCommentType  Key = "comment_type"

	// KeyTool is of no breakdown: every record has a tool.
	KeyTool Key = "tool"
)

// Dimensions is the table, in the order in which it is documented.
var Dimensions = [...]Dimension{
	{Name: "day", Label: "Day", Grain: true, Definition: "UTC calendar day."},
	{Name: "week", Label: "Week", Grain: true, Definition: "ISO week, written as its Monday."},
	{Name: "month", Label: "Month", Grain: true, Definition: "Calendar month, written as its first day."},
	{Name: "organization", Label: "Organization", Residual: "in no reported organization, less what several organizations share",
		Definition: "Organizations that the person was a member of on that day. A member of two counts in both. Days for which nobody reported members are in the row `(unknown)`."},
	{Name: "team", Label: "Team", Residual: "in no reported team, less what several teams share",
		Definition: "Teams that the person was a member of on that day. A member of two counts in both. Days for which nobody reported members are in the row `(unknown)`."},
	{Name: "user", Label: "User", Residual: "not known by person (aggregates, and records removed by retention)", Definition: "The person, by login if known, else by id."},
	{Name: "tool", Label: "Tool", Definition: "The AI coding tool that the record is about."},
	{Name: "surface", Label: "Surface", Key: KeyFeature, Residual: "lines that the report puts under no feature",
		Definition: "Where the activity happened: IDE, CLI, app, or unknown."},
	{Name: "ide", Label: "IDE", Key: KeyIDE, Residual: "no IDE (CLI and app)",
		Definition: "The editor, as reported."},
	{Name: "feature", Label: "Mode", Key: KeyFeature, Residual: "lines that the report puts under no feature",
		Definition: "The feature, as reported; pages call it mode."},
	{Name: "initiator", Label: "Initiator", Key: KeyFeature, Residual: "discrepancy (the report's features exceed its total)",
		Definition: "Who initiated the change: user, agent, or unclassified; null is the discrepancy."},
	{Name: "language", Label: "Language", Key: KeyLanguage, Residual: "no language in the report",
		Definition: "The language, as reported; aliases are not merged."},
	{Name: "model", Label: "Model", Key: KeyModel, Residual: "no model (completions, and what the report withholds)",
		Definition: "The model, as reported."},
	{Name: "signal", Label: "Signal", Key: KeySignal, Residual: "people without any signal",
		Definition: "A surface that the record says the person used, by the name of its field: used_agent, used_cli and so on; prompts_in_ide is whoever sent a prompt in an IDE. One person may have several."},
	{Name: "phase", Label: "Adoption phase", Key: KeyPhase, Residual: "people whose record states no phase",
		Definition: "The adoption phase that the record states for the person: No Cohort, Phase 1 and so on."},
	{Name: "agent_app", Label: "Agent app", Key: KeyAgentApp, Residual: "no agent app", Definition: "The agent app, by its id."},
	{Name: "agent_app_name", Label: "Name of the agent app", Key: KeyAgentAppName, Residual: "no agent app",
		Definition: "The agent app, by its name as reported, which may change: together with its id."},
	{Name: "skill", Label: "Skill", Key: KeySkill, Residual: "no skill", Definition: customization},
	{Name: "custom_agent", Label: "Custom agent", Key: KeyCustomAgent, Residual: "no custom agent", Definition: customization},
	{Name: "mcp_server", Label: "MCP server", Key: KeyMCP, Residual: "no MCP server", Definition: customization},
	{Name: "slash_command", Label: "Slash command", Key: KeySlashCommand, Residual: "no slash command", Definition: customization},
	{Name: "plugin", Label: "Plugin", Key: KeyPlugin, Residual: "no plugin", Definition: customization},
	{Name: "repository", Label: "Repository", Key: KeyRepository, Residual: "what the scope's own figure has beyond its repositories, or they beyond it",
		Definition: "The repository, as owner/name; one that no organization owns, by its id."},
	{Name: "comment_type", Label: "Comment type", Key: KeyCommentType, Residual: "no comment type in the report", Definition: "What a suggestion of a review is about, as reported."},
}

// customization is how names of what customers make themselves come.
const customization = "As reported: names that customers gave are `other` or `custom` in the report."

// IDEPrompts is the signal of who sent a prompt in an IDE: GitHub's page counts these people
// as active. It is read off totals_by_ide, which has neither CLI nor app.
const IDEPrompts = "prompts_in_ide"

// UnknownMembership is how answers write the organization or team of what was done on days
// for which nobody reported who belonged where.
const UnknownMembership = "(unknown)"

// Blank is how answers and filters write a value that a report leaves empty, which
// is a value of its own: the residual is what has none.
const Blank = "(blank)"

// Reported says that a dimension's values are the report's own, which may be blank.
func (d *Dimension) Reported() bool { return d.Key != NoKey && string(d.Key) == d.Name }

// DimensionByName returns the dimension, nil if there is none of that name.
func DimensionByName(name string) *Dimension {
	for i := range Dimensions {
		if Dimensions[i].Name == name {
			return &Dimensions[i]
		}
	}
	return nil
}

// Breakdown is a list of rows that every record may carry. Each breakdown
// restates the same activity: rows of two breakdowns are never added up.
type Breakdown int

// The breakdowns, by the keys they carry. Totals has no keys: one row a record.
const (
	Totals Breakdown = iota
	ByFeature
	ByIDE
	ByLanguageFeature
	ByLanguageModel
	ByModelFeature
	BySignal
	ByPhase
	BySession
	ByAgentApp
	BySkill
	ByCustomAgent
	ByMCP
	BySlashCommand
	ByPlugin
	BySurfaceUsers
	ByEngagement
	Engagement
	DistinctUses
	StatedPhases
	PhaseActivity
	PhaseReviews
	PullRequests
	CopilotPullRequests
	CopilotMergeTimes
	ByCommentType
	RepositoryPullRequests
	RepositoryCopilotPullRequests
	RepositoryMergeTimes
	RepositoryReviewTimes
	NumBreakdowns = iota
)

// BreakdownInfo describes one Breakdown.
type BreakdownInfo struct {
	Breakdown Breakdown
	// Field is the array in GitHub's record.
	Field string
	Keys  []Key
	// Lacks lists the counters that the breakdown's rows do not carry, of those that
	// rows do: see Counter.InRows. PeopleOnly says that they carry none: a row only
	// says of whom it is true.
	Lacks      []Counter
	PeopleOnly bool
	// Counters are those of a breakdown with counters of its own instead of C7: at most
	// NumRowCounters, by their place in a row.
	Counters []Counter
	// Stated marks what reports state beside the records of people, of whatever a day's
	// figures otherwise come from: an aggregate's and a repository's own figures.
	Stated bool
	// Own are the fields of counters that have another one here than in Counters.
	Own map[Counter]string
}

// phaseMerged is the field of merged pull requests in rows of phases.
const phaseMerged = "totals_by_ai_adoption_phase.total_pull_requests_merged"

// FieldOf is the field of a counter in the breakdown's array, without the array's name.
func (b *BreakdownInfo) FieldOf(c Counter) string {
	field, own := b.Own[c]
	if !own {
		field = Counters[c].Field
	}
	array, _, _ := strings.Cut(b.Field, " ")
	return strings.TrimPrefix(field, array+".")
}

var (
	pullRequests        = []Counter{PullRequestsCreated, PullRequestsReviewed, PullRequestsMerged, Suggestions, SuggestionsApplied, MergeMinutes, MergeWeight}
	copilotPullRequests = []Counter{PullRequestsCreatedByCopilot, PullRequestsReviewedByCopilot, MergedCreatedByCopilot, MergedReviewedByCopilot,
		CopilotSuggestions, CopilotSuggestionsApplied}
	copilotMergeTimes = []Counter{AuthoredMergeMinutes, AuthoredMergeWeight, ReviewedMergeMinutes, ReviewedMergeWeight}
)

// Carries reports whether the breakdown carries the counter.
func (b *BreakdownInfo) Carries(c Counter) bool {
	switch {
	case b.Breakdown == Totals:
		return c.OfRecords()
	case b.Counters != nil:
		return slices.Contains(b.Counters, c)
	}
	return c.InRows() && !b.PeopleOnly && !slices.Contains(b.Lacks, c)
}

// Place returns where in the breakdown's rows a counter is that it carries.
func (b *BreakdownInfo) Place(c Counter) Counter {
	if b.Counters != nil {
		return Counter(slices.Index(b.Counters, c))
	}
	return c
}

// Breakdowns is the table, by Breakdown.
var Breakdowns = [NumBreakdowns]BreakdownInfo{
	Totals:            {Breakdown: Totals, Field: "top level"},
	ByFeature:         {Breakdown: ByFeature, Field: "totals_by_feature", Keys: []Key{KeyFeature}},
	ByIDE:             {Breakdown: ByIDE, Field: "totals_by_ide", Keys: []Key{KeyIDE}},
	ByLanguageFeature: {Breakdown: ByLanguageFeature, Field: "totals_by_language_feature", Keys: []Key{KeyLanguage, KeyFeature}, Lacks: []Counter{Interactions}},
	ByLanguageModel:   {Breakdown: ByLanguageModel, Field: "totals_by_language_model", Keys: []Key{KeyLanguage, KeyModel}, Lacks: []Counter{Interactions}},
	ByModelFeature:    {Breakdown: ByModelFeature, Field: "totals_by_model_feature", Keys: []Key{KeyModel, KeyFeature}},
	BySignal:          {Breakdown: BySignal, Field: "used_*", Keys: []Key{KeySignal}, PeopleOnly: true},
	ByPhase:           {Breakdown: ByPhase, Field: "ai_adoption_phase", Keys: []Key{KeyPhase}, PeopleOnly: true},
	BySession: {Breakdown: BySession, Field: "totals_by_cli, totals_by_copilot_app, totals_by_vscode_agent", Keys: []Key{KeyFeature},
		Counters: []Counter{Sessions, ModelRequests, Prompts, PromptTokens, OutputTokens}},
	ByAgentApp:     {Breakdown: ByAgentApp, Field: "totals_by_3rd_party_agent", Keys: []Key{KeyAgentApp, KeyAgentAppName}, Counters: []Counter{AgentAppJobs, AgentAppSessions}},
	BySkill:        {Breakdown: BySkill, Field: "totals_by_skill", Keys: []Key{KeySkill}, Counters: []Counter{SkillUses}},
	ByCustomAgent:  {Breakdown: ByCustomAgent, Field: "totals_by_custom_agent", Keys: []Key{KeyCustomAgent}, Counters: []Counter{CustomAgentUses}},
	ByMCP:          {Breakdown: ByMCP, Field: "totals_by_mcp", Keys: []Key{KeyMCP}, Counters: []Counter{MCPConnections}},
	BySlashCommand: {Breakdown: BySlashCommand, Field: "totals_by_slash_cmd", Keys: []Key{KeySlashCommand}, Counters: []Counter{SlashCommandUses}},
	ByPlugin:       {Breakdown: ByPlugin, Field: "totals_by_plugin", Keys: []Key{KeyPlugin}, Counters: []Counter{PluginUses}},
	BySurfaceUsers: {Breakdown: BySurfaceUsers, Field: "daily_, weekly_, monthly_active_*_users", Keys: []Key{KeySignal}, Stated: true,
		Counters: []Counter{SurfaceDailyUsers, SurfaceWeeklyUsers, SurfaceMonthlyUsers}},
	ByEngagement: {Breakdown: ByEngagement, Field: "copilot_feature_engagement.totals_by_feature", Keys: []Key{KeyFeature}, Stated: true, Counters: []Counter{FeatureEngagedUsers}},
	Engagement:   {Breakdown: Engagement, Field: "copilot_feature_engagement", Stated: true, Counters: []Counter{FeatureUsers}},
	DistinctUses: {Breakdown: DistinctUses, Field: "distinct_*_use_count", Stated: true,
		Counters: []Counter{DistinctSkills, DistinctCustomAgents, DistinctMCPServers, DistinctSlashCommands, DistinctPlugins}},
	StatedPhases: {Breakdown: StatedPhases, Field: "totals_by_ai_adoption_phase", Keys: []Key{KeyPhase}, Stated: true,
		Counters: []Counter{UsersInPhase, EngagedUserDays, EngagedUsers, PhaseUserDays, PullRequestsMerged, MergeMinutes, MergeWeight},
		Own:      map[Counter]string{PullRequestsMerged: phaseMerged, MergeMinutes: "totals_by_ai_adoption_phase.avg_pull_requests_median_minutes_to_merge", MergeWeight: "totals_by_ai_adoption_phase.users_in_phase_28d"}},
	PhaseActivity: {Breakdown: PhaseActivity, Field: "totals_by_ai_adoption_phase", Keys: []Key{KeyPhase}, Stated: true,
		Counters: []Counter{UsersInPhase, EngagedUserDays, PhaseInteractions, PhaseGenerations, PhaseAcceptances, PhaseLocAdded, PhaseLocDeleted}},
	PhaseReviews: {Breakdown: PhaseReviews, Field: "totals_by_ai_adoption_phase", Keys: []Key{KeyPhase}, Stated: true,
		Counters: []Counter{UsersInPhase, EngagedUserDays, PullRequestsMerged, PhasePullRequestsCreated, PhasePullRequestsReviewed, ReviewMinutes, ReviewCycles},
		Own:      map[Counter]string{PullRequestsMerged: phaseMerged}},
	PullRequests:        {Breakdown: PullRequests, Field: "pull_requests", Stated: true, Counters: pullRequests},
	CopilotPullRequests: {Breakdown: CopilotPullRequests, Field: "pull_requests", Stated: true, Counters: copilotPullRequests},
	CopilotMergeTimes:   {Breakdown: CopilotMergeTimes, Field: "pull_requests", Stated: true, Counters: copilotMergeTimes},
	ByCommentType: {Breakdown: ByCommentType, Field: "pull_requests.copilot_suggestions_by_comment_type", Keys: []Key{KeyCommentType}, Stated: true,
		Counters: []Counter{CopilotSuggestions, CopilotSuggestionsApplied}},
	RepositoryPullRequests:        {Breakdown: RepositoryPullRequests, Field: "pull_requests of repositories", Keys: []Key{KeyRepository}, Stated: true, Counters: pullRequests},
	RepositoryCopilotPullRequests: {Breakdown: RepositoryCopilotPullRequests, Field: "pull_requests of repositories", Keys: []Key{KeyRepository}, Stated: true, Counters: copilotPullRequests},
	RepositoryMergeTimes:          {Breakdown: RepositoryMergeTimes, Field: "pull_requests of repositories", Keys: []Key{KeyRepository}, Stated: true, Counters: copilotMergeTimes},
	RepositoryReviewTimes: {Breakdown: RepositoryReviewTimes, Field: "pull_request_review_times", Keys: []Key{KeyRepository}, Stated: true,
		Counters: []Counter{HumanReviewedMerges, FirstReviewMinutes, FinalReviewMinutes, ReviewToMergeMinutes, FirstReviewMinutesP90, FinalReviewMinutesP90, ReviewToMergeMinutesP90}},
}

// servingOrder lists the breakdowns in the order in which they are tried: the first that has
// every key a query needs, and the counters of its measure, serves it.
var servingOrder = []Breakdown{Totals, ByFeature, ByIDE, ByLanguageFeature, ByModelFeature, ByLanguageModel, BySignal, ByPhase,
	BySession, ByAgentApp, BySkill, ByCustomAgent, ByMCP, BySlashCommand, ByPlugin,
	BySurfaceUsers, ByEngagement, Engagement, DistinctUses, PullRequests, CopilotPullRequests, CopilotMergeTimes,
	StatedPhases, PhaseActivity, PhaseReviews, ByCommentType,
	RepositoryPullRequests, RepositoryCopilotPullRequests, RepositoryMergeTimes, RepositoryReviewTimes}

// Serving returns the breakdown that carries the measure with all the keys, or
// an error that names the breakdowns that exist. This is the one table of which
// combination can be answered: queries, pages and filters all ask it.
func Serving(m *Measure, keys []Key) (Breakdown, error) {
	need := append(slices.Clone(keys), m.keys()...)
	divided := slices.ContainsFunc(keys, func(k Key) bool { return k != NoKey })
	for _, b := range servingOrder {
		if info := &Breakdowns[b]; info.hasKeys(need) && !info.lacksCounters(m) && !(divided && m.ofWholeRecords()) && !(info.Stated && m.CountsPeople()) {
			return b, nil
		}
	}
	return 0, fmt.Errorf("no report breaks %s down by %s; the breakdowns that exist: %s", m.Name, joinKeys(need), listBreakdowns(m))
}

// ofWholeRecords reports whether the measure is of whole records, so that no row of a
// breakdown has a part of it: credits, whether lines are known, and by how much
// a record's features exceed its total.
func (m *Measure) ofWholeRecords() bool {
	return m.Users != nil && m.Users.Reporting ||
		m.Sum != nil && (m.Sum.Part == Discrepancy || slices.ContainsFunc(m.Sum.Counters, func(c Counter) bool { return c.OfRecords() && !c.InRows() }))
}

// CountsPeople reports whether the measure counts people, whom no breakdown knows that is
// stated beside their records.
func (m *Measure) CountsPeople() bool { return m.Users != nil || m.Ratio != nil && m.Ratio.PerUser }

// keys returns the columns that the measure itself needs.
func (m *Measure) keys() []Key {
	for _, s := range m.Sums() {
		switch s.Part {
		case Whole:
		case InPhase, Passive:
			return []Key{KeyPhase}
		default:
			return []Key{KeyFeature}
		}
	}
	return nil
}

// FixesFeatures reports whether the measure selects features by itself, so that
// showing it by mode, surface or initiator would compare a part with itself.
func (m *Measure) FixesFeatures() bool { return slices.Contains(m.keys(), KeyFeature) }

func (b *BreakdownInfo) hasKeys(keys []Key) bool {
	for _, k := range keys {
		if k != NoKey && !slices.Contains(b.Keys, k) {
			return false
		}
	}
	return true
}

func (b *BreakdownInfo) lacksCounters(m *Measure) bool {
	for _, s := range m.Sums() {
		for _, c := range slices.Concat(s.Counters, s.With) {
			if !b.Carries(c) {
				return true
			}
		}
	}
	return false
}

func joinKeys(keys []Key) string {
	var names []string
	for _, k := range keys {
		if k != NoKey && !slices.Contains(names, string(k)) {
			names = append(names, string(k))
		}
	}
	return strings.Join(names, " × ")
}

func listBreakdowns(m *Measure) string {
	if m.ofWholeRecords() {
		return "none (it is of whole records)"
	}
	var names []string
	for _, b := range servingOrder {
		if b := &Breakdowns[b]; len(b.Keys) > 0 && b.hasKeys(m.keys()) && !b.lacksCounters(m) {
			names = append(names, joinKeys(b.Keys))
		}
	}
	return strings.Join(names, ", ")
}
