package question

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// touched is a source's reports of one kind, and the days that an import moved, nil for
// all of r.
type touched struct {
	scope query.Scope
	name  string
	src   query.Source
	days  map[day.Day]bool
	r     day.Range
}

// Contradictions says which of the touched reports contradict themselves, with the
// figures. The import stands whatever comes of it.
func (a *Answerer) Contradictions(ctx context.Context, days []store.DayChange) (out []report.Warning) {
	for _, t := range touchedSources(days) {
		found, err := a.featureContradictions(ctx, t)
		if err != nil {
			a.opt.Log.WarnContext(ctx, "look for contradictions", "source", t.name, "error", err)
			continue
		}
		differ, err := a.disagreement(ctx, t)
		if err != nil {
			a.opt.Log.WarnContext(ctx, "compare users with aggregate", "source", t.name, "error", err)
		}
		if differ != nil {
			found = append(found, differ.String())
		}
		for _, text := range found {
			if w := (report.Warning{Reason: text}); !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	for enterprise, moved := range movedByEnterprise(days) {
		found, err := a.movedKinds(ctx, enterprise, moved)
		if err != nil {
			a.opt.Log.WarnContext(ctx, "compare kinds of data", "enterprise", enterprise, "error", err)
		}
		for i := range found {
			out = append(out, report.Warning{Reason: found[i].String()})
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

// featureContradictions says on how many days of t the features do not add up to the
// totals, and to what they do. Days without any feature contradict nothing.
func (a *Answerer) featureContradictions(ctx context.Context, t *touched) ([]string, error) {
	sums, err := a.daySums(ctx, func(by ...string) query.Query {
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
		out = append(out, fmt.Sprintf("%s: on %s of %s the %s contradict themselves: %s", t.name, english.Number(contradicting), english.Count(len(t.days), "day", "days"), t.what(), figures(total, features)))
	}
	if bare > 0 {
		out = append(out, fmt.Sprintf("%s: on %s of %s the %s put no lines under a feature, so all are unclassified", t.name, english.Number(bare), english.Count(len(t.days), "day", "days"), t.what()))
	}
	return out, nil
}

// warnContradiction gives the figures where the features, of which a share of lines
// is made, add up to more than the totals.
func (a *Answerer) warnContradiction(ctx context.Context, v *view, w Parameters) ([]string, error) {
	if !slices.Contains(w.Measures, "agent_contribution") {
		return nil, nil
	}
	res, err := a.run(ctx, v.query(v.r, lineMeasures, "initiator"))
	if fault.KindOf(err) == fault.Unsupported {
		return nil, nil // the filters leave no features to compare with
	}
	if err != nil {
		return nil, fmt.Errorf("compare features with totals: %w", err)
	}
	var total, features pair
	for _, row := range res.Rows {
		p := pairOf(row[1:])
		total = total.plus(p)
		if row[0] != nil {
			features = features.plus(p)
		}
	}
	if total == features {
		return nil, nil
	}
	return []string{"reports contradict themselves: " + figures(total, features)}, nil
}

// Disagreement is where an entity's user records, from which figures are computed, and its
// aggregate have different lines.
type Disagreement struct {
	// Entity is whose they are, by its key.
	Entity string
	// Days are those that differ, in their order, of Of days that both have.
	Days []day.Day
	Of   int
	// Users and Aggregate are the lines added and deleted that either has on Days.
	Users, Aggregate [2]int64
}

// String says it in a sentence without a full stop.
func (d *Disagreement) String() string {
	return fmt.Sprintf("%s: on %s of %s (%s) user records and aggregates disagree: user records, from which figures are computed, have %s lines added and %s deleted, aggregates %s and %s",
		d.Entity, english.Number(len(d.Days)), english.Count(d.Of, "day", "days"), english.DayRanges(d.Days), english.Number(d.Users[0]), english.Number(d.Users[1]), english.Number(d.Aggregate[0]), english.Number(d.Aggregate[1]))
}

// disagreement compares an entity's user records with its aggregate on the touched days, but
// for those that still settle; nil if all are the same.
func (a *Answerer) disagreement(ctx context.Context, t *touched) (*Disagreement, error) {
	said, err := a.dayToolSums(ctx, t, query.FromAggregate)
	if err != nil || len(said) == 0 {
		return nil, err
	}
	computed, err := a.dayToolSums(ctx, t, query.FromUsers)
	if err != nil {
		return nil, err
	}
	// Where an aggregate counts before an entity's user records, these are of another kind of
	// data, and perhaps of other people.
	before, err := a.aggregatesBefore(ctx, t)
	if err != nil {
		return nil, err
	}
	var users, aggregate pair
	differs := map[day.Day]bool{} // whether a day that both have differs
	for k, other := range said {
		u, ok := computed[k]
		if !ok || before[k] || t.days != nil && !t.days[k.day] || k.day > a.Today()-ProvisionalDays {
			continue
		}
		differs[k.day] = differs[k.day] || u.n != other.n
		if u.n != other.n {
			users, aggregate = users.plus(u), aggregate.plus(other)
		}
	}
	both := len(differs)
	maps.DeleteFunc(differs, func(_ day.Day, differs bool) bool { return !differs })
	if len(differs) == 0 {
		return nil, nil
	}
	return &Disagreement{Entity: t.name, Days: slices.Sorted(maps.Keys(differs)), Of: both, Users: users.n, Aggregate: aggregate.n}, nil
}

// aggregatesBefore returns the days and tools of which an entity's figures come from its
// aggregate although user records of its own are there.
func (a *Answerer) aggregatesBefore(ctx context.Context, t *touched) (map[dayTool]bool, error) {
	out := map[dayTool]bool{}
	counts, err := a.store.Origins(ctx, t.scope, query.Auto, t.r)
	if err != nil {
		return nil, fmt.Errorf("origins of %s: %w", t.name, err)
	}
	for _, o := range counts {
		out[dayTool{o.Day, o.Tool}] = o.Origin == query.AggregateRecord
	}
	users, err := a.store.Origins(ctx, t.scope, query.FromUsers, t.r)
	if err != nil {
		return nil, fmt.Errorf("origins of %s: %w", t.name, err)
	}
	for _, o := range users {
		if o.Origin == query.UnionRecords {
			delete(out, dayTool{o.Day, o.Tool})
		}
	}
	return out, nil
}

// dayToolSums returns the lines of each day and tool that a kind of report has.
func (a *Answerer) dayToolSums(ctx context.Context, t *touched, src query.Source) (map[dayTool]pair, error) {
	res, err := a.run(ctx, query.Query{Scope: t.scope, Measures: lineMeasures, By: []string{"day", "tool"}, Range: t.r, Source: src})
	if err != nil {
		return nil, err
	}
	out := map[dayTool]pair{}
	for _, row := range res.Rows {
		d, err := day.Parse(row[0].(string))
		if err != nil {
			return nil, fmt.Errorf("read days: %w", err)
		}
		if tool, ok := row[1].(string); ok && row[2] != nil {
			out[dayTool{d, tool}] = pairOf(row[2:])
		}
	}
	return out, nil
}

// Disagreement says on which days of a question about lines user records and aggregates of
// what it is about have different ones, and which gives its figures; "" if on none.
func (a *Answerer) Disagreement(ctx context.Context, w Parameters) (string, error) {
	if !countsLines(w.Measures) {
		return "", nil
	}
	v, err := a.seen(ctx, w)
	if err != nil {
		return "", err
	}
	differ, err := a.viewDisagreement(ctx, v)
	if err != nil || differ == nil {
		return "", err
	}
	return differ.String(), nil
}

// disagreementKey is of whom and when, and which day is the last that settles no more.
type disagreementKey struct {
	scope   query.Scope
	r       day.Range
	settled day.Day
}

// viewDisagreement is disagreement for what a view shows as a whole, to readers from
// whom no figure is hidden.
func (a *Answerer) viewDisagreement(ctx context.Context, v *view) (*Disagreement, error) {
	if v.mask != nil || len(v.filters) > 0 || v.scope.Team != 0 {
		return nil, nil
	}
	settled := a.Today() - ProvisionalDays
	differ, err := a.memory.differ.Get(v.enterprise.ID, v.version, disagreementKey{v.scope, v.r, settled}, func() (*Disagreement, error) {
		return a.disagreement(ctx, &touched{scope: v.scope, name: v.names.Key(v.scope.Entity()), r: v.r})
	})
	if err != nil {
		return nil, fmt.Errorf("compare users with aggregates: %w", err)
	}
	return differ, nil
}

func (t *touched) what() string {
	if t.src == query.FromAggregate {
		return "aggregates"
	}
	return "user records"
}

// figures sets what the features add up to against what the totals say.
func figures(total, features pair) string {
	var parts []string
	for i, word := range []string{"added", "deleted"} {
		if total.n[i] != features.n[i] {
			parts = append(parts, fmt.Sprintf("features add up to %s lines %s, but the total is %s", english.Number(features.n[i]), word, english.Number(total.n[i])))
		}
	}
	if len(parts) == 0 {
		return "the differences of single days cancel out"
	}
	return strings.Join(parts, "; ")
}
