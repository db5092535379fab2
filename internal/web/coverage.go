package web

import (
	"context"
	"net/http"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/service"
)

// coverageView is who sends what, since when, and what is missing.
type coverageView struct {
	Page
	Window  string
	Frames  []Choice
	Empty   *Empty
	Facts   []Step
	Notes   []string
	Sources []SourceRow
	States  []LegendItem
	Scale   []Tick
	Below   []BelowRow
	// NotUnderstood says whose client's version cannot be compared.
	NotUnderstood string
	Faults        []FaultView
	Minimum       []metric.MinimumVersion
}

// SourceRow is one source with its days.
type SourceRow struct {
	Label, Tool, Kind string
	Days              string
	Late              bool
	Width             int
	Cells             []DayCell
	Counts            string
	Missing, Reduced  string
}

// DayCell is a run of days in one state, at a place in the row's drawing.
type DayCell struct {
	X, Width     int
	State, Title string
}

// Tick is a date under the days.
type Tick struct {
	X     int
	Label string
}

// BelowRow is a group of people whose client is too old to report lines.
type BelowRow struct {
	Client, Version, Plugin, Features, Upgrade string
	People                                     string
	Logins                                     []string
}

// coverage serves …/insights/data-quality of an enterprise, organization or team.
func (web *Web) coverage(w http.ResponseWriter, r *http.Request) error {
	b, key, err := web.builder(r, "data-quality")
	if err != nil {
		return err
	}
	return web.serve(w, r, key, "coverage", func() (any, error) { return b.coverageView(r.Context()) })
}

func (b *builder) coverageView(ctx context.Context) (*coverageView, error) {
	if b.place.Team != nil {
		if err := b.wholeWeeks(ctx); err != nil {
			return nil, err
		}
	}
	c, err := b.web.data.Coverage(ctx, b.effective.Words(day.Range{}))
	if e := b.hiddenGroup(err); e != nil {
		return &coverageView{Page: b.web.shell(b.request, b.place, b.t("coverage.title"), b.state.Path), Frames: b.frames(), Empty: e}, nil
	}
	if err != nil {
		return nil, err
	}
	b.status, b.window = &c.Status, c.Status.Range
	v := &coverageView{Page: b.web.shell(b.request, b.place, b.t("coverage.title"), b.state.Path), Minimum: metric.MinimumVersions}
	v.Frames = b.frames()
	if v.Empty = b.emptyBefore(); v.Empty != nil {
		return v, nil
	}
	v.Window = span(b.window)
	v.Facts, v.Notes = b.coverageFacts(c), b.coverageNotes(c)
	for _, row := range c.Days {
		v.Sources = append(v.Sources, b.sourceRow(row))
	}
	v.States, v.Scale = b.stateLegend(c.Days), ticks(c.Days)
	for _, g := range c.Below {
		v.Below = append(v.Below, b.belowRow(g))
	}
	v.NotUnderstood = b.notUnderstood(c.NotUnderstood)
	for _, f := range c.Faults {
		v.Faults = append(v.Faults, b.faultView(f))
	}
	return v, nil
}

func (b *builder) coverageFacts(c *service.Coverage) []Step {
	facts := []Step{
		{b.t("coverage.complete"), longDay(c.Status.CompleteTo)},
		{b.t("coverage.data"), span(c.Status.Data)},
		{b.t("coverage.people"), wholeFigure(whole(c.People)).Text},
		{b.t("coverage.reporting"), wholeFigure(whole(c.Reporting)).Text},
		{b.t("coverage.reduced"), grouped(c.Status.Reduced)},
	}
	if c.Seats != nil {
		facts = append(facts, Step{b.t("coverage.seats"), grouped(*c.Seats)})
	}
	if c.Unlinked != nil {
		facts = append(facts, Step{b.t("coverage.unlinked"), grouped(*c.Unlinked)})
	}
	return facts
}

func (b *builder) coverageNotes(c *service.Coverage) []string {
	var out []string
	if n := len(c.Status.Missing); n > 0 {
		out = append(out, b.t("coverage.missing", b.daysWord(n), runs(c.Status.Missing)))
	}
	if n := len(c.Status.Settling); n > 0 {
		out = append(out, b.t("coverage.settling", runs(c.Status.Settling)))
	}
	if n := len(c.Status.Aggregate); n > 0 {
		out = append(out, b.plural("strip.aggregate", n))
	}
	if len(c.Status.Union) > 0 {
		out = append(out, b.t("strip.union", b.list(c.Status.Union)))
	}
	return out
}

