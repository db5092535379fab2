// Package copilot converts the records of GitHub's reports to facts of the cube, and back.
// It is the adapter between both: another source of data is another package like it.
package copilot

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/metric"
	"codegauge/internal/report"
)

// Client is the editor and extension that a row of totals_by_ide states; of Copilot CLI
// IDEVersion is its own.
type Client struct{ IDEVersion, Plugin, PluginVersion string }

// Numbering assigns numbers to values, cells and clients: the same number to equal ones.
type Numbering interface {
	Value(cube.Value) int32
	Cell(cube.Cell) int32
	Client(Client) int32
	// Name returns the name of a numbered value, as a string that outlives the record.
	Name(value int32) string
}

// Encoder converts records to facts. It caches the numbers of cells.
type Encoder struct {
	Numbering Numbering
	// Totals, Facts and Order are the last record's. Totals, LinesUnknown and Substituted are
	// those of its report.Split.
	Totals                    cube.Vector
	Facts                     []cube.Fact
	Order                     RowOrder
	LinesUnknown, Substituted bool

	split report.Split
	cells map[rowNames]int32
}

// RowOrder has, for each breakdown as Breakdowns lists them, the index of the row behind
// each fact.
type RowOrder [5][]int

// rowNames identifies a cell by names, in the order of its breakdown's dimensions.
type rowNames struct {
	breakdown metric.Breakdown
	part      cube.Part
	names     [2]string
}

// Encode converts a user record or an aggregate to Totals and Facts.
func (e *Encoder) Encode(r *report.Record) {
	r.Split(&e.split)
	e.LinesUnknown, e.Substituted = e.split.LinesUnknown, e.split.Substituted != 0
	e.Totals = cube.Vector{Row: rowOf(&e.split.Total)}
	if r.Credits != nil {
		e.Totals.Set(metric.AICredits, *r.Credits)
	}
	for _, s := range statedCounts(r) {
		if n := *s.value; n != nil {
			e.Totals.Set(s.counter, *n)
		}
	}
	e.Facts, e.Order[1] = e.Facts[:0], e.Order[1][:0]
	for i, b := range Breakdowns(r) {
		if b.Breakdown == metric.ByFeature {
			if e.split.Derived {
				e.addRows(metric.ByFeature, cube.Derived, e.split.Features, nil)
			} else {
				e.addRows(metric.ByFeature, cube.Reported, *b.Rows, &e.Order[i])
			}
			e.addRemainder(cube.Unattributed, &e.split.Unattributed)
			e.addRemainder(cube.Discrepancy, &e.split.Discrepancy)
			continue
		}
		e.addRows(b.Breakdown, cube.Reported, *b.Rows, &e.Order[i])
	}
	if r.Kind == report.UserDay {
		e.addSignals(r)
	}
	e.addFigures(r)
}

// statedCount is a number of active users that an aggregate states.
type statedCount struct {
	counter metric.Counter
	value   **int64
}

// statedCounts returns the record's numbers of active users.
func statedCounts(r *report.Record) [3]statedCount {
	return [3]statedCount{
		{metric.StatedDailyUsers, &r.Reported.Daily}, {metric.StatedWeeklyUsers, &r.Reported.Weekly}, {metric.StatedMonthlyUsers, &r.Reported.Monthly},
	}
}

// BreakdownRows is one of a record's lists of rows.
type BreakdownRows struct {
	Breakdown metric.Breakdown
	Rows      *[]report.Row
}

// Breakdowns returns a record's lists of rows.
func Breakdowns(r *report.Record) [5]BreakdownRows {
	return [5]BreakdownRows{
		{metric.ByIDE, &r.ByIDE},
		{metric.ByFeature, &r.ByFeature},
		{metric.ByLanguageFeature, &r.ByLanguageFeature},
		{metric.ByLanguageModel, &r.ByLanguageModel},
		{metric.ByModelFeature, &r.ByModelFeature},
	}
}

// rowOf converts counters to a row of the cube, which has them in the same order.
func rowOf(c *report.Counters) cube.Row {
	return cube.Row{N: c.N, Known: cube.Counters(c.Present)}
}

// countersOf converts a row of the cube to counters.
func countersOf(r *cube.Row) report.Counters {
	return report.Counters{N: r.N, Present: uint8(r.Known & (1<<report.NumCounters - 1))}
}

// names returns a row's names in the order of its breakdown's dimensions.
func names(b metric.Breakdown, row *report.Row) (out [2]string) {
	for i, k := range metric.Breakdowns[b].Keys {
		out[i] = *field(row, k)
	}
	return out
}

// field returns a pointer to the row's name on a dimension.
func field(row *report.Row, k metric.Key) *string {
	switch k {
	case metric.KeyIDE:
		return &row.IDE
	case metric.KeyFeature:
		return &row.Feature
	case metric.KeyLanguage:
		return &row.Language
	default:
		return &row.Model
	}
}

// addRows adds the rows of a breakdown in the order of their cells, so that records with
// equal content have equal facts, and sets order to the rows' indexes.
func (e *Encoder) addRows(b metric.Breakdown, part cube.Part, rows []report.Row, order *[]int) {
	first := len(e.Facts)
	if order != nil {
		*order = (*order)[:0]
	}
	for i := range rows {
		row := &rows[i]
		f := cube.Fact{Sum: cube.Sum{Cell: e.cell(rowNames{b, part, names(b, row)}), Row: rowOf(&row.Counters)}}
		if row.IDEVersion != "" || row.PluginVersion != "" {
			f.Client = e.Numbering.Client(Client{row.IDEVersion, row.Plugin, row.PluginVersion})
		}
		at := len(e.Facts)
		for at > first && compareRows(&f, row, &e.Facts[at-1], rows, order, at-1-first) < 0 {
			at--
		}
		e.Facts = slices.Insert(e.Facts, at, f)
		if order != nil {
			*order = slices.Insert(*order, at-first, i)
		}
	}
}

