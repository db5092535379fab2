package query

import (
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/metric"
)

// partSet is the parts of the split that a cell belongs to.
type partSet uint16

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
	// others says that its row is of what is not told.
	others bool
}

// roles works out each cell's role once.
type roles struct {
	plan       *Plan
	sel        Select
	dims       []string // those of the selection that cells carry
	dictionary *cube.Dictionary
	known      [numFoldings][]role
	groups     map[rowKey]int
	keys       []rowKey // of each group, by dims
}

func newRoles(p *Plan, s Select, d *cube.Dictionary) *roles {
	r := &roles{plan: p, sel: s, dictionary: d, groups: map[rowKey]int{}}
	for _, dim := range s.By {
		if metric.DimensionByName(dim).Key != metric.NoKey {
			r.dims = append(r.dims, dim)
		}
	}
	return r
}

func (r *roles) of(cell int32, fold folding) *role {
	if r.known[fold] == nil {
		r.known[fold] = make([]role, len(r.dictionary.Cells))
	}
	k := &r.known[fold][cell]
	if !k.known {
		*k = r.make(&r.dictionary.Cells[cell], fold)
	}
	return k
}

// coordinate returns a group's coordinate on a dimension.
func (r *roles) coordinate(group int, dim string) int64 {
	return r.keys[group][slices.Index(r.dims, dim)]
}

func (r *roles) make(c *cube.Cell, fold folding) role {
	out := role{known: true, reported: c.Part < cube.Unattributed || fold != foldNothing}
	if c.Breakdown != r.sel.Breakdown || r.noIDE(c) || !r.passes(c, fold) {
		return out
	}
	out.pass, out.parts = true, r.parts(c, fold)
	var key rowKey
	for i, dim := range r.dims {
		key[i] = r.coordinateOf(c, dim, fold)
		out.others = out.others || key[i] == others
	}
	group, ok := r.groups[key]
	if !ok {
		group = len(r.keys)
		r.groups[key], r.keys = group, append(r.keys, key)
	}
	out.group = group
	return out
}

// folds reports whether a cell's value of a key is not told.
func folds(c *cube.Cell, k metric.Key, fold folding) bool {
	return fold == foldAll || fold == foldSecond && metric.Breakdowns[c.Breakdown].Keys[0] != k
}

// coordinateOf returns a cell's coordinate on a dimension; none where it has none.
func (r *roles) coordinateOf(c *cube.Cell, dim string, fold folding) int64 {
	feature, ok := r.dictionary.NameOf(c, metric.KeyFeature)
	hidden := folds(c, metric.DimensionByName(dim).Key, fold)
	switch dim {
	case "surface":
		switch {
		case hidden:
			return int64(slices.Index(metric.Surfaces, metric.SurfaceUnknown))
		case !ok:
			return none
		}
		f, _ := metric.FeatureByName(feature)
		return int64(slices.Index(metric.Surfaces, f.Surface))
	case "initiator":
		initiator := metric.Unclassified
		switch {
		case hidden:
		case c.Part == cube.Discrepancy:
			return none
		case ok:
			initiator = r.plan.Query.Definition.Initiator(feature)
		}
		return int64(slices.Index(metric.Initiators, initiator))
	}
	if hidden {
		return others
	}
	v, ok := c.Value(metric.DimensionByName(dim).Key)
	if !ok {
		return none
	}
	return int64(v)
}

// noIDE reports whether a cell is a row by IDE of what is no IDE.
func (r *roles) noIDE(c *cube.Cell) bool {
	ide, ok := r.dictionary.NameOf(c, metric.KeyIDE)
	return ok && !metric.IsIDE(ide)
}

// passes reports whether a cell is within the filters.
func (r *roles) passes(c *cube.Cell, fold folding) bool {
	n := names{dictionary: r.dictionary}
	for _, f := range r.plan.Query.Filters {
		if metric.DimensionByName(f.Dimension).Key == metric.NoKey {
			continue
		}
		at := r.coordinateOf(c, f.Dimension, fold)
		if at == none || at == others || !slices.Contains(f.Values, n.name(f.Dimension, at)) {
			return false
		}
	}
	return true
}

// parts returns the parts of the split that a cell belongs to.
func (r *roles) parts(c *cube.Cell, fold folding) partSet {
	set := wholeParts
	hidden := folds(c, metric.KeyFeature, fold)
	if c.Part == cube.Discrepancy && !hidden {
		return set | 1<<metric.Discrepancy
	}
	set |= 1 << metric.Split
	if phase, ok := r.dictionary.NameOf(c, metric.KeyPhase); ok {
		return set | r.phaseParts(phase)
	}
	feature, ok := r.dictionary.NameOf(c, metric.KeyFeature)
	if !ok || hidden {
		return set | 1<<metric.NotUser
	}
	switch r.plan.Query.Definition.Initiator(feature) {
	case metric.ByAgent:
		set |= 1<<metric.Agent | 1<<metric.Classified | 1<<metric.NotUser
	case metric.User:
		set |= 1 << metric.Classified
	default:
		set |= 1 << metric.NotUser
	}
	if feature == "code_completion" {
		set |= 1 << metric.Completion
	}
	if f, _ := metric.FeatureByName(feature); f.Chat {
		set |= 1 << metric.Chat
	}
	return set
}

// phaseParts returns the parts that an adoption phase belongs to. By phase, those of each are
// told: then nobody is left out.
func (r *roles) phaseParts(phase string) (set partSet) {
	if phase == metric.NoCohort {
		set = 1 << metric.Passive
	}
	if phase != metric.NoCohort || slices.Contains(r.plan.Query.By, "phase") {
		set |= 1 << metric.InPhase
	}
	return set
}
