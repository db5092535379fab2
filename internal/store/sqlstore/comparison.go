package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/merge"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/store"

	"github.com/RoaringBitmap/roaring/v2"
)

// Comparisons implements store.Store. Only days are read of which several kinds of data have
// records about one tool.
func (s *Store) Comparisons(ctx context.Context, sc query.Scope, r day.Range) ([]store.Comparison, error) {
	var out []store.Comparison
	err := s.view(ctx, sc.Enterprise, func(v *snapshot) error {
		out = nil // it may be the second time
		tx, err := v.db(ctx)
		if err != nil {
			return err
		}
		layers, _, err := v.userReports(ctx, tx, r)
		if err != nil {
			return err
		}
		mixed, err := v.mixedDays(layers)
		if err != nil || len(mixed) == 0 {
			return err
		}
		type dayTool struct {
			day  day.Day
			tool int32
		}
		members := map[dayTool]*roaring.Bitmap{} // of an organization or team
		units, err := v.Units(ctx, sc.Itself(), r, metric.Totals)
		if err != nil {
			return err
		}
		for _, u := range units {
			if u.Members != nil {
				members[dayTool{u.Day, u.Tool}] = u.Members
			}
		}
		for _, d := range slices.Sorted(maps.Keys(mixed)) {
			err := v.readClaims(ctx, day.Range{From: d, To: d}, nil, func(d day.Day, all []claims, person func(int32) int32) error {
				tool := all[0].stream.tool
				belong := members[dayTool{d, tool}]
				found, err := compareKinds(all, func(account int32) (int32, bool) {
					who := person(account)
					return who, sc.Entity() == sc.Enterprise || belong != nil && belong.Contains(uint32(who))
				})
				for _, c := range found {
					c.Day, c.Tool = d, v.words.Name(tool)
					out = append(out, c)
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("compare kinds of data: %w", err)
	}
	slices.SortFunc(out, func(a, b store.Comparison) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), strings.Compare(a.Tool, b.Tool), cmp.Compare(a.Counts.Rank(), b.Counts.Rank()), cmp.Compare(a.Other.Rank(), b.Other.Rank()))
	})
	return out, nil
}

// personLines are the lines of a person's records of one kind.
type personLines struct{ added, deleted store.Lines }

// compareKinds compares the kinds of data by person, of those whom whose returns.
func compareKinds(all []claims, whose func(account int32) (int32, bool)) ([]store.Comparison, error) {
	people := map[int32]map[metric.DataKind]personLines{}
	for _, info := range metric.DataKinds {
		of := slices.DeleteFunc(slices.Clone(all), func(c claims) bool { return c.stream.data != info.Kind })
		if len(of) == 0 {
			continue
		}
		_, err := newest(of, func(_ stream, row *merge.Row, counts bool) error {
			who, ok := whose(row.Account)
			if !counts || !ok {
				return nil
			}
			f, err := readFigures(row.Figures)
			if err != nil {
				return err
			}
			if people[who] == nil {
				people[who] = map[metric.DataKind]personLines{}
			}
			sum := people[who][info.Kind]
			for c, to := range map[metric.Counter]*store.Lines{metric.LocAdded: &sum.added, metric.LocDeleted: &sum.deleted} {
				if n, known := f.totals.Get(c); known {
					*to = to.Plus(store.KnownLines(n))
				}
			}
			people[who][info.Kind] = sum
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	type pair struct{ counts, other metric.DataKind }
	found := map[pair]*store.Comparison{}
	for _, kinds := range people {
		by := slices.SortedFunc(maps.Keys(kinds), func(a, b metric.DataKind) int { return cmp.Compare(a.Rank(), b.Rank()) })
		for _, other := range by[1:] {
			k := pair{by[0], other}
			if found[k] == nil {
				found[k] = &store.Comparison{Counts: k.counts, Other: k.other}
			}
			one, two := kinds[k.counts], kinds[k.other]
			found[k].Add([2]store.Lines{one.added, two.added}, [2]store.Lines{one.deleted, two.deleted})
		}
	}
	var out []store.Comparison
	for _, c := range found {
		out = append(out, *c)
	}
	return out, nil
}
