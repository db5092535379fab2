package oracle_test

import (
	"testing"

	"codegauge/internal/store"
	"codegauge/internal/store/oracle"
	"codegauge/internal/store/storetest"
)

func TestOracle(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return oracle.New() })
}

// TestOracleAddsUp asks two oracles the same random questions: that they agree
// shows only that an answer does not hang on the order of maps, but Compare
// also checks that the rows of each answer add up to the whole.
func TestOracleAddsUp(t *testing.T) {
	storetest.Compare(t, 1, 60, func(*testing.T) store.Store { return oracle.New() })
}

// TestOracleInAnyOrder checks that the rules themselves make the order of imports
// no matter, and undoing one the same as never having imported it.
func TestOracleInAnyOrder(t *testing.T) {
	storetest.Orders(t, 2, 40, func(*testing.T) store.Store { return oracle.New() })
}

// TestOracleReplays shows that no outcome hangs on the order of maps.
func TestOracleReplays(t *testing.T) {
	storetest.Replay(t, 1, 80, func(*testing.T) store.Store { return oracle.New() })
}
