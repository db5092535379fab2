package sqlstore

import (
	"testing"

	"codegauge/internal/database/databasetest"
	"codegauge/internal/store"
	"codegauge/internal/store/storetest"
)

// eachEngine runs a test of a store on every engine.
func eachEngine(t *testing.T, f func(t *testing.T, open func(t *testing.T) store.Store)) {
	for _, engine := range databasetest.Engines {
		t.Run(engine, func(t *testing.T) {
			f(t, func(t *testing.T) store.Store {
				t.Helper()
				return New(databasetest.Open(t, engine), Options{SpoolDir: t.TempDir()})
			})
		})
	}
}

func TestConformance(t *testing.T) { eachEngine(t, storetest.Run) }

func TestErasure(t *testing.T) { eachEngine(t, storetest.Erasure) }

func TestRetention(t *testing.T) { eachEngine(t, storetest.Retention) }

// TestRandomAgreesWithOracle compares with the plain Go reading of the same
// records; CODEGAUGE_CASES raises the number of data sets (make soak: 1,000).
func TestRandomAgreesWithOracle(t *testing.T) {
	eachEngine(t, func(t *testing.T, open func(t *testing.T) store.Store) { storetest.Compare(t, 1, 25, open) })
}

// TestReplayAgreesWithOracle imports files again, in any order;
// CODEGAUGE_REPLAYS raises the number of cases (make soak: 10,000).
func TestReplayAgreesWithOracle(t *testing.T) {
	eachEngine(t, func(t *testing.T, open func(t *testing.T) store.Store) { storetest.Replay(t, 1, 20, open) })
}
