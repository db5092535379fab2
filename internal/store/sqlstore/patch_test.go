package sqlstore

import (
	"testing"
	"time"

	"codegauge/internal/report"
	"codegauge/internal/store"
)

// TestTeamsWithoutRecords changes the members of a day of which there are no user records.
func TestTeamsWithoutRecords(t *testing.T) {
	eachEngine(t, func(t *testing.T, open func(t *testing.T) store.Store) {
		s := open(t).(*Store)
		for version, users := range [][]string{{"1", "2"}, {"1", "2", "3"}} {
			var items []store.Item
			for _, user := range users {
				items = append(items, store.Item{Enterprise: 1, Source: 1, Organization: 2, Team: 3, Tool: "copilot", Version: time.Unix(int64(version), 0),
					Record: &report.Record{Kind: report.UserTeam, Day: 20_000, UserID: user}})
			}
			if _, err := s.Import(t.Context(), store.Import{At: time.Now()}, &once{items: items}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Delete(t.Context(), store.Deletion{Enterprise: 1, User: "3", At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		if found, err := s.Verify(t.Context()); err != nil || len(found) > 0 {
			t.Errorf("found %v, %v", found, err)
		}
	})
}
