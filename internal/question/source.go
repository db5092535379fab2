package question

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/sorting"
)

// freshness is how far a scope's data reaches, whatever the range.
type freshness struct {
	version int64
	// data is from the first to the last day with data, empty if there is none.
	data day.Range
	// completeTo is 0 if there is no data.
	completeTo day.Day
	// sources are those that the figures come from.
	sources []SourceStatus
	// apart are organizations whose aggregates the figures do not have.
	apart []int64
	// repositories says that there are reports of the scope's repositories.
	repositories bool
	today        day.Day
}

// last returns the day on which a range ends that states no end.
func (st *freshness) last() day.Day {
	if st.completeTo != 0 {
		return st.completeTo
	}
	return st.today - ProvisionalDays
}

// extent is what the report days say of a question's scope.
type extent struct {
	streams []stream // those that the figures come from
	data    day.Range
	// apart are the organizations whose aggregates no figure of the enterprise
	// comes from.
	apart []int64
	// repositories says that there are reports of the scope's repositories.
	repositories bool
}

// lateDays is how many days a source may lie behind today: reports move for ProvisionalDays,
// and somebody may be away over a weekend.
const lateDays = 7

// freshness judges the sources of the question's scope. A source that ends
// before the day to which the others are complete is late, and does not hold
// that day back; so is one that ends more than lateDays before today.
func (a *Answerer) freshness(ctx context.Context, q *question) (*freshness, error) {
	have, err := a.reports(ctx, q.scope.Enterprise)
	if err != nil {
		return nil, err
	}
	reach, err := a.extent(ctx, q, have)
	if err != nil {
		return nil, err
	}
	st := &freshness{version: have.version, today: a.Today(), data: reach.data, apart: reach.apart, repositories: reach.repositories}
	if st.data.Len() > 0 {
		st.completeTo = min(st.today-ProvisionalDays, st.data.To)
	}
	for _, f := range reach.streams {
		st.sources = append(st.sources, SourceStatus{
			Source: q.names.Entity(f.source), Tool: f.tool, Kind: f.kind, Data: f.data, Days: f.days, Late: f.days.To < max(st.completeTo, st.today-lateDays),
		})
	}
	return st, nil
}

func (a *Answerer) extent(ctx context.Context, q *question, have stored) (*extent, error) {
	return a.memory.extents.Get(q.scope.Enterprise, have.version, q.dataSourceKey(day.Range{}), func() (*extent, error) {
		return a.readReach(ctx, q, have)
	})
}

func (a *Answerer) readReach(ctx context.Context, q *question, have stored) (*extent, error) {
	all := q.streams(have.days)
	out := &extent{streams: relevant(all), data: emptyRange, apart: q.aggregatesBelow(have.days)}
	out.repositories = slices.ContainsFunc(have.days, func(d reportDay) bool {
		return d.Kind == report.RepoDay && slices.Contains([]int64{d.Source, q.scope.Enterprise}, q.scope.Entity())
	})
	// A stream that a preferred one covers to its end may still speak for the
	// days before that one begins.
	for _, f := range all {
		out.data = out.data.Join(f.days)
	}
	if err := a.cutToScope(ctx, q, out); err != nil {
		return nil, err
	}
	return out, nil
}

// aggregatesBelow returns the organizations that have aggregates, which are not added up
// to figures of the enterprise.
func (q *question) aggregatesBelow(days []reportDay) []int64 {
	found := map[int64]bool{}
	for _, d := range days {
		if d.Kind == report.AggregateDay && d.Source != q.scope.Enterprise && q.scope.Entity() == q.scope.Enterprise {
			found[d.Source] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// cutToScope narrows the days of the reports to those that speak of the scope:
// the enterprise's report may not say who belonged to an organization or team.
func (a *Answerer) cutToScope(ctx context.Context, q *question, st *extent) error {
	if q.scope.Entity() == q.scope.Enterprise || st.data.Len() == 0 {
		return nil
	}
	span, err := a.store.Span(ctx, q.scope)
	if err != nil {
		return fmt.Errorf("span: %w", err)
	}
	if span.Len() == 0 {
		st.data = span
		return nil
	}
	st.data = st.data.Intersect(span)
	return nil
}

// stream is the reports of one entity about one tool, of one kind of report and of data.
type stream struct {
	sameStream
	// rank orders streams by whose figures are preferred.
	rank int
	days day.Range
}

// sameStream is what makes two report days one stream.
type sameStream struct {
	source int64
	tool   string
	kind   report.Kind
	data   metric.DataKind
}

func streamOf(d reportDay) sameStream { return sameStream{d.Source, d.Tool, d.Kind, d.Data} }

// The ranks of streams of one kind of data: which figures a scope takes first, as query.Auto
// has it. Those of another kind come before or after them all (metric.DataKinds).
const (
	ownUsers = iota
	usersAbove
	ownAggregate
	usersBelow
	ranks    = iota
	unranked = math.MaxInt
)

// rank returns how much a stream's figures are preferred in the question's scope.
func (q *question) rank(s sameStream) int {
	rank := q.rankIn(s.source, s.kind)
	if rank == unranked {
		return unranked
	}
	return ranks*s.data.Rank() + rank
}

// rankIn is rank among those of one kind of data.
func (q *question) rankIn(source int64, kind report.Kind) int {
	mine := source == q.scope.Enterprise
	if q.scope.Organization != 0 {
		mine = source == q.scope.Organization
	}
	users := kind == report.UserDay && q.source != query.FromAggregate
	switch {
	case users && mine:
		return ownUsers
	case users && source == q.scope.Enterprise:
		return usersAbove
	case users && q.scope.Organization == 0:
		return usersBelow
	case kind == report.AggregateDay && mine && q.source != query.FromUsers && q.scope.Team == 0:
		return ownAggregate
	}
	return unranked
}

// streams collects the report days of the question's scope into streams, by
// tool and rank.
func (q *question) streams(days []reportDay) []stream {
	found := map[sameStream]*stream{}
	for _, d := range days {
		at := streamOf(d)
		rank := q.rank(at)
		if rank == unranked || !q.counts(d.Tool) {
			continue
		}
		if found[at] == nil {
			found[at] = &stream{at, rank, day.Range{From: d.Day, To: d.Day}}
		}
		found[at].days = found[at].days.Join(day.Range{From: d.Day, To: d.Day})
	}
	return sortedStreams(found)
}

func sortedStreams(found map[sameStream]*stream) []stream {
	var out []stream
	for _, f := range found {
		out = append(out, *f)
	}
	sorting.Stable(out, func(a, b stream) int {
		return cmp.Or(cmp.Compare(a.tool, b.tool), cmp.Compare(a.rank, b.rank), cmp.Compare(a.source, b.source), cmp.Compare(a.kind, b.kind), cmp.Compare(a.data.Rank(), b.data.Rank()))
	})
	return out
}

// relevant returns the streams that figures come from: not those that a
// preferred stream of the same tool covers to their end.
func relevant(sorted []stream) []stream {
	var out []stream
	covered := map[string]map[int]day.Day{} // by tool: the last day of each rank
	for _, f := range sorted {
		if covered[f.tool] == nil {
			covered[f.tool] = map[int]day.Day{}
		}
		preferred := false
		for rank, last := range covered[f.tool] {
			preferred = preferred || rank < f.rank && last >= f.days.To
		}
		covered[f.tool][f.rank] = max(covered[f.tool][f.rank], f.days.To)
		if !preferred {
			out = append(out, f)
		}
	}
	return out
}
