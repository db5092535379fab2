package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/merge"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// Retain implements store.Retainer. Each month is a change of its own.
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
		if err := s.retainMonth(ctx, r, m); err != nil {
			return done, fmt.Errorf("remove people's records of %s to %s: %w", m.Days.From, m.Days.To, err)
		}
		done.Add(m)
	}
	return done, nil
}

// ofPeople says of which kinds the rows are about single people, or may name them.
func ofPeople(k report.Kind) bool {
	return k == report.UserDay || k == report.UserTeam || k == report.RepoDay
}

// monthsBefore lists what there is to remove, by calendar month.
func (s *Store) monthsBefore(ctx context.Context, r store.Retention) ([]store.Removed, error) {
	var out []store.Removed
	err := s.still(ctx, r.Enterprise, func(v *snapshot) error {
		list, err := v.sourceDays(ctx, day.Range{From: 1, To: r.Before - 1})
		slices.SortFunc(list, func(a, b store.SourceDay) int { return int(a.Day - b.Day) })
		for _, d := range list {
			if !ofPeople(d.Kind) || d.Records == 0 {
				continue
			}
			m := store.Removed{Count: 1, Days: day.Range{From: d.Day, To: d.Day}}
			switch d.Kind {
			case report.UserDay:
				m.Records = d.Records
			case report.UserTeam:
				m.Members = d.Records
			}
			n := len(out) - 1
			switch {
			case n < 0 || out[n].Days.From.Month() != d.Day.Month():
				out = append(out, m)
				continue
			case out[n].Days.To == d.Day:
				m.Count = 0
			}
			out[n].Days.To = d.Day
			out[n].Count, out[n].Records, out[n].Members = out[n].Count+m.Count, out[n].Records+m.Records, out[n].Members+m.Members
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for old records: %w", err)
	}
	return out, nil
}

// retainMonth removes the records of people of some days and marks the days.
func (s *Store) retainMonth(ctx context.Context, r store.Retention, month store.Removed) error {
	err := s.change(ctx, false, []int64{r.Enterprise}, func(c *change) error {
		e := c.enterprises[r.Enterprise]
		e.purge = purgeReplaced
		list, err := e.daysWithReports(ctx, month.Days.Contains)
		if err != nil {
			return err
		}
		err = e.updateDays(ctx, list, nil, func(from *storedDay) (*dayUpdate, error) {
			u := &dayUpdate{from: from, to: map[reportKey]*merge.ReportDay{}, frozen: true}
			for k, rep := range from.reports {
				if ofPeople(k.kind) && rep.totals.records > 0 {
					u.to[k] = &merge.ReportDay{Layers: rep.layers[len(rep.layers)-1:]}
				}
			}
			return u, nil
		})
		if err != nil {
			return err
		}
		if len(e.days) == 0 {
			return errNothing // a deletion came first
		}
		marked := map[day.Day]bool{}
		for i := range e.days {
			d := &e.days[i]
			marked[d.Day] = true
			d.After = d.Before
			d.After.Records = 0 // the lines stay, in the totals
		}
		return e.commit(ctx, commitment{action: "retain", retained: true, origin: "older than the retention", at: r.At, also: func(ctx context.Context, tx *database.Tx) error {
			for d := range marked {
				if _, err := tx.ExecContext(ctx, `INSERT INTO aggregate_only (enterprise, day) VALUES (?, ?) ON CONFLICT DO NOTHING`, e.enterprise, int(d)); err != nil {
					return err
				}
			}
			if r.BeforeCommit != nil {
				return r.BeforeCommit(ctx, month)
			}
			return nil
		}})
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	return s.explain("remove old records", err)
}

// TotalsOnly implements store.Retainer.
func (s *Store) TotalsOnly(ctx context.Context, enterprise int64, r day.Range) (out []day.Day, err error) {
	err = s.view(ctx, enterprise, func(v *snapshot) error {
		all, err := v.totalsOnly(ctx)
		out = nil
		for _, d := range all {
			if r.Contains(d) {
				out = append(out, d)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("days kept as totals only: %w", s.explain("read", err))
	}
	return out, nil
}

// PruneReplaced implements store.Retainer: of the rows of one key, those are removed
// that another has replaced in a revision before the time.
func (s *Store) PruneReplaced(ctx context.Context, enterprise int64, before time.Time) error {
	err := s.change(ctx, false, []int64{enterprise}, func(c *change) error {
		e := c.enterprises[enterprise]
		var last sql.NullInt64
		err := s.db.QueryRowContext(ctx, `SELECT max(id) FROM revision WHERE enterprise = ? AND at < ?`, enterprise, before.UnixMicro()).Scan(&last)
		if err != nil || !last.Valid {
			return err
		}
		days, err := e.daysWithReports(ctx, func(day.Day) bool { return true })
		if err != nil {
			return err
		}
		waiting, err := e.undecidedWeeks(ctx)
		if err != nil {
			return err
		}
		days = slices.DeleteFunc(days, func(d day.Day) bool { return waiting[d.Week()] })
		for len(days) > 0 {
			some := days[:min(tidyDays, len(days))]
			days = days[len(some):]
			err := e.lock.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
				for _, d := range some {
					for _, table := range []string{"block", "report_day"} {
						if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE enterprise = ? AND day = ? AND`+newer(table, "n.revision <= ?"), e.enterprise, int(d), last.Int64); err != nil {
							return err
						}
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
	return s.explain("remove replaced records", err)
}
