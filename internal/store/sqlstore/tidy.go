package sqlstore

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/cube"
	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/merge"
	"codegauge/internal/report"
)

// leftover is a row of the table writing: what a change left to be done.
type leftover struct {
	revision    int64
	committed   bool
	first, last int64
	purge       purge
	accounts    []byte
	streams     []byte
}

// keys are the columns that, with the enterprise and the day, name a row of a table
// apart from its revision.
var keys = map[string][]string{
	"unit": {"level", "entity", "tool", "origin"}, "people_sets": {"set_group", "tool"},
	"block": {"bucket", "kind", "stream"}, "report_day": {"kind", "stream"},
}

// newer is a condition on a row of a table: there is one of its key with a later revision
// for which another condition holds.
func newer(table, condition string) string {
	return another(table, `n.revision > `+table+`.revision AND `+condition)
}

// older is a condition on a row of a table: there is one of its key with an earlier
// revision.
func older(table string) string { return another(table, `n.revision < `+table+`.revision`) }

func another(table, condition string) string {
	var same strings.Builder
	for _, k := range keys[table] {
		fmt.Fprintf(&same, " AND n.%s = %s.%s", k, table, k)
	}
	return ` EXISTS (SELECT 1 FROM ` + table + ` n WHERE n.enterprise = ` + table + `.enterprise AND n.day = ` + table + `.day` + same.String() + ` AND ` + condition + `)`
}

// tidy removes what changes of the enterprise that came to no end have written, and
// what those which were committed have replaced and not kept.
func (e *enterpriseChange) tidy(ctx context.Context) error {
	if e.dry {
		return nil
	}
	list, err := database.Collect(ctx, e.store.db, func(rows *sql.Rows) (l leftover, err error) {
		return l, rows.Scan(&l.revision, &l.committed, &l.first, &l.last, &l.purge, &l.accounts, &l.streams)
	}, `SELECT revision, committed, first_day, last_day, purge, accounts, streams FROM writing WHERE enterprise = ? ORDER BY revision`, e.enterprise)
	if err != nil {
		return err
	}
	for _, l := range list {
		if err := e.tidyOne(ctx, l); err != nil {
			return fmt.Errorf("tidy up after revision %d: %w", l.revision, err)
		}
	}
	return e.tidyShown(ctx)
}

// tidyDays is of how many days rows are removed in one transaction.
const tidyDays = 14

