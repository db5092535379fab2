package cards

import (
	"slices"

	"codegauge/internal/metric"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// Blocked says why a card shows nothing, and what to do about it.
type Blocked struct {
	Message string
	Fixes   []shell.Link
}

// Block explains that no report carries the measures by the dimensions under
// the state's filters, and which filters to remove; nil if one does.
func (b *Builder) Block(measures []string, by ...string) *Blocked {
	served := func(filters []metric.Key) bool {
		return len(Served(measures, append(shell.KeysOf(by), filters...))) == len(measures)
	}
	if served(b.Effective.Keys()) {
		return nil
	}
	var fixes []shell.Link
	for _, dim := range b.filteredDimensions() {
		if served(b.Effective.KeysWithout(dim)) {
			fixes = append(fixes, shell.Link{Label: b.T("blocked.remove", text.Lower(b.Dimension(dim))), URL: b.withoutFilter(dim)})
		}
	}
	if len(fixes) == 0 {
		fixes = []shell.Link{{Label: b.T("blocked.removeall"), URL: b.State.With(func(s *shell.State) { s.Where, s.Parity = nil, false }).URL()}}
	}
	return &Blocked{Message: b.T("blocked.message", b.combination(measures, by)), Fixes: fixes}
}

// withoutFilter returns the page without the dimension's filter; the surface
// of the switch "Match GitHub's page" goes with the switch.
func (b *Builder) withoutFilter(dim string) string {
	return b.State.With(func(s *shell.State) {
		if s.Parity && !s.Has(dim) {
			s.Parity = false
		}
	}).Remove(dim, "").URL()
}

// filteredDimensions lists the filtered dimensions that need a breakdown.
func (b *Builder) filteredDimensions() []string {
	var out []string
	for _, c := range b.Effective.Where {
		d := metric.DimensionByName(c.Dimension)
		if d != nil && d.Key != metric.NoKey && !slices.Contains(out, c.Dimension) {
			out = append(out, c.Dimension)
		}
	}
	return out
}

// combination names what would have to be known together: "model, language and
// who initiated".
func (b *Builder) combination(measures, by []string) string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, dim := range b.filteredDimensions() {
		add(text.Lower(b.Dimension(dim)))
	}
	for _, dim := range by {
		if d := metric.DimensionByName(dim); d != nil && d.Key != metric.NoKey && dim != "initiator" {
			add(text.Lower(b.Dimension(dim)))
		}
	}
	if slices.Contains(by, "initiator") || slices.ContainsFunc(measures, fixesFeatures) {
		add(b.T("blocked.initiator"))
	}
	return b.List(names)
}

func fixesFeatures(measure string) bool {
	m := metric.MeasureByName(measure)
	return m != nil && m.FixesFeatures()
}
