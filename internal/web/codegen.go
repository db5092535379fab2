package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/service"
)

// codegenView is the code generation page, top to bottom.
type codegenView struct {
	Page
	Header Header
	Chips  []Chip
	Strip  []Note
	Empty  *Empty
	// Sentence begins the printed page.
	Sentence Sentence
	Tiles    []Tile
	Daily    *ChartCard
	Tools    *ToolsCard
	Pairs    []Pair
	Ledger   *Ledger
	// Only says that one card is shown, All is the way back.
	Only bool
	All  string
}

// Note is a sentence of the data strip; Tone is "" or "warn".
type Note struct {
	Text, URL, Tone string
}

// builder fills the view of one request.
type builder struct {
	web     *Web
	request *http.Request
	// place is what the page is about, entity the narrowest of it.
	place  access.Place
	entity directory.Entity
	// state is what the URL says, effective what it means: the switch "Match
	// GitHub's page" adds conditions.
	state, effective State
	status           *service.Status
	before           *service.Status // of the previous period
	window           day.Range
	grain            string
	answers          *answers
	seats            *int64
	ledger           *service.Reconciliation
	ledgerErr        error
	options          []FilterGroup
	// weeks says that only whole weeks are shown: see wholeWeeks.
	weeks bool
	// labels holds what organizations and teams are called.
	labels map[Condition]string
	// organizations holds those that the filter form offers, by number.
	organizations map[int64]directory.Entity
}

func (b *builder) t(key string, args ...any) string { return b.web.text.Get(key, args...) }

// main sends the reader of an entity's address to its main page.
func (web *Web) main(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, insightsPath(access.PlaceOf(r.Context()), "code-generation"), http.StatusSeeOther)
	return nil
}

// builder returns a builder of the request's page, and the key under which the
// page is kept.
func (web *Web) builder(r *http.Request, page string) (*builder, pageKey, error) {
	at := access.PlaceOf(r.Context())
	s, err := web.stateAt(r, at, page)
	if err != nil {
		return nil, pageKey{}, err
	}
	version, err := web.data.DataVersion(r.Context(), s.Enterprise)
	if err != nil {
		return nil, pageKey{}, err
	}
	b := &builder{web: web, request: r, place: at, entity: *at.Entity(), state: s, effective: s, labels: map[Condition]string{}, organizations: map[int64]directory.Entity{}}
	key, err := web.keyFor(r, s.URL(), version, web.data.Today())
	return b, key, err
}

// codeGeneration serves …/insights/code-generation of an enterprise,
// organization or team.
func (web *Web) codeGeneration(w http.ResponseWriter, r *http.Request) error {
	b, key, err := web.builder(r, "code-generation")
	if err != nil {
		return err
	}
	return web.serve(w, r, key, "codegen", func() (any, error) {
		b.effective = b.state.Effective()
		return b.codegen(r.Context())
	})
}

// codegen builds the page, or says that the group is too small to be shown.
func (b *builder) codegen(ctx context.Context) (*codegenView, error) {
	v, err := b.figures(ctx)
	if e := b.hiddenGroup(err); e != nil {
		v, err = &codegenView{Page: b.web.shell(b.request, b.place, b.t("codegen.title"), b.state.Path), Header: b.header(), Chips: b.chips(), Empty: e}, nil
		v.Header.Exports = nil
	}
	return v, err
}

// figures asks what the page needs and fills it.
func (b *builder) figures(ctx context.Context) (*codegenView, error) {
	var err error
	if b.place.Team != nil || b.effective.Has("team") {
		if err = b.wholeWeeks(ctx); err != nil {
			return nil, err
		}
	}
	if b.status, err = b.web.data.Status(ctx, b.effective.Words(day.Range{})); err != nil {
		return nil, err
	}
	b.window = b.status.Range
	b.grain = grainOf(b.window)
	if b.weeks {
		b.grain = "week"
	}
	if err := b.loadOptions(ctx); err != nil {
		return nil, err
	}
	v := &codegenView{Page: b.web.shell(b.request, b.place, b.t("codegen.title"), b.state.Path)}
	v.Header, v.Chips = b.header(), b.chips()
	if v.Empty = b.emptyBefore(); v.Empty != nil {
		return v, nil
	}
	if err := b.load(ctx); err != nil {
		return nil, err
	}
	b.fill(v)
	return v, nil
}

