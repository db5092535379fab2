package query

import (
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
)

// A Plan is what an engine has to select to answer a Query. Each Select is one
// tally; assemble puts their rows together: residual rows and quotients are
// arithmetic over sums and the same for every engine.
type Plan struct {
	Query    Query
	measures []*metric.Measure
	serving  []metric.Breakdown // of each measure
	Selects  []Select
}

// Select is one grouped selection.
type Select struct {
	Kind      SelectKind
	Breakdown metric.Breakdown
	// By are the dimensions of the rows, in the query's order.
	By []string
	// Sums are the columns of a SumSelect.
	Sums []SumColumn
	// Trailing and Reporting belong to a UserSelect.
	Trailing  int
	Reporting bool
	// Nameless leaves out all that is known by person.
	Nameless bool
	// Unfiltered takes in what the filters leave out.
	Unfiltered bool
}

// SelectKind says what a Select's rows are.
type SelectKind int

const (
	// SumSelect rows have the Sums.
	SumSelect SelectKind = iota
	// UserSelect rows have the number of distinct people. With Trailing, a day
	// among By is the last day of the window.
	UserSelect
	// KeySelect rows are by no dimension of a breakdown and have what there is to know
	// of the days and tools behind the row.
	KeySelect
)

// SumColumn is a sum of one counter over a part of the split.
type SumColumn struct {
	Part    metric.Part
	Counter metric.Counter
	// Where, if With is set, is the counter that rows have to know.
	Where metric.Counter
	With  bool
}

// columnOf returns the column of a sum's counter.
func columnOf(s metric.Sum, c metric.Counter) SumColumn {
	out := SumColumn{Part: s.Part, Counter: c}
	if len(s.With) > 0 {
		out.Where, out.With = s.With[0], true
	}
	return out
}

// Compile checks a query and plans it. An error is a *fault.Error: Invalid for
// words that do not exist, Unsupported for what no report carries.
func Compile(q Query) (*Plan, error) {
	if q.Definition == "" {
		q.Definition = metric.Strict
	}
	if q.Source == "" {
		q.Source = Auto
	}
	p := &Plan{Query: q}
	if err := p.check(); err != nil {
		return nil, err
	}
	if err := p.serve(); err != nil {
		return nil, err
	}
	p.planSelects()
	return p, nil
}

func (p *Plan) check() error {
	q := &p.Query
	if q.Range.To < q.Range.From {
		return fault.New(fault.Invalid, "the range ends before it begins (%s to %s): swap from and to", q.Range.From, q.Range.To)
	}
	if len(q.Measures) == 0 {
		return fault.New(fault.Invalid, "no measure given: choose from %s", strings.Join(metric.MeasureNames(), ", "))
	}
	for _, name := range q.Measures {
		m := metric.MeasureByName(name)
		if m == nil {
			return fault.New(fault.Invalid, "unknown measure %.60q: choose from %s", name, strings.Join(metric.MeasureNames(), ", "))
		}
		p.measures = append(p.measures, m)
	}
	if len(q.By) > maxBy {
		return fault.New(fault.Unsupported, "%d dimensions are more than any report has together", len(q.By))
	}
	for i, name := range q.By {
		if metric.DimensionByName(name) == nil {
			return fault.New(fault.Invalid, "unknown dimension %.60q: choose from %s", name, strings.Join(metric.DimensionNames(), ", "))
		}
		if slices.Contains(q.By[:i], name) {
			return fault.New(fault.Invalid, "dimension %q is given twice", name)
		}
	}
	if _, err := metric.ParseDefinition(string(q.Definition)); err != nil {
		return fault.New(fault.Invalid, "%s", err)
	}
	if !slices.Contains([]Source{Auto, FromUsers, FromAggregate}, q.Source) {
		return fault.New(fault.Invalid, "source %.60q is not one of auto, users, aggregate", q.Source)
	}
	return p.checkFilters()
}

