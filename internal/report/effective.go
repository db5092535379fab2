package report

import "codegauge/internal/metric"

// Split is a record's total and its division by feature, per counter:
//
//	Total = Σ Features + Unattributed + Discrepancy
type Split struct {
	// Total is the counter's value for the whole record.
	Total Counters
	// Features are the rows of the split, with no key but Feature: the
	// record's own, or its language × feature rows added up (Derived). One
	// feature may have several rows.
	Features []Row
	Derived  bool
	// Unattributed is what of the total the rows lack, never negative; Discrepancy
	// by how much they exceed it, never positive. Both are there where Total is.
	Unattributed, Discrepancy Counters
	// Substituted has a bit for each counter whose total was absent and was
	// taken from breakdowns.
	Substituted uint8
	// Reduced says that the record is a user's in which nothing says how many lines
	// there were: its lines are not 0 but unknown, and absent from Total. Whoever reads
	// rows of its breakdowns leaves their counters of lines out.
	Reduced bool

	// index finds the row of a feature where there are many.
	index map[string]int
}

// The bits of the counters that count lines.
const lineBits uint8 = 0b1111000

// Split works out the record's split. It does not allocate when into has been
// used before.
func (r *Record) Split(into *Split) {
	*into = Split{Total: r.Totals, Features: into.Features[:0], index: into.index}
	into.substitute(r)
	into.reduce(r)
	into.rows(r)
	into.rest()
}

// substitute takes totals that are absent from the breakdowns: the larger of the
// sums by feature and by IDE, as a breakdown may leave out but not invent; else
// the sum by language and feature.
func (s *Split) substitute(r *Record) {
	if s.Total.Present == 1<<NumCounters-1 {
		return
	}
	byFeature, byIDE, byLanguage := sum(r.ByFeature), sum(r.ByIDE), sum(r.ByLanguageFeature)
	for i := range NumCounters {
		if s.Total.Present&(1<<i) != 0 {
			continue
		}
		from := &byLanguage
		if (byFeature.Present|byIDE.Present)&(1<<i) != 0 {
			from = &byFeature
			if byIDE.N[i] > byFeature.N[i] {
				from = &byIDE
			}
		} else if byLanguage.Present&(1<<i) == 0 {
			continue
		}
		s.Total.Set(i, from.N[i])
		s.Substituted |= 1 << i
	}
}

// sum adds rows up; a counter is there if one of the rows has it.
func sum(rows []Row) (c Counters) {
	for i := range rows {
		c.add(&rows[i].Counters)
	}
	return c
}

// add adds other to c. What a record may have (maxCount, maxRows) adds up to
// less than the largest number.
func (c *Counters) add(other *Counters) {
	for i, n := range other.N {
		c.N[i] += n
	}
	c.Present |= other.Present
}

// reduce makes the lines of a user record unknown if nothing in it says what they are.
func (s *Split) reduce(r *Record) {
	if r.Kind != UserDay || s.Total.lines() || r.linesKnown() {
		return
	}
	s.Reduced = true
	s.Total.Present &^= lineBits
}

// lines reports whether any counter of lines is not 0.
func (c *Counters) lines() bool { return c.N[3] != 0 || c.N[4] != 0 || c.N[5] != 0 || c.N[6] != 0 }

// linesKnown reports whether a row of a breakdown says how many lines there were.
// Every number but 0 does. A 0 does where a client that the record names is new enough
// to report lines of the row's feature, or it names no client; rows without a feature
// are asked only where no row with a feature has counters of lines.
func (r *Record) linesKnown() bool {
	zeros := false // rows without a feature have zeros
	for _, rows := range [...][]Row{r.ByIDE, r.ByLanguageModel} {
		for i := range rows {
			if rows[i].lines() {
				return true
			}
			zeros = zeros || rows[i].Present&lineBits != 0
		}
	}
	for _, rows := range [...][]Row{r.ByFeature, r.ByLanguageFeature, r.ByModelFeature} {
		for i := range rows {
			if rows[i].Present&lineBits == 0 {
				continue
			}
			if rows[i].lines() || r.couldReport(rows[i].Feature) {
				return true
			}
			zeros = false
		}
	}
	return zeros && r.couldReport("")
}

// couldReport reports whether somebody's 0 lines of a feature are known to be none.
// What no table classifies is reported by whoever reports anything.
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

// rows sets the rows of the split.
func (s *Split) rows(r *Record) {
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
		s.feature(row.Feature).add(&row.Counters)
	}
}

// fewFeatures is how many features are found faster without an index.
const fewFeatures = 32

// feature returns the counters of the feature's row, a new one if need be.
func (s *Split) feature(name string) *Counters {
	i, ok := s.find(name)
	if !ok {
		i = len(s.Features)
		s.Features = append(s.Features, Row{Feature: name})
		s.remember(i)
	}
	return &s.Features[i].Counters
}

func (s *Split) find(name string) (int, bool) {
	if len(s.Features) > fewFeatures {
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

// remember puts the new row i into the index, and all rows once there are many.
func (s *Split) remember(i int) {
	if i < fewFeatures {
		return
	}
	if s.index == nil {
		s.index = map[string]int{}
	}
	if i == fewFeatures {
		for j := range s.Features {
			s.index[s.Features[j].Feature] = j
		}
		return
	}
	s.index[s.Features[i].Feature] = i
}

// rest sets what the rows lack or have too much.
func (s *Split) rest() {
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
