package cards

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// EntityPage compares the organizations or teams of a place, or shows an organization alone:
// it asks, and lays the answers out as a table and as files.
type EntityPage struct {
	*Builder
	// Kind is what is compared, ID the page's name in texts, addresses and files.
	Kind directory.Kind
	ID   string
	// Columns are those of the table, in their order; by Standard rows are sorted unless the
	// reader chooses another, "" for the names.
	Columns  []string
	Standard string
	// Compared says that changes are told: there is a whole period before.
	Compared bool
	// Known are the organizations or teams, by the names that answers use.
	Known map[string]*EntityPlace
	// seats is whose holders were active, phases who is in which adoption phase.
	seats  *question.SeatActivity
	phases *question.EntityPhases
	// overlap says why organizations do not add up to the enterprise, nil where that is not
	// known or told.
	overlap *query.Overlap
}

// EntityPlace is an organization or team, and what is known of it besides answers.
type EntityPlace struct {
	access.Place
	CompleteTo day.Day
	// Missing is for how many days at the window's end its reports are missing.
	Missing int
}

// EntityView is such a page, top to bottom.
type EntityView struct {
	shell.Page
	Header    shell.Header
	Chips     []shell.Chip
	Across    []shell.Choice
	Lead      string
	Freshness []Note
	Empty     *Empty
	// Sentence begins the printed page.
	Sentence Sentence
	Table    *EntityTable
	// Blocked says why there is none.
	Blocked *Blocked
}

// The questions of such a page.
const (
	askEntities = "entities"
	askWeeks    = "weeks"
	askAllWeeks = "all weeks"
)

// The columns that are no measure.
const (
	ColumnSeats  = "share_of_seats"
	ColumnPhases = "later_phases"
	ColumnTo     = "complete_to"
)

// alone reports whether the page is of one organization, by which nothing is divided.
func (e *EntityPage) alone() bool {
	return e.Kind == directory.Organization && e.Place.Organization != nil
}

// by is what answers are divided by, before other dimensions.
func (e *EntityPage) by(others ...string) []string {
	if e.alone() {
		return others
	}
	return append([]string{string(e.Kind)}, others...)
}

// measures are those that the columns show.
func (e *EntityPage) measures() []string {
	out := slices.DeleteFunc(slices.Clone(e.Columns), func(c string) bool { return metric.MeasureByName(c) == nil })
	return append(out, "agent_contribution_max")
}

// Compose makes the page.
func (e *EntityPage) Compose(ctx context.Context) (*EntityView, error) {
	if err := e.prepare(ctx); err != nil {
		return nil, err
	}
	v := e.view()
	if v.Empty != nil {
		return v, nil
	}
	err := e.load(ctx)
	if v.Empty = e.HiddenGroup(err); v.Empty != nil {
		return v, nil
	}
	if err == nil && len(e.Known) == 0 && e.Kind == directory.Organization {
		v.Empty = e.Empty("organizations", []shell.Link{{Label: e.T("nav.codegen"), URL: shell.InsightsPath(e.Place, "code-generation")}})
		return v, nil
	}
	if err == nil {
		err = e.fill(ctx, v)
	}
	return v, err
}

// prepare finds out which days the page is about, and what can be filtered: what narrows the
// page to less than it compares is none.
func (e *EntityPage) prepare(ctx context.Context) error {
	if err := e.WholeWeeks(ctx); err != nil {
		return err
	}
	if err := e.LoadStatus(ctx); err != nil {
		return err
	}
	e.Compared = e.Compared && e.Window.Len() > 0 && e.Window.Previous().From >= e.Status.Data.From
	without := []string{"team"}
	if e.Kind == directory.Organization {
		without = append(without, "organization")
	}
	return e.LoadOptions(ctx, without...)
}

