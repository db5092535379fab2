package usage

import (
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// ofSignal returns the people of whom a signal is true, in an answer by signal.
func (d *dashboard) ofSignal(ask, signal string) *float64 {
	t := d.Answers.Of(ask)
	if t == nil {
		return nil
	}
	for _, row := range t.Rows() {
		if name, _ := t.Name(row, "signal"); name == signal {
			return t.Value(row, "active_users")
		}
	}
	if t.Hides() || len(d.Status.Aggregate) > 0 || d.Effective.Has("signal") {
		return nil
	}
	return new(float64)
}

// overTime returns a measure by period, of a signal or of everybody.
func (d *dashboard) overTime(ask, grain, signal, measure string) map[string]*float64 {
	out, t := map[string]*float64{}, d.Answers.Of(ask)
	for _, row := range t.Rows() {
		name, _ := t.Name(row, "signal")
		if key, ok := t.Name(row, grain); ok && name == signal {
			out[key] = t.Value(row, measure)
		}
	}
	return out
}

// active returns the active people of the window, as they are counted on the page.
func (d *dashboard) active() *float64 { return d.activeOf(cards.AskHeadline, askSignals) }

func (d *dashboard) activeOf(all, signals string) *float64 {
	if d.Effective.Prompts {
		return d.ofSignal(signals, metric.IDEPrompts)
	}
	return d.Answers.Of(all).Single("active_users")
}

// who names the people that the page counts, in words.
func (d *dashboard) who() string { return d.T("usage.who." + d.population()) }

func whole(f *float64) string { return text.FigureOr(f, text.Whole) }

// monthly reports whether figures of the calendar month are shown, as on GitHub's page.
func (d *dashboard) monthly() bool { return d.State.Parity && !d.Weeks }

func (d *dashboard) kpis() []cards.KPICard {
	return []cards.KPICard{d.totalActive(), d.agentTile(), d.chatTile(), d.modelTile()}
}

// totalActive is "Total active users".
func (d *dashboard) totalActive() cards.KPICard {
	spec := cards.KPI{Measure: "active_users", Text: text.Whole, Full: text.Whole}
	value := d.active()
	c := d.KPI(spec, value)
	c.ID, c.Title = "total-active", d.T("usage.total")
	c.Menu.Only, c.Menu.Reading, c.Menu.Formula, c.Menu.Fields = d.only(c.ID), d.T("usage.reading.total"), d.T("usage.formula.total."+d.population()), d.T("usage.fields.total."+d.population())
	if c.Blocked != nil {
		return c
	}
	if d.monthly() {
		value = d.activeOf(askMonth, askMonthSignals)
		c.Figure, c.Window, c.Change, c.NoChange = cards.Whole(value), d.T("window.month", text.Span(d.month())), nil, ""
	} else {
		c.Change = d.ChangeFrom(spec, value, d.activeOf(cards.AskPrevious, askSignalsBefore))
	}
	c.Spark = d.spark(d.activeOverTime(), d.periods, text.Whole)
	if value == nil {
		if len(d.Status.Aggregate) > 0 {
			c.Denominator = d.T("usage.needs")
		}
		if r := d.statedActive(); r != nil {
			c.Denominator = d.T("usage.reported.total", text.ShortDay(r.on), whole(r.over[2])) + " " + c.Denominator
		}
		return c
	}
	if c.Denominator = d.ofSeats(value); c.Denominator != "" {
		c.Denominator += "; " + d.who()
	} else {
		c.Denominator = text.Upper(d.who()) + ". " + d.noSeats()
	}
	if d.State.Parity { // GitHub's reports call this number of people active
		c.Denominator += "; " + d.T("usage.total.any", whole(d.Answers.Of(pick(d.monthly(), askMonth, cards.AskHeadline)).Single("active_users")))
	}
	c.GitHub = d.gitHub(d.promptsOfMonth(), text.Whole, d.T("usage.github.month"), *value, "usage.step.prompts", "usage.step.month", "usage.step.copilot")
	c.Sentence = d.Say(d.T("usage.total.sentence", d.tileDays(), text.Whole(*value), d.Scope(), d.who()))
	return c
}

// noSeats says why there is no share of seats: a member of a team may hold a seat that was not
// assigned through it.
func (d *dashboard) noSeats() string {
	switch {
	case d.Place.Team != nil:
		return d.T("usage.noseats.team")
	case d.seatsHidden:
		return d.T("usage.noseats.hidden")
	}
	return d.T(pick(d.MayImport(), "usage.noseats", "usage.noseats.ask"))
}

// tileDays begins a sentence with the days of the tiles that are of a month on GitHub's page.
func (d *dashboard) tileDays() string {
	if d.monthly() {
		return d.T("usage.sentence.month", text.Span(d.month()))
	}
	return d.WindowSentence()
}

// ofSeats writes how many of the seats are active, or how many there are where that is not
// known; "" where there are none.
func (d *dashboard) ofSeats(value *float64) string {
	if d.seats == nil || value == nil || *d.seats == 0 {
		return ""
	}
	seats := d.Plural("n.seats", int(*d.seats))
	if a := d.adoption; a != nil && a.Unseated != nil && !d.Effective.Prompts && !d.monthly() {
		seated := *value - float64(*a.Unseated)
		return d.T("usage.ofseats", text.Whole(seated), seats, text.WholePercent(seated/float64(*d.seats)))
	}
	return d.T("kpi.seats", seats) // some of the people may have none
}

// only is the address of a card alone.
func (d *dashboard) only(id string) string {
	return d.State.Between(d.Window).With(func(s *shell.State) { s.Card = id }).URL()
}

// activeOverTime returns the active people of each period, as they are counted on the page.
func (d *dashboard) activeOverTime() map[string]*float64 {
	if d.Effective.Prompts {
		return d.peopleWith(askDailySent, metric.IDEPrompts, cards.Trailing[d.Grain])
	}
	return d.overTime(askDaily, d.Grain, "", cards.Trailing[d.Grain])
}

func (d *dashboard) spark(values map[string]*float64, periods []cards.Period, write func(float64) string) *cards.Spark {
	var line []*float64
	for _, p := range periods {
		if p.State != "provisional" {
			line = append(line, values[p.Key])
		}
	}
	if len(line) < 3 {
		return nil
	}
	return cards.SparkOf(line, func(low, high float64) string { return d.T("usage.spark", write(low), write(high)) })
}

// gitHub returns a tile's figure by GitHub's rules.
func (d *dashboard) gitHub(there *float64, write func(float64) string, when string, here float64, steps ...string) *cards.GitHubFigure {
	if there == nil || d.State.Parity || d.Weeks || !d.countsCopilot() {
		return nil
	}
	g := &cards.GitHubFigure{Figure: cards.Write(there, write, write), URL: d.State.With(func(s *shell.State) { s.Parity = true }).URL()}
	g.Same = g.Figure.Text == write(here)
	g.Figure.Text = fmt.Sprintf("%s %s", g.Figure.Text, when)
	g.Lines = []shell.Fact{{Label: d.T("github.here"), Value: write(here)}}
	for _, step := range steps {
		label := d.T(step)
		if step == "usage.step.month" {
			label = d.T(step, text.Span(d.month()))
		}
		if step == "usage.step.copilot" && d.copilotAlone() {
			continue
		}
		g.Lines = append(g.Lines, shell.Fact{Label: label})
	}
	g.Lines = append(g.Lines, shell.Fact{Label: d.T("github.there"), Value: write(*there)})
	return g
}

// promptsOfMonth returns the people of Copilot who sent a prompt in an IDE in the calendar month.
func (d *dashboard) promptsOfMonth() *float64 {
	if !d.mixesTools() {
		return d.ofSignal(askMonthSignals, metric.IDEPrompts)
	}
	if p := populationIn(d.copilotAdoption(), question.PeoplePrompts); p != nil {
		return cards.Float(p.Month)
	}
	return nil
}

// agentWords is a text about who used an agent: in an IDE, or, where not only Copilot's people
// are counted, in any tool.
func (d *dashboard) agentWords(key string, args ...any) string {
	if !d.copilotAlone() {
		key += ".tools"
	}
	return d.T(key, args...)
}

// tile begins a tile whose figure is worked out here.
func (d *dashboard) tile(id, key string, measures []string, by ...string) cards.KPICard {
	c := cards.KPICard{ID: id, Title: d.T(key), Definition: d.T("usage.definition." + bare(key)), Window: d.WindowWords(), Menu: d.MenuOf(id, measures, by)}
	c.Menu.Formula, c.Menu.Reading = d.T("usage.formula."+bare(key)), d.T("usage.reading."+bare(key))
	c.Blocked = d.Block(measures, by...)
	return c
}

// agents returns how many of the active people used an agent, over the window or the month of
// GitHub's card. Only who counts as active is among them: adoption is a share of active
// users, and used_agent is also true of people who sent no prompt in an IDE.
func (d *dashboard) agents(monthly bool) *float64 {
	if !d.Effective.Prompts {
		return d.ofSignal(pick(monthly, askMonthSignals, askSignals), "used_agent")
	}
	if p := d.populationOf(question.PeoplePromptsAgent); p != nil {
		return cards.Float(pick(monthly, p.Month, p.Window))
	}
	return nil
}

// agentsBefore is agents of the period before.
func (d *dashboard) agentsBefore() *float64 {
	if !d.Effective.Prompts {
		return d.ofSignal(askSignalsBefore, "used_agent")
	}
	if p := populationIn(d.adoptionBefore, question.PeoplePromptsAgent); p != nil {
		return cards.Float(p.Window)
	}
	return nil
}

// blockedAgents says why agent adoption is not known: whose prompts and agents are the same
// people's only sets of people say.
func (d *dashboard) blockedAgents() *cards.Blocked {
	if d.Effective.Prompts && d.refused != nil {
		return d.blockedAdoption()
	}
	return d.Block([]string{"active_users"}, "signal")
}

// agentTile is "Agent adoption".
func (d *dashboard) agentTile() cards.KPICard {
	c := d.tile("agent-adoption", "usage.agent", []string{"active_users"}, "signal")
	c.Definition, c.Menu.Fields = d.agentWords("usage.definition.agent"), d.T("usage.fields.agent."+d.population())
	if c.Blocked = d.blockedAgents(); c.Blocked != nil {
		return c
	}
	spec := cards.KPI{Text: text.Percent, Full: text.Percent, Points: true}
	agents, active := d.agents(d.monthly()), d.active()
	if d.monthly() {
		active = d.activeOf(askMonth, askMonthSignals)
		c.Window = d.T("window.month", text.Span(d.month()))
	} else {
		c.Change = d.ChangeFrom(spec, query.Share(agents, active), query.Share(d.agentsBefore(), d.activeOf(cards.AskPrevious, askSignalsBefore)))
		c.NoChange = d.NoChange()
	}
	value := query.Share(agents, active)
	c.Figure = cards.Write(value, text.Percent, text.Percent)
	_, shares := d.agentWeeks()
	c.Spark = cards.SparkOf(shares, func(low, high float64) string { return d.T("usage.spark", text.Percent(low), text.Percent(high)) })
	if value == nil {
		c.Denominator = d.T("kpi.unknown")
		if all, users := d.statedActive(), d.statedSurface("used_agent"); d.aggregatesAlone() && all != nil && users != nil && all.on == users.on {
			c.Denominator = d.T("usage.reported.agent", text.ShortDay(all.on), text.FigureOr(query.Share(users.over[2], all.over[2]), text.Percent), whole(users.over[2]), whole(all.over[2]))
		}
		return c
	}
	c.Figure.Text, c.Bound, c.BoundURL = d.bounded(c.Figure.Text)
	c.Denominator = d.agentWords("usage.agent.of", whole(agents), d.Plural("n.users", int(*active))) + d.agentsBeyond(agents)
	if p := populationIn(pick(d.mixesTools(), d.copilotAdoption(), d.adoption), question.PeoplePromptsAgent); p != nil {
		there := query.Share(cards.Float(p.Month), d.promptsOfMonth())
		c.GitHub = d.gitHub(there, text.Percent, d.T("usage.github.month"), *value, "usage.step.ofprompts", "usage.step.month", "usage.step.copilot")
	}
	c.Sentence = d.Say(d.agentWords("usage.agent.sentence", d.tileDays(), whole(agents), whole(active), d.Scope(), text.Percent(*value)))
	return c
}

// agentsBeyond says how many people used an agent without counting as active.
func (d *dashboard) agentsBeyond(agents *float64) string {
	all := d.ofSignal(pick(d.monthly(), askMonthSignals, askSignals), "used_agent")
	if !d.Effective.Prompts || d.Masked() || all == nil || agents == nil || *all <= *agents {
		return ""
	}
	return "; " + d.Plural("usage.agent.beyond", int(*all-*agents))
}

// bounded writes a figure of agents as a bound where a known fault of clients makes it one.
func (d *dashboard) bounded(figure string) (bounded, bound, url string) {
	if f := question.AtLeast(d.Faults, "agent_contribution"); f != nil {
		return "≥ " + figure, d.AtLeast(*f), d.CoverageURL()
	}
	return figure, "", ""
}

// agentWeeks returns the weeks of agent adoption, with each week's share.
func (d *dashboard) agentWeeks() (weeks []day.Day, shares []*float64) {
	agents, active := d.overTime(askWeekSignals, "week", "used_agent", "active_users"), d.overTime(askWeeks, "week", "", "active_users")
	if d.Effective.Prompts {
		agents, active = d.byWeek(d.populationOf(question.PeoplePromptsAgent)), d.overTime(askWeekSignals, "week", metric.IDEPrompts, "active_users")
	}
	for monday := d.weeks.From.Week(); monday <= d.weeks.To; monday += 7 {
		if monday+6 < d.Status.Data.From {
			continue
		}
		of := agents[monday.String()]
		if of == nil && !d.Effective.Prompts && d.zeroWithoutRow(askWeekSignals, day.Range{From: monday, To: monday + 6}) {
			of = new(float64)
		}
		weeks, shares = append(weeks, monday), append(shares, query.Share(of, active[monday.String()]))
	}
	return weeks, shares
}

// byWeek returns a population of each ISO week.
func (d *dashboard) byWeek(p *question.Population) map[string]*float64 {
	out := map[string]*float64{}
	if p != nil {
		for i, n := range p.ByWeek {
			out[d.adoption.Weeks[i].String()] = cards.Float(n)
		}
	}
	return out
}

// zeroWithoutRow reports whether nobody has a signal of which an answer has no row in a range: not
// where few people are hidden, nor where an aggregate says only how many there were.
func (d *dashboard) zeroWithoutRow(ask string, r day.Range) bool {
	aggregated := slices.ContainsFunc(slices.Concat(d.Before.Aggregate, d.Status.Aggregate), r.Contains)
	return !aggregated && r.To <= d.Window.To && !d.Masked() && !d.Answers.Of(ask).Hides() && !d.Effective.Has("signal")
}

// dailyActive is "Daily active users": those with a prompt in an IDE, and the others.
func (d *dashboard) dailyActive() card {
	measure := cards.Trailing[d.Grain]
	c := d.chart("daily-active", "usage.daily", []string{measure}, d.Grain, "signal")
	c.Definition, c.Menu.Fields = d.T("usage.definition.daily."+d.Grain), d.T("usage.fields.daily", measure)
	if c.Blocked != nil {
		return card{Chart: c}
	}
	all := d.overTime(askDaily, d.Grain, "", measure)
	prompts := d.peopleWith(askDailySent, metric.IDEPrompts, measure)
	rest, undivided := map[string]*float64{}, map[string]*float64{}
	for key, n := range all {
		switch {
		case n == nil:
		case prompts[key] == nil:
			undivided[key] = n
		default:
			f := *n - *prompts[key]
			rest[key] = &f
		}
	}
	columns := []cards.Column{{Label: d.T("usage.sent"), Series: "prompts", Colour: "strong", Draw: "up"}, {Label: d.T("usage.other"), Series: "other", Colour: "pale", Draw: "up"}}
	values := []map[string]*float64{prompts, rest}
	if len(undivided) > 0 {
		columns = append(columns, cards.Column{Label: d.T("usage.undivided"), Series: "undivided", Colour: "grey", Draw: "up"})
		values = append(values, undivided)
	}
	c.Legend = legend(columns)
	columns, values = append(columns, cards.Column{Label: d.T("usage.anyactivity"), Series: "any", Draw: "none"}), append(values, all)
	c.Tables = []cards.Table{d.periodChart(d.Builder, c.Title, columns, text.Whole, values...)}
	last, before := d.lastPeriod(all), d.Window.To-7
	value := all[last.Key]
	if d.Effective.Prompts {
		value = prompts[last.Key]
	}
	c.Lead = &cards.Lead{Figure: cards.Whole(value), Unit: d.T("usage.daily.unit", last.Label)}
	if d.Grain == "day" {
		if was := pick(d.Effective.Prompts, prompts, all)[before.String()]; value != nil && was != nil && d.Window.Contains(before) {
			c.Lead.Change = d.plain(*value-*was, was, text.ShortDay(before))
		}
	}
	c.Notes = d.stateNotes(c.Tables[0])
	if len(undivided) > 0 {
		why := "usage.undivided.aggregate"
		switch {
		case d.Effective.Has("signal"):
			why = "usage.undivided.filter"
		case d.Masked():
			why = "usage.undivided.few"
		}
		c.Notes = append(c.Notes, d.T(why))
	}
	c.Label = d.T("usage.chart.label", c.Title, c.Lead.Figure.Text+" "+c.Lead.Unit)
	c.Sentence = d.Say(d.T(pick(prompts[last.Key] != nil, "usage.daily.sentence", "usage.daily.sentence.undivided"), last.Label, whole(all[last.Key]), d.Scope(), whole(prompts[last.Key])))
	return card{Chart: c}
}

func pick[V any](yes bool, a, b V) V {
	if yes {
		return a
	}
	return b
}

// plain is a change of a number of people.
func (d *dashboard) plain(diff float64, was *float64, against string) *cards.Change {
	c := &cards.Change{Text: cards.ChangeText("active_users", &diff), Sign: "same", Against: against, Previous: cards.Whole(was)}
	switch {
	case diff > 0:
		c.Sign = "up"
	case diff < 0:
		c.Sign = "down"
	}
	return c
}

// lastPeriod returns the last final period with a figure.
func (d *dashboard) lastPeriod(values map[string]*float64) (last cards.Period) {
	for _, p := range d.periods {
		if p.State != "provisional" && values[p.Key] != nil {
			last = p
		}
	}
	return last
}

// weeklyActive is "Weekly active users": the trailing seven days.
func (d *dashboard) weeklyActive() card {
	c := d.chart("weekly-active", "usage.weekly", []string{"weekly_active_users"}, d.Grain, "signal")
	c.Menu.Fields = d.T("usage.fields.daily", "weekly_active_users")
	if c.Blocked != nil {
		return card{Chart: c}
	}
	all := d.overTime(askTrailing, d.Grain, "", "weekly_active_users")
	prompts := d.peopleWith(askTrailingSent, metric.IDEPrompts, "weekly_active_users")
	columns := []cards.Column{{Label: d.T("usage.anyactivity"), Series: "any", Colour: "strong", Draw: "line"}, {Label: d.T("usage.prompts"), Series: "prompts", Colour: "mid", Draw: "line"}}
	values := []map[string]*float64{all, prompts}
	if d.seats != nil {
		seats := float64(*d.seats)
		healthy := healthyWeekly * seats
		seatLine, healthyLine := map[string]*float64{}, map[string]*float64{}
		for _, p := range d.periods {
			seatLine[p.Key], healthyLine[p.Key] = &seats, &healthy
		}
		columns = append(columns, cards.Column{Label: d.Plural("n.seats", int(seats)), Series: "seats", Draw: "rule"}, cards.Column{Label: d.T("usage.weekly.healthy", text.Whole(healthy)), Series: "healthy", Draw: "rule"})
		values = append(values, seatLine, healthyLine)
	}
	c.Tables = []cards.Table{d.periodChart(d.Builder, c.Title, columns, text.Whole, values...)}
	c.Legend = append(legend(columns[:2]), d.ruleLegend(columns[2:])...)
	last := d.lastPeriod(all)
	value := pick(d.Effective.Prompts, prompts, all)[last.Key]
	c.Lead = &cards.Lead{Figure: cards.Whole(value), Unit: d.T("usage.weekly.unit", text.LongDay(d.Window.To))}
	if d.seats != nil && *d.seats > 0 { // some of the people may have none, so there is no share
		c.Definition += " " + d.T("usage.weekly.of", d.Plural("n.seats", int(*d.seats)))
	}
	c.Notes = d.stateNotes(c.Tables[0])
	c.Label = d.T("usage.chart.label", c.Title, c.Lead.Figure.Text+" "+c.Lead.Unit)
	c.Sentence = d.Say(d.T(pick(prompts[last.Key] != nil, "usage.weekly.sentence", "usage.weekly.sentence.undivided"), text.LongDay(d.Window.To), whole(all[last.Key]), d.Scope(), whole(prompts[last.Key])))
	return card{Chart: c}
}

// healthyWeekly is the share of licences above which GitHub calls weekly active users
// healthy.
const healthyWeekly = 0.6

func (d *dashboard) ruleLegend(columns []cards.Column) (out []cards.LegendItem) {
	for _, c := range columns {
		out = append(out, cards.LegendItem{Label: d.T("usage.dashed", c.Label)})
	}
	return out
}

// agentAdoption is "Agent adoption" by week.
func (d *dashboard) agentAdoption() card {
	c := d.chart("agent-weeks", "usage.agentweeks", []string{"active_users"}, "week", "signal")
	c.Definition, c.Menu.Fields = d.agentWords("usage.definition.agentweeks"), d.T("usage.fields.agent."+d.population())
	if c.Blocked = d.blockedAgents(); c.Blocked != nil {
		return card{Chart: c}
	}
	weeks, shares := d.agentWeeks()
	switch {
	case d.Effective.Prompts && d.Masked():
		c.Empty = d.T("usage.agentweeks.people")
	case d.aggregatesAlone():
		c.Empty = d.T("usage.needs")
	}
	if c.Empty != "" {
		return card{Chart: c}
	}
	t := cards.Table{Caption: c.Title, Grain: "week", RowHead: d.T("head.week"), Columns: []cards.Column{{Label: d.T("usage.agent"), Series: "agent", Colour: "strong", Draw: "line"}}}
	for i, monday := range weeks {
		t.Rows = append(t.Rows, cards.Row{Key: monday.String(), Label: text.Span(day.Range{From: monday, To: monday + 6}), Short: text.ShortDay(monday), Plot: true, Cells: []cards.Cell{shareCell(shares[i])}})
	}
	for i := range t.Rows {
		r := day.Range{From: weeks[i], To: weeks[i] + 6}
		for _, b := range metric.BreaksIn(r) {
			t.Rows[i].Break = text.ShortDay(b.Day) + ": " + b.Label
		}
	}
	c.Tables, c.Unit, c.Notes = []cards.Table{t}, "percent", d.followed("agent")
	agents := d.agents(false)
	value := query.Share(agents, d.active())
	c.Lead = &cards.Lead{Figure: cards.Write(value, text.Percent, text.Percent), Unit: d.T("usage.agent.unit", whole(d.active()), d.DaysWord(d.Window.Len()))}
	c.Lead.Figure.Text, c.Lead.Bound, c.Lead.BoundURL = d.bounded(c.Lead.Figure.Text)
	c.Label = d.T("usage.chart.label", c.Title, c.Lead.Figure.Text+" "+c.Lead.Unit)
	c.Sentence = d.Say(d.agentWords("usage.agent.sentence", d.WindowSentence(), whole(agents), whole(d.active()), d.Scope(), c.Lead.Figure.Text))
	return card{Chart: c}
}

func shareCell(f *float64) cards.Cell {
	if f == nil {
		return cards.Cell{Text: text.None}
	}
	return cards.Cell{Text: text.Percent(*f), Value: text.Plain(*f)}
}

// chart begins a chart over time.
func (d *dashboard) chart(id, key string, measures []string, by ...string) *cards.ChartCard {
	c := &cards.ChartCard{ID: id, Title: d.T(key), Definition: d.T("usage.definition." + bare(key)), Kind: "days", Menu: d.MenuOf(id, measures, by)}
	c.Menu.Formula, c.Menu.Reading = d.T("usage.formula."+bare(key)), d.T("usage.reading."+bare(key))
	c.Blocked = d.Block(measures, by...)
	return c
}

// periodChart is the table that a chart over time is drawn from.
func (d *dashboard) periodChart(b *cards.Builder, caption string, columns []cards.Column, write func(float64) string, values ...map[string]*float64) cards.Table {
	t := cards.Table{Caption: caption, Grain: b.Grain, RowHead: d.T("head." + b.Grain), Columns: columns}
	for _, p := range pick(b == d.fine, d.finePeriods, d.periods) {
		r := cards.Row{Key: p.Key, Label: p.Label, Short: p.Short, State: p.State, Note: p.Note, Break: p.Break, Part: p.Part, Plot: true}
		for _, byKey := range values {
			v := byKey[p.Key]
			if p.State == "missing" || v == nil {
				r.Cells = append(r.Cells, cards.Cell{Text: text.None})
				continue
			}
			r.Cells = append(r.Cells, cards.Cell{Text: write(*v), Value: text.Plain(*v)})
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// stateNotes says in words what a chart's hatching and frames mean.
func (d *dashboard) stateNotes(t cards.Table) (out []string) {
	for _, state := range []string{"provisional", "missing"} {
		for _, r := range t.Rows {
			if r.State == state {
				out = append(out, d.T("daily.note."+state))
				break
			}
		}
	}
	return out
}

func legend(columns []cards.Column) (out []cards.LegendItem) {
	for _, c := range columns {
		swatch := c.Colour
		if c.Draw == "mark" {
			swatch = "mark"
		}
		out = append(out, cards.LegendItem{Label: c.Label, Swatch: swatch})
	}
	return out
}

// whoCounts is "Who counts as active": everybody as exclusive parts, and the populations.
func (d *dashboard) whoCounts() card {
	c := d.table("who-counts", "usage.whocounts", "")
	c.Tag = d.T("usage.tag")
	stated := d.statedActive()
	if !d.known(c) {
		if c.Empty != "" && stated != nil {
			c.Notes, c.Empty = []string{c.Empty}, ""
			c.Table = d.populations(stated)
		}
		return card{Table: c}
	}
	a := d.adoption
	steps := []cards.Step{cards.StepStrong, cards.StepMid, cards.StepPale, cards.StepGrey}
	var parts []cards.Part
	told, sum := true, int64(0)
	for i, p := range a.Active {
		if p.People == nil {
			told = false
			continue
		}
		sum += *p.People
		parts = append(parts, cards.Part{Step: steps[i], Value: float64(*p.People), Label: d.partNames(func(n string) string { return d.T("usage.part." + n) }, p.Names)})
	}
	if told {
		total := func(f float64) string { return d.Plural("n.users", int(f)) }
		if a.Idle != nil {
			parts = append(parts, cards.Part{Step: cards.StepNone, Value: float64(*a.Idle), Label: d.T("usage.part.idle"), URL: shell.InsightsPath(d.Place, "seats")})
			total = func(float64) string {
				if *a.Unseated == 0 {
					return d.Plural("n.seats", int(*a.Seats))
				}
				return d.Plural("usage.unseated", int(*a.Unseated), d.Plural("n.people", int(*a.Seats+*a.Unseated)), d.Plural("n.seats", int(*a.Seats)))
			}
		}
		c.Parts = cards.NewPartsBar(parts, total)
		c.Sentence = d.Say(d.T("usage.whocounts.sentence", d.WindowSentence(), text.Grouped(sum), d.Scope(), c.Parts.Label))
	}
	if d.seats == nil {
		c.Notes = append(c.Notes, d.noSeats())
	}
	c.Table = d.populations(stated)
	if d.differs(stated, d.copilotPopulation(question.PeopleAny)) {
		c.Notes = append(c.Notes, d.T("usage.reported.differs"))
	}
	c.Notes = append(c.Notes, d.followed("total")...)
	return card{Table: c}
}

// bare is the name of a card in the keys of its texts.
func bare(key string) string { return strings.TrimPrefix(key, "usage.") }

// partNames joins the names of parts that are told together.
func (d *dashboard) partNames(name func(string) string, names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, name(n))
	}
	return d.List(out)
}

// shownPopulations are the rows of the table.
var shownPopulations = []string{question.PeoplePrompts, question.PeopleAny, "used_cli"}

func (d *dashboard) populations(stated *reported) *cards.DrawnTable {
	last := d.Window.To
	t := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("usage.population")}, {Label: d.T("usage.population.where")},
		{Label: text.ShortDay(last), Numeric: true}, {Label: d.DaysWord(7), Numeric: true}, {Label: d.DaysWord(28), Numeric: true}, {Label: text.ShortSpan(d.month()), Numeric: true}}}
	for _, name := range shownPopulations {
		p := d.populationOf(name)
		if p == nil || d.aggregatesAlone() {
			continue
		}
		row := cards.DrawnRow{Key: name, Label: d.T("usage.population." + name), Cells: []cards.DrawnCell{{Figure: cards.Figure{Text: d.T("usage.population." + name + ".where")}}}}
		for _, n := range []*int64{p.Day, p.Week, p.Days28, p.Month} {
			row.Cells = append(row.Cells, cards.DrawnCell{Figure: cards.Whole(cards.Float(n))})
		}
		t.Rows = append(t.Rows, row)
	}
	if stated != nil {
		t.Rows = append(t.Rows, d.reportedRow(stated))
	}
	return t
}

