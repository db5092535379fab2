package quality

import "testing"

// TestHatch: the lines across provisional days fill their cell and no other.
func TestHatch(t *testing.T) {
	if got, want := hatch(20, dayWidth), "M20,16L25,0M25,16L30,0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
