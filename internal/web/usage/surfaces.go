package usage

import (
	"cmp"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/text"
)

// countedTools lists the tools whose people the page counts.
func (d *dashboard) countedTools() []string {
	out := d.Effective.Values("tool")
	if len(out) == 0 {
		for _, s := range d.Status.Sources {
			out = append(out, s.Tool)
		}
	}
	return out
}

// countsCopilot reports whether Copilot's people are among those that the page counts, and
// mixesTools whether others are beside them.
func (d *dashboard) countsCopilot() bool { return slices.Contains(d.countedTools(), metric.Copilot) }

func (d *dashboard) mixesTools() bool { return d.countsCopilot() && !d.copilotAlone() }

// copilotAdoption is that of Copilot's people alone, where others are counted beside them.
func (d *dashboard) copilotAdoption() *question.Adoption {
	if d.adoption == nil {
		return nil
	}
	return d.adoption.Copilot
}

// copilotAlone reports whether the page counts nobody but Copilot's people.
func (d *dashboard) copilotAlone() bool {
	return !slices.ContainsFunc(d.countedTools(), func(tool string) bool { return tool != metric.Copilot })
}

// surfaceRows are what is used beside chats and completions of IDEs.
func (d *dashboard) surfaceRows() []sectionRow {
	return []sectionRow{
		{"one", []card{d.surfaces()}},
		{"two", []card{d.sessions("cli", "copilot_cli", "used_cli", sessionMeasures), d.sessions("app", "copilot_app", "used_copilot_app", sessionMeasures)}},
		{"two", []card{d.agentsWindow(), d.tokens()}},
		{"two", []card{d.cloudAgent(), d.codeReview()}},
		{"one", []card{d.agentApps()}},
		{"one", []card{d.customizations()}},
	}
}

// sessionMeasures are what the CLI and the app count by themselves.
var sessionMeasures = []string{"sessions", "prompts", "model_requests", "prompt_tokens", "output_tokens"}

// sessionFigure is a figure of a surface over the window and over time.
func (d *dashboard) sessionFigure(measure, feature, label string) value {
	is := func(f string) bool { return f == feature }
	return value{key: measure, label: label, sum: d.counter(askSessions, measure, is), byPeriod: d.counterOverTime(askSessionsDaily, measure, is)}
}

// sessions is the card of a surface that counts its sessions, prompts, requests and tokens.
func (d *dashboard) sessions(id, feature, population string, measures []string) card {
	c := d.listCard(id, "usage."+id, measures, "feature")
	c.Tag = d.T("usage.tag")
	if c.Blocked != nil {
		return card{Table: c}
	}
	var list []value
	by := map[string]*float64{}
	for _, m := range measures {
		if v := d.sessionFigure(m, feature, d.T("usage.session."+m+"."+id)); v.sum != nil {
			list, by[m] = append(list, v), v.sum
		}
	}
	if len(list) == 0 {
		c.Empty = d.T("usage.session.none." + id)
		return card{Table: c}
	}
	c.Table, c.Data = d.amounts(list), d.periodData(c.Title, list, text.Whole)
	quotient := func(name string, a, b *float64) {
		if of := query.Share(a, b); of != nil {
			c.Table.Rows = append(c.Table.Rows, cards.DrawnRow{Key: name, Label: d.T("usage.session." + name), Cells: []cards.DrawnCell{{Figure: cards.Write(of, text.Decimal, text.Decimal)}, {}, {}}})
		}
	}
	quotient("requests_per_prompt", by["model_requests"], by["prompts"])
	quotient("tokens_per_request", query.Plus(by["prompt_tokens"], by["output_tokens"]), by["model_requests"])
	c.Lead = &cards.Lead{Figure: cards.Whole(by["prompts"]), Unit: d.T("usage.session.unit."+id, whole(by["sessions"])),
		Change: d.ChangeFrom(cards.KPI{Text: text.Whole, Full: text.Whole}, by["prompts"], d.counter(askSessionsBefore, "prompts", func(f string) bool { return f == feature }))}
	if p := d.populationOf(population); p != nil && p.Window != nil {
		c.Definition += " " + d.Plural("usage.session.people", int(*p.Window))
	}
	c.Notes = append(d.stateNotes(c.Data[0]), d.hiddenNote(askSessions)...)
	c.Sentence = d.Say(d.T("usage.session.sentence", d.WindowSentence(), whole(by["prompts"]), whole(by["sessions"]), d.T("usage.surfacename."+id), d.Scope()))
	return card{Table: c}
}

