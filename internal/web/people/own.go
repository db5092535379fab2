package people

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"codegauge/internal/admin"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/sorting"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// ownCard is a part of one's own page: a table, and what it says in one figure.
type ownCard struct {
	ID, Title, Text string
	Lead            *cards.Lead
	Table           *cards.DrawnTable
	// Days is the same by day.
	Days  *cards.DrawnTable
	Notes []string
	// Nothing says why there is no table.
	Nothing string
	Wide    bool
}

// ownSection is a question about oneself, by day and by what it is divided by. Page and file
// have the same answers.
type ownSection struct {
	name     string
	by       []string
	measures []string
	// unknown says that a row counts whose figures are unknown.
	unknown bool
	// whole says that it is of the whole window, not by day: answers have a row for every
	// organization or team there is.
	whole bool
}

// asked is what the section is asked and filed by.
func (s ownSection) asked() []string {
	if s.whole {
		return s.by
	}
	return append([]string{"day"}, s.by...)
}

// ownTotal is the section that nothing divides.
const ownTotal = "day"

// customizations are what people add to Copilot CLI, with what counts their uses.
var customizations = []ownSection{
	{name: "mcp_server", by: []string{"mcp_server"}, measures: []string{"mcp_connections"}}, {name: "skill", by: []string{"skill"}, measures: []string{"skill_uses"}},
	{name: "custom_agent", by: []string{"custom_agent"}, measures: []string{"custom_agent_uses"}}, {name: "slash_command", by: []string{"slash_command"}, measures: []string{"slash_command_uses"}},
	{name: "plugin", by: []string{"plugin"}, measures: []string{"plugin_uses"}},
}

// ownSections are all of them.
var ownSections = func() []ownSection {
	active, sessions := []string{"daily_active_users"}, []string{"sessions", "prompts", "model_requests", "prompt_tokens", "output_tokens"}
	out := []ownSection{{name: ownTotal, measures: append(slices.Clone(mineMeasures), "agent_contribution", "agent_contribution_max", "ai_credits", active[0])}}
	for _, by := range mineBy {
		out = append(out, ownSection{name: by, by: []string{by}, measures: mineMeasures, unknown: true})
	}
	out = append(out, ownSection{name: "sessions", by: []string{"feature"}, measures: sessions}, ownSection{name: "agent_app", by: []string{"agent_app", "agent_app_name"}, measures: []string{"agent_app_jobs"}})
	for _, by := range []string{"signal", "phase"} {
		out = append(out, ownSection{name: by, by: []string{by}, measures: active})
	}
	for _, by := range []string{"organization", "team"} {
		out = append(out, ownSection{name: by, by: []string{by}, measures: []string{"active_users"}, whole: true})
	}
	return append(out, customizations...)
}()

// ownData is everything that one's own page and file say of one's work in a window.
type ownData struct {
	*question.Own
	answers *cards.Answers
	// names are what organizations and teams are called.
	names map[string]string
}

// load asks for one's own data, which figures has asked the totals of; without figures, for
// what is known whatever the window.
func (d *dashboard) load(ctx context.Context, mine *admin.Own, figures bool) (*ownData, error) {
	out := &ownData{}
	var questions []cards.Question
	for _, s := range ownSections {
		if !figures {
			break
		}
		if q := d.Question(s.name, d.Effective, d.Window, s.measures, s.asked()...); len(q.Words.Measures) > 0 {
			questions = append(questions, q)
		}
	}
	var err error
	if out.answers, err = cards.AskAll(ctx, d.Data, questions); err != nil {
		return nil, err
	}
	if out.Own, err = d.Data.Own(ctx, shell.State{Enterprise: mine.Enterprise.Key()}.Words(d.Window), mine.Identities); err != nil {
		return nil, err
	}
	out.names, err = entityNames(ctx, d.Data, mine.Enterprise)
	return out, err
}