// view is the page, without its table.
func (e *EntityPage) view() *EntityView {
	title := e.T("entities.title." + e.ID)
	v := &EntityView{Page: e.Page(title), Header: e.Header(title), Chips: e.Chips()}
	v.Header.Parity = shell.Choice{} // GitHub has no such page
	if !e.alone() {
		v.Across = e.Across(e.ID)
	}
	if v.Empty = e.EmptyBefore(); v.Empty == nil {
		v.Header.Exports = []shell.Link{{Label: e.T("export.page"), URL: e.FileURL(e.ID)}, {Label: e.T("entities.csv"), URL: e.SheetURL(e.ID, e.ID)}}
	}
	return v
}

// load asks what the page needs but who is in which phase, which is asked for rows.
func (e *EntityPage) load(ctx context.Context) error {
	if err := e.loadKnown(ctx); err != nil {
		return err
	}
	words := e.Effective.Words(e.Window)
	var err error
	if e.Answers, err = AskAll(ctx, e.Data, e.questions()); err != nil {
		return err
	}
	if err = e.LoadEntityFaults(ctx); err != nil {
		return err
	}
	if e.Kind == directory.Team {
		e.seats, err = e.Data.TeamSeats(ctx, words)
		return err
	}
	if e.overlap, err = e.Data.Overlap(ctx, words); err != nil {
		return err
	}
	e.seats, err = e.Data.SeatActivity(ctx, words)
	return err
}

// questions lists the page's questions as data.
func (e *EntityPage) questions() []Question {
	s, weeks, lines := e.Effective, SparkRange(e.Window), []string{"loc_changed"}
	table, total := e.Question(askEntities, s, e.Window, e.measures(), e.by()...), e.Question(AskHeadline, s, e.Window, e.measures())
	table.Words.Compare, total.Words.Compare = e.Compared, e.Compared
	return slices.DeleteFunc([]Question{table, total, e.Question(askWeeks, s, weeks, lines, e.by("week")...), e.Question(askAllWeeks, s, weeks, lines, "week")},
		func(q Question) bool { return len(q.Words.Measures) == 0 })
}

// loadKnown reads which organizations or teams there are, and to which day there is data of
// each: of a team, what its organization has, as long as memberships are known.
func (e *EntityPage) loadKnown(ctx context.Context) error {
	orgs, err := e.Data.Entities(ctx, e.State.Enterprise, directory.Organization)
	if err != nil {
		return err
	}
	list := orgs
	if e.Kind == directory.Team {
		if list, err = e.Data.Entities(ctx, e.State.Enterprise, directory.Team); err != nil {
			return err
		}
	}
	chosen := e.State.Values("organization")
	statuses := map[int64]*question.Status{0: e.Status}
	e.Known = map[string]*EntityPlace{}
	for _, one := range list {
		at := &EntityPlace{Place: access.Place{Enterprise: e.Place.Enterprise, Organization: &one}}
		if e.Kind == directory.Team {
			at.Team, at.Organization = &one, nil
			if i := slices.IndexFunc(orgs, func(o directory.Entity) bool { return o.ID == one.Organization }); i >= 0 {
				at.Organization = &orgs[i]
			}
		}
		if o := e.Place.Organization; o != nil && (at.Organization == nil || at.Organization.ID != o.ID) ||
			len(chosen) == 1 && (at.Organization == nil || !at.Organization.Named(chosen[0])) {
			continue
		}
		if err := e.loadTo(ctx, at, statuses); err != nil {
			return err
		}
		if e.Kind == directory.Team && at.Organization != nil { // where two teams have one key, their organization's stands before it
			e.Known[at.Organization.Key()+"/"+one.Key()] = at
		}
		e.Known[one.Key()] = at
	}
	return nil
}

