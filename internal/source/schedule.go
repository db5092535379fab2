package source

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// pollInterval is how often the scheduler checks whether a round is due, which another
// server or a command may have requested.
const pollInterval = 5 * time.Second

// jitter returns a time between −d and d.
func jitter(d time.Duration) time.Duration {
	return time.Duration(rand.Int64N(int64(2*d))) - d
}

// Run runs rounds when they are due until the context ends. Rounds of different sources run
// concurrently, as one may wait for hours. Of several servers over one database, the one
// that gets a source's lock runs its round.
func (s *Sources) Run(ctx context.Context) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	var rounds sync.WaitGroup
	defer rounds.Wait()
	var running sync.Map // ids of sources
	for {
		due, err := s.dir.SourcesDue(ctx, s.opt.Now())
		if err != nil && ctx.Err() == nil {
			s.opt.Log.ErrorContext(ctx, "sources that are due", "error", err)
		}
		for _, id := range due {
			if _, busy := running.LoadOrStore(id, true); busy {
				continue
			}
			rounds.Go(func() {
				defer running.Delete(id)
				s.dueRound(ctx, id)
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-tick.C:
		}
	}
}

// dueRound runs a round that is due, unless another process is running it.
func (s *Sources) dueRound(ctx context.Context, id int64) {
	sum, err := s.Round(ctx, id, RoundOptions{SkipIfRunning: true})
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.opt.Log.ErrorContext(ctx, "round of a source", "source", id, "error", err)
	case sum != nil:
		s.log(ctx, sum)
	}
}

func (s *Sources) log(ctx context.Context, sum *Summary) {
	level, what := s.opt.Log.InfoContext, "source was synced"
	if sum.Failed != "" {
		level, what = s.opt.Log.WarnContext, "source could not be synced"
	}
	level(ctx, what, "source", sum.Source, "error", sum.Failed, "changed", sum.Changed, "unchanged", sum.Same, "none", sum.None, "missing", len(sum.Missing), "calls", sum.Calls)
}