// entityNames are what an enterprise and its organizations and teams are called, by kind and key.
func entityNames(ctx context.Context, data shell.Data, enterprise directory.Entity) (map[string]string, error) {
	names := map[string]string{string(directory.Enterprise) + " " + enterprise.Key(): enterprise.Label()}
	for _, kind := range []directory.Kind{directory.Organization, directory.Team} {
		list, err := data.Entities(ctx, enterprise.Key(), kind)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			names[string(kind)+" "+e.Key()] = e.Label()
		}
	}
	return names, nil
}

// ownRow is a row of a section: a day (0 of a whole window), the names that it is divided by (nil for what has
// none), and its measures as the section has them.
type ownRow struct {
	on      day.Day
	names   []*string
	figures []*float64
}

// rows yields the section's rows, but for those of what others use alone.
func (o *ownData) rows(s ownSection) (out []ownRow) {
	t := o.answers.Of(s.name)
	for _, row := range t.Rows() {
		r := ownRow{}
		date, _ := t.Name(row, "day")
		r.on, _ = day.Parse(date)
		for _, by := range s.by {
			var name *string
			if value, named := t.Name(row, by); named {
				name = &value
			}
			r.names = append(r.names, name)
		}
		nothing := true
		for _, m := range s.measures {
			n := t.Value(row, m)
			nothing = nothing && (n != nil && *n == 0 || n == nil && (!s.unknown || t.Column(m) < 0))
			r.figures = append(r.figures, n)
		}
		if !nothing {
			out = append(out, r)
		}
	}
	return out
}

// ownSum is a value of a section over the window: what its days add up to, and how many
// they are.
type ownSum struct {
	name    string
	named   bool
	days    int
	figures map[string]float64
}

// sums adds the section named up by what it is divided by first, the largest of a measure first.
func (o *ownData) sums(name, measure string) (out []ownSum) {
	s := sectionNamed(name)
	for _, r := range o.rows(s) {
		key, named := "", false
		if len(r.names) > 0 && r.names[0] != nil {
			key, named = *r.names[0], true
		}
		at := slices.IndexFunc(out, func(sum ownSum) bool { return sum.name == key && sum.named == named })
		if at < 0 {
			at, out = len(out), append(out, ownSum{name: key, named: named, figures: map[string]float64{}})
		}
		out[at].days++
		for i, n := range r.figures {
			if n != nil {
				out[at].figures[s.measures[i]] += *n
			}
		}
	}
	sorting.Stable(out, func(a, b ownSum) int { return cmp.Compare(b.figures[measure], a.figures[measure]) })
	return out
}

func sectionNamed(name string) ownSection {
	return ownSections[slices.IndexFunc(ownSections, func(s ownSection) bool { return s.name == name })]
}

// byDay returns a measure of a section by day, nil where it is unknown, of the rows that keep
// wants.
func (o *ownData) byDay(name, measure string, keep func(name string) bool) map[day.Day]float64 {
	s, out := sectionNamed(name), map[day.Day]float64{}
	at := slices.Index(s.measures, measure)
	for _, r := range o.rows(s) {
		if n := r.figures[at]; n != nil && (keep == nil || r.names[0] != nil && keep(*r.names[0])) {
			out[r.on] += *n
		}
	}
	return out
}

func total(days map[day.Day]float64) (sum float64) {
	for _, n := range days {
		sum += n
	}
	return sum
}

func isChat(feature string) bool { return slices.Contains(metric.ChatFeatures(), feature) }

// ownDimensions are what one's own lines are divided by.
var ownDimensions = []string{"feature", "model", "language"}

// ownShown is how many values a table shows by themselves.
const ownShown = 10

// workCards say with what one works, when, and how much.
func (d *dashboard) workCards(o *ownData) []ownCard {
	var out []ownCard
	for _, dim := range ownDimensions {
		out = append(out, ownCard{ID: "by-" + dim, Title: d.T("me.by." + dim), Table: d.ownValues(o, dim), Nothing: d.T("me.by.nothing")})
	}
	return append(out, ownCard{ID: "by-rhythm", Title: d.T("me.rhythm"), Table: d.rhythm(o), Nothing: d.T("me.by.nothing")},
		d.requestsCard(o), d.creditsCard(o), d.surfacesCard(o), d.clientsCard(o), d.addedCard(o), d.seatsCard(o))
}

