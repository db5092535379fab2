package duckdb

import (
	"context"
	"database/sql/driver"
	"fmt"

	"codegauge/internal/day"
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
	sets, err := v.Sets(ctx, query.Scope{Enterprise: enterprise}.Itself(), r, []int32{query.Everyone})
	if err != nil {
		return nil, err
	}
	for k, set := range sets {
		at(enterprise, 0, query.LevelEnterprise, k.Day).Or(set)
	}
	for _, level := range []query.Level{query.LevelOrganization, query.LevelTeam} {
		err := v.weekly(ctx, enterprise, level, r, func(entity, organization int64, d day.Day, members *roaring.Bitmap) {
			at(entity, organization, level, d).Or(members)
			at(enterprise, 0, query.LevelEnterprise, d).Or(members)
		})
		if err != nil {
			return nil, err
		}
	}
	var out []store.Group
	for _, g := range found {
		out = append(out, *g)
	}
	return out, nil
}

// weekly yields who belonged to organizations or teams in each week. Most are the
// same from day to day: those are read once.
func (v *snapshot) weekly(ctx context.Context, enterprise int64, level query.Level, r day.Range, yield func(entity, organization int64, monday day.Day, members *roaring.Bitmap)) error {
	db, err := v.db(ctx)
	if err != nil {
		return err
	}
	return scan(ctx, db, `SELECT DISTINCT entity, organization, date_trunc('week', day)::DATE - DATE '1970-01-01', members FROM `+unitTable(level)+`
		WHERE enterprise = ? AND level = ? AND members IS NOT NULL AND day BETWEEN ? AND ? ORDER BY ALL`, func(row []driver.Value) error {
		members, err := bitmapOf(row[3].([]byte))
		if err == nil {
			yield(row[0].(int64), row[1].(int64), day.Day(row[2].(int64)), members)
		}
		return err
	}, enterprise, int64(level), r.From.Time(), r.To.Time())
}
