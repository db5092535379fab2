package question

import (
	"context"
	"fmt"

	"codegauge/internal/day"
	"codegauge/internal/impact"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
)

// CreditUse is what people of a scope used of AI credits in the 28 days to a range's last
// day: those of phases 0 and 1, and those of phase 2 and higher.
type CreditUse struct {
	// Why says why nothing is told, "" if something is.
	Why  NoImpact
	Days day.Range
	// Light is phases 0 and 1, Heavy phase 2 and higher.
	Light, Heavy CreditGroup
	// Ratio compares Heavy with Light, person by person.
	Ratio impact.Estimate
	// Break is what changed within the days, so that there is no interval; nil if nothing did.
	Break *metric.Break
	// Pool is how many credits a month are included in the enterprise's seats, and Licence
	// what one of the scope's seats costs a month on average, in US dollars; nil where plans
	// or prices are not known.
	Pool    *int64
	Licence *float64
}

// CreditGroup is the people of some phases. What somebody used whose records state no
// credits is not known: Known of the People are what Credits are of.
type CreditGroup struct {
	People, Known int
	Credits       float64
}

// creditsKey is of whose records, and of which 28 days; directory is the version of the seats.
type creditsKey struct {
	scope     query.Scope
	source    query.Source
	to        day.Day
	directory int64
}

// CreditUse answers w. Who may not view people is told nothing, as of PeopleImpact.
func (a *Answerer) CreditUse(ctx context.Context, w Parameters) (*CreditUse, error) {
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	days := day.Range{From: v.r.To - PhaseDays + 1, To: v.r.To}
	switch {
	case v.masked(ctx):
		return &CreditUse{Why: ImpactPeople, Days: days}, nil
	case !v.wholeRecords():
		return &CreditUse{Why: ImpactFilters, Days: days}, nil
	}
	revision, err := a.DirectoryVersion(ctx)
	if err != nil {
		return nil, err
	}
	return a.memory.credits.Get(v.scope.Enterprise, v.version, creditsKey{v.scope, v.source, days.To, revision}, func() (*CreditUse, error) {
		out := &CreditUse{Days: days}
		if breaks := impact.Breaks(days); len(breaks) > 0 {
			out.Break = &breaks[len(breaks)-1]
		}
		if err := a.store.Read(ctx, v.scope.Enterprise, func(r query.Rollups) error {
			used, err := a.memory.used.Get(v.scope.Enterprise, v.version, phasesKey{v.scope, v.source, days.To}, func() (*usedCredits, error) { return readUsed(ctx, r, v, days) })
			if err != nil {
				return err
			}
			return out.addPeople(ctx, r, v, used)
		}); err != nil {
			return nil, fmt.Errorf("AI credits by phase: %w", err)
		}
		return out, a.addSeats(ctx, v.scope, out)
	})
}

// usedCredits is how many credits people used in 28 days, by their number.
type usedCredits struct {
	credits []float64
	known   []bool
}

func readUsed(ctx context.Context, r query.Rollups, v *view, days day.Range) (*usedCredits, error) {
	out := &usedCredits{}
	return out, wholes(ctx, r, v, days, func(rec *query.UserRecord) {
		n, ok := rec.Totals.Get(metric.AICredits)
		if !ok {
			return
		}
		if need := int(rec.Person) + 1 - len(out.known); need > 0 {
			out.credits, out.known = append(out.credits, make([]float64, need)...), append(out.known, make([]bool, need)...)
		}
		out.credits[rec.Person] += float64(n) / metric.Millionths
		out.known[rec.Person] = true
	})
}

// addPeople adds up what the people of both groups used.
func (c *CreditUse) addPeople(ctx context.Context, r query.Rollups, v *view, used *usedCredits) error {
	cohort, err := readPhases(ctx, r, v, c.Days.To)
	if err != nil {
		return err
	}
	if len(cohort.Days()) == 0 {
		c.Why = ImpactRecords
		return nil
	}
	phases, _ := cohort.phases()
	var light, heavy []float64
	for phase, people := range phases {
		group, figures := &c.Heavy, &heavy
		if phase == metric.NoCohort || phase == metric.PhaseName(1) {
			group, figures = &c.Light, &light
		}
		for it := people.Iterator(); it.HasNext(); {
			person := int(it.Next())
			group.People++
			if person < len(used.known) && used.known[person] {
				group.Known++
				group.Credits += used.credits[person]
				*figures = append(*figures, used.credits[person])
			}
		}
	}
	c.Ratio = impact.OverPeople(heavy, light)
	return cohort.Err()
}

// wholes yields the records of the scope's people that its figures are of.
func wholes(ctx context.Context, r query.Rollups, v *view, span day.Range, yield func(*query.UserRecord)) error {
	units, err := r.Units(ctx, v.scope.Itself(), span, metric.Totals)
	if err != nil {
		return err
	}
	counts, dictionary := map[day.Day]*query.Unit{}, r.Dictionary()
	for _, u := range units {
		if dictionary.Name(u.Tool) == metric.Copilot && v.source.Selects(u) && u.Origin != query.AggregateRecord {
			counts[u.Day] = u
		}
	}
	return r.Wholes(ctx, span, func(rec *query.UserRecord) error {
		if u := counts[rec.Day]; u != nil && u.Tool == rec.Tool && (u.Members == nil || u.Members.Contains(rec.Person)) {
			yield(rec)
		}
		return nil
	})
}

// IncludedCredits returns CreditUse.Pool: nothing is told to who may not view people.
func (a *Answerer) IncludedCredits(ctx context.Context, w Parameters) (*int64, error) {
	q, err := a.understand(ctx, w)
	if err != nil || !privacy.ViewsPeople(ctx, q.entity()) {
		return nil, err
	}
	out := &CreditUse{}
	err = a.addSeats(ctx, q.scope, out)
	return out.Pool, err
}

// addSeats says what the plans of the seats include, and what a seat costs.
func (a *Answerer) addSeats(ctx context.Context, scope query.Scope, out *CreditUse) error {
	if scope.Team != 0 {
		return nil
	}
	seats, err := a.dir.Seats(ctx, scope.Enterprise, scope.Organization)
	if err != nil {
		return fmt.Errorf("seats: %w", err)
	}
	pool, price, included, priced := int64(0), int64(0), true, true
	seen := map[string]bool{}
	for _, s := range seats {
		if seen[s.Holder()] { // of a person with seats of several organizations one is paid
			continue
		}
		seen[s.Holder()] = s.Holder() != ""
		credits, ok := metric.IncludedCredits[s.Plan]
		pool, included = pool+credits, included && ok
		cents, ok := a.opt.SeatPrices[s.Plan]
		price, priced = price+cents, priced && ok
	}
	n := len(seen)
	if n > 0 && included && scope.Organization == 0 { // the pool is the enterprise's
		out.Pool = &pool
	}
	if n > 0 && priced {
		each := float64(price) / 100 / float64(n)
		out.Licence = &each
	}
	return nil
}
