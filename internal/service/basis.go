package service

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

// basis says, for each day and tool of a range for which a scope has data, what
// its figures come from.
type basis struct {
	origin map[dayTool]origin
	// union holds the organizations whose records stand for the enterprise.
	union map[int64]bool
	// reduced counts the user records whose lines are unknown.
	reduced int64
}

type dayTool struct {
	day  day.Day
	tool string
}

type origin uint8

const (
	fromUsers origin = iota + 1
	fromAggregate
	fromUnion
)

// basisKey is what a basis depends on.
type basisKey struct {
	version int64
	scope   query.Scope
	source  query.Source
	tools   string
	r       day.Range
}

func (q *question) basisKey(version int64, r day.Range) basisKey {
	return basisKey{version, q.scope, q.source, strings.Join(q.values("tool"), "\x00"), r}
}

// days returns the days for which there is data.
func (b *basis) days() map[day.Day]bool {
	out := map[day.Day]bool{}
	for at := range b.origin {
		out[at.day] = true
	}
	return out
}

// tools returns the tools for which there is data, sorted.
func (b *basis) tools() []string {
	out := map[string]bool{}
	for at := range b.origin {
		out[at.tool] = true
	}
	return slices.Sorted(maps.Keys(out))
}

// aggregate returns the days of which every figure comes from an aggregate.
func (b *basis) aggregate() []day.Day {
	only := map[day.Day]bool{}
	for at, o := range b.origin {
		before, seen := only[at.day]
		only[at.day] = o == fromAggregate && (before || !seen)
	}
	maps.DeleteFunc(only, func(_ day.Day, is bool) bool { return !is })
	return slices.Sorted(maps.Keys(only))
}

// basis returns what the question's figures come from in r.
func (s *Service) basis(ctx context.Context, q *question, r day.Range) (*basis, error) {
	have, err := s.reports(ctx, q.scope.Enterprise)
	if err != nil {
		return nil, err
	}
	k := q.basisKey(have.version, r)
	if b := s.memory.basis(k); b != nil {
		return b, nil
	}
	b := &basis{origin: map[dayTool]origin{}, union: map[int64]bool{}}
	if q.scope.Entity() == q.scope.Enterprise {
		b.ofEnterprise(q, have.days, r)
	} else if err := s.basisOfPart(ctx, q, have.days, r, b); err != nil {
		return nil, err
	}
	s.memory.keepBasis(k, b)
	return b, nil
}

// within returns the report days of the question's scope in r, by day and tool.
func (q *question) within(days []reportDay, r day.Range) map[dayTool][]reportDay {
	out := map[dayTool][]reportDay{}
	for _, d := range days {
		if r.Contains(d.Day) && q.counts(d.Tool) && q.rank(d.Source, d.Kind) != unranked {
			at := dayTool{d.Day, d.Tool}
			out[at] = append(out[at], d)
		}
	}
	return out
}

// ofEnterprise reads the basis off the report days: the enterprise's user
// report, else its aggregate, else the union of its organizations' reports.
func (b *basis) ofEnterprise(q *question, days []reportDay, r day.Range) {
	for at, list := range q.within(days, r) {
		best := unranked
		for _, d := range list {
			best = min(best, q.rank(d.Source, d.Kind))
		}
		b.origin[at] = map[int]origin{ownUsers: fromUsers, ownAggregate: fromAggregate, usersBelow: fromUnion}[best]
		for _, d := range list {
			if q.rank(d.Source, d.Kind) != best {
				continue
			}
			b.reduced += d.Reduced
			if best == usersBelow {
				b.union[d.Source] = true
			}
		}
	}
}

// basisOfPart finds the basis of an organization or team: which days a report
// with membership reaches only the store can tell.
func (s *Service) basisOfPart(ctx context.Context, q *question, days []reportDay, r day.Range, b *basis) error {
	all, err := s.dayTools(ctx, q, r, q.source)
	if err != nil {
		return err
	}
	users := all
	reports := q.within(days, r)
	if q.source == query.Auto && hasAggregate(reports) {
		if users, err = s.dayTools(ctx, q, r, query.FromUsers); err != nil {
			return err
		}
	}
	for at := range all {
		reduced, ok := users[at]
		if !ok || q.source == query.FromAggregate {
			b.origin[at] = fromAggregate
			continue
		}
		b.origin[at] = fromUsers
		b.reduced += reduced
	}
	return nil
}

func hasAggregate(reports map[dayTool][]reportDay) bool {
	for _, list := range reports {
		if slices.ContainsFunc(list, func(d reportDay) bool { return d.Kind == report.AggregateDay }) {
			return true
		}
	}
	return false
}

// dayTools asks the store for which days and tools the scope has data, and how
// many of its people have a record of that day and tool whose lines are unknown.
func (s *Service) dayTools(ctx context.Context, q *question, r day.Range, src query.Source) (map[dayTool]int64, error) {
	ask := query.Query{Scope: q.scope, Measures: []string{"active_users", "users_reporting_lines"}, By: []string{"day", "tool"}, Range: r, Source: src}
	if tools := q.values("tool"); tools != nil {
		ask.Filters = []query.Filter{{Dimension: "tool", Values: tools}}
	}
	res, err := s.run(ctx, ask)
	if err != nil {
		return nil, fmt.Errorf("days with data: %w", err)
	}
	out := map[dayTool]int64{}
	for _, row := range res.Rows {
		d, err := day.Parse(row[0].(string))
		if err != nil {
			return nil, fmt.Errorf("days with data: %w", err)
		}
		at := dayTool{d, row[1].(string)}
		out[at] = 0
		if active, reporting := integer(row[2]), integer(row[3]); active != nil && reporting != nil {
			out[at] = *active - *reporting
		}
	}
	return out, nil
}
