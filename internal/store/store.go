// Package store is the contract of an analytics store: records go in by
// imports, each one transaction; answers come out of query.Query. Package
// storetest holds what every implementation must do; package oracle is the
// plain Go reading of docs/metrics.md that proves the others.
package store

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
)

// Item is a record whose place is known: the caller has asked the directory
// whose record it is.
type Item struct {
	*report.Record
	// Enterprise is the record's enterprise; Source the entity whose report
	// it stands in: the enterprise itself or one of its organizations.
	Enterprise, Source int64
	// Organization and Team are, on UserTeam records, where the user belongs;
	// Organization is 0 for a team of the enterprise.
	Organization, Team int64
	// Tool is the tool, never "".
	Tool string
	// Data is what kind of data the record is.
	Data metric.DataKind
	// Version orders the reports of one source about one day: when sync fetched
	// the report; of a file its created_at, else the end (UTC) of the last day that
	// it is about. When a file is imported says nothing about how new it is.
	Version time.Time
}

// Items hands out an import's items. Next fills buf with at least one item and
// returns how many, or 0 and io.EOF. It may be called from several goroutines
// at once, each with a buffer of its own; items are valid until the next call
// with the same buffer.
type Items interface {
	Next(ctx context.Context, buf *Buffer) (int, error)
	// Rejections returns what was refused, once Next has returned io.EOF.
	Rejections() []report.Rejection
	// BeforeCommit is called once with the import's number, in the transaction that
	// makes the import current: what it writes to the database with ctx is committed
	// with the import or not at all, and its error undoes the import. A preview does
	// not call it.
	BeforeCommit(ctx context.Context, id int64) error
}

// Buffer is one reader's memory.
type Buffer struct {
	Items []Item
	Batch report.Batch
}

// Import describes one call of import.
type Import struct {
	At time.Time
	// Origin says where the records came from, for people ("3 files, first
	// users.ndjson").
	Origin string
	// Complete says that the items hold every file of their reports, so that a day
	// in a report's span without a row of it is cleared.
	Complete bool
	// Preview does everything but commit: the Outcome is what would be.
	Preview bool
}

// Outcome is what an import or deletion did.
//
// How records replace one another, for every implementation:
//
//   - The key of a user record is (enterprise, day, user, tool); each source
//     keeps its own claim on a key, of each kind of data. Of the kinds that have a
//     claim on a person's day with a tool (of any of the person's identities) the
//     first by rank counts (metric.DataKinds), the others give no value. Within a
//     kind the claim with the highest version gives the values; of equal versions
//     the enterprise's own, then that of the source with the lowest number. The
//     record goes with its last claim. The key of an aggregate is (source, day,
//     tool), of a user-teams row (source, day, tool, user, organization, team), of a
//     repository's (source, day, tool, repo), each of a kind of data; of several
//     kinds of a source's aggregate, or of its repositories' rows, about a day and
//     tool the first counts. An entity's figures of a day and tool come from user
//     records or its aggregate as query.Auto says; where those are of different
//     kinds of data, from the first by rank.
//   - A report day is what reports of one source, of one kind of report and of
//     data, say about one tool and day: all that follows is within it. The items of one import with the same report day and version are one
//     report; of two of its items with one key the later in the input wins, with a
//     warning. Reports of several versions in one import are taken in the order of
//     their versions, as if each had been imported alone; the Outcome tells
//     how the day moved in all.
//   - A report of a higher version than the report day has replaces it: who is
//     missing from it loses the source's claim.
//   - A report of the same version is a further part of what is there: rows
//     that are new are added; rows that are there already, the same, stay those of
//     the import that brought them. If it changes a row that is there it is a later
//     copy: it replaces the report day whole, with a warning.
//   - A report of a lower version changes nothing (Skipped), with a warning.
//   - Where a line of the day was refused, whoever is missing from a report that
//     replaces users or user-teams keeps what they had, with its version, with a
//     warning. A rejection of no known day counts for every day of which its file has
//     items or that these state to cover; of a file that has none, for every day of the import.
//   - A day between a users or user-teams report's report_start_day and
//     report_end_day of which it has no row stays as it was, with a warning if it
//     holds rows of a lower version. If nothing was known of the day it is covered
//     from then on, without rows, by a report day of the zero version, which any
//     report replaces. With Import.Complete the day is cleared instead, and the
//     report day keeps the version, so that an older file cannot bring it back.
//   - user-teams items replace the membership of (source, day).
//   - The user in a UserDay of an organization's report was its member that day.
//   - Two claims on one key with different totals are a warning.
//   - The same user_id is one person across the tools whose numbers are GitHub's
//     ids (metric.Tools); any other user_id belongs to its tool. Link makes one
//     person of several identities: they count once, and where one of them
//     belonged on a day, all do.
//   - What a report replaced is kept for a time (Deletion.Import), out of every figure.
type Outcome struct {
	// ID numbers the import; 0 for a preview and for a deletion.
	ID int64 `json:"import_id,omitempty"`
	// Records counts, by kind, what was read; of a deletion, by how many records
	// report days became shorter.
	Records map[string]int64 `json:"records"`
	// Users counts the distinct people among the records.
	Users int64 `json:"users"`
	// Days lists how each (source, kind, tool, day) that the import touched moved.
	Days     []DayChange      `json:"days"`
	Warnings []report.Warning `json:"warnings"`
}

