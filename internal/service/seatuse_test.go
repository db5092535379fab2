package service

import (
	"testing"
	"time"

	"codegauge/internal/directory"
)

// Seats are judged by the later of what they say and what records say.
func TestSeatUse(t *testing.T) {
	w := newWorld(t)
	w.load(ImportRequest{Enterprise: "acme"}, user(1, "2026-11-20", 10, 1, ideRow("vscode", "1.102.0", "copilot-chat", "0.29.0")))
	when := func(text string) time.Time {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	e, err := w.Entity(t.Context(), Words{})
	if err != nil {
		t.Fatal(err)
	}
	if use, err := w.SeatUse(t.Context(), Words{}); use != nil || err != nil {
		t.Errorf("without seats: %+v, %v", use, err)
	}
	err = w.dir.PutSeats(t.Context(), e.ID, 0, when("2026-11-20"), []directory.Seat{
		{UserID: "1", Login: "ann", LastActivity: when("2026-07-01")}, // the record is later
		{UserID: "2", Login: "ben"},
		{UserID: "3", Login: "cy", LastActivity: when("2026-11-13")},
		{UserID: "4", Login: "di", LastActivity: when("2026-10-01")},
		{UserID: "5", Login: "ed", LastActivity: when("2026-11-14")},
	})
	if err != nil {
		t.Fatal(err)
	}
	use, err := w.SeatUse(t.Context(), Words{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := use.AsOf.String(), "2026-11-20"; got != want {
		t.Errorf("as of %s, want %s", got, want)
	}
	if got, want := use.Total, (SeatCounts{Assigned: 5, NeverUsed: 1, Idle7: 2, Idle30: 1, Below: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if ann := use.Seats[0]; ann.Login != "ann" || ann.Last.String() != "2026-11-20" || !ann.Below {
		t.Errorf("ann's seat: %+v", ann)
	}
}
