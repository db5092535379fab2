package database

import (
	"context"

	"github.com/pressly/goose/v3"
)

// dialect is what differs between the engines.
type dialect interface {
	// embedded says that one process has the database.
	embedded() bool
	// numbered says that the engine's placeholders are $1, $2, ….
	numbered() bool
	// begin begins a transaction that writes, or reads one state. Where other programs
	// may migrate the database meanwhile, one that writes finds out whether this
	// program may still do so.
	begin(ctx context.Context, t *Tx) error
	// beginWrite waits until this process may write and returns what ends its turn.
	beginWrite(ctx context.Context, d *DB) (unlock func(), err error)
	insert(ctx context.Context, t *Tx, table string, columns []string, rows [][]any) error
	lock(ctx context.Context, d *DB, kind int32, keys []int64) (*Lock, error)
	// extend is lock by a lock that is held, which has the key within this process.
	extend(ctx context.Context, l *Lock, kind int32, key int64) error
	tryLock(ctx context.Context, d *DB, kind int32, key int64) (*Lock, error)
	// fault returns an error of the engine that the user can do something about in
	// words; nil for others.
	fault(d *DB, err error) error
	// writable returns why nothing can be written now, nil if it can as far as is known.
	writable(ctx context.Context, d *DB) error
	// unwritable says that a write failed because of the disk, or of what the server may do.
	unwritable(err error) bool
	// ours refuses what is another program's database.
	ours(ctx context.Context, d *DB) error
	hasTable(ctx context.Context, d *DB, name string) (bool, error)
	goose() goose.Dialect
	// upgrade runs the migrations that are missing.
	upgrade(ctx context.Context, d *DB) error
	// check looks the whole database over and returns what is damaged.
	check(ctx context.Context, d *DB) ([]string, error)
	close(d *DB) error
}
