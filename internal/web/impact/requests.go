package impact

import (
	"cmp"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/query"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// The questions about pull requests.
const (
	askPulls         = "pull requests"
	askComments      = "comments"      // suggestions by comment type
	askReviews       = "reviews"       // review times
	askRepositories  = "repositories"  // pull requests and review times by repository
	askOrganizations = "organizations" // pull requests by organization
)

var (
	pullMeasures = []string{"pull_requests_created", "pull_requests_merged", "pull_requests_created_by_copilot", "merged_created_by_copilot", "merged_reviewed_by_copilot",
		"median_minutes_to_merge", "median_minutes_to_merge_copilot_authored", "median_minutes_to_merge_copilot_reviewed",
		"pull_requests_reviewed", "pull_requests_reviewed_by_copilot", "suggestions", "suggestions_applied"}
	commentMeasures = []string{"copilot_suggestions", "copilot_suggestions_applied"}
	reviewMeasures  = []string{"minutes_ready_to_first_review", "minutes_ready_to_first_review_p90", "minutes_first_to_final_review", "minutes_first_to_final_review_p90",
		"minutes_final_review_to_merge", "minutes_final_review_to_merge_p90", "human_reviewed_merges"}
	entityMeasures     = []string{"pull_requests_created", "pull_requests_merged", "merged_created_by_copilot", "median_minutes_to_merge"}
	repositoryMeasures = append(slices.Clone(entityMeasures), "minutes_ready_to_first_review", "human_reviewed_merges")
)

// pullQuestions ask about pull requests.
func (d *dashboard) pullQuestions() []cards.Question {
	out := []cards.Question{
		d.Question(askPulls, d.Effective, d.Window, pullMeasures),
		d.Question(askComments, d.Effective, d.Window, commentMeasures, "comment_type"),
		d.Question(askReviews, d.Effective, d.Window, reviewMeasures),
		d.Question(askRepositories, d.Effective, d.Window, repositoryMeasures, "repository"),
	}
	if d.Entity.Kind == directory.Enterprise {
		out = append(out, d.Question(askOrganizations, d.Effective, d.Window, entityMeasures, "organization"))
	}
	return out
}

// requestRow is a row of pull requests: how many were created and merged, and how long that took.
type requestRow struct {
	key, label      string
	created, merged *float64
	minutes         *float64
}

// outcome is "Outcome of pull requests".
func (d *dashboard) outcome() *cards.TableCard {
	c := d.table("outcome", "outcome", pullMeasures)
	if c.Blocked != nil {
		return c
	}
	t := d.Answers.Of(askPulls)
	created, merged := t.Single("pull_requests_created"), t.Single("pull_requests_merged")
	if created == nil && merged == nil {
		c.Menu.CSV, c.Empty = "", d.T("impact.pulls.none")
		return c
	}
	byCopilot := requestRow{"copilot", d.T("impact.pulls.copilot"), t.Single("pull_requests_created_by_copilot"), t.Single("merged_created_by_copilot"), t.Single("median_minutes_to_merge_copilot_authored")}
	others := requestRow{"others", d.T("impact.pulls.others"), cards.Minus(created, byCopilot.created), cards.Minus(merged, byCopilot.merged), nil}
	reviewed := requestRow{"reviewed", d.T("impact.pulls.reviewed"), nil, t.Single("merged_reviewed_by_copilot"), t.Single("median_minutes_to_merge_copilot_reviewed")}
	all := requestRow{"all", d.T("total"), created, merged, t.Single("median_minutes_to_merge")}
	most := max(cards.OrZero(created), cards.OrZero(merged))
	table := &cards.DrawnTable{Stacked: true, Heads: []cards.DrawnHead{{Label: d.T("impact.pulls")}, {Label: d.T("impact.pulls.created"), Numeric: true}, {Label: d.T("impact.pulls.merged"), Numeric: true}, {Graphic: true},
		{Label: d.T("impact.pulls.ofcreated"), Numeric: true}, {Label: d.T("impact.pulls.ofmerged"), Numeric: true}, {Label: d.T("impact.pulls.minutes"), Numeric: true}}}
	row := func(r requestRow) cards.DrawnRow {
		bar := cards.NewRowBar(most, cards.Part{Step: cards.StepMid, Value: cards.OrZero(r.merged)}, cards.Part{Step: cards.StepNone, Value: cards.OrZero(cards.Minus(r.created, r.merged))})
		return cards.DrawnRow{Key: r.key, Label: r.label, Neutral: r.key == "reviewed", Cells: []cards.DrawnCell{{Figure: cards.Whole(r.created)}, {Figure: cards.Whole(r.merged)}, {Bar: bar},
			{Figure: cards.Write(cards.Share(r.merged, r.created), text.WholePercent, text.Percent)}, {Figure: cards.Write(cards.Share(r.merged, merged), text.WholePercent, text.Percent)}, {Figure: cards.Write(r.minutes, hours, hours)}}}
	}
	table.Rows = []cards.DrawnRow{row(others), row(byCopilot), row(reviewed)}
	foot := row(all)
	table.Foot, c.Table = &foot, table
	if of, rest := cards.Share(byCopilot.merged, byCopilot.created), cards.Share(others.merged, others.created); of != nil {
		c.Lead = &cards.Lead{Figure: cards.Write(of, text.WholePercent, text.Percent), Unit: d.T("impact.outcome.unit", text.FigureOr(rest, text.WholePercent))}
		c.Sentence = d.Say(d.T("impact.outcome.sentence", d.WindowSentence(), d.Scope(), text.FigureOr(merged, text.Whole), text.FigureOr(byCopilot.merged, text.Whole), text.WholePercent(*of)))
	}
	c.Notes = []string{d.T("impact.outcome.note")}
	if reviews := t.Single("pull_requests_reviewed"); reviews != nil {
		c.Notes = append(c.Notes, d.T("impact.outcome.reviews", text.Whole(*reviews), text.FigureOr(t.Single("pull_requests_reviewed_by_copilot"), text.Whole)))
	}
	return c
}

// comments is "Review suggestions by Copilot", by comment type.
func (d *dashboard) comments() *cards.TableCard {
	c := d.table("suggestions", "suggestions", commentMeasures, "comment_type")
	if c.Blocked != nil {
		return c
	}
	t := d.Answers.Of(askComments)
	table := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.Dimension("comment_type")}, {Graphic: true}, {Label: d.T("impact.suggested"), Numeric: true}, {Label: d.T("impact.applied"), Numeric: true}, {Label: d.T("impact.share"), Numeric: true}}}
	row := func(label, key string, neutral bool, suggested, applied *float64, most float64) cards.DrawnRow {
		bar := cards.NewRowBar(most, cards.Part{Step: cards.StepMid, Value: cards.OrZero(applied)}, cards.Part{Step: cards.StepNone, Value: cards.OrZero(cards.Minus(suggested, applied))})
		return cards.DrawnRow{Key: key, Label: label, Neutral: neutral, Cells: []cards.DrawnCell{{Bar: bar}, {Figure: cards.Whole(suggested)}, {Figure: cards.Whole(applied)}, {Figure: cards.Write(cards.Share(applied, suggested), text.WholePercent, text.Percent)}}}
	}
	most, suggested, applied := 0.0, (*float64)(nil), (*float64)(nil)
	for _, r := range t.Rows() {
		s, a := t.Value(r, commentMeasures[0]), t.Value(r, commentMeasures[1])
		most = max(most, cards.OrZero(s), cards.OrZero(a))
		suggested, applied = cards.Plus(suggested, s), cards.Plus(applied, a)
	}
	if suggested == nil {
		c.Menu.CSV, c.Empty = "", d.T("impact.suggestions.none")
		return c
	}
	for _, r := range t.Rows() {
		s, a := t.Value(r, commentMeasures[0]), t.Value(r, commentMeasures[1])
		name, named := t.Name(r, "comment_type")
		label := d.T("impact.suggestions.untyped")
		if named {
			label = text.Upper(strings.ReplaceAll(d.ValueLabel("comment_type", name), "_", " "))
		}
		if s != nil || a != nil {
			table.Rows = append(table.Rows, row(label, name, !named, s, a, most))
		}
	}
	slices.SortStableFunc(table.Rows, largestFirst)
	foot := row(d.T("total"), "", false, suggested, applied, 0)
	table.Foot, c.Table = &foot, table
	if of := cards.Share(applied, suggested); of != nil {
		c.Lead = &cards.Lead{Figure: cards.Write(of, text.WholePercent, text.Percent), Unit: d.T("impact.suggestions.unit", text.Whole(*suggested))}
		c.Sentence = d.Say(d.T("impact.suggestions.sentence", d.WindowSentence(), d.Scope(), text.Whole(*suggested), text.WholePercent(*of)))
	}
	if all := d.Answers.Of(askPulls).Single("suggestions"); all != nil {
		c.Notes = append(c.Notes, d.T("impact.suggestions.all", text.Whole(*all), text.FigureOr(d.Answers.Of(askPulls).Single("suggestions_applied"), text.Whole)))
	}
	return c
}

