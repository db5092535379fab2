package question

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/query"
	"codegauge/internal/report"
)

// membershipUnknown lists the days with people's records in the view's range for
// which nobody said who belongs to which team, or organization: what people did
// then is in none, but that is not known of them.
func (a *Answerer) membershipUnknown(ctx context.Context, v *view, kind directory.Kind) ([]day.Day, error) {
	have, err := a.reports(ctx, v.scope.Enterprise)
	if err != nil {
		return nil, err
	}
	unknown := map[day.Day]bool{}
	for at, from := range v.from.origin {
		unknown[at.day] = unknown[at.day] || from != query.AggregateRecord
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

// warnMembership says for which days rows by team or organization know nobody's.
func (a *Answerer) warnMembership(ctx context.Context, v *view, w Parameters) (out []string, err error) {
	for _, kind := range []directory.Kind{directory.Organization, directory.Team} {
		if !slices.Contains(w.By, string(kind)) {
			continue
		}
		days, err := a.membershipUnknown(ctx, v, kind)
		if err != nil {
			return nil, err
		}
		if len(days) > 0 {
			out = append(out, fmt.Sprintf("%s unknown: no memberships were reported for %s of %s: %s", kind, english.Number(len(days)), english.Count(len(v.from.days()), "day", "days"), english.DayRanges(days)))
		}
	}
	return out, nil
}
