package digest

import (
	"strings"
	"testing"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/text"
)

// Every reason is said in words, with the shares of its causes.
func TestWrite(t *testing.T) {
	from, _ := day.Parse("2026-10-26")
	web := &directory.Entity{ID: 2, Kind: directory.Organization, Slug: "web", Name: "Web"}
	compared := question.Changes{Now: day.Range{From: from, To: from + 27}, Before: day.Range{From: from - 28, To: from - 1}, Judged: 19, Weeks: 40, Limit: 3.4}
	lines := question.Movement{Figure: "loc_changed", Now: 564000, Before: 503000, Moved: 0.11, Reason: question.ReasonUse,
		Causes: []question.Cause{{Organization: web, Feature: "agent_edit", Model: "opus", Language: "go", Share: 0.7}, {Organization: web, Feature: "copilot_cli", Share: 0.17}}, Rest: 0.13}
	for name, c := range map[string]struct {
		movement question.Movement
		want     []string
	}{
		"use":      {lines, []string{"+61.0k lines [use]", "rose to 564k, from 503k (+12.1%).", "70% of it is Agent edits in files in Web, mostly with opus in go."}},
		"recovery": {question.Movement{Figure: "loc_changed", Now: 1200, Before: 1000, Reason: question.ReasonUse, Fault: &metric.ClientFaults[0], Recovery: 0.634}, []string{"At most 63% of it can be recovery from the SDK fault"}},
		"fault": {question.Movement{Figure: "loc_changed", Now: 1200, Before: 1000, Reason: question.ReasonFault, Fault: &metric.ClientFaults[0], Recovery: 0.634, Causes: lines.Causes, Rest: 0.13},
			[]string{"[client fault]", "At most 63% of it can be recovery from the SDK fault: ", "70% of it is Agent edits in files in Web"}},
		"counting features": {question.Movement{Figure: "loc_changed", Now: 1200, Before: 1000, Reason: question.ReasonCounting, Break: &metric.Breaks[0], Counting: 0.42}, []string{"10 Apr 2026: CLI activity joins", "At most 42% of it is that"}},
		"hidden": {question.Movement{Figure: "loc_changed", Now: 1200, Before: 1000, Reason: question.ReasonUnclear, Fault: &metric.ClientFaults[0], Hidden: 0.91, Rest: 1},
			[]string{"[use or client fault]", "For 91% of it, the split by organization, mode or model is partly hidden because it is about few people."}},
		"ratio":    {question.Movement{Figure: "agent_contribution", Kind: question.RatioFigure, Now: 0.746, Before: 0.717, Reason: question.ReasonUse, Fault: &metric.ClientFaults[0]}, []string{"+2.9 pp agent contribution", "74.6%, from 71.7%.", "recovery from the SDK fault"}},
		"people":   {question.Movement{Figure: "used_cli", Kind: question.PeopleFigure, Now: 118, Before: 144, Reason: question.ReasonUse}, []string{"−26 CLI users", "fell to 118, from 144 (−18.1%)"}},
		"missing":  {question.Movement{Figure: "loc_changed", Organization: web, Now: 38600, Before: 45000, Reason: question.ReasonMissing, Missing: 0.81, MissingDays: 6}, []string{"−6.40k lines, Web [missing data]", "At least 81% of it is missing data: no reports for 6 days."}},
		"counting": {question.Movement{Figure: "ai_credits", Now: 770200, Before: 646200, Reason: question.ReasonCounting, Break: &metric.Breaks[2]}, []string{"+1,240 USD AI credits", "[counting change]", "2 Jul 2026"}},
	} {
		changes := compared
		changes.Movements = []question.Movement{c.movement}
		words := Write(text.English, &changes)
		got := words.Plain()
		for _, want := range append(c.want, "18 of 19 figures", "3.4 times") {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, got)
			}
		}
		sum := 0.0
		for _, p := range words.Rows[0].Parts {
			sum += p.Share
		}
		if (name == "use" || name == "fault") && (sum < 0.999 || sum > 1.001) {
			t.Errorf("shares add up to %v", sum)
		}
	}
}

// Where nothing is named it is said why.
func TestWriteNothing(t *testing.T) {
	from, _ := day.Parse("2026-10-26")
	compared := question.Changes{Now: day.Range{From: from, To: from + 27}, Before: day.Range{From: from - 28, To: from - 1}, Judged: 9, Weeks: 40, Limit: 3,
		Within: []question.Movement{{Figure: "active_users", Kind: question.PeopleFigure, Now: 12, Before: 10}}}
	short := compared
	short.Judged, short.Weeks = 0, 9
	for name, c := range map[string]struct {
		changes question.Changes
		want    string
	}{
		"within noise": {compared, "Nothing moved more than usual. The largest, within noise: Active users +2 (+20.0%)."},
		"first month":  {question.Changes{Ready: from}, "Needs two full periods of four weeks; the second ends on 26 Oct 2026."},
		"short":        {short, "Nothing can be named yet: 9 weeks of earlier data"},
		"no data":      {question.Changes{}, "There is no data to compare yet."},
	} {
		if got := Write(text.English, &c.changes).Plain(); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q is not in\n%s", name, c.want, got)
		}
	}
}
