package question

import (
	"context"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/impact"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/sorting"
)

// PhaseFigures are the measures that are told of each phase.
var PhaseFigures = []string{"users_in_phase", "pull_requests_per_user", "median_minutes_to_merge", "phase_lines_added_per_day", "phase_lines_deleted_per_day"}

// Phase is an adoption phase with its people and figures.
type Phase struct {
	Name string
	// Others says that phases are together, because some are of too few people: Name says so too.
	Others bool
	People float64
	// Computed is how many of the people no report says the phase of.
	Computed int64
	// Before is how many people it had at the end of the period before, nil if that is not known.
	Before *float64
	// Merged is pull requests per person and 28 days, Minutes those to merge, a mean of daily
	// medians, Added and Deleted lines per person and active day. Only aggregates state them.
	Merged, Minutes, Added, Deleted *float64
}

// PhaseDistribution is the people of each phase as of a day.
type PhaseDistribution struct {
	// On is the day that the phases are as of, 0 if none states any.
	On     day.Day
	Phases []Phase
	// Active is everybody of the phases, nil if their number is not known.
	Active *float64
	// FromRecords says that the people are counted from their records, because no aggregate
	// states the phases; Why says why there are none at all.
	FromRecords bool
	Why         NoImpact
}

// Computed is of how many people the phase is computed.
func (p *PhaseDistribution) Computed() (n int64) {
	for i := range p.Phases {
		n += p.Phases[i].Computed
	}
	return n
}

// Engaged is how many people are in any phase but No Cohort, nil if that is not known.
func (p *PhaseDistribution) Engaged() *float64 {
	return p.sum(func(name string) bool { return name != metric.NoCohort })
}

// Agents is how many are in phase 2 or higher, nil if that is not known.
func (p *PhaseDistribution) Agents() *float64 { return p.sum(withAgents) }

// withAgents reports whether a phase is one of people who use agents.
func withAgents(phase string) bool { return phase != metric.NoCohort && phase != codeFirstPhase }

var codeFirstPhase = metric.PhaseName(1)

// sum adds up the people of some phases, nil if phases are together that differ in it.
func (p *PhaseDistribution) sum(of func(phase string) bool) *float64 {
	if p.Active == nil {
		return nil
	}
	out := new(float64)
	for i := range p.Phases {
		if p.Phases[i].Others {
			return nil
		}
		if of(p.Phases[i].Name) {
			*out += p.Phases[i].People
		}
	}
	return out
}

// agentUsers is how many people of all are in phase 2 or higher; all is 0 if it is not known.
func (p *PhaseDistribution) agentUsers() (agents, all int) {
	n := p.Agents()
	if n == nil {
		return 0, 0
	}
	return int(*n), int(*p.Active)
}

// Compare orders phases as they are told, those that are together last.
func (p *Phase) Compare(q *Phase) int {
	return lastAmong(p.Others, q.Others, metric.ComparePhases(p.Name, q.Name))
}

// stated reads the phases of an answer by phase; it has none if nothing states them.
func (t *figureTable) stated() (out PhaseDistribution) {
	for _, row := range t.rows() {
		name, named := t.Name(row, "phase")
		people := t.Value(row, PhaseFigures[0])
		if !named || people == nil {
			continue
		}
		out.Phases = append(out.Phases, Phase{Name: name, Others: query.IsOthers(name), People: *people,
			Merged: t.Value(row, PhaseFigures[1]), Minutes: t.Value(row, PhaseFigures[2]), Added: t.Value(row, PhaseFigures[3]), Deleted: t.Value(row, PhaseFigures[4])})
		out.Active = query.Plus(out.Active, people)
	}
	sorting.Stable(out.Phases, func(x, y Phase) int { return x.Compare(&y) })
	return out
}

// distribution is the people of the phases that records say.
func (p *PhasePeople) distribution() PhaseDistribution {
	out := PhaseDistribution{On: p.Day, FromRecords: true, Why: p.Why}
	for _, c := range p.Phases {
		n := float64(c.People)
		out.Phases = append(out.Phases, Phase{Name: c.Phase, People: n, Computed: c.Computed})
		out.Active = query.Plus(out.Active, &n)
	}
	return out
}

// distribute finds the people of each phase: as aggregates state them, else as records do.
func (i *impactReader) distribute() {
	i.out.Records = i.counts[0].distribution()
	now, before := i.answers[askPhases].stated(), i.answers[askPhasesBefore].stated()
	if now.On = i.statedOn(); now.Active == nil {
		now, before = i.counts[0].distribution(), i.counts[1].distribution()
	}
	for n := range now.Phases {
		p := &now.Phases[n]
		if at := slices.IndexFunc(before.Phases, func(was Phase) bool { return was.Name == p.Name }); at >= 0 {
			p.Before = &before.Phases[at].People
		}
	}
	i.out.Phases = now
	t := i.answers[askPhaseDays]
	for _, row := range t.rows() {
		if phase, named := t.Name(row, "phase"); named {
			i.out.MergedByPhase[phase] = query.Plus(i.out.MergedByPhase[phase], t.Value(row, "pull_requests_merged"))
		}
	}
}

