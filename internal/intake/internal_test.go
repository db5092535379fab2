package intake

import (
	"context"
	"time"

	"codegauge/internal/report"
	"codegauge/internal/spool"
	"codegauge/internal/store"
)

// What tests outside of the package look into.
var (
	CountPeople = countPeople
	Stamp       = stamp
	VersionOf   = (&items{}).versionOf
)

// SetStore and SetSpool put something else in the place of what New was given.
func (in *Intake) SetStore(st store.Store)  { in.store = st }
func (in *Intake) SetSpool(sp *spool.Spool) { in.opt.Spool = sp }

// PlacedItems returns the records of a reader as the items that an import hands to a store.
func PlacedItems(ctx context.Context, dir Directory, rd *report.Reader, req Request, now time.Time) (*items, error) {
	register, err := openRegister(ctx, dir)
	if err != nil {
		return nil, err
	}
	resolver, err := newScopeResolver(ctx, req, register, nil, now)
	if err != nil {
		return nil, err
	}
	return newItems(rd, resolver, req, 0, resolver.now), nil
}