// DayChange is how one report day moved: totals only, no people.
type DayChange struct {
	Enterprise int64  `json:"-"`
	Source     int64  `json:"-"`
	SourceName string `json:"source"`
	Kind       string `json:"kind"`
	// Data is left out of JSON for reports.
	Data    metric.DataKind `json:"data_kind,omitempty"`
	Tool    string          `json:"tool"`
	Day     day.Day         `json:"day"`
	Skipped bool            `json:"skipped,omitempty"`
	Before  DayTotals       `json:"before"`
	After   DayTotals       `json:"after"`
}

// ToolText names the tool, and the kind of data unless it is reports.
func (d *DayChange) ToolText() string { return d.Data.After(d.Tool) }

// Idle reports whether there was and is nothing of the report day, of which a report
// only says that it covers it.
func (d *DayChange) Idle() bool {
	return !d.Skipped && d.Before == DayTotals{} && d.After == DayTotals{}
}

// DayTotals are a report day's totals: rows, and the lines of those rows that state
// them, unknown where none does.
type DayTotals struct {
	Records    int64 `json:"records"`
	LocAdded   Lines `json:"loc_added"`
	LocDeleted Lines `json:"loc_deleted"`
}

// Plus adds totals.
func (t DayTotals) Plus(o DayTotals) DayTotals {
	return DayTotals{t.Records + o.Records, t.LocAdded.Plus(o.LocAdded), t.LocDeleted.Plus(o.LocDeleted)}
}

// Lines is a number of lines, or unknown, which the zero value is; null in JSON.
type Lines struct {
	N     int64
	Known bool
}

// KnownLines is a known number of lines.
func KnownLines(n int64) Lines { return Lines{n, true} }

// Plus adds what is known of the two.
func (l Lines) Plus(o Lines) Lines { return Lines{l.N + o.N, l.Known || o.Known} }

// Fewer reports whether l is a smaller number than o, or unknown where o is known.
func (l Lines) Fewer(o Lines) bool { return l.N < o.N || !l.Known && o.Known }

func (l Lines) String() string {
	if !l.Known {
		return english.Unknown
	}
	return english.Number(l.N)
}

// MarshalJSON implements json.Marshaler.
func (l Lines) MarshalJSON() ([]byte, error) {
	if !l.Known {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, l.N, 10), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *Lines) UnmarshalJSON(b []byte) error {
	var n *int64
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("lines: %w", err)
	}
	*l = Lines{}
	if n != nil {
		*l = KnownLines(*n)
	}
	return nil
}

// Revision is one change in an enterprise's history.
type Revision struct {
	ID       int64     `json:"id"`
	At       time.Time `json:"at"`
	Origin   string    `json:"origin"`
	Action   string    `json:"action"` // import, delete, link, retain or erase
	Warnings int       `json:"warnings"`
	Rejected int       `json:"rejected"`
	// UndoneBy is the revision that undid all of this import, 0 if none did.
	UndoneBy int64       `json:"undone_by,omitempty"`
	Days     []DayChange `json:"days,omitempty"`
}

