package usage

import (
	"strconv"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// beyond is what reports state and GitHub's page does not show.
func (d *dashboard) beyond() []sectionRow {
	return []sectionRow{
		{"one", []card{d.funnel()}},
		{"three", []card{d.daysActive(), d.flows(), d.firstUse()}},
		{"two", []card{d.weekdays(), d.agentShare()}},
		{"two", []card{d.ides(), d.credits()}},
		{"one", []card{d.clients()}},
	}
}

// funnel leads from seats to people whose work is agent first.
func (d *dashboard) funnel() card {
	c := d.table("funnel", "usage.funnel", "")
	if !d.known(c) {
		return card{Table: c}
	}
	steps := d.adoption.Funnel
	most, first := 0.0, cards.Float(steps[0].People)
	if first != nil {
		most = *first
	}
	t := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("usage.step")}, {Graphic: true}, {Label: d.T("usage.people.count"), Numeric: true},
		{Label: d.T("usage.of." + steps[0].Names[0]), Numeric: true}, {Label: d.T("usage.ofbefore"), Numeric: true}, {Label: d.T("usage.missing")}}}
	var before *float64
	var gap float64
	var widest string
	for i, s := range steps {
		name, n := s.Names[0], cards.Float(s.People)
		key := "usage.step." + name
		if name == "active" {
			key += "." + d.population()
		}
		r := cards.DrawnRow{Key: name, Label: d.T("usage.step." + name), Note: d.T(key + ".note")}
		if name == "agent" {
			r.Note = d.agentWords(key + ".note")
		}
		parts := []cards.Part{{Step: cards.StepMid, Value: cards.OrZero(n)}}
		missing := ""
		if i > 0 && n != nil && before != nil {
			parts = append(parts, cards.Part{Step: cards.StepNone, Value: *before - *n})
			missing = d.Plural(pick(name == "active", "usage.gap.active."+d.population(), "usage.gap."+name), int(*before-*n))
			if *before-*n > gap && i > 1 {
				gap, widest = *before-*n, d.T("usage.gapname."+name)
			}
		}
		cell := cards.DrawnCell{Figure: cards.Whole(n)}
		if name == "agent" {
			if bounded, bound, _ := d.bounded(whole(n)); bound != "" && n != nil {
				cell.Text = bounded
			}
		}
		r.Cells = []cards.DrawnCell{{Bar: cards.NewRowBar(most, parts...)}, cell, {Figure: cards.Write(query.Share(n, first), text.WholePercent, text.Percent)},
			{Figure: cards.Write(query.Share(n, pick(i > 0, before, nil)), text.WholePercent, text.Percent)}, {Figure: cards.Figure{Text: missing}}}
		if i == 0 {
			r.Cells[3] = cards.DrawnCell{}
		}
		if name == "active" && i > 0 && missing != "" {
			r.Cells[4].URL = shell.InsightsPath(d.Place, "seats")
		}
		t.Rows = append(t.Rows, r)
		if n != nil {
			before = n
		}
	}
	c.Table, c.Wide = t, true
	if steps[0].Names[0] != "seats" {
		c.Notes = append(c.Notes, d.noSeats())
	}
	last := steps[len(steps)-1]
	c.Lead = &cards.Lead{Figure: cards.Whole(cards.Float(last.People)), Unit: d.T("usage.funnel.unit", whole(first), d.T("usage.of."+steps[0].Names[0]+".word"))}
	if widest != "" {
		c.Lead.Unit += "; " + d.Plural("usage.funnel.gap", int(gap), widest)
	}
	c.Sentence = d.Say(d.T("usage.funnel.sentence", d.WindowSentence(), whole(cards.Float(last.People)), whole(first), d.T("usage.of."+steps[0].Names[0]+".word"), d.Scope()))
	return card{Table: c}
}