func (b *builder) fill(v *codegenView) {
	v.Strip, v.Empty = b.strip(), b.emptyAfter()
	if v.Empty != nil {
		return
	}
	v.Charts = true
	v.Tiles, v.Daily, v.Tools, v.Pairs, v.Ledger = b.tiles(), b.daily(), b.tools(), b.pairs(), b.ledgerCard()
	v.Sentence = v.Tiles[0].Sentence
	if b.state.Card != "" {
		v.keepOnly(b.state.Card)
		v.All = b.state.With(func(s *State) { s.Card = "" }).URL()
	}
}

// keepOnly drops every card but the named one; an unknown name keeps all.
func (v *codegenView) keepOnly(card string) {
	tiles := slices.DeleteFunc(slices.Clone(v.Tiles), func(t Tile) bool { return t.ID != card })
	pairs := onlyCard(v.Pairs, card)
	daily, tools := card == "daily", card == "tools"
	if len(tiles) == 0 && len(pairs) == 0 && !daily && !tools {
		return
	}
	v.Only, v.Tiles, v.Pairs, v.Ledger = true, tiles, pairs, nil
	if !daily {
		v.Daily = nil
	}
	if !tools {
		v.Tools = nil
	}
}

func onlyCard(pairs []Pair, card string) []Pair {
	for _, p := range pairs {
		for _, c := range p.Cards {
			if c.ID == card {
				c.Max = "" // alone it has a scale of its own
				p.Cards, p.Scale = []ChartCard{c}, nil
				return []Pair{p}
			}
		}
	}
	return nil
}

// The names of the page's questions.
const (
	askHeadline = "headline"
	askPrevious = "previous"
	askDaily    = "daily"
	askOverlay  = "overlay"
	askSplit    = "split"
	askTool     = "tool"
	askMode     = "mode"
	askModel    = "model"
	askLanguage = "language"
	askGitHub   = "github"
	askMonth    = "month"
)

var (
	headlineMeasures = []string{"loc_changed", "loc_added", "loc_deleted", "agent_contribution",
		"average_lines_deleted_by_agent", "active_users", "users_reporting_lines"}
	previousMeasures = []string{"loc_changed", "agent_contribution", "average_lines_deleted_by_agent", "active_users"}
	lineMeasures     = []string{"loc_added", "loc_deleted"}
	suggestMeasures  = []string{"loc_suggested_add", "loc_added", "loc_deleted"}
	toolMeasures     = []string{"loc_changed", "active_users"}
	githubMeasures   = []string{"loc_changed", "agent_contribution", "active_users"}
	averageMeasure   = []string{"average_lines_deleted_by_agent"}
)

// asks lists the page's questions as data.
func (b *builder) asks() []ask {
	s, drawn := b.effective, b.drawn()
	daily := append(slices.Clone(headlineMeasures[:5]), trailing[b.grain])
	asks := []ask{
		b.ask(askHeadline, s, b.window, headlineMeasures),
		b.ask(askPrevious, s, b.window.Previous(), previousMeasures),
		b.ask(askDaily, s, drawn, daily, b.grain),
		b.ask(askTool, s, b.window, toolMeasures, "tool"),
		b.ask(askMode, s, b.window, suggestMeasures, "tool", "initiator", "feature"),
		b.ask(askModel, s, b.window, suggestMeasures, b.unsplitBy("model", "language")...),
		b.ask(askLanguage, s, b.window, suggestMeasures, b.unsplitBy("language", "model")...),
	}
	if b.state.Compare && b.grain != "month" {
		asks = append(asks, b.ask(askOverlay, s, b.window.Previous(), lineMeasures, b.grain))
	}
	if b.state.Split {
		asks = append(asks, b.ask(askSplit, s, drawn, lineMeasures, b.grain, "initiator"))
	}
	if b.comparesWithGitHub() {
		asks = append(asks, b.ask(askGitHub, s.GitHub(), b.window, githubMeasures))
	}
	if b.state.Parity && !b.weeks || b.comparesWithGitHub() {
		asks = append(asks, b.ask(askMonth, s.GitHub(), b.month(), averageMeasure))
	}
	return slices.DeleteFunc(asks, func(a ask) bool { return len(a.words.Measures) == 0 })
}

