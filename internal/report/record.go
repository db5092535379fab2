// Package report reads and writes the records of GitHub's Copilot usage-metrics
// reports: user-days, aggregate days, team memberships, repositories and seats.
//
// A record keeps every member of its JSON object. Members that Codegauge computes with
// are decoded into fields; all others stay in Extra as raw JSON, so that a record is
// exported with fields that this version does not know. Absent is not zero: Counters
// say which counters are present, and an absent breakdown (nil) differs from an empty
// one.
package report

import (
	"time"

	"codegauge/internal/day"
)

// Kind is what a record is about. It follows from the members that an object has.
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
	// Seat is one seat in a response of GitHub's seats API.
	Seat
)

// String returns the kind's name in reports of imports: "users", "aggregate".
func (k Kind) String() string {
	return [...]string{"unknown", "users", "aggregate", "user-teams", "repos", "seats"}[k]
}

// NumCounters is the number of counters in Counters.
const NumCounters = 7

// Counters are the seven counters of a record or row, in the order of
// metric.Counter: interactions, generations, acceptances, lines suggested to
// add and to delete, lines added and deleted. Bit i of Present is set if counter i
// is present; N is zero for those that are absent.
type Counters struct {
	N       [NumCounters]int64
	Present uint8
}

// Get returns counter i and whether it is present.
func (c *Counters) Get(i int) (int64, bool) { return c.N[i], c.Present&(1<<i) != 0 }

// Set sets counter i.
func (c *Counters) Set(i int, n int64) { c.N[i] = n; c.Present |= 1 << i }

// Row is one row of a breakdown. Keys that the breakdown does not have are "".
type Row struct {
	IDE, Feature, Language, Model string
	Counters
	// IDEVersion, Plugin and PluginVersion are from the rows of totals_by_ide of user
	// records: last_known_ide_version.ide_version, last_known_plugin_version.plugin and
	// .plugin_version. The objects around them, with sampled_at, stay in Extra.
	IDEVersion, Plugin, PluginVersion string
	// Extra holds the row's other members as comma-separated JSON ("a":1,"b":2),
	// unchanged, including explicit nulls of known fields; nil if there are none.
	Extra []byte
}

// Flags is a set of booleans. Bit i of Known is set if flag i is present and not null,
// bit i of Value if it is true.
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

// Reported holds the numbers of active users that an aggregate day states; nil where
// absent.
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
	// UserID is the user_id without quotes, UserIDString whether it was a JSON string.
	// Login is the user_login.
	UserID       string
	UserIDString bool
	Login        string
	// EnterpriseID and OrganizationID are the ids in the record, or in the wrapper around
	// it; "" if absent. The JSON values 1 and "1" are the same id.
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
	Credits  *int64 // ai_credits_used in millionths; a value that was rounded stays in Extra too
	Phase    *int64 // ai_adoption_phase.phase_number; the object stays in Extra
	Reported Reported

	// TeamID and TeamSlug are a UserTeam's team.
	TeamID, TeamSlug string

	// Of a Seat, whose UserID and Login are the assignee's.
	SeatOrganization string // organization.login
	SeatTeam         string // assigning_team.slug
	SeatCreated      time.Time
	SeatLastActivity time.Time
	SeatEditor       string
	SeatPlan         string
	// SeatSeen is the latest of the seat's timestamps other than created_at.
	SeatSeen time.Time

	// Repo is a RepoDay's repo_id.
	Repo string

	// Extra holds the top-level members that no field above holds, as comma-separated
	// JSON, unchanged. Wrapper is the same for the object around an AggregateDay from a
	// 28-day report, without day_totals.
	Extra   []byte
	Wrapper []byte

	// File and Line are where the record begins, for messages. Seq orders the records of
	// one Reader as they are in its input.
	File string
	Line int
	Seq  int64
}

// Rejection is a piece of input that could not be read as a record, and why.
type Rejection struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
	// Day is the day that the text seems to be about, 0 if unknown: then any day of the
	// file may lack a record.
	Day day.Day `json:"day,omitempty"`
	// Text is how the text begins, at most 200 bytes.
	Text string `json:"text,omitempty"`
	// NoRecord is set if the text cannot have been a record of a day, so that no day
	// lacks one.
	NoRecord bool `json:"-"`
}

// Warning is a problem with input that was read nevertheless.
type Warning struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Reason string `json:"reason"`
	// Count is the number of warnings that differ only in numbers and quoted text, of
	// which this is the first; 0 means 1.
	Count int64 `json:"count,omitempty"`
}

// Batch is the records that one call of Reader.Next decoded. The next call with the same
// Batch reuses its memory: copy what must outlive it.
type Batch struct {
	Records []Record
	// SeatPages are the pages that the seats among Records are on.
	SeatPages []SeatPage
	arena     arena
}

// SeatPage is one page of a response of GitHub's seats API, or a CSV list of seats.
type SeatPage struct {
	File string
	Line int
	// Seq identifies the page: several batches may have parts of one CSV list.
	Seq int64
	// Total is the number of seats that the page states for the whole response, 0 if
	// unknown. Listed is the number of seats on the page, including rejected ones.
	Total, Listed int64
	// From and To delimit the page's seats: Records[From:To].
	From, To int
	// Seen is the latest timestamp on the page other than a seat's created_at.
	Seen time.Time
}
