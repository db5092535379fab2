// Package impact compares groups of people: those engaged with Copilot and the others. It
// says by how much they differ, within which interval the true figure lies, and whether
// that can be told from chance at all. It knows only numbers; docs/impact.md has the
// methods, their references and how often their intervals hold the truth.
//
//	e := impact.OverPeople(engaged, passive) // lines of each person
//	if e.Why == "" { fmt.Println(e.Ratio, e.Low, e.High, e.Answer()) }
//
// Every method is deterministic: it draws nothing at random, so the same data always has
// the same interval.
package impact

import "math"

const (
	// Minimum is how many people either group needs: the figures of fewer are noise.
	Minimum = 20
	// MinimumWeeks is how many weeks a comparison over weeks needs.
	MinimumWeeks = 4
	// slight is the relative difference that is as good as none, and the one for which it
	// is said how much data would be needed to see it.
	slight = 0.1
	// doubt is how often an interval may miss the truth.
	doubt = 0.05
	// power is the normal quantile of how often a slight difference should be seen with
	// the data that Needed asks for: four times in five.
	power = 0.8416
)

// Why says for what reason there is no interval.
type Why string

// The reasons, in the order in which they are judged.
const (
	TooFewEngaged Why = "engaged" // fewer than Minimum engaged people
	TooFewPassive Why = "passive" // fewer than Minimum passive people
	TooFewPairs   Why = "pairs"   // fewer than Minimum pairs
	TooFewWeeks   Why = "weeks"   // fewer than MinimumWeeks
	// Nothing says that one of the groups has nothing of what is compared, so that there
	// is no ratio.
	Nothing Why = "nothing"
)

// Answer is what an estimate says to the question whether there is more of something.
type Answer string

// The answers.
const (
	Yes Answer = "yes"
	// Less is the opposite of what was asked.
	Less Answer = "less"
	// Same says that the whole interval is within a tenth of no difference.
	Same       Answer = "same"
	CannotTell Answer = "unknown"
)

// Group is one of the two that are compared.
type Group struct {
	// People is how many they are; of a comparison over weeks, on an average day.
	People int
	// Mean is the figure of one of them, or of one person and day over weeks.
	Mean float64
}

// Estimate is a ratio, engaged ÷ passive, with its 95% interval.
type Estimate struct {
	Engaged, Passive Group
	// Ratio, Low and High are 0 where Why says why there are none.
	Ratio, Low, High float64
	Why              Why
	// Needed is how many people, or weeks, it would take to see a difference of a tenth
	// four times in five; of pairs, how many pairs.
	Needed int
	// Dropped is how many people were left out of each group for being the heaviest.
	Dropped int
}

// Answer says whether there is more, judged by the interval alone.
func (e *Estimate) Answer() Answer {
	switch {
	case e.Why != "" || e.Ratio == 0:
		return CannotTell
	case e.Low > 1:
		return Yes
	case e.High < 1:
		return Less
	case e.Low >= 1/(1+slight) && e.High <= 1+slight:
		return Same
	}
	return CannotTell
}

// around fills in the interval around a ratio: se is the standard error of its logarithm,
// with df degrees of freedom, and units are the people or weeks that it comes from.
func (e *Estimate) around(ratio, se, df float64, units int) {
	t := student(df)
	e.Ratio, e.Low, e.High = ratio, ratio*math.Exp(-t*se), ratio*math.Exp(t*se)
	relative := se * (normal + power) / math.Log1p(slight)
	e.Needed = int(math.Ceil(float64(units) * relative * relative))
}