// part is a value with its share of a sum.
type part struct {
	label   string
	value   float64
	neutral bool
}

// shares is a table of parts, the largest first.
func (d *dashboard) shares(head, unit string, list []part) *cards.DrawnTable {
	sum, most := 0.0, 0.0
	for _, p := range list {
		sum, most = sum+p.value, max(most, p.value)
	}
	if sum == 0 {
		return nil
	}
	if len(list) > ownShown+1 {
		other := part{label: d.T("me.other", text.Grouped(int64(len(list)-ownShown))), neutral: true}
		for _, p := range list[ownShown:] {
			other.value += p.value
		}
		list, most = append(list[:ownShown:ownShown], other), max(most, other.value)
	}
	out := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: head}, {Graphic: true}, {Label: unit, Numeric: true}, {Label: d.T("me.share"), Numeric: true}}}
	for _, p := range list {
		step, share := cards.StepMid, p.value/sum
		if p.neutral {
			step = cards.StepGrey
		}
		out.Rows = append(out.Rows, cards.DrawnRow{Label: p.label, Neutral: p.neutral, Cells: []cards.DrawnCell{
			{Bar: cards.NewRowBar(most, cards.Part{Step: step, Value: p.value})}, {Figure: cards.Whole(&p.value)}, {Figure: cards.Write(&share, text.Percent, text.Percent)}}})
	}
	return out
}

// ownValues divides lines by the values of a dimension; nil if there are none.
func (d *dashboard) ownValues(o *ownData, dim string) *cards.DrawnTable {
	var list []part
	for _, s := range o.sums(dim, "loc_added") {
		p := part{d.T("me.none." + dim), s.figures["loc_added"] + s.figures["loc_deleted"], true}
		if s.named {
			p.label, p.neutral = d.ValueLabel(dim, s.name), false
		}
		if p.value != 0 {
			list = append(list, p)
		}
	}
	sorting.Stable(list, func(a, b part) int { return cmp.Compare(b.value, a.value) })
	return d.shares(d.T("me.head."+dim), d.T("entities.head.loc_changed"), list)
}

// rhythm says on which days of the week one was active, and with how many lines.
func (d *dashboard) rhythm(o *ownData) *cards.DrawnTable {
	type weekday struct{ active, days, lines float64 }
	var list [7]weekday
	on := func(d day.Day) *weekday { return &list[(int(d.Time().Weekday())+6)%7] }
	for at := d.Window.From; at <= d.Window.To; at++ {
		on(at).days++
	}
	for at, n := range o.byDay(ownTotal, "daily_active_users", nil) {
		on(at).active += min(n, 1)
	}
	for _, measure := range []string{"loc_added", "loc_deleted"} {
		for at, n := range o.byDay(ownTotal, measure, nil) {
			on(at).lines += n
		}
	}
	most := 0.0
	for _, w := range list {
		most = max(most, w.active)
	}
	if most == 0 {
		return nil
	}
	out := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.T("usage.weekday")}, {Graphic: true}, {Label: d.T("person.days"), Numeric: true}, {Label: d.T("entities.head.loc_changed"), Numeric: true}}}
	for i, w := range list {
		days := cards.Figure{Text: d.T("person.ofdays", text.Whole(w.active), text.Whole(w.days)), Value: text.Plain(w.active)}
		out.Rows = append(out.Rows, cards.DrawnRow{Key: strconv.Itoa(i + 1), Label: time.Weekday((i + 1) % 7).String(), Cells: []cards.DrawnCell{
			{Bar: cards.NewRowBar(most, cards.Part{Step: cards.StepMid, Value: w.active})}, {Figure: days}, {Figure: cards.Whole(&w.lines)}}})
	}
	return out
}