// daysActive is how many people were active on how many days.
func (d *dashboard) daysActive() card {
	c := d.table("days-active", "usage.days", "")
	if !d.known(c) {
		return card{Table: c}
	}
	a := d.adoption
	most, all := 0.0, 0.0
	for _, b := range a.DaysActive {
		most, all = max(most, float64(b.People)), all+float64(b.People)
	}
	if all == 0 {
		c.Empty = d.T("usage.needs")
		return card{Table: c}
	}
	t := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.T("usage.days.head")}, {Graphic: true}, {Label: d.T("usage.people.count"), Numeric: true}, {Label: d.T("usage.share"), Numeric: true}}}
	for _, b := range a.DaysActive {
		n := float64(b.People)
		label := strconv.Itoa(b.From)
		if b.To > b.From {
			label += "–" + strconv.Itoa(b.To)
		}
		t.Rows = append(t.Rows, cards.DrawnRow{Label: label, Cells: []cards.DrawnCell{{Bar: cards.NewRowBar(most, cards.Part{Step: cards.StepMid, Value: n})}, {Figure: cards.Whole(&n)}, {Figure: cards.Write(query.Share(&n, &all), text.WholePercent, text.Percent)}}})
	}
	c.Table = t
	c.Lead = &cards.Lead{Figure: cards.Write(a.Median, text.Days, text.Days), Unit: d.T("usage.days.unit", whole(&all), d.DaysWord(a.Days))}
	if a.Minimum > 0 {
		c.Notes = append(c.Notes, d.T("usage.joined", d.Plural("n.people", a.Minimum)))
	}
	c.Sentence = d.Say(d.T("usage.days.sentence", d.WindowSentence(), whole(&all), d.Scope(), text.FigureOr(a.Median, text.Days), d.DaysWord(a.Days)))
	return card{Table: c}
}

// flows are new, returning and no longer active people by week.
func (d *dashboard) flows() card {
	c := d.chart("flows", "usage.flows", []string{"active_users"}, "week")
	c.Blocked = nil
	known := &cards.TableCard{ID: c.ID, Menu: c.Menu}
	ok := d.known(known)
	if c.Menu, c.Blocked, c.Empty, c.Notes = known.Menu, known.Blocked, known.Empty, known.Notes; !ok {
		return card{Chart: c}
	}
	columns := []cards.Column{{Label: d.T("usage.new"), Series: "new", Colour: "strong", Draw: "up"}, {Label: d.T("usage.returning"), Series: "returning", Colour: "pale", Draw: "up"}, {Label: d.T("usage.gone"), Series: "gone", Colour: "grey", Draw: "down"}, {Label: d.T("usage.active"), Series: "active", Draw: "none"}}
	t := cards.Table{Caption: c.Title, Grain: "week", RowHead: d.T("head.week"), Columns: columns}
	var last *question.Flow
	for i := range d.adoption.Flows {
		f := &d.adoption.Flows[i]
		last = f
		r := cards.Row{Key: f.Week.String(), Label: text.Span(day.Range{From: f.Week, To: f.Week + 6}), Short: text.ShortDay(f.Week), Plot: true}
		if f.Missing > 0 {
			r.Note = d.Plural("usage.flows.missing", f.Missing)
		}
		for _, n := range []*int64{f.New, f.Returning, f.Gone, f.Active} {
			r.Cells = append(r.Cells, cards.NewCell(cards.Float(n)))
		}
		t.Rows = append(t.Rows, r)
	}
	if last == nil {
		c.Empty = d.T("usage.flows.two")
		return card{Chart: c}
	}
	c.Tables, c.Legend = []cards.Table{t}, legend(columns[:3])
	fresh := query.Plus(cards.Float(last.New), cards.Float(last.Returning))
	c.Lead = &cards.Lead{Figure: cards.Figure{Text: text.Grown(fresh, text.Whole) + " " + text.Shrunk(cards.Float(last.Gone), text.Whole)}, Unit: d.T("usage.flows.unit", text.LongDay(last.Week+6))}
	c.Lead.Figure.Full = c.Lead.Figure.Text
	c.Notes = append(c.Notes, d.T("usage.flows.first", text.LongDay(d.Status.Data.From)))
	if d.adoption.Minimum > 0 {
		c.Notes = append(c.Notes, d.T("usage.flows.few", d.Plural("n.people", d.adoption.Minimum)))
	}
	c.Label = d.T("usage.chart.label", c.Title, c.Lead.Figure.Text+" "+c.Lead.Unit)
	c.Sentence = d.Say(d.T("usage.flows.sentence", text.LongDay(last.Week+6), d.Scope(), whole(cards.Float(last.New)), whole(cards.Float(last.Returning)), whole(cards.Float(last.Gone))))
	return card{Chart: c}
}

