package service

import (
	"context"
	"fmt"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/store"
	"codegauge/internal/versioned"
)

// maxRemembered bounds how many values of one kind are remembered.
const maxRemembered = 512

// rememberedGroups bounds the groups of all weeks together: a year of 938 groups
// of 100,000 people is 50,000, and takes some 50 MB.
const rememberedGroups = 60_000

// memory holds what every question asks first: by enterprise as of its data's version,
// or, of the directory, as of its revision.
type memory struct {
	reports *versioned.Cache[int64, struct{}, []store.SourceDay]
	sources *versioned.Cache[int64, dataSourceKey, *dataSource]
	extents *versioned.Cache[int64, dataSourceKey, *extent] // of no range
	hides   *versioned.Cache[int64, hiddenKey, *hidden]
	groups  *versioned.Cache[int64, day.Day, []store.Group] // by week
	// pseudonyms say whom they stand for, by the secret that they were made with, of the
	// enterprise that was last asked for.
	pseudonyms *versioned.Cache[int64, string, map[string][]string]
	names      *versioned.Cache[struct{}, struct{}, *directory.Names]
	seats      *versioned.Cache[struct{}, seatsKey, int64] // how many
}

func newMemory() memory {
	return memory{
		reports:    versioned.New[int64, struct{}, []store.SourceDay](maxRemembered, nil),
		sources:    versioned.New[int64, dataSourceKey, *dataSource](maxRemembered, nil),
		extents:    versioned.New[int64, dataSourceKey, *extent](maxRemembered, nil),
		hides:      versioned.New[int64, hiddenKey, *hidden](maxRemembered, nil),
		groups:     versioned.New[int64, day.Day](rememberedGroups, func(list []store.Group) int { return len(list) + 1 }),
		pseudonyms: versioned.New[int64, string, map[string][]string](1, nil),
		names:      versioned.New[struct{}, struct{}, *directory.Names](1, nil),
		seats:      versioned.New[struct{}, seatsKey, int64](maxRemembered, nil),
	}
}

// seatsKey is whose seats are counted.
type seatsKey struct{ enterprise, organization int64 }

// hiddenKey is what decides what is hidden in an enterprise's data: weeks, and how many
// people a group must have.
type hiddenKey struct {
	from, to day.Day
	minimum  int
}

// stored is an enterprise's report days at a data version.
type stored struct {
	version int64
	days    []store.SourceDay
}

// reports returns the enterprise's report days and their data version. The
// version is read first: days of a later one are forgotten with the next question.
func (s *Service) reports(ctx context.Context, enterprise int64) (stored, error) {
	version, err := s.store.DataVersion(ctx, enterprise)
	if err != nil {
		return stored{}, fmt.Errorf("data version: %w", err)
	}
	days, err := s.memory.reports.Get(enterprise, version, struct{}{}, func() ([]store.SourceDay, error) {
		return s.store.SourceDays(ctx, enterprise, day.Always)
	})
	if err != nil {
		return stored{}, fmt.Errorf("report days: %w", err)
	}
	return stored{version, days}, nil
}
