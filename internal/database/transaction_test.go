package database_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/fault"
)

func TestContextTransactionIsJoined(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d, replica := open(t), open(t)
		refused := errors.New("refused")
		err := d.Update(t.Context(), func(ctx context.Context, _ *database.Tx) error {
			if err := d.Update(ctx, func(ctx context.Context, tx *database.Tx) error { return put(ctx, tx, 5) }); err != nil {
				return err
			}
			if _, err := d.ExecContext(ctx, `INSERT INTO version (scope, revision) VALUES (?, ?)`, 6, 1); err != nil {
				return err
			}
			return d.View(ctx, func(ctx context.Context, tx *database.Tx) error {
				var n int
				err := d.QueryRowContext(ctx, `SELECT count(*) FROM version WHERE scope >= ?`, 5).Scan(&n)
				if n != 2 {
					t.Errorf("the transaction sees %d of its 2 rows", n)
				}
				// Another database is not in this transaction.
				if n := count(t, replica, 5); n != 0 {
					t.Errorf("another replica sees %d rows", n)
				}
				return errors.Join(err, refused)
			})
		})
		if !errors.Is(err, refused) || count(t, d, 5) != 0 {
			t.Errorf("the outer transaction failed (%v) and %d rows stay", err, count(t, d, 5))
		}
	})
}

