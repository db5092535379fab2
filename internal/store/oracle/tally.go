package oracle

import (
	"maps"
	"slices"

	"codegauge/internal/metric"
	"codegauge/internal/report"
)

// tally is a sum of lines, counter by counter: a counter that no line had is
// not there.
type tally struct {
	n          report.Counters
	credits    int64 // millionths
	hasCredits bool
	own        own
}

func (t *tally) add(u tally) {
	add(&t.n, &u.n)
	t.credits += u.credits
	t.hasCredits = t.hasCredits || u.hasCredits
	sum := maps.Clone(t.own)
	if sum == nil {
		sum = own{}
	}
	for c, n := range u.own {
		sum[c] += n
	}
	t.own = sum
}

// get returns a counter.
func (t tally) get(c metric.Counter) (int64, bool) {
	if c.InRows() {
		return t.n.Get(int(c))
	}
	n, ok := t.own[c]
	return n, ok
}

// value adds up the counters of an additive expression; nil if none is there.
func (t tally) value(sum metric.Sum) any {
	if slices.Contains(sum.Counters, metric.AICredits) {
		if !t.hasCredits {
			return nil
		}
		return float64(t.credits) / 1e6
	}
	if scale := metric.Counters[sum.Counters[0]].Scale; scale != 1 {
		n, ok := t.own[sum.Counters[0]]
		if !ok {
			return nil
		}
		return float64(n) / float64(scale)
	}
	var total int64
	found := false
	for _, c := range sum.Counters {
		if n, ok := t.get(c); ok {
			total, found = total+n, true
		}
	}
	if !found {
		return nil
	}
	return total
}

// minus returns what base has beyond the rows. A counter is there if base has
// it; or if rows have it and the whole, which base is a part of, knows it: then
// base's part is nothing, and the rest is negative.
func minus(base, rows, whole tally) tally {
	var out tally
	for c := range report.NumCounters {
		b, inBase := base.n.Get(c)
		r, inRows := rows.n.Get(c)
		_, known := whole.n.Get(c)
		if inBase || inRows && known {
			out.n.Set(c, b-r)
		}
	}
	out.own = own{}
	for c := range metric.Counter(metric.NumCounters) {
		b, inBase := base.own[c]
		r, inRows := rows.own[c]
		if _, known := whole.own[c]; inBase || inRows && known {
			out.own[c] = b - r
		}
	}
	out.hasCredits = base.hasCredits || rows.hasCredits && whole.hasCredits
	if out.hasCredits {
		out.credits = base.credits - rows.credits
	}
	return out
}

// groups adds up lines by some dimensions.
type groups map[place]tally

func (g groups) add(at place, t tally) {
	sum := g[at]
	sum.add(t)
	g[at] = sum
}

// on adds up the groups by fewer dimensions.
func (g groups) on(dims []*metric.Dimension) groups {
	out := groups{}
	for at, t := range g {
		out.add(at.on(dims), t)
	}
	return out
}

// group adds up the lines of one part by the dimensions. A counter that lines
// of the group have, but none of the part, is zero of the part, not unknown.
func (v *view) group(lines []line, dims []*metric.Dimension, part metric.Part) groups {
	out := groups{}
	for _, l := range lines {
		if !l.standsIn(dims) || part != metric.Whole && part != metric.Discrepancy && l.kind == discrepancy {
			continue
		}
		t := tally{n: l.n, own: l.own}
		if l.credits != nil {
			t.credits, t.hasCredits = *l.credits, true
		}
		if !v.in(l, part) {
			t = tally{n: report.Counters{Present: l.n.Present}, own: own{}}
			for c := range l.own {
				t.own[c] = 0
			}
		}
		out.add(l.at.on(dims), t)
	}
	return out
}

// standsIn reports whether the line has a place among rows by the dimensions.
// What is under no feature is part of rows by initiator, where it is
// unclassified; by other breakdown columns it is left to the residual.
func (l line) standsIn(dims []*metric.Dimension) bool {
	keyed := len(keysOf(dims)) > 0
	switch l.kind {
	case unattributed:
		return !keyed || has(dims, "initiator")
	case discrepancy:
		return !keyed
	case nobody:
		return !keyed && !has(dims, "user")
	}
	return true
}
