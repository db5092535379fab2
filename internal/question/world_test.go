package question_test

import (
	"slices"
	"testing"

	"codegauge/internal/producttest"
)

// world is the product, with what the tests here ask of it.
type world struct{ *producttest.World }

func newWorld(t testing.TB) *world { return &world{producttest.NewWorld(t)} }

func warns(t *testing.T, warnings []string, want string) {
	t.Helper()
	if !slices.Contains(warnings, want) {
		t.Errorf("got warnings %q, want %q", warnings, want)
	}
}
