package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/metric"
)

// teamsView compares the teams of an enterprise or organization.
type teamsView struct {
	Page
	Title, Window string
	Frames        []Choice
	Compare       Choice
	CSV           string
	Strip         []Note
	Empty         *Empty
	Columns       []SortColumn
	Rows          []TeamRow
	// Hidden is the teams that the viewer may not see alone, and Rest what no team
	// has, so that the rows add up to Total.
	Hidden, Rest, Total *TeamRow
	Notes               []string
	// Compared says that rows have changes.
	Compared  bool
	SparkHead string
}

// SortColumn is a head that sorts the table.
type SortColumn struct {
	Label, URL, Unit string
	On               bool
	// Numeric columns stand on the right.
	Numeric bool
}

// TeamRow is a team, or what stands in the place of one.
type TeamRow struct {
	Key, Label, Note, URL string
	Cells                 []TeamCell
	Spark                 *Spark
}

// TeamCell is a figure and, where periods are compared, its change.
type TeamCell struct {
	Figure
	Change string
}

// The asks of the page.
const (
	askTeams     = "teams"
	askTeamWeeks = "weeks"
)

// teamMeasures are the table's columns, in their order.
var teamMeasures = []string{"active_users", "loc_changed", "agent_contribution", "lines_changed_per_active_user"}

// sparkWeeks is how many ISO weeks a team's line shows.
const sparkWeeks = 12

// teams serves …/insights/teams.
func (web *Web) teams(w http.ResponseWriter, r *http.Request) error {
	b, key, err := web.builder(r, "teams")
	if err != nil {
		return err
	}
	return web.serve(w, r, key, "teams", func() (any, error) { return b.teams(r.Context()) })
}

