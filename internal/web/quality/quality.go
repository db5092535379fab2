// Package quality is the dashboard of data quality: who sends what, and what is missing.
package quality

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/sorting"
	"codegauge/internal/source"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

//go:embed template
var templates embed.FS

// Dashboard is data quality: who sends what, since when, and what is missing.
var Dashboard = shell.Dashboard{Name: "data-quality", Label: "nav.quality", Icon: "coverage", Saved: true, Teams: true, Templates: templates,
	Pages: map[string]shell.Handler{"": serve, "/export": export}}

// serve serves the page. It names people to whoever may view them, and is then written
// into the audit log each time; to whoever manages the place it shows how fetching goes, and
// the latest imports to whoever may undo them.
func serve(sh *shell.Shell, dashboard string, w http.ResponseWriter, r *http.Request) error {
	if who, e := access.Of(r.Context()), *access.PlaceOf(r.Context()).Entity(); who.ViewsPeople(e) || who.Can(access.Manage, e) || who.Can(access.Import, e) {
		return cards.Fresh("quality", compose)(sh, dashboard, w, r)
	}
	return cards.Kept("quality", compose)(sh, dashboard, w, r)
}

// dashboard makes the page of one request.
type dashboard struct {
	*cards.Builder
	// minimum is from how many people on counts are told.
	minimum int
}

// view is who sends what, since when, and what is missing.
type view struct {
	shell.Page
	Window string
	Frames []shell.Choice
	// Header has the menu of exports alone.
	Header  shell.Header
	Empty   *cards.Empty
	Facts   []FactRow
	Notes   []string
	Sources []SourceRow
	States  []cards.LegendItem
	// Calendars are the days of each source in the last year, Drawn those that are drawn, and
	// CalendarRest says which are not.
	Calendars      []Calendar
	Drawn          []Calendar
	CalendarRest   string
	CalendarScope  string
	CalendarStates []cards.LegendItem
	// Fetched are the services that data is fetched from, for whoever manages them at Settings.
	Fetched  []FetchedRow
	Settings string
	// Alerts are told to them; others are told which there are, but on pages of teams.
	Alerts *AlertsView
	OfTeam bool
	// Lost are days that nobody will be able to fetch tomorrow.
	Lost  []string
	Below []BelowRow
	// NotUnderstood says whose client's version cannot be compared.
	NotUnderstood string
	Faults        []FaultView
	Minimum       []metric.MinimumVersion
	// NotCounted are on clients older than those of Counted, which send nothing.
	NotCounted []BelowRow
	Counted    []metric.MinimumVersion
	// PeopleHidden says that NotCounted is not told.
	PeopleHidden bool
	// Compared are figures that two of the reports state; Unreconciled says why there are none.
	Compared     []ComparedRow
	Unreconciled string
	Unknown      []UnknownRow
	coverage     *question.Coverage
	// Imports are the latest changes of the data, for whoever may undo them.
	Imports *shell.History
}

// FactRow is a fact of the page; value is what files have of it, nil if it is hidden.
type FactRow struct {
	shell.Fact
	value any
}

// SourceRow is one source with its days.
type SourceRow struct {
	Label, Tool, Kind string
	Days              string
	// Behind says how far before today the last day lies.
	Behind                string
	Late                  bool
	Width                 int
	Cells                 []DayCell
	Counts                string
	Missing, LinesUnknown string
	// Lost says which missing days nobody can fetch any more, "" of none.
	Lost string
	// missing is how many days are.
	missing int
	// counts are those of days, in the order of countedStates, and of records without lines, for
	// files; nil of what does not apply.
	counts []any
}

// countedStates are the states of days that are counted.
var countedStates = dayStates[:5]

// FetchedRow is a service that data is fetched from: how fetching goes, and how many of the
// days that it can have are here.
type FetchedRow struct {
	Name, From, Mark, State      string
	Success, Stored, Provisional string
	Missing, Lost                string
	days                         source.Days
}

