package question

import (
	"context"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// Parameters is a question as people and programs write it; the names are the
// command line's flags and the API's parameters.
type Parameters struct {
	Enterprise, Org, Team string
	Measures, By          []string
	From, To              string
	Days                  int
	// Where holds dimension=value; several values of one dimension are
	// alternatives. organization and team narrow the scope instead.
	Where      []string
	Surface    string
	Definition string
	Source     string
	Compare    bool
}

const (
	// defaultDays is the length of a window that is not stated.
	defaultDays = 28
	// maxDays is the longest range that is answered, about eleven years.
	maxDays = 4000
	// ProvisionalDays is how long reports of a day move.
	ProvisionalDays = 3
)

// question is QueryParameters understood, all but the range.
type question struct {
	names      *directory.Names
	enterprise *directory.Entity
	scope      query.Scope
	filters    []query.Filter
	definition metric.Definition
	source     query.Source
}

// understand resolves the scope, filters, definition and source of w.
func (a *Answerer) understand(ctx context.Context, w Parameters) (*question, error) {
	n, err := a.names(ctx)
	if err != nil {
		return nil, err
	}
	return understand(n, w)
}

func understand(n *directory.Names, w Parameters) (*question, error) {
	q := &question{names: n}
	for _, step := range []func(Parameters) error{q.readEnterprise, q.readWhere, q.readScope, q.readSurface, q.readDefinition, q.readSource} {
		if err := step(w); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (q *question) readEnterprise(w Parameters) (err error) {
	if q.enterprise, err = q.names.Enterprise(w.Enterprise); err == nil {
		q.scope.Enterprise = q.enterprise.ID
	}
	return err
}

// People reports whether a question tells users apart, and which users it names.
func (w Parameters) People() (users []string, about bool) {
	for _, c := range w.Where {
		if user, ok := strings.CutPrefix(c, "user="); ok {
			users = append(users, user)
		}
	}
	return users, len(users) > 0 || slices.Contains(w.By, "user")
}

// readWhere reads dimension=value.
func (q *question) readWhere(w Parameters) error {
	for _, text := range w.Where {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return fault.New(fault.Invalid, "cannot read the filter %.80q: write dimension=value", text)
		}
		d := metric.DimensionByName(name)
		switch {
		case d == nil:
			return fault.New(fault.Invalid, "cannot read the filter %.80q: unknown dimension %.60q", text, name)
		case d.Reported() && value == metric.Blank:
			value = ""
		case !d.Reported() && value == "":
			return fault.New(fault.Invalid, "cannot read the filter %.80q: write dimension=value", text)
		}
		q.filter(name, value)
	}
	return nil
}

// filter adds a condition: a value more of its dimension.
func (q *question) filter(dimension, value string) {
	for i := range q.filters {
		if f := &q.filters[i]; f.Dimension == dimension {
			if !slices.Contains(f.Values, value) {
				f.Values = append(f.Values, value)
			}
			return
		}
	}
	q.filters = append(q.filters, query.Filter{Dimension: dimension, Values: []string{value}})
}

// takeFilter removes the filter on a dimension and returns its values.
func (q *question) takeFilter(dimension string) []string {
	for i, f := range q.filters {
		if f.Dimension == dimension {
			q.filters = slices.Delete(q.filters, i, i+1)
			return f.Values
		}
	}
	return nil
}

// values returns what a dimension is filtered to, nil if it is not.
func (q *question) values(dimension string) []string {
	for _, f := range q.filters {
		if f.Dimension == dimension {
			return f.Values
		}
	}
	return nil
}

// readScope narrows the scope to the organization and team that words or
// conditions name: one of each.
func (q *question) readScope(w Parameters) error {
	org, err := one("organization", w.Org, q.takeFilter("organization"), func(word string) (*directory.Entity, error) {
		return q.names.Organization(q.scope.Enterprise, word)
	})
	if err != nil {
		return err
	}
	if org != nil {
		q.scope.Organization = org.ID
	}
	team, err := one("team", w.Team, q.takeFilter("team"), func(word string) (*directory.Entity, error) {
		return q.names.Team(q.scope.Enterprise, q.scope.Organization, word)
	})
	if err != nil {
		return err
	}
	if team != nil {
		q.scope.Team, q.scope.Organization = team.ID, team.Organization
	}
	return nil
}

// one returns the entity that all words name, nil if there are none.
func one(kind, word string, more []string, find func(string) (*directory.Entity, error)) (*directory.Entity, error) {
	if word != "" {
		more = append([]string{word}, more...)
	}
	var found *directory.Entity
	for _, word := range more {
		e, err := find(word)
		if err != nil {
			return nil, err
		}
		if found != nil && found.ID != e.ID {
			return nil, fault.New(fault.Unsupported, "cannot count people over several %ss, because a person may be in more than one: ask for one %s, or group by %s", kind, kind, kind)
		}
		found = e
	}
	return found, nil
}

func (q *question) readSurface(w Parameters) error {
	if w.Surface == "" {
		return nil
	}
	if !slices.Contains(metric.Surfaces, w.Surface) {
		return fault.New(fault.Invalid, "surface %.40q is not one of %s", w.Surface, strings.Join(metric.Surfaces, ", "))
	}
	q.filter("surface", w.Surface)
	return nil
}

func (q *question) readDefinition(w Parameters) error {
	d, err := metric.ParseDefinition(w.Definition)
	if err != nil {
		return fault.New(fault.Invalid, "%s", err)
	}
	q.definition = d
	return nil
}

func (q *question) readSource(w Parameters) error {
	switch src := query.Source(w.Source); src {
	case "":
		q.source = query.Auto
	case query.Auto, query.FromUsers, query.FromAggregate:
		q.source = src
	default:
		return fault.New(fault.Invalid, "source %.40q is not one of auto, users, aggregate", w.Source)
	}
	return nil
}

// entity returns the narrowest entity that the words name.
func (q *question) entity() directory.Entity {
	if e := q.names.ByID[q.scope.Entity()]; e != nil {
		return *e
	}
	return *q.enterprise
}

// counts reports whether a tool is asked for.
func (q *question) counts(tool string) bool {
	tools := q.values("tool")
	return tools == nil || slices.Contains(tools, tool)
}

// window returns the range that w asks for. last is the day on which a range
// ends that states no end.
func window(w Parameters, last day.Day) (day.Range, error) {
	from, err := query.ParseDay("from", w.From)
	if err != nil {
		return day.Range{}, err
	}
	to, err := query.ParseDay("to", w.To)
	if err != nil {
		return day.Range{}, err
	}
	if w.Days < 0 || w.Days > maxDays {
		return day.Range{}, fault.New(fault.Invalid, "days %d is out of range: use 1 to %s", w.Days, english.Number(maxDays))
	}
	r, err := stretch(from, to, day.Day(w.Days), last)
	if err != nil {
		return day.Range{}, err
	}
	return r, checkRange(r)
}

// stretch makes a range of what is stated of it; 0 is not.
func stretch(from, to, days, last day.Day) (day.Range, error) {
	switch {
	case from != 0 && to != 0:
		r := day.Range{From: from, To: to}
		if days != 0 && r.Len() != int(days) {
			return r, fault.New(fault.Invalid, "from %s to %s is %s, not %s: leave out one of from, to and days", from, to, english.Count(r.Len(), "day", "days"), english.Number(days))
		}
		return r, nil
	case from != 0 && days != 0:
		return day.Range{From: from, To: from + days - 1}, nil
	case from > last:
		return day.Range{}, fault.New(fault.Invalid, "from %s is after %s, the last complete day: give the last day with to", from, last)
	case from != 0:
		return day.Range{From: from, To: last}, nil
	}
	if to == 0 {
		to = last
	}
	if days == 0 {
		days = defaultDays
	}
	return day.Range{From: to - days + 1, To: to}, nil
}

func checkRange(r day.Range) error {
	switch {
	case r.To < r.From:
		return fault.New(fault.Invalid, "the range ends before it begins (%s to %s): swap from and to", r.From, r.To)
	case r.Len() > maxDays:
		return fault.New(fault.Invalid, "the range %s to %s is too long: %s, at most %s", r.From, r.To, english.Count(r.Len(), "day", "days"), english.Number(maxDays))
	}
	return nil
}