// daysTable is a figure by day, the last day first.
func (d *dashboard) daysTable(unit string, days map[day.Day]float64, write func(float64) string) *cards.DrawnTable {
	most := 0.0
	for _, n := range days {
		most = max(most, n)
	}
	out := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.T("definitions.day")}, {Graphic: true}, {Label: unit, Numeric: true}}}
	for at := d.Window.To; at >= d.Window.From; at-- {
		if n, ok := days[at]; ok {
			out.Rows = append(out.Rows, cards.DrawnRow{Key: at.String(), Label: text.LongDay(at), Cells: []cards.DrawnCell{
				{Bar: cards.NewRowBar(most, cards.Part{Step: cards.StepMid, Value: n})}, {Figure: cards.Write(&n, write, text.Plain)}}})
		}
	}
	return out
}

// overTime draws a figure by day over the periods of the window.
func (d *dashboard) overTime(days map[day.Day]float64) *cards.SmallColumns {
	values := map[string]*float64{}
	for at, n := range days {
		key := map[string]day.Day{"day": at, "week": at.Week(), "month": at.Month()}[d.Grain].String()
		if values[key] == nil {
			values[key] = new(float64)
		}
		*values[key] += n
	}
	periods := slices.DeleteFunc(d.Periods(), func(p cards.Period) bool { return p.Key > d.Window.To.String() })
	return cards.NewSmallColumns(periods, values, func(peak float64) string {
		return d.T("usage.small", d.T("usage.per."+d.Grain), text.Decimal(peak))
	})
}

// requestsCard is one's own requests in chats, by mode and day.
func (d *dashboard) requestsCard(o *ownData) ownCard {
	c := ownCard{ID: "requests", Title: d.T("me.requests"), Text: d.T("me.requests.text"), Nothing: d.T("me.requests.none")}
	var list []part
	for _, s := range o.sums("feature", "interactions") {
		if s.named && isChat(s.name) && s.figures["interactions"] > 0 {
			list = append(list, part{d.ValueLabel("feature", s.name), s.figures["interactions"], false})
		}
	}
	if c.Table = d.shares(d.T("me.head.feature"), d.T("me.requests.unit"), list); c.Table == nil {
		return c
	}
	days := o.byDay("feature", "interactions", isChat)
	for at, n := range days {
		if n == 0 {
			delete(days, at)
		}
	}
	sum := total(days)
	c.Lead = &cards.Lead{Figure: cards.Whole(&sum), Unit: d.Plural("me.requests.lead", len(days), text.Decimal(sum/float64(len(days))))}
	c.Days = d.daysTable(d.T("me.requests.unit"), days, text.Whole)
	return c
}

// creditsCard is one's own AI credits, by day.
func (d *dashboard) creditsCard(o *ownData) ownCard {
	c := ownCard{ID: "credits", Title: d.T("usage.credits"), Text: d.T("me.credits.text"), Nothing: d.T("me.credits.none")}
	days := o.byDay(ownTotal, "ai_credits", nil)
	if len(days) == 0 {
		return c
	}
	sum := total(days)
	value := sum * metric.CreditPrice
	c.Lead = &cards.Lead{Figure: cards.Write(&sum, text.Decimal, text.Plain), Unit: d.T("usage.credits.unit", english.Decimal(value, 2))}
	over := d.overTime(days)
	c.Table = &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.T("usage.credits.what")}, {Label: d.T("usage.credits.number"), Numeric: true}, {Label: d.T("usage.per." + d.Grain), Graphic: true}, {Label: d.T("usage.peak"), Numeric: true}},
		Rows: []cards.DrawnRow{{Label: d.T("usage.credits.used"), Cells: []cards.DrawnCell{{Figure: c.Lead.Figure}, {Columns: over}, {Figure: cards.Write(over.Peak, text.Decimal, text.Plain)}}},
			{Label: d.T("usage.credits.value"), Cells: []cards.DrawnCell{{Figure: cards.Write(&value, func(f float64) string { return english.Decimal(f, 2) }, text.Plain)}, {}, {}}}}}
	for at, n := range days {
		if n == 0 {
			delete(days, at)
		}
	}
	c.Days = d.daysTable(d.T("usage.credits"), days, text.Decimal)
	c.Notes = []string{d.T("usage.credits.note")}
	for _, s := range o.Seats {
		if included, ok := metric.IncludedCredits[s.Plan]; ok {
			c.Notes = append(c.Notes, d.T("me.credits.included", text.Upper(s.Plan), text.Grouped(included)))
			break
		}
	}
	return c
}

