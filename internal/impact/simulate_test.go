package impact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// company is a simulated one, of which the truth is known. People differ as they do in real
// reports: a tenth of them do most of the work, some do nothing, nobody works much at
// weekends, and what a day is like carries over to the next.
type company struct {
	rng *rand.Rand
	// effect is by how much engagement multiplies what a person does.
	effect float64
	// chosen says that people who did more before are likelier to be engaged, busy that
	// people are who have more to do in the window than they had before.
	chosen, busy bool
}

const (
	simulatedDays = 28
	heavy         = 1.0 // standard deviation of the logarithm of what people do
	idle          = 0.08
	carried       = 0.5 // of a day's mood that the next one has too
)

// moods returns what each of n days is like for everybody of a group.
func (c *company) moods(n int) []float64 {
	out := make([]float64, n)
	mood := 0.25 * c.rng.NormFloat64()
	for d := range out {
		mood = carried*mood + 0.25*math.Sqrt(1-carried*carried)*c.rng.NormFloat64()
		out[d] = math.Exp(mood)
		if d%7 >= 5 {
			out[d] *= 0.1
		}
	}
	return out
}

// worker is somebody with a rate of work.
type worker struct {
	rate float64
	team int64
}

func (c *company) worker() worker {
	w := worker{rate: math.Exp(heavy * c.rng.NormFloat64()), team: c.rng.Int64N(5)}
	if c.rng.Float64() < idle {
		w.rate = 0
	}
	w.rate *= 1 + 0.2*float64(w.team)
	return w
}

// does returns what somebody does on the days.
func (c *company) does(w worker, moods []float64, effect float64) (sum float64) {
	for _, mood := range moods {
		if c.rng.Float64() < 0.8 {
			sum += math.Round(40 * w.rate * effect * mood * c.rng.ExpFloat64())
		}
	}
	return sum
}

// groups returns engaged and passive people.
func (c *company) groups(engaged, passive int) (a, b []Person) {
	before, during := c.moods(simulatedDays), c.moods(simulatedDays)
	for id := 0; len(a) < engaged || len(b) < passive; id++ {
		w := c.worker()
		p := Person{ID: strconv.Itoa(id), Team: w.team, Earlier: c.does(w, before, 1)}
		inclined := 0.5
		if c.chosen {
			inclined = 1 / (1 + math.Exp(-(math.Log1p(p.Earlier)-6)/1.5))
		}
		if c.busy {
			more := 0.5 * c.rng.NormFloat64()
			w.rate *= math.Exp(more)
			inclined = 1 / (1 + math.Exp(-4*more))
		}
		switch {
		case c.rng.Float64() < inclined && len(a) < engaged:
			p.Figure = c.does(w, during, c.effect)
			a = append(a, p)
		case len(b) < passive:
			p.Figure = c.does(w, during, 1)
			b = append(b, p)
		}
	}
	return a, b
}

// weeks returns weeks of merged pull requests of fixed people, and the true ratio.
func (c *company) weeks(n, engaged, passive int) ([]Week, float64) {
	rates := func(n int) (sum float64) {
		for range n {
			sum += 0.15 * c.worker().rate
		}
		return sum
	}
	a, b := rates(engaged), rates(passive)
	all, own := c.moods(7*n), [2][]float64{c.moods(7 * n), c.moods(7 * n)}
	out := make([]Week, n)
	for d, mood := range all {
		w := &out[d/7]
		w.Engaged.Num += c.poisson(a * c.effect * mood * math.Sqrt(own[0][d]))
		w.Passive.Num += c.poisson(b * mood * math.Sqrt(own[1][d]))
		w.Engaged.Den, w.Passive.Den = w.Engaged.Den+float64(engaged), w.Passive.Den+float64(passive)
	}
	return out, c.effect * a / float64(engaged) / (b / float64(passive))
}

func (c *company) poisson(mean float64) float64 {
	if mean > 50 {
		return max(0, math.Round(mean+math.Sqrt(mean)*c.rng.NormFloat64()))
	}
	n, p := -1.0, 1.0
	for limit := math.Exp(-mean); p > limit; n++ {
		p *= c.rng.Float64()
	}
	return n
}

func figures(list []Person) (out []float64) {
	for _, p := range list {
		out = append(out, p.Figure)
	}
	return out
}

