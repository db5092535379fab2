// Package source fetches an enterprise's data from a service, so far GitHub, every night.
//
// A round (Round) checks which credential can read what (check.go), fetches seats, plans
// which days are due (plan.go), fetches their reports, several at a time, and imports the
// files in batches (fetch.go). The result of each day is stored in the transaction of its
// import, so that the next round continues where one was interrupted. Last come names and
// members of organizations and teams (list.go).
package source

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"codegauge/internal/alert"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/github"
	"codegauge/internal/intake"
	"codegauge/internal/privacy"
	"codegauge/internal/spool"
	"codegauge/internal/store"
)

// GitHub is the only kind of source so far.
const GitHub = "github"

// Directory is the part of directory.Directory that this package uses.
type Directory interface {
	directory.Entities
	directory.Sources
	directory.Rosters
}

// Options configures Sources.
type Options struct {
	Directory Directory
	// Import imports what was fetched.
	Import func(ctx context.Context, r intake.Request) (*intake.Report, error)
	// Stored lists the report days that an enterprise has.
	Stored func(ctx context.Context, enterprise int64, r day.Range) ([]store.SourceDay, error)
	// Lock takes the lock of a source's rounds, which one process can hold. If another
	// holds it, Lock waits, or returns nil if wait is false.
	Lock func(ctx context.Context, source int64, wait bool) (unlock func(), err error)
	// Secret returns the secret with which credentials are encrypted.
	Secret func() ([]byte, error)
	// PeopleKeys are the keys of the enterprises that are kept without people.
	PeopleKeys *privacy.Keys
	// Spool stores files until they are imported.
	Spool *spool.Spool
	// Client has the options that all clients share: proxy, certificates, limits.
	Client github.Options
	// Alerts are told of late sources; none for no alerts.
	Alerts []alert.Channel
	// Page returns the address of the page of an enterprise's sources, "" if that is not known.
	Page func(enterprise directory.Entity) string
	// At is the time of day (UTC) around which nightly rounds begin.
	At time.Duration
	// Now replaces time.Now, for tests.
	Now func() time.Time
	Log *slog.Logger
}

// Sources fetches from sources. It is safe for concurrent use.
type Sources struct {
	opt  Options
	dir  Directory
	wake chan struct{}
}

// New returns Sources over a directory.
func New(opt Options) *Sources {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Spool == nil {
		opt.Spool = spool.New("", 0)
	}
	return &Sources{opt: opt, dir: opt.Directory, wake: make(chan struct{}, 1)}
}

// Get returns a source.
func (s *Sources) Get(ctx context.Context, id int64) (directory.Source, error) {
	list, err := s.dir.Sources(ctx, 0)
	if err != nil {
		return directory.Source{}, err
	}
	for _, src := range list {
		if src.ID == id {
			return src, nil
		}
	}
	return directory.Source{}, fault.New(fault.NotFound, "source %d does not exist", id)
}

// openSource is a source with a client for each of its credentials.
type openSource struct {
	directory.Source
	base        *github.Base
	credentials []*credential
}

// credential is a credential with its client.
type credential struct {
	name string
	kind github.CredentialKind
	*github.Client
}

// open decrypts a source's credentials. noWait and waiting are as in github.Options.
func (s *Sources) open(ctx context.Context, src directory.Source, noWait bool, waiting func(time.Time, string)) (*openSource, error) {
	o := &openSource{Source: src}
	var err error
	if o.base, err = github.ParseBase(src.BaseURL); err != nil {
		return nil, err
	}
	list, err := s.dir.SourceCredentials(ctx, src.ID)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fault.New(fault.Conflict, "source %q has no credential: add one", src.Name)
	}
	for _, c := range list {
		plain, err := s.unseal(c)
		if err != nil {
			return nil, err
		}
		opt := s.opt.Client
		opt.Base, opt.Credential, opt.AllowHosts, opt.NoWait, opt.Waiting = o.base, plain, src.AllowHosts, noWait, waiting
		client, err := github.New(opt)
		if err != nil {
			return nil, fmt.Errorf("credential %q: %w", c.Name, err)
		}
		o.credentials = append(o.credentials, &credential{c.Name, plain.Kind, client})
	}
	return o, nil
}

// calls returns how many calls were made with all credentials.
func (o *openSource) calls() (n int) {
	for _, c := range o.credentials {
		n += c.Calls()
	}
	return n
}

// enterprise returns the scope of the enterprise's own reports, and whether the source
// has one.
func (o *openSource) enterprise() (github.Scope, bool) {
	return github.Scope{Enterprise: o.Slug}, o.Slug != ""
}

func (o *openSource) org(login string) github.Scope {
	return github.Scope{Enterprise: o.Slug, Org: login}
}