// largestFirst orders rows by their second figure; neutral ones come last.
func largestFirst(x, y cards.DrawnRow) int {
	if x.Neutral != y.Neutral {
		if x.Neutral {
			return 1
		}
		return -1
	}
	return cmp.Compare(text.Parsed(y.Cells[1].Value), text.Parsed(x.Cells[1].Value))
}

// reviewStages are the stages of a review, by the measures of their medians.
var reviewStages = []string{"minutes_ready_to_first_review", "minutes_first_to_final_review", "minutes_final_review_to_merge"}

// reviewTimes is "Review times of people's pull requests".
func (d *dashboard) reviewTimes() *cards.TableCard {
	c := d.table("review-times", "reviewtimes", reviewMeasures)
	if c.Blocked != nil {
		return c
	}
	t := d.Answers.Of(askReviews)
	of := t.Single("human_reviewed_merges")
	if cards.Nothing(of) {
		c.Menu.CSV, c.Empty = "", d.T("impact.reviewtimes.none")
		return c
	}
	table := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.T("impact.stage")}, {Label: d.T("impact.median"), Numeric: true}, {Label: d.T("impact.p90"), Numeric: true}, {Graphic: true}}}
	most := 0.0
	for _, stage := range reviewStages {
		most = max(most, cards.OrZero(t.Single(stage)), cards.OrZero(t.Single(stage+"_p90")))
	}
	for _, stage := range reviewStages {
		median, p90 := t.Single(stage), t.Single(stage+"_p90")
		bar := cards.NewRowBar(most, cards.Part{Step: cards.StepStrong, Value: cards.OrZero(median)}, cards.Part{Step: cards.StepPale, Value: cards.OrZero(cards.Minus(p90, median))})
		table.Rows = append(table.Rows, cards.DrawnRow{Key: stage, Label: d.T("impact.stage." + stage), Cells: []cards.DrawnCell{{Figure: cards.Write(median, hours, hours)}, {Figure: cards.Write(p90, hours, hours)}, {Bar: bar}}})
	}
	c.Table = table
	c.Legend = []cards.LegendItem{{Label: d.T("impact.median"), Swatch: "strong"}, {Label: d.T("impact.reviewtimes.to90"), Swatch: "pale"}}
	first := t.Single(reviewStages[0])
	c.Lead = &cards.Lead{Figure: cards.Write(first, hours, hours), Unit: d.T("impact.reviewtimes.unit")}
	merged := d.repositoriesMerged()
	coverage := d.T("impact.reviewtimes.coverage", text.Whole(*of), text.FigureOr(merged, text.Whole), text.FigureOr(cards.Share(of, merged), text.WholePercent))
	c.Notes = []string{coverage}
	c.Sentence = d.Say(d.T("impact.reviewtimes.sentence", d.WindowSentence(), d.Scope(), text.FigureOr(first, hours), text.FigureOr(cards.Share(of, merged), text.WholePercent)))
	return c
}