// loadTo finds out to which day there is data of an organization or team.
func (e *EntityPage) loadTo(ctx context.Context, at *EntityPlace, statuses map[int64]*question.Status) (err error) {
	owner := int64(0)
	if at.Organization != nil {
		owner = at.Organization.ID
	}
	status := statuses[owner]
	if status == nil {
		words := e.Effective.Remove("organization", "").Words(e.Window)
		words.Org = at.Organization.Key()
		if status, err = e.Data.Status(ctx, words); err != nil {
			return fmt.Errorf("status of %s: %w", words.Org, err)
		}
		statuses[owner] = status
	}
	for _, source := range status.Sources {
		at.CompleteTo = max(at.CompleteTo, min(source.Days.To, e.Status.CompleteTo))
	}
	for e.Kind == directory.Team && slices.Contains(status.TeamUnknown, at.CompleteTo) {
		at.CompleteTo--
	}
	if last := min(e.Window.To, e.Status.CompleteTo); at.CompleteTo != 0 && at.CompleteTo < last {
		at.Missing = int(last - at.CompleteTo)
	}
	return nil
}

// Places lists the organizations or teams, sorted by label.
func (e *EntityPage) Places() []*EntityPlace {
	out := slices.SortedFunc(maps.Values(e.Known), func(a, b *EntityPlace) int {
		return cmp.Or(strings.Compare(a.Entity().Label(), b.Entity().Label()), cmp.Compare(a.Entity().ID, b.Entity().ID))
	})
	return slices.Compact(out) // a team is known by several names
}

// loadPhases finds out in which phases the people of some rows are.
func (e *EntityPage) loadPhases(ctx context.Context, rows []EntityRow) error {
	var of []directory.Entity
	for i := range rows {
		if at := e.Known[rows[i].Key]; at != nil && !e.alone() {
			of = append(of, *at.Entity())
		}
	}
	var err error
	e.phases, err = e.Data.EntityPhases(ctx, e.Effective.Words(e.Window), of)
	return err
}

// fill fills in the table and what is said of it.
func (e *EntityPage) fill(ctx context.Context, v *EntityView) error {
	v.Freshness, v.Lead = e.freshness(), e.lead()
	v.Sentence = e.Say(v.Lead)
	if v.Blocked = e.blocked(); v.Blocked != nil {
		return nil
	}
	table, err := e.table(ctx, v.Title)
	if err != nil {
		return err
	}
	v.Table = table
	return e.showPage(ctx, table)
}

// blocked says why no column can be told under the filters, nil if one can.
func (e *EntityPage) blocked() *Blocked {
	if len(e.questions()) > 0 && e.Answers.Of(askEntities) != nil {
		return nil
	}
	return e.Block(e.measures(), e.by()...)
}

// lead says what is compared with what.
func (e *EntityPage) lead() string {
	words := e.Plural("n."+e.ID, len(e.Places())) + "."
	switch {
	case e.Compared:
		return words + " " + e.T("entities.against", text.ShortSpan(e.Window.Previous()))
	case e.Window.Previous().From < e.Status.Data.From:
		return words + " " + e.T("change.begins", text.LongDay(e.Status.Data.From)) + "."
	}
	return words
}

// freshness adds which organizations end before the others.
func (e *EntityPage) freshness() []Note {
	out := e.Freshness()
	if e.Kind == directory.Team {
		return out
	}
	var late []string
	for _, o := range e.Places() {
		if o.Missing > 0 {
			late = append(late, e.T("organizations.ends", o.Organization.Label(), text.ShortDay(o.CompleteTo)))
		}
	}
	if len(late) > 0 {
		out = append(out, Note{Text: e.T("organizations.late", text.Grouped(int64(len(late))), e.Plural("n.organizations", len(e.Known)), e.List(late)), URL: e.CoverageURL(), Tone: "warn"})
	}
	return out
}

// heads are the table's, in their order.
func (e *EntityPage) heads() (out []SortColumn) {
	for _, key := range e.Columns {
		c := SortColumn{Key: key, Label: e.T("entities.head." + key), Numeric: true}
		if m := metric.MeasureByName(key); m != nil {
			c.Unit = m.Definition
			if e.Compared {
				c.Also = append(c.Also, key+"_previous")
			}
		}
		switch key {
		case "agent_contribution":
			c.Also = append(c.Also, key+"_max")
		case "ai_credits":
			c.Also = append(c.Also, key+"_usd")
		case ColumnSeats:
			c.Also = []string{"seats", "active_with_seat", "active_without_seat"}
		}
		out = append(out, c)
	}
	return out
}

