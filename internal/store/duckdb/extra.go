package duckdb

import (
	"encoding/json"

	"codegauge/internal/metric"
	"codegauge/internal/report"
)

// rowExtra is the unknown members of one breakdown row, found again by its
// cell's keys and by which of several equal rows it was.
type rowExtra struct {
	Kind    metric.Breakdown `json:"k"`
	Keys    [4]string        `json:"v"`
	Nth     int              `json:"n,omitempty"`
	Members json.RawMessage  `json:"x"`
}

// rowsExtra collects a record's row extras as JSON, "" if there are none.
func rowsExtra(r *report.Record) string {
	var all []rowExtra
	for _, b := range breakdownsOf(r) {
		seen := map[[4]string]int{}
		for i := range *b.rows {
			row := &(*b.rows)[i]
			k := [4]string{row.IDE, row.Feature, row.Language, row.Model}
			if row.Extra != nil {
				members := append(append([]byte{'{'}, row.Extra...), '}')
				all = append(all, rowExtra{b.kind, k, seen[k], members})
			}
			seen[k]++
		}
	}
	if all == nil {
		return ""
	}
	text, err := json.Marshal(all)
	if err != nil {
		return "" // members are JSON that the reader has validated
	}
	return string(text)
}

// breakdownRows is one of a record's lists of rows.
type breakdownRows struct {
	kind metric.Breakdown
	bit  uint8
	rows *[]report.Row
}

func breakdownsOf(r *report.Record) []breakdownRows {
	return []breakdownRows{
		{metric.ByIDE, hasIDE, &r.ByIDE},
		{metric.ByFeature, hasFeature, &r.ByFeature},
		{metric.ByLanguageFeature, hasLanguageFeature, &r.ByLanguageFeature},
		{metric.ByLanguageModel, hasLanguageModel, &r.ByLanguageModel},
		{metric.ByModelFeature, hasModelFeature, &r.ByModelFeature},
	}
}
