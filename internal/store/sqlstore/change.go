package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// change is what changes the data of enterprises, which it has locked. What it
// writes has its revision's number and counts when commit says so.
type change struct {
	store *Store
	lock  *database.Lock
	id    int64
	// dry says that nothing is written.
	dry         bool
	enterprises map[int64]*enterpriseChange
	warnings    []report.Warning
}

// enterpriseChange is a change's part of one enterprise.
type enterpriseChange struct {
	*change
	enterprise int64
	// current is the revision before.
	current  int64
	words    *numbering
	accounts *numberAccounts
	days     []store.DayChange
	// touched are the days whose rows were written, months those whose rollups were.
	touched map[day.Day]bool
	months  map[day.Day]bool
	// weeks are those, by their Mondays, of which units were written.
	weeks   map[day.Day]bool
	pending batch
	began   bool
	// purge is what happens to the rows that are replaced, and of which accounts.
	purge                       purge
	purgeAccounts, purgeStreams []int32

	// concerned says that what is kept of the past changes, even if no day does.
	concernedMu sync.Mutex
	concerned   bool

	belongingOnce sync.Once
	belonging     []belonging
	belongingErr  error

	// persons are the accounts as days are prepared with them.
	personsOnce sync.Once
	persons     accountsByPerson

	aggregateOnlyOnce sync.Once
	aggregateDays     map[day.Day]bool
	aggregateOnlyErr  error
}

// purge says what happens to rows of report days and blocks that a change replaces.
type purge int

const (
	// The zero purge keeps them, so that an import can be undone.
	_ purge = iota
	// purgeReplaced removes all of them.
	purgeReplaced
	// purgeAccounts removes the rows of some accounts from them.
	purgeAccounts
)

// errDry ends a change that wrote nothing.
var errDry = errors.New("nothing is to be kept")

// change runs f with the enterprises locked, and commits what it wrote. If f
// fails, or the context ends before the commit, nothing has changed.
func (s *Store) change(ctx context.Context, dry bool, enterprises []int64, f func(*change) error) error {
	lock, err := s.db.Lock(ctx, database.EnterpriseData, enterprises...)
	if err != nil {
		return s.explain("lock data", err)
	}
	defer lock.Unlock()
	c := &change{store: s, lock: lock, dry: dry, enterprises: map[int64]*enterpriseChange{}}
	for _, e := range enterprises {
		if _, err := c.of(ctx, e, true); err != nil {
			return err
		}
	}
	if err := f(c); err != nil {
		c.forget()
		return err
	}
	return nil
}

// How long an import waits for the first of its enterprises, and for each other.
const (
	firstLockWithin = time.Minute
	nextLockWithin  = 5 * time.Second
)

// of returns the change's part of an enterprise, which it locks.
func (c *change) of(ctx context.Context, enterprise int64, locked bool) (*enterpriseChange, error) {
	if e := c.enterprises[enterprise]; e != nil {
		return e, nil
	}
	if !locked {
		limit := nextLockWithin
		if len(c.enterprises) == 0 {
			limit = firstLockWithin
		}
		within, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		if err := c.lock.Extend(within, database.EnterpriseData, enterprise); err != nil {
			return nil, c.store.explain("lock data", err)
		}
	}
	e := &enterpriseChange{change: c, enterprise: enterprise, touched: map[day.Day]bool{}, months: map[day.Day]bool{}, weeks: map[day.Day]bool{}}
	if err := e.open(ctx); err != nil {
		return nil, c.store.explain("read data", err)
	}
	c.enterprises[enterprise] = e
	return e, nil
}

// open reads what the change needs to know, and removes what an earlier one left.
func (e *enterpriseChange) open(ctx context.Context) error {
	s := e.store
	if err := e.tidy(ctx); err != nil {
		return err
	}
	var err error
	if e.current, err = revisionOf(ctx, s.db, e.enterprise); err != nil {
		return err
	}
	words, err := s.words(ctx, s.db, e.enterprise, latest)
	if err != nil {
		return err
	}
	e.words = newNumbering(words)
	state := s.of(e.enterprise)
	known := state.writer
	state.writer = nil // unless all of it is read
	if known == nil {
		known, err = readAccounts(ctx, s.db, e.enterprise, e.current)
	} else {
		err = known.refresh(ctx, s.db, e.enterprise, e.current)
	}
	if err != nil {
		return err
	}
	state.writer = known
	e.accounts = known.numbering()
	return nil
}

