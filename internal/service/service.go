// Package service is the product without a face: what the command line, the
// API and the pages ask for, in words. It resolves words to directory entities,
// reads report files into the store and puts names into answers.
package service

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// Options configures a Service. Now is time.Now unless a test sets it.
type Options struct {
	Now func() time.Time
	Log *slog.Logger
	// Parquet reads and writes Parquet files; nil refuses them.
	Parquet Parquet
}

// Parquet converts between NDJSON and Parquet.
type Parquet interface {
	// ToNDJSON reads a Parquet file and returns its rows as NDJSON.
	ToNDJSON(name string, r io.Reader) (io.ReadCloser, error)
	// FromNDJSON reads NDJSON and writes a Parquet file.
	FromNDJSON(ndjson io.Reader, w io.Writer) error
}

// Directory is what the service needs of a directory.Directory.
type Directory interface {
	directory.Entities
	directory.Seats
	People
	Privacy(ctx context.Context, enterprise int64) (directory.Privacy, error)
	directory.Erasures
	// Revision rises with every change.
	Revision(ctx context.Context) (int64, error)
	Ping(ctx context.Context) error
}

// Service answers and imports. It is safe for concurrent use.
type Service struct {
	dir   Directory
	store store.Store
	opt   Options

	importing sync.Mutex // imports and deletions, one at a time
	memory    memory
}

// New returns a Service over a directory and a store, which it does not close.
func New(dir Directory, st store.Store, opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{dir: dir, store: st, opt: opt}
}

// DirectoryVersion rises with every change of the directory: of seats and names, which
// the data's version does not know.
func (s *Service) DirectoryVersion(ctx context.Context) (int64, error) {
	version, err := s.dir.Revision(ctx)
	if err != nil {
		return 0, fmt.Errorf("directory's version: %w", err)
	}
	return version, nil
}

// Today returns the current UTC day.
func (s *Service) Today() day.Day { return day.Of(s.opt.Now()) }

// Words is a question as people and programs write it; the names are the
// command line's flags and the API's parameters.
type Words struct {
	Enterprise, Org, Team string
	Measures, By          []string
	From, To              string
	Days                  int
	// Where holds dimension=value; several values of one dimension are
	// alternatives. organization and team narrow the scope instead.
	Where      []string
	Surface    string
	Definition string
	Source     string
	Compare    bool
}

// Status says how good a scope's data is over a range.
type Status struct {
	Scope query.Scope
	Range day.Range // the range asked for, or the default window
	Data  day.Range // first and last day with data; empty if there is none
	// CompleteTo is the earlier of (today − 3 days) and the last day with data, judged
	// over the sources that are on time. 0 if there is no data.
	CompleteTo day.Day
	// Settling lists the days after CompleteTo, up to today, that have data.
	Settling []day.Day
	// Missing lists the days of Range, not after CompleteTo, without data.
	Missing []day.Day
	// Reduced counts user records in Range whose lines are unknown.
	Reduced int64
	Sources []SourceStatus
	// Aggregate lists the days of Range that come from aggregates only, Union the
	// organizations whose union stands for an enterprise without a report of its own.
	Aggregate []day.Day
	Union     []string
	// TotalsOnly lists the days of Range of which retention left nothing but totals.
	TotalsOnly []day.Day
	// DataVersion changes with every change of the enterprise's data.
	DataVersion int64
}

// SourceStatus is one stream of reports: a reporting entity and a tool.
type SourceStatus struct {
	Source directory.Entity
	Tool   string
	Kind   report.Kind
	Days   day.Range
	Late   bool // ends before the day to which the others are complete
}

// Ledger is what an import or deletion did, all of it.
type Ledger struct {
	Enterprise string            `json:"enterprise,omitempty"`
	ImportID   int64             `json:"import_id,omitempty"`
	Preview    bool              `json:"preview,omitempty"`
	Files      []report.FileStat `json:"files"`
	Records    map[string]int64  `json:"records"`
	Users      int64             `json:"users"`
	// Refused holds the first refusals (at most 10,000), RefusedTotal counts all.
	Refused      []report.Refusal  `json:"refused"`
	RefusedTotal int64             `json:"refused_total"`
	Warnings     []report.Warning  `json:"warnings"`
	Days         []store.DayChange `json:"days"`
	From         day.Day           `json:"from,omitempty"`
	To           day.Day           `json:"to,omitempty"`
	Seconds      float64           `json:"seconds"`
}

// ImportRequest asks to read inputs.
type ImportRequest struct {
	Inputs []report.Input
	// Enterprise and Org are slugs (or ids) the records belong to.
	Enterprise, Org string
	// Scope is "", "enterprise" or "organization".
	Scope string
	// Tool is the tool of records that name none; "" is copilot.
	Tool    string
	Part    bool
	Preview bool
	// Progress, if set, is told the input bytes read so far, at times.
	Progress func(bytes int64)
}

// DeleteRequest asks to delete what matches every field that is set.
type DeleteRequest struct {
	Enterprise, Org, User, Tool string
	From, To                    string
	Import                      int64
}

