package question

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/sorting"
)

// Reconciliation is how the numbers of a scope and range add up, for lines
// added plus deleted (and each alone).
type Reconciliation struct {
	Definition metric.Definition `json:"definition"`
	From       day.Day           `json:"from"`
	To         day.Day           `json:"to"`
	// HeldBack is as in an Answer.
	HeldBack []day.Day `json:"held_back"`
	Total    Lines     `json:"total"`
	// Parts are user, agent, unclassified, discrepancy: they add up to Total.
	Parts []Part `json:"parts"`
	// Checks compare the total with each breakdown's sum.
	Checks []Check `json:"checks"`
	Rows   int64   `json:"rows"`
	// Days lists the days on which reports contradict themselves.
	Days []DayResidual `json:"days,omitempty"`
	// Disagreement says on which days user records and aggregates have different lines.
	Disagreement string `json:"disagreement,omitempty"`
	DataVersion  int64  `json:"data_version"`
	// Differs is what Disagreement says, as data.
	Differs *Disagreement `json:"-"`
}

// Lines are added, deleted and both together; nil is unknown.
type Lines struct {
	Added   *int64 `json:"added"`
	Deleted *int64 `json:"deleted"`
	Changed *int64 `json:"changed"`
}

// Part is one part of the total.
type Part struct {
	Name  string `json:"name"`
	Lines Lines  `json:"lines"`
}

// Check compares the total with the sum of one breakdown.
type Check struct {
	Breakdown string `json:"breakdown"` // feature, ide, language, model
	Sum       Lines  `json:"sum"`
	// Residuals add up to total − sum; each has its cause.
	Residuals []Residual `json:"residuals"`
}

// Residual is a difference and its cause.
type Residual struct {
	Cause string `json:"cause"`
	Lines Lines  `json:"lines"`
}

// DayResidual is a day whose report's feature sums differ from its total.
type DayResidual struct {
	Day      day.Day `json:"day"`
	Total    Lines   `json:"total"`
	Features Lines   `json:"features"`
}

// Reconcile says how the lines of a scope and range add up: the total, its
// parts by initiator, and each breakdown's sum with every difference named. A
// breakdown that does not carry the conditions of w is left out.
func (a *Answerer) Reconcile(ctx context.Context, w Parameters) (*Reconciliation, error) {
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	sums := &account{asks: a, v: v, out: &Reconciliation{
		Definition: v.definition, From: v.r.From, To: v.r.To, HeldBack: v.heldBack(), DataVersion: v.version, Checks: []Check{},
	}}
	for _, step := range []func(context.Context) error{sums.takeTotal, sums.takeParts, sums.takeFeatures, sums.takeIDEs, sums.takeLanguages, sums.takeModels, sums.takeDays, sums.countRows} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("reconcile: %w", err)
		}
	}
	if sums.out.Differs, err = a.viewDisagreement(ctx, v); sums.out.Differs != nil {
		sums.out.Disagreement = sums.out.Differs.String()
	}
	return sums.out, err
}

// account is a reconciliation in the making.
type account struct {
	asks *Answerer
	v    *view
	out  *Reconciliation

	total, discrepancy pair
	// elsewhere is what features without an IDE changed.
	elsewhere pair
}

// rows asks for added and deleted lines.
func (a *account) rows(ctx context.Context, by ...string) ([][]any, error) {
	res, err := a.asks.run(ctx, a.v.query(a.v.r, lineMeasures, by...))
	if err != nil {
		return nil, err
	}
	return res.Rows, nil
}

// offered is rows for a check: not ok if no breakdown carries the conditions.
func (a *account) offered(ctx context.Context, by ...string) (rows [][]any, ok bool, err error) {
	rows, err = a.rows(ctx, by...)
	if fault.KindOf(err) == fault.Unsupported {
		return nil, false, nil
	}
	return rows, err == nil, err
}

func (a *account) takeTotal(ctx context.Context) error {
	rows, err := a.rows(ctx)
	if err != nil {
		return err
	}
	a.total = pairOf(rows[0])
	a.out.Total = a.total.lines()
	return nil
}

