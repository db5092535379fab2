// Package impact is the dashboard of impact: what those who are engaged with Copilot do more
// of than others, and what can be concluded from it.
package impact

import (
	"context"
	"embed"
	"net/http"

	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
)

//go:embed template
var templates embed.FS

// Dashboard is impact, of enterprises, organizations and teams.
var Dashboard = shell.Dashboard{Name: "impact", Label: "nav.impact", Icon: "chart", Saved: true, Teams: true, Templates: templates,
	Pages: map[string]shell.Handler{"": cards.Kept("impact", compose), "/export": export}}

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
	// Jumps lead to the parts of the page.
	Jumps []partLink
}

// partLink leads to a part of the page by its ID.
type partLink struct{ ID, Label string }

// dashboard makes the page of one request: it lays out what package question says of impact.
type dashboard struct {
	*cards.Builder
	impact *question.Impact
}

// newDashboard finds out which days the page is about.
func newDashboard(ctx context.Context, b *cards.Builder) (*dashboard, error) {
	d := &dashboard{Builder: b}
	d.Effective = effective(b.State)
	if d.Place.Organization != nil || d.Place.Team != nil || d.Effective.Has("team") || d.Effective.Has("organization") {
		if err := d.WholeWeeks(ctx); err != nil {
			return nil, err
		}
	}
	return d, d.LoadStatus(ctx)
}

// title is what the audit log calls the page.
const title = "impact"

// export answers with every table of the page as one file.
func export(sh *shell.Shell, name string, w http.ResponseWriter, r *http.Request) error {
	b, _, err := cards.New(sh, name, r)
	if err != nil {
		return err
	}
	d, err := newDashboard(r.Context(), b)
	if err != nil {
		return err
	}
	if d.Window.Len() == 0 || d.Status.Data.Len() == 0 {
		return fault.New(fault.NotFound, "there is no data to export")
	}
	if err := d.load(r.Context()); err != nil {
		return err
	}
	var sheets []cards.Sheet
	d.Answers.Refused = map[string]error{}
	for _, figures := range question.ImpactFigures {
		t, err := d.impact.Table(figures)
		if err != nil {
			d.Answers.Refused[figures] = err
			continue
		}
		sheets = append(sheets, cards.NewSheet(figures, t.Columns, t.Rows, t.Notes...))
	}
	return d.SendArchive(w, name, title, nil, sheets)
}

func compose(ctx context.Context, b *cards.Builder) (*view, error) {
	d, err := newDashboard(ctx, b)
	if err != nil {
		return nil, err
	}
	if err := d.LoadOptions(ctx); err != nil {
		return nil, err
	}
	v := &view{Page: d.Page(d.T("impact.title")), Header: d.HeaderOf(d.T("impact.title"), d.T("impact.parity.title")), Chips: d.ChipsOf(d.T("impact.parity.chip"))}
	if v.Empty = d.EmptyBefore(); v.Empty != nil {
		return v, nil
	}
	err = d.load(ctx)
	if v.Empty = d.HiddenGroup(err); v.Empty != nil {
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	v.Header.Exports = []shell.Link{{Label: d.T("export.page"), URL: d.FileURL("impact")}}
	v.Freshness, v.Says, v.Multiplier = d.Freshness(), d.says(), d.multiplier()
	v.Phases, v.Trends, v.Features, v.Cohorts = d.tiles(), d.trends(), d.engagement(), d.cohorts()
	v.Moves = d.movesCard()
	v.Returns, v.Recommendations, v.Ledger = d.returns(), d.recommend(), d.ledger()
	v.Outcome, v.Suggestions, v.ReviewTimes, v.Repositories, v.Organizations = d.outcome(), d.comments(), d.reviewTimes(), d.repositories(), d.organizations()
	v.Jumps = d.partLinks(v)
	if d.State.Card != "" {
		v.keepOnly(d.State.Card)
		v.All = d.State.With(func(s *shell.State) { s.Card = "" }).URL()
	}
	return v, nil
}

// partLinks lead to the parts of the page.
func (d *dashboard) partLinks(v *view) []partLink {
	out := []partLink{{"says", v.Says.Title}, {"phases", d.T("impact.phases")}, {"multiplier", v.Multiplier.Title}, {"returns", d.T("impact.returns")}, {"pull-requests", d.T("impact.pulls")}, {"recommendations", v.Recommendations.Title}}
	if len(v.Ledger.Rows) > 0 {
		out = append(out, partLink{"ledger", v.Ledger.Title})
	}
	return out
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
func (d *dashboard) load(ctx context.Context) (err error) {
	d.impact, err = d.Data.Impact(ctx, d.Effective.Words(d.Window))
	if err == nil {
		d.Answers = &cards.Answers{Held: d.impact.HeldBack}
	}
	return err
}

// keepOnly drops every card but the named one; an unknown name keeps all.
func (v *view) keepOnly(name string) {
	only := &view{Page: v.Page, Header: v.Header, Chips: v.Chips, Freshness: v.Freshness, Only: true}
	if v.Says.ID == name {
		only.Says = v.Says
	}
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
	found := only.Says != nil || only.Multiplier != nil || only.Returns != nil || only.Recommendations != nil || len(only.Phases) > 0
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
