package question

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/sorting"

	"github.com/RoaringBitmap/roaring/v2"
)

// PhasePeople is how many people of a scope are in each adoption phase as of a day, from
// their records of the 28 days to it: in the last one that their records report or, where
// none does, in the one that GitHub's rules give them.
type PhasePeople struct {
	// Why says why nobody is told, "" if somebody is.
	Why NoImpact
	Day day.Day
	// Days have records of people.
	Days int
	// Phases are those of somebody, in their order: together, everybody active.
	Phases []PhaseCount
	// Features are how many used each on two days or more: they overlap.
	Features []FeatureCount
	// people are those of each phase; of computed no record reports one.
	people   map[string]*roaring.Bitmap
	computed *roaring.Bitmap
}

// PhaseCount is the people of a phase; of Computed of them no record reports one.
type PhaseCount struct {
	Phase            string
	People, Computed int64
}

// FeatureCount is the people who are engaged with a feature.
type FeatureCount struct {
	Feature string
	People  int64
}

// phasesKey is of whose records, and as of which day.
type phasesKey struct {
	scope  query.Scope
	source query.Source
	on     day.Day
}

// PhasePeople answers w as of each of the days. Who may not view people is told nothing:
// from one day to the next a single person may change phase.
func (a *Answerer) PhasePeople(ctx context.Context, w Parameters, days ...day.Day) ([]*PhasePeople, error) {
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	return a.phasePeople(ctx, v, v.untoldPhases(ctx), days...)
}

// phasePeople counts, unless there is a reason against it.
func (a *Answerer) phasePeople(ctx context.Context, v *view, why NoImpact, days ...day.Day) (out []*PhasePeople, err error) {
	for _, on := range days {
		if why != "" {
			out = append(out, &PhasePeople{Why: why, Day: on})
			continue
		}
		p, err := a.memory.phases.Get(v.scope.Enterprise, v.version, phasesKey{v.scope, v.source, on}, func() (p *PhasePeople, err error) {
			err = a.store.Read(ctx, v.scope.Enterprise, func(r query.Rollups) error {
				cohort, err := readPhases(ctx, r, v, on)
				if err != nil {
					return err
				}
				p = cohort.count(on)
				return cohort.Err()
			})
			return p, err
		})
		if err != nil {
			return nil, fmt.Errorf("people by phase: %w", err)
		}
		out = append(out, p)
	}
	return out, nil
}

// PhaseMoves is how many people of a scope went from one adoption phase to another between two
// days, as of each of which PhasePeople says who is in which.
type PhaseMoves struct {
	// Why says why nobody is told, "" if somebody is.
	Why      NoImpact
	From, To day.Day
	// Moves are those of somebody, in the order of the phases: together, everybody who was
	// active in the 28 days to either day.
	Moves []PhaseMove
}

// PhaseMove is the people who were in a phase and are in another, or the same. "" is no phase:
// they were not active.
type PhaseMove struct {
	From, To string
	People   int64
}

// PhaseMoves answers w between two days, from whom PhasePeople counts as of each.
func (a *Answerer) PhaseMoves(ctx context.Context, w Parameters, from, to day.Day) (*PhaseMoves, error) {
	people, err := a.PhasePeople(ctx, w, from, to)
	if err != nil {
		return nil, err
	}
	before, now := people[0], people[1]
	out := &PhaseMoves{Why: cmp.Or(before.Why, now.Why), From: from, To: to}
	if out.Why != "" {
		return out, nil
	}
	// Who is in no phase of one of the two was not active in its 28 days.
	add := func(from, to string, people *roaring.Bitmap) {
		if n := count(people); n > 0 {
			out.Moves = append(out.Moves, PhaseMove{from, to, n})
		}
	}
	gone, come := everybodyIn(before.people), everybodyIn(now.people)
	for from, was := range before.people {
		for to, is := range now.people {
			add(from, to, roaring.And(was, is))
		}
		add(from, "", roaring.AndNot(was, come))
	}
	for to, is := range now.people {
		add("", to, roaring.AndNot(is, gone))
	}
	sorting.Stable(out.Moves, func(x, y PhaseMove) int {
		return cmp.Or(ComparePhases(x.From, y.From), ComparePhases(x.To, y.To))
	})
	return out, nil
}

// everybodyIn returns everybody in some phase.
func everybodyIn(phases map[string]*roaring.Bitmap) *roaring.Bitmap {
	return roaring.FastOr(slices.Collect(maps.Values(phases))...)
}

// ComparePhases orders the phases of moves, no phase last.
func ComparePhases(x, y string) int {
	switch {
	case x == y:
		return 0
	case x == "":
		return 1
	case y == "":
		return -1
	}
	return metric.ComparePhases(x, y)
}

// phaseCohort is who was in which phase, or used what, on some days.
type phaseCohort struct {
	*query.Cohort
	days day.Range
}

func readPhases(ctx context.Context, r query.Rollups, v *view, on day.Day) (*phaseCohort, error) {
	out := &phaseCohort{days: day.Range{From: on - PhaseDays + 1, To: on}}
	ask := v.query(out.days, nil)
	ask.Filters = []query.Filter{{Dimension: "tool", Values: []string{metric.Copilot}}}
	var err error
	out.Cohort, err = query.ReadCohort(ctx, r, ask, metric.ByPhase, metric.ByFeature, metric.BySignal)
	return out, err
}

