// Package report reads and writes the records of GitHub's Copilot usage-metrics
// reports: user-days, aggregate days, team memberships, repositories and seats.
//
// A record keeps everything that its object carried. What Codegauge computes
// with is decoded into fields; all else stays, as it came, in Extra, so that a
// record exports with the fields nobody here knows. Absent is not zero: a
// counter says whether it was there, and a breakdown that was absent (nil) is
// not one that was empty.
package report

import (
	"time"

	"codegauge/internal/day"
)

// Kind is what an object is a record of, told from its fields.
type Kind uint8

// The kinds of record.
const (
	UnknownKind Kind = iota
	// UserDay is a row of users-1-day or users-28-day.
	UserDay
	// AggregateDay is a flat enterprise-1-day or organization-1-day object, or
	// one element of a wrapped report's day_totals.
	AggregateDay
	// UserTeam is a row of user-teams-1-day.
	UserTeam
	// RepoDay is a row of repos-1-day.
	RepoDay
	// Seat is one seat of a billing answer.
	Seat
)

// String returns the kind as ledgers name it.
func (k Kind) String() string {
	return [...]string{"unknown", "users", "aggregate", "user-teams", "repos", "seats"}[k]
}

// NumCounters is the number of counters in Counters.
const NumCounters = 7

// Counters are the seven counters of a record or row, in the order of
// metric.Counter: interactions, generations, acceptances, lines suggested to
// add and to delete, lines added and deleted. Bit i of Present says whether
// counter i was there; a counter that was not is zero in N.
type Counters struct {
	N       [NumCounters]int64
	Present uint8
}

// Get returns counter i and whether it was there.
func (c *Counters) Get(i int) (int64, bool) { return c.N[i], c.Present&(1<<i) != 0 }

// Set sets counter i.
func (c *Counters) Set(i int, n int64) { c.N[i] = n; c.Present |= 1 << i }

// Row is one row of a breakdown. The keys that its breakdown lacks are "".
type Row struct {
	IDE, Feature, Language, Model string
	Counters
	// Of totals_by_ide on user records: last_known_ide_version.ide_version and
	// last_known_plugin_version.plugin and .plugin_version. The objects they
	// came in, with their sampled_at, stay in Extra.
	IDEVersion, Plugin, PluginVersion string
	// Extra is the row's other members, comma-separated JSON ("a":1,"b":2),
	// as they came; nil if there were none. Explicit nulls of known fields are
	// kept here too.
	Extra []byte
}

// Flags is a set of yes/no signs. Bit i of Known says whether flag i was there
// (and not null), bit i of Value what it said.
type Flags struct{ Known, Value uint16 }

// The flags of a user record, as bits of Flags.
const (
	UsedAgent uint16 = 1 << iota
	UsedChat
	UsedCLI
	UsedCopilotApp
	UsedCodingAgent
	UsedCloudAgent
	UsedCodeReviewActive
	UsedCodeReviewPassive
)

// FlagFields names the flags' fields, in the order of their bits.
var FlagFields = [...]string{
	"used_agent", "used_chat", "used_cli", "used_copilot_app", "used_copilot_coding_agent",
	"used_copilot_cloud_agent", "used_copilot_code_review_active", "used_copilot_code_review_passive",
}

// Reported holds the distinct counts that an aggregate day states about itself;
// nil where absent.
type Reported struct {
	Daily, Weekly, Monthly *int64
}

// Record is one record of any kind. Strings are shared between records: treat
// them as read-only.
type Record struct {
	Kind Kind
	Day  day.Day
	// Tool is the record's own "tool" member; "" is Copilot.
	Tool string
	// UserID is the user_id, written without quotes; UserIDString says that it
	// came as a JSON string. Login is the user_login.
	UserID       string
	UserIDString bool
	Login        string
	// EnterpriseID and OrganizationID are the ids in the record, "" if absent.
	// ("enterprise_id": 1 and "1" are the same id.)
	EnterpriseID, OrganizationID string

	// ReportStart, ReportEnd and CreatedAt come from the record or from the
	// wrapper around it; zero if absent.
	ReportStart, ReportEnd day.Day
	CreatedAt              time.Time

	Totals            Counters
	ByIDE             []Row
	ByFeature         []Row
	ByLanguageFeature []Row
	ByLanguageModel   []Row
	ByModelFeature    []Row

	Flags    Flags
	Credits  *int64 // ai_credits_used in millionths; one with more decimals stays in Extra too
	Phase    *int64 // ai_adoption_phase.phase_number; the object stays in Extra
	Reported Reported

	// TeamID and TeamSlug are a UserTeam's team.
	TeamID, TeamSlug string

	// Seats: assignee id and login are UserID and Login.
	SeatOrganization string // organization.login
	SeatTeam         string // assigning_team.slug
	SeatCreated      time.Time
	SeatLastActivity time.Time
	SeatEditor       string
	SeatPlan         string
	// SeatSeen is the newest of the seat's time stamps but created_at.
	SeatSeen time.Time

	// Repo is a RepoDay's repo_id.
	Repo string

	// Extra is every top-level member that no field above holds, as it came,
	// comma-separated JSON members; Wrapper is the same for the wrapper object
	// that an AggregateDay came in (without day_totals).
	Extra   []byte
	Wrapper []byte

	// File and Line say where the record began, for messages. Seq orders the
	// records of one Reader as they stand in its input.
	File string
	Line int
	Seq  int64
}

// Rejection is a piece of input that is not a record.
type Rejection struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
	// Day is the day that the refused text seems to speak of, 0 if none could
	// be made out: then any day of the file may lack a record.
	Day day.Day `json:"day,omitempty"`
	// Text is how the refused text begins, at most 200 bytes.
	Text string `json:"text,omitempty"`
	// NoRecord says that the text cannot have been a record: no day lacks one for it.
	NoRecord bool `json:"-"`
}

// Warning is something that was imported but should be looked at.
type Warning struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Reason string `json:"reason"`
	// Count is how many there are that differ only in numbers and in quoted text, of
	// which this is the first; 0 means one.
	Count int64 `json:"count,omitempty"`
}

// Batch is a run of records that one call of Reader.Next decoded. The next call
// with the same Batch reuses its memory: copy what must outlive it.
type Batch struct {
	Records []Record
	// SeatPages are the billing answers that the seats among Records stand in.
	SeatPages []SeatPage
	arena     arena
}

// SeatPage is a billing answer, or one of its pages.
type SeatPage struct {
	File string
	Line int
	Seq  int64
	// A CSV list of seats is one page, of which several batches may have parts, all of
	// one Seq.
	// Total is how many people the whole answer says to have seats, 0 if it does not
	// say; Listed how many seats this page has, those that were refused too.
	Total, Listed int64
	// From and To are the page's seats, Records[From:To].
	From, To int
	// Seen is the newest time stamp in the page that is not a seat's created_at.
	Seen time.Time
}