// statedOn is the last day of the window of which aggregates state phases, 0 if there is none.
func (i *impactReader) statedOn() (on day.Day) {
	t := i.answers[askPhaseDays]
	for _, row := range t.rows() {
		if _, last, ok := t.daysOfRow(row, i.grain); ok && t.Value(row, PhaseFigures[0]) != nil {
			on = max(on, min(last, i.v.r.To))
		}
	}
	return on
}

// FeatureEngagement is how many people used each feature on two days or more of 28, as of a
// day; they overlap.
type FeatureEngagement struct {
	On day.Day
	// Features are those with the most people first.
	Features []EngagedFeature
	// Active is everybody active in the 28 days, nil if that is not known; InPhases is how many
	// people the phases of the same day have.
	Active, InPhases *float64
	// FromRecords and Why are as in PhaseDistribution.
	FromRecords bool
	Why         NoImpact
}

// EngagedFeature is a feature by GitHub's name; People is nil where that is not told.
type EngagedFeature struct {
	Name   string
	People *float64
}

// features says how many are engaged with each: as reported, else as records say.
func (i *impactReader) features() (out FeatureEngagement) {
	t := i.answers[askFeatures]
	for _, row := range t.rows() {
		if name, named := t.Name(row, "feature"); named {
			out.Features = append(out.Features, EngagedFeature{name, t.Value(row, "feature_engaged_users")})
		}
	}
	if users := i.answers[askFeatureUsers]; users != nil {
		for _, row := range users.rows() {
			if _, last, ok := users.daysOfRow(row, i.grain); ok && users.Value(row, "feature_users") != nil && last > out.On {
				out.Active, out.On = users.Value(row, "feature_users"), last
			}
		}
	}
	if len(out.Features) == 0 {
		counted := i.counts[0]
		out = FeatureEngagement{On: counted.Day, FromRecords: true, Why: counted.Why, Active: i.out.Records.Active}
		for _, f := range counted.Features {
			n := float64(f.People)
			out.Features = append(out.Features, EngagedFeature{f.Feature, &n})
		}
	} else if t := i.answers[askPhaseDays]; t != nil {
		for _, row := range t.rows() {
			if first, _, ok := t.daysOfRow(row, "day"); ok && first == out.On {
				out.InPhases = query.Plus(out.InPhases, t.Value(row, PhaseFigures[0]))
			}
		}
	}
	sorting.Stable(out.Features, func(x, y EngagedFeature) int { return compareKnown(y.People, x.People) })
	return out
}

// compareKnown orders numbers, what is not known as 0.
func compareKnown(x, y *float64) int {
	switch d := orZero(x) - orZero(y); {
	case d < 0:
		return -1
	case d > 0:
		return 1
	}
	return 0
}

func orZero(x *float64) float64 {
	if x == nil {
		return 0
	}
	return *x
}

// trendMonths is of how many months the trend is.
const trendMonths = 6

// TrendMonth is a month of the trend: its phases as of its last day, or of the window's, and
// how many pull requests were merged on how many of its days.
type TrendMonth struct {
	First, On day.Day
	Phases    PhaseDistribution
	Merged    *float64
	Days      int
}

// Len is how many days the month has, to On.
func (m *TrendMonth) Len() int { return int(m.On-m.First) + 1 }

// questionName is the name of the question about the month's phases.
func (m *TrendMonth) questionName() string { return "phases of " + m.First.String() }

// impactTrend is what is looked at before the window.
type impactTrend struct {
	months []TrendMonth
	// earlier is the day with which the share of people who use agents is compared, if it is
	// known; broken is what changed since half a year before.
	earlier day.Day
	broken  *metric.Break
	known   bool
	weeks   bool
}

// newImpactTrend returns the trend to a day; of whole weeks, each month is as of its last Sunday.
func newImpactTrend(last, firstData day.Day, weeks bool) *impactTrend {
	t := &impactTrend{weeks: weeks}
	t.earlier, t.broken, t.known = earlierDay(last, firstData)
	on := last
	for range trendMonths {
		m := TrendMonth{First: on.Month(), On: on}
		if weeks {
			m.On = (on + 1).Week() - 1
		}
		t.months = append(t.months, m)
		on = m.First - 1
	}
	slices.Reverse(t.months)
	return t
}

// trendDays is how many days earlier the share of people who use agents is compared with.
const trendDays = 182

