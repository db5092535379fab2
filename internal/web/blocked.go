package web

import (
	"slices"
	"strings"

	"codegauge/internal/metric"
)

// Blocked says why a card shows nothing, and what to do about it.
type Blocked struct {
	Message string
	Fixes   []Link
}

// Link is an address with its words.
type Link struct{ Label, URL string }

// block explains that no report carries the measures by the dimensions under
// the state's filters, and which filters to remove; nil if one does.
func (b *builder) block(measures []string, by ...string) *Blocked {
	s := b.effective
	if len(served(measures, append(keysOf(by), s.keys()...))) == len(measures) {
		return nil
	}
	return b.blockedBy(s, measures, by)
}

func (b *builder) blockedBy(s State, measures, by []string) *Blocked {
	var fixes []Link
	for _, dim := range b.filteredDimensions(s) {
		if len(served(measures, append(keysOf(by), s.keysWithout(dim)...))) == len(measures) {
			fixes = append(fixes, Link{b.t("blocked.remove", lower(b.dimension(dim))), b.withoutFilter(dim)})
		}
	}
	if len(fixes) == 0 {
		fixes = []Link{{b.t("blocked.removeall"), b.state.With(func(s *State) { s.Where, s.Parity = nil, false }).URL()}}
	}
	return &Blocked{Message: b.t("blocked.message", b.combination(s, measures, by)), Fixes: fixes}
}

// withoutFilter returns the page without the dimension's filter; the surface
// of the switch "Match GitHub's page" goes with the switch.
func (b *builder) withoutFilter(dim string) string {
	return b.state.With(func(s *State) {
		if s.Parity && !s.Has(dim) {
			s.Parity = false
		}
	}).Remove(dim, "").URL()
}

// filteredDimensions lists the filtered dimensions that need a breakdown.
func (b *builder) filteredDimensions(s State) []string {
	var out []string
	for _, c := range s.Where {
		d := metric.DimensionByName(c.Dimension)
		if d != nil && d.Key != metric.NoKey && !slices.Contains(out, c.Dimension) {
			out = append(out, c.Dimension)
		}
	}
	return out
}

// combination names what would have to be known together: "model, language and
// who initiated".
func (b *builder) combination(s State, measures, by []string) string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, dim := range b.filteredDimensions(s) {
		add(lower(b.dimension(dim)))
	}
	for _, dim := range by {
		if d := metric.DimensionByName(dim); d != nil && d.Key != metric.NoKey && dim != "initiator" {
			add(lower(b.dimension(dim)))
		}
	}
	if slices.Contains(by, "initiator") || slices.ContainsFunc(measures, fixesFeatures) {
		add(b.t("blocked.initiator"))
	}
	return b.list(names)
}

func fixesFeatures(measure string) bool {
	m := metric.MeasureByName(measure)
	return m != nil && m.FixesFeatures()
}

func keysOf(dimensions []string) []metric.Key {
	var out []metric.Key
	for _, name := range dimensions {
		if d := metric.DimensionByName(name); d != nil && d.Key != metric.NoKey {
			out = append(out, d.Key)
		}
	}
	return out
}

// lower writes a label within a sentence; abbreviations stay as they are.
func lower(label string) string {
	if strings.ToUpper(label) == label {
		return label
	}
	return strings.ToLower(label)
}

// list writes names as "a, b and c".
func (b *builder) list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " " + b.t("and") + " " + names[last]
}

// dimension returns what pages call a dimension.
func (b *builder) dimension(name string) string {
	if d := metric.DimensionByName(name); d != nil {
		return d.Label
	}
	return name
}
