package impact

import (
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/sorting"
)

// phaseRule is the last day on which GitHub may have changed how it decides phases: its
// documentation changed between 17 and 22 August 2026, and does not say from when on the
// data follows it.
var phaseRule = metric.Break{Day: day.Date(2026, 8, 22), Label: "GitHub changed its rule for phase 1, between 17 and 22 August"}

// Breaks lists, in order, the days on which GitHub changed what it counts or how it decides
// phases, or on which a fault of clients began, ended or was made known, as far as figures
// before are compared with figures from then on in the range. A range that begins on such a
// day compares nothing across it.
func Breaks(r day.Range) []metric.Break {
	all := append(slices.Clone(metric.Breaks), phaseRule)
	for _, f := range metric.ClientFaults {
		for _, d := range []day.Day{f.Known, f.From, f.Until} {
			all = append(all, metric.Break{Day: d, Label: f.Label})
		}
	}
	sorting.Stable(all, func(a, b metric.Break) int { return int(a.Day - b.Day) })
	return slices.DeleteFunc(all, func(b metric.Break) bool { return b.Day <= r.From || b.Day > r.To })
}
