package question

import (
	"context"
	"fmt"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// compare puts beside each measure what it was in the previous period, and the
// change. A row that only one of the periods has is there, with nulls.
func (a *Answerer) compare(ctx context.Context, v *view, ask query.Query, now *query.Result) (*query.Result, error) {
	if slices.Contains(ask.By, "month") {
		return nil, fault.New(fault.Unsupported, "cannot compare by month: the previous period starts whole weeks earlier, so months do not line up; group by week or day")
	}
	ask.Range = v.r.Previous()
	before, err := a.ask(ctx, v, ask)
	if err != nil {
		return nil, err
	}
	if v.before, err = a.dataSource(ctx, v.question, ask.Range); err != nil {
		return nil, err
	}
	if err := shiftDates(before, ask.By, v.r.Shift()); err != nil {
		return nil, err
	}
	return beside(now, before, len(ask.By)), nil
}

// shiftDates moves the days and weeks of an earlier answer to those that they
// are compared with.
func shiftDates(res *query.Result, by []string, shift day.Day) error {
	for i, dim := range by {
		if !metric.DimensionByName(dim).Grain {
			continue
		}
		for _, row := range res.Rows {
			d, err := day.Parse(row[i].(string))
			if err != nil {
				return fmt.Errorf("shift %s: %w", dim, err)
			}
			row[i] = (d + shift).String()
		}
	}
	return nil
}

// beside joins two answers by their first n columns.
func beside(now, before *query.Result, n int) *query.Result {
	out := &query.Result{Columns: slices.Clone(now.Columns[:n]), Unclassified: now.Unclassified}
	for _, c := range now.Columns[n:] {
		was, change := c, c
		was.Name, change.Name = c.Name+"_previous", c.Name+"_change"
		out.Columns = append(out.Columns, c, was, change)
	}
	blank := make([]any, len(now.Columns)-n)
	earlier := rowsByKey(before.Rows, n)
	for _, row := range now.Rows {
		k := query.KeyOf(row[:n])
		was := blank
		if list := earlier[k]; len(list) > 0 {
			was, earlier[k] = list[0][n:], list[1:]
		}
		out.Rows = append(out.Rows, widen(row[:n], row[n:], was))
	}
	for _, row := range before.Rows {
		k := query.KeyOf(row[:n])
		for _, was := range earlier[k] {
			out.Rows = append(out.Rows, widen(row[:n], blank, was[n:]))
		}
		delete(earlier, k)
	}
	sortRows(out.Rows, n)
	return out
}

// widen makes a row of a key, what is and what was.
func widen(key, is, was []any) []any {
	row := slices.Clone(key)
	for i := range is {
		row = append(row, is[i], was[i], change(is[i], was[i]))
	}
	return row
}

// change returns by how much a number changed; null if either is null.
func change(is, was any) any {
	switch x := is.(type) {
	case int64:
		if y, ok := was.(int64); ok {
			return x - y
		}
	case float64:
		if y, ok := was.(float64); ok {
			return x - y
		}
	}
	return nil
}

// rowsByKey lists the rows of each key: people of one login are several rows.
func rowsByKey(rows [][]any, n int) map[string][][]any {
	out := map[string][][]any{}
	for _, row := range rows {
		k := query.KeyOf(row[:n])
		out[k] = append(out[k], row)
	}
	return out
}
