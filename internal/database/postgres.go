package database

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"codegauge/internal/fault"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// postgres is PostgreSQL 15 or later.
type postgres struct {
	// sessions has room for as many sessions as may hold or wait for locks: the
	// other connections are for what is done under the locks.
	sessions chan struct{}
}

// ServerOptions are how a PostgreSQL server is used.
type ServerOptions struct {
	// PasswordFile holds the password; it is read again for every connection, so
	// that a password can change while the program runs.
	PasswordFile string
	// Connections is how many are opened at most, 4 at least; 0 is 4 a processor, 8
	// at least.
	Connections int
}

const (
	oldestServer     = 15
	leastConnections = 4
	// cutOff is how long a connection may be silent, though an answer or an
	// acknowledgement is due, before it counts as cut off: at this end by
	// TCP_USER_TIMEOUT, and at the server's, which frees the locks of who is gone.
	cutOff = 4 * time.Second
	// prompt is how long a server may take for the few rows that a request begins with, so
	// that a page says within five seconds that it has no database.
	prompt = 3 * time.Second
	// localTimeout is both for a server on this machine.
	localTimeout = 30 * time.Second
	// statementTimeout ends statements that take longer than any of ours should.
	statementTimeout = 5 * time.Minute
	// idleTimeout ends transactions whose owner has stopped asking. It is written as
	// the server gives it back.
	idleTimeout = "5min"
)

// settings of every session. Poolers do not pass them on.
var settings = map[string]string{
	"application_name":                    "codegauge",
	"tcp_keepalives_idle":                 "5",
	"tcp_keepalives_interval":             "2",
	"tcp_keepalives_count":                "2",
	"tcp_user_timeout":                    fmt.Sprint(2 * cutOff.Milliseconds()),
	"statement_timeout":                   fmt.Sprint(statementTimeout.Milliseconds()),
	"idle_in_transaction_session_timeout": idleTimeout,
	"timezone":                            "UTC",
}

// OpenURL opens the database that a URL names, in any of libpq's forms.
func OpenURL(ctx context.Context, url string, opt ServerOptions) (*DB, error) {
	n := opt.Connections
	if n == 0 {
		n = max(8, 4*runtime.GOMAXPROCS(0))
	}
	if n < leastConnections {
		return nil, fault.New(fault.Invalid, "%d database connections are too few: at least %d are needed", n, leastConnections)
	}
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fault.New(fault.Invalid, "not a valid PostgreSQL URL: %v", withoutPassword(err))
	}
	for name, value := range settings {
		if _, set := cfg.RuntimeParams[name]; !set {
			cfg.RuntimeParams[name] = value
		}
	}
	cfg.RuntimeParams["idle_in_transaction_session_timeout"] = idleTimeout
	// The others do not ask the server for the types of values, and those that they would take
	// for Go's are left out of the program by the build tag nopgxregisterdefaulttypes.
	if mode := cfg.DefaultQueryExecMode; mode == pgx.QueryExecModeExec || mode == pgx.QueryExecModeSimpleProtocol {
		cfg.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	}
	promptly := prompt
	cfg.ConnectTimeout = min(cutOff, cmp.Or(cfg.ConnectTimeout, cutOff))
	if n := len(hosts(cfg)); n > 1 {
		// Of several servers the primary is meant. All are tried, the last one too while
		// a request still waits.
		cfg.ConnectTimeout = min(cfg.ConnectTimeout, prompt*9/10/time.Duration(n))
		if cfg.ValidateConnect == nil {
			cfg.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
		}
	}
	if strings.HasPrefix(cfg.Host, "/") { // a Unix socket: this machine is slow, but no network is cut
		cfg.ConnectTimeout, promptly = localTimeout, localTimeout
	}
	dialer := net.Dialer{Timeout: cfg.ConnectTimeout, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 2}}
	cfg.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if tcp, ok := conn.(*net.TCPConn); ok && err == nil {
			if raw, rawErr := tcp.SyscallConn(); rawErr == nil {
				_ = raw.Control(func(fd uintptr) { setUserTimeout(fd, cutOff) })
			}
		}
		return conn, err
	}
	readPassword := func(_ context.Context, c *pgx.ConnConfig) error {
		if opt.PasswordFile != "" {
			b, err := os.ReadFile(opt.PasswordFile)
			if err != nil {
				return fault.New(fault.Unavailable, "cannot read the database password: %v", err)
			}
			c.Password = strings.TrimRight(string(b), "\r\n")
			return nil
		}
		fresh, err := pgx.ParseConfig(url) // reads PGPASSFILE
		if err == nil {
			c.Password = fresh.Password
		}
		return err
	}
	pool := stdlib.OpenDB(*cfg, stdlib.OptionBeforeConnect(readPassword), stdlib.OptionAfterConnect(lendBytes))
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	d := &DB{dialect: postgres{sessions: make(chan struct{}, n/2)}, pool: pool, name: describe(cfg), promptly: promptly}
	if err := d.checkServer(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return d, nil
}

