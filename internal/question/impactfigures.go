package question

import (
	"context"
	"fmt"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/impact"
	"codegauge/internal/metric"
	"codegauge/internal/query"

	"golang.org/x/sync/errgroup"
)

// Impact is what the dashboard of impact says of a scope, and the API with it. It holds
// nothing that whoever asks may not see: where a figure has a Why, it is not there.
type Impact struct {
	// Days is the window. Weeks says that figures over time are by week, because whoever asks
	// may see no days.
	Days  day.Range
	Weeks bool
	// OfTeam says that the scope is a team, of which GitHub makes no aggregates.
	OfTeam bool
	// HeldBack are the weeks, by their Mondays, in which a correction is held back from them.
	HeldBack []day.Day
	// Refused says of which ImpactFigures nothing can be asked, and why.
	Refused map[string]error
	// Faulty is how many people's clients may have a known fault.
	Faulty int

	// Findings are the answers to the four questions, in their order.
	Findings   []Finding
	Multiplier []ComparedFigure
	Phases     PhaseDistribution
	// Records are the people by phase as records say, as of the window's last day; their Why
	// is there where they may not be told.
	Records PhaseDistribution
	// MergedByPhase is what the people of each phase merged in the window, by phase, and
	// Pulls.All.Merged what everybody did.
	MergedByPhase map[string]*float64
	Moves         *PhaseMoves
	Seats         SeatPhases
	Trends        []TrendMonth
	Features      FeatureEngagement
	Pulls         PullRequests
	Return        Return
	Steps         Steps

	view *view
}

// The questions of an Impact.
const (
	askPhaseDays     = "phase days"    // phaseMeasures by day, or week, and phase
	askPhases        = "phases"        // PhaseFigures by phase
	askPhasesBefore  = "phases before" // how many were in each phase at the end of the period before
	askPhasesEarlier = "earlier"       // and up to half a year before
	askFeatures      = "features"      // how many are engaged with each feature
	askFeatureUsers  = "feature users" // of how many, by day or week
	askMerged        = "merged"        // pull requests merged on each day of the trend
	askPulls         = "pull requests"
	askComments      = "comments"      // suggestions by comment type
	askReviews       = "reviews"       // review times
	askRepositories  = "repositories"  // pull requests and review times by repository
	askOrganizations = "organizations" // pull requests by organization
)

// impactNeeds are the measures and dimensions that tables are of: where filters leave no report
// with them, there is no table.
var impactNeeds = []struct {
	figures  string
	measures []string
	by       []string
}{
	{"phases", PhaseFigures[:1], []string{"phase"}},
	{"moves", PhaseFigures[:1], []string{"phase"}},
	{"trends", PhaseFigures[:1], []string{"phase"}},
	{"trend-phases", PhaseFigures[:1], []string{"phase"}},
	{"features", []string{"feature_engaged_users"}, []string{"feature"}},
	{"outcome", pullMeasures, nil},
	{"suggestions", commentMeasures, []string{"comment_type"}},
	{"review-times", reviewMeasures, nil},
	{"repositories", repositoryMeasures, []string{"repository"}},
	{"organizations", entityMeasures, []string{"organization"}},
}

// ImpactMeasures returns what one of ImpactFigures is of: measures, by dimensions. Those that
// come from people's records alone have none.
func ImpactMeasures(figures string) (measures, by []string) {
	for _, need := range impactNeeds {
		if need.figures == figures {
			return need.measures, need.by
		}
	}
	return nil, nil
}

// impactReader makes an Impact.
type impactReader struct {
	*Answerer
	v     *view
	words Parameters
	grain string
	trend *impactTrend
	asks  []impactAsk
	// answers are those by name; what was refused has none.
	answers map[string]*figureTable
	refused map[string]error
	people  *PeopleImpact
	// counts are the people by phase as records say, as of the window's end, that of the
	// period before, and earlier.
	counts  []*PhasePeople
	credits *CreditUse
	pulls   comparedPulls
	out     *Impact
}

// impactAsk is a question of an Impact.
type impactAsk struct {
	name  string
	words Parameters
}

// Impact answers w.
func (a *Answerer) Impact(ctx context.Context, w Parameters) (*Impact, error) {
	w.Measures, w.By, w.Compare = nil, nil, false
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	w.Days, w.From, w.To = 0, v.r.From.String(), v.r.To.String()
	i := &impactReader{Answerer: a, v: v, words: w, grain: "day", answers: map[string]*figureTable{}, refused: map[string]error{},
		out: &Impact{Days: v.r, Weeks: v.masked(ctx) && v.scope.Level() != query.LevelEnterprise, Refused: map[string]error{}, OfTeam: v.scope.Team != 0, MergedByPhase: map[string]*float64{}, view: v}}
	if i.out.Weeks {
		i.grain = "week"
	}
	i.trend = newImpactTrend(v.r.To, v.data.From, i.out.Weeks)
	if err := i.read(ctx); err != nil {
		return nil, fmt.Errorf("impact: %w", err)
	}
	return i.out, nil
}

// read asks everything, and then draws what it says together.
func (i *impactReader) read(ctx context.Context) error {
	i.plan()
	if err := i.askAll(ctx); err != nil {
		return err
	}
	for _, need := range impactNeeds {
		if err := i.v.unserved(need.measures, need.by); err != nil {
			i.out.Refused[need.figures] = err
		}
	}
	if err := i.refused[askOrganizations]; err != nil {
		i.out.Refused[askOrganizations] = err
	}
	i.distribute()
	if err := i.readTrend(ctx); err != nil {
		return err
	}
	var err error
	if i.out.Seats, err = i.seatPhases(ctx); err != nil {
		return err
	}
	i.pulls = comparePulls(i.answers[askPhaseDays], i.grain, i.v.r)
	i.out.Faulty = i.people.Faulty
	i.out.Findings, i.out.Multiplier = i.findings(), i.multiplier()
	i.out.Features, i.out.Pulls = i.features(), i.pullRequests()
	i.out.Return, i.out.Steps = i.returns(), i.out.Phases.steps()
	return nil
}

