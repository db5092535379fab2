package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/store"
)

// inTotals says that the day of a row x of stream s is kept as totals only.
const inTotals = `EXISTS (SELECT 1 FROM totals_day k WHERE k.enterprise = s.enterprise AND k.day = x.day)`

// peopleBefore selects the records of people, as (day, rows of user_day, rows of
// member), of an enterprise's days before one.
const peopleBefore = `SELECT day, sum(records)::BIGINT, sum(members)::BIGINT FROM (
		SELECT x.day, count(*) AS records, 0 AS members FROM user_day x JOIN stream s ON s.id = x.stream
			WHERE s.enterprise = $1 AND x.day < $2 AND x."user" <> 0 GROUP BY x.day
		UNION ALL SELECT x.day, 0, count(*) FROM member x JOIN stream s ON s.id = x.stream
			WHERE s.enterprise = $1 AND x.day < $2 GROUP BY x.day
	) GROUP BY day ORDER BY day`

// Retain implements store.Retainer. Each month is a transaction of its own.
func (s *Store) Retain(ctx context.Context, r store.Retention) (store.Removed, error) {
	var done store.Removed
	months, err := s.monthsBefore(ctx, r)
	if err != nil || r.Preview {
		for _, m := range months {
			done.Add(m)
		}
		return done, err
	}
	for _, m := range months {
		if err := s.retainMonth(ctx, r, m.Days); err != nil {
			return done, fmt.Errorf("remove people's records of %s to %s: %w", m.Days.From, m.Days.To, err)
		}
		done.Add(m)
	}
	return done, nil
}

// monthsBefore lists what there is to remove, by calendar month.
func (s *Store) monthsBefore(ctx context.Context, r store.Retention) ([]store.Removed, error) {
	var out []store.Removed
	err := each(ctx, s.db, peopleBefore, func(rows *sql.Rows) error {
		var t time.Time
		m := store.Removed{Count: 1}
		if err := rows.Scan(&t, &m.Records, &m.Members); err != nil {
			return err
		}
		d := day.Of(t)
		m.Days = day.Range{From: d, To: d}
		if n := len(out); n > 0 && out[n-1].Days.From.Month() == d.Month() {
			out[n-1].Add(m)
		} else {
			out = append(out, m)
		}
		return nil
	}, r.Enterprise, r.Before.Time())
	if err != nil {
		return nil, fmt.Errorf("look for old records: %w", err)
	}
	return out, nil
}

// retainMonth removes the records of people of some days and marks the days.
func (s *Store) retainMonth(ctx context.Context, r store.Retention, days day.Range) error {
	from, to := days.From.Time(), days.To.Time()
	err := s.change(ctx, func(c *change) error {
		err := c.touchRows(`SELECT x.stream, 1 AS kind, x.day FROM user_day x JOIN stream s ON s.id = x.stream WHERE s.enterprise = $1 AND x.day BETWEEN $2 AND $3 AND x."user" <> 0
			UNION ALL SELECT x.stream, 3, x.day FROM member x JOIN stream s ON s.id = x.stream WHERE s.enterprise = $1 AND x.day BETWEEN $2 AND $3`,
			r.Enterprise, from, to)
		if err != nil {
			return err
		}
		if len(c.days) == 0 {
			return errNothing // a deletion came first
		}
		if err := c.removePeople(r.Enterprise); err != nil {
			return err
		}
		for i := range c.days {
			c.days[i].After = c.days[i].Before
			c.days[i].After.Records = 0 // the lines stay, in the totals
		}
		return c.revision("retain", "older than the retention", r.At, 0)
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}

// removePeople leaves the totals of the touched days.
func (c *change) removePeople(enterprise int64) error {
	err := c.exec(`INSERT INTO totals_day SELECT DISTINCT ?::BIGINT, day FROM touched EXCEPT SELECT enterprise, day FROM totals_day`, enterprise)
	for _, table := range []string{`user_day x USING touched t WHERE x."user" <> 0 AND `, `member x USING touched t WHERE `} {
		if err == nil {
			err = c.exec(`DELETE FROM ` + table + `x.stream = t.stream AND x.day = t.day`)
		}
	}
	return err
}

// skipTotals gives up what the import brought for days of which only totals are
// left: they cannot be worked out anew, nor added to what was replaced.
func (c *change) skipTotals(fd *feed) (map[trackKey]bool, error) {
	type at struct {
		stream int32
		day    day.Day
	}
	marked := map[at]bool{}
	err := each(c.ctx, c.tx, `SELECT s.id, k.day FROM totals_day k JOIN stream s ON s.enterprise = k.enterprise`, func(rows *sql.Rows) error {
		var stream int32
		var t time.Time
		err := rows.Scan(&stream, &t)
		marked[at{stream, day.Of(t)}] = true
		return err
	})
	out, days := map[trackKey]bool{}, map[day.Day]bool{}
	for k := range fd.tracks {
		if marked[at{k.stream, k.day}] {
			out[k], days[k.day] = true, true
		}
	}
	if err != nil || len(out) == 0 {
		return out, err
	}
	var records int64
	err = c.tx.QueryRowContext(c.ctx, `SELECT count(*) FROM (
			SELECT DISTINCT stream, day, "user", 0 AS organization, 0 AS team FROM user_day WHERE import = $1
			UNION ALL SELECT DISTINCT stream, day, "user", organization, team FROM member WHERE import = $1
		) x JOIN stream s ON s.id = x.stream WHERE `+inTotals, c.id).Scan(&records)
	first, last := bounds(days)
	c.warn("records of days that are kept as totals only were not taken: %d of %d days, %s to %s; these days are older than the retention", records, len(days), first, last)
	return out, err
}

// bounds returns the first and last of some days.
func bounds(days map[day.Day]bool) (first, last day.Day) {
	for d := range days {
		if first == 0 || d < first {
			first = d
		}
		last = max(last, d)
	}
	return first, last
}

// spareTotals keeps what is derived from the changed days that are kept as
// totals only.
func (c *change) spareTotals() error {
	return c.exec(`DELETE FROM changed x USING totals_day k WHERE x.enterprise = k.enterprise AND x.day = k.day`)
}

// deleteTotals lets a deletion that takes whole days take their totals as well;
// from any other they stay, and it says so.
func (c *change) deleteTotals(d store.Deletion) error {
	where, args := `enterprise = ?`, []any{d.Enterprise}
	if d.Range.To != 0 {
		where, args = where+` AND day BETWEEN ? AND ?`, append(args, d.Range.From.Time(), d.Range.To.Time())
	}
	if d.Source == 0 && d.Tool == "" && d.User == "" && d.Import == 0 {
		return c.exec(`DELETE FROM totals_day WHERE `+where, args...)
	}
	var n int64
	if err := c.tx.QueryRowContext(c.ctx, `SELECT count(*) FROM totals_day WHERE `+where, args...).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		c.warn("%d days are older than the retention and are kept as totals only: nothing of them was deleted; only whole days can be", n)
	}
	return nil
}

// TotalsOnly implements store.Retainer.
func (s *Store) TotalsOnly(ctx context.Context, enterprise int64, r day.Range) ([]day.Day, error) {
	var out []day.Day
	err := each(ctx, s.db, `SELECT day FROM totals_day WHERE enterprise = ? AND day BETWEEN ? AND ? ORDER BY day`, func(rows *sql.Rows) error {
		var t time.Time
		err := rows.Scan(&t)
		out = append(out, day.Of(t))
		return err
	}, enterprise, r.From.Time(), r.To.Time())
	if err != nil {
		return nil, fmt.Errorf("days kept as totals only: %w", err)
	}
	return out, nil
}
