package cards

import (
	"slices"
	"strings"

	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/report"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// Menu is what every card offers.
type Menu struct {
	How
	CSV, Only string
}

// How explains a card.
type How struct {
	Formula, Fields, Source, Definition string
	Switch                              *shell.Link
	Reading                             string
}

// Sentence is a figure in words, to be copied with its link.
type Sentence struct{ Text, URL, Version string }

// MenuOf returns what every card offers; the API's words are the card's own.
func (b *Builder) MenuOf(id string, measures, by []string, conditions ...shell.Condition) Menu {
	s := b.Effective
	for _, c := range conditions {
		s = s.Remove(c.Dimension, "").Add(c.Dimension, c.Value)
	}
	w := s.Words(b.Window)
	w.Measures, w.By = measures, by
	return Menu{How: b.how(measures, by), CSV: shell.APIURL(w, "csv"), Only: b.pinned().With(func(s *shell.State) { s.Card = id }).URL()}
}

// TableMenu returns what a table of measures by dimensions offers, without a link to itself.
func (b *Builder) TableMenu(id string, measures []string, by ...string) Menu {
	m := b.MenuOf(id, measures, by)
	m.Only = ""
	return m
}

// pinned returns the state with its window as dates, so that a link shows
// tomorrow what it shows today.
func (b *Builder) pinned() shell.State { return b.State.Between(b.Window) }

func (b *Builder) how(measures, by []string) How {
	h := How{Fields: b.fields(measures, by), Source: b.sourceWords(measures, by), Definition: shell.DefinitionLabel(b.Effective.Reading())}
	if b.State.Parity {
		return h
	}
	other := metric.Wide
	if b.State.Reading() == metric.Wide {
		other = metric.Strict
	}
	h.Switch = &shell.Link{Label: b.T("how.switch", shell.DefinitionLabel(other)), URL: b.OtherDefinition()}
	return h
}

// fields names the fields of GitHub's records that the figures come from: counters with the
// array that has them, and of whom people are counted.
func (b *Builder) fields(measures, by []string) string {
	var counters, arrays, parts []string
	people := ""
	for _, name := range measures {
		m := metric.MeasureByName(name)
		served, err := metric.Serving(m, append(shell.KeysOf(by), b.Effective.Keys()...))
		if err != nil {
			continue
		}
		if m.CountsPeople() {
			people = b.T("how.people")
			if m.Users != nil && served != metric.Totals {
				people = b.T("how.people.in", fieldOf(served))
			}
		}
		fields := m.FieldsIn(served)
		for _, field := range fields {
			if !slices.Contains(counters, field) {
				counters = append(counters, field)
			}
		}
		if field := fieldOf(served); len(fields) > 0 && !slices.Contains(arrays, field) {
			arrays = append(arrays, field)
		}
	}
	if len(counters) > 0 {
		parts = append(parts, b.T("how.fields", strings.Join(counters, ", "), b.List(arrays)))
	}
	if people != "" {
		parts = append(parts, people)
	}
	return strings.Join(parts, "; ")
}

func fieldOf(breakdown metric.Breakdown) string {
	return metric.Breakdowns[breakdown].Field
}

// sourceWords says which reports the figures come from: those that state them beside the records
// of people, else what the window's figures come from.
func (b *Builder) sourceWords(measures, by []string) string {
	var out []string
	for _, name := range measures {
		served, err := metric.Serving(metric.MeasureByName(name), append(shell.KeysOf(by), b.Effective.Keys()...))
		if err != nil {
			continue
		}
		words := b.statedSource(served, by)
		if words == "" {
			words = b.UserSource()
		}
		if !slices.Contains(out, words) {
			out = append(out, words)
		}
	}
	if len(out) == 0 {
		return b.UserSource()
	}
	return strings.Join(out, " ")
}

// statedSource says which reports state a breakdown, "" if it is of the records of people.
func (b *Builder) statedSource(served metric.Breakdown, by []string) string {
	switch info := &metric.Breakdowns[served]; {
	case !info.Stated:
		return ""
	case served == metric.ByEngagement || served == metric.Engagement:
		return b.T("how.wrapped", b.Entity.Label())
	case slices.Contains(info.Keys, metric.KeyRepository):
		return b.T("how.repositories")
	case slices.Contains(by, "organization"):
		return b.T("how.organizations")
	}
	return b.T("how.stated", b.Entity.Label())
}

// UserSource says which records the window's figures come from.
func (b *Builder) UserSource() string {
	switch n := len(b.Status.Aggregate); {
	case len(b.Status.Union) > 0:
		return b.T("how.union", b.List(b.Status.Union))
	case n == 0:
		users := 0
		for _, s := range b.Status.Sources {
			if s.Kind == report.UserDay {
				users++
			}
		}
		return b.T("how.users", b.Plural("sources", users))
	default:
		return b.T("how.aggregate", text.Grouped(int64(n)), b.DaysWord(b.Window.Len()))
	}
}

// Say ends a sentence with the filters in force, the link and the data version.
func (b *Builder) Say(words string) Sentence {
	var filters []string
	for _, c := range b.chipsWithParity() {
		filters = append(filters, c.Dimension+": "+c.Value)
	}
	if len(filters) > 0 {
		words += " " + b.T("sentence.filters", strings.Join(filters, "; "))
	}
	return Sentence{Text: words, URL: b.pinned().URL(), Version: b.T("sentence.version", text.Plain(float64(b.Status.DataVersion)))}
}

// WindowSentence begins a sentence with the days that it is about.
func (b *Builder) WindowSentence() string {
	return b.T("sentence.window", b.DaysWord(b.Window.Len()), text.LongDay(b.Window.To))
}

// Scope returns what the figures are of: the enterprise, or the organizations
// and teams it is filtered to.
func (b *Builder) Scope() string {
	var names []string
	for _, c := range b.State.Where {
		if c.Dimension == "organization" || c.Dimension == "team" {
			names = append(names, b.ValueLabel(c.Dimension, c.Value))
		}
	}
	if b.Entity.Kind != directory.Enterprise && len(names) == 0 {
		names = []string{b.Entity.Label()}
	}
	if len(names) == 0 {
		return b.Entity.Label()
	}
	return strings.Join(names, ", ") + " (" + b.Place.Enterprise.Label() + ")"
}
