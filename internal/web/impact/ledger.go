package impact

import (
	"strconv"

	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
)

// ledger shows how the page's numbers add up.
func (d *dashboard) ledger() *cards.Ledger {
	l := &cards.Ledger{Title: d.T("reconciliation.title"), Lead: d.T("impact.ledger.lead")}
	add := func(key string, parts []*float64, total *float64) {
		l.Add(d.T("impact.ledger."+key), d.T("impact.ledger."+key+".why"), parts, total)
	}
	people := func(of *question.PhaseDistribution) (out []*float64) {
		for i := range of.Phases {
			out = append(out, &of.Phases[i].People)
		}
		return out
	}
	phases, records := &d.impact.Phases, &d.impact.Records
	if !phases.FromRecords {
		if features := &d.impact.Features; features.On == phases.On && !features.FromRecords {
			add("phases", people(phases), features.Active)
		}
		if phases.On == records.On {
			add("records", people(records), phases.Active)
		}
	}
	var parts []*float64
	for i := range phases.Phases {
		parts = append(parts, d.impact.MergedByPhase[phases.Phases[i].Name])
	}
	add("merged", parts, d.impact.Pulls.All.Merged)
	l.Facts = []shell.Fact{{Label: d.T("reconciliation.version"), Value: strconv.FormatInt(d.Status.DataVersion, 10)}}
	return l
}