// forget drops what was numbered and not committed.
func (c *change) forget() {
	for id := range c.enterprises {
		c.store.of(id).writer = nil
	}
}

// number gives the change its number, which is its revision.
func (c *change) number(ctx context.Context) error {
	if c.id != 0 || c.dry {
		return nil
	}
	return c.lock.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE sequence SET next = next + 1 WHERE name = 'revision'`); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT next - 1 FROM sequence WHERE name = 'revision'`).Scan(&c.id)
	})
}

// begin notes that days are written, so that they are removed if the change does not
// come to its end, and writes the words that it numbered.
func (e *enterpriseChange) begin(ctx context.Context, days day.Range) error {
	if e.dry || e.began {
		return nil
	}
	if err := e.number(ctx); err != nil {
		return err
	}
	e.began = true
	return e.lock.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
		err := tx.Insert(ctx, "writing", []string{"enterprise", "revision", "committed", "first_day", "last_day", "purge", "accounts", "streams"},
			[][]any{{e.enterprise, e.id, false, int(days.From), int(days.To), int(e.purge), encodeNumbers(e.purgeAccounts), encodeNumbers(e.purgeStreams)}})
		if err == nil {
			err = e.words.save(ctx, tx)
		}
		return err
	})
}

// batch are rows that wait to be written together.
type batch struct {
	rows  map[string][][]any
	bytes int
}

// batchBytes is how much is written in one transaction: some hundredths of a
// second, in which nobody else can write to an embedded database.
const batchBytes = 4 << 20

var columnsOf = map[string][]string{
	"report_day":  {"enterprise", "day", "kind", "stream", "revision", "layers", "refused", "records", "reduced", "know_added", "know_deleted", "loc_added", "loc_deleted"},
	"block":       {"enterprise", "day", "bucket", "kind", "stream", "revision", "totals", "facts", "rest"},
	"unit":        {"enterprise", "level", "entity", "day", "tool", "origin", "revision", "organization", "preferred", "body"},
	"people_sets": {"enterprise", "set_group", "day", "tool", "revision", "body"},
}

// write adds rows to a table, now or a little later.
func (e *enterpriseChange) write(ctx context.Context, rows map[string][][]any) error {
	if e.dry {
		return nil
	}
	if e.pending.rows == nil {
		e.pending.rows = map[string][][]any{}
	}
	for _, row := range rows["unit"] {
		e.weeks[day.Day(row[slices.Index(columnsOf["unit"], "day")].(int)).Week()] = true
	}
	for table, list := range rows {
		e.pending.rows[table] = append(e.pending.rows[table], list...)
		for _, row := range list {
			e.pending.bytes += 100
			for _, v := range row {
				if b, ok := v.([]byte); ok {
					e.pending.bytes += len(b)
				}
			}
		}
	}
	if e.pending.bytes < batchBytes {
		return nil
	}
	return e.flush(ctx)
}

func (e *enterpriseChange) flush(ctx context.Context) error {
	if len(e.pending.rows) == 0 {
		return nil
	}
	rows := e.pending.rows
	e.pending = batch{}
	return e.lock.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
		for _, table := range slices.Sorted(maps.Keys(rows)) {
			if err := tx.Insert(ctx, table, columnsOf[table], rows[table]); err != nil {
				return err
			}
		}
		return nil
	})
}

// commitment is what a change does besides in the transaction that makes it current.
type commitment struct {
	action, origin string
	at             time.Time
	refused        int
	// unrecorded says that the history does not list it.
	unrecorded bool
	// retained says that records went and nothing that they added up to.
	retained bool
	// also is done in the transaction.
	also func(ctx context.Context, tx *database.Tx) error
}

