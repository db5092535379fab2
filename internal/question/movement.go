package question

import (
	"cmp"
	"math"
	"slices"
)

// FigureKind says how a figure is made of its weeks.
type FigureKind int

// The kinds of figures.
const (
	AmountFigure FigureKind = iota // a sum over the weeks
	PeopleFigure                   // distinct people of four weeks, as counted
	RatioFigure                    // a quotient of two sums
)

// movementWeeks is how many weeks the periods have that are compared.
const movementWeeks = 4

// historyWeeks is how many weeks, the compared ones included, say how much a figure
// usually moves.
const historyWeeks = 52

// chance is how probable it is at most that any figure is named in a month in which
// nothing but noise moved them.
const chance = 0.10

// weeklyFigure is a figure by week, oldest first; NaN is unknown. Of an amount and a ratio
// Num and Den are the weeks' own sums, of people Num is the count of the four weeks that end
// with the week.
//
// Present is which part of each week's work there are reports of, nil for all: amounts are
// made up for what is missing, so that days without reports are no fall.
type weeklyFigure struct {
	kind              FigureKind
	Num, Den, Present []float64
}

// ending returns the figure of the four weeks that end with week i.
func (f *weeklyFigure) ending(i int) float64 {
	if i < movementWeeks-1 || i >= len(f.Num) {
		return math.NaN()
	}
	num, den, present := 0.0, 0.0, 0.0
	for k := i - movementWeeks + 1; k <= i; k++ {
		if math.IsNaN(f.Num[k]) {
			continue
		}
		num, present = num+f.Num[k], present+f.presence(k)
		if f.kind == RatioFigure {
			den += f.Den[k]
		}
	}
	switch {
	case present < movementWeeks/2.0, f.kind == PeopleFigure && present < movementWeeks-leastAbsent:
		return math.NaN()
	case f.kind == PeopleFigure:
		return f.Num[i]
	case f.kind == RatioFigure && den == 0:
		return math.NaN()
	case f.kind == RatioFigure:
		return num / den
	}
	return num * movementWeeks / present
}

// leastAbsent is of how much of a week reports may be missing for people of four weeks to be
// compared.
const leastAbsent = 0.5

func (f *weeklyFigure) presence(week int) float64 {
	if f.Present == nil {
		return 1
	}
	return f.Present[week]
}

// reported returns an amount of the four weeks that end with week i as reports have it.
func (f *weeklyFigure) reported(i int) (sum float64) {
	for k := i - movementWeeks + 1; k <= i; k++ {
		if !math.IsNaN(f.Num[k]) {
			sum += f.Num[k]
		}
	}
	return sum
}

// movedBetween measures the movement between two amounts of the figure.
func (f *weeklyFigure) movedBetween(now, before float64) float64 {
	return f.moved(now, before, f.little())
}

// moved measures a movement so that movements of all sizes of a figure can be compared:
// amounts and people relatively, ratios as they are. little keeps near nothing from being
// much of less.
func (f *weeklyFigure) moved(now, before, little float64) float64 {
	if f.kind == RatioFigure {
		return now - before
	}
	return math.Log((now + little) / (before + little))
}

// The least that any figure is taken to move usually, and the fewest people that are a
// movement.
const (
	leastRelative = 0.01
	leastRatio    = 0.0025
	leastPeople   = 5
)

// judgement is how a figure moved, beside how it usually does.
type judgement struct {
	now, before float64
	// moved and usual are on the scale of weeklyFigure.moved; limit is how many times the
	// usual a movement has to be to be named.
	moved, usual, limit float64
	// known says that there is enough history to judge.
	known bool
}

// named reports whether the movement is out of what the figure usually does.
func (j *judgement) named(kind FigureKind) bool {
	if !j.known || kind == PeopleFigure && math.Abs(j.now-j.before) < leastPeople {
		return false
	}
	return math.Abs(j.moved) > j.limit*j.usual
}

// times is how many times its usual movement the figure moved.
func (j *judgement) times() float64 { return math.Abs(j.moved) / j.usual }

// leastMovements is of how many earlier movements it is told what is usual.
const leastMovements = 6

