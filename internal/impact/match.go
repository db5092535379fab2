package impact

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Person is somebody who may be matched with somebody alike.
type Person struct {
	// ID is the user id. It orders people who are alike, so that the same data has the same
	// pairs, however its accounts are numbered.
	ID string
	// Team is the number of their team. Nobody is matched with somebody of another.
	Team int64
	// Earlier is how much they did in the 28 days before the window.
	Earlier float64
	// Figure is what is compared.
	Figure float64
}

// caliper is how far apart the logarithms of two people's earlier activity may be: a
// quarter of that activity's standard deviation among all who may be matched.
const caliper = 0.25

// Match pairs every engaged person with a passive one of the same team and nearly the same
// earlier activity, each at most once, and leaves out whoever has no match. The nearest
// are paired first.
func Match(engaged, passive []Person) [][2]Person {
	width := caliper * spread(engaged, passive)
	teams := map[int64][]Person{}
	for _, p := range passive {
		teams[p.Team] = append(teams[p.Team], p)
	}
	of := map[int64][]Person{}
	for _, p := range engaged {
		of[p.Team] = append(of[p.Team], p)
	}
	var out [][2]Person
	for team, list := range of {
		out = append(out, within(list, teams[team], width)...)
	}
	slices.SortFunc(out, func(a, b [2]Person) int { return strings.Compare(a[0].ID, b[0].ID) })
	return out
}

// logEarlier is the scale on which earlier activity is compared: twice as much is as far
// apart for few lines as for many.
func (p *Person) logEarlier() float64 { return math.Log1p(p.Earlier) }

// spread is the standard deviation of everybody's earlier activity.
func spread(groups ...[]Person) float64 {
	var n, sum, squares float64
	for _, g := range groups {
		for i := range g {
			n, sum = n+1, sum+g[i].logEarlier()
		}
	}
	for _, g := range groups {
		for i := range g {
			d := g[i].logEarlier() - sum/n
			squares += d * d
		}
	}
	return math.Sqrt(squares / max(n-1, 1))
}

// within pairs the people of one team. Both are ordered by earlier activity, and each
// engaged person takes the nearest of the passive ones who are still there; who is
// nearest in the whole team goes first.
func within(engaged, passive []Person, width float64) [][2]Person {
	order := func(a, b Person) int {
		if n := cmp.Compare(a.Earlier, b.Earlier); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	}
	slices.SortFunc(engaged, order)
	slices.SortFunc(passive, order)
	type pair struct {
		distance float64
		e, p     int
	}
	var near []pair
	from := 0
	for i := range engaged {
		at := engaged[i].logEarlier()
		for from < len(passive) && passive[from].logEarlier() < at-width {
			from++
		}
		first, _ := slices.BinarySearchFunc(passive, at, func(p Person, at float64) int { return cmp.Compare(p.logEarlier(), at) })
		for j := max(from, first-candidates); j < len(passive) && j < first+candidates && passive[j].logEarlier() <= at+width; j++ {
			near = append(near, pair{math.Abs(passive[j].logEarlier() - at), i, j})
		}
	}
	slices.SortFunc(near, func(a, b pair) int {
		if n := cmp.Compare(a.distance, b.distance); n != 0 { // the usual case
			return n
		}
		return cmp.Or(cmp.Compare(a.e, b.e), cmp.Compare(a.p, b.p))
	})
	takenE, takenP := make([]bool, len(engaged)), make([]bool, len(passive))
	var out [][2]Person
	for _, x := range near {
		if !takenE[x.e] && !takenP[x.p] {
			takenE[x.e], takenP[x.p] = true, true
			out = append(out, [2]Person{engaged[x.e], passive[x.p]})
		}
	}
	return out
}

// candidates is how many passive people on either side are looked at for an engaged one: a
// team of thousands has more than enough.
const candidates = 40

// OverPairs compares the means of the two sides of pairs. The people of a pair are alike, so
// what varies is their difference.
func OverPairs(pairs [][2]Person) Estimate {
	n := len(pairs)
	e := Estimate{Engaged: Group{People: n}, Passive: Group{People: n}}
	if n < Minimum {
		e.Why = TooFewPairs
		return e
	}
	a, b := make([]float64, n), make([]float64, n)
	for i, p := range pairs {
		a[i], b[i] = p[0].Figure, p[1].Figure
	}
	ma, mb := momentsOf(a), momentsOf(b)
	e.Engaged.Mean, e.Passive.Mean = ma.mean, mb.mean
	if ma.mean <= 0 || mb.mean <= 0 {
		e.Why = Nothing
		return e
	}
	shared := 0.0 // the relative covariance
	for i := range a {
		shared += (a[i]/ma.mean - 1) * (b[i]/mb.mean - 1)
	}
	shared /= float64(n - 1)
	both := (ma.relative + mb.relative) / 2
	x, y := max(ma.relative, both), max(mb.relative, both)
	e.around(ma.mean/mb.mean, math.Sqrt(max(x+y-2*shared, 0)/float64(n)), float64(n-1), n)
	return e
}
