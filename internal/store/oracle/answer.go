package oracle

import (
	"cmp"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// longest is the longest trailing window.
const longest = 28

// table is an answer in the making, by place.
type table map[place]*answerRow

// answerRow is one row; sums and cells have one element a measure, of which
// sums is for additive measures and cells for the others.
type answerRow struct {
	// real rows were reported; others are residuals, left out when they are zero.
	real  bool
	sums  []tally
	cells []any
}

func (t table) row(at place, measures int) *answerRow {
	if t[at] == nil {
		t[at] = &answerRow{sums: make([]tally, measures), cells: make([]any, measures)}
	}
	return t[at]
}

// answer computes the plan's answer from s.
func (p *plan) answer(s *state) *query.Result {
	base := p.view(s, p.Scope)
	rows := base.table()
	if p.entity != nil {
		rows = p.byEntity(s, base, rows)
	}
	return p.result(s, rows)
}

// byEntity returns the rows of each entity, and what the scope itself has
// beyond their sum.
func (p *plan) byEntity(s *state, base *view, scope table) table {
	out, sum := table{}, table{}
	for _, n := range p.entities(s) {
		sc := p.Scope
		if p.entity.Name == "team" {
			sc.Team = n
		} else {
			sc.Organization = n
		}
		for at, row := range p.view(s, sc).table() {
			total := sum.row(at, len(p.measures))
			for i := range p.measures {
				total.sums[i].add(row.sums[i])
			}
			at.set(p.entity.Name, entity(n))
			out[at] = row
		}
	}
	for at := range scope {
		sum.row(at, len(p.measures))
	}
	for at, row := range sum {
		rest := out.row(at, len(p.measures))
		own := scope.row(at, len(p.measures))
		for i, m := range p.measures {
			if m.Sum != nil {
				rest.sums[i] = minus(own.sums[i], row.sums[i], base.whole(m)[at.on(base.broad())])
			}
		}
	}
	return out
}

func (p *plan) entities(s *state) []int64 {
	if p.entity.Name == "team" {
		return s.teams(p.Scope)
	}
	return s.organizations(p.Scope.Enterprise)
}

// result writes the rows down in their order, without empty residuals.
func (p *plan) result(s *state, rows table) *query.Result {
	res := &query.Result{Columns: p.columns()}
	var by []*metric.Dimension
	for _, name := range p.By {
		by = append(by, metric.DimensionByName(name))
	}
	var places []place
	for at, row := range rows {
		if row.real || !p.empty(row) {
			places = append(places, at)
		}
	}
	called := s.labels(p.Scope.Enterprise)
	label := func(c cell) string {
		id, tool, _ := strings.Cut(c.s, "\x00")
		return called(person{tool, id})
	}
	slices.SortFunc(places, func(a, b place) int { return compare(a, b, by, label) })
	for _, at := range places {
		var out []any
		for _, d := range by {
			out = append(out, show(at.get(d.Name), d, label))
		}
		for i := range p.measures {
			out = append(out, p.cell(rows[at], i))
		}
		res.Rows = append(res.Rows, out)
	}
	return res
}

func (p *plan) columns() []query.Column {
	var out []query.Column
	for _, name := range p.By {
		typ := "string"
		if metric.DimensionByName(name).Grain {
			typ = "date"
		}
		out = append(out, query.Column{Name: name, Type: typ})
	}
	for _, m := range p.measures {
		typ := "integer"
		if m.Kind() == "quotient" || m.Name == "ai_credits" {
			typ = "number"
		}
		out = append(out, query.Column{Name: m.Name, Type: typ, Unit: m.Unit})
	}
	return out
}

// cell returns what a row shows for measure i.
func (p *plan) cell(row *answerRow, i int) any {
	if m := p.measures[i]; m.Sum != nil {
		return row.sums[i].value(*m.Sum)
	}
	return row.cells[i]
}

// empty reports whether every measure of the row is zero or null.
func (p *plan) empty(row *answerRow) bool {
	for i := range p.measures {
		switch v := p.cell(row, i).(type) {
		case int64:
			if v != 0 {
				return false
			}
		case float64:
			if v != 0 {
				return false
			}
		}
	}
	return true
}

func show(c cell, d *metric.Dimension, label func(cell) string) any {
	switch {
	case !c.ok:
		return nil
	case isEntity(d):
		return c.n
	case d.Name == "user":
		return label(c)
	}
	return c.s
}

// compare orders places by the dimensions: null last, numbers by size, people
// by label and then id, everything else by its bytes.
func compare(a, b place, by []*metric.Dimension, label func(cell) string) int {
	for _, d := range by {
		x, y := a.get(d.Name), b.get(d.Name)
		if x.ok != y.ok {
			if x.ok {
				return -1
			}
			return 1
		}
		n := 0
		if d.Name == "user" && x.ok {
			n = cmp.Compare(label(x), label(y))
		}
		if n = cmp.Or(n, cmp.Compare(x.n, y.n), cmp.Compare(x.s, y.s)); n != 0 {
			return n
		}
	}
	return 0
}

// period returns the days that a row is about.
func (p *plan) period(at place) day.Range {
	r := p.Range
	clip := func(from, next day.Day) {
		r.From, r.To = max(r.From, from), min(r.To, next-1)
	}
	if c := at.get("day"); c.ok {
		clip(day.Day(c.n), day.Day(c.n)+1)
	}
	if c := at.get("week"); c.ok {
		clip(day.Day(c.n), day.Day(c.n)+7)
	}
	if c := at.get("month"); c.ok {
		clip(day.Day(c.n), (day.Day(c.n) + 31).Month())
	}
	return r
}
