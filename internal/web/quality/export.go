package quality

import (
	"net/http"
	"slices"
	"strings"

	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// title is what the audit log calls the page.
const title = "data quality"

// export answers with every table of the page as one file. It names nobody.
func export(sh *shell.Shell, name string, w http.ResponseWriter, r *http.Request) error {
	b, _, err := cards.New(sh, name, r)
	if err != nil {
		return err
	}
	d := &dashboard{Builder: b}
	v, err := d.view(r.Context())
	if err != nil {
		return err
	}
	if v.Empty != nil {
		return fault.New(fault.NotFound, "there is no data to export")
	}
	d.Answers = &cards.Answers{}
	return d.SendArchive(w, name, title, nil, d.sheets(v))
}

// sheets are the tables of the page.
func (d *dashboard) sheets(v *view) (out []cards.Sheet) {
	add := func(name, columns string, rows [][]any) {
		var heads []query.Column
		for column := range strings.FieldsSeq(columns) {
			heads = append(heads, query.Column{Name: column})
		}
		out = append(out, cards.NewSheet(name, heads, rows))
	}
	add("facts", "fact value", rowsOf(v.Facts, func(f FactRow) []any { return []any{f.Label, f.value} }))
	add("sources", "tool data of days behind_today "+strings.Join(countedStates, " ")+" records_without_lines", rowsOf(v.Sources, func(r SourceRow) []any {
		return append([]any{r.Tool, strings.TrimSuffix(r.Kind, ","), r.Label, known(r.Days), r.Behind}, r.counts...)
	}))
	add("days", "tool data of state from to days", d.calendarRuns(v.coverage.Calendar))
	if v.Settings != "" {
		add("fetched", "source from state last_success stored of_days provisional missing missing_without_report lost", rowsOf(v.Fetched, func(r FetchedRow) []any {
			return []any{r.Name, r.From, r.State, known(r.Success), int64(r.days.Stored), int64(r.days.Window.Len()), int64(r.days.Provisional), int64(r.days.Missing), int64(r.days.None), int64(r.days.Lost)}
		}))
	}
	if v.Alerts != nil {
		add("alerts", "alert source state why last_sent", rowsOf(v.Alerts.Rows, func(r AlertRow) []any {
			return []any{r.Rule, r.Source, r.State, r.Why, strings.Join(r.Sent, "; ")}
		}))
	}
	add("reconciliations", "figure compared value against value_against difference why", rowsOf(v.Compared, func(r ComparedRow) []any {
		return []any{r.Measure, r.One, number(r.First), r.Other, number(r.Second), number(r.Difference), strings.Join(r.Why, " ")}
	}))
	add("unknown", "not_known cause amount unit share", rowsOf(v.Unknown, func(r UnknownRow) []any {
		unit := r.Unit
		if unit == "" {
			unit = metric.MeasureByName("loc_changed").Unit
		}
		return []any{r.What, r.Why, number(r.Amount), unit, number(r.Share)}
	}))
	clients := func(r BelowRow) []any {
		return []any{r.Client, known(r.Version), known(r.Plugin), r.Features, r.Upgrade, r.count}
	}
	add("clients-without-lines", "client version extension no_lines_for what_to_do people", rowsOf(v.Below, clients))
	if !v.PeopleHidden {
		add("clients-not-counted", "client version extension no_lines_for what_to_do people", rowsOf(v.NotCounted, clients))
	}
	for _, f := range v.Faults {
		add("fault-"+f.Name+"-figures", "figure read_it_as reported why", rowsOf(f.Bounds, func(r BoundRow) []any { return []any{r.Label, r.Side, number(r.Figure), r.Why} }))
		add("fault-"+f.Name+"-clients", "client version extension reports_right_from people", rowsOf(f.Rows, func(r FaultRow) []any { return []any{r.Client, known(r.Version), known(r.Plugin), r.Mended, r.count} }))
		add("fault-"+f.Name+"-weeks", "week_from mended affected others", rowsOf(f.Weeks, func(r WeekRow) []any { return []any{r.From, number(r.Mended), number(r.Affected), number(r.Others)} }))
	}
	if v.Imports != nil {
		add("imports", "when who what origin changed undone", rowsOf(v.Imports.Rows, func(r shell.ChangeRow) []any {
			return []any{r.When, known(r.Who), r.What, r.Origin, strings.Join(r.Moves, "; "), r.Undone}
		}))
	}
	return slices.DeleteFunc(out, func(s cards.Sheet) bool { return len(s.Rows) == 0 })
}

func rowsOf[T any](list []T, row func(T) []any) (out [][]any) {
	for _, x := range list {
		out = append(out, row(x))
	}
	return out
}

// number is a figure for programs, nil if it is not known.
func number(f cards.Figure) any {
	if f.Value == "" {
		return nil
	}
	return text.Parsed(f.Value)
}

// known is a text for programs, nil if pages write that it is not known.
func known(s string) any {
	if s == text.None {
		return nil
	}
	return s
}