// amounts is a table of figures with small columns over time, which are no parts of a whole.
func (d *dashboard) amounts(list []value) *cards.DrawnTable {
	t := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.T("usage.credits.what")}, {Label: d.T("usage.credits.number"), Numeric: true},
		{Label: d.T("usage.per."+d.fine.Grain) + d.T("usage.ownscale"), Graphic: true}, {Label: d.T("usage.peak"), Numeric: true}}}
	for _, v := range list {
		small := d.smallColumns(v.byPeriod, text.Whole)
		t.Rows = append(t.Rows, cards.DrawnRow{Key: v.key, Label: v.label, Cells: []cards.DrawnCell{{Figure: cards.Whole(v.sum)}, {Columns: small}, {Figure: cards.Whole(small.Peak)}}})
	}
	return t
}

// agentsWindow is the VS Code Agents window, which no other card has: its sessions and
// messages, and its people in windows of the calendar, as GitHub counts them.
func (d *dashboard) agentsWindow() card {
	out := d.sessions("agents-window", metric.AgentsWindow, question.PeopleAgentsWindow, sessionMeasures[:2])
	c := out.Table
	c.Menu.Fields = d.T("usage.fields.agentswindow")
	if p := d.populationOf(question.PeopleAgentsWindow); p != nil && c.Table != nil {
		to := d.Window.To
		c.Table.Rows = append(c.Table.Rows, peopleRow("day", d.T("usage.window.people", text.ShortDay(to)), p.Day), peopleRow("week", d.T("usage.window.week", text.ShortDay(to-day.Day(to.Time().Weekday()))), p.Week),
			peopleRow("month", d.T("usage.window.month", text.ShortDay(to.Month())), p.Month))
	}
	return out
}

func peopleRow(key, label string, n *int64) cards.DrawnRow {
	return cards.DrawnRow{Key: key, Label: label, Cells: []cards.DrawnCell{{Figure: cards.Whole(cards.Float(n))}, {}, {}}}
}

// tokens are those of the CLI and the app: no report says those of chats.
func (d *dashboard) tokens() card {
	c := d.listCard("tokens", "usage.tokens", sessionMeasures[3:], "feature")
	c.Tag = d.T("usage.tag")
	if c.Blocked != nil {
		return card{Table: c}
	}
	t := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("usage.surface")}, {Graphic: true}, {Label: d.T("usage.session.prompt_tokens.cli"), Numeric: true},
		{Label: d.T("usage.session.output_tokens.cli"), Numeric: true}, {Label: d.T("usage.share"), Numeric: true}, {Label: d.T("usage.session.tokens_per_request"), Numeric: true}}}
	features := []string{"copilot_cli", "copilot_app"}
	all, most := d.counter(askSessions, "prompt_tokens", anyFeature), 0.0
	all = query.Plus(all, d.counter(askSessions, "output_tokens", anyFeature))
	for _, f := range features {
		most = max(most, cards.OrZero(query.Plus(d.sessionFigure("prompt_tokens", f, "").sum, d.sessionFigure("output_tokens", f, "").sum)))
	}
	if all == nil {
		c.Empty = d.T("usage.tokens.none")
		return card{Table: c}
	}
	for _, f := range features {
		prompt, output, requests := d.sessionFigure("prompt_tokens", f, "").sum, d.sessionFigure("output_tokens", f, "").sum, d.sessionFigure("model_requests", f, "").sum
		both := query.Plus(prompt, output)
		if both == nil {
			continue
		}
		t.Rows = append(t.Rows, cards.DrawnRow{Key: f, Label: d.ValueLabel("feature", f), Cells: []cards.DrawnCell{
			{Bar: cards.NewRowBar(most, cards.Part{Step: cards.StepMid, Value: cards.OrZero(prompt)}, cards.Part{Step: cards.StepPale, Value: cards.OrZero(output)})},
			{Figure: cards.Write(prompt, text.Compact, text.Whole)}, {Figure: cards.Write(output, text.Compact, text.Whole)},
			{Figure: cards.Write(query.Share(both, all), text.Percent, text.Percent)}, {Figure: cards.Write(query.Share(both, requests), text.Decimal, text.Decimal)}}})
	}
	c.Table = t
	c.Legend = []cards.LegendItem{{Label: d.T("usage.session.prompt_tokens.cli"), Swatch: "mid"}, {Label: d.T("usage.session.output_tokens.cli"), Swatch: "pale"}}
	c.Lead = &cards.Lead{Figure: cards.Write(all, text.Compact, text.Whole), Unit: d.T("usage.tokens.unit")}
	c.Notes = append(c.Notes, d.T("usage.tokens.note"))
	c.Sentence = d.Say(d.T("usage.tokens.sentence", d.WindowSentence(), whole(all), d.Scope()))
	return card{Table: c}
}

