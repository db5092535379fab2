package sample

import (
	"io"

	"codegauge/internal/day"
)

// repositories are those whose pull requests are reported, by the place of their organization,
// and in how many permille of all pull requests they are; the rest is of repositories that
// people own.
var repositories = []struct {
	organization, permille int
	name                   string
}{
	{0, 150, "checkout"}, {0, 90, "ledger"}, {1, 140, "deploy-tools"}, {1, 110, "cluster-config"}, {2, 100, "ios-app"}, {2, 80, "android-app"},
	{3, 70, "feature-store"}, {3, 40, "notebooks"}, {4, 130, "storefront"}, {4, 70, "design-system"},
}

// writeRepositories writes the rows of repositories of each day.
func (g *Generator) writeRepositories(w io.Writer, r day.Range) error {
	history := g.aggregates(wholeEnterprise, day.Range{From: r.From - month + 1, To: r.To})
	out := newWriter(w)
	for i := month - 1; i < len(history); i++ {
		a := &history[i]
		if g.gap(a.c.d) {
			continue
		}
		pulls, review := newRNG(g.cfg.Seed, 0, int(a.c.d), saltPulls), newRNG(g.cfg.Seed, 0, int(a.c.d), saltRepositories)
		cohorts := g.cohorts(history[i-month+1 : i+1])
		_, merged := mergedBy(&cohorts, &pulls)
		for place := range repositories {
			if repositories[place].organization < len(g.orgs) {
				out.buf = g.appendRepository(out.buf, place, &a.c, merged, &review)
			}
		}
	}
	return failed("repositories", r.To, out.flush())
}

// appendRepository writes a repository's row of a day with so many pull requests in all.
func (g *Generator) appendRepository(b []byte, place int, c *calendar, all int, r *rng) []byte {
	repo := &repositories[place]
	merged := scale(all, repo.permille, r)
	b = append(b, `{"day":"`+c.date+`","enterprise_id":"`+EnterpriseID+`","organization_id":"`+g.orgs[repo.organization].ID+`","repo_id":`+itoa(70_400_100+place*37)...)
	b = append(b, `,"repo_owner_name":"`+g.orgs[repo.organization].Slug+`","repo_name":"`+repo.name+`"`...)
	b = append(appendPulls(b, merged, at(agents, c.age), r), `,"pull_request_review_times":[`...)
	if reviewed := merged * r.between(50, 80) / 100; reviewed > 0 {
		b = append(b, `{"authored_by":"human","reviewed_by":"human"`...)
		b = appendNumber(b, "total_merged", reviewed)
		for _, stage := range []struct {
			name          string
			median, spare int
		}{{"ready_to_first_review", 150, 900}, {"first_to_final_review", 240, 1900}, {"final_review_to_merge", 60, 700}} {
			median := stage.median + r.n(stage.median)
			b = appendNumber(b, "median_minutes_"+stage.name, median)
			b = appendNumber(b, "p90_minutes_"+stage.name, median+stage.spare+r.n(stage.spare))
		}
		b = append(b, '}')
	}
	return append(b, "]}\n"...)
}
