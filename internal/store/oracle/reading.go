package oracle

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// forever is every day that a report can be of.
var forever = day.Range{From: 0, To: 1 << 30}

// exported returns the claims of a source's own reports, in Export's order.
func (s *state) exported(r store.Report) []*claim {
	var out []*claim
	for _, k := range s.find(func(k reportKey) bool {
		return k.enterprise == r.Enterprise && k.source == r.Source && k.kind == r.Kind && k.data == r.Data &&
			r.Range.Contains(k.day) && (r.Tool == "" || k.tool == r.Tool)
	}) {
		out = append(out, s.reports[k].sorted()...)
	}
	order := func(c *claim) string {
		if r.OrderOf != nil {
			return r.OrderOf(cmp.Or(c.record.UserID, c.record.Repo))
		}
		return c.record.UserID
	}
	slices.SortStableFunc(out, func(a, b *claim) int {
		return cmp.Or(
			cmp.Compare(a.key.day, b.key.day),
			cmp.Compare(a.key.tool, b.key.tool),
			cmp.Compare(order(a), order(b)),
			cmp.Compare(a.org, b.org),
			cmp.Compare(a.team, b.team),
		)
	})
	return out
}

func (s *state) sourceDays(enterprise int64, r day.Range) []store.SourceDay {
	var out []store.SourceDay
	for _, k := range s.find(func(k reportKey) bool { return k.enterprise == enterprise && r.Contains(k.day) }) {
		rep := s.reports[k]
		sd := store.SourceDay{
			Source: k.source, Kind: k.kind, Data: k.data, Tool: k.tool, Day: k.day,
			Version: rep.version, Import: rep.importID, Records: int64(len(rep.claims)), Rejected: rep.anyRefused(),
		}
		for _, c := range rep.claims {
			if isLinesUnknown(c.record) {
				sd.LinesUnknown++
			}
		}
		out = append(out, sd)
	}
	return out
}

func (s *state) span(sc query.Scope) day.Range {
	units := s.units(sc, query.Auto, forever)
	if len(units) == 0 {
		return day.Range{From: 1, To: 0}
	}
	return day.Range{From: units[0].day, To: units[len(units)-1].day}
}

// clients returns, of each person and IDE, what the last row says that names a
// version; Last is the last day with any row.
func (s *state) clients(sc query.Scope, r day.Range, users ...string) []store.Client {
	type who struct {
		person person
		ide    string
	}
	last, called, named := map[who]*store.Client{}, s.labels(sc.Enterprise), s.named(sc.Enterprise, users)
	for _, u := range s.units(sc, query.Auto, r) {
		for _, c := range u.people {
			if len(users) > 0 && !named[c.person()] {
				continue
			}
			for _, row := range append(slices.Clone(c.record.ByIDE), cliRow(c.record)...) {
				at := who{c.person(), row.IDE}
				if last[at] == nil {
					last[at] = &store.Client{UserID: c.record.UserID, Name: called(at.person), IDE: row.IDE}
				}
				noteClient(last[at], u.day, row)
			}
		}
	}
	var out []store.Client
	for _, c := range last {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b store.Client) int {
		return cmp.Or(cmp.Compare(a.UserID, b.UserID), cmp.Compare(a.IDE, b.IDE))
	})
	return out
}

// cliRow returns Copilot CLI as a row with a version, if the record states one beside a count.
func cliRow(r *report.Record) []report.Row {
	cli := objectOf(objectOf(append(append([]byte("{"), r.Extra...), '}'))["totals_by_cli"])
	version := objectOf(cli["last_known_cli_version"]).text("cli_version")
	for _, row := range ownRows(r, metric.BySession) {
		if row.at[metric.KeyFeature] == metric.CLI && version != "" && version != "unknown" {
			return []report.Row{{IDE: metric.CLI, IDEVersion: version}}
		}
	}
	return nil
}

func noteClient(c *store.Client, d day.Day, row report.Row) {
	c.Last = d
	if row.IDEVersion != "" {
		c.IDEVersion = row.IDEVersion
	}
	if row.Plugin != "" {
		c.Plugin, c.PluginVersion = row.Plugin, row.PluginVersion
	}
}

