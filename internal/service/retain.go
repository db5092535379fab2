package service

import (
	"context"
	"fmt"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/store"
)

// Retain removes from the enterprise what is known of single people and older
// than its retention, and returns how many months that is; 0 keeps everything.
// Totals and counts stay. A dry run only counts. Imports wait no longer than a
// month's removal takes.
func (s *Service) Retain(ctx context.Context, enterprise int64, dryRun bool) (months int, done store.Removed, err error) {
	p, err := s.dir.Privacy(ctx, enterprise)
	if err != nil || p.RetentionMonths == 0 {
		return 0, done, err
	}
	keeper, ok := s.store.(store.Retainer)
	if !ok {
		return 0, done, fault.New(fault.Unsupported, "this database does not support erasing people")
	}
	now := s.opt.Now()
	done, err = keeper.Retain(ctx, store.Retention{Enterprise: enterprise, Before: monthsBefore(now, p.RetentionMonths), At: now, Preview: dryRun})
	return p.RetentionMonths, done, err
}

// PruneReplaced removes, of every enterprise, what reports replaced before a time:
// undoing an import gives back what is newer.
func (s *Service) PruneReplaced(ctx context.Context, before time.Time) error {
	keeper, ok := s.store.(store.Retainer)
	if !ok {
		return nil
	}
	n, err := s.names(ctx)
	if err != nil {
		return err
	}
	for _, e := range n.In(directory.Enterprise, 0) {
		if err := keeper.PruneReplaced(ctx, e.ID, before); err != nil {
			return fmt.Errorf("enterprise %s: %w", e.Key(), err)
		}
	}
	return nil
}

// monthsBefore returns the day of the month that lies n months earlier, or the
// last of that month if it has no such day.
func monthsBefore(t time.Time, n int) day.Day {
	t = t.UTC()
	year, month := t.Year(), t.Month()-time.Month(n)
	return min(day.Date(year, month, t.Day()), day.Date(year, month+1, 0))
}

// warnTotalsOnly says on which days of an answer about single people none are
// known any more.
func (s *Service) warnTotalsOnly(ctx context.Context, v *view, w QueryParameters) (string, error) {
	if _, about := w.People(); !about {
		return "", nil
	}
	days, err := s.totalsOnly(ctx, v)
	if err != nil || len(days) == 0 {
		return "", err
	}
	p, err := s.dir.Privacy(ctx, v.scope.Enterprise)
	return fmt.Sprintf("records of individuals on %s were removed by retention (after %s), only totals remain: %s",
		english.Count(len(days), "day", "days"), english.Count(p.RetentionMonths, "month", "months"), english.Days(days)), err
}

// totalsOnly lists the days of the view's range of which only totals are left.
func (s *Service) totalsOnly(ctx context.Context, v *view) ([]day.Day, error) {
	keeper, ok := s.store.(store.Retainer)
	if !ok {
		return nil, nil
	}
	return keeper.TotalsOnly(ctx, v.scope.Enterprise, v.r)
}
