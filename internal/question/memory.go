package question

import (
	"context"
	"fmt"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/query"
	"codegauge/internal/store"
	"codegauge/internal/versioned"

	"github.com/RoaringBitmap/roaring/v2"
)

// maxRemembered bounds how many values of one kind are remembered.
const maxRemembered = 512

// seatsKey is whose seats are counted.
type seatsKey struct{ enterprise, organization int64 }

// stored is an enterprise's report days at a data version.
type stored struct {
	version int64
	days    []store.SourceDay
}

// reports returns the enterprise's report days and their data version. The
// version is read first: days of a later one are forgotten with the next question.
func (a *Answerer) reports(ctx context.Context, enterprise int64) (stored, error) {
	version, err := a.store.DataVersion(ctx, enterprise)
	if err != nil {
		return stored{}, fmt.Errorf("data version: %w", err)
	}
	days, err := a.memory.reports.Get(enterprise, version, struct{}{}, func() ([]store.SourceDay, error) {
		return a.store.SourceDays(ctx, enterprise, day.Always)
	})
	if err != nil {
		return stored{}, fmt.Errorf("report days: %w", err)
	}
	return stored{version, days}, nil
}

// maxEarlier bounds of how many people it is remembered when they were last active.
const maxEarlier = 100_000

// maxSpread bounds of how many organizations and teams it is remembered how their people are
// spread over phases.
const maxSpread = 8_192

// maxUsed bounds of how many people it is remembered how many credits they used.
const maxUsed = 1_000_000

// memory holds what every question asks first: by enterprise as of its data's version,
// or, of the directory, as of its revision.
type memory struct {
	reports *versioned.Cache[int64, struct{}, []store.SourceDay]
	sources *versioned.Cache[int64, dataSourceKey, *dataSource]
	extents *versioned.Cache[int64, dataSourceKey, *extent] // of no range
	names   *versioned.Cache[struct{}, struct{}, *directory.Names]
	seats   *versioned.Cache[struct{}, seatsKey, int64] // how many
	// earlier is when people were last active before the days that seats are judged by.
	earlier *versioned.Cache[int64, earlierKey, map[string]day.Day]
	// faults are those of people's last clients, which clients counts: pages of every window
	// that ends on a day ask for the same ones.
	faults  *versioned.Cache[int64, faultsKey, []ClientFault]
	clients *versioned.Cache[int64, faultsKey, []ClientUse]
	// faultWeeks are a week's people by whether their client may have a fault.
	faultWeeks *versioned.Cache[int64, faultWeekKey, FaultWeek]
	// entityFaults are the faults of organizations' and teams' clients, by days.
	entityFaults *versioned.Cache[int64, day.Range, map[int64][]ClientFault]
	impacts      *versioned.Cache[int64, impactKey, *PeopleImpact]
	phases       *versioned.Cache[int64, phasesKey, *PhasePeople]
	// spread is how organizations' and teams' people are spread over phases.
	spread  *versioned.Cache[int64, phasesKey, PhaseDistribution]
	credits *versioned.Cache[int64, creditsKey, *CreditUse]
	// used is what PeopleImpact has read for CreditUse.
	used *versioned.Cache[int64, phasesKey, *usedCredits]
	// changes are what changed since last month, which takes a year's figures to say.
	changes *versioned.Cache[int64, changesKey, *Changes]
	// differ says where users and aggregates do: see viewDisagreement.
	differ *versioned.Cache[int64, disagreementKey, *Disagreement]
	// counts says where they count other people: see viewCounts.
	counts *versioned.Cache[int64, disagreementKey, []CountDifference]
	// holders are who holds a seat of each of some organizations, and of any under 0.
	holders *versioned.Cache[int64, holdersKey, map[int64]*roaring.Bitmap]
	// through are the seats of organizations that were assigned through teams.
	through *versioned.Cache[int64, throughKey, map[string]*assignedSeats]
	// kinds are where kinds of data differ: see viewKinds.
	kinds *versioned.Cache[int64, disagreementKey, []KindDifference]
	// adoption is what those are told who may view people.
	adoption *versioned.Cache[int64, adoptionKey, *Adoption]
}

// faultsKey is whose clients' faults, of which days.
type faultsKey struct {
	scope query.Scope
	days  day.Range
}

// faultWeekKey is whose clients, in which days, and of which fault.
type faultWeekKey struct {
	faultsKey
	fault string
}

// earlierKey is who was active in what, up to which day.
type earlierKey struct {
	entity int64
	to     day.Day
	users  string
}

func newMemory() memory {
	return memory{
		reports:      versioned.New[int64, struct{}, []store.SourceDay](maxRemembered, nil),
		sources:      versioned.New[int64, dataSourceKey, *dataSource](maxRemembered, nil),
		extents:      versioned.New[int64, dataSourceKey, *extent](maxRemembered, nil),
		faults:       versioned.New[int64, faultsKey, []ClientFault](maxRemembered, nil),
		faultWeeks:   versioned.New[int64, faultWeekKey, FaultWeek](maxRemembered, nil),
		clients:      versioned.New[int64, faultsKey, []ClientUse](maxRemembered, nil),
		changes:      versioned.New[int64, changesKey, *Changes](maxRemembered, nil),
		holders:      versioned.New[int64, holdersKey, map[int64]*roaring.Bitmap](maxRemembered, nil),
		through:      versioned.New[int64, throughKey, map[string]*assignedSeats](maxRemembered, nil),
		adoption:     versioned.New[int64, adoptionKey, *Adoption](maxRemembered, nil),
		names:        versioned.New[struct{}, struct{}, *directory.Names](1, nil),
		differ:       versioned.New[int64, disagreementKey, *Disagreement](maxRemembered, nil),
		counts:       versioned.New[int64, disagreementKey, []CountDifference](maxRemembered, nil),
		seats:        versioned.New[struct{}, seatsKey, int64](maxRemembered, nil),
		impacts:      versioned.New[int64, impactKey, *PeopleImpact](maxRemembered, nil),
		credits:      versioned.New[int64, creditsKey, *CreditUse](maxRemembered, nil),
		used:         versioned.New[int64, phasesKey, *usedCredits](maxUsed, func(u *usedCredits) int { return len(u.known) + 1 }),
		phases:       versioned.New[int64, phasesKey, *PhasePeople](maxRemembered, nil),
		spread:       versioned.New[int64, phasesKey, PhaseDistribution](maxSpread, nil),
		earlier:      versioned.New[int64, earlierKey, map[string]day.Day](maxEarlier, func(m map[string]day.Day) int { return len(m) + 1 }),
		entityFaults: versioned.New[int64, day.Range, map[int64][]ClientFault](maxRemembered, nil),
		kinds:        versioned.New[int64, disagreementKey, []KindDifference](maxRemembered, nil),
	}
}