// entitySource is where the cells of a row come from.
type entitySource struct {
	*Answer
	row []any
	// at is whose row it is, nil for what is no single one's, and whole that it is of all.
	at     *EntityPlace
	whole  bool
	faults []question.ClientFault
}

// table has every row, sorted.
func (e *EntityPage) table(ctx context.Context, title string) (*EntityTable, error) {
	t := &EntityTable{ID: e.ID, Title: title, First: SortColumn{Label: e.T("kind.entity." + string(e.Kind))}, Columns: e.heads(), SparkFirst: true, SparkHead: e.T("entities.spark", text.Grouped(SparkWeeks))}
	answer := e.Answers.Of(askEntities)
	for _, row := range answer.Rows() {
		key, named := answer.Name(row, string(e.Kind))
		if e.alone() {
			key, named = e.Place.Organization.Key(), true
		}
		s := entitySource{Answer: answer, row: row, whole: e.alone()}
		if at := e.Known[key]; named && at != nil {
			s.at, s.faults = at, e.EntityFaults[at.Entity().ID]
		}
		e.PutEntity(t, e.Kind, key, named, func(_ string, out *EntityRow) bool {
			if s.at == nil {
				return false
			}
			out.Label = s.at.Entity().Label()
			own := e.State.At(shell.InsightsPath(s.at.Place, "code-generation"))
			own.Compare = e.State.Compare
			if out.URL = own.URL(); e.Kind == directory.Team && s.at.Organization != nil {
				out.Within = s.at.Organization.Key()
				if e.Place.Organization == nil {
					out.Note = s.at.Organization.Label()
				}
			}
			return true
		}, EntityRow{Cells: e.cells(&s)})
	}
	if total := e.Answers.Of(AskHeadline); !e.alone() && len(total.Rows()) == 1 {
		label := e.T("entities.total", e.Entity.Label())
		t.Total = &EntityRow{Label: label, Cells: e.cells(&entitySource{Answer: total, row: total.Rows()[0], whole: true, faults: e.Faults}), Spark: e.EntitySpark(label, e.EntityWeeks(askAllWeeks, "")[""])}
		if o := e.overlap; o != nil && (o.Several > 0 || o.None > 0) {
			t.Total.Note = e.T("organizations.overlap", text.Grouped(o.Several), text.Grouped(o.None))
		}
	}
	if e.State.Sort == ColumnPhases || e.Kind == directory.Organization {
		if err := e.putPhases(ctx, t); err != nil {
			return nil, err
		}
	}
	e.SortEntities(t, e.Standard)
	return t, nil
}

// showPage leaves the rows of a page, and draws and notes what only they need.
func (e *EntityPage) showPage(ctx context.Context, t *EntityTable) error {
	adds := e.adds(t)
	e.ShowPage(t)
	if e.phases == nil {
		if err := e.putPhases(ctx, t); err != nil {
			return err
		}
	}
	dim := string(e.Kind)
	if e.alone() {
		dim = ""
	}
	weeks := e.EntityWeeks(askWeeks, dim)
	for i := range t.Rows {
		row := &t.Rows[i]
		if e.alone() {
			row.Spark = e.EntitySpark(row.Label, weeks[""])
			continue
		}
		row.Spark = e.EntitySpark(row.Label, weeks[row.Key])
	}
	if t.Total != nil {
		t.Notes = append(t.Notes, adds)
	}
	t.Legend = e.legend()
	t.Notes = append(t.Notes, e.notes()...)
	e.AddBoundNote(t)
	t.Menu = e.TableMenu(e.ID, e.measures(), e.by()...)
	t.Menu.CSV, t.Menu.Formula, t.Menu.Reading = e.SheetURL(e.ID, e.ID), e.T("entities.formula"), e.T("entities.reading."+e.ID)
	return nil
}

