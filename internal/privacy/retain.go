package privacy

import (
	"context"
	"fmt"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/store"
)

// Retain removes from the enterprise what is known of single people and older
// than its retention, and returns how many months that is; 0 keeps everything.
// Totals and counts stay; prepared exports, which may hold what is removed, go. A dry run only counts. Imports wait no longer than a
// month's removal takes. note, if set, is called in the transaction of each removal.
func (p *Privacy) Retain(ctx context.Context, enterprise int64, dryRun bool, note func(ctx context.Context, months int, done store.Removed) error) (months int, done store.Removed, err error) {
	settings, err := p.dir.Privacy(ctx, enterprise)
	if err != nil || settings.RetentionMonths == 0 {
		return 0, done, err
	}
	keeper, ok := p.store.(store.Retainer)
	if !ok {
		return 0, done, fault.New(fault.Unsupported, "this database does not support erasing people")
	}
	now := p.now()
	r := store.Retention{Enterprise: enterprise, Before: RetainedFrom(now, settings.RetentionMonths), At: now, Preview: dryRun}
	r.BeforeCommit = func(ctx context.Context, done store.Removed) error {
		if err := p.dir.RemoveExports(ctx, enterprise); err != nil || note == nil {
			return err
		}
		return note(ctx, settings.RetentionMonths, done)
	}
	done, err = keeper.Retain(ctx, r)
	return settings.RetentionMonths, done, err
}

// PruneReplaced removes, of every enterprise, what reports replaced before a time:
// undoing an import gives back what is newer.
func (p *Privacy) PruneReplaced(ctx context.Context, before time.Time) error {
	keeper, ok := p.store.(store.Retainer)
	if !ok {
		return nil
	}
	n, err := p.names(ctx)
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

// RetainedFrom returns the first day of which records of people are kept at t, under a
// retention of n months: the day of the month that lies n months earlier, or the last of
// that month if it has no such day.
func RetainedFrom(t time.Time, n int) day.Day {
	t = t.UTC()
	year, month := t.Year(), t.Month()-time.Month(n)
	return min(day.Date(year, month, t.Day()), day.Date(year, month+1, 0))
}
