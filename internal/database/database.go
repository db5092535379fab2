// Package database opens the one database that holds everything, the directory
// and the data: an SQLite file, or a PostgreSQL schema. Statements are written
// once, with ? for values; what differs between the engines is in a dialect.
//
// A transaction that is carried by a context (Update passes one to what it runs)
// is joined by every Update and View with that context: what several packages
// change is then committed as one.
package database

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"codegauge/internal/fault"
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	dialect dialect
	// pool is replaced once a database that was opened for reading can be written to.
	poolMu sync.RWMutex
	pool   *sql.DB
	// reads says that the embedded database was opened for reading only; former are the
	// connections for that, while they end.
	reads  atomic.Bool
	former *sql.DB
	// failed is why the last write failed, nil if it did not.
	failed atomic.Pointer[failure]
	// name is the file, or the URL without its password, for messages.
	name  string
	locks fairLocks // within this process
	// admitted is the form that this program knows, once it was found to be one that
	// may use the database; 0 before.
	admitted atomic.Int64
	// promptly is how long Promptly waits; 0 is as long as it takes.
	promptly time.Duration

	recentMu sync.Mutex
	recent   []int64 // scopes whose versions were asked for last
}

// Querier runs statements: a DB each by itself, a Tx in its transaction.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Name returns the database's file, or its URL without the password.
func (d *DB) Name() string { return d.name }

// Embedded reports whether the database is a file of this machine that one
// process has.
func (d *DB) Embedded() bool { return d.dialect.embedded() }

// Close waits for writes and closes the database.
func (d *DB) Close() error { return d.dialect.close(d) }

// Ping reports whether the database answers, and whether this program may still use it.
func (d *DB) Ping(ctx context.Context) error {
	oldest, query := int64(0), `SELECT 0`
	if d.admitted.Load() > 0 {
		query = selectOldest
	}
	err := d.QueryRowContext(ctx, query).Scan(&oldest)
	if err == nil {
		err = d.mayUse(oldest)
	}
	return d.Explain("ping", err)
}

// Check looks the whole database over and returns what is damaged.
func (d *DB) Check(ctx context.Context) ([]string, error) {
	found, err := d.dialect.check(ctx, d)
	return found, d.Explain("check", err)
}

// Promptly runs f, which reads a few rows by their keys and does so again with no harm. It
// gives up on a server that can be reached but does not answer. What every request
// begins with is read by it.
func (d *DB) Promptly(ctx context.Context, f func(context.Context) error) error {
	if d.promptly == 0 || d.joined(ctx) != nil {
		return f(ctx)
	}
	within, cancel := context.WithTimeout(ctx, d.promptly)
	defer cancel()
	err := f(within)
	if err != nil && ctx.Err() == nil && within.Err() != nil {
		return d.unreachable("it does not answer")
	}
	return err
}

// QueryContext implements Querier, in the context's transaction if there is one.
func (d *DB) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if tx := d.joined(ctx); tx != nil {
		return tx.QueryContext(ctx, query, args...) //nolint:sqlclosecheck // whoever asked closes them
	}
	d.poolMu.RLock()
	defer d.poolMu.RUnlock()
	return d.pool.QueryContext(ctx, d.bind(query), args...) //nolint:sqlclosecheck // whoever asked closes them
}

// QueryRowContext implements Querier.
func (d *DB) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if tx := d.joined(ctx); tx != nil {
		return tx.QueryRowContext(ctx, query, args...)
	}
	d.poolMu.RLock()
	defer d.poolMu.RUnlock()
	return d.pool.QueryRowContext(ctx, d.bind(query), args...)
}

// ExecContext implements Querier.
func (d *DB) ExecContext(ctx context.Context, query string, args ...any) (res sql.Result, err error) {
	err = d.Update(ctx, func(ctx context.Context, tx *Tx) error {
		res, err = tx.ExecContext(ctx, query, args...)
		return err
	})
	return res, err
}

// conn takes a connection out of the pool.
func (d *DB) conn(ctx context.Context) (*sql.Conn, error) {
	d.poolMu.RLock()
	defer d.poolMu.RUnlock()
	return d.pool.Conn(ctx)
}

// Tx is a transaction.
type Tx struct {
	db       *DB
	conn     *sql.Conn
	reads    bool // a View's
	scrub    bool // Scrub is due after its end
	prepared map[string]*sql.Stmt
}

// errReads says that a View was to write: the program is wrong.
var errReads = errors.New("a transaction that reads cannot write")

// QueryContext implements Querier.
func (t *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.conn.QueryContext(ctx, t.db.bind(query), args...)
}

// QueryRowContext implements Querier.
func (t *Tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return t.conn.QueryRowContext(ctx, t.db.bind(query), args...)
}

// ExecContext implements Querier.
func (t *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if t.reads {
		return nil, errReads
	}
	return t.conn.ExecContext(ctx, t.db.bind(query), args...)
}

// Insert adds rows to a table; each has a value for every column.
func (t *Tx) Insert(ctx context.Context, table string, columns []string, rows [][]any) error {
	if t.reads {
		return errReads
	}
	if len(rows) == 0 {
		return nil
	}
	if err := t.db.dialect.insert(ctx, t, table, columns, rows); err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	return nil
}

// prepare returns a prepared statement of the transaction.
func (t *Tx) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := t.prepared[query]; s != nil {
		return s, nil
	}
	s, err := t.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if t.prepared == nil {
		t.prepared = map[string]*sql.Stmt{}
	}
	t.prepared[query] = s
	return s, nil
}

type txKey struct{}

// joined returns the context's transaction in this database.
func (d *DB) joined(ctx context.Context) *Tx {
	if tx, ok := ctx.Value(txKey{}).(*Tx); ok && tx.db == d {
		return tx
	}
	return nil
}