// DayCell is a run of days in one state, at a place in the row's drawing.
type DayCell struct {
	X, Width     int
	State, Title string
	// Hatch is the path of the lines across provisional days, Cross that across lost ones, ""
	// for others.
	Hatch, Cross string
}

// Tick is a date beside the days.
type Tick struct {
	X     int
	Label string
}

// BelowRow is a group of people whose client is too old to report lines.
type BelowRow struct {
	Client, Version, Plugin, Features, Upgrade string
	People                                     string
	Logins                                     []string
	count                                      any // of people, nil if it is hidden
}

func compose(ctx context.Context, b *cards.Builder) (*view, error) {
	d := &dashboard{Builder: b}
	v, err := d.view(ctx)
	if err != nil {
		return nil, err
	}
	return v, d.looked(ctx, v)
}

func (d *dashboard) view(ctx context.Context) (*view, error) {
	if d.Place.Organization != nil || d.Place.Team != nil {
		if err := d.WholeWeeks(ctx); err != nil {
			return nil, err
		}
	}
	c, err := d.Data.Coverage(ctx, d.Effective.Words(day.Range{}))
	if e := d.HiddenGroup(err); e != nil {
		return &view{Page: d.Page(d.T("quality.title")), Frames: d.Frames(), Empty: e}, nil
	}
	if err != nil {
		return nil, err
	}
	d.Status, d.Window, d.minimum = &c.Status, c.Status.Range, c.Minimum
	v := &view{Page: d.Page(d.T("quality.title")), Minimum: metric.MinimumVersions, Counted: metric.CountedVersions}
	v.Frames, v.OfTeam = d.Frames(), d.Place.Team != nil
	if v.Empty = d.EmptyBefore(); v.Empty != nil {
		return v, nil
	}
	v.Window, v.coverage = text.Span(d.Window), c
	v.Header.Exports = []shell.Link{{Label: d.T("export.page"), URL: d.FileURL("data-quality")}}
	v.Facts, v.Notes = d.coverageFacts(c), d.coverageNotes(c)
	for i := range c.Kinds {
		v.Notes = append(v.Notes, d.kindDifference(&c.Kinds[i]))
	}
	for _, row := range c.Days {
		v.Sources = append(v.Sources, d.sourceRow(row))
	}
	if c.Answers != nil {
		v.Sources = append(v.Sources, d.seatRow(c))
	}
	sorting.Stable(v.Sources, func(a, b SourceRow) int { return cmp.Compare(b.worse(), a.worse()) })
	if err := d.fetched(ctx, v); err != nil {
		return nil, err
	}
	v.States, v.CalendarStates = d.stateLegend(c.Days), d.stateLegend(c.Calendar)
	d.calendars(v, c.Calendar)
	if len(c.Calendar) > 0 {
		days := c.Calendar[0].Days
		v.CalendarScope = text.Span(day.Range{From: days[0].Day, To: days[len(days)-1].Day})
	}
	for _, g := range c.Below {
		v.Below = append(v.Below, d.belowRow(g))
	}
	v.PeopleHidden = d.minimum > 0
	for _, g := range c.NotCounted {
		v.NotCounted = append(v.NotCounted, d.belowRow(g))
	}
	if err := d.reconcile(ctx, v, c); err != nil {
		return nil, err
	}
	if err := d.listImports(ctx, v); err != nil {
		return nil, err
	}
	v.NotUnderstood = d.notUnderstood(c.NotUnderstood)
	for _, f := range c.Faults {
		fault := d.faultView(f)
		if fault.Bounds, err = d.bounds(ctx, &f.Fault); err != nil {
			return nil, err
		}
		v.Faults = append(v.Faults, fault)
	}
	return v, nil
}

// worse is how much a source needs somebody to look at it.
func (r SourceRow) worse() int {
	switch {
	case r.Late:
		return 2
	case r.missing > 0 || r.Lost != "":
		return 1
	}
	return 0
}