// surfacesCard is what one used, on how many days.
func (d *dashboard) surfacesCard(o *ownData) ownCard {
	c := ownCard{ID: "used", Title: d.T("me.used"), Text: d.T("me.used.text"), Nothing: d.T("me.used.none"), Wide: true}
	sessions := map[string]ownSum{}
	for _, s := range o.sums("sessions", "sessions") {
		sessions[s.name] = s
	}
	t := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("usage.credits.what")}, {Graphic: true}, {Label: d.T("me.used.days"), Numeric: true}, {Label: d.T("me.used.did")}}}
	add := func(key, label string, days int, did string) {
		n := float64(days)
		t.Rows = append(t.Rows, cards.DrawnRow{Key: key, Label: label, Cells: []cards.DrawnCell{{Bar: cards.NewRowBar(float64(d.Window.Len()), cards.Part{Step: cards.StepMid, Value: n})}, {Figure: cards.Whole(&n)}, {Figure: cards.Figure{Text: did}}}})
	}
	for _, s := range o.sums("signal", "daily_active_users") {
		if s.named {
			add(s.name, d.ValueLabel("signal", s.name), s.days, d.sessionWords(sessions[map[string]string{"used_cli": metric.CLI, "used_copilot_app": "copilot_app"}[s.name]]))
		}
	}
	if s, ok := sessions[metric.AgentsWindow]; ok {
		add(metric.AgentsWindow, d.T("usage.surface.vscode_agent"), s.days, d.sessionWords(s))
	}
	if jobs := o.byDay("agent_app", "agent_app_jobs", nil); len(jobs) > 0 {
		add("agent_app", d.T("usage.surface.agent_app"), len(jobs), d.T("usage.did.jobs", text.Whole(total(jobs))))
	}
	if len(t.Rows) > 0 {
		c.Table, c.Notes = t, []string{d.T("me.used.note")}
	}
	return c
}

// sessionWords say what the sessions of a surface were, "" if none are known.
func (d *dashboard) sessionWords(s ownSum) string {
	var out []string
	for _, m := range sectionNamed("sessions").measures {
		if n, known := s.figures[m]; known {
			out = append(out, text.Whole(n)+" "+text.Lower(metric.MeasureByName(m).Label))
		}
	}
	return strings.Join(out, " · ")
}

// addedCard is the agent apps that one used, and what one added to the CLI, by name.
func (d *dashboard) addedCard(o *ownData) ownCard {
	c := ownCard{ID: "added", Title: d.T("me.added"), Text: d.T("me.added.text"), Nothing: d.T("me.added.none")}
	t := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("me.added.name")}, {Label: d.T("usage.custom.kind")}, {Label: d.T("usage.custom.uses"), Numeric: true}}}
	add := func(key, name, kind string, n float64, least bool) {
		t.Rows = append(t.Rows, cards.DrawnRow{Key: key, Label: name, Cells: []cards.DrawnCell{{Figure: cards.Figure{Text: kind}}, {Figure: cards.LowerBound(least, cards.Whole(&n))}}})
	}
	names := map[string]string{}
	for _, r := range o.rows(sectionNamed("agent_app")) {
		if r.names[0] != nil && r.names[1] != nil {
			names[*r.names[0]] = *r.names[1] // that of the last day
		}
	}
	for _, s := range o.sums("agent_app", "agent_app_jobs") {
		add("agent_app "+s.name, cmp.Or(names[s.name], s.name), d.T("me.added.app"), s.figures["agent_app_jobs"], false)
	}
	for _, kind := range customizations {
		for _, s := range o.sums(kind.name, kind.measures[0]) {
			name := d.ValueLabel(kind.name, s.name)
			if s.name == "other" || s.name == "custom" {
				name = d.T("me.added.withheld")
			}
			add(kind.name+" "+s.name, name, d.T("usage.custom."+kind.name), s.figures[kind.measures[0]], true)
		}
	}
	if len(t.Rows) > 0 {
		c.Table, c.Notes = t, []string{d.T("me.added.note")}
	}
	return c
}

