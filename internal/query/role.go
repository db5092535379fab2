package query

import (
	"slices"

	"codegauge/internal/metric"
)

// partSet is the parts of the split that a cell belongs to.
type partSet uint8

func (s partSet) has(p metric.Part) bool { return s&(1<<p) != 0 }

// wholeParts is what totals belong to.
const wholeParts partSet = 1 << metric.Whole

// role is what a cell is to a selection.
type role struct {
	known bool
	// pass says that it is of the selection's breakdown and within the filters.
	pass bool
	// reported says that it is a row of a report, not what a split left.
	reported bool
	parts    partSet
	group    int
}

// roles works out each cell's role once.
type roles struct {
	plan   *Plan
	sel    Select
	dims   []string // those of the selection that cells carry
	cells  []Cell
	known  []role
	groups map[string]int
	values [][]any // of each group, by dims
}

func newRoles(p *Plan, s Select, cells []Cell) *roles {
	r := &roles{plan: p, sel: s, cells: cells, known: make([]role, len(cells)), groups: map[string]int{}}
	for _, dim := range s.By {
		if metric.DimensionByName(dim).Key != metric.NoKey {
			r.dims = append(r.dims, dim)
		}
	}
	return r
}

func (r *roles) of(cell int32) *role {
	k := &r.known[cell]
	if !k.known {
		*k = r.make(&r.cells[cell])
	}
	return k
}

// value returns a group's value of a dimension.
func (r *roles) value(group int, dim string) any { return r.values[group][slices.Index(r.dims, dim)] }

func (r *roles) make(c *Cell) role {
	out := role{known: true, reported: c.Part < Unsplit}
	if c.Breakdown != r.sel.Breakdown || !r.passes(c) {
		return out
	}
	out.pass, out.parts = true, r.parts(c)
	var values []any
	for _, dim := range r.dims {
		values = append(values, r.valueOf(c, dim))
	}
	key := keyOf(values)
	group, ok := r.groups[key]
	if !ok {
		group = len(r.values)
		r.groups[key], r.values = group, append(r.values, values)
	}
	out.group = group
	return out
}

// valueOf returns what a cell says of a dimension; nil where it says nothing.
func (r *roles) valueOf(c *Cell, dim string) any {
	feature, ok := c.Key(metric.KeyFeature)
	switch dim {
	case "surface":
		if !ok {
			return nil
		}
		f, _ := metric.FeatureByName(feature)
		return f.Surface
	case "initiator":
		switch {
		case c.Part == Discrepancy:
			return nil
		case !ok:
			return metric.Unclassified
		}
		return r.plan.Query.Definition.Initiator(feature)
	}
	v, ok := c.Key(metric.DimensionByName(dim).Key)
	if !ok {
		return nil
	}
	return v
}

// passes reports whether a cell is within the filters.
func (r *roles) passes(c *Cell) bool {
	for _, f := range r.plan.Query.Filters {
		if metric.DimensionByName(f.Dimension).Key == metric.NoKey {
			continue
		}
		v, ok := r.valueOf(c, f.Dimension).(string)
		if !ok || !slices.Contains(f.Values, v) {
			return false
		}
	}
	return true
}

// parts returns the parts of the split that a cell belongs to.
func (r *roles) parts(c *Cell) partSet {
	set := wholeParts
	if c.Part == Discrepancy {
		return set | 1<<metric.Discrepancy
	}
	set |= 1 << metric.Split
	feature, ok := c.Key(metric.KeyFeature)
	if !ok {
		return set
	}
	if r.plan.Query.Definition.Initiator(feature) == metric.ByAgent {
		set |= 1 << metric.Agent
	}
	if feature == "code_completion" {
		set |= 1 << metric.Completion
	}
	if f, _ := metric.FeatureByName(feature); f.Chat {
		set |= 1 << metric.Chat
	}
	return set
}
