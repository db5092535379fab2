package duckdb

import (
	"database/sql/driver"
	"fmt"

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
