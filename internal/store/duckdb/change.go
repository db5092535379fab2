package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// change is a transaction that changes records.
type change struct {
	ctx      context.Context
	tx       *sql.Conn
	dict     *dictionary
	id       int32
	days     []store.DayChange
	keys     []trackKey // of days, one for one
	warnings []report.Warning
	stale    []staleMonth // what the change replaces
	slices   []day.Range  // the days of touched
	waiting  waiting
	acts     [3]bool // the actions on something that is stored, or comes
}

// change runs f in a transaction of its own. If f fails, or the caller's context ends
// before the commit, nothing has changed, also not in the dictionary.
func (s *Store) change(ctx context.Context, f func(*change) error) error {
	s.write.Lock()
	defer s.write.Unlock()
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := begin(ctx, conn); err != nil {
		return err
	}
	defer giveBack()
	dict := s.dict.Load()
	c := &change{ctx: ctx, tx: conn, dict: dict}
	err = conn.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) + 1 FROM revision`).Scan(&c.id)
	if err == nil {
		err = f(c)
	}
	if err == nil {
		err = dict.save(c)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return s.rollback(conn, err)
	}
	s.cache.pause()
	defer func() { s.cache.resume(c.stale) }()
	// Interrupted, DuckDB may have committed and say that it did not.
	if _, err := conn.ExecContext(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		return s.rollback(conn, err)
	}
	dict.mark()
	return nil
}

// scratch are the temporary tables of a change; they belong to the connection.
var scratch = []string{"touched", "changed", "claim", "moved", "remaining"}

func begin(ctx context.Context, conn *sql.Conn) error {
	for _, t := range scratch {
		if _, err := conn.ExecContext(ctx, "DROP TABLE IF EXISTS temp."+t); err != nil {
			return err
		}
	}
	_, err := conn.ExecContext(ctx, "BEGIN")
	return err
}

// rollback undoes the transaction and forgets the numbers that it gave out. It
// runs also when the caller's context has ended.
func (s *Store) rollback(conn *sql.Conn, cause error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, stmt := range []string{"ROLLBACK", keepOrder} {
		if _, err := conn.ExecContext(ctx, stmt); err != nil {
			cause = errors.Join(cause, fmt.Errorf("roll back: %w", err))
		}
	}
	dict, err := loadLinked(ctx, conn)
	if err != nil {
		return errors.Join(cause, err)
	}
	s.dict.Store(dict)
	return cause
}

func (c *change) exec(query string, args ...any) error {
	if _, err := c.tx.ExecContext(c.ctx, query, args...); err != nil {
		return fmt.Errorf("%w (in %.60q)", err, query)
	}
	return nil
}

func (c *change) warn(format string, args ...any) {
	c.warnings = append(c.warnings, report.Warning{Reason: fmt.Sprintf(format, args...)})
}

// revision records the change in every touched enterprise's history.
func (c *change) revision(action, origin string, at time.Time, refused int) error {
	err := c.exec(`INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?)`, c.id, at.UnixMicro(), action, origin, len(c.warnings), refused)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, d := range c.days {
		rows = append(rows, []any{c.id, d.Enterprise, d.Source, kindNumber(d.Kind), d.Tool, d.Day.Time(), d.Skipped,
			d.Before.Records, d.Before.LocAdded, d.Before.LocDeleted, d.After.Records, d.After.LocAdded, d.After.LocDeleted})
	}
	return c.append("revision_day", rows)
}

func kindNumber(name string) uint8 {
	for k := report.UnknownKind; k <= report.Seat; k++ {
		if k.String() == name {
			return uint8(k)
		}
	}
	return 0
}
