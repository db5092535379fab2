package codegen

import (
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// kpis are the measures at the top, in their order.
var kpis = []cards.KPI{
	{Measure: "loc_changed", Text: text.Compact, Full: text.Whole},
	{Measure: "agent_contribution", Text: text.Percent, Full: text.Percent, Points: true},
	{Measure: "average_lines_deleted_by_agent", Text: text.Decimal, Full: text.Decimal},
	{Measure: "active_users", Text: text.Whole, Full: text.Whole},
}

func (d *dashboard) kpis() []cards.KPICard {
	var out []cards.KPICard
	for _, spec := range kpis {
		out = append(out, d.kpiCard(spec))
	}
	return out
}

// kpiCard fills in what a card's figure is of, in words, and what GitHub has in its place.
func (d *dashboard) kpiCard(spec cards.KPI) cards.KPICard {
	value, monthly := d.Headline(spec.Measure), d.monthly(spec.Measure)
	if monthly {
		value = d.Answers.Of(askMonth).Single(spec.Measure)
	}
	c := d.KPI(spec, value)
	if c.Blocked != nil {
		return c
	}
	if monthly {
		c.Window, c.Change = d.T("window.month", text.Span(d.month())), nil
		c.Menu.CSV = shell.APIURL(d.Question(askMonth, d.Effective, d.month(), averageMeasure).Words, "csv")
	}
	if spec.Measure == "agent_contribution" {
		d.asInterval(&c, value)
	}
	if value != nil {
		c.Denominator, c.GitHub, c.Sentence = d.denominator(spec.Measure, *value), d.github(spec, *value), d.Say(strings.TrimSpace(d.sentence(spec.Measure, *value)+" "+c.Bound))
	}
	return c
}

// monthly reports whether the measure is over the calendar month, as GitHub's
// page has it.
func (d *dashboard) monthly(measure string) bool {
	return d.State.Parity && measure == averageMeasure[0]
}

// asInterval shows agents' share from its low to its high end where too many lines do
// not say who made them, and says why it is unknown where none does.
func (d *dashboard) asInterval(c *cards.KPICard, low *float64) {
	high := d.Headline("agent_contribution_max")
	if cards.IsInterval(low, high) {
		c.Figure = cards.Bounded(d.Faults, "agent_contribution", cards.ShareFigure(low, high, text.Percent))
		c.Change, c.NoChange = nil, d.T("change.interval")
	}
	if lines := d.Headline("loc_changed"); low == nil && lines != nil && *lines > 0 {
		c.Denominator, c.Fix = d.T("kpi.unclassified", d.Lines(*lines)), nil
	}
}

// share writes agents' share of the lines.
func (d *dashboard) share(write func(float64) string) string {
	return cards.ShareFigure(d.Headline("agent_contribution"), d.Headline("agent_contribution_max"), write).Text
}

// denominator says what a card's figure is of.
func (d *dashboard) denominator(measure string, value float64) string {
	switch measure {
	case "loc_changed":
		return d.parts()
	case "agent_contribution":
		words := d.T("kpi.ofchanged", text.Compact(cards.OrZero(d.Headline("loc_changed"))))
		if high := d.Headline("agent_contribution_max"); cards.IsInterval(&value, high) {
			words += d.T("kpi.interval", text.WholePercent(*high-value))
		}
		return words
	case "average_lines_deleted_by_agent":
		if d.monthly(measure) {
			return d.T("kpi.permonth")
		}
		return d.T("kpi.peruser", d.Plural("n.users", int(cards.OrZero(d.Headline("active_users")))))
	}
	return d.seatsWords(value)
}

// parts says that tools which count differently were added up, else what the
// changed lines are made of.
func (d *dashboard) parts() string {
	if tools := d.ToolNames(); len(metric.Grades(tools)) > 1 {
		return d.T("kpi.grades", d.Plural("n.tools", len(tools)))
	}
	return d.T("kpi.parts", text.Grown(d.Headline("loc_added"), text.Compact), text.Shrunk(d.Headline("loc_deleted"), text.Compact))
}

func (d *dashboard) seatsWords(active float64) string {
	var out []string
	if d.seats != nil {
		out = append(out, d.T("kpi.seats", d.Plural("n.seats", int(*d.seats)))) // some of the people may have none
	}
	if lines := d.Headline("users_reporting_lines"); lines != nil && *lines < active {
		out = append(out, d.Plural("kpi.silent", int(active-*lines)))
	}
	if len(out) == 0 {
		return d.T("kpi.allreport")
	}
	return strings.Join(out, "; ")
}

// sentence says a card's figure in words that can stand alone.
func (d *dashboard) sentence(measure string, value float64) string {
	head := d.WindowSentence()
	switch measure {
	case "loc_changed":
		return d.linesSentence(head, value)
	case "agent_contribution":
		return d.T("sentence.agent", head, d.share(text.Percent), d.Scope())
	case "average_lines_deleted_by_agent":
		return d.T("sentence.average", head, text.Decimal(value), d.Scope())
	}
	return d.Plural("sentence.users", int(value), head, d.Scope())
}

func (d *dashboard) linesSentence(head string, lines float64) string {
	words := d.T("sentence.lines", head, d.Lines(lines), d.Scope())
	if share := d.Headline("agent_contribution"); share != nil && lines != 0 {
		words += d.T("sentence.share", d.share(text.WholePercent))
	}
	words += "."
	if reporting := d.Reporting(); reporting != "" {
		words += " " + reporting
	}
	return words + " " + d.T("sentence.not")
}

// month returns the calendar month in which the window ends, up to its end.
func (d *dashboard) month() day.Range {
	return day.Range{From: d.Window.To.Month(), To: d.Window.To}
}