func anyFeature(string) bool { return true }

const cloudSignal = "used_copilot_cloud_agent"

// cloudAgent is who handed a task to the cloud agent, over time.
func (d *dashboard) cloudAgent() card {
	measure := cards.Trailing[d.Grain]
	c := d.chart("cloud-agent", "usage.cloud", []string{measure}, d.Grain, "signal")
	c.Menu.Fields, c.Tag = d.T("usage.fields.cloud"), d.T("usage.tag")
	if c.Blocked != nil {
		return card{Chart: c}
	}
	people := d.peopleWith(askDailyCloud, cloudSignal, measure)
	if !slices.ContainsFunc(d.periods, func(p cards.Period) bool { return !cards.Nothing(people[p.Key]) }) {
		c.Empty = d.T(pick(d.aggregatesAlone(), "usage.needs", "usage.cloud.none"))
		return card{Chart: c}
	}
	columns := []cards.Column{{Label: d.T("usage.people.count"), Series: "people", Colour: "mid", Draw: "up"}}
	c.Tables = []cards.Table{d.periodChart(d.Builder, c.Title, columns, text.Whole, people)}
	n := d.ofSignal(askSignals, cloudSignal)
	c.Lead = &cards.Lead{Figure: cards.Whole(n), Unit: d.T("usage.cloud.unit", d.DaysWord(d.Window.Len())), Change: d.ChangeFrom(cards.KPI{Text: text.Whole, Full: text.Whole}, n, d.ofSignal(askSignalsBefore, cloudSignal))}
	if p := d.populationOf(cloudSignal); p != nil {
		c.Definition += " " + d.T("usage.windows", text.ShortDay(d.Window.To), whole(cards.Float(p.Day)), whole(cards.Float(p.Week)), whole(cards.Float(p.Days28)))
	}
	c.Notes = d.stateNotes(c.Tables[0])
	c.Label = d.T("usage.chart.label", c.Title, c.Lead.Figure.Text+" "+c.Lead.Unit)
	c.Sentence = d.Say(d.T("usage.cloud.sentence", d.WindowSentence(), whole(n), d.Scope()))
	return card{Chart: c}
}

// codeReview is who was reviewed by Copilot: by their own doing, or without it. Who is both
// in a period is active in it.
func (d *dashboard) codeReview() card {
	c := d.table("code-review", "usage.review", "")
	c.Tag = d.T("usage.tag")
	if !d.known(c) {
		return card{Table: c}
	}
	active, passive := d.populationOf("used_copilot_code_review_active"), d.populationOf("used_copilot_code_review_passive")
	if cards.Nothing(cards.Float(active.Window)) && cards.Nothing(cards.Float(passive.Window)) {
		c.Empty = d.T("usage.review.none")
		return card{Table: c}
	}
	if active.Window != nil && passive.Window != nil {
		c.Parts = cards.NewPartsBar([]cards.Part{{Step: cards.StepStrong, Value: float64(*active.Window), Label: d.T("usage.review.active")}, {Step: cards.StepPale, Value: float64(*passive.Window), Label: d.T("usage.review.passive")}},
			func(f float64) string { return d.Plural("n.people", int(f)) })
		c.Sentence = d.Say(d.T("usage.review.sentence", d.WindowSentence(), whole(cards.Float(active.Window)), d.Scope(), whole(cards.Float(passive.Window))))
	}
	t := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("usage.who.head")}, {Label: text.ShortDay(d.Window.To), Numeric: true}, {Label: d.DaysWord(7), Numeric: true}, {Label: d.DaysWord(28), Numeric: true}}}
	list := []*question.Population{active, passive}
	for _, p := range list {
		row := cards.DrawnRow{Key: p.Name, Label: d.T("usage.surface." + p.Name), Note: d.T("usage.surface." + p.Name + ".who")}
		for _, n := range []*int64{p.Day, p.Week, p.Days28} {
			row.Cells = append(row.Cells, cards.DrawnCell{Figure: cards.Whole(cards.Float(n))})
		}
		t.Rows = append(t.Rows, row)
	}
	d.addWeeks(t, list, false)
	c.Table = t
	return card{Table: c}
}