// firstUse is how long people with a new seat took.
func (d *dashboard) firstUse() card {
	c := d.table("first-use", "usage.first", "")
	if !d.known(c) {
		return card{Table: c}
	}
	f := d.adoption.FirstUse
	if f == nil {
		c.Empty = d.T("usage.first.none")
		if d.seats == nil {
			c.Empty = d.noSeats()
		}
		return card{Table: c}
	}
	all, most := float64(f.People), 0.0
	for _, b := range f.Bins {
		most = max(most, cards.OrZero(cards.Float(b.People)))
	}
	t := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.T("usage.first.head")}, {Graphic: true}, {Label: d.T("usage.people.count"), Numeric: true}, {Label: d.T("usage.share"), Numeric: true}}}
	for _, b := range f.Bins {
		n, step, neutral := cards.Float(b.People), cards.StepMid, false
		if b.Names[len(b.Names)-1] == "never" {
			step, neutral = cards.StepGrey, true
		}
		t.Rows = append(t.Rows, cards.DrawnRow{Key: b.Names[0], Label: text.Upper(d.partNames(func(n string) string { return d.T("usage.first." + n) }, b.Names)), Neutral: neutral,
			Cells: []cards.DrawnCell{{Bar: cards.NewRowBar(most, cards.Part{Step: step, Value: cards.OrZero(n)})}, {Figure: cards.Whole(n)}, {Figure: cards.Write(query.Share(n, &all), text.WholePercent, text.Percent)}}})
	}
	c.Table = t
	people, since := d.Plural("n.people", int(f.People)), text.LongDay(f.Since)
	c.Lead = &cards.Lead{Figure: cards.Figure{Text: text.None, Full: text.None}, Unit: d.T("usage.first.nomedian", people, since)}
	c.Sentence = d.Say(d.T("usage.first.nomedian.sentence", people, d.Scope(), since))
	if f.Median != nil {
		median := d.DaysWord(*f.Median)
		c.Lead = &cards.Lead{Figure: cards.Figure{Text: median, Full: median, Value: strconv.Itoa(*f.Median)}, Unit: d.T("usage.first.unit", people, since)}
		c.Sentence = d.Say(d.T("usage.first.sentence", people, d.Scope(), since, median))
	}
	if f.Month != nil && *f.Month > 0 {
		c.Notes = append(c.Notes, d.T("usage.first.github", text.WholePercent(float64(*f.Within)/float64(*f.Month)), d.Plural("n.people", int(*f.Month))))
	}
	return card{Table: c}
}

// weekdays is the average of active people on each day of the week.
func (d *dashboard) weekdays() card {
	c := d.table("weekdays", "usage.weekdays", "")
	c.Menu = d.MenuOf(c.ID, []string{"daily_active_users"}, []string{"day"})
	c.Menu.Formula, c.Menu.Reading = d.T("usage.formula.weekdays"), d.T("usage.reading.weekdays")
	if d.Grain != "day" {
		c.Empty = d.T("usage.weekdays.days")
		return card{Table: c}
	}
	people := d.activeOverTime()
	var sum [7]*float64
	var days [7]float64
	for on := d.Window.From; on <= d.Window.To; on++ {
		if n := people[on.String()]; n != nil {
			at := (int(on.Time().Weekday()) + 6) % 7
			sum[at] = query.Plus(sum[at], n)
			days[at]++
		}
	}
	most, best := 0.0, 0
	var means [7]*float64
	for i := range sum {
		if sum[i] != nil {
			f := *sum[i] / days[i]
			means[i] = &f
			if f > most {
				most, best = f, i
			}
		}
	}
	if most == 0 {
		c.Empty = d.T("usage.needs")
		return card{Table: c}
	}
	t := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.T("usage.weekday")}, {Graphic: true}, {Label: d.T("usage.weekdays.mean"), Numeric: true}, {Label: d.T("usage.weekdays.days.head"), Numeric: true}}}
	for i, n := range means {
		name := time.Weekday((i + 1) % 7).String()
		t.Rows = append(t.Rows, cards.DrawnRow{Key: strconv.Itoa(i + 1), Label: name, Cells: []cards.DrawnCell{{Bar: cards.NewRowBar(most, cards.Part{Step: cards.StepMid, Value: cards.OrZero(n)})}, {Figure: cards.Write(n, text.Decimal, text.Decimal)}, {Figure: cards.Whole(&days[i])}}})
	}
	name := time.Weekday((best + 1) % 7).String()
	c.Table = t
	c.Lead = &cards.Lead{Figure: cards.Figure{Text: name, Full: name}, Unit: d.T("usage.weekdays.unit", text.Decimal(most))}
	c.Sentence = d.Say(d.T("usage.weekdays.sentence", d.WindowSentence(), d.Scope(), name, text.Decimal(most)))
	return card{Table: c}
}

