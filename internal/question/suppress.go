package question

import (
	"context"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
)

// suppress returns what whoever asks may not see; nil if they may see all.
// Questions about single people and about a hidden group are refused.
func (a *Answerer) suppress(ctx context.Context, v *view, w Parameters) (*privacy.Hidden, error) {
	e := v.names.ByID[v.scope.Entity()]
	if privacy.ViewsPeople(ctx, *e) {
		return nil, nil
	}
	if _, about := w.People(); about {
		return nil, access.Lacks(access.ViewPeople, *e)
	}
	r := v.r
	if w.Compare {
		r.From = min(r.From, r.Previous().From)
	}
	r.From -= reachesBack(w.Measures)
	h, err := a.privacy.Hide(ctx, v.ofPrivacy(), r)
	if err != nil {
		return nil, err
	}
	if e.Kind != directory.Enterprise && h.Hides(e.ID) {
		return nil, fault.New(fault.Forbidden, "the figures of %s on these days are hidden: they cover fewer than %s, or would reveal the figures of a group that small by subtraction; seeing them takes the permission to view people", e.Label(), english.Count(h.Minimum, "person", "people"))
	}
	return h, nil
}

// reachesBack returns how many days before a range the measures look.
func reachesBack(measures []string) day.Day {
	back := 0
	for _, name := range measures {
		if m := metric.MeasureByName(name); m != nil && m.Users != nil {
			back = max(back, m.Users.Trailing-1)
		}
	}
	return day.Day(back)
}

// coarse reports whether a question is about teams, asked by somebody who may not
// view people: they are told whole ISO weeks only, because days, and ranges that
// differ by days, would show what few did on one.
func (v *view) coarse(ctx context.Context, w Parameters) bool {
	e := *v.names.ByID[v.scope.Entity()]
	return (e.Kind == directory.Team || slices.Contains(w.By, "team")) && !privacy.ViewsPeople(ctx, e)
}

// wholeWeeks returns the words with a window that states no days made the weeks
// that end in it: as many as fit, at least one.
func (v *view) wholeWeeks(w Parameters) Parameters {
	if w.From != "" || w.To != "" {
		return w
	}
	monday := (v.r.To + 1).Week()
	w.Days, w.From, w.To = 0, (monday - day.Day(7*max(1, v.r.Len()/7))).String(), (monday - 1).String()
	return w
}

// tooFine refuses what is too fine of teams: other ranges than whole weeks, days
// and months, and cells of two breakdowns at once, which would be of few. Who
// initiated and where are read off any breakdown, and go with it.
func (v *view) tooFine(w Parameters) error {
	refuse := func(format string, args ...any) error {
		return fault.New(fault.Unsupported, "too detailed for teams: "+format+"; seeing more takes the permission to view people", args...)
	}
	if v.r.From != v.r.From.Week() || v.r.To != v.r.To.Week()+6 {
		return refuse("ask for whole weeks, Monday to Sunday, instead of %s to %s", v.r.From, v.r.To)
	}
	var breakdowns []string
	for _, dim := range append(slices.Clone(w.By), v.filtered()...) {
		switch d := metric.DimensionByName(dim); {
		case dim == "day" || dim == "month":
			return refuse("figures by %s are not shown; group by week instead", dim)
		case d != nil && d.Reported() && !slices.Contains(breakdowns, dim):
			breakdowns = append(breakdowns, dim)
		}
	}
	if len(breakdowns) > 1 {
		return refuse("%s are not shown together; ask for one of them", strings.Join(breakdowns, " and "))
	}
	return nil
}

// filtered lists the dimensions that are filtered.
func (q *question) filtered() []string {
	var out []string
	for _, f := range q.filters {
		out = append(out, f.Dimension)
	}
	return out
}

// ofPrivacy is the view's data as what is hidden of it depends on it.
func (v *view) ofPrivacy() privacy.Data {
	return privacy.Data{Enterprise: v.scope.Enterprise, Version: v.version, Last: v.data.To}
}