// clientsCard is one's last versions of editors and of the CLI, with what they are too old for.
func (d *dashboard) clientsCard(o *ownData) ownCard {
	c := ownCard{ID: "clients", Title: d.T("me.clients"), Text: d.T("me.clients.text"), Nothing: d.T("me.clients.none"), Wide: true}
	if len(o.Clients) == 0 {
		return c
	}
	c.Table = &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("me.clients.client")}, {Label: d.T("me.clients.version")}, {Label: d.T("me.clients.extension")}, {Label: d.T("me.clients.seen")}, {Label: d.T("me.clients.state")}}}
	for _, client := range o.Clients {
		words := func(s string) cards.DrawnCell {
			return cards.DrawnCell{Figure: cards.Figure{Text: cmp.Or(s, d.T("usage.clients.unstated"))}}
		}
		extension := words(strings.TrimSpace(client.Extension + " " + client.ExtensionVersion))
		if client.Client == metric.CLI {
			extension = words(d.T("me.clients.noextension"))
		}
		c.Table.Rows = append(c.Table.Rows, cards.DrawnRow{Key: client.Client, Label: client.Label, Cells: []cards.DrawnCell{words(client.Version), extension, words(text.LongDay(client.Last)), words(d.clientState(client))}})
	}
	return c
}

// clientState says whether a client is new enough.
func (d *dashboard) clientState(c question.OwnClient) string {
	var out []string
	need := c.Upgrade
	if c.UpgradeExtension != "" {
		need = strings.TrimPrefix(need+", "+d.T("me.clients.needextension", c.UpgradeExtension), ", ")
	}
	switch {
	case c.NotCounted:
		out = append(out, d.T("me.clients.notcounted", need))
	case len(c.NoLinesOf) > 0:
		out = append(out, d.T("me.clients.nolines", d.List(c.NoLinesOf), need))
	}
	if c.Fault != "" {
		out = append(out, d.T("me.clients.fault", c.Fault, c.FaultUntil))
	}
	switch {
	case len(out) > 0:
	case !c.Judged:
		out = append(out, d.T("me.clients.nominimum"))
	default:
		out = append(out, d.T("me.clients.fine"))
	}
	return strings.Join(out, " ")
}

// seatsCard is one's seats.
func (d *dashboard) seatsCard(o *ownData) ownCard {
	c := ownCard{ID: "seat", Title: d.T("me.seat"), Text: d.T("me.seat.text"), Nothing: d.T("me.seat.none")}
	if len(o.Seats) == 0 {
		return c
	}
	c.Table = &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("me.seat.by")}, {Label: d.T("seats.plan")}, {Label: d.T("seats.created")}, {Label: d.T("seats.last")}}}
	for _, s := range o.Seats {
		words := func(at *time.Time, more string) cards.DrawnCell {
			if at == nil {
				return cards.DrawnCell{Figure: cards.Figure{Text: d.T("seats.last.none")}}
			}
			return cards.DrawnCell{Figure: cards.Figure{Text: text.Moment(*at)}, Note: more}
		}
		row := cards.DrawnRow{Label: s.Assigner, Cells: []cards.DrawnCell{{Figure: cards.Figure{Text: cmp.Or(text.Upper(s.Plan), d.T("usage.clients.unstated"))}}, words(s.Since, ""), words(s.LastActivity, metric.EditorLabel(s.LastEditor))}}
		if s.Team != "" {
			row.Note = " " + d.T("me.seat.team", s.Team)
		}
		if s.Ends != 0 {
			row.Cells[0].Note = d.T("seats.ends", text.LongDay(s.Ends))
		}
		c.Table.Rows = append(c.Table.Rows, row)
	}
	return c
}