// Deletion selects what to delete of an enterprise; fields that are set are
// combined with AND, and a Deletion that sets none of them deletes everything
// the enterprise has. Unless Import is set, what was replaced goes too: undoing an
// import later does not bring back what was deleted.
type Deletion struct {
	Enterprise int64
	// Source deletes what an organization's own reports brought.
	Source int64
	// User deletes a person's claims of every source; aggregates stay. It names them
	// as query.ParseName says; see Ambiguous.
	User string
	Tool string
	// Data is the kind of data, nil for every one.
	Data *metric.DataKind
	// Range is set if To is.
	Range day.Range
	// Import undoes an import: each report day that it changed becomes what it would
	// be without it, from the rows of the imports before and after it that are there
	// or still kept. It cannot be combined with User.
	Import int64
	At     time.Time
	// Preview does everything but commit: the Outcome is what would be.
	Preview bool
	// BeforeCommit, if set, is called in the transaction that makes the deletion
	// current, as that of Items is.
	BeforeCommit func(ctx context.Context) error
}

// Report names what Export writes.
type Report struct {
	// Source is the entity whose own reports are exported.
	Enterprise, Source int64
	Kind               report.Kind // UserDay, AggregateDay or UserTeam
	// Data is the kind of data: a file of two would not say which record is of which.
	Data  metric.DataKind
	Range day.Range
	// Tool restricts to one tool, "" is all.
	Tool string
	// OrderOf, if set, returns what the records of a day and tool are ordered by, of their
	// user id or of a repository's: pseudonyms in the order of the records that they hide
	// would tell of them. Without it the order is the store's.
	OrderOf func(id string) string
	// Revision is of which revision records are, 0 the current one; what is no longer kept
	// of an earlier one is left out.
	Revision int64
}

// Origin says from what records a scope's figures of a day and tool come.
type Origin struct {
	Day    day.Day
	Tool   string
	Origin query.Origin
	// LinesUnknown counts the user records among them whose lines are unknown.
	LinesUnknown int64
}

// SourceDay says what is stored for one report day.
type SourceDay struct {
	Source  int64
	Kind    report.Kind
	Data    metric.DataKind
	Tool    string
	Day     day.Day
	Version time.Time
	Import  int64
	Records int64
	// LinesUnknown counts user records whose lines are unknown.
	LinesUnknown int64
	// Rejected says that lines of this day were rejected when it was imported.
	Rejected bool
}

// Comparison is what two kinds of data say of a day and tool about the people of whom both
// have a record: Counts is the kind that counts for them.
type Comparison struct {
	Day           day.Day
	Tool          string
	Counts, Other metric.DataKind
	// People is how many people that are, Differ of how many the two know different lines.
	People, Differ int64
	// Added and Deleted are the lines that Counts and Other have of the people of whom both
	// know them.
	Added, Deleted [2]Lines
}

// Add adds a person, of whom Counts and Other have these lines.
func (c *Comparison) Add(added, deleted [2]Lines) {
	c.People++
	differ := false
	for _, l := range []struct {
		sum  *[2]Lines
		more [2]Lines
	}{{&c.Added, added}, {&c.Deleted, deleted}} {
		if l.more[0].Known && l.more[1].Known {
			differ = differ || l.more[0] != l.more[1]
			l.sum[0], l.sum[1] = l.sum[0].Plus(l.more[0]), l.sum[1].Plus(l.more[1])
		}
	}
	if differ {
		c.Differ++
	}
}

// Client is a person's last known client in a range: an editor, or metric.CLI, whose version
// is IDEVersion.
type Client struct {
	// Name is what answers call the person.
	UserID, Name          string
	IDE, IDEVersion       string
	Plugin, PluginVersion string
	Last                  day.Day
}

// ClientCount is how many people have a client, which names no person and no day.
type ClientCount struct {
	Client
	People int
}

