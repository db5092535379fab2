package question

import (
	"context"
	"fmt"

	"codegauge/internal/day"
	"codegauge/internal/impact"
	"codegauge/internal/metric"
	"codegauge/internal/query"

	"golang.org/x/sync/errgroup"
)

// PhaseDays is how many days GitHub decides phases by, and how many are compared.
const PhaseDays = 28

// PeopleImpact compares people of the scope who are engaged with Copilot with those who are
// passive, over the 28 days to a range's last day.
type PeopleImpact struct {
	// Days are compared; Before are the 28 before them.
	Days, Before day.Range
	// Why says why nobody is compared, "" if somebody is.
	Why NoImpact
	// Break is what changed within what is compared, of Why or Earlier ImpactBreak; Faulty is how many people's clients may have a known fault.
	Break  metric.Break
	Faulty int
	// People have a record; Engaged and Passive are those of a known phase.
	People, Engaged, Passive int
	// Dropped is how many people at the least are left out of each group.
	Dropped int
	// Earlier says why nothing is compared with the days before, of Placebo and Matched:
	// ImpactBreak, or "".
	Earlier  NoImpact
	NoTeams  bool // no teams are known, so that nobody is matched
	Measures []MeasureImpact
}

// MeasureImpact compares one measure.
type MeasureImpact struct {
	Measure string
	// All are all people of both groups, Lighter those without the heaviest; Placebo has
	// their days before, of those who were passive then, and Matched pairs.
	All, Lighter, Placebo, Matched impact.Estimate
}

// NoImpact says why people are not compared.
type NoImpact string

// The reasons.
const (
	ImpactPeople  NoImpact = "people"  // whoever asks may not view people
	ImpactFilters NoImpact = "filters" // phases are of Copilot's whole records
	ImpactRecords NoImpact = "records" // no records of people
	ImpactBreak   NoImpact = "break"   // GitHub changed what it counts, or a fault of clients began or ended
	// Those beside of impact.Why, which have the same names here.
	ImpactPerson   NoImpact = "person"   // pull requests are not known by person
	ImpactTeams    NoImpact = "teams"    // no teams are known
	ImpactNoPhases NoImpact = "phases"   // nothing states phases
	ImpactOfTeam   NoImpact = "team"     // GitHub makes no aggregates of teams, which alone state pull requests by phase
	ImpactTogether NoImpact = "together" // some phases are not told apart, because they are of few people
	ImpactShort    NoImpact = "short"    // less than 56 days of data
	ImpactFew      NoImpact = "few"      // fewer than 20 people in either group
	ImpactNothing  NoImpact = "nothing_to_explain"
)

// impactKey is of whose records, and of which 28 days.
type impactKey struct {
	scope   query.Scope
	source  query.Source
	to      day.Day
	minimum int
}

// impactMeasures are compared, by the counters that they add up.
var impactMeasures = []struct {
	measure  string
	counters []metric.Counter
}{
	{"loc_changed", []metric.Counter{metric.LocAdded, metric.LocDeleted}},
	{"interactions", []metric.Counter{metric.Interactions}},
	{"ai_credits", []metric.Counter{metric.AICredits}},
}

// creditsPlace is that of AI credits.
const creditsPlace = 2

// PeopleImpact compares engaged and passive people of w's scope. Who may not view people
// is told nothing: means over people are figures that nobody has judged, and from one day to
// the next a group may change by one person.
func (a *Answerer) PeopleImpact(ctx context.Context, w Parameters) (*PeopleImpact, error) {
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	days := day.Range{From: v.r.To - PhaseDays + 1, To: v.r.To}
	out := &PeopleImpact{Days: days, Before: day.Range{From: days.From - PhaseDays, To: days.From - 1}}
	faults, err := a.ClientFaults(ctx, w)
	if err != nil {
		return nil, err
	}
	for _, f := range faults {
		out.Faulty = max(out.Faulty, f.People)
	}
	switch breaks := impact.Breaks(days); {
	case v.masked(ctx):
		out.Why = ImpactPeople
	case !v.wholeRecords():
		out.Why = ImpactFilters
	case len(breaks) > 0:
		out.Why, out.Break = ImpactBreak, breaks[len(breaks)-1]
	}
	if out.Why != "" {
		return out, nil
	}
	privacy, err := a.dir.Privacy(ctx, v.scope.Enterprise)
	if err != nil {
		return nil, fmt.Errorf("read privacy settings: %w", err)
	}
	out.Dropped = privacy.MinimumGroup
	return a.memory.impacts.Get(v.scope.Enterprise, v.version, impactKey{v.scope, v.source, days.To, out.Dropped}, func() (*PeopleImpact, error) {
		return out, a.comparePeople(ctx, v, out)
	})
}

// wholeRecords reports whether a question is about all of Copilot's records.
func (v *view) wholeRecords() bool {
	for _, f := range v.filters {
		if f.Dimension != "tool" || len(f.Values) != 1 || f.Values[0] != metric.Copilot {
			return false
		}
	}
	return v.source != query.FromAggregate
}