// addWeeks adds small columns by week to a table of populations, where they are known: of
// their people, or of their share of all active people.
func (d *dashboard) addWeeks(t *cards.DrawnTable, list []*question.Population, shares bool) {
	if len(d.adoption.Weeks) == 0 {
		return
	}
	var weeks []cards.Period
	for _, monday := range d.adoption.Weeks {
		weeks = append(weeks, cards.Period{Key: monday.String(), Label: text.Span(day.Range{From: monday, To: monday + 6})})
	}
	head, write := d.T("usage.per.week"), text.Whole
	if shares {
		head, write = d.T("usage.shareofweek"), text.Percent
	}
	t.Heads = append(t.Heads, cards.DrawnHead{Label: head + d.T("usage.ownscale"), Graphic: true}, cards.DrawnHead{Label: d.T("usage.peak"), Numeric: true})
	all := d.byWeek(d.populationOf(d.population()))
	for i, p := range list {
		values := d.byWeek(p)
		if shares {
			for week, n := range values {
				values[week] = query.Share(n, all[week])
			}
		}
		small := cards.NewSmallColumns(weeks, values, func(peak float64) string { return d.T("usage.small", head, write(peak)) })
		columns := cards.DrawnCell{Columns: small}
		if small.Peak == nil {
			columns = cards.DrawnCell{} // nothing is drawn of what is not known
		}
		t.Rows[i].Cells = append(t.Rows[i].Cells, columns, cards.DrawnCell{Figure: cards.Write(small.Peak, write, write)})
	}
}

// agentApps are agents of others than GitHub, by their ids: names change.
func (d *dashboard) agentApps() card {
	c := d.listCard("agent-apps", "usage.apps", []string{"agent_app_jobs"}, "agent_app")
	c.Tag = d.T("usage.tag")
	if c.Blocked != nil {
		return card{Table: c}
	}
	all := d.valuesOf(askAgentApps, askAgentAppsDaily, "agent_app", "agent_app_jobs", "", anyFeature)
	if cards.Nothing(sumOf(all)) {
		c.Empty = d.T("usage.apps.none")
		return card{Table: c}
	}
	names := d.agentAppNames()
	for i := range all {
		all[i].label = cmp.Or(names[all[i].key], all[i].label)
	}
	people, sessions := d.byAgentApp(askAgentApps, "active_users"), d.byAgentApp(askReportedApps, "agent_app_sessions")
	list, notes := d.top(all)
	c.Table, c.Data = d.rows(c.ID, d.Dimension("agent_app"), d.T("usage.apps.jobs"), list, sumOf(all), text.Whole), d.periodData(c.Title, list, text.Whole)
	c.Table.Heads = append(c.Table.Heads, cards.DrawnHead{Label: d.T("usage.people.count"), Numeric: true}, cards.DrawnHead{Label: d.T("usage.session.sessions.cli"), Numeric: true})
	for i := range c.Table.Rows {
		r := &c.Table.Rows[i]
		r.Cells = append(r.Cells, cards.DrawnCell{Figure: cards.Whole(people[r.Key])}, cards.DrawnCell{Figure: cards.Whole(sessions[r.Key])})
	}
	c.Lead = &cards.Lead{Figure: cards.Whole(sumOf(all)), Unit: d.T("usage.apps.unit")}
	if p := d.populationOf(question.PeopleAgentApps); p != nil && p.Window != nil {
		c.Definition += " " + d.Plural("usage.session.people", int(*p.Window))
	}
	c.Notes = append(append(notes, d.stateNotes(c.Data[0])...), d.hiddenNote(askAgentApps)...)
	c.Notes = append(c.Notes, d.T("usage.apps.sessions"))
	c.Sentence = d.Say(d.T("usage.list.sentence", d.WindowSentence(), whole(sumOf(all)), d.T("usage.apps.unit"), d.Scope(), d.topWords(list)))
	return card{Table: c}
}

