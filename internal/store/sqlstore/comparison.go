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
			err := v.eachBlocks(ctx, day.Range{From: d, To: d}, nil, totalsAlone, func(b *dayBlocks) error {
				for _, blocks := range b.byTool() {
					all, err := b.claims(blocks, totalsAlone)
					if err != nil {
						return err
					}
					tool := blocks[0].stream.tool
					belong := members[dayTool{d, tool}]
					found, err := compareKinds(all, func(account int32) (int32, bool) {
						who := b.person(account)
						return who, sc.Entity() == sc.Enterprise || belong != nil && belong.Contains(uint32(who))
					})
					if err != nil {
						return err
					}
					for _, c := range found {
						c.Day, c.Tool = d, v.words.Name(tool)
						out = append(out, c)
					}
				}
				return nil
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

// said is what the kinds of data say of a person's lines, each by its rank.
type said [len(metric.DataKinds)]kindLines

// kindLines are the lines that one kind has of a person, of whom it may have no record.
type kindLines struct {
	has            bool
	added, deleted store.Lines
}

// compareKinds compares the kinds of data by person, of those whom whose returns.
func compareKinds(all []claims, whose func(account int32) (int32, bool)) ([]store.Comparison, error) {
	index, people := map[int32]int{}, []said(nil)
	for rank, info := range metric.DataKinds {
		of := slices.DeleteFunc(slices.Clone(all), func(c claims) bool { return c.stream.data != info.Kind })
		if len(of) == 0 {
			continue
		}
		_, err := newest(of, func(_ stream, row *merge.Row, counts bool) error {
			who, ok := whose(row.Account)
			if !counts || !ok {
				return nil
			}
			t, _, err := readFigures(row.Figures)
			if err != nil {
				return err
			}
			at, ok := index[who]
			if !ok {
				at = len(people)
				index[who], people = at, append(people, said{})
			}
			sum := &people[at][rank]
			sum.has = true
			if n, known := t.Get(metric.LocAdded); known {
				sum.added = sum.added.Plus(store.KnownLines(n))
			}
			if n, known := t.Get(metric.LocDeleted); known {
				sum.deleted = sum.deleted.Plus(store.KnownLines(n))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	var found [len(metric.DataKinds)][len(metric.DataKinds)]store.Comparison // by ranks
	for i := range people {
		p := &people[i]
		counts := slices.IndexFunc(p[:], func(k kindLines) bool { return k.has })
		for other := counts + 1; other < len(p); other++ {
			if p[other].has {
				found[counts][other].Add([2]store.Lines{p[counts].added, p[other].added}, [2]store.Lines{p[counts].deleted, p[other].deleted})
			}
		}
	}
	var out []store.Comparison
	for counts := range found {
		for other, c := range found[counts] {
			if c.People > 0 {
				c.Counts, c.Other = metric.DataKinds[counts].Kind, metric.DataKinds[other].Kind
				out = append(out, c)
			}
		}
	}
	return out, nil
}
