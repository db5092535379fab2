package impact

import (
	"math"
	"slices"
)

// moments are what a comparison needs of a group's figures.
type moments struct {
	n, mean float64
	// relative is the squared coefficient of variation: the variance in units of the mean.
	relative float64
}

func momentsOf(x []float64) moments {
	m := moments{n: float64(len(x))}
	for _, v := range x {
		m.mean += v
	}
	m.mean /= m.n
	for _, v := range x {
		m.relative += (v - m.mean) * (v - m.mean)
	}
	m.relative /= (m.n - 1) * m.mean * m.mean
	return m
}

// OverPeople compares the means of two groups of people, who are taken as a sample of such
// people: figures has a number for each.
func OverPeople(engaged, passive []float64) Estimate {
	e := Estimate{Engaged: Group{People: len(engaged)}, Passive: Group{People: len(passive)}}
	if e.Why = tooFew(len(engaged), len(passive)); e.Why != "" {
		return e
	}
	e.compare(momentsOf(engaged), momentsOf(passive))
	return e
}

func tooFew(engaged, passive int) Why {
	switch {
	case engaged < Minimum:
		return TooFewEngaged
	case passive < Minimum:
		return TooFewPassive
	}
	return ""
}

// compare fills in the ratio of two means. The logarithm of a ratio is nearer to a normal
// distribution than the ratio, and its variance is the sum of the means' relative ones.
//
// A small sample of heavy tails often misses the heaviest people, and then has too small a
// mean and too small a variance at once. So the relative variance of either group is
// taken to be that of both together where that is larger.
func (e *Estimate) compare(a, b moments) {
	e.Engaged.Mean, e.Passive.Mean = a.mean, b.mean
	if a.mean <= 0 || b.mean <= 0 {
		e.Why = Nothing
		return
	}
	both := ((a.n-1)*a.relative + (b.n-1)*b.relative) / (a.n + b.n - 2)
	x, y := max(a.relative, both)/a.n, max(b.relative, both)/b.n
	df := (x + y) * (x + y) / (x*x/(a.n-1) + y*y/(b.n-1)) // Welch's
	if x+y == 0 {
		df = a.n + b.n - 2
	}
	e.around(a.mean/b.mean, math.Sqrt(x+y), df, int(a.n+b.n))
}

// share is the part of the people that WithoutHeaviest leaves out, one in share.
const share = 20

// WithoutHeaviest compares the groups without the heaviest 5% of the people of each, and
// never without fewer than atLeast: the difference to the whole would be the figure of a
// group that small.
func WithoutHeaviest(engaged, passive []float64, atLeast int) Estimate {
	a, droppedA := lighter(engaged, atLeast)
	b, droppedB := lighter(passive, atLeast)
	e := Estimate{Engaged: Group{People: len(engaged) - droppedA}, Passive: Group{People: len(passive) - droppedB}, Dropped: max(droppedA, droppedB)}
	if e.Why = tooFew(e.Engaged.People, e.Passive.People); e.Why == "" {
		e.compare(a, b)
	}
	return e
}

// lighter returns the moments of all but the heaviest people. Who is heaviest is known only
// from the same sample, so the variance is that of a trimmed mean: of the figures with the
// heaviest brought down to the heaviest that is left.
func lighter(figures []float64, atLeast int) (moments, int) {
	n := len(figures)
	dropped := min(max((n+share-1)/share, atLeast), n)
	left := n - dropped
	if left < Minimum {
		return moments{}, dropped
	}
	sorted := slices.Sorted(slices.Values(figures))
	var m moments
	m.n = float64(left)
	for _, v := range sorted[:left] {
		m.mean += v
	}
	m.mean /= m.n
	for i := left; i < n; i++ {
		sorted[i] = sorted[left-1]
	}
	w := momentsOf(sorted)
	variance := w.relative * w.mean * w.mean * float64(n-1) / (m.n - 1)
	m.relative = variance * float64(n) / m.n / (m.mean * m.mean)
	return m, dropped
}