// plan lists the questions.
func (i *impactReader) plan() {
	v, before, t := i.v, i.v.r.Previous(), i.trend
	i.ask(askPhaseDays, v.r, phaseMeasures, i.grain, "phase")
	i.ask(askPhases, v.r, PhaseFigures, "phase")
	i.ask(askPhasesBefore, before, PhaseFigures[:1], "phase")
	i.ask(askFeatures, v.r, []string{"feature_engaged_users"}, "feature")
	i.ask(askFeatureUsers, v.r, []string{"feature_users"}, i.grain)
	if t.known {
		i.ask(askPhasesEarlier, t.earlierDays(), PhaseFigures[:1], "phase")
	}
	for _, m := range t.months {
		i.ask(m.questionName(), t.daysOf(m), PhaseFigures[:1], "phase")
	}
	if !i.out.Weeks {
		i.ask(askMerged, t.days(), []string{"pull_requests_merged"}, "day")
	}
	i.ask(askPulls, v.r, pullMeasures)
	i.ask(askComments, v.r, commentMeasures, "comment_type")
	i.ask(askReviews, v.r, reviewMeasures)
	i.ask(askRepositories, v.r, repositoryMeasures, "repository")
	if v.entity().Kind == directory.Enterprise {
		i.ask(askOrganizations, v.r, entityMeasures, "organization")
	}
}

// ask plans a question for those of the measures that some report carries under the filters.
func (i *impactReader) ask(name string, r day.Range, measures []string, by ...string) {
	w := i.words
	w.From, w.To, w.By = r.From.String(), r.To.String(), by
	w.Measures = slices.DeleteFunc(slices.Clone(measures), func(m string) bool { return i.v.unserved([]string{m}, by) != nil })
	if len(w.Measures) > 0 {
		i.asks = append(i.asks, impactAsk{name, w})
	}
}

// unserved says of which of the measures no report has figures by dimensions under the filters.
func (v *view) unserved(measures, by []string) error {
	dimensions := slices.Clone(by)
	for _, f := range v.filters {
		dimensions = append(dimensions, f.Dimension)
	}
	var keys []metric.Key
	for _, name := range dimensions {
		if d := metric.DimensionByName(name); d.Key != metric.NoKey {
			keys = append(keys, d.Key)
		}
	}
	for _, name := range measures {
		if _, err := metric.Serving(metric.MeasureByName(name), keys); err != nil {
			return fault.New(fault.Unsupported, "%v", err)
		}
	}
	return nil
}

// impactConcurrent is how many questions of an Impact run at a time, beside those about people.
const impactConcurrent = 2

// askAll asks what is planned, and what people's records say.
func (i *impactReader) askAll(ctx context.Context) error {
	answers, errs := make([]*query.Answer, len(i.asks)), make([]error, len(i.asks))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(impactConcurrent + 1)
	group.Go(func() error { return i.readPeople(ctx) })
	for n, ask := range i.asks {
		group.Go(func() error {
			answers[n], errs[n] = i.Query(ctx, ask.words)
			if errs[n] != nil && fault.KindOf(errs[n]) != fault.Unsupported {
				return fmt.Errorf("ask %s: %w", ask.name, errs[n])
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for n, ask := range i.asks {
		if errs[n] != nil {
			i.refused[ask.name] = errs[n]
			continue
		}
		i.answers[ask.name] = &figureTable{answers[n]}
		i.out.HeldBack = append(i.out.HeldBack, answers[n].HeldBack...)
	}
	slices.Sort(i.out.HeldBack)
	i.out.HeldBack = slices.Compact(i.out.HeldBack)
	return nil
}

// readPeople asks what records of people say.
func (i *impactReader) readPeople(ctx context.Context) (err error) {
	if i.people, err = i.PeopleImpact(ctx, i.words); err != nil {
		return err
	}
	last, before := i.v.r.To, i.v.r.Previous().To
	if i.counts, err = i.PhasePeople(ctx, i.words, last, before, i.trend.earlier); err != nil {
		return err
	}
	if i.out.Moves, err = i.PhaseMoves(ctx, i.words, before, last); err != nil {
		return err
	}
	i.credits, err = i.CreditUse(ctx, i.words)
	return err
}

// figureTable reads an answer by the names of its columns. nil has no rows.
type figureTable struct{ *query.Answer }

func (t *figureTable) rows() [][]any {
	if t == nil {
		return nil
	}
	return t.Answer.Rows
}

// daysOfRow returns the first day of a row by day or week, and the last one.
func (t *figureTable) daysOfRow(row []any, grain string) (first, last day.Day, ok bool) {
	name, _ := t.Name(row, grain)
	first, err := day.Parse(name)
	if last = first; grain == "week" {
		last += 6
	}
	return first, last, err == nil
}

// single returns the number of an answer of one row.
func (t *figureTable) single(column string) *float64 {
	if rows := t.rows(); len(rows) == 1 {
		return t.Value(rows[0], column)
	}
	return nil
}

// lastBreak returns what changed last in a range across which nothing is compared, nil if nothing did.
func lastBreak(r day.Range) *metric.Break {
	if breaks := impact.Breaks(r); len(breaks) > 0 {
		return &breaks[len(breaks)-1]
	}
	return nil
}