// phaseWords name one's adoption phase, and say whether a record reports it.
func (d *dashboard) phaseWords(p *question.OwnPhase) string {
	if p == nil {
		return text.None
	}
	label := p.Phase
	if known := d.Text["impact.phase."+strings.ToLower(strings.ReplaceAll(p.Phase, " ", ""))]; known != "" {
		label = known
	}
	if p.Computed {
		return d.T("me.phase.computed", label)
	}
	return d.T("me.phase.reported", label)
}

// ownFacts are the figures that stand first, beside those that others see of a person.
func (d *dashboard) ownFacts(o *ownData) []shell.Fact {
	out := []shell.Fact{}
	if requests := o.byDay("feature", "interactions", isChat); len(requests) > 0 {
		out = append(out, shell.Fact{Label: d.T("me.requests"), Value: text.Whole(total(requests))})
	}
	if credits := o.byDay(ownTotal, "ai_credits", nil); len(credits) > 0 {
		out = append(out, shell.Fact{Label: d.T("usage.credits"), Value: text.Decimal(total(credits))})
	}
	return append(out, shell.Fact{Label: d.T("me.phase"), Value: d.phaseWords(o.Phase)})
}

// KnownRow is a kind of data about oneself.
type KnownRow struct{ Kind, Says, Days, First, Last, From string }

// knownRows lists what is stored about oneself.
func (d *dashboard) knownRows(o *ownData, mine *admin.Own, saved int) (out []KnownRow) {
	for _, r := range o.Records {
		var kinds []string
		for _, kind := range r.Kinds {
			kinds = append(kinds, d.T("import.data."+kind))
		}
		out = append(out, KnownRow{d.T("me.known.records", metric.ToolByName(r.Tool).Label), d.T("me.known.records.says"), text.Grouped(int64(r.Days)), text.LongDay(r.First), text.LongDay(r.Last), d.T("me.known.records.from", d.List(kinds))})
	}
	row := func(key, says string) {
		out = append(out, KnownRow{d.T("me.known." + key), says, text.None, text.None, text.None, d.T("me.known." + key + ".from")})
	}
	for _, kind := range []directory.Kind{directory.Organization, directory.Team} {
		var names []string
		for _, r := range o.rows(sectionNamed(string(kind))) {
			if r.names[0] == nil || query.IsOthers(*r.names[0]) || *r.names[0] == metric.UnknownMembership {
				continue
			}
			names = append(names, cmp.Or(o.names[string(kind)+" "+*r.names[0]], *r.names[0]))
		}
		if len(names) > 0 {
			out = append(out, KnownRow{d.T("me.known." + string(kind)), d.List(names), text.None, text.None, text.None, d.T("me.known.members.from")})
		}
	}
	if n := len(o.Seats); n > 0 {
		row("seats", d.Plural("n.seats", n))
	}
	row("accounts", d.Plural("me.known.accounts.n", len(mine.Identities)))
	if n := len(mine.Views); n > 0 {
		row("looks", d.Plural("me.known.looks.n", n))
	}
	if saved > 0 {
		row("saved", d.Plural("me.known.saved.n", saved))
	}
	return out
}

// ownFields are the measures that one's own data has, each once.
func ownFields() (out []*metric.Measure) {
	for _, s := range ownSections {
		for _, name := range s.measures {
			if m := metric.MeasureByName(name); !slices.Contains(out, m) {
				out = append(out, m)
			}
		}
	}
	return out
}
