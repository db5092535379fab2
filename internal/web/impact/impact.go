// Package impact is the dashboard of impact: what those who are engaged with Copilot do more
// of than others, and what can be concluded from it.
package impact

import (
	"context"
	"embed"

	"codegauge/internal/day"
	stats "codegauge/internal/impact"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
)

//go:embed template
var templates embed.FS

// Dashboard is impact, of enterprises, organizations and teams.
var Dashboard = shell.Dashboard{Name: "impact", Label: "nav.impact", Icon: "chart", Teams: true, Templates: templates,
	Pages: map[string]shell.Handler{"": cards.Kept("impact", compose)}}

// view is the page, top to bottom.
type view struct {
	shell.Page
	Header     shell.Header
	Chips      []shell.Chip
	Freshness  []cards.Note
	Empty      *cards.Empty
	Says       *SaysCard
	Multiplier *MultiplierCard
}

// dashboard makes the page of one request.
type dashboard struct {
	*cards.Builder
	people *question.PeopleImpact
	pulls  pulls
	// windowBreak is what changed within the window, broken within the months that the
	// share of people who use agents is compared over.
	windowBreak, broken *metric.Break
	// earlier is the day with which that share is compared, if trendKnown.
	earlier    day.Day
	trendKnown bool
}

const askNow = "now" // how many are in each phase

func compose(ctx context.Context, b *cards.Builder) (*view, error) {
	b.Effective = b.State.Effective()
	d := &dashboard{Builder: b}
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
	v := &view{Page: d.Page(d.T("impact.title")), Header: d.Header(d.T("impact.title")), Chips: d.Chips()}
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
	return v, nil
}

// load asks what the page needs.
func (d *dashboard) load(ctx context.Context) (err error) {
	grain := "day"
	if d.Weeks {
		grain = "week"
	}
	questions := []cards.Question{
		d.Question(askPhaseDays, d.Effective, d.Window, phaseMeasures, grain, "phase"),
		d.Question(askNow, d.Effective, d.Window, phaseMeasures[:1], "phase"),
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
	if d.Answers, err = cards.AskAll(ctx, d.Data, questions); err != nil {
		return err
	}
	if d.people, err = d.Data.PeopleImpact(ctx, d.Effective.Words(d.Window)); err != nil {
		return err
	}
	if breaks := stats.Breaks(d.Window); len(breaks) > 0 {
		d.windowBreak = &breaks[len(breaks)-1]
	}
	d.pulls = comparePulls(d.Answers.Of(askPhaseDays), grain, d.Window)
	return nil
}
