package privacy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/query"
)

// ViewsPeople reports whether whoever asks may see small groups and single
// people: the program itself does.
func ViewsPeople(ctx context.Context, e directory.Entity) bool {
	who, ok := access.Asker(ctx)
	return !ok || who.ViewsPeople(e)
}

// Data is an enterprise's data as a question sees it: of a version, and complete to a last
// day.
type Data struct {
	Enterprise, Version int64
	Last                day.Day
}

// Mask decides what of an enterprise's figures those who may not view people are shown, in
// the weeks that a range touches. Every week is judged by itself: figures of organizations,
// teams and cells are of whole weeks, so no combination of sums over several weeks says more
// than one of each does; counts of people over several are looked at when they are told (see
// query/placedpeople.go). Weeks that are not complete show totals of the enterprise alone.
//
// Judging a week of many people takes some time. It goes on when whoever asks does not wait
// any longer, and what comes of it is kept until the week's data changes. What was shown of
// a week until then is part of what it is judged by: see decide.
func (p *Privacy) Mask(ctx context.Context, of Data, r day.Range) (*query.Mask, error) {
	privacy, err := p.dir.Privacy(ctx, of.Enterprise)
	if err != nil {
		return nil, fmt.Errorf("read privacy settings: %w", err)
	}
	weeks := day.Range{From: r.From.Week(), To: min(r.To, of.Last-6)}
	return p.memory.masks.Get(of.Enterprise, of.Version, maskKey{weeks, privacy.MinimumGroup}, func() (*query.Mask, error) {
		return p.mask(ctx, of, weeks, privacy.MinimumGroup)
	})
}

// mask returns the mask of the weeks that begin in a range.
func (p *Privacy) mask(ctx context.Context, of Data, weeks day.Range, minimum int) (*query.Mask, error) {
	out := &query.Mask{Minimum: minimum, Weeks: map[day.Day]query.MaskedWeek{}, Changed: map[day.Day]int64{}, Held: map[day.Day][]int64{}}
	type decided struct {
		*shownWeek
		changed int64
	}
	impatient := time.After(patience)
	for monday := weeks.From; monday <= weeks.To; monday += 7 {
		done := p.judging.DoChan(fmt.Sprint(of.Enterprise, of.Version, monday, minimum), func() (any, error) {
			week, changed, err := p.week(context.WithoutCancel(ctx), of.Enterprise, monday, minimum)
			return decided{week, changed}, err
		})
		select {
		case week := <-done:
			if week.Err != nil {
				return nil, fmt.Errorf("decide what is shown of the week of %s: %w", monday, week.Err)
			}
			shown := week.Val.(decided)
			out.Weeks[monday], out.Changed[monday] = shown.Figures, shown.changed
			if shown.Held {
				out.Held[monday] = shown.Revisions
			}
		case <-impatient:
			return nil, fault.New(fault.Unavailable, "what may be shown of the week of %s to those who may not view people is being decided: try again in a minute", monday)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return out, nil
}

// patience is how long a question waits for weeks to be judged.
const patience = time.Minute

// JudgeWeeks judges the weeks of a year to the last day that is complete, the newest first, so
// that nobody has to wait for them, and that they are there when nothing can be written.
func (p *Privacy) JudgeWeeks(ctx context.Context, last day.Day) error {
	list, err := p.store.Enterprises(ctx)
	if err != nil {
		return err
	}
	for _, enterprise := range list {
		privacy, err := p.dir.Privacy(ctx, enterprise)
		if err != nil {
			return fmt.Errorf("read privacy settings: %w", err)
		}
		for monday, n := (last+1).Week()-7, 0; n < 53; monday, n = monday-7, n+1 {
			if _, _, err := p.week(ctx, enterprise, monday, privacy.MinimumGroup); err != nil {
				return fmt.Errorf("decide what is shown of the week of %s: %w", monday, err)
			}
		}
	}
	return nil
}

// week returns what is shown of a week, as it is kept, or decides it.
// changed is the last revision that had changed the week then.
func (p *Privacy) week(ctx context.Context, enterprise int64, monday day.Day, minimum int) (out *shownWeek, changed int64, err error) {
	for range 5 { // unless the data changes meanwhile
		err = p.store.Read(ctx, enterprise, func(r query.Rollups) error {
			changed, err = r.Changed(ctx, day.Range{From: monday, To: monday + 6})
			if err != nil {
				return err
			}
			out, err = p.memory.weeks.Get(enterprise, 0, weekKey{monday, minimum, changed}, func() (*shownWeek, error) {
				return p.decide(ctx, r, enterprise, monday, minimum, changed)
			})
			return err
		})
		if !errors.Is(err, errOvertaken) {
			break
		}
	}
	if errors.Is(err, errOvertaken) {
		return nil, 0, fault.New(fault.Unavailable, "the data of the week of %s keeps changing while it is decided what may be shown of it: try again in a minute", monday)
	}
	return out, changed, err
}
