package impact

import (
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// outcome is "Outcome of pull requests".
func (d *dashboard) outcome() *cards.TableCard {
	c := d.table("outcome", "outcome", "outcome")
	if c.Blocked != nil {
		return c
	}
	p := &d.impact.Pulls
	if !p.Stated() {
		c.Menu.CSV, c.Empty = "", d.textOfNone("impact.pulls.none")
		return c
	}
	most := max(cards.OrZero(p.All.Created), cards.OrZero(p.All.Merged))
	table := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("impact.pulls")}, {Label: d.T("impact.pulls.created"), Numeric: true}, {Label: d.T("impact.pulls.merged"), Numeric: true}, {Graphic: true},
		{Label: d.T("impact.pulls.ofcreated"), Numeric: true}, {Label: d.T("impact.pulls.ofmerged"), Numeric: true}, {Label: d.T("impact.pulls.minutes"), Numeric: true}}}
	row := func(key, label string, r question.PullOutcome) cards.DrawnRow {
		bar := cards.NewRowBar(most, cards.Part{Step: cards.StepMid, Value: cards.OrZero(r.Merged)}, cards.Part{Step: cards.StepNone, Value: cards.OrZero(query.Minus(r.Created, r.Merged))})
		return cards.DrawnRow{Key: key, Label: label, Neutral: key == "reviewed_by_copilot", Cells: []cards.DrawnCell{{Figure: cards.Whole(r.Created)}, {Figure: cards.Whole(r.Merged)}, {Bar: bar},
			{Figure: cards.Write(query.Share(r.Merged, r.Created), text.WholePercent, text.Percent)}, {Figure: cards.Write(query.Share(r.Merged, p.All.Merged), text.WholePercent, text.Percent)}, {Figure: cards.Write(r.Minutes, hours, hours)}}}
	}
	table.Rows = []cards.DrawnRow{row("others", d.T("impact.pulls.others"), p.Others), row("copilot", d.T("impact.pulls.copilot"), p.ByCopilot), row("reviewed_by_copilot", d.T("impact.pulls.reviewed"), p.Reviewed)}
	foot := row("all", d.T("total"), p.All)
	table.Foot, c.Table = &foot, table
	if of, rest := query.Share(p.ByCopilot.Merged, p.ByCopilot.Created), query.Share(p.Others.Merged, p.Others.Created); of != nil {
		c.Lead = &cards.Lead{Figure: cards.Write(of, text.WholePercent, text.Percent), Unit: d.T("impact.outcome.unit", text.FigureOr(rest, text.WholePercent))}
		c.Sentence = d.Say(d.T("impact.outcome.sentence", d.WindowSentence(), d.Scope(), text.FigureOr(p.All.Merged, text.Whole), text.FigureOr(p.ByCopilot.Merged, text.Whole), text.FigureOr(p.ByCopilot.Created, text.Whole), text.WholePercent(*of)))
	}
	c.Notes = []string{d.T("impact.outcome.note")}
	if p.Reviews != nil {
		c.Notes = append(c.Notes, d.T("impact.outcome.reviews", text.Whole(*p.Reviews), text.FigureOr(p.ReviewsByCopilot, text.Whole)))
	}
	return c
}