// agentShare is the agents' share of lines over time.
func (d *dashboard) agentShare() card {
	c := d.chart("agent-share", "usage.agentshare", []string{"agent_contribution"}, d.fine.Grain)
	c.Unit = "percent"
	if c.Blocked != nil {
		return card{Chart: c}
	}
	t := d.Answers.Of(askAgentLines)
	shares := map[string]*float64{}
	for _, row := range t.Rows() {
		key, _ := t.Name(row, d.fine.Grain)
		shares[key] = t.Value(row, "agent_contribution")
	}
	columns := []cards.Column{{Label: d.T("usage.agentshare"), Series: "agent", Colour: "strong", Draw: "line"}}
	c.Tables = []cards.Table{d.periodChart(d.fine, c.Title, columns, text.Percent, shares)}
	c.Notes = d.stateNotes(c.Tables[0])
	c.Label = d.T("usage.chart.label", c.Title, "")
	last := cards.Period{}
	for _, p := range d.finePeriods {
		if p.State != "provisional" && shares[p.Key] != nil {
			last = p
		}
	}
	if last.Key == "" {
		c.Empty = d.T("usage.nolines")
		return card{Chart: c}
	}
	v := shares[last.Key]
	c.Lead = &cards.Lead{Figure: cards.Write(v, text.Percent, text.Percent), Unit: d.T("usage.agentshare.unit", last.Label)}
	c.Lead.Figure.Text, c.Lead.Bound, c.Lead.BoundURL = d.bounded(c.Lead.Figure.Text)
	c.Sentence = d.Say(d.T("usage.agentshare.sentence", last.Label, c.Lead.Figure.Text, d.Scope()))
	return card{Chart: c}
}

// shownSurfaces are the rows of "Active users by surface": a population and the modes whose
// requests say what its people did.
var shownSurfaces = []struct{ name, feature string }{
	{question.PeoplePrompts, ""}, {"used_cli", "copilot_cli"}, {"used_copilot_cloud_agent", ""}, {"used_copilot_code_review_active", ""},
	{"used_copilot_code_review_passive", ""}, {"used_copilot_app", "copilot_app"}, {question.PeopleAgentsWindow, metric.AgentsWindow}, {question.PeopleAgentApps, ""},
}

