package impact

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"codegauge/internal/day"
)

func near(a, b, within float64) bool { return math.Abs(a-b) <= within }

func TestStudent(t *testing.T) {
	for df, want := range map[float64]float64{3: 3.182, 4: 2.776, 7: 2.365, 10: 2.228, 38: 2.024, 100: 1.984, 1e6: 1.960} {
		if got := student(df); !near(got, want, 0.0006) {
			t.Errorf("student(%g) = %.4f, want %.4f", df, got, want)
		}
	}
}

// repeat returns n figures that take turns among the values.
func repeat(n int, values ...float64) (out []float64) {
	for i := range n {
		out = append(out, values[i%len(values)])
	}
	return out
}

func TestOverPeople(t *testing.T) {
	for _, tc := range []struct {
		name             string
		engaged, passive []float64
		ratio            float64
		why              Why
		answer           Answer
	}{
		{"twice as much", repeat(20, 8, 12), repeat(20, 4, 6), 2, "", Yes},
		{"half as much", repeat(20, 4, 6), repeat(20, 8, 12), 0.5, "", Less},
		{"the same of everybody", repeat(20, 5), repeat(30, 5), 1, "", Same},
		{"nearly the same of many", repeat(5000, 9, 11.1), repeat(5000, 9, 11), 1.005, "", Yes},
		{"the same of many", repeat(5000, 9, 11), repeat(5000, 9, 11), 1, "", Same},
		{"too varied to tell", repeat(20, 0, 0, 0, 50), repeat(20, 0, 10), 2.5, "", CannotTell},
		{"too few engaged", repeat(19, 5), repeat(30, 5), 0, TooFewEngaged, CannotTell},
		{"too few passive", repeat(20, 5), repeat(19, 5), 0, TooFewPassive, CannotTell},
		{"nobody did anything", repeat(20, 5), repeat(20, 0), 0, Nothing, CannotTell},
	} {
		e := OverPeople(tc.engaged, tc.passive)
		if !near(e.Ratio, tc.ratio, 1e-9) || e.Why != tc.why || e.Answer() != tc.answer {
			t.Errorf("%s: ratio %g [%g, %g], why %q, answer %q; want %g, %q, %q", tc.name, e.Ratio, e.Low, e.High, e.Why, e.Answer(), tc.ratio, tc.why, tc.answer)
		}
	}
}

// TestOverPeopleByHand: means 10 and 5, relative variances (4 · 20/19) ÷ 100 and
// (1 · 20/19) ÷ 25, both 0.042105; standard error √(2 · 0.042105 ÷ 20) = 0.064889; 38
// degrees of freedom.
func TestOverPeopleByHand(t *testing.T) {
	e := OverPeople(repeat(20, 8, 12), repeat(20, 4, 6))
	if se := 0.064889; !near(e.Low, 2*math.Exp(-2.0244*se), 1e-4) || !near(e.High, 2*math.Exp(2.0244*se), 1e-4) {
		t.Errorf("interval %.4f to %.4f", e.Low, e.High)
	}
	// (1.96 + 0.84) · 0.064889 ÷ ln 1.1 = 1.9075; 40 people · 1.9075²
	if e.Needed != 146 {
		t.Errorf("needed %d, want 146", e.Needed)
	}
}

func TestWithoutHeaviest(t *testing.T) {
	heavy := append(repeat(95, 4, 6), repeat(5, 1000)...)
	e := WithoutHeaviest(heavy, repeat(100, 4, 6), 5)
	if e.Engaged.People != 95 || e.Dropped != 5 || !near(e.Ratio, 1, 0.05) || e.Answer() == Yes {
		t.Errorf("without the five heaviest: %+v", e)
	}
	for _, tc := range []struct {
		people, atLeast, left int
		why                   Why
	}{
		{25, 5, 20, ""}, {24, 5, 19, TooFewEngaged}, {100, 5, 95, ""}, {101, 5, 95, ""}, {1000, 5, 950, ""}, {100, 8, 92, ""},
	} {
		e := WithoutHeaviest(repeat(tc.people, 4, 6), repeat(100, 4, 6), tc.atLeast)
		if e.Engaged.People != tc.left || e.Why != tc.why {
			t.Errorf("%d people, at least %d dropped: %d left, %q; want %d, %q", tc.people, tc.atLeast, e.Engaged.People, e.Why, tc.left, tc.why)
		}
	}
}

func TestMatch(t *testing.T) {
	engaged := []Person{{ID: "1", Team: 1, Earlier: 100}, {ID: "2", Team: 1, Earlier: 105}, {ID: "3", Team: 2, Earlier: 100}, {ID: "4", Team: 2, Earlier: 90000}}
	passive := []Person{{ID: "11", Team: 1, Earlier: 101}, {ID: "12", Team: 1, Earlier: 2}, {ID: "13", Team: 2, Earlier: 99}, {ID: "14", Team: 3, Earlier: 105}}
	var got [][2]string
	for _, p := range Match(engaged, passive) {
		got = append(got, [2]string{p[0].ID, p[1].ID})
	}
	// 2 would take 11 too, but 1 is nearer; 12 and 4 are like nobody; 14 is in another team.
	if len(got) != 2 || got[0] != [2]string{"1", "11"} || got[1] != [2]string{"3", "13"} {
		t.Errorf("pairs %v", got)
	}
	// Of people who are alike in what they did before, user ids decide, in whatever order they come.
	alike := []Person{{ID: "b", Team: 1, Earlier: 5}, {ID: "a", Team: 1, Earlier: 5}, {ID: "c", Team: 1, Earlier: 900}}
	if pairs := Match(alike[:2], []Person{{ID: "y", Team: 1, Earlier: 5}, {ID: "x", Team: 1, Earlier: 5}, alike[2]}); len(pairs) != 2 || pairs[0][1].ID != "x" || pairs[1][1].ID != "y" {
		t.Errorf("pairs of people who are alike: %v", pairs)
	}
}

