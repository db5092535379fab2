// Package teams is the dashboard that compares teams.
package teams

import (
	"context"
	"embed"
	"slices"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

//go:embed template
var templates embed.FS

// Dashboard compares the teams of an enterprise or organization.
var Dashboard = shell.Dashboard{Name: "teams", Label: "nav.teams", Icon: "team", Saved: true, Templates: templates, Pages: map[string]shell.Handler{"": cards.Kept("teams", compose)}}

// dashboard makes the page of one request.
type dashboard struct{ *cards.Builder }

// view compares the teams of an enterprise or organization.
type view struct {
	shell.Page
	shell.TableHeader
	Across    []shell.Choice
	Freshness []cards.Note
	Empty     *cards.Empty
	Table     *cards.EntityTable
}

// The questions of the page.
const (
	askTeams     = "teams"
	askTeamWeeks = "weeks"
)

// teamMeasures are the table's columns, in their order.
var teamMeasures = []string{"active_users", "loc_changed", "agent_contribution", "lines_changed_per_active_user"}

func compose(ctx context.Context, b *cards.Builder) (*view, error) {
	d := &dashboard{b}
	var err error
	if err = d.WholeWeeks(ctx); err != nil {
		return nil, err
	}
	if err = d.LoadStatus(ctx); err != nil {
		return nil, err
	}
	v := &view{Page: d.Page(d.T("teams.title")), Across: d.Across("teams")}
	v.Frames, v.Compare = d.Frames(), d.CompareChoice()
	if v.Empty = d.EmptyBefore(); v.Empty != nil {
		return v, nil
	}
	v.Window = text.Span(d.Window)
	asked := append(slices.Clone(teamMeasures), "agent_contribution_max")
	table, total := d.Question(askTeams, d.Effective, d.Window, asked, "team"), d.Question(cards.AskHeadline, d.Effective, d.Window, asked)
	table.Words.Compare, total.Words.Compare = d.State.Compare, d.State.Compare
	weeks := d.Question(askTeamWeeks, d.Effective, cards.SparkRange(d.Window), []string{"loc_changed"}, "team", "week")
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

func (d *dashboard) teamRows(ctx context.Context, v *view) error {
	if err := d.LoadEntityFaults(ctx); err != nil {
		return err
	}
	known, err := d.teamsByKey(ctx)
	if err != nil {
		return err
	}
	table := &cards.EntityTable{ID: "teams", Title: v.Title, First: cards.SortColumn{Label: d.T("teams.team")}, Columns: d.columns(), SparkHead: d.T("entities.spark", text.Grouped(cards.SparkWeeks))}
	t := d.Answers.Of(askTeams)
	for _, row := range t.Rows() {
		key, named := t.Name(row, "team")
		var faults []question.ClientFault
		if team, ok := known[key]; ok {
			faults = d.EntityFaults[team.Team.ID]
		}
		d.PutEntity(table, directory.Team, key, named, func(key string, out *cards.EntityRow) bool {
			team, ok := known[key]
			if !ok {
				return false
			}
			out.Label, out.URL = team.Entity().Label(), d.teamURL(team)
			if team.Organization != nil && d.Place.Organization == nil {
				out.Note = team.Organization.Label()
			}
			return true
		}, cards.EntityRow{Cells: d.teamCells(t, row, faults)})
	}
	d.SortEntities(table, "") // nobody is ranked unasked
	if total := d.Answers.Of(cards.AskHeadline); total != nil && len(total.Rows()) == 1 {
		table.Total = &cards.EntityRow{Label: d.Entity.Label(), Cells: d.teamCells(total, total.Rows()[0], d.Faults)}
	}
	d.ShowPage(table)
	weeks := d.EntityWeeks(askTeamWeeks, "team")
	for i := range table.Rows {
		row := &table.Rows[i]
		row.Spark = d.EntitySpark(row.Label, weeks[row.Key])
	}
	table.Notes = []string{d.T("teams.note.two"), d.T("teams.note.small")}
	d.AddBoundNote(table)
	if days := d.Status.TeamUnknown; len(days) > 0 && d.State.Search == "" {
		table.Notes = append(table.Notes, d.T("teams.note.unknown", d.DaysWord(len(days)), text.Runs(days)))
	}
	v.Table = table
	return nil
}

// columns are the table's, in their order.
func (d *dashboard) columns() (out []cards.SortColumn) {
	for _, measure := range teamMeasures {
		out = append(out, cards.SortColumn{Key: measure, Label: d.T("teams.head." + measure), Unit: metric.MeasureByName(measure).Definition, Numeric: true})
	}
	return out
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

func (d *dashboard) teamCells(t *cards.Answer, row []any, faults []question.ClientFault) []cards.EntityCell {
	var out []cards.EntityCell
	for _, measure := range teamMeasures {
		c := cards.EntityCell{Figure: cards.Bounded(faults, measure, t.Figure(row, measure))}
		if change := t.Value(row, measure+"_change"); d.State.Compare {
			c.Change = cards.ChangeText(measure, change)
		}
		out = append(out, c)
	}
	return out
}