// cells writes the columns of a row.
func (e *EntityPage) cells(s *entitySource) (out []EntityCell) {
	for _, key := range e.Columns {
		var c EntityCell
		switch key {
		case ColumnSeats:
			c = e.seatsInUse(e.seatsOf(s))
		case ColumnPhases:
			c = EntityCell{Figure: Write(nil, nil, nil)} // see putPhases
		case ColumnTo:
			c = e.dataTo(s)
		default:
			c = e.measureCell(s, key)
		}
		out = append(out, c)
	}
	return out
}

// measureCell writes a measure and its change.
func (e *EntityPage) measureCell(s *entitySource, measure string) EntityCell {
	now, before := s.Value(s.row, measure), s.Value(s.row, measure+"_previous")
	stated := s.Figure(s.row, measure)
	c := EntityCell{Figure: Bounded(s.faults, measure, stated), Unstated: strings.HasPrefix(stated.Text, lowerSign)}
	c.Faulty = question.AtLeast(s.faults, measure) != nil && strings.HasPrefix(c.Text, lowerSign)
	if e.Compared {
		c.Also = append(c.Also, before)
		if s.at != nil || s.whole {
			c.Change = RelativeChange(measure, now, before)
		}
	}
	switch measure {
	case "agent_contribution":
		most := s.Value(s.row, measure+"_max")
		if c.Also = append(c.Also, most); IsInterval(now, most) || IsInterval(before, s.Value(s.row, measure+"_max_previous")) {
			c.Change = "" // of its lower ends alone, a change says nothing
		}
	case "loc_changed":
		if now != nil {
			c.Figure = Bounded(s.faults, measure, Write(now, text.Compact, text.Whole))
		}
	case "ai_credits":
		e.creditsCell(&c, now, s.Value(s.row, "active_users"))
	}
	return c
}

// creditsCell writes the list value of credits, and how much that is for each active user.
func (e *EntityPage) creditsCell(c *EntityCell, credits, active *float64) {
	if credits == nil {
		return
	}
	usd := math.Round(*credits*metric.CreditPrice*1e6) / 1e6 // without the noise of binary fractions
	c.Figure, c.Written = Write(&usd, text.Decimal, text.Decimal), text.Plain(*credits)
	c.Also = append(c.Also, &usd)
	if active != nil && *active > 0 && c.Change == "" {
		c.Change = e.T("entities.each", text.Decimal(usd / *active))
	}
}

// seatsOf returns the seats of a row.
func (e *EntityPage) seatsOf(s *entitySource) question.SeatActivity {
	switch {
	case e.seats == nil:
	case s.whole:
		return *e.seats
	case s.at == nil:
	case e.Kind == directory.Team:
		return e.seats.Teams[s.at.Team.ID]
	default:
		return e.seats.Organizations[s.at.Organization.Key()]
	}
	return question.SeatActivity{}
}

// seatsInUse writes which share of the people with a seat was active.
func (e *EntityPage) seatsInUse(s question.SeatActivity) EntityCell {
	c := EntityCell{Figure: Write(s.Share(), text.WholePercent, text.Percent), Also: []*float64{Float(s.Seats), Float(s.Active), Float(s.Unseated)}}
	switch {
	case s.Share() != nil:
		c.Of = e.T("entities.of", text.Grouped(*s.Active), text.Grouped(*s.Seats))
		c.Bar = NewRowBar(float64(*s.Seats), Part{Step: StepStrong, Value: float64(*s.Active)}, Part{Step: StepNone, Value: float64(*s.Idle)})
	case s.Seats != nil:
		c.Of = e.Plural("n.seats", int(*s.Seats))
	}
	if n := s.Unseated; n != nil && *n > 0 {
		c.Change = e.Plural("entities.unseated", int(*n))
	}
	return c
}

