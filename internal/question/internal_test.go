package question

import (
	"context"
	"testing"

	"golang.org/x/sync/semaphore"
)

// What tests outside of the package look into.
var (
	LineMeasures = lineMeasures
	HideSmall    = hideSmall
	FoldSeats    = SeatCounts.fold
)

// SetMostRows sets how many rows answers have at most.
func (a *Answerer) SetMostRows(n int) {
	a.opt.MostRows, a.room = n, semaphore.NewWeighted(int64(n))
}

// Occupy takes so much of the room for rows about single people.
func (a *Answerer) Occupy(n int64) (release func()) {
	_ = a.room.Acquire(context.Background(), n)
	return func() { a.room.Release(n) }
}

// AddsUp reports whether every residual of the reconciliation has a name.
func (r *Reconciliation) AddsUp() bool { return r.addsUp() }

// SetParquet and SetSeatPrices put something else in the place of what New was given.
func (a *Answerer) SetParquet(p Parquet)                   { a.opt.Parquet = p }
func (a *Answerer) SetSeatPrices(usCents map[string]int64) { a.opt.SeatPrices = usCents }

// ClientFaultsOfNobody returns the faults of no clients.
func (a *Answerer) ClientFaultsOfNobody(ctx context.Context) ([]ClientFault, error) {
	return a.clientFaults(ctx, &view{question: &question{}}, nil)
}

// TestLacking: what may be hidden is not said to be missing from reports.
func TestLacking(t *testing.T) {
	for masked, want := range map[bool]string{false: "Completions: no model in the report", true: "Completions: no model in the report, or hidden because of few people"} {
		if got := lacking("code_completion", "model", pair{n: [2]int64{5, 0}}, masked); got != want {
			t.Errorf("masked %t: got %q", masked, got)
		}
	}
}
