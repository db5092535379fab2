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

// TestKept keeps the bytes of many rows beside one another, copied by database/sql and by Kept:
// no driver may write the next row's into what an earlier one got.
func TestKept(t *testing.T) {
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
		var kept, copied [][]byte
		err := database.Each(t.Context(), d, func(rows *sql.Rows) error {
			var lent sql.RawBytes
			var own []byte
			err := rows.Scan(&lent, &own)
			kept, copied = append(kept, d.Kept(lent)), append(copied, own)
			return err
		}, `SELECT name, name FROM value WHERE enterprise = ? ORDER BY id`, int64(1))
		if err != nil || len(kept) != len(rows) {
			t.Fatalf("%d rows, %v", len(kept), err)
		}
		for i := range rows {
			if want := rows[i][3].([]byte); !bytes.Equal(kept[i], want) || !bytes.Equal(copied[i], want) {
				t.Fatalf("row %d has %d bytes of %v and %d of %v", i, len(kept[i]), kept[i][:1], len(copied[i]), copied[i][:1])
			}
		}
		err = database.Each(t.Context(), d, func(rows *sql.Rows) error {
			var none sql.RawBytes
			err := rows.Scan(&none)
			if d.Kept(none) != nil {
				t.Errorf("NULL is %v", none)
			}
			return err
		}, `SELECT name FROM value WHERE enterprise = 2 UNION ALL SELECT NULL`)
		if err != nil {
			t.Error(err)
		}
	})
}
