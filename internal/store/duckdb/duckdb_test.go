package duckdb

import (
	"testing"

	"codegauge/internal/store"
	"codegauge/internal/store/storetest"
)

func open(t *testing.T) store.Store {
	t.Helper()
	s, err := Open(t.Context(), t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestConformance(t *testing.T) { storetest.Run(t, open) }

// TestRandomAgreesWithOracle compares with the plain Go reading of the same
// records; CODEGAUGE_CASES raises the number of data sets (make soak: 1,000).
func TestRandomAgreesWithOracle(t *testing.T) { storetest.Compare(t, 1, 25, open) }
