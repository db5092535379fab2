package shell

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/text"
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
	// DailyChart says that the page has the chart of each day, to be saved as a picture.
	DailyChart bool
	Views      *Views
}

// TableHeader is the title row of a page that is a table.
type TableHeader struct {
	Window, CSV string
	Frames      []Choice
	Compare     Choice
}

// Choice is a link that is on or off.
type Choice struct {
	Label, Title, URL string
	On                bool
}

// Link is an address with its words.
type Link struct{ Label, URL string }

// Fact is a line of a small account.
type Fact struct{ Label, Value string }

// Hidden is a form field that keeps a part of the state.
type Hidden struct{ Name, Value string }

// FilterGroup is a dimension of the filter form. Type is that of its inputs:
// people of several organizations or teams are not added up, so of those one is
// chosen; Name and an option's Field are what the form sends.
type FilterGroup struct {
	Dimension, Label string
	Type, Name       string
	// Options are the values; of more than maxOptions those that are chosen, and any.
	Options []FilterOption
	// Search labels the field that searches them, "" where they are few. Of more than
	// maxOptions, Values is where the others are found, and without scripts a field Name
	// names one instead: it holds Text, and Hint says of how many.
	Search, Values, Text, Hint string
}

// maxOptions is how many values of a dimension a page lists, fewOptions how many are read at
// a glance, foundOptions how many a search lists.
const (
	maxOptions   = 150
	fewOptions   = 8
	foundOptions = 50
)

// FilterOption is one value.
type FilterOption struct {
	Label, Field string
	On           bool
}

// Chip is an active filter and the page without it.
type Chip struct {
	Dimension, Value string
	URL              string
}

// frames are the windows one click away.
var frames = []int{7, 14, 28, 90, 365}

// Header returns the title row, without files to export.
func (q *Request) Header(title string) Header {
	s := q.State
	h := Header{Title: title, Action: s.Path, Filters: q.options, Views: q.Views(),
		Filtered: len(s.Where), Custom: s.Days == 0, MaxDay: q.Data.Today().String(),
		Clear:  s.With(func(s *State) { s.Where = nil }).URL(),
		Hidden: HiddenFields(s.offForm(), ""), WindowHidden: HiddenFields(s, "days", "from", "to")}
	if q.Window.Len() > 0 {
		h.Window, h.From, h.To = text.Span(q.Window), q.Window.From.String(), q.Window.To.String()
	}
	h.Frames = q.Frames()
	h.Compare = q.CompareChoice()
	h.Parity = Choice{q.T("parity"), q.T("parity.title"), s.With(func(s *State) { s.Parity = !s.Parity }).URL(), s.Parity}
	return h
}

// Frames offers the windows one click away.
func (q *Request) Frames() []Choice {
	var out []Choice
	for _, n := range question.WindowWeeks {
		if q.Weeks {
			out = append(out, Choice{q.T("weeks.short", text.Grouped(int64(n))), q.T("weeks.title", text.Grouped(int64(n))), q.State.Last(7 * n).URL(), q.Window.Len() == 7*n})
		}
	}
	if q.Weeks {
		return out
	}
	for _, n := range frames {
		out = append(out, Choice{q.T("days.short", text.Grouped(int64(n))), q.T("days.title", text.Grouped(int64(n))),
			q.State.Last(n).URL(), q.State.Days == n})
	}
	return out
}

// CompareChoice switches the comparison with the previous period.
func (q *Request) CompareChoice() Choice {
	return Choice{q.T("compare"), q.T("compare.title"), q.State.With(func(s *State) { s.Compare = !s.Compare }).URL(), q.State.Compare}
}

