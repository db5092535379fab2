package database_test

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/fault"
)

// replicas opens a test's database twice, as two replicas that share it; the
// embedded one has one process.
func replicas(t *testing.T, open func(testing.TB) *database.DB) (a, b *database.DB) {
	a = open(t)
	if a.Embedded() {
		return a, a
	}
	return a, open(t)
}

func lock(t *testing.T, d *database.DB, keys ...int64) *database.Lock {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	l, err := d.Lock(ctx, database.EnterpriseData, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// free reports whether a lock can be had.
func free(t *testing.T, d *database.DB, kind int32, key int64) bool {
	t.Helper()
	l, err := d.TryLock(t.Context(), kind, key)
	if err != nil {
		t.Fatal(err)
	}
	if l == nil {
		return false
	}
	l.Unlock()
	return true
}

func TestLockExcludesReplicas(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		a, b := replicas(t, open)
		held := lock(t, a, 7, 3, 7)
		for _, d := range []*database.DB{a, b} {
			if free(t, d, database.EnterpriseData, 3) || free(t, d, database.EnterpriseData, 7) {
				t.Error("a lock that is held can be had again")
			}
			if !free(t, d, database.EnterpriseData, 4) || !free(t, d, database.Scheduled, 3) {
				t.Error("another lock cannot be had")
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if _, err := b.Lock(ctx, database.EnterpriseData, 2, 3); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting for a lock that is held: %v", err)
		}
		if !free(t, b, database.EnterpriseData, 2) {
			t.Error("who gave up waiting still has a lock")
		}
		got := make(chan *database.Lock)
		go func() { got <- lock(t, b, 7) }()
		time.Sleep(50 * time.Millisecond)
		held.Unlock()
		(<-got).Unlock()
		if !free(t, a, database.EnterpriseData, 7) {
			t.Error("a lock that was given back cannot be had")
		}
	})
}

func TestLocksOfAnotherSchema(t *testing.T) {
	target := databasetest.New(t, databasetest.Postgres)
	a := target.Open(t)
	execute(t, a, `CREATE SCHEMA other`)
	u, err := url.Parse(target.URL)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("search_path", "other")
	u.RawQuery = query.Encode()
	b, err := database.OpenURL(t.Context(), u.String(), database.ServerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Migrate(t.Context()); err != nil { // beside the other's tables
		t.Fatal(err)
	}
	defer lock(t, a, 1).Unlock()
	if !free(t, b, database.EnterpriseData, 1) {
		t.Error("two schemas of one database share their locks")
	}
}

func TestWriteUnderLock(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		a, b := replicas(t, open)
		l := lock(t, a, 1)
		defer l.Unlock()
		done := make(chan error)
		for n := range 4 { // at once: the lock has one connection
			go func() {
				done <- l.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error {
					return a.Update(ctx, func(ctx context.Context, tx *database.Tx) error { return put(ctx, tx, 5+int64(n)) })
				})
			}()
		}
		for range 4 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if n := count(t, b, 5); n != 4 {
			t.Errorf("%d rows were written", n)
		}
	})
}

// backend returns the server's process of a lock.
func backend(t *testing.T, l *database.Lock) (pid int) {
	t.Helper()
	err := l.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT pg_backend_pid()`).Scan(&pid)
	})
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func kill(t *testing.T, d *database.DB, pid int) {
	t.Helper()
	if _, err := d.ExecContext(t.Context(), `SELECT pg_terminate_backend(?, 5000)`, pid); err != nil {
		t.Fatal(err)
	}
}

func TestLockIsLostWithItsConnection(t *testing.T) {
	target := databasetest.New(t, databasetest.Postgres)
	a, b := target.Open(t), target.Open(t)
	l := lock(t, a, 1)
	defer l.Unlock()
	kill(t, b, backend(t, l))
	if !free(t, b, database.EnterpriseData, 1) {
		t.Error("the lock of a session that was ended is still held")
	}
	for range 2 {
		err := a.Explain("write", l.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error { return put(ctx, tx, 5) }))
		if fault.KindOf(err) != fault.Unavailable || count(t, b, 5) != 0 {
			t.Errorf("who lost the lock writes: %v", err)
		}
	}
	l.Unlock()
	lock(t, a, 1).Unlock()
}

func TestLockIsLostInTransaction(t *testing.T) {
	target := databasetest.New(t, databasetest.Postgres)
	a, b := target.Open(t), target.Open(t)
	l := lock(t, a, 1)
	defer l.Unlock()
	pid := backend(t, l)
	err := l.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		if err := put(ctx, tx, 5); err != nil {
			return err
		}
		kill(t, b, pid)
		return nil
	})
	if err := a.Explain("write", err); fault.KindOf(err) != fault.Unavailable || count(t, b, 5) != 0 {
		t.Errorf("a transaction without its connection: %v", err)
	}
}

func TestLocksLeaveConnections(t *testing.T) {
	target := databasetest.New(t, databasetest.Postgres)
	target.Open(t)
	d, err := database.OpenURL(t.Context(), target.URL, database.ServerOptions{Connections: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	const users = 20
	done := make(chan error, users)
	for n := range users {
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			l, err := d.Lock(ctx, database.EnterpriseData, int64(n%7))
			if err == nil {
				err = d.Ping(ctx) // by another connection than the lock's
				l.Unlock()
			}
			done <- err
		}()
	}
	for range users {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
