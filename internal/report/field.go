package report

// field is a JSON member that a Record or Row has a Go field for.
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

func fieldSet(f ...field) (s fields) {
	for _, f := range f {
		s |= 1 << f
	}
	return s
}

func (s fields) has(f field) bool         { return s>>f&1 != 0 }
func (s fields) hasAny(t fields) bool     { return s&t != 0 }
func fieldRange(first, last field) fields { return 1<<(last+1) - 1<<first }

var (
	counterFields   = fieldRange(firstCounter, lastCounter)
	breakdownFields = fieldRange(fByIDE, fByModelFeature)
	flagFields      = fieldRange(firstFlag, firstFlag+7)
	idFields        = fieldSet(fEnterprise, fOrganization)

	// markerFields tell the kinds other than user-day and aggregate day.
	markerFields = fieldSet(fTeamID, fSlug, fRepo, fAssignee, fDayTotals, fSeats, fLinks)
	// userFields occur on user records only.
	userFields = fieldSet(fUserID, fLogin) | flagFields
	// aggregateFields are those of which an aggregate day has at least one.
	aggregateFields = counterFields | breakdownFields | idFields | fieldSet(fDaily, fWeekly, fMonthly)

	// reportFields occur only in reports: an object without any of them is unrelated.
	reportFields = userFields | aggregateFields | markerFields | fieldSet(fDay, fReportStart, fReportEnd, fCredits, fPhase)

	// The fields that are decoded, by kind of object; all other members go to Extra.
	dayFields = counterFields | breakdownFields | flagFields | idFields | fieldSet(fDay, fUserID, fLogin, fTool,
		fReportStart, fReportEnd, fCreated, fCredits, fPhase, fDaily, fWeekly, fMonthly)
	teamFields    = idFields | fieldSet(fDay, fUserID, fLogin, fTool, fTeamID, fSlug, fReportStart, fReportEnd, fCreated)
	repoFields    = idFields | fieldSet(fDay, fTool, fRepo)
	wrapperFields = idFields | fieldSet(fReportStart, fReportEnd, fCreated)
)

// rowKeys are the fields of each breakdown's rows besides counters, in the order of the
// breakdowns from fByIDE on.
var rowKeys = [...]fields{
	fieldSet(fIDE, fIDEVersion, fPluginVersion), fieldSet(fFeature), fieldSet(fLanguage, fFeature), fieldSet(fLanguage, fModel), fieldSet(fModel, fFeature),
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

// quotedNames holds each field's name as it begins a member: with quotes and a colon.
var quotedNames = func() (q [numFields]string) {
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

func fieldNamed(name []byte) field {
	if f, ok := fieldByName[string(name)]; ok {
		return f
	}
	return fUnknown
}