// HiddenFields lists the state's fields but those that the form itself has. What the form
// leads to has no link made to it, and is shown from its first row.
func HiddenFields(s State, except ...string) []Hidden {
	q := s.With(func(*State) {}).Query()
	var out []Hidden
	for _, name := range slices.Sorted(maps.Keys(q)) {
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

// Chips are the filters in force, each with the page without it.
func (q *Request) Chips() []Chip {
	var out []Chip
	for _, c := range q.State.Where {
		if q.State.Parity && (c.Dimension == "tool" || c.Dimension == "surface") {
			continue // the switch has replaced it
		}
		out = append(out, Chip{Dimension: q.Dimension(c.Dimension), Value: q.ValueLabel(c.Dimension, c.Value),
			URL: q.State.Remove(c.Dimension, c.Value).URL()})
	}
	if q.State.Parity {
		off := q.State.With(func(s *State) { s.Parity = false }).URL()
		out = append(out, Chip{Dimension: q.T("parity"), Value: q.T("parity.chip"), URL: off})
	} else if q.State.Reading() == metric.Wide {
		out = append(out, Chip{Dimension: q.T("definition"), Value: DefinitionLabel(metric.Wide), URL: q.OtherDefinition()})
	}
	if q.State.Source != "" {
		out = append(out, Chip{Dimension: q.T("source"), Value: q.State.Source,
			URL: q.State.With(func(s *State) { s.Source = "" }).URL()})
	}
	return out
}

// OtherDefinition returns the page under the definition that is not in force.
func (q *Request) OtherDefinition() string {
	return q.State.With(func(s *State) {
		if s.Reading() == metric.Wide {
			s.Definition = ""
			return
		}
		s.Definition, s.Parity = string(metric.Wide), false
	}).URL()
}

// DefinitionLabel returns what pages call a definition.
func DefinitionLabel(d metric.Definition) string {
	for _, def := range metric.Definitions {
		if def.Name == d {
			return def.Label
		}
	}
	return string(d)
}

// filterable lists the dimensions of the form, in its order.
var filterable = []string{"organization", "team", "tool", "surface", "feature", "model", "language", "ide"}

// LoadOptions reads the values that the form offers, of every dimension but those without.
func (q *Request) LoadOptions(ctx context.Context, without ...string) error {
	for _, dim := range filterable {
		if slices.Contains(without, dim) {
			continue
		}
		values, err := q.valuesOf(ctx, dim)
		if err != nil {
			return err
		}
		if values = withSelected(values, q.State.Values(dim)); len(values) > 0 {
			q.options = append(q.options, q.filterGroup(dim, values))
		}
	}
	return nil
}

func (q *Request) filterGroup(dim string, values []string) FilterGroup {
	g := FilterGroup{Dimension: dim, Label: q.Dimension(dim), Type: "checkbox", Name: "where"}
	if singular(dim) {
		g.Type, g.Name = "radio", dim
		g.Options = append(g.Options, FilterOption{q.T("filter.any"), "", !q.State.Has(dim)})
	}
	if len(values) > fewOptions {
		g.Search = q.T("filter.search", text.Lower(g.Label))
	}
	if len(values) > maxOptions {
		g.Hint, g.Values = q.T("filter.name", text.Grouped(int64(len(values)))), q.valuesURL(dim)
		values = q.State.Values(dim)
		if singular(dim) {
			g.Text = strings.Join(values, "")
		}
	}
	for _, v := range values {
		g.Options = append(g.Options, q.filterOption(dim, v))
	}
	return g
}

// singular reports whether the form has one value of a dimension at most.
func singular(dim string) bool { return dim == "organization" || dim == "team" }

func (q *Request) filterOption(dim, value string) FilterOption {
	field := dim + "=" + value
	if singular(dim) {
		field = value
	}
	return FilterOption{q.ValueLabel(dim, value), field, slices.Contains(q.State.Where, Condition{dim, value})}
}

// valuesURL is where the values of a dimension are searched: those of the window, and of a team
// those of the organization that is chosen.
func (q *Request) valuesURL(dim string) string {
	s := State{Path: InsightsPath(q.Place, "values")}
	for _, o := range q.State.Values("organization") {
		s = s.Add("organization", o)
	}
	if q.Window.Len() > 0 {
		s = s.Between(q.Window)
	}
	words := s.Query()
	words.Set("dimension", dim)
	return s.Path + "?" + words.Encode()
}

// foundValues is what a search for values finds.
type foundValues struct {
	// Found counts them, Values are the first of them.
	Found  int           `json:"found"`
	Values []valueOption `json:"values"`
}

type valueOption struct {
	Label string `json:"label"`
	Field string `json:"field"`
}

// values answers a search for the values of a dimension that the filter form can offer.
func (sh *Shell) values(w http.ResponseWriter, r *http.Request) error {
	q, _, err := sh.Request(r, "values")
	if err != nil {
		return err
	}
	dim, word := r.URL.Query().Get("dimension"), strings.TrimSpace(r.URL.Query().Get("q"))
	if !slices.Contains(filterable, dim) {
		return fault.New(fault.Invalid, "there is no filter %.40q", dim)
	}
	q.Window, _ = q.State.Dates()
	if dim == "team" { // which are called after their organizations
		if _, err := q.valuesOf(r.Context(), "organization"); err != nil {
			return err
		}
	}
	values, err := q.valuesOf(r.Context(), dim)
	if err != nil {
		return err
	}
	out := foundValues{Values: []valueOption{}}
	for _, v := range values {
		option := q.filterOption(dim, v)
		if !Finds(word, option.Label, v) {
			continue
		}
		if out.Found++; out.Found <= foundOptions {
			out.Values = append(out.Values, valueOption{option.Label, option.Field})
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-store")
	return json.NewEncoder(w).Encode(out)
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

func (q *Request) valuesOf(ctx context.Context, dim string) ([]string, error) {
	switch dim {
	case "organization", "team":
		return q.entities(ctx, directory.Kind(dim))
	case "surface":
		return metric.Surfaces, nil
	}
	if q.Window.Len() == 0 {
		return nil, nil
	}
	// What the enterprise has, not what the other filters leave of it.
	unfiltered := State{Enterprise: q.State.Enterprise, Org: q.State.Org, Team: q.State.Team}
	return q.Data.Values(ctx, unfiltered.Words(q.Window), dim)
}

func (q *Request) entities(ctx context.Context, kind directory.Kind) ([]string, error) {
	list, err := q.Data.Entities(ctx, q.State.Enterprise, kind)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(slices.Clone(list), func(e directory.Entity) bool { return !Narrows(e, q.Place) || q.elsewhere(e) })
	keys := wordsFor(list)
	for i, e := range list {
		key := keys[i]
		q.labels[Condition{string(kind), key}] = e.Label()
		if kind == directory.Organization {
			q.organizations[e.ID] = e
		} else if o := q.organizations[e.Organization]; key != e.Key() {
			q.labels[Condition{string(kind), key}] = q.T("filter.teamof", e.Label(), o.Label())
		}
	}
	return keys, nil
}

// elsewhere reports whether a team is of another organization than the one that
// is chosen.
func (q *Request) elsewhere(e directory.Entity) bool {
	chosen := q.State.Values("organization")
	o := q.organizations[e.Organization]
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

// UnknownValue is how reports write what they do not know, othersValue what they put together.
const (
	UnknownValue = "unknown"
	othersValue  = "others"
)

// ValueLabel returns what pages call a value of a dimension.
func (q *Request) ValueLabel(dim, value string) string {
	switch dim {
	case "feature":
		if value == metric.Blank {
			return q.T("unknown.blank")
		}
		f, _ := metric.FeatureByName(value)
		return f.Label
	case "tool":
		return metric.ToolByName(value).Label
	case "organization", "team":
		if label := q.labels[Condition{dim, value}]; label != "" {
			return label
		}
	case "surface", "initiator":
		return q.T(dim + "." + value)
	case "signal":
		if label := q.Text["signal."+value]; label != "" {
			return label
		}
	case "ide", "model", "language":
		if value == UnknownValue || value == othersValue {
			return q.T(value)
		}
		if dim == "ide" && value != metric.Blank {
			return metric.IDELabel(value)
		}
	}
	if value == metric.Blank {
		return q.T("unknown.blank")
	}
	return value
}

// Dimension returns what pages call a dimension.
func (q *Request) Dimension(name string) string {
	if d := metric.DimensionByName(name); d != nil {
		return d.Label
	}
	return name
}