// Links says who is who in an enterprise, and where people belong whatever
// reports say: all of it, as the directory has it.
type Links struct {
	Enterprise int64
	People     []PersonOf
	Members    []MemberOf
	At         time.Time
}

// PersonOf gives an identity, which the data need not have yet, to a person by
// their number in the directory. Of two for one identity the last counts.
type PersonOf struct {
	Tool, UserID string
	Person       int64
}

// MemberOf is a person's time in an organization or team; Organization is 0 for
// a team of the enterprise, Team 0 for an organization itself.
type MemberOf struct {
	Person             int64
	Organization, Team int64
	Days               day.Range
}

// Identity is whom data speaks of. Tool is as metric.IdentityTool says; Login is that of
// the newest record that has one, Former the other ones that records have, in lower case
// and sorted.
type Identity struct {
	Tool, UserID, Login string
	Former              []string
}

// SharedLogins returns the logins that several user ids have, in lower case: what answers
// call those users has their ids too (query.UserName). One id in two tools is no help to
// tell users apart, and no reason to.
func SharedLogins(list iter.Seq[Identity]) map[string]bool {
	ids, shared := map[string]string{}, map[string]bool{}
	for i := range list {
		login := strings.ToLower(i.Login)
		if id, known := ids[login]; !known {
			ids[login] = i.UserID
		} else if id != i.UserID {
			shared[login] = true
		}
	}
	return shared
}

// FormerLogins returns what answers call those who had a login that is nobody's login or
// id now, by that login in lower case.
func FormerLogins(list []Identity) map[string][]string {
	shared, present := SharedLogins(slices.Values(list)), map[string]bool{}
	for _, i := range list {
		present[strings.ToLower(i.Login)], present[strings.ToLower(i.UserID)] = true, true
	}
	out := map[string][]string{}
	for _, i := range list {
		name := query.UserName(i.UserID, i.Login, shared[strings.ToLower(i.Login)])
		for _, login := range i.Former {
			if login = strings.ToLower(login); !present[login] && !slices.Contains(out[login], name) {
				out[login] = append(out[login], name)
			}
		}
	}
	return out
}

// Finding is a fault that Verify found in what is stored.
type Finding struct {
	Check string `json:"check"`
	// Enterprise is whose data it is, 0 if it is not known.
	Enterprise int64   `json:"-"`
	Scope      string  `json:"scope,omitempty"`
	Day        day.Day `json:"day,omitempty"`
	Detail     string  `json:"detail"`
}

