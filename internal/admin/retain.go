package admin

import (
	"context"
	"fmt"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/store"
)

// RetainRequest asks to remove what is older than the retention: of one
// enterprise, or of every one if it names none. DryRun only counts.
type RetainRequest struct {
	access.ScopeNames
	DryRun bool `json:"dry_run,omitempty"`
}

// Retained is what was removed of an enterprise. Months is its retention, 0 keeps.
type Retained struct {
	Enterprise string `json:"enterprise"`
	Months     int    `json:"months"`
	store.Removed
}

// Retain removes it. Who manages an enterprise may; every one, the operator.
func (a *Admin) Retain(ctx context.Context, r RetainRequest) ([]Retained, error) {
	var of []directory.Entity
	if r.Enterprise != "" || !access.Of(ctx).CanEverywhere(access.Manage) {
		e, err := a.enterprise(ctx, access.Manage, r.ScopeNames)
		if err != nil {
			return nil, err
		}
		of = append(of, e)
	} else {
		all, err := a.dir.Entities(ctx)
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			if e.Kind == directory.Enterprise {
				of = append(of, e)
			}
		}
	}
	out := []Retained{}
	for _, e := range of {
		done, err := a.retain(ctx, e, r.DryRun)
		if err != nil {
			return out, fmt.Errorf("retention of %s: %w", e.Key(), err)
		}
		out = append(out, done)
	}
	return out, nil
}

// retained is what the audit log calls it.
const retained = "privacy.retain"

// retain writes each removal into the audit log, in the transaction that removes.
func (a *Admin) retain(ctx context.Context, e directory.Entity, dryRun bool) (Retained, error) {
	months, done, err := a.data.Retain(ctx, e.ID, dryRun, func(ctx context.Context, months int, done store.Removed) error {
		return a.dir.Record(ctx, directory.Event{Enterprise: e.ID, Action: retained,
			Target: fmt.Sprintf("%s to %s", done.Days.From, done.Days.To),
			Detail: fmt.Sprintf("%s and %s on %s removed, older than %s; totals stay", english.Count(done.Records, "user-day", "user-days"), english.Count(done.Members, "membership", "memberships"), english.Count(done.Count, "day", "days"), english.Count(months, "month", "months"))})
	})
	return Retained{e.Key(), months, done}, err
}
