package rollup

import (
	"fmt"
	"testing"

	"codegauge/internal/cube"
	"codegauge/internal/metric"
	"codegauge/internal/query"

	"github.com/google/go-cmp/cmp"
)

// counted returns a row of which the counters that are not -1 are known.
func counted(n ...int64) (v cube.Row) {
	for i, n := range n {
		if n != -1 {
			v.Set(metric.Counter(i), n)
		}
	}
	return v
}

// cells are those that the days below speak of.
var cells = []cube.Cell{{}, {Breakdown: metric.ByFeature, Values: [4]int32{1}}, {Breakdown: metric.ByIDE, Values: [4]int32{2}}, {Breakdown: metric.ByFeature, Part: cube.Unattributed}}

const copilot int32 = 3 // the tool

func record(source int64, person uint32, lines int64) Record {
	return Record{Source: source, Tool: copilot, Identity: int32(person), Person: person, Effective: true, Totals: cube.Vector{Row: counted(-1, -1, -1, -1, -1, lines)},
		Facts: cube.AppendFacts(nil, []cube.Fact{{Sum: cube.Sum{Cell: 1, Row: counted(-1, -1, -1, -1, -1, lines)}}, {Sum: cube.Sum{Cell: 2, Row: counted(-1, -1, -1, -1, -1, lines)}, Client: 5}})}
}

// TestBuild rolls up an enterprise's day: two people, of whom one is in team 30
// of organization 20, and a claim that gives no values.
func TestBuild(t *testing.T) {
	d := &Day{Enterprise: 10, Day: 20_000, Reports: []Report{{Source: 10, Tool: copilot}, {Source: 20, Tool: copilot, Aggregate: true}},
		Members: []Member{{Organization: 20, Team: 30, Person: 2}},
		Records: []Record{record(10, 1, 100), record(10, 2, 11), {Source: 10, Tool: copilot, Identity: 3, Person: 3, Facts: cube.AppendFacts(nil, nil)}}}
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
		Feature   []cube.Sum
	}
	sums := func(lines int64) []cube.Sum {
		return []cube.Sum{{Cell: 1, Row: counted(-1, -1, -1, -1, -1, lines)}}
	}
	want := []row{
		{query.LevelEnterprise, 10, query.UserRecords, true, 2, 111, sums(111)},
		{query.LevelOrganization, 20, query.UserRecords, true, 1, 11, sums(11)},
		{query.LevelOrganization, 20, query.AggregateRecord, false, 0, 0, nil},
		{query.LevelTeam, 30, query.UserRecords, true, 1, 11, sums(11)},
	}
	var got []row
	for _, u := range built.Units {
		features, err := cube.ReadSums(u.Cells[0], len(cells))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row{u.Level, u.Entity, u.Origin, u.Preferred, u.Records, u.Totals.N[metric.LocAdded], features})
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

// TestPreferredByKind has an enterprise's user records and aggregate in several kinds of data.
func TestPreferredByKind(t *testing.T) {
	users := func(k metric.DataKind) Report { return Report{Source: 10, Tool: copilot, Data: k} }
	aggregate := func(k metric.DataKind) Report { return Report{Source: 10, Tool: copilot, Data: k, Aggregate: true} }
	organization := func(k metric.DataKind) Report { return Report{Source: 20, Tool: copilot, Data: k} }
	for _, c := range []struct {
		reports []Report
		want    query.Origin
	}{
		{[]Report{users(metric.Reports), aggregate(metric.Reports)}, query.UserRecords},
		{[]Report{users(metric.Telemetry), aggregate(metric.Reports)}, query.AggregateRecord},
		{[]Report{users(metric.Telemetry), users(metric.Reports), aggregate(metric.Reports)}, query.UserRecords},
		{[]Report{users(metric.Telemetry), aggregate(metric.VendorRecords)}, query.UserRecords},
		{[]Report{organization(metric.Reports), aggregate(metric.Reports)}, query.AggregateRecord},
		{[]Report{organization(metric.Reports), aggregate(metric.Telemetry)}, query.UnionRecords},
		{[]Report{users(metric.VendorRecords), organization(metric.Reports), aggregate(metric.Telemetry)}, query.AggregateRecord},
	} {
		built, err := (&Day{Enterprise: 10, Day: 20_000, Reports: c.reports}).Build(cells)
		if err != nil {
			t.Fatal(err)
		}
		var got []query.Origin
		for _, u := range built.Units {
			if u.Entity == 10 && u.Preferred {
				got = append(got, u.Origin)
			}
		}
		if diff := cmp.Diff([]query.Origin{c.want}, got); diff != "" {
			t.Errorf("%+v: -want +got\n%s", c.reports, diff)
		}
	}
}

// TestSumTooLarge refuses what 64 bits cannot hold.
func TestSumTooLarge(t *testing.T) {
	d := &Day{Enterprise: 10, Reports: []Report{{Source: 10, Tool: copilot}}, Records: []Record{record(10, 1, 1<<62), record(10, 2, 1<<62)}}
	if _, err := d.Build(cells); err == nil {
		t.Error("the sum was kept")
	}
}
