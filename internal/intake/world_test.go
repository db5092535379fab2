package intake_test

import (
	"testing"

	"codegauge/internal/producttest"
)

// world is the product, with what the tests here ask of it.
type world struct{ *producttest.World }

func newWorld(t testing.TB) *world { return &world{producttest.NewWorld(t)} }
