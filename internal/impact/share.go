package impact

import "math"

// Shares is a difference of two shares of people, after − before, with its 95% interval.
type Shares struct {
	Before, After   float64
	Diff, Low, High float64
	Why             Why
}

// samePoints is the difference of shares that is as good as none.
const samePoints = 0.02

// ShareDiff compares the share that has something before with the share that has it after:
// have of all people each time. The interval is Newcombe's (1998), from Wilson's of each
// share. It is for two groups of different people: where many are in both, it is wider
// than it needs to be.
func ShareDiff(haveBefore, allBefore, haveAfter, allAfter int) Shares {
	var s Shares
	if s.Why = tooFew(allAfter, allBefore); s.Why != "" {
		return s
	}
	var lowB, highB, lowA, highA float64
	s.Before, lowB, highB = wilson(haveBefore, allBefore)
	s.After, lowA, highA = wilson(haveAfter, allAfter)
	s.Diff = s.After - s.Before
	s.Low = s.Diff - math.Hypot(s.After-lowA, highB-s.Before)
	s.High = s.Diff + math.Hypot(highA-s.After, s.Before-lowB)
	return s
}

// wilson returns a share and its 95% interval.
func wilson(have, all int) (p, low, high float64) {
	n := float64(all)
	p = float64(have) / n
	z2 := normal * normal
	centre := (p + z2/(2*n)) / (1 + z2/n)
	half := normal / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return p, centre - half, centre + half
}

// Answer says whether the share rose, judged by the interval alone.
func (s *Shares) Answer() Answer {
	switch {
	case s.Why != "":
		return CannotTell
	case s.Low > 0:
		return Yes
	case s.High < 0:
		return Less
	case s.Low >= -samePoints && s.High <= samePoints:
		return Same
	}
	return CannotTell
}
