package rollup

import (
	"bytes"
	"fmt"
	"testing"

	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"

	"github.com/google/go-cmp/cmp"
)

// counters returns counters of which those that are not -1 are there.
func counters(n ...int64) report.Counters {
	var c report.Counters
	for i, v := range n {
		if v != -1 {
			c.Set(i, v)
		}
	}
	return c
}

var someFacts = []Fact{
	{CellSum: query.CellSum{Cell: 3, Counters: counters(0, 1, -1, 300, 0, 70_000, 5)}},
	{CellSum: query.CellSum{Cell: 1, Counters: counters()}, Client: 9},
	{CellSum: query.CellSum{Cell: 3, Counters: counters(-1, -1, -1, -1, -1, 1<<62, -7)}},
}

func TestFactsReadAsWritten(t *testing.T) {
	b := AppendFacts(nil, someFacts)
	got, err := ReadFacts(b, 4, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(someFacts, got); diff != "" {
		t.Error(diff)
	}
}

// TestDamagedFacts cuts and changes bytes: an error, or facts of cells that
// exist, but no panic and nothing read beyond the end.
func TestDamagedFacts(t *testing.T) {
	whole := AppendFacts(nil, someFacts)
	for n := range whole {
		if _, err := ReadFacts(whole[:n], 4, nil); err == nil {
			t.Errorf("%d of %d bytes were read as facts", n, len(whole))
		}
		for v := range 256 {
			b := bytes.Clone(whole)
			b[n] = byte(v)
			facts, _ := ReadFacts(b, 4, nil)
			for _, f := range facts {
				if f.Cell < 0 || f.Cell >= 4 {
					t.Fatalf("byte %d as %d: cell %d", n, v, f.Cell)
				}
			}
		}
	}
	if _, err := ReadFacts(append(bytes.Clone(whole), 0), 4, nil); err == nil {
		t.Error("a byte too many was passed over")
	}
}

// cells are those that the days below speak of.
var cells = []query.Cell{{}, {Breakdown: metric.ByFeature, Feature: "agent_edit"}, {Breakdown: metric.ByIDE, IDE: "vscode"}, {Breakdown: metric.ByFeature, Part: query.Unsplit}}

func record(source int64, person uint32, lines int64) Record {
	return Record{Source: source, Tool: "copilot", Identity: int32(person), Person: person, Effective: true, Totals: counters(-1, -1, -1, -1, -1, lines),
		Facts: AppendFacts(nil, []Fact{{CellSum: query.CellSum{Cell: 1, Counters: counters(-1, -1, -1, -1, -1, lines)}}, {CellSum: query.CellSum{Cell: 2, Counters: counters(-1, -1, -1, -1, -1, lines)}, Client: 5}})}
}

// TestBuild rolls up an enterprise's day: two people, of whom one is in team 30
// of organization 20, and a claim that gives no values.
func TestBuild(t *testing.T) {
	d := &Day{Enterprise: 10, Day: 20_000, Reports: []Report{{Source: 10, Tool: "copilot"}, {Source: 20, Tool: "copilot", Aggregate: true}},
		Members: []Member{{Organization: 20, Team: 30, Person: 2}},
		Records: []Record{record(10, 1, 100), record(10, 2, 11), {Source: 10, Tool: "copilot", Identity: 3, Person: 3, Facts: AppendFacts(nil, nil)}}}
	built, err := d.Build(cells)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Level     query.Level
		Entity    int64
		Origin    query.Origin
		Preferred bool
		Records   int64
		Lines     int64
		Feature   []query.CellSum
	}
	sums := func(lines int64) []query.CellSum {
		return []query.CellSum{{Cell: 1, Counters: counters(-1, -1, -1, -1, -1, lines)}}
	}
	want := []row{
		{query.LevelEnterprise, 10, query.UserRecords, true, 2, 111, sums(111)},
		{query.LevelOrganization, 20, query.UserRecords, true, 1, 11, sums(11)},
		{query.LevelOrganization, 20, query.AggregateRecord, false, 0, 0, nil},
		{query.LevelTeam, 30, query.UserRecords, true, 1, 11, sums(11)},
	}
	var got []row
	for _, u := range built.Units {
		features, err := ReadCells(u.Cells[0], len(cells))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row{u.Level, u.Entity, u.Origin, u.Preferred, u.Records, u.Totals.N[report.NumCounters-2], features})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("units: -want +got\n%s", diff)
	}
	people := map[string][]uint32{}
	for _, s := range built.Sets {
		people[fmt.Sprint(s.Cell, " ", s.Client)] = s.People.ToArray()
	}
	both := []uint32{1, 2}
	if diff := cmp.Diff(map[string][]uint32{"-1 0": both, "0 0": both, "1 0": both, "2 0": both, "2 5": both}, people); diff != "" {
		t.Errorf("sets: -want +got\n%s", diff)
	}
}

// TestSumTooLarge refuses what 64 bits cannot hold.
func TestSumTooLarge(t *testing.T) {
	d := &Day{Enterprise: 10, Reports: []Report{{Source: 10, Tool: "copilot"}}, Records: []Record{record(10, 1, 1<<62), record(10, 2, 1<<62)}}
	if _, err := d.Build(cells); err == nil {
		t.Error("the sum was kept")
	}
}
