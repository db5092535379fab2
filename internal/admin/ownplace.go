package admin

import (
	"context"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
)

// OwnPlace reports whether whoever asks wants to see their own place among the people of an
// enterprise, SetOwnPlace sets it.
func (a *Admin) OwnPlace(ctx context.Context, enterprise int64) (bool, error) {
	who := access.Of(ctx).Person
	if who.ID == 0 {
		return false, nil
	}
	return a.dir.OwnPlace(ctx, who.ID, enterprise)
}

// SetOwnPlace sets it.
func (a *Admin) SetOwnPlace(ctx context.Context, enterprise int64, on bool) error {
	who, err := personAsking(ctx)
	if err != nil {
		return err
	}
	return a.dir.SetOwnPlace(ctx, who, enterprise, on)
}

// Quarters returns what divides an enterprise's people in the four weeks from a day, as it was
// told first; nil if it was not told yet, for KeepQuarters to keep.
func (a *Admin) Quarters(ctx context.Context, enterprise int64, from day.Day) (directory.QuarterBounds, error) {
	return a.dir.Quarters(ctx, enterprise, from)
}

// KeepQuarters keeps it and returns what is kept.
func (a *Admin) KeepQuarters(ctx context.Context, enterprise int64, from day.Day, b directory.QuarterBounds) (directory.QuarterBounds, error) {
	return a.dir.KeepQuarters(ctx, enterprise, from, b)
}
