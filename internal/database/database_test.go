package database

import (
	"context"
	"path/filepath"
	"testing"
)

func TestMigrateTwice(t *testing.T) {
	for range 2 {
		d, err := OpenFile(t.Context(), filepath.Join(t.TempDir(), FileName))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := d.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.RequireForm(t.Context()); err != nil {
			t.Fatal(err)
		}
		err = d.Update(t.Context(), func(ctx context.Context, tx *Tx) error {
			return tx.Insert(ctx, "version", []string{"scope", "revision"}, [][]any{{int64(5), int64(1)}, {int64(6), int64(2)}})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
