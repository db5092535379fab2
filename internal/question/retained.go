package question

import (
	"context"
	"fmt"

	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/store"
)

// warnTotalsOnly says on which days of an answer about single people none are
// known any more.
func (a *Answerer) warnTotalsOnly(ctx context.Context, v *view, w Parameters) (string, error) {
	if _, about := w.People(); !about {
		return "", nil
	}
	days, err := a.totalsOnly(ctx, v)
	if err != nil || len(days) == 0 {
		return "", err
	}
	p, err := a.dir.Privacy(ctx, v.scope.Enterprise)
	return fmt.Sprintf("records of individuals on %s were removed by retention (after %s), only totals remain: %s",
		english.Count(len(days), "day", "days"), english.Count(p.RetentionMonths, "month", "months"), english.DayRanges(days)), err
}

// totalsOnly lists the days of the view's range of which only totals are left.
func (a *Answerer) totalsOnly(ctx context.Context, v *view) ([]day.Day, error) {
	keeper, ok := a.store.(store.Retainer)
	if !ok {
		return nil, nil
	}
	return keeper.TotalsOnly(ctx, v.scope.Enterprise, v.r)
}
