// Package organizations is the dashboard across organizations: what changed since last
// month, and a table that compares them.
package organizations

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

//go:embed template
var templates embed.FS

// Dashboard compares the organizations of an enterprise; an organization's own page has
// itself alone.
var Dashboard = shell.Dashboard{Name: "organizations", Label: "nav.organizations", Icon: "organization", Saved: true, Templates: templates,
	Pages: map[string]shell.Handler{"": cards.Kept("organizations", compose)}}

// dashboard makes the page of one request.
type dashboard struct {
	*cards.Builder
	// organizations are those that the page is about, by key, and states what is known
	// of each besides answers.
	organizations map[string]directory.Entity
	states        map[string]state
	// seats is whose holders were active.
	seats *question.SeatActivity
	// overlap says why they do not add up to the enterprise, nil where that is not known or told.
	overlap *query.Overlap
	// compared says that there is a whole previous period.
	compared bool
}

// state is what is known of an organization besides answers.
type state struct {
	completeTo day.Day
	// missing is for how many days at the window's end its reports are missing.
	missing int
}

// view is the page, top to bottom.
type view struct {
	shell.Page
	shell.TableHeader
	Lead      string
	Across    []shell.Choice
	Freshness []cards.Note
	Empty     *cards.Empty
	Changes   *changes
	Table     *cards.EntityTable
}

// The questions of the page.
const (
	askTable      = "organizations"
	askWeeks      = "weeks"
	askAllWeeks   = "all weeks"
	askPhases     = "phases"
	askAllPhases  = "all phases"
	askLately     = "lately"
	askAllLately  = "all lately"
	phaseMeasure  = "weekly_active_users"
	standardOrder = "loc_changed"
)

// measures are those of the table's columns.
var measures = []string{"loc_changed", "agent_contribution", "agent_contribution_max", "active_users", "acceptance_rate", "ai_credits"}