// lendBytes has a session lend the bytes of a column until the next row, instead of copying
// them: database/sql copies what is kept, but for an sql.RawBytes.
func lendBytes(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{Name: "bytea", OID: pgtype.ByteaOID, Codec: lender{}})
	return nil
}

type lender struct{ pgtype.ByteaCodec }

// PlanScan implements pgtype.Codec.
func (l lender) PlanScan(m *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	if _, ok := target.(*[]byte); ok && format == pgtype.BinaryFormatCode {
		return l
	}
	return l.ByteaCodec.PlanScan(m, oid, format, target)
}

// Scan implements pgtype.ScanPlan.
func (lender) Scan(from []byte, target any) error {
	*target.(*[]byte) = from
	return nil
}

// describe names a server's database without its password.
func describe(cfg *pgx.ConnConfig) string {
	return fmt.Sprintf("postgres://%s@%s/%s", cfg.User, strings.Join(hosts(cfg), ","), cfg.Database)
}

// hosts lists the servers that are tried, with their ports.
func hosts(cfg *pgx.ConnConfig) []string {
	out := []string{net.JoinHostPort(cfg.Host, fmt.Sprint(cfg.Port))}
	for _, f := range cfg.Fallbacks { // which also has ways of encrypting one server's connection
		if host := net.JoinHostPort(f.Host, fmt.Sprint(f.Port)); !slices.Contains(out, host) {
			out = append(out, host)
		}
	}
	return out
}

// withoutPassword returns a parser's error, which leaves passwords out but not
// those that it takes for a part of the host.
func withoutPassword(err error) error {
	var e *pgconn.ParseConfigError
	if errors.As(err, &e) && errors.Unwrap(e) != nil {
		return errors.Unwrap(e)
	}
	return errors.New("it cannot be read")
}

// checkServer refuses servers that are too old, and poolers: locks are held by sessions.
func (d *DB) checkServer(ctx context.Context) error {
	var version int
	var idle string
	var schema bool
	err := d.pool.QueryRowContext(ctx, `
		SELECT current_setting('server_version_num')::int, current_setting('idle_in_transaction_session_timeout'), current_schema() IS NOT NULL`).
		Scan(&version, &idle, &schema)
	if err != nil {
		return d.Explain("open", err)
	}
	if err := d.refuse(version/10000, idle); err != nil {
		return err
	}
	if !schema {
		return fault.New(fault.Unavailable, "the database %s has no usable schema: create the one that search_path names", d.name)
	}
	return nil
}

// refuse refuses a server by its version and by how it answers what the session's
// idle_in_transaction_session_timeout is.
func (d *DB) refuse(version int, idle string) error {
	if version < oldestServer {
		return fault.New(fault.Unsupported, "%s runs PostgreSQL %d, but version %d or later is required", d.name, version, oldestServer)
	}
	if idle != idleTimeout {
		return pooled(d)
	}
	return nil
}

func pooled(d *DB) error {
	return fault.New(fault.Unsupported, "%s is reached through a connection pooler such as PgBouncer, which does not keep session settings and locks: connect to the server directly", d.name)
}

func (postgres) embedded() bool { return false }
func (postgres) numbered() bool { return true }

func (postgres) begin(ctx context.Context, t *Tx) error {
	how := "BEGIN; " + selectOldest // in one round trip
	switch {
	case t.reads:
		how = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	case t.db.admitted.Load() == 0:
		how = "BEGIN"
	}
	return t.conn.Raw(func(c any) error {
		conn := c.(*stdlib.Conn).Conn().PgConn()
		results, err := conn.Exec(ctx, how).ReadAll()
		if err != nil || len(results) < 2 {
			return err
		}
		oldest, err := strconv.ParseInt(string(results[1].Rows[0][0]), 10, 64)
		if err != nil {
			return err
		}
		if err := t.db.mayUse(oldest); err != nil {
			_, failed := conn.Exec(ctx, "ROLLBACK").ReadAll()
			return errors.Join(err, failed)
		}
		return nil
	})
}

func (postgres) beginWrite(context.Context, *DB) (func(), error) { return func() {}, nil }