// comments is "Review suggestions by Copilot", by comment type.
func (d *dashboard) comments() *cards.TableCard {
	c := d.table("suggestions", "suggestions", "suggestions")
	if c.Blocked != nil {
		return c
	}
	p := &d.impact.Pulls
	if p.AllComments.Suggested == nil {
		c.Menu.CSV, c.Empty = "", d.textOfNone("impact.suggestions.none")
		return c
	}
	table := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.Dimension("comment_type")}, {Graphic: true}, {Label: d.T("impact.suggested"), Numeric: true}, {Label: d.T("impact.applied"), Numeric: true}, {Label: d.T("impact.share"), Numeric: true}}}
	row := func(label string, t question.CommentType, neutral bool, most float64) cards.DrawnRow {
		bar := cards.NewRowBar(most, cards.Part{Step: cards.StepMid, Value: cards.OrZero(t.Applied)}, cards.Part{Step: cards.StepNone, Value: cards.OrZero(query.Minus(t.Suggested, t.Applied))})
		return cards.DrawnRow{Key: t.Name, Label: label, Neutral: neutral, Cells: []cards.DrawnCell{{Bar: bar}, {Figure: cards.Whole(t.Suggested)}, {Figure: cards.Whole(t.Applied)}, {Figure: cards.Write(query.Share(t.Applied, t.Suggested), text.WholePercent, text.Percent)}}}
	}
	most := 0.0
	for _, t := range p.Comments {
		most = max(most, cards.OrZero(t.Suggested), cards.OrZero(t.Applied))
	}
	for _, t := range p.Comments {
		label := d.T("impact.suggestions.untyped")
		if t.Name != "" {
			label = text.Upper(strings.ReplaceAll(d.ValueLabel("comment_type", t.Name), "_", " "))
		}
		table.Rows = append(table.Rows, row(label, t, t.Name == "", most))
	}
	foot := row(d.T("total"), p.AllComments, false, 0)
	table.Foot, c.Table = &foot, table
	suggested := *p.AllComments.Suggested
	if of := query.Share(p.AllComments.Applied, &suggested); of != nil {
		c.Lead = &cards.Lead{Figure: cards.Write(of, text.WholePercent, text.Percent), Unit: d.T("impact.suggestions.unit", text.Whole(suggested))}
		c.Sentence = d.Say(d.T("impact.suggestions.sentence", d.WindowSentence(), d.Scope(), text.Whole(suggested), text.WholePercent(*of)))
	}
	if p.Suggested != nil {
		c.Notes = append(c.Notes, d.T("impact.suggestions.all", text.Whole(*p.Suggested), text.FigureOr(p.Applied, text.Whole)))
	}
	return c
}

// reviewTimes is "Review times of people's pull requests".
func (d *dashboard) reviewTimes() *cards.TableCard {
	c := d.table("review-times", "reviewtimes", "review-times")
	if c.Blocked != nil {
		return c
	}
	p := &d.impact.Pulls
	if len(p.Stages) == 0 {
		c.Menu.CSV, c.Empty = "", d.textOfNone("impact.reviewtimes.none")
		return c
	}
	table := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("impact.stage")}, {Label: d.T("impact.median"), Numeric: true}, {Label: d.T("impact.p90"), Numeric: true}, {Graphic: true}}}
	most := 0.0
	for _, s := range p.Stages {
		most = max(most, cards.OrZero(s.Median), cards.OrZero(s.P90))
	}
	for _, s := range p.Stages {
		bar := cards.NewRowBar(most, cards.Part{Step: cards.StepStrong, Value: cards.OrZero(s.Median)}, cards.Part{Step: cards.StepPale, Value: cards.OrZero(query.Minus(s.P90, s.Median))})
		table.Rows = append(table.Rows, cards.DrawnRow{Key: s.Name, Label: d.T("impact.stage." + s.Name), Cells: []cards.DrawnCell{{Figure: cards.Write(s.Median, hours, hours)}, {Figure: cards.Write(s.P90, hours, hours)}, {Bar: bar}}})
	}
	c.Table = table
	c.Legend = []cards.LegendItem{{Label: d.T("impact.median"), Swatch: "strong"}, {Label: d.T("impact.reviewtimes.to90"), Swatch: "pale"}}
	first, coverage := p.Stages[0].Median, text.FigureOr(query.Share(p.Covered, p.Merged), text.WholePercent)
	c.Lead = &cards.Lead{Figure: cards.Write(first, hours, hours), Unit: d.T("impact.reviewtimes.unit")}
	c.Notes = []string{d.T("impact.reviewtimes.coverage", text.Whole(*p.Covered), text.FigureOr(p.Merged, text.Whole), coverage)}
	c.Sentence = d.Say(d.T("impact.reviewtimes.sentence", d.WindowSentence(), d.Scope(), text.FigureOr(first, hours), coverage))
	return c
}

// mostRepositories is how many repositories are named.
const mostRepositories = 12