// Update runs f in a transaction that writes, which is committed if f returns nil.
// In a context that carries a transaction f joins that one.
func (d *DB) Update(ctx context.Context, f func(context.Context, *Tx) error) error {
	if tx := d.joined(ctx); tx != nil {
		if tx.reads {
			return errReads
		}
		return f(ctx, tx)
	}
	scrub, err := d.write(ctx, f)
	if err == nil && scrub {
		_, err = d.Scrub(context.WithoutCancel(ctx))
	}
	return err
}

// write runs f in a transaction when it is this process's turn to write, and
// returns whether Scrub is due.
func (d *DB) write(ctx context.Context, f func(context.Context, *Tx) error) (scrub bool, err error) {
	unlock, err := d.dialect.beginWrite(ctx, d)
	if err != nil {
		return false, err
	}
	defer unlock()
	conn, err := d.conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	tx := &Tx{db: d, conn: conn}
	err = d.run(ctx, tx, f)
	d.note(err)
	return tx.scrub, err
}

// InTransaction reports whether the context carries a transaction of the database.
func (d *DB) InTransaction(ctx context.Context) bool { return d.joined(ctx) != nil }

// View runs f in a transaction that reads one state of the database.
func (d *DB) View(ctx context.Context, f func(context.Context, *Tx) error) error {
	if tx := d.joined(ctx); tx != nil {
		return f(ctx, tx)
	}
	conn, err := d.conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return d.run(ctx, &Tx{db: d, conn: conn, reads: true}, f)
}

// endWithin bounds how long a transaction's end may take once its context is over.
const endWithin = 30 * time.Second

// run runs f in a transaction on the connection of tx.
func (d *DB) run(ctx context.Context, tx *Tx, f func(context.Context, *Tx) error) error {
	if err := tx.begin(ctx); err != nil {
		return err
	}
	ended := false
	defer func() {
		if !ended { // f panicked, or ended its goroutine
			_ = tx.end(ctx, "ROLLBACK")
		}
	}()
	err := f(context.WithValue(ctx, txKey{}, tx), tx)
	if err == nil {
		err = ctx.Err()
	}
	ended = true
	if err != nil {
		_ = tx.end(ctx, "ROLLBACK")
		return because(ctx, err)
	}
	if err := tx.end(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if !tx.reads {
		lookAgain(ctx)
	}
	return nil
}

// begin begins a transaction.
func (t *Tx) begin(ctx context.Context) error {
	err := t.db.dialect.begin(ctx, t)
	if err == nil {
		return nil
	}
	if fault.KindOf(err) == fault.Internal { // not a refusal: it may have begun
		discard(t.conn)
	}
	return because(ctx, fmt.Errorf("begin: %w", err))
}

// end ends a transaction. An interrupted COMMIT may have happened: it is not
// interrupted when the context is over.
func (t *Tx) end(ctx context.Context, how string) error {
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	for _, s := range t.prepared {
		s.Close()
	}
	_, err := t.conn.ExecContext(after, how)
	if err != nil {
		discard(t.conn)
	}
	return err
}

// because returns an error with the end of the context that caused it: an engine
// may say no more than that it was interrupted.
func because(ctx context.Context, err error) error {
	if over := ctx.Err(); over != nil && !errors.Is(err, over) {
		return fmt.Errorf("%w: %w", err, over)
	}
	return err
}

// discard takes a connection whose state is not known out of the pool.
func discard(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
}

// bind returns a statement as the engine takes it. A ? in a text '…' is no value;
// statements have none in comments or names.
func (d *DB) bind(query string) string {
	if !d.dialect.numbered() {
		return query
	}
	var out strings.Builder
	n := 0
	quoted := false
	for _, r := range query {
		switch {
		case r == '\'':
			quoted = !quoted
			out.WriteRune(r)
		case r == '?' && !quoted:
			n++
			out.WriteByte('$')
			out.WriteString(strconv.Itoa(n))
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// Explain says in which database what was being done ("import", "read roles"), and puts
// the engine's errors that the user can do something about into words. Faults stay as
// they are.
func (d *DB) Explain(what string, err error) error {
	if err == nil || fault.KindOf(err) != fault.Internal {
		return err
	}
	if f := d.dialect.fault(d, err); f != nil {
		return f
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("database %s: %s: %w", d.name, what, err)
}

// Kept returns the bytes of a column, scanned into an sql.RawBytes, as they may be kept beyond
// their row. SQLite's driver allocates them anew for each row.
func (d *DB) Kept(b sql.RawBytes) []byte {
	if d.Embedded() {
		return b
	}
	return bytes.Clone(b)
}

// Collect returns what scan makes of every row of a query.
func Collect[T any](ctx context.Context, q Querier, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	var out []T
	err := Each(ctx, q, func(rows *sql.Rows) error {
		v, err := scan(rows)
		out = append(out, v)
		return err
	}, query, args...)
	return out, err
}

// Each calls scan for every row of a query.
func Each(ctx context.Context, q Querier, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// BeginView begins a transaction that reads one state of the database, for who reads
// over some time; end ends it.
func (d *DB) BeginView(ctx context.Context) (tx *Tx, end func(), err error) {
	if tx := d.joined(ctx); tx != nil {
		return tx, func() {}, nil
	}
	conn, err := d.conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	tx = &Tx{db: d, conn: conn, reads: true}
	if err := tx.begin(ctx); err != nil {
		conn.Close()
		return nil, nil, err
	}
	return tx, func() {
		_ = tx.end(ctx, "ROLLBACK") // it has only read
		conn.Close()
	}, nil
}
