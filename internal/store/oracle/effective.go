package oracle

import (
	"slices"

	"codegauge/internal/metric"
	"codegauge/internal/report"
)

// said is what one record says, after what is missing was put in from its breakdowns.
type said struct {
	totals report.Counters
	// split is the record's rows by feature; unattributed what of the totals is in
	// none of them; discrepancy, zero or less, by how much they exceed it.
	split        []report.Row
	unattributed report.Counters
	discrepancy  report.Counters
	// linesUnknown says that the record's lines are unknown.
	linesUnknown bool
}

// read returns what r says.
func read(r *report.Record) said {
	s := said{split: splitRows(r), linesUnknown: isLinesUnknown(r)}
	for c := range report.NumCounters {
		n, ok := total(r, c)
		if s.linesUnknown && metric.Counter(c).Lines() {
			ok = false
		}
		if !ok {
			continue
		}
		s.totals.Set(c, n)
		sum, _ := sumOf(s.split, c)
		s.unattributed.Set(c, max(0, n-sum))
		s.discrepancy.Set(c, min(0, n-sum))
	}
	return s
}

// total returns counter c of the whole record: as stated; else what its features add up
// to; else its IDEs; else its languages.
func total(r *report.Record, c int) (int64, bool) {
	if n, ok := r.Totals.Get(c); ok {
		return n, true
	}
	if n, ok := sumOf(r.ByFeature, c); ok {
		return n, true
	}
	if n, ok := sumOf(r.ByIDE, c); ok {
		return n, true
	}
	return sumOf(r.ByLanguageFeature, c)
}

// sumOf adds up counter c over the rows that have it.
func sumOf(rows []report.Row, c int) (sum int64, ok bool) {
	for i := range rows {
		if n, has := rows[i].Get(c); has {
			sum, ok = sum+n, true
		}
	}
	return sum, ok
}

// splitRows returns the rows by feature: totals_by_feature if the array is
// there, else totals_by_language_feature added up by feature.
func splitRows(r *report.Record) []report.Row {
	if r.ByFeature != nil {
		return r.ByFeature
	}
	var out []report.Row
	at := map[string]int{}
	for _, row := range r.ByLanguageFeature {
		i, seen := at[row.Feature]
		if !seen {
			i = len(out)
			at[row.Feature] = i
			out = append(out, report.Row{Feature: row.Feature})
		}
		add(&out[i].Counters, &row.Counters)
	}
	return out
}

// add adds the counters that n has to sum.
func add(sum, n *report.Counters) {
	for c := range report.NumCounters {
		if v, ok := n.Get(c); ok {
			sum.Set(c, sum.N[c]+v)
		}
	}
}

// isLinesUnknown reports whether r is a user record whose lines are unknown: it has no line
// anywhere, and no 0 that somebody could have counted.
func isLinesUnknown(r *report.Record) bool {
	if r.Kind != report.UserDay || hasLines(&r.Totals) {
		return false
	}
	byFeature := slices.Concat(r.ByFeature, r.ByLanguageFeature, r.ByModelFeature)
	others := slices.Concat(r.ByIDE, r.ByLanguageModel)
	for _, row := range slices.Concat(byFeature, others) {
		if hasLines(&row.Counters) {
			return false
		}
	}
	counts := func(row report.Row) bool { return statesLines(&row.Counters) }
	if slices.ContainsFunc(byFeature, counts) {
		return !slices.ContainsFunc(byFeature, func(row report.Row) bool { return counts(row) && counted(r, row.Feature) })
	}
	// An editor in which nothing was counted is that of somebody whom only the server saw.
	idle := func(n report.Counters) bool { return n.N == report.Counters{}.N }
	return !slices.ContainsFunc(others, func(row report.Row) bool {
		return counts(row) && (!idle(row.Counters) || !idle(r.Totals))
	}) || !counted(r, "")
}

// counted reports whether one of the record's clients counts the lines of a feature.
func counted(r *report.Record, feature string) bool {
	surface := metric.SurfaceUnknown
	if f, known := metric.FeatureByName(feature); known {
		surface = f.Surface
	}
	if surface == metric.SurfaceCLI || surface == metric.SurfaceApp || len(r.ByIDE) == 0 {
		return true
	}
	if surface == metric.SurfaceUnknown {
		feature = ""
	}
	return slices.ContainsFunc(r.ByIDE, func(row report.Row) bool {
		return metric.ReportsLinesOf(metric.Client{IDE: row.IDE, IDEVersion: row.IDEVersion, PluginVersion: row.PluginVersion}, feature)
	})
}

func hasLines(n *report.Counters) bool {
	for c := range report.NumCounters {
		if metric.Counter(c).Lines() && n.N[c] != 0 {
			return true
		}
	}
	return false
}

func statesLines(n *report.Counters) bool {
	for c := range report.NumCounters {
		if _, ok := n.Get(c); ok && metric.Counter(c).Lines() {
			return true
		}
	}
	return false
}

// rowsOf returns the rows that r reports in a breakdown.
func rowsOf(r *report.Record, b metric.Breakdown) []report.Row {
	switch b {
	case metric.ByFeature:
		return splitRows(r)
	case metric.ByIDE:
		return slices.DeleteFunc(slices.Clone(r.ByIDE), func(row report.Row) bool { return !metric.IsIDE(row.IDE) })
	case metric.ByLanguageFeature:
		return r.ByLanguageFeature
	case metric.ByLanguageModel:
		return r.ByLanguageModel
	case metric.ByModelFeature:
		return r.ByModelFeature
	}
	return nil
}
