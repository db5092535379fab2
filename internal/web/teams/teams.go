// Package teams is the dashboard that compares teams.
package teams

import (
	"cmp"
	"context"
	"embed"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

//go:embed template
var templates embed.FS

// Dashboard compares the teams of an enterprise or organization.
var Dashboard = shell.Dashboard{Name: "teams", Label: "nav.teams", Icon: "team", Templates: templates, Pages: map[string]shell.Handler{"": cards.Kept("teams", compose)}}

// dashboard makes the page of one request.
type dashboard struct{ *cards.Builder }

// view compares the teams of an enterprise or organization.
type view struct {
	shell.Page
	shell.TableHeader
	Freshness []cards.Note
	Empty     *cards.Empty
	Columns   []SortColumn
	Rows      []TeamRow
	// Hidden is the teams that the viewer may not see alone, Unknown what was done on days
	// without known memberships, and Rest what no team has, so that the rows add up to
	// Total.
	Hidden, Unknown, Rest, Total *TeamRow
	Notes                        []string
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
	Spark                 *cards.Spark
}

// TeamCell is a figure and, where periods are compared, its change.
type TeamCell struct {
	cards.Figure
	Change string
}

// The questions of the page.
const (
	askTeams     = "teams"
	askTeamWeeks = "weeks"
)

// teamMeasures are the table's columns, in their order.
var teamMeasures = []string{"active_users", "loc_changed", "agent_contribution", "lines_changed_per_active_user"}

// sparkWeeks is how many ISO weeks a team's line shows.
const sparkWeeks = 13

func compose(ctx context.Context, b *cards.Builder) (*view, error) {
	d := &dashboard{b}
	var err error
	if err = d.WholeWeeks(ctx); err != nil {
		return nil, err
	}
	if err = d.LoadStatus(ctx); err != nil {
		return nil, err
	}
	v := &view{Page: d.Page(d.T("teams.title")), Compared: d.State.Compare}
	v.Frames, v.Compare = d.Frames(), d.CompareChoice()
	if v.Empty = d.EmptyBefore(); v.Empty != nil {
		return v, nil
	}
	v.Window = text.Span(d.Window)
	asked := append(slices.Clone(teamMeasures), "agent_contribution_max")
	table, total := d.Question(askTeams, d.Effective, d.Window, asked, "team"), d.Question(cards.AskHeadline, d.Effective, d.Window, asked)
	table.Words.Compare, total.Words.Compare = d.State.Compare, d.State.Compare
	weeks := d.Question(askTeamWeeks, d.Effective, sparkRange(d.Window), []string{"loc_changed"}, "team", "week")
	d.Answers, err = cards.AskAll(ctx, d.Data, []cards.Question{table, total, weeks})
	if v.Empty = d.HiddenGroup(err); v.Empty != nil {
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	if err := d.Answers.Refused[askTeams]; err != nil {
		return nil, err
	}
	v.CSV, v.Freshness = shell.APIURL(table.Words, "csv"), d.Freshness()
	return v, d.teamRows(ctx, v)
}

// sparkRange returns the whole ISO weeks that end in the window: one that has
// only begun would look like a fall.
func sparkRange(window day.Range) day.Range {
	monday := (window.To + 1).Week()
	return day.Range{From: monday - 7*sparkWeeks, To: monday - 1}
}

func (d *dashboard) teamRows(ctx context.Context, v *view) error {
	known, err := d.teamsByKey(ctx)
	if err != nil {
		return err
	}
	lines := d.teamWeeks()
	t := d.Answers.Of(askTeams)
	for _, row := range t.Rows() {
		key, named := t.Name(row, "team")
		out := TeamRow{Key: key, Label: key, Cells: d.teamCells(t, row)}
		if !named {
			out.Label, out.Note = d.T("teams.none"), d.T("teams.none.note")
			v.Rest = &out
			continue
		}
		if key == metric.UnknownMembership {
			out.Label, out.Note = d.T("teams.unknown"), d.T("teams.unknown.note")
			v.Unknown = &out
			continue
		}
		team, ok := known[key]
		if !ok {
			out.Note = d.T("teams.hidden")
			v.Hidden = &out // several teams in one row: see package privacy
			continue
		}
		out.Label, out.URL = team.Entity().Label(), d.teamURL(team)
		if team.Organization != nil && d.Place.Organization == nil {
			out.Note = team.Organization.Label()
		}
		out.Spark = d.teamSpark(out.Label, lines[key])
		v.Rows = append(v.Rows, out)
	}
	d.sortTeams(v)
	if total := d.Answers.Of(cards.AskHeadline); total != nil && len(total.Rows()) == 1 {
		v.Total = &TeamRow{Label: d.Entity.Label(), Cells: d.teamCells(total, total.Rows()[0])}
	}
	v.Notes = []string{d.T("teams.note.two"), d.T("teams.note.small")}
	if days := d.Status.TeamUnknown; len(days) > 0 {
		v.Notes = append(v.Notes, d.T("teams.note.unknown", d.DaysWord(len(days)), text.Runs(days)))
	}
	v.SparkHead = d.T("teams.spark", text.Grouped(sparkWeeks))
	return nil
}

// teamsByKey returns the place's teams by each of the names that answers may
// use: where two have one key, their organization's stands before it.
func (d *dashboard) teamsByKey(ctx context.Context) (map[string]access.Place, error) {
	orgs, err := d.Data.Entities(ctx, d.State.Enterprise, directory.Organization)
	if err != nil {
		return nil, err
	}
	teams, err := d.Data.Entities(ctx, d.State.Enterprise, directory.Team)
	if err != nil {
		return nil, err
	}
	out := map[string]access.Place{}
	for _, team := range teams {
		if !shell.Narrows(team, d.Place) {
			continue
		}
		at := access.Place{Enterprise: d.Place.Enterprise, Team: &team}
		if i := slices.IndexFunc(orgs, func(o directory.Entity) bool { return o.ID == team.Organization }); i >= 0 {
			at.Organization = &orgs[i]
			out[orgs[i].Key()+"/"+team.Key()] = at
		}
		out[team.Key()] = at
	}
	return out, nil
}

// teamURL returns a team's own dashboard over the window.
func (d *dashboard) teamURL(at access.Place) string {
	s := d.State.At(shell.InsightsPath(at, "code-generation"))
	s.Compare = d.State.Compare
	return s.URL()
}

func (d *dashboard) teamCells(t *cards.Answer, row []any) []TeamCell {
	var out []TeamCell
	for _, measure := range teamMeasures {
		c := TeamCell{Figure: t.Figure(row, measure)}
		if change := t.Value(row, measure+"_change"); d.State.Compare {
			c.Change = cards.ChangeText(measure, change)
		}
		out = append(out, c)
	}
	return out
}

// teamWeeks returns the changed lines of each team's weeks; a week without a
// row is missing.
func (d *dashboard) teamWeeks() map[string][]*float64 {
	out := map[string][]*float64{}
	t, r := d.Answers.Of(askTeamWeeks), sparkRange(d.Window)
	for _, row := range t.Rows() {
		key, ok := t.Name(row, "team")
		week, _ := t.Name(row, "week")
		monday, err := day.Parse(week)
		if !ok || err != nil || monday < r.From {
			continue
		}
		if out[key] == nil {
			out[key] = make([]*float64, sparkWeeks)
		}
		out[key][min(int(monday-r.From)/7, sparkWeeks-1)] = t.Value(row, "loc_changed")
	}
	return out
}

func (d *dashboard) teamSpark(label string, values []*float64) *cards.Spark {
	return cards.SparkOf(values, func(low, high float64) string {
		return d.T("teams.spark.label", label, text.Compact(low), text.Compact(high))
	})
}

// sortTeams sorts by name, unless a reader asked for a column: nobody is ranked
// unasked.
func (d *dashboard) sortTeams(v *view) {
	name := SortColumn{Label: d.T("teams.team"), URL: d.State.With(func(s *shell.State) { s.Sort = "" }).URL(), On: !slices.Contains(teamMeasures, d.State.Sort)}
	v.Columns = []SortColumn{name}
	slices.SortStableFunc(v.Rows, func(a, b TeamRow) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label)), strings.Compare(a.Key, b.Key))
	})
	for i, measure := range teamMeasures {
		m := metric.MeasureByName(measure)
		v.Columns = append(v.Columns, SortColumn{Label: d.T("teams.head." + measure), Unit: m.Definition, Numeric: true, On: d.State.Sort == measure,
			URL: d.State.With(func(s *shell.State) { s.Sort = measure }).URL()})
		if d.State.Sort == measure {
			slices.SortStableFunc(v.Rows, func(a, b TeamRow) int {
				return cmp.Compare(text.Parsed(b.Cells[i].Value), text.Parsed(a.Cells[i].Value))
			})
		}
	}
}
