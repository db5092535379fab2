package usage

import (
	"slices"

	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/text"
)

// githubModes are the chat modes that GitHub's page has, in the order in which it names
// them; moreModes are ours.
var (
	githubModes = []string{"chat_panel_agent_mode", "chat_panel_ask_mode", "chat_panel_edit_mode", "chat_panel_plan_mode"}
	moreModes   = []string{"chat_inline", "chat_panel_custom_mode", "chat_panel_unknown_mode"}
)

func isChat(feature string) bool {
	f, _ := metric.FeatureByName(feature)
	return f.Chat
}

// counter adds up a counter over the modes that are kept.
func (d *dashboard) counter(ask, measure string, keep func(feature string) bool) (sum *float64) {
	t := d.Answers.Of(ask)
	for _, row := range t.Rows() {
		if name, ok := t.Name(row, "feature"); ok && keep(name) {
			sum = query.Plus(sum, t.Value(row, measure))
		}
	}
	return sum
}

// counterOverTime is counter by period.
func (d *dashboard) counterOverTime(ask, measure string, keep func(feature string) bool) map[string]*float64 {
	out, t := map[string]*float64{}, d.Answers.Of(ask)
	for _, row := range t.Rows() {
		key, _ := t.Name(row, d.fine.Grain)
		if name, ok := t.Name(row, "feature"); ok && keep(name) {
			out[key] = query.Plus(out[key], t.Value(row, measure))
		}
	}
	return out
}

// chatOverTime returns the chat requests of each period: none where what is done is known and
// no chat is of it; unknown where some of it is hidden.
func (d *dashboard) chatOverTime(ask string) map[string]*float64 {
	out := d.counterOverTime(ask, "interactions", isChat)
	t := d.Answers.Of(ask)
	for _, row := range t.Rows() {
		key, _ := t.Name(row, d.fine.Grain)
		if out[key] == nil && t.Value(row, "interactions") != nil && !t.Hides() {
			out[key] = new(float64)
		}
	}
	for key := range d.partialPeriods(ask) {
		delete(out, key)
	}
	return out
}

// personPeriods returns the active people of each period of what is shown over time.
func (d *dashboard) personPeriods() map[string]*float64 {
	switch {
	case d.fine.Grain == d.Grain:
		return d.activeOverTime()
	case d.Effective.Prompts:
		return d.overTime(askWeekSignals, d.fine.Grain, metric.IDEPrompts, "active_users")
	}
	return d.overTime(askWeeks, d.fine.Grain, "", "active_users")
}

// chatAverages returns the chat requests per active user: of each period, and of all
// periods of the window together (requests by the sum of each period's people).
func (d *dashboard) chatAverages() (byPeriod map[string]*float64, perPeriod *float64) {
	requests, people := d.chatOverTime(askModesDaily), d.personPeriods()
	byPeriod = map[string]*float64{}
	var sum, days *float64
	for _, p := range d.finePeriods {
		n, who := requests[p.Key], people[p.Key]
		if n == nil || cards.Nothing(who) {
			continue
		}
		byPeriod[p.Key] = query.Share(n, who)
		if p.State != "provisional" {
			sum, days = query.Plus(sum, n), query.Plus(days, who)
		}
	}
	return byPeriod, query.Share(sum, days)
}

// chatTile is "Average chat requests per active user".
func (d *dashboard) chatTile() cards.KPICard {
	c := d.tile("chat-average", "usage.average", []string{"chat_requests_per_active_user"})
	if c.Blocked != nil {
		return c
	}
	byPeriod, per := d.chatAverages()
	c.Figure, c.NoChange = cards.Write(per, text.Decimal, text.Decimal), ""
	c.Spark = d.spark(byPeriod, d.finePeriods, text.Decimal)
	requests := d.counter(askModes, "interactions", isChat)
	window := query.Share(d.unhidden(askModes, requests), d.active())
	c.Denominator = d.averageUnit(window)
	switch {
	case d.hidesSome(askModes):
		c.Denominator = d.T("usage.average.hidden")
	case cards.Nothing(requests):
		c.Denominator = d.T("usage.nochat")
	}
	before := query.Share(d.unhidden(askModesBefore, d.counter(askModesBefore, "interactions", isChat)), d.activeOf(cards.AskPrevious, askSignalsBefore))
	if window != nil && before != nil {
		c.NoChange = d.T("usage.average.before", text.Decimal(*window), text.ShortSpan(d.Window.Previous()), text.Decimal(*before))
	}
	if per != nil {
		there := d.promptsAverage()
		c.GitHub = d.gitHub(there, text.Decimal, d.T("usage.github."+d.fine.Grain), *per, "usage.step.ofprompts", "usage.step.fourmodes", "usage.step.copilot")
		c.Sentence = d.chatSentence(requests, per, window)
	}
	return c
}

