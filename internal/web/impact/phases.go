package impact

import (
	"cmp"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/english"
	stats "codegauge/internal/impact"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// phase is an adoption phase as it is shown; step is its colour.
type phase struct {
	*question.Phase
	label string
	step  cards.Step
}

// phaseOf says how a phase is shown.
func (d *dashboard) phaseOf(p *question.Phase) phase {
	out := phase{p, p.Name, cards.PhaseStep(p)}
	if !p.Others && slices.Contains(cards.DocumentedPhases, p.Name) {
		out.label = d.T("impact.phase." + documentedKey(p.Name))
	}
	return out
}

// phases are those of the window, as they are shown.
func (d *dashboard) phases() (out []phase) {
	for i := range d.impact.Phases.Phases {
		out = append(out, d.phaseOf(&d.impact.Phases.Phases[i]))
	}
	return out
}

// documentedKey is how texts call a documented phase, "other" any other.
func documentedKey(name string) string {
	if slices.Contains(cards.DocumentedPhases, name) {
		return strings.ReplaceAll(strings.ToLower(name), " ", "")
	}
	return "other"
}

// short is the phase in a legend or head: its name without what it is.
func (p *phase) short() string {
	name, _, _ := strings.Cut(p.label, ":")
	return name
}

// PhaseTile is the card of a phase.
type PhaseTile struct {
	ID, Title, Tag, Rule string
	Step                 cards.Step
	Share, People        cards.Figure
	Of, Change           string
	Facts                []PhaseFact
	Menu                 cards.Menu
	Sentence             cards.Sentence
}

// PhaseFact is a line of a phase's card.
type PhaseFact struct {
	Label, Title string
	Figures      []cards.Figure
}

// tiles are the phase cards.
func (d *dashboard) tiles() (out []PhaseTile) {
	for _, p := range d.phases() {
		out = append(out, d.tile(&p))
	}
	return out
}

func (d *dashboard) tile(p *phase) PhaseTile {
	key, all := documentedKey(p.Name), &d.impact.Phases
	c := PhaseTile{ID: "phase-" + key, Title: p.label, Step: p.step, Rule: d.T("impact.rule." + key), People: cards.Whole(&p.People)}
	if p.Others {
		c.ID, c.Rule = "phase-few", d.T("impact.rule.few")
	} else if key == "other" {
		c.ID = "phase-" + strings.ToLower(strings.ReplaceAll(p.Name, " ", "-"))
	}
	c.Share = cards.Write(query.Share(&p.People, all.Active), text.WholePercent, text.Percent)
	c.Of = d.T("impact.phase.of", text.FigureOr(all.Active, text.Whole))
	c.Change = d.moved(&p.People, p.Before)
	if p.Computed > 0 {
		c.Tag = d.T("impact.computed")
	}
	minutes := cards.Write(p.Minutes, hours, hours)
	added, deleted := cards.Write(p.Added, text.Whole, text.Decimal), cards.Write(p.Deleted, text.Whole, text.Decimal)
	added.Text, deleted.Text = text.Grown(p.Added, text.Whole), text.Shrunk(p.Deleted, text.Whole)
	lines := []cards.Figure{added, deleted}
	if p.Added == nil && p.Deleted == nil {
		lines = lines[:1]
	}
	c.Facts = []PhaseFact{{d.T("impact.phase.merged"), "", []cards.Figure{cards.Write(p.Merged, text.Decimal, text.Decimal)}},
		{d.T("impact.phase.minutes"), d.T("impact.phase.minutes.title"), []cards.Figure{minutes}}, {d.T("impact.phase.lines"), d.T("impact.phase.lines.title"), lines}}
	c.Menu = d.menu(c.ID, "phase", "phases", question.PhaseFigures, "phase")
	c.Sentence = d.Say(d.T("impact.phase.sentence", text.LongDay(all.On), c.People.Text, text.FigureOr(all.Active, text.Whole), d.Scope(), p.label, c.Share.Text))
	return c
}

// moved writes by how much a number changed since the end of the period before, "" where
// that is not known.
func (d *dashboard) moved(now, before *float64) string {
	if now == nil || before == nil {
		return ""
	}
	return d.T("impact.change", english.Plus(text.Whole(*now-*before)), text.ShortDay(d.Window.Previous().To))
}

// csv is where the API answers with a table of the page.
func (d *dashboard) csv(figures string) string {
	return shell.TableURL("impact", figures, d.Effective.Words(d.Window), "csv")
}

// menu is what a card of one of question.ImpactFigures offers, of measures by dimensions.
func (d *dashboard) menu(id, key, figures string, measures []string, by ...string) cards.Menu {
	m := d.MenuOf(id, measures, by)
	m.CSV, m.Formula, m.Reading = d.csv(figures), d.T("impact."+key+".formula"), d.T("impact."+key+".reading")
	if d.impact.Phases.FromRecords && slices.Contains(by, "phase") {
		m.Fields, m.Source = d.T("impact.records.fields"), d.UserSource()
	}
	return m
}

// table is a card of one of question.ImpactFigures.
func (d *dashboard) table(id, key, figures string) *cards.TableCard {
	measures, by := question.ImpactMeasures(figures)
	return &cards.TableCard{ID: id, Title: d.T("impact." + key), Definition: d.T("impact." + key + ".definition"), Menu: d.menu(id, key, figures, measures, by...), Blocked: d.Block(measures, by...)}
}

// cohorts is "Adoption cohort distribution".
func (d *dashboard) cohorts() *cards.TableCard {
	c := d.table("distribution", "distribution", "phases")
	all := &d.impact.Phases
	if c.Blocked != nil {
		return c
	}
	if all.Active == nil {
		c.Menu.CSV, c.Empty = "", d.noPhases(all.Why)
		return c
	}
	var parts []cards.Part
	columns := []cards.Column{{Label: d.T("impact.people"), Series: "people"}, {Label: d.T("impact.share"), Series: "share"}}
	data := cards.Table{Caption: c.Title, RowHead: d.T("impact.phase"), Columns: columns}
	for _, p := range d.phases() {
		of := cards.Write(query.Share(&p.People, all.Active), text.WholePercent, text.Percent)
		parts = append(parts, cards.Part{Step: p.step, Value: p.People, Label: of.Text + " " + p.label, Note: d.moved(&p.People, p.Before)})
		data.Rows = append(data.Rows, cards.Row{Key: p.Name, Label: p.label, Cells: []cards.Cell{cards.NewCell(&p.People), {Text: of.Full, Value: of.Value}}})
	}
	c.Parts = cards.NewPartsBar(parts, func(sum float64) string { return d.T("impact.active", text.Whole(sum)) })
	c.Data = []cards.Table{data}
	engaged := all.Engaged()
	if engaged != nil {
		c.Lead = &cards.Lead{Figure: cards.Whole(engaged), Unit: d.T("impact.distribution.unit", text.Whole(*all.Active), text.LongDay(all.On))}
		c.Sentence = d.Say(d.T("impact.distribution.sentence", text.LongDay(all.On), text.Whole(*engaged), text.Whole(*all.Active), d.Scope()))
	}
	c.Notes = append(d.ofSeats(), d.phaseNotes()...)
	return c
}

// movesCard is how many people went from which phase to which, since the end of the period before.
func (d *dashboard) movesCard() *cards.TableCard {
	moves := d.impact.Moves
	c := d.table("phase-moves", "moves", "moves")
	c.Tag, c.Definition = d.T("impact.ours"), d.T("impact.moves.definition", text.LongDay(moves.From), text.LongDay(moves.To))
	c.Menu.Fields, c.Menu.Source = d.T("impact.records.fields"), d.UserSource()
	if c.Blocked != nil {
		return c
	}
	if moves.Why != "" {
		c.Menu.CSV, c.Empty = "", d.T("impact.moves.none."+string(moves.Why))
		return c
	}
	var from, to []string
	people := map[[2]string]float64{}
	up, down := 0.0, 0.0
	for _, m := range moves.Moves {
		people[[2]string{m.From, m.To}] = float64(m.People)
		from, to = append(from, m.From), append(to, m.To)
		if m.From != "" && m.To != "" {
			switch order := metric.ComparePhases(m.To, m.From); {
			case order > 0:
				up += float64(m.People)
			case order < 0:
				down += float64(m.People)
			}
		}
	}
	order := func(list []string) []string {
		slices.SortFunc(list, question.ComparePhases)
		return slices.Compact(list)
	}
	from, to = order(from), order(to)
	name := func(phase string) string {
		if phase == "" {
			return d.T("impact.moves.inactive")
		}
		p := d.phaseOf(&question.Phase{Name: phase})
		return p.short()
	}
	c.Table = &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.T("impact.moves.from")}}}
	for _, phase := range to {
		c.Table.Heads = append(c.Table.Heads, cards.DrawnHead{Label: name(phase), Numeric: true})
	}
	for _, before := range from {
		row := cards.DrawnRow{Key: cmp.Or(before, "inactive"), Label: name(before), Neutral: before == ""}
		for _, now := range to {
			n := people[[2]string{before, now}]
			cell := cards.DrawnCell{Figure: cards.Whole(&n)}
			if before == now {
				cell.Note = d.T("impact.moves.stayed")
			}
			if before == "" && now == "" {
				cell = cards.DrawnCell{} // nobody is counted who was active on neither
			}
			row.Cells = append(row.Cells, cell)
		}
		c.Table.Rows = append(c.Table.Rows, row)
	}
	c.Lead = &cards.Lead{Figure: cards.Whole(&up), Unit: d.T("impact.moves.unit", text.Whole(down), text.ShortDay(moves.From))}
	c.Sentence = d.Say(d.T("impact.moves.sentence", text.LongDay(moves.From), text.LongDay(moves.To), d.Plural("n.people", int(up)), text.Whole(down), d.Scope()))
	return c
}