// repositoriesMerged is how many pull requests were merged in the repositories that report.
func (d *dashboard) repositoriesMerged() (merged *float64) {
	t := d.Answers.Of(askRepositories)
	for _, r := range t.Rows() {
		if _, named := t.Name(r, "repository"); named {
			merged = cards.Plus(merged, t.Value(r, "pull_requests_merged"))
		}
	}
	return merged
}

// mostRepositories is how many repositories are named.
const mostRepositories = 12

// repositories is "Pull requests by repository".
func (d *dashboard) repositories() *cards.TableCard {
	c := d.table("repositories", "repositories", repositoryMeasures, "repository")
	if c.Blocked != nil {
		return c
	}
	t := d.Answers.Of(askRepositories)
	table := d.entityTable(t, "repository", nil)
	if table == nil {
		c.Menu.CSV, c.Empty = "", d.T("impact.repositories.none")
		return c
	}
	table.Heads = append(table.Heads, cards.DrawnHead{Label: d.T("impact.firstreview"), Series: "review", Numeric: true})
	for i := range table.Rows {
		var review *float64
		for _, r := range t.Rows() {
			if name, named := t.Name(r, "repository"); named && name == table.Rows[i].Key {
				review = t.Value(r, "minutes_ready_to_first_review")
			}
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
	c := d.table("organizations", "organizations", entityMeasures, "organization")
	if c.Blocked != nil {
		return c
	}
	t := d.Answers.Of(askOrganizations)
	if t == nil {
		c.Menu.CSV, c.Empty = "", d.T("impact.organizations.weeks")
		return c
	}
	if c.Table = d.entityTable(t, "organization", d.organizationURL); c.Table == nil {
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
// nil if none has any.
func (d *dashboard) entityTable(t *cards.Answer, dimension string, url func(string) string) *cards.DrawnTable {
	table := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: d.Dimension(dimension), Series: "name"}, {Label: d.T("impact.pulls.created"), Series: "created", Numeric: true}, {Label: d.T("impact.pulls.merged"), Series: "merged", Numeric: true}, {Graphic: true},
		{Label: d.T("impact.pulls.bycopilot"), Series: "copilot", Numeric: true}, {Label: d.T("impact.pulls.minutes"), Series: "minutes", Numeric: true}}}
	most, any := 0.0, false
	for _, r := range t.Rows() {
		if _, named := t.Name(r, dimension); named {
			most = max(most, cards.OrZero(t.Value(r, "pull_requests_merged")))
		}
	}
	for _, r := range t.Rows() {
		name, named := t.Name(r, dimension)
		created, merged := t.Value(r, "pull_requests_created"), t.Value(r, "pull_requests_merged")
		neutral := !named || query.IsOthers(name)
		if created == nil && merged == nil {
			continue
		}
		row := cards.DrawnRow{Key: name, Label: d.T("impact.entity.rest." + dimension), Neutral: neutral}
		bar := cards.DrawnCell{}
		if !neutral {
			any, row.Label = true, d.ValueLabel(dimension, name)
			bar.Bar = cards.NewRowBar(most, cards.Part{Step: cards.StepMid, Value: cards.OrZero(merged)})
			if url != nil {
				row.URL = url(name)
			}
		}
		row.Cells = []cards.DrawnCell{{Figure: cards.Whole(created)}, {Figure: cards.Whole(merged)}, bar, {Figure: cards.Whole(t.Value(r, "merged_created_by_copilot"))}, {Figure: cards.Write(t.Value(r, "median_minutes_to_merge"), hours, hours)}}
		table.Rows = append(table.Rows, row)
	}
	if !any {
		return nil
	}
	slices.SortStableFunc(table.Rows, largestFirst)
	return table
}
