package duckdb

import (
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/rollup"
)

// breakdowns turns a record's breakdowns, and what its features do not account
// for, into facts.
func (w *worker) breakdowns(d *dictionary, r *report.Record) {
	w.facts = w.facts[:0]
	part := query.Reported
	if w.split.Derived {
		part = query.Derived
	}
	w.rows(d, metric.ByFeature, part, w.split.Features)
	w.rest(d, query.Unsplit, w.split.Unsplit)
	w.rest(d, query.Excess, w.split.Discrepancy)
	w.rows(d, metric.ByIDE, query.Reported, r.ByIDE)
	w.rows(d, metric.ByLanguageFeature, query.Reported, r.ByLanguageFeature)
	w.rows(d, metric.ByLanguageModel, query.Reported, r.ByLanguageModel)
	w.rows(d, metric.ByModelFeature, query.Reported, r.ByModelFeature)
}

func (w *worker) rows(d *dictionary, b metric.Breakdown, part query.CellPart, rows []report.Row) {
	for i := range rows {
		row := &rows[i]
		f := rollup.Fact{CellSum: query.CellSum{
			Cell:     w.cell(d, cellKey{Breakdown: b, Part: part, IDE: row.IDE, Feature: row.Feature, Language: row.Language, Model: row.Model}),
			Counters: row.Counters,
		}}
		if row.IDEVersion != "" || row.PluginVersion != "" {
			f.Client = d.client(clientKey{row.IDEVersion, row.Plugin, row.PluginVersion})
		}
		w.facts = append(w.facts, f)
	}
}

// rest adds a row for what the split lacks. That nothing is left of a total
// (Unsplit) is known too, and not the same as no row; an excess of nothing is none.
func (w *worker) rest(d *dictionary, part query.CellPart, c report.Counters) {
	if c.N == ([report.NumCounters]int64{}) && (part == query.Excess || c.Present == 0) {
		return
	}
	cell := w.cell(d, cellKey{Breakdown: metric.ByFeature, Part: part})
	w.facts = append(w.facts, rollup.Fact{CellSum: query.CellSum{Cell: cell, Counters: c}})
}

// cell looks a cell up without a lock once this thread has met it.
func (w *worker) cell(d *dictionary, k cellKey) int32 {
	if id, ok := w.cells[k]; ok {
		return id
	}
	id := d.cell(k)
	w.cells[ownCell(k)] = id
	return id
}