// surfaces counts active people by surface: they overlap.
func (d *dashboard) surfaces() card {
	c := d.table("surfaces", "usage.surfaces", "")
	c.Tag = d.T("usage.tag")
	if !d.known(c) {
		if t := d.reportedSurfaces(); c.Empty != "" && len(t.Rows) > 0 {
			c.Table, c.Notes, c.Empty = t, []string{c.Empty}, ""
		}
		return card{Table: c}
	}
	most := 0.0
	if d.seats != nil {
		most = float64(*d.seats)
	}
	for _, s := range shownSurfaces {
		if p := d.populationOf(s.name); p != nil {
			most = max(most, cards.OrZero(cards.Float(p.Days28)))
		}
	}
	t := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("usage.surface")}, {Label: d.T("usage.whocounts.head")}, {Label: text.ShortDay(d.Window.To), Numeric: true}, {Label: d.DaysWord(7), Numeric: true},
		{Label: d.DaysWord(28), Numeric: true}, {Label: d.T("usage.surfaces.bar"), Graphic: true}, {Label: d.T("usage.did")}}}
	used := 0
	var list []*question.Population
	for _, s := range shownSurfaces {
		p := d.populationOf(s.name)
		if p == nil {
			continue
		}
		if !cards.Nothing(cards.Float(p.Days28)) {
			used++
		}
		did, reported := d.activityOf(s.name, s.feature)
		if !reported { // nobody's record says of the surface
			p = &question.Population{Name: s.name}
		}
		list = append(list, p)
		note := ""
		if stated := d.statedSurface(s.name); d.differs(stated, p) {
			note = d.T("usage.reported.surface", whole(stated.over[0]), whole(stated.over[1]), whole(stated.over[2]))
		}
		t.Rows = append(t.Rows, cards.DrawnRow{Key: s.name, Label: d.T("usage.surface." + s.name), Note: note, Cells: []cards.DrawnCell{{Figure: cards.Figure{Text: d.surfaceWho(s.name)}},
			{Figure: cards.Whole(cards.Float(p.Day))}, {Figure: cards.Whole(cards.Float(p.Week))}, {Figure: cards.Whole(cards.Float(p.Days28))},
			{Bar: cards.NewRowBar(most, cards.Part{Step: cards.StepMid, Value: cards.OrZero(cards.Float(p.Days28))})}, {Figure: cards.Figure{Text: did}}}})
	}
	if len(d.adoption.Weeks) > 0 {
		c.Switches = d.sharesSwitch(c.ID, d.T("usage.people.count"))
	}
	d.addWeeks(t, list, d.State.Shares)
	c.Table, c.Wide = t, true
	if d.mixesTools() {
		c.Notes = append(c.Notes, d.T("usage.surfaces.mixed"))
	}
	n := float64(used)
	c.Lead = &cards.Lead{Figure: cards.Whole(&n), Unit: d.T("usage.surfaces.unit")}
	c.Sentence = d.Say(d.T("usage.surfaces.sentence", text.LongDay(d.Window.To), d.Scope(), d.surfaceWords()))
	return card{Table: c}
}

// reportedSurfaces are the people of surfaces as aggregates state them, where there are no records
// of people.
func (d *dashboard) reportedSurfaces() *cards.DrawnTable {
	t := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("usage.surface")}, {Label: d.T("usage.whocounts.head")}, {Label: d.T("usage.reported.day"), Numeric: true},
		{Label: d.DaysWord(7), Numeric: true}, {Label: d.DaysWord(28), Numeric: true}}}
	for _, s := range shownSurfaces {
		stated := d.statedSurface(s.name)
		if stated == nil {
			continue
		}
		who := d.surfaceWho(s.name)
		if s.name == question.PeopleAgentsWindow {
			who = d.T("usage.surface.vscode_agent.reported")
		}
		r := cards.DrawnRow{Key: s.name, Label: d.T("usage.surface." + s.name), Note: d.T("usage.reported.where", text.ShortDay(stated.on)), Cells: []cards.DrawnCell{{Figure: cards.Figure{Text: who}}}}
		for _, n := range stated.over {
			r.Cells = append(r.Cells, cards.DrawnCell{Figure: cards.Whole(n)})
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// surfaceWho says who counts as one of a surface's people.
func (d *dashboard) surfaceWho(name string) string {
	if name == "used_cli" && d.countsCopilot() {
		return d.T("usage.surface.used_cli.copilot")
	}
	return d.T("usage.surface." + name + ".who")
}

func (d *dashboard) surfaceWords() string {
	var out []string
	for _, s := range shownSurfaces {
		if p := d.populationOf(s.name); p != nil {
			out = append(out, d.T("usage.surface."+s.name)+" "+whole(cards.Float(p.Days28)))
		}
	}
	return d.List(out)
}

// activityOf says what the people of a surface did in the window. It reports false where no record
// says of the surface: for those with a flag there is always one.
func (d *dashboard) activityOf(name, feature string) (words string, reported bool) {
	of := func(measure string) *float64 { return d.sessionFigure(measure, feature, "").sum }
	switch name {
	case question.PeoplePrompts:
		return d.T("usage.did.chat", whole(d.counter(askModes, "interactions", isChat))), true
	case question.PeopleAgentsWindow:
		return d.T("usage.did.window", whole(of("sessions")), whole(of("prompts"))), of("sessions") != nil
	case question.PeopleAgentApps:
		jobs := sumOf(d.valuesOf(askAgentApps, "", "agent_app", "agent_app_jobs", "", anyFeature))
		return d.T("usage.did.jobs", whole(jobs)), jobs != nil
	}
	if feature == "" {
		return "", true
	}
	return d.T("usage.did.sessions", whole(of("sessions")), whole(of("prompts")), whole(of("model_requests"))), true
}

// ides counts active people by editor: they overlap.
func (d *dashboard) ides() card {
	c := d.listCard("ides", "usage.ides", []string{"active_users"}, "ide")
	if c.Blocked != nil {
		return card{Table: c}
	}
	var list []value
	most := 0.0
	t := d.Answers.Of(askIDEs)
	for _, row := range t.Rows() {
		if key, named := t.Name(row, "ide"); named {
			v := d.newValue("ide", key, true)
			v.sum = t.Value(row, "active_users")
			if v.sum == nil && v.neutral {
				continue
			}
			most = max(most, cards.OrZero(v.sum))
			list = append(list, *v)
		}
	}
	if len(list) == 0 {
		c.Empty = d.T("usage.needs")
		return card{Table: c}
	}
	sortValues(list)
	table := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.Dimension("ide"), Series: "name"}, {Graphic: true}, {Label: d.T("usage.people.count"), Series: "number", Numeric: true}, {Label: d.T("usage.ofactive"), Numeric: true}}}
	all := d.Headline("active_users")
	for _, v := range list {
		step := cards.StepMid
		if v.neutral {
			step = cards.StepGrey
		}
		table.Rows = append(table.Rows, cards.DrawnRow{Key: v.key, Label: v.label, Neutral: v.neutral, URL: d.url(v), Cells: []cards.DrawnCell{{Bar: cards.NewRowBar(most, cards.Part{Step: step, Value: cards.OrZero(v.sum)})},
			{Figure: cards.Whole(v.sum)}, {Figure: cards.Write(query.Share(v.sum, all), text.WholePercent, text.Percent)}}})
	}
	d.SortTable(c.ID, table)
	c.Table = table
	for _, f := range d.Faults {
		c.Notes = append(c.Notes, d.FaultPeople(f))
	}
	c.Lead = &cards.Lead{Figure: cards.Whole(list[0].sum), Unit: d.T("usage.ides.unit", list[0].label)}
	c.Sentence = d.Say(d.T("usage.ides.sentence", d.WindowSentence(), d.Scope(), d.topWords(list)))
	return card{Table: c}
}