func compose(ctx context.Context, b *cards.Builder) (*view, error) {
	d := &dashboard{Builder: b}
	if err := d.WholeWeeks(ctx); err != nil {
		return nil, err
	}
	if err := d.LoadStatus(ctx); err != nil {
		return nil, err
	}
	v := &view{Page: d.Page(d.T("organizations.title"))}
	v.Frames = d.Frames()
	if d.Place.Organization == nil {
		v.Across = d.Across("organizations")
	}
	if v.Empty = d.EmptyBefore(); v.Empty != nil {
		return v, nil
	}
	v.Window = text.Span(d.Window)
	d.compared = d.Window.Previous().From >= d.Status.Data.From
	if err := d.loadOrganizations(ctx); err != nil {
		return nil, err
	}
	if len(d.organizations) == 0 {
		v.Empty = d.Empty("organizations", []shell.Link{{Label: d.T("nav.codegen"), URL: shell.InsightsPath(d.Place, "code-generation")}})
		return v, nil
	}
	var err error
	d.Answers, err = cards.AskAll(ctx, d.Data, d.questions())
	if err == nil {
		err = d.LoadEntityFaults(ctx)
	}
	if err == nil {
		d.overlap, err = d.Data.Overlap(ctx, d.Effective.Words(d.Window))
	}
	if err == nil {
		d.seats, err = d.Data.SeatActivity(ctx, d.Effective.Words(d.Window))
	}
	if v.Empty = d.HiddenGroup(err); v.Empty != nil {
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	if err := d.Answers.Refused[askTable]; err != nil {
		return nil, err
	}
	v.CSV, v.Freshness, v.Lead = shell.APIURL(d.questions()[0].Words, "csv"), d.freshness(), d.lead()
	v.Table = d.table(v.Title)
	v.Changes, err = d.changes(ctx)
	return v, err
}

// loadOrganizations reads which organizations there are, and what is known of each.
func (d *dashboard) loadOrganizations(ctx context.Context) error {
	list, err := d.Data.Entities(ctx, d.State.Enterprise, directory.Organization)
	if err != nil {
		return err
	}
	d.organizations, d.states = map[string]directory.Entity{}, map[string]state{}
	for _, o := range list {
		if d.Place.Organization != nil && d.Place.Organization.ID != o.ID {
			continue
		}
		words := d.Effective.Words(d.Window)
		words.Org = o.Key()
		status, err := d.Data.Status(ctx, words)
		if err != nil {
			return fmt.Errorf("status of %s: %w", o.Key(), err)
		}
		s := state{}
		for _, source := range status.Sources {
			s.completeTo = max(s.completeTo, min(source.Days.To, d.Status.CompleteTo))
		}
		if last := min(d.Window.To, d.Status.CompleteTo); s.completeTo != 0 && s.completeTo < last {
			s.missing = int(last - s.completeTo)
		}
		d.organizations[o.Key()], d.states[o.Key()] = o, s
	}
	return nil
}

// questions lists the page's questions as data.
func (d *dashboard) questions() []cards.Question {
	s := d.Effective
	of := func(dims ...string) []string { // an organization's own page is not divided by it
		if d.Place.Organization != nil {
			return dims
		}
		return append([]string{"organization"}, dims...)
	}
	table, total := d.Question(askTable, s, d.Window, measures, of()...), d.Question(cards.AskHeadline, s, d.Window, measures)
	table.Words.Compare, total.Words.Compare = d.compared, d.compared
	lines, phase, weeks := []string{"loc_changed"}, []string{phaseMeasure}, cards.SparkRange(d.Window)
	return []cards.Question{table, total,
		d.Question(askWeeks, s, weeks, lines, of("week")...), d.Question(askAllWeeks, s, weeks, lines, "week"),
		d.Question(askPhases, s, d.Window, phase, of("phase")...), d.Question(askAllPhases, s, d.Window, phase, "phase"),
		d.Question(askLately, s, d.Window, phase, of()...), d.Question(askAllLately, s, d.Window, phase),
	}
}

// lead says what is compared with what.
func (d *dashboard) lead() string {
	words := d.Plural("organizations.lead", len(d.organizations))
	if !d.compared {
		return words + " " + d.T("change.begins", text.LongDay(d.Status.Data.From)) + "."
	}
	return words + " " + d.T("organizations.against", text.ShortSpan(d.Window.Previous()))
}

// freshness adds which organizations end before the others.
func (d *dashboard) freshness() []cards.Note {
	out := d.Freshness()
	var late []string
	for _, o := range d.sorted() {
		if s := d.states[o.Key()]; s.missing > 0 {
			late = append(late, d.T("organizations.ends", o.Label(), text.ShortDay(s.completeTo)))
		}
	}
	if len(late) > 0 {
		out = append(out, cards.Note{Text: d.T("organizations.late", text.Grouped(int64(len(late))), d.Plural("n.organizations", len(d.organizations)), d.List(late)), URL: d.CoverageURL(), Tone: "warn"})
	}
	return out
}

// table compares the organizations.
func (d *dashboard) table(title string) *cards.EntityTable {
	t := &cards.EntityTable{ID: "organizations", Title: title, First: cards.SortColumn{Label: d.T("kind.entity.organization")}, Columns: d.columns(), SparkFirst: true, SparkHead: d.T("entities.spark", text.Grouped(cards.SparkWeeks))}
	dim := "organization"
	if d.Place.Organization != nil {
		dim = ""
	}
	answer, weeks := d.Answers.Of(askTable), d.EntityWeeks(askWeeks, dim)
	for _, row := range answer.Rows() {
		key, named := d.organizationOf(answer, row)
		d.PutEntity(t, directory.Organization, key, named, func(key string, out *cards.EntityRow) bool {
			o, ok := d.organizations[key]
			if ok {
				out.Label, out.Spark = o.Label(), d.EntitySpark(o.Label(), weeks[answerKey(dim, key)])
				out.URL = d.State.At(shell.InsightsPath(access.Place{Enterprise: d.Place.Enterprise, Organization: &o}, "code-generation")).URL()
			}
			return ok
		}, cards.EntityRow{Cells: d.cells(answer, row, key, named, d.faultsOf(key))})
	}
	d.SortEntities(t, standardOrder)
	if total := d.Answers.Of(cards.AskHeadline); d.Place.Organization == nil && len(total.Rows()) == 1 {
		label := d.T("organizations.total", d.Entity.Label())
		t.Total = &cards.EntityRow{Label: label, Cells: d.cells(total, total.Rows()[0], "", true, d.Faults), Spark: d.EntitySpark(label, d.EntityWeeks(askAllWeeks, "")[""])}
		if o := d.overlap; o != nil && (o.Several > 0 || o.None > 0) {
			t.Total.Note = d.T("organizations.overlap", text.Grouped(o.Several), text.Grouped(o.None))
		}
		if d.State.Search == "" {
			t.Notes = append(t.Notes, d.adds(t))
		}
	}
	t.Legend = d.legend()
	d.AddBoundNote(t)
	t.Notes = append(t.Notes, d.T("organizations.note.seats"))
	if d.seatsHidden() {
		t.Notes = append(t.Notes, d.T("organizations.note.seats.hidden"))
	}
	t.Notes = append(t.Notes, d.T("organizations.note.credits"), d.T("organizations.note.phases"))
	t.Menu = d.TableMenu("organizations", measures, "organization")
	t.Menu.Formula, t.Menu.Reading = d.T("organizations.formula"), d.T("organizations.reading")
	d.ShowPage(t)
	return t
}

// organizationOf returns the organization of an answer's row, and false for what is in none;
// on an organization's own page that is itself.
func (d *dashboard) organizationOf(t *cards.Answer, row []any) (key string, named bool) {
	if d.Place.Organization != nil {
		return d.Place.Organization.Key(), true
	}
	return t.Name(row, "organization")
}

// answerKey is the key of an answer that is divided by dim.
func answerKey(dim, key string) string {
	if dim == "" {
		return ""
	}
	return key
}

// The columns that are no measure.
const (
	columnShare  = "share_of_seats"
	columnPhases = "later_phases"
	columnTo     = "complete_to"
)

func (d *dashboard) columns() (out []cards.SortColumn) {
	for _, key := range []string{"loc_changed", "agent_contribution", "active_users", columnShare, "acceptance_rate", "ai_credits", columnPhases, columnTo} {
		c := cards.SortColumn{Key: key, Label: d.T("organizations.head." + key), Numeric: true}
		if m := metric.MeasureByName(key); m != nil {
			c.Unit = m.Definition
		}
		if key == columnPhases && len(d.Answers.Of(askAllPhases).Rows()) == 0 {
			continue
		}
		out = append(out, c)
	}
	return out
}

// faultsOf returns the known faults of clients that concern somebody of an organization.
func (d *dashboard) faultsOf(key string) []question.ClientFault {
	if o, ok := d.organizations[key]; ok {
		return d.EntityFaults[o.ID]
	}
	return nil
}

// cells writes the columns of a row, whose people's clients may have some known faults; key ""
// is all together, unless it is not named.
func (d *dashboard) cells(t *cards.Answer, row []any, key string, named bool, faults []question.ClientFault) []cards.EntityCell {
	figure := func(measure string) cards.EntityCell {
		c := cards.EntityCell{Figure: cards.Bounded(faults, measure, t.Figure(row, measure))}
		if named {
			c.Change = cards.RelativeChange(measure, t.Value(row, measure), t.Value(row, measure+"_previous"))
		}
		return c
	}
	active := t.Value(row, "active_users")
	users := cards.EntityCell{Figure: t.Figure(row, "active_users")}
	seats := d.seatsOf(key, named)
	if n := seats.Unseated; n != nil && *n > 0 {
		users.Change = d.Plural("organizations.unseated", int(*n))
	}
	lines := figure("loc_changed")
	if v := t.Value(row, "loc_changed"); v != nil {
		lines.Figure = cards.Bounded(faults, "loc_changed", cards.Write(v, text.Compact, text.Whole))
	}
	out := []cards.EntityCell{lines, figure("agent_contribution"), users, d.seatsInUse(seats), figure("acceptance_rate"), d.credits(t.Value(row, "ai_credits"), active)}
	if phases, any := d.phases(key, named); any {
		out = append(out, phases)
	}
	return append(out, d.dataTo(key, named))
}

// seatsInUse writes which share of the people with a seat was active.
func (d *dashboard) seatsInUse(s question.SeatActivity) cards.EntityCell {
	c := cards.EntityCell{Figure: cards.Write(s.Share(), text.WholePercent, text.Percent)}
	switch {
	case s.Share() != nil:
		c.Of = d.T("organizations.of", text.Grouped(*s.Active), text.Grouped(*s.Seats))
		c.Bar = cards.NewRowBar(float64(*s.Seats), cards.Part{Step: cards.StepStrong, Value: float64(*s.Active)}, cards.Part{Step: cards.StepNone, Value: float64(*s.Idle)})
	case s.Seats != nil:
		c.Of = d.Plural("n.seats", int(*s.Seats))
	}
	return c
}

// seatsOf returns the seats of a row.
func (d *dashboard) seatsOf(key string, named bool) question.SeatActivity {
	switch {
	case !named:
		return question.SeatActivity{}
	case key == "", d.Place.Organization != nil:
		return *d.seats
	}
	return d.seats.Organizations[key]
}

// seatsHidden reports whether seats are there of whose holders it is not told who was active.
func (d *dashboard) seatsHidden() bool {
	for _, s := range d.seats.Organizations {
		if s.Seats != nil && s.Active == nil {
			return true
		}
	}
	return d.seats.Seats != nil && d.seats.Active == nil
}

// credits writes the list value of credits, and how much that is for each active user.
func (d *dashboard) credits(credits, active *float64) cards.EntityCell {
	if credits == nil {
		return cards.EntityCell{Figure: cards.Write(nil, nil, nil)}
	}
	usd := *credits * metric.CreditPrice
	c := cards.EntityCell{Figure: cards.Write(&usd, text.Whole, text.Decimal)}
	if active != nil && *active > 0 {
		c.Change = d.T("organizations.each", text.Decimal(usd / *active))
	}
	return c
}

// steps are the colours of the adoption phases, by number.
var steps = []cards.Step{cards.StepGrey, cards.StepPale, cards.StepMid, cards.StepStrong}

// phases draws of which adoption phases the people of a row are, and false if no record
// states any.
func (d *dashboard) phases(key string, named bool) (cards.EntityCell, bool) {
	all, lately := d.Answers.Of(askAllPhases), d.Answers.Of(askAllLately)
	cell := cards.EntityCell{Figure: cards.Write(nil, nil, nil)}
	if len(all.Rows()) == 0 {
		return cell, false
	}
	if !named {
		return cell, true
	}
	if key != "" {
		all, lately = d.Answers.Of(askPhases), d.Answers.Of(askLately)
	}
	counts, known, hidden := make([]float64, len(steps)), 0.0, false
	for _, row := range all.Rows() {
		if of, _ := d.organizationOf(all, row); key != "" && of != key {
			continue
		}
		phase, stated := all.Name(row, "phase")
		n := all.Value(row, phaseMeasure)
		if stated && (n == nil || query.IsOthers(phase)) {
			hidden = true
		}
		if i := phaseStep(phase); n != nil && stated && i >= 0 {
			counts[i], known = counts[i]+*n, known+*n
		}
	}
	var parts []cards.Part
	for i, n := range counts {
		parts = append(parts, cards.Part{Step: steps[i], Value: n})
	}
	var active *float64
	for _, row := range lately.Rows() {
		if of, _ := d.organizationOf(lately, row); key == "" || of == key {
			active = lately.Value(row, phaseMeasure)
		}
	}
	total := max(known, cards.OrZero(active))
	if !access.Of(d.HTTP.Context()).ViewsPeople(d.Entity) { // phases of few people have no row
		hidden = hidden || active == nil || known < *active
	}
	if total == 0 {
		return cell, true
	}
	parts = append(parts, cards.Part{Step: cards.StepNone, Value: total - known})
	cell.Bar = cards.NewRowBar(total, parts...)
	if later := (counts[2] + counts[3]) / max(known, 1); !hidden && known > 0 {
		cell.Figure = cards.Write(&later, text.WholePercent, text.Percent)
	}
	return cell, true
}

// phaseStep returns the step of a phase by its name, the last for those that are later than
// the steps know, -1 for what is no phase.
func phaseStep(phase string) int {
	for n := range int64(phasesKnown) {
		if metric.PhaseName(n) == phase {
			return min(int(n), len(steps)-1)
		}
	}
	return -1
}

// phasesKnown is how many phases are looked for; GitHub has four so far, and one more occurs.
const phasesKnown = 10

func (d *dashboard) legend() (out []cards.LegendItem) {
	if len(d.Answers.Of(askAllPhases).Rows()) == 0 {
		return nil
	}
	for i, step := range append(steps[:len(steps):len(steps)], cards.StepNone) {
		out = append(out, cards.LegendItem{Label: d.T("organizations.phase." + strconv.Itoa(i)), Swatch: string(step)})
	}
	return out
}

// dataTo says to which day a row's data reaches.
func (d *dashboard) dataTo(key string, named bool) cards.EntityCell {
	c := cards.EntityCell{Figure: cards.Figure{Text: ""}}
	s, ok := d.states[key]
	switch {
	case key == "" && named:
		s = state{completeTo: d.Status.CompleteTo}
	case !ok:
		return c
	}
	if s.completeTo == 0 {
		c.Text = text.None
		return c
	}
	c.Text, c.Full, c.Value = text.ShortDay(s.completeTo), text.LongDay(s.completeTo), text.Plain(float64(s.completeTo))
	if s.missing > 0 {
		c.Warn, c.Change = true, d.Plural("organizations.dayslate", s.missing)
	}
	return c
}

// adds says why the organizations' people do not add up to the enterprise's.
func (d *dashboard) adds(t *cards.EntityTable) string {
	const users = 2 // the column
	sum := 0.0
	for _, row := range t.Rows {
		sum += text.Parsed(row.Cells[users].Value)
	}
	total := t.Total.Cells[users]
	if total.Value == "" || t.Hidden != nil {
		return d.T("organizations.adds.unknown", d.Entity.Label())
	}
	switch o := d.overlap; {
	case o == nil || int64(sum)-o.Again+o.None != o.People:
	case o.Several == 0 && o.None == 0:
		return d.T("organizations.adds.once", d.Entity.Label())
	default:
		return d.T("organizations.adds.why", d.Entity.Label(), text.Whole(sum), text.Grouped(o.Again), d.Plural("n.people", int(o.Several)), text.Grouped(o.None), total.Text)
	}
	return d.T("organizations.adds", d.Entity.Label(), text.Whole(sum), total.Text)
}

// sorted lists the organizations by label.
func (d *dashboard) sorted() []directory.Entity {
	return slices.SortedFunc(maps.Values(d.organizations), func(a, b directory.Entity) int {
		return cmp.Or(strings.Compare(a.Label(), b.Label()), cmp.Compare(a.ID, b.ID))
	})
}
