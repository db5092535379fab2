package question

import (
	"context"
	"fmt"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/sorting"
)

// CountDifference compares what aggregates state of how many people were active with how many
// people user records are of, day by day.
type CountDifference struct {
	Measure string
	// Days are those that differ, of Of days that both have; On is the last of them or, if none
	// differs, the last that both have. Users and Aggregate are what either says of it.
	Days             []day.Day
	Of               int
	On               day.Day
	Users, Aggregate int64
	// Missing is of how many days among those that On's people are counted over there are no
	// user records.
	Missing int
}

// countedOver are the measures of active people, with over how many days each counts.
var countedOver = []struct {
	measure string
	days    day.Day
}{{"daily_active_users", 1}, {"weekly_active_users", 7}, {"monthly_active_users", 28}}

// PhaseDifference compares what aggregates state of a phase with who is in it by user records:
// of Computed of them no record reports one. Stated is nil if the aggregate does not list the phase.
type PhaseDifference struct {
	On                day.Day
	Phase             string
	Stated            *int64
	Records, Computed int64
}

// viewCounts compares the active people of a view by both kinds of report, of Copilot, for
// readers from whom no figure is hidden. Days that still settle are left out.
func (a *Answerer) viewCounts(ctx context.Context, v *view) ([]CountDifference, error) {
	if v.mask != nil || len(v.filters) > 0 || v.scope.Team != 0 {
		return nil, nil
	}
	settled := a.Today() - ProvisionalDays
	out, err := a.memory.counts.Get(v.enterprise.ID, v.version, disagreementKey{v.scope, v.r, settled}, func() ([]CountDifference, error) {
		var out []CountDifference
		users, err := a.countsByDay(ctx, v, query.FromUsers)
		if err != nil {
			return nil, err
		}
		stated, err := a.countsByDay(ctx, v, query.FromAggregate)
		if err != nil {
			return nil, err
		}
		origins, err := a.store.Origins(ctx, v.scope, query.FromUsers, day.Range{From: v.r.From - 27, To: v.r.To})
		if err != nil {
			return nil, fmt.Errorf("days with user records: %w", err)
		}
		have := map[day.Day]bool{}
		for _, o := range origins {
			have[o.Day] = have[o.Day] || o.Tool == metric.Copilot
		}
		for i, m := range countedOver {
			c := CountDifference{Measure: m.measure}
			for d := v.r.From; d <= min(v.r.To, settled); d++ {
				mine, theirs := users[d], stated[d]
				if mine == nil || theirs == nil || mine[i] == nil || theirs[i] == nil || !have[d] {
					continue
				}
				c.Of++
				differs := *mine[i] != *theirs[i]
				if differs {
					c.Days = append(c.Days, d)
				}
				if differs || len(c.Days) == 0 {
					c.On, c.Users, c.Aggregate = d, *mine[i], *theirs[i]
				}
			}
			for d := c.On - m.days + 1; d <= c.On; d++ {
				if !have[d] {
					c.Missing++
				}
			}
			if c.Of > 0 {
				out = append(out, c)
			}
		}
		return out, nil
	})
	if err != nil {
		return nil, fmt.Errorf("compare active people: %w", err)
	}
	return out, nil
}

// countsByDay returns how many people of Copilot a kind of report has, in the order of
// countedOver.
func (a *Answerer) countsByDay(ctx context.Context, v *view, src query.Source) (map[day.Day][]*int64, error) {
	var measures []string
	for _, m := range countedOver {
		measures = append(measures, m.measure)
	}
	res, err := a.run(ctx, query.Query{Scope: v.scope, Measures: measures, By: []string{"day"}, Range: v.r, Source: src, Filters: []query.Filter{{Dimension: "tool", Values: []string{metric.Copilot}}}})
	if err != nil {
		return nil, err
	}
	out := map[day.Day][]*int64{}
	for _, row := range res.Rows {
		d, err := day.Parse(row[0].(string))
		if err != nil {
			return nil, fmt.Errorf("read days: %w", err)
		}
		for _, cell := range row[1:] {
			out[d] = append(out[d], integer(cell))
		}
	}
	return out, nil
}

// viewPhases compares the phases of a view as of the last day of which aggregates state any, for
// readers from whom no figure is hidden.
func (a *Answerer) viewPhases(ctx context.Context, v *view, w Parameters) ([]PhaseDifference, error) {
	if v.mask != nil || len(v.filters) > 0 || v.scope.Team != 0 {
		return nil, nil
	}
	last := min(v.r.To, a.Today()-ProvisionalDays)
	days := day.Range{From: max(v.r.From, last-6), To: last}
	if days.Len() == 0 {
		return nil, nil
	}
	res, err := a.run(ctx, query.Query{Scope: v.scope, Measures: PhaseFigures[:1], By: []string{"day", "phase"}, Range: days, Source: query.FromAggregate})
	if err != nil {
		return nil, fmt.Errorf("phases that aggregates state: %w", err)
	}
	var on day.Day
	stated := map[string]*int64{}
	for _, row := range res.Rows {
		d, err := day.Parse(row[0].(string))
		if err != nil {
			return nil, fmt.Errorf("read days: %w", err)
		}
		phase, named := row[1].(string)
		n := integer(row[2])
		if !named || n == nil || d < on {
			continue
		}
		if d > on {
			on = d
			clear(stated)
		}
		stated[phase] = n
	}
	if on == 0 {
		return nil, nil
	}
	people, err := a.PhasePeople(ctx, w, on)
	if err != nil || people[0].Why != "" || len(people[0].Phases) == 0 {
		return nil, err
	}
	var out []PhaseDifference
	for _, p := range people[0].Phases {
		out = append(out, PhaseDifference{On: on, Phase: p.Phase, Stated: stated[p.Phase], Records: p.People, Computed: p.Computed})
		delete(stated, p.Phase)
	}
	for phase, n := range stated {
		out = append(out, PhaseDifference{On: on, Phase: phase, Stated: n})
	}
	sorting.Stable(out, func(x, y PhaseDifference) int { return metric.ComparePhases(x.Phase, y.Phase) })
	return out, nil
}