func (d *dashboard) chatSentence(requests, per, window *float64) cards.Sentence {
	said := d.T("usage.average.sentence", d.WindowSentence(), d.sumOver(askModes, requests).Text, d.Scope(), text.FigureOr(per, text.Decimal), d.T("usage.each."+d.fine.Grain))
	if window != nil {
		said += d.T("usage.average.sentence.window", text.Decimal(*window))
	}
	return d.Say(said + ".")
}

// averageUnit says what the average of each period is over, with that of the window where it
// is known.
func (d *dashboard) averageUnit(window *float64) string {
	unit := d.T("usage.average.of", d.T("usage.each."+d.fine.Grain))
	if window != nil {
		unit += "; " + d.T("usage.average.over", text.Decimal(*window), d.DaysWord(d.Window.Len()))
	}
	return unit
}

// averagesPrompts reports whether requests and people are known of the same periods, as
// promptsAverage needs them.
func (d *dashboard) averagesPrompts() bool { return d.fine.Grain == d.Grain && !d.Weeks }

// promptsAverage is the average by GitHub's rules: of Copilot's people who sent a prompt in an
// IDE.
func (d *dashboard) promptsAverage() *float64 {
	if !d.averagesPrompts() {
		return nil
	}
	modes, sent := askModesDaily, askDailySent
	if d.mixesTools() {
		modes, sent = askCopilotModes, askCopilotSent
	}
	requests, people := d.chatOverTime(modes), d.peopleWith(sent, metric.IDEPrompts, cards.Trailing[d.Grain])
	var sum, days *float64
	for _, p := range d.finePeriods {
		if p.State != "provisional" && requests[p.Key] != nil && people[p.Key] != nil {
			sum, days = query.Plus(sum, requests[p.Key]), query.Plus(days, people[p.Key])
		}
	}
	return query.Share(sum, days)
}

// fewPeople is how many people a day has to have for the line of averages.
const fewPeople = 0.15

// chatAverage is the tile's chart.
func (d *dashboard) chatAverage() card {
	c := d.chart("chat-average-days", "usage.average", []string{"chat_requests_per_active_user"}, d.fine.Grain)
	c.Definition = d.T("usage.average.chart")
	if c.Blocked != nil {
		return card{Chart: c}
	}
	byPeriod, per := d.chatAverages()
	people := d.personPeriods()
	most := 0.0
	for _, n := range people {
		most = max(most, cards.OrZero(n))
	}
	line := map[string]*float64{}
	left := false
	for key, v := range byPeriod {
		if cards.OrZero(people[key]) >= fewPeople*most {
			line[key] = v
		} else {
			left = true
		}
	}
	requests := d.counter(askModes, "interactions", isChat)
	if cards.Nothing(requests) {
		c.Empty = d.T("usage.nochat.card")
		return card{Chart: c}
	}
	columns := []cards.Column{{Label: d.T("usage.average"), Series: "average", Colour: "strong", Draw: "line"}, {Label: d.T("usage.average.all"), Series: "all", Draw: "none"}}
	c.Tables = []cards.Table{d.periodChart(d.fine, c.Title, columns, text.Decimal, line, byPeriod)}
	window := query.Share(d.unhidden(askModes, requests), d.active())
	c.Lead = &cards.Lead{Figure: cards.Write(per, text.Decimal, text.Decimal), Unit: d.averageUnit(window)}
	c.Notes = append(d.stateNotes(c.Tables[0]), d.hiddenNote(askModesDaily)...)
	if left {
		c.Notes = append(c.Notes, d.T("usage.average.left", text.WholePercent(fewPeople)))
	}
	c.Label = d.T("usage.chart.label", c.Title, c.Lead.Figure.Text+" "+c.Lead.Unit)
	c.Sentence = d.chatSentence(requests, per, window)
	return card{Chart: c}
}

