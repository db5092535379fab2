package duckdb

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// Sets implements query.Rollups.
func (v *snapshot) Sets(ctx context.Context, e query.Entities, r day.Range, cells []int32) (query.Sets, error) {
	if e.Level != query.LevelEnterprise {
		e = query.Scope{Enterprise: e.Enterprise}.Itself()
	}
	out := query.Sets{}
	var missing []int32
	whole := day.Range{From: r.From.Month(), To: (r.To.Month() + 31).Month() - 1}
	for _, cell := range cells {
		if !v.keptSets(e, whole, cell, out) {
			missing = append(missing, cell)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	read, err := v.readSets(ctx, e, whole, missing)
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	for k, set := range read {
		out[k] = set
	}
	v.keepSets(e, whole, missing, read)
	return out, nil
}

// keptSets adds a cell's sets of whole months to out; false if the cache lacks some.
func (v *snapshot) keptSets(e query.Entities, r day.Range, cell int32, out query.Sets) bool {
	k := blockKey{entity: e.Entity, of: e.Of, sets: true, cell: cell}
	for k.month = r.From; k.month <= r.To; k.month = (k.month + 31).Month() {
		b := v.store.cache.get(k, v.generation)
		if b == nil {
			return false
		}
		for at, set := range b.sets {
			out[at] = set
		}
	}
	return true
}

// keepSets keeps the cells' sets of whole months.
func (v *snapshot) keepSets(e query.Entities, r day.Range, cells []int32, sets query.Sets) {
	blocks := map[blockKey]*block{}
	k := blockKey{entity: e.Entity, of: e.Of, sets: true}
	for _, k.cell = range cells {
		for k.month = r.From; k.month <= r.To; k.month = (k.month + 31).Month() {
			blocks[k] = &block{enterprise: e.Enterprise, bytes: 300, sets: query.Sets{}}
		}
	}
	for at, set := range sets {
		k.cell, k.month = at.Cell, at.Day.Month()
		b := blocks[k]
		b.sets[at] = set
		b.bytes += int(set.GetSizeInBytes()) + 200
	}
	for k, b := range blocks {
		v.store.cache.put(k, b, v.generation)
	}
}

// readSets returns sets that the cache lacks: an enterprise's as they are stored, an
// organization's or team's cut out of those by who belonged to it on the day.
func (v *snapshot) readSets(ctx context.Context, e query.Entities, r day.Range, cells []int32) (query.Sets, error) {
	if e.Of == query.LevelEnterprise {
		return v.readStoredSets(ctx, e.Enterprise, r, cells)
	}
	all, err := v.Sets(ctx, query.Scope{Enterprise: e.Enterprise}.Itself(), r, cells)
	if err != nil {
		return nil, err
	}
	units, err := v.Units(ctx, e, r, metric.Totals)
	if err != nil {
		return nil, err
	}
	out := query.Sets{}
	for _, u := range units {
		for _, cell := range cells {
			k := query.SetKey{Day: u.Day, Tool: u.Tool, Cell: cell}
			if set := all[k]; set != nil && u.Members != nil {
				out[k] = roaring.And(set, u.Members)
			}
		}
	}
	return out, nil
}

func (v *snapshot) readStoredSets(ctx context.Context, enterprise int64, r day.Range, cells []int32) (query.Sets, error) {
	db, err := v.db(ctx)
	if err != nil {
		return nil, err
	}
	of := map[string][]int32{}
	for _, cell := range cells {
		table := peopleTable(v.cells, cell, 0)
		of[table] = append(of[table], cell)
	}
	out := query.Sets{}
	for table, cells := range of {
		err := scan(ctx, db, `SELECT day - DATE '1970-01-01', tool, cell, people FROM `+table+`
			WHERE enterprise = ? AND day BETWEEN ? AND ? AND client = 0 AND cell IN (`+numbers(cells)+`)`, func(row []driver.Value) error {
			set, err := bitmapOf(row[3].([]byte))
			out[query.SetKey{Day: day.Day(row[0].(int64)), Tool: row[1].(string), Cell: row[2].(int32)}] = set
			return err
		}, enterprise, r.From.Time(), r.To.Time())
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
