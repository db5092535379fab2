package source

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/github"
)

// RoundOptions configures a round.
type RoundOptions struct {
	// Days restricts a round to the last days, including today (UTC); 0 means every day
	// that GitHub has.
	Days int
	// NoWait ends a round where it would have to wait for a rate limit.
	NoWait bool
	// SkipIfRunning returns at once, without a summary, where another process is at a round.
	SkipIfRunning bool
}

// round is one round of a source.
type round struct {
	*Sources
	*openSource
	opt   RoundOptions
	began time.Time
	today day.Day
	check *Check
	known fetches

	mu       sync.Mutex
	progress Progress
	sum      Summary
	// ended is why a stream is not fetched any more in this round, denied the credentials
	// that were rejected for it.
	ended  map[stream]error
	denied map[stream]map[string]bool
	// problems are the days that could not be fetched, by reason.
	problems map[problem][]day.Day
	// consecutiveFaults counts consecutive errors on GitHub's side.
	consecutiveFaults int
}

// problem is a reason why days of a stream could not be fetched.
type problem struct {
	stream
	reason string
}

// errPaused ends the round of a source that is paused or removed meanwhile.
var errPaused = errors.New("the source was paused")

// Round fetches what is due and returns a summary. If GitHub ends the round, that is not an
// error but in Summary.Failed. The summary is nil if another process is running a round
// and RoundOptions.SkipIfRunning is set.
func (s *Sources) Round(ctx context.Context, id int64, opt RoundOptions) (*Summary, error) {
	if opt.Days < 0 {
		return nil, fault.New(fault.Invalid, "%d is not a number of days", opt.Days)
	}
	unlock, err := s.opt.Lock(ctx, id, !opt.SkipIfRunning)
	if err != nil || unlock == nil {
		return nil, err
	}
	defer unlock()
	src, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := &round{Sources: s, opt: opt, began: s.opt.Now().UTC(), ended: map[stream]error{}, denied: map[stream]map[string]bool{}, problems: map[problem][]day.Day{}}
	r.today = day.Of(r.began)
	r.sum = Summary{Source: src.Name, Started: r.began, Records: map[string]int64{}, Imports: []int64{}, Missing: []Missing{}}
	r.progress = Progress{Since: r.began, Doing: "credentials"}
	if r.openSource, err = s.open(ctx, src, opt.NoWait, r.setWaiting); err != nil {
		return nil, s.recordFailure(ctx, id, err)
	}
	beating := r.reportProgress(ctx, stop)
	err = r.run(ctx)
	stop(nil)
	<-beating
	if cause := context.Cause(ctx); errors.Is(cause, errPaused) {
		err = errPaused
	}
	return r.finish(context.WithoutCancel(ctx), err)
}

// run does the work of the round.
func (r *round) run(ctx context.Context) error {
	if err := r.readCheck(ctx); err != nil {
		return err
	}
	list, err := r.dir.SourceFetches(ctx, r.ID)
	if err != nil {
		return err
	}
	r.known = fetchesOf(list)
	if err := r.fetchSeats(ctx); err != nil {
		return err
	}
	streams := r.check.streams(r.openSource)
	tasks := plan(streams, r.known, r.window, r.today)
	r.updateProgress(func(p *Progress) { p.Total = len(tasks) })
	if err := r.fetchAll(ctx, tasks); err != nil {
		return err
	}
	if err := r.fetchPeople(ctx); err != nil {
		return err
	}
	if len(streams) == 0 && len(r.check.Missing) > 0 {
		return fault.New(fault.Conflict, "no report can be read: %s", r.check.Missing[0].Reason)
	}
	var last error
	for _, st := range streams {
		if last = r.ended[st]; last == nil {
			return nil
		}
	}
	if last != nil {
		return fault.New(fault.Conflict, "no report can be read: %v", last)
	}
	return nil
}

// readCheck sets which credential can read what: from the stored check if it is current,
// else from a new one.
func (r *round) readCheck(ctx context.Context) error {
	st, err := r.State(ctx, r.ID)
	if err != nil {
		return err
	}
	credentials, err := r.dir.SourceCredentials(ctx, r.ID)
	if err != nil {
		return err
	}
	if st.Check.isCurrent(r.openSource, credentials, r.began) {
		r.check = st.Check
	} else if r.check, err = r.Sources.check(ctx, r.openSource, false, r.setDoing); err != nil {
		return err
	}
	r.sum.Missing = append(r.sum.Missing, r.check.Missing...)
	return nil
}

