package impact

import (
	"slices"

	"codegauge/internal/day"
	stats "codegauge/internal/impact"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/web/cards"
)

// The questions about phases.
const (
	askPhaseDays = "phase days" // phaseMeasures by day, or week, and phase
	askEarlier   = "earlier"    // how many were in each phase before
)

// phaseMeasures are compared over weeks, because nobody reports them by person.
var phaseMeasures = []string{"users_in_phase", "pull_requests_merged", "median_minutes_to_merge"}

// pulls compares what phases merge, and how fast.
type pulls struct {
	// merged and faster are of engaged and passive people, codeFirst of those of phase 1 alone
	// and passive people: they use neither the cloud agent nor code review.
	merged, codeFirst, faster stats.Estimate
	// agents compares phase 2 and higher with phases 0 and 1; perUser is what these merged,
	// in person-days, and those.
	agents  stats.Estimate
	perUser [2]stats.Part
	// known says that reports state phases at all.
	known bool
}

// inPhase is what a phase did on a day, or in a week.
type inPhase struct {
	users, merged, minutes *float64
}

// phaseDays returns what each phase did by day or week, and the days in order.
func phaseDays(t *cards.Answer, grain string) (map[day.Day]map[string]inPhase, []day.Day) {
	out, order := map[day.Day]map[string]inPhase{}, []day.Day(nil)
	for _, row := range t.Rows() {
		name, _ := t.Name(row, grain)
		phase, phased := t.Name(row, "phase")
		at, err := day.Parse(name)
		if err != nil || !phased || query.IsOthers(phase) { // phases that are not told apart may be of either group
			continue
		}
		if out[at] == nil {
			out[at] = map[string]inPhase{}
			order = append(order, at)
		}
		out[at][phase] = inPhase{t.Value(row, "users_in_phase"), t.Value(row, "pull_requests_merged"), t.Value(row, "median_minutes_to_merge")}
	}
	slices.Sort(order)
	return out, order
}

// comparePulls compares the window's weeks, which end with its last day.
func comparePulls(t *cards.Answer, grain string, window day.Range) (out pulls) {
	days, order := phaseDays(t, grain)
	out.known = len(order) > 0
	if !out.known {
		return out
	}
	width := 1.0
	if grain == "week" {
		width = 7
	}
	n := max(window.Len()/7, 1)
	all, first, speed, higher := make([]stats.Week, n), make([]stats.Week, n), make([]stats.Week, n), make([]stats.Week, n)
	var engaged, codeFirst, passive int
	for _, at := range order {
		last := at
		if grain == "week" {
			last += 6
		}
		week := max(n-1-int(window.To-last)/7, 0) // what is more than whole weeks is of the first
		engaged, codeFirst, passive = 0, 0, 0
		for phase, p := range days[at] {
			if p.users == nil {
				continue
			}
			users := int(*p.users)
			merged, minutes := stats.Part{}, stats.Part{}
			if p.merged != nil {
				merged = stats.Part{Num: *p.merged, Den: width * *p.users}
			}
			if p.minutes != nil {
				minutes = stats.Part{Num: *p.minutes * *p.users, Den: *p.users}
			}
			if phase == metric.NoCohort || phase == codeFirstPhase {
				add(&higher[week].Passive, merged)
				add(&out.perUser[0], merged)
			} else {
				add(&higher[week].Engaged, merged)
				add(&out.perUser[1], merged)
			}
			if phase == metric.NoCohort {
				passive = users
				add(&all[week].Passive, merged)
				add(&first[week].Passive, merged)
				add(&speed[week].Passive, minutes)
				continue
			}
			engaged += users
			add(&all[week].Engaged, merged)
			add(&speed[week].Engaged, minutes)
			if phase == codeFirstPhase {
				codeFirst = users
				add(&first[week].Engaged, merged)
			}
		}
	}
	out.merged, out.codeFirst = stats.OverWeeks(all, engaged, passive), stats.OverWeeks(first, codeFirst, passive)
	out.agents = stats.OverWeeks(higher, engaged-codeFirst, passive+codeFirst)
	out.faster = stats.OverWeeks(speed, engaged, passive).Inverse()
	return out
}

var codeFirstPhase = metric.PhaseName(1)

func add(to *stats.Part, p stats.Part) { to.Num, to.Den = to.Num+p.Num, to.Den+p.Den }

// agentUsers returns how many people of all are in phase 2 or higher as of the answer's last
// day; all is 0 if it is not known, or if some phases are not told apart.
func agentUsers(t *cards.Answer) (agents, all int) {
	for _, row := range t.Rows() {
		phase, phased := t.Name(row, "phase")
		users := t.Value(row, "users_in_phase")
		switch {
		case query.IsOthers(phase):
			return 0, 0
		case !phased || users == nil:
			continue
		}
		all += int(*users)
		if phase != metric.NoCohort && phase != codeFirstPhase {
			agents += int(*users)
		}
	}
	return agents, all
}
