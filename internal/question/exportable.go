package question

import (
	"context"
	"maps"
	"slices"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
)

// Exportable is a report of which an entity has records.
type Exportable struct {
	// Report is its name in an ExportRequest.
	Report string
	// Days are the first and the last stored.
	Days  day.Range
	Tools []string
	// Data is the kind of data.
	Data metric.DataKind
	// Refused is why whoever asks may not take the records, nil if they may.
	Refused error
}

// Exportable lists the reports of single days that an enterprise or organization has
// records of, in the order of ReportNames and of metric.DataKinds.
func (a *Answerer) Exportable(ctx context.Context, w Parameters) ([]Exportable, error) {
	n, e, err := a.enterprise(ctx, w.Enterprise)
	if err != nil {
		return nil, err
	}
	have, err := a.reports(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	pseudonymizer, err := a.privacy.Pseudonymizer(ctx, *e)
	if err != nil {
		return nil, err
	}
	var out []Exportable
	for _, x := range exports {
		if x.days != 1 || x.source == directory.Enterprise && w.Org != "" || x.source == directory.Organization && w.Org == "" {
			continue
		}
		source, err := exportSource(n, e, x, w.Org)
		if err != nil {
			return nil, err
		}
		for _, data := range metric.DataKinds {
			found, tools := Exportable{Report: x.name, Data: data.Kind}, map[string]bool{}
			for _, d := range have.days {
				if d.Source != source.ID || d.Kind != x.kind || d.Data != data.Kind || d.Records == 0 {
					continue
				}
				if len(tools) == 0 {
					found.Days = day.Range{From: d.Day, To: d.Day}
				}
				found.Days.From, found.Days.To = min(found.Days.From, d.Day), max(found.Days.To, d.Day)
				tools[d.Tool] = true
			}
			if len(tools) == 0 {
				continue
			}
			found.Tools = slices.Sorted(maps.Keys(tools))
			switch {
			case (x.people() || data.Kind != metric.Reports) && !privacy.ViewsPeople(ctx, *source):
				found.Refused = access.Lacks(access.ViewPeople, *source)
			case x.people():
				found.Refused = pseudonymizer.Allow()
			}
			out = append(out, found)
		}
	}
	return out, nil
}