// compareRows compares rows of a breakdown: by cell, then by everything else.
func compareRows(f *cube.Fact, row *report.Row, o *cube.Fact, rows []report.Row, order *[]int, at int) int {
	if n := compareFacts(*f, *o); n != 0 || order == nil {
		return n
	}
	return bytes.Compare(row.Extra, rows[(*order)[at]].Extra)
}

func compareFacts(f, o cube.Fact) int {
	return cmp.Or(cmp.Compare(f.Cell, o.Cell), cmp.Compare(f.Client, o.Client), cmp.Compare(f.Known, o.Known), slices.Compare(f.N[:], o.N[:]))
}

// addRemainder adds a row for what is unattributed, or for the discrepancy. An
// unattributed remainder of zero is added if it is known; a discrepancy of zero is not.
func (e *Encoder) addRemainder(part cube.Part, c *report.Counters) {
	row := rowOf(c)
	if row.Zero() && (part == cube.Discrepancy || row.Known == 0) {
		return
	}
	e.Facts = append(e.Facts, cube.Fact{Sum: cube.Sum{Cell: e.cell(rowNames{breakdown: metric.ByFeature, part: part}), Row: row}})
}

// signals are the values of metric.KeySignal for the bits of report.Flags. The coding
// agent is the former name of the cloud agent.
var signals = func() (out [len(report.FlagFields)]string) {
	for i, name := range report.FlagFields {
		if out[i] = name; name == "used_copilot_coding_agent" {
			out[i] = "used_copilot_cloud_agent"
		}
	}
	return out
}()

// addSignals adds a user record's flags, whether it has prompts in an IDE, and its adoption
// phase.
func (e *Encoder) addSignals(r *report.Record) {
	first := len(e.Facts)
	for i, name := range signals {
		if r.Flags.Known&r.Flags.Value&(1<<i) == 0 {
			continue
		}
		f := cube.Fact{Sum: cube.Sum{Cell: e.cell(rowNames{breakdown: metric.BySignal, names: [2]string{name}})}}
		if !slices.Contains(e.Facts[first:], f) {
			e.Facts = append(e.Facts, f)
		}
	}
	if promptsInIDE(r) {
		e.Facts = append(e.Facts, cube.Fact{Sum: cube.Sum{Cell: e.cell(rowNames{breakdown: metric.BySignal, names: [2]string{metric.IDEPrompts}})}})
	}
	if r.Phase != nil {
		name := metric.PhaseName(*r.Phase)
		e.Facts = append(e.Facts, cube.Fact{Sum: cube.Sum{Cell: e.cell(rowNames{breakdown: metric.ByPhase, names: [2]string{name}})}})
	}
}

// promptsInIDE reports whether the person sent a prompt in an IDE.
func promptsInIDE(r *report.Record) bool {
	return slices.ContainsFunc(r.ByIDE, func(row report.Row) bool { return row.N[metric.Interactions] > 0 })
}

// cell returns a cell's number, from the cache if possible.
func (e *Encoder) cell(k rowNames) int32 {
	if id, ok := e.cells[k]; ok {
		return id
	}
	if e.cells == nil {
		e.cells = map[rowNames]int32{}
	}
	c := cube.Cell{Breakdown: k.breakdown, Part: k.part}
	if k.part < cube.Unattributed {
		for i, dimension := range metric.Breakdowns[k.breakdown].Keys {
			c.Values[i] = e.Numbering.Value(cube.Value{Key: dimension, Name: k.names[i]})
			k.names[i] = e.Numbering.Name(c.Values[i]) // the record's memory is reused
		}
	}
	id := e.Numbering.Cell(c)
	e.cells[k] = id
	return id
}

// Decode restores the part of a record that Encode has converted: the totals as in its
// split, and the rows of its breakdowns in the order of their facts. client returns the
// Client with a number.
func Decode(r *report.Record, totals *cube.Vector, facts []cube.Fact, d *cube.Dictionary, client func(int32) (Client, error)) error {
	r.Totals = countersOf(&totals.Row)
	r.Credits = nil
	if n, ok := totals.Get(metric.AICredits); ok {
		r.Credits = &n
	}
	for _, s := range statedCounts(r) {
		*s.value = nil
		if n, ok := totals.Get(s.counter); ok {
			*s.value = &n
		}
	}
	lists := Breakdowns(r)
	for i := range facts {
		cell := &d.Cells[facts[i].Cell]
		if cell.Part != cube.Reported {
			continue
		}
		for _, l := range lists {
			if l.Breakdown != cell.Breakdown {
				continue
			}
			rowClient, err := client(facts[i].Client)
			if err != nil {
				return fmt.Errorf("client %d: %w", facts[i].Client, err)
			}
			row := report.Row{Counters: countersOf(&facts[i].Row), IDEVersion: rowClient.IDEVersion, Plugin: rowClient.Plugin, PluginVersion: rowClient.PluginVersion}
			for j, dimension := range metric.Breakdowns[cell.Breakdown].Keys {
				*field(&row, dimension) = d.Name(cell.Values[j])
			}
			*l.Rows = append(*l.Rows, row)
		}
	}
	return nil
}