// ofSeats says which shares of the seats are engaged, passive and not active, and how many
// active people have none; nothing where that is not known.
func (d *dashboard) ofSeats() (out []string) {
	s := &d.impact.Seats
	if s.Active == nil || *s.Seats == 0 {
		return nil
	}
	of := func(n *int64) string { return text.WholePercent(float64(*n) / float64(*s.Seats)) }
	seats := d.Plural("n.seats", int(*s.Seats))
	if s.Engaged != nil {
		out = append(out, d.T("impact.distribution.seats", seats, of(s.Engaged), of(s.Passive), of(s.Idle)))
	} else {
		out = append(out, d.T("impact.distribution.seats.active", seats, of(s.Active), of(s.Idle)))
	}
	if *s.Unseated > 0 {
		out = append(out, d.Plural("impact.distribution.unseated", int(*s.Unseated)))
	}
	return out
}

// phaseNotes say where the phases come from, and what changed how they are decided.
func (d *dashboard) phaseNotes() (out []string) {
	if d.impact.Phases.FromRecords {
		out = append(out, d.textOfNone("impact.records"))
	}
	if n := d.impact.Phases.Computed(); n > 0 {
		out = append(out, d.Plural("impact.computed.people", int(n)))
	}
	for _, b := range stats.Breaks(day.Range{From: d.Window.Previous().To - question.PhaseDays + 1, To: d.impact.Phases.On}) {
		out = append(out, d.T("impact.break", text.LongDay(b.Day), b.Label))
	}
	return out
}

