package question

import (
	"context"
	"fmt"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/store"
)

// DataChange is an import, or another change, in an enterprise's history.
type DataChange struct {
	store.Revision
	// Reports lists how the report days moved, by kind of report.
	Reports []ReportChange `json:"reports"`
	// Undoable says that what the import replaced is still kept, so that undoing it
	// gives that back.
	Undoable bool `json:"undoable"`
}

// ReportChange is how a change moved the report days of a kind and tool, in all.
type ReportChange struct {
	Kind string `json:"kind"`
	Tool string `json:"tool"`
	// Data is left out of JSON for reports.
	Data    metric.DataKind `json:"data_kind,omitempty"`
	Sources []string        `json:"sources"`
	From    day.Day         `json:"from"`
	To      day.Day         `json:"to"`
	// Days counts the days that moved, Skipped those on which a newer report was stored.
	Days    int             `json:"days"`
	Skipped int             `json:"skipped,omitempty"`
	Before  store.DayTotals `json:"before"`
	After   store.DayTotals `json:"after"`
}

// History lists the changes of an enterprise's data, newest first, at most limit.
func (a *Answerer) History(ctx context.Context, enterprise int64, limit int) ([]DataChange, error) {
	n, err := a.names(ctx)
	if err != nil {
		return nil, err
	}
	list, err := a.store.Revisions(ctx, enterprise, limit, true)
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	kept := a.opt.Now().AddDate(0, 0, -a.opt.UndoDays)
	out := []DataChange{}
	for _, r := range list {
		for i := range r.Days {
			r.Days[i].SourceName = n.Key(r.Days[i].Source)
		}
		c := DataChange{Revision: r, Reports: ReportChanges(r.Days)}
		c.Revision.Days = nil
		c.Undoable = r.Action == "import" && r.UndoneBy == 0 && len(r.Days) > 0 && r.At.After(kept)
		out = append(out, c)
	}
	return out, nil
}

// ReportChanges adds up the days of each kind of report and of data, and tool.
func ReportChanges(days []store.DayChange) []ReportChange {
	type key struct {
		kind, tool string
		data       metric.DataKind
	}
	at := map[key]int{}
	out := []ReportChange{}
	for _, d := range days {
		k := key{d.Kind, d.Tool, d.Data}
		i, ok := at[k]
		if !ok {
			i = len(out)
			at[k] = i
			out = append(out, ReportChange{Kind: d.Kind, Tool: d.Tool, Data: d.Data, From: d.Day})
		}
		c := &out[i]
		c.To = d.Day
		if !slices.Contains(c.Sources, d.SourceName) {
			c.Sources = append(c.Sources, d.SourceName)
		}
		switch {
		case d.Skipped:
			c.Skipped++
		case d.Before != d.After:
			c.Days++
		}
		c.Before = c.Before.Plus(d.Before)
		c.After = c.After.Plus(d.After)
	}
	return out
}