// reported returns the people of each phase that their last record with one reports. It goes
// back week by week: most people have one phase in a week, and only of others the days decide.
func (c *phaseCohort) reported() map[string]*roaring.Bitmap {
	out, seen := map[string]*roaring.Bitmap{}, roaring.New()
	phases := c.Values(metric.ByPhase)
	for _, phase := range phases {
		out[phase] = roaring.New()
	}
	in := func(r day.Range, phase string) *roaring.Bitmap {
		return roaring.AndNot(c.In(r, query.CohortKey{Breakdown: metric.ByPhase, Value: phase}), seen)
	}
	for to := c.days.To; to >= c.days.From; to = to.Week() - 1 {
		week := day.Range{From: max(to.Week(), c.days.From), To: to}
		one, several := roaring.New(), roaring.New()
		for _, phase := range phases {
			people := in(week, phase)
			several.Or(roaring.And(one, people))
			one.Or(people)
		}
		one.AndNot(several)
		for _, phase := range phases {
			out[phase].Or(roaring.And(in(week, phase), one))
		}
		seen.Or(one)
		for on := to; on >= week.From && !several.IsEmpty(); on-- {
			today := roaring.New()
			for _, phase := range phases {
				people := roaring.And(in(day.Range{From: on, To: on}, phase), several)
				out[phase].Or(people)
				today.Or(people)
			}
			seen.Or(today)
			several.AndNot(today)
		}
	}
	return out
}

// engagedWith are the features that GitHub decides phases by, by GitHub's names, with what
// in people's records says that somebody used one.
var engagedWith = []struct {
	feature string
	key     query.CohortKey
}{
	{"code_completion", query.CohortKey{Breakdown: metric.ByFeature, Value: "code_completion"}},
	{"agent_edit", query.CohortKey{Breakdown: metric.ByFeature, Value: "agent_edit"}},
	{"code_review_passive", signal("used_copilot_code_review_passive")},
	{"code_review_active", signal("used_copilot_code_review_active")},
	{"cloud_agent", signal("used_copilot_cloud_agent")},
	{"copilot_cli", query.CohortKey{Breakdown: metric.ByFeature, Value: "copilot_cli"}},
	{"github_app", query.CohortKey{Breakdown: metric.ByFeature, Value: "copilot_app"}},
}

// engaged returns who used one of the features on two days or more.
func (c *phaseCohort) engaged(features ...string) *roaring.Bitmap {
	once, twice := roaring.New(), roaring.New()
	for _, on := range c.Days() {
		today := roaring.New()
		for _, e := range engagedWith {
			if slices.Contains(features, e.feature) {
				today.Or(c.On(on, e.key))
			}
		}
		twice.Or(roaring.And(once, today))
		once.Or(today)
	}
	return twice
}

// computed returns the people of each phase by GitHub's rules, from the highest on.
func (c *phaseCohort) computed() map[string]*roaring.Bitmap {
	surfaces := []*roaring.Bitmap{c.engaged("copilot_cli"), c.engaged("cloud_agent"), c.engaged("code_review_active", "code_review_passive")}
	one, two := roaring.New(), roaring.New()
	for _, s := range surfaces {
		two.Or(roaring.And(one, s))
		one.Or(s)
	}
	out, left := map[string]*roaring.Bitmap{}, c.In(c.days, query.CohortKey{}).Clone()
	for _, rule := range []struct {
		phase  int64
		people *roaring.Bitmap
	}{{3, roaring.Or(two, c.engaged("github_app"))}, {2, one}, {1, roaring.Or(c.engaged("code_completion"), c.engaged("agent_edit"))}, {0, left.Clone()}} {
		out[metric.PhaseName(rule.phase)] = roaring.And(left, rule.people)
		left.AndNot(rule.people)
	}
	return out
}

// phases returns the people of each phase, and those of whom it is computed.
func (c *phaseCohort) phases() (phases map[string]*roaring.Bitmap, computed *roaring.Bitmap) {
	phases, computed = c.reported(), c.In(c.days, query.CohortKey{}).Clone()
	for _, people := range phases {
		computed.AndNot(people)
	}
	if computed.IsEmpty() {
		return phases, computed
	}
	for phase, people := range c.computed() {
		if phases[phase] == nil {
			phases[phase] = roaring.New()
		}
		phases[phase].Or(roaring.And(people, computed))
	}
	return phases, computed
}

// count counts the people of each phase, and those who are engaged with each feature.
func (c *phaseCohort) count(on day.Day) *PhasePeople {
	out := c.countPhases(on)
	if out.Why != "" {
		return out
	}
	for _, e := range engagedWith {
		out.Features = append(out.Features, FeatureCount{e.feature, count(c.engaged(e.feature))})
	}
	return out
}

func (c *phaseCohort) countPhases(on day.Day) *PhasePeople {
	out := &PhasePeople{Day: on, Days: len(c.Days())}
	if out.Days == 0 {
		out.Why = ImpactRecords
		return out
	}
	phases, computed := c.phases()
	out.people, out.computed = phases, computed
	for phase, people := range phases {
		if !people.IsEmpty() {
			out.Phases = append(out.Phases, PhaseCount{phase, count(people), count(roaring.And(people, computed))})
		}
	}
	sorting.Stable(out.Phases, func(x, y PhaseCount) int { return metric.ComparePhases(x.Phase, y.Phase) })
	return out
}
