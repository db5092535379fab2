package codegen

import (
	"slices"

	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// comparesWithGitHub reports whether GitHub's page would show something of
// what is selected here.
func (d *dashboard) comparesWithGitHub() bool {
	tools, surfaces := d.Effective.Values("tool"), d.Effective.Values("surface")
	return !d.State.Parity && !d.Weeks &&
		(len(tools) == 0 || slices.Contains(tools, metric.Copilot)) &&
		(len(surfaces) == 0 || slices.Contains(surfaces, metric.SurfaceIDE))
}

// github returns a card's figure by GitHub's rules; nil where GitHub has none.
func (d *dashboard) github(spec cards.KPI, here float64) *cards.GitHubFigure {
	name := askGitHub
	if spec.Measure == averageMeasure[0] {
		name = askMonth
	}
	there := d.Answers.Of(name).Single(spec.Measure)
	if d.State.Parity || there == nil {
		return nil
	}
	g := &cards.GitHubFigure{Figure: cards.Write(there, spec.Text, spec.Full), URL: d.State.With(func(s *shell.State) { s.Parity = true }).URL()}
	g.Same = g.Figure.Full == spec.Full(here)
	if spec.Measure == "loc_changed" {
		g.Lines = d.lineSteps(here, *there)
	} else {
		g.Lines = d.wordSteps(spec, here, *there)
	}
	return g
}

// lineSteps leads from this page's lines to GitHub's, each difference with its
// size, so that the account closes.
func (d *dashboard) lineSteps(here, there float64) []shell.Fact {
	steps := []shell.Fact{{Label: d.T("github.here"), Value: text.Whole(here)}}
	rest := here - there
	take := func(label string, lines float64) {
		if lines != 0 {
			steps = append(steps, shell.Fact{Label: label, Value: text.Whole(-lines)})
			rest -= lines
		}
	}
	for _, part := range d.outsideGitHub() {
		take(part.label, part.lines)
	}
	take(d.T("github.rest"), rest)
	return append(steps, shell.Fact{Label: d.T("github.there"), Value: text.Whole(there)})
}

type linesPart struct {
	label string
	lines float64
}

// outsideGitHub lists the lines that GitHub's page leaves out: of other tools,
// and Copilot's outside the editor.
func (d *dashboard) outsideGitHub() []linesPart {
	var out []linesPart
	tools := d.Answers.Of(cards.AskTool)
	for _, row := range tools.Rows() {
		if name, _ := tools.Name(row, "tool"); name != metric.Copilot {
			out = append(out, linesPart{metric.ToolByName(name).Label, cards.OrZero(tools.Value(row, "loc_changed"))})
		}
	}
	modes, bySurface := d.Answers.Of(cards.AskMode), map[string]float64{}
	for _, row := range modes.Rows() {
		if tool, _ := modes.Name(row, "tool"); tool == metric.Copilot {
			name, _ := modes.Name(row, "feature")
			f, _ := metric.FeatureByName(name)
			bySurface[f.Surface] += cards.OrZero(query.Plus(modes.Value(row, "loc_added"), modes.Value(row, "loc_deleted")))
		}
	}
	for _, surface := range []string{metric.SurfaceCLI, metric.SurfaceApp, metric.SurfaceUnknown} {
		out = append(out, linesPart{d.T("github.surface", d.T("surface."+surface)), bySurface[surface]})
	}
	return out
}

// wordSteps says what differs where the difference has no parts to add up.
func (d *dashboard) wordSteps(spec cards.KPI, here, there float64) []shell.Fact {
	steps := []shell.Fact{{Label: d.T("github.here"), Value: spec.Full(here)}}
	if tools := d.ToolNames(); len(tools) > 1 || len(tools) == 1 && tools[0] != metric.Copilot {
		steps = append(steps, shell.Fact{Label: d.T("github.onlycopilot"), Value: ""})
	}
	steps = append(steps, shell.Fact{Label: d.T("github.onlyide"), Value: ""})
	if spec.Measure == averageMeasure[0] {
		steps = append(steps, shell.Fact{Label: d.T("github.month", text.Span(d.month())), Value: ""})
	}
	if d.State.Reading() == metric.Wide && spec.Measure != "active_users" {
		steps = append(steps, shell.Fact{Label: d.T("github.definition"), Value: ""})
	}
	return append(steps, shell.Fact{Label: d.T("github.there"), Value: spec.Full(there)})
}
