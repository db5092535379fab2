package impact

import (
	"math"
	"strconv"

	"codegauge/internal/english"
	stats "codegauge/internal/impact"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/text"
)

// MultiplierCard is "Adoption multiplier": ratios with their intervals, drawn in rows.
type MultiplierCard struct {
	ID, Title, Definition string
	Lead                  *cards.Lead
	Groups                []MultiplierGroup
	Scale                 PlotScale
	Notes                 []string
	Sentence              cards.Sentence
	Formula, Reading      string
}

// MultiplierGroup is the rows of one figure.
type MultiplierGroup struct {
	Label string
	Rows  []MultiplierRow
}

// MultiplierRow is a comparison; Why stands in the place of a ratio that there is not.
type MultiplierRow struct {
	Label, Groups, Ratio, Value, Interval, Why string
	Plot                                       *Plot
}

// Plot is a dot on an interval, in a box plotWidth wide; Told says that 1 lies outside.
type Plot struct {
	Low, Dot, High string
	Told           bool
	Label          string
}

// PlotScale is the scale of all plots: what its ends are, and where 1 lies.
type PlotScale struct {
	Left, Right, One string
	low, high        float64
}

const (
	plotWidth  = 240.0
	plotMargin = 8.0
	// farthest is the largest ratio that the scale reaches, and its inverse the smallest.
	farthest = 16.0
)

// multiplier makes the card.
func (d *dashboard) multiplier() *MultiplierCard {
	c := &MultiplierCard{ID: "multiplier", Title: d.T("impact.multiplier"), Definition: d.T("impact.multiplier.definition"), Formula: d.T("impact.multiplier.formula"), Reading: d.T("impact.multiplier.reading")}
	sets := d.estimates()
	c.Scale = scaleOf(sets)
	for _, set := range sets {
		g := MultiplierGroup{Label: set.label}
		for _, e := range set.rows {
			g.Rows = append(g.Rows, d.multiplierRow(e, c.Scale))
		}
		c.Groups = append(c.Groups, g)
	}
	if e := d.pulls.merged; d.without(e) == "" {
		f := cards.Write(&e.Ratio, times, times)
		c.Lead = &cards.Lead{Figure: f, Unit: d.T("impact.multiplier.lead", perUser(e.Engaged.Mean), perUser(e.Passive.Mean), intervalOf(e))}
		c.Sentence = d.Say(d.T("impact.multiplier.sentence", d.WindowSentence(), d.Scope(), f.Text, intervalOf(e)))
	}
	c.Notes = append(c.Notes, d.T("impact.multiplier.bydefinition"))
	if d.people.Faulty > 0 {
		c.Notes = append(c.Notes, d.T("impact.fault"))
	}
	return c
}

// perUser writes what somebody merges in 28 days, of what they merge in one.
func perUser(aDay float64) string { return english.Decimal(question.PhaseDays*aDay, 2) }

// estimateSet is the rows of one figure, always in the same order.
type estimateSet struct {
	label string
	rows  []estimateRow
}

// estimateRow is an estimate or why there is none; groups says of whom it is.
type estimateRow struct {
	label, groups, why string
	stats.Estimate
}

// estimates lists what the card shows.
func (d *dashboard) estimates() []estimateSet {
	byPerson := func(key string) estimateRow { return estimateRow{label: d.T(key), why: d.T("impact.why.person")} }
	overWeeks := func(key string, e stats.Estimate) estimateRow {
		return estimateRow{label: d.T(key), why: d.without(e), Estimate: e, groups: d.against(e)}
	}
	merged := estimateSet{d.T("impact.set.pulls"), []estimateRow{
		overWeeks("impact.row.github", d.pulls.merged), byPerson("impact.row.lighter"), byPerson("impact.row.placebo"), byPerson("impact.row.matched"),
		overWeeks("impact.row.codefirst", d.pulls.codeFirst)}}
	faster := estimateSet{d.T("impact.set.time"), []estimateRow{overWeeks("impact.row.github", d.pulls.faster), byPerson("impact.row.lighter"), byPerson("impact.row.placebo"), byPerson("impact.row.matched")}}
	if e := d.pulls.faster; e.Why == "" && e.Ratio > 0 {
		faster.rows[0].groups = d.T("impact.against", hours(e.Passive.Mean), hours(e.Engaged.Mean))
	}
	out := []estimateSet{merged, faster}
	for _, m := range d.measures() {
		out = append(out, estimateSet{d.T("impact.set.people", metric.MeasureByName(m.Measure).Label), []estimateRow{
			d.ofPeople("impact.row.all", m.All, false), d.ofPeople("impact.row.lighter", m.Lighter, false),
			d.ofPeople("impact.row.placebo", m.Placebo, true), d.ofPeople("impact.row.matched", m.Matched, true)}})
	}
	return out
}