// Store is an analytics store. Every method is safe for concurrent use; reads
// see the store before or after an import, never between. Errors that the user
// can mend are *fault.Error.
type Store interface {
	// Import reads all items in one transaction. On an error, and on a kill at
	// any moment, nothing has changed.
	Import(ctx context.Context, imp Import, items Items) (*Outcome, error)
	// Delete deletes in one transaction and returns how days moved.
	Delete(ctx context.Context, d Deletion) (*Outcome, error)
	// Link replaces what an enterprise's identities and memberships were linked
	// to, in one transaction that is a revision if it touches a day with data: its
	// Days are the user reports of those days, whose totals do not move. What is
	// so already changes nothing. A membership counts while the person has an
	// identity, on days that a user report covers.
	Link(ctx context.Context, l Links) (*Outcome, error)
	// Unlinked lists, sorted, who was active in the scope and is linked to no person.
	Unlinked(ctx context.Context, s query.Scope, r day.Range) ([]Identity, error)
	// Identities lists, sorted, whom the enterprise's data speaks of, or spoke of
	// before it was deleted.
	Identities(ctx context.Context, enterprise int64) ([]Identity, error)
	// Read runs f over one state of what the enterprise's questions are answered from; f
	// may run again, over another. An oracle, which keeps no rollups, refuses.
	Read(ctx context.Context, enterprise int64, f func(query.Rollups) error) error
	// ShownWeek returns what was decided to be shown of an ISO week to those who may not
	// view people; the zero ShownWeek if nothing was, or if what was is gone because
	// somebody was erased or data deleted.
	ShownWeek(ctx context.Context, enterprise int64, week day.Day) (ShownWeek, error)
	// KeepShownWeek replaces the decision with the same Number, and reports whether it did:
	// it does not if another one was kept, or the week's months have changed since Judged.
	KeepShownWeek(ctx context.Context, enterprise int64, week day.Day, w ShownWeek) (bool, error)
	// SumWeeks adds up the weeks of an enterprise, or of all if it is 0, that are over and were
	// not added up as they are now: questions about all organizations or teams are quick then.
	// It leaves out enterprises whose data is being changed, and changes no answer.
	SumWeeks(ctx context.Context, enterprise int64) error
	// Query answers q as its documentation says.
	Query(ctx context.Context, q query.Query) (*query.Result, error)
	// Export calls yield for each stored record of the report, in the order of
	// (day, user, tool, team). The record is as it came in, but for the order of
	// the rows within a breakdown, and valid until yield returns.
	Export(ctx context.Context, r Report, yield func(*report.Record) error) error
	// SourceDays lists the report days that the enterprise has in the range, sorted.
	SourceDays(ctx context.Context, enterprise int64, r day.Range) ([]SourceDay, error)
	// Origins says from what records the figures of a scope come that a source selects,
	// for each day and tool of the range for which there are any, by day and tool.
	Origins(ctx context.Context, s query.Scope, src query.Source, r day.Range) ([]Origin, error)
	// Comparisons compares kinds of data of which several have records of the scope's
	// people, for each day and tool of the range and pair of kinds, in that order.
	Comparisons(ctx context.Context, s query.Scope, r day.Range) ([]Comparison, error)
	// Span returns the first and last day with data of an entity, any tool; an
	// empty Range (To < From) if there is none.
	Span(ctx context.Context, s query.Scope) (day.Range, error)
	// Clients lists each person's last client per IDE in the range, of those whom the words
	// of users name (query.ParseName) if any are given.
	Clients(ctx context.Context, s query.Scope, r day.Range, users ...string) ([]Client, error)
	// CountClients counts, for each kind of client, the names of Clients with one of it;
	// kinds are asked about clients without a person.
	CountClients(ctx context.Context, s query.Scope, r day.Range, kinds ...func(Client) bool) ([]int, error)
	// EntitiesWithClient says of which organizations and teams somebody has a kind of client
	// as their last one of an IDE, in the range and on days on which they belonged there.
	EntitiesWithClient(ctx context.Context, enterprise int64, r day.Range, kind func(Client) bool) (map[int64]bool, error)
	// CountByClient counts the user ids of Clients with each client, in no order.
	CountByClient(ctx context.Context, s query.Scope, r day.Range) ([]ClientCount, error)
	// Values lists the distinct values of a dimension (tool, ide, feature,
	// language, model, signal, phase) that the entity has in the range, sorted.
	Values(ctx context.Context, s query.Scope, r day.Range, dimension string) ([]string, error)
	// Revisions lists the enterprise's imports and deletions, newest first, at
	// most limit; with their days if days is set.
	Revisions(ctx context.Context, enterprise int64, limit int, days bool) ([]Revision, error)
	// DataVersion rises with every committed change of the enterprise's data.
	DataVersion(ctx context.Context, enterprise int64) (int64, error)
	// Enterprises lists the enterprises that have report days, sorted.
	Enterprises(ctx context.Context) ([]int64, error)
	// Verify recomputes what is derived and reports where it differs.
	Verify(ctx context.Context) ([]Finding, error)
	// Ping reports whether the store answers.
	Ping(ctx context.Context) error
	Close() error
}

// ShownWeek is what was decided to be shown of a week, as package privacy writes it.
type ShownWeek struct {
	// Number counts the decisions, from 1.
	Number int64
	// Judged is the last revision that had changed the week's months (query.Rollups).
	Judged int64
	// Revisions are those of which the week can be read, beside the current one, as long as
	// this is kept (query.Rollups).
	Revisions []int64
	// Held says that a correction is held back.
	Held bool
	Body []byte
	// People is what is about single people: it goes with their records.
	People []byte
}