func (p *Plan) checkFilters() error {
	for _, f := range p.Query.Filters {
		d := metric.DimensionByName(f.Dimension)
		if d == nil || !filters(d) {
			return fault.New(fault.Invalid, "cannot filter by %.60q: choose from %s", f.Dimension, strings.Join(filterable(), ", "))
		}
		if len(f.Values) == 0 {
			return fault.New(fault.Invalid, "the filter on %s has no value", f.Dimension)
		}
		allowed := map[string][]string{"surface": metric.Surfaces, "initiator": metric.Initiators}[f.Dimension]
		for _, v := range f.Values {
			if allowed != nil && !slices.Contains(allowed, v) {
				return fault.New(fault.Invalid, "unknown %s %.60q: choose from %s", f.Dimension, v, strings.Join(allowed, ", "))
			}
		}
	}
	return nil
}

// filters reports whether a dimension can be filtered to: days are the range, and
// organizations and teams the scope.
func filters(d *metric.Dimension) bool {
	return !d.Grain && d.Name != "organization" && d.Name != "team"
}

func filterable() (names []string) {
	for i := range metric.Dimensions {
		if d := &metric.Dimensions[i]; filters(d) {
			names = append(names, d.Name)
		}
	}
	return names
}

// serve decides which breakdown serves each measure.
func (p *Plan) serve() error {
	q := &p.Query
	if err := p.checkEntities(); err != nil {
		return err
	}
	if keys := append(p.keys(q.By), p.filterKeys()...); q.Mask != nil && slices.Contains(keys, metric.KeyLanguage) && slices.Contains(keys, metric.KeyModel) {
		return fault.New(fault.Unsupported, "languages and models are shown together only to those who may view people: ask for one of them")
	}
	for _, m := range p.measures {
		keys := append(p.keys(q.By), p.filterKeys()...)
		if m.FixesFeatures() && slices.ContainsFunc(q.By, onFeature) {
			return fault.New(fault.Unsupported, "%s cannot be grouped or filtered by feature, surface or initiator: it already selects features itself", m.Name)
		}
		if m.Name == "discrepancy" && slices.ContainsFunc(keys, func(k metric.Key) bool { return k != metric.NoKey }) {
			return fault.New(fault.Unsupported, "discrepancy exists for whole records only, in no breakdown: remove filters and dimensions on surface, ide, feature, initiator, language and model")
		}
		switch {
		case m.Multiple != nil && slices.Contains(q.By, "phase"):
			return fault.New(fault.Unsupported, "%s cannot be grouped by adoption phase: it compares phases", m.Name)
		case m.By != metric.NoKey && !slices.Contains(keys, m.By):
			return fault.New(fault.Unsupported, "%s has to be grouped or filtered by %s: its values overlap, so they have no sum", m.Name, m.By)
		}
		b, err := metric.Serving(m, keys)
		if err != nil {
			return fault.New(fault.Unsupported, "%s", err)
		}
		if m.Users != nil && m.Users.Reporting && b != metric.Totals {
			return fault.New(fault.Unsupported, "%s exists for whole records only, in no breakdown: remove filters and dimensions on surface, ide, feature, initiator, language and model", m.Name)
		}
		if q.Mask != nil && b == metric.ByPhase && !slices.Contains(q.By, "phase") {
			return fault.New(fault.Unsupported, "people of one adoption phase are counted only for those who may view people: group by phase instead")
		}
		p.serving = append(p.serving, b)
	}
	return nil
}

// checkEntities refuses what membership cannot divide.
func (p *Plan) checkEntities() error {
	q := &p.Query
	org, team, user := slices.Contains(q.By, "organization"), slices.Contains(q.By, "team"), slices.Contains(q.By, "user")
	switch {
	case org && team || user && (org || team):
		return fault.New(fault.Unsupported, "organization, team and user cannot be combined: group by one of them, with another as the scope")
	case org && (q.Scope.Organization != 0 || q.Scope.Team != 0):
		return fault.New(fault.Unsupported, "cannot group by organization: the scope is already one organization or team")
	case team && q.Scope.Team != 0:
		return fault.New(fault.Unsupported, "cannot group by team: the scope is already one team")
	}
	return nil
}

func onFeature(dimension string) bool {
	return metric.DimensionByName(dimension).Key == metric.KeyFeature
}

// keys returns the breakdown columns that dimensions need.
func (p *Plan) keys(dimensions []string) []metric.Key {
	var out []metric.Key
	for _, name := range dimensions {
		if k := metric.DimensionByName(name).Key; k != metric.NoKey {
			out = append(out, k)
		}
	}
	return out
}

