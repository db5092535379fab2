package sample

import "codegauge/internal/metric"

// mergedPerDay is how many pull requests a person of each phase merges on a day
// when they are active, in permille.
var mergedPerDay = [len(phaseNames)]int{210, 290, 370, 450, 470}

// appendImpact writes pull requests and adoption phases of the last day of
// history.
func (g *Generator) appendImpact(b []byte, history []aggregate) []byte {
	a := &history[len(history)-1]
	r := newRNG(g.cfg.Seed, int(a.scope-wholeEnterprise), int(a.c.d), saltPulls)
	cohorts := g.cohorts(history)
	merged, all := mergedBy(&cohorts, &r)
	b = appendPulls(b, all, at(agents, a.c.age), &r)
	return appendCohorts(b, &cohorts, &merged, &r)
}

// mergedBy is how many pull requests the people of each phase merge on a day, and together.
func mergedBy(cohorts *[len(phaseNames)]cohort, r *rng) (merged [len(phaseNames)]int, all int) {
	for i, c := range cohorts {
		merged[i] = scale(c.daily, mergedPerDay[i]*r.between(85, 115)/100, r)
		all += merged[i]
	}
	return merged, all
}

// cohorts counts, beside the day's people of each phase, those of 28 days.
func (g *Generator) cohorts(history []aggregate) [len(phaseNames)]cohort {
	a := &history[len(history)-1]
	cohorts := a.phases
	for p := range g.people {
		for i := range history {
			if history[i].seen[p] != 0 {
				cohorts[phaseOf(&g.people[p], &a.c)].monthly++
				break
			}
		}
	}
	return cohorts
}

// appendPulls writes the pull requests of a day; agents is how far agents are
// rolled out, in permille.
func appendPulls(b []byte, merged, agents int, r *rng) []byte {
	byCopilot := scale(merged, agents*14/100, r)
	reviewed := scale(merged, 200+agents/4, r)
	suggestions := reviewed * 3
	b = append(b, `,"pull_requests":{"total_merged":`+itoa(merged)...)
	b = appendComments(b, suggestions, *r)
	for _, f := range []struct {
		field string
		n     int
	}{
		{"total_created", merged + r.n(1+merged/6)}, {"total_reviewed", merged + r.n(1+merged/4)},
		{"total_created_by_copilot", byCopilot + r.n(1+byCopilot/3)}, {"total_reviewed_by_copilot", reviewed + r.n(1+reviewed/5)},
		{"total_merged_created_by_copilot", byCopilot}, {"total_merged_reviewed_by_copilot", reviewed},
		{"total_suggestions", suggestions + merged}, {"total_applied_suggestions", suggestions/3 + merged/2},
		{"total_copilot_suggestions", suggestions}, {"total_copilot_applied_suggestions", suggestions / 3},
	} {
		b = appendNumber(b, f.field, f.n)
	}
	if merged > 0 {
		b = appendNumber(b, "median_minutes_to_merge", 520+r.n(240))
	}
	if byCopilot > 0 {
		b = appendNumber(b, "median_minutes_to_merge_copilot_authored", 350+r.n(200))
	}
	if reviewed > 0 {
		b = appendNumber(b, "median_minutes_to_merge_copilot_reviewed", 430+r.n(220))
	}
	return append(b, '}')
}

// commentTypes are what Copilot's suggestions are about, and in how many permille of them; the
// rest has no type.
var commentTypes = []weighted{{"bug_risk", 340}, {"maintainability", 240}, {"error_handling", 170}, {"performance", 90}, {"security", 70}, {"documentation", 60}}

// appendComments divides suggestions by what they are about. Of those about risks more are
// applied than of others.
func appendComments(b []byte, suggestions int, r rng) []byte {
	b = append(b, `,"copilot_suggestions_by_comment_type":[`...)
	for i, kind := range commentTypes {
		if i > 0 {
			b = append(b, ',')
		}
		n := scale(suggestions, kind.weight, &r)
		b = append(b, `{"comment_type":"`+kind.name+`"`...)
		b = appendNumber(b, "total_copilot_suggestions", n)
		b = append(appendNumber(b, "total_copilot_applied_suggestions", scale(n, 390-40*i, &r)), '}')
	}
	return append(b, ']')
}

// averages are the per-user averages of a phase and the counters behind them.
var averages = []struct {
	field   string
	counter metric.Counter
}{
	{"avg_user_initiated_interactions", metric.Interactions}, {"avg_code_generation_activities", metric.Generations},
	{"avg_code_acceptance_activities", metric.Acceptances}, {"avg_loc_added", metric.LocAdded}, {"avg_loc_deleted", metric.LocDeleted},
}

func appendCohorts(b []byte, cohorts *[len(phaseNames)]cohort, merged *[len(phaseNames)]int, r *rng) []byte {
	b = append(b, `,"totals_by_ai_adoption_phase":[`...)
	comma := ""
	for i, c := range cohorts {
		if c.monthly == 0 {
			continue
		}
		b = append(b, comma+`{"phase":"`+phaseNames[i]+`"`...)
		b = appendNumber(b, "phase_number", i)
		b = appendNumber(b, "total_engaged_users", c.daily)
		b = appendNumber(b, "users_in_phase_28d", c.monthly)
		b = appendNumber(b, "total_pull_requests_merged", merged[i])
		for _, avg := range averages {
			b = append(b, `,"`+avg.field+`":`...)
			b = appendHundredths(b, int(c.total[avg.counter])*100/max(1, c.daily))
		}
		b = append(b, `,"avg_pull_requests_merged":`...)
		b = appendHundredths(b, merged[i]*100/max(1, c.daily))
		if minutes := 620 - i*55 + r.n(120); merged[i] > 0 {
			b = appendNumber(b, "avg_pull_requests_median_minutes_to_merge", minutes)
		}
		b = append(b, '}')
		comma = ","
	}
	return append(b, ']')
}