// listPrice is GitHub's list price of an AI credit, in USD.
const listPrice = 0.01

// credits are AI credits with their list value, which is no bill.
func (d *dashboard) credits() card {
	c := d.listCard("credits", "usage.credits", []string{"ai_credits"})
	if c.Blocked != nil {
		return card{Table: c}
	}
	used := d.Answers.Of(askCredits).Single("ai_credits")
	if used == nil {
		c.Empty = d.T("usage.credits.none")
		return card{Table: c}
	}
	value := *used * listPrice
	active := d.active()
	t := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.T("usage.credits.what")}, {Label: d.T("usage.credits.number"), Numeric: true}}}
	add := func(key string, f *float64, write func(float64) string) {
		t.Rows = append(t.Rows, cards.DrawnRow{Label: d.T(key), Cells: []cards.DrawnCell{{Figure: cards.Write(f, write, write)}}})
	}
	add("usage.credits.used", used, text.Whole)
	add("usage.credits.value", &value, text.Whole)
	if d.mixesTools() { // only Copilot states credits
		active = nil
		if p := populationIn(d.copilotAdoption(), d.population()); p != nil {
			active = cards.Float(p.Window)
		}
	}
	add(pick(d.mixesTools(), "usage.credits.each.copilot", "usage.credits.each"), query.Share(used, active), text.Decimal)
	add("usage.credits.pool", cards.Float(d.pool), text.Whole)
	c.Table = t
	c.Lead = &cards.Lead{Figure: cards.Whole(used), Unit: d.T("usage.credits.unit", text.Whole(value))}
	c.Notes = []string{d.T("usage.credits.note"), d.T(pick(d.pool != nil, "usage.credits.pool.note", "usage.credits.pool.none"))}
	c.Sentence = d.Say(d.T("usage.credits.sentence", d.WindowSentence(), text.Whole(*used), d.Scope(), text.Whole(value)))
	return card{Table: c}
}
