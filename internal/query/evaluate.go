package query

import (
	"context"
	"fmt"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"
)

// Evaluate answers the plan from an engine's rollups.
func (p *Plan) Evaluate(ctx context.Context, r Rollups) (*Result, error) {
	if err := p.checkMask(ctx, r); err != nil {
		return nil, err
	}
	e := &evaluation{plan: p, rollups: r, names: newNames(r.Dictionary(), p.Query.Mask)}
	tallies := make([]*tally, len(p.Selects))
	for i, s := range p.Selects {
		t, err := e.tally(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("select %s: %w", s, err)
		}
		tallies[i] = t
	}
	if err := e.records(ctx, tallies); err != nil {
		return nil, err
	}
	for _, t := range tallies {
		if err := e.hideRevealingCounts(ctx, t); err != nil {
			return nil, err
		}
	}
	tables := make([]map[rowKey]*row, len(tallies))
	masked, hidden := false, false
	for i, t := range tallies {
		if t.refused {
			return nil, p.errMasked()
		}
		tables[i], masked, hidden = t.rows(), masked || t.masked, hidden || t.hidden
	}
	res := p.assemble(tables, &e.names)
	res.Masked, res.Hidden = masked, hidden
	return res, nil
}

type evaluation struct {
	plan    *Plan
	rollups Rollups
	names   names
}

// tally adds up what a selection needs of the units; single users are left to
// records.
func (e *evaluation) tally(ctx context.Context, s Select) (*tally, error) {
	t := newTally(e.plan, s, e.names.dictionary)
	b := s.Breakdown
	if s.Kind == KeySelect || t.perUser {
		b = metric.Totals
	}
	of := e.plan.entities(s)
	for _, days := range inParts(of, t.window()) {
		if err := e.addUnits(ctx, t, of, days, b); err != nil {
			return nil, err
		}
	}
	t.membership.cutToMembers()
	return t, nil
}

// inParts divides the days of which units are added up: by weeks where the units are of every
// organization or team, since of those an evaluation holds no more at a time. What a mask
// shows is by the week as well.
func inParts(of Entities, r day.Range) (out []day.Range) {
	if of.Level == LevelEnterprise {
		return []day.Range{r}
	}
	for week := r.From.Week(); week <= r.To; week += 7 {
		out = append(out, r.Intersect(BucketDays("week", week)))
	}
	return out
}

// unitsOf returns the units of some days: if they are an ISO week and inWeeks says that sums
// of it will do, those where there are some.
func unitsOf(ctx context.Context, r Rollups, of Entities, days day.Range, b metric.Breakdown, inWeeks bool) ([]*Unit, error) {
	if inWeeks && of.Level != LevelEnterprise && IsISOWeek(days) {
		if units, ok, err := r.WeekUnits(ctx, of, days.From, b); ok || err != nil {
			return units, err
		}
	}
	return r.Units(ctx, of, days, b)
}

// addUnits adds the units of some days to a tally.
func (e *evaluation) addUnits(ctx context.Context, t *tally, of Entities, days day.Range, b metric.Breakdown) error {
	units, err := unitsOf(ctx, e.rollups, of, days, b, t.inWeeks(days))
	if err != nil {
		return err
	}
	if t.views != nil {
		clear(t.views) // of the units of other days
		if units, err = e.withFormer(ctx, t, of, days, units, b); err != nil {
			return err
		}
	}
	units = t.passing(units)
	switch {
	case t.perUser:
		t.expect(units)
	case t.sel.Kind == SumSelect:
		err = t.addSums(units)
	case t.sel.Kind == KeySelect:
		for _, u := range units {
			t.addDays(u, 0, u.Records)
		}
	default:
		err = e.addPeople(ctx, t, of, days, units)
	}
	if err != nil {
		return err
	}
	return t.bounded()
}

// addPeople collects the sets of people of the units of some days.
func (e *evaluation) addPeople(ctx context.Context, t *tally, of Entities, days day.Range, units []*Unit) error {
	byRevision := map[int64][]*Unit{}
	for _, u := range units {
		byRevision[u.revision] = append(byRevision[u.revision], u)
	}
	for revision, units := range byRevision {
		sets := t.span(units, of.Level != LevelEnterprise)
		if revision == ofCorrection { // of which there are none
			continue
		}
		var weeks day.Range
		if revision == 0 && !slices.Contains(t.sel.By, "day") {
			weeks = days
		}
		if err := sets.each(ctx, e.asOf(revision), of, weeks, t.membership.addPeople); err != nil {
			return err
		}
	}
	return nil
}

// records reads the records of single users once for all selections about them.
func (e *evaluation) records(ctx context.Context, tallies []*tally) error {
	about := slices.DeleteFunc(slices.Clone(tallies), func(t *tally) bool { return !t.perUser || len(t.units) == 0 })
	if len(about) == 0 {
		return nil
	}
	span := about[0].window()
	for _, t := range about {
		w := t.window()
		span = day.Range{From: min(span.From, w.From), To: max(span.To, w.To)}
	}
	users, some, err := e.users(ctx)
	if err != nil || some && len(users) == 0 {
		return err
	}
	byUser := slices.Contains(e.plan.Query.By, "user")
	read := func(yield func(*UserRecord) error) error {
		return e.rollups.Records(ctx, e.plan.Query.Scope.Enterprise, span, users, yield)
	}
	if !some && !slices.ContainsFunc(about, func(t *tally) bool { return t.sel.Breakdown != metric.Totals }) {
		read = func(yield func(*UserRecord) error) error { return e.rollups.Wholes(ctx, span, yield) }
	}
	return read(func(r *UserRecord) error {
		if byUser {
			if _, known := e.names.users[r.Identity]; !known {
				name, id, err := e.rollups.UserName(ctx, e.plan.Query.Scope.Enterprise, r.Identity)
				if err != nil {
					return err
				}
				e.names.users[r.Identity] = userName{name, id}
			}
		}
		for _, t := range about {
			if err := t.addRecord(r); err != nil {
				return err
			}
			if err := t.bounded(); err != nil {
				return err
			}
		}
		return nil
	})
}

// users returns the identities that the filters on users leave; false if there
// is no such filter.
func (e *evaluation) users(ctx context.Context) ([]int32, bool, error) {
	var out []int32
	some := false
	for _, f := range e.plan.Query.Filters {
		if f.Dimension != "user" {
			continue
		}
		found, err := e.rollups.Users(ctx, e.plan.Query.Scope.Enterprise, f.Values)
		if err != nil {
			return nil, false, err
		}
		if some {
			found = slices.DeleteFunc(found, func(id int32) bool { return !slices.Contains(out, id) })
		}
		out, some = found, true
	}
	return out, some, nil
}

// entities returns whose units a selection is about: those of a dimension, or
// the scope itself.
func (p *Plan) entities(s Select) Entities {
	sc := p.Query.Scope
	e := sc.Itself()
	switch {
	case slices.Contains(s.By, "organization"):
		e.Level = LevelOrganization
	case slices.Contains(s.By, "team"):
		e.Level, e.Organization = LevelTeam, sc.Organization
	}
	return e
}

// perUser reports whether a selection is about single users, whom rollups do
// not know.
func (p *Plan) perUser(s Select) bool {
	return slices.Contains(s.By, "user") || p.filter("user") != nil
}
