package question

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestStudentQuantile(t *testing.T) {
	for _, c := range []struct{ p, df, want float64 }{{0.975, 1, 12.706}, {0.975, 10, 2.228}, {0.995, 5, 4.032}, {0.9995, 8, 5.041}, {0.975, 1000, 1.962}} {
		if got := studentQuantile(c.p, c.df); math.Abs(got-c.want) > 0.001*c.want {
			t.Errorf("p %v, df %v: got %.4f, want %.3f", c.p, c.df, got, c.want)
		}
	}
}

// company makes the figures of a company in which nothing happens but noise: each figure has
// a level, a trend, and weeks that are like the week before as far as memory says.
func company(r *rand.Rand, weeks int, memory, noise float64) (out []weeklyFigure) {
	for i := range 20 {
		f := weeklyFigure{kind: FigureKind(i % 3), Num: make([]float64, weeks), Den: make([]float64, weeks)}
		state, trend := r.NormFloat64()*noise, 0.002*r.NormFloat64()
		for w := range weeks {
			state = memory*state + math.Sqrt(1-memory*memory)*noise*r.NormFloat64()
			level := math.Exp(state + trend*float64(w))
			switch f.kind {
			case RatioFigure:
				f.Den[w] = 20000
				f.Num[w] = 20000 * min(0.95, 0.6*level)
			case PeopleFigure:
				f.Num[w] = math.Round(150 * (1 + 0.2*(level-1)))
			default:
				f.Num[w] = 10000 * level
			}
		}
		out = append(out, f)
	}
	return out
}

// ofTwenty are the limits of a company's figures.
var ofTwenty = newLimits(20)

func namedOf(figures []weeklyFigure) (n int) {
	for i := range figures {
		if j := figures[i].judge(ofTwenty); j.named(figures[i].kind) {
			n++
		}
	}
	return n
}

// Noise alone names nothing in at least nine months of ten, however long the history is and
// however much one week is like the one before.
func TestNoiseNamesNothing(t *testing.T) {
	const runs = 400
	r := rand.New(rand.NewPCG(1, 2))
	for _, weeks := range []int{20, 30, historyWeeks} {
		for _, memory := range []float64{0, 0.5, 0.8} {
			silent := 0
			for range runs {
				if namedOf(company(r, weeks, memory, 0.15)) == 0 {
					silent++
				}
			}
			t.Logf("%d weeks, memory %.1f: silent in %.1f %% of runs", weeks, memory, 100*float64(silent)/runs)
			if silent < runs*9/10 {
				t.Errorf("%d weeks, memory %.1f: only %d of %d runs are silent", weeks, memory, silent, runs)
			}
		}
	}
}

// A step in the last four weeks is named, and no other figure.
func TestStepIsNamed(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	found, alone := 0, 0
	const runs = 200
	for range runs {
		figures := company(r, historyWeeks, 0.3, 0.08)
		for w := historyWeeks - movementWeeks; w < historyWeeks; w++ {
			figures[0].Num[w] *= 1.6
		}
		if j := figures[0].judge(ofTwenty); j.named(AmountFigure) && j.moved > 0 {
			found++
		}
		if namedOf(figures) == 1 {
			alone++
		}
	}
	t.Logf("found in %d of %d runs, alone in %d", found, runs, alone)
	if found < runs*95/100 || alone < runs*85/100 {
		t.Errorf("a step is found in %d of %d runs, alone in %d", found, runs, alone)
	}
}

func TestJudgeNeedsHistory(t *testing.T) {
	f := weeklyFigure{kind: AmountFigure}
	for range 12 {
		f.Num = append(f.Num, 100)
	}
	f.Num[11] = 5000
	if j := f.judge(newLimits(5)); j.known || j.named(AmountFigure) {
		t.Errorf("of 12 weeks: %+v", j)
	}
	few := weeklyFigure{kind: PeopleFigure}
	for range historyWeeks {
		few.Num = append(few.Num, 3)
	}
	few.Num[historyWeeks-1] = 7
	if j := few.judge(newLimits(5)); j.named(PeopleFigure) {
		t.Errorf("four people are no movement: %+v", j)
	}
}

func TestContributions(t *testing.T) {
	parts := []part{{of: []string{"a"}, num: 90, numBefore: 50}, {of: []string{"b"}, num: 20, numBefore: 30}, {of: []string{"c"}, num: 40, numBefore: 20}}
	got, movement := contributions(AmountFigure, parts)
	if movement != 50 || got[0].of[0] != "a" || got[0].amount != 40 || got[2].of[0] != "b" || got[2].amount != -10 {
		t.Errorf("amounts: %v of %v", got, movement)
	}
	ratio := []part{{of: []string{"a"}, num: 80, numBefore: 30, den: 100, denBefore: 60}, {of: []string{"b"}, num: 10, numBefore: 12, den: 40, denBefore: 40}}
	got, movement = contributions(RatioFigure, ratio)
	if want := 90.0/140 - 42.0/100; math.Abs(movement-want) > 1e-12 || got[0].of[0] != "a" {
		t.Errorf("ratio: %v of %v, want %v", got, movement, want)
	}
	if _, movement := contributions(RatioFigure, []part{{num: 1}}); movement != 0 {
		t.Errorf("a ratio of nothing moved by %v", movement)
	}
}
