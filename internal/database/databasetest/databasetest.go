// Package databasetest gives tests new databases of every engine.
package databasetest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"codegauge/internal/database"

	"github.com/jackc/pgx/v5"
)

// The engines.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Engines lists them.
var Engines = []string{SQLite, Postgres}

// Variable names a running cluster by the URL of its superuser: it is used
// instead of one of the process's own.
const Variable = "CODEGAUGE_TEST_POSTGRES"

// Database is a database that a test has to itself; it is gone after the test.
type Database struct {
	// URL names a PostgreSQL database, Path an SQLite file; the other is empty.
	URL, Path string
	// cluster is the URL of the cluster that has it, and name its name there.
	cluster, name string
	made          bool
}

// Each runs a test on every engine. open opens the test's one database, which is
// migrated: called again it is opened once more, as another replica would.
func Each(t *testing.T, f func(t *testing.T, open func(testing.TB) *database.DB)) {
	for _, engine := range Engines {
		t.Run(engine, func(t *testing.T) { f(t, New(t, engine).Open) })
	}
}

// Open opens a database of an engine, which is empty and migrated, for one test.
func Open(t testing.TB, engine string) *database.DB {
	t.Helper()
	if engine == Postgres {
		return Reused(t, 1)[0]
	}
	return New(t, engine).Open(t)
}

var databases atomic.Int64

// New returns a new database of an engine. It is made when it is first opened.
func New(t testing.TB, engine string) *Database {
	t.Helper()
	if engine == SQLite {
		return &Database{Path: filepath.Join(t.TempDir(), database.FileName)}
	}
	d, err := newDatabase(ClusterURL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := execute(d.cluster, `DROP DATABASE IF EXISTS `+d.name+` WITH (FORCE)`); err != nil {
			t.Error(err)
		}
	})
	return d
}

// newDatabase names a new database in a cluster.
func newDatabase(cluster string) (*Database, error) {
	d := &Database{cluster: cluster, name: fmt.Sprintf("test_%d_%d", os.Getpid(), databases.Add(1))}
	var err error
	d.URL, err = inCluster(cluster, d.name)
	return d, err
}

// inCluster returns the URL of a database in a cluster.
func inCluster(cluster, name string) (string, error) {
	u, err := url.Parse(cluster)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

// make makes the database if it is not there: migrated, or without any table.
func (d *Database) make(migrated bool) error {
	if d.made {
		return nil
	}
	d.made = true
	if d.Path != "" {
		if !migrated {
			return nil
		}
		file, err := migratedFile()
		if err != nil {
			return err
		}
		return os.WriteFile(d.Path, file, 0o600)
	}
	from := "template0"
	if migrated {
		var err error
		if from, err = migratedTemplate(d.cluster); err != nil {
			return err
		}
	}
	return execute(d.cluster, `CREATE DATABASE `+d.name+` TEMPLATE `+from)
}

// Copy returns a copy of the database, which nobody has open.
func (d *Database) Copy(t testing.TB) *Database {
	t.Helper()
	var c *Database
	var err error
	if d.Path != "" {
		c = New(t, SQLite)
		var b []byte
		if b, err = os.ReadFile(d.Path); err == nil {
			err = os.WriteFile(c.Path, b, 0o600)
		}
	} else {
		c = New(t, Postgres)
		err = execute(d.cluster, `CREATE DATABASE `+c.name+` TEMPLATE `+d.name)
	}
	if err != nil {
		t.Fatal(err)
	}
	c.made = true
	return c
}

// Drop removes the database before the test's end.
func (d *Database) Drop(t testing.TB) {
	t.Helper()
	var err error
	if d.Path != "" {
		err = os.RemoveAll(filepath.Dir(d.Path))
	} else {
		err = execute(d.cluster, `DROP DATABASE IF EXISTS `+d.name+` WITH (FORCE)`)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Open opens the migrated database until the test's end.
func (d *Database) Open(t testing.TB) *database.DB {
	t.Helper()
	db, err := d.OpenDatabase(t.Context())
	return keep(t, db, err)
}

// OpenEmpty opens the database, in which there is no table if it is new, until the
// test's end.
func (d *Database) OpenEmpty(t testing.TB) *database.DB {
	t.Helper()
	err := d.make(false)
	if err != nil {
		t.Fatal(err)
	}
	db, err := d.open(t.Context())
	return keep(t, db, err)
}

func keep(t testing.TB, db *database.DB, err error) *database.DB {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// OpenDatabase opens the migrated database, which the caller closes.
func (d *Database) OpenDatabase(ctx context.Context) (*database.DB, error) {
	if err := d.make(true); err != nil {
		return nil, err
	}
	db, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (d *Database) open(ctx context.Context) (*database.DB, error) {
	if d.Path != "" {
		return database.OpenFile(ctx, d.Path)
	}
	return database.OpenURL(ctx, d.URL, database.ServerOptions{})
}

// migratedFile returns what new, migrated SQLite files are copied from: migrating
// takes much longer.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "codegauge-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, database.FileName)
	db, err := database.OpenFile(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(db.Migrate(context.Background()), db.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

var templates struct {
	sync.Mutex
	made map[string]bool // by cluster
}

// migratedTemplate returns the database that new, migrated ones of a cluster are
// copied from, this process's own.
func migratedTemplate(cluster string) (name string, err error) {
	templates.Lock()
	defer templates.Unlock()
	name = fmt.Sprintf("template_%d", os.Getpid())
	if templates.made[cluster] {
		return name, nil
	}
	if err := execute(cluster, `DROP DATABASE IF EXISTS `+name, `CREATE DATABASE `+name+` TEMPLATE template0`); err != nil {
		return "", err
	}
	u, err := inCluster(cluster, name)
	if err != nil {
		return "", err
	}
	db, err := database.OpenURL(context.Background(), u, database.ServerOptions{})
	if err != nil {
		return "", err
	}
	if err := errors.Join(db.Migrate(context.Background()), db.Close()); err != nil {
		return "", err
	}
	if templates.made == nil {
		templates.made = map[string]bool{}
	}
	templates.made[cluster] = true
	return name, nil
}

// execute runs statements as a cluster's superuser, also when a test is over.
func execute(cluster string, statements ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, cluster)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// ClusterOptions are how a cluster runs.
type ClusterOptions struct {
	// TCP has the server listen on a free port of loopback too, where the password
	// is asked for; URL then names that port. Else it has a Unix socket alone.
	TCP bool
	// Address, with TCP, is an address of this machine to listen on in the place of
	// loopback's; clients of its network (/24) are let in.
	Address string
	// Parent is the folder in which the server's own is made; "" is /tmp. A socket's path
	// must be short.
	Parent string
	// Durable has the server write through to the disk, which tests can do without.
	Durable bool
}

// Password is the superuser's, which only TCP connections need.
const Password = "a password for tests"

// ErrMissing says that PostgreSQL is not installed on this machine.
var ErrMissing = errors.New("PostgreSQL is not installed: no /usr/lib/postgresql/*/bin/postgres")

// own is the process's cluster, for its whole life.
var own = sync.OnceValues(func() (*Cluster, error) {
	return Start(context.Background(), ClusterOptions{})
})

// ClusterURL returns the superuser's URL of a running cluster. Without PostgreSQL
// the test is skipped, in continuous integration it fails.
func ClusterURL(t testing.TB) string {
	t.Helper()
	if given := os.Getenv(Variable); given != "" {
		return given
	}
	c, err := own()
	Require(t, err)
	return c.URL
}

// Require ends a test for which no cluster could be started.
func Require(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, ErrMissing) && !strings.EqualFold(os.Getenv("CI"), "true"):
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}
