// Package codegen is the dashboard of code generation: what AI tools changed, with whom.
package codegen

import (
	"context"
	"embed"
	"slices"

	"codegauge/internal/fault"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"

	"golang.org/x/sync/errgroup"
)

//go:embed template
var templates embed.FS

// Dashboard is code generation, of enterprises, organizations and teams.
var Dashboard = shell.Dashboard{Name: "code-generation", Label: "nav.codegen", Icon: "code", Saved: true, Teams: true, Templates: templates,
	Pages: map[string]shell.Handler{"": cards.Kept("codegen", compose), "/export": export}}

// view is the code generation page, top to bottom.
type view struct {
	shell.Page
	Header    shell.Header
	Chips     []shell.Chip
	Freshness []cards.Note
	Empty     *cards.Empty
	// Sentence begins the printed page.
	Sentence       cards.Sentence
	KPIs           []cards.KPICard
	Daily          *cards.ChartCard
	Tools          *cards.ToolsCard
	Comparisons    []cards.Comparison
	Reconciliation *cards.Reconciliation
	// Only says that one card is shown, All is the way back.
	Only bool
	All  string
}

// dashboard makes the page of one request.
type dashboard struct {
	*cards.Builder
	seats *int64
	// sums is the figures reconciled, refused why they are not.
	sums    *question.Reconciliation
	refused error
}

// compose makes the page, or says that the group is too small to be shown.
func compose(ctx context.Context, b *cards.Builder) (*view, error) {
	b.Effective = b.State.Effective()
	d := &dashboard{Builder: b}
	v, err := d.figures(ctx)
	if e := d.HiddenGroup(err); e != nil {
		v, err = &view{Page: d.Page(d.T("codegen.title")), Header: d.Header(d.T("codegen.title")), Chips: d.Chips(), Empty: e}, nil
	}
	return v, err
}

// prepare finds out which days the page is about.
func (d *dashboard) prepare(ctx context.Context) error {
	if d.Place.Organization != nil || d.Place.Team != nil || d.Effective.Has("team") || d.Effective.Has("organization") {
		if err := d.WholeWeeks(ctx); err != nil {
			return err
		}
	}
	if err := d.LoadStatus(ctx); err != nil {
		return err
	}
	return d.LoadOptions(ctx)
}

// figures asks what the page needs and fills it.
func (d *dashboard) figures(ctx context.Context) (*view, error) {
	if err := d.prepare(ctx); err != nil {
		return nil, err
	}
	v := &view{Page: d.Page(d.T("codegen.title"))}
	v.Header, v.Chips = d.Header(d.T("codegen.title")), d.Chips()
	if d.Window.Len() > 0 {
		v.Header.Exports = d.exports()
	}
	if v.Empty = d.EmptyBefore(); v.Empty != nil {
		return v, nil
	}
	if err := d.load(ctx); err != nil {
		return nil, err
	}
	d.fill(v)
	return v, nil
}

func (d *dashboard) fill(v *view) {
	v.Freshness, v.Empty = d.Freshness(), d.emptyAfter()
	if v.Empty != nil {
		return
	}
	v.Charts = true
	v.KPIs, v.Daily, v.Tools, v.Reconciliation = d.kpis(), d.Daily(), d.Tools(), d.Reconciliation(d.sums, d.refused)
	for _, by := range comparisons {
		v.Comparisons = append(v.Comparisons, d.Comparison(by))
	}
	v.Sentence = v.KPIs[0].Sentence
	if d.State.Card != "" {
		v.keepOnly(d.State.Card)
		v.All = d.State.With(func(s *shell.State) { s.Card = "" }).URL()
	}
	v.Header.DailyChart = v.Daily != nil && len(v.Daily.Tables) > 0
}

// emptyAfter returns why the answers say nothing, nil if they say something.
func (d *dashboard) emptyAfter() *cards.Empty {
	head := d.Answers.Of(cards.AskHeadline)
	if head == nil || !cards.Nothing(head.Single("loc_changed")) || !cards.Nothing(head.Single("active_users")) {
		return nil
	}
	if len(d.Status.Missing) == d.Window.Len() {
		e := d.Empty("missing", []shell.Link{{Label: d.T("nav.quality"), URL: d.CoverageURL()}})
		if d.MayImport() {
			e.Message = d.T("empty.missing.import")
			e.Actions = append(e.Actions, shell.Link{Label: d.T("nav.import"), URL: shell.EnterprisePath(d.State.Enterprise) + "/import"})
		}
		return e
	}
	if len(d.Effective.Where) > 0 {
		clear := d.State.With(func(s *shell.State) { s.Where, s.Parity = nil, false }).URL()
		return d.Empty("filtered", []shell.Link{{Label: d.T("empty.clear"), URL: clear}})
	}
	return d.Empty("activity", []shell.Link{d.LastDays(365), {Label: d.T("nav.quality"), URL: d.CoverageURL()}})
}