// takeParts divides the total by initiator; the row without one is the discrepancy.
func (a *account) takeParts(ctx context.Context) error {
	rows, err := a.rows(ctx, "initiator")
	if err != nil {
		return err
	}
	parts := map[any]pair{}
	for _, row := range rows {
		parts[row[0]] = parts[row[0]].plus(pairOf(row[1:]))
	}
	a.discrepancy = parts[nil]
	for _, name := range metric.Initiators {
		a.addPart(name, parts[name])
	}
	a.addPart("discrepancy", parts[nil])
	return nil
}

// addPart adds a part. One without rows is zero where the total is known.
func (a *account) addPart(name string, p pair) {
	for i := range p.known {
		p.known[i] = p.known[i] || a.total.known[i]
	}
	a.out.Parts = append(a.out.Parts, Part{Name: name, Lines: p.lines()})
}

// addCheck adds the check of a breakdown whose rows add up to sum.
func (a *account) addCheck(breakdown string, sum pair, residuals []residual) {
	c := Check{Breakdown: breakdown, Sum: sum.as(a.total).lines(), Residuals: []Residual{}}
	for _, r := range residuals {
		if !r.lines.zero() {
			c.Residuals = append(c.Residuals, Residual{Cause: r.cause, Lines: r.lines.as(a.total).lines()})
		}
	}
	a.out.Checks = append(a.out.Checks, c)
}

// residual is a difference and its cause.
type residual struct {
	cause string
	lines pair
}

// takeFeatures compares the total with the features: what records have beyond
// them, and by how much the features of other records exceed their totals.
func (a *account) takeFeatures(ctx context.Context) error {
	rows, err := a.rows(ctx, "feature")
	if err != nil {
		return err
	}
	var sum pair
	for _, row := range rows {
		name, ok := row[0].(string)
		if !ok {
			continue
		}
		p := pairOf(row[1:])
		sum = sum.plus(p)
		if f, _ := metric.FeatureByName(name); f.Surface == metric.SurfaceCLI || f.Surface == metric.SurfaceApp {
			a.elsewhere = a.elsewhere.plus(p)
		}
	}
	a.addCheck("feature", sum, []residual{
		{"the total exceeds the sum of features", a.total.minus(sum).minus(a.discrepancy)},
		{"the sum of features exceeds the total", a.discrepancy},
	})
	return nil
}

// takeIDEs compares the total with the IDEs, which never have what happened in
// the CLI and the app.
func (a *account) takeIDEs(ctx context.Context) error {
	rows, ok, err := a.offered(ctx, "ide")
	if !ok {
		return err
	}
	var sum pair
	for _, row := range rows {
		if row[0] != nil {
			sum = sum.plus(pairOf(row[1:]))
		}
	}
	rest := a.total.minus(sum)
	none := a.elsewhere.within(rest)
	a.addCheck("ide", sum, []residual{
		{"CLI and app activity has no IDE", none},
		{"the report's IDE rows do not add up to its total", rest.minus(none)},
	})
	return nil
}

func (a *account) takeLanguages(ctx context.Context) error { return a.takeKey(ctx, "language") }

func (a *account) takeModels(ctx context.Context) error { return a.takeKey(ctx, "model") }

// takeKey compares the total with the rows by language or model: what is
// missing of each feature, then what is under no feature.
func (a *account) takeKey(ctx context.Context, dimension string) error {
	rows, ok, err := a.offered(ctx, "feature", dimension)
	if !ok {
		return err
	}
	var sum, named pair
	var residuals []residual
	for _, row := range rows {
		p := pairOf(row[2:])
		feature, ok := row[0].(string)
		switch {
		case row[1] != nil:
			sum = sum.plus(p)
		case ok:
			named = named.plus(p)
			residuals = append(residuals, residual{lacking(feature, dimension, p, a.v.mask != nil), p})
		}
	}
	sorting.Stable(residuals, func(x, y residual) int {
		return cmp.Or(cmp.Compare(y.lines.size(), x.lines.size()), cmp.Compare(x.cause, y.cause))
	})
	rest := a.total.minus(sum)
	if rest.zero() {
		residuals, named = nil, pair{}
	}
	residuals = withoutOpposites(residuals)
	a.addCheck(dimension, sum, append(residuals, residual{"lines without a feature", rest.minus(named)}))
	return nil
}

// withoutOpposites drops what one feature lacks where another has exactly that
// too much: the breakdown files it under another mode, and lacks nothing.
func withoutOpposites(list []residual) []residual {
	for i := range list {
		for j := i + 1; j < len(list); j++ {
			if list[i].lines.plus(list[j].lines).zero() {
				return withoutOpposites(slices.Delete(slices.Delete(list, j, j+1), i, i+1))
			}
		}
	}
	return list
}

