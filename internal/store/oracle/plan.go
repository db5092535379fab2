package oracle

import (
	"slices"

	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// plan is a query that can be answered.
type plan struct {
	query.Query
	measures []*metric.Measure
	// dims are the dimensions of By that stand within one scope's answer;
	// entity is the one that names scopes (organization, team), nil if none.
	dims   []*metric.Dimension
	entity *metric.Dimension
}

// newPlan checks q: first its words, then whether reports can answer it.
func newPlan(q query.Query) (*plan, error) {
	p := &plan{Query: q}
	for _, check := range []func() error{
		p.checkWords, p.checkMeasures, p.checkBy, p.checkFilters, p.checkEntity, p.checkBreakdowns,
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *plan) checkWords() error {
	if p.Range.To < p.Range.From {
		return fault.New(fault.Invalid, "range ends on %s, before it starts on %s", p.Range.To, p.Range.From)
	}
	d, err := metric.ParseDefinition(string(p.Definition))
	if err != nil {
		return fault.New(fault.Invalid, "%v", err)
	}
	p.Definition = d
	switch p.Source {
	case "", query.Auto, query.FromUsers, query.FromAggregate:
		return nil
	}
	return fault.New(fault.Invalid, "source %.60q is not one of auto, users, aggregate", p.Source)
}

func (p *plan) checkMeasures() error {
	if len(p.Measures) == 0 {
		return fault.New(fault.Invalid, "no measure is asked for")
	}
	for _, name := range p.Measures {
		m := metric.MeasureByName(name)
		if m == nil {
			return fault.New(fault.Invalid, "%.60q is not a measure", name)
		}
		p.measures = append(p.measures, m)
	}
	return nil
}

func (p *plan) checkBy() error {
	var dims []*metric.Dimension
	for _, name := range p.By {
		d := metric.DimensionByName(name)
		if d == nil || slices.Contains(dims, d) {
			return fault.New(fault.Invalid, "by %.60q: not a dimension, or named twice", name)
		}
		dims = append(dims, d)
	}
	for _, d := range dims {
		if isEntity(d) {
			p.entity = d
		} else {
			p.dims = append(p.dims, d)
		}
	}
	return nil
}

func isEntity(d *metric.Dimension) bool { return d.Name == "organization" || d.Name == "team" }

func (p *plan) checkFilters() error {
	words := map[string][]string{"surface": metric.Surfaces, "initiator": metric.Initiators}
	for _, f := range p.Filters {
		d := metric.DimensionByName(f.Dimension)
		if d == nil || d.Grain || isEntity(d) || len(f.Values) == 0 {
			return fault.New(fault.Invalid, "cannot filter %.60q to %.60q", f.Dimension, f.Values)
		}
		for _, v := range f.Values {
			if words[d.Name] != nil && !slices.Contains(words[d.Name], v) {
				return fault.New(fault.Invalid, "%.60q is not a %s", v, d.Name)
			}
		}
	}
	return nil
}

// checkEntity refuses rows per organization or team where they would not be
// parts of the scope, or not the only thing that names people.
func (p *plan) checkEntity() error {
	switch {
	case p.entity == nil:
		return nil
	case slices.Contains(p.By, "user"), slices.Contains(p.By, "organization") && slices.Contains(p.By, "team"):
		return fault.New(fault.Unsupported, "by %s cannot be combined with another grouping of people", p.entity.Name)
	case p.Scope.Team != 0, p.entity.Name == "organization" && p.Scope.Organization != 0:
		return fault.New(fault.Unsupported, "by %s is not possible within this scope", p.entity.Name)
	}
	return nil
}

// checkBreakdowns refuses what no breakdown carries.
func (p *plan) checkBreakdowns() error {
	keys := append(p.filterKeys(), keysOf(p.dims)...)
	for _, m := range p.measures {
		if m.Multiple != nil && has(p.dims, "phase") || m.By != metric.NoKey && !slices.Contains(keys, m.By) {
			return fault.New(fault.Unsupported, "%s: by phase, or not by what overlaps", m.Name)
		}
		if m.FixesFeatures() && slices.Contains(keysOf(p.dims), metric.KeyFeature) {
			return fault.New(fault.Unsupported, "%s by mode, surface or initiator compares a part with itself", m.Name)
		}
		if m.Sum != nil && m.Sum.Part == metric.Discrepancy && len(keys) > 0 {
			return fault.New(fault.Unsupported, "%s is of whole records: it has no breakdown", m.Name)
		}
		if m.Users != nil && m.Users.Reporting && len(keys) > 0 {
			return fault.New(fault.Unsupported, "%s is of whole records: it has no breakdown", m.Name)
		}
		if _, err := metric.Serving(m, keys); err != nil {
			return fault.New(fault.Unsupported, "%v", err)
		}
	}
	return nil
}

// filterKeys returns the breakdown columns that the filters need.
func (p *plan) filterKeys() []metric.Key {
	var out []metric.Key
	for _, f := range p.Filters {
		if d := metric.DimensionByName(f.Dimension); d.Key != metric.NoKey {
			out = append(out, d.Key)
		}
	}
	return out
}

// keysOf returns the breakdown columns that the dimensions need.
func keysOf(dims []*metric.Dimension) []metric.Key {
	var out []metric.Key
	for _, d := range dims {
		if d.Key != metric.NoKey {
			out = append(out, d.Key)
		}
	}
	return out
}

// only returns the dimensions that keep accepts.
func only(dims []*metric.Dimension, keep func(*metric.Dimension) bool) []*metric.Dimension {
	var out []*metric.Dimension
	for _, d := range dims {
		if keep(d) {
			out = append(out, d)
		}
	}
	return out
}

func has(dims []*metric.Dimension, name string) bool {
	return slices.ContainsFunc(dims, func(d *metric.Dimension) bool { return d.Name == name })
}

// serving is metric.Serving for what newPlan has let through.
func serving(m *metric.Measure, keys []metric.Key) metric.Breakdown {
	b, err := metric.Serving(m, keys)
	if err != nil {
		panic(err)
	}
	return b
}
