package question

import (
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// warnings says what has to be known to read an answer, in a fixed order.
func (v *view) warnings(w Parameters, res *query.Result) []string {
	var out []string
	add := func(text string) {
		if text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	add(v.warnMasked(w))
	add(v.warnHeldBack())
	add(v.warnMissing())
	add(v.warnMissingBefore())
	add(v.warnProvisional())
	add(v.warnAggregate())
	add(v.warnUnion())
	for _, text := range v.warnLate() {
		add(text)
	}
	if countsLines(w.Measures) {
		add(v.warnGrades(w.By))
		add(v.warnLinesUnknown())
	}
	if n := res.Unclassified; n > 0 && len(w.By) == 0 {
		add("what agents made is unknown: none of the lines says who made it")
	} else if n > 0 {
		add(fmt.Sprintf("what agents made is unknown in %s, of which none of the lines says who made it", english.Count(n, "row", "rows")))
	}
	for _, text := range v.warnBreaks(w.Compare) {
		add(text)
	}
	for _, text := range v.warnResiduals(w, res) {
		add(text)
	}
	return out
}

// countsLines reports whether one of the measures is made of lines.
func countsLines(measures []string) bool {
	return slices.ContainsFunc(measures, func(name string) bool {
		m := metric.MeasureByName(name)
		return m != nil && (m.Unit == "lines" || m.Name == "agent_contribution" || m.Name == "acceptance_rate_by_lines")
	})
}

func (v *view) warnMissing() string {
	missing := v.missing()
	switch {
	case v.data.Len() == 0 && len(v.apart) > 0:
		return fmt.Sprintf("%s has no data of its own, only aggregates of %s: ask for one organization instead", v.names.Key(v.scope.Entity()), english.ListAtMost(v.keys(v.apart), 5))
	case v.data.Len() == 0 && v.repositories && v.asked() == "data":
		return fmt.Sprintf("%s has reports of repositories only: what people did is unknown", v.names.Key(v.scope.Entity()))
	case v.data.Len() == 0:
		return fmt.Sprintf("%s has no %s", v.names.Key(v.scope.Entity()), v.asked())
	case len(v.from.origin) == 0:
		return fmt.Sprintf("no data from %s to %s; data exists from %s to %s", v.r.From, v.r.To, v.data.From, v.data.To)
	case len(missing) == 0:
		return ""
	}
	return fmt.Sprintf("%s of %s without data: %s", english.Number(len(missing)), english.Count(v.r.Len(), "day", "days"), english.DayRanges(missing))
}

// asked names the records that a question is about.
func (v *view) asked() string {
	what := map[query.Source]string{query.FromUsers: "user records", query.FromAggregate: "aggregates"}[v.source]
	if what == "" {
		what = "data"
	}
	if tools := v.values("tool"); len(tools) > 0 {
		what += " of " + english.ListAtMost(tools, 5)
	}
	return what
}

// warnMissingBefore says which days a comparison lacks.
func (v *view) warnMissingBefore() string {
	if v.before == nil {
		return ""
	}
	r := v.r.Previous()
	missing := v.before.missing(r)
	if len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s of the previous period without data: %s", english.Number(len(missing)), english.Count(r.Len(), "day", "days"), english.DayRanges(missing))
}

func (v *view) warnProvisional() string {
	if v.completeTo == 0 {
		return ""
	}
	have := v.from.days()
	var provisional, absent []day.Day
	for d := max(v.r.From, v.completeTo+1); d <= v.r.To; d++ {
		if have[d] {
			provisional = append(provisional, d)
		} else {
			absent = append(absent, d)
		}
	}
	var parts []string
	if len(provisional) > 0 {
		parts = append(parts, fmt.Sprintf("%s provisional: %s", english.Count(len(provisional), "day is", "days are"), english.DayRanges(provisional)))
	}
	if len(absent) > 0 && len(v.from.origin) > 0 {
		parts = append(parts, fmt.Sprintf("%s no data yet: %s", english.Count(len(absent), "day has", "days have"), english.DayRanges(absent)))
	}
	return strings.Join(parts, "; ")
}

func (v *view) warnAggregate() string {
	days := v.from.aggregate()
	if len(days) == 0 || v.source == query.FromAggregate {
		return ""
	}
	return fmt.Sprintf("%s from aggregates, which have no distinct people across days and no teams: %s", english.Count(len(days), "day comes", "days come"), english.DayRanges(days))
}

func (v *view) warnUnion() string {
	names := v.unionKeys()
	if len(names) == 0 {
		return ""
	}
	return "the enterprise has no report of its own for some days: figures are those of the people in its organizations (" + english.ListAtMost(names, 5) + ")"
}

// warnLate names the sources that end within the range while others go on.
func (v *view) warnLate() []string {
	var out []string
	for _, src := range v.sources {
		if src.Late && src.Days.To < v.r.To {
			out = append(out, fmt.Sprintf("source %s (%s, %s) is late: its data ends on %s", v.names.Key(src.Source.ID), src.Tool, src.Kind, src.Days.To))
		}
	}
	return out
}

// warnGrades says that rows add up lines of tools that count differently.
func (v *view) warnGrades(by []string) string {
	tools := v.from.tools()
	if slices.Contains(by, "tool") || len(metric.Grades(tools)) < 2 {
		return ""
	}
	var parts []string
	for _, t := range tools {
		tool := metric.ToolByName(t)
		parts = append(parts, fmt.Sprintf("%s (%s)", tool.Label, tool.LineMeaning))
	}
	return fmt.Sprintf("sum of %s that count lines differently: %s", english.Count(len(tools), "tool", "tools"), strings.Join(parts, "; "))
}

func (v *view) warnLinesUnknown() string {
	if v.from.linesUnknown == 0 {
		return ""
	}
	n := int(v.from.linesUnknown)
	return fmt.Sprintf("%s unknown lines: only the server saw the activity, the client is too old to report lines, or the report states none", english.Count(n, "record has", "records have"))
}

// warnBreaks names the dates on which GitHub changed what it counts: within the
// range, or between it and the period that it is compared with.
func (v *view) warnBreaks(compare bool) []string {
	if !slices.Contains(v.from.tools(), metric.Copilot) {
		return nil
	}
	r, where := v.r, "within the range"
	if compare {
		r.From, where = v.r.Previous().From, "within the compared periods"
	}
	var out []string
	for _, b := range metric.BreaksIn(day.Range{From: r.From + 1, To: r.To}) {
		out = append(out, fmt.Sprintf("on %s, %s: %s", b.Day, where, b.Label))
	}
	return out
}

// warnResiduals says what the rows with null hold, with the lines in them.
func (v *view) warnResiduals(w Parameters, res *query.Result) []string {
	var out []string
	for i, name := range w.By {
		d := metric.DimensionByName(name)
		rows := slices.DeleteFunc(slices.Clone(res.Rows), func(row []any) bool { return row[i] != nil })
		if d.Residual == "" || len(rows) == 0 {
			continue
		}
		amounts, negative := residualLines(res.Columns, rows)
		reason := d.Residual
		switch {
		case negative && d.Key == metric.KeyFeature:
			reason = metric.DimensionByName("initiator").Residual
		case (name == "team" || name == "organization") && len(v.from.aggregate()) == len(v.from.days()):
			reason = fmt.Sprintf("not known by %s (aggregates)", name)
		}
		if v.folded && d.Key != metric.NoKey {
			reason += ", or hidden"
		}
		text := fmt.Sprintf("null in %s means %s", name, reason)
		if len(amounts) > 0 {
			text += ": " + strings.Join(amounts, ", ")
		}
		out = append(out, text)
	}
	return out
}

// residualLines adds up the measures of lines over rows, and reports whether one is
// negative.
func residualLines(columns []query.Column, rows [][]any) (out []string, negative bool) {
	for i, c := range columns {
		m := metric.MeasureByName(c.Name)
		if m == nil || m.Sum == nil || m.Unit != "lines" {
			continue
		}
		var sum int64
		for _, row := range rows {
			n, _ := row[i].(int64)
			sum += n
		}
		negative = negative || sum < 0
		if sum != 0 {
			out = append(out, fmt.Sprintf("%s %s", english.Number(sum), strings.ToLower(m.Label)))
		}
	}
	return out, negative
}