func TestOverPairs(t *testing.T) {
	var pairs [][2]Person
	for i := range 40 {
		base := math.Exp(float64(i % 7)) // people differ a lot, pairs do not
		pairs = append(pairs, [2]Person{{Figure: 1.2 * base}, {Figure: base}})
	}
	if e := OverPairs(pairs); !near(e.Ratio, 1.2, 1e-9) || e.Answer() != Yes || e.High > 1.21 {
		t.Errorf("pairs that differ by a fifth: %+v", e)
	}
	if e := OverPairs(pairs[:19]); e.Why != TooFewPairs {
		t.Errorf("19 pairs: %q", e.Why)
	}
}

func TestOverWeeks(t *testing.T) {
	week := func(engaged, passive float64) Week { return Week{Part{engaged, 700}, Part{passive, 350}} }
	steady := []Week{week(40, 10), week(44, 11), week(36, 9), week(40, 10)}
	// The ratio is the same each week, however much they merge: no doubt is left.
	if e := OverWeeks(steady, 100, 50); !near(e.Ratio, 2, 1e-9) || !near(e.Low, 2, 1e-9) || e.Answer() != Yes || !near(e.Engaged.Mean, 160.0/2800, 1e-12) {
		t.Errorf("steady: %+v", e)
	}
	// Pulls of 12/160 − 10/40 = −0.175, 0.175, −0.175, 0.175: standard error √(4/3 · 4 · 0.175²) = 0.404; t 3.182.
	varied := []Week{week(52, 20), week(28, 0), week(52, 20), week(28, 0)}
	if e := OverWeeks(varied, 100, 50); !near(e.High, 2*math.Exp(3.1824*math.Sqrt(4.0/3*4*0.175*0.175)), 0.01) || e.Answer() != CannotTell {
		t.Errorf("varied: %+v", e)
	}
	for _, tc := range []struct {
		weeks            []Week
		engaged, passive int
		why              Why
	}{
		{steady[:3], 100, 50, TooFewWeeks}, {steady, 19, 50, TooFewEngaged}, {steady, 100, 19, TooFewPassive},
		{[]Week{week(1, 0), week(1, 0), week(1, 0), week(1, 0)}, 100, 50, Nothing},
	} {
		if e := OverWeeks(tc.weeks, tc.engaged, tc.passive); e.Why != tc.why || e.Answer() != CannotTell {
			t.Errorf("%d weeks of %d and %d people: %q, want %q", len(tc.weeks), tc.engaged, tc.passive, e.Why, tc.why)
		}
	}
	e := OverWeeks(varied, 100, 50)
	if i := e.Inverse(); !near(i.Ratio, 0.5, 1e-9) || !near(i.Low*e.High, 1, 1e-9) || !near(i.High*e.Low, 1, 1e-9) {
		t.Errorf("inverse %+v", i)
	}
}

// TestShareDiff has the example that Newcombe (1998) gives of his tenth method.
func TestShareDiff(t *testing.T) {
	s := ShareDiff(48, 80, 56, 70)
	if !near(s.Diff, 0.2, 1e-9) || !near(s.Low, 0.0524, 5e-5) || !near(s.High, 0.3339, 5e-5) || s.Answer() != Yes {
		t.Errorf("got %+v", s)
	}
	for _, tc := range []struct {
		have, all, have2, all2 int
		want                   Answer
	}{
		{10, 40, 12, 40, CannotTell}, {5000, 10000, 5010, 10000, Same}, {60, 100, 20, 100, Less}, {1, 19, 15, 40, CannotTell},
	} {
		s := ShareDiff(tc.have, tc.all, tc.have2, tc.all2)
		if s.Answer() != tc.want {
			t.Errorf("%v: %q (%+v), want %q", tc, s.Answer(), s, tc.want)
		}
	}
}

func TestBreaks(t *testing.T) {
	for _, tc := range []struct {
		from, to string
		want     int
	}{
		{"2026-10-24", "2026-11-20", 0}, {"2026-10-06", "2026-11-02", 0}, {"2026-10-05", "2026-10-06", 1},
		{"2026-08-22", "2026-09-18", 0}, {"2026-08-21", "2026-08-22", 1}, {"2026-07-27", "2026-10-06", 3},
	} {
		from, err := day.Parse(tc.from)
		to, err2 := day.Parse(tc.to)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		r := day.Range{From: from, To: to}
		if got := Breaks(r); len(got) != tc.want {
			t.Errorf("%s to %s: %v, want %d", tc.from, tc.to, got, tc.want)
		}
	}
}

func BenchmarkPeople(b *testing.B) {
	c := &company{rng: rand.New(rand.NewPCG(1, 1)), effect: 1.2}
	var engaged, passive []Person
	for i := range 100_000 {
		w := c.worker()
		p := Person{ID: strconv.Itoa(i), Team: int64(i % 5000), Earlier: w.rate * 1000, Figure: w.rate * c.rng.ExpFloat64()}
		if i%4 > 0 {
			engaged = append(engaged, p)
		} else {
			passive = append(passive, p)
		}
	}
	x, y := figures(engaged), figures(passive)
	for b.Loop() {
		OverPeople(x, y)
		WithoutHeaviest(x, y, 5)
		OverPairs(Match(engaged, passive))
	}
}
