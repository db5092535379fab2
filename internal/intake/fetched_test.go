package intake_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"codegauge/internal/intake"
	"codegauge/internal/report/reporttest"
)

// TestFetched imports what was fetched at a time: that is its version, whatever the
// reports and seats say, and what is to be remembered of it is committed with it.
func TestFetched(t *testing.T) {
	w := newWorld(t) // it is 2026-11-24 12:00
	at := time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 5, 0), reporttest.User(2, "2026-11-01", 5, 0), pageOf(2, 20, 1, 2))
	var committed int64
	req := intake.Request{Enterprise: "acme", Scope: "enterprise", Fetched: &intake.Fetched{At: at, Origin: "GitHub",
		BeforeCommit: func(_ context.Context, id int64) error { committed = id; return nil }}}
	done := w.Load(req, reporttest.User(1, "2026-11-01", 7, 0), pageOf(1, 3, 1))
	if committed == 0 || committed != done.ImportID {
		t.Errorf("BeforeCommit was told import %d, want %d", committed, done.ImportID)
	}
	if len(done.Days) != 1 || done.Days[0].After.Records != 1 || done.Days[0].After.LocAdded.N != 7 {
		t.Errorf("days = %+v, want the fetched report alone", done.Days)
	}
	// The seat with the newest time stamp is gone: the list is newer all the same.
	if got, want := w.seated(t), "1 of 2026-11-23 04:00:00Z"; got != want {
		t.Errorf("seats = %s, want %s", got, want)
	}
	if done = w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(2, "2026-11-01", 5, 0)); !done.Days[0].Skipped {
		t.Errorf("a file replaced what was fetched after it: %+v", done.Days)
	}
	failed := errors.New("no room")
	req.Fetched = &intake.Fetched{At: at.Add(time.Hour), BeforeCommit: func(context.Context, int64) error { return failed }}
	if _, err := w.TryLoad(req, reporttest.User(1, "2026-11-01", 9, 0)); !errors.Is(err, failed) {
		t.Errorf("error = %v, want that of BeforeCommit", err)
	}
	req.Fetched.BeforeCommit = nil
	if done = w.Load(req, reporttest.User(1, "2026-11-01", 9, 0)); done.Days[0].Before.LocAdded.N != 7 {
		t.Errorf("before = %+v, want what was there before the import that failed", done.Days[0].Before)
	}
}