// dayStates lists the states of a source's day, as they are drawn.
var dayStates = []string{"present", "partial", "settling", "missing", "none"}

// stateLegend names the states that occur.
func (b *builder) stateLegend(rows []service.CoverageRow) []LegendItem {
	seen := map[string]bool{}
	for _, row := range rows {
		for _, d := range row.Days {
			seen[d.State] = true
		}
	}
	var out []LegendItem
	for _, s := range dayStates {
		if seen[s] {
			out = append(out, LegendItem{Label: b.t("day." + s), Swatch: "day-" + s})
		}
	}
	return out
}

// dayWidth is a day's width in a source's drawing.
const dayWidth = 10

func (b *builder) sourceRow(row service.CoverageRow) SourceRow {
	src := row.Source
	out := SourceRow{Label: src.Source.Label(), Tool: metric.ToolByName(src.Tool).Label, Kind: b.t("kind." + src.Kind.String()),
		Late: src.Late, Width: dayWidth * len(row.Days), Cells: b.dayCells(row.Days), Days: none}
	if src.Days.Len() > 0 {
		out.Days = span(src.Days)
	}
	out.count(b, row.Days)
	return out
}

// dayCells joins neighbouring days of one state, so that a year stays light.
func (b *builder) dayCells(days []service.DayState) []DayCell {
	var out []DayCell
	for i := 0; i < len(days); {
		j := i
		for j+1 < len(days) && days[j+1].State == days[i].State {
			j++
		}
		out = append(out, DayCell{X: dayWidth * i, Width: dayWidth * (j - i + 1), State: days[i].State,
			Title: span(day.Range{From: days[i].Day, To: days[j].Day}) + ": " + b.t("day."+days[i].State)})
		i = j + 1
	}
	return out
}

func (r *SourceRow) count(b *builder, days []service.DayState) {
	counts, missing := map[string]int{}, []day.Day{}
	var reduced int64
	for _, d := range days {
		counts[d.State]++
		reduced += d.Reduced
		if d.State == "missing" {
			missing = append(missing, d.Day)
		}
	}
	var parts []string
	for _, s := range dayStates[:4] {
		if counts[s] > 0 {
			parts = append(parts, grouped(int64(counts[s]))+" "+b.t("day."+s))
		}
	}
	r.Counts, r.Missing, r.Reduced = strings.Join(parts, ", "), none, grouped(reduced)
	if len(missing) > 0 {
		r.Missing = runs(missing)
	}
}

// ticks dates the first day, the last, and what lies between in four steps.
func ticks(rows []service.CoverageRow) []Tick {
	if len(rows) == 0 || len(rows[0].Days) == 0 {
		return nil
	}
	days := rows[0].Days
	var out []Tick
	const steps = 4
	for i := range steps {
		at := i * (len(days) - 1) / steps
		if len(out) == 0 || out[len(out)-1].X != dayWidth*at {
			out = append(out, Tick{dayWidth * at, shortDay(days[at].Day)})
		}
	}
	return out
}

func (b *builder) belowRow(g service.BelowMinimum) BelowRow {
	r := BelowRow{Client: g.Label, Version: orNone(g.IDEVersion), Plugin: orNone(strings.TrimSpace(g.Plugin + " " + g.PluginVersion)),
		Features: strings.Join(g.Features, ", "), People: grouped(int64(g.People))}
	if access.Of(b.request.Context()).ViewsPeople(b.entity) {
		r.Logins = g.Logins
	}
	var upgrade []string
	if g.UpgradeIDE != "" {
		upgrade = append(upgrade, b.t("coverage.upgrade.ide", g.Label, g.UpgradeIDE))
	}
	if g.UpgradePlugin != "" {
		upgrade = append(upgrade, b.t("coverage.upgrade.plugin", g.UpgradePlugin))
	}
	r.Upgrade = b.t("coverage.upgrade.to", strings.Join(upgrade, ", "))
	return r
}

func orNone(s string) string {
	if s == "" {
		return none
	}
	return s
}