// repositories is "Pull requests by repository".
func (d *dashboard) repositories() *cards.TableCard {
	c := d.table("repositories", "repositories", "repositories")
	if c.Blocked != nil {
		return c
	}
	list := d.impact.Pulls.Repositories
	table := d.entityTable(list, "repository", nil)
	if table == nil {
		c.Menu.CSV, c.Empty = "", d.textOfNone("impact.repositories.none")
		return c
	}
	table.Heads = append(table.Heads, cards.DrawnHead{Label: d.T("impact.firstreview"), Series: "review", Numeric: true})
	for i := range table.Rows {
		review := list[i].FirstReview
		if list[i].Rest {
			review = nil
		}
		table.Rows[i].Cells = append(table.Rows[i].Cells, cards.DrawnCell{Figure: cards.Write(review, hours, hours)})
	}
	c.Table = table
	d.leadEntity(c)
	d.SortTable(c.ID, table)
	if n := slices.IndexFunc(table.Rows, func(r cards.DrawnRow) bool { return r.Neutral }); n > mostRepositories || n < 0 && len(table.Rows) > mostRepositories {
		named := len(table.Rows)
		if n >= 0 {
			named = n
		}
		c.Notes = append(c.Notes, d.T("impact.repositories.more", text.Grouped(mostRepositories), text.Grouped(int64(named))))
		table.Rows = slices.Delete(table.Rows, mostRepositories, named)
	}
	return c
}

// organizations is "Pull requests by organization", of those whose own aggregates state them;
// nil where a page is of one organization or team.
func (d *dashboard) organizations() *cards.TableCard {
	if d.Entity.Kind != directory.Enterprise {
		return nil
	}
	c := d.table("organizations", "organizations", "organizations")
	if c.Blocked != nil {
		return c
	}
	if d.impact.Refused["organizations"] != nil {
		c.Menu.CSV, c.Empty = "", d.T("impact.organizations.weeks")
		return c
	}
	if c.Table = d.entityTable(d.impact.Pulls.Organizations, "organization", d.organizationURL); c.Table == nil {
		c.Menu.CSV, c.Empty = "", d.T("impact.organizations.none")
		return c
	}
	d.leadEntity(c)
	d.SortTable(c.ID, c.Table)
	return c
}

// leadEntity says which repository or organization, that with the most, merged how many.
func (d *dashboard) leadEntity(c *cards.TableCard) {
	first := c.Table.Rows[0]
	if first.Cells[1].Value == "" { // those with the most come first, so that none states any
		return
	}
	merged := 0.0
	for _, r := range c.Table.Rows {
		if !r.Neutral {
			merged += text.Parsed(r.Cells[1].Value)
		}
	}
	c.Lead = &cards.Lead{Figure: first.Cells[1].Figure, Unit: d.T("impact.entity.unit", text.Whole(merged), first.Label)}
	c.Sentence = d.Say(d.T("impact.entity.sentence", d.WindowSentence(), d.Scope(), text.Whole(merged), first.Cells[1].Text, first.Label))
}

func (d *dashboard) organizationURL(slug string) string {
	o := directory.Entity{Kind: directory.Organization, Slug: slug}
	return d.State.At(shell.InsightsPath(access.Place{Enterprise: d.Place.Enterprise, Organization: &o}, "impact")).URL()
}

// entityTable has pull requests by repository or organization, those with the most first;
// nil if there are none.
func (d *dashboard) entityTable(list []question.PullsOf, dimension string, url func(string) string) *cards.DrawnTable {
	if len(list) == 0 {
		return nil
	}
	table := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.Dimension(dimension), Series: "name"}, {Label: d.T("impact.pulls.created"), Series: "created", Numeric: true}, {Label: d.T("impact.pulls.merged"), Series: "merged", Numeric: true}, {Graphic: true},
		{Label: d.T("impact.pulls.bycopilot"), Series: "copilot", Numeric: true}, {Label: d.T("impact.pulls.minutes"), Series: "minutes", Numeric: true}}}
	most := cards.OrZero(list[0].Merged)
	for _, p := range list {
		row := cards.DrawnRow{Key: p.Name, Label: d.T("impact.entity.rest." + dimension), Neutral: p.Rest}
		bar := cards.DrawnCell{}
		switch {
		case !p.Rest:
			row.Label = d.ValueLabel(dimension, p.Name)
			bar.Bar = cards.NewRowBar(most, cards.Part{Step: cards.StepMid, Value: cards.OrZero(p.Merged)})
			if url != nil {
				row.URL = url(p.Name)
			}
		case p.Name != "":
			row.Label = p.Name
		}
		row.Cells = []cards.DrawnCell{{Figure: cards.Whole(p.Created)}, {Figure: cards.Whole(p.Merged)}, bar, {Figure: cards.Whole(p.ByCopilot)}, {Figure: cards.Write(p.Minutes, hours, hours)}}
		table.Rows = append(table.Rows, row)
	}
	return table
}
