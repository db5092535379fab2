package question

import (
	"cmp"
	"maps"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/impact"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// The four questions of an Impact.
const (
	FindMore   = "more"   // are more people using agents?
	FindPulls  = "pulls"  // do engaged people merge more?
	FindCause  = "cause"  // is it because of Copilot?
	FindFaster = "faster" // do they merge faster?
)

// Finding is the answer to a question.
type Finding struct {
	Question string
	Answer   impact.Answer
	// Why says why it cannot be told, "" where the interval decides; Break is what changed, of
	// Why ImpactBreak, or since when what is counted is the same.
	Why   NoImpact
	Break *metric.Break
	// Shares are those of people who use agents, of FindMore, as of Earlier and now.
	Shares  impact.Shares
	Earlier day.Day
	// Ratio is what the answer is judged by otherwise: of FindCause, which lines alone can say
	// anything of, that of pairs, and Placebo that of the days before.
	Ratio   Comparison
	Placebo Comparison
}

// findings answers the four questions.
func (i *impactReader) findings() []Finding {
	ratio := func(question string, e impact.Estimate) Finding {
		c := i.ofPulls(e)
		return Finding{Question: question, Answer: c.Answer(), Why: c.Why, Break: c.Break, Ratio: c}
	}
	more, pulls := i.findMore(), ratio(FindPulls, i.pulls.merged)
	return []Finding{more, pulls, i.findCause(pulls.Answer), ratio(FindFaster, i.pulls.faster)}
}

// findMore answers whether more people use agents.
func (i *impactReader) findMore() Finding {
	out := Finding{Question: FindMore, Answer: impact.CannotTell, Break: i.trend.broken}
	if !i.trend.known {
		if out.Why = ImpactShort; out.Break != nil {
			out.Why = ImpactBreak
		}
		return out
	}
	stated, earlier := i.answers[askPhases].stated(), i.answers[askPhasesEarlier].stated()
	now, all := stated.agentUsers()
	before, allBefore := earlier.agentUsers()
	if all == 0 || allBefore == 0 { // no aggregate states both: records may
		stated, earlier = i.counts[0].distribution(), i.counts[2].distribution()
		now, all = stated.agentUsers()
		before, allBefore = earlier.agentUsers()
	}
	if all == 0 || allBefore == 0 {
		out.Why = cmp.Or(i.counts[0].Why, i.counts[2].Why, ImpactNoPhases)
		return out
	}
	s := impact.ShareDiff(before, allBefore, now, all)
	if s.Why != "" {
		out.Why = ImpactFew
		return out
	}
	out.Answer, out.Shares, out.Earlier = s.Answer(), s, i.trend.earlier
	return out
}

// findCause answers whether that engaged people merge more is because of Copilot: pull requests
// are not known by person, so it is never more than what lines say of the people.
func (i *impactReader) findCause(merged impact.Answer) Finding {
	none := Comparison{Why: ImpactPerson}
	out := Finding{Question: FindCause, Answer: impact.CannotTell, Why: ImpactPerson, Ratio: none, Placebo: none}
	if merged == impact.Same || merged == impact.Less {
		out.Why = ImpactNothing
	}
	if len(i.people.Measures) > 0 {
		m := i.people.Measures[0]
		out.Ratio, out.Placebo = i.ofPeople(m.Matched, true), i.ofPeople(m.Placebo, true)
	}
	return out
}

// ComparedFigure is one figure of engaged people and of passive ones, compared in several ways.
type ComparedFigure struct {
	// Figure is a measure, of people or, of FigureMerged and FigureMinutes, over weeks.
	Figure string
	Rows   []ComparedRow
}

// The figures that are compared over weeks, because nobody reports them by person.
const (
	FigureMerged  = "pull_requests_merged"
	FigureMinutes = "median_minutes_to_merge" // passive ÷ engaged, so that more is faster
)

// ComparedRow is one way to compare.
type ComparedRow struct {
	Name string
	Comparison
}

// The ways to compare.
const (
	CompareAll       = "all"              // everybody
	CompareLighter   = "without_heaviest" // without the heaviest 5% of either group
	ComparePlacebo   = "placebo"          // 28 days before, of those engaged since
	CompareMatched   = "matched"          // pairs of one team and the same earlier activity
	CompareCodeFirst = "code_first_phase" // those of phase 1 alone, without cloud agent and code review
)

// multiplier lists what is compared, always in the same order.
func (i *impactReader) multiplier() []ComparedFigure {
	byPerson := func(names ...string) (out []ComparedRow) {
		for _, name := range names {
			out = append(out, ComparedRow{name, Comparison{Why: ImpactPerson}})
		}
		return out
	}
	overWeeks := func(figure string, e impact.Estimate) ComparedFigure {
		return ComparedFigure{figure, append([]ComparedRow{{CompareAll, i.ofPulls(e)}}, byPerson(CompareLighter, ComparePlacebo, CompareMatched)...)}
	}
	merged := overWeeks(FigureMerged, i.pulls.merged)
	merged.Rows = append(merged.Rows, ComparedRow{CompareCodeFirst, i.ofPulls(i.pulls.codeFirst)})
	out := []ComparedFigure{merged, overWeeks(FigureMinutes, i.pulls.faster)}
	measures := i.people.Measures
	if len(measures) == 0 {
		for _, m := range impactMeasures {
			measures = append(measures, MeasureImpact{Measure: m.measure})
		}
	}
	for _, m := range measures {
		out = append(out, ComparedFigure{m.Measure, []ComparedRow{{CompareAll, i.ofPeople(m.All, false)}, {CompareLighter, i.ofPeople(m.Lighter, false)},
			{ComparePlacebo, i.ofPeople(m.Placebo, true)}, {CompareMatched, i.ofPeople(m.Matched, true)}}})
	}
	return out
}

// ofPulls is an estimate of pull requests, unless something changed within the window.
func (i *impactReader) ofPulls(e impact.Estimate) Comparison {
	broken := lastBreak(i.v.r)
	switch {
	case broken != nil:
		return compared(e, ImpactBreak, broken)
	case !i.pulls.known:
		return compared(e, i.unstated(), nil)
	}
	return compared(e, "", nil)
}

// unstated says why no aggregate states what phases do.
func (i *impactReader) unstated() NoImpact {
	switch {
	case !i.v.wholeRecords():
		return ImpactFilters
	case i.v.scope.Team != 0:
		return ImpactOfTeam
	}
	return ImpactNoPhases
}

// ofPeople is a comparison of people; earlier says that it needs the days before.
func (i *impactReader) ofPeople(e impact.Estimate, earlier bool) Comparison {
	why := i.people.Why
	switch {
	case why == "" && earlier && i.people.Earlier != "":
		why = i.people.Earlier
	case why == "" && e.Why == impact.TooFewPairs && i.people.NoTeams:
		why = ImpactTeams
	}
	return compared(e, why, &i.people.Break)
}

// phaseMeasures are compared over weeks, because nobody reports them by person.
var phaseMeasures = []string{"users_in_phase", FigureMerged, FigureMinutes}

// comparedPulls is what phases merge, and how fast.
type comparedPulls struct {
	// merged and faster are of engaged and passive people, codeFirst of those of phase 1 alone
	// and passive people: they use neither the cloud agent nor code review.
	merged, codeFirst, faster impact.Estimate
	// agents compares phase 2 and higher with phases 0 and 1; perUser is what these merged,
	// in person-days, and those.
	agents  impact.Estimate
	perUser [2]impact.Part
	// known says that reports state phases at all.
	known bool
}

// inPhase is what a phase did on a day, or in a week.
type inPhase struct {
	users, merged, minutes *float64
}

// phaseDays returns what each phase did by day or week, by its last day.
func phaseDays(t *figureTable, grain string) map[day.Day]map[string]inPhase {
	out := map[day.Day]map[string]inPhase{}
	for _, row := range t.rows() {
		phase, phased := t.Name(row, "phase")
		_, last, ok := t.daysOfRow(row, grain)
		if !ok || !phased || query.IsOthers(phase) { // phases that are not told apart may be of either group
			continue
		}
		if out[last] == nil {
			out[last] = map[string]inPhase{}
		}
		out[last][phase] = inPhase{t.Value(row, phaseMeasures[0]), t.Value(row, phaseMeasures[1]), t.Value(row, phaseMeasures[2])}
	}
	return out
}

// comparePulls compares the window's weeks, which end with its last day.
func comparePulls(t *figureTable, grain string, window day.Range) (out comparedPulls) {
	days := phaseDays(t, grain)
	out.known = len(days) > 0
	if !out.known {
		return out
	}
	width := 1.0
	if grain == "week" {
		width = 7
	}
	n := max(window.Len()/7, 1)
	all, first, speed, higher := make([]impact.Week, n), make([]impact.Week, n), make([]impact.Week, n), make([]impact.Week, n)
	var engaged, codeFirst, passive int
	for _, last := range slices.Sorted(maps.Keys(days)) {
		week := max(n-1-int(window.To-last)/7, 0) // what is more than whole weeks is of the first
		engaged, codeFirst, passive = 0, 0, 0
		for phase, p := range days[last] {
			if p.users == nil {
				continue
			}
			users := int(*p.users)
			merged, minutes := impact.Part{}, impact.Part{}
			if p.merged != nil {
				merged = impact.Part{Num: *p.merged, Den: width * *p.users}
			}
			if p.minutes != nil {
				minutes = impact.Part{Num: *p.minutes * *p.users, Den: *p.users}
			}
			if withAgents(phase) {
				addPart(&higher[week].Engaged, merged)
				addPart(&out.perUser[1], merged)
			} else {
				addPart(&higher[week].Passive, merged)
				addPart(&out.perUser[0], merged)
			}
			if phase == metric.NoCohort {
				passive = users
				addPart(&all[week].Passive, merged)
				addPart(&first[week].Passive, merged)
				addPart(&speed[week].Passive, minutes)
				continue
			}
			engaged += users
			addPart(&all[week].Engaged, merged)
			addPart(&speed[week].Engaged, minutes)
			if phase == codeFirstPhase {
				codeFirst = users
				addPart(&first[week].Engaged, merged)
			}
		}
	}
	out.merged, out.codeFirst = impact.OverWeeks(all, engaged, passive), impact.OverWeeks(first, codeFirst, passive)
	out.agents = impact.OverWeeks(higher, engaged-codeFirst, passive+codeFirst)
	out.faster = impact.OverWeeks(speed, engaged, passive).Inverse()
	return out
}

func addPart(to *impact.Part, p impact.Part) { to.Num, to.Den = to.Num+p.Num, to.Den+p.Den }
