package directory

import (
	"context"
	"time"

	"codegauge/internal/day"
)

// Source is a service from which an enterprise's data is fetched every night.
type Source struct {
	ID, Enterprise int64
	// Organization is whose owner connected it, and of whom alone it fetches; 0 for a
	// source of the enterprise.
	Organization int64
	// Name is the source's in its enterprise.
	Name string
	// Kind is the service: "github".
	Kind    string
	BaseURL string
	// Slug is the enterprise's at the service, "" for an organization's source.
	Slug string
	// Orgs are the organizations to fetch; none for those that the service lists.
	Orgs []string
	// AllowHosts are hosts of download links besides those that the service is known to have.
	AllowHosts []string
	Paused     bool
	Created    time.Time
}

// SourceState is how far fetching has come.
type SourceState struct {
	// Next is when the next round is due, the zero time if none is.
	Next time.Time
	// Body is what package source says of the last rounds and checks, as JSON; nil if
	// there were none.
	Body []byte
}

// SourceCredential is a credential of a source. Sealed is it encrypted: nothing here can
// read it.
type SourceCredential struct {
	Source  int64
	Name    string
	Kind    string
	Sealed  []byte
	Created time.Time
}

// SourceFetch is what came of fetching one report of one day.
type SourceFetch struct {
	// Org is the organization's slug at the service, "" for the enterprise's report.
	Org    string
	Report string
	Day    day.Day
	// Hash is that of the files, "" if the service had none.
	Hash string
	// First is when it was fetched, or asked for, first, Last when last.
	First, Last time.Time
	// Same is how often it came unchanged since it last changed, Asked how often the
	// service had none.
	Same, Asked int
}

// SourceAlert is what a channel of alerts was last told of a source.
type SourceAlert struct {
	Source  int64
	Channel string
	// Status is what it was told, in words of package source; "" that the source is on time.
	Status string
	// Sent is when, the zero time for never.
	Sent time.Time
	// Error is why the last delivery failed, "" if it did not. Failures counts those since
	// the last success, and Next is when another is tried.
	Error    string
	Failures int
	Next     time.Time
}

// Sources are the services that data is fetched from.
type Sources interface {
	// Sources lists an enterprise's, or all if it is 0, by name.
	Sources(ctx context.Context, enterprise int64) ([]Source, error)
	// PutSource makes (ID 0) or changes a source and returns it. A name that another one
	// of the enterprise has is a fault.Conflict.
	PutSource(ctx context.Context, s Source) (Source, error)
	// RemoveSource removes a source, its credentials and what it remembers of fetching.
	// What it fetched stays.
	RemoveSource(ctx context.Context, id int64) error
	// SourceState returns the state; the zero SourceState if none was put.
	SourceState(ctx context.Context, id int64) (SourceState, error)
	// PutSourceState replaces the state. It is no revision, and not in the audit log.
	PutSourceState(ctx context.Context, id int64, s SourceState) error
	// SourceAlerts lists what channels were told of a source, by channel.
	SourceAlerts(ctx context.Context, id int64) ([]SourceAlert, error)
	// PutSourceAlert adds or replaces one. It is no revision, and not in the audit log.
	PutSourceAlert(ctx context.Context, a SourceAlert) error
	// SourcesDue lists the sources that are not paused and whose next round is due.
	SourcesDue(ctx context.Context, now time.Time) ([]int64, error)
	// PlanSource sets when the next round is due, and nothing else of the state.
	PlanSource(ctx context.Context, id int64, next time.Time) error
	// SourceCredentials lists a source's, by name.
	SourceCredentials(ctx context.Context, source int64) ([]SourceCredential, error)
	// PutSourceCredential adds a credential, or replaces the one of its name.
	PutSourceCredential(ctx context.Context, c SourceCredential) error
	RemoveSourceCredential(ctx context.Context, source int64, name string) error
	// SourceFetches lists what was fetched, by day.
	SourceFetches(ctx context.Context, source int64) ([]SourceFetch, error)
	// PutSourceFetches adds or replaces. In the transaction of an import they are
	// committed with it or not at all.
	PutSourceFetches(ctx context.Context, source int64, list []SourceFetch) error
}

// Member is somebody on a list of an organization's or team's members.
type Member struct{ UserID, Login string }

// Rosters are lists of who belongs to an organization or team now, as a service has them.
// Figures do not come from them: who belonged where on a day is a fact of that day's reports.
type Rosters interface {
	// PutRoster replaces the list of an organization or team. Who was erased is left out.
	PutRoster(ctx context.Context, entity int64, asOf time.Time, members []Member) error
	// Roster returns the list, by user id, and of when it is: the zero time if there is none.
	Roster(ctx context.Context, entity int64) (asOf time.Time, members []Member, err error)
}
