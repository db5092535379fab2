package question

import (
	"slices"
	"strings"

	"codegauge/internal/report"
)

// cloneRecord copies a record whose memory is used again.
func cloneRecord(r *report.Record) report.Record {
	out := *r
	for _, s := range []*string{&out.Tool, &out.UserID, &out.Login, &out.EnterpriseID, &out.OrganizationID, &out.TeamID, &out.TeamSlug} {
		*s = strings.Clone(*s)
	}
	for _, rows := range []*[]report.Row{&out.ByIDE, &out.ByFeature, &out.ByLanguageFeature, &out.ByLanguageModel, &out.ByModelFeature} {
		*rows = cloneRows(*rows)
	}
	out.Extra, out.Wrapper = slices.Clone(out.Extra), slices.Clone(out.Wrapper)
	out.Credits, out.Phase = cloneValue(out.Credits), cloneValue(out.Phase)
	for _, n := range []**int64{&out.Reported.Daily, &out.Reported.Weekly, &out.Reported.Monthly} {
		*n = cloneValue(*n)
	}
	return out
}

func cloneRows(rows []report.Row) []report.Row {
	rows = slices.Clone(rows)
	for i := range rows {
		r := &rows[i]
		for _, s := range []*string{&r.IDE, &r.Feature, &r.Language, &r.Model, &r.IDEVersion, &r.Plugin, &r.PluginVersion} {
			*s = strings.Clone(*s)
		}
		r.Extra = slices.Clone(r.Extra)
	}
	return rows
}

func cloneValue[T any](v *T) *T {
	if v == nil {
		return nil
	}
	c := *v
	return &c
}
