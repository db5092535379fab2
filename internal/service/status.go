package service

import (
	"context"
	"maps"
	"slices"

	"codegauge/internal/day"
)

// view is a question with its range and what there is to know about it.
type view struct {
	*question
	*standing
	r     day.Range
	basis *basis
	// before is the basis of the previous period, nil if it is not asked for.
	before *basis
	// hidden is what whoever asks may not see, nil for nothing; folded says that
	// rows of the answer were.
	hidden *hidden
	folded bool
	// veil is what they see single people through.
	veil *veil
}

// view understands w. The range is not part of what may be unknown: a scope
// without data has a window all the same.
func (s *Service) view(ctx context.Context, w Words) (*view, error) {
	q, err := s.understand(ctx, w)
	if err != nil {
		return nil, err
	}
	v := &view{question: q}
	if v.standing, err = s.standing(ctx, q); err != nil {
		return nil, err
	}
	if v.r, err = window(w, v.last()); err != nil {
		return nil, err
	}
	v.basis, err = s.basis(ctx, q, v.r)
	return v, err
}

// seen is view for figures: it knows what whoever asks may not see of them.
func (s *Service) seen(ctx context.Context, w Words) (*view, error) {
	v, err := s.view(ctx, w)
	if err != nil {
		return nil, err
	}
	if v.coarse(ctx, w) {
		if v, err = s.view(ctx, v.wholeWeeks(w)); err != nil {
			return nil, err
		}
		if err := v.tooFine(w); err != nil {
			return nil, err
		}
	}
	if v.hidden, err = s.suppress(ctx, v, w); err != nil {
		return nil, err
	}
	if _, about := w.People(); !about {
		return v, nil
	}
	return v, s.look(ctx, v)
}

// look lets a question about single people see them as far as the privacy
// settings allow whoever asks.
func (s *Service) look(ctx context.Context, v *view) (err error) {
	if v.veil, err = s.veil(ctx, *v.enterprise); err != nil {
		return err
	}
	if err := v.veil.open(); err != nil {
		return err
	}
	for i, f := range v.filters {
		if f.Dimension == "user" {
			if v.filters[i].Values, err = s.unveil(ctx, v.veil, f.Values); err != nil {
				return err
			}
		}
	}
	return nil
}

// Status says how good the data of a scope is over a range.
func (s *Service) Status(ctx context.Context, w Words) (*Status, error) {
	v, err := s.view(ctx, w)
	if err != nil {
		return nil, err
	}
	out := &Status{
		Scope: v.scope, Range: v.r, Data: v.data, CompleteTo: v.completeTo,
		Missing: v.missing(), Reduced: v.basis.reduced, Sources: v.sources,
		Aggregate: v.basis.aggregate(), Union: v.unionKeys(), DataVersion: v.version,
	}
	if out.TotalsOnly, err = s.totalsOnly(ctx, v); err != nil {
		return nil, err
	}
	out.Settling, err = s.settling(ctx, v)
	return out, err
}

// settling lists the days after completeTo, up to today, that have data.
func (s *Service) settling(ctx context.Context, v *view) ([]day.Day, error) {
	after := day.Range{From: v.completeTo + 1, To: v.today}
	if v.completeTo == 0 || after.Len() == 0 {
		return nil, nil
	}
	b, err := s.basis(ctx, v.question, after)
	if err != nil {
		return nil, err
	}
	return sortedDays(b.days()), nil
}

func sortedDays(days map[day.Day]bool) []day.Day {
	var out []day.Day
	for d := range days {
		out = append(out, d)
	}
	slices.Sort(out)
	return out
}

// missing lists the days of the range, not after completeTo, without data.
func (v *view) missing() []day.Day {
	have := v.basis.days()
	var out []day.Day
	for d := v.r.From; d <= min(v.r.To, v.last()); d++ {
		if !have[d] {
			out = append(out, d)
		}
	}
	return out
}

// unionKeys names the organizations whose union stands for the enterprise.
func (v *view) unionKeys() []string {
	return v.keys(slices.Collect(maps.Keys(v.basis.union)))
}

// keys names the entities, sorted.
func (v *view) keys(ids []int64) []string {
	var out []string
	for _, id := range ids {
		out = append(out, v.names.key(id))
	}
	slices.Sort(out)
	return out
}
