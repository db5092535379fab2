package question

import (
	"fmt"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/query"
)

// daysInRange is the column that says how many days of a row's week or month lie in the
// range: a row of few days is no drop.
const daysInRange = "days_in_range"

// addDaysInRange adds the column to an answer by week or month, and returns warnings of
// the rows that are parts of their week or month only.
func addDaysInRange(r day.Range, by []string, res *query.Result) (warnings []string) {
	i := slices.IndexFunc(by, func(dim string) bool { return dim == "week" || dim == "month" })
	if i < 0 {
		return nil
	}
	res.Columns = append(slices.Clip(res.Columns), query.Column{Name: daysInRange, Type: "integer", Unit: "days"})
	seen := map[string]bool{}
	for n, row := range res.Rows {
		var days any
		if text, ok := row[i].(string); ok {
			if first, err := day.Parse(text); err == nil {
				whole := query.BucketDays(by[i], first)
				in := whole.Intersect(r).Len()
				if days = int64(in); in < whole.Len() && !seen[text] {
					seen[text] = true
					warnings = append(warnings, fmt.Sprintf("%s %s: only %s of its %d days are in the range", by[i], text, english.Number(in), whole.Len()))
				}
			}
		}
		res.Rows[n] = append(slices.Clip(row), days)
	}
	return warnings
}
