package duckdb

import (
	"unsafe"

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
	w.residual(d, query.Unsplit, w.split.Unsplit)
	w.residual(d, query.Discrepancy, w.split.Discrepancy)
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

// residual adds a row for what the split lacks. That nothing is left of a total
// (Unsplit) is known too, and not the same as no row; a discrepancy of nothing is none.
func (w *worker) residual(d *dictionary, part query.CellPart, c report.Counters) {
	if c.N == ([report.NumCounters]int64{}) && (part == query.Discrepancy || c.Present == 0) {
		return
	}
	cell := w.cell(d, cellKey{Breakdown: metric.ByFeature, Part: part})
	w.facts = append(w.facts, rollup.Fact{CellSum: query.CellSum{Cell: cell, Counters: c}})
}

// cellSlot remembers a cell by where its words lie in memory. A reader hands out
// the same string for the same word, and never writes over one, so that no word
// has to be compared: reports repeat a few hundred cells millions of times.
type cellSlot struct {
	breakdown metric.Breakdown
	part      query.CellPart
	words     [2]*byte // no breakdown has more
	id        int32    // 0 in an empty slot
}

// cellSlots is a power of two: several readers' words for each cell.
const cellSlots = 1 << 13

func slotOf(k *cellKey) (slot cellSlot, at uintptr) {
	slot = cellSlot{breakdown: k.Breakdown, part: k.Part}
	n := 0
	for _, word := range [...]string{k.IDE, k.Feature, k.Language, k.Model} {
		if word != "" {
			slot.words[n] = unsafe.StringData(word)
			n++
		}
	}
	h := uint64(uintptr(unsafe.Pointer(slot.words[0])))*0x9E3779B97F4A7C15 ^ uint64(uintptr(unsafe.Pointer(slot.words[1])))*0xC2B2AE3D27D4EB4F
	h += uint64(k.Breakdown)<<3 + uint64(k.Part)
	return slot, uintptr(h*0x9E3779B97F4A7C15>>40) % cellSlots
}

// cell finds a cell without a lock once this thread has met it.
func (w *worker) cell(d *dictionary, k cellKey) int32 {
	slot, at := slotOf(&k)
	kept := &w.cells[at]
	if slot.id = kept.id; slot.id == 0 || slot != *kept {
		slot.id = d.cell(k)
		*kept = slot
	}
	return slot.id
}