// keepOnly drops every card but the named one; an unknown name keeps all.
func (v *view) keepOnly(card string) {
	kpis := slices.DeleteFunc(slices.Clone(v.KPIs), func(c cards.KPICard) bool { return c.ID != card })
	comparisons := onlyCard(v.Comparisons, card)
	daily, tools := card == "daily", card == "tools"
	if len(kpis) == 0 && len(comparisons) == 0 && !daily && !tools {
		return
	}
	v.Only, v.KPIs, v.Comparisons, v.Reconciliation = true, kpis, comparisons, nil
	if !daily {
		v.Daily = nil
	}
	if !tools {
		v.Tools = nil
	}
}

func onlyCard(comparisons []cards.Comparison, card string) []cards.Comparison {
	for _, p := range comparisons {
		for _, c := range p.Cards {
			if c.ID == card {
				c.Max, c.Min = "", "" // alone it has a scale of its own
				p.Cards, p.Scale = []cards.ChartCard{c}, nil
				return []cards.Comparison{p}
			}
		}
	}
	return nil
}

// The page's questions beside those that cards name.
const (
	askGitHub = "github"
	askMonth  = "month"
)

var (
	headlineMeasures = []string{"loc_changed", "loc_added", "loc_deleted", "agent_contribution",
		"average_lines_deleted_by_agent", "active_users", "users_reporting_lines", "agent_contribution_max"}
	previousMeasures = []string{"loc_changed", "agent_contribution", "average_lines_deleted_by_agent", "active_users"}
	githubMeasures   = []string{"loc_changed", "agent_contribution", "active_users"}
	averageMeasure   = []string{"average_lines_deleted_by_agent"}
)

// comparisons are the dimensions that people's and agents' lines are compared by.
var comparisons = []cards.Dimension{
	{ID: cards.AskMode, Dimension: "feature"},
	{ID: "model", Dimension: "model", Other: "language"},
	{ID: "language", Dimension: "language", Other: "model"},
	{ID: "ide", Dimension: "ide", NoInitiator: true},
}

// questions lists the page's questions as data.
func (d *dashboard) questions() []cards.Question {
	s, drawn := d.Effective, d.Drawn()
	daily := append(slices.Clone(headlineMeasures[:5]), cards.Trailing[d.Grain])
	list := []cards.Question{
		d.Question(cards.AskHeadline, s, d.Window, headlineMeasures),
		d.Question(cards.AskPrevious, s, d.Window.Previous(), previousMeasures),
		d.Question(cards.AskDaily, s, drawn, daily, d.Grain),
		d.Question(cards.AskTool, s, d.Window, cards.ToolMeasures, "tool"),
	}
	for _, by := range comparisons {
		list = append(list, d.ComparisonQuestion(by))
	}
	if d.State.Compare && d.Grain != "month" {
		list = append(list, d.Question(cards.AskOverlay, s, d.Window.Previous(), cards.LineMeasures, d.Grain))
	}
	if d.State.Split {
		list = append(list, d.Question(cards.AskSplit, s, drawn, cards.LineMeasures, d.Grain, "initiator"))
	}
	list = append(list, d.KnownQuestions(averageMeasure[0], "active_users")...)
	if d.comparesWithGitHub() {
		list = append(list, d.Question(askGitHub, s.GitHub(), d.Window, githubMeasures))
	}
	if d.State.Parity && !d.Weeks || d.comparesWithGitHub() {
		list = append(list, d.Question(askMonth, s.GitHub(), d.month(), averageMeasure))
	}
	return slices.DeleteFunc(list, func(q cards.Question) bool { return len(q.Words.Measures) == 0 })
}

// load asks the page's questions, and beside them what says how good the
// answers are.
func (d *dashboard) load(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		d.Answers, err = cards.AskAll(ctx, d.Data, d.questions())
		return err
	})
	group.Go(func() error { return d.loadAround(ctx) })
	return group.Wait()
}

func (d *dashboard) loadAround(ctx context.Context) error {
	var err error
	words := d.Effective.Words(d.Window)
	if d.seats, err = d.Data.SeatCount(ctx, words); err != nil {
		return err
	}
	if d.Before, err = d.Data.Status(ctx, d.Effective.Words(d.Window.Previous())); err != nil {
		return err
	}
	if err := d.LoadFaults(ctx); err != nil {
		return err
	}
	d.sums, d.refused = d.Data.Reconcile(ctx, words)
	if d.refused != nil && fault.KindOf(d.refused) != fault.Unsupported {
		return d.refused
	}
	return nil
}

// exports offers the daily figures, and those of the whole page, as files.
func (d *dashboard) exports() []shell.Link {
	w := d.Question("", d.Effective, d.Window, headlineMeasures, "day").Words
	return []shell.Link{{Label: d.T("export.page"), URL: d.FileURL("code-generation")}, {Label: d.T("export.csv"), URL: shell.APIURL(w, "csv")}, {Label: d.T("export.ndjson"), URL: shell.APIURL(w, "ndjson")}}
}