// judge compares the last four weeks with the four before. What is usual is the root mean
// square of the movements between every four weeks of the history and the four before
// them; the limit is Student's quantile for as many movements as do not share days, so that
// of all judged figures together noise alone has any named in one month of ten.
func (f *weeklyFigure) judge(among *limits) judgement {
	last := len(f.Num) - 1
	j := judgement{now: f.ending(last), before: f.ending(last - movementWeeks)}
	little := f.little()
	j.moved = f.moved(j.now, j.before, little)
	sum, n := 0.0, 0
	for i := last - movementWeeks; i >= 2*movementWeeks-1; i-- {
		if m := f.moved(f.ending(i), f.ending(i-movementWeeks), little); !math.IsNaN(m) && !math.IsInf(m, 0) {
			sum, n = sum+m*m, n+1
		}
	}
	if n < leastMovements || math.IsNaN(j.moved) || math.IsInf(j.moved, 0) {
		return j
	}
	least := leastRelative
	if f.kind == RatioFigure {
		least = leastRatio
	}
	j.known, j.usual = true, max(math.Sqrt(sum/float64(n)), least)
	j.limit = among.of(n)
	return j
}

// little is one per cent of what an amount is on average, or five people.
func (f *weeklyFigure) little() float64 {
	if f.kind == PeopleFigure {
		return leastPeople
	}
	sum, n := 0.0, 0
	for i := range f.Num {
		if v := f.ending(i); !math.IsNaN(v) {
			sum, n = sum+math.Abs(v), n+1
		}
	}
	return 0.01 * sum / float64(max(n, 1))
}

// studentQuantile returns the value that Student's t with df degrees of freedom, at least
// one, is below with probability p, at least one half: by bisection over the integral of the
// density, with t = √df tan u to make it finite (Abramowitz and Stegun, 26.7).
func studentQuantile(p, df float64) float64 {
	// The probability between 0 and t is c ∫ cos^(df−1) u du from 0 to arctan(t/√df).
	c := math.Exp(lgamma((df+1)/2)-lgamma(df/2)) / math.Sqrt(math.Pi)
	below := func(u float64) float64 {
		const steps = 40 // of Simpson's rule
		h, sum := u/steps, 0.0
		for i := 0; i <= steps; i++ {
			w := 4.0
			switch {
			case i == 0, i == steps:
				w = 1
			case i%2 == 0:
				w = 2
			}
			sum += w * math.Pow(math.Cos(float64(i)*h), df-1)
		}
		return 0.5 + c*sum*h/3
	}
	low, high := 0.0, math.Pi/2
	for range 40 {
		mid := (low + high) / 2
		if below(mid) < p {
			low = mid
		} else {
			high = mid
		}
	}
	return math.Sqrt(df) * math.Tan(low)
}

// limits are the quantiles of judging so many figures, by the number of movements.
type limits struct {
	figures int
	byCount map[int]float64
}

func newLimits(figures int) *limits { return &limits{figures, map[int]float64{}} }

func (l *limits) of(movements int) float64 {
	if _, ok := l.byCount[movements]; !ok {
		l.byCount[movements] = studentQuantile(1-chance/(2*float64(max(l.figures, 1))), max(1, float64(movements)/movementWeeks))
	}
	return l.byCount[movements]
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// part is a value of a dimension with what it has of a figure now and before: of a ratio
// the numerator and the denominator, else the numerator alone.
type part struct {
	of                             []string
	num, numBefore, den, denBefore float64
}

// contribution is by how much of a figure's movement a part moved it.
type contribution struct {
	of     []string
	amount float64
}

// contributions divides a movement among the parts, largest in the movement's direction
// first. Of a ratio a/t the part of each is ((a − a′) − s (t − t′)) ÷ T, with s the mean of
// both ratios and T the mean of both denominators: these add up to the movement exactly.
func contributions(kind FigureKind, parts []part) (out []contribution, movement float64) {
	var all part
	for _, p := range parts {
		all.num, all.numBefore = all.num+p.num, all.numBefore+p.numBefore
		all.den, all.denBefore = all.den+p.den, all.denBefore+p.denBefore
	}
	s, t := 0.0, 1.0
	if kind == RatioFigure {
		if all.den == 0 || all.denBefore == 0 {
			return nil, 0
		}
		s, t = (all.num/all.den+all.numBefore/all.denBefore)/2, (all.den+all.denBefore)/2
	}
	for _, p := range parts {
		amount := ((p.num - p.numBefore) - s*(p.den-p.denBefore)) / t
		movement += amount
		out = append(out, contribution{p.of, amount})
	}
	sign := 1.0
	if movement < 0 {
		sign = -1
	}
	slices.SortStableFunc(out, func(a, b contribution) int {
		return cmp.Or(cmp.Compare(sign*b.amount, sign*a.amount), slices.Compare(a.of, b.of))
	})
	return out, movement
}