// fetched lists the services that data is fetched from, the worst first.
func (d *dashboard) fetched(ctx context.Context, v *view) error {
	if d.Options.Admin == nil || d.Place.Team != nil || !access.Of(d.HTTP.Context()).Can(access.Manage, d.Entity) {
		return nil
	}
	words := access.ScopeNames{Enterprise: d.Place.Enterprise.Key()}
	if d.Place.Organization != nil {
		words.Org = d.Place.Organization.Key()
	}
	list, err := d.Options.Admin.Sources(ctx, words)
	if err != nil {
		return err
	}
	v.Alerts = d.alerts(list)
	order := []string{"bad", "warn", "good", "idle"}
	for _, s := range list {
		row := FetchedRow{Name: s.Name, From: d.T("sources.from", strings.TrimPrefix(s.BaseURL, "https://")), Success: text.Moment(s.State.Success),
			Stored:      d.T("sources.days.stored", text.Grouped(int64(s.Days.Stored)), text.Grouped(int64(s.Days.Window.Len()))),
			Provisional: text.Grouped(int64(s.Days.Provisional)), Missing: text.Grouped(int64(s.Days.Missing)), Lost: text.Grouped(int64(s.Days.Lost)), days: s.Days}
		if s.Days.None > 0 {
			row.Missing = d.T("sources.days.none", row.Missing, text.Grouped(int64(s.Days.None)))
		}
		row.Mark, row.State = d.Shell.SourceState(s)
		if s.Days.LostNext != 0 && s.State.Progress == nil {
			v.Lost = append(v.Lost, s.Name+": "+d.T("sources.lostnext", text.LongDay(s.Days.LostNext)))
		}
		v.Fetched = append(v.Fetched, row)
	}
	sorting.Stable(v.Fetched, func(a, b FetchedRow) int {
		return cmp.Compare(slices.Index(order, a.Mark), slices.Index(order, b.Mark))
	})
	v.Settings = shell.PlacePath(d.Place) + "/settings/sources"
	return nil
}

// looked writes into the audit log whom the page names.
func (d *dashboard) looked(ctx context.Context, v *view) error {
	var names []string
	for _, row := range slices.Concat(v.Below, v.NotCounted) {
		names = append(names, row.Logins...)
	}
	for _, f := range v.Faults {
		for _, row := range f.Rows {
			names = append(names, row.Logins...)
		}
	}
	if len(names) == 0 {
		return nil // a list of nobody would be recorded as a list of everybody
	}
	return d.Viewed(ctx, *d.Place.Enterprise, d.Entity, d.T("quality.title"), names)
}

func (d *dashboard) coverageFacts(c *question.Coverage) []FactRow {
	facts := []FactRow{
		{shell.Fact{Label: d.T("quality.complete"), Value: text.LongDay(c.Status.CompleteTo)}, c.Status.CompleteTo.String()},
		{shell.Fact{Label: d.T("quality.data"), Value: text.Span(c.Status.Data)}, text.Span(c.Status.Data)},
	}
	add := func(key string, n *int64) {
		figure := cards.Whole(cards.Float(n))
		facts = append(facts, FactRow{shell.Fact{Label: d.T(key), Value: figure.Text}, number(figure)})
	}
	add("quality.people", c.People)
	add("quality.reporting", c.Reporting)
	add("quality.linesunknown", &c.Status.LinesUnknown)
	if c.Seats != nil {
		add("quality.seats", c.Seats)
	}
	if c.Unlinked != nil {
		n := int(*c.Unlinked)
		facts = append(facts, FactRow{shell.Fact{Label: d.T("quality.unlinked"), Value: d.people(n)}, d.count(n)})
	}
	return facts
}

func (d *dashboard) coverageNotes(c *question.Coverage) []string {
	var out []string
	if n := len(c.Status.Missing); n > 0 {
		out = append(out, d.T("quality.missing", d.DaysWord(n), text.Runs(c.Status.Missing)))
	}
	if n := len(c.Status.Provisional); n > 0 {
		out = append(out, d.T("quality.provisional", text.Runs(c.Status.Provisional)))
	}
	if n := len(c.Status.Aggregate); n > 0 {
		out = append(out, d.Plural("freshness.aggregate", n))
	}
	if len(c.Status.Union) > 0 {
		out = append(out, d.T("freshness.union", d.List(c.Status.Union)))
	}
	return out
}

