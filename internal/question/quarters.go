package question

import (
	"context"
	"fmt"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// QuarterMeasures are what people's places are told of, by their keys in Quarters.Bounds.
const (
	QuarterLines      = "loc_changed"
	QuarterActiveDays = "active_days"
)

// quarterPeople is how many people a distribution needs at the least: 20, and whoever asks.
const quarterPeople = 21

// Quarters divide everybody in an enterprise with a record into four parts, of which each has a
// quarter of the people, by what they did in four whole weeks.
type Quarters struct {
	Days day.Range
	// Why says why there are none, "" if there are.
	Why NoQuarters
	// Bounds are the largest figures of each of the first three quarters.
	Bounds directory.QuarterBounds
}

// NoQuarters says why people are not divided.
type NoQuarters string

// The reasons.
const (
	QuartersData   NoQuarters = "data"   // four whole weeks of data are not there yet
	QuartersPeople NoQuarters = "people" // too few people
)

// FourWeeks returns the last four weeks that people's places are told of: blocks of four
// ISO weeks follow each other without overlapping, so that nobody can take one window from
// another.
func FourWeeks(last day.Day) day.Range {
	const first = day.Day(4) // the Monday after 1 January 1970
	to := first + (last+1-first)/28*28 - 1
	return day.Range{From: to - 27, To: to}
}

// QuarterWeeks returns the four weeks of an enterprise that places are told of, none (without a
// first day) if there is no data of all of them.
func (a *Answerer) QuarterWeeks(ctx context.Context, enterprise string) (day.Range, error) {
	v, err := a.view(ctx, Parameters{Enterprise: enterprise})
	if err != nil {
		return day.Range{}, err
	}
	return v.quarterWeeks(), nil
}

func (v *view) quarterWeeks() day.Range {
	r := FourWeeks(min(v.completeTo, v.today-ProvisionalDays))
	if v.completeTo == 0 || r.From < v.data.From {
		return day.Range{}
	}
	return r
}

// Quarters divides the people of an enterprise. It tells nobody's figures: what pages show is
// in which part the viewer is.
func (a *Answerer) Quarters(ctx context.Context, enterprise string) (*Quarters, error) {
	v, err := a.view(ctx, Parameters{Enterprise: enterprise})
	if err != nil {
		return nil, err
	}
	out := &Quarters{Days: v.quarterWeeks(), Bounds: directory.QuarterBounds{}}
	if out.Days.From == 0 {
		out.Why = QuartersData
		return out, nil
	}
	privacy, err := a.dir.Privacy(ctx, v.scope.Enterprise)
	if err != nil {
		return nil, fmt.Errorf("read privacy settings: %w", err)
	}
	did := map[uint32]*period{}
	days := map[uint32]int64{}
	err = a.store.Read(ctx, v.scope.Enterprise, func(r query.Rollups) error {
		clear(did) // it may be the second time
		clear(days)
		return wholes(ctx, r, v, out.Days, func(rec *query.UserRecord) {
			if did[rec.Person] == nil {
				did[rec.Person] = &period{}
			}
			did[rec.Person].add(rec)
			days[rec.Person]++
		})
	})
	if err != nil {
		return nil, fmt.Errorf("divide people: %w", err)
	}
	var lines, active []int64
	for person, p := range did {
		active = append(active, days[person])
		if p.known[0] { // impactMeasures[0] are the lines
			lines = append(lines, int64(p.figures[0]))
		}
	}
	// The minimum is of each quarter, too.
	least := max(quarterPeople, 4*privacy.MinimumGroup+1)
	for measure, figures := range map[string][]int64{QuarterLines: lines, QuarterActiveDays: active} {
		if len(figures) >= least {
			out.Bounds[measure] = quartersOf(figures)
		}
	}
	if len(out.Bounds) == 0 {
		out.Why = QuartersPeople
	}
	return out, nil
}

// quartersOf returns the largest figure of each of the first three quarters.
func quartersOf(figures []int64) (bounds [3]int64) {
	slices.Sort(figures)
	for i := range bounds {
		bounds[i] = figures[(i+1)*len(figures)/4-1]
	}
	return bounds
}

// QuarterOf returns in which quarter a figure is, from 0.
func QuarterOf(bounds [3]int64, figure int64) int {
	i := slices.IndexFunc(bounds[:], func(bound int64) bool { return figure <= bound })
	if i < 0 {
		return 3
	}
	return i
}

// QuarterTool is the tool whose records are compared.
const QuarterTool = metric.Copilot