func (p *Plan) filterKeys() []metric.Key {
	var names []string
	for _, f := range p.Query.Filters {
		names = append(names, f.Dimension)
	}
	return p.keys(names)
}

func (p *Plan) filter(dimension string) []string {
	for _, f := range p.Query.Filters {
		if f.Dimension == dimension {
			return f.Values
		}
	}
	return nil
}

// planSelects lists the selections: sums for each breakdown in use, at the query's
// own dimensions and at every coarser level that residual rows are the
// difference to; people for each window; and what there is to know about the days.
func (p *Plan) planSelects() {
	p.add(Select{Kind: KeySelect, Breakdown: metric.Totals, By: p.plain(p.Query.By)})
	for i, m := range p.measures {
		b := p.serving[i]
		if p.Query.Mask != nil && (m.Users != nil || m.Ratio != nil && m.Ratio.PerUser) {
			p.planWholes(m, b)
		}
		if m.Users != nil {
			p.add(Select{Kind: UserSelect, Breakdown: b, By: p.Query.By, Trailing: m.Users.Trailing, Reporting: m.Users.Reporting})
			p.add(Select{Kind: UserSelect, Breakdown: b, By: p.Query.By, Reporting: m.Users.Reporting}) // the rows: what occurs in the range
			p.add(Select{Kind: KeySelect, Breakdown: metric.Totals, By: p.plain(p.Query.By), Trailing: m.Users.Trailing})
			p.add(Select{Kind: KeySelect, Breakdown: metric.Totals, By: without(p.plain(p.Query.By), "user"), Trailing: m.Users.Trailing})
			continue
		}
		if m.Ratio != nil && m.Ratio.PerUser {
			p.add(Select{Kind: KeySelect, Breakdown: metric.Totals, By: without(p.plain(p.Query.By), "user")})
			p.add(Select{Kind: UserSelect, Breakdown: p.peopleServing(), By: p.Query.By})
		}
		for _, l := range p.levels(m) {
			p.add(Select{Kind: SumSelect, Breakdown: p.servingAt(m, l.by), By: l.by, Nameless: l.nameless, Sums: sumColumns(m)})
			if len(p.plain(l.by)) == len(l.by) {
				p.add(Select{Kind: KeySelect, Breakdown: metric.Totals, By: l.by})
			}
		}
	}
}

// planWholes adds the counts of all people that a mask compares a measure's with.
func (p *Plan) planWholes(m *metric.Measure, b metric.Breakdown) {
	count := Select{Kind: UserSelect, Breakdown: p.peopleServing(), By: p.Query.By}
	if m.Users != nil {
		count = Select{Kind: UserSelect, Breakdown: b, By: p.Query.By, Trailing: m.Users.Trailing, Reporting: m.Users.Reporting}
	}
	for _, whole := range p.wholesOf(count) {
		p.add(whole)
	}
}

// peopleServing returns the breakdown in which people are counted for an
// average: the query's own, not that of the numerator.
func (p *Plan) peopleServing() metric.Breakdown {
	b, err := metric.Serving(metric.MeasureByName("active_users"), append(p.keys(p.Query.By), p.filterKeys()...))
	if err != nil {
		return metric.Totals // Compile has refused this query for the numerator
	}
	return b
}

// servingAt returns the breakdown that serves m at coarser dimensions.
func (p *Plan) servingAt(m *metric.Measure, by []string) metric.Breakdown {
	b, err := metric.Serving(m, append(p.keys(by), p.filterKeys()...))
	if err != nil {
		return metric.Totals // cannot be: fewer keys are served whenever more are
	}
	return b
}

// level is a list of dimensions at which a measure is summed, of what is not known by
// person or of all records.
type level struct {
	by       []string
	nameless bool
}

// levels returns the levels at which m is summed: the query's, and for an
// additive measure each that a residual is the difference to, and the whole.
func (p *Plan) levels(m *metric.Measure) []level {
	by := p.Query.By
	if m.Sum == nil {
		return []level{{by: by}}
	}
	out := p.within(level{by: by})
	if e := p.entityless(by); e != nil {
		out = append(out, p.within(level{e, slices.Contains(by, "user")})...)
	}
	return out
}

// within returns a level, the coarser one and the one without any breakdown.
func (p *Plan) within(l level) []level {
	out := []level{l, {p.plain(l.by), l.nameless}}
	if b := p.coarser(l.by); b != nil {
		out = append(out, level{b, l.nameless})
	}
	return out
}