// chatModes is "Requests per chat mode".
func (d *dashboard) chatModes() card {
	c := d.table("chat-modes", "usage.modes", "")
	c.Menu = d.MenuOf(c.ID, modeCounters[:1], []string{"feature"})
	c.Menu.Formula, c.Menu.Reading = d.T("usage.formula.modes"), d.T("usage.reading.modes")
	if c.Blocked = d.Block(modeCounters[:1], "feature"); c.Blocked != nil {
		return card{Table: c}
	}
	all := d.counter(askModes, "interactions", isChat)
	if cards.Nothing(all) {
		c.Empty = d.T("usage.nochat.card")
		return card{Table: c}
	}
	four := func(name string) bool { return slices.Contains(githubModes, name) }
	main := d.counter(askModes, "interactions", four)
	c.Lead = &cards.Lead{Figure: d.sumOver(askModes, main), Unit: d.T("usage.modes.unit"),
		Change: d.ChangeFrom(cards.KPI{Text: text.Whole, Full: text.Whole}, d.unhidden(askModes, main), d.unhidden(askModesBefore, d.counter(askModesBefore, "interactions", four)))}
	var list []value
	for _, name := range slices.Concat(githubModes, moreModes) {
		is := func(f string) bool { return f == name }
		f, _ := metric.FeatureByName(name)
		v := value{key: name, label: d.T("usage.mode." + name), neutral: slices.Contains(moreModes, name), sum: d.counter(askModes, "interactions", is), partial: d.partialRow(askModes, "feature", name), byPeriod: d.counterOverTime(askModesDaily, "interactions", is), dimension: "feature"}
		if cards.Nothing(v.sum) && (v.neutral || f.Name == "") {
			continue
		}
		if v.neutral && d.State.Parity {
			c.Notes = append(c.Notes, d.T("usage.leftout", v.label, whole(v.sum)))
			continue
		}
		list = append(list, v)
	}
	of := pick(d.State.Parity, main, all) // GitHub's page shows the four modes alone
	t := d.rows(c.ID, d.T("usage.mode"), d.T("usage.requests"), list, d.unhidden(askModes, of), text.Whole)
	if !d.State.Parity {
		t.Foot = d.footRow(d.T("usage.allchat"), d.sumOver(askModes, all), d.counterOverTime(askModesDaily, "interactions", isChat))
		c.Definition = d.T("usage.definition.modes", d.sumOver(askModes, minus(all, main)).Text)
	} else {
		t.Foot = d.footRow(d.T("usage.fourmodes"), d.sumOver(askModes, main), d.counterOverTime(askModesDaily, "interactions", four))
		c.Definition = d.T("usage.modes.parity")
	}
	c.Table, c.Data = t, d.periodData(c.Title, list, text.Whole)
	c.Notes = append(append(c.Notes, d.hiddenNote(askModes)...), d.followed("modes")...)
	c.Sentence = d.Say(d.T("usage.list.sentence", d.WindowSentence(), d.sumOver(askModes, all).Text, d.T("usage.requests.chat"), d.Scope(), d.topWords(list)))
	return card{Table: c}
}

func minus(a, b *float64) *float64 {
	if a == nil || b == nil {
		return a
	}
	f := *a - *b
	return &f
}

