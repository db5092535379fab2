package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/mark"
	"codegauge/internal/store"

	driver "github.com/duckdb/duckdb-go/v2"
)

// Erase implements store.Eraser.
func (s *Store) Erase(ctx context.Context, e store.Erasure) (store.Removed, error) {
	if e.Preview {
		return countOf(ctx, s.db, s.dict.Load().numbers(e.Enterprise, e.Identities))
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
		return c.erase(ids, e.At)
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
func (c *change) erase(ids []int32, at time.Time) error {
	list := numbers(ids)
	err := c.touchRows(`SELECT stream, 1 AS kind, day FROM user_day WHERE "user" IN (` + list + `)
		UNION ALL SELECT stream, 3, day FROM member WHERE "user" IN (` + list + `)`)
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
	if len(c.days) == 0 {
		return nil // they left records only in totals, or none
	}
	if err := c.finish(); err != nil {
		return err
	}
	for i := range c.days {
		c.days[i].Before = c.days[i].After
	}
	return c.revision("erase", "one person", at, 0)
}

// rewrite makes the file anew if it is marked: a database leaves what was deleted
// in blocks that it will use again some day.
func rewrite(ctx context.Context, dir string, opt Options) error {
	path := filepath.Join(dir, FileName)
	if !mark.IsSet(path) {
		return nil
	}
	fresh := path + ".new"
	for _, left := range []string{fresh, fresh + ".wal"} {
		if err := os.Remove(left); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := copyInto(ctx, path+"?"+settings(dir, opt), fresh); err != nil {
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

func copyInto(ctx context.Context, dsn, path string) error {
	connector, err := driver.NewConnector(dsn, nil)
	if err != nil {
		return err
	}
	s := &Store{db: sql.OpenDB(connector)}
	return errors.Join(s.Backup(ctx, path), s.db.Close())
}