// seatsHidden reports whether seats are there of whose holders it is not told who was active.
func (e *EntityPage) seatsHidden() bool {
	if e.seats == nil {
		return false
	}
	for _, s := range e.seats.Organizations {
		if s.Seats != nil && s.Active == nil {
			return true
		}
	}
	return e.seats.Seats != nil && e.seats.Active == nil
}

// putPhases fills in the phases of the rows.
func (e *EntityPage) putPhases(ctx context.Context, t *EntityTable) error {
	at := slices.Index(e.Columns, ColumnPhases)
	if at < 0 {
		return nil
	}
	if err := e.loadPhases(ctx, t.Rows); err != nil {
		return err
	}
	names := e.phaseNames()
	t.Columns[at].Also = nil
	for _, name := range names {
		t.Columns[at].Also = append(t.Columns[at].Also, "people_in_"+strings.ToLower(strings.ReplaceAll(name, " ", "_")))
	}
	t.Columns[at].Also = append(t.Columns[at].Also, "people_in_phases_together")
	put := func(row *EntityRow, p question.PhaseDistribution) { row.Cells[at] = e.phasesCell(&p, names) }
	for i := range t.Rows {
		row := &t.Rows[i]
		if e.alone() {
			put(row, e.phases.Whole)
		} else if known := e.Known[row.Key]; known != nil {
			put(row, e.phases.Entities[known.Entity().ID])
		}
	}
	if t.Total != nil {
		put(t.Total, e.phases.Whole)
	}
	return nil
}

// phaseNames lists the phases that somebody of the table is in, in their order.
func (e *EntityPage) phaseNames() (out []string) {
	add := func(p *question.PhaseDistribution) {
		for i := range p.Phases {
			if !p.Phases[i].Others && !slices.Contains(out, p.Phases[i].Name) {
				out = append(out, p.Phases[i].Name)
			}
		}
	}
	add(&e.phases.Whole)
	for _, p := range e.phases.Entities {
		add(&p)
	}
	slices.SortFunc(out, metric.ComparePhases)
	return out
}

// phasesCell draws how many people are in which of the named phases, and writes which share
// uses agents.
func (e *EntityPage) phasesCell(p *question.PhaseDistribution, names []string) EntityCell {
	c := EntityCell{Figure: Write(nil, nil, nil), Also: make([]*float64, len(names)+1)}
	if OrZero(p.Active) == 0 {
		return c
	}
	var parts []Part
	for i := range p.Phases {
		one := &p.Phases[i]
		at := len(names)
		if !one.Others {
			at = slices.Index(names, one.Name)
		}
		c.Also[at] = query.Plus(c.Also[at], &one.People)
		parts = append(parts, Part{Step: PhaseStep(one), Value: one.People})
	}
	c.Bar = NewRowBar(*p.Active, parts...)
	if agents := p.Agents(); agents != nil {
		c.Figure = Write(query.Share(agents, p.Active), text.WholePercent, text.Percent)
		c.Of = e.T("entities.of", text.Whole(*agents), text.Whole(*p.Active))
	}
	return c
}

// legend names the colours of the phases.
func (e *EntityPage) legend() (out []LegendItem) {
	if e.phases == nil {
		return nil
	}
	for _, name := range e.phaseNames() {
		item := LegendItem{Label: name, Swatch: string(PhaseStep(&question.Phase{Name: name}))}
		if name == metric.NoCohort {
			item.Label = e.T("entities.phase.passive")
		}
		out = append(out, item)
	}
	together := func(p *question.PhaseDistribution) bool {
		return slices.ContainsFunc(p.Phases, func(p question.Phase) bool { return p.Others })
	}
	if some := together(&e.phases.Whole); some || slices.ContainsFunc(slices.Collect(maps.Values(e.phases.Entities)), func(p question.PhaseDistribution) bool { return together(&p) }) {
		out = append(out, LegendItem{Label: e.T("entities.phase.together"), Swatch: string(StepNone)})
	}
	return out
}

