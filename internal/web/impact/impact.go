// Package impact is the dashboard of impact: what those who are engaged with Copilot do more
// of than others, and what can be concluded from it.
package impact

import (
	"context"
	"embed"
	"slices"

	"codegauge/internal/day"
	stats "codegauge/internal/impact"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"

	"golang.org/x/sync/errgroup"
)

//go:embed template
var templates embed.FS

// Dashboard is impact, of enterprises, organizations and teams.
var Dashboard = shell.Dashboard{Name: "impact", Label: "nav.impact", Icon: "chart", Saved: true, Teams: true, Templates: templates,
	Pages: map[string]shell.Handler{"": cards.Kept("impact", compose)}}

// view is the page, top to bottom.
type view struct {
	shell.Page
	Header     shell.Header
	Chips      []shell.Chip
	Freshness  []cards.Note
	Empty      *cards.Empty
	Says       *SaysCard
	Phases     []PhaseTile
	Multiplier *MultiplierCard
	// Trends, Cohorts, Moves and Features stand beside Multiplier.
	Trends, Cohorts, Moves, Features *cards.TableCard
	Returns                          *ReturnsCard
	// Outcome and what follows are about pull requests.
	Outcome, Suggestions, ReviewTimes, Repositories, Organizations *cards.TableCard
	Recommendations                                                *RecommendCard
	Ledger                                                         *cards.Ledger
	// Only says that one card is shown, All is the way back.
	Only bool
	All  string
}

// dashboard makes the page of one request.
type dashboard struct {
	*cards.Builder
	people *question.PeopleImpact
	pulls  pulls
	// counts are the people by phase as records say, as of the window's end, that of the
	// period before, and earlier.
	counts []*question.PhasePeople
	// moves are between the ends of the period before and of the window.
	moves   *question.PhaseMoves
	phases  distribution
	trend   []trendMonth
	credits *question.CreditUse
	seats   *int64
	// windowBreak is what changed within the window, broken within the months that the
	// share of people who use agents is compared over.
	windowBreak, broken *metric.Break
	// earlier is the day with which that share is compared, if trendKnown.
	earlier    day.Day
	trendKnown bool
}

// The questions of single cards.
const (
	askNow          = "now"           // phaseFigures by phase
	askBefore       = "before"        // how many were in each phase at the end of the period before
	askFeatures     = "features"      // how many are engaged with each feature
	askFeatureUsers = "feature users" // of how many, by day or week
)