func (d *dashboard) populationOf(name string) *question.Population {
	return populationIn(d.adoption, name)
}

// populationIn returns a population, nil where none are known.
func populationIn(a *question.Adoption, name string) *question.Population {
	if a == nil {
		return nil
	}
	for i := range a.Populations {
		if p := &a.Populations[i]; p.Name == name {
			return p
		}
	}
	return nil
}

// table begins a card whose table is its chart.
func (d *dashboard) table(id, key, definition string) *cards.TableCard {
	c := &cards.TableCard{ID: id, Title: d.T(key), Definition: definition, Menu: d.MenuOf(id, []string{"active_users"}, nil)}
	if definition == "" {
		c.Definition = d.T("usage.definition." + bare(key))
	}
	c.Menu.Formula, c.Menu.Reading = d.T("usage.formula."+bare(key)), d.T("usage.reading."+bare(key))
	return c
}

// blockedAdoption says that no report says of people's days what the filters ask for, or that
// what is counted of them may not be shown of this place.
func (d *dashboard) blockedAdoption() *cards.Blocked {
	if fault.KindOf(d.refused) == fault.Forbidden {
		return &cards.Blocked{Message: d.T("usage.comparable")}
	}
	return &cards.Blocked{Message: d.T("usage.blocked"), Fixes: []shell.Link{{Label: d.T("blocked.removeall"), URL: d.State.With(func(s *shell.State) { s.Where = nil }).URL()}}}
}

// known reports whether people's days are known; the card says why if not.
func (d *dashboard) known(c *cards.TableCard) bool {
	c.Menu.CSV, c.Menu.Fields = d.fileURL(pick(c.ID == "code-review", "surfaces", c.ID)), d.T("usage.fields."+strings.ReplaceAll(c.ID, "-", ""))
	switch {
	case d.refused != nil:
		c.Blocked = d.blockedAdoption()
	case d.adoption.Days == 0:
		c.Empty = d.T("usage.needs")
	default:
		if n := d.adoption.Nameless; n > 0 {
			c.Notes = append(c.Notes, d.Plural("usage.nameless", n))
		}
		return true
	}
	return false
}
