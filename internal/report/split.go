package report

import "codegauge/internal/metric"

// Split is a record's total and its division by feature, for each counter:
//
//	Total = Σ Features + Unattributed + Discrepancy
type Split struct {
	// Total is the counter's value for the whole record.
	Total Counters
	// Features are rows whose only key is Feature: the record's totals_by_feature, or,
	// if that is absent, the sums of its totals_by_language_feature (Derived). A
	// reported feature may have several rows.
	Features []Row
	Derived  bool
	// Unattributed is the part of Total that no feature accounts for, never negative.
	// Discrepancy is Total minus the features where they exceed it, never positive.
	// Both have the counters that Total has.
	Unattributed, Discrepancy Counters
	// Substituted has a bit for each counter whose total was absent and was
	// taken from breakdowns.
	Substituted uint8
	// LinesUnknown is set for a user record that does not say how many lines there were, as
	// from clients that do not report lines. Its line counters are unknown, not 0, and
	// absent from Total; the line counters of its rows must be ignored too.
	LinesUnknown bool

	// index finds the row of a feature where there are many.
	index map[string]int
}

// lineCounters has the bits of the counters that count lines.
const lineCounters uint8 = 0b1111000

// Split computes the record's split. It reuses into's memory and does not allocate once
// that is large enough.
func (r *Record) Split(into *Split) {
	*into = Split{Total: r.Totals, Features: into.Features[:0], index: into.index}
	into.substituteTotals(r)
	into.dropUnknownLines(r)
	into.setFeatures(r)
	into.setRemainders()
}

// substituteTotals takes absent totals from the first breakdown that has the counter: by
// feature, by IDE, or by language and feature.
func (s *Split) substituteTotals(r *Record) {
	if s.Total.Present == 1<<NumCounters-1 {
		return
	}
	for _, rows := range [][]Row{r.ByFeature, r.ByIDE, r.ByLanguageFeature} {
		from := sum(rows)
		for i := range NumCounters {
			if n, ok := from.Get(i); ok && s.Total.Present&(1<<i) == 0 {
				s.Total.Set(i, n)
				s.Substituted |= 1 << i
			}
		}
	}
}

// sum adds rows up. A counter is present if any row has it.
func sum(rows []Row) (c Counters) {
	for i := range rows {
		c.add(&rows[i].Counters)
	}
	return c
}

// add adds other to c. It cannot overflow: maxCount × maxRows is less than 2^63.
func (c *Counters) add(other *Counters) {
	for i, n := range other.N {
		c.N[i] += n
	}
	c.Present |= other.Present
}

// dropUnknownLines removes the line counters from the total of a user record that does
// not say how many lines there were.
func (s *Split) dropUnknownLines(r *Record) {
	if r.Kind != UserDay || s.Total.hasLines() || r.linesKnown() {
		return
	}
	s.LinesUnknown = true
	s.Total.Present &^= lineCounters
}

// zero reports whether every counter is 0.
func (c *Counters) zero() bool { return c.N == [NumCounters]int64{} }

// hasLines reports whether any line counter is not 0.
func (c *Counters) hasLines() bool { return c.N[3] != 0 || c.N[4] != 0 || c.N[5] != 0 || c.N[6] != 0 }

// linesKnown reports whether the breakdowns say how many lines there were. A row with a
// number other than 0 does. A row with 0 does if a client that the record names is new
// enough to report lines for the row's feature, or if the record names no client. Zeros
// in rows without a feature count only if no row with a feature has line counters, and if
// anything at all was counted: reports name the editor of a person whom only the server
// saw in a row of zeros.
func (r *Record) linesKnown() bool {
	zeros := false // in rows without a feature
	counted := !r.Totals.zero()
	for _, rows := range [...][]Row{r.ByIDE, r.ByLanguageModel} {
		for i := range rows {
			if rows[i].hasLines() {
				return true
			}
			zeros = zeros || rows[i].Present&lineCounters != 0 && (counted || !rows[i].zero())
		}
	}
	for _, rows := range [...][]Row{r.ByFeature, r.ByLanguageFeature, r.ByModelFeature} {
		for i := range rows {
			if rows[i].Present&lineCounters == 0 {
				continue
			}
			if rows[i].hasLines() || r.couldReport(rows[i].Feature) {
				return true
			}
			zeros = false
		}
	}
	return zeros && r.couldReport("")
}

// couldReport reports whether the record's clients report lines for a feature, so that 0
// means none. A feature of unknown surface is reported by every client that reports any
// feature; features outside IDEs do not depend on the client.
func (r *Record) couldReport(feature string) bool {
	switch f, _ := metric.FeatureByName(feature); f.Surface {
	case metric.SurfaceIDE:
	case metric.SurfaceUnknown:
		feature = ""
	default:
		return true
	}
	for i := range r.ByIDE {
		row := &r.ByIDE[i]
		if metric.ReportsLinesOf(metric.Client{IDE: row.IDE, IDEVersion: row.IDEVersion, PluginVersion: row.PluginVersion}, feature) {
			return true
		}
	}
	return len(r.ByIDE) == 0
}

// setFeatures sets Features and Derived.
func (s *Split) setFeatures(r *Record) {
	if r.ByFeature != nil {
		for i := range r.ByFeature {
			row := &r.ByFeature[i]
			s.Features = append(s.Features, Row{Feature: row.Feature, Counters: row.Counters})
		}
		return
	}
	s.Derived = r.ByLanguageFeature != nil
	clear(s.index)
	for i := range r.ByLanguageFeature {
		row := &r.ByLanguageFeature[i]
		s.featureCounters(row.Feature).add(&row.Counters)
	}
}

// maxLinearFeatures is up to how many features a linear search is faster than a map.
const maxLinearFeatures = 32

// featureCounters returns the counters of the feature's row, which it adds if needed.
func (s *Split) featureCounters(name string) *Counters {
	i, ok := s.findFeature(name)
	if !ok {
		i = len(s.Features)
		s.Features = append(s.Features, Row{Feature: name})
		s.indexFeature(i)
	}
	return &s.Features[i].Counters
}

func (s *Split) findFeature(name string) (int, bool) {
	if len(s.Features) > maxLinearFeatures {
		i, ok := s.index[name]
		return i, ok
	}
	for i := range s.Features {
		if s.Features[i].Feature == name {
			return i, true
		}
	}
	return 0, false
}

// indexFeature adds the new row i to the index, which is built once there are more rows
// than maxLinearFeatures.
func (s *Split) indexFeature(i int) {
	if i < maxLinearFeatures {
		return
	}
	if s.index == nil {
		s.index = map[string]int{}
	}
	if i == maxLinearFeatures {
		for j := range s.Features {
			s.index[s.Features[j].Feature] = j
		}
		return
	}
	s.index[s.Features[i].Feature] = i
}

// setRemainders sets Unattributed and Discrepancy.
func (s *Split) setRemainders() {
	split := sum(s.Features)
	for i := range NumCounters {
		total, ok := s.Total.Get(i)
		if !ok {
			continue
		}
		s.Unattributed.Set(i, max(0, total-split.N[i]))
		s.Discrepancy.Set(i, min(0, total-split.N[i]))
	}
}
