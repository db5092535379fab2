package privacy_test

import (
	"testing"

	"codegauge/internal/database/databasetest"
	"codegauge/internal/producttest"
	"codegauge/internal/store/sqlstore"
)

// world is the product, with what the tests here ask of it.
type world struct{ *producttest.World }

func newWorld(t testing.TB) *world {
	return &world{producttest.NewWorldOver(t, sqlstore.New(databasetest.Open(t, databasetest.SQLite), sqlstore.Options{SpoolDir: t.TempDir()}))}
}
