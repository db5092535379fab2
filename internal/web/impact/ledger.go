package impact

import (
	"strconv"

	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
)

// ledger shows how the page's numbers add up.
func (d *dashboard) ledger() *cards.Ledger {
	l := &cards.Ledger{Title: d.T("reconciliation.title"), Lead: d.T("impact.ledger.lead")}
	add := func(key string, parts []*float64, total *float64) {
		l.Add(d.T("impact.ledger."+key), d.T("impact.ledger."+key+".why"), parts, total)
	}
	if !d.phases.records {
		var people []*float64
		for i := range d.phases.phases {
			people = append(people, d.phases.phases[i].people)
		}
		if active, on := d.featureUsers(); on == d.phases.on {
			add("phases", people, active)
		}
		if of := d.counted(d.counts[0]); d.phases.on == of.on {
			people = nil
			for i := range of.phases {
				people = append(people, of.phases[i].people)
			}
			add("records", people, d.phases.active)
		}
	}
	merged, t := map[string]*float64{}, d.Answers.Of(askPhaseDays)
	for _, row := range t.Rows() {
		if phase, named := t.Name(row, "phase"); named {
			merged[phase] = cards.Plus(merged[phase], t.Value(row, "pull_requests_merged"))
		}
	}
	var parts []*float64
	for i := range d.phases.phases {
		parts = append(parts, merged[d.phases.phases[i].name])
	}
	add("merged", parts, d.Answers.Of(askPulls).Single("pull_requests_merged"))
	l.Facts = []shell.Fact{{Label: d.T("reconciliation.version"), Value: strconv.FormatInt(d.Status.DataVersion, 10)}}
	return l
}
