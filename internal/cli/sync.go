package cli

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"codegauge/internal/admin"
	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/github"
	"codegauge/internal/source"
	"codegauge/internal/spool"
	"codegauge/internal/store"
)

type syncCmd struct {
	inEnterprise
	Source string `placeholder:"NAME" help:"Which source. Default: every one that is not paused."`
	Days   int    `placeholder:"N" help:"Fetch only the last N days (UTC), today included. Default: all that GitHub has."`
	NoWait bool   `help:"End where a limit of calls would have to be waited for; the exit code is then 3."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Help is shown below the flags.
func (syncCmd) Help() string {
	return `One round now, in the foreground: the oldest day first, which GitHub is about to drop, then the newest, then inwards. It can be interrupted at any moment; the next round goes on from there. codegauge serve does a round every night.

The exit code is 3 where something is missing. A day that GitHub has not published yet is not missing.`
}

// Run does a round of each source.
func (c *syncCmd) Run(a *app) error {
	if err := a.makeData(); err != nil {
		return err
	}
	return a.connect(func(cl *client) error {
		list, err := operate(a.ctx, cl, admin.ListSources, c.words())
		if err != nil {
			return err
		}
		var done []*source.Summary
		for _, s := range list {
			if c.Source == "" && s.Paused || c.Source != "" && s.Name != c.Source {
				continue
			}
			sum, err := c.round(a, cl, s)
			if err != nil {
				return err
			}
			done = append(done, sum)
			if !c.JSON {
				a.tellSummary(sum)
			}
		}
		if len(done) == 0 {
			if c.Source != "" {
				return fault.New(fault.NotFound, "source %.60q does not exist", c.Source)
			}
			return fault.New(fault.NotFound, "no source is connected, or all are paused: connect one with codegauge source add github")
		}
		if c.JSON {
			if err := printJSON(a.stdout, done); err != nil {
				return err
			}
		}
		return outcome(done)
	})
}

// outcome is the exit code of rounds.
func outcome(done []*source.Summary) error {
	missing := false
	for _, s := range done {
		if s.Failed != "" {
			return exit(exitFailed)
		}
		missing = missing || len(s.Missing) > 0
	}
	if missing {
		return exit(exitRefused)
	}
	return nil
}

// round does a round of a source, and says meanwhile how far it is.
func (c *syncCmd) round(a *app, cl *client, s admin.Source) (*source.Summary, error) {
	r := admin.SourceRequest{Name: s.Name, Days: c.Days, NoWait: c.NoWait}
	r.Enterprise, r.Org = s.Enterprise, s.Organization
	ctx, stop := context.WithCancel(a.ctx)
	told := make(chan struct{})
	go func() {
		defer close(told)
		c.follow(ctx, a, cl, s)
	}()
	sum, err := operate(a.ctx, cl, admin.SyncSource, r)
	stop()
	<-told
	return sum, err
}

// follow says how far a round is: whenever it waits, and on a terminal all the time.
func (c *syncCmd) follow(ctx context.Context, a *app, cl *client, s admin.Source) {
	terminal, waiting, shown := isTerminal(a.stderr), "", false
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			if shown {
				fmt.Fprint(a.stderr, "\r\x1b[K")
			}
			return
		case <-tick.C:
		}
		words := c.words()
		words.Enterprise = s.Enterprise
		list, err := operate(ctx, cl, admin.ListSources, words)
		if err != nil {
			continue
		}
		for _, now := range list {
			p := now.State.Progress
			switch {
			case now.Name != s.Name || p == nil:
			case p.Waiting != "" && p.Waiting != waiting:
				waiting = p.Waiting
				fmt.Fprintf(a.stderr, "source %s: waiting until %s: %s\n", s.Name, momentOf(p.Until), clean(p.Waiting))
			case terminal:
				shown = true
				fmt.Fprintf(a.stderr, "\r\x1b[K%d of %d reports, %s", p.Done, p.Total, clean(p.Doing))
			}
		}
	}
}

func (a *app) tellSummary(s *source.Summary) {
	fmt.Fprintf(a.stdout, "source %s: %s\n", s.Source, s.Describe())
	fmt.Fprintf(a.stdout, "Days: %d of %d are here (%s)", s.Days.Stored, s.Days.Window.Len(), s.Days.Window)
	if s.Days.Lost > 0 {
		fmt.Fprintf(a.stdout, "; %d earlier ones are lost for ever", s.Days.Lost)
	}
	fmt.Fprintln(a.stdout)
	a.tellMissing(s.Missing)
	if s.Failed != "" {
		fmt.Fprintf(a.stderr, "codegauge: source %s: %s\n", s.Source, clean(s.Failed))
	}
}

// roundLocks is the first number of the locks of sources' rounds, above those of jobs.
const roundLocks = 1_000_000

// newSources returns the sources over the stores.
func (a *app) newSources(s *stores, dir source.Directory, stored func(context.Context, int64, day.Range) ([]store.SourceDay, error), waiting *spool.Spool, with storeOptions) (*source.Sources, error) {
	opt := github.Options{UserAgent: "codegauge/" + readBuild().version, Proxy: a.cfg.SyncProxy, PrivateHosts: a.cfg.SyncPrivateHosts, CallsAnHour: a.cfg.SyncCalls}
	if a.cfg.SyncCAFile != "" {
		pem, err := os.ReadFile(a.cfg.SyncCAFile)
		if err != nil {
			return nil, fault.New(fault.Invalid, "sync_ca_file: %v", err)
		}
		if opt.RootCAs, err = x509.SystemCertPool(); err != nil {
			opt.RootCAs = x509.NewCertPool() // a container may have none
		}
		if !opt.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fault.New(fault.Invalid, "sync_ca_file: %s holds no certificate (PEM)", a.cfg.SyncCAFile)
		}
	}
	alerts, err := a.alertChannels()
	if err != nil {
		return nil, err
	}
	return source.New(source.Options{Alerts: alerts, Page: a.sourcesPage, Directory: dir, Import: s.Import, Stored: stored, Secret: a.secret, PeopleKeys: s.peopleKeys, Spool: waiting, Client: opt, At: a.cfg.SyncTime, Now: with.Now, Log: with.Log,
		Lock: func(ctx context.Context, id int64, wait bool) (func(), error) {
			lock := s.database.TryLock
			if wait {
				lock = func(ctx context.Context, kind int32, key int64) (*database.Lock, error) {
					return s.database.Lock(ctx, kind, key)
				}
			}
			l, err := lock(ctx, database.Scheduled, roundLocks+id)
			if err != nil || l == nil {
				return nil, err
			}
			return l.Unlock, nil
		}}), nil
}
