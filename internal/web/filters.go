package web

import (
	"context"
	"math"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
)

// Header is the title row: what is shown and how it can be changed.
type Header struct {
	Title, Window    string
	Frames           []Choice
	Custom           bool
	From, To, MaxDay string
	Hidden           []Hidden // the rest of the state, for the forms
	WindowHidden     []Hidden
	Compare, Parity  Choice
	Filters          []FilterGroup
	Filtered         int
	Action, Clear    string
	Exports          []Link
}

// Choice is a link that is on or off.
type Choice struct {
	Label, Title, URL string
	On                bool
}

// Hidden is a form field that keeps a part of the state.
type Hidden struct{ Name, Value string }

// FilterGroup is a dimension of the filter form. Type is that of its inputs:
// people of several organizations or teams are not added up, so of those one is
// chosen; Name and an option's Field are what the form sends.
type FilterGroup struct {
	Dimension, Label string
	Type, Name       string
	// Options are the values; of more than maxOptions there is a field to name
	// one instead, which holds Text.
	Options []FilterOption
	Text    string
	Hint    string
}

// maxOptions is how many organizations or teams are listed.
const maxOptions = 150

// FilterOption is one value.
type FilterOption struct {
	Label, Field string
	On           bool
}

// Chip is an active filter and the page without it.
type Chip struct {
	Dimension, Value string
	URL              string
	// Fixed says that a switch set it, and is named by it.
	Fixed bool
}

// frames are the windows one click away.
var frames = []int{7, 14, 28, 90, 365}

func (b *builder) header() Header {
	s := b.state
	h := Header{Title: b.t("codegen.title"), Action: s.Path, Filters: b.options,
		Filtered: len(s.Where), Custom: s.Days == 0, MaxDay: b.web.data.Today().String(),
		Clear:  s.With(func(s *State) { s.Where = nil }).URL(),
		Hidden: hidden(s.offForm(), ""), WindowHidden: hidden(s, "days", "from", "to")}
	if b.window.Len() > 0 {
		h.Window, h.From, h.To = span(b.window), b.window.From.String(), b.window.To.String()
		h.Exports = b.exports()
	}
	h.Frames = b.frames()
	h.Compare = b.compareChoice()
	h.Parity = Choice{b.t("parity"), b.t("parity.title"), s.With(func(s *State) { s.Parity = !s.Parity }).URL(), s.Parity}
	return h
}

// frames offers the windows one click away.
func (b *builder) frames() []Choice {
	var out []Choice
	for _, n := range frames {
		out = append(out, Choice{b.t("days.short", grouped(int64(n))), b.t("days.title", grouped(int64(n))),
			b.state.With(func(s *State) { s.Days, s.From, s.To = n, "", "" }).URL(), b.state.Days == n})
	}
	return out
}

func (b *builder) compareChoice() Choice {
	return Choice{b.t("compare"), b.t("compare.title"), b.state.With(func(s *State) { s.Compare = !s.Compare }).URL(), b.state.Compare}
}

// hidden lists the state's fields but those that the form itself has.
func hidden(s State, except ...string) []Hidden {
	q := s.query()
	var out []Hidden
	for _, name := range []string{"days", "from", "to", "where", "definition", "source", "compare", "parity", "split", "scale", "card", "sort"} {
		if slices.Contains(except, name) {
			continue
		}
		for _, value := range q[name] {
			out = append(out, Hidden{name, value})
		}
	}
	return out
}

// offForm returns the state with only those conditions that the filter form
// does not have.
func (s State) offForm() State {
	return s.With(func(s *State) {
		s.Where = slices.DeleteFunc(s.Where, func(c Condition) bool { return slices.Contains(filterable, c.Dimension) })
	})
}

// exports offers the daily figures as files.
func (b *builder) exports() []Link {
	w := b.ask("", b.effective, b.window, headlineMeasures, "day").words
	return []Link{{b.t("export.csv"), apiURL(w, "csv")}, {b.t("export.ndjson"), apiURL(w, "ndjson")}}
}

func (b *builder) chips() []Chip {
	var out []Chip
	for _, c := range b.state.Where {
		if b.state.Parity && (c.Dimension == "tool" || c.Dimension == "surface") {
			continue // the switch has replaced it
		}
		out = append(out, Chip{Dimension: b.dimension(c.Dimension), Value: b.valueLabel(c.Dimension, c.Value),
			URL: b.state.Remove(c.Dimension, c.Value).URL()})
	}
	if b.state.Parity {
		off := b.state.With(func(s *State) { s.Parity = false }).URL()
		out = append(out, Chip{Dimension: b.t("parity"), Value: b.t("parity.chip"), URL: off, Fixed: true})
	} else if b.state.Reading() == metric.Wide {
		out = append(out, Chip{Dimension: b.t("definition"), Value: definitionLabel(metric.Wide), URL: b.otherDefinition()})
	}
	if b.state.Source != "" {
		out = append(out, Chip{Dimension: b.t("source"), Value: b.state.Source,
			URL: b.state.With(func(s *State) { s.Source = "" }).URL()})
	}
	return out
}