func (e *enterpriseChange) tidyOne(ctx context.Context, l leftover) error {
	var stmts, replaced, gone []string
	if !l.committed {
		for _, table := range []string{"unit", "people_sets", "block", "report_day"} {
			stmts = append(stmts, `DELETE FROM `+table+` WHERE enterprise = ? AND day = ? AND revision = ?`)
		}
	} else {
		for _, table := range []string{"unit", "people_sets"} {
			key := strings.Join(keys[table], ", ")
			replaced = append(replaced, fmt.Sprintf(`DELETE FROM %[1]s WHERE enterprise = ? AND day = ? AND revision < ?
				AND (%[2]s) IN (SELECT %[2]s FROM %[1]s WHERE enterprise = ? AND day = ? AND revision = ?)`, table, key))
		}
		if l.purge == purgeReplaced { // all that was kept of the report days that it has changed
			for _, table := range []string{"block", "report_day"} {
				stmts = append(stmts, fmt.Sprintf(`DELETE FROM %[1]s WHERE enterprise = ? AND day = ? AND revision < ? AND EXISTS (SELECT 1 FROM report_day n
					WHERE n.enterprise = %[1]s.enterprise AND n.day = %[1]s.day AND n.kind = %[1]s.kind AND n.stream = %[1]s.stream AND n.revision = %[2]d)`, table, l.revision))
			}
		}
		// What is gone needs no row to say so once nothing older is there.
		for _, of := range [][2]string{{"unit", "body"}, {"people_sets", "body"}, {"block", "totals"}, {"report_day", "layers"}} {
			table, body := of[0], of[1]
			stmt := `DELETE FROM ` + table + ` WHERE enterprise = ? AND day = ? AND revision = ? AND ` + body + ` IS NULL`
			switch {
			case table == "unit" || table == "people_sets":
				gone = append(gone, stmt)
			case l.purge == purgeReplaced:
				stmts = append(stmts, stmt)
			}
		}
	}
	accounts, streams := decodeNumbers(l.accounts), decodeNumbers(l.streams)
	current, err := revisionOf(ctx, e.store.db, e.enterprise)
	if err != nil {
		return err
	}
	for d := l.first; d <= l.last && l.first > 0; {
		end := min(l.last, d+tidyDays-1)
		err := e.lock.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
			kept, err := e.shownRevisions(ctx, tx, day.Range{From: day.Day(d), To: day.Day(end)})
			if err != nil {
				return err
			}
			for ; d <= end; d++ {
				if of := kept[day.Day(d).Week()]; l.committed && len(of) > 0 {
					if err := e.tidyDay(ctx, tx, day.Day(d), of, current); err != nil {
						return err
					}
				} else {
					for _, stmt := range replaced {
						if _, err := tx.ExecContext(ctx, stmt, e.enterprise, d, l.revision, e.enterprise, d, l.revision); err != nil {
							return err
						}
					}
					for _, stmt := range gone {
						if _, err := tx.ExecContext(ctx, stmt, e.enterprise, d, l.revision); err != nil {
							return err
						}
					}
				}
				for _, stmt := range stmts {
					if _, err := tx.ExecContext(ctx, stmt, e.enterprise, d, l.revision); err != nil {
						return err
					}
				}
				if l.committed && l.purge == purgeAccounts {
					if err := e.removeRows(ctx, tx, d, l.revision, accounts, streams); err != nil {
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
	return e.lock.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
		if l.committed && l.purge == purgeAccounts {
			if err := tx.Scrub(ctx); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM writing WHERE enterprise = ? AND revision = ?`, e.enterprise, l.revision)
		return err
	})
}

// removeRows takes the rows of accounts out of a day's blocks of earlier revisions.
func (e *enterpriseChange) removeRows(ctx context.Context, tx *database.Tx, d, revision int64, accounts, streams []int32) error {
	if len(streams) == 0 {
		return nil
	}
	return e.removeFromBlocks(ctx, tx, func(r *merge.Row) bool { return r.Account != 0 && slices.Contains(accounts, r.Account) },
		`day = ? AND bucket IN (`+numbersIn(bucketsOf(accounts))+`) AND stream IN (`+numbersIn(streams)+`) AND revision < ? AND kind <> ?`,
		d, revision, int(report.RepoDay))
}

// removeFromBlocks takes rows out of the enterprise's blocks that a condition selects.
func (e *enterpriseChange) removeFromBlocks(ctx context.Context, tx *database.Tx, gone func(*merge.Row) bool, where string, args ...any) error {
	var changed [][]any // the arguments of the statement below
	err := database.Each(ctx, tx, func(rows *sql.Rows) error {
		var d day.Day
		var bucket, stream int32
		var kind report.Kind
		var revision int64
		var b block
		if err := rows.Scan(&d, &bucket, &kind, &stream, &revision, &b.totals, &b.facts, &b.rest); err != nil {
			return err
		}
		list, err := b.appendRows(nil, kind, nil, whole)
		if err != nil {
			return fmt.Errorf("%s: %w", d, err)
		}
		left := slices.DeleteFunc(list, func(r merge.Row) bool { return gone(&r) })
		if len(left) == len(list) {
			return nil
		}
		if b = (block{}); len(left) > 0 {
			b = encodeBlock(kind, left)
		}
		changed = append(changed, append(b.columns(), e.enterprise, int(d), bucket, int(kind), stream, revision))
		return nil
	}, `SELECT day, bucket, kind, stream, revision, totals, facts, rest FROM block WHERE enterprise = ? AND totals IS NOT NULL AND `+where, append([]any{e.enterprise}, args...)...)
	for _, args := range changed {
		if err == nil {
			_, err = tx.ExecContext(ctx, `UPDATE block SET totals = ?, facts = ?, rest = ? WHERE enterprise = ? AND day = ? AND bucket = ? AND kind = ? AND stream = ? AND revision = ?`, args...)
		}
	}
	return err
}

func encodeNumbers(list []int32) []byte {
	var b []byte
	for _, n := range list {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

func decodeNumbers(b []byte) []int32 {
	in := cube.NewReader(b)
	var out []int32
	for in.More() {
		out = append(out, int32(in.Uvarint()))
	}
	return out
}

// Tidy does what changes left undone that were interrupted: by a kill, a lost
// connection, a full disk. The next change of the enterprise would do it too.
func (s *Store) Tidy(ctx context.Context) error {
	list, err := database.Collect(ctx, s.db, func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) },
		`SELECT DISTINCT enterprise FROM writing`)
	for _, enterprise := range list {
		lock, lockErr := s.db.TryLock(ctx, database.EnterpriseData, enterprise)
		if lockErr != nil {
			return s.explain("lock data", lockErr)
		}
		if lock == nil {
			continue // a change is under way
		}
		lock.Unlock()
		if err := s.change(ctx, false, []int64{enterprise}, func(*change) error { return nil }); err != nil {
			return s.explain("tidy up", err)
		}
	}
	return s.explain("tidy up", err)
}
