package question

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// comparedDays is of how many days kinds of data are compared, the last of a range: every
// record of those days is read.
const comparedDays = 28

// movedByEnterprise returns the days of which an import moved user reports.
func movedByEnterprise(days []store.DayChange) map[int64]map[day.Day]bool {
	out := map[int64]map[day.Day]bool{}
	for _, d := range days {
		if d.Kind != report.UserDay.String() || d.Skipped {
			continue
		}
		if out[d.Enterprise] == nil {
			out[d.Enterprise] = map[day.Day]bool{}
		}
		out[d.Enterprise][d.Day] = true
	}
	return out
}

// movedKinds is differences of the days that an import moved.
func (a *Answerer) movedKinds(ctx context.Context, enterprise int64, moved map[day.Day]bool) ([]KindDifference, error) {
	n, err := a.names(ctx)
	if err != nil {
		return nil, err
	}
	r := emptyRange
	for d := range moved {
		r = r.Join(day.Range{From: d, To: d})
	}
	list, err := a.comparisons(ctx, query.Scope{Enterprise: enterprise}, r)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(c store.Comparison) bool { return !moved[c.Day] })
	few := 0
	if e := n.ByID[enterprise]; e == nil || !privacy.ViewsPeople(ctx, *e) {
		p, err := a.dir.Privacy(ctx, enterprise)
		if err != nil {
			return nil, fmt.Errorf("privacy settings: %w", err)
		}
		few = p.MinimumGroup
	}
	return differences(n.Key(enterprise), list, few), nil
}

// viewKinds is differences for what a view shows as a whole, to readers from whom no figure
// is hidden.
func (a *Answerer) viewKinds(ctx context.Context, v *view) ([]KindDifference, error) {
	if v.mask != nil || len(v.filters) > 0 {
		return nil, nil
	}
	settled := a.Today() - ProvisionalDays
	return a.memory.kinds.Get(v.enterprise.ID, v.version, disagreementKey{v.scope, v.r, settled}, func() ([]KindDifference, error) {
		list, err := a.comparisons(ctx, v.scope, v.r)
		return differences(v.names.Key(v.scope.Entity()), list, 0), err
	})
}

// comparisons compares kinds of data on the last comparedDays of a range that settle no more.
func (a *Answerer) comparisons(ctx context.Context, sc query.Scope, r day.Range) ([]store.Comparison, error) {
	r.To = min(r.To, a.Today()-ProvisionalDays)
	r.From = max(r.From, r.To-comparedDays+1)
	if r.Len() <= 0 {
		return nil, nil
	}
	list, err := a.store.Comparisons(ctx, sc, r)
	if err != nil {
		return nil, fmt.Errorf("compare kinds of data: %w", err)
	}
	return list, nil
}

// KindDifference is where two kinds of data have different lines of the same people, with a
// tool.
type KindDifference struct {
	// Entity is whose people they are, by its key.
	Entity string
	// Counts is the kind that gives the figures.
	Tool          string
	Counts, Other metric.DataKind
	// Days are those that differ, in their order, of Of days of which both have somebody.
	Days []day.Day
	Of   int
	// People is how many person-days of Days both have, Differ of how many they have different
	// lines; Added and Deleted are the lines of Counts and Other where both know them. Few says
	// that these are left out, as on one of Days fewer people have both than may be told of.
	People, Differ int64
	Added, Deleted [2]store.Lines
	Few            bool
}

// String says it in a sentence without a full stop.
func (d *KindDifference) String() string {
	counts, other := d.Counts.Info(), d.Other.Info()
	var b strings.Builder
	fmt.Fprintf(&b, "%s: on %s of %s compared (%s) %s and %s have different lines of the same people with %s", d.Entity, english.Number(len(d.Days)), english.Count(d.Of, "day", "days"),
		english.DayRanges(d.Days), counts.Label, other.Label, metric.ToolByName(d.Tool).Label)
	if !d.Few {
		fmt.Fprintf(&b, " (%s of %s): %s %s added and %s deleted, %s %s and %s", english.Number(d.Differ), english.Count(d.People, "person-day", "person-days"),
			counts.Label, d.Added[0], d.Deleted[0], other.Label, d.Added[1], d.Deleted[1])
	}
	fmt.Fprintf(&b, "; the figures are those of %s, because %s", counts.Label, counts.Why)
	return b.String()
}

// differences adds up comparisons by tool and kinds of data; few is from how many people on
// figures of a day may be told.
func differences(entity string, list []store.Comparison, few int) []KindDifference {
	var all []KindDifference
	for _, c := range list {
		i := slices.IndexFunc(all, func(d KindDifference) bool { return d.Tool == c.Tool && d.Counts == c.Counts && d.Other == c.Other })
		if i < 0 {
			i = len(all)
			all = append(all, KindDifference{Entity: entity, Tool: c.Tool, Counts: c.Counts, Other: c.Other})
		}
		d := &all[i]
		d.Of++
		if c.Differ == 0 {
			continue
		}
		d.Days = append(d.Days, c.Day)
		d.People, d.Differ, d.Few = d.People+c.People, d.Differ+c.Differ, d.Few || c.People < int64(few)
		for side := range d.Added {
			d.Added[side], d.Deleted[side] = d.Added[side].Plus(c.Added[side]), d.Deleted[side].Plus(c.Deleted[side])
		}
	}
	all = slices.DeleteFunc(all, func(d KindDifference) bool { return len(d.Days) == 0 })
	for i := range all {
		if d := &all[i]; d.Few {
			d.People, d.Differ, d.Added, d.Deleted = 0, 0, [2]store.Lines{}, [2]store.Lines{}
		}
	}
	return all
}