// Ambiguous is an error if nobody can tell which identity a word means: it names one by
// its id and another by its login alone, or several of one tool by their login.
func Ambiguous(word string, named []Identity) error {
	n := query.ParseName(word)
	var byID, byLogin []string
	ids := map[string][]string{}
	for _, i := range named {
		text := fmt.Sprintf("id %.60q (login %.60q)", i.UserID, i.Login)
		switch {
		case n.MatchesID(i.Tool, i.UserID):
			byID = append(byID, text)
		case n.Matches(i.Tool, i.UserID, i.Login):
			byLogin = append(byLogin, text)
			if i.UserID != "" && !slices.Contains(ids[i.Tool], i.UserID) { // a list of seats may say the login alone
				ids[i.Tool] = append(ids[i.Tool], i.UserID)
			}
		}
	}
	for _, tool := range slices.Sorted(maps.Keys(ids)) {
		if same := ids[tool]; len(same) > 1 && len(byID) == 0 && n.ID != "" {
			slices.Sort(same)
			return fault.New(fault.Conflict, "user %.60q is ambiguous, being the login of %s: write id:%s, or login:%s for all of them", word, english.Count(len(same), "user", "users"), strings.Join(same[:min(len(same), 10)], " or id:"), word)
		}
	}
	if len(byID) == 0 || len(byLogin) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "user %.60q is ambiguous, being the id of one user and the login of another: %s; write id:%[1]s or login:%[1]s",
		word, strings.Join(slices.Compact(slices.Sorted(slices.Values(append(byID, byLogin...)))), " and "))
}

// Erasure asks to forget whoever has some identities of an enterprise; Preview
// only counts. Organizations and teams to which they and in all fewer than
// Minimum people belonged in what totals alone are left of an ISO week lose that.
type Erasure struct {
	Enterprise int64
	Identities []Identity
	Minimum    int
	At         time.Time
	Preview    bool
}

// Eraser is a store that forgets somebody: their records, who they were, and from
// the history how the days with their records moved, since a difference of totals
// would say what they did. Days stay covered, and of days that are kept as totals
// only the totals stay, with a count of nobody's name, but for groups so small that
// they would say it too: what those did is in the totals of what they are part of.
type Eraser interface {
	// Erase does it in one transaction that is a revision, and returns what was
	// removed. What it removed stays in files until the store is opened again.
	Erase(ctx context.Context, e Erasure) (Removed, error)
}

// Retention asks to remove the records of people of an enterprise's days before
// one; Preview only counts them.
type Retention struct {
	Enterprise int64
	Before     day.Day
	At         time.Time
	Preview    bool
	// BeforeCommit, if set, is called in each transaction that removes something, with what
	// that is; its error undoes the transaction.
	BeforeCommit func(context.Context, Removed) error
}

// Removed is what a retention or an erasure removed, or would: of Count days, from
// the first to the last of Days, Records of users and Members of user-teams reports.
type Removed struct {
	Days    day.Range `json:"days"`
	Count   int64     `json:"count"`
	Records int64     `json:"records"`
	Members int64     `json:"members"`
}

// Add adds later days.
func (r *Removed) Add(o Removed) {
	if r.Count == 0 {
		r.Days.From = o.Days.From
	}
	r.Days.To = o.Days.To
	r.Count, r.Records, r.Members = r.Count+o.Count, r.Records+o.Records, r.Members+o.Members
}

// Retainer is a store that forgets people and keeps totals. What Query counts
// and adds up stays exactly what it was, but by user and for single users.
// Imports and partial deletions leave such days as they are, with a warning; a
// deletion of whole days deletes them too.
type Retainer interface {
	// Retain removes records in steps, each a transaction and a revision, and
	// returns what was removed, also beside an error.
	Retain(ctx context.Context, r Retention) (Removed, error)
	// TotalsOnly lists, sorted, the days of the range of which only totals are left.
	TotalsOnly(ctx context.Context, enterprise int64, r day.Range) ([]day.Day, error)
	// PruneReplaced removes what reports replaced before a time: undoing an import
	// no longer gives it back.
	PruneReplaced(ctx context.Context, enterprise int64, before time.Time) error
}