func compose(ctx context.Context, b *cards.Builder) (*view, error) {
	d := &dashboard{Builder: b}
	d.Effective = effective(b.State)
	if d.Place.Organization != nil || d.Place.Team != nil || d.Effective.Has("team") || d.Effective.Has("organization") {
		if err := d.WholeWeeks(ctx); err != nil {
			return nil, err
		}
	}
	if err := d.LoadStatus(ctx); err != nil {
		return nil, err
	}
	if err := d.LoadOptions(ctx); err != nil {
		return nil, err
	}
	v := &view{Page: d.Page(d.T("impact.title")), Header: d.HeaderOf(d.T("impact.title"), d.T("impact.parity.title")), Chips: d.ChipsOf(d.T("impact.parity.chip"))}
	if v.Empty = d.EmptyBefore(); v.Empty != nil {
		return v, nil
	}
	err := d.load(ctx)
	if v.Empty = d.HiddenGroup(err); v.Empty != nil {
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	v.Freshness, v.Says, v.Multiplier = d.Freshness(), d.says(), d.multiplier()
	v.Phases, v.Trends, v.Features, v.Cohorts = d.tiles(), d.trends(), d.engagement(), d.cohorts()
	v.Moves = d.movesCard()
	v.Returns, v.Recommendations, v.Ledger = d.returns(), d.recommend(), d.ledger()
	v.Outcome, v.Suggestions, v.ReviewTimes, v.Repositories, v.Organizations = d.outcome(), d.comments(), d.reviewTimes(), d.repositories(), d.organizations()
	if d.State.Card != "" {
		v.keepOnly(d.State.Card)
		v.All = d.State.With(func(s *shell.State) { s.Card = "" }).URL()
	}
	return v, nil
}

// effective returns the state with what the switch "Match GitHub's page" fixes on this page:
// Copilot, the last 28 days, and nothing else filtered.
func effective(s shell.State) shell.State {
	if !s.Parity {
		return s
	}
	s = s.Last(question.PhaseDays)
	s.Where, s.Definition = nil, ""
	return s.Add("tool", metric.Copilot)
}

// load asks what the page needs.
func (d *dashboard) load(ctx context.Context) error {
	grain := "day"
	if d.Weeks {
		grain = "week"
	}
	questions := []cards.Question{
		d.Question(askPhaseDays, d.Effective, d.Window, phaseMeasures, grain, "phase"),
		d.Question(askNow, d.Effective, d.Window, phaseFigures, "phase"),
		d.Question(askBefore, d.Effective, d.Window.Previous(), phaseFigures[:1], "phase"),
		d.Question(askFeatures, d.Effective, d.Window, []string{"feature_engaged_users"}, "feature"),
		d.Question(askFeatureUsers, d.Effective, d.Window, []string{"feature_users"}, grain),
	}
	d.earlier, d.broken, d.trendKnown = earlierDay(d.Window.To, d.Status.Data.From)
	if d.trendKnown {
		r := day.Range{From: d.earlier, To: d.earlier}
		if d.Weeks {
			monday := d.earlier.Week()
			r = day.Range{From: monday - 21, To: monday + 6}
		}
		questions = append(questions, d.Question(askEarlier, d.Effective, r, phaseMeasures[:1], "phase"))
	}
	d.trend = monthsTo(d.Window.To, d.Weeks)
	questions = slices.Concat(questions, d.trendQuestions(), d.pullQuestions())
	questions = slices.DeleteFunc(questions, func(q cards.Question) bool { return len(q.Words.Measures) == 0 })
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		d.Answers, err = cards.AskAll(groupCtx, d.Data, questions)
		return err
	})
	group.Go(func() error { return d.loadPeople(groupCtx) })
	if err := group.Wait(); err != nil {
		return err
	}
	if err := d.loadTrend(ctx); err != nil {
		return err
	}
	d.distribute()
	if breaks := stats.Breaks(d.Window); len(breaks) > 0 {
		d.windowBreak = &breaks[len(breaks)-1]
	}
	d.pulls = comparePulls(d.Answers.Of(askPhaseDays), grain, d.Window)
	return nil
}

// loadPeople asks what people's records say.
func (d *dashboard) loadPeople(ctx context.Context) (err error) {
	words := d.Effective.Words(d.Window)
	if d.people, err = d.Data.PeopleImpact(ctx, words); err != nil {
		return err
	}
	if d.counts, err = d.Data.PhasePeople(ctx, words, d.Window.To, d.Window.Previous().To, d.earlier); err != nil {
		return err
	}
	if d.moves, err = d.Data.PhaseMoves(ctx, words, d.Window.Previous().To, d.Window.To); err != nil {
		return err
	}
	if d.credits, err = d.Data.CreditUse(ctx, words); err != nil {
		return err
	}
	d.seats, err = d.Data.SeatCount(ctx, words)
	return err
}

// keepOnly drops every card but the named one; an unknown name keeps all.
func (v *view) keepOnly(name string) {
	only := &view{Page: v.Page, Header: v.Header, Chips: v.Chips, Freshness: v.Freshness, Only: true}
	if v.Multiplier.ID == name {
		only.Multiplier = v.Multiplier
	}
	for _, c := range v.Phases {
		if c.ID == name {
			only.Phases = []PhaseTile{c}
		}
	}
	if v.Returns.ID == name {
		only.Returns = v.Returns
	}
	if v.Recommendations.ID == name {
		only.Recommendations = v.Recommendations
	}
	found := only.Multiplier != nil || only.Returns != nil || only.Recommendations != nil || len(only.Phases) > 0
	for from, to := range map[*cards.TableCard]**cards.TableCard{v.Trends: &only.Trends, v.Features: &only.Features, v.Cohorts: &only.Cohorts, v.Moves: &only.Moves, v.Outcome: &only.Outcome,
		v.Suggestions: &only.Suggestions, v.ReviewTimes: &only.ReviewTimes, v.Repositories: &only.Repositories, v.Organizations: &only.Organizations} {
		if from != nil && from.ID == name {
			*to, found = from, true
		}
	}
	if found {
		*v = *only
	}
}
