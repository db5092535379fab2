package duckdb

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/mark"
	"codegauge/internal/report"
	"codegauge/internal/store"

	"github.com/RoaringBitmap/roaring/v2"
)

// Erase implements store.Eraser.
func (s *Store) Erase(ctx context.Context, e store.Erasure) (store.Removed, error) {
	if ids := s.dict.Load().numbers(e.Enterprise, e.Identities); e.Preview || len(ids) == 0 {
		return countOf(ctx, s.db, ids)
	}
	// First the mark: a kill after the removal must not leave the bytes for good.
	if err := mark.Set(s.path); err != nil {
		return store.Removed{}, fmt.Errorf("erase: %w", err)
	}
	var done store.Removed
	err := s.change(ctx, func(c *change) (err error) {
		ids := c.dict.numbers(e.Enterprise, e.Identities)
		if len(ids) == 0 {
			return errNothing
		}
		if done, err = countOf(ctx, c.tx, ids); err != nil {
			return err
		}
		return c.erase(ids, e)
	})
	if err != nil && !errors.Is(err, errNothing) {
		return store.Removed{}, fmt.Errorf("erase: %w", err)
	}
	return done, nil
}

// recordsOf selects the days with records of some identities, and how many.
const recordsOf = `SELECT day, sum(records)::BIGINT, sum(members)::BIGINT FROM (
		SELECT day, count(*) AS records, 0 AS members FROM user_day WHERE "user" IN (%[1]s) GROUP BY day
		UNION ALL SELECT day, 0, count(*) FROM member WHERE "user" IN (%[1]s) GROUP BY day
	) GROUP BY day ORDER BY day`

// countOf counts the records of some identities.
func countOf(ctx context.Context, db execer, ids []int32) (done store.Removed, err error) {
	if len(ids) == 0 {
		return done, nil
	}
	err = each(ctx, db, fmt.Sprintf(recordsOf, numbers(ids)), func(rows *sql.Rows) error {
		var t time.Time
		n := store.Removed{Count: 1}
		err := rows.Scan(&t, &n.Records, &n.Members)
		n.Days.From, n.Days.To = day.Of(t), day.Of(t)
		done.Add(n)
		return err
	})
	return done, err
}

// erase removes the records of identities and their names.
func (c *change) erase(ids []int32, e store.Erasure) error {
	list := numbers(ids)
	err := c.touchRows(`SELECT stream, 1 AS kind, day FROM user_day WHERE "user" IN (` + list + `)
		UNION ALL SELECT stream, 3, day FROM member WHERE "user" IN (` + list + `)`)
	if err != nil {
		return err
	}
	small, err := c.removeSmall(ids, e)
	if err != nil {
		return err
	}
	for _, stmt := range []string{
		`DELETE FROM user_day WHERE "user" IN (` + list + `)`,
		`DELETE FROM member WHERE "user" IN (` + list + `)`,
		`DELETE FROM link WHERE identity IN (` + list + `)`,
		`UPDATE identity SET namespace = '', user_id = '', login = '', seen = 0, person = id WHERE id IN (` + list + `)`,
		// What remains of a day less what it once had would be what they did.
		`DELETE FROM revision_day x USING touched t, stream s WHERE s.id = t.stream
			AND x.enterprise = s.enterprise AND x.source = s.source AND x.tool = s.tool AND x.kind = t.kind AND x.day = t.day`,
	} {
		if err := c.exec(stmt); err != nil {
			return err
		}
	}
	c.dict.forget(ids)
	if len(c.days) == 0 && len(small) == 0 {
		return nil // they left nothing, or only in the totals of many
	}
	if err := c.finish(); err != nil {
		return err
	}
	for i := range c.days {
		c.days[i].Before = c.days[i].After
	}
	c.days = append(c.days, small...)
	return c.revision("erase", "one person", e.At, 0)
}

// group is an organization or team in a week of which totals are left.
type group struct {
	table  string
	entity int64
	week   day.Day
}

