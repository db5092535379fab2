// Package source fetches an enterprise's data from a service, GitHub so far, every night.
//
// A round (Round) asks which credential may read what (check.go), works out which days
// are due (plan.go), fetches their reports, a few at a time, and hands the files to the
// import in batches (fetch.go). What came of each day is remembered in the transaction of
// the import that brought it, so that a round which is cut off at any moment goes on where
// it was. Then come seats, and names and members of organizations and teams (list.go).
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
	"codegauge/internal/spool"
	"codegauge/internal/store"
)

// GitHub is the kind of source that there is.
const GitHub = "github"

// Directory is what is needed of a directory.Directory.
type Directory interface {
	directory.Entities
	directory.Sources
	directory.Rosters
}

// Options configures Sources.
type Options struct {
	Directory Directory
	// Import is the way in for everything that is fetched.
	Import func(ctx context.Context, r intake.Request) (*intake.Report, error)
	// Stored lists the report days that an enterprise has.
	Stored func(ctx context.Context, enterprise int64, r day.Range) ([]store.SourceDay, error)
	// Lock waits for the lock of a source's rounds, which one process has at a time; with
	// wait false it returns nil where another has it.
	Lock func(ctx context.Context, source int64, wait bool) (unlock func(), err error)
	// Secret returns the secret that credentials are encrypted with.
	Secret func() ([]byte, error)
	// Spool holds files until they are imported.
	Spool *spool.Spool
	// Client holds what every client of a service has: proxy, certificates, limits.
	Client github.Options
	// Alerts are told of late sources; none for no alerts.
	Alerts []alert.Channel
	// Page returns the address of the page of an enterprise's sources, "" if that is not known.
	Page func(enterprise directory.Entity) string
	// At is the time of day, UTC, around which nightly rounds begin.
	At time.Duration
	// Now is time.Now unless a test sets it.
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

// opened is a source with what is needed to call its service.
type opened struct {
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
func (s *Sources) open(ctx context.Context, src directory.Source, noWait bool, waiting func(time.Time, string)) (*opened, error) {
	o := &opened{Source: src}
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
func (o *opened) calls() (n int) {
	for _, c := range o.credentials {
		n += c.Calls()
	}
	return n
}

// enterprise returns the scope of the enterprise's own reports, and whether the source
// has one.
func (o *opened) enterprise() (github.Scope, bool) {
	return github.Scope{Enterprise: o.Slug}, o.Slug != ""
}

func (o *opened) org(login string) github.Scope { return github.Scope{Enterprise: o.Slug, Org: login} }

// orgOf returns how fetches name a scope.
func orgOf(sc github.Scope) string { return sc.Org }