func TestViewSeesOneState(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d := open(t)
		err := d.View(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			var before, after int
			if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM version`).Scan(&before); err != nil {
				return err
			}
			if _, err := d.ExecContext(t.Context(), `INSERT INTO version (scope, revision) VALUES (5, 1)`); err != nil {
				return err
			}
			err := tx.QueryRowContext(ctx, `SELECT count(*) FROM version`).Scan(&after)
			if before != after {
				t.Errorf("a view sees %d rows, then %d", before, after)
			}
			return err
		})
		if err != nil || count(t, d, 5) != 1 {
			t.Errorf("view: %v, %d rows", err, count(t, d, 5))
		}
	})
}

func TestViewWritesNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d := open(t)
		for how, write := range map[string]func(context.Context, *database.Tx) error{
			"insert": func(ctx context.Context, tx *database.Tx) error { return put(ctx, tx, 5) },
			"execute": func(ctx context.Context, tx *database.Tx) error {
				_, err := d.ExecContext(ctx, `DELETE FROM version`)
				return err
			},
			"update": func(ctx context.Context, tx *database.Tx) error {
				return d.Update(ctx, func(context.Context, *database.Tx) error { return nil })
			},
		} {
			if err := d.View(t.Context(), write); err == nil {
				t.Errorf("%s within a view succeeds", how)
			}
		}
		if count(t, d, 0) == 0 {
			t.Error("a view deleted")
		}
	})
}

func TestInsertKeepsValues(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d := open(t)
		body := []byte{0, 1, 0xff, '?', '\''}
		const text = "it's ? – ö"
		err := d.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			if err := tx.Insert(ctx, "writing", []string{"enterprise", "revision", "committed", "first_day", "last_day", "purge"},
				[][]any{{int64(-1), int64(1) << 62, true, 0, 1, 2}}); err != nil {
				return err
			}
			if err := tx.Insert(ctx, "value", []string{"enterprise", "id", "dimension", "name"}, nil); err != nil {
				return err
			}
			return tx.Insert(ctx, "people_sets", []string{"enterprise", "set_group", "day", "tool", "revision", "body"},
				[][]any{{int64(1), -1, 3, 1, int64(1), body}, {int64(1), -1, 4, 1, int64(1), nil}, {int64(1), -1, 5, 1, int64(1), []byte{}}})
		})
		if err != nil {
			t.Fatal(err)
		}
		var enterprise, revision int64
		var got string
		var committed bool
		err = d.QueryRowContext(t.Context(), `
			SELECT enterprise, revision, committed, CAST(? AS TEXT)
			FROM   writing
			WHERE  revision = ? AND committed AND '?' = ?`, text, int64(1)<<62, "?").Scan(&enterprise, &revision, &committed, &got)
		if err != nil || enterprise != -1 || revision != 1<<62 || !committed || got != text {
			t.Errorf("%v, %d, %d, %t, %q", err, enterprise, revision, committed, got)
		}
		var bodies [][]byte
		var missing []bool // an empty value is read as nil from SQLite, but is one
		err = d.View(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			rows, err := tx.QueryContext(ctx, `SELECT body, body IS NULL FROM people_sets WHERE enterprise = ? ORDER BY day`, 1)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var b []byte
				var null bool
				if err := rows.Scan(&b, &null); err != nil {
					return err
				}
				bodies, missing = append(bodies, b), append(missing, null)
			}
			return rows.Err()
		})
		if err != nil || len(bodies) != 3 || !bytes.Equal(bodies[0], body) || bodies[1] != nil || len(bodies[2]) > 0 || !slices.Equal(missing, []bool{false, true, false}) {
			t.Errorf("%v, %v, %v", err, bodies, missing)
		}
	})
}

func TestInsertNamesItsTable(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d := open(t)
		err := d.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			return tx.Insert(ctx, "version", []string{"scope", "revision"}, [][]any{{5, 1}, {5, 1}})
		})
		if err == nil || !strings.Contains(err.Error(), "insert into version") || count(t, d, 5) != 0 {
			t.Errorf("a row twice: %v", err)
		}
	})
}

func TestPanicRollsBack(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d := open(t)
		for range 20 { // more than there are connections
			func() {
				defer func() {
					if recover() == nil {
						t.Error("the panic is gone")
					}
				}()
				_ = d.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error {
					if err := put(ctx, tx, 5); err != nil {
						t.Error(err)
					}
					panic("in the middle")
				})
			}()
		}
		if n := count(t, d, 5); n != 0 {
			t.Errorf("%d rows stay", n)
		}
	})
}

func TestCancelInTheMiddle(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d := open(t)
		long := `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n`
		for what, during := range map[string]func(ctx context.Context, tx *database.Tx) error{
			"statement": func(ctx context.Context, tx *database.Tx) error {
				var n int64
				return tx.QueryRowContext(ctx, long).Scan(&n)
			},
			"between": func(ctx context.Context, tx *database.Tx) error {
				<-ctx.Done()
				return nil
			},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			began := time.Now()
			err := d.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
				if err := put(ctx, tx, 5); err != nil {
					return err
				}
				return during(ctx, tx)
			})
			cancel()
			err = d.Explain("write", err)
			if !errors.Is(err, context.DeadlineExceeded) || fault.KindOf(err) != fault.Internal || time.Since(began) > 5*time.Second {
				t.Errorf("%s: after %s: %v", what, time.Since(began), err)
			}
			if n := count(t, d, 5); n != 0 {
				t.Errorf("%s: %d rows stay", what, n)
			}
		}
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		for what, err := range map[string]error{
			"update": d.Update(canceled, func(context.Context, *database.Tx) error { return nil }),
			"view":   d.View(canceled, func(context.Context, *database.Tx) error { return nil }),
			"ping":   d.Ping(canceled),
		} {
			if err = d.Explain("ask", err); !errors.Is(err, context.Canceled) || fault.KindOf(err) != fault.Internal {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := d.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error { return put(ctx, tx, 5) }); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestLookSeesOneVersion(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d, replica := open(t), open(t)
		raise := func(ctx context.Context, d *database.DB) {
			t.Helper()
			if _, err := d.ExecContext(ctx, `UPDATE version SET revision = revision + 1 WHERE scope = 0`); err != nil {
				t.Fatal(err)
			}
		}
		ctx := database.WithLook(t.Context())
		want := func(ctx context.Context, n int64) {
			t.Helper()
			if v, err := d.Version(ctx, database.Directory); err != nil || v != n {
				t.Errorf("version %d, %v; want %d", v, err, n)
			}
		}
		want(ctx, 1)
		raise(t.Context(), replica)
		want(ctx, 1)
		want(t.Context(), 2)
		raise(ctx, d) // by the one who looks
		want(ctx, 3)
	})
}