// lacking says why the rows by a dimension fall short of a feature, or exceed it: reports lack
// it or, of figures that are masked, rows are hidden.
func lacking(feature, dimension string, p pair, masked bool) string {
	f, _ := metric.FeatureByName(feature)
	switch {
	case p.n[0]+p.n[1] < 0:
		return fmt.Sprintf("%s: rows by %s exceed it", f.Label, dimension)
	case query.IsOthers(feature):
		return fmt.Sprintf("%s: not shown by %s", f.Label, dimension)
	case masked:
		return fmt.Sprintf("%s: no %s in the report, or hidden because of few people", f.Label, dimension)
	case feature == "code_completion":
		return "Completions: no " + dimension + " in the report"
	}
	return fmt.Sprintf("%s: no %s in the report", f.Label, dimension)
}

// size is how much a difference matters.
func (p pair) size() int64 { return max(p.n[0], -p.n[0]) + max(p.n[1], -p.n[1]) }

// takeDays lists the days whose features differ from their totals.
func (a *account) takeDays(ctx context.Context) error {
	sums, err := a.daySums(ctx)
	if err != nil {
		return err
	}
	for d, sum := range sums {
		if sum.contradicts() {
			a.out.Days = append(a.out.Days, DayResidual{Day: d, Total: sum.total.lines(), Features: sum.features.as(sum.total).lines()})
		}
	}
	sorting.Stable(a.out.Days, func(x, y DayResidual) int { return cmp.Compare(x.Day, y.Day) })
	return nil
}

// daySums returns each day's totals, features and discrepancy. Where nothing is filtered or
// hidden they are read off the units: the rows of a year by day and feature take ten times as
// long.
func (a *account) daySums(ctx context.Context) (map[day.Day]*daySum, error) {
	if a.v.mask != nil || len(a.v.filters) > 0 {
		return a.asks.daySums(ctx, func(by ...string) query.Query { return a.v.query(a.v.r, lineMeasures, by...) })
	}
	out := map[day.Day]*daySum{}
	return out, a.asks.store.Read(ctx, a.v.scope.Enterprise, func(r query.Rollups) error {
		clear(out) // it may be the second time
		units, err := r.Units(ctx, a.v.scope.Itself(), a.v.r, metric.ByFeature)
		for _, u := range units {
			if u.Origin == query.Stated || !a.v.source.Selects(u) {
				continue
			}
			sum := sumOf(out, u.Day)
			sum.total.known = linesOf(&u.Totals.Row).plus(sum.total).known
			for i := range u.Cells {
				p := linesOf(&u.Cells[i].Row)
				sum.total = sum.total.plus(p)
				switch part := r.Dictionary().Cells[u.Cells[i].Cell].Part; {
				case part == cube.Discrepancy:
					sum.discrepancy = sum.discrepancy.plus(p)
				case part != cube.Unattributed:
					sum.features = sum.features.plus(p)
				}
			}
		}
		return err
	})
}

// linesOf reads the lines off a row.
func linesOf(r *cube.Row) (p pair) {
	p.n[0], p.known[0] = r.Get(metric.LocAdded)
	p.n[1], p.known[1] = r.Get(metric.LocDeleted)
	return p
}

// countRows counts the records behind the figures: a person's day with a tool
// is one, and so is an aggregate's.
func (a *account) countRows(ctx context.Context) error {
	ask := query.Query{Scope: a.v.scope, Measures: []string{"daily_active_users"}, By: []string{"day", "tool"}, Range: a.v.r, Source: a.v.source}
	for _, f := range a.v.filters {
		if f.Dimension == "tool" || f.Dimension == "user" {
			ask.Filters = append(ask.Filters, f)
		}
	}
	res, err := a.asks.run(ctx, ask)
	if err != nil {
		return err
	}
	for _, row := range res.Rows {
		d, err := day.Parse(row[0].(string))
		if err != nil {
			return err
		}
		people, _ := row[2].(int64)
		if a.v.from.origin[dayTool{d, row[1].(string)}] == query.AggregateRecord {
			people = 1
		}
		a.out.Rows += people
	}
	return nil
}