// byAgentApp returns a measure of each agent app, by its id.
func (d *dashboard) byAgentApp(ask, measure string) map[string]*float64 {
	out, t := map[string]*float64{}, d.Answers.Of(ask)
	for _, row := range t.Rows() {
		id, _ := t.Name(row, "agent_app")
		out[id] = t.Value(row, measure)
	}
	return out
}

// agentAppNames are the names under which each agent app was used most.
func (d *dashboard) agentAppNames() map[string]string {
	names, most := map[string]string{}, map[string]float64{}
	t := d.Answers.Of(askAgentAppNames)
	for _, row := range t.Rows() {
		id, _ := t.Name(row, "agent_app")
		name, ok := t.Name(row, "agent_app_name")
		if n := cards.OrZero(t.Value(row, "agent_app_jobs")); ok && name != metric.Blank && !query.IsOthers(name) && n > most[id] {
			names[id], most[id] = name, n
		}
	}
	return names
}

// customization is something that customers add to the CLI: its uses by name, and what
// aggregates state of how many different ones are used.
type customization struct{ kind, measure, distinct string }

var customizationKinds = []customization{
	{"mcp_server", "mcp_connections", "distinct_mcp_servers"}, {"skill", "skill_uses", "distinct_skills"}, {"custom_agent", "custom_agent_uses", "distinct_custom_agents"},
	{"slash_command", "slash_command_uses", "distinct_slash_commands"}, {"plugin", "plugin_uses", "distinct_plugins"},
}

// withheld reports whether reports give the name in the place of customers' own.
func withheld(name string) bool { return name == "other" || name == "custom" }

// customizations is the card of what customers add to the CLI. Kinds overlap: a plugin's
// skills count as skills, so nothing is added up.
func (d *dashboard) customizations() card {
	var measures []string
	for _, k := range customizationKinds {
		measures = append(measures, k.measure)
	}
	c := d.listCard("customizations", "usage.custom", measures)
	c.Tag, c.Wide = d.T("usage.tag"), true
	if c.Blocked != nil {
		return card{Table: c}
	}
	t := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("usage.custom.kind")}, {Label: d.T("usage.custom.distinct"), Numeric: true}, {Label: d.T("usage.custom.uses"), Numeric: true}, {Label: d.T("usage.custom.most")}}}
	used := 0.0
	var words []string
	for _, k := range customizationKinds {
		all := d.valuesOf(askUsesOf+k.kind, "", k.kind, k.measure, "", anyFeature)
		sum := sumOf(all)
		row := cards.DrawnRow{Key: k.kind, Label: d.T("usage.custom." + k.kind), Note: d.T("usage.custom." + k.kind + ".note")}
		if sum != nil {
			used++
			words = append(words, row.Label+" "+whole(sum))
		}
		uses := cards.Whole(sum)
		if sum != nil {
			uses.Text = "≥ " + uses.Text
		}
		row.Cells = []cards.DrawnCell{d.distinct(k, all), {Figure: uses}, {Figure: cards.Figure{Text: d.topNames(all)}}}
		t.Rows = append(t.Rows, row)
	}
	if used == 0 {
		c.Empty = d.T("usage.custom.none")
		return card{Table: c}
	}
	c.Table = t
	c.Lead = &cards.Lead{Figure: cards.Whole(&used), Unit: d.T("usage.custom.unit")}
	c.Notes = []string{d.T("usage.custom.note")}
	c.Sentence = d.Say(d.T("usage.custom.sentence", d.WindowSentence(), d.Scope(), d.List(words)))
	return card{Table: c}
}

// distinct is how many different ones were used: as an aggregate states of its last day, or at
// least those that records name.
func (d *dashboard) distinct(k customization, all []value) cards.DrawnCell {
	t := d.Answers.Of(askDistinct)
	for _, row := range slices.Backward(t.Rows()) {
		if n := t.Value(row, k.distinct); n != nil {
			key, _ := t.Name(row, "day")
			on, _ := day.Parse(key)
			return cards.DrawnCell{Figure: cards.Whole(n), Note: d.T("usage.custom.stated", text.ShortDay(on))}
		}
	}
	named := 0.0
	for _, v := range all {
		if !v.rest && !withheld(v.key) {
			named++
		}
	}
	if named == 0 {
		return cards.DrawnCell{Figure: cards.Figure{Text: text.None, Full: text.None}}
	}
	f := cards.Whole(&named)
	f.Text = "≥ " + f.Text
	return cards.DrawnCell{Figure: f}
}

