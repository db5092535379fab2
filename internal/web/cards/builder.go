// Package cards is what dashboards are composed of: figures, charts, comparisons, tables,
// each with what explains it, and what a page says of the data's freshness or of having
// none. A Builder makes them from the answers to a dashboard's questions.
package cards

import (
	"context"
	"embed"
	"net/http"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/shell"
)

// Templates are the cards', for all pages.
//
//go:embed template
var Templates embed.FS

// Builder makes the cards of one request of the answers to its questions.
type Builder struct {
	*shell.Request
	Status *question.Status
	// Before is the status of the previous period, where it is compared with.
	Before  *question.Status
	Grain   string
	Answers *Answers
	// Faults are the known faults of clients that concern somebody of the window, EntityFaults
	// those that concern somebody of an organization or team, by its number.
	Faults       []question.ClientFault
	EntityFaults map[int64][]question.ClientFault
	// parity is what the switch "Match GitHub's page" filters on the page, "" as everywhere.
	parity string
}

// New returns the builder of a page of the named dashboard, and the key under which the
// page is kept.
func New(sh *shell.Shell, dashboard string, r *http.Request) (*Builder, shell.PageKey, error) {
	q, key, err := sh.Request(r, dashboard)
	return &Builder{Request: q}, key, err
}

// Kept serves a view that is kept until the data changes.
func Kept[V any](template string, view func(context.Context, *Builder) (V, error)) shell.Handler {
	return func(sh *shell.Shell, dashboard string, w http.ResponseWriter, r *http.Request) error {
		b, key, err := New(sh, dashboard, r)
		if err != nil {
			return err
		}
		return sh.Serve(w, r, key, template, func() (any, error) { return view(r.Context(), b) })
	}
}

// Fresh serves a view that is made for each request, because it depends on more than its
// URL or is written into the audit log.
func Fresh[V any](template string, view func(context.Context, *Builder) (V, error)) shell.Handler {
	return func(sh *shell.Shell, dashboard string, w http.ResponseWriter, r *http.Request) error {
		b, _, err := New(sh, dashboard, r)
		if err != nil {
			return err
		}
		v, err := view(r.Context(), b)
		if err != nil {
			return err
		}
		return sh.Show(w, template, v)
	}
}

// HeaderOf is the header of a page on which the switch "Match GitHub's page" means what parity
// says.
func (b *Builder) HeaderOf(title, parity string) shell.Header {
	h := b.Header(title)
	h.Parity.Title = parity
	return h
}

// ChipsOf are the filters of such a page; parity says what the switch filters, here and in
// sentences.
func (b *Builder) ChipsOf(parity string) []shell.Chip {
	b.parity = parity
	return b.chipsWithParity()
}

func (b *Builder) chipsWithParity() []shell.Chip {
	out := b.Chips()
	for i := range out {
		if out[i].Dimension == b.T("parity") && b.parity != "" {
			out[i].Value = b.parity
		}
	}
	return out
}

// LoadStatus reads how good the data is, and with it which days the page shows.
func (b *Builder) LoadStatus(ctx context.Context) error {
	status, err := b.Data.Status(ctx, b.Effective.Words(day.Range{}))
	if err != nil {
		return err
	}
	b.Status, b.Window, b.Grain = status, status.Range, grainOf(status.Range)
	if b.Weeks {
		b.Grain = "week"
	}
	return nil
}

// LoadFaults reads the known faults of clients, where the page has figures of a tool that has
// some.
func (b *Builder) LoadFaults(ctx context.Context) (err error) {
	if tools := b.Effective.Values("tool"); len(tools) > 0 && !slices.Contains(tools, metric.Copilot) {
		return nil
	}
	b.Faults, err = b.Data.ClientFaults(ctx, b.Effective.Words(b.Window))
	return err
}

// LoadEntityFaults reads them, and of which organizations and teams they concern somebody.
func (b *Builder) LoadEntityFaults(ctx context.Context) error {
	err := b.LoadFaults(ctx)
	if err == nil && len(b.Faults) > 0 {
		b.EntityFaults, err = b.Data.EntityFaults(ctx, b.Effective.Words(b.Window))
	}
	return err
}

// The names of the questions that cards read.
const (
	AskHeadline = "headline" // the window's figures, in one row
	AskPrevious = "previous" // those of the period before
	AskDaily    = "daily"    // the bars of the chart over time
	AskOverlay  = "overlay"  // those of the period before
	AskSplit    = "split"    // the bars by initiator
	AskTool     = "tool"     // ToolMeasures by tool
	AskMode     = "mode"     // SuggestMeasures by tool, initiator and feature

	askKnown     = "known"      // what needs records of people, over the days that have them
	askKnownTool = "known tool" // the people of each tool, likewise
)

// The measures that cards show.
var (
	LineMeasures    = []string{"loc_added", "loc_deleted"}
	SuggestMeasures = []string{"loc_suggested_add", "loc_added", "loc_deleted"}
	ToolMeasures    = []string{"loc_changed", "active_users"}
)

// Question words a question, without the measures that no report carries under the
// filters: their cards say so.
func (b *Builder) Question(name string, s shell.State, r day.Range, measures []string, by ...string) Question {
	w := s.Words(r)
	w.Measures, w.By = Served(measures, append(shell.KeysOf(by), s.Keys()...)), by
	return Question{name, w}
}

// KnownQuestions asks for measures that need records of people over the days that have
// them, where others are aggregates: what is known is shown, and the rest marked.
func (b *Builder) KnownQuestions(measures ...string) []Question {
	if len(b.Status.Aggregate) == 0 || b.Effective.Source != "" {
		return nil
	}
	users := b.Effective.With(func(s *shell.State) { s.Source = "users" })
	return []Question{b.Question(askKnown, users, b.Window, measures), b.Question(askKnownTool, users, b.Window, []string{"active_users"}, "tool")}
}

// Headline returns a measure's figure of the window.
func (b *Builder) Headline(measure string) *float64 { return b.Answers.Of(AskHeadline).Single(measure) }

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

// Trailing names the distinct users that fit a bar of each grain.
var Trailing = map[string]string{
	"day": "daily_active_users", "week": "weekly_active_users", "month": "monthly_active_users",
}
