package sample

import "codegauge/internal/metric"

// counters are the seven counters, in the order of metric.Counter.
type counters [metric.NumRowCounters]int32

func (c *counters) add(n *counters) {
	for i := range c {
		c[i] += n[i]
	}
}

// row is one row of a breakdown by one or two keys; keys are indices of the tables.
type row struct {
	a, b uint8
	n    counters
}

// breakdown is a list of rows. Records have a handful of them, so that looking
// through is faster than a map.
type breakdown []row

func (d *breakdown) add(a, b uint8, n *counters) {
	rows := *d
	for i := range rows {
		if rows[i].a == a && rows[i].b == b {
			rows[i].n.add(n)
			return
		}
	}
	*d = append(rows, row{a, b, *n})
}

// sums is one record's activity in every way that a report states it. All
// breakdowns grow from the same cells, so that they agree as GitHub's do.
type sums struct {
	total                                                   counters
	ides, features, langFeatures, langModels, modelFeatures breakdown
}

func (s *sums) reset() {
	s.total = counters{}
	s.ides, s.features = s.ides[:0], s.features[:0]
	s.langFeatures, s.langModels, s.modelFeatures = s.langFeatures[:0], s.langModels[:0], s.modelFeatures[:0]
}

// cell is the finest grain: what was done with one feature in one language by
// one model. Reports never show it.
type cell struct {
	feature, language, model, ide uint8
	n                             counters
}

// addCell enters a cell into every breakdown that carries its keys.
func (s *sums) addCell(c *cell) {
	s.total.add(&c.n)
	s.features.add(c.feature, 0, &c.n)
	if features[c.feature].ide {
		s.ides.add(c.ide, 0, &c.n)
	}
	if c.language != noLanguage {
		s.langFeatures.add(c.language, c.feature, &c.n)
	}
	if c.model != noModel {
		s.modelFeatures.add(c.model, c.feature, &c.n)
	}
	if c.language != noLanguage && c.model != noModel {
		s.langModels.add(c.language, c.model, &c.n)
	}
}

// merge adds another record's activity.
func (s *sums) merge(o *sums) {
	s.total.add(&o.total)
	s.ides.merge(o.ides)
	s.features.merge(o.features)
	s.langFeatures.merge(o.langFeatures)
	s.langModels.merge(o.langModels)
	s.modelFeatures.merge(o.modelFeatures)
}

func (d *breakdown) merge(rows breakdown) {
	for i := range rows {
		d.add(rows[i].a, rows[i].b, &rows[i].n)
	}
}

func (s *sums) row(feature uint8) *row {
	for i := range s.features {
		if s.features[i].a == feature {
			return &s.features[i]
		}
	}
	return nil
}
