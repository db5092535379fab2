package report

// field is a member that a record or row has a place for.
type field uint8

// The fields. The counters come first, in the order of Counters; the breakdowns
// and flags are in the order of Record and FlagFields.
const (
	firstCounter field = iota
	lastCounter        = firstCounter + NumCounters - 1
)

const (
	fIDE field = lastCounter + 1 + iota
	fFeature
	fLanguage
	fModel
	fIDEVersion
	fPluginVersion
	fByIDE
	fByFeature
	fByLanguageFeature
	fByLanguageModel
	fByModelFeature
	firstFlag
)

const (
	fDay field = firstFlag + 8 + iota
	fUserID
	fLogin
	fEnterprise
	fOrganization
	fTool
	fReportStart
	fReportEnd
	fCreated
	fCredits
	fPhase
	fDaily
	fWeekly
	fMonthly
	fTeamID
	fSlug
	fRepo
	fAssignee
	fDayTotals
	fSeats
	fLinks
	fUnknown
	numFields
)

// fields is a set of fields.
type fields uint64

func set(f ...field) (s fields) {
	for _, f := range f {
		s |= 1 << f
	}
	return s
}

func (s fields) has(f field) bool     { return s>>f&1 != 0 }
func (s fields) hasAny(t fields) bool { return s&t != 0 }
func span(first, last field) fields   { return 1<<(last+1) - 1<<first }

var (
	counterFields   = span(firstCounter, lastCounter)
	breakdownFields = span(fByIDE, fByModelFeature)
	flagFields      = span(firstFlag, firstFlag+7)
	idFields        = set(fEnterprise, fOrganization)

	// markerFields tell the kinds other than user-day and aggregate day.
	markerFields = set(fTeamID, fSlug, fRepo, fAssignee, fDayTotals, fSeats, fLinks)
	// userFields occur on user records only.
	userFields = set(fUserID, fLogin) | flagFields
	// aggregateFields make a flat object without them unrecognised.
	aggregateFields = counterFields | breakdownFields | idFields | set(fDaily, fWeekly, fMonthly)

	// reportFields are those that only reports have: an object without any of them is
	// something else.
	reportFields = userFields | aggregateFields | markerFields | set(fDay, fReportStart, fReportEnd, fCredits, fPhase)

	// What a member of each kind of object is decoded as; all else is Extra.
	dayFields = counterFields | breakdownFields | flagFields | idFields | set(fDay, fUserID, fLogin, fTool,
		fReportStart, fReportEnd, fCreated, fCredits, fPhase, fDaily, fWeekly, fMonthly)
	teamFields    = idFields | set(fDay, fUserID, fLogin, fTool, fTeamID, fSlug, fReportStart, fReportEnd, fCreated)
	repoFields    = idFields | set(fDay, fTool, fRepo)
	wrapperFields = idFields | set(fReportStart, fReportEnd, fCreated)
)

// rowKeys are the key fields of each breakdown's rows, from fByIDE on.
var rowKeys = [...]fields{
	set(fIDE, fIDEVersion, fPluginVersion), set(fFeature), set(fLanguage, fFeature), set(fLanguage, fModel), set(fModel, fFeature),
}

var fieldNames = [numFields]string{
	"user_initiated_interaction_count", "code_generation_activity_count", "code_acceptance_activity_count",
	"loc_suggested_to_add_sum", "loc_suggested_to_delete_sum", "loc_added_sum", "loc_deleted_sum",
	fIDE: "ide", fFeature: "feature", fLanguage: "language", fModel: "model",
	fIDEVersion: "last_known_ide_version", fPluginVersion: "last_known_plugin_version",
	fByIDE: "totals_by_ide", fByFeature: "totals_by_feature", fByLanguageFeature: "totals_by_language_feature",
	fByLanguageModel: "totals_by_language_model", fByModelFeature: "totals_by_model_feature",
	firstFlag: FlagFields[0], FlagFields[1], FlagFields[2], FlagFields[3],
	FlagFields[4], FlagFields[5], FlagFields[6], FlagFields[7],
	fDay: "day", fUserID: "user_id", fLogin: "user_login", fEnterprise: "enterprise_id",
	fOrganization: "organization_id", fTool: "tool", fReportStart: "report_start_day",
	fReportEnd: "report_end_day", fCreated: "created_at", fCredits: "ai_credits_used",
	fPhase: "ai_adoption_phase", fDaily: "daily_active_users", fWeekly: "weekly_active_users",
	fMonthly: "monthly_active_users", fTeamID: "team_id", fSlug: "slug", fRepo: "repo_id",
	fAssignee: "assignee", fDayTotals: "day_totals", fSeats: "seats", fLinks: "download_links",
}

// quoted holds each field's name as a member begins, with quotes and colon.
var quoted = func() (q [numFields]string) {
	for f, name := range fieldNames {
		q[f] = `"` + name + `":`
	}
	q[fUnknown] = "\x00"
	return q
}()

var fieldByName = func() map[string]field {
	m := make(map[string]field, numFields)
	for f, name := range fieldNames[:fUnknown] {
		m[name] = field(f)
	}
	return m
}()

func lookup(name []byte) field {
	if f, ok := fieldByName[string(name)]; ok {
		return f
	}
	return fUnknown
}
