package sqlstore

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/store"
)

// Changed implements query.Rollups.
func (v *snapshot) Changed(ctx context.Context, r day.Range) (last int64, err error) {
	months, err := recall(ctx, v, memoKey{"changed months", v.enterprise}, func(ctx context.Context, tx *database.Tx) (map[day.Day]int64, error) {
		return monthsChanged(ctx, tx, v.enterprise, v.revision)
	})
	return lastOf(months, r), err
}

// monthsChanged returns the last revision, up to one, that changed each month.
func monthsChanged(ctx context.Context, tx *database.Tx, enterprise, revision int64) (map[day.Day]int64, error) {
	out := map[day.Day]int64{}
	err := database.Each(ctx, tx, func(rows *sql.Rows) error {
		var month day.Day
		var revision int64
		err := rows.Scan(&month, &revision)
		out[month] = revision
		return err
	}, `SELECT month, max(revision) FROM changed_month WHERE enterprise = ? AND revision <= ? GROUP BY month`, enterprise, revision)
	if err != nil {
		return nil, fmt.Errorf("read when months changed: %w", err)
	}
	return out, nil
}

func lastOf(months map[day.Day]int64, r day.Range) (last int64) {
	for month := range r.Months() {
		last = max(last, months[month])
	}
	return last
}

// weekDays are the days of the ISO week that begins on a Monday.
func weekDays(monday day.Day) day.Range { return day.Range{From: monday, To: monday + 6} }

// ShownWeek implements store.Store.
func (s *Store) ShownWeek(ctx context.Context, enterprise int64, week day.Day) (w store.ShownWeek, err error) {
	var revisions, body, people []byte
	err = s.db.QueryRowContext(ctx, `SELECT number, judged, revisions, held, body, people FROM shown_week WHERE enterprise = ? AND week = ?`, enterprise, int(week)).
		Scan(&w.Number, &w.Judged, &revisions, &w.Held, &body, &people)
	if errors.Is(err, sql.ErrNoRows) {
		return store.ShownWeek{}, nil
	}
	if err != nil {
		return w, s.explain("read what is shown of a week", err)
	}
	w.Revisions = decodeRevisions(revisions)
	for _, of := range []struct {
		packed []byte
		into   *[]byte
	}{{body, &w.Body}, {people, &w.People}} {
		if len(of.packed) > 0 {
			if *of.into, err = unpacker.DecodeAll(of.packed, nil); err != nil {
				return w, fmt.Errorf("what is shown of the week of %s: %w: %w", week, errDamaged, err)
			}
		}
	}
	return w, nil
}

// KeepShownWeek implements store.Store.
func (s *Store) KeepShownWeek(ctx context.Context, enterprise int64, week day.Day, w store.ShownWeek) (kept bool, err error) {
	var people []byte
	if len(w.People) > 0 {
		people = packer.EncodeAll(w.People, nil)
	}
	err = s.db.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
		// No change becomes current meanwhile: it would remove what it replaces of the
		// revisions that are named here.
		if err := holdVersion(ctx, tx, enterprise); err != nil {
			return err
		}
		months, err := monthsChanged(ctx, tx, enterprise, latest)
		if err != nil || lastOf(months, weekDays(week)) != w.Judged {
			return err
		}
		if w.Number == 0 {
			_, err = tx.ExecContext(ctx, `INSERT INTO shown_week (enterprise, week, number, judged, revisions, held, tidied) VALUES (?, ?, 0, 0, ?, ?, ?) ON CONFLICT DO NOTHING`, enterprise, int(week), []byte{}, false, true)
			if err != nil {
				return err
			}
		}
		done, err := tx.ExecContext(ctx, `UPDATE shown_week SET number = number + 1, judged = ?, revisions = ?, held = ?, body = ?, people = ?, tidied = ? WHERE enterprise = ? AND week = ? AND number = ?`,
			w.Judged, encodeRevisions(w.Revisions), w.Held, packer.EncodeAll(w.Body, nil), people, false, enterprise, int(week), w.Number)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		kept = n == 1
		return err
	})
	return kept && err == nil, s.explain("keep what is shown of a week", err)
}