// coarser returns by without the dimensions that a breakdown may lack, nil if
// it has none: all that rows carry but what is read off the feature, since the
// split by feature has rows for what it lacks.
func (p *Plan) coarser(by []string) []string {
	out := slices.DeleteFunc(slices.Clone(by), func(dim string) bool {
		k := metric.DimensionByName(dim).Key
		return k != metric.NoKey && k != metric.KeyFeature
	})
	if len(out) == len(by) {
		return nil
	}
	return out
}

// entityless returns by without organization, team or user, nil if it has none.
func (p *Plan) entityless(by []string) []string {
	if out := without(by, "organization", "team", "user"); len(out) < len(by) {
		return out
	}
	return nil
}

// plain returns by without breakdown dimensions.
func (p *Plan) plain(by []string) []string {
	return slices.DeleteFunc(slices.Clone(by), func(dim string) bool { return metric.DimensionByName(dim).Key != metric.NoKey })
}

func without(by []string, names ...string) []string {
	out := []string{}
	for _, b := range by {
		if !slices.Contains(names, b) {
			out = append(out, b)
		}
	}
	return out
}

// add adds a selection, or its sums to one that is there already.
func (p *Plan) add(s Select) {
	for i := range p.Selects {
		have := &p.Selects[i]
		if have.same(&s) {
			for _, c := range s.Sums {
				if !slices.Contains(have.Sums, c) {
					have.Sums = append(have.Sums, c)
				}
			}
			return
		}
	}
	p.Selects = append(p.Selects, s)
}

func (s *Select) same(o *Select) bool {
	return s.Kind == o.Kind && s.Breakdown == o.Breakdown && slices.Equal(s.By, o.By) && s.Trailing == o.Trailing && s.Reporting == o.Reporting && s.Nameless == o.Nameless && s.Unfiltered == o.Unfiltered
}

// sumColumns returns the columns that a measure is computed from. A part also
// needs the whole split beside it: a part without rows is zero where the split
// is known, and unknown where it is not.
func sumColumns(m *metric.Measure) []SumColumn {
	var out []SumColumn
	add := func(s metric.Sum) {
		for _, c := range s.Counters {
			out = append(out, columnOf(s, c))
			if s.Part != metric.Whole {
				out = append(out, columnOf(s.WithPart(metric.Whole), c))
			}
		}
	}
	for _, s := range m.Sums() {
		add(s)
	}
	return out
}

// Grid returns the days on which trailing windows end: for each bucket of the
// query's grains its last day within the range, else the range's last day.
func (p *Plan) Grid() []day.Day {
	r := p.Query.Range
	var out []day.Day
	for d := r.From; d <= r.To; d++ {
		if d == r.To || slices.ContainsFunc(p.Query.By, func(dim string) bool { return ends(dim, d) }) {
			out = append(out, d)
		}
	}
	return out
}

// ends reports whether a bucket of the dimension, if it is a grain, ends with d.
func ends(dim string, d day.Day) bool {
	return metric.DimensionByName(dim).Grain && Bucket(dim, d) != Bucket(dim, d+1)
}

// period returns the days of the range that a row is of.
func (p *Plan) period(key rowKey) day.Range {
	r := p.Query.Range
	for i, dim := range p.Query.By {
		if !metric.DimensionByName(dim).Grain || key[i] == none {
			continue
		}
		r = r.Intersect(BucketDays(dim, day.Day(key[i])))
	}
	return r
}

// Bucket returns the day that stands for d at a grain.
func Bucket(grain string, d day.Day) day.Day {
	switch grain {
	case "week":
		return d.Week()
	case "month":
		return d.Month()
	}
	return d
}

// BucketDays returns the days of the bucket that d is in at a grain.
func BucketDays(grain string, d day.Day) day.Range {
	first := Bucket(grain, d)
	switch grain {
	case "week":
		return day.Range{From: first, To: first + 6}
	case "month":
		return day.Range{From: first, To: first.NextMonth() - 1}
	}
	return day.Range{From: first, To: first}
}

// String describes the selection, for logs.
func (s Select) String() string {
	return fmt.Sprintf("%d of %d by %s", s.Kind, s.Breakdown, strings.Join(s.By, ","))
}