// ExportRequest asks for stored records.
type ExportRequest struct {
	Enterprise, Org string
	// Report is one of ReportNames.
	Report string
	// Day is the day, or the last of the 28; "" is the last day with data.
	// From and To, if set, export every day between instead.
	Day, From, To string
	// Format is ndjson (default), csv or parquet.
	Format string
	Tool   string
}

// Words says what is exported, for the audit log.
func (r ExportRequest) Words() string {
	days := cmp.Or(r.Day, "the last day")
	if r.From != "" {
		days = r.From + " to " + r.To
	}
	return r.Report + ", " + days + ", " + cmp.Or(r.Format, "ndjson")
}

// Reconciliation is how the numbers of a scope and range add up, for lines
// added plus deleted (and each alone).
type Reconciliation struct {
	Definition metric.Definition `json:"definition"`
	From       day.Day           `json:"from"`
	To         day.Day           `json:"to"`
	Total      Lines             `json:"total"`
	// Parts are user, agent, unclassified, discrepancy: they add up to Total.
	Parts []Part `json:"parts"`
	// Checks compare the total with each breakdown's sum.
	Checks []Check `json:"checks"`
	Rows   int64   `json:"rows"`
	// Days lists the days on which reports contradict themselves.
	Days        []DayResidual `json:"days,omitempty"`
	DataVersion int64         `json:"data_version"`
}

// Lines are added, deleted and both together; nil is unknown.
type Lines struct {
	Added   *int64 `json:"added"`
	Deleted *int64 `json:"deleted"`
	Changed *int64 `json:"changed"`
}

// Part is one part of the total.
type Part struct {
	Name  string `json:"name"`
	Lines Lines  `json:"lines"`
}

// Check compares the total with the sum of one breakdown.
type Check struct {
	Breakdown string `json:"breakdown"` // feature, ide, language, model
	Sum       Lines  `json:"sum"`
	// Residuals add up to total − sum; each has its cause.
	Residuals []Residual `json:"residuals"`
}

// Residual is a difference and its cause.
type Residual struct {
	Cause string `json:"cause"`
	Lines Lines  `json:"lines"`
}

// DayResidual is a day whose report's feature sums differ from its total.
type DayResidual struct {
	Day      day.Day `json:"day"`
	Total    Lines   `json:"total"`
	Features Lines   `json:"features"`
}

// EnterpriseSummary is a row of the front page.
type EnterpriseSummary struct {
	Entity      directory.Entity
	Lines       *int64
	ActiveUsers *int64
	CompleteTo  day.Day
	Sources     int
	Late        int
}

// Coverage is what Coverage shows: who sends what, since when, and what is missing.
type Coverage struct {
	Status Status
	// Days holds, for each source, one state a day of the range.
	Days []CoverageRow
	// Below lists the people below a minimum version, by client and version.
	Below []BelowMinimum
	// People counts active people in the range, Reporting those whose lines are known.
	People, Reporting *int64
	// Seats counts assigned seats, nil if none were imported.
	Seats *int64
	// Unlinked counts those active in the range whom nobody has linked to a person:
	// each counts for itself; nil where they are not counted.
	Unlinked *int64
}

// CoverageRow is one source's days.
type CoverageRow struct {
	Source SourceStatus
	Days   []DayState
}

// DayState is present, settling, missing, partial (lines were refused) or none (before the
// source's first day, or after today).
type DayState struct {
	Day     day.Day
	State   string
	Records int64
	Reduced int64
}

// BelowMinimum is a group of people whose client is too old to report lines.
type BelowMinimum struct {
	IDE, Label            string
	IDEVersion            string // as last seen
	Plugin, PluginVersion string
	Features              []string // what the client does not report
	UpgradeIDE            string   // the minimum that covers all features, "" if it is the extension alone
	UpgradePlugin         string
	People                int
	Logins                []string
}

// API is the Service as its callers see it; the command line has a second
// implementation that asks a running server.
type API interface {
	Import(ctx context.Context, req ImportRequest) (*Ledger, error)
	Delete(ctx context.Context, req DeleteRequest) (*Ledger, error)
	Query(ctx context.Context, w Words) (*query.Answer, error)
	Reconcile(ctx context.Context, w Words) (*Reconciliation, error)
	Export(ctx context.Context, req ExportRequest, w io.Writer) error
	Verify(ctx context.Context) (*Verification, error)
}

// Verification is what verify found.
type Verification struct {
	Enterprises []VerifiedEnterprise `json:"enterprises"`
	Findings    []store.Finding      `json:"findings"`
	Clean       bool                 `json:"clean"`
}

// VerifiedEnterprise is an enterprise's ledger over all its days.
type VerifiedEnterprise struct {
	Enterprise     string          `json:"enterprise"`
	Reconciliation *Reconciliation `json:"reconciliation,omitempty"`
	// AddsUp says that parts equal the total to the line.
	AddsUp bool `json:"adds_up"`
}
