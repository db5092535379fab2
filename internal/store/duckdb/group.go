package duckdb

import (
	"context"
	"fmt"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/store"

	"github.com/RoaringBitmap/roaring/v2"
)

// Groups implements store.Store.
func (s *Store) Groups(ctx context.Context, enterprise int64, r day.Range) ([]store.Group, error) {
	var out []store.Group
	err := s.view(ctx, func(v *snapshot) (err error) {
		out, err = v.groups(ctx, enterprise, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("groups: %w", err)
	}
	return out, nil
}

func (v *snapshot) groups(ctx context.Context, enterprise int64, r day.Range) ([]store.Group, error) {
	type key struct {
		entity int64
		week   day.Day
	}
	found := map[key]*store.Group{}
	at := func(entity, organization int64, level query.Level, d day.Day) *roaring.Bitmap {
		k := key{entity, d.Week()}
		if found[k] == nil {
			found[k] = &store.Group{Entity: entity, Organization: organization, Level: level, Week: k.week, People: roaring.New()}
		}
		return found[k].People
	}
	sets, err := v.Sets(ctx, enterprise, r, []int32{query.Everyone})
	if err != nil {
		return nil, err
	}
	for k, set := range sets {
		at(enterprise, 0, query.LevelEnterprise, k.Day).Or(set)
	}
	for _, level := range []query.Level{query.LevelOrganization, query.LevelTeam} {
		units, err := v.Units(ctx, query.Entities{Level: level, Enterprise: enterprise}, r, metric.Totals)
		if err != nil {
			return nil, err
		}
		for _, u := range units {
			if u.Members != nil {
				at(u.Entity, u.Organization, level, u.Day).Or(u.Members)
				at(enterprise, 0, query.LevelEnterprise, u.Day).Or(u.Members)
			}
		}
	}
	var out []store.Group
	for _, g := range found {
		out = append(out, *g)
	}
	return out, nil
}
