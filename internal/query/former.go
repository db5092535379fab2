package query

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/metric"
)

// ofCorrection is the revision of units that are none that a report made: what differs
// between a figure's revision and that of the total that it is a part of.
const ofCorrection int64 = -1

// asOf returns the rollups of a unit's revision.
func (e *evaluation) asOf(revision int64) Rollups {
	if revision == 0 {
		return e.rollups
	}
	return e.rollups.AsOf(revision)
}

// entityDay is an entity on a day.
type entityDay struct {
	entity int64
	day    day.Day
}

// partOf is what units of several revisions have in common.
type partOf struct {
	tool   int32
	origin Origin
}

// withFormer puts, in weeks in which corrections are held back, units of the revisions that
// are shown in the place of those of the current one, all of them of some days. A part of a
// total that is of another revision than the total is a unit of its own, beside one that has
// the difference, which goes where the parts are that are not shown: so the units of a day
// add up to the total.
func (e *evaluation) withFormer(ctx context.Context, t *tally, of Entities, days day.Range, units []*Unit, b metric.Breakdown) ([]*Unit, error) {
	held := t.plan.Query.Mask.Held
	var out []*Unit
	current := map[day.Day][]*Unit{}
	for _, u := range units {
		if week := u.Day.Week(); len(held[week]) > 0 {
			current[week] = append(current[week], u)
		} else {
			out = append(out, u)
		}
	}
	for _, week := range slices.Sorted(maps.Keys(held)) {
		ofWeek := days.Intersect(day.Range{From: week, To: week + 6})
		if len(held[week]) == 0 || ofWeek.Len() == 0 {
			continue
		}
		states := map[int64]map[entityDay]map[partOf]*Unit{0: byDay(current[week])}
		all := maps.Clone(states[0])
		for _, revision := range held[week] {
			found, err := e.rollups.AsOf(revision).Units(ctx, of, ofWeek, b)
			if err != nil {
				return nil, err
			}
			states[revision] = byDay(found)
			for k := range states[revision] {
				all[k] = nil
			}
		}
		order := slices.SortedFunc(maps.Keys(all), func(x, y entityDay) int {
			return cmp.Or(cmp.Compare(x.entity, y.entity), cmp.Compare(x.day, y.day))
		})
		for _, k := range order {
			out = append(out, t.composed(k, states, b)...)
		}
	}
	return out, nil
}

func byDay(units []*Unit) map[entityDay]map[partOf]*Unit {
	out := map[entityDay]map[partOf]*Unit{}
	for _, u := range units {
		k := entityDay{u.Entity, u.Day}
		if out[k] == nil {
			out[k] = map[partOf]*Unit{}
		}
		out[k][partOf{u.Tool, u.Origin}] = u
	}
	return out
}

// composed returns an entity's units of a day, each of the revision of its figure.
func (t *tally) composed(k entityDay, states map[int64]map[entityDay]map[partOf]*Unit, b metric.Breakdown) []*Unit {
	week := k.day.Week()
	shown, revision := &ShownFigures{}, int64(0)
	if e := t.plan.Query.Mask.Weeks[week][k.entity]; e != nil && e.Week != nil {
		shown, revision = e.Week, e.Week.Revision
		if d := e.Days[int8(k.day-week)]; d != nil && !(e.Whole && t.wholeWeek(k.day)) {
			revision = d.Revision
		}
	}
	parts := map[partOf]bool{}
	for _, state := range states {
		for p := range state[k] {
			parts[p] = true
		}
	}
	var out []*Unit
	for _, p := range slices.SortedFunc(maps.Keys(parts), func(x, y partOf) int {
		return cmp.Or(cmp.Compare(x.tool, y.tool), cmp.Compare(x.origin, y.origin))
	}) {
		of := func(revision int64) *Unit { return states[revision][k][p] }
		total := of(revision)
		switch {
		case p.origin.nameless():
		case b == metric.Totals && t.mayTell("tool"):
			if former, ok := shown.FormerTools[p.tool]; ok && former != revision {
				out = append(out, t.apart(of(former), total, former, shown)...)
				continue
			}
		case b != metric.Totals && (t.needs.first || t.needs.second):
			own := map[int64]*Unit{}
			for revision := range states {
				own[revision] = of(revision)
			}
			out = append(out, t.cellsApart(own, revision, shown)...)
			continue
		}
		if total != nil {
			out = append(out, total.asOf(revision))
		}
	}
	return out
}

