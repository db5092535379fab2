package duckdb

import (
	"database/sql"
	"fmt"
	"time"

	"codegauge/internal/day"
)

// sliceRecords is about how many records a statement takes in hand that compares
// them with each other: DuckDB holds those in memory.
var sliceRecords int64 = 500_000

// slice divides the touched days into ranges of about sliceRecords records. A
// day is never divided.
func (c *change) slice() error {
	c.slices = nil
	records := int64(0)
	// Days are counted before they are joined, so that no table is held in memory.
	count := `SELECT day, count(*) AS n FROM %s SEMI JOIN touched USING (day) GROUP BY day`
	err := each(c.ctx, c.tx, `SELECT day, sum(n)::BIGINT FROM (SELECT day, 0 AS n FROM touched
			UNION ALL `+fmt.Sprintf(count, "user_day")+` UNION ALL `+fmt.Sprintf(count, "member")+` UNION ALL `+fmt.Sprintf(count, "document")+`
		) GROUP BY day ORDER BY day`, func(rows *sql.Rows) error {
		var at time.Time
		var n int64
		if err := rows.Scan(&at, &n); err != nil {
			return err
		}
		d := day.Of(at)
		if records += n; c.slices == nil || records > sliceRecords {
			c.slices, records = append(c.slices, day.Range{From: d}), n
		}
		c.slices[len(c.slices)-1].To = d
		return nil
	})
	if err != nil {
		return fmt.Errorf("divide the touched days: %w", err)
	}
	return nil
}

// eachSlice runs a statement, whose last two arguments are a range of days, for
// every slice.
func (c *change) eachSlice(query string, args ...any) error {
	_, err := c.countSlices(query, args...)
	return err
}

// countSlices is eachSlice; it returns how many rows were affected.
func (c *change) countSlices(query string, args ...any) (int64, error) {
	var done int64
	for _, r := range c.slices {
		res, err := c.tx.ExecContext(c.ctx, query, append(args[:len(args):len(args)], r.From.Time(), r.To.Time())...)
		if err != nil {
			return done, fmt.Errorf("%w (in %.60q)", err, query)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return done, err
		}
		done += n
	}
	return done, nil
}