// knownFeatures are those that GitHub reports engagement with; texts call them so.
var knownFeatures = []string{"code_completion", "agent_edit", "code_review_passive", "code_review_active", "cloud_agent", "copilot_cli", "github_app"}

func (d *dashboard) featureName(feature string) string {
	if slices.Contains(knownFeatures, feature) {
		return d.T("impact.feature." + feature)
	}
	return feature
}

// engagement is "Feature engagement": as reported, else as records say.
func (d *dashboard) engagement() *cards.TableCard {
	c := d.table("features", "features", "features")
	f := &d.impact.Features
	if c.Blocked != nil {
		return c
	}
	if len(f.Features) == 0 {
		c.Menu.CSV, c.Empty = "", d.textOfNone("impact.features.none."+string(f.Why))
		return c
	}
	switch {
	case f.FromRecords:
		c.Menu.Fields, c.Menu.Source = d.T("impact.records.fields"), d.UserSource()
		c.Notes = append(c.Notes, d.T("impact.features.records"))
	case f.Active == nil || f.InPhases == nil:
	case *f.Active == *f.InPhases:
		c.Notes = append(c.Notes, d.T("impact.features.same", text.Whole(*f.InPhases)))
	default:
		c.Notes = append(c.Notes, d.T("impact.features.differ", text.Whole(*f.Active), text.Whole(*f.InPhases)))
	}
	table := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.T("impact.feature")}, {Graphic: true}, {Label: d.T("impact.people"), Numeric: true}, {Label: d.T("impact.ofactive"), Numeric: true}}}
	for _, r := range f.Features {
		cell := cards.DrawnCell{Figure: cards.Whole(r.People)}
		bar := cards.DrawnCell{}
		if f.Active != nil {
			bar.Bar = cards.NewRowBar(*f.Active, cards.Part{Step: cards.StepMid, Value: cards.OrZero(r.People)}, cards.Part{Step: cards.StepNone, Value: *f.Active - cards.OrZero(r.People)})
		}
		table.Rows = append(table.Rows, cards.DrawnRow{Key: r.Name, Label: text.Upper(d.featureName(r.Name)), Cells: []cards.DrawnCell{bar, cell, {Figure: cards.Write(query.Share(r.People, f.Active), text.WholePercent, text.Percent)}}})
	}
	c.Table = table
	if most := f.Features[0]; most.People != nil {
		c.Lead = &cards.Lead{Figure: cards.Whole(most.People), Unit: d.T("impact.features.unit", text.FigureOr(f.Active, text.Whole), d.featureName(most.Name), text.LongDay(f.On))}
		c.Sentence = d.Say(d.T("impact.features.sentence", text.LongDay(f.On), text.Whole(*most.People), text.FigureOr(f.Active, text.Whole), d.Scope(), d.featureName(most.Name)))
	}
	return c
}
