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
	// URL names a PostgreSQL database and schema, Path an SQLite file; the other is
	// empty.
	URL, Path string
}

// Each runs a test on every engine. open opens the test's one database, which is
// migrated: called again it is opened once more, as another replica would.
func Each(t *testing.T, f func(t *testing.T, open func(testing.TB) *database.DB)) {
	for _, engine := range Engines {
		t.Run(engine, func(t *testing.T) { f(t, New(t, engine).Open) })
	}
}

// Open returns a new database of an engine, which is empty and migrated.
func Open(t testing.TB, engine string) *database.DB {
	t.Helper()
	return New(t, engine).Open(t)
}

// New makes a database of an engine, without any table.
func New(t testing.TB, engine string) *Database {
	t.Helper()
	if engine == SQLite {
		return &Database{Path: filepath.Join(t.TempDir(), database.FileName)}
	}
	return &Database{URL: newSchema(t, ClusterURL(t))}
}

// Open opens and migrates the database until the test's end.
func (d *Database) Open(t testing.TB) *database.DB {
	t.Helper()
	db := d.OpenEmpty(t)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// OpenEmpty is Open that leaves the database's form as it is.
func (d *Database) OpenEmpty(t testing.TB) *database.DB {
	t.Helper()
	db, err := d.OpenDatabase(t.Context())
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

// OpenDatabase opens the database, which the caller closes.
func (d *Database) OpenDatabase(ctx context.Context) (*database.DB, error) {
	if d.Path != "" {
		return database.OpenFile(ctx, d.Path)
	}
	return database.OpenURL(ctx, d.URL, database.ServerOptions{})
}

var schemas atomic.Int64

// newSchema makes a schema in the cluster's database and returns its URL.
func newSchema(t testing.TB, cluster string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), schemas.Add(1))
	execute(t, cluster, `CREATE SCHEMA `+name)
	t.Cleanup(func() { execute(t, cluster, `SET lock_timeout = '20s'`, `DROP SCHEMA `+name+` CASCADE`) })
	u, err := url.Parse(cluster)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("search_path", name)
	u.RawQuery = query.Encode()
	return u.String()
}

// execute runs statements as the cluster's superuser.
func execute(t testing.TB, cluster string, statements ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // also when the test is over
	defer cancel()
	conn, err := pgx.Connect(ctx, cluster)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

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