func (postgres) insert(ctx context.Context, t *Tx, table string, columns []string, rows [][]any) error {
	return t.conn.Raw(func(c any) error {
		_, err := c.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
		return err
	})
}

// lock takes the locks in order by one session. Those who wait for the same lock in
// this process do so before they have a session.
func (p postgres) lock(ctx context.Context, d *DB, kind int32, keys []int64) (*Lock, error) {
	l, err := d.lockHere(ctx, kind, keys)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 { // its session comes with the first key
		return l, nil
	}
	if err := p.holdSession(ctx, l); err != nil {
		l.Unlock()
		return nil, err
	}
	for _, key := range slices.Compact(slices.Sorted(slices.Values(keys))) {
		if err := l.wait(ctx, kind, key); err != nil {
			l.Unlock()
			return nil, fmt.Errorf("wait for a lock: %w", err)
		}
	}
	return l, nil
}

func (p postgres) extend(ctx context.Context, l *Lock, kind int32, key int64) error {
	if l.conn == nil {
		if err := p.holdSession(ctx, l); err != nil {
			return err
		}
	}
	if err := l.wait(ctx, kind, key); err != nil {
		return fmt.Errorf("wait for a lock: %w", err)
	}
	return nil
}

func (p postgres) tryLock(ctx context.Context, d *DB, kind int32, key int64) (*Lock, error) {
	l := d.tryLockHere(kind, key)
	if l == nil {
		return nil, nil
	}
	if err := p.holdSession(ctx, l); err != nil {
		l.Unlock()
		return nil, err
	}
	ok, err := l.try(ctx, kind, key)
	if err != nil || !ok {
		l.Unlock()
		return nil, err
	}
	return l, nil
}

// holdSession gives the lock a session until it is given back.
func (p postgres) holdSession(ctx context.Context, l *Lock) error {
	select {
	case p.sessions <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("wait for a lock: %w", ctx.Err())
	}
	l.release = append(l.release, func() { <-p.sessions })
	conn, err := l.db.conn(ctx)
	if err != nil {
		return err
	}
	l.conn = conn
	l.release = append(l.release, func() {
		after, cancel := context.WithTimeout(context.Background(), cutOff)
		defer cancel()
		if _, err := conn.ExecContext(after, `SELECT pg_advisory_unlock_all()`); err != nil {
			discard(conn)
		}
		conn.Close()
	})
	return nil
}

// lockPause is how long to wait before asking for a lock again: a statement that
// waits at the server would be ended by statement_timeout, and keeps it from
// removing old rows.
const lockPause = 100 * time.Millisecond

// wait asks for the lock of a key until the session has it.
func (l *Lock) wait(ctx context.Context, kind int32, key int64) error {
	for {
		ok, err := l.try(ctx, kind, key)
		if ok || err != nil {
			return err
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// try asks for the lock of a key, of which PostgreSQL takes 32 bits. The kind is
// another one in every schema: a database may hold several of ours. Asking does not
// wait and is never cancelled: cancelling ends the session, whose locks the server
// then frees at some later moment instead of at Unlock.
func (l *Lock) try(ctx context.Context, kind int32, key int64) (ok bool, err error) {
	err = l.conn.QueryRowContext(context.WithoutCancel(ctx), `SELECT pg_try_advisory_lock($1 # hashtext(current_schema()), $2)`, kind, int32(key)).Scan(&ok)
	return ok, err
}

func (d *DB) standby() error {
	return fault.New(fault.Unavailable, "the database %s is read-only: connect to the primary server", d.name)
}

// writable asks whether the server is a standby, or lets this role only read. Whether its
// disk is full only a write can tell.
func (postgres) writable(ctx context.Context, d *DB) error {
	var reads bool
	err := d.QueryRowContext(ctx, `SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean`).Scan(&reads)
	if err == nil && reads {
		err = d.standby()
	}
	return err
}

func (postgres) unwritable(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && slices.Contains([]string{"53100", "58030", "25006"}, e.Code)
}

func (postgres) fault(d *DB, err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch {
		case strings.Contains(e.Message, "unsupported startup parameter"): // PgBouncer's words
			return pooled(d)
		case e.Code == "28P01" || e.Code == "28000":
			return fault.New(fault.Unavailable, "the database %s rejected the login: %s", d.name, e.Message)
		case e.Code == "3D000":
			return fault.New(fault.Unavailable, "the database %s does not exist: %s", d.name, e.Message)
		case e.Code == "42501":
			return fault.New(fault.Unavailable, "the database %s denied permission: %s", d.name, e.Message)
		case e.Code == "25006":
			return d.standby()
		case e.Code == "53100":
			return fault.New(fault.Unavailable, "cannot write to the database %s: its disk is full", d.name)
		case e.Code == "58030":
			return fault.New(fault.Unavailable, "cannot write to the database %s: %s", d.name, e.Message)
		case e.Code == "XX001" || e.Code == "XX002":
			return fault.New(fault.Conflict, "the database %s is damaged (%s): restore it from a backup", d.name, e.Message)
		case strings.HasPrefix(e.Code, "57P") || strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "53"):
			return d.unreachable(e.Message)
		}
		return nil
	}
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return nil
	case errors.As(err, &connect):
		return d.unreachable(err.Error())
	case errors.Is(err, context.DeadlineExceeded):
		return nil
	case errors.Is(err, sql.ErrConnDone) || strings.Contains(err.Error(), "conn closed"): // pgx's words where it sends several statements
		return d.unreachable("the connection was lost")
	case errors.As(err, &network) || pgconn.SafeToRetry(err) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn):
		return d.unreachable(err.Error())
	}
	return nil
}