// dataTo says to which day a row's data reaches.
func (e *EntityPage) dataTo(s *entitySource) EntityCell {
	c := EntityCell{Figure: Write(nil, nil, nil)}
	to, missing := day.Day(0), 0
	switch {
	case s.at != nil:
		to, missing = s.at.CompleteTo, s.at.Missing
	case s.whole:
		to = e.Status.CompleteTo
	}
	if to == 0 {
		return c
	}
	c.Text, c.Full, c.Value, c.Written = text.ShortDay(to), text.LongDay(to), text.Plain(float64(to)), to.String()
	if missing > 0 {
		c.Warn, c.Change = true, e.Plural("entities.dayslate", missing)
	}
	return c
}

// adds says why the rows' people do not add up to all.
func (e *EntityPage) adds(t *EntityTable) string {
	if t.Total == nil {
		return ""
	}
	if e.Kind == directory.Team {
		return e.T("teams.adds", e.Entity.Label())
	}
	users := slices.Index(e.Columns, "active_users")
	sum := 0.0
	for _, row := range t.Rows {
		sum += text.Parsed(row.Cells[users].Value)
	}
	total := t.Total.Cells[users]
	if total.Value == "" || t.Hidden != nil {
		return e.T("organizations.adds.unknown", e.Entity.Label())
	}
	switch o := e.overlap; {
	case o == nil || int64(sum)-o.Again+o.None != o.People:
	case o.Several == 0 && o.None == 0:
		return e.T("organizations.adds.once", e.Entity.Label())
	default:
		return e.T("organizations.adds.why", e.Entity.Label(), text.Whole(sum), text.Grouped(o.Again), e.Plural("n.people", int(o.Several)), text.Grouped(o.None), total.Text)
	}
	return e.T("organizations.adds", e.Entity.Label(), text.Whole(sum), total.Text)
}

// notes say what the columns are of, and why some have no figures.
func (e *EntityPage) notes() (out []string) {
	filtered := len(e.filteredDimensions()) > 0
	for _, key := range e.Columns {
		blocked := (*Blocked)(nil)
		if metric.MeasureByName(key) != nil {
			blocked = e.Block([]string{key}, e.by()...)
		}
		if blocked != nil {
			out = append(out, e.T("entities.blocked", e.T("entities.head."+key)))
			continue
		}
		switch key {
		case ColumnSeats:
			out = append(out, e.seatNotes()...)
		case "ai_credits":
			out = append(out, e.T("entities.note.credits"))
		case ColumnPhases:
			out = append(out, e.phaseNotes()...)
		case ColumnTo:
			if filtered {
				out = append(out, e.T("entities.note.to"))
			}
		}
	}
	if e.Kind == directory.Team {
		out = append(out, e.T("teams.note.small"))
		if days := e.Status.TeamUnknown; len(days) > 0 {
			out = append(out, e.T("teams.note.unknown", e.DaysWord(len(days)), text.Runs(days)))
		}
	}
	return append(out, e.T("entities.note.none"))
}

func (e *EntityPage) seatNotes() (out []string) {
	if slices.ContainsFunc(e.Effective.Where, func(c shell.Condition) bool { return c.Dimension != "tool" && c.Dimension != "organization" }) {
		return []string{e.T("entities.note.seats.filtered")}
	}
	if out = []string{e.T("entities.note.seats." + e.ID)}; e.Kind == directory.Team {
		if e.Masked() {
			return []string{e.T("teams.note.seats.hidden")}
		}
		return out
	}
	if e.seatsHidden() {
		out = append(out, e.T("organizations.note.seats.hidden"))
	}
	return out
}

