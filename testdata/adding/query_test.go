package query_test

import (
	"testing"

	"codegauge/internal/copilot"
	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/report"
)

// TestAdded asks by the dimension, and for the measure, that were added.
//
//	        person  IDE     extension  added
//	05-04   ann     vscode  1.1           10
//	                vscode  1.2            5
//	                (none)                 2
//	05-05   ann     zed     1.2            7
//	        bob     vscode                 1   whose extension is not reported
func TestAdded(t *testing.T) {
	w := newWorld(t)
	e := copilot.Encoder{Numbering: w}
	counters := func(added int64) (c report.Counters) {
		c.Set(int(metric.LocAdded), added)
		return c
	}
	row := func(ide, extension string, added int64) report.Row {
		return report.Row{IDE: ide, PluginVersion: extension, Counters: counters(added)}
	}
	add := func(date, login string, added int64, rows ...report.Row) {
		d, err := day.Parse(date)
		if err != nil {
			t.Fatal(err)
		}
		e.Encode(&report.Record{Kind: report.UserDay, Day: d, Totals: counters(added), ByIDE: rows})
		r := w.user(date, login, nil)
		r.Totals, r.Facts = e.Totals, cube.AppendFacts(nil, e.Facts)
	}
	add("2026-05-04", "ann", 17, row("vscode", "1.1", 10), row("vscode", "1.2", 5))
	add("2026-05-05", "ann", 7, row("zed", "1.2", 7))
	add("2026-05-05", "bob", 1, row("vscode", "", 1))
	const days = "05-04 05-05"
	w.check(t, []question{
		// Of 25 lines 10 are of extension 1.1, 12 of 1.2, and 2 + 1 of none.
		{name: "dimension", measures: "loc_added,active_users", by: "extension", days: days, want: []string{"1.1 10 1", "1.2 12 1", "- 3 -"}},
		{name: "with another", measures: "loc_added", by: "ide,extension", days: days, want: []string{"vscode 1.1 10", "vscode 1.2 5", "zed 1.2 7", "- - 3"}},
		{name: "with a grain", measures: "loc_added", by: "day,extension", days: days, want: []string{
			"2026-05-04 1.1 10", "2026-05-04 1.2 5", "2026-05-04 - 2", "2026-05-05 1.2 7", "2026-05-05 - 1"}},
		{name: "by user", measures: "loc_added", by: "user,extension", days: days, want: []string{"ann 1.1 10", "ann 1.2 12", "ann - 2", "bob - 1"}},
		{name: "filter", measures: "loc_added,active_users", by: "ide", days: days, filters: "extension=1.2", want: []string{"vscode 5 1", "zed 7 1"}},
		// The breakdown that was there serves what it served before.
		{name: "without it", measures: "loc_added", by: "ide", days: days, want: []string{"vscode 16", "zed 7", "- 2"}},
		{name: "measure", measures: "user_days,active_users", by: "day", days: days, want: []string{"2026-05-04 1 1", "2026-05-05 2 2"}},
		{name: "measure, whole", measures: "user_days", days: days, want: []string{"3"}},
		{name: "measure by user", measures: "user_days", by: "user", days: days, want: []string{"ann 2", "bob 1"}},
	})
	if _, err := w.answer(t, &question{measures: "user_days", by: "extension", days: days}); err == nil {
		t.Error("a measure of whole records was divided")
	}
	// What was added is no row of the record: it decodes as it came.
	var record report.Record
	if err := copilot.Decode(&record, &e.Totals, e.Facts, w.Dictionary(), func(int32) (copilot.Client, error) { return copilot.Client{}, nil }); err != nil {
		t.Fatal(err)
	}
	if len(record.ByIDE) != 1 || record.Totals != counters(1) {
		t.Errorf("got %+v", record)
	}
}
