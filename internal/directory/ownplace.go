package directory

import (
	"context"

	"codegauge/internal/day"
)

// QuarterBounds has, by measure, the largest figures of the first three quarters of an
// enterprise's people.
type QuarterBounds map[string][3]int64

// OwnPlaces keeps who wants to see their own place among the people of an enterprise, and what
// divides those: once somebody was shown their place in some weeks, records that come late do
// not move it.
type OwnPlaces interface {
	// OwnPlace reports whether a person wants to see their place, SetOwnPlace sets it.
	OwnPlace(ctx context.Context, person, enterprise int64) (bool, error)
	SetOwnPlace(ctx context.Context, person, enterprise int64, on bool) error
	// Quarters returns what divides the people in the four weeks from a day; nil if nothing is
	// kept yet. KeepQuarters keeps it, unless something is, and returns what is kept. Those of
	// earlier weeks are removed.
	Quarters(ctx context.Context, enterprise int64, from day.Day) (QuarterBounds, error)
	KeepQuarters(ctx context.Context, enterprise int64, from day.Day, bounds QuarterBounds) (QuarterBounds, error)
}
