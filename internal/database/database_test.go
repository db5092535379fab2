package database_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"testing"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
)

func TestMigrateTwice(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		for range 2 {
			d := open(t)
			if err := d.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := d.RequireForm(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// put inserts a version.
func put(ctx context.Context, tx *database.Tx, scope int64) error {
	return tx.Insert(ctx, "version", []string{"scope", "revision"}, [][]any{{scope, int64(1)}})
}

// count counts the versions from a scope on.
func count(t *testing.T, q database.Querier, from int64) (n int64) {
	t.Helper()
	if err := q.QueryRowContext(t.Context(), `SELECT count(*) FROM version WHERE scope >= ?`, from).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestUpdateIsAllOrNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d, replica := open(t), open(t)
		refused := errors.New("refused")
		err := d.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			if err := put(ctx, tx, 5); err != nil {
				return err
			}
			return refused
		})
		if !errors.Is(err, refused) || count(t, d, 5) != 0 {
			t.Fatalf("refused: %v, %d rows", err, count(t, d, 5))
		}
		err = d.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			if err := put(ctx, tx, 5); err != nil {
				return err
			}
			if n := count(t, replica, 5); n != 0 {
				t.Errorf("another replica sees %d rows before the commit", n)
			}
			return put(ctx, tx, 6)
		})
		if err != nil || count(t, replica, 5) != 2 {
			t.Fatalf("committed: %v, %d rows", err, count(t, replica, 5))
		}
	})
}

// TestRenew gives the directory a version beyond all that it has had.
func TestRenew(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d := open(t)
		before, err := d.Version(t.Context(), database.Directory)
		if err == nil {
			err = d.Renew(t.Context())
		}
		after, again := d.Version(t.Context(), database.Directory)
		if err != nil || again != nil || after < before+1_000_000 {
			t.Errorf("%d, then %d: %v, %v", before, after, err, again)
		}
	})
}

// TestBlobsAreTheirs keeps the blobs of many rows beside one another: no driver may write
// the next row's into what an earlier one got.
func TestBlobsAreTheirs(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d := open(t)
		var rows [][]any
		for i := range 500 {
			rows = append(rows, []any{int64(1), int64(i), "language", bytes.Repeat([]byte{byte(i)}, 1+i*7)})
		}
		if err := d.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			return tx.Insert(ctx, "value", []string{"enterprise", "id", "dimension", "name"}, rows)
		}); err != nil {
			t.Fatal(err)
		}
		got, err := database.Collect(t.Context(), d, func(rows *sql.Rows) (b database.Blob, err error) { return b, rows.Scan(&b) },
			`SELECT name FROM value WHERE enterprise = ? ORDER BY id`, int64(1))
		if err != nil || len(got) != len(rows) {
			t.Fatalf("%d blobs, %v", len(got), err)
		}
		for i, b := range got {
			if !bytes.Equal(b, rows[i][3].([]byte)) {
				t.Fatalf("blob %d is %d times %v", i, len(b), b[:1])
			}
		}
		var none database.Blob
		if err := d.QueryRowContext(t.Context(), `SELECT (SELECT name FROM value WHERE enterprise = 2)`).Scan(&none); err != nil || none != nil {
			t.Errorf("NULL is %v, %v", none, err)
		}
		if err := d.QueryRowContext(t.Context(), `SELECT 1`).Scan(&none); err == nil {
			t.Error("a number is taken for a blob")
		}
	})
}