// unsplitBy returns how the pair of a dimension is asked: by initiator, or
// unsplit where the other dimension is filtered, because no report carries
// model and language together with who initiated.
func (b *builder) unsplitBy(dim, other string) []string {
	if b.unsplit(dim, other) {
		return []string{"tool", dim}
	}
	return []string{"tool", "initiator", dim}
}

func (b *builder) unsplit(dim, other string) bool {
	return b.effective.Has(other) && !b.effective.Has(dim)
}

// ask words a question, without the measures that no report carries under the
// filters: their cards say so.
func (b *builder) ask(name string, s State, r day.Range, measures []string, by ...string) ask {
	w := s.Words(r)
	w.Measures, w.By = served(measures, append(keysOf(by), s.keys()...)), by
	return ask{name, w}
}

// load asks the page's questions, and beside them what says how good the
// answers are.
func (b *builder) load(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		b.answers, err = b.web.askAll(ctx, b.asks())
		return err
	})
	group.Go(func() error { return b.loadAround(ctx) })
	return group.Wait()
}

func (b *builder) loadAround(ctx context.Context) error {
	var err error
	words := b.effective.Words(b.window)
	if b.seats, err = b.web.data.SeatCount(ctx, words); err != nil {
		return err
	}
	if b.before, err = b.web.data.Status(ctx, b.effective.Words(b.window.Previous())); err != nil {
		return err
	}
	b.ledger, b.ledgerErr = b.web.data.Reconcile(ctx, words)
	if b.ledgerErr != nil && fault.KindOf(b.ledgerErr) != fault.Unsupported {
		return b.ledgerErr
	}
	return nil
}

// grainOf returns the daily chart's grain: a bar is a day up to 92 days, a week
// up to 400, else a month.
func grainOf(r day.Range) string {
	switch n := r.Len(); {
	case n > 400:
		return "month"
	case n > 92:
		return "week"
	}
	return "day"
}

// trailing names the distinct users that fit a bar of each grain.
var trailing = map[string]string{
	"day": "daily_active_users", "week": "weekly_active_users", "month": "monthly_active_users",
}

// endsNow reports whether the window ends with the complete days, so that the
// days still settling follow it.
func (b *builder) endsNow() bool { return b.window.To == b.status.CompleteTo }

// settlingAfter returns the days after the window that are still settling and
// are drawn. Above day grain none is: a day beside weeks would look like a fall.
func (b *builder) settlingAfter() day.Range {
	if b.weeks || b.grain != "day" || !b.endsNow() || len(b.status.Settling) == 0 {
		return day.Range{From: 1}
	}
	return day.Range{From: b.window.To + 1, To: slices.Max(b.status.Settling)}
}

// drawn returns the days of the daily chart: the window, and by day also what
// is settling after it.
func (b *builder) drawn() day.Range {
	if after := b.settlingAfter(); after.Len() > 0 {
		return day.Range{From: b.window.From, To: after.To}
	}
	return b.window
}

// month returns the calendar month in which the window ends, up to its end.
func (b *builder) month() day.Range {
	return day.Range{From: b.window.To.Month(), To: b.window.To}
}

// comparesWithGitHub reports whether GitHub's page would show something of
// what is selected here.
func (b *builder) comparesWithGitHub() bool {
	tools, surfaces := b.effective.values("tool"), b.effective.values("surface")
	return !b.state.Parity && !b.weeks &&
		(len(tools) == 0 || slices.Contains(tools, metric.Copilot)) &&
		(len(surfaces) == 0 || slices.Contains(surfaces, metric.SurfaceIDE))
}

// scope returns what the figures are of: the enterprise, or the organizations
// and teams it is filtered to.
func (b *builder) scope() string {
	var names []string
	for _, c := range b.state.Where {
		if c.Dimension == "organization" || c.Dimension == "team" {
			names = append(names, b.valueLabel(c.Dimension, c.Value))
		}
	}
	if b.entity.Kind != directory.Enterprise && len(names) == 0 {
		names = []string{b.entity.Label()}
	}
	if len(names) == 0 {
		return b.entity.Label()
	}
	return strings.Join(names, ", ") + " (" + b.place.Enterprise.Label() + ")"
}