// methods are the comparisons, and how each of them sees a company: n people a group.
var methods = []struct {
	name   string
	chosen bool
	sizes  [][2]int // engaged and passive people
	see    func(c *company, engaged, passive int) (Estimate, float64)
}{
	{"people", false, [][2]int{{100, 100}, {100, 400}, {20, 20}, {20, 200}}, func(c *company, n, m int) (Estimate, float64) {
		a, b := c.groups(n, m)
		return OverPeople(figures(a), figures(b)), c.effect
	}},
	{"without the heaviest", false, [][2]int{{100, 100}, {25, 25}}, func(c *company, n, m int) (Estimate, float64) {
		a, b := c.groups(n, m)
		return WithoutHeaviest(figures(a), figures(b), 5), c.effect
	}},
	{"matched", true, [][2]int{{130, 400}, {30, 90}}, func(c *company, n, m int) (Estimate, float64) {
		a, b := c.groups(n, m)
		return OverPairs(Match(a, b)), c.effect
	}},
	{"4 weeks", false, [][2]int{{100, 100}, {20, 20}}, func(c *company, n, m int) (Estimate, float64) {
		weeks, truth := c.weeks(4, n, m)
		return OverWeeks(weeks, n, m), truth
	}},
	{"13 weeks", false, [][2]int{{100, 100}, {20, 20}}, func(c *company, n, m int) (Estimate, float64) {
		weeks, truth := c.weeks(13, n, m)
		return OverWeeks(weeks, n, m), truth
	}},
}

// TestIntervalsHoldTheTruth simulates companies with a known effect, and counts how often
// the intervals hold it, and how often one is found where there is none. With
// CODEGAUGE_SOAK it simulates 1,000 of each kind and holds them to what docs/impact.md
// promises; else fewer, with as much room as so few need.
func TestIntervalsHoldTheTruth(t *testing.T) {
	runs, room := 300, 0.03
	if os.Getenv("CODEGAUGE_SOAK") != "" {
		runs, room = 1000, 0
		if n, err := strconv.Atoi(os.Getenv("CODEGAUGE_RUNS")); err == nil {
			runs = n
		}
	}
	for _, m := range methods {
		for _, size := range m.sizes {
			for _, effect := range []float64{1, 1.3} {
				t.Run(fmt.Sprintf("%s/%d and %d/%g", m.name, size[0], size[1], effect), func(t *testing.T) {
					c := &company{rng: rand.New(rand.NewPCG(1, uint64(size[0]))), effect: effect, chosen: m.chosen}
					held, found, known := 0, 0, 0
					for range runs {
						e, truth := m.see(c, size[0], size[1])
						if e.Why != "" {
							continue
						}
						known++
						if e.Low <= truth && truth <= e.High {
							held++
						}
						if (e.Low > truth || e.High < truth) && effect == 1 {
							found++
						}
					}
					if known < runs/2 {
						t.Fatalf("%d of %d companies have an interval", known, runs)
					}
					share, wrong := float64(held)/float64(known), float64(found)/float64(known)
					t.Logf("counted: %s of %d and %d people, effect %g: %.1f%% hold the truth", m.name, size[0], size[1], effect, 100*share)
					low, high := 0.90, 1.0
					if size[0] >= 100 && size[1] >= 100 {
						low, high = 0.93, 0.97
					}
					if share < low-room || share > high+room {
						t.Errorf("%.1f%% of the intervals hold the truth, want %g to %g%%", 100*share, 100*low, 100*high)
					}
					if most := 0.07 + room; wrong > most {
						t.Errorf("%.1f%% find an effect where there is none, want at most %g%%", 100*wrong, 100*most)
					}
				})
			}
		}
	}
}

// TestWhatMatchingCanDo counts how often an effect is found where there is none. Where
// people are engaged who did more before, records show it, and matching mends it. Where
// they are engaged because there is more to do now, no record before shows it, and
// matching finds the effect as well: that is why a matched comparison proves no cause.
func TestWhatMatchingCanDo(t *testing.T) {
	runs := 100
	if os.Getenv("CODEGAUGE_SOAK") != "" {
		runs = 1000
	}
	for _, busy := range []bool{false, true} {
		c := &company{rng: rand.New(rand.NewPCG(2, 3)), effect: 1, chosen: !busy, busy: busy}
		found := func(e Estimate) float64 {
			if a := e.Answer(); a == Yes || a == Less {
				return 1 / float64(runs)
			}
			return 0
		}
		all, matched := 0.0, 0.0
		for range runs {
			a, b := c.groups(130, 400)
			all, matched = all+found(OverPeople(figures(a), figures(b))), matched+found(OverPairs(Match(a, b)))
		}
		name := map[bool]string{false: "engaged are those who did more before", true: "engaged are those who have more to do now"}[busy]
		t.Logf("counted: no effect, %s: %.1f%% find one, %.1f%% of those matched", name, 100*all, 100*matched)
		if all < 0.5 || !busy && matched > 0.12 || busy && matched < 0.5 {
			t.Errorf("%s: %.0f%% find an effect, %.0f%% of those matched", name, 100*all, 100*matched)
		}
	}
}
