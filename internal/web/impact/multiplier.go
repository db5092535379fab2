package impact

import (
	"math"
	"strconv"

	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/text"
)

// MultiplierCard is "Adoption multiplier": ratios with their intervals, drawn in rows.
type MultiplierCard struct {
	ID, Title, Definition       string
	Lead                        *cards.Lead
	Groups                      []MultiplierGroup
	Scale                       PlotScale
	Notes                       []string
	Sentence                    cards.Sentence
	Formula, Reading, CSV, Only string
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
	c := &MultiplierCard{ID: "multiplier", Title: d.T("impact.multiplier"), Definition: d.T("impact.multiplier.definition"), Formula: d.T("impact.multiplier.formula"), Reading: d.T("impact.multiplier.reading"), CSV: d.csv("multiplier"), Only: d.MenuOf("multiplier", nil, nil).Only}
	sets := d.impact.Multiplier
	c.Scale = scaleOf(sets)
	for _, set := range sets {
		g := MultiplierGroup{Label: d.setLabel(set.Figure)}
		for _, r := range set.Rows {
			g.Rows = append(g.Rows, d.multiplierRow(set.Figure, r, c.Scale))
		}
		c.Groups = append(c.Groups, g)
	}
	if len(sets) > 0 && sets[0].Rows[0].Why == "" {
		e := sets[0].Rows[0].Estimate
		f := cards.Write(&e.Ratio, times, times)
		c.Lead = &cards.Lead{Figure: f, Unit: d.T("impact.multiplier.lead", perUser(e.Engaged.Mean), perUser(e.Passive.Mean), intervalOf(e))}
		c.Sentence = d.Say(d.T("impact.multiplier.sentence", d.WindowSentence(), d.Scope(), f.Text, intervalOf(e)))
	}
	c.Notes = append(c.Notes, d.T("impact.multiplier.bydefinition"))
	if d.impact.Faulty > 0 {
		c.Notes = append(c.Notes, d.T("impact.fault"))
	}
	return c
}

// perUser writes what somebody merges in 28 days, of what they merge in one.
func perUser(aDay float64) string { return english.Decimal(question.PhaseDays*aDay, 2) }

// setLabel is what the rows of a figure are called.
func (d *dashboard) setLabel(figure string) string {
	switch figure {
	case question.FigureMerged:
		return d.T("impact.set.pulls")
	case question.FigureMinutes:
		return d.T("impact.set.time")
	}
	return d.T("impact.set.people", metric.MeasureByName(figure).Label)
}

// rowKeys are the texts of comparisons; of pull requests everybody is as GitHub computes it.
var rowKeys = map[string]string{question.CompareLighter: "impact.row.lighter", question.ComparePlacebo: "impact.row.placebo", question.CompareMatched: "impact.row.matched", question.CompareCodeFirst: "impact.row.codefirst"}

func (d *dashboard) rowLabel(figure, name string) string {
	switch {
	case name != question.CompareAll:
		return d.T(rowKeys[name])
	case figure == question.FigureMerged, figure == question.FigureMinutes:
		return d.T("impact.row.github")
	}
	return d.T("impact.row.all")
}

// groups says how many people are compared with how many, and of times which.
func (d *dashboard) groups(figure string, r question.ComparedRow) string {
	switch e := r.Estimate; {
	case figure == question.FigureMinutes:
		return d.T("impact.against", hours(e.Passive.Mean), hours(e.Engaged.Mean))
	case r.Name == question.CompareMatched:
		return d.Plural("impact.pairs", e.Engaged.People)
	default:
		return d.T("impact.against", text.Grouped(int64(e.Engaged.People)), d.Plural("n.people", e.Passive.People))
	}
}

func (d *dashboard) multiplierRow(figure string, r question.ComparedRow, s PlotScale) MultiplierRow {
	label := d.rowLabel(figure, r.Name)
	if why := d.without(&r.Comparison); why != "" {
		return MultiplierRow{Label: label, Ratio: text.None, Why: why}
	}
	e := r.Estimate
	row := MultiplierRow{Label: label, Groups: d.groups(figure, r), Ratio: times(e.Ratio), Value: text.Plain(e.Ratio), Interval: intervalOf(e)}
	row.Plot = &Plot{Low: s.at(e.Low), Dot: s.at(e.Ratio), High: s.at(e.High), Told: e.Low > 1 || e.High < 1,
		Label: d.T("impact.plot", row.Ratio, row.Interval)}
	return row
}

// scaleOf returns a scale on which all intervals fit: it is logarithmic, so that twice as
// much is as far from 1 as half as much.
func scaleOf(sets []question.ComparedFigure) PlotScale {
	low, high := 0.5, 2.0
	for _, set := range sets {
		for _, e := range set.Rows {
			if e.Why == "" {
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