// otherDefinition returns the page under the definition that is not in force.
func (b *builder) otherDefinition() string {
	return b.state.With(func(s *State) {
		if s.Reading() == metric.Wide {
			s.Definition = ""
			return
		}
		s.Definition, s.Parity = string(metric.Wide), false
	}).URL()
}

func definitionLabel(d metric.Definition) string {
	for _, def := range metric.Definitions {
		if def.Name == d {
			return def.Label
		}
	}
	return string(d)
}

// filterable lists the dimensions of the form, in its order.
var filterable = []string{"organization", "team", "tool", "surface", "feature", "model", "language", "ide"}

// loadOptions reads the values that the form offers.
func (b *builder) loadOptions(ctx context.Context) error {
	for _, dim := range filterable {
		values, err := b.valuesOf(ctx, dim)
		if err != nil {
			return err
		}
		if g := b.filterGroup(dim, withSelected(values, b.state.values(dim))); len(g.Options) > 0 {
			b.options = append(b.options, g)
		}
	}
	return nil
}

func (b *builder) filterGroup(dim string, values []string) FilterGroup {
	g := FilterGroup{Dimension: dim, Label: b.dimension(dim), Type: "checkbox", Name: "where"}
	prefix := dim + "="
	if (dim == "organization" || dim == "team") && len(values) > 0 {
		g.Type, g.Name, prefix = "radio", dim, ""
		if len(values) > maxOptions {
			g.Type, g.Hint = "text", b.t("filter.name", grouped(int64(len(values))))
			g.Text = strings.Join(b.state.values(dim), "")
			g.Options = []FilterOption{{b.dimension(dim), "", true}}
			return g
		}
		g.Options = append(g.Options, FilterOption{b.t("filter.any"), "", !b.state.Has(dim)})
	}
	for _, v := range values {
		g.Options = append(g.Options, FilterOption{b.valueLabel(dim, v), prefix + v, slices.Contains(b.state.Where, Condition{dim, v})})
	}
	return g
}