// values lists the values of a dimension in any breakdown that carries it.
func (s *state) values(sc query.Scope, r day.Range, dimension string) ([]string, error) {
	read, ok := map[string]func(unit, report.Row) string{
		"tool":     func(u unit, _ report.Row) string { return u.tool },
		"ide":      func(_ unit, row report.Row) string { return row.IDE },
		"feature":  func(_ unit, row report.Row) string { return row.Feature },
		"language": func(_ unit, row report.Row) string { return row.Language },
		"model":    func(_ unit, row report.Row) string { return row.Model },
	}[dimension]
	if signs, ok := s.signValues(sc, r, dimension); ok {
		return signs, nil
	}
	if names, ok := s.ownValues(sc, r, metric.DimensionByName(dimension)); ok {
		return names, nil
	}
	if !ok {
		return nil, fault.New(fault.Invalid, "%q is not a dimension with values", dimension)
	}
	values := map[string]bool{}
	for _, u := range s.units(sc, query.Auto, r) {
		values[read(u, report.Row{})] = true
		for _, c := range u.claims() {
			for _, rows := range [][]report.Row{c.record.ByIDE, c.record.ByFeature, c.record.ByLanguageFeature, c.record.ByLanguageModel, c.record.ByModelFeature} {
				for _, row := range rows {
					values[read(u, row)] = true
				}
			}
		}
	}
	delete(values, "")
	if dimension == "ide" {
		maps.DeleteFunc(values, func(name string, _ bool) bool { return !metric.IsIDE(name) })
	}
	return slices.Sorted(maps.Keys(values)), nil
}

// signValues lists the signals or phases of people; false for other dimensions.
func (s *state) signValues(sc query.Scope, r day.Range, dimension string) ([]string, bool) {
	b, ok := map[string]metric.Breakdown{"signal": metric.BySignal, "phase": metric.ByPhase}[dimension]
	values := map[string]bool{}
	for _, u := range s.units(sc, query.Auto, r) {
		for _, c := range u.people {
			for _, sign := range signs(c.record, b) {
				values[sign.s] = true
			}
		}
	}
	return slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(values)))), ok
}

// claims returns the unit's records of either kind.
func (u unit) claims() []*claim {
	switch {
	case u.statements != nil:
		return u.statements
	case u.aggregate != nil:
		return []*claim{u.aggregate}
	}
	return u.people
}

func (s *state) history(enterprise int64, limit int, days bool) []store.Revision {
	var out []store.Revision
	for _, r := range slices.Backward(s.revisions) {
		if r.enterprise != enterprise || len(out) == limit {
			continue
		}
		if !days {
			r.Days = nil
		}
		out = append(out, r.Revision)
	}
	return out
}

// Read implements store.Store: there are no rollups here.
func (o *Oracle) Read(context.Context, int64, func(query.Rollups) error) error {
	return fault.New(fault.Unsupported, "an oracle has no rollups")
}

// ShownWeek implements store.Store: nothing is kept.
func (o *Oracle) ShownWeek(context.Context, int64, day.Day) (store.ShownWeek, error) {
	return store.ShownWeek{}, nil
}

// SumWeeks implements store.Store: every question is answered from records.
func (o *Oracle) SumWeeks(context.Context, int64) error { return nil }

// KeepShownWeek implements store.Store.
func (o *Oracle) KeepShownWeek(context.Context, int64, day.Day, store.ShownWeek) (bool, error) {
	return true, nil
}

// ownValues lists the values of a dimension of breakdowns with counters of their own;
// false for other dimensions.
func (s *state) ownValues(sc query.Scope, r day.Range, d *metric.Dimension) ([]string, bool) {
	of, values := false, map[string]bool{}
	for _, b := range metric.Breakdowns {
		if d == nil || b.Counters == nil || d.Key == metric.KeyFeature || d.Key == metric.KeySignal || d.Key == metric.KeyPhase || !slices.Contains(b.Keys, d.Key) {
			continue
		}
		of = true
		read, units := ownRows, s.units(sc, query.Auto, r)
		if b.Stated {
			read, units = statedRows, s.statedUnits(sc, query.Auto, r)
		}
		for _, u := range units {
			for _, c := range u.claims() {
				for _, row := range read(c.record, b.Breakdown) {
					values[row.at[d.Key]] = true
				}
			}
		}
	}
	delete(values, "")
	return slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(values)))), of
}
