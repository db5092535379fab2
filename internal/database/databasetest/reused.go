package databasetest

import (
	"context"
	"strings"
	"sync"
	"testing"

	"codegauge/internal/database"
)

// reusedDatabase is a migrated PostgreSQL database that is emptied between tests.
type reusedDatabase struct {
	*Database
	handles []*database.DB
	// empty are the statements that make it what it was when it was new.
	empty string
}

var reused struct {
	sync.Mutex
	free []*reusedDatabase
}

// Reused opens a migrated PostgreSQL database n times, as n replicas would. Tests of this process
// use it one after another: emptying it takes a hundredth of making and opening a new one. A test
// that changes the tables themselves, or roles, needs a database of its own (New).
func Reused(t testing.TB, n int) []*database.DB {
	t.Helper()
	d, err := takeReused(ClusterURL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		reused.Lock()
		defer reused.Unlock()
		reused.free = append(reused.free, d)
	})
	for len(d.handles) < n {
		db, err := d.OpenDatabase(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		d.handles = append(d.handles, db)
	}
	return d.handles[:n]
}

// takeReused returns an empty database that no test uses.
func takeReused(cluster string) (*reusedDatabase, error) {
	reused.Lock()
	if last := len(reused.free) - 1; last >= 0 {
		d := reused.free[last]
		reused.free = reused.free[:last]
		reused.Unlock()
		return d, execute(d.URL, d.empty)
	}
	reused.Unlock()
	made, err := newDatabase(cluster)
	if err != nil {
		return nil, err
	}
	d := &reusedDatabase{Database: made}
	if err := d.make(true); err != nil {
		return nil, err
	}
	return d, d.rememberRows()
}

// rememberRows keeps the rows that a new database has beside it, and writes down how to get back
// to them.
func (d *reusedDatabase) rememberRows() error {
	ctx := context.Background()
	db, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`)
	if err != nil {
		return err
	}
	defer rows.Close()
	// Without triggers, and so without the order that foreign keys ask for.
	statements := []string{`SET lock_timeout = '30s'`, `SET session_replication_role = replica`}
	remember := []string{`CREATE SCHEMA initial`}
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return err
		}
		remember = append(remember, `CREATE TABLE initial.`+table+` AS TABLE public.`+table)
		statements = append(statements, `DELETE FROM public.`+table, `INSERT INTO public.`+table+` SELECT * FROM initial.`+table)
	}
	d.empty = strings.Join(statements, ";")
	if err := rows.Err(); err != nil {
		return err
	}
	return execute(d.URL, remember...)
}
