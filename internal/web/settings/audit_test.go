package settings

import (
	"slices"
	"testing"
	"time"

	"codegauge/internal/admin"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// TestEqualEntriesAreOneRow: entries that say the same one after the other fold, others between
// them part them.
func TestEqualEntriesAreOneRow(t *testing.T) {
	r := &request{shell: &shell.Shell{Text: text.English}}
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	var list []admin.Entry
	for i, who := range []string{"ann", "ann", "ann", "bob", "ann"} {
		list = append(list, admin.Entry{At: at.Add(-time.Duration(i) * time.Minute), Name: who, Action: "people.listed", Target: "enterprise acme"})
	}
	var got []string
	for _, row := range r.auditRows(list, func(s string) string { return s }) {
		got = append(got, row.Who+" "+row.When+" "+row.Times)
	}
	want := []string{"ann 24 Nov 2026 12:00 3 times since 24 Nov 2026 11:58", "bob 24 Nov 2026 11:57 ", "ann 24 Nov 2026 11:56 "}
	if !slices.Equal(got, want) {
		t.Errorf("rows %q, want %q", got, want)
	}
}