// withSelected adds selected values that the window does not have, so that the
// form can take them back.
func withSelected(values, selected []string) []string {
	for _, v := range selected {
		if !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

func (b *builder) valuesOf(ctx context.Context, dim string) ([]string, error) {
	switch dim {
	case "organization", "team":
		return b.entities(ctx, directory.Kind(dim))
	case "surface":
		return metric.Surfaces, nil
	}
	if b.window.Len() == 0 {
		return nil, nil
	}
	// What the enterprise has, not what the other filters leave of it.
	unfiltered := State{Enterprise: b.state.Enterprise, Org: b.state.Org, Team: b.state.Team}
	return b.web.data.Values(ctx, unfiltered.Words(b.window), dim)
}

func (b *builder) entities(ctx context.Context, kind directory.Kind) ([]string, error) {
	list, err := b.web.data.Entities(ctx, b.state.Enterprise, kind)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(slices.Clone(list), func(e directory.Entity) bool { return !narrows(e, b.place) || b.elsewhere(e) })
	keys := wordsFor(list)
	for i, e := range list {
		key := keys[i]
		b.labels[Condition{string(kind), key}] = e.Label()
		if kind == directory.Organization {
			b.organizations[e.ID] = e
		} else if o := b.organizations[e.Organization]; key != e.Key() {
			b.labels[Condition{string(kind), key}] = b.t("filter.teamof", e.Label(), o.Label())
		}
	}
	return keys, nil
}

// elsewhere reports whether a team is of another organization than the one that
// is chosen.
func (b *builder) elsewhere(e directory.Entity) bool {
	chosen := b.state.values("organization")
	o := b.organizations[e.Organization]
	return e.Kind == directory.Team && len(chosen) == 1 && e.Organization != 0 && !o.Named(chosen[0])
}

// wordsFor returns what names each entity among the others: its key, or its id
// where several have that key.
func wordsFor(list []directory.Entity) []string {
	same := make(map[string]int, len(list))
	for _, e := range list {
		same[e.Key()]++
	}
	words := make([]string, len(list))
	for i, e := range list {
		words[i] = e.Key()
		if same[words[i]] > 1 && len(e.Aliases) > 0 {
			words[i] = e.Aliases[0]
		}
	}
	return words
}

// valueLabel returns what pages call a value of a dimension.
func (b *builder) valueLabel(dim, value string) string {
	switch dim {
	case "feature":
		if value == metric.Blank {
			return b.t("unknown.blank")
		}
		f, _ := metric.FeatureByName(value)
		return f.Label
	case "tool":
		return metric.ToolByName(value).Label
	case "organization", "team":
		if label := b.labels[Condition{dim, value}]; label != "" {
			return label
		}
	case "surface", "initiator":
		return b.t(dim + "." + value)
	case "ide", "model", "language":
		if value == unknownValue {
			return b.t("unknown")
		}
		if dim == "ide" && value != metric.Blank {
			return metric.IDELabel(value)
		}
	}
	if value == metric.Blank {
		return b.t("unknown.blank")
	}
	return value
}

// Empty is a page without figures: why, and what to do next.
type Empty struct {
	Kind           string
	Title, Message string
	Actions        []Link
	// Import shows the form that takes report files.
	Import *ImportForm
}

// emptyBefore returns why nothing needs to be asked, nil if there is data.
func (b *builder) emptyBefore() *Empty {
	data := b.status.Data
	switch {
	case data.Len() == 0 && (b.state.Has("organization") || b.state.Has("team")):
		return b.empty("scope", []Link{{b.t("empty.clear"), b.header().Clear}})
	case data.Len() == 0 && len(b.status.Apart) > 0:
		return b.emptyApart()
	case data.Len() == 0:
		e := b.empty("source", nil)
		e.Import = importFormFor(b.web, b.state.Enterprise)
		return e
	case b.window.Len() == 0 || b.window.To < data.From || b.window.From > data.To:
		last := b.state.With(func(s *State) { s.Days, s.From, s.To = defaultDays, "", "" }).URL()
		e := b.empty("range", []Link{{b.t("empty.lastdays", grouped(defaultDays)), last}})
		e.Message = b.t("empty.range.message", span(data))
		return e
	}
	return nil
}

// emptyApart leads to the organizations whose aggregates are there: the
// enterprise itself has none.
func (b *builder) emptyApart() *Empty {
	var to []Link
	var names []string
	for _, o := range b.status.Apart {
		at := access.Place{Enterprise: b.place.Enterprise, Organization: &o}
		to = append(to, Link{o.Label(), insightsPath(at, "code-generation")})
		names = append(names, o.Label())
	}
	e := b.empty("apart", to)
	e.Message = b.t("empty.apart.message", b.list(names))
	return e
}

// emptyAfter returns why the answers say nothing, nil if they say something.
func (b *builder) emptyAfter() *Empty {
	head := b.answers.of(askHeadline)
	if head == nil || !nothing(head.single("loc_changed")) || !nothing(head.single("active_users")) {
		return nil
	}
	if len(b.status.Missing) == b.window.Len() {
		return b.empty("missing", []Link{{b.t("nav.coverage"), b.coverageURL()}, {b.t("nav.import"), enterprisePath(b.state.Enterprise) + "/import"}})
	}
	if len(b.effective.Where) > 0 {
		clear := b.state.With(func(s *State) { s.Where, s.Parity = nil, false }).URL()
		return b.empty("filtered", []Link{{b.t("empty.clear"), clear}})
	}
	wider := b.state.With(func(s *State) { s.Days, s.From, s.To = 365, "", "" }).URL()
	return b.empty("activity", []Link{{b.t("empty.lastdays", grouped(365)), wider}, {b.t("nav.coverage"), b.coverageURL()}})
}

func nothing(f *float64) bool { return f == nil || *f == 0 }

func (b *builder) empty(kind string, actions []Link) *Empty {
	return &Empty{Kind: kind, Title: b.t("empty." + kind), Message: b.t("empty." + kind + ".message"), Actions: actions}
}

func (b *builder) coverageURL() string {
	s := b.state
	q := State{Path: insightsPath(b.place, "data-quality"), Days: s.Days, From: s.From, To: s.To}
	return q.URL()
}

// daysWord writes "28 days" or "1 day".
func (b *builder) daysWord(n int) string { return b.plural("days", n) }

// lines writes "12,345 lines" or "1 line".
func (b *builder) lines(f float64) string { return b.plural("n.lines", int(math.Round(f))) }

// linesOr is lines, or how an unknown figure is written.
func (b *builder) linesOr(f *float64) string { return figureOr(f, b.lines) }

// plural returns the catalogue's text for n of something.
func (b *builder) plural(key string, n int, args ...any) string {
	return b.web.text.Count(key, n, args...)
}
