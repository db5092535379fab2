package sqlstore

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/report"
	"codegauge/internal/store"

	"github.com/google/go-cmp/cmp"
)

// TestAccountsReadAsWritten writes a bucket, reads it, and then every version of it that
// is cut off or has a byte changed, which must be told.
func TestAccountsReadAsWritten(t *testing.T) {
	var list []account
	for i := range 5 {
		list = append(list, account{accountKey: accountKey{"", fmt.Sprint(1000 + i)}, login: fmt.Sprint("octocat-", i), seen: sighting{int64(i) << 40, day.Day(i)}, person: int32(i), linked: int64(i % 2)})
	}
	list[2] = account{person: 2} // erased
	list[3].namespace = "claude_code"
	list[3].former = []string{"octo", "octo-cat"}
	b := encodeAccounts(list)
	got, err := decodeAccounts(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(list, got, cmp.AllowUnexported(account{}, accountKey{}, sighting{})); diff != "" {
		t.Error(diff)
	}
	for n := range b {
		if _, err := decodeAccounts(b[:n]); !errors.Is(err, errDamaged) {
			t.Errorf("%d of %d bytes: %v", n, len(b), err)
		}
		b[n] ^= 1
		if _, err := decodeAccounts(b); !errors.Is(err, errDamaged) {
			t.Errorf("byte %d changed: %v", n, err)
		}
		b[n] ^= 1
	}
}

// TestLostAccounts loses the accounts that rows name: verify says so of the day.
func TestLostAccounts(t *testing.T) {
	eachEngine(t, func(t *testing.T, open func(t *testing.T) store.Store) {
		s := open(t).(*Store)
		var items []store.Item
		for _, kind := range []report.Kind{report.UserTeam, report.UserDay} {
			items = append(items, store.Item{Enterprise: 1, Source: 1, Organization: 2, Team: 3, Tool: "copilot", Version: time.Unix(1, 0),
				Record: &report.Record{Kind: kind, Day: 20_000, UserID: "1"}})
		}
		if _, err := s.Import(t.Context(), store.Import{At: time.Now()}, &once{items: items}); err != nil {
			t.Fatal(err)
		}
		if found, err := s.Verify(t.Context()); err != nil || len(found) > 0 {
			t.Fatalf("found %v, %v", found, err)
		}
		if _, err := s.db.ExecContext(t.Context(), `DELETE FROM account_block`); err != nil {
			t.Fatal(err)
		}
		if found, err := s.Verify(t.Context()); err != nil || len(found) == 0 {
			t.Errorf("found %v, %v", found, err)
		}
	})
}