// holdVersion keeps changes of an enterprise from becoming current until the transaction
// ends.
func holdVersion(ctx context.Context, tx *database.Tx, enterprise int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE version SET revision = revision WHERE scope = ?`, enterprise)
	return err
}

func encodeRevisions(list []int64) []byte {
	b := []byte{}
	for _, n := range list {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

func decodeRevisions(b []byte) (out []int64) {
	in := cube.NewReader(b)
	for in.More() {
		out = append(out, int64(in.Uvarint()))
	}
	return out
}

// forgetShown drops what was decided to be shown of weeks from which something is deleted
// or erased, or, where retention takes only records, what of it is about single people.
// Weeks in which a correction is held back may have what is to go in what was before it.
func (e *enterpriseChange) forgetShown(ctx context.Context, tx *database.Tx, retained bool) error {
	if err := holdVersion(ctx, tx, e.enterprise); err != nil { // in the order of KeepShownWeek
		return err
	}
	var weeks []int64
	for d := range e.touched {
		weeks = append(weeks, int64(d.Week()))
	}
	for i := range e.days {
		weeks = append(weeks, int64(e.days[i].Day.Week()))
	}
	weeks = append(weeks, 0) // a list is never empty
	where := ` WHERE enterprise = ? AND (week IN (` + numbersIn(weeks) + `)`
	if retained {
		_, err := tx.ExecContext(ctx, `UPDATE shown_week SET people = NULL`+where+`)`, e.enterprise)
		return err
	}
	where += ` OR held OR people IS NOT NULL)`
	gone, err := database.Collect(ctx, tx, func(rows *sql.Rows) (d day.Day, err error) { return d, rows.Scan(&d) }, `SELECT week FROM shown_week`+where, e.enterprise)
	if err != nil {
		return err
	}
	for _, week := range gone {
		for month := range weekDays(week).Months() {
			e.months[month] = true
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE shown_week SET number = number + 1, judged = 0, revisions = ?, held = ?, body = NULL, people = NULL, tidied = ?`+where, []byte{}, false, false, e.enterprise)
	return err
}

// undecidedWeeks returns the weeks that were changed after it was decided what is shown of
// them: to decide again takes the records that were replaced.
func (e *enterpriseChange) undecidedWeeks(ctx context.Context) (map[day.Day]bool, error) {
	out := map[day.Day]bool{}
	return out, e.store.db.View(ctx, func(ctx context.Context, tx *database.Tx) error {
		months, err := monthsChanged(ctx, tx, e.enterprise, e.current)
		if err != nil {
			return err
		}
		return database.Each(ctx, tx, func(rows *sql.Rows) error {
			var week day.Day
			var judged int64
			err := rows.Scan(&week, &judged)
			out[week] = judged < lastOf(months, weekDays(week))
			return err
		}, `SELECT week, judged FROM shown_week WHERE enterprise = ? AND body IS NOT NULL`, e.enterprise)
	})
}

// shownRevisions returns, by week, the revisions of which the weeks that a range touches can
// be read beside the current one.
func (e *enterpriseChange) shownRevisions(ctx context.Context, q database.Querier, days day.Range) (map[day.Day][]int64, error) {
	out := map[day.Day][]int64{}
	return out, database.Each(ctx, q, func(rows *sql.Rows) error {
		var week day.Day
		var list []byte
		err := rows.Scan(&week, &list)
		out[week] = decodeRevisions(list)
		return err
	}, `SELECT week, revisions FROM shown_week WHERE enterprise = ? AND week BETWEEN ? AND ?`, e.enterprise, int(days.From.Week()), int(days.To))
}

// tidyDay removes units and sets of a day that no revision has of those that are kept, of
// which the current one is the last.
func (e *enterpriseChange) tidyDay(ctx context.Context, tx *database.Tx, d day.Day, kept []int64, current int64) error {
	for _, table := range []string{"unit", "people_sets"} {
		where := ` WHERE enterprise = ? AND day = ? AND revision <= ` + fmt.Sprint(current)
		unseen := ""
		for _, revision := range append(slices.Clone(kept), current) {
			if revision <= current {
				unseen += fmt.Sprintf(` AND (%s.revision > %d OR%s)`, table, revision, newer(table, fmt.Sprintf("n.revision <= %d", revision)))
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+where+unseen, e.enterprise, int(d)); err != nil {
			return err
		}
		// What is gone needs no row to say so once nothing older is there.
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+where+` AND body IS NULL AND NOT`+older(table), e.enterprise, int(d)); err != nil {
			return err
		}
	}
	return nil
}

// tidyShown removes what was kept for decisions that others have replaced.
func (e *enterpriseChange) tidyShown(ctx context.Context) error {
	type decision struct {
		week   day.Day
		number int64
		gone   bool
	}
	list, err := database.Collect(ctx, e.store.db, func(rows *sql.Rows) (w decision, err error) {
		return w, rows.Scan(&w.week, &w.number, &w.gone)
	}, `SELECT week, number, body IS NULL FROM shown_week WHERE enterprise = ? AND NOT tidied`, e.enterprise)
	if err != nil {
		return err
	}
	for _, w := range list {
		err := e.lock.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
			current, err := revisionOf(ctx, tx, e.enterprise)
			if err != nil {
				return err
			}
			kept, err := e.shownRevisions(ctx, tx, weekDays(w.week))
			if err != nil {
				return err
			}
			for d := w.week; d <= w.week+6; d++ {
				if err := e.tidyDay(ctx, tx, d, kept[w.week], current); err != nil {
					return err
				}
			}
			if !w.gone {
				_, err = tx.ExecContext(ctx, `UPDATE shown_week SET tidied = ? WHERE enterprise = ? AND week = ? AND number = ?`, true, e.enterprise, int(w.week), w.number)
				return err
			}
			if err := tx.Scrub(ctx); err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `DELETE FROM shown_week WHERE enterprise = ? AND week = ? AND number = ?`, e.enterprise, int(w.week), w.number)
			return err
		})
		if err != nil {
			return fmt.Errorf("tidy up the week of %s: %w", w.week, err)
		}
	}
	return nil
}