// topNames are the most used names, and what is withheld.
func (d *dashboard) topNames(all []value) string {
	var names, hidden []string
	for _, v := range all {
		text := v.label + " " + whole(v.sum)
		switch {
		case withheld(v.key):
			hidden = append(hidden, d.T("usage.custom.withheld", whole(v.sum)))
		case len(names) < 3:
			names = append(names, text)
		}
	}
	if len(names)+len(hidden) == 0 {
		return d.T("usage.custom.unreported")
	}
	return strings.Join(append(names, hidden...), " · ")
}

// clients are the editors with their versions. They are counted person by person, so they are
// shown to those who may view people.
func (d *dashboard) clients() card {
	c := d.listCard("clients", "usage.clients", []string{"active_users"}, "ide")
	c.Tag, c.Menu.CSV, c.Menu.Fields = d.T("usage.tag"), d.fileURL(c.ID), d.T("usage.fields.clients")
	switch {
	case d.Masked():
		c.Empty = d.T("usage.clients.people")
		return card{Table: c}
	case len(d.clientUse) == 0:
		c.Empty = d.T("usage.needs")
		return card{Table: c}
	}
	t := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.Dimension("ide")}, {Graphic: true}, {Label: d.T("usage.people.count"), Numeric: true},
		{Label: d.T("usage.clients.old"), Numeric: true}, {Label: d.T("usage.clients.faulty"), Numeric: true}, {Label: d.T("usage.clients.versions")}}}
	most, old, faulty := 0.0, 0, 0
	for _, u := range d.clientUse {
		most, old, faulty = max(most, float64(u.People)), old+u.TooOld, faulty+u.Faulty
	}
	number := func(n int) cards.DrawnCell { f := float64(n); return cards.DrawnCell{Figure: cards.Whole(&f)} }
	for _, u := range d.clientUse {
		t.Rows = append(t.Rows, cards.DrawnRow{Key: u.IDE, Label: u.Label, Cells: []cards.DrawnCell{
			{Bar: cards.NewRowBar(most, cards.Part{Step: cards.StepMid, Value: float64(u.People - u.TooOld - u.Faulty)}, cards.Part{Step: cards.StepPale, Value: float64(u.Faulty)}, cards.Part{Step: cards.StepGrey, Value: float64(u.TooOld)})},
			number(u.People), number(u.TooOld), number(u.Faulty), {Figure: cards.Figure{Text: d.versions(u)}}}})
	}
	c.Table = t
	c.Legend = []cards.LegendItem{{Label: d.T("usage.clients.fine"), Swatch: "mid"}, {Label: d.T("usage.clients.faulty"), Swatch: "pale"}, {Label: d.T("usage.clients.old"), Swatch: "grey"}}
	c.Lead = &cards.Lead{Figure: cards.Figure{Text: text.Grouped(int64(old)) + " + " + text.Grouped(int64(faulty))}, Unit: d.T("usage.clients.unit")}
	c.Lead.Figure.Full = c.Lead.Figure.Text
	c.Sentence = d.Say(d.T("usage.clients.sentence", text.LongDay(d.Window.To), d.Scope(), text.Grouped(int64(old)), text.Grouped(int64(faulty))))
	return card{Table: c}
}

// versions names the versions of an editor that most people have.
func (d *dashboard) versions(u question.ClientUse) string {
	var out []string
	rest := u.People
	for _, v := range u.Versions[:min(3, len(u.Versions))] {
		name := cmp.Or(v.IDE, d.T("usage.clients.unstated"))
		if v.Plugin != "" {
			name += " / " + v.Plugin
		}
		out, rest = append(out, name+": "+text.Grouped(int64(v.People))), rest-v.People
	}
	if rest > 0 {
		out = append(out, d.T("usage.clients.others", text.Grouped(int64(rest))))
	}
	return strings.Join(out, " · ")
}
