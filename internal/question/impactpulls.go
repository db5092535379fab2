package question

import (
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/impact"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/sorting"
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

// PullRequests is what happens to pull requests: from repositories, so that those of people
// without Copilot are in it. Figures are nil where no report states them.
type PullRequests struct {
	// Others are those that Copilot did not create, whose time nobody reports; ByCopilot those
	// that its cloud agent created; Reviewed are of All, reviewed by it.
	Others, ByCopilot, Reviewed, All PullOutcome
	// Reviews are pull requests reviewed, each once a day, and ReviewsByCopilot those of Copilot.
	Reviews, ReviewsByCopilot *float64
	// Suggested and Applied are of everybody's reviews.
	Suggested, Applied *float64
	// Comments are Copilot's suggestions by comment type, those with the most first, and
	// AllComments their sum.
	Comments    []CommentType
	AllComments CommentType
	// Stages are those of reviews of merged pull requests that a person opened and another
	// reviewed: Covered are so many of Merged in the same repositories.
	Stages          []ReviewStage
	Covered, Merged *float64
	// Repositories and Organizations are those with the most merged first; Organizations are
	// those whose own aggregates state any.
	Repositories, Organizations []PullsOf
}

// PullOutcome is how many pull requests were created and merged, each counted on its own day,
// and how many minutes merging took: a mean of daily medians.
type PullOutcome struct{ Created, Merged, Minutes *float64 }

// Stated reports whether anything states how many there were.
func (p *PullRequests) Stated() bool { return p.All.Created != nil || p.All.Merged != nil }

// CommentType is a type of suggestions, "" for none.
type CommentType struct {
	Name               string
	Suggested, Applied *float64
}

// ReviewStage is a stage of reviews, by the measure of its median, in minutes.
type ReviewStage struct {
	Name        string
	Median, P90 *float64
}

// PullsOf is the pull requests of a repository or organization. Rest says that a row is no
// such, but what the total has beside them, or those that are hidden.
type PullsOf struct {
	Name string
	Rest bool
	PullOutcome
	// ByCopilot are of Merged, and FirstReview is in minutes from ready, of repositories.
	ByCopilot, FirstReview *float64
}

// reviewStages are the stages of a review, by the measures of their medians.
var reviewStages = []string{"minutes_ready_to_first_review", "minutes_first_to_final_review", "minutes_final_review_to_merge"}

// pullRequests reads what the answers say of pull requests.
func (i *impactReader) pullRequests() (out PullRequests) {
	pulls := i.answers[askPulls]
	out.All = PullOutcome{pulls.single("pull_requests_created"), pulls.single("pull_requests_merged"), pulls.single("median_minutes_to_merge")}
	out.ByCopilot = PullOutcome{pulls.single("pull_requests_created_by_copilot"), pulls.single("merged_created_by_copilot"), pulls.single("median_minutes_to_merge_copilot_authored")}
	out.Others = PullOutcome{query.Minus(out.All.Created, out.ByCopilot.Created), query.Minus(out.All.Merged, out.ByCopilot.Merged), nil}
	out.Reviewed = PullOutcome{nil, pulls.single("merged_reviewed_by_copilot"), pulls.single("median_minutes_to_merge_copilot_reviewed")}
	out.Reviews, out.ReviewsByCopilot = pulls.single("pull_requests_reviewed"), pulls.single("pull_requests_reviewed_by_copilot")
	out.Suggested, out.Applied = pulls.single("suggestions"), pulls.single("suggestions_applied")

	comments := i.answers[askComments]
	for _, row := range comments.rows() {
		c := CommentType{Suggested: comments.Value(row, commentMeasures[0]), Applied: comments.Value(row, commentMeasures[1])}
		if c.Name, _ = comments.Name(row, "comment_type"); c.Suggested != nil || c.Applied != nil {
			out.Comments = append(out.Comments, c)
			out.AllComments.Suggested, out.AllComments.Applied = query.Plus(out.AllComments.Suggested, c.Suggested), query.Plus(out.AllComments.Applied, c.Applied)
		}
	}
	sorting.Stable(out.Comments, func(x, y CommentType) int {
		return lastAmong(x.Name == "", y.Name == "", compareKnown(y.Suggested, x.Suggested))
	})
	if reviews := i.answers[askReviews]; orZero(reviews.single("human_reviewed_merges")) > 0 {
		out.Covered = reviews.single("human_reviewed_merges")
		for _, stage := range reviewStages {
			out.Stages = append(out.Stages, ReviewStage{stage, reviews.single(stage), reviews.single(stage + "_p90")})
		}
	}
	out.Repositories, out.Organizations = i.pullsBy(askRepositories, "repository"), i.pullsBy(askOrganizations, "organization")
	for _, r := range out.Repositories {
		if !r.Rest {
			out.Merged = query.Plus(out.Merged, r.Merged)
		}
	}
	return out
}

// lastAmong orders rows that are no values last, others as order says.
func lastAmong(x, y bool, order int) int {
	switch {
	case x == y:
		return order
	case x:
		return 1
	}
	return -1
}

// pullsBy has pull requests by repository or organization; none if none has any.
func (i *impactReader) pullsBy(ask, dimension string) (out []PullsOf) {
	t, some := i.answers[ask], false
	for _, row := range t.rows() {
		name, named := t.Name(row, dimension)
		p := PullsOf{Name: name, Rest: !named || query.IsOthers(name) || name == hiddenEntities, PullOutcome: PullOutcome{t.Value(row, entityMeasures[0]), t.Value(row, entityMeasures[1]), t.Value(row, entityMeasures[3])},
			ByCopilot: t.Value(row, entityMeasures[2]), FirstReview: t.Value(row, reviewMeasures[0])}
		if p.Created != nil || p.Merged != nil {
			out, some = append(out, p), some || !p.Rest
		}
	}
	if !some {
		return nil
	}
	sorting.Stable(out, func(x, y PullsOf) int { return lastAmong(x.Rest, y.Rest, compareKnown(y.Merged, x.Merged)) })
	return out
}

// Return is what people of phases 0 and 1 and those of phase 2 and higher use and merge.
type Return struct {
	// Why says why nothing is told, "" if something is.
	Why  NoImpact
	Days day.Range
	// Groups are phases 0 and 1, and phase 2 and higher.
	Groups [2]ReturnGroup
	// Credits and Merged compare the second group with the first, person by person and over
	// weeks.
	Credits, Merged Comparison
	// Used is how many credits both groups use a month, nil if no record states any. Pool and
	// Licence are as in CreditUse.
	Used    *float64
	Pool    *int64
	Licence *float64
	// Computed is of how many people the phase is computed.
	Computed int64
}

// ReturnGroup is the people of some phases; records of Known of them state credits.
type ReturnGroup struct {
	People, Known int
	// Credits is what one of Known uses a month, in US dollars at list price, and Merged how
	// many pull requests one of the phases merges in 28 days.
	Credits, Merged *float64
}

// monthly is how many months 28 days are, the other way round.
const monthly = 365.25 / 12 / PhaseDays

func (i *impactReader) returns() Return {
	u := i.credits
	out := Return{Why: u.Why, Days: u.Days}
	if out.Why != "" {
		return out
	}
	out.Pool, out.Licence, out.Computed = u.Pool, u.Licence, i.out.Records.Computed()
	for n, g := range []CreditGroup{u.Light, u.Heavy} {
		group := &out.Groups[n]
		group.People, group.Known = g.People, g.Known
		if g.Known > 0 {
			used := g.Credits * monthly
			each := used * metric.CreditPrice / float64(g.Known)
			group.Credits, out.Used = &each, query.Plus(out.Used, &used)
		}
		if rate := i.pulls.perUser[n]; rate.Den > 0 {
			merged := PhaseDays * rate.Num / rate.Den
			group.Merged = &merged
		}
	}
	why := NoImpact("")
	switch {
	case u.Break != nil:
		why = ImpactBreak
	case u.Ratio.Why == impact.TooFewEngaged, u.Ratio.Why == impact.TooFewPassive:
		why = ImpactFew
	}
	out.Credits, out.Merged = compared(u.Ratio, why, u.Break), i.ofPulls(i.pulls.agents)
	return out
}