// completions is "Code completions": suggested and accepted.
func (d *dashboard) completions() card {
	is := func(f string) bool { return f == "code_completion" }
	c := d.chart("completions", "usage.completioncounts", []string{"generations", "acceptances"}, d.fine.Grain, "feature")
	if c.Blocked != nil {
		return card{Chart: c}
	}
	suggested, accepted := d.counter(askModes, "generations", is), d.counter(askModes, "acceptances", is)
	if cards.Nothing(suggested) && cards.Nothing(accepted) {
		c.Empty = d.T("usage.nocompletions")
		return card{Chart: c}
	}
	columns := []cards.Column{{Label: d.T("usage.accepted"), Series: "accepted", Colour: "mid", Draw: "up"}, {Label: d.T("usage.suggested"), Series: "suggested", Colour: "ink", Draw: "mark"}}
	c.Tables = []cards.Table{d.periodChart(d.fine, c.Title, columns, text.Whole, d.counterOverTime(askModesDaily, "acceptances", is), d.counterOverTime(askModesDaily, "generations", is))}
	c.Legend = legend(columns)
	part := d.hidesSome(askModes)
	c.Lead = &cards.Lead{Figure: cards.LowerBound(part, cards.Write(accepted, text.Compact, text.Whole)), Unit: d.T("usage.completioncounts.unit", cards.LowerBound(part, cards.Write(suggested, text.Compact, text.Whole)).Text),
		Change: d.ChangeFrom(cards.KPI{Text: text.Whole, Full: text.Whole}, d.unhidden(askModes, accepted), d.unhidden(askModesBefore, d.counter(askModesBefore, "acceptances", is)))}
	c.Notes = append(d.stateNotes(c.Tables[0]), d.hiddenNote(askModes)...)
	c.Label = d.T("usage.chart.label", c.Title, c.Lead.Figure.Text+" "+c.Lead.Unit)
	c.Sentence = d.Say(d.T("usage.completioncounts.sentence", d.WindowSentence(), d.sumOver(askModes, accepted).Text, d.sumOver(askModes, suggested).Text, d.Scope()))
	return card{Chart: c}
}

// fewSuggestions is below how many suggestions a period has no rate.
const fewSuggestions = 40

// acceptance is "Code completion acceptance rate", by suggestions; by lines beside it.
func (d *dashboard) acceptance() card {
	is := func(f string) bool { return f == "code_completion" }
	c := d.chart("acceptance", "usage.acceptance", []string{"acceptance_rate"}, d.fine.Grain)
	c.Unit = "percent"
	if c.Blocked != nil {
		return card{Chart: c}
	}
	rate, lines := d.Answers.Of(askRates).Single("acceptance_rate"), d.Answers.Of(askRates).Single("acceptance_rate_by_lines")
	suggested, accepted := d.counter(askModes, "generations", is), d.counter(askModes, "acceptances", is)
	if cards.Nothing(suggested) {
		c.Empty = d.T("usage.nocompletions")
		return card{Chart: c}
	}
	byPeriod := map[string]*float64{}
	takes, part := d.counterOverTime(askModesDaily, "acceptances", is), d.partialPeriods(askModesDaily)
	for key, n := range d.counterOverTime(askModesDaily, "generations", is) {
		if cards.OrZero(n) >= fewSuggestions && !part[key] {
			byPeriod[key] = query.Share(takes[key], n)
		}
	}
	columns := []cards.Column{{Label: d.T("usage.acceptance"), Series: "rate", Colour: "strong", Draw: "line"}}
	c.Tables = []cards.Table{d.periodChart(d.fine, c.Title, columns, text.Percent, byPeriod)}
	c.Lead = &cards.Lead{Figure: cards.Write(rate, text.Percent, text.Percent), Unit: d.T("usage.acceptance.unit", d.sumOver(askModes, accepted).Text, d.sumOver(askModes, suggested).Text),
		Change: d.ChangeFrom(cards.KPI{Text: text.Percent, Full: text.Percent, Points: true}, rate, d.Answers.Of(askRatesBefore).Single("acceptance_rate"))}
	c.Definition = d.T("usage.definition.acceptance", text.FigureOr(lines, text.Percent))
	c.Notes = append(d.stateNotes(c.Tables[0]), d.T("usage.acceptance.few", text.Grouped(fewSuggestions)), d.T("usage.acceptance.never"))
	c.Notes = append(append(c.Notes, d.hiddenNote(askModes)...), d.followed("acceptance")...)
	c.Label = d.T("usage.chart.label", c.Title, c.Lead.Figure.Text+" "+c.Lead.Unit)
	c.Sentence = d.Say(d.T("usage.acceptance.sentence", d.WindowSentence(), text.FigureOr(rate, text.Percent), d.sumOver(askModes, suggested).Text, d.Scope(), text.FigureOr(lines, text.Percent)))
	return card{Chart: c}
}