// phaseNotes say what phases are as of, and why they are not told.
func (e *EntityPage) phaseNotes() (out []string) {
	why := map[question.NoImpact]bool{e.phases.Whole.Why: true}
	computed := e.phases.Whole.Computed()
	for _, p := range e.phases.Entities {
		why[p.Why] = true
		computed = max(computed, p.Computed())
	}
	if why[""] {
		key := "entities.note.phases"
		if e.Kind == directory.Team {
			key = "entities.note.phases.teams"
		}
		out = append(out, e.T(key, text.LongDay(e.Window.To)))
		if computed > 0 {
			out = append(out, e.T("entities.note.phases.computed"))
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(why)) {
		switch {
		case reason == "" || why[""] && reason == question.ImpactRecords:
		case reason == question.ImpactPeople && e.Kind == directory.Team:
			out = append(out, e.T("entities.phases", e.T("impact.phases.none.people.team")))
		default:
			out = append(out, e.T("entities.phases", e.T("impact.phases.none."+string(reason))))
		}
	}
	return out
}

// Export answers with the figures of the page as one file, or with those of the one sheet
// that the address names; more are sheets of the page besides its table.
func (e *EntityPage) Export(w http.ResponseWriter, r *http.Request, more func(context.Context) ([]Sheet, error)) error {
	ctx := r.Context()
	if err := e.prepare(ctx); err != nil {
		return err
	}
	if e.EmptyBefore() != nil {
		return fault.New(fault.NotFound, "there is no data to export")
	}
	if err := e.load(ctx); err != nil {
		return err
	}
	if blocked := e.blocked(); blocked != nil {
		return fault.New(fault.Unsupported, "%s", blocked.Message)
	}
	table, err := e.table(ctx, "")
	if err != nil {
		return err
	}
	if e.phases == nil {
		if err := e.putPhases(ctx, table); err != nil {
			return err
		}
	}
	sheet := table.Sheet(string(e.Kind), append([]string{e.adds(table)}, e.notes()...))
	switch only := r.URL.Query().Get("file"); only {
	case "":
	case sheet.Name:
		return e.SendSheet(w, e.ID, e.ID, &sheet)
	default:
		return fault.New(fault.NotFound, "there is no file %.40q of these figures", only)
	}
	sheets := []Sheet{sheet}
	if more != nil {
		others, err := more(ctx)
		if err != nil {
			return err
		}
		sheets = append(sheets, others...)
	}
	weeks := slices.DeleteFunc(e.questions(), func(q Question) bool { return q.Name != askWeeks && q.Name != askAllWeeks })
	return e.SendArchive(w, e.ID, e.ID, weeks, sheets)
}

// Sheet is the table as a file: every row, and every figure that the page shows.
func (t *EntityTable) Sheet(kind string, notes []string) Sheet {
	columns := []query.Column{{Name: "row"}, {Name: kind}, {Name: "name"}}
	within := slices.ContainsFunc(t.Rows, func(r EntityRow) bool { return r.Within != "" })
	if within {
		columns = append(columns, query.Column{Name: "organization"})
	}
	for _, c := range t.Columns {
		columns = append(columns, query.Column{Name: c.Key})
		for _, name := range c.Also {
			columns = append(columns, query.Column{Name: name})
		}
	}
	var rows [][]any
	add := func(place string, r *EntityRow) {
		if r == nil {
			return
		}
		out := []any{place, r.Key, r.Label}
		if within {
			out = append(out, r.Within)
		}
		for i := range r.Cells {
			c := &r.Cells[i]
			out = append(out, c.written())
			for n := range t.Columns[i].Also {
				var v any
				if n < len(c.Also) && c.Also[n] != nil {
					v = *c.Also[n]
				}
				out = append(out, v)
			}
		}
		rows = append(rows, out)
	}
	for i := range t.Rows {
		add(kind, &t.Rows[i])
	}
	add("hidden", t.Hidden)
	add("unknown", t.Unknown)
	add("none", t.Rest)
	add("total", t.Total)
	return NewSheet(t.ID, columns, rows, slices.DeleteFunc(notes, func(s string) bool { return s == "" })...)
}

// written is a cell's figure in a file, nil if it is not known.
func (c *EntityCell) written() any {
	switch {
	case c.Written != "":
		return c.Written
	case c.Value == "":
		return nil
	}
	return text.Parsed(c.Value)
}
