package question

import (
	"context"
	"maps"
	"slices"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
	"codegauge/internal/report"
)

// Status says how good a scope's data is over a range.
type Status struct {
	Scope query.Scope
	Range day.Range // the range asked for, or the default window
	Data  day.Range // first and last day with data; empty if there is none
	// CompleteTo is the earlier of (today − 3 days) and the last day with data, judged
	// over the sources that are on time. 0 if there is no data.
	CompleteTo day.Day
	// Provisional lists the days after CompleteTo, up to today, that have data.
	Provisional []day.Day
	// Missing lists the days of Range, not after CompleteTo, without data.
	Missing []day.Day
	// LinesUnknown counts user records in Range whose lines are unknown.
	LinesUnknown int64
	Sources      []SourceStatus
	// Aggregate lists the days of Range that come from aggregates only, Union the
	// organizations whose union stands for an enterprise without a report of its own.
	Aggregate []day.Day
	Union     []string
	// Apart are the organizations whose aggregates no figure of the enterprise has.
	Apart []directory.Entity
	// TeamUnknown lists the days of Range of which nobody said who is in which team.
	TeamUnknown []day.Day
	// TotalsOnly lists the days of Range of which retention left nothing but totals.
	TotalsOnly []day.Day
	// DataVersion changes with every change of the enterprise's data.
	DataVersion int64
}

// SourceStatus is one stream of reports: a reporting entity, a tool, and the kind of data.
type SourceStatus struct {
	Source directory.Entity
	Tool   string
	Kind   report.Kind
	Data   metric.DataKind
	Days   day.Range
	Late   bool // ends before the day to which the others are complete, or long before today
}

// view is a question with its range and what there is to know about it.
type view struct {
	*question
	*freshness
	r day.Range
	// from says what the figures come from; before is that of the previous period, nil
	// if it is not asked for.
	from, before *dataSource
	// mask hides what whoever asks may not see, nil for nothing; folded says that it did.
	mask   *query.Mask
	folded bool
	// pseudonymizer stands between them and single people.
	pseudonymizer *privacy.Pseudonymizer
}

// query returns the question for the store, as far as whoever asks may see.
func (v *view) query(r day.Range, measures []string, by ...string) query.Query {
	return query.Query{
		Scope: v.scope, Measures: measures, By: by, Range: r,
		Filters: v.filters, Definition: v.definition, Source: v.source, Mask: v.mask,
	}
}

// view understands w. The range is not part of what may be unknown: a scope
// without data has a window all the same.
func (a *Answerer) view(ctx context.Context, w Parameters) (*view, error) {
	q, err := a.understand(ctx, w)
	if err != nil {
		return nil, err
	}
	v := &view{question: q}
	if v.freshness, err = a.freshness(ctx, q); err != nil {
		return nil, err
	}
	if v.r, err = window(w, v.last()); err != nil {
		return nil, err
	}
	v.from, err = a.dataSource(ctx, q, v.r)
	return v, err
}

// seen is view for figures: it knows what whoever asks may not see of them.
func (a *Answerer) seen(ctx context.Context, w Parameters) (*view, error) {
	v, err := a.limited(ctx, w)
	if err != nil {
		return nil, err
	}
	if v.masked(ctx) && v.coarse(w) {
		if err := v.tooFine(w); err != nil {
			return nil, err
		}
	}
	if err := a.suppress(ctx, v, w); err != nil {
		return nil, err
	}
	if _, about := w.People(); !about {
		return v, nil
	}
	return v, a.look(ctx, v)
}

// look lets a question about single people see them as far as the privacy
// settings allow whoever asks.
func (a *Answerer) look(ctx context.Context, v *view) (err error) {
	if v.enterprise.WithoutPeople() {
		return access.NoPeople(*v.enterprise)
	}
	if v.pseudonymizer, err = a.privacy.Pseudonymizer(ctx, *v.enterprise); err != nil {
		return err
	}
	if err := v.pseudonymizer.Allow(); err != nil {
		return err
	}
	for i, f := range v.filters {
		if f.Dimension == "user" {
			if v.filters[i].Values, err = a.privacy.Resolve(ctx, v.scope.Enterprise, v.pseudonymizer, f.Values); err != nil {
				return err
			}
		}
	}
	return nil
}

// Status says how good the data of a scope is over a range.
func (a *Answerer) Status(ctx context.Context, w Parameters) (*Status, error) {
	v, err := a.limited(ctx, w)
	if err != nil {
		return nil, err
	}
	return a.status(ctx, v)
}

func (a *Answerer) status(ctx context.Context, v *view) (*Status, error) {
	out := &Status{
		Scope: v.scope, Range: v.r, Data: v.data, CompleteTo: v.completeTo,
		Missing: v.missing(), LinesUnknown: v.from.linesUnknown, Sources: v.sources,
		Aggregate: v.from.aggregate(), Union: v.unionKeys(), DataVersion: v.version,
	}
	var err error
	if out.TotalsOnly, err = a.totalsOnly(ctx, v); err != nil {
		return nil, err
	}
	for _, id := range v.apart {
		out.Apart = append(out.Apart, v.names.Entity(id))
	}
	if out.TeamUnknown, err = a.membershipUnknown(ctx, v, v.from, directory.Team); err != nil {
		return nil, err
	}
	out.Provisional, err = a.provisional(ctx, v)
	return out, err
}

// provisional lists the days after completeTo, up to today, that have data.
func (a *Answerer) provisional(ctx context.Context, v *view) ([]day.Day, error) {
	after := day.Range{From: v.completeTo + 1, To: v.today}
	if v.completeTo == 0 || after.Len() == 0 {
		return nil, nil
	}
	b, err := a.dataSource(ctx, v.question, after)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(b.days())), nil
}

// missing lists the days of the range, not after completeTo, without data.
func (v *view) missing() []day.Day {
	return v.from.missing(day.Range{From: v.r.From, To: min(v.r.To, v.last())})
}

// unionKeys names the organizations whose union stands for the enterprise.
func (v *view) unionKeys() []string {
	return v.keys(slices.Collect(maps.Keys(v.from.union)))
}

// keys names the entities, sorted.
func (v *view) keys(ids []int64) []string {
	var out []string
	for _, id := range ids {
		out = append(out, v.names.Key(id))
	}
	slices.Sort(out)
	return out
}
