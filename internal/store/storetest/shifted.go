package storetest

import (
	"context"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// shifted is a store in which every entity has its number raised: many cases
// can share one store, each with an enterprise of its own.
type shifted struct {
	store.Store
	by int64
}

func (s shifted) raise(ids ...*int64) {
	for _, id := range ids {
		if *id != 0 {
			*id += s.by
		}
	}
}

func (s shifted) scope(sc query.Scope) query.Scope {
	s.raise(&sc.Enterprise, &sc.Organization, &sc.Team)
	return sc
}

// shiftedItems raises the numbers of items on their way in.
type shiftedItems struct {
	store.Items
	by shifted
}

func (i shiftedItems) Next(ctx context.Context, buf *store.Buffer) (int, error) {
	n, err := i.Items.Next(ctx, buf)
	for k := range n {
		it := &buf.Items[k]
		i.by.raise(&it.Enterprise, &it.Source, &it.Organization, &it.Team)
	}
	return n, err
}

// lowered returns an outcome with the numbers that the test knows.
func (s shifted) lowered(out *store.Outcome, err error) (*store.Outcome, error) {
	if err != nil {
		return nil, err
	}
	for i := range out.Days {
		out.Days[i].Enterprise -= s.by
		out.Days[i].Source -= s.by
	}
	return out, nil
}

func (s shifted) Import(ctx context.Context, imp store.Import, items store.Items) (*store.Outcome, error) {
	return s.lowered(s.Store.Import(ctx, imp, shiftedItems{items, s}))
}

func (s shifted) Delete(ctx context.Context, d store.Deletion) (*store.Outcome, error) {
	s.raise(&d.Enterprise, &d.Source)
	return s.lowered(s.Store.Delete(ctx, d))
}

// Link raises entities; persons are anybody's numbers.
func (s shifted) Link(ctx context.Context, l store.Links) (*store.Outcome, error) {
	s.raise(&l.Enterprise)
	l.Members = slices.Clone(l.Members)
	for i := range l.Members {
		s.raise(&l.Members[i].Organization, &l.Members[i].Team)
	}
	return s.lowered(s.Store.Link(ctx, l))
}

func (s shifted) Unlinked(ctx context.Context, sc query.Scope, r day.Range) ([]store.Identity, error) {
	return s.Store.Unlinked(ctx, s.scope(sc), r)
}

func (s shifted) ShownWeek(ctx context.Context, enterprise int64, week day.Day) (store.ShownWeek, error) {
	return s.Store.ShownWeek(ctx, enterprise+s.by, week)
}

func (s shifted) SumWeeks(ctx context.Context, enterprise int64) error {
	return s.Store.SumWeeks(ctx, enterprise+s.by)
}

func (s shifted) KeepShownWeek(ctx context.Context, enterprise int64, week day.Day, w store.ShownWeek) (bool, error) {
	return s.Store.KeepShownWeek(ctx, enterprise+s.by, week, w)
}

func (s shifted) Read(ctx context.Context, enterprise int64, f func(query.Rollups) error) error {
	return s.Store.Read(ctx, enterprise+s.by, f)
}

func (s shifted) Identities(ctx context.Context, enterprise int64) ([]store.Identity, error) {
	return s.Store.Identities(ctx, enterprise+s.by)
}

func (s shifted) Query(ctx context.Context, q query.Query) (*query.Result, error) {
	q.Scope = s.scope(q.Scope)
	res, err := s.Store.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	for i, name := range q.By {
		for _, row := range res.Rows {
			if id, ok := row[i].(int64); ok && (name == "organization" || name == "team") {
				row[i] = id - s.by
			}
		}
	}
	return res, nil
}

func (s shifted) Export(ctx context.Context, r store.Report, yield func(*report.Record) error) error {
	s.raise(&r.Enterprise, &r.Source)
	return s.Store.Export(ctx, r, yield)
}

func (s shifted) SourceDays(ctx context.Context, enterprise int64, r day.Range) ([]store.SourceDay, error) {
	days, err := s.Store.SourceDays(ctx, enterprise+s.by, r)
	for i := range days {
		days[i].Source -= s.by
	}
	return days, err
}

func (s shifted) Comparisons(ctx context.Context, sc query.Scope, r day.Range) ([]store.Comparison, error) {
	return s.Store.Comparisons(ctx, s.scope(sc), r)
}

func (s shifted) Span(ctx context.Context, sc query.Scope) (day.Range, error) {
	return s.Store.Span(ctx, s.scope(sc))
}

func (s shifted) DataVersion(ctx context.Context, enterprise int64) (int64, error) {
	return s.Store.DataVersion(ctx, enterprise+s.by)
}

func (s shifted) Origins(ctx context.Context, sc query.Scope, src query.Source, r day.Range) ([]store.Origin, error) {
	return s.Store.Origins(ctx, s.scope(sc), src, r)
}
