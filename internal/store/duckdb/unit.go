package duckdb

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/rollup"

	"github.com/RoaringBitmap/roaring/v2"
)

// The tables of units and of sets of people; migration 4 says why they are apart.
var (
	unitTables   = []string{"unit", "team_unit"}
	peopleTables = []string{"people", "cell_people"}
)

func unitTable(l query.Level) string {
	if l == query.LevelTeam {
		return "team_unit"
	}
	return "unit"
}

func peopleTable(cells []query.Cell, cell, client int32) string {
	if client == 0 && (cell <= query.Everyone || cells[cell].Breakdown == metric.ByFeature) {
		return "people"
	}
	return "cell_people"
}

func unitRow(enterprise int64, u *rollup.Unit) ([]any, error) {
	row := []any{enterprise, uint8(u.Level), u.Entity, u.Organization, u.Day.Time(), u.Tool, uint8(u.Origin), u.Preferred}
	for i := range report.NumCounters {
		if n, ok := u.Totals.Get(i); ok {
			row = append(row, n)
		} else {
			row = append(row, nil)
		}
	}
	row = append(row, optional(u.Credits), u.Records, u.Reduced, u.Substituted,
		optional(u.Reported.Daily), optional(u.Reported.Weekly), optional(u.Reported.Monthly))
	if u.Members == nil {
		row = append(row, nil)
	} else {
		members, err := u.Members.ToBytes()
		if err != nil {
			return nil, fmt.Errorf("write members: %w", err)
		}
		row = append(row, members)
	}
	for _, cells := range u.Cells {
		if cells == nil {
			row = append(row, nil)
		} else {
			row = append(row, cells)
		}
	}
	return row, nil
}

// unitColumns are what readUnit reads, before the counters' columns.
const unitColumns = `entity, organization, day - DATE '1970-01-01', tool, origin, preferred, credits, records, reduced, substituted, daily, weekly, monthly, members, `

// unitWidth is how many columns they are together.
const unitWidth = 14 + report.NumCounters

// readUnit reads a stored unit without its cells.
func readUnit(v []driver.Value) (*query.Unit, error) {
	u := &query.Unit{Entity: v[0].(int64), Organization: v[1].(int64), Day: day.Day(v[2].(int64)), Tool: v[3].(string),
		Origin: query.Origin(v[4].(uint8)), Preferred: v[5].(bool), Credits: as[float64](v[6]),
		Records: v[7].(int64), Reduced: v[8].(int64), Substituted: v[9].(int64),
		Reported: report.Reported{Daily: as[int64](v[10]), Weekly: as[int64](v[11]), Monthly: as[int64](v[12])}}
	setCounters(&u.Totals, v[14:])
	b, ok := v[13].([]byte)
	if !ok {
		return u, nil
	}
	var err error
	u.Members, err = bitmapOf(b)
	return u, err
}

// bitmapOf reads a stored set of people.
func bitmapOf(b []byte) (*roaring.Bitmap, error) {
	bm := roaring.New()
	if _, err := bm.FromBuffer(b); err != nil {
		return nil, fmt.Errorf("stored set of people is damaged: %w", err)
	}
	return bm, nil
}

// byColumn names the column of unit that holds a breakdown's sums.
var byColumn = map[metric.Breakdown]string{
	metric.Totals: "NULL", metric.ByFeature: "by_feature", metric.ByIDE: "by_ide", metric.ByLanguageFeature: "by_language_feature",
	metric.ByLanguageModel: "by_language_model", metric.ByModelFeature: "by_model_feature",
}

// allBreakdowns are those with a column, and none.
var allBreakdowns = []metric.Breakdown{metric.Totals, metric.ByFeature, metric.ByIDE, metric.ByLanguageFeature, metric.ByLanguageModel, metric.ByModelFeature}

// Units implements query.Rollups.
func (v *snapshot) Units(ctx context.Context, e query.Entities, r day.Range, b metric.Breakdown) ([]*query.Unit, error) {
	k := blockKey{entity: e.Entity, of: e.Of, level: e.Level, breakdown: b}
	if e.Level != query.LevelEnterprise {
		k.entity = e.Enterprise
	}
	blocks, err := v.months(k, r, func(missing day.Range) (map[blockKey]*block, error) {
		return v.readUnits(ctx, k, e.Enterprise, missing)
	})
	if err != nil {
		return nil, fmt.Errorf("read units: %w", err)
	}
	var out []*query.Unit
	for _, bl := range blocks {
		for _, u := range bl.units {
			if r.Contains(u.Day) && (e.Organization == 0 || u.Organization == e.Organization) {
				out = append(out, u)
			}
		}
	}
	return out, nil
}

// readUnits reads whole months. Who asks for one breakdown of an entity will ask
// for the others, and they lie side by side: all are read at once.
func (v *snapshot) readUnits(ctx context.Context, k blockKey, enterprise int64, r day.Range) (map[blockKey]*block, error) {
	db, err := v.db(ctx)
	if err != nil {
		return nil, err
	}
	breakdowns := []metric.Breakdown{k.breakdown}
	where, table := fmt.Sprintf(`enterprise = ? AND level = %d`, k.level), unitTable(k.level)
	if k.level == query.LevelEnterprise {
		where, table = `entity = ?`, unitTable(k.of)
		if k.breakdown != metric.Totals {
			breakdowns = allBreakdowns
		}
	}
	into := map[blockKey]*block{}
	var columns []string
	for _, b := range breakdowns {
		columns = append(columns, byColumn[b])
		for k.breakdown, k.month = b, r.From; k.month <= r.To; k.month = (k.month + 31).Month() {
			into[k] = &block{enterprise: enterprise, bytes: 200}
		}
	}
	return into, scan(ctx, db, `SELECT `+unitColumns+columnNames("", metric.Columns[:])+`, `+strings.Join(columns, ", ")+`
		FROM `+table+` WHERE `+where+` AND day BETWEEN ? AND ?`, func(row []driver.Value) error {
		u, err := readUnit(row)
		if err != nil {
			return err
		}
		k.month = u.Day.Month()
		for i, b := range breakdowns {
			k.breakdown = b
			if err := into[k].add(u, row[unitWidth+i], len(v.cells)); err != nil {
				return err
			}
		}
		return nil
	}, k.entity, r.From.Time(), r.To.Time())
}

// add adds a unit with the cells of one breakdown.
func (b *block) add(u *query.Unit, stored driver.Value, cells int) error {
	own := *u
	if bytes, ok := stored.([]byte); ok {
		var err error
		if own.Cells, err = rollup.ReadCells(bytes, cells); err != nil {
			return fmt.Errorf("%s: %w", u.Day, err)
		}
	}
	b.units = append(b.units, &own)
	b.bytes += unitBytes(&own)
	return nil
}

// unitBytes is about what a unit takes in memory.
func unitBytes(u *query.Unit) int {
	n := 320 + 72*len(u.Cells)
	if u.Members != nil {
		n += int(u.Members.GetSizeInBytes()) + 200
	}
	return n
}