// wholeWeek reports whether rows with a day are of all of its week.
func (t *tally) wholeWeek(d day.Day) bool {
	period, week := t.periodOf(d), d.Week()
	return period.From <= week && period.To >= week+6
}

// mayTell reports whether the selection groups or filters by a dimension.
func (t *tally) mayTell(dimension string) bool {
	return slices.Contains(t.sel.By, dimension) || t.plan.filter(dimension) != nil
}

// asOf returns the unit, marked as being of a revision.
func (u *Unit) asOf(revision int64) *Unit {
	if revision == 0 {
		return u
	}
	own := *u
	own.revision = revision
	return &own
}

// apart returns a tool's former figures, and what they lack of the total, which is not
// told to be the tool's.
func (t *tally) apart(former, total *Unit, revision int64, shown *ShownFigures) (out []*Unit) {
	if former != nil {
		out = append(out, former.asOf(revision))
	}
	if t.plan.filter("tool") != nil {
		return out
	}
	rest := Unit{revision: ofCorrection}
	if total != nil {
		rest = *total
		rest.revision = ofCorrection
	}
	if former != nil {
		if total == nil {
			rest = *former
			rest.Totals, rest.Records, rest.LinesUnknown, rest.Substituted, rest.revision = cube.Vector{}, 0, 0, 0, ofCorrection
		}
		rest.Totals = rest.Totals.Less(&former.Totals)
		rest.Records -= former.Records
		rest.LinesUnknown -= former.LinesUnknown
		rest.Substituted -= former.Substituted
	}
	t.views[&rest] = &unitView{figures: &ShownFigures{Tools: map[int32]bool{}}, correction: true}
	return append(out, &rest)
}

// cellsApart returns the cells of a part of a day by the revisions that they are shown of,
// and what those lack of the cells of the total: of the total of their first value where
// the selection is filtered to it.
func (t *tally) cellsApart(states map[int64]*Unit, revision int64, shown *ShownFigures) (out []*Unit) {
	rows := map[int64]map[int32]*cube.Row{}
	every := map[int32]bool{}
	var any *Unit
	for r, u := range states {
		if u == nil {
			continue
		}
		any = u
		rows[r] = map[int32]*cube.Row{}
		for i := range u.Cells {
			rows[r][u.Cells[i].Cell], every[u.Cells[i].Cell] = &u.Cells[i].Row, true
		}
	}
	parts, left := map[int64]*Unit{}, &ShownFigures{Tools: shown.Tools, Cells: map[ToolCell]Shown{}}
	add := func(revision int64, cell int32, row cube.Row) {
		u := parts[revision]
		if u == nil {
			own := *any
			if states[revision] != nil {
				own = *states[revision]
			}
			own.Cells, own.revision = nil, revision
			u = &own
			parts[revision] = u
		}
		u.Cells = append(u.Cells, cube.Sum{Cell: cell, Row: row})
	}
	for _, cell := range slices.Sorted(maps.Keys(every)) {
		at := ToolCell{any.Tool, cell}
		bits, former := shown.Cells[at], shown.FormerCells[at]
		whole := revision
		if bits&ShownFirst != 0 && t.needs.filtersFirst {
			whole = former[1]
			left.Cells[at] = ShownFirst
		}
		own := whole
		switch {
		case !t.needs.second && bits&ShownFirst != 0:
			own = former[1]
		case bits&ShownCell != 0:
			own = former[0]
		}
		row, total := rows[own][cell], rows[whole][cell]
		if row != nil {
			add(own, cell, *row)
		}
		if own != whole {
			var rest cube.Row
			if total != nil {
				rest = *total
			}
			if row != nil {
				rest = rest.Less(row)
			}
			add(ofCorrection, cell, rest)
		}
	}
	if !t.needs.filtersFirst {
		left.Cells = nil
	}
	for _, r := range slices.Sorted(maps.Keys(parts)) {
		if u := parts[r]; r == ofCorrection {
			u.Members = nil
			t.views[u] = &unitView{figures: left, correction: true}
		}
		out = append(out, parts[r])
	}
	return out
}