// window returns the days of a stream that the round considers.
func (r *round) window(st stream) day.Range {
	w := window(st, r.known, r.today)
	if r.opt.Days > 0 {
		w = day.Range{From: max(w.From, r.today-day.Day(r.opt.Days)+1), To: r.today}
	}
	return w
}

// updateProgress changes the round's progress.
func (r *round) updateProgress(change func(*Progress)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.progress)
}

func (r *round) setDoing(what string) { r.updateProgress(func(p *Progress) { p.Doing = what }) }

// setWaiting notes that a call waits for a rate limit.
func (r *round) setWaiting(until time.Time, why string) {
	r.updateProgress(func(p *Progress) { p.Until, p.Waiting = until, why })
}

// progressInterval is how often a round stores its progress.
const progressInterval = 2 * time.Second

// reportProgress stores the round's progress regularly until its context ends, and stops
// the round if the source is paused or removed.
func (r *round) reportProgress(ctx context.Context, stop context.CancelCauseFunc) (done chan struct{}) {
	done = make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(progressInterval)
		defer tick.Stop()
		for {
			if err := r.saveProgress(ctx); fault.KindOf(err) == fault.NotFound {
				stop(errPaused)
			} else if err != nil && ctx.Err() == nil {
				r.Sources.opt.Log.WarnContext(ctx, "progress of a source", "source", r.Name, "error", err)
			}
			if src, err := r.Get(ctx, r.ID); err == nil && src.Paused && !r.Paused {
				stop(errPaused)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return done
}

func (r *round) saveProgress(ctx context.Context) error {
	st, err := r.State(ctx, r.ID)
	if err != nil {
		return err
	}
	r.mu.Lock()
	p := r.progress
	r.mu.Unlock()
	now := r.Sources.opt.Now().UTC()
	p.Beat, p.Calls = now, r.calls()
	if now.After(p.Until) {
		p.Until, p.Waiting = time.Time{}, ""
	}
	st.Progress = &p
	return r.putState(ctx, r.ID, st)
}

// recordFailure stores the failure of a round that could not begin.
func (s *Sources) recordFailure(ctx context.Context, id int64, cause error) error {
	st, err := s.State(ctx, id)
	if err != nil {
		return errors.Join(cause, err)
	}
	now := s.opt.Now().UTC()
	st.Progress = nil
	st.Last = &Summary{Started: now, Ended: now, Missing: []Missing{}, Imports: []int64{}, Records: map[string]int64{}, Failed: messageOf(cause)}
	st.Next = s.next(now, true)
	if st.Failing.IsZero() {
		st.Failing = now
	}
	return errors.Join(cause, s.putState(ctx, id, st))
}

// finish completes the summary and stores it in the source's state.
func (r *round) finish(ctx context.Context, cause error) (*Summary, error) {
	now := r.Sources.opt.Now().UTC()
	r.sum.Ended, r.sum.Calls = now, r.calls()
	r.addProblems()
	var limit *github.Error
	switch {
	case cause == nil:
	case errors.Is(cause, errPaused):
		r.sum.Failed = "stopped, since " + errPaused.Error()
	case errors.Is(cause, context.Canceled):
		r.sum.Failed = "interrupted; the next round goes on from here"
	case errors.As(cause, &limit) && limit.Kind == github.Limited:
		r.sum.Until = limit.Until.UTC()
		r.sum.Missing = append(r.sum.Missing, Missing{What: "everything that is still due", Scope: r.Name, Reason: fmt.Sprintf("%s: it can go on at %s UTC", limit.Message, r.sum.Until.Format("15:04"))})
	default:
		r.sum.Failed = messageOf(cause)
		if fault.KindOf(cause) == fault.Internal && github.KindOf(cause) == "" {
			r.Sources.opt.Log.ErrorContext(ctx, "round of a source", "source", r.Name, "error", cause)
		}
	}
	days, err := r.Sources.Days(ctx, r.Source)
	r.sum.Days = days
	// The state is stored in any case: else the next round would be due at once.
	if err := errors.Join(err, r.saveState(ctx, now)); err != nil {
		return nil, err
	}
	return &r.sum, nil
}

// saveState stores the state after the round.
func (r *round) saveState(ctx context.Context, now time.Time) error {
	st, err := r.State(ctx, r.ID)
	if fault.KindOf(err) == fault.NotFound {
		return nil // removed
	}
	if err != nil {
		return err
	}
	st.Progress, st.Last = nil, &r.sum
	if r.check != nil {
		st.Check = r.check
	}
	switch {
	case r.sum.Failed == "" && r.sum.Until.IsZero():
		st.Success, st.Failing, st.Next = now, time.Time{}, r.next(now, false)
	case !r.sum.Until.IsZero():
		st.Next = r.sum.Until
	default:
		if st.Failing.IsZero() {
			st.Failing = now
		}
		st.Next = r.next(now, true)
	}
	return r.putState(ctx, r.ID, st)
}

// messageOf returns what people see of an error.
func messageOf(err error) string {
	if fault.KindOf(err) != fault.Internal || github.KindOf(err) != "" {
		return err.Error()
	}
	return "an internal error, which the log describes"
}

// addProblems adds to Summary.Missing the days that could not be fetched, the streams that
// have ended, and gaps between days with a report.
func (r *round) addProblems() {
	for o, days := range r.problems {
		r.sum.Missing = append(r.sum.Missing, Missing{What: o.report.Path(o.scope), Scope: o.scope.Name(), Days: english.DayRanges(days), Reason: o.reason})
	}
	for st, err := range r.ended {
		r.sum.Missing = append(r.sum.Missing, Missing{What: st.report.Path(st.scope), Scope: st.scope.Name(), Reason: err.Error(),
			Grant: grantFor(err, st.scope, github.GrantFor(st.report.Endpoint(st.scope), st.scope, r.kindOf(st)))})
	}
	if r.check == nil {
		return
	}
	for _, st := range r.check.streams(r.openSource) {
		if gaps := r.gaps(st); len(gaps) > 0 {
			r.sum.Missing = append(r.sum.Missing, Missing{What: st.report.Path(st.scope), Scope: st.scope.Name(), Days: english.DayRanges(gaps),
				Reason: "GitHub has no report of these days, although it has some of days before and after"})
		}
	}
}

// kindOf returns the kind of credential with which a stream is read.
func (r *round) kindOf(st stream) github.CredentialKind {
	if name, ok := r.check.used(string(st.report.Endpoint(st.scope)), st.scope); ok {
		if c := r.credentialNamed(name); c != nil {
			return c.kind
		}
	}
	return github.Classic
}

// gaps lists the days of the round's window without a report between days with one. Quiet
// days have no report of repositories, which is therefore never missing.
func (r *round) gaps(st stream) []day.Day {
	if st.report == github.Repos {
		return nil
	}
	w := r.window(st)
	failed := map[day.Day]bool{} // GitHub has a report of these, and what is wrong with it is said
	for p, days := range r.problems {
		for _, d := range days {
			failed[d] = failed[d] || p.stream == st
		}
	}
	var gaps, open []day.Day
	begun := false
	for d := w.From; d <= min(w.To, r.today-finalAge-1); d++ {
		switch f := r.known[task{st.scope, st.report, d}.key()]; {
		case f == nil || failed[d]:
		case f.Hash != "":
			gaps, open, begun = append(gaps, open...), nil, true
		case begun:
			open = append(open, d)
		}
	}
	return gaps
}

// next returns when the next round is due: at night with some jitter, so that not all
// installations call at the same time, or an hour after a failed round.
func (s *Sources) next(now time.Time, failed bool) time.Time {
	jitter := jitter(20 * time.Minute)
	if failed {
		return now.Add(time.Hour + jitter/4)
	}
	night := now.Truncate(24 * time.Hour).Add(s.opt.At)
	for !night.After(now.Add(time.Hour)) {
		night = night.Add(24 * time.Hour)
	}
	return night.Add(jitter)
}

// RequestRound makes a source's next round due now, and wakes this process's scheduler.
func (s *Sources) RequestRound(ctx context.Context, src directory.Source) error {
	if err := s.dir.PlanSource(ctx, src.ID, s.opt.Now().UTC()); err != nil {
		return err
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return nil
}