// dayStates lists the states of a source's day, as they are drawn.
var dayStates = []string{"present", "partial", "provisional", "missing", "lost", "none"}

// stateLegend names the states that occur.
func (d *dashboard) stateLegend(rows []question.CoverageRow) []cards.LegendItem {
	seen := map[string]bool{}
	for _, row := range rows {
		for _, d := range row.Days {
			seen[d.State] = true
		}
	}
	var out []cards.LegendItem
	for _, s := range dayStates {
		if seen[s] {
			out = append(out, cards.LegendItem{Label: d.T("day." + s), Swatch: "day-" + s})
		}
	}
	return out
}

// dayWidth is a day's width in a source's drawing.
const dayWidth = 10

func (d *dashboard) sourceRow(row question.CoverageRow) SourceRow {
	src := row.Source
	out := SourceRow{Label: src.Source.Label(), Tool: metric.ToolByName(src.Tool).Label, Kind: src.Data.After(d.T("kind." + src.Kind.String())),
		Late: src.Late, Width: dayWidth * len(row.Days), Cells: d.dayCells(row.Days), Days: text.None}
	if src.Days.Len() > 0 {
		out.Days, out.Behind = text.Span(src.Days), d.freshness(src)
	}
	out.count(d, row.Days)
	return out
}

// seatRow is the answers about seats as a source: how many are in the window, and to when they go.
func (d *dashboard) seatRow(c *question.Coverage) SourceRow {
	a := c.Answers
	last := a.Days[len(a.Days)-1]
	days := []question.DayState{}
	for on := d.Window.From; on <= d.Window.To; on++ {
		state := question.DayState{Day: on, State: "none"}
		if slices.Contains(a.Days, on) {
			state.State = "present"
		}
		days = append(days, state)
	}
	out := SourceRow{Label: d.Entity.Label(), Tool: metric.ToolByName(metric.Copilot).Label, Kind: d.T("quality.seats.kind"), Width: dayWidth * len(days), Cells: d.dayCells(days),
		Days: text.Span(day.Range{From: a.Days[0], To: last}), Behind: d.behind(a.Oldest), Missing: d.T("quality.seats.moment"), LinesUnknown: text.None,
		counts: []any{int64(len(a.Days)), nil, nil, nil, nil, nil}}
	if a.Oldest != last {
		out.Behind = d.T("quality.seats.oldest", text.Grouped(int64(a.Owners)), text.LongDay(a.Oldest), out.Behind)
	}
	out.Counts = d.Plural("quality.seats.answers", len(a.Days)) + ", "
	if c.Seats != nil {
		out.Counts += d.Plural("quality.seats.of", int(*c.Seats))
	} else {
		out.Counts += d.T("quality.seats.hidden")
	}
	return out
}

// kindDifference says where two kinds of data have different lines of the same people.
func (d *dashboard) kindDifference(k *question.KindDifference) string {
	counts, other := k.Counts.Info(), k.Other.Info()
	return d.T("quality.kinds", counts.Label, other.Label, metric.ToolByName(k.Tool).Label, d.Entity.Label(), text.Grouped(int64(len(k.Days))), d.DaysWord(k.Of), text.Runs(k.Days),
		text.Grouped(k.Differ), text.Grouped(k.People), k.Added[0], k.Deleted[0], k.Added[1], k.Deleted[1], counts.Why)
}

// freshness says how far before today a source ends.
func (d *dashboard) freshness(src question.SourceStatus) string {
	if n := int(d.Data.Today() - src.Days.To); n > 0 && src.Tool == metric.Copilot && src.Data == metric.Reports && n <= question.ProvisionalDays {
		return d.T("quality.behind.promised", d.DaysWord(n))
	}
	return d.behind(src.Days.To)
}