func (d *DB) unreachable(why string) error {
	return fault.New(fault.Unavailable, "the database %s cannot be reached: %s", d.name, why)
}

func (postgres) ours(ctx context.Context, d *DB) error {
	var tables, migrated int
	err := d.QueryRowContext(ctx, `
		SELECT count(*), coalesce(sum(CASE WHEN table_name = ? THEN 1 ELSE 0 END), 0)
		FROM   information_schema.tables
		WHERE  table_schema = current_schema()`, migrationTable).Scan(&tables, &migrated)
	if err != nil {
		return err
	}
	if tables > 0 && migrated == 0 {
		return fault.New(fault.Conflict, "the schema of %s contains tables of another program: use a separate schema", d.name)
	}
	return nil
}

func (postgres) hasTable(ctx context.Context, d *DB, name string) (there bool, err error) {
	err = d.QueryRowContext(ctx, `SELECT to_regclass(quote_ident(current_schema()) || '.' || ?) IS NOT NULL`, name).Scan(&there)
	return there, err
}

func (postgres) goose() goose.Dialect { return goose.DialectPostgres }

const (
	// tableWait is how long a migration waits for a table that somebody reads: as long
	// as it does, everybody else who wants the table waits behind it.
	tableWait = time.Second
	// tablePause is how long it then lets the others go first, and tablePatience after
	// which time it gives up.
	tablePause    = time.Second
	tablePatience = 10 * time.Minute
)

// upgrade runs the migrations beside servers that are running: one that finds a table in
// use lets go of everything and is begun again a little later.
func (postgres) upgrade(ctx context.Context, d *DB) error {
	for began := time.Now(); ; {
		err := d.runMigrations(ctx, goose.WithSessionLocker(migrating{}))
		if err == nil {
			err = d.storeAsIs(ctx)
		}
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != "55P03" { // lock_not_available
			return err
		}
		if time.Since(began) > tablePatience {
			return fault.New(fault.Unavailable, "the database %s is in use by something that takes long, such as an export or codegauge verify: migrate again once it has ended", d.name)
		}
		select {
		case <-time.After(tablePause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// storeAsIs has the server store bodies as they are, since compressing makes none of them
// shorter, and keep next to no samples of them in its statistics: they took 150 KB, which each
// session read before it first planned a statement about units.
func (d *DB) storeAsIs(ctx context.Context) error {
	return d.Update(ctx, func(ctx context.Context, tx *Tx) error {
		statements := fmt.Sprintf(`SET LOCAL lock_timeout = %d`, tableWait.Milliseconds())
		for _, of := range [][2]string{{"block", "totals"}, {"block", "facts"}, {"block", "rest"}, {"unit", "body"}, {"people_sets", "body"}, {"week_sum", "body"}} {
			statements += fmt.Sprintf(`; ALTER TABLE %[1]s ALTER %[2]s SET STORAGE EXTERNAL, ALTER %[2]s SET STATISTICS 1`, of[0], of[1])
		}
		_, err := tx.ExecContext(ctx, statements)
		return err
	})
}

// migrating sets up the session by which migrations run: they may take long, but must
// not wait long.
type migrating struct{}

func (migrating) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, fmt.Sprintf(`SET lock_timeout = %d; SET statement_timeout = 0`, tableWait.Milliseconds()))
	return err
}

func (migrating) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `RESET lock_timeout; RESET statement_timeout`)
	return err
}

// check has nothing to do: PostgreSQL checks its pages as it reads them.
func (postgres) check(context.Context, *DB) ([]string, error) { return nil, nil }

func (postgres) close(d *DB) error { return d.pool.Close() }
