package privacy

import (
	"context"
	"fmt"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
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
// teams and cells are of whole weeks, so no combination over several weeks says more than
// one of each does. Weeks that are not complete show totals of the enterprise alone.
func (p *Privacy) Mask(ctx context.Context, of Data, r day.Range) (*query.Mask, error) {
	privacy, err := p.dir.Privacy(ctx, of.Enterprise)
	if err != nil {
		return nil, fmt.Errorf("read privacy settings: %w", err)
	}
	out := &query.Mask{Minimum: privacy.MinimumGroup, Weeks: map[day.Day]query.MaskedWeek{}}
	for monday := r.From.Week(); monday <= r.To && monday+6 <= of.Last; monday += 7 {
		week, err := p.memory.weeks.Get(of.Enterprise, of.Version, weekKey{monday, privacy.MinimumGroup}, func() (week query.MaskedWeek, err error) {
			err = p.store.Read(ctx, of.Enterprise, func(r query.Rollups) error {
				w, err := readWeek(ctx, r, of.Enterprise, monday, privacy.MinimumGroup)
				if err == nil {
					week = w.judge().mask()
				}
				return err
			})
			return week, err
		})
		if err != nil {
			return nil, fmt.Errorf("decide what is shown of the week of %s: %w", monday, err)
		}
		out.Weeks[monday] = week
	}
	return out, nil
}