// earlierDay returns the day with which the window's last one is compared: trendDays
// before it, or later if something changed since, so that the days that both phases
// are decided by have nothing of it between them. ok is false if there is no such day yet.
func earlierDay(last, firstData day.Day) (earlier day.Day, broken *metric.Break, ok bool) {
	earlier = max(last-trendDays, firstData+PhaseDays-1)
	if broken = lastBreak(day.Range{From: earlier - PhaseDays + 1, To: last}); broken != nil {
		earlier = broken.Day + PhaseDays - 1
	}
	return earlier, broken, earlier <= last-PhaseDays
}

// earlierDays are those to ask of earlier.
func (t *impactTrend) earlierDays() day.Range {
	if t.weeks {
		monday := t.earlier.Week()
		return day.Range{From: monday - 21, To: monday + 6}
	}
	return day.Range{From: t.earlier, To: t.earlier}
}

// daysOf are those to ask of a month's phases.
func (t *impactTrend) daysOf(m TrendMonth) day.Range {
	if t.weeks {
		return day.Range{From: m.On - PhaseDays + 1, To: m.On}
	}
	return day.Range{From: m.On, To: m.On}
}

// days are all of the months.
func (t *impactTrend) days() day.Range {
	return day.Range{From: t.months[0].First, To: t.months[len(t.months)-1].On}
}

// readTrend fills the months in; those that no aggregate states are counted from records.
func (i *impactReader) readTrend(ctx context.Context) error {
	t := i.trend
	var missing []*TrendMonth
	var days []day.Day
	for n := range t.months {
		m := &t.months[n]
		if m.Phases = i.answers[m.questionName()].stated(); m.Phases.Active == nil {
			missing, days = append(missing, m), append(days, m.On)
		}
		m.Phases.On = m.On
	}
	counted, err := i.PhasePeople(ctx, i.words, days...)
	if err != nil {
		return err
	}
	for n, m := range missing {
		m.Phases = counted[n].distribution()
	}
	merged := i.answers[askMerged]
	for _, row := range merged.rows() {
		on, _, ok := merged.daysOfRow(row, "day")
		n := merged.Value(row, "pull_requests_merged")
		if at := slices.IndexFunc(t.months, func(m TrendMonth) bool { return m.First == on.Month() }); ok && n != nil && at >= 0 {
			t.months[at].Merged, t.months[at].Days = query.Plus(t.months[at].Merged, n), t.months[at].Days+1
		}
	}
	i.out.Trends = t.months
	return nil
}

// Steps are from one phase to the next, the one before which most people stand first: GitHub's
// own rule is not published. Why says why there are none.
type Steps struct {
	Why   NoImpact
	Steps []PhaseStep
}

// PhaseStep is a step, and how many people stand before it. Policy is GitHub's page of what
// decides whether they can take it.
type PhaseStep struct {
	Name, From, To, Policy string
	People                 float64
	Share                  *float64
}

// phaseSteps are from one phase to the next.
var phaseSteps = []PhaseStep{
	{Name: "onboard", From: metric.NoCohort, To: metric.PhaseName(1), Policy: "https://docs.github.com/en/copilot/how-tos/administer-copilot"},
	{Name: "agents", From: metric.PhaseName(1), To: metric.PhaseName(2), Policy: "https://docs.github.com/en/copilot/how-tos/administer-copilot"},
	{Name: "several", From: metric.PhaseName(2), To: metric.PhaseName(3), Policy: "https://docs.github.com/en/copilot/concepts/agents/cloud-agent"},
}

func (p *PhaseDistribution) steps() (out Steps) {
	switch {
	case p.Active == nil && p.Why == "":
		return Steps{Why: ImpactNoPhases}
	case p.Active == nil:
		return Steps{Why: p.Why}
	case p.Engaged() == nil:
		return Steps{Why: ImpactTogether}
	}
	for _, s := range phaseSteps {
		for _, phase := range p.Phases {
			if phase.Name == s.From {
				s.People = phase.People
			}
		}
		s.Share = query.Share(&s.People, p.Active)
		out.Steps = append(out.Steps, s)
	}
	sorting.Stable(out.Steps, func(x, y PhaseStep) int { return compareKnown(&y.People, &x.People) })
	return out
}

// Comparison is a ratio of two groups, or why there is none: then there are no figures of them.
type Comparison struct {
	impact.Estimate
	Why NoImpact
	// Break is what changed within what would be compared, of Why ImpactBreak.
	Break *metric.Break
}

// compared is a comparison, unless there is a reason against it.
func compared(e impact.Estimate, why NoImpact, broken *metric.Break) Comparison {
	switch {
	case why == ImpactBreak:
		return Comparison{Why: why, Break: broken}
	case why != "":
		return Comparison{Why: why}
	case e.Why != "":
		return Comparison{Why: NoImpact(e.Why)}
	}
	return Comparison{Estimate: e}
}

// Answer says whether there is more.
func (c *Comparison) Answer() impact.Answer {
	if c.Why != "" {
		return impact.CannotTell
	}
	return c.Estimate.Answer()
}
