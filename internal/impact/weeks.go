package impact

import "math"

// Part is a quotient's two sums over some days: merged pull requests over person-days, or
// minutes to merge times merged pull requests over merged pull requests.
type Part struct{ Num, Den float64 }

// Week is what the two groups did in a week.
type Week struct{ Engaged, Passive Part }

// blocks is of how many stretches of weeks the error of a long window is told: neighbouring
// weeks are alike, stretches of several weeks less so.
const blocks = 8

// OverWeeks compares the quotients of two groups whose people are not known: they are taken
// as fixed, and what varies is the weeks. Days depend on their neighbours and on the day of
// the week, so that whole weeks are what is compared. people are how many there are of each
// group on an average day.
//
// The ratio is that of the sums, which pages show. Each stretch of weeks pulls it up or
// down; how much these pulls vary is its error, by Student's t for so many stretches.
func OverWeeks(weeks []Week, engaged, passive int) Estimate {
	e := Estimate{Engaged: Group{People: engaged}, Passive: Group{People: passive}}
	if e.Why = tooFew(engaged, passive); e.Why != "" {
		return e
	}
	if len(weeks) < MinimumWeeks {
		e.Why = TooFewWeeks
		return e
	}
	sum := sumOf(weeks)
	if sum.Engaged.Num <= 0 || sum.Passive.Num <= 0 || sum.Engaged.Den <= 0 || sum.Passive.Den <= 0 {
		e.Why = Nothing
		return e
	}
	e.Engaged.Mean, e.Passive.Mean = sum.Engaged.Num/sum.Engaged.Den, sum.Passive.Num/sum.Passive.Den
	n := min(len(weeks), blocks)
	squares := 0.0
	for i := range n {
		s := sumOf(weeks[i*len(weeks)/n : (i+1)*len(weeks)/n])
		pull := s.Engaged.Num/sum.Engaged.Num - s.Engaged.Den/sum.Engaged.Den - s.Passive.Num/sum.Passive.Num + s.Passive.Den/sum.Passive.Den
		squares += pull * pull
	}
	e.around(e.Engaged.Mean/e.Passive.Mean, math.Sqrt(squares*float64(n)/float64(n-1)), float64(n-1), len(weeks))
	return e
}

func sumOf(weeks []Week) (out Week) {
	for _, w := range weeks {
		out.Engaged.Num, out.Engaged.Den = out.Engaged.Num+w.Engaged.Num, out.Engaged.Den+w.Engaged.Den
		out.Passive.Num, out.Passive.Den = out.Passive.Num+w.Passive.Num, out.Passive.Den+w.Passive.Den
	}
	return out
}

// Inverse is the ratio the other way round, of what is better when it is less.
func (e Estimate) Inverse() Estimate {
	if e.Why == "" {
		e.Ratio, e.Low, e.High = 1/e.Ratio, 1/e.High, 1/e.Low
	}
	return e
}
