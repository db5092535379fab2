package admin

import (
	"context"

	"codegauge/internal/access"
	"codegauge/internal/directory"
)

// Monitored is an enterprise that whoever asks may monitor, with its sources.
type Monitored struct {
	Enterprise directory.Entity
	Sources    []Source
}

// Monitored lists the enterprises that whoever asks may monitor.
func (a *Admin) Monitored(ctx context.Context) ([]Monitored, error) {
	all, err := a.dir.Entities(ctx)
	if err != nil {
		return nil, err
	}
	var out []Monitored
	for _, e := range all {
		if e.Kind != directory.Enterprise || !access.Of(ctx).Can(access.Monitor, e) {
			continue
		}
		m := Monitored{Enterprise: e}
		list, err := a.dir.Sources(ctx, e.ID)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			told, err := a.sourceOf(ctx, s)
			if err != nil {
				return nil, err
			}
			m.Sources = append(m.Sources, told)
		}
		out = append(out, m)
	}
	return out, nil
}