// removeSmall removes what totals alone are left of groups under the minimum that
// one of the identities belonged to, and how their days once moved. It returns
// the days, as the enterprise's: which groups they were would say where somebody was.
func (c *change) removeSmall(ids []int32, e store.Erasure) ([]store.DayChange, error) {
	small, err := c.smallGroups(ids, e)
	if err != nil {
		return nil, fmt.Errorf("groups of which totals are left: %w", err)
	}
	days := map[store.DayChange]bool{}
	for _, g := range small {
		const which = ` USING totals_day k WHERE k.enterprise = x.enterprise AND k.day = x.day AND x.enterprise = ? AND x.day BETWEEN ? AND ? AND `
		args := []any{e.Enterprise, g.week.Time(), (g.week + 6).Time(), g.entity}
		err := scan(c.ctx, c.tx, `DELETE FROM `+g.table+` x`+which+`x.entity = ? AND x.members IS NOT NULL RETURNING x.day - DATE '1970-01-01', x.tool`, func(v []driver.Value) error {
			d := day.Day(v[0].(int64))
			days[store.DayChange{Enterprise: e.Enterprise, Source: e.Enterprise, Kind: report.UserDay.String(), Tool: v[1].(string), Day: d}] = true
			c.stale = append(c.stale, staleMonth{e.Enterprise, d.Month()})
			return nil
		}, args...)
		if err == nil {
			err = c.exec(`DELETE FROM revision_day x`+which+`x.source = ?`, args...)
		}
		if err != nil {
			return nil, fmt.Errorf("remove the totals of a small group: %w", err)
		}
	}
	return slices.SortedFunc(maps.Keys(days), func(a, b store.DayChange) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Tool, b.Tool))
	}), nil
}

// smallGroups returns the groups under the minimum that one of the identities
// belonged to, by what is left of each week.
func (c *change) smallGroups(ids []int32, e store.Erasure) ([]group, error) {
	// Sets of people have the number that somebody had when the day was rolled up.
	persons, erased := c.dict.persons(), roaring.New()
	for _, id := range ids {
		erased.Add(uint32(id))
		erased.Add(persons[id-1])
	}
	people := map[group]*roaring.Bitmap{}
	for _, table := range unitTables {
		err := scan(c.ctx, c.tx, `SELECT DISTINCT x.entity, date_trunc('week', x.day)::DATE - DATE '1970-01-01', x.members
			FROM `+table+` x JOIN totals_day k ON k.enterprise = x.enterprise AND k.day = x.day
			WHERE x.enterprise = ? AND x.members IS NOT NULL`, func(v []driver.Value) error {
			g := group{table, v[0].(int64), day.Day(v[1].(int64))}
			members, err := bitmapOf(v[2].([]byte))
			if err != nil {
				return err
			}
			if people[g] == nil {
				people[g] = roaring.New()
			}
			people[g].Or(members)
			return nil
		}, e.Enterprise)
		if err != nil {
			return nil, err
		}
	}
	var out []group
	for g, members := range people {
		if members.GetCardinality() < uint64(e.Minimum) && members.Intersects(erased) {
			out = append(out, g)
		}
	}
	return out, nil
}

// rewrite makes the file anew if it is marked: a database leaves what was deleted
// in blocks that it will use again some day.
func rewrite(ctx context.Context, dir string, opt Options) error {
	path := filepath.Join(dir, FileName)
	if !mark.IsSet(path) {
		return nil
	}
	fresh, err := unused(path + ".new")
	if err != nil {
		return err
	}
	if err := copyInto(ctx, path, fresh, opt); err != nil {
		return fault.New(fault.Unavailable, "the store %s has to be rewritten, because somebody was erased from it, and cannot be (%v); it takes as much room again: make some, or remove %s to go on with the bytes still in the file", path, err, mark.Name(path))
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	if err := mark.SyncDir(dir); err != nil {
		return err
	}
	return mark.Clear(path)
}

func copyInto(ctx context.Context, from, to string, opt Options) error {
	db, err := openFile(ctx, from, opt)
	if err != nil {
		return err
	}
	s := &Store{db: db}
	return errors.Join(s.Backup(ctx, to), db.Close())
}