// commit makes current what was written of all enterprises.
func (c *change) commit(ctx context.Context, m commitment) error {
	for _, e := range c.enterprises {
		if err := e.flush(ctx); err != nil {
			return err
		}
	}
	if err := c.number(ctx); err != nil {
		return err
	}
	err := c.lock.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
		if m.also != nil {
			if err := m.also(ctx, tx); err != nil {
				return err
			}
		}
		for _, e := range c.enterprises {
			if err := e.makeCurrent(ctx, tx, m); err != nil {
				return fmt.Errorf("make revision %d current: %w", c.id, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	// The change is made: what follows is done by the next one if it fails.
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	for _, e := range c.enterprises {
		e.accounts.revision = c.id
		_ = e.tidy(after)
	}
	return nil
}

func (e *enterpriseChange) makeCurrent(ctx context.Context, tx *database.Tx, m commitment) error {
	if err := e.accounts.save(ctx, tx, e.enterprise, e.id); err != nil {
		return err
	}
	var days, months [][]any
	if e.purge != 0 {
		if err := e.forgetShown(ctx, tx, m.retained); err != nil {
			return err
		}
	}
	for _, d := range e.days {
		days = append(days, []any{e.enterprise, e.id, int(d.Day), int(kindOf(d.Kind)), d.Source, []byte(d.Tool), int(d.Data), d.Skipped,
			d.Before.Records, lines(d.Before.LocAdded), lines(d.Before.LocDeleted), d.After.Records, lines(d.After.LocAdded), lines(d.After.LocDeleted)})
	}
	for _, m := range slices.Sorted(maps.Keys(e.months)) {
		months = append(months, []any{e.enterprise, e.id, int(m)})
	}
	err := tx.Insert(ctx, "revision_day", []string{"enterprise", "revision", "day", "kind", "source", "tool", "data_kind", "skipped",
		"before_records", "before_added", "before_deleted", "after_records", "after_added", "after_deleted"}, days)
	if err == nil {
		err = tx.Insert(ctx, "changed_month", []string{"enterprise", "revision", "month"}, months)
	}
	if err == nil && len(e.weeks) > 0 {
		_, err = tx.ExecContext(ctx, `DELETE FROM week_sum WHERE enterprise = ? AND day IN (`+numbersIn(slices.Sorted(maps.Keys(e.weeks)))+`)`, e.enterprise)
	}
	if err == nil && !m.unrecorded {
		err = tx.Insert(ctx, "revision", []string{"enterprise", "id", "at", "action", "origin", "warnings", "refused"},
			[][]any{{e.enterprise, e.id, m.at.UnixMicro(), m.action, m.origin, len(e.warnings), m.refused}})
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO version (scope, revision) VALUES (?, ?) ON CONFLICT (scope) DO UPDATE SET revision = excluded.revision`, e.enterprise, e.id)
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE writing SET committed = ? WHERE enterprise = ? AND revision = ?`, true, e.enterprise, e.id)
	}
	return err
}

func (c *change) warn(format string, args ...any) {
	c.warnings = append(c.warnings, report.Warning{Reason: fmt.Sprintf(format, args...)})
}

// sortedDays returns how the days of all enterprises moved, in order.
func (c *change) sortedDays() []store.DayChange {
	var out []store.DayChange
	for _, e := range c.enterprises {
		out = append(out, e.days...)
	}
	slices.SortFunc(out, func(a, b store.DayChange) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Enterprise, b.Enterprise), cmp.Compare(a.Source, b.Source),
			cmp.Compare(kindOf(a.Kind), kindOf(b.Kind)), cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.Data, b.Data))
	})
	return out
}

// kindOf returns the kind of a name.
func kindOf(name string) report.Kind {
	for k := report.UnknownKind; k <= report.Seat; k++ {
		if k.String() == name {
			return k
		}
	}
	return report.UnknownKind
}

func micros(us int64) time.Time { return time.UnixMicro(us).UTC() }