// comparePeople fills in the comparisons.
func (a *Answerer) comparePeople(ctx context.Context, v *view, out *PeopleImpact) error {
	if breaks := impact.Breaks(day.Range{From: out.Before.From, To: out.Days.To}); len(breaks) > 0 {
		out.Earlier, out.Break = ImpactBreak, breaks[len(breaks)-1]
	}
	var people []doing
	if err := a.store.Read(ctx, v.scope.Enterprise, func(r query.Rollups) (err error) {
		people, err = doings(ctx, r, v, out)
		return err
	}); err != nil {
		return fmt.Errorf("compare people: %w", err)
	}
	used := &usedCredits{make([]float64, len(people)), make([]bool, len(people))}
	for i := range people {
		used.credits[i], used.known[i] = people[i].now.figures[creditsPlace], people[i].now.known[creditsPlace]
	}
	a.memory.used.Put(v.scope.Enterprise, v.version, phasesKey{v.scope, v.source, out.Days.To}, used)
	for i := range people {
		p := &people[i]
		switch {
		case !p.now.seen:
			continue
		case p.now.engaged():
			out.Engaged++
		case p.now.passive():
			out.Passive++
		}
		out.People++
	}
	if out.People == 0 {
		out.Why = ImpactRecords
		return nil
	}
	var group errgroup.Group
	out.Measures = make([]MeasureImpact, len(impactMeasures))
	for i, m := range impactMeasures {
		group.Go(func() error {
			out.Measures[i] = compareMeasure(m.measure, i, people, out)
			return nil
		})
	}
	return group.Wait()
}

// doing is what somebody did in the days that are compared, and in those before.
type doing struct {
	identity    int32
	user        string // the user id, of whoever is in a phase
	team        int64
	now, before period
}

// period is what somebody did in 28 days, by the places of impactMeasures.
type period struct {
	seen, phased bool
	phase        int64 // the last one
	figures      [3]float64
	known        [3]bool
}

func (p *period) engaged() bool { return p.phased && p.phase != 0 }
func (p *period) passive() bool { return p.phased && p.phase == 0 }

// add adds a record, of which the days ascend.
func (p *period) add(r *query.UserRecord) {
	p.seen = true
	if r.Phased {
		p.phased, p.phase = true, r.Phase
	}
	for i := range impactMeasures {
		for _, c := range impactMeasures[i].counters {
			if n, ok := r.Totals.Get(c); ok && !(r.LinesUnknown && c.Lines()) {
				p.known[i] = true
				p.figures[i] += float64(n) / float64(metric.Counters[c].Scale)
			}
		}
	}
}

// doings returns what each person of the scope did, by their number.
func doings(ctx context.Context, r query.Rollups, v *view, out *PeopleImpact) ([]doing, error) {
	span := out.Days
	if out.Earlier == "" {
		span.From = out.Before.From
	}
	var people []doing
	err := wholes(ctx, r, v, span, func(rec *query.UserRecord) {
		if need := int(rec.Person) + 1 - len(people); need > 0 {
			people = append(people, make([]doing, need)...)
		}
		who := &people[rec.Person]
		who.identity = rec.Identity
		p := &who.now
		if rec.Day < out.Days.From {
			p = &who.before
		}
		p.add(rec)
	})
	if err != nil {
		return nil, err
	}
	for i := range people {
		if p := &people[i]; p.now.phased {
			if _, p.user, err = r.UserName(ctx, v.scope.Enterprise, p.identity); err != nil {
				return nil, err
			}
		}
	}
	return people, setTeams(ctx, r, v, people, out)
}

// teamDays is in how many days the last one is looked for on which teams are known.
const teamDays = 7

// setTeams gives people the team that they were in last: of two, that with the lower number.
func setTeams(ctx context.Context, r query.Rollups, v *view, people []doing, out *PeopleImpact) error {
	if v.scope.Team != 0 {
		for i := range people {
			people[i].team = v.scope.Team
		}
		return nil
	}
	teams, err := r.Units(ctx, query.Entities{Level: query.LevelTeam, Enterprise: v.scope.Enterprise, Organization: v.scope.Organization},
		day.Range{From: out.Days.To - teamDays + 1, To: out.Days.To}, metric.Totals)
	if err != nil {
		return err
	}
	last := day.Day(0)
	for _, u := range teams {
		if u.Members != nil {
			last = max(last, u.Day)
		}
	}
	out.NoTeams = last == 0
	for _, u := range teams {
		if u.Members == nil || u.Day != last {
			continue
		}
		for it := u.Members.Iterator(); it.HasNext(); {
			if id := int(it.Next()); id < len(people) && (people[id].team == 0 || u.Entity < people[id].team) {
				people[id].team = u.Entity
			}
		}
	}
	return nil
}

// compareMeasure compares a measure, which has the place i in periods. Whose figure is not
// known is not compared.
func compareMeasure(measure string, i int, people []doing, out *PeopleImpact) MeasureImpact {
	var engaged, passive, since, still []float64
	var mayMatch, matches []impact.Person
	for id := range people {
		p := &people[id]
		if p.now.known[i] {
			alike := impact.Person{ID: p.user, Team: p.team, Earlier: p.before.figures[i], Figure: p.now.figures[i]}
			known := p.before.known[i] && p.team != 0
			switch {
			case p.now.engaged():
				engaged = append(engaged, p.now.figures[i])
				if known {
					mayMatch = append(mayMatch, alike)
				}
			case p.now.passive():
				passive = append(passive, p.now.figures[i])
				if known {
					matches = append(matches, alike)
				}
			}
		}
		if p.before.known[i] && p.before.passive() {
			switch {
			case p.now.engaged():
				since = append(since, p.before.figures[i])
			case p.now.passive():
				still = append(still, p.before.figures[i])
			}
		}
	}
	m := MeasureImpact{Measure: measure, All: impact.OverPeople(engaged, passive), Lighter: impact.WithoutHeaviest(engaged, passive, out.Dropped)}
	if out.Earlier == "" {
		m.Placebo = impact.OverPeople(since, still)
		m.Matched = impact.OverPairs(impact.Match(mayMatch, matches))
	}
	return m
}
