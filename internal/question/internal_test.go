package question

import "context"

// What tests outside of the package look into.
var (
	LineMeasures = lineMeasures
	HideSmall    = hideSmall
	FoldSeats    = SeatCounts.fold
)

// AddsUp reports whether every residual of the reconciliation has a name.
func (r *Reconciliation) AddsUp() bool { return r.addsUp() }

// SetParquet and SetSeatPrices put something else in the place of what New was given.
func (a *Answerer) SetParquet(p Parquet)                   { a.opt.Parquet = p }
func (a *Answerer) SetSeatPrices(usCents map[string]int64) { a.opt.SeatPrices = usCents }

// ClientFaultsOfNobody returns the faults of no clients.
func (a *Answerer) ClientFaultsOfNobody(ctx context.Context) ([]ClientFault, error) {
	return a.clientFaults(ctx, &view{question: &question{}}, nil)
}