// measures are the comparisons of people, or one without figures where there are none.
func (d *dashboard) measures() []question.MeasureImpact {
	if len(d.people.Measures) > 0 {
		return d.people.Measures
	}
	return []question.MeasureImpact{{Measure: "loc_changed"}, {Measure: "interactions"}, {Measure: "ai_credits"}}
}

// ofPeople is a row of a comparison of people; earlier says that it needs the days before.
func (d *dashboard) ofPeople(key string, e stats.Estimate, earlier bool) estimateRow {
	row := estimateRow{label: d.T(key), Estimate: e}
	switch why := d.people.Why; {
	case why == question.ImpactBreak, why == "" && earlier && d.people.Earlier == question.ImpactBreak:
		row.why = d.T("impact.why.break", text.LongDay(d.people.Break.Day), d.people.Break.Label)
	case why != "":
		row.why = d.T("impact.why." + string(why))
	case e.Why == stats.TooFewPairs && d.people.NoTeams:
		row.why = d.T("impact.why.teams")
	case e.Why != "":
		row.why = d.T("impact.why." + string(e.Why))
	case key == "impact.row.matched":
		row.groups = d.Plural("impact.pairs", e.Engaged.People)
	default:
		row.groups = d.against(e)
	}
	return row
}

// against says how many people are compared with how many.
func (d *dashboard) against(e stats.Estimate) string {
	return d.T("impact.against", text.Grouped(int64(e.Engaged.People)), d.Plural("n.people", e.Passive.People))
}

func (d *dashboard) multiplierRow(e estimateRow, s PlotScale) MultiplierRow {
	if e.why != "" {
		return MultiplierRow{Label: e.label, Ratio: text.None, Why: e.why}
	}
	row := MultiplierRow{Label: e.label, Groups: e.groups, Ratio: times(e.Ratio), Value: text.Plain(e.Ratio), Interval: intervalOf(e.Estimate)}
	row.Plot = &Plot{Low: s.at(e.Low), Dot: s.at(e.Ratio), High: s.at(e.High), Told: e.Low > 1 || e.High < 1,
		Label: d.T("impact.plot", row.Ratio, row.Interval)}
	return row
}

// scaleOf returns a scale on which all intervals fit: it is logarithmic, so that twice as
// much is as far from 1 as half as much.
func scaleOf(sets []estimateSet) PlotScale {
	low, high := 0.5, 2.0
	for _, set := range sets {
		for _, e := range set.rows {
			if e.why == "" {
				low, high = min(low, e.Low), max(high, e.High)
			}
		}
	}
	s := PlotScale{low: max(low, 1/farthest), high: min(high, farthest)}
	s.Left, s.Right, s.One = english.Decimal(s.low, 1)+"×", english.Decimal(s.high, 1)+"×", s.at(1)
	return s
}

// at returns where a ratio lies.
func (s PlotScale) at(ratio float64) string {
	ratio = min(max(ratio, s.low), s.high)
	x := plotMargin + (plotWidth-2*plotMargin)*(math.Log(ratio)-math.Log(s.low))/(math.Log(s.high)-math.Log(s.low))
	return strconv.FormatFloat(x, 'f', 1, 64)
}
