package database

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync"
)

// Lock is held by who changes the data of something, of which there is one at a
// time on all machines that share the database. It writes by the connection that
// holds it: who has lost the lock can write no more.
type Lock struct {
	db      *DB
	conn    *sql.Conn  // nil where the process's own locks suffice
	using   sync.Mutex // conn, which has one transaction at a time
	release []func()
}

// The kinds of thing that can be locked. The numbers are the first half of
// PostgreSQL's advisory locks, so that they meet no other program's by chance.
const (
	// EnterpriseData is an enterprise's data, by its number.
	EnterpriseData int32 = 0x6367_0001 + iota
	// Scheduled is a kind of scheduled work, by its number.
	Scheduled
	// form is the form of the database.
	form
)

// Lock waits for the locks of a kind, which are taken in the order of the keys.
func (d *DB) Lock(ctx context.Context, kind int32, keys ...int64) (*Lock, error) {
	return d.dialect.lock(ctx, d, kind, keys)
}

// TryLock is Lock that returns nil instead of waiting.
func (d *DB) TryLock(ctx context.Context, kind int32, key int64) (*Lock, error) {
	return d.dialect.tryLock(ctx, d, kind, key)
}

// Extend takes the lock of one more key. It waits no longer than ctx: two that
// extend theirs crosswise would wait for each other.
func (l *Lock) Extend(ctx context.Context, kind int32, key int64) error {
	release, err := l.db.locks.take(ctx, lockKey{kind, key})
	if err != nil {
		return err
	}
	l.release = append(l.release, release)
	return l.db.dialect.extend(ctx, l, kind, key)
}

// lockHere waits for locks within this process, in the order of the keys.
func (d *DB) lockHere(ctx context.Context, kind int32, keys []int64) (*Lock, error) {
	l := &Lock{db: d}
	for _, key := range slices.Compact(slices.Sorted(slices.Values(keys))) {
		release, err := d.locks.take(ctx, lockKey{kind, key})
		if err != nil {
			l.Unlock()
			return nil, err
		}
		l.release = append(l.release, release)
	}
	return l, nil
}

// tryLockHere is lockHere that returns nil instead of waiting.
func (d *DB) tryLockHere(kind int32, key int64) *Lock {
	release := d.locks.try(lockKey{kind, key})
	if release == nil {
		return nil
	}
	return &Lock{db: d, release: []func(){release}}
}

// Unlock gives the lock back.
func (l *Lock) Unlock() {
	for _, r := range slices.Backward(l.release) {
		r()
	}
	l.release = nil
}

// Update is DB.Update by the connection that holds the lock.
func (l *Lock) Update(ctx context.Context, f func(context.Context, *Tx) error) error {
	if l.conn == nil || l.db.joined(ctx) != nil {
		return l.db.Update(ctx, f)
	}
	l.using.Lock()
	defer l.using.Unlock()
	err := l.db.run(ctx, &Tx{db: l.db, conn: l.conn}, f)
	l.db.note(err)
	return err
}

// fairLocks are locks by key, given in the order in which they are asked for.
type fairLocks struct {
	mu   sync.Mutex
	held map[lockKey]chan struct{}
}

type lockKey struct {
	kind int32
	key  int64
}

// take waits for a key's lock and returns what gives it back.
func (l *fairLocks) take(ctx context.Context, k lockKey) (func(), error) {
	ch := l.channel(k)
	select {
	case ch <- struct{}{}:
		return func() { <-ch }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a lock: %w", ctx.Err())
	}
}

// try is take that returns nil instead of waiting.
func (l *fairLocks) try(k lockKey) func() {
	ch := l.channel(k)
	select {
	case ch <- struct{}{}:
		return func() { <-ch }
	default:
		return nil
	}
}

func (l *fairLocks) channel(k lockKey) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		l.held = map[lockKey]chan struct{}{}
	}
	ch := l.held[k]
	if ch == nil {
		ch = make(chan struct{}, 1)
		l.held[k] = ch
	}
	return ch
}
