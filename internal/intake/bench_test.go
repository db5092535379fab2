package intake_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"codegauge/internal/day"
	"codegauge/internal/directory/directorytest"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/report"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/store"
)

// BenchmarkItems measures what placing records adds to reading them.
func BenchmarkItems(b *testing.B) {
	var lines []string
	for i := range 50000 {
		lines = append(lines, reporttest.User(i, "2026-11-01", 1, 0, fmt.Sprintf(`"enterprise_id":"83","organization_id":"%d"`, i%50)))
	}
	in := reporttest.Input("a", lines...)
	size := int64(len(strings.Join(lines, "\n")))
	b.Run("read", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			rd := report.NewReader([]report.Input{in}, report.Options{})
			var batch report.Batch
			for rd.Next(b.Context(), &batch) != io.EOF {
			}
			rd.Close()
		}
	})
	b.Run("place", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			rd := report.NewReader([]report.Input{in}, report.Options{})
			it := producttest.Must(intake.PlacedItems(b.Context(), directorytest.NewMemory(), rd, intake.Request{Enterprise: "acme"}, day.Date(2026, 11, 24).Time()))
			var buf store.Buffer
			for {
				if _, err := it.Next(b.Context(), &buf); err == io.EOF {
					break
				}
			}
			rd.Close()
		}
	})
}
