package service

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// touched is a source's reports of one kind, and the days that an import moved.
type touched struct {
	scope query.Scope
	name  string
	src   query.Source
	days  map[day.Day]bool
	r     day.Range
}

// contradictionsOf says which of the touched reports contradict themselves, with the
// figures. The import stands whatever comes of it.
func (s *Service) contradictionsOf(ctx context.Context, days []store.DayChange) (out []report.Warning) {
	for _, t := range touchedSources(days) {
		found, err := s.contradictions(ctx, t)
		if err != nil {
			s.opt.Log.WarnContext(ctx, "look for contradictions", "source", t.name, "error", err)
			continue
		}
		for _, text := range found {
			out = append(out, report.Warning{Reason: text})
		}
	}
	return out
}

// touchedSources collects the days by source and kind, in the order of names.
func touchedSources(days []store.DayChange) []*touched {
	type at struct {
		source int64
		src    query.Source
	}
	found := map[at]*touched{}
	for _, d := range days {
		src := map[string]query.Source{report.UserDay.String(): query.FromUsers, report.AggregateDay.String(): query.FromAggregate}[d.Kind]
		if src == "" || d.Skipped {
			continue
		}
		k := at{d.Source, src}
		if found[k] == nil {
			found[k] = &touched{scope: scopeOf(d), name: d.SourceName, src: src, days: map[day.Day]bool{}, r: emptyRange}
		}
		found[k].days[d.Day] = true
		found[k].r = found[k].r.Join(day.Range{From: d.Day, To: d.Day})
	}
	var out []*touched
	for _, t := range found {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b *touched) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.src, b.src)) })
	return out
}

func scopeOf(d store.DayChange) query.Scope {
	sc := query.Scope{Enterprise: d.Enterprise}
	if d.Source != d.Enterprise {
		sc.Organization = d.Source
	}
	return sc
}

// contradictions says on how many days of t the features do not add up to the
// totals, and to what they do. Days without any feature contradict nothing.
func (s *Service) contradictions(ctx context.Context, t *touched) ([]string, error) {
	sums, err := s.daySums(ctx, func(by ...string) query.Query {
		return query.Query{Scope: t.scope, Measures: lineMeasures, By: by, Range: t.r, Source: t.src}
	})
	if err != nil {
		return nil, err
	}
	var total, features pair
	contradicting, bare := 0, 0
	for d, sum := range sums {
		switch {
		case !t.days[d]:
			continue
		case sum.contradicts() && sum.features.zero() && sum.discrepancy.zero():
			bare++
			continue
		case sum.contradicts():
			contradicting++
		}
		total, features = total.plus(sum.total), features.plus(sum.features)
	}
	var out []string
	if contradicting > 0 {
		out = append(out, fmt.Sprintf("%s: on %d of %d days the %s contradicts itself: %s", t.name, contradicting, len(t.days), t.what(), figures(total, features)))
	}
	if bare > 0 {
		out = append(out, fmt.Sprintf("%s: on %d of %d days the %s puts no line under a feature: all are unclassified", t.name, bare, len(t.days), t.what()))
	}
	return out, nil
}

func (t *touched) what() string {
	if t.src == query.FromAggregate {
		return "aggregate"
	}
	return "users report"
}

// figures sets what the features add up to against what the totals say.
func figures(total, features pair) string {
	var parts []string
	for i, word := range []string{"added", "deleted"} {
		if total.n[i] != features.n[i] {
			parts = append(parts, fmt.Sprintf("features add up to %s lines %s, the total says %s", number(features.n[i]), word, number(total.n[i])))
		}
	}
	if len(parts) == 0 {
		return "its days differ, but cancel out"
	}
	return strings.Join(parts, "; ")
}