// behind says how far before today a day lies.
func (d *dashboard) behind(last day.Day) string {
	n := int(d.Data.Today() - last)
	if n <= 0 {
		return d.T("quality.today")
	}
	return d.T("quality.behind", d.DaysWord(n))
}

// dayCells joins neighbouring days of one state, so that a year stays light.
func (d *dashboard) dayCells(days []question.DayState) []DayCell {
	var out []DayCell
	for i := 0; i < len(days); {
		j := i
		for j+1 < len(days) && days[j+1].State == days[i].State {
			j++
		}
		c := DayCell{X: dayWidth * i, Width: dayWidth * (j - i + 1), State: days[i].State,
			Title: text.Span(day.Range{From: days[i].Day, To: days[j].Day}) + ": " + d.T("day."+days[i].State)}
		switch c.State {
		case "provisional":
			c.Hatch = hatch(c.X, c.Width)
		case "lost":
			c.Cross = fmt.Sprintf("M%[1]d,0L%[2]d,16M%[1]d,16L%[2]d,0", c.X, c.X+c.Width)
		}
		out = append(out, c)
		i = j + 1
	}
	return out
}

// hatch returns slanting lines across a run of days, two a day.
func hatch(x, width int) string {
	var b strings.Builder
	for at := x; at < x+width; at += dayWidth / 2 {
		fmt.Fprintf(&b, "M%d,16L%d,0", at, at+dayWidth/2)
	}
	return b.String()
}

func (r *SourceRow) count(d *dashboard, days []question.DayState) {
	counts, missing, lost := map[string]int{}, []day.Day{}, []day.Day{}
	var linesUnknown int64
	for _, d := range days {
		counts[d.State]++
		linesUnknown += d.LinesUnknown
		switch d.State {
		case "missing":
			missing = append(missing, d.Day)
		case "lost":
			lost = append(lost, d.Day)
		}
	}
	var parts []string
	for _, s := range countedStates {
		r.counts = append(r.counts, int64(counts[s]))
		if counts[s] > 0 {
			parts = append(parts, text.Grouped(int64(counts[s]))+" "+d.T("day."+s))
		}
	}
	r.counts = append(r.counts, linesUnknown)
	r.Counts, r.Missing, r.LinesUnknown = strings.Join(parts, ", "), text.None, text.Grouped(linesUnknown)
	if r.missing = len(missing); r.missing > 0 {
		r.Missing = text.Runs(missing)
	}
	if len(lost) > 0 {
		r.Lost = d.T("quality.lost", d.DaysWord(len(lost)), text.Span(day.Range{From: lost[0], To: lost[len(lost)-1]}))
	}
}

// people writes a number of people, as far as it may be told.
func (d *dashboard) people(n int) string {
	if n > 0 && n < d.minimum {
		return d.T("fewer", text.Grouped(int64(d.minimum)))
	}
	return text.Grouped(int64(n))
}

// count is a number of people for programs, nil if it may not be told.
func (d *dashboard) count(n int) any {
	if n > 0 && n < d.minimum {
		return nil
	}
	return int64(n)
}

func (d *dashboard) belowRow(g question.BelowMinimum) BelowRow {
	r := BelowRow{Client: g.Label, Version: text.OrNone(g.IDEVersion), Plugin: text.OrNone(strings.TrimSpace(g.Plugin + " " + g.PluginVersion)),
		Features: strings.Join(g.Features, ", "), People: d.people(g.People), count: d.count(g.People)}
	if !d.Masked() {
		r.Logins = g.Logins
	}
	var upgrade []string
	if g.UpgradeIDE != "" {
		upgrade = append(upgrade, d.T("quality.upgrade.ide", g.Label, g.UpgradeIDE))
	}
	if g.UpgradePlugin != "" {
		upgrade = append(upgrade, d.T("quality.upgrade.plugin", g.UpgradePlugin))
	}
	r.Upgrade = d.T("quality.upgrade.to", strings.Join(upgrade, ", "))
	return r
}
