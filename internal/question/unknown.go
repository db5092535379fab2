package question

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
)

// membershipUnknown lists the days with people's records, of those that a source of data is
// about, for which nobody said who belongs to which team, or organization: what people
// did then is in none, but that is not known of them.
func (a *Answerer) membershipUnknown(ctx context.Context, v *view, from *dataSource, kind directory.Kind) ([]day.Day, error) {
	have, err := a.reports(ctx, v.scope.Enterprise)
	if err != nil {
		return nil, err
	}
	unknown := map[day.Day]bool{}
	for at, origin := range from.origin {
		unknown[at.day] = unknown[at.day] || origin != query.AggregateRecord
	}
	for _, d := range have.days {
		ofOrganization := kind == directory.Organization && d.Kind == report.UserDay && d.Source != v.scope.Enterprise
		if d.Records > 0 && (d.Kind == report.UserTeam || ofOrganization) {
			delete(unknown, d.Day)
		}
	}
	maps.DeleteFunc(unknown, func(_ day.Day, is bool) bool { return !is })
	days := slices.Sorted(maps.Keys(unknown))
	if len(days) == 0 {
		return nil, nil
	}
	memberships, err := a.dir.Memberships(ctx, v.scope.Enterprise)
	if err != nil {
		return nil, fmt.Errorf("memberships: %w", err)
	}
	for _, m := range memberships {
		if e := v.names.ByID[m.Entity]; e == nil || kind == directory.Team && e.Kind != kind {
			continue
		}
		days = slices.DeleteFunc(days, func(d day.Day) bool { return m.From <= d && (m.To == 0 || d <= m.To) })
	}
	return days, nil
}

// takeUnknown takes what was done on days without known memberships out of the rows that
// are of no organization or team, and returns it as rows of its own. People are not
// counted in these: those of several days are not added up.
func (a *Answerer) takeUnknown(ctx context.Context, v *view, ask query.Query, res *query.Result) ([][]any, error) {
	column := slices.IndexFunc(ask.By, func(dim string) bool { return dim == string(directory.Organization) || dim == string(directory.Team) })
	if column < 0 {
		return nil, nil
	}
	from := v.from
	if ask.Range != v.r {
		var err error
		if from, err = a.dataSource(ctx, v.question, ask.Range); err != nil {
			return nil, err
		}
	}
	days, err := a.membershipUnknown(ctx, v, from, directory.Kind(ask.By[column]))
	if err != nil {
		return nil, err
	}
	byDay := ask
	byDay.Measures = slices.DeleteFunc(slices.Clone(ask.Measures), func(name string) bool { return metric.MeasureByName(name).Sum == nil })
	if len(days) == 0 || len(byDay.Measures) == 0 {
		return nil, nil
	}
	n, at := len(ask.By), slices.Index(ask.By, "day")
	if at < 0 {
		at, byDay.By = n, append(slices.Clone(ask.By), "day")
	}
	parts, err := a.run(ctx, byDay)
	if err != nil {
		return nil, fmt.Errorf("figures of days without memberships: %w", err)
	}
	known, unknown := newSums(ask, byDay), newSums(ask, byDay)
	for _, row := range parts.Rows {
		if row[column] != nil {
			continue
		}
		on, err := day.Parse(row[at].(string))
		if err != nil {
			return nil, fmt.Errorf("figures of days without memberships: %w", err)
		}
		if _, is := slices.BinarySearch(days, on); is {
			unknown.add(row)
		} else {
			known.add(row)
		}
	}
	for _, row := range unknown.rows {
		row[column] = metric.UnknownMembership
	}
	ofNone := func(row []any) bool { return row[column] == nil }
	res.Rows = append(slices.DeleteFunc(res.Rows, ofNone), known.some()...)
	return unknown.some(), nil
}

// sums adds up rows by day to rows of an answer; what does not add up is unknown in them.
type sums struct {
	columns int   // that the rows have before their figures
	parts   int   // that the rows by day have
	at      []int // for each figure of a row by day, its column in the answer
	width   int
	rows    [][]any
	byKey   map[string][]any
}

func newSums(ask, byDay query.Query) *sums {
	s := &sums{columns: len(ask.By), parts: len(byDay.By), width: len(ask.By) + len(ask.Measures), byKey: map[string][]any{}}
	for _, name := range byDay.Measures {
		s.at = append(s.at, len(ask.By)+slices.Index(ask.Measures, name))
	}
	return s
}

func (s *sums) add(row []any) {
	k := query.KeyOf(row[:s.columns])
	to := s.byKey[k]
	if to == nil {
		to = append(slices.Clone(row[:s.columns]), make([]any, s.width-s.columns)...)
		s.rows, s.byKey[k] = append(s.rows, to), to
	}
	for i, part := range row[s.parts:] {
		switch n := part.(type) {
		case int64:
			have, _ := to[s.at[i]].(int64)
			to[s.at[i]] = have + n
		case float64:
			have, _ := to[s.at[i]].(float64)
			to[s.at[i]] = math.Round((have+n)*1e6) / 1e6 // sums are of millionths
		}
	}
}

// some returns the rows in which there is something.
func (s *sums) some() [][]any {
	return slices.DeleteFunc(s.rows, func(row []any) bool { return nothing(row[s.columns:]) })
}

// nothing reports whether no figure of a row is other than zero.
func nothing(figures []any) bool {
	return !slices.ContainsFunc(figures, func(f any) bool { return f != nil && f != int64(0) && f != float64(0) })
}

// warnMembership says for which days rows by team or organization know nobody's.
func (a *Answerer) warnMembership(ctx context.Context, v *view, w Parameters) (out []string, err error) {
	for _, kind := range []directory.Kind{directory.Organization, directory.Team} {
		if !slices.Contains(w.By, string(kind)) {
			continue
		}
		days, err := a.membershipUnknown(ctx, v, v.from, kind)
		if err != nil {
			return nil, err
		}
		if len(days) > 0 {
			out = append(out, fmt.Sprintf("%s unknown: no memberships were reported for %s of %s: %s", kind, english.Number(len(days)), english.Count(len(v.from.days()), "day", "days"), english.DayRanges(days)))
		}
	}
	return out, nil
}