func (b *builder) teams(ctx context.Context) (*teamsView, error) {
	var err error
	if err = b.wholeWeeks(ctx); err != nil {
		return nil, err
	}
	if b.status, err = b.web.data.Status(ctx, b.effective.Words(day.Range{})); err != nil {
		return nil, err
	}
	b.window = b.status.Range
	v := &teamsView{Page: b.web.shell(b.request, b.place, b.t("teams.title"), b.state.Path), Title: b.t("teams.title"), Compared: b.state.Compare}
	v.Frames, v.Compare = b.frames(), b.compareChoice()
	if v.Empty = b.emptyBefore(); v.Empty != nil {
		return v, nil
	}
	v.Window = span(b.window)
	table, total := b.ask(askTeams, b.effective, b.window, teamMeasures, "team"), b.ask(askHeadline, b.effective, b.window, teamMeasures)
	table.words.Compare, total.words.Compare = b.state.Compare, b.state.Compare
	weeks := b.ask(askTeamWeeks, b.effective, sparkRange(b.window), []string{"loc_changed"}, "team", "week")
	b.answers, err = b.web.askAll(ctx, []ask{table, total, weeks})
	if v.Empty = b.hiddenGroup(err); v.Empty != nil {
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	if err := b.answers.refused[askTeams]; err != nil {
		return nil, err
	}
	v.CSV, v.Strip = apiURL(table.words, "csv"), b.strip()
	return v, b.teamRows(ctx, v)
}

// sparkRange returns the whole ISO weeks that end in the window: one that has
// only begun would look like a fall.
func sparkRange(window day.Range) day.Range {
	monday := (window.To + 1).Week()
	return day.Range{From: monday - 7*sparkWeeks, To: monday - 1}
}

func (b *builder) teamRows(ctx context.Context, v *teamsView) error {
	known, err := b.teamsByKey(ctx)
	if err != nil {
		return err
	}
	lines := b.teamWeeks()
	t := b.answers.of(askTeams)
	for _, row := range t.rows() {
		key, named := t.name(row, "team")
		out := TeamRow{Key: key, Label: key, Cells: b.teamCells(t, row)}
		if !named {
			out.Label, out.Note = b.t("teams.none"), b.t("teams.none.note")
			v.Rest = &out
			continue
		}
		team, ok := known[key]
		if !ok {
			out.Note = b.t("teams.hidden")
			v.Hidden = &out // several teams in one row: see the service's suppression
			continue
		}
		out.Label, out.URL = team.Entity().Label(), b.teamURL(team)
		if team.Organization != nil && b.place.Organization == nil {
			out.Note = team.Organization.Label()
		}
		out.Spark = b.teamSpark(out.Label, lines[key])
		v.Rows = append(v.Rows, out)
	}
	b.sortTeams(v)
	if total := b.answers.of(askHeadline); total != nil && len(total.rows()) == 1 {
		v.Total = &TeamRow{Label: b.entity.Label(), Cells: b.teamCells(total, total.rows()[0])}
	}
	v.Notes = []string{b.t("teams.note.two"), b.t("teams.note.small")}
	if days := b.status.TeamUnknown; len(days) > 0 {
		v.Notes = append(v.Notes, b.t("teams.note.unknown", b.daysWord(len(days)), runs(days)))
	}
	v.SparkHead = b.t("teams.spark", grouped(sparkWeeks))
	return nil
}

// teamsByKey returns the place's teams by each of the names that answers may
// use: where two have one key, their organization's stands before it.
func (b *builder) teamsByKey(ctx context.Context) (map[string]access.Place, error) {
	orgs, err := b.web.data.Entities(ctx, b.state.Enterprise, directory.Organization)
	if err != nil {
		return nil, err
	}
	teams, err := b.web.data.Entities(ctx, b.state.Enterprise, directory.Team)
	if err != nil {
		return nil, err
	}
	out := map[string]access.Place{}
	for _, team := range teams {
		if !narrows(team, b.place) {
			continue
		}
		at := access.Place{Enterprise: b.place.Enterprise, Team: &team}
		if i := slices.IndexFunc(orgs, func(o directory.Entity) bool { return o.ID == team.Organization }); i >= 0 {
			at.Organization = &orgs[i]
			out[orgs[i].Key()+"/"+team.Key()] = at
		}
		out[team.Key()] = at
	}
	return out, nil
}

// teamURL returns a team's own dashboard over the window.
func (b *builder) teamURL(at access.Place) string {
	s := State{Path: insightsPath(at, "code-generation"), Days: b.state.Days, From: b.state.From, To: b.state.To, Compare: b.state.Compare}
	return s.URL()
}

func (b *builder) teamCells(t *table, row []any) []TeamCell {
	var out []TeamCell
	for _, measure := range teamMeasures {
		c := TeamCell{Figure: measureFigure(measure, t.value(row, measure))}
		if change := t.value(row, measure+"_change"); b.state.Compare {
			c.Change = changeText(measure, change)
		}
		out = append(out, c)
	}
	return out
}

// teamWeeks returns the changed lines of each team's weeks; a week without a
// row is missing.
func (b *builder) teamWeeks() map[string][]*float64 {
	out := map[string][]*float64{}
	t, r := b.answers.of(askTeamWeeks), sparkRange(b.window)
	for _, row := range t.rows() {
		key, ok := t.name(row, "team")
		week, _ := t.name(row, "week")
		monday, err := day.Parse(week)
		if !ok || err != nil || monday < r.From {
			continue
		}
		if out[key] == nil {
			out[key] = make([]*float64, sparkWeeks)
		}
		out[key][min(int(monday-r.From)/7, sparkWeeks-1)] = t.value(row, "loc_changed")
	}
	return out
}

func (b *builder) teamSpark(label string, values []*float64) *Spark {
	line, area, low, high := sparkPaths(values)
	if line == "" {
		return nil
	}
	return &Spark{sparkWidth, sparkHeight, line, area, b.t("teams.spark.label", label, compact(low), compact(high))}
}

// sortTeams sorts by name, unless a reader asked for a column: nobody is ranked
// unasked.
func (b *builder) sortTeams(v *teamsView) {
	name := SortColumn{Label: b.t("teams.team"), URL: b.state.With(func(s *State) { s.Sort = "" }).URL(), On: !slices.Contains(teamMeasures, b.state.Sort)}
	v.Columns = []SortColumn{name}
	slices.SortStableFunc(v.Rows, func(a, b TeamRow) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label)), strings.Compare(a.Key, b.Key))
	})
	for i, measure := range teamMeasures {
		m := metric.MeasureByName(measure)
		v.Columns = append(v.Columns, SortColumn{Label: b.t("teams.head." + measure), Unit: m.Definition, Numeric: true, On: b.state.Sort == measure,
			URL: b.state.With(func(s *State) { s.Sort = measure }).URL()})
		if b.state.Sort == measure {
			slices.SortStableFunc(v.Rows, func(a, b TeamRow) int { return cmp.Compare(parsed(b.Cells[i].Value), parsed(a.Cells[i].Value)) })
		}
	}
}

// measureFigure writes a measure's number for a table.
func measureFigure(measure string, f *float64) Figure {
	m := metric.MeasureByName(measure)
	switch {
	case f == nil:
		return Figure{Text: none, Full: none}
	case m.Unit == "ratio":
		return Figure{percent(*f), percent(*f), plain(*f)}
	case m.Ratio != nil:
		return Figure{decimal(*f), decimal(*f), plain(*f)}
	}
	return wholeFigure(f)
}

// changeText writes by how much a measure changed, with its sign.
func changeText(measure string, change *float64) string {
	if change == nil {
		return ""
	}
	text := measureFigure(measure, change).Text
	if metric.MeasureByName(measure).Unit == "ratio" {
		return english.Plus(english.Decimal(100**change, 1)) + " pp"
	}
	return english.Plus(text)
}
