package question

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
)

// WindowWeeks are how many ISO weeks the windows of organizations and teams have, for
// those who may not view people.
var WindowWeeks = []int{4, 13, 52}

// suppress decides what whoever asks may not see. Questions about single people, and
// about an organization or team that is hidden, are refused.
func (a *Answerer) suppress(ctx context.Context, v *view, w Parameters) error {
	e := v.names.ByID[v.scope.Entity()]
	if !v.masked(ctx) {
		return nil
	}
	if _, about := w.People(); about {
		return access.Lacks(access.ViewPeople, *e)
	}
	r := v.r
	if w.Compare {
		r.From = min(r.From, r.Previous().From)
	}
	r.From -= reachesBack(w.Measures)
	var err error
	if v.mask, err = a.privacy.Mask(ctx, v.ofPrivacy(), r); err != nil {
		return err
	}
	if e.Kind != directory.Enterprise && v.mask.Hides(e.ID, v.r) {
		return fault.New(fault.Forbidden, "the figures of %s are hidden in %s: in one of its weeks they are of fewer than %s, or would reveal the figures of a group that small by subtraction, which is no judgement of %s; seeing them takes the permission to view people",
			e.Label(), v.r, english.Count(v.mask.Minimum, "person", "people"), e.Label())
	}
	return nil
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

// masked reports whether whoever asks may not view the people of the scope.
func (v *view) masked(ctx context.Context) bool {
	return !privacy.ViewsPeople(ctx, *v.names.ByID[v.scope.Entity()])
}

// seesOtherPlaces reports whether whoever asks may see another place than the scope, outside of it.
// Counts of people are judged by place and week; others than those are of one place that
// everything lies in that its reader may see, so that there is nothing to subtract them from.
func (v *view) seesOtherPlaces(ctx context.Context) bool {
	scope := v.names.ByID[v.scope.Entity()]
	who, ok := access.Asker(ctx)
	if scope.Kind == directory.Enterprise || !ok {
		return false
	}
	if !who.CanView(*scope) {
		return true
	}
	for _, e := range v.names.ByID {
		within := e.ID == scope.ID || e.Organization == scope.ID
		if !within && (e.ID == v.scope.Enterprise || e.Enterprise == v.scope.Enterprise) && who.CanView(*e) {
			return true
		}
	}
	return false
}

// coarse reports whether a question is about organizations or teams.
func (v *view) coarse(w Parameters) bool {
	return v.scope.Level() != query.LevelEnterprise || slices.Contains(w.By, "team") || slices.Contains(w.By, "organization")
}

// WholeWeeks returns the window of whole ISO weeks that those who may not view people are
// shown in the place of another: 4, 13 or 52, as many as it has begun, to the Sunday of its
// last week, or if that week is not over on a day, to the one before.
func WholeWeeks(r day.Range, over day.Day) day.Range {
	i := slices.IndexFunc(WindowWeeks, func(weeks int) bool { return r.Len() <= 7*weeks })
	if i < 0 {
		i = len(WindowWeeks) - 1
	}
	monday := min(r.To.Week()+7, (over + 1).Week())
	return day.Range{From: monday - day.Day(7*WindowWeeks[i]), To: monday - 1}
}

// limited is view for whoever asks: a window that does not state both ends is whole weeks
// for those who may not view people.
func (a *Answerer) limited(ctx context.Context, w Parameters) (*view, error) {
	v, err := a.view(ctx, w)
	if err != nil || !v.masked(ctx) || w.From != "" || w.To != "" && !v.coarse(w) {
		return v, err
	}
	r := WholeWeeks(v.r, v.today-ProvisionalDays)
	w.Days, w.From, w.To = 0, r.From.String(), r.To.String()
	return a.view(ctx, w)
}

// tooFine refuses what is too fine of organizations and teams: windows that differ by a
// day would show that day.
func (v *view) tooFine(w Parameters) error {
	refuse := func(format string, args ...any) error {
		return fault.New(fault.Unsupported, "too detailed for organizations and teams: "+format+"; seeing more takes the permission to view people", args...)
	}
	whole := v.r.From == v.r.From.Week() && v.r.To == v.r.To.Week()+6
	switch {
	case !whole || !slices.Contains(WindowWeeks, v.r.Len()/7):
		return refuse("ask for 4, 13 or 52 whole weeks, Monday to Sunday, instead of %s to %s", v.r.From, v.r.To)
	case v.r.To > v.today-ProvisionalDays:
		return refuse("the weeks to %s are not complete yet: ask for weeks that end on %s or before", v.r.To, (v.today-ProvisionalDays+1).Week()-1)
	case slices.Contains(w.By, "month"):
		return refuse("figures by month are not shown; group by week instead")
	case slices.Contains(w.By, "day"):
		return refuse("figures by day are not shown; group by week instead")
	}
	return nil
}

// ofPrivacy is the view's data as what is hidden of it depends on it.
func (v *view) ofPrivacy() privacy.Data {
	return privacy.Data{Enterprise: v.scope.Enterprise, Version: v.version, Last: v.today - ProvisionalDays}
}

// warnMasked says what was hidden and why.
func (v *view) warnMasked(w Parameters) string {
	if !v.folded {
		return ""
	}
	few := english.Count(v.mask.Minimum, "person", "people")
	text := "what is of fewer than " + few + ", or would reveal such figures by subtraction, is not shown by itself, because you do not have the permission to view people here"
	var rows []string
	if slices.ContainsFunc(w.By, func(dim string) bool { return metric.DimensionByName(dim).Key != metric.NoKey || dim == "tool" }) {
		rows = append(rows, v.mask.Others()+", with null")
	}
	if slices.Contains(w.By, "organization") || slices.Contains(w.By, "team") {
		rows = append(rows, hiddenEntities)
	}
	if len(rows) > 0 {
		text += ": it is in the rows " + strings.Join(rows, " and ")
	}
	return text
}

// heldBack lists the weeks of the window in which a correction is held back.
func (v *view) heldBack() []day.Day {
	out := []day.Day{}
	if v.mask != nil {
		for week := v.r.From.Week(); week <= v.r.To; week += 7 {
			if _, held := v.mask.Held[week]; held {
				out = append(out, week)
			}
		}
	}
	return out
}

// wholeWeeks names the weeks of the window whose total is no sum of what their days show.
func (v *view) wholeWeeks() (out []string) {
	for _, week := range v.heldBack() {
		if e := v.mask.Weeks[week][v.scope.Enterprise]; e != nil && e.Whole {
			out = append(out, week.String())
		}
	}
	return out
}

// warnHeldBack says that a correction is held back, and when it shows.
func (v *view) warnHeldBack() string {
	weeks := v.heldBack()
	if len(weeks) == 0 {
		return ""
	}
	var names []string
	for _, week := range weeks {
		names = append(names, week.String())
	}
	text := fmt.Sprintf("a correction is held back in the %s of %s: a figure that was shown stays what it was until the records of at least %s in it have changed, because you do not have the permission to view people here; what the figures of a row lack is in the rows that hold the rest",
		english.Plural(len(weeks), "week", "weeks"), english.ListAtMost(names, 5), english.Count(v.mask.Minimum, "person", "people"))
	if names = v.wholeWeeks(); len(names) > 0 {
		text += fmt.Sprintf("; totals of the whole %s of %s have a correction that those of its days lack", english.Plural(len(names), "week", "weeks"), english.ListAtMost(names, 5))
	}
	return text
}

// warnDaysApart says how much the rows of days lack of what the total of their week has, where
// that has a correction that is held back from its days. Whoever is shown both is shown this.
func (a *Answerer) warnDaysApart(ctx context.Context, v *view, ask query.Query, res *query.Result) (warnings []string, err error) {
	weeks, column := v.wholeWeeks(), slices.Index(ask.By, "day")
	if len(weeks) == 0 || column < 0 {
		return nil, nil
	}
	ofWeeks := ask
	ofWeeks.By, ofWeeks.Measures = []string{"week"}, slices.DeleteFunc(slices.Clone(ask.Measures), func(name string) bool {
		m := metric.MeasureByName(name)
		return m.Sum == nil || m.By != metric.NoKey
	})
	if len(ofWeeks.Measures) == 0 {
		return nil, nil
	}
	totals, err := a.run(ctx, ofWeeks)
	if err != nil {
		return nil, err
	}
	for _, total := range totals.Rows {
		week, _ := total[0].(string)
		if !slices.Contains(weeks, week) {
			continue
		}
		if monday, err := day.Parse(week); err != nil || monday < v.r.From || monday+6 > v.r.To {
			warnings = append(warnings, fmt.Sprintf("how much the rows of days lack of the total of the week of %s is not shown, because the window has not all of that week and its total is judged as a whole", week))
			continue
		}
		var lacks []string
		for i, name := range ofWeeks.Measures {
			rest := number(total[1+i])
			for _, row := range res.Rows {
				text, _ := row[column].(string)
				n := number(row[len(ask.By)+slices.Index(ask.Measures, name)])
				if d, err := day.Parse(text); err == nil && d.Week().String() == week && !math.IsNaN(n) {
					rest -= n
				}
			}
			if text := strings.TrimSuffix(english.Decimal(rest, 2), ".00"); text != "0" && text != english.Unknown {
				lacks = append(lacks, text+" of "+name)
			}
		}
		if len(lacks) > 0 {
			warnings = append(warnings, fmt.Sprintf("the rows of days lack a correction that the total of the week of %s has, and which is held back from single days: %s", week, english.List(lacks)))
		}
	}
	return warnings, nil
}

// hiddenEntities names the row of organizations or teams that are not shown, and of what
// is in none.
const hiddenEntities = "Other (hidden, or in none)"

// nameHidden names the rows without an organization or team where some are hidden.
func nameHidden(ask query.Query, res *query.Result) {
	for i, dim := range ask.By {
		for _, row := range res.Rows {
			if res.Hidden && row[i] == nil && (dim == "organization" || dim == "team") {
				row[i] = hiddenEntities
			}
		}
	}
}
