package question

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// reportDay is a stored report's day.
type reportDay = store.SourceDay

// dataSource says, for each day and tool of a range for which a scope has data, from
// what records its figures come. The rollup decides; this only reads it.
type dataSource struct {
	origin map[dayTool]query.Origin
	// union holds the organizations whose records stand for the enterprise.
	union map[int64]bool
	// linesUnknown counts the user records whose lines are unknown.
	linesUnknown int64
}

type dayTool struct {
	day  day.Day
	tool string
}

// dataSourceKey is what a dataSource depends on.
type dataSourceKey struct {
	scope  query.Scope
	source query.Source
	tools  string
	r      day.Range
}

func (q *question) dataSourceKey(r day.Range) dataSourceKey {
	return dataSourceKey{q.scope, q.source, strings.Join(q.values("tool"), "\x00"), r}
}

// days returns the days for which there is data.
func (d *dataSource) days() map[day.Day]bool {
	out := map[day.Day]bool{}
	for at := range d.origin {
		out[at.day] = true
	}
	return out
}

// missing returns the days of a range for which there is no data.
func (d *dataSource) missing(r day.Range) []day.Day {
	have := d.days()
	var out []day.Day
	for at := r.From; at <= r.To; at++ {
		if !have[at] {
			out = append(out, at)
		}
	}
	return out
}

// tools returns the tools for which there is data, sorted.
func (d *dataSource) tools() []string {
	out := map[string]bool{}
	for at := range d.origin {
		out[at.tool] = true
	}
	return slices.Sorted(maps.Keys(out))
}

// aggregate returns the days of which every figure comes from an aggregate.
func (d *dataSource) aggregate() []day.Day {
	only := map[day.Day]bool{}
	for at, o := range d.origin {
		before, seen := only[at.day]
		only[at.day] = o == query.AggregateRecord && (before || !seen)
	}
	maps.DeleteFunc(only, func(_ day.Day, is bool) bool { return !is })
	return slices.Sorted(maps.Keys(only))
}

// dataSource returns what the question's figures come from in r.
func (a *Answerer) dataSource(ctx context.Context, q *question, r day.Range) (*dataSource, error) {
	have, err := a.reports(ctx, q.scope.Enterprise)
	if err != nil {
		return nil, err
	}
	return a.memory.sources.Get(q.scope.Enterprise, have.version, q.dataSourceKey(r), func() (*dataSource, error) {
		return a.readDataSource(ctx, q, r, have)
	})
}

func (a *Answerer) readDataSource(ctx context.Context, q *question, r day.Range, have stored) (*dataSource, error) {
	list, err := a.store.Origins(ctx, q.scope, q.source, r)
	if err != nil {
		return nil, fmt.Errorf("days with data: %w", err)
	}
	d := &dataSource{origin: map[dayTool]query.Origin{}, union: map[int64]bool{}}
	for _, o := range list {
		if q.counts(o.Tool) {
			d.origin[dayTool{o.Day, o.Tool}] = o.Origin
			d.linesUnknown += o.LinesUnknown
		}
	}
	for _, day := range have.days {
		if day.Kind == report.UserDay && day.Source != q.scope.Enterprise && d.origin[dayTool{day.Day, day.Tool}] == query.UnionRecords {
			d.union[day.Source] = true
		}
	}
	return d, nil
}
